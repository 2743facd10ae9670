/* Encodings that switch between character sets by escape sequences. */
#include "modules/_multibytecodec/cjk.h"

CjkCodec iso2022_codecs[] = {{.name = NULL}};

bool cjk_codec_load(Thread *t, CjkCodec *codec)
{
    const CjkMap *m = cjk_map(t, codec->table);
    __atomic_store_n(&codec->maps[codec->table], m, __ATOMIC_RELEASE);
    return m != NULL;
}
