// From the bytes of a source to UTF-8: byte order mark, coding comment (PEP 263), line ends.
#include "core/syntax/lexer.h"
#include "core/syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENCODING = 100 };

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

// The encoding that a line's comment names: true, put into `name`.  *blank: the line holds nothing
// but a comment.
static bool find_cookie(const char *line, const char *end, char name[MAX_ENCODING], bool *blank)
{
    const char *at = line;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\f')) {
        at++;
    }
    *blank = at == end || *at == '#' || *at == '\r' || *at == '\n';
    if (at == end || *at != '#') {
        return false;
    }
    for (; end - at > 6; at++) {
        if (memcmp(at, "coding", 6) != 0 || (at[6] != ':' && at[6] != '=')) {
            continue;
        }
        const char *start = at + 7;
        while (start < end && (*start == ' ' || *start == '\t')) {
            start++;
        }
        size_t size = 0;
        while (start + size < end && size < MAX_ENCODING - 1 && is_name_byte(start[size])) {
            name[size] = start[size];
            size++;
        }
        if (size > 0) {
            name[size] = '\0';
            return true;
        }
    }
    return false;
}

// utf-8 and latin-1 under their usual names get one spelling each.
static void normalise(char *name)
{
    char head[13] = {0};
    for (int i = 0; i < 12 && name[i] != '\0'; i++) {
        char c = name[i];
        head[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    if (strcmp(head, "utf-8") == 0 || strncmp(head, "utf-8-", 6) == 0) {
        strcpy(name, "utf-8");
    } else if (strcmp(head, "latin-1") == 0 || strcmp(head, "iso-8859-1") == 0 ||
               strcmp(head, "iso-latin-1") == 0 || strncmp(head, "latin-1-", 8) == 0 ||
               strncmp(head, "iso-8859-1-", 11) == 0 || strncmp(head, "iso-latin-1-", 12) == 0) {
        strcpy(name, "iso-8859-1");
    }
}

static bool source_error(Thread *thread, Value filename, const char *message)
{
    HostPlace place = {0, -1, -1, 0, NULL, 0};
    host_raise(thread, HOST_SYNTAX_ERROR, message, filename, &place);
    return false;
}

// Looks for a coding comment in the first two lines.
static bool find_encoding(const char *bytes, size_t size, char name[MAX_ENCODING])
{
    const char *end = bytes + size;
    for (int i = 0; i < 2 && bytes < end; i++) {
        const char *stop = bytes;
        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        bool blank;
        if (find_cookie(bytes, stop, name, &blank)) {
            normalise(name);
            return true;
        }
        if (!blank) {
            return false;
        }
        bytes =
            stop < end && *stop == '\r' && stop + 1 < end && stop[1] == '\n' ? stop + 2 : stop + 1;
    }
    return false;
}

static char *latin1_to_utf8(const char *bytes, size_t size, size_t *out_size)
{
    char *text = malloc(2 * size + 1);
    size_t n = 0;
    for (size_t i = 0; text != NULL && i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x80) {
            text[n++] = (char)c;
        } else {
            text[n++] = (char)(0xc0 | c >> 6);
            text[n++] = (char)(0x80 | (c & 0x3f));
        }
    }
    *out_size = n;
    return text;
}

// One copy with '\n' line ends, with room for the last newline and NUL.
static bool translate_newlines(const char *text, size_t size, bool add_newline, SourceText *out)
{
    char *copy = malloc(size + 2);
    if (copy == NULL) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '\r') {
            c = '\n';
            i += i + 1 < size && text[i + 1] == '\n';
        }
        copy[n++] = c;
    }
    // the reference adds an empty line
    bool carriage = size >= 2 && text[size - 2] == '\r' && text[size - 1] == '\n';
    if (add_newline && n > 0 && (copy[n - 1] != '\n' || carriage)) {
        copy[n++] = '\n';
    }
    copy[n] = '\0';
    out->text = copy;
    out->size = n;
    return true;
}

// A program file may hold UTF-8 only unless it names an encoding.
static bool check_utf8(Thread *thread, Value filename, const char *bytes, size_t size)
{
    int line = 1;
    for (size_t i = 0; i < size;) {
        int32_t point;
        int step = (bytes[i] & 0x80) == 0 ? 1 : utf8_step(bytes + i, size - i, &point);
        if ((bytes[i] & 0x80) != 0 && step == 1) {
            host_raise_undeclared(thread, (unsigned char)bytes[i], filename, line);
            return false;
        }
        line += bytes[i] == '\n' || (bytes[i] == '\r' && !(i + 1 < size && bytes[i + 1] == '\n'));
        i += (size_t)step;
    }
    return true;
}

// Replaces the pending exception of a codec.  A program file says no more than which encoding it
// was.
static bool encoding_error(Thread *thread, Value filename, const char *encoding, bool file)
{
    char message[MAX_ENCODING + 64];
    if (file) {
        host_clear(thread);
        snprintf(message, sizeof message, "encoding problem: %s", encoding);
        host_raise_bare(thread, message);
        return false;
    }
    if (host_pending_is_lookup(thread)) {
        host_clear(thread);
        snprintf(message, sizeof message, "unknown encoding: %s", encoding);
        return source_error(thread, filename, message);
    }
    char *text = host_take_codec_error(thread);
    if (text != NULL) {
        source_error(thread, filename, strchr(text, ')') + 2); // without "(unicode error) "
        free(text);
    }
    return false;
}

static const char null_bytes[] = "source code string cannot contain null bytes";

// at: the null byte.
static bool null_error(Thread *thread, Value filename, const char *bytes, const char *at)
{
    HostPlace place = {.lineno = 1, .text = bytes};
    for (const char *p = bytes; p < at; p++) {
        if (*p == '\n') {
            place.lineno++;
            place.text = p + 1;
        }
    }
    place.text_size = (size_t)(at - place.text);
    place.offset = place.end_offset = (int)place.text_size + 1;
    place.end_lineno = place.lineno;
    host_raise(thread, HOST_SYNTAX_ERROR, null_bytes, filename, &place);
    return false;
}

bool source_decode(Thread *thread, Value filename, const char *bytes, size_t size, unsigned flags,
                   bool add_newline, SourceText *out)
{
    bool utf8 = (flags & PARSE_IGNORE_COOKIE) != 0, file = (flags & PARSE_FILE) != 0;
    char encoding[MAX_ENCODING] = "";
    char message[MAX_ENCODING + 64];
    char *decoded = NULL;
    out->char_columns = utf8;
    bool has_null = memchr(bytes, '\0', size) != NULL;
    if (has_null && !file) {
        host_value_error(thread, null_bytes);
        return false;
    }
    bool mark = !utf8 && size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    if (mark) {
        bytes += 3;
        size -= 3;
        out->char_columns = true;
    }
    if (!utf8 && find_encoding(bytes, size, encoding)) {
        out->char_columns = true;
        if (mark && strcmp(encoding, "utf-8") != 0) {
            snprintf(message, sizeof message, "encoding problem: %s with BOM", encoding);
            return file ? (host_raise_bare(thread, message), false)
                        : source_error(thread, filename, message);
        }
    }
    if (file && !mark && encoding[0] == '\0' && !check_utf8(thread, filename, bytes, size)) {
        return false;
    }
    if (has_null) {
        return null_error(thread, filename, bytes, memchr(bytes, '\0', size));
    }
    if (strcmp(encoding, "iso-8859-1") == 0) {
        decoded = latin1_to_utf8(bytes, size, &size);
    } else if (encoding[0] != '\0' && strcmp(encoding, "utf-8") != 0) {
        decoded = host_decode(thread, encoding, bytes, size, &size);
        if (decoded == NULL) {
            return encoding_error(thread, filename, encoding, file);
        }
    }
    bool ok = translate_newlines(decoded != NULL ? decoded : bytes, size, add_newline, out);
    free(decoded);
    if (!ok) {
        host_no_memory(thread);
    }
    return ok;
}
