/* Imports that happen at the first use of the name that they bind (PEP 810).
 *
 * A module says `__lazy_modules__ = ["json", ...]`: then its import statements of these modules, at
 * module level and outside of try, bind lazy imports.  Loading the name, or the attribute of the
 * module, imports, and puts what was imported in the lazy import's place, unless the name has been
 * bound anew meanwhile.  __dict__ and globals() show the lazy import itself.
 *
 * Invariant: inline caches remember places of dicts, so a place that has ever held a usual value
 * does not get a lazy one: vm_store_name imports at once when the name is bound already.
 */
#ifndef CORE_VM_LAZY_IMPORT_H
#define CORE_VM_LAZY_IMPORT_H

#include "core/object/upward.h"

/* Is this import statement, which runs at module level in this frame, to be lazy?  -1: raised.
 * Effects: runs Python (__contains__ of __lazy_modules__). */
int lazy_import_wanted(Thread *t, Value *base, Value name, Value level);
/* What IMPORT_NAME gives then; 0: no memory. */
Value lazy_import_new(Thread *t, Value *base, Value name, Value fromlist, Value level);
/* What IMPORT_FROM gives for it; 0: no memory. */
Value lazy_import_attr(Thread *t, Value lazy, Value attr);
/* Imports now: what the name is bound to by the usual import; 0: raised. */
Value lazy_import_resolve(Thread *t, Value lazy);
/* What to bind `name` to, which ns may have already: lazy itself, or what it stands for; 0:
 * raised. */
Value lazy_import_to_store(Thread *t, Value ns, Value name, Value lazy);

#endif
