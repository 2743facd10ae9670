/* dict: insertion-ordered, lock-free reads.
 *
 *   Dict -> DictTable { log2 size, usable, count of entries ever written, entries[], index[] }
 *
 * An entry's key and hash are written once, before its index slot is published (release); its value
 * may be replaced (release store) or zeroed (deleted).  An entry slot is never reused within a
 * table; a full table is replaced by a new one and becomes garbage.  So (table, entry number) names
 * a key for ever: that is what global caches guard on, by an id that they give to the table.
 * Locking: writers hold the dict's object lock; __eq__ is never called under it (writers re-check
 * and retry).
 */
#ifndef CORE_OBJECT_DICT_H
#define CORE_OBJECT_DICT_H

#include "core/object/object.h"

typedef struct DictEntry {
    int64_t hash;
    Value key;
    Value value;       /* 0: deleted */
} DictEntry;

typedef struct DictTable {
    Object head;
    uint8_t log2_size;       /* index slots = 1 << log2_size */
    uint8_t index_width;     /* bytes per index slot: 1, 2, 4 */
    bool str_keys_only;      /* all keys exact str */
    uint32_t usable;         /* capacity of entries[] */
    _Atomic uint32_t count;  /* entries written so far (live and deleted); release */
    uint32_t first, last;    /* all live entries are in [first, last); lock, release */
    _Atomic uint32_t guard_id; /* GUARD_ID_NONE until a cache guards on it; relaxed */
    DictEntry entries[];     /* usable entries, then the index */
} DictTable;

struct Dict {
    Object head;
    size_t used;             /* live entries; lock, release */
    DictTable *table;        /* acquire */
    uint64_t version;        /* changes of the key set: iteration checks it; lock, release */
    uint64_t changes;        /* of values in a shared world, for dict_snapshot.c; lock, release */
};
extern Type dict_type, dict_table_type;

static inline bool value_is_dict(Value v) { return value_is_object(v) && value_has(v, TYPE_DICT); }
static inline bool value_is_dict_exact(Value v)
{
    return value_is_object(v) && value_object(v)->type == &dict_type;
}
static inline Dict *value_dict(Value v)
{
    assert(value_is_dict(v));
    return (Dict *)value_object(v);
}
Value dict_new(Thread *t);
Value dict_new_sized(Thread *t, size_t n);
/* A new dict of n keys, each followed by its value. */
Value dict_from_pairs(Thread *t, const Value *pairs, size_t n);
/* All "get": 0 and no exception: absent; 0 and exception: __hash__/__eq__ raised. */
Value dict_get(Thread *t, Value d, Value key);
Value dict_get_hash(Thread *t, Value d, Value key, int64_t hash);
Value dict_get_str(Value d, Value interned_or_str_key);     /* exact str key; cannot raise */
/* exact str; only __eq__ of keys that are none may raise */
Value dict_get_name(Thread *t, Value d, Value name);
Value dict_get_cstr(Thread *t, Value d, const char *key);
/* key or v 0: passes the error on */
NODISCARD bool dict_set(Thread *t, Value d, Value key, Value v);
NODISCARD bool dict_set_hash(Thread *t, Value d, Value key, int64_t hash, Value v);
NODISCARD bool dict_set_cstr(Thread *t, Value d, const char *key, Value v);
int dict_del(Thread *t, Value d, Value key);                /* 1 deleted, 0 absent, -1 raised */
/* the same if d[key] is `expected`; atomic */
int dict_del_if(Thread *t, Value d, Value key, Value expected);
/* Replaces the value while it is `expected`: 1 done, 0 it is another or absent, -1 raised. */
int dict_replace_if(Thread *t, Value d, Value key, Value expected, Value v);
/* Replaces the value of that entry of the table in use; false: it has not that key, or is gone. */
bool dict_replace_entry(Thread *t, Value d, uint32_t entry, Value key, Value v);
Value dict_pop(Thread *t, Value d, Value key);              /* removed value, 0 absent or raised */
Value dict_pop_hash(Thread *t, Value d, Value key, int64_t hash);
Value dict_setdefault(Thread *t, Value d, Value key, Value dflt); /* atomic */
Value dict_setdefault_hash(Thread *t, Value d, Value key, int64_t hash, Value dflt);
int dict_contains(Thread *t, Value d, Value key);
NODISCARD bool dict_clear(Thread *t, Value d);
Value dict_copy(Thread *t, Value d);
/* d.update(other): other a dict, mapping (keys) or pairs.  override 0: keep, 1: replace, 2:
 * KeyError-like duplicate error (call **kw) */
NODISCARD bool dict_update(Thread *t, Value d, Value other);
NODISCARD bool dict_merge(Thread *t, Value d, Value mapping, int override);
static inline size_t dict_len(Value d)
{
    return __atomic_load_n(&value_dict(d)->used, __ATOMIC_RELAXED);
}
/* Iteration over live entries for C code: *pos starts at 0; safe against concurrent change (may
 * miss or repeat after a resize when *table differs: pass the same DictTable * variable,
 * initialised to NULL). */
bool dict_next(Value d, DictTable **table, size_t *pos, Value *key, Value *v);
Value dict_keys_list(Thread *t, Value d);                   /* atomic snapshots */
Value dict_values_list(Thread *t, Value d);
Value dict_items_list(Thread *t, Value d);
/* OrderedDict's iter: over the keys; any change of keys or order ends it with RuntimeError. */
Value dict_ordered_iter(Thread *t, Value d);
/* d is a dict whose iteration is that of dict or OrderedDict: its items can be taken from the
 * table. */
static inline bool dict_iterates_table(Value d)
{
    return value_is_dict(d) &&
           (type_of(d)->iter == dict_type.iter || type_of(d)->iter == dict_ordered_iter);
}
/* list(view) for the three kinds of views: true when v is one; *out a new list or 0 (raised). */
bool dict_view_list(Thread *t, Value v, Value *out);
/* Entry number of an exact str key in table, -1: absent (value may be 0: deleted).  For inline
 * caches. */
int64_t dict_table_find_str(const DictTable *table, Value key);
static inline DictTable *dict_table(Value d)
{
    return __atomic_load_n(&value_dict(d)->table, __ATOMIC_ACQUIRE);
}

#endif
