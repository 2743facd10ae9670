/* sqlite3.Blob: a value read and written in place. */
#include <limits.h>
#include <stdio.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"

static Blob *as_blob(Value v) { return (Blob *)value_object(v); }
static Connection *connection_of(const Blob *b) { return as_connection(b->connection); }

static void blob_trace(Object *o, Tracer *tr) { trace_value(tr, ((Blob *)o)->connection); }

static void blob_free(Object *o)
{
    Blob *b = (Blob *)o;
    if (b->resource) {
        resource_drop(b->resource, false);
    }
}

/* ---- opening, closing ---- */

typedef struct Opening {
    sqlite3 *handle;
    const char *database, *table, *column;
    sqlite3_int64 row;
    int writable;
    sqlite3_blob *blob;
} Opening;

static int do_open(void *arg)
{
    Opening *o = arg;
    return sqlite3_blob_open(o->handle, o->database, o->table, o->column, o->row, o->writable,
                             &o->blob);
}

static int do_close(void *blob) { return sqlite3_blob_close(blob); }

Value connection_blobopen(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Opening o = {.database = "main"};
    int readonly = 0;
    int64_t row;
    if (!(o.table = str_cstr_arg(t, args[1], "blobopen", "1")) ||
        !(o.column = str_cstr_arg(t, args[2], "blobopen", "2")) ||
        !value_to_int64(t, args[3], &row) ||
        (args[4] && (readonly = object_truth(t, args[4])) < 0) ||
        (args[5] && !(o.database = str_cstr_arg(t, args[5], "blobopen", "'name'"))) ||
        !connection_enter(t, c)) {
        return 0;
    }
    o.handle = c->db->handle;
    o.row = row;
    o.writable = !readonly;
    Blob *b = object_alloc(t, &blob_type, sizeof *b);
    Resource *r = b ? resource_new(t, c->db) : NULL;
    bool ok = false;
    if (r) {
        b->resource = r;
        gc_init(&b->connection, args[0]);
        ok = sqlite_check(t, c, sqlite_run(t, do_open, &o));
        r->blob = o.blob;
    }
    connection_leave(c);
    return ok ? object_value(b) : 0;
}

/* Enters the connection of an open one. */
static bool blob_enter(Thread *t, Blob *b)
{
    if (!connection_enter(t, connection_of(b))) {
        return false;
    }
    if (!b->resource->blob) {
        connection_leave(connection_of(b));
        raise_sqlite(t, EXC_PROGRAMMING, "Cannot operate on a closed blob.");
        return false;
    }
    return true;
}

static Value blob_close(SQL_ARGS)
{
    Blob *b = as_blob(args[0]);
    if (!connection_enter(t, connection_of(b))) {
        return 0;
    }
    sqlite3_blob *blob = b->resource->blob;
    b->resource->blob = NULL;
    if (blob) {
        sqlite_run(t, do_close, blob);
    }
    connection_leave(connection_of(b));
    return NONE;
}

static Value blob_enter_method(SQL_ARGS)
{
    if (!blob_enter(t, as_blob(args[0]))) {
        return 0;
    }
    connection_leave(connection_of(as_blob(args[0])));
    return args[0];
}

static Value blob_exit(SQL_ARGS)
{
    if (!blob_enter(t, as_blob(args[0]))) {
        return 0;
    }
    connection_leave(connection_of(as_blob(args[0])));
    return blob_close(t, args, 1, 0) ? FALSE_VALUE : 0;
}

/* ---- bytes; under the lock ---- */

typedef struct Transfer {
    sqlite3_blob *blob;
    void *data;
    int n, offset;
} Transfer;

static int do_read(void *arg)
{
    Transfer *x = arg;
    return sqlite3_blob_read(x->blob, x->data, x->n, x->offset);
}

static int do_write(void *arg)
{
    Transfer *x = arg;
    return sqlite3_blob_write(x->blob, x->data, x->n, x->offset);
}

static Value read_bytes(Thread *t, Blob *b, int n, int offset)
{
    Value bytes = bytes_new(t, NULL, (size_t)n);
    if (!bytes || n == 0) {
        return bytes;
    }
    Transfer x = {b->resource->blob, value_bytes(bytes)->data, n, offset};
    return sqlite_check(t, connection_of(b), sqlite_run(t, do_read, &x)) ? bytes : 0;
}

static bool write_bytes(Thread *t, Blob *b, const void *p, ssize_t n, int offset)
{
    if (n > sqlite3_blob_bytes(b->resource->blob) - offset) {
        value_error(t, "data longer than blob length");
        return false;
    }
    Transfer x = {b->resource->blob, (void *)(uintptr_t)p, (int)n, offset};
    return sqlite_check(t, connection_of(b), sqlite_run(t, do_write, &x));
}

/* ---- as a file ---- */

static Value blob_read(SQL_ARGS)
{
    Blob *b = as_blob(args[0]);
    int n_bytes = -1;
    if ((args[1] && !value_to_int(t, args[1], &n_bytes)) || !blob_enter(t, b)) {
        return 0;
    }
    int left = sqlite3_blob_bytes(b->resource->blob) - b->offset;
    n_bytes = n_bytes < 0 || n_bytes > left ? left : n_bytes;
    Value r = read_bytes(t, b, n_bytes, b->offset);
    b->offset += r ? n_bytes : 0;
    connection_leave(connection_of(b));
    return r;
}

static Value blob_write(SQL_ARGS)
{
    Blob *b = as_blob(args[0]);
    Buffer view;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    bool ok = blob_enter(t, b);
    if (ok) {
        ok = write_bytes(t, b, view.buf, view.len, b->offset);
        b->offset += ok ? (int)view.len : 0;
        connection_leave(connection_of(b));
    }
    buffer_release(t, &view);
    return ok ? NONE : 0;
}

/* The position that a seek leads to; -1: raised. */
static int64_t seek_target(Thread *t, const Blob *b, int64_t offset, int origin)
{
    int64_t size = sqlite3_blob_bytes(b->resource->blob);
    int64_t base = origin == SEEK_CUR ? b->offset : origin == SEEK_END ? size : 0;
    if (origin != SEEK_SET && origin != SEEK_CUR && origin != SEEK_END) {
        value_error(t, "'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END");
        return -1;
    }
    if (base + offset > INT_MAX) {
        overflow_error(t, "seek offset results in overflow");
        return -1;
    }
    if (base + offset < 0 || base + offset > size) {
        value_error(t, "offset out of blob range");
        return -1;
    }
    return base + offset;
}

static Value blob_seek(SQL_ARGS)
{
    Blob *b = as_blob(args[0]);
    int offset, origin = SEEK_SET;
    if (!value_to_int(t, args[1], &offset) || (args[2] && !value_to_int(t, args[2], &origin)) ||
        !blob_enter(t, b)) {
        return 0;
    }
    int64_t target = seek_target(t, b, offset, origin);
    if (target >= 0) {
        b->offset = (int)target;
    }
    connection_leave(connection_of(b));
    return target < 0 ? 0 : NONE;
}

static Value blob_tell(SQL_ARGS)
{
    Blob *b = as_blob(args[0]);
    if (!blob_enter(t, b)) {
        return 0;
    }
    Value v = fixnum(b->offset);
    connection_leave(connection_of(b));
    return v;
}

/* ---- as a sequence of bytes ---- */

static ssize_t blob_len(Thread *t, Value self)
{
    Blob *b = as_blob(self);
    if (!blob_enter(t, b)) {
        return -1;
    }
    ssize_t n = sqlite3_blob_bytes(b->resource->blob);
    connection_leave(connection_of(b));
    return n;
}

/* Index of a byte, under the lock; -1: raised. */
static int blob_index(Thread *t, const Blob *b, Value key)
{
    ssize_t i, n = sqlite3_blob_bytes(b->resource->blob);
    if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
        return -1;
    }
    i += i < 0 ? n : 0;
    if (i < 0 || i >= n) {
        index_error(t, "Blob index out of range");
        return -1;
    }
    return (int)i;
}

typedef struct Part { ssize_t start, stop, step, count; } Part;
static bool blob_part(Thread *t, const Blob *b, Value slice, Part *p)
{
    if (!slice_unpack(t, slice, &p->start, &p->stop, &p->step)) {
        return false;
    }
    p->count = slice_adjust(sqlite3_blob_bytes(b->resource->blob), &p->start, &p->stop, p->step);
    return true;
}

/* The bytes from the lowest to the highest that p takes; *low is where they begin. */
static Value part_span(Thread *t, Blob *b, const Part *p, int *low)
{
    ssize_t last = p->start + (p->count - 1) * p->step;
    ssize_t lo = p->step > 0 ? p->start : last, hi = p->step > 0 ? last : p->start;
    *low = (int)lo;
    return p->count ? read_bytes(t, b, (int)(hi - lo + 1), (int)lo) : bytes_new(t, "", 0);
}

static Value read_part(Thread *t, Blob *b, const Part *p)
{
    int low;
    Value span = part_span(t, b, p, &low);
    if (!span || p->step == 1) {
        return span;
    }
    Value out = bytes_new(t, NULL, (size_t)p->count);
    for (ssize_t i = 0; out && i < p->count; i++) {
        value_bytes(out)->data[i] = value_bytes(span)->data[p->start + i * p->step - low];
    }
    return out;
}

static bool write_part(Thread *t, Blob *b, const Part *p, Value v)
{
    Buffer view;
    if (!buffer_get_still(t, v, &view)) {
        return false;
    }
    bool ok = view.len == p->count;
    int low = 0;
    if (!ok) {
        index_error(t, "Blob slice assignment is wrong size");
    } else if (p->step == 1) {
        ok = p->count == 0 || write_bytes(t, b, view.buf, view.len, (int)p->start);
    } else {
        Value span = part_span(t, b, p, &low);
        for (ssize_t i = 0; span && i < p->count; i++) {
            value_bytes(span)->data[p->start + i * p->step - low] = ((const char *)view.buf)[i];
        }
        ok = span && (p->count == 0 || write_bytes(t, b, value_bytes(span)->data,
                                                   (ssize_t)value_bytes(span)->len, low));
    }
    buffer_release(t, &view);
    return ok;
}

static Value blob_getitem(Thread *t, Value self, Value key)
{
    Blob *b = as_blob(self);
    Value r = 0;
    Part part;
    if (!blob_enter(t, b)) {
        return 0;
    }
    if (value_isa(key, &slice_type)) {
        r = blob_part(t, b, key, &part) ? read_part(t, b, &part) : 0;
    } else if (value_is_int(key) || type_of(key)->index) {
        int i = blob_index(t, b, key);
        r = i < 0 ? 0 : read_bytes(t, b, 1, i);
        r = r ? fixnum((unsigned char)value_bytes(r)->data[0]) : 0;
    } else {
        type_error(t, "Blob indices must be integers");
    }
    connection_leave(connection_of(b));
    return r;
}

static bool write_item(Thread *t, Blob *b, Value key, Value v)
{
    int64_t byte;
    if (!value_is_int(v)) {
        type_error(t, "'%T' object cannot be interpreted as an integer", v);
        return false;
    }
    int i = blob_index(t, b, key);
    if (i < 0) {
        return false;
    }
    if (!int_try_int64(v, &byte) || byte < 0 || byte > 255) {
        value_error(t, "byte must be in range(0, 256)");
        return false;
    }
    return write_bytes(t, b, &(char){(char)byte}, 1, i);
}

static bool blob_setitem(Thread *t, Value self, Value key, Value v)
{
    Blob *b = as_blob(self);
    bool ok = false;
    Part part;
    if (!blob_enter(t, b)) {
        return false;
    }
    bool is_slice = value_isa(key, &slice_type);
    if (!is_slice && !value_is_int(key) && !type_of(key)->index) {
        type_error(t, "Blob indices must be integers");
    } else if (!v) {
        type_error(t, "Blob doesn't support %s deletion", is_slice ? "slice" : "item");
    } else if (is_slice) {
        ok = blob_part(t, b, key, &part) && write_part(t, b, &part, v);
    } else {
        ok = write_item(t, b, key, v);
    }
    connection_leave(connection_of(b));
    return ok;
}

static const NativeDef blob_methods[] = {
    {"close()", blob_close, "Closes the blob.", 0},
    {"read(length=-1, /)", blob_read, "Up to length bytes from the position on.", 0},
    {"write(data, /)", blob_write, "Writes at the position; the size stays.", 0},
    {"seek(offset, origin=0, /)", blob_seek, "Sets the position.", 0},
    {"tell()", blob_tell, "The position.", 0},
    {"__enter__()", blob_enter_method, "The blob.", 0},
    {"__exit__(type, val, tb, /)", blob_exit, "Closes the blob.", 0},
    {0},
};

Type blob_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "sqlite3.Blob",
    .size = sizeof(Blob),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .weakrefable = 1,
    .trace = blob_trace,
    .free = blob_free,
    .len = blob_len,
    .getitem = blob_getitem,
    .setitem = blob_setitem,
    .methods = blob_methods,
};
