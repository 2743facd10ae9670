// The lexer: lines, indentation, brackets, names, strings, operators.  Numbers are in
// lexer_number.c.
#include "core/syntax/lexer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const token_texts[TOKEN_TYPES] = {
#define TOKEN(NAME, text) text,
#define PUNCT(NAME, text) text,
#define KEYWORD(NAME, text) text,
#include "core/syntax/tokens.def"
};

void lexer_init(Lexer *lexer, Thread *thread, Value filename, const char *text, size_t size)
{
    memset(lexer, 0, offsetof(Lexer, brackets));
    lexer->thread = thread;
    lexer->filename = filename;
    lexer->text = lexer->buf = lexer->cur = lexer->inp = lexer->line_start = text;
    lexer->text_end = text + size;
    lexer->at_line_start = true;
    assert(text[size] == '\0');
}

// Notes that the character behind a token was looked for and there is none.
static void look_at_end(Lexer *lexer)
{
    if (lexer->cur >= lexer->text_end && lexer->state == LEX_OK) {
        lexer->state = LEX_EOF;
    }
}

// Moves on to the next line.  Returns false at the end of the text.
static bool next_line(Lexer *lexer)
{
    if (lexer->state != LEX_OK) {
        return false;
    }
    if (lexer->inp >= lexer->text_end) {
        lexer->state = LEX_EOF;
        return false;
    }
    if (lexer->start == NULL) {
        lexer->buf = lexer->cur;
    }
    lexer->line_start = lexer->cur;
    const char *end = memchr(lexer->inp, '\n', (size_t)(lexer->text_end - lexer->inp));
    lexer->inp = end != NULL ? end + 1 : lexer->text_end;
    lexer->lineno++;
    return true;
}

int lexer_getc(Lexer *lexer)
{
    if (lexer->cur == lexer->inp && !next_line(lexer)) {
        return -1;
    }
    return (unsigned char)*lexer->cur++;
}

void lexer_ungetc(Lexer *lexer, int c)
{
    if (c >= 0) {
        assert(lexer->cur > lexer->text && (unsigned char)lexer->cur[-1] == c);
        lexer->cur--;
    }
}

int utf8_step(const char *text, size_t size, int32_t *point)
{
    const unsigned char *at = (const unsigned char *)text;
    int more = at[0] < 0x80                    ? 0
               : at[0] >= 0xc2 && at[0] < 0xe0 ? 1
               : (at[0] & 0xf0) == 0xe0        ? 2
                                               : 3;
    if (more == 0) {
        *point = at[0];
        return 1;
    }
    *point = 0xfffd;
    if (at[0] < 0xc2 || at[0] > 0xf4 || (size_t)more >= size) {
        return 1;
    }
    int32_t value = at[0] & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 1;
        }
        value = value << 6 | (at[i] & 0x3f);
    }
    if ((more == 2 && (value < 0x800 || (value >= 0xd800 && value < 0xe000))) ||
        (more == 3 && (value < 0x10000 || value > 0x10ffff))) {
        return 1;
    }
    *point = value;
    return more + 1;
}

int utf8_length(const char *text, size_t size)
{
    int count = 0;
    while (size > 0) {
        int32_t point;
        int step = utf8_step(text, size, &point);
        text += step;
        size -= (size_t)step;
        count++;
    }
    return count;
}

TokenType lexer_error(Lexer *lexer, int offset, int end_offset, const char *format, ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const char *line = lexer->line_start;
    if (offset < 0) {
        offset = utf8_length(line, (size_t)(lexer->cur - line));
    }
    if (end_offset < 0) {
        end_offset = offset;
    }
    const char *end = memchr(line, '\n', (size_t)(lexer->text_end - line));
    size_t size = (size_t)((end != NULL ? end : lexer->text_end) - line);
    HostPlace place = {lexer->lineno, offset, lexer->lineno, end_offset, line, size};
    host_raise(lexer->thread, HOST_SYNTAX_ERROR, message, lexer->filename, &place);
    lexer->state = LEX_RAISED;
    return TOK_ERROR;
}

// After a backslash: skips the newline.  Returns false when something else follows or the text
// ends.
static bool skip_continuation(Lexer *lexer)
{
    int c = lexer_getc(lexer);
    if (c != '\n') {
        lexer->state = LEX_BAD_CONTINUATION;
        return false;
    }
    c = lexer_getc(lexer);
    if (c < 0) {
        lexer->state = LEX_EOF;
        lexer->cur = lexer->inp;
        return false;
    }
    lexer_ungetc(lexer, c);
    return true;
}

// Compares the columns of a new line with the stack and sets `pending`.  Returns false on an error.
static bool indent_update(Lexer *lexer, int col, int alt)
{
    int top = lexer->indent;
    if (col == lexer->columns[top]) {
        if (alt != lexer->alt_columns[top]) {
            lexer->state = LEX_TABS;
        }
    } else if (col > lexer->columns[top]) {
        if (top + 1 >= MAX_INDENT) {
            lexer->state = LEX_TOO_DEEP;
        } else if (alt <= lexer->alt_columns[top]) {
            lexer->state = LEX_TABS;
        } else {
            lexer->pending++;
            lexer->indent = ++top;
            lexer->columns[top] = col;
            lexer->alt_columns[top] = alt;
        }
    } else {
        while (top > 0 && col < lexer->columns[top]) {
            lexer->pending--;
            top--;
        }
        lexer->indent = top;
        if (col != lexer->columns[top]) {
            lexer->state = LEX_DEDENT;
            lexer->cur = lexer->inp;
        } else if (alt != lexer->alt_columns[top]) {
            lexer->state = LEX_TABS;
        }
    }
    if (lexer->state == LEX_TABS || lexer->state == LEX_TOO_DEEP) {
        lexer->cur = lexer->inp;
    }
    return lexer->state == LEX_OK || lexer->state == LEX_EOF;
}

// Measures the white space at the start of a line.  *blank: the line holds nothing else but a
// comment.  Returns false on an error.
static bool read_indent(Lexer *lexer, bool *blank)
{
    int col = 0;
    int alt = 0;
    int continued_col = 0;
    int c;
    lexer->at_line_start = false;
    for (;;) {
        c = lexer_getc(lexer);
        if (c == ' ') {
            col++;
            alt++;
        } else if (c == '\t') {
            col = (col / TAB_SIZE + 1) * TAB_SIZE;
            alt++;
        } else if (c == '\f') {
            col = alt = 0;
        } else if (c == '\\') {
            // The indentation of the first of the joined lines counts.
            continued_col = continued_col != 0 ? continued_col : col;
            if (!skip_continuation(lexer)) {
                return false;
            }
        } else {
            break;
        }
    }
    lexer_ungetc(lexer, c);
    *blank = c == '#' || c == '\n';
    if (*blank || lexer->level > 0) {
        return true;
    }
    return indent_update(lexer, continued_col != 0 ? continued_col : col,
                         continued_col != 0 ? continued_col : alt);
}

static bool is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 128;
}

static bool is_name_char(int c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

// Checks that the characters from start to cur make an identifier.
static bool check_identifier(Lexer *lexer)
{
    ssize_t good = host_identifier_prefix(lexer->thread, lexer->start,
                                          (size_t)(lexer->cur - lexer->start));
    if (good < 0) {
        lexer->state = LEX_DAMAGED;
        return false;
    }
    const char *bad = lexer->start + good;
    if (bad == lexer->cur) {
        return true;
    }
    int32_t point;
    int step = utf8_step(bad, (size_t)(lexer->cur - bad), &point);
    lexer->cur = bad + step;
    if (host_is_printable(point)) {
        lexer_error(lexer, -1, -1, "invalid character '%.*s' (U+%04X)", step, bad, (unsigned)point);
    } else {
        lexer_error(lexer, -1, -1, "invalid non-printable character U+%04X", (unsigned)point);
    }
    return false;
}

// Reads the string whose opening quote has been read.
static TokenType read_string(Lexer *lexer, int quote)
{
    lexer->first_lineno = lexer->lineno;
    lexer->multi_line_start = lexer->line_start;
    int quote_size = 1;
    int seen = 0; // closing quotes
    int c = lexer_getc(lexer);
    if (c == quote) {
        c = lexer_getc(lexer);
        if (c == quote) {
            quote_size = 3;
        } else {
            seen = 1;
        }
    }
    if (c != quote) {
        lexer_ungetc(lexer, c);
    }
    while (seen != quote_size) {
        c = lexer_getc(lexer);
        if (c < 0 || (quote_size == 1 && c == '\n')) {
            int last = lexer->lineno;
            lexer->cur = lexer->start + 1;
            lexer->line_start = lexer->multi_line_start;
            lexer->lineno = lexer->first_lineno;
            lexer_error(lexer, -1, -1, "unterminated %sstring literal (detected at line %d)",
                        quote_size == 3 ? "triple-quoted " : "", last);
            if (c != '\n') {
                lexer->state = quote_size == 3 ? LEX_EOF_IN_STRING : LEX_EOL_IN_STRING;
            }
            return TOK_ERROR;
        }
        if (c == quote) {
            seen++;
        } else {
            seen = 0;
            if (c == '\\') {
                lexer_getc(lexer);
            }
        }
    }
    return TOK_STRING;
}

// Do the characters from start to cur make a string prefix?
static bool is_string_prefix(const char *text, size_t size)
{
    static const char *const prefixes[] = {"b", "u", "r", "f", "br", "rb", "fr", "rf"};
    if (size == 0 || size > 2) {
        return false;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (strlen(prefixes[i]) == size && (text[0] | 0x20) == prefixes[i][0] &&
            (size == 1 || (text[1] | 0x20) == prefixes[i][1])) {
            return true;
        }
    }
    return false;
}

TokenType keyword_find(const char *text, size_t size)
{
    if (size < 2 || size > 8) {
        return TOK_NAME;
    }
    // Grouped by length, so that a name is compared with few words.
    for (int type = TOK_FALSE; type <= TOK_YIELD; type++) {
        const char *word = token_texts[type];
        if (word[0] == text[0] && word[1] == text[1] && strlen(word) == size &&
            memcmp(word, text, size) == 0) {
            return (TokenType)type;
        }
    }
    return TOK_NAME;
}

// "async" or "await" where they may be names.
static TokenType read_async(Lexer *lexer, TokenType type)
{
    if (lexer->in_async_def) {
        return type;
    }
    if (type == TOK_ASYNC) {
        Lexer ahead = *lexer;
        Token next;
        ahead.in_async_def = true;
        ahead.quiet = true;
        if (lexer_next(&ahead, &next) == TOK_DEF) {
            lexer->in_async_def = true;
            lexer->async_def_begun = false;
            lexer->async_def_indent = lexer->indent;
            return type;
        }
        host_clear(lexer->thread);
    }
    return TOK_NAME;
}

static TokenType read_name(Lexer *lexer)
{
    bool ascii = true;
    const char *at = lexer->cur - 1;
    while (at < lexer->inp && is_name_char((unsigned char)*at)) {
        ascii &= (unsigned char)*at < 128;
        at++;
    }
    lexer->cur = at;
    look_at_end(lexer);
    size_t size = (size_t)(at - lexer->start);
    if (at < lexer->inp && (*at == '\'' || *at == '"') && is_string_prefix(lexer->start, size)) {
        return read_string(lexer, lexer_getc(lexer));
    }
    if (!ascii) {
        return check_identifier(lexer) ? TOK_NAME : TOK_ERROR;
    }
    TokenType type = keyword_find(lexer->start, size);
    return lexer->async_names && (type == TOK_ASYNC || type == TOK_AWAIT) ? read_async(lexer, type)
                                                                          : type;
}

// The operator of `size` characters at `text`, or TOK_OTHER.
static TokenType find_operator(const char *text, size_t size)
{
    for (int type = TOK_LPAR; type <= TOK_DOUBLESLASHEQUAL; type++) {
        const char *word = token_texts[type];
        if (word[0] == text[0] && strncmp(word, text, size) == 0 && word[size] == '\0') {
            return (TokenType)type;
        }
    }
    return TOK_OTHER;
}

// The longest operator that starts with the character that has been read.
static TokenType read_operator(Lexer *lexer)
{
    const char *text = lexer->cur - 1;
    size_t left = (size_t)(lexer->inp - text);
    TokenType type = left >= 3 ? find_operator(text, 3) : TOK_OTHER;
    if (type != TOK_OTHER) {
        lexer->cur = text + 3;
        return type;
    }
    type = left >= 2 ? find_operator(text, 2) : TOK_OTHER;
    if (left >= 2 && text[0] == '<' && text[1] == '>') {
        type = TOK_NOTEQUAL;
    }
    if (type != TOK_OTHER) {
        lexer->cur = text + 2;
        look_at_end(lexer);
        return type;
    }
    return find_operator(text, 1);
}

static TokenType open_bracket(Lexer *lexer, int c)
{
    if (lexer->level >= MAX_LEVEL) {
        return lexer_error(lexer, -1, -1, "too many nested parentheses");
    }
    lexer->brackets[lexer->level] = (char)c;
    lexer->bracket_lines[lexer->level] = lexer->lineno;
    lexer->bracket_cols[lexer->level] = (int)(lexer->start - lexer->line_start);
    lexer->level++;
    return c == '(' ? TOK_LPAR : c == '[' ? TOK_LSQB : TOK_LBRACE;
}

static TokenType close_bracket(Lexer *lexer, int c)
{
    if (lexer->level == 0) {
        return lexer_error(lexer, -1, -1, "unmatched '%c'", c);
    }
    lexer->level--;
    char opening = lexer->brackets[lexer->level];
    if (!((opening == '(' && c == ')') || (opening == '[' && c == ']') ||
          (opening == '{' && c == '}'))) {
        int line = lexer->bracket_lines[lexer->level];
        if (line != lexer->lineno) {
            return lexer_error(
                lexer, -1, -1,
                "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
                opening, line);
        }
        return lexer_error(lexer, -1, -1,
                           "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                           opening);
    }
    return c == ')' ? TOK_RPAR : c == ']' ? TOK_RSQB : TOK_RBRACE;
}

static TokenType read_punctuation(Lexer *lexer, int c)
{
    look_at_end(lexer);
    if (c == '(' || c == '[' || c == '{') {
        return open_bracket(lexer, c);
    }
    if (c == ')' || c == ']' || c == '}') {
        return close_bracket(lexer, c);
    }
    if (c < 128 && (c < ' ' || c == 127)) {
        return lexer_error(lexer, -1, -1, "invalid non-printable character U+%04X", c);
    }
    return read_operator(lexer);
}

// The text behind "# type: " in a comment from lexer->start to lexer->cur, or NULL; blanks count as
// one.
static const char *type_comment_text(const Lexer *lexer)
{
    const char *at = lexer->start;
    for (const char *prefix = "# type: "; *prefix != '\0'; prefix++) {
        if (*prefix == ' ') {
            while (at < lexer->cur && (*at == ' ' || *at == '\t')) {
                at++;
            }
        } else if (at < lexer->cur && *at == *prefix) {
            at++;
        } else {
            return NULL;
        }
    }
    return at;
}

// Makes a token of the comment that has been read, if its text is a type's.  blank: the line holds
// nothing else.
static TokenType read_type_comment(Lexer *lexer, bool blank)
{
    const char *text = lexer->type_comments ? type_comment_text(lexer) : NULL;
    if (text == NULL) {
        return TOK_ERROR;
    }
    const char *behind = text + 6;
    bool ignore = lexer->cur >= behind && memcmp(text, "ignore", 6) == 0 &&
                  !(lexer->cur > behind && *behind != '_' && is_name_char((unsigned char)*behind));
    lexer->start = ignore ? behind : text;
    if (!ignore) {
        return TOK_TYPE_COMMENT;
    }
    lexer->comment_end = lexer->cur;
    if (blank && lexer_getc(lexer) >= 0) {
        lexer->at_line_start = true;
    }
    return TOK_TYPE_IGNORE;
}

// Skips white space, comments and joined lines.  Returns the first character of the next token (-1
// at the end), or -2 on an error, or -3 when the next token is a type comment, *comment.
static int skip_space(Lexer *lexer, bool blank, TokenType *comment)
{
    for (;;) {
        int c;
        lexer->start = NULL;
        do {
            c = lexer_getc(lexer);
        } while (c == ' ' || c == '\t' || c == '\f');
        lexer->start = c < 0 ? lexer->cur : lexer->cur - 1;
        if (c == '#') {
            while (c >= 0 && c != '\n') {
                c = lexer_getc(lexer);
            }
            lexer_ungetc(lexer, c);
            *comment = read_type_comment(lexer, blank);
            if (*comment != TOK_ERROR) {
                return -3;
            }
            c = lexer_getc(lexer);
        }
        if (c != '\\') {
            return c;
        }
        if (!skip_continuation(lexer)) {
            return -2;
        }
        lexer->continued = true;
    }
}

static TokenType read_token(Lexer *lexer, int c)
{
    if (is_name_start(c)) {
        return read_name(lexer);
    }
    if (c >= '0' && c <= '9') {
        return lexer_number(lexer, c, false);
    }
    if (c == '.') {
        int next = lexer_getc(lexer);
        if (next >= '0' && next <= '9') {
            return lexer_number(lexer, next, true);
        }
        lexer_ungetc(lexer, next);
    }
    if (c == '\'' || c == '"') {
        return read_string(lexer, c);
    }
    return read_punctuation(lexer, c);
}

// Gives a token without text (INDENT, DEDENT, ENDMARKER, ERROR) its place.
static TokenType place_bare(Lexer *lexer, Token *token, TokenType type)
{
    token->type = (uint8_t)type;
    token->level = (uint16_t)lexer->level;
    token->lineno = token->end_lineno = type == TOK_STRING ? lexer->first_lineno : lexer->lineno;
    token->col = token->end_col = -1;
    token->start = NULL;
    token->size = 0;
    return type;
}

static TokenType place_token(Lexer *lexer, Token *token, TokenType type)
{
    const char *end = type == TOK_NEWLINE ? lexer->cur - 1 : lexer->cur;
    bool text = type == TOK_STRING;
    token->type = (uint8_t)type;
    token->level = (uint16_t)lexer->level;
    token->lineno = text ? lexer->first_lineno : lexer->lineno;
    token->col = (int)(lexer->start - (text ? lexer->multi_line_start : lexer->line_start));
    token->end_lineno = lexer->lineno;
    token->end_col = (int)(end - lexer->line_start);
    token->start = lexer->start;
    token->size = (int)(end - lexer->start);
    assert(token->size >= 0);
    return type;
}

static bool at_newline(Lexer *lexer)
{
    int c = lexer_getc(lexer);
    lexer_ungetc(lexer, c);
    return c == '\n';
}

TokenType lexer_next(Lexer *lexer, Token *token)
{
    token->memo = NULL;
    for (;;) {
        bool blank = false;
        lexer->start = NULL;
        if (lexer->at_line_start && !read_indent(lexer, &blank)) {
            return place_bare(lexer, token, TOK_ERROR);
        }
        lexer->start = lexer->cur;
        if (lexer->pending < 0) {
            lexer->pending++;
            return place_bare(lexer, token, TOK_DEDENT);
        }
        if (lexer->pending > 0) {
            lexer->pending--;
            return place_bare(lexer, token, TOK_INDENT);
        }
        // A type comment alone in its line is followed by a NEWLINE that does not count.
        if (lexer->async_def_begun && !blank && lexer->level == 0 &&
            lexer->async_def_indent >= lexer->indent && !at_newline(lexer)) {
            lexer->in_async_def = lexer->async_def_begun = false;
        }
        TokenType comment;
        int c = skip_space(lexer, blank, &comment);
        if (c == -3) {
            place_token(lexer, token, comment);
            if (comment == TOK_TYPE_IGNORE) {
                token->size = (int)(lexer->comment_end - lexer->start);
            }
            return comment;
        }
        if (c < 0) {
            bool ended = c == -1 && lexer->level == 0 && lexer->state == LEX_EOF;
            return place_bare(lexer, token, ended ? TOK_ENDMARKER : TOK_ERROR);
        }
        if (c == '\n') {
            lexer->at_line_start = true;
            if (blank || lexer->level > 0) {
                continue;
            }
            lexer->continued = false;
            lexer->async_def_begun = lexer->in_async_def;
            return place_token(lexer, token, TOK_NEWLINE);
        }
        TokenType type = read_token(lexer, c);
        return type == TOK_ERROR ? place_bare(lexer, token, type) : place_token(lexer, token, type);
    }
}
