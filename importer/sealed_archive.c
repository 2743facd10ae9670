/* Opening sealed archives, and checking their members. */
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
    int copy;       /* descriptor of the copy in memory that data maps; -1: data map the file */
} SealedFile;

typedef struct SealedArchive {
    struct SealedArchive *next;
    Seal seal;
    SealedFile file;
    char path[];
} SealedArchive;

static SealedArchive *_Atomic sealed_archives;

static const SealedArchive *find_archive(const char *path)
{
    const SealedArchive *a = atomic_load_explicit(&sealed_archives, memory_order_acquire);
    while (a && strcmp(a->path, path) != 0) {
        a = a->next;
    }
    return a;
}

/* Its release pairs with the acquire of find_archive(). false: no memory. */
static bool add_archive(const char *path, const Seal *seal, const SealedFile *file)
{
    size_t n = strlen(path) + 1;
    SealedArchive *a = mem_alloc(sizeof *a + n);
    if (!a) {
        return false;
    }
    *a = (SealedArchive){.seal = *seal, .file = *file};
    memcpy(a->path, path, n);
    a->next = atomic_load_explicit(&sealed_archives, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&sealed_archives, &a->next, a,
                                                  memory_order_release, memory_order_relaxed)) {
    }
    return true;
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

static void close_file(SealedFile *f)
{
    munmap((void *)f->data, (size_t)f->st.st_size);
    if (f->copy >= 0) {
        close(f->copy);
    }
}

/* Maps a regular file, or a copy of it. false: errno. */
static bool map_file(const char *path, bool copied, SealedFile *f)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), error = 0;
    if (fd < 0) {
        return false;
    }
    void *data = MAP_FAILED;
    f->copy = -1;
    if (fstat(fd, &f->st) == 0 && S_ISREG(f->st.st_mode) && f->st.st_size > 0) {
        size_t size = (size_t)f->st.st_size;
        f->copy = copied ? copy_to_memory(fd, size) : -1;
        data = copied && f->copy < 0
                   ? MAP_FAILED
                   : mmap(NULL, size, PROT_READ, MAP_PRIVATE, copied ? f->copy : fd, 0);
        error = errno;
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

bool sealed_archive_open(const char *path, char *why, size_t n)
{
    const SealedArchive *known = find_archive(path);
    struct stat st;
    if (known && stat(path, &st) == 0 && is_same_file(&st, &known->file.st)) {
        return true;
    }
    bool wanted = runtime.config.require_signer != NULL, sealed;
    SealedFile file;
    if (!map_file(path, wanted, &file)) { /* the reader of archives says what is wrong with it */
        return !wanted || say(why, n, errno == ENOEXEC ? "not an archive" : strerror(errno));
    }
    Seal seal;
    bool ok = check_seal(&file, &seal, &sealed, why, n);
    bool kept = ok && sealed && add_archive(path, &seal, &file);
    if (!kept) {
        close_file(&file);
    }
    return ok && (kept || !sealed || say(why, n, strerror(ENOMEM)));
}

int sealed_archive_fd(const char *path)
{
    const SealedArchive *a = find_archive(path);
    return a && a->file.copy >= 0 ? fcntl(a->file.copy, F_DUPFD_CLOEXEC, 0) : -1;
}

bool sealed_member_check(const char *path, size_t offset, char *why, size_t n)
{
    const SealedArchive *a = find_archive(path);
    return !a || seal_segment_holds(&a->seal, offset) || say_changed(&a->seal, offset, why, n);
}
