/* try.  Registers of one try statement: exc (the exception a guard caught), saved (what was handled
 * before).
 *
 *   guarded: body                                   -> H
 *   H: PUSH_EXC saved, exc
 *      guarded: handlers or finally body            -> R
 *      POP_EXC saved; RERAISE exc
 *   R: POP_EXC saved; RERAISE exc2                  an exception inside the handler: what was
 * handled is restored
 */
#include "core/compile/compile_internal.h"

/* POP_EXC saved; RERAISE exc */
static void cg_reraise(Compiler *c, int saved, int exc, bool stay)
{
    emit(c, OP_CODE_POP_EXC, saved, 0, 0);
    emit(c, OP_CODE_RERAISE, exc, stay, 0);
}

/* The statement in which the frame leaves a finally body with the exception; NULL: there are
 * several. */
static Stmt *last_place(AstSeq *body)
{
    Stmt *s = body->n > 0 ? body->items[body->n - 1] : NULL;
    switch (s == NULL ? AST_If : s->kind) {
    case AST_If: case AST_For: case AST_AsyncFor: case AST_While: case AST_Match: case AST_Try:
    case AST_TryStar:
        return NULL;
    default:
        return s;
    }
}

static void cg_finally_handler(Compiler *c, Stmt *s, AstSeq *finalbody, int exc, int saved)
{
    Block block = {.reg = saved};
    int exc2 = temp_new(c);
    uint64_t *bound = bound_snapshot(c);
    emit(c, OP_CODE_PUSH_EXC, saved, exc, 0);
    if (!block_push(c, &block, BLOCK_FINALLY_END, s)) {
        return;
    }
    int handler = handler_push(c, exc2);
    cg_stmts(c, finalbody);
    block_pop(c, &block);
    Stmt *place = last_place(finalbody);
    Position pos = c->u->pos;
    if (place != NULL) {
        pos_set(c, place);
    }
    cg_reraise(c, saved, exc, true);
    pos_restore(c, pos);
    if (handler_place(c, handler, bound)) {
        cg_reraise(c, saved, exc2, false);
    }
}

static void cg_try_finally(Compiler *c, Stmt *s, AstSeq *finalbody,
                           void (*body)(Compiler *, Stmt *))
{
    int mark = temp_mark(c), end = label_new(c);
    int exc = temp_new(c), saved = temp_new(c);
    Block block = {.finalbody = finalbody};
    uint64_t *bound = bound_snapshot(c);
    if (!block_push(c, &block, BLOCK_FINALLY_TRY, s)) {
        return;
    }
    int handler = handler_push(c, exc);
    body(c, s);
    block_pop(c, &block);
    cg_stmts(c, finalbody);
    emit_jump_implicit(c, end);
    if (handler_place(c, handler, bound)) {
        Position pos = c->u->pos;
        c->u->pos = (Position){-1, -1, -1, -1};
        cg_finally_handler(c, s, finalbody, exc, saved);
        pos_restore(c, pos);
    }
    label_place(c, end);
    temp_release(c, mark);
}

/* ---- except ---- */

typedef struct ExceptState {
    int exc, saved, exc2;
    int end;           /* label behind the statement */
    Block block;       /* BLOCK_HANDLER */
    int guard;         /* guard of the handlers */
} ExceptState;

/* End of a handler's body: what was handled is restored, on to the end. */
static void leave_handler(Compiler *c, ExceptState *st)
{
    Position pos = c->u->pos;
    pos_implicit(c);
    c->u->handler = st->block.outer_handler;
    emit(c, OP_CODE_POP_EXC, st->saved, 0, 0);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, st->end);
    c->u->handler = st->guard;
    pos_restore(c, pos);
}

static void cg_named_handler(Compiler *c, ExceptState *st, ExceptHandler *h)
{
    Block block = {.name = h->ExceptHandler.name};
    int exc3 = temp_new(c);
    name_store(c, h->ExceptHandler.name, st->exc);
    uint64_t *bound = bound_snapshot(c);
    if (!block_push(c, &block, BLOCK_HANDLER_NAME, h)) {
        return;
    }
    int guard = handler_push(c, exc3);
    cg_stmts(c, h->ExceptHandler.body);
    block_pop(c, &block);
    Position pos = c->u->pos;
    pos_implicit(c);
    cg_unbind(c, h->ExceptHandler.name);
    leave_handler(c, st);
    if (handler_place(c, guard, bound)) {
        c->u->pos = (Position){-1, -1, -1, -1};
        cg_unbind(c, h->ExceptHandler.name);
        emit(c, OP_CODE_RERAISE, exc3, 0, 0);
    }
    pos_restore(c, pos);
}

static void cg_handler(Compiler *c, ExceptState *st, ExceptHandler *h)
{
    int mark = temp_mark(c), next = label_new(c);
    Position pos = pos_set(c, h);
    if (h->ExceptHandler.type != NULL) {
        int type = cg_any(c, h->ExceptHandler.type);
        int match = temp_new(c);
        emit(c, OP_CODE_MATCH_EXC, match, st->exc, type);
        emit_jump(c, OP_CODE_JUMP_IF_FALSE, match, 0, 0, next);
        temp_release(c, mark);
    } else {
        emit(c, OP_CODE_NOP, 0, 0, 0);
    }
    if (h->ExceptHandler.name != 0) {
        cg_named_handler(c, st, h);
    } else {
        cg_stmts(c, h->ExceptHandler.body);
        leave_handler(c, st);
    }
    label_place(c, next);
    pos_restore(c, pos);
    temp_release(c, mark);
}

static void cg_handlers(Compiler *c, Stmt *s, AstSeq *handlers, ExceptState *st)
{
    uint64_t *bound = bound_snapshot(c);
    st->block = (Block){.reg = st->saved};
    emit(c, OP_CODE_PUSH_EXC, st->saved, st->exc, 0);
    if (!block_push(c, &st->block, BLOCK_HANDLER, s)) {
        return;
    }
    st->guard = handler_push(c, st->exc2);
    for (int i = 0; i < handlers->n && !c->failed; i++) {
        ExceptHandler *h = handlers->items[i];
        if (h->ExceptHandler.type == NULL && i < handlers->n - 1) {
            compile_error(c, h, "default 'except:' must be last");
        }
        cg_handler(c, st, h);
    }
    block_pop(c, &st->block);
    if (c->failed) {
        return;
    }
    Position pos = pos_set(c, handlers->items[handlers->n - 1]); /* the one that did not match */
    cg_reraise(c, st->saved, st->exc, false);
    pos_restore(c, pos);
    c->u->pos = (Position){-1, -1, -1, -1};
    if (handler_place(c, st->guard, bound)) {
        cg_reraise(c, st->saved, st->exc2, false);
    }
}

static void cg_try_except(Compiler *c, Stmt *s)
{
    int mark = temp_mark(c);
    ExceptState st = {
        .end = label_new(c), .exc = temp_new(c), .saved = temp_new(c), .exc2 = temp_new(c)};
    Block block = {.kind = BLOCK_TRY};
    uint64_t *bound = bound_snapshot(c);
    if (!block_push(c, &block, BLOCK_TRY, s)) {
        return;
    }
    int handler = handler_push(c, st.exc);
    emit(c, OP_CODE_NOP, 0, 0, 0);
    cg_stmts(c, s->Try.body);
    block_pop(c, &block);
    cg_stmts(c, s->Try.orelse);
    emit_jump_implicit(c, st.end);
    if (handler_place(c, handler, bound)) {
        Position pos = c->u->pos;
        c->u->pos = (Position){-1, -1, -1, -1};
        cg_handlers(c, s, s->Try.handlers, &st);
        pos_restore(c, pos);
    /* the body cannot raise or is dead: only errors are wanted of the handlers */
    } else if (!c->failed) {
        cg_handlers(c, s, s->Try.handlers, &st);
    }
    label_place(c, st.end);
    temp_release(c, mark);
}

static void cg_try_body(Compiler *c, Stmt *s)
{
    if (s->Try.handlers->n > 0) {
        cg_try_except(c, s);
    } else {
        emit(c, OP_CODE_NOP, 0, 0, 0);
        cg_stmts(c, s->Try.body);
    }
}

void cg_try(Compiler *c, Stmt *s)
{
    c->u->n_tries++;
    if (s->Try.finalbody->n > 0) {
        cg_try_finally(c, s, s->Try.finalbody, cg_try_body);
    } else {
        cg_try_except(c, s);
    }
    c->u->n_tries--;
}

/* ---- except* ---- */

typedef struct StarState {
    int exc, saved, exc2;
    int rest;    /* what no handler has taken yet, or None */
    int raised;  /* list of exceptions raised by handlers */
} StarState;

/* The handler's body with the matching part handled; what it raises goes to the list. */
static void cg_star_body(Compiler *c, StarState *st, ExceptHandler *h, int match)
{
    Block block = {.name = h->ExceptHandler.name};
    int outer = temp_new(c), exc3 = temp_new(c), done = label_new(c);
    emit(c, OP_CODE_PUSH_EXC, outer, match, 0);
    if (h->ExceptHandler.name != 0) {
        name_store(c, h->ExceptHandler.name, match);
    }
    uint64_t *bound = bound_snapshot(c);
    if (!block_push(c, &block, BLOCK_HANDLER_NAME, h)) {
        return;
    }
    int guard = handler_push(c, exc3);
    cg_stmts(c, h->ExceptHandler.body);
    block_pop(c, &block);
    pos_implicit(c);
    cg_unbind(c, h->ExceptHandler.name);
    emit(c, OP_CODE_POP_EXC, outer, 0, 0);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, done);
    if (handler_place(c, guard, bound)) {
        c->u->pos = (Position){-1, -1, -1, -1};
        cg_unbind(c, h->ExceptHandler.name);
        emit(c, OP_CODE_LIST_APPEND, st->raised, exc3, 0);
        emit(c, OP_CODE_POP_EXC, outer, 0, 0);
    }
    label_place(c, done);
}

static void cg_star_handler(Compiler *c, StarState *st, ExceptHandler *h)
{
    int mark = temp_mark(c), next = label_new(c);
    Position pos = pos_set(c, h);
    int match = temp_new(c);
    emit_jump(c, OP_CODE_JUMP_IF_NONE, st->rest, 0, 0, next);
    int inner = temp_mark(c);
    int type = cg_any(c, h->ExceptHandler.type);
    emit(c, OP_CODE_MATCH_EXC_GROUP, match, st->rest, type);
    temp_release(c, inner);
    emit_jump(c, OP_CODE_JUMP_IF_NONE, match, 0, 0, next);
    cg_star_body(c, st, h, match);
    label_place(c, next);
    pos_restore(c, pos);
    temp_release(c, mark);
}

/* After the handlers: the rest and what was raised become the exception to go on with, if any. */
static void cg_star_end(Compiler *c, StarState *st, int outer_handler, int end)
{
    int skip = label_new(c), none = label_new(c), result = temp_new(c);
    emit_jump(c, OP_CODE_JUMP_IF_NONE, st->rest, 0, 0, skip);
    emit(c, OP_CODE_LIST_APPEND, st->raised, st->rest, 0);
    label_place(c, skip);
    emit(c, OP_CODE_RERAISE_STAR, result, st->exc, st->raised);
    c->u->handler = outer_handler;
    emit_jump(c, OP_CODE_JUMP_IF_NONE, result, 0, 0, none);
    cg_reraise(c, st->saved, result, false);
    label_place(c, none);
    emit(c, OP_CODE_POP_EXC, st->saved, 0, 0);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, end);
}

static void cg_star_handlers(Compiler *c, Stmt *s, StarState *st, int end)
{
    Block block = {.kind = BLOCK_STAR_HANDLER};
    uint64_t *bound = bound_snapshot(c);
    emit(c, OP_CODE_PUSH_EXC, st->saved, st->exc, 0);
    if (!block_push(c, &block, BLOCK_STAR_HANDLER, s)) {
        return;
    }
    int guard = handler_push(c, st->exc2);
    emit_move(c, st->rest, st->exc);
    emit_x(c, OP_CODE_BUILD_LIST, st->raised, st->raised, 0, 0);
    for (int i = 0; i < s->TryStar.handlers->n && !c->failed; i++) {
        cg_star_handler(c, st, s->TryStar.handlers->items[i]);
    }
    c->u->pos = (Position){-1, -1, -1, -1};
    cg_star_end(c, st, block.outer_handler, end);
    block_pop(c, &block);
    if (handler_place(c, guard, bound)) {
        cg_reraise(c, st->saved, st->exc2, false);
    }
}

static void cg_try_star_except(Compiler *c, Stmt *s)
{
    int mark = temp_mark(c), end = label_new(c);
    StarState st = {.exc = temp_new(c),
                    .saved = temp_new(c),
                    .exc2 = temp_new(c),
                    .rest = temp_new(c),
                    .raised = temp_new(c)};
    Block block = {.kind = BLOCK_TRY};
    uint64_t *bound = bound_snapshot(c);
    if (!block_push(c, &block, BLOCK_TRY, s)) {
        return;
    }
    int handler = handler_push(c, st.exc);
    emit(c, OP_CODE_NOP, 0, 0, 0);
    cg_stmts(c, s->TryStar.body);
    block_pop(c, &block);
    cg_stmts(c, s->TryStar.orelse);
    emit_jump_implicit(c, end);
    Position pos = c->u->pos;
    c->u->pos = (Position){-1, -1, -1, -1};
    if (handler_place(c, handler, bound) || !c->failed) {
        cg_star_handlers(c, s, &st, end);
    }
    pos_restore(c, pos);
    label_place(c, end);
    temp_release(c, mark);
}

static void cg_try_star_body(Compiler *c, Stmt *s)
{
    if (s->TryStar.handlers->n > 0) {
        cg_try_star_except(c, s);
    } else {
        cg_stmts(c, s->TryStar.body);
    }
}

void cg_try_star(Compiler *c, Stmt *s)
{
    c->u->n_tries++;
    if (s->TryStar.finalbody->n > 0) {
        cg_try_finally(c, s, s->TryStar.finalbody, cg_try_star_body);
    } else {
        cg_try_star_except(c, s);
    }
    c->u->n_tries--;
}
