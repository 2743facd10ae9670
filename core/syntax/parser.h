// Private to core/syntax: the parser's state and the functions its files share.
//
// Recursive descent over the token array with a mark that can be set back.  A parse function either
// returns a node with the mark behind it, or NULL with the mark where it was; `failed` tells a
// plain mismatch (false) from an error with an exception pending (true), after which every function
// returns NULL at once.
//
// The source is parsed once without regard to messages.  When that fails, it is parsed again with
// `second` set: then the functions also try the wrong constructs that the reference has a message
// for, in the order the reference tries them, and keep their results in memos so that the retries
// stay linear.  When no message comes of it, the last token read in the first pass is where the
// "invalid syntax" is.
#pragma once

#include "core/syntax/lexer.h"
#include "core/syntax/syntax.h"

// The parsers' depth at which the reference gives up with MemoryError.
enum { MAX_DEPTH = 6000 };

typedef enum Rule {
    RULE_EXPRESSION,
    RULE_STAR_EXPRESSION,
    RULE_DISJUNCTION,
    RULE_BITWISE_OR,
    RULE_PRIMARY,
    RULE_INVALID_NAMED,
    RULE_ARGUMENTS,
    RULE_STRINGS,
    RULE_BLOCK,
    RULE_SIMPLE_STMT,
    RULE_CLOSED_PATTERN,
    RULE_STAR_TARGET,
} Rule;

struct Memo {
    Memo *next;
    Rule rule;
    int end; // mark behind the node
    void *node;
};

typedef struct NameEntry {
    const char *text;
    uint32_t size, hash;
    Value value;
} NameEntry;

typedef struct NameTable { // identifiers seen so far, open addressing
    NameEntry *entries;
    uint32_t mask, used;
} NameTable;

// A growing list of pointers on the C heap; becomes an AstSeq.
typedef struct PtrList {
    void **items;
    int n, capacity;
    void *inline_items[8];
} PtrList;

typedef struct Parser {
    Thread *thread;
    Arena *arena;
    Value filename;
    Lexer lexer;
    Token **tokens;
    int fill, capacity, mark;
    bool second;      // invalid rules are on
    bool second_pass; // the second pass runs (invalid rules may be off for a while)
    // results are kept: in the second pass, and from a first wrong dict display on
    bool memoize;
    bool failed;
    bool begun;       // a token other than the end was read (PARSE_SINGLE)
    bool fstring;     // the text is an expression of an f-string
    int depth;
    ParseMode mode;
    unsigned flags;
    int feature_version;
    // of an f-string's expression: added to positions in its first line
    int start_lineno, start_col;
    bool char_columns; // errors count columns in characters, not bytes
    NameTable *names;
    PtrList type_ignores; // TypeIgnore *
} Parser;

// Parses the whole input: both passes.  NULL with an exception pending.
void *parser_run(Parser *p);

void ptrs_init(PtrList *list);
bool ptrs_add(Parser *p, PtrList *list, void *item); // false: MemoryError
AstSeq *ptrs_finish(Parser *p, PtrList *list);       // frees the list
void ptrs_free(PtrList *list);

// ---- tokens (parser.c) ----
Value accept_type_comment(Parser *p); // the text of the type comment that comes next, or 0
bool parser_fill(Parser *p); // reads one more token; false: an error
static inline Token *peek(Parser *p)
{
    if (p->mark == p->fill) {
        parser_fill(p);
    }
    return p->tokens[p->mark < p->fill ? p->mark : p->fill - 1];
}
static inline int peek_type(Parser *p)
{
    return p->failed ? TOK_ERROR : peek(p)->type;
}
// Consumes a token of the type and returns it, or NULL.
static inline Token *accept(Parser *p, int type)
{
    if (peek_type(p) != type) {
        return NULL;
    }
    return p->failed ? NULL : p->tokens[p->mark++];
}
bool peek_second(Parser *p, int first, int second); // the next two tokens are of these types
Token *expect_forced(Parser *p, int type);          // raises "expected '...'" unless it comes
bool name_is(const Token *token, const char *word); // a NAME with that text
Token *accept_word(Parser *p, const char *word);    // soft keywords
Token *last_token(Parser *p);                       // the last one consumed that is no layout
Value token_name(Parser *p, Token *token);          // interned identifier of a NAME
bool parser_enter(Parser *p);                       // depth + 1; false: MemoryError
static inline void parser_leave(Parser *p) { p->depth--; }

// ---- nodes (parser.c): from the given start to the last token; NULL and failed when there is no
// memory ----
void *node_new(Parser *p, AstKind kind, int lineno, int col);
static inline void *node_at(Parser *p, AstKind kind, const Token *start)
{
    return node_new(p, kind, start->lineno, start->col);
}
AstSeq *seq_one(Parser *p, void *item);
bool keep(Parser *p, Value value); // false: failed

// ---- memos (parser.c) ----
// true: *node is the result, the mark is moved
bool memo_find(Parser *p, Rule rule, void **node);
void *memo_store(Parser *p, Rule rule, int start, void *node); // returns node

// ---- errors (parser_error.c); all set failed and return NULL ----
typedef struct Range {
    int lineno, col, end_lineno, end_col; // columns in bytes from 0
} Range;
void *error_at(Parser *p, HostError type, Range range, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// From the start of one node or token to the end of another.
void *error_node(Parser *p, const void *first, const void *last, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void *error_token(Parser *p, const Token *first, const Token *last, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void *error_node_token(Parser *p, const void *first, const Token *last, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// From a place to where the lexer is.
void *error_from(Parser *p, int lineno, int col, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// At the last token read.
void *error_here(Parser *p, HostError type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void *error_target(Parser *p, Expr *expr, const char *verb, bool in_for, bool del);
void error_from_lexer(Parser *p);
void error_finish(Parser *p, Token *last_token); // after the second pass
void error_memory(Parser *p);
void error_codec(Parser *p); // gives a pending UnicodeError or ValueError the form of a SyntaxError
const char *expr_kind_name(const Expr *expr);
// CHECK of the grammar's version: raises "... only supported in Python 3.N and greater".
bool version_check(Parser *p, int minor, const char *what);

// ---- expressions (parser_expr.c, parser_atom.c, parser_call.c, parser_params.c, parser_target.c)
// ----
typedef Expr *(*ElementFn)(Parser *p);
typedef void *(*NodeFn)(Parser *p);
// operand (operator operand)*: the one operand alone with *operands NULL, or the sequence of two
// and more in *operands and a result that is not NULL.  NULL when there is none.
void *parse_operands(Parser *p, int operator, NodeFn operand, AstSeq **operands);
// element (',' element)* [',']: the one element alone, or a tuple.  NULL when there is none.
Expr *parse_tuple_of(Parser *p, ElementFn element, AstKind ctx);
Expr *parse_expressions(Parser *p);
Expr *parse_expression(Parser *p);
Expr *parse_star_expressions(Parser *p);
Expr *parse_star_expression(Parser *p);
Expr *parse_star_named_expression(Parser *p);
// with optional trailing comma; NULL when there is none
AstSeq *parse_star_named_expressions(Parser *p);
Expr *parse_named_expression(Parser *p);
Expr *parse_assignment_expression(Parser *p);
Expr *parse_arg_expression(Parser *p);           // assignment_expression | expression !':='
Expr *parse_starred_expression(Parser *p);       // '*' expression
Expr *parse_disjunction(Parser *p);
Expr *parse_bitwise_or(Parser *p);
Expr *parse_primary(Parser *p);
Expr *parse_atom(Parser *p);
Expr *parse_yield(Parser *p);
Expr *parse_yield_or_star_expressions(Parser *p);
Expr *parse_genexp(Parser *p);
AstSeq *parse_for_if_clauses(Parser *p);
Expr *parse_slices(Parser *p);
Expr *parse_strings(Parser *p);
Expr *parse_number(Parser *p);
Expr *parse_name(Parser *p);
Expr *constant_new(Parser *p, const Token *token, Value value);
// arguments before a right parenthesis, as a Call without func
Expr *parse_call_arguments(Parser *p);
Expr *parse_args(Parser *p);           // the same without its trailing comma and what follows
Expr *parse_lambda(Parser *p);
Arguments *parse_parameters(Parser *p, bool lambda);
Expr *parse_star_targets(Parser *p);
Expr *parse_star_target(Parser *p);
Expr *parse_single_target(Parser *p);
AstSeq *parse_del_targets(Parser *p);
bool target_set(Expr *expr, AstKind context); // makes it a target; false: it cannot be one
bool target_allowed(const Expr *expr, bool del);

// ---- statements (parser_stmt.c, parser_compound.c), patterns (parser_pattern.c) ----
AstSeq *parse_statements(Parser *p);     // NULL when there is none
AstSeq *parse_simple_stmts(Parser *p);
Stmt *parse_compound_stmt(Parser *p);
AstSeq *parse_block(Parser *p);
Pattern *parse_patterns(Parser *p);
Stmt *parse_match(Parser *p);

// ---- literals (lexer_string.c, fstring.c) ----
typedef struct Codepoints {
    uint32_t *points;
    size_t n, capacity;
} Codepoints;
bool codepoints_add(Parser *p, Codepoints *out, uint32_t point);
// Appends the text of a str literal part to `out`; raw: no escapes.
bool string_decode(Parser *p, const Token *token, const char *text, size_t size, bool raw,
                   Codepoints *out);
// Parses the expression "(...)" of an f-string; `text` goes on to live until the call returns.
Expr *parse_fstring_expression(Parser *outer, const char *text, size_t size, int start_lineno,
                               int start_col);
