/* Databases and their resources: what lives outside the heap. */
#include "core/base/memory.h"
#include "modules/_sqlite/sqlite.h"

/* ---- calls that may last ---- */

static __thread bool parked; /* this thread is inside sqlite_run, and in no callback */

/* The frame holds what the caller's registers held for as long as the call lasts: a callback that
 * parks the thread again would save other registers than these. */
NOINLINE int sqlite_run(Thread *t, int (*fn)(void *arg), void *arg)
{
    __builtin_unwind_init();
    assert(!parked);
    thread_park(t);
    parked = true;
    int rc = fn(arg);
    parked = false;
    thread_unpark(t);
    return rc;
}

Thread *callback_begin(CallbackScope *scope)
{
    Thread *t = thread_current();
    *scope = (CallbackScope){.t = t, .was_parked = parked};
    if (parked) {
        parked = false;
        thread_unpark(t);
    }
    scope->pending = error_take(t);
    return t;
}

void callback_end(CallbackScope *scope)
{
    if (scope->pending) {
        error_restore(scope->t, scope->pending);
    }
    if (scope->was_parked) {
        thread_park(scope->t);
        parked = true;
    }
}

static int do_step(void *stmt) { return sqlite3_step(stmt); }
static int do_reset(void *stmt) { return sqlite3_reset(stmt); }
static int do_finalize(void *stmt) { return sqlite3_finalize(stmt); }
static int do_close_blob(void *blob) { return sqlite3_blob_close(blob); }
static int do_close(void *db) { return sqlite3_close_v2(db); }

/* ---- life ---- */

static _Atomic unsigned dropped; /* counts databases and resources that nobody refers to any more */

Database *database_new(Thread *t)
{
    Database *db = mem_calloc(1, sizeof *db);
    if (!db) {
        raise_memory(t);
        return NULL;
    }
    store_relaxed(&db->refs, 1);
    return db;
}

static Database *_Atomic dead; /* databases that nobody refers to, yet to be closed */

void database_release(Database *db)
{
    if (atomic_fetch_sub(&db->refs, 1) > 1) {
        return;
    }
    db->closing = true;
    db->next_dead = atomic_load(&dead);
    while (!atomic_compare_exchange_weak(&dead, &db->next_dead, db)) {}
    atomic_fetch_add(&dropped, 1);
}

static int do_bury(void *first)
{
    for (Database *db = first, *next; db; db = next) {
        next = db->next_dead;
        while (db->resources) {
            Resource *r = db->resources;
            db->resources = r->next;
            sqlite3_finalize(r->stmt);
            sqlite3_blob_close(r->blob);
            mem_free(r);
        }
        sqlite3_close_v2(db->handle);
        mem_free(db);
    }
    return SQLITE_OK;
}

void database_bury(Thread *t)
{
    if (atomic_load_explicit(&dead, memory_order_relaxed)) {
        sqlite_run(t, do_bury, atomic_exchange(&dead, NULL));
    }
}

static void resource_close(Thread *t, Resource *r)
{
    sqlite3_stmt *stmt = r->stmt;
    sqlite3_blob *blob = r->blob;
    r->stmt = NULL;
    r->blob = NULL;
    if (stmt) {
        statement_finalize(t, stmt);
    }
    if (blob) {
        sqlite_run(t, do_close_blob, blob);
    }
}

void database_tidy_slow(Thread *t, Database *db)
{
    atomic_store(&db->untidy, false);
    Resource **link = &db->resources;
    while (*link) {
        Resource *r = *link;
        if (atomic_load(&r->refs) == 0) {
            *link = r->next;
            resource_close(t, r);
            mem_free(r);
        } else if (atomic_exchange(&r->abandoned, false)) {
            r->in_use = false;
            statement_reset(t, r->stmt);
        } else {
            link = &r->next;
            continue;
        }
        link = &db->resources; /* Python code may have come by here */
    }
}

bool database_close(Thread *t, Database *db, bool keep_running)
{
    sqlite3 *handle = db->handle;
    bool runs = false;
    for (Resource *r = db->resources; r; r = r->next) {
        if (keep_running && r->in_use) {
            runs = true;
        } else {
            resource_close(t, r);
        }
    }
    if (!runs) {
        db->handle = NULL;
        sqlite_run(t, do_close, handle);
    }
    return !runs;
}

Resource *resource_new(Thread *t, Database *db)
{
    Resource *r = mem_calloc(1, sizeof *r);
    if (!r) {
        raise_memory(t);
        return NULL;
    }
    r->db = db;
    r->next = db->resources;
    db->resources = r;
    resource_retain(r);
    return r;
}

void resource_retain(Resource *r)
{
    atomic_fetch_add(&r->refs, 1);
    atomic_fetch_add(&r->db->refs, 1);
}

void resource_drop(Resource *r, bool reset)
{
    Database *db = r->db;
    if (reset) {
        atomic_store(&r->abandoned, true);
        atomic_fetch_add(&dropped, 1);
    }
    atomic_fetch_sub(&r->refs, 1);
    atomic_store(&db->untidy, true);
    database_release(db);
}

bool database_reclaim(Thread *t)
{
    unsigned before = atomic_load(&dropped);
    gc_collect(t);
    database_bury(t);
    return atomic_load(&dropped) != before;
}

/* ---- running statements ---- */

int statement_reset(Thread *t, sqlite3_stmt *stmt)
{
    return stmt && sqlite3_stmt_busy(stmt) ? sqlite_run(t, do_reset, stmt) : sqlite3_reset(stmt);
}

int statement_step(Thread *t, Database *db, sqlite3_stmt *stmt)
{
    if (!stmt) {
        return SQLITE_DONE;
    }
    bool fresh = !sqlite3_stmt_busy(stmt);
    int rc = sqlite_run(t, do_step, stmt), primary = rc & 0xff;
    bool lacks = primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_CANTOPEN;
    if (fresh && lacks && !error_pending(t) && database_reclaim(t)) {
        database_tidy(t, db);
        statement_reset(t, stmt);
        rc = sqlite_run(t, do_step, stmt);
    }
    return rc;
}

static int do_prepare(void *arg)
{
    Preparation *p = arg;
    return sqlite3_prepare_v2(p->handle, p->sql, p->len, &p->stmt, &p->tail);
}

int statement_prepare(Thread *t, Preparation *p) { return sqlite_run(t, do_prepare, p); }
int statement_finalize(Thread *t, sqlite3_stmt *stmt) { return sqlite_run(t, do_finalize, stmt); }

bool database_command(Thread *t, Connection *c, const char *sql)
{
    Preparation p = {.handle = c->db->handle, .sql = sql, .len = -1};
    int rc = statement_prepare(t, &p);
    if (rc == SQLITE_OK) {
        statement_step(t, c->db, p.stmt);
        rc = statement_finalize(t, p.stmt);
    }
    return sqlite_check(t, c, rc);
}
