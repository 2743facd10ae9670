/* Arrays: classes, items, slices, the text of character arrays. */
#include <wchar.h>

#include "core/base/racy.h"
#include "core/object/slice.h"
#include "modules/_ctypes/ctypes.h"

/* ---- what character arrays have ---- */

static Value get_raw(Thread *t, Value self, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    size_t size = cdata_size(d);
    return cdata_bytes(t, cdata_ptr(d), size);
}

static bool no_delete(Thread *t, Value v)
{
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
    }
    return v != 0;
}

static bool set_raw(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Buffer view;
    if (!no_delete(t, v) || !buffer_get(t, v, &view, BUFFER_SIMPLE)) {
        return false;
    }
    CData *d = cdata_of(self);
    bool fits = (size_t)view.len <= cdata_size(d);
    if (fits) {
        racy_copy(cdata_ptr(d), view.buf, (size_t)view.len);
    } else {
        value_error(t, "byte string too long");
    }
    buffer_release(t, &view);
    return fits;
}

static Value get_chars(Thread *t, Value self, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    size_t size = cdata_size(d);
    return code_find('s')->get(t, cdata_ptr(d), size);
}

static bool set_chars(Thread *t, Value self, Value v, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    size_t size = cdata_size(d);
    if (!cdata_may_set(t, v)) {
        return false;
    }
    if (!value_is_bytes(v)) {
        type_error(t, "bytes expected instead of %T instance", v);
        return false;
    }
    if (value_bytes(v)->len > size) {
        value_error(t, "byte string too long");
        return false;
    }
    size_t n = value_bytes(v)->len;
    racy_copy(cdata_ptr(d), value_bytes(v)->data, n < size ? n + 1 : n);
    return true;
}

static Value get_wide(Thread *t, Value self, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    size_t size = cdata_size(d);
    return code_find('U')->get(t, cdata_ptr(d), size);
}

static bool set_wide(Thread *t, Value self, Value v, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    size_t size = cdata_size(d);
    if (!cdata_may_set(t, v)) {
        return false;
    }
    if (value_is_str(v) && str_len(v) > size / sizeof(wchar_t)) {
        value_error(t, "string too long");
        return false;
    }
    return code_find('U')->set(t, cdata_ptr(d), v, size) != 0;
}

static const GetSetDef chars_getset[] = {
    {"raw", get_raw, set_raw, "value", NULL},
    {"value", get_chars, set_chars, "string value", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const GetSetDef wide_getset[] = {
    {"value", get_wide, set_wide, "string value", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static bool add_getset(Thread *t, Value type, const GetSetDef *defs)
{
    for (const GetSetDef *d = defs; d->name; d++) {
        Value descr = getset_descr_new(t, value_type(type), d), name = intern_cstr(t, d->name);
        if (!descr || !name || !type_type.setattr(t, type, name, descr)) {
            return false;
        }
    }
    return true;
}

/* ---- classes ---- */

static bool class_length(Thread *t, Value type, size_t *out)
{
    Value v;
    int r = object_lookup_attr_cstr(t, type, "_length_", &v);
    int64_t n;
    if (r <= 0) {
        if (r == 0) {
            raise(t, &exc_AttributeError, "class must define a '_length_' attribute");
        }
        return false;
    }
    if (!value_is_int(v)) {
        type_error(t, "The '_length_' attribute must be an integer");
    } else if (int_sign(v) < 0) {
        value_error(t, "The '_length_' attribute must not be negative");
    } else if (!int_try_int64(v, &n)) {
        overflow_error(t, "The '_length_' attribute is too large");
    } else {
        *out = (size_t)n;
        return true;
    }
    return false;
}

static bool set_shape(Thread *t, CInfo *info, const CInfo *item)
{
    info->ndim = item->ndim + 1;
    info->shape_data = raw_buffer_new(t, (size_t)info->ndim * sizeof(ssize_t));
    if (!info->shape_data) {
        return false;
    }
    info->shape = (ssize_t *)(void *)info->shape_data->data;
    info->shape[0] = (ssize_t)info->length;
    for (int i = 0; i < item->ndim; i++) {
        info->shape[i + 1] = item->shape[i];
    }
    return info_set_format(t, info, "%s", item->format ? item->format : "B");
}

/* libffi asks what lies in structures of up to 32 bytes only. */
static bool describe_items(Thread *t, CInfo *info, CInfo *item)
{
    size_t n = info->size <= 32 && item->size ? info->length : 1;
    ffi_type **elements = info_elements(t, info, n);
    for (size_t i = 0; elements && i < n; i++) {
        elements[i] = &item->ffi;
    }
    return elements != NULL;
}

Value array_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    Value type = type_new(t, meta, args, n, kwnames), proto;
    size_t length;
    if (!type || !class_length(t, type, &length)) {
        return 0;
    }
    int r = object_lookup_attr_cstr(t, type, "_type_", &proto);
    if (r <= 0) {
        return r < 0 ? 0
                     : raise(t, &exc_AttributeError, "class must define a '_type_' attribute");
    }
    CInfo *item = info_of(proto);
    if (!item) {
        return type_error(t, "_type_ must have storage info");
    }
    item = info_final(t, value_type(proto));
    CInfo *info = info_new(t, KIND_ARRAY);
    if (!info) {
        return 0;
    }
    if (item->size && length > (size_t)PTRDIFF_MAX / item->size) {
        return overflow_error(t, "array too large");
    }
    info->length = length;
    info->size = item->size * length;
    info->align = item->align;
    info->flags = item->flags & (INFO_POINTER | INFO_HAS_POINTER) ? INFO_HAS_POINTER : 0;
    info->flags |= item->flags & (INFO_HAS_UNION | INFO_HAS_BITFIELD);
    gc_store(info, &info->proto, proto);
    if (!set_shape(t, info, item) || !describe_items(t, info, item)) {
        return 0;
    }
    if (!info_publish(t, value_type(type), info)) {
        return type_error(t, "abstract class");
    }
    bool text = item->kind == KIND_SIMPLE && (item->code == 'c' || item->code == 'u');
    return !text || add_getset(t, type, item->code == 'c' ? chars_getset : wide_getset) ? type : 0;
}

/* ---- items ---- */

static ssize_t array_len(Thread *t UNUSED, Value self)
{
    return (ssize_t)cdata_info(cdata_of(self))->length;
}

/* The place of item i; NULL: raised. */
static char *item_place(Thread *t, Value self, ssize_t i, CInfo **item)
{
    CData *d = cdata_of(self);
    CInfo *info = cdata_info(d);
    *item = info_of(info->proto);
    if (i < 0 || (size_t)i >= info->length) {
        index_error(t, "invalid index");
        return NULL;
    }
    return cdata_ptr(d) + (size_t)i * (*item)->size;
}

static Value array_item(Thread *t, Value self, ssize_t i)
{
    CInfo *item;
    char *p = item_place(t, self, i, &item);
    Value proto = cdata_info(cdata_of(self))->proto;
    return p ? cdata_get(t, proto, NULL, self, (size_t)i, item->size, p) : 0;
}

static bool set_item(Thread *t, Value self, ssize_t i, Value v)
{
    CInfo *item;
    char *p = item_place(t, self, i, &item);
    Value proto = cdata_info(cdata_of(self))->proto;
    return p && cdata_set(t, self, proto, NULL, v, (size_t)i, item->size, p);
}

static Value text_slice(Thread *t, const char *p, char code, ssize_t start, ssize_t n, ssize_t step)
{
    if (code == 'c') {
        Value b = bytes_new(t, NULL, (size_t)n);
        for (ssize_t i = 0; b && i < n; i++) {
            value_bytes(b)->data[i] = p[start + i * step];
        }
        return b;
    }
    const wchar_t *w = (const wchar_t *)(const void *)p;
    StrBuilder b;
    sb_init(&b, t);
    for (ssize_t i = 0; i < n; i++) {
        if ((uint32_t)w[start + i * step] > 0x10ffff) {
            return code_find('u')->get(t, &w[start + i * step], sizeof *w);
        }
        sb_char(&b, (uint32_t)w[start + i * step]);
    }
    return sb_finish(&b);
}

static Value array_slice(Thread *t, Value self, Value key)
{
    CData *d = cdata_of(self);
    CInfo *info = cdata_info(d), *item = info_of(info->proto);
    ssize_t start, stop, step;
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        return 0;
    }
    ssize_t n = slice_adjust((ssize_t)info->length, &start, &stop, step);
    if (item->kind == KIND_SIMPLE && (item->code == 'c' || item->code == 'u')) {
        return text_slice(t, cdata_ptr(d), item->code, start, n, step);
    }
    Value list = list_new(t, (size_t)n);
    for (ssize_t i = 0; list && i < n; i++) {
        Value v = array_item(t, self, start + i * step);
        if (!v || !list_append(t, list, v)) {
            return 0;
        }
    }
    return list;
}

static Value array_getitem(Thread *t, Value self, Value key)
{
    ssize_t i;
    switch (subscript_key(t, key, "indices must be integers", &i)) {
    case SUBSCRIPT_INDEX:
        return array_item(t, self, i < 0 ? i + array_len(t, self) : i);
    case SUBSCRIPT_SLICE:
        return array_slice(t, self, key);
    default:
        return 0;
    }
}

static bool set_slice(Thread *t, Value self, Value key, Value v)
{
    ssize_t start, stop, step;
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        return false;
    }
    ssize_t n = slice_adjust(array_len(t, self), &start, &stop, step), have = object_len(t, v);
    if (have < 0) {
        return false;
    }
    if (have != n) {
        value_error(t, "Can only assign sequence of same size");
        return false;
    }
    for (ssize_t i = 0; i < n; i++) {
        Value item = object_getitem(t, v, fixnum(i));
        if (!item || !set_item(t, self, start + i * step, item)) {
            return false;
        }
    }
    return true;
}

static bool array_setitem(Thread *t, Value self, Value key, Value v)
{
    ssize_t i;
    if (!v) {
        type_error(t, "Array does not support item deletion");
        return false;
    }
    switch (subscript_key(t, key, "indices must be integer", &i)) {
    case SUBSCRIPT_INDEX:
        return set_item(t, self, i < 0 ? i + array_len(t, self) : i, v);
    case SUBSCRIPT_SLICE:
        return set_slice(t, self, key, v);
    default:
        return false;
    }
}

static bool array_init(Thread *t, Value self, Value *args, size_t n, Value kwnames UNUSED)
{
    for (size_t i = 0; i < n; i++) {
        if (!set_item(t, self, (ssize_t)i, args[i])) {
            return false;
        }
    }
    return true;
}

static Value array_class_getitem(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return generic_alias_new(t, args[0], args[1]);
}

static const NativeDef array_methods[] = {
    {"__class_getitem__(item, /)", array_class_getitem, "See PEP 585", NATIVE_CLASS},
    {NULL, NULL, NULL, 0},
};

CType c_array_type = {.type = {
    .head = OBJECT_STATIC_HEAD(&array_meta),
    .name = "_ctypes.Array",
    .doc = "A C array.",
    .base = &cdata_type,
    .size = sizeof(CData),
    .flags = TYPE_BASETYPE,
    .new = cdata_type_new,
    .init = array_init,
    .len = array_len,
    .item = array_item,
    .getitem = array_getitem,
    .setitem = array_setitem,
    .methods = array_methods,
}};
