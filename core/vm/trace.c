/* sys.settrace and sys.setprofile: events on calls, lines, returns and exceptions.
 *
 * POLL_TRACE stays set while the thread has a trace or profile function; the loop then leads every instruction through
 * vm_trace_instruction.  Frames whose call event was seen carry FRAME_TRACED.
 */
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interp_inline.h"

/* fn(frame, event, arg) with tracing switched off meanwhile; 0: raised. */
static Value call_hook(Thread *t, Value fn, Value frame, const char *event, Value arg)
{
    Value name = intern_cstr(t, event);
    if (!name) {
        return 0;
    }
    t->tracing++;
    Value v = call3(t, fn, frame, name, arg ? arg : NONE);
    t->tracing--;
    return v;
}

/* One event for the frame's local trace function; an error switches tracing off. */
static bool local_event(Thread *t, FrameObject *f, const char *event, Value arg)
{
    Value fn = value_load(&f->trace);
    if (!fn || !t->trace_fn || t->tracing) {
        return true;
    }
    Value v = call_hook(t, fn, object_value(f), event, arg);
    if (!v) {
        t->trace_fn = 0;
        gc_store(f, &f->trace, 0);
        return false;
    }
    if (!is_none(v)) {
        gc_store(f, &f->trace, v);
    }
    return true;
}

static bool profile_event(Thread *t, Value *base, const char *event, Value arg)
{
    if (!t->profile_fn || t->tracing) {
        return true;
    }
    Value frame = frame_object_of(t, base);
    if (frame && call_hook(t, t->profile_fn, frame, event, arg)) {
        return true;
    }
    t->profile_fn = 0;
    return false;
}

bool vm_trace_call(Thread *t, Value *base)
{
    if (t->tracing || (!t->trace_fn && !t->profile_fn)) {
        return true;
    }
    Value frame = frame_object_of(t, base);
    if (!frame) {
        return false;
    }
    FrameObject *f = (FrameObject *)value_object(frame);
    frame_of(base)->flags |= FRAME_TRACED;
    f->trace_line = -1;
    if (t->trace_fn) {
        Value v = call_hook(t, t->trace_fn, frame, "call", NONE);
        if (!v) {
            t->trace_fn = 0;
            return false;
        }
        gc_store(f, &f->trace, is_none(v) ? 0 : v);
    }
    return profile_event(t, base, "call", NONE);
}

bool vm_trace_instruction(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    if (!(frame->flags & FRAME_OBJECT) || t->tracing || !t->trace_fn) {
        return true;
    }
    FrameObject *f = (FrameObject *)value_object(frame->frame_object);
    if (!f->trace) {
        return true;
    }
    Code *code = frame_code_of(base);
    uint32_t unit = frame_unit(base);
    if (f->trace_lines) {
        int line = code_line(code, unit);
        bool back = (int)unit < f->lasti_unit;
        f->lasti_unit = (int)unit;
        bool starts = unit == 0 || code_line(code, unit - 1) != line;
        if (line >= 0 && (line != f->trace_line || (back && starts))) {
            f->trace_line = line;
            if (!local_event(t, f, "line", NONE)) {
                return false;
            }
        }
    }
    return !f->trace_opcodes || local_event(t, f, "opcode", NONE);
}

bool vm_trace_return(Thread *t, Value *base, Value v)
{
    Frame *frame = frame_of(base);
    if (frame->flags & FRAME_OBJECT && t->trace_fn) {
        FrameObject *f = (FrameObject *)value_object(frame->frame_object);
        if (!local_event(t, f, "return", v)) {
            return false;
        }
    }
    return profile_event(t, base, "return", v);
}

void vm_trace_exception(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    if (!(frame->flags & FRAME_OBJECT)) {
        return;
    }
    FrameObject *f = (FrameObject *)value_object(frame->frame_object);
    if (!f->trace) {
        return;
    }
    Value exc = error_take(t), tb = value_exception(exc)->traceback;
    Value arg = tuple_pack(t, 3, object_value(type_of(exc)), exc, tb ? tb : NONE);
    if (arg && local_event(t, f, "exception", arg)) {
        t->exc = exc;
    }
}
