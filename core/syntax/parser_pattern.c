// The match statement and its patterns.
#include "core/syntax/parser.h"

static Pattern *parse_pattern(Parser *p);

static Pattern *pattern_new(Parser *p, AstKind kind, const Token *start)
{
    return node_at(p, kind, start);
}

// ---- literals ----

static Expr *negative_new(Parser *p, Token *minus, Expr *operand)
{
    Expr *node = node_at(p, AST_UnaryOp, minus);
    if (node != NULL) {
        node->UnaryOp.op = AST_USub;
        node->UnaryOp.operand = operand;
    }
    return node;
}

// ['-'] NUMBER
static Expr *parse_signed(Parser *p)
{
    int mark = p->mark;
    Token *minus = accept(p, TOK_MINUS);
    Expr *number = peek_type(p) == TOK_NUMBER ? parse_number(p) : NULL;
    if (number == NULL) {
        p->mark = mark;
        return NULL;
    }
    return minus != NULL ? negative_new(p, minus, number) : number;
}

static bool is_complex(const Expr *number)
{
    return host_is_complex(number->Constant.value);
}

// ['-'] real ('+' | '-') imaginary
static Expr *finish_complex(Parser *p, Token *start, Expr *real)
{
    const Expr *magnitude = real->kind == AST_UnaryOp ? real->UnaryOp.operand : real;
    if (is_complex(magnitude)) {
        return error_node(p, magnitude, magnitude, "real number required in complex literal");
    }
    int type = peek_type(p);
    p->mark++;
    Expr *imaginary = peek_type(p) == TOK_NUMBER ? parse_number(p) : NULL;
    if (imaginary == NULL) {
        return NULL;
    }
    if (!is_complex(imaginary)) {
        return error_node(p, imaginary, imaginary, "imaginary number required in complex literal");
    }
    Expr *node = node_at(p, AST_BinOp, start);
    if (node != NULL) {
        node->BinOp.left = real;
        node->BinOp.op = type == TOK_PLUS ? AST_Add : AST_Sub;
        node->BinOp.right = imaginary;
    }
    return node;
}

static Expr *parse_number_expr(Parser *p)
{
    Token *start = peek(p);
    int mark = p->mark;
    Expr *number = parse_signed(p);
    if (number == NULL) {
        return NULL;
    }
    int type = peek_type(p);
    if (type == TOK_PLUS || type == TOK_MINUS) {
        number = finish_complex(p, start, number);
        if (number == NULL) {
            p->mark = mark;
        }
    }
    return number;
}

static Expr *parse_literal_expr(Parser *p)
{
    switch (peek_type(p)) {
    case TOK_NUMBER:
    case TOK_MINUS:
        return parse_number_expr(p);
    case TOK_STRING:
        return parse_strings(p);
    case TOK_NONE:
    case TOK_TRUE:
    case TOK_FALSE:
        return parse_atom(p);
    default:
        return NULL;
    }
}

static Pattern *parse_literal(Parser *p)
{
    Token *start = peek(p);
    int type = start->type;
    Expr *value = parse_literal_expr(p);
    if (value == NULL) {
        return NULL;
    }
    if (type == TOK_NONE || type == TOK_TRUE || type == TOK_FALSE) {
        Pattern *single = pattern_new(p, AST_MatchSingleton, start);
        if (single != NULL) {
            single->MatchSingleton.value = value->Constant.value;
        }
        return single;
    }
    Pattern *pattern = pattern_new(p, AST_MatchValue, start);
    if (pattern != NULL) {
        pattern->MatchValue.value = value;
    }
    return pattern;
}

// ---- names ----

// Does a '.', '(' or '=' follow, so that a name is no capture?
static bool continues_name(Parser *p)
{
    int type = peek_type(p);
    return type == TOK_DOT || type == TOK_LPAR || type == TOK_EQUAL;
}

// NAME but "_", which captures; 0 otherwise.
static Value parse_capture_target(Parser *p)
{
    int mark = p->mark;
    Token *name = accept(p, TOK_NAME);
    if (name == NULL || name_is(name, "_") || continues_name(p) || p->failed) {
        p->mark = mark;
        return 0;
    }
    return token_name(p, name);
}

// NAME ('.' NAME)*
static Expr *parse_dotted(Parser *p)
{
    Token *start = peek(p);
    Expr *expr = parse_name(p);
    while (expr != NULL && peek_second(p, TOK_DOT, TOK_NAME)) {
        p->mark += 2;
        Value attr = token_name(p, p->tokens[p->mark - 1]);
        Expr *node = attr != 0 ? node_at(p, AST_Attribute, start) : NULL;
        if (node == NULL) {
            return NULL;
        }
        node->Attribute.value = expr;
        node->Attribute.attr = attr;
        node->Attribute.ctx = AST_Load;
        expr = node;
    }
    return expr;
}

// ---- sequences ----

static Pattern *parse_star_pattern(Parser *p)
{
    int mark = p->mark;
    Token *start = accept(p, TOK_STAR);
    Value name = start != NULL ? parse_capture_target(p) : 0;
    if (start == NULL || (name == 0 && (p->failed || accept_word(p, "_") == NULL))) {
        p->mark = mark;
        return NULL;
    }
    Pattern *star = pattern_new(p, AST_MatchStar, start);
    if (star != NULL) {
        star->MatchStar.name = name;
    }
    return star;
}

static Pattern *parse_maybe_star(Parser *p)
{
    return peek_type(p) == TOK_STAR ? parse_star_pattern(p) : parse_pattern(p);
}

// The patterns of a sequence behind `first` (or from the start, when NULL), with an optional
// trailing comma.
static AstSeq *parse_sequence_rest(Parser *p, Pattern *first)
{
    PtrList list;
    ptrs_init(&list);
    bool more = first == NULL || (ptrs_add(p, &list, first) && accept(p, TOK_COMMA) != NULL);
    while (more) {
        Pattern *next = parse_maybe_star(p);
        more = next != NULL && ptrs_add(p, &list, next) && accept(p, TOK_COMMA) != NULL;
    }
    AstSeq *seq = ptrs_finish(p, &list);
    return p->failed ? NULL : seq;
}

static Pattern *sequence_new(Parser *p, Token *start, AstSeq *patterns)
{
    Pattern *pattern = patterns != NULL ? pattern_new(p, AST_MatchSequence, start) : NULL;
    if (pattern != NULL) {
        pattern->MatchSequence.patterns = patterns;
    }
    return pattern;
}

// '(' pattern ')' | '(' [sequence] ')'
static Pattern *parse_parenthesised_pattern(Parser *p)
{
    Token *start = accept(p, TOK_LPAR);
    if (accept(p, TOK_RPAR) != NULL) {
        return sequence_new(p, start, &ast_empty_seq);
    }
    Pattern *first = parse_maybe_star(p);
    if (first == NULL) {
        return NULL;
    }
    if (peek_type(p) == TOK_COMMA) {
        AstSeq *patterns = parse_sequence_rest(p, first);
        return accept(p, TOK_RPAR) != NULL ? sequence_new(p, start, patterns) : NULL;
    }
    return first->kind != AST_MatchStar && accept(p, TOK_RPAR) != NULL ? first : NULL;
}

static Pattern *parse_list_pattern(Parser *p)
{
    Token *start = accept(p, TOK_LSQB);
    AstSeq *patterns = parse_sequence_rest(p, NULL);
    return accept(p, TOK_RSQB) != NULL ? sequence_new(p, start, patterns) : NULL;
}

// ---- mappings ----

// (literal | attr) ':' pattern
static bool parse_mapping_item(Parser *p, PtrList *keys, PtrList *patterns)
{
    int mark = p->mark;
    Expr *key = parse_literal_expr(p);
    if (key == NULL && !p->failed) {
        key = parse_dotted(p);
        if (key != NULL && key->kind != AST_Attribute) {
            key = NULL;
        }
    }
    Pattern *pattern = key != NULL && accept(p, TOK_COLON) != NULL ? parse_pattern(p) : NULL;
    if (pattern == NULL || !ptrs_add(p, keys, key) || !ptrs_add(p, patterns, pattern)) {
        p->mark = mark;
        return false;
    }
    return true;
}

static Pattern *parse_mapping(Parser *p)
{
    Token *start = accept(p, TOK_LBRACE);
    PtrList keys, patterns;
    ptrs_init(&keys);
    ptrs_init(&patterns);
    Value rest = 0;
    bool more = peek_type(p) != TOK_RBRACE;
    while (more) {
        if (accept(p, TOK_DOUBLESTAR) != NULL) {
            rest = parse_capture_target(p);
            if (rest != 0) {
                accept(p, TOK_COMMA);
            }
            break;
        }
        more = parse_mapping_item(p, &keys, &patterns) && accept(p, TOK_COMMA) != NULL;
    }
    AstSeq *key_seq = ptrs_finish(p, &keys);
    AstSeq *pattern_seq = ptrs_finish(p, &patterns);
    if (p->failed || (rest == 0 && p->tokens[p->mark - 1]->type == TOK_DOUBLESTAR) ||
        accept(p, TOK_RBRACE) == NULL) {
        return NULL;
    }
    Pattern *mapping = pattern_new(p, AST_MatchMapping, start);
    if (mapping != NULL) {
        mapping->MatchMapping.keys = key_seq;
        mapping->MatchMapping.patterns = pattern_seq;
        mapping->MatchMapping.rest = rest;
    }
    return mapping;
}

// ---- classes ----

typedef struct ClassArgs {
    PtrList patterns, names, values;
} ClassArgs;

// NAME '=' pattern
static bool parse_keyword_pattern(Parser *p, ClassArgs *args)
{
    int mark = p->mark;
    if (!peek_second(p, TOK_NAME, TOK_EQUAL)) {
        return false;
    }
    Value name = token_name(p, p->tokens[mark]);
    p->mark += 2;
    Pattern *pattern = name != 0 ? parse_pattern(p) : NULL;
    if (pattern == NULL || !ptrs_add(p, &args->names, (void *)(uintptr_t)name) ||
        !ptrs_add(p, &args->values, pattern)) {
        p->mark = mark;
        return false;
    }
    return true;
}

// Positional patterns behind keyword patterns: the mark is behind the '('.
static void invalid_class_arguments(Parser *p)
{
    ClassArgs args;
    ptrs_init(&args.patterns);
    ptrs_init(&args.names);
    ptrs_init(&args.values);
    bool more = true;
    while (more && !peek_second(p, TOK_NAME, TOK_EQUAL)) {
        more = parse_pattern(p) != NULL && accept(p, TOK_COMMA) != NULL;
    }
    int n = 0;
    while (more && peek_second(p, TOK_NAME, TOK_EQUAL)) {
        more = parse_keyword_pattern(p, &args) && accept(p, TOK_COMMA) != NULL;
        n++;
    }
    Pattern *first = n > 0 && more ? parse_pattern(p) : NULL;
    Pattern *last = first;
    while (first != NULL && peek_type(p) == TOK_COMMA) {
        int mark = p->mark++;
        Pattern *next = parse_pattern(p);
        if (next == NULL) {
            p->mark = mark;
            break;
        }
        last = next;
    }
    ptrs_free(&args.names);
    ptrs_free(&args.values);
    if (first != NULL && !p->failed) {
        error_node(p, first, last, "positional patterns follow keyword patterns");
    }
}

static bool parse_class_args(Parser *p, ClassArgs *args)
{
    bool more = peek_type(p) != TOK_RPAR;
    while (more && !peek_second(p, TOK_NAME, TOK_EQUAL) && peek_type(p) != TOK_RPAR) {
        Pattern *pattern = parse_pattern(p);
        if (pattern == NULL || !ptrs_add(p, &args->patterns, pattern)) {
            return false;
        }
        more = accept(p, TOK_COMMA) != NULL;
    }
    while (more && peek_type(p) != TOK_RPAR) {
        if (!parse_keyword_pattern(p, args)) {
            return false;
        }
        more = accept(p, TOK_COMMA) != NULL;
    }
    return accept(p, TOK_RPAR) != NULL;
}

static Pattern *finish_class(Parser *p, Token *start, Expr *cls)
{
    int inside = ++p->mark;
    ClassArgs args;
    ptrs_init(&args.patterns);
    ptrs_init(&args.names);
    ptrs_init(&args.values);
    bool ok = parse_class_args(p, &args);
    AstSeq *patterns = ptrs_finish(p, &args.patterns);
    AstSeq *names = ptrs_finish(p, &args.names);
    AstSeq *values = ptrs_finish(p, &args.values);
    if (!ok || p->failed) {
        if (p->second && !p->failed) {
            p->mark = inside;
            invalid_class_arguments(p);
        }
        return NULL;
    }
    Pattern *pattern = pattern_new(p, AST_MatchClass, start);
    if (pattern != NULL) {
        pattern->MatchClass.cls = cls;
        pattern->MatchClass.patterns = patterns;
        pattern->MatchClass.kwd_attrs = names;
        pattern->MatchClass.kwd_patterns = values;
    }
    return pattern;
}

// ---- closed patterns ----

static Pattern *as_new(Parser *p, Token *start, Pattern *inner, Value name)
{
    Pattern *pattern = pattern_new(p, AST_MatchAs, start);
    if (pattern != NULL) {
        pattern->MatchAs.pattern = inner;
        pattern->MatchAs.name = name;
    }
    return pattern;
}

// A capture, "_", a value or a class.
static Pattern *parse_name_pattern(Parser *p)
{
    Token *start = peek(p);
    Value name = parse_capture_target(p);
    if (name != 0) {
        return as_new(p, start, NULL, name);
    }
    if (!p->failed && accept_word(p, "_") != NULL) {
        return as_new(p, start, NULL, 0);
    }
    Expr *value = parse_dotted(p);
    if (value == NULL) {
        return NULL;
    }
    if (peek_type(p) == TOK_LPAR) {
        return finish_class(p, start, value);
    }
    if (value->kind != AST_Attribute || continues_name(p)) {
        return NULL;
    }
    Pattern *pattern = pattern_new(p, AST_MatchValue, start);
    if (pattern != NULL) {
        pattern->MatchValue.value = value;
    }
    return pattern;
}

static Pattern *parse_closed_inner(Parser *p)
{
    switch (peek_type(p)) {
    case TOK_NAME:
        return parse_name_pattern(p);
    case TOK_LPAR:
        return parse_parenthesised_pattern(p);
    case TOK_LSQB:
        return parse_list_pattern(p);
    case TOK_LBRACE:
        return parse_mapping(p);
    default:
        return parse_literal(p);
    }
}

static void *parse_closed(Parser *p)
{
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_CLOSED_PATTERN, &memo)) {
        return memo;
    }
    Pattern *pattern = parser_enter(p) ? parse_closed_inner(p) : NULL;
    p->depth -= !p->failed;
    if (pattern == NULL || p->failed) {
        p->mark = start;
        pattern = NULL;
    }
    return memo_store(p, RULE_CLOSED_PATTERN, start, pattern);
}

static Pattern *parse_or_pattern(Parser *p)
{
    Token *start = peek(p);
    AstSeq *patterns;
    Pattern *first = parse_operands(p, TOK_VBAR, parse_closed, &patterns);
    if (patterns == NULL) {
        return first;
    }
    Pattern *pattern = pattern_new(p, AST_MatchOr, start);
    if (pattern != NULL) {
        pattern->MatchOr.patterns = patterns;
    }
    return pattern;
}

// or_pattern ['as' NAME]
static Pattern *parse_pattern(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    Token *start = peek(p);
    Pattern *inner = parse_or_pattern(p);
    int mark = p->mark;
    if (inner == NULL || accept(p, TOK_AS) == NULL) {
        return p->failed ? NULL : inner;
    }
    Value name = parse_capture_target(p);
    if (name != 0) {
        return as_new(p, start, inner, name);
    }
    if (p->second && !p->failed) {
        Token *wildcard = accept_word(p, "_");
        if (wildcard != NULL) {
            return error_token(p, wildcard, wildcard, "cannot use '_' as a target");
        }
        Expr *bad = peek_type(p) != TOK_NAME ? parse_expression(p) : NULL;
        if (bad != NULL) {
            return error_node(p, bad, bad, "invalid pattern target");
        }
    }
    p->mark = mark;
    return p->failed ? NULL : inner;
}

Pattern *parse_patterns(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    Token *start = peek(p);
    int mark = p->mark;
    Pattern *first = parse_maybe_star(p);
    if (first == NULL) {
        return NULL;
    }
    if (peek_type(p) == TOK_COMMA) {
        return sequence_new(p, start, parse_sequence_rest(p, first));
    }
    if (first->kind == AST_MatchStar || p->failed) {
        p->mark = mark;
        return NULL;
    }
    return first;
}

// ---- the statement ----

// At a header's end, in the second pass: no ':' or no block.
static void check_match_header(Parser *p, const char *word, int line)
{
    if (!p->second || p->failed) {
        return;
    }
    int mark = p->mark;
    if (accept(p, TOK_NEWLINE) != NULL) {
        error_here(p, HOST_SYNTAX_ERROR, "expected ':'");
    } else if (accept(p, TOK_COLON) != NULL && accept(p, TOK_NEWLINE) != NULL &&
               peek_type(p) != TOK_INDENT && !p->failed) {
        error_here(p, HOST_INDENTATION_ERROR,
                   "expected an indented block after '%s' statement on line %d", word, line);
    }
    p->mark = mark;
}

static MatchCase *parse_case(Parser *p)
{
    int mark = p->mark;
    Token *start = accept_word(p, "case");
    if (start == NULL) {
        return NULL;
    }
    Pattern *pattern = parse_patterns(p);
    if (pattern == NULL) {
        p->mark = mark;
        return NULL;
    }
    int behind = p->mark;
    Expr *guard = accept(p, TOK_IF) != NULL ? parse_named_expression(p) : NULL;
    if (guard == NULL) {
        p->mark = behind;
    }
    check_match_header(p, "case", start->lineno);
    AstSeq *body = accept(p, TOK_COLON) != NULL ? parse_block(p) : NULL;
    if (body == NULL) {
        p->mark = mark;
        return NULL;
    }
    MatchCase *match_case = ast_new(p->arena, AST_match_case, 0, 0, 0, 0);
    if (match_case == NULL) {
        error_memory(p);
        return NULL;
    }
    match_case->pattern = pattern;
    match_case->guard = guard;
    match_case->body = body;
    return match_case;
}

static Expr *parse_subject(Parser *p)
{
    Token *start = peek(p);
    int mark = p->mark;
    Expr *first = parse_star_named_expression(p);
    if (first != NULL && accept(p, TOK_COMMA) != NULL) {
        AstSeq *rest = parse_star_named_expressions(p);
        int n = rest != NULL ? rest->n : 0;
        AstSeq *elts = p->failed ? NULL : ast_seq_new(p->arena, n + 1);
        Expr *tuple = elts != NULL ? node_at(p, AST_Tuple, start) : NULL;
        if (tuple == NULL) {
            return NULL;
        }
        elts->items[0] = first;
        for (int i = 0; i < n; i++) {
            elts->items[i + 1] = rest->items[i];
        }
        tuple->Tuple.elts = elts;
        tuple->Tuple.ctx = AST_Load;
        return tuple;
    }
    if (first != NULL && first->kind != AST_Starred) {
        return first;
    }
    p->mark = mark;
    return NULL;
}

Stmt *parse_match(Parser *p)
{
    int mark = p->mark;
    Token *start = accept_word(p, "match");
    Expr *subject = start != NULL ? parse_subject(p) : NULL;
    if (subject == NULL) {
        p->mark = mark;
        return NULL;
    }
    int header = p->mark;
    PtrList cases;
    ptrs_init(&cases);
    if (accept(p, TOK_COLON) != NULL && accept(p, TOK_NEWLINE) != NULL &&
        accept(p, TOK_INDENT) != NULL) {
        MatchCase *match_case;
        while ((match_case = parse_case(p)) != NULL && ptrs_add(p, &cases, match_case)) {
        }
    }
    bool complete = cases.n > 0 && accept(p, TOK_DEDENT) != NULL;
    AstSeq *seq = ptrs_finish(p, &cases);
    if (complete && version_check(p, 10, "Pattern matching is")) {
        Stmt *stmt = node_at(p, AST_Match, start);
        if (stmt != NULL) {
            stmt->Match.subject = subject;
            stmt->Match.cases = seq;
        }
        return stmt;
    }
    p->mark = header;
    check_match_header(p, "match", start->lineno);
    p->mark = mark;
    return NULL;
}
