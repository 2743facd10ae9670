/* The exception hierarchy: BaseException and the small subclasses; exceptions.def lists all types.
 *
 * Subclasses with fields of their own get their layout, hooks and tables in exceptions_init, before
 * they are readied. OSError, SyntaxError and the Unicode errors: exception_fields.c.  Groups:
 * exception_group.c.
 */
#include "core/object/exception_internal.h"

#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

#define exc_object object_type
#define EXC(name_, base_, doc_)                                                                    \
    Type exc_##name_ = {.head = OBJECT_STATIC_HEAD(&type_type),                                    \
                        .name = #name_,                                                            \
                        .base = &exc_##base_,                                                      \
                        .flags = TYPE_BASETYPE,                                                    \
                        .doc = doc_};
#include "core/object/exceptions.def"
#undef EXC
#undef exc_object

/* ---- BaseException ---- */

void exception_trace(Object *o, Tracer *tr)
{
    Exception *e = (Exception *)o;
    trace_value(tr, e->args);
    trace_value(tr, e->notes);
    trace_value(tr, e->traceback);
    trace_value(tr, e->context);
    trace_value(tr, e->cause);
}

Value exception_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames UNUSED)
{
    Value tuple = tuple_from(t, args, n);
    Exception *e = tuple ? object_alloc_instance(t, type, 0) : NULL;
    if (e) {
        gc_init(&e->args, tuple);
    }
    return object_value(e);
}

bool exception_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (kwnames && !args_no_kw(t, type_short_name(type_of(self)), kwnames)) {
        return false;
    }
    return exception_set_args(t, self, args, n);
}

bool exception_set_args(Thread *t, Value self, const Value *args, size_t n)
{
    Exception *e = value_exception(self);
    Value old = value_load(&e->args);
    if (old && tuple_len(old) == n &&
        (n == 0 || memcmp(value_tuple(old)->items, args, n * sizeof(Value)) == 0)) {
        return true;
    }
    Value tuple = tuple_from(t, args, n);
    if (tuple) {
        gc_store(e, &e->args, tuple);
    }
    return tuple != 0;
}

static Value base_repr(Thread *t, Value self)
{
    Value args = exception_args(self);
    const char *name = type_short_name(type_of(self));
    if (tuple_len(args) == 1) {
        return str_format(t, "%s(%R)", name, tuple_get(args, 0));
    }
    return str_format(t, "%s%R", name, args);
}

Value exception_str(Thread *t, Value self)
{
    Value args = exception_args(self);
    switch (tuple_len(args)) {
    case 0:
        return N(empty);
    case 1:
        return object_str(t, tuple_get(args, 0));
    default:
        return object_str(t, args);
    }
}

static Value get_args(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return exception_args(self);
}

static bool set_args(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v) {
        type_error(t, "args may not be deleted");
        return false;
    }
    Value tuple = sequence_tuple(t, v);
    if (tuple) {
        gc_store(value_object(self), &value_exception(self)->args, tuple);
    }
    return tuple != 0;
}

static bool set_traceback(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v || (!is_none(v) && type_of(v) != &traceback_type)) {
        type_error(t, v ? "__traceback__ must be a traceback or None"
                        : "__traceback__ may not be deleted");
        return false;
    }
    exception_set_traceback(self, is_none(v) ? 0 : v);
    return true;
}

static bool set_context(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v || (!is_none(v) && !value_is_exception(v))) {
        type_error(t, v ? "exception context must be None or derive from BaseException"
                        : "__context__ may not be deleted");
        return false;
    }
    exception_set_context(self, is_none(v) ? 0 : v);
    return true;
}

static bool set_cause(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v || (!is_none(v) && !value_is_exception(v))) {
        type_error(t, v ? "exception cause must be None or derive from BaseException"
                        : "__cause__ may not be deleted");
        return false;
    }
    exception_set_cause(self, is_none(v) ? 0 : v);
    return true;
}

static Value with_traceback(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return set_traceback(t, args[0], args[1], NULL) ? args[0] : 0;
}

static Value add_note(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value notes;
    if (!value_is_str(args[1])) {
        return type_error(t, "note must be a str, not '%T'", args[1]);
    }
    int r = object_lookup_attr(t, args[0], N(__notes__), &notes);
    if (r < 0) {
        return 0;
    }
    if (!r) {
        notes = list_new(t, 1);
        if (!notes || !object_setattr(t, args[0], N(__notes__), notes)) {
            return 0;
        }
    } else if (!value_is_list(notes)) {
        return type_error(t, "Cannot add note: __notes__ is not a list");
    }
    return list_append(t, notes, args[1]) ? NONE : 0;
}

Value exception_reduce_with(Thread *t, Value self, Value args)
{
    Value type = object_value(type_of(self));
    if (instance_is_empty(t, value_object(self))) {
        return tuple_pack(t, 2, type, args);
    }
    Value dict = instance_dict(t, value_object(self));
    return dict ? tuple_pack(t, 3, type, args, dict) : 0;
}

static Value base_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return exception_reduce_with(t, args[0], exception_args(args[0]));
}

static Value base_setstate(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (is_none(args[1])) {
        return NONE;
    }
    if (!value_is_dict(args[1])) {
        return type_error(t, "state is not a dictionary");
    }
    Value items = dict_items_list(t, args[1]);
    for (size_t i = 0; items && i < list_len(items); i++) {
        Value pair = list_get(items, i);
        if (!object_setattr(t, args[0], tuple_get(pair, 0), tuple_get(pair, 1))) {
            return 0;
        }
    }
    return items ? NONE : 0;
}

static const NativeDef base_methods[] = {
    {"__reduce__()", base_reduce, "Helper for pickle.", 0},
    {"__setstate__(state, /)", base_setstate, "Set attributes from a dict.", 0},
    {"with_traceback(tb, /)", with_traceback, "Set self.__traceback__ to tb and return self.", 0},
    {"add_note(note, /)", add_note, "Add a note that tracebacks show.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef base_getset[] = {
    {"args", get_args, set_args, NULL, NULL},
    {"__traceback__", field_or_none, set_traceback, NULL, (void *)offsetof(Exception, traceback)},
    {"__context__", field_or_none, set_context, "exception context",
     (void *)offsetof(Exception, context)},
    {"__cause__", field_or_none, set_cause, "exception cause", (void *)offsetof(Exception, cause)},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef base_members[] = {
    {"__suppress_context__", MEMBER_BOOL, offsetof(Exception, suppress_context), false, NULL},
    {NULL, 0, 0, false, NULL},
};

/* ---- StopIteration, SystemExit, KeyError ---- */

static void one_field_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_value(tr, ((SystemExitExc *)o)->code);
}

static void stop_iteration_trace(Object *o, Tracer *tr)
{
    one_field_trace(o, tr);
    trace_value(tr, ((StopIterationExc *)o)->lent);
}

static bool stop_iteration_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    gc_store(value_object(self), &((StopIterationExc *)value_object(self))->value,
             n ? args[0] : NONE);
    return exception_init(t, self, args, n, kwnames);
}

static bool system_exit_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!exception_init(t, self, args, n, kwnames)) {
        return false;
    }
    Value code = n == 0 ? NONE : n == 1 ? args[0] : exception_args(self);
    gc_store(value_object(self), &((SystemExitExc *)value_object(self))->code, code);
    return true;
}

static Value key_error_str(Thread *t, Value self)
{
    Value args = exception_args(self);
    return tuple_len(args) == 1 ? object_repr(t, tuple_get(args, 0)) : exception_str(t, self);
}

static const MemberDef stop_iteration_members[] = {
    {"value", MEMBER_VALUE, offsetof(StopIterationExc, value), false, "generator return value"},
    {NULL, 0, 0, false, NULL},
};
static const MemberDef system_exit_members[] = {
    {"code", MEMBER_VALUE, offsetof(SystemExitExc, code), false, "exception code"},
    {NULL, 0, 0, false, NULL},
};

/* ---- NameError, AttributeError, ImportError: keyword arguments become attributes ---- */

static void attribute_error_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_value(tr, ((AttributeErrorExc *)o)->obj);
    trace_value(tr, ((AttributeErrorExc *)o)->name);
}

/* Stores the keywords (behind the arguments) that `fields` name; others are errors, which name the
 * class that takes them. */
static bool take_keywords(Thread *t, Value self, const Value *keywords, Value kwnames,
                          const MemberDef *fields, const char *class)
{
    size_t count = 0;
    for (const MemberDef *f = fields; f->name; f++, count++) {
        gc_store(value_object(self), (Value *)((char *)value_object(self) + f->offset), 0);
    }
    if (kwnames && tuple_len(kwnames) > count) {
        type_error(t, "%s() takes at most %zu keyword argument%s (%zu given)", class, count,
                   count == 1 ? "" : "s", tuple_len(kwnames));
        return false;
    }
    for (size_t i = 0; kwnames && i < tuple_len(kwnames); i++) {
        const MemberDef *f = fields;
        while (f->name && !str_eq_cstr(tuple_get(kwnames, i), f->name)) {
            f++;
        }
        if (!f->name) {
            type_error(t, "'%U' is an invalid keyword argument for %s()", tuple_get(kwnames, i),
                       class);
            return false;
        }
        gc_store(value_object(self), (Value *)((char *)value_object(self) + f->offset),
                 keywords[i]);
    }
    return true;
}

static const MemberDef name_error_members[] = {
    {"name", MEMBER_VALUE, offsetof(NameErrorExc, name), false, "name"},
    {NULL, 0, 0, false, NULL},
};
static const MemberDef attribute_error_members[] = {
    {"name", MEMBER_VALUE, offsetof(AttributeErrorExc, name), false, "attribute name"},
    {"obj", MEMBER_VALUE, offsetof(AttributeErrorExc, obj), false, "object"},
    {NULL, 0, 0, false, NULL},
};
static const MemberDef import_error_members[] = {
    {"name", MEMBER_VALUE, offsetof(ImportErrorExc, name), false, "module name"},
    {"path", MEMBER_VALUE, offsetof(ImportErrorExc, path), false, "module path"},
    {"msg", MEMBER_VALUE, offsetof(ImportErrorExc, msg), false, "exception message"},
    {NULL, 0, 0, false, NULL},
};

static bool name_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return exception_set_args(t, self, args, n) &&
           take_keywords(t, self, args + n, kwnames, name_error_members, "NameError");
}

static bool attribute_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return exception_set_args(t, self, args, n) &&
           take_keywords(t, self, args + n, kwnames, attribute_error_members, "AttributeError");
}

static bool import_error_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static const MemberDef keywords[] = {
        {"name", MEMBER_VALUE, offsetof(ImportErrorExc, name), false, NULL},
        {"path", MEMBER_VALUE, offsetof(ImportErrorExc, path), false, NULL},
        {NULL, 0, 0, false, NULL},
    };
    if (!exception_set_args(t, self, args, n) ||
        !take_keywords(t, self, args + n, kwnames, keywords, "ImportError")) {
        return false;
    }
    gc_store(value_object(self), &((ImportErrorExc *)value_object(self))->msg,
             n == 1 ? args[0] : 0);
    return true;
}

static void import_error_trace(Object *o, Tracer *tr)
{
    exception_trace(o, tr);
    trace_values(tr, &((ImportErrorExc *)o)->msg, 3);
}

static Value import_error_str(Thread *t, Value self)
{
    Value msg = value_load(&((ImportErrorExc *)value_object(self))->msg);
    return msg && value_is_str_exact(msg) ? msg : exception_str(t, self);
}

static Value import_error_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ImportErrorExc *e = (ImportErrorExc *)value_object(args[0]);
    Value type = object_value(type_of(args[0]));
    Value name = value_load(&e->name), path = value_load(&e->path);
    Value e_args = value_load(&e->base.args);
    if (!name && !path) {
        return exception_reduce_with(t, args[0], e_args);
    }
    Value dict = instance_dict_copy(t, &e->base.head);
    if (!dict || (name && !dict_set(t, dict, N(name), name)) ||
        (path && !dict_set(t, dict, N(path), path))) {
        return 0;
    }
    return tuple_pack(t, 3, type, e_args, dict);
}

static const NativeDef import_error_methods[] = {
    {"__reduce__()", import_error_reduce, "Helper for pickle.", 0},
    {NULL, NULL, NULL, 0},
};

/* ---- set-up ---- */

static void set_up(Type *type, size_t size, TraceFn trace, InitFn init, const MemberDef *members)
{
    type->size = size;
    type->trace = trace;
    type->init = init;
    type->members = members;
    type->new = exception_new;
}

static void set_up_small(void)
{
    set_up(&exc_BaseException, sizeof(Exception), exception_trace, exception_init, base_members);
    exc_BaseException.flags |= TYPE_HAS_DICT | TYPE_EXC;
    exc_BaseException.getattr = generic_getattr;
    exc_BaseException.setattr = generic_setattr;
    exc_BaseException.repr = base_repr;
    exc_BaseException.str = exception_str;
    exc_BaseException.methods = base_methods;
    exc_BaseException.getset = base_getset;
    set_up(&exc_StopIteration, sizeof(StopIterationExc), stop_iteration_trace, stop_iteration_init,
           stop_iteration_members);
    set_up(&exc_SystemExit, sizeof(SystemExitExc), one_field_trace, system_exit_init,
           system_exit_members);
    set_up(&exc_NameError, sizeof(NameErrorExc), one_field_trace, name_error_init,
           name_error_members);
    set_up(&exc_AttributeError, sizeof(AttributeErrorExc), attribute_error_trace,
           attribute_error_init, attribute_error_members);
    set_up(&exc_ImportError, sizeof(ImportErrorExc), import_error_trace, import_error_init,
           import_error_members);
    exc_ImportError.str = import_error_str;
    exc_ImportError.methods = import_error_methods;
    exc_KeyError.str = key_error_str;
}

/* So that each has an __init__ of its own, and the plain ones a __new__. */
static void inherit_construction(Type *type)
{
    Type *base = type->base;
    if (!base || !base->init || type == &exc_ExceptionGroup) {
        return;
    }
    if (!type->init && !type->str && base->init == exception_init) {
        type->new = exception_new;
    }
    type->init = type->init ? type->init : base->init;
}

bool exceptions_init(Thread *t)
{
    set_up_small();
    exception_fields_init();
    exception_groups_init();
    static Type *const all[] = {
#define EXC(name, base, doc) &exc_##name,
#include "core/object/exceptions.def"
#undef EXC
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (all[i] == &exc_ExceptionGroup) { /* the one with two bases */
            if (!type_ready(t, &exc_BaseExceptionGroup) || !type_ready(t, &exc_Exception)) {
                return false;
            }
            all[i]->flags |= TYPE_LIKE_CLASS;
            all[i]->weakrefable = true;
            all[i]->bases = tuple_pack(t, 2, object_value(&exc_BaseExceptionGroup),
                                       object_value(&exc_Exception));
        }
        inherit_construction(all[i]);
        if (!type_ready(t, all[i])) {
            return false;
        }
    }
    return memory_error_init(t);
}

/* ---- for C code ---- */

/* A class may have made anything. */
static Value checked_instance(Thread *t, Value type, Value made)
{
    if (made && !value_is_exception(made)) {
        return type_error(t, "calling %R should have returned an instance of BaseException, not %R",
                          type, object_value(type_of(made)));
    }
    return made;
}

Value exception_normalize(Thread *t, Value type_or_instance, Value arg)
{
    if (value_is_exception(type_or_instance)) {
        return type_or_instance;
    }
    if (!arg || is_none(arg)) {
        return checked_instance(t, type_or_instance, call0(t, type_or_instance));
    }
    if (value_is_exception(arg) && value_is_type(type_or_instance) &&
        value_isa(arg, value_type(type_or_instance))) {
        return arg;
    }
    Value e = value_is_tuple(arg) ? call_tuple(t, type_or_instance, arg, 0)
                                  : call1(t, type_or_instance, arg);
    return checked_instance(t, type_or_instance, e);
}
