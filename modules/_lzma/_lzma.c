/* The module _lzma, over liblzma. */
#include <stdlib.h>

#include "core/object/int.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "modules/_lzma/lzma_parts.h"

enum { FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW, CHECK_UNKNOWN = LZMA_CHECK_ID_MAX + 1 };

Value lzma_error;

/* Compressors and decompressors. */
typedef struct Lzma {
    Object head;
    lzma_stream z;
    Mutex busy;
    bool finished;     /* compression: flush() has been called; decompression: end of stream */
    bool needs_input;
    int check;
    StreamInput input;
    Value unused_data;
} Lzma;
extern Type lzma_compressor_type, lzma_decompressor_type;

static Lzma *lzma_of(Value v) { return (Lzma *)value_object(v); }
static void lzma_trace(Object *self, Tracer *tr) { trace_value(tr, ((Lzma *)self)->unused_data); }

/* At the end of the stream already: the library holds some megabytes. */
static void end_library(Lzma *l)
{
    lzma_end(&l->z);
    l->z = (lzma_stream)LZMA_STREAM_INIT;
}

static void lzma_free(Object *self)
{
    Lzma *l = (Lzma *)self;
    end_library(l);
    mem_free(l->input.pending);
    l->input = (StreamInput){NULL, 0};
}

bool lzma_succeeded(Thread *t, lzma_ret err)
{
    const char *text = NULL;
    switch (err) {
    case LZMA_OK:
    case LZMA_GET_CHECK:
    case LZMA_NO_CHECK:
    case LZMA_STREAM_END:
        return true;
    case LZMA_UNSUPPORTED_CHECK:
        text = "Unsupported integrity check";
        break;
    case LZMA_MEM_ERROR:
        return raise_memory(t);
    case LZMA_MEMLIMIT_ERROR:
        text = "Memory usage limit exceeded";
        break;
    case LZMA_FORMAT_ERROR:
        text = "Input format not supported by decoder";
        break;
    case LZMA_OPTIONS_ERROR:
        text = "Invalid or unsupported options";
        break;
    case LZMA_DATA_ERROR:
        text = "Corrupt input data";
        break;
    case LZMA_BUF_ERROR:
        text = "Insufficient buffer space";
        break;
    case LZMA_PROG_ERROR:
        text = "Internal error";
        break;
    default:
        raise(t, value_type(lzma_error), "Unrecognized error from liblzma: %d", (int)err);
        return false;
    }
    raise(t, value_type(lzma_error), "%s", text);
    return false;
}

/* Runs the coder until the input is used up, the output is full, or the stream ends. */
static lzma_ret run_coder(Lzma *l, const uint8_t **p, size_t *left, lzma_action action,
                          StreamOutput *o)
{
    lzma_stream *z = &l->z;
    for (;;) {
        bool no_memory;
        if (!stream_room(o, &no_memory)) {
            return no_memory ? LZMA_MEM_ERROR : LZMA_OK;
        }
        z->next_in = *p;
        z->avail_in = *left;
        z->next_out = o->p + o->len;
        z->avail_out = o->cap - o->len;
        lzma_ret err = lzma_code(z, action);
        *p = z->next_in;
        *left = z->avail_in;
        o->len = (size_t)(z->next_out - o->p);
        if (err == LZMA_BUF_ERROR && *left == 0 && z->avail_out > 0) {
            err = LZMA_OK; /* nothing to do is no error */
        }
        if (l->check == CHECK_UNKNOWN && (err == LZMA_GET_CHECK || err == LZMA_NO_CHECK)) {
            store_relaxed(&l->check, (int)lzma_get_check(z));
        }
        if (err == LZMA_STREAM_END) {
            end_library(l);
        }
        if (err != LZMA_OK && err != LZMA_GET_CHECK && err != LZMA_NO_CHECK) {
            return err;
        }
        bool full = z->avail_out == 0;
        if ((!full && *left == 0 && action == LZMA_RUN) || (full && o->len >= o->limit)) {
            return LZMA_OK;
        }
    }
}

/* ---- compression ---- */

static bool encoder_start(Thread *t, Lzma *l, int format, int check, uint32_t preset, Value specs)
{
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    lzma_ret err;
    if (specs && !filters_from_value(t, specs, filters)) {
        return false;
    }
    if (format == FORMAT_XZ) {
        err = specs ? lzma_stream_encoder(&l->z, filters, (lzma_check)check)
                    : lzma_easy_encoder(&l->z, preset, (lzma_check)check);
    } else if (format == FORMAT_RAW) {
        err = lzma_raw_encoder(&l->z, filters);
    } else if (!specs) {
        lzma_options_lzma options;
        if (lzma_lzma_preset(&options, preset)) {
            raise(t, value_type(lzma_error), "Invalid compression preset: %d", (int)preset);
            return false;
        }
        err = lzma_alone_encoder(&l->z, &options);
    } else if (filters[0].id == LZMA_FILTER_LZMA1 && filters[1].id == LZMA_VLI_UNKNOWN) {
        err = lzma_alone_encoder(&l->z, filters[0].options);
    } else {
        filters_free(filters);
        value_error(t, "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter");
        return false;
    }
    if (specs) {
        filters_free(filters);
    }
    return lzma_succeeded(t, err);
}

static Value lzma_compressor_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("LZMACompressor(format=1, check=-1, preset=None, filters=None)");
    Value a[4];
    int format = FORMAT_XZ, check = -1;
    uint64_t preset = LZMA_PRESET_DEFAULT;
    if (!args_bind(t, &sig, args, n, kwnames, a) || (a[0] && !value_to_int(t, a[0], &format)) ||
        (a[1] && !value_to_int(t, a[1], &check))) {
        return 0;
    }
    Value specs = a[3] && !is_none(a[3]) ? a[3] : 0;
    bool has_preset = a[2] && !is_none(a[2]);
    if (has_preset && specs) {
        return value_error(t, "Cannot specify both preset and filter chain");
    }
    if (has_preset) {
        if (!value_to_uint64(t, a[2], &preset)) {
            return 0;
        }
        if (preset > UINT32_MAX) {
            return overflow_error(t, "Value too large for uint32_t type");
        }
    }
    if (format != FORMAT_XZ && check != -1 && check != LZMA_CHECK_NONE) {
        return value_error(t, "Integrity checks are only supported by FORMAT_XZ");
    }
    if (format == FORMAT_RAW && !specs) {
        return value_error(t, "Must specify filters for FORMAT_RAW");
    }
    if (format < FORMAT_XZ || format > FORMAT_RAW) {
        return value_error(t, "Invalid container format: %d", format);
    }
    mem_will_reuse_big();
    Lzma *l = object_alloc_instance(t, type, 0);
    if (!l) {
        return 0;
    }
    store_relaxed(&l->check, check == -1 && format == FORMAT_XZ ? LZMA_CHECK_CRC64 : check);
    return encoder_start(t, l, format, l->check, (uint32_t)preset, specs) ? object_value(l) : 0;
}

static Value encode_locked(Thread *t, Lzma *l, const Buffer *view, lzma_action action)
{
    StreamOutput o = {.limit = SIZE_MAX};
    const uint8_t *p = view ? view->buf : NULL;
    size_t left = view ? (size_t)view->len : 0;
    thread_park(t);
    lzma_ret err = run_coder(l, &p, &left, action, &o);
    thread_unpark(t);
    if (!lzma_succeeded(t, err)) {
        mem_free(o.p);
        return 0;
    }
    return stream_bytes(t, &o);
}

NATIVE_FN(lzma_compress)
{
    Lzma *l = lzma_of(args[0]);
    Buffer view;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    mutex_lock_parked(t, &l->busy);
    Value v = l->finished ? value_error(t, "Compressor has been flushed")
                          : encode_locked(t, l, &view, LZMA_RUN);
    mutex_unlock(&l->busy);
    buffer_release(t, &view);
    return v;
}

NATIVE_FN(lzma_flush)
{
    Lzma *l = lzma_of(args[0]);
    Value v;
    mutex_lock_parked(t, &l->busy);
    if (l->finished) {
        v = value_error(t, "Repeated call to flush()");
    } else {
        store_relaxed(&l->finished, true);
        v = encode_locked(t, l, NULL, LZMA_FINISH);
    }
    mutex_unlock(&l->busy);
    return v;
}

/* ---- decompression ---- */

static bool decoder_start(Thread *t, Lzma *l, int format, uint64_t memlimit, Value specs)
{
    const uint32_t flags = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK;
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    store_relaxed(&l->check, CHECK_UNKNOWN);
    switch (format) {
    case FORMAT_AUTO:
        return lzma_succeeded(t, lzma_auto_decoder(&l->z, memlimit, flags));
    case FORMAT_XZ:
        return lzma_succeeded(t, lzma_stream_decoder(&l->z, memlimit, flags));
    case FORMAT_ALONE:
        store_relaxed(&l->check, LZMA_CHECK_NONE);
        return lzma_succeeded(t, lzma_alone_decoder(&l->z, memlimit));
    case FORMAT_RAW:
        store_relaxed(&l->check, LZMA_CHECK_NONE);
        if (!filters_from_value(t, specs, filters)) {
            return false;
        }
        lzma_ret err = lzma_raw_decoder(&l->z, filters);
        filters_free(filters);
        return lzma_succeeded(t, err);
    default:
        value_error(t, "Invalid container format: %d", format);
        return false;
    }
}

static Value lzma_decompressor_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("LZMADecompressor(format=0, memlimit=None, filters=None)");
    Value a[3];
    int format = FORMAT_AUTO;
    uint64_t memlimit = UINT64_MAX;
    if (!args_bind(t, &sig, args, n, kwnames, a) || (a[0] && !value_to_int(t, a[0], &format))) {
        return 0;
    }
    Value specs = a[2] && !is_none(a[2]) ? a[2] : 0;
    if (a[1] && !is_none(a[1])) {
        if (format == FORMAT_RAW) {
            return value_error(t, "Cannot specify memory limit with FORMAT_RAW");
        }
        if (!value_to_uint64(t, a[1], &memlimit)) {
            return 0;
        }
    }
    if (format == FORMAT_RAW && !specs) {
        return value_error(t, "Must specify filters for FORMAT_RAW");
    }
    if (format != FORMAT_RAW && specs) {
        return value_error(t, "Cannot specify filters except with FORMAT_RAW");
    }
    mem_will_reuse_big();
    Lzma *l = object_alloc_instance(t, type, 0);
    if (!l) {
        return 0;
    }
    store_relaxed(&l->needs_input, true);
    gc_init(&l->unused_data, bytes_new(t, "", 0));
    return decoder_start(t, l, format, memlimit, specs) ? object_value(l) : 0;
}

static Value decode_locked(Thread *t, Lzma *l, const Buffer *view, ssize_t max)
{
    StreamOutput o = {.limit = max < 0 ? SIZE_MAX : (size_t)max};
    const uint8_t *p;
    uint8_t *owned;
    size_t left;
    if (l->finished) {
        return raise(t, &exc_EOFError, "Already at end of stream");
    }
    if (!stream_input_begin(&l->input, view, &p, &left, &owned)) {
        return raise_memory(t);
    }
    thread_park(t);
    lzma_ret err = run_coder(l, &p, &left, LZMA_RUN, &o);
    thread_unpark(t);
    if (!lzma_succeeded(t, err)) {
        store_relaxed(&l->needs_input, false);
        mem_free(o.p);
        mem_free(owned);
        return 0;
    }
    if (err == LZMA_STREAM_END) {
        store_relaxed(&l->finished, true);
        gc_store(l, &l->unused_data, bytes_new(t, p, left));
        left = 0;
    }
    store_relaxed(&l->needs_input, !l->finished && left == 0 && o.len < o.limit);
    if (!stream_input_end(&l->input, p, left, owned) || !l->unused_data) {
        mem_free(o.p);
        return t->exc ? 0 : raise_memory(t);
    }
    return stream_bytes(t, &o);
}

NATIVE_FN(lzma_decompress)
{
    Lzma *l = lzma_of(args[0]);
    Buffer view;
    ssize_t max = -1;
    if ((args[2] && !value_to_ssize(t, args[2], &max, &exc_OverflowError)) ||
        !buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    mutex_lock_parked(t, &l->busy);
    Value v = decode_locked(t, l, &view, max);
    mutex_unlock(&l->busy);
    buffer_release(t, &view);
    return v;
}

NATIVE_FN(lzma_getstate) { return type_error(t, "cannot pickle '%T' object", args[0]); }

static const NativeDef lzma_compressor_methods[] = {
    {"compress(data, /)", lzma_compress, "Provide data to the compressor; return compressed data.",
     0},
    {"flush()", lzma_flush, "Finish the compression; return the rest of the compressed data.", 0},
    {"__getstate__()", lzma_getstate, "Raise TypeError: it cannot be pickled.", 0},
    {NULL, NULL, NULL, 0},
};
Type lzma_compressor_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_lzma.LZMACompressor",
    .size = sizeof(Lzma),
    .doc = "A compressor object for compressing data incrementally.\n\n"
           "format is the container (FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW), check an integrity "
           "check for FORMAT_XZ,\n"
           "preset a level from 0 to 9, filters a chain of filter specifications instead.",
    .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = lzma_trace,
    .free = lzma_free,
    .new = lzma_compressor_new,
    .methods = lzma_compressor_methods};

static const NativeDef lzma_decompressor_methods[] = {
    {"decompress(data, max_length=-1)", lzma_decompress,
     "Decompress data; return at most max_length bytes when that is not negative.", 0},
    {"__getstate__()", lzma_getstate, "Raise TypeError: it cannot be pickled.", 0},
    {NULL, NULL, NULL, 0},
};
static const MemberDef lzma_decompressor_members[] = {
    {"check", MEMBER_INT, offsetof(Lzma, check), true,
     "ID of the integrity check used by the input stream."},
    {"eof", MEMBER_BOOL, offsetof(Lzma, finished), true,
     "True if the end-of-stream marker has been reached."},
    {"needs_input", MEMBER_BOOL, offsetof(Lzma, needs_input), true,
     "True if more input is needed before more output."},
    {"unused_data", MEMBER_VALUE_EX, offsetof(Lzma, unused_data), true,
     "Data found after the end of the stream."},
    {NULL, 0, 0, false, NULL},
};
Type lzma_decompressor_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_lzma.LZMADecompressor",
    .size = sizeof(Lzma),
    .doc = "A decompressor object for decompressing data incrementally.\n\n"
           "format is FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE or FORMAT_RAW (which needs filters); "
           "memlimit bounds the memory\n"
           "that may be used.",
    .sig = "LZMADecompressor(format=FORMAT_AUTO, memlimit=None, filters=None)",
    .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = lzma_trace,
    .free = lzma_free,
    .new = lzma_decompressor_new,
    .methods = lzma_decompressor_methods,
    .members = lzma_decompressor_members};

/* ---- the module ---- */

NATIVE_FN(lzma_is_check_supported)
{
    int check;
    return value_to_int(t, args[0], &check) ? bool_value(lzma_check_is_supported((lzma_check)check))
                                            : 0;
}

NATIVE_FN(lzma_encode_properties)
{
    lzma_filter chain[2] = {{.id = LZMA_VLI_UNKNOWN}, {.id = LZMA_VLI_UNKNOWN}};
    uint32_t size;
    Value v = 0;
    if (filter_from_value(t, args[0], &chain[0]) &&
        lzma_succeeded(t, lzma_properties_size(&size, &chain[0])) &&
        (v = bytes_new(t, NULL, size)) != 0 &&
        !lzma_succeeded(t, lzma_properties_encode(&chain[0], (uint8_t *)value_bytes(v)->data))) {
        v = 0;
    }
    mem_free(chain[0].options);
    return t->exc ? 0 : v;
}

NATIVE_FN(lzma_decode_properties)
{
    lzma_filter f = {.options = NULL};
    Buffer view;
    uint64_t id;
    if (!value_to_uint64(t, args[0], &id) || !buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    f.id = id;
    Value v = lzma_succeeded(t, lzma_properties_decode(&f, NULL, view.buf, (size_t)view.len))
                  ? filter_to_value(t, &f)
                  : 0;
    free(f.options); /* liblzma's own */
    buffer_release(t, &view);
    return v;
}

static const NativeDef lzma_functions[] = {
    {"is_check_supported(check_id, /)", lzma_is_check_supported,
     "Test whether the given integrity check is supported.", 0},
    {"_encode_filter_properties(filter, /)", lzma_encode_properties,
     "Return the properties of a filter, given by a dict, as bytes.", 0},
    {"_decode_filter_properties(filter_id, encoded_props, /)", lzma_decode_properties,
     "Return a dict describing a filter with the encoded properties.", 0},
    {NULL, NULL, NULL, 0},
};

static bool lzma_exec(Thread *t, Value mod)
{
    static const IntConstant constants[] = {{"FORMAT_AUTO", FORMAT_AUTO},
                                            {"FORMAT_XZ", FORMAT_XZ},
                                            {"FORMAT_ALONE", FORMAT_ALONE},
                                            {"FORMAT_RAW", FORMAT_RAW},
                                            {"CHECK_NONE", LZMA_CHECK_NONE},
                                            {"CHECK_CRC32", LZMA_CHECK_CRC32},
                                            {"CHECK_CRC64", LZMA_CHECK_CRC64},
                                            {"CHECK_SHA256", LZMA_CHECK_SHA256},
                                            {"CHECK_ID_MAX", LZMA_CHECK_ID_MAX},
                                            {"CHECK_UNKNOWN", CHECK_UNKNOWN},
                                            {"FILTER_LZMA1", LZMA_FILTER_LZMA1},
                                            {"FILTER_LZMA2", LZMA_FILTER_LZMA2},
                                            {"FILTER_DELTA", LZMA_FILTER_DELTA},
                                            {"FILTER_X86", LZMA_FILTER_X86},
                                            {"FILTER_IA64", LZMA_FILTER_IA64},
                                            {"FILTER_ARM", LZMA_FILTER_ARM},
                                            {"FILTER_ARMTHUMB", LZMA_FILTER_ARMTHUMB},
                                            {"FILTER_SPARC", LZMA_FILTER_SPARC},
                                            {"FILTER_POWERPC", LZMA_FILTER_POWERPC},
                                            {"MF_HC3", LZMA_MF_HC3},
                                            {"MF_HC4", LZMA_MF_HC4},
                                            {"MF_BT2", LZMA_MF_BT2},
                                            {"MF_BT3", LZMA_MF_BT3},
                                            {"MF_BT4", LZMA_MF_BT4},
                                            {"MODE_FAST", LZMA_MODE_FAST},
                                            {"MODE_NORMAL", LZMA_MODE_NORMAL},
                                            {"PRESET_DEFAULT", LZMA_PRESET_DEFAULT},
                                            {"PRESET_EXTREME", LZMA_PRESET_EXTREME}};
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    if (!lzma_error) {
        lzma_error =
            type_new_simple(t, "_lzma.LZMAError", &exc_Exception, "Call to liblzma failed.");
        gc_add_root(&lzma_error);
    }
    return lzma_error && module_add(t, mod, "LZMAError", lzma_error) &&
           module_add_type(t, mod, &lzma_compressor_type) &&
           module_add_type(t, mod, &lzma_decompressor_type);
}

extern const ModuleDef module__lzma;
const ModuleDef module__lzma = {.name = "_lzma",
                                .doc = "Compression with liblzma.",
                                .functions = lzma_functions,
                                .exec = lzma_exec};
