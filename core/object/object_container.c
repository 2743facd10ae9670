/* Containers and iteration: len, subscription, membership, iter, collecting. */
#include "core/object/bytes_internal.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

/* ---- size ---- */

ssize_t object_len(Thread *t, Value o)
{
    LenFn fn = type_of(o)->len;
    if (!fn) {
        type_error(t, "object of type '%T' has no len()", o);
        return -1;
    }
    return fn(t, o);
}

ssize_t object_length_hint(Thread *t, Value o, ssize_t dflt)
{
    if (type_of(o)->len) {
        ssize_t n = type_of(o)->len(t, o);
        if (n >= 0 || !error_clear_if(t, &exc_TypeError)) {
            return n;
        }
    }
    bool found;
    Value v = special_call(t, o, N(__length_hint__), NULL, 0, &found);
    if (!v) {
        return !found || error_clear_if(t, &exc_TypeError) ? dflt : -1;
    }
    if (v == NOT_IMPLEMENTED) {
        return dflt;
    }
    if (!value_is_int(v)) {
        type_error(t, "__length_hint__ must be an integer, not %T", v);
        return -1;
    }
    ssize_t n;
    if (!value_to_ssize(t, v, &n, &exc_OverflowError)) {
        return -1;
    }
    if (n < 0) {
        value_error(t, "__length_hint__() should return >= 0");
        return -1;
    }
    return n;
}

bool value_is_sequence(Value v)
{
    Type *type = type_of(v);
    return !type_has(type, TYPE_DICT) &&
           (type->item ||
            type_has(type, TYPE_SEQUENCE | TYPE_LIST | TYPE_TUPLE | TYPE_STR | TYPE_BYTES));
}

bool value_is_mapping(Value v)
{
    return type_of(v)->getitem != NULL;
}

/* ---- subscription ---- */

static Value item_at(Thread *t, Value o, Value key)
{
    Type *type = type_of(o);
    ssize_t i;
    if (!type_of(key)->index) {
        return type_error(t, "sequence index must be integer, not '%T'", key);
    }
    if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
        return 0;
    }
    if (i < 0 && type->len) {
        ssize_t n = type->len(t, o);
        if (n < 0) {
            return 0;
        }
        i += n;
    }
    return type->item(t, o, i);
}

static Value class_getitem(Thread *t, Value cls, Value key)
{
    Value f;
    if (cls == object_value(&type_type)) {
        return generic_alias_new(t, cls, key);
    }
    int r = object_lookup_attr(t, cls, N(__class_getitem__), &f);
    if (r < 0) {
        return 0;
    }
    if (r && !is_none(f)) {
        return call1(t, f, key);
    }
    return type_error(t, "type '%N' is not subscriptable", value_type(cls));
}

Value object_getitem(Thread *t, Value o, Value key)
{
    Type *type = type_of(o);
    if (LIKELY(type->getitem != NULL)) {
        return type->getitem(t, o, key);
    }
    if (type->item) {
        return item_at(t, o, key);
    }
    if (value_is_type(o)) {
        return class_getitem(t, o, key);
    }
    return type_error(t, "'%T' object is not subscriptable", o);
}

bool type_is_container(Type *type)
{
    return type_has(type, TYPE_HEAP) || type_has(type, TYPE_LIKE_CLASS) || type->getitem ||
           type->contains;
}

/* The error of an object whose items cannot be set or deleted: an integer key of a container has to
 * fit first. */
static COLD bool items_refused(Thread *t, Value o, Value key, bool set)
{
    ssize_t i;
    if (!type_is_container(type_of(o)) || !type_of(key)->index) {
        type_error(t, "'%T' object does not support item %s", o, set ? "assignment" : "deletion");
    } else if (value_to_ssize(t, key, &i, &exc_IndexError)) {
        type_error(t, "'%T' object %s support item %s", o, set ? "does not" : "doesn't",
                   set ? "assignment" : "deletion");
    }
    return false;
}

bool object_setitem(Thread *t, Value o, Value key, Value v)
{
    SetFn fn = type_of(o)->setitem;
    if (!fn) {
        return items_refused(t, o, key, true);
    }
    return fn(t, o, key, v);
}

bool object_delitem(Thread *t, Value o, Value key)
{
    SetFn fn = type_of(o)->setitem;
    if (!fn) {
        return items_refused(t, o, key, false);
    }
    return fn(t, o, key, 0);
}

typedef struct Wanted { Value item; int found; /* as object_compare_bool says */ } Wanted;

static bool take_others(Thread *t, void *wanted, Value v)
{
    Wanted *w = wanted;
    w->found = object_compare_bool(t, v, w->item, CMP_EQ);
    return w->found == 0;
}

int object_contains(Thread *t, Value o, Value item)
{
    ContainsFn fn = type_of(o)->contains;
    if (fn) {
        return fn(t, o, item);
    }
    Value it = object_iter(t, o);
    if (!it) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "argument of type '%T' is not iterable", o);
        }
        return -1;
    }
    Wanted w = {item, 0};
    if (type_of(it)->each) {
        return type_of(it)->each(t, it, take_others, &w) ? 0 : w.found ? w.found : -1;
    }
    for (Value v; (v = iter_next(t, it));) {
        if (!take_others(t, &w, v)) {
            return w.found;
        }
    }
    return error_pending(t) ? -1 : 0;
}

Value sequence_concat(Thread *t, Value a, Value b)
{
    if (type_of(a)->concat) {
        return type_of(a)->concat(t, a, b);
    }
    if (value_is_sequence(a) && value_is_sequence(b) && type_of(a)->add) {
        Value v = type_of(a)->add(t, a, b);
        if (v != NOT_IMPLEMENTED) {
            return v;
        }
    }
    return type_error(t, "'%T' object can't be concatenated", a);
}

Value sequence_repeat(Thread *t, Value a, ssize_t n)
{
    Value count = int_from_int64(t, n);
    if (type_of(a)->repeat) {
        return count ? type_of(a)->repeat(t, a, count) : 0;
    }
    if (count && value_is_sequence(a) && type_of(a)->mul) {
        Value v = type_of(a)->mul(t, a, count);
        if (v != NOT_IMPLEMENTED) {
            return v;
        }
    }
    return type_error(t, "'%T' object can't be repeated", a);
}

void fill_repeating(void *to, size_t total, const void *unit, size_t n)
{
    if (n == 1) {
        memset(to, *(const uint8_t *)unit, total);
        return;
    }
    char *p = to;
    for (size_t done = 0, more; done < total; done += more) { /* twice as much each time */
        more = done == 0 ? n : done < total - done ? done : total - done;
        memcpy(p + done, done == 0 ? unit : p, more);
    }
}

/* ---- iteration ---- */

Value iter_self(Thread *t UNUSED, Value it)
{
    return it;
}

Value object_iter(Thread *t, Value o)
{
    Type *type = type_of(o);
    if (LIKELY(type->iter != NULL)) {
        Value it = type->iter(t, o);
        if (it && !type_of(it)->next) {
            return type_error(t, "iter() returned non-iterator of type '%T'", it);
        }
        return it;
    }
    if (value_is_sequence(o)) {
        return seq_iter_new(t, o);
    }
    return type_error(t, "'%T' object is not iterable", o);
}

Value iter_next(Thread *t, Value it)
{
    UnaryFn fn = type_of(it)->next;
    if (UNLIKELY(!fn)) {
        return type_error(t, "'%T' object is not an iterator", it);
    }
    /* iterators over iterators over ... */
    if (UNLIKELY((char *)__builtin_frame_address(0) < t->c_limit)) {
        recursion_error(t, "");
        return 0;
    }
    if (UNLIKELY(!thread_poll(t))) {
        return 0;
    }
    Value v = fn(t, it);
    if (!v && UNLIKELY(t->exc)) {
        error_clear_if(t, &exc_StopIteration);
    }
    return v;
}

Value object_aiter(Thread *t, Value o)
{
    UnaryFn fn = type_of(o)->aiter;
    if (!fn) {
        return type_error(t, "'%T' object is not an async iterable", o);
    }
    Value it = fn(t, o);
    if (it && !type_of(it)->anext) {
        return type_error(t, "aiter() returned not an async iterator of type '%T'", it);
    }
    return it;
}

Value object_anext(Thread *t, Value o)
{
    UnaryFn fn = type_of(o)->anext;
    return fn ? fn(t, o) : type_error(t, "'%T' object is not an async iterator", o);
}

static Value str_chars_tuple(Thread *t, Value str)
{
    size_t n = str_len(str);
    Value tuple = tuple_new(t, n);
    for (size_t i = 0; tuple && i < n; i++) {
        Value c = str_from_char(t, str_get(value_str(str), i));
        if (UNLIKELY(!c)) {
            return 0;
        }
        gc_store(value_object(tuple), &value_tuple(tuple)->items[i], c);
    }
    return tuple;
}

static Value tuple_of_bytes(Thread *t, Span s)
{
    if (s.n == 0) {
        return tuple_empty();
    }
    Value r = tuple_new(t, s.n);
    for (size_t i = 0; r && i < s.n; i++) {
        gc_init(&value_tuple(r)->items[i], fixnum(s.p[i]));
    }
    return r;
}

Value sequence_tuple(Thread *t, Value iterable)
{
    if (value_is_object(iterable) && value_is_tuple_exact(iterable)) {
        return iterable;
    }
    if (value_is_str_exact(iterable)) {
        return str_chars_tuple(t, iterable);
    }
    if (value_is_object(iterable) &&
        (type_of(iterable) == &bytes_type || type_of(iterable) == &bytearray_type)) {
        return tuple_of_bytes(t, bytes_span(iterable));
    }
    Value list = value_is_list_exact(iterable) ? iterable : sequence_list(t, iterable);
    return list ? list_to_tuple(t, list) : 0;
}

Value sequence_fast(Thread *t, Value iterable, const char *msg)
{
    if (value_is_object(iterable) &&
        (value_is_tuple_exact(iterable) || value_is_list_exact(iterable))) {
        return sequence_tuple(t, iterable);
    }
    Value it = object_iter(t, iterable);
    if (!it) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "%s", msg);
        }
        return 0;
    }
    return sequence_tuple(t, it);
}
