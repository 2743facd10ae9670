/* _IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase: the behaviour that streams written in Python
 * inherit. */
#include "core/base/racy.h"
#include "modules/_io/io.h"

#include <errno.h>

#include "core/base/memory.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/tuple.h"
#include "core/object/int.h"
#include "gc/safepoint.h"

static Value unsupported_type;

bool io_make_unsupported(Thread *t, Value mod)
{
    if (unsupported_type) {
        return module_add(t, mod, "UnsupportedOperation", unsupported_type);
    }
    Value bases = tuple_pack(t, 2, object_value(&exc_OSError), object_value(&exc_ValueError));
    Value ns = dict_new(t);
    if (!bases || !ns || !dict_set(t, ns, N(__module__), str_from_cstr(t, "io"))) {
        return false;
    }
    gc_add_root(&unsupported_type);
    unsupported_type =
        call3(t, object_value(&type_type), str_from_cstr(t, "UnsupportedOperation"), bases, ns);
    return module_add(t, mod, "UnsupportedOperation", unsupported_type);
}

Value io_unsupported(Thread *t, const char *what)
{
    return raise_value(t, value_type(unsupported_type), str_from_cstr(t, what));
}

/* The registry holds its entries weakly: plain memory that the collector does not scan. */
static struct {
    Mutex mutex;
    Object **streams;
    size_t len, cap;
} registry;

void io_register(Object *stream)
{
    mutex_lock(&registry.mutex);
    if (registry.len == registry.cap) {
        registry.cap = registry.cap * 2 + 16;
        registry.streams = mem_realloc(registry.streams, registry.cap * sizeof *registry.streams);
    }
    registry.streams[registry.len++] = stream;
    mutex_unlock(&registry.mutex);
}

void io_unregister(Object *stream)
{
    mutex_lock(&registry.mutex);
    for (size_t i = registry.len; i-- > 0;) {
        if (registry.streams[i] == stream) {
            registry.streams[i] = registry.streams[--registry.len];
            break;
        }
    }
    mutex_unlock(&registry.mutex);
}

/* The registered streams of a family in a tuple, whose end may be unused.  Threads that still run
 * register others meanwhile; with the mutex held nothing is allocated: sweeping takes it, too. */
static Value registered(Thread *t, Type *family)
{
    Value found = 0;
    bool fits = false;
    for (size_t room = 64; !fits && (found = tuple_new(t, room)) != 0; room *= 2) {
        mutex_lock(&registry.mutex);
        fits = registry.len <= room;
        for (size_t i = 0, n = 0; fits && i < registry.len; i++) {
            Value stream = object_value(registry.streams[i]);
            if (value_isa(stream, family)) {
                gc_store(value_object(found), &value_tuple(found)->items[n++], stream);
            }
        }
        mutex_unlock(&registry.mutex);
    }
    return found;
}

void io_flush_registered(Thread *t, Type *family)
{
    Value found = registered(t, family), stream;
    if (!found) {
        error_clear(t); /* no memory: the streams' own destructors are left */
    }
    for (size_t i = 0; found && i < tuple_len(found) && (stream = tuple_get(found, i)); i++) {
        if (io_is_closed(t, stream) == 0 && !call_method0(t, stream, N(flush))) {
            error_clear(t);
        }
        error_clear(t);
    }
}

Value io_dict_for_pickle(Thread *t, Value self)
{
    Value dict = instance_dict(t, value_object(self));
    return dict && dict_len(dict) == 0 ? NONE : dict;
}

Value io_below(Thread *t, const Value *place, const bool *detached, const char *message)
{
    Value below = value_load(place);
    bool gone = !below && load_relaxed(detached);
    return below ? below
                 : value_error(t, "%s", gone ? message : "I/O operation on uninitialized object");
}

Value io_closed_error(Thread *t)
{
    return value_error(t, "I/O operation on closed file.");
}

int io_is_closed(Thread *t, Value self)
{
    if (type_of(self) == &fileio_type) {
        return fileio_is_closed(self);
    }
    Value raw = buffered_raw(self);
    if (raw && type_of(raw) == &fileio_type) {
        return fileio_is_closed(raw);
    }
    Value closed = object_getattr(t, self, N(closed));
    return closed ? object_truth(t, closed) : -1;
}

bool io_check_open(Thread *t, Value self)
{
    int closed = io_is_closed(t, self);
    if (closed > 0) {
        io_closed_error(t);
    }
    return closed == 0;
}

bool io_check_able(Thread *t, Value self, const char *method, const char *message)
{
    Value able = call_method0(t, self, intern_cstr(t, method));
    if (!able) {
        return false;
    }
    if (able != TRUE_VALUE) {
        io_unsupported(t, message);
    }
    return able == TRUE_VALUE;
}

bool io_index_or_none(Thread *t, Value v, ssize_t *out)
{
    if (!v || is_none(v)) {
        return true;
    }
    if (!type_of(v)->index) {
        type_error(t, "argument should be integer or None, not '%T'", v);
        return false;
    }
    return value_to_count(t, v, out);
}

static Value base_seek(IO_ARGS) { return io_unsupported(t, "seek"); }
static Value base_truncate(IO_ARGS) { return io_unsupported(t, "truncate"); }
static Value base_fileno(IO_ARGS) { return io_unsupported(t, "fileno"); }
static Value base_false(IO_ARGS) { return FALSE_VALUE; }

static Value base_tell(IO_ARGS)
{
    return call_method2(t, args[0], INTERN(t, "seek"), fixnum(0), fixnum(1));
}

static int base_closed_flag(Thread *t, Value self)
{
    Value v;
    return object_lookup_attr(t, self, INTERN(t, "__IOBase_closed"), &v);
}

static Value base_get_closed(Thread *t, Value self, void *closure UNUSED)
{
    int closed = base_closed_flag(t, self);
    return closed < 0 ? 0 : bool_value(closed);
}

static Value base_flush(IO_ARGS)
{
    int closed = base_closed_flag(t, args[0]);
    return closed < 0 ? 0 : closed ? io_closed_error(t) : NONE;
}

static Value base_close(IO_ARGS)
{
    int closed = base_closed_flag(t, args[0]);
    if (closed) {
        return closed < 0 ? 0 : NONE;
    }
    Value flushed = call_method0(t, args[0], N(flush));
    Value error = error_take(t);
    if (!object_setattr(t, args[0], INTERN(t, "__IOBase_closed"), TRUE_VALUE)) {
        return 0;
    }
    if (!flushed) {
        error_restore(t, error);
    }
    return flushed ? NONE : 0;
}

static Value base_isatty(IO_ARGS) { return io_check_open(t, args[0]) ? FALSE_VALUE : 0; }
static Value base_enter(IO_ARGS) { return io_check_open(t, args[0]) ? args[0] : 0; }
static Value base_exit(IO_ARGS) { return call_method0(t, args[0], N(close)); }
static Value base_iter(Thread *t, Value self) { return io_check_open(t, self) ? self : 0; }

static Value base_next(Thread *t, Value self)
{
    Value line = call_method0(t, self, N(readline));
    if (!line) {
        return 0;
    }
    ssize_t len = object_len(t, line);
    return len > 0 ? line : 0;
}

static Value base_check_closed(IO_ARGS)
{
    return io_check_open(t, args[0]) ? NONE : 0;
}
static Value base_check_readable(IO_ARGS)
{
    return io_check_able(t, args[0], "readable", "File or stream is not readable.") ? TRUE_VALUE
                                                                                    : 0;
}
static Value base_check_writable(IO_ARGS)
{
    return io_check_able(t, args[0], "writable", "File or stream is not writable.") ? TRUE_VALUE
                                                                                    : 0;
}
static Value base_check_seekable(IO_ARGS)
{
    return io_check_able(t, args[0], "seekable", "File or stream is not seekable.") ? TRUE_VALUE
                                                                                    : 0;
}

/* How many bytes to ask for next: up to the newline that peek() shows, else one. */
static ssize_t readline_want(Thread *t, Value self, Value peek, ssize_t room)
{
    if (!peek) {
        return 1;
    }
    (void)self;
    Value ahead = call1(t, peek, fixnum(1));
    if (!ahead) {
        return -1;
    }
    if (!value_is_bytes(ahead)) {
        raise_error(t, &exc_OSError, "peek() should have returned a bytes object, not '%T'", ahead);
        return -1;
    }
    Bytes *b = value_bytes(ahead);
    if (b->len == 0) {
        return 1;
    }
    size_t max = room >= 0 && (size_t)room < b->len ? (size_t)room : b->len;
    const char *newline = memchr(b->data, '\n', max);
    return newline ? newline - b->data + 1 : (ssize_t)max;
}

static Value base_readline(IO_ARGS)
{
    ssize_t limit = -1;
    Value peek = 0;
    if (!io_index_or_none(t, args[1], &limit) ||
        object_lookup_attr(t, args[0], INTERN(t, "peek"), &peek) < 0) {
        return 0;
    }
    Value line = bytearray_new(t, "", 0);
    size_t len = 0;
    while (line && (limit < 0 || (ssize_t)len < limit)) {
        ssize_t want = readline_want(t, args[0], peek, limit < 0 ? -1 : limit - (ssize_t)len);
        Value got = want < 0 ? 0 : call_method1(t, args[0], N(read), fixnum(want));
        if (!got) {
            return 0;
        }
        if (!value_is_bytes(got)) {
            return raise_error(t, &exc_OSError,
                               "read() should have returned a bytes object, not '%T'", got);
        }
        Bytes *b = value_bytes(got);
        if (b->len == 0) {
            break;
        }
        if (!number_inplace(t, OP_ADD, line, got)) {
            return 0;
        }
        len += b->len;
        if (b->data[b->len - 1] == '\n') {
            break;
        }
    }
    return line ? call1(t, object_value(&bytes_type), line) : 0;
}

static Value base_readlines(IO_ARGS)
{
    ssize_t hint = -1, total = 0;
    if (!io_index_or_none(t, args[1], &hint)) {
        return 0;
    }
    if (hint <= 0) {
        OwnedMutex *lock = textio_lock(args[0]); /* once, not for each line */
        if (!lock) {
            return sequence_list(t, args[0]);
        }
        owned_mutex_lock(t, lock);
        Value lines = sequence_list(t, args[0]);
        owned_mutex_unlock(lock);
        return lines;
    }
    Value list = list_new(t, 0), it = object_iter(t, args[0]), line;
    while (list && it && (line = iter_next(t, it))) {
        ssize_t len = object_len(t, line);
        if (len < 0 || !list_append(t, list, line)) {
            return 0;
        }
        total += len;
        if (total > hint) {
            break;
        }
    }
    return t->exc ? 0 : list;
}

static Value base_writelines(IO_ARGS)
{
    if (!io_check_open(t, args[0])) {
        return 0;
    }
    Type *type = type_of(args[0]);
    NativeFn write = type == &textiowrapper_type ? textio_write
                     : type == &bytesio_type     ? bytesio_write : NULL;
    Value it = object_iter(t, args[1]), line;
    while (it && (line = iter_next(t, it))) {
        if (write ? !write(t, (Value[]){args[0], line}, 2, 0)
                  : !call_method1(t, args[0], N(write), line)) {
            return 0;
        }
    }
    return t->exc ? 0 : NONE;
}

void io_warn_unclosed(Thread *t, Value self, Value below)
{
    int closed = io_is_closed(t, self);
    if (closed < 0 ||
        (closed == 0 && below && !call_method1(t, below, INTERN(t, "_dealloc_warn"), self))) {
        error_clear(t);
    }
}

static void base_finalize(Thread *t, Value self)
{
    int closed = io_is_closed(t, self);
    if (closed < 0) {
        error_clear(t);
    }
    if (closed == 0) {
        if (!object_setattr(t, self, INTERN(t, "_finalizing"), TRUE_VALUE)) {
            error_clear(t);
        }
        if (!call_method0(t, self, N(close))) {
            error_clear(t);
        }
    }
}

static const NativeDef base_methods[] = {
    {"seek(offset, whence=0, /)", base_seek, "Change the stream position.", 0},
    {"tell()", base_tell, "Return the current stream position.", 0},
    {"truncate(size=None, /)", base_truncate, "Truncate the file to size bytes.", 0},
    {"flush()", base_flush, "Flush write buffers, if there are any.", 0},
    {"close()", base_close, "Flush and close the stream; a second call does nothing.", 0},
    {"seekable()", base_false, "Return whether the stream supports random access.", 0},
    {"readable()", base_false, "Return whether the stream was opened for reading.", 0},
    {"writable()", base_false, "Return whether the stream was opened for writing.", 0},
    {"_checkClosed()", base_check_closed, "ValueError when the stream is closed.", 0},
    {"_checkSeekable()", base_check_seekable, "UnsupportedOperation when not seekable.", 0},
    {"_checkReadable()", base_check_readable, "UnsupportedOperation when not readable.", 0},
    {"_checkWritable()", base_check_writable, "UnsupportedOperation when not writable.", 0},
    {"fileno()", base_fileno, "Return the file descriptor.", 0},
    {"isatty()", base_isatty, "Return whether the stream is a terminal.", 0},
    {"__enter__()", base_enter, "Return the stream itself, which has to be open.", 0},
    {"__exit__(*exc)", base_exit, "Close the stream.", 0},
    {"readline(size=-1, /)", base_readline, "Read and return one line of at most size bytes.", 0},
    {"readlines(hint=-1, /)", base_readlines, "Return a list of lines; stop after hint bytes.", 0},
    {"writelines(lines, /)", base_writelines, "Write a list of lines; no separators are added.", 0},
    {0},
};
static const GetSetDef base_getset[] = {
    {"closed", base_get_closed, NULL, "Whether the stream is closed.", NULL}, {0}};

/* Arguments are of no interest to the abstract classes, nor to classes made from them. */
static Value base_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Object *o = object_alloc_instance(t, type, 0);
    return o ? object_value(o) : 0;
}

static bool base_init(Thread *t UNUSED, Value self UNUSED, Value *args UNUSED, size_t n UNUSED,
                      Value kw UNUSED)
{
    return true;
}

Type iobase_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                    .name = "_io._IOBase",
                    .size = sizeof(Object),
                    .doc = "The base class of all streams.",
                    .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                    .weakrefable = 1,
                    .new = base_new,
                    .init = base_init,
                    .iter = base_iter,
                    .next = base_next,
                    .finalize = base_finalize,
                    .methods = base_methods,
                    .getset = base_getset};

/* ---- _RawIOBase ---- */

static Value raw_read(IO_ARGS)
{
    ssize_t size = -1;
    if (!io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    if (size < 0) {
        return call_method0(t, args[0], INTERN(t, "readall"));
    }
    Value buf = bytearray_new(t, NULL, (size_t)size);
    Value got = buf ? call_method1(t, args[0], INTERN(t, "readinto"), buf) : 0;
    ssize_t len;
    if (!got || is_none(got)) {
        return got;
    }
    if (!value_to_ssize(t, got, &len, &exc_ValueError)) {
        return 0;
    }
    if (len < 0 || len > size) {
        return value_error(t, "readinto returned %zd outside buffer size %zd", len, size);
    }
    return bytes_new(
        t, ((ByteArray *)value_object(buf))->buf->data + ((ByteArray *)value_object(buf))->start,
        (size_t)len);
}

static Value raw_readall(IO_ARGS)
{
    Value all = bytearray_new(t, "", 0);
    bool any = false;
    while (all) {
        Value chunk = call_method1(t, args[0], N(read), fixnum(IO_BUFFER_SIZE));
        if (!chunk) {
            return 0;
        }
        if (is_none(chunk)) {
            if (!any) {
                return chunk;
            }
            break;
        }
        if (!value_is_bytes(chunk)) {
            return type_error(t, "read() should return bytes");
        }
        if (value_bytes(chunk)->len == 0) {
            break;
        }
        any = true;
        if (!number_inplace(t, OP_ADD, all, chunk)) {
            return 0;
        }
    }
    return all ? call1(t, object_value(&bytes_type), all) : 0;
}

static Value raw_abstract(IO_ARGS)
{
    return raise_none(t, &exc_NotImplementedError);
}

static const NativeDef raw_methods[] = {
    {"read(size=-1, /)", raw_read, "Read up to size bytes.", 0},
    {"readall()", raw_readall, "Read until end of file.", 0},
    {"readinto", raw_abstract, "Read into a buffer: subclasses say how.", NATIVE_RAW},
    {"write", raw_abstract, "Write a buffer: subclasses say how.", NATIVE_RAW},
    {0},
};
Type rawiobase_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                       .name = "_io._RawIOBase",
                       .size = sizeof(Object),
                       .base = &iobase_type,
                       .doc = "Base class of raw binary streams.",
                       .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                       .weakrefable = 1,
                       .methods = raw_methods};

/* ---- _BufferedIOBase ---- */

static Value buffered_read(IO_ARGS) { return io_unsupported(t, "read"); }
static Value buffered_read1(IO_ARGS) { return io_unsupported(t, "read1"); }
static Value buffered_write(IO_ARGS) { return io_unsupported(t, "write"); }
static Value buffered_detach(IO_ARGS) { return io_unsupported(t, "detach"); }

static Value readinto_through(Thread *t, Value *args, const char *method)
{
    Buffer view;
    if (!buffer_get_writable(t, args[1], &view, "readinto")) {
        return 0;
    }
    Value data = call_method1(t, args[0], intern_cstr(t, method), fixnum(view.len));
    Value result = 0;
    if (data && !value_is_bytes(data)) {
        type_error(t, "read() should return bytes");
    } else if (data && (ssize_t)value_bytes(data)->len > view.len) {
        value_error(t, "read() returned too much data: %zd bytes requested, %zd returned", view.len,
                    (ssize_t)value_bytes(data)->len);
    } else if (data) {
        racy_copy(view.buf, value_bytes(data)->data, value_bytes(data)->len);
        result = fixnum((int64_t)value_bytes(data)->len);
    }
    buffer_release(t, &view);
    return result;
}
static Value buffered_readinto(IO_ARGS) { return readinto_through(t, args, "read"); }
static Value buffered_readinto1(IO_ARGS) { return readinto_through(t, args, "read1"); }

static const NativeDef bufferedbase_methods[] = {
    {"read(size=-1, /)", buffered_read, "Read and return up to size bytes.", 0},
    {"read1(size=-1, /)", buffered_read1, "Read with at most one call of the raw stream.", 0},
    {"readinto(buffer, /)", buffered_readinto, "Read bytes into the buffer.", 0},
    {"readinto1(buffer, /)", buffered_readinto1, "Read into the buffer with at most one raw read.",
     0},
    {"write(b, /)", buffered_write, "Write the buffer.", 0},
    {"detach()", buffered_detach, "Separate the raw stream from the buffer.", 0},
    {0},
};
Type bufferediobase_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                            .name = "_io._BufferedIOBase",
                            .size = sizeof(Object),
                            .base = &iobase_type,
                            .doc = "Base class of buffered binary streams.",
                            .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                            .weakrefable = 1,
                            .methods = bufferedbase_methods};

/* ---- _TextIOBase ---- */

static Value text_read(IO_ARGS) { return io_unsupported(t, "read"); }
static Value text_readline(IO_ARGS) { return io_unsupported(t, "readline"); }
static Value text_write(IO_ARGS) { return io_unsupported(t, "write"); }
static Value text_none(Thread *t UNUSED, Value self UNUSED, void *closure UNUSED) { return NONE; }

static const NativeDef textbase_methods[] = {
    {"read(size=-1, /)", text_read, "Read at most size characters.", 0},
    {"readline(size=-1, /)", text_readline, "Read until newline or end of file.", 0},
    {"write(s, /)", text_write, "Write the string; return the number of characters.", 0},
    {"detach()", buffered_detach, "Separate the buffer from the text stream.", 0},
    {0},
};
static const GetSetDef textbase_getset[] = {
    {"encoding", text_none, NULL, "Encoding of the stream.", NULL},
    {"newlines", text_none, NULL, "Line endings seen so far.", NULL},
    {"errors", text_none, NULL, "The error handler of the decoder or encoder.", NULL},
    {0},
};
Type textiobase_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "_io._TextIOBase",
                        .size = sizeof(Object),
                        .base = &iobase_type,
                        .doc = "Base class of text streams.",
                        .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                        .weakrefable = 1,
                        .methods = textbase_methods,
                        .getset = textbase_getset};
