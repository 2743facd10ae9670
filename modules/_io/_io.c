/* The _io module: open() and the list of stream types. */
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "modules/_io/io.h"

typedef struct OpenMode {
    bool creating, reading, writing, appending, updating, text, binary;
} OpenMode;

static bool parse_mode(Thread *t, Value mode, OpenMode *m)
{
    const char *text = str_utf8(t, mode, NULL);
    *m = (OpenMode){0};
    for (const char *p = text; p && *p; p++) {
        bool *flag = *p == 'x' ? &m->creating : *p == 'r' ? &m->reading : *p == 'w' ? &m->writing
                     : *p == 'a' ? &m->appending : *p == '+' ? &m->updating : *p == 't' ? &m->text
                     : *p == 'b' ? &m->binary : NULL;
        if (!flag || *flag) {
            value_error(t, "invalid mode: '%s'", text);
            return false;
        }
        *flag = true;
    }
    if (!text) {
        return false;
    }
    if (m->text && m->binary) {
        value_error(t, "can't have text and binary mode at once");
    } else if (m->creating + m->reading + m->writing + m->appending > 1) {
        value_error(t, "must have exactly one of create/read/write/append mode");
    } else if (m->creating + m->reading + m->writing + m->appending == 0) {
        value_error(t,
                    "Must have exactly one of create/read/write/append mode and at most one plus");
    }
    return !t->exc;
}

static bool binary_has_no(Thread *t, Value v, const char *what)
{
    if (v && !is_none(v)) {
        value_error(t, "binary mode doesn't take %s argument", what);
        return false;
    }
    return true;
}

static Value open_raw(Thread *t, Value file, const OpenMode *m, Value closefd, Value opener)
{
    char text[8], *p = text;
    *p++ = m->creating ? 'x' : m->reading ? 'r' : m->writing ? 'w' : 'a';
    if (m->updating) {
        *p++ = '+';
    }
    *p = 0;
    const Value args[] = {file, str_from_cstr(t, text), closefd ? closefd : TRUE_VALUE,
                          opener ? opener : NONE};
    return call(t, object_value(&fileio_type), args, 4, 0);
}

/* Buffered layer over raw, per mode. */
static Value open_buffered(Thread *t, Value raw, const OpenMode *m, int buffering)
{
    Type *type = m->updating                                 ? &buffered_random_type
                 : m->creating || m->writing || m->appending ? &buffered_writer_type
                                                             : &buffered_reader_type;
    return call2(t, object_value(type), raw, fixnum(buffering));
}

static int default_buffering(Thread *t, Value raw)
{
    Value size = object_getattr_cstr(t, raw, "_blksize");
    int n = IO_BUFFER_SIZE;
    if (!size || !value_to_int(t, size, &n)) {
        error_clear(t);
    }
    return n > 1 ? n : IO_BUFFER_SIZE;
}

static Value build_layers(Thread *t, Value raw, const OpenMode *m, int buffering, Value *a)
{
    bool line_buffering = false;
    if (buffering == 1 || (buffering < 0 && fileio_was_terminal(raw))) {
        buffering = -1;
        line_buffering = !m->binary;
    }
    if (buffering < 0) {
        buffering = default_buffering(t, raw);
    }
    if (buffering == 0) {
        return m->binary ? raw : value_error(t, "can't have unbuffered text I/O");
    }
    Value buffer = open_buffered(t, raw, m, buffering);
    if (!buffer || m->binary) {
        return buffer;
    }
    const Value args[] = {buffer, a[3] ? a[3] : NONE, a[4] ? a[4] : NONE, a[5] ? a[5] : NONE,
                          bool_value(line_buffering)};
    Value text = call(t, object_value(&textiowrapper_type), args, 5, 0);
    return text && object_setattr(t, text, N(mode), a[1] ? a[1] : str_from_cstr(t, "r")) ? text : 0;
}

Value io_open(IO_ARGS)
{
    Value *a = args;
    OpenMode m;
    int buffering = -1;
    Value mode = a[1] ? a[1] : str_from_cstr(t, "r");
    if (!value_is_str(mode)) {
        return type_error(t, "open() argument 'mode' must be str, not %T", mode);
    }
    if ((a[2] && !value_to_int(t, a[2], &buffering)) || !parse_mode(t, mode, &m)) {
        return 0;
    }
    if (m.binary &&
        (!binary_has_no(t, a[3], "an encoding") || !binary_has_no(t, a[4], "an errors") ||
         !binary_has_no(t, a[5], "a newline"))) {
        return 0;
    }
    if (m.binary && buffering == 1 &&
        !warn(t, &exc_RuntimeWarning, 1,
              "line buffering (buffering=1) isn't supported in binary mode, the default "
              "buffer size will be used")) {
        return 0;
    }
    Value file = a[0];
    if (!value_is_int(file)) {
        const Value fs = import_attr(t, "posix", "fspath");
        file = fs ? call1(t, fs, file) : 0;
        if (!file) {
            return 0;
        }
    }
    Value raw = open_raw(t, file, &m, a[6], a[7]);
    Value stream = raw ? build_layers(t, raw, &m, buffering, a) : 0;
    if (raw && !stream) {
        Value error = error_take(t);
        if (!call_method0(t, raw, N(close))) {
            error_clear(t);
        }
        error_restore(t, error);
    }
    return stream;
}

static Value io_open_code(IO_ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "open_code() argument 'path' must be str, not %T", args[0]);
    }
    return call2(t, import_attr(t, "_io", "open"), args[0], str_from_cstr(t, "rb"));
}

static Value io_text_encoding(IO_ARGS)
{
    bool given = args[0] && !is_none(args[0]);
    int level = 2;
    if ((args[1] && !value_to_int(t, args[1], &level)) ||
        (!given && runtime.config.warn_default_encoding &&
         !warn(t, &exc_EncodingWarning, level, "'encoding' argument not specified"))) {
        return 0;
    }
    return given ? args[0] : str_from_cstr(t, runtime.config.utf8_mode ? "utf-8" : "locale");
}

/* Text first: flushing it fills the binary streams. */
static Value io_flush_all(IO_ARGS)
{
    io_flush_registered(t, &textiowrapper_type);
    io_flush_registered(t, &bufferediobase_type);
    return NONE;
}

static const NativeDef io_functions[] = {
    {"open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, "
     "opener=None)",
     io_open, "Open file and return a stream.", 0},
    {"open_code(path)", io_open_code, "Open a file whose contents are to be executed.", 0},
    {"text_encoding(encoding, stacklevel=2, /)", io_text_encoding,
     "Return the encoding, or the default's name.", 0},
    {"_flush_all_at_exit()", io_flush_all, "Flush every stream that is still open.", 0},
    {0},
};

/* They call themselves by the name of the public module. */
static bool name_functions(Thread *t, Value mod)
{
    static const char *const functions[] = {"open", "open_code", "text_encoding"};
    Value name = str_from_cstr(t, "io");
    for (size_t i = 0; name && i < ARRAY_SIZE(functions); i++) {
        Value f = dict_get_cstr(t, module_dict(mod), functions[i]);
        if (!f || !object_setattr(t, f, N(__module__), name)) {
            return false;
        }
    }
    return name != 0;
}

static bool io_exec(Thread *t, Value mod)
{
    Type *const types[] = {&iobase_type,          &rawiobase_type,       &bufferediobase_type,
                           &textiobase_type,      &fileio_type,          &bytesio_type,
                           &stringio_type,        &buffered_reader_type, &buffered_writer_type,
                           &buffered_random_type, &buffered_rwpair_type, &textiowrapper_type,
                           &newline_decoder_type};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!module_add_type(t, mod, types[i])) {
            return false;
        }
    }
    return type_ready(t, &utf8_codec_type) &&
           type_ready(t, &bytesio_buffer_type) && name_functions(t, mod) &&
           module_add_int(t, mod, "DEFAULT_BUFFER_SIZE", IO_BUFFER_SIZE) &&
           module_add(t, mod, "BlockingIOError", object_value(&exc_BlockingIOError)) &&
           io_make_unsupported(t, mod);
}

const ModuleDef module__io = {"_io", "The types behind the io module.", io_functions, io_exec};
