/* Simple types: numbers, characters, addresses, objects. */
#include "modules/_ctypes/ctypes.h"

#include "core/base/racy.h"

static const char simple_codes[] = "cbBhHiIlLdfuzZqQPXOv?g";

/* ---- from_param of the address types ---- */

static Value as_parameter(Thread *t, Value v, Value type,
                          Value (*convert)(Thread *t, Value type, Value v))
{
    Value as;
    int r = object_lookup_attr_cstr(t, v, "_as_parameter_", &as);
    if (r <= 0) {
        return r < 0 ? 0 : type_error(t, "wrong type");
    }
    if (!c_recursion_enter(t, " while processing _as_parameter_")) {
        return 0;
    }
    Value result = convert(t, type, as);
    c_recursion_leave(t);
    return result;
}

/* An argument made by the conversion of a code. */
static Value code_param(Thread *t, char code, Value v)
{
    const CCode *c = code_find(code);
    CArg *arg = carg_new(t, code, c->ffi, 0);
    Value keep = arg ? c->set(t, &arg->value, v, sizeof arg->value) : 0;
    if (!keep) {
        return 0;
    }
    gc_store(arg, &arg->obj, keep);
    return object_value(arg);
}

/* v is an array of or a pointer to items of the code. */
static bool leads_to(Value v, char code)
{
    CInfo *info = value_is_cdata(v) ? cdata_info(cdata_of(v)) : NULL;
    if (!info || (info->kind != KIND_ARRAY && info->kind != KIND_POINTER)) {
        return false;
    }
    CInfo *item = info->proto ? info_of(info->proto) : NULL;
    return item && item->kind == KIND_SIMPLE && item->code == code;
}

/* v is byref() of an instance of the code. */
static bool refers_to(Value v, char code)
{
    Value obj = type_of(v) == &carg_type ? ((CArg *)value_object(v))->obj : 0;
    CInfo *info = obj && value_is_cdata(obj) ? cdata_info(cdata_of(obj)) : NULL;
    return info && info->kind == KIND_SIMPLE && info->code == code;
}

static Value text_from_param(Thread *t, Value type, Value v, bool wide)
{
    if (is_none(v)) {
        return v;
    }
    if (wide ? value_is_str(v) : value_is_bytes(v)) {
        return code_param(t, wide ? 'Z' : 'z', v);
    }
    int r = object_isinstance(t, v, type);
    if (r) {
        return r < 0 ? 0 : v;
    }
    char item = wide ? 'u' : 'c';
    return leads_to(v, item) || refers_to(v, item) ? v : 0;
}

static Value chars_from_param(Thread *t, Value type, Value v)
{
    Value r = text_from_param(t, type, v, /*wide:*/ false);
    return r || error_pending(t) ? r : as_parameter(t, v, type, chars_from_param);
}

static Value wide_from_param(Thread *t, Value type, Value v)
{
    Value r = text_from_param(t, type, v, /*wide:*/ true);
    return r || error_pending(t) ? r : as_parameter(t, v, type, wide_from_param);
}

static Value address_from_param(Thread *t, Value type, Value v)
{
    if (is_none(v)) {
        return v;
    }
    if (value_is_int(v) || value_is_bytes(v) || value_is_str(v)) {
        return code_param(t, value_is_int(v) ? 'P' : value_is_str(v) ? 'Z' : 'z', v);
    }
    int r = object_isinstance(t, v, type);
    if (r) {
        return r < 0 ? 0 : v;
    }
    if (type_of(v) == &carg_type && ((CArg *)value_object(v))->tag == 'P') {
        return v;
    }
    CInfo *info = value_is_cdata(v) ? cdata_info(cdata_of(v)) : NULL;
    if (info && (info->kind == KIND_ARRAY || info->kind == KIND_POINTER)) {
        return v;
    }
    bool text = info && info->kind == KIND_SIMPLE && (info->code == 'z' || info->code == 'Z');
    if (text || (info && info->kind == KIND_FUNCTION)) {
        CArg *arg = carg_new(t, text ? 'Z' : 'P', &ffi_type_pointer, v);
        if (arg) {
            memcpy(&arg->value.p, cdata_ptr(cdata_of(v)), sizeof(void *));
        }
        return object_value(arg);
    }
    return as_parameter(t, v, type, address_from_param);
}

#define FROM_PARAM(name)                                                                       \
    static Value method_##name(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)       \
    {                                                                                          \
        return name(t, args[0], args[1]);                                                      \
    }                                                                                          \
    static const NativeDef def_##name = {"from_param(value, /)", method_##name,                \
                                         "Convert a Python object into a function call "       \
                                         "parameter.", NATIVE_CLASS};
FROM_PARAM(chars_from_param)
FROM_PARAM(wide_from_param)
FROM_PARAM(address_from_param)

Value simple_from_param(Thread *t, Value type, Value v)
{
    int r = object_isinstance(t, v, type);
    if (r) {
        return r < 0 ? 0 : v;
    }
    CInfo *info = info_of(type);
    if (!info || info->kind != KIND_SIMPLE) {
        return type_error(t, "abstract class");
    }
    CArg *arg = carg_new(t, info->code, &info->ffi, 0);
    Value keep = arg ? info->set(t, &arg->value, v, sizeof arg->value) : 0;
    if (keep) {
        gc_store(arg, &arg->obj, keep);
        return object_value(arg);
    }
    error_clear(t);
    return as_parameter(t, v, type, simple_from_param);
}

/* ---- classes ---- */

/* The character of _type_; 0: raised. */
static char code_of_class(Thread *t, Value type, Value *proto)
{
    int r = object_lookup_attr_cstr(t, type, "_type_", proto);
    if (r <= 0) {
        if (r == 0) {
            raise(t, &exc_AttributeError, "class must define a '_type_' attribute");
        }
        return 0;
    }
    if (!value_is_str(*proto)) {
        type_error(t, "class must define a '_type_' string attribute");
        return 0;
    }
    if (str_len(*proto) != 1) {
        value_error(t, "class must define a '_type_' attribute which must be a string of length 1");
        return 0;
    }
    uint32_t c = str_get(value_str(*proto), 0);
    if (c == 0 || c > 127 || !strchr(simple_codes, (char)c)) {
        raise(t, &exc_AttributeError,
              "class must define a '_type_' attribute which must be\n"
              "a single character string containing one of '%s'.", simple_codes);
        return 0;
    }
    if (!code_find((char)c)) {
        value_error(t, "_type_ '%U' not supported", *proto);
        return 0;
    }
    return (char)c;
}

static CInfo *simple_info(Thread *t, const CCode *code, Value proto, bool swapped)
{
    CInfo *info = info_new(t, KIND_SIMPLE);
    if (!info || !info_set_format(t, info, "%c%c", swapped ? '>' : '<', code->format)) {
        return NULL;
    }
    info->ffi = *code->ffi;
    info->size = code->ffi->size;
    info->align = code->ffi->alignment;
    info->code = code->code;
    info->get = swapped ? code->get_swapped : code->get;
    info->set = swapped ? code->set_swapped : code->set;
    info->flags = swapped ? INFO_SWAPPED : 0;
    gc_store(info, &info->proto, proto);
    return info;
}

static const NativeDef *own_from_param(char code)
{
    return code == 'z'   ? &def_chars_from_param
           : code == 'Z' ? &def_wide_from_param
           : code == 'P' ? &def_address_from_param
                         : NULL;
}

/* The twin of other byte order, which both know. */
static bool add_swapped(Thread *t, Type *meta, Value *args, Value type, const CCode *code,
                        Value proto)
{
    Value name = str_format(t, "%U_be", args[0]);
    Value twin_args[3] = {name, args[1], args[2]};
    Value twin = name ? type_new(t, meta, twin_args, 3, 0) : 0;
    CInfo *info = twin ? simple_info(t, code, proto, /*swapped:*/ true) : NULL;
    if (!info || !info_publish(t, value_type(twin), info)) {
        return false;
    }
    Value le = intern_cstr(t, "__ctype_le__"), be = intern_cstr(t, "__ctype_be__");
    return le && be && object_setattr(t, type, le, type) && object_setattr(t, type, be, twin) &&
           object_setattr(t, twin, le, type) && object_setattr(t, twin, be, twin);
}

Value simple_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    Value type = type_new(t, meta, args, n, kwnames), proto;
    char c = type ? code_of_class(t, type, &proto) : 0;
    if (!c) {
        return 0;
    }
    const CCode *code = code_find(c);
    CInfo *info = simple_info(t, code, proto, /*swapped:*/ false);
    if (!info) {
        return 0;
    }
    bool direct = type_base(value_type(type)) == &c_simple_type.type;
    const NativeDef *own = direct ? own_from_param(c) : NULL;
    if (direct && strchr("zZPO", c)) {
        info->flags |= INFO_POINTER;
    }
    if (!info_publish(t, value_type(type), info)) {
        return type_error(t, "abstract class");
    }
    if (own) {
        Value descr = method_descr_new(t, value_type(type), own);
        if (!descr || !object_setattr(t, type, intern_cstr(t, "from_param"), descr)) {
            return 0;
        }
    }
    bool twin = meta == &simple_meta && code->set_swapped;
    return !twin || add_swapped(t, meta, args, type, code, proto) ? type : 0;
}

/* ---- instances ---- */

static Value get_value(Thread *t, Value self, void *closure UNUSED)
{
    CInfo *info = cdata_info(cdata_of(self));
    return info->get(t, cdata_ptr(cdata_of(self)), info->size);
}

static bool set_value(Thread *t, Value self, Value v, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    CInfo *info = cdata_info(d);
    if (!cdata_may_set(t, v)) {
        return false;
    }
    Value keep = info->set(t, cdata_ptr(d), v, info->size);
    return keep && cdata_keep(t, d, 0, keep);
}

/* Keywords are ignored. */
static bool simple_init(Thread *t, Value self, Value *args, size_t n, Value kwnames UNUSED)
{
    return args_count(t, "__init__", n, 0, 1) &&
           (n == 0 || set_value(t, self, args[0], NULL));
}

static int simple_truth(Thread *t UNUSED, Value self)
{
    CData *d = cdata_of(self);
    size_t size = cdata_info(d)->size;
    const char *p = cdata_ptr(d);
    for (size_t i = 0; i < size; i++) {
        char byte;
        racy_copy(&byte, p + i, 1);
        if (byte) {
            return 1;
        }
    }
    return 0;
}

static Value simple_repr(Thread *t, Value self)
{
    if (is_simple_subclass(object_value(type_of(self)))) {
        return str_format(t, "<%s object at %p>", type_of(self)->name, (void *)value_object(self));
    }
    Value v = get_value(t, self, NULL);
    return v ? str_format(t, "%s(%R)", type_of(self)->name, v) : 0;
}

static Value simple_from_outparam(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return is_simple_subclass(object_value(type_of(args[0]))) ? args[0]
                                                              : get_value(t, args[0], NULL);
}

static const NativeDef simple_methods[] = {
    {"__ctypes_from_outparam__()", simple_from_outparam, "What an output parameter becomes.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef simple_getset[] = {
    {"value", get_value, set_value, "current value", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

CType c_simple_type = {.type = {
    .head = OBJECT_STATIC_HEAD(&simple_meta),
    .name = "_ctypes._SimpleCData",
    .doc = "A C value of a simple type.",
    .base = &cdata_type,
    .size = sizeof(CData),
    .flags = TYPE_BASETYPE,
    .new = cdata_type_new,
    .init = simple_init,
    .repr = simple_repr,
    .truth = simple_truth,
    .methods = simple_methods,
    .getset = simple_getset,
}};
