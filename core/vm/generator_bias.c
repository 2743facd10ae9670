/* Which thread goes on with a generator by a plain store.
 *
 *   state:  | bias | GenState |      bias  of a thread (Thread.own_suspended): only that one takes
 *                                          the step to RUNNING, and it stores it
 *                                    0     anybody does, by compare-and-swap; RUNNING and FINISHED
 *
 * A generator is biased to the thread that makes it, and when it is suspended, to the one that has
 * run it.  The owner looks at the state and stores RUNNING with no safepoint in between.  So
 * another thread that wants the generator stops the world, gives the owner a new bias, and starts
 * the world: no thread has the old one any more, none ever will, and all generators that the owner
 * has left are anybody's.  They become its own again, one by one, when it goes on with them.  To
 * stop the world takes some microseconds, so it is done once for a code object: generators that
 * this one makes from now on, and those that go from one thread to another by compare-and-swap,
 * stay nobody's (FRAME_UNBIASED).
 *
 * Where a thread has the world alone, the others are at a safepoint, and it takes whatever
 * generator it wants.  The bias of a thread that has ended is no thread's.
 */
#include "core/base/atomics.h"
#include "core/vm/vm_internal.h"

uint64_t vm_new_generator_bias(void)
{
    static _Atomic uint64_t last;
    uint64_t number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
    return number << GEN_STATE_BITS | GEN_SUSPENDED;
}

static uint64_t bias_of(uint64_t state) { return state >> GEN_STATE_BITS; }

typedef struct Search {
    uint64_t bias;
    bool found;
} Search;

static void look_for_owner(Thread *other, void *arg)
{
    Search *s = arg;
    s->found |= bias_of(other->own_suspended) == s->bias;
}

static void renew_bias(Thread *other, void *arg)
{
    Search *s = arg;
    if (bias_of(other->own_suspended) == s->bias) {
        other->own_suspended = vm_new_generator_bias();
    }
}

/* No thread has this bias any more.  false: none had it.  Effects: may stop the world. */
static bool end_bias(Thread *t, uint64_t bias)
{
    Search s = {.bias = bias};
    gc_each_thread(t, look_for_owner, &s);
    if (s.found) {
        world_stop(t);
        gc_each_thread(t, renew_bias, &s);
        world_start(t);
    }
    return s.found;
}

void generator_forget_owner(Thread *t, Generator *g)
{
    uint64_t bias = bias_of(atomic_load_explicit(&g->state, memory_order_acquire));
    if (bias != 0 && bias != bias_of(thread_own_suspended(t)) && world_is_shared()) {
        (void)end_bias(t, bias);
    }
}

GenState generator_claim(Thread *t, Generator *g)
{
    Code *code = (Code *)value_object(g->frame.code);
    uint64_t state = atomic_load_explicit(&g->state, memory_order_acquire);
    while ((state & GEN_STATE_MASK) <= GEN_SUSPENDED) {
        uint64_t bias = bias_of(state);
        if (bias == bias_of(thread_own_suspended(t)) || !world_is_shared()) {
            atomic_store_explicit(&g->state, GEN_RUNNING, memory_order_relaxed);
            break;
        }
        if (bias != 0 && end_bias(t, bias)) {
            store_relaxed(&code->unbiased, true);
            state = atomic_load_explicit(&g->state, memory_order_acquire);
        } else if (atomic_compare_exchange_strong_explicit(&g->state, &state, GEN_RUNNING,
                                                           memory_order_acq_rel,
                                                           memory_order_acquire)) {
            world_charge(&t->gc);
            if (load_relaxed(&code->unbiased)) {
                g->frame.flags |= FRAME_UNBIASED;
            }
            break;
        }
    }
    return (GenState)(state & GEN_STATE_MASK);
}
