/* The module zlib, over the library of that name.  Long computations run parked. */
#include <zlib.h>

#include "core/base/crc32.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/native.h"
#include "core/object/str.h"

#define FIRST_OUTPUT 16384

static Value zlib_error_type; /* a root, set once */

/* Compress and Decompress objects; the stream is used under `busy`. */
typedef struct ZStream {
    Object head;
    z_stream z;
    Mutex busy;
    bool active; /* z holds memory: until the end of the stream */
    bool inflating;
    bool eof;
    bool finished;       /* compression: Z_FINISH has been done */
    Value unused_data, unconsumed_tail, zdict;
} ZStream;

/* Growing output. */
typedef struct Output {
    unsigned char *p;
    size_t len, cap;
} Output;

static ZStream *as_stream(Value v)
{
    return (ZStream *)value_object(v);
}

static COLD Value zlib_fail(Thread *t, z_stream *z, int err, const char *what)
{
    const char *msg = err == Z_VERSION_ERROR ? "library version mismatch" : z->msg;
    if (!msg) {
        msg = err == Z_BUF_ERROR      ? "incomplete or truncated stream"
              : err == Z_STREAM_ERROR ? "inconsistent stream state"
              : err == Z_DATA_ERROR   ? "invalid input data"
                                      : NULL;
    }
    return msg ? raise(t, value_type(zlib_error_type), "Error %d %s: %.200s", err, what, msg)
               : raise(t, value_type(zlib_error_type), "Error %d %s", err, what);
}

/* Makes room and points z at it, at most limit bytes in all (0: no limit). false: no memory. */
static bool output_room(Output *o, z_stream *z, size_t limit)
{
    if (o->len == o->cap) {
        size_t cap = o->cap ? o->cap * 2 : FIRST_OUTPUT;
        if (limit && cap > limit) {
            cap = limit;
        }
        unsigned char *p = mem_realloc(o->p, cap);
        if (!p) {
            return false;
        }
        o->p = p;
        o->cap = cap;
    }
    size_t room = o->cap - o->len;
    z->next_out = o->p + o->len;
    z->avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
    return true;
}

static void set_input(z_stream *z, const unsigned char **p, size_t *left)
{
    z->next_in = (unsigned char *)(uintptr_t)*p;
    z->avail_in = *left > UINT32_MAX ? UINT32_MAX : (uInt)*left;
    *p += z->avail_in;
    *left -= z->avail_in;
}

/* Feeds all input through deflate with the flush mode at the end. */
static int run_deflate(z_stream *z, const unsigned char *p, size_t left, int flush, Output *o)
{
    int err;
    do {
        set_input(z, &p, &left);
        int mode = left ? Z_NO_FLUSH : flush;
        do {
            if (!output_room(o, z, 0)) {
                return Z_MEM_ERROR;
            }
            uInt before = z->avail_out;
            err = deflate(z, mode);
            o->len += before - z->avail_out;
            if (err == Z_STREAM_ERROR) {
                return err;
            }
        } while (z->avail_out == 0);
    } while (left);
    return err;
}

/* Inflates until the input, the stream, or (limit > 0) the allowed output ends. */
static int run_inflate(z_stream *z, const unsigned char **p, size_t *left, size_t limit, int flush,
                       Output *o, const unsigned char *dict, size_t dict_len)
{
    int err = Z_OK;
    do {
        set_input(z, p, left);
        do {
            if (limit && o->len >= limit) {
                return err;
            }
            if (!output_room(o, z, limit)) {
                return Z_MEM_ERROR;
            }
            uInt before = z->avail_out;
            err = inflate(z, flush);
            o->len += before - z->avail_out;
            if (err == Z_NEED_DICT && dict) {
                err = inflateSetDictionary(z, dict, (uInt)dict_len);
                if (err == Z_OK) {
                    z->avail_out = 0;                /* go round again */
                    continue;
                }
                return err;
            }
            if (err != Z_OK && err != Z_BUF_ERROR && err != Z_STREAM_END) {
                return err;
            }
        } while (z->avail_out == 0 && err != Z_STREAM_END);
    } while (err != Z_STREAM_END && *left);
    return err;
}

static Value output_bytes(Thread *t, Output *o)
{
    return bytes_new(t, o->p ? o->p : (unsigned char *)"", o->len);
}

static bool take_int(Thread *t, Value v, int *out)
{
    return !v || value_to_int(t, v, out);
}

/* ---- one-shot functions ---- */

static Value zlib_compress(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int level = Z_DEFAULT_COMPRESSION, wbits = MAX_WBITS;
    Buffer view;
    if (!take_int(t, args[1], &level) || !take_int(t, args[2], &wbits) ||
        !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    z_stream z = {0};
    Output o = {0};
    Value r = 0;
    int err = deflateInit2(&z, level, Z_DEFLATED, wbits, 8, Z_DEFAULT_STRATEGY);
    if (err == Z_OK) {
        thread_park(t);
        err = run_deflate(&z, view.buf, (size_t)view.len, Z_FINISH, &o);
        thread_unpark(t);
        if (err == Z_MEM_ERROR) {
            raise_memory(t);
        } else if (err != Z_STREAM_END) {
            zlib_fail(t, &z, err, "while compressing data");
        } else {
            r = output_bytes(t, &o);
        }
        deflateEnd(&z);
    } else if (err == Z_MEM_ERROR) {
        raise(t, &exc_MemoryError, "Out of memory while compressing data");
    } else {
        err == Z_STREAM_ERROR ? raise(t, value_type(zlib_error_type), "Bad compression level")
                              : zlib_fail(t, &z, err, "while compressing data");
    }
    mem_free(o.p);
    buffer_release(t, &view);
    return r;
}

static Value zlib_decompress(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int wbits = MAX_WBITS;
    ssize_t size = FIRST_OUTPUT;
    Buffer view;
    if (!take_int(t, args[1], &wbits) ||
        (args[2] && !value_to_ssize(t, args[2], &size, &exc_OverflowError)) ||
        !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    z_stream z = {0};
    Output o = {0};
    Value r = 0;
    if (size <= 0) {
        value_error(t, "bufsize must be non-zero");
        buffer_release(t, &view);
        return 0;
    }
    int err = inflateInit2(&z, wbits);
    if (err != Z_OK) {
        zlib_fail(t, &z, err, "while preparing to decompress data");
    } else {
        const unsigned char *p = view.buf;
        size_t left = (size_t)view.len;
        thread_park(t);
        err = run_inflate(&z, &p, &left, 0, Z_SYNC_FLUSH, &o, NULL, 0);
        thread_unpark(t);
        if (err == Z_MEM_ERROR) {
            raise_memory(t);
        } else if (err != Z_STREAM_END) {
            zlib_fail(t, &z, err == Z_OK ? Z_BUF_ERROR : err, "while decompressing data");
        } else {
            r = output_bytes(t, &o);
        }
        inflateEnd(&z);
    }
    mem_free(o.p);
    buffer_release(t, &view);
    return r;
}

static bool take_word(Thread *t, Value v, uint32_t *out)
{
    Value i = number_index(t, v), low = i ? number_binary(t, OP_AND, i, fixnum(0xffffffff)) : 0;
    if (low) {
        *out = (uint32_t)fixnum_get(low);
    }
    return low != 0;
}

static Value checksum(Thread *t, Value *args, uint32_t value,
                      uLong (*fn)(uLong, const Bytef *, z_size_t))
{
    Buffer view;
    if ((args[1] && !take_word(t, args[1], &value)) ||
        !buffer_get(t, args[0], &view, BUFFER_SIMPLE)) {
        return 0;
    }
    BufferPieces pieces;
    buffer_pieces(&pieces, &view);
    const uint8_t *p;
    bool park = view.len > PARK_BYTES;
    if (park) {
        thread_park(t);
    }
    for (size_t size; buffer_next_piece(&pieces, &p, &size);) {
        value = (uint32_t)fn(value, p, (z_size_t)size);
    }
    if (park) {
        thread_unpark(t);
    }
    buffer_release(t, &view);
    return fixnum(value);
}

static uLong crc32_more(uLong crc, const Bytef *p, z_size_t n)
{
    return crc32_update((uint32_t)crc, p, n);
}

static Value zlib_crc32(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return checksum(t, args, 0, crc32_more);
}

static Value zlib_adler32(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return checksum(t, args, 1, adler32_z);
}

/* ---- streams ---- */

static Type compress_type, decompress_type;

static ZStream *stream_new(Thread *t, Type *type)
{
    ZStream *s = object_alloc(t, type, sizeof *s);
    Value empty = s ? bytes_new(t, "", 0) : 0;
    if (!empty) {
        return NULL;
    }
    gc_init(&s->unused_data, empty);
    gc_init(&s->unconsumed_tail, empty);
    s->inflating = type == &decompress_type;
    return s;
}

/* At the end of the stream already: the library holds some 10 KB to inflate, 260 KB to deflate. */
static void end_library(ZStream *s)
{
    if (s->active) {
        (s->inflating ? inflateEnd : deflateEnd)(&s->z);
        s->active = false;
    }
}

static void stream_free(Object *o) { end_library((ZStream *)o); }

static void stream_trace(Object *o, Tracer *tr)
{
    ZStream *s = (ZStream *)o;
    trace_value(tr, s->unused_data);
    trace_value(tr, s->unconsumed_tail);
    trace_value(tr, s->zdict);
}

static bool set_deflate_dictionary(Thread *t, ZStream *s, Value zdict)
{
    Buffer view;
    if (!buffer_get_still(t, zdict, &view)) {
        return false;
    }
    int err = deflateSetDictionary(&s->z, view.buf, (uInt)view.len);
    buffer_release(t, &view);
    if (err != Z_OK) {
        value_error(t, "Invalid dictionary");
        return false;
    }
    return true;
}

static Value zlib_compressobj(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int level = Z_DEFAULT_COMPRESSION, method = Z_DEFLATED, wbits = MAX_WBITS, mem = 8,
        strategy = Z_DEFAULT_STRATEGY;
    if (!take_int(t, args[0], &level) || !take_int(t, args[1], &method) ||
        !take_int(t, args[2], &wbits) || !take_int(t, args[3], &mem) ||
        !take_int(t, args[4], &strategy)) {
        return 0;
    }
    if (args[5] && !value_has_buffer(args[5])) {
        return type_error(t, "zdict argument must support the buffer protocol");
    }
    ZStream *s = stream_new(t, &compress_type);
    if (!s) {
        return 0;
    }
    int err = deflateInit2(&s->z, level, method, wbits, mem, strategy);
    if (err != Z_OK) {
        return err == Z_STREAM_ERROR
                   ? value_error(t, "Invalid initialization option")
                   : zlib_fail(t, &s->z, err, "while creating compression object");
    }
    s->active = true;
    return !args[5] || set_deflate_dictionary(t, s, args[5]) ? object_value(s) : 0;
}

/* Raw streams take their dictionary at once, others when inflate asks for it. */
static Value zlib_decompressobj(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int wbits = MAX_WBITS;
    if (!take_int(t, args[0], &wbits)) {
        return 0;
    }
    if (args[1] && !value_has_buffer(args[1])) {
        return type_error(t, "zdict argument must support the buffer protocol");
    }
    ZStream *s = stream_new(t, &decompress_type);
    if (!s) {
        return 0;
    }
    int err = inflateInit2(&s->z, wbits);
    if (err != Z_OK) {
        return err == Z_STREAM_ERROR
                   ? value_error(t, "Invalid initialization option")
                   : zlib_fail(t, &s->z, err, "while creating decompression object");
    }
    s->active = true;
    if (args[1]) {
        gc_store(s, &s->zdict, args[1]);
        Buffer view;
        if (wbits < 0) {
            if (!buffer_get_still(t, args[1], &view)) {
                return 0;
            }
            err = inflateSetDictionary(&s->z, view.buf, (uInt)view.len);
            buffer_release(t, &view);
            if (err != Z_OK) {
                return zlib_fail(t, &s->z, err, "while setting zdict");
            }
        }
    }
    return object_value(s);
}

static Value deflate_step(Thread *t, ZStream *s, const void *p, size_t len, int mode,
                          const char *what)
{
    Output o = {0};
    mutex_lock_parked(t, &s->busy);
    int err = Z_STREAM_ERROR;
    if (!s->finished) {
        thread_park(t);
        err = run_deflate(&s->z, p, len, mode, &o);
        thread_unpark(t);
    }
    Value r = 0;
    if (err == Z_MEM_ERROR) {
        raise_memory(t);
    } else if (err == Z_STREAM_ERROR || (mode == Z_FINISH && err != Z_STREAM_END)) {
        zlib_fail(t, &s->z, err, what);
    } else {
        r = output_bytes(t, &o);
        s->finished = mode == Z_FINISH;
        if (s->finished) {
            end_library(s);
        }
    }
    mutex_unlock(&s->busy);
    mem_free(o.p);
    return r;
}

static Value compress_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    Value r = deflate_step(t, as_stream(args[0]), view.buf, (size_t)view.len, Z_NO_FLUSH,
                           "while compressing data");
    buffer_release(t, &view);
    return r;
}

static Value compress_flush(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int mode = Z_FINISH;
    if (!take_int(t, args[1], &mode)) {
        return 0;
    }
    if (mode == Z_NO_FLUSH) {
        return bytes_new(t, "", 0);
    }
    return deflate_step(t, as_stream(args[0]), "", 0, mode, "while flushing");
}

/* What is left of the input: behind the stream's end it is unused_data, else the unconsumed tail.
 */
static bool keep_rest(Thread *t, ZStream *s, int err, const unsigned char *p, size_t left)
{
    p -= s->z.avail_in;
    left += s->z.avail_in;
    s->z.avail_in = 0;
    if (err == Z_STREAM_END) {
        Value tail = bytes_new(t, p, left),
              whole = tail ? bytes_concat(t, s->unused_data, tail) : 0;
        Value empty = whole ? bytes_new(t, "", 0) : 0;
        if (!empty) {
            return false;
        }
        gc_store(s, &s->unused_data, whole);
        gc_store(s, &s->unconsumed_tail, empty);
        s->eof = true;
        end_library(s);
        return true;
    }
    if (left == 0 && value_bytes(s->unconsumed_tail)->len == 0) {
        return true;
    }
    Value tail = bytes_new(t, p, left);
    if (tail) {
        gc_store(s, &s->unconsumed_tail, tail);
    }
    return tail != 0;
}

static Value inflate_step(Thread *t, ZStream *s, const unsigned char *p, size_t left, size_t limit,
                          int flush)
{
    Output o = {0};
    Buffer dict = {0};
    if (s->zdict && !buffer_get_still(t, s->zdict, &dict)) {
        return 0;
    }
    mutex_lock_parked(t, &s->busy);
    int err = Z_STREAM_END;
    if (!s->eof) {
        thread_park(t);
        err = run_inflate(&s->z, &p, &left, limit, flush, &o, s->zdict ? dict.buf : NULL,
                          (size_t)dict.len);
        thread_unpark(t);
    }
    Value r = 0;
    bool kept = keep_rest(t, s, err, p, left);
    if (err == Z_MEM_ERROR) {
        raise_memory(t);
    } else if (err != Z_OK && err != Z_BUF_ERROR && err != Z_STREAM_END) {
        zlib_fail(t, &s->z, err, "while decompressing data");
    } else if (kept) {
        r = output_bytes(t, &o);
    }
    mutex_unlock(&s->busy);
    mem_free(o.p);
    if (s->zdict) {
        buffer_release(t, &dict);
    }
    return r;
}

static Value decompress_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t limit = 0;
    Buffer view;
    if (args[2] && !value_to_ssize(t, args[2], &limit, &exc_OverflowError)) {
        return 0;
    }
    if (limit < 0) {
        return value_error(t, "max_length must be non-negative");
    }
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    Value r = inflate_step(t, as_stream(args[0]), view.buf, (size_t)view.len, (size_t)limit,
                           Z_SYNC_FLUSH);
    buffer_release(t, &view);
    return r;
}

static Value decompress_flush(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ZStream *s = as_stream(args[0]);
    ssize_t length = FIRST_OUTPUT;
    if (args[1] && !value_to_ssize(t, args[1], &length, &exc_OverflowError)) {
        return 0;
    }
    if (length <= 0) {
        return value_error(t, "length must be greater than zero");
    }
    Value tail = value_load(&s->unconsumed_tail);
    Value rest = inflate_step(t, s, (unsigned char *)value_bytes(tail)->data,
                              value_bytes(tail)->len, 0, Z_FINISH);
    mutex_lock_parked(t, &s->busy);
    s->finished = s->eof;
    mutex_unlock(&s->busy);
    return rest;
}

static Value stream_copy(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ZStream *s = as_stream(args[0]), *c = stream_new(t, type_of(args[0]));
    if (!c) {
        return 0;
    }
    mutex_lock_parked(t, &s->busy);
    int err = s->eof ? Z_OK : s->inflating ? inflateCopy(&c->z, &s->z) : deflateCopy(&c->z, &s->z);
    c->active = err == Z_OK && !s->eof;
    gc_init(&c->unused_data, s->unused_data);
    gc_init(&c->unconsumed_tail, s->unconsumed_tail);
    gc_init(&c->zdict, s->zdict);
    c->eof = s->eof;
    bool finished = s->finished;
    mutex_unlock(&s->busy);
    if (finished || err == Z_STREAM_ERROR) {
        return value_error(t, "Inconsistent stream state");
    }
    return err == Z_OK ? object_value(c)
                       : zlib_fail(t, &s->z, err, "while copying compression object");
}

static const NativeDef compress_methods[] = {
    {"compress(data, /)", compress_method, "Compressed data that is ready so far.", 0},
    {"flush(mode=zlib.Z_FINISH, /)", compress_flush, "The rest of the compressed data.", 0},
    {"copy()", stream_copy, "A copy of the compression object.", 0},
    {"__copy__()", stream_copy, "A copy of the compression object.", 0},
    {"__deepcopy__(memo, /)", stream_copy, "A copy of the compression object.", 0},
    {0},
};

static const NativeDef decompress_methods[] = {
    {"decompress(data, /, max_length=0)", decompress_method,
     "Decompressed data, at most max_length bytes.", 0},
    {"flush(length=zlib.DEF_BUF_SIZE, /)", decompress_flush, "The rest of the decompressed data.",
     0},
    {"copy()", stream_copy, "A copy of the decompression object.", 0},
    {"__copy__()", stream_copy, "A copy of the decompression object.", 0},
    {"__deepcopy__(memo, /)", stream_copy, "A copy of the decompression object.", 0},
    {0},
};

static const MemberDef decompress_members[] = {
    {"unused_data", MEMBER_VALUE, offsetof(ZStream, unused_data), true,
     "Data behind the end of the stream."},
    {"unconsumed_tail", MEMBER_VALUE, offsetof(ZStream, unconsumed_tail), true,
     "Input not used for lack of room."},
    {"eof", MEMBER_BOOL, offsetof(ZStream, eof), true, "Whether the stream's end has been seen."},
    {0},
};

static Type compress_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "zlib.Compress",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(ZStream),
    .trace = stream_trace,
    .free = stream_free,
    .methods = compress_methods,
};

static Type decompress_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "zlib.Decompress",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(ZStream),
    .trace = stream_trace,
    .free = stream_free,
    .methods = decompress_methods,
    .members = decompress_members,
};

static const NativeDef zlib_functions[] = {
    {"compress(data, /, level=-1, wbits=15)", zlib_compress, "Compressed data.", 0},
    {"decompress(data, /, wbits=15, bufsize=16384)", zlib_decompress, "Decompressed data.", 0},
    {"compressobj(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)",
     zlib_compressobj, "An object that compresses piece by piece.", 0},
    {"decompressobj(wbits=15, zdict=b'')", zlib_decompressobj,
     "An object that decompresses piece by piece.", 0},
    {"crc32(data, value=0, /)", zlib_crc32, "CRC-32 checksum.", 0},
    {"adler32(data, value=1, /)", zlib_adler32, "Adler-32 checksum.", 0},
    {0},
};

static bool zlib_exec(Thread *t, Value mod)
{
    static const IntConstant constants[] = {
        {"MAX_WBITS", MAX_WBITS},
        {"DEFLATED", Z_DEFLATED},
        {"DEF_MEM_LEVEL", 8},
        {"DEF_BUF_SIZE", FIRST_OUTPUT},
        {"Z_NO_COMPRESSION", Z_NO_COMPRESSION},
        {"Z_BEST_SPEED", Z_BEST_SPEED},
        {"Z_BEST_COMPRESSION", Z_BEST_COMPRESSION},
        {"Z_DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION},
        {"Z_FILTERED", Z_FILTERED},
        {"Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY},
        {"Z_RLE", Z_RLE},
        {"Z_FIXED", Z_FIXED},
        {"Z_DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY},
        {"Z_NO_FLUSH", Z_NO_FLUSH},
        {"Z_PARTIAL_FLUSH", Z_PARTIAL_FLUSH},
        {"Z_SYNC_FLUSH", Z_SYNC_FLUSH},
        {"Z_FULL_FLUSH", Z_FULL_FLUSH},
        {"Z_FINISH", Z_FINISH},
        {"Z_BLOCK", Z_BLOCK},
        {"Z_TREES", Z_TREES},
    };
    if (!zlib_error_type) {
        zlib_error_type = type_new_simple(t, "zlib.error", &exc_Exception, "");
        gc_add_root(&zlib_error_type);
    }
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    return module_add(t, mod, "error", zlib_error_type) && type_ready(t, &compress_type) &&
           type_ready(t, &decompress_type) &&
           module_add_str(t, mod, "ZLIB_VERSION", ZLIB_VERSION) &&
           module_add_str(t, mod, "ZLIB_RUNTIME_VERSION", zlibVersion()) &&
           module_add_str(t, mod, "__version__", "1.0");
}

const ModuleDef module_zlib = {"zlib", "Compression and checksums of the zlib library.",
                               zlib_functions, zlib_exec};
