// Expressions from the lists down to the binary operators; operators by precedence climbing.
#include "core/syntax/parser.h"

#include <assert.h>

// ---- lists of expressions ----

Expr *parse_tuple_of(Parser *p, ElementFn element, AstKind ctx)
{
    if (p->failed) {
        return NULL;
    }
    Token *start = peek(p);
    Expr *first = element(p);
    if (first == NULL || peek_type(p) != TOK_COMMA) {
        return p->failed ? NULL : first;
    }
    PtrList list;
    ptrs_init(&list);
    bool more = ptrs_add(p, &list, first);
    while (more && accept(p, TOK_COMMA) != NULL) {
        Expr *next = element(p);
        more = next != NULL && ptrs_add(p, &list, next);
    }
    AstSeq *elts = ptrs_finish(p, &list);
    Expr *tuple = node_at(p, AST_Tuple, start);
    if (tuple != NULL) {
        tuple->Tuple.elts = elts;
        tuple->Tuple.ctx = ctx;
    }
    return tuple;
}

Expr *parse_expressions(Parser *p)
{
    return parse_tuple_of(p, parse_expression, AST_Load);
}

Expr *parse_star_expressions(Parser *p)
{
    return parse_tuple_of(p, parse_star_expression, AST_Load);
}

// '*' operand, with the star not yet read.
static Expr *parse_starred(Parser *p, ElementFn operand)
{
    int mark = p->mark;
    Token *star = accept(p, TOK_STAR);
    Expr *value = star != NULL ? operand(p) : NULL;
    if (value == NULL) {
        p->mark = mark;
        return NULL;
    }
    Expr *starred = node_at(p, AST_Starred, star);
    if (starred != NULL) {
        starred->Starred.value = value;
        starred->Starred.ctx = AST_Load;
    }
    return starred;
}

Expr *parse_starred_expression(Parser *p)
{
    return parse_starred(p, parse_expression);
}

Expr *parse_star_expression(Parser *p)
{
    return peek_type(p) == TOK_STAR ? parse_starred(p, parse_bitwise_or) : parse_expression(p);
}

Expr *parse_star_named_expression(Parser *p)
{
    return peek_type(p) == TOK_STAR ? parse_starred(p, parse_bitwise_or)
                                    : parse_named_expression(p);
}

AstSeq *parse_star_named_expressions(Parser *p)
{
    Expr *first = parse_star_named_expression(p);
    if (first == NULL) {
        return NULL;
    }
    PtrList list;
    ptrs_init(&list);
    bool more = ptrs_add(p, &list, first);
    while (more && accept(p, TOK_COMMA) != NULL) {
        Expr *next = parse_star_named_expression(p);
        more = next != NULL && ptrs_add(p, &list, next);
    }
    AstSeq *seq = ptrs_finish(p, &list);
    return p->failed ? NULL : seq;
}

// ---- named expressions ----

Expr *parse_assignment_expression(Parser *p)
{
    if (!peek_second(p, TOK_NAME, TOK_COLONEQUAL)) {
        return NULL;
    }
    int mark = p->mark;
    Token *start = peek(p);
    Expr *target = parse_name(p);
    accept(p, TOK_COLONEQUAL);
    Expr *value = target != NULL ? parse_expression(p) : NULL;
    if (value == NULL || !version_check(p, 8, "Assignment expressions are")) {
        p->mark = mark;
        return NULL;
    }
    target->Name.ctx = AST_Store;
    Expr *named = node_at(p, AST_NamedExpr, start);
    if (named != NULL) {
        named->NamedExpr.target = target;
        named->NamedExpr.value = value;
    }
    return named;
}

// Is the next token '=' or ':='?
static bool assigns_next(Parser *p)
{
    return peek_type(p) == TOK_EQUAL || peek_type(p) == TOK_COLONEQUAL;
}

// bitwise_or '=' bitwise_or that no further '=' follows, where an expression is wanted.
static void invalid_equal(Parser *p, int start)
{
    Token *first = peek(p);
    if (first->type == TOK_NAME) {
        Expr *name = parse_name(p);
        if (name != NULL && accept(p, TOK_EQUAL) != NULL) {
            Expr *value = parse_bitwise_or(p);
            if (value != NULL && !assigns_next(p)) {
                error_node(p, name, value,
                           "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
                return;
            }
        }
        p->mark = start;
    }
    if (p->failed || first->type == TOK_TRUE || first->type == TOK_NONE ||
        first->type == TOK_FALSE) {
        return;
    }
    // A display or generator expression is no comparison's left side: !(list | tuple | genexp).
    if (first->type == TOK_LPAR || first->type == TOK_LSQB) {
        Expr *display = parse_atom(p);
        p->mark = start;
        if (p->failed || (display != NULL && display->col_offset == first->col &&
                          display->lineno == first->lineno &&
                          (display->kind == AST_List || display->kind == AST_Tuple ||
                           display->kind == AST_GeneratorExp))) {
            return;
        }
    }
    Expr *left = parse_bitwise_or(p);
    if (left != NULL && accept(p, TOK_EQUAL) != NULL && parse_bitwise_or(p) != NULL &&
        !assigns_next(p)) {
        error_node(p, left, left,
                   "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                   expr_kind_name(left));
    }
}

static void invalid_named_expression(Parser *p)
{
    void *memo;
    int start = p->mark;
    if (memo_find(p, RULE_INVALID_NAMED, &memo)) {
        return;
    }
    Expr *target = parse_expression(p);
    if (target != NULL && accept(p, TOK_COLONEQUAL) != NULL && parse_expression(p) != NULL) {
        error_node(p, target, target, "cannot use assignment expressions with %s",
                   expr_kind_name(target));
    }
    p->mark = start;
    if (!p->failed) {
        invalid_equal(p, start);
        p->mark = start;
    }
    memo_store(p, RULE_INVALID_NAMED, start, NULL);
}

static Expr *expression_without_walrus(Parser *p)
{
    int mark = p->mark;
    Expr *expr = parse_expression(p);
    if (expr != NULL && peek_type(p) == TOK_COLONEQUAL) {
        p->mark = mark;
        return NULL;
    }
    return p->failed ? NULL : expr;
}

Expr *parse_named_expression(Parser *p)
{
    if (!p->second) {
        return peek_second(p, TOK_NAME, TOK_COLONEQUAL) ? parse_assignment_expression(p)
                                                        : expression_without_walrus(p);
    }
    Expr *named = parse_assignment_expression(p);
    if (named != NULL || p->failed) {
        return named;
    }
    invalid_named_expression(p);
    return expression_without_walrus(p);
}

Expr *parse_arg_expression(Parser *p)
{
    Expr *named = parse_assignment_expression(p);
    return named != NULL || p->failed ? named : expression_without_walrus(p);
}

// ---- expression ----

// disjunction 'if' disjunction 'else' expression | disjunction | lambda
static Expr *parse_conditional(Parser *p)
{
    if (peek_type(p) == TOK_LAMBDA) {
        return parse_lambda(p);
    }
    Token *start = peek(p);
    Expr *body = parse_disjunction(p);
    int mark = p->mark;
    if (body == NULL || accept(p, TOK_IF) == NULL) {
        return p->failed ? NULL : body;
    }
    Expr *test = parse_disjunction(p);
    Expr *orelse = test != NULL && accept(p, TOK_ELSE) != NULL ? parse_expression(p) : NULL;
    if (orelse == NULL) {
        p->mark = mark;
        return p->failed ? NULL : body;
    }
    Expr *choice = node_at(p, AST_IfExp, start);
    if (choice != NULL) {
        choice->IfExp.test = test;
        choice->IfExp.body = body;
        choice->IfExp.orelse = orelse;
    }
    return choice;
}

static bool is_legacy_statement(const Expr *expr, const Token *token)
{
    return expr->kind == AST_Name && (name_is(token, "print") || name_is(token, "exec"));
}

// Is the token a soft keyword, or the start of one?  The reference compares over the token's length
// only.
static bool is_soft_keyword(const Token *token)
{
    static const char *const words[] = {"_", "case", "match"};
    for (size_t i = 0; token->type == TOK_NAME && i < ARRAY_SIZE(words); i++) {
        if (strncmp(words[i], token->start, (size_t)token->size) == 0) {
            return true;
        }
    }
    return false;
}

// Two expressions side by side within brackets.
static void invalid_missing_comma(Parser *p, int start)
{
    Token *first = peek(p);
    if (peek_second(p, TOK_NAME, TOK_STRING) || is_soft_keyword(first)) {
        return;
    }
    Expr *left = parse_disjunction(p);
    if (left == NULL) {
        return;
    }
    bool was_second = p->second;
    p->second = false;
    Expr *right = parse_conditional(p);
    p->second = was_second;
    if (right == NULL || p->failed || is_legacy_statement(left, p->tokens[start]) ||
        p->tokens[p->mark - 1]->level == 0) {
        return;
    }
    error_node(p, left, right, "invalid syntax. Perhaps you forgot a comma?");
}

// A conditional expression without its 'else'.
static void invalid_missing_else(Parser *p)
{
    Expr *body = parse_disjunction(p);
    if (body == NULL || accept(p, TOK_IF) == NULL) {
        return;
    }
    Expr *test = parse_disjunction(p);
    if (test != NULL && peek_type(p) != TOK_ELSE && peek_type(p) != TOK_COLON) {
        error_node(p, body, test, "expected 'else' after 'if' expression");
    }
}

// print and exec as statements.
static void invalid_legacy(Parser *p)
{
    Token *first = peek(p);
    if (first->type != TOK_NAME) {
        return;
    }
    Expr *name = parse_name(p);
    if (name == NULL || peek_type(p) == TOK_LPAR) {
        return;
    }
    Expr *operand = parse_star_expressions(p);
    if (operand != NULL && is_legacy_statement(name, first)) {
        const char *word = first->start;
        error_node(p, name, operand,
                   "Missing parentheses in call to '%.*s'. Did you mean %.*s(...)?", first->size,
                   word, first->size, word);
    }
}

static Expr *parse_expression_second(Parser *p)
{
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_EXPRESSION, &memo)) {
        return memo;
    }
    if (p->second) {
        invalid_missing_comma(p, start);
        p->mark = start;
        if (!p->failed) {
            invalid_missing_else(p);
            p->mark = start;
        }
        if (!p->failed) {
            invalid_legacy(p);
            p->mark = start;
        }
    }
    Expr *expr = p->failed ? NULL : parse_conditional(p);
    return memo_store(p, RULE_EXPRESSION, start, expr);
}

Expr *parse_expression(Parser *p)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    Expr *expr = p->memoize ? parse_expression_second(p) : parse_conditional(p);
    parser_leave(p);
    return expr;
}

// ---- or, and, not ----

void *parse_operands(Parser *p, int operator, NodeFn operand, AstSeq **operands)
{
    *operands = NULL;
    void *first = operand(p);
    if (first == NULL || peek_type(p) != operator) {
        return p->failed ? NULL : first;
    }
    PtrList list;
    ptrs_init(&list);
    bool more = ptrs_add(p, &list, first);
    while (more) {
        int mark = p->mark;
        void *next = accept(p, operator) != NULL ? operand(p) : NULL;
        if (next == NULL) {
            p->mark = mark;
            break;
        }
        more = ptrs_add(p, &list, next);
    }
    if (list.n == 1 || p->failed) {
        ptrs_free(&list);
        return p->failed ? NULL : first;
    }
    *operands = ptrs_finish(p, &list);
    return first;
}

// operand (operator operand)* as one BoolOp.
static Expr *parse_bool_op(Parser *p, AstKind op, int token, NodeFn operand)
{
    Token *start = peek(p);
    AstSeq *values;
    Expr *first = parse_operands(p, token, operand, &values);
    if (values == NULL) {
        return first;
    }
    Expr *node = node_at(p, AST_BoolOp, start);
    if (node != NULL) {
        node->BoolOp.op = op;
        node->BoolOp.values = values;
    }
    return node;
}

static const struct {
    uint8_t token, kind;
} comparisons[] = {
    {TOK_EQEQUAL, AST_Eq}, {TOK_NOTEQUAL, AST_NotEq},    {TOK_LESS, AST_Lt},
    {TOK_LESSEQUAL, AST_LtE}, {TOK_GREATER, AST_Gt}, {TOK_GREATEREQUAL, AST_GtE},
    {TOK_IN, AST_In},      {TOK_IS, AST_Is},             {TOK_NOT, AST_NotIn},
};

// `!=` is the operator, unless the source says from __future__ import barry_as_FLUFL: then it is
// `<>`.
static bool check_not_equal(Parser *p, const Token *token)
{
    bool diamond = token->start[0] == '<';
    if (p->flags & PARSE_BARRY_AS_BDFL) {
        if (!diamond) {
            error_here(p, HOST_SYNTAX_ERROR, "with Barry as BDFL, use '<>' instead of '!='");
        }
        return diamond;
    }
    return !diamond;
}

// Reads a comparison operator; AST_NONE when there is none.
static AstKind parse_comparison_operator(Parser *p)
{
    int type = peek_type(p);
    AstKind kind = AST_NONE;
    for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
        if (comparisons[i].token == type) {
            kind = comparisons[i].kind;
        }
    }
    if (kind == AST_NONE) {
        return kind;
    }
    Token *token = accept(p, type);
    if (type == TOK_NOTEQUAL && !check_not_equal(p, token)) {
        return AST_NONE;
    }
    if (type == TOK_NOT && accept(p, TOK_IN) == NULL) {
        return AST_NONE;
    }
    if (type == TOK_IS && accept(p, TOK_NOT) != NULL) {
        return AST_IsNot;
    }
    return kind;
}

static Expr *parse_comparison(Parser *p)
{
    Token *start = peek(p);
    Expr *left = parse_bitwise_or(p);
    if (left == NULL) {
        return NULL;
    }
    PtrList ops, operands;
    ptrs_init(&ops);
    ptrs_init(&operands);
    for (;;) {
        int mark = p->mark;
        AstKind op = parse_comparison_operator(p);
        Expr *operand = op != AST_NONE ? parse_bitwise_or(p) : NULL;
        if (operand == NULL || !ptrs_add(p, &ops, (void *)(intptr_t)op) ||
            !ptrs_add(p, &operands, operand)) {
            p->mark = mark;
            break;
        }
    }
    if (ops.n == 0 || p->failed) {
        ptrs_free(&ops);
        ptrs_free(&operands);
        return p->failed ? NULL : left;
    }
    AstSeq *op_seq = ptrs_finish(p, &ops);
    AstSeq *operand_seq = ptrs_finish(p, &operands);
    Expr *node = node_at(p, AST_Compare, start);
    if (node != NULL) {
        node->Compare.left = left;
        node->Compare.ops = op_seq;
        node->Compare.comparators = operand_seq;
    }
    return node;
}

// (operator) operand as a UnaryOp; the operator has been seen.
static Expr *parse_unary(Parser *p, AstKind op, NodeFn operand)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    int mark = p->mark;
    Token *start = p->tokens[p->mark++];
    Expr *value = operand(p);
    Expr *node = NULL;
    if (value == NULL) {
        p->mark = mark;
    } else if ((node = node_at(p, AST_UnaryOp, start)) != NULL) {
        node->UnaryOp.op = op;
        node->UnaryOp.operand = value;
    }
    parser_leave(p);
    return node;
}

static void *parse_inversion(Parser *p)
{
    return peek_type(p) == TOK_NOT ? parse_unary(p, AST_Not, parse_inversion) : parse_comparison(p);
}

static void *parse_conjunction(Parser *p)
{
    return parse_bool_op(p, AST_And, TOK_AND, parse_inversion);
}

Expr *parse_disjunction(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_DISJUNCTION, &memo)) {
        return memo;
    }
    Expr *expr = parse_bool_op(p, AST_Or, TOK_OR, parse_conjunction);
    return memo_store(p, RULE_DISJUNCTION, start, expr);
}

// ---- arithmetic ----

enum { LOWEST = 1, HIGHEST = 6 };

static const struct {
    uint8_t precedence, kind;
} operators[TOKEN_TYPES] = {
    [TOK_VBAR] = {1, AST_BitOr},       [TOK_CIRCUMFLEX] = {2, AST_BitXor},
    [TOK_AMPER] = {3, AST_BitAnd},     [TOK_LEFTSHIFT] = {4, AST_LShift},
    [TOK_RIGHTSHIFT] = {4, AST_RShift}, [TOK_PLUS] = {5, AST_Add},
    [TOK_MINUS] = {5, AST_Sub},        [TOK_STAR] = {6, AST_Mult},
    [TOK_SLASH] = {6, AST_Div},        [TOK_DOUBLESLASH] = {6, AST_FloorDiv},
    [TOK_PERCENT] = {6, AST_Mod},      [TOK_AT] = {6, AST_MatMult},
};

static Expr *binary_new(Parser *p, const Token *start, Expr *left, AstKind op, Expr *right)
{
    Expr *node = node_at(p, AST_BinOp, start);
    if (node != NULL) {
        node->BinOp.left = left;
        node->BinOp.op = op;
        node->BinOp.right = right;
    }
    return node;
}

static Expr *parse_await_primary(Parser *p)
{
    int mark = p->mark;
    Token *start = accept(p, TOK_AWAIT);
    if (start == NULL) {
        return parse_primary(p);
    }
    Expr *value = parse_primary(p);
    if (value == NULL || !version_check(p, 5, "Await expressions are")) {
        p->mark = mark;
        return NULL;
    }
    Expr *node = node_at(p, AST_Await, start);
    if (node != NULL) {
        node->Await.value = value;
    }
    return node;
}

static void *parse_factor(Parser *p)
{
    int type = peek_type(p);
    if (type == TOK_PLUS || type == TOK_MINUS || type == TOK_TILDE) {
        AstKind op = type == TOK_PLUS ? AST_UAdd : type == TOK_MINUS ? AST_USub : AST_Invert;
        return parse_unary(p, op, parse_factor);
    }
    Token *start = peek(p);
    Expr *base = parse_await_primary(p);
    int mark = p->mark;
    if (base == NULL || accept(p, TOK_DOUBLESTAR) == NULL) {
        return p->failed ? NULL : base;
    }
    // The grammar has two rules for each step to the right.
    if (!parser_enter(p) || !parser_enter(p)) {
        return NULL;
    }
    Expr *power = parse_factor(p);
    parser_leave(p);
    parser_leave(p);
    if (power == NULL) {
        p->mark = mark;
        return p->failed ? NULL : base;
    }
    return binary_new(p, start, base, AST_Pow, power);
}

// Operators of at least the given precedence.
static Expr *parse_binary(Parser *p, int least)
{
    Token *start = peek(p);
    Expr *left = parse_factor(p);
    int most = HIGHEST; /* what binds more than the last operator its right side has tried */
    while (left != NULL) {
        int type = peek_type(p);
        int precedence = operators[type].precedence;
        if (precedence < least || precedence > most || precedence == 0) {
            break;
        }
        int mark = p->mark++;
        Expr *right = precedence == HIGHEST ? parse_factor(p) : parse_binary(p, precedence + 1);
        if (right != NULL && type == TOK_AT && !version_check(p, 5, "The '@' operator is")) {
            return NULL;
        }
        if (right == NULL) {
            p->mark = mark;
            break;
        }
        left = binary_new(p, start, left, operators[type].kind, right);
        most = precedence;
    }
    return p->failed ? NULL : left;
}

Expr *parse_bitwise_or(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_BITWISE_OR, &memo)) {
        return memo;
    }
    Expr *expr = parse_binary(p, LOWEST);
    return memo_store(p, RULE_BITWISE_OR, start, expr);
}

// ---- yield ----

Expr *parse_yield(Parser *p)
{
    Token *start = accept(p, TOK_YIELD);
    if (start == NULL) {
        return NULL;
    }
    int mark = p->mark;
    if (accept(p, TOK_FROM) != NULL) {
        Expr *iterable = parse_expression(p);
        Expr *node = iterable != NULL ? node_at(p, AST_YieldFrom, start) : NULL;
        if (node != NULL) {
            node->YieldFrom.value = iterable;
            return node;
        }
        p->mark = mark;
    }
    Expr *value = parse_star_expressions(p);
    Expr *node = node_at(p, AST_Yield, start);
    if (node != NULL) {
        node->Yield.value = value;
    }
    return node;
}

Expr *parse_yield_or_star_expressions(Parser *p)
{
    return peek_type(p) == TOK_YIELD ? parse_yield(p) : parse_star_expressions(p);
}
