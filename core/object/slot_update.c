/* Slots of classes: inheritance between static types, and derivation from dunder methods for Python
 * classes.
 *
 * A Python class takes, for each slot, either the native function of the wrapper descriptor that
 * its mro yields (when all dunders of the slot agree), or the generic function that looks the
 * dunder up at each call, or nothing.
 */
#include <string.h>

#include "core/object/dict.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/safepoint.h"

/* The slots, but for hash and compare, which are inherited together, and for next_into and each,
 * which are not inherited: all function pointers between these fields, and two that stand
 * elsewhere. */
static const struct { size_t first, last; } slot_ranges[] = {
    {offsetof(Type, new), offsetof(Type, str)},
    {offsetof(Type, getattr), offsetof(Type, next)},
    {offsetof(Type, await_), offsetof(Type, release_buffer)},
    {offsetof(Type, free), offsetof(Type, finalize)},
};
_Static_assert((offsetof(Type, release_buffer) - offsetof(Type, finalize)) / sizeof(void *) <
                   64 * ARRAY_SIZE(((Type *)NULL)->own_slots),
               "a bit for each slot");

void slots_note_own(Type *type)
{
    void *const *slot = (void *const *)(const void *)&type->finalize;
    for (size_t i = 0; i <= slot_bit(offsetof(Type, release_buffer)); i++) {
        type->own_slots[i / 64] |= (uint64_t)(slot[i] != NULL) << i % 64;
    }
}

void slots_inherit(Type *type, Type *base)
{
    if (!type->hash && !type->compare) {
        type->hash = base->hash;
        type->compare = base->compare;
    }
    for (size_t i = 0; i < ARRAY_SIZE(slot_ranges); i++) {
        void **to = (void **)(void *)((char *)type + slot_ranges[i].first);
        void *const *from = (void *const *)(const void *)((char *)base + slot_ranges[i].first);
        size_t n = (slot_ranges[i].last - slot_ranges[i].first) / sizeof(void *) + 1;
        for (size_t k = 0; k < n; k++) {
            to[k] = to[k] ? to[k] : from[k];
        }
    }
}

bool slots_name_is_dunder(Value name)
{
    const Str *s = value_str(name);
    return s->len > 4 && s->ascii && str_get(s, 0) == '_' && str_get(s, 1) == '_' &&
           str_get(s, s->len - 1) == '_' && str_get(s, s->len - 2) == '_';
}

/* The static type whose native `new` the builtin __new__ stands for. */
static Type *owner_of_new(Value descr)
{
    if (type_of(descr) != &native_function_type) {
        return NULL;
    }
    const NativeFunction *f = (NativeFunction *)value_object(descr);
    Value self = foreign_def(f->def) ? 0 : f->self;
    return self && value_is_type(self) ? value_type(self) : NULL;
}

/* What lookups along the mro of a class find for dunders, by name: for a class that takes all its
 * slots anew, each namespace is walked through once, where most of some 90 names would be looked
 * for in all of them in vain. */
enum { DUNDER_BITS = 7, DUNDER_PLACES = 1 << DUNDER_BITS, MAX_DUNDERS = DUNDER_PLACES * 3 / 4 };
typedef struct Dunders {
    size_t n;
    struct {
        Value name, found; /* name 0: free */
    } places[DUNDER_PLACES];
} Dunders;

/* Where the name is, or would stand. */
static size_t dunder_place(const Dunders *d, Value name)
{
    size_t at = (name * 0x9e3779b97f4a7c15u) >> (64 - DUNDER_BITS);
    while (d->places[at].name && d->places[at].name != name) {
        at = (at + 1) % DUNDER_PLACES;
    }
    return at;
}

/* false: too many, or a name that is not interned. */
static bool add_dunders(Dunders *d, Value names_)
{
    DictTable *table = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(names_, &table, &pos, &key, &v)) {
        if (!value_is_str_exact(key)) {
            return false;
        }
        if (!slots_name_is_dunder(key)) {
            continue;
        }
        size_t at = dunder_place(d, key);
        if (d->places[at].name) {
            continue; /* of a class further ahead */
        }
        if (d->n == MAX_DUNDERS || !value_str(key)->interned) {
            return false;
        }
        d->n++;
        d->places[at].name = key;
        d->places[at].found = v;
    }
    return true;
}

static bool find_dunders(Dunders *d, Type *type)
{
    Value mro = type_mro(type);
    memset(d, 0, sizeof *d);
    for (size_t i = 0; i < tuple_len(mro); i++) {
        Dict *names_ = type_names(value_type(tuple_get(mro, i)));
        if (names_ && !add_dunders(d, object_value(names_))) {
            return false;
        }
    }
    return true;
}

typedef struct Choice {
    void *specific; /* native function all dunders seen so far agree on */
    void *generic;
    bool need_generic;
} Choice;

/* d: what has been found for the type, or NULL. */
static void consider(Type *type, const SlotDef *s, const Dunders *d, Choice *c)
{
    Value descr = d ? d->places[dunder_place(d, slot_name(s))].found
                    : type_find(type, slot_name(s));
    if (!descr) {
        return;
    }
    if (type_of(descr) == &wrapper_descr_type &&
        ((WrapperDescr *)value_object(descr))->name == slot_name(s)) {
        WrapperDescr *w = (WrapperDescr *)value_object(descr);
        if (s->offset == offsetof(Type, item) && w->slot->offset == offsetof(Type, getitem)) {
            c->specific = (void *)w->owner->item; /* one dunder for both slots */
            return;
        }
        bool own = type_is_subtype(type, w->owner);
        if (own && w->slot->offset != s->offset) {
            return; /* the same dunder, made from a sibling slot (sequence + is not number +) */
        }
        bool fits = own && w->slot->wrapper == s->wrapper && (!c->specific || c->specific == w->fn);
        c->generic = s->generic;
        if (fits) {
            c->specific = w->fn;
        } else {
            c->need_generic = true;
        }
        return;
    }
    if (type_of(descr) == &method_descr_type &&
        (((MethodDescr *)value_object(descr))->def->flags & NATIVE_COEXIST)) {
        Type *owner = ((MethodDescr *)value_object(descr))->owner;
        if (type_is_subtype(type, owner) &&
            ((MethodDescr *)value_object(descr))->name == slot_name(s)) {
            c->specific = *slot_field(owner, s);
            return;
        }
    }
    if (s->offset == offsetof(Type, new)) {
        Type *owner = owner_of_new(descr);
        if (owner && owner->new) {
            c->specific = (void *)owner->new;
            return;
        }
    }
    if (is_none(descr) && s->offset == offsetof(Type, hash)) {
        c->specific = (void *)hash_unhashable;
        return;
    }
    c->need_generic = true;
    c->generic = s->generic;
}

/* Slots and flags are read without synchronisation: those of a type in use change with the world
 * stopped. */
static bool stop_readers(Thread *t, Type *type)
{
    bool in_use = type_has(type, TYPE_READY);
    if (in_use) {
        world_stop(t);
    }
    return in_use;
}

static void start_readers(Thread *t, bool stopped)
{
    if (stopped) {
        world_start(t);
    }
}

static void note_flags(Thread *t, Type *type)
{
    uint32_t flags =
        type->flags & ~(uint32_t)(TYPE_GENERIC_NEW | TYPE_GENERIC_GETATTR | TYPE_HAS_DEL);
    flags |= type->new == generic_new ? TYPE_GENERIC_NEW : 0;
    flags |= type->getattr == generic_getattr_method ? TYPE_GENERIC_GETATTR : 0;
    flags |= type->finalize ? TYPE_HAS_DEL : 0;
    if (type->finalize == generic_finalize) {
        atomic_store_explicit(&runtime.del_seen, true, memory_order_relaxed);
        atomic_store_explicit(&t->interp->del_seen, true, memory_order_relaxed);
    }
    if (flags != type->flags) {
        bool stopped = stop_readers(t, type);
        type->flags = flags;
        start_readers(t, stopped);
    }
}

/* Settles the slot whose rows start at s; returns the first row of the next slot. */
static const SlotDef *update_one(Thread *t, Type *type, const SlotDef *s, const Dunders *d)
{
    Choice c = {NULL, NULL, false};
    size_t offset = s->offset;
    void **field = slot_field(type, s);
    for (; s->name && s->offset == offset; s++) {
        consider(type, s, d, &c);
    }
    void *fn = c.specific && !c.need_generic ? c.specific : c.generic;
    if (offset == offsetof(Type, getattr) && !fn) {
        fn = (void *)generic_getattr;
    }
    if (*field != fn) {
        bool stopped = stop_readers(t, type);
        *field = fn;
        start_readers(t, stopped);
    }
    return s;
}

static bool slot_has_name(const SlotDef *first, Value name)
{
    for (const SlotDef *s = first; s->name && s->offset == first->offset; s++) {
        if (slot_name(s) == name) {
            return true;
        }
    }
    return false;
}

/* Written only when it changes: other threads may be using the type. */
#define INHERIT(type, b, slot)                                            \
    do {                                                                  \
        if (!(type)->slot && (b)->slot) {                                 \
            __atomic_store_n(&(type)->slot, (b)->slot, __ATOMIC_RELAXED); \
        }                                                                 \
    } while (0)

/* Slots without a dunder. */
static void inherit_plain(Type *type)
{
    for (Type *b = type_base(type); b; b = type_base(b)) {
        INHERIT(type, b, get_buffer);
        INHERIT(type, b, release_buffer);
        INHERIT(type, b, send);
        INHERIT(type, b, free);
    }
}

static const SlotDef *next_slot(const SlotDef *s)
{
    size_t offset = s->offset;
    while (s->name && s->offset == offset) {
        s++;
    }
    return s;
}

enum { MAX_OWN = 32 };

/* A new class with one base, which is a class of Python or object: slots whose dunders it does not
 * define are the base's. own gets the dunders that it does define; -1: not so, or too many. */
static int own_dunders(Type *type, Value *own)
{
    Type *base = type_base(type);
    Value bases = type_bases(type);
    if (tuple_len(bases) != 1 || tuple_get(bases, 0) != object_value(base) ||
        (base != &object_type && (!type_has(base, TYPE_HEAP) || type_has(base, TYPE_EXT)))) {
        return -1;
    }
    Value base_mro = type_mro(base);
    size_t above = tuple_len(base_mro);
    if (tuple_len(type->mro) != above + 1 ||
        memcmp(value_tuple(type->mro)->items + 1, value_tuple(base_mro)->items,
               above * sizeof(Value)) != 0) {
        return -1; /* an order of a metaclass */
    }
    DictTable *table = NULL;
    size_t pos = 0;
    Value key, v;
    int n = 0;
    while (dict_next(object_value(type->dict), &table, &pos, &key, &v)) {
        if (!value_is_str_exact(key)) {
            return -1;
        }
        if (slots_name_is_dunder(key)) {
            if (n == MAX_OWN || !value_str(key)->interned) {
                return -1;
            }
            own[n++] = key;
        }
    }
    return n;
}

static uint64_t name_bit(Value name)
{
    return (uint64_t)1 << (name >> 4) % 64;
}

static void settle_new_class(Thread *t, Type *type, const Value *own, int n)
{
    uint64_t bits = 0; /* most rows have a name that is not even like one of own */
    for (int i = 0; i < n; i++) {
        bits |= name_bit(own[i]);
    }
    Type *base = type_base(type);
    type->hash = base->hash;
    type->compare = base->compare;
    slots_inherit(type, base);
    const SlotDef *first = slot_table;
    for (const SlotDef *s = slot_table; s->name; s++) {
        first = s->offset == first->offset ? first : s;
        bool defined = false;
        for (int i = 0; i < n && bits & name_bit(slot_name(s)) && !defined; i++) {
            defined = slot_name(s) == own[i];
        }
        if (defined) {
            s = update_one(t, type, first, NULL) - 1;
        }
    }
}

static void settle_all(Thread *t, Type *type)
{
    Dunders d;
    const Dunders *found = find_dunders(&d, type) ? &d : NULL;
    for (const SlotDef *s = slot_table; s->name;) {
        s = update_one(t, type, s, found);
    }
}

static void settle_name(Thread *t, Type *type, Value name)
{
    for (const SlotDef *s = slot_table; s->name;) {
        s = slot_has_name(s, name) ? update_one(t, type, s, NULL) : next_slot(s);
    }
}

void slots_update(Thread *t, Type *type, Value name)
{
    Value own[MAX_OWN];
    int n = name || type_has(type, TYPE_READY) ? -1 : own_dunders(type, own);
    if (name && !slots_name_is_dunder(name)) {
        return;
    }
    if (name) {
        settle_name(t, type, name);
    } else if (n >= 0) {
        settle_new_class(t, type, own, n);
    } else {
        settle_all(t, type);
    }
    if (!name) {
        inherit_plain(type);
    }
    note_flags(t, type);
}
