/* A dict, or a copy of it, as it is at one moment: without its lock where nobody changes it.
 *
 * Who changes the keys counts that in `version`; who replaces values in a shared world counts that
 * in `changes`, with the lock held (dict_unlock_replaced).  A reader
 *      loads the table, both counts and the number of entries, and sees that the lock is free;
 *      reads entries between `first` and `last` of the table;
 *      sees that the lock is free, and table and counts are the same.
 * Whatever it reads of a change was stored with release behind the taking of the lock, and is
 * loaded with acquire: so it then finds the lock taken, or what the change has left.  No count
 * comes back.  Keys and hashes of entries in front of `last` stay, so they are read as they are.
 *
 * Who has looked in vain takes the lock.
 */
#include "core/object/dict_internal.h"
#include "core/object/list_internal.h"
#include "core/object/tuple.h"

/* ---- copies ---- */

/* Of the `used` live entries of a table; an equal table is copied as it is, a sparse one compacted.
 * NULL: MemoryError; *same false: somebody changes it. */
static DictTable *copy_table(Thread *t, const DictTable *from, size_t used, bool *same)
{
    *same = true;
    if (used == 0) {
        return dict_empty_table;
    }
    uint32_t count = load_acquire(&from->count);
    bool dense = count == used && used * 3 >= from->usable;
    DictTable *tb = dict_table_new(t, dense ? from->usable : used);
    if (tb == NULL) {
        return NULL;
    }
    if (!dense) {
        *same = dict_table_copy_live(tb, from, used);
        return tb;
    }
    assert(tb->usable == from->usable);
    assert(tb->log2_size == from->log2_size);
    size_t index_size = (size_t)tb->index_width << tb->log2_size;
    values_copy_looking(tb->entries, from->entries, used * sizeof(DictEntry) / sizeof(Value));
    values_copy_looking(&tb->entries[tb->usable], &from->entries[from->usable],
                        index_size / sizeof(Value));
    tb->str_keys_only = load_relaxed(&from->str_keys_only);
    tb->last = count;
    atomic_store_explicit(&tb->count, count, memory_order_relaxed);
    return tb;
}

DictTable *dict_table_copy(Thread *t, Dict *d, size_t *used)
{
    bool same;
    DictLook look;
    if (world_is_shared() && dict_look_begin(d, &look)) {
        DictTable *tb = copy_table(t, look.table, look.used, &same);
        if (tb == NULL || (same && dict_look_end(d, &look))) {
            *used = look.used;
            return tb;
        }
    }
    bool taken = object_lock(t, d);
    *used = d->used;
    DictTable *tb = copy_table(t, d->table, d->used, &same);
    assert(same);
    object_unlock(d, taken);
    return tb;
}

Value dict_copy(Thread *t, Value dict)
{
    Value r = dict_new(t);
    size_t used;
    DictTable *tb = r == 0 ? NULL : dict_table_copy(t, value_dict(dict), &used);
    if (tb == NULL) {
        return 0;
    }
    value_dict(r)->used = used;
    GC_STORE_PTR(value_dict(r), &value_dict(r)->table, tb);
    return r;
}

/* ---- entries ---- */

static void entries_of_table(DictEntries *to, const DictTable *tb, size_t live)
{
    to->entries = &tb->entries[tb->first];
    to->n = tb->last > tb->first ? tb->last - tb->first : 0;
    to->live = live;
    to->str_keys_only = tb->str_keys_only;
}

/* Copies the entries of a small dict, which nobody changes meanwhile. */
static bool look_at_few(Dict *d, DictEntries *to)
{
    DictLook look;
    if (!dict_look_begin(d, &look) || look.used > DICT_FEW) {
        return false;
    }
    size_t k = 0;
    uint32_t last = load_acquire(&look.table->last);
    for (uint32_t i = load_acquire(&look.table->first); i < last; i++) {
        const DictEntry *e = &look.table->entries[i];
        Value v = value_load(&e->value);
        if (v != 0) {
            if (UNLIKELY(k == look.used)) {
                return false;
            }
            to->few[k++] = (DictEntry){e->hash, e->key, v};
        }
    }
    to->entries = to->few;
    to->n = to->live = k;
    to->str_keys_only = load_relaxed(&look.table->str_keys_only);
    return k == look.used && dict_look_end(d, &look);
}

bool dict_entries_at_once(Thread *t, Dict *d, DictEntries *to)
{
    if (!world_is_shared()) {
        entries_of_table(to, d->table, d->used);
        return true;
    }
    if (look_at_few(d, to)) {
        return true;
    }
    size_t used;
    DictTable *tb = dict_table_copy(t, d, &used);
    if (tb == NULL) {
        return false;
    }
    entries_of_table(to, tb, used);
    return true;
}

/* ---- lists ---- */

/* Fills a new list with the part of the n live entries of a table.  false: they are not n, as
 * somebody changes them, or MemoryError. */
ALWAYS_INLINE bool fill_list(Thread *t, Value list, const DictTable *tb, size_t n, DictPart part)
{
    ValueArray *array = value_list(list)->array;
    size_t k = 0;
    uint32_t last = load_acquire(&tb->last);
    for (uint32_t i = load_acquire(&tb->first); i < last; i++) {
        const DictEntry *e = &tb->entries[i];
        Value v = value_load(&e->value);
        if (v == 0) {
            continue;
        }
        v = part == DICT_KEYS ? e->key : part == DICT_VALUES ? v : tuple_pair(t, e->key, v);
        if (UNLIKELY(v == 0 || k == n)) {
            return false;
        }
        gc_store(array, &array->items[k++], v);
    }
    return k == n;
}

/* The same for each part. */
static bool fill_list_with(Thread *t, Value list, const DictTable *tb, size_t n, DictPart part)
{
    switch (part) {
    case DICT_KEYS: return fill_list(t, list, tb, n, DICT_KEYS);
    case DICT_VALUES: return fill_list(t, list, tb, n, DICT_VALUES);
    default: return fill_list(t, list, tb, n, DICT_ITEMS);
    }
}

/* 0: MemoryError, or somebody changes the dict. */
static Value list_looking(Thread *t, Dict *d, DictPart part)
{
    DictLook look;
    Value r = dict_look_begin(d, &look) ? list_new(t, look.used) : 0;
    if (r == 0 || !fill_list_with(t, r, look.table, look.used, part) || !dict_look_end(d, &look)) {
        return 0;
    }
    list_set_filled(r, look.used);
    return r;
}

Value dict_snapshot(Thread *t, Value dict, DictPart part)
{
    Dict *d = value_dict(dict);
    if (world_is_shared()) {
        Value r = list_looking(t, d, part);
        if (LIKELY(r != 0) || error_pending(t)) {
            return r;
        }
    }
    bool taken = object_lock(t, d);
    Value r = list_new(t, d->used);
    if (r != 0) {
        if (LIKELY(fill_list_with(t, r, d->table, d->used, part))) {
            list_set_filled(r, d->used);
        } else {
            r = 0;
        }
    }
    object_unlock(d, taken);
    return r;
}

Value dict_keys_list(Thread *t, Value d)
{
    return dict_snapshot(t, d, DICT_KEYS);
}
Value dict_values_list(Thread *t, Value d)
{
    return dict_snapshot(t, d, DICT_VALUES);
}
Value dict_items_list(Thread *t, Value d)
{
    return dict_snapshot(t, d, DICT_ITEMS);
}
