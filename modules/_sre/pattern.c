/* Pattern objects: compile(), searching, splitting, replacing. */
#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list_internal.h"
#include "core/object/module.h"
#include "core/object/tuple.h"
#include "modules/_sre/sre.h"

static uint32_t *read_code(Thread *t, Value list, size_t *len)
{
    size_t n = list_len(list);
    uint32_t *code = mem_alloc((n + 1) * sizeof *code);
    if (!code) {
        raise_memory(t);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        Value v = list_get(list, i);
        uint64_t u = 0;
        if (!v || !value_to_uint64(t, v, &u) || u > UINT32_MAX) {
            mem_free(code);
            if (!error_pending(t)) {
                overflow_error(t, "regular expression code size limit exceeded");
            }
            return NULL;
        }
        code[i] = (uint32_t)u;
    }
    *len = n;
    return code;
}

/* compile(pattern, flags, code, groups, groupindex, indexgroup) */
Value pattern_compile(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int flags;
    ssize_t groups;
    if (!value_to_int(t, args[1], &flags) ||
        !value_to_ssize(t, args[3], &groups, &exc_OverflowError)) {
        return 0;
    }
    if (!value_is_list(args[2]) || !value_is_dict(args[4]) || !value_is_tuple(args[5])) {
        return type_error(t, "compile() expects a list, a dict and a tuple");
    }
    if (groups < 0 || groups > SRE_MAXGROUPS) {
        return runtime_error(t, "invalid SRE code");
    }
    size_t len;
    uint32_t *code = read_code(t, args[2], &len);
    Program *prog = code ? program_new(t, code, len, (size_t)groups) : NULL;
    Pattern *p = prog ? object_alloc(t, &pattern_type, sizeof *p) : NULL;
    if (!p) {
        program_free(prog);
        return 0;
    }
    p->prog = prog;
    gc_init(&p->pattern, args[0]);
    gc_init(&p->groupindex, args[4]);
    gc_init(&p->indexgroup, args[5]);
    p->flags = flags;
    p->groups = groups;
    p->is_bytes = is_none(args[0]) ? -1 : value_is_str(args[0]) ? 0 : 1;
    return object_value(p);
}

static void pattern_trace(Object *o, Tracer *tr)
{
    Pattern *p = (Pattern *)o;
    trace_value(tr, p->pattern);
    trace_value(tr, p->groupindex);
    trace_value(tr, p->indexgroup);
}

static void pattern_free(Object *o)
{
    program_free(((Pattern *)o)->prog);
}

/* pos and endpos arguments; endpos defaults to the largest ssize_t. */
static bool take_span(Thread *t, Value pos, Value endpos, ssize_t *lo, ssize_t *hi)
{
    *lo = 0;
    *hi = PTRDIFF_MAX;
    return (!pos || value_to_ssize(t, pos, lo, &exc_OverflowError)) &&
           (!endpos || value_to_ssize(t, endpos, hi, &exc_OverflowError));
}

typedef enum { HOW_MATCH, HOW_FULLMATCH, HOW_SEARCH } How;

static Value find_one(Thread *t, Value *args, How how)
{
    Machine m;
    ssize_t lo, hi;
    if (!take_span(t, args[2], args[3], &lo, &hi) ||
        !machine_begin(t, &m, value_pattern(args[0]), args[1], lo, hi)) {
        return 0;
    }
    m.match_all = how == HOW_FULLMATCH;
    lo = m.start;
    int r = how == HOW_SEARCH ? machine_search(&m) : machine_match(&m);
    Value v = r < 0 ? 0 : r ? match_new(t, &m, args[0], lo, m.end) : NONE;
    machine_end(&m);
    return v;
}

static Value pattern_match(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return find_one(t, args, HOW_MATCH);
}

static Value pattern_fullmatch(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return find_one(t, args, HOW_FULLMATCH);
}

static Value pattern_search(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return find_one(t, args, HOW_SEARCH);
}

/* Group g of the machine's match; unset: dflt, or an empty slice when dflt is 0. */
static Value group_slice(Thread *t, Machine *m, ssize_t g, Value dflt)
{
    ssize_t lo = g ? m->marks[2 * (g - 1)] : m->start, hi = g ? m->marks[2 * (g - 1) + 1] : m->pos;
    if (lo < 0 || hi < lo) {
        return dflt ? dflt : sre_slice(t, m->string, 0, 0);
    }
    return sre_slice(t, m->string, lo, hi);
}

static Value findall_item(Thread *t, Machine *m, ssize_t groups)
{
    if (groups <= 1) {
        return group_slice(t, m, groups, 0);
    }
    Value tuple = tuple_new(t, (size_t)groups);
    for (ssize_t g = 0; tuple && g < groups; g++) {
        Value part = group_slice(t, m, g + 1, 0);
        if (!part) {
            return 0;
        }
        gc_store(value_object(tuple), &value_tuple(tuple)->items[g], part);
    }
    return tuple;
}

static Value pattern_findall(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Machine m;
    ssize_t lo, hi;
    Pattern *p = value_pattern(args[0]);
    Value list = list_new(t, 0);
    if (!list || !take_span(t, args[2], args[3], &lo, &hi) ||
        !machine_begin(t, &m, p, args[1], lo, hi)) {
        return 0;
    }
    int r;
    while ((r = m.start <= m.end ? machine_search(&m) : 0) > 0) {
        Value item = findall_item(t, &m, p->groups);
        if (!item || !list_add_new(t, list, item)) {
            r = -1;
            break;
        }
        machine_advance(&m);
    }
    machine_end(&m);
    return r < 0 ? 0 : list;
}

static Value pattern_split(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Machine m;
    ssize_t limit = 0, count = 0, last = 0;
    Pattern *p = value_pattern(args[0]);
    Value list = list_new(t, 0), part;
    if (!list || (args[2] && !value_to_ssize(t, args[2], &limit, &exc_OverflowError)) ||
        !machine_begin(t, &m, p, args[1], 0, PTRDIFF_MAX)) {
        return 0;
    }
    int r = 0;
    while ((limit == 0 || count < limit) && (r = machine_search(&m)) > 0) {
        part = sre_slice(t, m.string, last, m.start);
        bool ok = part && list_add_new(t, list, part);
        for (ssize_t g = 1; ok && g <= p->groups; g++) {
            part = group_slice(t, &m, g, NONE);
            ok = part && list_add_new(t, list, part);
        }
        if (!ok) {
            r = -1;
            break;
        }
        last = m.pos;
        count++;
        machine_advance(&m);
    }
    part = r < 0 ? 0 : sre_slice(t, m.string, last, m.end);
    machine_end(&m);
    return part && list_add_new(t, list, part) ? list : 0;
}

/* ---- replacing ---- */

static Value join_pieces(Thread *t, Value list, Value string)
{
    Value empty = sre_slice(t, string, 0, 0);
    return empty ? call_method1(t, empty, intern_cstr(t, "join"), list) : 0;
}

/* The replacement as a callable or a literal: *is_call tells. */
static Value take_replacement(Thread *t, Value pattern, Value repl, bool *is_call)
{
    *is_call = callable(repl);
    if (*is_call) {
        return repl;
    }
    bool literal = false;
    if (value_is_str(repl)) {
        Value slash = str_from_char(t, '\\');
        literal = slash && str_find(repl, slash, 0, str_len(repl)) < 0;
    } else if (value_has_buffer(repl)) {
        Buffer view;
        if (!buffer_get_still(t, repl, &view)) {
            return 0;
        }
        literal = view.len == 0 || !memchr(view.buf, '\\', (size_t)view.len);
        buffer_release(t, &view);
    }
    if (literal) {
        return repl;
    }
    Value subx = import_attr(t, "re", "_subx");
    Value f = subx ? call2(t, subx, pattern, repl) : 0;
    *is_call = f && callable(f);
    return f;
}

/* Replaces in str subjects; pieces go straight into the builder. */
static int substitute_str(Thread *t, Machine *m, Value pattern, Value filter, bool is_call,
                          ssize_t limit, ssize_t *count, StrBuilder *b)
{
    ssize_t last = 0;
    int r = 0;
    while ((limit == 0 || *count < limit) && (r = machine_search(m)) > 0) {
        sb_sub(b, m->string, (size_t)last, (size_t)m->start);
        Value item = filter;
        if (is_call) {
            Value match = match_new(t, m, pattern, 0, m->end);
            item = match ? call1(t, filter, match) : 0;
        }
        if (!item) {
            return -1;
        }
        if (!is_none(item)) {
            if (!value_is_str(item)) {
                type_error(t, "sequence item %zd: expected str instance, %T found",
                           2 * *count + (m->start > last), item);
                return -1;
            }
            sb_str(b, item);
        }
        last = m->pos;
        ++*count;
        machine_advance(m);
    }
    if (r >= 0) {
        sb_sub(b, m->string, (size_t)last, (size_t)m->end);
    }
    return r;
}

static int substitute_bytes(Thread *t, Machine *m, Value pattern, Value filter, bool is_call,
                            ssize_t limit, ssize_t *count, Value list)
{
    ssize_t last = 0;
    int r = 0;
    while ((limit == 0 || *count < limit) && (r = machine_search(m)) > 0) {
        Value part = m->start > last ? sre_slice(t, m->string, last, m->start) : NONE;
        if (!part || (part != NONE && !list_add_new(t, list, part))) {
            return -1;
        }
        Value item = filter;
        if (is_call) {
            Value match = match_new(t, m, pattern, 0, m->end);
            item = match ? call1(t, filter, match) : 0;
        }
        if (!item || (!is_none(item) && !list_add_new(t, list, item))) {
            return -1;
        }
        last = m->pos;
        ++*count;
        machine_advance(m);
    }
    if (r >= 0 && last < m->end) {
        Value part = sre_slice(t, m->string, last, m->end);
        r = part && list_add_new(t, list, part) ? 0 : -1;
    }
    return r;
}

static Value substitute(Thread *t, Value *args, ssize_t *count)
{
    Machine m;
    Value pattern = args[0], repl = args[1], string = args[2], result = 0;
    ssize_t limit = 0;
    bool is_call;
    if (args[3] && !value_to_ssize(t, args[3], &limit, &exc_OverflowError)) {
        return 0;
    }
    Value filter = take_replacement(t, pattern, repl, &is_call);
    if (!filter || !machine_begin(t, &m, value_pattern(pattern), string, 0, PTRDIFF_MAX)) {
        return 0;
    }
    *count = 0;
    if (value_is_str(string)) {
        StrBuilder b;
        sb_init(&b, t);
        int r = substitute_str(t, &m, pattern, filter, is_call, limit, count, &b);
        result = r < 0 ? 0 : *count == 0 && value_is_str_exact(string) ? string : sb_finish(&b);
    } else {
        Value list = list_new(t, 0);
        if (list && substitute_bytes(t, &m, pattern, filter, is_call, limit, count, list) >= 0) {
            result = *count == 0 && type_of(string) == &bytes_type ? string
                                                                   : join_pieces(t, list, string);
        }
    }
    machine_end(&m);
    return result;
}

static Value pattern_sub(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t count;
    return substitute(t, args, &count);
}

static Value pattern_subn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t count;
    Value s = substitute(t, args, &count);
    return s ? tuple_pack(t, 2, s, fixnum(count)) : 0;
}

/* ---- scanners and iterators ---- */

typedef struct SreScanner {
    Object head;
    Value pattern, string;
    ssize_t pos, endpos;   /* as given */
    ssize_t next;          /* where to go on; -1: at an end */
    bool must_advance;
} SreScanner;

static Value scanner_new(Thread *t, Value *args, Type *type)
{
    Machine m;                                       /* checks the subject */
    ssize_t lo, hi;
    if (!take_span(t, args[2], args[3], &lo, &hi) ||
        !machine_begin(t, &m, value_pattern(args[0]), args[1], lo, hi)) {
        return 0;
    }
    SreScanner *s = object_alloc(t, type, sizeof *s);
    if (s) {
        gc_init(&s->pattern, args[0]);
        gc_init(&s->string, args[1]);
        s->pos = s->next = m.start;
        s->endpos = m.end;
    }
    machine_end(&m);
    return object_value(s);
}

static Value scanner_step(Thread *t, Value self, How how)
{
    SreScanner *s = (SreScanner *)value_object(self);
    Machine m;
    ssize_t next = __atomic_load_n(&s->next, __ATOMIC_RELAXED);
    if (next < 0) {
        return NONE;
    }
    if (!machine_begin(t, &m, value_pattern(s->pattern), s->string, next, s->endpos)) {
        return 0;
    }
    m.must_advance = __atomic_load_n(&s->must_advance, __ATOMIC_RELAXED);
    ssize_t from = m.start;
    int r = m.start > m.end ? 0 : how == HOW_SEARCH ? machine_search(&m) : machine_match(&m);
    Value v = r < 0 ? 0 : r ? match_new(t, &m, s->pattern, from, m.end) : NONE;
    __atomic_store_n(&s->must_advance, r > 0 && m.pos == m.start, __ATOMIC_RELAXED);
    __atomic_store_n(&s->next, r > 0 ? m.pos : -1, __ATOMIC_RELAXED);
    machine_end(&m);
    if (r > 0 && v) {
        ((Match *)value_object(v))->pos = s->pos;
    }
    return v;
}

static Value pattern_scanner(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return scanner_new(t, args, &sre_scanner_type);
}

static Value pattern_finditer(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return scanner_new(t, args, &sre_iter_type);
}

static Value scanner_match(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return scanner_step(t, args[0], HOW_MATCH);
}

static Value scanner_search(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return scanner_step(t, args[0], HOW_SEARCH);
}

static Value sre_iter_next(Thread *t, Value self)
{
    Value v = scanner_step(t, self, HOW_SEARCH);
    return v == NONE ? 0 : v;
}

static void scanner_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((SreScanner *)o)->pattern);
    trace_value(tr, ((SreScanner *)o)->string);
}

static const NativeDef scanner_methods[] = {
    {"match()", scanner_match, "The match at the current position, or None.", 0},
    {"search()", scanner_search, "The next match, or None.", 0},
    {0},
};

static const MemberDef scanner_members[] = {
    {"pattern", MEMBER_VALUE, offsetof(SreScanner, pattern), true, NULL},
    {0},
};

Type sre_scanner_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_sre.SRE_Scanner",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(SreScanner),
    .trace = scanner_trace,
    .methods = scanner_methods,
    .members = scanner_members,
};

Type sre_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "callable_iterator",
    .flags = TYPE_NO_INSTANTIATE,
    .size = sizeof(SreScanner),
    .trace = scanner_trace,
    .iter = iter_self,
    .next = sre_iter_next,
};

/* ---- the pattern as an object ---- */

static Value pattern_repr(Thread *t, Value v)
{
    static const struct { int bit; const char *name; } names_of[] = {
        {SRE_TEMPLATE, "re.TEMPLATE"}, {SRE_IGNORECASE, "re.IGNORECASE"}, {SRE_LOCALE, "re.LOCALE"},
        {SRE_MULTILINE, "re.MULTILINE"}, {SRE_DOTALL, "re.DOTALL"}, {SRE_UNICODE, "re.UNICODE"},
        {SRE_VERBOSE, "re.VERBOSE"}, {SRE_DEBUG, "re.DEBUG"}, {SRE_ASCII, "re.ASCII"},
    };
    Pattern *p = value_pattern(v);
    int64_t flags = p->flags;
    if (p->is_bytes == 0 && (flags & (SRE_LOCALE | SRE_UNICODE | SRE_ASCII)) == SRE_UNICODE) {
        flags &= ~SRE_UNICODE;
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_format(&b, "re.compile(%.200R", p->pattern);
    const char *sep = ", ";
    for (size_t i = 0; i < ARRAY_SIZE(names_of); i++) {
        if (flags & names_of[i].bit) {
            sb_cstr(&b, sep);
            sb_cstr(&b, names_of[i].name);
            flags &= ~(int64_t)names_of[i].bit;
            sep = "|";
        }
    }
    if (flags) {
        sb_format(&b, "%s0x%x", sep, (unsigned)flags);
    }
    sb_char(&b, ')');
    return sb_finish(&b);
}

static int64_t pattern_hash(Thread *t, Value v)
{
    Pattern *p = value_pattern(v);
    int64_t h = object_hash(t, p->pattern);
    if (h == -1) {
        return -1;
    }
    uint64_t x =
        (uint64_t)h ^ (uint64_t)p->flags ^ (uint64_t)p->is_bytes << 20 ^ (uint64_t)p->groups << 24;
    for (size_t i = 0; i < p->prog->len; i++) {
        x = x * 1000003 ^ p->prog->code[i];
    }
    return (int64_t)x == -1 ? -2 : (int64_t)x;
}

static Value pattern_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(b) != &pattern_type) {
        return NOT_IMPLEMENTED;
    }
    Pattern *p = value_pattern(a), *q = value_pattern(b);
    int equal = p == q;
    if (!equal && p->flags == q->flags && p->is_bytes == q->is_bytes &&
        p->prog->len == q->prog->len &&
        memcmp(p->prog->code, q->prog->code, p->prog->len * sizeof *p->prog->code) == 0) {
        equal = object_compare_bool(t, p->pattern, q->pattern, CMP_EQ);
    }
    return equal < 0 ? 0 : bool_value((equal != 0) == (op == CMP_EQ));
}

static Value pattern_copy(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return args[0];
}

static Value pattern_get_groupindex(Thread *t, Value self, void *closure UNUSED)
{
    Value d = value_pattern(self)->groupindex;
    if (value_is_dict(d) && dict_len(d) == 0) {
        return dict_new(t);
    }
    return call1(t, object_value(&mappingproxy_type), d);
}

static Value pattern_get_number(Thread *t UNUSED, Value self, void *closure)
{
    Pattern *p = value_pattern(self);
    return fixnum(closure ? p->groups : p->flags);
}

static const NativeDef pattern_methods[] = {
    {"match(string, pos=0, endpos=sys.maxsize)", pattern_match,
     "Matches at the beginning; None when there is no match.", 0},
    {"fullmatch(string, pos=0, endpos=sys.maxsize)", pattern_fullmatch,
     "Matches all of the string.", 0},
    {"search(string, pos=0, endpos=sys.maxsize)", pattern_search,
     "The first match anywhere, or None.", 0},
    {"sub(repl, string, count=0)", pattern_sub, "The string with matches replaced by repl.", 0},
    {"subn(repl, string, count=0)", pattern_subn,
     "As sub, as a pair with the number of replacements.", 0},
    {"findall(string, pos=0, endpos=sys.maxsize)", pattern_findall, "List of all matches' groups.",
     0},
    {"split(string, maxsplit=0)", pattern_split, "The pieces between the matches.", 0},
    {"finditer(string, pos=0, endpos=sys.maxsize)", pattern_finditer, "Iterator over all matches.",
     0},
    {"scanner(string, pos=0, endpos=sys.maxsize)", pattern_scanner,
     "An object that matches step by step.", 0},
    {"__copy__()", pattern_copy, "The pattern itself.", 0},
    {"__deepcopy__(memo, /)", pattern_copy, "The pattern itself.", 0},
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {0},
};

static const MemberDef pattern_members[] = {
    {"pattern", MEMBER_VALUE, offsetof(Pattern, pattern), true,
     "The pattern string from which it was compiled."},
    {0},
};

static const GetSetDef pattern_getset[] = {
    {"groupindex", pattern_get_groupindex, NULL, "Names of groups and their numbers.", NULL},
    {"flags", pattern_get_number, NULL, "The flags it was compiled with.", NULL},
    {"groups", pattern_get_number, NULL, "The number of groups.", (void *)1},
    {0},
};

Type pattern_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "re.Pattern",
    .doc = "Compiled regular expression object.",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(Pattern),
    .weakrefable = 1,
    .trace = pattern_trace,
    .free = pattern_free,
    .repr = pattern_repr,
    .hash = pattern_hash,
    .compare = pattern_compare,
    .methods = pattern_methods,
    .members = pattern_members,
    .getset = pattern_getset,
};
