/* SyntaxErrors and SyntaxWarnings of the compiler, and the sticky failure state. */
#include <stdarg.h>
#include <stdio.h>

#include "core/compile/compile_internal.h"
#include "core/object/exception.h"
#include "core/object/module.h"
#include "core/object/thread_state.h"

enum { LINE_MAX_BYTES = 4096 };

void compile_failed(Compiler *c)
{
    assert(error_pending(c->t));
    c->failed = true;
    if (c->u != NULL) {
        c->u->reachable = false;
    }
}

void *compile_no_memory(Compiler *c)
{
    if (!c->failed) {
        raise_memory(c->t);
        compile_failed(c);
    }
    return NULL;
}

void *compile_alloc(Compiler *c, size_t size)
{
    void *p = c->failed ? NULL : arena_alloc(&c->arena, size);
    return p != NULL ? p : compile_no_memory(c);
}

Value compile_keep(Compiler *c, Value v)
{
    if (v == 0 || !ast_keep(c->t, &c->arena, v)) {
        if (!c->failed) {
            compile_failed(c);
        }
        return 0;
    }
    return v;
}

bool visit_enter(Compiler *c)
{
    if (c->failed) {
        return false;
    }
    thread_let_others(c->t);
    if (!tree_recursion_enter(c->t, " during compilation")) {
        compile_failed(c);
        return false;
    }
    return true;
}

/* Line `line` of the source file as a str, None when it cannot be had. */
static Value source_line(Compiler *c, int line)
{
    const char *path = str_utf8(c->t, c->filename, NULL);
    FILE *file = path == NULL || path[0] == '<' ? NULL : fopen(path, "rb");
    if (path == NULL) {
        error_clear(c->t);
    }
    if (file == NULL) {
        return NONE;
    }
    char text[LINE_MAX_BYTES];
    Value result = NONE;
    for (int at = 1; fgets(text, sizeof text, file) != NULL;) {
        if (at == line) {
            result = str_from_utf8(c->t, text, strlen(text));
            break;
        }
        at += strchr(text, '\n') != NULL;
    }
    fclose(file);
    if (result == 0) {
        error_clear(c->t);
        result = NONE;
    }
    return result;
}

/* Before code generation the place is no argument of the exception: as in the reference it is told
 * afterwards. */
static bool set_place(Compiler *c, Value exc, const Value parts[6])
{
    static const char *const fields[] = {"filename", "lineno",     "offset",
                                         "text",     "end_lineno", "end_offset"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        Value name = intern_cstr(c->t, fields[i]);
        if (name == 0 || !object_setattr(c->t, exc, name, parts[i])) {
            return false;
        }
    }
    return true;
}

bool compile_error_at(Compiler *c, int line, int col, int end_line, int end_col, Value msg)
{
    if (c->failed || msg == 0) {
        if (!c->failed) {
            compile_failed(c);
        }
        return false;
    }
    const Value parts[6] = {c->filename,      fixnum(line),
                            fixnum(col + 1),  source_line(c, line),
                            fixnum(end_line), end_col < -1 ? NONE : fixnum(end_col + 1)};
    Value exc;
    if (c->u == NULL) {
        exc = call1(c->t, object_value(&exc_SyntaxError), msg);
        exc = exc != 0 && set_place(c, exc, parts) ? exc : 0;
    } else {
        Value place = tuple_from(c->t, parts, 6);
        exc = place == 0 ? 0 : call2(c->t, object_value(&exc_SyntaxError), msg, place);
    }
    if (exc != 0) {
        raise_exception(c->t, exc);
    }
    compile_failed(c);
    return false;
}

bool compile_error(Compiler *c, const void *node, const char *fmt, ...)
{
    if (c->failed) {
        return false;
    }
    va_list ap;
    va_start(ap, fmt);
    Value msg = str_vformat(c->t, fmt, ap);
    va_end(ap);
    const AstNode *n = node;
    if (n == NULL && c->u != NULL) {
        const Position *p = &c->u->pos;
        return compile_error_at(c, p->line, p->col, p->end_line, p->end_col, msg);
    }
    if (n == NULL) {
        return compile_error_at(c, 0, -1, 0, -1, msg);
    }
    return compile_error_at(c, n->lineno, n->col_offset, n->end_lineno, n->end_col_offset, msg);
}

void compile_warn(Compiler *c, const void *node, const char *fmt, ...)
{
    if (c->failed) {
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    Value msg = str_vformat(c->t, fmt, ap);
    va_end(ap);
    atomic_fetch_add_explicit(&c->t->interp->source_warnings, 1, memory_order_relaxed);
    Value function = msg == 0 ? 0 : import_attr(c->t, "warnings", "warn_explicit");
    if (function == 0) {
        compile_failed(c);
        return;
    }
    const AstNode *n = node;
    Value args[] = {msg, object_value(&exc_SyntaxWarning), c->filename, fixnum(n->lineno)};
    if (call(c->t, function, args, ARRAY_SIZE(args), 0) != 0) {
        return;
    }
    if (error_matches(c->t, &exc_SyntaxWarning)) { /* warnings are errors: say where */
        error_clear(c->t);
        compile_error_at(c, n->lineno, n->col_offset, n->end_lineno, n->end_col_offset, msg);
        return;
    }
    compile_failed(c);
}
