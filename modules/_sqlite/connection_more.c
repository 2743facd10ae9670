/* sqlite3.Connection: scripts, copies, images, limits, extensions. */
#include <string.h>

#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"
#include "modules/posix/posix.h"

/* ---- scripts ---- */

static bool run_statements(Thread *t, Connection *c, const char *text)
{
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK && *text) {
        Preparation p = {.handle = c->db->handle, .sql = text, .len = -1};
        rc = statement_prepare(t, &p);
        if (rc == SQLITE_OK) {
            while (statement_step(t, c->db, p.stmt) == SQLITE_ROW) {}
            rc = statement_finalize(t, p.stmt);
            text = p.tail;
        }
    }
    if (rc != SQLITE_OK && error_pending(t)) {
        callback_error(t, NONE);
    }
    return sqlite_check(t, c, rc) && !error_pending(t);
}

Value run_script(Thread *t, Connection *c, Value script)
{
    if (!value_is_str(script)) {
        return type_error(t, "executescript() argument must be str, not %T", script);
    }
    const char *text = str_cstr(t, script);
    if (!text) {
        return 0;
    }
    if (strlen(text) > (size_t)sqlite3_limit(c->db->handle, SQLITE_LIMIT_SQL_LENGTH, -1)) {
        return raise_sqlite(t, EXC_DATA, "query string is too large");
    }
    bool ok = (sqlite3_get_autocommit(c->db->handle) || database_command(t, c, "COMMIT")) &&
              run_statements(t, c, text);
    return ok ? NONE : 0;
}

/* ---- backup ---- */

typedef struct Copy {
    sqlite3 *from, *to;
    const char *name;
    int pages, sleep_ms, rc;
    Value progress;
    sqlite3_backup *backup;
} Copy;

static int do_copy_step(void *arg)
{
    Copy *copy = arg;
    return sqlite3_backup_step(copy->backup, copy->pages);
}

static int do_copy_sleep(void *arg) { return sqlite3_sleep(((Copy *)arg)->sleep_ms); }
static int do_copy_finish(void *arg) { return sqlite3_backup_finish(((Copy *)arg)->backup); }

static bool copy_pages(Thread *t, Copy *copy)
{
    do {
        copy->rc = sqlite_run(t, do_copy_step, copy);
        if (!is_none(copy->progress)) {
            int left = sqlite3_backup_remaining(copy->backup);
            int all = sqlite3_backup_pagecount(copy->backup);
            if (!call3(t, copy->progress, fixnum(copy->rc), fixnum(left), fixnum(all))) {
                return false;
            }
        }
        if (copy->rc == SQLITE_BUSY || copy->rc == SQLITE_LOCKED) {
            sqlite_run(t, do_copy_sleep, copy);
        }
    } while (copy->rc == SQLITE_OK || copy->rc == SQLITE_BUSY || copy->rc == SQLITE_LOCKED);
    return true;
}

static Value copy_database(Thread *t, Copy *copy)
{
    copy->backup = sqlite3_backup_init(copy->to, "main", copy->from, copy->name);
    if (!copy->backup) {
        return raise_sqlite_code(t, copy->to, sqlite3_errcode(copy->to));
    }
    bool ok = copy_pages(t, copy);
    Value e = error_take(t);
    int rc = sqlite_run(t, do_copy_finish, copy);
    if (!ok) {
        error_restore(t, e);
        return 0;
    }
    return rc == SQLITE_OK ? NONE : raise_sqlite_code(t, copy->to, rc);
}

static bool enter_both(Thread *t, Connection *a, Connection *b)
{
    Connection *first = a < b ? a : b, *second = a < b ? b : a;
    if (!connection_enter(t, first)) {
        return false;
    }
    if (!connection_enter(t, second)) {
        connection_leave(first);
        return false;
    }
    return true;
}

Value connection_backup(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    double sleep = 0.25;
    Copy copy = {.pages = -1, .name = "main", .progress = args[3] ? args[3] : NONE};
    if (!value_isa(args[1], &connection_object_type)) {
        return type_error(t, "backup() argument 'target' must be sqlite3.Connection, not %T",
                          args[1]);
    }
    Connection *target = as_connection(args[1]);
    if ((args[2] && !value_to_int(t, args[2], &copy.pages)) ||
        (args[4] && !(copy.name = str_cstr_arg(t, args[4], "backup", "'name'"))) ||
        (args[5] && !value_to_double(t, args[5], &sleep))) {
        return 0;
    }
    copy.pages = copy.pages == 0 ? -1 : copy.pages;
    copy.sleep_ms = (int)(sleep * 1000);
    if (!is_none(copy.progress) && !callable(copy.progress)) {
        return type_error(t, "progress argument must be a callable");
    }
    if (target == c) {
        return value_error(t, "target cannot be the same connection instance");
    }
    if (!enter_both(t, c, target)) {
        return 0;
    }
    copy.from = c->db->handle;
    copy.to = target->db->handle;
    Value r = sqlite3_get_autocommit(copy.to)
                  ? copy_database(t, &copy)
                  : raise_sqlite(t, EXC_OPERATIONAL, "target is in transaction");
    connection_leave(c);
    connection_leave(target);
    return r;
}

/* ---- images ---- */

typedef struct Image {
    sqlite3 *handle;
    const char *name;
    sqlite3_int64 size;
    unsigned char *data;
    bool shared;               /* data belongs to the database */
} Image;

static int do_serialize(void *arg)
{
    Image *i = arg;
    i->data = sqlite3_serialize(i->handle, i->name, &i->size, SQLITE_SERIALIZE_NOCOPY);
    i->shared = i->data != NULL;
    if (!i->data) {
        i->data = sqlite3_serialize(i->handle, i->name, &i->size, 0);
    }
    return 0;
}

static int do_deserialize(void *arg)
{
    Image *i = arg;
    return sqlite3_deserialize(i->handle, i->name, i->data, i->size, i->size,
                               SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
}

Value connection_serialize(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Image image = {.name = "main"};
    if ((args[1] && !(image.name = str_cstr_arg(t, args[1], "serialize", "'name'"))) ||
        !connection_enter(t, c)) {
        return 0;
    }
    image.handle = c->db->handle;
    sqlite_run(t, do_serialize, &image);
    Value r = image.data ? bytes_new(t, image.data, (size_t)image.size)
                         : raise_sqlite(t, EXC_OPERATIONAL, "unable to serialize '%s'", image.name);
    if (!image.shared) {
        sqlite3_free(image.data);
    }
    connection_leave(c);
    return r;
}

Value connection_deserialize(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Image image = {.name = "main"};
    Buffer view;
    if ((args[2] && !(image.name = str_cstr_arg(t, args[2], "deserialize", "'name'"))) ||
        !connection_check(t, c)) {
        return 0;
    }
    Value source = value_is_str(args[1]) ? str_encode(t, args[1], "utf-8", "strict") : args[1];
    if (!source || !buffer_get(t, source, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    image.size = view.len;
    image.data = sqlite3_malloc64((sqlite3_uint64)view.len);
    if (image.data) {
        racy_copy(image.data, view.buf, (size_t)view.len);
    }
    buffer_release(t, &view);
    if (!image.data) {
        return raise_memory(t);
    }
    if (!connection_enter(t, c)) {
        sqlite3_free(image.data);
        return 0;
    }
    image.handle = c->db->handle;
    bool ok = sqlite_check(t, c, sqlite_run(t, do_deserialize, &image)); /* frees data on failure */
    connection_leave(c);
    return ok ? NONE : 0;
}

/* ---- limits ---- */

/* limit -1: leaves it as it is */
static Value set_limit(Thread *t, Value self, Value category, int limit)
{
    Connection *c = as_connection(self);
    int which;
    if (!value_to_int(t, category, &which) || !connection_enter(t, c)) {
        return 0;
    }
    int before = sqlite3_limit(c->db->handle, which, limit);
    connection_leave(c);
    return before < 0 ? raise_sqlite(t, EXC_PROGRAMMING, "'category' is out of bounds")
                      : fixnum(before);
}

Value connection_setlimit(SQL_ARGS)
{
    int limit;
    return value_to_int(t, args[2], &limit) ? set_limit(t, args[0], args[1], limit) : 0;
}

Value connection_getlimit(SQL_ARGS) { return set_limit(t, args[0], args[1], -1); }

/* ---- extensions ---- */

typedef struct Extension {
    sqlite3 *handle;
    const char *path;
    char *words;
} Extension;

static int do_load(void *arg)
{
    Extension *e = arg;
    return sqlite3_load_extension(e->handle, e->path, NULL, &e->words);
}

Value connection_enable_load_extension(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    int on = object_truth(t, args[1]);
    if (on < 0 ||
        !AUDIT(t, "sqlite3.enable_load_extension", 2, args[0], bool_value(on)) ||
        !connection_enter(t, c)) {
        return 0;
    }
    int rc = sqlite3_enable_load_extension(c->db->handle, on);
    connection_leave(c);
    return rc == SQLITE_OK ? NONE
                           : raise_sqlite(t, EXC_OPERATIONAL, "Error enabling load extension");
}

Value connection_load_extension(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Extension e = {.path = str_cstr_arg(t, args[1], "load_extension", "1")};
    if (!e.path || !AUDIT(t, "sqlite3.load_extension", 2, args[0], args[1]) ||
        !connection_enter(t, c)) {
        return 0;
    }
    e.handle = c->db->handle;
    int rc = sqlite_run(t, do_load, &e);
    if (rc != SQLITE_OK) {
        raise_sqlite(t, EXC_OPERATIONAL, "%s", e.words ? e.words : sqlite3_errmsg(e.handle));
        sqlite3_free(e.words);
    }
    connection_leave(c);
    return rc == SQLITE_OK ? NONE : 0;
}
