/* Comprehensions and generator expressions: a function of one argument, `.0`, the iterator of the
 * outermost iterable. */
#include "core/compile/compile_internal.h"

typedef struct Comp {
    Expr *e;
    CompKind kind;
    AstSeq *generators;
    Expr *elt, *value; /* value: dict comprehensions */
    Value name;
    int result;        /* register of the container being filled */
} Comp;

static void cg_generator(Compiler *c, Comp *comp, int index);

static void cg_element(Compiler *c, Comp *comp)
{
    int mark = temp_mark(c);
    Position pos;
    switch (comp->kind) {
    case COMP_LIST: case COMP_SET: {
        int value = cg_any(c, comp->elt);
        pos = pos_set(c, comp->elt);
        emit(c, comp->kind == COMP_LIST ? OP_CODE_LIST_APPEND : OP_CODE_SET_ADD, comp->result,
             value, 0);
        break;
    }
    case COMP_DICT: {
        int key = cg_operand(c, comp->elt, -1, comp->value);
        int value = cg_any(c, comp->value);
        pos = pos_set(c, comp->elt);
        c->u->pos.end_line = comp->value->end_lineno;
        c->u->pos.end_col = comp->value->end_col_offset;
        emit(c, OP_CODE_MAP_ADD, comp->result, key, value);
        break;
    }
    default: {
        int value = cg_any(c, comp->elt);
        int sent = temp_new(c);
        pos = pos_set(c, comp->elt);
        if (c->u->scope->coroutine) {
            emit(c, OP_CODE_ASYNC_GEN_WRAP, sent, value, 0);
            value = sent;
        }
        emit(c, OP_CODE_YIELD_VALUE, sent, value, 0);
        break;
    }
    }
    pos_restore(c, pos);
    temp_release(c, mark);
}

/* Conditions, then the next loop or the element. */
static void cg_loop_body(Compiler *c, Comp *comp, int index, int next)
{
    Comprehension *g = comp->generators->items[index];
    for (int i = 0; i < g->ifs->n; i++) {
        cg_jump(c, ast_seq_expr(g->ifs, i), next, false);
    }
    if (index + 1 < comp->generators->n) {
        cg_generator(c, comp, index + 1);
    } else {
        cg_element(c, comp);
    }
}

/* `for x in [y]` needs no loop. Returns the only element or NULL. */
static Expr *single_element(const Comprehension *g, int index)
{
    AstSeq *elts = g->iter->kind == AST_List    ? g->iter->List.elts
                   : g->iter->kind == AST_Tuple ? g->iter->Tuple.elts
                                                : NULL;
    if (index == 0 || elts == NULL || elts->n != 1 || ast_seq_expr(elts, 0)->kind == AST_Starred) {
        return NULL;
    }
    return ast_seq_expr(elts, 0);
}

/* Register of the iterator of loop `index`: the argument, or a new temporary. */
static int cg_iterator(Compiler *c, Comprehension *g, int index)
{
    if (index == 0) {
        return 0;
    }
    int iter = temp_new(c);
    cg_to(c, g->iter, iter);
    Position pos = pos_set(c, g->iter);
    emit(c, g->is_async ? OP_CODE_GET_AITER : OP_CODE_GET_ITER, iter, iter, 0);
    pos_restore(c, pos);
    return iter;
}

static void store_item(Compiler *c, Expr *target, int reg, int item)
{
    if (reg < 0) {
        target_store(c, target, item);
    }
}

static void cg_sync_generator(Compiler *c, Comp *comp, int index)
{
    Comprehension *g = comp->generators->items[index];
    Expr *only = single_element(g, index);
    int head = label_new(c), next = label_new(c), end = label_new(c);
    int reg = target_register(c, g->target);
    if (only != NULL) {
        int item = reg >= 0 ? reg : temp_new(c);
        cg_to(c, only, item);
        store_item(c, g->target, reg, item);
        cg_loop_body(c, comp, index, next);
        label_place(c, next);
        return;
    }
    int iter = cg_iterator(c, g, index);
    int item = reg >= 0 ? reg : temp_new(c);
    label_place_loop(c, head);
    emit_jump(c, OP_CODE_FOR_ITER, item, iter, 0, end);
    store_item(c, g->target, reg, item);
    cg_loop_body(c, comp, index, next);
    label_place(c, next);
    emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, head);
    label_place(c, end);
}

static void cg_async_generator(Compiler *c, Comp *comp, int index)
{
    Comprehension *g = comp->generators->items[index];
    int head = label_new(c), next = label_new(c);
    int iter = cg_iterator(c, g, index);
    int exc = temp_new(c), item = temp_new(c);
    label_place_loop(c, head);
    uint64_t *bound = bound_snapshot(c);
    int handler = handler_push(c, exc);
    int awaitable = temp_new(c);
    emit(c, OP_CODE_GET_ANEXT, awaitable, iter, 0);
    cg_delegate(c, awaitable, item);
    c->u->handler = c->u->handlers[handler].outer;
    target_store(c, g->target, item);
    cg_loop_body(c, comp, index, next);
    label_place(c, next);
    emit_jump(c, OP_CODE_JUMP_BACKWARD, 0, 0, 0, head);
    if (handler_place(c, handler, bound)) {
        emit(c, OP_CODE_END_ASYNC_FOR, exc, iter, 0);
    }
}

static void cg_generator(Compiler *c, Comp *comp, int index)
{
    int mark = temp_mark(c);
    if (visit_enter(c)) {
        Comprehension *g = comp->generators->items[index];
        if (g->is_async) {
            cg_async_generator(c, comp, index);
        } else {
            cg_sync_generator(c, comp, index);
        }
        visit_leave(c);
    }
    temp_release(c, mark);
}

static Comp comp_of(Expr *e)
{
    switch (e->kind) {
    case AST_ListComp:
        return (Comp){e, COMP_LIST, e->ListComp.generators, e->ListComp.elt, NULL, N(listcomp_name),
                      -1};
    case AST_SetComp:
        return (Comp){e, COMP_SET, e->SetComp.generators, e->SetComp.elt, NULL, N(setcomp_name),
                      -1};
    case AST_DictComp:
        return (Comp){e,
                      COMP_DICT,
                      e->DictComp.generators,
                      e->DictComp.key,
                      e->DictComp.value,
                      N(dictcomp_name),
                      -1};
    default:
        return (Comp){e,
                      COMP_GENERATOR,
                      e->GeneratorExp.generators,
                      e->GeneratorExp.elt,
                      NULL,
                      N(genexpr_name),
                      -1};
    }
}

static void cg_comp_body(Compiler *c, Comp *comp)
{
    static const Opcode builders[] = {[COMP_LIST] = OP_CODE_BUILD_LIST,
                                      [COMP_SET] = OP_CODE_BUILD_SET,
                                      [COMP_DICT] = OP_CODE_BUILD_MAP};
    pos_set(c, comp->e);
    int result = comp->result = temp_new(c);
    const Comprehension *first = comp->generators->items[0];
    if (comp->kind == COMP_LIST && comp->generators->n == 1 && first->ifs->n == 0 &&
        !first->is_async) {
        emit(c, OP_CODE_NEW_LIST_FOR, result, 0, 0); /* an item for each of the iterator's */
    } else if (comp->kind != COMP_GENERATOR) {
        emit_x(c, builders[comp->kind], result, result, 0, 0);
    }
    cg_generator(c, comp, 0);
    if (comp->kind == COMP_GENERATOR) {
        emit_const(c, result, NONE);
    }
    emit(c, OP_CODE_RETURN_VALUE, result, 0, 0);
}

void cg_comprehension(Compiler *c, Expr *e, int dst)
{
    Comp comp = comp_of(e);
    Comprehension *outermost = comp.generators->items[0];
    bool async_here =
        c->u->is_async || c->u->scope->comprehension ||
        (c->u->scope->kind == SCOPE_MODULE && (c->flags & COMPILE_ALLOW_TOP_LEVEL_AWAIT));
    Unit u;
    if (!unit_enter(c, &u, e, comp.name, e->lineno)) {
        return;
    }
    Scope *scope = u.scope;
    bool awaited = scope->coroutine && comp.kind != COMP_GENERATOR;
    u.argcount = 1;
    if (awaited && !async_here) {
        compile_error(c, e, "asynchronous comprehension outside of an asynchronous function");
    }
    cg_comp_body(c, &comp);
    Value code = unit_finish(c);
    if (c->failed) {
        return;
    }
    int base = cg_call_base(c, dst);
    cg_make_function(c, code, scope, c->u->next_temp, 0, base);
    temp_run(c, FRAME_WORDS);
    int arg = cg_push(c, outermost->iter);
    Position pos = pos_set(c, outermost->iter);
    emit(c, outermost->is_async ? OP_CODE_GET_AITER : OP_CODE_GET_ITER, arg, arg, 0);
    pos_restore(c, pos);
    cg_call_at(c, base, 1, awaited ? base : dst);
    if (awaited) {
        cg_await(c, base, dst, 0);
    }
}
