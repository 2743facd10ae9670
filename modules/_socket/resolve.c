/* Names of hosts: getaddrinfo() and its relatives. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"

enum {
    LABEL_MAX = 63,
    HOSTENT_BUFFER = 16384,
    HOST_MAX = 1025,
    SERVICE_MAX = 32,
    FLOW_MAX = 0xfffff
};

Value socket_gaierror, socket_herror;

Value raise_gai(Thread *t, int code)
{
    if (code == EAI_SYSTEM) {
        return sock_failed(t);
    }
    Value text = str_from_cstr(t, gai_strerror(code)),
          args = text ? tuple_pack(t, 2, fixnum(code), text) : 0;
    return args ? raise_value(t, value_type(socket_gaierror), args) : 0;
}

static Value raise_host_error(Thread *t, int code)
{
    Value text = str_from_cstr(t, hstrerror(code)),
          args = text ? tuple_pack(t, 2, fixnum(code), text) : 0;
    return args ? raise_value(t, value_type(socket_herror), args) : 0;
}

/* ---- getaddrinfo ---- */

/* Labels of a length that needs no look of the idna codec. */
static bool plain_labels(Value s)
{
    size_t label = 0, n = str_len(s);
    if (!value_str(s)->ascii) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (str_get(value_str(s), i) != '.') {
            label++;
        } else if (label == 0 || label > LABEL_MAX) {
            return false;
        } else {
            label = 0;
        }
    }
    return label <= LABEL_MAX;
}

/* Host argument of getaddrinfo. *host NULL: None. */
static bool addrinfo_host(Thread *t, Value v, const char **host, Value *keep)
{
    *host = NULL;
    *keep = v;
    if (!v || is_none(v)) {
        return true;
    }
    if (value_is_str(v) && plain_labels(v)) {
        *host = str_utf8(t, v, NULL);
        return *host != NULL;
    }
    if (value_is_str(v)) {
        *keep = str_encode(t, v, "idna", NULL);
    } else if (!value_is_bytes(v)) {
        type_error(t, "getaddrinfo() argument 1 must be string or None");
        return false;
    }
    if (!*keep) {
        return false;
    }
    *host = value_bytes(*keep)->data;
    return true;
}

static bool addrinfo_port(Thread *t, Value v, const char **port, char *number, size_t size)
{
    *port = NULL;
    if (is_none(v)) {
        return true;
    }
    if (value_is_int(v)) {
        int64_t i;
        if (!value_to_int64(t, v, &i)) {
            return false;
        }
        snprintf(number, size, "%lld", (long long)i);
        *port = number;
    } else if (value_is_str(v)) {
        *port = str_utf8(t, v, NULL);
    } else if (value_is_bytes(v)) {
        *port = value_bytes(v)->data;
    } else {
        raise(t, &exc_OSError, "Int or String expected");
    }
    return *port != NULL;
}

static Value addrinfo_list(Thread *t, const struct addrinfo *info)
{
    Value list = list_new(t, 0);
    for (; list && info; info = info->ai_next) {
        SockAddr a;
        Sock dummy = {.fd = -1, .proto = info->ai_protocol};
        memset(&a, 0, sizeof a);
        memcpy(&a.storage, info->ai_addr, info->ai_addrlen);
        a.len = info->ai_addrlen;
        Value addr = sockaddr_to_value(t, &dummy, &a);
        const char *canon = info->ai_canonname ? info->ai_canonname : "";
        Value name = addr ? str_from_fs(t, canon, strlen(canon)) : 0;
        Value item = name ? tuple_pack(t, 5, fixnum(info->ai_family), fixnum(info->ai_socktype),
                                       fixnum(info->ai_protocol), name, addr)
                          : 0;
        if (!item || !list_append(t, list, item)) {
            return 0;
        }
    }
    return list;
}

NATIVE_FN(resolve_getaddrinfo)
{
    const char *host, *port;
    char number[24];
    Value keep;
    struct addrinfo hints = {0}, *info = NULL;
    if (!addrinfo_host(t, args[0], &host, &keep) ||
        !addrinfo_port(t, args[1], &port, number, sizeof number) ||
        !flags_arg(t, args[2], &hints.ai_family) || !flags_arg(t, args[3], &hints.ai_socktype) ||
        !flags_arg(t, args[4], &hints.ai_protocol) || !flags_arg(t, args[5], &hints.ai_flags) ||
        !sock_audit(t, "socket.getaddrinfo", args[0], args[1])) {
        return 0;
    }
    thread_park(t);
    int err = getaddrinfo(host, port, &hints, &info);
    thread_unpark(t);
    if (err) {
        return raise_gai(t, err);
    }
    Value list = addrinfo_list(t, info);
    freeaddrinfo(info);
    return list;
}

/* ---- getnameinfo ---- */

/* Parts of a (host, port[, flowinfo[, scopeid]]) tuple. */
static bool nameinfo_args(Thread *t, Value addr, const char **host, int *port, int64_t *flow,
                          int64_t *scope)
{
    *flow = *scope = 0;
    if (!value_is_tuple(addr)) {
        type_error(t, "getnameinfo() argument 1 must be a tuple");
        return false;
    }
    size_t n = tuple_len(addr);
    if (n < 2 || n > 4 || !value_is_str(tuple_get(addr, 0))) {
        type_error(t, "getnameinfo(): illegal sockaddr argument");
        return false;
    }
    *host = str_utf8(t, tuple_get(addr, 0), NULL);
    if (!*host || !value_to_int(t, tuple_get(addr, 1), port)) {
        return false;
    }
    if (n > 2) {
        Value v = number_index(t, tuple_get(addr, 2));
        if (!v) {
            return false;
        }
        if (!int_try_int64(v, flow) || *flow < 0 || *flow > FLOW_MAX) {
            overflow_error(t, "getnameinfo(): flowinfo must be 0-1048575.");
            return false;
        }
    }
    return n < 4 || value_to_int64(t, tuple_get(addr, 3), scope);
}

/* Fills in what the numeric lookup does not know. */
static bool nameinfo_complete(Thread *t, struct addrinfo *info, size_t n, int64_t flow,
                              int64_t scope)
{
    if (info->ai_next) {
        raise(t, &exc_OSError, "sockaddr resolved to multiple addresses");
        return false;
    }
    if (info->ai_family == AF_INET && n != 2) {
        raise(t, &exc_OSError, "IPv4 sockaddr must be 2 tuple");
        return false;
    }
    if (info->ai_family == AF_INET6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)info->ai_addr;
        in6->sin6_flowinfo = htonl((uint32_t)flow);
        in6->sin6_scope_id = (uint32_t)scope;
    }
    return true;
}

NATIVE_FN(resolve_getnameinfo)
{
    const char *host;
    int port, flags;
    int64_t flow, scope;
    if (!value_to_int(t, args[1], &flags) ||
        !nameinfo_args(t, args[0], &host, &port, &flow, &scope) ||
        !sock_audit(t, "socket.getnameinfo", args[0], args[1])) {
        return 0;
    }
    char number[16], host_buffer[HOST_MAX], service[SERVICE_MAX];
    snprintf(number, sizeof number, "%d", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_DGRAM,
                             .ai_flags = AI_NUMERICHOST},
                    *info = NULL;
    thread_park(t);
    int err = getaddrinfo(host, number, &hints, &info);
    thread_unpark(t);
    if (err) {
        return raise_gai(t, err);
    }
    Value result = 0;
    if (nameinfo_complete(t, info, tuple_len(args[0]), flow, scope)) {
        thread_park(t);
        err = getnameinfo(info->ai_addr, info->ai_addrlen, host_buffer, sizeof host_buffer, service,
                          sizeof service, flags);
        thread_unpark(t);
        if (err) {
            raise_gai(t, err);
        } else {
            Value name = str_from_fs(t, host_buffer, strlen(host_buffer));
            result = name ? tuple_pack(t, 2, name, str_from_cstr(t, service)) : 0;
        }
    }
    freeaddrinfo(info);
    return result;
}

/* ---- the older functions ---- */

static bool host_argument(Thread *t, Value v, const char *function, const char **text, Value *keep)
{
    if (!value_is_str(v) && !value_is_bytes(v) && !value_is_bytearray(v)) {
        type_error(t, "%s() argument 1 must be str, bytes or bytearray, not %T", function, v);
        return false;
    }
    return host_text(t, v, text, keep);
}

NATIVE_FN(resolve_gethostbyname)
{
    const char *name;
    Value keep;
    SockAddr a;
    return host_argument(t, args[0], "gethostbyname", &name, &keep) &&
                   sock_audit(t, "socket.gethostbyname", args[0], NONE) &&
                   host_address(t, name, AF_INET, &a)
               ? ip_text(t, &a.any)
               : 0;
}

static Value host_entry_value(Thread *t, const struct hostent *h, int family)
{
    if (h->h_addrtype != family) {
        return raise_errno(t, &exc_OSError, EAFNOSUPPORT, 0);
    }
    Value aliases = list_new(t, 0), addrs = list_new(t, 0);
    for (char **p = h->h_aliases; aliases && p && *p; p++) {
        Value s = str_from_fs(t, *p, strlen(*p));
        if (!s || !list_append(t, aliases, s)) {
            return 0;
        }
    }
    for (char **p = h->h_addr_list; addrs && p && *p; p++) {
        char text[INET6_ADDRSTRLEN];
        Value s =
            inet_ntop(family, *p, text, sizeof text) ? str_from_cstr(t, text) : sock_failed(t);
        if (!s || !list_append(t, addrs, s)) {
            return 0;
        }
    }
    Value name = aliases && addrs ? str_from_fs(t, h->h_name, strlen(h->h_name)) : 0;
    return name ? tuple_pack(t, 3, name, aliases, addrs) : 0;
}

/* addr: find the entry of that address; else the one of name. */
static Value host_entry(Thread *t, const char *name, const SockAddr *a, bool by_address)
{
    struct hostent entry, *found = NULL;
    int code = 0, family = a->any.sa_family, err;
    size_t size = HOSTENT_BUFFER;
    char *buffer = NULL;
    const void *p = family == AF_INET6
                        ? (const void *)&((const struct sockaddr_in6 *)&a->any)->sin6_addr
                        : (const void *)&((const struct sockaddr_in *)&a->any)->sin_addr;
    do {
        mem_free(buffer);
        buffer = mem_alloc(size);
        if (!buffer) {
            return raise_memory(t);
        }
        thread_park(t);
        err = by_address ? gethostbyaddr_r(p, family == AF_INET6 ? 16 : 4, family, &entry, buffer,
                                           size, &found, &code)
                         : gethostbyname_r(name, &entry, buffer, size, &found, &code);
        thread_unpark(t);
        size *= 4;
    } while (err == ERANGE && size < (size_t)64 << 20);
    Value v = found ? host_entry_value(t, found, family) : raise_host_error(t, code);
    mem_free(buffer);
    return v;
}

NATIVE_FN(resolve_gethostbyname_ex)
{
    const char *name;
    Value keep;
    SockAddr a;
    return host_argument(t, args[0], "gethostbyname_ex", &name, &keep) &&
                   sock_audit(t, "socket.gethostbyname", args[0], NONE) &&
                   host_address(t, name, AF_INET, &a)
               ? host_entry(t, name, &a, false)
               : 0;
}

NATIVE_FN(resolve_gethostbyaddr)
{
    const char *name;
    Value keep;
    SockAddr a;
    return host_argument(t, args[0], "gethostbyaddr", &name, &keep) &&
                   sock_audit(t, "socket.gethostbyaddr", args[0], NONE) &&
                   host_address(t, name, AF_UNSPEC, &a)
               ? host_entry(t, name, &a, true)
               : 0;
}

NATIVE_FN(resolve_gethostname)
{
    char name[HOST_MAX];
    if (!sock_audit(t, "socket.gethostname", NONE, NONE)) {
        return 0;
    }
    if (gethostname(name, sizeof name - 1) < 0) {
        return sock_failed(t);
    }
    name[sizeof name - 1] = 0;
    return str_from_fs(t, name, strlen(name));
}

NATIVE_FN(resolve_sethostname)
{
    const char *name = str_fs_path(t, args[0]);
    if (!name || !sock_audit(t, "socket.sethostname", args[0], NONE)) {
        return 0;
    }
    return sethostname(name, strlen(name)) < 0 ? sock_failed(t) : NONE;
}

const NativeDef resolve_functions[] = {
    {"getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)", resolve_getaddrinfo,
     "Resolve host and port: a list of (family, type, proto, canonical name, address).", 0},
    {"getnameinfo(sockaddr, flags, /)", resolve_getnameinfo, "Get host and port for an address.",
     0},
    {"gethostbyname(host, /)", resolve_gethostbyname, "Return the IPv4 address of a host.", 0},
    {"gethostbyname_ex(host, /)", resolve_gethostbyname_ex,
     "Return (name, aliases, addresses) of a host.", 0},
    {"gethostbyaddr(host, /)", resolve_gethostbyaddr,
     "Return (name, aliases, addresses) of the host with an address.", 0},
    {"gethostname()", resolve_gethostname, "Return the name of this host.", 0},
    {"sethostname(name, /)", resolve_sethostname, "Set the name of this host.", 0},
    {NULL, NULL, NULL, 0},
};
