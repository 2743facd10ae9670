/* yield, yield from, await, async for. */
#include "core/compile/compile_internal.h"

void cg_delegate(Compiler *c, int iter, int dst)
{
    int mark = temp_mark(c);
    int sent = temp_new(c);
    int item = is_temp(c, dst) && dst != iter ? dst : temp_new(c);
    int loop = label_new(c), done = label_new(c);
    emit_const(c, sent, NONE);
    label_place_loop(c, loop);
    emit_jump(c, OP_CODE_SEND, item, iter, sent, done);
    emit(c, OP_CODE_YIELD_FROM, sent, item, iter);
    emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, loop);
    label_place(c, done);
    emit_move(c, dst, item);
    temp_release(c, mark);
}

void cg_await(Compiler *c, int src, int dst, int wording)
{
    int mark = temp_mark(c);
    int iter = temp_new(c);
    emit(c, OP_CODE_GET_AWAITABLE, iter, src, wording);
    cg_delegate(c, iter, dst);
    temp_release(c, mark);
}

static bool is_top_level_await(Compiler *c)
{
    return (c->flags & COMPILE_ALLOW_TOP_LEVEL_AWAIT) && c->u->scope->kind == SCOPE_MODULE;
}

static bool await_is_allowed(Compiler *c, Expr *e)
{
    if (is_top_level_await(c)) {
        return true;
    }
    if (c->u->scope->kind != SCOPE_FUNCTION) {
        return compile_error(c, e, "'await' outside function");
    }
    if (!c->u->is_async && !c->u->scope->comprehension) {
        return compile_error(c, e, "'await' outside async function");
    }
    return true;
}

static void cg_yield_value(Compiler *c, Expr *e, int dst)
{
    int value;
    if (e->Yield.value != NULL) {
        value = cg_any(c, e->Yield.value);
    } else {
        value = temp_new(c);
        emit_const(c, value, NONE);
    }
    if (c->u->flags & CO_ASYNC_GENERATOR) {
        int wrapped = temp_new(c);
        emit(c, OP_CODE_ASYNC_GEN_WRAP, wrapped, value, 0);
        value = wrapped;
    }
    emit(c, OP_CODE_YIELD_VALUE, dst, value, 0);
}

void cg_yield(Compiler *c, Expr *e, int dst)
{
    if (e->kind == AST_Await) {
        if (await_is_allowed(c, e)) {
            cg_await(c, cg_any(c, e->Await.value), dst, 0);
        }
        return;
    }
    if (c->u->scope->kind != SCOPE_FUNCTION) {
        compile_error(c, e, "'yield' outside function");
        return;
    }
    if (e->kind == AST_Yield) {
        cg_yield_value(c, e, dst);
        return;
    }
    if (c->u->is_async) {
        compile_error(c, e, "'yield from' inside async function");
        return;
    }
    int iter = temp_new(c);
    int source = cg_operand(c, e->YieldFrom.value, iter, NULL);
    emit(c, OP_CODE_GET_YIELD_FROM_ITER, iter, source, 0);
    cg_delegate(c, iter, dst);
}

bool async_is_allowed(Compiler *c, const void *node, const char *what)
{
    if (is_top_level_await(c) || c->u->is_async) {
        return true;
    }
    return compile_error(c, node, "'%s' outside async function", what);
}

void cg_async_for(Compiler *c, Stmt *s)
{
    if (!async_is_allowed(c, s, "async for")) {
        return;
    }
    Block block = {.break_label = label_new(c), .continue_label = label_new(c)};
    int mark = temp_mark(c);
    int iter = cg_push(c, s->AsyncFor.iter);
    Position pos = c->u->pos;
    emit(c, OP_CODE_GET_AITER, iter, iter, 0);
    int exc = temp_new(c), item = temp_new(c), awaitable = temp_new(c);
    label_place_loop(c, block.continue_label);
    uint64_t *bound = bound_snapshot(c);
    if (block_push(c, &block, BLOCK_FOR, s)) {
        int handler = handler_push(c, exc);
        emit(c, OP_CODE_GET_ANEXT, awaitable, iter, 0);
        cg_delegate(c, awaitable, item);
        c->u->handler = c->u->handlers[handler].outer;
        target_store(c, s->AsyncFor.target, item);
        cg_stmts(c, s->AsyncFor.body);
        pos_implicit(c);
        emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, block.continue_label);
        block_pop(c, &block);
        if (handler_place(c, handler, bound)) {
            pos_set(c, s->AsyncFor.iter);
            emit(c, OP_CODE_END_ASYNC_FOR, exc, iter, 0);
        }
    }
    pos_restore(c, pos);
    temp_release(c, mark);
    cg_stmts(c, s->AsyncFor.orelse);
    label_place(c, block.break_label);
}
