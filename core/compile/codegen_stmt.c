/* Statements: the switch, and those that are simple: conditions, loops, raise, assert, expression
 * statements. */
#include "core/compile/compile_internal.h"

/* The jump that closes a loop belongs to the last line of the body. */
static void emit_loop_back(Compiler *c, int label)
{
    Unit *u = c->u;
    Position pos = u->pos;
    pos_implicit(c);
    emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, label);
    u->pos = pos;
}

static void cg_for(Compiler *c, Stmt *s)
{
    Block block = {.break_label = label_new(c), .continue_label = label_new(c)};
    int mark = temp_mark(c), exhausted = label_new(c);
    int iter = cg_push(c, s->For.iter);
    emit(c, OP_CODE_GET_ITER, iter, iter, 0);
    int reg = target_register(c, s->For.target);
    int item = reg >= 0 ? reg : temp_new(c);
    label_place_loop(c, block.continue_label);
    emit_jump(c, OP_CODE_FOR_ITER, item, iter, 0, exhausted);
    if (block_push(c, &block, BLOCK_FOR, s)) {
        if (reg < 0) {
            target_store(c, s->For.target, item);
        }
        cg_stmts(c, s->For.body);
        emit_loop_back(c, block.continue_label);
        block_pop(c, &block);
    }
    label_place(c, exhausted);
    temp_release(c, mark);
    cg_stmts(c, s->For.orelse);
    label_place(c, block.break_label);
}

/* A condition without code of its own keeps its line. */
static void mark_constant(Compiler *c, const Expr *test)
{
    if (test->kind == AST_Constant) {
        Position pos = pos_set(c, test);
        emit(c, OP_CODE_NOP, 0, 0, 0);
        pos_restore(c, pos);
    }
}

static void cg_while(Compiler *c, Stmt *s)
{
    Block block = {.break_label = label_new(c), .continue_label = label_new(c)};
    int otherwise = label_new(c);
    mark_constant(c, s->While.test);
    label_place_loop(c, block.continue_label);
    if (block_push(c, &block, BLOCK_LOOP, s)) {
        cg_jump(c, s->While.test, otherwise, false);
        cg_stmts(c, s->While.body);
        /* the line of the condition is seen each time round */
        if (s->While.test->kind == AST_Constant) {
            Position pos = pos_set(c, s->While.test);
            emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, block.continue_label);
            pos_restore(c, pos);
        } else {
            emit_loop_back(c, block.continue_label);
        }
        block_pop(c, &block);
    }
    label_place(c, otherwise);
    cg_stmts(c, s->While.orelse);
    label_place(c, block.break_label);
}

static void cg_if(Compiler *c, Stmt *s)
{
    int otherwise = label_new(c), end = label_new(c);
    mark_constant(c, s->If.test);
    cg_jump(c, s->If.test, otherwise, false);
    cg_stmts(c, s->If.body);
    if (s->If.orelse->n > 0) {
        emit_jump_implicit(c, end);
    }
    label_place(c, otherwise);
    cg_stmts(c, s->If.orelse);
    label_place(c, end);
}

static void cg_raise(Compiler *c, Stmt *s)
{
    int mark = temp_mark(c);
    if (s->Raise.exc == NULL) {
        int unused = temp_new(c);
        emit(c, OP_CODE_RAISE, unused, unused, 0);
    } else {
        int exc = cg_operand(c, s->Raise.exc, -1, s->Raise.cause);
        int cause = s->Raise.cause != NULL ? cg_any(c, s->Raise.cause) : exc;
        emit(c, OP_CODE_RAISE, exc, cause, s->Raise.cause != NULL ? 2 : 1);
    }
    temp_release(c, mark);
}

/* The last comparison that decides about a condition, or NULL: what a failing assert underlines. */
static Expr *deciding_compare(Expr *test)
{
    Expr *found = NULL;
    switch (test->kind) {
    case AST_Compare:
        return test;
    case AST_UnaryOp:
        return test->UnaryOp.op == AST_Not ? deciding_compare(test->UnaryOp.operand) : NULL;
    case AST_BoolOp:
        for (int i = test->BoolOp.values->n - 1; found == NULL && i >= 0; i--) {
            found = deciding_compare(ast_seq_expr(test->BoolOp.values, i));
        }
        return found;
    default:
        return NULL;
    }
}

static void cg_assert(Compiler *c, Stmt *s)
{
    Expr *test = s->Assert.test;
    bool is_tuple = (test->kind == AST_Tuple && test->Tuple.elts->n > 0) ||
                    (test->kind == AST_Constant && value_is_tuple(test->Constant.value) &&
                     tuple_len(test->Constant.value) > 0);
    if (is_tuple) {
        compile_warn(c, s, "assertion is always true, perhaps remove parentheses?");
    }
    if (c->optimize > 0) {
        return;
    }
    int mark = temp_mark(c), end = label_new(c);
    cg_jump(c, test, end, true);
    int base = temp_new(c);
    Expr *compare = deciding_compare(test);
    Position pos = c->u->pos;
    if (compare != NULL) {
        pos_set(c, compare);
    }
    emit(c, OP_CODE_LOAD_ASSERTION_ERROR, base, 0, 0);
    if (s->Assert.msg != NULL) {
        temp_run(c, FRAME_WORDS);
        cg_push(c, s->Assert.msg);
        cg_call_at(c, base, 1, base);
    }
    emit(c, OP_CODE_RAISE, base, base, 1);
    pos_restore(c, pos);
    label_place(c, end);
    temp_release(c, mark);
}

static void cg_expr_stmt(Compiler *c, Stmt *s)
{
    if (c->interactive && c->u->prev == NULL) {
        int mark = temp_mark(c);
        int value = cg_any(c, s->Expr.value);
        emit(c, OP_CODE_PRINT_EXPR, value, 0, 0);
        temp_release(c, mark);
        return;
    }
    cg_discard(c, s->Expr.value);
}

static void cg_stmt_kind(Compiler *c, Stmt *s)
{
    switch (s->kind) {
    case AST_FunctionDef: case AST_AsyncFunctionDef: cg_function(c, s); break;
    case AST_ClassDef: cg_class(c, s); break;
    case AST_Return: cg_return(c, s); break;
    case AST_Delete:
        for (int i = 0; i < s->Delete.targets->n; i++) {
            cg_delete(c, ast_seq_expr(s->Delete.targets, i));
        }
        break;
    case AST_Assign: cg_assign(c, s); break;
    case AST_AugAssign: cg_aug_assign(c, s); break;
    case AST_AnnAssign: cg_ann_assign(c, s); break;
    case AST_For: cg_for(c, s); break;
    case AST_AsyncFor: cg_async_for(c, s); break;
    case AST_While: cg_while(c, s); break;
    case AST_If: cg_if(c, s); break;
    case AST_With: cg_with(c, s); break;
    case AST_AsyncWith: cg_async_with(c, s); break;
    case AST_Match: cg_match(c, s); break;
    case AST_Raise: cg_raise(c, s); break;
    case AST_Try: cg_try(c, s); break;
    case AST_TryStar: cg_try_star(c, s); break;
    case AST_Assert: cg_assert(c, s); break;
    case AST_Import: cg_import(c, s); break;
    case AST_ImportFrom: cg_import_from(c, s); break;
    case AST_Expr: cg_expr_stmt(c, s); break;
    case AST_Pass: emit(c, OP_CODE_NOP, 0, 0, 0); break;
    case AST_Break: cg_break(c, s); break;
    case AST_Continue: cg_continue(c, s); break;
    default: break; /* Global, Nonlocal */
    }
}

static bool assigns(const Stmt *s)
{
    return s->kind == AST_Assign || (s->kind == AST_AnnAssign && s->AnnAssign.value != NULL);
}

void cg_stmt(Compiler *c, Stmt *s)
{
    if (visit_enter(c)) {
        int mark = temp_mark(c), before = c->u->n_ins;
        pos_set(c, s);
        cg_stmt_kind(c, s);
        if (c->u->n_ins == before && assigns(s)) { /* x = x is a line to stop at, too */
            emit(c, OP_CODE_NOP, 0, 0, 0);
        }
        temp_release(c, mark);
        visit_leave(c);
    }
}

void cg_stmts(Compiler *c, AstSeq *body)
{
    Position pos = c->u->pos;
    for (int i = 0; i < body->n && !c->failed; i++) {
        cg_stmt(c, body->items[i]);
    }
    if (!c->failed) {
        pos_restore(c, pos);
    }
}

void cg_body(Compiler *c, AstSeq *body)
{
    Value doc = c->interactive && c->u->prev == NULL ? 0 : docstring_of(c, body);
    if (body->n > 0) {
        pos_set(c, body->items[0]);
    }
    if (c->u->scope->has_annotations) {
        emit(c, OP_CODE_SETUP_ANNOTATIONS, 0, 0, 0);
    }
    if (doc != 0 && c->optimize < 2) {
        int reg = temp_new(c);
        emit_const(c, reg, doc);
        name_store(c, N(__doc__), reg);
        temp_release(c, reg);
    }
    for (int i = doc != 0; i < body->n && !c->failed; i++) {
        cg_stmt(c, body->items[i]);
    }
}
