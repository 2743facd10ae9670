/* Capsules, weak references, methods and descriptors, struct sequences, context variables. */
#include "core/capi/capi.h"
#include "core/object/context.h"
#include "core/object/descr.h"
#include "core/object/type_internal.h"
#include "core/object/weakref.h"
#include "core/vm/vm.h"

/* ---- capsules ---- */

typedef struct Capsule {
    Object head;
    void *pointer;
    const char *name;
    void *context;
    PyCapsule_Destructor destructor;
    Extension *ext;
} Capsule;

static void capsule_trace(Object *o, Tracer *tr)
{
    Capsule *c = (Capsule *)o;
    trace_conservative(tr, &c->pointer, &c->destructor);
    trace_again(tr, o);
}

static void capsule_finalize(Thread *t, Value self)
{
    Capsule *c = (Capsule *)value_object(self);
    if (c->destructor) {
        Extension *before = extension_enter(t, c->ext);
        c->destructor((PyObject *)c);
        extension_leave(t, before);
    }
}

static Value capsule_repr(Thread *t, Value v)
{
    Capsule *c = (Capsule *)value_object(v);
    const char *quote = c->name ? "\"" : "";
    return str_format(t, "<capsule object %s%s%s at %p>", quote, c->name ? c->name : "NULL", quote,
                      (void *)c);
}

Type capsule_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "PyCapsule",
    .size = sizeof(Capsule),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = capsule_trace,
    .finalize = capsule_finalize,
    .repr = capsule_repr,
    .doc = "Capsule objects let you wrap a C \"void *\" pointer in a Python object.",
};

PyObject *PyCapsule_New(void *p, const char *name, PyCapsule_Destructor destructor_)
{
    THREAD;
    if (!p) {
        value_error(t, "PyCapsule_New called with null pointer");
        return NULL;
    }
    Capsule *c = object_alloc(t, &capsule_type, sizeof *c);
    if (!c) {
        return NULL;
    }
    c->pointer = p;
    c->name = name;
    c->destructor = destructor_;
    c->ext = extension_current(t);
    return value_out(t, object_value(c));
}

static Capsule *legal(PyObject *o, const char *fn)
{
    if (o && PyCapsule_CheckExact(o) && ((Capsule *)o)->pointer) {
        return (Capsule *)o;
    }
    value_error(thread_current(), "%s called with invalid PyCapsule object", fn);
    return NULL;
}

static bool same_name(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

int PyCapsule_IsValid(PyObject *o, const char *name)
{
    return o && PyCapsule_CheckExact(o) && ((Capsule *)o)->pointer &&
           same_name(((Capsule *)o)->name, name);
}

void *PyCapsule_GetPointer(PyObject *o, const char *name)
{
    Capsule *c = legal(o, "PyCapsule_GetPointer");
    if (c && !same_name(c->name, name)) {
        value_error(thread_current(), "PyCapsule_GetPointer called with incorrect name");
        return NULL;
    }
    return c ? c->pointer : NULL;
}

const char *PyCapsule_GetName(PyObject *o)
{
    Capsule *c = legal(o, "PyCapsule_GetName");
    return c ? c->name : NULL;
}

PyCapsule_Destructor PyCapsule_GetDestructor(PyObject *o)
{
    Capsule *c = legal(o, "PyCapsule_GetDestructor");
    return c ? c->destructor : NULL;
}

void *PyCapsule_GetContext(PyObject *o)
{
    Capsule *c = legal(o, "PyCapsule_GetContext");
    return c ? c->context : NULL;
}

int PyCapsule_SetPointer(PyObject *o, void *p)
{
    Capsule *c = legal(o, "PyCapsule_SetPointer");
    if (c && !p) {
        value_error(thread_current(), "PyCapsule_SetPointer called with null pointer");
        return -1;
    }
    return c ? (c->pointer = p, 0) : -1;
}

int PyCapsule_SetName(PyObject *o, const char *name)
{
    Capsule *c = legal(o, "PyCapsule_SetName");
    return c ? (c->name = name, 0) : -1;
}

int PyCapsule_SetDestructor(PyObject *o, PyCapsule_Destructor destructor_)
{
    Capsule *c = legal(o, "PyCapsule_SetDestructor");
    return c ? (c->destructor = destructor_, 0) : -1;
}

int PyCapsule_SetContext(PyObject *o, void *context)
{
    Capsule *c = legal(o, "PyCapsule_SetContext");
    return c ? (c->context = context, 0) : -1;
}

/* "package.module.attribute" */
void *PyCapsule_Import(const char *name, int no_block UNUSED)
{
    THREAD;
    char part[256];
    Value o = 0;
    if (strcmp(name, "datetime.datetime_CAPI") == 0 && !datetime_api_ready(t)) {
        return NULL;
    }
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, ".");
        if (n >= sizeof part) {
            break;
        }
        memcpy(part, p, n);
        part[n] = 0;
        if (!o) {
            o = import_module(t, part);
            if (!o) {
                raise(t, &exc_ImportError, "PyCapsule_Import could not import module \"%s\"", part);
                return NULL;
            }
        } else {
            o = object_getattr_cstr(t, o, part);
            if (!o) {
                return NULL;
            }
        }
        p += n + (p[n] == '.');
    }
    PyObject *c = value_lend(t, o);
    if (!PyCapsule_IsValid(c, name)) {
        raise(t, &exc_AttributeError, "PyCapsule_Import \"%s\" is not valid", name);
        return NULL;
    }
    return ((Capsule *)c)->pointer;
}

/* ---- weak references ---- */

PyObject *PyWeakref_NewRef(PyObject *o, PyObject *callback)
{
    THREAD;
    return value_out(
        t, weakref_new(t, value_in(o), callback && callback != Py_None ? value_in(callback) : 0));
}

PyObject *PyWeakref_NewProxy(PyObject *o, PyObject *callback)
{
    THREAD;
    return value_out(
        t, weakproxy_new(t, value_in(o), callback && callback != Py_None ? value_in(callback) : 0));
}

PyObject *PyWeakref_GetObject(PyObject *ref)
{
    THREAD;
    if (!ref || !PyWeakref_Check(ref)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    Value v = weakref_get(value_in(ref));
    return v ? value_lend(t, v) : Py_None;
}

/* ---- methods, descriptors ---- */

PyObject *PyMethod_New(PyObject *f, PyObject *self)
{
    THREAD;
    if (!self) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return value_out(t, method_new(t, value_in(f), value_in(self)));
}

static BoundMethod *bound(PyObject *m) { return (BoundMethod *)m; }

PyObject *PyMethod_Function(PyObject *m)
{
    THREAD;
    return value_lend(t, bound(m)->func);
}

PyObject *PyMethod_Self(PyObject *m)
{
    THREAD;
    return value_lend(t, bound(m)->self);
}

/* A callable in a class body that becomes a method of instances, as Python functions do. */
typedef struct InstanceMethod { Object head; Value func; } InstanceMethod;

static void instancemethod_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((InstanceMethod *)o)->func);
}
static Value instancemethod_func(Value v) { return ((InstanceMethod *)value_object(v))->func; }

static Value instancemethod_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    return obj ? method_new(t, instancemethod_func(descr), obj) : instancemethod_func(descr);
}

static Value instancemethod_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    return call(t, instancemethod_func(callee), args, n, kwnames);
}

static Value instancemethod_getattr(Thread *t, Value self, Value name)
{
    Value v = generic_getattr(t, self, name);
    return v || !error_clear_if(t, &exc_AttributeError)
               ? v
               : object_getattr(t, instancemethod_func(self), name);
}

Type instancemethod_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "instancemethod",
    .size = sizeof(InstanceMethod),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = instancemethod_trace,
    .descr_get = instancemethod_get,
    .call = instancemethod_call,
    .getattr = instancemethod_getattr,
};

PyObject *PyInstanceMethod_New(PyObject *f)
{
    THREAD;
    InstanceMethod *m = object_alloc(t, &instancemethod_type, sizeof *m);
    if (m) {
        gc_init(&m->func, value_in(f));
    }
    return value_out(t, m ? object_value(m) : 0);
}

PyObject *PyInstanceMethod_Function(PyObject *m)
{
    THREAD;
    return value_lend(t, instancemethod_func(value_in(m)));
}

static Function *python_function(PyObject *f)
{
    if (f && PyFunction_Check(f)) {
        return (Function *)f;
    }
    PyErr_BadInternalCall();
    return NULL;
}

#define FUNCTION_FIELD(name, field)                            \
    PyObject *PyFunction_Get##name(PyObject *o)                \
    {                                                          \
        THREAD;                                                \
        Function *f = python_function(o);                      \
        return f ? value_lend(t, f->field) : NULL;             \
    }
FUNCTION_FIELD(Code, code)
FUNCTION_FIELD(Globals, globals)
FUNCTION_FIELD(Module, module)
FUNCTION_FIELD(Defaults, defaults)
FUNCTION_FIELD(Annotations, annotations)

PyObject *PyClassMethod_New(PyObject *f)
{
    THREAD;
    return value_out(t, classmethod_new(t, value_in(f)));
}

PyObject *PyStaticMethod_New(PyObject *f)
{
    THREAD;
    return value_out(t, staticmethod_new(t, value_in(f)));
}

PyObject *PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *def)
{
    THREAD;
    return value_out(t, c_method_descr_new(t, type_in(type), def, extension_current(t)));
}

PyObject *PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *def)
{
    THREAD;
    if (!def || !def->ml_name) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyMethodDef *copy = mem_alloc(sizeof *copy);
    if (!copy) {
        return PyErr_NoMemory();
    }
    *copy = *def;
    copy->ml_flags |= METH_CLASS;
    return value_out(t, c_method_descr_new(t, type_in(type), copy, extension_current(t)));
}

PyObject *PyDescr_NewMember(PyTypeObject *type, PyMemberDef *def)
{
    THREAD;
    return value_out(t, c_member_descr_new(t, type_in(type), def));
}

PyObject *PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *def)
{
    THREAD;
    return value_out(t, c_getset_descr_new(t, type_in(type), def, extension_current(t)));
}

int PyDescr_IsData(PyObject *o) { return type_in(Py_TYPE(o))->descr_set != NULL; }

PyObject *PyCell_New(PyObject *v)
{
    THREAD;
    return value_out(t, cell_new(t, value_in(v)));
}

PyObject *PyCell_Get(PyObject *cell)
{
    THREAD;
    return value_out(t, value_load(&((Cell *)cell)->value));
}

int PyCell_Set(PyObject *cell, PyObject *v)
{
    gc_store(cell, &((Cell *)cell)->value, value_in(v));
    return 0;
}

/* ---- struct sequences ---- */

const char *const PyStructSequence_UnnamedField = "unnamed field";

static StructSeqDef *struct_sequence_def(Thread *t, PyStructSequence_Desc *desc)
{
    size_t n = 0;
    while (desc->fields[n].name) {
        n++;
    }
    StructSeqDef *def = mem_calloc(1, sizeof *def);
    StructSeqField *fields = mem_calloc(n + 1, sizeof *fields);
    if (!def || !fields) {
        raise_memory(t);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        const PyStructSequence_Field *f = &desc->fields[i];
        bool unnamed = f->name == PyStructSequence_UnnamedField;
        fields[i] = (StructSeqField){unnamed ? "" : f->name, f->doc};
    }
    *def = (StructSeqDef){desc->name, desc->doc, fields, desc->n_in_sequence};
    return def;
}

PyTypeObject *PyStructSequence_NewType(PyStructSequence_Desc *desc)
{
    THREAD;
    StructSeqDef *def = struct_sequence_def(t, desc);
    Value v = def ? structseq_type_new(t, def) : 0;
    return v ? (PyTypeObject *)Py_NewRef((PyObject *)value_object(v)) : NULL;
}

int PyStructSequence_InitType2(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    THREAD;
    StructSeqDef *def = struct_sequence_def(t, desc);
    return def && structseq_type_init(t, type_in(type), def) ? 0 : -1;
}

void PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    (void)PyStructSequence_InitType2(type, desc);
}

PyObject *PyStructSequence_New(PyTypeObject *type)
{
    THREAD;
    return value_out(t, structseq_new(t, object_value(type)));
}

void PyStructSequence_SetItem(PyObject *o, Py_ssize_t i, PyObject *v)
{
    structseq_set(value_in(o), (int)i, value_take(v));
}
PyObject *PyStructSequence_GetItem(PyObject *o, Py_ssize_t i) { return tuple_item(o, i); }

/* ---- context variables ---- */

PyObject *PyContextVar_New(const char *name, PyObject *dflt)
{
    THREAD;
    Value cls = import_attr(t, "_contextvars", "ContextVar"),
          text = cls ? str_from_cstr(t, name) : 0;
    if (!text) {
        return NULL;
    }
    Value args[] = {text, value_in(dflt)};
    Value kw = dflt ? tuple_pack(t, 1, intern_cstr(t, "default")) : 0;
    return value_out(t, call(t, cls, args, 1, kw));
}

int PyContextVar_Get(PyObject *var, PyObject *dflt, PyObject **value)
{
    THREAD;
    *value = NULL;
    Value arg = value_in(dflt);
    Value v = call_method(t, value_in(var), intern_cstr(t, "get"), &arg, dflt ? 1 : 0);
    if (!v && error_clear_if(t, &exc_LookupError)) {
        return 0;
    }
    *value = value_out(t, v);
    return v ? 0 : -1;
}

PyObject *PyContextVar_Set(PyObject *var, PyObject *value)
{
    THREAD;
    return value_out(t, call_method1(t, value_in(var), intern_cstr(t, "set"), value_in(value)));
}

static int context_call(PyObject *context, bool (*change)(Thread *t, Value context))
{
    THREAD;
    if (!context || !PyContext_CheckExact(context)) {
        type_error(t, "an instance of Context was expected");
        return -1;
    }
    return change(t, value_in(context)) ? 0 : -1;
}

int PyContext_Enter(PyObject *context) { return context_call(context, context_enter); }
int PyContext_Exit(PyObject *context) { return context_call(context, context_exit); }

PyObject *PyContext_CopyCurrent(void)
{
    THREAD;
    Value f = import_attr(t, "_contextvars", "copy_context");
    return f ? value_out(t, call0(t, f)) : NULL;
}
