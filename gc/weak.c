/* The weak table: shards of open-addressing hash tables keyed by the referent's address.
 *
 * Entries of dead referents are cleared with the world stopped, before finalizers run.  Deleted
 * slots are marked with TOMB and vanish when the shard is rebuilt.
 *
 * References without callback are looked for without the lock (weak_each_plain): a slot's referent
 * and a list's links are stored with release, after what they lead to; a slot is used once; a table
 * that was replaced is freed with the world stopped.
 */
#include "gc/weak.h"

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "gc/mark.h"

#define SHARDS 64
#define TOMB ((Object *)1)

typedef struct WeakEntry { Object *referent; WeakHead *first; } WeakEntry; /* lock, release */
typedef struct WeakTable {
    struct WeakTable *older; /* replaced, and not freed yet */
    size_t capacity;         /* power of two */
    WeakEntry entries[];
} WeakTable;
typedef struct Shard {
    Mutex lock;
    WeakTable *table;   /* lock, release; NULL: nothing */
    size_t used;        /* slots not empty, tombs included */
    size_t count;       /* live entries */
    bool young;         /* referents or references may be young */
} Shard;

static Shard shards[SHARDS];

static Shard *shard_of(Object *o)
{
    return &shards[hash_mix((uintptr_t)o) >> 32 & (SHARDS - 1)];
}

static WeakEntry *find(Shard *s, Object *o)
{
    WeakTable *tb = load_acquire(&s->table);
    if (tb == NULL) {
        return NULL;
    }
    for (size_t i = hash_mix((uintptr_t)o);; i++) {
        WeakEntry *e = &tb->entries[i & (tb->capacity - 1)];
        Object *referent = load_acquire(&e->referent);
        if (referent == o) {
            return e;
        }
        if (referent == NULL) {
            return NULL;
        }
    }
}

static WeakEntry *insert_new(Shard *s, WeakTable *tb, Object *o)
{
    for (size_t i = hash_mix((uintptr_t)o);; i++) {
        WeakEntry *e = &tb->entries[i & (tb->capacity - 1)];
        if (e->referent == NULL) {
            store_release(&e->referent, o);
            s->used++;
            s->count++;
            return e;
        }
    }
}

static bool reserve(Shard *s)
{
    WeakTable *old = s->table;
    if (old != NULL && (s->used + 1) * 4 <= old->capacity * 3) {
        return true;
    }
    size_t capacity = 16;
    while (capacity < s->count * 2 + 2) {
        capacity *= 2;
    }
    WeakTable *fresh = mem_calloc(1, sizeof *fresh + capacity * sizeof *fresh->entries);
    if (fresh == NULL) {
        return false;
    }
    fresh->capacity = capacity;
    fresh->older = old;
    s->used = s->count = 0;
    for (size_t i = 0; old != NULL && i < old->capacity; i++) {
        if (old->entries[i].referent != NULL && old->entries[i].referent != TOMB) {
            insert_new(s, fresh, old->entries[i].referent)->first = old->entries[i].first;
        }
    }
    store_release(&s->table, fresh);
    return true;
}

static void free_older(Shard *s)
{
    while (s->table != NULL && s->table->older != NULL) {
        WeakTable *older = s->table->older;
        s->table->older = older->older;
        mem_free(older);
    }
}

static void remove_entry(Shard *s, WeakEntry *e)
{
    store_relaxed(&e->referent, TOMB);
    store_relaxed(&e->first, NULL);
    s->count--;
}

bool weak_attach(WeakHead *w)
{
    return weak_attach_unless(w, NULL, NULL);
}

bool weak_attach_unless(WeakHead *w, bool (*fn)(WeakHead *other, void *arg), void *arg)
{
    Object *o = weak_target(w);
    Shard *s = shard_of(o);
    mutex_lock(&s->lock);
    WeakEntry *e = find(s, o);
    for (WeakHead *other = e != NULL && fn != NULL ? e->first : NULL;
         other != NULL && other->callback == 0; other = other->next) {
        if (!fn(other, arg)) {
            mutex_unlock(&s->lock);
            return true;
        }
    }
    if (e == NULL && reserve(s)) {
        e = insert_new(s, s->table, o);
        atomic_fetch_or_explicit(&o->gc_flags, GC_HAS_WEAK, memory_order_relaxed);
    }
    s->young = true;
    if (e != NULL) {
        WeakHead **link = &e->first;
        while (w->callback != 0 && *link != NULL && (*link)->callback == 0) {
            link = &(*link)->next;
        }
        w->next = *link;
        store_release(link, w);
    }
    mutex_unlock(&s->lock);
    return e != NULL;
}

void weak_detach(WeakHead *w)
{
    Object *o = weak_target(w);
    if (o == NULL) {
        return;
    }
    Shard *s = shard_of(o);
    mutex_lock(&s->lock);
    WeakEntry *e = find(s, o);
    if (e != NULL) {
        for (WeakHead **link = &e->first; *link != NULL; link = &(*link)->next) {
            if (*link == w) {
                store_release(link, w->next);
                store_relaxed(&w->next, NULL);
                break;
            }
        }
        if (e->first == NULL) {
            remove_entry(s, e);
            atomic_fetch_and_explicit(&o->gc_flags, (uint8_t)~GC_HAS_WEAK, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&w->target, NULL, memory_order_release);
    mutex_unlock(&s->lock);
}

static bool has_weak(Object *o)
{
    return atomic_load_explicit(&o->gc_flags, memory_order_relaxed) & GC_HAS_WEAK;
}

void weak_each(Object *o, bool (*fn)(WeakHead *w, void *arg), void *arg)
{
    if (!has_weak(o)) {
        return;
    }
    Shard *s = shard_of(o);
    mutex_lock(&s->lock);
    WeakEntry *e = find(s, o);
    for (WeakHead *w = e != NULL ? e->first : NULL; w != NULL; w = w->next) {
        if (!fn(w, arg)) {
            break;
        }
    }
    mutex_unlock(&s->lock);
}

void weak_each_plain(Object *o, bool (*fn)(WeakHead *w, void *arg), void *arg)
{
    WeakEntry *e = has_weak(o) ? find(shard_of(o), o) : NULL;
    WeakHead *w = e != NULL ? load_acquire(&e->first) : NULL;
    while (w != NULL && load_relaxed(&w->callback) == 0 && fn(w, arg)) {
        w = load_acquire(&w->next);
    }
}

static bool has_dead(const Shard *s, const Tracer *tr)
{
    return s->table != NULL && (s->young || !tr->young_only);
}

void weak_clear_dead(const Tracer *tr)
{
    for (Shard *s = shards; s < shards + SHARDS; s++) {
        free_older(s);
        for (size_t i = 0; has_dead(s, tr) && i < s->table->capacity; i++) {
            WeakEntry *e = &s->table->entries[i];
            if (e->referent == NULL || e->referent == TOMB || mark_is_live(e->referent, tr->from)) {
                continue;
            }
            atomic_fetch_and_explicit(&e->referent->gc_flags, (uint8_t)~GC_HAS_WEAK,
                                      memory_order_relaxed);
            for (WeakHead *w = e->first; w != NULL; w = w->next) {
                atomic_store_explicit(&w->target, NULL, memory_order_release);
                if (w->callback != 0 && mark_is_live(&w->head, tr->from)) {
                    finalize_queue_callback(&w->head);
                }
            }
            remove_entry(s, e);
        }
    }
}

/* Forgets the dead references in e; true: a young object is in it. */
static bool unlink_entry(Shard *s, WeakEntry *e, const Tracer *tr)
{
    bool young = gc_is_young(e->referent);
    WeakHead **link = &e->first;
    while (*link != NULL) {
        if (mark_is_live(&(*link)->head, tr->from)) {
            young |= gc_is_young(&(*link)->head);
            link = &(*link)->next;
        } else {
            *link = (*link)->next;
        }
    }
    if (e->first != NULL) {
        return young;
    }
    atomic_fetch_and_explicit(&e->referent->gc_flags, (uint8_t)~GC_HAS_WEAK, memory_order_relaxed);
    remove_entry(s, e);
    return false;
}

void weak_unlink_dead(const Tracer *tr)
{
    for (Shard *s = shards; s < shards + SHARDS; s++) {
        if (!has_dead(s, tr)) {
            continue;
        }
        s->young = false;
        for (size_t i = 0; i < s->table->capacity; i++) {
            WeakEntry *e = &s->table->entries[i];
            if (e->referent != NULL && e->referent != TOMB && unlink_entry(s, e, tr)) {
                s->young = true;
            }
        }
    }
}

void weak_reinit_locks(void)
{
    for (Shard *s = shards; s < shards + SHARDS; s++) {
        mutex_reinit(&s->lock);
    }
}
