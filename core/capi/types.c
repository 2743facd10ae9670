/* Types of extensions: PyType_Ready and PyType_FromSpec, the end of their instances, questions
 * about types. */
#include "core/capi/capi.h"
#include "core/object/bytes.h"
#include "core/object/descr.h"
#include "core/object/instance.h"
#include "core/object/set_internal.h"
#include "core/object/slice.h"
#include "core/object/type_internal.h"
#include "core/capi/include/structmember.h"

_Static_assert(sizeof(PyTypeObject) == sizeof(Type) && sizeof(PyHeapTypeObject) == sizeof(Type),
               "an extension's static type has room for the runtime's part, and type.__basicsize__ "
               "is what an extension compares with");
_Static_assert(offsetof(PyTypeObject, tp_vectorcall) == offsetof(Type, capi.tp_vectorcall),
               "PyTypeObject begins a Type");
_Static_assert(offsetof(PyTypeObject, tp_name) == offsetof(Type, capi.tp_name),
               "PyTypeObject begins a Type");

_Static_assert(offsetof(Runtime, multi_threaded) == 0,
               "_typhon_multi_threaded is an alias of the runtime's first field");

/* What C structs embed has the size of the real object. */
#define SAME_SIZE(c, native) _Static_assert(sizeof(c) == sizeof(native), "size of " #c)
SAME_SIZE(PyUnicodeObject, Str);
SAME_SIZE(PyFloatObject, Float);
SAME_SIZE(PyComplexObject, Complex);
SAME_SIZE(PyListObject, List);
SAME_SIZE(PyDictObject, Dict);
SAME_SIZE(PyByteArrayObject, ByteArray);
SAME_SIZE(PySliceObject, Slice);
SAME_SIZE(PySetObject, Set);
SAME_SIZE(PyBaseExceptionObject, Exception);
SAME_SIZE(PyOSErrorObject, OSErrorExc);

enum { DEAD_ONCE = 0x4000 }; /* object flag: __del__ and tp_finalize have run */

/* ---- instances ---- */

static int report(PyObject *target, void *tr)
{
    trace_object(tr, target);
    return 0;
}

void ext_trace(Object *o, Tracer *tr)
{
    if (!trace_is_marking(tr)) {
        PyTypeObject *ext = ext_type_of_type(o->type);
        if (ext && ext->tp_traverse && !(o->flags & EXT_UNTRACKED)) {
            (void)ext->tp_traverse((PyObject *)o, report, tr);
        }
        return;
    }
    /* an object in the library's own data: a type of a metatype with fields of its own */
    size_t size = o->gc_flags & GC_STATIC ? o->type->size : gc_object_size(o);
    trace_conservative(tr, o + 1, (char *)o + size);
    trace_again(tr, o);
}

static bool run_finalizers(Thread *t, Value self, PyTypeObject *ext)
{
    bool found = false;
    if (type_lookup(t, type_of(self), N(__del__))) {
        found = true;
        (void)special_call(t, self, N(__del__), NULL, 0, &found);
        if (t->exc) {
            error_unraisable(t, NULL, self);
        }
    }
    if (ext->tp_finalize) {
        found = true;
        ext->tp_finalize((PyObject *)value_object(self));
    }
    return found;
}

/* Is the next finalizer of o tp_dealloc? */
static bool is_taken_apart_by_c(const Object *o)
{
    if (o->type->finalize == capi_finalize_late) {
        return o->flags & DEAD_ONCE;
    }
    return o->type->finalize == capi_finalize &&
           ((o->flags & DEAD_ONCE) || !ext_type_of_type(o->type)->tp_finalize);
}

/* An instance has become unreachable.  What may bring it back to life runs first; if it is dead
 * again at the next collection, tp_dealloc takes it apart. */
void capi_finalize(Thread *t, Value self)
{
    Object *o = value_object(self);
    PyTypeObject *ext = ext_type_of_type(o->type);
    Extension *before = extension_enter(t, type_extension(o->type));
    if (!(o->flags & DEAD_ONCE)) {
        (void)fetch_or_relaxed(&o->flags, DEAD_ONCE);
        if (run_finalizers(t, self, ext)) {
            atomic_fetch_and_explicit(&o->gc_flags, (uint8_t)~GC_FINALIZED, memory_order_relaxed);
            gc_register_finalizer(t, o);
            extension_leave(t, before);
            return;
        }
    }
    if (ext->tp_dealloc) {
        if (ext->tp_flags & Py_TPFLAGS_HEAPTYPE) {
            Py_INCREF(Py_TYPE((PyObject *)o)); /* such functions end with a Py_DECREF of the type */
        }
        ext->tp_dealloc((PyObject *)o);
    }
    extension_leave(t, before);
}

/* The same, for instances of Python classes that have a __del__ of their own. */
void capi_finalize_late(Thread *t, Value self) { capi_finalize(t, self); }

/* ---- getting ready ---- */

static uint32_t flags_from_c(unsigned long f)
{
    uint32_t flags = TYPE_EXT;
    flags |= f & Py_TPFLAGS_BASETYPE ? TYPE_BASETYPE : 0;
    flags |= f & Py_TPFLAGS_HEAPTYPE ? TYPE_HEAP : 0;
    flags |= f & Py_TPFLAGS_SEQUENCE ? TYPE_SEQUENCE : 0;
    flags |= f & Py_TPFLAGS_MAPPING ? TYPE_MAPPING : 0;
    flags |= f & Py_TPFLAGS_METHOD_DESCRIPTOR ? TYPE_METHOD_DESCR : 0;
    flags |= f & Py_TPFLAGS_DISALLOW_INSTANTIATION ? TYPE_NO_INSTANTIATE : 0;
    return flags;
}

static bool set_layout_fields(Thread *t, Type *type)
{
    PyTypeObject *tp = type_out(type);
    Type *base = type->base;
    if (tp->tp_basicsize && (size_t)tp->tp_basicsize < base->size) {
        type_error(t, "tp_basicsize for type '%s' (%zd) is too small for base '%s' (%zd)",
                   tp->tp_name, tp->tp_basicsize, base->name, (ssize_t)base->size);
        return false;
    }
    type->size = tp->tp_basicsize ? (size_t)tp->tp_basicsize : base->size;
    type->item_size = (size_t)tp->tp_itemsize;
    type->dict_offset = tp->tp_dictoffset > 0 ? (int32_t)tp->tp_dictoffset : 0;
    type->weakrefable = tp->tp_weaklistoffset != 0;
    bool var = type->item_size || base->item_size;
    type->trace = var || type->size > base->size ? ext_trace : NULL;
    if (type->trace == NULL && base->native_trace == NULL) {
        type->trace = ext_trace;
    }
    return true;
}

/* Fields that PyType_FromSpec takes from members of these names. */
static void offsets_from_members(PyTypeObject *tp)
{
    for (PyMemberDef *m = tp->tp_members; m && m->name; m++) {
        if (strcmp(m->name, "__dictoffset__") == 0) {
            tp->tp_dictoffset = m->offset;
        } else if (strcmp(m->name, "__weaklistoffset__") == 0) {
            tp->tp_weaklistoffset = m->offset;
        } else if (strcmp(m->name, "__vectorcalloffset__") == 0) {
            tp->tp_vectorcall_offset = m->offset;
        }
    }
}

static bool make_namespace(Thread *t, Type *type, Extension *ext)
{
    PyTypeObject *tp = type_out(type);
    Value dict = tp->tp_dict ? value_in(tp->tp_dict) : dict_new(t);
    if (!dict) {
        return false;
    }
    GC_STORE_PTR(type, &type->dict, value_dict(dict));
    tp->tp_dict = (PyObject *)value_object(dict);
    const char *text;
    const char *dot = strrchr(tp->tp_name, '.');
    const char *sig = doc_split(tp->tp_name, tp->tp_doc, &text);
    type->doc = text;
    type->sig = strchr(sig, '(') ? sig : NULL;
    if ((tp->tp_flags & Py_TPFLAGS_HEAPTYPE) && dot && !dict_get_str(dict, N(__module__))) {
        Value module = str_from_utf8(t, tp->tp_name, (size_t)(dot - tp->tp_name));
        if (!module || !dict_set(t, dict, N(__module__), module)) {
            return false;
        }
    }
    return type_add_c_tables(t, type, ext);
}

static void set_instance_end(Type *type)
{
    PyTypeObject *tp = type_out(type);
    bool needs = (tp->tp_dealloc && tp->tp_dealloc != dealloc_nothing) || tp->tp_finalize;
    if (needs) {
        type->finalize = capi_finalize;
        type->flags |= TYPE_HAS_DEL;
    }
}

static bool choose_base(Thread *t, Type *type)
{
    PyTypeObject *tp = type_out(type);
    Type *base = type_in(tp->tp_base);
    if (!base && type->bases) {
        base = bases_best(t, type->bases);
    }
    if (!base) {
        base = &object_type;
    }
    GC_STORE_PTR(type, &type->base, base);
    tp->tp_base = type_out(base);
    return type_has(base, TYPE_READY) || PyType_Ready(tp->tp_base) == 0;
}

static bool ready(Thread *t, Type *type)
{
    PyTypeObject *tp = type_out(type);
    ExtType *ext = PyMem_Calloc(1, sizeof *ext); /* a root, as it holds the module */
    if (!ext || !tp->tp_name) {
        system_error(t, "Type does not define the tp_name field.");
        return false;
    }
    ext->ext = extension_current(t);
    type->ext = ext;
    type->name = tp->tp_name;
    if (tp->tp_bases && !type->bases) {
        gc_store(type, &type->bases, value_in(tp->tp_bases));
    }
    if (!choose_base(t, type)) {
        return false;
    }
    if (!type->head.type) {
        type->head.type = type->base->head.type;
    }
    type->flags = flags_from_c(tp->tp_flags) | (type->flags & TYPE_REGISTERED);
    bool no_new =
        !tp->tp_new && type->base == &object_type && !(tp->tp_flags & Py_TPFLAGS_HEAPTYPE);
    type->flags |= no_new ? TYPE_NO_INSTANTIATE : 0;
    type_set_native_slots(type);
    if (!set_layout_fields(t, type) || !make_namespace(t, type, ext->ext) || !type_ready(t, type)) {
        return false;
    }
    if (tp->tp_traverse) {
        atomic_store_explicit(&cycles_possible, true, memory_order_relaxed);
    }
    type_inherit_capi(tp);
    tp->tp_new = type->new && !tp->tp_new ? tp->tp_base->tp_new : tp->tp_new;
    if (type_has(type, TYPE_NO_INSTANTIATE)) {
        tp->tp_new = NULL;
    }
    tp->tp_basicsize = (ssize_t)type->size;
    tp->tp_itemsize = (ssize_t)type->item_size;
    type_fill_capi(type);
    set_instance_end(type);
    tp->tp_flags |=
        Py_TPFLAGS_READY | (tp->tp_flags & Py_TPFLAGS_HEAPTYPE ? 0 : Py_TPFLAGS_IMMUTABLETYPE);
    return true;
}

int PyType_Ready(PyTypeObject *tp)
{
    THREAD;
    Type *type = type_in(tp);
    if (type_has(type, TYPE_READY)) {
        return 0;
    }
    return ready(t, type) ? 0 : -1;
}

/* ---- types from a specification ---- */

/* A type from a specification, with the tables that its slots go to. */
typedef struct SpecType {
    PyTypeObject ht_type;
    PyAsyncMethods as_async;
    PyNumberMethods as_number;
    PyMappingMethods as_mapping;
    PySequenceMethods as_sequence;
    PyBufferProcs as_buffer;
} SpecType;

/* Offset of a slot number in the type or one of its tables. */
#define AT(field) offsetof(SpecType, ht_type.field)
#define NB_AT(field) offsetof(SpecType, as_number.field)
#define SQ_AT(field) offsetof(SpecType, as_sequence.field)
#define MP_AT(field) offsetof(SpecType, as_mapping.field)
static const uint16_t slot_offsets[] = {
    [Py_bf_getbuffer] = offsetof(SpecType, as_buffer.bf_getbuffer),
    [Py_bf_releasebuffer] = offsetof(SpecType, as_buffer.bf_releasebuffer),
    [Py_mp_ass_subscript] = MP_AT(mp_ass_subscript),
    [Py_mp_length] = MP_AT(mp_length),
    [Py_mp_subscript] = MP_AT(mp_subscript),
    [Py_nb_absolute] = NB_AT(nb_absolute),
    [Py_nb_add] = NB_AT(nb_add),
    [Py_nb_and] = NB_AT(nb_and),
    [Py_nb_bool] = NB_AT(nb_bool),
    [Py_nb_divmod] = NB_AT(nb_divmod),
    [Py_nb_float] = NB_AT(nb_float),
    [Py_nb_floor_divide] = NB_AT(nb_floor_divide),
    [Py_nb_index] = NB_AT(nb_index),
    [Py_nb_inplace_add] = NB_AT(nb_inplace_add),
    [Py_nb_inplace_and] = NB_AT(nb_inplace_and),
    [Py_nb_inplace_floor_divide] = NB_AT(nb_inplace_floor_divide),
    [Py_nb_inplace_lshift] = NB_AT(nb_inplace_lshift),
    [Py_nb_inplace_multiply] = NB_AT(nb_inplace_multiply),
    [Py_nb_inplace_or] = NB_AT(nb_inplace_or),
    [Py_nb_inplace_power] = NB_AT(nb_inplace_power),
    [Py_nb_inplace_remainder] = NB_AT(nb_inplace_remainder),
    [Py_nb_inplace_rshift] = NB_AT(nb_inplace_rshift),
    [Py_nb_inplace_subtract] = NB_AT(nb_inplace_subtract),
    [Py_nb_inplace_true_divide] = NB_AT(nb_inplace_true_divide),
    [Py_nb_inplace_xor] = NB_AT(nb_inplace_xor),
    [Py_nb_int] = NB_AT(nb_int),
    [Py_nb_invert] = NB_AT(nb_invert),
    [Py_nb_lshift] = NB_AT(nb_lshift),
    [Py_nb_multiply] = NB_AT(nb_multiply),
    [Py_nb_negative] = NB_AT(nb_negative),
    [Py_nb_or] = NB_AT(nb_or),
    [Py_nb_positive] = NB_AT(nb_positive),
    [Py_nb_power] = NB_AT(nb_power),
    [Py_nb_remainder] = NB_AT(nb_remainder),
    [Py_nb_rshift] = NB_AT(nb_rshift),
    [Py_nb_subtract] = NB_AT(nb_subtract),
    [Py_nb_true_divide] = NB_AT(nb_true_divide),
    [Py_nb_xor] = NB_AT(nb_xor),
    [Py_nb_matrix_multiply] = NB_AT(nb_matrix_multiply),
    [Py_nb_inplace_matrix_multiply] = NB_AT(nb_inplace_matrix_multiply),
    [Py_sq_ass_item] = SQ_AT(sq_ass_item),
    [Py_sq_concat] = SQ_AT(sq_concat),
    [Py_sq_contains] = SQ_AT(sq_contains),
    [Py_sq_inplace_concat] = SQ_AT(sq_inplace_concat),
    [Py_sq_inplace_repeat] = SQ_AT(sq_inplace_repeat),
    [Py_sq_item] = SQ_AT(sq_item),
    [Py_sq_length] = SQ_AT(sq_length),
    [Py_sq_repeat] = SQ_AT(sq_repeat),
    [Py_tp_alloc] = AT(tp_alloc),
    [Py_tp_base] = AT(tp_base),
    [Py_tp_bases] = AT(tp_bases),
    [Py_tp_call] = AT(tp_call),
    [Py_tp_clear] = AT(tp_clear),
    [Py_tp_dealloc] = AT(tp_dealloc),
    [Py_tp_del] = AT(tp_del),
    [Py_tp_descr_get] = AT(tp_descr_get),
    [Py_tp_descr_set] = AT(tp_descr_set),
    [Py_tp_doc] = AT(tp_doc),
    [Py_tp_getattr] = AT(tp_getattr),
    [Py_tp_getattro] = AT(tp_getattro),
    [Py_tp_hash] = AT(tp_hash),
    [Py_tp_init] = AT(tp_init),
    [Py_tp_is_gc] = AT(tp_is_gc),
    [Py_tp_iter] = AT(tp_iter),
    [Py_tp_iternext] = AT(tp_iternext),
    [Py_tp_methods] = AT(tp_methods),
    [Py_tp_new] = AT(tp_new),
    [Py_tp_repr] = AT(tp_repr),
    [Py_tp_richcompare] = AT(tp_richcompare),
    [Py_tp_setattr] = AT(tp_setattr),
    [Py_tp_setattro] = AT(tp_setattro),
    [Py_tp_str] = AT(tp_str),
    [Py_tp_traverse] = AT(tp_traverse),
    [Py_tp_members] = AT(tp_members),
    [Py_tp_getset] = AT(tp_getset),
    [Py_tp_free] = AT(tp_free),
    [Py_tp_finalize] = AT(tp_finalize),
    [Py_am_await] = offsetof(SpecType, as_async.am_await),
    [Py_am_aiter] = offsetof(SpecType, as_async.am_aiter),
    [Py_am_anext] = offsetof(SpecType, as_async.am_anext),
    [Py_am_send] = offsetof(SpecType, as_async.am_send),
};

static bool spec_bases(Thread *t, SpecType *h, PyObject *bases)
{
    Type *type = type_in(&h->ht_type);
    Value v = value_in(bases ? bases : h->ht_type.tp_bases);
    if (v && !value_is_tuple(v)) {
        v = tuple_pack(t, 1, v);
    }
    if (!v && h->ht_type.tp_base) {
        v = tuple_pack(t, 1, value_in((PyObject *)h->ht_type.tp_base));
    }
    if (!v) {
        v = tuple_pack(t, 1, object_value(&object_type));
    }
    if (!v) {
        return false;
    }
    gc_store(type, &type->bases, v);
    h->ht_type.tp_base = NULL;
    return choose_base(t, type);
}

static bool spec_names(Thread *t, Type *type, const char *name)
{
    const char *dot = strrchr(name, '.');
    Value short_name = str_from_cstr(t, dot ? dot + 1 : name);
    if (!short_name) {
        return false;
    }
    gc_store(type, &type->name_value, short_name);
    gc_store(type, &type->qualname, short_name);
    return true;
}

static bool spec_slots(Thread *t, SpecType *h, PyType_Spec *spec)
{
    for (PyType_Slot *s = spec->slots; s->slot; s++) {
        if (s->slot < 0 || (size_t)s->slot >= ARRAY_SIZE(slot_offsets)) {
            runtime_error(t, "invalid slot offset");
            return false;
        }
        if (s->slot == Py_tp_doc && s->pfunc) {
            h->ht_type.tp_doc = mem_strdup(s->pfunc);
            continue;
        }
        *(void **)((char *)h + slot_offsets[s->slot]) = s->pfunc;
    }
    h->ht_type.tp_as_number = &h->as_number;
    h->ht_type.tp_as_sequence = &h->as_sequence;
    h->ht_type.tp_as_mapping = &h->as_mapping;
    h->ht_type.tp_as_async = &h->as_async;
    h->ht_type.tp_as_buffer = &h->as_buffer;
    offsets_from_members(&h->ht_type);
    return true;
}

static void trace_spec_type(Tracer *tr, void *arg)
{
    trace_conservative(tr, arg, (SpecType *)arg + 1);
}

/* Types from specifications live as long as the process. */
PyObject *PyType_FromModuleAndSpec(PyObject *module, PyType_Spec *spec, PyObject *bases)
{
    THREAD;
    SpecType *h = mem_calloc(1, sizeof *h);
    if (!h) {
        return PyErr_NoMemory();
    }
    Type *type = type_in(&h->ht_type);
    gc_add_root_source(trace_spec_type, h);
    atomic_store_explicit(&type->head.gc_flags, GC_STATIC, memory_order_relaxed);
    h->ht_type.tp_name = mem_strdup(spec->name);
    h->ht_type.tp_basicsize = spec->basicsize;
    h->ht_type.tp_itemsize = spec->itemsize;
    h->ht_type.tp_flags = spec->flags | Py_TPFLAGS_HEAPTYPE;
    if (!h->ht_type.tp_name || !spec_slots(t, h, spec) || !spec_bases(t, h, bases)) {
        return NULL;
    }
    Value meta = winner_metatype(t, &type_type, type->bases);
    if (!meta) {
        return NULL;
    }
    type->head.type = value_type(meta);
    if (!spec_names(t, type, spec->name) || !ready(t, type)) {
        return NULL;
    }
    if (spec->flags & Py_TPFLAGS_IMMUTABLETYPE) {
        type->flags |= TYPE_IMMUTABLE;
    }
    ((ExtType *)type->ext)->module = value_in(module);
    return (PyObject *)h;
}

PyObject *PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *bases)
{
    return PyType_FromModuleAndSpec(NULL, spec, bases);
}
PyObject *PyType_FromSpec(PyType_Spec *spec) { return PyType_FromModuleAndSpec(NULL, spec, NULL); }

/* ---- questions ---- */

int PyType_IsSubtype(PyTypeObject *a, PyTypeObject *b)
{
    return type_is_subtype(type_in(a), type_in(b));
}

PyObject *PyType_GenericNew(PyTypeObject *type, PyObject *args UNUSED, PyObject *kwds UNUSED)
{
    return type->tp_alloc(type, 0);
}

void *PyType_GetSlot(PyTypeObject *type, int slot)
{
    if (slot < 1 || (size_t)slot >= ARRAY_SIZE(slot_offsets)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    size_t at = slot_offsets[slot];
    if (at < sizeof(PyTypeObject)) {
        return *(void **)((char *)type + at);
    }
    const struct { size_t first, end; void *table;
    } tables[] = {
        {offsetof(SpecType, as_async), offsetof(SpecType, as_number),
         type->tp_as_async},
        {offsetof(SpecType, as_number), offsetof(SpecType, as_mapping),
         type->tp_as_number},
        {offsetof(SpecType, as_mapping), offsetof(SpecType, as_sequence),
         type->tp_as_mapping},
        {offsetof(SpecType, as_sequence), offsetof(SpecType, as_buffer),
         type->tp_as_sequence},
        {offsetof(SpecType, as_buffer), sizeof(SpecType),
         type->tp_as_buffer},
    };
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        if (at >= tables[i].first && at < tables[i].end) {
            return tables[i].table ? *(void **)((char *)tables[i].table + (at - tables[i].first))
                                   : NULL;
        }
    }
    return NULL;
}

unsigned long PyType_GetFlags(PyTypeObject *type) { return type->tp_flags; }

PyObject *PyType_GetName(PyTypeObject *type)
{
    THREAD;
    return value_out(t, type_name_value(t, type_in(type)));
}

PyObject *PyType_GetQualName(PyTypeObject *type)
{
    THREAD;
    return value_out(t, object_getattr(t, object_value(type), N(__qualname__)));
}

const char *_PyType_Name(PyTypeObject *type) { return type_short_name(type_in(type)); }

static Value module_of_type(Thread *t, Type *type)
{
    ExtType *ext = type_has(type, TYPE_EXT) ? type->ext : NULL;
    if (!type_has(type, TYPE_HEAP)) {
        return type_error(t, "PyType_GetModule: Type '%s' is not a heap type", type->name);
    }
    if (!ext || !ext->module) {
        return type_error(t, "PyType_GetModule: Type '%s' has no associated module", type->name);
    }
    return ext->module;
}

PyObject *PyType_GetModule(PyTypeObject *type)
{
    THREAD;
    return value_lend(t, module_of_type(t, type_in(type)));
}

void *PyType_GetModuleState(PyTypeObject *type)
{
    THREAD;
    Value m = module_of_type(t, type_in(type));
    return m ? PyModule_GetState((PyObject *)value_object(m)) : NULL;
}

PyObject *PyType_GetModuleByDef(PyTypeObject *type, PyModuleDef *def)
{
    THREAD;
    Value mro = type_mro(type_in(type));
    for (size_t i = 0; mro && i < tuple_len(mro); i++) {
        Type *base = value_type(tuple_get(mro, i));
        ExtType *ext = type_has(base, TYPE_EXT) ? base->ext : NULL;
        CModule *m = ext && ext->module ? module_c_part(ext->module) : NULL;
        if (m && m->def == def) {
            return value_lend(t, ext->module);
        }
    }
    type_error(t, "PyType_GetModuleByDef: No superclass of '%s' has the given module",
               type->tp_name);
    return NULL;
}

void PyType_Modified(PyTypeObject *type)
{
    THREAD;
    if (!type_modified(t, type_in(type), 0)) {
        error_clear(t);
    }
}

unsigned int PyType_ClearCache(void) { return 0; }

PyObject *_PyType_Lookup(PyTypeObject *type, PyObject *name)
{
    THREAD;
    Value key = intern_str(t, value_in(name));
    return key ? value_lend(t, type_lookup(t, type_in(type), key)) : NULL;
}

PyTypeObject *_PyType_CalculateMetaclass(PyTypeObject *meta, PyObject *bases)
{
    THREAD;
    Value v = winner_metatype(t, type_in(meta), value_in(bases));
    return v ? type_out(value_type(v)) : NULL;
}

/* ---- from the finalizer's side ---- */

int PyObject_CallFinalizerFromDealloc(PyObject *o UNUSED)
{
    return 0;
} /* tp_finalize runs before tp_dealloc */
void PyObject_CallFinalizer(PyObject *o)
{
    if (Py_TYPE(o)->tp_finalize) {
        Py_TYPE(o)->tp_finalize(o);
    }
}
void PyObject_ClearWeakRefs(PyObject *o UNUSED) {} /* the collector clears them before */

/* ---- the C part of types that are not from C ---- */

static void class_made(Type *type);

void capi_start(Thread *t)
{
    static _Atomic bool done;
    if (atomic_exchange(&done, true)) {
        return;
    }
    gc_set_ext_counts(&cycle_counts);
    gc_enable_ext_refs();
    gc_add_root_source(loader_trace, NULL);
    Type *const own[] = {&cmember_descr_type, type_in(&PyModuleDef_Type),
                         type_in(&PyCapsule_Type), &ctrace_type, &instancemethod_type};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        if (!type_ready(t, own[i])) {
            error_unraisable(t, NULL, 0);
        }
    }
    __atomic_store_n(&runtime.type_made, class_made, __ATOMIC_RELEASE);
    __atomic_store_n(&runtime.takes_apart, is_taken_apart_by_c, __ATOMIC_RELEASE);
    type_each(t, class_made);
    if (!slices_start(t)) {
        error_unraisable(t, NULL, 0);
    }
}

/* Called for every type when the first extension is loaded, and for each new one from then on. */
static void class_made(Type *type)
{
    if (type_has(type, TYPE_EXT)) {
        return;
    }
    type_fill_capi(type);
    PyTypeObject *ext = ext_type_of_type(type_base(type));
    /* a Python subclass: its instances end as those of the base do */
    if (ext && type_in(ext)->finalize) {
        type->finalize = type->finalize && type->finalize != type_in(ext)->finalize
                             ? capi_finalize_late
                             : capi_finalize;
        type->flags |= TYPE_HAS_DEL;
    }
    if (ext && !type->item) { /* __getitem__ comes from mp_subscript; iteration needs sq_item too */
        type->item = type_in(ext)->item;
    }
}
