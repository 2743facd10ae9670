/* When to collect.
 *
 * Each thread has a credit of bytes; when it is used up the thread adds a quantum to
 * heap.allocated, and collects young objects when that exceeds heap.threshold, which is the pace
 * times the threads that allocate at the same time, so that a thread is not stopped more often for
 * the others' sake; FIRST_NURSERY before the first time, since what a program starts with mostly
 * stays, and FIRST_PER_THREAD for each of a few further threads that allocate much.  The
 * pace is NURSERY bytes, what a core's own cache holds; less, to NURSERY_MIN, while one thread
 * allocates and collections of young objects take little time, so that a small program stays small;
 * and more, up to half of what is live (an eighth while much of what is made stays) and PACE_MAX,
 * while marking takes much of the time: of the rest of a collection, less often is more at once.
 * While several threads allocate it may become PACE_MAX however little is live: marking stops them
 * all.  A pace that changes to and fro is worse than either, as blocks and their cache lines come
 * and go: it takes several collections in a row to change it, and to make it less, twice as many
 * each time that turned out to be wrong.
 *
 * Everything is collected when the garbage among the old objects is worth it.  How much that is,
 * nobody knows: of what has become old since the last time, as large a part as was found then.  The
 * old objects never grow by more than three quarters of what was live, and FULL_GROWTH.  What is
 * known to stay (gc/keep.h) does not count, up to KEPT_MAX, or less when it did not stay before: a
 * program that begins with the import of many modules would look at all of them again and again.
 */
#include "core/base/clock.h"
#include "gc/mark.h"

/* the old objects may grow by this much, and by three quarters, until all are looked at */
#define FULL_GROWTH ((size_t)4 << 20)
#define KEPT_MAX ((size_t)64 << 20) /* some ten thousand modules */
/* what is worth a full collection: so much garbage, and a part of what is live */
#define GARBAGE ((size_t)1 << 20)
enum { GARBAGE_PART = 8, SLACK_MAX = 3 };
enum { ALL = 256 /* parts of what becomes old that die: a fixed-point one */ };

/* time of collections and all time, of the last few cycles; ns */
typedef struct Share { int64_t spent, total; } Share;

enum { VOTES_FOR_MORE = 4, PATIENCE_MIN = 8, PATIENCE_MAX = 4096 };

static struct { /* world stopped */
    Share full;
    int votes;     /* so many cycles in a row would have had the pace greater, or (< 0) less */
    int patience;  /* so many until it is made less */
    bool was_less; /* that was the last change */
    int64_t last_end, last_full_end; /* monotonic ns */
    size_t full_live;                /* of heap.full_live, what is in the heap */
    size_t kept_max;                 /* so much of heap.kept is believed */
    unsigned dying;                  /* of what becomes old, in parts of ALL */
    unsigned slack;                  /* so many times as much garbage may wait, as shift */
} pace = {.kept_max = KEPT_MAX, .dying = ALL / 8 * 3, .patience = PATIENCE_MIN};

/* one part in so many of the time is little for collections of young objects, or much, so that
 * little becomes less than much when they are twice as many; above NURSERY: for their marking.  What
 * a collection costs the thread afterwards, its caches cold, is about as much again. */
enum { LITTLE = 160, MUCH = 48, LITTLE_MARKING = 64, MUCH_MARKING = 16 };

static void share_add(Share *s, int64_t spent, int64_t total)
{
    s->spent = s->spent / 4 * 3 + spent;
    s->total = s->total / 4 * 3 + total;
}

static bool is_more(const Share *s, int part) { return s->spent > s->total / part; }

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

/* Of the time `total` since the collection before, one of young objects took `spent`, `marking` of
 * it to mark.  Votes for a greater pace (1), for less (-1), or for neither. */
static int vote(int64_t spent, int64_t marking, int64_t total)
{
    const bool much = heap.pace < NURSERY ? spent > total / MUCH : marking > total / MUCH_MARKING;
    const bool little =
        heap.pace > NURSERY ? marking < total / LITTLE_MARKING : spent < total / LITTLE;
    return much - little;
}

static void change_pace(bool more)
{
    if (more && pace.was_less && pace.patience < PATIENCE_MAX) {
        pace.patience *= 2;
    }
    heap.pace = more ? heap.pace * 2 : heap.pace / 2;
    pace.was_less = !more;
    pace.votes = 0;
}

/* As vote.  survived: bytes of what was made since then; where that is much of it, the work is to
 * mark it, whatever the pace.  threads: that have made it. */
static void adapt_young(int64_t spent, int64_t marking, int64_t total, size_t survived,
                        unsigned threads)
{
    const bool stays = survived > load_relaxed(&heap.allocated) / 4;
    if (stays && heap.pace < NURSERY) {
        return;
    }
    size_t worth = heap.live / (stays ? PACE_PART_STAYS : PACE_PART);
    worth = worth < NURSERY ? NURSERY : worth;
    const size_t most = worth < PACE_MAX && threads == 1 ? worth : PACE_MAX;
    if (heap.pace > most) {
        heap.pace /= 2;
        return;
    }
    const int v = vote(spent, marking, total);
    pace.votes = v * pace.votes > 0 ? pace.votes + v : v;
    if (pace.votes >= VOTES_FOR_MORE && heap.pace * 2 <= most) {
        change_pace(true);
    } else if (-pace.votes >= pace.patience && heap.pace > NURSERY_MIN) {
        change_pace(false);
    }
}

void pace_end(bool full, int64_t began, int64_t marking, size_t before, unsigned threads)
{
    const unsigned most = (unsigned)world_processors;
    threads = threads > most && most > 0 ? most : threads;
    threads = threads < 1 ? 1 : threads;
    const int64_t now = monotonic_ns(), spent = now - began;
    bool by_growth = load_relaxed(&heap.allocated) > heap.threshold;
    if (!full && by_growth) {
        if (heap.collections > 0) {
            adapt_young(spent, marking, now - pace.last_end, heap.live - before, threads);
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
