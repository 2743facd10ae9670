/* Creating classes: type(name, bases, namespace, **kwargs). */
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"
#include "core/object/upward.h"
#include "core/base/memory.h"

typedef struct ClassSpec {
    Type *meta, *base;
    Value name, bases, ns;   /* ns: own copy of the namespace */
    Value slots;             /* list of names with storage, or 0 */
    bool add_dict, add_weak; /* instances get what the base does not have */
} ClassSpec;

/* ---- arguments ---- */

static bool check_arguments(Thread *t, const Value *args, size_t n)
{
    if (n != 3) {
        type_error(t, "type.__new__() takes exactly 3 arguments (%zu given)", n);
    } else if (!value_is_str(args[0])) {
        type_error(t, "type.__new__() argument 1 must be str, not %B", args[0]);
    } else if (!value_is_tuple(args[1])) {
        type_error(t, "type.__new__() argument 2 must be tuple, not %T", args[1]);
    } else if (!value_is_dict(args[2])) {
        type_error(t, "type.__new__() argument 3 must be dict, not %T", args[2]);
    } else {
        return true;
    }
    return false;
}

/* Bases that are no types may have been meant for types.new_class. */
static bool check_entries(Thread *t, Value bases)
{
    for (size_t i = 0; i < tuple_len(bases); i++) {
        Value b = tuple_get(bases, i), found;
        if (value_is_type(b)) {
            continue;
        }
        int r = object_lookup_attr(t, b, N(__mro_entries__), &found);
        if (r > 0) {
            type_error(t, "type() doesn't support MRO entry resolution; use types.new_class()");
        }
        if (r != 0) {
            return false;
        }
    }
    return true;
}

/* ---- __slots__ ---- */

/* "__x" in class "_C" becomes "_C__x". */
static Value mangled(Thread *t, Value class_name, Value name)
{
    const Str *s = value_str(name);
    size_t skip = 0, n = str_len(class_name);
    if (s->len < 2 || str_get(s, 0) != '_' || str_get(s, 1) != '_' ||
        (str_get(s, s->len - 1) == '_' && str_get(s, s->len - 2) == '_')) {
        return name;
    }
    while (skip < n && str_get(value_str(class_name), skip) == '_') {
        skip++;
    }
    return skip == n ? name : str_format(t, "_%U%U", str_substring(t, class_name, skip, n), name);
}

/* __dict__ or __weakref__ in __slots__: 1 taken, 0 an ordinary name, -1 raised. */
static int special_slot(Thread *t, ClassSpec *c, Value name)
{
    if (str_eq(name, N(__dict__))) {
        bool may = !type_has(c->base, TYPE_HAS_DICT) && !c->base->dict_offset;
        if (!may || c->add_dict) {
            type_error(t, "__dict__ slot disallowed: we already got one");
            return -1;
        }
        c->add_dict = true;
        return 1;
    }
    if (str_eq(name, N(__weakref__))) {
        if (c->base->weakrefable || c->add_weak || c->base->item_size) {
            type_error(
                t, "__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0");
            return -1;
        }
        c->add_weak = true;
        return 1;
    }
    return 0;
}

static bool add_slot(Thread *t, ClassSpec *c, Value name)
{
    if (!value_is_str(name)) {
        type_error(t, "__slots__ items must be strings, not '%T'", name);
        return false;
    }
    if (!str_is_identifier(name)) {
        type_error(t, "__slots__ must be identifiers");
        return false;
    }
    int special = special_slot(t, c, name);
    if (special) {
        return special > 0;
    }
    Value plain = value_is_str_exact(name) ? name : str_substring(t, name, 0, str_len(name));
    Value final = plain ? mangled(t, c->name, plain) : 0;
    if (!final || !(final = intern_str(t, final))) {
        return false;
    }
    bool clash = dict_get_str(c->ns, final) && !str_eq(final, N(__qualname__)) &&
                 !str_eq(final, N(__classcell__));
    if (clash) {
        value_error(t, "%R in __slots__ conflicts with class variable", final);
        return false;
    }
    return list_append(t, c->slots, final);
}

static bool collect_slots(Thread *t, ClassSpec *c, Value slots)
{
    Value items = value_is_str(slots) ? tuple_pack(t, 1, slots) : sequence_tuple(t, slots);
    c->slots = items ? list_new(t, tuple_len(items)) : 0;
    if (!c->slots) {
        return false;
    }
    bool variable = c->base->item_size || type_has(c->base, TYPE_TYPE);
    if (tuple_len(items) && variable) {
        type_error(t, "nonempty __slots__ not supported for subtype of '%N'", c->base);
        return false;
    }
    for (size_t i = 0; i < tuple_len(items); i++) {
        if (!add_slot(t, c, tuple_get(items, i))) {
            return false;
        }
    }
    return list_sort(t, c->slots, 0, false);
}

/* Other bases may bring a __dict__ or weak references that the best base lacks. */
static void secondary_parts(ClassSpec *c)
{
    for (size_t i = 0; i < tuple_len(c->bases); i++) {
        Type *b = value_type(tuple_get(c->bases, i));
        c->add_dict |= b != c->base && (type_has(b, TYPE_HAS_DICT) || b->dict_offset);
        c->add_weak |= b != c->base && b->weakrefable;
    }
}

static bool decide_parts(Thread *t, ClassSpec *c)
{
    bool has_dict =
        type_has(c->base, TYPE_HAS_DICT) || c->base->dict_offset || type_has(c->base, TYPE_TYPE);
    Value slots = dict_get_str(c->ns, N(__slots__));
    if (!slots) {
        c->add_dict = true;
        c->add_weak = !c->base->item_size;
    } else {
        if (!collect_slots(t, c, slots)) {
            return false;
        }
        secondary_parts(c);
    }
    c->add_dict &= !has_dict;
    c->add_weak &= !c->base->weakrefable;
    return true;
}

/* ---- the namespace ---- */

static bool set_module(Thread *t, ClassSpec *c)
{
    if (dict_get_str(c->ns, N(__module__))) {
        return true;
    }
    Value globals = runtime.current_globals ? runtime.current_globals(t) : 0;
    Value name = globals ? dict_get_str(globals, N(__name__)) : 0;
    return !error_pending(t) && (!name || dict_set(t, c->ns, N(__module__), name));
}

static bool take_qualname(Thread *t, ClassSpec *c, Type *type)
{
    Value q = dict_get_str(c->ns, N(__qualname__));
    if (q && !value_is_str(q)) {
        type_error(t, "type __qualname__ must be a str, not %T", q);
        return false;
    }
    gc_store(type, &type->qualname, q ? q : c->name);
    return !q || dict_del(t, c->ns, N(__qualname__)) >= 0;
}

/* Makes a plain function in the namespace a static or class method. */
static bool wrap_function(Thread *t, ClassSpec *c, Value name, Value (*wrap)(Thread *, Value))
{
    Value f = dict_get_str(c->ns, name);
    if (!f || type_of(f) != &function_type) {
        return true;
    }
    Value wrapped = wrap(t, f);
    return wrapped && dict_set(t, c->ns, name, wrapped);
}

static bool fix_namespace(Thread *t, ClassSpec *c, Type *type)
{
    return set_module(t, c) && take_qualname(t, c, type) &&
           wrap_function(t, c, N(__new__), staticmethod_new) &&
           wrap_function(t, c, N(__init_subclass__), classmethod_new) &&
           wrap_function(t, c, N(__class_getitem__), classmethod_new);
}

static bool set_classcell(Thread *t, ClassSpec *c, Type *type)
{
    Value cell = dict_get_str(c->ns, N(__classcell__));
    if (!cell) {
        return true;
    }
    if (type_of(cell) != &cell_type) {
        type_error(t, "__classcell__ must be a nonlocal cell, not %R", object_value(type_of(cell)));
        return false;
    }
    gc_store(value_object(cell), &((UpwardCell *)value_object(cell))->value,
             object_value(type));
    return dict_del(t, c->ns, N(__classcell__)) >= 0;
}

static bool add_members(Thread *t, ClassSpec *c, Type *type)
{
    size_t offset = c->base->size;
    for (size_t i = 0; c->slots && i < list_len(c->slots); i++, offset += sizeof(Value)) {
        Value name = list_get(c->slots, i);
        MemberDef *def = mem_calloc(1, sizeof *def);
        if (!def) {
            raise_memory(t);
            return false;
        }
        *def = (MemberDef){str_utf8(t, name, NULL), MEMBER_VALUE_EX, offset, false, NULL};
        Value descr = member_descr_new_owned(t, type, def);
        if (!descr || !dict_set(t, c->ns, name, descr)) {
            return false;
        }
    }
    bool need_dict = c->add_dict && !dict_get_str(c->ns, N(__dict__));
    bool need_weak = c->add_weak && !dict_get_str(c->ns, N(__weakref__));
    Value d = need_dict ? getset_descr_new(t, type, &dict_getset_def) : NONE;
    Value w = need_weak ? getset_descr_new(t, type, &weakref_getset_def) : NONE;
    return d && w && (!need_dict || dict_set(t, c->ns, N(__dict__), d)) &&
           (!need_weak || dict_set(t, c->ns, N(__weakref__), w)) &&
           (dict_get_str(c->ns, N(__doc__)) || dict_set(t, c->ns, N(__doc__), NONE));
}

/* ---- the type object ---- */

static Type *alloc_class(Thread *t, ClassSpec *c)
{
    size_t n;
    const char *utf8 = str_utf8(t, c->name, &n);
    if (utf8 && strlen(utf8) != n) {
        value_error(t, "type name must not contain null characters");
        return NULL;
    }
    Type *type = utf8 ? object_alloc_instance(t, c->meta, 0) : NULL;
    if (!type) {
        return NULL;
    }
    type->name = utf8;
    gc_init(&type->name_value, c->name);
    type->flags = TYPE_HEAP | TYPE_BASETYPE;
    type->interp = t->interp ? t->interp->id : 0;
    type->base = c->base;
    gc_init(&type->bases, c->bases);
    type->dict = value_dict(c->ns);
    type_inherit_flags(type, c->base);
    /* the first base that is either decides */
    type->flags &= ~(uint32_t)(TYPE_SEQUENCE | TYPE_MAPPING);
    for (size_t i = 0; i < tuple_len(c->bases) && !(type->flags & (TYPE_SEQUENCE | TYPE_MAPPING));
         i++) {
        type->flags |= value_type(tuple_get(c->bases, i))->flags & (TYPE_SEQUENCE | TYPE_MAPPING);
    }
    type->flags |= c->add_dict ? TYPE_HAS_DICT : 0;
    type->weakrefable = c->base->weakrefable || c->add_weak;
    type->item_size = c->base->item_size;
    type->dict_offset = c->base->dict_offset;
    type->size = c->base->size + (c->slots ? list_len(c->slots) * sizeof(Value) : 0);
    type->native_trace = c->base->native_trace;
    type->native_size = c->base->native_size;
    type->ext = c->base->ext;
    return type;
}

/* Differs after a change of one of the bases or of what they inherit; 0: one has no version. */
static uint64_t mix_of_versions(Value bases)
{
    uint64_t mix = 0;
    for (size_t i = 0; i < tuple_len(bases); i++) {
        uint32_t version = type_version(value_type(tuple_get(bases, i)));
        if (!guard_id_lasts(version)) {
            return 0;
        }
        mix = mix * 0x9e3779b97f4a7c15u + version;
    }
    return mix;
}

/* Makes the class known to its bases, whose versions were `versions` when it inherited from
 * them. */
static bool join_bases(Thread *t, Type *type, Value bases, uint64_t versions)
{
    for (size_t i = 0; i < tuple_len(bases); i++) {
        if (!type_add_subclass(t, value_type(tuple_get(bases, i)), type)) {
            return false;
        }
    }
    if (versions && mix_of_versions(bases) == versions) {
        return true;
    }
    /* another thread has changed a base before it could see this class, or may have */
    return mro_is_c3(t, type) ? type_renew_order(t, type) : type_modified(t, type, 0);
}

static bool finish_class(Thread *t, ClassSpec *c, Type *type)
{
    Value slots = c->slots ? list_to_tuple(t, c->slots) : 0;
    if (c->slots && !slots) {
        return false;
    }
    gc_store(type, &type->slot_names, slots);
    if (!fix_namespace(t, c, type) || !set_classcell(t, c, type) || !add_members(t, c, type) ||
        !type_set_layout(t, type)) {
        return false;
    }
    uint64_t versions = mix_of_versions(c->bases);
    Value mro = mro_compute(t, type);
    if (!mro) {
        return false;
    }
    gc_store(type, &type->mro, mro);
    if (dict_get_str(c->ns, N(__eq__)) && !dict_get_str(c->ns, N(__hash__)) &&
        !dict_set(t, c->ns, N(__hash__), NONE)) {
        return false;
    }
    type->version = guard_id_new();
    slots_update(t, type, 0);
    type->flags |= TYPE_READY;
    if (!join_bases(t, type, c->bases, versions)) {
        return false;
    }
    void (*made)(Type *) = __atomic_load_n(&runtime.type_made, __ATOMIC_ACQUIRE);
    if (made) {
        made(type);
    }
    return true;
}

/* ---- hooks ---- */

/* ns: a copy that nobody else knows */
static bool call_set_names(Thread *t, Type *type, Value ns)
{
    DictTable *table = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(ns, &table, &pos, &key, &v)) {
        Value args[2] = {object_value(type), key};
        bool found;
        Value r = special_call(t, v, N(__set_name__), args, 2, &found);
        if (found && !r) {
            raise_from(t, &exc_RuntimeError,
                       "Error calling __set_name__ on '%T' instance %R in '%N'", v, key, type);
            return false;
        }
    }
    return true;
}

/* An mro() of the metaclass may leave the class itself out. */
static bool lists_itself(Type *type)
{
    Value mro = type_mro(type);
    for (size_t i = 0; i < tuple_len(mro); i++) {
        if (tuple_get(mro, i) == object_value(type)) {
            return true;
        }
    }
    return false;
}

/* super(type, type).__init_subclass__(**kwargs) */
static bool call_init_subclass(Thread *t, Type *type, const Value *args, Value kwnames)
{
    Value self = object_value(type);
    if (!lists_itself(type)) {
        type_error(t, "super(type, obj): obj must be an instance or subtype of type");
        return false;
    }
    Value f = super_lookup(t, type, self, type, N(__init_subclass__));
    if (!f) {
        return !error_pending(t);
    }
    return call(t, f, args, 0, kwnames) != 0;
}

static Value make_class(Thread *t, ClassSpec *c, const Value *args, Value kwnames)
{
    c->base = bases_best(t, c->bases);
    c->ns = !c->base ? 0 : value_is_dict_exact(args[2]) ? dict_copy(t, args[2]) : dict_new(t);
    if (c->ns && !value_is_dict_exact(args[2]) && !dict_update(t, c->ns, args[2])) {
        return 0;
    }
    if (!c->ns || !decide_parts(t, c)) {
        return 0;
    }
    Value doc = dict_get_str(c->ns, N(__doc__));
    if (doc && value_is_str(doc) && !str_utf8(t, doc, NULL)) {
        return 0;
    }
    Value original = dict_copy(t, c->ns); /* what __set_name__ is called for */
    Type *type = original ? alloc_class(t, c) : NULL;
    if (!type || !finish_class(t, c, type) || !call_set_names(t, type, original) ||
        !call_init_subclass(t, type, args + 3, kwnames)) {
        return 0;
    }
    return object_value(type);
}

Value type_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    if (!check_arguments(t, args, n) || !check_entries(t, args[1])) {
        return 0;
    }
    ClassSpec c = {.meta = meta, .name = args[0], .bases = args[1]};
    if (tuple_len(c.bases) == 0) {
        c.bases = tuple_pack(t, 1, object_value(&object_type));
    }
    Value winner = c.bases ? winner_metatype(t, meta, c.bases) : 0;
    if (!winner) {
        return 0;
    }
    if (value_type(winner) != meta) {
        c.meta = value_type(winner);
        if (c.meta->new != type_new) {
            return c.meta->new(t, c.meta, args, n, kwnames);
        }
    }
    return make_class(t, &c, args, kwnames);
}
