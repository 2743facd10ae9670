/* Exceptions with many fields: OSError, SyntaxError, UnicodeEncodeError, UnicodeDecodeError,
 * UnicodeTranslateError. */
#include <errno.h>
#include <stdio.h>

#include "core/object/bytes.h"
#include "core/object/exception_internal.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Value none_or(Value v)
{
    return v ? v : NONE;
}

/* ---- OSError ---- */

static Type *type_of_errno(int64_t err)
{
    switch (err) {
    case EAGAIN: case EALREADY: case EINPROGRESS:
        return &exc_BlockingIOError;
    case EPIPE: case ESHUTDOWN:
        return &exc_BrokenPipeError;
    case ECHILD:
        return &exc_ChildProcessError;
    case ECONNABORTED:
        return &exc_ConnectionAbortedError;
    case ECONNREFUSED:
        return &exc_ConnectionRefusedError;
    case ECONNRESET:
        return &exc_ConnectionResetError;
    case EEXIST:
        return &exc_FileExistsError;
    case ENOENT:
        return &exc_FileNotFoundError;
    case EISDIR:
        return &exc_IsADirectoryError;
    case ENOTDIR:
        return &exc_NotADirectoryError;
    case EINTR:
        return &exc_InterruptedError;
    case EACCES: case EPERM:
        return &exc_PermissionError;
    case ESRCH:
        return &exc_ProcessLookupError;
    case ETIMEDOUT:
        return &exc_TimeoutError;
    default:
        return &exc_OSError;
    }
}

static Value os_error_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames);
static bool os_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames);

/* A subclass that has its own __init__ but not its own __new__ gets its arguments through __init__.
 */
static bool uses_init(const Type *type)
{
    return type->init != os_error_init && type->new == os_error_new;
}

static bool os_error_fill(Thread *t, OSErrorExc *e, const Value *args, size_t n)
{
    size_t shown = n;
    if (n >= 2 && n <= 5) {
        gc_store(e, &e->errno_, args[0]);
        gc_store(e, &e->strerror_, args[1]);
        bool has_name = n >= 3 && !is_none(args[2]);
        Type *third = has_name ? type_of(args[2]) : NULL;
        if (has_name && type_of(object_value(e)) == &exc_BlockingIOError &&
            (third->index || third->int_ || third->float_ || third == &complex_type)) {
            Value written = number_index(t, args[2]);
            if (!written) {
                return false;
            }
            gc_store(e, &e->written, written);
        } else if (has_name) {
            gc_store(e, &e->filename, args[2]);
            if (n == 5) {
                gc_store(e, &e->filename2, is_none(args[4]) ? 0 : args[4]);
            }
            shown = 2;
        }
    }
    Value tuple = tuple_from(t, args, shown);
    if (tuple) {
        gc_store(e, &e->base.args, tuple);
    }
    return tuple != 0;
}

static Value os_error_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    bool later = uses_init(type);
    if (!later && !args_no_kw(t, type_short_name(type), kwnames)) {
        return 0;
    }
    if (!later && type == &exc_OSError && n >= 2 && n <= 5) {
        int64_t err = value_is_bool(args[0])     ? args[0] == TRUE_VALUE
                      : value_is_fixnum(args[0]) ? fixnum_get(args[0])
                                                 : 0;
        type = type_of_errno(err);
    }
    OSErrorExc *e = object_alloc_instance(t, type, 0);
    if (!e) {
        return 0;
    }
    gc_init(&e->base.args, tuple_empty());
    return later || os_error_fill(t, e, args, n) ? object_value(e) : 0;
}

static bool os_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!uses_init(type_of(self))) {
        return true;
    }
    return args_no_kw(t, type_short_name(type_of(self)), kwnames) &&
           os_error_fill(t, (OSErrorExc *)value_object(self), args, n);
}

static void os_error_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_values(tr, &((OSErrorExc *)o)->errno_, 5);
}

/* Fields can be deleted by another thread: each is read once. */
static Value os_error_str(Thread *t, Value self)
{
    OSErrorExc *e = (OSErrorExc *)value_object(self);
    Value err = value_load(&e->errno_), text = value_load(&e->strerror_);
    Value from = value_load(&e->filename), to = value_load(&e->filename2);
    bool known = err && text;
    err = none_or(err);
    text = none_or(text);
    if (from && to) {
        return str_format(t, "[Errno %S] %S: %R -> %R", err, text, from, to);
    }
    if (from) {
        return str_format(t, "[Errno %S] %S: %R", err, text, from);
    }
    return known ? str_format(t, "[Errno %S] %S", err, text) : exception_str(t, self);
}

static Value os_error_reduce(Thread *t, Value *argv, size_t n UNUSED, Value kw UNUSED)
{
    OSErrorExc *e = (OSErrorExc *)value_object(argv[0]);
    Value args = value_load(&e->base.args);
    Value from = value_load(&e->filename), to = value_load(&e->filename2);
    if (tuple_len(args) == 2 && from) {
        Value a = tuple_get(args, 0), b = tuple_get(args, 1);
        args = to ? tuple_pack(t, 5, a, b, from, NONE, to) : tuple_pack(t, 3, a, b, from);
    }
    return args ? exception_reduce_with(t, argv[0], args) : 0;
}

static Value get_written(Thread *t, Value self, void *closure UNUSED)
{
    Value v = ((OSErrorExc *)value_object(self))->written;
    return v ? v : raise(t, &exc_AttributeError, "characters_written");
}

static bool set_written(Thread *t, Value self, Value v, void *closure UNUSED)
{
    OSErrorExc *e = (OSErrorExc *)value_object(self);
    if (!v && !e->written) {
        raise(t, &exc_AttributeError, "characters_written");
        return false;
    }
    ssize_t count;
    if (v && !value_to_ssize(t, v, &count, &exc_ValueError)) {
        return false;
    }
    gc_store(e, &e->written, v ? fixnum(count) : 0);
    return true;
}

static const MemberDef os_error_members[] = {
    {"errno", MEMBER_VALUE, offsetof(OSErrorExc, errno_), false, "POSIX exception code"},
    {"strerror", MEMBER_VALUE, offsetof(OSErrorExc, strerror_), false, "exception strerror"},
    {"filename", MEMBER_VALUE, offsetof(OSErrorExc, filename), false, "exception filename"},
    {"filename2", MEMBER_VALUE, offsetof(OSErrorExc, filename2), false,
     "second exception filename"},
    {NULL, 0, 0, false, NULL},
};
static const GetSetDef os_error_getset[] = {
    {"characters_written", get_written, set_written, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef os_error_methods[] = {
    {"__reduce__()", os_error_reduce, "Helper for pickle.", 0},
    {NULL, NULL, NULL, 0},
};

/* ---- SyntaxError ---- */

static void syntax_error_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_values(tr, &((SyntaxErrorExc *)o)->msg, 8);
}

static bool syntax_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    SyntaxErrorExc *e = (SyntaxErrorExc *)value_object(self);
    if (!exception_init(t, self, args, n, kwnames)) {
        return false;
    }
    if (n >= 1) {
        gc_store(e, &e->msg, args[0]);
    }
    if (n != 2) {
        return true;
    }
    Value info = sequence_tuple(t, args[1]);
    if (!info) {
        return false;
    }
    size_t len = tuple_len(info);
    if (len != 4 && len != 6) {
        if (len == 5) {
            type_error(t, "end_offset must be provided when end_lineno is provided");
        } else {
            type_error(t, "function takes %s %d arguments (%zu given)",
                       len < 4 ? "at least" : "at most", len < 4 ? 4 : 6, len);
        }
        return false;
    }
    Value *fields[] = {&e->filename, &e->lineno,     &e->offset,
                       &e->text,     &e->end_lineno, &e->end_offset};
    for (size_t i = 0; i < 6; i++) {
        gc_store(e, fields[i], i < len ? tuple_get(info, i) : 0);
    }
    return true;
}

/* The last part of a path. */
static Value base_name(Thread *t, Value path)
{
    size_t n = str_len(path), start = n;
    while (start > 0 && str_get(value_str(path), start - 1) != '/') {
        start--;
    }
    return str_substring(t, path, start, n);
}

static Value syntax_error_str(Thread *t, Value self)
{
    SyntaxErrorExc *e = (SyntaxErrorExc *)value_object(self);
    Value msg = none_or(value_load(&e->msg));
    Value path = value_load(&e->filename), lineno = value_load(&e->lineno);
    Value file = path && value_is_str(path) ? base_name(t, path) : 0;
    bool line = lineno && value_is_int_exact(lineno);
    if (error_pending(t)) {
        return 0;
    }
    if (file && line) {
        return str_format(t, "%S (%U, line %S)", msg, file, lineno);
    }
    if (file) {
        return str_format(t, "%S (%U)", msg, file);
    }
    return line ? str_format(t, "%S (line %S)", msg, lineno) : object_str(t, msg);
}

#define SYNTAX_FIELD(name)                                                                         \
    {                                                                                              \
#name, MEMBER_VALUE, offsetof(SyntaxErrorExc, name), false, "exception " #name             \
    }
static const MemberDef syntax_error_members[] = {
    SYNTAX_FIELD(msg),         SYNTAX_FIELD(filename),
    SYNTAX_FIELD(lineno),      SYNTAX_FIELD(offset),
    SYNTAX_FIELD(text),        SYNTAX_FIELD(end_lineno),
    SYNTAX_FIELD(end_offset),  SYNTAX_FIELD(print_file_and_line),
    {NULL, 0, 0, false, NULL},
};

/* ---- Unicode errors ---- */

static void unicode_error_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_values(tr, &((UnicodeErrorExc *)o)->encoding, 3);
}

static bool expect_str(Thread *t, Value v, int position)
{
    if (!value_is_str(v)) {
        type_error(t, "argument %d must be str, not %T", position, v);
    }
    return value_is_str(v);
}

/* Takes (encoding,) object, start, end, reason; object is a str or, for decoding, bytes. */
static bool unicode_error_fill(Thread *t, Value self, const Value *args, size_t n, bool encoding,
                               bool bytes)
{
    UnicodeErrorExc *e = (UnicodeErrorExc *)value_object(self);
    size_t want = encoding ? 5 : 4;
    if (n != want) {
        type_error(t, "function takes exactly %zu arguments (%zu given)", want, n);
        return false;
    }
    const Value *rest = args + encoding;
    if ((encoding && !expect_str(t, args[0], 1)) ||
        (!bytes && !expect_str(t, rest[0], encoding + 1)) ||
        !value_to_ssize(t, rest[1], &e->start, &exc_OverflowError) ||
        !value_to_ssize(t, rest[2], &e->end, &exc_OverflowError) ||
        !expect_str(t, rest[3], encoding + 4)) {
        return false;
    }
    Value object = rest[0];
    if (bytes && !value_is_bytes(object) &&
        !(object = call1(t, object_value(&bytes_type), object))) {
        return false;
    }
    gc_store(e, &e->encoding, encoding ? args[0] : 0);
    gc_store(e, &e->object, object);
    gc_store(e, &e->reason, rest[3]);
    return true;
}

static bool encode_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return exception_init(t, self, args, n, kwnames) &&
           unicode_error_fill(t, self, args, n, true, false);
}

static bool decode_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return exception_init(t, self, args, n, kwnames) &&
           unicode_error_fill(t, self, args, n, true, true);
}

static bool translate_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return exception_init(t, self, args, n, kwnames) &&
           unicode_error_fill(t, self, args, n, false, false);
}

/* Each field can be anything, and be replaced by another thread: it is read once. */
static Value unicode_error_str(Thread *t, Value self)
{
    UnicodeErrorExc *e = (UnicodeErrorExc *)value_object(self);
    Value object = value_load(&e->object), encoding = value_load(&e->encoding);
    if (!object) {
        return N(empty);
    }
    bool bytes = value_is_bytes(object);
    if (!bytes && !value_is_str(object)) {
        return type_error(t, "object attribute must be str or bytes");
    }
    Value reason = object_str(t, none_or(value_load(&e->reason)));
    Value prefix = !reason ? 0 : !encoding ? str_from_cstr(t, "can't translate")
                   : str_format(t, "'%S' codec can't %s", encoding, bytes ? "decode" : "encode");
    if (!prefix) {
        return 0;
    }
    ssize_t len = bytes ? (ssize_t)value_bytes(object)->len : (ssize_t)str_len(object);
    ssize_t start = load_relaxed(&e->start), end = load_relaxed(&e->end), last;
    if (__builtin_sub_overflow(end, 1, &last)) {
        last = end;
    }
    if (start < 0 || start >= len || last != start) {
        return str_format(t, "%U %s in position %zd-%zd: %U", prefix,
                          bytes ? "bytes" : "characters", start, last, reason);
    }
    char shown[16];
    if (bytes) {
        snprintf(shown, sizeof shown, "byte 0x%02x",
                 (unsigned)(unsigned char)value_bytes(object)->data[start]);
    } else {
        uint32_t c = str_get(value_str(object), (size_t)start);
        snprintf(shown, sizeof shown,
                 c <= 0xff     ? "\\x%02x"
                 : c <= 0xffff ? "\\u%04x"
                               : "\\U%08x",
                 (unsigned)c);
    }
    const char *format =
        bytes ? "%U %s in position %zd: %U" : "%U character '%s' in position %zd: %U";
    return str_format(t, format, prefix, shown, start, reason);
}

#define UNICODE_FIELD(name, kind)                                                                  \
    {                                                                                              \
#name, kind, offsetof(UnicodeErrorExc, name), false, "exception " #name                    \
    }
static const MemberDef unicode_error_members[] = {
    UNICODE_FIELD(encoding, MEMBER_VALUE), UNICODE_FIELD(object, MEMBER_VALUE),
    UNICODE_FIELD(start, MEMBER_SSIZE),    UNICODE_FIELD(end, MEMBER_SSIZE),
    UNICODE_FIELD(reason, MEMBER_VALUE),   {NULL, 0, 0, false, NULL},
};

void exception_fields_init(void)
{
    static const struct Row {
        Type *type;
        size_t size;
        TraceFn trace;
        InitFn init;
        UnaryFn str;
        const MemberDef *members;
    } rows[] = {
        {&exc_OSError, sizeof(OSErrorExc), os_error_trace, os_error_init, os_error_str,
         os_error_members},
        {&exc_SyntaxError, sizeof(SyntaxErrorExc), syntax_error_trace, syntax_error_init,
         syntax_error_str, syntax_error_members},
        {&exc_UnicodeEncodeError, sizeof(UnicodeErrorExc), unicode_error_trace, encode_error_init,
         unicode_error_str, unicode_error_members},
        {&exc_UnicodeDecodeError, sizeof(UnicodeErrorExc), unicode_error_trace, decode_error_init,
         unicode_error_str, unicode_error_members},
        {&exc_UnicodeTranslateError, sizeof(UnicodeErrorExc), unicode_error_trace,
         translate_error_init, unicode_error_str, unicode_error_members},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        Type *type = rows[i].type;
        type->size = rows[i].size;
        type->trace = rows[i].trace;
        type->init = rows[i].init;
        type->str = rows[i].str;
        type->members = rows[i].members;
        type->new = exception_new;
    }
    exc_OSError.new = os_error_new;
    exc_OSError.getset = os_error_getset;
    exc_OSError.methods = os_error_methods;
}
