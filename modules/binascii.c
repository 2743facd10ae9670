/* The module binascii: base64, hexadecimal, uuencoding, quoted-printable and checksums. */
#include "core/base/ascii.h"
#include "core/base/crc32.h"
#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"

static Value error_type, incomplete_type; /* roots, set once */

static const char base64_chars[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static COLD Value fail_text(Thread *t, const char *message)
{
    return raise(t, value_type(error_type), "%s", message);
}

/* Bytes of a bytes-like object, or of an ASCII str. */
static bool take_ascii(Thread *t, Value v, Buffer *view)
{
    if (value_is_str(v)) {
        size_t n;
        if (!value_str(v)->ascii) {
            value_error(t, "string argument should contain only ASCII characters");
            return false;
        }
        *view = (Buffer){.buf = (void *)(uintptr_t)str_utf8(t, v, &n)};
        view->len = (ssize_t)n;
        return view->buf != NULL;
    }
    if (!value_has_buffer(v)) {
        type_error(t, "argument should be bytes, buffer or ASCII string, not '%T'", v);
        return false;
    }
    return buffer_get_still(t, v, view);
}

static void drop(Thread *t, Buffer *view)
{
    if (view->obj) {
        buffer_release(t, view);
    }
}

/* ---- base64 ---- */

static int8_t base64_values[256]; /* -1: no data; made once, by the first import */

static inline int base64_value(unsigned char c) { return base64_values[c]; }

/* 24 bits of four characters; negative: not all of them are data. */
static inline int base64_quad(const unsigned char *p)
{
    int a = base64_value(p[0]), b = base64_value(p[1]), c = base64_value(p[2]),
        d = base64_value(p[3]);
    return (a | b | c | d) < 0 ? -1 : a << 18 | b << 12 | c << 6 | d;
}

/* Decodes into out; the number of bytes, or -1 with binascii.Error. */
static ssize_t decode_base64(Thread *t, const unsigned char *p, ssize_t n, bool strict,
                             unsigned char *out)
{
    unsigned quad = 0, left = 0, pads = 0;
    ssize_t len = 0;
    bool padded = false;
    if (strict && n > 0 && p[0] == '=') {
        fail_text(t, "Leading padding not allowed");
        return -1;
    }
    ssize_t i = 0;
    for (int v; i + 4 <= n && (v = base64_quad(p + i)) >= 0; i += 4) {
        out[len++] = (unsigned char)(v >> 16);
        out[len++] = (unsigned char)(v >> 8);
        out[len++] = (unsigned char)v;
    }
    for (; i < n; i++) {
        if (p[i] == '=') {
            padded = true;
            if (quad >= 2 && quad + ++pads >= 4) {
                if (strict && i + 1 < n) {
                    fail_text(t, "Excess data after padding");
                    return -1;
                }
                return len;
            }
            continue;
        }
        int v = base64_value(p[i]);
        if (v < 0 || (strict && padded)) {
            if (strict) {
                fail_text(t, v < 0 ? "Only base64 data is allowed"
                                   : "Discontinuous padding not allowed");
                return -1;
            }
            continue;
        }
        pads = 0;
        if (quad) {
            out[len++] = (unsigned char)(left << (quad * 2) | (unsigned)v >> (6 - quad * 2));
        }
        left = (unsigned)v & (0x3fu >> (quad * 2));
        quad = (quad + 1) & 3;
    }
    if (quad == 1) {
        raise(t, value_type(error_type),
              "Invalid base64-encoded string: number of data characters (%zd) cannot be 1 more "
              "than a multiple of 4",
              len / 3 * 4 + 1);
        return -1;
    }
    if (quad) {
        fail_text(t, "Incorrect padding");
        return -1;
    }
    return len;
}

static Value a2b_base64(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    int strict = args[1] ? object_truth(t, args[1]) : 0;
    if (strict < 0 || !take_ascii(t, args[0], &view)) {
        return 0;
    }
    unsigned char *out = mem_alloc((size_t)view.len / 4 * 3 + 4);
    Value r = 0;
    if (!out) {
        raise_memory(t);
    } else {
        ssize_t len = decode_base64(t, view.buf, view.len, strict, out);
        r = len < 0 ? 0 : bytes_new(t, out, (size_t)len);
        mem_free(out);
    }
    drop(t, &view);
    return r;
}

static Value b2a_base64(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    int newline = args[1] ? object_truth(t, args[1]) : 1;
    if (newline < 0 || !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    size_t len = (size_t)view.len, size = (len + 2) / 3 * 4;
    Value r = bytes_new_unset(t, size + (size_t)newline);
    if (r) {
        const unsigned char *p = view.buf;
        char *out = value_bytes(r)->data;
        for (size_t i = 0; i < len; i += 3) {
            size_t left = len - i;
            unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                         (left > 2 ? p[i + 2] : 0u);
            *out++ = base64_chars[v >> 18];
            *out++ = base64_chars[v >> 12 & 63];
            *out++ = left > 1 ? base64_chars[v >> 6 & 63] : '=';
            *out++ = left > 2 ? base64_chars[v & 63] : '=';
        }
        if (newline) {
            *out = '\n';
        }
    }
    buffer_release(t, &view);
    return r;
}

/* ---- hexadecimal ---- */

static Value a2b_hex(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    if (!take_ascii(t, args[0], &view)) {
        return 0;
    }
    Value r = 0;
    const unsigned char *p = view.buf;
    if (view.len % 2) {
        fail_text(t, "Odd-length string");
    } else if ((r = bytes_new_unset(t, (size_t)view.len / 2))) {
        size_t n_bytes = value_bytes(r)->len;
        if (hex_bytes((uint8_t *)value_bytes(r)->data, p, n_bytes * 2) < n_bytes) {
            r = fail_text(t, "Non-hexadecimal digit found");
        }
    }
    drop(t, &view);
    return r;
}

static Value b2a_hex(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    if (!buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    Value r = bytes_to_hex(t, view.buf, (size_t)view.len, args[1], args[2], true);
    buffer_release(t, &view);
    return r;
}

/* ---- uuencoding ---- */

static Value decode_uu(Thread *t, const unsigned char *p, ssize_t len)
{
    ssize_t want = len > 0 ? (p[0] - ' ') & 077 : 0, i = 1;
    Value r = bytes_new(t, NULL, (size_t)want);
    unsigned left = 0, bits = 0;
    for (ssize_t out = 0; r && out < want; i++) {
        unsigned c = i < len ? p[i] : 0;
        if (c == '\n' || c == '\r' || i >= len) {
            c = 0;                                   /* blanks may have been stripped */
        } else {
            if (c < ' ' || c > ' ' + 64) {
                return fail_text(t, "Illegal char");
            }
            c = (c - ' ') & 077;
        }
        left = left << 6 | c;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            value_bytes(r)->data[out++] = (char)(left >> bits);
            left &= (1u << bits) - 1;
        }
    }
    for (; r && i < len; i++) {
        if (p[i] != ' ' && p[i] != ' ' + 64 && p[i] != '\n' && p[i] != '\r') {
            return fail_text(t, "Trailing garbage");
        }
    }
    return r;
}

static Value a2b_uu(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    if (!take_ascii(t, args[0], &view)) {
        return 0;
    }
    Value r = decode_uu(t, view.buf, view.len);
    drop(t, &view);
    return r;
}

static Value b2a_uu(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    int backtick = args[1] ? object_truth(t, args[1]) : 0;
    if (backtick < 0 || !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    Value r = 0;
    if (view.len > 45) {
        fail_text(t, "At most 45 bytes at once");
    } else if ((r = bytes_new(t, NULL, 2 + ((size_t)view.len + 2) / 3 * 4))) {
        const unsigned char *p = view.buf;
        char *out = value_bytes(r)->data;
        *out++ = view.len == 0 && backtick ? '`' : (char)(' ' + view.len);
        for (ssize_t i = 0; i < view.len; i += 3) {
            unsigned v = (unsigned)p[i] << 16 | (i + 1 < view.len ? (unsigned)p[i + 1] << 8 : 0) |
                         (i + 2 < view.len ? p[i + 2] : 0u);
            for (int shift = 18; shift >= 0; shift -= 6) {
                unsigned c = v >> shift & 63;
                *out++ = c == 0 && backtick ? '`' : (char)(' ' + c);
            }
        }
        *out = '\n';
    }
    buffer_release(t, &view);
    return r;
}

/* ---- quoted-printable ---- */

static Value a2b_qp(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    int header = args[1] ? object_truth(t, args[1]) : 0;
    if (header < 0 || !take_ascii(t, args[0], &view)) {
        return 0;
    }
    const unsigned char *p = view.buf;
    ssize_t len = view.len, in = 0;
    char *out = mem_alloc((size_t)len + 1);
    size_t size = 0;
    while (out && in < len) {
        if (p[in] == '=') {
            if (++in >= len) {
                break;
            }
            if (p[in] == '\n' || p[in] == '\r') {    /* soft line break */
                if (p[in] != '\n') {
                    while (in < len && p[in] != '\n') {
                        in++;
                    }
                }
                if (in < len) {
                    in++;
                }
            } else if (p[in] == '=') {               /* broken encoder */
                out[size++] = '=';
                in++;
            } else if (in + 1 < len && hex_digit_value(p[in]) >= 0 && hex_digit_value(p[in + 1]) >= 0) {
                out[size++] = (char)(hex_digit_value(p[in]) << 4 | hex_digit_value(p[in + 1]));
                in += 2;
            } else {
                out[size++] = '=';
            }
        } else {
            out[size++] = header && p[in] == '_' ? ' ' : (char)p[in];
            in++;
        }
    }
    Value r = out ? bytes_new(t, out, size) : raise_memory(t);
    mem_free(out);
    drop(t, &view);
    return r;
}

typedef struct QpWriter {
    const unsigned char *p;
    ssize_t len;
    bool quote_tabs, text, header, crlf;
    char *out;
    size_t size;
    unsigned line;       /* characters on the current line */
} QpWriter;

static bool qp_must_quote(const QpWriter *w, ssize_t i)
{
    unsigned char c = w->p[i];
    bool last = i + 1 == w->len;
    if (c > 126 || c == '=' || (w->header && c == '_')) {
        return true;
    }
    if (c == '.' && w->line == 0 &&
        (last || w->p[i + 1] == '\n' || w->p[i + 1] == '\r' || w->p[i + 1] == 0)) {
        return true;
    }
    if (!w->text && (c == '\r' || c == '\n')) {
        return true;
    }
    if ((c == '\t' || c == ' ') && last) {
        return true;
    }
    if (c < 33 && c != '\r' && c != '\n' && c != '\t' && c != ' ') {
        return true;
    }
    return c < 33 && c != '\r' && c != '\n' &&
           (w->quote_tabs || (!w->quote_tabs && (c != '\t' && c != ' ')));
}

static void qp_break(QpWriter *w)
{
    w->out[w->size++] = '=';
    if (w->crlf) {
        w->out[w->size++] = '\r';
    }
    w->out[w->size++] = '\n';
    w->line = 0;
}

static void qp_quote(QpWriter *w, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    w->out[w->size++] = '=';
    w->out[w->size++] = digits[c >> 4];
    w->out[w->size++] = digits[c & 15];
}

static void qp_write(QpWriter *w)
{
    const unsigned char *p = w->p;
    for (ssize_t in = 0; in < w->len;) {
        unsigned char c = p[in];
        if (qp_must_quote(w, in)) {
            if (w->line + 3 >= 76) {
                qp_break(w);
            }
            qp_quote(w, c);
            in++;
            w->line += 3;
            continue;
        }
        bool newline =
            w->text && (c == '\n' || (c == '\r' && in + 1 < w->len && p[in + 1] == '\n'));
        if (newline) {
            w->line = 0;
            if (w->size && (w->out[w->size - 1] == ' ' || w->out[w->size - 1] == '\t')) {
                unsigned char blank = (unsigned char)w->out[--w->size];
                qp_quote(w, blank);
            }
            if (w->crlf) {
                w->out[w->size++] = '\r';
            }
            w->out[w->size++] = '\n';
            in += c == '\r' ? 2 : 1;
            continue;
        }
        if (in + 1 != w->len && p[in + 1] != '\n' && w->line + 1 >= 76) {
            qp_break(w);
        }
        w->line++;
        w->out[w->size++] = w->header && c == ' ' ? '_' : (char)c;
        in++;
    }
}

static Value b2a_qp(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    int tabs = args[1] ? object_truth(t, args[1]) : 0,
        text = args[2] ? object_truth(t, args[2]) : 1;
    int header = args[3] ? object_truth(t, args[3]) : 0;
    if (tabs < 0 || text < 0 || header < 0 || !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    QpWriter w = {
        .p = view.buf, .len = view.len, .quote_tabs = tabs, .text = text, .header = header};
    const unsigned char *nl = view.len ? memchr(view.buf, '\n', (size_t)view.len) : NULL;
    w.crlf = nl && nl > w.p && nl[-1] == '\r';
    w.out = mem_alloc((size_t)view.len * 6 + 8);
    Value r = 0;
    if (!w.out) {
        raise_memory(t);
    } else {
        qp_write(&w);
        r = bytes_new(t, w.out, w.size);
        mem_free(w.out);
    }
    buffer_release(t, &view);
    return r;
}

/* ---- checksums ---- */

static bool take_crc(Thread *t, Value v, uint32_t *crc)
{
    Value i = number_index(t, v), low = i ? number_binary(t, OP_AND, i, fixnum(0xffffffff)) : 0;
    if (low) {
        *crc = (uint32_t)fixnum_get(low);
    }
    return low != 0;
}

static Value crc32_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    uint32_t crc = 0;
    if ((args[1] && !take_crc(t, args[1], &crc)) || !buffer_get(t, args[0], &view, BUFFER_SIMPLE)) {
        return 0;
    }
    BufferPieces pieces;
    buffer_pieces(&pieces, &view);
    const uint8_t *p;
    for (size_t size; buffer_next_piece(&pieces, &p, &size);) {
        crc = crc32_update(crc, p, size);
    }
    buffer_release(t, &view);
    return fixnum(crc);
}

/* The polynomial x^16 + x^12 + x^5 + 1, four bits at a time. */
static uint32_t crc_hqx_update(uint32_t crc, const uint8_t *p, size_t n)
{
    static const uint16_t steps[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5,
                                       0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b,
                                       0xc18c, 0xd1ad, 0xe1ce, 0xf1ef};
    crc &= 0xffff;
    for (size_t i = 0; i < n; i++) {
        crc = (crc << 4 & 0xffff) ^ steps[crc >> 12 ^ p[i] >> 4];
        crc = (crc << 4 & 0xffff) ^ steps[crc >> 12 ^ (p[i] & 15)];
    }
    return crc;
}

static Value crc_hqx(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    uint32_t crc;
    if (!take_crc(t, args[1], &crc) || !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    PARKED_IF(t, view.len > PARK_BYTES, crc = crc_hqx_update(crc, view.buf, (size_t)view.len));
    buffer_release(t, &view);
    return fixnum(crc);
}

static const NativeDef binascii_functions[] = {
    {"a2b_base64(data, /, *, strict_mode=False)", a2b_base64, "Decodes base64.", 0},
    {"b2a_base64(data, /, *, newline=True)", b2a_base64, "Encodes as one line of base64.", 0},
    {"a2b_hex(hexstr, /)", a2b_hex, "Bytes of a hexadecimal text.", 0},
    {"unhexlify(hexstr, /)", a2b_hex, "Bytes of a hexadecimal text.", 0},
    {"b2a_hex(data, sep=<unrepresentable>, bytes_per_sep=1)", b2a_hex, "Hexadecimal text of bytes.",
     0},
    {"hexlify(data, sep=<unrepresentable>, bytes_per_sep=1)", b2a_hex, "Hexadecimal text of bytes.",
     0},
    {"a2b_uu(data, /)", a2b_uu, "Decodes a line of uuencoded data.", 0},
    {"b2a_uu(data, /, *, backtick=False)", b2a_uu, "Uuencodes a line of data.", 0},
    {"a2b_qp(data, header=False)", a2b_qp, "Decodes quoted-printable text.", 0},
    {"b2a_qp(data, quotetabs=False, istext=True, header=False)", b2a_qp,
     "Encodes as quoted-printable text.", 0},
    {"crc32(data, crc=0, /)", crc32_method, "CRC-32 checksum.", 0},
    {"crc_hqx(data, crc, /)", crc_hqx, "CRC-CCITT checksum.", 0},
    {0},
};

static bool binascii_exec(Thread *t, Value mod)
{
    if (!error_type) {
        memset(base64_values, -1, sizeof base64_values);
        for (int i = 0; i < 64; i++) {
            base64_values[(unsigned char)base64_chars[i]] = (int8_t)i;
        }
        gc_add_root(&error_type);
        gc_add_root(&incomplete_type);
        error_type = type_new_simple(t, "binascii.Error", &exc_ValueError, "");
        incomplete_type = type_new_simple(t, "binascii.Incomplete", &exc_Exception, "");
    }
    return module_add(t, mod, "Error", error_type) &&
           module_add(t, mod, "Incomplete", incomplete_type);
}

const ModuleDef module_binascii = {"binascii", "Conversion between binary data and ASCII",
                                   binascii_functions, binascii_exec};
