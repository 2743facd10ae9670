/* The JSON reader: a recursive-descent parser over the code points of a str. */
#include "core/base/dtoa.h"
#include "core/object/dict_internal.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list_internal.h"
#include "core/object/tuple.h"
#include "modules/_json/json.h"

typedef struct Scanner { /* init-only */
    Object head;
    bool strict;
    Value object_hook, pairs_hook, parse_float, parse_int, parse_constant;
} Scanner;

enum { RECENT_KEYS = 64, RECENT_KEY_MAX = 32 };

/* One call of a scanner. */
typedef struct Scan {
    Thread *t;
    const Scanner *scanner;
    Value text;
    const Str *s;
    ssize_t len;
    Value memo; /* dict: equal keys are one object */
    Value recent[RECENT_KEYS]; /* keys of the memo, of one byte a character, by key_slot; or 0 */
} Scan;

static Value scan_once(Scan *in, ssize_t i, ssize_t *end);

static inline uint32_t at(const Scan *in, ssize_t i)
{
    return in->s->kind == 1 ? ((const uint8_t *)in->s->data)[i] : str_get(in->s, (size_t)i);
}
static inline bool at_is(const Scan *in, ssize_t i, uint32_t c)
{
    return i < in->len && at(in, i) == c;
}
static inline bool is_digit_at(const Scan *in, ssize_t i)
{
    return i < in->len && at(in, i) >= '0' && at(in, i) <= '9';
}
static NOINLINE ssize_t skip_space_slow(const Scan *in, ssize_t i)
{
    while (i < in->len) {
        uint32_t c = at(in, i);
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            break;
        }
        i++;
    }
    return i;
}

static inline ssize_t skip_space(const Scan *in, ssize_t i)
{
    if (i + 1 < in->len && at(in, i) == ' ') { /* mostly there is one */
        i++;
    }
    return i < in->len && at(in, i) > ' ' ? i : skip_space_slow(in, i);
}

static Value no_value(Scan *in, ssize_t i)
{
    return stop_iteration(in->t, int_from_int64(in->t, i));
}

/* Where a short key that begins at i and needs no decoding ends, and its place in in->recent; 0:
 * another kind of key. */
static ssize_t plain_key_end(const Scan *in, ssize_t i, size_t *slot)
{
    const uint8_t *p = in->s->data;
    ssize_t stop = in->len - i < RECENT_KEY_MAX ? in->len : i + RECENT_KEY_MAX;
    uint32_t h = 0;
    if (in->s->kind != 1) {
        return 0;
    }
    for (; i < stop && p[i] != '"'; i++) {
        if (p[i] == '\\' || p[i] < ' ') {
            return 0;
        }
        h = (h + p[i]) * 0x9e3779b1u;
    }
    *slot = h >> 26;
    return i < stop ? i : 0;
}

/* The key at i, the same object as the keys before that are equal to it; *end behind its quote. */
static Value scan_key(Scan *in, ssize_t i, ssize_t *end)
{
    size_t slot = 0;
    ssize_t stop = plain_key_end(in, i, &slot);
    Value known = stop ? in->recent[slot] : 0;
    if (known && str_len(known) == (size_t)(stop - i) &&
        memcmp(value_str(known)->data, (const char *)in->s->data + i, (size_t)(stop - i)) == 0) {
        *end = stop + 1;
        return known;
    }
    Value key = json_scan_string(in->t, in->text, i, in->scanner->strict, end);
    key = key == 0 ? 0 : dict_setdefault(in->t, in->memo, key, key);
    if (stop && key) {
        in->recent[slot] = key;
    }
    return key;
}

/* "key": value at i; *end behind the value. */
static bool scan_member(Scan *in, ssize_t i, Value *key, Value *v, ssize_t *end)
{
    Thread *t = in->t;
    if (!at_is(in, i, '"')) {
        json_decode_error(t, "Expecting property name enclosed in double quotes", in->text, i);
        return false;
    }
    *key = scan_key(in, i + 1, &i);
    if (*key == 0) {
        return false;
    }
    i = skip_space(in, i);
    if (!at_is(in, i, ':')) {
        json_decode_error(t, "Expecting ':' delimiter", in->text, i);
        return false;
    }
    *v = scan_once(in, skip_space(in, i + 1), end);
    return *v != 0;
}

static Value scan_object(Scan *in, ssize_t i, ssize_t *end)
{
    Thread *t = in->t;
    bool pairs = !is_none(in->scanner->pairs_hook);
    Value result = pairs ? list_new(t, 0) : dict_new(t), key, v;
    if (result == 0) {
        return 0;
    }
    i = skip_space(in, i);
    if (!at_is(in, i, '}')) {
        for (;;) {
            if (!scan_member(in, i, &key, &v, &i)) {
                return 0;
            }
            Value pair = pairs ? tuple_pack(t, 2, key, v) : 0;
            bool added = !pairs ? dict_add_new(t, result, key, v)
                                : pair != 0 && list_add_new(t, result, pair);
            if (!added) {
                return 0;
            }
            i = skip_space(in, i);
            if (at_is(in, i, '}')) {
                break;
            }
            if (!at_is(in, i, ',')) {
                return json_decode_error(t, "Expecting ',' delimiter", in->text, i);
            }
            i = skip_space(in, i + 1);
        }
    }
    *end = i + 1;
    if (pairs) {
        return call1(t, in->scanner->pairs_hook, result);
    }
    return is_none(in->scanner->object_hook) ? result : call1(t, in->scanner->object_hook, result);
}

static Value scan_array(Scan *in, ssize_t i, ssize_t *end)
{
    Thread *t = in->t;
    Value result = list_new(t, 0);
    if (result == 0) {
        return 0;
    }
    i = skip_space(in, i);
    if (!at_is(in, i, ']')) {
        for (;;) {
            Value v = scan_once(in, i, &i);
            if (v == 0 || !list_add_new(t, result, v)) {
                return 0;
            }
            i = skip_space(in, i);
            if (at_is(in, i, ']')) {
                break;
            }
            if (!at_is(in, i, ',')) {
                return json_decode_error(t, "Expecting ',' delimiter", in->text, i);
            }
            i = skip_space(in, i + 1);
        }
    }
    *end = i + 1;
    return result;
}

static Value make_number(Scan *in, ssize_t start, ssize_t end, bool is_float)
{
    Thread *t = in->t;
    Value custom = is_float ? in->scanner->parse_float : in->scanner->parse_int;
    Type *exact = is_float ? &float_type : &int_type;
    if (!is_float && custom == object_value(exact) && end - start < 18) {
        int64_t v = 0;
        bool negative = at(in, start) == '-';
        for (ssize_t k = start + negative; k < end; k++) {
            v = v * 10 + (int64_t)(at(in, k) - '0');
        }
        return fixnum(negative ? -v : v);
    }
    if (is_float && custom == object_value(exact) && in->s->kind == 1) {
        const char *p = in->s->data, *stop;
        return float_new(t, double_parse(p + start, p + end, &stop));
    }
    Value text = str_substring(t, in->text, (size_t)start, (size_t)end);
    if (text == 0) {
        return 0;
    }
    if (custom != object_value(exact)) {
        return call1(t, custom, text);
    }
    size_t n;
    const char *p = str_utf8(t, text, &n);
    if (p == NULL) {
        return 0;
    }
    return is_float ? float_from_text(t, p, n, text) : int_from_text(t, p, n, 10);
}

/* An integer of at most 17 digits in text of one byte a character; 0: it is another kind of
 * number. */
static inline Value scan_short_int(Scan *in, ssize_t start, ssize_t *end)
{
    const uint8_t *text = in->s->data, *p = text + start, *stop = text + in->len;
    if (in->s->kind != 1 || in->scanner->parse_int != object_value(&int_type)) {
        return 0;
    }
    bool negative = *p == '-';
    const uint8_t *first = p += negative;
    stop = stop - p > 17 ? p + 17 : stop;
    int64_t v = 0;
    while (p < stop && *p >= '0' && *p <= '9') {
        v = v * 10 + (*p++ - '0');
    }
    if (p == first || p == stop) { /* what follows a number decides */
        return 0;
    }
    if (*p == '.' || (*p | 32) == 'e' || (*first == '0' && p > first + 1)) {
        return 0;
    }
    *end = p - text;
    return fixnum(negative ? -v : v);
}

static Value scan_number(Scan *in, ssize_t start, ssize_t *end)
{
    ssize_t i = start;
    bool is_float = false;
    Value quick = scan_short_int(in, start, end);
    if (quick) {
        return quick;
    }
    if (at_is(in, i, '-')) {
        i++;
    }
    if (!is_digit_at(in, i)) {
        return no_value(in, start);
    }
    if (at(in, i) == '0') {
        i++;
    } else {
        while (is_digit_at(in, i)) {
            i++;
        }
    }
    if (at_is(in, i, '.') && is_digit_at(in, i + 1)) {
        is_float = true;
        for (i += 2; is_digit_at(in, i); i++) {
        }
    }
    if (at_is(in, i, 'e') || at_is(in, i, 'E')) {
        ssize_t k = i + 1;
        k += at_is(in, k, '+') || at_is(in, k, '-');
        if (is_digit_at(in, k)) {
            is_float = true;
            for (i = k + 1; is_digit_at(in, i); i++) {
            }
        }
    }
    *end = i;
    return make_number(in, start, i, is_float);
}

static bool word_at(const Scan *in, ssize_t i, const char *word)
{
    for (; *word != 0; word++, i++) {
        if (!at_is(in, i, (uint32_t)*word)) {
            return false;
        }
    }
    return true;
}

static Value scan_constant(Scan *in, ssize_t i, const char *word, ssize_t *end)
{
    Value text = str_from_cstr(in->t, word);
    *end = i + (ssize_t)strlen(word);
    return text == 0 ? 0 : call1(in->t, in->scanner->parse_constant, text);
}

static Value scan_nested(Scan *in, ssize_t i, ssize_t *end)
{
    bool object = at(in, i) == '{';
    if (!c_recursion_enter(in->t, object ? " while decoding a JSON object from a unicode string"
                                         : " while decoding a JSON array from a unicode string")) {
        return 0;
    }
    Value v = object ? scan_object(in, i + 1, end) : scan_array(in, i + 1, end);
    c_recursion_leave(in->t);
    return v;
}

static Value scan_once(Scan *in, ssize_t i, ssize_t *end)
{
    static const struct { const char *word; int what; } words[] = {
        {"null", 0}, {"true", 1}, {"false", 2}, {"NaN", 3}, {"Infinity", 3}, {"-Infinity", 3}};
    if (i < 0) {
        return value_error(in->t, "idx cannot be negative");
    }
    if (i >= in->len) {
        return no_value(in, i);
    }
    uint32_t c = at(in, i);
    if (c == '"') {
        return json_scan_string(in->t, in->text, i + 1, in->scanner->strict, end);
    }
    if (c == '{' || c == '[') {
        return scan_nested(in, i, end);
    }
    if (c >= '0' && c <= '9') {
        return scan_number(in, i, end);
    }
    for (size_t k = 0; k < ARRAY_SIZE(words); k++) {
        if (c == (uint32_t)words[k].word[0] && word_at(in, i, words[k].word)) {
            *end = i + (ssize_t)strlen(words[k].word);
            switch (words[k].what) {
            case 0: return NONE;
            case 1: return TRUE_VALUE;
            case 2: return FALSE_VALUE;
            default: return scan_constant(in, i, words[k].word, end);
            }
        }
    }
    return scan_number(in, i, end);
}

/* ---- the type ---- */

static void scanner_trace(Object *self, Tracer *tr)
{
    Scanner *s = (Scanner *)self;
    trace_value(tr, s->object_hook);
    trace_value(tr, s->pairs_hook);
    trace_value(tr, s->parse_float);
    trace_value(tr, s->parse_int);
    trace_value(tr, s->parse_constant);
}

static Value scanner_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("make_scanner(context)");
    static const char *const names_of[] = {"object_hook", "object_pairs_hook", "parse_float",
                                           "parse_int", "parse_constant"};
    Value ctx, got[5];
    if (!args_bind(t, &sig, args, n, kwnames, &ctx)) {
        return 0;
    }
    Value strict = object_getattr_cstr(t, ctx, "strict");
    int is_strict = strict == 0 ? -1 : object_truth(t, strict);
    if (is_strict < 0) {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(got); i++) {
        got[i] = object_getattr_cstr(t, ctx, names_of[i]);
        if (got[i] == 0) {
            return 0;
        }
    }
    Scanner *s = object_alloc_instance(t, type, 0);
    if (s == NULL) {
        return 0;
    }
    s->strict = is_strict;
    gc_init(&s->object_hook, got[0]);
    gc_init(&s->pairs_hook, got[1]);
    gc_init(&s->parse_float, got[2]);
    gc_init(&s->parse_int, got[3]);
    gc_init(&s->parse_constant, got[4]);
    return object_value(s);
}

static Value scanner_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("scan_once(string, idx)");
    Value a[2];
    ssize_t i, end;
    if (!args_bind(t, &sig, args, n, kwnames, a) ||
        !value_to_ssize(t, a[1], &i, &exc_OverflowError)) {
        return 0;
    }
    if (!value_is_str(a[0])) {
        return type_error(t, "first argument must be a string, not %T", a[0]);
    }
    Scan in = {.t = t, .scanner = (Scanner *)value_object(self), .text = a[0], .s = value_str(a[0]),
               .len = (ssize_t)str_len(a[0]), .memo = dict_new(t)};
    Value v = in.memo == 0 ? 0 : scan_once(&in, i, &end);
    return v == 0 ? 0 : tuple_pack(t, 2, v, fixnum(end));
}

static const MemberDef scanner_members[] = {
    {"strict", MEMBER_BOOL, offsetof(Scanner, strict), true, "strict"},
    {"object_hook", MEMBER_VALUE, offsetof(Scanner, object_hook), true, "object_hook"},
    {"object_pairs_hook", MEMBER_VALUE, offsetof(Scanner, pairs_hook), true, "object_pairs_hook"},
    {"parse_float", MEMBER_VALUE, offsetof(Scanner, parse_float), true, "parse_float"},
    {"parse_int", MEMBER_VALUE, offsetof(Scanner, parse_int), true, "parse_int"},
    {"parse_constant", MEMBER_VALUE, offsetof(Scanner, parse_constant), true, "parse_constant"},
    {NULL, 0, 0, false, NULL},
};

Type json_scanner_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_json.Scanner",
    .doc = "JSON scanner object",
    .size = sizeof(Scanner),
    .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = scanner_trace,
    .new = scanner_new,
    .call = scanner_call,
    .members = scanner_members,
};
