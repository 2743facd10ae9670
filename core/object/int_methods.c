/* Constructor and methods of int. */
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/format_spec.h"
#include "core/object/int_internal.h"
#include "core/object/native.h"
#include "core/object/number_text.h"
#include "core/object/tuple.h"

/* ---- constructor ---- */

static Value checked_int(Thread *t, Value v, const char *method)
{
    if (!v || value_is_int_exact(v)) {
        return v;
    }
    if (!value_is_int(v)) {
        return type_error(t, "%s returned non-int (type %T)", method, v);
    }
    if (!warn(t, &exc_DeprecationWarning, 1,
              "%s returned non-int (type %T).  The ability to return an instance of a strict "
              "subclass of int is "
              "deprecated, and may be removed in a future version of Python.",
              method, v)) {
        return 0;
    }
    return int_to_exact(t, v);
}

static Value int_by_trunc(Thread *t, Value method)
{
    if (!warn(t, &exc_DeprecationWarning, 1,
              "The delegation of int() to __trunc__ is deprecated.")) {
        return 0;
    }
    Value v = call0(t, method);
    if (!v || value_is_int(v)) {
        return v ? int_to_exact(t, v) : 0;
    }
    if (!type_of(v)->index) {
        return type_error(t, "__trunc__ returned non-Integral (type %T)", v);
    }
    v = number_index(t, v);
    return v ? int_to_exact(t, v) : 0;
}

static Value int_from_bytes_literal(Thread *t, Value x, int base)
{
    Buffer view;
    if (!buffer_get_still(t, x, &view)) {
        return 0;
    }
    NumberText text;
    Value v = 0;
    if (number_text_init_bytes(t, &text, view.buf, (size_t)view.len)) {
        Value orig = value_is_bytes(x) ? x : bytes_new(t, view.buf, (size_t)view.len);
        v = orig ? int_from_literal(t, text.p, text.n, base, orig) : 0;
        number_text_free(&text);
    }
    buffer_release(t, &view);
    return v;
}

Value int_from_object(Thread *t, Value x)
{
    if (value_is_int_exact(x)) {
        return x;
    }
    Type *ty = type_of(x);
    if (ty->int_) {
        return checked_int(t, ty->int_(t, x), "__int__");
    }
    if (ty->index) {
        Value v = number_index(t, x);
        return v ? int_to_exact(t, v) : 0;
    }
    if (!value_is_str(x) && !value_is_bytes(x) && !value_is_bytearray(x)) {
        Value trunc = lookup_special(t, x, N(__trunc__));
        if (trunc || error_pending(t)) {
            return trunc ? int_by_trunc(t, trunc) : 0;
        }
    }
    if (value_is_str(x)) {
        return int_from_str_value(t, x, 10);
    }
    if (value_has_buffer(x)) {
        return int_from_bytes_literal(t, x, 10);
    }
    return type_error(
        t, "int() argument must be a string, a bytes-like object or a real number, not '%T'", x);
}

static Value int_with_base(Thread *t, Value x, Value base)
{
    ssize_t b;
    if (!x) {
        return type_error(t, "int() missing string argument");
    }
    if (!value_to_ssize(t, base, &b, NULL)) {
        return 0;
    }
    if ((b != 0 && b < 2) || b > 36) {
        return value_error(t, "int() base must be >= 2 and <= 36, or 0");
    }
    if (value_is_str(x)) {
        return int_from_str_value(t, x, (int)b);
    }
    if (value_is_bytes(x) || value_is_bytearray(x)) {
        return int_from_bytes_literal(t, x, (int)b);
    }
    return type_error(t, "int() can't convert non-string with explicit base");
}

/* An instance of a subclass with the value of v. */
static Value int_subclass_new(Thread *t, Type *type, Value v)
{
    IntView w;
    int_view(v, &w);
    BigInt *b = object_alloc_instance(t, type, w.n);
    if (!b) {
        return 0;
    }
    for (size_t i = 0; i < w.n; i++) {
        b->limbs[i] = w.p[i];
    }
    b->size = w.negative ? -(ssize_t)w.n : (ssize_t)w.n;
    return object_value(b);
}

Value int_new_slot(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("int(x=0, /, base=10)");
    Value v;
    if (n == 1 && !kwnames) {
        v = int_from_object(t, args[0]);
    } else if (n == 0 && !kwnames) {
        v = fixnum(0);
    } else {
        Value a[2];
        if (!args_bind(t, &sig, args, n, kwnames, a)) {
            return 0;
        }
        v = a[1] ? int_with_base(t, a[0], a[1]) : a[0] ? int_from_object(t, a[0]) : fixnum(0);
    }
    return !v || type == &int_type ? v : int_subclass_new(t, type, v);
}

/* ---- bytes ---- */

Value int_from_bytes(Thread *t, const uint8_t *p, size_t n, bool little, bool is_signed)
{
    bool negative = is_signed && n > 0 && (p[little ? n - 1 : 0] & 0x80);
    size_t limbs = n / 8 + 1;
    BigInt *b = big_new(t, limbs);
    if (!b) {
        return 0;
    }
    b->limbs[limbs - 1] = 0;
    if (little) {
        memcpy(b->limbs, p, n);
    } else {
        for (size_t i = 0; i < n / 8; i++) {
            memcpy(&b->limbs[i], p + n - (i + 1) * 8, 8);
            b->limbs[i] = __builtin_bswap64(b->limbs[i]);
        }
        for (size_t i = n & ~(size_t)7; i < n; i++) {
            b->limbs[i / 8] |= (uint64_t)p[n - 1 - i] << (i % 8 * 8);
        }
    }
    if (negative) {
        for (size_t i = n; i < limbs * 8; i++) {
            b->limbs[i / 8] |= (uint64_t)0xff << (i % 8 * 8);
        }
        mpn_neg((mp_limb_t *)b->limbs, (mp_limb_t *)b->limbs, (mp_size_t)limbs);
    }
    return int_finish(b, limbs, negative);
}

bool int_to_bytes(Thread *t, Value v, uint8_t *p, size_t n, bool little, bool is_signed)
{
    IntView w;
    int_view(v, &w);
    if (w.negative && !is_signed) {
        overflow_error(t, "can't convert negative int to unsigned");
        return false;
    }
    mp_limb_t borrow = 1;
    for (size_t i = 0; i < n; i += 8) {
        mp_limb_t limb = i / 8 < w.n ? w.p[i / 8] : 0;
        if (w.negative) {
            limb = ~limb + borrow;
            borrow = borrow && limb == 0;
        }
        for (size_t j = i; j < n && j < i + 8; j++, limb >>= 8) {
            p[little ? j : n - 1 - j] = (uint8_t)limb;
        }
    }
    size_t bits = int_bit_length(v);
    bool fits = bits <= n * 8;
    if (fits && is_signed && w.n) {
        bool top = n > 0 && (p[little ? n - 1 : 0] & 0x80);
        fits = top == w.negative && n > 0;
    }
    if (!fits) {
        overflow_error(t, "int too big to convert");
    }
    return fits;
}

/* 1 little, 0 big, -1 raised; order 0: big. */
static int byte_order(Thread *t, const char *function, Value order)
{
    if (!order) {
        return 0;
    }
    if (!value_is_str(order)) {
        type_error(t, "%s() argument 'byteorder' must be str, not %B", function, order);
        return -1;
    }
    if (str_eq_cstr(order, "little")) {
        return 1;
    }
    if (str_eq_cstr(order, "big")) {
        return 0;
    }
    value_error(t, "byteorder must be either 'little' or 'big'");
    return -1;
}

static Value int_to_bytes_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t len = 1;
    if (args[1] && !value_to_ssize(t, args[1], &len, &exc_OverflowError)) {
        return 0;
    }
    int little = byte_order(t, "to_bytes", args[2]);
    int is_signed = args[3] ? object_truth(t, args[3]) : 0;
    if (little < 0 || is_signed < 0) {
        return 0;
    }
    if (len < 0) {
        return value_error(t, "length argument must be non-negative");
    }
    Value r = bytes_new(t, NULL, (size_t)len);
    if (!r || !int_to_bytes(t, args[0], (uint8_t *)value_bytes(r)->data, (size_t)len, little,
                            is_signed)) {
        return 0;
    }
    return r;
}

/* Any source of bytes as a bytes object. */
static Value bytes_of(Thread *t, Value x)
{
    if (value_is_bytes(x)) {
        return x;
    }
    Value method = lookup_special(t, x, N(__bytes__));
    if (method) {
        Value b = call0(t, method);
        if (b && !value_is_bytes(b)) {
            return type_error(t, "__bytes__ returned non-bytes (type %T)", b);
        }
        return b;
    }
    if (error_pending(t)) {
        return 0;
    }
    if (value_is_str(x) || (type_of(x)->index && !value_has_buffer(x))) {
        return type_error(t, "cannot convert '%T' object to bytes", x);
    }
    return call1(t, object_value(&bytes_type), x);
}

static Value int_from_bytes_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int little = byte_order(t, "from_bytes", args[2]);
    int is_signed = args[3] ? object_truth(t, args[3]) : 0;
    Value b = little < 0 || is_signed < 0 ? 0 : bytes_of(t, args[1]);
    if (!b) {
        return 0;
    }
    Value v =
        int_from_bytes(t, (uint8_t *)value_bytes(b)->data, value_bytes(b)->len, little, is_signed);
    return !v || args[0] == object_value(&int_type) ? v : call1(t, args[0], v);
}

/* ---- other methods ---- */

static Value int_bit_length_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_uint64(t, int_bit_length(args[0]));
}

static Value int_bit_count_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    IntView w;
    int_view(args[0], &w);
    return int_from_uint64(t, w.n ? mpn_popcount(w.p, (mp_size_t)w.n) : 0);
}

static Value int_itself(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_to_exact(t, args[0]);
}

static Value int_ratio_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value v = int_to_exact(t, args[0]);
    return v ? tuple_pack(t, 2, v, fixnum(1)) : 0;
}

static Value int_getnewargs_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value v = int_to_exact(t, args[0]);
    return v ? tuple_pack(t, 1, v) : 0;
}

/* To a multiple of 10**digits, ties to the even multiple. */
static Value round_to_ten(Thread *t, Value v, Value digits)
{
    Value power = int_pow(t, fixnum(10), digits, 0), q, r;
    if (!power || !int_divmod(t, v, power, &q, &r)) {
        return 0;
    }
    Value twice = int_lshift(t, r, 1);
    if (!twice) {
        return 0;
    }
    int c = int_compare(twice, power);
    Value down = int_sub(t, v, r);
    if (!down) {
        return 0;
    }
    Value odd = int_bit_and(t, q, fixnum(1));
    return c > 0 || (c == 0 && odd == fixnum(1)) ? int_add(t, down, power) : down;
}

static Value int_round_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value v = int_to_exact(t, args[0]);
    if (!v || !args[1]) {
        return v;
    }
    Value nd = number_index(t, args[1]);
    if (!nd || int_sign(nd) >= 0) {
        return nd ? v : 0;
    }
    Value digits = int_neg(t, nd);
    int64_t d;
    if (!digits) {
        return 0;
    }
    if (!int_try_int64(digits, &d) || (uint64_t)d > int_bit_length(v) / 3 + 2) {
        return fixnum(0);
    }
    return round_to_ten(t, v, digits);
}

static Value int_format_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "__format__() argument must be str, not %B", args[1]);
    }
    return int_format(t, args[0], args[1]);
}

static Value int_sizeof_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    IntView w;
    int_view(args[0], &w);
    return int_from_uint64(t, sizeof(BigInt) + 8 * (w.n ? w.n : 1));
}

const NativeDef int_methods[] = {
    {"conjugate()", int_itself, "The number itself: its complex conjugate.", 0},
    {"bit_length()", int_bit_length_method,
     "Number of bits of the absolute value.\n\n>>> (10).bit_length()\n4", 0},
    {"bit_count()", int_bit_count_method,
     "Number of ones in the absolute value's binary form.\n\n>>> (10).bit_count()\n2", 0},
    {"to_bytes(length=1, byteorder='big', *, signed=False)", int_to_bytes_method,
     "The number as an array of bytes.\n\nOverflowError when it does not fit length bytes.", 0},
    {"from_bytes(bytes, byteorder='big', *, signed=False)", int_from_bytes_method,
     "The number that an array of bytes stands for.", NATIVE_CLASS},
    {"as_integer_ratio()", int_ratio_method,
     "The pair (self, 1).\n\n>>> (10).as_integer_ratio()\n(10, 1)", 0},
    {"__trunc__()", int_itself, "The number itself.", 0},
    {"__floor__()", int_itself, "The number itself.", 0},
    {"__ceil__()", int_itself, "The number itself.", 0},
    {"__round__(ndigits=<unrepresentable>, /)", int_round_method,
     "The number, or the nearest multiple of 10**-ndigits.", 0},
    {"__getnewargs__()", int_getnewargs_method, "Arguments for __new__ when unpickling.", 0},
    {"__format__(format_spec, /)", int_format_method,
     "The number as text by a format specification.", 0},
    {"__sizeof__()", int_sizeof_method, "Size in memory, in bytes.", 0},
    {0},
};

static Value get_real(Thread *t, Value self, void *closure UNUSED)
{
    return int_to_exact(t, self);
}

static Value get_constant(Thread *t UNUSED, Value self UNUSED, void *closure)
{
    return fixnum((int64_t)(intptr_t)closure);
}

const GetSetDef int_getset[] = {
    {"real", get_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_constant, NULL, "the imaginary part of a complex number", (void *)0},
    {"numerator", get_real, NULL, "the numerator of a rational number in lowest terms", NULL},
    {"denominator", get_constant, NULL, "the denominator of a rational number in lowest terms",
     (void *)1},
    {0},
};
