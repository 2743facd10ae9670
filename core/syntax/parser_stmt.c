// Simple statements.
#include "core/syntax/parser.h"

static Stmt *stmt_new(Parser *p, AstKind kind, const Token *start)
{
    return node_at(p, kind, start);
}

// ---- assignments ----

static AstKind augmented_operator(int type)
{
    switch (type) {
    case TOK_PLUSEQUAL:
        return AST_Add;
    case TOK_MINEQUAL:
        return AST_Sub;
    case TOK_STAREQUAL:
        return AST_Mult;
    case TOK_ATEQUAL:
        return AST_MatMult;
    case TOK_SLASHEQUAL:
        return AST_Div;
    case TOK_PERCENTEQUAL:
        return AST_Mod;
    case TOK_AMPEREQUAL:
        return AST_BitAnd;
    case TOK_VBAREQUAL:
        return AST_BitOr;
    case TOK_CIRCUMFLEXEQUAL:
        return AST_BitXor;
    case TOK_LEFTSHIFTEQUAL:
        return AST_LShift;
    case TOK_RIGHTSHIFTEQUAL:
        return AST_RShift;
    case TOK_DOUBLESTAREQUAL:
        return AST_Pow;
    case TOK_DOUBLESLASHEQUAL:
        return AST_FloorDiv;
    default:
        return AST_NONE;
    }
}

static bool is_single_target(const Expr *expr)
{
    return expr->kind == AST_Name || expr->kind == AST_Attribute || expr->kind == AST_Subscript;
}

// The ':' annotation of a target that has been read.
static Stmt *finish_annotated(Parser *p, Token *start, Expr *target)
{
    bool simple = target->kind == AST_Name && start->type == TOK_NAME;
    int mark = p->mark;
    Expr *annotation = accept(p, TOK_COLON) != NULL ? parse_expression(p) : NULL;
    if (annotation == NULL) {
        p->mark = mark;
        return NULL;
    }
    mark = p->mark;
    Expr *value = accept(p, TOK_EQUAL) != NULL ? parse_yield_or_star_expressions(p) : NULL;
    if (value == NULL) {
        p->mark = mark;
    }
    if (p->failed || !version_check(p, 6, simple ? "Variable annotation syntax is"
                                                 : "Variable annotations syntax is")) {
        return NULL;
    }
    target_set(target, AST_Store);
    Stmt *stmt = stmt_new(p, AST_AnnAssign, start);
    if (stmt != NULL) {
        stmt->AnnAssign.target = target;
        stmt->AnnAssign.annotation = annotation;
        stmt->AnnAssign.value = value;
        stmt->AnnAssign.simple = simple;
    }
    return stmt;
}

static Stmt *finish_augmented(Parser *p, Token *start, Expr *target)
{
    AstKind op = augmented_operator(peek_type(p));
    p->mark++;
    Expr *value = parse_yield_or_star_expressions(p);
    if (value == NULL || (op == AST_MatMult && !version_check(p, 5, "The '@' operator is"))) {
        return NULL;
    }
    target_set(target, AST_Store);
    Stmt *stmt = stmt_new(p, AST_AugAssign, start);
    if (stmt != NULL) {
        stmt->AugAssign.target = target;
        stmt->AugAssign.op = op;
        stmt->AugAssign.value = value;
    }
    return stmt;
}

static Stmt *assign_new(Parser *p, Token *start, PtrList *targets, Expr *value)
{
    AstSeq *seq = ptrs_finish(p, targets);
    Value type_comment = value != NULL ? accept_type_comment(p) : 0;
    Stmt *stmt = value != NULL ? stmt_new(p, AST_Assign, start) : NULL;
    if (stmt != NULL) {
        stmt->Assign.targets = seq;
        stmt->Assign.value = value;
        stmt->Assign.type_comment = type_comment;
    }
    return stmt;
}

// The targets and value of an assignment whose first would-be target has been read, with '=' next.
static Stmt *finish_assign(Parser *p, Token *start, Expr *value)
{
    PtrList targets;
    ptrs_init(&targets);
    while (value != NULL && peek_type(p) == TOK_EQUAL) {
        if (!target_set(value, AST_Store) || !ptrs_add(p, &targets, value)) {
            ptrs_free(&targets);
            return NULL;
        }
        accept(p, TOK_EQUAL);
        value = parse_yield_or_star_expressions(p);
    }
    return assign_new(p, start, &targets, value);
}

static Stmt *expression_stmt(Parser *p, Token *start, Expr *value)
{
    Stmt *stmt = value != NULL ? stmt_new(p, AST_Expr, start) : NULL;
    if (stmt != NULL) {
        stmt->Expr.value = value;
    }
    return stmt;
}

// An assignment of any kind or an expression, in the first pass.
static Stmt *parse_assignment_or_expression(Parser *p)
{
    Token *start = peek(p);
    Expr *first = parse_yield_or_star_expressions(p);
    if (first == NULL) {
        return NULL;
    }
    int type = peek_type(p);
    if (type == TOK_EQUAL) {
        return finish_assign(p, start, first);
    }
    bool is_single = is_single_target(first);
    if (type == TOK_COLON) {
        return is_single ? finish_annotated(p, start, first) : expression_stmt(p, start, first);
    }
    if (augmented_operator(type) != AST_NONE) {
        return is_single ? finish_augmented(p, start, first) : NULL;
    }
    return expression_stmt(p, start, first);
}

// list | tuple | '(' such a target ')'
static Expr *invalid_annotation_target(Parser *p)
{
    Token *first = peek(p);
    if (first->type != TOK_LPAR && first->type != TOK_LSQB) {
        return NULL;
    }
    int mark = p->mark;
    Expr *expr = parse_atom(p);
    if (expr != NULL && (expr->kind == AST_List || expr->kind == AST_Tuple)) {
        return expr;
    }
    p->mark = mark;
    return NULL;
}

// What stands before ':' and an expression but cannot be annotated.
static void invalid_annotated(Parser *p, int start)
{
    Expr *target = invalid_annotation_target(p);
    if (target != NULL && accept(p, TOK_COLON) != NULL && parse_expression(p) != NULL) {
        error_node(p, target, target, "only single target (not %s) can be annotated",
                   expr_kind_name(target));
    }
    p->mark = start;
    Expr *first = p->failed ? NULL : parse_star_named_expression(p);
    if (first != NULL && accept(p, TOK_COMMA) != NULL) {
        while (parse_star_named_expressions(p) != NULL) {
        }
        if (accept(p, TOK_COLON) != NULL && parse_expression(p) != NULL) {
            error_node(p, first, first, "only single target (not tuple) can be annotated");
        }
    }
    p->mark = start;
    target = p->failed ? NULL : parse_expression(p);
    if (target != NULL && accept(p, TOK_COLON) != NULL && parse_expression(p) != NULL) {
        error_node(p, target, target, "illegal target for annotation");
    }
    p->mark = start;
}

static void skip_targets(Parser *p)
{
    for (;;) {
        int mark = p->mark;
        if (parse_star_targets(p) == NULL || accept(p, TOK_EQUAL) == NULL) {
            p->mark = mark;
            return;
        }
    }
}

static void invalid_assignment(Parser *p)
{
    int start = p->mark;
    invalid_annotated(p, start);
    if (p->failed) {
        return;
    }
    skip_targets(p);
    int behind = p->mark;
    Expr *value = parse_star_expressions(p);
    if (value != NULL && accept(p, TOK_EQUAL) != NULL) {
        error_target(p, value, "assign to", false, false);
    }
    p->mark = behind;
    Expr *yield = p->failed ? NULL : parse_yield(p);
    if (yield != NULL && accept(p, TOK_EQUAL) != NULL) {
        error_node(p, yield, yield, "assignment to yield expression not possible");
    }
    p->mark = start;
    value = p->failed ? NULL : parse_star_expressions(p);
    if (value != NULL && augmented_operator(peek_type(p)) != AST_NONE) {
        p->mark++;
        if (parse_yield_or_star_expressions(p) != NULL) {
            error_node(p, value, value, "'%s' is an illegal expression for augmented assignment",
                       expr_kind_name(value));
        }
    }
    p->mark = start;
}

// (star_targets '=')+ value !'='
static Stmt *parse_assign_second(Parser *p, Token *start)
{
    PtrList targets;
    ptrs_init(&targets);
    for (;;) {
        int mark = p->mark;
        Expr *target = parse_star_targets(p);
        if (target == NULL || accept(p, TOK_EQUAL) == NULL || !ptrs_add(p, &targets, target)) {
            p->mark = mark;
            break;
        }
    }
    Expr *value = targets.n > 0 && !p->failed ? parse_yield_or_star_expressions(p) : NULL;
    if (value == NULL || peek_type(p) == TOK_EQUAL) {
        ptrs_free(&targets);
        return NULL;
    }
    return assign_new(p, start, &targets, value);
}

// The alternatives of an assignment in the grammar's order.
static Stmt *parse_assignment_second(Parser *p)
{
    int mark = p->mark;
    Token *start = peek(p);
    Expr *target = parse_single_target(p);
    if (target != NULL && peek_type(p) == TOK_COLON) {
        Stmt *stmt = finish_annotated(p, start, target);
        if (stmt != NULL || p->failed) {
            return stmt;
        }
    }
    p->mark = mark;
    Stmt *stmt = p->failed ? NULL : parse_assign_second(p, start);
    if (stmt != NULL || p->failed) {
        return stmt;
    }
    p->mark = mark;
    target = parse_single_target(p);
    if (target != NULL && augmented_operator(peek_type(p)) != AST_NONE) {
        // Behind the operator there is no other way to read the statement.
        stmt = finish_augmented(p, start, target);
        if (stmt == NULL) {
            p->mark = mark;
        }
        return stmt;
    }
    p->mark = mark;
    if (!p->failed) {
        invalid_assignment(p);
    }
    return NULL;
}

static Stmt *parse_assignment_or_expression_second(Parser *p)
{
    int mark = p->mark;
    Token *start = peek(p);
    Stmt *stmt = parse_assignment_second(p);
    if (stmt != NULL || p->failed) {
        return stmt;
    }
    p->mark = mark;
    Expr *value = start->type == TOK_YIELD ? parse_yield(p) : parse_star_expressions(p);
    return expression_stmt(p, start, value);
}

// ---- return, raise, del, assert ----

static Stmt *parse_return(Parser *p)
{
    Token *start = accept(p, TOK_RETURN);
    Expr *value = parse_star_expressions(p);
    Stmt *stmt = stmt_new(p, AST_Return, start);
    if (stmt != NULL) {
        stmt->Return.value = value;
    }
    return stmt;
}

static Stmt *parse_raise(Parser *p)
{
    Token *start = accept(p, TOK_RAISE);
    Expr *exc = parse_expression(p);
    Expr *cause = NULL;
    int mark = p->mark;
    if (exc != NULL && accept(p, TOK_FROM) != NULL) {
        cause = parse_expression(p);
        if (cause == NULL) {
            p->mark = mark;
        }
    }
    Stmt *stmt = stmt_new(p, AST_Raise, start);
    if (stmt != NULL) {
        stmt->Raise.exc = exc;
        stmt->Raise.cause = cause;
    }
    return stmt;
}

static Stmt *parse_del(Parser *p)
{
    Token *start = accept(p, TOK_DEL);
    int inside = p->mark;
    AstSeq *targets = parse_del_targets(p);
    int type = peek_type(p);
    if (targets != NULL && (type == TOK_SEMI || type == TOK_NEWLINE)) {
        Stmt *stmt = stmt_new(p, AST_Delete, start);
        if (stmt != NULL) {
            stmt->Delete.targets = targets;
        }
        return stmt;
    }
    p->mark = inside;
    if (p->second && !p->failed) {
        error_target(p, parse_star_expressions(p), "delete", false, true);
    }
    return NULL;
}

static Stmt *parse_assert(Parser *p)
{
    Token *start = accept(p, TOK_ASSERT);
    Expr *test = parse_expression(p);
    if (test == NULL) {
        return NULL;
    }
    int mark = p->mark;
    Expr *msg = accept(p, TOK_COMMA) != NULL ? parse_expression(p) : NULL;
    if (msg == NULL) {
        p->mark = mark;
    }
    Stmt *stmt = stmt_new(p, AST_Assert, start);
    if (stmt != NULL) {
        stmt->Assert.test = test;
        stmt->Assert.msg = msg;
    }
    return stmt;
}

// ---- global, nonlocal ----

static Stmt *parse_scope(Parser *p, int keyword)
{
    Token *start = accept(p, keyword);
    PtrList names;
    ptrs_init(&names);
    for (;;) {
        int mark = p->mark;
        if (names.n > 0 && accept(p, TOK_COMMA) == NULL) {
            break;
        }
        Token *name = accept(p, TOK_NAME);
        Value id = name != NULL ? token_name(p, name) : 0;
        if (id == 0 || !ptrs_add(p, &names, (void *)(uintptr_t)id)) {
            p->mark = mark;
            break;
        }
    }
    bool any = names.n > 0;
    AstSeq *seq = ptrs_finish(p, &names);
    Stmt *stmt =
        any ? stmt_new(p, keyword == TOK_GLOBAL ? AST_Global : AST_Nonlocal, start) : NULL;
    if (stmt != NULL) {
        stmt->Global.names = seq; // Nonlocal has the same one field
    }
    return stmt;
}

// ---- import ----

// NAME ('.' NAME)* as one token covering the text; its name is put into *name.
static Token *parse_dotted_name(Parser *p, Value *name)
{
    Token *first = accept(p, TOK_NAME);
    if (first == NULL) {
        return NULL;
    }
    char small[256];
    char *text = small;
    size_t size = 0, capacity = sizeof small;
    Token *part = first;
    for (;;) {
        if (size + (size_t)part->size + 1 > capacity) {
            capacity = 2 * (size + (size_t)part->size + 1);
            char *grown = arena_alloc(p->arena, capacity);
            if (grown == NULL) {
                error_memory(p);
                return NULL;
            }
            text = memcpy(grown, text, size);
        }
        memcpy(text + size, part->start, (size_t)part->size);
        size += (size_t)part->size;
        if (!peek_second(p, TOK_DOT, TOK_NAME)) {
            break;
        }
        text[size++] = '.';
        p->mark += 2;
        part = p->tokens[p->mark - 1];
    }
    Token whole = {.type = TOK_NAME, .start = text, .size = (int)size};
    *name = part == first ? token_name(p, first) : token_name(p, &whole);
    return *name != 0 ? first : NULL;
}

// ['as' NAME] behind an imported name.
static Alias *finish_alias(Parser *p, Token *start, Value name)
{
    int mark = p->mark;
    Value asname = 0;
    Token *as = accept(p, TOK_AS) != NULL ? accept(p, TOK_NAME) : NULL;
    if (as != NULL) {
        asname = token_name(p, as);
    } else {
        p->mark = mark;
    }
    Alias *alias = p->failed ? NULL : node_at(p, AST_alias, start);
    if (alias != NULL) {
        alias->name = name;
        alias->asname = asname;
    }
    return alias;
}

static Stmt *parse_import_name(Parser *p)
{
    Token *start = accept(p, TOK_IMPORT);
    PtrList names;
    ptrs_init(&names);
    for (;;) {
        int mark = p->mark;
        if (names.n > 0 && accept(p, TOK_COMMA) == NULL) {
            break;
        }
        Value name = 0;
        Token *first = parse_dotted_name(p, &name);
        Alias *alias = first != NULL ? finish_alias(p, first, name) : NULL;
        if (alias == NULL || !ptrs_add(p, &names, alias)) {
            p->mark = mark;
            break;
        }
    }
    bool any = names.n > 0;
    AstSeq *seq = ptrs_finish(p, &names);
    Stmt *stmt = any ? stmt_new(p, AST_Import, start) : NULL;
    if (stmt != NULL) {
        stmt->Import.names = seq;
    }
    return stmt;
}

static AstSeq *parse_import_as_names(Parser *p)
{
    PtrList names;
    ptrs_init(&names);
    for (;;) {
        int mark = p->mark;
        if (names.n > 0 && accept(p, TOK_COMMA) == NULL) {
            break;
        }
        Token *first = accept(p, TOK_NAME);
        Value name = first != NULL ? token_name(p, first) : 0;
        Alias *alias = name != 0 ? finish_alias(p, first, name) : NULL;
        if (alias == NULL || !ptrs_add(p, &names, alias)) {
            p->mark = mark;
            break;
        }
    }
    if (names.n == 0 || p->failed) {
        ptrs_free(&names);
        return NULL;
    }
    return ptrs_finish(p, &names);
}

static AstSeq *parse_import_targets(Parser *p)
{
    int mark = p->mark;
    if (accept(p, TOK_LPAR) != NULL) {
        AstSeq *names = parse_import_as_names(p);
        if (names != NULL) {
            accept(p, TOK_COMMA);
        }
        return names != NULL && accept(p, TOK_RPAR) != NULL ? names : NULL;
    }
    Token *star = accept(p, TOK_STAR);
    if (star != NULL) {
        Token whole = {.type = TOK_NAME, .start = "*", .size = 1};
        Value name = token_name(p, &whole);
        Alias *alias = name != 0 ? node_at(p, AST_alias, star) : NULL;
        if (alias == NULL) {
            return NULL;
        }
        alias->name = name;
        return seq_one(p, alias);
    }
    AstSeq *names = parse_import_as_names(p);
    if (names == NULL || peek_type(p) != TOK_COMMA) {
        return names;
    }
    if (p->second && accept(p, TOK_COMMA) != NULL && accept(p, TOK_NEWLINE) != NULL) {
        error_here(p, HOST_SYNTAX_ERROR,
                   "trailing comma not allowed without surrounding parentheses");
    }
    p->mark = mark;
    return NULL;
}

static Stmt *parse_import_from(Parser *p)
{
    Token *start = accept(p, TOK_FROM);
    int level = 0;
    for (;;) {
        if (accept(p, TOK_DOT) != NULL) {
            level++;
        } else if (accept(p, TOK_ELLIPSIS) != NULL) {
            level += 3;
        } else {
            break;
        }
    }
    Value module = 0;
    if (parse_dotted_name(p, &module) == NULL && (level == 0 || p->failed)) {
        return NULL;
    }
    AstSeq *names = accept(p, TOK_IMPORT) != NULL ? parse_import_targets(p) : NULL;
    Stmt *stmt = names != NULL ? stmt_new(p, AST_ImportFrom, start) : NULL;
    if (stmt != NULL) {
        stmt->ImportFrom.module = module;
        stmt->ImportFrom.names = names;
        stmt->ImportFrom.level = level;
    }
    return stmt;
}

// ---- statement lists ----

static Stmt *parse_word(Parser *p, AstKind kind)
{
    Token *start = p->tokens[p->mark++];
    return stmt_new(p, kind, start);
}

static Stmt *parse_simple_stmt_inner(Parser *p)
{
    switch (peek_type(p)) {
    case TOK_RETURN:
        return parse_return(p);
    case TOK_IMPORT:
        return parse_import_name(p);
    case TOK_FROM:
        return parse_import_from(p);
    case TOK_RAISE:
        return parse_raise(p);
    case TOK_PASS:
        return parse_word(p, AST_Pass);
    case TOK_DEL:
        return parse_del(p);
    case TOK_ASSERT:
        return parse_assert(p);
    case TOK_BREAK:
        return parse_word(p, AST_Break);
    case TOK_CONTINUE:
        return parse_word(p, AST_Continue);
    case TOK_GLOBAL:
    case TOK_NONLOCAL:
        return parse_scope(p, peek_type(p));
    default:
        return p->second ? parse_assignment_or_expression_second(p)
                         : parse_assignment_or_expression(p);
    }
}

static Stmt *parse_simple_stmt(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_SIMPLE_STMT, &memo)) {
        return memo;
    }
    Stmt *stmt = parse_simple_stmt_inner(p);
    if (stmt == NULL || p->failed) {
        p->mark = start;
        stmt = NULL;
    }
    return memo_store(p, RULE_SIMPLE_STMT, start, stmt);
}

// Appends the statements of one line to the list.
static bool parse_line(Parser *p, PtrList *list)
{
    int start = p->mark;
    Stmt *stmt = parse_simple_stmt(p);
    if (stmt == NULL || !ptrs_add(p, list, stmt)) {
        return false;
    }
    while (accept(p, TOK_SEMI) != NULL) {
        stmt = parse_simple_stmt(p);
        if (stmt == NULL) {
            break;
        }
        if (!ptrs_add(p, list, stmt)) {
            return false;
        }
    }
    if (accept(p, TOK_NEWLINE) == NULL) {
        p->mark = start;
        return false;
    }
    return true;
}

AstSeq *parse_simple_stmts(Parser *p)
{
    PtrList list;
    ptrs_init(&list);
    if (!parse_line(p, &list) || p->failed) {
        ptrs_free(&list);
        return NULL;
    }
    return ptrs_finish(p, &list);
}

// Can the token start a simple statement or an expression?
static bool starts_statement(int type)
{
    switch (type) {
    case TOK_ENDMARKER:
    case TOK_DEDENT:
    case TOK_INDENT:
    case TOK_NEWLINE:
    case TOK_ERROR:
        return false;
    default:
        return true;
    }
}

AstSeq *parse_statements(Parser *p)
{
    PtrList list;
    ptrs_init(&list);
    while (starts_statement(peek_type(p))) {
        int n = list.n;
        Stmt *compound = parse_compound_stmt(p);
        if (compound != NULL) {
            if (!ptrs_add(p, &list, compound)) {
                break;
            }
        } else if (p->failed || !parse_line(p, &list)) {
            list.n = n;
            break;
        }
    }
    if (list.n == 0 || p->failed) {
        ptrs_free(&list);
        return NULL;
    }
    return ptrs_finish(p, &list);
}
