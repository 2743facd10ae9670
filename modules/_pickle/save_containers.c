/* Pickling: lists, dicts, sets, tuples. */
#include "core/object/set.h"
#include "core/object/set_internal.h"
#include "modules/_pickle/pickle.h"

/* ---- fast mode has no memo: it looks for cycles once containers are nested deeply ---- */

static bool fast_enter(Thread *t, Pickler *p, Value v)
{
    if (!p->fast || ++p->fast_depth < FAST_NESTING) {
        return true;
    }
    if (!p->fast_seen) {
        gc_store(p, &p->fast_seen, dict_new(t));
    }
    Value id = p->fast_seen ? int_from_uint64(t, v) : 0;
    int known = id ? dict_contains(t, p->fast_seen, id) : -1;
    if (known > 0) {
        value_error(t, "fast mode: can't pickle cyclic objects including object type %.200s at %p",
                    type_text(type_of(v)), (void *)value_object(v));
    }
    if (known || !dict_set(t, p->fast_seen, id, NONE)) {
        p->fast_depth = -1;
        return false;
    }
    return true;
}

static bool fast_leave(Thread *t, Pickler *p, Value v, bool ok)
{
    if (p->fast && p->fast_depth-- >= FAST_NESTING && p->fast_seen) {
        Value pending = error_take(t), id = int_from_uint64(t, v);
        if (!id || dict_del(t, p->fast_seen, id) < 0) {
            error_clear(t);
        }
        error_restore(t, pending);
    }
    return ok;
}

/* ---- lists ---- */

static bool batch_one_by_one(Thread *t, Pickler *p, Value it)
{
    Value v;
    while ((v = iter_next(t, it))) {
        if (!pickle_save(t, p, v, true) || !pickle_op(t, p, P_APPEND)) {
            return false;
        }
    }
    return !error_pending(t);
}

bool pickle_batch_list(Thread *t, Pickler *p, Value it)
{
    if (p->proto == 0) {
        return batch_one_by_one(t, p, it);
    }
    size_t n;
    do {
        Value first = iter_next(t, it), v = first ? iter_next(t, it) : 0;
        if (error_pending(t)) {
            return false;
        }
        if (!v) {
            return !first || (pickle_save(t, p, first, true) && pickle_op(t, p, P_APPEND));
        }
        if (!pickle_op(t, p, P_MARK) || !pickle_save(t, p, first, true)) {
            return false;
        }
        for (n = 1; v;) {
            if (!pickle_save(t, p, v, true)) {
                return false;
            }
            if (++n == PICKLE_BATCH) {
                break;
            }
            v = iter_next(t, it);
        }
        if (error_pending(t) || !pickle_op(t, p, P_APPENDS)) {
            return false;
        }
    } while (n == PICKLE_BATCH);
    return true;
}

static bool batch_exact_list(Thread *t, Pickler *p, Value list)
{
    Value v;
    if (list_len(list) == 1) {
        v = list_get(list, 0);
        return !v || (pickle_save(t, p, v, true) && pickle_op(t, p, P_APPEND));
    }
    for (size_t i = 0; i < list_len(list);) {
        if (!pickle_op(t, p, P_MARK)) {
            return false;
        }
        for (size_t n = 0; n < PICKLE_BATCH && (v = list_get(list, i)); n++, i++) {
            if (!pickle_save(t, p, v, true)) {
                return false;
            }
        }
        if (!pickle_op(t, p, P_APPENDS)) {
            return false;
        }
    }
    return true;
}

bool pickle_save_list(Thread *t, Pickler *p, Value v)
{
    if (!fast_enter(t, p, v)) {
        return false;
    }
    bool ok = (p->bin ? pickle_op(t, p, P_EMPTY_LIST) : pickle_put(t, p, "(l", 2)) &&
              pickle_memo_put(t, p, v);
    if (ok && list_len(v)) {
        if (p->proto > 0) {
            ok = batch_exact_list(t, p, v);
        } else {
            Value it = object_iter(t, v);
            ok = it && pickle_batch_list(t, p, it);
        }
    }
    return fast_leave(t, p, v, ok);
}

/* ---- dicts ---- */

static bool save_key_value(Thread *t, Pickler *p, Value k, Value v)
{
    return pickle_save(t, p, k, true) && pickle_save(t, p, v, true);
}

static bool save_pair(Thread *t, Pickler *p, Value pair)
{
    if (!value_is_tuple(pair) || tuple_len(pair) != 2) {
        type_error(t, "dict items iterator must return 2-tuples");
        return false;
    }
    return save_key_value(t, p, tuple_get(pair, 0), tuple_get(pair, 1));
}

bool pickle_batch_dict(Thread *t, Pickler *p, Value it)
{
    Value v;
    if (p->proto == 0) {
        while ((v = iter_next(t, it))) {
            if (!save_pair(t, p, v) || !pickle_op(t, p, P_SETITEM)) {
                return false;
            }
        }
        return !error_pending(t);
    }
    size_t n;
    do {
        Value first = iter_next(t, it);
        v = first ? iter_next(t, it) : 0;
        if (error_pending(t)) {
            return false;
        }
        if (!v) {
            return !first || (save_pair(t, p, first) && pickle_op(t, p, P_SETITEM));
        }
        if (!pickle_op(t, p, P_MARK) || !save_pair(t, p, first)) {
            return false;
        }
        for (n = 1; v;) {
            if (!save_pair(t, p, v)) {
                return false;
            }
            if (++n == PICKLE_BATCH) {
                break;
            }
            v = iter_next(t, it);
        }
        if (error_pending(t) || !pickle_op(t, p, P_SETITEMS)) {
            return false;
        }
    } while (n == PICKLE_BATCH);
    return true;
}

static bool batch_exact_dict(Thread *t, Pickler *p, Value dict)
{
    size_t len = dict_len(dict), pos = 0;
    DictTable *table = NULL;
    Value k, v;
    bool more = dict_next(dict, &table, &pos, &k, &v);
    if (len == 1 && more) {
        return save_key_value(t, p, k, v) && pickle_op(t, p, P_SETITEM);
    }
    while (more) {
        if (!pickle_op(t, p, P_MARK)) {
            return false;
        }
        for (size_t n = 0; n < PICKLE_BATCH && more; n++) {
            if (!save_key_value(t, p, k, v)) {
                return false;
            }
            if (dict_len(dict) != len) {
                runtime_error(t, "dictionary changed size during iteration");
                return false;
            }
            more = dict_next(dict, &table, &pos, &k, &v);
        }
        if (!pickle_op(t, p, P_SETITEMS)) {
            return false;
        }
    }
    return true;
}

bool pickle_save_dict(Thread *t, Pickler *p, Value v)
{
    if (!fast_enter(t, p, v)) {
        return false;
    }
    bool ok = (p->bin ? pickle_op(t, p, P_EMPTY_DICT) : pickle_put(t, p, "(d", 2)) &&
              pickle_memo_put(t, p, v);
    if (ok && dict_len(v)) {
        if (p->proto > 0) {
            ok = batch_exact_dict(t, p, v);
        } else {
            Value items = call_method0(t, v, N(items)), it = items ? object_iter(t, items) : 0;
            ok = it && pickle_batch_dict(t, p, it);
        }
    }
    return fast_leave(t, p, v, ok);
}

/* ---- sets ---- */

static bool save_set_reduced(Thread *t, Pickler *p, Value v)
{
    Value list = sequence_list(t, v), inner = list ? tuple_pack(t, 1, list) : 0;
    Value reduced = inner ? tuple_pack(t, 2, object_value(type_of(v)), inner) : 0;
    return reduced && pickle_save_reduce(t, p, reduced, v);
}

bool pickle_save_set(Thread *t, Pickler *p, Value v)
{
    if (p->proto < 4) {
        return save_set_reduced(t, p, v);
    }
    if (!pickle_op(t, p, P_EMPTY_SET) || !pickle_memo_put(t, p, v)) {
        return false;
    }
    size_t len = load_relaxed(&value_set(v)->used);
    Value items = sequence_list(t, v);
    if (!items) {
        return false;
    }
    for (size_t i = 0; i < list_len(items);) {
        if (!pickle_op(t, p, P_MARK)) {
            return false;
        }
        for (size_t n = 0; n < PICKLE_BATCH && i < list_len(items); n++, i++) {
            if (!pickle_save(t, p, list_get(items, i), true)) {
                return false;
            }
            if (load_relaxed(&value_set(v)->used) != len) {
                runtime_error(t, "set changed size during iteration");
                return false;
            }
        }
        if (!pickle_op(t, p, P_ADDITEMS)) {
            return false;
        }
    }
    return true;
}

bool pickle_save_frozenset(Thread *t, Pickler *p, Value v)
{
    if (p->proto < 4) {
        return save_set_reduced(t, p, v);
    }
    Value items = sequence_list(t, v);
    if (!items || !pickle_op(t, p, P_MARK)) {
        return false;
    }
    for (size_t i = 0; i < list_len(items); i++) {
        if (!pickle_save(t, p, list_get(items, i), true)) {
            return false;
        }
    }
    uint64_t number;
    if (pickle_memo_find(p, v, &number)) { /* it contains itself by way of another object */
        return pickle_op(t, p, P_POP_MARK) && pickle_memo_get(t, p, number);
    }
    return pickle_op(t, p, P_FROZENSET) && pickle_memo_put(t, p, v);
}

/* ---- tuples ---- */

static bool drop(Thread *t, Pickler *p, size_t n)
{
    while (n--) {
        if (!pickle_op(t, p, P_POP)) {
            return false;
        }
    }
    return true;
}

bool pickle_save_tuple(Thread *t, Pickler *p, Value v)
{
    size_t len = tuple_len(v);
    uint64_t number;
    if (len == 0) {
        return p->proto ? pickle_op(t, p, P_EMPTY_TUPLE) : pickle_put(t, p, "(t", 2);
    }
    bool small = len <= 3 && p->proto >= 2;
    if (!small && !pickle_op(t, p, P_MARK)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!pickle_save(t, p, tuple_get(v, i), true)) {
            return false;
        }
    }
    if (pickle_memo_find(p, v, &number)) { /* it contains itself by way of another object */
        bool ok = small    ? drop(t, p, len)
                  : p->bin ? pickle_op(t, p, P_POP_MARK)
                           : drop(t, p, len + 1);
        return ok && pickle_memo_get(t, p, number);
    }
    static const unsigned ops[] = {P_TUPLE, P_TUPLE1, P_TUPLE2, P_TUPLE3};
    return pickle_op(t, p, small ? ops[len] : P_TUPLE) && pickle_memo_put(t, p, v);
}
