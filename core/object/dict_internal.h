/* What the dict_*.c files share: tables, lookups, iterators. */
#ifndef CORE_OBJECT_DICT_INTERNAL_H
#define CORE_OBJECT_DICT_INTERNAL_H

#include "core/object/dict.h"
#include "core/object/lock.h"
#include "core/object/native.h"

/* ---- dict_table.c ---- */
extern DictTable *const dict_empty_table; /* static, no room */
/* A new table with room for at least n entries; NULL: MemoryError. */
NODISCARD DictTable *dict_table_new(Thread *t, size_t n);
/* Copies the n live entries of `from`, which must fit, to the empty table `to`.  false: they are
 * not n, as somebody changes them; no further use is made of `to`. */
bool dict_table_copy_live(DictTable *to, const DictTable *from, size_t n);
/* Appends an entry whose key is known to be absent and publishes it; there must be room. */
void dict_table_append(DictTable *tb, Value key, int64_t hash, Value v);
/* The same for a key that dict_table_find_room did not find in this table, as it is now. */
void dict_table_append_at(DictTable *tb, size_t room, Value key, int64_t hash, Value v);
/* The live entry moves behind all others; there must be room.  Who reads meanwhile finds the key,
 * old or new. */
void dict_table_move_last(DictTable *tb, uint32_t entry);
int64_t dict_table_find_live_str(const DictTable *tb, Value key, int64_t hash);

enum { DICT_ABSENT = -1, DICT_RAISED = -2, DICT_UNSURE = -3 };
/* Live entry number with this key, DICT_ABSENT, or DICT_UNSURE when only Python code can tell.
 * Never runs Python. */
int64_t dict_table_find_simple(Thread *t, const DictTable *tb, Value key, int64_t hash);
/* dict_table_find_simple that says where an absent key may be entered. */
int64_t dict_table_find_room(Thread *t, const DictTable *tb, Value key, int64_t hash, size_t *room);
/* The same running __eq__ where needed; retried when the table changes meanwhile. DICT_RAISED:
 * exception. */
int64_t dict_find(Thread *t, Dict *d, Value key, int64_t hash, DictTable **table);
/* Compares two keys with equal hashes without Python code: 1, 0, or -1: cannot tell. */
int key_compare_simple(Thread *t, Value a, Value b);

/* hash(key) with the fast way for str and fixnum; -1: raised. */
static inline int64_t key_hash(Thread *t, Value key);

/* ---- dict.c ---- */
Value dict_alloc(Thread *t, Type *type); /* type: dict or a subclass */
/* dict_set in a new dict that only the caller knows: without its lock where no Python code runs, as
 * long as nobody has looked for objects. */
NODISCARD bool dict_add_new(Thread *t, Value dict, Value key, Value v);
/* Makes room for `more` keys to come, unless they are many: they may be equal. */
NODISCARD bool dict_reserve(Thread *t, Value d, size_t more);
NODISCARD bool dict_insert_locked(Thread *t, Dict *d, Value key, int64_t hash, Value v);
void dict_remove_locked(Dict *d, DictTable *tb, int64_t entry);
/* Locks d, and finds key: *entry is its entry number or DICT_ABSENT, valid until unlock.  false:
 * raised, not locked. */
NODISCARD bool dict_lock_find(Thread *t, Dict *d, Value key, int64_t hash, int64_t *entry,
                              bool *taken);
/* In place of object_unlock by who has replaced values: counts it, for dict_snapshot.c. */
static inline void dict_unlock_replaced(Dict *d, bool taken)
{
    if (UNLIKELY(taken)) {
        store_release(&d->changes, d->changes + 1); /* pairs with dict_look_begin */
    }
    object_unlock(d, taken);
}

/* ---- dict_snapshot.c: a dict at one moment ---- */
typedef enum { DICT_KEYS, DICT_VALUES, DICT_ITEMS } DictPart;
Value dict_snapshot(Thread *t, Value d, DictPart part); /* list */
/* The live entries of d, *used of them, in a new table or dict_empty_table; NULL: MemoryError. */
NODISCARD DictTable *dict_table_copy(Thread *t, Dict *d, size_t *used);
/* The entries of d, of which `live` have a value, for as long as code of Python does not run and d
 * is not changed by the calling thread.  false: MemoryError. */
enum { DICT_FEW = 16 };
typedef struct DictEntries {
    const DictEntry *entries;
    size_t n, live;
    bool str_keys_only;
    DictEntry few[DICT_FEW];
} DictEntries;
NODISCARD bool dict_entries_at_once(Thread *t, Dict *d, DictEntries *to);
/* In a shared world: what is read of a dict between the two, without its lock, is of one moment if
 * both say so. */
typedef struct DictLook {
    DictTable *table;
    size_t used;
    uint64_t version, changes;
} DictLook;
static inline bool dict_look_begin(Dict *d, DictLook *look)
{
    look->table = load_acquire(&d->table);
    look->version = load_acquire(&d->version);
    look->changes = load_acquire(&d->changes);
    look->used = load_acquire(&d->used);
    return !object_may_change(d);
}
static inline bool dict_look_end(Dict *d, const DictLook *look)
{
    return !object_may_change(d) && load_relaxed(&d->table) == look->table &&
           load_relaxed(&d->version) == look->version &&
           load_relaxed(&d->changes) == look->changes;
}

/* ---- dict_views.c ---- */
typedef struct DictView {
    Object head;
    Value dict;
} DictView;
typedef struct DictIter {
    Object head;
    Value dict;      /* atomic; 0: exhausted */
    size_t pos;      /* next entry; reverse: entries below it are left.  Atomic relaxed */
    size_t used;     /* size of the dict at the start; SIZE_MAX after an error */
    size_t left;     /* items to come */
} DictIter;
extern Type dict_keys_type, dict_values_type, dict_items_type, dict_key_iter_type,
    dict_value_iter_type, dict_item_iter_type, dict_reverse_key_iter_type,
    dict_reverse_value_iter_type, dict_reverse_item_iter_type;
Value dict_view_new(Thread *t, Type *type, Value d);
Value dict_iter_new(Thread *t, Type *type, Value d);

/* ---- dict_ordered.c ---- */
extern Type odict_iter_type, odict_keys_type, odict_values_type, odict_items_type;
Value dict_ordered_reversed(Thread *t, Value d);  /* dict_ordered_iter from the end */

/* ---- dict_methods.c ---- */
extern const NativeDef dict_methods[];

#include "core/object/int.h"
#include "core/object/str.h"

static inline int64_t key_hash(Thread *t, Value key)
{
    if (LIKELY(value_is_str_exact(key))) {
        int64_t h = atomic_load_explicit(&value_str(key)->hash, memory_order_relaxed);
        return LIKELY(h != 0) ? h : str_hash(key);
    }
    if (LIKELY(value_is_fixnum(key))) {
        int64_t i = fixnum_get(key);
        return LIKELY(i >= 0 && i < INT64_MAX >> 2) ? i : int_hash(key); /* below 2**61 - 1 */
    }
    return object_hash(t, key);
}
static inline int64_t str_key_hash(Value key)
{
    int64_t h = atomic_load_explicit(&value_str(key)->hash, memory_order_relaxed);
    return LIKELY(h != 0) ? h : str_hash(key);
}

/* ---- the index of a table ---- */
static inline const void *dict_index_of(const DictTable *tb)
{
    return &tb->entries[tb->usable];
}
/* Pairs with the release store in index_store. */
static inline uint32_t dict_index_load(const DictTable *tb, size_t i)
{
    const void *index = dict_index_of(tb);
    switch (tb->index_width) {
    case 1: return __atomic_load_n((const uint8_t *)index + i, __ATOMIC_ACQUIRE);
    case 2: return __atomic_load_n((const uint16_t *)index + i, __ATOMIC_ACQUIRE);
    default: return __atomic_load_n((const uint32_t *)index + i, __ATOMIC_ACQUIRE);
    }
}
/* dict_peek where the first place looked at holds another key. */
Value dict_peek_on(const DictTable *tb, Value key, int64_t hash);
/* The value of key when that very key is in the table, or an equal exact str; 0: search.  Raises
 * nothing. */
static inline Value dict_peek(const DictTable *tb, Value key)
{
    bool number = value_is_fixnum(key);
    if (!number && !value_is_str_exact(key)) {
        return 0;
    }
    int64_t hash = number ? fixnum_get(key)
                          : atomic_load_explicit(&value_str(key)->hash, memory_order_relaxed);
    uint32_t at = dict_index_load(tb, (size_t)hash & (((size_t)1 << tb->log2_size) - 1));
    if (UNLIKELY(at == 0)) {
        return 0;
    }
    if (UNLIKELY(tb->entries[at - 1].key != key)) {
        return dict_peek_on(tb, key, hash);
    }
    return value_load(&tb->entries[at - 1].value);
}

/* key_compare_simple, the commonest cases inline. */
static inline int key_compare(Thread *t, Value a, Value b)
{
    if (a == b) {
        return 1;
    }
    if (value_is_str_exact(a) && value_is_str_exact(b)) {
        return str_eq(a, b);
    }
    return value_is_fixnum(a) && value_is_fixnum(b) ? 0 : key_compare_simple(t, a, b);
}

#endif
