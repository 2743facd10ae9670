/* Attributes of type objects: the rules of lookup and assignment, and the computed ones. */
#include "core/base/atomics.h"
#include "core/object/audit.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"

/* ---- getattr, setattr ---- */

Value type_find_attr(Thread *t, Value self, Value name)
{
    Type *type = value_type(self), *meta = type_of(self);
    Value on_meta = type_lookup(t, meta, name);
    DescrGetFn meta_get = on_meta ? type_of(on_meta)->descr_get : NULL;
    if (meta_get && type_of(on_meta)->descr_set) {
        return meta_get(t, on_meta, self, object_value(meta));
    }
    Value own = type_lookup(t, type, name);
    if (own) {
        DescrGetFn get = type_of(own)->descr_get;
        return get ? get(t, own, 0, self) : own;
    }
    if (meta_get) {
        return meta_get(t, on_meta, self, object_value(meta));
    }
    return on_meta;
}

Value type_getattr(Thread *t, Value self, Value name)
{
    if (UNLIKELY(!value_is_str(name))) {
        return type_error(t, "attribute name must be string, not '%T'", name);
    }
    Value v = type_find_attr(t, self, name);
    return v || error_pending(t) ? v : attribute_error(t, self, name);
}

static bool set_in_dict(Thread *t, Type *type, Value name, Value v)
{
    Value dict = type_dict(type);
    Value replaced = dict_get_str(dict, name);
    if (v) {
        if (!dict_set(t, dict, name, v)) {
            return false;
        }
    } else if (!replaced || dict_del(t, dict, name) <= 0) {
        if (!error_pending(t)) {
            raise(t, &exc_AttributeError, "type object '%N' has no attribute '%U'", type, name);
        }
        return false;
    }
    bool ok = type_modified(t, type, name);
    /* stays alive until no cache can hold it: see type_lookup.c */
    __asm__ volatile("" ::"r"(replaced));
    return ok;
}

bool type_setattr(Thread *t, Value self, Value name, Value v)
{
    Type *type = value_type(self);
    if (!value_is_str(name)) {
        type_error(t, "attribute name must be string, not '%T'", name);
        return false;
    }
    if (type_has(type, TYPE_IMMUTABLE)) {
        type_error(t, "cannot set %R attribute of immutable type '%N'", name, type);
        return false;
    }
    Value exact = value_is_str_exact(name) ? name : str_substring(t, name, 0, str_len(name));
    if (!exact || !(name = intern_str(t, exact))) {
        return false;
    }
    Value descr = type_lookup(t, type_of(self), name);
    SetFn set = descr ? type_of(descr)->descr_set : NULL;
    return set ? set(t, descr, self, v) : set_in_dict(t, type, name, v);
}

/* ---- computed attributes ---- */

static bool may_set(Thread *t, Type *type, Value v, const char *name)
{
    if (type_has(type, TYPE_IMMUTABLE)) {
        type_error(t, "cannot set '%s' attribute of immutable type '%N'", name, type);
        return false;
    }
    if (!v) {
        type_error(t, "cannot delete '%s' attribute of immutable type '%N'", name, type);
        return false;
    }
    return AUDIT(t, "object.__setattr__", 3, object_value(type), str_from_cstr(t, name), v);
}

static Value get_name(Thread *t, Value self, void *closure UNUSED)
{
    return type_name_value(t, value_type(self));
}

static bool set_name(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Type *type = value_type(self);
    if (!may_set(t, type, v, "__name__")) {
        return false;
    }
    if (!value_is_str(v)) {
        type_error(t, "can only assign string to %N.__name__, not '%T'", type, v);
        return false;
    }
    size_t n;
    const char *utf8 = str_utf8(t, v, &n);
    if (utf8 && strlen(utf8) != n) {
        value_error(t, "type name must not contain null characters");
        return false;
    }
    if (!utf8) {
        return false;
    }
    gc_store(type, &type->name_value, v);
    __atomic_store_n(&type->name, utf8, __ATOMIC_RELEASE);
    return true;
}

static Value get_qualname(Thread *t, Value self, void *closure UNUSED)
{
    Type *type = value_type(self);
    Value qualname = value_load(&type->qualname);
    return qualname ? qualname : type_name_value(t, type);
}

static bool set_qualname(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Type *type = value_type(self);
    if (!may_set(t, type, v, "__qualname__")) {
        return false;
    }
    if (!value_is_str(v)) {
        type_error(t, "can only assign string to %N.__qualname__, not '%T'", type, v);
        return false;
    }
    gc_store(type, &type->qualname, v);
    return true;
}

Value type_module_of_name(Thread *t, const Type *type)
{
    const char *dot = strrchr(type->name, '.');
    return dot ? intern_ascii(t, type->name, (size_t)(dot - type->name)) : N(builtins);
}

static Value get_module(Thread *t, Value self, void *closure UNUSED)
{
    Type *type = value_type(self);
    Value v = dict_get_str(type_dict(type), N(__module__));
    /* else: how its instances tell theirs */
    if (v && (type_has(type, TYPE_HEAP) || value_is_str(v))) {
        return v;
    }
    if (type_has(type, TYPE_HEAP)) {
        return attribute_error(t, self, N(__module__));
    }
    return type_module_of_name(t, type);
}

static bool set_module(Thread *t, Value self, Value v, void *closure UNUSED)
{
    return may_set(t, value_type(self), v, "__module__") &&
           set_in_dict(t, value_type(self), N(__module__), v);
}

static Value get_doc(Thread *t, Value self, void *closure UNUSED)
{
    Type *type = value_type(self);
    Value doc = dict_get_str(type_dict(type), N(__doc__));
    DescrGetFn get = doc ? type_of(doc)->descr_get : NULL;
    if (get && !type_has(type, TYPE_HEAP) && type->doc) { /* type, property: that of instances */
        return str_from_cstr(t, type->doc);
    }
    return get ? get(t, doc, 0, self) : doc ? doc : NONE;
}

static bool set_doc(Thread *t, Value self, Value v, void *closure UNUSED)
{
    return may_set(t, value_type(self), v, "__doc__") &&
           set_in_dict(t, value_type(self), N(__doc__), v);
}

static Value get_abstract(Thread *t, Value self, void *closure UNUSED)
{
    Value v = self == object_value(&type_type)
                  ? 0
                  : dict_get_str(type_dict(value_type(self)), N(__abstractmethods__));
    if (!v) {
        raise_value(t, &exc_AttributeError, N(__abstractmethods__));
    }
    return v;
}

static bool set_abstract(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Type *type = value_type(self);
    int abstract = v ? object_truth(t, v) : 0;
    if (abstract < 0) {
        return false;
    }
    if (!v && !dict_get_str(type_dict(type), N(__abstractmethods__))) {
        raise_value(t, &exc_AttributeError, N(__abstractmethods__));
        return false;
    }
    uint32_t flags =
        abstract ? type->flags | TYPE_ABSTRACT : type->flags & ~(uint32_t)TYPE_ABSTRACT;
    __atomic_store_n(&type->flags, flags, __ATOMIC_RELAXED);
    return set_in_dict(t, type, N(__abstractmethods__), v);
}

static Value get_dict(Thread *t, Value self, void *closure UNUSED)
{
    return mappingproxy_new(t, type_dict(value_type(self)));
}

/* The signature that a class's docstring begins with: Name(parameters), a line of two dashes, an
 * empty line. */
static Value signature_in_doc(Thread *t, Type *type)
{
    Value doc = dict_get_str(type_dict(type), N(__doc__));
    const char *text = doc && value_is_str(doc) ? str_utf8(t, doc, NULL) : NULL,
               *name = type_short_name(type);
    size_t n = strlen(name);
    error_clear(t);
    const char *end = text ? strstr(text, ")\n--\n\n") : NULL;
    if (!end || strncmp(text, name, n) != 0 || text[n] != '(') {
        return NONE;
    }
    return str_from_utf8(t, text + n, (size_t)(end + 1 - (text + n)));
}

static Value get_text_signature(Thread *t, Value self, void *closure UNUSED)
{
    Type *type = value_type(self);
    const char *sig = type->sig;
    if (!sig && type_has(type, TYPE_HEAP)) {
        return signature_in_doc(t, type);
    }
    return sig ? signature_text(t, sig, NULL) : NONE;
}

static Value get_annotations(Thread *t, Value self, void *closure UNUSED)
{
    Type *type = value_type(self);
    Value v = type == &type_type ? 0 : dict_get_str(type_dict(type), N(__annotations__));
    if (v) {
        DescrGetFn get = type_of(v)->descr_get;
        return get ? get(t, v, 0, self) : v;
    }
    if (type_has(type, TYPE_IMMUTABLE)) {
        return attribute_error(t, self, N(__annotations__));
    }
    v = dict_new(t);
    return v && set_in_dict(t, type, N(__annotations__), v) ? v : 0;
}

static bool set_annotations(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Type *type = value_type(self);
    if (type_has(type, TYPE_IMMUTABLE)) {
        type_error(t, "cannot set '__annotations__' attribute of immutable type '%N'", type);
        return false;
    }
    if (!v && !dict_get_str(type_dict(type), N(__annotations__))) {
        raise_value(t, &exc_AttributeError, N(__annotations__));
        return false;
    }
    return set_in_dict(t, type, N(__annotations__), v);
}

static Value get_base(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Type *base = type_base(value_type(self));
    return base ? object_value(base) : NONE;
}

static Value get_bases(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value bases = type_bases(value_type(self));
    return bases ? bases : NONE;
}

static Value get_mro(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value mro = type_mro(value_type(self));
    return mro ? mro : NONE;
}

/* The bits of tp_flags that Python code looks at. */
static Value get_flags(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    static const struct { uint32_t ours; unsigned bit;
    } map[] = {
        {TYPE_SEQUENCE, 5},    {TYPE_MAPPING, 6},       {TYPE_NO_INSTANTIATE, 7},
        {TYPE_IMMUTABLE, 8},   {TYPE_HEAP, 9},          {TYPE_BASETYPE, 10},
        {TYPE_READY, 12},      {TYPE_METHOD_DESCR, 17}, {TYPE_ABSTRACT, 20},
        {TYPE_MATCH_SELF, 22}, {TYPE_INT, 24},          {TYPE_LIST, 25},
        {TYPE_TUPLE, 26},      {TYPE_BYTES, 27},        {TYPE_STR, 28},
        {TYPE_DICT, 29},       {TYPE_EXC, 30},          {TYPE_TYPE, 31},
    };
    const Type *type = value_type(self);
    uint64_t flags = type->trace ? 1u << 14 : 0;
    for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
        flags |= type->flags & map[i].ours ? (uint64_t)1 << map[i].bit : 0;
    }
    return fixnum((int64_t)flags);
}

enum { WHICH_SIZE, WHICH_ITEM, WHICH_DICT, WHICH_WEAK };

static Value get_layout(Thread *t UNUSED, Value self, void *closure)
{
    const Type *type = value_type(self);
    switch ((int)(intptr_t)closure) {
    case WHICH_SIZE:
        return fixnum((int64_t)type->size);
    case WHICH_ITEM:
        return fixnum(type->flags & TYPE_TYPE ? 40 : (int64_t)type->item_size);
    case WHICH_DICT:
        return fixnum(type_has((Type *)type, TYPE_HAS_DICT) ? type->inst_offset
                                                            : type->dict_offset);
    default:
        return fixnum(type->weakrefable ? (int64_t)type->size : 0);
    }
}

/* ---- __bases__ = ... ---- */

/* type is in the chain of best bases of c: during a change that may not be in its mro yet. */
static bool is_base_of(Type *type, Type *c)
{
    while (c && c != type) {
        c = type_base(c);
    }
    return c != NULL;
}

static bool check_bases(Thread *t, Type *type, Value v)
{
    if (!may_set(t, type, v, "__bases__")) {
        return false;
    }
    if (!value_is_tuple(v)) {
        type_error(t, "can only assign tuple to %N.__bases__, not %T", type, v);
        return false;
    }
    if (tuple_len(v) == 0) {
        type_error(t, "can only assign non-empty tuple to %N.__bases__, not ()", type);
        return false;
    }
    for (size_t i = 0; i < tuple_len(v); i++) {
        Value b = tuple_get(v, i);
        if (!value_is_type(b)) {
            type_error(t, "%N.__bases__ must be tuple of classes, not '%T'", type, b);
            return false;
        }
        if (type_is_subtype(value_type(b), type) || is_base_of(type, value_type(b))) {
            type_error(t, "a __bases__ item causes an inheritance cycle");
            return false;
        }
    }
    return true;
}

/* New orders for type and everything below it; *undo collects (type, old mro, new mro) triples.
 * Who assigns __bases__ of the same class meanwhile, an mro() method or another thread, wins:
 * what it set stays. */
static bool renew_mros(Thread *t, Type *type, Value undo)
{
    Value old = type_mro(type), mro;
    uint32_t changes;
    do {
        changes = load_relaxed(&runtime.order_changes);
        mro = mro_compute(t, type);
        if (mro && type_mro(type) != old) {
            return true;
        }
        Value entry = mro ? tuple_pack(t, 3, object_value(type), old, mro) : 0;
        if (!entry || !list_append(t, undo, entry)) {
            return false;
        }
    } while (!type_set_mro(t, type, old, mro, mro_is_c3(t, type) ? &changes : NULL));
    if (!type_modified(t, type, 0)) {
        return false;
    }
    Value subs = type_subclasses(t, type);
    for (size_t i = 0; subs && i < list_len(subs); i++) {
        if (!renew_mros(t, value_type(list_get(subs, i)), undo)) {
            return false;
        }
    }
    return subs != 0;
}

static void undo_mros(Thread *t, Value undo)
{
    for (size_t i = 0; i < list_len(undo); i++) {
        Value entry = list_get(undo, i);
        (void)!type_set_mro(t, value_type(tuple_get(entry, 0)), tuple_get(entry, 2),
                            tuple_get(entry, 1), NULL);
    }
}

bool type_renew_order(Thread *t, Type *type)
{
    Value undo = list_new(t, 4);
    return undo && renew_mros(t, type, undo);
}

static bool register_bases(Thread *t, Type *type, Value bases)
{
    for (size_t i = 0; i < tuple_len(bases); i++) {
        if (!type_move_subclass(t, value_type(tuple_get(bases, i)), type)) {
            return false;
        }
    }
    return true;
}

/* Those of bases that the class no longer has. */
static void unregister_bases(Thread *t, Type *type, Value bases)
{
    for (size_t i = 0; i < tuple_len(bases); i++) {
        type_remove_subclass(t, value_type(tuple_get(bases, i)), type);
    }
}

static bool set_bases(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Type *type = value_type(self);
    if (!check_bases(t, type, v)) {
        return false;
    }
    Type *best = bases_best(t, v);
    if (!best) {
        return false;
    }
    Type *old_best = type_base(type);
    bool same = type_solid_base(best) == type_solid_base(old_best) || best == old_best;
    bool same_parts = (best->flags & TYPE_HAS_DICT) == (old_best->flags & TYPE_HAS_DICT) ||
                      type_has(type, TYPE_HAS_DICT);
    if (!same || !same_parts) {
        type_error(t, "__bases__ assignment: '%N' object layout differs from '%N'", best, old_best);
        return false;
    }
    Value old_bases = type_bases(type), undo = list_new(t, 4);
    if (!undo) {
        return false;
    }
    type_set_bases(t, type, v, best);
    if (register_bases(t, type, v) && renew_mros(t, type, undo)) {
        unregister_bases(t, type, old_bases);
        return type_modified(t, type, 0);
    }
    Value pending = error_take(t);
    if (type_bases(type) == v) {
        type_set_bases(t, type, old_bases, old_best);
    }
    undo_mros(t, undo);
    unregister_bases(t, type, v);
    (void)type_modified(t, type, 0);
    t->exc = pending;
    return false;
}

const GetSetDef type_getset[] = {
    {"__name__", get_name, set_name, NULL, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {"__bases__", get_bases, set_bases, NULL, NULL},
    {"__base__", get_base, NULL, NULL, NULL},
    {"__mro__", get_mro, NULL, NULL, NULL},
    {"__module__", get_module, set_module, NULL, NULL},
    {"__abstractmethods__", get_abstract, set_abstract, NULL, NULL},
    {"__dict__", get_dict, NULL, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {"__flags__", get_flags, NULL, NULL, NULL},
    {"__basicsize__", get_layout, NULL, NULL, (void *)WHICH_SIZE},
    {"__itemsize__", get_layout, NULL, NULL, (void *)WHICH_ITEM},
    {"__dictoffset__", get_layout, NULL, NULL, (void *)WHICH_DICT},
    {"__weakrefoffset__", get_layout, NULL, NULL, (void *)WHICH_WEAK},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- __dict__ and __weakref__ of instances ---- */

static Value instance_dict_get(Thread *t, Value self, void *closure);

/* The __dict__ descriptor of the nearest built-in base that has one of another kind (type, module),
 * or 0: it decides, even where a class that comes earlier in the mro has the usual one. */
static Value builtin_dict_descr(Type *type)
{
    for (Type *b = type_base(type); b; b = type_base(b)) {
        Value d = type_has(b, TYPE_HEAP) ? 0 : dict_get_str(type_dict(b), N(__dict__));
        if (d) {
            bool usual = type_of(d) == &getset_descr_type &&
                         ((GetSetDescr *)value_object(d))->def->get == instance_dict_get;
            return usual ? 0 : d;
        }
    }
    return 0;
}

static Value instance_dict_get(Thread *t, Value self, void *closure UNUSED)
{
    Type *type = type_of(self);
    Value other = builtin_dict_descr(type);
    if (other) {
        return type_of(other)->descr_get(t, other, self, object_value(type));
    }
    if (type_has(type, TYPE_HAS_DICT)) {
        return instance_dict(t, value_object(self));
    }
    if (type->dict_offset > 0) {
        Value *field = (Value *)((char *)value_object(self) + type->dict_offset);
        Value dict = value_load(field);
        if (!dict && (dict = dict_new(t))) {
            gc_store(value_object(self), field, dict);
        }
        return dict;
    }
    return raise(t, &exc_AttributeError, "This object has no __dict__");
}

bool type_has_own_dict(Thread *t, Type *type)
{
    if (!type_has(type, TYPE_HAS_DICT) || type->native_size != object_type.size ||
        type->getattr != generic_getattr) {
        return false;
    }
    Value d = type_lookup(t, type, N(__dict__));
    return d && type_of(d) == &getset_descr_type &&
           ((GetSetDescr *)value_object(d))->def->get == instance_dict_get;
}

static bool instance_dict_set(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Type *type = type_of(self);
    Value other = builtin_dict_descr(type);
    if (other) {
        return type_of(other)->descr_set(t, other, self, v);
    }
    if (v && !value_is_dict(v)) {
        type_error(t, "__dict__ must be set to a dictionary, not a '%T'", v);
        return false;
    }
    if (!v && !(v = dict_new(t))) {
        return false;
    }
    if (type_has(type, TYPE_HAS_DICT)) {
        return instance_set_dict(t, value_object(self), v);
    }
    if (type->dict_offset > 0) {
        gc_store(value_object(self),
                 (Value *)((char *)value_object(self) + type->dict_offset), v);
        return true;
    }
    raise(t, &exc_AttributeError, "This object has no __dict__");
    return false;
}

static Value instance_weakref_get(Thread *t UNUSED, Value self UNUSED, void *closure UNUSED)
{
    return NONE;
}

const GetSetDef dict_getset_def = {"__dict__", instance_dict_get, instance_dict_set,
                                   "dictionary for instance variables (if defined)", NULL};
const GetSetDef weakref_getset_def = {"__weakref__", instance_weakref_get, NULL,
                                      "list of weak references to the object (if defined)", NULL};
