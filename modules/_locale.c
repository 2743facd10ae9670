/* The _locale module: the C library's locales and message catalogues. */
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include "core/base/locale.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "modules/posix/posix.h"

static Value locale_error;                 /* root; init-only */
/* results of setlocale() and localeconv() are static in the C library */
static Mutex locale_lock = MUTEX_INIT;

static Value locale_text(Thread *t, const char *s)
{
    return str_from_fs(t, s, strlen(s));
}

/* str argument as a C string; allow_none: None gives *out NULL. */
static bool text_arg(Thread *t, Value v, bool allow_none, const char *what, const char **out,
                     Value *keep)
{
    *out = NULL;
    if (!v || (allow_none && is_none(v))) {
        return true;
    }
    if (!value_is_str(v)) {
        type_error(t, "%s must be str%s, not %T", what, allow_none ? " or None" : "", v);
        return false;
    }
    *out = fs_cstr(t, v, keep);
    return *out != NULL;
}

static Value locale_setlocale(ARGS)
{
    int category;
    const char *name;
    Value keep;
    if (!value_to_int(t, args[0], &category) ||
        !text_arg(t, args[1], true, "setlocale() argument 2", &name, &keep)) {
        return 0;
    }
    char *copy = NULL;
    mutex_lock(&locale_lock);
    const char *now = setlocale(category, name);
    copy = now ? strdup(now) : NULL;
    mutex_unlock(&locale_lock);
    if (!copy) {
        return raise_value(
            t, value_type(locale_error),
            str_from_cstr(t, name ? "unsupported locale setting" : "locale query failed"));
    }
    Value v = locale_text(t, copy);
    free(copy);
    return v;
}

/* Sizes of groups of digits, up to the one that repeats or ends. */
static Value grouping_list(Thread *t, const char *s)
{
    Value list = list_new(t, 4);
    for (bool more = *s != 0; list && more; s++) {
        more = *s != 0 && *s != CHAR_MAX;
        if (!list_append(t, list, fixnum(*s))) {
            return 0;
        }
    }
    return list;
}

static Value locale_localeconv(ARGS)
{
    Value d = dict_new(t);
    if (!d) {
        return 0;
    }
    mutex_lock(&locale_lock);
    struct lconv c = *localeconv();
    mutex_unlock(&locale_lock);
    const struct { const char *name, *text;
    } texts[] = {
        {"decimal_point", c.decimal_point},         {"thousands_sep", c.thousands_sep},
        {"int_curr_symbol", c.int_curr_symbol},     {"currency_symbol", c.currency_symbol},
        {"mon_decimal_point", c.mon_decimal_point}, {"mon_thousands_sep", c.mon_thousands_sep},
        {"positive_sign", c.positive_sign},         {"negative_sign", c.negative_sign}};
    const struct { const char *name; char value;
    } numbers[] = {{"int_frac_digits", c.int_frac_digits}, {"frac_digits", c.frac_digits},
                   {"p_cs_precedes", c.p_cs_precedes},     {"p_sep_by_space", c.p_sep_by_space},
                   {"n_cs_precedes", c.n_cs_precedes},     {"n_sep_by_space", c.n_sep_by_space},
                   {"p_sign_posn", c.p_sign_posn},         {"n_sign_posn", c.n_sign_posn}};
    const struct {
        const char *name, *groups;
    } groups[] = {{"grouping", c.grouping}, {"mon_grouping", c.mon_grouping}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        Value v = locale_text(t, texts[i].text);
        if (!v || !dict_set_cstr(t, d, texts[i].name, v)) {
            return 0;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (!dict_set_cstr(t, d, numbers[i].name, fixnum(numbers[i].value))) {
            return 0;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        Value v = grouping_list(t, groups[i].groups);
        if (!v || !dict_set_cstr(t, d, groups[i].name, v)) {
            return 0;
        }
    }
    return d;
}

/* ---- comparison ---- */

/* The characters of a str as a wide string, to be freed. NULL: raised. */
static wchar_t *wide_text(Thread *t, Value v)
{
    size_t len = str_len(v);
    wchar_t *w = mem_alloc((len + 1) * sizeof *w);
    if (!w) {
        raise_memory(t);
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        w[i] = (wchar_t)str_get(value_str(v), i);
    }
    w[len] = 0;
    if (wcslen(w) != len) {
        mem_free(w);
        value_error(t, "embedded null character");
        return NULL;
    }
    return w;
}

static Value locale_strcoll(ARGS)
{
    for (int i = 0; i < 2; i++) {
        if (!value_is_str(args[i])) {
            return type_error(t, "strcoll() argument %d must be str, not %T", i + 1, args[i]);
        }
    }
    wchar_t *a = wide_text(t, args[0]), *b = a ? wide_text(t, args[1]) : NULL;
    Value r = b ? fixnum(wcscoll(a, b)) : 0;
    mem_free(a);
    mem_free(b);
    return r;
}

static Value locale_strxfrm(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "strxfrm() argument must be str, not %T", args[0]);
    }
    wchar_t *s = wide_text(t, args[0]);
    if (!s) {
        return 0;
    }
    errno = 0;
    size_t need = wcsxfrm(NULL, s, 0);
    wchar_t *out = errno && errno != ERANGE ? NULL : mem_alloc((need + 1) * sizeof *out);
    Value v = 0;
    if (out) {
        size_t len = wcsxfrm(out, s, need + 1);
        v = str_from_ucs4(t, (const uint32_t *)(void *)out, len);
    } else if (errno) {
        os_failed(t);
    } else {
        raise_memory(t);
    }
    mem_free(out);
    mem_free(s);
    return v;
}

/* ---- langinfo ---- */

#define K(name) {#name, name}
static const IntConstant langinfo[] = {
#include "modules/_locale_names.inc"
};
#undef K

static Value locale_nl_langinfo(ARGS)
{
    int key;
    if (!value_to_int(t, args[0], &key)) {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(langinfo); i++) {
        if (langinfo[i].value == key) {
            const char *text = nl_langinfo(key);
            return locale_text(t, text ? text : "");
        }
    }
    return value_error(t, "unsupported langinfo constant");
}

static Value locale_getencoding(ARGS)
{
    return locale_text(t, locale_encoding());
}

/* ---- catalogues ---- */

static Value locale_gettext(ARGS)
{
    const char *msg;
    Value keep;
    return text_arg(t, args[0], false, "gettext() argument", &msg, &keep)
               ? locale_text(t, gettext(msg))
               : 0;
}
static Value locale_dgettext(ARGS)
{
    const char *domain, *msg;
    Value keep, keep_msg;
    return text_arg(t, args[0], true, "dgettext() argument 1", &domain, &keep) &&
                   text_arg(t, args[1], false, "dgettext() argument 2", &msg, &keep_msg)
               ? locale_text(t, dgettext(domain, msg)) : 0;
}
static Value locale_dcgettext(ARGS)
{
    const char *domain, *msg;
    Value keep, keep_msg;
    int category;
    return text_arg(t, args[0], true, "dcgettext() argument 1", &domain, &keep) &&
                   text_arg(t, args[1], false, "dcgettext() argument 2", &msg, &keep_msg) &&
                   value_to_int(t, args[2], &category)
               ? locale_text(t, dcgettext(domain, msg, category)) : 0;
}
static Value locale_textdomain(ARGS)
{
    const char *domain;
    Value keep;
    if (!text_arg(t, args[0], true, "textdomain() argument", &domain, &keep)) {
        return 0;
    }
    const char *now = textdomain(domain);
    return now ? locale_text(t, now) : os_failed(t);
}
static Value locale_bindtextdomain(ARGS)
{
    const char *domain, *dir = NULL;
    Value keep, keep_dir;
    if (!text_arg(t, args[0], false, "bindtextdomain() argument 1", &domain, &keep)) {
        return 0;
    }
    if (!*domain) {
        return raise_value(t, value_type(locale_error),
                           str_from_cstr(t, "domain must be a non-empty string"));
    }
    if (!is_none(args[1]) && !(dir = fs_cstr(t, args[1], &keep_dir))) {
        return 0;
    }
    const char *now = bindtextdomain(domain, dir);
    return now ? locale_text(t, now) : os_failed(t);
}
static Value locale_bind_textdomain_codeset(ARGS)
{
    const char *domain, *codeset;
    Value keep, keep_codeset;
    if (!text_arg(t, args[0], false, "bind_textdomain_codeset() argument 1", &domain, &keep) ||
        !text_arg(t, args[1], true, "bind_textdomain_codeset() argument 2", &codeset,
                  &keep_codeset)) {
        return 0;
    }
    const char *now = bind_textdomain_codeset(domain, codeset);
    return now ? locale_text(t, now) : NONE;
}

static const NativeDef locale_functions[] = {
    {"setlocale(category, locale=None, /)", locale_setlocale, "Set or ask for a locale.", 0},
    {"localeconv()", locale_localeconv, "How numbers and money are written.", 0},
    {"strcoll(os1, os2, /)", locale_strcoll, "Compare two strings by the locale.", 0},
    {"strxfrm(string, /)", locale_strxfrm, "A key that compares as the locale says.", 0},
    {"nl_langinfo(key, /)", locale_nl_langinfo, "Text of the locale.", 0},
    {"getencoding()", locale_getencoding, "Encoding of the locale.", 0},
    {"gettext(msg, /)", locale_gettext, "Translation of a message.", 0},
    {"dgettext(domain, msg, /)", locale_dgettext, "Translation of a message in a domain.", 0},
    {"dcgettext(domain, msg, category, /)", locale_dcgettext,
     "Translation in a domain and category.", 0},
    {"textdomain(domain, /)", locale_textdomain, "Set the domain of messages.", 0},
    {"bindtextdomain(domain, dir, /)", locale_bindtextdomain, "Set the directory of a domain.", 0},
    {"bind_textdomain_codeset(domain, codeset, /)", locale_bind_textdomain_codeset,
     "Set the encoding of a domain.", 0},
    {NULL, NULL, NULL, 0},
};

static bool locale_exec(Thread *t, Value mod)
{
#define K(name) {#name, name}
    static const IntConstant constants[] = {K(LC_CTYPE),    K(LC_TIME),     K(LC_COLLATE),
                                            K(LC_MONETARY), K(LC_MESSAGES), K(LC_NUMERIC),
                                            K(LC_ALL),      K(CHAR_MAX)};
    locale_use();
#undef K
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants)) ||
        !module_add_ints(t, mod, langinfo, ARRAY_SIZE(langinfo))) {
        return false;
    }
    if (!locale_error) {
        locale_error = type_new_simple(t, "locale.Error", &exc_Exception, NULL);
        if (!locale_error) {
            return false;
        }
        gc_add_root(&locale_error);
    }
    return module_add(t, mod, "Error", locale_error);
}

const ModuleDef module__locale = {"_locale", "The C library's locales.", locale_functions,
                                  locale_exec};
