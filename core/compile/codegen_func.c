/* Function definitions and lambdas: decorators, defaults, annotations, closure, body. */
#include "core/compile/compile_internal.h"

enum {
    FUNCTION_DEFAULTS = 1,
    FUNCTION_KWDEFAULTS = 2,
    FUNCTION_ANNOTATIONS = 4,
    FUNCTION_CLOSURE = 8
};
enum { MAX_ANNOTATION_PAIRS = 15 };

/* ---- decorators: nested call windows, evaluated first, called last ---- */

int cg_decorators(Compiler *c, AstSeq *decorators)
{
    int first = -1;
    for (int i = 0; i < decorators->n; i++) {
        int base = cg_push(c, ast_seq_expr(decorators, i));
        temp_run(c, FRAME_WORDS);
        first = i == 0 ? base : first;
    }
    return first;
}

void cg_apply_decorators(Compiler *c, AstSeq *decorators, int first, int dst)
{
    for (int i = decorators->n - 1; i >= 0; i--) {
        Position pos = pos_set(c, ast_seq_expr(decorators, i));
        int base = first + i * CALL_ARGS_OFFSET;
        cg_call_at(c, base, 1, i == 0 ? dst : base);
        pos_restore(c, pos);
    }
}

/* ---- the pieces of MAKE_FUNCTION, in a run of registers ---- */

/* Register of a variable of this unit that an inner function closes over. */
static int closure_register(Compiler *c, Value name)
{
    Unit *u = c->u;
    for (int i = 0; i < u->n_cells; i++) {
        if (tuple_get(u->cellvars, (size_t)i) == name) {
            return u->max_locals + i;
        }
    }
    for (int i = 0; i < u->n_frees; i++) {
        if (tuple_get(u->freevars, (size_t)i) == name) {
            return u->max_locals + u->n_cells + i;
        }
    }
    assert(c->failed);
    return u->max_locals;
}

static bool cg_closure(Compiler *c, Scope *scope)
{
    Value frees = scope_freevars(c, scope);
    if (frees == 0 && !c->failed) {
        compile_failed(c);
    }
    if (c->failed || tuple_len(frees) == 0) {
        return false;
    }
    int n = (int)tuple_len(frees);
    int dst = temp_new(c);
    int first = closure_register(c, tuple_get(frees, 0));
    bool adjacent = true;
    for (int i = 1; i < n; i++) {
        adjacent &= closure_register(c, tuple_get(frees, (size_t)i)) == first + i;
    }
    if (!adjacent) {
        int mark = temp_mark(c);
        first = temp_run(c, n);
        for (int i = 0; i < n; i++) {
            emit_move(c, first + i, closure_register(c, tuple_get(frees, (size_t)i)));
        }
        temp_release(c, mark);
    }
    emit_x(c, OP_CODE_BUILD_TUPLE, dst, first, 0, (uint32_t)n);
    return true;
}

void cg_make_function(Compiler *c, Value code, Scope *scope, int base, unsigned flags, int dst)
{
    if (c->failed) {
        return;
    }
    int mark = temp_mark(c);
    flags |= cg_closure(c, scope) ? FUNCTION_CLOSURE : 0;
    emit_x(c, OP_CODE_MAKE_FUNCTION, dst, flags == 0 ? dst : base, (int)flags,
           (uint32_t)const_index(c, code));
    temp_release(c, mark);
}

static bool cg_kwdefaults(Compiler *c, Arguments *a)
{
    int n = 0;
    for (int i = 0; i < a->kw_defaults->n; i++) {
        n += a->kw_defaults->items[i] != NULL;
    }
    if (n == 0) {
        return false;
    }
    int dict = temp_new(c);
    int run = c->u->next_temp;
    for (int i = 0; i < a->kw_defaults->n; i++) {
        if (a->kw_defaults->items[i] != NULL) {
            emit_const(c, temp_new(c), name_mangled(c, ((Arg *)a->kwonlyargs->items[i])->arg));
            cg_push(c, ast_seq_expr(a->kw_defaults, i));
        }
    }
    emit_x(c, OP_CODE_BUILD_MAP, dict, run, 0, (uint32_t)n);
    temp_release(c, run);
    return true;
}

Value annotation_text(Compiler *c, Expr *e)
{
    Value text = c->failed ? 0 : ast_unparse(c->t, e);
    if (text == 0 && !c->failed) {
        compile_failed(c);
    }
    return text;
}

static void cg_annotation(Compiler *c, Expr *e, int dst)
{
    if (c->future & CO_FUTURE_ANNOTATIONS) {
        Value text = annotation_text(c, e);
        if (text != 0) {
            emit_const(c, dst, text);
        }
    } else if (e->kind == AST_Starred) { /* *args: *Ts */
        cg_to(c, e->Starred.value, dst);
        emit_x(c, OP_CODE_UNPACK_SEQUENCE, dst, dst, 0, 1);
    } else {
        cg_to(c, e, dst);
    }
}

static void annotate(Compiler *c, int dict, Value name, Expr *annotation)
{
    if (annotation == NULL) {
        return;
    }
    int mark = temp_mark(c);
    int key = temp_new(c), value = temp_new(c);
    emit_const(c, key, name_mangled(c, name));
    cg_annotation(c, annotation, value);
    emit(c, OP_CODE_MAP_ADD, dict, key, value);
    temp_release(c, mark);
}

static void annotate_args(Compiler *c, int dict, AstSeq *args)
{
    for (int i = 0; i < args->n; i++) {
        Arg *arg = args->items[i];
        annotate(c, dict, arg->arg, arg->annotation);
    }
}

static bool any_annotated(const AstSeq *args)
{
    for (int i = 0; i < args->n; i++) {
        if (((Arg *)args->items[i])->annotation != NULL) {
            return true;
        }
    }
    return false;
}

static bool cg_annotations(Compiler *c, Arguments *a, Expr *returns)
{
    if (returns == NULL && !any_annotated(a->posonlyargs) && !any_annotated(a->args) &&
        !any_annotated(a->kwonlyargs) && !(a->vararg != NULL && a->vararg->annotation != NULL) &&
        !(a->kwarg != NULL && a->kwarg->annotation != NULL)) {
        return false;
    }
    int dict = temp_new(c);
    emit_x(c, OP_CODE_BUILD_MAP, dict, dict, 0, 0);
    annotate_args(c, dict, a->posonlyargs);
    annotate_args(c, dict, a->args);
    if (a->vararg != NULL) {
        annotate(c, dict, a->vararg->arg, a->vararg->annotation);
    }
    annotate_args(c, dict, a->kwonlyargs);
    if (a->kwarg != NULL) {
        annotate(c, dict, a->kwarg->arg, a->kwarg->annotation);
    }
    annotate(c, dict, N(return_), returns);
    return true;
}

static bool cg_defaults(Compiler *c, Arguments *a)
{
    if (a->defaults->n == 0) {
        return false;
    }
    int dst = temp_new(c), mark = temp_mark(c);
    Value constant = c->failed ? 0 : fold_tuple_of(c, a->defaults);
    if (constant != 0) {
        emit_const(c, dst, constant);
    } else {
        cg_sequence(c, OP_CODE_BUILD_TUPLE, a->defaults, dst);
        temp_release(c, dst + 1); /* the closure follows next to the defaults */
    }
    temp_release(c, mark);
    return true;
}

static bool args_are_allowed(Compiler *c, AstSeq *args)
{
    for (int i = 0; i < args->n; i++) {
        if (name_forbidden(c, args->items[i], ((Arg *)args->items[i])->arg, AST_Store)) {
            return false;
        }
    }
    return true;
}

static bool arguments_are_allowed(Compiler *c, Arguments *a)
{
    return args_are_allowed(c, a->posonlyargs) && args_are_allowed(c, a->args) &&
           args_are_allowed(c, a->kwonlyargs) &&
           !(a->vararg != NULL && name_forbidden(c, a->vararg, a->vararg->arg, AST_Store)) &&
           !(a->kwarg != NULL && name_forbidden(c, a->kwarg, a->kwarg->arg, AST_Store));
}

static void set_arg_counts(Unit *u, const Arguments *a)
{
    u->posonlyargcount = a->posonlyargs->n;
    u->argcount = a->posonlyargs->n + a->args->n;
    u->kwonlyargcount = a->kwonlyargs->n;
}

/* ---- bodies ---- */

Value docstring_of(Compiler *c UNUSED, AstSeq *body)
{
    if (body->n == 0) {
        return 0;
    }
    const Stmt *first = body->items[0];
    if (first->kind != AST_Expr || first->Expr.value->kind != AST_Constant) {
        return 0;
    }
    Value v = first->Expr.value->Constant.value;
    return value_is_str_exact(v) ? v : 0;
}

void cg_return_none(Compiler *c)
{
    if (c->u->reachable && !c->failed) {
        int reg = temp_new(c);
        emit_const(c, reg, NONE);
        emit(c, OP_CODE_RETURN_VALUE, reg, 0, 0);
        temp_release(c, reg);
    }
}

static Value cg_function_body(Compiler *c, Stmt *s, Value name, Arguments *a, AstSeq *body,
                              int firstlineno, Scope **scope)
{
    Unit u;
    if (!unit_enter(c, &u, s, name, firstlineno)) {
        return 0;
    }
    *scope = u.scope;
    u.is_async = s->kind == AST_AsyncFunctionDef;
    set_arg_counts(&u, a);
    Value doc = docstring_of(c, body);
    const_index(c, doc != 0 && c->optimize < 2 ? doc : NONE);
    Position start = u.pos;
    for (int i = doc != 0; i < body->n && !c->failed; i++) {
        cg_stmt(c, body->items[i]);
    }
    if (u.n_ins == 0) {
        u.pos = start; /* nothing of the body is left */
    } else if (!c->failed && u.reachable) {
        pos_implicit(c);
    }
    cg_return_none(c);
    return unit_finish(c);
}

void cg_function(Compiler *c, Stmt *s)
{
    bool is_async = s->kind == AST_AsyncFunctionDef;
    Value name = is_async ? s->AsyncFunctionDef.name : s->FunctionDef.name;
    Arguments *a = is_async ? s->AsyncFunctionDef.args : s->FunctionDef.args;
    AstSeq *decorators =
        is_async ? s->AsyncFunctionDef.decorator_list : s->FunctionDef.decorator_list;
    Expr *returns = is_async ? s->AsyncFunctionDef.returns : s->FunctionDef.returns;
    if (!arguments_are_allowed(c, a)) {
        return;
    }
    int mark = temp_mark(c);
    int first = cg_decorators(c, decorators);
    int firstlineno = decorators->n > 0 ? ast_seq_expr(decorators, 0)->lineno : s->lineno;
    int reg = decorators->n == 0 ? local_register(c, name_mangled(c, name)) : -1;
    int dst = reg >= 0 ? reg : temp_new(c);
    int base = c->u->next_temp;
    unsigned flags = cg_defaults(c, a) ? FUNCTION_DEFAULTS : 0;
    flags |= cg_kwdefaults(c, a) ? FUNCTION_KWDEFAULTS : 0;
    flags |= cg_annotations(c, a, returns) ? FUNCTION_ANNOTATIONS : 0;
    Scope *scope = NULL;
    Value code =
        cg_function_body(c, s, name, a, is_async ? s->AsyncFunctionDef.body : s->FunctionDef.body,
                         firstlineno, &scope);
    if (!c->failed) {
        cg_make_function(c, code, scope, base, flags, dst);
        cg_apply_decorators(c, decorators, first, dst);
    }
    if (reg < 0) {
        name_store(c, name, dst);
    }
    temp_release(c, mark);
}

void cg_lambda(Compiler *c, Expr *e, int dst)
{
    Arguments *a = e->Lambda.args;
    if (!arguments_are_allowed(c, a)) {
        return;
    }
    int base = c->u->next_temp;
    unsigned flags = cg_defaults(c, a) ? FUNCTION_DEFAULTS : 0;
    flags |= cg_kwdefaults(c, a) ? FUNCTION_KWDEFAULTS : 0;
    Unit u;
    if (!unit_enter(c, &u, e, N(lambda_name), e->lineno)) {
        return;
    }
    Scope *scope = u.scope;
    set_arg_counts(&u, a);
    const_index(c, NONE);
    u.pos = (Position){e->Lambda.body->lineno, e->Lambda.body->end_lineno,
                       e->Lambda.body->col_offset, e->Lambda.body->end_col_offset};
    int value = cg_any(c, e->Lambda.body);
    emit(c, OP_CODE_RETURN_VALUE, value, 0, 0);
    Value code = unit_finish(c);
    cg_make_function(c, code, scope, base, flags, dst);
}
