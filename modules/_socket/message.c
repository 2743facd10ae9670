/* sendmsg() and recvmsg(): several buffers and control messages. */
#include <limits.h>
#include <linux/if_alg.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/racy.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"

/* Buffers of a message; released by message_end. */
typedef struct Message {
    struct msghdr head;
    SockAddr addr;
    Buffer *views;
    size_t n_views;
    Value items;       /* tuple: keeps what has the buffers */
    ssize_t received;  /* into the buffers */
    int flags;
} Message;

static ssize_t op_sendmsg(int fd, void *data)
{
    Message *m = data;
    return sendmsg(fd, &m->head, m->flags | MSG_NOSIGNAL);
}

static ssize_t op_recvmsg(int fd, void *data)
{
    Message *m = data;
    return recvmsg(fd, &m->head, m->flags);
}

static void message_end(Thread *t, Message *m)
{
    buffers_take_back(t, m->views, m->head.msg_iov, m->n_views, m->received);
    mem_free(m->views);
    mem_free(m->head.msg_iov);
    mem_free(m->head.msg_control);
}

/* Fills in the vector from an iterable of buffers. */
static bool message_buffers(Thread *t, Message *m, Value iterable, bool writable,
                            const char *function)
{
    Value items = m->items = sequence_tuple(t, iterable);
    if (!items) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "%s() argument 1 must be an iterable", function);
        }
        return false;
    }
    size_t n = tuple_len(items);
    if (n > INT_MAX) {
        raise(t, &exc_OSError, "%s() argument 1 is too long", function);
        return false;
    }
    m->views = mem_calloc(n + 1, sizeof *m->views);
    m->head.msg_iov = mem_calloc(n + 1, sizeof *m->head.msg_iov);
    if (!m->views || !m->head.msg_iov) {
        raise_memory(t);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        Buffer *view = &m->views[i];
        if (!buffer_get(t, tuple_get(items, i), view, writable ? BUFFER_WRITABLE : BUFFER_SIMPLE)) {
            if (writable &&
                (error_clear_if(t, &exc_TypeError) || error_clear_if(t, &exc_BufferError))) {
                type_error(
                    t, "%s() argument 1 must be an iterable of single-segment read-write buffers",
                    function);
            }
            return false;
        }
        m->n_views = i + 1;
        size_t len = (size_t)view->len;
        m->head.msg_iov[i] = (struct iovec){racy_lend(view->buf, len), len};
    }
    m->head.msg_iovlen = n;
    return true;
}

/* ---- control messages ---- */

/* Room for a control message with n bytes; false: too large. */
static bool control_space(size_t n, size_t *out)
{
    if (n > INT_MAX - CMSG_SPACE(0) - sizeof(size_t)) {
        return false;
    }
    *out = CMSG_SPACE(n);
    return true;
}

/* One control message of sendmsg: appended to the buffer, of which *used bytes are in use. */
static bool control_append(Thread *t, Message *m, Value item, size_t *used, size_t *cap)
{
    if (!value_is_sequence(item) || value_is_fixnum(item)) {
        type_error(t, "[sendmsg() ancillary data items]() argument must be 3-item sequence, not %T",
                   item);
        return false;
    }
    Value parts = sequence_tuple(t, item);
    int level, type;
    Buffer view;
    if (!parts) {
        return false;
    }
    if (tuple_len(parts) != 3) {
        type_error(
            t, "[sendmsg() ancillary data items]() argument must be sequence of length 3, not %zu",
            tuple_len(parts));
        return false;
    }
    if (!value_to_int(t, tuple_get(parts, 0), &level) ||
        !value_to_int(t, tuple_get(parts, 1), &type) ||
        !buffer_get_still(t, tuple_get(parts, 2), &view)) {
        return false;
    }
    size_t space, len = (size_t)view.len;
    bool good = false;
    if (!control_space(len, &space)) {
        raise(t, &exc_OSError, "ancillary data item too large");
    } else if (*used + space > INT_MAX) {
        raise(t, &exc_OSError, "too much ancillary data");
    } else {
        size_t want = *used + space;
        char *p = want > *cap ? mem_realloc(m->head.msg_control, want * 2) : m->head.msg_control;
        if (p) {
            *cap = want > *cap ? want * 2 : *cap;
            m->head.msg_control = p;
            memset(p + *used, 0, space);
            struct cmsghdr *c = (struct cmsghdr *)(p + *used);
            c->cmsg_len = CMSG_LEN(len);
            c->cmsg_level = level;
            c->cmsg_type = type;
            memcpy(CMSG_DATA(c), view.buf, len);
            *used = want;
            good = true;
        } else {
            raise_memory(t);
        }
    }
    buffer_release(t, &view);
    return good;
}

static bool message_control(Thread *t, Message *m, Value iterable)
{
    size_t used = 0, cap = 0;
    if (!iterable) {
        return true;
    }
    Value items = sequence_tuple(t, iterable);
    if (!items) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "sendmsg() argument 2 must be an iterable");
        }
        return false;
    }
    for (size_t i = 0; i < tuple_len(items); i++) {
        if (!control_append(t, m, tuple_get(items, i), &used, &cap)) {
            return false;
        }
    }
    m->head.msg_controllen = used;
    return true;
}

/* Control messages received, as a list of (level, type, bytes). */
static Value control_list(Thread *t, struct msghdr *head)
{
    Value list = list_new(t, 0);
    char *end = (char *)head->msg_control + head->msg_controllen;
    for (struct cmsghdr *c = head->msg_controllen ? CMSG_FIRSTHDR(head) : NULL; list && c;
         c = CMSG_NXTHDR(head, c)) {
        char *data = (char *)CMSG_DATA(c);
        size_t len = c->cmsg_len > CMSG_LEN(0) ? c->cmsg_len - CMSG_LEN(0) : 0;
        bool cut = data > end || len > (size_t)(end - data);
        if (cut) {
            if (!warn(t, &exc_RuntimeWarning, 1,
                      "received malformed or improperly-truncated ancillary data")) {
                return 0;
            }
            if (data > end) {
                break;
            }
            len = (size_t)(end - data);
        }
        Value bytes = bytes_new(t, data, len);
        Value item =
            bytes ? tuple_pack(t, 3, fixnum(c->cmsg_level), fixnum(c->cmsg_type), bytes) : 0;
        if (!item || !list_append(t, list, item)) {
            return 0;
        }
        if (cut) {
            break;
        }
    }
    return list;
}

/* Descriptors that nobody will learn of. */
static void control_close_fds(struct msghdr *head)
{
    for (struct cmsghdr *c = head->msg_controllen ? CMSG_FIRSTHDR(head) : NULL; c;
         c = CMSG_NXTHDR(head, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < n; i++) {
                int fd;
                memcpy(&fd, (char *)CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                close(fd);
            }
        }
    }
}

/* ---- methods ---- */

Value sock_sendmsg(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Sock *s = sock_of(args[0]);
    Message m = {.flags = 0};
    Value addr = args[4] && !is_none(args[4]) ? args[4] : 0;
    ssize_t put = -1;
    if (message_buffers(t, &m, args[1], false, "sendmsg") && message_control(t, &m, args[2]) &&
        flags_arg(t, args[3], &m.flags) &&
        (!addr || sockaddr_from_value(t, s, addr, &m.addr, "sendmsg")) &&
        sock_audit(t, "socket.sendmsg", args[0], addr ? addr : NONE)) {
        if (addr) {
            m.head.msg_name = &m.addr.any;
            m.head.msg_namelen = m.addr.len;
        }
        put = sock_run(t, s, true, op_sendmsg, &m, sock_deadline(s));
    }
    message_end(t, &m);
    return put >= 0 ? fixnum(put) : 0;
}

static bool receive_control_size(Thread *t, Message *m, Value v)
{
    int64_t size = 0;
    Value i = v ? number_index(t, v) : fixnum(0);
    if (!i) {
        return false;
    }
    if (!int_try_int64(i, &size) || size < 0 || size > INT_MAX) {
        value_error(t, "invalid ancillary data buffer length");
        return false;
    }
    if (size && !(m->head.msg_control = mem_calloc(1, (size_t)size))) {
        raise_memory(t);
        return false;
    }
    m->head.msg_controllen = (size_t)size;
    return true;
}

/* Receives into m; (data, ancillary data, flags, address). data 0: the number of bytes. */
static Value receive_message(Thread *t, Sock *s, Message *m, Value bytes)
{
    memset(&m->addr, 0, sizeof m->addr);
    m->head.msg_name = &m->addr.any;
    m->head.msg_namelen = sizeof m->addr.storage;
    ssize_t got = sock_run(t, s, false, op_recvmsg, m, sock_deadline(s));
    if (got < 0) {
        return 0;
    }
    m->received = got;
    m->addr.len = m->head.msg_namelen;
    Value data = !bytes ? fixnum(got) : (size_t)got == value_bytes(bytes)->len ? bytes
                 : bytes_new(t, value_bytes(bytes)->data, (size_t)got);
    Value control = data ? control_list(t, &m->head) : 0,
          addr = control ? sockaddr_to_value(t, s, &m->addr) : 0;
    Value result = addr ? tuple_pack(t, 4, data, control, fixnum(m->head.msg_flags), addr) : 0;
    if (!result) {
        control_close_fds(&m->head);
    }
    return result;
}

Value sock_recvmsg(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Message m = {.flags = 0};
    struct iovec *vector = mem_calloc(1, sizeof *vector);
    int64_t size;
    Value result = 0, bytes;
    m.head.msg_iov = vector;
    m.head.msg_iovlen = 1;
    if (!vector) {
        return raise_memory(t);
    }
    if (value_to_int64(t, args[1], &size) && size < 0) {
        value_error(t, "negative buffer size in recvmsg()");
    }
    if (!t->exc && receive_control_size(t, &m, args[2]) && flags_arg(t, args[3], &m.flags) &&
        (bytes = bytes_new(t, NULL, (size_t)size)) != 0) {
        *vector = (struct iovec){value_bytes(bytes)->data, (size_t)size};
        result = receive_message(t, sock_of(args[0]), &m, bytes);
    }
    message_end(t, &m);
    return result;
}

Value sock_recvmsg_into(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Message m = {.flags = 0};
    Value result = 0;
    if (message_buffers(t, &m, args[1], true, "recvmsg_into") &&
        receive_control_size(t, &m, args[2]) && flags_arg(t, args[3], &m.flags)) {
        result = receive_message(t, sock_of(args[0]), &m, 0);
    }
    message_end(t, &m);
    return result;
}

/* One control message of AF_ALG sockets. */
static void alg_control(Message *m, size_t *used, int type, const void *p, size_t n,
                        const uint32_t *prefix)
{
    struct cmsghdr *c = (struct cmsghdr *)((char *)m->head.msg_control + *used);
    size_t len = n + (prefix ? sizeof *prefix : 0);
    c->cmsg_len = CMSG_LEN(len);
    c->cmsg_level = SOL_ALG;
    c->cmsg_type = type;
    char *data = (char *)CMSG_DATA(c);
    if (prefix) {
        memcpy(data, prefix, sizeof *prefix);
        data += sizeof *prefix;
    }
    memcpy(data, p, n);
    *used += CMSG_SPACE(len);
}

static bool alg_controls(Thread *t, Message *m, uint32_t op, const Buffer *iv, int64_t assoclen)
{
    uint32_t iv_len = (uint32_t)iv->len, assoc = (uint32_t)assoclen;
    size_t used = 0, space = CMSG_SPACE(sizeof op) + CMSG_SPACE(sizeof iv_len + iv_len) +
                             CMSG_SPACE(sizeof assoc);
    m->head.msg_control = mem_calloc(1, space);
    if (!m->head.msg_control) {
        raise_memory(t);
        return false;
    }
    alg_control(m, &used, ALG_SET_OP, &op, sizeof op, NULL);
    if (iv->buf) {
        alg_control(m, &used, ALG_SET_IV, iv->buf, iv_len, &iv_len);
    }
    if (assoclen >= 0) {
        alg_control(m, &used, ALG_SET_AEAD_ASSOCLEN, &assoc, sizeof assoc, NULL);
    }
    m->head.msg_controllen = used;
    return true;
}

/* sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags]]]) */
Value sock_sendmsg_afalg(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Sock *s = sock_of(args[0]);
    Message m = {.flags = 0};
    Buffer iv = {.buf = NULL};
    int op = -1;
    int64_t assoclen = -1;
    if (s->family != AF_ALG) {
        return raise(t, &exc_OSError, "algset is only supported for AF_ALG");
    }
    if (!args[2] || (value_to_int(t, args[2], &op) && op < 0)) {
        return type_error(t, "Invalid or missing argument 'op'");
    }
    if (args[4] && value_to_int64(t, args[4], &assoclen) && assoclen < 0) {
        return type_error(t, "assoclen must be positive");
    }
    if (t->exc || !flags_arg(t, args[5], &m.flags) ||
        (args[3] && !buffer_get_still(t, args[3], &iv))) {
        return 0;
    }
    ssize_t put = -1;
    if ((!args[1] || message_buffers(t, &m, args[1], false, "sendmsg_afalg")) &&
        alg_controls(t, &m, (uint32_t)op, &iv, assoclen)) {
        put = sock_run(t, s, true, op_sendmsg, &m, sock_deadline(s));
    }
    if (args[3]) {
        buffer_release(t, &iv);
    }
    message_end(t, &m);
    return put >= 0 ? fixnum(put) : 0;
}
