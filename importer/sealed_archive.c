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
#include "importer/pyc.h"
#include "importer/seal.h"

struct SealedArchive {
    SealedArchive *next;
    Seal seal;
    struct stat st;        /* of the file when it was opened */
    const uint8_t *memory; /* a copy, mapped; NULL: none */
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
static const SealedArchive *add_archive(const ArchiveFile *f, const Seal *seal,
                                        const uint8_t *memory)
{
    size_t n = strlen(f->path) + 1;
    SealedArchive *a = mem_alloc(sizeof *a + n);
    if (!a) {
        return NULL;
    }
    *a = (SealedArchive){.seal = *seal, .st = f->st, .memory = memory};
    memcpy(a->path, f->path, n);
    a->next = atomic_load_explicit(&sealed_archives, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&sealed_archives, &a->next, a,
                                                  memory_order_release, memory_order_relaxed)) {
    }
    return a;
}

/* A descriptor of a copy of the file that nobody can change any more, or -1 and errno. */
static int copy_to_memory(int fd, size_t size)
{
    int copy = memfd_create("archive", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    off_t at = 0;
    while (copy >= 0 && (size_t)at < size) {
        ssize_t n = sendfile(copy, fd, &at, size - (size_t)at);
        if (n <= 0) {
            errno = n < 0 ? errno : EIO; /* 0: it has become shorter */
            close(copy);
            return -1;
        }
    }
    if (copy >= 0) {
        fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    }
    return copy;
}

/* The file's bytes, copied; NULL: errno. */
static const uint8_t *map_copy(const ArchiveFile *f)
{
    int copy = copy_to_memory(f->fd, (size_t)f->st.st_size);
    void *memory = copy < 0 ? MAP_FAILED
                            : mmap(NULL, (size_t)f->st.st_size, PROT_READ, MAP_PRIVATE, copy, 0);
    int error = errno;
    if (copy >= 0) {
        close(copy);
    }
    errno = error;
    return memory == MAP_FAILED ? NULL : memory;
}

static bool say(char *why, size_t n, const char *what)
{
    snprintf(why, n, "%s", what);
    return false;
}

/* What -X require-signer demands of a seal that holds. */
static bool check_signer(const Seal *seal, const uint8_t *memory, char *why, size_t n)
{
    uint8_t key[SEAL_KEY_SIZE];
    char name[256];
    const char *file = runtime.config.require_signer, *wrong = seal_read_key(file, key);
    if (wrong) {
        snprintf(why, n, "-X require-signer: %s: %s", file, wrong);
        return false;
    }
    if (!seal_is_by(seal, key)) {
        return say(why, n, "not signed by the key that -X require-signer names");
    }
    uint64_t changed = seal_find_change(seal, memory);
    if (changed != UINT64_MAX) {
        seal_segment_name(seal, changed, name, sizeof name);
        snprintf(why, n, "%s: changed since the archive was sealed", name);
    }
    return changed == UINT64_MAX;
}

/* The seal of the archive in `from`, if it is good enough; *sealed: there is one. */
static bool check_seal(const SealSource *from, Seal *seal, bool *sealed, char *why, size_t n)
{
    bool wanted = runtime.config.require_signer != NULL;
    SealState state = seal_open(from, seal);
    *sealed = state == SEAL_HOLDS;
    if (state == SEAL_BROKEN) {
        return say(why, n, "changed since it was sealed");
    }
    if (state == SEAL_NONE) {
        return !wanted || say(why, n, "not sealed, but -X require-signer is given");
    }
    return !wanted || check_signer(seal, from->memory, why, n);
}

bool sealed_archive_open(const ArchiveFile *f, const SealedArchive **out, char *why, size_t n)
{
    *out = find_archive(f->path);
    if (*out && file_is_same(&f->st, &(*out)->st)) {
        return true;
    }
    *out = NULL;
    SealSource from = {.fd = f->fd, .size = (uint64_t)f->st.st_size};
    if (runtime.config.require_signer && from.size > 0 && !(from.memory = map_copy(f))) {
        return say(why, n, strerror(errno));
    }
    Seal seal;
    bool sealed, ok = check_seal(&from, &seal, &sealed, why, n);
    if (ok && sealed) {
        *out = add_archive(f, &seal, from.memory);
        ok = *out || say(why, n, strerror(ENOMEM));
    }
    if (!*out) {
        seal_free(&seal);
        if (from.memory) {
            munmap((void *)from.memory, from.size);
        }
    }
    return ok;
}

const uint8_t *sealed_archive_memory(const SealedArchive *a)
{
    return a->memory;
}

size_t sealed_archive_member_size(const SealedArchive *a, uint64_t offset)
{
    return seal_segment_size(&a->seal, offset);
}

bool sealed_archive_member_holds(const SealedArchive *a, uint64_t offset, const void *bytes)
{
    return seal_segment_holds(&a->seal, offset, bytes);
}
