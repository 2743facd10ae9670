/* The module readline, over libedit's interface of that name (modules/line_editor.c reads the lines
 * for input()).
 *
 * libedit has one state for the process, so a mutex-free rule is enough: functions that change it
 * run attached, hooks and the completer are called while a line is read, where the thread is
 * parked, and attach it for the call.
 */
#ifdef TYPHON_EDIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>

#include <editline/readline.h>

#include "core/base/locale.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/safepoint.h"
#include "modules/line_editor.h"

typedef struct Hooks { /* roots */
    Value completer, display, startup, pre_input;
} Hooks;
static Hooks hooks;
static int history_limit = -1;
static bool auto_history = true;
static int begin_index, end_index;

/* ---- hooks, called with the thread parked ---- */

static int call_hook(Value f)
{
    Thread *t = thread_current();
    int result = 0;
    if (!f) {
        return 0;
    }
    thread_unpark(t);
    Value v = call0(t, f);
    if (v && !is_none(v) && !value_to_int(t, v, &result)) {
        result = 0;
    }
    error_clear(t);
    thread_park(t);
    return result;
}

static int startup_hook(void) { return call_hook(value_load(&hooks.startup)); }
static int pre_input_hook(void) { return call_hook(value_load(&hooks.pre_input)); }

static char *next_completion(const char *text, int state)
{
    Thread *t = thread_current();
    Value f = value_load(&hooks.completer);
    char *result = NULL;
    if (!f) {
        return NULL;
    }
    thread_unpark(t);
    rl_attempted_completion_over = 1;
    Value word = str_from_fs(t, text, strlen(text)),
          v = word ? call2(t, f, word, fixnum(state)) : 0;
    if (v && !is_none(v)) {
        const char *p = str_fs_path(t, v);
        result = p ? strdup(p) : NULL;
    }
    error_clear(t);
    thread_park(t);
    return result;
}

static char **complete(const char *text, int start, int end)
{
    rl_completion_append_character = 0;
    rl_completion_suppress_append = 0;
    begin_index = start;
    end_index = end;
    return completion_matches((char *)(uintptr_t)text, next_completion);
}

static void display_matches(char **matches, int count, int longest)
{
    Thread *t = thread_current();
    Value f = value_load(&hooks.display);
    thread_unpark(t);
    Value list = list_new(t, 0);
    for (int i = 1; list && i <= count; i++) {
        Value s = str_from_fs(t, matches[i], strlen(matches[i]));
        if (!s || !list_append(t, list, s)) {
            list = 0;
        }
    }
    if (list && f) {
        call3(t, f, str_from_fs(t, matches[0], strlen(matches[0])), list, fixnum(longest));
    }
    error_clear(t);
    thread_park(t);
}

/* input() has read a line. */
static void remember_line(const char *line)
{
    if (auto_history && *line) {
        HIST_ENTRY *last =
            history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
        if (!last || strcmp(last->line, line) != 0) {
            add_history(line);
        }
    }
}

/* None or a callable; false: raised. */
static bool set_hook(Thread *t, Value v, Value *slot, const char *name)
{
    if (v == 0 || is_none(v)) {
        gc_store_root(slot, 0);
        return true;
    }
    if (!callable(v)) {
        type_error(t, "set_%s(func): argument not callable", name);
        return false;
    }
    gc_store_root(slot, v);
    return true;
}

NATIVE_FN(line_set_completer)
{
    return set_hook(t, args[0], &hooks.completer, "completer") ? NONE : 0;
}
NATIVE_FN(line_get_completer)
{
    Value f = value_load(&hooks.completer);
    return f ? f : NONE;
}
NATIVE_FN(line_set_startup_hook)
{
    return set_hook(t, args[0], &hooks.startup, "startup_hook") ? NONE : 0;
}
NATIVE_FN(line_set_pre_input_hook)
{
    return set_hook(t, args[0], &hooks.pre_input, "pre_input_hook") ? NONE : 0;
}
NATIVE_FN(line_set_display)
{
    if (!set_hook(t, args[0], &hooks.display, "completion_display_matches_hook")) {
        return 0;
    }
    rl_completion_display_matches_hook = hooks.display ? (VFunction *)display_matches : NULL;
    return NONE;
}

/* ---- the line ---- */

static Value text_value(Thread *t, const char *p)
{
    return p ? str_from_fs(t, p, strlen(p)) : NONE;
}

NATIVE_FN(line_get_line_buffer) { return text_value(t, rl_line_buffer ? rl_line_buffer : ""); }
NATIVE_FN(line_get_begidx) { return fixnum(begin_index); }
NATIVE_FN(line_get_endidx) { return fixnum(end_index); }
NATIVE_FN(line_get_completion_type) { return fixnum(rl_completion_type); }
NATIVE_FN(line_get_delims) { return text_value(t, rl_completer_word_break_characters); }

NATIVE_FN(line_insert_text)
{
    const char *p = str_fs_path(t, args[0]);
    if (!p) {
        return 0;
    }
    rl_insert_text(p);
    return NONE;
}

NATIVE_FN(line_redisplay)
{
    rl_forced_update_display(); /* rl_redisplay() sends the library ^R, which searches */
    return NONE;
}

NATIVE_FN(line_set_delims)
{
    const char *p = str_fs_path(t, args[0]);
    char *copy = p ? strdup(p) : NULL;
    if (!copy) {
        return p ? raise_memory(t) : 0;
    }
    /* an old one may be in use: kept */
    rl_basic_word_break_characters = rl_completer_word_break_characters = copy;
    return NONE;
}

NATIVE_FN(line_parse_and_bind)
{
    const char *p = str_fs_path(t, args[0]);
    char *copy = p ? strdup(p) : NULL;
    if (!copy) {
        return p ? raise_memory(t) : 0;
    }
    rl_parse_and_bind(copy);
    free(copy);
    return NONE;
}

/* A file name argument; NULL with nothing raised: the default file. */
static const char *file_arg(Thread *t, Value v)
{
    return v == 0 || is_none(v) ? NULL : str_fs_path(t, v);
}

NATIVE_FN(line_read_init_file)
{
    const char *name = file_arg(t, args[0]);
    if (t->exc) {
        return 0;
    }
    errno = 0;
    int err = rl_read_init_file(name);
    return err ? raise_errno(t, &exc_OSError, errno ? errno : ENOENT, 0) : NONE;
}

/* ---- history ---- */

static Value history_done(Thread *t, int err)
{
    return err ? raise_errno(t, &exc_OSError, errno ? errno : err, 0) : NONE;
}

NATIVE_FN(line_read_history)
{
    const char *name = file_arg(t, args[0]);
    errno = 0;
    return t->exc ? 0 : history_done(t, read_history(name));
}

NATIVE_FN(line_write_history)
{
    const char *name = file_arg(t, args[0]);
    if (t->exc) {
        return 0;
    }
    errno = 0;
    int err = write_history(name);
    if (!err && history_limit >= 0) {
        history_truncate_file(name, history_limit);
    }
    return history_done(t, err);
}

/* Appends the last items to an existing file: 0 or an errno value.  libedit would write another
 * header in between. */
static int append_items(int count, const char *name)
{
    char temporary[] = "/tmp/historyXXXXXX", line[4096];
    FILE *to = fopen(name, "r+"), *from = NULL;
    int fd = to ? mkstemp(temporary) : -1, err = 0;
    if (fd < 0 || append_history(count, temporary) || !(from = fdopen(fd, "r"))) {
        err = errno ? errno : EIO;
    } else {
        fseek(to, 0, SEEK_END);
        int lines = 0, at = 0, first;
        while (fgets(line, sizeof line, from)) {
            lines += strchr(line, '\n') != NULL;
        }
        rewind(from);
        /* line 0 is the header; it may have written more items than asked */
        first = lines - count > 1 ? lines - count : 1;
        while (fgets(line, sizeof line, from)) {
            if (at >= first || (at == 0 && ftell(to) == 0)) {
                fputs(line, to);
            }
            at += strchr(line, '\n') != NULL;
        }
    }
    if (to && fclose(to) && !err) {
        err = errno;
    }
    if (from) {
        fclose(from);
    } else if (fd >= 0) {
        close(fd);
    }
    if (fd >= 0) {
        unlink(temporary);
    }
    return err;
}

NATIVE_FN(line_append_history)
{
    int count;
    if (!value_to_int(t, args[0], &count)) {
        return 0;
    }
    if (count < 0) {
        return value_error(t, "nelements must be positive");
    }
    const char *name = file_arg(t, args[1]);
    if (t->exc) {
        return 0;
    }
    errno = 0;
    int err = name ? append_items(count, name) : ENOENT;
    if (!err && history_limit >= 0) {
        history_truncate_file(name, history_limit);
    }
    return err ? raise_errno(t, &exc_OSError, err, 0) : NONE;
}

NATIVE_FN(line_get_history_length) { return fixnum(history_limit); }
NATIVE_FN(line_set_history_length) { return value_to_int(t, args[0], &history_limit) ? NONE : 0; }
NATIVE_FN(line_current_length) { return fixnum(history_length); }

NATIVE_FN(line_history_item)
{
    int i;
    if (!value_to_int(t, args[0], &i)) {
        return 0;
    }
    HIST_ENTRY *entry = i >= 1 && i <= history_length ? history_get(history_base + i - 1) : NULL;
    return entry ? text_value(t, entry->line) : NONE;
}

static bool position_arg(Thread *t, Value v, int *i)
{
    if (!value_to_int(t, v, i)) {
        return false;
    }
    if (*i < 0) {
        value_error(t, "History index cannot be negative");
        return false;
    }
    return true;
}

static Value free_entry(Thread *t, HIST_ENTRY *entry, int i)
{
    if (!entry) {
        return value_error(t, "No history item at position %d", i);
    }
    free((char *)(uintptr_t)entry->line);
    free(entry);
    return NONE;
}

NATIVE_FN(line_remove_item)
{
    int i;
    return position_arg(t, args[0], &i) ? free_entry(t, remove_history(i), i) : 0;
}

NATIVE_FN(line_replace_item)
{
    int i;
    const char *line;
    return position_arg(t, args[0], &i) && (line = str_fs_path(t, args[1])) != NULL
               ? free_entry(t, replace_history_entry(i + history_base, line, NULL), i) : 0;
}

NATIVE_FN(line_add_history)
{
    const char *line = str_fs_path(t, args[0]);
    if (!line) {
        return 0;
    }
    add_history(line);
    return NONE;
}

NATIVE_FN(line_set_auto_history)
{
    int on = object_truth(t, args[0]);
    auto_history = on > 0;
    return on < 0 ? 0 : NONE;
}

NATIVE_FN(line_clear_history)
{
    clear_history();
    return NONE;
}

/* ---- the module ---- */

static const NativeDef readline_functions[] = {
    {"parse_and_bind(string, /)", line_parse_and_bind, "Execute a line of an init file.", 0},
    {"read_init_file(filename=None, /)", line_read_init_file, "Execute an init file.", 0},
    {"get_line_buffer()", line_get_line_buffer, "Return the current content of the line.", 0},
    {"insert_text(string, /)", line_insert_text, "Insert text into the line at the cursor.", 0},
    {"redisplay()", line_redisplay, "Show the line again.", 0},
    {"read_history_file(filename=None, /)", line_read_history, "Load a history file.", 0},
    {"write_history_file(filename=None, /)", line_write_history, "Save the history.", 0},
    {"append_history_file(nelements, filename=None, /)", line_append_history,
     "Append the last items to a history file.", 0},
    {"get_history_length()", line_get_history_length,
     "Return the number of lines that a history file keeps, -1: all.", 0},
    {"set_history_length(length, /)", line_set_history_length,
     "Set the number of lines that a history file keeps.", 0},
    {"get_current_history_length()", line_current_length,
     "Return the number of items in the history.", 0},
    {"get_history_item(index, /)", line_history_item,
     "Return an item of the history; the first has index 1.", 0},
    {"remove_history_item(pos, /)", line_remove_item,
     "Remove an item of the history; the first has position 0.", 0},
    {"replace_history_item(pos, line, /)", line_replace_item, "Replace an item of the history.", 0},
    {"add_history(string, /)", line_add_history, "Append a line to the history.", 0},
    {"set_auto_history(enabled, /)", line_set_auto_history,
     "Whether input() appends to the history.", 0},
    {"clear_history()", line_clear_history, "Forget the history.", 0},
    {"set_completer(function=None, /)", line_set_completer,
     "Set function(text, state), which gives completions.", 0},
    {"get_completer()", line_get_completer, "Return the function that gives completions.", 0},
    {"get_completion_type()", line_get_completion_type,
     "Return the type of completion being tried.", 0},
    {"get_begidx()", line_get_begidx, "Return where the text being completed begins.", 0},
    {"get_endidx()", line_get_endidx, "Return where the text being completed ends.", 0},
    {"set_completer_delims(string, /)", line_set_delims,
     "Set the characters that separate words for completion.", 0},
    {"get_completer_delims()", line_get_delims,
     "Return the characters that separate words for completion.", 0},
    {"set_completion_display_matches_hook(function=None, /)", line_set_display,
     "Set a function that shows completions.", 0},
    {"set_startup_hook(function=None, /)", line_set_startup_hook,
     "Set a function called before the prompt is shown.", 0},
    {"set_pre_input_hook(function=None, /)", line_set_pre_input_hook,
     "Set a function called after the prompt is shown.", 0},
    {NULL, NULL, NULL, 0},
};

static bool readline_exec(Thread *t, Value mod)
{
    static char delims[] = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?";
    locale_use();
    gc_add_root(&hooks.completer);
    gc_add_root(&hooks.display);
    gc_add_root(&hooks.startup);
    gc_add_root(&hooks.pre_input);
    rl_readline_name = "python";
    rl_catch_signals = 0; /* line_editor.c waits for keys and for signals */
    using_history(); /* initialises; a second rl_initialize() would drop what has been typed */
    rl_bind_key('\t', rl_insert);
    rl_startup_hook = startup_hook;
    rl_pre_input_hook = pre_input_hook;
    rl_attempted_completion_function = complete;
    rl_basic_word_break_characters = rl_completer_word_break_characters = delims;
    line_editor_hook = remember_line;
    return module_add_int(t, mod, "_READLINE_VERSION", 0x0402) &&
           module_add_int(t, mod, "_READLINE_RUNTIME_VERSION", rl_readline_version) &&
           module_add_str(t, mod, "_READLINE_LIBRARY_VERSION", rl_library_version);
}

extern const ModuleDef module_readline;
const ModuleDef module_readline = {
    .name = "readline",
    .doc = "Importing this module enables command line editing using libedit readline.",
    .functions = readline_functions,
    .exec = readline_exec};
#endif
