/* Opening sealed archives. */
#include "importer/sealed_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/object/thread.h"
#include "importer/seal.h"

/* An archive's bytes. */
typedef struct SealedFile {
    const uint8_t *data;
    struct stat st; /* of the file when it was opened */
} SealedFile;

struct SealedArchive {
    SealedArchive *next;
    Seal seal;
    SealedFile file;
    char path[];
};

static SealedArchive *_Atomic sealed_archives;

static const SealedArchive *find_archive(const char *path)
{
    const SealedArchive *a = atomic_load_explicit(&sealed_archives, memory_order_acquire);
    while (a && strcmp(a->path, path) != 0) {
        a = a->next;
    }
    return a;
}

/* Its release pairs with the acquire of find_archive(). NULL: no memory. */
static const SealedArchive *add_archive(const char *path, const Seal *seal, const SealedFile *file)
{
    size_t n = strlen(path) + 1;
    SealedArchive *a = mem_alloc(sizeof *a + n);
    if (!a) {
        return NULL;
    }
    *a = (SealedArchive){.seal = *seal, .file = *file};
    memcpy(a->path, path, n);
    a->next = atomic_load_explicit(&sealed_archives, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&sealed_archives, &a->next, a,
                                                  memory_order_release, memory_order_relaxed)) {
    }
    return a;
}

/* A copy of the file in memory that nobody can change any more: its descriptor, or -1 and errno. */
static int copy_to_memory(int fd, size_t size)
{
    int copy = memfd_create("archive", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (size_t done = 0; copy >= 0 && done < size;) {
        ssize_t n = sendfile(copy, fd, NULL, size - done);
        if (n <= 0) {
            errno = n < 0 ? errno : EIO; /* 0: it has become shorter */
            close(copy);
            return -1;
        }
        done += (size_t)n;
    }
    if (copy >= 0) {
        fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    }
    return copy;
}

/* Maps a regular file, or a copy of it. false: errno. */
static bool map_file(const char *path, bool copied, SealedFile *f)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), error = 0;
    if (fd < 0) {
        return false;
    }
    void *data = MAP_FAILED;
    if (fstat(fd, &f->st) == 0 && S_ISREG(f->st.st_mode) && f->st.st_size > 0) {
        size_t size = (size_t)f->st.st_size;
        int source = copied ? copy_to_memory(fd, size) : fd;
        data = source < 0 ? data : mmap(NULL, size, PROT_READ, MAP_PRIVATE, source, 0);
        error = errno;
        if (copied && source >= 0) {
            close(source);
        }
    } else {
        error = ENOEXEC;
    }
    f->data = data;
    close(fd);
    errno = error;
    return data != MAP_FAILED;
}

static bool say(char *why, size_t n, const char *what)
{
    snprintf(why, n, "%s", what);
    return false;
}

static bool say_changed(const Seal *seal, size_t offset, char *why, size_t n)
{
    char name[256];
    seal_segment_name(seal, offset, name, sizeof name);
    snprintf(why, n, "%s: changed since the archive was sealed", name);
    return false;
}

/* What -X require-signer demands of a seal that holds. */
static bool check_signer(const Seal *seal, char *why, size_t n)
{
    uint8_t key[SEAL_KEY_SIZE];
    const char *file = runtime.config.require_signer, *wrong = seal_read_key(file, key);
    if (wrong) {
        snprintf(why, n, "-X require-signer: %s: %s", file, wrong);
        return false;
    }
    if (!seal_is_by(seal, key)) {
        return say(why, n, "not signed by the key that -X require-signer names");
    }
    size_t changed = seal_find_change(seal);
    return changed == SIZE_MAX || say_changed(seal, changed, why, n);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Is the seal good enough?  *sealed: there is one. */
static bool check_seal(const SealedFile *f, Seal *seal, bool *sealed, char *why, size_t n)
{
    bool wanted = runtime.config.require_signer != NULL;
    SealState state = seal_open(f->data, (size_t)f->st.st_size, seal);
    *sealed = state == SEAL_HOLDS;
    if (state == SEAL_BROKEN) {
        return say(why, n, "changed since it was sealed");
    }
    if (state == SEAL_NONE) {
        return !wanted || say(why, n, "not sealed, but -X require-signer is given");
    }
    return !wanted || check_signer(seal, why, n);
}

bool sealed_archive_open(const char *path, const SealedArchive **out, char *why, size_t n)
{
    const SealedArchive *found = find_archive(path);
    struct stat st;
    if (!found || stat(path, &st) != 0 || !is_same_file(&st, &found->file.st)) {
        bool wanted = runtime.config.require_signer != NULL, sealed;
        SealedFile file;
        if (!map_file(path, wanted, &file)) { /* else the reader says what is wrong */
            *out = NULL;
            return !wanted || say(why, n, errno == ENOEXEC ? "not an archive" : strerror(errno));
        }
        Seal seal;
        bool ok = check_seal(&file, &seal, &sealed, why, n);
        found = ok && sealed ? add_archive(path, &seal, &file) : NULL;
        if (!found) {
            munmap((void *)file.data, (size_t)file.st.st_size);
        }
        if (!ok || (sealed && !found)) {
            return ok ? say(why, n, strerror(ENOMEM)) : false;
        }
    }
    *out = found;
    return true;
}

bool sealed_archive_copy(const SealedArchive *a, void *out, size_t n, uint64_t at)
{
    if (at > a->seal.size || n > a->seal.size - at) {
        return false;
    }
    memcpy(out, a->seal.data + at, n);
    return true;
}

bool sealed_archive_member_holds(const SealedArchive *a, uint64_t offset)
{
    return seal_segment_holds(&a->seal, offset);
}

const struct stat *sealed_archive_stat(const SealedArchive *a)
{
    return &a->file.st;
}
