/* Live registers, by backward data flow over whole instructions until nothing changes. */
#include "core/bytecode/register_uses.h"

#include "core/base/memory.h"

enum { MAX_USES_BYTES = 1 << 26 };

typedef struct Live {
    const Code *code;
    uint32_t nregs;
    uint8_t *uses;
    uint8_t *now;      /* row that is being computed */
    uint32_t *starts;  /* units where instructions start */
    uint32_t n_starts;
    bool changed;
} Live;

static uint8_t *row(const Live *l, uint32_t unit)
{
    return l->uses + (size_t)unit * l->nregs;
}

static void join_uses(Live *l, const uint8_t *other)
{
    for (uint32_t i = 0; i < l->nregs; i++) {
        l->now[i] |= other[i];
    }
}

static void kill_run(Live *l, uint32_t first, uint64_t n)
{
    for (uint64_t i = first; i < first + n && i < l->nregs; i++) {
        l->now[i] = 0;
    }
}

static void use_run(Live *l, uint32_t first, uint64_t n)
{
    for (uint64_t i = first; i < first + n && i < l->nregs; i++) {
        l->now[i] |= LIVE_VALUE;
    }
}

static void kill_written(Live *l, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    if (op_is_call(d->op)) {
        kill_run(l, d->c, 1);
        kill_run(l, d->a, l->nregs);
        return;
    }
    switch (d->op) {
    case OP_CODE_UNPACK_SEQUENCE: kill_run(l, d->a, d->x); return;
    case OP_CODE_UNPACK_EX: kill_run(l, d->a, (uint64_t)d->x + d->c + 1); return;
    case OP_CODE_BEFORE_WITH: case OP_CODE_BEFORE_ASYNC_WITH: kill_run(l, d->a, 2); return;
    case OP_CODE_LOAD_METHOD:
        kill_run(l, d->a, 1);
        kill_run(l, d->a + CALL_ARGS_OFFSET, 1);
        return;
    default: break;
    }
    if (info->a == KIND_W) {
        kill_run(l, d->a, 1);
    }
}

/* Registers of a run that begins in an operand of kind B. */
static void use_runs(Live *l, const Decoded *d)
{
    uint32_t args = d->a + CALL_ARGS_OFFSET;
    switch (d->op) {
    case OP_CODE_CALL: case OP_CODE_CALL_KW:
        use_run(l, d->a, 1);
        use_run(l, args, d->b);
        break;
    case OP_CODE_CALL_METHOD: case OP_CODE_CALL_METHOD_KW:
        use_run(l, d->a, 1);
        use_run(l, args, (uint64_t)d->b + 1);
        break;
    case OP_CODE_CALL_EX:
        use_run(l, d->a, 1);
        use_run(l, args, 2);
        break;
    case OP_CODE_BUILD_TUPLE:
    case OP_CODE_BUILD_LIST:
    case OP_CODE_BUILD_SET:
    case OP_CODE_BUILD_STRING:
        use_run(l, d->b, d->x);
        break;
    case OP_CODE_BUILD_MAP: use_run(l, d->b, (uint64_t)d->x * 2); break;
    case OP_CODE_BUILD_SLICE: use_run(l, d->b, d->c); break;
    case OP_CODE_MAKE_FUNCTION: use_run(l, d->b, (uint64_t)__builtin_popcount(d->c & 15)); break;
    default: break;
    }
}

/* What for an instruction reads its operand B (or A for POP_EXC). */
static uint8_t special_use(unsigned op)
{
    switch (op) {
    case OP_CODE_FOR_ITER: case OP_CODE_GET_ANEXT: return LIVE_ITERATOR;
    case OP_CODE_WITH_EXIT: return LIVE_EXIT;
    case OP_CODE_POP_EXC: return LIVE_SAVED;
    default: return LIVE_VALUE;
    }
}

static void use_operands(Live *l, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    const uint8_t kinds[] = {info->a, info->b, info->c};
    const uint32_t regs[] = {d->a, d->b, d->c};
    for (int i = 0; i < (info->format == FMT_ABx ? 1 : 3); i++) {
        if ((kinds[i] == KIND_R || kinds[i] == KIND_M) && regs[i] < l->nregs) {
            bool special = d->op == OP_CODE_POP_EXC ? i == 0 : i == 1;
            l->now[regs[i]] |= special ? special_use(d->op) : LIVE_VALUE;
        }
    }
    use_runs(l, d);
}

static void use_in_handler(Live *l, uint32_t unit)
{
    const ExcEntry *e = code_find_handler(l->code, unit);
    if (e != NULL) {
        const uint8_t *handler = row(l, e->target);
        for (uint32_t i = 0; i < l->nregs; i++) {
            l->now[i] |= i == e->reg ? 0 : handler[i];
        }
    }
}

static void live_before(Live *l, const Decoded *d)
{
    memset(l->now, 0, l->nregs);
    if (!op_ends_block(d->op) && d->next < l->code->n_instrs) {
        join_uses(l, row(l, d->next));
    }
    if (d->op == OP_CODE_FOR_ITER) { /* writes only when it does not jump */
        kill_written(l, d);
    }
    if (op_is_jump(d->op) && decoded_target(d) < l->code->n_instrs) {
        join_uses(l, row(l, decoded_target(d)));
    }
    if (d->op != OP_CODE_FOR_ITER) {
        kill_written(l, d);
    }
    use_operands(l, d);
    use_in_handler(l, d->unit);
    uint8_t *old = row(l, d->start);
    if (memcmp(old, l->now, l->nregs) != 0) {
        memcpy(old, l->now, l->nregs);
        l->changed = true;
    }
}

static bool find_instructions(Live *l)
{
    Decoded d = {0};
    for (uint32_t at = 0; at < l->code->n_instrs; at = d.next) {
        if (!instr_decode(l->code->instrs, l->code->n_instrs, at, &d)) {
            return false;
        }
        l->starts[l->n_starts++] = at;
    }
    return true;
}

uint8_t *code_register_uses(Thread *t, const Code *code)
{
    Live l = {.code = code, .nregs = code->nregs, .changed = true};
    size_t bytes = (size_t)code->n_instrs * code->nregs;
    if (bytes > MAX_USES_BYTES) {
        value_error(t, "code is too large to analyze");
        return NULL;
    }
    l.uses = mem_calloc(bytes + 1, 1);
    l.now = mem_calloc(code->nregs + 1u, 1);
    l.starts = mem_calloc(code->n_instrs + 1, sizeof *l.starts);
    bool ok = l.uses != NULL && l.now != NULL && l.starts != NULL && find_instructions(&l);
    while (ok && l.changed) {
        l.changed = false;
        for (uint32_t i = l.n_starts; i-- > 0;) {
            Decoded d = {0};
            (void)instr_decode(code->instrs, code->n_instrs, l.starts[i], &d);
            live_before(&l, &d);
        }
    }
    mem_free(l.now);
    mem_free(l.starts);
    if (!ok) {
        mem_free(l.uses);
        raise_memory(t);
        return NULL;
    }
    return l.uses;
}
