/* Leaving frames: by return with flags set, and by exceptions.
 *
 * An exception that passes a frame adds a traceback entry (frame object, instruction) and goes to
 * the innermost handler of the code's exception table, or out of the frame: a generator ends, a
 * frame object takes its registers with it.
 */
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/vm/interp_inline.h"

Value vm_leave_special(Thread *t, Value *base, Value v)
{
    Frame *f = frame_of(base);
    uint64_t flags = f->flags;
    Value *prev = f->prev;
    if (flags & FRAME_TRACED && !vm_trace_return(t, base, v)) {
        v = 0;
    }
    if (flags & FRAME_INIT && v) {
        if (LIKELY(is_none(v))) {
            v = f->ns;
        } else {
            type_error(t, "__init__() should return None, not '%T'", v);
            v = 0;
        }
    }
    if (flags & FRAME_OBJECT) {
        frame_detach(t, base);
    }
    if (flags & FRAME_GEN) {
        t->depth++; /* counted down by generator_leave */
        generator_leave(t, generator_of(base), GEN_FINISHED);
    }
    t->base = prev;
    return v;
}

void vm_add_traceback(Thread *t, Value *base)
{
    Value exc = error_take(t);
    Value frame = frame_object_of(t, base);
    Code *code = frame_code_of(base);
    bool started = frame_of(base)->pc > code->instrs;
    Value before = exception_traceback(exc);
    Value tb = !frame    ? 0
               : started ? traceback_new(t, before, frame, code_lasti(frame_unit(base)),
                                         TRACEBACK_LINE_UNREAD)
                         : traceback_new(t, before, frame, -1, (int)code->firstlineno);
    if (tb) {
        exception_set_traceback(exc, tb);
        t->exc = exc;
    }
}

/* Leaves the frame with the exception pending. */
static Value *leave_raising(Thread *t, Value *base)
{
    Frame *f = frame_of(base);
    uint64_t flags = f->flags;
    Value *prev = f->prev;
    if (flags & FRAME_TRACED) {
        Value exc = error_take(t);
        if (vm_trace_return(t, base, 0)) {
            t->exc = exc;
        }
    }
    if (flags & FRAME_OBJECT) {
        Value exc = error_take(t);
        frame_detach(t, base);
        t->exc = exc;
    }
    if (flags & FRAME_GEN) {
        Generator *g = generator_of(base);
        generator_convert_stop(t, g);
        generator_leave(t, g, GEN_FINISHED);
    } else {
        t->depth--;
    }
    t->base = prev;
    return prev;
}

/* A re-raise that belongs to no line leaves the frame: it is seen where it raised. */
static void restore_position(Thread *t, Value *base)
{
    Frame *f = frame_of(base);
    Value tb = exception_traceback(t->exc);
    Instr instr = frame_code_of(base)->instrs[frame_unit(base)];
    bool stays = f->flags & FRAME_TRACED && instr_op(instr) == OP_CODE_RERAISE && instr_b(instr);
    if (!(f->flags & FRAME_OBJECT) || !tb || stays) {
        return;
    }
    Traceback *entry = (Traceback *)value_object(tb);
    if (entry->frame == f->frame_object && entry->lasti >= 0 &&
        code_line(frame_code_of(base), frame_unit(base)) < 0) {
        f->pc = frame_code_of(base)->instrs + entry->lasti / 2 + 1;
    }
}

Value *vm_unwind(Thread *t, Value *base, bool with_traceback)
{
    if (UNLIKELY(type_of(t->exc) == &exc_BufferError) && with_traceback && vm_redo(t, base)) {
        return base;
    }
    for (;;) {
        assert(t->exc);
        t->base = base;
        Frame *f = frame_of(base);
        if (with_traceback) {
            vm_add_traceback(t, base);
        }
        if (UNLIKELY(t->trace_fn != 0) && !t->tracing && with_traceback) {
            vm_trace_exception(t, base);
        }
        Code *code = frame_code_of(base);
        const ExcEntry *entry = code_find_handler(code, frame_unit(base));
        if (entry) {
            base[entry->reg] = error_take(t);
            f->pc = code->instrs + entry->target;
            return base;
        }
        if (!with_traceback) {
            restore_position(t, base);
        }
        uint64_t flags = f->flags;
        Value *prev = leave_raising(t, base);
        if (flags & FRAME_ENTRY) {
            return NULL;
        }
        base = prev;
        if (flags & FRAME_NEXT && vm_end_iteration(t, base)) {
            f = frame_of(base);
            f->pc += (int32_t)*f->pc + 1;
            return base;
        }
        with_traceback = true;
    }
}
