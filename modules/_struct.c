/* The module _struct: packing values into bytes by a format.  Formats and items:
 * modules/_struct/struct_format.c. */
#include "core/base/memory.h"
#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_struct/struct_format.h"

typedef struct StructObject {
    Object head;
    Value format;        /* bytes; 0: not initialised */
    StructFormat f;
} StructObject;

typedef struct UnpackIter {
    Object head;
    Value owner;         /* StructObject */
    Value view;          /* memoryview over the data */
    ssize_t index;
} UnpackIter;

extern Type struct_type, unpack_iter_type;
static Value format_cache;   /* dict format -> Struct; a root, replaced whole when it is full */
#define CACHE_MAX 100

static StructObject *as_struct(Value v)
{
    assert(value_isa(v, &struct_type));
    return (StructObject *)value_object(v);
}

static COLD Value fail_with(Thread *t, const char *message)
{
    return raise(t, value_type(struct_error_type), "%s", message);
}

static bool struct_set_format(Thread *t, StructObject *s, Value format)
{
    StructFormat f;
    if (value_is_str(format)) {
        format = str_encode(t, format, "ascii", NULL);
    } else if (!value_is_bytes(format)) {
        type_error(t, "Struct() argument 1 must be a str or bytes object, not %T", format);
        return false;
    }
    if (!format ||
        !struct_format_parse(t, value_bytes(format)->data, value_bytes(format)->len, &f)) {
        return false;
    }
    mem_free(s->f.items);
    s->f = f;
    gc_store(s, &s->format, format);
    return true;
}

static Value struct_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                        Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static bool struct_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("Struct(format)");
    Value a[1];
    return args_bind(t, &sig, args, n, kwnames, a) && struct_set_format(t, as_struct(self), a[0]);
}

static void struct_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((StructObject *)o)->format);
}

static void struct_free(Object *o)
{
    mem_free(((StructObject *)o)->f.items);
}

/* The Struct for a format, from the cache. */
static StructObject *cached_struct(Thread *t, Value format)
{
    Value cache = value_load(&format_cache);
    bool hashable = value_is_str(format) || value_is_bytes(format);
    if (!cache || dict_len(cache) >= CACHE_MAX) {
        cache = dict_new(t);
        if (!cache) {
            return NULL;
        }
        __atomic_store_n(&format_cache, cache, __ATOMIC_RELEASE);
    }
    Value s = hashable ? dict_get(t, cache, format) : 0;
    if (!s && !error_pending(t)) {
        s = object_value(object_alloc(t, &struct_type, sizeof(StructObject)));
        if (s && (!struct_set_format(t, as_struct(s), format) || !dict_set(t, cache, format, s))) {
            s = 0;
        }
    }
    return s ? as_struct(s) : NULL;
}

static bool check_ready(Thread *t, StructObject *s)
{
    if (!s->format) {
        runtime_error(t, "Struct object is not initialized");
        return false;
    }
    return true;
}

/* ---- packing ---- */

static bool pack_values(Thread *t, const StructFormat *f, const Value *v, unsigned char *p)
{
    for (size_t i = 0; i < f->n_items; i++) {
        const StructItem *item = &f->items[i];
        if (!struct_pack_run(t, item, v, p + item->offset)) {
            return false;
        }
        v += item->repeat;
    }
    return true;
}

static Value pack(Thread *t, StructObject *s, const Value *v, size_t n)
{
    if (!check_ready(t, s)) {
        return 0;
    }
    if (n != s->f.n_values) {
        return raise(t, value_type(struct_error_type),
                     "pack expected %zu items for packing (got %zu)", s->f.n_values, n);
    }
    Value b = bytes_new(t, NULL, s->f.size);
    return b && pack_values(t, &s->f, v, (unsigned char *)value_bytes(b)->data) ? b : 0;
}

/* Checks offset against a buffer of len bytes; made non-negative. */
static bool place_offset(Thread *t, const StructFormat *f, ssize_t len, ssize_t *offset,
                         bool packing)
{
    ssize_t at = *offset, size = (ssize_t)f->size;
    if (at < 0) {
        if (at + size > 0) {
            raise(t, value_type(struct_error_type),
                  packing ? "no space to pack %zd bytes at offset %zd"
                          : "not enough data to unpack %zd bytes at offset %zd",
                  size, at);
            return false;
        }
        if (at + len < 0) {
            raise(t, value_type(struct_error_type), "offset %zd out of range for %zd-byte buffer",
                  at, len);
            return false;
        }
        at += len;
    }
    if (len - at < size) {
        raise(t, value_type(struct_error_type),
              packing ? "pack_into requires a buffer of at least %zu bytes for packing %zd bytes "
                        "at offset %zd "
                        "(actual buffer size is %zd)"
                      : "unpack_from requires a buffer of at least %zu bytes for unpacking %zd "
                        "bytes at offset %zd "
                        "(actual buffer size is %zd)",
              (size_t)size + (size_t)at, size, at, len);
        return false;
    }
    *offset = at;
    return true;
}

static Value pack_into(Thread *t, StructObject *s, const Value *args, size_t n)
{
    if (!check_ready(t, s)) {
        return 0;
    }
    if (n < 2) {
        return fail_with(t, n == 0 ? "pack_into expected buffer argument"
                                   : "pack_into expected offset argument");
    }
    if (n - 2 != s->f.n_values) {
        return raise(t, value_type(struct_error_type),
                     "pack_into expected %zu items for packing (got %zu)", s->f.n_values, n - 2);
    }
    Buffer view;
    ssize_t offset;
    if (!buffer_get(t, args[0], &view, BUFFER_WRITABLE)) {
        error_clear(t);
        return type_error(t, "argument must be read-write bytes-like object, not %T", args[0]);
    }
    bool ok = value_to_ssize(t, args[1], &offset, &exc_IndexError) &&
              place_offset(t, &s->f, view.len, &offset, true);
    unsigned char *packed = ok ? mem_calloc(s->f.size + 1, 1) : NULL;
    if (ok && !packed) {
        raise_memory(t);
        ok = false;
    }
    ok = ok && pack_values(t, &s->f, args + 2, packed);
    if (ok) { /* other threads may use the buffer */
        racy_copy((char *)view.buf + offset, packed, s->f.size);
    }
    mem_free(packed);
    buffer_release(t, &view);
    return ok ? NONE : 0;
}

/* ---- unpacking ---- */

static Value unpack_values(Thread *t, const StructFormat *f, const unsigned char *p)
{
    Value tuple = tuple_new(t, f->n_values);
    size_t out = 0;
    for (size_t i = 0; tuple && i < f->n_items; i++) {
        const StructItem *item = &f->items[i];
        const unsigned char *at = p + item->offset;
        for (size_t k = 0; k < item->repeat; k++, at += item->size) {
            Value v = struct_unpack_item(t, item, at);
            if (!v) {
                return 0;
            }
            gc_store(value_object(tuple), &value_tuple(tuple)->items[out++], v);
        }
    }
    return tuple;
}

static Value unpack_at(Thread *t, const StructFormat *f, const Buffer *view, ssize_t at)
{
    const uint8_t *p = buffer_still_part(t, view, (size_t)at, f->size);
    return p ? unpack_values(t, f, p) : 0;
}

static Value unpack(Thread *t, StructObject *s, Value data)
{
    Buffer view;
    if (!check_ready(t, s) || !buffer_get(t, data, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    Value r;
    if (view.len != (ssize_t)s->f.size) {
        r = raise(t, value_type(struct_error_type), "unpack requires a buffer of %zu bytes",
                  s->f.size);
    } else {
        r = unpack_at(t, &s->f, &view, 0);
    }
    buffer_release(t, &view);
    return r;
}

static Value unpack_from(Thread *t, StructObject *s, Value data, Value offset_value)
{
    Buffer view;
    ssize_t offset = 0;
    if (!check_ready(t, s) ||
        (offset_value && !value_to_ssize(t, offset_value, &offset, &exc_OverflowError)) ||
        !buffer_get(t, data, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    Value r = place_offset(t, &s->f, view.len, &offset, false)
                  ? unpack_at(t, &s->f, &view, offset) : 0;
    buffer_release(t, &view);
    return r;
}

static Value iter_unpack(Thread *t, StructObject *s, Value data)
{
    if (!check_ready(t, s)) {
        return 0;
    }
    if (s->f.size == 0) {
        return fail_with(t, "cannot iteratively unpack with a struct of length 0");
    }
    Buffer view;
    if (!buffer_get(t, data, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    bool whole = view.len % (ssize_t)s->f.size == 0;
    buffer_release(t, &view);
    if (!whole) {
        return raise(t, value_type(struct_error_type),
                     "iterative unpacking requires a buffer of a multiple of %zu bytes", s->f.size);
    }
    Value mem = memoryview_new(t, data);
    UnpackIter *it = mem ? object_alloc(t, &unpack_iter_type, sizeof *it) : NULL;
    if (!it) {
        return 0;
    }
    gc_init(&it->owner, object_value(s));
    gc_init(&it->view, mem);
    return object_value(it);
}

static Value unpack_iter_next(Thread *t, Value self)
{
    UnpackIter *it = (UnpackIter *)value_object(self);
    StructObject *s = as_struct(it->owner);
    Value owner = value_load(&it->view);
    Buffer view;
    if (!owner || !buffer_get(t, owner, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    ssize_t at = world_fetch_add(&it->index, 1) * (ssize_t)s->f.size;
    Value r = at + (ssize_t)s->f.size <= view.len
                  ? unpack_at(t, &s->f, &view, at)
                  : 0;
    bool ended = !r && !error_pending(t);
    buffer_release(t, &view);
    if (ended) {
        gc_store(it, &it->view, 0);
    }
    return r;
}

static Value unpack_iter_hint(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    UnpackIter *it = (UnpackIter *)value_object(args[0]);
    StructObject *s = as_struct(it->owner);
    Value view = value_load(&it->view);
    ssize_t len = view ? object_len(t, view) : 0;
    if (len < 0) {
        return 0;
    }
    ssize_t left = len / (ssize_t)s->f.size - __atomic_load_n(&it->index, __ATOMIC_RELAXED);
    return fixnum(left > 0 ? left : 0);
}

static void unpack_iter_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((UnpackIter *)o)->owner);
    trace_value(tr, ((UnpackIter *)o)->view);
}

static const NativeDef unpack_iter_methods[] = {
    {"__length_hint__()", unpack_iter_hint, "How many tuples are left.", 0},
    {0},
};

Type unpack_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_struct.unpack_iterator",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(UnpackIter),
    .trace = unpack_iter_trace,
    .iter = iter_self,
    .next = unpack_iter_next,
    .methods = unpack_iter_methods,
};

/* ---- methods of Struct ---- */

static Value struct_pack_method(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    return pack(t, as_struct(args[0]), args + 1, n - 1);
}

static Value struct_pack_into_method(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    return pack_into(t, as_struct(args[0]), args + 1, n - 1);
}

static Value struct_unpack_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return unpack(t, as_struct(args[0]), args[1]);
}

static Value struct_unpack_from_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return unpack_from(t, as_struct(args[0]), args[1], args[2]);
}

static Value struct_iter_unpack_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return iter_unpack(t, as_struct(args[0]), args[1]);
}

static Value struct_sizeof_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_uint64(t, sizeof(StructObject) +
                                  as_struct(args[0])->f.n_items * sizeof(StructItem));
}

static Value struct_get_format(Thread *t, Value self, void *closure UNUSED)
{
    StructObject *s = as_struct(self);
    if (!s->format) {
        return NONE;
    }
    return str_from_latin1(t, (uint8_t *)value_bytes(s->format)->data, value_bytes(s->format)->len);
}

static Value struct_get_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    StructObject *s = as_struct(self);
    return fixnum(s->format ? (int64_t)s->f.size : -1);
}

static const NativeDef struct_methods[] = {
    {"pack", struct_pack_method, "S.pack(v1, v2, ...) -> bytes", NATIVE_RAW},
    {"pack_into", struct_pack_into_method, "S.pack_into(buffer, offset, v1, v2, ...)", NATIVE_RAW},
    {"unpack(buffer, /)", struct_unpack_method, "Tuple of the values in buffer.", 0},
    {"unpack_from(buffer, offset=0)", struct_unpack_from_method,
     "Tuple of the values in buffer at offset.", 0},
    {"iter_unpack(buffer, /)", struct_iter_unpack_method,
     "Iterator of tuples over consecutive structs.", 0},
    {"__sizeof__()", struct_sizeof_method, "Size in memory, in bytes.", 0},
    {0},
};

static const GetSetDef struct_getset[] = {
    {"format", struct_get_format, NULL, "struct format string", NULL},
    {"size", struct_get_size, NULL, "struct size in bytes", NULL},
    {0},
};

Type struct_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_struct.Struct",
    .getattr = generic_getattr,
    .doc = "Struct(fmt) --> compiled struct object",
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .size = sizeof(StructObject),
    .weakrefable = 1,
    .trace = struct_trace,
    .free = struct_free,
    .new = struct_new,
    .init = struct_init,
    .methods = struct_methods,
    .getset = struct_getset,
};

/* ---- module functions ---- */

static Value module_pack(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    if (n == 0) {
        return type_error(t, "missing format argument");
    }
    StructObject *s = cached_struct(t, args[0]);
    return s ? pack(t, s, args + 1, n - 1) : 0;
}

static Value module_pack_into(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    if (n == 0) {
        return type_error(t, "missing format argument");
    }
    StructObject *s = cached_struct(t, args[0]);
    return s ? pack_into(t, s, args + 1, n - 1) : 0;
}

static Value module_unpack(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    StructObject *s = cached_struct(t, args[0]);
    return s ? unpack(t, s, args[1]) : 0;
}

static Value module_unpack_from(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    StructObject *s = cached_struct(t, args[0]);
    return s ? unpack_from(t, s, args[1], args[2]) : 0;
}

static Value module_iter_unpack(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    StructObject *s = cached_struct(t, args[0]);
    return s ? iter_unpack(t, s, args[1]) : 0;
}

static Value module_calcsize(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    StructObject *s = cached_struct(t, args[0]);
    return s ? int_from_uint64(t, s->f.size) : 0;
}

static Value module_clearcache(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                               Value kw UNUSED)
{
    __atomic_store_n(&format_cache, 0, __ATOMIC_RELEASE);
    return NONE;
}

static const NativeDef struct_functions[] = {
    {"pack", module_pack, "pack(format, v1, v2, ...) -> bytes", NATIVE_RAW},
    {"pack_into", module_pack_into, "pack_into(format, buffer, offset, v1, v2, ...)", NATIVE_RAW},
    {"unpack(format, buffer, /)", module_unpack, "Tuple of the values in buffer.", 0},
    {"unpack_from(format, /, buffer, offset=0)", module_unpack_from,
     "Tuple of the values in buffer at offset.", 0},
    {"iter_unpack(format, buffer, /)", module_iter_unpack,
     "Iterator of tuples over consecutive structs.", 0},
    {"calcsize(format, /)", module_calcsize, "Size in bytes of what the format describes.", 0},
    {"_clearcache()", module_clearcache, "Forgets compiled formats.", 0},
    {0},
};

static bool struct_exec(Thread *t, Value mod)
{
    if (!struct_error_type) {
        struct_error_type = type_new_simple(t, "struct.error", &exc_Exception, "");
        gc_add_root(&struct_error_type);
        gc_add_root(&format_cache);
    }
    return module_add(t, mod, "error", struct_error_type) && type_ready(t, &unpack_iter_type) &&
           module_add_type(t, mod, &struct_type);
}

const ModuleDef module__struct = {"_struct", "Conversion between values and C structs as bytes.",
                                  struct_functions, struct_exec};
