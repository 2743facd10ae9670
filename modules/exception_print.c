/* Printing an exception to sys.stderr: through the standard traceback module, whose text is the reference's; when that cannot
 * be had (early in the start, out of memory, deep recursion), one line with the type and the message.
 */
#include <stdio.h>

#include "core/object/dict.h"
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
    Value line = text ? str_format(t, str_len(text) ? "%s: %U\n" : "%s%U\n", type_short_name(type_of(exc)), text) : 0;
    if (line && file && !is_none(file) && call_method1(t, file, N(write), line)) {
        return;
    }
    error_clear(t);
    exception_print_fallback(t, exc);
}

void exception_print(Thread *t, Value exc)
{
    Value file = dict_get_cstr(t, t->interp->sys_dict, "stderr");
    if (!file || is_none(file)) {
        return;
    }
    Value print = import_attr(t, "traceback", "print_exception");
    Value tb = value_exception(exc)->traceback;
    if (!print || !call3(t, print, object_value(type_of(exc)), exc, tb ? tb : NONE)) {
        error_clear(t);
        print_line(t, file, exc);
    }
    if (!call_method0(t, file, N(flush))) {
        error_clear(t);
    }
}
