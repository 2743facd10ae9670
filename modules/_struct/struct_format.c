/* Parsing struct formats and converting single values. */
#include <math.h>

#include "core/base/memory.h"
#include "core/object/bytes_internal.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "modules/_struct/struct_format.h"

Value struct_error_type;

static COLD bool fail(Thread *t, const char *message)
{
    raise(t, value_type(struct_error_type), "%s", message);
    return false;
}

/* ---- formats ---- */

/* Size of one unit, 0: no such code; *align gets the native alignment. */
static size_t unit_size(char code, bool native, size_t *align)
{
    size_t n = 0;
    switch (code) {
    case 'x': case 'b': case 'B': case 'c': case 's': case 'p': case '?':
        *align = 1;
        return 1;
    case 'h': case 'H': case 'e':
        n = 2;
        break;
    case 'i': case 'I': case 'f':
        n = 4;
        break;
    case 'l': case 'L':
        n = native ? 8 : 4;
        break;
    case 'q': case 'Q': case 'd':
        n = 8;
        break;
    case 'n': case 'N': case 'P':
        n = native ? 8 : 0;
        break;
    default:
        break;
    }
    *align = native ? n : 1;
    return n;
}

typedef struct FormatReader {
    const char *p, *end;
    bool native, big;
} FormatReader;

static void read_order(FormatReader *r)
{
    r->native = true;
    r->big = false;
    if (r->p < r->end && *r->p && strchr("@=<>!", *r->p)) {
        r->native = *r->p == '@';
        r->big = *r->p == '>' || *r->p == '!';
        r->p++;
    }
}

/* Next repeat count and code; 1, 0 at the end, -1 raised. */
static int read_code(Thread *t, FormatReader *r, char *code, size_t *count)
{
    while (r->p < r->end && (*r->p == ' ' || (*r->p >= 9 && *r->p <= 13))) {
        r->p++;
    }
    if (r->p == r->end) {
        return 0;
    }
    *count = 1;
    if (*r->p >= '0' && *r->p <= '9') {
        size_t n = 0;
        while (r->p < r->end && *r->p >= '0' && *r->p <= '9') {
            size_t digit = (size_t)(*r->p++ - '0');
            if (n > (PTRDIFF_MAX - digit) / 10) {
                fail(t, "total struct size too long");
                return -1;
            }
            n = n * 10 + digit;
        }
        if (r->p == r->end) {
            fail(t, "repeat count given without format specifier");
            return -1;
        }
        *count = n;
    }
    *code = *r->p++;
    return 1;
}

static bool add_size(Thread *t, size_t *size, size_t unit, size_t count)
{
    if (unit && count > (PTRDIFF_MAX - *size) / unit) {
        return fail(t, "total struct size too long");
    }
    *size += unit * count;
    return true;
}

static bool add_item(Thread *t, StructFormat *f, size_t *cap, const StructItem *item)
{
    if (f->n_items == *cap) {
        *cap = *cap ? 2 * *cap : 8;
        StructItem *items = mem_realloc(f->items, *cap * sizeof *items);
        if (!items) {
            raise_memory(t);
            return false;
        }
        f->items = items;
    }
    f->items[f->n_items++] = *item;
    return true;
}

bool struct_format_parse(Thread *t, const char *fmt, size_t n, StructFormat *f)
{
    FormatReader r = {fmt, fmt + n, false, false};
    size_t cap = 0, count, align;
    char code;
    int more;
    *f = (StructFormat){0};
    read_order(&r);
    while ((more = read_code(t, &r, &code, &count)) > 0) {
        size_t unit = unit_size(code, r.native, &align);
        if (!unit) {
            more = -1;
            fail(t, code ? "bad char in struct format" : "embedded null character");
            break;
        }
        size_t pad = align ? (align - f->size % align) % align : 0;
        bool ok = add_size(t, &f->size, pad, 1);
        StructItem item = {code, r.native, r.big, f->size, unit, count};
        ok = ok && add_size(t, &f->size, unit, count);
        if (code == 's' || code == 'p') {
            item.size = count;
            item.repeat = 1;
        }
        if (ok && code != 'x' && item.repeat) {
            f->n_values += item.repeat;
            ok = add_item(t, f, &cap, &item);
        }
        if (!ok) {
            more = -1;
            break;
        }
    }
    if (more < 0) {
        mem_free(f->items);
        f->items = NULL;
        return false;
    }
    return true;
}

/* ---- numbers to bytes ---- */

/* size: 1, 2, 4 or 8 */
static inline void store_bytes(unsigned char *p, uint64_t v, size_t size, bool big)
{
    v = big ? htobe64(v << (64 - 8 * size)) : htole64(v);
    switch (size) {
    case 1: memcpy(p, &v, 1); break;
    case 2: memcpy(p, &v, 2); break;
    case 4: memcpy(p, &v, 4); break;
    default: memcpy(p, &v, 8); break;
    }
}

static inline uint64_t load_bytes(const unsigned char *p, size_t size, bool big)
{
    uint64_t eight;
    uint32_t four;
    uint16_t two;
    switch (size) {
    case 1: return *p;
    case 2: memcpy(&two, p, 2); return big ? be16toh(two) : le16toh(two);
    case 4: memcpy(&four, p, 4); return big ? be32toh(four) : le32toh(four);
    default: memcpy(&eight, p, 8); return big ? be64toh(eight) : le64toh(eight);
    }
}

/* The words depend on the order of bytes, too: what is in the machine's own goes another way in the
 * reference.  by_index: v is what an __index__ gave. */
static COLD bool out_of_range(Thread *t, const StructItem *item, Value v, bool by_index)
{
    static const struct { char code; const char *native; } limits[] = {
        {'b', "byte format requires -128 <= number <= 127"},
        {'B', "ubyte format requires 0 <= number <= 255"},
        {'h', "short format requires -32768 <= number <= 32767"},
        {'H', "ushort format requires 0 <= number <= 65535"},
    };
    const bool is_unsigned = item->code < 'a';
    if (item->size == 8) {
        bool pointer = item->code == 'P', other_way = item->big || pointer;
        if (!other_way || !by_index) {
            return fail(t, other_way ? "int too large to convert" : "argument out of range");
        }
        bool negative = int_sign(v) < 0;
        overflow_error(t, "%s", pointer && negative ? "Python int too large to convert to C long"
                       : pointer ? "Python int too large to convert to C unsigned long"
                       : negative && is_unsigned ? "can't convert negative int to unsigned"
                                                 : "int too big to convert");
        return false;
    }
    const bool named = item->size == 1 || (item->size == 2 && !item->big);
    int64_t i;
    bool fits_word = is_unsigned && !named ? int_sign(v) >= 0 && int_bit_length(v) <= 64
                                           : int_try_int64(v, &i);
    if (!fits_word) {
        return fail(t, "argument out of range");
    }
    for (size_t k = 0; named && k < ARRAY_SIZE(limits); k++) {
        if (limits[k].code == item->code) {
            return fail(t, limits[k].native);
        }
    }
    const int bits = (int)item->size * 8 - !is_unsigned;
    raise(t, value_type(struct_error_type), "'%c' format requires %lld <= number <= %lld",
          (int)item->code, is_unsigned ? 0LL : -(1LL << bits), (1LL << bits) - 1);
    return false;
}

static bool pack_int(Thread *t, const StructItem *item, Value v, unsigned char *p)
{
    bool by_index = !value_is_int(v);
    if (by_index) {
        if (!type_of(v)->index) {
            return fail(t, "required argument is not an integer");
        }
        v = number_index(t, v);
        if (!v) {
            return false;
        }
    }
    bool is_unsigned = item->code < 'a'; /* BHILQNP */
    int64_t i;
    uint64_t u;
    if (int_try_int64(v, &i)) {
        u = (uint64_t)i;
    } else if (is_unsigned && int_sign(v) > 0 && int_bit_length(v) <= 64) {
        u = 0;
        if (!int_to_bytes(t, v, (uint8_t *)&u, 8, true, false)) {
            return false;
        }
        i = INT64_MAX;                               /* only a 64-bit code takes it */
        if (item->size < 8) {
            return out_of_range(t, item, v, by_index);
        }
        store_bytes(p, u, 8, item->big);
        return true;
    } else {
        return out_of_range(t, item, v, by_index);
    }
    unsigned bits = (unsigned)item->size * 8;
    bool fits = is_unsigned ? (item->code == 'P' || i >= 0) && (bits == 64 || u >> bits == 0)
                            : bits == 64 || (i >= -((int64_t)1 << (bits - 1)) &&
                                             i < (int64_t)1 << (bits - 1));
    if (!fits) {
        return out_of_range(t, item, v, by_index);
    }
    store_bytes(p, u, item->size, item->big);
    return true;
}

static COLD bool float_too_large(Thread *t, const StructItem *item, Value v)
{
    if (value_is_int(v)) {
        return fail(t, "int too large to convert");
    }
    overflow_error(t, "float too large to pack with %c format", (int)item->code);
    return false;
}

static bool pack_float(Thread *t, const StructItem *item, Value v, unsigned char *p)
{
    double d;
    if (!value_to_double(t, v, &d)) {
        error_clear(t);
        return fail(t, "required argument is not a float");
    }
    uint64_t bits = 0;
    if (item->code == 'd') {
        memcpy(&bits, &d, 8);
    } else if (item->code == 'f') {
        float f = (float)d;
        if (isinf(f) && !isinf(d) && !item->native) {
            return float_too_large(t, item, v);
        }
        memcpy(&bits, &f, 4);
    } else {
        uint16_t h;
        if (!half_from_double(d, &h)) {
            return float_too_large(t, item, v);
        }
        bits = h;
    }
    store_bytes(p, bits, item->size, item->big);
    return true;
}

static bool pack_text(Thread *t, const StructItem *item, Value v, unsigned char *p)
{
    const char *data;
    size_t n;
    if (value_is_bytes(v) || value_is_bytearray(v)) {
        Span s = bytes_span(v);
        data = (const char *)s.p;
        n = s.n;
    } else {
        return fail(t, item->code == 's' ? "argument for 's' must be a bytes object"
                                         : "argument for 'p' must be a bytes object");
    }
    memset(p, 0, item->size);
    if (item->code == 's') {
        memcpy(p, data, n < item->size ? n : item->size);
    } else if (item->size > 0) {
        n = n < item->size - 1 ? n : item->size - 1;
        memcpy(p + 1, data, n);
        p[0] = (unsigned char)(n < 255 ? n : 255);
    }
    return true;
}

static bool pack_item(Thread *t, const StructItem *item, Value v, unsigned char *p)
{
    switch (item->code) {
    case 's': case 'p':
        return pack_text(t, item, v, p);
    case 'c':
        if (!value_is_bytes(v) || value_bytes(v)->len != 1) {
            return fail(t, "char format requires a bytes object of length 1");
        }
        *p = (unsigned char)value_bytes(v)->data[0];
        return true;
    case '?': {
        int truth = object_truth(t, v);
        *p = truth > 0;
        return truth >= 0;
    }
    case 'e': case 'f': case 'd':
        return pack_float(t, item, v, p);
    default:
        return pack_int(t, item, v, p);
    }
}

bool struct_pack_run(Thread *t, const StructItem *item, const Value *v, unsigned char *p)
{
    const unsigned bits = (unsigned)item->size * 8;
    int64_t low = 0, high = -1; /* of small ints that are no more than stored; none */
    switch (item->code) {
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n':
        high = INT64_MAX >> (64 - bits);
        low = -high - 1;
        break;
    case 'B': case 'H': case 'I': case 'L': case 'Q': case 'N':
        high = bits == 64 ? INT64_MAX : ((int64_t)1 << bits) - 1;
        break;
    default:
        break;
    }
    for (size_t k = 0; k < item->repeat; k++, p += item->size) {
        const int64_t i = value_is_fixnum(v[k]) ? fixnum_get(v[k]) : INT64_MIN;
        if (i > INT64_MIN && i >= low && i <= high) {
            store_bytes(p, (uint64_t)i, item->size, item->big);
        } else if (!pack_item(t, item, v[k], p)) {
            return false;
        }
    }
    return true;
}

/* ---- bytes to values ---- */

Value struct_unpack_item(Thread *t, const StructItem *item, const unsigned char *p)
{
    switch (item->code) {
    case 's':
        return bytes_new(t, p, item->size);
    case 'p': {
        size_t n = item->size ? p[0] : 0;
        n = item->size && n > item->size - 1 ? item->size - 1 : n;
        return bytes_new(t, item->size ? p + 1 : p, n);
    }
    case 'c':
        return bytes_new(t, p, 1);
    case '?':
        return bool_value(*p != 0);
    default:
        break;
    }
    uint64_t u = load_bytes(p, item->size, item->big);
    switch (item->code) {
    case 'd': {
        double d;
        memcpy(&d, &u, 8);
        return float_new(t, d);
    }
    case 'f': {
        uint32_t low = (uint32_t)u;
        float f;
        memcpy(&f, &low, 4);
        return float_new(t, (double)f);
    }
    case 'e':
        return float_new(t, half_to_double((uint16_t)u));
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n': {
        unsigned shift = 64 - 8 * (unsigned)item->size;
        return int_from_int64(t, (int64_t)(u << shift) >> shift);
    }
    default:
        return int_from_uint64(t, u);
    }
}
