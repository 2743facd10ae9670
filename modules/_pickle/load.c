/* Unpickling: input with its frames, the stack, the memo, classes by name, the loop. */
#include "core/object/audit.h"
#include "core/object/instance.h"
#include "modules/_pickle/pickle.h"

/* Enough for a few values, of which most pickles that are read again and again consist. */
enum { FIRST_STACK = 13, FIRST_MEMO = 13 };

/* ---- input ---- */

static bool truncated(Thread *t)
{
    raise_unpickling(t, "pickle data was truncated");
    return false;
}

static bool read_file(Thread *t, Unpickler *u, size_t n)
{
    Value data = call1(t, u->file_read, int_from_uint64(t, n));
    if (!data) {
        return false;
    }
    if (!value_is_bytes(data)) {
        value_error(t, "read() from the underlying stream did not return bytes");
        return false;
    }
    gc_store(u, &u->input, data);
    u->data = value_bytes(data)->data;
    u->len = value_bytes(data)->len;
    u->pos = 0;
    u->in_frame = false;
    return u->len >= n || truncated(t);
}

bool unpickle_read_slow(Thread *t, Unpickler *u, size_t n, const char **p)
{
    if (!u->file_read) {
        return truncated(t);
    }
    if (u->in_frame && u->pos < u->len) {
        raise_unpickling(t, "pickle exhausted before end of frame");
        return false;
    }
    if (n > PTRDIFF_MAX || !read_file(t, u, n)) {
        return error_pending(t) ? false : truncated(t);
    }
    *p = u->data + u->pos;
    u->pos += n;
    return true;
}

bool unpickle_line(Thread *t, Unpickler *u, const char **p, size_t *n)
{
    size_t left = u->len - u->pos;
    const char *start = u->data + u->pos, *end = left ? memchr(start, '\n', left) : NULL;
    if (end) {
        *p = start;
        *n = (size_t)(end - start);
        u->pos += *n + 1;
        return true;
    }
    if (!u->file_readline || (u->in_frame && left)) {
        return truncated(t);
    }
    Value line = call0(t, u->file_readline);
    if (!line) {
        return false;
    }
    if (!value_is_bytes(line)) {
        value_error(t, "readline() from the underlying stream did not return bytes");
        return false;
    }
    gc_store(u, &u->input, line);
    u->data = value_bytes(line)->data;
    u->pos = u->len = value_bytes(line)->len;
    u->in_frame = false;
    if (u->len < 1 || u->data[u->len - 1] != '\n') {
        return truncated(t);
    }
    *p = u->data;
    *n = u->len - 1;
    return true;
}

/* ---- stack ---- */

bool unpickle_push_slow(Thread *t, Unpickler *u, Value v)
{
    if (!v) {
        return false;
    }
    if (!u->stack || u->top == u->stack->cap) {
        ValueArray *more = value_array_new(t, u->stack ? u->stack->cap * 2 : FIRST_STACK);
        if (!more) {
            return false;
        }
        for (size_t i = 0; i < u->top; i++) {
            gc_store(more, &more->items[i], u->stack->items[i]);
        }
        GC_STORE_PTR(u, &u->stack, more);
    }
    gc_store(u->stack, &u->stack->items[u->top++], v);
    return true;
}

bool unpickle_underflow(Thread *t, Unpickler *u)
{
    raise_unpickling(t, u->n_marks ? "unexpected MARK found" : "unpickling stack underflow");
    return false;
}

Value unpickle_pop(Thread *t, Unpickler *u)
{
    if (u->top <= u->fence) {
        unpickle_underflow(t, u);
        return 0;
    }
    Value v = u->stack->items[--u->top];
    gc_store(u->stack, &u->stack->items[u->top], 0);
    return v;
}

/* Takes the last mark; *at: where the items above it begin. */
bool unpickle_mark(Thread *t, Unpickler *u, size_t *at)
{
    if (u->n_marks == 0) {
        raise_unpickling(t, "could not find MARK");
        return false;
    }
    size_t *marks = (size_t *)(void *)u->marks->data;
    *at = marks[--u->n_marks];
    u->fence = u->n_marks ? marks[u->n_marks - 1] : 0;
    return true;
}

bool unpickle_memo_set(Thread *t, Unpickler *u, size_t i, Value v)
{
    if (!u->memo || i >= u->memo->cap) {
        size_t cap = i + 1 > FIRST_MEMO ? (i + 1) * 2 : FIRST_MEMO;
        ValueArray *more = i < (size_t)1 << 40 ? value_array_new(t, cap) : NULL;
        if (!more) {
            return error_pending(t) ? false : (raise_memory(t), false);
        }
        for (size_t j = 0; j < u->memo_len; j++) {
            gc_store(more, &more->items[j], u->memo->items[j]);
        }
        GC_STORE_PTR(u, &u->memo, more);
    }
    gc_store(u->memo, &u->memo->items[i], v);
    u->memo_len = u->memo_len > i + 1 ? u->memo_len : i + 1;
    return true;
}

/* ---- classes ---- */

static bool new_names(Thread *t, Value *module, Value *name)
{
    Value table = pickle_compat(t, "NAME_MAPPING"),
          key = table ? tuple_pack(t, 2, *module, *name) : 0;
    Value pair = key ? dict_get(t, table, key) : 0;
    if (!key || error_pending(t)) {
        return false;
    }
    if (pair && value_is_tuple(pair) && tuple_len(pair) == 2) {
        *module = tuple_get(pair, 0);
        *name = tuple_get(pair, 1);
        return true;
    }
    table = pickle_compat(t, "IMPORT_MAPPING");
    Value other = table ? dict_get(t, table, *module) : 0;
    *module = other ? other : *module;
    return table && !error_pending(t);
}

static bool is_initializing(Thread *t, Value module)
{
    Value spec, flag;
    bool yes = object_lookup_attr(t, module, INTERN(t, "__spec__"), &spec) > 0 && !is_none(spec) &&
               object_lookup_attr(t, spec, INTERN(t, "_initializing"), &flag) > 0 &&
               flag == TRUE_VALUE;
    error_clear(t);
    return yes;
}

Value unpickler_find_class(PICKLE_ARGS)
{
    Unpickler *u = (Unpickler *)value_object(args[0]);
    Value module_name = args[1], name = args[2], parent, last;
    if (!AUDIT(t, "pickle.find_class", 2, module_name, name)) {
        return 0;
    }
    if (u->proto < 3 && u->fix_imports && !new_names(t, &module_name, &name)) {
        return 0;
    }
    Value module = dict_get(t, t->interp->modules, module_name);
    if (!module || is_initializing(t, module)) { /* the import waits for a thread that is at it */
        Value import = error_pending(t) ? 0 : import_attr(t, "builtins", "__import__");
        if (!import || !call1(t, import, module_name)) {
            return 0;
        }
        module = dict_get(t, t->interp->modules, module_name);
        if (!module) {
            return error_pending(t) ? 0 : key_error(t, module_name);
        }
    }
    if (!value_is_str(name)) {
        return type_error(t, "attribute name must be string, not '%T'", name);
    }
    return u->proto >= 4 ? pickle_dotted(t, module, name, &parent, &last)
                         : object_getattr(t, module, name);
}

Value unpickle_find_class(Thread *t, Value self, Value module, Value name)
{
    if (type_of(self) == &unpickler_type) {
        return unpickler_find_class(t, (Value[]){self, module, name}, 3, 0);
    }
    return call_method2(t, self, INTERN(t, "find_class"), module, name);
}

/* ---- BUILD ---- */

/* The same as below for an object whose __dict__ need not be made for that. */
static bool set_attributes(Thread *t, Object *o, Value state)
{
    DictTable *table = NULL;
    size_t at = 0;
    Value key, v;
    while (dict_next(state, &table, &at, &key, &v)) {
        if (value_is_str_exact(key)) {
            if (!instance_set(t, o, key, v)) {
                return false;
            }
        } else {
            Value own = instance_dict(t, o);
            if (!own || !dict_set(t, own, key, v)) {
                return false;
            }
        }
    }
    return true;
}

static bool set_state_dict(Thread *t, Value obj, Value state)
{
    if (!value_is_dict(state)) {
        raise_unpickling(t, "state is not a dictionary");
        return false;
    }
    if (type_has_own_dict(t, type_of(obj))) {
        return set_attributes(t, value_object(obj), state);
    }
    Value own = object_getattr(t, obj, N(__dict__)), items = own ? dict_items_list(t, state) : 0;
    for (size_t i = 0; items && i < list_len(items); i++) {
        Value pair = list_get(items, i), key = tuple_get(pair, 0);
        key = value_is_str_exact(key) ? intern_str(t, key) : key;
        if (!key || !object_setitem(t, own, key, tuple_get(pair, 1))) {
            return false;
        }
    }
    return items != 0;
}

bool unpickle_build(Thread *t, Unpickler *u)
{
    if (u->top < u->fence + 2) {
        return unpickle_underflow(t, u);
    }
    Value state = unpickle_pop(t, u), obj = u->stack->items[u->top - 1], f, slots = NONE;
    if (object_lookup_attr(t, obj, N(__setstate__), &f) < 0) {
        return false;
    }
    if (f) {
        return call1(t, f, state) != 0;
    }
    if (value_is_tuple(state) && tuple_len(state) == 2) {
        slots = tuple_get(state, 1);
        state = tuple_get(state, 0);
    }
    if (!is_none(state) && !set_state_dict(t, obj, state)) {
        return false;
    }
    if (is_none(slots)) {
        return true;
    }
    if (!value_is_dict(slots)) {
        raise_unpickling(t, "slot state is not a dictionary");
        return false;
    }
    Value items = dict_items_list(t, slots);
    for (size_t i = 0; items && i < list_len(items); i++) {
        Value pair = list_get(items, i);
        if (!object_setattr(t, obj, tuple_get(pair, 0), tuple_get(pair, 1))) {
            return false;
        }
    }
    return items != 0;
}

/* ---- the loop ---- */

Value unpickle_load(Thread *t, Value self)
{
    Unpickler *u = (Unpickler *)value_object(self);
    u->top = u->fence = u->n_marks = 0;
    store_relaxed(&u->proto, 0);
    if (u->file_read) {
        u->pos = u->len = 0;
        u->in_frame = false;
    }
    for (;;) {
        const char *p;
        if (!unpickle_read(t, u, 1, &p)) {
            if (error_clear_if(t, value_type(unpickling_error))) {
                raise_error(t, &exc_EOFError, "Ran out of input");
            }
            return 0;
        }
        int more = unpickle_step(t, self, (uint8_t)*p);
        if (more < 0) {
            return 0;
        }
        if (more == 0) {
            return unpickle_pop(t, u);
        }
    }
}
