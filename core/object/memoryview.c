/* memoryview: the object, its life, attributes and plain methods.  Items and indexing:
 * memoryview_items.c. */
#include "core/object/bytes_internal.h"
#include "core/object/list.h"
#include "core/object/memoryview_internal.h"
#include "core/object/tuple.h"

static void managed_trace(Object *self, Tracer *tr)
{
    Managed *m = (Managed *)self;
    trace_object(tr, m->master.obj);
    trace_conservative(tr, &m->master.buf, &m->master.buf + 1);
}

static void managed_finalize(Thread *t, Value self)
{
    Managed *m = (Managed *)value_object(self);
    atomic_store_explicit(&m->ended, true, memory_order_relaxed);
    buffer_release(t, &m->master);
}

/* An export that its exporter only counts ends in the collector, which sees that no view is left:
 * what has waited for that can go on at once, whoever has collected. */
static void counted_free(Object *self)
{
    buffer_release(NULL, &((Managed *)self)->master);
}

Type counted_export_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                            .name = "managedbuffer",
                            .size = sizeof(Managed),
                            .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                            .trace = managed_trace,
                            .free = counted_free};

/* An export that its exporter does not want to hear the end of needs no finalizer. */
Type plain_export_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                          .name = "managedbuffer",
                          .size = sizeof(Managed),
                          .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                          .trace = managed_trace};

/* What a released view points at. */
static Managed no_export = {.head = OBJECT_STATIC_HEAD(&plain_export_type), .ended = true};

Type managed_buffer_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                            .name = "managedbuffer",
                            .size = sizeof(Managed),
                            .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE | TYPE_HAS_DEL,
                            .trace = managed_trace,
                            .finalize = managed_finalize};

static void view_trace(Object *self, Tracer *tr)
{
    MemoryView *m = (MemoryView *)self;
    trace_object(tr, m->managed);
    trace_value(tr, m->format);
    trace_conservative(tr, &m->view.buf, &m->view.buf + 1);
}

bool view_check(Thread *t, MemoryView *m)
{
    if (view_has_ended(m)) {
        value_error(t, "operation forbidden on released memoryview object");
        return false;
    }
    return true;
}

Managed *view_pin_quietly(MemoryView *m)
{
    Managed *managed = view_export(m);
    if (view_has_ended(m)) {
        return NULL;
    }
    if (!managed->outside) {
        return managed;
    }
    ssize_t n = atomic_load_explicit(&managed->views, memory_order_relaxed);
    while (n > 0 && !atomic_compare_exchange_weak_explicit(&managed->views, &n, n + 1,
                                                           memory_order_acq_rel,
                                                           memory_order_relaxed)) {
    }
    return n > 0 ? managed : NULL;
}

Managed *view_pin_slow(Thread *t, MemoryView *m)
{
    Managed *managed = view_pin_quietly(m);
    if (!managed) {
        value_error(t, "operation forbidden on released memoryview object");
    }
    return managed;
}

void view_drop(Thread *t, Managed *managed)
{
    if (world_fetch_add(&managed->views, -1) == 1) {
        buffer_release(t, &managed->master);
        gc_forget_finalizer(t, &managed->head);
    }
}

static MemoryView *view_alloc(Thread *t, Managed *managed, const Buffer *from, int ndim)
{
    MemoryView *m =
        object_alloc_fast(t, &memoryview_type, sizeof *m + 3 * (size_t)ndim * sizeof(ssize_t));
    if (!m) {
        return NULL;
    }
    GC_STORE_PTR(m, &m->managed, managed);
    m->view = *from;
    m->view.ndim = ndim;
    m->view.internal = NULL;
    m->view.shape = m->dims;
    m->view.strides = m->dims + ndim;
    m->view.suboffsets = from->suboffsets ? m->dims + 2 * ndim : NULL;
    if (ndim == from->ndim) {
        ssize_t stride = from->itemsize;
        for (int i = ndim - 1; i >= 0; i--) {
            m->view.shape[i] = from->shape ? from->shape[i] : from->len / from->itemsize;
            m->view.strides[i] = from->strides ? from->strides[i] : stride;
            stride *= m->view.shape[i];
            if (from->suboffsets) {
                m->view.suboffsets[i] = from->suboffsets[i];
            }
        }
    }
    if (!m->view.format) {
        m->view.format = "B";
    }
    (void)world_fetch_add(&managed->views, 1);
    return m;
}

MemoryView *view_derive(Thread *t, MemoryView *src, int ndim)
{
    MemoryView *m = view_alloc(t, view_export(src), &src->view, ndim);
    if (m) {
        gc_init(&m->format, src->format);
    }
    return m;
}

Value memoryview_new(Thread *t, Value o)
{
    if (type_of(o) == &memoryview_type) {
        MemoryView *src = view_of(o);
        Managed *pinned = view_pin(t, src);
        if (!pinned) {
            return 0;
        }
        MemoryView *copy = view_derive(t, src, src->view.ndim);
        view_unpin(t, pinned);
        return object_value(copy);
    }
    if (!value_has_buffer(o)) {
        return type_error(t, "memoryview: a bytes-like object is required, not '%T'", o);
    }
    bool heard = type_of(o)->release_buffer != NULL;
    Type *type = !heard                ? &plain_export_type
                 : type_of(o)->exports ? &counted_export_type
                                       : &managed_buffer_type;
    Managed *managed = object_alloc(t, type, sizeof *managed);
    if (!managed || !buffer_get(t, o, &managed->master, BUFFER_FULL_RO)) {
        return 0;
    }
    Object *holder;
    managed->outside = heard && !gc_find_object(managed->master.buf, &holder);
    if (managed->master.ndim > VIEW_MAX_DIMS) {
        buffer_release(t, &managed->master);
        return value_error(t, "memoryview: number of dimensions must not exceed 64");
    }
    return object_value(view_alloc(t, managed, &managed->master, managed->master.ndim));
}

Value memoryview_from_buffer(Thread *t, const Buffer *b)
{
    Managed *managed = object_alloc(t, &plain_export_type, sizeof *managed);
    if (!managed) {
        return 0;
    }
    Buffer master = *b;
    master.obj = NULL; /* a caller's own memory: nothing to release */
    managed->master.buf = b->buf;
    return object_value(view_alloc(t, managed, &master, b->ndim));
}

static Value view_construct(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("memoryview(object)");
    Value a[1];
    return args_bind(t, &sig, args, n, kwnames, a) ? memoryview_new(t, a[0]) : 0;
}

bool memoryview_may_change(Value v)
{
    return !view_export(view_of(v))->master.readonly;
}

bool view_release(Thread *t, MemoryView *m)
{
    ssize_t exports = atomic_load_explicit(&m->exports, memory_order_acquire);
    if (exports > 0) {
        raise(t, &exc_BufferError, "memoryview has %zd exported buffer%s", exports,
              exports == 1 ? "" : "s");
        return false;
    }
    if (!world_exchange(&m->released, true)) {
        Managed *managed = m->managed;
        /* the views that are left decide when it ends: by their release, or by becoming garbage */
        GC_STORE_PTR(m, &m->managed, &no_export);
        view_drop(t, managed);
    }
    return true;
}

/* ---- contiguity ---- */

bool view_is_c_contiguous(const Buffer *b)
{
    if (b->suboffsets) {
        return false;
    }
    ssize_t stride = b->itemsize;
    for (int i = b->ndim - 1; i >= 0 && b->len; i--) {
        if (b->shape[i] > 1 && b->strides[i] != stride) {
            return false;
        }
        stride *= b->shape[i];
    }
    return true;
}

bool view_is_f_contiguous(const Buffer *b)
{
    if (b->suboffsets) {
        return false;
    }
    ssize_t stride = b->itemsize;
    for (int i = 0; i < b->ndim && b->len; i++) {
        if (b->shape[i] > 1 && b->strides[i] != stride) {
            return false;
        }
        stride *= b->shape[i];
    }
    return true;
}

/* ---- exporting ---- */

static bool buffer_refused(Thread *t, const char *why)
{
    raise(t, &exc_BufferError, "memoryview: underlying buffer %s", why);
    return false;
}

static bool may_be_exported(Thread *t, const Buffer *b, int flags)
{
    bool c = view_is_c_contiguous(b), f = view_is_f_contiguous(b);
    if ((flags & BUFFER_WRITABLE) && b->readonly) {
        return buffer_refused(t, "is not writable");
    }
    if ((flags & BUFFER_C_CONTIGUOUS) == BUFFER_C_CONTIGUOUS && !c) {
        return buffer_refused(t, "is not C-contiguous");
    }
    if ((flags & BUFFER_F_CONTIGUOUS) == BUFFER_F_CONTIGUOUS && !f) {
        return buffer_refused(t, "is not Fortran contiguous");
    }
    if ((flags & BUFFER_ANY_CONTIGUOUS) == BUFFER_ANY_CONTIGUOUS && !c && !f) {
        return buffer_refused(t, "is not contiguous");
    }
    if ((flags & BUFFER_INDIRECT) != BUFFER_INDIRECT && b->suboffsets) {
        return buffer_refused(t, "requires suboffsets");
    }
    if ((flags & BUFFER_STRIDES) != BUFFER_STRIDES && !c) {
        return buffer_refused(t, "is not C-contiguous");
    }
    if (!(flags & BUFFER_ND) && (flags & BUFFER_FORMAT)) {
        raise(t, &exc_BufferError,
              "memoryview: cannot cast to unsigned bytes if the format flag is present");
        return false;
    }
    return true;
}

/* It is pinned as long as the buffer is used. */
static bool get_buffer_slot(Thread *t, Value self, Buffer *out, int flags)
{
    MemoryView *m = view_of(self);
    const Buffer *b = &m->view;
    Managed *pinned = view_pin(t, m);
    if (!pinned) {
        return false;
    }
    if (!may_be_exported(t, b, flags)) {
        view_unpin(t, pinned);
        return false;
    }
    *out = *b;
    out->obj = value_object(self);
    out->format = flags & BUFFER_FORMAT ? b->format : NULL;
    out->strides = (flags & BUFFER_STRIDES) == BUFFER_STRIDES ? b->strides : NULL;
    if (!(flags & BUFFER_ND)) {
        out->shape = NULL;
        out->ndim = 1;
    }
    (void)world_fetch_add(&m->exports, 1);
    return true;
}

static void release_buffer_slot(Thread *t, Value self, Buffer *view UNUSED)
{
    (void)world_fetch_add(&view_of(self)->exports, -1);
    view_unpin(t, view_export(view_of(self)));
}

/* ---- attributes ---- */

static Value dims_tuple(Thread *t, const ssize_t *dims, int n)
{
    Value v = n ? tuple_new(t, (size_t)n) : tuple_empty();
    for (int i = 0; v && i < n; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i], fixnum(dims[i]));
    }
    return v;
}

enum {
    GET_OBJ,
    GET_NBYTES,
    GET_ITEMSIZE,
    GET_FORMAT,
    GET_READONLY,
    GET_SHAPE,
    GET_STRIDES,
    GET_SUBOFFSETS,
    GET_C,
    GET_F,
    GET_CONTIGUOUS,
    GET_NDIM
};

static Value get_attr(Thread *t, Value self, void *closure)
{
    MemoryView *m = view_of(self);
    const Buffer *b = &m->view;
    if (!view_check(t, m)) {
        return 0;
    }
    switch ((int)(intptr_t)closure) {
    case GET_OBJ: return b->obj ? object_value(b->obj) : NONE;
    case GET_NBYTES: return fixnum(b->len);
    case GET_ITEMSIZE: return fixnum(b->itemsize);
    case GET_FORMAT: return str_from_cstr(t, b->format);
    case GET_READONLY: return bool_value(b->readonly);
    case GET_SHAPE: return dims_tuple(t, b->shape, b->ndim);
    case GET_STRIDES: return dims_tuple(t, b->strides, b->ndim);
    case GET_SUBOFFSETS: return dims_tuple(t, b->suboffsets, b->suboffsets ? b->ndim : 0);
    case GET_C: return bool_value(view_is_c_contiguous(b));
    case GET_F: return bool_value(view_is_f_contiguous(b));
    case GET_CONTIGUOUS: return bool_value(view_is_c_contiguous(b) || view_is_f_contiguous(b));
    default: return fixnum(b->ndim);
    }
}

#define GETTER(name, which, doc) {name, get_attr, NULL, doc, (void *)(intptr_t)(which)}
static const GetSetDef getset[] = {
    GETTER("obj", GET_OBJ, "The underlying object of the memoryview."),
    GETTER("nbytes", GET_NBYTES, "Bytes the array would use in contiguous form."),
    GETTER("itemsize", GET_ITEMSIZE, "Size in bytes of each item."),
    GETTER("format", GET_FORMAT, "Format of each item, in struct module syntax."),
    GETTER("readonly", GET_READONLY, "Whether the memory is read-only."),
    GETTER("shape", GET_SHAPE, "Tuple of ndim integers: the shape of the array."),
    GETTER("strides", GET_STRIDES,
           "Tuple of ndim integers: bytes from item to item in each dimension."),
    GETTER("suboffsets", GET_SUBOFFSETS, "Tuple of integers used for arrays of pointers."),
    GETTER("c_contiguous", GET_C, "Whether the memory is C contiguous."),
    GETTER("f_contiguous", GET_F, "Whether the memory is Fortran contiguous."),
    GETTER("contiguous", GET_CONTIGUOUS, "Whether the memory is contiguous."),
    GETTER("ndim", GET_NDIM, "Number of dimensions."),
    {0}};

/* ---- methods ---- */

static Value release_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return view_release(t, view_of(args[0])) ? NONE : 0;
}

static Value enter_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return view_check(t, view_of(args[0])) ? args[0] : 0;
}

static Value tobytes_of(Thread *t, MemoryView *m, bool fortran)
{
    Managed *pinned = view_pin(t, m);
    if (!pinned) {
        return 0;
    }
    Value r = bytes_new_unset(t, (size_t)m->view.len);
    if (r && m->view.len) {
        view_copy_out(&m->view, value_bytes(r)->data, fortran);
    }
    view_unpin(t, pinned);
    return r;
}

static Value tobytes_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    MemoryView *m = view_of(args[0]);
    if (!view_check(t, m)) {
        return 0;
    }
    bool fortran = false;
    if (args[1] && !is_none(args[1])) {
        if (!value_is_str(args[1])) {
            return type_error(t, "tobytes() argument 'order' must be str or None, not %T", args[1]);
        }
        if (str_eq_cstr(args[1], "F")) {
            fortran = true;
        } else if (str_eq_cstr(args[1], "A")) {
            fortran = !view_is_c_contiguous(&m->view) && view_is_f_contiguous(&m->view);
        } else if (!str_eq_cstr(args[1], "C")) {
            return value_error(t, "order must be 'C', 'F' or 'A'");
        }
    }
    return tobytes_of(t, m, fortran);
}

static Value hex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value flat = tobytes_of(t, view_of(args[0]), false);
    return flat ? bytes_to_hex(t, (uint8_t *)value_bytes(flat)->data, value_bytes(flat)->len,
                               args[1], args[2], false)
                : 0;
}

static Value tolist_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    MemoryView *m = view_of(args[0]);
    Managed *pinned = view_pin(t, m);
    if (!pinned) {
        return 0;
    }
    Value all = m->view.ndim == 0 ? view_unpack(t, &m->view, m->view.buf)
                                  : view_tolist(t, &m->view, m->view.buf, 0);
    view_unpin(t, pinned);
    return all;
}

static Value toreadonly_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    MemoryView *m = view_of(args[0]);
    Value copy = memoryview_new(t, object_value(m));
    if (copy) {
        view_of(copy)->view.readonly = 1;
    }
    return copy;
}

static const NativeDef methods[] = {
    {"release()", release_method, "Release the underlying buffer.", 0},
    {"tobytes(order='C')", tobytes_method, "Return the data as bytes.", 0},
    {"hex(sep=None, bytes_per_sep=1)", hex_method,
     "Return the data as hexadecimal digits.\n\n>>> memoryview(b'ab').hex()\n'6162'", 0},
    {"tolist()", tolist_method, "Return the data as a list of items.", 0},
    {"cast(format, shape=None)", view_cast_method, "Cast to a new format or shape.", 0},
    {"toreadonly()", toreadonly_method, "Return a read-only view of the same memory.", 0},
    {"__enter__()", enter_method, "The view itself.", 0},
    {"__exit__(*args)", release_method, "Release the underlying buffer.", 0},
    {0}};

/* ---- slots ---- */

static Value repr_slot(Thread *t, Value self)
{
    return str_format(t, "<%smemory at %p>", view_has_ended(view_of(self)) ? "released " : "",
                      (void *)value_object(self));
}

static int64_t hash_slot(Thread *t, Value self)
{
    MemoryView *m = view_of(self);
    int64_t h = atomic_load_explicit(&m->hash, memory_order_relaxed);
    if (h) {
        return h;
    }
    if (!view_check(t, m)) {
        return -1;
    }
    if (!m->view.readonly) {
        value_error(t, "cannot hash writable memoryview object");
        return -1;
    }
    int c = view_format_char(m->view.format);
    if (c != 'B' && c != 'b' && c != 'c') {
        value_error(t, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        return -1;
    }
    if (m->view.obj && object_hash(t, object_value(m->view.obj)) == -1 && error_pending(t)) {
        return -1;
    }
    Value flat = tobytes_of(t, m, false);
    if (!flat) {
        return -1;
    }
    h = bytes_hash(t, flat);
    atomic_store_explicit(&m->hash, h, memory_order_relaxed);
    return h;
}

static ssize_t len_slot(Thread *t, Value self)
{
    MemoryView *m = view_of(self);
    return !view_check(t, m) ? -1 : m->view.ndim == 0 ? 1 : m->view.shape[0];
}

static Value item_slot(Thread *t, Value self, ssize_t i)
{
    return view_getitem(t, self, fixnum(i));
}

typedef struct ViewIter {
    Object head;
    Value view;  /* init-only */
    size_t next; /* racing threads may see an item twice */
} ViewIter;

static void iter_trace(Object *self, Tracer *tr) { trace_value(tr, ((ViewIter *)self)->view); }
static Value iter_slot(Thread *t, Value self)
{
    MemoryView *m = view_of(self);
    if (!view_check(t, m)) {
        return 0;
    }
    if (m->view.ndim == 0) {
        return type_error(t, "invalid indexing of 0-dim memory");
    }
    if (m->view.ndim > 1) {
        return raise_not_implemented(t, "multi-dimensional sub-views are not implemented");
    }
    ViewIter *it = object_alloc(t, &memoryview_iter_type, sizeof *it);
    if (it) {
        gc_init(&it->view, self);
    }
    return object_value(it);
}

static Value iter_next_slot(Thread *t, Value v)
{
    ViewIter *it = (ViewIter *)value_object(v);
    size_t i = __atomic_load_n(&it->next, __ATOMIC_RELAXED);
    MemoryView *m = view_of(it->view);
    if (i >= (size_t)m->view.shape[0]) {
        return 0;
    }
    Managed *pinned = view_pin(t, m);
    if (!pinned) {
        return 0;
    }
    __atomic_store_n(&it->next, i + 1, __ATOMIC_RELAXED);
    Value item = view_unpack(t, &m->view, view_step(&m->view, m->view.buf, 0, (ssize_t)i));
    view_unpin(t, pinned);
    return item;
}

static bool iter_each(Thread *t, Value v, ItemFn take, void *arg)
{
    Value item;
    while ((item = iter_next_slot(t, v)) != 0) {
        if (!take(t, arg, item)) {
            return false;
        }
    }
    return !error_pending(t);
}

Type memoryview_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                             .name = "memory_iterator",
                             .size = sizeof(ViewIter),
                             .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                             .trace = iter_trace,
                             .iter = iter_self,
                             .next = iter_next_slot,
                             .each = iter_each,
                             .getattr = generic_getattr};

Type memoryview_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "memoryview",
                        .size = sizeof(MemoryView),
                        .item_size = sizeof(ssize_t),
                        .doc = "Create a new memoryview object which references the given object.",
                        .sig = "memoryview(object)",
                        .weakrefable = 1,
                        .flags = TYPE_IMMUTABLE | TYPE_SEQUENCE,
                        .trace = view_trace,
                        .new = view_construct,
                        .repr = repr_slot,
                        .hash = hash_slot,
                        .compare = view_compare,
                        .iter = iter_slot,
                        .len = len_slot,
                        .getitem = view_getitem,
                        .setitem = view_setitem,
                        .item = item_slot,
                        .get_buffer = get_buffer_slot,
                        .release_buffer = release_buffer_slot,
                        .methods = methods,
                        .getset = getset,
                        .getattr = generic_getattr};
