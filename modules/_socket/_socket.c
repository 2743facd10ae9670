/* The module _socket, what socket.py is built on. */
#include "modules/_socket/socket.h"

#include "core/object/native.h"
#include "core/object/str.h"
#include "modules/posix/posix.h"

static bool add_error(Thread *t, Value mod, const char *full_name, const char *name, Value *slot)
{
    if (*slot == 0) {
        *slot = type_new_simple(t, full_name, &exc_OSError, NULL);
        gc_add_root(slot);
    }
    return *slot && module_add(t, mod, name, *slot);
}

static bool socket_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &socket_type) &&
           module_add(t, mod, "SocketType", object_value(&socket_type)) &&
           module_add(t, mod, "error", object_value(&exc_OSError)) &&
           module_add(t, mod, "timeout", object_value(&exc_TimeoutError)) &&
           add_error(t, mod, "socket.herror", "herror", &socket_herror) &&
           add_error(t, mod, "socket.gaierror", "gaierror", &socket_gaierror) &&
           module_add(t, mod, "has_ipv6", TRUE_VALUE) &&
           module_add_str(t, mod, "BDADDR_ANY", "00:00:00:00:00:00") &&
           module_add_str(t, mod, "BDADDR_LOCAL", "00:00:00:FF:FF:FF") &&
           socket_add_constants(t, mod) && add_functions(t, mod, socket_name_functions);
}

extern const ModuleDef module__socket;
const ModuleDef module__socket = {.name = "_socket",
                                  .doc = "Low-level sockets; see the socket module.",
                                  .functions = resolve_functions,
                                  .exec = socket_exec};
