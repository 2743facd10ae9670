/* The hash tables of dicts: layout, probing, key comparison.
 *
 *   DictTable header | DictEntry entries[usable] | index[1 << log2_size], 1, 2 or 4 bytes each
 * An index slot holds 0 (free) or entry number + 1.  Open addressing; the probe sequence is i = 5i
 * + 1 + perturb with perturb = hash shifted right by 5 at each step, which visits every slot
 * (Knuth's linear congruential sequence). At most 2/3 of the slots are in use, so that a free one
 * ends each search.
 *
 * Publication: hash, key and value of an entry are written first, then its index slot and then
 * count (release). A deleted entry keeps its index slot; its key may have been freed and is not
 * looked at any more.
 */
#include "core/object/dict_internal.h"

#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/tuple.h"

#define DICT_MIN_LOG2 3
#define DICT_MAX_ENTRIES ((size_t)1 << 31)

static struct {
    DictTable table;
    uint8_t index[8];
} no_entries = {
    .table = {.head = OBJECT_STATIC_HEAD(&dict_table_type),
              .index_width = 1,
              .str_keys_only = true,
              .guard_id = GUARD_ID_NONE},
};
DictTable *const dict_empty_table = &no_entries.table;

static void dict_table_trace(Object *self, Tracer *tr)
{
    DictTable *tb = (DictTable *)self;
    uint32_t n = atomic_load_explicit(&tb->count, memory_order_relaxed);
    for (uint32_t i = 0; i < n; i++) {
        DictEntry *e = &tb->entries[i];
        if (e->value != 0) {
            trace_value(tr, e->key);
            trace_value(tr, e->value);
        }
    }
}

Type dict_table_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "dict_table",
    .size = sizeof(DictTable),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = dict_table_trace,
};

static inline size_t usable_of(unsigned log2_size)
{
    return ((size_t)1 << log2_size) * 2 / 3;
}

DictTable *dict_table_new(Thread *t, size_t n)
{
    if (UNLIKELY(n > DICT_MAX_ENTRIES)) {
        raise_memory(t);
        return NULL;
    }
    unsigned log2_size = DICT_MIN_LOG2;
    while (usable_of(log2_size) < n) {
        log2_size++;
    }
    size_t usable = usable_of(log2_size), width = log2_size <= 8 ? 1 : log2_size <= 16 ? 2 : 4;
    size_t entries = sizeof(DictTable) + usable * sizeof(DictEntry), index = width << log2_size;
    bool raw = entries + index > GC_STEP_MAX; /* nobody looks at entries that are not counted */
    DictTable *tb = raw ? object_alloc_raw(t, &dict_table_type, entries + index)
                        : object_alloc_fast(t, &dict_table_type, entries + index);
    if (UNLIKELY(tb == NULL)) {
        return NULL;
    }
    if (raw) {
        memset((Object *)tb + 1, 0, sizeof(DictTable) - sizeof(Object));
        memset((char *)tb + entries, 0, index);
    }
    tb->log2_size = (uint8_t)log2_size;
    tb->index_width = (uint8_t)width;
    tb->usable = (uint32_t)usable;
    tb->str_keys_only = true;
    atomic_init(&tb->guard_id, GUARD_ID_NONE);
    return tb;
}

static inline void index_store(DictTable *tb, size_t i, uint32_t v)
{
    void *index = (void *)dict_index_of(tb);
    switch (tb->index_width) {
    case 1: __atomic_store_n((uint8_t *)index + i, (uint8_t)v, __ATOMIC_RELEASE); break;
    case 2: __atomic_store_n((uint16_t *)index + i, (uint16_t)v, __ATOMIC_RELEASE); break;
    default: __atomic_store_n((uint32_t *)index + i, v, __ATOMIC_RELEASE); break;
    }
}

/* The probe sequence: for (Probe p = probe_start(tb, hash);; probe_next(&p)) ... p.i */
typedef struct Probe {
    size_t i, mask;
    uint64_t perturb;
} Probe;
static inline Probe probe_start(const DictTable *tb, int64_t hash)
{
    size_t mask = ((size_t)1 << tb->log2_size) - 1;
    return (Probe){.i = (size_t)hash & mask, .mask = mask, .perturb = (uint64_t)hash};
}
static inline void probe_next(Probe *p)
{
    p->perturb >>= 5;
    p->i = (p->i * 5 + 1 + p->perturb) & p->mask;
}

/* Writes the next entry, which the index does not know yet; returns its number. */
static inline uint32_t write_entry(DictTable *tb, Value key, int64_t hash, Value v)
{
    uint32_t n = atomic_load_explicit(&tb->count, memory_order_relaxed);
    assert(n < tb->usable && v != 0);
    DictEntry *e = &tb->entries[n];
    e->hash = hash;
    gc_store(tb, &e->key, key);
    gc_store(tb, &e->value, v);
    if (!value_is_str_exact(key)) {
        __atomic_store_n(&tb->str_keys_only, false, __ATOMIC_RELAXED);
    }
    store_release(&tb->last, n + 1);
    return n;
}

void dict_table_append_at(DictTable *tb, size_t room, Value key, int64_t hash, Value v)
{
    uint32_t n = write_entry(tb, key, hash, v);
    index_store(tb, room, n + 1);
    atomic_store_explicit(&tb->count, n + 1, memory_order_release);
}

void dict_table_append(DictTable *tb, Value key, int64_t hash, Value v)
{
    uint32_t n = write_entry(tb, key, hash, v), at;
    Probe p = probe_start(tb, hash);
    while ((at = dict_index_load(tb, p.i)) != 0 && value_load(&tb->entries[at - 1].value) != 0) {
        /* the slot of a deleted entry is as good as a free one: nobody looks for that entry */
        probe_next(&p);
    }
    index_store(tb, p.i, n + 1);
    atomic_store_explicit(&tb->count, n + 1, memory_order_release);
}

void dict_table_move_last(DictTable *tb, uint32_t entry)
{
    DictEntry *old = &tb->entries[entry];
    uint32_t n = write_entry(tb, old->key, old->hash, old->value);
    Probe p = probe_start(tb, old->hash);
    while (dict_index_load(tb, p.i) != 0) {
        probe_next(&p); /* behind the old place: who finds that one dead goes on */
    }
    index_store(tb, p.i, n + 1);
    atomic_store_explicit(&tb->count, n + 1, memory_order_release);
    gc_store(tb, &old->value, 0);
    if (entry == tb->first) {
        store_release(&tb->first, entry + 1);
    }
}

/* Enters entries[0..n) of a table that no other thread sees yet and whose index is free. */
#define FILL_INDEX(T)                                                                  \
    do {                                                                               \
        T *index = (T *)dict_index_of(tb);                                                  \
        for (uint32_t i = 0; i < n; i++) {                                             \
            if (i + FILL_AHEAD < n) {                                                  \
                __builtin_prefetch(&index[(size_t)tb->entries[i + FILL_AHEAD].hash & mask], 1); \
            }                                                                          \
            Probe p = probe_start(tb, tb->entries[i].hash);                            \
            while (index[p.i] != 0) {                                                  \
                probe_next(&p);                                                        \
            }                                                                          \
            index[p.i] = (T)(i + 1);                                                   \
        }                                                                              \
    } while (0)
#define FILL_AHEAD 8 /* entries: hides the cache miss of an index slot */

static void fill_index(DictTable *tb, uint32_t n)
{
    size_t mask = ((size_t)1 << tb->log2_size) - 1;
    switch (tb->index_width) {
    case 1: FILL_INDEX(uint8_t); break;
    case 2: FILL_INDEX(uint16_t); break;
    default: FILL_INDEX(uint32_t); break;
    }
}

bool dict_table_copy_live(DictTable *to, const DictTable *from, size_t n)
{
    uint32_t last = load_acquire(&from->last), live = 0;
    bool str_only = true;
    for (uint32_t i = load_acquire(&from->first); i < last; i++) {
        const DictEntry *e = &from->entries[i];
        Value v = value_load(&e->value);
        if (v != 0) {
            if (UNLIKELY(live == n)) {
                return false;
            }
            to->entries[live++] = (DictEntry){e->hash, e->key, v};
            str_only = str_only && value_is_str_exact(e->key);
        }
    }
    fill_index(to, live);
    to->str_keys_only = str_only;
    to->last = live;
    atomic_store_explicit(&to->count, live, memory_order_relaxed);
    return live == n;
}

/* key is a string that compares as one and equals the exact str `name`. */
static inline bool is_name(Value key, Value name)
{
    return value_is_str(key) &&
           (value_is_str_exact(key) || type_of(key)->compare == str_type.compare) &&
           str_eq(key, name);
}

/* *room: the index slot that an absent key may have: that of a deleted entry with its hash, so that
 * a key that comes and goes takes one slot, or the free one. */
static inline int64_t find_live_str(const DictTable *tb, Value key, int64_t hash, size_t *room)
{
    *room = SIZE_MAX;
    for (Probe p = probe_start(tb, hash);; probe_next(&p)) {
        uint32_t at = dict_index_load(tb, p.i);
        if (at == 0) {
            *room = *room == SIZE_MAX ? p.i : *room;
            return DICT_ABSENT;
        }
        const DictEntry *e = &tb->entries[at - 1];
        if (e->hash != hash) {
            continue;
        }
        if (UNLIKELY(value_load(&e->value) == 0)) {
            *room = *room == SIZE_MAX ? p.i : *room;
            continue;
        }
        if (e->key == key || is_name(e->key, key)) {
            return at - 1;
        }
    }
}

int64_t dict_table_find_live_str(const DictTable *tb, Value key, int64_t hash)
{
    size_t room;
    return find_live_str(tb, key, hash, &room);
}

Value dict_peek_on(const DictTable *tb, Value key, int64_t hash)
{
    for (Probe p = probe_start(tb, hash);; probe_next(&p)) {
        uint32_t at = dict_index_load(tb, p.i);
        if (at == 0) {
            return 0;
        }
        const DictEntry *e = &tb->entries[at - 1];
        Value v = e->key == key || e->hash == hash ? value_load(&e->value) : 0;
        if (v == 0) {
            continue; /* a key without a value may be gone */
        }
        bool same = e->key == key || (value_is_str_exact(e->key) && value_is_str_exact(key) &&
                                      str_eq(e->key, key));
        return same ? v : 0; /* keys of other types may say that they are equal */
    }
}

int64_t dict_table_find_str(const DictTable *tb, Value key)
{
    int64_t hash = str_key_hash(key), dead = DICT_ABSENT;
    for (Probe p = probe_start(tb, hash);; probe_next(&p)) {
        uint32_t at = dict_index_load(tb, p.i);
        if (at == 0) {
            return dead;
        }
        const DictEntry *e = &tb->entries[at - 1];
        if (e->hash != hash) {
            continue;
        }
        if (value_load(&e->value) == 0) {
            dead = e->key == key ? (int64_t)at - 1 : dead;
        } else if (e->key == key || is_name(e->key, key)) {
            return at - 1;
        }
    }
}

static bool is_plain_number(Value v)
{
    Type *ty = type_of(v);
    return ty == &int_type || ty == &float_type || ty == &bool_type || ty == &complex_type;
}

/* key_compare_simple of tuples. */
static int compare_tuples_simple(Thread *t, Value a, Value b)
{
    size_t n = tuple_len(a);
    if (n != tuple_len(b)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        Value x = tuple_get(a, i), y = tuple_get(b, i);
        int c = key_compare(t, x, y);
        if (c != 1) {
            return c;
        }
    }
    return 1;
}

int key_compare_simple(Thread *t, Value a, Value b)
{
    if (a == b) {
        return 1;
    }
    if (value_is_fixnum(a) && value_is_fixnum(b)) {
        return 0;
    }
    Type *ta = type_of(a), *tb = type_of(b);
    if (ta == &str_type && tb == &str_type) {
        return str_eq(a, b);
    }
    if (ta == &tuple_type && tb == &tuple_type) {
        return compare_tuples_simple(t, a, b);
    }
    if (is_plain_number(a) && is_plain_number(b)) {
        return object_compare_bool(t, a, b, CMP_EQ);
    }
    bool plain_a = ta == &str_type || ta == &bytes_type || ta == &tuple_type ||
                   is_plain_number(a) || is_none(a);
    bool plain_b = tb == &str_type || tb == &bytes_type || tb == &tuple_type ||
                   is_plain_number(b) || is_none(b);
    if (plain_a && plain_b && ta != tb) {
        return ta == &bytes_type || tb == &bytes_type ? -1 : 0; /* str and bytes may warn */
    }
    if (ta == &bytes_type && tb == &bytes_type) {
        return value_bytes(a)->len == value_bytes(b)->len &&
               memcmp(value_bytes(a)->data, value_bytes(b)->data, value_bytes(a)->len) == 0;
    }
    if (ta == tb && ta->compare == object_type.compare) {
        return 0; /* both compare by identity */
    }
    return -1;
}

static inline int64_t find_simple(Thread *t, const DictTable *tb, Value key, int64_t hash,
                                  size_t *room)
{
    bool unsure = false;
    *room = SIZE_MAX;
    for (Probe p = probe_start(tb, hash);; probe_next(&p)) {
        uint32_t at = dict_index_load(tb, p.i);
        if (at == 0) {
            *room = *room == SIZE_MAX ? p.i : *room;
            return unsure ? DICT_UNSURE : DICT_ABSENT;
        }
        const DictEntry *e = &tb->entries[at - 1];
        if (e->hash != hash) {
            continue;
        }
        if (UNLIKELY(value_load(&e->value) == 0)) {
            *room = *room == SIZE_MAX ? p.i : *room;
            continue;
        }
        int c = key_compare(t, e->key, key);
        if (c == 1) {
            return unsure ? DICT_UNSURE : (int64_t)at - 1;
        }
        unsure |= c < 0;
    }
}

int64_t dict_table_find_simple(Thread *t, const DictTable *tb, Value key, int64_t hash)
{
    size_t room;
    return find_simple(t, tb, key, hash, &room);
}

int64_t dict_table_find_room(Thread *t, const DictTable *tb, Value key, int64_t hash,
                             size_t *room)
{
    return LIKELY(tb->str_keys_only && value_is_str_exact(key))
               ? find_live_str(tb, key, hash, room)
               : find_simple(t, tb, key, hash, room);
}

/* One pass over the table of the moment.  DICT_UNSURE: changed under our feet, start again. */
static int64_t find_with_eq(Thread *t, Dict *d, DictTable *tb, Value key, int64_t hash)
{
    for (Probe p = probe_start(tb, hash);; probe_next(&p)) {
        uint32_t at = dict_index_load(tb, p.i);
        if (at == 0) {
            return DICT_ABSENT;
        }
        const DictEntry *e = &tb->entries[at - 1];
        if (e->hash != hash || value_load(&e->value) == 0) {
            continue;
        }
        Value other = e->key;
        int c = key_compare(t, other, key);
        if (c < 0) {
            c = object_compare_bool(t, other, key, CMP_EQ);
            if (c < 0) {
                return DICT_RAISED;
            }
            if (dict_table(object_value(d)) != tb || value_load(&e->value) == 0) {
                return DICT_UNSURE;
            }
        }
        if (c == 1) {
            return at - 1;
        }
    }
}

int64_t dict_find(Thread *t, Dict *d, Value key, int64_t hash, DictTable **table)
{
    for (;;) {
        DictTable *tb = dict_table(object_value(d));
        *table = tb;
        int64_t at =
            LIKELY(value_is_str_exact(key)) && __atomic_load_n(&tb->str_keys_only, __ATOMIC_RELAXED)
                ? dict_table_find_live_str(tb, key, hash)
                : find_with_eq(t, d, tb, key, hash);
        if (at != DICT_UNSURE) {
            return at;
        }
    }
}
