/* MemoryBIO, and the transport of connections on sockets: reads and writes that never wait. */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "modules/_ssl/ssl.h"

/* ---- sockets ---- */

static int fd_of(BIO *b)
{
    return (int)(intptr_t)BIO_get_data(b);
}

static bool would_wait(int err)
{
    return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

static int socket_read(BIO *b, char *p, int n)
{
    ssize_t r = recv(fd_of(b), p, (size_t)n, MSG_DONTWAIT);
    BIO_clear_retry_flags(b);
    if (r < 0 && would_wait(errno)) {
        BIO_set_retry_read(b);
    } else if (r == 0) {
        BIO_set_flags(b, BIO_FLAGS_IN_EOF);
    }
    return (int)r;
}

static int socket_write(BIO *b, const char *p, int n)
{
    ssize_t r = send(fd_of(b), p, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    BIO_clear_retry_flags(b);
    if (r < 0 && would_wait(errno)) {
        BIO_set_retry_write(b);
    }
    return (int)r;
}

static long socket_ctrl(BIO *b, int command, long argument UNUSED, void *data UNUSED)
{
    if (command == BIO_CTRL_EOF) {
        return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
    }
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

BIO *socket_bio_new(int fd)
{
    static BIO_METHOD *_Atomic shared;
    BIO_METHOD *method = atomic_load(&shared);
    if (!method) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without waiting");
        if (!method || !BIO_meth_set_read(method, socket_read) ||
            !BIO_meth_set_write(method, socket_write) || !BIO_meth_set_ctrl(method, socket_ctrl)) {
            return NULL;
        }
        BIO_METHOD *other = NULL;
        if (!atomic_compare_exchange_strong(&shared, &other, method)) {
            BIO_meth_free(method);
            method = other;
        }
    }
    BIO *b = BIO_new(method);
    if (b) {
        BIO_set_data(b, (void *)(intptr_t)fd);
        BIO_set_init(b, 1);
    }
    return b;
}

/* ---- MemoryBIO ---- */

static void memory_bio_free(Object *o)
{
    BIO_free_all(((MemoryBio *)o)->bio);
}

static Value memory_bio_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "MemoryBIO", kwnames) || !args_count(t, "MemoryBIO", n, 0, 0)) {
        return 0;
    }
    MemoryBio *m = object_alloc_instance(t, type, 0);
    if (m && !(m->bio = BIO_new(BIO_s_mem()))) {
        return raise_memory(t);
    }
    if (m) { /* an empty one asks to be tried again */
        BIO_set_retry_read(m->bio);
        BIO_set_mem_eof_return(m->bio, -1);
    }
    return object_value(m);
}

static int pending(Thread *t, MemoryBio *m)
{
    owned_mutex_lock(t, &m->lock);
    int n = (int)BIO_ctrl_pending(m->bio);
    owned_mutex_unlock(&m->lock);
    return n;
}

static Value memory_bio_read(SSL_ARGS)
{
    MemoryBio *m = as_memory_bio(args[0]);
    int size = -1;
    if (args[1] && !value_to_int(t, args[1], &size)) {
        return 0;
    }
    owned_mutex_lock(t, &m->lock);
    int there = (int)BIO_ctrl_pending(m->bio);
    size = size < 0 || size > there ? there : size;
    Value r = bytes_new(t, NULL, (size_t)size);
    int got = r && size ? BIO_read(m->bio, value_bytes(r)->data, size) : 0;
    owned_mutex_unlock(&m->lock);
    return r && got != size ? raise_ssl_queue(t) : r;
}

static Value memory_bio_write(SSL_ARGS)
{
    MemoryBio *m = as_memory_bio(args[0]);
    Buffer view;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    int written = -1;
    bool too_long = view.len > INT_MAX;
    owned_mutex_lock(t, &m->lock);
    if (!too_long && !m->eof_written) {
        written = view.len ? BIO_write(m->bio, view.buf, (int)view.len) : 0;
    }
    owned_mutex_unlock(&m->lock);
    buffer_release(t, &view);
    if (too_long) {
        return overflow_error(t, "string longer than %d bytes", INT_MAX);
    }
    if (m->eof_written) {
        return raise_ssl(t, SSL_EXC_ERROR, 0, "cannot write() after write_eof()", 0, NULL);
    }
    return written < 0 ? raise_ssl_queue(t) : fixnum(written);
}

static Value memory_bio_write_eof(SSL_ARGS)
{
    MemoryBio *m = as_memory_bio(args[0]);
    owned_mutex_lock(t, &m->lock);
    m->eof_written = true;
    BIO_clear_retry_flags(m->bio);
    BIO_set_mem_eof_return(m->bio, 0);
    owned_mutex_unlock(&m->lock);
    return NONE;
}

static Value get_pending(SSL_GETTER)
{
    return fixnum(pending(t, as_memory_bio(self)));
}

static Value get_eof(SSL_GETTER)
{
    return bool_value(as_memory_bio(self)->eof_written && pending(t, as_memory_bio(self)) == 0);
}

static const NativeDef memory_bio_methods[] = {
    {"read(size=-1, /)", memory_bio_read,
     "Up to size bytes from the buffer; all of them if size is negative.", 0},
    {"write(b, /)", memory_bio_write, "Adds bytes to the buffer; returns how many.", 0},
    {"write_eof()", memory_bio_write_eof, "No more bytes will be written; reads then see the end.",
     0},
    {0},
};

static const GetSetDef memory_bio_getset[] = {
    {"pending", get_pending, NULL, "Bytes in the buffer.", NULL},
    {"eof", get_eof, NULL, "Whether the end of the data has been reached.", NULL},
    {0},
};

Type memory_bio_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ssl.MemoryBIO",
    .doc = "A buffer between a program and SSL.",
    .size = sizeof(MemoryBio),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .free = memory_bio_free,
    .new = memory_bio_new,
    .methods = memory_bio_methods,
    .getset = memory_bio_getset,
};
