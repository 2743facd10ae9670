/* What the collector calls back: finalizers and weak-reference callbacks, with the pending
 * exception kept aside. */
#include "core/object/object.h"
#include "core/object/thread_state.h"
#include "gc/weak.h"

_Static_assert(offsetof(Type, free) == offsetof(Type, trace) + offsetof(GcHooks, free) &&
                   offsetof(Type, finalize) == offsetof(Type, trace) + offsetof(GcHooks, finalize),
               "Type holds a GcHooks at trace");

static void run_finalizer(Thread *t, Object *o)
{
    Value pending = error_take(t);
    void (*finalize)(Thread *, Value) =
        o->type->finalize ? o->type->finalize : o->type->finalize_registered;
    if (finalize != NULL) {
        finalize(t, object_value(o));
        if (error_pending(t)) {
            error_unraisable(t, NULL, object_value(o));
        }
    }
    error_restore(t, pending);
}

static void run_weak_callback(Thread *t, Object *o)
{
    WeakHead *ref = (WeakHead *)o;
    Value pending = error_take(t);
    Value callback = ref->callback;
    GC_STORE_PTR(ref, &ref->callback, 0);
    if (callback != 0 && !is_none(callback) && call1(t, callback, object_value(o)) == 0) {
        error_unraisable(t, NULL, callback);
    }
    error_restore(t, pending);
}

static int scrub(Thread *t, int frames)
{
    return runtime.scrub != NULL ? runtime.scrub(t, frames) : frames;
}

static bool takes_apart(const Object *o)
{
    bool (*ask)(const Object *) = __atomic_load_n(&runtime.takes_apart, __ATOMIC_ACQUIRE);
    return ask != NULL && ask(o);
}

void gc_ops_install(void)
{
    static const GcOps ops = {offsetof(Type, trace), run_finalizer, run_weak_callback, scrub,
                              takes_apart};
    gc_set_ops(&ops);
}
