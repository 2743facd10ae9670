/* FileIO: a raw stream over a file descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/racy.h"
#include "core/object/audit.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "gc/safepoint.h"
#include "importer/archive_files.h"
#include "modules/_io/io.h"
#include "modules/file_descriptor.h"

typedef struct FileIO {
    Object head;
    _Atomic int fd;       /* -1: closed */
    _Atomic unsigned users;  /* calls between file_enter and file_leave */
    _Atomic int left_open;   /* the descriptor of the file closed while in use; -1: none */
    _Atomic uint8_t mode; /* FILE_x */
    _Atomic bool closefd;
    _Atomic int seekable; /* -1: not known yet */
    _Atomic int terminal; /* when it was opened; -1: not known */
    _Atomic unsigned blksize;
} FileIO;

enum { FILE_CREATED = 1, FILE_READABLE = 2, FILE_WRITABLE = 4, FILE_APPENDING = 8 };

static FileIO *self_of(Value v)
{
    assert(value_isa(v, &fileio_type));
    return (FileIO *)value_object(v);
}

/* A descriptor that a call uses is not closed before it has ended, so that its number does not come
 * to be another file's meanwhile: who closes the file leaves it, and looks for users; who has used
 * it goes, and looks for what is left.  One of them sees the other. */
static int file_close_left(FileIO *f)
{
    int fd = f->users == 0 ? atomic_exchange(&f->left_open, -1) : -1;
    return fd >= 0 && close(fd) ? errno : 0;
}

/* fd was that of f.  An error's number, or 0. */
static int file_close(FileIO *f, int fd)
{
    int none = -1;
    if (!atomic_compare_exchange_strong(&f->left_open, &none, fd)) {
        return close(fd) ? errno : 0; /* opened anew while an earlier one was in use */
    }
    return file_close_left(f);
}

/* The descriptor to use until file_leave, which keeps errno; -1: closed. */
static int file_enter(FileIO *f)
{
    f->users++;
    return f->fd;
}
static void file_leave(FileIO *f)
{
    f->users--;
    if (UNLIKELY(f->left_open >= 0)) {
        int err = errno;
        file_close_left(f);
        errno = err;
    }
}

static Value fileio_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    FileIO *f = object_alloc_instance(t, type, 0);
    if (!f) {
        return 0;
    }
    store_relaxed(&f->fd, -1);
    store_relaxed(&f->left_open, -1);
    store_relaxed(&f->seekable, -1);
    store_relaxed(&f->closefd, true);
    return object_value(f);
}

static bool mode_flags(Thread *t, FileIO *f, Value mode, int *flags)
{
    if (!value_is_str(mode)) {
        type_error(t, "FileIO() argument 'mode' must be str, not %T", mode);
        return false;
    }
    const char *text = str_utf8(t, mode, NULL);
    int kinds = 0, plus = 0;
    uint8_t bits = 0;
    for (const char *p = text; p && *p; p++) {
        if (*p == 'r' || *p == 'w' || *p == 'x' || *p == 'a') {
            kinds++;
            bits |= *p == 'r'   ? FILE_READABLE
                    : *p == 'x' ? FILE_WRITABLE | FILE_CREATED
                    : *p == 'a' ? FILE_WRITABLE | FILE_APPENDING
                                : FILE_WRITABLE;
            *flags |= *p == 'w'   ? O_CREAT | O_TRUNC
                      : *p == 'x' ? O_CREAT | O_EXCL
                      : *p == 'a' ? O_CREAT | O_APPEND
                                  : 0;
        } else if (*p == '+') {
            plus++;
        } else if (*p != 'b') {
            value_error(t, "invalid mode: %.200s", text);
            return false;
        }
    }
    if (!text || kinds != 1 || plus > 1) {
        if (text) {
            value_error(
                t, "Must have exactly one of create/read/write/append mode and at most one plus");
        }
        return false;
    }
    bits |= plus ? FILE_READABLE | FILE_WRITABLE : 0;
    *flags |= !(bits & FILE_WRITABLE) ? O_RDONLY : bits & FILE_READABLE ? O_RDWR : O_WRONLY;
    *flags |= O_CLOEXEC;
    store_relaxed(&f->mode, bits);
    return true;
}

static int open_path(Thread *t, Value name, Value opener, int flags)
{
    if (opener && !is_none(opener)) {
        Value fd = call2(t, opener, name, fixnum(flags));
        int i;
        if (!fd) {
            return -1;
        }
        if (!value_is_int(fd)) {
            type_error(t, "expected integer from opener");
            return -1;
        }
        if (!value_to_int(t, fd, &i)) {
            return -1;
        }
        if (i < 0) {
            value_error(t, "opener returned %d", i);
        }
        return i;
    }
    const char *path = str_fs_path(t, name);
    if (!path) {
        return -1;
    }
    int fd;
    bool tried = false;
    do {
        thread_park(t);
        fd = open(path, flags, 0666);
        thread_unpark(t);
    } while (fd < 0 && (errno == EINTR || descriptor_retry(t, &tried)));
    if (fd < 0 && errno == ENOTDIR) {
        fd = archive_file_open(t, path, flags);
    }
    if (fd < 0 && !t->exc) {
        raise_errno(t, &exc_OSError, errno, name);
    }
    return fd;
}

/* Makes fd the file's descriptor.  owned: it was opened here, and is closed when this fails; a
 * descriptor of the caller stays the caller's, so that the finalizer does not close it. */
static bool adopt_descriptor(Thread *t, FileIO *f, int fd, bool owned, Value name)
{
    struct stat st;
    int err = fstat(fd, &st) == 0 ? S_ISDIR(st.st_mode) ? EISDIR : 0 : errno == EBADF ? EBADF : 0;
    if (err) {
        raise_errno(t, &exc_OSError, err, name);
    } else {
        store_relaxed(&f->blksize, st.st_blksize > 1 ? (unsigned)st.st_blksize : IO_BUFFER_SIZE);
        store_release(&f->fd, fd);
        store_relaxed(&f->seekable, S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? 0 : -1);
        store_relaxed(&f->terminal, S_ISCHR(st.st_mode) ? -1 : 0);
        if (f->mode & FILE_APPENDING) {
            lseek(fd, 0, SEEK_END);
        }
        if (object_setattr(t, object_value(f), N(name), name)) {
            return true;
        }
        store_release(&f->fd, -1);
    }
    if (owned) {
        close(fd);
    }
    return false;
}

static bool fileio_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("FileIO(file, mode='r', closefd=True, opener=None)");
    Value a[4];
    if (!args_bind(t, &sig, args, n, kw, a)) {
        return false;
    }
    FileIO *f = self_of(self);
    int old = atomic_exchange(&f->fd, -1);
    if (old >= 0 && f->closefd) {
        file_close(f, old);
    }
    store_relaxed(&f->mode, 0);
    store_relaxed(&f->seekable, -1);
    int flags = 0, closefd = a[2] ? object_truth(t, a[2]) : 1, fd = -1;
    Value mode = a[1] ? a[1] : str_from_cstr(t, "r");
    if (closefd < 0 || !mode_flags(t, f, mode, &flags) ||
        !AUDIT(t, "open", 3, a[0], mode, fixnum(flags))) {
        return false;
    }
    if (value_is_float(a[0])) {
        type_error(t, "integer argument expected, got float");
        return false;
    }
    if (value_is_int(a[0])) {
        if (!value_to_int(t, a[0], &fd)) {
            return false;
        }
        if (fd < 0) {
            value_error(t, "negative file descriptor");
            return false;
        }
    } else {
        if (!closefd) {
            value_error(t, "Cannot use closefd=False with file name");
            return false;
        }
        fd = open_path(t, a[0], a[3], flags);
        if (fd < 0) {
            return false;
        }
    }
    store_relaxed(&f->closefd, closefd);
    return adopt_descriptor(t, f, fd, !value_is_int(a[0]), a[0]);
}

static bool fd_open(Thread *t, FileIO *f)
{
    if (f->fd < 0) {
        value_error(t, "I/O operation on closed file");
        return false;
    }
    return true;
}

static bool can_read(Thread *t, FileIO *f)
{
    if (fd_open(t, f) && !(f->mode & FILE_READABLE)) {
        io_unsupported(t, "File not open for reading");
    }
    return !t->exc;
}

static bool can_write(Thread *t, FileIO *f)
{
    if (fd_open(t, f) && !(f->mode & FILE_WRITABLE)) {
        io_unsupported(t, "File not open for writing");
    }
    return !t->exc;
}

/* read() or write() with parking; retries after signals whose handlers did not raise.  -1: raised;
 * -2: would block. */
static ssize_t transfer(Thread *t, FileIO *f, void *p, size_t n, bool write_)
{
    for (;;) {
        int fd = file_enter(f);
        thread_park(t);
        ssize_t got = write_ ? write(fd, p, n) : read(fd, p, n);
        int err = errno;
        file_leave(f);
        thread_unpark(t);
        if (got >= 0) {
            return got;
        }
        if (err == EINTR) {
            if (!thread_poll(t)) {
                return -1;
            }
            continue;
        }
        if (err == EAGAIN) {
            return -2;
        }
        raise_errno(t, &exc_OSError, err, 0);
        return -1;
    }
}

ssize_t fileio_transfer(Thread *t, Value self, void *p, size_t n, bool write_)
{
    FileIO *f = self_of(self);
    return (write_ ? can_write : can_read)(t, f) ? transfer(t, f, p, n, write_) : -1;
}

static Value fileio_readinto(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    Buffer view;
    if (!can_read(t, f) || !buffer_get_writable(t, args[1], &view, "readinto")) {
        return 0;
    }
    void *lent = racy_lend(view.buf, (size_t)view.len);
    ssize_t got = transfer(t, f, lent, (size_t)view.len, false);
    racy_take_back(lent, view.buf, got);
    buffer_release(t, &view);
    return got >= 0 ? fixnum(got) : got == -2 ? NONE : 0;
}

static Value fileio_readall(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    if (!can_read(t, f)) {
        return 0;
    }
    struct stat st;
    off_t pos = lseek(f->fd, 0, SEEK_CUR);
    size_t cap = fstat(f->fd, &st) == 0 && pos >= 0 && st.st_size > pos
                     ? (size_t)(st.st_size - pos) + 1
                     : IO_BUFFER_SIZE;
    Value data = bytes_new_unset(t, cap);
    size_t len = 0;
    while (data) {
        if (len == cap) {
            cap = cap + cap / 2 + IO_BUFFER_SIZE;
            Value bigger = bytes_new_unset(t, cap);
            if (!bigger) {
                return 0;
            }
            memcpy(value_bytes(bigger)->data, value_bytes(data)->data, len);
            data = bigger;
        }
        ssize_t got = transfer(t, f, value_bytes(data)->data + len, cap - len, false);
        if (got == -1) {
            return 0;
        }
        if (got == -2 && len == 0) {
            return NONE;
        }
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    return data ? bytes_shorten(t, data, len) : 0;
}

static Value fileio_read(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    ssize_t size = -1;
    if (!can_read(t, f) || !io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    if (size < 0) {
        return fileio_readall(t, args, 1, 0);
    }
    Value data = bytes_new_unset(t, (size_t)size);
    ssize_t got = data ? transfer(t, f, value_bytes(data)->data, (size_t)size, false) : -1;
    if (got < 0) {
        return got == -2 ? NONE : 0;
    }
    return bytes_shorten(t, data, (size_t)got);
}

static Value fileio_write(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    Buffer view;
    if (!can_write(t, f) || !buffer_get_once(t, args[1], &view)) {
        return 0;
    }
    ssize_t put = transfer(t, f, view.buf, (size_t)view.len, true);
    buffer_release(t, &view);
    /* the signal that cut the write short is handled before the caller goes on */
    if (put >= 0 && !thread_check_signals(t)) {
        return 0;
    }
    return put >= 0 ? fixnum(put) : put == -2 ? NONE : 0;
}

static Value fileio_seek(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    int whence = 0;
    int64_t offset;
    if (!fd_open(t, f) || (args[2] && !value_to_int(t, args[2], &whence))) {
        return 0;
    }
    if (value_is_float(args[1])) {
        return type_error(t, "an integer is required");
    }
    if (!value_to_int64(t, args[1], &offset)) {
        return 0;
    }
    off_t pos = lseek(file_enter(f), offset, whence);
    file_leave(f);
    return pos < 0 ? raise_errno(t, &exc_OSError, errno, 0) : int_from_int64(t, pos);
}

static Value fileio_tell(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    if (!fd_open(t, f)) {
        return 0;
    }
    off_t pos = lseek(f->fd, 0, SEEK_CUR);
    return pos < 0 ? raise_errno(t, &exc_OSError, errno, 0) : int_from_int64(t, pos);
}

static Value fileio_truncate(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    if (!can_write(t, f)) {
        return 0;
    }
    Value size = args[1] && !is_none(args[1]) ? args[1] : fileio_tell(t, args, 1, 0);
    int64_t len;
    if (!size || !value_to_int64(t, size, &len)) {
        return 0;
    }
    int failed = ftruncate(file_enter(f), len);
    file_leave(f);
    return failed ? raise_errno(t, &exc_OSError, errno, 0) : size;
}

static Value fileio_close(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    Value base = object_getattr_cstr(t, object_value(&rawiobase_type), "close");
    Value flushed = base ? call1(t, base, args[0]) : 0;
    Value error = flushed ? 0 : error_take(t);
    int fd = atomic_exchange(&f->fd, -1);
    if (fd >= 0 && f->closefd) {
        thread_park(t);
        int err = file_close(f, fd);
        thread_unpark(t);
        if (err && err != EINTR && !error) {
            return raise_errno(t, &exc_OSError, err, 0);
        }
    }
    if (error) {
        error_restore(t, error);
        return 0;
    }
    return NONE;
}

static Value fileio_dealloc_warn(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    if (f->fd >= 0 && f->closefd &&
        !warn_unclosed(t, args[1], "unclosed file %R", args[1])) {
        error_unraisable(t, NULL, args[0]);
    }
    return NONE;
}

static void fileio_finalize(Thread *t, Value self)
{
    (void)fileio_dealloc_warn(t, (Value[]){self, self}, 2, 0);
    iobase_type.finalize(t, self);
}

static Value fileio_seekable(IO_ARGS)
{
    FileIO *f = self_of(args[0]);
    if (!fd_open(t, f)) {
        return 0;
    }
    if (f->seekable < 0) {
        store_relaxed(&f->seekable, lseek(f->fd, 0, SEEK_CUR) >= 0);
    }
    return bool_value(f->seekable);
}

static Value fileio_readable(IO_ARGS)
{
    return fd_open(t, self_of(args[0])) ? bool_value(self_of(args[0])->mode & FILE_READABLE) : 0;
}
static Value fileio_writable(IO_ARGS)
{
    return fd_open(t, self_of(args[0])) ? bool_value(self_of(args[0])->mode & FILE_WRITABLE) : 0;
}
static Value fileio_fileno(IO_ARGS)
{
    return fd_open(t, self_of(args[0])) ? fixnum(self_of(args[0])->fd) : 0;
}
static Value fileio_isatty(IO_ARGS)
{
    return fd_open(t, self_of(args[0])) ? bool_value(isatty(self_of(args[0])->fd)) : 0;
}

static const char *mode_text(const FileIO *f)
{
    uint8_t mode = f->mode;
    bool reads = mode & FILE_READABLE;
    return mode & FILE_CREATED     ? reads ? "xb+" : "xb"
           : mode & FILE_APPENDING ? reads ? "ab+" : "ab"
           : !reads                ? "wb"
           : mode & FILE_WRITABLE  ? "rb+"
                                   : "rb";
}

static Value fileio_repr(Thread *t, Value self)
{
    FileIO *f = self_of(self);
    if (f->fd < 0) {
        return str_from_cstr(t, "<_io.FileIO [closed]>");
    }
    Value name;
    int found = object_lookup_attr(t, self, N(name), &name);
    if (found < 0) {
        return 0;
    }
    if (!found) {
        return str_format(t, "<_io.FileIO fd=%d mode='%s' closefd=%s>", f->fd, mode_text(f),
                          f->closefd ? "True" : "False");
    }
    if (!repr_enter(t, self)) {
        return t->exc ? 0
                      : runtime_error(t, "reentrant call inside %s.__repr__",
                                      type_short_name(type_of(self)));
    }
    Value text = str_format(t, "<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode_text(f),
                            f->closefd ? "True" : "False");
    repr_leave(t, self);
    return text;
}

bool fileio_is_closed(Value self) { return self_of(self)->fd < 0; }
bool fileio_was_terminal(Value self)
{
    FileIO *f = self_of(self);
    if (f->terminal < 0) {
        store_relaxed(&f->terminal, isatty(f->fd));
    }
    return f->terminal;
}

bool fileio_is_seekable(Value self) { return self_of(self)->seekable > 0; }
bool fileio_is_appending(Value self) { return self_of(self)->mode & FILE_APPENDING; }

static Value fileio_get_closed(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(self_of(self)->fd < 0);
}
static Value fileio_get_closefd(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(self_of(self)->closefd);
}
static Value fileio_get_mode(Thread *t, Value self, void *c UNUSED)
{
    return str_from_cstr(t, mode_text(self_of(self)));
}
static Value fileio_get_blksize(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return fixnum(self_of(self)->blksize);
}

static Value fileio_getstate(IO_ARGS)
{
    return type_error(t, "cannot pickle '%T' object", args[0]);
}

static const NativeDef fileio_methods[] = {
    {"read(size=-1, /)", fileio_read, "Read at most size bytes.", 0},
    {"readall()", fileio_readall, "Read all data from the file.", 0},
    {"readinto(buffer, /)", fileio_readinto, "Read into the buffer.", 0},
    {"write(b, /)", fileio_write, "Write the bytes; return how many were written.", 0},
    {"seek(pos, whence=0, /)", fileio_seek, "Move to a new file position.", 0},
    {"tell()", fileio_tell, "Return the current file position.", 0},
    {"truncate(size=None, /)", fileio_truncate, "Truncate the file.", 0},
    {"close()", fileio_close, "Close the file.", 0},
    {"seekable()", fileio_seekable, "Return whether the file supports random access.", 0},
    {"readable()", fileio_readable, "Return whether the file was opened for reading.", 0},
    {"writable()", fileio_writable, "Return whether the file was opened for writing.", 0},
    {"fileno()", fileio_fileno, "Return the file descriptor.", 0},
    {"isatty()", fileio_isatty, "Return whether the file is a terminal.", 0},
    {"_dealloc_warn(source, /)", fileio_dealloc_warn, "Warn that source was never closed.", 0},
    {"__getstate__()", fileio_getstate, "Raise TypeError: it cannot be pickled.", 0},
    {0},
};
static const GetSetDef fileio_getset[] = {
    {"closed", fileio_get_closed, NULL, "True if the file is closed", NULL},
    {"closefd", fileio_get_closefd, NULL, "Whether the descriptor is closed by close().", NULL},
    {"mode", fileio_get_mode, NULL, "The file mode.", NULL},
    {"_blksize", fileio_get_blksize, NULL, "Preferred block size.", NULL},
    {0},
};
Type fileio_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                    .name = "_io.FileIO",
                    .size = sizeof(FileIO),
                    .base = &rawiobase_type,
                    .doc = "Open a file as a raw binary stream.",
                    .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                    .weakrefable = 1,
                    .new = fileio_new,
                    .init = fileio_init,
                    .repr = fileio_repr,
                    .finalize = fileio_finalize,
                    .methods = fileio_methods,
                    .getset = fileio_getset,
                    .sig = "FileIO(file, mode='r', closefd=True, opener=None)",
                    .getattr = generic_getattr};
