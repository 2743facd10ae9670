/* Cells: variables shared between a function and the functions inside it. */
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/vm/vm_internal.h"

static void trace_cell(Object *o, Tracer *tr)
{
    trace_value(tr, ((Cell *)o)->value);
}

Value cell_new(Thread *t, Value v)
{
    Cell *cell = object_alloc(t, &cell_type, sizeof *cell);
    if (!cell) {
        return 0;
    }
    gc_init(&cell->value, v);
    return object_value(cell);
}

static Value cell_construct(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "cell", kwnames) || !args_count(t, "cell", n, 0, 1)) {
        return 0;
    }
    return cell_new(t, n ? args[0] : 0);
}

static Value get_contents(Thread *t, Value self, void *closure UNUSED)
{
    Value v = value_load(&((Cell *)value_object(self))->value);
    return v ? v : value_error(t, "Cell is empty");
}

static bool set_contents(Thread *t UNUSED, Value self, Value v, void *closure UNUSED)
{
    Cell *cell = (Cell *)value_object(self);
    gc_store(cell, &cell->value, v);
    return true;
}

static Value cell_repr(Thread *t, Value self)
{
    Value v = value_load(&((Cell *)value_object(self))->value);
    if (!v) {
        return str_format(t, "<cell at %p: empty>", value_object(self));
    }
    return str_format(t, "<cell at %p: %T object at %p>", value_object(self), v, (void *)v);
}

static Value cell_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (type_of(a) != &cell_type || type_of(b) != &cell_type) {
        return NOT_IMPLEMENTED;
    }
    Value x = value_load(&((Cell *)value_object(a))->value);
    Value y = value_load(&((Cell *)value_object(b))->value);
    if (x && y) {
        return object_compare(t, x, y, op);
    }
    return object_compare(t, fixnum(x != 0), fixnum(y != 0), op);
}

static const GetSetDef cell_getset[] = {
    {"cell_contents", get_contents, set_contents, "What the variable holds.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type cell_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "cell",
    .getattr = generic_getattr,
    .doc = "A variable shared with inner functions.",
    .size = sizeof(Cell),
    .trace = trace_cell,
    .new = cell_construct,
    .repr = cell_repr,
    .compare = cell_compare,
    .hash = hash_unhashable,
    .getset = cell_getset,
    .sig = "cell(contents=None, /)",
};
