/* Instances: their bytes, what is kept alive for them, parts of them, buffers, pickles. */
#include "core/base/racy.h"
#include "modules/_ctypes/ctypes.h"

/* ---- bytes ---- */

static void block_trace(Object *o, Tracer *tr) { trace_object(tr, ((CBlock *)o)->older); }
static void block_free(Object *o)
{
    CBlock *b = (CBlock *)o;
    mem_free(b->data);
    b->data = NULL;
}

Type cblock_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ctypes.CBlock",
    .size = sizeof(CBlock),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = block_trace,
    .free = block_free,
    .getattr = generic_getattr,
};

static CBlock *block_new(Thread *t, size_t size)
{
    CBlock *b = object_alloc(t, &cblock_type, sizeof *b);
    if (b && !(b->data = mem_calloc(1, size))) {
        raise_memory(t);
        return NULL;
    }
    return b;
}

void cdata_trace(Object *o, Tracer *tr)
{
    CData *d = (CData *)o;
    trace_value(tr, d->base);
    trace_value(tr, d->objects);
    trace_object(tr, d->block);
    /* An address and what keeps the object there are two stores, between which another thread may
     * do its own two: what the memory refers to is kept in any case. */
    bool made = d->owns && (d->block || d->size <= sizeof d->small);
    CInfo *info = made && trace_is_marking(tr) ? cdata_info(d) : NULL;
    if (info && info->flags & (INFO_POINTER | INFO_HAS_POINTER)) {
        trace_conservative(tr, d->ptr, d->ptr + d->size);
        trace_again(tr, d);
    }
}

static CData *alloc_instance(Thread *t, Type *type, CInfo **info)
{
    *info = info_final(t, type);
    CData *d = *info ? object_alloc_instance(t, type, 0) : NULL;
    if (d) {
        d->size = (*info)->size;
    }
    return d;
}

Value cdata_new(Thread *t, Type *type)
{
    CInfo *info;
    CData *d = alloc_instance(t, type, &info);
    if (!d) {
        return 0;
    }
    d->owns = true;
    d->ptr = d->small;
    if (info->size > sizeof d->small) {
        CBlock *b = block_new(t, info->size);
        if (!b) {
            return 0;
        }
        GC_STORE_PTR(d, &d->block, b);
        d->ptr = b->data;
    }
    return object_value(d);
}

Value cdata_type_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                     Value kwnames UNUSED)
{
    return cdata_new(t, type);
}

Value cdata_at(Thread *t, Type *type, Value base, size_t index, char *p)
{
    CInfo *info;
    CData *d = alloc_instance(t, type, &info);
    if (!d) {
        return 0;
    }
    d->ptr = p;
    d->index = index;
    gc_store(d, &d->base, base);
    return object_value(d);
}

Value cdata_copy(Thread *t, Type *type, const char *p)
{
    Value v = cdata_new(t, type);
    if (v) {
        racy_copy(cdata_of(v)->ptr, p, cdata_of(v)->size);
    }
    return v;
}

bool cdata_resize(Thread *t, CData *d, size_t size)
{
    size_t old = cdata_size(d);
    if (size > old && size > sizeof d->small) {
        CBlock *b = block_new(t, size);
        if (!b) {
            return false;
        }
        racy_copy(b->data, cdata_ptr(d), old);
        GC_STORE_PTR(b, &b->older, d->block);
        GC_STORE_PTR(d, &d->block, b);
        __atomic_store_n(&d->ptr, b->data, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&d->size, size, __ATOMIC_RELEASE);
    return true;
}

/* ---- what is kept alive ---- */

static CData *root_of(CData *d)
{
    while (d->base) {
        d = cdata_of(d->base);
    }
    return d;
}

/* `objects` of a root, made when there are none yet. */
static Value root_objects(Thread *t, CData *root)
{
    Value now = value_load(&root->objects);
    CInfo *info = cdata_info(root);
    if (now) {
        return now;
    }
    Value made = info->length ? dict_new(t) : NONE;
    if (!made) {
        return 0;
    }
    bool taken = object_lock(t, root);
    if (!root->objects) {
        gc_store(root, &root->objects, made);
    }
    object_unlock(root, taken);
    return value_load(&root->objects);
}

Value cdata_kept(Thread *t, CData *d) { return root_objects(t, root_of(d)); }

/* The place of part number index of d in its root. */
static Value place_key(Thread *t, const CData *d, size_t index)
{
    Value key = str_format(t, "%x", (int)index);
    int depth = 0;
    for (; key && d->base; d = cdata_of(d->base)) {
        if (++depth > 1000) {
            return value_error(t, "ctypes object structure too deep");
        }
        key = str_format(t, "%U:%x", key, (int)d->index);
    }
    return key;
}

bool cdata_may_set(Thread *t, Value v)
{
    if (!v) {
        type_error(t, "can't delete attribute");
    }
    return v != 0;
}

bool cdata_keep(Thread *t, CData *d, size_t index, Value keep)
{
    if (is_none(keep)) {
        return true;
    }
    CData *root = root_of(d);
    Value objects = root_objects(t, root);
    if (!objects) {
        return false;
    }
    if (!value_is_dict_exact(objects)) {
        gc_store(root, &root->objects, keep);
        return true;
    }
    Value key = place_key(t, d, index);
    return key && dict_set(t, objects, key, keep);
}

/* ---- parts ---- */

void error_extend(Thread *t, Type *exc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value pending = error_take(t);
    Value where = str_vformat(t, fmt, ap);
    va_end(ap);
    Value text = where && pending ? object_str(t, pending) : 0;
    if (!text && pending) {
        error_clear(t);
        text = str_from_cstr(t, "???");
    }
    if (where && text) {
        raise_error(t, exc, "%U%s: %U", where, type_of(pending)->name, text);
    }
}

Value cdata_get(Thread *t, Value type, CGet get, Value src, size_t index, size_t size, char *p)
{
    CInfo *info = info_of(type);
    if (get) {
        return get(t, p, size);
    }
    if (info && info->get && !is_simple_subclass(type)) {
        return info->get(t, p, size);
    }
    return cdata_at(t, value_type(type), src, index, p);
}

/* Copies a suitable instance; what is to be kept, 0: raised. */
static Value set_instance(Thread *t, Value type, CInfo *info, Value v, size_t size, char *p)
{
    int r = object_isinstance(t, v, type);
    if (r < 0) {
        return 0;
    }
    CData *src = cdata_of(v);
    if (r) {
        size_t have = cdata_size(src);
        memmove(p, cdata_ptr(src), size < have ? size : have);
        return cdata_kept(t, src);
    }
    CInfo *from = cdata_info(src);
    if (info->kind == KIND_POINTER && from->kind == KIND_ARRAY) {
        if (from->proto != info->proto) {
            return type_error(t, "incompatible types, %T instance instead of %N instance", v,
                              value_type(type));
        }
        char *address = cdata_ptr(src);
        Value kept = cdata_kept(t, src);
        memcpy(p, &address, sizeof address);
        return kept ? tuple_pack(t, 2, kept, v) : 0;
    }
    return type_error(t, "incompatible types, %T instance instead of %N instance", v,
                      value_type(type));
}

static Value set_part(Thread *t, Value type, CSet set, Value v, size_t size, char *p)
{
    CInfo *info = info_of(type);
    if (set) {
        return set(t, p, v, size);
    }
    if (!info) {
        return type_error(t, "abstract class");
    }
    if (value_is_cdata(v)) {
        return set_instance(t, type, info, v, size, p);
    }
    if (info->set) {
        return info->set(t, p, v, size);
    }
    if (value_is_tuple(v)) {
        Value made = call_tuple(t, type, v, 0);
        if (!made) {
            error_extend(t, &exc_RuntimeError, "(%N) ", value_type(type));
            return 0;
        }
        return value_is_cdata(made)
                   ? set_instance(t, type, info, made, size, p)
                   : type_error(t, "expected %N instance, got %T", value_type(type), made);
    }
    if (info->kind == KIND_POINTER && is_none(v)) {
        memset(p, 0, sizeof(void *));
        return NONE;
    }
    return type_error(t, "expected %N instance, got %T", value_type(type), v);
}

bool cdata_set(Thread *t, Value dst, Value type, CSet set, Value v, size_t index, size_t size,
               char *p)
{
    Value keep = set_part(t, type, set, v, size, p);
    return keep && cdata_keep(t, cdata_of(dst), index, keep);
}

/* ---- buffers ---- */

static bool cdata_get_buffer(Thread *t, Value self, Buffer *view, int flags)
{
    CData *d = cdata_of(self);
    CInfo *info = cdata_info(d), *item = info;
    if (!info) {
        type_error(t, "abstract class");
        return false;
    }
    while (item->kind == KIND_ARRAY) {
        item = info_of(item->proto);
    }
    size_t size = cdata_size(d);
    *view = (Buffer){.buf = cdata_ptr(d), .obj = value_object(self), .len = (ssize_t)size};
    view->format = (flags & BUFFER_FORMAT) == BUFFER_FORMAT ? (char *)(uintptr_t)info->format
                                                            : NULL;
    if ((flags & BUFFER_FORMAT) && !view->format) {
        view->format = (char *)(uintptr_t) "B";
    }
    view->ndim = info->ndim;
    view->shape = info->shape;
    view->itemsize = (ssize_t)item->size;
    if (info->kind == KIND_STRUCT || info->kind == KIND_UNION) {
        view->itemsize = (ssize_t)size;
    }
    return true;
}

/* ---- attributes ---- */

static Value get_base(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value base = cdata_of(self)->base;
    return base ? base : NONE;
}

static Value get_needsfree(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(cdata_of(self)->owns);
}

static Value get_objects(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value objects = value_load(&cdata_of(self)->objects);
    return objects ? objects : NONE;
}

static const GetSetDef cdata_getset[] = {
    {"_b_base_", get_base, NULL, "the base object", NULL},
    {"_b_needsfree_", get_needsfree, NULL, "whether the object owns the memory or not", NULL},
    {"_objects", get_objects, NULL, "internal objects tree (NEVER CHANGE THIS OBJECT!)", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static Value cdata_from_outparam(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return args[0];
}

/* Pointers mean nothing elsewhere. */
static bool check_plain(Thread *t, CData *d)
{
    CInfo *info = cdata_info(d);
    if (!info || (info->flags & (INFO_POINTER | INFO_HAS_POINTER))) {
        value_error(t, "ctypes objects containing pointers cannot be pickled");
        return false;
    }
    return true;
}

Value cdata_bytes(Thread *t, const void *p, size_t n)
{
    Value b = bytes_new_unset(t, n);
    if (b) {
        racy_copy(value_bytes(b)->data, p, n);
    }
    return b;
}

static Value cdata_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    CData *d = cdata_of(args[0]);
    if (!check_plain(t, d)) {
        return 0;
    }
    size_t size = cdata_size(d);
    Value dict = object_getattr(t, args[0], N(__dict__));
    Value bytes = dict ? cdata_bytes(t, cdata_ptr(d), size) : 0;
    Value state = bytes ? tuple_pack(t, 2, dict, bytes) : 0;
    Value arg = state ? tuple_pack(t, 2, object_value(type_of(args[0])), state) : 0;
    Value make = arg ? unpickle_function(t) : 0;
    return make ? tuple_pack(t, 2, make, arg) : 0;
}

static Value cdata_setstate(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    CData *d = cdata_of(args[0]);
    if (!check_plain(t, d)) {
        return 0;
    }
    if (!value_is_dict(args[1])) {
        return type_error(t, "%.200s.__dict__ must be a dictionary, not %.200s",
                          type_of(args[0])->name, type_of(args[1])->name);
    }
    if (!value_is_bytes(args[2])) {
        return type_error(t, "__setstate__() argument 2 must be bytes, not %T", args[2]);
    }
    size_t len = value_bytes(args[2])->len, size = cdata_size(d);
    racy_copy(cdata_ptr(d), value_bytes(args[2])->data, len < size ? len : size);
    Value dict = object_getattr(t, args[0], N(__dict__));
    return dict && dict_update(t, dict, args[1]) ? NONE : 0;
}

static const NativeDef cdata_methods[] = {
    {"__ctypes_from_outparam__()", cdata_from_outparam, "What an output parameter becomes.", 0},
    {"__reduce__()", cdata_reduce, "Return state information for pickling.", 0},
    {"__setstate__(dict, bytes, /)", cdata_setstate, "Set state information for unpickling.", 0},
    {NULL, NULL, NULL, 0},
};

static int64_t cdata_hash(Thread *t, Value v)
{
    type_error(t, "unhashable type");
    (void)v;
    return -1;
}

Type cdata_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ctypes._CData",
    .doc = "Memory of C data.",
    .size = sizeof(CData),
    .flags = TYPE_BASETYPE | TYPE_NO_INSTANTIATE,
    .trace = cdata_trace,
    .hash = cdata_hash,
    .get_buffer = cdata_get_buffer,
    .methods = cdata_methods,
    .getset = cdata_getset,
    .getattr = generic_getattr,
};
