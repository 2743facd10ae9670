/* The module _bz2, over libbz2. */
#include <bzlib.h>
#include <limits.h>

#include "modules/stream_buffer.h"

typedef struct Bz2 {
    Object head;
    bz_stream z;
    Mutex busy;
    bool active;       /* z must be ended */
    bool decompressing;
    bool finished;     /* compression: flush() has been called; decompression: end of stream */
    bool needs_input;
    bool failed;         /* the library must not be called after an error */
    StreamInput input;
    Value unused_data;
} Bz2;
extern Type bz2_compressor_type, bz2_decompressor_type;

static Bz2 *bz2_of(Value v) { return (Bz2 *)value_object(v); }

static void bz2_trace(Object *self, Tracer *tr) { trace_value(tr, ((Bz2 *)self)->unused_data); }

/* At the end of the stream already: the library holds some megabytes. */
static void end_library(Bz2 *b)
{
    if (b->active) {
        (b->decompressing ? BZ2_bzDecompressEnd : BZ2_bzCompressEnd)(&b->z);
        b->active = false;
    }
}

static void bz2_free(Object *self)
{
    Bz2 *b = (Bz2 *)self;
    end_library(b);
    mem_free(b->input.pending);
    b->input = (StreamInput){NULL, 0};
}

static Value bz2_failed(Thread *t, int err)
{
    switch (err) {
    case BZ_PARAM_ERROR:
        return value_error(t, "Internal error - invalid parameters passed to libbzip2");
    case BZ_MEM_ERROR:
        return raise_memory(t);
    case BZ_DATA_ERROR:
    case BZ_DATA_ERROR_MAGIC:
        return raise(t, &exc_OSError, "Invalid data stream");
    case BZ_IO_ERROR:
        return raise(t, &exc_OSError, "Unknown I/O error");
    case BZ_UNEXPECTED_EOF:
        return raise(t, &exc_EOFError,
                     "Compressed file ended before the logical end-of-stream was detected");
    case BZ_SEQUENCE_ERROR:
        return runtime_error(t, "Internal error - Invalid sequence of commands sent to libbzip2");
    default:
        return raise(t, &exc_OSError, "Unrecognized error from libbzip2: %d", err);
    }
}

/* ---- compression ---- */

static Value compressor_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("BZ2Compressor(compresslevel=9, /)");
    Value a[1];
    int level = 9;
    if (!args_bind(t, &sig, args, n, kwnames, a) || (a[0] && !value_to_int(t, a[0], &level))) {
        return 0;
    }
    if (level < 1 || level > 9) {
        return value_error(t, "compresslevel must be between 1 and 9");
    }
    mem_will_reuse_big();
    Bz2 *b = object_alloc_instance(t, type, 0);
    if (!b) {
        return 0;
    }
    int err = BZ2_bzCompressInit(&b->z, level, 0, 0);
    b->active = err == BZ_OK;
    return b->active ? object_value(b) : bz2_failed(t, err);
}

static int run_compress(Bz2 *b, const uint8_t *p, size_t left, int action, StreamOutput *o)
{
    bz_stream *z = &b->z;
    for (;;) {
        bool no_memory;
        if (z->avail_in == 0 && left) {
            z->next_in = (char *)(uintptr_t)p;
            z->avail_in = left > UINT_MAX ? UINT_MAX : (unsigned)left;
            p += z->avail_in;
            left -= z->avail_in;
        }
        if (action == BZ_RUN && z->avail_in == 0) {
            return BZ_OK;
        }
        if (!stream_room(o, &no_memory)) {
            return BZ_MEM_ERROR;
        }
        unsigned room = o->cap - o->len > UINT_MAX ? UINT_MAX : (unsigned)(o->cap - o->len);
        z->next_out = (char *)o->p + o->len;
        z->avail_out = room;
        int err = BZ2_bzCompress(z, action);
        o->len += room - z->avail_out;
        if (err == BZ_STREAM_END) {
            end_library(b);
        }
        if (err < 0 || err == BZ_STREAM_END) {
            return err;
        }
    }
}

static Value compress_locked(Thread *t, Bz2 *b, const Buffer *view, int action)
{
    StreamOutput o = {.limit = SIZE_MAX};
    thread_park(t);
    int err = run_compress(b, view ? view->buf : NULL, view ? (size_t)view->len : 0, action, &o);
    thread_unpark(t);
    if (err < 0) {
        mem_free(o.p);
        return bz2_failed(t, err);
    }
    return stream_bytes(t, &o);
}

NATIVE_FN(compressor_compress)
{
    Bz2 *b = bz2_of(args[0]);
    Buffer view;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    mutex_lock_parked(t, &b->busy);
    Value v = b->finished ? value_error(t, "Compressor has been flushed")
                          : compress_locked(t, b, &view, BZ_RUN);
    mutex_unlock(&b->busy);
    buffer_release(t, &view);
    return v;
}

NATIVE_FN(compressor_flush)
{
    Bz2 *b = bz2_of(args[0]);
    mutex_lock_parked(t, &b->busy);
    Value v;
    if (b->finished) {
        v = value_error(t, "Repeated call to flush()");
    } else {
        store_relaxed(&b->finished, true);
        v = compress_locked(t, b, NULL, BZ_FINISH);
    }
    mutex_unlock(&b->busy);
    return v;
}

/* ---- decompression ---- */

static Value decompressor_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    if (n || kwnames) {
        return type_error(t, "BZ2Decompressor() takes no %s arguments",
                          n && !kwnames ? "positional" : "keyword");
    }
    mem_will_reuse_big();
    Bz2 *b = object_alloc_instance(t, type, 0);
    if (!b) {
        return 0;
    }
    b->decompressing = b->needs_input = true;
    gc_init(&b->unused_data, bytes_new(t, "", 0));
    int err = BZ2_bzDecompressInit(&b->z, 0, 0);
    b->active = err == BZ_OK;
    return b->active ? object_value(b) : bz2_failed(t, err);
}

static int run_decompress(Bz2 *b, const uint8_t **p, size_t *left, StreamOutput *o)
{
    bz_stream *z = &b->z;
    for (;;) {
        bool no_memory;
        if (!stream_room(o, &no_memory)) {
            return no_memory ? BZ_MEM_ERROR : BZ_OK;
        }
        unsigned in = *left > UINT_MAX ? UINT_MAX : (unsigned)*left;
        unsigned room = o->cap - o->len > UINT_MAX ? UINT_MAX : (unsigned)(o->cap - o->len);
        z->next_in = (char *)(uintptr_t)*p;
        z->avail_in = in;
        z->next_out = (char *)o->p + o->len;
        z->avail_out = room;
        int err = BZ2_bzDecompress(z);
        *p += in - z->avail_in;
        *left -= in - z->avail_in;
        o->len += room - z->avail_out;
        if (err == BZ_STREAM_END) {
            store_relaxed(&b->finished, true);
            end_library(b);
            return BZ_OK;
        }
        if (err != BZ_OK) {
            return err;
        }
        if (*left == 0 && z->avail_out) {
            return BZ_OK;
        }
        if (o->len >= o->limit) {
            return BZ_OK;
        }
    }
}

static Value decompress_locked(Thread *t, Bz2 *b, const Buffer *view, ssize_t max)
{
    StreamOutput o = {.limit = max < 0 ? SIZE_MAX : (size_t)max};
    const uint8_t *p;
    uint8_t *owned;
    size_t left;
    if (b->finished) {
        return raise(t, &exc_EOFError, "End of stream already reached");
    }
    if (b->failed) {
        return value_error(t, "decompressor cannot be used after a previous error");
    }
    if (!stream_input_begin(&b->input, view, &p, &left, &owned)) {
        return raise_memory(t);
    }
    thread_park(t);
    int err = run_decompress(b, &p, &left, &o);
    thread_unpark(t);
    if (err != BZ_OK) {
        store_relaxed(&b->needs_input, false);
        b->failed = true;
        mem_free(o.p);
        mem_free(owned);
        return bz2_failed(t, err);
    }
    store_relaxed(&b->needs_input, !b->finished && left == 0);
    if (b->finished) {
        gc_store(b, &b->unused_data, bytes_new(t, p, left));
        left = 0;
    }
    if (!stream_input_end(&b->input, p, left, owned) || !b->unused_data) {
        mem_free(o.p);
        return t->exc ? 0 : raise_memory(t);
    }
    return stream_bytes(t, &o);
}

NATIVE_FN(decompressor_decompress)
{
    Bz2 *b = bz2_of(args[0]);
    Buffer view;
    ssize_t max = -1;
    if ((args[2] && !value_to_ssize(t, args[2], &max, &exc_OverflowError)) ||
        !buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    mutex_lock_parked(t, &b->busy);
    Value v = decompress_locked(t, b, &view, max);
    mutex_unlock(&b->busy);
    buffer_release(t, &view);
    return v;
}

NATIVE_FN(bz2_getstate) { return type_error(t, "cannot pickle '%T' object", args[0]); }

static const NativeDef compressor_methods[] = {
    {"compress(data, /)", compressor_compress,
     "Provide data to the compressor; return compressed data.", 0},
    {"flush()", compressor_flush, "Finish the compression; return the rest of the compressed data.",
     0},
    {"__getstate__()", bz2_getstate, "Raise TypeError: it cannot be pickled.", 0},
    {NULL, NULL, NULL, 0},
};
Type bz2_compressor_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                            .name = "_bz2.BZ2Compressor",
                            .size = sizeof(Bz2),
                            .doc = "A compressor object for compressing data "
                                   "incrementally.\n\ncompresslevel is a number from 1 to 9.",
                            .sig = "BZ2Compressor(compresslevel=9, /)",
                            .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
                            .trace = bz2_trace,
                            .free = bz2_free,
                            .new = compressor_new,
                            .methods = compressor_methods};

static const NativeDef decompressor_methods[] = {
    {"decompress(data, max_length=-1)", decompressor_decompress,
     "Decompress data; return at most max_length bytes when that is not negative.", 0},
    {"__getstate__()", bz2_getstate, "Raise TypeError: it cannot be pickled.", 0},
    {NULL, NULL, NULL, 0},
};
static const MemberDef decompressor_members[] = {
    {"eof", MEMBER_BOOL, offsetof(Bz2, finished), true,
     "True if the end of the stream has been reached."},
    {"unused_data", MEMBER_VALUE_EX, offsetof(Bz2, unused_data), true,
     "Data found after the end of the stream."},
    {"needs_input", MEMBER_BOOL, offsetof(Bz2, needs_input), true,
     "True if more input is needed before more output."},
    {NULL, 0, 0, false, NULL},
};
Type bz2_decompressor_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                              .name = "_bz2.BZ2Decompressor",
                              .size = sizeof(Bz2),
                              .doc = "A decompressor object for decompressing data incrementally.",
                              .sig = "BZ2Decompressor()",
                              .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
                              .trace = bz2_trace,
                              .free = bz2_free,
                              .new = decompressor_new,
                              .methods = decompressor_methods,
                              .members = decompressor_members};

static bool bz2_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &bz2_compressor_type) &&
           module_add_type(t, mod, &bz2_decompressor_type);
}

extern const ModuleDef module__bz2;
const ModuleDef module__bz2 = {.name = "_bz2", .doc = "Compression with libbz2.", .exec = bz2_exec};
