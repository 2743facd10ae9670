/* Entries from C: running code objects, and questions about the running frames. */
#include "core/object/audit.h"
#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

bool vm_takes_arguments(const Code *code)
{
    return code->argcount || code->kwonlyargcount ||
           code->flags & (CO_VARARGS | CO_VARKEYWORDS);
}

Value vm_eval_code(Thread *t, Value code, Value globals, Value locals, Value closure)
{
    Code *co = (Code *)value_object(code);
    if (!dict_contains(t, globals, N(__builtins__))) {
        if (!dict_set(t, globals, N(__builtins__),
                      t->base ? frame_function(t->base)->builtins : t->interp->builtins)) {
            return 0;
        }
    }
    Value fn = AUDIT(t, "exec", 1, code) && code_complete(t, co) ? function_new(t, code, globals, 0) : 0;
    Value own = fn ? function_own_code(t, (Function *)value_object(fn)) : 0;
    if (!own || !vm_c_stack_check(t)) {
        return 0;
    }
    co = (Code *)value_object(own);
    gc_init(&((Function *)value_object(fn))->closure, closure);
    if (vm_takes_arguments(co)) { /* of a function: it gets none, and says so */
        return call0(t, fn);
    }
    Value *window = vm_new_window(t);
    if (!vm_stack_check(t, window, co->nregs)) {
        return 0;
    }
    memset(window, 0, (size_t)co->nlocals * sizeof(Value));
    bool has_ns = !(co->flags & CO_OPTIMIZED);
    frame_init(t, window, fn, co, FRAME_ENTRY | (has_ns ? FRAME_NS : 0));
    frame_of(window)->ns = has_ns ? (locals ? locals : globals) : 0;
    t->depth++;
    assert(!error_pending(t));
    return vm_run(t, window);
}

/* ---- frames ---- */
Value *vm_innermost(Thread *t) { return t->base; }

Value vm_frame(Thread *t, int depth)
{
    Value *base = t->base;
    for (; base && depth > 0; depth--) {
        base = frame_of(base)->prev;
    }
    return base ? frame_object_of(t, base) : 0;
}

Value vm_frame_of_thread(Thread *t, Thread *other)
{
    return other->base ? frame_object_of(t, other->base) : 0;
}

Value vm_current_globals(Thread *t) { return t->base ? frame_function(t->base)->globals : 0; }

Value vm_current_locals(Thread *t)
{
    if (!t->base) {
        return system_error(t, "frame does not exist");
    }
    if (frame_of(t->base)->flags & FRAME_NS) {
        return frame_of(t->base)->ns;
    }
    Value frame = frame_object_of(t, t->base);
    return frame ? frame_locals(t, frame) : 0;
}

unsigned vm_current_future_flags(Thread *t)
{
    return t->base ? frame_code_of(t->base)->flags & CO_FUTURE_ALL : 0;
}

/* By its name, which code that came through pickle has as a string of its own. */
static Value find_class_cell(Code *code, Value *base)
{
    for (unsigned i = 0; i < code->nfrees; i++) {
        if (str_eq(tuple_get(code->freevars, i), N(__class__))) {
            return base[code->nlocals + code->ncells + i];
        }
    }
    return 0;
}

bool vm_super_args(Thread *t, Type **type, Value *obj)
{
    Value *base = t->base;
    if (!base) {
        runtime_error(t, "super(): no current frame");
        return false;
    }
    frame_is_seen(frame_of(base));
    Code *code = frame_code_of(base);
    if (code->argcount == 0 && !(code->flags & CO_VARARGS)) {
        runtime_error(t, "super(): no arguments");
        return false;
    }
    Value first = base[0];
    for (unsigned i = 0; code->argcount && i < code->ncells; i++) {
        if (code->cell_args && code->cell_args[i] == 0) {
            first = value_load(&((Cell *)value_object(base[code->nlocals + i]))->value);
        }
    }
    if (!first) {
        runtime_error(t, "super(): arg[0] deleted");
        return false;
    }
    Value cell = find_class_cell(code, base);
    if (!cell) {
        runtime_error(t, "super(): __class__ cell not found");
        return false;
    }
    Value cls = value_load(&((Cell *)value_object(cell))->value);
    if (!cls) {
        runtime_error(t, "super(): empty __class__ cell");
        return false;
    }
    if (!value_is_type(cls)) {
        runtime_error(t, "super(): __class__ is not a type (%T)", cls);
        return false;
    }
    *type = value_type(cls);
    *obj = first;
    return true;
}
