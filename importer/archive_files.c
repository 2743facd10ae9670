/* Members of archives as files. */
#include "importer/archive_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/atomics.h"
#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "importer/pyc.h"
#include "importer/zipimporter.h"

/* Where a path leads. */
typedef struct Place {
    Archive *archive;
    const Member *member; /* NULL: the archive's uppermost folder */
    bool is_folder, has_files;
    char name[4096];      /* in the archive; of a folder with a slash at the end, or empty */
    size_t len;
} Place;

/* The archive that is this file.  NULL: it has not been imported from. */
static Archive *archive_of(Thread *t, const struct stat *st)
{
    Value cache = zipimporter_cache(t), all = cache ? dict_values_list(t, cache) : 0;
    for (size_t i = 0; all && i < list_len(all); i++) {
        Value v = list_get(all, i);
        Archive *a = type_of(v) == &archive_type ? (Archive *)value_object(v) : NULL;
        if (a && file_is_same(&a->st, st)) {
            return a;
        }
    }
    error_clear(t);
    return NULL;
}

/* Why there is no folder of this name: a part of it is a file, or missing. */
static int no_folder(const Place *p)
{
    for (size_t n = 1; n < p->len; n++) {
        if (p->name[n] == '/' && archive_find(p->archive, p->name, n)) {
            return ENOTDIR;
        }
    }
    return ENOENT;
}

/* Takes the last folder off the name, for "..".  false: errno. */
static bool leave_folder(Place *p)
{
    if (p->len == 0 || (p->has_files && !archive_find(p->archive, p->name, p->len))) {
        errno = p->len > 0 ? no_folder(p) : ENOTDIR; /* ENOTDIR: what is around the archive */
        return false;
    }
    const char *slash = memrchr(p->name, '/', p->len - 1);
    p->len = slash ? (size_t)(slash + 1 - p->name) : 0;
    return true;
}

/* Fills the name with what is behind the archive in the path, less doubled slashes and dots.
 * false: errno. */
static bool take_name(Place *p, const char *rest)
{
    p->len = 0;
    while (*rest) {
        size_t n = strcspn(rest, "/");
        if (n == 2 && rest[0] == '.' && rest[1] == '.') {
            if (!leave_folder(p)) {
                return false;
            }
        } else if (n > 0 && !(n == 1 && *rest == '.')) {
            if (p->len + n + 2 > sizeof p->name) {
                errno = ENAMETOOLONG;
                return false;
            }
            memcpy(p->name + p->len, rest, n);
            p->len += n;
            p->name[p->len++] = '/';
        }
        rest += n + (rest[n] == '/');
    }
    return true;
}

/* false: errno */
static bool find_member(Place *p, bool folder_only)
{
    p->member = p->len > 0 && !folder_only ? archive_find(p->archive, p->name, p->len - 1) : NULL;
    p->is_folder = !p->member;
    if (p->member) {
        p->len--;
        return true;
    }
    p->member = p->len > 0 ? archive_find(p->archive, p->name, p->len) : NULL;
    if (p->member || p->len == 0) {
        return true;
    }
    errno = no_folder(p);
    return false;
}

/* The archive that is the longest part of the path that is a file, and the length of that part.
 * false: errno. */
static bool find_archive(Thread *t, const char *path, Place *p, size_t *end)
{
    char front[4096];
    size_t n = strlen(path);
    struct stat st;
    errno = ENAMETOOLONG;
    if (n >= sizeof front) {
        return false;
    }
    memcpy(front, path, n + 1);
    while (n > 0 && stat(front, &st) != 0) {
        while (n > 0 && front[n - 1] != '/') {
            n--;
        }
        while (n > 0 && front[n - 1] == '/') {
            n--;
        }
        front[n] = 0;
    }
    p->archive = n > 0 && S_ISREG(st.st_mode) ? archive_of(t, &st) : NULL;
    p->has_files = p->archive && archive_find(p->archive, ARCHIVE_FILES, strlen(ARCHIVE_FILES));
    *end = n;
    errno = ENOTDIR;
    return p->archive != NULL;
}

static bool find_place(Thread *t, const char *path, Place *p)
{
    size_t end, whole = strlen(path);
    return find_archive(t, path, p, &end) && p->has_files && take_name(p, path + end) &&
           find_member(p, whole > end && path[whole - 1] == '/');
}

/* Without ARCHIVE_FILES folders have no members of their own. */
static bool has_folder(const Archive *a, const char *name, size_t n)
{
    for (uint32_t i = 0; i < a->n_members; i++) {
        const Member *m = &a->members[i];
        if (m->name_len >= n && memcmp(m->name, name, n) == 0) {
            return true;
        }
    }
    return false;
}

/* What to say of a file or folder in an archive, with its name. */
static const char *advice_for(ArchiveFinding found, bool has_files, int error)
{
    if (error == EROFS || (has_files && found != ARCHIVE_MISSING)) {
        return "%R is inside the archive: open() and os.listdir() read what is there, nothing "
               "changes it, and other programs find a copy only, which "
               "importlib.resources.as_file() makes";
    }
    return found == ARCHIVE_MEMBER
               ? "%R is inside the archive: importlib.resources and pkgutil.get_data() read it, "
                 "open() cannot (it can after typhon.pack --files)"
           : found == ARCHIVE_FOLDER
               ? "%R is a folder inside the archive: importlib.resources reads it, os.listdir() "
                 "and os.walk() cannot (they can after typhon.pack --files)"
               : "there is no %R in the archive (typhon.pack --data adds files; "
                 "importlib.resources reads them)";
}

Value archive_file_advice(Thread *t, const char *path, int error)
{
    bool has_files = false, may_be = error == ENOTDIR || error == ENOENT || error == EROFS;
    Value name = 0, pending = t->exc ? error_take(t) : 0;
    ArchiveFinding found = may_be ? archive_file_look(t, path, &name, &has_files)
                                  : ARCHIVE_ELSEWHERE;
    Value advice = found == ARCHIVE_ELSEWHERE
                       ? 0 : str_format(t, advice_for(found, has_files, error), name);
    error_clear(t);
    if (pending) {
        error_restore(t, pending);
    }
    return advice;
}

void archive_file_note(Thread *t, const char *path, int error)
{
    Value exc = t->exc ? error_take(t) : 0, advice = exc ? archive_file_advice(t, path, error) : 0;
    if (advice && !call_method1(t, exc, intern_cstr(t, "add_note"), advice)) {
        error_clear(t);
    }
    if (exc) {
        error_restore(t, exc);
    }
}

ArchiveFinding archive_file_look(Thread *t, const char *path, Value *name, bool *has_files)
{
    Place p;
    size_t end;
    *name = 0;
    if (!find_archive(t, path, &p, &end) || !take_name(&p, path + end)) {
        return ARCHIVE_ELSEWHERE;
    }
    size_t n = p.len > 0 ? p.len - 1 : 0;
    *name = n > 0 ? str_from_fs(t, p.name, n) : str_from_ascii(t, ".", 1);
    *has_files = p.has_files;
    return !*name                               ? ARCHIVE_ELSEWHERE
           : archive_find(p.archive, p.name, n) ? ARCHIVE_MEMBER
           : has_folder(p.archive, p.name, p.len)       ? ARCHIVE_FOLDER
                                                        : ARCHIVE_MISSING;
}

bool archive_file_stat(Thread *t, const char *path, struct stat *st)
{
    Place p;
    if (!find_place(t, path, &p)) {
        return false;
    }
    *st = p.archive->st;
    st->st_mode = p.is_folder ? S_IFDIR | 0555 : S_IFREG | 0444;
    st->st_nlink = 1;
    st->st_size = p.is_folder ? 0 : (off_t)p.member->size;
    st->st_blocks = (st->st_size + 511) / 512;
    st->st_ino ^= p.member ? p.member->offset + 1 : 0; /* os.path.samefile() tells them apart */
    return true;
}

bool archive_file_access(Thread *t, const char *path, int mode)
{
    struct stat st;
    return archive_file_stat(t, path, &st) && !(mode & W_OK) &&
           (!(mode & X_OK) || S_ISDIR(st.st_mode));
}

/* Of the bytes, with the position at the start.  -1: errno */
static int memory_file(const MemberData *d)
{
    int fd = memfd_create("member", MFD_CLOEXEC);
    if (fd >= 0 && !(file_write_all(fd, d->data, d->len) && lseek(fd, 0, SEEK_SET) == 0)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int archive_file_open(Thread *t, const char *path, int flags)
{
    Place p;
    MemberData data;
    if (!find_place(t, path, &p)) {
        errno = errno == ENOENT && flags & O_CREAT ? EROFS : errno;
        return -1;
    }
    if (p.is_folder || (flags & O_ACCMODE) != O_RDONLY || flags & (O_TRUNC | O_DIRECTORY)) {
        errno = p.is_folder ? EISDIR : flags & O_DIRECTORY ? ENOTDIR : EROFS;
        return -1;
    }
    if (!archive_read(t, p.archive, p.member, &data)) {
        return -1;
    }
    int fd = memory_file(&data);
    member_data_free(&data);
    return fd;
}

bool archive_file_read(Thread *t, const char *path, MemberData *out)
{
    Place p;
    return find_place(t, path, &p) && !p.is_folder && archive_read(t, p.archive, p.member, out);
}

const char *archive_path_begin(Thread *t, const char *path, ArchivePath *own)
{
    struct stat st;
    own->fd = -1;
    if (stat(path, &st) == 0 || errno != ENOTDIR) {
        return path;
    }
    own->fd = archive_file_open(t, path, O_RDONLY);
    if (own->fd >= 0) {
        snprintf(own->text, sizeof own->text, "/proc/self/fd/%d", own->fd);
        return own->text;
    }
    return t->exc ? NULL : path;
}

void archive_path_end(ArchivePath *own)
{
    if (own->fd >= 0) {
        close(own->fd);
    }
}

/* A library whose file in memory stays: the dynamic linker knows it by the name. */
typedef struct Library {
    struct Library *next;
    dev_t device;
    ino_t inode;
    struct timespec changed;
    uint64_t offset;
    char path[32];
} Library;

static Library *libraries; /* entries are never removed or changed */

static Library *library_find(Library *l, const Archive *a, const Member *m)
{
    while (l && !(l->device == a->st.st_dev && l->inode == a->st.st_ino &&
                  l->changed.tv_sec == a->st.st_mtim.tv_sec &&
                  l->changed.tv_nsec == a->st.st_mtim.tv_nsec && l->offset == m->offset)) {
        l = l->next;
    }
    return l;
}

/* Takes the descriptor.  NULL: no memory. */
static const char *library_add(const Archive *a, const Member *m, int fd)
{
    Library *fresh = mem_calloc(1, sizeof *fresh), *known, *head = load_acquire(&libraries);
    if (fresh) {
        *fresh = (Library){NULL, a->st.st_dev, a->st.st_ino, a->st.st_mtim, m->offset, ""};
        snprintf(fresh->path, sizeof fresh->path, "/proc/self/fd/%d", fd);
    }
    do {
        known = library_find(head, a, m);
        if (known || !fresh) {
            mem_free(fresh);
            close(fd);
            return known ? known->path : NULL;
        }
        fresh->next = head;
    } while (!cas_acq_rel(&libraries, &head, fresh)); /* with load_acquire() of those who look */
    return fresh->path;
}

const char *archive_library_path(Thread *t, const char *path)
{
    Place p;
    size_t end;
    MemberData data;
    if (!find_archive(t, path, &p, &end) || !take_name(&p, path + end) ||
        !find_member(&p, false) || p.is_folder) {
        return NULL;
    }
    const Library *known = library_find(load_acquire(&libraries), p.archive, p.member);
    if (known) {
        return known->path;
    }
    if (!archive_read(t, p.archive, p.member, &data)) {
        return NULL;
    }
    int fd = memory_file(&data);
    member_data_free(&data);
    return fd >= 0 ? library_add(p.archive, p.member, fd) : NULL;
}

/* The member's part that is an entry of the folder; 0: it is elsewhere, or deeper. */
static size_t entry_length(const Member *m, const Place *folder)
{
    if (m->name_len <= folder->len || memcmp(m->name, folder->name, folder->len) != 0) {
        return 0;
    }
    size_t n = m->name_len - folder->len;
    const char *slash = memchr(m->name + folder->len, '/', n);
    return !slash ? n : (size_t)(slash - m->name) == m->name_len - 1 ? n - 1 : 0;
}

Value archive_file_list(Thread *t, const char *path, bool as_bytes)
{
    Place p;
    if (!find_place(t, path, &p)) {
        return 0;
    }
    if (!p.is_folder) {
        errno = ENOTDIR;
        return 0;
    }
    Value list = list_new(t, 0);
    for (uint32_t i = 0; list && i < p.archive->n_members; i++) {
        const Member *m = &p.archive->members[i];
        size_t n = entry_length(m, &p);
        if (n == 0) {
            continue;
        }
        const char *text = m->name + p.len;
        Value name = as_bytes ? bytes_new(t, text, n) : str_from_fs(t, text, n);
        if (!name || !list_append(t, list, name)) {
            return 0;
        }
    }
    return list;
}
