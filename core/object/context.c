/* The current context of a thread. */
#include "core/object/context.h"
#include "core/object/error.h"
#include "core/object/thread_state.h"

__thread uint64_t context_changes;

bool context_enter(Thread *t, Value v)
{
    Context *c = (Context *)value_object(v);
    if (world_exchange(&c->entered, true)) {
        runtime_error(t, "cannot enter context: %R is already entered", v);
        return false;
    }
    gc_store(c, &c->before, t->context);
    context_changes++;
    t->context = v;
    return true;
}

bool context_exit(Thread *t, Value v)
{
    Context *c = (Context *)value_object(v);
    bool entered = __atomic_load_n(&c->entered, __ATOMIC_RELAXED);
    if (!entered || t->context != v) {
        runtime_error(t, "cannot exit context: %R %s", v,
                      entered ? "is not the current context" : "has not been entered");
        return false;
    }
    context_changes++;
    t->context = c->before;
    gc_store(c, &c->before, 0);
    __atomic_store_n(&c->entered, false, __ATOMIC_RELEASE); /* pairs with context_enter */
    return true;
}
