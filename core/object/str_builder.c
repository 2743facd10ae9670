/* StrBuilder: text that grows, widening its characters when needed; and the format directives of
 * error.h over it. */
#include <stdarg.h>
#include <stdio.h>

#include "core/object/codec.h"
#include "core/object/str_internal.h"

#define COPY_BELOW 512      /* bytes; shorter results are copied out of the buffer */

void sb_init(StrBuilder *b, Thread *t)
{
    b->t = t;
    b->buf = NULL;
    b->data = b->local;
    b->len = 0;
    b->cap = sizeof b->local;
    b->max_char = 127;
    b->kind = 1;
    b->failed = false;
}

static bool builder_failed(StrBuilder *b)
{
    b->failed = true;
    b->cap = b->len;
    return false;
}

/* Room for n more characters up to max_char. */
static bool make_room(StrBuilder *b, size_t n, uint32_t max_char)
{
    if (b->failed) {
        return false;
    }
    int kind = kind_for(max_char);
    if (LIKELY(kind <= b->kind && n <= b->cap - b->len)) {
        b->max_char = max_char > b->max_char ? max_char : b->max_char;
        return true;
    }
    kind = kind > b->kind ? kind : b->kind;
    size_t cap = b->cap;
    if (n > cap - b->len) {
        if (n > (size_t)PTRDIFF_MAX / 8 - b->len) {
            raise_memory(b->t);
            return builder_failed(b);
        }
        cap = b->len + n + (b->len + n) / 2;
    }
    StrBuffer *buf =
        object_alloc_raw(b->t, &str_buffer_type, sizeof(StrBuffer) + cap * (size_t)kind);
    if (!buf) {
        return builder_failed(b);
    }
    atomic_store_explicit(&buf->used, 0, memory_order_relaxed);
    buf->cap = cap;
    if (b->len) {
        chars_copy(kind, buf->data, 0, b->kind, b->data, 0, b->len);
    }
    b->buf = &buf->head;
    b->data = buf->data;
    b->cap = cap;
    b->kind = (uint8_t)kind;
    b->max_char = max_char > b->max_char ? max_char : b->max_char;
    return true;
}

bool sb_char_slow(StrBuilder *b, uint32_t c)
{
    if (!make_room(b, 1, c)) {
        return false;
    }
    chars_put(b->kind, b->data, b->len++, c);
    return true;
}

static inline bool append_chars(StrBuilder *b, int kind, const void *p, size_t n,
                                uint32_t max_char)
{
    if (LIKELY(kind == 1 && b->kind == 1 && n <= b->cap - b->len)) {
        memcpy(b->data + b->len, p, n);
        b->len += n;
        b->max_char = n && max_char > b->max_char ? max_char : b->max_char;
        return !b->failed;
    }
    if (n == 0) {
        return !b->failed;
    }
    if (!make_room(b, n, max_char)) {
        return false;
    }
    chars_copy(b->kind, b->data, b->len, kind, p, 0, n);
    b->len += n;
    return true;
}

bool sb_str(StrBuilder *b, Value v)
{
    Str *s = value_str(v);
    return append_chars(b, s->kind, s->data, s->len, str_max_char(s));
}

bool sb_sub(StrBuilder *b, Value v, size_t lo, size_t hi)
{
    Str *s = value_str(v);
    assert(lo <= hi && hi <= s->len);
    uint32_t max = s->ascii ? 127 : chars_max(s->kind, str_at(s, lo), hi - lo);
    return append_chars(b, s->kind, str_at(s, lo), hi - lo, max);
}

bool sb_ascii(StrBuilder *b, const char *p, size_t n) { return append_chars(b, 1, p, n, 127); }

bool sb_repeat(StrBuilder *b, uint32_t c, size_t n)
{
    if (n == 0) {
        return !b->failed;
    }
    if (!make_room(b, n, c)) {
        return false;
    }
    if (b->kind == 1) {
        memset(b->data + b->len, (int)c, n);
        b->len += n;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        chars_put(b->kind, b->data, b->len++, c);
    }
    return true;
}

bool sb_kind(StrBuilder *b, int kind, const void *p, size_t n)
{
    return append_chars(b, kind, p, n, chars_max(kind, p, n));
}

static bool append_utf8(StrBuilder *b, const char *p, size_t n)
{
    if (ascii_only(p, n)) {
        return sb_ascii(b, p, n);
    }
    Value v = utf8_to_str(b->t, p, n, "replace", NULL);
    return v ? sb_str(b, v) : builder_failed(b);
}

bool sb_cstr(StrBuilder *b, const char *utf8) { return append_utf8(b, utf8, strlen(utf8)); }

Value sb_finish(StrBuilder *b)
{
    if (b->failed) {
        assert(error_pending(b->t));
        return 0;
    }
    if (b->len <= 1) {
        return b->len ? str_from_char(b->t, chars_get(b->kind, b->data, 0)) : str_new(b->t, 0, 0);
    }
    StrBuffer *buf = (StrBuffer *)b->buf;
    if (buf && b->len * b->kind >= COPY_BELOW && b->len >= b->cap - b->cap / 4) {
        Str *s = object_alloc_fast(b->t, &str_type, sizeof(Str));
        if (!s) {
            return 0;
        }
        atomic_store_explicit(&buf->used, b->len, memory_order_release);
        s->len = b->len;
        s->kind = b->kind;
        s->ascii = b->max_char < 128;
        s->str_flags = STR_SHARED_BUFFER;
        s->data = buf->data;
        return object_value(s);
    }
    Value v = str_new(b->t, b->len, b->max_char);
    if (v) {
        memcpy(value_str(v)->data, b->data, b->len * b->kind);
    }
    return v;
}

/* ---- directives ---- */

typedef struct Directive {
    bool zero, left, alt;
    int width, precision; /* -1: none */
    int size;             /* 0 int, 1 long, 2 long long, 3 size_t */
    char conv;
} Directive;

static const char *parse_directive(const char *p, Directive *d, va_list *ap)
{
    *d = (Directive){.width = -1, .precision = -1};
    for (;; p++) {
        if (*p == '0') {
            d->zero = true;
        } else if (*p == '-') {
            d->left = true;
        } else if (*p == '#') {
            d->alt = true;
        } else {
            break;
        }
    }
    int *targets[2] = {&d->width, &d->precision};
    for (int k = 0; k < 2; k++) {
        if (k == 1) {
            if (*p != '.') {
                break;
            }
            p++;
        }
        if (*p == '*') {
            *targets[k] = va_arg(*ap, int);
            p++;
        } else if (*p >= '0' && *p <= '9') {
            *targets[k] = 0;
            while (*p >= '0' && *p <= '9') {
                *targets[k] = *targets[k] * 10 + (*p++ - '0');
            }
        }
    }
    if (*p == 'z') {
        d->size = 3;
        p++;
    }
    while (*p == 'l') {
        d->size++;
        p++;
    }
    d->conv = *p;
    return p + 1;
}

/* In base 10 or 16, without width and the like. */
static bool append_plain_number(StrBuilder *b, char conv, long long value)
{
    char text[24], *p = text + sizeof text;
    bool neg = conv == 'd' && value < 0;
    unsigned long long v = neg ? -(unsigned long long)value : (unsigned long long)value;
    unsigned base = conv == 'x' ? 16 : 10;
    do {
        *--p = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    if (neg) {
        *--p = '-';
    }
    return sb_ascii(b, p, (size_t)(text + sizeof text - p));
}

static bool append_number(StrBuilder *b, const Directive *d, long long value)
{
    if (d->width <= 0 && d->precision < 0 && !d->alt && strchr("dux", d->conv)) {
        return append_plain_number(b, d->conv, value);
    }
    char fmt[16], text[400];
    snprintf(fmt, sizeof fmt, "%%%s%s%s*.*ll%c", d->alt ? "#" : "", d->zero ? "0" : "",
             d->left ? "-" : "", d->conv);
    int width = d->width > 200 ? 200 : d->width < 0 ? 0 : d->width;
    int n = snprintf(text, sizeof text, fmt, width, d->precision > 150 ? 150 : d->precision, value);
    return sb_ascii(b, text, (size_t)n);
}

static bool append_value(StrBuilder *b, const Directive *d, Value v)
{
    if (d->conv == 'R') {
        v = object_repr(b->t, v);
    } else if (d->conv == 'S') {
        v = object_str(b->t, v);
    } else if (d->conv == 'A') {
        v = object_ascii(b->t, v);
    }
    if (!v) {
        return builder_failed(b);
    }
    size_t n = str_len(v);
    if (d->precision >= 0 && (size_t)d->precision < n) {
        n = (size_t)d->precision;
    }
    size_t pad = d->width > 0 && (size_t)d->width > n ? (size_t)d->width - n : 0;
    if (!d->left) {
        sb_repeat(b, ' ', pad);
    }
    sb_sub(b, v, 0, n);
    return d->left ? sb_repeat(b, ' ', pad) : !b->failed;
}

static bool append_text(StrBuilder *b, const Directive *d, const char *p)
{
    size_t n = d->precision >= 0 ? strnlen(p, (size_t)d->precision) : strlen(p);
    size_t pad = d->width > 0 && (size_t)d->width > n ? (size_t)d->width - n : 0;
    if (!d->left) {
        sb_repeat(b, ' ', pad);
    }
    append_utf8(b, p, n);
    return d->left ? sb_repeat(b, ' ', pad) : !b->failed;
}

static long long signed_arg(const Directive *d, va_list *ap)
{
    switch (d->size) {
    case 0: return va_arg(*ap, int);
    case 1: return va_arg(*ap, long);
    case 2: return va_arg(*ap, long long);
    default: return va_arg(*ap, ssize_t);
    }
}

static long long unsigned_arg(const Directive *d, va_list *ap)
{
    switch (d->size) {
    case 0: return (long long)va_arg(*ap, unsigned);
    case 1: return (long long)va_arg(*ap, unsigned long);
    case 2: return (long long)va_arg(*ap, unsigned long long);
    default: return (long long)va_arg(*ap, size_t);
    }
}

static bool append_directive(StrBuilder *b, const Directive *d, va_list *ap)
{
    switch (d->conv) {
    case '%': return sb_char(b, '%');
    case 'c': return sb_char(b, (uint32_t)va_arg(*ap, int));
    case 'd': case 'i': return append_number(b, d, signed_arg(d, ap));
    case 'u': case 'x': case 'X': case 'o': return append_number(b, d, unsigned_arg(d, ap));
    case 'p':
        return sb_ascii(b, "0x", 2) &&
               append_plain_number(b, 'x', (long long)(uintptr_t)va_arg(*ap, void *));
    case 'g': case 'f': case 'e': {
        char fmt[4] = {'%', d->conv, 0}, number[64];
        snprintf(number, sizeof number, fmt, va_arg(*ap, double));
        return sb_cstr(b, number);
    }
    case 's': {
        const char *p = va_arg(*ap, const char *);
        return append_text(b, d, p ? p : "(null)");
    }
    case 'R': case 'S': case 'A': case 'U': return append_value(b, d, va_arg(*ap, Value));
    case 'T': return append_text(b, d, type_text(type_of(va_arg(*ap, Value))));
    case 'B': {
        Value v = va_arg(*ap, Value);
        return append_text(b, d, is_none(v) ? "None" : type_text(type_of(v)));
    }
    case 'N': return append_text(b, d, type_text(va_arg(*ap, Type *)));
    default:
        system_error(b->t, "invalid format string");
        return builder_failed(b);
    }
}

static bool append_format(StrBuilder *b, const char *fmt, va_list *ap)
{
    const char *p = fmt;
    while (*p) {
        const char *percent = strchrnul(p, '%');
        append_utf8(b, p, (size_t)(percent - p));
        if (!*percent) {
            break;
        }
        Directive d;
        p = parse_directive(percent + 1, &d, ap);
        if (!append_directive(b, &d, ap)) {
            return false;
        }
    }
    return !b->failed;
}

bool sb_vformat(StrBuilder *b, const char *fmt, va_list ap)
{
    va_list copy;
    va_copy(copy, ap);
    bool ok = append_format(b, fmt, &copy);
    va_end(copy);
    return ok;
}

bool sb_format(StrBuilder *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bool ok = sb_vformat(b, fmt, ap);
    va_end(ap);
    return ok;
}

Value str_vformat(Thread *t, const char *fmt, va_list ap)
{
    StrBuilder b;
    sb_init(&b, t);
    sb_vformat(&b, fmt, ap);
    return sb_finish(&b);
}

Value str_format(Thread *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value v = str_vformat(t, fmt, ap);
    va_end(ap);
    return v;
}
