/* Structural pattern matching: keys, classes, the rest of a mapping. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

Value vm_match_keys(Thread *t, Value subject, Value keys)
{
    size_t n = tuple_len(keys);
    Value seen = set_new(t, 0), values = seen ? list_new(t, n) : 0, get = 0, missing = 0;
    if (!values || object_lookup_attr(t, subject, N(get), &get) < 0) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        Value key = tuple_get(keys, i);
        int dup = set_contains(t, seen, key);
        if (dup < 0 || (!dup && !set_add(t, seen, key))) {
            return 0;
        }
        if (dup) {
            return value_error(t, "mapping pattern checks duplicate key (%R)", key);
        }
        if (!missing && !(missing = cell_new(t, 0))) {
            return 0;
        }
        Value v = value_is_dict_exact(subject) ? dict_get(t, subject, key)
                  : get                        ? call2(t, get, key, missing)
                        : type_error(t, "'%T' object has no attribute 'get'", subject);
        if (!v && t->exc) {
            return 0;
        }
        if (!v || v == missing) {
            return NONE;
        }
        if (!list_append(t, values, v)) {
            return 0;
        }
    }
    return list_to_tuple(t, values);
}

/* The attributes that the sub-patterns of one class pattern look at, in their order. */
typedef struct ClassMatch {
    Thread *t;
    Value subject, cls;
    size_t n;
    Value *names, *values;
} ClassMatch;

/* One more: 1 found, 0 absent, -1 raised (also when the name was used before). */
static int match_attribute(ClassMatch *m, Value name)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->names[i] && str_eq(m->names[i], name)) {
            type_error(m->t, "%N() got multiple sub-patterns for attribute %R", value_type(m->cls),
                       name);
            return -1;
        }
    }
    m->names[m->n] = name;
    return object_lookup_attr(m->t, m->subject, name, &m->values[m->n++]);
}

static Value too_many_patterns(Thread *t, Value cls, size_t allowed, unsigned npos)
{
    return type_error(t, "%s() accepts %zu positional sub-pattern%s (%u given)",
                      type_short_name(value_type(cls)), allowed, allowed == 1 ? "" : "s", npos);
}

/* The attributes of positional sub-patterns; 1 matched, 0 not, -1 raised. */
static int match_positional(ClassMatch *m, unsigned npos)
{
    Thread *t = m->t;
    Value cls = m->cls, match_args = 0;
    if (object_lookup_attr(t, cls, N(__match_args__), &match_args) < 0) {
        return -1;
    }
    if (!match_args) {
        bool self = value_type(cls)->flags & TYPE_MATCH_SELF;
        if (npos > (self ? 1 : 0)) {
            too_many_patterns(t, cls, self ? 1 : 0, npos);
            return -1;
        }
        m->names[m->n] = 0;
        m->values[m->n++] = m->subject;
        return 1;
    }
    if (!value_is_tuple_exact(match_args)) {
        type_error(t, "%s.__match_args__ must be a tuple (got %T)",
                   type_short_name(value_type(cls)), match_args);
        return -1;
    }
    if (npos > tuple_len(match_args)) {
        too_many_patterns(t, cls, tuple_len(match_args), npos);
        return -1;
    }
    for (unsigned i = 0; i < npos; i++) {
        Value name = tuple_get(match_args, i);
        if (!value_is_str_exact(name)) {
            type_error(t, "__match_args__ elements must be strings (got %T)", name);
            return -1;
        }
        int found = match_attribute(m, name);
        if (found <= 0) {
            return found;
        }
    }
    return 1;
}

Value vm_match_class(Thread *t, Value subject, Value cls, Value names_, unsigned npos)
{
    if (!value_is_type(cls)) {
        return type_error(t, "called match pattern must be a type");
    }
    int is = object_isinstance(t, subject, cls);
    if (is <= 0) {
        return is < 0 ? 0 : NONE;
    }
    size_t total = npos + tuple_len(names_);
    Value few[32], *room = few;
    if (2 * total > ARRAY_SIZE(few)) {
        Value tuple = tuple_new(t, 2 * total);
        if (!tuple) {
            return 0;
        }
        room = value_tuple(tuple)->items;
    }
    ClassMatch m = {
        .t = t, .subject = subject, .cls = cls, .n = 0, .names = room, .values = room + total};
    int found = npos ? match_positional(&m, npos) : 1;
    for (size_t i = 0; found > 0 && i < tuple_len(names_); i++) {
        found = match_attribute(&m, tuple_get(names_, i));
    }
    return found < 0 ? 0 : found ? tuple_from(t, m.values, m.n) : NONE;
}

Value vm_match_rest(Thread *t, Value subject, Value keys)
{
    Value d = dict_new(t);
    if (!d || !dict_merge(t, d, subject, 1)) {
        return 0;
    }
    for (size_t i = 0; i < tuple_len(keys); i++) {
        if (dict_del(t, d, tuple_get(keys, i)) < 0) {
            return 0;
        }
    }
    return d;
}
