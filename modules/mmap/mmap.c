/* The module mmap: files and anonymous memory as mutable byte sequences. */
#include "modules/mmap/mmap.h"

#include <sys/mman.h>

bool map_enter(Thread *t, Map *m)
{
    map_lock(t, m);
    if (!m->data) {
        map_unlock(m);
        value_error(t, "mmap closed or invalid");
        return false;
    }
    return true;
}

bool map_writable(Thread *t, Map *m)
{
    if (m->access == MAP_ACCESS_READ) {
        type_error(t, "mmap can't modify a readonly memory map.");
        return false;
    }
    return true;
}

/* ---- making ---- */

static bool access_modes(Thread *t, int access, int *flags, int *prot, MapAccess *out)
{
    if (access != MAP_ACCESS_DEFAULT &&
        (*flags != MAP_SHARED || *prot != (PROT_READ | PROT_WRITE))) {
        value_error(t, "mmap can't specify both access and flags, prot.");
        return false;
    }
    switch (access) {
    case MAP_ACCESS_READ:
        *prot = PROT_READ;
        break;
    case MAP_ACCESS_WRITE:
        break;
    case MAP_ACCESS_COPY:
        *flags = MAP_PRIVATE;
        break;
    case MAP_ACCESS_DEFAULT:
        access = (*prot & PROT_READ) && (*prot & PROT_WRITE) ? MAP_ACCESS_DEFAULT
                 : *prot & PROT_WRITE                        ? MAP_ACCESS_WRITE
                                                             : MAP_ACCESS_READ;
        break;
    default:
        value_error(t, "mmap invalid access parameter.");
        return false;
    }
    *out = (MapAccess)access;
    return true;
}

/* Checks the length against the file, finds it when it is 0. */
static bool file_length(Thread *t, int fd, off_t offset, ssize_t *size)
{
    struct stat st;
    if (fd == -1 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return true;
    }
    if (*size == 0) {
        if (st.st_size == 0) {
            value_error(t, "cannot mmap an empty file");
            return false;
        }
        if (offset >= st.st_size) {
            value_error(t, "mmap offset is greater than file size");
            return false;
        }
        *size = st.st_size - offset;
    } else if (offset > st.st_size || st.st_size - offset < *size) {
        value_error(t, "mmap length is greater than file size");
        return false;
    }
    return true;
}

static Value map_make(Thread *t, Type *type, int fd, ssize_t size, int flags, int prot,
                      MapAccess access, off_t offset)
{
    Map *m = object_alloc_instance(t, type, 0);
    if (!m) {
        return 0;
    }
    m->fd = -1;
    if (fd == -1) {
        flags |= MAP_ANONYMOUS;
    } else if ((m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) {
        return os_failed(t);
    }
    void *data;
    thread_park(t);
    data = mmap(NULL, (size_t)size, prot, flags, fd, offset);
    thread_unpark(t);
    if (data == MAP_FAILED) {
        int err = errno;
        if (m->fd >= 0) {
            close(m->fd);
            m->fd = -1;
        }
        errno = err;
        return os_failed(t);
    }
    m->data = data;
    m->size = (size_t)size;
    m->offset = offset;
    m->access = access;
    m->prot = prot;
    m->flags = flags;
    return object_value(m);
}

static Value map_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("mmap(fileno, length, flags=MAP_SHARED, prot=PROT_WRITE|PROT_READ, "
                  "access=ACCESS_DEFAULT, offset=0)");
    Value a[6];
    int fd, flags = MAP_SHARED, prot = PROT_READ | PROT_WRITE, access_arg = MAP_ACCESS_DEFAULT;
    ssize_t size;
    off_t offset = 0;
    MapAccess access;
    if (!args_bind(t, &sig, args, n, kwnames, a) || !value_to_parsed_int(t, a[0], &fd) ||
        !size_arg(t, a[1], &size) || !int_arg(t, a[2], &flags) || !int_arg(t, a[3], &prot) ||
        !int_arg(t, a[4], &access_arg) || (a[5] && !off_arg(t, a[5], &offset))) {
        return 0;
    }
    if (!AUDIT(t, "mmap.__new__", 4, a[0], a[1], fixnum(access_arg), int_from_int64(t, offset))) {
        return 0;
    }
    if (size < 0 || offset < 0) {
        return overflow_error(t, "memory mapped %s must be positive",
                              size < 0 ? "length" : "offset");
    }
    if (!access_modes(t, access_arg, &flags, &prot, &access) ||
        !file_length(t, fd, offset, &size)) {
        return 0;
    }
    return map_make(t, type, fd, size, flags, prot, access, offset);
}

static void map_free(Object *o)
{
    Map *m = (Map *)o;
    if (m->data) {
        munmap(m->data, m->size);
        if (m->fd >= 0) {
            close(m->fd);
        }
        m->data = NULL;
    }
}

/* ---- buffer, text ---- */

static bool map_get_buffer(Thread *t, Value self, Buffer *view, int flags)
{
    Map *m = map_of(self);
    if (!map_enter(t, m)) {
        return false;
    }
    m->exports++;
    char *data = m->data;
    size_t size = m->size;
    map_unlock(m);
    if (!buffer_fill(t, view, self, data, (ssize_t)size, m->access == MAP_ACCESS_READ, flags)) {
        map_lock(t, m);
        m->exports--;
        map_unlock(m);
        return false;
    }
    return true;
}

static void map_release_buffer(Thread *t, Value self, Buffer *view UNUSED)
{
    Map *m = map_of(self);
    map_lock(t, m);
    m->exports--;
    map_unlock(m);
}

static Value map_repr(Thread *t, Value self)
{
    static const char *const access_names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE",
                                               "ACCESS_COPY"};
    Map *m = map_of(self);
    map_lock(t, m);
    bool closed = !m->data;
    size_t size = m->size, pos = m->pos;
    map_unlock(m);
    if (closed) {
        return str_format(t, "<%s closed=True>", type_of(self)->name);
    }
    return str_format(t, "<%s closed=False, access=%s, length=%zu, pos=%zu, offset=%lld>",
                      type_of(self)->name, access_names[m->access], size, pos,
                      (long long)m->offset);
}

static Value map_closed(Thread *t, Value self, void *closure UNUSED)
{
    Map *m = map_of(self);
    map_lock(t, m);
    bool closed = !m->data;
    map_unlock(m);
    return bool_value(closed);
}

static const GetSetDef map_getset[] = {
    {"closed", map_closed, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type mmap_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "mmap.mmap",
    .size = sizeof(Map),
    .doc = "mmap(fileno, length[, flags[, prot[, access[, offset]]]])\n\nBytes of a file (or, with "
           "-1, of anonymous memory) "
           "as a mutable sequence.",
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .weakrefable = 1,
    .new = map_new,
    .free = map_free,
    .repr = map_repr,
    .len = map_len,
    .getitem = map_getitem,
    .setitem = map_setitem,
    .item = map_item,
    .get_buffer = map_get_buffer,
    .release_buffer = map_release_buffer,
    .methods = map_methods,
    .getset = map_getset,
    .getattr = generic_getattr,
};

static bool mmap_exec(Thread *t, Value mod)
{
#define K(name) {#name, name}
    static const IntConstant constants[] = {
        {"ACCESS_DEFAULT", MAP_ACCESS_DEFAULT},
        {"ACCESS_READ", MAP_ACCESS_READ},
        {"ACCESS_WRITE", MAP_ACCESS_WRITE},
        {"ACCESS_COPY", MAP_ACCESS_COPY},
        K(MADV_DODUMP),
        K(MADV_DOFORK),
        K(MADV_DONTDUMP),
        K(MADV_DONTFORK),
        K(MADV_DONTNEED),
        K(MADV_FREE),
        K(MADV_HUGEPAGE),
        K(MADV_HWPOISON),
        K(MADV_MERGEABLE),
        K(MADV_NOHUGEPAGE),
        K(MADV_NORMAL),
        K(MADV_RANDOM),
        K(MADV_REMOVE),
        K(MADV_SEQUENTIAL),
        K(MADV_UNMERGEABLE),
        K(MADV_WILLNEED),
        K(MAP_ANON),
        K(MAP_ANONYMOUS),
        K(MAP_DENYWRITE),
        K(MAP_EXECUTABLE),
        K(MAP_POPULATE),
        K(MAP_PRIVATE),
        K(MAP_SHARED),
        K(MAP_STACK),
        K(PROT_EXEC),
        K(PROT_READ),
        K(PROT_WRITE),
    };
#undef K
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    return module_add_int(t, mod, "PAGESIZE", sysconf(_SC_PAGESIZE)) &&
           module_add_int(t, mod, "ALLOCATIONGRANULARITY", sysconf(_SC_PAGESIZE)) &&
           module_add(t, mod, "error", object_value(&exc_OSError)) &&
           module_add_type(t, mod, &mmap_type);
}

const ModuleDef module_mmap = {"mmap", "Memory-mapped files.", NULL, mmap_exec};
