// Atoms: names, constants, groups, displays and comprehensions; subscripts and the other trailers
// of a primary.
#include "core/syntax/parser.h"

#include <assert.h>

Expr *parse_name(Parser *p)
{
    Token *token = accept(p, TOK_NAME);
    if (token == NULL) {
        return NULL;
    }
    Value id = token_name(p, token);
    Expr *name = id != 0 ? node_at(p, AST_Name, token) : NULL;
    if (name != NULL) {
        name->Name.id = id;
        name->Name.ctx = AST_Load;
    }
    return name;
}

Expr *constant_new(Parser *p, const Token *token, Value value)
{
    Expr *node = node_at(p, AST_Constant, token);
    if (node != NULL) {
        node->Constant.value = value;
    }
    return node;
}

// ---- comprehensions ----

// The conditions of a comprehension clause.
static AstSeq *parse_conditions(Parser *p)
{
    PtrList ifs;
    ptrs_init(&ifs);
    for (;;) {
        int mark = p->mark;
        Expr *test = accept(p, TOK_IF) != NULL ? parse_disjunction(p) : NULL;
        if (test == NULL || !ptrs_add(p, &ifs, test)) {
            p->mark = mark;
            break;
        }
    }
    AstSeq *seq = ptrs_finish(p, &ifs);
    return p->failed ? NULL : seq;
}

// 'for' star_expressions whose target is none.
static void invalid_for_target(Parser *p)
{
    int start = p->mark;
    accept(p, TOK_ASYNC);
    if (accept(p, TOK_FOR) != NULL) {
        Expr *target = parse_star_expressions(p);
        error_target(p, target, "assign to", true, false);
    }
    p->mark = start;
}

static Comprehension *parse_for_if_clause(Parser *p)
{
    int start = p->mark;
    bool is_async = accept(p, TOK_ASYNC) != NULL;
    Expr *target = accept(p, TOK_FOR) != NULL ? parse_star_targets(p) : NULL;
    if (target == NULL || accept(p, TOK_IN) == NULL) {
        p->mark = start;
        if (p->second && !p->failed) {
            invalid_for_target(p);
        }
        return NULL;
    }
    Expr *iter = parse_disjunction(p);
    AstSeq *ifs = iter != NULL ? parse_conditions(p) : NULL;
    if (ifs == NULL || (is_async && !version_check(p, 6, "Async comprehensions are"))) {
        p->mark = start;
        return NULL;
    }
    Comprehension *clause = ast_new(p->arena, AST_comprehension, 0, 0, 0, 0);
    if (clause == NULL) {
        error_memory(p);
        return NULL;
    }
    clause->target = target;
    clause->iter = iter;
    clause->ifs = ifs;
    clause->is_async = is_async;
    return clause;
}

AstSeq *parse_for_if_clauses(Parser *p)
{
    int type = peek_type(p);
    if (type != TOK_FOR && type != TOK_ASYNC) {
        return NULL;
    }
    PtrList clauses;
    ptrs_init(&clauses);
    for (;;) {
        Comprehension *clause = parse_for_if_clause(p);
        if (clause == NULL || !ptrs_add(p, &clauses, clause)) {
            break;
        }
    }
    if (clauses.n == 0 || p->failed) {
        ptrs_free(&clauses);
        return NULL;
    }
    return ptrs_finish(p, &clauses);
}

// The tail of a comprehension whose element has been read: for_if_clauses and the closing bracket.
static Expr *finish_comprehension(Parser *p, AstKind kind, Token *start, Expr *elt, int closing)
{
    AstSeq *generators = parse_for_if_clauses(p);
    if (generators == NULL || accept(p, closing) == NULL) {
        return NULL;
    }
    Expr *node = node_at(p, kind, start);
    if (node != NULL) {
        // ListComp, SetComp and GeneratorExp have the same two fields.
        node->ListComp.elt = elt;
        node->ListComp.generators = generators;
    }
    return node;
}

// A starred or an unparenthesised tuple element before the 'for'.
static void invalid_comprehension(Parser *p)
{
    int start = p->mark;
    int bracket = peek_type(p);
    p->mark++;
    Expr *starred = parse_starred_expression(p);
    if (starred != NULL && parse_for_if_clauses(p) != NULL) {
        error_node(p, starred, starred, "iterable unpacking cannot be used in comprehension");
    }
    p->mark = start + 1;
    if (!p->failed && bracket != TOK_LPAR) {
        Expr *first = parse_star_named_expression(p);
        Token *comma = first != NULL ? accept(p, TOK_COMMA) : NULL;
        int mark = p->mark;
        AstSeq *rest = comma != NULL ? parse_star_named_expressions(p) : NULL;
        if (rest != NULL && parse_for_if_clauses(p) != NULL) {
            error_node(p, first, rest->items[rest->n - 1],
                       "did you forget parentheses around the comprehension target?");
        }
        p->mark = mark;
        if (!p->failed && comma != NULL && parse_for_if_clauses(p) != NULL) {
            error_node_token(p, first, comma,
                             "did you forget parentheses around the comprehension target?");
        }
    }
    p->mark = start;
}

// ---- parentheses ----

static Expr *tuple_new(Parser *p, Token *start, AstSeq *elts)
{
    Expr *tuple = elts != NULL ? node_at(p, AST_Tuple, start) : NULL;
    if (tuple != NULL) {
        tuple->Tuple.elts = elts;
        tuple->Tuple.ctx = AST_Load;
    }
    return tuple;
}

// The elements of a tuple behind its first one, the comma after which has been read.
static AstSeq *parse_tuple_rest(Parser *p, Expr *first)
{
    PtrList list;
    ptrs_init(&list);
    bool more = ptrs_add(p, &list, first);
    while (more) {
        Expr *next = parse_star_named_expression(p);
        more = next != NULL && ptrs_add(p, &list, next) && accept(p, TOK_COMMA) != NULL;
    }
    AstSeq *seq = ptrs_finish(p, &list);
    return p->failed ? NULL : seq;
}

static void invalid_group(Parser *p)
{
    int start = p->mark++;
    Expr *starred = parse_starred_expression(p);
    if (starred != NULL && accept(p, TOK_RPAR) != NULL) {
        error_node(p, starred, starred, "cannot use starred expression here");
    }
    p->mark = start + 1;
    Token *stars = accept(p, TOK_DOUBLESTAR);
    if (stars != NULL && parse_expression(p) != NULL && accept(p, TOK_RPAR) != NULL) {
        error_token(p, stars, stars, "cannot use double starred expression here");
    }
    p->mark = start;
}

// tuple | group | generator expression, without regard to wrong forms.
static Expr *parse_parenthesised_right(Parser *p)
{
    Token *start = accept(p, TOK_LPAR);
    if (accept(p, TOK_RPAR) != NULL) {
        return tuple_new(p, start, &ast_empty_seq);
    }
    if (peek_type(p) == TOK_YIELD) {
        Expr *yield = parse_yield(p);
        return yield != NULL && accept(p, TOK_RPAR) != NULL ? yield : NULL;
    }
    Expr *first = parse_star_named_expression(p);
    if (first == NULL) {
        return NULL;
    }
    if (accept(p, TOK_COMMA) != NULL) {
        AstSeq *elts = parse_tuple_rest(p, first);
        return elts != NULL && accept(p, TOK_RPAR) != NULL ? tuple_new(p, start, elts) : NULL;
    }
    if (first->kind == AST_Starred) {
        return NULL;
    }
    if (accept(p, TOK_RPAR) != NULL) {
        return first;
    }
    return finish_comprehension(p, AST_GeneratorExp, start, first, TOK_RPAR);
}

static Expr *parse_parenthesised(Parser *p)
{
    int start = p->mark;
    Expr *expr = parse_parenthesised_right(p);
    if (expr == NULL) {
        p->mark = start;
        if (p->second && !p->failed) {
            invalid_group(p);
        }
        if (p->second && !p->failed) {
            invalid_comprehension(p);
        }
    }
    return p->failed ? NULL : expr;
}

Expr *parse_genexp(Parser *p)
{
    int mark = p->mark;
    Token *start = accept(p, TOK_LPAR);
    Expr *elt = start != NULL ? parse_arg_expression(p) : NULL;
    Expr *node =
        elt != NULL ? finish_comprehension(p, AST_GeneratorExp, start, elt, TOK_RPAR) : NULL;
    if (node == NULL) {
        p->mark = mark;
        int type = peek_type(p);
        if (p->second && (type == TOK_LPAR || type == TOK_LSQB || type == TOK_LBRACE)) {
            invalid_comprehension(p);
        }
    }
    return p->failed ? NULL : node;
}

// ---- lists ----

static Expr *parse_list_right(Parser *p)
{
    Token *start = accept(p, TOK_LSQB);
    AstSeq *elts = &ast_empty_seq;
    if (peek_type(p) != TOK_RSQB) {
        elts = parse_star_named_expressions(p);
        if (elts == NULL) {
            return NULL;
        }
        Expr *first = elts->items[0];
        if (elts->n == 1 && first->kind != AST_Starred && peek_type(p) != TOK_RSQB &&
            p->tokens[p->mark - 1]->type != TOK_COMMA) {
            return finish_comprehension(p, AST_ListComp, start, first, TOK_RSQB);
        }
    }
    Expr *list = accept(p, TOK_RSQB) != NULL ? node_at(p, AST_List, start) : NULL;
    if (list != NULL) {
        list->List.elts = elts;
        list->List.ctx = AST_Load;
    }
    return list;
}

static Expr *parse_list(Parser *p)
{
    int start = p->mark;
    Expr *expr = parse_list_right(p);
    if (expr == NULL) {
        p->mark = start;
        if (p->second && !p->failed) {
            invalid_comprehension(p);
        }
    }
    return p->failed ? NULL : expr;
}

// ---- braces ----

// '**' bitwise_or | expression ':' expression.  *key is NULL for the first form.
static bool parse_dict_item(Parser *p, Expr **key, Expr **value)
{
    int mark = p->mark;
    *key = NULL;
    if (accept(p, TOK_DOUBLESTAR) != NULL) {
        *value = parse_bitwise_or(p);
    } else {
        *key = parse_expression(p);
        *value = *key != NULL && accept(p, TOK_COLON) != NULL ? parse_expression(p) : NULL;
    }
    if (*value == NULL) {
        p->mark = mark;
    }
    return *value != NULL;
}

// The items of a dict display, the first of which has been read.
static Expr *finish_dict(Parser *p, Token *start, Expr *key, Expr *value)
{
    PtrList keys, values;
    ptrs_init(&keys);
    ptrs_init(&values);
    bool more = ptrs_add(p, &keys, key) && ptrs_add(p, &values, value);
    while (more && accept(p, TOK_COMMA) != NULL) {
        more = parse_dict_item(p, &key, &value) && ptrs_add(p, &keys, key) &&
               ptrs_add(p, &values, value);
    }
    AstSeq *key_seq = ptrs_finish(p, &keys);
    AstSeq *value_seq = ptrs_finish(p, &values);
    Expr *dict = accept(p, TOK_RBRACE) != NULL ? node_at(p, AST_Dict, start) : NULL;
    if (dict != NULL) {
        dict->Dict.keys = key_seq;
        dict->Dict.values = value_seq;
    }
    return dict;
}

static Expr *finish_dict_comprehension(Parser *p, Token *start, Expr *key, Expr *value)
{
    AstSeq *generators = parse_for_if_clauses(p);
    Expr *node = generators != NULL && accept(p, TOK_RBRACE) != NULL
                     ? node_at(p, AST_DictComp, start)
                     : NULL;
    if (node != NULL) {
        node->DictComp.key = key;
        node->DictComp.value = value;
        node->DictComp.generators = generators;
    }
    return node;
}

// The elements of a set display or comprehension; `first` has been read, or is NULL.
static Expr *finish_set(Parser *p, Token *start, Expr *first)
{
    AstSeq *elts;
    if (first == NULL) {
        elts = parse_star_named_expressions(p);
    } else {
        elts = accept(p, TOK_COMMA) != NULL ? parse_tuple_rest(p, first) : seq_one(p, first);
    }
    if (elts == NULL) {
        return NULL;
    }
    first = elts->items[0];
    if (elts->n == 1 && first->kind != AST_Starred && peek_type(p) != TOK_RBRACE &&
        p->tokens[p->mark - 1]->type != TOK_COMMA) {
        return finish_comprehension(p, AST_SetComp, start, first, TOK_RBRACE);
    }
    Expr *set = accept(p, TOK_RBRACE) != NULL ? node_at(p, AST_Set, start) : NULL;
    if (set != NULL) {
        set->Set.elts = elts;
    }
    return set;
}

// A wrong dict item behind at least one right one or at the start.
static void invalid_dict_item(Parser *p, bool first)
{
    int start = p->mark;
    Expr *key = parse_expression(p);
    if (key == NULL) {
        return;
    }
    Token *colon = accept(p, TOK_COLON);
    if (colon == NULL) {
        if (!first && !p->failed) {
            error_at(p, HOST_SYNTAX_ERROR,
                     (Range){key->lineno, key->end_col_offset - 1, key->end_lineno, -1},
                     "':' expected after dictionary key");
        }
        p->mark = start;
        return;
    }
    Token *star = accept(p, TOK_STAR);
    if (star != NULL && parse_bitwise_or(p) != NULL) {
        error_from(p, star->lineno, star->col,
                   "cannot use a starred expression in a dictionary value");
    }
    p->mark = start;
    if (!p->failed && star == NULL) {
        // Back behind the colon, to see whether the value is missing.
        parse_expression(p);
        accept(p, TOK_COLON);
        if (peek_type(p) == TOK_RBRACE || peek_type(p) == TOK_COMMA) {
            error_token(p, colon, colon, "expression expected after dictionary key and ':'");
        }
        p->mark = start;
    }
}

static void invalid_dict(Parser *p)
{
    int start = p->mark++;
    Expr *key, *value;
    if (parse_dict_item(p, &key, &value)) {
        while (accept(p, TOK_COMMA) != NULL) {
            if (!parse_dict_item(p, &key, &value)) {
                invalid_dict_item(p, false);
                break;
            }
        }
    }
    p->mark = start + 1;
    if (!p->failed) {
        invalid_dict_item(p, true);
    }
    p->mark = start;
}

static void invalid_dict_comprehension(Parser *p)
{
    int start = p->mark++;
    Token *stars = accept(p, TOK_DOUBLESTAR);
    if (stars != NULL && parse_bitwise_or(p) != NULL && parse_for_if_clauses(p) != NULL &&
        accept(p, TOK_RBRACE) != NULL) {
        error_token(p, stars, stars, "dict unpacking cannot be used in dict comprehension");
    }
    p->mark = start;
}

static Expr *parse_brace_right(Parser *p)
{
    Token *start = accept(p, TOK_LBRACE);
    int inside = p->mark;
    if (accept(p, TOK_RBRACE) != NULL) {
        return node_at(p, AST_Dict, start);
    }
    int type = peek_type(p);
    if (type == TOK_STAR) {
        return finish_set(p, start, NULL);
    }
    if (type == TOK_DOUBLESTAR) {
        Expr *key, *value;
        return parse_dict_item(p, &key, &value) ? finish_dict(p, start, key, value) : NULL;
    }
    Expr *key = parse_expression(p);
    if (key != NULL && accept(p, TOK_COLON) != NULL) {
        Expr *value = parse_expression(p);
        if (value == NULL) {
            return NULL;
        }
        type = peek_type(p);
        return type == TOK_FOR || type == TOK_ASYNC
                   ? finish_dict_comprehension(p, start, key, value)
                   : finish_dict(p, start, key, value);
    }
    if (!p->second && key != NULL && peek_type(p) != TOK_COLONEQUAL) {
        return finish_set(p, start, key);
    }
    if (p->second && !p->failed) {
        p->mark = inside - 1;
        invalid_dict(p);
    }
    p->mark = inside;
    return p->failed ? NULL : finish_set(p, start, NULL);
}

static Expr *parse_brace(Parser *p)
{
    int start = p->mark;
    Expr *expr = parse_brace_right(p);
    if (expr != NULL || p->failed) {
        return p->failed ? NULL : expr;
    }
    p->mark = start;
    // The reference looks for wrong dict items in the first pass already.  The pass has failed:
    // from here on nested displays must not be parsed over and over.
    p->memoize = true;
    invalid_dict(p);
    if (p->second && !p->failed) {
        invalid_dict_comprehension(p);
    }
    if (p->second && !p->failed) {
        invalid_comprehension(p);
    }
    return NULL;
}

// ---- atoms ----

Expr *parse_atom(Parser *p)
{
    Token *token;
    switch (peek_type(p)) {
    case TOK_NAME:
        return parse_name(p);
    case TOK_TRUE:
        token = p->tokens[p->mark++];
        return constant_new(p, token, host_bool(true));
    case TOK_FALSE:
        token = p->tokens[p->mark++];
        return constant_new(p, token, host_bool(false));
    case TOK_NONE:
        token = p->tokens[p->mark++];
        return constant_new(p, token, host_none());
    case TOK_ELLIPSIS:
        token = p->tokens[p->mark++];
        return constant_new(p, token, host_ellipsis());
    case TOK_STRING:
        return parse_strings(p);
    case TOK_NUMBER:
        return parse_number(p);
    case TOK_LPAR:
        return parse_parenthesised(p);
    case TOK_LSQB:
        return parse_list(p);
    case TOK_LBRACE:
        return parse_brace(p);
    default:
        return NULL;
    }
}

// ---- subscripts ----

// [expression] ':' [expression] [':' [expression]] | named_expression
static Expr *parse_slice(Parser *p)
{
    Token *start = peek(p);
    int mark = p->mark;
    Expr *lower = NULL;
    if (peek_type(p) != TOK_COLON) {
        lower = parse_expression(p);
        if (lower != NULL && !p->second && peek_type(p) != TOK_COLONEQUAL &&
            peek_type(p) != TOK_COLON) {
            return p->failed ? NULL : lower;
        }
        if (lower == NULL || peek_type(p) != TOK_COLON) {
            p->mark = mark;
            /* without memos, trying again what cannot succeed doubles the time with each bracket */
            return lower != NULL || p->second ? parse_named_expression(p) : NULL;
        }
    }
    accept(p, TOK_COLON);
    Expr *upper = parse_expression(p);
    Expr *step = !p->failed && accept(p, TOK_COLON) != NULL ? parse_expression(p) : NULL;
    Expr *slice = node_at(p, AST_Slice, start);
    if (slice != NULL) {
        slice->Slice.lower = lower;
        slice->Slice.upper = upper;
        slice->Slice.step = step;
    }
    return slice;
}

static Expr *parse_slice_or_starred(Parser *p)
{
    return peek_type(p) == TOK_STAR ? parse_starred_expression(p) : parse_slice(p);
}

Expr *parse_slices(Parser *p)
{
    Token *start = peek(p);
    Expr *first = parse_slice_or_starred(p);
    if (first == NULL || (peek_type(p) != TOK_COMMA && first->kind != AST_Starred)) {
        return p->failed ? NULL : first;
    }
    PtrList list;
    ptrs_init(&list);
    bool more = ptrs_add(p, &list, first);
    while (more && accept(p, TOK_COMMA) != NULL) {
        Expr *next = parse_slice_or_starred(p);
        more = next != NULL && ptrs_add(p, &list, next);
    }
    return tuple_new(p, start, ptrs_finish(p, &list));
}

// ---- primaries ----

static Expr *parse_attribute(Parser *p, Token *start, Expr *value)
{
    int mark = p->mark;
    Token *name = accept(p, TOK_DOT) != NULL ? accept(p, TOK_NAME) : NULL;
    if (name == NULL) {
        p->mark = mark;
        return NULL;
    }
    Value attr = token_name(p, name);
    Expr *node = attr != 0 ? node_at(p, AST_Attribute, start) : NULL;
    if (node != NULL) {
        node->Attribute.value = value;
        node->Attribute.attr = attr;
        node->Attribute.ctx = AST_Load;
    }
    return node;
}

static Expr *parse_subscript(Parser *p, Token *start, Expr *value)
{
    int mark = p->mark;
    Expr *slice = accept(p, TOK_LSQB) != NULL ? parse_slices(p) : NULL;
    if (slice == NULL || accept(p, TOK_RSQB) == NULL) {
        p->mark = mark;
        return NULL;
    }
    Expr *node = node_at(p, AST_Subscript, start);
    if (node != NULL) {
        node->Subscript.value = value;
        node->Subscript.slice = slice;
        node->Subscript.ctx = AST_Load;
    }
    return node;
}

static Expr *call_new(Parser *p, Token *start, Expr *func, AstSeq *args, AstSeq *keywords)
{
    Expr *call = args != NULL && keywords != NULL ? node_at(p, AST_Call, start) : NULL;
    if (call != NULL) {
        call->Call.func = func;
        call->Call.args = args;
        call->Call.keywords = keywords;
    }
    return call;
}

static Expr *parse_call(Parser *p, Token *start, Expr *func)
{
    int mark = p->mark;
    accept(p, TOK_LPAR);
    if (accept(p, TOK_RPAR) != NULL) {
        return call_new(p, start, func, &ast_empty_seq, &ast_empty_seq);
    }
    Expr *list = p->second ? parse_call_arguments(p) : parse_args(p);
    if (!p->second && list != NULL) {
        Expr *only = list->Call.args->n == 1 ? list->Call.args->items[0] : NULL;
        int type = peek_type(p);
        if ((type == TOK_FOR || type == TOK_ASYNC) && only != NULL && only->kind != AST_Starred &&
            list->Call.keywords->n == 0) {
            only = finish_comprehension(p, AST_GeneratorExp, p->tokens[mark], only, TOK_RPAR);
            if (only == NULL) {
                p->mark = mark;
                return NULL;
            }
            return call_new(p, start, func, seq_one(p, only), &ast_empty_seq);
        }
        accept(p, TOK_COMMA);
    }
    if (list != NULL && accept(p, TOK_RPAR) != NULL) {
        return call_new(p, start, func, list->Call.args, list->Call.keywords);
    }
    p->mark = mark;
    return NULL;
}

// What follows a primary, in the second pass: there a generator expression is tried first, and with
// it what is wrong in a comprehension within any sort of bracket.
static Expr *parse_trailer_second(Parser *p, Token *start, Expr *expr, int type)
{
    if (type == TOK_LPAR || type == TOK_LSQB || type == TOK_LBRACE) {
        Expr *generator = parse_genexp(p);
        if (generator != NULL) {
            return call_new(p, start, expr, seq_one(p, generator), &ast_empty_seq);
        }
    }
    if (p->failed) {
        return NULL;
    }
    return type == TOK_LPAR   ? parse_call(p, start, expr)
           : type == TOK_LSQB ? parse_subscript(p, start, expr)
                              : NULL;
}

Expr *parse_primary(Parser *p)
{
    if (p->failed) {
        return NULL;
    }
    int mark = p->mark;
    void *memo;
    if (memo_find(p, RULE_PRIMARY, &memo)) {
        return memo;
    }
    Token *start = peek(p);
    Expr *expr = parse_atom(p);
    while (expr != NULL) {
        int type = peek_type(p);
        Expr *next = type == TOK_DOT    ? parse_attribute(p, start, expr)
                     : p->second        ? parse_trailer_second(p, start, expr, type)
                     : type == TOK_LPAR ? parse_call(p, start, expr)
                     : type == TOK_LSQB ? parse_subscript(p, start, expr)
                                        : NULL;
        if (next == NULL) {
            break;
        }
        expr = next;
    }
    return memo_store(p, RULE_PRIMARY, mark, p->failed ? NULL : expr);
}
