/* Methods of array.array. */
#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/descr.h"
#include "core/object/int.h"
#include "core/object/list_internal.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_struct/struct_format.h"
#include "modules/array/array.h"

static Value array_append(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint64_t cell;
    Array *a = as_array(args[0]);
    return array_store(t, a->kind, args[1], &cell) &&
                   array_splice(t, a, SIZE_MAX, SIZE_MAX, &cell, 1)
               ? NONE
               : 0;
}

static Value array_extend_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return array_extend(t, as_array(args[0]), args[1]) ? NONE : 0;
}

static Value array_insert(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    ssize_t i;
    uint64_t cell;
    if (!value_to_ssize(t, args[1], &i, &exc_OverflowError) ||
        !array_store(t, a->kind, args[2], &cell)) {
        return 0;
    }
    ssize_t len = (ssize_t)array_size(a);
    i = i < 0 ? (i + len < 0 ? 0 : i + len) : i;
    return array_splice(t, a, (size_t)i, (size_t)i, &cell, 1) ? NONE : 0;
}

/* First position of v, -1 absent, -2 raised. */
static ssize_t find_item(Thread *t, Array *a, Value v, ssize_t lo, ssize_t hi)
{
    Value x;
    for (ssize_t i = lo; i < hi && (x = array_item(t, a, (size_t)i)); i++) {
        int c = object_compare_bool(t, x, v, CMP_EQ);
        if (c) {
            return c < 0 ? -2 : i;
        }
    }
    return error_pending(t) ? -2 : -1;
}

static Value array_index(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    ssize_t lo = 0, hi = PTRDIFF_MAX, len = (ssize_t)array_size(a);
    if ((args[2] && !value_to_ssize(t, args[2], &lo, NULL)) ||
        (args[3] && !value_to_ssize(t, args[3], &hi, NULL))) {
        return 0;
    }
    lo = lo < 0 ? (lo + len < 0 ? 0 : lo + len) : lo;
    hi = hi < 0 ? hi + len : hi;
    ssize_t i = find_item(t, a, args[1], lo, hi);
    return i == -2 ? 0 : i < 0 ? value_error(t, "array.index(x): x not in array") : fixnum(i);
}

static Value array_count(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value x;
    int64_t count = 0;
    for (size_t i = 0; (x = array_item(t, as_array(args[0]), i)); i++) {
        int c = object_compare_bool(t, x, args[1], CMP_EQ);
        if (c < 0) {
            return 0;
        }
        count += c;
    }
    return error_pending(t) ? 0 : fixnum(count);
}

static Value array_remove(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    ssize_t i = find_item(t, a, args[1], 0, PTRDIFF_MAX);
    if (i < 0) {
        return i == -2 ? 0 : value_error(t, "array.remove(x): x not in array");
    }
    return array_splice(t, a, (size_t)i, (size_t)i + 1, NULL, 0) ? NONE : 0;
}

static Value array_pop(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    ssize_t i = -1;
    if (args[1] && !value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    if (array_size(a) == 0) {
        return index_error(t, "pop from empty array");
    }
    i = i < 0 ? i + (ssize_t)array_size(a) : i;
    Value v = i < 0 ? 0 : array_item(t, a, (size_t)i);
    if (!v) {
        return error_pending(t) ? 0 : index_error(t, "pop index out of range");
    }
    return array_splice(t, a, (size_t)i, (size_t)i + 1, NULL, 0) ? v : 0;
}

static Value array_reverse(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    bool locked = object_lock(t, a);
    size_t size = a->kind->size, len = array_size(a);
    char *p = a->buf->data, cell[8];
    for (size_t i = 0; i < len / 2; i++) {
        char *x = p + i * size, *y = p + (len - 1 - i) * size;
        racy_copy(cell, x, size);
        racy_copy(x, y, size);
        racy_copy(y, cell, size);
    }
    object_unlock(a, locked);
    return NONE;
}

static Value array_byteswap(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    bool locked = object_lock(t, a);
    array_swap(a->buf->data, a->kind->size, array_size(a));
    object_unlock(a, locked);
    return NONE;
}

static Value array_buffer_info(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    size_t len;
    const RawBuffer *buf = array_content(a, &len);
    Value p = int_from_uint64(t, (uint64_t)(uintptr_t)buf->data);
    return p ? tuple_pack(t, 2, p, fixnum((int64_t)len)) : 0;
}

static Value array_tolist(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    Value list = list_new(t, array_size(a)), x;
    for (size_t i = 0; list && (x = array_item(t, a, i)); i++) {
        if (!list_add_new(t, list, x)) {
            return 0;
        }
    }
    return error_pending(t) ? 0 : list;
}

static Value array_fromlist(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    if (!value_is_list(args[1])) {
        return type_error(t, "arg must be list");
    }
    size_t count = list_len(args[1]);
    Value fresh = array_new(t, &array_type, a->kind, count);
    for (size_t i = 0; fresh && i < count; i++) {
        Value v = list_get(args[1], i);
        if (!v) {
            return runtime_error(t, "list changed size during iteration");
        }
        if (!array_store(t, a->kind, v, as_array(fresh)->buf->data + i * a->kind->size)) {
            return 0;
        }
    }
    return fresh && array_splice(t, a, SIZE_MAX, SIZE_MAX, as_array(fresh)->buf->data, count) ? NONE
                                                                                              : 0;
}

static Value array_tobytes(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    size_t n_items;
    RawBuffer *buf = array_content(a, &n_items);
    Value v = bytes_new_unset(t, n_items * a->kind->size);
    if (v) {
        racy_copy(value_bytes(v)->data, buf->data, value_bytes(v)->len);
    }
    return v;
}

bool array_from_bytes(Thread *t, Array *a, Value data)
{
    Buffer view;
    if (!buffer_get(t, data, &view, BUFFER_SIMPLE)) {
        return false;
    }
    bool ok = view.len % a->kind->size == 0;
    if (!ok) {
        value_error(t, "bytes length not a multiple of item size");
    } else {
        ok = array_splice(t, a, SIZE_MAX, SIZE_MAX, view.buf, (size_t)view.len / a->kind->size);
    }
    buffer_release(t, &view);
    return ok;
}

static Value array_frombytes(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return array_from_bytes(t, as_array(args[0]), args[1]) ? NONE : 0;
}

static Value array_fromfile(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    ssize_t count;
    if (!value_to_ssize(t, args[2], &count, &exc_OverflowError)) {
        return 0;
    }
    if (count < 0) {
        return value_error(t, "negative count");
    }
    if (count > PTRDIFF_MAX / a->kind->size) {
        return raise_memory(t);
    }
    Value bytes = call_method1(t, args[1], N(read), int_from_int64(t, count * a->kind->size));
    if (!bytes) {
        return 0;
    }
    if (!value_is_bytes(bytes)) {
        return type_error(t, "read() didn't return bytes");
    }
    if (!array_from_bytes(t, a, bytes)) {
        return 0;
    }
    return value_bytes(bytes)->len == (size_t)count * a->kind->size
               ? NONE : raise(t, &exc_EOFError, "read() didn't return enough bytes");
}

static Value array_tofile(Thread *t, Value *args, size_t n, Value kw)
{
    Value bytes = array_tobytes(t, args, n, kw);
    if (bytes && value_bytes(bytes)->len == 0) {
        return NONE;
    }
    return bytes && call_method1(t, args[1], N(write), bytes) ? NONE : 0;
}

static Value array_fromunicode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    if (!value_is_str(args[1])) {
        return type_error(t, "fromunicode() argument must be str, not %T", args[1]);
    }
    if (a->kind->code != 'u') {
        return value_error(t, "fromunicode() may only be called on unicode type arrays");
    }
    size_t count = str_len(args[1]);
    RawBuffer *text = raw_buffer_new(t, count * 4);
    for (size_t i = 0; text && i < count; i++) {
        uint32_t c = str_get(value_str(args[1]), i);
        memcpy(text->data + 4 * i, &c, 4);
    }
    return text && array_splice(t, a, SIZE_MAX, SIZE_MAX, text->data, count) ? NONE : 0;
}

static Value array_copy(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Array *a = as_array(args[0]);
    Value c = array_new(t, &array_type, a->kind, 0);
    return c && array_extend(t, as_array(c), args[0]) ? c : 0;
}

static Value array_tounicode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (as_array(args[0])->kind->code != 'u') {
        return value_error(t, "tounicode() may only be called on unicode type arrays");
    }
    Value copy = array_copy(t, args, 1, 0); /* which no other thread changes */
    if (!copy) {
        return 0;
    }
    const Array *a = as_array(copy);
    const uint32_t *p = (const uint32_t *)(const void *)a->buf->data;
    for (size_t i = 0; i < a->len; i++) {
        if (p[i] > 0x10ffff) {
            return value_error(t, "character U+%x is not in range [U+0000; U+10ffff]",
                               (unsigned)p[i]);
        }
    }
    return str_from_ucs4(t, p, a->len);
}

static Value array_reduce_ex(Thread *t, Value *args, size_t n, Value kw)
{
    Array *a = as_array(args[0]);
    int64_t protocol;
    Value dict;
    if (!value_is_int(args[1]) || !value_to_int64(t, args[1], &protocol)) {
        return error_pending(t) ? 0 : type_error(t, "__reduce_ex__ argument should be an integer");
    }
    int found = object_lookup_attr(t, args[0], N(__dict__), &dict);
    if (found < 0) {
        return 0;
    }
    dict = found ? dict : NONE;
    Value type = object_value(type_of(args[0])), code = str_from_char(t, (uint32_t)a->kind->code),
          content, inner;
    if (protocol < 3) {
        content = array_tolist(t, args, n, kw);
        inner = code && content ? tuple_pack(t, 2, code, content) : 0;
        return inner ? tuple_pack(t, 3, type, inner, dict) : 0;
    }
    content = array_tobytes(t, args, n, kw);
    inner = code && content ? tuple_pack(t, 4, type, code, fixnum(a->kind->machine_format), content)
                            : 0;
    Value f = inner ? import_attr(t, "array", "_array_reconstructor") : 0;
    return f ? tuple_pack(t, 3, f, inner, dict) : 0;
}

/* ---- unpickling from another machine's format ---- */

static const StructItem machine_items[] = {
    {.code = 'B', .size = 1}, {.code = 'b', .size = 1},
    {.code = 'H', .size = 2}, {.code = 'H', .size = 2, .big = true},
    {.code = 'h', .size = 2}, {.code = 'h', .size = 2, .big = true},
    {.code = 'I', .size = 4}, {.code = 'I', .size = 4, .big = true},
    {.code = 'i', .size = 4}, {.code = 'i', .size = 4, .big = true},
    {.code = 'Q', .size = 8}, {.code = 'Q', .size = 8, .big = true},
    {.code = 'q', .size = 8}, {.code = 'q', .size = 8, .big = true},
    {.code = 'f', .size = 4}, {.code = 'f', .size = 4, .big = true},
    {.code = 'd', .size = 8}, {.code = 'd', .size = 8, .big = true},
};

static bool reconstruct_items(Thread *t, Array *a, int format, Value bytes)
{
    const StructItem *item = &machine_items[format];
    Bytes *b = value_bytes(bytes);
    if (b->len % item->size) {
        value_error(t, "bytes length not a multiple of item size");
        return false;
    }
    for (size_t i = 0; i < b->len; i += item->size) {
        Value v = struct_unpack_item(t, item, (unsigned char *)b->data + i);
        uint64_t cell;
        if (!v || !array_store(t, a->kind, v, &cell) ||
            !array_splice(t, a, SIZE_MAX, SIZE_MAX, &cell, 1)) {
            return false;
        }
    }
    return true;
}

static bool reconstruct_text(Thread *t, Array *a, int format, Value bytes)
{
    static const char *const codecs[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
    Value s =
        str_decode(t, value_bytes(bytes)->data, value_bytes(bytes)->len, codecs[format - 18], NULL);
    return s && array_extend(t, a, s);
}

Value array_reconstructor(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int format;
    if (!value_is_type(args[0])) {
        return type_error(t, "first argument must be a type object, not %T", args[0]);
    }
    if (!type_is_subtype(value_type(args[0]), &array_type)) {
        return type_error(t, "%s is not a subtype of %s", type_short_name(value_type(args[0])),
                          array_type.name);
    }
    if (!value_is_str(args[1]) || str_len(args[1]) != 1) {
        return type_error(
            t, "_array_reconstructor() argument 2 must be a unicode character, not %T", args[1]);
    }
    const ArrayKind *k = array_kind_find(str_get(value_str(args[1]), 0));
    if (!k) {
        return value_error(t, "second argument must be a valid type code");
    }
    if (!value_to_int(t, args[2], &format)) {
        return 0;
    }
    if (format < 0 || format > 21) {
        return value_error(t, "third argument must be a valid machine format code.");
    }
    if (!value_is_bytes(args[3])) {
        return type_error(t, "fourth argument should be bytes, not %T", args[3]);
    }
    Value v = array_new(t, value_type(args[0]), k, 0);
    if (!v) {
        return 0;
    }
    bool ok = format == k->machine_format ? array_from_bytes(t, as_array(v), args[3])
              : format >= 18              ? reconstruct_text(t, as_array(v), format, args[3])
                                          : reconstruct_items(t, as_array(v), format, args[3]);
    return ok ? v : 0;
}

static Value array_sizeof(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_uint64(t, sizeof(Array) + load_acquire(&as_array(args[0])->buf)->cap);
}

static Value get_typecode(Thread *t, Value self, void *closure UNUSED)
{
    return str_from_char(t, (uint32_t)as_array(self)->kind->code);
}

static Value get_itemsize(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(as_array(self)->kind->size);
}

const GetSetDef array_getset[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array", NULL},
    {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item", NULL},
    {0},
};

const NativeDef array_methods[] = {
    {"append(v, /)", array_append, "Appends an item.", NATIVE_RESIZES},
    {"buffer_info()", array_buffer_info, "The pair (address, length).", 0},
    {"byteswap()", array_byteswap, "Reverses the bytes of every item.", 0},
    {"count(v, /)", array_count, "How often v occurs.", 0},
    {"extend(bb, /)", array_extend_method, "Appends all items of an array or iterable.",
     NATIVE_RESIZES},
    {"frombytes(buffer, /)", array_frombytes, "Appends items given in machine form.",
     NATIVE_RESIZES},
    {"fromfile(f, n, /)", array_fromfile, "Appends n items read from the file f.", 0},
    {"fromlist(list, /)", array_fromlist, "Appends the items of a list; all or none.",
     NATIVE_RESIZES},
    {"fromunicode(ustr, /)", array_fromunicode, "Appends the characters of a str.", NATIVE_RESIZES},
    {"index(v, start=0, stop=sys.maxsize, /)", array_index,
     "Position of v; ValueError when absent.", 0},
    {"insert(i, v, /)", array_insert, "Inserts v before position i.", NATIVE_RESIZES},
    {"pop(i=-1, /)", array_pop, "Removes and returns an item.", NATIVE_RESIZES},
    {"remove(v, /)", array_remove, "Removes the first v.", NATIVE_RESIZES},
    {"reverse()", array_reverse, "Reverses the order of the items.", 0},
    {"tobytes()", array_tobytes, "The items in machine form.", 0},
    {"tofile(f, /)", array_tofile, "Writes the items in machine form to the file f.", 0},
    {"tolist()", array_tolist, "The items as a list.", 0},
    {"tounicode()", array_tounicode, "The characters as a str.", 0},
    {"__copy__()", array_copy, "A copy of the array.", 0},
    {"__deepcopy__(unused, /)", array_copy, "A copy of the array.", 0},
    {"__reduce_ex__(value, /)", array_reduce_ex, "How to pickle the array.", 0},
    {"__sizeof__()", array_sizeof, "Size in memory, in bytes.", 0},
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {0},
};
