/* The opcode table expanded from opcodes.def, and the one decoder of instructions. */
#include "core/bytecode/opcodes.h"

#include <stddef.h>

#define UNITS_FMT_ABC 1
#define UNITS_FMT_ABx 1
#define UNITS_FMT_XJ 2
#define UNITS_FMT_ABCXJ 2
#define UNITS_FMT_ABCXC 2
#define UNITS_FMT_ABCXI 2
#define UNITS_FMT_ABCXK 2

const OpInfo op_info[OP_CODE_COUNT] = {
#define OP(name, format, a, b, c, effect)                                                         \
    [OP_CODE_##name] = {#name, effect, FMT_##format, KIND_##a, KIND_##b, KIND_##c, UNITS_FMT_##format},
#include "core/bytecode/opcodes.def"
#undef OP
};

bool instr_decode(const Instr *code, uint32_t n, uint32_t at, Decoded *out)
{
    uint32_t high_a = 0, high_b = 0, high_c = 0;
    out->start = at;
    if (at >= n) {
        return false;
    }
    if (instr_op(code[at]) == OP_CODE_WIDE) {
        high_a = instr_a(code[at]) << 8;
        high_b = instr_b(code[at]);
        high_c = instr_c(code[at]);
        if (++at >= n || instr_op(code[at]) == OP_CODE_WIDE) {
            return false;
        }
    }
    Instr word = code[at];
    out->op = instr_op(word);
    if (out->op >= OP_CODE_COUNT) {
        return false;
    }
    const OpInfo *info = &op_info[out->op];
    out->unit = at;
    out->next = at + info->units;
    if (out->next > n) {
        return false;
    }
    out->a = instr_a(word) | high_a;
    out->b = instr_b(word) | high_b << 8;
    out->c = instr_c(word) | high_c << 8;
    out->bx = instr_bx(word) | high_b << 16 | high_c << 24;
    out->sc = instr_sc(word);
    out->sbx = instr_sbx(word);
    out->x = info->units == 2 ? code[at + 1] : 0;
    return true;
}

bool op_is_jump(unsigned op)
{
    return op_info[op].format == FMT_XJ || op_info[op].format == FMT_ABCXJ;
}

bool op_ends_block(unsigned op)
{
    return op == OP_CODE_JUMP || op == OP_CODE_JUMP_BACK || op == OP_CODE_RETURN ||
           op == OP_CODE_RAISE || op == OP_CODE_RERAISE;
}
