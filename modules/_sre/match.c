/* Match objects. */
#include "core/object/bytes.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/tuple.h"
#include "modules/_sre/sre.h"

static Match *as_match(Value v)
{
    assert(value_isa(v, &match_type));
    return (Match *)value_object(v);
}

Value sre_slice(Thread *t, Value string, ssize_t lo, ssize_t hi)
{
    if (value_is_str(string)) {
        ssize_t n = (ssize_t)str_len(string);
        hi = hi < n ? hi : n;
        lo = lo < hi ? lo : hi;
        return lo == 0 && hi == n && value_is_str_exact(string)
                   ? string
                   : str_substring(t, string, (size_t)lo, (size_t)hi);
    }
    if (type_of(string) == &bytes_type && lo == 0 && hi == (ssize_t)value_bytes(string)->len) {
        return string;
    }
    Buffer view;
    if (!buffer_get(t, string, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    hi = hi < view.len ? hi : view.len;
    lo = lo < hi ? lo : hi;
    Value b = bytes_new_racy(t, (char *)view.buf + lo, (size_t)(hi - lo));
    buffer_release(t, &view);
    return b;
}

Value match_new(Thread *t, Machine *m, Value pattern, ssize_t pos, ssize_t endpos)
{
    size_t groups = (size_t)value_pattern(pattern)->groups + 1;
    Match *x = object_alloc(t, &match_type, sizeof *x + 2 * groups * sizeof(ssize_t));
    if (!x) {
        return 0;
    }
    gc_init(&x->string, m->string);
    gc_init(&x->pattern, pattern);
    x->pos = pos;
    x->endpos = endpos;
    x->last_index = m->last_index;
    x->groups = groups;
    x->marks[0] = m->start;
    x->marks[1] = m->pos;
    for (size_t g = 1; g < groups; g++) {
        ssize_t lo = m->marks[2 * g - 2], hi = m->marks[2 * g - 1];
        bool set = lo >= 0 && hi >= lo;
        x->marks[2 * g] = set ? lo : -1;
        x->marks[2 * g + 1] = set ? hi : -1;
    }
    return object_value(x);
}

/* Number of the group that key (int or name) means; -1 with IndexError. */
static ssize_t group_number(Thread *t, Match *m, Value key)
{
    ssize_t i = -1;
    if (type_of(key)->index) {
        if (!value_to_ssize(t, key, &i, NULL)) {
            return -1;
        }
    } else {
        Value v = dict_get(t, value_pattern(m->pattern)->groupindex, key);
        if (v && value_is_fixnum(v)) {
            i = (ssize_t)fixnum_get(v);
        } else if (error_pending(t)) {
            error_clear(t);                          /* unhashable keys name no group either */
        }
    }
    if (i < 0 || (size_t)i >= m->groups) {
        index_error(t, "no such group");
        return -1;
    }
    return i;
}

static Value slice_of_group(Thread *t, Match *m, ssize_t g, Value dflt)
{
    return m->marks[2 * g] < 0 ? dflt
                               : sre_slice(t, m->string, m->marks[2 * g], m->marks[2 * g + 1]);
}

static Value match_getitem(Thread *t, Value self, Value key)
{
    ssize_t g = group_number(t, as_match(self), key);
    return g < 0 ? 0 : slice_of_group(t, as_match(self), g, NONE);
}

static Value match_group(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    if (n <= 2) {
        return match_getitem(t, args[0], n == 2 ? args[1] : fixnum(0));
    }
    Value r = tuple_new(t, n - 1);
    for (size_t i = 1; r && i < n; i++) {
        Value v = match_getitem(t, args[0], args[i]);
        if (!v) {
            return 0;
        }
        gc_store(value_object(r), &value_tuple(r)->items[i - 1], v);
    }
    return r;
}

static Value match_groups(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Match *m = as_match(args[0]);
    Value r = tuple_new(t, m->groups - 1);
    for (size_t g = 1; r && g < m->groups; g++) {
        Value v = slice_of_group(t, m, (ssize_t)g, args[1] ? args[1] : NONE);
        if (!v) {
            return 0;
        }
        gc_store(value_object(r), &value_tuple(r)->items[g - 1], v);
    }
    return r;
}

static Value match_groupdict(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Match *m = as_match(args[0]);
    Value d = dict_new(t), index = value_pattern(m->pattern)->groupindex, key, number;
    DictTable *table = NULL;
    size_t pos = 0;
    while (d && dict_next(index, &table, &pos, &key, &number)) {
        ssize_t g = group_number(t, m, number);
        Value v = g < 0 ? 0 : slice_of_group(t, m, g, args[1] ? args[1] : NONE);
        if (!v || !dict_set(t, d, key, v)) {
            return 0;
        }
    }
    return d;
}

static ssize_t group_argument(Thread *t, Value *args)
{
    return args[1] ? group_number(t, as_match(args[0]), args[1]) : 0;
}

static Value match_start(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t g = group_argument(t, args);
    return g < 0 ? 0 : fixnum(as_match(args[0])->marks[2 * g]);
}

static Value match_end(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t g = group_argument(t, args);
    return g < 0 ? 0 : fixnum(as_match(args[0])->marks[2 * g + 1]);
}

static Value match_span(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t g = group_argument(t, args);
    Match *m = as_match(args[0]);
    return g < 0 ? 0 : tuple_pack(t, 2, fixnum(m->marks[2 * g]), fixnum(m->marks[2 * g + 1]));
}

static Value match_expand(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value f = import_attr(t, "re", "_expand");
    return f ? call3(t, f, as_match(args[0])->pattern, args[0], args[1]) : 0;
}

static Value match_copy(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return args[0];
}

static Value match_repr(Thread *t, Value self)
{
    Match *m = as_match(self);
    Value whole = slice_of_group(t, m, 0, NONE);
    return whole ? str_format(t, "<%s object; span=(%zd, %zd), match=%.50R>", type_of(self)->name,
                              m->marks[0], m->marks[1], whole)
                 : 0;
}

static Value match_get_lastindex(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    ssize_t i = as_match(self)->last_index;
    return i >= 0 ? fixnum(i) : NONE;
}

static Value match_get_lastgroup(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Match *m = as_match(self);
    Value names_ = value_pattern(m->pattern)->indexgroup;
    return m->last_index >= 0 && (size_t)m->last_index < tuple_len(names_)
               ? tuple_get(names_, (size_t)m->last_index)
               : NONE;
}

static Value match_get_regs(Thread *t, Value self, void *closure UNUSED)
{
    Match *m = as_match(self);
    Value regs = value_load(&m->regs);
    if (regs) {
        return regs;
    }
    regs = tuple_new(t, m->groups);
    for (size_t g = 0; regs && g < m->groups; g++) {
        Value span = tuple_pack(t, 2, fixnum(m->marks[2 * g]), fixnum(m->marks[2 * g + 1]));
        if (!span) {
            return 0;
        }
        gc_store(value_object(regs), &value_tuple(regs)->items[g], span);
    }
    if (regs) {
        gc_store(m, &m->regs, regs);
    }
    return regs;
}

static void match_trace(Object *o, Tracer *tr)
{
    Match *m = (Match *)o;
    trace_value(tr, m->string);
    trace_value(tr, m->pattern);
    trace_value(tr, m->regs);
}

static const NativeDef match_methods[] = {
    {"group", match_group,
     "group([group1, ...]) -> str or tuple.\n\nOne or more groups of the match.", NATIVE_RAW},
    {"start(group=0, /)", match_start, "Where the group starts.", 0},
    {"end(group=0, /)", match_end, "Where the group ends.", 0},
    {"span(group=0, /)", match_span, "The pair (m.start(group), m.end(group)).", 0},
    {"groups(default=None)", match_groups, "Tuple of all groups.", 0},
    {"groupdict(default=None)", match_groupdict, "Dictionary of all named groups.", 0},
    {"expand(template)", match_expand, "The template with its group references filled in.", 0},
    {"__copy__()", match_copy, "The match itself.", 0},
    {"__deepcopy__(memo, /)", match_copy, "The match itself.", 0},
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {0},
};

static const MemberDef match_members[] = {
    {"string", MEMBER_VALUE, offsetof(Match, string), true,
     "The string passed to match() or search()."},
    {"re", MEMBER_VALUE, offsetof(Match, pattern), true, "The regular expression object."},
    {"pos", MEMBER_SSIZE, offsetof(Match, pos), true, "Where the search started."},
    {"endpos", MEMBER_SSIZE, offsetof(Match, endpos), true, "Where the search ended."},
    {0},
};

static const GetSetDef match_getset[] = {
    {"lastindex", match_get_lastindex, NULL, "Number of the last matched group.", NULL},
    {"lastgroup", match_get_lastgroup, NULL, "Name of the last matched group.", NULL},
    {"regs", match_get_regs, NULL, "Tuple of all spans.", NULL},
    {0},
};

Type match_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "re.Match",
    .doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value "
           "of True.",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(Match),
    .trace = match_trace,
    .repr = match_repr,
    .getitem = match_getitem,
    .methods = match_methods,
    .members = match_members,
    .getset = match_getset,
};
