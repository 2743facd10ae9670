/* The module _pickle: Pickler, Unpickler, their memos as Python sees them, dump(), load() and so
 * on. */
#include "core/object/iter.h"
#include "modules/_pickle/pickle.h"

Value pickle_error, pickling_error, unpickling_error;

static Pickler *pickler_of(Value v)
{
    assert(value_isa(v, &pickler_type));
    return (Pickler *)value_object(v);
}
static Unpickler *unpickler_of(Value v)
{
    assert(value_isa(v, &unpickler_type));
    return (Unpickler *)value_object(v);
}

static int truth_or(Thread *t, Value v, int otherwise)
{
    return v ? object_truth(t, v) : otherwise;
}
static Value given(Value v) { return v && !is_none(v) ? v : 0; }

/* ---- Pickler ---- */

static void pickler_trace(Object *o, Tracer *tr)
{
    Pickler *p = (Pickler *)o;
    const Value fields[] = {p->write,           p->persistent_id,
                            p->dispatch_table,  p->reducer_override,
                            p->buffer_callback, p->fast_seen,
                            p->default_table,   p->newobj};
    trace_values(tr, fields, ARRAY_SIZE(fields));
    trace_object(tr, p->keys);
    trace_object(tr, p->numbers);
    trace_object(tr, p->out);
}

/* The method `name` that a subclass defines, else 0. */
static bool own_hook(Thread *t, Value self, Type *base, const char *name, Value *out)
{
    *out = 0;
    return type_of(self) == base || object_lookup_attr_cstr(t, self, name, out) >= 0;
}

static bool set_protocol(Thread *t, Pickler *p, Value protocol)
{
    p->proto = PICKLE_DEFAULT;
    if (given(protocol) && !value_to_int(t, protocol, &p->proto)) {
        return false;
    }
    p->proto = p->proto < 0 ? PICKLE_HIGHEST : p->proto;
    if (p->proto > PICKLE_HIGHEST) {
        value_error(t, "pickle protocol must be <= %d", PICKLE_HIGHEST);
        return false;
    }
    store_relaxed(&p->bin, p->proto > 0);
    return true;
}

bool pickler_setup(Thread *t, Value self, Value file, Value protocol, Value fix_imports,
                   Value buffer_callback)
{
    Pickler *p = pickler_of(self);
    Value write = 0, hook, table;
    int fix = truth_or(t, fix_imports, 1);
    if (fix < 0 || !set_protocol(t, p, protocol)) {
        return false;
    }
    p->fix_imports = fix && p->proto < 3;
    if (given(buffer_callback) && p->proto < 5) {
        value_error(t, "buffer_callback needs protocol >= 5");
        return false;
    }
    gc_store(p, &p->buffer_callback, given(buffer_callback));
    if (file && object_lookup_attr(t, file, N(write), &write) < 0) {
        return false;
    }
    if (file && !write) {
        type_error(t, "file must have a 'write' attribute");
        return false;
    }
    gc_store(p, &p->write, write);
    if (!own_hook(t, self, &pickler_type, "persistent_id", &hook) ||
        !own_hook(t, self, &pickler_type, "dispatch_table", &table)) {
        return false;
    }
    gc_store(p, &p->persistent_id, hook);
    gc_store(p, &p->dispatch_table, table);
    pickle_memo_clear(p);
    store_relaxed(&p->fast, 0);
    p->fast_depth = 0;
    store_release(&p->ready, true);
    return true;
}

static Value plain_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    void *o = object_alloc_instance(t, type, 0);
    return o ? object_value(o) : 0;
}

static bool pickler_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig =
        SIGNATURE("Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)");
    Value a[4];
    OwnedMutex *lock = &pickler_of(self)->lock;
    if (!args_bind(t, &sig, args, n, kw, a) || !owned_mutex_enter(t, lock, self)) {
        return false;
    }
    bool ok = pickler_setup(t, self, a[0], a[1], a[2], a[3]);
    owned_mutex_unlock(lock);
    return ok;
}

static Value pickler_dump(PICKLE_ARGS)
{
    Pickler *p = pickler_of(args[0]);
    if (!p->ready) {
        return raise_pickling(t, "Pickler.__init__() was not called by %s.__init__()",
                              type_of(args[0])->name);
    }
    if (!owned_mutex_enter(t, &p->lock, args[0])) {
        return 0;
    }
    bool ok = pickle_dump(t, args[0], args[1]);
    owned_mutex_unlock(&p->lock);
    return ok ? NONE : 0;
}

static Value clear_memo_of(Thread *t, Value self)
{
    Pickler *p = pickler_of(self);
    owned_mutex_lock(t, &p->lock);
    pickle_memo_clear(p);
    owned_mutex_unlock(&p->lock);
    return NONE;
}

static Value pickler_clear_memo(PICKLE_ARGS) { return clear_memo_of(t, args[0]); }

static Value pickler_sizeof(PICKLE_ARGS)
{
    Pickler *p = pickler_of(args[0]);
    owned_mutex_lock(t, &p->lock);
    size_t size =
        type_of(args[0])->size + (p->keys ? (p->mask + 1) * 16 : 0) + (p->out ? p->out->len : 0);
    owned_mutex_unlock(&p->lock);
    return fixnum((int64_t)size);
}

static Value get_persistent_id(Thread *t, Value self, void *c UNUSED)
{
    Value v = value_load(&pickler_of(self)->persistent_id);
    return v ? v : attribute_error(t, self, INTERN(t, "persistent_id"));
}

static bool set_persistent_id(Thread *t, Value self, Value v, void *c UNUSED)
{
    if (!v) {
        type_error(t, "attribute deletion is not supported");
    } else if (!callable(v)) {
        type_error(t, "persistent_id must be a callable taking one argument");
    } else {
        gc_store(pickler_of(self), &pickler_of(self)->persistent_id, v);
        return true;
    }
    return false;
}

/* ---- the memo of a pickler as an object ---- */

typedef struct MemoProxy { Object head; Value owner; } MemoProxy;

static void proxy_trace(Object *o, Tracer *tr) { trace_value(tr, ((MemoProxy *)o)->owner); }
static Value proxy_owner(Value v) { return ((MemoProxy *)value_object(v))->owner; }

static Value proxy_new(Thread *t, Type *type, Value owner)
{
    MemoProxy *m = object_alloc(t, type, sizeof *m);
    if (m) {
        gc_init(&m->owner, owner);
    }
    return m ? object_value(m) : 0;
}

static Value proxy_reduce_with(Thread *t, Value copy)
{
    Value a = copy ? tuple_pack(t, 1, copy) : 0;
    return a ? tuple_pack(t, 2, object_value(&dict_type), a) : 0;
}

static Value pickler_memo_clear_method(PICKLE_ARGS)
{
    return clear_memo_of(t, proxy_owner(args[0]));
}

static Value pickler_memo_copy(PICKLE_ARGS)
{
    Pickler *p = pickler_of(proxy_owner(args[0]));
    Value d = dict_new(t);
    owned_mutex_lock(t, &p->lock);
    for (size_t i = 0; d && p->keys && i <= p->mask; i++) {
        Value v = p->keys->items[i];
        if (v) {
            Value number = int_from_uint64(t, ((uint64_t *)(void *)p->numbers->data)[i]);
            Value pair = number ? tuple_pack(t, 2, number, v) : 0, id = int_from_uint64(t, v);
            d = pair && id && dict_set(t, d, id, pair) ? d : 0;
        }
    }
    owned_mutex_unlock(&p->lock);
    return d;
}

static Value pickler_memo_reduce(PICKLE_ARGS)
{
    return proxy_reduce_with(t, pickler_memo_copy(t, args, n, kw));
}

static Value get_pickler_memo(Thread *t, Value self, void *c UNUSED)
{
    return proxy_new(t, &pickler_memo_type, self);
}

static bool copy_memo_dict(Thread *t, Pickler *p, Value dict)
{
    Value values = dict_values_list(t, dict);
    for (size_t i = 0; values && i < list_len(values); i++) {
        Value pair = list_get(values, i);
        uint64_t number;
        if (!value_is_tuple(pair) || tuple_len(pair) != 2) {
            type_error(t, "'memo' values must be 2-item tuples");
            return false;
        }
        if (!value_to_uint64(t, tuple_get(pair, 0), &number) ||
            (value_is_object(tuple_get(pair, 1)) &&
             !pickle_memo_set(t, p, tuple_get(pair, 1), number))) {
            return false;
        }
    }
    return values != 0;
}

static bool set_pickler_memo(Thread *t, Value self, Value v, void *c UNUSED)
{
    Pickler *p = pickler_of(self);
    if (!v) {
        type_error(t, "attribute deletion is not supported");
        return false;
    }
    Value dict = v;
    if (type_of(v) == &pickler_memo_type) {
        dict = pickler_memo_copy(t, &v, 1, 0);
    } else if (!value_is_dict(v)) {
        type_error(t, "'memo' attribute must be a PicklerMemoProxy object or dict, not %T", v);
        return false;
    }
    if (!dict) {
        return false;
    }
    owned_mutex_lock(t, &p->lock);
    pickle_memo_clear(p);
    bool ok = copy_memo_dict(t, p, dict);
    owned_mutex_unlock(&p->lock);
    return ok;
}

static const NativeDef pickler_memo_methods[] = {
    {"clear()", pickler_memo_clear_method, "Remove all items from memo.", 0},
    {"copy()", pickler_memo_copy, "Copy the memo to a new object.", 0},
    {"__reduce__()", pickler_memo_reduce, "Implement pickle support.", 0},
    {0},
};
Type pickler_memo_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_pickle.PicklerMemoProxy",
    .size = sizeof(MemoProxy),
    .flags = TYPE_NO_INSTANTIATE,
    .hash = hash_unhashable,
    .trace = proxy_trace,
    .methods = pickler_memo_methods,
};

static const NativeDef pickler_methods[] = {
    {"dump(obj, /)", pickler_dump,
     "Write a pickled representation of the given object to the open file.", 0},
    {"clear_memo()", pickler_clear_memo, "Clears the pickler's \"memo\".", 0},
    {"__sizeof__()", pickler_sizeof, "Returns size in memory, in bytes.", 0},
    {0},
};
static const MemberDef pickler_members[] = {
    {"bin", MEMBER_INT, offsetof(Pickler, bin), false, NULL},
    {"fast", MEMBER_INT, offsetof(Pickler, fast), false, NULL},
    {"dispatch_table", MEMBER_VALUE_EX, offsetof(Pickler, dispatch_table), false, NULL},
    {0},
};
static const GetSetDef pickler_getset[] = {
    {"memo", get_pickler_memo, set_pickler_memo, NULL, NULL},
    {"persistent_id", get_persistent_id, set_persistent_id, NULL, NULL},
    {0},
};
Type pickler_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_pickle.Pickler",
    .size = sizeof(Pickler),
    .doc = "This takes a binary file for writing a pickle data stream.",
    .flags = TYPE_BASETYPE,
    .sig = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)",
    .trace = pickler_trace,
    .new = plain_new,
    .init = pickler_init,
    .methods = pickler_methods,
    .members = pickler_members,
    .getset = pickler_getset,
};

/* ---- Unpickler ---- */

static void unpickler_trace(Object *o, Tracer *tr)
{
    Unpickler *u = (Unpickler *)o;
    const Value fields[] = {u->file_read,       u->file_readline, u->file_readinto, u->input,
                            u->persistent_load, u->encoding,      u->errors,        u->buffers};
    trace_values(tr, fields, ARRAY_SIZE(fields));
    trace_object(tr, u->stack);
    trace_object(tr, u->marks);
    trace_object(tr, u->memo);
}

static bool set_file(Thread *t, Unpickler *u, Value file)
{
    Value read, line;
    if (object_lookup_attr(t, file, N(read), &read) < 0 ||
        object_lookup_attr(t, file, N(readline), &line) < 0) {
        return false;
    }
    if (!read || !line) {
        type_error(t, "file must have 'read' and 'readline' attributes");
        return false;
    }
    gc_store(u, &u->file_read, read);
    gc_store(u, &u->file_readline, line);
    return true;
}

static Value text_arg(Thread *t, Value v, const char *what, const char *otherwise)
{
    if (!v) {
        return str_from_cstr(t, otherwise);
    }
    return value_is_str(v)
               ? v
               : type_error(t, "Unpickler() argument '%s' must be str, not %T", what, v);
}

bool unpickler_setup(Thread *t, Value self, Value file, Value fix_imports, Value encoding,
                     Value errors, Value buffers)
{
    Unpickler *u = unpickler_of(self);
    int fix = truth_or(t, fix_imports, 1);
    if (fix < 0 || (file && !set_file(t, u, file))) {
        return false;
    }
    encoding = text_arg(t, encoding, "encoding", "ASCII");
    errors = encoding ? text_arg(t, errors, "errors", "strict") : 0;
    Value hook, it = given(buffers) ? object_iter(t, buffers) : 0;
    if (!errors || error_pending(t) ||
        !own_hook(t, self, &unpickler_type, "persistent_load", &hook)) {
        return false;
    }
    gc_store(u, &u->encoding, encoding);
    gc_store(u, &u->errors, errors);
    gc_store(u, &u->buffers, it);
    gc_store(u, &u->persistent_load, hook);
    u->memo = NULL;
    u->memo_len = 0;
    store_relaxed(&u->fix_imports, fix);
    store_release(&u->ready, true);
    return true;
}

static bool unpickler_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE(
        "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())");
    Value a[5];
    OwnedMutex *lock = &unpickler_of(self)->lock;
    if (!args_bind(t, &sig, args, n, kw, a) || !owned_mutex_enter(t, lock, self)) {
        return false;
    }
    bool ok = unpickler_setup(t, self, a[0], a[1], a[2], a[3], a[4]);
    owned_mutex_unlock(lock);
    return ok;
}

static Value unpickler_load(PICKLE_ARGS)
{
    Unpickler *u = unpickler_of(args[0]);
    if (!u->ready) {
        return raise_unpickling(t, "Unpickler.__init__() was not called by %s.__init__()",
                                type_of(args[0])->name);
    }
    if (!owned_mutex_enter(t, &u->lock, args[0])) {
        return 0;
    }
    Value v = unpickle_load(t, args[0]);
    owned_mutex_unlock(&u->lock);
    return v;
}

static Value unpickler_sizeof(PICKLE_ARGS)
{
    Unpickler *u = unpickler_of(args[0]);
    owned_mutex_lock(t, &u->lock);
    size_t held = (u->stack ? u->stack->cap : 0) + (u->memo ? u->memo->cap : 0);
    owned_mutex_unlock(&u->lock);
    return fixnum((int64_t)(type_of(args[0])->size + held * sizeof(Value)));
}

static Value get_persistent_load(Thread *t, Value self, void *c UNUSED)
{
    Value v = value_load(&unpickler_of(self)->persistent_load);
    return v ? v : attribute_error(t, self, INTERN(t, "persistent_load"));
}

static bool set_persistent_load(Thread *t, Value self, Value v, void *c UNUSED)
{
    if (!v) {
        type_error(t, "attribute deletion is not supported");
    } else if (!callable(v)) {
        type_error(t, "persistent_load must be a callable taking one argument");
    } else {
        gc_store(unpickler_of(self), &unpickler_of(self)->persistent_load, v);
        return true;
    }
    return false;
}

static Value unpickler_memo_clear(PICKLE_ARGS)
{
    Unpickler *u = unpickler_of(proxy_owner(args[0]));
    owned_mutex_lock(t, &u->lock);
    u->memo = NULL;
    u->memo_len = 0;
    owned_mutex_unlock(&u->lock);
    return NONE;
}

static Value unpickler_memo_copy(PICKLE_ARGS)
{
    Unpickler *u = unpickler_of(proxy_owner(args[0]));
    Value d = dict_new(t);
    owned_mutex_lock(t, &u->lock);
    for (size_t i = 0; d && i < u->memo_len; i++) {
        Value v = u->memo->items[i];
        d = !v || dict_set(t, d, fixnum((int64_t)i), v) ? d : 0;
    }
    owned_mutex_unlock(&u->lock);
    return d;
}

static Value unpickler_memo_reduce(PICKLE_ARGS)
{
    return proxy_reduce_with(t, unpickler_memo_copy(t, args, n, kw));
}

static Value get_unpickler_memo(Thread *t, Value self, void *c UNUSED)
{
    return proxy_new(t, &unpickler_memo_type, self);
}

/* The memo becomes what the pairs of items say; lock held. */
static bool fill_memo(Thread *t, Unpickler *u, Value items)
{
    u->memo = NULL;
    u->memo_len = 0;
    for (size_t i = 0; i < list_len(items); i++) {
        Value pair = list_get(items, i), key = tuple_get(pair, 0);
        ssize_t at;
        if (!value_is_int(key)) {
            type_error(t, "memo key must be integers");
            return false;
        }
        if (!value_to_ssize(t, key, &at, &exc_OverflowError)) {
            return false;
        }
        if (at < 0) {
            value_error(t, "memo key must be positive integers.");
            return false;
        }
        if (!unpickle_memo_set(t, u, (size_t)at, tuple_get(pair, 1))) {
            return false;
        }
    }
    return true;
}

static bool set_unpickler_memo(Thread *t, Value self, Value v, void *c UNUSED)
{
    Unpickler *u = unpickler_of(self);
    if (!v) {
        type_error(t, "attribute deletion is not supported");
        return false;
    }
    Value dict = v;
    if (type_of(v) == &unpickler_memo_type) {
        dict = unpickler_memo_copy(t, &v, 1, 0);
    } else if (!value_is_dict(v)) {
        type_error(t, "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %T", v);
        return false;
    }
    Value items = dict ? dict_items_list(t, dict) : 0;
    if (!items) {
        return false;
    }
    owned_mutex_lock(t, &u->lock);
    bool ok = fill_memo(t, u, items);
    owned_mutex_unlock(&u->lock);
    return ok;
}

static const NativeDef unpickler_memo_methods[] = {
    {"clear()", unpickler_memo_clear, "Remove all items from memo.", 0},
    {"copy()", unpickler_memo_copy, "Copy the memo to a new object.", 0},
    {"__reduce__()", unpickler_memo_reduce, "Implement pickling support.", 0},
    {0},
};
Type unpickler_memo_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_pickle.UnpicklerMemoProxy",
    .size = sizeof(MemoProxy),
    .flags = TYPE_NO_INSTANTIATE,
    .hash = hash_unhashable,
    .trace = proxy_trace,
    .methods = unpickler_memo_methods,
};
static const NativeDef unpickler_methods[] = {
    {"load()", unpickler_load, "Load a pickle.", 0},
    {"find_class(module_name, global_name, /)", unpickler_find_class,
     "Return an object from a specified module.", 0},
    {"__sizeof__()", unpickler_sizeof, "Returns size in memory, in bytes.", 0},
    {0},
};
static const GetSetDef unpickler_getset[] = {
    {"memo", get_unpickler_memo, set_unpickler_memo, NULL, NULL},
    {"persistent_load", get_persistent_load, set_persistent_load, NULL, NULL},
    {0},
};
Type unpickler_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_pickle.Unpickler",
    .size = sizeof(Unpickler),
    .doc = "This takes a binary file for reading a pickle data stream.",
    .flags = TYPE_BASETYPE,
    .sig = "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())",
    .trace = unpickler_trace,
    .new = plain_new,
    .init = unpickler_init,
    .methods = unpickler_methods,
    .getset = unpickler_getset,
};

/* ---- functions ---- */

static Value fn_dump(PICKLE_ARGS) /* obj, file, protocol, fix_imports, buffer_callback */
{
    Value p = plain_new(t, &pickler_type, NULL, 0, 0);
    return p && pickler_setup(t, p, args[1], args[2], args[3], args[4]) &&
                   pickle_dump(t, p, args[0])
               ? NONE
               : 0;
}

static Value fn_dumps(PICKLE_ARGS) /* obj, protocol, fix_imports, buffer_callback */
{
    Value v = plain_new(t, &pickler_type, NULL, 0, 0);
    if (!v || !pickler_setup(t, v, 0, args[1], args[2], args[3]) || !pickle_dump(t, v, args[0])) {
        return 0;
    }
    return bytes_shorten(t, object_value(pickler_of(v)->out), pickler_of(v)->len);
}

static Value fn_load(PICKLE_ARGS) /* file, fix_imports, encoding, errors, buffers */
{
    Value u = plain_new(t, &unpickler_type, NULL, 0, 0);
    return u && unpickler_setup(t, u, args[0], args[1], args[2], args[3], args[4])
               ? unpickle_load(t, u)
               : 0;
}

static Value fn_loads(PICKLE_ARGS) /* data, fix_imports, encoding, errors, buffers */
{
    Value v = plain_new(t, &unpickler_type, NULL, 0, 0), data = args[0];
    if (!v || !unpickler_setup(t, v, 0, args[1], args[2], args[3], args[4])) {
        return 0;
    }
    if (!value_is_bytes(data)) {
        data = buffer_to_bytes(t, data);
    }
    if (!data) {
        return 0;
    }
    Unpickler *u = unpickler_of(v);
    gc_store(u, &u->input, data);
    u->data = value_bytes(data)->data;
    u->len = value_bytes(data)->len;
    return unpickle_load(t, v);
}

static const NativeDef functions[] = {
    {"dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)", fn_dump,
     "Write a pickled representation of obj to the open file object file.", 0},
    {"dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None)", fn_dumps,
     "Return the pickled representation of the object as a bytes object.", 0},
    {"load(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", fn_load,
     "Read and return an object from the pickle data stored in a file.", 0},
    {"loads(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", fn_loads,
     "Read and return an object from the given pickle data.", 0},
    {0},
};

static bool make_exception(Thread *t, Value *slot, const char *name, Type *base, const char *doc)
{
    if (!*slot) {
        *slot = type_new_simple(t, name, base, doc);
        gc_add_root(slot);
    }
    return *slot != 0;
}

static bool pickle_exec(Thread *t, Value mod)
{
    return make_exception(t, &pickle_error, "_pickle.PickleError", &exc_Exception, NULL) &&
           make_exception(t, &pickling_error, "_pickle.PicklingError", value_type(pickle_error),
                          NULL) &&
           make_exception(t, &unpickling_error, "_pickle.UnpicklingError", value_type(pickle_error),
                          NULL) &&
           type_ready(t, &pickler_memo_type) && type_ready(t, &unpickler_memo_type) &&
           module_add_type(t, mod, &pickler_type) && module_add_type(t, mod, &unpickler_type) &&
           module_add_type(t, mod, &pickle_buffer_type) &&
           module_add(t, mod, "PickleError", pickle_error) &&
           module_add(t, mod, "PicklingError", pickling_error) &&
           module_add(t, mod, "UnpicklingError", unpickling_error);
}

extern const ModuleDef module__pickle;
const ModuleDef module__pickle = {
    .name = "_pickle",
    .doc = "Optimized C implementation for the Python pickle module.",
    .functions = functions,
    .exec = pickle_exec,
};
