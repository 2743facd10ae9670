// The parser's engine: tokens, memos, nodes, names, the two passes and the entry parse_source.
#include "core/syntax/parser.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// ---- lists ----

void ptrs_init(PtrList *list)
{
    list->items = list->inline_items;
    list->n = 0;
    list->capacity = (int)ARRAY_SIZE(list->inline_items);
}

bool ptrs_add(Parser *p, PtrList *list, void *item)
{
    if (list->n == list->capacity) {
        size_t bytes = (size_t)list->capacity * 2 * sizeof(void *);
        bool inside = list->items == list->inline_items;
        void **grown = realloc(inside ? NULL : list->items, bytes);
        if (grown == NULL) {
            error_memory(p);
            return false;
        }
        if (inside) {
            memcpy(grown, list->inline_items, sizeof list->inline_items);
        }
        list->items = grown;
        list->capacity *= 2;
    }
    list->items[list->n++] = item;
    return true;
}

void ptrs_free(PtrList *list)
{
    if (list->items != list->inline_items) {
        free(list->items);
    }
    ptrs_init(list);
}

AstSeq *ptrs_finish(Parser *p, PtrList *list)
{
    AstSeq *seq = ast_seq_new(p->arena, list->n);
    if (seq == NULL) {
        error_memory(p);
    } else if (list->n > 0) {
        memcpy(seq->items, list->items, (size_t)list->n * sizeof(void *));
    }
    ptrs_free(list);
    return seq;
}

// ---- tokens ----

// Where the whole input is one statement, its end counts as a newline first.
static void end_as_newline(Parser *p, Token *token)
{
    token->type = TOK_NEWLINE;
    p->begun = false;
    if (p->lexer.indent > 0 && !(p->flags & PARSE_DONT_IMPLY_DEDENT)) {
        p->lexer.pending = -p->lexer.indent;
        p->lexer.indent = 0;
    }
}

static Value comment_text(Parser *p, const Token *token)
{
    Value text = host_str_utf8(p->thread, token->start, (size_t)token->size);
    if (text == 0 || !ast_keep(p->thread, p->arena, text)) {
        error_codec(p);
        return 0;
    }
    return text;
}

static bool add_type_ignore(Parser *p, const Token *token)
{
    TypeIgnore *ignore = ast_new(p->arena, AST_TypeIgnore, 0, 0, 0, 0);
    Value tag = comment_text(p, token);
    if (ignore == NULL || tag == 0) {
        return ignore == NULL ? (error_memory(p), false) : false;
    }
    ignore->TypeIgnore.lineno = token->lineno;
    ignore->TypeIgnore.tag = tag;
    return ptrs_add(p, &p->type_ignores, ignore);
}

Value accept_type_comment(Parser *p)
{
    Token *token = accept(p, TOK_TYPE_COMMENT);
    return token != NULL ? comment_text(p, token) : 0;
}

bool parser_fill(Parser *p)
{
    if (p->fill == p->capacity) {
        int capacity = p->capacity != 0 ? p->capacity * 2 : 64;
        Token **grown = realloc(p->tokens, (size_t)capacity * sizeof *grown);
        if (grown == NULL) {
            error_memory(p);
            return false;
        }
        p->tokens = grown;
        p->capacity = capacity;
    }
    Token *token = arena_alloc(p->arena, sizeof *token);
    if (token == NULL) {
        error_memory(p);
        return false;
    }
    TokenType type = lexer_next(&p->lexer, token);
    while (type == TOK_TYPE_IGNORE) {
        if (!add_type_ignore(p, token)) {
            return false;
        }
        type = lexer_next(&p->lexer, token);
    }
    if (type == TOK_ENDMARKER && p->mode == PARSE_SINGLE && p->begun) {
        end_as_newline(p, token);
    } else {
        p->begun = true;
    }
    if (p->start_lineno != 0 && p->lexer.lineno == p->start_lineno) {
        token->col += p->start_col;
        token->end_col += p->start_col;
    }
    p->tokens[p->fill++] = token;
    if (type == TOK_ERROR) {
        error_from_lexer(p);
        return false;
    }
    return true;
}

bool peek_second(Parser *p, int first, int second)
{
    if (peek_type(p) != first) {
        return false;
    }
    p->mark++;
    bool same = peek_type(p) == second;
    p->mark--;
    return same;
}

Token *expect_forced(Parser *p, int type)
{
    if (p->failed) {
        return NULL;
    }
    Token *token = accept(p, type);
    if (token == NULL && !p->failed) {
        token = peek(p);
        return error_token(p, token, token, "expected '%s'", token_texts[type]);
    }
    return token;
}

bool name_is(const Token *token, const char *word)
{
    size_t size = strlen(word);
    return token->type == TOK_NAME && (size_t)token->size == size &&
           memcmp(token->start, word, size) == 0;
}

Token *accept_word(Parser *p, const char *word)
{
    if (peek_type(p) != TOK_NAME || !name_is(p->tokens[p->mark], word)) {
        return NULL;
    }
    return p->tokens[p->mark++];
}

Token *last_token(Parser *p)
{
    for (int i = p->mark - 1; i >= 0; i--) {
        Token *token = p->tokens[i];
        if (token->type != TOK_ENDMARKER && token->type != TOK_NEWLINE &&
            token->type != TOK_INDENT && token->type != TOK_DEDENT) {
            return token;
        }
    }
    return p->tokens[0];
}

bool parser_enter(Parser *p)
{
    if (p->failed) {
        return false;
    }
    if (p->depth >= MAX_DEPTH || !host_stack_check(p->thread)) {
        error_memory(p); // unless an exception is pending
        return false;
    }
    p->depth++;
    return true;
}

// ---- names ----

static uint32_t text_hash(const char *text, uint32_t size)
{
    uint32_t hash = 2166136261u; // FNV-1a
    for (uint32_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash;
}

static NameEntry *names_slot(NameTable *names, const char *text, uint32_t size, uint32_t hash)
{
    for (uint32_t i = hash;; i++) {
        NameEntry *entry = &names->entries[i & names->mask];
        if (entry->text == NULL || (entry->hash == hash && entry->size == size &&
                                    memcmp(entry->text, text, size) == 0)) {
            return entry;
        }
    }
}

static bool names_grow(NameTable *names)
{
    uint32_t capacity = names->entries != NULL ? (names->mask + 1) * 2 : 64;
    NameTable grown = {calloc(capacity, sizeof(NameEntry)), capacity - 1, names->used};
    if (grown.entries == NULL) {
        return false;
    }
    for (uint32_t i = 0; names->entries != NULL && i <= names->mask; i++) {
        NameEntry *entry = &names->entries[i];
        if (entry->text != NULL) {
            *names_slot(&grown, entry->text, entry->size, entry->hash) = *entry;
        }
    }
    free(names->entries);
    *names = grown;
    return true;
}

Value token_name(Parser *p, Token *token)
{
    NameTable *names = p->names;
    if (names->entries == NULL || names->used * 2 > names->mask) {
        if (!names_grow(names)) {
            error_memory(p);
            return 0;
        }
    }
    uint32_t size = (uint32_t)token->size;
    uint32_t hash = text_hash(token->start, size);
    NameEntry *entry = names_slot(names, token->start, size, hash);
    if (entry->text != NULL) {
        return entry->value;
    }
    Value value = host_intern(p->thread, token->start, size);
    char *text = value != 0 ? arena_alloc(p->arena, size + 1) : NULL;
    if (text == NULL) {
        if (value != 0) {
            error_memory(p);
        }
        p->failed = true;
        return 0;
    }
    if (!keep(p, value)) {
        return 0;
    }
    // The text of an f-string's expression goes away with its parser: the table has its own copy.
    memcpy(text, token->start, size);
    *entry = (NameEntry){text, size, hash, value};
    names->used++;
    return value;
}

bool keep(Parser *p, Value value)
{
    if (value == 0 || !ast_keep(p->thread, p->arena, value)) {
        p->failed = true;
        return false;
    }
    return true;
}

// ---- nodes ----

void *node_new(Parser *p, AstKind kind, int lineno, int col)
{
    if (p->failed) {
        return NULL;
    }
    Token *end = last_token(p);
    void *node = ast_new(p->arena, kind, lineno, col, end->end_lineno, end->end_col);
    if (node == NULL) {
        error_memory(p);
    }
    return node;
}

AstSeq *seq_one(Parser *p, void *item)
{
    AstSeq *seq = p->failed ? NULL : ast_seq_new(p->arena, 1);
    if (seq != NULL) {
        seq->items[0] = item;
    } else if (!p->failed) {
        error_memory(p);
    }
    return seq;
}

// ---- memos ----

bool memo_find(Parser *p, Rule rule, void **node)
{
    if (!p->memoize || p->failed) {
        *node = NULL;
        return p->failed;
    }
    for (Memo *memo = peek(p)->memo; memo != NULL; memo = memo->next) {
        if (memo->rule == rule) {
            p->mark = memo->end;
            *node = memo->node;
            return true;
        }
    }
    *node = NULL;
    return p->failed;
}

void *memo_store(Parser *p, Rule rule, int start, void *node)
{
    if (!p->memoize || p->failed || start >= p->fill) {
        return p->failed ? NULL : node;
    }
    Memo *memo = arena_alloc(p->arena, sizeof *memo);
    if (memo == NULL) {
        error_memory(p);
        return NULL;
    }
    *memo = (Memo){p->tokens[start]->memo, rule, node != NULL ? p->mark : start, node};
    p->tokens[start]->memo = memo;
    return node;
}

// ---- start rules ----

static void *parse_module(Parser *p)
{
    AstSeq *body = parse_statements(p);
    if (p->failed || accept(p, TOK_ENDMARKER) == NULL) {
        return NULL;
    }
    Mod *mod = node_new(p, AST_Module, 1, 0);
    if (mod != NULL && body != NULL) {
        mod->Module.body = body;
    }
    if (mod != NULL && p->type_ignores.n > 0) {
        mod->Module.type_ignores = ptrs_finish(p, &p->type_ignores);
    }
    return p->failed ? NULL : mod;
}

static AstSeq *parse_interactive_body(Parser *p)
{
    int start = p->mark;
    Stmt *compound = parse_compound_stmt(p);
    if (compound != NULL && accept(p, TOK_NEWLINE) != NULL) {
        return seq_one(p, compound);
    }
    p->mark = start;
    AstSeq *simple = parse_simple_stmts(p);
    if (simple != NULL) {
        return simple;
    }
    p->mark = start;
    Token *newline = accept(p, TOK_NEWLINE);
    if (newline != NULL) {
        Stmt *pass = ast_new(p->arena, AST_Pass, newline->lineno, newline->col, newline->end_lineno,
                             newline->end_col);
        return pass != NULL ? seq_one(p, pass) : (error_memory(p), NULL);
    }
    return NULL;
}

static void *parse_interactive(Parser *p)
{
    AstSeq *body = parse_interactive_body(p);
    if (body == NULL) {
        return NULL;
    }
    Mod *mod = node_new(p, AST_Interactive, 1, 0);
    if (mod != NULL) {
        mod->Interactive.body = body;
    }
    return mod;
}

static bool accept_end(Parser *p)
{
    while (accept(p, TOK_NEWLINE) != NULL) {
    }
    return accept(p, TOK_ENDMARKER) != NULL;
}

static void *parse_eval(Parser *p)
{
    Expr *body = parse_expressions(p);
    if (body == NULL || !accept_end(p)) {
        return NULL;
    }
    Mod *mod = node_new(p, AST_Expression, 1, 0);
    if (mod != NULL) {
        mod->Expression.body = body;
    }
    return mod;
}

// The types between the parentheses of a function type; '*' and '**' are allowed before the last
// ones.
static bool parse_type_list(Parser *p, PtrList *types)
{
    for (;;) {
        int start = p->mark;
        bool star = accept(p, TOK_STAR) != NULL;
        bool double_star = !star && accept(p, TOK_DOUBLESTAR) != NULL;
        Expr *type = parse_expression(p);
        if (type == NULL) {
            p->mark = start;
            return !p->failed;
        }
        if (!ptrs_add(p, types, type)) {
            return false;
        }
        if (double_star || !peek_second(p, TOK_COMMA, star ? TOK_DOUBLESTAR : peek_type(p))) {
            if (double_star || star || accept(p, TOK_COMMA) == NULL) {
                return !p->failed;
            }
        } else {
            p->mark++;
        }
    }
}

static void *parse_func_type(Parser *p)
{
    PtrList types;
    ptrs_init(&types);
    if (accept(p, TOK_LPAR) == NULL || !parse_type_list(p, &types) ||
        accept(p, TOK_RPAR) == NULL || accept(p, TOK_RARROW) == NULL) {
        ptrs_free(&types);
        return NULL;
    }
    AstSeq *argtypes = ptrs_finish(p, &types);
    Expr *returns = parse_expression(p);
    if (argtypes == NULL || returns == NULL || !accept_end(p)) {
        return NULL;
    }
    Mod *mod = node_new(p, AST_FunctionType, 1, 0);
    if (mod != NULL) {
        mod->FunctionType.argtypes = argtypes;
        mod->FunctionType.returns = returns;
    }
    return mod;
}

static void *parse_start(Parser *p)
{
    if (p->fstring) {
        return parse_star_expressions(p);
    }
    switch (p->mode) {
    case PARSE_EXEC:
        return parse_module(p);
    case PARSE_SINGLE:
        return parse_interactive(p);
    case PARSE_EVAL:
        return parse_eval(p);
    case PARSE_FUNC_TYPE:
        return parse_func_type(p);
    }
    return NULL;
}

// Is there anything but blank lines and comments behind a single statement?
static bool more_follows(Parser *p)
{
    const char *at = p->lexer.cur;
    for (;;) {
        while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\f') {
            at++;
        }
        if (*at == '\0') {
            return false;
        }
        if (*at != '#') {
            return true;
        }
        while (*at != '\0' && *at != '\n') {
            at++;
        }
    }
}

static bool source_ended(const Parser *p)
{
    return p->lexer.state == LEX_EOF || p->lexer.state == LEX_EOF_IN_STRING ||
           p->lexer.state == LEX_EOL_IN_STRING;
}

void *parser_run(Parser *p)
{
    void *tree = parse_start(p);
    if (tree != NULL && !p->failed) {
        if (p->mode == PARSE_SINGLE && !p->fstring && more_follows(p)) {
            return error_here(p, HOST_SYNTAX_ERROR,
                              "multiple statements found while compiling a single statement");
        }
        return tree;
    }
    if ((p->flags & PARSE_ALLOW_INCOMPLETE) && source_ended(p)) {
        host_clear(p->thread);
        p->failed = false;
        return error_here(p, HOST_SYNTAX_ERROR, "incomplete input");
    }
    if (host_pending(p->thread) && !host_pending_is_syntax(p->thread)) {
        return NULL;
    }
    Token *last = p->fill > 0 ? p->tokens[p->fill - 1] : NULL;
    p->mark = 0;
    p->depth = 0;
    p->second = p->second_pass = p->memoize = true;
    for (int i = 0; i < p->fill; i++) {
        p->tokens[i]->memo = NULL;
    }
    p->lexer.quiet = true;
    if (!p->failed) {
        parse_start(p);
    }
    error_finish(p, last);
    return NULL;
}

Mod *parse_source(Thread *thread, Arena *arena, const char *bytes, size_t size, Value filename,
                  ParseMode mode, unsigned flags, int feature_version)
{
    SourceText source;
    if (!source_decode(thread, filename, bytes, size, flags, mode == PARSE_EXEC, &source)) {
        return NULL;
    }
    NameTable names = {0};
    Parser p = {.thread = thread,
                .arena = arena,
                .filename = filename,
                .mode = mode,
                .flags = flags,
                .feature_version = feature_version,
                .names = &names,
                .char_columns = source.char_columns};
    lexer_init(&p.lexer, thread, filename, source.text, source.size);
    p.lexer.type_comments = (flags & PARSE_TYPE_COMMENTS) != 0;
    p.lexer.async_names = feature_version < 7;
    ptrs_init(&p.type_ignores);
    Mod *mod = parser_run(&p);
    assert((mod == NULL) == host_pending(thread));
    free(p.tokens);
    ptrs_free(&p.type_ignores);
    free(names.entries);
    free(source.text);
    return mod;
}

Expr *parse_fstring_expression(Parser *outer, const char *text, size_t size, int start_lineno,
                               int start_col)
{
    Parser p = {.thread = outer->thread,
                .arena = outer->arena,
                .filename = outer->filename,
                .mode = PARSE_EVAL,
                .flags = outer->flags,
                .feature_version = outer->feature_version,
                .names = outer->names,
                .fstring = true,
                .char_columns = false, // the reference counts bytes here
                .start_lineno = start_lineno,
                .start_col = start_col};
    lexer_init(&p.lexer, outer->thread, outer->filename, text, size);
    p.lexer.lineno = start_lineno - 1;
    p.lexer.quiet = outer->second_pass;
    p.lexer.async_names = outer->lexer.async_names;
    p.lexer.in_async_def = outer->lexer.in_async_def;
    p.depth = outer->depth;
    Expr *expr = host_stack_check(outer->thread) ? parser_run(&p) : NULL;
    free(p.tokens);
    if (expr == NULL) {
        outer->failed = true;
    }
    return expr;
}
