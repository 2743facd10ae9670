/* Types: the slot table every value is operated through.
 *
 * struct Type begins with the fields of CPython's PyTypeObject in order (struct CapiType), which
 * only core/capi and C extensions read or write; the VM works on the native slots behind it.
 * A slot that a type lacks is NULL after type_ready has inherited from the bases (so callers test
 * one pointer).  Python classes get generic slot functions that look up the dunder method
 * (core/object/slot_generic.c); slots.def is the one table slot <-> dunder.
 *
 * Locking: a type is immutable but for its dict, slots and caches; changes are made under the
 * runtime's type lock and end with a new `version` for the type and its subclasses (and new ids
 * for their shapes).  Readers take no lock.
 */
#ifndef CORE_OBJECT_TYPE_H
#define CORE_OBJECT_TYPE_H

#include "gc/gc.h"

typedef struct Shape Shape;
typedef struct Dict Dict;
typedef struct Buffer Buffer; /* core/object/buffer.h */

typedef enum { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE } CompareOp;

/* Native function.  args[0..n) positional (self first for methods), then the values of the
 * keywords named in kwnames (a tuple of str, or 0).  Functions with a signature get exactly one
 * slot per parameter, absent optional ones being 0, and may ignore n and kwnames. */
typedef Value (*NativeFn)(Thread *t, Value *args, size_t n, Value kwnames);

typedef Value (*UnaryFn)(Thread *t, Value a);
typedef Value (*BinaryFn)(Thread *t, Value a, Value b);  /* NotImplemented: try the other side */
typedef Value (*TernaryFn)(Thread *t, Value a, Value b, Value c);
typedef int (*TestFn)(Thread *t, Value a);               /* 1, 0, -1 raised */
typedef int (*ContainsFn)(Thread *t, Value self, Value item); /* 1, 0, -1 raised */
typedef ssize_t (*LenFn)(Thread *t, Value a);            /* -1 raised */
typedef int64_t (*HashFn)(Thread *t, Value a);           /* -1 raised; never -1 otherwise */
typedef bool (*SetFn)(Thread *t, Value self, Value key, Value v); /* v == 0: delete; false raised */
typedef Value (*CompareFn)(Thread *t, Value a, Value b, CompareOp op);
typedef Value (*CallFn)(Thread *t, Value callee, Value *args, size_t n, Value kwnames);
typedef Value (*NewFn)(Thread *t, Type *type, Value *args, size_t n, Value kwnames);
typedef bool (*InitFn)(Thread *t, Value self, Value *args, size_t n, Value kwnames);
typedef Value (*DescrGetFn)(Thread *t, Value descr, Value obj /* 0: none */, Value type);
/* done: result is the return value */
/* An item for what `arg` stands for; false: no more, for it raised or has enough. */
typedef bool (*ItemFn)(Thread *t, void *arg, Value item);
typedef Value (*SendFn)(Thread *t, Value self, Value v, bool *done);
typedef bool (*GetBufferFn)(Thread *t, Value self, Buffer *view, int flags);
typedef void (*ReleaseBufferFn)(Thread *t, Value self, Buffer *view);
typedef void (*TraceFn)(Object *self, Tracer *tr);
/* sweep: release outside memory; no Python, no heap access */
typedef void (*FreeFn)(Object *self);

/* sig: "name(a, b=0, /, c=None, *args, kw=1, **kw2)" without self; parsed once, it gives arity
 * checks, error messages, keyword binding and __text_signature__.  *args arrives as a tuple, **kw
 * as a dict (or 0). */
typedef struct NativeDef {
    const char *sig;
    NativeFn fn;
    const char *doc;
    uint32_t flags; /* NATIVE_* */
} NativeDef;
enum {
    /* sig gives name and text signature only ("name" alone: no text signature); fn gets args, n,
     * kwnames as passed, unchecked (kwnames rejected unless NATIVE_KW) */
    NATIVE_RAW = 1,
    NATIVE_CLASS = 2,  /* classmethod: args[0] is the type */
    NATIVE_STATIC = 4, /* staticmethod */
    NATIVE_KW = 8,     /* with NATIVE_RAW: keywords allowed */
    /* runs the collector: gc.scan_from is set when Python code calls it directly */
    NATIVE_COLLECTS = 32,
    /* method of a static type that stands for the slot of its name in place of a slot wrapper */
    NATIVE_COEXIST = 64,
    NATIVE_LEN = 128, /* len itself: the interpreter knows it for built-in types */
    NATIVE_FOREIGN = 256, /* with NATIVE_RAW: a ForeignDef of native.h; fn is not for calls */
    /* raises BufferError only when it has changed nothing: core/vm/redo.c may call it again */
    NATIVE_RESIZES = 512,
    NATIVE_TUPLE = 16, /* a wrong number of arguments is told in the words of PyArg_ParseTuple */
};

typedef struct GetSetDef {
    const char *name;
    Value (*get)(Thread *t, Value self, void *closure);
    /* NULL: read-only */
    bool (*set)(Thread *t, Value self, Value v /* 0: delete */, void *closure);
    const char *doc;
    void *closure;
} GetSetDef;
/* A getter: the field at the offset in closure, None when it is empty. */
Value field_or_none(Thread *t, Value self, void *closure);

typedef struct MemberDef {
    const char *name;
    int kind; /* MEMBER_* */
    size_t offset;
    bool readonly;
    const char *doc;
} MemberDef;
enum { MEMBER_VALUE, /* 0 reads as None */ MEMBER_VALUE_EX, /* 0: AttributeError */
       MEMBER_INT, MEMBER_SSIZE, MEMBER_BOOL, MEMBER_DOUBLE, MEMBER_UINT };

/* PyTypeObject's fields behind the header, CPython 3.11 order. */
typedef struct CapiType {
    ssize_t ob_size;
    const char *tp_name;
    ssize_t tp_basicsize, tp_itemsize;
    void *tp_dealloc;
    ssize_t tp_vectorcall_offset;
    void *tp_getattr, *tp_setattr, *tp_as_async, *tp_repr, *tp_as_number, *tp_as_sequence,
        *tp_as_mapping;
    void *tp_hash, *tp_call, *tp_str, *tp_getattro, *tp_setattro, *tp_as_buffer;
    unsigned long tp_flags;
    const char *tp_doc;
    void *tp_traverse, *tp_clear, *tp_richcompare;
    ssize_t tp_weaklistoffset;
    void *tp_iter, *tp_iternext, *tp_methods, *tp_members, *tp_getset;
    Type *tp_base;
    void *tp_dict, *tp_descr_get, *tp_descr_set;
    ssize_t tp_dictoffset;
    void *tp_init, *tp_alloc, *tp_new, *tp_free, *tp_is_gc;
    void *tp_bases, *tp_mro, *tp_cache, *tp_subclasses, *tp_weaklist, *tp_del;
    unsigned int tp_version_tag;
    void *tp_finalize, *tp_vectorcall;
} CapiType;

struct Type {
    Object head;
    CapiType capi;

    /* what it is */
    /* "int", "collections.deque" (module-qualified for non-builtins, as tp_name) */
    const char *name;
    const char *doc;
    uint32_t flags;     /* TYPE_* */
    uint32_t version;   /* changes with every change of the type or a base; guards method caches */
    size_t size;        /* bytes of an instance without the instance part, header included */
    size_t item_size;   /* > 0: variable-sized */
    int32_t inst_offset; /* > 0: offset of the InstancePart; 0: none; < 0: behind the items (see
                            instance.h) */
    uint8_t weakrefable;
    uint16_t changes;   /* of version, counted while caches know its instances; type lock */
    /* Of a class that others see these three change under the type lock: read by type_base,
     * type_bases and type_mro, each once. */
    Type *base;         /* best base; static types set it (NULL means object) */
    Value bases, mro;   /* tuples, set by type_ready */
    /* namespace; of static types it is made when somebody looks: type_names() (release, acquire) */
    Dict *dict;
    Value subclasses;   /* list of weak references or 0, type lock */
    Value qualname, module; /* heap types: str Values */
    Shape *root_shape, *dict_shape; /* instances with an InstancePart */
    void *cache;        /* attribute lookup cache, type.c */
    uint64_t interp;    /* heap types: id of the interpreter that made it */
    /* heap types with __slots__: tuple of the (mangled) names that have storage */
    Value slot_names;
    int32_t dict_offset; /* > 0: offset of a Value field that holds the instance's own dict or 0
                            (function, module); such types and their subclasses never have an
                            InstancePart */
    Value name_value;   /* heap types: __name__, whose UTF-8 form is `name` */
    TraceFn native_trace;/* trace hook of the nearest static base; `trace` may wrap it */
    /* size of the nearest static base: behind it up to `size` are __slots__ values */
    size_t native_size;
    Type *next_static;  /* list of all ready static types: roots of the collector */

    /* collector */
    TraceFn trace;      /* NULL: holds no references */
    FreeFn free;
    void (*finalize)(Thread *t, Value self); /* native __del__; NULL: none */
    /* the same, for objects given to gc_register_finalizer only */
    void (*finalize_registered)(Thread *t, Value self);

    /* life and identity */
    NewFn new;
    InitFn init;
    CallFn call;
    UnaryFn repr, str;
    HashFn hash;        /* hash_unhashable for unhashable types */
    CompareFn compare;

    /* attributes and descriptors */
    BinaryFn getattr;   /* (obj, name); generic_getattr by default */
    SetFn setattr;
    DescrGetFn descr_get;
    SetFn descr_set;    /* (descr, obj, v) */

    /* iteration, async */
    UnaryFn iter;
    /* 0 without a pending exception, or with StopIteration (Python __next__): exhausted */
    UnaryFn next;
    /* iterators whose items are new tuples of n: the items of the next one in out, 1; 0: as next;
     * -1: they are not of n.  NULL: none; not inherited */
    int (*next_into)(Thread *t, Value it, Value *out, size_t n);
    /* Hands what the iterator has left to take, faster than one next after the other does.  true:
     * all of it; false: raised, or take returned false.  NULL: use next; not inherited */
    bool (*each)(Thread *t, Value it, ItemFn take, void *arg);
    UnaryFn await_, aiter, anext;
    SendFn send;

    /* numbers */
    BinaryFn add, sub, mul, matmul, truediv, floordiv, mod, divmod, lshift, rshift, and_, or_, xor;
    TernaryFn pow;      /* third argument 0 when absent */
    BinaryFn iadd, isub, imul, imatmul, itruediv, ifloordiv, imod, ilshift, irshift, iand, ior,
        ixor;
    TernaryFn ipow;
    UnaryFn neg, pos, abs, invert, int_, float_, index;
    TestFn truth;

    /* containers */
    LenFn len;
    BinaryFn getitem;   /* (self, key) */
    SetFn setitem;      /* (self, key, v or 0) */
    ContainsFn contains;
    BinaryFn concat, iconcat; /* sequence +, += (tried after number add, as sq_concat) */
    BinaryFn repeat, irepeat; /* sequence * int (second argument: any value with __index__) */
    /* sq_item: i already made non-negative by len if negative */
    Value (*item)(Thread *t, Value self, ssize_t i);

    /* buffers */
    GetBufferFn get_buffer;
    ReleaseBufferFn release_buffer;

    /* definition tables of static types */
    const NativeDef *methods;   /* end: sig == NULL */
    const GetSetDef *getset;    /* end: name == NULL */
    const MemberDef *members;   /* end: name == NULL */
    const char *sig;            /* text signature of the constructor, "int(x=0, /)" or NULL */
    void *ext;                  /* core/capi: adapter data of extension types */
    /* Objects that do not change their size while others have views of them: how many.  Their
     * release_buffer does nothing but count that down and free view->internal, and may be called
     * with the world stopped.  Not inherited; NULL: another type. */
    _Atomic ssize_t *(*exports)(Object *o);
    uint64_t own_slots[2];      /* static types: bit per slot that the type fills itself */
    void *reserved[4];
};

enum {
    TYPE_READY = 1 << 0,
    TYPE_HEAP = 1 << 1,       /* made by a class statement, type() or an extension spec */
    TYPE_BASETYPE = 1 << 2,   /* may be subclassed */
    TYPE_ABSTRACT = 1 << 3,   /* has abstract methods */
    TYPE_IMMUTABLE = 1 << 4,  /* attributes cannot be set (static types) */
    TYPE_HAS_DICT = 1 << 5,   /* instances have an InstancePart with a dict */
    TYPE_SEQUENCE = 1 << 6,   /* match: sequence pattern */
    TYPE_MAPPING = 1 << 7,    /* match: mapping pattern */
    TYPE_MATCH_SELF = 1 << 8, /* match: C(x) binds the subject itself */
    TYPE_METHOD_DESCR = 1 << 9, /* function-like: LOAD_METHOD may pass self unbound */
    TYPE_NO_INSTANTIATE = 1 << 10,
    TYPE_HAS_DEL = 1 << 11,   /* instances have a finalizer */
    TYPE_EXT = 1 << 12,       /* defined by a C extension */
    TYPE_GENERIC_NEW = 1 << 13,/* `new` calls a Python __new__ */
    TYPE_GENERIC_GETATTR = 1 << 14,/* has a Python __getattr__ or __getattribute__ */
    TYPE_REGISTERED = 1 << 15,/* on the list of static types */
    /* fast subclass tests, inherited */
    TYPE_INT = 1 << 16, TYPE_STR = 1 << 17, TYPE_BYTES = 1 << 18, TYPE_TUPLE = 1 << 19,
    TYPE_LIST = 1 << 20, TYPE_DICT = 1 << 21, TYPE_TYPE = 1 << 22, TYPE_EXC = 1 << 23,
    TYPE_FLOAT = 1 << 24, TYPE_SET = 1 << 25 /* set and frozenset */, TYPE_BYTEARRAY = 1 << 26,
    TYPE_FAST_MASK = 0x7ff0000,
    /* not inherited */
    TYPE_FLAT_COMPARE = 1 << 27, /* comparing two of this type compares nothing else in C */
    TYPE_DEFAULT_GETATTR = 1 << 28, /* `getattr` finds what generic_getattr would */
    TYPE_LIKE_CLASS = 1 << 29, /* static, but looks made at run time: instances find __module__ */
};

extern Type type_type, object_type, int_type, bool_type, float_type, none_type, str_type,
    not_implemented_type, ellipsis_type;

static inline Type *type_of(Value v)
{
    if (LIKELY(value_is_object(v))) {
        return value_object(v)->type;
    }
    return value_is_fixnum(v) ? &int_type : &float_type;
}
static inline bool type_has(Type *ty, uint32_t flag) { return ty->flags & flag; }
static inline Type *type_base(const Type *ty)
{
    return __atomic_load_n(&ty->base, __ATOMIC_ACQUIRE);
}
static inline Value type_bases(const Type *ty)
{
    return __atomic_load_n(&ty->bases, __ATOMIC_ACQUIRE);
}
static inline Value type_mro(const Type *ty)
{
    return __atomic_load_n(&ty->mro, __ATOMIC_ACQUIRE);
}
/* A fresh id for a type version, a shape or the table of a dict of globals; one id space.  Ids are
 * odd: the low half of a word that holds one cannot be that of a pointer. */
uint32_t guard_id_new(void);
/* From now on there are only n more; for tests. */
void guard_ids_leave(uint32_t n);
/* The even ones are equal to the low half of no cache word, and to no id that a cache holds. */
enum {
    GUARD_ID_NEVER = 1, /* odd, and given to nothing */
    GUARD_ID_NONE = 2,  /* not asked for yet; the method_id of what is no method */
    GUARD_ID_LOST = 4,  /* of what changes all the time, or has come when all ids were gone */
};
/* May a cache be guarded by it? */
static inline bool guard_id_lasts(uint32_t id) { return id & 1; }
/* The text of __name__ (with the module before it: static types), which others may replace: NUL
 * behind it, kept by name_value. */
static inline const char *type_text(const Type *ty)
{
    return __atomic_load_n(&ty->name, __ATOMIC_ACQUIRE); /* partner: set_name */
}
static inline uint32_t type_version(const Type *ty)
{
    return __atomic_load_n(&ty->version, __ATOMIC_ACQUIRE);
}
/* The namespace; NULL: the type is not ready yet.  Effects: the first time it is asked of a static
 * type, allocates; when that fails an empty dict is returned, with MemoryError pending. */
Dict *type_fill_names(Type *type);
static inline Dict *type_names(Type *type)
{
    Dict *names_ = __atomic_load_n(&type->dict, __ATOMIC_ACQUIRE);
    return LIKELY(names_ != NULL) ? names_ : type_fill_names(type);
}
static inline bool value_has(Value v, uint32_t flag) { return type_of(v)->flags & flag; }
static inline bool value_is_type(Value v) { return value_is_object(v) && value_has(v, TYPE_TYPE); }
static inline Type *value_type(Value v)
{
    assert(value_is_type(v));
    return (Type *)value_object(v);
}

/* Fills inherited slots, builds dict and mro from the definition tables.  Called once per static
 * type at start-up (list in core/object/all_types.c).  false: raised. */
NODISCARD bool type_ready(Thread *t, Type *type);
/* The module that a static type's name tells, an interned str.  0: raised. */
NODISCARD Value type_module_of_name(Thread *t, const Type *type);
/* Readies every type of all_types.def, the exceptions, singletons and descriptors.  names_init
 * comes first. */
NODISCARD bool types_init(Thread *t);
/* Adds None, True, ..., the built-in types and exceptions to the builtins dict. */
NODISCARD bool types_add_builtins(Thread *t, Value dict);
bool types_init(Thread *t); /* interned names, readies every static type; first thing at start */
/* Calls fn (which must not allocate) for every type there is, with the world stopped. */
void type_each(Thread *t, void (*fn)(Type *type));
bool type_is_subtype(Type *a, Type *b);
static inline bool value_isa(Value v, Type *ty)
{
    Type *a = type_of(v);
    return a == ty || type_is_subtype(a, ty);
}

/* Looks name (interned str) up along the mro, without descriptors. 0: absent, nothing raised. */
Value type_lookup(Thread *t, Type *type, Value name);
/* the same without a cache; never runs Python, not even __eq__ of odd keys */
Value type_find(Type *type, Value name);
/* Special method lookup on the type, bound to self; 0 without pending exception: absent. */
Value lookup_special(Thread *t, Value self, Value name);
/* Creates a class: metatype(name, bases, ns).  Winner metatype computed by the caller (type_new
 * does). */
Value type_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
/* Must be called after any change to type's dict or bases: new versions, slots updated for `name`
 * (0: all). */
bool type_modified(Thread *t, Type *type, Value name);
/* Drops what dead classes have left in their bases' lists of subclasses; true: there was some. */
bool type_forget_dead_subclasses(Thread *t);
Value type_name_value(Thread *t, Type *type);  /* __name__ as str */
const char *type_short_name(Type *type);       /* part behind the last dot; for messages */
/* Convenience for modules: makes a heap-allocated exception or plain type. */
Value type_new_simple(Thread *t, const char *qualified_name, Type *base, const char *doc);

/* type.__call__: new, then init */
Value type_call(Thread *t, Value type, Value *args, size_t n, Value kwnames);
/* Tells why a class may not be instantiated when it is abstract. */
COLD Value type_abstract_error(Thread *t, Type *type);

int64_t hash_unhashable(Thread *t, Value v); /* raises "unhashable type: 'list'" */

#endif
