/* Case mappings and character-class tests of str. ASCII text takes table-free loops. */
#include "core/base/ascii.h"
#include "core/object/str_internal.h"
#include "core/object/unicode.h"


static inline bool char_is_lower(uint32_t c)
{
    return c < 128 ? ascii_is_lower((uint8_t)c) : unicode_is_lower(c);
}
static inline bool char_is_upper(uint32_t c)
{
    return c < 128 ? ascii_is_upper((uint8_t)c) : unicode_is_upper(c);
}

/* U+03A3 is final when a cased letter stands before it and none behind, both past case-ignorable
 * characters. */
static bool sigma_is_final(const Str *s, size_t i)
{
    size_t k = i;
    while (k > 0 && unicode_is_case_ignorable(str_get(s, k - 1))) {
        k--;
    }
    if (k == 0 || !unicode_is_cased(str_get(s, k - 1))) {
        return false;
    }
    k = i + 1;
    while (k < s->len && unicode_is_case_ignorable(str_get(s, k))) {
        k++;
    }
    return k == s->len || !unicode_is_cased(str_get(s, k));
}

typedef enum { TO_LOWER, TO_UPPER, TO_TITLE, TO_CAPITALIZED, TO_SWAPPED, TO_FOLDED } CaseMode;

static Value map_ascii(Thread *t, Str *s, CaseMode mode)
{
    Value v = str_new(t, s->len, 127);
    if (!v) {
        return 0;
    }
    const uint8_t *p = s->data;
    uint8_t *q = value_str(v)->data;
    if (mode == TO_LOWER || mode == TO_UPPER || mode == TO_FOLDED) {
        ascii_flip_letters(q, p, s->len, mode == TO_UPPER ? 'a' : 'A');
        return v;
    }
    bool in_word = false;
    for (size_t i = 0; i < s->len; i++) {
        uint8_t c = p[i];
        uint8_t low = ascii_is_upper(c) ? c + 32 : c, up = ascii_is_lower(c) ? c - 32 : c;
        switch (mode) {
        case TO_SWAPPED: q[i] = low != c ? low : up; break;
        case TO_TITLE:
            q[i] = in_word ? low : up;
            in_word = low != up;
            break;
        default: q[i] = i ? low : up; break;
        }
    }
    return v;
}

static int lower_at(const Str *s, size_t i, uint32_t c, uint32_t out[3])
{
    if (c < 128) {
        out[0] = ascii_is_upper((uint8_t)c) ? c + 32 : c;
        return 1;
    }
    if (c == 0x3a3) {
        out[0] = sigma_is_final(s, i) ? 0x3c2 : 0x3c3;
        return 1;
    }
    return unicode_lower_full(c, out);
}

static int upper_of(uint32_t c, uint32_t out[3])
{
    if (c < 128) {
        out[0] = ascii_is_lower((uint8_t)c) ? c - 32 : c;
        return 1;
    }
    return unicode_upper_full(c, out);
}

/* What character i of s becomes; how many that are. */
static int map_char(const Str *s, size_t i, CaseMode mode, bool *in_word, uint32_t out[3])
{
    uint32_t c = str_get(s, i);
    switch (mode) {
    case TO_LOWER: return lower_at(s, i, c, out);
    case TO_UPPER: return upper_of(c, out);
    case TO_FOLDED: return c < 128 ? lower_at(s, i, c, out) : unicode_fold_full(c, out);
    case TO_CAPITALIZED: return i ? lower_at(s, i, c, out) : unicode_title_full(c, out);
    case TO_SWAPPED:
        if (unicode_is_upper(c)) {
            return lower_at(s, i, c, out);
        }
        if (unicode_is_lower(c)) {
            return upper_of(c, out);
        }
        out[0] = c;
        return 1;
    default: {
        int n = *in_word ? lower_at(s, i, c, out) : unicode_title_full(c, out);
        *in_word = unicode_is_cased(c);
        return n;
    }
    }
}

static Value map_case(Thread *t, Value v, CaseMode mode)
{
    enum { CHUNK = 256 };
    Str *s = value_str(v);
    if (s->len == 0) {
        return N(empty);
    }
    if (s->ascii) {
        return map_ascii(t, s, mode);
    }
    StrBuilder b;
    uint32_t mapped[CHUNK + 3];
    size_t n = 0;
    bool in_word = false;
    sb_init(&b, t);
    for (size_t i = 0; i < s->len;) {
        if (mode == TO_LOWER || mode == TO_UPPER) {
            size_t most = s->len - i < CHUNK - n ? s->len - i : CHUNK - n;
            size_t plain = unicode_map_plain(s->kind, str_at(s, i), most, mode == TO_UPPER,
                                             mapped + n);
            n += plain;
            i += plain;
        }
        if (n < CHUNK && i < s->len) {
            n += (size_t)map_char(s, i++, mode, &in_word, mapped + n);
        }
        if (n >= CHUNK && !sb_kind(&b, 4, mapped, n)) {
            return 0;
        }
        n = n >= CHUNK ? 0 : n;
    }
    sb_kind(&b, 4, mapped, n);
    return sb_finish(&b);
}

Value str_lower_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return map_case(t, args[0], TO_LOWER);
}
Value str_upper_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return map_case(t, args[0], TO_UPPER);
}
Value str_title_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return map_case(t, args[0], TO_TITLE);
}
Value str_capitalize_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return map_case(t, args[0], TO_CAPITALIZED);
}
Value str_swapcase_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return map_case(t, args[0], TO_SWAPPED);
}
Value str_casefold_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return map_case(t, args[0], TO_FOLDED);
}

/* ---- tests ---- */

static bool all_chars(const Str *s, bool (*test)(uint32_t c))
{
    for (size_t i = 0; i < s->len; i++) {
        if (!test(str_get(s, i))) {
            return false;
        }
    }
    return true;
}

#define CHAR_TEST(name, ascii_test, test, empty_result)                                            \
    Value str_##name##_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)     \
    {                                                                                              \
        const Str *s = value_str(args[0]);                                                         \
        const uint8_t *p = s->data;                                                                \
        size_t i = 0;                                                                              \
        while (s->ascii && i < s->len && ascii_test(p[i])) {                                       \
            i++;                                                                                   \
        }                                                                                          \
        return bool_value(s->len == 0 ? empty_result : s->ascii ? i == s->len                      \
                                                                : all_chars(s, test));             \
    }
CHAR_TEST(isalnum, ascii_is_alnum, unicode_is_alnum, false)
CHAR_TEST(isalpha, ascii_is_alpha, unicode_is_alpha, false)
CHAR_TEST(isdecimal, ascii_is_digit, unicode_is_decimal, false)
CHAR_TEST(isdigit, ascii_is_digit, unicode_is_digit, false)
CHAR_TEST(isnumeric, ascii_is_digit, unicode_is_numeric, false)
CHAR_TEST(isspace, ascii_is_space, unicode_is_space, false)
CHAR_TEST(isprintable, ascii_is_printable, unicode_is_printable, true)

Value str_isascii_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bool_value(value_str(args[0])->ascii);
}

bool str_is_identifier(Value v)
{
    Str *s = value_str(v);
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        if (c < 128 ? !(c == '_' || ascii_is_lower((uint8_t)c) || ascii_is_upper((uint8_t)c) ||
                        (i && c >= '0' && c <= '9'))
                    : !(i ? unicode_is_xid_continue(c) : unicode_is_xid_start(c))) {
            return false;
        }
    }
    return s->len > 0;
}
Value str_isidentifier_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bool_value(str_is_identifier(args[0]));
}

Value str_islower_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    bool found = false;
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        if (char_is_upper(c) || (c > 255 && unicode_is_title(c))) {
            return FALSE_VALUE;
        }
        found |= char_is_lower(c);
    }
    return bool_value(found);
}

Value str_isupper_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    bool found = false;
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        if (char_is_lower(c) || (c > 255 && unicode_is_title(c))) {
            return FALSE_VALUE;
        }
        found |= char_is_upper(c);
    }
    return bool_value(found);
}

Value str_istitle_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    bool found = false, in_word = false;
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        bool capital = char_is_upper(c) || (c > 255 && unicode_is_title(c));
        bool small = char_is_lower(c);
        if ((capital && in_word) || (small && !in_word)) {
            return FALSE_VALUE;
        }
        in_word = capital || small;
        found |= in_word;
    }
    return bool_value(found);
}
