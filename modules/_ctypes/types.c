/* What classes of C data have in common: their metatypes, the description behind them. */
#include "modules/_ctypes/ctypes.h"

#include <dlfcn.h>

/* ---- descriptions ---- */

static void info_trace(Object *o, Tracer *tr)
{
    CInfo *info = (CInfo *)o;
    trace_object(tr, info->elements);
    trace_object(tr, info->shape_data);
    trace_value(tr, info->proto);
    trace_value(tr, info->argtypes);
    trace_value(tr, info->converters);
    trace_value(tr, info->restype);
    trace_value(tr, info->checker);
    trace_value(tr, info->format_text);
}

Type cinfo_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ctypes.CInfo",
    .size = sizeof(CInfo),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = info_trace,
    .getattr = generic_getattr,
};

void ctype_trace(Object *o, Tracer *tr)
{
    CType *c = (CType *)o;
    type_type.native_trace(o, tr);
    trace_object(tr, c->info);
    trace_value(tr, c->arrays);
}

CInfo *info_new(Thread *t, CKind kind)
{
    CInfo *info = object_alloc(t, &cinfo_type, sizeof *info);
    if (info) {
        info->kind = kind;
    }
    return info;
}

bool info_set_format(Thread *t, CInfo *info, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    Value s = str_vformat(t, format, ap);
    va_end(ap);
    size_t n;
    const char *utf8 = s ? str_utf8(t, s, &n) : NULL;
    Value b = utf8 ? bytes_new(t, utf8, n) : 0;
    gc_store(info, &info->format_text, b);
    info->format = b ? value_bytes(b)->data : NULL;
    return b != 0;
}

ffi_type **info_elements(Thread *t, CInfo *info, size_t n)
{
    RawBuffer *b = raw_buffer_new(t, (n + 2) * sizeof(ffi_type *));
    if (!b) {
        return NULL;
    }
    memset(b->data, 0, (n + 2) * sizeof(ffi_type *));
    GC_STORE_PTR(info, &info->elements, b);
    info->ffi.type = FFI_TYPE_STRUCT;
    info->ffi.size = info->size;
    info->ffi.alignment = (unsigned short)(info->align ? info->align : 1);
    return info->ffi.elements = (ffi_type **)(void *)b->data;
}

static bool publish(Thread *t, Type *type, CInfo *info, bool final)
{
    CType *c = (CType *)type;
    bool taken = object_lock(t, c);
    bool may = !atomic_load_explicit(&c->final, memory_order_relaxed);
    if (may) {
        GC_STORE_PTR(c, &c->info, info);
        atomic_store_explicit(&c->final, final, memory_order_release);
    }
    object_unlock(c, taken);
    return may;
}

bool info_publish(Thread *t, Type *type, CInfo *info) { return publish(t, type, info, false); }
bool info_publish_final(Thread *t, Type *type, CInfo *info) { return publish(t, type, info, true); }

CInfo *info_final(Thread *t, Type *type)
{
    CInfo *info = info_of_type(type);
    CType *c = (CType *)type;
    if (!info) {
        type_error(t, "abstract class");
        return NULL;
    }
    if (!atomic_load_explicit(&c->final, memory_order_acquire)) {
        bool taken = object_lock(t, c);
        atomic_store_explicit(&c->final, true, memory_order_release);
        info = info_of_type(type);
        object_unlock(c, taken);
    }
    return info;
}

bool is_simple_subclass(Value type)
{
    CInfo *info = info_of(type);
    return info && info->kind == KIND_SIMPLE && type_base(value_type(type)) != &c_simple_type.type;
}

/* ---- from_param ---- */

Value type_from_param(Thread *t, Value type, Value v)
{
    int r = object_isinstance(t, v, type);
    if (r) {
        return r < 0 ? 0 : v;
    }
    if (type_of(v) == &carg_type) {
        Value ob = ((CArg *)value_object(v))->obj;
        CInfo *info = info_of(type);
        if (info && ob && info->proto && value_is_type(info->proto) &&
            (r = object_isinstance(t, ob, info->proto)) != 0) {
            return r < 0 ? 0 : v;
        }
        return type_error(t, "expected %N instance instead of pointer to %s", value_type(type),
                          ob ? type_of(ob)->name : "???");
    }
    Value as;
    r = object_lookup_attr_cstr(t, v, "_as_parameter_", &as);
    if (r > 0) {
        if (!c_recursion_enter(t, " while processing _as_parameter_")) {
            return 0;
        }
        Value result = type_from_param(t, type, as);
        c_recursion_leave(t);
        return result;
    }
    return r < 0 ? 0 : type_error(t, "expected %N instance instead of %T", value_type(type), v);
}

static Value method_from_param(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    CInfo *info = info_of(args[0]);
    if (!info) {
        return type_error(t, "abstract class");
    }
    return info->kind == KIND_SIMPLE    ? simple_from_param(t, args[0], args[1])
           : info->kind == KIND_POINTER ? pointer_from_param(t, args[0], args[1])
                                        : type_from_param(t, args[0], args[1]);
}

/* ---- instances at given places ---- */

static Value method_from_address(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_int(args[1])) {
        return type_error(t, "integer expected");
    }
    uint64_t address;
    if (!AUDIT(t, "ctypes.cdata", 1, args[1]) ||
        !code_find('P')->set(t, &address, args[1], sizeof address)) {
        return 0;
    }
    return cdata_at(t, value_type(args[0]), 0, 0, (char *)(uintptr_t)address);
}

static bool check_room(Thread *t, const Buffer *view, ssize_t offset, const CInfo *info)
{
    if (offset < 0) {
        value_error(t, "offset cannot be negative");
        return false;
    }
    if (view->len < offset || (size_t)(view->len - offset) < info->size) {
        value_error(t, "Buffer size too small (%zd instead of at least %zd bytes)", view->len,
                    (ssize_t)((size_t)offset + info->size));
        return false;
    }
    return true;
}

static bool audit_buffer(Thread *t, const Buffer *view, ssize_t offset)
{
    return AUDIT(t, "ctypes.cdata/buffer", 3, int_from_uint64(t, (uint64_t)(uintptr_t)view->buf),
                 int_from_int64(t, view->len), int_from_int64(t, offset));
}

static Value method_from_buffer(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t offset = 0;
    CInfo *info = info_final(t, value_type(args[0]));
    if (!info || (args[2] && !value_to_ssize(t, args[2], &offset, &exc_OverflowError))) {
        return 0;
    }
    Value mv = memoryview_new(t, args[1]);
    Buffer view; /* stays exported: nobody releases the memoryview that _objects shows */
    if (!mv || !buffer_get(t, mv, &view, BUFFER_FULL_RO)) {
        return 0;
    }
    bool contiguous = true;
    ssize_t step = view.itemsize;
    for (int i = view.ndim - 1; i >= 0; i--) {
        contiguous &= !view.strides || view.strides[i] == step || view.shape[i] <= 1;
        step *= view.shape ? view.shape[i] : 1;
    }
    Value d = 0;
    if (view.readonly) {
        type_error(t, "underlying buffer is not writable");
    } else if (!contiguous || view.suboffsets) {
        type_error(t, "underlying buffer is not C contiguous");
    } else if (check_room(t, &view, offset, info) && audit_buffer(t, &view, offset)) {
        d = cdata_at(t, value_type(args[0]), 0, 0, (char *)view.buf + offset);
        if (d && cdata_keep(t, cdata_of(d), (size_t)-1, mv)) {
            return d;
        }
    }
    buffer_release(t, &view);
    return 0;
}

static Value method_from_buffer_copy(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t offset = 0;
    Buffer view;
    CInfo *info = info_final(t, value_type(args[0]));
    if (!info || !buffer_get(t, args[1], &view, BUFFER_SIMPLE)) {
        return 0;
    }
    Value d = 0;
    bool good = (!args[2] || value_to_ssize(t, args[2], &offset, &exc_OverflowError)) &&
                check_room(t, &view, offset, info) && audit_buffer(t, &view, offset);
    if (good) {
        d = cdata_copy(t, value_type(args[0]), (char *)view.buf + offset);
    }
    buffer_release(t, &view);
    return d;
}

static Value method_in_dll(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!AUDIT(t, "ctypes.dlsym", 2, args[1], args[2])) {
        return 0;
    }
    Value handle = object_getattr_cstr(t, args[1], "_handle");
    uint64_t h;
    if (!handle) {
        return 0;
    }
    if (!value_is_int(handle)) {
        return type_error(t, "the _handle attribute of the second argument must be an integer");
    }
    const char *name = str_cstr_arg(t, args[2], "in_dll", "2");
    if (!name || !code_find('P')->set(t, &h, handle, sizeof h)) {
        return 0;
    }
    void *address = symbol_find(t, (void *)(uintptr_t)h, name);
    if (!address) {
        const char *why = dlerror();
        return value_error(t, "%s", why ? why : "symbol is NULL");
    }
    return cdata_at(t, value_type(args[0]), 0, 0, address);
}

/* ---- arrays of a type ---- */

static Value arrays_of(Thread *t, CType *c)
{
    Value made = dict_new(t);
    if (!made) {
        return 0;
    }
    bool taken = object_lock(t, c);
    if (!c->arrays) {
        gc_store(c, &c->arrays, made);
    }
    object_unlock(c, taken);
    return c->arrays;
}

Value array_type_of(Thread *t, Value item, ssize_t length)
{
    if (length < 0) {
        return value_error(t, "Array length must be >= 0, not %zd", length);
    }
    if (!info_of(item)) {
        return type_error(t, "Expected a type object");
    }
    CType *c = (CType *)value_type(item);
    Value key = int_from_int64(t, length), cache = key ? value_load(&c->arrays) : 0;
    if (key && !cache) {
        cache = arrays_of(t, c);
    }
    Value ref = cache ? dict_get(t, cache, key) : 0;
    Value found = ref ? weakref_get(ref) : 0;
    if (found || !cache || error_pending(t)) {
        return found;
    }
    Value name = str_format(t, "%s_Array_%ld", type_short_name(&c->type), (long)length);
    Value bases = name ? tuple_pack(t, 1, object_value(&c_array_type)) : 0;
    Value ns = bases ? dict_new(t) : 0;
    if (!ns || !dict_set_cstr(t, ns, "_length_", key) || !dict_set_cstr(t, ns, "_type_", item)) {
        return 0;
    }
    Value made = call3(t, object_value(&array_meta), name, bases, ns);
    ref = made ? weakref_new(t, made, 0) : 0;
    return ref && dict_set(t, cache, key, ref) ? made : 0;
}

static Value ctype_repeat(Thread *t, Value self, Value times)
{
    ssize_t n;
    return value_to_count(t, times, &n) ? array_type_of(t, self, n) : 0;
}

/* ---- the metatypes ---- */

#define TYPE_METHODS                                                                           \
    {"from_param(value, /)", method_from_param, "Convert a Python object into a function call "\
     "parameter.", 0},                                                                         \
    {"from_address(integer, /)", method_from_address, "An instance at the given address.", 0}, \
    {"from_buffer(object, offset=0, /)", method_from_buffer,                                   \
     "An instance that shares the memory of a writable buffer.", 0},                           \
    {"from_buffer_copy(object, offset=0, /)", method_from_buffer_copy,                         \
     "An instance with a copy of the bytes of a buffer.", 0},                                  \
    {"in_dll(dll, name, /)", method_in_dll, "The instance that a shared library exports.", 0}

static const NativeDef ctype_methods[] = {TYPE_METHODS, {NULL, NULL, NULL, 0}};
static const NativeDef pointer_meta_methods[] = {
    TYPE_METHODS,
    {"set_type(type, /)", pointer_set_type, "Set the type that instances point to.", 0},
    {NULL, NULL, NULL, 0},
};

#define META(var, name_, new_, methods_)                                                       \
    Type var = {                                                                               \
        .head = OBJECT_STATIC_HEAD(&type_type), .name = "_ctypes." name_,                      \
        .doc = "metatype for C data", .base = &type_type, .size = sizeof(CType),               \
        .flags = TYPE_BASETYPE, .trace = ctype_trace, .new = new_, .repeat = ctype_repeat,     \
        .methods = methods_,                                                                   \
    }
#define FIELDS_META(var, name_, new_)                                                          \
    Type var = {                                                                               \
        .head = OBJECT_STATIC_HEAD(&type_type), .name = "_ctypes." name_,                      \
        .doc = "metatype for C data", .base = &type_type, .size = sizeof(CType),               \
        .flags = TYPE_BASETYPE, .trace = ctype_trace, .new = new_, .repeat = ctype_repeat,     \
        .setattr = struct_meta_setattr, .methods = ctype_methods,                              \
    }
FIELDS_META(struct_meta, "PyCStructType", struct_meta_new);
FIELDS_META(union_meta, "UnionType", union_meta_new);
META(array_meta, "PyCArrayType", array_meta_new, ctype_methods);
META(pointer_meta, "PyCPointerType", pointer_meta_new, pointer_meta_methods);
META(simple_meta, "PyCSimpleType", simple_meta_new, ctype_methods);
META(function_meta, "PyCFuncPtrType", function_meta_new, ctype_methods);
