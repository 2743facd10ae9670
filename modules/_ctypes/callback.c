/* Callbacks: C functions made of Python callables by libffi's closures.  They may be called from
 * any thread, known to the interpreter or not. */
#include "core/base/mutex.h"
#include "core/capi/capi.h"
#include "modules/_ctypes/ctypes.h"

static Mutex closures; /* held in calls of libffi that make and drop them */

struct CThunk {
    Object head;
    ffi_closure *closure;
    ffi_cif cif;
    RawBuffer *types;        /* ffi_type * of the parameters */
    Value callable, argtypes, restype;
    int flags;
};

static void thunk_trace(Object *o, Tracer *tr)
{
    CThunk *k = (CThunk *)o;
    trace_object(tr, k->types);
    trace_value(tr, k->callable);
    trace_value(tr, k->argtypes);
    trace_value(tr, k->restype);
}

static void thunk_free(Object *o)
{
    CThunk *k = (CThunk *)o;
    if (k->closure) {
        mutex_lock(&closures);
        ffi_closure_free(k->closure);
        mutex_unlock(&closures);
        k->closure = NULL;
    }
}

Type thunk_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ctypes.CThunkObject",
    .doc = "CThunkObject",
    .size = sizeof(CThunk),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = thunk_trace,
    .free = thunk_free,
    .getattr = generic_getattr,
};

/* ---- being called ---- */

/* The Python value of a parameter at p. */
static Value parameter_value(Thread *t, Value type, char *p)
{
    CInfo *info = info_of(type);
    if (!info) {
        return type_error(t, "cannot build parameter");
    }
    if (info->get && !is_simple_subclass(type)) {
        return info->get(t, p, info->size);
    }
    if (info->kind == KIND_ARRAY) { /* C passes the address of the first item */
        return cdata_at(t, value_type(type), 0, 0, *(char **)(void *)p);
    }
    Value v = call0(t, type);
    if (v && (!value_is_cdata(v) || cdata_size(cdata_of(v)) < info->size)) {
        return type_error(t, "unexpected result of creating an argument");
    }
    if (v) {
        memcpy(cdata_ptr(cdata_of(v)), p, info->size);
    }
    return v;
}

static void store_result(Thread *t, CThunk *k, Value v, void *result)
{
    CInfo *info = info_of(k->restype);
    if (!info) {
        return;
    }
    Value keep = info->set(t, result, v, info->size);
    capi_start(t); /* counted references are roots from then on */
    if (!keep) {
        error_unraisable(t, "on converting result of ctypes callback function", k->callable);
    } else if (info->code == 'O') { /* a reference that the caller owns */
        Py_INCREF(*(PyObject **)result);
    } else if (!is_none(keep)) {
        Py_INCREF((PyObject *)value_object(keep));
        if (!warn(t, &exc_RuntimeWarning, 1, "memory leak in callback function.")) {
            error_unraisable(t, "on converting result of ctypes callback function", k->callable);
        }
    }
}

static void invoke(Thread *t, CThunk *k, void *result, void **args)
{
    size_t n = tuple_len(k->argtypes);
    Value values[n + 1];
    for (size_t i = 0; i < n; i++) {
        values[i] = parameter_value(t, tuple_get(k->argtypes, i), args[i]);
        if (!values[i]) {
            error_unraisable(t, "on creating an argument of ctypes callback function",
                             k->callable);
            return;
        }
    }
    bool swap = k->flags & FUNC_USE_ERRNO;
    int saved = errno;
    if (swap) {
        errno = ctypes_errno;
        ctypes_errno = saved;
    }
    Value v = call(t, k->callable, values, n, 0);
    if (swap) {
        saved = ctypes_errno;
        ctypes_errno = errno;
    }
    if (v) {
        store_result(t, k, v, result);
    } else {
        error_unraisable(t, "on calling ctypes callback function", k->callable);
    }
    errno = saved;
}

static void thunk_entry(ffi_cif *cif, void *result, void **args, void *data)
{
    CThunk *k = data;
    if (cif->rtype->type != FFI_TYPE_VOID) {
        size_t size = cif->rtype->size;
        memset(result, 0, size < sizeof(ffi_arg) ? sizeof(ffi_arg) : size);
    }
    PyGILState_STATE state = PyGILState_Ensure();
    Thread *t = thread_current();
    Value pending = error_take(t);
    if (c_recursion_enter(t, " in a callback")) {
        invoke(t, k, result, args);
        c_recursion_leave(t);
    } else {
        error_unraisable(t, "on calling ctypes callback function", k->callable);
    }
    error_restore(t, pending);
    PyGILState_Release(state);
}

/* ---- making ---- */

static bool describe(Thread *t, CThunk *k)
{
    size_t n = tuple_len(k->argtypes);
    k->types = raw_buffer_new(t, (n + 1) * sizeof(ffi_type *));
    if (!k->types) {
        return false;
    }
    ffi_type **types = (ffi_type **)(void *)k->types->data;
    for (size_t i = 0; i < n; i++) {
        CInfo *info = info_of(tuple_get(k->argtypes, i));
        if (info) { /* what the closure refers to stays what it is */
            info = info_final(t, value_type(tuple_get(k->argtypes, i)));
        }
        types[i] = !info                      ? &ffi_type_sint
                   : info->kind == KIND_ARRAY ? &ffi_type_pointer
                                              : &info->ffi;
    }
    CInfo *result = is_none(k->restype) ? NULL : info_of(k->restype);
    if (!is_none(k->restype) && (!result || !result->set)) {
        type_error(t, "invalid result type for callback function");
        return false;
    }
    ffi_status status = ffi_prep_cif(&k->cif, FFI_DEFAULT_ABI, (unsigned)n,
                                     result ? &result->ffi : &ffi_type_void, types);
    if (status != FFI_OK) {
        runtime_error(t, "ffi_prep_cif failed with %d", (int)status);
    }
    return status == FFI_OK;
}

Value thunk_new(Thread *t, Value f, Value argtypes, Value restype, int flags, void **code)
{
    CThunk *k = object_alloc(t, &thunk_type, sizeof *k);
    if (!k) {
        return 0;
    }
    gc_store(k, &k->callable, f);
    gc_store(k, &k->argtypes, argtypes);
    gc_store(k, &k->restype, restype);
    k->flags = flags;
    if (!describe(t, k)) {
        return 0;
    }
    mutex_lock(&closures);
    k->closure = ffi_closure_alloc(sizeof *k->closure, code);
    mutex_unlock(&closures);
    if (!k->closure) {
        return raise_memory(t);
    }
    ffi_status status = ffi_prep_closure_loc(k->closure, &k->cif, thunk_entry, k, *code);
    if (status != FFI_OK) {
        return runtime_error(t, "ffi_prep_closure failed with %d", (int)status);
    }
    return object_value(k);
}
