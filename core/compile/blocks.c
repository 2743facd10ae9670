/* Leaving statements early: return, break and continue run what the statements around them owe:
 * finally bodies,
 * __exit__, restoring the handled exception, unbinding `except ... as name`. */
#include "core/compile/compile_internal.h"

bool block_push(Compiler *c, Block *b, BlockKind kind, const void *node)
{
    Unit *u = c->u;
    if (u->n_blocks >= MAX_STATIC_BLOCKS) {
        return compile_error(c, node, "too many statically nested blocks");
    }
    b->kind = kind;
    b->node = node;
    b->prev = u->blocks;
    b->outer_handler = u->handler;
    u->blocks = b;
    u->n_blocks++;
    return !c->failed;
}

void block_pop(Compiler *c, Block *b)
{
    assert(c->u->blocks == b);
    c->u->blocks = b->prev;
    c->u->handler = b->outer_handler;
    c->u->n_blocks--;
}

static void unbind_name(Compiler *c, Value name)
{
    int reg = temp_new(c);
    emit_const(c, reg, NONE);
    name_store(c, name, reg);
    name_delete(c, name);
    temp_release(c, reg);
}

void cg_unbind(Compiler *c, Value name)
{
    if (name != 0) {
        unbind_name(c, name);
    }
}

void cg_with_exit_normal(Compiler *c, int exit_reg, bool is_async)
{
    int mark = temp_mark(c);
    int none = temp_new(c), result = temp_new(c);
    emit(c, OP_CODE_LOAD_ZERO, none, 0, 0);
    emit(c, OP_CODE_WITH_EXIT, result, exit_reg, none);
    if (is_async) {
        cg_await(c, result, result, 2);
    }
    temp_release(c, mark);
}

/* Emits what leaving one block takes; the block is already off the stack. */
static void leave_block(Compiler *c, Block *b)
{
    switch (b->kind) {
    case BLOCK_LOOP: case BLOCK_FOR: case BLOCK_TRY:
        break;
    case BLOCK_FINALLY_TRY:
        cg_stmts(c, b->finalbody);
        c->u->pos = (Position){-1, -1, -1, -1}; /* what follows is seen there */
        break;
    case BLOCK_FINALLY_END: case BLOCK_HANDLER:
        emit(c, OP_CODE_POP_EXC, b->reg, 0, 0);
        break;
    case BLOCK_HANDLER_NAME:
        cg_unbind(c, b->name);
        break;
    case BLOCK_WITH: case BLOCK_ASYNC_WITH: {
        pos_set(c, b->node);
        cg_with_exit_normal(c, b->reg, b->kind == BLOCK_ASYNC_WITH);
        break;
    }
    case BLOCK_STAR_HANDLER:
        compile_error(c, NULL,
                      "'break', 'continue' and 'return' cannot appear in an except* block");
        break;
    }
}

/* Leaves all blocks inside `until` (NULL: all).  The stack and guard are as before afterwards: what
 * follows in the source is still inside. */
static void leave_blocks(Compiler *c, const Block *until)
{
    Unit *u = c->u;
    Block *blocks = u->blocks;
    int handler = u->handler, n = u->n_blocks;
    while (u->blocks != until && !c->failed) {
        Block *b = u->blocks;
        u->blocks = b->prev;
        u->handler = b->outer_handler;
        u->n_blocks--;
        leave_block(c, b);
    }
    u->blocks = blocks;
    u->handler = handler;
    u->n_blocks = n;
}

static bool leaving_runs_code(const Unit *u)
{
    for (const Block *b = u->blocks; b != NULL; b = b->prev) {
        if (b->kind != BLOCK_LOOP && b->kind != BLOCK_FOR && b->kind != BLOCK_TRY) {
            return true;
        }
    }
    return false;
}

/* Each branch of a conditional expression returns by itself. */
static void return_value(Compiler *c, Expr *value)
{
    while (value->kind == AST_IfExp) {
        int otherwise = label_new(c);
        cg_jump(c, value->IfExp.test, otherwise, false);
        int mark = temp_mark(c);
        emit(c, OP_CODE_RETURN_VALUE, cg_any(c, value->IfExp.body), 0, 0);
        temp_release(c, mark);
        label_place(c, otherwise);
        value = value->IfExp.orelse;
    }
    emit(c, OP_CODE_RETURN_VALUE, cg_any(c, value), 0, 0);
}

void cg_return(Compiler *c, Stmt *s)
{
    Unit *u = c->u;
    Expr *value = s->Return.value;
    if (u->scope->kind != SCOPE_FUNCTION) {
        compile_error(c, s, "'return' outside function");
        return;
    }
    if (value != NULL && u->is_async && (u->flags & CO_ASYNC_GENERATOR)) {
        compile_error(c, s, "'return' with value in async generator");
        return;
    }
    int mark = temp_mark(c);
    if (value == NULL || value->kind == AST_Constant) {
        emit(c, OP_CODE_NOP, 0, 0, 0);
        leave_blocks(c, NULL);
        int reg = temp_new(c);
        emit_const(c, reg, value == NULL ? NONE : value->Constant.value);
        emit(c, OP_CODE_RETURN_VALUE, reg, 0, 0);
    } else if (leaving_runs_code(u)) {
        int reg = cg_push(c, value);
        leave_blocks(c, NULL);
        emit(c, OP_CODE_RETURN_VALUE, reg, 0, 0);
    } else {
        return_value(c, value);
    }
    temp_release(c, mark);
}

static Block *find_loop(Unit *u)
{
    Block *b = u->blocks;
    while (b != NULL && b->kind != BLOCK_LOOP && b->kind != BLOCK_FOR) {
        b = b->prev;
    }
    return b;
}

/* except* blocks must not be left even when there is no loop around them. */
static bool inside_star_handler(const Unit *u)
{
    for (const Block *b = u->blocks; b != NULL; b = b->prev) {
        if (b->kind == BLOCK_STAR_HANDLER) {
            return true;
        }
    }
    return false;
}

static Block *loop_to_leave(Compiler *c, Stmt *s, const char *message)
{
    Block *loop = find_loop(c->u);
    if (loop == NULL && inside_star_handler(c->u)) {
        compile_error(c, s, "'break', 'continue' and 'return' cannot appear in an except* block");
    } else if (loop == NULL) {
        compile_error(c, s, "%s", message);
    }
    return loop;
}

void cg_break(Compiler *c, Stmt *s)
{
    Block *loop = loop_to_leave(c, s, "'break' outside loop");
    if (loop != NULL) {
        emit(c, OP_CODE_NOP, 0, 0, 0);
        leave_blocks(c, loop);
        emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, loop->break_label);
    }
}

void cg_continue(Compiler *c, Stmt *s)
{
    Block *loop = loop_to_leave(c, s, "'continue' not properly in loop");
    if (loop != NULL) {
        emit(c, OP_CODE_NOP, 0, 0, 0);
        leave_blocks(c, loop);
        const Stmt *around = loop->node;
        if (around->kind == AST_While && around->While.test->kind == AST_Constant) {
            pos_set(c, around->While.test); /* its line is seen each time round */
        }
        emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, loop->continue_label);
    }
}
