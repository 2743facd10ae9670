/* Conversions between Python values and bytes by the codes of simple types. */
#include <wchar.h>

#include "core/base/racy.h"
#include "core/capi/capi.h"
#include "modules/_ctypes/ctypes.h"

/* ---- integers ---- */

/* The low 64 bits, in two's complement, of any integer. */
static bool low_bits(Thread *t, Value v, uint64_t *out)
{
    int64_t i;
    v = value_is_int(v) ? v : number_index(t, v);
    if (!v) {
        return false;
    }
    if (int_try_int64(v, &i)) {
        *out = (uint64_t)i;
        return true;
    }
    BigInt *b = (BigInt *)value_object(v);
    *out = b->size < 0 ? -b->limbs[0] : b->size > 0 ? b->limbs[0] : 0;
    return true;
}

#define SAME(x) (x)
#define INT_CODE(name, ctype, utype, swap, from)                                              \
    static Value get_##name(Thread *t UNUSED, const void *p, size_t size UNUSED)              \
    {                                                                                         \
        utype u;                                                                              \
        racy_copy(&u, p, sizeof u);                                                           \
        return from(t, (ctype)swap(u));                                                       \
    }                                                                                         \
    static Value set_##name(Thread *t, void *p, Value v, size_t size UNUSED)                  \
    {                                                                                         \
        uint64_t bits;                                                                        \
        if (!low_bits(t, v, &bits)) {                                                         \
            return 0;                                                                         \
        }                                                                                     \
        utype u = swap((utype)bits);                                                          \
        racy_copy(p, &u, sizeof u);                                                           \
        return NONE;                                                                          \
    }
INT_CODE(b, int8_t, uint8_t, SAME, int_from_int64)
INT_CODE(B, uint8_t, uint8_t, SAME, int_from_int64)
INT_CODE(h, int16_t, uint16_t, SAME, int_from_int64)
INT_CODE(H, uint16_t, uint16_t, SAME, int_from_int64)
INT_CODE(i, int32_t, uint32_t, SAME, int_from_int64)
INT_CODE(I, uint32_t, uint32_t, SAME, int_from_int64)
INT_CODE(q, int64_t, uint64_t, SAME, int_from_int64)
INT_CODE(Q, uint64_t, uint64_t, SAME, int_from_uint64)
INT_CODE(h_swapped, int16_t, uint16_t, __builtin_bswap16, int_from_int64)
INT_CODE(H_swapped, uint16_t, uint16_t, __builtin_bswap16, int_from_int64)
INT_CODE(i_swapped, int32_t, uint32_t, __builtin_bswap32, int_from_int64)
INT_CODE(I_swapped, uint32_t, uint32_t, __builtin_bswap32, int_from_int64)
INT_CODE(q_swapped, int64_t, uint64_t, __builtin_bswap64, int_from_int64)
INT_CODE(Q_swapped, uint64_t, uint64_t, __builtin_bswap64, int_from_uint64)
#undef INT_CODE

/* Windows' VARIANT_BOOL */
static Value get_v(Thread *t UNUSED, const void *p, size_t size UNUSED)
{
    int16_t i;
    racy_copy(&i, p, sizeof i);
    return bool_value(i != 0);
}

static Value set_v(Thread *t, void *p, Value v, size_t size UNUSED)
{
    int truth = object_truth(t, v);
    int16_t i = truth ? -1 : 0;
    if (truth < 0) {
        return 0;
    }
    racy_copy(p, &i, sizeof i);
    return NONE;
}

static Value get_bool(Thread *t UNUSED, const void *p, size_t size UNUSED)
{
    return bool_value(*(const char *)p != 0);
}

static Value set_bool(Thread *t, void *p, Value v, size_t size UNUSED)
{
    int truth = object_truth(t, v);
    if (truth < 0) {
        return 0;
    }
    *(char *)p = (char)truth;
    return NONE;
}

/* ---- floats ---- */

#define FLOAT_CODE(name, ctype)                                                  \
    static Value get_##name(Thread *t, const void *p, size_t size UNUSED)        \
    {                                                                            \
        ctype x;                                                                 \
        racy_copy(&x, p, sizeof x);                                              \
        return float_new(t, (double)x);                                          \
    }                                                                            \
    static Value set_##name(Thread *t, void *p, Value v, size_t size UNUSED)     \
    {                                                                            \
        double d;                                                                \
        if (!value_to_double(t, v, &d)) {                                        \
            return 0;                                                            \
        }                                                                        \
        ctype x = (ctype)d;                                                      \
        racy_copy(p, &x, sizeof x);                                              \
        return NONE;                                                             \
    }
#define SWAPPED_FLOAT_CODE(name, utype, swap)                                    \
    static Value get_##name##_swapped(Thread *t, const void *p, size_t size)     \
    {                                                                            \
        utype u;                                                                 \
        racy_copy(&u, p, sizeof u);                                              \
        u = swap(u);                                                             \
        return get_##name(t, &u, size);                                          \
    }                                                                            \
    static Value set_##name##_swapped(Thread *t, void *p, Value v, size_t size)  \
    {                                                                            \
        utype u;                                                                 \
        if (!set_##name(t, &u, v, size)) {                                       \
            return 0;                                                            \
        }                                                                        \
        u = swap(u);                                                             \
        racy_copy(p, &u, sizeof u);                                              \
        return NONE;                                                             \
    }
FLOAT_CODE(f, float)
FLOAT_CODE(d, double)
FLOAT_CODE(g, long double)
SWAPPED_FLOAT_CODE(f, uint32_t, __builtin_bswap32)
SWAPPED_FLOAT_CODE(d, uint64_t, __builtin_bswap64)
#undef FLOAT_CODE
#undef SWAPPED_FLOAT_CODE

/* ---- characters and arrays of them ---- */

static Value get_c(Thread *t, const void *p, size_t size UNUSED)
{
    char c;
    racy_copy(&c, p, 1);
    return bytes_new(t, &c, 1);
}

static Value set_c(Thread *t, void *p, Value v, size_t size UNUSED)
{
    uint64_t bits;
    if (value_is_bytes(v) && value_bytes(v)->len == 1) {
        *(char *)p = value_bytes(v)->data[0];
        return NONE;
    }
    if (value_is_bytearray(v)) {
        Buffer view;
        if (!buffer_get(t, v, &view, BUFFER_SIMPLE)) {
            return 0;
        }
        bool one = view.len == 1;
        if (one) {
            racy_copy(p, view.buf, 1);
        }
        buffer_release(t, &view);
        if (one) {
            return NONE;
        }
    }
    if (value_is_int(v)) {
        int64_t i;
        if (int_try_int64(v, &i) && i >= 0 && i < 256 && low_bits(t, v, &bits)) {
            store_relaxed((char *)p, (char)bits);
            return NONE;
        }
    }
    return type_error(t, "one character bytes, bytearray or integer expected");
}

static Value wide_text(Thread *t, const wchar_t *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((uint32_t)w[i] > 0x10ffff) {
            return value_error(t, "character U+%x is not in range [U+0000; U+10ffff]",
                               (unsigned)w[i]);
        }
    }
    return str_from_ucs4(t, (const uint32_t *)w, n);
}

static Value get_u(Thread *t, const void *p, size_t size UNUSED)
{
    wchar_t w;
    racy_copy(&w, p, sizeof w);
    return wide_text(t, &w, 1);
}

static Value set_u(Thread *t, void *p, Value v, size_t size UNUSED)
{
    if (!value_is_str(v)) {
        return type_error(t, "unicode string expected instead of %T instance", v);
    }
    if (str_len(v) != 1) {
        return type_error(t, "one character unicode string expected");
    }
    wchar_t w = (wchar_t)str_get(value_str(v), 0);
    racy_copy(p, &w, sizeof w);
    return NONE;
}

static Value get_s(Thread *t, const void *p, size_t size)
{
    Value b = cdata_bytes(t, p, size);
    return b ? bytes_shorten(t, b, strnlen(value_bytes(b)->data, size)) : 0;
}

static Value set_s(Thread *t, void *p, Value v, size_t size)
{
    if (!value_is_bytes(v)) {
        return type_error(t, "expected bytes, %T found", v);
    }
    size_t n = strlen(value_bytes(v)->data); /* what follows a NUL is left out */
    if (n > size) {
        return value_error(t, "bytes too long (%zd, maximum length %zd)", (ssize_t)n,
                           (ssize_t)size);
    }
    racy_copy(p, value_bytes(v)->data, n < size ? n + 1 : n);
    return NONE;
}

static Value get_U(Thread *t, const void *p, size_t size)
{
    size_t n = 0, max = size / sizeof(wchar_t);
    const wchar_t *w = p;
    while (n < max && w[n]) {
        n++;
    }
    return wide_text(t, w, n);
}

static Value set_U(Thread *t, void *p, Value v, size_t size)
{
    if (!value_is_str(v)) {
        return type_error(t, "unicode string expected instead of %T instance", v);
    }
    size_t n = str_len(v), max = size / sizeof(wchar_t);
    if (n > max) {
        return value_error(t, "string too long (%zd, maximum length %zd)", (ssize_t)n,
                           (ssize_t)max);
    }
    wchar_t *w = p;
    for (size_t i = 0; i < n; i++) {
        w[i] = (wchar_t)str_get(value_str(v), i);
    }
    if (n < max) {
        w[n] = 0;
    }
    return NONE;
}

/* ---- addresses ---- */

/* What a thread finds at an address that it has read here, the writer had put there before. */
static const void *load_address(const void *p)
{
    const void *address;
    if ((uintptr_t)p % sizeof address == 0) {
        return __atomic_load_n((const void *const *)p, __ATOMIC_ACQUIRE);
    }
    racy_copy(&address, p, sizeof address);
    return address;
}

static void store_address(void *p, const void *address)
{
    if ((uintptr_t)p % sizeof address == 0) {
        __atomic_store_n((const void **)p, address, __ATOMIC_RELEASE);
    } else {
        racy_copy(p, &address, sizeof address);
    }
}

static Value get_z(Thread *t, const void *p, size_t size UNUSED)
{
    const char *s = load_address(p);
    return s ? bytes_new(t, s, strlen(s)) : NONE;
}

static Value set_address(Thread *t, void *p, Value v)
{
    uint64_t bits;
    if (!low_bits(t, v, &bits)) {
        return 0;
    }
    racy_copy(p, &bits, sizeof bits);
    return NONE;
}

static Value set_z(Thread *t, void *p, Value v, size_t size UNUSED)
{
    const char *s = NULL;
    if (value_is_int(v)) {
        return set_address(t, p, v);
    }
    if (value_is_bytes(v)) {
        s = value_bytes(v)->data;
    } else if (!is_none(v)) {
        return type_error(t, "bytes or integer address expected instead of %T instance", v);
    }
    store_address(p, s);
    return v;
}

static Value get_Z(Thread *t, const void *p, size_t size UNUSED)
{
    const wchar_t *w;
    racy_copy(&w, p, sizeof w);
    return w ? wide_text(t, w, wcslen(w)) : NONE;
}

wchar_t *wide_copy(Thread *t, Value s)
{
    size_t n = str_len(s);
    RawBuffer *b = raw_buffer_new(t, (n + 1) * sizeof(wchar_t));
    wchar_t *w = b ? (wchar_t *)b->data : NULL;
    for (size_t i = 0; b && i < n; i++) {
        w[i] = (wchar_t)str_get(value_str(s), i);
    }
    if (b) {
        w[n] = 0;
    }
    return w;
}

static Value set_Z(Thread *t, void *p, Value v, size_t size UNUSED)
{
    wchar_t *w = NULL;
    if (value_is_int(v)) {
        return set_address(t, p, v);
    }
    if (!is_none(v)) {
        if (!value_is_str(v)) {
            return type_error(t,
                              "unicode string or integer address expected instead of %T instance",
                              v);
        }
        w = wide_copy(t, v);
        if (!w) {
            return 0;
        }
    }
    racy_copy(p, &w, sizeof w);
    return w ? object_value((char *)w - offsetof(RawBuffer, data)) : NONE;
}

static Value get_P(Thread *t, const void *p, size_t size UNUSED)
{
    uint64_t u;
    racy_copy(&u, p, sizeof u);
    return u ? int_from_uint64(t, u) : NONE;
}

static Value set_P(Thread *t, void *p, Value v, size_t size UNUSED)
{
    if (is_none(v)) {
        memset(p, 0, sizeof(void *));
        return NONE;
    }
    if (!value_is_int(v)) {
        return type_error(t, "cannot be converted to pointer");
    }
    return set_address(t, p, v);
}

/* ---- objects ---- */

typedef struct ObjectKeeper { /* keeps the box of a number that C refers to */
    Object head;
    Object *box;
} ObjectKeeper;

static void keeper_trace(Object *o, Tracer *tr) { trace_object(tr, ((ObjectKeeper *)o)->box); }

Type object_keeper_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ctypes.ObjectKeeper",
    .size = sizeof(ObjectKeeper),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = keeper_trace,
    .getattr = generic_getattr,
};

/* A pointer for v as C sees objects; what is to be kept alive for it in *keep.  NULL: raised. */
static PyObject *object_for_c(Thread *t, Value v, Value *keep)
{
    PyObject *p = value_lend(t, v);
    *keep = v;
    if (p && !value_is_object(v)) {
        ObjectKeeper *k = object_alloc(t, &object_keeper_type, sizeof *k);
        if (!k) {
            return NULL;
        }
        GC_STORE_PTR(k, &k->box, (Object *)p);
        *keep = object_value(k);
    }
    return p;
}

static Value get_O(Thread *t, const void *p, size_t size UNUSED)
{
    PyObject *o;
    racy_copy(&o, p, sizeof o);
    return o ? value_in(o) : value_error(t, "PyObject is NULL");
}

static Value set_O(Thread *t, void *p, Value v, size_t size UNUSED)
{
    Value keep;
    PyObject *o = object_for_c(t, v, &keep);
    if (!o) {
        return 0;
    }
    racy_copy(p, &o, sizeof o);
    return keep;
}

/* ---- the table ---- */

static const CCode codes[] = {
    {'c', 'c', &ffi_type_schar, get_c, set_c, NULL, NULL},
    {'b', 'b', &ffi_type_schar, get_b, set_b, NULL, NULL},
    {'B', 'B', &ffi_type_uchar, get_B, set_B, NULL, NULL},
    {'h', 'h', &ffi_type_sshort, get_h, set_h, get_h_swapped, set_h_swapped},
    {'H', 'H', &ffi_type_ushort, get_H, set_H, get_H_swapped, set_H_swapped},
    {'i', 'i', &ffi_type_sint, get_i, set_i, get_i_swapped, set_i_swapped},
    {'I', 'I', &ffi_type_uint, get_I, set_I, get_I_swapped, set_I_swapped},
    {'l', 'q', &ffi_type_slong, get_q, set_q, get_q_swapped, set_q_swapped},
    {'L', 'Q', &ffi_type_ulong, get_Q, set_Q, get_Q_swapped, set_Q_swapped},
    {'q', 'q', &ffi_type_sint64, get_q, set_q, get_q_swapped, set_q_swapped},
    {'Q', 'Q', &ffi_type_uint64, get_Q, set_Q, get_Q_swapped, set_Q_swapped},
    {'f', 'f', &ffi_type_float, get_f, set_f, get_f_swapped, set_f_swapped},
    {'d', 'd', &ffi_type_double, get_d, set_d, get_d_swapped, set_d_swapped},
    {'g', 'g', &ffi_type_longdouble, get_g, set_g, NULL, NULL},
    {'?', '?', &ffi_type_uchar, get_bool, set_bool, NULL, NULL},
    {'v', 'v', &ffi_type_sshort, get_v, set_v, NULL, NULL},
    {'u', 'u', &ffi_type_sint32, get_u, set_u, NULL, NULL},
    {'z', 'z', &ffi_type_pointer, get_z, set_z, NULL, NULL},
    {'Z', 'Z', &ffi_type_pointer, get_Z, set_Z, NULL, NULL},
    {'P', 'P', &ffi_type_pointer, get_P, set_P, NULL, NULL},
    {'O', 'O', &ffi_type_pointer, get_O, set_O, NULL, NULL},
    /* of fields that are arrays of characters */
    {'s', 's', &ffi_type_pointer, get_s, set_s, NULL, NULL},
    {'U', 'U', &ffi_type_pointer, get_U, set_U, NULL, NULL},
};

const CCode *code_find(char code)
{
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (codes[i].code == code) {
            return &codes[i];
        }
    }
    return NULL;
}
