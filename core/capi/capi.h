/* What the files of core/capi share: crossing between Values and PyObject pointers, extensions and
 * their locks.
 *
 * A PyObject * is an Object *.  Ints and floats that live in a Value's word are boxed on the way
 * out (value_lend, value_out) and unboxed on the way in (value_in, value_take).  References that C
 * code owns are counted in the object's header and make it a root; borrowed ones live as long as
 * their owner, or as long as C holds them where the collector looks: stacks, its static data,
 * PyMem_ memory, extension objects.
 *
 *   Extension   one loaded .so: its lock, the range of its code, its writable data (roots)
 *
 * A thread holds at most one extension's lock: entering another extension, or calling back into
 * Python, gives it up meanwhile.  Extensions that declare Py_MOD_GIL_NOT_USED have none.
 */
#ifndef CORE_CAPI_CAPI_H
#define CORE_CAPI_CAPI_H

#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

#define TYPHON_RUNTIME 1
#include "core/capi/include/Python.h"

#define THREAD Thread *t = thread_current()

/* ---- values ---- */
PyObject *value_box_int(Thread *t, int64_t i);   /* borrowed; NULL raised */
PyObject *value_box_float(Thread *t, double d);
Value value_unbox_int(Object *o);

/* Object flag of a box that nobody but its receiver can refer to: made as an argument or as a new
 * reference, and not yet read as a value.  A container that took the number in might be what keeps
 * a borrowed pointer to the box legal, so that such a box is never used again. */
enum { BOX_OWN = 1 };

/* Borrowed pointer for v; NULL for 0. */
static inline PyObject *value_lend(Thread *t, Value v)
{
    if (LIKELY(value_is_object(v))) {
        return (PyObject *)value_object(v);
    }
    return value_is_fixnum(v) ? value_box_int(t, fixnum_get(v)) : value_box_float(t, flonum_get(v));
}
/* The same for an argument of one call, after which box_done may be called. */
static inline PyObject *value_lend_own(Thread *t, Value v)
{
    PyObject *o = value_lend(t, v);
    if (!value_is_object(v) && LIKELY(o != NULL) && !(((Object *)o)->gc_flags & GC_STATIC)) {
        ((Object *)o)->flags = BOX_OWN;
    }
    return o;
}
/* New reference; NULL for 0. */
static inline PyObject *value_out(Thread *t, Value v)
{
    PyObject *o = value_lend_own(t, v);
    Py_XINCREF(o);
    return o;
}
/* The value of an object that is only looked at. */
static inline Value value_peek(PyObject *p)
{
    Object *o = (Object *)p;
    if (UNLIKELY(o == NULL)) {
        return 0;
    }
    if (o->type == &int_type) {
        return value_unbox_int(o);
    }
    if (o->type == &float_type) {
        Value v;
        if (flonum_try(((Float *)o)->value, &v)) {
            return v;
        }
    }
    return object_value(o);
}
/* The value of an object; something may keep it. */
static inline Value value_in(PyObject *p)
{
    Value v = value_peek(p);
    if (!value_is_object(v) && ((Object *)p)->flags & BOX_OWN) {
        ((Object *)p)->flags = 0;
    }
    return v;
}
/* Takes over a reference that C code owned. */
static inline Value value_take(PyObject *p)
{
    Value v = value_in(p);
    Py_XDECREF(p);
    return v;
}
static inline Type *type_in(PyTypeObject *type) { return (Type *)type; }
static inline PyTypeObject *type_out(Type *type) { return (PyTypeObject *)type; }

/* ---- extensions ---- */
typedef struct Extension {
    Mutex lock;
    bool free_threaded;      /* init-only after the module's exec: no lock needed */
    Value path, name;        /* str */
    void *handle;
    uintptr_t code_low, code_high;
    struct { const void *low, *high; } data[8];
    size_t data_count;
    PyModuleDef *def;        /* single-phase: what PyInit left; owner: import lock of the module */
    Value module, copy;      /* single-phase: the module and a copy of its dict */
    struct Extension *next;
} Extension;
/* The extension whose code lies at address, or NULL. */
Extension *extension_at(const void *address);

enum { LENT_SLOTS = 32 };
typedef struct CapiThread {
    Thread *thread;          /* NULL: it has ended */
    Extension *held;         /* owner */
    bool locked;             /* held's lock is taken: not while there is one thread only */
    /* boxes of one word that nobody uses any more, or NULL; roots */
    Object *spare_ints[2], *spare_floats[2];
    bool created;            /* by PyGILState_Ensure or PyThreadState_New */
    bool attached;           /* created: some OS thread has become it */
    bool parked;             /* between PyEval_SaveThread and RestoreThread */
    Extension *saved;        /* extension to be re-entered by RestoreThread */
    PyThreadState state;
    /* boxed items of tuples, for PyTuple_GET_ITEM; roots */
    PyObject *lent[LENT_SLOTS];
    unsigned lent_count;
} CapiThread;
PyObject *tuple_item(PyObject *o, Py_ssize_t i); /* borrowed */
CapiThread *capi_thread_slow(Thread *t);
static inline CapiThread *capi_thread(Thread *t)
{
    return LIKELY(t->capi != NULL) ? t->capi : capi_thread_slow(t);
}
void extension_switch_slow(Thread *t, CapiThread *c, Extension *to);
/* Enters ext (NULL: Python code); hand the result to extension_leave. */
static inline Extension *extension_enter(Thread *t, Extension *ext)
{
    CapiThread *c = capi_thread(t);
    Extension *before = c->held;
    if (before != ext) {
        if (LIKELY(!c->locked &&
                   !many_threads())) {
            c->held = ext;
        } else {
            extension_switch_slow(t, c, ext);
        }
    }
    return before;
}
static inline void extension_leave(Thread *t, Extension *before)
{
    (void)extension_enter(t, before);
}
void traceback_adopt_slow(Thread *t, CapiThread *c);
/* What generated code has stored in PyThreadState.curexc_traceback becomes the traceback of the
 * pending exception. */
static inline void traceback_adopt(Thread *t)
{
    CapiThread *c = t->capi;
    if (c && UNLIKELY(c->state.curexc_traceback != NULL)) {
        traceback_adopt_slow(t, c);
    }
}
/* Around calls that may run Python code for long. */
#define LEAVE_EXTENSION Extension *held_ = extension_enter(t, NULL)
#define BACK_IN_EXTENSION extension_leave(t, held_)

/* Takes a spare box; NULL: there is none. */
static inline void *spare_take(Object **spares)
{
    Object *o = spares[0];
    spares[0] = spares[1];
    spares[1] = NULL;
    return o;
}
/* A box that was lent for a call, or came back from one, is used again for the next number of its
 * kind: with no counted reference left, and BOX_OWN, nobody may look at it any more. */
static inline void box_done(Thread *t, PyObject *p)
{
    Object *o = (Object *)p;
    CapiThread *c = capi_thread(t);
    if (atomic_load_explicit(&o->ext_refs, memory_order_relaxed) == 0 && o->flags & BOX_OWN) {
        o->flags = 0;
        Object **spares = o->type == &int_type ? c->spare_ints : c->spare_floats;
        if (spares[0] != o) {
            spares[spares[0] != NULL] = o;
        }
    }
}
/* value_take() for what a C function has returned. */
static inline Value result_take(Thread *t, PyObject *p)
{
    Value v = value_peek(p);
    Py_DECREF(p);
    if (!value_is_object(v)) {
        box_done(t, p);
    }
    return v;
}
/* Outcome of a C function that returns a new reference; SystemError when result and pending
 * exception disagree. */
static inline Value result_in(Thread *t, PyObject *r)
{
    if (LIKELY(r != NULL && t->exc == 0)) {
        return result_take(t, r);
    }
    traceback_adopt(t);
    if (r == NULL && t->exc == 0) {
        system_error(t, "error return without exception set");
    } else if (r != NULL) {
        Value e = error_take(t);
        (void)value_take(r);
        system_error(t, "a C function returned a result with an exception set: %R", e);
    }
    return 0;
}

/* ---- types ---- */
typedef struct ExtType { /* Type.ext of extension types and their Python subclasses */
    Extension *ext;
    Value module;            /* module object of PyType_FromModuleAndSpec, or 0 */
} ExtType;
static inline Extension *type_extension(const Type *type)
{
    return type->ext ? ((ExtType *)type->ext)->ext : NULL;
}
/* Nearest extension type of v's type; NULL: none. */
static inline PyTypeObject *ext_type_of_type(Type *type)
{
    while (type && !(type->flags & TYPE_EXT)) {
        type = type_base(type);
    }
    return type_out(type);
}
/* The first extension type in type's method resolution order, which is not one of the bases that
 * the layout comes from; NULL: none. */
PyTypeObject *ext_type_beside(Type *type);
/* The extension type whose slot an operation on v is for. */
static inline PyTypeObject *ext_type_of(Thread *t, Value v)
{
    if (UNLIKELY(t->slot_self == v)) {
        t->slot_self = 0;
        return type_out(t->slot_owner);
    }
    PyTypeObject *ext = ext_type_of_type(type_of(v));
    return LIKELY(ext != NULL) ? ext : ext_type_beside(type_of(v));
}
/* fills the PyTypeObject part of a type that is not from C */
void type_fill_capi(Type *type);
void type_inherit_capi(PyTypeObject *type);      /* copies what type lacks from tp_base */
void type_set_native_slots(Type *type);          /* native slots that call the C ones */
void capi_finalize(Thread *t, Value self);
void capi_finalize_late(Thread *t, Value self);
void dealloc_nothing(PyObject *o);               /* tp_dealloc of types that have none */
void ext_trace(Object *o, Tracer *tr);
/* C code may have filled in tp_as_buffer of a class in Python: v has a buffer from then on. */
void type_buffer_adopt(Value v);
NODISCARD bool type_add_c_tables(Thread *t, Type *type, Extension *ext);
void capi_start(Thread *t);                      /* before the first extension is loaded */
NODISCARD bool slices_start(Thread *t);          /* its part for slices */

enum { EXT_UNTRACKED = 0x2000 };                 /* object flag: PyObject_GC_UnTrack */
extern const GcExtCounts cycle_counts;           /* cycles.c */
extern _Atomic bool cycles_possible;             /* there is an extension type with tp_traverse */

/* ---- functions ---- */
Value cfunction_new(Thread *t, PyMethodDef *def, Value self, Value module_name, Type *cls,
                    Extension *ext);
Value c_method_descr_new(Thread *t, Type *owner, PyMethodDef *def, Extension *ext);
Value c_getset_descr_new(Thread *t, Type *owner, PyGetSetDef *def, Extension *ext);
Value c_member_descr_new(Thread *t, Type *owner, PyMemberDef *def);
extern Type ctrace_type, instancemethod_type, capsule_type, module_def_type,
    cmember_descr_type; /* PyCapsule_Type, PyModuleDef_Type: aliases.ld */
/* Tuple and dict for a C function that takes (args, kwargs).  *kwargs 0: no keywords. */
NODISCARD bool arguments_pack(Thread *t, const Value *args, size_t n, Value kwnames, Value *tuple,
                              Value *kwargs);
Value call_vector(Thread *t, PyObject *callee, vectorcallfunc fn, const Value *args, size_t n,
                  Value kwnames);
/* Splits "name(args)\n--\n\ntext": signature for NativeDef.sig (mem_alloc'ed) or name alone, and
 * the text behind. */
const char *doc_split(const char *name, const char *doc, const char **text);

/* ---- modules ---- */
typedef struct CModule { /* Module.state of modules made by extensions (Module.def is NULL) */
    PyModuleDef *def;
    void *state;
    Extension *ext;
    bool executed;
} CModule;
CModule *module_c_part(Value module);            /* NULL: not from an extension */
Extension *extension_current(Thread *t);         /* the one whose code runs, or is being loaded */
extern __thread Extension *extension_loading;
Value loader_load(Thread *t, Value spec);
bool loader_exec(Thread *t, Value mod);
void loader_trace(Tracer *tr, void *arg);

bool datetime_api_ready(Thread *t);              /* makes datetime.datetime_CAPI */

/* ---- arguments ---- */
/* The keyword arguments behind the n positional ones as a dict; *kw 0: none. */
NODISCARD bool keywords_as_dict(Thread *t, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                                Value *kw);
Value positional_as_tuple(Thread *t, PyObject *const *args, Py_ssize_t n);
/* Calls f (0: raised) with the objects of ap up to NULL. */
PyObject *call_listed(Thread *t, Value f, va_list ap);

/* ---- checks and parts ---- */
bool wants_str(PyObject *o);                     /* false: "bad argument" raised; NULL allowed */
Value range_slice(Thread *t, Py_ssize_t lo, Py_ssize_t hi);   /* slice(lo, hi) */

/* ---- formatted text ---- */
Value format_c(Thread *t, const char *format, va_list ap);    /* PyUnicode_FromFormatV as a Value */
/* raises exc (type or instance) with arg (0: none) */
void raise_c(Thread *t, PyObject *exc, Value arg);

#endif
