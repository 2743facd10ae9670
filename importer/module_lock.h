/* Locks of modules that are being imported, one per name and interpreter.
 *
 * A lock lives while somebody holds it or waits for it.  It is recursive.  A thread that would wait
 * for a lock whose owner waits, directly or over others, for a lock that the thread itself holds
 * does not wait: a cycle of imports over threads gives one of them the module as far as it has
 * come.
 *
 * Locking: one mutex guards the table, the fields of all locks and the list of waiting threads; it
 * is held for moments and no Python code runs under it.  A waiting thread is parked and sleeps on
 * its lock's counter of releases.
 */
#ifndef IMPORTER_MODULE_LOCK_H
#define IMPORTER_MODULE_LOCK_H

#include "core/object/object.h"

typedef struct ModuleLock ModuleLock;
typedef enum { MODULE_LOCKED, MODULE_DEADLOCK, MODULE_LOCK_RAISED } ModuleLockResult;

/* *lock is held afterwards if the result is MODULE_LOCKED.  MODULE_LOCK_RAISED: no memory, or a
 * signal handler raised. Effects: blocks. */
NODISCARD ModuleLockResult module_lock_acquire(Thread *t, Value name, ModuleLock **lock);
void module_lock_release(Thread *t, ModuleLock *lock);
Value module_lock_deadlock(Thread *t, Value name); /* raises importlib's _DeadlockError */
void module_lock_init(void); /* at start-up: what a fork does to the locks */
/* The import lock of _imp: recursive; held while a finder on sys.meta_path is asked, and across
 * fork(), so that the child finds importlib's tables whole.  Effects of acquiring: blocks.
 * Releasing: false when the thread does not hold it. */
void import_lock_acquire(Thread *t);
bool import_lock_release(Thread *t);
bool import_lock_is_held(void);
extern Type module_lock_manager_type; /* what importlib calls _ModuleLockManager */

#endif
