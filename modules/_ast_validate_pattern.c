/* Checks of the patterns of trees that did not come from the parser. */
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/str.h"
#include "modules/_ast_internal.h"

static bool bad_pattern(Thread *t, const char *message)
{
    value_error(t, "%s", message);
    return false;
}

static bool is_real(const Expr *e)
{
    Type *type = e->kind == AST_Constant ? type_of(e->Constant.value) : NULL;
    return type == &int_type || type == &float_type;
}

static bool is_imaginary(const Expr *e)
{
    return e->kind == AST_Constant && type_of(e->Constant.value) == &complex_type;
}

/* -1, -1j: a number with a minus sign. */
static bool is_negative(const Expr *e, bool imaginary_ok)
{
    return e->kind == AST_UnaryOp && e->UnaryOp.op == AST_USub &&
           (is_real(e->UnaryOp.operand) || (imaginary_ok && is_imaginary(e->UnaryOp.operand)));
}

/* 1 + 2j, -1 - 2j */
static bool is_complex_sum(const Expr *e)
{
    return e->kind == AST_BinOp && (e->BinOp.op == AST_Add || e->BinOp.op == AST_Sub) &&
           (is_real(e->BinOp.left) || is_negative(e->BinOp.left, false)) &&
           is_imaginary(e->BinOp.right);
}

static bool check_match_value(Thread *t, const Expr *e)
{
    if (!ast_validate_expr(t, e, AST_Load)) {
        return false;
    }
    if (e->kind == AST_Constant) {
        Type *type = type_of(e->Constant.value);
        return type == &int_type || type == &float_type || type == &complex_type ||
               type == &str_type || type == &bytes_type ||
               bad_pattern(t, "unexpected constant inside of a literal pattern");
    }
    return e->kind == AST_Attribute || e->kind == AST_JoinedStr || is_negative(e, true) ||
           is_complex_sum(e) ||
           bad_pattern(t, "patterns may only match literals and attribute lookups");
}

static bool is_singleton(Value v)
{
    return is_none(v) || v == TRUE_VALUE || v == FALSE_VALUE;
}

static bool check_capture(Thread *t, Value name)
{
    return str_eq_cstr(name, "_") ? bad_pattern(t, "can't capture name '_' in patterns")
                                  : ast_validate_name(t, name);
}

static bool check_patterns(Thread *t, const AstSeq *seq, bool star_ok)
{
    for (int i = 0; i < seq->n; i++) {
        if (seq->items[i] == NULL) {
            return bad_pattern(t, "None disallowed in pattern list");
        }
        if (!ast_validate_pattern(t, seq->items[i], star_ok)) {
            return false;
        }
    }
    return true;
}

static bool check_mapping(Thread *t, const Pattern *p)
{
    const AstSeq *keys = p->MatchMapping.keys;
    if (keys->n != p->MatchMapping.patterns->n) {
        return bad_pattern(t, "MatchMapping doesn't have the same number of keys as patterns");
    }
    if (p->MatchMapping.rest != 0 && !check_capture(t, p->MatchMapping.rest)) {
        return false;
    }
    for (int i = 0; i < keys->n; i++) {
        const Expr *key = keys->items[i];
        if (key == NULL) {
            return bad_pattern(t, "None disallowed in expression list");
        }
        bool singleton = key->kind == AST_Constant && is_singleton(key->Constant.value);
        if (!singleton && !check_match_value(t, key)) {
            return false;
        }
    }
    return check_patterns(t, p->MatchMapping.patterns, false);
}

static bool check_class_pattern(Thread *t, const Pattern *p)
{
    const AstSeq *attrs = p->MatchClass.kwd_attrs;
    if (attrs->n != p->MatchClass.kwd_patterns->n) {
        return bad_pattern(
            t, "MatchClass doesn't have the same number of keyword attributes as patterns");
    }
    const Expr *cls = p->MatchClass.cls;
    if (!ast_validate_expr(t, cls, AST_Load)) {
        return false;
    }
    while (cls->kind == AST_Attribute) {
        cls = cls->Attribute.value;
    }
    if (cls->kind != AST_Name) {
        return bad_pattern(t, "MatchClass cls field can only contain Name or Attribute nodes.");
    }
    for (int i = 0; i < attrs->n; i++) {
        if (ast_seq_value(attrs, i) == 0) {
            return bad_pattern(t, "None disallowed in identifier list");
        }
        if (!ast_validate_name(t, ast_seq_value(attrs, i))) {
            return false;
        }
    }
    return check_patterns(t, p->MatchClass.patterns, false) &&
           check_patterns(t, p->MatchClass.kwd_patterns, false);
}

static bool check_as(Thread *t, const Pattern *p)
{
    if (p->MatchAs.name != 0 && !check_capture(t, p->MatchAs.name)) {
        return false;
    }
    if (p->MatchAs.pattern == NULL) {
        return true;
    }
    return p->MatchAs.name == 0
               ? bad_pattern(t, "MatchAs must specify a target name if a pattern is given")
               : ast_validate_pattern(t, p->MatchAs.pattern, false);
}

static bool check_pattern(Thread *t, const Pattern *p, bool star_ok)
{
    switch (p->kind) {
    case AST_MatchValue: return check_match_value(t, p->MatchValue.value);
    case AST_MatchSingleton:
        return is_singleton(p->MatchSingleton.value) ||
               bad_pattern(t, "MatchSingleton can only contain True, False and None");
    case AST_MatchSequence: return check_patterns(t, p->MatchSequence.patterns, true);
    case AST_MatchMapping: return check_mapping(t, p);
    case AST_MatchClass: return check_class_pattern(t, p);
    case AST_MatchStar:
        return !star_ok ? bad_pattern(t, "can't use MatchStar here")
                        : p->MatchStar.name == 0 || check_capture(t, p->MatchStar.name);
    case AST_MatchAs: return check_as(t, p);
    default: /* MatchOr */
        return p->MatchOr.patterns->n < 2 ? bad_pattern(t, "MatchOr requires at least 2 patterns")
                                          : check_patterns(t, p->MatchOr.patterns, false);
    }
}

bool ast_validate_pattern(Thread *t, const Pattern *p, bool star_ok)
{
    if (!ast_validate_positions(t, p) || !tree_recursion_enter(t, " during compilation")) {
        return false;
    }
    bool ok = check_pattern(t, p, star_ok);
    tree_recursion_leave(t);
    return ok;
}
