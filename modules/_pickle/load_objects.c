/* Unpickling: instructions that find classes and make their instances. */
#include "modules/_pickle/pickle.h"

static Value line_text(Thread *t, Unpickler *u, const char *encoding)
{
    const char *p;
    size_t n;
    return unpickle_line(t, u, &p, &n) ? str_decode(t, p, n, encoding, NULL) : 0;
}

static Value global_by_lines(Thread *t, Value self)
{
    Unpickler *u = (Unpickler *)value_object(self);
    Value module = line_text(t, u, "utf-8"), name = module ? line_text(t, u, "utf-8") : 0;
    return name ? unpickle_find_class(t, self, module, name) : 0;
}

static Value stack_global(Thread *t, Value self)
{
    Unpickler *u = (Unpickler *)value_object(self);
    Value name = unpickle_pop(t, u), module = name ? unpickle_pop(t, u) : 0;
    if (module && (!value_is_str_exact(name) || !value_is_str_exact(module))) {
        return raise_unpickling(t, "STACK_GLOBAL requires str");
    }
    return module ? unpickle_find_class(t, self, module, name) : 0;
}

static Value extension(Thread *t, Value self, size_t bytes)
{
    Unpickler *u = (Unpickler *)value_object(self);
    const char *p;
    if (!unpickle_read(t, u, bytes, &p)) {
        return 0;
    }
    int64_t code = 0;
    for (size_t i = bytes; i-- > 0;) {
        code = code << 8 | (uint8_t)p[i];
    }
    if (code == 0 || code > INT32_MAX) {
        return raise_unpickling(t, "EXT specifies code <= 0");
    }
    Value cache = import_attr(t, "copyreg", "_extension_cache"), key = fixnum(code);
    Value v = cache ? dict_get(t, cache, key) : 0;
    if (v || !cache || error_pending(t)) {
        return v;
    }
    Value registry = import_attr(t, "copyreg", "_inverted_registry"),
          pair = registry ? dict_get(t, registry, key) : 0;
    if (!pair) {
        return error_pending(t)
                   ? 0
                   : value_error(t, "unregistered extension code %lld", (long long)code);
    }
    if (!value_is_tuple(pair) || tuple_len(pair) != 2 || !value_is_str(tuple_get(pair, 0)) ||
        !value_is_str(tuple_get(pair, 1))) {
        return value_error(t, "_inverted_registry[%lld] isn't a 2-tuple of strings",
                           (long long)code);
    }
    v = unpickle_find_class(t, self, tuple_get(pair, 0), tuple_get(pair, 1));
    return v && dict_set(t, cache, key, v) ? v : 0;
}

/* ---- instances ---- */

static Value reduce_call(Thread *t, Unpickler *u)
{
    Value args = unpickle_pop(t, u), fn = args ? unpickle_pop(t, u) : 0;
    if (fn && !value_is_tuple(args)) {
        return type_error(t, "argument list must be a tuple");
    }
    return fn ? call_tuple(t, fn, args, 0) : 0;
}

static Value new_object(Thread *t, Unpickler *u, bool ex)
{
    const char *op = ex ? "NEWOBJ_EX" : "NEWOBJ";
    Value kwargs = ex ? unpickle_pop(t, u) : 0;
    Value args = ex && !kwargs ? 0 : unpickle_pop(t, u), cls = args ? unpickle_pop(t, u) : 0;
    if (!cls) {
        return 0;
    }
    if (!value_is_type(cls)) {
        return raise_unpickling(t, "%s class argument must be a type, not %T", op, cls);
    }
    if (!value_type(cls)->new) {
        return raise_unpickling(t, "%s class argument '%T' doesn't have __new__", op, cls);
    }
    if (!value_is_tuple(args)) {
        return raise_unpickling(t, "%s args argument must be a tuple, not %T", op, args);
    }
    if (kwargs && !value_is_dict(kwargs)) {
        return raise_unpickling(t, "%s kwargs argument must be a dict, not %T", op, kwargs);
    }
    if (!kwargs || dict_len(kwargs) == 0) {
        Tuple *a = value_tuple(args);
        return value_type(cls)->new(t, value_type(cls), a->items, a->len, 0);
    }
    Value make = object_getattr(t, cls, N(__new__)), list = make ? list_new(t, 4) : 0;
    if (!list || !list_append(t, list, cls) || !list_extend(t, list, args)) {
        return 0;
    }
    return call_tuple(t, make, list_to_tuple(t, list), kwargs);
}

/* INST and OBJ: a class and the items above the mark. */
static Value instantiate(Thread *t, Value cls, Value args)
{
    if (tuple_len(args) || !value_is_type(cls) ||
        object_hasattr(t, cls, INTERN(t, "__getinitargs__"))) {
        return error_pending(t) ? 0 : call_tuple(t, cls, args, 0);
    }
    return call_method1(t, cls, N(__new__), cls);
}

static Value marked(Thread *t, Unpickler *u)
{
    size_t at;
    if (!unpickle_mark(t, u, &at)) {
        return 0;
    }
    Value args = tuple_from(t, u->stack ? u->stack->items + at : NULL, u->top - at);
    while (u->top > at) {
        gc_store(u->stack, &u->stack->items[--u->top], 0);
    }
    return args;
}

static Value load_inst(Thread *t, Value self)
{
    Unpickler *u = (Unpickler *)value_object(self);
    Value args = marked(t, u);
    Value module = args ? line_text(t, u, "ascii") : 0,
          name = module ? line_text(t, u, "ascii") : 0;
    Value cls = name ? unpickle_find_class(t, self, module, name) : 0;
    return cls ? instantiate(t, cls, args) : 0;
}

static Value load_obj(Thread *t, Unpickler *u)
{
    Value items = marked(t, u);
    if (items && tuple_len(items) == 0) {
        unpickle_underflow(t, u);
        return 0;
    }
    Value args = items ? tuple_slice(t, items, 1, tuple_len(items)) : 0;
    return args ? instantiate(t, tuple_get(items, 0), args) : 0;
}

static Value persistent(Thread *t, Unpickler *u, bool binary)
{
    Value load = value_load(&u->persistent_load);
    if (!load) {
        return raise_unpickling(
            t,
            "A load persistent id instruction was encountered, but no persistent_load function was "
            "specified.");
    }
    Value id = binary ? unpickle_pop(t, u) : line_text(t, u, "ascii");
    if (!id && !binary && error_clear_if(t, &exc_UnicodeDecodeError)) {
        return raise_unpickling(t, "persistent IDs in protocol 0 must be ASCII strings");
    }
    return id ? call1(t, load, id) : 0;
}

bool unpickle_object_op(Thread *t, Value self, unsigned op, bool *known)
{
    Unpickler *u = (Unpickler *)value_object(self);
    Value v;
    switch (op) {
    case P_GLOBAL: v = global_by_lines(t, self); break;
    case P_STACK_GLOBAL: v = stack_global(t, self); break;
    case P_EXT1: v = extension(t, self, 1); break;
    case P_EXT2: v = extension(t, self, 2); break;
    case P_EXT4: v = extension(t, self, 4); break;
    case P_REDUCE: v = reduce_call(t, u); break;
    case P_NEWOBJ: v = new_object(t, u, false); break;
    case P_NEWOBJ_EX: v = new_object(t, u, true); break;
    case P_INST: v = load_inst(t, self); break;
    case P_OBJ: v = load_obj(t, u); break;
    case P_PERSID: v = persistent(t, u, false); break;
    case P_BINPERSID: v = persistent(t, u, true); break;
    default:
        *known = false;
        return false;
    }
    return unpickle_push(t, u, v);
}
