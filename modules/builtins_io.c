/* print() and input(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/object/audit.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/builtins.h"
#include "modules/line_editor.h"

static Value sys_stream(Thread *t, const char *name)
{
    return dict_get_cstr(t, t->interp->sys_dict, name);
}

static bool separator(Thread *t, const char *name, Value *v, Value dflt)
{
    if (!*v || is_none(*v)) {
        *v = dflt;
    } else if (!value_is_str(*v)) {
        type_error(t, "%s must be None or a string, not %T", name, *v);
        return false;
    }
    return true;
}

Value builtins_print(Thread *t, Value *args, size_t n, Value kw)
{
    static Signature keywords = SIGNATURE("print(*args, sep=' ', end='', file=None, flush=0)");
    Value given[5] = {0}; /* the first stays empty: the arguments are printed where they are */
    if (kw && !args_bind(t, &keywords, args + n, 0, kw, given)) {
        return 0;
    }
    Value sep = given[1], end = given[2], file = given[3];
    if (!file || is_none(file)) {
        file = sys_stream(t, "stdout");
        if (!file) {
            return error_pending(t) ? 0 : runtime_error(t, "lost sys.stdout");
        }
        if (is_none(file)) {
            return NONE;
        }
    }
    Value space = str_from_char(t, ' '), newline = str_from_char(t, '\n');
    if (!separator(t, "sep", &sep, space) || !separator(t, "end", &end, newline)) {
        return 0;
    }
    Value write = object_getattr(t, file, N(write));
    for (size_t i = 0; write && i < n; i++) {
        if (i > 0 && !call1(t, write, sep)) {
            return 0;
        }
        Value text = object_str(t, args[i]);
        if (!text || !call1(t, write, text)) {
            return 0;
        }
    }
    if (!write || !call1(t, write, end)) {
        return 0;
    }
    int flush = given[4] ? object_truth(t, given[4]) : 0;
    return flush < 0 || (flush && !call_method0(t, file, N(flush))) ? 0 : NONE;
}

/* Whether stream is the C stream with descriptor fd and a terminal. */
static bool is_terminal(Thread *t, Value stream, int fd)
{
    Value no = call_method0(t, stream, N(fileno));
    if (!no) {
        error_clear(t);
        return false;
    }
    return no == fixnum(fd) && isatty(fd);
}

static Value input_terminal(Thread *t, Value prompt)
{
    Value text = prompt ? object_str(t, prompt) : N(empty);
    const char *shown = text ? str_utf8(t, text, NULL) : NULL;
    char *line = NULL;
    if (!shown || !line_editor_read(t, shown, &line)) {
        return 0;
    }
    Value result = line ? str_decode(t, line, strlen(line), "utf-8", "surrogateescape")
                        : raise_none(t, &exc_EOFError);
    free(line);
    return result;
}

static Value audited_line(Thread *t, Value line)
{
    return line && AUDIT(t, "builtins.input/result", 1, line) ? line : 0;
}

Value builtins_input(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const char *const stream_names[] = {"stdin", "stdout", "stderr"};
    Value stream[3];
    for (int i = 0; i < 3; i++) {
        stream[i] = sys_stream(t, stream_names[i]);
        if (!stream[i] || is_none(stream[i])) {
            return error_pending(t) ? 0
                                    : runtime_error(t, "input(): lost sys.%s", stream_names[i]);
        }
    }
    if (!AUDIT(t, "builtins.input", 1, args[0])) {
        return 0;
    }
    if (!call_method0(t, stream[2], N(flush))) {
        error_clear(t);
    }
    if (is_terminal(t, stream[0], 0) && is_terminal(t, stream[1], 1)) {
        if (!call_method0(t, stream[1], N(flush))) {
            error_clear(t);
        }
        return audited_line(t, input_terminal(t, args[0]));
    }
    if (args[0]) {
        Value text = object_str(t, args[0]);
        if (!text || !call_method1(t, stream[1], N(write), text)) {
            return 0;
        }
    }
    if (!call_method0(t, stream[1], N(flush))) {
        error_clear(t);
    }
    Value line = call_method0(t, stream[0], N(readline));
    if (!line) {
        return 0;
    }
    if (!value_is_str(line)) {
        return type_error(t, "object.readline() returned non-string");
    }
    size_t len = str_len(line);
    if (len == 0) {
        return raise(t, &exc_EOFError, "EOF when reading a line");
    }
    bool ended = str_get(value_str(line), len - 1) == '\n';
    return audited_line(t, ended ? str_substring(t, line, 0, len - 1) : line);
}
