/* list.sort: a stable natural merge sort.
 *
 * Runs that are in order already are found (descending ones are reversed), short ones are extended
 * to min_run items by binary insertion, and neighbours are merged with galloping (Peters, timsort);
 * which runs are merged when follows the powersort rule (Munro and Wild, 2018).
 *
 * The list is empty while it is sorted.  Keys and items are sorted in private arrays, heap objects
 * that the C stack keeps alive, so that neither a key function that looks at the list nor a
 * collection in __lt__ can do harm. Comparison is chosen once by the types of all keys: no Python
 * code for int, float, str.  Many keys in no order are sorted by words first (list_words.c).
 */
#include "core/base/memory.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list_internal.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

#define SORT_MAX_RUNS 88   /* more than log2 of the largest length */
#define SORT_MIN_GALLOP 7  /* wins in a row before galloping starts; from the timsort description */
#define SORT_MIN_MERGE 64
#define SORT_WORDS_FROM 24  /* keys */
#define SORT_MAX_WORDS 32   /* of one key, one after the other: bounds the recursion */

typedef struct Run {
    size_t base, len;
    int power;
} Run;

typedef struct Sort {
    Thread *t;
    ValueArray *key_array, *item_array; /* around keys and items; item_array may be NULL */
    Value *keys;
    Value *items;      /* NULL: the keys are the items */
    ValueArray *temp_keys, *temp_items;
    LessKind kind, first_kind;
    int min_gallop;
    int nruns;
    Run *runs; /* sort_range has SORT_MAX_RUNS of them */
} Sort;

/* ---- comparing: 1, 0, -1 raised ---- */

static int less_any(Thread *t, Value a, Value b)
{
    Value r = object_compare(t, a, b, CMP_LT);
    if (r == TRUE_VALUE || r == FALSE_VALUE) {
        return r == TRUE_VALUE;
    }
    return r == 0 ? -1 : object_truth(t, r);
}

static inline int less_kind(Thread *t, LessKind kind, Value a, Value b)
{
    switch (kind) {
    case LESS_FIXNUM: return (int64_t)a < (int64_t)b;
    case LESS_FLONUM: return flonum_get(a) < flonum_get(b);
    case LESS_FLOAT: return float_get(a) < float_get(b);
    case LESS_STR: return str_cmp(a, b) < 0;
    default: return less_any(t, a, b);
    }
}

/* Order of values of a kind other than LESS_ANY that are not the same; 0: equal. */
static inline int order_of_kind(LessKind kind, Value a, Value b)
{
    if (kind == LESS_FIXNUM) {
        return (int64_t)a < (int64_t)b ? -1 : 1;
    }
    if (kind == LESS_STR) {
        return str_cmp(a, b);
    }
    double x = kind == LESS_FLONUM ? flonum_get(a) : float_get(a);
    double y = kind == LESS_FLONUM ? flonum_get(b) : float_get(b);
    return x == y ? 0 : x < y ? -1 : 1;
}

/* What the arrays hold is moved about without gc_store, before and after every collection. */
static void note_moves(Sort *s)
{
    ValueArray *const arrays[] = {s->key_array, s->item_array, s->temp_keys, s->temp_items};
    for (size_t i = 0; i < ARRAY_SIZE(arrays); i++) {
        if (arrays[i] != NULL) {
            gc_written(arrays[i]);
        }
    }
}

static LessKind kind_of(Value v)
{
    if (value_is_fixnum(v)) {
        return LESS_FIXNUM;
    }
    if (value_is_flonum(v)) {
        return LESS_FLONUM;
    }
    Type *ty = type_of(v);
    return ty == &str_type ? LESS_STR : ty == &float_type ? LESS_FLOAT : LESS_ANY;
}

/* Order of two values that no Python code is asked about: true, *order < 0, 0, > 0. */
static inline bool quick_order(Value x, Value y, int *order)
{
    LessKind kind = kind_of(x);
    if (x == y && kind < LESS_FLOAT) {
        *order = 0;
        return true;
    }
    if (kind >= LESS_TUPLE || kind == LESS_FLOAT || kind_of(y) != kind) {
        return false;
    }
    *order = order_of_kind(kind, x, y);
    return true;
}

static NOINLINE int less_tuple(Sort *s, Value a, Value b)
{
    Thread *t = s->t;
    size_t na = tuple_len(a), nb = tuple_len(b);
    for (size_t i = 0; i < na && i < nb; i++) {
        Value x = tuple_get(a, i), y = tuple_get(b, i);
        int order;
        if (quick_order(x, y, &order)) {
            if (order != 0) {
                return order < 0;
            }
            continue;
        }
        int c = value_equal(t, x, y);
        c = c < 0 ? -1 : c == 0 ? less_any(t, x, y) : 2;
        note_moves(s);
        if (c < 2) {
            return c;
        }
    }
    return na < nb;
}

static inline int less(Sort *s, Value a, Value b)
{
    if (LIKELY(s->kind < LESS_TUPLE)) {
        return less_kind(s->t, s->kind, a, b);
    }
    if (s->kind == LESS_TUPLE) {
        return less_tuple(s, a, b);
    }
    int r = less_any(s->t, a, b);
    note_moves(s);
    return r;
}

/* The kind that suits v and all keys seen so far. */
static LessKind kind_join(LessKind a, LessKind b)
{
    if (a == b) {
        return a;
    }
    bool floats = (a == LESS_FLONUM || a == LESS_FLOAT) && (b == LESS_FLONUM || b == LESS_FLOAT);
    return floats ? LESS_FLOAT : LESS_ANY;
}

static void choose_less(Sort *s, size_t n)
{
    bool tuples = true;
    for (size_t i = 0; i < n && tuples; i++) {
        tuples = value_is_tuple_exact(s->keys[i]) && tuple_len(s->keys[i]) > 0;
    }
    LessKind kind = kind_of(tuples ? tuple_get(s->keys[0], 0) : s->keys[0]);
    size_t i = 1;
    if (!tuples && kind == LESS_STR) {
        while (i < n && value_is_str_exact(s->keys[i])) {
            i++;
        }
    }
    for (; i < n && kind != LESS_ANY; i++) {
        kind = kind_join(kind, kind_of(tuples ? tuple_get(s->keys[i], 0) : s->keys[i]));
    }
    s->kind = tuples ? LESS_TUPLE : kind;
    s->first_kind = kind;
}

/* ---- moving pairs of key and item ---- */

static inline void move_up(Sort *s, size_t to, size_t from, size_t n)
{
    memmove(s->keys + to, s->keys + from, n * sizeof(Value));
    if (s->items != NULL) {
        memmove(s->items + to, s->items + from, n * sizeof(Value));
    }
}
static inline void copy_one(Sort *s, size_t to, size_t from)
{
    s->keys[to] = s->keys[from];
    if (s->items != NULL) {
        s->items[to] = s->items[from];
    }
}
static inline void to_temp(Sort *s, size_t from, size_t n)
{
    memcpy(s->temp_keys->items, s->keys + from, n * sizeof(Value));
    if (s->items != NULL) {
        memcpy(s->temp_items->items, s->items + from, n * sizeof(Value));
    }
}
static inline void from_temp(Sort *s, size_t to, size_t from, size_t n)
{
    memcpy(s->keys + to, s->temp_keys->items + from, n * sizeof(Value));
    if (s->items != NULL) {
        memcpy(s->items + to, s->temp_items->items + from, n * sizeof(Value));
    }
}
static inline void from_temp_one(Sort *s, size_t to, size_t from)
{
    s->keys[to] = s->temp_keys->items[from];
    if (s->items != NULL) {
        s->items[to] = s->temp_items->items[from];
    }
}

static void reverse_values(Value *v, size_t n)
{
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        j--;
        Value x = v[i];
        v[i] = v[j];
        v[j] = x;
    }
}
static void reverse_range(Sort *s, size_t lo, size_t n)
{
    reverse_values(s->keys + lo, n);
    if (s->items != NULL) {
        reverse_values(s->items + lo, n);
    }
}

/* ---- runs ---- */

/* Sorts [lo, hi) of which [lo, start) is sorted. */
static bool insertion_sort(Sort *s, size_t lo, size_t start, size_t hi)
{
    for (size_t at = start; at < hi; at++) {
        Value key = s->keys[at], item = s->items != NULL ? s->items[at] : 0;
        size_t left = lo, right = at;
        while (left < right) {
            size_t mid = left + (right - left) / 2;
            int c = less(s, key, s->keys[mid]);
            if (UNLIKELY(c < 0)) {
                return false;
            }
            if (c) {
                right = mid;
            } else {
                left = mid + 1;
            }
        }
        move_up(s, left + 1, left, at - left);
        s->keys[left] = key;
        if (s->items != NULL) {
            s->items[left] = item;
        }
    }
    return true;
}

/* Length of the run at lo, made ascending; 0: raised. */
static size_t take_run(Sort *s, size_t lo, size_t hi)
{
    if (lo + 1 == hi) {
        return 1;
    }
    size_t at = lo + 1;
    int c = less(s, s->keys[at], s->keys[lo]);
    if (c < 0) {
        return 0;
    }
    bool descending = c;
    for (at++; at < hi; at++) {
        c = less(s, s->keys[at], s->keys[at - 1]);
        if (c < 0) {
            return 0;
        }
        if (c != descending) {
            break;
        }
    }
    if (descending) {
        reverse_range(s, lo, at - lo);
    }
    return at - lo;
}

static size_t min_run_of(size_t n)
{
    size_t odd = 0;
    while (n >= SORT_MIN_MERGE) {
        odd |= n & 1;
        n >>= 1;
    }
    return n + odd;
}

/* ---- galloping ---- */

/* In a[0..n), sorted: how many items are < key (right = false) or <= key (right = true).  The
 * search starts at hint and doubles its steps.  -1: raised. */
static ssize_t gallop(Sort *s, Value key, const Value *a, ssize_t n, ssize_t hint, bool right)
{
    ssize_t last = 0, step = 1;
    /* before(i): item i belongs left of the point that is searched */
#define BEFORE(c, i)                                                            \
    int c = right ? less(s, key, a[i]) : less(s, a[i], key);                    \
    if (UNLIKELY(c < 0)) {                                                      \
        return -1;                                                              \
    }                                                                           \
    c = right ? !c : c
    BEFORE(at_hint, hint);
    ssize_t lo, hi; /* the answer is in (lo, hi] */
    if (at_hint) {
        ssize_t limit = n - hint;
        while (step < limit) {
            BEFORE(c, hint + step);
            if (!c) {
                break;
            }
            last = step;
            step = step * 2 + 1;
        }
        lo = hint + last;
        hi = hint + (step < limit ? step : limit);
    } else {
        ssize_t limit = hint + 1;
        while (step < limit) {
            BEFORE(c, hint - step);
            if (c) {
                break;
            }
            last = step;
            step = step * 2 + 1;
        }
        lo = hint - (step < limit ? step : limit);
        hi = hint - last;
    }
    while (lo + 1 < hi) {
        ssize_t mid = lo + (hi - lo) / 2;
        BEFORE(c, mid);
        if (c) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
#undef BEFORE
    return hi;
}

static bool temp_reserve(Sort *s, size_t n)
{
    if (s->temp_keys != NULL && s->temp_keys->cap >= n) {
        return true;
    }
    gc_free_private(s->t, s->temp_keys);
    gc_free_private(s->t, s->temp_items);
    s->temp_keys = value_array_new(s->t, n);
    s->temp_items = s->items == NULL || s->temp_keys == NULL ? NULL : value_array_new(s->t, n);
    note_moves(s);
    return s->temp_keys != NULL && (s->items == NULL || s->temp_items != NULL);
}

/* ---- merging: a = [base, base + na), b behind it; first of b < first of a, last of a > last of b
 * ---- */

/* State of a merge: a or b is in temp. */
typedef struct Merge {
    /* next target slot, next of a, next of b (low: upwards; high: one past, downwards) */
    size_t to, a, b;
    size_t na, nb;   /* left */
} Merge;

/* a goes to temp; merged from the left.  One side's rest is put in place by merge_low. */
static bool merge_low_loop(Sort *s, Merge *m)
{
    const Value *ta = s->temp_keys->items;
    for (;;) {
        size_t wins_a = 0, wins_b = 0;
        do { /* one at a time, until one side keeps winning */
            int c = less(s, s->keys[m->b], ta[m->a]);
            if (c < 0) {
                return false;
            }
            if (c) {
                copy_one(s, m->to++, m->b++);
                wins_b++;
                wins_a = 0;
                if (--m->nb == 0) {
                    return true;
                }
            } else {
                from_temp_one(s, m->to++, m->a++);
                wins_a++;
                wins_b = 0;
                if (--m->na == 1) {
                    return true;
                }
            }
        } while ((wins_a | wins_b) < (size_t)s->min_gallop);
        s->min_gallop++;
        do {
            s->min_gallop -= s->min_gallop > 1;
            ssize_t k = gallop(s, s->keys[m->b], ta + m->a, (ssize_t)m->na, 0, true);
            if (k < 0) {
                return false;
            }
            wins_a = (size_t)k;
            from_temp(s, m->to, m->a, wins_a);
            m->to += wins_a;
            m->a += wins_a;
            m->na -= wins_a;
            if (m->na <= 1) {
                return true;
            }
            copy_one(s, m->to++, m->b++);
            if (--m->nb == 0) {
                return true;
            }
            k = gallop(s, ta[m->a], s->keys + m->b, (ssize_t)m->nb, 0, false);
            if (k < 0) {
                return false;
            }
            wins_b = (size_t)k;
            move_up(s, m->to, m->b, wins_b);
            m->to += wins_b;
            m->b += wins_b;
            m->nb -= wins_b;
            if (m->nb == 0) {
                return true;
            }
            from_temp_one(s, m->to++, m->a++);
            if (--m->na == 1) {
                return true;
            }
        } while (wins_a >= SORT_MIN_GALLOP || wins_b >= SORT_MIN_GALLOP);
        s->min_gallop++;
    }
}

static bool merge_low(Sort *s, size_t base, size_t na, size_t nb)
{
    if (!temp_reserve(s, na)) {
        return false;
    }
    to_temp(s, base, na);
    Merge m = {.to = base, .a = 0, .b = base + na, .na = na, .nb = nb};
    copy_one(s, m.to++, m.b++);
    m.nb--;
    bool ok = m.nb == 0 || m.na == 1 || merge_low_loop(s, &m);
    if (ok && m.na == 1 && m.nb > 0) { /* the last of a is behind all of b */
        move_up(s, m.to, m.b, m.nb);
        from_temp_one(s, m.to + m.nb, m.a);
        return true;
    }
    from_temp(s, m.to, m.a, m.na); /* when raised, too: nothing may get lost */
    return ok;
}

/* b goes to temp; merged from the right: to, a and b are one past the next. */
static bool merge_high_loop(Sort *s, Merge *m, size_t base)
{
    const Value *tb = s->temp_keys->items;
    for (;;) {
        size_t wins_a = 0, wins_b = 0;
        do {
            int c = less(s, tb[m->b - 1], s->keys[m->a - 1]);
            if (c < 0) {
                return false;
            }
            if (c) {
                copy_one(s, --m->to, --m->a);
                wins_a++;
                wins_b = 0;
                if (--m->na == 0) {
                    return true;
                }
            } else {
                from_temp_one(s, --m->to, --m->b);
                wins_b++;
                wins_a = 0;
                if (--m->nb == 1) {
                    return true;
                }
            }
        } while ((wins_a | wins_b) < (size_t)s->min_gallop);
        s->min_gallop++;
        do {
            s->min_gallop -= s->min_gallop > 1;
            ssize_t k =
                gallop(s, tb[m->b - 1], s->keys + base, (ssize_t)m->na, (ssize_t)m->na - 1, true);
            if (k < 0) {
                return false;
            }
            wins_a = m->na - (size_t)k;
            m->to -= wins_a;
            m->a -= wins_a;
            m->na -= wins_a;
            move_up(s, m->to, m->a, wins_a);
            if (m->na == 0) {
                return true;
            }
            from_temp_one(s, --m->to, --m->b);
            if (--m->nb <= 1) {
                return true;
            }
            k = gallop(s, s->keys[m->a - 1], tb, (ssize_t)m->nb, (ssize_t)m->nb - 1, false);
            if (k < 0) {
                return false;
            }
            wins_b = m->nb - (size_t)k;
            m->to -= wins_b;
            m->b -= wins_b;
            m->nb -= wins_b;
            from_temp(s, m->to, m->b, wins_b);
            if (m->nb <= 1) {
                return true;
            }
            copy_one(s, --m->to, --m->a);
            if (--m->na == 0) {
                return true;
            }
        } while (wins_a >= SORT_MIN_GALLOP || wins_b >= SORT_MIN_GALLOP);
        s->min_gallop++;
    }
}

static bool merge_high(Sort *s, size_t base, size_t na, size_t nb)
{
    if (!temp_reserve(s, nb)) {
        return false;
    }
    to_temp(s, base + na, nb);
    Merge m = {.to = base + na + nb, .a = base + na, .b = nb, .na = na, .nb = nb};
    copy_one(s, --m.to, --m.a);
    m.na--;
    bool ok = m.na == 0 || m.nb == 1 || merge_high_loop(s, &m, base);
    if (ok && m.nb == 1 && m.na > 0) { /* the first of b is before all that is left of a */
        move_up(s, m.to - m.na, base, m.na);
        from_temp_one(s, base, 0);
        return true;
    }
    from_temp(s, m.to - m.nb, 0, m.nb);
    return ok;
}

/* Merges runs i and i + 1. */
static bool merge_at(Sort *s, int i)
{
    if (UNLIKELY(!thread_poll(s->t))) {
        return false;
    }
    note_moves(s);
    size_t base = s->runs[i].base, na = s->runs[i].len;
    size_t base_b = s->runs[i + 1].base, nb = s->runs[i + 1].len;
    s->runs[i].len = na + nb;
    if (i == s->nruns - 3) {
        s->runs[i + 1] = s->runs[i + 2];
    }
    s->nruns--;
    ssize_t k = gallop(s, s->keys[base_b], s->keys + base, (ssize_t)na, 0, true);
    if (k < 0) {
        return false;
    }
    base += (size_t)k;
    na -= (size_t)k;
    if (na == 0) {
        return true;
    }
    k = gallop(s, s->keys[base + na - 1], s->keys + base_b, (ssize_t)nb, (ssize_t)nb - 1, false);
    if (k < 0) {
        return false;
    }
    nb = (size_t)k;
    if (nb == 0) {
        return true;
    }
    return na <= nb ? merge_low(s, base, na, nb) : merge_high(s, base, na, nb);
}

/* Powersort: depth in the ideal merge tree of the boundary between two neighbouring runs of an
 * array of n. */
static int run_power(size_t base, size_t na, size_t nb, size_t n)
{
    size_t a = 2 * base + na, b = a + na + nb;
    for (int power = 1;; power++) {
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

/* Sorts [begin, n). */
static bool sort_range(Sort *s, size_t begin, size_t n)
{
    size_t min_run = min_run_of(n - begin);
    Run runs[SORT_MAX_RUNS];
    s->runs = runs;
    s->nruns = 0;
    for (size_t lo = begin; lo < n;) {
        size_t len = take_run(s, lo, n);
        if (len == 0) {
            return false;
        }
        if (len < min_run) {
            size_t want = n - lo < min_run ? n - lo : min_run;
            if (!insertion_sort(s, lo, lo + len, lo + want)) {
                return false;
            }
            len = want;
        }
        if (s->nruns > 0) {
            Run *top = &s->runs[s->nruns - 1];
            int power = run_power(top->base - begin, top->len, len, n - begin);
            while (s->nruns > 1 && s->runs[s->nruns - 2].power > power) {
                if (!merge_at(s, s->nruns - 2)) {
                    return false;
                }
            }
            s->runs[s->nruns - 1].power = power;
        }
        assert(s->nruns < SORT_MAX_RUNS);
        s->runs[s->nruns++] = (Run){.base = lo, .len = len};
        lo += len;
    }
    while (s->nruns > 1) {
        int i = s->nruns - 2;
        if (i > 0 && s->runs[i - 1].len < s->runs[i + 1].len) {
            i--;
        }
        if (!merge_at(s, i)) {
            return false;
        }
    }
    return true;
}

static bool sort_by_next_words(Sort *s, size_t lo, size_t hi, size_t skip, int depth);

/* Keys lo and on, whose words these are: those of equal words, next to each other, are put in
 * order.  The words begin behind `skip` characters of the keys. */
static bool sort_equal_words(Sort *s, size_t begin, const SortWord *words, size_t n, size_t skip,
                             int depth)
{
    for (size_t lo = 0, hi; lo < n; lo = hi) {
        for (hi = lo + 1; hi < n && words[hi].word == words[lo].word; hi++) {
        }
        if (hi - lo >= SORT_WORDS_FROM && depth < SORT_MAX_WORDS) {
            if (!sort_by_next_words(s, begin + lo, begin + hi, skip, depth + 1)) {
                return false;
            }
        } else if (hi - lo > 1 && !sort_range(s, begin + lo, begin + hi)) {
            return false;
        }
    }
    return true;
}

/* Sorts strs [lo, hi) whose words behind `skip` characters are equal by what follows these. */
static bool sort_by_next_words(Sort *s, size_t lo, size_t hi, size_t skip, int depth)
{
    size_t next = sort_common_prefix(s->keys + lo, hi - lo, false, skip);
    SortWord *words = NULL;
    if (next >= skip + sizeof words->word) { /* none of them has ended there */
        words = sort_by_words(s->keys + lo, s->items ? s->items + lo : NULL, hi - lo, LESS_STR,
                              false, next);
    }
    if (words == NULL) {
        return sort_range(s, lo, hi);
    }
    bool ok = sort_equal_words(s, lo, words, hi - lo, next, depth);
    mem_free(words);
    return ok;
}

/* Are the keys, of a kind known where it is inlined, one run?  Then they are put in order. */
static inline bool sort_run_of(Sort *s, size_t n, LessKind kind)
{
    const Value *keys = s->keys;
    bool descending = less_kind(s->t, kind, keys[1], keys[0]);
    size_t at = 2;
    while (at < n && less_kind(s->t, kind, keys[at], keys[at - 1]) == descending) {
        at++;
    }
    if (at == n && descending) {
        reverse_range(s, 0, n);
    }
    return at == n;
}
static bool sort_run(Sort *s, size_t n)
{
    switch (s->kind) {
    case LESS_FIXNUM: return sort_run_of(s, n, LESS_FIXNUM);
    case LESS_FLONUM: return sort_run_of(s, n, LESS_FLONUM);
    case LESS_FLOAT: return sort_run_of(s, n, LESS_FLOAT);
    case LESS_STR: return sort_run_of(s, n, LESS_STR);
    default: return false; /* comparing may run code, which is not to see it done twice */
    }
}

static bool sort_arrays(Sort *s, size_t n)
{
    bool tuples = s->kind == LESS_TUPLE;
    LessKind kind = tuples ? s->first_kind : s->kind;
    SortWord *words = NULL;
    size_t skip = 0;
    if (sort_run(s, n)) {
        return true;
    }
    if (n >= SORT_WORDS_FROM && kind < LESS_TUPLE) {
        skip = kind == LESS_STR ? sort_common_prefix(s->keys, n, tuples, 0) : 0;
        words = sort_by_words(s->keys, s->items, n, kind, tuples, skip);
    }
    if (words == NULL) {
        return sort_range(s, 0, n);
    }
    bool ok = tuples             ? sort_equal_words(s, 0, words, n, 0, SORT_MAX_WORDS)
              : kind == LESS_STR ? sort_equal_words(s, 0, words, n, skip, 0)
                                 : true;
    mem_free(words);
    return ok;
}

/* Sorts a[0..n) by key; false: raised, a holds the same items in some order. */
static bool sort_values(Thread *t, ValueArray *a, size_t n, Value key, bool reverse)
{
    ValueArray *keys = a;
    if (key != 0) {
        keys = value_array_new(t, n);
        if (keys == NULL) {
            return false;
        }
        UnaryCall fn;
        unary_call_prepare(t, &fn, key);
        for (size_t i = 0; i < n; i++) {
            Value k = unary_call(t, &fn, a->items[i]);
            if (k == 0) {
                return false;
            }
            gc_store(keys, &keys->items[i], k);
        }
    }
    if (n < 2) {
        return true;
    }
    Sort s = {.t = t,
              .key_array = keys,
              .item_array = key != 0 ? a : NULL,
              .keys = keys->items,
              .items = key != 0 ? a->items : NULL,
              .min_gallop = SORT_MIN_GALLOP};
    note_moves(&s);
    choose_less(&s, n);
    if (reverse) { /* keeps equal items in order: reverse, sort ascending, reverse */
        reverse_range(&s, 0, n);
    }
    bool ok = sort_arrays(&s, n);
    if (reverse) {
        reverse_range(&s, 0, n);
    }
    if (key != 0) {
        gc_free_private(t, keys);
    }
    gc_free_private(t, s.temp_keys);
    gc_free_private(t, s.temp_items);
    return ok;
}

/* The array of every list that is being sorted: every change replaces it. */
static ValueArray being_sorted = {.head = OBJECT_STATIC_HEAD(&value_array_type)};

/* Sorts what the list held, n items in its array or in a copy of it, and gives it back. */
static bool sort_apart(Thread *t, List *l, ValueArray *a, size_t n, Value key, bool reverse)
{
    bool ok = sort_values(t, a, n, key, reverse);
    bool taken = object_lock(t, l);
    bool modified = l->array != &being_sorted;
    GC_STORE_PTR(l, &l->array, a);
    list_unlock(l, taken);
    if (ok && modified) {
        value_error(t, "list modified during sort");
        return false;
    }
    return ok;
}

static void empty_locked(List *l)
{
    GC_STORE_PTR(l, &l->array, &being_sorted);
}

bool list_sort(Thread *t, Value list, Value key, bool reverse)
{
    List *l = value_list(list);
    bool taken = object_lock(t, l);
    size_t n = l->array->len;
    ValueArray *a = n == 0 ? l->array : value_array_from(t, n, l->array->items, n);
    if (a != NULL) {
        ValueArray *unsorted = l->array;
        empty_locked(l);
        gc_disown(unsorted);
    }
    list_unlock(l, taken);
    return a != NULL && sort_apart(t, l, a, n, key, reverse);
}

bool list_sort_private(Thread *t, Value list, Value key, bool reverse)
{
    List *l = value_list(list);
    ValueArray *a = l->array;
    size_t n = a->len;
    if (a->cap > n + n / 8) {
        return list_sort(t, list, key, reverse); /* and its array has no room that nobody needs */
    }
    empty_locked(l);
    return sort_apart(t, l, a, n, key, reverse);
}
