/* The remaining methods of str (padding, stripping, translating, encoding) and the table of all. */
#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/format_spec.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

/* ---- padding ---- */

static bool fill_arg(Thread *t, Value v, uint32_t *fill)
{
    *fill = ' ';
    if (!v) {
        return true;
    }
    if (!value_is_str(v)) {
        type_error(t, "The fill character must be a unicode character, not %T", v);
        return false;
    }
    if (str_len(v) != 1) {
        type_error(t, "The fill character must be exactly one character long");
        return false;
    }
    *fill = str_get(value_str(v), 0);
    return true;
}

static void fill_chars(Str *out, size_t at, size_t n, uint32_t fill)
{
    if (out->kind == 1) {
        memset((char *)out->data + at, (int)fill, n);
        return;
    }
    for (size_t i = at; i < at + n; i++) {
        chars_put(out->kind, out->data, i, fill);
    }
}

static Value padded(Thread *t, Value v, size_t left, size_t right, uint32_t fill)
{
    if (!left && !right) {
        return str_exact(t, v);
    }
    Str *s = value_str(v);
    if (left > (size_t)PTRDIFF_MAX / 8 || right > (size_t)PTRDIFF_MAX / 8) {
        return overflow_error(t, "padded string is too long");
    }
    uint32_t max = str_max_char(s);
    Value r = str_new(t, left + s->len + right, fill > max ? fill : max);
    if (!r) {
        return 0;
    }
    Str *out = value_str(r);
    fill_chars(out, 0, left, fill);
    chars_copy(out->kind, out->data, left, s->kind, s->data, 0, s->len);
    fill_chars(out, left + s->len, right, fill);
    return r;
}

/* where: -1 text left, 0 centered, 1 text right */
static Value justify(Thread *t, Value *args, int where)
{
    ssize_t width;
    uint32_t fill;
    if (!value_to_ssize(t, args[1], &width, &exc_OverflowError) || !fill_arg(t, args[2], &fill)) {
        return 0;
    }
    ssize_t len = (ssize_t)str_len(args[0]);
    size_t pad = width > len ? (size_t)(width - len) : 0;
    size_t left = where < 0 ? 0 : where > 0 ? pad : pad / 2 + (pad & (size_t)width & 1);
    return padded(t, args[0], left, pad - left, fill);
}

Value str_center_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return justify(t, args, 0);
}
Value str_ljust_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return justify(t, args, -1);
}
Value str_rjust_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return justify(t, args, 1);
}

Value str_zfill_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t width;
    if (!value_to_ssize(t, args[1], &width, &exc_OverflowError)) {
        return 0;
    }
    Str *s = value_str(args[0]);
    size_t pad = width > (ssize_t)s->len ? (size_t)width - s->len : 0;
    Value r = padded(t, args[0], pad, 0, '0');
    if (r && pad && s->len) {
        Str *out = value_str(r);
        uint32_t c = str_get(s, 0);
        if (c == '+' || c == '-') {
            chars_put(out->kind, out->data, 0, c);
            chars_put(out->kind, out->data, pad, '0');
        }
    }
    return r;
}

Value str_expandtabs_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int size = 8;
    if (args[1] && !value_to_int(t, args[1], &size)) {
        return 0;
    }
    Str *s = value_str(args[0]);
    if (chars_find_char(s->kind, s->data, s->len, '\t') < 0) {
        return str_exact(t, args[0]);
    }
    StrBuilder b;
    sb_init(&b, t);
    size_t column = 0;
    for (size_t i = 0; i < s->len && !b.failed; i++) {
        uint32_t c = str_get(s, i);
        if (c == '\t') {
            size_t more = size > 0 ? (size_t)size - column % (size_t)size : 0;
            if (more > (size_t)PTRDIFF_MAX / 8 - b.len) {
                return overflow_error(t, "new string is too long");
            }
            sb_repeat(&b, ' ', more);
            column += more;
        } else {
            sb_char(&b, c);
            column = c == '\n' || c == '\r' ? 0 : column + 1;
        }
    }
    return sb_finish(&b);
}

/* ---- stripping ---- */

static bool in_set(const Str *set, uint64_t bloom, uint32_t c)
{
    return (bloom >> (c & 63) & 1) && chars_find_char(set->kind, set->data, set->len, c) >= 0;
}

static Value strip(Thread *t, Value *args, const char *name, bool left, bool right)
{
    Str *s = value_str(args[0]), *set = NULL;
    uint64_t bloom = 0;
    if (args[1] && !is_none(args[1])) {
        if (!value_is_str(args[1])) {
            return type_error(t, "%s arg must be None or str", name);
        }
        set = value_str(args[1]);
        for (size_t i = 0; i < set->len; i++) {
            bloom |= (uint64_t)1 << (str_get(set, i) & 63);
        }
    }
    size_t lo = 0, hi = s->len;
    for (; left && lo < hi; lo++) {
        uint32_t c = str_get(s, lo);
        if (set ? !in_set(set, bloom, c) : !unicode_is_space(c)) {
            break;
        }
    }
    for (; right && hi > lo; hi--) {
        uint32_t c = str_get(s, hi - 1);
        if (set ? !in_set(set, bloom, c) : !unicode_is_space(c)) {
            break;
        }
    }
    return str_substring(t, args[0], lo, hi);
}

Value str_strip_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return strip(t, args, "strip", true, true);
}
Value str_lstrip_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return strip(t, args, "lstrip", true, false);
}
Value str_rstrip_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return strip(t, args, "rstrip", false, true);
}

Value str_removeprefix_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "removeprefix() argument must be str, not %B", args[1]);
    }
    Str *s = value_str(args[0]), *x = value_str(args[1]);
    bool match = x->len <= s->len && chars_equal(s->kind, s->data, 0, x->kind, x->data, x->len);
    return str_substring(t, args[0], match ? x->len : 0, s->len);
}

Value str_removesuffix_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "removesuffix() argument must be str, not %B", args[1]);
    }
    Str *s = value_str(args[0]), *x = value_str(args[1]);
    bool match = x->len <= s->len &&
                 chars_equal(s->kind, s->data, s->len - x->len, x->kind, x->data, x->len);
    return str_substring(t, args[0], 0, match ? s->len - x->len : s->len);
}

/* ---- translating ---- */

Value str_translate_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return charmap_translate(t, args[0], args[1]);
}

static Value maketrans_from_dict(Thread *t, Value source, Value table)
{
    if (!value_is_dict(source)) {
        return type_error(t, "if you give only one argument to maketrans it must be a dict");
    }
    DictTable *state = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(source, &state, &pos, &key, &v)) {
        if (value_is_str(key)) {
            if (str_len(key) != 1) {
                return value_error(t, "string keys in translate table must be of length 1");
            }
            key = fixnum(str_get(value_str(key), 0));
        } else if (!value_is_fixnum(key) && !value_has(key, TYPE_INT)) {
            return type_error(t, "keys in translate table must be strings or integers");
        }
        if (!dict_set(t, table, key, v)) {
            return 0;
        }
    }
    return table;
}

Value str_maketrans_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value table = dict_new(t);
    if (!table) {
        return 0;
    }
    if (!args[1]) {
        return maketrans_from_dict(t, args[0], table);
    }
    for (int i = 1; i < 3; i++) {
        if (args[i] && !value_is_str(args[i])) {
            return type_error(t, "maketrans() argument %d must be str, not %B", i + 1, args[i]);
        }
    }
    if (!value_is_str(args[0])) {
        return type_error(
            t, "first maketrans argument must be a string if there is a second argument");
    }
    Str *x = value_str(args[0]), *y = value_str(args[1]);
    if (x->len != y->len) {
        return value_error(t, "the first two maketrans arguments must have equal length");
    }
    for (size_t i = 0; i < x->len; i++) {
        if (!dict_set(t, table, fixnum(str_get(x, i)), fixnum(str_get(y, i)))) {
            return 0;
        }
    }
    for (size_t i = 0; args[2] && i < str_len(args[2]); i++) {
        if (!dict_set(t, table, fixnum(str_get(value_str(args[2]), i)), NONE)) {
            return 0;
        }
    }
    return table;
}

/* ---- the rest ---- */

Value str_encode_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    if (!args[1] && !args[2] && s->ascii) {
        return bytes_new(t, s->data, s->len);
    }
    const char *encoding = args[1] ? str_cstr_arg(t, args[1], "encode", "'encoding'") : "utf-8";
    const char *errors =
        encoding && args[2] ? str_cstr_arg(t, args[2], "encode", "'errors'") : NULL;
    return !encoding || (args[2] && !errors) ? 0 : str_encode(t, args[0], encoding, errors);
}

Value str_join_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return str_join(t, args[0], args[1]);
}

Value str_sizeof_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    /* headers as large as those of the C API's compact strings: programs and tests calculate with
     * them */
    size_t more = type_of(args[0])->size - str_type.size;
    return fixnum((int64_t)((s->ascii ? 48 : 72) + more + (s->len + 1) * s->kind));
}

Value str_getnewargs_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    Value copy = str_from_kind(t, s->kind, s->data, s->len);
    return copy ? tuple_pack(t, 1, copy) : 0;
}

Value str_format_by(Thread *t, Value text, Value spec)
{
    if (str_len(spec) == 0) {
        return value_is_str_exact(text) ? text : object_str(t, text);
    }
    FormatSpec f;
    if (!format_spec_parse(t, spec, text, 's', '<', &f)) {
        return 0;
    }
    if (f.type != 's') {
        return format_unknown_code(t, f.type, text);
    }
    if (f.sign) {
        return f.sign == ' ' ? value_error(t, "Space not allowed in string format specifier")
                             : value_error(t, "Sign not allowed in string format specifier");
    }
    if (f.no_neg_zero) {
        return value_error(t, "Negative zero coercion (z) not allowed in string format specifier");
    }
    if (f.alternate) {
        return value_error(t, "Alternate form (#) not allowed in string format specifier");
    }
    if (f.align == '=') {
        return value_error(t, "'=' alignment not allowed in string format specifier");
    }
    if (f.precision >= 0 && (size_t)f.precision < str_len(text)) {
        text = str_substring(t, text, 0, (size_t)f.precision);
    } else {
        text = str_exact(t, text);
    }
    return text ? format_pad(t, text, &f) : 0;
}

Value str_dunder_format_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return value_is_str(args[1])
               ? str_format_by(t, args[0], args[1])
               : type_error(t, "__format__() argument must be str, not %B", args[1]);
}

const NativeDef str_methods[] = {
    {"capitalize()", str_capitalize_method,
     "Return a copy with the first character titlecased and the rest lowercased.", 0},
    {"casefold()", str_casefold_method,
     "Return a version of the string suitable for caseless comparisons.", 0},
    {"center(width, fillchar=' ', /)", str_center_method,
     "Return a centered string of length width.", 0},
    {"count(sub, start=None, end=None, /)", str_count_method,
     "Count non-overlapping occurrences of sub in [start:end].", NATIVE_TUPLE},
    {"encode(encoding='utf-8', errors='strict')", str_encode_method,
     "Encode the string with the codec registered for encoding.", 0},
    {"endswith(suffix, start=None, end=None, /)", str_endswith_method,
     "True if the string ends with the suffix, or with one of a tuple.", NATIVE_TUPLE},
    {"expandtabs(tabsize=8)", str_expandtabs_method, "Return a copy with tabs expanded to spaces.",
     0},
    {"find(sub, start=None, end=None, /)", str_find_method,
     "Lowest index of sub in [start:end], or -1.", NATIVE_TUPLE},
    {"format", str_format_method,
     "Format the string: replacement fields in braces are filled from the arguments.",
     NATIVE_RAW | NATIVE_KW},
    {"format_map(mapping, /)", str_format_map_method,
     "Format the string with fields taken from mapping.", 0},
    {"index(sub, start=None, end=None, /)", str_index_method,
     "Like find(), but raise ValueError when sub is absent.", NATIVE_TUPLE},
    {"isalnum()", str_isalnum_method,
     "True if all characters are alphanumeric and there is at least one.", 0},
    {"isalpha()", str_isalpha_method,
     "True if all characters are alphabetic and there is at least one.", 0},
    {"isascii()", str_isascii_method, "True if all characters are ASCII.", 0},
    {"isdecimal()", str_isdecimal_method,
     "True if all characters are decimal digits and there is at least one.", 0},
    {"isdigit()", str_isdigit_method,
     "True if all characters are digits and there is at least one.", 0},
    {"isidentifier()", str_isidentifier_method, "True if the string is a valid identifier.", 0},
    {"islower()", str_islower_method,
     "True if all cased characters are lowercase and there is at least one.", 0},
    {"isnumeric()", str_isnumeric_method,
     "True if all characters are numeric and there is at least one.", 0},
    {"isprintable()", str_isprintable_method,
     "True if repr() would show all characters as they are.", 0},
    {"isspace()", str_isspace_method,
     "True if all characters are whitespace and there is at least one.", 0},
    {"istitle()", str_istitle_method, "True if the string is title-cased.", 0},
    {"isupper()", str_isupper_method,
     "True if all cased characters are uppercase and there is at least one.", 0},
    {"join(iterable, /)", str_join_method,
     "Concatenate any number of strings, with this one between them.", 0},
    {"ljust(width, fillchar=' ', /)", str_ljust_method,
     "Return a left-justified string of length width.", 0},
    {"lower()", str_lower_method, "Return a lowercase copy.", 0},
    {"lstrip(chars=None, /)", str_lstrip_method,
     "Return a copy without leading whitespace, or leading chars.", 0},
    {"maketrans(x, y=None, z=None, /)", str_maketrans_method, "Make a table for translate().",
     NATIVE_STATIC},
    {"partition(sep, /)", str_partition_method, "Split at the first sep: (head, sep, tail).", 0},
    {"removeprefix(prefix, /)", str_removeprefix_method,
     "Return a copy without the prefix, if present.", 0},
    {"removesuffix(suffix, /)", str_removesuffix_method,
     "Return a copy without the suffix, if present.", 0},
    {"replace(old, new, count=-1, /)", str_replace_method,
     "Return a copy with occurrences of old replaced by new.", 0},
    {"rfind(sub, start=None, end=None, /)", str_rfind_method,
     "Highest index of sub in [start:end], or -1.", NATIVE_TUPLE},
    {"rindex(sub, start=None, end=None, /)", str_rindex_method,
     "Like rfind(), but raise ValueError when sub is absent.", NATIVE_TUPLE},
    {"rjust(width, fillchar=' ', /)", str_rjust_method,
     "Return a right-justified string of length width.", 0},
    {"rpartition(sep, /)", str_rpartition_method, "Split at the last sep: (head, sep, tail).", 0},
    {"rsplit(sep=None, maxsplit=-1)", str_rsplit_method,
     "List of the words, split at sep from the end.", 0},
    {"rstrip(chars=None, /)", str_rstrip_method,
     "Return a copy without trailing whitespace, or trailing chars.", 0},
    {"split(sep=None, maxsplit=-1)", str_split_method,
     "List of the words, split at sep (default: runs of whitespace).", 0},
    {"splitlines(keepends=False)", str_splitlines_method, "List of the lines.", 0},
    {"startswith(prefix, start=None, end=None, /)", str_startswith_method,
     "True if the string starts with the prefix, or with one of a tuple.", NATIVE_TUPLE},
    {"strip(chars=None, /)", str_strip_method,
     "Return a copy without leading and trailing whitespace, or chars.", 0},
    {"swapcase()", str_swapcase_method, "Swap upper and lower case.", 0},
    {"title()", str_title_method, "Return a copy where each word is titlecased.", 0},
    {"translate(table, /)", str_translate_method, "Replace each character through the table.", 0},
    {"upper()", str_upper_method, "Return an uppercase copy.", 0},
    {"zfill(width, /)", str_zfill_method, "Pad a numeric string with zeros on the left.", 0},
    {"__format__(format_spec, /)", str_dunder_format_method,
     "Return a formatted version of the string.", 0},
    {"__getnewargs__()", str_getnewargs_method, "Arguments for pickling.", 0},
    {"__sizeof__()", str_sizeof_method, "Return the size of the string in memory, in bytes.", 0},
    {0}};
