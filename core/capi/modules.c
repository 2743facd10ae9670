/* Module objects of extensions: creation, state, contents. */
#include "core/capi/capi.h"

/* The type of a PyModuleDef that PyModuleDef_Init has seen. */
Type module_def_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "moduledef",
    .size = sizeof(PyModuleDef),
    .flags = TYPE_NO_INSTANTIATE,
};

CModule *module_c_part(Value v)
{
    Module *m = (Module *)value_object(v);
    return m->def ? NULL : m->state;
}

static CModule *c_part_of(PyObject *m)
{
    if (!m || !PyModule_Check(m)) {
        return NULL;
    }
    return module_c_part(value_in(m));
}

static bool is_module(PyObject *m)
{
    if (m && PyModule_Check(m)) {
        return true;
    }
    PyErr_BadArgument();
    return false;
}

/* ---- creation ---- */

PyObject *PyModuleDef_Init(PyModuleDef *def)
{
    def->m_base.ob_base.ob_type = type_out(&module_def_type);
    def->m_base.ob_base.ob_refcnt = TYPHON_STATIC_REFCNT;
    return (PyObject *)def;
}

static bool attach(Thread *t, Value mod, PyModuleDef *def)
{
    CModule *c = PyMem_Calloc(1, sizeof *c); /* a root: the state may hold references */
    if (!c) {
        raise_memory(t);
        return false;
    }
    c->def = def;
    c->ext = extension_current(t);
    Module *m = (Module *)value_object(mod);
    m->state = c;
    if (def->m_size > 0 && !def->m_slots) {
        c->state = PyMem_Calloc(1, (size_t)def->m_size);
        if (!c->state) {
            raise_memory(t);
            return false;
        }
    }
    return true;
}

static bool add_functions(Thread *t, Value mod, PyMethodDef *defs)
{
    Value name = dict_get_str(module_dict(mod), N(__name__));
    for (PyMethodDef *m = defs; m && m->ml_name; m++) {
        if (m->ml_flags & (METH_CLASS | METH_STATIC)) {
            value_error(t, "module functions cannot set METH_CLASS or METH_STATIC");
            return false;
        }
        Value f = cfunction_new(t, m, mod, name, NULL, extension_current(t));
        if (!f || !module_add(t, mod, m->ml_name, f)) {
            return false;
        }
    }
    return true;
}

static bool fill_module(Thread *t, Value mod, PyModuleDef *def)
{
    return add_functions(t, mod, def->m_methods) &&
           (!def->m_doc || PyModule_SetDocString((PyObject *)value_object(mod), def->m_doc) == 0);
}

PyObject *PyModule_Create2(PyModuleDef *def, int api_version UNUSED)
{
    THREAD;
    (void)PyModuleDef_Init(def);
    if (def->m_slots) {
        system_error(t, "module %s: PyModule_Create is incompatible with m_slots", def->m_name);
        return NULL;
    }
    /* inside a package the full name is known to the loader only */
    const char *name = def->m_name;
    Value full = extension_loading ? extension_loading->name : 0;
    const char *text = full ? str_utf8(t, full, NULL) : NULL;
    const char *dot = text ? strrchr(text, '.') : NULL;
    Value name_value = dot && strcmp(dot + 1, name) == 0 ? full : str_from_cstr(t, name);
    Value mod = name_value ? module_new(t, name_value) : 0;
    return mod && attach(t, mod, def) && fill_module(t, mod, def) ? value_out(t, mod) : NULL;
}

typedef PyObject *(*CreateFn)(PyObject *spec, PyModuleDef *def);

static Value create_by_slots(Thread *t, PyModuleDef *def, PyObject *spec, Value name)
{
    CreateFn create = NULL;
    bool has_exec = false;
    for (PyModuleDef_Slot *s = def->m_slots; s && s->slot; s++) {
        if (s->slot == Py_mod_create) {
            if (create) {
                return system_error(t, "module %U has multiple create slots", name);
            }
            create = (CreateFn)s->value;
        } else if (s->slot == Py_mod_gil) {
            if (extension_loading) {
                extension_loading->free_threaded = s->value == Py_MOD_GIL_NOT_USED;
            }
        } else if (s->slot < 0 || s->slot > Py_mod_gil) {
            return system_error(t, "module %U uses unknown slot ID %d", name, s->slot);
        } else {
            has_exec |= s->slot == Py_mod_exec;
        }
    }
    if (!create) {
        return module_new(t, name);
    }
    Extension *before = extension_enter(t, extension_loading);
    PyObject *m = create(spec, def);
    extension_leave(t, before);
    if (!m) {
        return t->exc ? 0
                      : system_error(t, "creation of module %U failed without setting an exception",
                                     name);
    }
    Value mod = value_take(m);
    if (t->exc) {
        return raise_from(t, &exc_SystemError, "creation of module %U raised unreported exception",
                          name);
    }
    if (!value_isa(mod, &module_type)) {
        if (def->m_size > 0 || def->m_traverse || def->m_clear || def->m_free) {
            return system_error(t, "module %U is not a module object, but requests module state",
                                name);
        }
        if (has_exec) {
            return system_error(
                t, "module %U specifies execution slots, but did not create a ModuleType instance",
                name);
        }
    }
    return mod;
}

PyObject *PyModule_FromDefAndSpec2(PyModuleDef *def, PyObject *spec, int api_version UNUSED)
{
    THREAD;
    (void)PyModuleDef_Init(def);
    Value name = object_getattr(t, value_in(spec), N(name));
    if (!name) {
        return NULL;
    }
    if (def->m_size < 0) {
        system_error(t, "module %U: m_size may not be negative for multi-phase initialization",
                     name);
        return NULL;
    }
    Value mod = create_by_slots(t, def, spec, name);
    if (!mod) {
        return NULL;
    }
    if (!value_isa(mod, &module_type)) {
        return value_out(t, mod);
    }
    return attach(t, mod, def) && fill_module(t, mod, def) ? value_out(t, mod) : NULL;
}

int PyModule_ExecDef(PyObject *m, PyModuleDef *def)
{
    THREAD;
    CModule *c = c_part_of(m);
    const char *name = PyModule_GetName(m);
    if (!name) {
        return -1;
    }
    if (c && def->m_size > 0 && !c->state && !(c->state = PyMem_Calloc(1, (size_t)def->m_size))) {
        PyErr_NoMemory();
        return -1;
    }
    for (PyModuleDef_Slot *s = def->m_slots; s && s->slot; s++) {
        if (s->slot != Py_mod_exec) {
            continue;
        }
        Extension *before = extension_enter(t, c ? c->ext : NULL);
        int r = ((int (*)(PyObject *))s->value)(m);
        extension_leave(t, before);
        if (r != 0) {
            if (!t->exc) {
                system_error(t, "execution of module %s failed without setting an exception", name);
            }
            return -1;
        }
        if (t->exc) {
            raise_from(t, &exc_SystemError, "execution of module %s raised unreported exception",
                       name);
            return -1;
        }
    }
    return 0;
}

PyObject *PyModule_NewObject(PyObject *name)
{
    THREAD;
    return value_out(t, module_new(t, value_in(name)));
}

PyObject *PyModule_New(const char *name)
{
    THREAD;
    Value v = str_from_cstr(t, name);
    return v ? value_out(t, module_new(t, v)) : NULL;
}

int PyUnstable_Module_SetGIL(PyObject *m, void *gil)
{
    CModule *c = c_part_of(m);
    if (c && c->ext && gil == Py_MOD_GIL_NOT_USED) {
        THREAD;
        CapiThread *own = capi_thread(t);
        if (own->held == c->ext && own->locked) {
            own->locked = false;
            mutex_unlock(&c->ext->lock);
        }
        c->ext->free_threaded = true;
    }
    return 0;
}

/* ---- attributes ---- */

PyObject *PyModule_GetDict(PyObject *m)
{
    THREAD;
    if (!m || !PyModule_Check(m)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return value_lend(t, module_dict(value_in(m)));
}

PyObject *PyModule_GetNameObject(PyObject *m)
{
    THREAD;
    Value name = is_module(m) ? dict_get_str(module_dict(value_in(m)), N(__name__)) : 0;
    if (!name || !value_is_str(name)) {
        if (!t->exc) {
            system_error(t, "nameless module");
        }
        return NULL;
    }
    return value_out(t, name);
}

const char *PyModule_GetName(PyObject *m)
{
    THREAD;
    Value name = value_take(PyModule_GetNameObject(m));
    return name ? str_utf8(t, name, NULL) : NULL;
}

PyObject *PyModule_GetFilenameObject(PyObject *m)
{
    THREAD;
    Value name = is_module(m) ? dict_get_cstr(t, module_dict(value_in(m)), "__file__") : 0;
    if (!name || !value_is_str(name)) {
        if (!t->exc) {
            system_error(t, "module filename missing");
        }
        return NULL;
    }
    return value_out(t, name);
}

const char *PyModule_GetFilename(PyObject *m)
{
    THREAD;
    Value name = value_take(PyModule_GetFilenameObject(m));
    return name ? str_utf8(t, name, NULL) : NULL;
}

PyModuleDef *PyModule_GetDef(PyObject *m)
{
    CModule *c = is_module(m) ? c_part_of(m) : NULL;
    return c ? c->def : NULL;
}

void *PyModule_GetState(PyObject *m)
{
    CModule *c = is_module(m) ? c_part_of(m) : NULL;
    return c ? c->state : NULL;
}

int PyModule_SetDocString(PyObject *m, const char *doc)
{
    THREAD;
    Value v = str_from_cstr(t, doc);
    return v && object_setattr(t, value_in(m), N(__doc__), v) ? 0 : -1;
}

int PyModule_AddFunctions(PyObject *m, PyMethodDef *defs)
{
    THREAD;
    return is_module(m) && add_functions(t, value_in(m), defs) ? 0 : -1;
}

int PyModule_AddObjectRef(PyObject *m, const char *name, PyObject *v)
{
    THREAD;
    if (!m || !PyModule_Check(m)) {
        PyErr_SetString(PyExc_TypeError, "PyModule_AddObjectRef() first argument must be a module");
        return -1;
    }
    if (!v) {
        if (!t->exc) {
            PyErr_SetString(
                PyExc_SystemError,
                "PyModule_AddObjectRef() must be called with an exception raised if value is NULL");
        }
        return -1;
    }
    return module_add(t, value_in(m), name, value_in(v)) ? 0 : -1;
}

int PyModule_AddObject(PyObject *m, const char *name, PyObject *v)
{
    int r = PyModule_AddObjectRef(m, name, v);
    if (r == 0) {
        Py_DECREF(v);
    }
    return r;
}

static int add_constant(PyObject *m, const char *name, PyObject *v)
{
    int r = PyModule_AddObjectRef(m, name, v);
    Py_XDECREF(v);
    return r;
}

int PyModule_AddIntConstant(PyObject *m, const char *name, long v)
{
    return add_constant(m, name, PyLong_FromLong(v));
}

int PyModule_AddStringConstant(PyObject *m, const char *name, const char *s)
{
    return add_constant(m, name, PyUnicode_FromString(s));
}

int PyModule_AddType(PyObject *m, PyTypeObject *type)
{
    if (PyType_Ready(type) < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(m, _PyType_Name(type), (PyObject *)type);
}

/* ---- finding a module by its definition ---- */

typedef struct State { PyModuleDef *def; Value module; struct State *next; } State;
/* atomic list; modules are kept alive by their CModule block and sys.modules */
static State *states;
static Mutex states_lock;

static State *state_of_def(PyModuleDef *def)
{
    State *s = __atomic_load_n(&states, __ATOMIC_ACQUIRE);
    while (s && s->def != def) {
        s = s->next;
    }
    return s;
}

PyObject *PyState_FindModule(PyModuleDef *def)
{
    THREAD;
    State *s = state_of_def(def);
    if (s && s->module) {
        return value_lend(t, s->module);
    }
    for (Value mods = t->interp->modules, v, key; mods;) {
        DictTable *table = NULL;
        size_t pos = 0;
        while (value_is_dict(mods) && dict_next(mods, &table, &pos, &key, &v)) {
            CModule *c = value_isa(v, &module_type) ? module_c_part(v) : NULL;
            if (c && c->def == def) {
                return value_lend(t, v);
            }
        }
        break;
    }
    return NULL;
}

int PyState_AddModule(PyObject *m, PyModuleDef *def)
{
    State *s = state_of_def(def);
    if (!s) {
        s = PyMem_Calloc(1, sizeof *s);
        if (!s) {
            PyErr_NoMemory();
            return -1;
        }
        s->def = def;
        mutex_lock(&states_lock);
        s->next = states;
        __atomic_store_n(&states, s, __ATOMIC_RELEASE);
        mutex_unlock(&states_lock);
    }
    s->module = value_in(m);
    return 0;
}

int PyState_RemoveModule(PyModuleDef *def)
{
    State *s = state_of_def(def);
    if (s) {
        s->module = 0;
    }
    return 0;
}
