/* Memory, libraries and errno: the functions that take addresses. */
#include <dlfcn.h>
#include <wchar.h>

#include "core/base/late_math.h"
#include "core/capi/capi.h"
#include "importer/importer.h"
#include "modules/_ctypes/ctypes.h"

/* ---- what the package calls through addresses, as C functions of Python ---- */

static PyObject *string_at(const char *p, int size)
{
    THREAD;
    if (!AUDIT(t, "ctypes.string_at", 2, int_from_uint64(t, (uint64_t)(uintptr_t)p),
               fixnum(size))) {
        return NULL;
    }
    if (size < -1) {
        system_error(t, "Negative size passed to PyBytes_FromStringAndSize");
        return NULL;
    }
    return value_out(t, bytes_new(t, p, size == -1 ? strlen(p) : (size_t)size));
}

static PyObject *wstring_at(const wchar_t *p, int size)
{
    THREAD;
    if (!AUDIT(t, "ctypes.wstring_at", 2, int_from_uint64(t, (uint64_t)(uintptr_t)p),
               fixnum(size))) {
        return NULL;
    }
    size_t n = size < 0 ? wcslen(p) : (size_t)size;
    for (size_t i = 0; i < n; i++) {
        if ((uint32_t)p[i] > 0x10ffff) {
            value_error(t, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)p[i]);
            return NULL;
        }
    }
    return value_out(t, str_from_ucs4(t, (const uint32_t *)p, n));
}

static bool check_cast_type(Thread *t, Value type)
{
    CInfo *info = info_of(type);
    if (info && (info->kind == KIND_POINTER || info->kind == KIND_FUNCTION ||
                 (info->kind == KIND_SIMPLE && strchr("sPzUZXO", info->code)))) {
        return true;
    }
    type_error(t, "cast() argument 2 must be a pointer type, not %s",
               value_is_type(type) ? value_type(type)->name : type_of(type)->name);
    return false;
}

/* The result shares what is kept for the source, and keeps the source. */
static bool share_objects(Thread *t, CData *result, Value source)
{
    CData *src = cdata_of(source);
    Value id = int_from_uint64(t, source);
    if (!id || !cdata_kept(t, src)) {
        return false;
    }
    Value objects = value_load(&src->objects);
    if (!objects || is_none(objects)) {
        if (objects && !(objects = dict_new(t))) {
            return false;
        }
        if (objects) {
            gc_store(src, &src->objects, objects);
        }
    }
    if (!objects || !value_is_dict_exact(objects)) {
        objects = objects ? tuple_pack(t, 2, objects, source) : source;
        gc_store(result, &result->objects, objects);
        return objects != 0;
    }
    gc_store(result, &result->objects, objects);
    return dict_set(t, objects, id, source);
}

static PyObject *cast(void *p, PyObject *source, PyObject *type)
{
    THREAD;
    Value src = value_in(source), ctype = value_in(type);
    if (!check_cast_type(t, ctype)) {
        return NULL;
    }
    Value result = call0(t, ctype);
    if (!result) {
        return NULL;
    }
    if (!value_is_cdata(result) || cdata_size(cdata_of(result)) < sizeof p) {
        type_error(t, "cast() argument 2 must be a pointer type, not %T", result);
        return NULL;
    }
    if (value_is_cdata(src) && !share_objects(t, cdata_of(result), src)) {
        return NULL;
    }
    memcpy(cdata_ptr(cdata_of(result)), &p, sizeof p);
    return value_out(t, result);
}

static bool add_address(Thread *t, Value mod, const char *name, uintptr_t address)
{
    return module_add(t, mod, name, int_from_uint64(t, (uint64_t)address));
}

bool memory_add_addresses(Thread *t, Value mod)
{
    return add_address(t, mod, "_memmove_addr", (uintptr_t)memmove) &&
           add_address(t, mod, "_memset_addr", (uintptr_t)memset) &&
           add_address(t, mod, "_string_at_addr", (uintptr_t)string_at) &&
           add_address(t, mod, "_wstring_at_addr", (uintptr_t)wstring_at) &&
           add_address(t, mod, "_cast_addr", (uintptr_t)cast);
}

/* ---- libraries ---- */

static bool address_arg(Thread *t, Value v, void **out)
{
    if (!value_is_int(v)) {
        type_error(t, "an integer is required");
        return false;
    }
    uint64_t u;
    if (!code_find('P')->set(t, &u, v, sizeof u)) {
        return false;
    }
    *out = (void *)(uintptr_t)u;
    return true;
}

static Value loader_error(Thread *t)
{
    const char *why = dlerror();
    return raise(t, &exc_OSError, "%s", why ? why : "dlopen() error");
}

void *symbol_find(Thread *t, void *handle, const char *name)
{
    char full[256] = "Ty";
    bool python = strncmp(name, "Py", 2) == 0 || strncmp(name, "_Py", 3) == 0;
    size_t n = strlen(name);
    if (python && n < sizeof full - 2) { /* names of Python.h are exported with Ty in front */
        memcpy(full + 2, name, n + 1);
        void *address = dlsym(handle, full);
        if (address) {
            capi_start(t);
            return address;
        }
    }
    (void)dlerror();
    return dlsym(handle, name);
}

static Value ctypes_dlopen(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int mode = RTLD_NOW;
    const char *name = NULL;
    if (args[1] && !value_to_int(t, args[1], &mode)) {
        return 0;
    }
    if (!is_none(args[0]) && !(name = str_fs_path(t, args[0]))) {
        return 0;
    }
    if (!AUDIT(t, "ctypes.dlopen", 1, args[0])) {
        return 0;
    }
    void *handle = library_open(t, name, mode | RTLD_NOW);
    return handle             ? int_from_uint64(t, (uint64_t)(uintptr_t)handle)
           : error_pending(t) ? 0
                              : loader_error(t);
}

static Value ctypes_dlclose(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    void *handle;
    if (!address_arg(t, args[0], &handle)) {
        return 0;
    }
    if (!handle) {
        return raise(t, &exc_OSError, "invalid handle");
    }
    return dlclose(handle) ? loader_error(t) : NONE;
}

static Value ctypes_dlsym(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    void *handle;
    const char *name = str_cstr_arg(t, args[1], "dlsym", "2");
    if (!name || !address_arg(t, args[0], &handle) ||
        !AUDIT(t, "ctypes.dlsym/handle", 2, args[0], args[1])) {
        return 0;
    }
    void *address = symbol_find(t, handle, name);
    return address ? int_from_uint64(t, (uint64_t)(uintptr_t)address) : loader_error(t);
}

/* ---- errno ---- */

static Value ctypes_get_errno(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return AUDIT(t, "ctypes.get_errno", 0) ? fixnum(ctypes_errno) : 0;
}

static Value ctypes_set_errno(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int value, old = ctypes_errno;
    if (!value_to_int(t, args[0], &value) || !AUDIT(t, "ctypes.set_errno", 1, args[0])) {
        return 0;
    }
    ctypes_errno = value;
    return fixnum(old);
}

/* ---- calls and objects by address ---- */

static Value call_address(Thread *t, Value *args, int flags)
{
    CCall c = {.flags = flags};
    if (!address_arg(t, args[0], &c.address)) {
        return 0;
    }
    if (!value_is_tuple(args[1])) {
        return type_error(t, "argument 2 must be tuple, not %T", args[1]);
    }
    return call_foreign(t, &c, value_tuple(args[1])->items, tuple_len(args[1]));
}

static Value ctypes_call_function(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return AUDIT(t, "ctypes.call_function", 2, args[0], args[1]) ? call_address(t, args, 0) : 0;
}

static Value ctypes_call_cdecl(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return AUDIT(t, "ctypes.call_function", 2, args[0], args[1])
               ? call_address(t, args, FUNC_CDECL)
               : 0;
}

static Value ctypes_from_ptr(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    void *p;
    if (!address_arg(t, args[0], &p) || !AUDIT(t, "ctypes.PyObj_FromPtr", 1, args[0])) {
        return 0;
    }
    return p ? value_in(p) : value_error(t, "PyObject is NULL");
}

static Value ctypes_incref(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    capi_start(t);
    if (value_is_object(args[0])) {
        Py_INCREF((PyObject *)value_object(args[0]));
    }
    return args[0];
}

static Value ctypes_decref(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (value_is_object(args[0])) {
        Py_DECREF((PyObject *)value_object(args[0]));
    }
    return args[0];
}

const NativeDef memory_functions[] = {
    {"dlopen(name, flag=RTLD_NOW, /)", ctypes_dlopen, "Open a shared library.", 0},
    {"dlclose(handle, /)", ctypes_dlclose, "Close a shared library.", 0},
    {"dlsym(handle, name, /)", ctypes_dlsym, "Find a symbol in a shared library.", 0},
    {"get_errno()", ctypes_get_errno, "The calling thread's copy of errno.", 0},
    {"set_errno(value, /)", ctypes_set_errno, "Set the copy of errno; returns the old value.", 0},
    {"call_function(address, arguments, /)", ctypes_call_function, "Call a function.", 0},
    {"call_cdeclfunction(address, arguments, /)", ctypes_call_cdecl, "Call a function.", 0},
    {"PyObj_FromPtr(address, /)", ctypes_from_ptr, "The object at an address.", 0},
    {"Py_INCREF(object, /)", ctypes_incref, "Take a reference that C code owns.", 0},
    {"Py_DECREF(object, /)", ctypes_decref, "Give a reference back that C code owned.", 0},
    {NULL, NULL, NULL, 0},
};
