/* The verifier's two halves: structure (verify.c) and data flow (verify_flow.c). Private to
 * core/bytecode. */
#ifndef CORE_BYTECODE_VERIFY_H
#define CORE_BYTECODE_VERIFY_H

#include "core/bytecode/code.h"

typedef struct Verifier {
    Thread *t;
    const Code *code;
    uint8_t *starts;      /* per unit: UNIT_START, UNIT_TARGET, UNIT_HANDLER */
    uint8_t *cache_used;
    uint32_t n_targets;
    uint32_t vars_end;    /* first temporary register */
    uint32_t cells_start;
    uint32_t body;        /* unit behind those that make the generator and the cells */
    uint32_t allowed;     /* bit per rule of instructions that all of this code keep */
    const struct VerifyProbe *probe; /* or NULL */
} Verifier;
/* Asks what the registers hold at some units: rows[i * nregs + reg] = kind before units[i] runs,
 * reached[i] whether control can come there.  units are sorted. */
typedef struct VerifyProbe {
    const uint32_t *units;
    uint32_t n;
    uint32_t *rows;
    uint8_t *reached;
} VerifyProbe;
bool verify_probe(Thread *t, const Code *code, const VerifyProbe *probe); /* false: raised */
/* May code that needs a register of kind `wanted` find one of kind `have` there? */
bool verify_kind_fits(uint32_t have, uint32_t wanted);
bool verify_kind_is_value(uint32_t kind); /* known to hold a value, not perhaps none */
enum { UNIT_START = 1, UNIT_TARGET = 2 };
enum { VERIFY_LOCAL = 2048 }; /* bytes on the C stack, enough for most functions */

/* Raises ValueError("invalid bytecode ... at unit n: why"). Returns false. */
COLD bool verify_fail(Verifier *v, uint32_t unit, const char *why);
/* No register is read that may be unset or hold the wrong kind of thing. */
bool verify_flow(Verifier *v);
/* Both halves, of code that neither branches nor has handlers, as that of most modules and classes
 * is; VERIFY_BRANCHES: this is other code, and nothing is known of it yet. */
typedef enum VerifyResult { VERIFY_SOUND, VERIFY_UNSOUND, VERIFY_BRANCHES } VerifyResult;
VerifyResult verify_straight(Verifier *v);
/* Structure of the instruction at a unit, which is decoded into *d. */
bool verify_instruction(Verifier *v, uint32_t at, Decoded *d);

/* Opcodes that only some code objects may hold, or that ask more of their operands than to be in
 * range. */
typedef enum Rule {
    RULE_NONE,
    RULE_FIRST,     /* the first instruction of a generator */
    RULE_GENERATOR,
    RULE_NAMESPACE, /* not in functions, which have no namespace */
    RULE_LOCAL,
    RULE_CELL,
    RULE_FREE,
    RULE_RESERVED,
    RULE_OPERATOR
} Rule;
extern const uint8_t verify_rules[OP_CODE_COUNT];

static inline bool verify_is_cell(const Verifier *v, uint32_t reg)
{
    return reg >= v->cells_start && reg < v->vars_end;
}

#endif
