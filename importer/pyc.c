/* Bytecode files. */
#include "importer/pyc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytecode_magic.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "gc/safepoint.h"
#include "importer/importer.h"

/* ---- reading ---- */

static bool read_to_end(int fd, FileData *f)
{
    size_t cap = f->st.st_size > 0 ? (size_t)f->st.st_size + 1 : 4096;
    f->data = mem_alloc(cap);
    while (f->data) {
        ssize_t n = read(fd, f->data + f->len, cap - f->len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        f->len += n > 0 ? (size_t)n : 0;
        if (n < 0 || f->len < cap) { /* a read that fills less than the room was the last */
            return n >= 0;
        }
        uint8_t *more = mem_realloc(f->data, cap *= 2);
        if (!more) {
            break;
        }
        f->data = more;
    }
    errno = ENOMEM;
    return false;
}

bool file_read(Thread *t, const char *path, FileData *out, int *error)
{
    *out = (FileData){0};
    thread_park(t);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &out->st) == 0 && read_to_end(fd, out);
    *error = ok ? 0 : errno;
    if (fd >= 0) {
        close(fd);
    }
    thread_unpark(t);
    if (!ok) {
        file_data_free(out);
    }
    return ok;
}

void file_data_free(FileData *f)
{
    mem_free(f->data);
    f->data = NULL;
}

bool file_is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* ---- names and headers ---- */

Value pyc_path(Thread *t, Value source_path)
{
    static const char *const endings[] = {".typhon-311.pyc", ".typhon-311.opt-1.pyc",
                                          ".typhon-311.opt-2.pyc"};
    const Str *s = value_str(source_path);
    size_t name = s->len, dot = s->len;
    while (name > 0 && str_get(s, name - 1) != '/') {
        name--;
        dot = dot == s->len && str_get(s, name) == '.' ? name : dot;
    }
    Value prefix = dict_get_str(t->interp->sys_dict, N(pycache_prefix));
    int level = runtime.config.optimize < 2 ? runtime.config.optimize : 2;
    StrBuilder b;
    sb_init(&b, t);
    if (prefix && value_is_str(prefix)) {
        sb_str(&b, prefix);
        size_t lo = 0;
        while (lo < name && str_get(s, lo) == '/') {
            lo++;
        }
        sb_char(&b, '/');
        sb_sub(&b, source_path, lo, name);
    } else {
        sb_sub(&b, source_path, 0, name);
        sb_cstr(&b, "__pycache__/");
    }
    sb_sub(&b, source_path, name, dot == name ? s->len : dot);
    sb_cstr(&b, endings[level]);
    return sb_finish(&b);
}

static void put_u32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

bool pyc_magic_matches(const uint8_t *p)
{
    static const uint8_t magic[4] = {MAGIC_FIRST_WORD & 0xff, MAGIC_FIRST_WORD >> 8, '\r', '\n'};
    return memcmp(p, magic, sizeof magic) == 0;
}

uint64_t pyc_source_hash(const void *source, size_t n)
{
    const uint64_t key[2] = {MAGIC_FIRST_WORD | (uint64_t)'\r' << 16 | (uint64_t)'\n' << 24, 0};
    return siphash13(source, n, key);
}

PycHashCheck pyc_hash_check(Thread *t)
{
    Value imp = dict_get_cstr(t, t->interp->modules, "_imp"), mode = 0;
    if (!imp || object_lookup_attr(t, imp, N(check_hash_based_pycs), &mode) <= 0 ||
        !value_is_str(mode)) {
        error_clear(t);
        return PYC_HASH_DEFAULT;
    }
    return str_eq_cstr(mode, "always")  ? PYC_HASH_ALWAYS
           : str_eq_cstr(mode, "never") ? PYC_HASH_NEVER
                                        : PYC_HASH_DEFAULT;
}

Value pyc_bytes(Thread *t, Value code, const struct stat *source, const uint64_t *hash,
                bool check_source)
{
    Value body = marshal_dumps(t, code, 4), magic = body ? importer_magic(t) : 0;
    Value all = magic ? bytes_new(t, NULL, PYC_HEADER + value_bytes(body)->len) : 0;
    if (!all) {
        return 0;
    }
    uint8_t *p = (uint8_t *)value_bytes(all)->data;
    memcpy(p, value_bytes(magic)->data, 4);
    put_u32(p + 4, hash ? PYC_HASHED | (check_source ? PYC_CHECK_SOURCE : 0) : 0);
    if (hash) {
        memcpy(p + 8, hash, sizeof *hash);
    } else {
        put_u32(p + 8, (uint32_t)source->st_mtime);
        put_u32(p + 12, (uint32_t)source->st_size);
    }
    memcpy(p + PYC_HEADER, value_bytes(body)->data, value_bytes(body)->len);
    return all;
}

/* ---- writing ---- */

/* The folder of the file, opened, if files may be written there; the last part of the path in
 * *base.  -1: no. */
static int open_folder(const char *path, const char **base)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];
    size_t n = slash ? (size_t)(slash - path) : 0;
    *base = slash ? slash + 1 : path;
    if (n >= sizeof folder) {
        return -1;
    }
    memcpy(folder, slash ? path : ".", slash ? n : 1);
    folder[slash ? n : 1] = 0;
    return open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool folder_is_ours(int folder)
{
    struct stat st;
    return fstat(folder, &st) == 0 && st.st_uid == geteuid();
}

/* Nothing is there, or a file of ours. */
static bool place_is_free(int folder, const char *base)
{
    struct stat st;
    return fstatat(folder, base, &st, AT_SYMLINK_NOFOLLOW) < 0
               ? errno == ENOENT
               : S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

/* May the folders of the file be made?  A __pycache__ is not put into somebody else's folder. */
static bool may_make_folders(const char *path)
{
    static const char cache[] = "__pycache__";
    const size_t n = sizeof cache - 1;
    const char *end = strrchr(path, '/'), *begin = end ? end - n : path;
    if (!end || begin < path || memcmp(begin, cache, n) != 0 ||
        (begin > path && begin[-1] != '/')) {
        return true; /* below a folder that the user has named */
    }
    char parent[4096];
    struct stat st;
    size_t len = (size_t)(begin - path);
    if (len >= sizeof parent) {
        return false;
    }
    memcpy(parent, len ? path : ".", len ? len : 1);
    parent[len ? len : 1] = 0;
    return stat(parent, &st) == 0 && st.st_uid == geteuid();
}

bool pyc_may_write(const char *path)
{
    const char *base;
    int folder = open_folder(path, &base);
    if (folder < 0) {
        return errno == ENOENT && may_make_folders(path);
    }
    bool ok = folder_is_ours(folder) && place_is_free(folder, base);
    close(folder);
    return ok;
}

/* Makes the folders above a file that are not there yet. */
static void make_folders(const char *path)
{
    char part[4096];
    size_t n = strlen(path);
    if (n >= sizeof part) {
        return;
    }
    memcpy(part, path, n + 1);
    struct stat st;
    do { /* cuts the last part off until what is left exists */
        while (n > 0 && part[--n] != '/') {
        }
        part[n] = 0;
    } while (n > 0 && stat(part, &st) < 0);
    for (;;) { /* adds parts again, but the last */
        part[n] = path[n];
        n = strlen(part);
        if (!path[n] || (mkdir(part, 0777) < 0 && errno != EEXIST)) {
            return;
        }
    }
}

bool file_write_all(int fd, const void *data, size_t n)
{
    for (const char *p = data; n > 0;) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        p += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

static bool write_in_folder(int folder, const char *base, mode_t mode, const void *data, size_t n)
{
    static _Atomic uint32_t serial;
    char temporary[300];
    int len = snprintf(temporary, sizeof temporary, "%.220s.%x-%x", base, (unsigned)getpid(),
                       atomic_fetch_add_explicit(&serial, 1, memory_order_relaxed));
    int fd = len < (int)sizeof temporary && folder_is_ours(folder) && place_is_free(folder, base)
                 ? openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          (mode | 0200) & 0666)
                 : -1;
    if (fd < 0) {
        return false;
    }
    bool ok = file_write_all(fd, data, n);
    ok = close(fd) == 0 && ok && renameat(folder, temporary, folder, base) == 0;
    if (!ok) {
        unlinkat(folder, temporary, 0);
    }
    return ok;
}

bool pyc_write(Thread *t, const char *path, mode_t mode, const void *data, size_t n)
{
    const char *base;
    thread_park(t);
    int folder = open_folder(path, &base);
    if (folder < 0 && errno == ENOENT && may_make_folders(path)) {
        make_folders(path);
        folder = open_folder(path, &base);
    }
    bool ok = folder >= 0 && write_in_folder(folder, base, mode, data, n);
    if (folder >= 0) {
        close(folder);
    }
    thread_unpark(t);
    return ok;
}
