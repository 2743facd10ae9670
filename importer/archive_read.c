/* Archives: reading members, and the objects that hold an archive. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "core/base/crc32.h"
#include "core/base/memory.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/safepoint.h"
#include "importer/archive.h"
#include "importer/archive_format.h"

/* ---- names of old archives ---- */

static const uint16_t cp437[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

size_t cp437_decode(const uint8_t *p, size_t n, char *out)
{
    char *start = out;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = p[i] < 128 ? p[i] : cp437[p[i] - 128];
        if (c < 0x80) {
            *out++ = (char)c;
        } else if (c < 0x800) {
            *out++ = (char)(0xc0 | c >> 6);
            *out++ = (char)(0x80 | (c & 0x3f));
        } else {
            *out++ = (char)(0xe0 | c >> 12);
            *out++ = (char)(0x80 | (c >> 6 & 0x3f));
            *out++ = (char)(0x80 | (c & 0x3f));
        }
    }
    return (size_t)(out - start);
}

/* ---- members ---- */

/* The archive's descriptor, if nobody has closed it or put another file there (programs that become
 * daemons close all); otherwise the file is opened again.  -1: it is gone.  Called parked. */
static int descriptor(Archive *a, const char *path)
{
    struct stat st;
    int fd = atomic_load_explicit(&a->fd, memory_order_acquire);
    if (fstat(fd, &st) == 0 && st.st_ino == a->st.st_ino && st.st_dev == a->st.st_dev) {
        return fd;
    }
    int again = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (again < 0 || fstat(again, &st) != 0 || st.st_ino != a->st.st_ino ||
        st.st_dev != a->st.st_dev || st.st_size != a->st.st_size) {
        if (again >= 0) {
            close(again);
        }
        return -1;
    }
    if (!atomic_compare_exchange_strong_explicit(&a->fd, &fd, again, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        close(again); /* another thread has opened it */
        return fd;
    }
    return again;
}

/* Does the local header say what the directory does?  Sizes and checksum may be missing in it when
 * they are behind the data, and sizes when they are in its ZIP64 part. */
static bool local_agrees(const uint8_t *p, const Member *m)
{
    uint32_t crc = get_u32(p + 14), packed = get_u32(p + 18), size = get_u32(p + 22);
    bool behind = m->flags & FLAG_SIZES_BEHIND;
    return get_u16(p + 6) == m->flags && get_u16(p + 8) == m->method &&
           get_u16(p + 26) == m->raw_len && memcmp(p + LOCAL_SIZE, m->raw, m->raw_len) == 0 &&
           (crc == m->crc || (behind && crc == 0)) &&
           (packed == m->packed || packed == 0xffffffff || (behind && packed == 0)) &&
           (size == m->size || size == 0xffffffff || (behind && size == 0));
}

/* The member's packed bytes, at d->data.  NULL, or what is wrong.  Called parked. */
static const char *read_packed(int fd, const Archive *a, const Member *m, MemberData *d)
{
    enum { EXTRA_GUESS = 64 }; /* the local header may have extra data that the directory has not */
    size_t head = LOCAL_SIZE + (size_t)m->raw_len, got = head + EXTRA_GUESS + m->packed;
    uint64_t left = (uint64_t)a->st.st_size - m->offset;
    if (a->sealed) {
        got = sealed_archive_member_size(a->sealed, m->offset);
    }
    got = got < left ? got : (size_t)left;
    uint8_t *p = d->memory = mem_alloc(got);
    if (!p || got < head || !archive_bytes(a, fd, p, got, m->offset)) {
        return p ? "can't read Zip file: %R" : "no memory for a member of Zip file: %R";
    }
    if (a->sealed && !sealed_archive_member_holds(a->sealed, m->offset, p)) {
        return "changed since the archive was sealed: %R";
    }
    if (get_u32(p) != LOCAL_MARK) {
        return "bad local file header: %R";
    }
    if (!local_agrees(p, m)) {
        return "local header and directory differ in Zip file: %R";
    }
    head += get_u16(p + 28);
    if (head + m->packed > got) {
        if (head + m->packed > left || !(p = mem_realloc(d->memory, head + m->packed))) {
            return "can't read Zip file: %R";
        }
        d->memory = p;
        if (!archive_bytes(a, fd, p + got, head + m->packed - got, m->offset + got)) {
            return "can't read Zip file: %R";
        }
    }
    d->data = p + head;
    d->len = m->packed;
    return NULL;
}

/* Unpacks d->data, to the size that the member says.  Called parked. */
static const char *unpack(const Member *m, MemberData *d)
{
    if (m->size > ARCHIVE_MEMBER_MAX) {
        return "too large a member of Zip file: %R";
    }
    uint8_t *out = mem_alloc((size_t)m->size + 1);
    z_stream z = {.next_in = (Bytef *)d->data,
                  .avail_in = (uInt)d->len,
                  .next_out = out,
                  .avail_out = (uInt)m->size + 1};
    if (!out || inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        mem_free(out);
        return "no memory for a member of Zip file: %R";
    }
    bool ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == m->size && z.avail_in == 0;
    inflateEnd(&z);
    mem_free(d->memory);
    *d = (MemberData){out, out, (size_t)m->size};
    return ok ? NULL : "bad deflated data in Zip file: %R";
}

static const char *read_member(int fd, const Archive *a, const Member *m, MemberData *d)
{
    if (m->flags & FLAG_ENCRYPTED) {
        return "encrypted member of Zip file: %R";
    }
    if (m->method != METHOD_STORED && m->method != METHOD_DEFLATED) {
        return "unknown compression in Zip file: %R";
    }
    const char *wrong = read_packed(fd, a, m, d);
    if (!wrong && m->method == METHOD_DEFLATED) {
        wrong = m->packed > UINT32_MAX ? "too large a member of Zip file: %R" : unpack(m, d);
    }
    if (!wrong && crc32_update(0, d->data, d->len) != m->crc) {
        return "bad CRC-32 of %R";
    }
    return wrong;
}

bool archive_read(Thread *t, Archive *a, const Member *m, MemberData *out)
{
    const char *path = str_fs_path(t, a->path);
    *out = (MemberData){0};
    if (!path) {
        return false;
    }
    thread_park(t);
    const char *wrong = read_member(descriptor(a, path), a, m, out);
    thread_unpark(t);
    if (wrong) {
        Value name = archive_member_path(t, a, m);
        member_data_free(out);
        if (name) {
            archive_error(t, name, wrong);
        }
    }
    return !wrong;
}

void member_data_free(MemberData *d)
{
    mem_free(d->memory);
    *d = (MemberData){0};
}

Value archive_member_path(Thread *t, const Archive *a, const Member *m)
{
    StrBuilder b;
    Value name = str_from_utf8(t, m->name, m->name_len);
    sb_init(&b, t);
    return name && sb_str(&b, a->path) && sb_char(&b, '/') && sb_str(&b, name) ? sb_finish(&b) : 0;
}

/* ---- the object: to Python code a mapping from names to what the directory says ---- */

static void archive_trace(Object *o, Tracer *tr)
{
    Archive *a = (Archive *)o;
    trace_value(tr, a->path);
    trace_value(tr, atomic_load_explicit(&a->files, memory_order_acquire));
}

static void archive_free(Object *o)
{
    Archive *a = (Archive *)o;
    struct stat st;
    if (a->fd >= 0 && fstat(a->fd, &st) == 0 && st.st_ino == a->st.st_ino &&
        st.st_dev == a->st.st_dev) {
        close(a->fd);
    }
    mem_free(a->members);
    mem_free(a->slots);
    mem_free(a->directory);
    mem_free(a->decoded);
}

static bool add_member(Thread *t, const Archive *a, const Member *m, Value files)
{
    Value name = str_from_utf8(t, m->name, m->name_len),
          path = name ? archive_member_path(t, a, m) : 0;
    Value row = path ? tuple_pack(t, 8, path, fixnum(m->method), fixnum((int64_t)m->packed),
                                  fixnum((int64_t)m->size), fixnum((int64_t)m->offset),
                                  fixnum(m->time), fixnum(m->date), fixnum(m->crc))
                     : 0;
    return row && dict_set(t, files, name, row);
}

/* The members as a dict, made when somebody looks. */
static Value files_of(Thread *t, Value self)
{
    Archive *a = (Archive *)value_object(self);
    Value files = atomic_load_explicit(&a->files, memory_order_acquire);
    if (files) {
        return files;
    }
    files = dict_new_sized(t, a->n_members);
    for (uint32_t i = 0; files && i < a->n_members; i++) {
        if (!add_member(t, a, &a->members[i], files)) {
            return 0;
        }
    }
    if (files) {
        gc_store(a, (Value *)&a->files, files);
    }
    return files;
}

static Value archive_getattr(Thread *t, Value self, Value name)
{
    Value own = generic_getattr(t, self, name), files;
    if (own || !error_clear_if(t, &exc_AttributeError)) {
        return own;
    }
    files = files_of(t, self); /* keys(), items(), get() ... are those of the dict */
    return files ? object_getattr(t, files, name) : 0;
}

static ssize_t archive_len(Thread *t UNUSED, Value self)
{
    return ((Archive *)value_object(self))->n_members;
}

static Value archive_getitem(Thread *t, Value self, Value key)
{
    Value files = files_of(t, self);
    return files ? object_getitem(t, files, key) : 0;
}

static int archive_contains(Thread *t, Value self, Value key)
{
    Value files = files_of(t, self);
    return files ? object_contains(t, files, key) : -1;
}

static Value archive_iter(Thread *t, Value self)
{
    Value files = files_of(t, self);
    return files ? object_iter(t, files) : 0;
}

static Value archive_compare(Thread *t, Value self, Value other, CompareOp op)
{
    Value files = files_of(t, self),
          right = type_of(other) == &archive_type ? files_of(t, other) : other;
    return files && right ? object_compare(t, files, right, op) : 0;
}

Type archive_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "zipimport.directory",
    .doc = "The members of an archive: a mapping from names to (path, compression, packed size, "
           "size, offset, time, date, checksum).",
    .size = sizeof(Archive),
    .flags = TYPE_NO_INSTANTIATE | TYPE_MAPPING,
    .trace = archive_trace,
    .free = archive_free,
    .getattr = archive_getattr,
    .len = archive_len,
    .getitem = archive_getitem,
    .contains = archive_contains,
    .iter = archive_iter,
    .compare = archive_compare,
};

bool archive_init(Thread *t)
{
    if (!archive_error_type) {
        archive_error_type = type_new_simple(t, "zipimport.ZipImportError", &exc_ImportError, "");
        gc_add_root(&archive_error_type);
    }
    return archive_error_type && type_ready(t, &archive_type);
}
