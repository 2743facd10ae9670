/* Comparisons, as values and fused with the jump on their result; and the warnings about suspicious
 * expressions. */
#include "core/compile/compile_internal.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/set.h"

static Opcode compare_opcode(AstKind op)
{
    switch (op) {
    case AST_Eq: return OP_CODE_EQ;
    case AST_NotEq: return OP_CODE_NE;
    case AST_Lt: return OP_CODE_LT;
    case AST_LtE: return OP_CODE_LE;
    case AST_Gt: return OP_CODE_GT;
    case AST_GtE: return OP_CODE_GE;
    case AST_Is: return OP_CODE_IS;
    case AST_IsNot: return OP_CODE_IS_NOT;
    case AST_In: return OP_CODE_IN;
    default: return OP_CODE_NOT_IN;
    }
}

/* The jump that compares for itself, or NOP. */
static Opcode jump_opcode(AstKind op)
{
    switch (op) {
    case AST_Eq: return OP_CODE_JUMP_EQ;
    case AST_NotEq: return OP_CODE_JUMP_NE;
    case AST_Lt: return OP_CODE_JUMP_LT;
    case AST_LtE: return OP_CODE_JUMP_LE;
    case AST_Gt: return OP_CODE_JUMP_GT;
    case AST_GtE: return OP_CODE_JUMP_GE;
    case AST_Is: case AST_IsNot: return OP_CODE_JUMP_IS;
    default: return OP_CODE_NOP;
    }
}

/* The same for a right operand that is a small int. */
static Opcode jump_small_opcode(AstKind op)
{
    switch (op) {
    case AST_Eq: return OP_CODE_JUMP_EQI;
    case AST_NotEq: return OP_CODE_JUMP_NEI;
    case AST_Lt: return OP_CODE_JUMP_LTI;
    case AST_LtE: return OP_CODE_JUMP_LEI;
    case AST_Gt: return OP_CODE_JUMP_GTI;
    case AST_GtE: return OP_CODE_JUMP_GEI;
    default: return OP_CODE_NOP;
    }
}

static bool is_none_constant(const Expr *e)
{
    return e->kind == AST_Constant && e->Constant.value == NONE;
}

/* Any comparator from index on assigns names: operands evaluated before it must be copies. */
static const Expr *assigning_comparator(Compiler *c, Expr *e, int from)
{
    for (int i = from; i < e->Compare.comparators->n; i++) {
        if (expr_assigns_names(c, ast_seq_expr(e->Compare.comparators, i))) {
            return ast_seq_expr(e->Compare.comparators, i);
        }
    }
    return NULL;
}

/* Operand i + 1 of a chain whose operand i - 1 is in register `before` (-1: there is none) and no
 * longer needed: a long chain takes that one again. */
static int next_operand(Compiler *c, Expr *e, int i, int before, int hint)
{
    /* so many operands get registers of their own, where calls leave their results */
    enum { SHORT = 3 };
    int reg = i >= SHORT && is_temp(c, before) ? before : hint;
    return cg_operand(c, ast_seq_expr(e->Compare.comparators, i), reg,
                      assigning_comparator(c, e, i + 1));
}

void cg_compare(Compiler *c, Expr *e, int dst)
{
    int n = e->Compare.ops->n;
    int result = is_temp(c, dst) || n == 1 ? dst : temp_new(c);
    int hint = n == 1 && is_temp(c, dst) ? dst : -1;
    int end = label_new(c);
    check_identity(c, e);
    int left = cg_operand(c, e->Compare.left, hint, assigning_comparator(c, e, 0)), before = -1;
    for (int i = 0; i < n; i++) {
        int right = next_operand(c, e, i, before, left == hint ? -1 : hint);
        emit(c, compare_opcode(ast_seq_kind(e->Compare.ops, i)), result, left, right);
        if (i < n - 1) {
            emit_jump(c, OP_CODE_JUMP_IF_FALSE, result, 0, 0, end);
        }
        before = left;
        left = right;
    }
    label_place(c, end);
    emit_move(c, dst, result);
}

static void jump_on(Compiler *c, AstKind op, int left, int right, int label, bool when)
{
    Opcode jump = jump_opcode(op);
    if (jump != OP_CODE_NOP) {
        emit_jump(c, jump, left, right, (op == AST_IsNot) != when, label);
        return;
    }
    int mark = temp_mark(c), result = temp_new(c);
    emit(c, compare_opcode(op), result, left, right);
    emit_jump(c, when ? OP_CODE_JUMP_IF_TRUE : OP_CODE_JUMP_IF_FALSE, result, 0, 0, label);
    temp_release(c, mark);
}

void cg_compare_jump(Compiler *c, Expr *e, int label, bool when)
{
    int last = e->Compare.ops->n - 1;
    int skip = label_new(c);
    check_identity(c, e);
    int left = cg_operand(c, e->Compare.left, -1, assigning_comparator(c, e, 0)), before = -1;
    for (int i = 0; i <= last; i++) {
        AstKind op = ast_seq_kind(e->Compare.ops, i);
        Expr *comparator = ast_seq_expr(e->Compare.comparators, i);
        bool wanted = i < last ? false : when;
        int to = i < last && when ? skip : label;
        if ((op == AST_Is || op == AST_IsNot) && is_none_constant(comparator) && i == last) {
            bool on_none = (op == AST_Is) == wanted;
            emit_jump(c, on_none ? OP_CODE_JUMP_IF_NONE : OP_CODE_JUMP_IF_NOT_NONE, left, 0, 0, to);
            break;
        }
        int small;
        Opcode jump = i == last ? jump_small_opcode(op) : OP_CODE_NOP;
        if (jump != OP_CODE_NOP && expr_small_int(comparator, &small)) {
            emit_jump(c, jump, left, wanted, small, to);
            break;
        }
        int right = next_operand(c, e, i, before, -1);
        jump_on(c, op, left, right, to, wanted);
        before = left;
        left = right;
    }
    label_place(c, skip);
}

/* ---- warnings ---- */

static bool is_identity_operand(const Expr *e)
{
    if (e->kind != AST_Constant) {
        return true;
    }
    Value v = e->Constant.value;
    return v == NONE || v == TRUE_VALUE || v == FALSE_VALUE || v == ELLIPSIS;
}

void check_identity(Compiler *c, Expr *e)
{
    bool left = is_identity_operand(e->Compare.left);
    for (int i = 0; i < e->Compare.ops->n; i++) {
        AstKind op = ast_seq_kind(e->Compare.ops, i);
        bool right = is_identity_operand(ast_seq_expr(e->Compare.comparators, i));
        if ((op == AST_Is || op == AST_IsNot) && !(left && right)) {
            compile_warn(c, e, op == AST_Is ? "\"is\" with a literal. Did you mean \"==\"?"
                                            : "\"is not\" with a literal. Did you mean \"!=\"?");
            return;
        }
        left = right;
    }
}

/* Name of the type an expression surely has, or NULL. */
static const char *known_type(const Expr *e)
{
    switch (e->kind) {
    case AST_Tuple: return "tuple";
    case AST_List: case AST_ListComp: return "list";
    case AST_Dict: case AST_DictComp: return "dict";
    case AST_Set: case AST_SetComp: return "set";
    case AST_GeneratorExp: return "generator";
    case AST_Lambda: return "function";
    case AST_JoinedStr: case AST_FormattedValue: return "str";
    case AST_Constant: return type_short_name(type_of(e->Constant.value));
    default: return NULL;
    }
}

void check_callable(Compiler *c, Expr *func)
{
    const char *type = known_type(func);
    if (type != NULL && func->kind != AST_Lambda) {
        compile_warn(c, func, "'%.200s' object is not callable; perhaps you missed a comma?", type);
    }
}

static bool constant_has_items(Value v)
{
    return !(v == NONE || v == ELLIPSIS || value_is_int(v) || value_is_float(v) ||
             value_is_anyset(v) || type_of(v) == &complex_type);
}

static void check_index(Compiler *c, Expr *e)
{
    Expr *value = e->Subscript.value, *slice = e->Subscript.slice;
    const char *index_type = known_type(slice);
    if (index_type == NULL ||
        (slice->kind == AST_Constant && value_is_int(slice->Constant.value))) {
        return;
    }
    Value v = value->kind == AST_Constant ? value->Constant.value : 0;
    bool indexed = value->kind == AST_Constant
                       ? value_is_str(v) || value_is_bytes(v) || value_is_tuple(v)
                       : value->kind == AST_Tuple || value->kind == AST_List ||
                             value->kind == AST_ListComp || value->kind == AST_JoinedStr ||
                             value->kind == AST_FormattedValue;
    if (indexed) {
        compile_warn(
            c, value,
            "%.200s indices must be integers or slices, not %.200s; perhaps you missed a comma?",
            known_type(value), index_type);
    }
}

void check_subscript(Compiler *c, Expr *e)
{
    Expr *value = e->Subscript.value;
    bool no_items = value->kind == AST_Constant
                        ? !constant_has_items(value->Constant.value)
                        : value->kind == AST_Set || value->kind == AST_SetComp ||
                              value->kind == AST_GeneratorExp || value->kind == AST_Lambda;
    if (no_items) {
        compile_warn(c, value, "'%.200s' object is not subscriptable; perhaps you missed a comma?",
                     known_type(value));
        return;
    }
    check_index(c, e);
}
