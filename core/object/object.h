/* The object protocol: what operators, built-in functions and the interpreter's slow paths call.
 * Everything returns 0 / false / -1 with an exception pending on failure.
 */
#ifndef CORE_OBJECT_OBJECT_H
#define CORE_OBJECT_OBJECT_H

#include "core/object/error.h"
#include "core/object/names.h"
#include "gc/gc_thread.h"

extern Object none_object, true_object, false_object, not_implemented_object, ellipsis_object;
#define NONE object_value(&none_object)
#define TRUE_VALUE object_value(&true_object)
#define FALSE_VALUE object_value(&false_object)
#define NOT_IMPLEMENTED object_value(&not_implemented_object)
#define ELLIPSIS object_value(&ellipsis_object)
static inline Value bool_value(bool b) { return b ? TRUE_VALUE : FALSE_VALUE; }
static inline bool is_none(Value v) { return v == NONE; }

/* Allocates a zero-filled object with its header; MemoryError on failure. */
NODISCARD void *object_alloc(Thread *t, Type *type, size_t size);
/* The same; of large objects only the header is set (gc_alloc_raw). */
NODISCARD void *object_alloc_raw(Thread *t, Type *type, size_t size);
/* object_alloc inline, for types of C code without free and finalize hooks. */
NODISCARD static inline void *object_alloc_fast(Thread *t, Type *type, size_t size)
{
    assert(type->free == NULL && type->finalize == NULL);
    if (LIKELY(size <= GC_STEP_MAX)) {
        Object *o = gc_take_cell((GcThread *)t, size);
        if (LIKELY(o != NULL)) {
            o->type = type;
            return o;
        }
    }
    return object_alloc(t, type, size);
}
/* The same for `type` or a subclass of it: adds the instance part (shape, slots) that type needs;
 * items: number of variable items.  What every NewFn uses. */
NODISCARD void *object_alloc_instance(Thread *t, Type *type, size_t items);
/* The same for a type whose inherited finalizer is meant for subclasses: objects of `only` itself
 * have none. */
NODISCARD void *object_alloc_unfinalized(Thread *t, Type *type, const Type *only);

/* ---- attributes (name: str Value, interned where it comes from C: N(foo) or intern_cstr) ---- */
Value object_getattr(Thread *t, Value o, Value name);
Value object_getattr_cstr(Thread *t, Value o, const char *name);
/* 1 found, 0 absent (AttributeError swallowed), -1 raised */
int object_lookup_attr(Thread *t, Value o, Value name, Value *out);
int object_hasattr(Thread *t, Value o, Value name);
NODISCARD bool object_setattr(Thread *t, Value o, Value name, Value v /* 0: delete */);
/* As object_lookup_attr for a C string. */
int object_lookup_attr_cstr(Thread *t, Value o, const char *name, Value *out);
Value generic_getattr(Thread *t, Value o, Value name);
bool generic_setattr(Thread *t, Value o, Value name, Value v);

/* ---- calls ---- */
Value call(Thread *t, Value f, const Value *args, size_t n, Value kwnames);
Value call0(Thread *t, Value f);
Value call1(Thread *t, Value f, Value a);
Value call2(Thread *t, Value f, Value a, Value b);
Value call3(Thread *t, Value f, Value a, Value b, Value c);
/* f(first, *args, **kw): args hold the values of kwnames behind the n positional ones. */
Value call_prepend(Thread *t, Value f, Value first, const Value *args, size_t n, Value kwnames);
Value call_tuple(Thread *t, Value f, Value args_tuple, Value kwargs_dict /* or 0 */);
/* args without self */
Value call_method(Thread *t, Value self, Value name, const Value *args, size_t n);
Value call_method0(Thread *t, Value self, Value name);
Value call_method1(Thread *t, Value self, Value name, Value a);
Value call_method2(Thread *t, Value self, Value name, Value a, Value b);
int callable(Value v); /* 1 or 0 */
/* Finds what o.name(...) calls.  *unbound: the result is a function that takes o as first argument,
 * else it is called without o.  0: raised. */
Value object_get_method(Thread *t, Value o, Value name, bool *unbound);
/* Guards C recursion: false with RecursionError ("maximum recursion depth exceeded" + where)
 * pending. */
NODISCARD bool c_recursion_enter(Thread *t, const char *where);
/* The same for walks over trees that a parser made, which may be deeper by TREE_DEPTH; the calls
 * that such a walk does count from where it began. */
enum { TREE_DEPTH = 3 };
NODISCARD bool tree_recursion_enter(Thread *t, const char *where);
/* bytes of C stack below c_limit that raising RecursionError may use */
#define C_STACK_ERROR (64 << 10)
COLD void recursion_error(Thread *t, const char *where);
static inline void c_recursion_leave(Thread *t) { t->c_depth--; }
static inline void tree_recursion_leave(Thread *t) { t->tree_depth--; }

/* ---- identity, text, truth, comparison ---- */
Value object_repr(Thread *t, Value o);  /* a str */
Value object_str(Thread *t, Value o);
Value object_ascii(Thread *t, Value o);
Value object_format(Thread *t, Value o, Value spec /* str or 0 */);
int64_t object_hash(Thread *t, Value o);
int object_truth(Thread *t, Value o);   /* 1, 0, -1 */
Value object_compare(Thread *t, Value a, Value b, CompareOp op);
int object_compare_bool(Thread *t, Value a, Value b, CompareOp op); /* identity implies EQ */
/* a == b as containers mean it, identical objects being equal: 1, 0, -1. */
static inline int value_equal(Thread *t, Value a, Value b)
{
    return a == b                                     ? 1
           : value_is_fixnum(a) && value_is_fixnum(b) ? 0
                                                      : object_compare_bool(t, a, b, CMP_EQ);
}
int object_isinstance(Thread *t, Value o, Value cls);
/* The same without __instancecheck__ / __subclasscheck__ and without tuples. */
int object_recursive_isinstance(Thread *t, Value o, Value cls);
int object_recursive_issubclass(Thread *t, Value c, Value cls);
int object_issubclass(Thread *t, Value c, Value cls);
Value object_dir(Thread *t, Value o /* 0: locals */);
Value object_type_repr(Thread *t, Value o); /* "<X object at 0x...>" */
bool repr_enter(Thread *t, Value o);    /* false: o is already being repr'ed by this thread */
void repr_leave(Thread *t, Value o);

/* The rest of object_compare when a's own method has said NotImplemented. */
Value object_compare_rest(Thread *t, Value a, Value b, CompareOp op);
/* ---- numbers: binary operators with reflected and NotImplemented protocol ---- */
typedef enum {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_MATMUL,
    OP_TRUEDIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_POW,
    OP_LSHIFT,
    OP_RSHIFT,
    OP_AND,
    OP_OR,
    OP_XOR,
    OP_DIVMOD,
    OP_COUNT
} BinaryOp;
Value number_binary(Thread *t, BinaryOp op, Value a, Value b);
Value number_inplace(Thread *t, BinaryOp op, Value a, Value b);
/* number_inplace when the in-place method has said NotImplemented. */
Value number_inplace_after(Thread *t, BinaryOp op, Value a, Value b);
/* What is left of the two when the methods of the numbers have been asked and said v. */
Value number_binary_rest(Thread *t, BinaryOp op, Value a, Value b, Value v);
Value number_inplace_rest(Thread *t, BinaryOp op, Value a, Value b, Value v);
Value number_pow3(Thread *t, Value a, Value b, Value mod);
Value number_neg(Thread *t, Value a);
Value number_pos(Thread *t, Value a);
Value number_invert(Thread *t, Value a);
Value number_abs(Thread *t, Value a);
/* an int, never of a subclass, via __index__: "'X' object cannot be interpreted as an integer" */
Value number_index(Thread *t, Value a);
Value number_int(Thread *t, Value a);    /* int(a) */
Value number_float(Thread *t, Value a);  /* float(a) */
/* C integers from any value with __index__; false raised.  overflow_exc NULL: out of range
 * saturates.  OverflowError: "Python int too large to convert to C ssize_t", as for arguments; any
 * other: "cannot fit 'int' into an index-sized integer", as for subscripts. */
NODISCARD bool value_to_ssize(Thread *t, Value v, ssize_t *out, Type *overflow_exc);
/* A length, or how often a sequence is repeated: OverflowError in the words for subscripts. */
NODISCARD bool value_to_count(Thread *t, Value v, ssize_t *out);
/* OverflowError: "Python int too large to convert to C long" */
NODISCARD bool value_to_int64(Thread *t, Value v, int64_t *out);
NODISCARD bool value_to_uint64(Thread *t, Value v, uint64_t *out);
/* OverflowError: "Python int too large to convert to C int" */
NODISCARD bool value_to_int(Thread *t, Value v, int *out);
/* The same in the words of PyArg_ParseTuple: "signed integer is greater than maximum" */
NODISCARD bool value_to_parsed_int(Thread *t, Value v, int *out);
/* float or __float__ or __index__ */
NODISCARD bool value_to_double(Thread *t, Value v, double *out);

/* ---- containers ---- */
ssize_t object_len(Thread *t, Value o);
ssize_t object_length_hint(Thread *t, Value o, ssize_t dflt);
Value object_getitem(Thread *t, Value o, Value key);
NODISCARD bool object_setitem(Thread *t, Value o, Value key, Value v);
NODISCARD bool object_delitem(Thread *t, Value o, Value key);
int object_contains(Thread *t, Value o, Value item);
Value sequence_concat(Thread *t, Value a, Value b);
Value sequence_repeat(Thread *t, Value a, ssize_t n);
/* Fills a new array of total bytes, a multiple of n, with copies of the n > 0 bytes at unit. */
void fill_repeating(void *to, size_t total, const void *unit, size_t n);
bool value_is_sequence(Value v);
bool value_is_mapping(Value v);
/* Whether the type can be subscripted, knows `in`, or is a class of the program, which can learn
 * it: what an error says of its objects differs. */
bool type_is_container(Type *type);

/* ---- iteration ---- */
Value iter_self(Thread *t, Value it);   /* the `iter` slot of iterators */
Value object_iter(Thread *t, Value o);
/* 0: exhausted (StopIteration swallowed) or raised: test error_pending */
Value iter_next(Thread *t, Value it);
Value object_aiter(Thread *t, Value o);
Value object_anext(Thread *t, Value o);
/* Collects any iterable.  A list/tuple is snapshotted atomically. */
Value sequence_list(Thread *t, Value iterable);   /* new list */
Value sequence_tuple(Thread *t, Value iterable);  /* tuple itself when exact tuple */
/* Snapshot of an iterable as a tuple; TypeError with msg when not iterable. */
Value sequence_fast(Thread *t, Value iterable, const char *msg);

#endif
