/* sqlite3.Row: a row that is read by number or by name of column. */
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_sqlite/sqlite.h"

static Row *as_row(Value v) { return (Row *)value_object(v); }

static void row_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Row *)o)->data);
    trace_value(tr, ((Row *)o)->description);
}

static Value row_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((type == &row_type && !args_no_kw(t, "Row", kwnames)) ||
        !args_count(t, "Row", n, 2, 2)) {
        return 0;
    }
    if (!value_isa(args[0], &cursor_type)) {
        return type_error(t, "Row() argument 1 must be sqlite3.Cursor, not %T", args[0]);
    }
    if (!value_is_tuple(args[1])) {
        return type_error(t, "Row() argument 2 must be tuple, not %T", args[1]);
    }
    Value description = value_load(&as_cursor(args[0])->description);
    Row *row = object_alloc_instance(t, type, 0);
    if (row) {
        gc_init(&row->data, args[1]);
        gc_init(&row->description,
                description && value_is_tuple(description) ? description : tuple_empty());
    }
    return object_value(row);
}

static Value column_name(const Row *row, size_t i)
{
    return tuple_get(tuple_get(row->description, i), 0);
}

static uint32_t fold_ascii(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Names are equal but for the case of ASCII letters. */
static bool same_name(Value a, Value b)
{
    size_t n = str_len(a);
    for (size_t i = 0; i < n && n == str_len(b); i++) {
        if (fold_ascii(str_get(value_str(a), i)) != fold_ascii(str_get(value_str(b), i))) {
            return false;
        }
    }
    return n == str_len(b);
}

static Value row_getitem(Thread *t, Value self, Value key)
{
    const Row *row = as_row(self);
    if (value_is_str(key)) {
        size_t n = tuple_len(row->description);
        for (size_t i = 0; i < n && i < tuple_len(row->data); i++) {
            if (same_name(column_name(row, i), key)) {
                return tuple_get(row->data, i);
            }
        }
        return index_error(t, "No item with that key");
    }
    if (value_is_int(key) || value_isa(key, &slice_type)) {
        return object_getitem(t, row->data, key);
    }
    return index_error(t, "Index must be int or string");
}

static ssize_t row_len(Thread *t UNUSED, Value self)
{
    return (ssize_t)tuple_len(as_row(self)->data);
}

static Value row_item(Thread *t, Value self, ssize_t i)
{
    return object_getitem(t, as_row(self)->data, fixnum(i));
}

static Value row_iter(Thread *t, Value self) { return object_iter(t, as_row(self)->data); }

static int64_t row_hash(Thread *t, Value self)
{
    int64_t a = object_hash(t, as_row(self)->description);
    int64_t b = a == -1 ? -1 : object_hash(t, as_row(self)->data);
    return a == -1 || b == -1 ? -1 : (a ^ b) == -1 ? -2 : a ^ b;
}

static Value row_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !value_isa(b, &row_type)) {
        return NOT_IMPLEMENTED;
    }
    int same = value_equal(t, as_row(a)->description, as_row(b)->description);
    if (same > 0) {
        same = value_equal(t, as_row(a)->data, as_row(b)->data);
    }
    return same < 0 ? 0 : bool_value((same > 0) == (op == CMP_EQ));
}

static Value row_keys(SQL_ARGS)
{
    const Row *row = as_row(args[0]);
    Value list = list_new(t, tuple_len(row->description));
    for (size_t i = 0; list && i < tuple_len(row->description); i++) {
        if (!list_append(t, list, column_name(row, i))) {
            return 0;
        }
    }
    return list;
}

static const NativeDef row_methods[] = {
    {"keys()", row_keys, "The names of the columns.", 0},
    {0},
};

Type row_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "sqlite3.Row",
    .size = sizeof(Row),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = row_trace,
    .new = row_new,
    .hash = row_hash,
    .compare = row_compare,
    .iter = row_iter,
    .len = row_len,
    .getitem = row_getitem,
    .item = row_item,
    .methods = row_methods,
};
