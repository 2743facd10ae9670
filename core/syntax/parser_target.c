// Targets of assignments, loops, with items and del: a primary or display turned into a target.
#include "core/syntax/parser.h"

bool target_allowed(const Expr *expr, bool del)
{
    const AstSeq *parts;
    switch (expr->kind) {
    case AST_Name:
    case AST_Attribute:
    case AST_Subscript:
        return true;
    case AST_Starred:
        return !del && expr->Starred.value->kind != AST_Starred &&
               target_allowed(expr->Starred.value, del);
    case AST_List:
        parts = expr->List.elts;
        break;
    case AST_Tuple:
        parts = expr->Tuple.elts;
        break;
    default:
        return false;
    }
    for (int i = 0; i < parts->n; i++) {
        if (!target_allowed(parts->items[i], del)) {
            return false;
        }
    }
    return true;
}

static void set_context(Expr *expr, AstKind context)
{
    const AstSeq *parts = &ast_empty_seq;
    switch (expr->kind) {
    case AST_Name:
        expr->Name.ctx = context;
        break;
    case AST_Attribute:
        expr->Attribute.ctx = context;
        break;
    case AST_Subscript:
        expr->Subscript.ctx = context;
        break;
    case AST_Starred:
        expr->Starred.ctx = context;
        set_context(expr->Starred.value, context);
        break;
    case AST_List:
        expr->List.ctx = context;
        parts = expr->List.elts;
        break;
    default:
        assert(expr->kind == AST_Tuple);
        expr->Tuple.ctx = context;
        parts = expr->Tuple.elts;
        break;
    }
    for (int i = 0; i < parts->n; i++) {
        set_context(parts->items[i], context);
    }
}

bool target_set(Expr *expr, AstKind context)
{
    if (!target_allowed(expr, context == AST_Del)) {
        return false;
    }
    set_context(expr, context);
    return true;
}

// A primary that can be a target.  Shared by the rules below: the marks of an expression in the
// memos stay good, for only the context of the nodes is changed.
static Expr *parse_plain_target(Parser *p, AstKind context)
{
    int mark = p->mark;
    Expr *expr = parse_primary(p);
    if (expr == NULL || !target_set(expr, context)) {
        p->mark = mark;
        return NULL;
    }
    return expr;
}

Expr *parse_star_target(Parser *p)
{
    int mark = p->mark;
    Token *star = accept(p, TOK_STAR);
    if (star == NULL) {
        return parse_plain_target(p, AST_Store);
    }
    Expr *value = peek_type(p) != TOK_STAR ? parse_plain_target(p, AST_Store) : NULL;
    Expr *starred = value != NULL ? node_at(p, AST_Starred, star) : NULL;
    if (starred == NULL) {
        p->mark = mark;
        return NULL;
    }
    starred->Starred.value = value;
    starred->Starred.ctx = AST_Store;
    return starred;
}

Expr *parse_star_targets(Parser *p)
{
    return parse_tuple_of(p, parse_star_target, AST_Store);
}

Expr *parse_single_target(Parser *p)
{
    int mark = p->mark;
    Expr *expr = parse_primary(p);
    if (expr == NULL || (expr->kind != AST_Name && expr->kind != AST_Attribute &&
                         expr->kind != AST_Subscript)) {
        p->mark = mark;
        return NULL;
    }
    set_context(expr, AST_Store);
    return expr;
}

AstSeq *parse_del_targets(Parser *p)
{
    PtrList list;
    ptrs_init(&list);
    bool more = true;
    while (more) {
        Expr *target = parse_plain_target(p, AST_Del);
        more = target != NULL && ptrs_add(p, &list, target) && accept(p, TOK_COMMA) != NULL;
    }
    if (list.n == 0 || p->failed) {
        ptrs_free(&list);
        return NULL;
    }
    return ptrs_finish(p, &list);
}
