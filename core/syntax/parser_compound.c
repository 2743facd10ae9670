// Compound statements but match.  A header that ends without its colon or is followed by no
// indented block is reported in the second pass, before the statement itself is tried, as the
// reference does.
#include "core/syntax/parser.h"

// ---- blocks ----

AstSeq *parse_block(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_BLOCK, &memo)) {
        return memo;
    }
    AstSeq *body = NULL;
    if (accept(p, TOK_NEWLINE) == NULL) {
        body = parse_simple_stmts(p);
    } else if (accept(p, TOK_INDENT) != NULL) {
        body = parser_enter(p) ? parse_statements(p) : NULL;
        p->depth -= !p->failed;
        if (body != NULL && accept(p, TOK_DEDENT) == NULL) {
            body = NULL;
        }
    } else if (p->second && !p->failed) {
        error_here(p, HOST_INDENTATION_ERROR, "expected an indented block");
    }
    if (body == NULL) {
        p->mark = start;
    }
    return memo_store(p, RULE_BLOCK, start, p->failed ? NULL : body);
}

// At the end of a header: ':' NEWLINE without INDENT raises "expected an indented block after ...
// on line n". With `missing`, NEWLINE in place of the ':' raises "expected ':'".  The mark does not
// move.
static void check_header(Parser *p, bool missing, const char *what, int line)
{
    if (!p->second || p->failed) {
        return;
    }
    int mark = p->mark;
    if (missing && accept(p, TOK_NEWLINE) != NULL) {
        error_here(p, HOST_SYNTAX_ERROR, "expected ':'");
    } else if (accept(p, TOK_COLON) != NULL && accept(p, TOK_NEWLINE) != NULL &&
               peek_type(p) != TOK_INDENT && !p->failed) {
        error_here(p, HOST_INDENTATION_ERROR, "expected an indented block after %s on line %d",
                   what, line);
    }
    p->mark = mark;
}

// ':' block
static AstSeq *parse_suite(Parser *p)
{
    return accept(p, TOK_COLON) != NULL ? parse_block(p) : NULL;
}

// ':' [type comment] block
static AstSeq *parse_typed_suite(Parser *p, Value *type_comment)
{
    if (accept(p, TOK_COLON) == NULL) {
        return NULL;
    }
    *type_comment = accept_type_comment(p);
    return parse_block(p);
}

// 'else' ':' block, if there is one.  *orelse is the empty sequence when there is none.  Returns
// false on failure.
static bool parse_else(Parser *p, AstSeq **orelse)
{
    *orelse = &ast_empty_seq;
    int mark = p->mark;
    Token *start = accept(p, TOK_ELSE);
    if (start == NULL) {
        return !p->failed;
    }
    check_header(p, false, "'else' statement", start->lineno);
    AstSeq *body = expect_forced(p, TOK_COLON) != NULL ? parse_block(p) : NULL;
    if (body == NULL) {
        p->mark = mark;
        return !p->failed;
    }
    *orelse = body;
    return true;
}

// ---- if, while ----

static Stmt *parse_if(Parser *p, int keyword)
{
    Token *start = accept(p, keyword);
    if (start == NULL || !parser_enter(p)) {
        return NULL;
    }
    Expr *test = parse_named_expression(p);
    if (test != NULL) {
        check_header(p, true, keyword == TOK_IF ? "'if' statement" : "'elif' statement",
                     start->lineno);
    }
    AstSeq *body = test != NULL ? parse_suite(p) : NULL;
    AstSeq *orelse = &ast_empty_seq;
    bool ok = body != NULL;
    if (ok && peek_type(p) == TOK_ELIF) {
        int mark = p->mark;
        Stmt *next = parse_if(p, TOK_ELIF);
        orelse = next != NULL ? seq_one(p, next) : &ast_empty_seq;
        p->mark = next != NULL ? p->mark : mark;
    } else if (ok) {
        ok = parse_else(p, &orelse);
    }
    parser_leave(p);
    Stmt *stmt = ok && !p->failed ? node_at(p, AST_If, start) : NULL;
    if (stmt != NULL) {
        stmt->If.test = test;
        stmt->If.body = body;
        stmt->If.orelse = orelse;
    }
    return stmt;
}

static Stmt *parse_while(Parser *p)
{
    Token *start = accept(p, TOK_WHILE);
    Expr *test = parse_named_expression(p);
    if (test == NULL) {
        return NULL;
    }
    check_header(p, true, "'while' statement", start->lineno);
    AstSeq *body = parse_suite(p);
    AstSeq *orelse;
    Stmt *stmt = body != NULL && parse_else(p, &orelse) ? node_at(p, AST_While, start) : NULL;
    if (stmt != NULL) {
        stmt->While.test = test;
        stmt->While.body = body;
        stmt->While.orelse = orelse;
    }
    return stmt;
}

// ---- for ----

static Stmt *parse_for(Parser *p, Token *async)
{
    int mark = p->mark;
    Token *start = accept(p, TOK_FOR);
    Expr *target = parse_star_targets(p);
    if (target == NULL || accept(p, TOK_IN) == NULL) {
        p->mark = mark + 1;
        if (p->second && !p->failed) {
            error_target(p, parse_star_expressions(p), "assign to", true, false);
        }
        return NULL;
    }
    Expr *iter = parse_star_expressions(p);
    if (iter == NULL) {
        return NULL;
    }
    check_header(p, true, "'for' statement", start->lineno);
    Value type_comment = 0;
    AstSeq *body = parse_typed_suite(p, &type_comment);
    AstSeq *orelse;
    if (body == NULL || !parse_else(p, &orelse) ||
        (async != NULL && !version_check(p, 5, "Async for loops are"))) {
        return NULL;
    }
    Stmt *stmt = node_at(p, async != NULL ? AST_AsyncFor : AST_For, async != NULL ? async : start);
    if (stmt != NULL) {
        stmt->For.target = target; // AsyncFor has the same fields
        stmt->For.iter = iter;
        stmt->For.body = body;
        stmt->For.orelse = orelse;
        stmt->For.type_comment = type_comment;
    }
    return stmt;
}

// ---- with ----

static bool ends_item(int type)
{
    return type == TOK_COMMA || type == TOK_RPAR || type == TOK_COLON;
}

static WithItem *parse_with_item(Parser *p)
{
    int start = p->mark;
    Expr *expr = parse_expression(p);
    if (expr == NULL) {
        return NULL;
    }
    int mark = p->mark;
    Expr *target = NULL;
    if (accept(p, TOK_AS) != NULL) {
        target = parse_star_target(p);
        if (target == NULL || !ends_item(peek_type(p))) {
            target = NULL;
            if (p->second && !p->failed) {
                p->mark = mark + 1;
                Expr *bad = parse_expression(p);
                if (bad != NULL && ends_item(peek_type(p))) {
                    error_target(p, bad, "assign to", false, false);
                }
            }
            p->mark = mark;
        }
    }
    WithItem *item = p->failed ? NULL : ast_new(p->arena, AST_withitem, 0, 0, 0, 0);
    if (item == NULL) {
        if (!p->failed) {
            error_memory(p);
        }
        p->mark = start;
        return NULL;
    }
    item->context_expr = expr;
    item->optional_vars = target;
    return item;
}

static AstSeq *parse_with_items(Parser *p)
{
    PtrList items;
    ptrs_init(&items);
    for (;;) {
        int mark = p->mark;
        if (items.n > 0 && accept(p, TOK_COMMA) == NULL) {
            break;
        }
        WithItem *item = parse_with_item(p);
        if (item == NULL || !ptrs_add(p, &items, item)) {
            p->mark = mark;
            break;
        }
    }
    if (items.n == 0 || p->failed) {
        ptrs_free(&items);
        return NULL;
    }
    return ptrs_finish(p, &items);
}

// Skips the items of a with statement, parenthesised or not, as the rules for wrong headers see
// them.
static bool skip_with_items(Parser *p, bool parenthesised)
{
    if (parenthesised && accept(p, TOK_LPAR) == NULL) {
        return false;
    }
    for (int n = 0;; n++) {
        int mark = p->mark;
        if (n > 0 && accept(p, TOK_COMMA) == NULL) {
            break;
        }
        if ((parenthesised ? parse_expressions(p) : parse_expression(p)) == NULL) {
            p->mark = mark;
            if (n == 0) {
                return false;
            }
            break;
        }
        mark = p->mark;
        if (accept(p, TOK_AS) != NULL && parse_star_target(p) == NULL) {
            p->mark = mark;
        }
    }
    if (parenthesised) {
        accept(p, TOK_COMMA);
        return accept(p, TOK_RPAR) != NULL;
    }
    return !p->failed;
}

// Wrong headers: `missing` looks for a missing ':', otherwise for a missing block.
static void invalid_with(Parser *p, Token *start, int mark, bool missing)
{
    for (int parenthesised = 0; parenthesised < 2 && !p->failed; parenthesised++) {
        p->mark = mark;
        if (!skip_with_items(p, parenthesised)) {
            continue;
        }
        if (!missing) {
            check_header(p, false, "'with' statement", start->lineno);
        } else if (accept(p, TOK_NEWLINE) != NULL) {
            error_here(p, HOST_SYNTAX_ERROR, "expected ':'");
        }
    }
    p->mark = mark;
}

static Stmt *with_new(Parser *p, Token *start, Token *async, AstSeq *items, AstSeq *body)
{
    if (async != NULL && !version_check(p, 5, "Async with statements are")) {
        return NULL;
    }
    Stmt *stmt =
        node_at(p, async != NULL ? AST_AsyncWith : AST_With, async != NULL ? async : start);
    if (stmt != NULL) {
        stmt->With.items = items; // AsyncWith has the same fields
        stmt->With.body = body;
    }
    return stmt;
}

static Stmt *parse_with(Parser *p, Token *async)
{
    Token *start = accept(p, TOK_WITH);
    int mark = p->mark;
    if (p->second) {
        invalid_with(p, start, mark, false);
    }
    if (accept(p, TOK_LPAR) != NULL) {
        AstSeq *items = parse_with_items(p);
        if (items != NULL) {
            accept(p, TOK_COMMA);
        }
        if (items != NULL && accept(p, TOK_RPAR) != NULL && accept(p, TOK_COLON) != NULL) {
            if (!version_check(p, 9, "Parenthesized context managers are")) {
                return NULL;
            }
            AstSeq *body = parse_block(p);
            if (body != NULL) {
                return with_new(p, start, async, items, body);
            }
            if (!p->second && !p->lexer.type_comments) {
                return NULL;
            }
        }
        p->mark = mark;
    }
    Value type_comment = 0;
    AstSeq *items = parse_with_items(p);
    AstSeq *body = items != NULL ? parse_typed_suite(p, &type_comment) : NULL;
    if (body != NULL) {
        Stmt *stmt = with_new(p, start, async, items, body);
        if (stmt != NULL) {
            stmt->With.type_comment = type_comment;
        }
        return stmt;
    }
    if (p->second && !p->failed) {
        invalid_with(p, start, mark, true);
    }
    return NULL;
}

// ---- try ----

// 'as' NAME, if it comes; *name is 0 otherwise.
static void parse_as_name(Parser *p, Value *name)
{
    *name = 0;
    if (peek_second(p, TOK_AS, TOK_NAME)) {
        p->mark += 2;
        *name = token_name(p, p->tokens[p->mark - 1]);
    }
}

// What is wrong with a header of an except clause: the mark is behind 'except'.
static void invalid_except(Parser *p)
{
    int mark = p->mark;
    Value name;
    Token *star = accept(p, TOK_STAR);
    Expr *first = parse_expression(p);
    if (first != NULL && accept(p, TOK_COMMA) != NULL && parse_expressions(p) != NULL) {
        parse_as_name(p, &name);
        if (accept(p, TOK_COLON) != NULL) {
            error_from(p, first->lineno, first->col_offset,
                       "multiple exception types must be parenthesized");
            return;
        }
    }
    p->mark = mark;
    accept(p, TOK_STAR);
    if (parse_expression(p) != NULL) {
        parse_as_name(p, &name);
        if (accept(p, TOK_NEWLINE) != NULL) {
            error_here(p, HOST_SYNTAX_ERROR, "expected ':'");
        }
        p->mark = mark;
        return;
    }
    p->mark = mark;
    if (accept(p, TOK_NEWLINE) != NULL) {
        error_here(p, HOST_SYNTAX_ERROR, "expected ':'");
    } else if (star != NULL) {
        p->mark = mark + 1;
        if (accept(p, TOK_NEWLINE) != NULL || accept(p, TOK_COLON) != NULL) {
            error_here(p, HOST_SYNTAX_ERROR, "expected one or more exception types");
        }
    }
    p->mark = mark;
}

// One except clause (star: of except*); NULL with the mark at its start when it is none.
static ExceptHandler *parse_except(Parser *p, bool star)
{
    int mark = p->mark;
    Token *start = accept(p, TOK_EXCEPT);
    if (start == NULL) {
        return NULL;
    }
    int inside = p->mark;
    Expr *type = NULL;
    Value name = 0;
    if (!star || accept(p, TOK_STAR) != NULL) {
        type = parse_expression(p);
        if (type != NULL) {
            parse_as_name(p, &name);
        }
        if (type != NULL || !star) {
            check_header(p, false, star ? "'except*' statement" : "'except' statement",
                         start->lineno);
        }
    }
    AstSeq *body = (type != NULL || !star) && !p->failed ? parse_suite(p) : NULL;
    ExceptHandler *handler = body != NULL ? node_at(p, AST_ExceptHandler, start) : NULL;
    if (handler == NULL) {
        p->mark = inside;
        if (p->second && !p->failed) {
            invalid_except(p);
        }
        p->mark = mark;
        return NULL;
    }
    handler->ExceptHandler.type = type;
    handler->ExceptHandler.name = name;
    handler->ExceptHandler.body = body;
    return handler;
}

// One or more clauses of one sort; NULL when there is none.
static AstSeq *parse_handlers(Parser *p, bool star)
{
    PtrList list;
    ptrs_init(&list);
    ExceptHandler *handler;
    while ((handler = parse_except(p, star)) != NULL && ptrs_add(p, &list, handler)) {
    }
    if (list.n == 0 || p->failed) {
        ptrs_free(&list);
        return NULL;
    }
    return ptrs_finish(p, &list);
}

// Both except and except* clauses; the mark is behind 'try' ':'.
static void invalid_mixed_handlers(Parser *p)
{
    int mark = p->mark;
    while (parse_block(p) != NULL) {
    }
    int behind = p->mark;
    for (int star = 0; star < 2 && !p->failed; star++) {
        p->mark = behind;
        if (parse_handlers(p, star) == NULL) {
            continue;
        }
        Token *start = accept(p, TOK_EXCEPT);
        Token *mixed = start != NULL && !star ? accept(p, TOK_STAR) : start;
        if (mixed == NULL) {
            continue;
        }
        Value name;
        Expr *type = parse_expression(p);
        if (type != NULL) {
            parse_as_name(p, &name);
        }
        if ((type != NULL || star) && accept(p, TOK_COLON) != NULL) {
            error_token(p, start, mixed,
                        "cannot have both 'except' and 'except*' on the same 'try'");
        }
    }
    p->mark = mark;
}

static void invalid_try(Parser *p, Token *start)
{
    int mark = p->mark;
    check_header(p, false, "'try' statement", start->lineno);
    if (accept(p, TOK_COLON) != NULL) {
        int inside = p->mark;
        if (parse_block(p) != NULL && peek_type(p) != TOK_EXCEPT && peek_type(p) != TOK_FINALLY) {
            error_here(p, HOST_SYNTAX_ERROR, "expected 'except' or 'finally' block");
        }
        p->mark = inside;
        if (!p->failed) {
            invalid_mixed_handlers(p);
        }
    }
    p->mark = mark;
}

// 'finally' ':' block, if it comes.
static bool parse_finally(Parser *p, AstSeq **body)
{
    *body = &ast_empty_seq;
    int mark = p->mark;
    Token *start = accept(p, TOK_FINALLY);
    if (start == NULL) {
        return !p->failed;
    }
    check_header(p, false, "'finally' statement", start->lineno);
    AstSeq *block = expect_forced(p, TOK_COLON) != NULL ? parse_block(p) : NULL;
    if (block == NULL) {
        p->mark = mark;
        return false;
    }
    *body = block;
    return true;
}

static Stmt *parse_try(Parser *p)
{
    Token *start = accept(p, TOK_TRY);
    if (p->second) {
        invalid_try(p, start);
    }
    AstSeq *body = expect_forced(p, TOK_COLON) != NULL ? parse_block(p) : NULL;
    if (body == NULL) {
        return NULL;
    }
    AstSeq *handlers = &ast_empty_seq;
    AstSeq *orelse = &ast_empty_seq;
    AstSeq *finalbody;
    bool star = peek_second(p, TOK_EXCEPT, TOK_STAR);
    if (peek_type(p) == TOK_EXCEPT) {
        if (star && p->second) {
            // The clauses without star are tried first.
            parse_handlers(p, false);
        }
        handlers = parse_handlers(p, star);
        if (handlers == NULL || !parse_else(p, &orelse)) {
            return NULL;
        }
    }
    if (!parse_finally(p, &finalbody) || (handlers->n == 0 && finalbody->n == 0) ||
        (star && !version_check(p, 11, "Exception groups are"))) {
        return NULL;
    }
    Stmt *stmt = node_at(p, star ? AST_TryStar : AST_Try, start);
    if (stmt != NULL) {
        stmt->Try.body = body; // TryStar has the same fields
        stmt->Try.handlers = handlers;
        stmt->Try.orelse = orelse;
        stmt->Try.finalbody = finalbody;
    }
    return stmt;
}

// ---- def, class ----

// The type comment of a function: behind its ':', or alone in the line before the body.
static Value parse_def_comment(Parser *p)
{
    int mark = p->mark;
    bool found;
    if (accept(p, TOK_NEWLINE) != NULL) {
        Value text = accept_type_comment(p);
        int behind = p->mark;
        found = text != 0 && accept(p, TOK_NEWLINE) != NULL && peek_type(p) == TOK_INDENT;
        p->mark = found ? behind : mark;
        return found ? text : 0;
    }
    if (p->second && accept(p, TOK_TYPE_COMMENT) != NULL) {
        found = accept(p, TOK_NEWLINE) != NULL && accept(p, TOK_TYPE_COMMENT) != NULL &&
                accept(p, TOK_NEWLINE) != NULL && accept(p, TOK_INDENT) != NULL;
        if (found) {
            error_here(p, HOST_SYNTAX_ERROR, "Cannot have two type comments on def");
        }
        p->mark = mark;
    }
    return accept_type_comment(p);
}

static Stmt *parse_def(Parser *p, Token *async, AstSeq *decorators)
{
    Token *start = accept(p, TOK_DEF);
    Token *name = accept(p, TOK_NAME);
    if (name == NULL || expect_forced(p, TOK_LPAR) == NULL) {
        return NULL;
    }
    Arguments *args = parse_parameters(p, false);
    if (args == NULL || accept(p, TOK_RPAR) == NULL) {
        return NULL;
    }
    int mark = p->mark;
    Expr *returns = accept(p, TOK_RARROW) != NULL ? parse_expression(p) : NULL;
    if (returns == NULL) {
        p->mark = mark;
    }
    check_header(p, false, "function definition", start->lineno);
    AstSeq *body = NULL;
    Value type_comment = 0;
    if (expect_forced(p, TOK_COLON) != NULL) {
        type_comment = p->lexer.type_comments ? parse_def_comment(p) : 0;
        body = parse_block(p);
    }
    Value id = body != NULL ? token_name(p, name) : 0;
    if (id == 0 || (async != NULL && !version_check(p, 5, "Async functions are"))) {
        return NULL;
    }
    Stmt *stmt = node_at(p, async != NULL ? AST_AsyncFunctionDef : AST_FunctionDef,
                         async != NULL ? async : start);
    if (stmt != NULL) {
        stmt->FunctionDef.name = id; // AsyncFunctionDef has the same fields
        stmt->FunctionDef.args = args;
        stmt->FunctionDef.body = body;
        stmt->FunctionDef.decorator_list = decorators;
        stmt->FunctionDef.returns = returns;
        stmt->FunctionDef.type_comment = type_comment;
    }
    return stmt;
}

static Stmt *parse_class(Parser *p, AstSeq *decorators)
{
    Token *start = accept(p, TOK_CLASS);
    Token *name = accept(p, TOK_NAME);
    if (name == NULL) {
        return NULL;
    }
    int mark = p->mark;
    Expr *bases = NULL;
    if (accept(p, TOK_LPAR) != NULL) {
        bases = parse_call_arguments(p);
        if (p->failed) {
            return NULL;
        }
        if (accept(p, TOK_RPAR) == NULL) {
            p->mark = mark;
            bases = NULL;
        }
    }
    check_header(p, true, "class definition", start->lineno);
    AstSeq *body = parse_suite(p);
    Value id = body != NULL ? token_name(p, name) : 0;
    Stmt *stmt = id != 0 ? node_at(p, AST_ClassDef, start) : NULL;
    if (stmt != NULL) {
        stmt->ClassDef.name = id;
        stmt->ClassDef.body = body;
        stmt->ClassDef.decorator_list = decorators;
        if (bases != NULL) {
            stmt->ClassDef.bases = bases->Call.args;
            stmt->ClassDef.keywords = bases->Call.keywords;
        }
    }
    return stmt;
}

static AstSeq *parse_decorators(Parser *p)
{
    PtrList list;
    ptrs_init(&list);
    while (accept(p, TOK_AT) != NULL) {
        Expr *expr = parse_named_expression(p);
        if (expr == NULL || accept(p, TOK_NEWLINE) == NULL || !ptrs_add(p, &list, expr)) {
            ptrs_free(&list);
            return NULL;
        }
    }
    return ptrs_finish(p, &list);
}

static Stmt *parse_decorated(Parser *p)
{
    AstSeq *decorators = parse_decorators(p);
    if (decorators == NULL || p->failed) {
        return NULL;
    }
    if (peek_type(p) == TOK_CLASS) {
        return parse_class(p, decorators);
    }
    Token *async = accept(p, TOK_ASYNC);
    return peek_type(p) == TOK_DEF ? parse_def(p, async, decorators) : NULL;
}

static Stmt *parse_async(Parser *p)
{
    Token *async = accept(p, TOK_ASYNC);
    switch (peek_type(p)) {
    case TOK_DEF:
        return parse_def(p, async, &ast_empty_seq);
    case TOK_WITH:
        return parse_with(p, async);
    case TOK_FOR:
        return parse_for(p, async);
    default:
        return NULL;
    }
}

static Stmt *parse_compound_inner(Parser *p)
{
    switch (peek_type(p)) {
    case TOK_DEF:
        return parse_def(p, NULL, &ast_empty_seq);
    case TOK_AT:
        return parse_decorated(p);
    case TOK_ASYNC:
        return parse_async(p);
    case TOK_IF:
        return parse_if(p, TOK_IF);
    case TOK_CLASS:
        return parse_class(p, &ast_empty_seq);
    case TOK_WITH:
        return parse_with(p, NULL);
    case TOK_FOR:
        return parse_for(p, NULL);
    case TOK_TRY:
        return parse_try(p);
    case TOK_WHILE:
        return parse_while(p);
    case TOK_NAME:
        return name_is(peek(p), "match") ? parse_match(p) : NULL;
    default:
        return NULL;
    }
}

Stmt *parse_compound_stmt(Parser *p)
{
    int mark = p->mark;
    Stmt *stmt = parse_compound_inner(p);
    if (stmt == NULL || p->failed) {
        p->mark = mark;
        return NULL;
    }
    return stmt;
}
