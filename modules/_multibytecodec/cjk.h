/* East Asian encodings: tables, the two steps every encoding consists of, and their state.
 *
 * A decoding step looks at the next bytes and gives up to two characters; an encoding step the
 * other way round.  Tables are unpacked from text when an encoding is first used and stay.
 */
#ifndef MODULES_MULTIBYTECODEC_CJK_H
#define MODULES_MULTIBYTECODEC_CJK_H

#include "core/object/codec.h"
#include "core/object/module.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

typedef struct CjkPair { uint32_t from, to; } CjkPair;
typedef struct CjkRun { uint32_t linear, count, first; } CjkRun;
typedef struct CjkTable { /* as in tables.inc */
    const char *name;
    int base;                /* table that = refers to, or -1 */
    const char *text, *text3;
    /* single bytes that are not ASCII: byte, character (0: none); end: {0, 0} */
    const CjkPair *odd;
    const uint8_t *leads;    /* ranges of lead bytes; end: 0 */
    /* characters not written as their first sequence: character, bytes; end: {0, 0} */
    const CjkPair *wrong;
} CjkTable;
typedef enum {
    T_GB18030,
    T_GBK,
    T_GB2312,
    T_BIG5,
    T_CP950,
    T_BIG5HKSCS,
    T_SHIFT_JIS,
    T_CP932,
    T_SHIFT_JIS_2004,
    T_SHIFT_JISX0213,
    T_EUC_JP,
    T_EUC_JIS_2004,
    T_EUC_JISX0213,
    T_CP949,
    T_EUC_KR,
    T_JOHAB,
    T_COUNT
} CjkTableId;
extern const CjkTable cjk_tables[];
extern const CjkRun gb18030_runs[];
extern const uint8_t euckr_cho[19], euckr_jung[21], euckr_jong[28];

#define CJK_NONE UINT32_MAX
#define CJK_COMBO 0x80000000u    /* | index into combos */
#define CJK_TRAILS 0xd0          /* trail bytes 0x30..0xff */
#define CJK_MAX_COMBOS 32
typedef struct CjkCombo { uint32_t first, second, bytes; } CjkCombo;
typedef struct CjkMap {
    uint32_t single[256];
    bool lead[256];
    uint32_t two[0x80 * CJK_TRAILS];
    uint32_t *three;             /* 8f a1..fe a1..fe, or NULL */
    uint32_t *pages[0x300];      /* character >> 8 -> bytes as a number, CJK_NONE: none */
    CjkCombo combos[CJK_MAX_COMBOS];
    int n_combos;
} CjkMap;
const CjkMap *cjk_map(Thread *t, CjkTableId id);           /* NULL: MemoryError */
uint32_t cjk_encode_char(const CjkMap *m, uint32_t c);     /* bytes as a number or CJK_NONE */
/* character, CJK_COMBO | index, or CJK_NONE */
uint32_t cjk_decode_two(const CjkMap *m, uint8_t a, uint8_t b);
uint32_t cjk_decode_three(const CjkMap *m, uint8_t a, uint8_t b);

typedef struct CjkState { uint8_t c[8]; } CjkState;
typedef struct CjkCodec CjkCodec;
struct CjkCodec {
    const char *name;
    CjkTableId table;
    /* Bytes used; 0: more are needed; -k: k bytes are wrong.  *count characters (0..2) are put into
     * out. */
    int (*decode)(const CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n, uint32_t *out,
                  int *count);
    /* Characters used; 0: the next one is needed (never when last); -1: cannot be written.  Up to
     * 24 bytes. */
    int (*encode)(const CjkCodec *codec, CjkState *s, const uint32_t *p, size_t n, bool last,
                  uint8_t *out, int *len);
    void (*start_encode)(CjkState *s);                     /* NULL: all zero */
    void (*start_decode)(CjkState *s);
    /* back to the initial state; bytes written; NULL: none */
    int (*finish)(CjkState *s, uint8_t *out);
    const void *config;
    const CjkMap *maps[T_COUNT];                           /* filled when first used */
};
extern CjkCodec cjk_codecs[], iso2022_codecs[];            /* end: name NULL */
bool cjk_codec_load(Thread *t, CjkCodec *codec);           /* its tables are there from now on */
CjkCodec *cjk_codec_find(const char *name);
Value multibyte_codec_new(Thread *t, CjkCodec *codec);

#endif
