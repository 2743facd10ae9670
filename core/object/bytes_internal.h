/* What the bytes*.c and bytearray*.c files share.  "Like" is the object whose type (bytes or
 * bytearray) decides the type of a result. */
#ifndef CORE_OBJECT_BYTES_INTERNAL_H
#define CORE_OBJECT_BYTES_INTERNAL_H

#include "core/object/buffer.h"
#include "core/object/codec.h"
#include "core/object/lock.h"
#include "core/object/native.h"

/* A run of bytes; stays valid while the Span is on the C stack (the pointer keeps its heap block
 * alive). */
typedef struct Span {
    const uint8_t *p;
    size_t n;
} Span;

/* An argument that may be any object with a buffer, or one byte given as an int. */
typedef struct ByteArg {
    const uint8_t *p;
    size_t n;
    Buffer view;
    uint8_t one;
} ByteArg;

static inline ByteArray *value_bytearray(Value v)
{
    assert(value_is_bytearray(v));
    return (ByteArray *)value_object(v);
}
/* Where they are: the caller has the lock, or nobody else has the array. */
static inline Span bytearray_span(const ByteArray *a)
{
    return a->buf ? (Span){(uint8_t *)a->buf->data + a->start, a->len}
                  : (Span){(const uint8_t *)"", 0};
}
/* Those of a bytearray that other threads may change, at one moment. */
Span bytearray_span_copied(ByteArray *a);
/* Of a bytes or bytearray; of a bytearray that other threads may change, a copy: for methods that
 * rely on what they saw of it, or call code of Python meanwhile. */
static inline Span bytes_span(Value v)
{
    if (value_is_bytes(v)) {
        return (Span){(uint8_t *)value_bytes(v)->data, value_bytes(v)->len};
    }
    return many_threads() ? bytearray_span_copied(value_bytearray(v))
                          : bytearray_span(value_bytearray(v));
}
/* The memory of a new, non-empty object that no other thread can see yet, for its maker to fill in.
 */
static inline uint8_t *bytes_fill(Value v)
{
    if (value_is_bytes(v)) {
        return (uint8_t *)value_bytes(v)->data;
    }
    ByteArray *a = value_bytearray(v);
    return a->buf ? (uint8_t *)a->buf->data + a->start : NULL;
}

/* The bytes of a bytes or bytearray where they are, without a lock, for who reads them between two
 * polls and calls no code of Python meanwhile:
 *      BytesLook look = {0};
 *      do {
 *          bytes_look(&look, v);
 *          result = what look.s says;
 *      } while (!bytes_look_held(&look));
 * Until bytes_look_held has said so, no two looks at one of the bytes need agree. */
typedef struct BytesLook {
    Span s;
    ByteArray *array;       /* may change; NULL: what s shows does not */
    const RawBuffer *buf;
    uint64_t changes;
} BytesLook;
void bytearray_look(BytesLook *look, ByteArray *a);
bool bytearray_look_held(BytesLook *look);
static inline void bytes_look(BytesLook *look, Value v)
{
    if (LIKELY(value_is_bytes(v))) {
        look->s = (Span){(uint8_t *)value_bytes(v)->data, value_bytes(v)->len};
    } else if (LIKELY(!world_is_shared())) {
        look->array = NULL;
        look->s = bytearray_span(value_bytearray(v));
    } else {
        bytearray_look(look, value_bytearray(v));
    }
}
static inline bool bytes_look_held(BytesLook *look)
{
    return LIKELY(look->array == NULL) || bytearray_look_held(look);
}
/* "a bytes-like object is required, not 'X'"; what other threads may change is copied, as above. */
NODISCARD bool byte_arg(Thread *t, Value v, ByteArg *out);
NODISCARD bool byte_or_int_arg(Thread *t, Value v, ByteArg *out); /* for find, count, in */
void byte_arg_release(Thread *t, ByteArg *a);
/* 0..255, else ValueError message */
NODISCARD bool byte_value(Thread *t, Value v, int *out, const char *message);
/* The caller writes all n bytes with bytes_fill. */
Value bytearray_new_unset(Thread *t, size_t n);
/* p: NULL, the same. */
static inline Value bytes_make(Thread *t, Value like, const void *p, size_t n)
{
    if (LIKELY(value_is_bytes(like))) {
        return p == NULL ? bytes_new_unset(t, n) : bytes_new(t, p, n);
    }
    return p == NULL ? bytearray_new_unset(t, n) : bytearray_new(t, p, n);
}
Value bytes_whole(Thread *t, Value self);   /* self when exact bytes, else a copy of self's kind */

int64_t bytes_hash(Thread *t, Value v);
Value bytes_repr(Thread *t, Value v);
Value bytes_str(Thread *t, Value v);
/* repr() of the bytes; flags: ESCAPE_SINGLE (escape.h) or 0. */
Value bytes_escaped(Thread *t, Span s, unsigned flags);
Value bytes_compare_spans(Span a, Span b, CompareOp op);
Value bytes_repeat(Thread *t, Value like, Value count);
Value bytes_slice(Thread *t, Value self, Value slice);
int bytes_contains(Thread *t, Value self, Value item);
Value bytes_concat_slot(Thread *t, Value a, Value b);
Value bytes_mod_slot(Thread *t, Value a, Value b);
/* A list or tuple of ints from 0 to 255, as bytes.  0: it is something else, or raised. */
Value bytes_of_small_ints(Thread *t, Value source);
/* Appends what bytes(source) would hold to a builder: from an int, buffer or iterable. */
NODISCARD bool bytes_collect(Thread *t, Value source, ByteBuilder *out, const char *what);
/* v: source, encoding, errors of `class`; see bytes_type.c */
NODISCARD bool bytes_encode_source(Thread *t, const char *class, const Value *v, Value *out);
Value bytes_iter(Thread *t, Value self);
static inline Value byte_at(Span s, ssize_t i)
{
    size_t at = (size_t)(i < 0 ? i + (ssize_t)s.n : i);
    return at < s.n ? fixnum(load_relaxed(s.p + at)) : 0;
}
Value bytearray_get_shared(Thread *t, ByteArray *a, ssize_t i);
/* A byte of a bytearray as an int, 0: there are not so many (nothing is raised).  i < 0: from the
 * end. */
static inline Value bytearray_get(Thread *t, Value v, ssize_t i)
{
    ByteArray *a = value_bytearray(v);
    return LIKELY(!world_is_shared()) ? byte_at(bytearray_span(a), i)
                                      : bytearray_get_shared(t, a, i);
}
Value bytearray_iter(Thread *t, Value self);
extern Type bytes_iter_type, bytearray_iter_type;
NODISCARD bool bytearray_init(Thread *t, Value self, Value *args, size_t n, Value kwnames);

/* shared methods: NativeFns for both types */
#define BYTES_SHARED_METHODS(X)                                                                    \
    X(capitalize) X(center) X(count) X(decode) X(endswith) X(expandtabs) X(find) X(fromhex)        \
    X(hex) X(index) X(isalnum) X(isalpha) X(isascii) X(isdigit) X(islower) X(isspace) X(istitle)   \
    X(isupper) X(join) X(ljust) X(lower) X(lstrip) X(maketrans) X(partition) X(removeprefix)       \
    X(removesuffix) X(replace) X(rfind) X(rindex) X(rjust) X(rpartition) X(rsplit) X(rstrip)       \
    X(split) X(splitlines) X(startswith) X(strip) X(swapcase) X(title) X(translate) X(upper)       \
    X(zfill)
#define DECLARE(name) Value bytes_##name##_method(Thread *t, Value *args, size_t n, Value kw);
BYTES_SHARED_METHODS(DECLARE)
#undef DECLARE

#define BYTES_METHOD_TABLE                                                                     \
    {"capitalize()", bytes_capitalize_method, "Return a copy with the first byte upper-cased and the rest lower-cased.", 0}, \
    {"center(width, fillchar=b' ', /)", bytes_center_method, "Return a centered copy of length width.", 0}, \
    {"count(sub, start=None, end=None, /)", bytes_count_method, "Count non-overlapping occurrences of sub in [start:end].", NATIVE_TUPLE}, \
    {"decode(encoding='utf-8', errors='strict')", bytes_decode_method, "Decode the bytes with the codec registered for encoding.", 0}, \
    {"endswith(suffix, start=None, end=None, /)", bytes_endswith_method, "True if the bytes end with the suffix, or one of a tuple.", NATIVE_TUPLE}, \
    {"expandtabs(tabsize=8)", bytes_expandtabs_method, "Return a copy with tabs expanded to spaces.", 0}, \
    {"find(sub, start=None, end=None, /)", bytes_find_method, "Lowest index of sub in [start:end], or -1.", NATIVE_TUPLE}, \
    {"fromhex(string, /)", bytes_fromhex_method, "Make bytes from hexadecimal digits; spaces are skipped.", NATIVE_CLASS}, \
    {"hex(sep=None, bytes_per_sep=1)", bytes_hex_method,                                       \
     "Return hexadecimal digits, with sep between groups.\n\n>>> b'ab'.hex('-')\n'61-62'", 0}, \
    {"index(sub, start=None, end=None, /)", bytes_index_method, "Like find(), but raise ValueError when sub is absent.", NATIVE_TUPLE}, \
    {"isalnum()", bytes_isalnum_method, "True if all bytes are ASCII letters or digits and there is at least one.", 0}, \
    {"isalpha()", bytes_isalpha_method, "True if all bytes are ASCII letters and there is at least one.", 0}, \
    {"isascii()", bytes_isascii_method, "True if all bytes are ASCII.", 0},                    \
    {"isdigit()", bytes_isdigit_method, "True if all bytes are ASCII digits and there is at least one.", 0}, \
    {"islower()", bytes_islower_method, "True if all ASCII letters are lowercase and there is at least one.", 0}, \
    {"isspace()", bytes_isspace_method, "True if all bytes are ASCII whitespace and there is at least one.", 0}, \
    {"istitle()", bytes_istitle_method, "True if the bytes are title-cased.", 0},              \
    {"isupper()", bytes_isupper_method, "True if all ASCII letters are uppercase and there is at least one.", 0}, \
    {"join(iterable_of_bytes, /)", bytes_join_method, "Concatenate any number of bytes objects, with this one between.", 0}, \
    {"ljust(width, fillchar=b' ', /)", bytes_ljust_method, "Return a left-justified copy of length width.", 0}, \
    {"lower()", bytes_lower_method, "Return a copy with ASCII letters in lowercase.", 0},      \
    {"lstrip(bytes=None, /)", bytes_lstrip_method, "Strip leading whitespace, or leading bytes of the set given.", 0}, \
    {"maketrans(frm, to, /)", bytes_maketrans_method, "Make a table for translate().", NATIVE_STATIC}, \
    {"partition(sep, /)", bytes_partition_method, "Split at the first sep: (head, sep, tail).", 0}, \
    {"removeprefix(prefix, /)", bytes_removeprefix_method, "Return a copy without the prefix, if present.", 0}, \
    {"removesuffix(suffix, /)", bytes_removesuffix_method, "Return a copy without the suffix, if present.", 0}, \
    {"replace(old, new, count=-1, /)", bytes_replace_method, "Return a copy with occurrences of old replaced by new.", 0}, \
    {"rfind(sub, start=None, end=None, /)", bytes_rfind_method, "Highest index of sub in [start:end], or -1.", NATIVE_TUPLE}, \
    {"rindex(sub, start=None, end=None, /)", bytes_rindex_method, "Like rfind(), but raise ValueError when sub is absent.", NATIVE_TUPLE}, \
    {"rjust(width, fillchar=b' ', /)", bytes_rjust_method, "Return a right-justified copy of length width.", 0}, \
    {"rpartition(sep, /)", bytes_rpartition_method, "Split at the last sep: (head, sep, tail).", 0}, \
    {"rsplit(sep=None, maxsplit=-1)", bytes_rsplit_method, "List of the sections, split at sep from the end.", 0}, \
    {"rstrip(bytes=None, /)", bytes_rstrip_method, "Strip trailing whitespace, or trailing bytes of the set given.", 0}, \
    {"split(sep=None, maxsplit=-1)", bytes_split_method, "List of the sections, split at sep (default: whitespace).", 0}, \
    {"splitlines(keepends=False)", bytes_splitlines_method, "List of the lines.", 0},          \
    {"startswith(prefix, start=None, end=None, /)", bytes_startswith_method, "True if the bytes start with the prefix, or one of a tuple.", NATIVE_TUPLE}, \
    {"strip(bytes=None, /)", bytes_strip_method, "Strip whitespace, or bytes of the set given, at both ends.", 0}, \
    {"swapcase()", bytes_swapcase_method, "Swap ASCII upper and lower case.", 0},              \
    {"title()", bytes_title_method, "Return a copy where each ASCII word is titlecased.", 0},  \
    {"translate(table, /, delete=b'')", bytes_translate_method, "Map each byte through the table, after deleting some.", 0}, \
    {"upper()", bytes_upper_method, "Return a copy with ASCII letters in uppercase.", 0},      \
    {"zfill(width, /)", bytes_zfill_method, "Pad a numeric string with zeros on the left.", 0}

#endif
