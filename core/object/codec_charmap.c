/* Codecs driven by a mapping: charmap decode and encode, the compact EncodingMap, and
 * str.translate. */
#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/native.h"
#include "core/object/str_internal.h"

#define UNDEFINED 0xfffe /* in a decoding table: no character */

/* ---- EncodingMap: BMP characters to bytes, in pages of 256 ---- */

typedef struct EncodingMap {
    Object head;
    int count;             /* pages in use; page 0 is all "absent" */
    uint8_t page_of[256];  /* by the character's high byte */
    uint8_t pages[];       /* 256 bytes each; 0: absent (byte 0 stands for U+0000 only) */
} EncodingMap;

static Value map_size_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return fixnum((int64_t)sizeof(EncodingMap) +
                  256 * ((EncodingMap *)value_object(args[0]))->count);
}

static const NativeDef map_methods[] = {
    {"size()", map_size_method, "Return the size in bytes of this object.", 0}, {0}};

Type encoding_map_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                          .name = "EncodingMap",
                          .size = sizeof(EncodingMap),
                          .item_size = 1,
                          .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                          .methods = map_methods};

static Value mapping_dict(Thread *t, Str *s)
{
    Value d = dict_new(t);
    for (size_t i = 0; d && i < s->len && i < 256; i++) {
        if (!dict_set(t, d, fixnum(str_get(s, i)), fixnum((int64_t)i))) {
            return 0;
        }
    }
    return d;
}

Value charmap_build(Thread *t, Value decoding)
{
    Str *s = value_str(decoding);
    size_t n = s->len > 256 ? 256 : s->len;
    bool plain = n > 0 && str_get(s, 0) == 0;
    uint8_t page_of[256] = {0};
    int count = 1;
    for (size_t i = 1; i < n && plain; i++) {
        uint32_t c = str_get(s, i);
        plain = c != 0 && c <= 0xffff;
        if (plain && c != UNDEFINED && !page_of[c >> 8]) {
            plain = count < 255;
            page_of[c >> 8] = (uint8_t)count++;
        }
    }
    if (!plain) {
        return mapping_dict(t, s);
    }
    EncodingMap *m = object_alloc(t, &encoding_map_type, sizeof *m + 256 * (size_t)count);
    if (!m) {
        return 0;
    }
    m->count = count;
    memcpy(m->page_of, page_of, sizeof page_of);
    for (size_t i = 1; i < n; i++) {
        uint32_t c = str_get(s, i);
        if (c != UNDEFINED) {
            m->pages[256 * page_of[c >> 8] + (c & 255)] = (uint8_t)i;
        }
    }
    return object_value(m);
}

/* ---- decoding ---- */

/* The result of looking key up: 1 *out, 0 not mapped, -1 raised. */
static int look_up(Thread *t, Value mapping, uint32_t key, Value *out)
{
    if (value_is_dict_exact(mapping)) { /* without an exception for what is absent */
        *out = dict_get(t, mapping, fixnum(key));
        return *out ? 1 : t->exc ? -1 : 0;
    }
    *out = object_getitem(t, mapping, fixnum(key));
    if (!*out) {
        return error_clear_if(t, &exc_LookupError) ? 0 : -1;
    }
    return 1;
}

/* 1 appended, 0 undefined, -1 raised */
static int decode_one(Thread *t, Value mapping, uint8_t byte, StrBuilder *out)
{
    if (value_is_str_exact(mapping)) {
        uint32_t c = byte < str_len(mapping) ? str_get(value_str(mapping), byte) : UNDEFINED;
        return c == UNDEFINED ? 0 : sb_char(out, c) ? 1 : -1;
    }
    Value v;
    int found = look_up(t, mapping, byte, &v);
    if (found <= 0 || is_none(v)) {
        return found < 0 ? -1 : 0;
    }
    if (value_is_int(v)) {
        int64_t c;
        if (!int_try_int64(v, &c) || c < 0 || c > 0x10ffff) {
            type_error(t, "character mapping must be in range(0x%x)", 0x110000u);
            return -1;
        }
        return c == UNDEFINED ? 0 : sb_char(out, (uint32_t)c) ? 1 : -1;
    }
    if (!value_is_str(v)) {
        type_error(t, "character mapping must return integer, None or str");
        return -1;
    }
    if (str_len(v) == 1 && str_get(value_str(v), 0) == UNDEFINED) {
        return 0;
    }
    return sb_str(out, v) ? 1 : -1;
}

Value charmap_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, Value mapping)
{
    if (!mapping || is_none(mapping)) {
        return str_from_latin1(t, p, n);
    }
    DecodeErrors d = {.t = t, .encoding = "charmap", .errors = errors, .p = p, .n = n};
    StrBuilder out;
    sb_init(&out, t);
    for (size_t i = 0; i < d.n;) {
        int done = decode_one(t, mapping, d.p[i], &out);
        if (done < 0) {
            return 0;
        }
        if (done) {
            i++;
        } else if (!decode_error(&d, "character maps to <undefined>", i, i + 1, &out, &i)) {
            return 0;
        }
    }
    return sb_finish(&out);
}

/* ---- encoding ---- */

/* 1 appended, 0 undefined, -1 raised; out NULL: only asks */
static int encode_one(Thread *t, Value mapping, uint32_t c, ByteBuilder *out)
{
    if (type_of(mapping) == &encoding_map_type) {
        const EncodingMap *m = (const EncodingMap *)value_object(mapping);
        if (c > 0xffff) {
            return 0;
        }
        uint8_t byte = m->pages[256 * m->page_of[c >> 8] + (c & 255)];
        if (byte == 0 && c != 0) {
            return 0;
        }
        return !out || bb_byte(out, byte) ? 1 : -1;
    }
    Value v;
    int found = look_up(t, mapping, c, &v);
    if (found <= 0 || is_none(v)) {
        return found < 0 ? -1 : 0;
    }
    if (value_is_int(v)) {
        int64_t byte;
        if (!int_try_int64(v, &byte) || byte < 0 || byte > 255) {
            type_error(t, "character mapping must be in range(256)");
            return -1;
        }
        return !out || bb_byte(out, (int)byte) ? 1 : -1;
    }
    if (!value_is_bytes(v)) {
        type_error(t, "character mapping must return integer, bytes or None, not %T", v);
        return -1;
    }
    return !out || bb_bytes(out, value_bytes(v)->data, value_bytes(v)->len) ? 1 : -1;
}

static bool encode_unmapped(EncodeErrors *e, Value mapping, ByteBuilder *out, size_t *i)
{
    Thread *t = e->t;
    Str *s = value_str(e->object);
    size_t start = *i, end = start + 1;
    const char *reason = "character maps to <undefined>";
    while (end < s->len) {
        int mapped = encode_one(t, mapping, str_get(s, end), NULL);
        if (mapped < 0) {
            return false;
        }
        if (mapped) {
            break;
        }
        end++;
    }
    Value r;
    if (!encode_error(e, reason, start, end, &r, i)) {
        return false;
    }
    if (r && value_is_bytes(r)) {
        return bb_bytes(out, value_bytes(r)->data, value_bytes(r)->len);
    }
    for (size_t k = 0; r && k < str_len(r); k++) {
        int mapped = encode_one(t, mapping, str_get(value_str(r), k), out);
        if (mapped == 0) {
            raise_unicode_encode(t, "charmap", e->object, start, end, reason);
        }
        if (mapped <= 0) {
            return false;
        }
    }
    return true;
}

Value charmap_encode(Thread *t, Value v, const char *errors, Value mapping)
{
    if (!mapping || is_none(mapping)) {
        return latin1_encode(t, v, errors);
    }
    Str *s = value_str(v);
    EncodeErrors e = {.t = t, .encoding = "charmap", .errors = errors, .object = v};
    ByteBuilder b;
    bb_init(&b, t);
    for (size_t i = 0; i < s->len;) {
        int done = encode_one(t, mapping, str_get(s, i), &b);
        if (done > 0) {
            i++;
        } else if (done < 0 || !encode_unmapped(&e, mapping, &b, &i)) {
            return 0;
        }
    }
    return bb_finish(&b);
}

/* ---- translate ---- */

/* entries of the cache, beside code point + 1 */
enum { SAME = 0x110001, GONE = 0x110002, UNKNOWN = 0 };

/* What c becomes: *note, or UNKNOWN there and a str in *text. */
static bool translate_one(Thread *t, Value mapping, uint32_t c, uint32_t *note, Value *text)
{
    Value v;
    int found = look_up(t, mapping, c, &v);
    if (found < 0) {
        return false;
    }
    if (found == 0) {
        *note = SAME;
        return true;
    }
    if (is_none(v)) {
        *note = GONE;
        return true;
    }
    if (value_is_int(v)) {
        int64_t x;
        if (!int_try_int64(v, &x) || x < 0 || x > 0x10ffff) {
            value_error(t, "character mapping must be in range(0x%x)", 0x110000u);
            return false;
        }
        *note = (uint32_t)x + 1;
        return true;
    }
    if (!value_is_str(v)) {
        type_error(t, "character mapping must return integer, None or str");
        return false;
    }
    *note = UNKNOWN;
    *text = v;
    return true;
}

Value charmap_translate(Thread *t, Value v, Value mapping)
{
    Str *s = value_str(v);
    uint32_t cache[128] = {UNKNOWN}; /* what a plain dict gave for ASCII */
    bool may_cache = value_is_dict_exact(mapping);
    char run[256]; /* the ASCII that is to be appended next */
    size_t held = 0;
    StrBuilder out;
    sb_init(&out, t);
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i), note = may_cache && c < 128 ? cache[c] : UNKNOWN;
        Value text = 0;
        if (note == UNKNOWN) {
            if (!translate_one(t, mapping, c, &note, &text)) {
                return 0;
            }
            if (c < 128) {
                cache[c] = note;
            }
        }
        uint32_t ascii = note == SAME ? c : note - 1; /* of UNKNOWN: no character */
        if (ascii < 128) {
            run[held++] = (char)ascii;
        }
        if (held == sizeof run || (held > 0 && ascii >= 128)) {
            sb_ascii(&out, run, held);
            held = 0;
        }
        if (ascii < 128) {
            continue;
        }
        if (text ? !sb_str(&out, text) : note != GONE && !sb_char(&out, ascii)) {
            return 0;
        }
    }
    sb_ascii(&out, run, held);
    return sb_finish(&out);
}
