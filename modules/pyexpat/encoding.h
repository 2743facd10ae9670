/* Encodings that expat does not know. */
#ifndef MODULES_PYEXPAT_ENCODING_H
#define MODULES_PYEXPAT_ENCODING_H

#include <expat.h>

/* For XML_SetUnknownEncodingHandler: the codec of that name, asked for all 256 bytes.  data: a
 * Thread **, the thread that parses.  Failure: XML_STATUS_ERROR, raised when the codec did. */
int expat_unknown_encoding(void *data, const XML_Char *name, XML_Encoding *info);

#endif
