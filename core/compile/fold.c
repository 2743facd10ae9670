/* Constant folding: a walk over the tree before anything else, which turns expressions of constants
 * into Constant nodes.
 *
 * A node is rewritten in place (a Constant is no larger than what it replaces).  Folding never
 * makes large objects (limits below) and leaves alone whatever raises.  With future annotations,
 * annotations keep their source form.
 */
#include "core/compile/compile_internal.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/set.h"

enum { MAX_INT_BITS = 128, MAX_COLLECTION = 256, MAX_STR = 4096, MAX_CONST_ITEMS = 1024 };

static void fold_node(Compiler *c, void *node, const AstInfo *info);

bool expr_is_constant(const Expr *e)
{
    return e->kind == AST_Constant;
}

static void become_constant(Compiler *c, Expr *e, Value v)
{
    if (v == 0) { /* raised: the same will happen when it runs */
        if (c->t->exc != 0 && !error_matches(c->t, &exc_Exception)) {
            compile_failed(c);
        } else if (!c->failed) {
            error_clear(c->t);
        }
        return;
    }
    if (compile_keep(c, v) != 0) {
        e->kind = AST_Constant;
        e->Constant.value = v;
        e->Constant.kind = 0;
    }
}

/* Number of items in nested tuples; more than limit: -1. */
static ssize_t count_items(Value v, ssize_t limit)
{
    if (!value_is_tuple_exact(v)) {
        return 0;
    }
    ssize_t n = (ssize_t)tuple_len(v);
    for (size_t i = 0; i < tuple_len(v) && n <= limit; i++) {
        ssize_t inner = count_items(tuple_get(v, i), limit - n);
        if (inner < 0) {
            return -1;
        }
        n += inner;
    }
    return n <= limit ? n : -1;
}

static bool multiply_is_small(Value a, Value b)
{
    if (value_is_int(a) && value_is_int(b)) {
        return int_bit_length(a) + int_bit_length(b) <= MAX_INT_BITS;
    }
    int64_t n;
    if (!value_is_int(a)) {
        if (!value_is_int(b)) {
            return true;
        }
        Value swap = a;
        a = b;
        b = swap;
    }
    if (!int_try_int64(a, &n)) {
        return !value_is_str(b) && !value_is_bytes(b) && !value_is_tuple(b);
    }
    int64_t limit = MAX_STR, size = 0;
    if (value_is_tuple_exact(b)) {
        limit = MAX_COLLECTION;
        size = (int64_t)tuple_len(b);
        if (size > 0 && n > 0 &&
            count_items(b, MAX_CONST_ITEMS / (n < MAX_CONST_ITEMS ? n : MAX_CONST_ITEMS)) < 0) {
            return false;
        }
    } else if (value_is_str(b)) {
        size = (int64_t)str_len(b);
    } else if (value_is_bytes(b)) {
        size = (int64_t)value_bytes(b)->len;
    }
    return size == 0 || (n >= 0 && n <= limit / size);
}

static bool power_is_small(Value a, Value b)
{
    int64_t n;
    if (!value_is_int(a) || !value_is_int(b) || int_sign(b) <= 0) {
        return true;
    }
    return int_try_int64(b, &n) &&
           (int_bit_length(a) == 0 || n <= MAX_INT_BITS / (int64_t)int_bit_length(a));
}

static bool shift_is_small(Value a, Value b)
{
    int64_t n;
    if (!value_is_int(a) || !value_is_int(b)) {
        return true;
    }
    return int_sign(b) < 0 || (int_try_int64(b, &n) && n <= MAX_INT_BITS &&
                               (int64_t)int_bit_length(a) <= MAX_INT_BITS - n);
}

static const BinaryOp binary_ops[] = {
    [AST_Add] = OP_ADD,        [AST_Sub] = OP_SUB,     [AST_Mult] = OP_MUL,
    [AST_MatMult] = OP_MATMUL, [AST_Div] = OP_TRUEDIV, [AST_FloorDiv] = OP_FLOORDIV,
    [AST_Mod] = OP_MOD,        [AST_Pow] = OP_POW,     [AST_LShift] = OP_LSHIFT,
    [AST_RShift] = OP_RSHIFT,  [AST_BitAnd] = OP_AND,  [AST_BitOr] = OP_OR,
    [AST_BitXor] = OP_XOR};

/* ---- '...%s...' % (a, b): an f-string ---- */

static Expr *node_like(Compiler *c, AstKind kind, const Expr *e)
{
    Expr *node = ast_new(&c->arena, kind, e->lineno, e->col_offset, e->end_lineno,
                         e->end_col_offset);
    return node != NULL ? node : compile_no_memory(c);
}

/* Adds text[lo..hi) to the parts, if it is not empty. */
static bool add_literal(Compiler *c, const Expr *format, size_t lo, size_t hi, AstSeq *parts)
{
    if (lo == hi) {
        return true;
    }
    Expr *node = node_like(c, AST_Constant, format);
    Value text = node ? str_substring(c->t, format->Constant.value, lo, hi) : 0;
    if (compile_keep(c, text) == 0) {
        compile_failed(c);
        return false;
    }
    node->Constant.value = text;
    parts->items[parts->n++] = node;
    return true;
}

static bool add_formatted(Compiler *c, Expr *value, uint32_t conversion, AstSeq *parts)
{
    Expr *node = node_like(c, AST_FormattedValue, value);
    if (node != NULL) {
        node->FormattedValue.value = value;
        node->FormattedValue.conversion = (int)conversion;
        parts->items[parts->n++] = node;
    }
    return node != NULL;
}

/* Has the format as many fields as there are values, and nothing but %s, %r, %a and %%? */
static bool format_is_plain(const Str *format, const AstSeq *values, int *fields)
{
    size_t len = str_len(object_value(format));
    *fields = 0;
    for (size_t i = 0; i < len; i++) {
        if (str_get(format, i) != '%') {
            continue;
        }
        uint32_t kind = ++i < len ? str_get(format, i) : 0;
        if (kind != '%' && kind != 's' && kind != 'r' && kind != 'a') {
            return false;
        }
        *fields += kind != '%';
    }
    for (int i = 0; i < values->n; i++) {
        if (ast_seq_expr(values, i)->kind == AST_Starred) {
            return false;
        }
    }
    return *fields == values->n;
}

static void fold_format(Compiler *c, Expr *e)
{
    Expr *left = e->BinOp.left;
    Str *format = value_str(left->Constant.value);
    AstSeq *values = e->BinOp.right->Tuple.elts;
    size_t len = str_len(left->Constant.value), start = 0;
    int fields;
    if (!format_is_plain(format, values, &fields) || len > INT16_MAX) {
        return;
    }
    AstSeq *parts = ast_seq_new(&c->arena, (int)len + 1);
    if (parts == NULL) {
        compile_no_memory(c);
        return;
    }
    parts->n = fields = 0;
    for (size_t i = 0; i < len; i++) {
        if (str_get(format, i) != '%') {
            continue;
        }
        uint32_t kind = str_get(format, i + 1);
        if (!add_literal(c, left, start, i + (kind == '%'), parts) ||
            (kind != '%' && !add_formatted(c, ast_seq_expr(values, fields++), kind, parts))) {
            return;
        }
        start = ++i + 1;
    }
    if (add_literal(c, left, start, len, parts)) {
        e->kind = AST_JoinedStr;
        e->JoinedStr.values = parts;
    }
}

static void fold_binary(Compiler *c, Expr *e)
{
    if (e->BinOp.op == AST_Mod && expr_is_constant(e->BinOp.left) &&
        value_is_str_exact(e->BinOp.left->Constant.value) && e->BinOp.right->kind == AST_Tuple) {
        fold_format(c, e);
        return;
    }
    if (!expr_is_constant(e->BinOp.left) || !expr_is_constant(e->BinOp.right)) {
        return;
    }
    Value a = e->BinOp.left->Constant.value, b = e->BinOp.right->Constant.value;
    bool ok = true;
    switch (e->BinOp.op) {
    case AST_Mult: ok = multiply_is_small(a, b); break;
    case AST_Pow: ok = power_is_small(a, b); break;
    case AST_LShift: ok = shift_is_small(a, b); break;
    case AST_Mod: ok = !value_is_str(a) && !value_is_bytes(a); break;
    case AST_MatMult: ok = false; break;
    default: break;
    }
    if (ok) {
        become_constant(c, e, number_binary(c->t, binary_ops[e->BinOp.op], a, b));
    }
}

static void fold_not(Compiler *c, Expr *e)
{
    Expr *operand = e->UnaryOp.operand;
    if (expr_is_constant(operand)) {
        int truth = object_truth(c->t, operand->Constant.value);
        become_constant(c, e, truth < 0 ? 0 : bool_value(!truth));
    }
}

static void fold_unary(Compiler *c, Expr *e)
{
    if (e->UnaryOp.op == AST_Not) {
        fold_not(c, e);
        return;
    }
    if (!expr_is_constant(e->UnaryOp.operand)) {
        return;
    }
    Value v = e->UnaryOp.operand->Constant.value;
    Value result = e->UnaryOp.op == AST_USub ? number_neg(c->t, v)
                   : e->UnaryOp.op == AST_UAdd ? number_pos(c->t, v) : number_invert(c->t, v);
    become_constant(c, e, result);
}

static bool all_constant(const AstSeq *elts)
{
    for (int i = 0; i < elts->n; i++) {
        if (!expr_is_constant(elts->items[i])) {
            return false;
        }
    }
    return true;
}

Value fold_tuple_of(Compiler *c, const AstSeq *elts)
{
    if (!all_constant(elts)) {
        return 0;
    }
    Value tuple = tuple_new(c->t, (size_t)elts->n);
    if (tuple == 0) {
        compile_failed(c);
        return 0;
    }
    for (int i = 0; i < elts->n; i++) {
        gc_store(value_tuple(tuple), &value_tuple(tuple)->items[i],
                 ast_seq_expr(elts, i)->Constant.value);
    }
    return tuple;
}

static void fold_subscript(Compiler *c, Expr *e)
{
    Expr *value = e->Subscript.value, *slice = e->Subscript.slice;
    if (e->Subscript.ctx == AST_Load && expr_is_constant(value) && expr_is_constant(slice)) {
        become_constant(c, e, object_getitem(c->t, value->Constant.value, slice->Constant.value));
    }
}

/* A list or set display of constants that is only looked into: tuple or frozenset. */
static void fold_container(Compiler *c, Expr *e)
{
    if (e->kind == AST_List || e->kind == AST_Set) {
        Value tuple = fold_tuple_of(c, e->kind == AST_List ? e->List.elts : e->Set.elts);
        if (tuple != 0) {
            become_constant(c, e, e->kind == AST_Set ? frozenset_new(c->t, tuple) : tuple);
        }
    }
}

static void fold_iterable(Compiler *c, Expr *e)
{
    if (e->kind != AST_List || all_constant(e->List.elts)) {
        fold_container(c, e);
        return;
    }
    for (int i = 0; i < e->List.elts->n; i++) {
        if (ast_seq_expr(e->List.elts, i)->kind == AST_Starred) {
            return;
        }
    }
    AstSeq *elts = e->List.elts;
    e->kind = AST_Tuple;
    e->Tuple.elts = elts;
    e->Tuple.ctx = AST_Load;
}

static void fold_compare(Compiler *c, Expr *e)
{
    int last = e->Compare.ops->n - 1;
    AstKind op = ast_seq_kind(e->Compare.ops, last);
    if (op == AST_In || op == AST_NotIn) {
        fold_container(c, ast_seq_expr(e->Compare.comparators, last));
    }
}

static void fold_expr(Compiler *c, Expr *e)
{
    switch (e->kind) {
    case AST_BinOp: fold_binary(c, e); break;
    case AST_UnaryOp: fold_unary(c, e); break;
    case AST_Tuple:
        if (e->Tuple.ctx == AST_Load && all_constant(e->Tuple.elts)) {
            become_constant(c, e, fold_tuple_of(c, e->Tuple.elts));
        }
        break;
    case AST_Subscript: fold_subscript(c, e); break;
    case AST_Compare: fold_compare(c, e); break;
    case AST_Name:
        if (e->Name.ctx == AST_Load && e->Name.id == N(__debug__)) {
            become_constant(c, e, bool_value(c->optimize == 0));
        }
        break;
    default: break;
    }
}

/* ---- the walk, driven by the tables of ast.c ---- */

static bool skips_annotation(Compiler *c, AstKind kind, const char *field)
{
    if (!(c->future & CO_FUTURE_ANNOTATIONS)) {
        return false;
    }
    return ((kind == AST_arg || kind == AST_AnnAssign) && strcmp(field, "annotation") == 0) ||
           ((kind == AST_FunctionDef || kind == AST_AsyncFunctionDef) &&
            strcmp(field, "returns") == 0);
}

/* An expression statement that heads a body must not become a docstring by folding. */
static bool is_false_docstring(const AstField *field, AstKind kind, const Stmt *first)
{
    bool body =
        strcmp(field->name, "body") == 0 && (kind == AST_Module || kind == AST_FunctionDef ||
                                             kind == AST_AsyncFunctionDef || kind == AST_ClassDef);
    return body && first->kind == AST_Expr && (first->Expr.value->kind == AST_BinOp ||
                                               first->Expr.value->kind == AST_Subscript);
}

static void fold_child(Compiler *c, void *child)
{
    if (child != NULL && !c->failed) {
        AstNode *node = child;
        fold_node(c, node, &ast_info[node->kind]);
    }
}

static bool type_has_nodes(AstType type)
{
    return type < AST_TYPES && type != AST_TYPE_expr_context && type != AST_TYPE_boolop &&
           type != AST_TYPE_operator && type != AST_TYPE_unaryop && type != AST_TYPE_cmpop &&
           type != AST_TYPE_type_ignore;
}

static void fold_fields(Compiler *c, char *node, const AstInfo *info)
{
    AstKind kind = ((AstNode *)node)->kind;
    for (int i = 0; i < info->nfields; i++) {
        const AstField *field = &info->fields[i];
        if (!type_has_nodes(field->type) || skips_annotation(c, kind, field->name)) {
            continue;
        }
        if (field->count != AST_SEQ) {
            fold_child(c, *(void **)(node + field->offset));
            continue;
        }
        AstSeq *seq = *(AstSeq **)(node + field->offset);
        for (int j = 0; j < seq->n; j++) {
            if (j == 0 && field->type == AST_TYPE_stmt &&
                is_false_docstring(field, kind, seq->items[0])) {
                continue;
            }
            fold_child(c, seq->items[j]);
        }
    }
}

static void fold_node(Compiler *c, void *node, const AstInfo *info)
{
    if (!visit_enter(c)) {
        return;
    }
    AstKind kind = ((AstNode *)node)->kind;
    fold_fields(c, node, info);
    if (!c->failed && info->type == AST_TYPE_expr) {
        fold_expr(c, node);
    } else if (!c->failed && kind == AST_For) {
        fold_iterable(c, ((Stmt *)node)->For.iter);
    } else if (!c->failed && kind == AST_comprehension) {
        fold_iterable(c, ((Comprehension *)node)->iter);
    }
    visit_leave(c);
}

bool fold_module(Compiler *c)
{
    fold_node(c, c->mod, &ast_info[c->mod->kind]);
    return !c->failed;
}
