/* Auditing events and their hooks. */
#include "core/object/audit.h"

#include <stdarg.h>

#include "core/base/atomics.h"
#include "core/object/error.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

bool audit_add_hook(Thread *t, Value hook)
{
    if (!AUDIT(t, "sys.addaudithook", 0)) {
        return error_clear_if(t, &exc_Exception); /* they refuse it without a word */
    }
    Value *slot = &t->interp->audit_hooks, old, all;
    do {
        old = value_load(slot);
        size_t n = old ? tuple_len(old) : 0;
        all = tuple_new(t, n + 1);
        if (!all) {
            return false;
        }
        for (size_t i = 0; i <= n; i++) {
            gc_store(value_object(all), &value_tuple(all)->items[i],
                     i < n ? tuple_get(old, i) : hook);
        }
    } while (!cas_acq_rel(slot, &old, all));
    atomic_store_explicit(&runtime.audited, true, memory_order_relaxed);
    return true;
}

/* Hooks are not traced, unless they ask for it. */
static bool call_hook(Thread *t, Value hook, Value event, Value arguments)
{
    Value wish = 0;
    int found = object_lookup_attr_cstr(t, hook, "__cantrace__", &wish);
    int traced = found <= 0 ? found : object_truth(t, wish);
    if (traced < 0) {
        return false;
    }
    t->tracing += !traced;
    bool ok = call2(t, hook, event, arguments) != 0;
    t->tracing -= !traced;
    return ok;
}

bool audit_call_hooks(Thread *t, Value event, Value arguments)
{
    Value hooks = value_load(&t->interp->audit_hooks);
    for (size_t i = 0; hooks && i < tuple_len(hooks); i++) {
        if (!call_hook(t, tuple_get(hooks, i), event, arguments)) {
            return false;
        }
    }
    return true;
}

bool audit_event(Thread *t, const char *event, size_t n, ...)
{
    Value arguments = tuple_new(t, n), name = str_from_cstr(t, event);
    va_list ap;
    va_start(ap, n);
    for (size_t i = 0; arguments && i < n; i++) {
        Value v = va_arg(ap, Value);
        gc_store(value_object(arguments), &value_tuple(arguments)->items[i], v ? v : NONE);
    }
    va_end(ap);
    return arguments && name && audit_call_hooks(t, name, arguments);
}
