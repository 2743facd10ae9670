/* East Asian encodings: unpacking the tables. */
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/base/utf8.h"
#include "modules/_multibytecodec/cjk.h"

#include "modules/_multibytecodec/tables.inc"

static Mutex load_lock = MUTEX_INIT;
static CjkMap *_Atomic maps[T_COUNT];

static uint32_t next_char(const char **text)
{
    const uint8_t *p = (const uint8_t *)*text;
    uint32_t c = *p++;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    c &= more == 3 ? 7u : more == 2 ? 15u : more == 1 ? 31u : 127u;
    while (more-- > 0) {
        c = c << 6 | (*p++ & 63u);
    }
    *text = (const char *)p;
    return c;
}

static size_t run_length(const char **text)
{
    size_t n = 0;
    for (; **text != ';'; (*text)++) {
        n = n * 10 + (size_t)(**text - '0');
    }
    (*text)++;
    return n;
}

/* base: the table whose entries = copies, with the combinations of base_map, or NULL. */
static void unpack(CjkMap *m, const char *text, uint32_t *out, const uint32_t *base,
                   const CjkMap *base_map)
{
    size_t i = 0;
    while (*text) {
        uint32_t c = next_char(&text);
        if (c == '#') {
            for (size_t n = run_length(&text); n > 0; n--) {
                out[i++] = CJK_NONE;
            }
        } else if (c == '=') {
            for (size_t n = run_length(&text); n > 0; n--, i++) {
                out[i] = base[i];
                if (out[i] != CJK_NONE && (out[i] & CJK_COMBO)) {
                    m->combos[m->n_combos] = base_map->combos[out[i] & ~CJK_COMBO];
                    out[i] = CJK_COMBO | (uint32_t)m->n_combos++;
                }
            }
        } else if (c == '(') {
            CjkCombo *combo = &m->combos[m->n_combos];
            combo->first = next_char(&text);
            combo->second = next_char(&text);
            combo->bytes = (uint32_t)((0x80 + i / CJK_TRAILS) << 8 | (0x30 + i % CJK_TRAILS));
            out[i++] = CJK_COMBO | (uint32_t)m->n_combos++;
            text++; /* ) */
        } else {
            out[i++] = c;
        }
    }
}

/* Notes how c is written unless that is known; false: no memory. */
static bool add_encoding(CjkMap *m, uint32_t c, uint32_t bytes, bool replace)
{
    uint32_t **page = &m->pages[c >> 8];
    if (!*page) {
        *page = mem_alloc(256 * sizeof **page);
        if (!*page) {
            return false;
        }
        memset(*page, 0xff, 256 * sizeof **page);
    }
    if (replace || (*page)[c & 255] == CJK_NONE) {
        (*page)[c & 255] = bytes;
    }
    return true;
}

static bool build_encoder(CjkMap *m, const CjkTable *table)
{
    bool ok = true;
    for (uint32_t b = 0; b < 256; b++) {
        ok = ok && (m->single[b] == CJK_NONE || add_encoding(m, m->single[b], b, false));
    }
    for (uint32_t i = 0; i < ARRAY_SIZE(m->two); i++) {
        if (m->two[i] < CJK_COMBO) {
            ok = ok && add_encoding(m, m->two[i],
                                    (0x80 + i / CJK_TRAILS) << 8 | (0x30 + i % CJK_TRAILS), false);
        }
    }
    for (uint32_t i = 0; m->three && i < 94 * 94; i++) {
        if (m->three[i] < CJK_COMBO) {
            ok = ok && add_encoding(m, m->three[i],
                                    0x8f0000 | (0xa1 + i / 94) << 8 | (0xa1 + i % 94), false);
        }
    }
    for (const CjkPair *w = table->wrong; w->from; w++) {
        ok = ok && add_encoding(m, w->from, w->to ? w->to : CJK_NONE, true);
    }
    return ok;
}

static void set_singles(CjkMap *m, const CjkTable *table)
{
    for (uint32_t b = 0; b < 256; b++) {
        m->single[b] = b < 0x80 ? b : CJK_NONE;
    }
    for (const CjkPair *o = table->odd; o->from; o++) {
        m->single[o->from] = o->to ? o->to : CJK_NONE;
    }
    for (const uint8_t *r = table->leads; *r; r += 2) {
        memset(m->lead + r[0], 1, (size_t)(r[1] - r[0] + 1));
    }
}

static CjkMap *load(CjkTableId id)
{
    CjkMap *m = atomic_load(&maps[id]);
    if (m) {
        return m;
    }
    const CjkTable *table = &cjk_tables[id];
    CjkMap *base = table->base >= 0 ? load((CjkTableId)table->base) : NULL;
    m = mem_calloc(1, sizeof *m);
    if (!m || (table->base >= 0 && !base) ||
        (table->text3 && !(m->three = mem_alloc(94 * 94 * sizeof *m->three)))) {
        return NULL;
    }
    set_singles(m, table);
    unpack(m, table->text, m->two, base ? base->two : NULL, base);
    if (m->three) {
        unpack(m, table->text3, m->three, base ? base->three : NULL, base);
    }
    if (!build_encoder(m, table)) {
        return NULL;
    }
    atomic_store(&maps[id], m);
    return m;
}

const CjkMap *cjk_map(Thread *t, CjkTableId id)
{
    CjkMap *m = atomic_load(&maps[id]);
    if (!m) {
        mutex_lock(&load_lock);
        m = load(id);
        mutex_unlock(&load_lock);
        if (!m) {
            raise_memory(t);
        }
    }
    return m;
}

uint32_t cjk_encode_char(const CjkMap *m, uint32_t c)
{
    const uint32_t *page = c >> 8 < ARRAY_SIZE(m->pages) ? m->pages[c >> 8] : NULL;
    return page ? page[c & 255] : CJK_NONE;
}

uint32_t cjk_decode_two(const CjkMap *m, uint8_t a, uint8_t b)
{
    return a >= 0x80 && b >= 0x30 ? m->two[(a - 0x80) * CJK_TRAILS + (b - 0x30)] : CJK_NONE;
}

uint32_t cjk_decode_three(const CjkMap *m, uint8_t a, uint8_t b)
{
    return a >= 0xa1 && a <= 0xfe && b >= 0xa1 && b <= 0xfe ? m->three[(a - 0xa1) * 94 + (b - 0xa1)]
                                                            : CJK_NONE;
}
