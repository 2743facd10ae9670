/* Socket addresses: struct sockaddr from and to Python values. */
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"

enum { HARDWARE_ADDRESS_MAX = 8, FLOWINFO_MAX = 0xfffff };

/* ---- names of hosts ---- */

bool host_text(Thread *t, Value v, const char **text, Value *keep)
{
    size_t n;
    *keep = v;
    if (value_is_str(v)) {
        if (value_str(v)->ascii) {
            *text = str_utf8(t, v, &n);
        } else {
            *keep = str_encode(t, v, "idna", NULL);
            if (!*keep) {
                error_clear(t);
                type_error(t, "encoding of hostname failed");
                return false;
            }
            n = value_bytes(*keep)->len;
            *text = value_bytes(*keep)->data;
        }
    } else if (value_is_bytes(v) || value_is_bytearray(v)) {
        *keep = buffer_to_bytes(t, v);
        if (!*keep) {
            return false;
        }
        n = value_bytes(*keep)->len;
        *text = value_bytes(*keep)->data;
    } else {
        type_error(t, "str, bytes or bytearray expected, not %T", v);
        return false;
    }
    if (*text && strlen(*text) != n) {
        type_error(t, "host name must not contain null character");
        return false;
    }
    return *text != NULL;
}

static bool copy_address(Thread *t, const struct addrinfo *info, SockAddr *out)
{
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) {
        raise(t, &exc_OSError, "unsupported address family");
        return false;
    }
    memcpy(&out->storage, info->ai_addr, info->ai_addrlen);
    out->len = info->ai_addrlen;
    return true;
}

static bool lookup_host(Thread *t, const char *name, const char *service,
                        const struct addrinfo *hints, SockAddr *out)
{
    struct addrinfo *info = NULL;
    thread_park(t);
    int err = getaddrinfo(name, service, hints, &info);
    thread_unpark(t);
    if (err) {
        raise_gai(t, err);
        return false;
    }
    bool good = true;
    if (!name && info->ai_next) {
        raise(t, &exc_OSError, "wildcard resolved to multiple address");
        good = false;
    }
    good = good && copy_address(t, info, out);
    freeaddrinfo(info);
    return good;
}

bool host_address(Thread *t, const char *name, int family, SockAddr *out)
{
    memset(out, 0, sizeof *out);
    struct sockaddr_in *in = (struct sockaddr_in *)&out->storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->storage;
    if (*name == 0) {
        struct addrinfo hints = {
            .ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
        return lookup_host(t, NULL, "0", &hints, out);
    }
    bool broadcast = strcmp(name, "<broadcast>") == 0 || strcmp(name, "255.255.255.255") == 0;
    if (broadcast && family != AF_INET && family != AF_UNSPEC) {
        raise(t, &exc_OSError, "address family mismatched");
        return false;
    }
    if (broadcast || ((family == AF_UNSPEC || family == AF_INET) &&
                      inet_pton(AF_INET, name, &in->sin_addr) == 1)) {
        if (broadcast) {
            in->sin_addr.s_addr = INADDR_BROADCAST;
        }
        in->sin_family = AF_INET;
        out->len = sizeof *in;
        return true;
    }
    if ((family == AF_UNSPEC || family == AF_INET6) && !strchr(name, '%') &&
        inet_pton(AF_INET6, name, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        out->len = sizeof *in6;
        return true;
    }
    struct addrinfo hints = {.ai_family = family};
    return lookup_host(t, name, NULL, &hints, out);
}

Value ip_text(Thread *t, const struct sockaddr *sa)
{
    char text[INET6_ADDRSTRLEN];
    const void *p = sa->sa_family == AF_INET6
                        ? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
                        : (const void *)&((const struct sockaddr_in *)sa)->sin_addr;
    return inet_ntop(sa->sa_family, p, text, sizeof text) ? str_from_cstr(t, text) : sock_failed(t);
}

/* ---- from Python ---- */

typedef struct AddrArgs {
    Thread *t;
    const Sock *s;
    Value addr;
    SockAddr *out;
    const char *caller;
} AddrArgs;

static bool tuple_address(AddrArgs *a, const char *family, size_t min, size_t max,
                          const char *shape)
{
    if (!value_is_tuple(a->addr)) {
        type_error(a->t, "%s(): %s address must be tuple, not %T", a->caller, family, a->addr);
        return false;
    }
    size_t n = tuple_len(a->addr);
    if (n < min || n > max) {
        type_error(a->t, "%s address must be %s", family, shape);
        return false;
    }
    return true;
}

/* Item i of the tuple as a number in [0, max]; name NULL: no range message, wraps. */
static bool number_item(AddrArgs *a, size_t i, const char *name, int64_t max, int64_t *out)
{
    Value v = tuple_get(a->addr, i);
    Value index = number_index(a->t, v);
    if (!index) {
        return false;
    }
    if (!int_try_int64(index, out) || (name && (*out < 0 || *out > max))) {
        if (name) {
            overflow_error(a->t, "%s(): %s must be 0-%lld.", a->caller, name, (long long)max);
        } else {
            overflow_error(a->t, "Python int too large to convert to C unsigned int");
        }
        return false;
    }
    return true;
}

static bool inet_address(AddrArgs *a)
{
    const char *host;
    Value keep;
    int64_t port;
    if (!tuple_address(a, "AF_INET", 2, 2, "a pair (host, port)") ||
        !host_text(a->t, tuple_get(a->addr, 0), &host, &keep) ||
        !number_item(a, 1, "port", 65535, &port) || !host_address(a->t, host, AF_INET, a->out)) {
        return false;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)&a->out->storage;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)port);
    a->out->len = sizeof *in;
    return true;
}

static bool inet6_address(AddrArgs *a)
{
    const char *host;
    Value keep;
    int64_t port, flow = 0, scope = 0;
    if (!tuple_address(a, "AF_INET6", 2, 4, "a tuple (host, port[, flowinfo[, scopeid]])")) {
        return false;
    }
    size_t n = tuple_len(a->addr);
    if (!host_text(a->t, tuple_get(a->addr, 0), &host, &keep) ||
        !number_item(a, 1, "port", 65535, &port) ||
        (n > 2 && !number_item(a, 2, "flowinfo", FLOWINFO_MAX, &flow)) ||
        (n > 3 && !number_item(a, 3, NULL, 0, &scope)) ||
        !host_address(a->t, host, AF_INET6, a->out)) {
        return false;
    }
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&a->out->storage;
    in->sin6_family = AF_INET6;
    in->sin6_port = htons((uint16_t)port);
    in->sin6_flowinfo = htonl((uint32_t)flow);
    in->sin6_scope_id = (uint32_t)scope;
    a->out->len = sizeof *in;
    return true;
}

static bool unix_address(AddrArgs *a)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&a->out->storage;
    Value path = a->addr;
    if (value_is_str(path)) {
        path = str_encode(a->t, path, "utf-8", "surrogateescape");
    }
    Buffer view;
    if (!path || !buffer_get_still(a->t, path, &view)) {
        return false;
    }
    size_t len = (size_t)view.len;
    /* a leading NUL, or nothing: the abstract name space, where no NUL ends the name */
    bool abstract = len == 0 || *(const char *)view.buf == 0;
    bool fits = abstract ? len <= sizeof un->sun_path : len + 1 <= sizeof un->sun_path;
    if (fits) {
        memcpy(un->sun_path, view.buf, len);
        un->sun_family = AF_UNIX;
        a->out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + !abstract);
    } else {
        raise(a->t, &exc_OSError, "AF_UNIX path too long");
    }
    buffer_release(a->t, &view);
    return fits;
}

static bool netlink_address(AddrArgs *a)
{
    struct sockaddr_nl *nl = (struct sockaddr_nl *)&a->out->storage;
    int64_t pid, groups;
    if (!tuple_address(a, "AF_NETLINK", 2, 2, "a pair (pid, groups)") ||
        !number_item(a, 0, NULL, 0, &pid) || !number_item(a, 1, NULL, 0, &groups)) {
        return false;
    }
    nl->nl_family = AF_NETLINK;
    nl->nl_pid = (uint32_t)pid;
    nl->nl_groups = (uint32_t)groups;
    a->out->len = sizeof *nl;
    return true;
}

/* Index of the network interface that a str or bytes names; "" is 0. */
static bool interface_item(AddrArgs *a, size_t i, int *index)
{
    const char *name = str_fs_path(a->t, tuple_get(a->addr, i));
    struct ifreq request;
    *index = 0;
    if (!name || *name == 0) {
        return name != NULL;
    }
    if (strlen(name) >= sizeof request.ifr_name) {
        raise(a->t, &exc_OSError, "%s(): interface name too long", a->caller);
        return false;
    }
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, name);
    if (ioctl(a->s->fd, SIOCGIFINDEX, &request) < 0) {
        sock_failed(a->t);
        return false;
    }
    *index = request.ifr_ifindex;
    return true;
}

static bool packet_address(AddrArgs *a)
{
    struct sockaddr_ll *ll = (struct sockaddr_ll *)&a->out->storage;
    int64_t proto, kind = 0, hatype = 0;
    int index;
    if (!tuple_address(a, "AF_PACKET", 2, 5, "a tuple of two to five elements")) {
        return false;
    }
    size_t n = tuple_len(a->addr);
    if (!number_item(a, 1, "proto", 65535, &proto) ||
        (n > 2 && !number_item(a, 2, NULL, 0, &kind)) ||
        (n > 3 && !number_item(a, 3, NULL, 0, &hatype)) || !interface_item(a, 0, &index)) {
        return false;
    }
    if (n > 4) {
        Buffer view;
        if (!buffer_get_still(a->t, tuple_get(a->addr, 4), &view)) {
            return false;
        }
        size_t len = (size_t)view.len;
        if (len <= HARDWARE_ADDRESS_MAX) {
            memcpy(ll->sll_addr, view.buf, len);
            ll->sll_halen = (unsigned char)len;
        }
        buffer_release(a->t, &view);
        if (len > HARDWARE_ADDRESS_MAX) {
            value_error(a->t, "Hardware address must be 8 bytes or less");
            return false;
        }
    }
    ll->sll_family = AF_PACKET;
    ll->sll_protocol = htons((uint16_t)proto);
    ll->sll_ifindex = index;
    ll->sll_pkttype = (unsigned char)kind;
    ll->sll_hatype = (unsigned short)hatype;
    a->out->len = sizeof *ll;
    return true;
}

/* (a, b) of unsigned numbers, for the families with such addresses. */
static bool pair_address(AddrArgs *a, const char *family, int64_t *x, int64_t *y)
{
    if (!value_is_tuple(a->addr)) {
        type_error(a->t, "getsockaddrarg: %s address must be tuple, not %T", family, a->addr);
        return false;
    }
    if (tuple_len(a->addr) != 2) {
        type_error(a->t, "getsockaddrarg() takes exactly 2 arguments (%zu given)",
                   tuple_len(a->addr));
        return false;
    }
    return number_item(a, 0, NULL, 0, x) && number_item(a, 1, NULL, 0, y);
}

static bool vsock_address(AddrArgs *a)
{
    struct sockaddr_vm *vm = (struct sockaddr_vm *)&a->out->storage;
    int64_t cid, port;
    if (!pair_address(a, "AF_VSOCK", &cid, &port)) {
        return false;
    }
    vm->svm_family = AF_VSOCK;
    vm->svm_cid = (uint32_t)cid;
    vm->svm_port = (uint32_t)port;
    a->out->len = sizeof *vm;
    return true;
}

static bool qrtr_address(AddrArgs *a)
{
    struct sockaddr_qrtr *q = (struct sockaddr_qrtr *)&a->out->storage;
    int64_t node, port;
    if (!pair_address(a, "AF_QIPCRTR", &node, &port)) {
        return false;
    }
    q->sq_family = AF_QIPCRTR;
    q->sq_node = (uint32_t)node;
    q->sq_port = (uint32_t)port;
    a->out->len = sizeof *q;
    return true;
}

static bool can_address(AddrArgs *a)
{
    struct sockaddr_can *can = (struct sockaddr_can *)&a->out->storage;
    int64_t v[3] = {0, 0, 0};
    int index;
    bool j1939 = a->s->proto == CAN_J1939, isotp = a->s->proto == CAN_ISOTP;
    size_t n = j1939 ? 4 : isotp ? 3 : 1;
    if (!tuple_address(a, "AF_CAN", n, n,
                       j1939   ? "a tuple (interface, name, pgn, addr)"
                       : isotp ? "a tuple (interface, rx_addr, tx_addr)"
                               : "a tuple (interface, )")) {
        return false;
    }
    for (size_t i = 1; i < n; i++) {
        if (!number_item(a, i, NULL, 0, &v[i - 1])) {
            return false;
        }
    }
    if (!interface_item(a, 0, &index)) {
        return false;
    }
    can->can_family = AF_CAN;
    can->can_ifindex = index;
    if (j1939) {
        can->can_addr.j1939.name = (uint64_t)v[0];
        can->can_addr.j1939.pgn = (uint32_t)v[1];
        can->can_addr.j1939.addr = (uint8_t)v[2];
    } else if (isotp) {
        can->can_addr.tp.rx_id = (uint32_t)v[0];
        can->can_addr.tp.tx_id = (uint32_t)v[1];
    }
    a->out->len = sizeof *can;
    return true;
}

static bool alg_address(AddrArgs *a)
{
    struct sockaddr_alg *sa = (struct sockaddr_alg *)&a->out->storage;
    int64_t feat = 0, mask = 0;
    if (!tuple_address(a, "AF_ALG", 2, 4, "a tuple (type, name[, feat[, mask]])")) {
        return false;
    }
    size_t n = tuple_len(a->addr);
    const char *type = str_cstr_arg(a->t, tuple_get(a->addr, 0), a->caller, "1");
    const char *name = type ? str_cstr_arg(a->t, tuple_get(a->addr, 1), a->caller, "2") : NULL;
    if (!name || (n > 2 && !number_item(a, 2, NULL, 0, &feat)) ||
        (n > 3 && !number_item(a, 3, NULL, 0, &mask))) {
        return false;
    }
    if (strlen(type) >= sizeof sa->salg_type) {
        value_error(a->t, "AF_ALG type too long.");
        return false;
    }
    if (strlen(name) >= sizeof sa->salg_name) {
        value_error(a->t, "AF_ALG name too long.");
        return false;
    }
    sa->salg_family = AF_ALG;
    strcpy((char *)sa->salg_type, type);
    strcpy((char *)sa->salg_name, name);
    sa->salg_feat = (uint32_t)feat;
    sa->salg_mask = (uint32_t)mask;
    a->out->len = sizeof *sa;
    return true;
}

static bool tipc_address(AddrArgs *a)
{
    struct sockaddr_tipc *tipc = (struct sockaddr_tipc *)&a->out->storage;
    int64_t v[5] = {0, 0, 0, 0, TIPC_CLUSTER_SCOPE};
    if (!tuple_address(a, "AF_TIPC", 4, 5, "a tuple (addr_type, v1, v2, v3[, scope])")) {
        return false;
    }
    for (size_t i = 0; i < tuple_len(a->addr); i++) {
        if (!number_item(a, i, NULL, 0, &v[i])) {
            return false;
        }
    }
    tipc->family = AF_TIPC;
    tipc->addrtype = (unsigned char)v[0];
    tipc->scope = (signed char)v[4];
    if (v[0] == TIPC_ADDR_NAMESEQ) {
        tipc->addr.nameseq.type = (uint32_t)v[1];
        tipc->addr.nameseq.lower = (uint32_t)v[2];
        tipc->addr.nameseq.upper = (uint32_t)v[3];
    } else if (v[0] == TIPC_ADDR_NAME) {
        tipc->addr.name.name.type = (uint32_t)v[1];
        tipc->addr.name.name.instance = (uint32_t)v[2];
    } else if (v[0] == TIPC_ADDR_ID) {
        tipc->addr.id.node = (uint32_t)v[1];
        tipc->addr.id.ref = (uint32_t)v[2];
    } else {
        type_error(a->t, "Invalid address type");
        return false;
    }
    a->out->len = sizeof *tipc;
    return true;
}

bool sockaddr_from_value(Thread *t, const Sock *s, Value addr, SockAddr *out, const char *caller)
{
    AddrArgs a = {t, s, addr, out, caller};
    memset(out, 0, sizeof *out);
    switch (s->family) {
    case AF_INET:
    case AF_RDS:
        return inet_address(&a);
    case AF_INET6:
        return inet6_address(&a);
    case AF_UNIX:
        return unix_address(&a);
    case AF_NETLINK:
        return netlink_address(&a);
    case AF_PACKET:
        return packet_address(&a);
    case AF_VSOCK:
        return vsock_address(&a);
    case AF_QIPCRTR:
        return qrtr_address(&a);
    case AF_CAN:
        return can_address(&a);
    case AF_ALG:
        return alg_address(&a);
    case AF_TIPC:
        return tipc_address(&a);
    default:
        raise(t, &exc_OSError, "%s(): bad family", caller);
        return false;
    }
}

/* ---- to Python ---- */

static Value unix_value(Thread *t, const SockAddr *a)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&a->storage;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    if (a->len <= head) {
        return str_from_fs(t, "", 0);
    }
    size_t len = a->len - head;
    if (un->sun_path[0] == 0) {
        return bytes_new(t, un->sun_path, len);
    }
    return str_from_fs(t, un->sun_path, strnlen(un->sun_path, len));
}

static Value interface_value(Thread *t, const Sock *s, int index)
{
    struct ifreq request = {.ifr_ifindex = index};
    if (index == 0 || ioctl(s->fd, SIOCGIFNAME, &request) < 0) {
        return str_from_fs(t, "", 0);
    }
    return str_from_fs(t, request.ifr_name, strnlen(request.ifr_name, sizeof request.ifr_name));
}

static Value packet_value(Thread *t, const Sock *s, const struct sockaddr_ll *ll)
{
    size_t halen = ll->sll_halen < sizeof ll->sll_addr ? ll->sll_halen : sizeof ll->sll_addr;
    Value name = interface_value(t, s, ll->sll_ifindex),
          hw = name ? bytes_new(t, ll->sll_addr, halen) : 0;
    return hw ? tuple_pack(t, 5, name, fixnum(ntohs(ll->sll_protocol)), fixnum(ll->sll_pkttype),
                           fixnum(ll->sll_hatype), hw)
              : 0;
}

static Value can_value(Thread *t, const Sock *s, const struct sockaddr_can *can)
{
    Value name = interface_value(t, s, can->can_ifindex);
    if (!name) {
        return 0;
    }
    if (s->proto == CAN_ISOTP) {
        return tuple_pack(t, 3, name, fixnum(can->can_addr.tp.rx_id),
                          fixnum(can->can_addr.tp.tx_id));
    }
    if (s->proto == CAN_J1939) {
        Value node = int_from_uint64(t, can->can_addr.j1939.name);
        return node ? tuple_pack(t, 4, name, node, fixnum(can->can_addr.j1939.pgn),
                                 fixnum(can->can_addr.j1939.addr))
                    : 0;
    }
    return tuple_pack(t, 1, name);
}

static Value tipc_value(Thread *t, const struct sockaddr_tipc *tipc)
{
    uint32_t v1 = 0, v2 = 0, v3 = 0;
    if (tipc->addrtype == TIPC_ADDR_NAMESEQ) {
        v1 = tipc->addr.nameseq.type;
        v2 = tipc->addr.nameseq.lower;
        v3 = tipc->addr.nameseq.upper;
    } else if (tipc->addrtype == TIPC_ADDR_NAME) {
        v1 = v2 = tipc->addr.name.name.type;
        v2 = tipc->addr.name.name.instance;
        v3 = tipc->addr.name.name.instance;
    } else {
        v1 = tipc->addr.id.node;
        v2 = tipc->addr.id.ref;
    }
    return tuple_pack(t, 5, fixnum(tipc->addrtype), fixnum(v1), fixnum(v2), fixnum(v3),
                      fixnum(tipc->scope));
}

Value sockaddr_to_value(Thread *t, const Sock *s, const SockAddr *a)
{
    const struct sockaddr *sa = &a->any;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
    const struct sockaddr_nl *nl = (const struct sockaddr_nl *)sa;
    const struct sockaddr_vm *vm = (const struct sockaddr_vm *)sa;
    const struct sockaddr_qrtr *q = (const struct sockaddr_qrtr *)sa;
    const struct sockaddr_alg *alg = (const struct sockaddr_alg *)sa;
    Value host;
    if (a->len == 0) {
        return NONE;
    }
    switch (sa->sa_family) {
    case AF_INET:
        host = ip_text(t, sa);
        return host ? tuple_pack(t, 2, host,
                                 fixnum(ntohs(((const struct sockaddr_in *)sa)->sin_port)))
                    : 0;
    case AF_INET6:
        host = ip_text(t, sa);
        return host ? tuple_pack(t, 4, host, fixnum(ntohs(in6->sin6_port)),
                                 fixnum(ntohl(in6->sin6_flowinfo)), fixnum(in6->sin6_scope_id))
                    : 0;
    case AF_UNIX:
        return unix_value(t, a);
    case AF_NETLINK:
        return tuple_pack(t, 2, fixnum(nl->nl_pid), fixnum(nl->nl_groups));
    case AF_PACKET:
        return packet_value(t, s, (const struct sockaddr_ll *)sa);
    case AF_VSOCK:
        return tuple_pack(t, 2, fixnum(vm->svm_cid), fixnum(vm->svm_port));
    case AF_QIPCRTR:
        return tuple_pack(t, 2, fixnum(q->sq_node), fixnum(q->sq_port));
    case AF_CAN:
        return can_value(t, s, (const struct sockaddr_can *)sa);
    case AF_TIPC:
        return tipc_value(t, (const struct sockaddr_tipc *)sa);
    case AF_ALG:
        return tuple_pack(t, 4, str_from_cstr(t, (const char *)alg->salg_type),
                          str_from_cstr(t, (const char *)alg->salg_name), fixnum(alg->salg_feat),
                          fixnum(alg->salg_mask));
    default:
        return tuple_pack(t, 2, fixnum(sa->sa_family),
                          bytes_new(t, sa->sa_data, sizeof sa->sa_data));
    }
}
