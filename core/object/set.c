/* set and frozenset: storage and the operations that C code uses.
 *
 *   Set -> SetTable | mask, fill | slots[mask + 1] of { hash, key }
 * Open addressing in the slots themselves: runs of ten neighbouring slots, then a jump by the probe
 * sequence of dict. A slot is written once: hash, then key (release).  Removing an item turns its
 * key into SET_DELETED; such a slot is used again for a key of the same hash only, until the table
 * is replaced.  So readers search without the lock; a replaced table is garbage. At most 3/5 of the
 * slots are taken.  Writers lock as dict.c describes.
 */
#include "core/object/set.h"

#include "core/object/bytes.h"
#include "core/object/dict_internal.h"
#include "core/object/iter.h"
#include "core/object/list_internal.h"
#include "core/object/set_internal.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

#define SET_MIN_SLOTS 8
#define SET_RUN 9 /* slots looked at behind the first one of a run */

static struct {
    SetTable table;
    SetEntry slots[SET_MIN_SLOTS];
} no_items = {.table = {.head = OBJECT_STATIC_HEAD(&set_table_type), .mask = SET_MIN_SLOTS - 1}};

static void set_table_trace(Object *self, Tracer *tr)
{
    SetTable *tb = (SetTable *)self;
    for (size_t i = 0; i <= tb->mask; i++) {
        Value key = tb->slots[i].key;
        if (key != SET_DELETED) {
            trace_value(tr, key);
        }
    }
}

Type set_table_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "set_table",
    .size = sizeof(SetTable),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = set_table_trace,
};

static SetTable *table_new(Thread *t, size_t slots)
{
    if (UNLIKELY(slots > (size_t)1 << 40)) {
        raise_memory(t);
        return NULL;
    }
    SetTable *tb =
        object_alloc_fast(t, &set_table_type, sizeof(SetTable) + slots * sizeof(SetEntry));
    if (LIKELY(tb != NULL)) {
        tb->mask = slots - 1;
    }
    return tb;
}

/* Slots for a table that is to hold more than n items. */
static size_t slots_above(size_t n)
{
    size_t slots = SET_MIN_SLOTS;
    while (slots <= n) {
        slots <<= 1;
    }
    return slots;
}

/* The probe sequence, slot by slot. */
typedef struct SlotProbe {
    size_t base, i, left;
    uint64_t perturb;
} SlotProbe;
static inline SlotProbe slot_probe(const SetTable *tb, int64_t hash)
{
    size_t i = (size_t)hash & tb->mask;
    return (SlotProbe){.base = i,
                       .i = i,
                       .left = i + SET_RUN <= tb->mask ? SET_RUN : 0,
                       .perturb = (uint64_t)hash};
}
static inline void slot_probe_next(SlotProbe *p, const SetTable *tb)
{
    if (p->left > 0) {
        p->left--;
        p->i++;
        return;
    }
    p->perturb >>= 5;
    p->base = p->i = (p->base * 5 + 1 + p->perturb) & tb->mask;
    p->left = p->i + SET_RUN <= tb->mask ? SET_RUN : 0;
}

/* Puts an item that is absent into a table with room. */
static void table_put(SetTable *tb, Value key, int64_t hash)
{
    SlotProbe p = slot_probe(tb, hash);
    Value other;
    while ((other = tb->slots[p.i].key) != 0) {
        if (other == SET_DELETED && tb->slots[p.i].hash == hash) {
            gc_store(tb, &tb->slots[p.i].key, key);
            return;
        }
        slot_probe_next(&p, tb);
    }
    store_relaxed(&tb->slots[p.i].hash, hash);
    gc_store(tb, &tb->slots[p.i].key, key);
    store_relaxed(&tb->fill, tb->fill + 1);
}

/* The same for a table that no other thread knows and that has no deleted items. */
static inline void table_put_fresh(SetTable *tb, Value key, int64_t hash)
{
    SlotProbe p = slot_probe(tb, hash);
    while (tb->slots[p.i].key != 0) {
        slot_probe_next(&p, tb);
    }
    tb->slots[p.i].hash = hash;
    gc_init(&tb->slots[p.i].key, key);
    tb->fill++;
}

static inline void set_used_locked(Set *s, size_t n)
{
    store_release(&s->used, n); /* both pair with look_begin */
    store_release(&s->version, s->version + 1);
}

/* In a shared world: what is read of a set between the two, without its lock, is of one moment if
 * both say so: dict_snapshot.c says why. */
typedef struct Look {
    SetTable *table;
    size_t used;
    uint64_t version;
} Look;
static inline bool look_begin(Set *s, Look *look)
{
    look->table = load_acquire(&s->table);
    look->version = load_acquire(&s->version);
    look->used = load_acquire(&s->used);
    return !object_may_change(s);
}
static inline bool look_end(Set *s, const Look *look)
{
    return !object_may_change(s) && load_relaxed(&s->table) == look->table &&
           load_relaxed(&s->version) == look->version;
}

/* A new table with at least `slots` slots and the items of s. */
static bool table_replace_locked(Thread *t, Set *s, size_t slots)
{
    SetTable *tb = table_new(t, slots);
    if (tb == NULL) {
        return false;
    }
    size_t pos = 0;
    Value key;
    int64_t hash;
    for (size_t left = s->used; left > 0 && set_table_next(s->table, &pos, &key, &hash); left--) {
        table_put_fresh(tb, key, hash);
    }
    SetTable *replaced = s->table;
    GC_STORE_PTR(s, &s->table, tb);
    gc_disown(replaced);
    return true;
}

Value set_alloc(Thread *t, Type *type)
{
    Set *s = object_alloc_instance(t, type, 0);
    if (UNLIKELY(s == NULL)) {
        return 0;
    }
    s->table = &no_items.table;
    object_bias_new(t, s);
    return object_value(s);
}

/* ---- searching ---- */

/* find_room where the first slot holds another key. */
static NOINLINE int64_t find_room_on(Thread *t, const SetTable *tb, Value key, int64_t hash,
                                     size_t *room)
{
    bool unsure = false;
    *room = SIZE_MAX;
    for (SlotProbe p = slot_probe(tb, hash);; slot_probe_next(&p, tb)) {
        const SetEntry *e = &tb->slots[p.i];
        Value other = value_load(&e->key);
        if (LIKELY(other == 0)) {
            *room = *room == SIZE_MAX ? p.i : *room;
            return unsure ? DICT_UNSURE : DICT_ABSENT;
        }
        if (LIKELY(e->hash != hash)) {
            continue;
        }
        if (LIKELY(other == key)) {
            return unsure ? DICT_UNSURE : (int64_t)p.i;
        }
        if (other == SET_DELETED) {
            *room = *room == SIZE_MAX ? p.i : *room;
            continue;
        }
        int c = key_compare(t, other, key);
        if (c == 1) {
            return unsure ? DICT_UNSURE : (int64_t)p.i;
        }
        unsure |= c < 0;
    }
}

/* Slot of key, DICT_ABSENT, or DICT_UNSURE: only Python code can tell.  *room: where the absent key
 * may be put. */
static inline int64_t find_room(Thread *t, const SetTable *tb, Value key, int64_t hash,
                                size_t *room)
{
    Value first = value_load(&tb->slots[hash & tb->mask].key);
    if (first == key || first == 0) {
        *room = hash & tb->mask;
        return first == key ? (int64_t)*room : DICT_ABSENT;
    }
    return find_room_on(t, tb, key, hash, room);
}

static inline int64_t find_simple(Thread *t, const SetTable *tb, Value key, int64_t hash)
{
    size_t room;
    return find_room(t, tb, key, hash, &room);
}

/* The same with Python's __eq__; DICT_RAISED, or DICT_UNSURE when the set changed meanwhile. */
static int64_t find_with_eq(Thread *t, Set *s, const SetTable *tb, Value key, int64_t hash)
{
    for (SlotProbe p = slot_probe(tb, hash);; slot_probe_next(&p, tb)) {
        Value other = value_load(&tb->slots[p.i].key);
        if (other == 0) {
            return DICT_ABSENT;
        }
        if (other == SET_DELETED || tb->slots[p.i].hash != hash) {
            continue;
        }
        int c = key_compare(t, other, key);
        if (c < 0) {
            c = object_compare_bool(t, other, key, CMP_EQ);
            if (c < 0) {
                return DICT_RAISED;
            }
            if (set_table(object_value(s)) != tb ||
                value_load(&tb->slots[p.i].key) != other) {
                return DICT_UNSURE;
            }
        }
        if (c == 1) {
            return (int64_t)p.i;
        }
    }
}

static int64_t set_find(Thread *t, Set *s, Value key, int64_t hash, SetTable **table)
{
    int64_t at;
    do {
        *table = set_table(object_value(s));
        at = find_with_eq(t, s, *table, key, hash);
    } while (UNLIKELY(at == DICT_UNSURE));
    return at;
}

/* As dict_lock_find. */
static bool set_lock_find(Thread *t, Set *s, Value key, int64_t hash, int64_t *slot, bool *taken)
{
    *taken = object_lock(t, s);
    *slot = find_simple(t, s->table, key, hash);
    while (UNLIKELY(*slot == DICT_UNSURE)) {
        uint64_t version = s->version;
        SetTable *tb;
        object_unlock(s, *taken);
        *slot = set_find(t, s, key, hash, &tb);
        if (*slot == DICT_RAISED) {
            return false;
        }
        *taken = object_lock(t, s);
        if (s->version != version || s->table != tb) {
            *slot = find_simple(t, s->table, key, hash);
        }
    }
    return true;
}

int set_contains_on(Thread *t, Value s, Value key, int64_t hash)
{
    SetTable *tb;
    int64_t at = set_find(t, value_set(s), key, hash, &tb);
    return at >= 0 ? 1 : at == DICT_RAISED ? -1 : 0;
}

int set_contains(Thread *t, Value s, Value key)
{
    int64_t hash = key_hash(t, key);
    return hash == -1 ? -1 : set_contains_hash(t, s, key, hash);
}

size_t set_len(Value s)
{
    return __atomic_load_n(&value_set(s)->used, __ATOMIC_RELAXED);
}

bool set_next(Value s, size_t *pos, Value *item)
{
    int64_t hash;
    return set_table_next(set_table(s), pos, item, &hash);
}

/* ---- changing ---- */

static NOINLINE bool grow_slow_locked(Thread *t, Set *s)
{
    return table_replace_locked(t, s, slots_above(s->used > 50000 ? s->used * 2 : s->used * 4));
}

/* Room for another item is there now and, all going well, stays. */
ALWAYS_INLINE bool grow_locked(Thread *t, Set *s)
{
    return LIKELY(s->table->fill * 5 < s->table->mask * 3) || grow_slow_locked(t, s);
}

static void discard_locked(Set *s, int64_t at)
{
    gc_store(s->table, &s->table->slots[at].key, SET_DELETED);
    set_used_locked(s, s->used - 1);
}

static bool insert_locked(Thread *t, Set *s, Value key, int64_t hash)
{
    if (s->table == &no_items.table && !table_replace_locked(t, s, SET_MIN_SLOTS)) {
        return false;
    }
    table_put(s->table, key, hash);
    set_used_locked(s, s->used + 1);
    return grow_locked(t, s);
}

/* The same where find_room has just found room in the table. */
ALWAYS_INLINE bool insert_at_locked(Thread *t, Set *s, Value key, int64_t hash, size_t room)
{
    SetTable *tb = s->table;
    if (UNLIKELY(tb == &no_items.table)) {
        return insert_locked(t, s, key, hash);
    }
    SetEntry *e = &tb->slots[room];
    if (LIKELY(e->key == 0)) {
        store_relaxed(&e->hash, hash);
        store_relaxed(&tb->fill, tb->fill + 1);
    }
    gc_store(tb, &e->key, key);
    set_used_locked(s, s->used + 1);
    return grow_locked(t, s);
}

bool set_add_absent(Thread *t, Value set, Value key, int64_t hash)
{
    Set *s = value_set(set);
    if (UNLIKELY(s->table == &no_items.table) && !table_replace_locked(t, s, SET_MIN_SLOTS)) {
        return false;
    }
    SetTable *tb = s->table;
    SlotProbe p = slot_probe(tb, hash);
    while (tb->slots[p.i].key != 0) {
        slot_probe_next(&p, tb);
    }
    tb->slots[p.i].hash = hash;
    gc_store(tb, &tb->slots[p.i].key, key);
    tb->fill++;
    s->used++;
    return grow_locked(t, s);
}

bool set_add_hash(Thread *t, Value set, Value key, int64_t hash)
{
    Set *s = value_set(set);
    size_t room;
    bool taken = object_lock(t, s);
    int64_t at = find_room(t, s->table, key, hash, &room);
    if (LIKELY(at != DICT_UNSURE)) {
        bool ok = at >= 0 || insert_at_locked(t, s, key, hash, room);
        object_unlock(s, taken);
        return ok;
    }
    object_unlock(s, taken);
    if (!set_lock_find(t, s, key, hash, &at, &taken)) {
        return false;
    }
    bool ok = at >= 0 || insert_locked(t, s, key, hash);
    object_unlock(s, taken);
    return ok;
}

/* One key of a group, in a set whose lock is held: what set_add_hash, set_discard_hash or both of
 * them do, the lock being left only where a comparison runs Python code. */
ALWAYS_INLINE bool apply_key_locked(Thread *t, Value set, SetChange change, Value key, int64_t hash,
                                    bool *taken)
{
    Set *s = value_set(set);
    size_t room;
    int64_t at = find_room(t, s->table, key, hash, &room);
    if (at == DICT_ABSENT) {
        return change == SET_DISCARD || insert_at_locked(t, s, key, hash, room);
    }
    if (LIKELY(at >= 0)) {
        if (change != SET_ADD) {
            discard_locked(s, at);
        }
        return true;
    }
    object_unlock(s, *taken);
    int found = change == SET_ADD ? 0 : set_discard_hash(t, set, key, hash);
    bool ok = found >= 0 &&
              (change == SET_DISCARD || found > 0 || set_add_hash(t, set, key, hash));
    *taken = object_lock(t, s);
    return ok;
}

bool set_change_table(Thread *t, Value set, const SetTable *from, SetChange change)
{
    size_t pos = 0;
    Value key;
    int64_t hash;
    bool ok = true, taken = object_lock(t, value_set(set));
    while (ok && set_table_next(from, &pos, &key, &hash)) {
        ok = apply_key_locked(t, set, change, key, hash, &taken);
    }
    object_unlock(value_set(set), taken);
    return ok;
}

static bool add_table(Thread *t, Value set, const SetTable *from)
{
    return set_change_table(t, set, from, SET_ADD);
}

bool set_add(Thread *t, Value s, Value key)
{
    int64_t hash = key_hash(t, key);
    return hash != -1 && set_add_hash(t, s, key, hash);
}

bool set_add_new(Thread *t, Value set, Value key)
{
    Set *s = value_set(set);
    int64_t hash = key_hash(t, key), at;
    size_t room;
    if (UNLIKELY(hash == -1)) {
        return false;
    }
    if (UNLIKELY(objects_are_seen()) ||
        (at = find_room(t, s->table, key, hash, &room)) == DICT_UNSURE) {
        return set_add_hash(t, set, key, hash);
    }
    return at >= 0 || insert_at_locked(t, s, key, hash, room);
}

int set_discard_hash(Thread *t, Value set, Value key, int64_t hash)
{
    Set *s = value_set(set);
    int64_t at;
    bool taken;
    if (!set_lock_find(t, s, key, hash, &at, &taken)) {
        return -1;
    }
    if (at >= 0) {
        discard_locked(s, at);
    }
    object_unlock(s, taken);
    return at >= 0;
}

int set_discard(Thread *t, Value s, Value key)
{
    int64_t hash = key_hash(t, key);
    return hash == -1 ? -1 : set_discard_hash(t, s, key, hash);
}

void set_clear(Thread *t, Value set)
{
    Set *s = value_set(set);
    bool taken = object_lock(t, s);
    SetTable *cleared = s->table;
    GC_STORE_PTR(s, &s->table, &no_items.table);
    gc_disown(cleared);
    s->finger = 0;
    set_used_locked(s, 0);
    object_unlock(s, taken);
}

Value set_pop(Thread *t, Value set)
{
    Set *s = value_set(set);
    bool taken = object_lock(t, s);
    Value key = 0;
    if (s->used > 0) {
        SetTable *tb = s->table;
        size_t i = s->finger & tb->mask;
        while (tb->slots[i].key == 0 || tb->slots[i].key == SET_DELETED) {
            i = (i + 1) & tb->mask;
        }
        key = tb->slots[i].key;
        gc_store(tb, &tb->slots[i].key, SET_DELETED);
        s->finger = i + 1;
        set_used_locked(s, s->used - 1);
    }
    object_unlock(s, taken);
    return key;
}

void set_take(Thread *t, Value set, Value from)
{
    Set *s = value_set(set);
    bool taken = object_lock(t, s);
    GC_STORE_PTR(s, &s->table, value_set(from)->table);
    s->finger = 0;
    set_used_locked(s, value_set(from)->used);
    object_unlock(s, taken);
    value_set(from)->table = &no_items.table; /* a table has one owner: gc_disown */
    value_set(from)->used = 0;
}

/* ---- filling from others ---- */

/* A new table with the `used` items of a table and room for `more`.  NULL: MemoryError; *same
 * false: they are fewer, as somebody changes them. */
static SetTable *copy_table(Thread *t, const SetTable *from, size_t used, size_t more, bool *same)
{
    *same = true;
    if (used == 0) {
        return &no_items.table;
    }
    size_t slots = slots_above((used + more) * 5 / 3 + 1);
    SetTable *tb = table_new(t, slots);
    if (tb == NULL) {
        return NULL;
    }
    if (from->mask + 1 == slots && load_relaxed(&from->fill) == used) {
        values_copy_looking(tb->slots, from->slots, slots * sizeof(SetEntry) / sizeof(Value));
        tb->fill = used;
        return tb;
    }
    size_t pos = 0, left = used;
    Value key;
    int64_t hash;
    for (; left > 0 && set_table_next(from, &pos, &key, &hash); left--) {
        table_put_fresh(tb, key, hash);
    }
    *same = left == 0;
    return tb;
}

/* The same of the *used items of s at one moment. */
static SetTable *table_at_once(Thread *t, Set *s, size_t more, size_t *used)
{
    Look look;
    bool same;
    if (world_is_shared() && look_begin(s, &look)) {
        SetTable *tb = copy_table(t, look.table, look.used, more, &same);
        if (tb == NULL || (same && look_end(s, &look))) {
            *used = look.used;
            return tb;
        }
    }
    bool taken = object_lock(t, s);
    *used = s->used;
    SetTable *tb = copy_table(t, s->table, s->used, more, &same);
    object_unlock(s, taken);
    return tb;
}

/* When s is empty, it takes a copy of all of other as it is at one moment, with room for `more`;
 * *filled: it was. */
static bool fill_from_set(Thread *t, Set *s, Set *other, size_t more, bool *filled)
{
    size_t used;
    SetTable *tb = table_at_once(t, other, more, &used);
    if (tb == NULL) {
        return false;
    }
    bool taken = object_lock(t, s);
    *filled = s->used == 0;
    if (*filled && used > 0) {
        GC_STORE_PTR(s, &s->table, tb);
        set_used_locked(s, used);
    }
    object_unlock(s, taken);
    return true;
}

Value set_copy(Thread *t, Value s, size_t more)
{
    Value copy = set_new_like(t, s, 0);
    bool filled;
    return copy != 0 && fill_from_set(t, value_set(copy), value_set(s), more, &filled) ? copy : 0;
}

#define RESERVE_MAX 4096 /* items that make room beforehand although many may be equal */

static bool reserve(Thread *t, Set *s, size_t more)
{
    bool taken = object_lock(t, s), ok = true;
    if ((s->table->fill + more) * 5 >= s->table->mask * 3) {
        ok = table_replace_locked(t, s, slots_above((s->used + more) * 5 / 3 + 1));
    }
    object_unlock(s, taken);
    return ok;
}

static bool take_member(Thread *t, void *set, Value item)
{
    return set_add(t, *(Value *)set, item);
}

/* What an iterator of a list or tuple has left. */
static size_t items_left(const SeqIter *it, bool list)
{
    Value seq = value_load(&it->seq);
    size_t pos = load_relaxed(&it->pos), n = !seq ? 0 : list ? list_len(seq) : tuple_len(seq);
    return pos < n ? n - pos : 0;
}

/* How many items there are at most, where that is known at once; else 0. */
static size_t items_expected(Thread *t, Value iterable)
{
    if (value_is_list_exact(iterable)) {
        return list_len(iterable);
    }
    if (value_is_tuple_exact(iterable)) {
        return tuple_len(iterable);
    }
    if (value_is_object(iterable) && value_object(iterable)->type == &range_type) {
        Value n = ((Range *)value_object(iterable))->length;
        return value_is_fixnum(n) ? (size_t)fixnum_get(n) : 0;
    }
    const Type *type = type_of(iterable);
    if (type == &list_iter_type || type == &tuple_iter_type) {
        return items_left((const SeqIter *)value_object(iterable), type == &list_iter_type);
    }
    if (type == &dict_items_type || type == &dict_values_type) {
        return (size_t)type->len(t, iterable);
    }
    return 0;
}

/* Can the key be hashed, and compared with one like it, without code of Python? */
static bool is_simple(Value key) { return value_is_fixnum(key) || value_is_str_exact(key); }

/* The items of a list or tuple, as an iterator gives them.  The lock is held over all those in a
 * row that can be hashed and compared without Python code. */
static bool update_by_index(Thread *t, Value set, Value items)
{
    bool list = value_is_list_exact(items), ok = true, taken = object_lock(t, value_set(set));
    for (size_t i = 0; ok && i < (list ? list_len(items) : tuple_len(items)); i++) {
        Value v = list ? list_get(items, (int64_t)i) : tuple_get(items, i);
        if (v == 0) { /* another thread has made the list shorter */
            break;
        }
        if (LIKELY(is_simple(v))) {
            ok = apply_key_locked(t, set, SET_ADD, v, key_hash(t, v), &taken);
        } else {
            object_unlock(value_set(set), taken);
            ok = set_add(t, set, v);
            taken = object_lock(t, value_set(set));
        }
    }
    object_unlock(value_set(set), taken);
    return ok;
}

/* The characters of a str, or the numbers in a bytes object. */
static bool update_by_char(Thread *t, Value set, Value text)
{
    bool str = value_is_str_exact(text), ok = true, taken = object_lock(t, value_set(set));
    for (size_t i = 0, n = str ? str_len(text) : value_bytes(text)->len; ok && i < n; i++) {
        Value v = str ? str_from_char(t, str_get(value_str(text), i))
                      : fixnum((uint8_t)value_bytes(text)->data[i]);
        ok = v != 0 && apply_key_locked(t, set, SET_ADD, v, key_hash(t, v), &taken);
        if (UNLIKELY(i % 4096 == 4095)) { /* a long text may not keep others from a collection */
            object_unlock(value_set(set), taken);
            ok = ok && thread_poll(t);
            taken = object_lock(t, value_set(set));
        }
    }
    object_unlock(value_set(set), taken);
    return ok;
}

static bool update_from_items(Thread *t, Value s, Value iterable)
{
    size_t expected = items_expected(t, iterable);
    if (expected > set_len(s) && expected <= RESERVE_MAX && !reserve(t, value_set(s), expected)) {
        return false;
    }
    if (value_is_list_exact(iterable) || value_is_tuple_exact(iterable)) {
        return update_by_index(t, s, iterable);
    }
    if (value_is_str_exact(iterable) ||
        (value_is_object(iterable) && type_of(iterable) == &bytes_type)) {
        return update_by_char(t, s, iterable);
    }
    Value it = object_iter(t, iterable);
    if (it == 0) {
        return false;
    }
    if (type_of(it)->each) {
        return type_of(it)->each(t, it, take_member, &s);
    }
    for (;;) {
        Value v = iter_take(t, it);
        if (v == 0) {
            return !error_pending(t);
        }
        if (!set_add(t, s, v)) {
            return false;
        }
    }
}

static bool update_from_set(Thread *t, Value s, Value other)
{
    if (s == other || set_len(other) == 0) {
        return true;
    }
    if (set_len(s) == 0) {
        bool filled;
        if (!fill_from_set(t, value_set(s), value_set(other), 0, &filled)) {
            return false;
        }
        if (filled) {
            return true;
        }
    }
    SetTable *from = set_table(other);
    return reserve(t, value_set(s), set_len(other)) && add_table(t, s, from);
}

/* Adds the items of a list or tuple at one moment, if they are all simple; *simple says. */
static bool update_with_simple(Thread *t, Value s, Value list_or_tuple, bool *simple)
{
    Value few[ITEMS_FEW];
    size_t n, i = 0;
    const Value *items = items_at_once(t, list_or_tuple, few, &n);
    while (items && i < n && is_simple(items[i])) {
        i++;
    }
    *simple = items && i == n;
    if (!*simple) {
        return items != NULL;
    }
    if (n > set_len(s) && n <= RESERVE_MAX && !reserve(t, value_set(s), n)) {
        return false;
    }
    bool ok = true, taken = object_lock(t, value_set(s));
    for (i = 0; ok && i < n; i++) {
        ok = apply_key_locked(t, s, SET_ADD, items[i], key_hash(t, items[i]), &taken);
    }
    object_unlock(value_set(s), taken);
    return ok;
}

/* The items of a list or tuple, which are hashed first: other threads see all of them or none. What
 * comes before one that cannot be hashed is added. */
static bool update_at_once(Thread *t, Value s, Value items)
{
    bool simple;
    if (!update_with_simple(t, s, items, &simple) || simple) {
        return simple;
    }
    Value fresh = set_alloc(t, &set_type);
    if (fresh == 0) {
        return false;
    }
    bool ok = update_from_items(t, fresh, items);
    Value pending = error_take(t);
    bool added = add_table(t, s, set_table(fresh));
    if (added) {
        error_restore(t, pending);
    }
    return ok && added;
}

/* The keys of a dict; view: they come from its iterator, which minds a change of the size. */
static bool update_from_dict(Thread *t, Value s, Value dict, bool view)
{
    size_t used = dict_len(dict);
    if (used > set_len(s) && !reserve(t, value_set(s), used)) {
        return false;
    }
    DictTable *tb = dict_table(dict);
    uint32_t n = atomic_load_explicit(&tb->count, memory_order_acquire);
    bool ok = true, taken = object_lock(t, value_set(s));
    for (uint32_t i = 0; ok && i < n; i++) {
        DictEntry *e = &tb->entries[i];
        if (value_load(&e->value) == 0) {
            continue;
        }
        if (UNLIKELY(view && dict_len(dict) != used)) {
            runtime_error(t, "dictionary changed size during iteration");
            ok = false;
            break;
        }
        ok = apply_key_locked(t, s, SET_ADD, e->key, e->hash, &taken);
    }
    object_unlock(value_set(s), taken);
    return ok;
}

bool set_update(Thread *t, Value s, Value iterable)
{
    if (value_is_anyset(iterable)) {
        return update_from_set(t, s, iterable);
    }
    if (value_is_dict_exact(iterable)) {
        return update_from_dict(t, s, iterable, false);
    }
    if (value_is_object(iterable) && type_of(iterable) == &dict_keys_type &&
        value_is_dict_exact(((DictView *)value_object(iterable))->dict)) {
        return update_from_dict(t, s, ((DictView *)value_object(iterable))->dict, true);
    }
    bool shared = world_is_shared();
    return shared && (value_is_list_exact(iterable) || value_is_tuple_exact(iterable))
               ? update_at_once(t, s, iterable)
               : update_from_items(t, s, iterable);
}

static Value new_filled(Thread *t, Type *type, Value iterable)
{
    Value s = set_alloc(t, type);
    return s != 0 && (iterable == 0 || set_update(t, s, iterable)) ? s : 0;
}

Value set_new(Thread *t, Value iterable)
{
    return new_filled(t, &set_type, iterable);
}

Value frozenset_new(Thread *t, Value iterable)
{
    if (iterable != 0 && value_is_frozenset_exact(iterable)) {
        return iterable;
    }
    return new_filled(t, &frozenset_type, iterable);
}

Value set_new_like(Thread *t, Value like, Value iterable)
{
    return new_filled(t, type_is_subtype(type_of(like), &set_type) ? &set_type : &frozenset_type,
                      iterable);
}

/* Fills a new list with the n items of a table; false: they are fewer, as somebody changes them. */
static bool fill_list(Value list, const SetTable *tb, size_t n)
{
    Value *to = value_list(list)->array->items;
    size_t pos = 0, k = 0;
    int64_t hash;
    while (k < n && set_table_next(tb, &pos, &to[k], &hash)) {
        k++;
    }
    return k == n;
}

Value set_items_list(Thread *t, Value set)
{
    Set *s = value_set(set);
    Look look;
    if (world_is_shared() && look_begin(s, &look)) {
        Value r = list_new(t, look.used);
        if (r == 0) {
            return 0;
        }
        if (fill_list(r, look.table, look.used) && look_end(s, &look)) {
            list_set_filled(r, look.used);
            return r;
        }
    }
    bool taken = object_lock(t, s);
    Value r = list_new(t, s->used);
    if (r != 0 && fill_list(r, s->table, s->used)) {
        list_set_filled(r, s->used);
    }
    object_unlock(s, taken);
    return r;
}

/* ---- iterator ---- */

typedef struct SetIter {
    Object head;
    Value set;    /* atomic; 0: exhausted */
    size_t pos;   /* atomic relaxed */
    size_t used;  /* size at the start; SIZE_MAX after an error */
    size_t left;
} SetIter;

static void set_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((SetIter *)self)->set);
}

Value set_iter(Thread *t, Value s)
{
    SetIter *it = object_alloc_fast(t, &set_iter_type, sizeof(SetIter));
    if (it == NULL) {
        return 0;
    }
    gc_init(&it->set, s);
    it->used = it->left = set_len(s);
    return object_value(it);
}

static Value set_iter_next(Thread *t, Value self)
{
    SetIter *it = (SetIter *)value_object(self);
    Value s = value_load(&it->set), key;
    if (s == 0) {
        return 0;
    }
    if (UNLIKELY(set_len(s) != __atomic_load_n(&it->used, __ATOMIC_RELAXED))) {
        __atomic_store_n(&it->used, SIZE_MAX, __ATOMIC_RELAXED);
        return runtime_error(t, "Set changed size during iteration");
    }
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    int64_t hash;
    if (!set_table_next(set_table(s), &pos, &key, &hash)) {
        gc_store(it, &it->set, 0);
        return 0;
    }
    __atomic_store_n(&it->pos, pos, __ATOMIC_RELAXED);
    size_t left = __atomic_load_n(&it->left, __ATOMIC_RELAXED);
    __atomic_store_n(&it->left, left > 0 ? left - 1 : 0, __ATOMIC_RELAXED);
    return key;
}

NATIVE_FN(set_iter_length_hint)
{
    SetIter *it = (SetIter *)value_object(args[0]);
    Value s = value_load(&it->set);
    bool same = s != 0 && set_len(s) == __atomic_load_n(&it->used, __ATOMIC_RELAXED);
    return fixnum(same ? (int64_t)__atomic_load_n(&it->left, __ATOMIC_RELAXED) : 0);
}

NATIVE_FN(set_iter_reduce)
{
    SetIter *it = (SetIter *)value_object(args[0]);
    Value iter = builtin_named(t, "iter"), list = list_new(t, 0), s = value_load(&it->set), key;
    if (iter == 0 || list == 0) {
        return 0;
    }
    if (s != 0 && set_len(s) != __atomic_load_n(&it->used, __ATOMIC_RELAXED)) {
        return runtime_error(t, "Set changed size during iteration");
    }
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    int64_t hash;
    while (s != 0 && set_table_next(set_table(s), &pos, &key, &hash)) {
        if (!list_append(t, list, key)) {
            return 0;
        }
    }
    Value inner = tuple_pack(t, 1, list);
    return inner == 0 ? 0 : tuple_pack(t, 2, iter, inner);
}

static const NativeDef set_iter_methods[] = {
    {"__length_hint__()", set_iter_length_hint,
     "Private method returning an estimate of len(list(it)).", 0},
    {"__reduce__()", set_iter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type set_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "set_iterator",
    .getattr = generic_getattr,
    .size = sizeof(SetIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = set_iter_trace,
    .iter = iter_self,
    .next = set_iter_next,
    .methods = set_iter_methods,
};
