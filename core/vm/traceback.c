/* Traceback objects: the path an exception took, outermost frame first. */
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/vm/vm_internal.h"

#define TRACEBACK(v) ((Traceback *)value_object(v))

static void trace_traceback(Object *o, Tracer *tr)
{
    trace_value(tr, ((Traceback *)o)->next);
    trace_value(tr, ((Traceback *)o)->frame);
}

Value traceback_new(Thread *t, Value next, Value frame, int lasti, int lineno)
{
    Traceback *tb = object_alloc_fast(t, &traceback_type, sizeof *tb);
    if (!tb) {
        return 0;
    }
    gc_init(&tb->next, next);
    gc_init(&tb->frame, frame);
    tb->lasti = lasti;
    tb->lineno = lineno;
    return object_value(tb);
}

static Value traceback_construct(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("traceback(tb_next, tb_frame, tb_lasti, tb_lineno)");
    Value a[4];
    int lasti, lineno;
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if (!is_none(a[0]) && type_of(a[0]) != &traceback_type) {
        return type_error(t, "expected traceback object or None, got '%T'", a[0]);
    }
    if (type_of(a[1]) != &frame_type) {
        return type_error(t, "traceback() argument 'tb_frame' must be frame, not %T", a[1]);
    }
    if (!value_to_int(t, a[2], &lasti) || !value_to_int(t, a[3], &lineno)) {
        return 0;
    }
    return traceback_new(t, is_none(a[0]) ? 0 : a[0], a[1], lasti, lineno);
}

static Value get_next(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value next = value_load(&TRACEBACK(self)->next);
    return next ? next : NONE;
}
static bool set_next(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v) {
        type_error(t, "can't delete tb_next attribute");
        return false;
    }
    if (!is_none(v) && type_of(v) != &traceback_type) {
        type_error(t, "expected traceback object, got '%T'", v);
        return false;
    }
    for (Value tb = is_none(v) ? 0 : v; tb; tb = TRACEBACK(tb)->next) {
        if (tb == self) {
            value_error(t, "traceback loop detected");
            return false;
        }
    }
    gc_store(value_object(self), &TRACEBACK(self)->next, is_none(v) ? 0 : v);
    return true;
}
static Value get_frame(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return TRACEBACK(self)->frame;
}
static Value get_lasti(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(TRACEBACK(self)->lasti);
}
static Value get_lineno(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Traceback *tb = TRACEBACK(self);
    int line = tb->lineno;
    if (line == TRACEBACK_LINE_UNREAD) {
        line = code_line((Code *)value_object(frame_code(tb->frame)), (uint32_t)tb->lasti / 2);
    }
    return line < 0 ? NONE : fixnum(line);
}

static const GetSetDef traceback_getset[] = {
    {"tb_next", get_next, set_next, "Next inner entry, or None.", NULL},
    {"tb_frame", get_frame, NULL, "Frame.", NULL},
    {"tb_lasti", get_lasti, NULL, "Offset of the instruction.", NULL},
    {"tb_lineno", get_lineno, NULL, "Line.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static Value traceback_dir(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Value list = list_new(t, 4);
    for (const GetSetDef *g = traceback_getset; list && g->name; g++) {
        Value name = intern_cstr(t, g->name);
        if (!name || !list_append(t, list, name)) {
            return 0;
        }
    }
    return list;
}

static const NativeDef traceback_methods[] = {
    {"__dir__()", traceback_dir, "The names that matter.", 0},
    {NULL, NULL, NULL, 0},
};

Type traceback_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "traceback",
    .getattr = generic_getattr,
    .doc = "An entry of the path that an exception took.",
    .size = sizeof(Traceback),
    .trace = trace_traceback,
    .new = traceback_construct,
    .getset = traceback_getset,
    .methods = traceback_methods,
    .sig = "traceback(tb_next, tb_frame, tb_lasti, tb_lineno)",
};
