// Private to core/syntax: source text to tokens.
//
// The text is UTF-8 with '\n' line ends and a NUL after it.  The lexer reads it line by line, as
// the reference does, because error positions depend on which line was read last:
//
//     buf            line_start       start   cur        inp (end of the line read last)
//      |                 |              |      |          |
//   ...x = """first line\nsecond line """ +    y = 2      \n...
//
// `level` brackets are open; `indent` is the top of the stack of indentation columns; `pending`
// counts INDENTs (> 0) or DEDENTs (< 0) not yet delivered.
#pragma once

#include "core/syntax/host.h"

typedef enum TokenType {
#define TOKEN(NAME, text) TOK_##NAME,
#define PUNCT(NAME, text) TOK_##NAME,
#define KEYWORD(NAME, text) TOK_##NAME,
#include "core/syntax/tokens.def"
    TOKEN_TYPES
} TokenType;

typedef struct Memo Memo;

typedef struct Token {
    uint8_t type;               // TokenType
    uint16_t level;             // open brackets after it
    int lineno, col;            // col is -1 for ENDMARKER, INDENT, DEDENT
    int end_lineno, end_col;
    const char *start;          // its text; NULL when col is -1
    int size;
    Memo *memo;                 // results of the second pass that begin here
} Token;

typedef enum LexState {
    LEX_OK,
    LEX_EOF,
    LEX_EOF_IN_STRING,  // unterminated triple-quoted string
    LEX_EOL_IN_STRING,  // unterminated string at the very end
    LEX_RAISED,         // an exception is pending
    LEX_DEDENT,         // matches no outer indentation
    LEX_TABS,           // inconsistent tabs
    LEX_TOO_DEEP,       // too many indentations
    LEX_BAD_CONTINUATION,
    LEX_DAMAGED,        // not UTF-8: UnicodeDecodeError is pending
} LexState;

enum { MAX_INDENT = 100, MAX_LEVEL = 200, TAB_SIZE = 8 };

typedef struct Lexer {
    Thread *thread;
    Value filename;
    const char *text, *text_end;
    const char *buf, *cur, *inp, *line_start, *multi_line_start;
    const char *start; // of the current token, NULL between tokens
    const char *comment_end; // of the last TYPE_IGNORE
    LexState state;
    int lineno, first_lineno;
    int indent, pending;
    int columns[MAX_INDENT], alt_columns[MAX_INDENT]; // tabs to 8, tabs to 1
    bool at_line_start;
    bool interactive; // a blank line ends a block (not used by compile())
    bool continued;
    bool quiet;       // no warnings: the second pass
    bool type_comments; // "# type: ..." comments are tokens
    // Before Python 3.7 "async" and "await" are keywords only from "async def" to the end of that
    // function.
    bool async_names, in_async_def, async_def_begun;
    int async_def_indent;
    int level;
    char brackets[MAX_LEVEL];
    int bracket_lines[MAX_LEVEL], bracket_cols[MAX_LEVEL];
} Lexer;

// Starts on `size` bytes of text; text[size] is NUL.  Effects: none.
void lexer_init(Lexer *lexer, Thread *thread, Value filename, const char *text, size_t size);

// Reads the next token.  TOK_ERROR: lexer->state says why.  Effects: raises; warns.
TokenType lexer_next(Lexer *lexer, Token *token);

// Raises SyntaxError at the current position (offset < 0) or from `offset` to `end_offset` of the
// current line, and returns TOK_ERROR.  Effects: raises.
TokenType lexer_error(Lexer *lexer, int offset, int end_offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// The next byte of the text, or -1 at its end; and one byte back.
int lexer_getc(Lexer *lexer);
void lexer_ungetc(Lexer *lexer, int c);

// Reads the number whose first character is `c` ('.' has been read when `fraction`).  Returns
// TOK_NUMBER or TOK_ERROR.
TokenType lexer_number(Lexer *lexer, int c, bool fraction);

// The keyword that a name is, or TOK_NAME.
TokenType keyword_find(const char *text, size_t size);

// The text of a token type.
extern const char *const token_texts[TOKEN_TYPES];

// Source text: UTF-8 with '\n' line ends and a NUL after it, malloc'ed.
typedef struct SourceText {
    char *text;
    size_t size;
    bool char_columns; // its encoding was named: errors count columns in characters
} SourceText;

// Decodes `size` bytes of source: byte order mark, coding comment, line ends (`flags`: those of
// parse_source), and the last newline (when `add_newline`).  Returns false with an exception
// pending.
// Effects: allocates, raises, may run Python (codecs).
bool source_decode(Thread *thread, Value filename, const char *bytes, size_t size, unsigned flags,
                   bool add_newline, SourceText *out);

// Decodes the character at `text`: its bytes are returned; U+FFFD and 1 for a damaged one.  size >
// 0.
int utf8_step(const char *text, size_t size, int32_t *point);

// The number of code points in UTF-8 text that may be damaged.
int utf8_length(const char *text, size_t size);
