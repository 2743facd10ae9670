/* Tuple, list, set and dict displays.  Small ones are built from a run of registers, long ones
 * piece by piece. */
#include "core/compile/compile_internal.h"
#include "core/object/set.h"

enum { MAX_RUN = 30, MAX_PAIRS = 15 };
/* Constant items from which on copying a constant is faster than loading them. */
enum { MIN_CONSTANT_LIST = 9, MIN_CONSTANT_SET = 3 };

static bool has_star(const AstSeq *elts)
{
    for (int i = 0; i < elts->n; i++) {
        if (ast_seq_expr(elts, i)->kind == AST_Starred) {
            return true;
        }
    }
    return false;
}

static void append_elements(Compiler *c, bool is_set, AstSeq *elts, int from, int container)
{
    for (int i = from; i < elts->n; i++) {
        int mark = temp_mark(c);
        Expr *e = ast_seq_expr(elts, i);
        bool star = e->kind == AST_Starred;
        int value = cg_any(c, star ? e->Starred.value : e);
        if (star) {
            int more = is_set ? 0 : elts->n - i - 1;
            emit(c, is_set ? OP_CODE_SET_UPDATE : OP_CODE_LIST_EXTEND, container, value,
                 more < UINT8_MAX ? more : UINT8_MAX);
        } else {
            emit(c, is_set ? OP_CODE_SET_ADD : OP_CODE_LIST_APPEND, container, value, 0);
        }
        temp_release(c, mark);
    }
}

static void build_piecewise(Compiler *c, Opcode build, AstSeq *elts, int dst)
{
    bool is_set = build == OP_CODE_BUILD_SET;
    int container = is_temp(c, dst) && build != OP_CODE_BUILD_TUPLE ? dst : temp_new(c);
    int first = c->u->next_temp, n = 0;
    while (n < elts->n && n < MAX_RUN && ast_seq_expr(elts, n)->kind != AST_Starred) {
        cg_push(c, ast_seq_expr(elts, n++));
    }
    temp_release(c, first);
    emit_x(c, is_set ? OP_CODE_BUILD_SET : OP_CODE_BUILD_LIST, container,
           n == 0 ? container : first, 0, (uint32_t)n);
    append_elements(c, is_set, elts, n, container);
    if (build == OP_CODE_BUILD_TUPLE) {
        emit(c, OP_CODE_LIST_TO_TUPLE, dst, container, 0);
    } else {
        emit_move(c, dst, container);
    }
}

/* [1, 2, 3] and {1, 2, 3}: one constant that is copied. */
static bool build_from_constant(Compiler *c, Opcode build, AstSeq *elts, int dst)
{
    int least = build == OP_CODE_BUILD_LIST ? MIN_CONSTANT_LIST : MIN_CONSTANT_SET;
    Value tuple =
        elts->n < least || build == OP_CODE_BUILD_TUPLE ? 0 : fold_tuple_of(c, elts);
    Value constant = tuple == 0 || build == OP_CODE_BUILD_LIST ? tuple : frozenset_new(c->t, tuple);
    if (constant == 0) {
        error_clear(c->t); /* unhashable: raised when it runs */
        return false;
    }
    int container = is_temp(c, dst) ? dst : temp_new(c);
    int value = temp_new(c);
    emit_x(c, build, container, container, 0, 0);
    emit_const(c, value, constant);
    emit(c, build == OP_CODE_BUILD_SET ? OP_CODE_SET_UPDATE : OP_CODE_LIST_EXTEND, container, value,
         0);
    emit_move(c, dst, container);
    return true;
}

void cg_sequence(Compiler *c, Opcode build, AstSeq *elts, int dst)
{
    if (c->failed || build_from_constant(c, build, elts, dst)) {
        return;
    }
    if (elts->n > MAX_RUN || has_star(elts)) {
        build_piecewise(c, build, elts, dst);
        return;
    }
    int run = c->u->next_temp;
    for (int i = 0; i < elts->n; i++) {
        cg_push(c, ast_seq_expr(elts, i));
    }
    if (elts->n == 0) {
        run = dst;
    }
    emit_x(c, build, dst, run, 0, (uint32_t)elts->n);
}

static void add_pairs(Compiler *c, Expr *e, int from, int dict)
{
    for (int i = from; i < e->Dict.keys->n; i++) {
        int mark = temp_mark(c);
        Expr *key = ast_seq_expr(e->Dict.keys, i), *value = ast_seq_expr(e->Dict.values, i);
        if (key == NULL) {
            emit(c, OP_CODE_DICT_UPDATE, dict, cg_any(c, value), 0);
        } else {
            int k = cg_operand(c, key, -1, value);
            int v = cg_any(c, value);
            emit(c, OP_CODE_MAP_ADD, dict, k, v);
        }
        temp_release(c, mark);
    }
}

static void cg_dict(Compiler *c, Expr *e, int dst)
{
    AstSeq *keys = e->Dict.keys;
    int dict = is_temp(c, dst) ? dst : temp_new(c);
    int run = c->u->next_temp, n = 0;
    while (n < keys->n && n < MAX_PAIRS && keys->items[n] != NULL) {
        cg_push(c, ast_seq_expr(keys, n));
        cg_push(c, ast_seq_expr(e->Dict.values, n));
        n++;
    }
    temp_release(c, run);
    if (n == keys->n) {
        emit_x(c, OP_CODE_BUILD_MAP, dst, n == 0 ? dst : run, 0, (uint32_t)n);
        return;
    }
    emit_x(c, OP_CODE_BUILD_MAP, dict, n == 0 ? dict : run, 0, (uint32_t)n);
    add_pairs(c, e, n, dict);
    emit_move(c, dst, dict);
}

void cg_display(Compiler *c, Expr *e, int dst)
{
    switch (e->kind) {
    case AST_Tuple: cg_sequence(c, OP_CODE_BUILD_TUPLE, e->Tuple.elts, dst); break;
    case AST_List: cg_sequence(c, OP_CODE_BUILD_LIST, e->List.elts, dst); break;
    case AST_Set: cg_sequence(c, OP_CODE_BUILD_SET, e->Set.elts, dst); break;
    default: cg_dict(c, e, dst); break;
    }
}
