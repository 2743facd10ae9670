/* Structures and unions: laying out _fields_ as the C compiler does, anonymous members, instances.
 */
#include "modules/_ctypes/ctypes.h"

typedef struct Layout {
    CInfo *info;             /* of the class being made */
    Type *type;
    bool is_struct, big_endian;
    size_t pack;             /* 0: natural alignment */
    size_t size, offset, align; /* so far */
    int bit_offset;          /* in the open bit field */
    size_t unit;             /* bits of the open bit field's unit; 0: none is open */
    Value format;            /* str, of structures that are not packed; or 0 */
} Layout;

/* ---- one field ---- */

typedef struct FieldSpec { Value name, type; CInfo *info; int bits; } FieldSpec;

/* Character arrays read and write as bytes or str. */
static void array_conversions(CField *f, const CInfo *info)
{
    CInfo *item = info->kind == KIND_ARRAY ? info_of(info->proto) : NULL;
    if (item && item->kind == KIND_SIMPLE && (item->code == 'c' || item->code == 'u')) {
        const CCode *code = code_find(item->code == 'c' ? 's' : 'U');
        f->get = code->get;
        f->set = code->set;
    }
}

/* Makes room: a field that does not continue the open bit field. */
static bool place_field(Thread *t, Layout *l, const FieldSpec *s, CField *f)
{
    size_t align = l->pack && l->pack < s->info->align ? l->pack : s->info->align;
    size_t gap = align && l->offset % align ? align - l->offset % align : 0;
    f->offset = l->offset + gap;
    if (s->info->size > (size_t)PTRDIFF_MAX - gap - l->offset) {
        overflow_error(t, "structure or union too large");
        return false;
    }
    l->offset += gap + s->info->size;
    l->size += gap + s->info->size;
    l->align = align > l->align ? align : l->align;
    return true;
}

static bool place_bits(Thread *t, Layout *l, const FieldSpec *s, CField *f)
{
    size_t width = s->info->size * 8, end = (size_t)l->bit_offset + (size_t)s->bits;
    if (l->unit && width <= l->unit && end <= l->unit) { /* goes on in the open unit */
        f->offset = l->offset - s->info->size;
        if (l->big_endian) {
            f->low = (int)(l->unit - end);
        } else {
            f->low = l->bit_offset;
        }
    } else if (l->unit && width >= l->unit && end <= width) { /* the unit grows */
        l->offset += s->info->size - l->unit / 8;
        l->size += s->info->size - l->unit / 8;
        l->unit = width;
        f->offset = l->offset - s->info->size;
        f->low = l->big_endian ? (int)(l->unit - end) : l->bit_offset;
    } else {
        l->bit_offset = 0;
        l->unit = width;
        f->low = l->big_endian ? (int)(l->unit - (size_t)s->bits) : 0;
        if (!place_field(t, l, s, f)) {
            return false;
        }
    }
    l->bit_offset += s->bits;
    f->bits = s->bits;
    return true;
}

static CField *make_field(Thread *t, Layout *l, const FieldSpec *s, size_t index)
{
    CField *f = object_alloc(t, &cfield_type, sizeof *f);
    if (!f) {
        return NULL;
    }
    gc_store(f, &f->proto, s->type);
    f->index = index;
    f->size = s->info->size;
    f->swapped = s->info->flags & INFO_SWAPPED;
    array_conversions(f, s->info);
    if (s->bits) {
        return place_bits(t, l, s, f) ? f : NULL;
    }
    l->bit_offset = 0;
    l->unit = 0;
    return place_field(t, l, s, f) ? f : NULL;
}

/* ---- reading _fields_ ---- */

static bool bits_allowed(const CInfo *info)
{
    return info->kind == KIND_SIMPLE && strchr("bBhHiIlLqQ?", info->code);
}

static bool read_field(Thread *t, Value pair, size_t i, FieldSpec *s)
{
    size_t n = value_is_tuple(pair) ? tuple_len(pair) : 0;
    int bits = 0;
    bool good = (n == 2 || n == 3) && value_is_str(tuple_get(pair, 0));
    if (good && n == 3 && !value_to_int(t, tuple_get(pair, 2), &bits)) {
        error_clear(t);
        good = false;
    }
    if (!good) {
        type_error(t, "_fields_ must be a sequence of (name, C type) pairs");
        return false;
    }
    *s = (FieldSpec){tuple_get(pair, 0), tuple_get(pair, 1), info_of(tuple_get(pair, 1)), bits};
    if (!s->info) {
        type_error(t, "second item in _fields_ tuple (index %zd) must be a C type", (ssize_t)i);
        return false;
    }
    s->info = info_final(t, value_type(s->type));
    if (n == 2) {
        return true;
    }
    if (!bits_allowed(s->info)) {
        type_error(t, "bit fields not allowed for type %N", value_type(s->type));
    } else if (bits <= 0 || (size_t)bits > s->info->size * 8) {
        value_error(t, "number of bits invalid for bit field");
    } else {
        return true;
    }
    return false;
}

/* "(2,3)" in front of the format of an array. */
static Value shape_prefix(Thread *t, const CInfo *info)
{
    StrBuilder b;
    sb_init(&b, t);
    for (int i = 0; i < info->ndim; i++) {
        sb_format(&b, i ? ",%zd" : "(%zd", info->shape[i]);
    }
    if (info->ndim) {
        sb_char(&b, ')');
    }
    return sb_finish(&b);
}

static bool extend_format(Thread *t, Layout *l, const FieldSpec *s)
{
    if (!l->format) {
        return true;
    }
    Value shape = shape_prefix(t, s->info);
    l->format = !shape ? 0
                       : str_format(t, "%U%U%s:%U:", l->format, shape,
                                    s->info->format ? s->info->format : "B", s->name);
    return l->format != 0;
}

/* ---- the whole ---- */

static bool start_layout(Thread *t, Layout *l)
{
    Value type = object_value(l->type), v;
    int r = object_lookup_attr_cstr(t, type, "_swappedbytes_", &v);
    if (r < 0) {
        return false;
    }
    l->big_endian = r > 0;
    r = object_lookup_attr_cstr(t, type, "_pack_", &v);
    int pack = 0;
    if (r < 0) {
        return false;
    }
    if (r && (!value_is_int(v) || !value_to_int(t, v, &pack) || pack < 0)) {
        error_clear(t);
        value_error(t, "_pack_ must be a non-negative integer");
        return false;
    }
    l->pack = (size_t)pack;
    l->align = 1;
    l->format = l->is_struct && !r ? str_from_cstr(t, "T{") : 0;
    CInfo *base = info_of_type(type_base(l->type));
    if (base) {
        base = info_final(t, type_base(l->type));
        l->size = l->offset = base->size;
        l->align = base->align ? base->align : 1;
        l->info->flags |= base->flags & (INFO_HAS_UNION | INFO_HAS_BITFIELD | INFO_HAS_POINTER);
    }
    return !error_pending(t);
}

/* A union: every field begins at 0. */
static bool union_field(Thread *t, Layout *l, const FieldSpec *s, size_t index, CField **f)
{
    Layout one = *l;
    one.size = one.offset = one.align = one.unit = 0;
    *f = make_field(t, &one, s, index);
    l->size = one.size > l->size ? one.size : l->size;
    l->align = one.align > l->align ? one.align : l->align;
    return *f != NULL;
}

static bool add_field(Thread *t, Layout *l, Value pair, size_t i, ffi_type **elements)
{
    FieldSpec s;
    CField *f;
    if (!read_field(t, pair, i, &s)) {
        return false;
    }
    if (s.info->flags & (INFO_POINTER | INFO_HAS_POINTER)) {
        l->info->flags |= INFO_HAS_POINTER;
    }
    l->info->flags |= s.info->flags & (INFO_HAS_UNION | INFO_HAS_BITFIELD);
    l->info->flags |= s.bits ? INFO_HAS_BITFIELD : 0;
    if (l->is_struct) {
        f = make_field(t, l, &s, i);
        if (!f || !extend_format(t, l, &s)) {
            return false;
        }
    } else if (!union_field(t, l, &s, i, &f)) {
        return false;
    }
    elements[i] = &s.info->ffi;
    Value name = intern_str(t, s.name);
    return name && object_setattr(t, object_value(l->type), name, object_value(f));
}

static bool layout_fields(Thread *t, Layout *l, Value fields)
{
    CInfo *base = info_of_type(type_base(l->type));
    size_t n = tuple_len(fields), skip = base && base->size ? 1 : 0;
    ffi_type **elements = info_elements(t, l->info, n + skip);
    if (!elements) {
        return false;
    }
    if (skip) {
        elements[0] = &base->ffi;
    }
    for (size_t i = 0; i < n; i++) {
        if (!add_field(t, l, tuple_get(fields, i), i, elements + skip)) {
            return false;
        }
    }
    if (n + skip == 0) {
        elements[0] = &ffi_type_uchar;
    }
    l->info->length = n;
    l->info->align = l->align;
    l->info->size = (l->size + l->align - 1) / l->align * l->align;
    l->info->ffi.size = l->info->size;
    l->info->ffi.alignment = (unsigned short)l->align;
    return l->format ? info_set_format(t, l->info, "%U}", l->format)
                     : info_set_format(t, l->info, "B");
}

/* ---- anonymous members ---- */

static bool adopt_members(Thread *t, Value type, const CField *outer, size_t index, size_t offset);

static bool adopt_member(Thread *t, Value type, Value pair, const CField *outer, size_t index,
                         size_t offset)
{
    Value name = object_getitem(t, pair, fixnum(0));
    Value v = name ? object_getattr(t, outer->proto, name) : 0;
    if (!v) {
        return false;
    }
    if (type_of(v) != &cfield_type) {
        type_error(t, "unexpected type");
        return false;
    }
    const CField *f = (CField *)value_object(v);
    Value inner;
    int r = object_lookup_attr_cstr(t, outer->proto, "_anonymous_", &inner);
    r = r > 0 ? object_contains(t, inner, name) : r;
    if (r) {
        return r > 0 && adopt_members(t, type, f, index + f->index, offset + f->offset);
    }
    CField *copy = object_alloc(t, &cfield_type, sizeof *copy);
    if (!copy) {
        return false;
    }
    Object head = copy->head;
    *copy = *f;
    copy->head = head;
    copy->offset += offset;
    copy->index += index;
    return object_setattr(t, type, name, object_value(copy));
}

/* The fields of the type of `outer` become attributes of `type`, too. */
static bool adopt_members(Thread *t, Value type, const CField *outer, size_t index, size_t offset)
{
    Value fields = object_getattr_cstr(t, outer->proto, "_fields_");
    fields = fields ? sequence_fast(t, fields, "_fields_ must be a sequence") : 0;
    if (!fields || !c_recursion_enter(t, " in anonymous fields")) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; good && i < tuple_len(fields); i++) {
        good = adopt_member(t, type, tuple_get(fields, i), outer, index, offset);
    }
    c_recursion_leave(t);
    return good;
}

static bool anonymous_fields(Thread *t, Value type)
{
    Value members, v;
    int r = object_lookup_attr_cstr(t, type, "_anonymous_", &members);
    if (r <= 0) {
        return r == 0;
    }
    members = sequence_fast(t, members, "_anonymous_ must be a sequence");
    for (size_t i = 0; members && i < tuple_len(members); i++) {
        Value name = tuple_get(members, i);
        v = object_getattr(t, type, name);
        if (!v) {
            return false;
        }
        if (type_of(v) != &cfield_type) {
            raise(t, &exc_AttributeError,
                  "'%S' is specified in _anonymous_ but not in _fields_", name);
            return false;
        }
        const CField *f = (CField *)value_object(v);
        if (!adopt_members(t, type, f, f->index, f->offset)) {
            return false;
        }
    }
    return members != 0;
}

/* ---- classes ---- */

static bool set_fields(Thread *t, Type *type, Value fields)
{
    CInfo *old = info_of_type(type);
    if (!old) {
        type_error(t, "ctypes state is not initialized");
        return false;
    }
    if (!value_is_sequence(fields)) {
        type_error(t, "_fields_ must be a sequence of pairs");
        return false;
    }
    if (atomic_load_explicit(&((CType *)type)->final, memory_order_acquire)) {
        raise(t, &exc_AttributeError, "_fields_ is final");
        return false;
    }
    Layout l = {.type = type, .is_struct = old->kind == KIND_STRUCT};
    l.info = info_new(t, old->kind);
    Value list = l.info ? sequence_tuple(t, fields) : 0;
    if (!list || !start_layout(t, &l)) {
        return false;
    }
    l.info->flags |= l.is_struct ? 0 : INFO_HAS_UNION;
    if (!layout_fields(t, &l, list)) {
        return false;
    }
    if (!info_publish_final(t, type, l.info)) {
        raise(t, &exc_AttributeError, "Structure or union cannot contain itself");
        return false;
    }
    return anonymous_fields(t, object_value(type));
}

bool struct_meta_setattr(Thread *t, Value self, Value name, Value v)
{
    if (!type_type.setattr(t, self, name, v)) {
        return false;
    }
    return !v || !value_is_str(name) || !str_eq_cstr(name, "_fields_") ||
           set_fields(t, value_type(self), v);
}

/* What a class without _fields_ of its own is: its base, or empty. */
static CInfo *inherited_info(Thread *t, Type *type, CKind kind)
{
    CInfo *base = info_of_type(type_base(type)), *info = info_new(t, kind);
    if (!info) {
        return NULL;
    }
    if (base) {
        base = info_final(t, type_base(type));
        Object head = info->head;
        *info = *base;
        info->head = head;
        info->kind = kind;
        return info;
    }
    ffi_type **elements = info_elements(t, info, 1);
    if (!elements || !info_set_format(t, info, "B")) {
        return NULL;
    }
    elements[0] = &ffi_type_uchar;
    return info;
}

static Value fields_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames,
                             CKind kind)
{
    Value type = type_new(t, meta, args, n, kwnames);
    if (!type) {
        return 0;
    }
    Value ns = object_value(value_type(type)->dict);
    if (dict_get_cstr(t, ns, "_abstract_")) {
        return type;
    }
    Value fields = dict_get_cstr(t, ns, "_fields_");
    CInfo *info = error_pending(t) ? NULL : inherited_info(t, value_type(type), kind);
    if (!info || !info_publish(t, value_type(type), info)) {
        return error_pending(t) ? 0 : type_error(t, "abstract class");
    }
    Value name = fields ? intern_cstr(t, "_fields_") : 0;
    return !fields || (name && object_setattr(t, type, name, fields)) ? type : 0;
}

Value struct_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    return fields_meta_new(t, meta, args, n, kwnames, KIND_STRUCT);
}

Value union_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    return fields_meta_new(t, meta, args, n, kwnames, KIND_UNION);
}

/* ---- instances ---- */

typedef struct InitArgs { Value self, *args; size_t n; Value kwnames; } InitArgs;

static bool in_keywords(Value kwnames, Value name)
{
    for (size_t i = 0; kwnames && i < tuple_len(kwnames); i++) {
        if (str_eq(tuple_get(kwnames, i), name)) {
            return true;
        }
    }
    return false;
}

/* Gives the fields of type, and of its bases first, the arguments from *next on. */
static bool init_positional(Thread *t, const InitArgs *a, Type *type, size_t *next)
{
    Type *base = type_base(type);
    if (info_of_type(base) && !init_positional(t, a, base, next)) {
        return false;
    }
    Value fields = dict_get_cstr(t, object_value(type->dict), "_fields_");
    Value list = fields ? sequence_tuple(t, fields) : 0;
    for (size_t i = 0; list && i < tuple_len(list) && *next < a->n; i++) {
        Value name = object_getitem(t, tuple_get(list, i), fixnum(0));
        if (!name) {
            return false;
        }
        if (value_is_str(name) && in_keywords(a->kwnames, name)) {
            type_error(t, "duplicate values for field %R", name);
            return false;
        }
        if (!object_setattr(t, a->self, name, a->args[(*next)++])) {
            return false;
        }
    }
    return !error_pending(t);
}

static bool struct_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    InitArgs a = {self, args, n, kwnames};
    size_t next = 0;
    if (n && !init_positional(t, &a, type_of(self), &next)) {
        return false;
    }
    if (next < n) {
        type_error(t, "too many initializers");
        return false;
    }
    for (size_t i = 0; kwnames && i < tuple_len(kwnames); i++) {
        if (!object_setattr(t, self, tuple_get(kwnames, i), args[n + i])) {
            return false;
        }
    }
    return true;
}

#define FIELDS_TYPE(var, meta_, name_, doc_)                                                   \
    CType var = {.type = {                                                                     \
        .head = OBJECT_STATIC_HEAD(&meta_), .name = "_ctypes." name_, .doc = doc_,             \
        .base = &cdata_type, .size = sizeof(CData), .flags = TYPE_BASETYPE,                    \
        .new = cdata_type_new, .init = struct_init,                                            \
    }}
FIELDS_TYPE(c_structure_type, struct_meta, "Structure", "Structure base class");
FIELDS_TYPE(c_union_type, union_meta, "Union", "Union base class");
