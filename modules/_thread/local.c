/* _thread._local: one attribute dict per thread.
 *
 *   local.dicts      dict: thread serial -> attribute dict of that thread
 *   thread.dict      dict: id -> weak reference to each local the thread has used, so that the
 *                    entries can be removed when it ends (a class may have its own __hash__ and
 *                    __eq__, which have no say here); what extensions keep there, too
 * The locals own the dicts, so a cycle through an attribute is ordinary garbage.
 */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/weakref.h"
#include "modules/_thread/thread.h"

typedef struct Local {
    Object head;
    Value dicts;
    Value args, kwargs; /* for __init__ in each thread: list, dict or 0 */
} Local;

static Local *as_local(Value v)
{
    assert(value_isa(v, &thread_local_type));
    return (Local *)value_object(v);
}

static void local_trace(Object *self, Tracer *tr)
{
    Local *local = (Local *)self;
    trace_value(tr, local->dicts);
    trace_value(tr, local->args);
    trace_value(tr, local->kwargs);
}

static Value thread_key(Thread *t)
{
    return fixnum((int64_t)t->serial);
}

static bool remember(Thread *t, Value self)
{
    if (t->dict == 0 && (t->dict = dict_new(t)) == 0) {
        return false;
    }
    Value ref = weakref_new(t, self, 0);
    Value id = fixnum((int64_t)((uintptr_t)value_object(self) >> 3));
    return ref != 0 && dict_set(t, t->dict, id, ref);
}

static Value make_dict(Thread *t, Value self)
{
    Value d = dict_new(t);
    return d != 0 && dict_set(t, as_local(self)->dicts, thread_key(t), d) && remember(t, self) ? d
                                                                                               : 0;
}

/* This thread's attributes; the first use in a thread runs __init__ again.  0: raised. */
static Value local_dict(Thread *t, Value self)
{
    Local *local = as_local(self);
    Value d = dict_get(t, local->dicts, thread_key(t));
    if (LIKELY(d != 0) || error_pending(t)) {
        return d;
    }
    d = make_dict(t, self);
    InitFn init = type_of(self)->init;
    if (d == 0 || init == NULL || init == object_type.init) {
        return d;
    }
    Value f = object_getattr(t, object_value(type_of(self)), N(__init__));
    size_t n = local->args != 0 ? list_len(local->args) : 0;
    Value args = f != 0 ? list_new(t, n + 1) : 0;
    bool ok =
        args != 0 && list_append(t, args, self) && (n == 0 || list_extend(t, args, local->args));
    Value tuple = ok ? list_to_tuple(t, args) : 0;
    if (tuple == 0 || call_tuple(t, f, tuple, local->kwargs) == 0) {
        Value error = error_take(t); /* the next access tries again */
        dict_del(t, local->dicts, thread_key(t));
        error_restore(t, error);
        return 0;
    }
    return d;
}

static Value local_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    size_t keywords =
        kwnames != 0 ? object_len(t, kwnames) > 0 ? (size_t)object_len(t, kwnames) : 0 : 0;
    if ((n > 0 || keywords > 0) && (type->init == NULL || type->init == object_type.init)) {
        return type_error(t, "Initialization arguments are not supported");
    }
    Value self = object_value(object_alloc_instance(t, type, 0));
    if (self == 0) {
        return 0;
    }
    Local *local = as_local(self);
    local->dicts = dict_new(t);
    local->args = list_from(t, args, n);
    local->kwargs = keywords > 0 ? dict_new(t) : 0;
    if (local->dicts == 0 || local->args == 0 || (keywords > 0 && local->kwargs == 0)) {
        return 0;
    }
    for (size_t i = 0; i < keywords; i++) {
        Value name = object_getitem(t, kwnames, fixnum((int64_t)i));
        if (name == 0 || !dict_set(t, local->kwargs, name, args[n + i])) {
            return 0;
        }
    }
    return make_dict(t, self) != 0 ? self : 0; /* __init__ is run by the call of the type */
}

static bool is_dict_name(Value name)
{
    return name == N(__dict__);
}

static Value local_getattr(Thread *t, Value self, Value name)
{
    Value d = local_dict(t, self);
    if (d == 0) {
        return 0;
    }
    if (is_dict_name(name)) {
        return d;
    }
    Type *type = type_of(self);
    Value attr = type_lookup(t, type, name);
    DescrGetFn get = attr != 0 ? type_of(attr)->descr_get : NULL;
    if (get != NULL && type_of(attr)->descr_set != NULL) {
        return get(t, attr, self, object_value(type));
    }
    Value v = dict_get(t, d, name);
    if (v != 0 || error_pending(t)) {
        return v;
    }
    if (get != NULL) {
        return get(t, attr, self, object_value(type));
    }
    return attr != 0 ? attr : attribute_error(t, self, name);
}

static bool local_setattr(Thread *t, Value self, Value name, Value v)
{
    Value d = local_dict(t, self);
    if (d == 0) {
        return false;
    }
    if (is_dict_name(name)) {
        raise(t, &exc_AttributeError, "'%T' object attribute '__dict__' is read-only", self);
        return false;
    }
    Value attr = type_lookup(t, type_of(self), name);
    if (attr != 0 && type_of(attr)->descr_set != NULL) {
        return type_of(attr)->descr_set(t, attr, self, v);
    }
    if (v != 0) {
        return dict_set(t, d, name, v);
    }
    int deleted = dict_del(t, d, name);
    if (deleted == 0) {
        attribute_error(t, self, name);
    }
    return deleted > 0;
}

void local_thread_exit(Thread *t)
{
    Value refs = t->dict != 0 ? dict_values_list(t, t->dict) : 0;
    for (size_t i = 0; refs != 0 && i < list_len(refs); i++) {
        Value ref = list_get(refs, i);
        Value local = value_isa(ref, &weakref_type) ? weakref_get(ref) : 0;
        if (local != 0 && value_isa(local, &thread_local_type)) {
            dict_del(t, as_local(local)->dicts, thread_key(t));
        }
    }
    error_clear(t);
}

Type thread_local_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_thread._local",
    .doc = "Thread-local data",
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .size = sizeof(Local),
    .weakrefable = 1,
    .trace = local_trace,
    .new = local_new,
    .getattr = local_getattr,
    .setattr = local_setattr,
};
