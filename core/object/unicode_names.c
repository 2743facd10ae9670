/* Names of code points.  The packed table (unicode_names.inc) is inflated once into lines; three
 * arrays index it: by code point, and by hash of the name (open addressing).  The result is
 * published with one atomic pointer. */
#include "core/object/unicode_names.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/memory.h"
#include "core/object/unicode_names.inc"

#define NAME_SLOTS (1u << 17) /* 33,800 names and aliases: load under 0.3 */

#define NAME_PAGES (0x110000u >> 8)

typedef struct NameEntry {
    uint32_t cp;      /* first code point; sequences: offset of the alias line */
    uint32_t offset;  /* of the name in text */
    uint16_t length;
    bool alias;       /* cp is the offset of its line's code points */
} NameEntry;

typedef struct NameTable {
    char *text;
    NameEntry *entries;         /* names in code point order, then aliases */
    uint32_t count, first_alias;
    uint32_t pages[NAME_PAGES + 1]; /* the first entry of each 256 code points */
    uint32_t slots[NAME_SLOTS]; /* entry number + 1 */
} NameTable;

static NameTable *_Atomic shared_table;

static uint32_t name_hash(const char *p, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint8_t)toupper((uint8_t)p[i])) * 16777619u;
    }
    return h ^ h >> 15;
}

static bool inflate_text(char *text)
{
    uint8_t *packed = mem_alloc(NAMES_PACKED + 4);
    if (!packed) {
        return false;
    }
    size_t out = 0;
    for (const char *p = names_packed; out < NAMES_PACKED; p += 5) {
        uint32_t word = 0;
        for (int i = 0; i < 5; i++) {
            int c = p[i];
            word = word * 85 + (uint32_t)(c - 35 - (c > '?') - (c > '\\'));
        }
        for (int i = 0; i < 4; i++) {
            packed[out++] = (uint8_t)(word >> (24 - 8 * i));
        }
    }
    uLongf size = NAMES_SIZE;
    bool ok = uncompress((Bytef *)text, &size, packed, NAMES_PACKED) == Z_OK && size == NAMES_SIZE;
    mem_free(packed);
    return ok;
}

static void index_lines(NameTable *table)
{
    const char *p = table->text, *end = p + NAMES_SIZE;
    uint32_t cp = 0;
    bool alias = false;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (stop == p) {
            alias = true;
            table->first_alias = table->count;
            p++;
            continue;
        }
        const char *name = p;
        if (alias) {
            /* code points end before the first non-hex word */
            while (*name == ' ' || isxdigit((uint8_t)*name)) {
                const char *word = name;
                while (isxdigit((uint8_t)*word) && !isupper((uint8_t)*word)) {
                    word++;
                }
                if (word == name || *word != ' ') {
                    break;
                }
                name = word + 1;
            }
        } else if (*p == '+') {
            cp += (uint32_t)strtoul(p + 1, NULL, 16);
            name = strchr(p, ' ') + 1;
        }
        table->entries[table->count++] = (NameEntry){.cp = alias ? (uint32_t)(p - table->text) : cp,
                                                     .offset = (uint32_t)(name - table->text),
                                                     .length = (uint16_t)(stop - name),
                                                     .alias = alias};
        cp++;
        p = stop + 1;
    }
}

static NameTable *build_table(void)
{
    NameTable *table = mem_calloc(1, sizeof *table);
    if (!table) {
        return NULL;
    }
    table->text = mem_alloc(NAMES_SIZE + 1);
    table->entries = mem_alloc(40000 * sizeof *table->entries);
    if (!table->text || !table->entries || !inflate_text(table->text)) {
        mem_free(table->text);
        mem_free(table->entries);
        mem_free(table);
        return NULL;
    }
    table->text[NAMES_SIZE] = 0;
    index_lines(table);
    for (uint32_t page = 0, i = 0; page <= NAME_PAGES; page++) {
        while (i < table->first_alias && table->entries[i].cp >> 8 < page) {
            i++;
        }
        table->pages[page] = i;
    }
    assert(table->count < 40000);
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t h = name_hash(table->text + table->entries[i].offset, table->entries[i].length);
        while (table->slots[h & (NAME_SLOTS - 1)]) {
            h++;
        }
        table->slots[h & (NAME_SLOTS - 1)] = i + 1;
    }
    return table;
}

static NameTable *name_table(void)
{
    NameTable *table = atomic_load_explicit(&shared_table, memory_order_acquire);
    if (table) {
        return table;
    }
    table = build_table();
    NameTable *expected = NULL;
    if (table && !atomic_compare_exchange_strong_explicit(
                     &shared_table, &expected, table, memory_order_acq_rel, memory_order_acquire)) {
        mem_free(table->text);
        mem_free(table->entries);
        mem_free(table);
        table = expected;
    }
    return table;
}

/* ---- names that follow from the code point ---- */

static const char *const hangul_l[] = {"G",  "GG", "N", "D",  "DD", "R", "M", "B", "BB", "S",
                                       "SS", "",   "J", "JJ", "C",  "K", "T", "P", "H"};
static const char *const hangul_v[] = {"A",   "AE", "YA", "YAE", "EO", "E",  "YEO",
                                       "YE",  "O",  "WA", "WAE", "OE", "YO", "U",
                                       "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
static const char *const hangul_t[] = {"",   "G",  "GG", "GS", "N",  "NJ", "NH", "D", "L",  "LG",
                                       "LM", "LB", "LS", "LT", "LP", "LH", "M",  "B", "BS", "S",
                                       "SS", "NG", "J",  "C",  "K",  "T",  "P",  "H"};

static bool is_unified_ideograph(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b738) ||
           (c >= 0x2b740 && c <= 0x2b81d) || (c >= 0x2b820 && c <= 0x2cea1) ||
           (c >= 0x2ceb0 && c <= 0x2ebe0) || (c >= 0x30000 && c <= 0x3134a);
}

/* Index of the longest word of list that p starts with. */
static int longest_part(const char *p, size_t n, const char *const *list, int count, size_t *used)
{
    int best = -1;
    *used = 0;
    for (int i = 0; i < count; i++) {
        size_t k = strlen(list[i]);
        if (k <= n && strncasecmp(p, list[i], k) == 0 && (best < 0 || k > *used)) {
            best = i;
            *used = k;
        }
    }
    return best;
}

static bool lookup_derived(const char *p, size_t n, uint32_t *cp)
{
    static const char hangul[] = "HANGUL SYLLABLE ", cjk[] = "CJK UNIFIED IDEOGRAPH-";
    if (n > sizeof hangul - 1 && strncasecmp(p, hangul, sizeof hangul - 1) == 0) {
        const char *q = p + sizeof hangul - 1, *end = p + n;
        size_t used;
        int l = longest_part(q, (size_t)(end - q), hangul_l, 19, &used);
        q += used;
        int v = longest_part(q, (size_t)(end - q), hangul_v, 21, &used);
        q += used;
        int tail = longest_part(q, (size_t)(end - q), hangul_t, 28, &used);
        q += used;
        if (l < 0 || v < 0 || tail < 0 || q != end) {
            return false;
        }
        *cp = 0xac00 + (uint32_t)((l * 21 + v) * 28 + tail);
        return true;
    }
    if (n > sizeof cjk - 1 && strncasecmp(p, cjk, sizeof cjk - 1) == 0) {
        size_t digits = n - (sizeof cjk - 1);
        if (digits != 4 && digits != 5) {
            return false;
        }
        uint32_t c = 0;
        for (size_t i = sizeof cjk - 1; i < n; i++) {
            int x = (uint8_t)p[i];
            if (!isdigit(x) && !(x >= 'A' && x <= 'F')) {
                return false;
            }
            c = c * 16 + (uint32_t)(isdigit(x) ? x - '0' : x - 'A' + 10);
        }
        *cp = c;
        return is_unified_ideograph(c);
    }
    return false;
}

static const NameEntry *find_entry(const NameTable *table, const char *name, size_t n)
{
    for (uint32_t h = name_hash(name, n);; h++) {
        uint32_t slot = table->slots[h & (NAME_SLOTS - 1)];
        if (!slot) {
            return NULL;
        }
        const NameEntry *e = &table->entries[slot - 1];
        if (e->length == n && strncasecmp(table->text + e->offset, name, n) == 0) {
            return e;
        }
    }
}

int unicode_lookup_sequence(const char *name, size_t n, uint32_t out[4])
{
    if (lookup_derived(name, n, out)) {
        return 1;
    }
    NameTable *table = name_table();
    const NameEntry *e = table && n > 0 && n < 256 ? find_entry(table, name, n) : NULL;
    if (!e) {
        return 0;
    }
    if (!e->alias) {
        out[0] = e->cp;
        return 1;
    }
    int count = 0;
    for (const char *p = table->text + e->cp; p < table->text + e->offset && count < 4;) {
        char *end;
        out[count++] = (uint32_t)strtoul(p, &end, 16);
        p = end + 1;
    }
    return count;
}

bool unicode_lookup_name(const char *name, size_t n, uint32_t *cp)
{
    uint32_t found[4];
    if (unicode_lookup_sequence(name, n, found) != 1) {
        return false;
    }
    *cp = found[0];
    return true;
}

/* Writes s at p; behind it. */
static char *put_text(char *p, const char *s)
{
    while (*s) {
        *p++ = *s++;
    }
    return p;
}

static char *put_hex(char *p, uint32_t v)
{
    int shift = 28;
    while (v >> shift == 0 && shift > 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        *p++ = "0123456789ABCDEF"[v >> shift & 15];
    }
    return p;
}

const char *unicode_name(uint32_t cp, char room[64], size_t *n)
{
    char *end = NULL;
    if (cp >= 0xac00 && cp <= 0xd7a3) {
        uint32_t i = cp - 0xac00;
        end = put_text(put_text(room, "HANGUL SYLLABLE "), hangul_l[i / 588]);
        end = put_text(put_text(end, hangul_v[i % 588 / 28]), hangul_t[i % 28]);
    } else if (is_unified_ideograph(cp)) {
        end = put_hex(put_text(room, "CJK UNIFIED IDEOGRAPH-"), cp);
    }
    if (end) {
        *n = (size_t)(end - room);
        return room;
    }
    const NameTable *table = name_table();
    uint32_t page = cp >> 8;
    if (!table || page >= NAME_PAGES) {
        return NULL;
    }
    uint32_t lo = table->pages[page], hi = table->pages[page + 1];
    if (lo < hi && cp > table->entries[lo].cp && cp - table->entries[lo].cp < hi - lo) {
        hi = lo + (cp - table->entries[lo].cp) + 1; /* each entry has a cp of its own */
        lo = table->entries[hi - 1].cp == cp ? hi - 1 : lo;
    }
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (table->entries[mid].cp < cp) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    const NameEntry *e = &table->entries[lo];
    if (lo == table->first_alias || e->cp != cp) {
        return NULL;
    }
    *n = e->length;
    return table->text + e->offset;
}
