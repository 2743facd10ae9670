/* What the files of _json share. */
#ifndef MODULES_JSON_H
#define MODULES_JSON_H

#include "core/object/iter.h"
#include "core/object/module.h"
#include "core/object/str.h"

extern Type json_scanner_type, json_encoder_type;

/* Reads the string whose first character behind the quote is at `start`; *end: behind the closing
 * quote.  0: raised. */
Value json_scan_string(Thread *t, Value text, ssize_t start, bool strict, ssize_t *end);
/* Raises json.decoder.JSONDecodeError(message, text, at); returns 0. */
Value json_decode_error(Thread *t, const char *message, Value text, ssize_t at);
/* Appends text with its quotes and escapes; ascii: \uXXXX for all that is not ASCII. */
bool json_quote(StrBuilder *b, Value text, bool ascii);
Value json_encode_basestring(Thread *t, Value *args, size_t n, Value kw);
Value json_encode_basestring_ascii(Thread *t, Value *args, size_t n, Value kw);

#endif
