/* Memory for extensions, and objects allocated by them.
 *
 * A block is a heap object of its own, scanned conservatively, with one reference until it is
 * freed: a root.  A thread that gave up its right to touch the heap gets plain memory instead. Each
 * block has a 16-byte header: an Object header, or one whose type is NULL.  Freed blocks and
 * objects are reclaimed by the next collection.
 */
#include "core/capi/capi.h"
#include "core/object/instance.h"

static void block_trace(Object *o, Tracer *tr)
{
    if (atomic_load_explicit(&o->ext_refs, memory_order_relaxed) != 0) {
        trace_conservative(tr, o + 1, (char *)o + gc_object_size(o));
        trace_again(tr, o);
    }
}

static Type block_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "memory block",
    .size = sizeof(Object),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = block_trace,
};

static bool may_use_heap(Thread *t)
{
    return t != NULL && !(t->capi != NULL && ((CapiThread *)t->capi)->parked);
}

static void *block_new(size_t n)
{
    Thread *t = thread_current();
    if (n > (size_t)PY_SSIZE_T_MAX - sizeof(Object)) {
        return NULL;
    }
    Object *o;
    if (LIKELY(may_use_heap(t))) {
        o = gc_alloc(t, &block_type, sizeof *o + (n ? n : 1));
        if (o) {
            atomic_store_explicit(&o->ext_refs, 1, memory_order_relaxed);
        }
    } else {
        o = mem_calloc(1, sizeof *o + n);
    }
    return o ? o + 1 : NULL;
}

/* What p came from. */
typedef enum { IS_BLOCK, IS_OBJECT, IS_PLAIN } Origin;

static Origin origin_of(void *p)
{
    Object *base, *o = (Object *)p - 1;
    if (!gc_find_object(p, &base)) {
        return IS_PLAIN;
    }
    return base == o && base->type == &block_type ? IS_BLOCK : IS_OBJECT;
}

static void block_free(void *p)
{
    if (!p) {
        return;
    }
    Object *o = (Object *)p - 1;
    switch (origin_of(p)) {
    case IS_BLOCK:
        atomic_store_explicit(&o->ext_refs, 0, memory_order_release);
        break;
    case IS_PLAIN:
        if (o->type == NULL) {
            mem_free(o);
        }
        break;
    case IS_OBJECT: /* an extension's object: the collector takes it back when nothing refers to it
                     */
        break;
    }
}

static void *block_resize(void *p, size_t n)
{
    if (!p) {
        return block_new(n);
    }
    Object *o = (Object *)p - 1;
    Origin origin = origin_of(p);
    assert(origin != IS_OBJECT);
    size_t old = (origin == IS_BLOCK ? gc_object_size(o) : mem_usable_size(o)) - sizeof *o;
    if (n <= old && n >= old / 2) {
        return p;
    }
    void *q = block_new(n);
    if (q) {
        memcpy(q, p, n < old ? n : old);
        block_free(p);
    }
    return q;
}

static void *block_calloc(size_t count, size_t n)
{
    return n && count > (size_t)PY_SSIZE_T_MAX / n ? NULL : block_new(count * n);
}

void *PyMem_Malloc(size_t n) { return block_new(n); }
void *PyMem_Calloc(size_t count, size_t n) { return block_calloc(count, n); }
void *PyMem_Realloc(void *p, size_t n) { return block_resize(p, n); }
void PyMem_Free(void *p) { block_free(p); }
void *PyObject_Malloc(size_t n) { return block_new(n); }
void *PyObject_Calloc(size_t count, size_t n) { return block_calloc(count, n); }
void *PyObject_Realloc(void *p, size_t n) { return block_resize(p, n); }
void PyObject_Free(void *p) { block_free(p); }
void *PyMem_RawMalloc(size_t n) { return mem_alloc(n); }
void *PyMem_RawCalloc(size_t count, size_t n) { return mem_calloc(count, n); }
void *PyMem_RawRealloc(void *p, size_t n) { return mem_realloc(p, n); }
void PyMem_RawFree(void *p) { mem_free(p); }

/* ---- objects ---- */

static void *instance_new(PyTypeObject *tp, Py_ssize_t n)
{
    THREAD;
    Type *type = type_in(tp);
    if (!(type->flags & TYPE_READY) && PyType_Ready(tp) < 0) {
        return NULL;
    }
    if (n < 0) {
        PyErr_NoMemory();
        return NULL;
    }
    Object *o = object_alloc_instance(t, type, type->item_size ? (size_t)n + 1 : 0);
    if (!o) {
        return NULL;
    }
    atomic_store_explicit(&o->ext_refs, 1, memory_order_relaxed);
    if (type->item_size) {
        ((PyVarObject *)o)->ob_size = n;
    }
    return o;
}

PyObject *PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t n)
{
    return instance_new(type, n);
}

static void *untracked_new(PyTypeObject *type, Py_ssize_t n)
{
    Object *o = instance_new(type, n);
    if (o) {
        o->flags |= EXT_UNTRACKED;
    }
    return o;
}

PyObject *_PyObject_New(PyTypeObject *type) { return instance_new(type, 0); }
PyObject *_PyObject_GC_New(PyTypeObject *type) { return untracked_new(type, 0); }
PyVarObject *_PyObject_NewVar(PyTypeObject *type, Py_ssize_t n) { return instance_new(type, n); }
PyVarObject *_PyObject_GC_NewVar(PyTypeObject *type, Py_ssize_t n)
{
    return untracked_new(type, n);
}

PyVarObject *_PyObject_GC_Resize(PyVarObject *o, Py_ssize_t n)
{
    size_t need = (size_t)o->ob_base.ob_type->tp_basicsize +
                  (size_t)n * (size_t)o->ob_base.ob_type->tp_itemsize;
    if (need <= gc_object_size((Object *)o)) {
        o->ob_size = n;
        return o;
    }
    PyVarObject *q = instance_new(o->ob_base.ob_type, n);
    if (q) {
        size_t old = gc_object_size((Object *)o);
        memcpy((char *)q + sizeof(PyVarObject), (char *)o + sizeof(PyVarObject),
               (old < need ? old : need) - sizeof(PyVarObject));
    }
    return q;
}

/* An object in memory that the extension keeps and uses again. */
PyObject *PyObject_Init(PyObject *o, PyTypeObject *type)
{
    THREAD;
    Object *obj = (Object *)o, *base;
    bool in_heap = gc_find_object(o, &base) && base == obj;
    if (!in_heap) {
        o->ob_refcnt = 0;
    }
    GC_STORE_PTR(obj, &obj->type, type_in(type));
    if (in_heap && type_in(type)->finalize) {
        atomic_fetch_and_explicit(&obj->gc_flags, (uint8_t)~GC_FINALIZED, memory_order_relaxed);
        gc_register_finalizer(t, obj);
    }
    Py_INCREF(o);
    return o;
}

PyVarObject *PyObject_InitVar(PyVarObject *o, PyTypeObject *type, Py_ssize_t n)
{
    PyObject_Init(&o->ob_base, type);
    o->ob_size = n;
    return o;
}

void _Py_NewReference(PyObject *o)
{
    __atomic_store_n(&o->ob_refcnt, 0, __ATOMIC_RELAXED);
    (void)PyObject_Init(o, o->ob_type);
}
/* The collector calls tp_dealloc when it finds the object. */
void _Py_Dealloc(PyObject *o) { __atomic_store_n(&o->ob_refcnt, 0, __ATOMIC_RELEASE); }
void Py_IncRef(PyObject *o) { Py_XINCREF(o); }
void Py_DecRef(PyObject *o) { Py_XDECREF(o); }
int Py_IsNone(PyObject *o) { return o == Py_None; }
int Py_IsTrue(PyObject *o) { return o == (PyObject *)&true_object; }
int Py_IsFalse(PyObject *o) { return o == (PyObject *)&false_object; }

enum { NOT_TRACING = -2 };
int PyTraceMalloc_Track(unsigned int domain, uintptr_t ptr, size_t size)
{
    /* attached: the collector reads the table without a lock */
    PyGILState_STATE before = PyGILState_Ensure();
    const GcAllocTrace *trace = gc_alloc_trace();
    bool noted = !trace || !ptr || trace->block_made(thread_current(), domain, ptr, size);
    PyGILState_Release(before);
    return !trace ? NOT_TRACING : noted ? 0 : -1;
}
int PyTraceMalloc_Untrack(unsigned int domain, uintptr_t ptr)
{
    PyGILState_STATE before = PyGILState_Ensure();
    const GcAllocTrace *trace = gc_alloc_trace();
    if (trace) {
        trace->block_freed(domain, ptr);
    }
    PyGILState_Release(before);
    return trace ? 0 : NOT_TRACING;
}

/* The collector knows every object; of those that are untracked it does not call tp_traverse. */
void PyObject_GC_Track(void *o) { ((Object *)o)->flags &= (uint16_t)~EXT_UNTRACKED; }
void PyObject_GC_UnTrack(void *o) { ((Object *)o)->flags |= EXT_UNTRACKED; }
void PyObject_GC_Del(void *o) { block_free(o); }
int PyObject_GC_IsTracked(PyObject *o)
{
    const Object *object = (Object *)o;
    return object->type->ext ? PyType_IS_GC(Py_TYPE(o)) && !(object->flags & EXT_UNTRACKED)
                             : !(object->gc_flags & GC_STATIC);
}
int PyObject_GC_IsFinalized(PyObject *o) { return (((Object *)o)->gc_flags & GC_FINALIZED) != 0; }
int PyObject_IS_GC(PyObject *o) { return PyType_IS_GC(Py_TYPE(o)); }
Py_ssize_t PyGC_Collect(void) { return (Py_ssize_t)gc_collect(thread_current()); }

int PyGC_Enable(void)
{
    int before = gc_is_enabled();
    gc_set_enabled(true);
    return before;
}

int PyGC_Disable(void)
{
    int before = gc_is_enabled();
    gc_set_enabled(false);
    return before;
}

int PyGC_IsEnabled(void) { return gc_is_enabled(); }
