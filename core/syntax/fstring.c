// f-strings.
//
// As in Python up to 3.11 the literal is cut by hand: the end of an expression is found by counting
// brackets and quotes, and its text, put in parentheses, is parsed on its own.  So an expression
// holds no backslash, no comment, and no quote of the literal itself.
#include "core/syntax/fstring.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NESTED = 2 }; // an expression within a format specification is the deepest

// One f-string token while it is read.  `level` counts format specifications around.
typedef struct Reader {
    Parser *p;
    const Token *token;
    const char *at, *end;
    bool raw;
    FString *outer; // gives the nodes their range
    // up to where lines have been counted, how many, and where the last one begins
    const char *counted, *line;
    int lines;
} Reader;

static bool read_pieces(Reader *r, FString *into, int level);

static bool fail(Reader *r, const char *message)
{
    error_here(r->p, HOST_SYNTAX_ERROR, "f-string: %s", message);
    return false;
}

// Nodes of an f-string cover all tokens of the concatenation.
static void *piece_new(Parser *p, AstKind kind, const FString *whole)
{
    void *node = ast_new(p->arena, kind, whole->first->lineno, whole->first->col,
                         whole->last->end_lineno, whole->last->end_col);
    if (node == NULL) {
        error_memory(p);
    }
    return node;
}

// Makes the pending literal text a part.
static bool flush_text(Parser *p, const FString *outer, FString *into)
{
    if (into->text.n == 0) {
        return true;
    }
    Value value = host_str(p->thread, into->text.points, into->text.n);
    into->text.n = 0;
    if (value == 0 || !keep(p, value)) {
        p->failed = true;
        return false;
    }
    Expr *node = piece_new(p, AST_Constant, outer);
    if (node == NULL) {
        return false;
    }
    node->Constant.value = value;
    if (outer->first->start[0] == 'u') {
        node->Constant.kind = host_intern(p->thread, "u", 1);
        if (!keep(p, node->Constant.kind)) {
            return false;
        }
    }
    return ptrs_add(p, &into->parts, node);
}

static Expr *joined_new(Parser *p, const FString *outer, FString *into)
{
    if (!flush_text(p, outer, into)) {
        return NULL;
    }
    AstSeq *values = ptrs_finish(p, &into->parts);
    Expr *node = p->failed ? NULL : piece_new(p, AST_JoinedStr, outer);
    if (node != NULL) {
        node->JoinedStr.values = values;
    }
    return node;
}

Expr *fstring_finish(Parser *p, FString *whole)
{
    return joined_new(p, whole, whole);
}

// Literal text up to a brace or the end.  *again: a doubled brace ended it, more text follows.
static bool read_literal(Reader *r, FString *into, int level, bool *again)
{
    const char *start = r->at;
    const char *stop = NULL;
    *again = false;
    while (r->at < r->end && stop == NULL) {
        char c = *r->at++;
        if (!r->raw && c == '\\' && r->at < r->end) {
            c = *r->at++;
            if (c == 'N') {
                if (r->at < r->end && *r->at++ == '{') {
                    while (r->at < r->end && *r->at++ != '}') {
                    }
                }
                continue;
            }
            if (c == '{' && !literal_warn(r->p, r->token, r->at - 1)) {
                return false;
            }
        }
        if (c != '{' && c != '}') {
            continue;
        }
        if (level == 0 && r->at < r->end && *r->at == c) {
            stop = r->at++;
            *again = true;
        } else if (level == 0 && c == '}') {
            return fail(r, "single '}' is not allowed");
        } else {
            stop = --r->at;
        }
    }
    stop = stop != NULL ? stop : r->at;
    return string_decode(r->p, r->token, start, (size_t)(stop - start), r->raw, &into->text);
}

// The bracket and quote state of the scan for an expression's end.
typedef struct Scan {
    char brackets[MAX_LEVEL];
    int depth;
    char quote;
    int quotes; // 1 or 3
} Scan;

// A character within a string of the expression.
static void scan_quoted(Reader *r, Scan *scan, char c)
{
    if (c != scan->quote) {
        return;
    }
    if (scan->quotes == 1) {
        scan->quote = '\0';
    } else if (r->at + 2 < r->end && r->at[1] == c && r->at[2] == c) {
        r->at += 2;
        scan->quote = '\0';
    }
}

static bool scan_closing(Reader *r, Scan *scan, char c)
{
    if (scan->depth == 0) {
        error_here(r->p, HOST_SYNTAX_ERROR, "f-string: unmatched '%c'", c);
        return false;
    }
    char opening = scan->brackets[--scan->depth];
    if ((opening == '(' && c == ')') || (opening == '[' && c == ']') ||
        (opening == '{' && c == '}')) {
        return true;
    }
    error_here(r->p, HOST_SYNTAX_ERROR,
               "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c,
               opening);
    return false;
}

// Does the character end the expression?  Two-character operators are stepped over.
static bool scan_is_end(Reader *r, char c)
{
    if (c == '\0' || strchr("!:}=<>", c) == NULL) {
        return false;
    }
    if (r->at + 1 < r->end && r->at[1] == '=' && strchr("!=<>", c) != NULL) {
        r->at++;
        return false;
    }
    return c != '<' && c != '>';
}

// Moves to the end of the expression that starts at the current place.
static bool scan_expression(Reader *r)
{
    Scan scan = {.depth = 0, .quote = '\0', .quotes = 0};
    for (; r->at < r->end; r->at++) {
        char c = *r->at;
        if (c == '\\') {
            error_here(r->p, HOST_SYNTAX_ERROR,
                       "f-string expression part cannot include a backslash");
            return false;
        }
        if (scan.quote != '\0') {
            scan_quoted(r, &scan, c);
        } else if (c == '\'' || c == '"') {
            bool triple = r->at + 2 < r->end && r->at[1] == c && r->at[2] == c;
            scan.quotes = triple ? 3 : 1;
            r->at += triple ? 2 : 0;
            scan.quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            if (scan.depth >= MAX_LEVEL) {
                return fail(r, "too many nested parenthesis");
            }
            scan.brackets[scan.depth++] = c;
        } else if (c == '#') {
            error_here(r->p, HOST_SYNTAX_ERROR, "f-string expression part cannot include '#'");
            return false;
        } else if (scan.depth == 0 && scan_is_end(r, c)) {
            break;
        } else if (c == ')' || c == ']' || c == '}') {
            if (!scan_closing(r, &scan, c)) {
                return false;
            }
        }
    }
    if (scan.quote != '\0') {
        return fail(r, "unterminated string");
    }
    if (scan.depth > 0) {
        error_here(r->p, HOST_SYNTAX_ERROR, "f-string: unmatched '%c'",
                   scan.brackets[scan.depth - 1]);
        return false;
    }
    return r->at < r->end || fail(r, "expecting '}'");
}

// Where the parenthesised text of an expression starts: the line, and the column added in its first
// line.
static void locate(Reader *r, const char *brace, int *lineno, int *col)
{
    const Token *token = r->token;
    for (; r->counted < brace; r->counted++) {
        if (*r->counted == '\n') {
            r->lines++;
            r->line = r->counted + 1;
        }
    }
    const char *next = brace + 1;
    while (*next == ' ' || *next == '\t' || *next == '\f') {
        next++;
    }
    bool newline_after = *next == '}' || *next == '\n';
    int cols = newline_after ? 0 : (int)(brace - r->line);
    *lineno = token->lineno + r->lines;
    *col = r->lines != 0 ? cols : token->col + cols;
}

// Parses the text of an expression, which the brace precedes.
static Expr *compile_expression(Reader *r, const char *start, const char *end)
{
    size_t size = (size_t)(end - start);
    if (strspn(start, " \t\n\f") >= size) {
        if (*end == '!' || *end == ':' || *end == '=') {
            return error_here(r->p, HOST_SYNTAX_ERROR,
                              "f-string: expression required before '%c'", *end);
        }
        fail(r, "empty expression not allowed");
        return NULL;
    }
    int lineno, col;
    locate(r, start - 1, &lineno, &col);
    char *text = malloc(size + 4);
    if (text == NULL) {
        error_memory(r->p);
        return NULL;
    }
    text[0] = '(';
    memcpy(text + 1, start, size);
    text[size + 1] = ')';
    text[size + 2] = '\n';
    text[size + 3] = '\0';
    Expr *expr = parse_fstring_expression(r->p, text, size + 3, lineno, col);
    free(text);
    return expr;
}

// "=" behind an expression: the text up to what follows it goes into the literal.
static bool read_self_documenting(Reader *r, const char *start, FString *into)
{
    if (!version_check(r->p, 8, "f-string: self documenting expressions are")) {
        return false;
    }
    r->at++;
    while (r->at < r->end && strchr(" \t\n\r\f\v", *r->at) != NULL) {
        r->at++;
    }
    if (r->at >= r->end) {
        return fail(r, "expecting '}'");
    }
    return string_decode(r->p, r->token, start, (size_t)(r->at - start), true, &into->text);
}

static bool read_conversion(Reader *r, int *conversion)
{
    r->at++;
    if (r->at >= r->end) {
        return fail(r, "expecting '}'");
    }
    *conversion = (unsigned char)*r->at++;
    if (*conversion != 's' && *conversion != 'r' && *conversion != 'a') {
        return fail(r, "invalid conversion character: expected 's', 'r', or 'a'");
    }
    return true;
}

static Expr *read_format_spec(Reader *r, int level)
{
    r->at++;
    if (r->at >= r->end) {
        fail(r, "expecting '}'");
        return NULL;
    }
    FString spec = {.first = r->outer->first, .last = r->outer->last, .formatted = true};
    ptrs_init(&spec.parts);
    // The specification itself covers its own token only.
    FString own = {.first = r->token, .last = r->token};
    Expr *node = read_pieces(r, &spec, level + 1) ? joined_new(r->p, &own, &spec) : NULL;
    ptrs_free(&spec.parts);
    free(spec.text.points);
    return node;
}

// A replacement field, from its brace.
static bool read_field(Reader *r, FString *into, int level)
{
    if (level >= MAX_NESTED) {
        return fail(r, "expressions nested too deeply");
    }
    const char *start = ++r->at;
    if (!scan_expression(r)) {
        return false;
    }
    Expr *value = compile_expression(r, start, r->at);
    if (value == NULL) {
        return false;
    }
    bool documented = *r->at == '=';
    int conversion = -1;
    Expr *spec = NULL;
    if ((documented && !read_self_documenting(r, start, into)) ||
        (*r->at == '!' && !read_conversion(r, &conversion))) {
        return false;
    }
    if (r->at < r->end && *r->at == ':') {
        spec = read_format_spec(r, level);
        if (spec == NULL) {
            return false;
        }
    }
    if (r->at >= r->end || *r->at != '}') {
        return fail(r, "expecting '}'");
    }
    r->at++;
    if (documented && spec == NULL && conversion == -1) {
        conversion = 'r';
    }
    Expr *field = flush_text(r->p, r->outer, into)
                      ? piece_new(r->p, AST_FormattedValue, r->outer)
                      : NULL;
    if (field == NULL) {
        return false;
    }
    field->FormattedValue.value = value;
    field->FormattedValue.conversion = conversion;
    field->FormattedValue.format_spec = spec;
    return ptrs_add(r->p, &into->parts, field);
}

// Text and fields up to the end, or up to the '}' that ends a format specification.
static bool read_pieces(Reader *r, FString *into, int level)
{
    for (;;) {
        bool again;
        if (!read_literal(r, into, level, &again)) {
            return false;
        }
        if (again) {
            continue;
        }
        if (r->at >= r->end || *r->at == '}') {
            break;
        }
        if (!read_field(r, into, level)) {
            return false;
        }
    }
    if (level > 0 && (r->at >= r->end || *r->at != '}')) {
        return fail(r, "expecting '}'");
    }
    return true;
}

bool fstring_parse(Parser *p, const Token *token, const char *text, size_t size, bool raw,
                   FString *into)
{
    Reader r = {.p = p,
                .token = token,
                .at = text,
                .end = text + size,
                .raw = raw,
                .outer = into,
                .counted = token->start,
                .line = token->start};
    return read_pieces(&r, into, 0);
}
