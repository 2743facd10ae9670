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
    f->event = event;
    Value v = call_hook(t, fn, object_value(f), event, arg);
    f->event = NULL;
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
    if (frame_code_of(base)->flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) &&
        !(frame_of(base)->flags & FRAME_GEN)) {
        return true; /* it is only made here */
    }
    Value frame = frame_object_of(t, base);
    if (!frame) {
        return false;
    }
    FrameObject *f = (FrameObject *)value_object(frame);
    frame_of(base)->flags |= FRAME_TRACED;
    f->trace_unit = -1;
    if (t->trace_fn) {
        f->event = "call";
        Value v = call_hook(t, t->trace_fn, frame, "call", NONE);
        f->event = NULL;
        if (!v) {
            t->trace_fn = 0;
            return false;
        }
        gc_store(f, &f->trace, is_none(v) ? 0 : v);
    }
    return profile_event(t, base, "call", NONE);
}

/* Does a generator go on at `unit`, behind the instruction that suspended it? */
static bool is_resumption(const Code *code, uint32_t unit)
{
    unsigned op = unit > 0 ? instr_op(code->instrs[unit - 1]) : OP_CODE_NOP;
    return op == OP_CODE_YIELD || op == OP_CODE_YIELD_FROM || op == OP_CODE_RETURN_GENERATOR;
}

/* The call event that a generator's frame has each time it goes on. */
static bool trace_resumption(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    FrameObject *f = frame->flags & FRAME_OBJECT ? (FrameObject *)value_object(frame->frame_object) : NULL;
    if (f && frame->flags & FRAME_TRACED && !f->suspended) {
        return true;
    }
    if (f) {
        f->suspended = false;
    }
    frame->pc--; /* seen at the instruction that suspended it */
    bool ok = vm_trace_call(t, base);
    frame->pc++;
    if (frame->flags & FRAME_OBJECT && instr_op(frame->pc[-2]) != OP_CODE_RETURN_GENERATOR) {
        ((FrameObject *)value_object(frame->frame_object))->trace_unit = (int)frame_unit(base) - 1;
    }
    return ok;
}

static bool line_event(Thread *t, FrameObject *f, const Code *code, uint32_t unit)
{
    int line = code_line(code, unit), before = f->trace_unit < 0 ? -1 : code_line(code, (uint32_t)f->trace_unit);
    bool back = (int)unit < f->trace_unit && instr_op(code->instrs[unit]) != OP_CODE_SEND;
    f->trace_unit = (int)unit;
    if (line < 0 || (line == before && !back)) {
        return true;
    }
    f->trace_line = line;
    return !f->trace_lines || local_event(t, f, "line", NONE);
}

bool vm_trace_instruction(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    Code *code = frame_code_of(base);
    uint32_t unit = frame_unit(base);
    if (t->tracing) {
        return true;
    }
    if (frame->flags & FRAME_GEN && is_resumption(code, unit) && !trace_resumption(t, base)) {
        return false;
    }
    if (!(frame->flags & FRAME_OBJECT) || !t->trace_fn) {
        return true;
    }
    FrameObject *f = (FrameObject *)value_object(frame->frame_object);
    if (!f->trace) {
        return true;
    }
    if (!line_event(t, f, code, unit)) {
        return false;
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

bool vm_trace_yield(Thread *t, Value *base, Value v)
{
    Frame *frame = frame_of(base);
    if (frame->flags & FRAME_OBJECT) {
        ((FrameObject *)value_object(frame->frame_object))->suspended = true;
    }
    return vm_trace_return(t, base, v);
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

/* What an awaited or delegated iterator returned comes, for trace functions, as StopIteration. */
bool vm_trace_stop(Thread *t, Value *base, Value result)
{
    Frame *frame = frame_of(base);
    if (!(frame->flags & FRAME_OBJECT) || t->tracing) {
        return true;
    }
    FrameObject *f = (FrameObject *)value_object(frame->frame_object);
    if (!f->trace) {
        return true;
    }
    Value stop = is_none(result) ? call0(t, object_value(&exc_StopIteration))
                                 : call1(t, object_value(&exc_StopIteration), result);
    Value arg = stop ? tuple_pack(t, 3, object_value(&exc_StopIteration), stop, NONE) : 0;
    return arg && local_event(t, f, "exception", arg);
}
