/* The PyTypeObject part of types that do not come from C: what extensions read in
 * `Py_TYPE(x)->tp_free`, call in `PyDict_Type.tp_new(...)`, or inherit.
 *
 * Built-in types get functions that act as the nearest built-in ancestor of the operand's type (a C
 * subtype calls them to reach its base); Python classes get functions that do what Python does with
 * the operand.
 */
#include "core/capi/capi.h"

/* The nearest type that is neither from C nor from a class statement. */
static Type *built_in_ancestor(Type *type)
{
    while (type->flags & (TYPE_EXT | TYPE_HEAP)) {
        type = type_base(type);
    }
    return type;
}

/* Positional and keyword arguments of a C call as a vector.  *kwnames 0: none. */
typedef struct Vector { Value *args; size_t n; Value kwnames; } Vector;

static bool vector_from(Thread *t, PyObject *args, PyObject *kwds, Vector *v)
{
    Value tuple = args ? value_in(args) : tuple_empty(), dict = value_in(kwds);
    v->args = value_tuple(tuple)->items;
    v->n = tuple_len(tuple);
    v->kwnames = 0;
    if (!dict || dict_len(dict) == 0) {
        return true;
    }
    Value items = dict_items_list(t, dict);
    size_t nkw = items ? list_len(items) : 0;
    Value names_tuple = items ? tuple_new(t, nkw) : 0;
    Value all = names_tuple ? tuple_new(t, v->n + nkw) : 0; /* the newest: memcpy may fill it */
    if (!all) {
        return false;
    }
    memcpy(value_tuple(all)->items, v->args, v->n * sizeof(Value));
    for (size_t i = 0; i < nkw; i++) {
        Value pair = list_get(items, i);
        gc_store(value_object(names_tuple), &value_tuple(names_tuple)->items[i],
                 tuple_get(pair, 0));
        gc_store(value_object(all), &value_tuple(all)->items[v->n + i], tuple_get(pair, 1));
    }
    v->args = value_tuple(all)->items;
    v->kwnames = names_tuple;
    return true;
}

/* ---- functions found in slots ---- */

static PyObject *native_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    THREAD;
    Vector v;
    Type *native = built_in_ancestor(type_in(type));
    if (!native->new) {
        type_error(t, "cannot create '%s' instances", type->tp_name);
        return NULL;
    }
    if (!vector_from(t, args, kwds, &v)) {
        return NULL;
    }
    return value_out(t, native->new(t, type_in(type), v.args, v.n, v.kwnames));
}

static int native_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    THREAD;
    Vector v;
    InitFn init = built_in_ancestor(type_in(Py_TYPE(self)))->init;
    return !init || (vector_from(t, args, kwds, &v) &&
                     init(t, value_in(self), v.args, v.n, v.kwnames))
               ? 0
               : -1;
}

static PyObject *class_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    THREAD;
    Vector v;
    if (!vector_from(t, args, kwds, &v)) {
        return NULL;
    }
    return value_out(t, type_in(type)->new(t, type_in(type), v.args, v.n, v.kwnames));
}

static int class_init(PyObject *self, PyObject *args, PyObject *kwds)
{
    THREAD;
    Vector v;
    InitFn init = type_in(Py_TYPE(self))->init;
    return !init || (vector_from(t, args, kwds, &v) &&
                     init(t, value_in(self), v.args, v.n, v.kwnames))
               ? 0
               : -1;
}

static PyObject *any_call(PyObject *f, PyObject *args, PyObject *kwds)
{
    return PyObject_Call(f, args, kwds);
}

/* At its end a generator that returns something leaves it in a StopIteration. */
static PyObject *next_item(Thread *t, Type *type, Value self)
{
    bool done = false;
    if (!type->send) {
        return value_out(t, type->next(t, self));
    }
    PyObject *r = value_out(t, type->send(t, self, NONE, &done));
    if (r && done) {
        if (r != Py_None) {
            (void)_PyGen_SetStopIterationValue(r);
        }
        Py_CLEAR(r);
    }
    return r;
}

/* One function for built-in types and one for classes, around `use(type)`. */
#define TYPE_PAIR(result, name, params, use)                                                       \
    static result native_##name params                                                             \
    {                                                                                              \
        THREAD;                                                                                    \
        Type *type = built_in_ancestor(type_in(Py_TYPE(self)));                                    \
        use;                                                                                       \
    }                                                                                              \
    static result class_##name params                                                              \
    {                                                                                              \
        THREAD;                                                                                    \
        Type *type = type_in(Py_TYPE(self));                                                       \
        use;                                                                                       \
    }

TYPE_PAIR(PyObject *, repr, (PyObject *self), return value_out(t, type->repr(t, value_in(self))))
TYPE_PAIR(PyObject *, str, (PyObject *self), return value_out(t, type->str(t, value_in(self))))
TYPE_PAIR(PyObject *, iter, (PyObject *self), return value_out(t, type->iter(t, value_in(self))))
TYPE_PAIR(PyObject *, await, (PyObject *self), return value_out(t, type->await_(t, value_in(self))))
TYPE_PAIR(PyObject *, aiter, (PyObject *self), return value_out(t, type->aiter(t, value_in(self))))
TYPE_PAIR(PyObject *, anext, (PyObject *self), return value_out(t, type->anext(t, value_in(self))))
TYPE_PAIR(PyObject *, iternext, (PyObject *self), return next_item(t, type, value_in(self)))
TYPE_PAIR(Py_hash_t, hash, (PyObject *self), return type->hash(t, value_in(self)))
TYPE_PAIR(PyObject *, richcompare, (PyObject *self, PyObject *o, int op),
          return value_out(t, type->compare(t, value_in(self), value_in(o), (CompareOp)op)))
TYPE_PAIR(PyObject *, getattro, (PyObject *self, PyObject *name),
          return value_out(t, type->getattr(t, value_in(self), value_in(name))))
TYPE_PAIR(int, setattro, (PyObject *self, PyObject *name, PyObject *v),
          return type->setattr(t, value_in(self), value_in(name), value_in(v)) ? 0 : -1)
TYPE_PAIR(PyObject *, descr_get, (PyObject *self, PyObject *obj, PyObject *cls),
          return value_out(t, type->descr_get(t, value_in(self), value_in(obj), value_in(cls))))
TYPE_PAIR(int, descr_set, (PyObject *self, PyObject *obj, PyObject *v),
          return type->descr_set(t, value_in(self), value_in(obj), value_in(v)) ? 0 : -1)

static int nothing_traversed(PyObject *o UNUSED, visitproc visit UNUSED, void *arg UNUSED)
{
    return 0;
}
static int nothing_cleared(PyObject *o UNUSED) { return 0; }
void dealloc_nothing(PyObject *o UNUSED) {}

/* ---- tables, so that code can see what a type supports ---- */

typedef struct Tables {
    PyNumberMethods nb;
    PySequenceMethods sq;
    PyMappingMethods mp;
    PyAsyncMethods am;
} Tables;

static PyObject *any_index(PyObject *o) { return PyNumber_Index(o); }
static PyObject *any_long(PyObject *o) { return PyNumber_Long(o); }
static PyObject *any_float(PyObject *o) { return PyNumber_Float(o); }
static int any_bool(PyObject *o) { return PyObject_IsTrue(o); }
static PyObject *any_power(PyObject *a, PyObject *b, PyObject *c)
{
    return PyNumber_Power(a, b, c);
}
static Py_ssize_t any_length(PyObject *o) { return PyObject_Size(o); }
static PyObject *any_item(PyObject *o, Py_ssize_t i) { return PySequence_GetItem(o, i); }
static int any_ass_item(PyObject *o, Py_ssize_t i, PyObject *v)
{
    return v ? PySequence_SetItem(o, i, v) : PySequence_DelItem(o, i);
}
static int any_ass_subscript(PyObject *o, PyObject *key, PyObject *v)
{
    return v ? PyObject_SetItem(o, key, v) : PyObject_DelItem(o, key);
}

#define IF(cond, to, fn) to = cond ? fn : NULL

static void fill_numbers(Type *type, PyNumberMethods *nb)
{
    IF(type->add, nb->nb_add, PyNumber_Add);
    IF(type->sub, nb->nb_subtract, PyNumber_Subtract);
    IF(type->mul, nb->nb_multiply, PyNumber_Multiply);
    IF(type->mod, nb->nb_remainder, PyNumber_Remainder);
    IF(type->divmod, nb->nb_divmod, PyNumber_Divmod);
    IF(type->pow, nb->nb_power, any_power);
    IF(type->neg, nb->nb_negative, PyNumber_Negative);
    IF(type->pos, nb->nb_positive, PyNumber_Positive);
    IF(type->abs, nb->nb_absolute, PyNumber_Absolute);
    IF(type->truth, nb->nb_bool, any_bool);
    IF(type->invert, nb->nb_invert, PyNumber_Invert);
    IF(type->lshift, nb->nb_lshift, PyNumber_Lshift);
    IF(type->rshift, nb->nb_rshift, PyNumber_Rshift);
    IF(type->and_, nb->nb_and, PyNumber_And);
    IF(type->xor, nb->nb_xor, PyNumber_Xor);
    IF(type->or_, nb->nb_or, PyNumber_Or);
    IF(type->int_, nb->nb_int, any_long);
    IF(type->float_, nb->nb_float, any_float);
    IF(type->index, nb->nb_index, any_index);
    IF(type->floordiv, nb->nb_floor_divide, PyNumber_FloorDivide);
    IF(type->truediv, nb->nb_true_divide, PyNumber_TrueDivide);
    IF(type->matmul, nb->nb_matrix_multiply, PyNumber_MatrixMultiply);
}

/* Every class in Python has a table for buffers that C code may fill in later (type_buffer_adopt).
 * It lies in two fields that no type of the runtime needs. */
static void fill_buffer(Type *type, PyTypeObject *tp)
{
    static PyBufferProcs native = {PyObject_GetBuffer, NULL};
    _Static_assert(offsetof(PyTypeObject, tp_cache) + sizeof(void *) ==
                           offsetof(PyTypeObject, tp_subclasses) &&
                       sizeof native == 2 * sizeof(void *),
                   "two fields make a table");
    if (tp->tp_as_buffer) {
        return;
    }
    if (type_has(type, TYPE_HEAP)) {
        tp->tp_as_buffer = (PyBufferProcs *)(void *)&tp->tp_cache;
        *tp->tp_as_buffer = (PyBufferProcs){type->get_buffer ? PyObject_GetBuffer : NULL, NULL};
    } else if (type->get_buffer) {
        tp->tp_as_buffer = &native;
    }
}

static void fill_tables(Type *type, PyTypeObject *tp)
{
    fill_buffer(type, tp);
    bool number = type->add || type->index || type->int_ || type->float_ || type->truth ||
                  type->or_ || type->mod;
    bool container = type->len || type->getitem || type->item || type->contains;
    bool async = type->await_ || type->aiter || type->anext;
    Tables *all = number || container || async ? mem_calloc(1, sizeof *all) : NULL;
    if (!all) {
        return;
    }
    if (async) {
        bool is_class = type_has(type, TYPE_HEAP);
        IF(type->await_, all->am.am_await, is_class ? class_await : native_await);
        IF(type->aiter, all->am.am_aiter, is_class ? class_aiter : native_aiter);
        IF(type->anext, all->am.am_anext, is_class ? class_anext : native_anext);
        tp->tp_as_async = &all->am;
    }
    if (number) {
        fill_numbers(type, &all->nb);
        tp->tp_as_number = &all->nb;
    }
    if (!container) {
        return;
    }
    bool by_index = type->getitem && !type_has(type, TYPE_DICT);
    IF(type->len, all->sq.sq_length, any_length);
    IF(by_index, all->sq.sq_item, any_item);
    IF(type->setitem && by_index, all->sq.sq_ass_item, any_ass_item);
    IF(type->concat || type->add, all->sq.sq_concat, PySequence_Concat);
    IF(type->repeat, all->sq.sq_repeat, PySequence_Repeat);
    IF(type->contains, all->sq.sq_contains, PySequence_Contains);
    tp->tp_as_sequence = &all->sq;
    IF(type->len, all->mp.mp_length, any_length);
    IF(type->getitem, all->mp.mp_subscript, PyObject_GetItem);
    IF(type->setitem, all->mp.mp_ass_subscript, any_ass_subscript);
    tp->tp_as_mapping = &all->mp;
}

/* ---- filling ---- */

static unsigned long subclass_flags(const Type *type)
{
    static const struct { uint32_t native; unsigned long c;
    } pairs[] = {
        {TYPE_INT, Py_TPFLAGS_LONG_SUBCLASS},
        {TYPE_LIST, Py_TPFLAGS_LIST_SUBCLASS},
        {TYPE_TUPLE, Py_TPFLAGS_TUPLE_SUBCLASS},
        {TYPE_BYTES, Py_TPFLAGS_BYTES_SUBCLASS},
        {TYPE_STR, Py_TPFLAGS_UNICODE_SUBCLASS},
        {TYPE_DICT, Py_TPFLAGS_DICT_SUBCLASS},
        {TYPE_EXC, Py_TPFLAGS_BASE_EXC_SUBCLASS},
        {TYPE_TYPE, Py_TPFLAGS_TYPE_SUBCLASS},
        {TYPE_BASETYPE, Py_TPFLAGS_BASETYPE},
        {TYPE_HEAP, Py_TPFLAGS_HEAPTYPE},
        {TYPE_SEQUENCE, Py_TPFLAGS_SEQUENCE},
        {TYPE_MAPPING, Py_TPFLAGS_MAPPING},
        {TYPE_ABSTRACT, Py_TPFLAGS_IS_ABSTRACT},
        {TYPE_IMMUTABLE, Py_TPFLAGS_IMMUTABLETYPE},
        {TYPE_METHOD_DESCR, Py_TPFLAGS_METHOD_DESCRIPTOR},
        {TYPE_READY, Py_TPFLAGS_READY},
    };
    unsigned long flags = 0;
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        flags |= type->flags & pairs[i].native ? pairs[i].c : 0;
    }
    return flags;
}

static void fill_relations(Type *type, PyTypeObject *tp)
{
    tp->tp_base = type_out(type_base(type));
    tp->tp_dict = (PyObject *)type_names(type);
    tp->tp_bases = (PyObject *)value_object(type_bases(type));
    tp->tp_mro = (PyObject *)value_object(type_mro(type));
    tp->tp_flags |= subclass_flags(type);
    if (!type_has(type, TYPE_EXT) && type->trace &&
        !(type->flags & (TYPE_INT | TYPE_STR | TYPE_BYTES))) {
        tp->tp_flags |= Py_TPFLAGS_HAVE_GC;
    }
}

#define SLOT_FN(native, slot, name)                                                                \
    tp->slot = type->native ? (is_class ? class_##name : native_##name) : NULL

static void fill_functions(Type *type, PyTypeObject *tp)
{
    bool is_class = type_has(type, TYPE_HEAP);
    SLOT_FN(new, tp_new, new);
    SLOT_FN(init, tp_init, init);
    SLOT_FN(repr, tp_repr, repr);
    SLOT_FN(str, tp_str, str);
    SLOT_FN(hash, tp_hash, hash);
    SLOT_FN(compare, tp_richcompare, richcompare);
    SLOT_FN(iter, tp_iter, iter);
    SLOT_FN(next, tp_iternext, iternext);
    SLOT_FN(descr_get, tp_descr_get, descr_get);
    SLOT_FN(descr_set, tp_descr_set, descr_set);
    SLOT_FN(getattr, tp_getattro, getattro);
    SLOT_FN(setattr, tp_setattro, setattro);
    if (type->getattr == generic_getattr) {
        tp->tp_getattro = PyObject_GenericGetAttr;
    }
    if (type->setattr == generic_setattr) {
        tp->tp_setattro = PyObject_GenericSetAttr;
    }
    tp->tp_call = type->call ? any_call : NULL;
}

/* A Python class over a C type keeps what the C type has, where it does not override it. */
static void inherit_c_layout(Type *type, PyTypeObject *tp)
{
    PyTypeObject *ext = ext_type_of_type(type_base(type));
    if (!ext) {
        tp->tp_dealloc = dealloc_nothing;
        tp->tp_traverse = nothing_traversed;
        tp->tp_clear = nothing_cleared;
        return;
    }
    tp->tp_alloc = ext->tp_alloc;
    tp->tp_free = ext->tp_free;
    tp->tp_dealloc = ext->tp_dealloc;
    tp->tp_finalize = ext->tp_finalize;
    tp->tp_traverse = ext->tp_traverse;
    tp->tp_clear = ext->tp_clear;
    tp->tp_as_buffer = ext->tp_as_buffer;
    tp->tp_vectorcall_offset = ext->tp_vectorcall_offset;
    tp->tp_flags |= ext->tp_flags & Py_TPFLAGS_HAVE_GC;
    if (type->call == type_in(ext)->call) {
        tp->tp_flags |= ext->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL;
    }
}

void type_fill_capi(Type *type)
{
    PyTypeObject *tp = type_out(type);
    fill_relations(type, tp);
    if (type_has(type, TYPE_EXT)) {
        tp->tp_dealloc = tp->tp_dealloc ? tp->tp_dealloc : dealloc_nothing;
        tp->tp_alloc = tp->tp_alloc ? tp->tp_alloc : PyType_GenericAlloc;
        return;
    }
    tp->tp_name = type->name;
    tp->tp_doc = type->doc;
    tp->tp_basicsize = (Py_ssize_t)type->size;
    tp->tp_itemsize = (Py_ssize_t)type->item_size;
    tp->tp_dictoffset = type->dict_offset;
    tp->tp_weaklistoffset = 0;
    tp->tp_alloc = PyType_GenericAlloc;
    tp->tp_free = PyObject_Free;
    inherit_c_layout(type, tp);
    fill_functions(type, tp);
    fill_tables(type, tp);
}
