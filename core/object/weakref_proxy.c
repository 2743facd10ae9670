/* weakref.proxy: every operation goes to the referent, ReferenceError when that is gone. */
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/weakref.h"
#include "core/object/weakref_internal.h"

/* Referent of a proxy, other values as they are; 0: raised. */
static Value unwrap(Thread *t, Value v)
{
    if (!value_is_weakproxy(v)) {
        return v;
    }
    Value target = weakref_get(v);
    return target != 0 ? target
                       : raise(t, &exc_ReferenceError, "weakly-referenced object no longer exists");
}

#define UNARY(name, expression) \
    static Value proxy_##name(Thread *t, Value a) \
    { \
        a = unwrap(t, a); \
        return a != 0 ? (expression) : 0; \
    }
#define BINARY(name, expression) \
    static Value proxy_##name(Thread *t, Value a, Value b) \
    { \
        a = unwrap(t, a); \
        b = a != 0 ? unwrap(t, b) : 0; \
        return b != 0 ? (expression) : 0; \
    }
#define NUMBER(name, op) \
    BINARY(name, number_binary(t, op, a, b)) \
    BINARY(i##name, number_inplace(t, op, a, b))

NUMBER(add, OP_ADD)
NUMBER(sub, OP_SUB)
NUMBER(mul, OP_MUL)
NUMBER(matmul, OP_MATMUL)
NUMBER(truediv, OP_TRUEDIV)
NUMBER(floordiv, OP_FLOORDIV)
NUMBER(mod, OP_MOD)
NUMBER(lshift, OP_LSHIFT)
NUMBER(rshift, OP_RSHIFT)
NUMBER(and, OP_AND)
NUMBER(or, OP_OR)
NUMBER(xor, OP_XOR)
BINARY(divmod, number_binary(t, OP_DIVMOD, a, b))
BINARY(getitem, object_getitem(t, a, b))
UNARY(neg, number_neg(t, a))
UNARY(pos, number_pos(t, a))
UNARY(abs, number_abs(t, a))
UNARY(invert, number_invert(t, a))
UNARY(int, number_int(t, a))
UNARY(float, number_float(t, a))
UNARY(index, number_index(t, a))
UNARY(str, object_str(t, a))
UNARY(iter, object_iter(t, a))

static Value proxy_getattr(Thread *t, Value self, Value name)
{
    Value a = unwrap(t, self);
    return a != 0 ? object_getattr(t, a, name) : 0;
}

static bool proxy_setattr(Thread *t, Value self, Value name, Value v)
{
    Value a = unwrap(t, self);
    return a != 0 && object_setattr(t, a, name, v);
}

static Value proxy_pow3(Thread *t, Value a, Value b, Value c)
{
    a = unwrap(t, a);
    b = a != 0 ? unwrap(t, b) : 0;
    c = b != 0 && c != 0 ? unwrap(t, c) : c;
    if (a == 0 || b == 0 || error_pending(t)) {
        return 0;
    }
    return c != 0 ? number_pow3(t, a, b, c) : number_binary(t, OP_POW, a, b);
}

static Value proxy_ipow(Thread *t, Value a, Value b, Value c UNUSED)
{
    a = unwrap(t, a);
    b = a != 0 ? unwrap(t, b) : 0;
    return b != 0 ? number_inplace(t, OP_POW, a, b) : 0;
}

static Value proxy_compare(Thread *t, Value a, Value b, CompareOp op)
{
    a = unwrap(t, a);
    b = a != 0 ? unwrap(t, b) : 0;
    return b != 0 ? object_compare(t, a, b, op) : 0;
}

static Value proxy_repr(Thread *t, Value self)
{
    Value a = unwrap(t, self);
    return a != 0 ? str_format(t, "<weakproxy at %p to %T at %p>", (void *)value_object(self), a,
                               (void *)value_object(a))
                  : 0;
}

static int proxy_truth(Thread *t, Value self)
{
    Value a = unwrap(t, self);
    return a != 0 ? object_truth(t, a) : -1;
}

static ssize_t proxy_len(Thread *t, Value self)
{
    Value a = unwrap(t, self);
    return a != 0 ? object_len(t, a) : -1;
}

static bool proxy_setitem(Thread *t, Value self, Value key, Value v)
{
    Value a = unwrap(t, self);
    if (a == 0) {
        return false;
    }
    return v != 0 ? object_setitem(t, a, key, v) : object_delitem(t, a, key);
}

static int proxy_contains(Thread *t, Value self, Value item)
{
    Value a = unwrap(t, self);
    return a != 0 ? object_contains(t, a, item) : -1;
}

static Value proxy_next(Thread *t, Value self)
{
    Value a = unwrap(t, self);
    if (a == 0) {
        return 0;
    }
    UnaryFn next = type_of(a)->next;
    return next != NULL ? next(t, a)
                        : type_error(t, "Weakref proxy referenced a non-iterator '%T' object", a);
}

static Value proxy_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Value a = unwrap(t, self);
    return a != 0 ? call(t, a, args, n, kwnames) : 0;
}

static Value proxy_bytes(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value a = unwrap(t, args[0]);
    return a != 0 ? call_method0(t, a, N(__bytes__)) : 0;
}

static Value proxy_reversed(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value a = unwrap(t, args[0]);
    return a != 0 ? call_method0(t, a, N(__reversed__)) : 0;
}

Value weakproxy_new(Thread *t, Value referent, Value callback)
{
    return weakref_make(t, callable(referent) ? &weakcallableproxy_type : &weakproxy_type, referent,
                        callback);
}

static const NativeDef proxy_methods[] = {
    {"__bytes__()", proxy_bytes, "bytes() of the referent.", 0},
    {"__reversed__()", proxy_reversed, "reversed() of the referent.", 0},
    {NULL, NULL, NULL, 0},
};

#define PROXY_SLOTS                                                                                \
    .head = OBJECT_STATIC_HEAD(&type_type), .flags = TYPE_NO_INSTANTIATE, .size = sizeof(WeakRef), \
    .trace = weakref_trace, .repr = proxy_repr, .str = proxy_str, .hash = hash_unhashable,         \
    .compare = proxy_compare, .getattr = proxy_getattr, .setattr = proxy_setattr,                  \
    .iter = proxy_iter, .next = proxy_next, .add = proxy_add, .sub = proxy_sub, .mul = proxy_mul,  \
    .matmul = proxy_matmul, .truediv = proxy_truediv, .floordiv = proxy_floordiv,                  \
    .mod = proxy_mod, .divmod = proxy_divmod, .lshift = proxy_lshift, .rshift = proxy_rshift,      \
    .and_ = proxy_and, .or_ = proxy_or, .xor = proxy_xor, .pow = proxy_pow3, .iadd = proxy_iadd,   \
    .isub = proxy_isub, .imul = proxy_imul, .imatmul = proxy_imatmul, .itruediv = proxy_itruediv,  \
    .ifloordiv = proxy_ifloordiv, .imod = proxy_imod, .ilshift = proxy_ilshift,                    \
    .irshift = proxy_irshift, .iand = proxy_iand, .ior = proxy_ior, .ixor = proxy_ixor,            \
    .ipow = proxy_ipow, .neg = proxy_neg, .pos = proxy_pos, .abs = proxy_abs,                      \
    .invert = proxy_invert, .int_ = proxy_int, .float_ = proxy_float, .index = proxy_index,        \
    .truth = proxy_truth, .len = proxy_len, .getitem = proxy_getitem, .setitem = proxy_setitem,    \
    .contains = proxy_contains, .methods = proxy_methods

Type weakproxy_type = {
    PROXY_SLOTS,
    .name = "weakref.ProxyType",
    .doc = "Stands for its referent without keeping it alive.",
};

Type weakcallableproxy_type = {
    PROXY_SLOTS,
    .name = "weakref.CallableProxyType",
    .doc = "Stands for its callable referent without keeping it alive.",
    .call = proxy_call,
};
