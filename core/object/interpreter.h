/* Isolated interpreters: their life, and how a thread gets into one.
 *
 * An interpreter has its own sys.modules, builtins, sys, __main__, import state, codecs, warnings
 * filters and atexit functions.  The heap, the collector, built-in types, interned strings and the
 * bytecode cache belong to the process (core/README.md, "Isolated interpreters").
 *
 * Code of another interpreter runs in a Thread of its own: the caller's is parked meanwhile, so
 * that frames, handled exceptions, trace functions and contexts of the two do not meet.
 *
 * Locking: one mutex guards the table of interpreters; `busy` is taken by compare-and-swap.  An
 * Interpreter lives while it has users: the table until it is closed, and each Thread of it.
 */
#ifndef CORE_OBJECT_INTERPRETER_H
#define CORE_OBJECT_INTERPRETER_H

#include "core/object/thread.h"

/* Empty, in the table, one user for the table; t becomes a thread of it when it has none.  NULL:
 * raised. */
Interpreter *interpreter_new(Thread *t);
void interpreter_add_user(Interpreter *i);
void interpreter_drop_user(Interpreter *i); /* NULL: nothing */

/* A new interpreter, ready for use.  NULL: raised.  Effects: runs Python in it. */
Interpreter *interpreter_create(Thread *t);
/* The interpreter, with one more user; NULL: there is none (nothing raised). */
Interpreter *interpreter_find(uint64_t id);
Value interpreter_ids(Thread *t); /* list of int, oldest first */
/* Claims it for running its __main__ or closing it; false: somebody else has. */
NODISCARD bool interpreter_claim(Interpreter *i);
void interpreter_unclaim(Interpreter *i);
/* Calls fn in a Thread of i; t is parked meanwhile.  What fn leaves in *arg stays valid: the heap
 * is one.  false: no memory, raised; fn was not called.  Effects: whatever fn does. */
NODISCARD bool interpreter_run(Thread *t, Interpreter *i, void (*fn)(Thread *inner, void *arg),
                               void *arg);
/* Ends a claimed interpreter, as the process ends the main one: waits for its threads, calls its
 * atexit functions, forgets its modules, takes it out of the table. */
NODISCARD bool interpreter_close(Thread *t, Interpreter *i);
/* At the end of the process: closes all that nobody uses. */
void interpreter_close_all(Thread *t);

/* The calling OS thread goes on as another Thread, of interp, whose part of the C stack begins at
 * stack_base; NULL: no memory.  leave goes back. */
Thread *thread_enter(Thread *outer, Interpreter *interp, char *stack_base);
void thread_leave(Thread *inner, Thread *outer);

#endif
