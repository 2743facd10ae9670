/* Encodings that switch between character sets by escape sequences.
 *
 * State: c[0..2] the sets designated as G0, G1, G2; c[4] flags.  A set is named by the last byte of
 * its escape sequence, with the high bit for sets of two-byte characters.
 */
#include "modules/_multibytecodec/cjk.h"

enum { ESC = 0x1b, SO = 0x0e, SI = 0x0f };
enum { SHIFTED = 1, ESC_THROUGHOUT = 2 };                    /* flags of the state */
enum { NO_SHIFT = 1, USE_G2 = 2, USE_JISX0208_EXT = 4 };     /* of an encoding */
typedef enum {
    SET_ASCII = 'B',
    SET_JISX0201_R = 'J',
    SET_JISX0201_K = 'I',
    SET_ISO8859_1 = 'A',
    SET_ISO8859_7 = 'F',
    SET_JISX0208 = 'B' | 0x80,
    SET_JISX0208_O = '@' | 0x80,
    SET_JISX0212 = 'D' | 0x80,
    SET_GB2312 = 'A' | 0x80,
    SET_KSX1001 = 'C' | 0x80,
    SET_JISX0213_2000_1 = 'O' | 0x80,
    SET_JISX0213_2 = 'P' | 0x80,
    SET_JISX0213_2004_1 = 'Q' | 0x80
} CharSet;

typedef struct IsoConfig {
    unsigned flags;
    uint8_t sets[12];          /* in the order they are tried; end: 0 */
    CjkTableId jisx0213;       /* table of JIS X 0213, or T_COUNT */
} IsoConfig;

#define G0(s) ((s)->c[0])
#define G1(s) ((s)->c[1])
#define G2(s) ((s)->c[2])
#define FLAGS(s) ((s)->c[4])

static bool knows_set(const IsoConfig *config, uint8_t set)
{
    return set == SET_ASCII || strchr((const char *)config->sets, set) != NULL;
}

static CjkTableId table_of(const IsoConfig *config, uint8_t set)
{
    switch (set) {
    case SET_JISX0208:
    case SET_JISX0208_O:
    case SET_JISX0212:
        return T_EUC_JP;
    case SET_GB2312:
        return T_GB2312;
    case SET_KSX1001:
        return T_EUC_KR;
    case SET_JISX0213_2000_1:
    case SET_JISX0213_2004_1:
    case SET_JISX0213_2:
        return config->jisx0213;
    default:
        return T_COUNT;
    }
}

/* Does the row (byte with the high bit) belong to the second plane of JIS X 0213? */
static bool plane2_row(uint8_t byte)
{
    int row = byte - 0xa0;
    return row == 1 || (row >= 3 && row <= 5) || row == 8 || (row >= 12 && row <= 15) || row >= 78;
}

/* ---- decoding ---- */

static int escape_length(const CjkCodec *codec, const uint8_t *p, size_t n)
{
    const IsoConfig *config = codec->config;
    for (size_t i = 1; i < 16; i++) {
        if (i >= n) {
            return -1;
        }
        if ((p[i] >= 'A' && p[i] <= 'Z') || p[i] == '@') {
            return (int)i + 1;
        }
        if ((config->flags & USE_JISX0208_EXT) && i + 1 < n && p[i] == '&' && p[i + 1] == '@') {
            i += 2;
        }
    }
    return 0;
}

/* A designation: bytes used, 0: more needed, < 0: wrong. */
static int decode_escape(const CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n)
{
    const IsoConfig *config = codec->config;
    int len = escape_length(codec, p, n), g = -1;
    uint8_t set = 0;
    if (len <= 0) {
        return len < 0 ? 0 : -1;
    }
    if (len == 3 && p[1] == '$') {
        set = p[2] | 0x80;
        g = 0;
    } else if (len == 3) {
        set = p[2];
        g = p[1] == '(' ? 0 : p[1] == ')' ? 1 : (config->flags & USE_G2) && p[1] == '.' ? 2 : -1;
    } else if (len == 4 && p[1] == '$') {
        set = p[3] | 0x80;
        g = p[2] == '(' ? 0 : p[2] == ')' ? 1 : -1;
    } else if (len == 6 && (config->flags & USE_JISX0208_EXT) &&
               memcmp(p + 1, "&@\x1b$B", 5) == 0) {
        set = SET_JISX0208;
        g = 0;
    }
    if (g < 0 || !knows_set(config, set)) {
        return -len;
    }
    s->c[g] = set;
    return len;
}

/* ESC N x: one character of G2. */
static int decode_g2(CjkState *s, uint8_t byte, uint32_t *out, int *count)
{
    uint32_t c = byte;
    *count = 1;
    if (G2(s) == SET_ISO8859_1) {
        *out = c + 0x80;
        return byte < 0x80 ? 3 : -3;
    }
    if (G2(s) == SET_ISO8859_7) {
        c ^= 0x80;
        bool same = c < 0xa1 ||
                    strchr("\xa3\xa6\xa7\xa8\xa9\xab\xac\xad\xb0\xb1\xb2\xb3\xb7\xbb\xbd", (int)c);
        bool known =
            c == 0xa1 || c == 0xa2 || c == 0xaf || same || (c >= 0xb4 && c <= 0xfe && c != 0xd2);
        *out = c == 0xa1 ? 0x2018 : c == 0xa2 ? 0x2019 : c == 0xaf ? 0x2015 : same ? c : 0x2d0 + c;
        return known ? 3 : -3;
    }
    *out = c;
    return byte & 0x80 ? -3 : 3;
}

static int decode_in_set(const CjkCodec *codec, uint8_t set, const uint8_t *p, size_t n,
                         uint32_t *out, int *count)
{
    *count = 1;
    if (!(set & 0x80)) {
        uint32_t c = *p;
        *out = set == SET_JISX0201_K ? c + 0xff40
               : set == SET_JISX0201_R ? c == 0x5c ? 0xa5 : c == 0x7e ? 0x203e : c : c + 0x80;
        return set == SET_JISX0201_K && (c < 0x21 || c > 0x5f) ? -1 : 1;
    }
    if (!knows_set(codec->config, set)) {
        return -1; /* setstate() takes any number */
    }
    if (n < 2) {
        return 0;
    }
    const CjkMap *m = codec->maps[table_of(codec->config, set)];
    uint8_t a = p[0] | 0x80, b = p[1] | 0x80;
    uint32_t v = CJK_NONE;
    if (a >= 0xa1 && b >= 0xa1 && b != 0xff && !(p[1] & 0x80)) {
        bool three = set == SET_JISX0212 || set == SET_JISX0213_2;
        v = three ? cjk_decode_three(m, a, b) : cjk_decode_two(m, a, b);
        if (set == SET_JISX0213_2 && !plane2_row(a)) {
            v = CJK_NONE;
        }
        if (set == SET_KSX1001 && a == 0xa4 && b == 0xd4) {
            v = 0x3164; /* the sign that opens eight bytes in euc_kr */
        }
    }
    if (v == CJK_NONE) {
        return -2;
    }
    if (v & CJK_COMBO) {
        out[0] = m->combos[v & ~CJK_COMBO].first;
        out[1] = m->combos[v & ~CJK_COMBO].second;
        *count = 2;
    } else {
        *out = v;
    }
    return 2;
}

static int iso_decode(const CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n, uint32_t *out,
                      int *count)
{
    const IsoConfig *config = codec->config;
    uint8_t c = *p;
    *count = 0;
    if (FLAGS(s) & ESC_THROUGHOUT) {
        if ((c >= 'A' && c <= 'Z') || c == '@') {
            FLAGS(s) &= (uint8_t)~ESC_THROUGHOUT;
        }
    } else if (c == ESC) {
        if (n < 2) {
            return 0;
        }
        if (p[1] && strchr("()$.&", p[1])) {
            return decode_escape(codec, s, p, n);
        }
        if ((config->flags & USE_G2) && p[1] == 'N') {
            return n < 3 ? 0 : decode_g2(s, p[2], out, count);
        }
        FLAGS(s) |= ESC_THROUGHOUT;
    } else if ((c == SI || c == SO) && !(config->flags & NO_SHIFT)) {
        FLAGS(s) = (uint8_t)((FLAGS(s) & ~SHIFTED) | (c == SO ? SHIFTED : 0));
        return 1;
    } else if (c == '\n') {
        FLAGS(s) &= (uint8_t)~SHIFTED;
    } else if (c >= 0x80) {
        return -1;
    } else if (c >= 0x20) {
        uint8_t set = FLAGS(s) & SHIFTED ? G1(s) : G0(s);
        if (set != SET_ASCII) {
            return decode_in_set(codec, set, p, n, out, count);
        }
    }
    *out = c;
    *count = 1;
    return 1;
}

/* ---- encoding ---- */

/* Code of c in the set with the high bits off, or CJK_NONE. */
static uint32_t encode_in_set(const CjkCodec *codec, uint8_t set, uint32_t c)
{
    if (set == SET_JISX0201_R) {
        return c == 0xa5 ? 0x5c : c == 0x203e ? 0x7e : CJK_NONE;
    }
    if (set == SET_JISX0201_K) {
        return c >= 0xff61 && c <= 0xff9f ? c - 0xff40 : CJK_NONE;
    }
    if (!(set & 0x80) || set == SET_JISX0208_O) {
        return CJK_NONE;
    }
    uint32_t v = cjk_encode_char(codec->maps[table_of(codec->config, set)], c);
    bool three = set == SET_JISX0212 || set == SET_JISX0213_2;
    if (v == CJK_NONE || v < 0x100 || three != (v > 0xffff) || (!three && v >> 8 < 0xa1) ||
        (set == SET_JISX0213_2 && !plane2_row(v >> 8 & 0xff)) || (v & 0xff) < 0xa1 ||
        /* known to the EUC form only */
        (c == 0xff5e && (set == SET_JISX0213_2000_1 || set == SET_JISX0213_2004_1))) {
        return CJK_NONE;
    }
    return v & 0x7f7f;
}

static int append(uint8_t *out, int len, const char *text)
{
    size_t n = strlen(text);
    memcpy(out + len, text, n);
    return len + (int)n;
}

/* Switches to the set and writes the code. */
static int write_code(const IsoConfig *config, CjkState *s, uint8_t set, uint32_t code,
                      uint8_t *out)
{
    int len = 0, g = !(config->flags & NO_SHIFT); /* iso2022_kr uses G1, the others G0 */
    if (g == 0 && (FLAGS(s) & SHIFTED)) {
        out[len++] = SI;
        FLAGS(s) &= (uint8_t)~SHIFTED;
    }
    if (s->c[g] != set) {
        len = append(out, len,
                     !(set & 0x80)         ? "\x1b("
                     : set == SET_JISX0208 ? "\x1b$"
                     : g                   ? "\x1b$)"
                                           : "\x1b$(");
        out[len++] = set & 0x7f;
        s->c[g] = set;
    }
    if (g == 1 && !(FLAGS(s) & SHIFTED)) {
        out[len++] = SO;
        FLAGS(s) |= SHIFTED;
    }
    if (set & 0x80) {
        out[len++] = (uint8_t)(code >> 8);
    }
    out[len++] = (uint8_t)code;
    return len;
}

/* Pairs of characters with one code in JIS X 0213: as an encoding step; -1: *p begins none. */
static int encode_pair(const CjkCodec *codec, CjkState *s, const uint32_t *p, size_t n, bool last,
                       uint8_t *out, int *len)
{
    const IsoConfig *config = codec->config;
    const CjkMap *m = config->jisx0213 == T_COUNT ? NULL : codec->maps[config->jisx0213];
    for (int i = 0; m && i < m->n_combos; i++) {
        if (m->combos[i].first == *p) {
            if (n < 2 && !last) {
                return 0;
            }
            if (n >= 2 && m->combos[i].second == p[1]) {
                *len = write_code(config, s, config->sets[1], m->combos[i].bytes & 0x7f7f, out);
                return 2;
            }
        }
    }
    return -1;
}

static int iso_encode(const CjkCodec *codec, CjkState *s, const uint32_t *p, size_t n, bool last,
                      uint8_t *out, int *len)
{
    const IsoConfig *config = codec->config;
    *len = 0;
    if (*p < 0x80) {
        if (G0(s) != SET_ASCII) {
            *len = append(out, *len, "\x1b(B");
            G0(s) = SET_ASCII;
        }
        if (FLAGS(s) & SHIFTED) {
            out[(*len)++] = SI;
            FLAGS(s) &= (uint8_t)~SHIFTED;
        }
        out[(*len)++] = (uint8_t)*p;
        return 1;
    }
    int r = encode_pair(codec, s, p, n, last, out, len);
    if (r >= 0) {
        return r;
    }
    for (const uint8_t *set = config->sets; *set; set++) {
        uint32_t code = encode_in_set(codec, *set, *p);
        if (code != CJK_NONE) {
            *len = write_code(config, s, *set, code, out);
            return 1;
        }
    }
    return -1;
}

static int iso_finish(CjkState *s, uint8_t *out)
{
    int len = 0;
    if (FLAGS(s) & SHIFTED) {
        out[len++] = SI;
        FLAGS(s) &= (uint8_t)~SHIFTED;
    }
    if (G0(s) != SET_ASCII) {
        len = append(out, len, "\x1b(B");
        G0(s) = SET_ASCII;
    }
    return len;
}

static void start_encoding(CjkState *s)
{
    G0(s) = G1(s) = SET_ASCII;
}
static void start_decoding(CjkState *s)
{
    G0(s) = G1(s) = G2(s) = SET_ASCII;
}

/* ---- the encodings ---- */

static const IsoConfig config_kr = {0, {SET_KSX1001}, T_COUNT};
static const IsoConfig config_jp = {
    NO_SHIFT | USE_JISX0208_EXT, {SET_JISX0208, SET_JISX0201_R, SET_JISX0208_O}, T_COUNT};
static const IsoConfig config_jp_1 = {NO_SHIFT | USE_JISX0208_EXT,
                                      {SET_JISX0208, SET_JISX0212, SET_JISX0201_R, SET_JISX0208_O},
                                      T_COUNT};
static const IsoConfig config_jp_2 = {NO_SHIFT | USE_G2 | USE_JISX0208_EXT,
                                      {SET_JISX0208, SET_JISX0212, SET_KSX1001, SET_GB2312,
                                       SET_JISX0201_R, SET_JISX0208_O, SET_ISO8859_1,
                                       SET_ISO8859_7},
                                      T_COUNT};
static const IsoConfig config_jp_2004 = {NO_SHIFT | USE_JISX0208_EXT,
                                         {SET_JISX0208, SET_JISX0213_2004_1, SET_JISX0213_2},
                                         T_EUC_JIS_2004};
static const IsoConfig config_jp_3 = {NO_SHIFT | USE_JISX0208_EXT,
                                      {SET_JISX0208, SET_JISX0213_2000_1, SET_JISX0213_2},
                                      T_EUC_JISX0213};
static const IsoConfig config_jp_ext = {
    NO_SHIFT | USE_JISX0208_EXT,
    {SET_JISX0208, SET_JISX0212, SET_JISX0201_R, SET_JISX0201_K, SET_JISX0208_O},
    T_COUNT};

#define ISO(name_, config_)                                                                       \
    {.name = (name_), .decode = iso_decode, .encode = iso_encode, .start_encode = start_encoding, \
     .start_decode = start_decoding, .finish = iso_finish, .config = &(config_)}
CjkCodec iso2022_codecs[] = {
    ISO("iso2022_kr", config_kr),
    ISO("iso2022_jp", config_jp),
    ISO("iso2022_jp_1", config_jp_1),
    ISO("iso2022_jp_2", config_jp_2),
    ISO("iso2022_jp_2004", config_jp_2004),
    ISO("iso2022_jp_3", config_jp_3),
    ISO("iso2022_jp_ext", config_jp_ext),
    {.name = NULL},
};

static bool load_table(Thread *t, CjkCodec *codec, CjkTableId id)
{
    const CjkMap *m = id == T_COUNT ? NULL : cjk_map(t, id);
    if (m && load_acquire(&codec->maps[id]) != m) { /* else others may be reading it */
        store_release(&codec->maps[id], m);
    }
    return m || id == T_COUNT;
}

bool cjk_codec_load(Thread *t, CjkCodec *codec)
{
    const IsoConfig *config = codec->config;
    if (!config) {
        return load_table(t, codec, codec->table);
    }
    for (const uint8_t *set = config->sets; *set; set++) {
        if (!load_table(t, codec, table_of(config, *set))) {
            return false;
        }
    }
    return true;
}
