/* The _warnings module: filters and warn() in C, sharing its state with the warnings module written
 * in Python. */
#include "modules/_warnings.h"

#include <string.h>

#include "core/bytecode/code.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/zipimporter.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

/* The interpreter's own; the lists and dicts lock themselves. */
static Value own_state(Thread *t, int slot) { return value_load(interp_slot(t, slot)); }

/* What the warnings module has under `name` when it is loaded, else the own value. */
static Value shared_attr(Thread *t, const char *name, Value own)
{
    Value mod = dict_get_cstr(t, t->interp->modules, "warnings");
    if (!mod || is_none(mod)) {
        return own;
    }
    Value v;
    int found = object_lookup_attr(t, mod, intern_cstr(t, name), &v);
    return found < 0 ? 0 : found ? v : own;
}

/* 1: obj (None or a compiled pattern, or a str to be equal to) accepts text. */
static int filter_matches(Thread *t, Value obj, Value text)
{
    if (is_none(obj)) {
        return 1;
    }
    if (value_is_str_exact(obj)) {
        return value_is_str(text) && str_eq(obj, text);
    }
    Value r = call_method1(t, obj, intern_cstr(t, "match"), text);
    return r ? object_truth(t, r) : -1;
}

/* Whether the registry says this key was shown; marks it when should_set. 1, 0, -1. */
static int already_warned(Thread *t, Value registry, Value key, bool should_set)
{
    if (!registry || is_none(registry)) {
        return 0;
    }
    Value version_key = intern_cstr(t, "version"), version = dict_get(t, registry, version_key);
    int64_t current = atomic_load(&t->interp->warnings_version), seen;
    if (t->exc) {
        return -1;
    }
    if (!version || !value_is_int_exact(version) || !int_try_int64(version, &seen) ||
        seen != current) {
        if (!dict_clear(t, registry) || !dict_set(t, registry, version_key, fixnum(current))) {
            return -1;
        }
    } else {
        Value shown = dict_get(t, registry, key);
        if (!shown && t->exc) {
            return -1;
        }
        int truth = shown ? object_truth(t, shown) : 0;
        if (truth) {
            return truth;
        }
    }
    return should_set && !dict_set(t, registry, key, TRUE_VALUE) ? -1 : 0;
}

/* One filter row against the warning: 1 applies, 0 not, -1 raised. */
static int row_applies(Thread *t, Value row, Value category, Value text, int line, Value module)
{
    if (!value_is_tuple(row) || tuple_len(row) != 5) {
        value_error(t, "warnings.filters item isn't a 5-tuple");
        return -1;
    }
    int ok = filter_matches(t, tuple_get(row, 1), text);
    ok = ok > 0 ? object_issubclass(t, category, tuple_get(row, 2)) : ok;
    ok = ok > 0 ? filter_matches(t, tuple_get(row, 3), module) : ok;
    int64_t row_line = 0;
    if (ok > 0 &&
        (!value_is_int(tuple_get(row, 4)) || !int_try_int64(tuple_get(row, 4), &row_line))) {
        type_error(t, "an integer is required");
        return -1;
    }
    return ok > 0 ? row_line == 0 || row_line == line : ok;
}

static Value find_action(Thread *t, Value category, Value text, int line, Value module,
                         Value *row_out)
{
    Value filters = shared_attr(t, "filters", own_state(t, INTERP_warnings_filters));
    if (!filters) {
        return 0;
    }
    if (!value_is_list(filters)) {
        return value_error(t, "_warnings.filters must be a list");
    }
    /* what counts when the module loses them */
    gc_store_root(interp_slot(t, INTERP_warnings_filters), filters);
    *row_out = NONE;
    for (size_t i = 0; i < list_len(filters); i++) {
        Value row = list_get(filters, i);
        int applies = row ? row_applies(t, row, category, text, line, module) : 0;
        if (applies < 0) {
            return 0;
        }
        if (applies) {
            *row_out = row;
            return tuple_get(row, 0);
        }
    }
    Value action = shared_attr(t, "defaultaction", own_state(t, INTERP_warnings_default_action));
    if (action && !value_is_str(action)) {
        return type_error(t, "_warnings.defaultaction must be a string, not '%T'", action);
    }
    return action;
}

/* Prints without the warnings module: "file:line: Category: text". */
static bool show_plainly(Thread *t, Value filename, int line, Value text, Value category,
                         Value source_line)
{
    Value err = dict_get_cstr(t, t->interp->sys_dict, "stderr");
    if (!err || is_none(err)) {
        return true;
    }
    Value name = object_getattr(t, category, N(__name__));
    Value out = name ? str_format(t, "%U:%d: %U: %U\n", filename, line, name, text) : 0;
    bool ok = out && call_method1(t, err, N(write), out);
    if (ok && source_line && value_is_str(source_line)) {
        Value stripped = call_method0(t, source_line, intern_cstr(t, "strip"));
        ok = stripped && call_method1(t, err, N(write), str_format(t, "  %U\n", stripped));
    }
    if (!ok) {
        error_clear(t);
    }
    return true;
}

typedef struct Warning {
    Value category, message, text, filename, module, registry, source_line, source;
    Value globals; /* of the frame that is warned; 0: not known */
    int line;
} Warning;

/* A source in an archive is no file: linecache, of which the warning's line is asked, learns who
 * has it. */
static void offer_source(Thread *t, const Warning *w)
{
    Value loader = w->globals ? dict_get_cstr(t, w->globals, "__loader__") : 0;
    if (loader && value_isa(loader, &zipimporter_type)) {
        Value offer = import_attr(t, "linecache", "lazycache");
        if (offer) {
            call2(t, offer, w->filename, w->globals);
        }
    }
    error_clear(t);
}

static bool show_warning(Thread *t, const Warning *w)
{
    Value mod = runtime.import_module && !t->interp->finalizing ? import_module(t, "warnings") : 0;
    Value show = 0;
    if (!mod) {
        error_clear(t);
    } else if (object_lookup_attr(t, mod, intern_cstr(t, "_showwarnmsg"), &show) < 0) {
        return false;
    }
    if (!show) {
        return show_plainly(t, w->filename, w->line, w->text, w->category, w->source_line);
    }
    if (!callable(show)) {
        type_error(t, "warnings._showwarnmsg() must be set to a callable");
        return false;
    }
    Value cls = object_getattr_cstr(t, mod, "WarningMessage");
    offer_source(t, w);
    const Value args[] = {w->message,
                          w->category,
                          w->filename,
                          fixnum(w->line),
                          NONE,
                          NONE,
                          w->source ? w->source : NONE};
    Value msg = cls ? call(t, cls, args, 7, 0) : 0;
    return msg && call1(t, show, msg);
}

/* Applies the action; 1 show, 0 done, -1 raised. */
static int apply_action(Thread *t, const Warning *w, Value action, Value row, Value key)
{
    if (str_eq_cstr(action, "error")) {
        raise_exception(t, w->message);
        return -1;
    }
    if (str_eq_cstr(action, "ignore")) {
        return 0;
    }
    if (str_eq_cstr(action, "always")) {
        return 1;
    }
    if (w->registry && !is_none(w->registry) && !dict_set(t, w->registry, key, TRUE_VALUE)) {
        return -1;
    }
    int known = 0;
    if (str_eq_cstr(action, "once")) {
        Value registry =
            w->registry && !is_none(w->registry)
                ? w->registry
                : shared_attr(t, "onceregistry", own_state(t, INTERP_warnings_once_registry));
        Value once_key = tuple_pack(t, 2, w->text, w->category);
        Value once =
            registry ? shared_attr(t, "onceregistry", own_state(t, INTERP_warnings_once_registry))
                     : 0;
        known = once && once_key ? already_warned(t, once, once_key, true) : -1;
    } else if (str_eq_cstr(action, "module")) {
        Value module_key = tuple_pack(t, 3, w->text, w->category, fixnum(0));
        known = module_key ? already_warned(t, w->registry, module_key, true) : -1;
    } else if (!str_eq_cstr(action, "default")) {
        runtime_error(t, "Unrecognized action (%R) in warnings.filters:\n %R", action, row);
        return -1;
    }
    return known < 0 ? -1 : !known;
}

static bool warn_explicit(Thread *t, Warning *w)
{
    if (w->registry && !is_none(w->registry) && !value_is_dict(w->registry)) {
        type_error(t, "'registry' must be a dict or None");
        return false;
    }
    if (!w->module) {
        size_t len = str_len(w->filename);
        bool py = len >= 3 && str_eq_cstr(str_substring(t, w->filename, len - 3, len), ".py");
        w->module = len == 0 ? str_from_cstr(t, "<unknown>")
                    : py     ? str_substring(t, w->filename, 0, len - 3)
                             : w->filename;
    }
    if (value_isa(w->message, &exc_Warning)) {
        w->text = object_str(t, w->message);
        w->category = object_value(type_of(w->message));
    } else {
        w->text = w->message;
        w->message = call1(t, w->category, w->message);
    }
    if (!w->text || !w->message || !w->module) {
        return false;
    }
    Value key = tuple_pack(t, 3, w->text, w->category, fixnum(w->line)), row = NONE;
    int known = key ? already_warned(t, w->registry, key, false) : -1;
    if (known) {
        return known > 0;
    }
    Value action = find_action(t, w->category, w->text, w->line, w->module, &row);
    int show = action ? apply_action(t, w, action, row, key) : -1;
    return show < 0 ? false : !show || show_warning(t, w);
}

static bool is_internal_frame(Value frame)
{
    Value name = ((Code *)value_object(frame_code(frame)))->filename;
    Str *s = value_str(name);
    return s->ascii && memmem(s->data, s->len, "importlib", 9) &&
           memmem(s->data, s->len, "_bootstrap", 10);
}

/* The frame that stack_level names: 1 is the innermost. 0 without exception: beyond the outermost.
 */
static Value frame_at(Thread *t, int stack_level)
{
    int depth = 0, left = stack_level;
    Value frame = vm_frame(t, 0);
    bool count_all = stack_level <= 0 || (frame && is_internal_frame(frame));
    while (frame && --left > 0) {
        do {
            frame = vm_frame(t, ++depth);
        } while (frame && !count_all && is_internal_frame(frame));
    }
    return frame;
}

static bool setup_context(Thread *t, int stack_level, Warning *w)
{
    Value frame = frame_at(t, stack_level), globals;
    if (t->exc) {
        return false;
    }
    if (frame) {
        globals = w->globals = frame_globals(frame);
        w->filename = ((Code *)value_object(frame_code(frame)))->filename;
        w->line = frame_line(t, frame);
    } else {
        globals = t->interp->sys_dict;
        w->filename = str_from_cstr(t, "sys");
        w->line = 1;
    }
    Value key = intern_cstr(t, "__warningregistry__");
    w->registry = dict_get(t, globals, key);
    if (!w->registry) {
        w->registry = dict_new(t);
        if (!w->registry || !dict_set(t, globals, key, w->registry)) {
            return false;
        }
    }
    Value module = dict_get(t, globals, N(__name__));
    w->module =
        module && (is_none(module) || value_is_str(module)) ? module : str_from_cstr(t, "<string>");
    return w->module;
}

bool warnings_warn(Thread *t, Type *category, Value message, Value source, int stack_level)
{
    Warning w = {.category = object_value(category), .message = message, .source = source};
    return setup_context(t, stack_level, &w) && warn_explicit(t, &w);
}

static bool category_arg(Thread *t, Value message, Value *category)
{
    if (value_isa(message, &exc_Warning)) {
        *category = object_value(type_of(message));
        return true;
    }
    if (!*category || is_none(*category)) {
        *category = object_value(&exc_UserWarning);
    }
    int ok =
        value_is_type(*category) ? object_issubclass(t, *category, object_value(&exc_Warning)) : 0;
    if (ok == 0) {
        type_error(t, "category must be a Warning subclass, not '%T'", *category);
    }
    return ok > 0;
}

static Value warnings_warn_fn(ARGS)
{
    int level = 1;
    Value category = args[1];
    if ((args[2] && !value_to_int(t, args[2], &level)) || !category_arg(t, args[0], &category)) {
        return 0;
    }
    Warning w = {.category = category,
                 .message = args[0],
                 .source = args[3] && !is_none(args[3]) ? args[3] : 0};
    return setup_context(t, level, &w) && warn_explicit(t, &w) ? NONE : 0;
}

static Value source_line_of(Thread *t, Value globals, int line)
{
    Value loader = dict_get_cstr(t, globals, "__loader__"),
          name = dict_get_cstr(t, globals, "__name__"), get;
    if (!loader || !name ||
        object_lookup_attr(t, loader, intern_cstr(t, "get_source"), &get) <= 0) {
        return 0;
    }
    Value source = call1(t, get, name);
    if (!source || is_none(source)) {
        return 0;
    }
    Value split = object_getattr_cstr(t, object_value(&str_type), "splitlines"); /* no subclass's */
    Value lines = split ? call1(t, split, source) : 0;
    return lines ? object_getitem(t, lines, fixnum(line - 1)) : 0;
}

static Value warnings_warn_explicit_fn(ARGS)
{
    Warning w = {.message = args[0], .category = args[1], .filename = args[2],
                 .module = args[4] && !is_none(args[4]) ? args[4] : 0, .registry = args[5],
                 .source = args[7] && !is_none(args[7]) ? args[7] : 0};
    if (!value_to_int(t, args[3], &w.line)) {
        return 0;
    }
    if (!value_is_str(w.filename)) {
        return type_error(t, "warn_explicit() argument 'filename' must be str, not %T", w.filename);
    }
    if (args[6] && !is_none(args[6])) {
        if (!value_is_dict(args[6])) {
            return type_error(t, "module_globals must be a dict, not '%.200s'",
                              type_short_name(type_of(args[6])));
        }
        w.source_line = source_line_of(t, args[6], w.line);
        if (t->exc) {
            return 0;
        }
    }
    return warn_explicit(t, &w) ? NONE : 0;
}

static Value warnings_filters_mutated(ARGS)
{
    atomic_fetch_add(&t->interp->warnings_version, 1);
    return NONE;
}

static bool add_filter(Thread *t, const char *action, Type *category, const char *module)
{
    Value row = tuple_pack(t, 5, str_from_cstr(t, action), NONE, object_value(category),
                           str_or_none(t, module), fixnum(0));
    return row && list_append(t, own_state(t, INTERP_warnings_filters), row);
}

static const NativeDef warnings_functions[] = {
    {"warn(message, category=None, stacklevel=1, source=None)", warnings_warn_fn,
     "Issue a warning, or ignore it or raise it.", 0},
    {"warn_explicit(message, category, filename, lineno, module=<unrepresentable>, registry=None, "
     "module_globals=None, "
     "source=None)",
     warnings_warn_explicit_fn, "Issue a warning with its place given.", 0},
    {"_filters_mutated()", warnings_filters_mutated, "Tell that the filters have changed.", 0},
    {0},
};

static bool warnings_exec(Thread *t, Value mod)
{
    Value filters = list_new(t, 5), once = dict_new(t), action = str_from_cstr(t, "default");
    if (!filters || !once || !action) {
        return false;
    }
    gc_store_root(interp_slot(t, INTERP_warnings_filters), filters);
    gc_store_root(interp_slot(t, INTERP_warnings_once_registry), once);
    gc_store_root(interp_slot(t, INTERP_warnings_default_action), action);
    return add_filter(t, "default", &exc_DeprecationWarning, "__main__") &&
           add_filter(t, "ignore", &exc_DeprecationWarning, NULL) &&
           add_filter(t, "ignore", &exc_PendingDeprecationWarning, NULL) &&
           add_filter(t, "ignore", &exc_ImportWarning, NULL) &&
           add_filter(t, "ignore", &exc_ResourceWarning, NULL) &&
           module_add(t, mod, "filters", filters) && module_add(t, mod, "_onceregistry", once) &&
           module_add(t, mod, "_defaultaction", action);
}

const ModuleDef module__warnings = {"_warnings",
                                    "The part of the warnings machinery that is always there.",
                                    warnings_functions, warnings_exec};
