/* The module _ctypes: functions on types and instances, and what the module exports. */
#include <dlfcn.h>

#include "modules/_ctypes/ctypes.h"

static Value unpickler;

Value unpickle_function(Thread *t UNUSED) { return unpickler; }

/* ---- sizes and addresses ---- */

static Value ctypes_sizeof(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    CInfo *info = info_of(args[0]);
    if (info) {
        return int_from_uint64(t, info->size);
    }
    return value_is_cdata(args[0]) ? int_from_uint64(t, cdata_size(cdata_of(args[0])))
                                   : type_error(t, "this type has no size");
}

static CInfo *info_of_either(Value v)
{
    return value_is_cdata(v) ? cdata_info(cdata_of(v)) : info_of(v);
}

static Value ctypes_alignment(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    CInfo *info = info_of_either(args[0]);
    return info ? int_from_uint64(t, info->align) : type_error(t, "no alignment info");
}

static Value ctypes_addressof(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_cdata(args[0])) {
        return type_error(t, "invalid type");
    }
    return AUDIT(t, "ctypes.addressof", 1, args[0])
               ? int_from_uint64(t, (uint64_t)(uintptr_t)cdata_ptr(cdata_of(args[0])))
               : 0;
}

static Value ctypes_byref(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t offset = 0;
    if (args[1] && !value_to_ssize(t, args[1], &offset, &exc_OverflowError)) {
        return 0;
    }
    if (!value_is_cdata(args[0])) {
        return type_error(t, "byref() argument must be a ctypes instance, not '%T'", args[0]);
    }
    CArg *a = carg_new(t, 'P', &ffi_type_pointer, args[0]);
    if (a) {
        a->value.p = cdata_ptr(cdata_of(args[0])) + offset;
    }
    return object_value(a);
}

static Value ctypes_resize(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t size;
    if (!value_to_ssize(t, args[1], &size, &exc_OverflowError)) {
        return 0;
    }
    if (!value_is_cdata(args[0])) {
        return type_error(t, "excepted ctypes instance");
    }
    CData *d = cdata_of(args[0]);
    ssize_t least = (ssize_t)cdata_info(d)->size;
    if (size < least) {
        return value_error(t, "minimum size is %zd", least);
    }
    if (!d->owns) {
        return value_error(t, "Memory cannot be resized because this object doesn't own it");
    }
    return cdata_resize(t, d, (size_t)size) ? NONE : 0;
}

static Value ctypes_buffer_info(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    CInfo *info = info_of_either(args[0]);
    if (!info) {
        return type_error(t, "not a ctypes type or object");
    }
    Value shape = tuple_new(t, (size_t)info->ndim);
    for (int i = 0; shape && i < info->ndim; i++) {
        gc_store(value_object(shape), &value_tuple(shape)->items[i],
                 int_from_int64(t, info->shape[i]));
    }
    Value format = shape ? str_from_cstr(t, info->format ? info->format : "B") : 0;
    return format ? tuple_pack(t, 3, format, fixnum(info->ndim), shape) : 0;
}

/* ---- pointers ---- */

static Value ctypes_pointer_type(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return pointer_type_of(t, args[0]);
}

static Value ctypes_pointer(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value type = pointer_type_of(t, object_value(type_of(args[0])));
    return type ? call1(t, type, args[0]) : 0;
}

/* ---- pickles ---- */

static Value ctypes_unpickle(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value make = object_getattr(t, args[0], N(__new__));
    Value v = make ? call1(t, make, args[0]) : 0;
    Value set = v ? object_getattr_cstr(t, v, "__setstate__") : 0;
    if (!set) {
        return 0;
    }
    if (!value_is_tuple(args[1])) {
        return type_error(t, "_unpickle() argument 2 must be tuple, not %T", args[1]);
    }
    return call_tuple(t, set, args[1], 0) ? v : 0;
}

static const NativeDef unpickle_def = {"_unpickle(type, state, /)", ctypes_unpickle,
                                       "Make an instance of what __reduce__ gave.", 0};

/* ---- the module ---- */

static const NativeDef functions[] = {
    {"sizeof(object, /)", ctypes_sizeof, "The size in bytes of a C type or instance.", 0},
    {"alignment(object, /)", ctypes_alignment, "The alignment of a C type or instance.", 0},
    {"addressof(object, /)", ctypes_addressof, "The address of an instance's bytes.", 0},
    {"byref(object, offset=0, /)", ctypes_byref,
     "A light-weight pointer to an instance, for function arguments only.", 0},
    {"resize(object, size, /)", ctypes_resize, "Resize the memory of an instance.", 0},
    {"buffer_info(object, /)", ctypes_buffer_info,
     "Format, dimensions and shape of a type or an instance.", 0},
    {"POINTER(type, /)", ctypes_pointer_type, "The type of pointers to a type.", 0},
    {"pointer(object, /)", ctypes_pointer, "A new pointer to an instance.", 0},
    {NULL, NULL, NULL, 0},
};

static bool ready_types(Thread *t, Value mod)
{
    Type *hidden[] = {&cinfo_type, &cblock_type, &cdata_type,   &cfield_type,   &carg_type,
                      &thunk_type, &object_keeper_type, &struct_meta, &union_meta, &array_meta,
                      &pointer_meta, &simple_meta, &function_meta};
    Type *shown[] = {&c_structure_type.type, &c_union_type.type, &c_array_type.type,
                     &c_pointer_type.type, &c_simple_type.type, &c_function_type.type};
    for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
        if (!type_ready(t, hidden[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
        if (!module_add_type(t, mod, shown[i])) {
            return false;
        }
    }
    return true;
}

static bool add_globals(Thread *t, Value mod)
{
    static bool rooted;
    if (!rooted) {
        gc_add_root(&argument_error);
        gc_add_root(&unpickler);
        rooted = true;
        argument_error = type_new_simple(t, "ctypes.ArgumentError", &exc_Exception, NULL);
        unpickler = native_function_new(t, &unpickle_def, 0, str_from_cstr(t, "_ctypes"));
    }
    Value cache = dict_new(t);
    if (!cache) {
        return false;
    }
    gc_store_root(interp_slot(t, INTERP_ctypes_pointer_cache), cache);
    return module_add(t, mod, "_pointer_type_cache", cache) &&
           module_add(t, mod, "ArgumentError", argument_error) &&
           module_add(t, mod, "_unpickle", unpickler);
}

static bool ctypes_exec(Thread *t, Value mod)
{
    static const IntConstant constants[] = {
        {"FUNCFLAG_CDECL", FUNC_CDECL},
        {"FUNCFLAG_PYTHONAPI", FUNC_PYTHONAPI},
        {"FUNCFLAG_USE_ERRNO", FUNC_USE_ERRNO},
        {"FUNCFLAG_USE_LASTERROR", FUNC_USE_LASTERROR},
        {"RTLD_LOCAL", RTLD_LOCAL},
        {"RTLD_GLOBAL", RTLD_GLOBAL},
        {"CTYPES_MAX_ARGCOUNT", CTYPES_MAX_ARGS},
    };
    return ready_types(t, mod) && add_globals(t, mod) &&
           module_add_ints(t, mod, constants, ARRAY_SIZE(constants)) &&
           module_add_str(t, mod, "__version__", "1.1.0") &&
           add_functions(t, mod, memory_functions) && add_functions(t, mod, functions) &&
           memory_add_addresses(t, mod);
}

const ModuleDef module__ctypes = {
    "_ctypes", "Create and manipulate C compatible data types in Python.", NULL, ctypes_exec,
};
