// An expression back to text: the normal form that `from __future__ import annotations` stores.
//
// Each construct has a binding strength (Level); text is put in parentheses when its place asks for
// a stronger one.
#include "core/syntax/syntax.h"

#include "core/object/float.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

#include <assert.h>

typedef enum Level {
    LEVEL_TUPLE,
    LEVEL_TEST,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_BITOR,
    LEVEL_BITXOR,
    LEVEL_BITAND,
    LEVEL_SHIFT,
    LEVEL_ARITH,
    LEVEL_TERM,
    LEVEL_FACTOR,
    LEVEL_POWER,
    LEVEL_AWAIT,
    LEVEL_ATOM
} Level;

typedef struct OperatorText {
    const char *text;
    Level level;
} OperatorText;

static const OperatorText operator_texts[AST_KINDS] = {
    [AST_Add] = {" + ", LEVEL_ARITH},       [AST_Sub] = {" - ", LEVEL_ARITH},
    [AST_Mult] = {" * ", LEVEL_TERM},       [AST_MatMult] = {" @ ", LEVEL_TERM},
    [AST_Div] = {" / ", LEVEL_TERM},        [AST_Mod] = {" % ", LEVEL_TERM},
    [AST_FloorDiv] = {" // ", LEVEL_TERM},  [AST_Pow] = {" ** ", LEVEL_POWER},
    [AST_LShift] = {" << ", LEVEL_SHIFT},   [AST_RShift] = {" >> ", LEVEL_SHIFT},
    [AST_BitOr] = {" | ", LEVEL_BITOR},     [AST_BitXor] = {" ^ ", LEVEL_BITXOR},
    [AST_BitAnd] = {" & ", LEVEL_BITAND},   [AST_And] = {" and ", LEVEL_AND},
    [AST_Or] = {" or ", LEVEL_OR},          [AST_Not] = {"not ", LEVEL_NOT},
    [AST_Invert] = {"~", LEVEL_FACTOR},     [AST_UAdd] = {"+", LEVEL_FACTOR},
    [AST_USub] = {"-", LEVEL_FACTOR},       [AST_Eq] = {" == ", LEVEL_COMPARE},
    [AST_NotEq] = {" != ", LEVEL_COMPARE},  [AST_Lt] = {" < ", LEVEL_COMPARE},
    [AST_LtE] = {" <= ", LEVEL_COMPARE},    [AST_Gt] = {" > ", LEVEL_COMPARE},
    [AST_GtE] = {" >= ", LEVEL_COMPARE},    [AST_Is] = {" is ", LEVEL_COMPARE},
    [AST_IsNot] = {" is not ", LEVEL_COMPARE}, [AST_In] = {" in ", LEVEL_COMPARE},
    [AST_NotIn] = {" not in ", LEVEL_COMPARE},
};

static bool unparse_expr(StrBuilder *b, const Expr *e, Level level);
static bool unparse_fstring(StrBuilder *b, const Expr *e, bool in_spec);

static bool open_paren(StrBuilder *b, bool needed)
{
    return !needed || sb_char(b, '(');
}

static bool close_paren(StrBuilder *b, bool needed)
{
    return !needed || sb_char(b, ')');
}

// The expressions of a list with ", " between them.
static bool unparse_list(StrBuilder *b, const AstSeq *seq, Level level)
{
    for (int i = 0; i < seq->n; i++) {
        if ((i > 0 && !sb_cstr(b, ", ")) || !unparse_expr(b, seq->items[i], level)) {
            return false;
        }
    }
    return true;
}

// ---- constants ----

static bool unparse_constant(StrBuilder *b, Value v);

static bool unparse_tuple_constant(StrBuilder *b, Value v)
{
    size_t n = tuple_len(v);
    sb_char(b, '(');
    for (size_t i = 0; i < n; i++) {
        if ((i > 0 && !sb_cstr(b, ", ")) || !unparse_constant(b, tuple_get(v, i))) {
            return false;
        }
    }
    return sb_cstr(b, n == 1 ? ",)" : ")");
}

// repr(), but an infinite number becomes a literal that overflows to it.
static bool unparse_constant(StrBuilder *b, Value v)
{
    if (v == ELLIPSIS) {
        return sb_cstr(b, "...");
    }
    if (value_is_tuple_exact(v)) {
        return unparse_tuple_constant(b, v);
    }
    Value text = object_repr(b->t, v);
    if (text == 0) {
        return false;
    }
    if (!value_is_float(v) && !value_isa(v, &complex_type)) {
        return sb_str(b, text);
    }
    Value inf = str_from_cstr(b->t, "inf");
    size_t at = 0, len = str_len(text);
    while (inf != 0) {
        ssize_t found = str_find(text, inf, at, len);
        if (found < 0) {
            return sb_sub(b, text, at, len);
        }
        if (!sb_sub(b, text, at, (size_t)found) || !sb_cstr(b, "1e309")) {
            return false;
        }
        at = (size_t)found + 3;
    }
    return false;
}

// ---- operators ----

static bool unparse_boolop(StrBuilder *b, const Expr *e, Level level)
{
    OperatorText op = operator_texts[e->BoolOp.op];
    bool paren = level > op.level;
    open_paren(b, paren);
    for (int i = 0; i < e->BoolOp.values->n; i++) {
        if ((i > 0 && !sb_cstr(b, op.text)) ||
            !unparse_expr(b, e->BoolOp.values->items[i], op.level + 1)) {
            return false;
        }
    }
    return close_paren(b, paren);
}

static bool unparse_binop(StrBuilder *b, const Expr *e, Level level)
{
    OperatorText op = operator_texts[e->BinOp.op];
    bool paren = level > op.level, to_right = e->BinOp.op == AST_Pow;
    return open_paren(b, paren) && unparse_expr(b, e->BinOp.left, op.level + to_right) &&
           sb_cstr(b, op.text) && unparse_expr(b, e->BinOp.right, op.level + !to_right) &&
           close_paren(b, paren);
}

static bool unparse_unaryop(StrBuilder *b, const Expr *e, Level level)
{
    OperatorText op = operator_texts[e->UnaryOp.op];
    bool paren = level > op.level;
    return open_paren(b, paren) && sb_cstr(b, op.text) &&
           unparse_expr(b, e->UnaryOp.operand, op.level) && close_paren(b, paren);
}

static bool unparse_compare(StrBuilder *b, const Expr *e, Level level)
{
    bool paren = level > LEVEL_COMPARE;
    if (!open_paren(b, paren) || !unparse_expr(b, e->Compare.left, LEVEL_COMPARE + 1)) {
        return false;
    }
    for (int i = 0; i < e->Compare.ops->n; i++) {
        if (!sb_cstr(b, operator_texts[ast_seq_kind(e->Compare.ops, i)].text) ||
            !unparse_expr(b, e->Compare.comparators->items[i], LEVEL_COMPARE + 1)) {
            return false;
        }
    }
    return close_paren(b, paren);
}

static bool unparse_ifexp(StrBuilder *b, const Expr *e, Level level)
{
    bool paren = level > LEVEL_TEST;
    return open_paren(b, paren) && unparse_expr(b, e->IfExp.body, LEVEL_TEST + 1) &&
           sb_cstr(b, " if ") && unparse_expr(b, e->IfExp.test, LEVEL_TEST + 1) &&
           sb_cstr(b, " else ") && unparse_expr(b, e->IfExp.orelse, LEVEL_TEST) &&
           close_paren(b, paren);
}

// ---- lambda ----

static bool unparse_arg(StrBuilder *b, const Arg *arg)
{
    return sb_str(b, arg->arg) &&
           (arg->annotation == NULL ||
            (sb_cstr(b, ": ") && unparse_expr(b, arg->annotation, LEVEL_TEST)));
}

// One parameter with its default; a comma first unless it is the first of all.
static bool unparse_param(StrBuilder *b, bool *first, const char *stars, const Arg *arg,
                          const Expr *dflt)
{
    if (!*first && !sb_cstr(b, ", ")) {
        return false;
    }
    *first = false;
    return sb_cstr(b, stars) && (arg == NULL || unparse_arg(b, arg)) &&
           (dflt == NULL || (sb_char(b, '=') && unparse_expr(b, dflt, LEVEL_TEST)));
}

static bool unparse_params(StrBuilder *b, const Arguments *a)
{
    bool first = true;
    int n_posonly = a->posonlyargs->n, n = n_posonly + a->args->n;
    for (int i = 0; i < n; i++) {
        int d = i - (n - a->defaults->n);
        const Arg *arg = i < n_posonly ? a->posonlyargs->items[i] : a->args->items[i - n_posonly];
        if (!unparse_param(b, &first, "", arg, d >= 0 ? a->defaults->items[d] : NULL) ||
            (i + 1 == n_posonly && !sb_cstr(b, ", /"))) {
            return false;
        }
    }
    if ((a->vararg != NULL || a->kwonlyargs->n > 0) &&
        !unparse_param(b, &first, "*", a->vararg, NULL)) {
        return false;
    }
    for (int i = 0; i < a->kwonlyargs->n; i++) {
        if (!unparse_param(b, &first, "", a->kwonlyargs->items[i], a->kw_defaults->items[i])) {
            return false;
        }
    }
    return a->kwarg == NULL || unparse_param(b, &first, "**", a->kwarg, NULL);
}

static bool unparse_lambda(StrBuilder *b, const Expr *e, Level level)
{
    bool paren = level > LEVEL_TEST;
    const Arguments *a = e->Lambda.args;
    bool positional = a->posonlyargs->n + a->args->n > 0;
    return open_paren(b, paren) && sb_cstr(b, positional ? "lambda " : "lambda") &&
           unparse_params(b, a) && sb_cstr(b, ": ") &&
           unparse_expr(b, e->Lambda.body, LEVEL_TEST) && close_paren(b, paren);
}

// ---- displays and comprehensions ----

static bool unparse_tuple(StrBuilder *b, const AstSeq *elts, Level level)
{
    if (elts->n == 0) {
        return sb_cstr(b, "()");
    }
    bool paren = level > LEVEL_TUPLE;
    return open_paren(b, paren) && unparse_list(b, elts, LEVEL_TEST) &&
           (elts->n > 1 || sb_char(b, ',')) && close_paren(b, paren);
}

static bool unparse_dict(StrBuilder *b, const Expr *e)
{
    sb_char(b, '{');
    for (int i = 0; i < e->Dict.values->n; i++) {
        const Expr *key = e->Dict.keys->items[i], *value = e->Dict.values->items[i];
        if (i > 0 && !sb_cstr(b, ", ")) {
            return false;
        }
        if (key == NULL ? !sb_cstr(b, "**") || !unparse_expr(b, value, LEVEL_BITOR)
                        : !unparse_expr(b, key, LEVEL_TEST) || !sb_cstr(b, ": ") ||
                              !unparse_expr(b, value, LEVEL_TEST)) {
            return false;
        }
    }
    return sb_char(b, '}');
}

static bool unparse_generators(StrBuilder *b, const AstSeq *generators)
{
    for (int i = 0; i < generators->n; i++) {
        const Comprehension *g = generators->items[i];
        if (!sb_cstr(b, g->is_async ? " async for " : " for ") ||
            !unparse_expr(b, g->target, LEVEL_TUPLE) || !sb_cstr(b, " in ") ||
            !unparse_expr(b, g->iter, LEVEL_TEST + 1)) {
            return false;
        }
        for (int j = 0; j < g->ifs->n; j++) {
            if (!sb_cstr(b, " if ") || !unparse_expr(b, g->ifs->items[j], LEVEL_TEST + 1)) {
                return false;
            }
        }
    }
    return true;
}

static bool unparse_comprehension(StrBuilder *b, char open, const Expr *elt, const Expr *value,
                                  const AstSeq *generators, char close)
{
    return sb_char(b, (uint32_t)open) && unparse_expr(b, elt, LEVEL_TEST) &&
           (value == NULL || (sb_cstr(b, ": ") && unparse_expr(b, value, LEVEL_TEST))) &&
           unparse_generators(b, generators) && sb_char(b, (uint32_t)close);
}

// ---- calls, attributes, subscripts ----

static bool unparse_call(StrBuilder *b, const Expr *e)
{
    const AstSeq *args = e->Call.args, *keywords = e->Call.keywords;
    if (!unparse_expr(b, e->Call.func, LEVEL_ATOM)) {
        return false;
    }
    if (args->n == 1 && keywords->n == 0 && ast_seq_expr(args, 0)->kind == AST_GeneratorExp) {
        return unparse_expr(b, args->items[0], LEVEL_TEST); // its own parentheses
    }
    if (!sb_char(b, '(') || !unparse_list(b, args, LEVEL_TEST)) {
        return false;
    }
    for (int i = 0; i < keywords->n; i++) {
        const Keyword *k = keywords->items[i];
        if ((i + args->n > 0 && !sb_cstr(b, ", ")) ||
            !(k->arg == 0 ? sb_cstr(b, "**") : sb_str(b, k->arg) && sb_char(b, '=')) ||
            !unparse_expr(b, k->value, LEVEL_TEST)) {
            return false;
        }
    }
    return sb_char(b, ')');
}

static bool unparse_attribute(StrBuilder *b, const Expr *e)
{
    const Expr *value = e->Attribute.value;
    // not 1.real
    bool number = value->kind == AST_Constant && type_of(value->Constant.value) == &int_type;
    return unparse_expr(b, value, LEVEL_ATOM) && sb_cstr(b, number ? " ." : ".") &&
           sb_str(b, e->Attribute.attr);
}

static bool unparse_slice(StrBuilder *b, const Expr *e)
{
    return (e->Slice.lower == NULL || unparse_expr(b, e->Slice.lower, LEVEL_TEST)) &&
           sb_char(b, ':') &&
           (e->Slice.upper == NULL || unparse_expr(b, e->Slice.upper, LEVEL_TEST)) &&
           (e->Slice.step == NULL ||
            (sb_char(b, ':') && unparse_expr(b, e->Slice.step, LEVEL_TEST)));
}

// ---- f-strings ----

// Literal text with its braces doubled.
static bool unparse_literal(StrBuilder *b, Value text)
{
    for (size_t i = 0; i < str_len(text); i++) {
        uint32_t c = str_get(value_str(text), i);
        if (!sb_char(b, c) || ((c == '{' || c == '}') && !sb_char(b, c))) {
            return false;
        }
    }
    return true;
}

static bool unparse_fstring_part(StrBuilder *b, const Expr *e, bool in_spec);

static bool unparse_replacement(StrBuilder *b, const Expr *e)
{
    StrBuilder inner;
    sb_init(&inner, b->t);
    unparse_expr(&inner, e->FormattedValue.value, LEVEL_TEST + 1);
    Value text = sb_finish(&inner);
    if (text == 0) {
        b->failed = true;
        return false;
    }
    bool brace = str_len(text) > 0 && str_get(value_str(text), 0) == '{';
    if (!sb_cstr(b, brace ? "{ " : "{") || !sb_str(b, text)) {
        return false;
    }
    int conversion = e->FormattedValue.conversion;
    if (conversion > 0 && !(sb_char(b, '!') && sb_char(b, (uint32_t)conversion))) {
        return false;
    }
    if (e->FormattedValue.format_spec != NULL &&
        !(sb_char(b, ':') && unparse_fstring_part(b, e->FormattedValue.format_spec, true))) {
        return false;
    }
    return sb_char(b, '}');
}

static bool unparse_fstring_part(StrBuilder *b, const Expr *e, bool in_spec)
{
    switch (e->kind) {
    case AST_Constant:
        return value_is_str(e->Constant.value) ? unparse_literal(b, e->Constant.value)
                                               : unparse_constant(b, e->Constant.value);
    case AST_JoinedStr: return unparse_fstring(b, e, in_spec);
    case AST_FormattedValue: return unparse_replacement(b, e);
    default: return unparse_expr(b, e, LEVEL_TEST);
    }
}

// The whole literal; in a format specification only what is between its quotes.
static bool unparse_fstring(StrBuilder *b, const Expr *e, bool in_spec)
{
    StrBuilder inner;
    sb_init(&inner, b->t);
    for (int i = 0; i < e->JoinedStr.values->n; i++) {
        if (!unparse_fstring_part(&inner, e->JoinedStr.values->items[i], in_spec)) {
            break;
        }
    }
    Value text = sb_finish(&inner);
    Value shown = text == 0 || in_spec ? text : object_repr(b->t, text);
    if (shown == 0) {
        b->failed = true;
        return false;
    }
    return (in_spec || sb_char(b, 'f')) && sb_str(b, shown);
}

// ---- dispatch ----

// "keyword value" in parentheses when needed.
static bool unparse_yield(StrBuilder *b, const char *keyword, const Expr *value)
{
    return sb_cstr(b, keyword) &&
           (value == NULL || (sb_char(b, ' ') && unparse_expr(b, value, LEVEL_TEST))) &&
           sb_char(b, ')');
}

static bool unparse_kind(StrBuilder *b, const Expr *e, Level level)
{
    bool paren;
    switch (e->kind) {
    case AST_BoolOp: return unparse_boolop(b, e, level);
    case AST_BinOp: return unparse_binop(b, e, level);
    case AST_UnaryOp: return unparse_unaryop(b, e, level);
    case AST_Compare: return unparse_compare(b, e, level);
    case AST_Lambda: return unparse_lambda(b, e, level);
    case AST_IfExp: return unparse_ifexp(b, e, level);
    case AST_NamedExpr:
        paren = level > LEVEL_TUPLE;
        return open_paren(b, paren) && unparse_expr(b, e->NamedExpr.target, LEVEL_ATOM) &&
               sb_cstr(b, " := ") && unparse_expr(b, e->NamedExpr.value, LEVEL_ATOM) &&
               close_paren(b, paren);
    case AST_Dict: return unparse_dict(b, e);
    case AST_Set:
        return sb_char(b, '{') && unparse_list(b, e->Set.elts, LEVEL_TEST) && sb_char(b, '}');
    case AST_List:
        return sb_char(b, '[') && unparse_list(b, e->List.elts, LEVEL_TEST) && sb_char(b, ']');
    case AST_Tuple: return unparse_tuple(b, e->Tuple.elts, level);
    case AST_ListComp:
        return unparse_comprehension(b, '[', e->ListComp.elt, NULL, e->ListComp.generators, ']');
    case AST_SetComp:
        return unparse_comprehension(b, '{', e->SetComp.elt, NULL, e->SetComp.generators, '}');
    case AST_DictComp:
        return unparse_comprehension(b, '{', e->DictComp.key, e->DictComp.value,
                                     e->DictComp.generators, '}');
    case AST_GeneratorExp:
        return unparse_comprehension(b, '(', e->GeneratorExp.elt, NULL, e->GeneratorExp.generators,
                                     ')');
    case AST_Await:
        paren = level > LEVEL_AWAIT;
        return open_paren(b, paren) && sb_cstr(b, "await ") &&
               unparse_expr(b, e->Await.value, LEVEL_ATOM) && close_paren(b, paren);
    case AST_Yield: return unparse_yield(b, "(yield", e->Yield.value);
    case AST_YieldFrom: return unparse_yield(b, "(yield from", e->YieldFrom.value);
    case AST_Call: return unparse_call(b, e);
    case AST_FormattedValue: return unparse_replacement(b, e);
    case AST_JoinedStr: return unparse_fstring(b, e, false);
    case AST_Constant:
        return (e->Constant.kind == 0 || sb_str(b, e->Constant.kind)) &&
               unparse_constant(b, e->Constant.value);
    case AST_Attribute: return unparse_attribute(b, e);
    case AST_Subscript:
        return unparse_expr(b, e->Subscript.value, LEVEL_ATOM) && sb_char(b, '[') &&
               unparse_expr(b, e->Subscript.slice, LEVEL_TUPLE) && sb_char(b, ']');
    case AST_Starred: return sb_char(b, '*') && unparse_expr(b, e->Starred.value, LEVEL_BITOR);
    case AST_Name: return sb_str(b, e->Name.id);
    case AST_Slice: return unparse_slice(b, e);
    default: system_error(b->t, "unknown expression kind"); return false;
    }
}

static bool unparse_expr(StrBuilder *b, const Expr *e, Level level)
{
    if (b->failed || !tree_recursion_enter(b->t, " during compilation")) {
        b->failed = true;
        return false;
    }
    bool ok = unparse_kind(b, e, level);
    tree_recursion_leave(b->t);
    b->failed |= !ok;
    return ok;
}

Value ast_unparse(Thread *thread, Expr *expr)
{
    StrBuilder b;
    sb_init(&b, thread);
    unparse_expr(&b, expr, LEVEL_TEST);
    return sb_finish(&b);
}
