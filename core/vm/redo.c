/* Instructions that are done again once dead views are released.
 *
 * What has views refuses to change its size.  The views that nobody uses any more are found by the
 * collector, but the C stack may seem to hold one: registers of the interpreter that the functions
 * below it have saved.  So an instruction of which is known that nothing has been done when it
 * raises BufferError is left with it to vm_redo, which collects with nothing but the window alive,
 * and lets it be done again when that has released a view:
 *
 *   method call   of a built-in method with NATIVE_RESIZES, directly
 *   del o[k]  o[k] = v  o += v   of built-in types
 *
 * with arguments that are the same when they are used a second time.
 */
#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/slice.h"
#include "core/vm/vm_internal.h"

static bool is_plain(Value v)
{
    const Type *type = type_of(v);
    return is_none(v) || type == &int_type || type == &bool_type || type == &float_type ||
           type == &str_type || type == &slice_type ||
           (type->get_buffer != NULL && !(type->flags & TYPE_HEAP));
}

static bool may_be_repeated(Value *base, const Decoded *d)
{
    if (d->op == OP_CODE_DEL_ITEM) {
        return is_plain(base[d->a]) && is_plain(base[d->b]);
    }
    if (d->op == OP_CODE_SET_ITEM) {
        return is_plain(base[d->a]) && is_plain(base[d->b]) && is_plain(base[d->c]);
    }
    if (d->op == OP_CODE_IADD) {
        return is_plain(base[d->b]) && is_plain(base[d->c]);
    }
    const Value callee = base[d->a], *args = &base[d->a + CALL_ARGS_OFFSET];
    if (d->op != OP_CODE_CALL_METHOD || !callee || type_of(callee) != &method_descr_type ||
        !(((MethodDescr *)value_object(callee))->def->flags & NATIVE_RESIZES) || !args[0]) {
        return false;
    }
    for (uint32_t i = 1; i <= d->b; i++) {
        if (!is_plain(args[i])) {
            return false;
        }
    }
    return true;
}

/* The instruction of frame `base`, if it may be done again. */
static bool find(Value *base, Decoded *d)
{
    if (!base || frame_of(base)->flags & FRAME_TRACED) {
        return false;
    }
    uint8_t *live = mem_alloc(UINT16_MAX + 1);
    bool found = live && code_live_temps(frame_code_of(base), frame_unit(base), live, d) &&
                 may_be_repeated(base, d);
    mem_free(live);
    return found;
}

bool vm_may_redo(Thread *t)
{
    Decoded d;
    return find(t->base, &d);
}

bool vm_redo(Thread *t, Value *base)
{
    Decoded d;
    if (!find(base, &d)) {
        return false;
    }
    const uint64_t before = buffer_views_released();
    vm_forget_above(t, base + (op_is_call(d.op) ? d.a + CALL_ARGS_OFFSET + d.b + 1
                                                : frame_code_of(base)->nregs));
    t->gc.scan_from = t->vm_entry; /* run_frames keeps nothing but its window */
    gc_collect_young(t);
    if (buffer_views_released() == before) {
        t->gc.scan_from = t->vm_entry;
        gc_collect(t);
    }
    if (buffer_views_released() == before) {
        return false;
    }
    error_clear(t); /* pending until here: this frame keeps nothing alive */
    frame_of(base)->pc = frame_code_of(base)->instrs + d.start;
    return true;
}
