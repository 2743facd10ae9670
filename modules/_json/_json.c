/* _json: strings, and the module.  scanner.c reads, encoder.c writes. */
#include "core/base/ascii.h"
#include "modules/_json/json.h"

#include "core/object/tuple.h"

Value json_decode_error(Thread *t, const char *message, Value text, ssize_t at)
{
    Value type = import_attr(t, "json.decoder", "JSONDecodeError");
    Value msg = type == 0 ? 0 : str_from_cstr(t, message);
    Value exc = msg == 0 ? 0 : call3(t, type, msg, text, fixnum(at));
    return exc == 0 ? 0 : raise_exception(t, exc);
}

/* ---- reading ---- */

/* Four hex digits at i; -1: there are none. */
static int32_t hex4(const Str *s, ssize_t i)
{
    int32_t v = 0;
    for (ssize_t k = i; k < i + 4; k++) {
        int d = hex_digit_value(str_get(s, (size_t)k));
        if (d < 0) {
            return -1;
        }
        v = v * 16 + d;
    }
    return v;
}

static uint32_t json_escape(uint32_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

/* Index of the first quote, backslash or (strict) control character at or behind i, or len. */
static ssize_t chunk_end(const Str *s, ssize_t i, bool strict)
{
    ssize_t len = (ssize_t)s->len;
    if (s->kind == 1) {
        typedef uint8_t Lanes __attribute__((vector_size(16)));
        const uint8_t *p = s->data, low = strict ? 0x20 : 0;
        for (; i + (ssize_t)sizeof(Lanes) <= len; i += (ssize_t)sizeof(Lanes)) {
            Lanes x;
            uint64_t half[2];
            memcpy(&x, p + i, sizeof x);
            x = (Lanes)(x == '"') | (Lanes)(x == '\\') | (Lanes)(x < low);
            memcpy(half, &x, sizeof half);
            if (half[0] | half[1]) {
                return i + (half[0] ? __builtin_ctzll(half[0]) : 64 + __builtin_ctzll(half[1])) / 8;
            }
        }
        while (i < len && p[i] != '"' && p[i] != '\\' && (p[i] > 0x1f || !strict)) {
            i++;
        }
        return i;
    }
    for (; i < len; i++) {
        uint32_t c = str_get(s, (size_t)i);
        if (c == '"' || c == '\\' || (c <= 0x1f && strict)) {
            break;
        }
    }
    return i;
}

/* The escape behind the backslash at next - 1: its character in *c, the index behind it in *end. */
static bool scan_escape(Thread *t, Value text, ssize_t next, uint32_t *c, ssize_t *end)
{
    const Str *s = value_str(text);
    ssize_t len = (ssize_t)s->len;
    uint32_t kind = str_get(s, (size_t)next);
    if (kind != 'u') {
        *end = next + 1;
        *c = json_escape(kind);
        if (*c == 0) {
            json_decode_error(t, "Invalid \\escape", text, *end - 2);
        }
        return *c != 0;
    }
    next++;
    *end = next + 4;
    int32_t v = *end >= len ? -1 : hex4(s, next);
    if (v < 0) {
        json_decode_error(t, "Invalid \\uXXXX escape", text, next - 1);
        return false;
    }
    *c = (uint32_t)v;
    if (v >= 0xd800 && v < 0xdc00 && *end + 6 < len && str_get(s, (size_t)*end) == '\\' &&
        str_get(s, (size_t)*end + 1) == 'u') {
        int32_t low = hex4(s, *end + 2);
        if (low < 0) {
            json_decode_error(t, "Invalid \\uXXXX escape", text, *end + 1);
            return false;
        }
        if (low >= 0xdc00 && low < 0xe000) {
            *c = 0x10000 + (((uint32_t)v - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
            *end += 6;
        }
    }
    return true;
}

Value json_scan_string(Thread *t, Value text, ssize_t start, bool strict, ssize_t *end)
{
    const Str *s = value_str(text);
    ssize_t len = (ssize_t)s->len, at = start;
    if (start < 0 || start > len) {
        return value_error(t, "end is out of bounds");
    }
    StrBuilder b;
    for (bool first = true;; first = false) {
        ssize_t next = chunk_end(s, at, strict);
        uint32_t c = next < len ? str_get(s, (size_t)next) : 0;
        if (next < len && c != '"' && c != '\\') {
            return json_decode_error(t, "Invalid control character at", text, next);
        }
        if (next >= len) {
            return json_decode_error(t, "Unterminated string starting at", text, start - 1);
        }
        if (c == '"') {
            *end = next + 1;
            if (first) {
                return str_substring(t, text, (size_t)at, (size_t)next);
            }
            sb_sub(&b, text, (size_t)at, (size_t)next);
            return sb_finish(&b);
        }
        if (first) {
            sb_init(&b, t);
        }
        sb_sub(&b, text, (size_t)at, (size_t)next);
        if (++next == len) {
            return json_decode_error(t, "Unterminated string starting at", text, start - 1);
        }
        if (!scan_escape(t, text, next, &c, &at)) {
            return 0;
        }
        sb_char(&b, c);
    }
}

NATIVE_FN(json_scanstring)
{
    ssize_t start, end;
    int strict = args[2] == 0 ? 1 : object_truth(t, args[2]);
    if (strict < 0 || !value_to_ssize(t, args[1], &start, &exc_OverflowError)) {
        return 0;
    }
    if (!value_is_str(args[0])) {
        return type_error(t, "first argument must be a string, not %T", args[0]);
    }
    Value v = json_scan_string(t, args[0], start, strict, &end);
    return v == 0 ? 0 : tuple_pack(t, 2, v, fixnum(end));
}

/* ---- writing ---- */

static bool put_escape(StrBuilder *b, uint32_t c)
{
    static const char digits[] = "0123456789abcdef";
    char e[6] = {'\\',          'u', digits[c >> 12 & 15], digits[c >> 8 & 15], digits[c >> 4 & 15],
                 digits[c & 15]};
    switch (c) {
    case '"':
    case '\\': e[1] = (char)c; return sb_ascii(b, e, 2);
    case '\b': return sb_ascii(b, "\\b", 2);
    case '\f': return sb_ascii(b, "\\f", 2);
    case '\n': return sb_ascii(b, "\\n", 2);
    case '\r': return sb_ascii(b, "\\r", 2);
    case '\t': return sb_ascii(b, "\\t", 2);
    default: return sb_ascii(b, e, 6);
    }
}

bool json_quote(StrBuilder *b, Value text, bool ascii)
{
    const Str *s = value_str(text);
    size_t start = 0;
    sb_char(b, '"');
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        bool plain = c >= ' ' && c != '"' && c != '\\' && (!ascii || c < 0x7f);
        if (LIKELY(plain)) {
            continue;
        }
        if (start < i) {
            sb_sub(b, text, start, i);
        }
        start = i + 1;
        if (c >= 0x10000) {
            c -= 0x10000;
            put_escape(b, 0xd800 | c >> 10);
            c = 0xdc00 | (c & 0x3ff);
        }
        put_escape(b, c);
    }
    if (start < s->len) {
        sb_sub(b, text, start, s->len);
    }
    return sb_char(b, '"');
}

static Value quoted(Thread *t, Value text, bool ascii)
{
    if (!value_is_str(text)) {
        return type_error(t, "first argument must be a string, not %T", text);
    }
    StrBuilder b;
    sb_init(&b, t);
    json_quote(&b, text, ascii);
    return sb_finish(&b);
}

Value json_encode_basestring(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return quoted(t, args[0], false);
}

Value json_encode_basestring_ascii(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return quoted(t, args[0], true);
}

/* ---- module ---- */

static const NativeDef json_functions[] = {
    {"encode_basestring_ascii(string, /)", json_encode_basestring_ascii,
     "Return an ASCII-only JSON representation of a Python string", 0},
    {"encode_basestring(string, /)", json_encode_basestring,
     "Return a JSON representation of a Python string", 0},
    {"scanstring(string, end, strict=True, /)", json_scanstring,
     "scanstring(string, end, strict=True) -> (string, end)\n\n"
     "Scan the string s for a JSON string. End is the index of the character in s\n"
     "after the quote that started the JSON string.  If strict, control characters are not "
     "allowed.",
     0},
    {NULL, NULL, NULL, 0},
};

static bool json_exec(Thread *t, Value mod)
{
    return type_ready(t, &json_scanner_type) && type_ready(t, &json_encoder_type) &&
           module_add(t, mod, "make_scanner", object_value(&json_scanner_type)) &&
           module_add(t, mod, "make_encoder", object_value(&json_encoder_type));
}

extern const ModuleDef module__json;
const ModuleDef module__json = {
    .name = "_json",
    .doc = "json speedups",
    .functions = json_functions,
    .exec = json_exec,
};
