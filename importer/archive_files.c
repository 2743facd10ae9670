/* Members of archives as files. */
#include "importer/archive_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "importer/pyc.h"
#include "importer/zipimporter.h"

/* Where a path leads. */
typedef struct Place {
    Archive *archive;
    const Member *member; /* NULL: it is a folder */
    char name[4096];      /* in the archive; of a folder with a slash at the end, or empty */
    size_t len;
} Place;

/* The archive with files that is this one.  NULL: none has been imported from. */
static Archive *archive_of(Thread *t, const struct stat *st)
{
    Value cache = zipimporter_cache(t), all = cache ? dict_values_list(t, cache) : 0;
    for (size_t i = 0; all && i < list_len(all); i++) {
        Value v = list_get(all, i);
        Archive *a = type_of(v) == &archive_type ? (Archive *)value_object(v) : NULL;
        if (a && file_is_same(&a->st, st) &&
            archive_find(a, ARCHIVE_FILES, strlen(ARCHIVE_FILES))) {
            return a;
        }
    }
    error_clear(t);
    return NULL;
}

/* Fills the name with what is behind the archive in the path, less doubled slashes and dots. */
static bool take_name(Place *p, const char *rest)
{
    p->len = 0;
    while (*rest) {
        size_t n = strcspn(rest, "/");
        if (n > 0 && !(n == 1 && *rest == '.')) {
            if (p->len + n + 2 > sizeof p->name) {
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

static bool find_member(Place *p)
{
    p->member = p->len > 0 ? archive_find(p->archive, p->name, p->len - 1) : NULL;
    if (p->member) {
        p->len--;
    }
    return p->member || p->len == 0 || archive_find(p->archive, p->name, p->len);
}

/* The archive is the longest part of the path that is a file.  false: errno. */
static bool find_place(Thread *t, const char *path, Place *p)
{
    char front[4096];
    size_t n = strlen(path);
    struct stat st;
    errno = ENAMETOOLONG;
    if (n >= sizeof front) {
        return false;
    }
    memcpy(front, path, n + 1);
    do {
        while (n > 0 && front[n - 1] != '/') {
            n--;
        }
        while (n > 0 && front[n - 1] == '/') {
            n--;
        }
        front[n] = 0;
    } while (n > 0 && stat(front, &st) != 0);
    p->archive = n > 0 && S_ISREG(st.st_mode) ? archive_of(t, &st) : NULL;
    errno = ENOTDIR;
    if (!p->archive) {
        return false;
    }
    errno = ENOENT;
    return take_name(p, path + n) && find_member(p);
}

bool archive_file_stat(Thread *t, const char *path, struct stat *st)
{
    Place p;
    if (!find_place(t, path, &p)) {
        return false;
    }
    *st = p.archive->st;
    st->st_mode = p.member ? S_IFREG | 0444 : S_IFDIR | 0555;
    st->st_nlink = 1;
    st->st_size = p.member ? (off_t)p.member->size : 0;
    st->st_blocks = (st->st_size + 511) / 512;
    st->st_ino ^= p.member ? p.member->offset + 1 : 0; /* os.path.samefile() tells them apart */
    return true;
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
        return -1;
    }
    if (!p.member || (flags & O_ACCMODE) != O_RDONLY || flags & (O_TRUNC | O_DIRECTORY)) {
        errno = flags & O_DIRECTORY && p.member ? ENOTDIR : !p.member ? EISDIR : EROFS;
        return -1;
    }
    if (!archive_read(t, p.archive, p.member, &data)) {
        return -1;
    }
    int fd = memory_file(&data);
    member_data_free(&data);
    return fd;
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

Value archive_file_list(Thread *t, const char *path)
{
    Place p;
    if (!find_place(t, path, &p)) {
        return 0;
    }
    if (p.member) {
        errno = ENOTDIR;
        return 0;
    }
    Value list = list_new(t, 0);
    for (uint32_t i = 0; list && i < p.archive->n_members; i++) {
        const Member *m = &p.archive->members[i];
        size_t n = entry_length(m, &p);
        Value name = n > 0 ? str_from_fs(t, m->name + p.len, n) : 0;
        if (n > 0 && (!name || !list_append(t, list, name))) {
            return 0;
        }
    }
    return list;
}
