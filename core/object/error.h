/* Raising and inspecting exceptions.
 *
 * A function that fails returns 0 / false / -1 with t->exc set to an exception instance.
 * Format directives of the raise functions: %s char*, %c int (code point), %d int, %zd ssize_t, %zu
 * size_t, %ld long, %lld, %x, %p as printf ("%.200s" precision works), %R repr of a Value, %S str
 * of a Value, %A ascii of a Value, %U a str Value, %T type name of a Value, %B the same but None
 * for None (a wrong argument), %N name of a Type*, %%.
 */
#ifndef CORE_OBJECT_ERROR_H
#define CORE_OBJECT_ERROR_H

#include <signal.h>

#include "core/object/thread.h"

/* exception types: extern Type exc_TypeError, ...; the table is exceptions.def */
#define EXC(name, base, doc) extern Type exc_##name;
#include "core/object/exceptions.def"
#undef EXC

/* All return 0, so that "return type_error(t, ...)" works. */
COLD Value raise_error(Thread *t, Type *exc, const char *fmt, ...);
#define raise(...) raise_error(__VA_ARGS__) /* the C library has a raise() of its own */
/* exc(arg); arg a tuple is used as args */
COLD Value raise_value(Thread *t, Type *exc, Value arg);
COLD Value raise_none(Thread *t, Type *exc);              /* exc() */
/* instance; sets __context__ from the handled chain; TypeError if exc is no exception, and what
 * is pending stays if it is 0 */
COLD Value raise_exception(Thread *t, Value exc);
/* OSError subclass by errno */
COLD Value raise_errno(Thread *t, Type *exc, int err, Value filename /* or 0 */);
COLD Value raise_errno2(Thread *t, int err, Value filename, Value filename2);
COLD Value raise_memory(Thread *t);
COLD Value raise_not_implemented(Thread *t, const char *what); /* NotImplementedError: what */
COLD Value type_error(Thread *t, const char *fmt, ...);
COLD Value value_error(Thread *t, const char *fmt, ...);
COLD Value index_error(Thread *t, const char *fmt, ...);
COLD Value overflow_error(Thread *t, const char *fmt, ...);
COLD Value runtime_error(Thread *t, const char *fmt, ...);
COLD Value system_error(Thread *t, const char *fmt, ...);
COLD Value key_error(Thread *t, Value key);
/* "'X' object has no attribute 'n'", with .name/.obj */
COLD Value attribute_error(Thread *t, Value obj, Value name);
/* StopIteration(value); value 0: no argument */
COLD Value stop_iteration(Thread *t, Value value);

static inline bool error_pending(Thread *t) { return t->exc != 0; }
bool error_matches(Thread *t, Type *exc);      /* pending exception is an instance of exc */
bool error_clear_if(Thread *t, Type *exc);     /* clears it when it matches */
static inline void error_clear(Thread *t) { t->exc = 0; }
static inline Value error_take(Thread *t) { Value e = t->exc; t->exc = 0; return e; }
static inline void error_restore(Thread *t, Value e) { t->exc = e; }
/* raise X from pending: pending exception becomes cause and context of the new one */
COLD Value raise_from(Thread *t, Type *exc, const char *fmt, ...);
bool exception_matches(Thread *t, Value exc /* instance or type */,
                       Value types /* type or tuple */);
/* writes "Exception ignored in: ..." through sys.unraisablehook and clears the pending exception */
void error_unraisable(Thread *t, const char *where, Value obj);
/* warnings: false when the warning was turned into an exception */
NODISCARD bool warn(Thread *t, Type *category, int stack_level, const char *fmt, ...);
/* ResourceWarning about source: shown with the place that allocated it, if tracemalloc knows it */
NODISCARD bool warn_unclosed(Thread *t, Value source, const char *fmt, ...);

#endif
