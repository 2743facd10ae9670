/* Iterators over sequences, and small helpers that the container types share. */
#ifndef CORE_OBJECT_ITER_H
#define CORE_OBJECT_ITER_H

#include "core/object/descr.h"
#include "core/object/native.h"

/* Head of a native function; absent optional parameters are 0 in args. */
#define NATIVE_FN(name) static Value name(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)

/* Iterator over a list, a tuple or anything with __getitem__ (one layout for the types below).
 * seq becomes 0 when exhausted.  One thread owns it in the usual case; threads that race may get an
 * item twice, never a torn one. */
typedef struct SeqIter {
    Object head;
    Value seq;   /* atomic; 0: exhausted */
    size_t pos;  /* atomic relaxed; list_reverseiterator: items left */
} SeqIter;
extern Type tuple_iter_type, list_iter_type, list_reverse_iter_type, seq_iter_type, callable_iter_type;

Value seq_iter_alloc(Thread *t, Type *type, Value seq, size_t pos);
void seq_iter_trace(Object *self, Tracer *tr);
/* Iterator that calls seq[0], seq[1], ... until IndexError. */
Value seq_iter_new(Thread *t, Value seq);
/* iter(callable, sentinel) */
Value callable_iter_new(Thread *t, Value fn, Value sentinel);

/* The object `name` of the builtins namespace, as __reduce__ methods name it.  AttributeError when absent. */
Value builtin_named(Thread *t, const char *name);
/* Argument of index(x, start, stop): any __index__, clipped. */
NODISCARD bool slice_index_arg(Thread *t, Value v, ssize_t *out);
/* start/stop arguments (0: absent) of index() for a sequence of len items. */
NODISCARD bool index_range_args(Thread *t, Value start, Value stop, ssize_t len, ssize_t *lo, ssize_t *hi);

#define CLASS_GETITEM_METHOD \
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS}

#endif
