/* mmap: methods and item access. */
#include <sys/mman.h>

#include "core/base/racy.h"
#include "core/object/slice.h"
#include "core/vm/vm.h"
#include "gc/gc.h"
#include "modules/mmap/mmap.h"

/* ---- items: others may use the memory through a memoryview ---- */

static int load_byte(const char *p)
{
    unsigned char c;
    racy_copy(&c, p, 1);
    return c;
}

ssize_t map_len(Thread *t, Value self)
{
    Map *m = map_of(self);
    if (!map_enter(t, m)) {
        return -1;
    }
    size_t size = m->size;
    map_unlock(m);
    return (ssize_t)size;
}

/* Byte i (negative: from the end) or -1: raised. */
static int map_byte(Thread *t, Map *m, ssize_t i)
{
    if (!map_enter(t, m)) {
        return -1;
    }
    i += i < 0 ? (ssize_t)m->size : 0;
    int byte = i >= 0 && (size_t)i < m->size ? load_byte(m->data + i) : -1;
    map_unlock(m);
    if (byte < 0) {
        index_error(t, "mmap index out of range");
    }
    return byte;
}

Value map_item(Thread *t, Value self, ssize_t i)
{
    int byte = map_byte(t, map_of(self), i);
    char c = (char)byte;
    return byte < 0 ? 0 : bytes_new(t, &c, 1);
}

static bool map_index(Thread *t, Value key, const char *message, ssize_t *out)
{
    if (!value_is_int(key) && !type_of(key)->index) {
        type_error(t, "%s", message);
        return false;
    }
    return value_to_ssize(t, key, out, &exc_IndexError);
}

static Value map_slice(Thread *t, Map *m, Value key)
{
    ssize_t start, stop, step;
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        return 0;
    }
    ssize_t size = map_len(t, object_value(m));
    if (size < 0) {
        return 0;
    }
    ssize_t count = slice_adjust(size, &start, &stop, step);
    Value v = bytes_new(t, NULL, (size_t)count);
    if (!v || !map_enter(t, m)) {
        return 0;
    }
    char *out = value_bytes(v)->data;
    for (ssize_t i = 0, at = start; i < count; i++, at += step) {
        out[i] = (size_t)at < m->size ? (char)load_byte(m->data + at) : 0; /* it may have shrunk */
    }
    map_unlock(m);
    return v;
}

Value map_getitem(Thread *t, Value self, Value key)
{
    Map *m = map_of(self);
    ssize_t i;
    if (type_of(key) == &slice_type) {
        return map_slice(t, m, key);
    }
    if (!map_index(t, key, "mmap indices must be integers", &i)) {
        return 0;
    }
    int byte = map_byte(t, m, i);
    return byte < 0 ? 0 : fixnum(byte);
}

static bool map_set_slice(Thread *t, Map *m, Value key, Value v)
{
    ssize_t start, stop, step;
    Buffer view;
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        return false;
    }
    if (!v) {
        type_error(t, "mmap object doesn't support slice deletion");
        return false;
    }
    if (!buffer_get_still(t, v, &view)) {
        return false;
    }
    bool ok = map_enter(t, m);
    if (ok) {
        ssize_t count = slice_adjust((ssize_t)m->size, &start, &stop, step);
        ok = count == view.len;
        if (ok && step == 1) {
            racy_copy(m->data + start, view.buf, (size_t)count);
        } else if (ok) {
            for (ssize_t i = 0, at = start; i < count; i++, at += step) {
                racy_copy(m->data + at, (char *)view.buf + i, 1);
            }
        }
        map_unlock(m);
        if (!ok) {
            index_error(t, "mmap slice assignment is wrong size");
        }
    }
    buffer_release(t, &view);
    return ok;
}

bool map_setitem(Thread *t, Value self, Value key, Value v)
{
    Map *m = map_of(self);
    ssize_t i, byte;
    if (!map_enter(t, m)) {
        return false;
    }
    map_unlock(m);
    if (!map_writable(t, m)) {
        return false;
    }
    if (type_of(key) == &slice_type) {
        return map_set_slice(t, m, key, v);
    }
    if (!map_index(t, key, "mmap indices must be integer", &i)) {
        return false;
    }
    if (!v) {
        type_error(t, "mmap doesn't support item deletion");
        return false;
    }
    if (map_byte(t, m, i) < 0 || !map_index(t, v, "mmap item value must be an int", &byte)) {
        return false;
    }
    if (byte < 0 || byte > 255) {
        value_error(t, "mmap item value must be in range(0, 256)");
        return false;
    }
    if (!map_enter(t, m)) {
        return false;
    }
    i += i < 0 ? (ssize_t)m->size : 0;
    bool inside = i >= 0 && (size_t)i < m->size;
    if (inside) {
        char c = (char)byte;
        racy_copy(m->data + i, &c, 1);
    }
    map_unlock(m);
    if (!inside) {
        index_error(t, "mmap index out of range");
    }
    return inside;
}

/* ---- reading and writing at the position ---- */

/* Takes up to `want` bytes from the position on. */
static Value map_take(Thread *t, Map *m, size_t want)
{
    if (!map_enter(t, m)) {
        return 0;
    }
    size_t left = m->pos < m->size ? m->size - m->pos : 0;
    want = want < left ? want : left;
    map_unlock(m);
    Value v = bytes_new(t, NULL, want);
    if (!v || !map_enter(t, m)) {
        return 0;
    }
    left = m->pos < m->size ? m->size - m->pos : 0;
    size_t got = want < left ? want : left;
    racy_copy(value_bytes(v)->data, m->data + m->pos, got);
    m->pos += got;
    map_unlock(m);
    return got == want ? v : bytes_new(t, value_bytes(v)->data, got);
}

static Value map_read(ARGS)
{
    ssize_t want = -1;
    if (args[1] && !is_none(args[1])) {
        if (!value_is_int(args[1]) && !type_of(args[1])->index) {
            return type_error(t, "argument should be integer or None, not '%T'", args[1]);
        }
        if (!size_arg(t, args[1], &want)) {
            return 0;
        }
    }
    return map_take(t, map_of(args[0]), want < 0 ? SIZE_MAX : (size_t)want);
}

static Value map_read_byte(ARGS)
{
    Map *m = map_of(args[0]);
    if (!map_enter(t, m)) {
        return 0;
    }
    int byte = m->pos < m->size ? load_byte(m->data + m->pos++) : -1;
    map_unlock(m);
    return byte < 0 ? value_error(t, "read byte out of range") : fixnum(byte);
}

static Value map_readline(ARGS)
{
    Map *m = map_of(args[0]);
    if (!map_enter(t, m)) {
        return 0;
    }
    size_t left = m->pos < m->size ? m->size - m->pos : 0;
    char *p = racy_lend(m->data + m->pos, left), *end = left ? memchr(p, '\n', left) : NULL;
    size_t len = end ? (size_t)(end - p) + 1 : left;
    racy_take_back(p, m->data + m->pos, -1);
    map_unlock(m);
    return map_take(t, m, len);
}

static Value map_write(ARGS)
{
    Map *m = map_of(args[0]);
    Buffer view;
    if (!map_enter(t, m)) {
        return 0;
    }
    map_unlock(m);
    if (!buffer_get_once(t, args[1], &view)) {
        return 0;
    }
    Value r = 0;
    if (map_writable(t, m) && map_enter(t, m)) {
        bool fits = m->pos <= m->size && m->size - m->pos >= (size_t)view.len;
        if (fits) {
            racy_copy(m->data + m->pos, view.buf, (size_t)view.len);
            m->pos += (size_t)view.len;
        }
        map_unlock(m);
        r = fits ? fixnum(view.len) : value_error(t, "data out of range");
    }
    buffer_release(t, &view);
    return r;
}

static Value map_write_byte(ARGS)
{
    Map *m = map_of(args[0]);
    int64_t byte;
    if (!value_to_int64(t, args[1], &byte)) {
        return 0;
    }
    if (byte < 0 || byte > 255) {
        return overflow_error(t, "unsigned byte integer is %s",
                              byte < 0 ? "less than minimum" : "greater than maximum");
    }
    if (!map_enter(t, m)) {
        return 0;
    }
    bool allowed = m->access != MAP_ACCESS_READ, fits = m->pos < m->size;
    if (allowed && fits) {
        char c = (char)byte;
        racy_copy(m->data + m->pos++, &c, 1);
    }
    map_unlock(m);
    return !allowed ? map_writable(t, m) ? NONE : 0
           : fits   ? NONE
                    : value_error(t, "write byte out of range");
}

static Value map_seek(ARGS)
{
    Map *m = map_of(args[0]);
    ssize_t distance, where;
    int how = 0;
    if (!size_arg(t, args[1], &distance) || !int_arg(t, args[2], &how) || !map_enter(t, m)) {
        return 0;
    }
    ssize_t base = how == 0 ? 0 : how == 1 ? (ssize_t)m->pos : (ssize_t)m->size;
    bool known = how >= 0 && how <= 2;
    bool ok = known && !__builtin_add_overflow(base, distance, &where) && where >= 0 &&
              (size_t)where <= m->size;
    if (ok) {
        m->pos = (size_t)where;
    }
    map_unlock(m);
    return ok ? NONE : value_error(t, known ? "seek out of range" : "unknown seek type");
}

static Value map_tell(ARGS)
{
    Map *m = map_of(args[0]);
    if (!map_enter(t, m)) {
        return 0;
    }
    size_t pos = m->pos;
    map_unlock(m);
    return fixnum((int64_t)pos);
}

/* ---- searching ---- */

static size_t clip(ssize_t i, size_t size)
{
    i += i < 0 ? (ssize_t)size : 0;
    return i < 0 ? 0 : (size_t)i > size ? size : (size_t)i;
}

static Value map_search(Thread *t, Value *args, bool backwards)
{
    Map *m = map_of(args[0]);
    Buffer view;
    ssize_t lo = 0, hi = 0;
    if (!map_enter(t, m)) {
        return 0;
    }
    map_unlock(m);
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    if ((args[2] && !size_arg(t, args[2], &lo)) || (args[3] && !size_arg(t, args[3], &hi)) ||
        !map_enter(t, m)) {
        buffer_release(t, &view);
        return 0;
    }
    size_t start = args[2] ? clip(lo, m->size) : m->pos,
           end = args[3] ? clip(hi, m->size) : m->size;
    size_t len = (size_t)view.len;
    ssize_t found = -1;
    if (start <= end && len <= end - start) {
        size_t n = end - start;
        char *text = racy_lend(m->data + start, n);
        if (!backwards) {
            const char *p = memmem(text, n, view.buf, len);
            found = p ? p - text : -1;
        } else {
            for (size_t at = n - len + 1; found < 0 && at-- > 0;) {
                found = memcmp(text + at, view.buf, len) == 0 ? (ssize_t)at : -1;
            }
        }
        racy_take_back(text, m->data + start, -1);
        found += found >= 0 ? (ssize_t)start : 0;
    }
    map_unlock(m);
    buffer_release(t, &view);
    return fixnum(found);
}
static Value map_find(ARGS) { return map_search(t, args, false); }
static Value map_rfind(ARGS) { return map_search(t, args, true); }

/* ---- the mapping itself ---- */

static Value map_size(ARGS)
{
    Map *m = map_of(args[0]);
    struct stat st;
    if (!map_enter(t, m)) {
        return 0;
    }
    int r = fstat(m->fd, &st), err = errno;
    map_unlock(m);
    errno = err;
    return r ? os_failed(t) : int_from_int64(t, st.st_size);
}

static Value map_flush(ARGS)
{
    Map *m = map_of(args[0]);
    ssize_t offset = 0, size = 0;
    if ((args[1] && !size_arg(t, args[1], &offset)) || (args[2] && !size_arg(t, args[2], &size)) ||
        !map_enter(t, m)) {
        return 0;
    }
    size = args[2] ? size : (ssize_t)m->size;
    bool inside = offset >= 0 && size >= 0 && (ssize_t)m->size - offset >= size;
    bool write = m->access != MAP_ACCESS_READ && m->access != MAP_ACCESS_COPY;
    int r = 0;
    if (inside && write) {
        m->exports++; /* keeps it mapped while unlocked */
        char *p = m->data + offset;
        map_unlock(m);
        PARKED(t, r, msync(p, (size_t)size, MS_SYNC));
        int err = errno;
        map_lock(t, m);
        m->exports--;
        errno = err;
    }
    int err = errno;
    map_unlock(m);
    errno = err;
    return !inside ? value_error(t, "flush values out of range") : os_result(t, r);
}

static Value map_move(ARGS)
{
    Map *m = map_of(args[0]);
    ssize_t dest, src, count;
    if (!size_arg(t, args[1], &dest) || !size_arg(t, args[2], &src) ||
        !size_arg(t, args[3], &count) || !map_enter(t, m)) {
        return 0;
    }
    ssize_t size = (ssize_t)m->size;
    bool allowed = m->access != MAP_ACCESS_READ;
    bool inside =
        dest >= 0 && src >= 0 && count >= 0 && size - dest >= count && size - src >= count;
    if (allowed && inside) {
        racy_copy(m->data + dest, m->data + src, (size_t)count);
    }
    map_unlock(m);
    return !allowed ? map_writable(t, m) ? NONE : 0
                    : inside ? NONE : value_error(t, "source, destination, or count out of range");
}

static Value map_madvise(ARGS)
{
    Map *m = map_of(args[0]);
    int option;
    ssize_t start = 0, length = 0;
    if (!value_to_int(t, args[1], &option) || (args[2] && !size_arg(t, args[2], &start)) ||
        (args[3] && !size_arg(t, args[3], &length)) || !map_enter(t, m)) {
        return 0;
    }
    ssize_t size = (ssize_t)m->size, end;
    length = args[3] ? length : size;
    const char *bad = start < 0 || start >= size ? "madvise start out of bounds"
                      : length < 0               ? "madvise length invalid" : NULL;
    bool huge = !bad && __builtin_add_overflow(start, length, &end);
    int r = 0, err = 0;
    if (!bad && !huge) {
        r = madvise(m->data + start, (size_t)(end > size ? size - start : length), option);
        err = errno;
    }
    map_unlock(m);
    errno = err;
    return bad    ? value_error(t, "%s", bad)
           : huge ? overflow_error(t, "madvise length too large")
                  : os_result(t, r);
}

/* Views that nobody uses any more do not count: they go now.  Before the lock is taken.  Effects:
 * runs Python. */
static void map_drop_views(Thread *t, Map *m)
{
    map_lock(t, m);
    bool exported = m->exports > 0;
    map_unlock(m);
    if (exported) {
        gc_collect(t);
    } else {
        t->gc.scan_from = NULL;
    }
}

/* Shared memory without a file keeps its size: a larger one takes its place. */
static void *move_shared(Map *m, size_t size)
{
    void *data = mmap(NULL, size, m->prot, m->flags, -1, 0);
    if (data != MAP_FAILED) {
        memcpy(data, m->data, m->size);
        munmap(m->data, m->size);
    }
    return data;
}

static Value resize_locked(Thread *t, Map *m, ssize_t size)
{
    if (m->exports) {
        return raise(t, &exc_BufferError, "mmap can't resize with extant buffers exported.");
    }
    if (m->fd != -1 && ftruncate(m->fd, m->offset + size)) {
        return os_failed(t);
    }
    bool replace =
        m->fd == -1 && (m->flags & MAP_SHARED) && (size_t)size > m->size && (m->prot & PROT_READ);
    void *data = replace ? move_shared(m, (size_t)size)
                         : mremap(m->data, m->size, (size_t)size, MREMAP_MAYMOVE);
    if (data == MAP_FAILED) {
        return os_failed(t);
    }
    m->data = data;
    m->size = (size_t)size;
    return NONE;
}

static Value map_resize(ARGS)
{
    Map *m = map_of(args[0]);
    ssize_t size;
    if (!size_arg(t, args[1], &size)) {
        return 0;
    }
    map_drop_views(t, m);
    if (!map_enter(t, m)) {
        return 0;
    }
    Value r;
    if (m->exports) {
        r = raise(t, &exc_BufferError, "mmap can't resize with extant buffers exported.");
    } else if (m->access != MAP_ACCESS_WRITE && m->access != MAP_ACCESS_DEFAULT) {
        r = type_error(t, "mmap can't resize a readonly or copy-on-write memory map.");
    } else if (size < 0 || m->offset > INT64_MAX - size) {
        r = value_error(t, "new size out of range");
    } else {
        r = resize_locked(t, m, size);
    }
    map_unlock(m);
    return r;
}

static Value map_close(ARGS)
{
    Map *m = map_of(args[0]);
    map_drop_views(t, m);
    map_lock(t, m);
    bool exported = m->exports > 0;
    char *data = exported ? NULL : m->data;
    if (data) {
        m->data = NULL;
    }
    map_unlock(m);
    if (exported) {
        return raise(t, &exc_BufferError, "cannot close exported pointers exist");
    }
    if (data) {
        thread_park(t);
        munmap(data, m->size);
        if (m->fd >= 0) {
            close(m->fd);
        }
        thread_unpark(t);
    }
    return NONE;
}

static Value map_enter_method(ARGS)
{
    Map *m = map_of(args[0]);
    if (!map_enter(t, m)) {
        return 0;
    }
    map_unlock(m);
    return args[0];
}

static Value map_sizeof(ARGS) { return fixnum((int64_t)type_of(args[0])->size); }

static Value map_reduce(ARGS)
{
    return type_error(t, "cannot pickle '%s' object", type_short_name(type_of(args[0])));
}

const NativeDef map_methods[] = {
    {"close()", map_close, "Close the map.", 0},
    {"find(sub, start=None, end=None, /)", map_find, "Lowest index of the bytes, or -1.", 0},
    {"rfind(sub, start=None, end=None, /)", map_rfind, "Highest index of the bytes, or -1.", 0},
    {"flush(offset=0, size=None, /)", map_flush, "Write changes to the file.", 0},
    {"madvise(option, start=0, length=None, /)", map_madvise, "Advise the kernel about the memory.",
     0},
    {"move(dest, src, count, /)", map_move, "Copy bytes within the map.", 0},
    {"read(n=None, /)", map_read, "Read bytes from the position on.", 0},
    {"read_byte()", map_read_byte, "Read one byte as an int.", 0},
    {"readline()", map_readline, "Read a line.", 0},
    {"resize(newsize, /)", map_resize, "Change the size of the map and its file.", 0},
    {"seek(pos, whence=0, /)", map_seek, "Set the position.", 0},
    {"size()", map_size, "Length of the file.", 0},
    {"tell()", map_tell, "The position.", 0},
    {"write(bytes, /)", map_write, "Write bytes at the position.", 0},
    {"write_byte(byte, /)", map_write_byte, "Write one byte at the position.", 0},
    {"__enter__()", map_enter_method, "Return self.", 0},
    {"__exit__(*args)", map_close, "Close the map.",
     NATIVE_RAW | NATIVE_COLLECTS},
    {"__sizeof__()", map_sizeof, "Size of the object in memory.", 0},
    {"__reduce__()", map_reduce, "Maps cannot be pickled.", 0},
    {NULL, NULL, NULL, 0},
};
