/* When to collect.
 *
 * Each thread has a credit of bytes; when it is used up the thread adds a quantum to
 * heap.allocated, and collects young objects when that exceeds heap.threshold, which is the pace
 * times the threads that allocate at the same time, so that a thread is not stopped more often for
 * the others' sake; FIRST_NURSERY before the first time, since what a program starts with mostly
 * stays, and FIRST_PER_THREAD for each of a few further threads that allocate much.  The
 * pace is NURSERY bytes, what a core's own cache holds; less, to NURSERY_MIN, while one thread
 * allocates and collections of young objects take little time, so that a small program stays small;
 * and more while they take more than a twentieth of the processors' time, up to half of what is
 * live, an eighth while much of what is made stays, and PACE_MAX.  While several threads allocate
 * and collections take an eighth of the time it may become PACE_MAX however little is live: much of
 * that time is to stop the others then.
 *
 * Everything is collected when the garbage among the old objects is worth it.  How much that is,
 * nobody knows: of what has become old since the last time, as large a part as was found then.  The
 * old objects never grow by more than three quarters of what was live, and FULL_GROWTH.  What is
 * known to stay (gc/keep.h) does not count, up to KEPT_MAX, or less when it did not stay before: a
 * program that begins with the import of many modules would look at all of them again and again.
 *
 * All shares are of processor time: what others do on the same machine does not count.
 */
#include <time.h>

#include "core/base/clock.h"
#include "gc/mark.h"

/* the old objects may grow by this much, and by three quarters, until all are looked at */
#define FULL_GROWTH ((size_t)4 << 20)
#define KEPT_MAX ((size_t)64 << 20) /* some ten thousand modules */
/* what is worth a full collection: so much garbage, and a part of what is live */
#define GARBAGE ((size_t)1 << 20)
enum { GARBAGE_PART = 8, SLACK_MAX = 3 };
enum { ALL = 256 /* parts of what becomes old that die: a fixed-point one */ };

/* time of collections and all time, of the last few cycles */
typedef struct Share { int64_t spent, total; } Share;

static struct { /* world stopped */
    Share young, full;
    int64_t last_end, last_full_end; /* processor time of the process */
    size_t full_live;                /* of heap.full_live, what is in the heap */
    size_t kept_max;                 /* so much of heap.kept is believed */
    unsigned dying;                  /* of what becomes old, in parts of ALL */
    unsigned slack;                  /* so many times as much garbage may wait, as shift */
} pace = {.kept_max = KEPT_MAX, .dying = ALL / 8 * 3};

/* one part in so many of the time is little for collections of young objects, or much */
enum { LITTLE_TO_NURSERY = 64, LITTLE_ABOVE = 80, MUCH = 20, VERY_MUCH = 8 };

static void share_add(Share *s, int64_t spent, int64_t total)
{
    s->spent = s->spent / 4 * 3 + spent;
    s->total = s->total / 4 * 3 + total;
}

static bool is_more(const Share *s, int part) { return s->spent > s->total / part; }

int64_t pace_begin(void) { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

static size_t external_bytes(void)
{
    ssize_t external = load_relaxed(&heap.external);
    return external > 0 ? (size_t)external : 0;
}

/* How much of `made` bytes is believed to stay. */
static size_t believed(size_t made)
{
    size_t kept = heap.kept < pace.kept_max ? heap.kept : pace.kept_max;
    return kept < made ? kept : made;
}

bool pace_is_full_due(void)
{
    size_t live = heap.live + external_bytes(), before = heap.full_live;
    size_t grown = live > before ? live - before : 0;
    grown -= believed(grown);
    return grown > before / 4 * 3 + FULL_GROWTH ||
           grown / ALL * pace.dying > (before / GARBAGE_PART + GARBAGE) << pace.slack ||
           !remember_is_complete();
}

/* before: bytes of old objects when the collection began. */
static void learn_dying(size_t before)
{
    size_t made = before > pace.full_live ? before - pace.full_live : 0;
    size_t died = before > heap.live ? before - heap.live : 0;
    size_t stays = believed(made);
    made -= stays;
    if (stays >= GARBAGE) {
        if (died > made + stays / 4) {
            pace.kept_max /= 8;
        } else if (pace.kept_max < KEPT_MAX) {
            pace.kept_max *= 2;
        }
    }
    if (made >= GARBAGE) {
        size_t part = died / (made / ALL);
        pace.dying = (pace.dying + (part < ALL ? (unsigned)part : ALL)) / 2;
    }
}

static void adapt_full(void)
{
    if (pace.slack < SLACK_MAX && is_more(&pace.full, 12)) {
        pace.slack++;
    } else if (pace.slack > 0 && !is_more(&pace.full, 40)) {
        pace.slack--;
    }
}

/* A collection of young objects took `spent` of the time `total` since the one before.  survived:
 * bytes of what was made since then; where that is much of it, the work is to mark it, whatever the
 * pace. */
static void adapt_young(int64_t spent, int64_t total, size_t survived, unsigned threads)
{
    const bool stays = survived > load_relaxed(&heap.allocated) / 4;
    if (stays && heap.pace < NURSERY) {
        return;
    }
    size_t worth = heap.live / (stays ? PACE_PART_STAYS : PACE_PART);
    worth = worth < NURSERY ? NURSERY : worth;
    size_t most = worth < PACE_MAX && threads == 1 ? worth : PACE_MAX;
    share_add(&pace.young, spent, total);
    int little = heap.pace > NURSERY ? LITTLE_ABOVE : LITTLE_TO_NURSERY;
    if (heap.pace > most || (heap.pace > NURSERY_MIN && !is_more(&pace.young, little))) {
        heap.pace /= 2;
        return;
    }
    int much = heap.pace * 2 <= worth ? MUCH : VERY_MUCH;
    if (heap.pace * 2 <= most && spent > total / much && is_more(&pace.young, much)) {
        heap.pace *= 2;
    }
}

void pace_end(bool full, int64_t begin, size_t before, unsigned threads)
{
    const unsigned most = (unsigned)world_processors;
    threads = threads > most && most > 0 ? most : threads;
    threads = threads < 1 ? 1 : threads;
    int64_t now = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    int64_t spent = (clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin) * threads;
    bool by_growth = load_relaxed(&heap.allocated) > heap.threshold;
    if (!full && by_growth) {
        if (heap.collections > 0) {
            adapt_young(spent, now - pace.last_end, heap.live - before, threads);
        }
    } else if (full) {
        share_add(&pace.full, by_growth ? spent : 0, now - pace.last_full_end);
        adapt_full();
        learn_dying(before);
        pace.last_full_end = now;
    }
    pace.last_end = now;
    if (full || heap.collections == 0) {
        pace.full_live = heap.live;
        heap.kept = 0;
        heap.full_live = heap.live + external_bytes();
    }
    store_relaxed(&heap.allocated, 0);
    heap.each = threads > 1 && heap.pace < NURSERY ? NURSERY : heap.pace;
    store_relaxed(&heap.threshold, heap.each * threads);
}
