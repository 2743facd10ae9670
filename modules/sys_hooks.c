/* sys.excepthook, displayhook, unraisablehook and breakpointhook. */
#include <stdio.h>
#include <stdlib.h>

#include "core/object/audit.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "modules/sys.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

Value sys_excepthook(ARGS)
{
    Value exc = args[1];
    if (!value_is_exception(exc)) {
        type_error(t, "print_exception(): Exception expected for value, %T found", exc);
        exc = error_take(t);
    }
    if (!is_none(args[2]) && !exception_traceback(exc)) {
        exception_set_traceback(exc, args[2]);
    }
    exception_print(t, exc);
    return NONE;
}

static bool write_display(Thread *t, Value out, Value text)
{
    if (call_method1(t, out, N(write), text)) {
        return true;
    }
    if (!error_clear_if(t, &exc_UnicodeEncodeError)) {
        return false;
    }
    Value encoding = object_getattr(t, out, N(encoding));
    const char *name = encoding ? str_utf8(t, encoding, NULL) : NULL;
    Value bytes = name ? str_encode(t, text, name, "backslashreplace") : 0;
    Value buffer = 0;
    if (!bytes || object_lookup_attr(t, out, intern_cstr(t, "buffer"), &buffer) < 0) {
        return false;
    }
    if (buffer) {
        return call_method1(t, buffer, N(write), bytes);
    }
    Value safe = call_method1(t, bytes, N(decode), encoding);
    return safe && call_method1(t, out, N(write), safe);
}

Value sys_displayhook(ARGS)
{
    if (is_none(args[0])) {
        return NONE;
    }
    Value underscore = intern_cstr(t, "_");
    if (!dict_set(t, t->interp->builtins, underscore, NONE)) {
        return 0;
    }
    Value out = dict_get_cstr(t, t->interp->sys_dict, "stdout");
    if (!out || is_none(out)) {
        return error_pending(t) ? 0 : runtime_error(t, "lost sys.stdout");
    }
    Value text = object_repr(t, args[0]);
    return text && write_display(t, out, text) &&
                   call_method1(t, out, N(write), str_from_char(t, '\n')) &&
                   dict_set(t, t->interp->builtins, underscore, args[0])
               ? NONE
               : 0;
}

static bool write_line(Thread *t, Value file, Value text)
{
    return text && call_method1(t, file, N(write), text);
}

Value sys_unraisablehook(ARGS)
{
    Value file = dict_get_cstr(t, t->interp->sys_dict, "stderr");
    if (!file || is_none(file)) {
        return NONE;
    }
    Value value = object_getattr_cstr(t, args[0], "exc_value"),
          msg = object_getattr_cstr(t, args[0], "err_msg");
    Value object = object_getattr_cstr(t, args[0], "object");
    if (!value || !msg || !object) {
        return 0;
    }
    bool ok;
    if (!is_none(object)) {
        Value repr = object_repr(t, object);
        if (!repr) {
            error_clear(t);
            repr = str_from_cstr(t, "<object repr() failed>");
        }
        ok = write_line(t, file, is_none(msg) ? str_format(t, "Exception ignored in: %U\n", repr)
                                              : str_format(t, "%S: %U\n", msg, repr));
    } else {
        ok = is_none(msg) || write_line(t, file, str_format(t, "%S:\n", msg));
    }
    if (ok && value_is_exception(value)) {
        exception_print(t, value);
    }
    return ok && call_method0(t, file, N(flush)) ? NONE : 0;
}

void sys_print_unraisable(Thread *t, const char *where, Value obj)
{
    if (t->base && error_pending(t) && !exception_traceback(t->exc)) {
        vm_add_traceback(t, t->base);
    }
    Value exc = error_take(t);
    Value type = dict_get_cstr(t, t->interp->extra, "unraisable_args");
    Value hook = dict_get_cstr(t, t->interp->sys_dict, "unraisablehook");
    if (!type || !exc) {
        error_clear(t);
        return;
    }
    Value tb = exception_traceback(exc);
    Value msg = where ? str_format(t, "Exception ignored %s", where) : NONE;
    const Value fields[] = {object_value(type_of(exc)), exc, tb ? tb : NONE, msg ? msg : NONE,
                            obj ? obj : NONE};
    Value args = structseq_pack(t, type, fields);
    if (!args) {
        error_clear(t);
        return;
    }
    if (!AUDIT(t, "sys.unraisablehook", 2, hook, args)) {
        error_clear(t);
    } else if (!hook || is_none(hook)) {
        sys_unraisablehook(t, &args, 1, 0);
    } else if (!call1(t, hook, args)) {
        Value second = error_take(t);
        Value file = dict_get_cstr(t, t->interp->sys_dict, "stderr");
        if (file && !is_none(file) &&
            !write_line(t, file,
                        str_format(t, "Exception ignored in sys.unraisablehook: %R\n", hook))) {
            error_clear(t);
        }
        exception_print(t, second);
    }
    error_clear(t);
}

static bool hook_warning(Thread *t, Value name)
{
    return warn(t, &exc_RuntimeWarning, 1, "Ignoring unimportable $PYTHONBREAKPOINT: \"%U\"", name);
}

Value sys_breakpointhook(ARGS)
{
    const char *env = runtime.config.ignore_environment ? NULL : getenv("PYTHONBREAKPOINT");
    if (!env || !*env) {
        env = "pdb.set_trace";
    }
    if (strcmp(env, "0") == 0) {
        return NONE;
    }
    const char *dot = strrchr(env, '.');
    Value module = dot ? str_from_utf8(t, env, (size_t)(dot - env)) : str_from_cstr(t, "builtins");
    Value name = str_from_cstr(t, env);
    if (!module || !name) {
        return 0;
    }
    Value mod =
        str_len(module) ? runtime.import_module(t, module) : value_error(t, "empty module name");
    Value hook = mod ? object_getattr_cstr(t, mod, dot ? dot + 1 : env) : 0;
    if (!hook) {
        if (error_clear_if(t, &exc_ImportError) || error_clear_if(t, &exc_AttributeError) ||
            error_clear_if(t, &exc_ValueError)) {
            return hook_warning(t, name) ? NONE : 0;
        }
        return 0;
    }
    return call(t, hook, args, n, kw);
}
