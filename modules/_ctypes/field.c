/* Fields of structures and unions: descriptors that know their place. */
#include "modules/_ctypes/ctypes.h"

static void field_trace(Object *o, Tracer *tr) { trace_value(tr, ((CField *)o)->proto); }

static Value field_repr(Thread *t, Value self)
{
    CField *f = (CField *)value_object(self);
    const char *name = value_type(f->proto)->name;
    if (f->bits) {
        return str_format(t, "<Field type=%s, ofs=%zd:%zd, bits=%zd>", name, (ssize_t)f->offset,
                          (ssize_t)f->low, (ssize_t)f->bits);
    }
    return str_format(t, "<Field type=%s, ofs=%zd, size=%zd>", name, (ssize_t)f->offset,
                      (ssize_t)f->size);
}

/* Where the field lies in obj; NULL: raised. */
static char *field_place(Thread *t, const CField *f, Value obj)
{
    if (!value_is_cdata(obj)) {
        type_error(t, "not a ctype instance");
        return NULL;
    }
    CData *d = cdata_of(obj);
    size_t have = cdata_size(d);
    if (f->offset > have || f->size > have - f->offset) {
        type_error(t, "the instance has no room for the field");
        return NULL;
    }
    return cdata_ptr(d) + f->offset;
}

/* ---- bits ---- */

static bool has_bits(const CField *f)
{
    return f->bits && info_of(f->proto)->code != '?';
}

static uint64_t load_unit(const CField *f, const char *p)
{
    uint64_t u = 0;
    memcpy(&u, p, f->size);
    return f->swapped ? __builtin_bswap64(u) >> (64 - 8 * f->size) : u;
}

static Value bits_get(Thread *t, const CField *f, const char *p)
{
    uint64_t u = load_unit(f, p) << (64 - f->low - f->bits);
    bool is_signed = strchr("bhilq", info_of(f->proto)->code) != NULL;
    return is_signed ? int_from_int64(t, (int64_t)u >> (64 - f->bits))
                     : int_from_uint64(t, u >> (64 - f->bits));
}

static bool bits_set(Thread *t, const CField *f, char *p, Value v)
{
    uint64_t bits, mask = (f->bits == 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->bits) - 1) << f->low;
    if (value_is_cdata(v) && value_isa(v, value_type(f->proto))) {
        CInfo *info = cdata_info(cdata_of(v));
        v = info->get(t, cdata_ptr(cdata_of(v)), info->size);
    }
    if (!v || !code_find('Q')->set(t, &bits, v, sizeof bits)) {
        return false;
    }
    uint64_t u = (load_unit(f, p) & ~mask) | ((bits << f->low) & mask);
    u = f->swapped ? __builtin_bswap64(u) >> (64 - 8 * f->size) : u;
    memcpy(p, &u, f->size);
    return true;
}

/* ---- access ---- */

static Value field_descr_get(Thread *t, Value self, Value obj, Value type UNUSED)
{
    CField *f = (CField *)value_object(self);
    if (!obj) {
        return self;
    }
    char *p = field_place(t, f, obj);
    if (!p) {
        return 0;
    }
    return has_bits(f) ? bits_get(t, f, p)
                       : cdata_get(t, f->proto, f->get, obj, f->index, f->size, p);
}

static bool field_descr_set(Thread *t, Value self, Value obj, Value v)
{
    CField *f = (CField *)value_object(self);
    char *p = field_place(t, f, obj);
    if (!p) {
        return false;
    }
    if (!cdata_may_set(t, v)) {
        return false;
    }
    return has_bits(f) ? bits_set(t, f, p, v)
                       : cdata_set(t, obj, f->proto, f->set, v, f->index, f->size, p);
}

static Value get_offset(Thread *t, Value self, void *closure UNUSED)
{
    return int_from_int64(t, (int64_t)((CField *)value_object(self))->offset);
}

static Value get_size(Thread *t, Value self, void *closure UNUSED)
{
    CField *f = (CField *)value_object(self);
    return int_from_int64(t, f->bits ? (int64_t)f->bits << 16 | f->low : (int64_t)f->size);
}

static const GetSetDef field_getset[] = {
    {"offset", get_offset, NULL, "offset in bytes of this field", NULL},
    {"size", get_size, NULL, "size in bytes of this field", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type cfield_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ctypes.CField",
    .doc = "Structure/Union member",
    .size = sizeof(CField),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = field_trace,
    .repr = field_repr,
    .descr_get = field_descr_get,
    .descr_set = field_descr_set,
    .getset = field_getset,
    .getattr = generic_getattr,
};
