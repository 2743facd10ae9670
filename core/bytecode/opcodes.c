/* The opcode table expanded from opcodes.def. */
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
