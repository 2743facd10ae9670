/* Pointers: classes, what they lead to. */
#include <wchar.h>

#include "modules/_ctypes/ctypes.h"

#include "core/base/racy.h"

Value pointer_cache(Thread *t)
{
    return value_load(interp_slot(t, INTERP_ctypes_pointer_cache));
}

/* ---- classes ---- */

static bool check_target(Thread *t, Value proto)
{
    if (!value_is_type(proto)) {
        type_error(t, "_type_ must be a type");
    } else if (!info_of(proto)) {
        type_error(t, "_type_ must have storage info");
    } else {
        return true;
    }
    return false;
}

static bool format_pointer(Thread *t, CInfo *info, Value proto)
{
    CInfo *item = info_of(proto);
    StrBuilder b;
    sb_init(&b, t);
    for (int i = 0; i < item->ndim; i++) {
        sb_format(&b, i ? ",%zd" : "(%zd", item->shape[i]);
    }
    if (item->ndim) {
        sb_char(&b, ')');
    }
    Value shape = sb_finish(&b);
    return shape && info_set_format(t, info, "&%U%s", shape, item->format ? item->format : "B");
}

Value pointer_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    Value type = type_new(t, meta, args, n, kwnames);
    CInfo *info = type ? info_new(t, KIND_POINTER) : NULL;
    if (!info) {
        return 0;
    }
    info->size = sizeof(void *);
    info->align = _Alignof(void *);
    info->ffi = ffi_type_pointer;
    info->length = 1;
    info->flags = INFO_POINTER;
    Value proto = dict_get_cstr(t, object_value(value_type(type)->dict), "_type_");
    if (proto) {
        if (!check_target(t, proto) || !format_pointer(t, info, proto)) {
            return 0;
        }
        gc_store(info, &info->proto, proto);
    }
    if (error_pending(t) || !info_publish(t, value_type(type), info)) {
        return error_pending(t) ? 0 : type_error(t, "abstract class");
    }
    return type;
}

Value pointer_set_type(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    CInfo *info = info_of(args[0]);
    if (!info) {
        return type_error(t, "abstract class");
    }
    Value name = intern_cstr(t, "_type_");
    if (!check_target(t, args[1]) || !name || !object_setattr(t, args[0], name, args[1])) {
        return 0;
    }
    gc_store(info, &info->proto, args[1]);
    return NONE;
}

Value pointer_from_param(Thread *t, Value type, Value v)
{
    if (is_none(v)) {
        return v;
    }
    Value proto = value_load(&info_of(type)->proto);
    if (!proto) {
        return type_error(t, "Cannot create instance: has no _type_");
    }
    int r = object_isinstance(t, v, proto);
    if (r < 0) {
        return 0;
    }
    if (r && value_is_cdata(v)) {
        CArg *arg = carg_new(t, 'P', &ffi_type_pointer, v);
        if (arg) {
            arg->value.p = cdata_ptr(cdata_of(v));
        }
        return object_value(arg);
    }
    CInfo *from = value_is_cdata(v) ? cdata_info(cdata_of(v)) : NULL;
    if (from && from->proto && (from->kind == KIND_POINTER || from->kind == KIND_ARRAY)) {
        r = object_issubclass(t, value_load(&from->proto), proto);
        if (r) {
            return r < 0 ? 0 : v;
        }
    }
    return type_from_param(t, type, v);
}

Value pointer_type_of(Thread *t, Value target)
{
    Value found = dict_get(t, pointer_cache(t), target);
    if (found || error_pending(t)) {
        return found;
    }
    bool by_name = value_is_str(target);
    if (!by_name && !value_is_type(target)) {
        return type_error(t, "must be a ctypes type");
    }
    Value name = by_name ? str_format(t, "LP_%U", target)
                         : str_format(t, "LP_%s", value_type(target)->name);
    Value bases = name ? tuple_pack(t, 1, object_value(&c_pointer_type)) : 0;
    Value ns = bases ? dict_new(t) : 0;
    if (!ns || (!by_name && !dict_set_cstr(t, ns, "_type_", target))) {
        return 0;
    }
    Value made = call3(t, object_value(&pointer_meta), name, bases, ns);
    if (!made) {
        return 0;
    }
    if (by_name) { /* to be completed by SetPointerType */
        Value id = int_from_uint64(t, made);
        return id && dict_set(t, pointer_cache(t), id, made) ? made : 0;
    }
    return dict_setdefault(t, pointer_cache(t), target, made);
}

/* ---- instances ---- */

static char *target_of(CData *d)
{
    char *p;
    memcpy(&p, cdata_ptr(d), sizeof p);
    return p;
}

static Value target_type(Value self)
{
    return value_load(&cdata_info(cdata_of(self))->proto);
}

static bool set_contents(Thread *t, Value self, Value v, void *closure UNUSED)
{
    CData *d = cdata_of(self);
    if (!v) {
        type_error(t, "Pointer does not support item deletion");
        return false;
    }
    if (!value_is_cdata(v)) { /* any instance will do */
        type_error(t, "expected %N instead of %T", value_type(target_type(self)), v);
        return false;
    }
    char *p = cdata_ptr(cdata_of(v));
    racy_copy(cdata_ptr(d), &p, sizeof p);
    Value kept = cdata_keep(t, d, 1, v) ? cdata_kept(t, cdata_of(v)) : 0;
    return kept && cdata_keep(t, d, 0, kept);
}

static Value get_contents(Thread *t, Value self, void *closure UNUSED)
{
    char *p = target_of(cdata_of(self));
    if (!p) {
        return value_error(t, "NULL pointer access");
    }
    return cdata_at(t, value_type(target_type(self)), self, 0, p);
}

static Value pointer_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kwnames UNUSED)
{
    CInfo *info = info_of_type(type);
    if (!info || !value_load(&info->proto)) {
        return type_error(t, "Cannot create instance: has no _type_");
    }
    return cdata_new(t, type);
}

static bool pointer_init(Thread *t, Value self, Value *args, size_t n, Value kwnames UNUSED)
{
    return args_count(t, "POINTER", n, 0, 1) && (n == 0 || set_contents(t, self, args[0], NULL));
}

/* The place of item i; NULL: raised. */
static char *pointed_place(Thread *t, Value self, ssize_t i, CInfo **item)
{
    char *p = target_of(cdata_of(self));
    if (!p) {
        value_error(t, "NULL pointer access");
        return NULL;
    }
    *item = info_of(target_type(self));
    return p + i * (ssize_t)(*item)->size;
}

static Value pointer_item(Thread *t, Value self, ssize_t i)
{
    CInfo *item;
    char *p = pointed_place(t, self, i, &item);
    return p ? cdata_get(t, target_type(self), NULL, self, (size_t)i, item->size, p) : 0;
}

typedef struct SliceRange { ssize_t start, stop, step, n; } SliceRange;

static bool slice_range(Thread *t, Value key, SliceRange *r)
{
    const Slice *s = (Slice *)value_object(key);
    r->step = 1;
    r->start = 0;
    if (!is_none(s->step) && !value_to_ssize(t, s->step, &r->step, &exc_ValueError)) {
        return false;
    }
    if (r->step == 0) {
        value_error(t, "slice step cannot be zero");
        return false;
    }
    if (is_none(s->start) && r->step < 0) {
        value_error(t, "slice start is required for step < 0");
        return false;
    }
    if (is_none(s->stop)) {
        value_error(t, "slice stop is required");
        return false;
    }
    if ((!is_none(s->start) && !value_to_ssize(t, s->start, &r->start, &exc_ValueError)) ||
        !value_to_ssize(t, s->stop, &r->stop, &exc_ValueError)) {
        return false;
    }
    r->n = r->step > 0   ? (r->start < r->stop ? (r->stop - r->start - 1) / r->step + 1 : 0)
           : r->start > r->stop ? (r->stop - r->start + 1) / r->step + 1
                                : 0;
    return true;
}

static Value pointer_slice(Thread *t, Value self, Value key)
{
    SliceRange r;
    CInfo *item;
    char *p = slice_range(t, key, &r) ? pointed_place(t, self, 0, &item) : NULL;
    if (!p) {
        return 0;
    }
    char code = item->kind == KIND_SIMPLE ? item->code : 0;
    if (code == 'c') {
        Value b = bytes_new(t, NULL, (size_t)r.n);
        for (ssize_t i = 0; b && i < r.n; i++) {
            value_bytes(b)->data[i] = p[r.start + i * r.step];
        }
        return b;
    }
    Value list = list_new(t, 0);
    for (ssize_t i = 0; list && i < r.n; i++) {
        Value v = pointer_item(t, self, r.start + i * r.step);
        if (!v || !list_append(t, list, v)) {
            return 0;
        }
    }
    return list && code == 'u' ? str_join(t, str_from_cstr(t, ""), list) : list;
}

static Value pointer_getitem(Thread *t, Value self, Value key)
{
    ssize_t i;
    switch (subscript_key(t, key, "Pointer indices must be integer", &i)) {
    case SUBSCRIPT_INDEX:
        return pointer_item(t, self, i);
    case SUBSCRIPT_SLICE:
        return pointer_slice(t, self, key);
    default:
        return 0;
    }
}

static bool pointer_setitem(Thread *t, Value self, Value key, Value v)
{
    ssize_t i;
    CInfo *item;
    if (!v) {
        type_error(t, "Pointer does not support item deletion");
        return false;
    }
    if (!value_is_int(key)) {
        Value index = number_index(t, key);
        if (!index) {
            return false;
        }
        key = index;
    }
    char *p = value_to_ssize(t, key, &i, &exc_IndexError) ? pointed_place(t, self, i, &item) : NULL;
    return p && cdata_set(t, self, target_type(self), NULL, v, (size_t)i, item->size, p);
}

static int pointer_truth(Thread *t UNUSED, Value self)
{
    return target_of(cdata_of(self)) != NULL;
}

static const GetSetDef pointer_getset[] = {
    {"contents", get_contents, set_contents,
     "the object this pointer points to (read-write)", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

CType c_pointer_type = {.type = {
    .head = OBJECT_STATIC_HEAD(&pointer_meta),
    .name = "_ctypes._Pointer",
    .doc = "A pointer to C data.",
    .base = &cdata_type,
    .size = sizeof(CData),
    .flags = TYPE_BASETYPE,
    .new = pointer_new,
    .init = pointer_init,
    .item = pointer_item,
    .getitem = pointer_getitem,
    .setitem = pointer_setitem,
    .truth = pointer_truth,
    .getset = pointer_getset,
}};
