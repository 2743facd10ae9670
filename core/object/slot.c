/* The slot table and its wrappers: what calling int.__add__, list.__len__, ... from Python does
 * with a native slot. */
#include "core/object/int.h"
#include "core/object/slot.h"

#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* ---- argument checks of wrappers ---- */

static bool expect(Thread *t, const SlotDef *slot, size_t n, size_t min, size_t max, Value kwnames)
{
    if (kwnames && tuple_len(kwnames)) {
        type_error(t, "wrapper %s() takes no keyword arguments", slot->name);
        return false;
    }
    if (n >= min && n <= max) {
        return true;
    }
    size_t bound = n < min ? min : max;
    /* those that may have two are unpacked by another function, which puts a name in front */
    type_error(t, "%sexpected %s%zu argument%s, got %zu",
               max == 2 ? " " : "",
               min == max ? ""
               : n < min  ? "at least "
                          : "at most ",
               bound, bound == 1 ? "" : "s", n);
    return false;
}

static Value done(bool ok)
{
    return ok ? NONE : 0;
}

#define WRAPPER(name)                                                                              \
    static Value name(Thread *t, const SlotDef *slot UNUSED, void *fn, Value self,                 \
                      const Value *args UNUSED, size_t n, Value kwnames)

WRAPPER(wrap_unary)
{
    return expect(t, slot, n, 0, 0, kwnames) ? ((UnaryFn)fn)(t, self) : 0;
}

WRAPPER(wrap_next)
{
    if (!expect(t, slot, n, 0, 0, kwnames)) {
        return 0;
    }
    Value v = ((UnaryFn)fn)(t, self);
    return v || error_pending(t) ? v : raise_none(t, &exc_StopIteration);
}

WRAPPER(wrap_binary)
{
    return expect(t, slot, n, 1, 1, kwnames) ? ((BinaryFn)fn)(t, self, args[0]) : 0;
}

WRAPPER(wrap_binary_right)
{
    return expect(t, slot, n, 1, 1, kwnames) ? ((BinaryFn)fn)(t, args[0], self) : 0;
}

WRAPPER(wrap_repeat)
{
    if (!expect(t, slot, n, 1, 1, kwnames)) {
        return 0;
    }
    Value count = number_index(t, args[0]);
    return count ? ((BinaryFn)fn)(t, self, count) : 0;
}

WRAPPER(wrap_pow)
{
    if (!expect(t, slot, n, 1, 2, kwnames)) {
        return 0;
    }
    return ((TernaryFn)fn)(t, self, args[0], n == 2 && !is_none(args[1]) ? args[1] : 0);
}

WRAPPER(wrap_rpow)
{
    if (!expect(t, slot, n, 1, 2, kwnames)) {
        return 0;
    }
    return ((TernaryFn)fn)(t, args[0], self, n == 2 && !is_none(args[1]) ? args[1] : 0);
}

WRAPPER(wrap_ipow)
{
    return expect(t, slot, n, 1, 1, kwnames) ? ((TernaryFn)fn)(t, self, args[0], 0) : 0;
}

static bool name_is_str(Thread *t, Value name)
{
    if (!value_is_str(name)) {
        type_error(t, "attribute name must be string, not '%T'", name);
    }
    return value_is_str(name);
}

WRAPPER(wrap_getattr)
{
    return expect(t, slot, n, 1, 1, kwnames) && name_is_str(t, args[0])
               ? ((BinaryFn)fn)(t, self, args[0]) : 0;
}

/* object.__setattr__(cls, ...) must not get round the checks of the type's own __setattr__. */
static bool setattr_is_safe(Thread *t, const SlotDef *slot, void *fn, Value self)
{
    Type *type = type_of(self);
    while (type && type->setattr == generic_setattr_method) {
        type = type_base(type);
    }
    if (type && type->setattr != (SetFn)fn && value_is_type(self)) {
        type_error(t, "can't apply this %s to %N object", slot->name, type_of(self));
        return false;
    }
    return true;
}

WRAPPER(wrap_setattr)
{
    return expect(t, slot, n, 2, 2, kwnames) && setattr_is_safe(t, slot, fn, self) &&
                   name_is_str(t, args[0])
               ? done(((SetFn)fn)(t, self, args[0], args[1])) : 0;
}

WRAPPER(wrap_delattr)
{
    return expect(t, slot, n, 1, 1, kwnames) && setattr_is_safe(t, slot, fn, self) &&
                   name_is_str(t, args[0])
               ? done(((SetFn)fn)(t, self, args[0], 0)) : 0;
}

WRAPPER(wrap_set)
{
    return expect(t, slot, n, 2, 2, kwnames) ? done(((SetFn)fn)(t, self, args[0], args[1])) : 0;
}

WRAPPER(wrap_delete)
{
    return expect(t, slot, n, 1, 1, kwnames) ? done(((SetFn)fn)(t, self, args[0], 0)) : 0;
}

WRAPPER(wrap_hash)
{
    if (!expect(t, slot, n, 0, 0, kwnames)) {
        return 0;
    }
    int64_t h = ((HashFn)fn)(t, self);
    if (h == -1 && error_pending(t)) {
        return 0;
    }
    return fixnum_fits(h) ? fixnum(h) : number_binary(t, OP_ADD, fixnum(h / 2), fixnum(h - h / 2));
}

WRAPPER(wrap_truth)
{
    int r = expect(t, slot, n, 0, 0, kwnames) ? ((TestFn)fn)(t, self) : -1;
    return r < 0 ? 0 : bool_value(r);
}

WRAPPER(wrap_len)
{
    ssize_t len = expect(t, slot, n, 0, 0, kwnames) ? ((LenFn)fn)(t, self) : -1;
    return len < 0 ? 0 : int_from_int64(t, len);
}

WRAPPER(wrap_contains)
{
    int r = expect(t, slot, n, 1, 1, kwnames) ? ((ContainsFn)fn)(t, self, args[0]) : -1;
    return r < 0 ? 0 : bool_value(r);
}

WRAPPER(wrap_item)
{
    ssize_t i;
    if (!expect(t, slot, n, 1, 1, kwnames) || !value_to_count(t, args[0], &i)) {
        return 0;
    }
    if (i < 0 && type_of(self)->len) {
        ssize_t len = type_of(self)->len(t, self);
        if (len < 0) {
            return 0;
        }
        i += len;
    }
    return ((Value (*)(Thread *, Value, ssize_t))fn)(t, self, i);
}

WRAPPER(wrap_compare)
{
    return expect(t, slot, n, 1, 1, kwnames)
               ? ((CompareFn)fn)(t, self, args[0], (CompareOp)slot->arg)
               : 0;
}

WRAPPER(wrap_call)
{
    return ((CallFn)fn)(t, self, (Value *)args, n, kwnames);
}

WRAPPER(wrap_init)
{
    return done(((InitFn)fn)(t, self, (Value *)args, n, kwnames));
}

WRAPPER(wrap_get)
{
    if (!expect(t, slot, n, 1, 2, kwnames)) {
        return 0;
    }
    Value obj = is_none(args[0]) ? 0 : args[0];
    Value type = n == 2 && !is_none(args[1]) ? args[1] : 0;
    if (!obj && !type) {
        return type_error(t, "__get__(None, None) is invalid");
    }
    return ((DescrGetFn)fn)(t, self, obj, type);
}

WRAPPER(wrap_finalize)
{
    if (!expect(t, slot, n, 0, 0, kwnames)) {
        return 0;
    }
    ((void (*)(Thread *, Value))fn)(t, self);
    return NONE;
}

/* ---- the table ---- */

#define ROW(dunder, field, generic, wrapper, arg, sig, doc)                                        \
    {#dunder,                                                                                      \
     offsetof(Names, dunder),                                                                      \
     offsetof(Type, field),                                                                        \
     (void *)(generic),                                                                            \
     wrapper,                                                                                      \
     arg,                                                                                          \
     #dunder sig,                                                                                  \
     doc},

const SlotDef slot_table[] = {
#define UNARY(field, dunder, doc) ROW(dunder, field, generic_##field, wrap_unary, 0, "()", doc)
#define BINARY(field, dunder, rdunder, op)                                                         \
    ROW(dunder, field, generic_##field, wrap_binary, 0, "(value, /)", "Return self" op "value.")   \
    ROW(rdunder, field, generic_##field, wrap_binary_right, 0, "(value, /)",                       \
        "Return value" op "self.")
#define INPLACE(field, dunder, op)                                                                 \
    ROW(dunder, field, generic_##field, wrap_binary, 0, "(value, /)", "Return self" op "value.")
#define SLOT(dunder, field, generic, wrapper, arg, sig, doc)                                       \
    ROW(dunder, field, generic, wrapper, arg, sig, doc)
#include "core/object/slots.def"
    {NULL, 0, 0, NULL, NULL, 0, NULL, NULL},
};

bool slots_add_wrappers(Thread *t, Type *type, Value dict)
{
    for (const SlotDef *s = slot_table; s->name; s++) {
        void *fn = *slot_field(type, s);
        if (!slot_is_own(type, s->offset) || !s->wrapper ||
            dict_get_str(dict, slot_name(s))) {
            continue;
        }
        if (fn == (void *)hash_unhashable) {
            if (!dict_set(t, dict, N(__hash__), NONE)) {
                return false;
            }
            continue;
        }
        Value descr = wrapper_descr_new(t, type, s, fn);
        if (!descr || !dict_set(t, dict, slot_name(s), descr)) {
            return false;
        }
    }
    return true;
}
