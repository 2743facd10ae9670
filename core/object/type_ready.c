/* Making static types usable: mro, namespace from the definition tables, inherited slots, layout.
 */
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"

/* linked by next_static; start-up and module import add, under the type lock */
static Type *static_types;
static _Atomic int in_the_making; /* static types that type_ready fills, without gc_store */

/* Stores into finished types are remembered. */
static void trace_static_types(Tracer *tr, void *arg UNUSED)
{
    if (trace_is_young_only(tr) &&
        atomic_load_explicit(&in_the_making, memory_order_relaxed) == 0) {
        return;
    }
    for (Type *type = static_types; type; type = type->next_static) {
        (type_type.native_trace ? type_type.native_trace : type_type.trace)(&type->head, tr);
    }
}

static void register_static(Type *type)
{
    if (type_has(type, TYPE_REGISTERED)) { /* a first attempt failed */
        return;
    }
    type->flags |= TYPE_REGISTERED;
    if (!static_types) {
        gc_add_root_source(trace_static_types, NULL);
    }
    type->next_static = static_types;
    static_types = type;
}

typedef struct Visit { void (*fn)(Type *type); } Visit;

static void visit_heap_type(Object *o, void *arg)
{
    if (o->type && type_has(o->type, TYPE_TYPE) && type_has((Type *)o, TYPE_READY)) {
        ((Visit *)arg)->fn((Type *)o);
    }
}

void type_each(Thread *t, void (*fn)(Type *type))
{
    Visit v = {fn};
    /* what fn looks into is made before: nothing may be allocated in the stopped world */
    for (Type *type = __atomic_load_n(&static_types, __ATOMIC_ACQUIRE); type;
         type = type->next_static) {
        (void)type_names(type);
    }
    world_stop(t);
    for (Type *type = static_types; type; type = type->next_static) {
        fn(type);
    }
    gc_walk(visit_heap_type, &v);
    world_start(t);
}

/* ---- shared with class creation ---- */

void type_inherit_flags(Type *type, Type *base)
{
    type->flags |= base->flags & (TYPE_FAST_MASK | TYPE_MATCH_SELF | TYPE_SEQUENCE | TYPE_MAPPING |
                                  TYPE_HAS_DICT);
}

bool type_set_layout(Thread *t, Type *type)
{
    bool more = type_has(type, TYPE_HAS_DICT) || type->size > type->native_size;
    type->trace = more ? instance_trace : type->native_trace;
    return !type_has(type, TYPE_HAS_DICT) || shapes_init(t, type);
}

/* ---- __new__ ---- */

/* The static type whose layout decides which `new` is safe for `type`. */
static Type *native_base(Type *type)
{
    Type *base;
    while (type_has(type, TYPE_HEAP) && !type_has(type, TYPE_EXT) && (base = type_base(type)) &&
           type->new != base->new) {
        type = base;
    }
    return type;
}

static Value new_wrapper(Thread *t, Value *args, size_t n, Value kwnames)
{
    Type *owner = value_type(args[0]);
    if (n < 2 || !value_is_type(args[1])) {
        return n < 2 ? type_error(t, "%N.__new__(): not enough arguments", owner)
                     : type_error(t, "%N.__new__(X): X is not a type object (%T)", owner, args[1]);
    }
    Type *type = value_type(args[1]);
    if (!type_is_subtype(type, owner)) {
        return type_error(t, "%N.__new__(%N): %N is not a subtype of %N", owner, type, type, owner);
    }
    Type *safe = native_base(type);
    while (safe && type_has(safe, TYPE_GENERIC_NEW)) {
        safe = type_base(safe);
    }
    if (safe && safe->new != owner->new) {
        return type_error(t, "%N.__new__(%N) is not safe, use %N.__new__()", owner, type, safe);
    }
    return owner->new(t, type, args + 2, n - 2, kwnames);
}

static const NativeDef new_def = {
    "__new__(*args, **kwargs)",
    new_wrapper,
    "Create and return a new object.  See help(type) for accurate signature.",
    NATIVE_RAW | NATIVE_KW,
};

static bool add_new_method(Thread *t, Type *type, Value dict)
{
    Value f = native_function_new(t, &new_def, object_value(type), 0);
    return f && dict_set(t, dict, N(__new__), f);
}

/* ---- definition tables ---- */

static bool add_once(Thread *t, Value dict, Value name, Value descr)
{
    return descr && (dict_get_str(dict, name) || dict_set(t, dict, name, descr));
}

static bool add_method(Thread *t, Type *type, const NativeDef *def, Value dict)
{
    Value descr = method_descr_new(t, type, def);
    Value name = descr ? native_name(t, def) : 0;
    if (def->flags & NATIVE_COEXIST) {
        return name && dict_set(t, dict, name, descr);
    }
    return name && add_once(t, dict, name, descr);
}

static bool add_tables(Thread *t, Type *type, Value dict)
{
    for (const NativeDef *d = type->methods; d && d->sig; d++) {
        if (!add_method(t, type, d, dict)) {
            return false;
        }
    }
    for (const GetSetDef *d = type->getset; d && d->name; d++) {
        Value descr = getset_descr_new(t, type, d);
        if (!descr || !add_once(t, dict, ((GetSetDescr *)value_object(descr))->name, descr)) {
            return false;
        }
    }
    for (const MemberDef *d = type->members; d && d->name; d++) {
        Value descr = member_descr_new(t, type, d);
        if (!descr || !add_once(t, dict, ((MemberDescr *)value_object(descr))->name, descr)) {
            return false;
        }
    }
    return true;
}

static bool fill(Thread *t, Type *type, Value dict)
{
    bool has_new = slot_is_own(type, offsetof(Type, new)) && !type_has(type, TYPE_NO_INSTANTIATE);
    if ((has_new && !add_new_method(t, type, dict)) || !slots_add_wrappers(t, type, dict) ||
        !add_tables(t, type, dict)) {
        return false;
    }
    bool own_dict =
        type_has(type, TYPE_HAS_DICT) && !(type->base && type_has(type->base, TYPE_HAS_DICT));
    if (own_dict && !add_once(t, dict, N(__dict__), getset_descr_new(t, type, &dict_getset_def))) {
        return false;
    }
    if (type_has(type, TYPE_LIKE_CLASS) &&
        !add_once(t, dict, N(__module__), type_module_of_name(t, type))) {
        return false;
    }
    Value doc = str_or_none(t, type->doc);
    return doc && add_once(t, dict, N(__doc__), doc);
}

/* Most programs look at few of the built-in types.  Threads that make the same namespace at the
 * same time make equal ones, of which the first to be done stays. */
Dict *type_fill_names(Type *type)
{
    if (!type_has(type, TYPE_READY) || type_has(type, TYPE_HEAP)) {
        return NULL;
    }
    Thread *t = thread_current();
    Value pending = error_take(t), dict = 0;
    for (int attempt = 0; attempt < 2; attempt++) { /* a single failure may have been a test's */
        error_clear(t);
        dict = dict_new(t);
        if (dict && fill(t, type, dict)) {
            Dict *none = NULL;
            Dict *made = value_dict(dict);
            error_restore(t, pending);
            bool first = __atomic_compare_exchange_n(&type->dict, &none, made, false,
                                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
            gc_written(type);
            return first ? made : none;
        }
    }
    return (Dict *)value_object(runtime.no_names);
}

/* ---- inheritance ---- */

static void inherit_from_base(Type *type, Type *base)
{
    type_inherit_flags(type, base);
    type->size = type->size ? type->size : base->size;
    type->item_size = type->item_size ? type->item_size : base->item_size;
    type->dict_offset = type->dict_offset ? type->dict_offset : base->dict_offset;
    type->weakrefable |= base->weakrefable;
    type->native_trace = type->trace ? type->trace : base->native_trace;
}

static bool inherit_slots(Thread *t, Type *type)
{
    if (!type->bases) {
        gc_store(type, &type->bases,
                 type->base ? tuple_pack(t, 1, object_value(type->base)) : tuple_empty());
    }
    gc_store(type, &type->mro, type->bases ? mro_c3(t, type) : 0);
    if (!type->mro) {
        return false;
    }
    for (size_t i = 1; i < tuple_len(type->mro); i++) {
        Type *base = value_type(tuple_get(type->mro, i));
        slots_inherit(type, base);
    }
    if (type_has(type, TYPE_NO_INSTANTIATE)) {
        type->new = NULL;
    }
    if (type->finalize) {
        type->flags |= TYPE_HAS_DEL;
    }
    return true;
}

static bool make_ready(Thread *t, Type *type)
{
    if (!type->base && type != &object_type) {
        type->base = &object_type;
    }
    if (type->base && !type_ready(t, type->base)) {
        return false;
    }
    if (!type->head.type) {
        type->head.type = type->base ? type->base->head.type : &type_type;
    }
    register_static(type);
    if (type->base) {
        inherit_from_base(type, type->base);
    } else {
        type->native_trace = type->trace;
    }
    type->size = (type->size + 7) & ~(size_t)7;
    type->native_size = type->size;
    type->version = guard_id_new();
    if (type->compare && !type->hash) {
        type->hash = hash_unhashable;
    }
    slots_note_own(type);
    if ((type->dict && !fill(t, type, object_value(type->dict))) || !inherit_slots(t, type) ||
        !type_set_layout(t, type)) {
        return false;
    }
    type->flags |= TYPE_READY | (type_has(type, TYPE_HEAP) ? 0 : TYPE_IMMUTABLE);
    for (size_t i = 0; i < tuple_len(type->bases); i++) {
        if (!type_add_subclass(t, value_type(tuple_get(type->bases, i)), type)) {
            return false;
        }
    }
    if (runtime.type_made) {
        runtime.type_made(type);
    }
    return true;
}

bool type_ready(Thread *t, Type *type)
{
    if (type_has(type, TYPE_READY)) {
        return true;
    }
    atomic_fetch_add_explicit(&in_the_making, 1, memory_order_relaxed);
    bool ok = make_ready(t, type);
    gc_written(type);
    atomic_fetch_sub_explicit(&in_the_making, 1, memory_order_relaxed);
    return ok;
}
