/* The format mini-language: [[fill]align][sign][z][#][0][width][,_][.precision][type].
 * Parsed once here; int, float, complex (format_number.c) and str use the result.
 */
#ifndef CORE_OBJECT_FORMAT_SPEC_H
#define CORE_OBJECT_FORMAT_SPEC_H

#include "core/object/str.h"

typedef struct FormatSpec {
    uint32_t fill;       /* ' ' unless given ('0' by the 0 flag) */
    uint32_t align;      /* < > = ^ ; the default passed in when not given */
    uint32_t sign;       /* + - space, or 0 */
    uint32_t grouping;   /* ',' '_' or 0 */
    uint32_t type;       /* the type letter, or the default passed in */
    ssize_t width;       /* -1: not given */
    ssize_t precision;   /* -1: not given */
    bool align_given, fill_given;
    bool alternate;      /* # */
    bool no_neg_zero;    /* z */
} FormatSpec;

/* Parses the whole str spec.  obj: the object being formatted, for messages.  ValueError in the
 * reference's words.  default_align '>' (numbers) or '<' (str); default_type 'd', 's' or 0. */
NODISCARD bool format_spec_parse(Thread *t, Value spec, Value obj, uint32_t default_type,
                                 uint32_t default_align, FormatSpec *out);
/* ValueError "Unknown format code 'c' for object of type 'T'". */
COLD Value format_unknown_code(Thread *t, uint32_t code, Value obj);
/* text padded to spec->width with spec->fill by spec->align ('=' as '>'); text itself if wide
 * enough. */
Value format_pad(Thread *t, Value text, const FormatSpec *spec);

/* The __format__ of numbers (format_number.c); spec is a str. */
Value int_format(Thread *t, Value v, Value spec);
Value float_format(Thread *t, Value v, Value spec);
Value str_format_by(Thread *t, Value text, Value spec);
Value complex_format(Thread *t, Value v, Value spec);

#endif
