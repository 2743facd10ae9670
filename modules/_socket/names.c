/* Services, protocols, interfaces, byte order, addresses as text. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"
#include "modules/file_descriptor.h"

enum { ENTRY_BUFFER = 4096 };

/* ---- services and protocols ---- */

NATIVE_FN(names_getservbyname)
{
    struct servent entry, *found = NULL;
    char buffer[ENTRY_BUFFER];
    const char *name = str_cstr_arg(t, args[0], "getservbyname", "1"), *proto = NULL;
    if (!name || (args[1] && !(proto = str_cstr_arg(t, args[1], "getservbyname", "2"))) ||
        !sock_audit(t, "socket.getservbyname", args[0], args[1] ? args[1] : NONE)) {
        return 0;
    }
    thread_park(t);
    getservbyname_r(name, proto, &entry, buffer, sizeof buffer, &found);
    thread_unpark(t);
    return found ? fixnum(ntohs((uint16_t)found->s_port))
                 : raise(t, &exc_OSError, "service/proto not found");
}

NATIVE_FN(names_getservbyport)
{
    struct servent entry, *found = NULL;
    char buffer[ENTRY_BUFFER];
    const char *proto = NULL;
    int port;
    if (!value_to_parsed_int(t, args[0], &port) ||
        (args[1] && !(proto = str_cstr_arg(t, args[1], "getservbyport", "2")))) {
        return 0;
    }
    if (port < 0 || port > 65535) {
        return overflow_error(t, "getservbyport: port must be 0-65535.");
    }
    if (!sock_audit(t, "socket.getservbyport", args[0], args[1] ? args[1] : NONE)) {
        return 0;
    }
    thread_park(t);
    getservbyport_r(htons((uint16_t)port), proto, &entry, buffer, sizeof buffer, &found);
    thread_unpark(t);
    return found ? str_from_cstr(t, found->s_name) : raise(t, &exc_OSError, "port/proto not found");
}

NATIVE_FN(names_getprotobyname)
{
    struct protoent entry, *found = NULL;
    char buffer[ENTRY_BUFFER];
    const char *name = str_cstr_arg(t, args[0], "getprotobyname", "1");
    if (!name) {
        return 0;
    }
    thread_park(t);
    getprotobyname_r(name, &entry, buffer, sizeof buffer, &found);
    thread_unpark(t);
    return found ? fixnum(found->p_proto) : raise(t, &exc_OSError, "protocol not found");
}

/* ---- interfaces ---- */

NATIVE_FN(names_if_nameindex)
{
    struct if_nameindex *all = if_nameindex();
    if (!all) {
        return sock_failed(t);
    }
    Value list = list_new(t, 0);
    for (struct if_nameindex *p = all; list && p->if_index; p++) {
        Value name = str_from_fs(t, p->if_name, strlen(p->if_name));
        Value pair = name ? tuple_pack(t, 2, fixnum(p->if_index), name) : 0;
        if (!pair || !list_append(t, list, pair)) {
            list = 0;
        }
    }
    if_freenameindex(all);
    return list;
}

NATIVE_FN(names_if_nametoindex)
{
    const char *name = str_fs_path(t, args[0]);
    if (!name) {
        return 0;
    }
    unsigned index = if_nametoindex(name);
    return index ? fixnum(index) : raise(t, &exc_OSError, "no interface with this name");
}

NATIVE_FN(names_if_indextoname)
{
    char name[IF_NAMESIZE];
    int64_t index;
    if (!value_is_int(args[0])) {
        return type_error(t, "an integer is required");
    }
    if (int_sign(args[0]) < 0) {
        return overflow_error(t, "can't convert negative value to unsigned int");
    }
    if (!int_try_int64(args[0], &index)) {
        return overflow_error(t, "Python int too large to convert to C unsigned long");
    }
    if (index > UINT32_MAX || !if_indextoname((unsigned)index, name)) {
        return index > UINT32_MAX ? raise_errno(t, &exc_OSError, ENXIO, 0) : sock_failed(t);
    }
    return str_from_fs(t, name, strlen(name));
}

/* ---- byte order ---- */

static Value swap16(Thread *t, Value v, const char *function)
{
    int64_t x;
    if (!value_to_int64(t, v, &x)) {
        return 0;
    }
    if (x < 0) {
        return overflow_error(
            t, "%s: can't convert negative Python int to C 16-bit unsigned integer", function);
    }
    if (x > UINT16_MAX) {
        return overflow_error(t, "%s: Python int too large to convert to C 16-bit unsigned integer",
                              function);
    }
    return fixnum(htons((uint16_t)x));
}

static Value swap32(Thread *t, Value v)
{
    int64_t x;
    if (!value_is_int(v)) {
        return type_error(t, "expected int, %T found", v);
    }
    if (int_sign(v) < 0) {
        return overflow_error(t, "can't convert negative value to unsigned int");
    }
    if (!int_try_int64(v, &x)) {
        return overflow_error(t, "Python int too large to convert to C unsigned long");
    }
    return x > UINT32_MAX ? overflow_error(t, "int larger than 32 bits")
                          : fixnum(htonl((uint32_t)x));
}

NATIVE_FN(names_htons) { return swap16(t, args[0], "htons"); }
NATIVE_FN(names_ntohs) { return swap16(t, args[0], "ntohs"); }
NATIVE_FN(names_htonl) { return swap32(t, args[0]); }

/* ---- addresses as text ---- */

NATIVE_FN(names_inet_aton)
{
    struct in_addr addr;
    const char *text = str_cstr_arg(t, args[0], "inet_aton", "1");
    if (!text) {
        return 0;
    }
    return inet_aton(text, &addr)
               ? bytes_new(t, &addr, sizeof addr)
               : raise(t, &exc_OSError, "illegal IP address string passed to inet_aton");
}

static Value packed_text(Thread *t, int family, Value packed, size_t want, const char *wrong_length)
{
    Buffer view;
    char text[INET6_ADDRSTRLEN];
    if (!buffer_get_still(t, packed, &view)) {
        return 0;
    }
    const char *p = (size_t)view.len == want ? inet_ntop(family, view.buf, text, sizeof text) : "";
    buffer_release(t, &view);
    if (p && *p == 0) {
        return raise(t,
                     family == AF_INET && wrong_length[0] == 'p' ? &exc_OSError : &exc_ValueError,
                     "%s", wrong_length);
    }
    return p ? str_from_cstr(t, p) : sock_failed(t);
}

NATIVE_FN(names_inet_ntoa)
{
    return packed_text(t, AF_INET, args[0], sizeof(struct in_addr),
                       "packed IP wrong length for inet_ntoa");
}

NATIVE_FN(names_inet_pton)
{
    int family;
    const char *text;
    unsigned char packed[16];
    if (!value_to_parsed_int(t, args[0], &family) ||
        !(text = str_cstr_arg(t, args[1], "inet_pton", "2"))) {
        return 0;
    }
    int got = inet_pton(family, text, packed);
    if (got < 0) {
        return sock_failed(t);
    }
    return got ? bytes_new(t, packed, family == AF_INET ? 4 : 16)
               : raise(t, &exc_OSError, "illegal IP address string passed to inet_pton");
}

NATIVE_FN(names_inet_ntop)
{
    int family;
    if (!value_to_parsed_int(t, args[0], &family)) {
        return 0;
    }
    if (family != AF_INET && family != AF_INET6) {
        return value_error(t, "unknown address family %d", family);
    }
    return packed_text(t, family, args[1], family == AF_INET ? 4 : 16,
                       "invalid length of packed IP address string");
}

/* ---- control messages, descriptors ---- */

static Value control_length(Thread *t, Value v, const char *function, size_t reserve, bool padded)
{
    Value i = number_index(t, v);
    int64_t n;
    if (!i) {
        return 0;
    }
    if (!int_try_int64(i, &n)) {
        return overflow_error(t, "Python int too large to convert to C ssize_t");
    }
    if (n < 0 || n > INT_MAX - (int64_t)reserve) {
        return overflow_error(t, "%s() argument out of range", function);
    }
    return fixnum((int64_t)(padded ? CMSG_SPACE((size_t)n) : CMSG_LEN((size_t)n)));
}

NATIVE_FN(names_cmsg_len) { return control_length(t, args[0], "CMSG_LEN", CMSG_LEN(0), false); }
NATIVE_FN(names_cmsg_space)
{
    return control_length(t, args[0], "CMSG_SPACE", CMSG_SPACE(1), true);
}

NATIVE_FN(names_close)
{
    int fd;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    thread_park(t);
    int failed = close(fd);
    thread_unpark(t);
    return failed && errno != ECONNRESET ? sock_failed(t) : NONE;
}

NATIVE_FN(names_dup)
{
    int fd;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? sock_failed(t) : fixnum(copy);
}

NATIVE_FN(names_socketpair)
{
    int family = AF_UNIX, type = SOCK_STREAM, proto = 0, fds[2];
    if (!flags_arg(t, args[0], &family) || !flags_arg(t, args[1], &type) ||
        !flags_arg(t, args[2], &proto)) {
        return 0;
    }
    for (bool tried = false; socketpair(family, type | SOCK_CLOEXEC, proto, fds) < 0;) {
        if (!descriptor_retry(t, &tried)) {
            return sock_failed(t);
        }
    }
    Value a = sock_wrap(t, &socket_type, fds[0], family, type, proto);
    if (!a) {
        close(fds[1]);
        return 0;
    }
    Value b = sock_wrap(t, &socket_type, fds[1], family, type, proto);
    return b ? tuple_pack(t, 2, a, b) : 0;
}

NATIVE_FN(names_getdefaulttimeout) { return sock_timeout_value(t, sock_default_timeout); }
NATIVE_FN(names_setdefaulttimeout)
{
    int64_t ns;
    if (!sock_timeout_arg(t, args[0], &ns)) {
        return 0;
    }
    sock_default_timeout = ns;
    return NONE;
}

const NativeDef socket_name_functions[] = {
    {"getservbyname(servicename, protocolname='', /)", names_getservbyname,
     "Return the port number of a service.", 0},
    {"getservbyport(port, protocolname='', /)", names_getservbyport,
     "Return the name of the service at a port.", 0},
    {"getprotobyname(name, /)", names_getprotobyname, "Return the number of a protocol.", 0},
    {"if_nameindex()", names_if_nameindex,
     "Return a list of (index, name) of the network interfaces.", 0},
    {"if_nametoindex(if_name, /)", names_if_nametoindex,
     "Return the index of the interface with a name.", 0},
    {"if_indextoname(if_index, /)", names_if_indextoname,
     "Return the name of the interface with an index.", 0},
    {"htons(x, /)", names_htons, "Convert a 16-bit integer from host to network byte order.", 0},
    {"ntohs(x, /)", names_ntohs, "Convert a 16-bit integer from network to host byte order.", 0},
    {"htonl(x, /)", names_htonl, "Convert a 32-bit integer from host to network byte order.", 0},
    {"ntohl(x, /)", names_htonl, "Convert a 32-bit integer from network to host byte order.", 0},
    {"inet_aton(ip_addr, /)", names_inet_aton,
     "Convert 123.45.67.89 to the 4 bytes of the address.", 0},
    {"inet_ntoa(packed_ip, /)", names_inet_ntoa, "Convert the 4 bytes of an IPv4 address to text.",
     0},
    {"inet_pton(af, ip, /)", names_inet_pton, "Convert an address of a family from text to bytes.",
     0},
    {"inet_ntop(af, packed_ip, /)", names_inet_ntop,
     "Convert the bytes of an address of a family to text.", 0},
    {"CMSG_LEN(length, /)", names_cmsg_len,
     "Length, without padding, of an ancillary data item with that much data.", 0},
    {"CMSG_SPACE(length, /)", names_cmsg_space,
     "Space that an ancillary data item with that much data takes.", 0},
    {"close(integer, /)", names_close, "Close a socket descriptor.", 0},
    {"dup(integer, /)", names_dup, "Duplicate a socket descriptor; the new one is not inheritable.",
     0},
    {"socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0, /)", names_socketpair,
     "Return a pair of connected sockets.", 0},
    {"getdefaulttimeout()", names_getdefaulttimeout,
     "Return the timeout of new sockets in seconds, or None.", 0},
    {"setdefaulttimeout(timeout, /)", names_setdefaulttimeout,
     "Set the timeout of new sockets in seconds, or None.", 0},
    {NULL, NULL, NULL, 0},
};
