/* The replacement-field syntax of str.format, shared with the module _string. */
#ifndef CORE_OBJECT_STR_FORMAT_H
#define CORE_OBJECT_STR_FORMAT_H

#include "core/object/str.h"

typedef struct FormatPiece {
    size_t lit_lo, lit_hi;     /* literal text before the field; one of a doubled brace included */
    bool has_field;
    size_t name_lo, name_hi;   /* field name */
    size_t spec_lo, spec_hi;   /* format spec, may be empty */
    bool spec_nested;          /* the spec has fields of its own */
    uint32_t conversion;       /* 0: none */
} FormatPiece;

/* Reads the next literal and field of s[*pos:end).  1 read, 0 at the end, -1 ValueError pending. */
int format_next_piece(Thread *t, Value s, size_t *pos, size_t end, FormatPiece *out);

typedef struct FieldPart {
    bool is_attr;              /* .name, else [item] */
    size_t lo, hi;             /* name or item text */
    ssize_t index;             /* item as a number, -1: text */
} FieldPart;

/* Splits off the first part (argument name or number) of the field name s[lo:hi): *first_hi is its
 * end, *index its number or -1.  Following parts come from field_next_part, from *first_hi on. */
NODISCARD bool field_first_part(Thread *t, Value s, size_t lo, size_t hi, size_t *first_hi,
                                ssize_t *index);
/* 1, 0 end, -1 raised */
int field_next_part(Thread *t, Value s, size_t *pos, size_t hi, FieldPart *out);

#endif
