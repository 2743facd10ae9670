/* Unpickling: one function per group of instructions. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/dtoa.h"
#include "core/base/utf8.h"
#include "core/object/codec.h"
#include "core/object/float.h"
#include "core/object/set.h"
#include "core/object/set_internal.h"
#include "modules/_pickle/pickle.h"

static inline uint64_t get_le(const char *p, int bytes)
{
    uint64_t v = 0;
    for (int i = bytes; i-- > 0;) {
        v = v << 8 | (uint8_t)p[i];
    }
    return v;
}

static inline bool read_number(Thread *t, Unpickler *u, int bytes, uint64_t *v)
{
    const char *p;
    if (!unpickle_read(t, u, (size_t)bytes, &p)) {
        return false;
    }
    *v = get_le(p, bytes);
    return true;
}

/* Length and that many bytes. */
static bool read_counted(Thread *t, Unpickler *u, int bytes, const char *what, const char **p,
                         size_t *n)
{
    uint64_t len;
    if (!read_number(t, u, bytes, &len)) {
        return false;
    }
    if (len > PTRDIFF_MAX) {
        overflow_error(t, "%s exceeds system's maximum size of %zd bytes", what,
                       (ssize_t)PTRDIFF_MAX);
        return false;
    }
    *n = len;
    return unpickle_read(t, u, len, p);
}

/* ---- numbers ---- */

static Value text_int(Thread *t, Unpickler *u, bool is_long)
{
    const char *p;
    size_t n;
    if (!unpickle_line(t, u, &p, &n)) {
        return 0;
    }
    if (!is_long && n == 2 && p[0] == '0' && (p[1] == '0' || p[1] == '1')) {
        return bool_value(p[1] == '1');
    }
    n -= is_long && n > 0 && p[n - 1] == 'L';
    Value text = str_from_latin1(t, (const uint8_t *)p, n);
    return text ? call2(t, object_value(&int_type), text, fixnum(is_long ? 10 : 0)) : 0;
}

static Value text_float(Thread *t, Unpickler *u)
{
    const char *p;
    size_t n;
    if (!unpickle_line(t, u, &p, &n)) {
        return 0;
    }
    Value text = str_from_latin1(t, (const uint8_t *)p, n);
    Value v = text ? call1(t, object_value(&float_type), text) : 0;
    if (!v && error_clear_if(t, &exc_ValueError)) {
        value_error(t, "could not convert string to float");
    }
    return v;
}

static Value binary_float(Thread *t, Unpickler *u)
{
    uint64_t bits;
    double d;
    if (!read_number(t, u, 8, &bits)) {
        return 0;
    }
    bits = __builtin_bswap64(bits);
    memcpy(&d, &bits, sizeof d);
    return float_new(t, d);
}

static Value binary_long(Thread *t, Unpickler *u, int bytes)
{
    uint64_t n;
    const char *p;
    if (!read_number(t, u, bytes, &n)) {
        return 0;
    }
    if (bytes == 4 && n > INT32_MAX) {
        return raise_unpickling(t, "LONG pickle has negative byte count");
    }
    if (n == 0) {
        return fixnum(0);
    }
    return unpickle_read(t, u, n, &p) ? int_from_bytes(t, (const uint8_t *)p, n, true, true) : 0;
}

static Value load_number(Thread *t, Unpickler *u, unsigned op)
{
    uint64_t i;
    switch (op) {
    case P_NONE: return NONE;
    case P_NEWTRUE: return TRUE_VALUE;
    case P_NEWFALSE: return FALSE_VALUE;
    case P_BININT: return read_number(t, u, 4, &i) ? fixnum((int32_t)(uint32_t)i) : 0;
    case P_BININT1: return read_number(t, u, 1, &i) ? fixnum((int64_t)i) : 0;
    case P_BININT2: return read_number(t, u, 2, &i) ? fixnum((int64_t)i) : 0;
    case P_INT: return text_int(t, u, false);
    case P_LONG: return text_int(t, u, true);
    case P_LONG1: return binary_long(t, u, 1);
    case P_LONG4: return binary_long(t, u, 4);
    case P_FLOAT: return text_float(t, u);
    case P_BINFLOAT: return binary_float(t, u);
    default: __builtin_unreachable(); /* see `pushes` */
    }
}

/* ---- text and bytes ---- */

static bool keeps_bytes(Unpickler *u) { return str_eq_cstr(u->encoding, "bytes"); }

/* A str of Python 2. */
static Value old_string(Thread *t, Unpickler *u, const char *p, size_t n)
{
    if (keeps_bytes(u)) {
        return bytes_new(t, p, n);
    }
    return str_decode(t, p, n, str_utf8(t, u->encoding, NULL), str_utf8(t, u->errors, NULL));
}

static Value quoted_string(Thread *t, Unpickler *u)
{
    const char *p;
    size_t n;
    if (!unpickle_line(t, u, &p, &n)) {
        return 0;
    }
    while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r')) {
        n--;
    }
    if (n < 2 || p[0] != p[n - 1] || (p[0] != '"' && p[0] != '\'')) {
        return raise_unpickling(t, "the STRING opcode argument must be quoted");
    }
    ssize_t invalid;
    Value bytes = bytes_escape_decode(t, (const uint8_t *)p + 1, n - 2, NULL, &invalid);
    return bytes ? old_string(t, u, value_bytes(bytes)->data, value_bytes(bytes)->len) : 0;
}

static Value short_string(Thread *t, Unpickler *u, int bytes)
{
    const char *p;
    uint64_t n;
    if (!read_number(t, u, bytes, &n)) {
        return 0;
    }
    if (bytes == 4 && n > INT32_MAX) {
        return raise_unpickling(t, "BINSTRING pickle has negative byte count");
    }
    return unpickle_read(t, u, n, &p) ? old_string(t, u, p, n) : 0;
}

static Value unicode(Thread *t, Unpickler *u, int bytes)
{
    const char *p;
    size_t n;
    if (bytes == 0) {
        return unpickle_line(t, u, &p, &n)
                   ? raw_unicode_escape_decode(t, (const uint8_t *)p, n, NULL, NULL)
                   : 0;
    }
    if (!read_counted(t, u, bytes, "BINUNICODE", &p, &n)) {
        return 0;
    }
    return utf8_ascii_prefix(p, n) == n ? str_from_ascii(t, p, n)
                                        : str_decode(t, p, n, "utf-8", "surrogatepass");
}

static Value counted_bytes(Thread *t, Unpickler *u, int bytes, bool array)
{
    const char *p;
    size_t n;
    if (!read_counted(t, u, bytes, array ? "BYTEARRAY8" : "BINBYTES", &p, &n)) {
        return 0;
    }
    return array ? bytearray_new(t, p, n) : bytes_new(t, p, n);
}

static Value next_buffer(Thread *t, Unpickler *u)
{
    if (!u->buffers) {
        return raise_unpickling(
            t, "pickle stream refers to out-of-band data but no *buffers* argument was given");
    }
    Value v = iter_next(t, u->buffers);
    return v || error_pending(t) ? v : raise_unpickling(t, "not enough out-of-band buffers");
}

static Value load_string(Thread *t, Unpickler *u, unsigned op)
{
    switch (op) {
    case P_STRING: return quoted_string(t, u);
    case P_BINSTRING: return short_string(t, u, 4);
    case P_SHORT_BINSTRING: return short_string(t, u, 1);
    case P_UNICODE: return unicode(t, u, 0);
    case P_SHORT_BINUNICODE: return unicode(t, u, 1);
    case P_BINUNICODE: return unicode(t, u, 4);
    case P_BINUNICODE8: return unicode(t, u, 8);
    case P_SHORT_BINBYTES: return counted_bytes(t, u, 1, false);
    case P_BINBYTES: return counted_bytes(t, u, 4, false);
    case P_BINBYTES8: return counted_bytes(t, u, 8, false);
    case P_BYTEARRAY8: return counted_bytes(t, u, 8, true);
    case P_NEXT_BUFFER: return next_buffer(t, u);
    default: __builtin_unreachable(); /* see `pushes` */
    }
}

/* ---- containers ---- */

/* A tuple of the items from `at` up, which leave the stack. */
static Value items_above(Thread *t, Unpickler *u, size_t at)
{
    Value v = tuple_from(t, u->stack ? u->stack->items + at : NULL, u->top - at);
    while (u->top > at) {
        gc_store(u->stack, &u->stack->items[--u->top], 0);
    }
    return v;
}

static Value marked_items(Thread *t, Unpickler *u)
{
    size_t at;
    return unpickle_mark(t, u, &at) ? items_above(t, u, at) : 0;
}

static Value short_tuple(Thread *t, Unpickler *u, size_t n)
{
    if (u->top < u->fence + n) {
        unpickle_underflow(t, u);
        return 0;
    }
    return items_above(t, u, u->top - n);
}

static bool set_pairs(Thread *t, Value dict, const Value *items, size_t n)
{
    if (n % 2) {
        raise_unpickling(t, "odd number of items for SETITEMS");
        return false;
    }
    bool exact = value_is_dict_exact(dict);
    for (size_t i = 0; i < n; i += 2) {
        Value k = items[i], v = items[i + 1];
        if (!(exact ? dict_set(t, dict, k, v) : object_setitem(t, dict, k, v))) {
            return false;
        }
    }
    return true;
}

static Value load_dict(Thread *t, Unpickler *u)
{
    Value items = marked_items(t, u), d = items ? dict_new(t) : 0;
    if (d && tuple_len(items) % 2) {
        return raise_unpickling(t, "odd number of items for DICT");
    }
    return d && set_pairs(t, d, value_tuple(items)->items, tuple_len(items)) ? d : 0;
}

static Value load_container(Thread *t, Unpickler *u, unsigned op)
{
    Value v;
    switch (op) {
    case P_EMPTY_LIST: return list_new(t, 0);
    case P_EMPTY_DICT: return dict_new(t);
    case P_EMPTY_TUPLE: return tuple_empty();
    case P_EMPTY_SET: return call0(t, object_value(&set_type));
    case P_LIST: return (v = marked_items(t, u)) ? sequence_list(t, v) : 0;
    case P_TUPLE: return marked_items(t, u);
    case P_TUPLE1: return short_tuple(t, u, 1);
    case P_TUPLE2: return short_tuple(t, u, 2);
    case P_TUPLE3: return short_tuple(t, u, 3);
    case P_FROZENSET:
        return (v = marked_items(t, u)) ? call1(t, object_value(&frozenset_type), v) : 0;
    case P_DICT: return load_dict(t, u);
    default: __builtin_unreachable(); /* see `pushes` */
    }
}

static bool append_all(Thread *t, Value list, Value items)
{
    Value f;
    if (value_is_list_exact(list)) {
        return list_extend(t, list, items);
    }
    if (object_lookup_attr(t, list, INTERN(t, "extend"), &f) < 0) {
        return false;
    }
    if (f) {
        return call1(t, f, sequence_list(t, items)) != 0;
    }
    f = object_getattr(t, list, INTERN(t, "append"));
    for (size_t i = 0; f && i < tuple_len(items); i++) {
        if (!call1(t, f, tuple_get(items, i))) {
            return false;
        }
    }
    return f != 0;
}

static bool add_all(Thread *t, Value set, Value items)
{
    if (type_of(set) == &set_type) {
        for (size_t i = 0; i < tuple_len(items); i++) {
            if (!set_add(t, set, tuple_get(items, i))) {
                return false;
            }
        }
        return true;
    }
    Value f = object_getattr(t, set, INTERN(t, "add"));
    for (size_t i = 0; f && i < tuple_len(items); i++) {
        if (!call1(t, f, tuple_get(items, i))) {
            return false;
        }
    }
    return f != 0;
}

/* APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS. */
static bool load_update(Thread *t, Unpickler *u, unsigned op)
{
    size_t at, n = op == P_APPEND ? 1 : 2;
    if (op == P_APPEND || op == P_SETITEM) {
        if (u->top < u->fence + n + 1) {
            return unpickle_underflow(t, u);
        }
        at = u->top - n;
    } else if (!unpickle_mark(t, u, &at)) {
        return false;
    }
    if (at <= u->fence || at > u->top) {
        return unpickle_underflow(t, u);
    }
    if (at == u->top) {
        return true;
    }
    if ((op == P_SETITEM || op == P_SETITEMS) && value_is_dict_exact(u->stack->items[at - 1])) {
        ValueArray *stack = u->stack;
        n = u->top - at;
        bool ok = set_pairs(t, stack->items[at - 1], stack->items + at, n);
        memset(stack->items + at, 0, n * sizeof(Value));
        u->top = at;
        return ok;
    }
    Value items = items_above(t, u, at), target = u->stack->items[u->top - 1];
    if (op == P_APPEND && value_is_list_exact(target)) {
        return items && list_append(t, target, tuple_get(items, 0));
    }
    if (op == P_APPEND) {
        return items && call_method1(t, target, INTERN(t, "append"), tuple_get(items, 0));
    }
    return items && (op == P_APPENDS    ? append_all(t, target, items)
                     : op == P_ADDITEMS ? add_all(t, target, items)
                                        : set_pairs(t, target, value_tuple(items)->items,
                                                    tuple_len(items)));
}

/* ---- memo, stack, frames ---- */

static bool load_get(Thread *t, Unpickler *u, unsigned op)
{
    uint64_t i;
    if (op == P_GET) {
        const char *p;
        size_t n;
        if (!unpickle_line(t, u, &p, &n)) {
            return false;
        }
        Value number = int_from_text(t, p, n, 10);
        int64_t wide;
        if (!number) {
            return false;
        }
        i = int_try_int64(number, &wide) && wide >= 0 ? (uint64_t)wide : UINT64_MAX;
    } else if (!read_number(t, u, op == P_BINGET ? 1 : 4, &i)) {
        return false;
    }
    if (i >= u->memo_len || !u->memo->items[i]) {
        raise_unpickling(t, "Memo value not found at index %zd", (ssize_t)i);
        return false;
    }
    return unpickle_push(t, u, u->memo->items[i]);
}

static bool load_put(Thread *t, Unpickler *u, unsigned op)
{
    uint64_t i = u->memo_len;
    if (op == P_PUT) {
        const char *p;
        size_t n;
        int64_t wide;
        if (!unpickle_line(t, u, &p, &n)) {
            return false;
        }
        Value number = int_from_text(t, p, n, 10);
        if (!number) {
            return false;
        }
        if (!int_try_int64(number, &wide) || wide < 0) {
            value_error(t, "negative PUT argument");
            return false;
        }
        i = (uint64_t)wide;
    } else if (op != P_MEMOIZE && !read_number(t, u, op == P_BINPUT ? 1 : 4, &i)) {
        return false;
    }
    if (u->top <= u->fence) {
        return unpickle_underflow(t, u);
    }
    return unpickle_memo_set(t, u, i, u->stack->items[u->top - 1]);
}

static bool load_mark(Thread *t, Unpickler *u)
{
    size_t need = (u->n_marks + 1) * sizeof(size_t);
    if (!u->marks || need > u->marks->cap) {
        RawBuffer *more = raw_buffer_new(t, need * 2 + 64);
        if (!more) {
            return false;
        }
        if (u->n_marks) {
            memcpy(more->data, u->marks->data, u->n_marks * sizeof(size_t));
        }
        GC_STORE_PTR(u, &u->marks, more);
    }
    ((size_t *)(void *)u->marks->data)[u->n_marks++] = u->top;
    u->fence = u->top;
    return true;
}

static bool load_pop(Thread *t, Unpickler *u, bool to_mark)
{
    size_t at;
    if (to_mark) {
        return marked_items(t, u) != 0;
    }
    if (u->n_marks && ((size_t *)(void *)u->marks->data)[u->n_marks - 1] == u->top) {
        return unpickle_mark(t, u, &at);
    }
    return unpickle_pop(t, u) != 0;
}

static bool load_frame(Thread *t, Unpickler *u)
{
    uint64_t n;
    const char *p;
    if (!read_number(t, u, 8, &n)) {
        return false;
    }
    if (n > PTRDIFF_MAX) {
        overflow_error(t, "FRAME length exceeds system's maximum of %zd bytes",
                       (ssize_t)PTRDIFF_MAX);
        return false;
    }
    if (!unpickle_read(t, u, n, &p)) {
        return false;
    }
    u->pos -= n; /* read ahead */
    u->in_frame = u->file_read != 0;
    return true;
}

static bool load_proto(Thread *t, Unpickler *u)
{
    uint64_t proto;
    if (!read_number(t, u, 1, &proto)) {
        return false;
    }
    if (proto > PICKLE_HIGHEST) {
        value_error(t, "unsupported pickle protocol: %d", (int)proto);
        return false;
    }
    store_relaxed(&u->proto, (int)proto);
    return true;
}

static bool make_readonly(Thread *t, Unpickler *u)
{
    if (u->top <= u->fence) {
        return unpickle_underflow(t, u);
    }
    Value view = memoryview_new(t, u->stack->items[u->top - 1]);
    Value fixed = view ? call_method0(t, view, INTERN(t, "toreadonly")) : 0;
    if (fixed) {
        gc_store(u->stack, &u->stack->items[u->top - 1], fixed);
    }
    return fixed != 0;
}

static bool duplicate(Thread *t, Unpickler *u)
{
    return u->top <= u->fence ? unpickle_underflow(t, u)
                              : unpickle_push(t, u, u->stack->items[u->top - 1]);
}

/* Instructions that leave nothing new on the stack, or know themselves what. */
static bool load_other(Thread *t, Value self, unsigned op)
{
    Unpickler *u = (Unpickler *)value_object(self);
    switch (op) {
    case P_MARK: return load_mark(t, u);
    case P_POP: return load_pop(t, u, false);
    case P_POP_MARK: return load_pop(t, u, true);
    case P_DUP: return duplicate(t, u);
    case P_GET: case P_BINGET: case P_LONG_BINGET: return load_get(t, u, op);
    case P_PUT: case P_BINPUT: case P_LONG_BINPUT: case P_MEMOIZE: return load_put(t, u, op);
    case P_APPEND:
    case P_APPENDS:
    case P_SETITEM:
    case P_SETITEMS:
    case P_ADDITEMS:
        return load_update(t, u, op);
    case P_BUILD: return unpickle_build(t, u);
    case P_PROTO: return load_proto(t, u);
    case P_FRAME: return load_frame(t, u);
    case P_READONLY_BUFFER: return make_readonly(t, u);
    default: break;
    }
    bool known = true, ok = unpickle_object_op(t, self, op, &known);
    if (!known && op >= ' ' && op < 127 && op != '\'' && op != '\\') {
        raise_unpickling(t, "invalid load key, '%c'.", (int)op);
    } else if (!known) {
        char hex[8];
        snprintf(hex, sizeof hex, "\\x%02x", op);
        raise_unpickling(t, "invalid load key, '%s'.", hex);
    }
    return ok;
}

/* Which function loads what an instruction pushes; the others are load_other's. */
enum { PUSH_NOTHING, PUSH_STRING, PUSH_CONTAINER, PUSH_NUMBER };
static const uint8_t pushes[256] = {
    [P_STRING] = PUSH_STRING,
    [P_BINSTRING] = PUSH_STRING,
    [P_SHORT_BINSTRING] = PUSH_STRING,
    [P_UNICODE] = PUSH_STRING,
    [P_SHORT_BINUNICODE] = PUSH_STRING,
    [P_BINUNICODE] = PUSH_STRING,
    [P_BINUNICODE8] = PUSH_STRING,
    [P_SHORT_BINBYTES] = PUSH_STRING,
    [P_BINBYTES] = PUSH_STRING,
    [P_BINBYTES8] = PUSH_STRING,
    [P_BYTEARRAY8] = PUSH_STRING,
    [P_NEXT_BUFFER] = PUSH_STRING,
    [P_EMPTY_LIST] = PUSH_CONTAINER,
    [P_EMPTY_DICT] = PUSH_CONTAINER,
    [P_EMPTY_TUPLE] = PUSH_CONTAINER,
    [P_EMPTY_SET] = PUSH_CONTAINER,
    [P_LIST] = PUSH_CONTAINER,
    [P_TUPLE] = PUSH_CONTAINER,
    [P_TUPLE1] = PUSH_CONTAINER,
    [P_TUPLE2] = PUSH_CONTAINER,
    [P_TUPLE3] = PUSH_CONTAINER,
    [P_FROZENSET] = PUSH_CONTAINER,
    [P_DICT] = PUSH_CONTAINER,
    [P_NONE] = PUSH_NUMBER,
    [P_NEWTRUE] = PUSH_NUMBER,
    [P_NEWFALSE] = PUSH_NUMBER,
    [P_BININT] = PUSH_NUMBER,
    [P_BININT1] = PUSH_NUMBER,
    [P_BININT2] = PUSH_NUMBER,
    [P_INT] = PUSH_NUMBER,
    [P_LONG] = PUSH_NUMBER,
    [P_LONG1] = PUSH_NUMBER,
    [P_LONG4] = PUSH_NUMBER,
    [P_FLOAT] = PUSH_NUMBER,
    [P_BINFLOAT] = PUSH_NUMBER,
};

int unpickle_step(Thread *t, Value self, unsigned op)
{
    Unpickler *u = (Unpickler *)value_object(self);
    switch (pushes[op]) {
    case PUSH_STRING: return unpickle_push(t, u, load_string(t, u, op)) ? 1 : -1;
    case PUSH_CONTAINER: return unpickle_push(t, u, load_container(t, u, op)) ? 1 : -1;
    case PUSH_NUMBER: return unpickle_push(t, u, load_number(t, u, op)) ? 1 : -1;
    default: return op == P_STOP ? 0 : load_other(t, self, op) ? 1 : -1;
    }
}
