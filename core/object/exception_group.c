/* BaseExceptionGroup and ExceptionGroup (PEP 654), and what except* does with them. */
#include "core/object/descr.h"
#include "core/object/exception_internal.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/upward.h"

static ExceptionGroupExc *group_of(Value v)
{
    return (ExceptionGroupExc *)value_object(v);
}

static bool is_group(Value v)
{
    return value_isa(v, &exc_BaseExceptionGroup);
}

static void group_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_value(tr, ((ExceptionGroupExc *)o)->msg);
    trace_value(tr, ((ExceptionGroupExc *)o)->excs);
}

/* ---- making ---- */

/* Checks the members and picks the class: ExceptionGroup when every member is an Exception. */
static Type *class_for(Thread *t, Type *type, Value excs)
{
    bool only_exceptions = true;
    for (size_t i = 0; i < tuple_len(excs); i++) {
        Value e = tuple_get(excs, i);
        if (!value_is_exception(e)) {
            value_error(t, "Item %zu of second argument (exceptions) is not an exception", i);
            return NULL;
        }
        only_exceptions &= value_isa(e, &exc_Exception);
    }
    if (type == &exc_BaseExceptionGroup) {
        return only_exceptions ? &exc_ExceptionGroup : type;
    }
    if (only_exceptions || !type_is_subtype(type, &exc_Exception)) {
        return type;
    }
    if (type == &exc_ExceptionGroup) {
        type_error(t, "Cannot nest BaseExceptions in an ExceptionGroup");
    } else {
        type_error(t, "Cannot nest BaseExceptions in '%N'", type);
    }
    return NULL;
}

static Value group_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames UNUSED)
{
    if (n != 2) {
        return type_error(t, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)",
                          n);
    }
    if (!value_is_str(args[0])) {
        return type_error(t, "BaseExceptionGroup.__new__() argument 1 must be str, not %B",
                          args[0]);
    }
    if (!value_is_sequence(args[1])) {
        return type_error(t, "second argument (exceptions) must be a sequence");
    }
    Value excs = sequence_tuple(t, args[1]);
    if (!excs) {
        return 0;
    }
    if (tuple_len(excs) == 0) {
        return value_error(t, "second argument (exceptions) must be a non-empty sequence");
    }
    type = class_for(t, type, excs);
    Value self = type ? exception_new(t, type, args, n, 0) : 0;
    if (self) {
        gc_store(value_object(self), &group_of(self)->msg, args[0]);
        gc_store(value_object(self), &group_of(self)->excs, excs);
    }
    return self;
}

static Value group_str(Thread *t, Value self)
{
    size_t n = tuple_len(group_of(self)->excs);
    return str_format(t, "%S (%zu sub-exception%s)", group_of(self)->msg, n, n == 1 ? "" : "s");
}

static Value make_group(Thread *t, const char *msg, Value list)
{
    Value text = str_from_cstr(t, msg);
    return text ? call2(t, object_value(&exc_BaseExceptionGroup), text, list) : 0;
}

/* ---- matching ---- */

typedef enum { BY_TYPE, BY_PREDICATE, BY_IDENTITY } MatchKind;
typedef struct Matcher {
    MatchKind kind;
    Value what; /* type(s), function, or a list of exceptions */
} Matcher;

static bool valid_types(Value v)
{
    if (!value_is_tuple(v)) {
        return value_is_exception_type(v);
    }
    for (size_t i = 0; i < tuple_len(v); i++) {
        if (!value_is_exception_type(tuple_get(v, i))) {
            return false;
        }
    }
    return true;
}

static bool matcher_init(Thread *t, Matcher *m, Value what)
{
    Type *type = type_of(what);
    m->what = what;
    m->kind = BY_PREDICATE;
    if (type == &function_type) {
        return true;
    }
    m->kind = BY_TYPE;
    if (valid_types(what)) {
        return true;
    }
    type_error(t, "expected a function, exception type or tuple of exception types");
    return false;
}

static int matches(Thread *t, const Matcher *m, Value e)
{
    if (m->kind == BY_TYPE) {
        return exception_matches(t, e, m->what);
    }
    if (m->kind == BY_PREDICATE) {
        Value v = call1(t, m->what, e);
        return v ? object_truth(t, v) : -1;
    }
    if (is_group(e)) {
        return 0;
    }
    for (size_t i = 0; i < list_len(m->what); i++) {
        if (list_get(m->what, i) == e) {
            return 1;
        }
    }
    return 0;
}

/* A group like `orig` with the members in list (0 or empty: None). */
static Value subset(Thread *t, Value orig, Value list)
{
    if (!list || list_len(list) == 0) {
        return NONE;
    }
    Value eg = call_method1(t, orig, intern_cstr(t, "derive"), list);
    if (!eg) {
        return 0;
    }
    if (!is_group(eg)) {
        return type_error(t, "derive must return an instance of BaseExceptionGroup");
    }
    exception_set_traceback(eg, exception_traceback(orig));
    exception_set_context(eg, exception_context(orig));
    exception_set_cause(eg, exception_cause(orig));
    store_relaxed(&value_exception(eg)->suppress_context,
                  load_relaxed(&value_exception(orig)->suppress_context));
    Value notes;
    int r = object_lookup_attr(t, orig, N(__notes__), &notes);
    if (r < 0) {
        return 0;
    }
    if (r && value_is_sequence(notes)) {
        Value copy = sequence_list(t, notes);
        if (!copy || !object_setattr(t, eg, N(__notes__), copy)) {
            return 0;
        }
    }
    return eg;
}

/* Splits e: *match and *rest become exceptions or None; rest NULL: not wanted. */
static bool split(Thread *t, Value e, const Matcher *m, Value *match, Value *rest)
{
    *match = NONE;
    if (rest) {
        *rest = NONE;
    }
    int r = matches(t, m, e);
    if (r < 0) {
        return false;
    }
    if (r || !is_group(e)) {
        if (r) {
            *match = e;
        } else if (rest) {
            *rest = e;
        }
        return true;
    }
    if (!c_recursion_enter(t, " in exceptiongroup_split_recursive")) {
        return false;
    }
    Value yes = list_new(t, 2), no = list_new(t, 2), excs = group_of(e)->excs;
    bool ok = yes && no;
    for (size_t i = 0; ok && i < tuple_len(excs); i++) {
        Value a, b = NONE;
        ok = split(t, tuple_get(excs, i), m, &a, rest ? &b : NULL) &&
             (is_none(a) || list_append(t, yes, a)) && (is_none(b) || list_append(t, no, b));
    }
    c_recursion_leave(t);
    ok = ok && (*match = subset(t, e, yes)) != 0;
    return ok && (!rest || (*rest = subset(t, e, no)) != 0);
}

/* ---- methods ---- */

static Value derive_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return call2(t, object_value(&exc_BaseExceptionGroup), group_of(args[0])->msg, args[1]);
}

static Value split_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Matcher m;
    Value match, rest;
    if (!matcher_init(t, &m, args[1]) || !split(t, args[0], &m, &match, &rest)) {
        return 0;
    }
    return tuple_pack(t, 2, match, rest);
}

static Value subgroup_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Matcher m;
    Value match;
    return matcher_init(t, &m, args[1]) && split(t, args[0], &m, &match, NULL) ? match : 0;
}

static const NativeDef group_methods[] = {
    {"derive(excs, /)", derive_method, "Make a group of the same kind with other members.", 0},
    {"split(matcher, /)", split_method, "Split into the group of members that match and the rest.",
     0},
    {"subgroup(matcher, /)", subgroup_method, "The group of members that match, or None.", 0},
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {NULL, NULL, NULL, 0},
};
static const MemberDef group_members[] = {
    {"message", MEMBER_VALUE, offsetof(ExceptionGroupExc, msg), true, "exception message"},
    {"exceptions", MEMBER_VALUE, offsetof(ExceptionGroupExc, excs), true, "nested exceptions"},
    {NULL, 0, 0, false, NULL},
};

void exception_groups_init(void)
{
    Type *type = &exc_BaseExceptionGroup;
    type->size = sizeof(ExceptionGroupExc);
    type->trace = group_trace;
    type->new = group_new;
    type->init = exception_init;
    type->str = group_str;
    type->methods = group_methods;
    type->members = group_members;
}

/* ---- except* ---- */

bool exception_group_match(Thread *t, Value exc, Value types, Value *match, Value *rest)
{
    *match = NONE;
    *rest = exc;
    if (is_none(exc)) {
        *rest = NONE;
        return true;
    }
    if (exception_matches(t, exc, types)) {
        *rest = NONE;
        *match = exc;
        if (is_group(exc)) {
            return true;
        }
        Value one = tuple_pack(t, 1, exc);
        Value wrapped = one ? make_group(t, "", one) : 0;
        if (!wrapped) {
            return false;
        }
        exception_set_traceback(wrapped, exception_traceback(exc));
        *match = wrapped;
        return true;
    }
    if (!is_group(exc)) {
        return true;
    }
    Value pair = call_method1(t, exc, N(split), types);
    if (!pair) {
        return false;
    }
    if (!value_is_tuple(pair) || tuple_len(pair) < 2) {
        type_error(t,
                   !value_is_tuple(pair)
                       ? "%T.split must return a tuple, not %T"
                       : "%T.split must return a 2-tuple, got tuple of size less than 2",
                   exc, pair);
        return false;
    }
    *match = tuple_get(pair, 0);
    *rest = tuple_get(pair, 1);
    return true;
}

static Value notes_of(Thread *t, Value e)
{
    Value notes;
    return object_lookup_attr(t, e, N(__notes__), &notes) > 0 ? notes : 0;
}

/* e was split off from orig and raised again, not raised anew. */
static bool same_metadata(Thread *t, Value a, Value b)
{
    Value nx = notes_of(t, a), ny = notes_of(t, b);
    error_clear(t);
    bool notes = nx == ny || (nx && ny && object_compare_bool(t, nx, ny, CMP_EQ) == 1);
    return notes && exception_traceback(a) == exception_traceback(b) &&
           exception_cause(a) == exception_cause(b) &&
           exception_context(a) == exception_context(b);
}

static bool collect_leaves(Thread *t, Value e, Value leaves)
{
    if (!is_group(e)) {
        return list_append(t, leaves, e);
    }
    Value excs = group_of(e)->excs;
    for (size_t i = 0; i < tuple_len(excs); i++) {
        if (!collect_leaves(t, tuple_get(excs, i), leaves)) {
            return false;
        }
    }
    return true;
}

/* The part of orig whose leaves occur in `keep`. */
static Value projection(Thread *t, Value orig, Value keep)
{
    Value leaves = list_new(t, 4), match;
    for (size_t i = 0; leaves && i < list_len(keep); i++) {
        if (!collect_leaves(t, list_get(keep, i), leaves)) {
            return 0;
        }
    }
    Matcher m = {BY_IDENTITY, leaves};
    return leaves && split(t, orig, &m, &match, NULL) ? match : 0;
}

/* The verifier does not know what is in the list. */
static bool are_exceptions_or_none(Value list)
{
    bool ok = true;
    for (size_t i = 0; ok && i < list_len(list); i++) {
        Value e = list_get(list, i);
        ok = is_none(e) || value_is_exception(e);
    }
    return ok;
}

Value exception_group_reraise(Thread *t, Value orig, Value list)
{
    size_t n = list_len(list);
    if (n == 0) {
        return NONE;
    }
    if (!are_exceptions_or_none(list)) {
        return type_error(t, "exceptions must derive from BaseException");
    }
    if (!is_group(orig)) {
        return list_get(list, 0);
    }
    Value raised = list_new(t, n + 1), again = list_new(t, n);
    for (size_t i = 0; raised && again && i < n; i++) {
        Value e = list_get(list, i);
        if (!is_none(e) && !list_append(t, same_metadata(t, e, orig) ? again : raised, e)) {
            return 0;
        }
    }
    if (!raised || !again) {
        return 0;
    }
    Value kept = projection(t, orig, again);
    if (!kept || list_len(raised) == 0) {
        return kept;
    }
    if (!is_none(kept) && !list_append(t, raised, kept)) {
        return 0;
    }
    return make_group(t, "", raised);
}
