/* Attribute access behind the packed cache words: records, and filling both.
 *
 * A fill reads the guard id first and the facts it guards afterwards, so a change in between only
 * makes an entry that never hits.  A site holds what it learned last; from its miss POLY_FROM on,
 * when it is clear that several kinds of objects come by, it keeps POLY_WAYS of them.  One that
 * missed CACHE_MISS_LIMIT times is given up.
 */
#include "core/object/descr.h"
#include "core/object/exception.h"
#include "core/object/let_go.h"
#include "core/object/lock.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/vm/interp_inline.h"

#define CACHE_MISS_LIMIT 24
#define POLY_FROM 3

static void trace_attr_cache(Object *o, Tracer *tr)
{
    AttrCache *ac = (AttrCache *)o;
    /* the class whose id matches has the rest; a record that never hits keeps nothing alive */
    if (ac->kind == ATTR_MODULE) {
        trace_object(tr, ac->owner);
    } else if (ac->kind == ATTR_PROPERTY || ac->inner) {
        trace_value(tr, ac->value);
    }
}

Type attr_cache_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "attr_cache",
    .size = sizeof(AttrCache),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_attr_cache,
};

static void trace_poly_cache(Object *o, Tracer *tr)
{
    PolyCache *pc = (PolyCache *)o;
    trace_values(tr, pc->words, pc->count);
}

Type poly_cache_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "poly_cache",
    .size = sizeof(PolyCache),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_poly_cache,
};

/* ---- writing caches ---- */
static unsigned cache_misses(uint64_t word)
{
    return word & 1 ? (uint16_t)(word >> 32) : word ? ((AttrCache *)word)->misses : 0;
}

/* The site knows nothing and has missed so often. */
static void cache_note_misses(InlineCache *ic, uint32_t misses)
{
    uint64_t word = cache_pack(GUARD_ID_NEVER, misses);
    atomic_store_explicit(&ic->word, word, memory_order_release);
}

/* false: the site is given up. */
static bool cache_may_fill(InlineCache *ic)
{
    uint64_t word = cache_load(ic);
    if (cache_misses(word) < CACHE_MISS_LIMIT) {
        return true;
    }
    if (!cache_knows_nothing(word)) {
        cache_note_misses(ic, CACHE_MISS_LIMIT);
    }
    return false;
}

/* The id by which a cache word is guarded; 0: by something else, or there is none. */
static uint32_t word_guard(uint64_t word)
{
    if (word & 1) {
        return cache_knows_nothing(word) ? 0 : cache_id(word);
    }
    const AttrCache *ac = (const AttrCache *)word;
    bool other =
        ac && (ac->kind == ATTR_TYPE || ac->kind == ATTR_TYPE_METHOD || ac->kind == ATTR_SUPER ||
               ac->kind == ATTR_INIT);
    return ac && !other ? ac->id : 0;
}

/* `old` and one more word; at the limit the oldest goes.  0: no memory. */
static uint64_t poly_with(Thread *t, uint64_t old, uint32_t id, uint64_t word)
{
    PolyCache *pc = object_alloc(t, &poly_cache_type, sizeof *pc);
    if (!pc) {
        error_clear(t);
        return 0;
    }
    pc->kind = ATTR_POLY;
    pc->method_id = GUARD_ID_NONE;
    pc->misses = (uint16_t)(cache_misses(old) + 1);
    pc->ids[0] = id;
    pc->words[0] = word;
    pc->count = 1;
    if (word_is_poly(old)) {
        const PolyCache *before = (const PolyCache *)old;
        for (uint32_t i = 0; i < before->count && pc->count < POLY_WAYS; i++, pc->count++) {
            pc->ids[pc->count] = before->ids[i];
            gc_init(&pc->words[pc->count], before->words[i]);
        }
    } else {
        pc->ids[1] = word_guard(old);
        gc_init(&pc->words[1], old);
        pc->count = 2;
    }
    return object_value(pc);
}

/* Puts a word guarded by id into the cache, in place of or next to what is there. */
static void cache_put(Thread *t, InlineCache *ic, uint32_t id, uint64_t word)
{
    uint64_t old = cache_load(ic);
    if (id && cache_misses(old) + 1 >= POLY_FROM && (word_is_poly(old) || word_guard(old))) {
        uint64_t poly = poly_with(t, old, id, word);
        word = poly ? poly : word;
    }
    atomic_store_explicit(&ic->word, word, memory_order_release); /* pairs with cache_load */
    vm_cache_written(t, ic, word);
}

static inline uint64_t cache_word_for(InlineCache *ic, Value o)
{
    uint64_t word = cache_load(ic);
    return word_is_poly(word) ? poly_find((const PolyCache *)word, o) : word;
}

static void cache_put_packed(Thread *t, InlineCache *ic, uint32_t id, size_t slot)
{
    if (slot > 0xffff || !guard_id_lasts(id)) {
        return;
    }
    uint32_t misses = cache_misses(cache_load(ic)) + 1;
    cache_put(t, ic, id, cache_pack(id, (uint32_t)slot << 16 | misses));
}

/* A record guarded by id (0: by something else), or NULL. */
static AttrCache *record_new(Thread *t, InlineCache *ic, uint32_t id, AttrKind kind)
{
    if (id && !guard_id_lasts(id)) {
        return NULL;
    }
    AttrCache *ac = object_alloc(t, &attr_cache_type, sizeof *ac);
    if (!ac) {
        error_clear(t);
        return NULL;
    }
    ac->id = id;
    ac->kind = (uint16_t)kind;
    ac->method_id = kind == ATTR_METHOD ? id : GUARD_ID_NONE;
    ac->misses = (uint16_t)(cache_misses(cache_load(ic)) + 1);
    return ac;
}

static void cache_put_record(Thread *t, InlineCache *ic, AttrCache *ac)
{
    cache_put(t, ic, word_guard(object_value(ac)), object_value(ac));
}

static void cache_put_value(Thread *t, InlineCache *ic, uint32_t id, AttrKind kind, Value v)
{
    AttrCache *ac = record_new(t, ic, id, kind);
    if (ac) {
        ac->value = v;
        cache_put_record(t, ic, ac);
    }
}

void vm_cache_init(Thread *t, InlineCache *ic, uint32_t version, Value cls, Value init)
{
    AttrCache *ac = cache_may_fill(ic) ? record_new(t, ic, version, ATTR_INIT) : NULL;
    if (ac) {
        Type *type = (Type *)value_object(cls);
        ac->value = init;
        ac->inner = !init && type->new == object_type.new && type->init == object_type.init &&
                    !(type->flags & TYPE_ABSTRACT);
        ac->owner = value_object(cls);
        cache_put_record(t, ic, ac);
    }
}

/* ---- filling on loads ---- */
static void fill_module(Thread *t, Value o, InlineCache *ic)
{
    Value dict = module_dict(o);
    if (type_lookup(t, &module_type, ic->name) || !dict || !value_is_dict_exact(dict)) {
        return;
    }
    DictTable *table = dict_table(dict);
    int64_t entry = dict_table_find_str(table, ic->name);
    AttrCache *ac = entry < 0 ? NULL : record_new(t, ic, 0, ATTR_MODULE);
    if (ac) {
        ac->owner = &table->head;
        ac->slot = &table->entries[entry].value;
        cache_put_record(t, ic, ac);
    }
}

static void fill_class(Thread *t, Value o, InlineCache *ic)
{
    Type *cls = value_type(o), *meta = type_of(o);
    uint32_t id = type_version(cls), meta_id = type_version(meta), guard = value_guard_id(o);
    if (!guard_id_lasts(id) || !guard_id_lasts(meta_id)) {
        return;
    }
    Value in_meta = type_lookup(t, meta, ic->name);
    Value attr = type_lookup(t, cls, ic->name);
    if (in_meta && type_of(in_meta)->descr_set) {
        if (!(type_of(in_meta)->flags & TYPE_HEAP) && type_of(in_meta)->descr_get) {
            cache_put_value(t, ic, guard, ATTR_DESCR, in_meta);
        }
        return;
    }
    if (!attr) {
        return;
    }
    Type *kind = type_of(attr);
    Value v = attr;
    AttrKind how = ATTR_TYPE;
    if (kind == &staticmethod_type) {
        v = ((WrapMethod *)value_object(attr))->callable;
    } else if (kind == &classmethod_type) {
        v = ((WrapMethod *)value_object(attr))->callable;
        how = ATTR_TYPE_METHOD;
        if (type_of(v) != &function_type) {
            return;
        }
    } else if (kind == &classmethod_descr_type && !(cls->flags & TYPE_HEAP)) {
        v = kind->descr_get(t, attr, 0, o); /* of a class that lives on anyway */
        if (!v) {
            error_clear(t);
            return;
        }
    } else if (kind != &function_type && kind->descr_get) {
        return;
    }
    AttrCache *ac = record_new(t, ic, id, how);
    if (ac) {
        ac->meta_id = meta_id;
        ac->value = v;
        ac->inner = kind == &classmethod_descr_type;
        ac->owner = &cls->head;
        cache_put_record(t, ic, ac);
    }
}

/* The shape of o if its instance attributes have fixed places, else NULL. */
static Shape *fixed_shape(Value o)
{
    Type *ty = type_of(o);
    if (!(ty->flags & TYPE_HAS_DICT) || ty->inst_offset <= 0) {
        return NULL;
    }
    Shape *s = __atomic_load_n(&instance_part(value_object(o))->shape, __ATOMIC_ACQUIRE);
    return s->is_dict || s->is_closed ? NULL : s;
}

static void put_slot(Thread *t, InlineCache *ic, Type *ty, Shape *s, int slot, uint32_t id)
{
    if (slot < s->inline_cap) {
        cache_put_packed(t, ic, id,
                         (size_t)ty->inst_offset / 8 + offsetof(InstancePart, slots) / 8 +
                             (size_t)slot);
        return;
    }
    AttrCache *ac = record_new(t, ic, id, ATTR_EXT);
    if (ac) {
        ac->offset = (uint32_t)(slot - s->inline_cap);
        cache_put_record(t, ic, ac);
    }
}

/* What attr, as a class has it, is to objects: a field in C; or NULL. */
static const MemberDef *member_of(Value attr)
{
    return type_of(attr) == &member_descr_type ? ((MemberDescr *)value_object(attr))->def : NULL;
}

/* fallback: for what raises AttributeError, the class has a __getattr__. */
static void fill_data_descriptor(Thread *t, Value o, Value attr, InlineCache *ic, uint32_t id,
                                 bool fallback)
{
    const MemberDef *def = member_of(attr);
    if (def && (def->kind == MEMBER_VALUE_EX || def->kind == MEMBER_VALUE) &&
        def->offset % 8 == 0) {
        cache_put_packed(t, ic, id, def->offset / 8);
    } else if (type_of(attr) == &property_type && !fallback) {
        Value getter = ((Property *)value_object(attr))->fget;
        if (getter && type_of(getter) == &function_type) {
            cache_put_value(t, ic, id, ATTR_PROPERTY, getter);
        }
    } else if (attr == type_lookup(t, &object_type, N(__class__))) {
        cache_put_value(t, ic, id, ATTR_VALUE, object_value(type_of(o)));
    } else if (!(type_of(attr)->flags & TYPE_HEAP) && type_of(attr)->descr_get && !fallback) {
        cache_put_value(t, ic, id, ATTR_DESCR, attr);
    }
}

/* The __dict__ of o, which may be in dict mode, or 0. */
static Value dict_mode_dict(Value o)
{
    InstancePart *part = instance_part(value_object(o));
    if (!__atomic_load_n(&part->shape, __ATOMIC_ACQUIRE)->is_dict) {
        return 0;
    }
    return object_value(__atomic_load_n(&part->ext, __ATOMIC_ACQUIRE));
}

static DictTable *dict_mode_table(Value o)
{
    Value dict = dict_mode_dict(o);
    return dict ? dict_table(dict) : NULL;
}

static void fill_dict_entry(Thread *t, Value o, InlineCache *ic, uint32_t id)
{
    DictTable *table = dict_mode_table(o);
    int64_t entry = table ? dict_table_find_str(table, ic->name) : -1;
    if (entry >= 0 && value_load(&table->entries[entry].key) == ic->name) {
        AttrCache *ac = record_new(t, ic, id, ATTR_DICT);
        if (ac) {
            ac->offset = (uint32_t)entry;
            ac->value = ic->name;
            cache_put_record(t, ic, ac);
        }
    }
}

static void fill_instance(Thread *t, Value o, InlineCache *ic, bool fallback)
{
    Type *ty = type_of(o);
    uint32_t id = value_guard_id(o);
    Shape *s = fixed_shape(o);
    Value attr = type_lookup(t, ty, ic->name);
    if (attr && type_of(attr)->descr_set) {
        fill_data_descriptor(t, o, attr, ic, id, fallback);
        return;
    }
    if (ty->flags & TYPE_HAS_DICT) {
        int slot = s ? shape_find(t, s, ic->name) : -1;
        if (slot >= 0) {
            put_slot(t, ic, ty, s, slot, id);
        } else if (!s) {
            fill_dict_entry(t, o, ic, id);
        }
        if (!s || slot >= 0) {
            return;
        }
    }
    if (!attr || ty->dict_offset > 0) { /* that dict, which no shape describes, comes first */
        return;
    }
    if (type_of(attr)->flags & TYPE_METHOD_DESCR) {
        cache_put_value(t, ic, id, ATTR_METHOD, attr);
    } else if (type_of(attr) == &staticmethod_type || type_of(attr) == &classmethod_type) {
        Value inner = ((WrapMethod *)value_object(attr))->callable;
        bool of_class = type_of(attr) == &classmethod_type;
        AttrCache *ac = of_class && type_of(inner) != &function_type
                            ? NULL
                            : record_new(t, ic, id, of_class ? ATTR_CLASSMETHOD : ATTR_VALUE);
        if (ac) {
            ac->inner = true;
            ac->value = inner;
            cache_put_record(t, ic, ac);
        }
    } else if (!type_of(attr)->descr_get) {
        cache_put_value(t, ic, id, ATTR_VALUE, attr);
    }
}

/* How a class with __getattr__, but a native __getattribute__, finds attributes before it asks
 * that; NULL: another way. */
static BinaryFn getattr_behind(Thread *t, Type *ty)
{
    Value f = type_lookup(t, ty, N(__getattribute__));
    return f && type_of(f) == &wrapper_descr_type
               ? (BinaryFn)((WrapperDescr *)value_object(f))->fn
               : NULL;
}

static void fill_load(Thread *t, Value o, InlineCache *ic)
{
    Type *ty = type_of(o);
    uint64_t before = cache_load(ic);
    if (!cache_may_fill(ic)) {
        return;
    }
    BinaryFn getattr = ty->getattr;
    bool fallback = getattr == generic_getattr_method;
    if (fallback) {
        getattr = getattr_behind(t, ty);
    }
    if (ty == &module_type) {
        fill_module(t, o, ic);
    } else if (getattr == generic_getattr) {
        fill_instance(t, o, ic, fallback);
    } else if (value_is_type(o) && getattr == type_type.getattr) {
        fill_class(t, o, ic);
    } else if (ty == &function_type) { /* looks for data descriptors first, too */
        Value attr = type_lookup(t, ty, ic->name);
        if (attr && type_of(attr)->descr_set) {
            fill_data_descriptor(t, o, attr, ic, value_guard_id(o), false);
        }
    }
    if (cache_knows_nothing(before) && before == cache_load(ic)) {
        cache_note_misses(ic, cache_misses(before) + 1);
    }
}

/* ---- loads ---- */
/* Item of o's ext array; o is an instance whose shape says that it has it. */
static Value ext_item(Value o, uint32_t index)
{
    ValueArray *ext =
        (ValueArray *)__atomic_load_n(&instance_part(value_object(o))->ext, __ATOMIC_ACQUIRE);
    return value_load(&ext->items[index]);
}

/* Value of an entry of the __dict__ of o when its key is name, else 0. */
static Value dict_entry(Value o, Value name, uint32_t entry)
{
    DictTable *table = dict_mode_table(o);
    /* behind what has been written a table has whatever was in its memory before */
    return table && entry < atomic_load_explicit(&table->count, memory_order_acquire) &&
                   value_load(&table->entries[entry].key) == name
               ? value_load(&table->entries[entry].value)
               : 0;
}

/* What a record knows of o's attribute, or 0. *self: to be passed as self when it is a method. */
static Value record_load(const AttrCache *ac, Value o, Value *self)
{
    *self = 0;
    switch ((AttrKind)ac->kind) {
    case ATTR_METHOD:
        *self = o;
        return value_guard_id(o) == ac->id ? ac->value : 0;
    case ATTR_CLASSMETHOD:
        *self = object_value(type_of(o));
        return value_guard_id(o) == ac->id ? ac->value : 0;
    case ATTR_VALUE:
        return value_guard_id(o) == ac->id ? ac->value : 0;
    case ATTR_MODULE:
        return is_exact(o, &module_type) && &dict_table(module_dict(o))->head == ac->owner
                   ? value_load(ac->slot) : 0;
    case ATTR_EXT:
        return value_guard_id(o) == ac->id ? ext_item(o, ac->offset) : 0;
    case ATTR_DICT:
        return value_guard_id(o) == ac->id ? dict_entry(o, ac->value, ac->offset) : 0;
    case ATTR_TYPE_METHOD:
        *self = o;
        /* fall through */
    case ATTR_TYPE:
        return value_is_object(o) && value_object(o) == ac->owner &&
                       type_version((Type *)ac->owner) == ac->id &&
                       type_version(type_of(o)) == ac->meta_id
                   ? ac->value : 0;
    default:
        return 0;
    }
}

static CallResult push_getter(Thread *t, Value getter, Value o, uint64_t flags)
{
    return vm_call_any(t, getter, &o, 1, 0, NULL, flags);
}

Value vm_load_attr_slow(Thread *t, Value o, InlineCache *ic, CallResult *pushed, uint64_t flags)
{
    uint64_t word = cache_word_for(ic, o);
    if (word & 1) {
        Value v = cached_field(word, o);
        if (LIKELY(v)) {
            return v;
        }
    } else if (word) {
        const AttrCache *ac = (const AttrCache *)word;
        if (ac->kind == ATTR_PROPERTY) {
            if (LIKELY(value_guard_id(o) == ac->id)) {
                *pushed = push_getter(t, ac->value, o, flags);
                return pushed->value;
            }
        } else if (ac->kind == ATTR_DESCR) {
            if (LIKELY(value_guard_id(o) == ac->id)) {
                return type_of(ac->value)->descr_get(t, ac->value, o, object_value(type_of(o)));
            }
        } else {
            Value self, v = record_load(ac, o, &self);
            if (LIKELY(v)) {
                if (!self) {
                    return v;
                }
                DescrGetFn get = type_of(v)->descr_get;
                bool of_class = ac->kind == ATTR_TYPE_METHOD || ac->kind == ATTR_CLASSMETHOD;
                return of_class ? method_new(t, v, self)
                                : get(t, v, self, object_value(type_of(o)));
            }
        }
    }
    Value v = object_getattr(t, o, ic->name);
    if (v) {
        fill_load(t, o, ic);
    }
    return v;
}

Value vm_load_method_slow(Thread *t, Value o, InlineCache *ic, Value *self)
{
    uint64_t word = cache_word_for(ic, o);
    Value v = 0;
    *self = 0;
    if (word & 1) {
        v = cached_field(word, o);
    } else if (word) {
        v = record_load((const AttrCache *)word, o, self);
    }
    if (v) {
        return v;
    }
    *self = 0;
    Type *ty = type_of(o);
    if (ty->getattr == generic_getattr) {
        Value attr = type_lookup(t, ty, ic->name);
        if (attr && type_of(attr)->flags & TYPE_METHOD_DESCR && ty->dict_offset <= 0 &&
            (!(ty->flags & TYPE_HAS_DICT) || !instance_get(t, value_object(o), ic->name))) {
            if (t->exc) {
                return 0;
            }
            if ((!(ty->flags & TYPE_HAS_DICT) || fixed_shape(o)) && cache_may_fill(ic)) {
                fill_instance(t, o, ic, false);
            }
            *self = o;
            return attr;
        }
        if (t->exc) {
            return 0;
        }
    }
    v = object_getattr(t, o, ic->name);
    if (v) {
        fill_load(t, o, ic);
        if (value_is_type(o) && type_of(v) == &method_type &&
            ((BoundMethod *)value_object(v))->self == o) {
            *self = o;
            v = ((BoundMethod *)value_object(v))->func;
        }
    }
    return v;
}

/* ---- super() ---- */
Value vm_super_method(Thread *t, InlineCache *ic, Value *self)
{
    Type *after;
    if (!vm_super_args(t, &after, self)) {
        error_clear(t); /* raised again by super() itself */
        return 0;
    }
    if (value_is_type(*self)) { /* may itself be a subclass of `after` */
        return 0;
    }
    Type *start = type_of(*self);
    uint32_t id = type_version(start);
    const AttrCache *ac = (const AttrCache *)cache_load(ic);
    bool known = ac && !((Value)ac & 1) && ac->kind == ATTR_SUPER;
    if (LIKELY(known) && LIKELY(ac->id == id) && LIKELY(ac->owner == &after->head)) {
        return ac->value;
    }
    if (!type_is_subtype(start, after) || str_eq(ic->name, N(__class__))) {
        return 0;
    }
    Value found = super_find(after, start, ic->name);
    if (!found || !(type_of(found)->flags & TYPE_METHOD_DESCR)) {
        return 0;
    }
    AttrCache *made = cache_may_fill(ic) ? record_new(t, ic, id, ATTR_SUPER) : NULL;
    if (made) {
        made->value = found;
        made->owner = &after->head;
        cache_put_record(t, ic, made);
    }
    return found;
}

/* ---- stores ---- */
static void fill_store(Thread *t, Value o, InlineCache *ic, uint32_t id, Shape *before)
{
    Type *ty = type_of(o);
    Value attr = type_lookup(t, ty, ic->name);
    if (attr && type_of(attr)->descr_set) {
        const MemberDef *def = member_of(attr);
        if (def && def->kind == MEMBER_VALUE_EX && !def->readonly && def->offset % 8 == 0) {
            cache_put_packed(t, ic, id, def->offset / 8);
        }
        return;
    }
    Shape *after = fixed_shape(o);
    if (!after && ty->flags & TYPE_HAS_DICT) {
        fill_dict_entry(t, o, ic, id);
        return;
    }
    int slot = before && after ? shape_find(t, after, ic->name) : -1;
    if (slot < 0) {
        return;
    }
    if (after == before) {
        put_slot(t, ic, ty, after, slot, id);
    } else if (after->parent == before && after->name == ic->name && slot < after->inline_cap) {
        AttrCache *ac = record_new(t, ic, id, ATTR_TRANSITION);
        if (ac) {
            ac->owner = &after->head;
            ac->offset = (uint32_t)((size_t)ty->inst_offset + offsetof(InstancePart, slots) +
                                    8 * (size_t)slot);
            cache_put_record(t, ic, ac);
        }
    }
}

static void store_in_slot(Thread *t, Object *o, Value v, uint64_t word, const AttrCache *ac)
{
    if (ac) {
        gc_store(o, (Value *)((char *)o + ac->offset), v);
        GC_STORE_PTR(o, &instance_part(o)->shape, (Shape *)ac->owner);
    } else {
        let_go_for(t, v, (Value *)o + cache_slot(word));
        gc_store(o, (Value *)o + cache_slot(word), v);
    }
}

/* Replaces a field or adds a slot, as the cache says, under the lock of the object unless it is
 * open, the frame is making it, or one thread has the world alone. */
static bool store_cached(Thread *t, Value o, Value v, uint64_t word)
{
    const AttrCache *ac = word & 1 ? NULL : (const AttrCache *)word;
    if (!word || !value_is_object(o) ||
        (ac && ac->kind != ATTR_TRANSITION && ac->kind != ATTR_DICT)) {
        return false;
    }
    uint32_t id = ac ? ac->id : cache_id(word);
    Object *object = value_object(o);
    if (value_guard_id(o) != id) {
        return false;
    }
    if (ac && ac->kind == ATTR_DICT) {
        Value dict = dict_mode_dict(o);
        return dict && dict_replace_entry(t, dict, ac->offset, ac->value, v);
    }
    if (!ac && object_is_open(object) && world_is_shared()) {
        Value *slot = (Value *)object + cache_slot(word);
        return object_replace_open_any(t, object, cache_id(word), slot, v);
    }
    if (LIKELY(!world_is_shared()) || frame_makes(t->base, frame_of(t->base)->pc, o)) {
        store_in_slot(t, object, v, word, ac);
        return true;
    }
    bool taken = object_lock(t, object), same = value_guard_id(o) == id;
    if (same) {
        store_in_slot(t, object, v, word, ac);
        if (!ac) {
            object_open_locked(t, object);
        }
    }
    object_unlock(object, taken);
    return same;
}

bool vm_frame_makes(Value *base, const Instr *pc, Value o) { return frame_makes(base, pc, o); }

bool vm_store_attr_slow(Thread *t, Value o, Value v, InlineCache *ic)
{
    uint64_t word = cache_word_for(ic, o);
    if (LIKELY(store_cached(t, o, v, word))) {
        return true;
    }
    if (frame_of(t->base)->ns == o) {
        frame_is_seen(frame_of(t->base)); /* maybe by a property */
    }
    Type *ty = type_of(o);
    if (ty->setattr != generic_setattr || !cache_may_fill(ic)) {
        return object_setattr(t, o, ic->name, v);
    }
    uint32_t id = value_guard_id(o);
    Shape *before = fixed_shape(o);
    if (!object_setattr(t, o, ic->name, v)) {
        return false;
    }
    fill_store(t, o, ic, id, before);
    return true;
}
