/* PyArg_Parse*: arguments by format.
 *
 * A Parser walks format and C destinations together.  An item that fails leaves either an exception
 * or a message ("must be str, not int") that is completed with the place of the argument.
 */
#include "core/capi/args.h"

static bool at_end(const char *p) { return *p == 0 || *p == ':' || *p == ';'; }

/* What stands behind the items, which end at p. */
static void parser_tail(Parser *s, const char *p)
{
    s->name = *p == ':' ? p + 1 : NULL;
    s->message = *p == ';' ? p + 1 : NULL;
}

/* Everything but ap. */
static inline void parser_start(Parser *s, Thread *t, const char *format)
{
    s->t = t;
    s->p = format;
    s->name = s->message = NULL;
    s->reason[0] = 0;
    s->depth = 0;
}

/* Raises the TypeError for argument number n (1-based). */
static void report(Parser *s, int n)
{
    if (s->t->exc) {
        return;
    }
    char text[512];
    size_t at = 0;
    if (s->message) {
        type_error(s->t, "%s", s->message);
        return;
    }
    if (s->name) {
        at += (size_t)snprintf(text, sizeof text, "%.200s() ", s->name);
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "argument");
    if (n) {
        at += (size_t)snprintf(text + at, sizeof text - at, " %d", n);
    }
    for (int i = 0; i < s->depth && s->levels[i] > 0; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, ", item %d", s->levels[i] - 1);
    }
    raise(s->t, s->reason[0] == '(' ? &exc_SystemError : &exc_TypeError, "%s %s", text, s->reason);
}
/* ---- positional ---- */

/* Numbers of items: all, those before '|' and those before '$'; -1: there is none. */
typedef struct Counts { int all, required, positional; } Counts;

/* Counts the items and finds what stands behind them. */
static void count_format(Parser *s, Counts *counts)
{
    const char *p = s->p;
    int n = 0;
    *counts = (Counts){.required = -1, .positional = -1};
    for (; !at_end(p); p++) {
        if (*p == '|') {
            counts->required = n;
        } else if (*p == '$') {
            counts->positional = n;
        } else {
            n += parser_item_starts(&p);
        }
    }
    counts->all = n;
    parser_tail(s, p);
}

static bool check_count(Parser *s, size_t n, int min, int max)
{
    if (n >= (size_t)min && n <= (size_t)max) {
        return true;
    }
    if (s->message) {
        type_error(s->t, "%s", s->message);
        return false;
    }
    int bound = n < (size_t)min ? min : max;
    type_error(s->t, "%s%s takes %s %d argument%s (%zd given)", s->name ? s->name : "function",
               s->name ? "()" : "",
               min == max        ? "exactly"
               : n < (size_t)min ? "at least"
                                 : "at most",
               bound, bound == 1 ? "" : "s", (ssize_t)n);
    return false;
}

/* A number that lives in a word, for a format of the plain C type: no box is needed.  False: the
 * usual way has to decide. */
static inline bool parse_word(Parser *s, Value v)
{
    if (!value_is_fixnum(v)) {
        if (*s->p != 'd' || !value_is_flonum(v)) {
            return false;
        }
        *va_arg(s->ap, double *) = flonum_get(v);
        return true;
    }
    int64_t i = fixnum_get(v);
    switch (*s->p) {
    case 'i':
        if (i < INT_MIN || i > INT_MAX) {
            return false;
        }
        *va_arg(s->ap, int *) = (int)i;
        return true;
    case 'l': *va_arg(s->ap, long *) = i; return true;
    case 'L': *va_arg(s->ap, long long *) = i; return true;
    case 'n': *va_arg(s->ap, Py_ssize_t *) = i; return true;
    case 'd': *va_arg(s->ap, double *) = (double)i; return true;
    case 'p': *va_arg(s->ap, int *) = i != 0; return true;
    default: return false;
    }
}

/* The box of a number that lives in a word is of no use any more once a format for numbers has
 * read it. */
static bool parse_lent(Parser *s, Value v)
{
    bool number = *s->p && strchr("bhilBHIkKLnfdDp", *s->p);
    PyObject *arg = value_lend_own(s->t, v);
    bool ok = arg && parser_item(s, arg);
    if (number && arg && !value_is_object(v)) {
        box_done(s->t, arg);
    }
    return ok;
}

static bool parse_value(Parser *s, Value v)
{
    if (value_is_object(v)) {
        return parser_item(s, (PyObject *)value_object(v));
    }
    if (LIKELY(parse_word(s, v))) {
        s->p++;
        return true;
    }
    return parse_lent(s, v);
}

static bool parse_positional(Parser *s, Value args)
{
    Counts counts;
    count_format(s, &counts);
    size_t n = tuple_len(args);
    int min = counts.required < 0 ? counts.all : counts.required;
    if (!check_count(s, n, min, counts.all)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (*s->p == '|') {
            s->p++;
        }
        if (!parse_value(s, tuple_get(args, i))) {
            report(s, (int)i + 1);
            return false;
        }
    }
    return true;
}

static int parse_tuple(PyObject *args, const char *format, va_list ap)
{
    THREAD;
    if (UNLIKELY(!args || !PyTuple_Check(args))) {
        system_error(t, "new style getargs format but argument is not a tuple");
        return 0;
    }
    Parser s;
    parser_start(&s, t, format);
    va_copy(s.ap, ap);
    bool ok = parse_positional(&s, object_value((Object *)args));
    va_end(s.ap);
    return ok;
}

int PyArg_VaParse(PyObject *args, const char *format, va_list ap)
{
    return parse_tuple(args, format, ap);
}

int PyArg_ParseTuple(PyObject *args, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int r = parse_tuple(args, format, ap);
    va_end(ap);
    return r;
}

int PyArg_Parse(PyObject *o, const char *format, ...)
{
    THREAD;
    Parser s;
    Counts counts;
    parser_start(&s, t, format);
    count_format(&s, &counts);
    if (counts.all == 0) {
        type_error(t, "%s%s takes no arguments", s.name ? s.name : "function", s.name ? "()" : "");
        return 0;
    }
    va_start(s.ap, format);
    bool ok = parser_item(&s, o);
    if (!ok) {
        report(&s, 0);
    }
    va_end(s.ap);
    return ok;
}

/* ---- with keywords ---- */

typedef struct Keywords {
    Value args, kw;      /* tuple; dict or 0 */
    char **names;
    int len, pos;        /* parameters; those of them without a name */
    int min, max;        /* required; positional (INT_MAX: not limited by '$') */
    size_t used;         /* keywords found */
} Keywords;

static const char *title(const Parser *s) { return s->name ? s->name : "function"; }
static const char *parens(const Parser *s) { return s->name ? "()" : ""; }

static bool check_total(Parser *s, const Keywords *k)
{
    size_t n = tuple_len(k->args), nkw = k->kw ? dict_len(k->kw) : 0;
    if (n + nkw <= (size_t)k->len) {
        return true;
    }
    type_error(s->t, "%s%s takes at most %d %sargument%s (%zd given)", title(s), parens(s), k->len,
               n == 0 ? "keyword " : "", k->len == 1 ? "" : "s", (ssize_t)(n + nkw));
    return false;
}

static bool check_positional(Parser *s, const Keywords *k)
{
    size_t n = tuple_len(k->args);
    if (n <= (size_t)k->max) {
        return true;
    }
    if (k->max == 0) {
        type_error(s->t, "%s%s takes no positional arguments", title(s), parens(s));
    } else {
        type_error(s->t, "%s%s takes %s %d positional argument%s (%zd given)", title(s), parens(s),
                   k->min < k->max ? "at most" : "exactly", k->max, k->max == 1 ? "" : "s",
                   (ssize_t)n);
    }
    return false;
}

static bool missing(Parser *s, const Keywords *k, int i)
{
    size_t n = tuple_len(k->args);
    if (i < k->pos) {
        int need = k->pos < k->min ? k->pos : k->min;
        type_error(s->t, "%s%s takes %s %d positional argument%s (%zd given)", title(s), parens(s),
                   need < k->len ? "at least" : "exactly", need,
                   need == 1 ? "" : "s", (ssize_t)n);
    } else {
        type_error(s->t, "%s%s missing required argument '%s' (pos %d)", title(s), parens(s),
                   k->names[i], i + 1);
    }
    return false;
}

/* The argument for parameter i: 1 found, 0 absent, -1 raised. */
static int find_argument(Parser *s, Keywords *k, int i, Value *arg)
{
    if ((size_t)i < tuple_len(k->args)) {
        *arg = tuple_get(k->args, (size_t)i);
        return 1;
    }
    *arg = k->kw && i >= k->pos ? dict_get_cstr(s->t, k->kw, k->names[i]) : 0;
    if (!*arg) {
        return s->t->exc ? -1 : 0;
    }
    k->used++;
    return 1;
}

/* All keywords must have been used: tells which one was not, and why. */
static bool check_keywords(Parser *s, const Keywords *k)
{
    if (!k->kw || k->used == dict_len(k->kw)) {
        return true;
    }
    size_t n = tuple_len(k->args);
    for (int i = k->pos; i < k->len && (size_t)i < n; i++) {
        if (dict_get_cstr(s->t, k->kw, k->names[i])) {
            type_error(s->t, "argument for %s%s given by name ('%s') and position (%d)", title(s),
                       parens(s), k->names[i], i + 1);
            return false;
        }
    }
    DictTable *table = NULL;
    size_t at = 0;
    Value key, v;
    while (dict_next(k->kw, &table, &at, &key, &v)) {
        bool known = false;
        if (!value_is_str(key)) {
            type_error(s->t, "keywords must be strings");
            return false;
        }
        for (int i = k->pos; i < k->len && !known; i++) {
            known = str_eq(key, str_from_cstr(s->t, k->names[i]));
        }
        if (!known) {
            type_error(s->t, "'%S' is an invalid keyword argument for %s%s", key,
                       s->name ? s->name : "this function", parens(s));
            return false;
        }
    }
    return true;
}

static bool parse_named(Parser *s, Keywords *k)
{
    Counts counts;
    count_format(s, &counts);
    if (!check_total(s, k)) {
        return false;
    }
    k->min = counts.required < 0 ? k->len : counts.required;
    k->max = counts.positional < 0 ? INT_MAX : counts.positional;
    if (k->max != INT_MAX && !check_positional(s, k)) {
        return false;
    }
    for (int i = 0; i < k->len; i++) {
        while (*s->p == '|' || *s->p == '$') {
            s->p++;
        }
        Value arg;
        int found = find_argument(s, k, i, &arg);
        if (found < 0 || (found > 0 && !parse_value(s, arg))) {
            report(s, i + 1);
            return false;
        }
        if (!found) {
            if (i < k->min) {
                return missing(s, k, i);
            }
            parser_skip(s);
        }
    }
    return check_keywords(s, k);
}

int PyArg_VaParseTupleAndKeywords(PyObject *args, PyObject *kw, const char *format, char **names_,
                                  va_list ap)
{
    THREAD;
    Keywords k = {.args = value_in(args),
                  .kw = value_in(kw),
                  .names = names_};
    if (!k.args || !value_is_tuple(k.args) || (k.kw && !value_is_dict(k.kw)) || !format ||
        !names_) {
        PyErr_BadInternalCall();
        return 0;
    }
    while (names_[k.len]) {
        k.pos += names_[k.len][0] == 0 && k.pos == k.len ? 1 : 0;
        k.len++;
    }
    Parser s;
    parser_start(&s, t, format);
    va_copy(s.ap, ap);
    bool ok = parse_named(&s, &k);
    va_end(s.ap);
    return ok;
}

int PyArg_ParseTupleAndKeywords(PyObject *args, PyObject *kw, const char *format, char **names_,
                                ...)
{
    va_list ap;
    va_start(ap, names_);
    int r = PyArg_VaParseTupleAndKeywords(args, kw, format, names_, ap);
    va_end(ap);
    return r;
}

bool keywords_as_dict(Thread *t, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                             Value *kw)
{
    size_t count = kwnames ? tuple_len(value_in(kwnames)) : 0;
    *kw = count ? dict_new(t) : 0;
    for (size_t i = 0; i < count; i++) {
        if (!*kw ||
            !dict_set(t, *kw, tuple_get(value_in(kwnames), i), value_in(args[n + (Py_ssize_t)i]))) {
            return false;
        }
    }
    return true;
}

Value positional_as_tuple(Thread *t, PyObject *const *args, Py_ssize_t n)
{
    Value tuple = tuple_new(t, (size_t)n);
    for (Py_ssize_t i = 0; tuple && i < n; i++) {
        gc_store(value_object(tuple), &value_tuple(tuple)->items[i], value_in(args[i]));
    }
    return tuple;
}

/* Positional arguments as they are, the others from a dict or from the values behind them. */
typedef struct Unpacked { PyObject *const *args; Py_ssize_t n; Value kw; PyObject **buf; } Unpacked;

static bool unpack_named(Parser *s, Keywords *k, const Unpacked *u, int min_keywords)
{
    if (!check_total(s, k) || !check_positional(s, k)) {
        return false;
    }
    for (int i = 0; i < k->len; i++) {
        u->buf[i] = i < u->n ? u->args[i] : NULL;
        if (i < u->n) {
            continue;
        }
        Value arg;
        if (find_argument(s, k, i, &arg) < 0 || (arg && !(u->buf[i] = value_lend(s->t, arg)))) {
            return false;
        }
        bool required = i < k->min || (i >= k->max && i < k->max + min_keywords);
        if (!u->buf[i] && required) {
            return missing(s, k, i);
        }
    }
    return check_keywords(s, k);
}

PyObject *const *_PyArg_UnpackKeywords(PyObject *const *args, Py_ssize_t n, PyObject *kw,
                                       PyObject *kwnames, _PyArg_Parser *parser, int min_positional,
                                       int max_positional, int min_keywords, PyObject **buf)
{
    THREAD;
    Keywords k = {.args = positional_as_tuple(t, args, n),
                  .kw = value_in(kw),
                  .names = (char **)parser->keywords,
                  .min = min_positional,
                  .max = max_positional};
    if (!k.args || (kwnames && !keywords_as_dict(t, args, n, kwnames, &k.kw))) {
        return NULL;
    }
    while (k.names[k.len]) {
        k.pos += k.names[k.len][0] == 0 && k.pos == k.len ? 1 : 0;
        k.len++;
    }
    Parser s;
    parser_start(&s, t, "");
    s.name = parser->fname;
    Unpacked u = {args, n, k.kw, buf};
    return unpack_named(&s, &k, &u, min_keywords) ? buf : NULL;
}

/* ---- simple forms ---- */

int PyArg_ValidateKeywordArguments(PyObject *kw)
{
    THREAD;
    Value d = value_in(kw), key, v;
    DictTable *table = NULL;
    size_t pos = 0;
    if (!d || !value_is_dict(d)) {
        PyErr_BadInternalCall();
        return 0;
    }
    while (dict_next(d, &table, &pos, &key, &v)) {
        if (!value_is_str(key)) {
            type_error(t, "keywords must be strings");
            return 0;
        }
    }
    return 1;
}

int _PyArg_CheckPositional(const char *name, Py_ssize_t n, Py_ssize_t min, Py_ssize_t max)
{
    THREAD;
    if (n >= min && n <= max) {
        return 1;
    }
    const char *sep = name ? " " : "";
    ssize_t bound = n < min ? min : max;
    type_error(t, "%s%sexpected %s%zd argument%s, got %zd",
               name ? name : "unpacked tuple should have", name ? sep : " ",
               min == max ? ""
               : n < min  ? "at least "
                          : "at most ",
               bound, bound == 1 ? "" : "s", (ssize_t)n);
    return 0;
}

int PyArg_UnpackTuple(PyObject *args, const char *name, Py_ssize_t min, Py_ssize_t max, ...)
{
    THREAD;
    Value tuple = value_in(args);
    if (!value_is_tuple(tuple)) {
        system_error(t, "PyArg_UnpackTuple() argument list is not a tuple");
        return 0;
    }
    Py_ssize_t n = (Py_ssize_t)tuple_len(tuple);
    if (!_PyArg_CheckPositional(name, n, min, max)) {
        return 0;
    }
    va_list ap;
    va_start(ap, max);
    bool ok = true;
    for (Py_ssize_t i = 0; i < n && ok; i++) {
        PyObject *o = value_lend(t, tuple_get(tuple, (size_t)i));
        *va_arg(ap, PyObject **) = o;
        ok = o != NULL;
    }
    va_end(ap);
    return ok;
}

int _PyArg_NoKeywords(const char *name, PyObject *kw)
{
    if (!kw || dict_len(value_in(kw)) == 0) {
        return 1;
    }
    type_error(thread_current(), "%s() takes no keyword arguments", name);
    return 0;
}

int _PyArg_NoPositional(const char *name, PyObject *args)
{
    if (!args || tuple_len(value_in(args)) == 0) {
        return 1;
    }
    type_error(thread_current(), "%s() takes no positional arguments", name);
    return 0;
}

void _PyArg_BadArgument(const char *fname, const char *displayname, const char *what, PyObject *arg)
{
    type_error(thread_current(), "%s() %s must be %s, not %s", fname, displayname, what,
               parser_shown(arg));
}
