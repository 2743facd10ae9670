/* Instructions that are done again once dead views are released.
 *
 * What has views refuses to change its size.  The views that nobody uses any more are found by the
 * collector, but the C stack may seem to hold one: registers of the interpreter that the functions
 * below it have saved.  So an instruction of which is known that nothing has been done when it
 * raises BufferError is left with it to vm_redo, which collects with nothing but the window alive,
 * and lets it be done again when no view is left:
 *
 *   method call   of a built-in method with NATIVE_RESIZES, directly
 *   del o[k]  o[k] = v  o += v   of built-in types
 *
 * with arguments that are the same when they are used a second time.
 */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/slice.h"
#include "core/vm/vm_internal.h"

enum { TRIES = 16, OTHERS_NS = 50000000 };

static bool is_plain(Value v)
{
    const Type *type = type_of(v);
    return is_none(v) || type == &int_type || type == &bool_type || type == &float_type ||
           type == &str_type || type == &slice_type ||
           (type->get_buffer != NULL && !(type->flags & TYPE_HEAP));
}

/* What the instruction would change, if it may be repeated; 0: it may not. */
static Value changed_by(Value *base, const Decoded *d)
{
    if (d->op == OP_CODE_DEL_ITEM) {
        return is_plain(base[d->a]) && is_plain(base[d->b]) ? base[d->a] : 0;
    }
    if (d->op == OP_CODE_SET_ITEM) {
        return is_plain(base[d->a]) && is_plain(base[d->b]) && is_plain(base[d->c]) ? base[d->a]
                                                                                    : 0;
    }
    if (d->op == OP_CODE_IADD) {
        return is_plain(base[d->b]) && is_plain(base[d->c]) ? base[d->b] : 0;
    }
    const Value callee = base[d->a], *args = &base[d->a + CALL_ARGS_OFFSET];
    if (d->op != OP_CODE_CALL_METHOD || !callee || type_of(callee) != &method_descr_type ||
        !(((MethodDescr *)value_object(callee))->def->flags & NATIVE_RESIZES)) {
        return 0;
    }
    for (uint32_t i = 1; i <= d->b; i++) {
        if (!is_plain(args[i])) {
            return 0;
        }
    }
    return args[0];
}

/* The instruction of frame `base`, if it may be done again, and what it changes, or 0. */
static Value find(Value *base, Decoded *d)
{
    if (!base || frame_of(base)->flags & FRAME_TRACED) {
        return 0;
    }
    uint8_t *live = mem_alloc(UINT16_MAX + 1);
    bool known = live && code_live_temps(frame_code_of(base), frame_unit(base), live, d);
    mem_free(live);
    Value o = known ? changed_by(base, d) : 0;
    return o && buffer_exports(o) >= 0 ? o : 0;
}

bool vm_may_redo(Thread *t)
{
    Decoded d;
    return find(t->base, &d) != 0;
}

/* What another thread has left on its C stack where it was stopped may be the address of a view,
 * which this thread has from memory that the other one has used: some instructions later it is not
 * there any more. */
static void let_others_go_on(Thread *t)
{
    thread_park(t);
    (void)sleep_until(monotonic_ns() + 50000);
    thread_unpark(t);
}

bool vm_redo(Thread *t, Value *base)
{
    Decoded d;
    const Value o = find(base, &d);
    if (!o) {
        return false;
    }
    vm_forget_above(t, base + (op_is_call(d.op) ? d.a + CALL_ARGS_OFFSET + d.b + 1
                                                : frame_code_of(base)->nregs));
    const int64_t end = monotonic_ns() + OTHERS_NS;
    t->gc.scan_from = t->vm_entry; /* run_frames keeps nothing but its window */
    gc_collect_young(t);
    for (int i = 0; buffer_exports(o) > 0; i++) {
        if (i > 0 && (!many_threads() || i == TRIES || monotonic_ns() > end)) {
            return false;
        }
        if (i > 0) {
            let_others_go_on(t);
        }
        t->gc.scan_from = t->vm_entry;
        gc_collect(t);
    }
    error_clear(t); /* pending until here: this frame keeps nothing alive */
    frame_of(base)->pc = frame_code_of(base)->instrs + d.start;
    return true;
}
