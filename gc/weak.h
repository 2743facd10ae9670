/* Weak references as the collector sees them: a table from referent to the list of reference
 * objects.
 *
 * Every reference object begins with a WeakHead.  `target` is read without a lock: it changes to
 * NULL only with the world stopped (or by weak_detach), so a thread that has loaded it keeps the
 * referent alive from its stack.
 */
#ifndef GC_WEAK_H
#define GC_WEAK_H

#include "gc/gc.h"

typedef struct WeakHead {
    Object head;
    Object *_Atomic target;   /* NULL: cleared.  Not traced. */
    struct WeakHead *next;    /* other references to target; the shard's lock, release */
    Value callback;           /* traced by the type's hook; 0: none */
} WeakHead;

static inline Object *weak_target(const WeakHead *w)
{
    return atomic_load_explicit(&w->target, memory_order_acquire);
}
/* Enters w (target and callback set) into the table; false: no memory. */
NODISCARD bool weak_attach(WeakHead *w);
/* The same unless fn, called for each reference without callback to the target (table locked),
 * returns false for one. */
NODISCARD bool weak_attach_unless(WeakHead *w, bool (*fn)(WeakHead *other, void *arg), void *arg);
/* Clears w and takes it out of the table; its callback will not run. */
void weak_detach(WeakHead *w);
/* Calls fn for each reference to o, those without callback first, else newest first, under the
 * table's lock (fn must not allocate or block) until fn returns false. */
void weak_each(Object *o, bool (*fn)(WeakHead *w, void *arg), void *arg);
/* The same for those without callback, and without the lock: one that another thread adds or takes
 * away, and others behind that, may be missed. */
void weak_each_plain(Object *o, bool (*fn)(WeakHead *w, void *arg), void *arg);

#endif
