/* sys.settrace and sys.setprofile: events on calls, lines, returns and exceptions.
 *
 * POLL_TRACE stays set while the thread has a trace or profile function; the loop then leads
 * instructions through vm_trace_instruction.  Frames whose call event was seen carry FRAME_TRACED;
 * a generator's loses it with each yield. A profile function that is a ProfileHook gets no frame
 * object.
 */
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interp_inline.h"

/* The functions called so far have events of their returns, too. */
static void update_trace_poll(Thread *t)
{
    if (!t->trace_fn && !t->profile_fn) {
        atomic_fetch_and(&t->gc.poll, ~(uint32_t)POLL_TRACE);
        return;
    }
    atomic_fetch_or(&t->gc.poll, POLL_TRACE);
    for (Value *base = t->base; base; base = frame_of(base)->prev) {
        frame_of(base)->flags |= FRAME_TRACED;
    }
}

void vm_set_trace(Thread *t, Value fn)
{
    t->trace_fn = fn;
    update_trace_poll(t);
}

void vm_set_profile(Thread *t, Value fn, ProfileHook hook)
{
    t->profile_fn = fn;
    t->profile_hook = hook;
    update_trace_poll(t);
}

/* fn(frame, event, arg) with tracing switched off meanwhile; f_locals shows the variables, and sets
 * them. 0: raised. */
static Value call_hook(Thread *t, Value fn, Value frame, const char *event, Value arg)
{
    Value name = intern_cstr(t, event);
    if (!name) {
        return 0;
    }
    FrameObject *f = (FrameObject *)value_object(frame);
    t->tracing++;
    bool shown = value_load(&f->locals) != 0;
    Value v = !shown || frame_locals(t, frame) ? call3(t, fn, frame, name, arg ? arg : NONE) : 0;
    frame_store_locals(t, f);
    t->tracing--;
    if (!v) {
        vm_add_traceback(t, f->base);
    }
    return v;
}

/* One event for fn, the frame's local trace function unless this is the call event, whose result
 * becomes the local trace function; an error switches tracing off. */
static bool trace_event(Thread *t, FrameObject *f, Value fn, const char *event, Value arg)
{
    f->event = event;
    Value v = call_hook(t, fn, object_value(f), event, arg);
    f->event = NULL;
    if (!v) {
        vm_set_trace(t, 0);
        gc_store(f, &f->trace, 0);
        return false;
    }
    if (!is_none(v)) {
        gc_store(f, &f->trace, v);
    }
    return true;
}

static bool local_event(Thread *t, FrameObject *f, const char *event, Value arg)
{
    Value fn = value_load(&f->trace);
    return !fn || !t->trace_fn || t->tracing || trace_event(t, f, fn, event, arg);
}

/* One event for the profile function; arg: what the function gets, or the native function. */
static bool profile_event(Thread *t, Value *base, ProfileEvent what, Value arg)
{
    static const char *const event_names[] = {"call", "return", "c_call", "c_return",
                                              "c_exception"};
    if (!t->profile_fn || t->tracing) {
        return true;
    }
    if (t->profile_hook) {
        t->tracing++;
        t->profile_hook(t, t->profile_fn, what,
                        what <= PROFILE_RETURN ? frame_of(base)->code : arg);
        t->tracing--;
        return true;
    }
    Value frame = frame_object_of(t, base);
    if (frame && call_hook(t, t->profile_fn, frame, event_names[what], arg)) {
        return true;
    }
    vm_set_profile(t, 0, NULL);
    return false;
}

bool vm_trace_call(Thread *t, Value *base)
{
    if (t->tracing || (!t->trace_fn && !t->profile_fn)) {
        return true;
    }
    if (frame_code_of(base)->flags & CO_ANY_GENERATOR &&
        !(frame_of(base)->flags & FRAME_GEN)) {
        return true; /* it is only made here */
    }
    frame_of(base)->flags |= FRAME_TRACED;
    if (t->trace_fn) {
        Value frame = frame_object_of(t, base);
        if (!frame) {
            return false;
        }
        FrameObject *f = (FrameObject *)value_object(frame);
        f->trace_unit = -1;
        if (!trace_event(t, f, t->trace_fn, "call", NONE)) {
            return false;
        }
    }
    return profile_event(t, base, PROFILE_CALL, NONE);
}

/* Does a generator go on at `unit`, behind the instruction that suspended it? */
static bool is_resumption(const Code *code, uint32_t unit)
{
    unsigned op = unit > 0 ? instr_op(code->instrs[unit - 1]) : OP_CODE_NOP;
    return op == OP_CODE_YIELD_VALUE || op == OP_CODE_YIELD_FROM || op == OP_CODE_RETURN_GENERATOR;
}

/* The call event that a generator's frame has each time it goes on. */
static bool trace_resumption(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    FrameObject *f =
        frame->flags & FRAME_OBJECT ? (FrameObject *)value_object(frame->frame_object) : NULL;
    if (frame->flags & FRAME_TRACED) {
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
    int line = code_line(code, unit),
        before = f->trace_unit < 0 ? -1 : code_line(code, (uint32_t)f->trace_unit);
    bool back = (int)unit < f->trace_unit && instr_op(code->instrs[unit]) != OP_CODE_SEND;
    f->trace_unit = (int)unit;
    if (line < 0 || (line == before && !back)) {
        return true;
    }
    f->trace_line = line;
    return !f->trace_lines || local_event(t, f, "line", NONE);
}

void vm_trace_throw(Thread *t, Value *base)
{
    if (!(thread_poll_bits(t) & POLL_TRACE)) {
        return;
    }
    Value exc = error_take(t);
    if (vm_trace_call(t, base)) {
        t->exc = exc;
    }
}

/* The operands of a call instruction. */
typedef struct CallSite {
    unsigned op, dest;
    size_t n;
    Value callee, kwnames, *args;
    Value no_exception[3]; /* what a with statement's exit gets */
    const Instr *next;
} CallSite;

/* The call of __exit__ at the normal end of a with statement; false: it is that of an exception. */
static bool read_exit_call(Value *base, const Instr *at, Instr wide, CallSite *site)
{
    *site = (CallSite){.op = OP_CODE_WITH_EXIT,
                       .dest = instr_a(*at) | instr_a(wide) << 8,
                       .n = 3,
                       .callee = base[instr_b(*at) | instr_b(wide) << 8],
                       .no_exception = {NONE, NONE, NONE},
                       .next = at + 1};
    site->args = site->no_exception;
    return !base[instr_c(*at) | instr_c(wide) << 8];
}

/* The call that LEN is; false: raised. */
static bool read_len_call(Thread *t, Value *base, const Instr *at, Instr wide, CallSite *site)
{
    *site = (CallSite){.op = OP_CODE_LEN,
                       .dest = instr_a(*at) | instr_a(wide) << 8,
                       .n = 1,
                       .args = base + (instr_b(*at) | instr_b(wide) << 8),
                       .callee = vm_load_global(
                           t, base, cache_at(frame_code_of(base)->caches, at[1])),
                       .next = at + 2};
    return site->callee != 0;
}

/* false: the instruction that begins at `at` is no call, or (t->exc) it raised. */
static bool read_call_site(Thread *t, Value *base, const Instr *at, CallSite *site)
{
    Instr wide = 0;
    if (instr_op(*at) == OP_CODE_WIDE) {
        wide = *at++;
    }
    unsigned op = instr_op(*at);
    if (op == OP_CODE_WITH_EXIT) {
        return read_exit_call(base, at, wide, site);
    }
    if (op == OP_CODE_LEN) {
        return read_len_call(t, base, at, wide, site);
    }
    bool method = op == OP_CODE_CALL_METHOD || op == OP_CODE_CALL_METHOD_KW;
    bool keywords = op == OP_CODE_CALL_KW || op == OP_CODE_CALL_METHOD_KW;
    if (!method && !keywords && op != OP_CODE_CALL && op != OP_CODE_CALL_EX) {
        return false;
    }
    Value *first = base + (instr_a(*at) | instr_a(wide) << 8);
    site->op = op;
    site->dest = instr_c(*at) | instr_c(wide) << 8;
    site->callee = *first;
    site->kwnames = keywords ? cache_at(frame_code_of(base)->caches, at[1])->name : 0;
    site->args = first + CALL_ARGS_OFFSET;
    site->n = (instr_b(*at) | instr_b(wide) << 8) - (keywords ? tuple_len(site->kwnames) : 0);
    site->next = at + 2;
    if (method && site->args[0]) {
        site->n++;
    } else if (method) {
        site->args++;
    }
    return true;
}

/* The function object a profile function is shown: methods of built-in types bound to their first
 * argument. 0: the call has no events, or (t->exc) it raised. */
static Value profiled_function(Thread *t, const CallSite *site)
{
    Type *type = type_of(site->callee);
    if (type == &native_function_type) {
        return site->callee;
    }
    Value first = 0;
    if (type == &method_descr_type && site->op != OP_CODE_CALL_EX) {
        first = site->n ? site->args[0] : 0;
    } else if (type == &method_descr_type && value_is_tuple_exact(site->args[0]) &&
               tuple_len(site->args[0])) {
        first = tuple_get(site->args[0], 0);
    }
    if (!first ||
        !type_is_subtype(type_of(first), ((MethodDescr *)value_object(site->callee))->owner)) {
        return 0;
    }
    return type->descr_get(t, site->callee, first, object_value(type_of(first)));
}

/* Makes the call of a native function that the next instruction is, with its events. */
static TraceStep profile_native_call(Thread *t, Value *base)
{
    CallSite site;
    if (!read_call_site(t, base, frame_of(base)->pc - 1, &site)) {
        return t->exc ? TRACE_RAISED : TRACE_RUN;
    }
    Value shown = profiled_function(t, &site);
    if (!shown) {
        return t->exc ? TRACE_RAISED : TRACE_RUN;
    }
    if (!profile_event(t, base, PROFILE_C_CALL, shown)) {
        return TRACE_RAISED;
    }
    frame_of(base)->pc = site.next;
    CallResult cr = site.op == OP_CODE_CALL_EX
                        ? vm_call_ex(t, site.callee, site.args[0], site.args[1], 0)
                        : vm_call_any(t, site.callee, site.args, site.n, site.kwnames, NULL, 0);
    assert(!cr.base);
    if (cr.value) {
        base[site.dest] = cr.value;
        return profile_event(t, base, PROFILE_C_RETURN, shown) ? TRACE_DONE : TRACE_RAISED;
    }
    Value exc = error_take(t);
    if (profile_event(t, base, PROFILE_C_EXCEPTION, shown)) {
        t->exc = exc;
    }
    return TRACE_RAISED;
}

/* The line and opcode events of the instruction to be run. */
static bool trace_position(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    if (!(frame->flags & FRAME_OBJECT) || !t->trace_fn) {
        return true;
    }
    FrameObject *f = (FrameObject *)value_object(frame->frame_object);
    if (!f->trace) {
        return true;
    }
    return line_event(t, f, frame_code_of(base), frame_unit(base)) &&
           (!f->trace_opcodes || local_event(t, f, "opcode", NONE));
}

TraceStep vm_trace_instruction(Thread *t, Value *base)
{
    Frame *frame = frame_of(base);
    if (t->tracing) {
        return TRACE_RUN;
    }
    if (frame->flags & FRAME_GEN && is_resumption(frame_code_of(base), frame_unit(base)) &&
        !trace_resumption(t, base)) {
        return TRACE_RAISED;
    }
    if (!trace_position(t, base)) {
        return TRACE_RAISED;
    }
    return t->profile_fn ? profile_native_call(t, base) : TRACE_RUN;
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
    return profile_event(t, base, PROFILE_RETURN, v);
}

bool vm_trace_yield(Thread *t, Value *base, Value v)
{
    Frame *frame = frame_of(base);
    if (frame->flags & FRAME_OBJECT) {
        ((FrameObject *)value_object(frame->frame_object))->suspended = true;
    }
    bool ok = vm_trace_return(t, base, v);
    frame->flags &= ~(uint64_t)FRAME_TRACED;
    return ok;
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
    Value exc = error_take(t), tb = exception_traceback(exc);
    Value arg = tuple_pack(t, 3, object_value(type_of(exc)), exc, tb ? tb : NONE);
    if (arg && local_event(t, f, "exception", arg)) {
        t->exc = exc;
    }
}

bool vm_end_iteration(Thread *t, Value *base)
{
    if (t->trace_fn && !t->tracing && error_matches(t, &exc_StopIteration)) {
        vm_trace_exception(t, base);
    }
    return error_clear_if(t, &exc_StopIteration);
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
