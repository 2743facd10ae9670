/* Printing an exception to sys.stderr: through the standard traceback module, whose text is the
 * reference's; when that cannot be had (early in the start, out of memory, deep recursion), one
 * line with the type and the message.
 */
#include <stdio.h>

#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/sys.h"

void exception_print_fallback(Thread *t, Value exc)
{
    Value text = object_str(t, exc);
    const char *utf8 = text ? str_utf8(t, text, NULL) : NULL;
    fprintf(stderr, "%s: %s\n", type_short_name(type_of(exc)), utf8 ? utf8 : "");
    error_clear(t);
}

static void print_line(Thread *t, Value file, Value exc)
{
    Value text = object_str(t, exc);
    if (!text) {
        error_clear(t);
        text = str_from_cstr(t, "<exception str() failed>");
    }
    Value line = text ? str_format(t, str_len(text) ? "%s: %U\n" : "%s%U\n",
                                   type_short_name(type_of(exc)), text)
                      : 0;
    if (line && file && !is_none(file) && call_method1(t, file, N(write), line)) {
        return;
    }
    error_clear(t);
    exception_print_fallback(t, exc);
}

/* An int attribute of a TracebackException; false: it is none. */
static bool int_attr(Thread *t, Value te, const char *name, int *out)
{
    Value v = 0;
    if (object_lookup_attr_cstr(t, te, name, &v) <= 0 || !value_is_fixnum(v) ||
        !value_to_int(t, v, out)) {
        error_clear(t);
        return false;
    }
    return true;
}

static void set_attr(Thread *t, Value te, const char *name, Value v)
{
    Value key = intern_cstr(t, name);
    if (!key || !v || !object_setattr(t, te, key, v)) {
        error_clear(t);
    }
}

/* Carets under a wrong range: one at its start, none behind the text. */
static void limit_carets(Thread *t, Value te)
{
    int offset, end;
    Value text = 0;
    if (!int_attr(t, te, "offset", &offset) || !int_attr(t, te, "end_offset", &end) || end == 0 ||
        end == -1 || object_lookup_attr_cstr(t, te, "text", &text) <= 0 || !value_is_str(text)) {
        error_clear(t);
        return;
    }
    int last = (int)str_len(text) + 1;
    if (last > 1 && str_get(value_str(text), (size_t)last - 2) == '\n') {
        last--;
    }
    if (end < offset) {
        set_attr(t, te, "end_offset", fixnum(offset));
    } else if (end > last && last > offset) {
        set_attr(t, te, "end_offset", fixnum(last));
    }
}

/* Tabs before the text are no more shown than spaces are. */
static void blank_indentation(Thread *t, Value te)
{
    Value text = 0;
    if (object_lookup_attr_cstr(t, te, "text", &text) <= 0 || !value_is_str(text)) {
        return;
    }
    size_t n = 0, len = str_len(text);
    StrBuilder blank;
    sb_init(&blank, t);
    for (; n < len; n++) {
        uint32_t c = str_get(value_str(text), n);
        if (c != ' ' && c != '\t' && c != '\f') {
            break;
        }
        sb_char(&blank, ' ');
    }
    if (n > 0 && sb_sub(&blank, text, n, len)) {
        set_attr(t, te, "text", sb_finish(&blank));
    }
}

/* What the module shows of a SyntaxError differs: no message is None, no line has no text,
 * subclasses get one caret. */
static void complete_syntax_error(Thread *t, Value te, Value exc)
{
    int offset;
    Value v = 0;
    if (object_lookup_attr_cstr(t, te, "msg", &v) > 0 && is_none(v)) {
        set_attr(t, te, "msg", str_from_cstr(t, "None"));
    }
    if (object_lookup_attr_cstr(t, te, "lineno", &v) > 0 && is_none(v)) {
        set_attr(t, te, "text", NONE);
    }
    blank_indentation(t, te);
    if (type_of(exc) == &exc_SyntaxError) {
        limit_carets(t, te);
    } else if (int_attr(t, te, "offset", &offset)) {
        set_attr(t, te, "end_offset", fixnum(offset));
    }
    error_clear(t);
}

static void add_note(Thread *t, Value te, Value note)
{
    Value own, notes = list_new(t, 1);
    bool has = object_lookup_attr(t, te, N(__notes__), &own) > 0 && value_is_list(own);
    for (size_t i = 0; notes && has && i < list_len(own); i++) {
        Value one = list_get(own, i); /* 0: the list shrinks */
        notes = !one || list_append(t, notes, one) ? notes : 0;
    }
    if (notes && list_append(t, notes, note)) {
        set_attr(t, te, "__notes__", notes);
    }
    error_clear(t);
}

/* Adds to te, the TracebackException of exc, and to those it is chained to, what the module does
 * not know. */
static void complete(Thread *t, Value te, Value exc)
{
    if (!te || is_none(te) || !value_is_exception(exc) || !c_recursion_enter(t, "")) {
        error_clear(t);
        return;
    }
    Value text = 0, part = 0;
    Value suggestion = exception_suggestion(t, exc);
    if (suggestion && object_lookup_attr_cstr(t, te, "_str", &text) > 0 && value_is_str(text)) {
        set_attr(t, te, "_str", str_format(t, "%U. Did you mean: '%U'?", text, suggestion));
    }
    Value advice = exception_advice(t, exc);
    if (advice) {
        add_note(t, te, advice);
    }
    if (value_isa(exc, &exc_SyntaxError)) {
        complete_syntax_error(t, te, exc);
    }
    Value cause = exception_cause(exc), context = exception_context(exc);
    if (cause && object_lookup_attr_cstr(t, te, "__cause__", &part) > 0) {
        complete(t, part, cause);
    }
    if (context && object_lookup_attr_cstr(t, te, "__context__", &part) > 0) {
        complete(t, part, context);
    }
    Value list = 0;
    if (value_isa(exc, &exc_BaseExceptionGroup) &&
        object_lookup_attr_cstr(t, te, "exceptions", &list) > 0 && value_is_list(list)) {
        Value excs = ((ExceptionGroupExc *)value_exception(exc))->excs;
        for (size_t i = 0; i < list_len(list) && i < tuple_len(excs); i++) {
            complete(t, list_get(list, i), tuple_get(excs, i));
        }
    }
    error_clear(t);
    c_recursion_leave(t);
}

/* sys.tracebacklimit: that many of the last entries; 0 or less: none. */
static Value stack_limit(Thread *t)
{
    Value v = dict_get_cstr(t, t->interp->sys_dict, "tracebacklimit");
    if (!v || !value_is_fixnum(v)) {
        error_clear(t);
        bool negative =
            v && type_of(v) == &int_type && object_compare_bool(t, v, fixnum(0), CMP_LT) == 1;
        return v && type_of(v) == &int_type ? fixnum(negative ? 0 : -1000000) : NONE;
    }
    int64_t n = fixnum_get(v);
    return fixnum(n > 0 ? -n : 0);
}

/* traceback.TracebackException(type(exc), exc, exc.__traceback__, limit=...,
 * compact=True).print(file=file) */
static bool print_with_module(Thread *t, Value file, Value exc)
{
    Value make = import_attr(t, "traceback", "TracebackException");
    Value tb = exception_traceback(exc);
    Value args[] = {object_value(type_of(exc)), exc, tb ? tb : NONE, stack_limit(t), TRUE_VALUE};
    Value keywords = tuple_pack(t, 2, intern_cstr(t, "limit"), intern_cstr(t, "compact"));
    Value te = make && keywords ? call(t, make, args, 3, keywords) : 0;
    if (!te) {
        return false;
    }
    complete(t, te, exc);
    Value print = object_getattr_cstr(t, te, "print");
    keywords = tuple_pack(t, 1, intern_cstr(t, "file"));
    return print && keywords && call(t, print, &file, 0, keywords);
}

void exception_print(Thread *t, Value exc)
{
    Value file = dict_get_cstr(t, t->interp->sys_dict, "stderr");
    if (!file || is_none(file)) {
        return;
    }
    if (!print_with_module(t, file, exc)) {
        error_clear(t);
        print_line(t, file, exc);
    }
    if (!call_method0(t, file, N(flush))) {
        error_clear(t);
    }
}
