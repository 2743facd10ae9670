/* Expressions other than calls, comparisons, displays and comprehensions. */
#include "core/compile/compile_internal.h"
#include "core/object/int.h"

static bool assigns_names(const void *node)
{
    const AstNode *n = node;
    const AstInfo *info = &ast_info[n->kind];
    if (n->kind == AST_NamedExpr) {
        return true;
    }
    for (int i = 0; i < info->nfields; i++) {
        const AstField *field = &info->fields[i];
        if (field->type != AST_TYPE_expr && field->type != AST_TYPE_keyword &&
            field->type != AST_TYPE_comprehension && field->type != AST_TYPE_arguments) {
            continue;
        }
        void *const *at = (void *const *)((const char *)node + field->offset);
        AstSeq *seq = field->count == AST_SEQ ? *at : NULL;
        for (int j = 0; seq != NULL && j < seq->n; j++) {
            if (seq->items[j] != NULL && assigns_names(seq->items[j])) {
                return true;
            }
        }
        if (seq == NULL && *at != NULL && assigns_names(*at)) {
            return true;
        }
    }
    return false;
}

bool expr_assigns_names(Compiler *c, const Expr *e)
{
    return e != NULL && c->u->scope->has_walrus && assigns_names(e);
}

int cg_push(Compiler *c, Expr *e)
{
    int reg = temp_new(c);
    cg_to(c, e, reg);
    return reg;
}

int cg_operand(Compiler *c, Expr *e, int hint, const Expr *later)
{
    int reg = name_in_place(c, e);
    if (reg >= 0 && !expr_assigns_names(c, later)) {
        return reg;
    }
    reg = hint >= 0 ? hint : temp_new(c);
    cg_to(c, e, reg);
    return reg;
}

int cg_any(Compiler *c, Expr *e)
{
    return cg_operand(c, e, -1, NULL);
}

static int scratch(Compiler *c, int dst)
{
    return is_temp(c, dst) ? dst : -1;
}

/* ---- operators ---- */

static const Opcode binary_opcodes[] = {
    [AST_Add] = OP_CODE_ADD,        [AST_Sub] = OP_CODE_SUB,     [AST_Mult] = OP_CODE_MUL,
    [AST_MatMult] = OP_CODE_MATMUL, [AST_Div] = OP_CODE_TRUEDIV, [AST_FloorDiv] = OP_CODE_FLOORDIV,
    [AST_Mod] = OP_CODE_MOD,        [AST_Pow] = OP_CODE_POW,     [AST_LShift] = OP_CODE_LSHIFT,
    [AST_RShift] = OP_CODE_RSHIFT,  [AST_BitAnd] = OP_CODE_AND,  [AST_BitOr] = OP_CODE_OR,
    [AST_BitXor] = OP_CODE_XOR};

bool expr_small_int(const Expr *e, int *out)
{
    if (e->kind != AST_Constant || !value_is_fixnum(e->Constant.value)) {
        return false;
    }
    int64_t i = fixnum_get(e->Constant.value);
    *out = (int)i;
    return i >= INT8_MIN && i <= INT8_MAX;
}

static void cg_binary(Compiler *c, Expr *e, int dst)
{
    AstKind op = e->BinOp.op;
    int hint = scratch(c, dst), small;
    int left = cg_operand(c, e->BinOp.left, hint, e->BinOp.right);
    if ((op == AST_Add || op == AST_Sub) && expr_small_int(e->BinOp.right, &small)) {
        emit(c, op == AST_Add ? OP_CODE_ADDI : OP_CODE_SUBI, dst, left, small);
        return;
    }
    int right = cg_operand(c, e->BinOp.right, left == hint ? -1 : hint, NULL);
    emit(c, binary_opcodes[op], dst, left, right);
}

static void cg_unary(Compiler *c, Expr *e, int dst)
{
    static const Opcode opcodes[] = {[AST_Invert] = OP_CODE_INVERT, [AST_Not] = OP_CODE_NOT,
                                     [AST_UAdd] = OP_CODE_POS, [AST_USub] = OP_CODE_NEG};
    int operand = cg_operand(c, e->UnaryOp.operand, scratch(c, dst), NULL);
    emit(c, opcodes[e->UnaryOp.op], dst, operand, 0);
}

/* Jumps when the constant is as true as `when`, with it in `result` unless that is negative. */
static void jump_constant(Compiler *c, Expr *e, int result, int label, bool when)
{
    Position pos = pos_set(c, e);
    int truth = object_truth(c->t, e->Constant.value);
    if (truth < 0) {
        compile_failed(c);
    } else if ((truth != 0) != when) {
        emit(c, OP_CODE_NOP, 0, 0, 0); /* the line is to be seen */
    } else {
        if (result < 0) {
            emit(c, OP_CODE_NOP, 0, 0, 0);
        } else {
            cg_to(c, e, result);
        }
        emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, label);
    }
    pos_restore(c, pos);
}

static void cg_bool_op(Compiler *c, Expr *e, int dst)
{
    int result = is_temp(c, dst) ? dst : temp_new(c);
    Opcode jump = e->BoolOp.op == AST_Or ? OP_CODE_JUMP_IF_TRUE : OP_CODE_JUMP_IF_FALSE;
    int end = label_new(c), last = e->BoolOp.values->n - 1;
    for (int i = 0; i < last; i++) {
        Expr *value = ast_seq_expr(e->BoolOp.values, i);
        if (value->kind == AST_Constant) {
            jump_constant(c, value, result, end, e->BoolOp.op == AST_Or);
        } else {
            cg_to(c, value, result);
            emit_jump(c, jump, result, 0, 0, end);
        }
    }
    cg_to(c, ast_seq_expr(e->BoolOp.values, last), result);
    label_place(c, end);
    emit_move(c, dst, result);
}

static void cg_if_exp(Compiler *c, Expr *e, int dst)
{
    int otherwise = label_new(c), end = label_new(c);
    cg_jump(c, e->IfExp.test, otherwise, false);
    cg_to(c, e->IfExp.body, dst);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, end);
    label_place(c, otherwise);
    cg_to(c, e->IfExp.orelse, dst);
    label_place(c, end);
}

static void cg_named(Compiler *c, Expr *e, int dst)
{
    Expr *target = e->NamedExpr.target;
    int reg = target_register(c, target);
    if (reg >= 0) {
        cg_to(c, e->NamedExpr.value, reg);
        emit_move(c, dst, reg);
        return;
    }
    int value = is_temp(c, dst) ? dst : temp_new(c);
    cg_to(c, e->NamedExpr.value, value);
    target_store(c, target, value);
    emit_move(c, dst, value);
}

/* ---- attributes and items ---- */

static void cg_attribute(Compiler *c, Expr *e, int dst)
{
    int object = cg_operand(c, e->Attribute.value, scratch(c, dst), NULL);
    pos_attribute(c, e);
    emit_cached(c, OP_CODE_LOAD_ATTR, dst, object, 0, name_mangled(c, e->Attribute.attr));
}

static void push_or_none(Compiler *c, Expr *e)
{
    int reg = temp_new(c);
    if (e != NULL) {
        cg_to(c, e, reg);
    } else {
        emit_const(c, reg, NONE);
    }
}

static void cg_slice(Compiler *c, Expr *e, int dst)
{
    int run = c->u->next_temp;
    push_or_none(c, e->Slice.lower);
    push_or_none(c, e->Slice.upper);
    if (e->Slice.step != NULL) {
        cg_push(c, e->Slice.step);
    }
    emit(c, OP_CODE_BUILD_SLICE, dst, run, e->Slice.step != NULL ? 3 : 2);
}

static void cg_subscript(Compiler *c, Expr *e, int dst)
{
    int hint = scratch(c, dst), small;
    check_subscript(c, e);
    int object = cg_operand(c, e->Subscript.value, hint, e->Subscript.slice);
    if (expr_small_int(e->Subscript.slice, &small)) {
        emit(c, OP_CODE_GET_ITEM_INT, dst, object, small);
        return;
    }
    int key = cg_operand(c, e->Subscript.slice, object == hint ? -1 : hint, NULL);
    emit(c, OP_CODE_GET_ITEM, dst, object, key);
}

/* ---- f-strings ---- */

static void cg_formatted(Compiler *c, Expr *e, int dst)
{
    int conversion = e->FormattedValue.conversion == 's'   ? 1
                     : e->FormattedValue.conversion == 'r' ? 2
                     : e->FormattedValue.conversion == 'a' ? 3
                                                           : 0;
    int hint = scratch(c, dst);
    int value = cg_operand(c, e->FormattedValue.value, hint, e->FormattedValue.format_spec);
    if (e->FormattedValue.format_spec == NULL) {
        emit(c, OP_CODE_FORMAT_VALUE, dst, value, conversion);
        return;
    }
    int spec = cg_operand(c, e->FormattedValue.format_spec, value == hint ? -1 : hint, NULL);
    emit_x(c, OP_CODE_FORMAT_SPEC, dst, value, spec, (uint32_t)conversion);
}

enum { MAX_STRING_RUN = 4096 };

static void cg_string_part(Compiler *c, Expr *e, int dst)
{
    cg_to(c, e, dst);
    bool is_text = (e->kind == AST_Constant && value_is_str_exact(e->Constant.value)) ||
                   e->kind == AST_FormattedValue || e->kind == AST_JoinedStr;
    if (!is_text) { /* only in trees made by hand */
        emit(c, OP_CODE_FORMAT_VALUE, dst, dst, 0);
    }
}

static void cg_joined(Compiler *c, Expr *e, int dst)
{
    AstSeq *values = e->JoinedStr.values;
    if (values->n == 0) {
        emit_const(c, dst, N(empty));
        return;
    }
    if (values->n == 1) {
        int only = is_temp(c, dst) ? dst : temp_new(c);
        cg_string_part(c, ast_seq_expr(values, 0), only);
        emit_move(c, dst, only);
        return;
    }
    /* very long ones in pieces, each beginning with the text so far */
    int run = temp_run(c, values->n > MAX_STRING_RUN);
    int first = values->n > MAX_STRING_RUN;
    if (first) {
        emit_const(c, run, N(empty));
    }
    for (int at = 0; at < values->n && !c->failed;) {
        int end = values->n - at > MAX_STRING_RUN ? at + MAX_STRING_RUN : values->n;
        int n = first + end - at;
        for (; at < end; at++) {
            cg_string_part(c, ast_seq_expr(values, at), temp_new(c));
        }
        emit_x(c, OP_CODE_BUILD_STRING, at < values->n ? run : dst, run, 0, (uint32_t)n);
        temp_release(c, run + first);
    }
}

/* ---- the switch ---- */

static void cg_to_kind(Compiler *c, Expr *e, int dst)
{
    switch (e->kind) {
    case AST_BoolOp: cg_bool_op(c, e, dst); break;
    case AST_NamedExpr: cg_named(c, e, dst); break;
    case AST_BinOp: cg_binary(c, e, dst); break;
    case AST_UnaryOp: cg_unary(c, e, dst); break;
    case AST_Lambda: cg_lambda(c, e, dst); break;
    case AST_IfExp: cg_if_exp(c, e, dst); break;
    case AST_Dict: case AST_Set: case AST_List: case AST_Tuple: cg_display(c, e, dst); break;
    case AST_ListComp:
    case AST_SetComp:
    case AST_DictComp:
    case AST_GeneratorExp:
        cg_comprehension(c, e, dst);
        break;
    case AST_Await: case AST_Yield: case AST_YieldFrom: cg_yield(c, e, dst); break;
    case AST_Compare: cg_compare(c, e, dst); break;
    case AST_Call: cg_call(c, e, dst); break;
    case AST_FormattedValue: cg_formatted(c, e, dst); break;
    case AST_JoinedStr: cg_joined(c, e, dst); break;
    case AST_Constant: emit_const(c, dst, e->Constant.value); break;
    case AST_Attribute: cg_attribute(c, e, dst); break;
    case AST_Subscript: cg_subscript(c, e, dst); break;
    case AST_Starred: compile_error(c, e, "can't use starred expression here"); break;
    case AST_Name: name_load(c, e->Name.id, dst); break;
    case AST_Slice: cg_slice(c, e, dst); break;
    default: compile_error(c, e, "unexpected expression"); break;
    }
}

void cg_to(Compiler *c, Expr *e, int dst)
{
    if (visit_enter(c)) {
        int mark = temp_mark(c);
        Position pos = pos_set(c, e);
        cg_to_kind(c, e, dst);
        pos_restore(c, pos);
        temp_release(c, mark);
        visit_leave(c);
    }
}

void cg_discard(Compiler *c, Expr *e)
{
    int mark = temp_mark(c);
    if (e->kind == AST_Constant || name_in_place(c, e) >= 0) {
        emit(c, OP_CODE_NOP, 0, 0, 0); /* the line is to be seen */
    } else {
        cg_push(c, e);
    }
    temp_release(c, mark);
}

/* ---- conditions ---- */

static void jump_bool_op(Compiler *c, Expr *e, int label, bool when)
{
    AstSeq *values = e->BoolOp.values;
    bool decides = e->BoolOp.op == AST_Or; /* the truth value that ends the evaluation */
    int skip = label_new(c);
    for (int i = 0; i < values->n - 1; i++) {
        cg_jump(c, ast_seq_expr(values, i), decides == when ? label : skip, decides);
    }
    cg_jump(c, ast_seq_expr(values, values->n - 1), label, when);
    label_place(c, skip);
}

static void jump_if_exp(Compiler *c, Expr *e, int label, bool when)
{
    int otherwise = label_new(c), end = label_new(c);
    cg_jump(c, e->IfExp.test, otherwise, false);
    cg_jump(c, e->IfExp.body, label, when);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, end);
    label_place(c, otherwise);
    cg_jump(c, e->IfExp.orelse, label, when);
    label_place(c, end);
}

static void cg_jump_kind(Compiler *c, Expr *e, int label, bool when)
{
    if (e->kind == AST_BoolOp) {
        jump_bool_op(c, e, label, when);
    } else if (e->kind == AST_IfExp) {
        jump_if_exp(c, e, label, when);
    } else if (e->kind == AST_Constant) {
        jump_constant(c, e, -1, label, when);
    } else if (e->kind == AST_Compare) {
        cg_compare_jump(c, e, label, when);
    } else if (e->kind == AST_UnaryOp && e->UnaryOp.op == AST_Not) {
        cg_jump(c, e->UnaryOp.operand, label, !when);
    } else {
        int reg = cg_any(c, e);
        emit_jump(c, when ? OP_CODE_JUMP_IF_TRUE : OP_CODE_JUMP_IF_FALSE, reg, 0, 0, label);
    }
}

void cg_jump(Compiler *c, Expr *e, int label, bool when)
{
    if (visit_enter(c)) {
        int mark = temp_mark(c);
        Position pos = pos_set(c, e);
        cg_jump_kind(c, e, label, when);
        pos_restore(c, pos);
        temp_release(c, mark);
        visit_leave(c);
    }
}
