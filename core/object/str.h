/* str: immutable text, 1, 2 or 4 bytes per code point (always the narrowest that fits), hash
 * cached.
 *
 * data points to the characters: in the object itself (str_head_size), in another one, or into a
 * StrBuffer shared by the results of repeated concatenation (the newest prefix may append in place,
 * so s += x is linear).  NUL-terminated only when STR_TERMINATED.
 */
#ifndef CORE_OBJECT_STR_H
#define CORE_OBJECT_STR_H

#include <stdarg.h>

#include "core/object/object.h"

typedef struct Str {
    Object head;
    size_t len;              /* code points */
    _Atomic int64_t hash;    /* 0: not computed (a hash of 0 is stored as 1... see str_hash) */
    uint8_t kind;            /* 1, 2, 4 bytes per code point */
    uint8_t ascii;           /* all < 128 */
    _Atomic uint8_t interned;
    uint8_t str_flags;       /* STR_* */
    uint32_t unused;
    void *data;
    /* Cached UTF-8 form (heap object or NULL; str_utf8).  Characters that are their own UTF-8 form
     * stand in its place: then data points here. */
    char *_Atomic utf8;
} Str;
/* Bytes in front of the characters of a str that has them to itself. */
static inline size_t str_head_size(bool ascii)
{
    return ascii ? offsetof(Str, utf8) : sizeof(Str);
}
enum { STR_TERMINATED = 1, STR_SHARED_BUFFER = 2 };

static inline bool value_is_str(Value v) { return value_is_object(v) && value_has(v, TYPE_STR); }
static inline bool value_is_str_exact(Value v)
{
    return value_is_object(v) && value_object(v)->type == &str_type;
}
static inline Str *value_str(Value v)
{
    assert(value_is_str(v));
    return (Str *)value_object(v);
}
static inline size_t str_len(Value v) { return value_str(v)->len; }
static inline uint32_t str_get(const Str *s, size_t i)
{
    return s->kind == 1   ? ((uint8_t *)s->data)[i]
           : s->kind == 2 ? ((uint16_t *)s->data)[i]
                          : ((uint32_t *)s->data)[i];
}
/* characters to be filled in by the caller before publication */
Value str_new(Thread *t, size_t len, uint32_t max_char);
Value str_from_utf8(Thread *t, const char *p, size_t n);  /* strict; UnicodeDecodeError */
Value str_from_cstr(Thread *t, const char *utf8);
Value str_or_none(Thread *t, const char *utf8); /* None for NULL */
Value str_from_ascii(Thread *t, const char *p, size_t n);
Value str_from_latin1(Thread *t, const uint8_t *p, size_t n);
Value str_from_ucs4(Thread *t, const uint32_t *p, size_t n);
Value str_from_kind(Thread *t, int kind, const void *p, size_t n); /* narrows */
Value str_from_char(Thread *t, uint32_t c);               /* shared for c < 256 */
Value str_format(Thread *t, const char *fmt, ...);        /* directives of error.h */
Value str_vformat(Thread *t, const char *fmt, va_list ap);
/* UTF-8 bytes that live as long as the str; NUL-terminated; *n may be NULL.  NULL: surrogates
 * (UnicodeEncodeError). */
const char *str_utf8(Thread *t, Value s, size_t *n);
/* As str_utf8 of a str that must be without NUL; NULL: raised (ValueError: embedded null
 * character). */
const char *str_cstr(Thread *t, Value s);
/* The same of an argument that must be a str (TypeError: "function() argument which must be str,
 * not T"). */
const char *str_cstr_arg(Thread *t, Value v, const char *function, const char *which);
/* As str_utf8, but for file names: in the file system's encoding with surrogateescape, rejects NUL
 * ("embedded null byte").  Result is a heap object. */
const char *str_fs_path(Thread *t, Value str_or_bytes_or_pathlike);
Value str_from_fs(Thread *t, const char *p, size_t n);
Value str_to_fs(Thread *t, Value s);                      /* bytes */
bool str_eq(Value a, Value b);                            /* both str */
bool str_eq_cstr(Value a, const char *ascii);
int str_cmp(Value a, Value b);                            /* <0, 0, >0 by code point */
int64_t str_hash(Value s);
Value str_concat(Thread *t, Value a, Value b);
Value str_concat_n(Thread *t, const Value *parts, size_t n);   /* f-strings */
Value str_substring(Thread *t, Value s, size_t lo, size_t hi);
Value str_join(Thread *t, Value sep, Value iterable);
ssize_t str_find(Value hay, Value needle, size_t lo, size_t hi); /* -1: absent */
Value str_mod(Thread *t, Value fmt, Value args);          /* fmt % args */
bool str_is_identifier(Value s);
Value str_repr(Thread *t, Value s);
Value str_decode(Thread *t, const char *p, size_t n, const char *encoding, const char *errors);
Value str_encode(Thread *t, Value s, const char *encoding, const char *errors); /* bytes */

/* Growing text; use one per function on the C stack (fields are scanned conservatively). */
typedef struct StrBuilder {
    Thread *t;
    Object *buf;     /* heap buffer holding the characters, or NULL: they are in `local` */
    char *data;      /* the characters */
    size_t len, cap; /* cap <= len once failed */
    uint32_t max_char; /* 127 or more */
    uint8_t kind;
    bool failed;     /* an append failed: exception pending */
    char local[256] __attribute__((aligned(8)));
} StrBuilder;
void sb_init(StrBuilder *b, Thread *t);
bool sb_char_slow(StrBuilder *b, uint32_t c);
static inline bool sb_char(StrBuilder *b, uint32_t c)
{
    if (LIKELY(c < 128 && b->kind == 1 && b->len < b->cap)) {
        b->data[b->len++] = (char)c;
        return true;
    }
    return sb_char_slow(b, c);
}
bool sb_str(StrBuilder *b, Value s);
bool sb_sub(StrBuilder *b, Value s, size_t lo, size_t hi);
bool sb_ascii(StrBuilder *b, const char *p, size_t n);
bool sb_cstr(StrBuilder *b, const char *utf8);
bool sb_format(StrBuilder *b, const char *fmt, ...);
bool sb_vformat(StrBuilder *b, const char *fmt, va_list ap);
bool sb_repeat(StrBuilder *b, uint32_t c, size_t n);
bool sb_kind(StrBuilder *b, int kind, const void *p, size_t n);
Value sb_finish(StrBuilder *b);  /* 0 when anything failed */

#endif
