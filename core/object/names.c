/* Interned strings.
 *
 *   shard (hash bits 58..63) -> InternTable { mask, slots[] }   open addressing, linear probing
 *
 * A hit takes no lock: it loads the table (acquire) and probes.  Inserting takes the shard's mutex;
 * a full table is replaced by a larger copy and the old one is kept, since readers may still probe
 * it (all old tables together are smaller than the newest).  Interned strings live as long as the
 * process: their addresses identify names in caches.
 */
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/str_internal.h"
#include "gc/keep.h"

typedef struct InternTable {
    size_t mask;
    struct InternTable *older; /* replaced tables */
    Value slots[];             /* release stores under the shard's lock, acquire loads */
} InternTable;

typedef struct InternShard {
    _Alignas(64) Mutex lock;   /* a cache line each */
    size_t count;              /* lock */
    InternTable *_Atomic table;
    bool fresh; /* lock: names were added since the last collection */
} InternShard;

enum { SHARDS = 64, FIRST_SIZE = 128 };

Names names;
static InternShard shards[SHARDS];

static inline uint64_t mix(int64_t hash)
{
    return (uint64_t)hash * 0x9e3779b97f4a7c15ull;
}

static inline uint64_t mixed_hash(Value s)
{
    return mix(str_hash(s));
}

/* The interned string equal to s in table, or 0; *at: where it would go. */
static Value probe(const InternTable *table, Value s, uint64_t h, size_t *at)
{
    size_t i = h & table->mask;
    for (;; i = (i + 1) & table->mask) {
        Value v = value_load(&table->slots[i]);
        if (!v) {
            *at = i;
            return 0;
        }
        if (v == s || (value_str(v)->hash == value_str(s)->hash && str_eq(v, s))) {
            return v;
        }
    }
}

static InternTable *grown_table(InternTable *old)
{
    size_t size = (old->mask + 1) * 2;
    InternTable *table = mem_calloc(1, sizeof *table + size * sizeof(Value));
    if (!table) {
        return NULL;
    }
    table->mask = size - 1;
    table->older = old;
    for (size_t i = 0; i <= old->mask; i++) {
        if (old->slots[i]) {
            size_t at;
            probe(table, old->slots[i], mixed_hash(old->slots[i]), &at);
            table->slots[at] = old->slots[i];
        }
    }
    return table;
}

/* Adds s unless an equal string got in first; 0 when memory is exhausted. */
static Value insert_locked(InternShard *shard, Value s, uint64_t h)
{
    InternTable *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    size_t at = 0;
    Value found = table ? probe(table, s, h, &at) : 0;
    if (found) {
        return found;
    }
    if (!table || shard->count * 2 >= table->mask) {
        table = grown_table(table);
        if (!table) {
            return 0;
        }
        probe(table, s, h, &at);
        atomic_store_explicit(&shard->table, table, memory_order_release);
    }
    shard->count++;
    atomic_store_explicit(&value_str(s)->interned, 1, memory_order_release);
    shard->fresh = true;
    gc_store_root(&table->slots[at], s);
    return s;
}

Value intern_str(Thread *t, Value s)
{
    if (atomic_load_explicit(&value_str(s)->interned, memory_order_relaxed)) {
        return s;
    }
    uint64_t h = mixed_hash(s);
    InternShard *shard = &shards[h >> 58];
    InternTable *table = atomic_load_explicit(&shard->table, memory_order_acquire);
    size_t at;
    Value found = table ? probe(table, s, h, &at) : 0;
    if (!found) {
        mutex_lock(&shard->lock);
        found = insert_locked(shard, s, h);
        mutex_unlock(&shard->lock);
    }
    return found ? found : raise_memory(t);
}

Value intern_ascii(Thread *t, const char *p, size_t n)
{
    int64_t hash = str_hash_text(p, n);
    uint64_t h = mix(hash);
    InternShard *shard = &shards[h >> 58];
    const InternTable *table = atomic_load_explicit(&shard->table, memory_order_acquire);
    for (size_t i = h; table; i++) {
        Value v = value_load(&table->slots[i & table->mask]);
        if (!v) {
            break;
        }
        const Str *s = value_str(v);
        if (s->hash == hash && s->len == n && s->ascii && memcmp(s->data, p, n) == 0) {
            return v;
        }
    }
    Value s = str_from_ascii(t, p, n);
    if (s) {
        atomic_store_explicit(&value_str(s)->hash, hash, memory_order_relaxed);
    }
    return s ? intern_str(t, s) : 0;
}

/* The names that C code asks for again and again come from the same place: the last one from each
 * is known, but compared, for a buffer may hold another one now. */
Value intern_cstr(Thread *t, const char *utf8)
{
    static Value known[512];
    Value *slot = &known[((uintptr_t)utf8 * 0x9e3779b97f4a7c15ull) >> 55];
    Value v = value_load(slot);
    if (v && strcmp(value_str(v)->data, utf8) == 0) {
        return v;
    }
    size_t n = strlen(utf8);
    bool ascii = ascii_only(utf8, n);
    Value s = ascii ? intern_ascii(t, utf8, n) : str_from_cstr(t, utf8);
    s = s && !ascii ? intern_str(t, s) : s;
    if (s && ascii && (value_str(s)->str_flags & STR_TERMINATED)) {
        gc_store_root(slot, s); /* lives as long as the process */
    }
    return s;
}

Value intern_once(Thread *t, Value *known, const char *utf8)
{
    Value s = intern_cstr(t, utf8);
    gc_store_root(known, s); /* lives as long as the process */
    return s;
}

/* World stopped. */
static void trace_interned(Tracer *tr, void *arg UNUSED)
{
    for (int i = 0; i < SHARDS; i++) {
        InternTable *table = atomic_load_explicit(&shards[i].table, memory_order_relaxed);
        if (table && (shards[i].fresh || !trace_is_young_only(tr))) {
            shards[i].fresh = false;
            trace_values(tr, table->slots, table->mask + 1);
        }
    }
}

/* One piece of memory for all shards: what a start interns lies in it. */
static bool make_first_tables(void)
{
    const size_t bytes = sizeof(InternTable) + FIRST_SIZE * sizeof(Value);
    char *p = gc_take_rest(SHARDS * bytes);
    if (!p && !(p = mem_calloc(SHARDS, bytes))) {
        return false;
    }
    for (int i = 0; i < SHARDS; i++, p += bytes) {
        InternTable *table = (InternTable *)p;
        table->mask = FIRST_SIZE - 1;
        atomic_store_explicit(&shards[i].table, table, memory_order_relaxed);
    }
    return true;
}

bool names_init(Thread *t)
{
    static const struct { const char *text; size_t offset; } rows[] = {
#define NAME(id) {#id, offsetof(Names, id)},
#define NAME2(id, text) {text, offsetof(Names, id)},
#include "core/object/names.def"
#undef NAME
#undef NAME2
    };
    if (!make_first_tables()) {
        return false;
    }
    gc_add_root_source(trace_interned, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        Value name = intern_cstr(t, rows[i].text);
        if (!name) {
            return false;
        }
        *(Value *)((char *)&names + rows[i].offset) = name;
    }
    return true;
}
