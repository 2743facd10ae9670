/* Enum and properties of the opcodes, expanded from opcodes.def, and the instruction word's fields.
 */
#ifndef CORE_BYTECODE_OPCODES_H
#define CORE_BYTECODE_OPCODES_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
#define OP(name, format, a, b, c, effect) OP_CODE_##name,
#include "core/bytecode/opcodes.def"
#undef OP
    OP_CODE_COUNT
} Opcode;

typedef uint32_t Instr;
#define FRAME_WORDS 6 /* header words below a window: core/vm/frame.h */
#define CALL_ARGS_OFFSET (1 + FRAME_WORDS) /* r[A + this] is the first argument */

static inline unsigned instr_op(Instr i) { return i & 0xff; }
static inline unsigned instr_a(Instr i) { return i >> 8 & 0xff; }
static inline unsigned instr_b(Instr i) { return i >> 16 & 0xff; }
static inline unsigned instr_c(Instr i) { return i >> 24; }
static inline int instr_sc(Instr i) { return (int8_t)(i >> 24); }
static inline unsigned instr_bx(Instr i) { return i >> 16; }
static inline int instr_sbx(Instr i) { return (int16_t)(i >> 16); }
static inline Instr instr_make(unsigned op, unsigned a, unsigned b, unsigned c)
{
    return op | (a & 0xff) << 8 | (b & 0xff) << 16 | (c & 0xff) << 24;
}

typedef enum { FMT_ABC, FMT_ABx, FMT_XJ, FMT_ABCXJ, FMT_ABCXC, FMT_ABCXI, FMT_ABCXK } OpFormat;
typedef enum {
    KIND__,
    KIND_W,
    KIND_R,
    KIND_M,
    KIND_I,
    KIND_S,
    KIND_K,
    KIND_S16,
    KIND_B
} OperandKind;
typedef struct OpInfo {
    const char *name, *effect;
    uint8_t format, a, b, c;
    uint8_t units; /* 1 or 2 */
    /* Operands as bits (A 1, B 2, C 4): registers of any kind, those read (R, M), those written
     * (W). */
    uint8_t registers, reads, writes;
    uint8_t flags; /* OP_FLAG_JUMP ... */
} OpInfo;
enum {
    OP_FLAG_JUMP = 1,
    OP_FLAG_CALL = 2, /* of a function or method, in any form */
    OP_FLAG_ENDS = 4, /* control never falls through */
};
extern const OpInfo op_info[OP_CODE_COUNT];

/* One instruction with its WIDE prefix merged in. */
typedef struct Decoded {
    unsigned op;
    /* units: of the prefix if any, of the opcode, behind the instruction */
    uint32_t start, unit, next;
    uint32_t a, b, c, bx;       /* bx instead of b and c for FMT_ABx */
    int sc, sbx;                /* c and bx where they are signed */
    uint32_t x;                 /* second unit, or 0 */
} Decoded;
/* Decodes the instruction that starts at unit `at`; false: past the end, cut off, or no opcode.
 * Effects: none. */
static inline bool instr_decode(const Instr *code, uint32_t n, uint32_t at, Decoded *out)
{
    uint32_t high = 0; /* the prefix without its opcode */
    out->op = OP_CODE_COUNT;
    out->start = out->unit = out->next = at;
    if (at >= n) {
        return false;
    }
    Instr word = code[at];
    if (instr_op(word) == OP_CODE_WIDE) {
        high = word;
        if (++at >= n || instr_op(code[at]) == OP_CODE_WIDE) {
            return false;
        }
        word = code[at];
    }
    unsigned op = instr_op(word);
    if (op >= OP_CODE_COUNT) {
        return false;
    }
    out->op = op;
    out->unit = at;
    unsigned units = op_info[op].units;
    if (at + units > n) {
        return false;
    }
    out->next = at + units;
    out->a = instr_a(word);
    out->b = instr_b(word);
    out->c = instr_c(word);
    out->bx = instr_bx(word);
    if (high) {
        out->a |= instr_a(high) << 8;
        out->b |= instr_b(high) << 8;
        out->c |= instr_c(high) << 8;
        out->bx |= instr_bx(high) << 16;
    }
    out->sc = instr_sc(word);
    out->sbx = instr_sbx(word);
    out->x = units == 2 ? code[at + 1] : 0;
    return true;
}
static inline uint32_t decoded_target(const Decoded *d) { return d->next + d->x; } /* of a jump */
static inline bool op_is_jump(unsigned op) { return op_info[op].flags & OP_FLAG_JUMP; }
static inline bool op_is_call(unsigned op) { return op_info[op].flags & OP_FLAG_CALL; }
static inline bool op_ends_block(unsigned op) { return op_info[op].flags & OP_FLAG_ENDS; }

#endif
