/* compile(), eval() and exec(). */
#include "core/compile/compile.h"
#include "core/object/audit.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/importer.h"
#include "importer/start_code.h"
#include "modules/builtins.h"
#include "modules/_ast.h"

enum { /* flags of compile() */
    PYCF_SOURCE_IS_UTF8 = 0x100, PYCF_DONT_IMPLY_DEDENT = 0x200, PYCF_ONLY_AST = 0x400,
    PYCF_IGNORE_COOKIE = 0x800, PYCF_TYPE_COMMENTS = 0x1000, PYCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000,
    PYCF_ALLOW_INCOMPLETE_INPUT = 0x4000,
    PYCF_ALL = 0x7f00 | CO_FUTURE_ALL
};

/* Source as str or bytes; what ("compile" ...) words the error. */
static Value source_text(Thread *t, Value source, const char *fn, const char *what)
{
    if (value_is_str(source) || value_is_bytes(source)) {
        return source;
    }
    if (!value_has_buffer(source)) {
        return type_error(t, "%s() arg 1 must be a %s object", fn, what);
    }
    return buffer_to_bytes(t, source);
}

static bool has_nul(Thread *t, Value source)
{
    const char *p;
    size_t n;
    if (value_is_str(source)) {
        p = str_utf8(t, source, &n);
        if (!p) {
            return true;
        }
    } else {
        p = value_bytes(source)->data;
        n = value_bytes(source)->len;
    }
    if (memchr(p, 0, n)) {
        value_error(t, "source code string cannot contain null bytes");
        return true;
    }
    return false;
}

Value source_filename(Thread *t, Value v)
{
    if (value_is_str(v)) {
        return v;
    }
    if (!value_is_bytes(v) && value_has_buffer(v)) {
        if (!warn(t, &exc_DeprecationWarning, 1,
                  "path should be string, bytes, or os.PathLike, not %T", v)) {
            return 0;
        }
        v = source_text(t, v, "compile", "bytes");
        if (!v) {
            return 0;
        }
    }
    const char *path = str_fs_path(t, v);
    return path ? str_from_fs(t, path, strlen(path)) : 0;
}

/* Auditing hooks are shown bytes. */
static bool may_compile(Thread *t, Value text, Value filename)
{
    size_t n;
    if (!value_is_str(text)) {
        return AUDIT(t, "compile", 2, text, filename);
    }
    const char *utf8 = str_utf8(t, text, &n); /* else it cannot be compiled, either */
    return utf8 && AUDIT(t, "compile", 2, bytes_new(t, utf8, n), filename);
}

Value builtins_compile(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int flags = 0, optimize = -1, dont_inherit = 0, feature = -1;
    if ((args[3] && !value_to_int(t, args[3], &flags)) ||
        (args[5] && !value_to_int(t, args[5], &optimize)) ||
        (args[6] && !value_to_int(t, args[6], &feature))) {
        return 0;
    }
    if (args[4] && (dont_inherit = object_truth(t, args[4])) < 0) {
        return 0;
    }
    Value filename = source_filename(t, args[1]);
    if (!filename) {
        return 0;
    }
    if (!value_is_str(args[2])) {
        return type_error(t, "compile() argument 'mode' must be str, not %T", args[2]);
    }
    const char *mode = str_utf8(t, args[2], NULL);
    if (!mode) {
        return 0;
    }
    if (flags & ~(PYCF_ALL | CO_NESTED)) { /* nested_scopes of __future__ */
        return value_error(t, "compile(): unrecognised flags");
    }
    if (optimize < -1 || optimize > 2) {
        return value_error(t, "compile(): invalid optimize value");
    }
    optimize = optimize < 0 ? runtime.config.optimize : optimize;
    if (!dont_inherit) {
        flags |= (int)vm_current_future_flags(t);
    }
    bool only_ast = flags & PYCF_ONLY_AST;
    bool func_type = strcmp(mode, "func_type") == 0;
    if (strcmp(mode, "exec") && strcmp(mode, "eval") && strcmp(mode, "single") &&
        !(func_type && only_ast)) {
        return func_type  ? value_error(t, "compile() mode 'func_type' requires flag PyCF_ONLY_AST")
               : only_ast ? value_error(
                                t, "compile() mode must be 'exec', 'eval', 'single' or 'func_type'")
                          : value_error(t, "compile() mode must be 'exec', 'eval' or 'single'");
    }
    int is_ast = ast_check(t, args[0]);
    if (is_ast != 0) {
        return is_ast < 0 || !AUDIT(t, "compile", 2, args[0], NONE) ? 0
               : only_ast
                   ? args[0]
                   : ast_compile_object(t, args[0], filename, mode, (unsigned)flags, optimize);
    }
    Value source = source_text(t, importer_adapt_source(t, filename, args[0]), "compile",
                               "string, bytes or AST");
    if (!source || has_nul(t, source) || !may_compile(t, source, filename)) {
        return 0;
    }
    return only_ast ? ast_parse_to_object(t, source, filename, mode, (unsigned)flags, feature)
                    : compile_source(t, source, filename, mode, (unsigned)flags, optimize);
}

/* Fills in the namespaces of eval and exec; false: raised. */
static bool code_namespaces(Thread *t, const char *fn, Value *globals, Value *locals)
{
    *globals = *globals && is_none(*globals) ? 0 : *globals;
    *locals = *locals && is_none(*locals) ? 0 : *locals;
    if (*locals && !value_is_mapping(*locals)) {
        if (strcmp(fn, "eval") == 0) {
            type_error(t, "locals must be a mapping");
        } else {
            type_error(t, "locals must be a mapping or None, not %T", *locals);
        }
        return false;
    }
    if (*globals && !value_is_dict(*globals)) {
        if (strcmp(fn, "eval") == 0) {
            type_error(t, value_is_mapping(*globals)
                              ? "globals must be a real dict; try eval(code, {}, mapping)"
                              : "globals must be a dict");
        } else {
            type_error(t, "exec() globals must be a dict, not %T", *globals);
        }
        return false;
    }
    if (!*globals) {
        *globals = vm_current_globals(t);
        if (!*locals) {
            *locals = *globals ? vm_current_locals(t) : 0;
        }
        if (!*globals || !*locals) {
            if (!t->exc) {
                system_error(t, "globals and locals cannot be NULL");
            }
            return false;
        }
    } else if (!*locals) {
        *locals = *globals;
    }
    int have = dict_contains(t, *globals, N(__builtins__));
    return have > 0 || (have == 0 && dict_set(t, *globals, N(__builtins__), t->interp->builtins));
}

static Value run_source(Thread *t, Value source, const char *fn, const char *mode, Value globals,
                        Value locals)
{
    Value text = source_text(t, source, fn, "string, bytes or code");
    if (!text || has_nul(t, text) || !may_compile(t, text, N(string_filename))) {
        return 0;
    }
    if (strcmp(mode, "eval") == 0 && value_is_str(text)) {
        size_t skip = 0, len = str_len(text);
        while (skip < len &&
               (str_get(value_str(text), skip) == ' ' || str_get(value_str(text), skip) == '\t')) {
            skip++;
        }
        text = skip ? str_substring(t, text, skip, len) : text;
    }
    Value code = text ? start_code_compile(t, text, N(string_filename), mode,
                                           vm_current_future_flags(t), runtime.config.optimize)
                      : 0;
    return code ? vm_eval_code(t, code, globals, locals, 0) : 0;
}

Value builtins_eval(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value globals = args[1], locals = args[2];
    if (!code_namespaces(t, "eval", &globals, &locals)) {
        return 0;
    }
    if (value_is_code(args[0])) {
        if (((Code *)value_object(args[0]))->nfrees) {
            return type_error(t, "code object passed to eval() may not contain free variables");
        }
        return vm_eval_code(t, args[0], globals, locals, 0);
    }
    return run_source(t, args[0], "eval", "eval", globals, locals);
}

static bool closure_valid(Thread *t, Code *code, Value closure)
{
    if (!code->nfrees) {
        if (closure) {
            type_error(t, "cannot use a closure with this code object");
        }
        return !closure;
    }
    bool ok = closure && value_is_tuple_exact(closure) && tuple_len(closure) == code->nfrees;
    for (size_t i = 0; ok && i < tuple_len(closure); i++) {
        ok = type_of(tuple_get(closure, i)) == &cell_type;
    }
    if (!ok) {
        type_error(t, "code object requires a closure of exactly length %d", (int)code->nfrees);
    }
    return ok;
}

Value builtins_exec(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value globals = args[1], locals = args[2], closure = args[3] && !is_none(args[3]) ? args[3] : 0;
    if (!code_namespaces(t, "exec", &globals, &locals)) {
        return 0;
    }
    Value result;
    if (value_is_code(args[0])) {
        if (!closure_valid(t, (Code *)value_object(args[0]), closure)) {
            return 0;
        }
        result = vm_eval_code(t, args[0], globals, locals, closure);
    } else if (closure) {
        return type_error(t, "closure can only be used when source is a code object");
    } else {
        result = run_source(t, args[0], "exec", "exec", globals, locals);
    }
    return result ? NONE : 0;
}
