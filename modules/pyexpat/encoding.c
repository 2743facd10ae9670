/* Encodings that expat does not know: those of one byte per character. */
#include "modules/pyexpat/encoding.h"

#include "core/object/str.h"

int expat_unknown_encoding(void *data, const XML_Char *name, XML_Encoding *info)
{
    Thread *t = *(Thread **)data;
    char bytes[256];
    if (error_pending(t)) {
        return XML_STATUS_ERROR;
    }
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
    }
    Value table = str_decode(t, bytes, sizeof bytes, name, "replace");
    if (!table) {
        return XML_STATUS_ERROR;
    }
    if (str_len(table) != 256) {
        value_error(t, "multi-byte encodings are not supported");
        return XML_STATUS_ERROR;
    }
    for (size_t i = 0; i < 256; i++) {
        uint32_t c = str_get(value_str(table), i);
        info->map[i] = c != 0xfffd ? (int)c : -1;
    }
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}
