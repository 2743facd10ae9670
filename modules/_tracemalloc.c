/* _tracemalloc: nothing is traced.  The module is there for what asks before it uses it (warnings, asyncio, unittest);
 * start() raises NotImplementedError. */
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

NATIVE_FN(trace_start)
{
    int64_t frames = 1;
    if (args[0] && !value_to_int64(t, args[0], &frames)) {
        return 0;
    }
    if (frames < 1 || frames > UINT16_MAX) {
        return value_error(t, "the number of frames must be in range [1; 65535]");
    }
    return raise_not_implemented(t, "tracing of memory blocks (tracemalloc.start)");
}

NATIVE_FN(trace_nothing) { return NONE; }
NATIVE_FN(trace_is_tracing) { return FALSE_VALUE; }
NATIVE_FN(trace_limit) { return fixnum(1); }
NATIVE_FN(trace_own_memory) { return fixnum(0); }
NATIVE_FN(trace_memory) { return tuple_pack(t, 2, fixnum(0), fixnum(0)); }
NATIVE_FN(trace_list) { return list_new(t, 0); }

static const NativeDef tracemalloc_functions[] = {
    {"is_tracing()", trace_is_tracing, "Return True if memory blocks are traced: never.", 0},
    {"start(nframe=1, /)", trace_start, "Raise NotImplementedError.", 0},
    {"stop()", trace_nothing, "Stop tracing.", 0},
    {"clear_traces()", trace_nothing, "Forget all traces.", 0},
    {"reset_peak()", trace_nothing, "Set the peak to the current size.", 0},
    {"get_traceback_limit()", trace_limit, "Return the number of frames in a traceback.", 0},
    {"get_tracemalloc_memory()", trace_own_memory, "Return the bytes that the traces take.", 0},
    {"get_traced_memory()", trace_memory, "Return the current and the greatest size of the traced blocks.", 0},
    {"_get_traces()", trace_list, "Return the traces of all blocks.", 0},
    {"_get_object_traceback(obj, /)", trace_nothing, "Return where the object was made, or None.", 0},
    {NULL, NULL, NULL, 0},
};

extern const ModuleDef module__tracemalloc;
const ModuleDef module__tracemalloc = {
    .name = "_tracemalloc",
    .doc = "Debug module to trace memory blocks allocated by Python.",
    .functions = tracemalloc_functions,
};
