/* Archives: finding the end record, checking the directory, the index of names. */
#include "importer/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/utf8.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "gc/safepoint.h"
#include "importer/archive_format.h"
#include "importer/pyc.h"

Value archive_error_type; /* a root, set once */

/* ---- errors ---- */

static Value raise_archive_error(Thread *t, Value path, Value text)
{
    Value exc = text ? call1(t, archive_error_type, text) : 0;
    if (!exc) {
        return 0;
    }
    gc_store(value_object(exc), &((ImportErrorExc *)value_object(exc))->path, path);
    return raise_exception(t, exc);
}

Value archive_error(Thread *t, Value path, const char *format)
{
    return raise_archive_error(t, path, str_format(t, format, path));
}

static bool refuse(Thread *t, const Archive *a, const char *format)
{
    archive_error(t, a->path, format);
    return false;
}

bool archive_bytes(const Archive *a, int fd, void *out, size_t n, uint64_t at)
{
    const uint8_t *memory = a->sealed ? sealed_archive_memory(a->sealed) : NULL;
    if (memory) {
        uint64_t size = (uint64_t)a->st.st_size;
        bool inside = at <= size && n <= size - at;
        memcpy(out, inside ? memory + at : memory, inside ? n : 0);
        return inside;
    }
    size_t done = 0;
    while (done < n) {
        ssize_t k = pread(fd, (char *)out + done, n - done, (off_t)(at + done));
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k <= 0) {
            return false;
        }
        done += (size_t)k;
    }
    return true;
}

/* ---- the end record ---- */

/* What the end record says of the directory. */
typedef struct Directory {
    uint64_t end;    /* where the end records begin: the directory ends there */
    uint64_t count, size;
    uint64_t offset; /* of the directory, counted from the archive's first byte */
    uint64_t start;  /* the same in the file; bytes of something else may go before the archive */
} Directory;

/* The last bytes of the file, where end records are. */
typedef struct Tail {
    uint8_t *bytes;
    size_t len;
    uint64_t at; /* in the file */
} Tail;

/* The ZIP64 records before the plain one at `record`, if they are there. */
static bool read_end64(Thread *t, const Archive *a, const Tail *tail, size_t record, Directory *d)
{
    const uint8_t *p = tail->bytes + record;
    bool full = d->count == 0xffff || d->size == 0xffffffff || d->offset == 0xffffffff;
    if (record < LOCATOR64_SIZE || get_u32(p - LOCATOR64_SIZE) != LOCATOR64_MARK) {
        return !full || d->count == 0xffff || refuse(t, a, "corrupt Zip file: %R");
    }
    const uint8_t *locator = p - LOCATOR64_SIZE, *wide = locator - END64_SIZE;
    if (record < LOCATOR64_SIZE + END64_SIZE || get_u32(wide) != END64_MARK ||
        get_u64(wide + 4) != END64_SIZE - 12 || get_u32(wide + 16) || get_u32(wide + 20) ||
        get_u64(wide + 24) != get_u64(wide + 32) || get_u32(locator + 4) ||
        get_u32(locator + 16) > 1) {
        return refuse(t, a, "corrupt Zip file: %R");
    }
    const Directory w = {.end = tail->at + record - LOCATOR64_SIZE - END64_SIZE,
                         .count = get_u64(wide + 32),
                         .size = get_u64(wide + 40),
                         .offset = get_u64(wide + 48)};
    if ((d->count != 0xffff && d->count != w.count) ||
        (d->size != 0xffffffff && d->size != w.size) ||
        (d->offset != 0xffffffff && d->offset != w.offset) ||
        get_u64(locator + 8) != w.offset + w.size) {
        return refuse(t, a, "corrupt Zip file: %R");
    }
    *d = w;
    return true;
}

/* The end record in the tail: one whose comment ends where the file does. */
static bool find_end(Thread *t, const Archive *a, const Tail *tail, size_t *record)
{
    size_t found = 0, marks = 0;
    for (size_t i = tail->len - END_SIZE + 1; i-- > 0;) {
        const uint8_t *p = tail->bytes + i;
        if (*p == 'P' && get_u32(p) == END_MARK) {
            marks++;
            if (i + END_SIZE + get_u16(p + 20) == tail->len) {
                found++;
                *record = i;
            }
        }
    }
    if (found == 1) {
        return true;
    }
    return refuse(t, a,
                  found   ? "more than one end record in Zip file: %R"
                  : marks ? "corrupt Zip file: %R"
                          : "not a Zip file: %R");
}

static bool parse_end(Thread *t, const Archive *a, const Tail *tail, Directory *d)
{
    size_t record = 0;
    if (!find_end(t, a, tail, &record)) {
        return false;
    }
    const uint8_t *p = tail->bytes + record;
    if (get_u16(p + 4) || get_u16(p + 6) || get_u16(p + 8) != get_u16(p + 10)) {
        return refuse(t, a, "Zip file in several parts: %R");
    }
    *d = (Directory){.end = tail->at + record,
                     .count = get_u16(p + 10),
                     .size = get_u32(p + 12),
                     .offset = get_u32(p + 16)};
    if (!read_end64(t, a, tail, record, d)) {
        return false;
    }
    if (d->end < d->size) {
        return refuse(t, a, "bad central directory size: %R");
    }
    if (d->end < d->offset) {
        return refuse(t, a, "bad central directory offset: %R");
    }
    d->start = d->end - d->size;
    if (d->start < d->offset || d->count > d->size / ENTRY_SIZE || d->count >= UINT32_MAX / 4) {
        return refuse(t, a, "bad central directory size or offset: %R");
    }
    return true;
}

static bool read_end(Thread *t, Archive *a, Directory *d)
{
    const size_t most = END_SIZE + 0xffff + LOCATOR64_SIZE + END64_SIZE;
    uint64_t size = (uint64_t)a->st.st_size;
    Tail tail = {.len = size < most ? (size_t)size : most};
    if (size < END_SIZE) {
        return refuse(t, a, "can't read Zip file: %R");
    }
    tail.at = size - tail.len;
    tail.bytes = mem_alloc(tail.len);
    thread_park(t);
    bool ok = tail.bytes && archive_bytes(a, a->fd, tail.bytes, tail.len, tail.at);
    thread_unpark(t);
    ok = ok ? parse_end(t, a, &tail, d) : refuse(t, a, "can't read Zip file: %R");
    mem_free(tail.bytes);
    return ok;
}

/* ---- names ---- */

/* One component after the other: none is "..", and it does not begin with "/". */
static bool name_is_safe(const char *p, size_t n)
{
    if (n == 0 || *p == '/' || memchr(p, 0, n)) {
        return false;
    }
    for (const char *end = p + n, *dot = p; (dot = memchr(dot, '.', (size_t)(end - dot))); dot++) {
        if (end - dot >= 2 && dot[1] == '.' && (dot == p || dot[-1] == '/') &&
            (dot + 2 == end || dot[2] == '/')) {
            return false;
        }
    }
    return true;
}

static bool is_ascii(const char *p, size_t n)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        seen |= (uint8_t)p[i];
    }
    return seen < 128;
}

static uint32_t name_hash(const char *name, size_t n)
{
    return (uint32_t)siphash13(name, n, runtime.hash_key);
}

/* The slot of this name, or the free one where it belongs. */
static ArchiveSlot *find_slot(const Archive *a, const char *name, size_t n, uint32_t hash)
{
    for (uint32_t i = hash;; i++) {
        ArchiveSlot *slot = &a->slots[i & a->mask];
        if (slot->place == 0) {
            return slot;
        }
        const Member *m = &a->members[slot->place - 1];
        if (slot->hash == hash && m->name_len == n && memcmp(m->name, name, n) == 0) {
            return slot;
        }
    }
}

const Member *archive_find(const Archive *a, const char *name, size_t n)
{
    uint32_t at = a->n_members ? find_slot(a, name, n, name_hash(name, n))->place : 0;
    return at ? &a->members[at - 1] : NULL;
}

/* ---- the directory ---- */

/* Bytes that the name takes when it is decoded: without flag 11 names are in code page 437, each
 * character of which is three bytes of UTF-8 at most. */
static size_t decoded_size(const uint8_t *entry)
{
    const char *name = (const char *)entry + ENTRY_SIZE;
    size_t n = get_u16(entry + 28);
    return get_u16(entry + 8) & FLAG_UTF8 || is_ascii(name, n) ? 0 : 3 * n;
}

/* The field that says 2^32 - 1 is in the ZIP64 part of the extra data. */
static bool take_wide(uint64_t *field, const uint8_t **p, const uint8_t *end)
{
    if (*field == 0xffffffff) {
        if (end - *p < 8) {
            return false;
        }
        *field = get_u64(*p);
        *p += 8;
    }
    return true;
}

static bool read_extra64(const uint8_t *p, size_t n, Member *m)
{
    const uint8_t *end = p + n;
    while (end - p >= 4 && get_u16(p) != EXTRA64) {
        size_t skip = 4 + (size_t)get_u16(p + 2);
        p = skip <= (size_t)(end - p) ? p + skip : end;
    }
    if (end - p >= 4 && get_u16(p + 2) <= end - p - 4) {
        end = p + 4 + get_u16(p + 2);
        p += 4;
    } else {
        p = end;
    }
    return take_wide(&m->size, &p, end) && take_wide(&m->packed, &p, end) &&
           take_wide(&m->offset, &p, end);
}

/* Packed bytes unpack to less than 1,032 times as many; what says more is lying.  Of other methods
 * it is only known that no file is as large as a fixnum can say. */
static bool sizes_are_possible(const Member *m)
{
    if (m->method == METHOD_STORED) {
        return m->packed == m->size;
    }
    return m->method == METHOD_DEFLATED ? m->size / 1032 <= m->packed : m->size >> 62 == 0;
}

/* One entry into *m.  NULL, or what is wrong. */
static const char *parse_entry(const uint8_t *p, const Directory *d, char **decoded, Member *m)
{
    uint16_t name = get_u16(p + 28), extra = get_u16(p + 30);
    *m = (Member){.flags = get_u16(p + 8),
                  .method = get_u16(p + 10),
                  .time = get_u16(p + 12),
                  .date = get_u16(p + 14),
                  .crc = get_u32(p + 16),
                  .packed = get_u32(p + 20),
                  .size = get_u32(p + 24),
                  .raw_len = name,
                  .name_len = name,
                  .offset = get_u32(p + 42)};
    m->raw = m->name = (const char *)p + ENTRY_SIZE;
    if (!read_extra64(p + ENTRY_SIZE + name, extra, m)) {
        return "bad ZIP64 sizes in Zip file: %R";
    }
    if (decoded_size(p)) {
        m->name = *decoded;
        m->name_len = (uint32_t)cp437_decode((const uint8_t *)m->raw, name, *decoded);
        *decoded += m->name_len;
    }
    Utf8Scan scan;
    if (!utf8_scan(m->name, m->name_len, &scan) || !name_is_safe(m->name, m->name_len)) {
        return "bad name of a member of Zip file: %R";
    }
    if (m->offset > d->offset || LOCAL_SIZE + (uint64_t)name > d->offset - m->offset ||
        m->packed > d->offset - m->offset - LOCAL_SIZE - name) {
        return "bad local header offset: %R";
    }
    m->offset += d->start - d->offset;
    return sizes_are_possible(m) ? NULL : "bad sizes of a member of Zip file: %R";
}

/* Checks that the entries fill the directory, and counts the bytes for decoded names. */
static bool measure(const Archive *a, const Directory *d, size_t *decoded)
{
    const uint8_t *p = a->directory, *end = p + d->size;
    for (uint64_t i = 0; i < d->count; i++) {
        size_t left = (size_t)(end - p);
        if (left < ENTRY_SIZE || get_u32(p) != ENTRY_MARK) {
            return false;
        }
        size_t size =
            ENTRY_SIZE + (size_t)get_u16(p + 28) + get_u16(p + 30) + get_u16(p + 32);
        if (size > left) {
            return false;
        }
        *decoded += decoded_size(p);
        p += size;
    }
    return p == end;
}

/* Puts the members into the table, touching the slots of those that come soon. */
static bool index_names(Archive *a)
{
    enum { AHEAD = 8 };
    for (uint32_t i = 0; i < a->n_members; i++) {
        const Member *m = &a->members[i];
        if (i + AHEAD < a->n_members) {
            __builtin_prefetch(&a->slots[m[AHEAD].hash & a->mask], 1);
        }
        ArchiveSlot *slot = find_slot(a, m->name, m->name_len, m->hash);
        if (slot->place) {
            return false;
        }
        *slot = (ArchiveSlot){m->hash, i + 1};
    }
    return true;
}

/* NULL, or what is wrong. */
static const char *fill_index(Archive *a, const Directory *d)
{
    const uint8_t *p = a->directory;
    char *decoded = a->decoded;
    for (uint32_t i = 0; i < d->count; i++) {
        Member *m = &a->members[i];
        const char *wrong = parse_entry(p, d, &decoded, m);
        if (wrong) {
            return wrong;
        }
        m->hash = name_hash(m->name, m->name_len);
        a->has_extensions |= m->name_len > 3 && memcmp(m->name + m->name_len - 3, ".so", 3) == 0;
        p += ENTRY_SIZE + (size_t)m->raw_len + get_u16(p + 30) + get_u16(p + 32);
    }
    a->n_members = (uint32_t)d->count;
    return index_names(a) ? NULL : "double name in Zip file: %R";
}

static bool read_directory(Thread *t, Archive *a, const Directory *d)
{
    size_t slots = 16, decoded = 0;
    while (slots < 2 * d->count) {
        slots *= 2;
    }
    a->directory = mem_alloc((size_t)d->size);
    thread_park(t);
    bool ok = a->directory && archive_bytes(a, a->fd, a->directory, (size_t)d->size, d->start);
    thread_unpark(t);
    if (!ok) {
        return refuse(t, a, "can't read Zip file: %R");
    }
    if (!measure(a, d, &decoded)) {
        return refuse(t, a, "bad central directory: %R");
    }
    a->mask = (uint32_t)slots - 1;
    a->slots = mem_calloc(slots, sizeof *a->slots);
    a->members = mem_alloc((size_t)d->count * sizeof *a->members);
    a->decoded = mem_alloc(decoded);
    if (!a->slots || !a->members || !a->decoded) {
        raise_memory(t);
        return false;
    }
    thread_park(t);
    const char *wrong = fill_index(a, d);
    thread_unpark(t);
    return !wrong || refuse(t, a, wrong);
}

/* ---- opening ---- */

static bool open_file(Thread *t, Archive *a)
{
    const char *path = str_fs_path(t, a->path);
    if (!path) {
        return false;
    }
    char why[512];
    thread_park(t);
    a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* what turns out a pipe must not wait */
    bool ok = a->fd >= 0 && fstat(a->fd, &a->st) == 0 && S_ISREG(a->st.st_mode);
    const ArchiveFile file = {.path = path, .fd = a->fd, .st = a->st};
    bool trusted = ok && sealed_archive_open(&file, &a->sealed, why, sizeof why);
    thread_unpark(t);
    if (ok && !trusted) {
        raise_archive_error(t, a->path, str_format(t, "%S: %s", a->path, why));
    }
    return trusted || (!ok && refuse(t, a, "can't open Zip file: %R"));
}

Archive *archive_open(Thread *t, Value path)
{
    Archive *a = object_alloc_instance(t, &archive_type, 0);
    if (!a) {
        return NULL;
    }
    a->fd = -1;
    gc_init(&a->path, path);
    Directory d;
    if (!open_file(t, a) || !read_end(t, a, &d) || !read_directory(t, a, &d)) {
        if (a->fd >= 0) { /* most scripts are no archives: not only when the collector comes */
            close(a->fd);
            a->fd = -1;
        }
        return NULL;
    }
    if (runtime.config.verbose) {
        fprintf(stderr, "# zipimport: found %u names in '%s'\n", a->n_members,
                str_fs_path(t, path));
    }
    return a;
}

bool archive_is_current(Thread *t, const Archive *a)
{
    struct stat st;
    const char *path = str_fs_path(t, a->path);
    bool same = path && stat(path, &st) == 0 && file_is_same(&st, &a->st);
    error_clear(t);
    return same;
}
