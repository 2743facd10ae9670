/* The codec registry of an interpreter, and the shortcuts of str.encode and bytes.decode around it.
 */
#include "core/object/codec.h"

#include "core/base/ascii.h"
#include "core/object/buffer.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

static Mutex making; /* of registries */

static bool registry_made(Thread *t)
{
    Interpreter *in = t->interp;
    if (__atomic_load_n(&in->codec_cache, __ATOMIC_ACQUIRE)) {
        return true;
    }
    Value path = list_new(t, 0), errors = dict_new(t), cache = dict_new(t);
    if (!path || !errors || !cache || !codec_add_builtin_errors(t, errors)) {
        return false;
    }
    mutex_lock_parked(t, &making);
    if (!in->codec_cache) { /* nobody has been faster */
        in->codec_search_path = path;
        in->codec_errors = errors;
        __atomic_store_n(&in->codec_cache, cache, __ATOMIC_RELEASE);
    }
    mutex_unlock(&making);
    return true;
}

/* Creates the registry and loads the standard encodings once: threads that need them meanwhile wait
 * for the import, the one that imports them goes on with what there is. */
static bool registry_ready(Thread *t)
{
    static _Thread_local const Interpreter *loading;
    Interpreter *in = t->interp;
    if (atomic_load_explicit(&in->codecs_loaded, memory_order_acquire) || loading == in) {
        return true;
    }
    if (!registry_made(t)) {
        return false;
    }
    const Interpreter *outer = loading;
    loading = in;
    bool ok = import_module(t, "encodings") != 0;
    loading = outer;
    /* not yet when this thread is in the midst of the import */
    if (ok && list_len(in->codec_search_path) > 0) {
        atomic_store_explicit(&in->codecs_loaded, true, memory_order_release);
    }
    return ok;
}

bool codec_register(Thread *t, Value search_function)
{
    if (!registry_ready(t)) {
        return false;
    }
    if (!callable(search_function)) {
        type_error(t, "argument must be callable");
        return false;
    }
    return list_append(t, t->interp->codec_search_path, search_function);
}

bool codec_unregister(Thread *t, Value search_function)
{
    if (!registry_ready(t)) {
        return false;
    }
    Value path = t->interp->codec_search_path;
    for (size_t i = 0; i < list_len(path); i++) {
        if (list_get(path, i) == search_function) {
            return dict_clear(t, t->interp->codec_cache) &&
                   object_delitem(t, path, fixnum((int64_t)i));
        }
    }
    return true;
}

/* Lower case, runs of other characters than letters, digits and dots become one underscore. */
static bool normalize_name(const char *name, char *out, size_t cap)
{
    size_t n = 0;
    bool gap = false;
    for (const char *p = name; *p; p++) {
        uint8_t c = (uint8_t)*p;
        if (!ascii_is_alnum(c) && c != '.') {
            gap = true;
            continue;
        }
        if (n + 3 > cap) {
            return false;
        }
        if (gap && n) {
            out[n++] = '_';
        }
        gap = false;
        out[n++] = (char)(ascii_is_upper(c) ? c | 32 : c);
    }
    out[n] = 0;
    return true;
}

Value codec_lookup(Thread *t, const char *encoding)
{
    char normal[512];
    if (!registry_ready(t)) {
        return 0;
    }
    if (!normalize_name(encoding, normal, sizeof normal)) {
        return raise(t, &exc_LookupError, "unknown encoding: %s", encoding);
    }
    Value key = str_from_cstr(t, normal);
    Value found = key ? dict_get(t, t->interp->codec_cache, key) : 0;
    if (found || error_pending(t)) {
        return found;
    }
    Value path = t->interp->codec_search_path;
    for (size_t i = 0; i < list_len(path); i++) {
        Value search = list_get(path, i);
        Value r = search ? call1(t, search, key) : 0;
        if (!r) {
            return 0;
        }
        if (is_none(r)) {
            continue;
        }
        if (!value_is_tuple(r) || tuple_len(r) != 4) {
            return type_error(t, "codec search functions must return 4-tuples");
        }
        return dict_set(t, t->interp->codec_cache, key, r) ? r : 0;
    }
    return raise(t, &exc_LookupError, "unknown encoding: %s", encoding);
}

bool codec_register_error(Thread *t, Value name, Value handler)
{
    if (!registry_ready(t)) {
        return false;
    }
    if (!callable(handler)) {
        type_error(t, "handler must be callable");
        return false;
    }
    return dict_set(t, t->interp->codec_errors, name, handler);
}

Value codec_lookup_error(Thread *t, const char *name)
{
    if (!registry_ready(t)) {
        return 0;
    }
    Value v = dict_get_cstr(t, t->interp->codec_errors, name);
    return v || error_pending(t)
               ? v
               : raise(t, &exc_LookupError, "unknown error handler name '%s'", name);
}

bool codec_check_names(Thread *t, const char *encoding, const char *errors)
{
    if (!runtime.config.dev_mode || !t->interp->codec_cache) {
        return true;
    }
    return (!encoding || codec_lookup(t, encoding)) && (!errors || codec_lookup_error(t, errors));
}

/* ---- calling codecs ---- */

/* Names codec and operation in the exception, where that loses nothing. */
static void wrap_error(Thread *t, const char *operation, const char *encoding)
{
    Value exc = t->exc;
    Type *type = type_of(exc);
    Value args = exception_args(exc);
    if (type->size != exc_Exception.size || type->new != exc_Exception.new ||
        type->init != exc_Exception.init ||
        (type_has(type, TYPE_HAS_DICT) && !instance_is_empty(t, value_object(exc))) ||
        tuple_len(args) > 1 || (tuple_len(args) == 1 && !value_is_str(tuple_get(args, 0)))) {
        return;
    }
    raise_from(t, type, "%s with '%s' codec failed (%T: %S)", operation, encoding, exc, exc);
}

static Value call_codec(Thread *t, Value info, int which, Value o, const char *errors,
                        const char *encoding)
{
    Value args[2] = {o, errors ? str_from_cstr(t, errors) : 0};
    if (errors && !args[1]) {
        return 0;
    }
    Value r = call(t, tuple_get(info, (size_t)which), args, errors ? 2 : 1, 0);
    if (!r) {
        wrap_error(t, which ? "decoding" : "encoding", encoding);
        return 0;
    }
    if (!value_is_tuple(r) || tuple_len(r) != 2) {
        return type_error(t, "%s must return a tuple (object, integer)",
                          which ? "decoder" : "encoder");
    }
    return tuple_get(r, 0);
}

Value codec_encode(Thread *t, Value o, const char *encoding, const char *errors)
{
    Value info = codec_lookup(t, encoding);
    return info ? call_codec(t, info, 0, o, errors, encoding) : 0;
}

Value codec_decode(Thread *t, Value o, const char *encoding, const char *errors)
{
    Value info = codec_lookup(t, encoding);
    return info ? call_codec(t, info, 1, o, errors, encoding) : 0;
}

/* The codec of a text encoding, which str.encode and bytes.decode insist on. */
static Value lookup_text(Thread *t, const char *encoding, const char *alternative)
{
    Value info = codec_lookup(t, encoding);
    if (!info || type_of(info) == &tuple_type) {
        return info;
    }
    Value flag;
    int found = object_lookup_attr(t, info, intern_cstr(t, "_is_text_encoding"), &flag);
    int truth = found > 0 ? object_truth(t, flag) : found < 0 ? -1 : 1;
    if (truth < 0) {
        return 0;
    }
    if (!truth) {
        return raise(t, &exc_LookupError,
                     "'%s' is not a text encoding; use %s to handle arbitrary codecs", encoding,
                     alternative);
    }
    return info;
}

typedef enum { ENC_OTHER, ENC_UTF8, ENC_LATIN1, ENC_ASCII, ENC_UTF16, ENC_UTF32 } WellKnown;

static inline bool name_is(const char *name, const char *wanted)
{
    return name[0] == wanted[0] && strcmp(name, wanted) == 0;
}

static WellKnown well_known(const char *encoding)
{
    static const struct {
        char name[16]; /* with zeros behind it */
        WellKnown which;
    } table[] = {{"utf_8", ENC_UTF8},        {"utf8", ENC_UTF8},        {"ascii", ENC_ASCII},
                 {"us_ascii", ENC_ASCII},    {"latin1", ENC_LATIN1},    {"latin_1", ENC_LATIN1},
                 {"iso_8859_1", ENC_LATIN1}, {"iso8859_1", ENC_LATIN1}, {"utf_16", ENC_UTF16},
                 {"utf16", ENC_UTF16},       {"utf_32", ENC_UTF32},     {"utf32", ENC_UTF32}};
    char normal[32] = {0};
    if (!encoding || name_is(encoding, "utf-8")) {
        return ENC_UTF8;
    }
    if (name_is(encoding, "latin-1")) {
        return ENC_LATIN1;
    }
    if (name_is(encoding, "ascii")) {
        return ENC_ASCII;
    }
    if (!normalize_name(encoding, normal, sizeof normal)) {
        return ENC_OTHER;
    }
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (memcmp(normal, table[i].name, sizeof table[i].name) == 0) {
            return table[i].which;
        }
    }
    return ENC_OTHER;
}

Value str_encode(Thread *t, Value s, const char *encoding, const char *errors)
{
    if (UNLIKELY(runtime.config.dev_mode) && !codec_check_names(t, encoding, errors)) {
        return 0;
    }
    switch (well_known(encoding)) {
    case ENC_UTF8: return utf8_encode_str(t, s, errors);
    case ENC_LATIN1: return latin1_encode(t, s, errors);
    case ENC_ASCII: return ascii_encode(t, s, errors);
    case ENC_UTF16: return utf16_encode(t, s, errors, 0);
    case ENC_UTF32: return utf32_encode(t, s, errors, 0);
    default: break;
    }
    Value info = lookup_text(t, encoding, "codecs.encode()");
    Value r = info ? call_codec(t, info, 0, s, errors, encoding) : 0;
    if (r && value_is_bytearray(r)) {
        if (!warn(t, &exc_RuntimeWarning, 1,
                  "encoder %s returned bytearray instead of bytes; use codecs.encode() to "
                  "encode to arbitrary types",
                  encoding)) {
            return 0;
        }
        ByteArray *a = (ByteArray *)value_object(r);
        return bytes_new(t, a->buf ? a->buf->data + a->start : NULL, a->len);
    }
    if (r && !value_is_bytes(r)) {
        return type_error(t,
                          "'%s' encoder returned '%T' instead of 'bytes'; use codecs.encode() to "
                          "encode to arbitrary "
                          "types",
                          encoding, r);
    }
    return r;
}

static Value decode_with_codec(Thread *t, Value o, const char *encoding, const char *errors)
{
    Value info = lookup_text(t, encoding, "codecs.decode()");
    Value r = info ? call_codec(t, info, 1, o, errors, encoding) : 0;
    if (r && !value_is_str(r)) {
        return type_error(t,
                          "'%s' decoder returned '%T' instead of 'str'; use codecs.decode() to "
                          "decode to arbitrary "
                          "types",
                          encoding, r);
    }
    return r;
}

Value str_decode(Thread *t, const char *p, size_t n, const char *encoding, const char *errors)
{
    if (UNLIKELY(runtime.config.dev_mode) && !codec_check_names(t, encoding, errors)) {
        return 0;
    }
    int order = 0;
    switch (well_known(encoding)) {
    case ENC_UTF8: return utf8_to_str(t, p, n, errors, NULL);
    case ENC_LATIN1: return str_from_latin1(t, (const uint8_t *)p, n);
    case ENC_ASCII: return ascii_decode(t, (const uint8_t *)p, n, errors);
    case ENC_UTF16: return utf16_decode(t, (const uint8_t *)p, n, errors, &order, NULL);
    case ENC_UTF32: return utf32_decode(t, (const uint8_t *)p, n, errors, &order, NULL);
    default: break;
    }
    Value o = bytes_new(t, p, n);
    return o ? decode_with_codec(t, o, encoding, errors) : 0;
}

/* No codec is looked for where there is nothing to decode. */
static Value decode_nothing(Thread *t, const char *encoding, const char *errors)
{
    return runtime.config.dev_mode && !codec_check_names(t, encoding, errors) ? 0 : N(empty);
}

Value buffer_decode(Thread *t, Value o, const char *encoding, const char *errors)
{
    if (value_is_bytes(o) && well_known(encoding) == ENC_OTHER) {
        return value_bytes(o)->len == 0 ? decode_nothing(t, encoding, errors)
                                        : decode_with_codec(t, o, encoding, errors);
    }
    if (value_is_bytes(o)) {
        return str_decode(t, value_bytes(o)->data, value_bytes(o)->len, encoding, errors);
    }
    Buffer view;
    if (!buffer_get_still(t, o, &view)) {
        return 0;
    }
    Value r;
    if (view.len == 0) {
        r = decode_nothing(t, encoding, errors);
    } else if (well_known(encoding) == ENC_OTHER) {
        Value m = memoryview_new(t, o);
        r = m ? decode_with_codec(t, m, encoding, errors) : 0;
    } else {
        r = str_decode(t, view.buf, (size_t)view.len, encoding, errors);
    }
    buffer_release(t, &view);
    return r;
}
