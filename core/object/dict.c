/* dict: the operations that C code uses.
 *
 * Readers: load table (acquire), search it, load the entry's value.  Nothing is locked; a reader
 * that still looks at a replaced table sees the dict as it was at some moment of the call.
 * Writers: dict_lock_find takes the lock and finds the key.  Keys whose equality needs Python code
 * are searched without the lock first; version tells whether the key set changed between the search
 * and the lock. Invariants under the lock: used = live entries of table; all of them in
 * [table->first, table->last).
 */
#include "core/object/dict.h"

#include "core/object/dict_internal.h"
#include "core/object/iter.h"
#include "core/object/let_go.h"
#include "core/object/list.h"
#include "core/object/tuple.h"

#define DICT_RESERVE_MAX 4096 /* keys that make room beforehand although many may be equal */

static inline void set_used(Dict *d, size_t n)
{
    store_release(&d->used, n); /* both pair with dict_look_begin */
    store_release(&d->version, d->version + 1);
}

Value dict_alloc(Thread *t, Type *type)
{
    Dict *d = type == &dict_type ? object_alloc_fast(t, type, sizeof(Dict))
                                 : object_alloc_instance(t, type, 0);
    if (UNLIKELY(d == NULL)) {
        return 0;
    }
    d->table = dict_empty_table;
    return object_value(d);
}

Value dict_new(Thread *t)
{
    return dict_alloc(t, &dict_type);
}

Value dict_new_sized(Thread *t, size_t n)
{
    Value v = dict_alloc(t, &dict_type);
    if (v != 0 && n > 0) {
        DictTable *tb = dict_table_new(t, n);
        if (tb == NULL) {
            return 0;
        }
        GC_STORE_PTR(value_dict(v), &value_dict(v)->table, tb);
    }
    return v;
}

/* ---- reading ---- */

Value dict_get_str(Value d, Value key)
{
    const DictTable *tb = dict_table(d);
    int64_t at = dict_table_find_live_str(tb, key, str_key_hash(key));
    return at < 0 ? 0 : value_load(&tb->entries[at].value);
}

Value dict_get_name(Thread *t, Value d, Value name)
{
    const DictTable *tb = dict_table(d);
    int64_t hash = str_key_hash(name), at = dict_table_find_live_str(tb, name, hash);
    if (LIKELY(at >= 0)) {
        return value_load(&tb->entries[at].value);
    }
    return LIKELY(__atomic_load_n(&tb->str_keys_only, __ATOMIC_RELAXED))
               ? 0
               : dict_get_hash(t, d, name, hash);
}

Value dict_get_hash(Thread *t, Value d, Value key, int64_t hash)
{
    DictTable *tb;
    int64_t at = dict_find(t, value_dict(d), key, hash, &tb);
    return at < 0 ? 0 : value_load(&tb->entries[at].value);
}

Value dict_get(Thread *t, Value d, Value key)
{
    DictTable *tb = dict_table(d);
    if (LIKELY(value_is_str_exact(key)) && __atomic_load_n(&tb->str_keys_only, __ATOMIC_RELAXED)) {
        int64_t at = dict_table_find_live_str(tb, key, str_key_hash(key));
        return at < 0 ? 0 : value_load(&tb->entries[at].value);
    }
    int64_t hash = key_hash(t, key);
    return UNLIKELY(hash == -1) ? 0 : dict_get_hash(t, d, key, hash);
}

Value dict_get_cstr(Thread *t, Value d, const char *key)
{
    Value k = intern_cstr(t, key);
    return k == 0 ? 0 : dict_get_str(d, k);
}

int dict_contains(Thread *t, Value d, Value key)
{
    int64_t hash = key_hash(t, key);
    if (UNLIKELY(hash == -1)) {
        return -1;
    }
    DictTable *tb;
    int64_t at = dict_find(t, value_dict(d), key, hash, &tb);
    return at >= 0 ? 1 : at == DICT_RAISED ? -1 : 0;
}

bool dict_next(Value d, DictTable **table, size_t *pos, Value *key, Value *v)
{
    DictTable *tb = dict_table(d);
    if (*table == NULL) {
        *table = tb;
    }
    tb = *table;
    uint32_t n = atomic_load_explicit(&tb->count, memory_order_acquire);
    while (*pos < n) {
        DictEntry *e = &tb->entries[(*pos)++];
        Value value = value_load(&e->value);
        if (value != 0) {
            if (key != NULL) {
                *key = e->key;
            }
            if (v != NULL) {
                *v = value;
            }
            return true;
        }
    }
    return false;
}

/* ---- writing ---- */

/* Replaces the table by one with room for `more` new entries. */
static bool make_room_locked(Thread *t, Dict *d, size_t more)
{
    size_t used = d->used;
    size_t want = used * 2 > used + more ? used * 2 : used + more;
    DictTable *tb = dict_table_new(t, want);
    if (tb == NULL) {
        return false;
    }
    (void)dict_table_copy_live(tb, d->table, used);
    GC_STORE_PTR(d, &d->table, tb);
    return true;
}

bool dict_reserve(Thread *t, Value dict, size_t more)
{
    Dict *d = value_dict(dict);
    bool taken = object_lock(t, d), ok = true;
    if (more <= DICT_RESERVE_MAX && d->table->usable - d->table->count < more) {
        ok = make_room_locked(t, d, more);
    }
    object_unlock(d, taken);
    return ok;
}

bool dict_insert_locked(Thread *t, Dict *d, Value key, int64_t hash, Value v)
{
    DictTable *tb = d->table;
    uint32_t n = atomic_load_explicit(&tb->count, memory_order_relaxed);
    if (UNLIKELY(n >= tb->usable)) {
        if (!make_room_locked(t, d, 1)) {
            return false;
        }
        tb = d->table;
    }
    dict_table_append(tb, key, hash, v);
    set_used(d, d->used + 1);
    return true;
}

void dict_remove_locked(Dict *d, DictTable *tb, int64_t entry)
{
    gc_store(tb, &tb->entries[entry].value, 0);
    uint32_t at = (uint32_t)entry;
    if (at == tb->first) {
        store_release(&tb->first, at + 1);
    }
    if (at + 1 == tb->last) {
        store_release(&tb->last, at);
    }
    if (d->used == 1) {
        store_release(&tb->first, load_relaxed(&tb->count));
        store_release(&tb->last, 0);
    }
    set_used(d, d->used - 1);
}

bool dict_lock_find(Thread *t, Dict *d, Value key, int64_t hash, int64_t *entry, bool *taken)
{
    *taken = object_lock(t, d);
    DictTable *tb = d->table;
    if (LIKELY(tb->str_keys_only && value_is_str_exact(key))) {
        *entry = dict_table_find_live_str(tb, key, hash);
        return true;
    }
    *entry = dict_table_find_simple(t, tb, key, hash);
    while (*entry == DICT_UNSURE) {
        uint64_t version = d->version;
        object_unlock(d, *taken);
        *entry = dict_find(t, d, key, hash, &tb);
        if (*entry == DICT_RAISED) {
            return false;
        }
        *taken = object_lock(t, d);
        if (d->version != version || d->table != tb) {
            *entry = dict_table_find_simple(t, d->table, key, hash);
        }
    }
    return true;
}

/* dict_lock_find that says where an absent key may be entered; NO_ROOM: to be found out. */
#define NO_ROOM SIZE_MAX
static inline bool lock_find_room(Thread *t, Dict *d, Value key, int64_t hash, int64_t *entry,
                                  size_t *room, bool *taken)
{
    *taken = object_lock(t, d);
    *entry = dict_table_find_room(t, d->table, key, hash, room);
    if (LIKELY(*entry != DICT_UNSURE)) {
        return true;
    }
    object_unlock(d, *taken);
    *room = NO_ROOM;
    return dict_lock_find(t, d, key, hash, entry, taken);
}

/* dict_insert_locked with what lock_find_room found. */
static inline bool insert_in_room_locked(Thread *t, Dict *d, size_t room, Value key, int64_t hash,
                                         Value v)
{
    DictTable *tb = d->table;
    uint32_t n = atomic_load_explicit(&tb->count, memory_order_relaxed);
    if (UNLIKELY(room == NO_ROOM || n >= tb->usable)) {
        return dict_insert_locked(t, d, key, hash, v);
    }
    dict_table_append_at(tb, room, key, hash, v);
    set_used(d, d->used + 1);
    return true;
}

bool dict_set_hash(Thread *t, Value dict, Value key, int64_t hash, Value v)
{
    assert(v != 0);
    Dict *d = value_dict(dict);
    int64_t at;
    size_t room;
    bool taken;
    if (!lock_find_room(t, d, key, hash, &at, &room, &taken)) {
        return false;
    }
    if (at >= 0) {
        let_go_for(t, v, &d->table->entries[at].value);
        gc_store(d->table, &d->table->entries[at].value, v);
        dict_unlock_replaced(d, taken);
        return true;
    }
    bool ok = insert_in_room_locked(t, d, room, key, hash, v);
    object_unlock(d, taken);
    return ok;
}

Value dict_from_pairs(Thread *t, const Value *pairs, size_t n)
{
    Value v = dict_new_sized(t, n);
    if (v == 0) {
        return 0;
    }
    Dict *d = value_dict(v);
    size_t i = 0;
    if (n == 0) {
        object_bias_new(t, d); /* made to be filled */
    }
    /* nobody else knows the dict, and no code of Python runs */
    for (; i < n && value_is_str_exact(pairs[2 * i]); i++) {
        Value key = pairs[2 * i];
        size_t room;
        int64_t hash = str_key_hash(key);
        int64_t at = dict_table_find_room(t, d->table, key, hash, &room);
        if (UNLIKELY(at >= 0)) {
            gc_store(d->table, &d->table->entries[at].value, pairs[2 * i + 1]);
        } else {
            dict_table_append_at(d->table, room, key, hash, pairs[2 * i + 1]);
            d->used++;
        }
    }
    d->version++;
    for (; i < n; i++) {
        if (!dict_set(t, v, pairs[2 * i], pairs[2 * i + 1])) {
            return 0;
        }
    }
    return v;
}

bool dict_set(Thread *t, Value d, Value key, Value v)
{
    if (UNLIKELY(!key || !v)) {
        assert(error_pending(t));
        return false;
    }
    int64_t hash = key_hash(t, key);
    return LIKELY(hash != -1) && dict_set_hash(t, d, key, hash, v);
}

bool dict_add_new(Thread *t, Value dict, Value key, Value v)
{
    Dict *d = value_dict(dict);
    int64_t hash = key_hash(t, key), at;
    size_t room;
    if (UNLIKELY(hash == -1)) {
        return false;
    }
    if (UNLIKELY(objects_are_seen()) ||
        (at = dict_table_find_room(t, d->table, key, hash, &room)) == DICT_UNSURE) {
        return dict_set_hash(t, dict, key, hash, v);
    }
    if (at >= 0) {
        gc_store(d->table, &d->table->entries[at].value, v);
        return true;
    }
    return insert_in_room_locked(t, d, room, key, hash, v);
}

bool dict_set_cstr(Thread *t, Value d, const char *key, Value v)
{
    Value k = intern_cstr(t, key);
    return k != 0 && dict_set(t, d, k, v);
}

Value dict_pop(Thread *t, Value dict, Value key)
{
    if (dict_len(dict) == 0 && value_is_str_exact(key)) {
        return 0;
    }
    int64_t hash = key_hash(t, key);
    return hash != -1 ? dict_pop_hash(t, dict, key, hash) : 0;
}

Value dict_pop_hash(Thread *t, Value dict, Value key, int64_t hash)
{
    Dict *d = value_dict(dict);
    int64_t at;
    bool taken;
    if (!dict_lock_find(t, d, key, hash, &at, &taken)) {
        return 0;
    }
    Value v = 0;
    if (at >= 0) {
        v = d->table->entries[at].value;
        dict_remove_locked(d, d->table, at);
    }
    object_unlock(d, taken);
    return v;
}

int dict_del(Thread *t, Value d, Value key)
{
    Value v = dict_pop(t, d, key);
    let_go(t, v);
    return v != 0 ? 1 : error_pending(t) ? -1 : 0;
}

int dict_del_if(Thread *t, Value dict, Value key, Value expected)
{
    Dict *d = value_dict(dict);
    int64_t hash = key_hash(t, key), at;
    bool taken;
    if (hash == -1 || !dict_lock_find(t, d, key, hash, &at, &taken)) {
        return -1;
    }
    bool same = at >= 0 && d->table->entries[at].value == expected;
    if (same) {
        dict_remove_locked(d, d->table, at);
    }
    object_unlock(d, taken);
    return same;
}

int dict_replace_if(Thread *t, Value dict, Value key, Value expected, Value v)
{
    Dict *d = value_dict(dict);
    int64_t hash = key_hash(t, key), at;
    bool taken;
    if (hash == -1 || !dict_lock_find(t, d, key, hash, &at, &taken)) {
        return -1;
    }
    bool same = at >= 0 && d->table->entries[at].value == expected;
    if (same) {
        gc_store(d->table, &d->table->entries[at].value, v);
    }
    dict_unlock_replaced(d, taken);
    return same;
}

bool dict_replace_entry(Thread *t, Value dict, uint32_t entry, Value key, Value v)
{
    Dict *d = value_dict(dict);
    bool taken = object_lock(t, d);
    DictTable *tb = d->table;
    DictEntry *e = &tb->entries[entry];
    bool same = entry < atomic_load_explicit(&tb->count, memory_order_relaxed) && e->key == key &&
                e->value != 0;
    if (same) {
        let_go_for(t, v, &e->value);
        gc_store(tb, &e->value, v);
    }
    dict_unlock_replaced(d, taken);
    return same;
}

Value dict_setdefault(Thread *t, Value dict, Value key, Value dflt)
{
    int64_t hash = key_hash(t, key);
    return hash == -1 ? 0 : dict_setdefault_hash(t, dict, key, hash, dflt);
}

Value dict_setdefault_hash(Thread *t, Value dict, Value key, int64_t hash, Value dflt)
{
    Dict *d = value_dict(dict);
    int64_t at;
    size_t room;
    bool taken;
    if (!lock_find_room(t, d, key, hash, &at, &room, &taken)) {
        return 0;
    }
    Value v = at >= 0                                              ? d->table->entries[at].value
              : insert_in_room_locked(t, d, room, key, hash, dflt) ? dflt
                                                                   : 0;
    object_unlock(d, taken);
    return v;
}

bool dict_clear(Thread *t, Value dict)
{
    Dict *d = value_dict(dict);
    bool taken = object_lock(t, d);
    if (d->used > 0 || d->table->count > 0) {
        GC_STORE_PTR(d, &d->table, dict_empty_table);
        set_used(d, 0);
    }
    object_unlock(d, taken);
    return true;
}

/* ---- merging ---- */

/* d gets a key of a mapping.  override as dict_merge. */
static bool merge_item(Thread *t, Value d, Value key, int64_t hash, Value v, int override)
{
    if (override == 1) {
        return dict_set_hash(t, d, key, hash, v);
    }
    Dict *self = value_dict(d);
    int64_t at;
    bool taken;
    if (!dict_lock_find(t, self, key, hash, &at, &taken)) {
        return false;
    }
    bool ok = at >= 0 || dict_insert_locked(t, self, key, hash, v);
    object_unlock(self, taken);
    if (at >= 0 && override == 2) {
        key_error(t, key);
        return false;
    }
    return ok;
}

/* d, if it is empty, takes a copy of all of src: *done. */
static bool merge_into_empty(Thread *t, Dict *d, Dict *src, bool *done)
{
    size_t used;
    DictTable *tb = dict_table_copy(t, src, &used);
    if (tb == NULL) {
        return false;
    }
    bool taken = object_lock(t, d);
    *done = d->used == 0;
    if (*done && used > 0) {
        GC_STORE_PTR(d, &d->table, tb);
        set_used(d, used);
    }
    object_unlock(d, taken);
    return true;
}

/* Both have keys of exact str only: all in one critical section: *done. */
static bool merge_str_keys(Thread *t, Dict *d, Dict *src, int override, bool *done)
{
    DictEntries from;
    if (!dict_entries_at_once(t, src, &from)) {
        return false;
    }
    bool taken = object_lock(t, d), ok = true;
    *done = from.str_keys_only && d->table->str_keys_only;
    if (*done && d->table->usable - d->table->count < from.live) {
        ok = make_room_locked(t, d, from.live);
    }
    for (size_t i = 0; *done && ok && i < from.n; i++) {
        const DictEntry *e = &from.entries[i];
        if (e->value == 0) {
            continue;
        }
        int64_t at = dict_table_find_live_str(d->table, e->key, e->hash);
        if (at < 0) {
            ok = dict_insert_locked(t, d, e->key, e->hash, e->value);
        } else if (override) {
            gc_store(d->table, &d->table->entries[at].value, e->value);
        }
    }
    dict_unlock_replaced(d, taken);
    return ok;
}

/* Everything from one dict into another that is empty, or where no key needs Python code, at one
 * moment of each.  *done false: not possible that way (nothing done) or raised. */
static bool merge_simple(Thread *t, Dict *d, Dict *src, int override, bool *done)
{
    *done = false;
    if (load_relaxed(&d->used) == 0 && (!merge_into_empty(t, d, src, done) || *done)) {
        return *done;
    }
    return override == 2 || !load_relaxed(&dict_table(object_value(d))->str_keys_only) ||
           !load_relaxed(&dict_table(object_value(src))->str_keys_only) ||
           merge_str_keys(t, d, src, override, done);
}

static bool merge_dict(Thread *t, Value d, Value src, int override)
{
    bool done;
    if (d == src || dict_len(src) == 0) {
        return true;
    }
    if (!merge_simple(t, value_dict(d), value_dict(src), override, &done) || done) {
        return !error_pending(t);
    }
    DictTable *tb = NULL, *start = dict_table(src);
    size_t pos = 0, used = dict_len(src);
    Value key, v;
    tb = start;
    while (dict_next(src, &tb, &pos, &key, &v)) {
        if (!merge_item(t, d, key, tb->entries[pos - 1].hash, v, override)) {
            return false;
        }
        if (used != dict_len(src)) {
            runtime_error(t, "dict mutated during update");
            return false;
        }
    }
    return true;
}

static bool merge_mapping(Thread *t, Value d, Value mapping, int override)
{
    Value keys = call_method0(t, mapping, N(keys));
    Value it = keys == 0 ? 0 : object_iter(t, keys);
    if (it == 0) {
        return false;
    }
    Value key;
    while ((key = iter_next(t, it)) != 0) {
        if (override != 1) {
            int has = dict_contains(t, d, key);
            if (has < 0) {
                return false;
            }
            if (has && override == 2) {
                key_error(t, key);
                return false;
            }
            if (has) {
                continue;
            }
        }
        Value v = object_getitem(t, mapping, key);
        if (v == 0 || !dict_set(t, d, key, v)) {
            return false;
        }
    }
    return !error_pending(t);
}

bool dict_merge(Thread *t, Value d, Value mapping, int override)
{
    if (dict_iterates_table(mapping)) {
        return merge_dict(t, d, mapping, override);
    }
    return merge_mapping(t, d, mapping, override);
}

/* d.update([(k, v), ...]) */
static bool update_from_pairs(Thread *t, Value d, Value pairs)
{
    Value it = object_iter(t, pairs);
    if (it == 0 || (value_is_list_exact(pairs) && dict_len(d) == 0 &&
                    !dict_reserve(t, d, list_len(pairs)))) {
        return false;
    }
    if (type_of(it)->next_into != NULL) { /* no tuples are made */
        Value pair[2];
        int got;
        while ((got = type_of(it)->next_into(t, it, pair, 2)) > 0) {
            if (!dict_set(t, d, pair[0], pair[1])) {
                return false;
            }
        }
        if (got == 0) {
            return !error_pending(t);
        }
    }
    for (size_t i = 0;; i++) {
        Value item = iter_take(t, it);
        if (item == 0) {
            return !error_pending(t);
        }
        Value pair = value_is_tuple_exact(item) ? item : sequence_fast(t, item, "");
        if (pair == 0) {
            if (error_clear_if(t, &exc_TypeError)) {
                type_error(
                    t, "cannot convert dictionary update sequence element #%zu to a sequence", i);
            }
            return false;
        }
        if (tuple_len(pair) != 2) {
            value_error(t, "dictionary update sequence element #%zu has length %zu; 2 is required",
                        i, tuple_len(pair));
            return false;
        }
        if (!dict_set(t, d, tuple_get(pair, 0), tuple_get(pair, 1))) {
            return false;
        }
    }
}

bool dict_update(Thread *t, Value d, Value other)
{
    if (value_is_dict_exact(other)) {
        return merge_dict(t, d, other, 1);
    }
    int has = object_hasattr(t, other, N(keys));
    if (has < 0) {
        return false;
    }
    return has ? dict_merge(t, d, other, 1) : update_from_pairs(t, d, other);
}
