/* The module _uuid, over libuuid. */
#include <uuid/uuid.h>

#include "core/object/bytes.h"
#include "core/object/iter.h"
#include "core/object/module.h"
#include "core/object/tuple.h"
#include "gc/safepoint.h"

NATIVE_FN(uuid_time_safe)
{
    uuid_t out;
    thread_park(t); /* may ask a daemon */
    int safe = uuid_generate_time_safe(out);
    thread_unpark(t);
    Value bytes = bytes_new(t, out, sizeof out);
    return bytes ? tuple_pack(t, 2, bytes, fixnum(safe)) : 0;
}

static const NativeDef uuid_functions[] = {
    {"generate_time_safe()", uuid_time_safe,
     "Return the bytes of a UUID of version 1, and 0 when it is known to be unique on this "
     "machine.",
     0},
    {NULL, NULL, NULL, 0},
};

static bool uuid_exec(Thread *t, Value mod)
{
    return module_add_int(t, mod, "has_uuid_generate_time_safe", 1);
}

extern const ModuleDef module__uuid;
const ModuleDef module__uuid = {.name = "_uuid",
                                .doc = "Unique identifiers from the clock.",
                                .functions = uuid_functions,
                                .exec = uuid_exec};
