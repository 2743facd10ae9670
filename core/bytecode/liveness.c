/* Which temporaries of a frame still matter at the instruction it executes, and which while it is
 * suspended.
 *
 * A backward data flow over the whole code object, one set of temporaries per instruction, repeated
 * until nothing changes.  Variables (locals, cells, free variables) are not looked at: Python can
 * see them at any time.
 */
#include "core/base/atomics.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/bytecode/code.h"

typedef struct Liveness {
    const Code *code;
    uint32_t vars;       /* first temporary */
    uint32_t ntemps, words;
    uint32_t *starts;    /* unit of each instruction */
    uint32_t n;
    uint64_t *in;        /* per unit where an instruction starts: set live before it */
    uint64_t *now;
    bool changed;
} Liveness;

static void set_run(Liveness *l, uint64_t first, uint64_t n, bool live)
{
    for (uint64_t r = first; r < first + n && r < l->code->nregs; r++) {
        if (r < l->vars) {
            continue;
        }
        uint64_t bit = (uint64_t)1 << ((r - l->vars) % 64);
        uint64_t *word = &l->now[(r - l->vars) / 64];
        *word = live ? *word | bit : *word & ~bit;
    }
}

static uint64_t *set_at(Liveness *l, uint32_t unit)
{
    return l->in + (size_t)unit * l->words;
}

static void add_set(Liveness *l, const uint64_t *other)
{
    for (uint32_t i = 0; i < l->words; i++) {
        l->now[i] |= other[i];
    }
}

/* Registers that the operand tables of a call or of a run of registers do not tell. */
static uint64_t run_length(const Decoded *d)
{
    switch (d->op) {
    case OP_CODE_BUILD_MAP:
        return (uint64_t)d->x * 2;
    case OP_CODE_BUILD_SLICE:
        return d->c;
    case OP_CODE_MAKE_FUNCTION:
        return (uint64_t)__builtin_popcount(d->c);
    case OP_CODE_UNPACK_EX:
        return (uint64_t)d->x + d->c + 1;
    case OP_CODE_BEFORE_WITH: case OP_CODE_BEFORE_ASYNC_WITH:
        return 2;
    case OP_CODE_LOAD_METHOD: case OP_CODE_LOAD_SUPER_ATTR:
        return CALL_ARGS_OFFSET + 1;
    default:
        return d->x;
    }
}

static void writes(Liveness *l, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    const uint8_t kinds[] = {info->a, info->b, info->c};
    const uint32_t regs[] = {d->a, d->b, d->c};
    if (op_is_call(d->op)) {
        set_run(l, d->c, 1, false);
        set_run(l, d->a, l->code->nregs, false);
        return;
    }
    if (op_is_jump(d->op)) {
        return; /* what is written depends on the way taken */
    }
    for (int i = 0; i < (info->format == FMT_ABx ? 1 : 3); i++) {
        if (kinds[i] == KIND_W) {
            set_run(l, regs[i], 1, false);
        }
    }
    if (info->a == KIND_B) {
        set_run(l, d->a, run_length(d), false);
    }
}

static void reads(Liveness *l, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    const uint8_t kinds[] = {info->a, info->b, info->c};
    const uint32_t regs[] = {d->a, d->b, d->c};
    if (op_is_call(d->op)) {
        bool with_self = d->op == OP_CODE_CALL_METHOD || d->op == OP_CODE_CALL_METHOD_KW;
        uint64_t n = d->op == OP_CODE_CALL_EX ? 2 : (uint64_t)d->b + with_self;
        set_run(l, d->a, 1, true);
        set_run(l, d->a + CALL_ARGS_OFFSET, n, true);
        return;
    }
    for (int i = 0; i < (info->format == FMT_ABx ? 1 : 3); i++) {
        if (kinds[i] == KIND_R || kinds[i] == KIND_M) {
            set_run(l, regs[i], 1, true);
        }
    }
    if (info->b == KIND_B) {
        set_run(l, d->b, run_length(d), true);
    }
}

/* Makes `now` the set behind the instruction, where its own operands have been read. */
static void live_behind(Liveness *l, const Decoded *d)
{
    const Code *code = l->code;
    memset(l->now, 0, l->words * sizeof(uint64_t));
    if (!op_ends_block(d->op) && d->next < code->n_instrs) {
        memcpy(l->now, set_at(l, d->next), l->words * sizeof(uint64_t));
    }
    writes(l, d);
    if (op_is_jump(d->op)) {
        add_set(l, set_at(l, decoded_target(d)));
    }
    const ExcEntry *guard = code_find_handler(code, d->unit);
    if (guard) {
        uint64_t before = guard->reg >= l->vars ? l->now[(guard->reg - l->vars) / 64] : 0;
        add_set(l, set_at(l, guard->target));
        if (guard->reg >= l->vars && !(before >> ((guard->reg - l->vars) % 64) & 1)) {
            set_run(l, guard->reg, 1, false);
        }
    }
}

static void one_instruction(Liveness *l, const Decoded *d)
{
    live_behind(l, d);
    reads(l, d);
    if (memcmp(l->now, set_at(l, d->start), l->words * sizeof(uint64_t)) != 0) {
        memcpy(set_at(l, d->start), l->now, l->words * sizeof(uint64_t));
        l->changed = true;
    }
}

static void solve(Liveness *l)
{
    Decoded d;
    do {
        l->changed = false;
        for (uint32_t i = l->n; i-- > 0;) {
            if (instr_decode(l->code->instrs, l->code->n_instrs, l->starts[i], &d)) {
                one_instruction(l, &d);
            }
        }
    } while (l->changed);
}

/* Marks the instruction that contains `unit` as the current one. */
static bool find_starts(Liveness *l, uint32_t unit, Decoded *current)
{
    Decoded d;
    bool found = false;
    for (uint32_t at = 0; at < l->code->n_instrs; at = d.next) {
        if (!instr_decode(l->code->instrs, l->code->n_instrs, at, &d)) {
            return false;
        }
        l->starts[l->n++] = at;
        if (at <= unit && unit < d.next) {
            *current = d;
            found = true;
        }
    }
    return found;
}

/* false: no memory. */
static bool liveness_init(Liveness *l, const Code *code)
{
    *l = (Liveness){.code = code, .vars = (uint32_t)code->nlocals + code->ncells + code->nfrees};
    l->ntemps = code->nregs - l->vars;
    l->words = l->ntemps / 64 + 1;
    l->starts = mem_alloc(code->n_instrs * sizeof *l->starts);
    l->in = mem_calloc((size_t)(code->n_instrs + 1) * l->words, sizeof(uint64_t));
    l->now = mem_calloc(l->words, sizeof(uint64_t));
    return l->starts && l->in && l->now;
}

static void liveness_done(Liveness *l)
{
    mem_free(l->starts);
    mem_free(l->in);
    mem_free(l->now);
}

/* An answer in a word: known 1 | unit - start of the instruction 3 | unit 28 | set of temporaries
 * 32. */
#define MEMO_KNOWN ((uint64_t)1 << 63)
enum { MEMO_BACK_SHIFT = 60, MEMO_BACK_MASK = 7, MEMO_UNIT_SHIFT = 32, MEMO_UNIT_BITS = 28,
       MEMO_TEMPS = 32 };

/* The word for unit but for what is known, or 0: it has no place in one. */
static uint64_t memo_key(const Code *code, uint32_t ntemps, uint32_t unit)
{
    bool fits = ntemps <= MEMO_TEMPS && code->n_instrs >> MEMO_UNIT_BITS == 0;
    return fits ? MEMO_KNOWN | (uint64_t)unit << MEMO_UNIT_SHIFT : 0;
}

static bool memo_is(uint64_t memo, uint64_t key)
{
    const uint64_t back = (uint64_t)MEMO_BACK_MASK << MEMO_BACK_SHIFT;
    return key && (memo & ~back) >> MEMO_UNIT_SHIFT == key >> MEMO_UNIT_SHIFT;
}

static void spread(const uint64_t *set, uint32_t ntemps, uint8_t *live)
{
    for (uint32_t i = 0; i < ntemps; i++) {
        live[i] = set[i / 64] >> (i % 64) & 1;
    }
}

bool code_live_temps(Code *code, uint32_t unit, uint8_t *live, Decoded *current)
{
    uint32_t ntemps = code->nregs - ((uint32_t)code->nlocals + code->ncells + code->nfrees);
    uint64_t *place = &code->live_memo[hash_mix(unit) % LIVE_MEMOS], memo = load_relaxed(place),
             key = memo_key(code, ntemps, unit);
    if (memo_is(memo, key)) {
        spread(&memo, ntemps, live);
        uint32_t back = (uint32_t)(memo >> MEMO_BACK_SHIFT) & MEMO_BACK_MASK;
        return instr_decode(code->instrs, code->n_instrs, unit - back, current);
    }
    Liveness l;
    bool ok = liveness_init(&l, code) && find_starts(&l, unit, current);
    if (ok) {
        solve(&l);
        const uint64_t *in = set_at(&l, current->start);
        spread(in, ntemps, live);
        if (key) {
            uint64_t back = unit - current->start;
            assert(back <= MEMO_BACK_MASK);
            store_relaxed(place, key | back << MEMO_BACK_SHIFT | in[0]);
        }
    }
    liveness_done(&l);
    return ok;
}

/* The registers up to the last one in `now`. */
static uint32_t regs_in_use(const Liveness *l)
{
    for (uint32_t i = l->words; i-- > 0;) {
        if (l->now[i]) {
            return l->vars + i * 64 + 64 - (uint32_t)__builtin_clzll(l->now[i]);
        }
    }
    return l->vars;
}

static bool suspends(const Decoded *d)
{
    return d->op == OP_CODE_YIELD_VALUE || d->op == OP_CODE_YIELD_FROM;
}

uint32_t suspend_points_count(const Instr *instrs, uint32_t n_instrs)
{
    Decoded d;
    uint32_t n = 0;
    for (uint32_t at = 0; at < n_instrs && instr_decode(instrs, n_instrs, at, &d); at = d.next) {
        n += suspends(&d);
    }
    return n;
}

/* Threads that do so at the same time write the same.  false: no memory. */
static bool find_suspend_points(const Code *code)
{
    Liveness l;
    Decoded d;
    SuspendPoint *point = code->suspend_points, *end = point + code->n_suspend_points;
    bool ok = liveness_init(&l, code) && find_starts(&l, 0, &d);
    if (ok) {
        solve(&l);
    }
    for (uint32_t i = 0; ok && i < l.n && point < end; i++) {
        if (!instr_decode(code->instrs, code->n_instrs, l.starts[i], &d) || !suspends(&d)) {
            continue;
        }
        live_behind(&l, &d);
        if (d.op == OP_CODE_YIELD_FROM) {
            set_run(&l, d.c, 1, true); /* throw() goes to it */
        }
        store_relaxed(&point->end, d.next);
        store_relaxed(&point->nregs, regs_in_use(&l));
        point++;
    }
    liveness_done(&l);
    return ok;
}

uint32_t code_suspended_regs(Code *code, uint32_t unit)
{
    if (!atomic_load_explicit(&code->suspend_points_known, memory_order_acquire)) {
        if (!find_suspend_points(code)) {
            return code->nregs;
        }
        atomic_store_explicit(&code->suspend_points_known, true, memory_order_release);
    }
    uint32_t lo = 0, hi = code->n_suspend_points;
    while (lo < hi) { /* the first that ends behind unit */
        uint32_t middle = lo + (hi - lo) / 2;
        if (load_relaxed(&code->suspend_points[middle].end) <= unit) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo < code->n_suspend_points ? load_relaxed(&code->suspend_points[lo].nregs)
                                       : code->nregs;
}
