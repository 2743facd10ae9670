/* The standard streams: io objects over descriptors 0, 1 and 2. */
#include "core/runtime/start.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include "core/base/locale.h"
#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_io/io.h"

typedef struct StreamSpec {
    const char *name, *dunder, *title, *mode;
    int fd;
} StreamSpec;

static const StreamSpec specs[] = {
    {"stdin", "__stdin__", "<stdin>", "r", 0},
    {"stdout", "__stdout__", "<stdout>", "w", 1},
    {"stderr", "__stderr__", "<stderr>", "w", 2},
};

/* Is the locale one that says nothing about the encoding of files? */
static bool locale_is_c(void)
{
    static const char *const locales[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"};
    const char *l = locale_name();
    for (size_t i = 0; i < ARRAY_SIZE(locales); i++) {
        if (l && strcmp(l, locales[i]) == 0) {
            return true;
        }
    }
    return runtime.config.utf8_mode;
}

/* The codec's own name of it; 0: no such codec. */
static Value canonical_encoding(Thread *t, const char *text, size_t n)
{
    Value name = str_from_utf8(t, text, n);
    const char *cstr = name ? str_cstr(t, name) : NULL;
    Value info = cstr ? codec_lookup(t, cstr) : 0;
    return info ? object_getattr(t, info, N(name)) : 0;
}

/* Encoding and error handler of one stream; PYTHONIOENCODING=encoding:errors overrides both. */
static bool stream_encoding(Thread *t, const StreamSpec *s, Value *encoding, Value *errors)
{
    const char *env = runtime.config.ignore_environment ? NULL : getenv("PYTHONIOENCODING");
    const char *colon = env ? strchr(env, ':') : NULL;
    size_t n = colon ? (size_t)(colon - env) : env ? strlen(env) : 0;
    const char *own = runtime.config.utf8_mode ? "UTF-8" : locale_encoding();
    *encoding = n                      ? canonical_encoding(t, env, n)
                : strcmp(own, "UTF-8") ? canonical_encoding(t, own, strlen(own))
                                       : N(utf8);
    const char *handler = colon && colon[1] ? colon + 1
                          : env && n        ? "strict"
                          : locale_is_c()   ? "surrogateescape"
                                            : "strict";
    *errors = str_from_cstr(t, s->fd == 2 ? "backslashreplace" : handler);
    return *encoding && *errors;
}

/* The buffered (or raw) binary layer. */
static Value binary_layer(Thread *t, const StreamSpec *s, Value io_open)
{
    bool write = s->mode[0] == 'w';
    Value mode = str_from_cstr(t, write ? "wb" : "rb");
    Value names_ =
        tuple_pack(t, 3, N(mode), intern_cstr(t, "buffering"), intern_cstr(t, "closefd"));
    if (!mode || !names_) {
        return 0;
    }
    const Value args[] = {fixnum(s->fd), mode, fixnum(write && runtime.config.unbuffered ? 0 : -1),
                          FALSE_VALUE};
    return call(t, io_open, args, 1, names_);
}

static Value open_stream(Thread *t, const StreamSpec *s)
{
    Value io_open = import_attr(t, "_io", "open"), wrapper = import_attr(t, "_io", "TextIOWrapper");
    Value binary = io_open && wrapper ? binary_layer(t, s, io_open) : 0;
    Value raw = 0, encoding, errors;
    if (!binary || object_lookup_attr(t, binary, intern_cstr(t, "raw"), &raw) < 0 ||
        !object_setattr(t, raw ? raw : binary, N(name), str_from_cstr(t, s->title)) ||
        !stream_encoding(t, s, &encoding, &errors)) {
        return 0;
    }
    bool write = s->mode[0] == 'w', unbuffered = write && runtime.config.unbuffered;
    bool line_buffering = write && !unbuffered &&
                          (s->fd == 2 || runtime.config.interactive ||
                           fileio_was_terminal(raw ? raw : binary));
    Value kwnames = tuple_pack(t, 5, N(encoding), N(errors), N(newline),
                               intern_cstr(t, "line_buffering"), intern_cstr(t, "write_through"));
    const Value args[] = {binary, encoding, errors, write ? str_from_char(t, '\n') : NONE,
                          bool_value(line_buffering), bool_value(unbuffered)};
    Value text = kwnames ? call(t, wrapper, args, 1, kwnames) : 0;
    return text && object_setattr(t, text, N(mode), str_from_cstr(t, s->mode)) ? text : 0;
}

bool streams_init(Thread *t, Value sys)
{
    if (!dict_set(t, t->interp->builtins, N(open), import_attr(t, "_io", "open"))) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        Value stream = open_stream(t, &specs[i]);
        if (!stream && (specs[i].fd == 0 || fcntl(specs[i].fd, F_GETFD) < 0) &&
            error_clear_if(t, &exc_OSError)) {
            stream = NONE; /* closed, or a directory as standard input */
        }
        if (!stream || !module_add(t, sys, specs[i].name, stream) ||
            !module_add(t, sys, specs[i].dunder, stream)) {
            return false;
        }
    }
    return true;
}
