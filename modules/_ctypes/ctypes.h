/* The parts of the module _ctypes: C data as Python objects, calls of foreign functions.
 *
 *   CType    a class of C data; its metatype is one of the six of types.c.  Behind the fields of
 *            Type lie what the C type is (CInfo) and whether that is final
 *   CInfo    size, alignment, libffi's description, conversions; never changes once published, but
 *            for the target of a pointer type (set_type)
 *   CData    an instance: `ptr` leads to its bytes, which are its own (inside the object, or in a
 *            CBlock), part of another instance's (`base`), or foreign
 *
 *   CData.ptr --> small[] | CBlock.data | bytes of the root of `base` | any address
 *
 * What the bytes refer to is kept alive by `objects` of the root of the chain of bases: a dict from
 * the place (hexadecimal indices, joined by colons) to what is kept there, or the one kept object
 * of types without parts.
 *
 * Threads: the bytes are C memory, whose races are the program's affair.  A block never shrinks and
 * an old one lives as long as the instance, so that no reader of ptr and size leaves its block,
 * whoever resizes meanwhile.  Publishing a CInfo and making a class final hold the object lock of
 * the class; creating `objects` that of the root.
 */
#ifndef MODULES_CTYPES_CTYPES_H
#define MODULES_CTYPES_CTYPES_H

#include <ffi.h>

#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "core/object/weakref.h"
#include "modules/posix/posix.h"

/* ---- conversions by type code (codes.c) ---- */
/* size: bytes at p, used by the codes of character arrays */
typedef Value (*CGet)(Thread *t, const void *p, size_t size);
/* What has to be kept alive for the bytes to be good (NONE: nothing); 0: raised. */
typedef Value (*CSet)(Thread *t, void *p, Value v, size_t size);
typedef struct CCode {
    char code;
    char format;             /* of the buffer protocol */
    ffi_type *ffi;
    CGet get;
    CSet set;
    CGet get_swapped;        /* NULL: the type has one byte order */
    CSet set_swapped;
} CCode;
const CCode *code_find(char code); /* NULL: not a code of this platform */
/* Wide characters of a str, NUL-terminated, in a heap object kept by the pointer; NULL: raised. */
wchar_t *wide_copy(Thread *t, Value s);

/* ---- classes ---- */
typedef enum CKind { KIND_SIMPLE, KIND_STRUCT, KIND_UNION, KIND_ARRAY, KIND_POINTER,
                     KIND_FUNCTION } CKind;
enum {
    INFO_POINTER = 1,        /* instances are addresses */
    INFO_HAS_POINTER = 2,    /* instances have such parts */
    INFO_HAS_UNION = 4,
    INFO_HAS_BITFIELD = 8,
    INFO_SWAPPED = 16,       /* not of the machine's byte order */
};
/* of _flags_ of function types */
enum { FUNC_CDECL = 1, FUNC_PYTHONAPI = 4, FUNC_USE_ERRNO = 8, FUNC_USE_LASTERROR = 16 };

typedef struct CInfo {
    Object head;
    CKind kind;
    unsigned flags;          /* INFO_* */
    size_t size, align;
    size_t length;           /* items, fields; 0: simple */
    ffi_type ffi;            /* elements lie in `elements` */
    RawBuffer *elements;     /* or NULL */
    Value proto;             /* item or target type, code as a str, or 0 */
    char code;               /* simple types */
    CGet get;                /* simple types, else NULL */
    CSet set;
    /* function types: what their class says, or 0 */
    Value argtypes, converters, restype, checker;
    int func_flags;
    const char *format;      /* of the buffer protocol; in format_text or static; or NULL */
    Value format_text;       /* bytes */
    int ndim;
    ssize_t *shape;          /* in shape_data */
    RawBuffer *shape_data;
} CInfo;
extern Type cinfo_type;

typedef struct CType {
    Type type;
    CInfo *info;             /* type's lock; read with acquire; NULL: abstract */
    Value arrays;            /* dict length -> weak reference to the array type, or 0; lock */
    _Atomic bool final;      /* there are users: _fields_ may be set no more; lock */
} CType;

/* The metatypes share this trace hook, which is how classes of theirs are known. */
void ctype_trace(Object *o, Tracer *tr);
static inline bool type_is_ctype(const Type *type)
{
    return type->head.type->native_trace == ctype_trace;
}
static inline CInfo *info_of_type(const Type *type) /* NULL: no C type, or abstract */
{
    return type_is_ctype(type) ? __atomic_load_n(&((const CType *)type)->info, __ATOMIC_ACQUIRE)
                               : NULL;
}
static inline CInfo *info_of(Value type) /* any value */
{
    return value_is_type(type) ? info_of_type(value_type(type)) : NULL;
}
/* The same, and from now on it stays what it is; TypeError "abstract class". */
CInfo *info_final(Thread *t, Type *type);
CInfo *info_new(Thread *t, CKind kind);
/* Gives a class its info; false: raised (it is final). */
NODISCARD bool info_publish(Thread *t, Type *type, CInfo *info);
/* The same and info_final() at one moment. */
NODISCARD bool info_publish_final(Thread *t, Type *type, CInfo *info);
NODISCARD bool info_set_format(Thread *t, CInfo *info, const char *format, ...);
/* Describes to libffi an aggregate of n elements (at least 1 is made room for, and NULL behind). */
NODISCARD ffi_type **info_elements(Thread *t, CInfo *info, size_t n);

extern CType c_structure_type, c_union_type, c_array_type, c_pointer_type, c_simple_type,
    c_function_type;
extern Type struct_meta, union_meta, array_meta, pointer_meta, simple_meta, function_meta;
extern Type cdata_type, cfield_type, carg_type, thunk_type, object_keeper_type;
/* instances of proper subclasses of the simple types convert to no Python value by themselves */
bool is_simple_subclass(Value type);
Value array_type_of(Thread *t, Value item, ssize_t length);
Value pointer_type_of(Thread *t, Value target); /* POINTER(target) */
Value type_from_param(Thread *t, Value type, Value v);
Value simple_from_param(Thread *t, Value type, Value v);
Value pointer_from_param(Thread *t, Value type, Value v);

/* `new` and methods of the metatypes */
Value struct_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
Value union_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
Value array_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
Value pointer_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
Value simple_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
Value function_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames);
bool struct_meta_setattr(Thread *t, Value self, Value name, Value v);
Value pointer_set_type(Thread *t, Value *args, size_t n, Value kwnames);

/* ---- instances (data.c) ---- */
typedef struct CBlock {
    Object head;
    struct CBlock *older;    /* what resize() replaced */
    char *data;              /* mem_alloc'ed */
} CBlock;
extern Type cblock_type;

typedef struct CData {
    Object head;
    char *ptr;               /* acquire; changes by resize() only, after `size` is read */
    size_t size;             /* acquire */
    Value base;              /* CData or 0; init-only */
    Value objects;           /* release; see above */
    size_t index;            /* in base */
    CBlock *block;           /* or NULL */
    bool owns;               /* the bytes are its own */
    _Alignas(16) char small[16];
} CData;

static inline CData *cdata_of(Value v)
{
    assert(value_isa(v, &cdata_type));
    return (CData *)value_object(v);
}
static inline char *cdata_ptr(const CData *d) { return __atomic_load_n(&d->ptr, __ATOMIC_ACQUIRE); }
static inline size_t cdata_size(const CData *d)
{
    return __atomic_load_n(&d->size, __ATOMIC_ACQUIRE);
}
Value cdata_bytes(Thread *t, const void *p, size_t n); /* what is there now, also if others write */
static inline CInfo *cdata_info(const CData *d) { return info_of_type(d->head.type); }
static inline bool value_is_cdata(Value v)
{
    return value_is_object(v) && info_of_type(type_of(v)) != NULL;
}
void cdata_trace(Object *o, Tracer *tr);
/* A new zero-filled instance with bytes of its own, __init__ not run. */
Value cdata_new(Thread *t, Type *type);
Value cdata_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames); /* NewFn */
/* An instance whose bytes lie at p: part number index of base, or (base 0) foreign. */
Value cdata_at(Thread *t, Type *type, Value base, size_t index, char *p);
/* An instance with a copy of the bytes at p. */
Value cdata_copy(Thread *t, Type *type, const char *p);
NODISCARD bool cdata_resize(Thread *t, CData *d, size_t size);
/* What the part of type `type` at p reads as.  get: conversion of the field, or NULL. */
Value cdata_get(Thread *t, Value type, CGet get, Value src, size_t index, size_t size, char *p);
/* Stores v at p in dst, and keeps alive what must be. */
NODISCARD bool cdata_set(Thread *t, Value dst, Value type, CSet set, Value v, size_t index,
                         size_t size, char *p);
/* v may be stored; false: raised, it stands for del. */
NODISCARD bool cdata_may_set(Thread *t, Value v);
/* Keeps `keep` (NONE: nothing) for part number index of d. */
NODISCARD bool cdata_keep(Thread *t, CData *d, size_t index, Value keep);
Value cdata_kept(Thread *t, CData *d); /* _objects of the root: a dict or what there is */
/* Puts "(where) Kind: " in front of the message of the pending exception, whose type becomes
 * exc. */
void error_extend(Thread *t, Type *exc, const char *fmt, ...);

/* ---- fields ---- */
typedef struct CField {
    Object head;
    size_t offset, size, index;
    int bits, low;           /* bits == 0: no bit field */
    bool swapped;
    Value proto;
    CGet get;
    CSet set;
} CField;

/* ---- arguments and calls ---- */
typedef union CWord {        /* a C value of up to 16 bytes, or an address */
    char c;
    int8_t b;
    int16_t h;
    int32_t i;
    int64_t q;
    float f;
    double d;
    long double g;
    void *p;
} CWord;
typedef struct CArg {        /* what from_param makes */
    Object head;
    char tag;
    ffi_type *ffi;
    CWord value;             /* tag V: p leads to the bytes, kept by obj */
    Value obj;
    size_t size;             /* tag V */
} CArg;
CArg *carg_new(Thread *t, char tag, ffi_type *ffi, Value obj);

typedef struct CThunk CThunk;
/* What makes an address in *code that calls f, for as long as it lives. */
Value thunk_new(Thread *t, Value f, Value argtypes, Value restype, int flags, void **code);

typedef struct CFunction {   /* instance of a function type */
    CData data;
    Value callable;          /* Python function behind it, or 0 */
    Value arguments;         /* tuple (types, converters, argtypes as set); 0: as the class says */
    Value result;            /* tuple (restype, checker or None); 0: as the class says */
    Value errcheck;          /* or 0 */
    Value paramflags;        /* checked tuple or 0; init-only */
} CFunction;

typedef struct CCall {
    void *address;
    Value argtypes, converters; /* tuples or 0 */
    Value restype;              /* type, callable, NONE, or 0: int */
    Value checker;              /* or 0 */
    int flags;
} CCall;
Value call_foreign(Thread *t, const CCall *c, const Value *args, size_t n);
/* from_param methods of a sequence of types, as a tuple; 0: raised. */
Value converters_of(Thread *t, Value types);

enum { CTYPES_MAX_ARGS = 1024 };
extern __thread int ctypes_errno; /* the copy that get_errno() and set_errno() work on */
/* The address of a symbol of a library (dlopen's handle), those of Python.h by their plain names;
 * NULL: absent, dlerror() tells more. */
void *symbol_find(Thread *t, void *handle, const char *name);
/* Adds the addresses of the C functions behind memmove(), cast() and their kind. */
NODISCARD bool memory_add_addresses(Thread *t, Value mod);
extern const NativeDef memory_functions[];
Value pointer_cache(Thread *t); /* dict: target -> pointer type */
extern Value argument_error; /* the exception type */
Value unpickle_function(Thread *t); /* _ctypes._unpickle */

#endif
