/* with and async with.
 *
 *   BEFORE_WITH exit, manager      exit: bound __exit__, exit + 1: result of __enter__
 *   guarded: target, body                           -> H
 *   WITH_EXIT without exception
 *   H: PUSH_EXC saved, exc; guarded: WITH_EXIT      -> R ; true: swallowed, else POP_EXC, RERAISE
 *   R: POP_EXC saved; RERAISE exc2
 */
#include "core/compile/compile_internal.h"

typedef struct WithState {
    Stmt *s;
    AstSeq *items, *body;
    bool is_async;
} WithState;

static void cg_with_item(Compiler *c, WithState *w, int index);

/* The exception goes to __exit__; true swallows it. */
static void cg_with_handler(Compiler *c, WithState *w, int exit_reg, int exc, int saved, int end)
{
    int exc2 = temp_new(c), result = temp_new(c), swallowed = label_new(c);
    int outer = c->u->handler;
    uint64_t *bound = bound_snapshot(c);
    emit(c, OP_CODE_PUSH_EXC, saved, exc, 0);
    int guard = handler_push(c, exc2);
    emit(c, OP_CODE_WITH_EXIT, result, exit_reg, exc);
    if (w->is_async) {
        cg_await(c, result, result, 2);
    }
    emit_jump(c, OP_CODE_JUMP_IF_TRUE, result, 0, 0, swallowed);
    c->u->handler = outer;
    emit(c, OP_CODE_POP_EXC, saved, 0, 0);
    Position pos = c->u->pos;
    c->u->pos = (Position){-1, -1, -1, -1}; /* the frame is seen where it raised */
    emit(c, OP_CODE_RERAISE, exc, 0, 0);
    pos_restore(c, pos);
    label_place(c, swallowed);
    emit(c, OP_CODE_POP_EXC, saved, 0, 0);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, end);
    if (handler_place(c, guard, bound)) {
        emit(c, OP_CODE_POP_EXC, saved, 0, 0);
        emit(c, OP_CODE_RERAISE, exc2, 0, 0);
    }
}

static void cg_with_body(Compiler *c, WithState *w, int index, int entered)
{
    WithItem *item = w->items->items[index];
    if (item->optional_vars != NULL) {
        target_store(c, item->optional_vars, entered);
    }
    if (index + 1 < w->items->n) {
        cg_with_item(c, w, index + 1);
    } else {
        cg_stmts(c, w->body);
    }
}

static void cg_with_item(Compiler *c, WithState *w, int index)
{
    WithItem *item = w->items->items[index];
    int mark = temp_mark(c), end = label_new(c);
    int exit_reg = temp_run(c, 2);
    int manager = cg_operand(c, item->context_expr, exit_reg, NULL);
    pos_set(c, w->s);
    emit(c, w->is_async ? OP_CODE_BEFORE_ASYNC_WITH : OP_CODE_BEFORE_WITH, exit_reg, manager, 0);
    if (w->is_async) {
        cg_await(c, exit_reg + 1, exit_reg + 1, 1);
    }
    int exc = temp_new(c), saved = temp_new(c);
    Block block = {.reg = exit_reg};
    uint64_t *bound = bound_snapshot(c);
    if (!block_push(c, &block, w->is_async ? BLOCK_ASYNC_WITH : BLOCK_WITH, w->s)) {
        return;
    }
    int handler = handler_push(c, exc);
    cg_with_body(c, w, index, exit_reg + 1);
    block_pop(c, &block);
    pos_set(c, w->s);
    cg_with_exit_normal(c, exit_reg, w->is_async);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, end);
    if (handler_place(c, handler, bound)) {
        cg_with_handler(c, w, exit_reg, exc, saved, end);
    }
    label_place(c, end);
    temp_release(c, mark);
}

void cg_with(Compiler *c, Stmt *s)
{
    WithState w = {s, s->With.items, s->With.body, false};
    cg_with_item(c, &w, 0);
}

void cg_async_with(Compiler *c, Stmt *s)
{
    WithState w = {s, s->AsyncWith.items, s->AsyncWith.body, true};
    if (async_is_allowed(c, s, "async with")) {
        cg_with_item(c, &w, 0);
    }
}
