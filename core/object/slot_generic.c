/* Generic slot functions: what a Python class has in a slot for which it defines the dunder method.
 */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/interpreter.h"
#include "core/object/native.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/upward.h"

/* ---- finding and calling special methods ---- */

Value special_method(Thread *t, Value self, Value name, bool *unbound)
{
    Type *type = type_of(self);
    Value descr = type_lookup(t, type, name);
    *unbound = false;
    if (!descr) {
        return 0;
    }
    if (LIKELY(type_has(type_of(descr), TYPE_METHOD_DESCR))) {
        *unbound = true;
        return descr;
    }
    DescrGetFn get = type_of(descr)->descr_get;
    return get ? get(t, descr, self, object_value(type)) : descr;
}

Value lookup_special(Thread *t, Value self, Value name)
{
    Value descr = type_lookup(t, type_of(self), name);
    DescrGetFn get = descr ? type_of(descr)->descr_get : NULL;
    return get ? get(t, descr, self, object_value(type_of(self))) : descr;
}

Value special_call(Thread *t, Value self, Value name, const Value *args, size_t n, bool *found)
{
    bool unbound;
    Value f = special_method(t, self, name, &unbound);
    *found = f != 0 || error_pending(t);
    if (!f) {
        return 0;
    }
    if (!unbound) {
        return call(t, f, args, n, 0);
    }
    Value all[4] = {self};
    assert(n <= 3);
    for (size_t i = 0; i < n; i++) {
        all[i + 1] = args[i];
    }
    return call(t, f, all, n + 1, 0);
}

/* The same for a method that must exist. */
static Value must_call(Thread *t, Value self, Value name, const Value *args, size_t n)
{
    bool found;
    Value v = special_call(t, self, name, args, n, &found);
    return found ? v : raise_value(t, &exc_AttributeError, name);
}

/* The same; NotImplemented when the method is absent. */
static Value maybe_call(Thread *t, Value self, Value name, Value arg)
{
    bool found;
    Value v = special_call(t, self, name, &arg, 1, &found);
    return found ? v : NOT_IMPLEMENTED;
}

/* ---- operators ---- */

/* b's class overrides the reflected method that a's class has. */
static int overrides(Thread *t, Value a, Value b, Value rname)
{
    Value theirs = type_lookup(t, type_of(b), rname);
    Value ours = type_lookup(t, type_of(a), rname);
    return theirs && theirs != ours;
}

static Value binary_generic(Thread *t, Value a, Value b, bool left, bool right, Value name,
                            Value rname)
{
    Type *ta = type_of(a), *tb = type_of(b);
    bool other = ta != tb && right;
    if (left) {
        if (other && type_is_subtype(tb, ta) && overrides(t, a, b, rname)) {
            Value v = maybe_call(t, b, rname, a);
            if (v != NOT_IMPLEMENTED) {
                return v;
            }
            other = false;
        }
        Value v = maybe_call(t, a, name, b);
        if (v != NOT_IMPLEMENTED || ta == tb) {
            return v;
        }
    }
    return other ? maybe_call(t, b, rname, a) : NOT_IMPLEMENTED;
}

#define BINARY(field, dunder, rdunder, op)                                                         \
    Value generic_##field(Thread *t, Value a, Value b)                                             \
    {                                                                                              \
        bool left = type_of(a)->field == generic_##field;                                          \
        bool right = type_of(b)->field == generic_##field;                                         \
        return binary_generic(t, a, b, left, right, N(dunder), N(rdunder));                        \
    }
#define INPLACE(field, dunder, op) \
    Value generic_##field(Thread *t, Value a, Value b) { return must_call(t, a, N(dunder), &b, 1); }
#define UNARY(field, dunder, doc) \
    Value generic_##field(Thread *t, Value a) { return must_call(t, a, N(dunder), NULL, 0); }
#include "core/object/slots.def"

Value generic_pow(Thread *t, Value a, Value b, Value mod)
{
    bool left = type_of(a)->pow == generic_pow;
    if (!mod) {
        return binary_generic(t, a, b, left, type_of(b)->pow == generic_pow, N(__pow__),
                              N(__rpow__));
    }
    Value args[2] = {b, mod};
    return left ? must_call(t, a, N(__pow__), args, 2) : NOT_IMPLEMENTED;
}

Value generic_ipow(Thread *t, Value a, Value b, Value mod UNUSED)
{
    return must_call(t, a, N(__ipow__), &b, 1);
}

Value generic_compare(Thread *t, Value a, Value b, CompareOp op)
{
    Value name = compare_name(op), f = type_lookup(t, type_of(a), name);
    if (LIKELY(f) && LIKELY(type_of(f) == &function_type)) {
        return call2(t, f, a, b);
    }
    bool unbound;
    f = special_method(t, a, name, &unbound);
    if (!f) { /* also when a descriptor fails */
        error_clear(t);
        return NOT_IMPLEMENTED;
    }
    return unbound ? call2(t, f, a, b) : call1(t, f, b);
}

int generic_truth(Thread *t, Value self)
{
    Value v = must_call(t, self, N(__bool__), NULL, 0);
    if (!v) {
        return -1;
    }
    if (v != TRUE_VALUE && v != FALSE_VALUE) {
        type_error(t, "__bool__ should return bool, returned %T", v);
        return -1;
    }
    return v == TRUE_VALUE;
}

int64_t generic_hash(Thread *t, Value self)
{
    bool found;
    Value v = special_call(t, self, N(__hash__), NULL, 0, &found);
    if (!found) {
        return hash_unhashable(t, self);
    }
    if (!v) {
        return -1;
    }
    if (!value_is_int(v)) {
        type_error(t, "__hash__ method should return an integer");
        return -1;
    }
    int64_t h;
    if (!int_try_int64(v, &h)) {
        h = int_hash(v);
    }
    return h == -1 ? -2 : h;
}

/* ---- attributes ---- */

static Value call_getattribute(Thread *t, Value self, Value name)
{
    Value f = type_lookup(t, type_of(self), N(__getattribute__));
    if (f && type_of(f) == &wrapper_descr_type) {
        return ((BinaryFn)((WrapperDescr *)value_object(f))->fn)(t, self, name);
    }
    return must_call(t, self, N(__getattribute__), &name, 1);
}

Value generic_getattr_method(Thread *t, Value self, Value name)
{
    Value v = call_getattribute(t, self, name);
    if (v || !error_matches(t, &exc_AttributeError) ||
        !type_lookup(t, type_of(self), N(__getattr__))) {
        return v;
    }
    error_clear(t);
    return must_call(t, self, N(__getattr__), &name, 1);
}

bool generic_setattr_method(Thread *t, Value self, Value name, Value v)
{
    Value args[2] = {name, v};
    return must_call(t, self, v ? N(__setattr__) : N(__delattr__), args, v ? 2 : 1) != 0;
}

Value generic_descr_get(Thread *t, Value descr, Value obj, Value type)
{
    Value args[2] = {obj ? obj : NONE, type ? type : NONE};
    bool found;
    Value v = special_call(t, descr, N(__get__), args, 2, &found);
    return found ? v : descr;
}

bool generic_descr_set(Thread *t, Value descr, Value obj, Value v)
{
    Value args[2] = {obj, v};
    return must_call(t, descr, v ? N(__set__) : N(__delete__), args, v ? 2 : 1) != 0;
}

/* ---- calls, life ---- */

static Value call_on_self(Thread *t, Value self, Value name, const Value *args, size_t n,
                          Value kwnames)
{
    bool unbound;
    Value f = special_method(t, self, name, &unbound);
    if (!f) {
        return error_pending(t) ? 0 : raise_value(t, &exc_AttributeError, name);
    }
    return unbound ? call_prepend(t, f, self, args, n, kwnames) : call(t, f, args, n, kwnames);
}

Value generic_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return call_on_self(t, self, N(__call__), args, n, kwnames);
}

bool generic_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Value v = call_on_self(t, self, N(__init__), args, n, kwnames);
    if (v && !is_none(v)) {
        type_error(t, "__init__() should return None, not '%T'", v);
    }
    return v && is_none(v);
}

Value generic_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    Value f = object_getattr(t, object_value(type), N(__new__));
    return f ? call_prepend(t, f, object_value(type), args, n, kwnames) : 0;
}

/* In the interpreter that the class is of, if it is still there: the thread at hand may be of any.
 */
void generic_finalize(Thread *t, Value self)
{
    Value pending = error_take(t);
    uint64_t id = type_of(self)->interp;
    Interpreter *own = t->interp, *owner = id != own->id ? interpreter_find(id) : NULL;
    t->interp = owner ? owner : own;
    bool unbound;
    Value f = special_method(t, self, N(__del__), &unbound);
    if (f) {
        Value r = unbound ? call1(t, f, self) : call0(t, f);
        if (!r) {
            error_unraisable(t, NULL, f);
        }
    }
    t->interp = own;
    interpreter_drop_user(owner);
    t->exc = pending;
}

/* ---- iteration ---- */

Value generic_iter(Thread *t, Value self)
{
    bool unbound;
    Value f = special_method(t, self, N(__iter__), &unbound);
    if (!f) {
        return error_pending(t) ? 0 : type_error(t, "'%T' object is not iterable", self);
    }
    if (is_none(f)) {
        return type_error(t, "'%T' object is not iterable", self);
    }
    return unbound ? call1(t, f, self) : call0(t, f);
}

Value generic_next(Thread *t, Value self)
{
    return must_call(t, self, N(__next__), NULL, 0);
}

/* ---- containers ---- */

ssize_t generic_len(Thread *t, Value self)
{
    Value v = must_call(t, self, N(__len__), NULL, 0);
    Value i = v ? number_index(t, v) : 0;
    if (!i) {
        return -1;
    }
    if (int_sign(i) < 0) {
        value_error(t, "__len__() should return >= 0");
        return -1;
    }
    ssize_t len;
    return value_to_count(t, i, &len) ? len : -1;
}

Value generic_getitem(Thread *t, Value self, Value key)
{
    return must_call(t, self, N(__getitem__), &key, 1);
}

Value generic_item(Thread *t, Value self, ssize_t i)
{
    Value key = int_from_int64(t, i);
    return must_call(t, self, N(__getitem__), &key, 1);
}

bool generic_setitem(Thread *t, Value self, Value key, Value v)
{
    Value args[2] = {key, v};
    Value f = type_lookup(t, type_of(self), v ? N(__setitem__) : N(__delitem__));
    if (f && type_of(f) == &wrapper_descr_type) { /* the class defines the other of the two */
        WrapperDescr *d = (WrapperDescr *)value_object(f);
        if (d->slot->offset == offsetof(Type, setitem) && value_isa(self, d->owner)) {
            return ((SetFn)d->fn)(t, self, key, v);
        }
    }
    return must_call(t, self, v ? N(__setitem__) : N(__delitem__), args, v ? 2 : 1) != 0;
}

int generic_contains(Thread *t, Value self, Value item)
{
    bool unbound;
    Value f = special_method(t, self, N(__contains__), &unbound);
    if (f && is_none(f)) {
        type_error(t, "'%T' object is not a container", self);
        return -1;
    }
    if (!f) {
        if (!error_pending(t)) {
            type_error(t, "argument of type '%T' is not iterable", self);
        }
        return -1;
    }
    Value v = unbound ? call2(t, f, self, item) : call1(t, f, item);
    return v ? object_truth(t, v) : -1;
}
