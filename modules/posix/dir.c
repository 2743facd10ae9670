/* posix: reading directories: listdir, scandir and its entries. */
#include <dirent.h>

#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/descr.h"
#include "core/object/lock.h"
#include "importer/archive_files.h"
#include "modules/file_descriptor.h"
#include "modules/posix/posix.h"

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

/* An open directory for path, a descriptor (which is duplicated) or the current directory. NULL:
 * errno. */
static DIR *try_directory(Thread *t, const PathArg *p)
{
    DIR *dir;
    thread_park(t);
    if (p->fd != -1) {
        int copy = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
        dir = copy < 0 ? NULL : fdopendir(copy);
        if (copy >= 0 && !dir) {
            int err = errno;
            close(copy);
            errno = err;
        }
        if (dir) {
            rewinddir(dir);
        }
    } else {
        dir = opendir(p->narrow ? p->narrow : ".");
    }
    thread_unpark(t);
    return dir;
}

static DIR *open_directory(Thread *t, const PathArg *p)
{
    bool tried = false;
    DIR *dir;
    do {
        dir = try_directory(t, p);
    } while (!dir && descriptor_retry(t, &tried));
    return dir;
}

static void close_directory(DIR *dir, bool rewind)
{
    if (rewind) {
        rewinddir(dir); /* the descriptor's position is shared with the caller's */
    }
    closedir(dir);
}

/* Entries read ahead, so that the thread is parked once for many. */
#define BATCH_BYTES 8192
typedef struct EntryBatch {
    size_t len, pos;
    bool end;        /* no more entries in the directory */
    int err;         /* errno of the end; 0: it was regular */
    char data[BATCH_BYTES];
} EntryBatch;
/* the name follows, with its NUL */
typedef struct EntryHead { uint64_t inode; unsigned char kind; } EntryHead;

static void batch_fill(Thread *t, DIR *dir, EntryBatch *b)
{
    thread_park(t);
    b->len = b->pos = 0;
    while (b->len + sizeof(EntryHead) + sizeof((struct dirent *)0)->d_name <= BATCH_BYTES) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (!e) {
            b->end = true;
            b->err = errno;
            break;
        }
        if (!is_dots(e->d_name)) {
            EntryHead head = {e->d_ino, e->d_type};
            size_t n = strlen(e->d_name) + 1;
            memcpy(b->data + b->len, &head, sizeof head);
            memcpy(b->data + b->len + sizeof head, e->d_name, n);
            b->len += sizeof head + n;
        }
    }
    thread_unpark(t);
}

/* The next name, or NULL at the end (then see err). */
static const char *batch_next(Thread *t, DIR *dir, EntryBatch *b, EntryHead *head, size_t *len)
{
    if (b->pos == b->len) {
        if (!b->end) {
            batch_fill(t, dir, b);
        }
        if (b->pos == b->len) {
            return NULL;
        }
    }
    memcpy(head, b->data + b->pos, sizeof *head);
    const char *name = b->data + b->pos + sizeof *head;
    *len = strlen(name);
    b->pos += sizeof *head + *len + 1;
    return name;
}

/* open_directory() has failed: the names in a folder of an archive.  0: errno, or raised. */
static Value list_in_archive(Thread *t, const PathArg *p)
{
    bool may_be = errno == ENOTDIR && p->fd == -1 && p->narrow;
    return may_be ? archive_file_list(t, p->narrow, path_is_bytes(p)) : 0;
}

static Value os_listdir(ARGS)
{
    PathArg p = PATH_FD_ARG("listdir");
    p.nullable = true;
    if (!path_arg(t, args[0], &p) || !AUDIT(t, "os.listdir", 1, p.object)) {
        return 0;
    }
    DIR *dir = open_directory(t, &p);
    if (!dir) {
        Value list = list_in_archive(t, &p);
        return list ? list : path_failed(t, &p);
    }
    Value list = list_new(t, 0);
    EntryBatch *batch = mem_alloc(sizeof *batch);
    if (!batch) {
        close_directory(dir, p.fd != -1);
        return raise_memory(t);
    }
    batch->len = batch->pos = 0;
    batch->end = false;
    batch->err = 0;
    EntryHead head;
    size_t len;
    for (const char *text; list && (text = batch_next(t, dir, batch, &head, &len)) != NULL;) {
        Value name = path_text(t, path_is_bytes(&p), text, len);
        if (!name || !list_append(t, list, name)) {
            list = 0;
        }
    }
    int err = batch->err;
    mem_free(batch);
    close_directory(dir, p.fd != -1);
    if (list && err) {
        errno = err;
        return path_failed(t, &p);
    }
    return list;
}

/* ---- DirEntry ---- */

typedef struct DirEntry {
    Object head;
    Value name, path;
    Value stat, lstat;     /* atomic; 0: not asked for yet */
    uint64_t inode;
    int dir_fd;            /* scandir(fd): where name is looked up; -1: path is complete */
    unsigned char kind;    /* DT_* */
} DirEntry;

static DirEntry *entry_of(Value v) { return (DirEntry *)value_object(v); }

static void entry_trace(Object *o, Tracer *tr)
{
    trace_values(tr, &((DirEntry *)o)->name, 4);
}

static Value entry_fetch(Thread *t, DirEntry *e, bool follow)
{
    Value keep;
    struct stat st;
    int r;
    const char *name = fs_cstr(t, e->path, &keep);
    if (!name) {
        return 0;
    }
    PARKED(t, r,
           fstatat(e->dir_fd == -1 ? AT_FDCWD : e->dir_fd, name, &st,
                   follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (r && !(errno == ENOTDIR && e->dir_fd == -1 && archive_file_stat(t, name, &st))) {
        return raise_errno(t, &exc_OSError, errno, e->path);
    }
    return stat_result_from(t, &st);
}

static Value entry_cached(Thread *t, DirEntry *e, Value *slot, bool follow)
{
    Value v = value_load(slot);
    if (!v) {
        v = entry_fetch(t, e, follow);
        if (v) {
            gc_store(e, slot, v);
        }
    }
    return v;
}

/* 1, 0, -1: raised */
static int entry_is_symlink(Thread *t, DirEntry *e);

static Value entry_get_stat(Thread *t, DirEntry *e, bool follow)
{
    if (!follow) {
        return entry_cached(t, e, &e->lstat, false);
    }
    int link = entry_is_symlink(t, e);
    if (link < 0) {
        return 0;
    }
    return link ? entry_cached(t, e, &e->stat, true) : entry_cached(t, e, &e->lstat, false);
}

static int entry_mode_is(Thread *t, DirEntry *e, bool follow, unsigned char kind, mode_t format)
{
    bool link = e->kind == DT_LNK;
    if (e->kind != DT_UNKNOWN && !(follow && link)) {
        return e->kind == kind;
    }
    Value st = entry_get_stat(t, e, follow);
    if (!st) {
        return error_clear_if(t, &exc_FileNotFoundError) ? 0 : -1;
    }
    return ((mode_t)fixnum_get(tuple_get(st, 0)) & S_IFMT) == format;
}

static int entry_is_symlink(Thread *t, DirEntry *e)
{
    return e->kind != DT_UNKNOWN ? e->kind == DT_LNK : entry_mode_is(t, e, false, DT_LNK, S_IFLNK);
}

static Value entry_test(Thread *t, Value *args, unsigned char kind, mode_t format)
{
    bool follow = true;
    if (!flag_arg(t, args[1], &follow)) {
        return 0;
    }
    int r = entry_mode_is(t, entry_of(args[0]), follow, kind, format);
    return r < 0 ? 0 : bool_value(r);
}
static Value entry_is_dir_method(ARGS) { return entry_test(t, args, DT_DIR, S_IFDIR); }
static Value entry_is_file_method(ARGS) { return entry_test(t, args, DT_REG, S_IFREG); }
static Value entry_is_symlink_method(ARGS)
{
    int r = entry_is_symlink(t, entry_of(args[0]));
    return r < 0 ? 0 : bool_value(r);
}
static Value entry_stat_method(ARGS)
{
    bool follow = true;
    return flag_arg(t, args[1], &follow) ? entry_get_stat(t, entry_of(args[0]), follow) : 0;
}
static Value entry_inode_method(ARGS) { return int_from_uint64(t, entry_of(args[0])->inode); }
static Value entry_fspath_method(ARGS) { return entry_of(args[0])->path; }
static Value entry_repr(Thread *t, Value self)
{
    return str_format(t, "<%s %R>", type_short_name(type_of(self)), entry_of(self)->name);
}

static const NativeDef entry_methods[] = {
    {"is_dir(*, follow_symlinks=True)", entry_is_dir_method, "Is the entry a directory?", 0},
    {"is_file(*, follow_symlinks=True)", entry_is_file_method, "Is the entry a regular file?", 0},
    {"is_symlink()", entry_is_symlink_method, "Is the entry a symbolic link?", 0},
    {"stat(*, follow_symlinks=True)", entry_stat_method, "stat_result of the entry, kept.", 0},
    {"inode()", entry_inode_method, "Inode number of the entry.", 0},
    {"__fspath__()", entry_fspath_method, "The path of the entry.", 0},
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {NULL, NULL, NULL, 0},
};
static const MemberDef entry_members[] = {
    {"name", MEMBER_VALUE, offsetof(DirEntry, name), true, "Name in the directory."},
    {"path", MEMBER_VALUE, offsetof(DirEntry, path), true,
     "The directory's path joined with the name."},
    {NULL, 0, 0, false, NULL},
};
static Type dir_entry_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "posix.DirEntry",
    .size = sizeof(DirEntry),
    .doc = "An entry of a directory, as scandir() finds it.",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = entry_trace,
    .repr = entry_repr,
    .methods = entry_methods,
    .members = entry_members,
};

/* ---- scandir ---- */

typedef struct ScanIter {
    Object head;
    Value path;            /* str, bytes, int or 0 */
    Mutex lock;            /* for dir; held while reading, the thread being parked */
    DIR *dir;              /* NULL: closed, or in an archive */
    EntryBatch *batch;     /* lock; mem_alloc'ed with the first entry */
    Value names;           /* list, init-only: what the folder in an archive holds; 0: no such */
    size_t next_name;      /* lock */
    int fd;                /* -1: path given */
} ScanIter;

static ScanIter *scan_of(Value v) { return (ScanIter *)value_object(v); }

static void scan_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((ScanIter *)o)->path);
    trace_value(tr, ((ScanIter *)o)->names);
}

static void scan_free(Object *o)
{
    ScanIter *s = (ScanIter *)o;
    if (s->dir) {
        close_directory(s->dir, s->fd != -1);
        s->dir = NULL;
    }
    mem_free(s->batch);
    s->batch = NULL;
}

/* Copies the next name to text; false: the end. */
static bool scan_read(Thread *t, ScanIter *s, char *text, EntryHead *head, int *err)
{
    size_t len;
    *err = 0;
    if (s->dir && !s->batch && !(s->batch = mem_calloc(1, sizeof *s->batch))) {
        *err = ENOMEM;
    }
    const char *name = s->dir && s->batch ? batch_next(t, s->dir, s->batch, head, &len) : NULL;
    if (name) {
        memcpy(text, name, len + 1);
    } else if (s->batch) {
        *err = s->batch->err;
    }
    return name != NULL;
}

static bool scan_close(Thread *t, ScanIter *s)
{
    mutex_lock_parked(t, &s->lock);
    DIR *dir = s->dir;
    EntryBatch *batch = s->batch;
    s->dir = NULL;
    s->batch = NULL;
    s->next_name = SIZE_MAX;
    mutex_unlock(&s->lock);
    mem_free(batch);
    if (dir) {
        thread_park(t);
        close_directory(dir, s->fd != -1);
        thread_unpark(t);
    }
    return dir != NULL;
}

static Value entry_path(Thread *t, ScanIter *s, Value name, const char *text, size_t len)
{
    if (s->fd != -1) {
        return name;
    }
    if (!s->path) {
        Value dot = str_from_cstr(t, "./");
        return dot ? str_concat(t, dot, name) : 0;
    }
    if (value_is_bytes(s->path)) {
        size_t base = value_bytes(s->path)->len;
        bool slash = base > 0 && value_bytes(s->path)->data[base - 1] != '/';
        Value v = bytes_new(t, NULL, base + slash + len);
        if (v) {
            char *p = value_bytes(v)->data;
            memcpy(p, value_bytes(s->path)->data, base);
            p[base] = slash ? '/' : p[base];
            memcpy(p + base + slash, text, len);
        }
        return v;
    }
    size_t base = str_len(s->path);
    Value parts[3] = {s->path, 0, name};
    if (base > 0 && str_get(value_str(s->path), base - 1) == '/') {
        return str_concat(t, s->path, name);
    }
    parts[1] = str_from_cstr(t, base ? "/" : "");
    return parts[1] ? str_concat_n(t, parts, 3) : 0;
}

static Value entry_new(Thread *t, const ScanIter *s, Value name, Value path, const EntryHead *head)
{
    DirEntry *entry = object_alloc(t, &dir_entry_type, sizeof *entry);
    if (!entry) {
        return 0;
    }
    gc_init(&entry->name, name);
    gc_init(&entry->path, path);
    entry->kind = head->kind;
    entry->inode = head->inode;
    entry->dir_fd = s->fd;
    return object_value(entry);
}

/* The next entry of a folder in an archive. */
static Value next_in_archive(Thread *t, ScanIter *s)
{
    struct stat st;
    mutex_lock_parked(t, &s->lock);
    size_t i = s->next_name;
    s->next_name += i < list_len(s->names);
    mutex_unlock(&s->lock);
    if (i >= list_len(s->names)) {
        return 0;
    }
    Value name = list_get(s->names, i), keep;
    const char *text = fs_cstr(t, name, &keep);
    Value path = text ? entry_path(t, s, name, text, strlen(text)) : 0;
    const char *whole = path ? fs_cstr(t, path, &keep) : NULL;
    if (!whole) {
        return 0;
    }
    if (!archive_file_stat(t, whole, &st)) {
        return raise_errno(t, &exc_OSError, errno, path);
    }
    return entry_new(t, s, name, path, &(EntryHead){st.st_ino, IFTODT(st.st_mode)});
}

static Value scan_next(Thread *t, Value self)
{
    ScanIter *s = scan_of(self);
    char text[sizeof((struct dirent *)0)->d_name];
    EntryHead head;
    int err;
    if (s->names) {
        return next_in_archive(t, s);
    }
    mutex_lock_parked(t, &s->lock);
    bool found = scan_read(t, s, text, &head, &err);
    mutex_unlock(&s->lock);
    if (!found) {
        scan_close(t, s);
        return err ? raise_errno(t, &exc_OSError, err, s->path) : 0;
    }
    size_t len = strlen(text);
    Value name = path_text(t, s->path && value_is_bytes(s->path), text, len);
    Value path = name ? entry_path(t, s, name, text, len) : 0;
    return path ? entry_new(t, s, name, path, &head) : 0;
}

static void scan_finalize(Thread *t, Value self)
{
    ScanIter *s = scan_of(self);
    if (s->dir) {
        Value pending = error_take(t);
        if (!warn_unclosed(t, self, "unclosed scandir iterator %R", self)) {
            error_unraisable(t, NULL, self);
        }
        error_restore(t, pending);
        scan_close(t, s);
    }
}

static Value scan_close_method(ARGS)
{
    scan_close(t, scan_of(args[0]));
    return NONE;
}
static Value scan_enter_method(ARGS) { return args[0]; }

static const NativeDef scan_methods[] = {
    {"__enter__()", scan_enter_method, "Return self.", 0},
    {"__exit__(*args)", scan_close_method, "Close the iterator.", 0},
    {"close()", scan_close_method, "Close the iterator and free what it holds.", 0},
    {NULL, NULL, NULL, 0},
};
static Type scan_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "posix.ScandirIterator",
    .size = sizeof(ScanIter),
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = scan_trace,
    .free = scan_free,
    .finalize = scan_finalize,
    .iter = iter_self,
    .next = scan_next,
    .methods = scan_methods,
};

static Value os_scandir(ARGS)
{
    PathArg p = PATH_FD_ARG("scandir");
    p.nullable = true;
    if (!path_arg(t, args[0], &p) || !AUDIT(t, "os.scandir", 1, p.object)) {
        return 0;
    }
    ScanIter *s = object_alloc(t, &scan_iter_type, sizeof *s);
    if (!s) {
        return 0;
    }
    gc_init(&s->path, p.text ? p.text : p.object);
    s->fd = p.fd;
    s->dir = open_directory(t, &p);
    Value listed = s->dir ? 0 : list_in_archive(t, &p);
    if (listed) {
        gc_store(s, &s->names, listed);
    }
    return s->dir || listed ? object_value(s) : path_failed(t, &p);
}

const NativeDef posix_dir_functions[] = {
    {"listdir(path=None)", os_listdir, "Names of the entries of a directory.", 0},
    {"scandir(path=None)", os_scandir,
     "Iterator over the entries of a directory, as DirEntry objects.", 0},
    {NULL, NULL, NULL, 0},
};

bool posix_dir_exec(Thread *t, Value mod)
{
    return type_ready(t, &scan_iter_type) && module_add_type(t, mod, &dir_entry_type);
}
