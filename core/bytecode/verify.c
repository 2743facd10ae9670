/* Verifying code objects before they run, structure first: whole instructions, operands in range,
 * jumps to instructions in the right direction, constants and cache entries of the kind an
 * instruction expects, a sound exception table. What registers hold is verify_flow.c, which does
 * both in one walk for code without branches.  Linear in the size of the code.
 */
#include "core/bytecode/verify.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

bool verify_fail(Verifier *v, uint32_t unit, const char *why)
{
    value_error(v->t, "invalid bytecode in %U at unit %d: %s", v->code->name, (int)unit, why);
    return false;
}

/* Are the operands that `bits` says in range? */
static inline bool registers_fit(unsigned bits, uint32_t nregs, uint32_t a, uint32_t b, uint32_t c)
{
    return (!(bits & 1) || a < nregs) && (!(bits & 2) || b < nregs) && (!(bits & 4) || c < nregs);
}

static bool writes_cell(const Verifier *v, const Decoded *d)
{
    unsigned writes = op_info[d->op].writes;
    return ((writes & 1 && verify_is_cell(v, d->a)) || (writes & 2 && verify_is_cell(v, d->b)) ||
            (writes & 4 && verify_is_cell(v, d->c))) &&
           d->op != OP_CODE_NEW_CELL && d->op != OP_CODE_MAKE_CELL &&
           d->op != OP_CODE_COPY_FREE_VARS;
}

static bool check_operands(Verifier *v, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    if (!registers_fit(info->registers, v->code->nregs, d->a, d->b, d->c)) {
        return verify_fail(v, d->unit, "register out of range");
    }
    if (writes_cell(v, d)) {
        return verify_fail(v, d->unit, "cell register overwritten");
    }
    if (info->format == FMT_ABx && info->b == KIND_K && d->bx >= tuple_len(v->code->consts_tuple)) {
        return verify_fail(v, d->unit, "constant out of range");
    }
    return true;
}

static bool keyword_names_are_valid(Value kwnames, uint32_t n_args)
{
    if (kwnames == 0 || !value_is_tuple_exact(kwnames) || tuple_len(kwnames) > n_args) {
        return false;
    }
    for (size_t i = 0; i < tuple_len(kwnames); i++) {
        if (!value_is_str_exact(tuple_get(kwnames, i))) {
            return false;
        }
    }
    return true;
}

static bool check_cache(Verifier *v, const Decoded *d)
{
    uint32_t number = code_cache_number(v->code, d->x);
    if (number == UINT32_MAX) {
        return verify_fail(v, d->unit, "cache entry out of range");
    }
    if (v->cache_used[number]) {
        return verify_fail(v, d->unit, "cache entry used twice");
    }
    v->cache_used[number] = 1;
    Value name = v->code->caches[number].name;
    switch (d->op) {
    case OP_CODE_CALL: case OP_CODE_CALL_METHOD: case OP_CODE_CALL_EX:
        return true;
    case OP_CODE_CALL_KW: case OP_CODE_CALL_METHOD_KW:
        return keyword_names_are_valid(name, d->b) || verify_fail(v, d->unit, "bad keyword names");
    default:
        return (name != 0 && value_is_str_exact(name)) ||
               verify_fail(v, d->unit, "cache entry without name");
    }
}

static bool check_const_operand(Verifier *v, const Decoded *d)
{
    if (d->x >= tuple_len(v->code->consts_tuple)) {
        return verify_fail(v, d->unit, "constant out of range");
    }
    Value k = tuple_get(v->code->consts_tuple, d->x);
    if (d->op == OP_CODE_MAKE_FUNCTION) {
        if (!value_is_code(k) || d->c > 15) {
            return verify_fail(v, d->unit, "function without code");
        }
        if ((((Code *)value_object(k))->nfrees > 0) != ((d->c & 8) != 0)) {
            return verify_fail(v, d->unit, "closure does not fit the code");
        }
    } else if (!value_is_str_exact(k)) {
        return verify_fail(v, d->unit, "name expected");
    }
    return true;
}

const uint8_t verify_rules[OP_CODE_COUNT] = {
    [OP_CODE_RETURN_GENERATOR] = RULE_FIRST, [OP_CODE_YIELD_VALUE] = RULE_GENERATOR,
    [OP_CODE_YIELD_FROM] = RULE_GENERATOR, [OP_CODE_SEND] = RULE_GENERATOR,
    [OP_CODE_ASYNC_GEN_WRAP] = RULE_GENERATOR, [OP_CODE_LOAD_NAME] = RULE_NAMESPACE,
    [OP_CODE_STORE_NAME] = RULE_NAMESPACE, [OP_CODE_DELETE_NAME] = RULE_NAMESPACE,
    [OP_CODE_LOAD_LOCALS] = RULE_NAMESPACE, [OP_CODE_SETUP_ANNOTATIONS] = RULE_NAMESPACE,
    [OP_CODE_IMPORT_STAR] = RULE_NAMESPACE, [OP_CODE_IMPORT_LAZY] = RULE_NAMESPACE,
    [OP_CODE_LOAD_CLASSCELL] = RULE_NAMESPACE, [OP_CODE_CHECK_BOUND] = RULE_LOCAL,
    [OP_CODE_DELETE_FAST] = RULE_LOCAL, [OP_CODE_RESET_FAST] = RULE_LOCAL,
    [OP_CODE_NEW_CELL] = RULE_CELL,
    [OP_CODE_MAKE_CELL] = RULE_CELL, [OP_CODE_COPY_FREE_VARS] = RULE_FREE,
    [OP_CODE_LOAD_SUPER_ATTR] = RULE_RESERVED, [OP_CODE_WIDE] = RULE_RESERVED,
    [OP_CODE_INPLACE] = RULE_OPERATOR,
};

static bool check_rule(Verifier *v, const Decoded *d)
{
    uint32_t flags = v->code->flags;
    bool generator = flags & CO_ANY_GENERATOR;
    switch ((Rule)verify_rules[d->op]) {
    case RULE_FIRST:
        return (d->start == 0 && generator) ||
               verify_fail(v, d->unit, "misplaced RETURN_GENERATOR");
    case RULE_GENERATOR:
        return generator || verify_fail(v, d->unit, "yield outside of a generator");
    case RULE_NAMESPACE:
        return !(flags & CO_OPTIMIZED) || verify_fail(v, d->unit, "namespace access in a function");
    case RULE_LOCAL:
        return d->a < v->code->nlocals || verify_fail(v, d->unit, "not a local");
    case RULE_CELL:
        return (verify_is_cell(v, d->a) && d->a < v->cells_start + v->code->ncells) ||
               verify_fail(v, d->unit, "not a cell");
    case RULE_FREE:
        return (verify_is_cell(v, d->a) && d->a >= v->cells_start + v->code->ncells &&
                d->b < v->code->nfrees) ||
               verify_fail(v, d->unit, "not a free variable");
    case RULE_RESERVED:
        return verify_fail(v, d->unit, "reserved opcode");
    case RULE_OPERATOR:
        return d->x < OP_COUNT || verify_fail(v, d->unit, "unknown operator");
    default:
        return true;
    }
}

static bool check_jump(Verifier *v, const Decoded *d)
{
    uint32_t target = decoded_target(d);
    bool backward = d->op == OP_CODE_JUMP_BACKWARD;
    if (target >= v->code->n_instrs || (backward ? target >= d->next : target < d->next)) {
        return verify_fail(v, d->unit, "jump out of range");
    }
    v->starts[target] |= UNIT_TARGET;
    return true;
}

/* Units of an instruction without a prefix, whose registers are in range, that is no jump or call,
 * and that nothing more is asked of than the name of its cache entry.  0: what is wrong or of
 * another kind, for verify_instruction(). */
static inline uint32_t check_plain(Verifier *v, uint32_t at)
{
    const Code *code = v->code;
    Instr word = code->instrs[at];
    unsigned op = instr_op(word);
    const OpInfo *info = &op_info[op < OP_CODE_COUNT ? op : OP_CODE_WIDE];
    bool has_cells = v->cells_start != v->vars_end;
    if (info->flags || !(v->allowed >> verify_rules[info - op_info] & 1) || info->b == KIND_K ||
        (has_cells && info->writes) ||
        !registers_fit(info->registers, code->nregs, instr_a(word), instr_b(word),
                       instr_c(word))) {
        return 0;
    }
    if (info->units == 1) {
        return 1;
    }
    uint32_t number = info->format == FMT_ABCXC && at + 1 < code->n_instrs
                          ? code_cache_number(code, code->instrs[at + 1])
                          : UINT32_MAX;
    if (number == UINT32_MAX || v->cache_used[number] || !code->caches[number].name ||
        !value_is_str_exact(code->caches[number].name)) {
        return 0;
    }
    v->cache_used[number] = 1;
    return 2;
}

bool verify_instruction(Verifier *v, uint32_t at, Decoded *d)
{
    const Code *code = v->code;
    if (!instr_decode(code->instrs, code->n_instrs, at, d)) {
        return verify_fail(v, at, "malformed instruction");
    }
    OpFormat format = (OpFormat)op_info[d->op].format;
    return check_operands(v, d) && check_rule(v, d) && (!op_is_jump(d->op) || check_jump(v, d)) &&
           (format != FMT_ABCXC || check_cache(v, d)) &&
           (format != FMT_ABCXK || check_const_operand(v, d));
}

static bool check_instructions(Verifier *v)
{
    const Code *code = v->code;
    Decoded d;
    bool ends = false;
    for (uint32_t at = 0; at < code->n_instrs;) {
        v->starts[at] |= UNIT_START;
        uint32_t units = check_plain(v, at);
        if (units) {
            ends = false;
            at += units;
            continue;
        }
        if (!verify_instruction(v, at, &d)) {
            return false;
        }
        ends = op_ends_block(d.op);
        at = d.next;
    }
    if (!ends) {
        return verify_fail(v, code->n_instrs, "control runs off the end");
    }
    if (code->flags & CO_ANY_GENERATOR && instr_op(code->instrs[0]) != OP_CODE_RETURN_GENERATOR) {
        return verify_fail(v, 0, "generator does not start as one");
    }
    return true;
}

/* Cells are made and copied before anything else runs, each once and in order: super() and what
 * looks at a frame's variables rely on it, whatever the rest of the code reads. */
static bool check_prologue(Verifier *v)
{
    const Code *code = v->code;
    uint32_t at = code->flags & CO_ANY_GENERATOR ? op_info[OP_CODE_RETURN_GENERATOR].units : 0;
    for (uint32_t reg = v->cells_start; reg < v->vars_end; reg++) {
        bool is_free = reg >= v->cells_start + code->ncells;
        Decoded d;
        if (!instr_decode(code->instrs, code->n_instrs, at, &d) || d.a != reg ||
            (is_free ? d.op != OP_CODE_COPY_FREE_VARS
                     : d.op != OP_CODE_NEW_CELL && d.op != OP_CODE_MAKE_CELL)) {
            return verify_fail(v, at, "a cell is not made at the start");
        }
        at = d.next;
    }
    v->body = at;
    return true;
}

static bool check_exception_table(Verifier *v)
{
    const Code *code = v->code;
    uint32_t last_end = 0;
    for (uint32_t i = 0; i < code->n_exc; i++) {
        const ExcEntry *e = &code->exc_table[i];
        if (e->start < last_end || e->start >= e->end || e->end > code->n_instrs ||
            e->target >= code->n_instrs || !(v->starts[e->start] & UNIT_START) ||
            (e->end < code->n_instrs && !(v->starts[e->end] & UNIT_START)) ||
            e->target < e->end || /* only JUMP_BACKWARD, where threads can be stopped, goes back */
            e->reg < v->vars_end || e->reg >= code->nregs ||
            e->start < v->body) { /* in no generator yet, or without cells */
            return verify_fail(v, e->start, "bad exception table entry");
        }
        v->starts[e->target] |= UNIT_TARGET;
        last_end = e->end;
    }
    return true;
}

static bool check_targets(Verifier *v)
{
    enum { STEP = sizeof(uint64_t) };
    for (uint32_t i = 0; i < v->code->n_instrs; i++) {
        uint64_t some; /* most code has few targets */
        while (i + STEP <= v->code->n_instrs &&
               !(memcpy(&some, v->starts + i, STEP), some & UNIT_TARGET * 0x0101010101010101)) {
            i += STEP;
        }
        if (i >= v->code->n_instrs || !(v->starts[i] & UNIT_TARGET)) {
            continue;
        }
        if (!(v->starts[i] & UNIT_START)) {
            return verify_fail(v, i, "jump into an instruction");
        }
        if (i == 0 && v->code->flags & CO_ANY_GENERATOR) {
            return verify_fail(v, i, "a generator that runs starts again");
        }
        v->n_targets++;
    }
    return true;
}

/* A delegating yield is followed by the jump to its SEND, which throw() relies on. */
static bool check_delegation(Verifier *v)
{
    const Code *code = v->code;
    Decoded d, jump, send;
    if (!(code->flags & CO_ANY_GENERATOR)) {
        return true; /* check_context() has found no YIELD_FROM */
    }
    for (uint32_t at = 0; at < code->n_instrs; at = d.next) {
        if (!instr_decode(code->instrs, code->n_instrs, at, &d) || d.op != OP_CODE_YIELD_FROM) {
            continue;
        }
        if (!instr_decode(code->instrs, code->n_instrs, d.next, &jump) ||
            jump.op != OP_CODE_JUMP_BACKWARD ||
            !instr_decode(code->instrs, code->n_instrs, decoded_target(&jump), &send) ||
            send.op != OP_CODE_SEND || send.b != d.c || send.c != d.a) {
            return verify_fail(v, at, "YIELD_FROM without SEND");
        }
    }
    return true;
}

static bool verify_nested(Thread *t, const Code *code)
{
    for (size_t i = 0; i < tuple_len(code->consts_tuple); i++) {
        Value k = tuple_get(code->consts_tuple, i);
        if (!value_is_code(k)) {
            continue;
        }
        if (!tree_recursion_enter(t, " while verifying code")) {
            return false;
        }
        bool ok = code_verify(t, k);
        tree_recursion_leave(t);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* First one half, then the other. */
static bool verify_halves(Verifier *v)
{
    const Code *code = v->code;
    uint8_t local[VERIFY_LOCAL];
    size_t size = (size_t)code->n_instrs + code->n_caches + 2;
    uint8_t *memory = size <= sizeof local ? memset(local, 0, size) : mem_calloc(size, 1);
    if (memory == NULL) {
        raise_memory(v->t);
        return false;
    }
    v->starts = memory;
    v->cache_used = memory + code->n_instrs + 1;
    bool ok = check_instructions(v) && check_exception_table(v) && check_targets(v) &&
              check_delegation(v) && verify_flow(v);
    if (memory != local) {
        mem_free(memory);
    }
    return ok;
}

static bool run_verifier(Thread *t, const Code *code, const VerifyProbe *probe)
{
    Verifier v = {.t = t, .code = code, .cells_start = code->nlocals, .probe = probe,
                  .vars_end = (uint32_t)code->nlocals + code->ncells + code->nfrees};
    v.allowed = 1u << RULE_NONE | (code->flags & CO_OPTIMIZED ? 0 : 1u << RULE_NAMESPACE);
    if (!check_prologue(&v)) {
        return false;
    }
    VerifyResult straight = verify_straight(&v);
    assert(straight != VERIFY_SOUND || verify_halves(&v)); /* both ways agree */
    return straight == VERIFY_BRANCHES ? verify_halves(&v) : straight == VERIFY_SOUND;
}

bool verify_probe(Thread *t, const Code *code, const VerifyProbe *probe)
{
    return run_verifier(t, code, probe);
}

bool code_verify(Thread *t, Value value)
{
    Code *code = (Code *)value_object(value);
    if (atomic_load_explicit(&code->verified, memory_order_relaxed)) {
        return true;
    }
    bool ok = run_verifier(t, code, NULL) && verify_nested(t, code);
    if (ok) {
        atomic_store_explicit(&code->verified, 1, memory_order_relaxed);
    }
    return ok;
}
