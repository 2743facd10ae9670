/* Lists of folders that interpreters share. */
#include "importer/folder_lists.h"

#include <time.h>

#include "core/base/clock.h"
#include "core/object/dict.h"
#include "core/object/set.h"
#include "core/object/tuple.h"

/* Coarser than the times of any file system: FAT counts two seconds. */
#define SETTLED_NS ((int64_t)3000000000)
enum { LISTS_MAX = 1000 };

static Value lists; /* root, set once */

static Value table(Thread *t)
{
    Value made, none = 0;
    if (!value_load(&lists) && (made = dict_new(t)) && cas_acq_rel(&lists, &none, made)) {
        gc_add_root(&lists);
    }
    return value_load(&lists);
}

static bool is_settled(const struct stat *st)
{
    int64_t changed = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    return clock_ns(CLOCK_REALTIME) - changed > SETTLED_NS;
}

/* What importlib.invalidate_caches() has told to forget its list has one. */
static bool has_none(Thread *t, Value finder)
{
    Value entries;
    return object_lookup_attr(t, finder, N(_path_cache), &entries) > 0 &&
           type_of(entries) == &set_type && set_len(entries) == 0;
}

/* The shared list; 0 without an exception: there is none. */
static Value shared(Thread *t, Value folder, Value mtime)
{
    Value pair = dict_get(t, table(t), folder);
    int same = pair ? object_compare_bool(t, tuple_get(pair, 0), mtime, CMP_EQ) : 0;
    return same > 0 ? tuple_get(pair, 1) : 0;
}

static bool share(Thread *t, Value finder, Value folder, Value mtime)
{
    Value entries, list;
    if (object_lookup_attr(t, finder, N(_path_cache), &entries) <= 0) {
        return !error_pending(t);
    }
    if (dict_len(table(t)) >= LISTS_MAX && !dict_clear(t, table(t))) {
        return false;
    }
    return (list = frozenset_new(t, entries)) &&
           dict_set(t, table(t), folder, tuple_pack(t, 2, mtime, list));
}

bool folder_list_fill(Thread *t, Value finder, Value folder, Value mtime, const struct stat *st)
{
    bool several = atomic_load_explicit(&runtime.multi_interpreters, memory_order_relaxed);
    bool may_share = several && st && is_settled(st);
    if (may_share && !table(t)) {
        return false;
    }
    Value list = may_share && has_none(t, finder) ? shared(t, folder, mtime) : 0;
    if (list) {
        Value own = set_new(t, list);
        return own && object_setattr(t, finder, N(_path_cache), own);
    }
    return !error_pending(t) && call_method0(t, finder, N(_fill_cache)) &&
           (!may_share || share(t, finder, folder, mtime));
}
