/* Functions and methods written in C extensions: builtin_function_or_method and method descriptors
 * over a PyMethodDef. */
#include "core/capi/capi.h"
#include "core/object/descr.h"
#include "core/object/native_internal.h"
#include "core/capi/include/structmember.h"

enum { STACK_ARGS = 16 };

/* The native definition that stands for a PyMethodDef. */
typedef struct Definition {
    ForeignDef base;
    PyMethodDef *ml;
    Extension *ext;
} Definition;
/* ---- definitions ---- */

static const char *last_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* Where the signature that doc begins with ends; NULL: there is none. */
static const char *signature_end(const char *name, const char *doc)
{
    size_t n = strlen(name);
    if (!doc || strncmp(doc, name, n) != 0 || doc[n] != '(') {
        return NULL;
    }
    const char *end = strstr(doc, ")\n--\n\n"), *blank = strstr(doc, "\n\n");
    return end && blank && blank < end ? NULL : end;
}

const char *doc_split(const char *name, const char *doc, const char **text)
{
    name = last_name(name);
    size_t n = strlen(name);
    const char *end = signature_end(name, doc);
    *text = end ? end + 6 : doc;
    if (!end) {
        return name;
    }
    const char *args = doc + n + 1;
    if (*args == '$') { /* $module, $self, $type: added again when the text is asked for */
        args += strcspn(args, ",)");
        args += *args == ',' ? 1 : 0;
        args += strspn(args, " ");
        if (strncmp(args, "/,", 2) == 0) {
            args += 2 + strspn(args + 2, " ");
        } else if (strncmp(args, "/)", 2) == 0) {
            args++;
        }
    }
    size_t len = (size_t)(end - args) + 1;
    char *sig = mem_alloc(n + 1 + len + 1);
    if (!sig) {
        return name;
    }
    memcpy(sig, doc, n + 1);
    memcpy(sig + n + 1, args, len);
    sig[n + 1 + len] = 0;
    return sig;
}

static Value stub(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return system_error(t, "a C function was called without its definition");
}

/* The text of ml_doc as it is now: some extensions set it later. */
static const char *definition_doc(const ForeignDef *d)
{
    const PyMethodDef *ml = ((const Definition *)d)->ml;
    const char *end = signature_end(last_name(ml->ml_name), ml->ml_doc);
    return end ? end + 6 : ml->ml_doc;
}

static Value cfunction_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames);
static Value cmethod_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames);

/* The native definition that stands for ml; lives for ever.  NULL raised. */
static const NativeDef *definition_of(Thread *t, PyMethodDef *ml, Extension *ext)
{
    for (int with_signature = 1; with_signature >= 0; with_signature--) {
        Definition *d = mem_calloc(1, sizeof *d);
        if (!d) {
            raise_memory(t);
            return NULL;
        }
        NativeDef *def = &d->base.def;
        const char *sig = doc_split(ml->ml_name, ml->ml_doc, &def->doc);
        def->sig = with_signature ? sig : ml->ml_name;
        def->fn = stub;
        def->flags = NATIVE_RAW | NATIVE_KW | NATIVE_FOREIGN |
                     (ml->ml_flags & METH_CLASS ? NATIVE_CLASS : 0);
        d->base.call = cfunction_call;
        d->base.call_method = cmethod_call;
        d->base.doc = definition_doc;
        d->base.code = (const void *)(uintptr_t)ml->ml_meth;
        d->ml = ml;
        d->ext = ext;
        Signature *parsed = signature_of_def(t, def);
        if (parsed && signature_parse(t, parsed)) {
            return def;
        }
        if (with_signature) {
            error_clear(t);
        }
    }
    return NULL;
}

/* ---- arguments ---- */

bool arguments_pack(Thread *t, const Value *args, size_t n, Value kwnames, Value *tuple,
                    Value *kwargs)
{
    *kwargs = 0;
    *tuple = tuple_from(t, args, n);
    if (!*tuple) {
        return false;
    }
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    if (nkw) {
        *kwargs = dict_new_sized(t, nkw);
        for (size_t i = 0; *kwargs && i < nkw; i++) {
            if (!dict_set(t, *kwargs, tuple_get(kwnames, i), args[n + i])) {
                return false;
            }
        }
        return *kwargs != 0;
    }
    return true;
}

/* "module.f()" or "Type.f()" as messages name a function. */
static Value display_name(Thread *t, Value f)
{
    Value qualname, module;
    Value saved = error_take(t);
    if (object_lookup_attr(t, f, N(__qualname__), &qualname) <= 0) {
        error_clear(t);
        error_restore(t, saved);
        return object_repr(t, f);
    }
    int r = object_lookup_attr(t, f, N(__module__), &module);
    error_clear(t);
    error_restore(t, saved);
    if (r > 0 && value_is_str(module) && !str_eq_cstr(module, "builtins")) {
        return str_format(t, "%U.%S()", module, qualname);
    }
    return str_format(t, "%S()", qualname);
}

/* r and the pending exception disagree, or both say that f failed. */
static Value result_failed(Thread *t, Value f, PyObject *r)
{
    traceback_adopt(t);
    if (r == NULL && t->exc == 0) {
        return system_error(t, "%R returned NULL without setting an exception", f);
    }
    if (r != NULL) {
        (void)value_take(r);
        Value cause = error_take(t);
        system_error(t, "%R returned a result with an exception set", f);
        if (t->exc) {
            exception_set_context(t->exc, cause);
            exception_set_cause(t->exc, cause);
        }
    }
    return 0;
}

static inline Value check_result(Thread *t, Value f, PyObject *r)
{
    return LIKELY(r != NULL && t->exc == 0) ? result_take(t, r) : result_failed(t, f, r);
}

/* args as PyObject pointers: in room when they fit, else in memory that *freed gets. */
static inline PyObject **lend_all(Thread *t, const Value *args, size_t n, PyObject **room,
                                  void **freed)
{
    PyObject **out = room;
    *freed = NULL;
    if (n > STACK_ARGS) {
        out = *freed = PyMem_Malloc(n * sizeof *out);
        if (!out) {
            raise_memory(t);
            return NULL;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = value_lend_own(t, args[i]);
        if (!out[i]) {
            return NULL;
        }
    }
    return out;
}

Value call_vector(Thread *t, PyObject *callee, vectorcallfunc fn, const Value *args, size_t n,
                  Value kwnames)
{
    PyObject *room[STACK_ARGS];
    void *freed;
    size_t all = n + (kwnames ? tuple_len(kwnames) : 0);
    PyObject **c = lend_all(t, args, all, room, &freed);
    if (!c) {
        return 0;
    }
    PyObject *r = fn(callee, c, n, kwnames && tuple_len(kwnames) ? value_lend(t, kwnames) : NULL);
    PyMem_Free(freed);
    return result_in(t, r);
}

/* What is called: f for messages, self as C gets it. */
typedef struct Callee {
    Value f;
    PyMethodDef *ml;
    PyObject *self;
    Type *cls;
    Extension *ext;
} Callee;

enum {
    CONVENTION =
        METH_VARARGS | METH_KEYWORDS | METH_NOARGS | METH_O | METH_FASTCALL | METH_METHOD
};

static inline void boxes_done(Thread *t, const Value *args, PyObject *const *lent, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!value_is_object(args[i])) {
            box_done(t, lent[i]);
        }
    }
}

static Value call_fast(Thread *t, const Callee *f, const Value *args, size_t n, Value kwnames)
{
    PyObject *room[STACK_ARGS], *r, *kw = NULL;
    void *freed;
    size_t all = n + (kwnames ? tuple_len(kwnames) : 0);
    PyObject **c = lend_all(t, args, all, room, &freed);
    if (!c) {
        return 0;
    }
    if (all > n) {
        kw = value_lend(t, kwnames);
    }
    void (*fn)(void) = (void (*)(void))f->ml->ml_meth;
    if (f->ml->ml_flags & METH_METHOD) {
        r = ((PyCMethod)fn)(f->self, type_out(f->cls), c, n, kw);
    } else if (f->ml->ml_flags & METH_KEYWORDS) {
        r = ((_PyCFunctionFastWithKeywords)fn)(f->self, c, (Py_ssize_t)n, kw);
    } else {
        r = ((_PyCFunctionFast)fn)(f->self, c, (Py_ssize_t)n);
    }
    Value result = check_result(t, f->f, r);
    boxes_done(t, args, c, all);
    PyMem_Free(freed);
    return result;
}

static Value call_with_tuple(Thread *t, const Callee *f, const Value *args, size_t n, Value kwnames)
{
    Value tuple, kwargs;
    if (!arguments_pack(t, args, n, kwnames, &tuple, &kwargs)) {
        return 0;
    }
    PyObject *a = value_lend(t, tuple), *k = value_lend(t, kwargs);
    PyObject *r = f->ml->ml_flags & METH_KEYWORDS
                      ? ((PyCFunctionWithKeywords)(void (*)(void))f->ml->ml_meth)(f->self, a, k)
                      : f->ml->ml_meth(f->self, a);
    return check_result(t, f->f, r);
}

static Value call_with_one(Thread *t, const Callee *f, Value arg)
{
    PyObject *a = value_lend_own(t, arg);
    if (UNLIKELY(arg && !a)) {
        return 0;
    }
    Value r = check_result(t, f->f, f->ml->ml_meth(f->self, a));
    if (!value_is_object(arg)) {
        box_done(t, a);
    }
    return r;
}

static Value no_keywords(Thread *t, const Callee *f)
{
    if ((f->ml->ml_flags & CONVENTION) == METH_VARARGS) {
        return type_error(t, "%s() takes no keyword arguments", f->ml->ml_name);
    }
    return type_error(t, "%S takes no keyword arguments", display_name(t, f->f));
}

static Value call_definition(Thread *t, const Callee *f, const Value *args, size_t n, Value kwnames)
{
    int convention = f->ml->ml_flags & CONVENTION;
    if (UNLIKELY(kwnames) && !(convention & METH_KEYWORDS) && tuple_len(kwnames)) {
        return no_keywords(t, f);
    }
    switch (convention) {
    case METH_NOARGS:
        if (n != 0) {
            return type_error(t, "%S takes no arguments (%zu given)", display_name(t, f->f), n);
        }
        return check_result(t, f->f, f->ml->ml_meth(f->self, NULL));
    case METH_O:
        if (n != 1) {
            return type_error(t, "%S takes exactly one argument (%zu given)", display_name(t, f->f),
                              n);
        }
        return call_with_one(t, f, args[0]);
    case METH_VARARGS:
    case METH_VARARGS | METH_KEYWORDS:
    case METH_KEYWORDS:
        return call_with_tuple(t, f, args, n, kwnames);
    case METH_FASTCALL:
    case METH_FASTCALL | METH_KEYWORDS:
    case METH_METHOD | METH_FASTCALL | METH_KEYWORDS:
        return call_fast(t, f, args, n, kwnames);
    default:
        return system_error(t, "%s() method: bad call flags", f->ml->ml_name);
    }
}

/* Calls f with self, which is not lent yet. */
static inline Value call_in(Thread *t, Callee *f, Value self, const Value *args, size_t n,
                            Value kwnames)
{
    if (self && !(f->ml->ml_flags & METH_STATIC) && UNLIKELY(!(f->self = value_lend(t, self)))) {
        return 0;
    }
    Extension *before = extension_enter(t, f->ext);
    Value r = call_definition(t, f, args, n, kwnames);
    extension_leave(t, before);
    return r;
}

/* ---- builtin_function_or_method ---- */

static Value cfunction_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    const NativeFunction *f = (NativeFunction *)value_object(callee);
    const Definition *d = (const Definition *)f->def;
    Callee c = {callee, d->ml, NULL, f->owner, d->ext};
    return call_in(t, &c, f->self, args, n, kwnames);
}

Value cfunction_new(Thread *t, PyMethodDef *ml, Value self, Value module_name, Type *cls,
                    Extension *ext)
{
    const NativeDef *def = definition_of(t, ml, ext);
    Signature *sig = def ? signature_of_def(t, def) : NULL;
    NativeFunction *f = sig ? object_alloc(t, &native_function_type, sizeof *f) : NULL;
    if (!f) {
        return 0;
    }
    f->c_def = ml;
    f->def = def;
    f->sig = sig;
    f->owner = cls;
    gc_init(&f->self, self);
    gc_init(&f->module, module_name);
    return object_value(f);
}

PyObject *PyCMethod_New(PyMethodDef *ml, PyObject *self, PyObject *module, PyTypeObject *cls)
{
    THREAD;
    return value_out(t, cfunction_new(t, ml, value_in(self), value_in(module), type_in(cls),
                                      extension_current(t)));
}

PyObject *PyCFunction_NewEx(PyMethodDef *ml, PyObject *self, PyObject *module)
{
    return PyCMethod_New(ml, self, module, NULL);
}

PyObject *PyCFunction_New(PyMethodDef *ml, PyObject *self)
{
    return PyCMethod_New(ml, self, NULL, NULL);
}

/* The definition of a function from C code; NULL: f is none. */
static PyMethodDef *definition_of_function(PyObject *f)
{
    const NativeFunction *native = (NativeFunction *)f;
    return type_in(Py_TYPE(f)) == &native_function_type && foreign_def(native->def)
               ? ((const Definition *)native->def)->ml
               : NULL;
}

PyCFunction PyCFunction_GetFunction(PyObject *f)
{
    const PyMethodDef *ml = definition_of_function(f);
    if (!ml) {
        raise_not_implemented(
            thread_current(),
            "PyCFunction_GetFunction of a function that is not from an extension");
        return NULL;
    }
    return ml->ml_meth;
}

PyObject *PyCFunction_GetSelf(PyObject *f)
{
    THREAD;
    const PyMethodDef *ml = definition_of_function(f);
    return ml && (ml->ml_flags & METH_STATIC) ? NULL : value_lend(t, ((NativeFunction *)f)->self);
}

int PyCFunction_GetFlags(PyObject *f)
{
    const PyMethodDef *ml = definition_of_function(f);
    return ml ? ml->ml_flags : METH_FASTCALL | METH_KEYWORDS;
}

/* ---- methods of types ---- */

static Value cmethod_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    const MethodDescr *d = (MethodDescr *)value_object(callee);
    const Definition *def = (const Definition *)d->def;
    Callee f = {callee, def->ml, NULL, d->owner, def->ext};
    return call_in(t, &f, args[0], args + 1, n - 1, kwnames);
}

Value c_method_descr_new(Thread *t, Type *owner, PyMethodDef *ml, Extension *ext)
{
    if (ml->ml_flags & METH_STATIC) {
        Value f = cfunction_new(t, ml, object_value(owner), 0, NULL, ext);
        return f ? staticmethod_new(t, f) : 0;
    }
    const NativeDef *def = definition_of(t, ml, ext);
    Type *type = ml->ml_flags & METH_CLASS ? &classmethod_descr_type : &method_descr_type;
    Value name = def ? intern_cstr(t, ml->ml_name) : 0;
    MethodDescr *d = name ? object_alloc(t, type, sizeof *d) : NULL;
    if (!d) {
        return 0;
    }
    d->c_def = ml;
    d->def = def;
    d->sig = signature_of_def(t, def);
    d->owner = owner;
    gc_init(&d->name, name);
    return object_value(d);
}

/* ---- computed attributes ---- */

typedef struct CGetSet { GetSetDef def; PyGetSetDef *c; Extension *ext; } CGetSet;

static Value getset_get(Thread *t, Value self, void *closure)
{
    CGetSet *g = closure;
    PyObject *s = value_lend(t, self);
    if (!s) {
        return 0;
    }
    Extension *before = extension_enter(t, g->ext);
    PyObject *r = g->c->get(s, g->c->closure);
    extension_leave(t, before);
    return result_in(t, r);
}

static bool getset_set(Thread *t, Value self, Value v, void *closure)
{
    CGetSet *g = closure;
    PyObject *s = value_lend(t, self), *c = value_lend(t, v);
    if (!s || (v && !c)) {
        return false;
    }
    Extension *before = extension_enter(t, g->ext);
    int r = g->c->set(s, c, g->c->closure);
    extension_leave(t, before);
    return r >= 0;
}

static Value getset_unreadable(Thread *t, Value self, void *closure)
{
    return raise(t, &exc_AttributeError, "attribute '%s' of '%T' objects is not readable",
                 ((CGetSet *)closure)->c->name, self);
}

Value c_getset_descr_new(Thread *t, Type *owner, PyGetSetDef *def, Extension *ext)
{
    CGetSet *g = mem_calloc(1, sizeof *g);
    if (!g) {
        return raise_memory(t);
    }
    g->def = (GetSetDef){def->name, def->get ? getset_get : getset_unreadable,
                         def->set ? getset_set : NULL, def->doc, g};
    g->c = def;
    g->ext = ext;
    return getset_descr_new(t, owner, &g->def);
}

/* ---- fields ---- */

PyObject *PyMember_GetOne(const char *o, PyMemberDef *m)
{
    const char *p = o + m->offset;
    PyObject *v;
    switch (m->type) {
    case T_BOOL: return PyBool_FromLong(*p);
    case T_BYTE: return PyLong_FromLong(*(signed char *)p);
    case T_UBYTE: return PyLong_FromLong(*(unsigned char *)p);
    case T_SHORT: return PyLong_FromLong(*(short *)p);
    case T_USHORT: return PyLong_FromLong(*(unsigned short *)p);
    case T_INT: return PyLong_FromLong(*(int *)p);
    case T_UINT: return PyLong_FromUnsignedLong(*(unsigned *)p);
    case T_LONG: return PyLong_FromLong(*(long *)p);
    case T_ULONG: return PyLong_FromUnsignedLong(*(unsigned long *)p);
    case T_LONGLONG: return PyLong_FromLongLong(*(long long *)p);
    case T_ULONGLONG: return PyLong_FromUnsignedLongLong(*(unsigned long long *)p);
    case T_PYSSIZET: return PyLong_FromSsize_t(*(Py_ssize_t *)p);
    case T_FLOAT: return PyFloat_FromDouble(*(float *)p);
    case T_DOUBLE: return PyFloat_FromDouble(*(double *)p);
    case T_CHAR: return PyUnicode_FromStringAndSize(p, 1);
    case T_STRING: return *(char **)p ? PyUnicode_FromString(*(char **)p) : Py_NewRef(Py_None);
    case T_STRING_INPLACE: return PyUnicode_FromString(p);
    case T_NONE: return Py_NewRef(Py_None);
    case T_OBJECT:
        v = *(PyObject **)p;
        return v ? Py_NewRef(v) : Py_NewRef(Py_None);
    case T_OBJECT_EX:
        v = *(PyObject **)p;
        if (!v) {
            THREAD;
            attribute_error(t, value_in((PyObject *)(uintptr_t)o), intern_cstr(t, m->name));
        }
        return Py_XNewRef(v);
    default:
        PyErr_SetString(PyExc_SystemError, "bad memberdescr type");
        return NULL;
    }
}

/* Stores the last `size` bytes of an integer; a warning says when others are lost.  0, or -1
 * raised. */
static int store_integer(char *p, size_t size, int64_t i, bool is_unsigned)
{
    static const char *const kinds[] = {"char", "short", "int"};
    if (i == -1 && PyErr_Occurred()) {
        return -1;
    }
    memcpy(p, &i, size); /* little-endian */
    if (size == sizeof i) {
        return 0;
    }
    int64_t range = (int64_t)1 << (8 * size), low = is_unsigned ? 0 : -range / 2;
    return i >= low && i < low + range
               ? 0
               : PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "Truncation of value to %s%s",
                                  is_unsigned ? "unsigned " : "", kinds[size >> 1]);
}

/* T_UINT and T_ULONG take negative numbers, too. */
static int store_unsigned(char *p, size_t size, PyObject *v)
{
    unsigned long u = PyLong_AsUnsignedLong(v);
    if (u != (unsigned long)-1 || !PyErr_Occurred()) {
        return store_integer(p, size, (int64_t)u, true);
    }
    PyErr_Clear();
    long i = PyLong_AsLong(v);
    if (i == -1 && PyErr_Occurred()) {
        return -1;
    }
    return PyErr_WarnEx(PyExc_RuntimeWarning, "Writing negative value into unsigned field", 1) < 0
               ? -1
               : store_integer(p, size, i, true);
}

int PyMember_SetOne(char *o, PyMemberDef *m, PyObject *v)
{
    char *p = o + m->offset;
    if (m->flags & READONLY) {
        PyErr_SetString(PyExc_AttributeError, "readonly attribute");
        return -1;
    }
    if (m->type == T_OBJECT || m->type == T_OBJECT_EX) {
        PyObject *old = *(PyObject **)p;
        if (!v && !old && m->type == T_OBJECT_EX) {
            PyErr_SetString(PyExc_AttributeError, m->name);
            return -1;
        }
        Py_XINCREF(v);
        *(PyObject **)p = v;
        Py_XDECREF(old);
        return 0;
    }
    if (!v) {
        PyErr_SetString(PyExc_TypeError, "can't delete numeric/char attribute");
        return -1;
    }
    switch (m->type) {
    case T_BOOL:
        if (!PyBool_Check(v)) {
            PyErr_SetString(PyExc_TypeError, "attribute value type must be bool");
            return -1;
        }
        *p = v == (PyObject *)&true_object;
        return 0;
    case T_BYTE: return store_integer(p, 1, PyLong_AsLong(v), false);
    case T_UBYTE: return store_integer(p, 1, PyLong_AsLong(v), true);
    case T_SHORT: return store_integer(p, sizeof(short), PyLong_AsLong(v), false);
    case T_USHORT: return store_integer(p, sizeof(short), PyLong_AsLong(v), true);
    case T_INT: return store_integer(p, sizeof(int), PyLong_AsLong(v), false);
    case T_UINT: return store_unsigned(p, sizeof(int), v);
    case T_LONG: return store_integer(p, sizeof(long), PyLong_AsLong(v), false);
    case T_ULONG: return store_unsigned(p, sizeof(long), v);
    case T_LONGLONG: return store_integer(p, sizeof(long long), PyLong_AsLongLong(v), false);
    case T_ULONGLONG:
        return store_integer(p, sizeof(long long),
                             PyLong_Check(v) ? (int64_t)PyLong_AsUnsignedLongLong(v)
                                             : PyLong_AsLong(v),
                             true);
    case T_PYSSIZET: return store_integer(p, sizeof(Py_ssize_t), PyLong_AsSsize_t(v), false);
    case T_FLOAT:
    case T_DOUBLE: {
        double d = PyFloat_AsDouble(v);
        if (d == -1.0 && PyErr_Occurred()) {
            return -1;
        }
        if (m->type == T_FLOAT) {
            *(float *)p = (float)d;
        } else {
            *(double *)p = d;
        }
        return 0;
    }
    case T_CHAR: {
        Py_ssize_t n;
        const char *s = PyUnicode_Check(v) ? PyUnicode_AsUTF8AndSize(v, &n) : NULL;
        if (!s || n != 1) {
            PyErr_BadArgument();
            return -1;
        }
        *p = *s;
        return 0;
    }
    case T_STRING:
    case T_STRING_INPLACE:
        PyErr_SetString(PyExc_TypeError, "readonly attribute");
        return -1;
    default:
        PyErr_Format(PyExc_SystemError, "bad memberdescr type for %s", m->name);
        return -1;
    }
}

/* The PyMemberDef of an extension's member descriptor, which begins as a MemberDef does. */
static PyMemberDef *member_of(Value descr)
{
    return (PyMemberDef *)(uintptr_t)((MemberDescr *)value_object(descr))->def;
}
_Static_assert(offsetof(PyMemberDef, doc) == offsetof(MemberDef, doc),
               "descriptors read name and doc");

static bool is_receiver(Thread *t, const MemberDescr *d, Value obj)
{
    if (LIKELY(value_isa(obj, d->owner))) {
        return true;
    }
    type_error(t, "descriptor '%U' for '%N' objects doesn't apply to a '%T' object", d->name,
               d->owner, obj);
    return false;
}

static Value cmember_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    MemberDescr *d = (MemberDescr *)value_object(descr);
    if (!obj) {
        return descr;
    }
    if (!is_receiver(t, d, obj)) {
        return 0;
    }
    PyObject *s = value_lend(t, obj);
    return s ? result_in(t, PyMember_GetOne((const char *)s, member_of(descr))) : 0;
}

static bool cmember_set(Thread *t, Value descr, Value obj, Value v)
{
    MemberDescr *d = (MemberDescr *)value_object(descr);
    PyObject *s = value_lend(t, obj), *c = value_lend(t, v);
    return is_receiver(t, d, obj) && s && (!v || c) &&
           PyMember_SetOne((char *)s, member_of(descr), c) == 0;
}

static Value cmember_doc(Thread *t, Value v, void *closure UNUSED)
{
    return str_or_none(t, member_of(v)->doc);
}

static const GetSetDef cmember_getset[] = {
    {"__doc__", cmember_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type cmember_descr_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "member_descriptor",
    .size = sizeof(MemberDescr),
    .base = &member_descr_type,
    .flags = TYPE_NO_INSTANTIATE,
    .descr_get = cmember_get,
    .descr_set = cmember_set,
    .getset = cmember_getset,
};

Value c_member_descr_new(Thread *t, Type *owner, PyMemberDef *def)
{
    Value name = intern_cstr(t, def->name);
    MemberDescr *d = name ? object_alloc(t, &cmember_descr_type, sizeof *d) : NULL;
    if (!d) {
        return 0;
    }
    d->def = (const MemberDef *)def;
    d->owner = owner;
    gc_init(&d->name, name);
    return object_value(d);
}
