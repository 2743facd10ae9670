/* The module _struct: packing values into bytes by a format.  Formats and items:
 * modules/_struct/struct_format.c. */
#include "core/base/atomics.h"
#include "core/base/memory.h"
#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_struct/struct_format.h"

/* A compiled format: immutable, so that a second __init__ of a Struct takes it from nobody. */
typedef struct Layout {
    Object head;
    Value format;        /* bytes */
    StructFormat f;
} Layout;

typedef struct StructObject {
    Object head;
    Layout *layout;      /* NULL: not initialised; atomic */
} StructObject;

typedef struct UnpackIter {
    Object head;
    Layout *layout;
    Value view;          /* memoryview over the data */
    ssize_t index;
} UnpackIter;

extern Type struct_type, layout_type, unpack_iter_type;
static Value format_cache;   /* dict format -> Layout; a root, replaced whole when it is full */
#define CACHE_MAX 100

static COLD Value fail_with(Thread *t, const char *message)
{
    return raise(t, value_type(struct_error_type), "%s", message);
}

static Layout *layout_new(Thread *t, Value format)
{
    if (value_is_str(format)) {
        format = str_encode(t, format, "ascii", NULL);
    } else if (!value_is_bytes(format)) {
        type_error(t, "Struct() argument 1 must be a str or bytes object, not %T", format);
        return NULL;
    }
    Layout *l = format ? object_alloc(t, &layout_type, sizeof *l) : NULL;
    if (!l || !struct_format_parse(t, value_bytes(format)->data, value_bytes(format)->len, &l->f)) {
        return NULL;
    }
    gc_init(&l->format, format);
    return l;
}

static void layout_trace(Object *o, Tracer *tr) { trace_value(tr, ((Layout *)o)->format); }
static void layout_free(Object *o) { mem_free(((Layout *)o)->f.items); }

Type layout_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_struct.layout",
    .flags = TYPE_NO_INSTANTIATE,
    .size = sizeof(Layout),
    .trace = layout_trace,
    .free = layout_free,
};

/* The layout for a format, from the cache. */
static Layout *cached_layout(Thread *t, Value format)
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
    Value known = hashable ? dict_get(t, cache, format) : 0;
    if (known || error_pending(t)) {
        return known ? (Layout *)value_object(known) : NULL;
    }
    Layout *l = layout_new(t, format);
    return l && dict_set(t, cache, format, object_value(l)) ? l : NULL;
}

/* ---- Struct ---- */

static StructObject *as_struct(Value v)
{
    assert(value_isa(v, &struct_type));
    return (StructObject *)value_object(v);
}

static Layout *layout_or_null(Value self) { return load_acquire(&as_struct(self)->layout); }

/* NULL: raised */
static const Layout *layout_of(Thread *t, Value self)
{
    Layout *l = layout_or_null(self);
    if (!l) {
        runtime_error(t, "Struct object is not initialized");
    }
    return l;
}

static Value struct_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                        Value kwnames UNUSED)
{
    StructObject *s = object_alloc_instance(t, type, 0);
    return s ? object_value(s) : 0;
}

static bool struct_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("Struct(format)");
    Value a[1];
    Layout *l = args_bind(t, &sig, args, n, kwnames, a) ? cached_layout(t, a[0]) : NULL;
    if (l) {
        GC_STORE_PTR(as_struct(self), &as_struct(self)->layout, l);
    }
    return l;
}

static void struct_trace(Object *o, Tracer *tr) { trace_object(tr, ((StructObject *)o)->layout); }

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

static Value pack(Thread *t, const Layout *s, const Value *v, size_t n)
{
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

static Value pack_into(Thread *t, const Layout *s, const Value *args, size_t n)
{
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

static Value unpack(Thread *t, const Layout *s, Value data)
{
    Buffer view;
    if (!buffer_get(t, data, &view, BUFFER_SIMPLE)) {
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

static Value unpack_from(Thread *t, const Layout *s, Value data, Value offset_value)
{
    Buffer view;
    ssize_t offset = 0;
    if ((offset_value && !value_to_ssize(t, offset_value, &offset, &exc_OverflowError)) ||
        !buffer_get(t, data, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    Value r = place_offset(t, &s->f, view.len, &offset, false)
                  ? unpack_at(t, &s->f, &view, offset) : 0;
    buffer_release(t, &view);
    return r;
}

static Value iter_unpack(Thread *t, const Layout *s, Value data)
{
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
    it->layout = (Layout *)(uintptr_t)s;
    gc_init(&it->view, mem);
    return object_value(it);
}

static Value unpack_iter_next(Thread *t, Value self)
{
    UnpackIter *it = (UnpackIter *)value_object(self);
    const Layout *s = it->layout;
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
    const Layout *s = it->layout;
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
    trace_object(tr, ((UnpackIter *)o)->layout);
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
    const Layout *s = layout_of(t, args[0]);
    return s ? pack(t, s, args + 1, n - 1) : 0;
}

static Value struct_pack_into_method(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    const Layout *s = layout_of(t, args[0]);
    return s ? pack_into(t, s, args + 1, n - 1) : 0;
}

static Value struct_unpack_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = layout_of(t, args[0]);
    return s ? unpack(t, s, args[1]) : 0;
}

static Value struct_unpack_from_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = layout_of(t, args[0]);
    return s ? unpack_from(t, s, args[1], args[2]) : 0;
}

static Value struct_iter_unpack_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = layout_of(t, args[0]);
    return s ? iter_unpack(t, s, args[1]) : 0;
}

static Value struct_sizeof_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = layout_or_null(args[0]);
    size_t items = s ? s->f.n_items : 0;
    return int_from_uint64(t, sizeof(StructObject) + items * sizeof(StructItem));
}

static Value struct_get_format(Thread *t, Value self, void *closure UNUSED)
{
    const Layout *s = layout_or_null(self);
    if (!s) {
        return NONE;
    }
    return str_from_latin1(t, (uint8_t *)value_bytes(s->format)->data, value_bytes(s->format)->len);
}

static Value struct_get_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    const Layout *s = layout_or_null(self);
    return fixnum(s ? (int64_t)s->f.size : -1);
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
    const Layout *s = cached_layout(t, args[0]);
    return s ? pack(t, s, args + 1, n - 1) : 0;
}

static Value module_pack_into(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    if (n == 0) {
        return type_error(t, "missing format argument");
    }
    const Layout *s = cached_layout(t, args[0]);
    return s ? pack_into(t, s, args + 1, n - 1) : 0;
}

static Value module_unpack(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = cached_layout(t, args[0]);
    return s ? unpack(t, s, args[1]) : 0;
}

static Value module_unpack_from(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = cached_layout(t, args[0]);
    return s ? unpack_from(t, s, args[1], args[2]) : 0;
}

static Value module_iter_unpack(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = cached_layout(t, args[0]);
    return s ? iter_unpack(t, s, args[1]) : 0;
}

static Value module_calcsize(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Layout *s = cached_layout(t, args[0]);
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
    return module_add(t, mod, "error", struct_error_type) && type_ready(t, &layout_type) &&
           type_ready(t, &unpack_iter_type) &&
           module_add_type(t, mod, &struct_type);
}

const ModuleDef module__struct = {"_struct", "Conversion between values and C structs as bytes.",
                                  struct_functions, struct_exec};
