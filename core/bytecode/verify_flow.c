/* Data flow of the verifier: what each register holds at each instruction, as far as safety needs
 * it.
 *
 * A state is one word per register: kind in the low byte, for tuples of cells their length above.
 * States are kept at jump targets and handlers only; the code is walked in order, merging into
 * them, until nothing changes.  States only lose knowledge, so few passes suffice (one more than
 * the depth of loops that undo something); the limit makes it linear.
 *
 * Handlers see the merge of the states before each guarded instruction; a call also clobbers
 * everything from its window up before it may raise.
 *
 * Code without branches needs no state but the current one.
 */
#include "core/base/memory.h"
#include "core/bytecode/verify.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { MAX_PASSES = 100, MAX_STATE_WORDS = 1 << 26 };

typedef enum Kind {
    K_UNSET,     /* not written, or clobbered by a call */
    K_MAYBE,     /* a value or no value: locals, self of a method call */
    K_ZERO,      /* LOAD_ZERO */
    K_SAVED,     /* handled exception saved by PUSH_EXC, or none */
    K_ANY,       /* some value; from here on all kinds are values */
    K_LIST, K_SET, K_DICT, K_TUPLE, K_STR, K_CELL, K_CELL_TUPLE, K_EXC,
    K_EXC_NONE,  /* exception or None */
} Kind;
typedef uint32_t Reg; /* Kind | length << 8 */

typedef struct Flow {
    Verifier *v;
    uint32_t *state_of;  /* of a unit that is a target: index of its state */
    Reg *states;         /* n_targets * nregs */
    uint8_t *known;      /* state was reached */
    Reg *now;            /* current state */
    uint32_t nregs;
    uint32_t at;           /* start of the current instruction */
    /* changed: a state at or before the current instruction, so that it must be gone through again
     */
    bool reachable, changed;
    const ExcEntry *guard; /* entry that covers the current instruction, or NULL */
    uint32_t next_entry;
    /* the handler of this entry has the current state, but for registers changed in [low, high) */
    const ExcEntry *merged;
    uint32_t low, high;
    bool probing;          /* the last pass, for v->probe */
} Flow;

static Reg merge(Reg a, Reg b)
{
    if (a == b) {
        return a;
    }
    Kind x = a & 0xff, y = b & 0xff;
    if (x == K_UNSET || y == K_UNSET) {
        return K_UNSET;
    }
    if ((x == K_EXC && y == K_EXC_NONE) || (x == K_EXC_NONE && y == K_EXC)) {
        return K_EXC_NONE;
    }
    return x >= K_ANY && y >= K_ANY ? K_ANY : K_MAYBE;
}

static Reg *state_at(Flow *f, uint32_t unit)
{
    return f->states + (size_t)f->state_of[unit] * f->nregs;
}

/* Into a register of the state at a unit. */
static void merge_reg(Flow *f, uint32_t unit, Reg *slot, Reg with)
{
    Reg merged = merge(*slot, with);
    if (merged != *slot) {
        *slot = merged;
        f->changed |= unit <= f->at;
    }
}

static void merge_into(Flow *f, uint32_t unit)
{
    uint32_t index = f->state_of[unit];
    Reg *state = state_at(f, unit);
    if (!f->known[index]) {
        f->known[index] = 1;
        memcpy(state, f->now, f->nregs * sizeof(Reg));
        f->changed |= unit <= f->at;
        return;
    }
    for (uint32_t i = 0; i < f->nregs; i++) {
        merge_reg(f, unit, &state[i], f->now[i]);
    }
}

/* The current instruction may raise with the current state. */
static void merge_into_handler(Flow *f)
{
    const ExcEntry *guard = f->guard;
    if (guard == NULL) {
        return;
    }
    if (guard != f->merged) {
        Reg old = f->now[guard->reg];
        f->now[guard->reg] = K_EXC;
        merge_into(f, guard->target);
        f->now[guard->reg] = old;
    } else if (f->low < f->high) {
        Reg *state = state_at(f, guard->target);
        for (uint32_t i = f->low; i < f->high; i++) {
            if (i != guard->reg) {
                merge_reg(f, guard->target, &state[i], f->now[i]);
            }
        }
    }
    f->merged = guard;
    f->low = UINT32_MAX;
    f->high = 0;
}

static inline void note_change(Flow *f, uint32_t reg)
{
    f->low = reg < f->low ? reg : f->low;
    f->high = reg >= f->high ? reg + 1 : f->high;
}

static inline void set(Flow *f, uint32_t reg, Reg kind)
{
    f->now[reg] = kind;
    note_change(f, reg);
}

static Kind kind_of(Flow *f, uint32_t reg)
{
    return f->now[reg] & 0xff;
}

static bool need(Flow *f, const Decoded *d, uint32_t reg, Kind kind)
{
    Kind have = kind_of(f, reg);
    if (kind == K_ANY ? have >= K_ANY : have == kind) {
        return true;
    }
    return verify_fail(f->v, d->unit, "register does not hold what the instruction needs");
}

static bool need_run(Flow *f, const Decoded *d, uint32_t first, uint64_t n, Kind kind)
{
    if (first + n > f->nregs) {
        return verify_fail(f->v, d->unit, "register run out of range");
    }
    for (uint64_t i = 0; i < n; i++) {
        if (!need(f, d, first + (uint32_t)i, kind)) {
            return false;
        }
    }
    return true;
}

static bool need_range(Flow *f, const Decoded *d, uint64_t first, uint64_t n)
{
    if (first < f->v->vars_end || first + n > f->nregs) {
        return verify_fail(f->v, d->unit, "register run out of range");
    }
    return true;
}

static bool set_run(Flow *f, const Decoded *d, uint32_t first, uint64_t n)
{
    if (!need_range(f, d, first, n)) {
        return false;
    }
    for (uint64_t i = 0; i < n; i++) {
        set(f, first + (uint32_t)i, K_ANY);
    }
    return true;
}

static Reg const_kind(Value v)
{
    return value_is_tuple_exact(v) ? K_TUPLE : value_is_str_exact(v) ? K_STR : K_ANY;
}

/* Everything from the window up is lost, also for the handler. */
static void clobber(Flow *f, uint32_t from)
{
    memset(f->now + from, 0, (f->nregs - from) * sizeof(Reg));
    if (f->guard == NULL) {
        return;
    }
    Reg *state = state_at(f, f->guard->target);
    for (uint32_t i = from; i < f->nregs; i++) {
        if (i != f->guard->reg) {
            merge_reg(f, f->guard->target, &state[i], K_UNSET);
        }
    }
}

static bool flow_call(Flow *f, const Decoded *d)
{
    uint32_t args = d->a + CALL_ARGS_OFFSET;
    if (!need_range(f, d, d->a, CALL_ARGS_OFFSET) || !need(f, d, d->a, K_ANY)) {
        return false;
    }
    switch (d->op) {
    case OP_CODE_CALL: case OP_CODE_CALL_KW:
        if (!need_run(f, d, args, d->b, K_ANY)) {
            return false;
        }
        break;
    case OP_CODE_CALL_EX:
        if (!need_run(f, d, args, 1, K_ANY) || !need_range(f, d, args, 2) ||
            (kind_of(f, args + 1) != K_ZERO && !need(f, d, args + 1, K_ANY))) {
            return false;
        }
        break;
    default: /* methods: args[0] may hold no value */
        if (!need_run(f, d, args + 1, d->b, K_ANY) || kind_of(f, args) == K_UNSET ||
            kind_of(f, args) == K_SAVED) {
            return error_pending(f->v->t)
                       ? false
                       : verify_fail(f->v, d->unit, "method call without method");
        }
        break;
    }
    merge_into_handler(f);
    clobber(f, d->a);
    set(f, d->c, K_ANY);
    return true;
}

static bool flow_make_function(Flow *f, const Decoded *d)
{
    uint32_t reg = d->b;
    static const struct {
        unsigned bit;
        Kind kind;
    } parts[] = {{1, K_TUPLE}, {2, K_DICT}, {4, K_DICT}};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if ((d->c & parts[i].bit) && !need_run(f, d, reg++, 1, parts[i].kind)) {
            return false;
        }
    }
    if (d->c & 8) {
        const Code *inner = (Code *)value_object(tuple_get(f->v->code->consts_tuple, d->x));
        if (reg >= f->nregs || f->now[reg] != (K_CELL_TUPLE | (Reg)inner->nfrees << 8)) {
            return verify_fail(f->v, d->unit, "bad closure");
        }
    }
    set(f, d->a, K_ANY);
    return true;
}

static bool flow_build(Flow *f, const Decoded *d)
{
    static const Reg results[] = {[OP_CODE_BUILD_TUPLE] = K_TUPLE, [OP_CODE_BUILD_LIST] = K_LIST,
                                  [OP_CODE_BUILD_SET] = K_SET, [OP_CODE_BUILD_MAP] = K_DICT,
                                  [OP_CODE_BUILD_STRING] = K_STR};
    uint64_t n = d->op == OP_CODE_BUILD_MAP ? (uint64_t)d->x * 2 : d->x;
    if (n > 0 && !need_run(f, d, d->b, n, d->op == OP_CODE_BUILD_STRING ? K_STR : K_ANY)) {
        return false;
    }
    Reg result = results[d->op];
    if (d->op == OP_CODE_BUILD_TUPLE && n > 0 && n <= UINT16_MAX) {
        bool cells = true;
        for (uint32_t i = 0; i < n; i++) {
            cells &= kind_of(f, d->b + i) == K_CELL;
        }
        result = cells ? (Reg)(K_CELL_TUPLE | (Reg)n << 8) : result;
    }
    set(f, d->a, result);
    return true;
}

/* Operands that are read hold values, those that are written become some: what most opcodes do. */
static inline bool flow_operands(Flow *f, const OpInfo *info, uint32_t a, uint32_t b, uint32_t c)
{
    unsigned reads = info->reads, writes = info->writes;
    Reg *now = f->now;
    if ((reads & 1 && (now[a] & 0xff) < K_ANY) || (reads & 2 && (now[b] & 0xff) < K_ANY) ||
        (reads & 4 && (now[c] & 0xff) < K_ANY)) {
        return false;
    }
    if (writes & 1) {
        set(f, a, K_ANY);
    }
    if (writes & 2) {
        set(f, b, K_ANY);
    }
    if (writes & 4) {
        set(f, c, K_ANY);
    }
    return true;
}

static bool flow_default(Flow *f, const Decoded *d)
{
    return flow_operands(f, &op_info[d->op], d->a, d->b, d->c) ||
           verify_fail(f->v, d->unit, "register does not hold what the instruction needs");
}

/* As flow_default, with a container of a given kind in A. */
static bool flow_container(Flow *f, const Decoded *d, Kind kind)
{
    return need(f, d, d->a, kind) && flow_default(f, d);
}

static bool flow_write(Flow *f, const Decoded *d, Reg kind)
{
    if (!flow_default(f, d)) {
        return false;
    }
    set(f, d->a, kind);
    return true;
}

static bool flow_exception(Flow *f, const Decoded *d)
{
    switch (d->op) {
    case OP_CODE_PUSH_EXC:
        return need(f, d, d->b, K_EXC) && flow_write(f, d, K_SAVED);
    case OP_CODE_POP_EXC:
        return need(f, d, d->a, K_SAVED);
    case OP_CODE_RERAISE: case OP_CODE_END_ASYNC_FOR:
        return need(f, d, d->a, K_EXC);
    case OP_CODE_MATCH_EXC:
        return need(f, d, d->b, K_EXC) && flow_default(f, d);
    case OP_CODE_MATCH_EXC_GROUP:
        if (!need(f, d, d->b, K_EXC) || !need(f, d, d->c, K_ANY)) {
            return false;
        }
        set(f, d->a, K_EXC_NONE);
        set(f, d->b, K_EXC_NONE);
        return true;
    case OP_CODE_RERAISE_STAR:
        return need(f, d, d->b, K_EXC) && need(f, d, d->c, K_LIST) && flow_write(f, d, K_EXC_NONE);
    case OP_CODE_RAISE:
        return (d->c < 1 || need(f, d, d->a, K_ANY)) && (d->c < 2 || need(f, d, d->b, K_ANY)) &&
               (d->c <= 2 || verify_fail(f->v, d->unit, "bad RAISE"));
    default: /* WITH_EXIT */
        if (!need(f, d, d->b, K_ANY) || (kind_of(f, d->c) != K_ZERO && !need(f, d, d->c, K_EXC))) {
            return false;
        }
        set(f, d->a, K_ANY);
        return true;
    }
}

static bool flow_variable(Flow *f, const Decoded *d)
{
    switch (d->op) {
    case OP_CODE_MOVE:
        if (kind_of(f, d->b) == K_UNSET || kind_of(f, d->b) == K_SAVED ||
            kind_of(f, d->b) == K_ZERO) {
            return verify_fail(f->v, d->unit, "moves an unset register");
        }
        if (d->a < f->v->vars_end && !need(f, d, d->b, K_ANY)) {
            return false;
        }
        set(f, d->a, f->now[d->b]);
        return true;
    case OP_CODE_LOAD_ZERO:
        set(f, d->a, K_ZERO);
        return d->a >= f->v->vars_end || verify_fail(f->v, d->unit, "empties a variable");
    case OP_CODE_CHECK_BOUND:
        set(f, d->a, K_ANY);
        return true;
    case OP_CODE_DELETE_FAST:
        set(f, d->a, K_MAYBE);
        return true;
    case OP_CODE_MAKE_CELL:
        if (kind_of(f, d->b) == K_UNSET) {
            return verify_fail(f->v, d->unit, "cell of an unset register");
        }
        set(f, d->a, K_CELL);
        return true;
    case OP_CODE_NEW_CELL: case OP_CODE_COPY_FREE_VARS:
        set(f, d->a, K_CELL);
        return true;
    case OP_CODE_STORE_CELL: case OP_CODE_DELETE_CELL:
        return verify_is_cell(f->v, d->a) && need(f, d, d->a, K_CELL) &&
               (d->op == OP_CODE_DELETE_CELL || need(f, d, d->b, K_ANY));
    default: /* LOAD_CELL, LOAD_CLASSCELL */
        if (!need(f, d, d->b, K_CELL)) {
            return false;
        }
        set(f, d->a, K_ANY);
        return true;
    }
}

static bool flow_const(Flow *f, const Decoded *d)
{
    set(f, d->a, const_kind(tuple_get(f->v->code->consts_tuple, d->bx)));
    return true;
}

static bool flow_slice(Flow *f, const Decoded *d)
{
    return (d->c == 2 || d->c == 3 || verify_fail(f->v, d->unit, "bad slice")) &&
           need_run(f, d, d->b, d->c, K_ANY) && flow_write(f, d, K_ANY);
}

static bool flow_into_list(Flow *f, const Decoded *d)
{
    return flow_container(f, d, K_LIST);
}

static bool flow_into_set(Flow *f, const Decoded *d)
{
    return flow_container(f, d, K_SET);
}

static bool flow_into_dict(Flow *f, const Decoded *d)
{
    return flow_container(f, d, K_DICT);
}

static bool flow_list_to_tuple(Flow *f, const Decoded *d)
{
    return need(f, d, d->b, K_LIST) && flow_write(f, d, K_TUPLE);
}

static bool flow_new_list(Flow *f, const Decoded *d)
{
    return flow_write(f, d, K_LIST);
}

static bool flow_format(Flow *f, const Decoded *d)
{
    return flow_write(f, d, K_STR);
}

static bool flow_unpack(Flow *f, const Decoded *d)
{
    uint64_t n = d->op == OP_CODE_UNPACK_EX ? (uint64_t)d->x + d->c + 1 : d->x;
    if (!need(f, d, d->b, K_ANY)) {
        return false;
    }
    if (d->op != OP_CODE_UNPACK_SEQUENCE || d->a + n > f->v->code->nlocals) {
        return set_run(f, d, d->a, n);
    }
    for (uint64_t i = 0; i < n; i++) { /* straight to local variables */
        set(f, d->a + (uint32_t)i, K_ANY);
    }
    return true;
}

static bool flow_load_method(Flow *f, const Decoded *d)
{
    if (!need(f, d, d->b, K_ANY) || !need_range(f, d, d->a, CALL_ARGS_OFFSET + 1)) {
        return false;
    }
    set(f, d->a, K_ANY);
    set(f, d->a + CALL_ARGS_OFFSET, K_MAYBE);
    return true;
}

static bool flow_before_with(Flow *f, const Decoded *d)
{
    return need(f, d, d->b, K_ANY) && set_run(f, d, d->a, 2);
}

static bool flow_match(Flow *f, const Decoded *d)
{
    if (d->op == OP_CODE_MATCH_CLASS) {
        return need(f, d, d->a, K_TUPLE) && flow_default(f, d) && (set(f, d->a, K_ANY), true);
    }
    return need(f, d, d->c, K_TUPLE) && flow_default(f, d);
}

/* What an instruction does that is no call and no jump; NULL: flow_default. */
static bool (*const flows[OP_CODE_COUNT])(Flow *f, const Decoded *d) = {
    [OP_CODE_MOVE] = flow_variable, [OP_CODE_LOAD_ZERO] = flow_variable,
    [OP_CODE_CHECK_BOUND] = flow_variable, [OP_CODE_DELETE_FAST] = flow_variable,
    [OP_CODE_NEW_CELL] = flow_variable, [OP_CODE_MAKE_CELL] = flow_variable,
    [OP_CODE_COPY_FREE_VARS] = flow_variable, [OP_CODE_LOAD_CELL] = flow_variable,
    [OP_CODE_STORE_CELL] = flow_variable, [OP_CODE_DELETE_CELL] = flow_variable,
    [OP_CODE_LOAD_CLASSCELL] = flow_variable, [OP_CODE_LOAD_CONST] = flow_const,
    [OP_CODE_RESET_FAST] = flow_const,
    [OP_CODE_BUILD_TUPLE] = flow_build, [OP_CODE_BUILD_LIST] = flow_build,
    [OP_CODE_BUILD_SET] = flow_build, [OP_CODE_BUILD_MAP] = flow_build,
    [OP_CODE_BUILD_STRING] = flow_build, [OP_CODE_BUILD_SLICE] = flow_slice,
    [OP_CODE_NEW_LIST_FOR] = flow_new_list,
    [OP_CODE_LIST_APPEND] = flow_into_list, [OP_CODE_LIST_EXTEND] = flow_into_list,
    [OP_CODE_SET_ADD] = flow_into_set, [OP_CODE_SET_UPDATE] = flow_into_set,
    [OP_CODE_MAP_ADD] = flow_into_dict, [OP_CODE_DICT_UPDATE] = flow_into_dict,
    [OP_CODE_DICT_MERGE] = flow_into_dict, [OP_CODE_LIST_TO_TUPLE] = flow_list_to_tuple,
    [OP_CODE_FORMAT_VALUE] = flow_format, [OP_CODE_FORMAT_SPEC] = flow_format,
    [OP_CODE_UNPACK_SEQUENCE] = flow_unpack, [OP_CODE_UNPACK_EX] = flow_unpack,
    [OP_CODE_LOAD_METHOD] = flow_load_method, [OP_CODE_MAKE_FUNCTION] = flow_make_function,
    [OP_CODE_BEFORE_WITH] = flow_before_with, [OP_CODE_BEFORE_ASYNC_WITH] = flow_before_with,
    [OP_CODE_PUSH_EXC] = flow_exception, [OP_CODE_POP_EXC] = flow_exception,
    [OP_CODE_RERAISE] = flow_exception, [OP_CODE_END_ASYNC_FOR] = flow_exception,
    [OP_CODE_MATCH_EXC] = flow_exception, [OP_CODE_MATCH_EXC_GROUP] = flow_exception,
    [OP_CODE_RERAISE_STAR] = flow_exception, [OP_CODE_RAISE] = flow_exception,
    [OP_CODE_WITH_EXIT] = flow_exception, [OP_CODE_MATCH_KEYS] = flow_match,
    [OP_CODE_MATCH_REST] = flow_match, [OP_CODE_MATCH_CLASS] = flow_match,
};

/* A jump: the state goes to the target, then on behind it. */
static bool flow_jump(Flow *f, const Decoded *d)
{
    if (d->op == OP_CODE_FOR_ITER) { /* exhausted: A is not written */
        if (!need(f, d, d->b, K_ANY)) {
            return false;
        }
        merge_into(f, decoded_target(d));
        set(f, d->a, K_ANY);
        return true;
    }
    if (d->op == OP_CODE_JUMP_IF_ZERO) {
        if (kind_of(f, d->a) == K_UNSET) {
            return verify_fail(f->v, d->unit, "tests an unset register");
        }
        merge_into(f, decoded_target(d));
        return true;
    }
    if (!flow_default(f, d)) {
        return false;
    }
    merge_into(f, decoded_target(d));
    if (d->op == OP_CODE_JUMP_IF_NONE && kind_of(f, d->a) == K_EXC_NONE) {
        set(f, d->a, K_EXC);
    }
    return true;
}

/* The guard of the instruction at `unit`; entries are sorted, and so are the instructions. */
static void find_guard(Flow *f, uint32_t unit)
{
    const Code *code = f->v->code;
    while (f->next_entry < code->n_exc && code->exc_table[f->next_entry].end <= unit) {
        f->next_entry++;
    }
    const ExcEntry *e = f->next_entry < code->n_exc ? &code->exc_table[f->next_entry] : NULL;
    f->guard = e != NULL && e->start <= unit ? e : NULL;
}

static bool one_instruction(Flow *f, const Decoded *d)
{
    if (op_is_call(d->op)) {
        return flow_call(f, d);
    }
    merge_into_handler(f);
    return op_is_jump(d->op) ? flow_jump(f, d)
           : flows[d->op]    ? flows[d->op](f, d)
                             : flow_default(f, d);
}

/* The same for what stands without a prefix and does what most opcodes do, or loads a constant:
 * units of the instruction, 0: it is none of these, or wrong. */
static inline uint32_t plain_instruction(Flow *f, Instr word)
{
    unsigned op = instr_op(word);
    const OpInfo *info = &op_info[op];
    bool is_const = op == OP_CODE_LOAD_CONST;
    if (op == OP_CODE_WIDE || info->flags || (flows[op] && !is_const)) {
        return 0;
    }
    if (f->guard != NULL) {
        merge_into_handler(f);
    }
    if (is_const) {
        set(f, instr_a(word), const_kind(tuple_get(f->v->code->consts_tuple, instr_bx(word))));
        return 1;
    }
    return flow_operands(f, info, instr_a(word), instr_b(word), instr_c(word)) ? info->units : 0;
}

static void enter_state(Flow *f)
{
    const Code *code = f->v->code;
    uint32_t params = (uint32_t)code->argcount + code->kwonlyargcount +
                      !!(code->flags & CO_VARARGS) + !!(code->flags & CO_VARKEYWORDS);
    memset(f->now, 0, f->nregs * sizeof(Reg));
    for (uint32_t i = 0; i < code->nlocals; i++) {
        set(f, i, i < params ? K_ANY : K_MAYBE);
    }
    f->reachable = true;
    f->next_entry = 0;
    f->merged = NULL;
}

bool verify_kind_fits(uint32_t have, uint32_t wanted)
{
    return (wanted & 0xff) == K_UNSET || merge(have, wanted) == wanted;
}

bool verify_kind_is_value(uint32_t kind)
{
    return (kind & 0xff) >= K_ANY;
}

static void probe_state(Flow *f, uint32_t unit)
{
    const VerifyProbe *probe = f->v->probe;
    for (uint32_t i = 0; i < probe->n; i++) {
        if (probe->units[i] == unit) {
            memcpy(probe->rows + (size_t)i * f->nregs, f->now, f->nregs * sizeof(Reg));
            probe->reached[i] = 1;
        }
    }
}

/* Control may come to a jump's target from elsewhere. */
static void enter_target(Flow *f, uint32_t at)
{
    if (f->reachable) {
        merge_into(f, at);
    }
    f->reachable = f->known[f->state_of[at]];
    memcpy(f->now, state_at(f, at), f->nregs * sizeof(Reg));
    f->merged = NULL;
}

static bool walk_decoded(Flow *f, const Decoded *d)
{
    f->reachable = !op_ends_block(d->op);
    if (one_instruction(f, d)) {
        return true;
    }
    return error_pending(f->v->t) ? false : verify_fail(f->v, d->unit, "bad operand");
}

/* An instruction that is reached; *next: where the one behind it starts. */
static bool walk(Flow *f, uint32_t at, uint32_t *next)
{
    const Code *code = f->v->code;
    Decoded d;
    f->at = at;
    if (f->probing) {
        probe_state(f, at);
    }
    find_guard(f, at);
    uint32_t units = plain_instruction(f, code->instrs[at]);
    if (units) {
        *next = at + units;
        return true;
    }
    if (!instr_decode(code->instrs, code->n_instrs, at, &d)) {
        return verify_fail(f->v, at, "malformed instruction");
    }
    *next = d.next;
    return walk_decoded(f, &d);
}

static bool one_pass(Flow *f)
{
    const Code *code = f->v->code;
    const uint8_t *starts = f->v->starts;
    f->at = 0;
    enter_state(f);
    for (uint32_t at = 0, next = 0; at < code->n_instrs; at = next) {
        if (starts[at] & UNIT_TARGET) {
            enter_target(f, at);
        }
        if (!f->reachable) { /* the next instruction, as the first half has found them */
            for (next = at + 1; next < code->n_instrs && !(starts[next] & UNIT_START);) {
                next++;
            }
        } else if (!walk(f, at, &next)) {
            return false;
        }
    }
    return true;
}

static bool run_passes(Flow *f)
{
    for (int pass = 0; pass < MAX_PASSES; pass++) {
        f->changed = false;
        if (!one_pass(f)) {
            return false;
        }
        if (!f->changed) {
            f->probing = f->v->probe != NULL;
            return !f->probing || one_pass(f);
        }
    }
    return verify_fail(f->v, 0, "too complex");
}

bool verify_flow(Verifier *v)
{
    const Code *code = v->code;
    Flow f = {.v = v, .nregs = code->nregs};
    if ((uint64_t)(v->n_targets + 1) * (f.nregs + 1u) > MAX_STATE_WORDS) {
        return verify_fail(v, 0, "too large");
    }
    /* one piece of memory: words for each register, target and register, instruction; bytes for
     * each target */
    Reg local[VERIFY_LOCAL / sizeof(Reg)];
    size_t states = (size_t)v->n_targets * f.nregs, words = f.nregs + 1u + states + code->n_instrs,
           size = words * sizeof(Reg) + v->n_targets;
    Reg *memory = size <= sizeof local ? memset(local, 0, size) : mem_calloc(size, 1);
    if (memory == NULL) {
        raise_memory(v->t);
        return false;
    }
    f.now = memory;
    f.states = f.now + f.nregs + 1;
    f.state_of = f.states + states;
    f.known = (uint8_t *)(memory + words);
    uint32_t index = 0;
    for (uint32_t i = 0; index < v->n_targets; i++) {
        if (v->starts[i] & UNIT_TARGET) {
            f.state_of[i] = index++;
        }
    }
    bool ok = run_passes(&f);
    if (memory != local) {
        mem_free(memory);
    }
    return ok;
}

/* ---- code without branches ---- */

/* Goes through instructions that load a constant, or that have a usual shape and no more to be
 * asked of than verify.c's check_plain() does.  The start of the first other one, which is left for
 * straight_rest(). */
static uint32_t straight_run(Flow *f, uint32_t at)
{
    const Verifier *v = f->v;
    const Code *code = v->code;
    const Value *consts = value_tuple(code->consts_tuple)->items;
    const uint32_t n = code->n_instrs, n_consts = (uint32_t)tuple_len(code->consts_tuple),
                   nregs = f->nregs, cells_start = v->cells_start,
                   n_cells = v->vars_end - cells_start, allowed = v->allowed;
    uint8_t *cache_used = v->cache_used;
    Reg *now = f->now;
    while (at < n) {
        Instr word = code->instrs[at];
        unsigned op = instr_op(word);
        uint32_t a = instr_a(word), b = instr_b(word), c = instr_c(word);
        if (a >= nregs || a - cells_start < n_cells || op >= OP_CODE_COUNT) {
            return at;
        }
        if (op == OP_CODE_LOAD_CONST) {
            if (instr_bx(word) >= n_consts) {
                return at;
            }
            now[a] = const_kind(consts[instr_bx(word)]);
            at++;
            continue;
        }
        const OpInfo *info = &op_info[op];
        if (info->flags || flows[op] || info->b == KIND_K || !(allowed >> verify_rules[op] & 1)) {
            return at;
        }
        enum { READ_A = 1, READ_B = 2, READ_C = 4, WRITE_A = 1 << 3 };
        switch (info->reads | info->writes << 3) {
        case READ_B | READ_C | WRITE_A:
            if (c >= nregs || (now[c] & 0xff) < K_ANY) {
                return at;
            } /* fall through */
        case READ_B | WRITE_A:
            if (b >= nregs || (now[b] & 0xff) < K_ANY) {
                return at;
            } /* fall through */
        case WRITE_A:
            break;
        case READ_A:
            if ((now[a] & 0xff) >= K_ANY) {
                break;
            } /* fall through */
        default:
            return at;
        }
        if (info->units == 2) {
            uint32_t number = info->format == FMT_ABCXC && at + 1 < n
                                  ? code_cache_number(code, code->instrs[at + 1])
                                  : UINT32_MAX;
            Value name = number != UINT32_MAX ? code->caches[number].name : 0;
            if (!name || cache_used[number] || !value_is_str_exact(name)) {
                return at;
            }
            cache_used[number] = 1;
        }
        if (info->writes) {
            now[a] = K_ANY;
        }
        at += info->units;
    }
    return at;
}

/* The instruction that straight_run() has stopped at. */
static VerifyResult straight_rest(Flow *f, uint32_t at, Decoded *d)
{
    unsigned op = instr_op(f->v->code->instrs[at]);
    if (op == OP_CODE_WIDE || (op < OP_CODE_COUNT && op_is_jump(op))) {
        return VERIFY_BRANCHES;
    }
    return verify_instruction(f->v, at, d) && walk_decoded(f, d) ? VERIFY_SOUND : VERIFY_UNSOUND;
}

VerifyResult verify_straight(Verifier *v)
{
    const Code *code = v->code;
    Reg memory[VERIFY_LOCAL / sizeof(Reg)];
    size_t words = code->nregs + 1u, size = words * sizeof(Reg) + code->n_caches;
    if (code->n_exc || code->flags & CO_ANY_GENERATOR || v->probe || size > sizeof memory) {
        return VERIFY_BRANCHES;
    }
    memset(memory, 0, size);
    v->cache_used = (uint8_t *)(memory + words);
    Flow f = {.v = v, .nregs = code->nregs, .now = memory};
    Decoded d;
    enter_state(&f);
    for (uint32_t at = 0; (at = straight_run(&f, at)) < code->n_instrs; at = d.next) {
        VerifyResult result = straight_rest(&f, at, &d);
        if (result != VERIFY_SOUND) {
            return result;
        }
        if (!f.reachable) { /* the end; what is behind it is for the other way */
            return d.next == code->n_instrs ? VERIFY_SOUND : VERIFY_BRANCHES;
        }
    }
    verify_fail(v, code->n_instrs, "control runs off the end");
    return VERIFY_UNSOUND;
}
