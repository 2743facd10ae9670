/* East Asian encodings without escape sequences, and hz. */
#include "modules/_multibytecodec/cjk.h"

/* ---- shared ---- */

static int put_char(const CjkMap *m, uint32_t v, uint32_t *out, int *count)
{
    if (v & CJK_COMBO) {
        const CjkCombo *combo = &m->combos[v & ~CJK_COMBO];
        out[0] = combo->first;
        out[1] = combo->second;
        *count = 2;
    } else {
        out[0] = v;
        *count = 1;
    }
    return 1;
}

static int put_bytes(uint32_t bytes, uint8_t *out)
{
    int len = bytes > 0xffff ? 3 : bytes > 0xff ? 2 : 1;
    for (int i = 0; i < len; i++) {
        out[i] = (uint8_t)(bytes >> 8 * (len - 1 - i));
    }
    return len;
}

static int two_bytes(const CjkMap *m, const uint8_t *p, size_t n, uint32_t *out, int *count)
{
    if (n < 2) {
        return 0;
    }
    uint32_t v = cjk_decode_two(m, p[0], p[1]);
    if (v == CJK_NONE) {
        return -1;
    }
    put_char(m, v, out, count);
    return 2;
}

static int table_decode(const CjkCodec *codec, CjkState *s UNUSED, const uint8_t *p, size_t n,
                        uint32_t *out, int *count)
{
    const CjkMap *m = codec->maps[codec->table];
    if (m->single[*p] != CJK_NONE) {
        *out = m->single[*p];
        *count = 1;
        return 1;
    }
    if (!m->lead[*p]) {
        return -1;
    }
    if (*p == 0x8f && m->three) {
        if (n < 3) {
            return 0;
        }
        uint32_t v = cjk_decode_three(m, p[1], p[2]);
        if (v == CJK_NONE) {
            return -1;
        }
        put_char(m, v, out, count);
        return 3;
    }
    return two_bytes(m, p, n, out, count);
}

static int table_encode(const CjkCodec *codec, CjkState *s UNUSED, const uint32_t *p, size_t n,
                        bool last, uint8_t *out, int *len)
{
    const CjkMap *m = codec->maps[codec->table];
    for (int i = 0; i < m->n_combos; i++) {
        if (m->combos[i].first == *p) {
            if (n < 2 && !last) {
                return 0;
            }
            if (n >= 2 && m->combos[i].second == p[1]) {
                *len = put_bytes(m->combos[i].bytes, out);
                return 2;
            }
        }
    }
    uint32_t bytes = cjk_encode_char(m, *p);
    if (bytes == CJK_NONE) {
        return -1;
    }
    *len = put_bytes(bytes, out);
    return 1;
}

/* ---- gb18030 ---- */

static int four_bytes(const uint8_t *p, size_t n, uint32_t *out)
{
    if (n < 4) {
        return 0;
    }
    if (p[0] < 0x81 || p[0] == 0xff || p[2] < 0x81 || p[2] == 0xff || p[3] < 0x30 || p[3] > 0x39) {
        return -1;
    }
    uint32_t a = p[0] - 0x81u,
             linear = ((a * 10 + (p[1] - 0x30u)) * 126 + (p[2] - 0x81u)) * 10 + (p[3] - 0x30u);
    if (a < 4) {
        for (const CjkRun *r = gb18030_runs; r->count; r++) {
            if (linear >= r->linear && linear < r->linear + r->count) {
                *out = r->first + (linear - r->linear);
                return 4;
            }
        }
    } else if (a >= 15) {
        *out = 0x10000 + linear - 15 * 10 * 126 * 10;
        return *out <= 0x10ffff ? 4 : -1;
    }
    return -1;
}

static int gb18030_decode(const CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n,
                          uint32_t *out, int *count)
{
    if (*p >= 0x80 && n >= 2 && p[1] >= 0x30 && p[1] <= 0x39) {
        *count = 1;
        return four_bytes(p, n, out);
    }
    return table_decode(codec, s, p, n, out, count);
}

static int gb18030_encode(const CjkCodec *codec, CjkState *s, const uint32_t *p, size_t n,
                          bool last, uint8_t *out, int *len)
{
    int r = table_encode(codec, s, p, n, last, out, len);
    if (r >= 0 || *p > 0x10ffff || (*p >= 0xd800 && *p < 0xe000)) {
        return r;
    }
    uint32_t linear = CJK_NONE;
    if (*p >= 0x10000) {
        linear = *p - 0x10000 + 15 * 10 * 126 * 10;
    }
    for (const CjkRun *run = gb18030_runs; run->count && linear == CJK_NONE; run++) {
        if (*p >= run->first && *p < run->first + run->count) {
            linear = run->linear + (*p - run->first);
        }
    }
    if (linear == CJK_NONE) {
        return -1;
    }
    out[3] = (uint8_t)(0x30 + linear % 10);
    out[2] = (uint8_t)(0x81 + linear / 10 % 126);
    out[1] = (uint8_t)(0x30 + linear / 1260 % 10);
    out[0] = (uint8_t)(0x81 + linear / 12600);
    *len = 4;
    return 1;
}

/* ---- euc_kr: syllables that KS X 1001 lacks are written as their parts, in eight bytes ---- */

static int part_index(const uint8_t *parts, int count, uint8_t byte)
{
    for (int i = 0; i < count; i++) {
        if (parts[i] == byte) {
            return i;
        }
    }
    return -1;
}

static int euc_kr_decode(const CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n,
                         uint32_t *out, int *count)
{
    if (*p != 0xa4 || n < 2 || p[1] != 0xd4) {
        return table_decode(codec, s, p, n, out, count);
    }
    if (n < 8) {
        return 0;
    }
    int cho = part_index(euckr_cho, 19, p[3]), jung = part_index(euckr_jung, 21, p[5]);
    int jong = part_index(euckr_jong, 28, p[7]);
    if (p[2] != 0xa4 || p[4] != 0xa4 || p[6] != 0xa4 || cho < 0 || jung < 0 || jong < 0) {
        return -1;
    }
    *out = (uint32_t)(0xac00 + cho * 588 + jung * 28 + jong);
    *count = 1;
    return 8;
}

static int euc_kr_encode(const CjkCodec *codec, CjkState *s, const uint32_t *p, size_t n, bool last,
                         uint8_t *out, int *len)
{
    int r = table_encode(codec, s, p, n, last, out, len);
    if (r >= 0 || *p < 0xac00 || *p > 0xd7a3) {
        return r;
    }
    uint32_t c = *p - 0xac00;
    const uint8_t bytes[] = {0xa4, 0xd4,
                             0xa4, euckr_cho[c / 588],
                             0xa4, euckr_jung[c / 28 % 21],
                             0xa4, euckr_jong[c % 28]};
    memcpy(out, bytes, sizeof bytes);
    *len = sizeof bytes;
    return 1;
}

/* ---- hz: c[0] is 1 inside ~{ ~} ---- */

static int hz_decode(const CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n, uint32_t *out,
                     int *count)
{
    *count = 0;
    if (*p == '~') {
        if (n < 2) {
            return 0;
        }
        if (p[1] == '~' && s->c[0] == 0) {
            *out = '~';
            *count = 1;
        } else if (p[1] == '{' && s->c[0] == 0) {
            s->c[0] = 1;
        } else if (p[1] == '}' && s->c[0] == 1) {
            s->c[0] = 0;
        } else if (!(p[1] == '\n' && s->c[0] == 0)) {
            return -1;
        }
        return 2;
    }
    if (*p & 0x80) {
        return -1;
    }
    if (s->c[0] == 0) {
        *out = *p;
        *count = 1;
        return 1;
    }
    if (n < 2) {
        return 0;
    }
    const uint8_t high[2] = {(uint8_t)(p[0] | 0x80), (uint8_t)(p[1] | 0x80)};
    return p[1] & 0x80 ? -1 : two_bytes(codec->maps[codec->table], high, 2, out, count);
}

static int hz_encode(const CjkCodec *codec, CjkState *s, const uint32_t *p, size_t n UNUSED,
                     bool last UNUSED, uint8_t *out, int *len)
{
    *len = 0;
    if (*p < 0x80) {
        if (s->c[0]) {
            out[(*len)++] = '~';
            out[(*len)++] = '}';
            s->c[0] = 0;
        }
        out[(*len)++] = (uint8_t)*p;
        if (*p == '~') {
            out[(*len)++] = '~';
        }
        return 1;
    }
    uint32_t bytes = cjk_encode_char(codec->maps[codec->table], *p);
    if (bytes == CJK_NONE || bytes < 0x100) {
        return -1;
    }
    if (!s->c[0]) {
        out[(*len)++] = '~';
        out[(*len)++] = '{';
        s->c[0] = 1;
    }
    out[(*len)++] = (uint8_t)(bytes >> 8 & 0x7f);
    out[(*len)++] = (uint8_t)(bytes & 0x7f);
    return 1;
}

static int hz_finish(CjkState *s, uint8_t *out)
{
    if (!s->c[0]) {
        return 0;
    }
    s->c[0] = 0;
    memcpy(out, "~}", 2);
    return 2;
}

#define TABLE_CODEC(name_, id)                                                                     \
    {                                                                                              \
        .name = (name_), .table = (id), .decode = table_decode, .encode = table_encode             \
    }
CjkCodec cjk_codecs[] = {
    TABLE_CODEC("gb2312", T_GB2312),
    TABLE_CODEC("gbk", T_GBK),
    {.name = "gb18030", .table = T_GB18030, .decode = gb18030_decode, .encode = gb18030_encode},
    {.name = "hz",
     .table = T_GB2312,
     .decode = hz_decode,
     .encode = hz_encode,
     .finish = hz_finish},
    TABLE_CODEC("big5hkscs", T_BIG5HKSCS),
    TABLE_CODEC("shift_jis", T_SHIFT_JIS),
    TABLE_CODEC("cp932", T_CP932),
    TABLE_CODEC("euc_jp", T_EUC_JP),
    TABLE_CODEC("shift_jis_2004", T_SHIFT_JIS_2004),
    TABLE_CODEC("euc_jis_2004", T_EUC_JIS_2004),
    TABLE_CODEC("euc_jisx0213", T_EUC_JISX0213),
    TABLE_CODEC("shift_jisx0213", T_SHIFT_JISX0213),
    {.name = "euc_kr", .table = T_EUC_KR, .decode = euc_kr_decode, .encode = euc_kr_encode},
    TABLE_CODEC("cp949", T_CP949),
    TABLE_CODEC("johab", T_JOHAB),
    TABLE_CODEC("big5", T_BIG5),
    TABLE_CODEC("cp950", T_CP950),
    {.name = NULL},
};
