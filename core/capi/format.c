/* Text by format: PyUnicode_FromFormat, PyBytes_FromFormat, PyOS_snprintf. */
#include "core/capi/capi.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"

/* One directive: %[0][width][.precision][l|ll|z|t]type */
typedef struct Directive {
    bool zero;
    int width, precision; /* precision -1: none */
    char size;            /* 0, 'l', 'L' (ll), 'z', 't', 'j' */
    char type;
} Directive;

static const char *parse_directive(const char *p, Directive *d)
{
    *d = (Directive){.precision = -1};
    for (;; p++) {
        if (*p != '0') {
            break;
        }
        d->zero = true;
    }
    while (*p >= '0' && *p <= '9') {
        d->width = d->width * 10 + *p++ - '0';
    }
    if (*p == '.') {
        d->precision = 0;
        for (p++; *p >= '0' && *p <= '9'; p++) {
            d->precision = d->precision * 10 + *p - '0';
        }
    }
    if (p[0] == 'l' && p[1] == 'l') {
        d->size = 'L';
        p += 2;
    } else if (*p == 'l' || *p == 'z' || *p == 't' || *p == 'j') {
        d->size = *p++;
    }
    d->type = *p;
    return *p ? p + 1 : p;
}

static bool pad(StrBuilder *b, size_t width, size_t used, char c)
{
    return used >= width || sb_repeat(b, (uint32_t)c, width - used);
}

static bool put_integer(StrBuilder *b, const Directive *d, va_list *ap)
{
    char text[64];
    bool wide = d->size != 0;
    unsigned long long u;
    long long i = 0;
    if (d->type == 'd' || d->type == 'i') {
        i = d->size == 'L' || d->size == 'j' ? va_arg(*ap, long long)
            : wide                           ? va_arg(*ap, long)
                                             : va_arg(*ap, int);
        u = (unsigned long long)i;
    } else {
        u = d->size == 'L' || d->size == 'j' ? va_arg(*ap, unsigned long long)
            : wide                           ? va_arg(*ap, unsigned long)
                                             : va_arg(*ap, unsigned);
    }
    const char *form = d->type == 'x'   ? "%llx"
                       : d->type == 'X' ? "%llX"
                       : d->type == 'o' ? "%llo"
                                        : "%llu";
    int n = d->type == 'd' || d->type == 'i' ? snprintf(text, sizeof text, "%lld", i)
                                             : snprintf(text, sizeof text, form, u);
    size_t digits = (size_t)(d->precision > n ? d->precision : n);
    return pad(b, (size_t)d->width, digits, d->zero ? '0' : ' ') &&
           pad(b, digits, (size_t)n, '0') && sb_ascii(b, text, (size_t)n);
}

static bool put_str(StrBuilder *b, const Directive *d, Value s)
{
    if (!s) {
        b->failed = true;
        return false;
    }
    size_t n = str_len(s);
    n = d->precision >= 0 && (size_t)d->precision < n ? (size_t)d->precision : n;
    size_t width = (size_t)d->width;
    return pad(b, width, n, ' ') && sb_sub(b, s, 0, n);
}

static Value text_of_bytes(Thread *t, const char *s, int precision)
{
    size_t n = precision >= 0 ? strnlen(s, (size_t)precision) : strlen(s);
    return utf8_to_str(t, s, n, "replace", NULL);
}

static bool put_object(Thread *t, StrBuilder *b, const Directive *d, va_list *ap)
{
    PyObject *o = va_arg(*ap, PyObject *);
    Value v = value_in(o);
    switch (d->type) {
    case 'U': return put_str(b, d, v);
    case 'S': return put_str(b, d, object_str(t, v));
    case 'R': return put_str(b, d, object_repr(t, v));
    case 'A': return put_str(b, d, object_ascii(t, v));
    default: { /* V: an object or NULL, then a C string */
        const char *s = va_arg(*ap, const char *);
        Directive plain = *d;
        plain.precision = -1;
        return v ? put_str(b, d, v) : put_str(b, &plain, text_of_bytes(t, s, d->precision));
    }
    }
}

/* Begins with 0x, whatever the C library's %p does. */
static size_t pointer_text(char *text, size_t size, const void *p)
{
    int n = snprintf(text, size, p ? "%p" : "0x(nil)", p);
    return (size_t)n;
}

static bool put_directive(Thread *t, StrBuilder *b, const Directive *d, va_list *ap)
{
    switch (d->type) {
    case '%': return sb_char(b, '%');
    case 'c': {
        int c = va_arg(*ap, int);
        if (c < 0 || c > 0x10ffff) {
            overflow_error(t, "character argument not in range(0x110000)");
            return false;
        }
        return sb_char(b, (uint32_t)c);
    }
    case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
        return put_integer(b, d, ap);
    case 'p': {
        char text[32];
        return sb_ascii(b, text, pointer_text(text, sizeof text, va_arg(*ap, void *)));
    }
    case 's': {
        Directive plain = *d;
        plain.precision = -1;
        return put_str(b, &plain, text_of_bytes(t, va_arg(*ap, const char *), d->precision));
    }
    case 'U': case 'S': case 'R': case 'A': case 'V':
        return put_object(t, b, d, ap);
    default:
        system_error(t, "invalid format string");
        return false;
    }
}

static Value format_list(Thread *t, const char *format, va_list *ap)
{
    StrBuilder b;
    sb_init(&b, t);
    while (*format) {
        size_t n = strcspn(format, "%");
        for (size_t i = 0; i < n; i++) {
            if ((unsigned char)format[i] > 127) {
                return value_error(t,
                                   "PyUnicode_FromFormatV() expects an ASCII-encoded format "
                                   "string, got a non-ASCII byte: 0x%x",
                                   (unsigned char)format[i]);
            }
        }
        if (!sb_ascii(&b, format, n)) {
            return 0;
        }
        format += n;
        if (*format) {
            Directive d;
            const char *start = format;
            format = parse_directive(format + 1, &d);
            /* unknown: the rest is copied as it is */
            if (!d.type || !strchr("%cdiuxXopsUSRAV", d.type)) {
                return sb_cstr(&b, start) ? sb_finish(&b) : 0;
            }
            if (!put_directive(t, &b, &d, ap)) {
                return 0;
            }
        }
    }
    return sb_finish(&b);
}

Value format_c(Thread *t, const char *format, va_list ap)
{
    va_list copy;
    va_copy(copy, ap);
    Value v = format_list(t, format, &copy);
    va_end(copy);
    return v;
}

PyObject *PyUnicode_FromFormatV(const char *format, va_list ap)
{
    THREAD;
    return value_out(t, format_c(t, format, ap));
}

PyObject *PyUnicode_FromFormat(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyObject *o = PyUnicode_FromFormatV(format, ap);
    va_end(ap);
    return o;
}

/* ---- bytes ---- */

static bool put_bytes_directive(Thread *t, ByteBuilder *b, const Directive *d, va_list *ap)
{
    char text[64];
    if (d->type == 's') {
        const char *s = va_arg(*ap, const char *);
        return bb_bytes(b, s, d->precision >= 0 ? strnlen(s, (size_t)d->precision) : strlen(s));
    }
    if (d->type == 'c') {
        int c = va_arg(*ap, int);
        if (c < 0 || c > 255) {
            overflow_error(
                t, "PyBytes_FromFormatV(): %%c format expects an integer in range [0; 255]");
            return false;
        }
        return bb_byte(b, c);
    }
    if (d->type == '%') {
        return bb_byte(b, '%');
    }
    if (d->type == 'p') {
        return bb_bytes(b, text, pointer_text(text, sizeof text, va_arg(*ap, void *)));
    }
    StrBuilder sb;
    sb_init(&sb, t);
    Directive plain = {.precision = -1, .size = d->size, .type = d->type}; /* no widths in bytes */
    Value s = put_integer(&sb, &plain, ap) ? sb_finish(&sb) : 0;
    return s && bb_bytes(b, value_str(s)->data, str_len(s));
}

PyObject *PyBytes_FromFormatV(const char *format, va_list args)
{
    THREAD;
    ByteBuilder b;
    va_list ap;
    va_copy(ap, args);
    bb_init(&b, t);
    bool ok = true;
    while (*format && ok) {
        size_t n = strcspn(format, "%");
        ok = bb_bytes(&b, format, n);
        format += n;
        if (*format && ok) {
            Directive d;
            const char *start = format;
            format = parse_directive(format + 1, &d);
            /* unknown: the rest is copied as it is */
            if (!d.type || !strchr("%cdiuxXops", d.type)) {
                ok = bb_bytes(&b, start, strlen(start));
                break;
            }
            ok = put_bytes_directive(t, &b, &d, &ap);
        }
    }
    va_end(ap);
    return ok ? value_out(t, bb_finish(&b)) : NULL;
}

PyObject *PyBytes_FromFormat(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyObject *o = PyBytes_FromFormatV(format, ap);
    va_end(ap);
    return o;
}

/* ---- C strings ---- */

int PyOS_vsnprintf(char *p, size_t n, const char *format, va_list ap)
{
    int r = vsnprintf(p, n, format, ap);
    if (n) {
        p[n - 1] = 0;
    }
    return r;
}

int PyOS_snprintf(char *p, size_t n, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int r = PyOS_vsnprintf(p, n, format, ap);
    va_end(ap);
    return r;
}
