// Numeric literals.
#include "core/syntax/lexer.h"

#include <string.h>

static bool is_digit(int c, int base)
{
    if (base == 16) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
    return c >= '0' && c < '0' + base;
}

static bool is_name_byte(int c)
{
    return c >= 128 || c == '_' || is_digit(c, 10) || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

// Does the rest of a keyword follow, and end there?
static bool follows(Lexer *lexer, const char *rest)
{
    size_t size = strlen(rest);
    size_t left = (size_t)(lexer->inp - lexer->cur);
    return left >= size && memcmp(lexer->cur, rest, size) == 0 &&
           (left == size || !is_name_byte((unsigned char)lexer->cur[size]));
}

// Is the number directly followed by the rest of a keyword that may stand after one ("1if x else
// y")?
static bool keyword_follows(Lexer *lexer, int c)
{
    switch (c) {
    case 'a':
        return follows(lexer, "nd");
    case 'e':
        return follows(lexer, "lse");
    case 'f':
        return follows(lexer, "or");
    case 'i':
        return lexer->cur < lexer->inp && memchr("fns", *lexer->cur, 3) != NULL;
    case 'n':
        return follows(lexer, "ot");
    case 'o':
        return follows(lexer, "r");
    default:
        return false;
    }
}

// Checks that `c`, the character after a number, may stand there, and puts it back.
static TokenType finish(Lexer *lexer, int c, const char *kind)
{
    if (c >= 0 && keyword_follows(lexer, c)) {
        lexer_ungetc(lexer, c);
        if (lexer->quiet) {
            return TOK_NUMBER;
        }
        char message[64] = "invalid ";
        strcat(strcat(message, kind), " literal");
        bool is_warning = false;
        if (!host_warn(lexer->thread, HOST_SYNTAX_WARNING, message, lexer->filename, lexer->lineno,
                       &is_warning)) {
            if (is_warning) {
                host_clear(lexer->thread);
                return lexer_error(lexer, -1, -1, "%s", message);
            }
            lexer->state = LEX_RAISED;
            return TOK_ERROR;
        }
        return TOK_NUMBER;
    }
    lexer_ungetc(lexer, c);
    if (is_name_byte(c)) {
        return lexer_error(lexer, -1, -1, "invalid %s literal", kind);
    }
    return TOK_NUMBER;
}

// Reads decimal digits with single underscores between them; a digit has been read.  Returns the
// character after them, or -2 after an error.
static int decimal_tail(Lexer *lexer)
{
    for (;;) {
        int c;
        do {
            c = lexer_getc(lexer);
        } while (is_digit(c, 10));
        if (c != '_') {
            return c;
        }
        c = lexer_getc(lexer);
        if (!is_digit(c, 10)) {
            lexer_ungetc(lexer, c);
            lexer_error(lexer, -1, -1, "invalid decimal literal");
            return -2;
        }
    }
}

// After 0x, 0o, 0b.
static TokenType based(Lexer *lexer, int base, const char *kind)
{
    int c = lexer_getc(lexer);
    do {
        if (c == '_') {
            c = lexer_getc(lexer);
        }
        if (!is_digit(c, base)) {
            if (base != 16 && is_digit(c, 10)) {
                return lexer_error(lexer, -1, -1, "invalid digit '%c' in %s literal", c, kind);
            }
            lexer_ungetc(lexer, c);
            return lexer_error(lexer, -1, -1, "invalid %s literal", kind);
        }
        do {
            c = lexer_getc(lexer);
        } while (is_digit(c, base));
    } while (c == '_');
    if (base != 16 && is_digit(c, 10)) {
        return lexer_error(lexer, -1, -1, "invalid digit '%c' in %s literal", c, kind);
    }
    return finish(lexer, c, kind);
}

static TokenType imaginary(Lexer *lexer)
{
    return finish(lexer, lexer_getc(lexer), "imaginary");
}

// After the 'e', which is `e` itself.
static TokenType exponent(Lexer *lexer, int e)
{
    int c = lexer_getc(lexer);
    if (c == '+' || c == '-') {
        c = lexer_getc(lexer);
        if (!is_digit(c, 10)) {
            lexer_ungetc(lexer, c);
            return lexer_error(lexer, -1, -1, "invalid decimal literal");
        }
    } else if (!is_digit(c, 10)) {
        lexer_ungetc(lexer, c);
        return finish(lexer, e, "decimal");
    }
    c = decimal_tail(lexer);
    if (c == -2) {
        return TOK_ERROR;
    }
    return c == 'j' || c == 'J' ? imaginary(lexer) : finish(lexer, c, "decimal");
}

// What may follow the whole part and the fraction: `c` is the character after them.
static TokenType suffix(Lexer *lexer, int c)
{
    if (c == 'e' || c == 'E') {
        return exponent(lexer, c);
    }
    return c == 'j' || c == 'J' ? imaginary(lexer) : finish(lexer, c, "decimal");
}

// After the point: `c` is the character after it.
static TokenType fractional(Lexer *lexer, int c)
{
    if (is_digit(c, 10)) {
        c = decimal_tail(lexer);
        if (c == -2) {
            return TOK_ERROR;
        }
    }
    return suffix(lexer, c);
}

// A number that starts with 0 and is no based literal: `c` is the character after that 0.
static TokenType leading_zero(Lexer *lexer, int c)
{
    bool nonzero = false;
    for (;;) {
        if (c == '_') {
            c = lexer_getc(lexer);
            if (!is_digit(c, 10)) {
                lexer_ungetc(lexer, c);
                return lexer_error(lexer, -1, -1, "invalid decimal literal");
            }
        }
        if (c != '0') {
            break;
        }
        c = lexer_getc(lexer);
    }
    const char *zeros_end = lexer->cur;
    if (is_digit(c, 10)) {
        nonzero = true;
        c = decimal_tail(lexer);
        if (c == -2) {
            return TOK_ERROR;
        }
    }
    if (c == '.') {
        return fractional(lexer, lexer_getc(lexer));
    }
    if (c == 'e' || c == 'E' || c == 'j' || c == 'J') {
        return suffix(lexer, c);
    }
    if (nonzero) {
        lexer_ungetc(lexer, c);
        return lexer_error(lexer, (int)(lexer->start + 1 - lexer->line_start),
                           (int)(zeros_end - lexer->line_start),
                           "leading zeros in decimal integer literals are not permitted; "
                           "use an 0o prefix for octal integers");
    }
    return finish(lexer, c, "decimal");
}

TokenType lexer_number(Lexer *lexer, int c, bool fraction)
{
    if (fraction) {
        return fractional(lexer, c);
    }
    if (c == '0') {
        c = lexer_getc(lexer);
        switch (c) {
        case 'x':
        case 'X':
            return based(lexer, 16, "hexadecimal");
        case 'o':
        case 'O':
            return based(lexer, 8, "octal");
        case 'b':
        case 'B':
            return based(lexer, 2, "binary");
        default:
            return leading_zero(lexer, c);
        }
    }
    c = decimal_tail(lexer);
    if (c == -2) {
        return TOK_ERROR;
    }
    return c == '.' ? fractional(lexer, lexer_getc(lexer)) : suffix(lexer, c);
}
