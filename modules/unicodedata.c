/* unicodedata: properties, names and normal forms of characters; ucd_3_2_0 shows those of
 * Unicode 3.2. Each function exists twice: in the module, and as a method of the UCD object (self
 * first). */
#include <strings.h>

#include <math.h>

#include "core/object/codec.h"
#include "core/object/float.h"
#include "core/object/module.h"
#include "core/object/str_internal.h"
#include "core/object/unicode.h"
#include "core/object/unicode_names.h"

typedef struct OldRange {
    uint32_t lo, hi;
    const char *category, *bidirectional, *width; /* NULL: as today */
    int mirrored;                                 /* -1: as today */
    double numeric;                               /* NAN: as today, -inf: none */
    int decimal, digit;                           /* -2: as today, -1: none */
    const char *decomposition;                    /* NULL: as today */
} OldRange;

#include "modules/unicodedata_32.inc"

/* How c differed in Unicode 3.2, or NULL. */
static const OldRange *old_range(uint32_t c)
{
    size_t lo = 0, hi = ARRAY_SIZE(old_ranges);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (old_ranges[mid].hi < c) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < ARRAY_SIZE(old_ranges) && old_ranges[lo].lo <= c ? &old_ranges[lo] : NULL;
}

static bool char_arg(Thread *t, Value v, const char *function, const char *which, uint32_t *c)
{
    if (!value_is_str(v) || str_len(v) != 1) {
        type_error(t, "%s() argument%s must be a unicode character, not %T", function, which, v);
        return false;
    }
    *c = str_get(value_str(v), 0);
    return true;
}

static Value default_or_error(Thread *t, Value dflt, const char *message)
{
    return dflt ? dflt : value_error(t, "%s", message);
}

/* ---- one value per character; old: Unicode 3.2 ---- */

static Value decimal(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "decimal", " 1", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    int value = r && r->decimal != -2 ? r->decimal : unicode_decimal(c);
    return value < 0 ? default_or_error(t, args[1], "not a decimal") : fixnum(value);
}

static Value digit(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "digit", " 1", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    int value = r && r->digit != -2 ? r->digit : unicode_digit(c);
    return value < 0 ? default_or_error(t, args[1], "not a digit") : fixnum(value);
}

static Value numeric(Thread *t, bool old, Value *args)
{
    uint32_t c;
    double value;
    if (!char_arg(t, args[0], "numeric", " 1", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    bool found = unicode_numeric(c, &value);
    if (r && !isnan(r->numeric)) {
        value = r->numeric;
        found = !isinf(value);
    }
    return found ? float_new(t, value) : default_or_error(t, args[1], "not a numeric character");
}

static Value category(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "category", "", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    return str_from_cstr(t, r && r->category ? r->category : unicode_category(c));
}

static Value bidirectional(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "bidirectional", "", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    return str_from_cstr(t, r && r->bidirectional ? r->bidirectional : unicode_bidirectional(c));
}

static Value east_asian_width(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "east_asian_width", "", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    return str_from_cstr(t, r && r->width ? r->width : unicode_east_asian_width(c));
}

static bool gone(const OldRange *r) { return r && r->category && strcmp(r->category, "Cn") == 0; }

static Value combining(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "combining", "", &c)) {
        return 0;
    }
    return fixnum(old && gone(old_range(c)) ? 0 : unicode_combining(c));
}

static Value mirrored(Thread *t, bool old, Value *args)
{
    uint32_t c;
    if (!char_arg(t, args[0], "mirrored", "", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    return fixnum(r && r->mirrored >= 0 ? r->mirrored : unicode_mirrored(c));
}

static Value decomposition(Thread *t, bool old, Value *args)
{
    uint32_t c, chars[18];
    if (!char_arg(t, args[0], "decomposition", "", &c)) {
        return 0;
    }
    const OldRange *r = old ? old_range(c) : NULL;
    if (r && r->decomposition) {
        return str_from_cstr(t, r->decomposition);
    }
    const char *tag = NULL;
    int n = unicode_decomposition(c, &tag, chars);
    StrBuilder b;
    sb_init(&b, t);
    if (tag) {
        sb_cstr(&b, tag);
    }
    for (int i = 0; i < n; i++) {
        sb_format(&b, i || tag ? " %04X" : "%04X", (unsigned)chars[i]);
    }
    return sb_finish(&b);
}

/* ---- names ---- */

static Value name(Thread *t, bool old, Value *args)
{
    uint32_t c;
    size_t n;
    char room[64];
    if (!char_arg(t, args[0], "name", " 1", &c)) {
        return 0;
    }
    const char *text = old && gone(old_range(c)) ? NULL : unicode_name(c, room, &n);
    return text ? str_from_ascii(t, text, n) : default_or_error(t, args[1], "no such name");
}

/* Is it the name itself, not an alias?  The old database has no aliases. */
static bool is_name_of(uint32_t c, const char *name, size_t n)
{
    size_t len;
    char room[64];
    const char *text = unicode_name(c, room, &len);
    return text && len == n && strncasecmp(text, name, n) == 0;
}

static Value lookup(Thread *t, bool old, Value *args)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "lookup() argument must be str, not %T", args[0]);
    }
    size_t n;
    const char *p = str_utf8(t, args[0], &n);
    if (!p) {
        return 0;
    }
    if (n > 256) {
        return raise(t, &exc_KeyError, "name too long");
    }
    uint32_t chars[4];
    int count = unicode_lookup_sequence(p, n, chars);
    if (count == 0 ||
        (old && (count > 1 || gone(old_range(chars[0])) || !is_name_of(chars[0], p, n)))) {
        return raise(t, &exc_KeyError, "undefined character name '%s'", p);
    }
    return str_from_ucs4(t, chars, (size_t)count);
}

/* ---- normal forms ---- */

static bool both_str(Thread *t, const char *function, const Value *args)
{
    for (int i = 0; i < 2; i++) {
        if (!value_is_str(args[i])) {
            type_error(t, "%s() argument %d must be str, not %T", function, i + 1, args[i]);
            return false;
        }
    }
    return true;
}

static bool form_arg(Thread *t, Value v, NormalForm *form)
{
    static const char *const labels[] = {"NFC", "NFD", "NFKC", "NFKD"};
    for (int i = 0; i < 4; i++) {
        if (str_eq_cstr(v, labels[i])) {
            *form = (NormalForm)i;
            return true;
        }
    }
    value_error(t, "invalid normalization form");
    return false;
}

/* Five compatibility ideographs had other decompositions; what 3.2 did not know stays as it is. */
static Value normalize_old(Thread *t, NormalForm form, Value v)
{
    static const uint32_t corrected[5][2] = {{0x2f868, 0x2136a},
                                             {0x2f874, 0x5f33},
                                             {0x2f91f, 0x43ab},
                                             {0x2f95f, 0x7aae},
                                             {0x2f9bf, 0x4d57}};
    Str *s = value_str(v);
    StrBuilder whole, part;
    sb_init(&whole, t);
    sb_init(&part, t);
    for (size_t i = 0; i <= s->len; i++) {
        uint32_t c = i < s->len ? str_get(s, i) : 0;
        bool barrier = i == s->len || gone(old_range(c));
        for (int k = 0; k < 5; k++) {
            c = c == corrected[k][0] ? corrected[k][1] : c;
        }
        if (!barrier) {
            sb_char(&part, c);
            continue;
        }
        Value piece = sb_finish(&part);
        piece = piece ? unicode_normalize(t, form, piece) : 0;
        if (!piece || !sb_str(&whole, piece) || (i < s->len && !sb_char(&whole, c))) {
            return 0;
        }
        sb_init(&part, t);
    }
    return sb_finish(&whole);
}

/* The text args[1] in the form that args[0] names. */
static Value normal_form(Thread *t, bool old, const char *function, Value *args)
{
    NormalForm form;
    if (!both_str(t, function, args)) {
        return 0;
    }
    if (str_len(args[1]) == 0) {
        return args[1];
    }
    if (!form_arg(t, args[0], &form)) {
        return 0;
    }
    return old ? normalize_old(t, form, args[1]) : unicode_normalize(t, form, args[1]);
}

static Value normalize(Thread *t, bool old, Value *args)
{
    return normal_form(t, old, "normalize", args);
}

static Value is_normalized(Thread *t, bool old, Value *args)
{
    Value r = normal_form(t, old, "is_normalized", args);
    return r ? bool_value(str_eq(r, args[1])) : 0;
}

/* ---- both faces ---- */

#define FUNCTIONS(X)                                                                    \
    X(decimal, "(chr, default=None, /)", "Decimal value of a character as integer.")    \
    X(digit, "(chr, default=None, /)", "Digit value of a character as integer.")        \
    X(numeric, "(chr, default=None, /)", "Numeric value of a character as float.")      \
    X(category, "(chr, /)", "General category of a character.")                         \
    X(bidirectional, "(chr, /)", "Bidirectional class of a character.")                 \
    X(combining, "(chr, /)", "Canonical combining class of a character.")               \
    X(mirrored, "(chr, /)", "1 when the character is mirrored in bidirectional text.")  \
    X(east_asian_width, "(chr, /)", "East Asian width of a character.")                 \
    X(decomposition, "(chr, /)", "Decomposition mapping of a character.")               \
    X(name, "(chr, default=None, /)", "Name of a character.")                           \
    X(lookup, "(name, /)", "Character or sequence with that name.")                     \
    X(is_normalized, "(form, unistr, /)", "Whether the string is in that normal form.") \
    X(normalize, "(form, unistr, /)", "Return the string in that normal form.")

#define DEFINE(f, signature, doc)                                                                  \
    static Value f##_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)                  \
    {                                                                                              \
        return f(t, false, args);                                                                  \
    }                                                                                              \
    static Value f##_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)              \
    {                                                                                              \
        return f(t, true, args + 1);                                                               \
    }
FUNCTIONS(DEFINE)
#undef DEFINE

#define ROW(f, signature, doc) {#f signature, f##_fn, doc, 0},
static const NativeDef functions[] = {FUNCTIONS(ROW){0}};
#undef ROW
#define ROW(f, signature, doc) {#f signature, f##_method, doc, 0},
static const NativeDef methods[] = {FUNCTIONS(ROW){0}};
#undef ROW

static Value get_version(Thread *t, Value self UNUSED, void *closure UNUSED)
{
    return str_from_cstr(t, "3.2.0");
}
static const GetSetDef getset[] = {
    {"unidata_version", get_version, NULL, "Version of the database.", NULL}, {0}};

static Type ucd_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "unicodedata.UCD",
                        .size = sizeof(Object),
                        .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
                        .methods = methods,
                        .getset = getset,
                        .getattr = generic_getattr};

static bool unicodedata_exec(Thread *t, Value mod)
{
    if (!module_add_str(t, mod, "unidata_version", "14.0.0") ||
        !module_add_type(t, mod, &ucd_type)) {
        return false;
    }
    void *old = object_alloc(t, &ucd_type, sizeof(Object));
    return old && module_add(t, mod, "ucd_3_2_0", object_value(old));
}

const ModuleDef module_unicodedata;
const ModuleDef module_unicodedata = {.name = "unicodedata",
                                      .doc = "Access to the Unicode Character Database: the "
                                             "properties of all characters, version 14.0.0.",
                                      .functions = functions,
                                      .exec = unicodedata_exec};
