/* Class statements: the body as a function of its namespace, then __build_class__(body, name,
 * *bases, **keywords). */
#include "core/compile/compile_internal.h"

static void store_const(Compiler *c, Value name, Value v)
{
    int reg = temp_new(c);
    emit_const(c, reg, v);
    name_store(c, name, reg);
    temp_release(c, reg);
}

/* Ends the body: the cell of __class__ is handed to type.__new__ through the namespace and
 * returned. */
static void cg_class_end(Compiler *c)
{
    Unit *u = c->u;
    if (!c->failed) {
        pos_implicit(c);
    }
    if (!u->scope->needs_class_cell) {
        cg_return_none(c);
        return;
    }
    if (!u->reachable || c->failed) {
        return;
    }
    int cell = u->max_locals;
    for (int i = 0; i < u->n_cells; i++) {
        cell = tuple_get(u->cellvars, (size_t)i) == N(__class__) ? u->max_locals + i : cell;
    }
    int reg = temp_new(c);
    emit_move(c, reg, cell);
    emit_cached(c, OP_CODE_STORE_NAME, reg, 0, 0, intern_cstr(c->t, "__classcell__"));
    emit(c, OP_CODE_RETURN_VALUE, reg, 0, 0);
}

static Value cg_class_body(Compiler *c, Stmt *s, int firstlineno, Scope **scope)
{
    Unit u;
    if (!unit_enter(c, &u, s, s->ClassDef.name, firstlineno)) {
        return 0;
    }
    *scope = u.scope;
    u.pos = (Position){firstlineno, firstlineno, 0, 0};
    int reg = temp_new(c);
    emit_cached(c, OP_CODE_LOAD_NAME, reg, 0, 0, N(__name__));
    emit_cached(c, OP_CODE_STORE_NAME, reg, 0, 0, N(__module__));
    temp_release(c, reg);
    store_const(c, N(__qualname__), u.qualname);
    cg_body(c, s->ClassDef.body);
    if (!c->failed) {
        u.pos = (Position){firstlineno, firstlineno, 0, 0};
    }
    cg_class_end(c);
    return unit_finish(c);
}

void cg_class(Compiler *c, Stmt *s)
{
    AstSeq *decorators = s->ClassDef.decorator_list;
    int mark = temp_mark(c);
    int first = cg_decorators(c, decorators);
    int firstlineno = decorators->n > 0 ? ast_seq_expr(decorators, 0)->lineno : s->lineno;
    Scope *scope = NULL;
    Value code = cg_class_body(c, s, firstlineno, &scope);
    if (c->failed) {
        return;
    }
    int base = temp_new(c);
    emit(c, OP_CODE_LOAD_BUILD_CLASS, base, 0, 0);
    temp_run(c, FRAME_WORDS);
    int function = temp_new(c);
    cg_make_function(c, code, scope, c->u->next_temp, 0, function);
    emit_const(c, temp_new(c), s->ClassDef.name);
    cg_call_arguments(c, base, 2, s->ClassDef.bases, s->ClassDef.keywords, base, false, NULL);
    cg_apply_decorators(c, decorators, first, base);
    name_store(c, s->ClassDef.name, base);
    temp_release(c, mark);
}
