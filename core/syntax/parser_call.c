// The arguments of calls and class statements.
#include "core/syntax/parser.h"

// A Call node without its function stands for a list of arguments.
typedef struct ArgLists {
    PtrList args, keywords;
} ArgLists;

static Keyword *keyword_new(Parser *p, Token *start, Value name, Expr *value)
{
    Keyword *keyword = node_at(p, AST_keyword, start);
    if (keyword != NULL) {
        keyword->arg = name;
        keyword->value = value;
    }
    return keyword;
}

// f(None=1), f(x=1 for x in y), f(a.b=1)
static void invalid_kwarg(Parser *p)
{
    int start = p->mark;
    Token *first = peek(p);
    if (first->type == TOK_TRUE || first->type == TOK_FALSE || first->type == TOK_NONE) {
        p->mark++;
        Token *equal = accept(p, TOK_EQUAL);
        if (equal != NULL) {
            error_token(p, first, equal, "cannot assign to %s", token_texts[first->type]);
            return;
        }
        p->mark = start;
    }
    if (peek_second(p, TOK_NAME, TOK_EQUAL)) {
        p->mark += 2;
        Token *equal = p->tokens[p->mark - 1];
        if (parse_expression(p) != NULL && parse_for_if_clauses(p) != NULL) {
            error_token(p, first, equal,
                        "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
        }
        p->mark = start;
        return;
    }
    Expr *target = parse_expression(p);
    Token *equal = target != NULL ? accept(p, TOK_EQUAL) : NULL;
    if (equal != NULL) {
        error_node_token(p, target, equal,
                         "expression cannot contain assignment, perhaps you meant \"==\"?");
    }
    p->mark = start;
}

// NAME '=' expression, or `*` expression (star: TOK_STAR), or `**` expression (TOK_DOUBLESTAR).
static bool parse_kwarg(Parser *p, ArgLists *lists, int star)
{
    int mark = p->mark;
    if (p->second) {
        invalid_kwarg(p);
    }
    Token *start = peek(p);
    bool ok = false;
    if (p->failed) {
        return false;
    }
    if (peek_second(p, TOK_NAME, TOK_EQUAL)) {
        p->mark += 2;
        Expr *value = parse_expression(p);
        Value name = value != NULL ? token_name(p, start) : 0;
        Keyword *keyword = name != 0 ? keyword_new(p, start, name, value) : NULL;
        ok = keyword != NULL && ptrs_add(p, &lists->keywords, keyword);
    } else if (star == TOK_STAR && start->type == TOK_STAR) {
        Expr *starred = parse_starred_expression(p);
        ok = starred != NULL && ptrs_add(p, &lists->args, starred);
    } else if (star == TOK_DOUBLESTAR && accept(p, TOK_DOUBLESTAR) != NULL) {
        Expr *value = parse_expression(p);
        Keyword *keyword = value != NULL ? keyword_new(p, start, 0, value) : NULL;
        ok = keyword != NULL && ptrs_add(p, &lists->keywords, keyword);
    }
    if (!ok) {
        p->mark = mark;
    }
    return ok;
}

// One or more kwargs with commas between them; the mark is left behind the last one.
static bool parse_kwarg_list(Parser *p, ArgLists *lists, int star)
{
    if (!parse_kwarg(p, lists, star)) {
        return false;
    }
    for (;;) {
        int mark = p->mark;
        if (accept(p, TOK_COMMA) == NULL || !parse_kwarg(p, lists, star)) {
            p->mark = mark;
            return !p->failed;
        }
    }
}

// What the list with TOK_STAR has left: in the first pass, where nothing is memoized, only what
// that has not tried.
static bool parse_kwargs_rest(Parser *p, ArgLists *lists)
{
    return !p->failed && (p->second || peek_type(p) == TOK_DOUBLESTAR) &&
           parse_kwarg_list(p, lists, TOK_DOUBLESTAR);
}

static bool parse_kwargs(Parser *p, ArgLists *lists)
{
    if (!parse_kwarg_list(p, lists, TOK_STAR)) {
        return parse_kwargs_rest(p, lists);
    }
    int mark = p->mark;
    if (accept(p, TOK_COMMA) == NULL || !parse_kwargs_rest(p, lists)) {
        p->mark = mark;
    }
    return !p->failed;
}

// A positional argument: starred or an expression that no '=' follows.
static Expr *parse_positional(Parser *p)
{
    int type = peek_type(p);
    if (type == TOK_STAR) {
        return parse_starred_expression(p);
    }
    if (type == TOK_DOUBLESTAR || type == TOK_RPAR ||
        (!p->second && peek_second(p, TOK_NAME, TOK_EQUAL))) {
        return NULL;
    }
    int mark = p->mark;
    Expr *expr = parse_arg_expression(p);
    if (expr != NULL && peek_type(p) == TOK_EQUAL) {
        p->mark = mark;
        return NULL;
    }
    return p->failed ? NULL : expr;
}

// What follows when there is no positional argument.
static bool parse_kwargs_after(Parser *p, ArgLists *lists)
{
    bool tried = !p->second && peek_type(p) == TOK_STAR; /* by parse_positional */
    return !p->failed && !tried && parse_kwargs(p, lists);
}

static bool parse_arg_lists(Parser *p, ArgLists *lists)
{
    Expr *first = parse_positional(p);
    if (first == NULL) {
        return parse_kwargs_after(p, lists);
    }
    if (!ptrs_add(p, &lists->args, first)) {
        return false;
    }
    for (;;) {
        int mark = p->mark;
        if (accept(p, TOK_COMMA) == NULL) {
            return !p->failed;
        }
        Expr *next = parse_positional(p);
        if (next == NULL) {
            if (!parse_kwargs_after(p, lists)) {
                p->mark = mark;
            }
            return !p->failed;
        }
        if (!ptrs_add(p, &lists->args, next)) {
            return false;
        }
    }
}

Expr *parse_args(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    ArgLists lists;
    ptrs_init(&lists.args);
    ptrs_init(&lists.keywords);
    Token *start = peek(p);
    if (!parse_arg_lists(p, &lists)) {
        ptrs_free(&lists.args);
        ptrs_free(&lists.keywords);
        return NULL;
    }
    AstSeq *args = ptrs_finish(p, &lists.args);
    AstSeq *keywords = ptrs_finish(p, &lists.keywords);
    Expr *call = args != NULL && keywords != NULL ? node_at(p, AST_Call, start) : NULL;
    if (call != NULL) {
        call->Call.args = args;
        call->Call.keywords = keywords;
    }
    return call;
}

// Where the last clause of a comprehension ends: its last condition, or what it iterates over.
static Expr *last_item(const AstSeq *generators)
{
    Comprehension *last = generators->items[generators->n - 1];
    return last->ifs->n > 0 ? last->ifs->items[last->ifs->n - 1] : last->iter;
}

static const char generator_message[] = "Generator expression must be parenthesized";

// expression for_if_clauses ',' [args | expression for_if_clauses]
static void invalid_leading_generator(Parser *p)
{
    Expr *elt = parse_expression(p);
    AstSeq *generators = elt != NULL ? parse_for_if_clauses(p) : NULL;
    if (generators == NULL || accept(p, TOK_COMMA) == NULL) {
        return;
    }
    if (parse_args(p) == NULL && !p->failed) {
        if (parse_expression(p) != NULL) {
            parse_for_if_clauses(p);
        }
    }
    error_node(p, elt, last_item(generators), generator_message);
}

// args for_if_clauses
static void invalid_trailing_generator(Parser *p)
{
    Expr *args = parse_args(p);
    AstSeq *generators = args != NULL ? parse_for_if_clauses(p) : NULL;
    if (generators != NULL && args->Call.args->n > 1) {
        AstSeq *list = args->Call.args;
        error_node(p, list->items[list->n - 1], last_item(generators), generator_message);
    }
}

// args ',' ('*' | expression for_if_clauses | args), tried at different times.
static void invalid_after_args(Parser *p, int step)
{
    Expr *args = parse_args(p);
    if (args == NULL || accept(p, TOK_COMMA) == NULL) {
        return;
    }
    if (step == 0) {
        if (accept(p, TOK_STAR) != NULL) {
            error_node(p, args, args,
                       "iterable argument unpacking follows keyword argument unpacking");
        }
    } else if (step == 1) {
        Expr *elt = parse_expression(p);
        AstSeq *generators = elt != NULL ? parse_for_if_clauses(p) : NULL;
        if (generators != NULL) {
            error_node(p, elt, last_item(generators), generator_message);
        }
    } else if (parse_args(p) != NULL) {
        bool unpacking = false;
        for (int i = 0; i < args->Call.keywords->n; i++) {
            Keyword *keyword = args->Call.keywords->items[i];
            unpacking |= keyword->arg == 0;
        }
        error_here(p, HOST_SYNTAX_ERROR,
                   unpacking ? "positional argument follows keyword argument unpacking"
                             : "positional argument follows keyword argument");
    }
}

// NAME '=' expression for_if_clauses
static void invalid_keyword_generator(Parser *p)
{
    if (!peek_second(p, TOK_NAME, TOK_EQUAL)) {
        return;
    }
    Token *name = peek(p);
    p->mark += 2;
    Token *equal = p->tokens[p->mark - 1];
    if (parse_expression(p) != NULL && parse_for_if_clauses(p) != NULL) {
        error_token(p, name, equal, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
}

static void invalid_arguments(Parser *p, int start)
{
    for (int step = 0; step < 6 && !p->failed; step++) {
        p->mark = start;
        switch (step) {
        case 0:
            invalid_after_args(p, 0);
            break;
        case 1:
            invalid_leading_generator(p);
            break;
        case 2:
            invalid_keyword_generator(p);
            break;
        case 3:
            invalid_trailing_generator(p);
            break;
        case 4:
            invalid_after_args(p, 1);
            break;
        default:
            invalid_after_args(p, 2);
            break;
        }
    }
    p->mark = start;
}

Expr *parse_call_arguments(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_ARGUMENTS, &memo)) {
        return memo;
    }
    Expr *args = parse_args(p);
    if (args != NULL) {
        accept(p, TOK_COMMA);
        if (peek_type(p) != TOK_RPAR) {
            args = NULL;
            p->mark = start;
        }
    }
    if (args == NULL && p->second && !p->failed) {
        invalid_arguments(p, start);
    }
    return memo_store(p, RULE_ARGUMENTS, start, p->failed ? NULL : args);
}
