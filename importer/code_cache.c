/* The bytecode cache. */
#include "importer/code_cache.h"

#include <errno.h>
#include <fcntl.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/bytecode/code.h"
#include "core/object/audit.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/thread_state.h"
#include "gc/keep.h"
#include "gc/safepoint.h"
#include "gc/thread_stats.h"
#include "importer/importer.h"
#include "importer/pyc.h"

typedef struct Stamp {
    dev_t dev;
    ino_t ino;
    off_t size;
    int64_t changed;         /* nanoseconds */
} Stamp;

typedef struct Entry {
    struct Entry *next;      /* in its bucket */
    Value path;              /* str */
    int optimize;
    Value code;              /* 0: being made, or making it failed */
    uint64_t interp;         /* id of the interpreter that it was made in */
    Value shared;            /* template: others get clones of it; 0: nobody has asked */
    Stamp source, pyc;       /* pyc.size < 0: there was none */
    bool busy;               /* somebody makes the code */
    bool fresh;              /* path or code may be young */
    uint32_t sleepers;       /* threads that wait for it */
    _Atomic uint32_t made;   /* futex word: counts ends of `busy` */
} Entry;

/* The table is in parts by the paths' hashes: threads that import do not meet. */
typedef struct Part {
    Mutex lock;              /* of all fields, of the entries and their lists */
    Entry **buckets;
    size_t mask;             /* buckets - 1 */
    CodeCacheCounts counts;
} Part;

enum { PARTS_SHIFT = 4, PARTS = 1 << PARTS_SHIFT, FIRST_BUCKETS = 16, PATIENCE_NS = 1000000000 };

static struct { _Alignas(64) Part part; } parts[PARTS]; /* a cache line each */

static Stamp stamp_of(const struct stat *st)
{
    return (Stamp){st->st_dev, st->st_ino, st->st_size,
                   st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec};
}

static const Stamp no_file = {.size = -1};

static bool same_stamp(const Stamp *a, const Stamp *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed == b->changed;
}

/* ---- the table ---- */

static Part *part_of(Value path)
{
    return &parts[(size_t)str_hash(path) % PARTS].part;
}

static size_t bucket_of(Value path, size_t mask)
{
    return (size_t)str_hash(path) >> PARTS_SHIFT & mask;
}

static bool grow_locked(Part *p)
{
    size_t size = p->buckets ? (p->mask + 1) * 2 : FIRST_BUCKETS;
    Entry **buckets = mem_calloc(size, sizeof *buckets);
    if (!buckets) {
        return p->buckets != NULL;
    }
    for (size_t i = 0; p->buckets && i <= p->mask; i++) {
        for (Entry *e = p->buckets[i], *next; e; e = next) {
            next = e->next;
            Entry **place = &buckets[bucket_of(e->path, size - 1)];
            e->next = *place;
            *place = e;
        }
    }
    mem_free(p->buckets);
    p->buckets = buckets;
    p->mask = size - 1;
    return true;
}

/* NULL: no memory. */
static Entry *find_or_add_locked(Part *p, Value path, int optimize)
{
    if (p->counts.entries >= p->mask && !grow_locked(p)) {
        return NULL;
    }
    Entry **place = &p->buckets[bucket_of(path, p->mask)];
    for (Entry *e = *place; e; e = e->next) {
        if (e->optimize == optimize && str_eq(e->path, path)) {
            return e;
        }
    }
    Entry *e = mem_calloc(1, sizeof *e);
    if (e) {
        e->path = path;
        e->optimize = optimize;
        e->fresh = true;
        e->next = *place;
        *place = e;
        p->counts.entries++;
    }
    return e;
}

static bool is_young(Value v) { return v && gc_is_young(value_object(v)); }

static void each_entry(const Part *p, void (*fn)(Entry *e, void *arg), void *arg)
{
    for (size_t i = 0; p->buckets && i <= p->mask; i++) {
        for (Entry *e = p->buckets[i]; e; e = e->next) {
            fn(e, arg);
        }
    }
}

static void trace_entry(Entry *e, void *arg)
{
    Tracer *tr = arg;
    if (e->fresh || !trace_is_young_only(tr)) {
        /* what is old stays so without being traced by each collection of young objects */
        e->fresh = is_young(e->path) || is_young(e->code) || is_young(e->shared);
        trace_value(tr, e->path);
        code_trace_kept(tr, e->code);
        trace_value(tr, e->shared);
    }
}

static void trace_cache(Tracer *tr, void *arg UNUSED)
{
    for (int i = 0; i < PARTS; i++) {
        each_entry(&parts[i].part, trace_entry, tr);
    }
}

static void forget_making(Entry *e, void *arg UNUSED)
{
    e->busy = false;
    e->sleepers = 0;
}

/* In the child the threads that were making entries are gone. */
static void after_fork(Thread *t UNUSED)
{
    for (int i = 0; i < PARTS; i++) {
        mutex_reinit(&parts[i].part.lock);
        each_entry(&parts[i].part, forget_making, NULL);
    }
}

void code_cache_init(void)
{
    gc_add_late_root_source(trace_cache, NULL);
    thread_add_fork_hook(after_fork);
}

CodeCacheCounts code_cache_counts(void)
{
    CodeCacheCounts sum = {0};
    for (int i = 0; i < PARTS; i++) {
        Part *p = &parts[i].part;
        mutex_lock(&p->lock);
        sum.entries += p->counts.entries;
        sum.reads += p->counts.reads;
        sum.compiles += p->counts.compiles;
        sum.hits += p->counts.hits;
        mutex_unlock(&p->lock);
    }
    return sum;
}

/* ---- making code ---- */

typedef struct Making {
    Thread *t;
    Value source_path, pyc_name;
    const struct stat *source;
    Stamp pyc;               /* of the file that the code is from, or that was written */
    bool hashed, check_source; /* how the stale file was validated: the new one is alike */
    bool from_pyc;
} Making;

static bool hash_is_good(Making *m, const uint8_t *header)
{
    PycHashCheck check = pyc_hash_check(m->t);
    if (check == PYC_HASH_NEVER || (check == PYC_HASH_DEFAULT && !m->check_source)) {
        return true;
    }
    FileData source;
    int error;
    const char *path = str_fs_path(m->t, m->source_path);
    if (!path || !file_read(m->t, path, &source, &error)) {
        return false;
    }
    uint64_t hash = pyc_source_hash(source.data, source.len);
    file_data_free(&source);
    return memcmp(header + 8, &hash, sizeof hash) == 0;
}

static bool header_is_good(Making *m, const FileData *f)
{
    uint32_t word[4];
    if (f->len < PYC_HEADER || !pyc_magic_matches(f->data)) {
        return false;
    }
    memcpy(word, f->data, sizeof word);
    if (word[1] & ~(uint32_t)(PYC_HASHED | PYC_CHECK_SOURCE)) {
        return false;
    }
    if (!(word[1] & PYC_HASHED)) {
        return word[2] == (uint32_t)m->source->st_mtime && word[3] == (uint32_t)m->source->st_size;
    }
    m->hashed = true;
    m->check_source = word[1] & PYC_CHECK_SOURCE;
    return hash_is_good(m, f->data);
}

static bool audit_open(Thread *t, Value path)
{
    return AUDIT(t, "open", 3, path, str_from_cstr(t, "r"), fixnum(O_RDONLY | O_CLOEXEC));
}

/* The code in the cache file; 0 and nothing raised: there is none that is good, or a hook forbids
 * with an OSError to open it. */
static Value code_of_pyc(Making *m)
{
    FileData f;
    int error;
    const char *path = str_fs_path(m->t, m->pyc_name);
    if (path && !audit_open(m->t, m->pyc_name)) {
        if (error_matches(m->t, &exc_OSError)) {
            error_clear(m->t);
        }
        return 0;
    }
    if (!path || !file_read(m->t, path, &f, &error)) {
        error_clear(m->t);
        return 0;
    }
    Value code = 0;
    if (header_is_good(m, &f)) {
        code = marshal_loads(m->t, f.data + PYC_HEADER, f.len - PYC_HEADER);
    }
    m->pyc = stamp_of(&f.st);
    file_data_free(&f);
    error_clear(m->t);
    if (!code || !value_is_code(code)) {
        return 0;
    }
    code_set_filename(m->t, code, m->source_path);
    m->from_pyc = true;
    return code;
}

static void write_pyc(Making *m, Value code, const uint64_t *hash)
{
    Value data = pyc_bytes(m->t, code, m->source, hash, m->check_source);
    const char *path = data ? str_fs_path(m->t, m->pyc_name) : NULL;
    struct stat st;
    if (path &&
        pyc_write(m->t, path, m->source->st_mode, value_bytes(data)->data,
                  value_bytes(data)->len) &&
        stat(path, &st) == 0) {
        m->pyc = stamp_of(&st);
    }
    error_clear(m->t);
}

static Value code_of_source(Making *m)
{
    FileData f;
    int error;
    const char *path = str_fs_path(m->t, m->source_path);
    if (!path || !audit_open(m->t, m->source_path)) {
        return 0;
    }
    if (!file_read(m->t, path, &f, &error)) {
        return raise_errno(m->t, &exc_OSError, error, m->source_path);
    }
    uint64_t hash = m->hashed ? pyc_source_hash(f.data, f.len) : 0;
    Value text = bytes_new(m->t, f.data, f.len);
    file_data_free(&f);
    text = text ? importer_adapt_source(m->t, m->source_path, text) : 0;
    Value code = text && AUDIT(m->t, "compile", 2, text, m->source_path)
                     ? runtime.compile_source(m->t, text, m->source_path, "exec", 0, -1)
                     : 0;
    Value dont = code ? dict_get_str(m->t->interp->sys_dict, N(dont_write_bytecode)) : 0;
    if (code && (!dont || object_truth(m->t, dont) == 0)) {
        write_pyc(m, code, m->hashed ? &hash : NULL);
    }
    return code;
}

static Value make_code(Making *m)
{
    Value code = code_of_pyc(m);
    return code || error_pending(m->t) ? code : code_of_source(m);
}

/* ---- asking ---- */

/* Is the .pyc file still the one the entry was made from? */
static bool pyc_unchanged(Thread *t, Value pyc, const Stamp *wanted)
{
    struct stat st;
    const char *path = str_fs_path(t, pyc);
    Stamp now = path && stat(path, &st) == 0 ? stamp_of(&st) : no_file;
    error_clear(t);
    return same_stamp(&now, wanted);
}

/* Waits while somebody makes the entry's code.  The mutex is held, before and after. */
static void wait_while_busy_locked(Thread *t, Part *p, Entry *e)
{
    int64_t deadline = monotonic_ns() + PATIENCE_NS;
    while (e->busy && monotonic_ns() < deadline) {
        uint32_t seen = atomic_load_explicit(&e->made, memory_order_relaxed);
        e->sleepers++;
        mutex_unlock(&p->lock);
        thread_wait_begin(t, "the import of a module");
        thread_park(t);
        futex_wait(&e->made, seen, deadline);
        thread_unpark(t);
        thread_wait_end(t);
        mutex_lock(&p->lock);
        e->sleepers--;
    }
}

/* The code if the entry has it for this source, with the stamp of its .pyc file; else 0, and *mine:
 * the caller is to make it. */
static Value look_locked(Thread *t, Part *p, Entry *e, const Stamp *source, Stamp *pyc, bool *mine)
{
    wait_while_busy_locked(t, p, e);
    *mine = !e->busy;
    *pyc = e->pyc;
    if (e->code && same_stamp(&e->source, source)) {
        *mine = false;
        return e->code;
    }
    e->busy |= *mine;
    return 0;
}

/* What the code was made from. */
typedef struct Origin {
    Stamp source, pyc;
    bool read, compiled;
} Origin;

static void finish(const Thread *t, Entry *e, bool mine, const Origin *o, Value code)
{
    Part *p = part_of(e->path);
    mutex_lock(&p->lock);
    p->counts.reads += o->read;
    p->counts.compiles += o->compiled;
    if (mine) {
        e->busy = false;
        e->code = code;
        e->shared = 0;
        e->fresh = true;
        e->interp = t->interp->id;
        e->source = o->source;
        e->pyc = o->pyc;
        atomic_fetch_add_explicit(&e->made, 1, memory_order_relaxed);
        if (e->sleepers) {
            futex_wake(&e->made, INT32_MAX);
        }
    }
    mutex_unlock(&p->lock);
}

/* Takes a hit: the entry's code, unless its .pyc file is another by now (pyc 0: there is none to
 * look at).  Then *mine: the caller is to make it. */
static bool still_good(Thread *t, Entry *e, Value pyc, const Stamp *pyc_stamp, bool *mine)
{
    bool good = !pyc || pyc_unchanged(t, pyc, pyc_stamp);
    Part *p = part_of(e->path);
    mutex_lock(&p->lock);
    if (good) {
        p->counts.hits++;
    } else {
        *mine = !e->busy;
        e->busy = true;
    }
    mutex_unlock(&p->lock);
    return good;
}

/* The entry's code for t's interpreter. */
static Value own_code(Thread *t, Entry *e, Value code)
{
    Part *p = part_of(e->path);
    mutex_lock(&p->lock);
    bool own = e->interp == t->interp->id;
    Value shared = e->code == code ? e->shared : 0;
    mutex_unlock(&p->lock);
    if (own) {
        return code;
    }
    if (!shared) {
        shared = code_clone(t, code);
        if (!shared) {
            return 0;
        }
        code_make_template(shared);
        mutex_lock(&p->lock);
        if (e->code == code) { /* it has not been made anew */
            e->shared = shared;
            e->fresh = true;
        }
        mutex_unlock(&p->lock);
    }
    return code_clone(t, shared);
}

/* The entry for a path, and its code if it has it for this source; NULL: no memory. */
static Entry *look(Thread *t, Value path, Value pyc, const Stamp *source, bool *mine, Value *code)
{
    Stamp pyc_stamp = no_file;
    Part *p = part_of(path);
    *mine = false;
    mutex_lock(&p->lock);
    Entry *e = find_or_add_locked(p, path, runtime.config.optimize);
    *code = e ? look_locked(t, p, e, source, &pyc_stamp, mine) : 0;
    mutex_unlock(&p->lock);
    if (*code && !still_good(t, e, pyc, &pyc_stamp, mine)) {
        *code = 0;
    }
    if (!e) {
        raise_memory(t);
    }
    return e;
}

Value code_cache_load(Thread *t, Value source_path, Value pyc, const struct stat *st)
{
    Origin o = {.source = stamp_of(st)};
    bool mine;
    Value code;
    Entry *e = look(t, source_path, pyc, &o.source, &mine, &code);
    if (!e || code) {
        return code ? own_code(t, e, code) : 0;
    }
    Making m = {.t = t,
                .source_path = source_path,
                .pyc_name = pyc,
                .source = st,
                .pyc = no_file,
                .check_source = true};
    uint64_t before = gc_allocated(t);
    code = make_code(&m);
    if (m.from_pyc) {
        gc_keep_allocated(t, before);
    }
    o.pyc = m.pyc;
    o.read = m.from_pyc;
    o.compiled = code && !m.from_pyc;
    finish(t, e, mine, &o, code);
    return code;
}

Value code_cache_member(Thread *t, Value path, const struct stat *archive, const CodeMaker *maker)
{
    Origin o = {.source = stamp_of(archive), .pyc = no_file};
    bool mine;
    Value code;
    Entry *e = look(t, path, 0, &o.source, &mine, &code);
    if (!e || code) {
        return code ? own_code(t, e, code) : 0;
    }
    uint64_t before = gc_allocated(t);
    code = maker->make(t, path, maker->arg);
    if (code && !maker->compiles) {
        gc_keep_allocated(t, before);
    }
    o.read = code && !maker->compiles;
    o.compiled = code && maker->compiles;
    finish(t, e, mine, &o, code);
    return code;
}
