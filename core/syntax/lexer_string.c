// String and bytes literals: prefixes, escapes, concatenation; numbers.
//
// Errors in escapes are raised as the codec would raise them for the literal's text in which each
// character beyond ASCII has become a \UXXXXXXXX escape: that is what the positions in the
// reference's messages count.
#include "core/base/ascii.h"
#include "core/syntax/fstring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ESCAPED_SIZE = 10 }; // of \UXXXXXXXX

bool codepoints_add(Parser *p, Codepoints *out, uint32_t point)
{
    if (out->n == out->capacity) {
        size_t capacity = out->capacity != 0 ? out->capacity * 2 : 64;
        uint32_t *grown = realloc(out->points, capacity * sizeof *grown);
        if (grown == NULL) {
            error_memory(p);
            return false;
        }
        out->points = grown;
        out->capacity = capacity;
    }
    out->points[out->n++] = point;
    return true;
}

// The value of `c` as a digit, or 99.
static unsigned digit_value(char c)
{
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                  : 99;
}

bool literal_warn(Parser *p, const Token *token, const char *escape)
{
    if (p->second_pass) {
        return true;
    }
    char message[64];
    if (digit_value(*escape) < 8) {
        snprintf(message, sizeof message, "invalid octal escape sequence '\\%.3s'", escape);
    } else {
        snprintf(message, sizeof message, "invalid escape sequence '\\%c'", *escape);
    }
    bool is_warning = false;
    if (host_warn(p->thread, HOST_DEPRECATION, message, p->filename, token->lineno, &is_warning)) {
        return true;
    }
    if (is_warning) {
        host_clear(p->thread);
        p->failed = false;
        error_token(p, token, token, "%s", message);
    }
    p->failed = true;
    return false;
}

// Reads up to three octal digits.
static uint32_t read_octal(const char **at, const char *end)
{
    uint32_t value = 0;
    for (int i = 0; i < 3 && *at < end && digit_value(**at) < 8; i++) {
        value = value * 8 + digit_value(*(*at)++);
    }
    return value;
}

// One str literal while it is decoded.
typedef struct Decoder {
    Parser *p;
    const Token *token;
    const char *text, *at, *end;
    Codepoints *out;
    bool warned;
} Decoder;

// The text as the codec is given it: what is not ASCII escaped.  malloc'ed.
static char *escaped_text(const char *text, size_t size, size_t *out_size)
{
    char *copy = malloc(size * ESCAPED_SIZE + 1);
    size_t n = 0;
    while (copy != NULL && size > 0) {
        int32_t point;
        int step = utf8_step(text, size, &point);
        if (point < 128) {
            copy[n++] = *text;
            if (*text == '\\' && size > 1 && (text[1] & 0x80) != 0) {
                n += (size_t)sprintf(copy + n, "u005c");
            } else if (*text == '\\' && size > 1) {
                copy[n++] = *++text;
                size--;
            }
        } else {
            n += (size_t)sprintf(copy + n, "\\U%08x", (unsigned)point);
        }
        text += step;
        size -= (size_t)step;
    }
    *out_size = n;
    return copy;
}

// Raises for the escape that starts at `start`; `at` is behind what was wrong.
static bool escape_error(Decoder *d, const char *start, const char *reason)
{
    size_t size, before, until;
    char *copy = escaped_text(d->text, (size_t)(d->end - d->text), &size);
    free(escaped_text(d->text, (size_t)(start - d->text), &before));
    until = before + (size_t)(d->at - start);
    if (copy == NULL) {
        error_memory(d->p);
        return false;
    }
    host_decode_error(d->p->thread, "unicodeescape", copy, size, before, until, reason);
    free(copy);
    error_codec(d->p);
    return false;
}

// \x, \u, \U with `count` digits.
static bool decode_hex(Decoder *d, const char *start, int count, const char *reason)
{
    uint32_t value = 0;
    for (; count > 0; count--) {
        if (d->at >= d->end || digit_value(*d->at) > 15) {
            return escape_error(d, start, reason);
        }
        value = value << 4 | digit_value(*d->at++);
    }
    if (value > 0x10ffff) {
        return escape_error(d, start, "illegal Unicode character");
    }
    return codepoints_add(d->p, d->out, value);
}

// \N{name}
static bool decode_named(Decoder *d, const char *start)
{
    static const char malformed[] = "malformed \\N character escape";
    if (d->at >= d->end || *d->at != '{') {
        return escape_error(d, start, malformed);
    }
    const char *name = ++d->at;
    while (d->at < d->end && *d->at != '}') {
        d->at++;
    }
    if (d->at >= d->end || d->at == name) {
        return escape_error(d, start, malformed);
    }
    int32_t point = host_char_by_name(name, (size_t)(d->at++ - name));
    if (point < 0) {
        return escape_error(d, start, "unknown Unicode character name");
    }
    return codepoints_add(d->p, d->out, (uint32_t)point);
}

static bool decode_escape(Decoder *d)
{
    const char *start = d->at++;
    // The text of an f-string may end with the backslash before a brace.
    char c = d->at < d->end ? *d->at : '\0';
    if (d->at >= d->end || (c & 0x80) != 0) {
        return codepoints_add(d->p, d->out, '\\');
    }
    if (digit_value(c) < 8) {
        uint32_t value = read_octal(&d->at, d->end);
        if (value > 0xff && !d->warned) {
            d->warned = true;
            if (!literal_warn(d->p, d->token, start + 1)) {
                return false;
            }
        }
        return codepoints_add(d->p, d->out, value);
    }
    d->at++;
    switch (c) {
    case '\n':
        return true;
    case 'x':
        return decode_hex(d, start, 2, "truncated \\xXX escape");
    case 'u':
        return decode_hex(d, start, 4, "truncated \\uXXXX escape");
    case 'U':
        return decode_hex(d, start, 8, "truncated \\UXXXXXXXX escape");
    case 'N':
        return decode_named(d, start);
    default:
        break;
    }
    int simple = ascii_simple_escape(c);
    if (simple >= 0) {
        return codepoints_add(d->p, d->out, (uint32_t)simple);
    }
    if (!d->warned) {
        d->warned = true;
        if (!literal_warn(d->p, d->token, start + 1)) {
            return false;
        }
    }
    return codepoints_add(d->p, d->out, '\\') && codepoints_add(d->p, d->out, (uint32_t)c);
}

// Damaged UTF-8 in a literal.
static bool damaged(Parser *p, const char *text, size_t size)
{
    Value str = host_str_utf8(p->thread, text, size);
    if (str == 0) {
        error_codec(p);
    } else {
        error_here(p, HOST_SYNTAX_ERROR, "invalid UTF-8 in a literal");
    }
    return false;
}

bool string_decode(Parser *p, const Token *token, const char *text, size_t size, bool raw,
                   Codepoints *out)
{
    Decoder d = {p, token, text, text, text + size, out, false};
    // Text with escapes goes to the codec in runs of what is not ASCII.
    bool has_escapes = !raw && memchr(text, '\\', size) != NULL;
    while (d.at < d.end) {
        if (*d.at == '\\' && !raw) {
            if (!decode_escape(&d)) {
                return false;
            }
            continue;
        }
        int32_t point;
        int step = utf8_step(d.at, (size_t)(d.end - d.at), &point);
        if (point == 0xfffd && step == 1) {
            const char *from = has_escapes ? d.at : text;
            while (has_escapes && from > text && (from[-1] & 0x80) != 0) {
                from--;
            }
            return damaged(p, from, (size_t)(d.end - from));
        }
        d.at += step;
        if (!codepoints_add(p, out, (uint32_t)point)) {
            return false;
        }
    }
    return true;
}

// ---- bytes ----

static bool bytes_error(Parser *p, size_t position)
{
    char message[64];
    snprintf(message, sizeof message, "invalid \\x escape at position %zu", position);
    host_value_error(p->thread, message);
    error_codec(p);
    return false;
}

// Appends the bytes of a literal (one per code point of `out`).
static bool bytes_decode(Parser *p, const Token *token, const char *text, size_t size, bool raw,
                         Codepoints *out)
{
    const char *end = text + size;
    bool warned = false;
    for (const char *at = text; at < end;) {
        char c = *at++;
        if ((c & 0x80) != 0) {
            error_token(p, token, token, "bytes can only contain ASCII literal characters");
            return false;
        }
        uint32_t value = (unsigned char)c;
        if (c == '\\' && !raw && at < end) {
            int simple = ascii_simple_escape(*at);
            if (digit_value(*at) < 8) {
                const char *digits = at;
                value = read_octal(&at, end);
                if (value > 0xff && !warned) {
                    warned = true;
                    if (!literal_warn(p, token, digits)) {
                        return false;
                    }
                }
                value &= 0xff;
            } else if (simple >= 0) {
                value = (uint32_t)simple;
                at++;
            } else if (*at == '\n') {
                at++;
                continue;
            } else if (*at == 'x') {
                if (end - at < 3 || digit_value(at[1]) > 15 || digit_value(at[2]) > 15) {
                    return bytes_error(p, (size_t)(at - 1 - text));
                }
                value = digit_value(at[1]) << 4 | digit_value(at[2]);
                at += 3;
            } else if (!warned && (*at & 0x80) == 0) {
                warned = true;
                if (!literal_warn(p, token, at)) {
                    return false;
                }
            }
        }
        if (!codepoints_add(p, out, value)) {
            return false;
        }
    }
    return true;
}

// ---- concatenation ----

// A STRING token taken apart.
typedef struct Literal {
    const char *text;
    size_t size;
    bool bytes, raw, formatted;
} Literal;

static Literal literal_split(const Token *token)
{
    Literal literal = {token->start, (size_t)token->size, false, false, false};
    while (*literal.text != '\'' && *literal.text != '"') {
        char c = (char)(*literal.text++ | 0x20);
        literal.bytes |= c == 'b';
        literal.raw |= c == 'r';
        literal.formatted |= c == 'f';
        literal.size--;
    }
    bool triple = literal.size >= 6 && literal.text[0] == literal.text[1] &&
                  literal.text[0] == literal.text[2];
    size_t quotes = triple ? 3 : 1;
    literal.text += quotes;
    literal.size -= 2 * quotes;
    return literal;
}

static bool literal_append(Parser *p, FString *whole, const Token *token, bool *bytes)
{
    Literal literal = literal_split(token);
    bool is_first = token == whole->first;
    if (literal.formatted && !version_check(p, 6, "Format strings are")) {
        return false;
    }
    if (literal.bytes) {
        // The characters are checked before the mixture is.
        Codepoints scratch = {0};
        bool ok = bytes_decode(p, token, literal.text, literal.size, literal.raw,
                               is_first || *bytes ? &whole->text : &scratch);
        free(scratch.points);
        if (!ok) {
            return false;
        }
    }
    if (!is_first && literal.bytes != *bytes) {
        error_here(p, HOST_SYNTAX_ERROR, "cannot mix bytes and nonbytes literals");
        return false;
    }
    *bytes = literal.bytes;
    if (literal.bytes) {
        return true;
    }
    if (literal.formatted) {
        whole->formatted = true;
        return fstring_parse(p, token, literal.text, literal.size, literal.raw, whole);
    }
    return string_decode(p, token, literal.text, literal.size, literal.raw, &whole->text);
}

static Value bytes_value(Parser *p, const Codepoints *text)
{
    char *bytes = malloc(text->n + 1);
    if (bytes == NULL) {
        error_memory(p);
        return 0;
    }
    for (size_t i = 0; i < text->n; i++) {
        bytes[i] = (char)text->points[i];
    }
    Value value = host_bytes(p->thread, bytes, text->n);
    free(bytes);
    return value;
}

// The node for the tokens from whole->first to whole->last.
static Expr *strings_node(Parser *p, FString *whole, bool bytes)
{
    if (whole->formatted) {
        return fstring_finish(p, whole);
    }
    Value value = bytes ? bytes_value(p, &whole->text)
                        : host_str(p->thread, whole->text.points, whole->text.n);
    if (value == 0 || !keep(p, value)) {
        p->failed = true;
        return NULL;
    }
    Expr *node = constant_new(p, whole->first, value);
    if (node != NULL && !bytes && whole->first->start[0] == 'u') {
        node->Constant.kind = host_intern(p->thread, "u", 1);
        if (node->Constant.kind == 0 || !keep(p, node->Constant.kind)) {
            return NULL;
        }
    }
    return node;
}

Expr *parse_strings(Parser *p)
{
    int start = p->mark;
    void *memo;
    if (memo_find(p, RULE_STRINGS, &memo)) {
        return memo;
    }
    FString whole = {.first = peek(p)};
    ptrs_init(&whole.parts);
    while (peek_type(p) == TOK_STRING) {
        whole.last = p->tokens[p->mark++];
    }
    bool ok = !p->failed;
    bool bytes = false;
    for (int i = start; ok && i < p->mark; i++) {
        ok = literal_append(p, &whole, p->tokens[i], &bytes);
    }
    Expr *node = ok ? strings_node(p, &whole, bytes) : NULL;
    ptrs_free(&whole.parts);
    free(whole.text.points);
    return memo_store(p, RULE_STRINGS, start, node);
}

// ---- numbers ----

// Puts the ValueError of a too long number into the form of a SyntaxError.
static void number_error(Parser *p, const Token *token)
{
    char *message = host_take_codec_error(p->thread);
    p->failed = true;
    if (message != NULL) {
        const char *text = strchr(message, ')') + 2; // without its "(value error) "
        error_at(p, HOST_SYNTAX_ERROR, (Range){token->lineno, -1, token->end_lineno, -1},
                 "%s - Consider hexadecimal for huge integer literals to avoid decimal "
                 "conversion limits.",
                 text);
        free(message);
    }
}

static Value number_value(Parser *p, const char *text, size_t size)
{
    char second = size > 1 ? (char)(text[1] | 0x20) : '\0';
    if (text[0] == '0' && (second == 'x' || second == 'o' || second == 'b')) {
        int base = second == 'x' ? 16 : second == 'o' ? 8 : 2;
        return host_int(p->thread, text + 2, size - 2, base);
    }
    char last = (char)(text[size - 1] | 0x20);
    if (last == 'j') {
        return host_imaginary(p->thread, text, size - 1);
    }
    if (memchr(text, '.', size) != NULL || memchr(text, 'e', size) != NULL ||
        memchr(text, 'E', size) != NULL) {
        return host_float(p->thread, text, size);
    }
    return host_int(p->thread, text, size, 10);
}

Expr *parse_number(Parser *p)
{
    Token *token = accept(p, TOK_NUMBER);
    if (token == NULL) {
        return NULL;
    }
    char small[64];
    char *text = token->size < (int)sizeof small ? small : malloc((size_t)token->size + 1);
    if (text == NULL) {
        error_memory(p);
        return NULL;
    }
    size_t size = 0;
    for (int i = 0; i < token->size; i++) {
        if (token->start[i] != '_') {
            text[size++] = token->start[i];
        }
    }
    text[size] = '\0';
    Value value = 0;
    if (size == (size_t)token->size || version_check(p, 6, "Underscores in numeric literals are")) {
        value = number_value(p, text, size);
        if (value == 0) {
            number_error(p, token);
        }
    }
    if (text != small) {
        free(text);
    }
    return value != 0 && keep(p, value) ? constant_new(p, token, value) : NULL;
}
