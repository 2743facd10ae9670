/* Loading extension modules: dlopen, PyInit_<name>, single-phase and multi-phase initialisation. */
#include <dlfcn.h>
#include <link.h>

#include "core/capi/capi.h"
#include "core/object/bytes.h"
#include "core/base/late_math.h"
#include "core/base/locale.h"
#include "core/object/codec.h"
#include "core/capi/start.h"
#include "importer/importer.h"

static Mutex table_lock;         /* guards the list's head; entries are never removed */
static Extension *extensions;
__thread Extension *extension_loading; /* its PyInit or exec function runs in this thread */

Extension *extension_at(const void *address)
{
    uintptr_t a = (uintptr_t)address;
    for (Extension *e = __atomic_load_n(&extensions, __ATOMIC_ACQUIRE); e; e = e->next) {
        if (a >= e->code_low && a < e->code_high) {
            return e;
        }
    }
    return NULL;
}

Extension *extension_current(Thread *t)
{
    return extension_loading ? extension_loading : capi_thread(t)->held;
}

static void trace_spares(Thread *t, void *tr)
{
    CapiThread *c = t->capi;
    for (size_t i = 0; c && i < ARRAY_SIZE(c->spare_ints); i++) {
        trace_object(tr, c->spare_ints[i]);
        trace_object(tr, c->spare_floats[i]);
    }
    for (size_t i = 0; c && i < LENT_SLOTS; i++) {
        trace_object(tr, c->lent[i]);
    }
}

/* Static data of extensions may hold references that are counted nowhere. */
void loader_trace(Tracer *tr, void *arg UNUSED)
{
    gc_each_thread_unlocked(trace_spares, tr);
    for (Extension *e = __atomic_load_n(&extensions, __ATOMIC_ACQUIRE); e; e = e->next) {
        for (size_t i = 0; i < e->data_count; i++) {
            trace_conservative(tr, e->data[i].low, e->data[i].high);
        }
        trace_value(tr, e->path);
        trace_value(tr, e->name);
        trace_value(tr, e->module);
        trace_value(tr, e->copy);
    }
}

/* ---- errors ---- */

static Value import_error(Thread *t, Value msg, Value name, Value path)
{
    Value exc = msg ? call1(t, object_value(&exc_ImportError), msg) : 0;
    if (exc && object_setattr(t, exc, N(name), name) && object_setattr(t, exc, N(path), path)) {
        raise_exception(t, exc);
    }
    return 0;
}

static Value text_of_c(Thread *t, const char *s)
{
    return str_decode(t, s, strlen(s), "utf-8", "surrogateescape");
}

/* ---- opening ---- */

static int note_segments(struct dl_phdr_info *info, size_t size UNUSED, void *arg)
{
    Extension *e = arg;
    struct link_map *map = NULL;
    if (dlinfo(e->handle, RTLD_DI_LINKMAP, &map) != 0 || info->dlpi_addr != map->l_addr ||
        strcmp(info->dlpi_name, map->l_name) != 0) {
        return 0;
    }
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + p->p_vaddr, high = low + p->p_memsz;
        if (p->p_type != PT_LOAD) {
            continue;
        }
        e->code_low = !e->code_low || low < e->code_low ? low : e->code_low;
        e->code_high = high > e->code_high ? high : e->code_high;
        if ((p->p_flags & PF_W) && e->data_count < ARRAY_SIZE(e->data)) {
            e->data[e->data_count].low = (const void *)low;
            e->data[e->data_count].high = (const void *)high;
            e->data_count++;
        }
    }
    return 1;
}

static Extension *find_loaded(Value name, Value path)
{
    for (Extension *e = __atomic_load_n(&extensions, __ATOMIC_ACQUIRE); e; e = e->next) {
        if (str_eq(e->path, path) && str_eq(e->name, name)) {
            return e;
        }
    }
    return NULL;
}

/* What dlopen() said; undefined names of the plain C API give away whom the library was built for.
 */
static Value open_error(Thread *t)
{
    const char *why = dlerror();
    Value text = text_of_c(t, why ? why : "unknown dlopen() error");
    const char *symbol = why ? strstr(why, "undefined symbol: ") : NULL;
    symbol = symbol ? symbol + strlen("undefined symbol: ") : "";
    if (text && (strncmp(symbol, "Py", 2) == 0 || strncmp(symbol, "_Py", 3) == 0)) {
        return str_format(t, "%U (it was built for another implementation of Python)", text);
    }
    return text;
}

static Extension *open_extension(Thread *t, Value name, Value path)
{
    Extension *e = find_loaded(name, path);
    if (e) {
        return e;
    }
    const char *file = str_fs_path(t, path);
    e = file ? mem_calloc(1, sizeof *e) : NULL;
    if (!e) {
        return NULL;
    }
    char local[512];
    if (!strchr(file, '/') && snprintf(local, sizeof local, "./%s", file) < (int)sizeof local) {
        file = local;
    }
    e->handle = library_open(t, file, t->interp->dlopen_flags);
    if (!e->handle) {
        Value why = error_pending(t) ? 0 : open_error(t);
        mem_free(e);
        import_error(t, why, name, path);
        return NULL;
    }
    e->path = path;
    e->name = name;
    dl_iterate_phdr(note_segments, e);
    mutex_lock(&table_lock);
    e->next = extensions;
    __atomic_store_n(&extensions, e, __ATOMIC_RELEASE);
    mutex_unlock(&table_lock);
    return e;
}

/* "PyInit_" and the last part of the name; names beyond ASCII in punycode. */
static Value init_name(Thread *t, Value name)
{
    size_t n = str_len(name), dot = n;
    while (dot > 0 && str_get(value_str(name), dot - 1) != '.') {
        dot--;
    }
    Value last = str_substring(t, name, dot, n);
    if (!last || value_str(last)->ascii) {
        return last ? str_format(t, "PyInit_%U", last) : 0;
    }
    Value puny = str_encode(t, last, "punycode", NULL);
    Value text =
        puny ? str_decode(t, value_bytes(puny)->data, value_bytes(puny)->len, "ascii", NULL) : 0;
    Value dashes = text ? call_method2(t, text, intern_cstr(t, "replace"), str_from_cstr(t, "-"),
                                       str_from_cstr(t, "_"))
                        : 0;
    return dashes ? str_format(t, "PyInitU_%U", dashes) : 0;
}

/* ---- initialising ---- */

static Value finish_single_phase(Thread *t, Extension *e, Value mod, Value path)
{
    CModule *c = mod && value_isa(mod, &module_type) ? module_c_part(mod) : NULL;
    if (!c || !c->def) {
        return system_error(t, "initialization of %U did not return an extension module", e->name);
    }
    c->def->m_base.m_init = NULL;
    if (!dict_get_cstr(t, module_dict(mod), "__file__") && !module_add(t, mod, "__file__", path)) {
        return 0;
    }
    e->def = c->def;
    e->module = mod;
    if (c->def->m_size < 0) {
        e->copy = dict_copy(t, module_dict(mod));
        if (!e->copy) {
            return 0;
        }
    }
    return mod;
}

static Value import_again(Thread *t, Extension *e)
{
    if (!dict_update(t, module_dict(e->module), e->copy)) {
        return 0;
    }
    return e->module;
}

/* A module of single-phase initialisation has its state in C variables: the main interpreter's. */
static Value refuse_single_phase(Thread *t, const Extension *e, Value path)
{
    return import_error(
        t, str_format(t, "module %U does not support loading in subinterpreters", e->name), e->name,
        path);
}

static Value initialise(Thread *t, Extension *e, PyObject *(*init)(void), Value spec, Value path)
{
    Extension *outer = extension_loading;
    extension_loading = e;
    Extension *before = extension_enter(t, e);
    PyObject *m = init();
    extension_leave(t, before);
    extension_loading = outer;
    if (!m) {
        return t->exc ? 0
                      : system_error(t, "initialization of %U failed without raising an exception",
                                     e->name);
    }
    if (t->exc) {
        error_clear(t);
        return system_error(t, "initialization of %U raised unreported exception", e->name);
    }
    if (Py_TYPE(m) == NULL) {
        return system_error(t, "init function of %U returned uninitialized object", e->name);
    }
    if (type_in(Py_TYPE(m)) == type_in(&PyModuleDef_Type)) {
        extension_loading = e;
        Value mod =
            value_take(PyModule_FromDefAndSpec((PyModuleDef *)m, (PyObject *)value_object(spec)));
        extension_loading = outer;
        return mod;
    }
    Value mod = value_take(m);
    return t->interp == runtime.main_interp ? finish_single_phase(t, e, mod, path)
                                            : refuse_single_phase(t, e, path);
}

Value loader_load(Thread *t, Value spec)
{
    capi_start(t);
    Value name = object_getattr(t, spec, N(name)),
          path = name ? object_getattr_cstr(t, spec, "origin") : 0;
    if (!path) {
        return 0;
    }
    if (!value_is_str(name) || !value_is_str(path)) {
        return type_error(t, "spec.name and spec.origin must be str");
    }
    Value symbol = init_name(t, name);
    Extension *e = symbol ? open_extension(t, name, path) : NULL;
    if (!e) {
        return 0;
    }
    if (e->module && t->interp != runtime.main_interp) {
        return refuse_single_phase(t, e, path);
    }
    if (e->copy) {
        return import_again(t, e);
    }
    PyObject *(*init)(void) = (PyObject * (*)(void)) dlsym(e->handle, str_utf8(t, symbol, NULL));
    if (!init) {
        return import_error(
            t, str_format(t, "dynamic module does not define module export function (%U)", symbol),
            name, path);
    }
    return initialise(t, e, init, spec, path);
}

bool loader_exec(Thread *t UNUSED, Value mod)
{
    CModule *c = value_isa(mod, &module_type) ? module_c_part(mod) : NULL;
    if (!c || !c->def || c->executed || !c->def->m_slots) {
        return true;
    }
    c->executed = true;
    Extension *outer = extension_loading;
    extension_loading = c->ext;
    int r = PyModule_ExecDef((PyObject *)value_object(mod), c->def);
    extension_loading = outer;
    return r == 0;
}

void capi_init(void)
{
    extension_set_loader(loader_load, loader_exec);
}
