/* Arguments of foreign functions, and calling them through libffi. */
#include <wchar.h>

#include "core/capi/capi.h"
#include "modules/_ctypes/ctypes.h"

__thread int ctypes_errno;
Value argument_error;

/* ---- what from_param makes ---- */

static void carg_trace(Object *o, Tracer *tr) { trace_value(tr, ((CArg *)o)->obj); }

CArg *carg_new(Thread *t, char tag, ffi_type *ffi, Value obj)
{
    CArg *a = object_alloc(t, &carg_type, sizeof *a);
    if (a) {
        a->tag = tag;
        a->ffi = ffi;
        gc_store(a, &a->obj, obj);
    }
    return a;
}

static Value carg_repr(Thread *t, Value self)
{
    const CArg *a = (CArg *)value_object(self);
    switch (a->tag) {
    case 'b':
    case 'B':
        return str_format(t, "<cparam '%c' (%d)>", a->tag, a->value.b);
    case 'h':
    case 'H':
        return str_format(t, "<cparam '%c' (%d)>", a->tag, a->value.h);
    case 'i':
    case 'I':
        return str_format(t, "<cparam '%c' (%d)>", a->tag, a->value.i);
    case 'l':
    case 'L':
    case 'q':
    case 'Q':
        return str_format(t, "<cparam '%c' (%ld)>", a->tag, (long)a->value.q);
    case 'd':
    case 'f':
        return str_format(t, "<cparam '%c' (%R)>", a->tag,
                          float_new(t, a->tag == 'f' ? (double)a->value.f : a->value.d));
    case 'c': {
        unsigned char c = (unsigned char)a->value.c;
        if (c >= ' ' && c < 127 && c != '\'' && c != '\\') {
            return str_format(t, "<cparam '%c' ('%c')>", a->tag, c);
        }
        return str_format(t, "<cparam '%c' ('\\x%s%x')>", a->tag, c < 16 ? "0" : "", c);
    }
    case 'z':
    case 'Z':
    case 'P':
        return str_format(t, "<cparam '%c' (%p)>", a->tag, a->value.p);
    default:
        return str_format(t, "<cparam '%c' at %p>", a->tag, (const void *)a);
    }
}

static const MemberDef carg_members[] = {
    {"_obj", MEMBER_VALUE_EX, offsetof(CArg, obj), true, "the wrapped object"},
    {NULL, 0, 0, false, NULL},
};

Type carg_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "CArgObject",
    .size = sizeof(CArg),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = carg_trace,
    .repr = carg_repr,
    .members = carg_members,
    .getattr = generic_getattr,
};

/* ---- one argument ---- */

typedef struct Argument {
    ffi_type *ffi;
    CWord value;
    Value keep;
} Argument;

static void argument_of_cdata(CData *d, Argument *a)
{
    CInfo *info = cdata_info(d);
    char *p = cdata_ptr(d);
    a->keep = object_value(d);
    a->ffi = &ffi_type_pointer;
    switch (info->kind) {
    case KIND_STRUCT:
    case KIND_UNION:
        a->ffi = &info->ffi;
        a->value.p = p;
        break;
    case KIND_SIMPLE:
        a->ffi = &info->ffi;
        memcpy(&a->value, p, info->size);
        break;
    case KIND_ARRAY:
        a->value.p = p;
        break;
    default:
        memcpy(&a->value.p, p, sizeof(void *));
    }
}

static bool argument_of_int(Thread *t, Value v, Argument *a)
{
    int64_t i;
    uint64_t u = 0;
    if (!int_try_int64(v, &i)) {
        if (int_sign(v) < 0 || !value_to_uint64(t, v, &u)) {
            error_clear(t);
            overflow_error(t, "int too long to convert");
            return false;
        }
        i = (int64_t)u;
    }
    a->ffi = &ffi_type_sint;
    a->value.i = (int)i;
    return true;
}

/* number: for the message, from 1 */
static bool argument_convert(Thread *t, Value v, size_t number, Argument *a)
{
    a->ffi = &ffi_type_pointer;
    a->keep = v;
    a->value.q = 0;
    if (value_is_cdata(v)) {
        argument_of_cdata(cdata_of(v), a);
        return true;
    }
    if (type_of(v) == &carg_type) {
        CArg *arg = (CArg *)value_object(v);
        a->ffi = arg->ffi;
        a->value = arg->value;
        return true;
    }
    if (value_is_int(v)) {
        return argument_of_int(t, v, a);
    }
    if (value_is_str(v)) {
        a->value.p = wide_copy(t, v);
        a->keep = object_value(a->value.p);
        return a->value.p != NULL;
    }
    if (is_none(v) || value_is_bytes(v)) {
        a->value.p = is_none(v) ? NULL : value_bytes(v)->data;
        return true;
    }
    Value as;
    int r = object_lookup_attr_cstr(t, v, "_as_parameter_", &as);
    if (r <= 0) {
        if (r == 0) {
            type_error(t, "Don't know how to convert parameter %d", (int)number);
        }
        return false;
    }
    if (!c_recursion_enter(t, "")) {
        return false;
    }
    bool good = argument_convert(t, as, number, a);
    c_recursion_leave(t);
    return good;
}

static bool convert_all(Thread *t, const CCall *c, const Value *args, size_t n, Argument *out)
{
    size_t converted = c->converters ? tuple_len(c->converters) : 0;
    for (size_t i = 0; i < n; i++) {
        Value v = args[i];
        if (i < converted) {
            v = call1(t, tuple_get(c->converters, i), v);
        }
        if (!v || !argument_convert(t, v, i + 1, &out[i])) {
            error_extend(t, value_type(argument_error), "argument %zd: ", (ssize_t)i + 1);
            return false;
        }
    }
    return true;
}

/* ---- results ---- */

static ffi_type *result_ffi(Value restype)
{
    CInfo *info = restype ? info_of(restype) : NULL;
    if (restype && is_none(restype)) {
        return &ffi_type_void;
    }
    return !info ? &ffi_type_sint : info->kind == KIND_ARRAY ? &ffi_type_pointer : &info->ffi;
}

static Value result_value(Thread *t, const CCall *c, char *p)
{
    CInfo *info = c->restype ? info_of(c->restype) : NULL;
    if (c->restype && is_none(c->restype)) {
        return NONE;
    }
    if (!info) {
        Value i = code_find('i')->get(t, p, sizeof(int));
        return c->restype ? call1(t, c->restype, i) : i;
    }
    Value v;
    if (info->get && !is_simple_subclass(c->restype)) {
        v = info->get(t, p, info->size);
        if (v && info->code == 'O') {
            Py_DECREF(*(PyObject **)(void *)p);
        }
    } else {
        v = cdata_copy(t, value_type(c->restype), p);
    }
    return v && c->checker ? call1(t, c->checker, v) : v;
}

/* ---- the call ---- */

static bool prepare(Thread *t, const CCall *c, ffi_cif *cif, size_t n, ffi_type *result,
                    ffi_type **types)
{
    size_t fixed = c->argtypes ? tuple_len(c->argtypes) : 0;
    bool variadic = fixed && fixed < n;
    ffi_status status =
        variadic ? ffi_prep_cif_var(cif, FFI_DEFAULT_ABI, (unsigned)fixed, (unsigned)n, result,
                                    types)
                 : ffi_prep_cif(cif, FFI_DEFAULT_ABI, (unsigned)n, result, types);
    if (status != FFI_OK) {
        runtime_error(t, variadic ? "ffi_prep_cif_var failed" : "ffi_prep_cif failed");
    }
    return status == FFI_OK;
}

static void exchange_errno(void)
{
    int now = errno;
    errno = ctypes_errno;
    ctypes_errno = now;
}

/* The function runs without the interpreter, unless it is of Python itself. */
static void run(const CCall *c, ffi_cif *cif, void *result, void **values)
{
    bool python = c->flags & FUNC_PYTHONAPI, swap = c->flags & FUNC_USE_ERRNO;
    PyThreadState *state = python ? NULL : PyEval_SaveThread();
    if (swap) {
        exchange_errno();
    }
    ffi_call(cif, FFI_FN(c->address), result, values);
    if (swap) {
        exchange_errno();
    }
    if (!python) {
        PyEval_RestoreThread(state);
    }
}

/* Room for the result: libffi widens integers to a word. */
static char *result_room(Thread *t, const CCall *c, char *local, size_t local_size)
{
    CInfo *info = c->restype ? info_of(c->restype) : NULL;
    size_t need = info ? info->size : 0;
    memset(local, 0, local_size);
    if (need <= local_size) {
        return local;
    }
    RawBuffer *b = raw_buffer_new(t, need);
    if (b) {
        memset(b->data, 0, need);
    }
    return b ? b->data : NULL;
}

/* The arguments of the next call fit on the C stack. */
static bool check_stack(Thread *t, size_t n)
{
    size_t need = C_STACK_ERROR + n * (sizeof(Argument) + sizeof(ffi_type *) + sizeof(void *));
    char *here = __builtin_frame_address(0);
    if (here < t->c_limit || (size_t)(here - t->c_limit) < need) {
        recursion_error(t, " while calling a foreign function");
        return false;
    }
    return true;
}

Value call_foreign(Thread *t, const CCall *c, const Value *args, size_t n)
{
    if (n > CTYPES_MAX_ARGS) {
        return raise_error(t, value_type(argument_error), "too many arguments (%zd), maximum is %d",
                           (ssize_t)n, CTYPES_MAX_ARGS);
    }
    if (!check_stack(t, n)) {
        return 0;
    }
    Argument converted[n + 1];
    ffi_type *types[n + 1];
    void *values[n + 1];
    _Alignas(16) char local[64];
    ffi_cif cif;
    char *result = result_room(t, c, local, sizeof local);
    if (!result || !convert_all(t, c, args, n, converted)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        types[i] = converted[i].ffi;
        values[i] = types[i]->type == FFI_TYPE_STRUCT ? converted[i].value.p
                                                      : (void *)&converted[i].value;
    }
    if (!c->address) {
        return value_error(t, "NULL function pointer");
    }
    if (!prepare(t, c, &cif, n, result_ffi(c->restype), types)) {
        return 0;
    }
    if (!c_recursion_enter(t, " while calling a foreign function")) {
        return 0;
    }
    run(c, &cif, result, values);
    c_recursion_leave(t);
    if ((c->flags & FUNC_PYTHONAPI) && error_pending(t)) {
        return 0;
    }
    return result_value(t, c, result);
}
