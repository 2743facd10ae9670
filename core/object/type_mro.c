/* Method resolution order (C3, Barrett et al. 1996) and the choice of the base whose layout a class
 * extends. */
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"

typedef struct Merge {
    Value lists;   /* tuple of tuples: the mros of the bases, then the bases themselves */
    size_t *heads; /* next item of each */
} Merge;

static bool in_tail(const Merge *m, Value candidate)
{
    for (size_t i = 0; i < tuple_len(m->lists); i++) {
        Value list = tuple_get(m->lists, i);
        for (size_t j = m->heads[i] + 1; j < tuple_len(list); j++) {
            if (tuple_get(list, j) == candidate) {
                return true;
            }
        }
    }
    return false;
}

static COLD Value conflict(Thread *t, const Merge *m)
{
    StrBuilder b;
    sb_init(&b, t);
    sb_cstr(&b, "Cannot create a consistent method resolution\norder (MRO) for bases");
    Value seen = list_new(t, 4);
    for (size_t i = 0; seen && i < tuple_len(m->lists); i++) {
        Value list = tuple_get(m->lists, i);
        if (m->heads[i] >= tuple_len(list)) {
            continue;
        }
        Value c = tuple_get(list, m->heads[i]);
        bool again = false;
        for (size_t j = 0; j < list_len(seen); j++) {
            again |= list_get(seen, j) == c;
        }
        if (!again) {
            sb_format(&b, "%s %S", list_len(seen) ? "," : "", type_name_value(t, value_type(c)));
            if (!list_append(t, seen, c)) {
                return 0;
            }
        }
    }
    Value msg = sb_finish(&b);
    return msg ? raise_value(t, &exc_TypeError, msg) : 0;
}

/* Takes the next class of the merge; 0 at the end, or raised. */
static Value merge_next(Thread *t, Merge *m)
{
    bool left = false;
    for (size_t i = 0; i < tuple_len(m->lists); i++) {
        Value list = tuple_get(m->lists, i);
        if (m->heads[i] >= tuple_len(list)) {
            continue;
        }
        left = true;
        Value c = tuple_get(list, m->heads[i]);
        if (in_tail(m, c)) {
            continue;
        }
        for (size_t j = 0; j < tuple_len(m->lists); j++) {
            Value other = tuple_get(m->lists, j);
            if (m->heads[j] < tuple_len(other) && tuple_get(other, m->heads[j]) == c) {
                m->heads[j]++;
            }
        }
        return c;
    }
    return left ? conflict(t, m) : 0;
}

static bool check_duplicates(Thread *t, Value bases)
{
    for (size_t i = 0; i < tuple_len(bases); i++) {
        for (size_t j = i + 1; j < tuple_len(bases); j++) {
            if (tuple_get(bases, i) == tuple_get(bases, j)) {
                type_error(t, "duplicate base class %U",
                           type_name_value(t, value_type(tuple_get(bases, i))));
                return false;
            }
        }
    }
    return true;
}

Value mro_c3(Thread *t, Type *type)
{
    Value bases = type_bases(type); /* another thread may replace it */
    size_t n = tuple_len(bases);
    Value out = list_new(t, 8);
    if (!out || !list_append(t, out, object_value(type)) || !check_duplicates(t, bases)) {
        return 0;
    }
    Value lists = tuple_new(t, n + 1);
    if (!lists) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        Type *base = value_type(tuple_get(bases, i));
        Value above = type_mro(base);
        if (!above) {
            return type_error(t, "Cannot extend an incomplete type '%N'", base);
        }
        gc_store(value_object(lists), &value_tuple(lists)->items[i], above);
    }
    gc_store(value_object(lists), &value_tuple(lists)->items[n], bases);
    size_t heads[64];
    if (n + 1 > ARRAY_SIZE(heads)) {
        return raise_not_implemented(t, "more than 63 bases of one class");
    }
    memset(heads, 0, sizeof heads);
    Merge m = {lists, heads};
    for (Value c; (c = merge_next(t, &m));) {
        if (!list_append(t, out, c)) {
            return 0;
        }
    }
    return error_pending(t) ? 0 : list_to_tuple(t, out);
}

/* What a metaclass's own mro() gave, checked. */
static Value checked_mro(Thread *t, Type *type, Value mro)
{
    Type *solid = type_solid_base(type);
    for (size_t i = 0; i < tuple_len(mro); i++) {
        Value c = tuple_get(mro, i);
        if (!value_is_type(c)) {
            return type_error(t, "mro() returned a non-class ('%T')", c);
        }
        if (!type_is_subtype(solid, type_solid_base(value_type(c)))) {
            return type_error(t, "mro() returned base with unsuitable layout ('%N')",
                              value_type(c));
        }
    }
    return mro;
}

bool mro_is_c3(Thread *t, Type *type)
{
    Type *meta = type->head.type;
    if (meta == &type_type || !type_mro(meta)) {
        return true;
    }
    Value own = type_lookup(t, meta, N(mro));
    return !own || own == type_lookup(t, &type_type, N(mro));
}

Value mro_compute(Thread *t, Type *type)
{
    if (mro_is_c3(t, type)) {
        return mro_c3(t, type);
    }
    bool found;
    Value result = special_call(t, object_value(type), N(mro), NULL, 0, &found);
    Value tuple = result ? sequence_tuple(t, result) : 0;
    return tuple ? checked_mro(t, type, tuple) : 0;
}

Type *type_solid_base(Type *type)
{
    Type *base;
    while ((base = type_base(type)) && type->size == base->size &&
           type->item_size == base->item_size) {
        type = base;
    }
    return type;
}

Type *bases_best(Thread *t, Value bases)
{
    Type *best = NULL, *winner = NULL;
    for (size_t i = 0; i < tuple_len(bases); i++) {
        Value b = tuple_get(bases, i);
        if (!value_is_type(b)) {
            type_error(t, "bases must be types");
            return NULL;
        }
        Type *base = value_type(b);
        if (!type_has(base, TYPE_BASETYPE)) {
            type_error(t, "type '%N' is not an acceptable base type", base);
            return NULL;
        }
        Type *candidate = type_solid_base(base);
        if (!winner ||
            (!type_is_subtype(winner, candidate) && type_is_subtype(candidate, winner))) {
            winner = candidate;
            best = base;
        } else if (!type_is_subtype(winner, candidate)) {
            type_error(t, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

Value winner_metatype(Thread *t, Type *meta, Value bases)
{
    Type *winner = meta;
    for (size_t i = 0; i < tuple_len(bases); i++) {
        Type *other = type_of(tuple_get(bases, i));
        if (type_is_subtype(winner, other)) {
            continue;
        }
        if (!type_is_subtype(other, winner)) {
            return type_error(t, "metaclass conflict: the metaclass of a derived class must be a "
                                 "(non-strict) subclass "
                                 "of the metaclasses of all its bases");
        }
        winner = other;
    }
    return object_value(winner);
}
