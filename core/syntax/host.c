// The object layer behind host.h, and the list that keeps a tree's objects alive.
#include "core/syntax/host.h"

#include "core/object/bytes.h"
#include "core/object/exception.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"
#include "core/object/unicode_names.h"
#include "core/base/dtoa.h"
#include "core/syntax/lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ast_keep(Thread *thread, Arena *arena, Value value)
{
    if (!value_is_object(value)) {
        return 1;
    }
    if (arena->owner == 0) {
        arena->owner = list_new(thread, 16);
    }
    return arena->owner != 0 && list_append(thread, arena->owner, value);
}

// ---- constants ----

Value host_none(void)
{
    return NONE;
}

Value host_bool(bool value)
{
    return bool_value(value);
}

Value host_ellipsis(void)
{
    return ELLIPSIS;
}

bool host_is_complex(Value value)
{
    return value_isa(value, &complex_type);
}

Value host_bytes(Thread *thread, const char *bytes, size_t size)
{
    return bytes_new(thread, bytes, size);
}

static double parse_double(const char *text, size_t size)
{
    const char *end;
    return double_parse(text, text + size, &end);
}

Value host_float(Thread *thread, const char *text, size_t size)
{
    return float_new(thread, parse_double(text, size));
}

Value host_imaginary(Thread *thread, const char *text, size_t size)
{
    return complex_new(thread, 0.0, parse_double(text, size));
}

Value host_int(Thread *thread, const char *digits, size_t size, int base)
{
    return int_from_text(thread, digits, size, base);
}

Value host_str(Thread *thread, const uint32_t *points, size_t count)
{
    return str_from_ucs4(thread, points, count);
}

Value host_str_utf8(Thread *thread, const char *text, size_t size)
{
    return str_from_utf8(thread, text, size);
}

Value host_intern(Thread *thread, const char *text, size_t size)
{
    Value name = str_from_utf8(thread, text, size);
    if (name != 0 && !value_str(name)->ascii) {
        name = unicode_normalize(thread, NFKC, name);
    }
    return name != 0 ? intern_str(thread, name) : 0;
}

ssize_t host_identifier_prefix(Thread *thread, const char *text, size_t size)
{
    Value name = str_from_utf8(thread, text, size);
    if (name == 0) {
        return -1;
    }
    size_t good = 0;
    for (size_t i = 0; i < str_len(name); i++) {
        uint32_t c = str_get(value_str(name), i);
        if (c != '_' && !(i == 0 ? unicode_is_xid_start(c) : unicode_is_xid_continue(c))) {
            break;
        }
        good += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return (ssize_t)good;
}

bool host_is_printable(int32_t point)
{
    return unicode_is_printable((uint32_t)point);
}

int32_t host_char_by_name(const char *name, size_t size)
{
    uint32_t point;
    return unicode_lookup_name(name, size, &point) ? (int32_t)point : -1;
}

// ---- errors ----

bool host_stack_check(Thread *thread)
{
    thread_let_others(thread);
    if (thread->c_limit != NULL && (char *)__builtin_frame_address(0) < thread->c_limit) {
        recursion_error(thread, " during compilation");
        return false;
    }
    return true;
}

bool host_pending(Thread *thread)
{
    return error_pending(thread);
}

bool host_pending_is_syntax(Thread *thread)
{
    return error_pending(thread) && error_matches(thread, &exc_SyntaxError);
}

bool host_pending_is_lookup(Thread *thread)
{
    return error_pending(thread) && error_matches(thread, &exc_LookupError);
}

void host_clear(Thread *thread)
{
    error_clear(thread);
}

Value host_take(Thread *thread)
{
    return error_take(thread);
}

void host_restore(Thread *thread, Value exception)
{
    error_restore(thread, exception);
}

void host_no_memory(Thread *thread)
{
    raise_memory(thread);
}

void host_value_error(Thread *thread, const char *message)
{
    value_error(thread, "%s", message);
}

void host_decode_error(Thread *thread, const char *codec, const char *bytes, size_t size,
                       size_t start, size_t end, const char *reason)
{
    Value args[5] = {str_from_cstr(thread, codec), bytes_new(thread, bytes, size),
                     fixnum((int64_t)start), fixnum((int64_t)end), str_from_cstr(thread, reason)};
    if (args[0] == 0 || args[1] == 0 || args[4] == 0) {
        return;
    }
    Value tuple = tuple_from(thread, args, ARRAY_SIZE(args));
    if (tuple != 0) {
        raise_value(thread, &exc_UnicodeDecodeError, tuple);
    }
}

char *host_take_codec_error(Thread *thread)
{
    bool unicode = error_matches(thread, &exc_UnicodeError);
    if (!unicode && !error_matches(thread, &exc_ValueError)) {
        return NULL;
    }
    Value exception = error_take(thread);
    Value str = object_str(thread, exception);
    size_t size = 0;
    const char *text = str != 0 ? str_utf8(thread, str, &size) : NULL;
    if (text == NULL) {
        return NULL;
    }
    const char *prefix = unicode ? "(unicode error) " : "(value error) ";
    char *message = malloc(strlen(prefix) + size + 1);
    if (message == NULL) {
        raise_memory(thread);
        return NULL;
    }
    memcpy(stpcpy(message, prefix), text, size + 1);
    return message;
}

void host_raise(Thread *thread, HostError type, const char *message, Value filename,
                const HostPlace *place)
{
    static Type *const types[] = {&exc_SyntaxError, &exc_IndentationError, &exc_TabError};
    Value text = NONE;
    if (place->text != NULL) {
        text = str_decode(thread, place->text, place->text_size, "utf-8", "replace");
    }
    Value msg = text != 0 ? str_decode(thread, message, strlen(message), "utf-8", "replace") : 0;
    if (msg == 0) {
        return;
    }
    Value parts[6] = {filename,
                      fixnum(place->lineno),
                      fixnum(place->offset),
                      text,
                      fixnum(place->end_lineno),
                      fixnum(place->end_offset)};
    Value where = tuple_from(thread, parts, place->end_lineno < 0 ? 4 : ARRAY_SIZE(parts));
    Value pair[2] = {msg, where};
    Value args = where != 0 ? tuple_from(thread, pair, 2) : 0;
    if (args != 0) {
        raise_value(thread, types[type], args);
    }
}

void host_raise_bare(Thread *thread, const char *message)
{
    raise_error(thread, &exc_SyntaxError, "%s", message);
}

void host_raise_undeclared(Thread *thread, unsigned byte, Value filename, int lineno)
{
    char code[8];
    snprintf(code, sizeof code, "\\x%02x", byte);
    raise_error(
        thread, &exc_SyntaxError,
        "Non-UTF-8 code starting with '%s' in file %S on line %d, but no encoding declared; see "
        "https://peps.python.org/pep-0263/ for details",
        code, filename, lineno);
}

bool host_warn(Thread *thread, HostWarning kind, const char *message, Value filename, int lineno,
               bool *is_warning)
{
    Type *category = kind == HOST_DEPRECATION ? &exc_DeprecationWarning : &exc_SyntaxWarning;
    *is_warning = false;
    atomic_fetch_add_explicit(&thread->interp->source_warnings, 1, memory_order_relaxed);
    Value warn_explicit = import_attr(thread, "warnings", "warn_explicit");
    if (warn_explicit == 0) {
        error_clear(thread); // the library is not there yet
        return true;
    }
    Value text = str_from_cstr(thread, message);
    if (text == 0) {
        return false;
    }
    Value args[4] = {text, object_value(category), filename, fixnum(lineno)};
    if (call(thread, warn_explicit, args, ARRAY_SIZE(args), 0) != 0) {
        return true;
    }
    *is_warning = error_matches(thread, category);
    return false;
}

// ---- text of sources ----

char *host_decode(Thread *thread, const char *encoding, const char *bytes, size_t size,
                  size_t *out_size)
{
    Value str = str_decode(thread, bytes, size, encoding, "strict");
    const char *text = str != 0 ? str_utf8(thread, str, out_size) : NULL;
    char *copy = text != NULL ? malloc(*out_size + 1) : NULL;
    if (copy != NULL) {
        memcpy(copy, text, *out_size + 1);
    } else if (text != NULL) {
        raise_memory(thread);
    }
    return copy;
}

// The whole file, malloc'ed; NULL when it cannot be read.
static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *bytes = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        rewind(file);
        bytes = end >= 0 ? malloc((size_t)end + 1) : NULL;
        *size = bytes != NULL ? fread(bytes, 1, (size_t)end, file) : 0;
    }
    fclose(file);
    return bytes;
}

char *host_file_line(Thread *thread, Value filename, int lineno, size_t *size)
{
    if (!value_is_str(filename) || str_len(filename) == 0 ||
        str_get(value_str(filename), 0) == '<') {
        return NULL;
    }
    const char *path = str_fs_path(thread, filename);
    size_t bytes_size = 0;
    char *bytes = path != NULL ? read_file(path, &bytes_size) : NULL;
    SourceText source;
    bool ok =
        bytes != NULL && source_decode(thread, filename, bytes, bytes_size, 0, false, &source);
    free(bytes);
    error_clear(thread);
    if (!ok) {
        return NULL;
    }
    char *line = source.text;
    char *end = source.text + source.size;
    while (line < end && --lineno > 0) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        line = newline != NULL ? newline + 1 : end;
    }
    char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
    *size = newline != NULL ? (size_t)(newline + 1 - line) : (size_t)(end - line);
    char *copy = line < end && lineno <= 0 ? malloc(*size + 1) : NULL;
    if (copy != NULL) {
        memcpy(copy, line, *size);
    }
    free(source.text);
    return copy;
}
