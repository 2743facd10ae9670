/* Frame objects: what Python sees of an activation, made when somebody asks, kept in the frame's
 * header until the activation ends; then the registers of its variables move into the object. */
#include "core/object/audit.h"
#include "core/object/int.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

#define FRAME(v) ((FrameObject *)value_object(v))
#define CODE(v) ((Code *)value_object(v))

static void trace_frame(Object *o, Tracer *tr)
{
    FrameObject *f = (FrameObject *)o;
    trace_values(tr, &f->func, 8); /* func ... trace */
}
_Static_assert(offsetof(FrameObject, trace) - offsetof(FrameObject, func) == 7 * sizeof(Value),
               "traced in one run");

Value frame_object_of(Thread *t, Value *base)
{
    Frame *f = frame_of(base);
    if (f->flags & FRAME_OBJECT) {
        return f->frame_object;
    }
    FrameObject *fo = object_alloc(t, &frame_type, sizeof *fo);
    if (!fo) {
        return 0;
    }
    if (f->flags & FRAME_OBJECT) { /* another thread has made it while this one stood still */
        return f->frame_object;
    }
    fo->base = base;
    gc_init(&fo->func, f->func);
    gc_init(&fo->code, f->code);
    if (f->flags & FRAME_NS) {
        gc_init(&fo->ns, f->ns);
    }
    if (f->flags & FRAME_GEN) {
        gc_init(&fo->generator, object_value(generator_of(base)));
    }
    fo->trace_lines = true;
    f->frame_object = object_value(fo);
    f->flags |= FRAME_OBJECT;
    frame_is_seen(f);
    return object_value(fo);
}

Value frame_object_detached(Thread *t, Value func)
{
    FrameObject *fo = object_alloc(t, &frame_type, sizeof *fo);
    if (!fo) {
        return 0;
    }
    gc_init(&fo->func, func);
    gc_init(&fo->code, ((Function *)value_object(func))->code);
    fo->trace_lines = true;
    return object_value(fo);
}

/* Variables: locals, cells and free variables. */
static size_t variable_count(Code *code)
{
    return (size_t)code->nlocals + code->ncells + code->nfrees;
}

void frame_detach(Thread *t, Value *base)
{
    Frame *f = frame_of(base);
    assert(f->flags & FRAME_OBJECT);
    FrameObject *fo = FRAME(f->frame_object);
    Value pending = error_take(t);
    Value back = f->prev ? frame_object_of(t, f->prev) : 0;
    size_t n = variable_count(CODE(fo->code));
    Value registers = load_relaxed(&fo->cleared) || n == 0 ? 0 : tuple_new(t, n);
    if (registers) {
        memcpy(value_tuple(registers)->items, base, n * sizeof(Value));
    }
    t->exc = pending; /* out of memory: the object shows less */
    gc_store(fo, &fo->back, back);
    gc_store(fo, &fo->registers, registers);
    gc_store(fo, &fo->generator, 0);
    fo->lasti_unit = (int)frame_unit(base);
    store_release(&fo->base, NULL);
    f->flags &= ~(uint64_t)FRAME_OBJECT;
}

/* ---- what may belong to another thread ---- */
static Value *live_window(FrameObject *f)
{
    return load_acquire(&f->base);
}

/* May another thread run in the frame's window?  That of a generator is in the heap: it does not
 * when this thread is inside of it. */
static bool is_foreign(Thread *t, FrameObject *f)
{
    Value *base = live_window(f);
    if (!base || !world_is_shared() ||
        (base >= t->stack && base < t->stack_end)) {
        return false;
    }
    for (Value *own = t->base; own; own = frame_of(own)->prev) {
        if (own == base) {
            return false;
        }
    }
    return true;
}

/* Frames of other threads are looked at while those stand still.  Between the two: no code of
 * Python, no lock. */
static bool look_begin(Thread *t, FrameObject *f)
{
    bool stopped = is_foreign(t, f);
    if (stopped) {
        world_stop(t);
    }
    return stopped;
}
static void look_end(Thread *t, bool stopped)
{
    if (stopped) {
        world_start(t);
    }
}

/* ---- variables ---- */
static const Value *frame_registers(FrameObject *f)
{
    Value *base = live_window(f);
    /* another thread's clear() takes them */
    Value registers = base ? 0 : value_load(&f->registers);
    return base ? base : registers ? value_tuple(registers)->items : NULL;
}

static Value variable_name(Code *code, size_t i)
{
    if (i < code->nlocals) {
        return tuple_get(code->varnames, i);
    }
    i -= code->nlocals;
    return i < code->ncells ? tuple_get(code->cellvars, i)
                            : tuple_get(code->freevars, i - code->ncells);
}

static bool is_cell(Value v)
{
    return v && value_is_object(v) && value_object(v)->type == &cell_type;
}

/* Brings one name of the dict up to date. A parameter that lives in a cell shows the cell's
 * contents. */
static bool update_local(Thread *t, Value d, Value name, Value v)
{
    if (v) {
        return dict_set(t, d, name, v);
    }
    return dict_del(t, d, name) >= 0;
}

/* The cell of a free variable before the code of a live frame has copied it, or 0. */
static Value early_cell(FrameObject *f, Code *code, size_t i)
{
    Value closure = ((Function *)value_object(f->func))->closure;
    size_t first = (size_t)code->nlocals + code->ncells;
    return i >= first && closure ? tuple_get(closure, i - first) : 0;
}

/* Has the code made and copied its cells?  Before, their registers hold what was left there. */
static bool has_cells(FrameObject *f, Code *code)
{
    Value *base = live_window(f);
    const Instr *at = code->instrs, *end = base ? frame_of(base)->pc : NULL;
    while (end && at < end) {
        unsigned op = instr_op(*at);
        if (op != OP_CODE_WIDE && op != OP_CODE_RETURN_GENERATOR && op != OP_CODE_NEW_CELL &&
            op != OP_CODE_MAKE_CELL && op != OP_CODE_COPY_FREE_VARS) {
            return true;
        }
        at++;
    }
    return !end;
}

static bool fill_locals(Thread *t, FrameObject *f, Value d)
{
    Code *code = CODE(f->code);
    size_t n = variable_count(code);
    Value copy = n && is_foreign(t, f) ? tuple_new(t, n) : 0;
    if (t->exc) {
        return false;
    }
    bool stopped = copy && look_begin(t, f), live = live_window(f), cells = has_cells(f, code);
    const Value *r = frame_registers(f);
    if (copy && r) {
        r = memcpy(value_tuple(copy)->items, r, n * sizeof(Value));
    }
    look_end(t, stopped);
    bool optimized = code->flags & CO_OPTIMIZED;
    for (size_t i = 0; r && i < n; i++) {
        Value v = r[i];
        if (i >= code->nlocals) {
            if (!optimized && i >= (size_t)code->nlocals + code->ncells) {
                continue; /* free variables of a class body are not part of its namespace */
            }
            if (!cells || !is_cell(v)) {
                v = live ? early_cell(f, code, i) : 0; /* not made yet */
            }
            if (!v) {
                continue;
            }
            v = value_load(&((Cell *)value_object(v))->value);
        }
        if (!update_local(t, d, variable_name(code, i), v)) {
            return false;
        }
    }
    return true;
}

static void store_variable(FrameObject *f, Code *code, size_t i, Value v, bool cells)
{
    if (i < code->nlocals) {
        f->base[i] = v; /* a parameter's cell may yet be made from it */
        return;
    }
    Value cell = cells && is_cell(f->base[i]) ? f->base[i] : early_cell(f, code, i);
    if (cell) {
        gc_store(value_object(cell), &((Cell *)value_object(cell))->value, v);
    }
}

void frame_store_locals(Thread *t, FrameObject *f)
{
    Code *code = CODE(f->code);
    Value d = value_load(&f->locals), pending = error_take(t);
    bool cells = has_cells(f, code);
    for (size_t i = 0; d && f->base && i < variable_count(code); i++) {
        Value v = dict_get(t, d, variable_name(code, i));
        if (v) {
            store_variable(f, code, i, v, cells);
        }
    }
    error_restore(t, pending);
}

Value frame_locals(Thread *t, Value frame)
{
    FrameObject *f = FRAME(frame);
    if (f->ns) {
        return f->ns;
    }
    Value d = value_load(&f->locals);
    if (!d) {
        d = dict_new(t);
        if (!d) {
            return 0;
        }
        gc_store(f, &f->locals, d);
    }
    return fill_locals(t, f, d) ? d : 0;
}

Value frame_globals(Value frame) { return ((Function *)value_object(FRAME(frame)->func))->globals; }
Value frame_code(Value frame) { return FRAME(frame)->code; }

/* Where a frame is: the unit of its last instruction.  false: it has not begun. */
static bool current_unit(Thread *t, FrameObject *f, uint32_t *unit)
{
    bool stopped = look_begin(t, f);
    Value *base = live_window(f);
    bool started = !base || frame_of(base)->pc > CODE(f->code)->instrs;
    *unit = !started ? 0 : base ? frame_unit(base) : (uint32_t)f->lasti_unit;
    look_end(t, stopped);
    return started;
}

/* Code without a line of its own is seen where control came from, as far as that is known. */
int frame_line(Thread *t, Value frame)
{
    FrameObject *f = FRAME(frame);
    const Code *code = CODE(f->code);
    if (f->c_line) {
        return f->c_line;
    }
    uint32_t unit;
    if (!current_unit(t, f, &unit)) {
        return code_entry_line(code);
    }
    int line = code_line(code, unit);
    if (line < 0 && f->trace_line > 0) {
        return f->trace_line;
    }
    while (line < 0 && unit > 0) {
        line = code_line(code, --unit);
    }
    return line;
}

/* ---- attributes ---- */
static Value get_back(Thread *t, Value self, void *closure UNUSED)
{
    FrameObject *f = FRAME(self);
    bool stopped = look_begin(t, f);
    Value *base = live_window(f), *prev = base ? frame_of(base)->prev : NULL;
    Value back = prev ? frame_object_of(t, prev) : base || !f->back ? NONE : f->back;
    look_end(t, stopped);
    return back;
}
static Value get_code(Thread *t, Value self, void *closure UNUSED)
{
    return AUDIT(t, "object.__getattr__", 2, self, intern_cstr(t, "f_code")) ? FRAME(self)->code
                                                                             : 0;
}
static Value get_globals(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return frame_globals(self);
}
static Value get_builtins(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return ((Function *)value_object(FRAME(self)->func))->builtins;
}
static Value get_locals(Thread *t, Value self, void *closure UNUSED)
{
    return frame_locals(t, self);
}
static Value get_line(Thread *t, Value self, void *closure UNUSED)
{
    int line = frame_line(t, self);
    return line < 0 ? NONE : fixnum(line);
}
static bool set_line(Thread *t, Value self, Value v, void *closure UNUSED)
{
    FrameObject *f = FRAME(self);
    int line;
    if (!v) {
        attribute_error(t, self, N(f_lineno));
        return false;
    }
    if (!value_is_int(v)) {
        value_error(t, "lineno must be an integer");
        return false;
    }
    return value_to_int(t, v, &line) && frame_jump(t, f, line);
}
static Value get_lasti(Thread *t, Value self, void *closure UNUSED)
{
    uint32_t unit;
    return fixnum(current_unit(t, FRAME(self), &unit) ? code_lasti(unit) : -1);
}
static Value get_trace(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value v = value_load(&FRAME(self)->trace);
    return v ? v : NONE;
}
static bool set_trace(Thread *t, Value self, Value v, void *closure UNUSED)
{
    FrameObject *f = FRAME(self);
    gc_store(f, &f->trace, v && !is_none(v) ? v : 0);
    bool stopped = look_begin(t, f);
    Value *base = live_window(f);
    f->trace_unit = base ? (int)frame_unit(base) : -1;
    if (base) {
        frame_of(base)->flags |= FRAME_TRACED;
    }
    look_end(t, stopped);
    return true;
}
static Value get_flag(Thread *t UNUSED, Value self, void *closure)
{
    return bool_value(load_relaxed((bool *)value_object(self) + (size_t)closure));
}
static bool set_flag(Thread *t, Value self, Value v, void *closure)
{
    if (!v || !value_is_object(v) || (v != TRUE_VALUE && v != FALSE_VALUE)) {
        type_error(t, "attribute value type must be bool");
        return false;
    }
    store_relaxed((bool *)value_object(self) + (size_t)closure, v == TRUE_VALUE);
    return true;
}

static Value frame_clear(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    FrameObject *f = FRAME(args[0]);
    Value *base = live_window(f);
    if (base) {
        Value generator = value_load(&f->generator);
        if (!generator) {
            return runtime_error(t, "cannot clear an executing frame");
        }
        Generator *g = (Generator *)value_object(generator);
        if (generator_state(g) == GEN_RUNNING) {
            return runtime_error(t, "cannot clear an executing frame");
        }
        store_relaxed(&f->cleared, true);
        coroutine_warn_unawaited(t, g);
        if (!generator_close(t, g)) {
            return 0;
        }
    }
    gc_store(f, &f->registers, 0);
    gc_store(f, &f->locals, 0);
    gc_store(f, &f->trace, 0);
    return NONE;
}

static Value frame_repr(Thread *t, Value self)
{
    Code *code = CODE(FRAME(self)->code);
    return str_format(t, "<frame at %p, file %R, line %d, code %U>", value_object(self),
                      code->filename, frame_line(t, self), code->name);
}

static const GetSetDef frame_getset[] = {
    {"f_back", get_back, NULL, "Caller's frame, or None.", NULL},
    {"f_code", get_code, NULL, "Code object.", NULL},
    {"f_globals", get_globals, NULL, "Global variables.", NULL},
    {"f_builtins", get_builtins, NULL, "Builtins.", NULL},
    {"f_locals", get_locals, NULL, "Local variables.", NULL},
    {"f_lineno", get_line, set_line, "Current line.", NULL},
    {"f_lasti", get_lasti, NULL, "Offset of the current instruction.", NULL},
    {"f_trace", get_trace, set_trace, "Local trace function.", NULL},
    {"f_trace_lines", get_flag, set_flag, "Trace lines?",
     (void *)offsetof(FrameObject, trace_lines)},
    {"f_trace_opcodes", get_flag, set_flag, "Trace instructions?",
     (void *)offsetof(FrameObject, trace_opcodes)},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef frame_methods[] = {
    {"clear()", frame_clear, "Drops the local variables.", 0},
    {NULL, NULL, NULL, 0},
};

Type frame_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "frame",
    .getattr = generic_getattr,
    .doc = "An activation of a code object.",
    .size = sizeof(FrameObject),
    .flags = TYPE_NO_INSTANTIATE,
    .weakrefable = true,
    .trace = trace_frame,
    .repr = frame_repr,
    .getset = frame_getset,
    .methods = frame_methods,
};
