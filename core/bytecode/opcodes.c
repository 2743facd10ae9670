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

#define IS_READ(kind) (KIND_##kind == KIND_R || KIND_##kind == KIND_M)
#define IS_WRITTEN(kind) (KIND_##kind == KIND_W)
#define IS_REGISTER(kind) (IS_READ(kind) || IS_WRITTEN(kind) || KIND_##kind == KIND_B)
/* B and C of ABx are one number. */
#define BITS(test, format, a, b, c)                                                               \
    (test(a) | (FMT_##format == FMT_ABx ? 0 : test(b) << 1 | test(c) << 2))
#define IS(name, other) (OP_CODE_##name == OP_CODE_##other)
#define FLAGS(name, format)                                                                \
    ((FMT_##format == FMT_XJ || FMT_##format == FMT_ABCXJ ? OP_FLAG_JUMP : 0) |            \
     (IS(name, CALL) || IS(name, CALL_KW) || IS(name, CALL_EX) || IS(name, CALL_METHOD) || \
              IS(name, CALL_METHOD_KW) ? OP_FLAG_CALL : 0) |                               \
     (IS(name, JUMP_FORWARD) || IS(name, JUMP_BACKWARD) || IS(name, RETURN_VALUE) ||       \
              IS(name, RAISE) || IS(name, RERAISE) ? OP_FLAG_ENDS : 0))

const OpInfo op_info[OP_CODE_COUNT] = {
#define OP(name, format, a, b, c, effect)                                                         \
    [OP_CODE_##name] = {#name, effect, FMT_##format, KIND_##a, KIND_##b, KIND_##c,                \
                        UNITS_FMT_##format, BITS(IS_REGISTER, format, a, b, c),                   \
                        BITS(IS_READ, format, a, b, c), BITS(IS_WRITTEN, format, a, b, c),        \
                        FLAGS(name, format)},
#include "core/bytecode/opcodes.def"
#undef OP
};
