// Raising syntax errors: where they are, which source line they show, and the wording for targets.
//
// Offsets of an exception count from 1; an end offset of 0 or -1 means that the end is not known,
// as the reference has it for errors of the lexer.
#include "core/syntax/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void error_memory(Parser *p)
{
    if (!host_pending(p->thread)) {
        host_no_memory(p->thread);
    }
    p->failed = true;
}

// The source line of an error as the reference shows it: the lines that the lexer holds when the
// error is there, an earlier line without its newline otherwise.
static void find_line(Parser *p, int lineno, HostPlace *place)
{
    const Lexer *lexer = &p->lexer;
    if (lexer->lineno <= lineno && lexer->inp > lexer->buf) {
        place->text = lexer->buf;
        place->text_size = (size_t)(lexer->inp - lexer->buf);
        return;
    }
    int skip = p->start_lineno != 0 ? lineno - p->start_lineno : lineno - 1;
    const char *line = lexer->text;
    while (skip-- > 0) {
        const char *newline = memchr(line, '\n', (size_t)(lexer->text_end - line));
        if (newline == NULL || newline + 1 > lexer->inp) {
            break;
        }
        line = newline + 1;
    }
    const char *end = memchr(line, '\n', (size_t)(lexer->text_end - line));
    place->text = line;
    place->text_size = (size_t)((end != NULL ? end : lexer->text_end) - line);
}

static int char_offset(const HostPlace *place, int byte_offset)
{
    if (byte_offset <= 0) {
        return byte_offset;
    }
    if ((size_t)byte_offset > place->text_size) {
        return utf8_length(place->text, place->text_size) +
               ((size_t)byte_offset > place->text_size);
    }
    return utf8_length(place->text, (size_t)byte_offset);
}

// Raises with offsets in bytes, counted from 1.
static void *raise_here(Parser *p, HostError type, const HostPlace *where, const char *message)
{
    HostPlace place = *where;
    char *file_line = NULL;
    char text[300];
    if (p->fstring) {
        snprintf(text, sizeof text, "f-string: %s", message);
        message = text;
    } else if (p->mode == PARSE_EXEC) {
        file_line = host_file_line(p->thread, p->filename, place.lineno, &place.text_size);
        place.text = file_line;
    }
    if (file_line == NULL) {
        find_line(p, place.lineno, &place);
    }
    if (p->fstring) {
        place.offset -= p->start_col;
        place.end_offset -= p->start_col;
    }
    if (p->char_columns) {
        place.offset = char_offset(&place, place.offset);
        place.end_offset = char_offset(&place, place.end_offset);
    }
    host_raise(p->thread, type, message, p->filename, &place);
    free(file_line);
    p->failed = true;
    return NULL;
}

static void *raise_range(Parser *p, HostError type, Range range, const char *format, va_list args)
{
    if (p->failed && host_pending(p->thread)) {
        return NULL;
    }
    char message[512];
    vsnprintf(message, sizeof message, format, args);
    HostPlace place = {range.lineno, range.col + 1, range.end_lineno, range.end_col + 1, NULL, 0};
    return raise_here(p, type, &place, message);
}

void *error_at(Parser *p, HostError type, Range range, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    raise_range(p, type, range, format, args);
    va_end(args);
    return NULL;
}

void *error_node(Parser *p, const void *first, const void *last, const char *format, ...)
{
    const AstNode *start = first;
    const AstNode *end = last;
    va_list args;
    va_start(args, format);
    Range range = {start->lineno, start->col_offset, end->end_lineno, end->end_col_offset};
    raise_range(p, HOST_SYNTAX_ERROR, range, format, args);
    va_end(args);
    return NULL;
}

void *error_token(Parser *p, const Token *first, const Token *last, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Range range = {first->lineno, first->col, last->end_lineno, last->end_col};
    raise_range(p, HOST_SYNTAX_ERROR, range, format, args);
    va_end(args);
    return NULL;
}

void *error_node_token(Parser *p, const void *first, const Token *last, const char *format, ...)
{
    const AstNode *start = first;
    va_list args;
    va_start(args, format);
    Range range = {start->lineno, start->col_offset, last->end_lineno, last->end_col};
    raise_range(p, HOST_SYNTAX_ERROR, range, format, args);
    va_end(args);
    return NULL;
}

void *error_from(Parser *p, int lineno, int col, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const Lexer *lexer = &p->lexer;
    Range range = {lineno, col, lexer->lineno, (int)(lexer->cur - lexer->line_start) - 1};
    raise_range(p, HOST_SYNTAX_ERROR, range, format, args);
    va_end(args);
    return NULL;
}

void *error_here(Parser *p, HostError type, const char *format, ...)
{
    if (p->failed && host_pending(p->thread)) {
        return NULL;
    }
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    HostPlace place = {0, 0, 0, -1, NULL, 0};
    if (p->fill > 0) {
        const Token *token = p->tokens[p->fill - 1];
        const Lexer *lexer = &p->lexer;
        place.lineno = token->lineno;
        place.end_lineno = token->end_lineno;
        if (token->start == NULL) {
            place.offset = lexer->cur == lexer->buf ? 0 : (int)(lexer->cur - lexer->line_start);
        } else {
            place.offset = token->col + 1;
            place.end_offset = token->end_col + 1;
        }
    }
    return raise_here(p, type, &place, message);
}

static void *error_unclosed(Parser *p)
{
    const Lexer *lexer = &p->lexer;
    int level = lexer->level - 1;
    int line = lexer->bracket_lines[level];
    int col = lexer->bracket_cols[level];
    return error_at(p, HOST_SYNTAX_ERROR, (Range){line, col, line, -1}, "'%c' was never closed",
                    lexer->brackets[level]);
}

void error_from_lexer(Parser *p)
{
    const Lexer *lexer = &p->lexer;
    Range here = {lexer->lineno, 0, lexer->lineno, -1};
    if (host_pending(p->thread)) {
        if (lexer->state == LEX_DAMAGED) {
            error_codec(p);
        }
        p->failed = true;
        return;
    }
    switch (lexer->state) {
    case LEX_EOF:
        if (lexer->level > 0) {
            error_unclosed(p);
        } else {
            error_here(p, HOST_SYNTAX_ERROR, "unexpected EOF while parsing");
        }
        return;
    case LEX_DEDENT:
        error_here(p, HOST_INDENTATION_ERROR,
                   "unindent does not match any outer indentation level");
        return;
    case LEX_TABS:
        error_at(p, HOST_TAB_ERROR, here, "inconsistent use of tabs and spaces in indentation");
        return;
    case LEX_TOO_DEEP:
        error_at(p, HOST_INDENTATION_ERROR, here, "too many levels of indentation");
        return;
    case LEX_BAD_CONTINUATION:
        here.col = (int)(lexer->cur - lexer->buf) - 1;
        here.col = here.col < 0 ? 0 : here.col;
        error_at(p, HOST_SYNTAX_ERROR, here,
                 "unexpected character after line continuation character");
        return;
    default:
        error_at(p, HOST_SYNTAX_ERROR, here, "unknown parsing error");
        return;
    }
}

void error_codec(Parser *p)
{
    char *message = host_take_codec_error(p->thread);
    p->failed = true;
    if (message != NULL) {
        error_here(p, HOST_SYNTAX_ERROR, "%s", message);
        free(message);
    }
}

// Reads the rest of the source: an error of the lexer there is reported in place of the parser's.
static void check_rest(Parser *p)
{
    Value saved = host_take(p->thread);
    int error_line = p->tokens[p->fill - 1]->lineno;
    Token token;
    TokenType type;
    do {
        type = lexer_next(&p->lexer, &token);
    } while (type != TOK_ERROR && type != TOK_ENDMARKER);
    if (type == TOK_ERROR && !host_pending(p->thread) && p->lexer.level > 0 &&
        error_line > p->lexer.bracket_lines[p->lexer.level - 1]) {
        error_unclosed(p);
    }
    if (!host_pending(p->thread)) {
        host_restore(p->thread, saved);
    }
}

void error_finish(Parser *p, Token *last)
{
    if (host_pending(p->thread)) {
        if (p->lexer.state == LEX_OK && host_pending_is_syntax(p->thread)) {
            check_rest(p);
        }
        return;
    }
    p->failed = false;
    if (last == NULL) {
        error_here(p, HOST_SYNTAX_ERROR, "error at start before reading any input");
    } else if (last->type == TOK_INDENT) {
        error_here(p, HOST_INDENTATION_ERROR, "unexpected indent");
    } else if (last->type == TOK_DEDENT) {
        error_here(p, HOST_INDENTATION_ERROR, "unexpected unindent");
    } else {
        error_token(p, last, last, "invalid syntax");
        check_rest(p);
    }
}

// ---- wording ----

static const char *constant_name(Value value)
{
    if (value == host_none()) {
        return "None";
    }
    if (value == host_bool(false)) {
        return "False";
    }
    if (value == host_bool(true)) {
        return "True";
    }
    return value == host_ellipsis() ? "ellipsis" : "literal";
}

const char *expr_kind_name(const Expr *expr)
{
    switch (expr->kind) {
    case AST_Attribute:
        return "attribute";
    case AST_Subscript:
        return "subscript";
    case AST_Starred:
        return "starred";
    case AST_Name:
        return "name";
    case AST_List:
        return "list";
    case AST_Tuple:
        return "tuple";
    case AST_Lambda:
        return "lambda";
    case AST_Call:
        return "function call";
    case AST_BoolOp:
    case AST_BinOp:
    case AST_UnaryOp:
        return "expression";
    case AST_GeneratorExp:
        return "generator expression";
    case AST_Yield:
    case AST_YieldFrom:
        return "yield expression";
    case AST_Await:
        return "await expression";
    case AST_ListComp:
        return "list comprehension";
    case AST_SetComp:
        return "set comprehension";
    case AST_DictComp:
        return "dict comprehension";
    case AST_Dict:
        return "dict literal";
    case AST_Set:
        return "set display";
    case AST_JoinedStr:
    case AST_FormattedValue:
        return "f-string expression";
    case AST_Constant:
        return constant_name(expr->Constant.value);
    case AST_Compare:
        return "comparison";
    case AST_IfExp:
        return "conditional expression";
    case AST_NamedExpr:
        return "named expression";
    default:
        return "expression";
    }
}

// The innermost part of a would-be target that cannot be one, or NULL.
static Expr *find_bad_target(Expr *expr, bool in_for, bool del)
{
    AstSeq *parts = NULL;
    switch (expr->kind) {
    case AST_List:
        parts = expr->List.elts;
        break;
    case AST_Tuple:
        parts = expr->Tuple.elts;
        break;
    case AST_Starred:
        return del ? expr : find_bad_target(expr->Starred.value, in_for, del);
    case AST_Compare:
        // `for a + b in c` has been read as a comparison.
        if (in_for) {
            return ast_seq_kind(expr->Compare.ops, 0) == AST_In
                       ? find_bad_target(expr->Compare.left, in_for, del)
                       : NULL;
        }
        return expr;
    case AST_Name:
    case AST_Subscript:
    case AST_Attribute:
        return NULL;
    default:
        return expr;
    }
    for (int i = 0; i < parts->n; i++) {
        Expr *bad = find_bad_target(parts->items[i], in_for, del);
        if (bad != NULL) {
            return bad;
        }
    }
    return NULL;
}

void *error_target(Parser *p, Expr *expr, const char *verb, bool in_for, bool del)
{
    Expr *bad = expr != NULL && !p->failed ? find_bad_target(expr, in_for, del) : NULL;
    if (bad != NULL) {
        error_node(p, bad, bad, "cannot %s %s", verb, expr_kind_name(bad));
    }
    return NULL;
}

bool version_check(Parser *p, int minor, const char *what)
{
    if (p->feature_version >= minor || p->failed) {
        return !p->failed;
    }
    error_here(p, HOST_SYNTAX_ERROR, "%s only supported in Python 3.%d and greater", what, minor);
    return false;
}
