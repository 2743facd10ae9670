/* from __future__ import ...: the features a module asks for, before anything else is looked at. */
#include "core/compile/compile_internal.h"

static const char late_import[] = "from __future__ imports must occur at the beginning of the file";

/* The place of these errors has no end. */
static bool future_error(Compiler *c, const Stmt *s, int col, Value msg)
{
    return compile_error_at(c, s->lineno, col, s->lineno, -2, msg);
}

static bool set_feature(Compiler *c, Stmt *s, Value name)
{
    static const char *const mandatory[] = {"nested_scopes",    "generators",     "division",
                                            "absolute_import",  "with_statement", "print_function",
                                            "unicode_literals", "generator_stop"};
    for (size_t i = 0; i < ARRAY_SIZE(mandatory); i++) {
        if (str_eq_cstr(name, mandatory[i])) {
            return true;
        }
    }
    if (str_eq_cstr(name, "barry_as_FLUFL")) {
        c->future |= CO_FUTURE_BARRY_AS_BDFL;
        return true;
    }
    if (str_eq_cstr(name, "annotations")) {
        c->future |= CO_FUTURE_ANNOTATIONS;
        return true;
    }
    if (str_eq_cstr(name, "braces")) {
        return future_error(c, s, s->col_offset, str_from_cstr(c->t, "not a chance"));
    }
    return future_error(c, s, s->col_offset,
                        str_format(c->t, "future feature %U is not defined", name));
}

static bool is_future_import(const Stmt *s)
{
    return s->kind == AST_ImportFrom && s->ImportFrom.module != 0 &&
           str_eq_cstr(s->ImportFrom.module, "__future__");
}

bool future_scan(Compiler *c)
{
    AstSeq *body = c->mod->kind == AST_Module ? c->mod->Module.body
                   : c->mod->kind == AST_Interactive ? c->mod->Interactive.body : &ast_empty_seq;
    bool done = false;
    int line = 0;
    for (int i = 0; i < body->n; i++) {
        Stmt *s = body->items[i];
        if (done && s->lineno > line) {
            break; /* code generation finds what comes late */
        }
        line = s->lineno;
        if (!is_future_import(s)) {
            done |= i > 0 || s->kind != AST_Expr || s->Expr.value->kind != AST_Constant ||
                    !value_is_str(s->Expr.value->Constant.value);
            continue;
        }
        if (done) {
            return future_error(c, s, s->col_offset - 1, str_from_cstr(c->t, late_import));
        }
        AstSeq *aliases = s->ImportFrom.names;
        for (int j = 0; j < aliases->n; j++) {
            if (!set_feature(c, s, ((Alias *)aliases->items[j])->name)) {
                return false;
            }
        }
        c->last_future = s;
    }
    return true;
}

bool future_check_import(Compiler *c, Stmt *s)
{
    if (!is_future_import(s) || (c->last_future != NULL && s->lineno <= c->last_future->lineno)) {
        return true;
    }
    return compile_error(c, s, late_import);
}
