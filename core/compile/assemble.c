/* From a unit's instruction list to a code object: dead NOPs and jumps dropped, jumps threaded,
 * registers packed, WIDE prefixes, offsets, the exception table and the table of positions.
 */
#include <string.h>

#include "core/compile/compile_internal.h"

enum { MAX_THREADED_JUMPS = 8 };

typedef struct Assembly {
    Compiler *c;
    Unit *u;
    int *next_kept;     /* [n_ins + 1]: index of the first kept instruction at or behind */
    bool *kept;
    uint32_t *offset;   /* [n_ins + 1]: unit where the instruction starts */
    int gap;            /* registers of max_locals that no local got */
    int n_locals;
    Instr *instrs;
    Position *positions;
    ExcEntry *exc;
    Value *cache_names; /* of the caches in the order of instructions */
    uint32_t n_units, n_exc, n_caches;
} Assembly;

static bool is_register(unsigned kind)
{
    return kind == KIND_W || kind == KIND_R || kind == KIND_M || kind == KIND_B;
}

static int32_t pack_register(const Assembly *a, int32_t reg)
{
    return reg < a->u->max_locals ? reg : reg - a->gap;
}

static void pack_registers(Assembly *a)
{
    for (int i = 0; i < a->u->n_ins; i++) {
        Ins *ins = &a->u->ins[i];
        const OpInfo *info = &op_info[ins->op];
        if (is_register(info->a)) {
            ins->a = pack_register(a, ins->a);
        }
        if (is_register(info->b)) {
            ins->b = pack_register(a, ins->b);
        }
        if (is_register(info->c)) {
            ins->c = pack_register(a, ins->c);
        }
    }
}

static int target_of(const Assembly *a, const Ins *ins)
{
    return a->u->labels[ins->x].at;
}

/* Jumps to a plain jump go where that one goes, as long as they stay forward. */
static void thread_jumps(Assembly *a)
{
    for (int i = 0; i < a->u->n_ins; i++) {
        Ins *ins = &a->u->ins[i];
        if (!op_is_jump(ins->op) || ins->op == OP_CODE_SEND || ins->op == OP_CODE_FOR_ITER ||
            ins->op == OP_CODE_JUMP_BACKWARD) {
            continue;
        }
        for (int n = 0; n < MAX_THREADED_JUMPS; n++) {
            int at = target_of(a, ins);
            const Ins *next = at < a->u->n_ins ? &a->u->ins[at] : NULL;
            if (next != NULL && next->op == OP_CODE_NOP && next->pos.line == ins->pos.line) {
                break;
            }
            if (next == NULL || next == ins ||
                (next->pos.line >= 0 && next->pos.line != ins->pos.line)) {
                break; /* a line of its own is to be seen */
            }
            if (next->op == OP_CODE_JUMP_FORWARD) {
                ins->x = next->x;
            } else if (next->op == OP_CODE_JUMP_BACKWARD && ins->op == OP_CODE_JUMP_FORWARD) {
                ins->op = OP_CODE_JUMP_BACKWARD;
                ins->x = next->x;
                break;
            } else {
                break;
            }
        }
    }
}

/* Control comes to instruction i from the one before; a jump to it counts, since it will be
 * dropped. */
static bool falls_into(const Assembly *a, int i)
{
    const Ins *before = i > 0 ? &a->u->ins[i - 1] : NULL;
    return before && (!op_ends_block(before->op) ||
                      (before->op == OP_CODE_JUMP_FORWARD && target_of(a, before) == i));
}

/* The jump at i becomes a return of its own; what is behind it moves. */
static void inline_exit(Compiler *c, int i, Ins load)
{
    Unit *u = c->u;
    u->reachable = true;
    emit(c, OP_CODE_RETURN_VALUE, load.a, 0, 0);
    if (c->failed) {
        return;
    }
    Ins ret = u->ins[u->n_ins - 1];
    load.pos = ret.pos = u->ins[i].pos;
    memmove(&u->ins[i + 2], &u->ins[i + 1], (size_t)(u->n_ins - 2 - i) * sizeof(Ins));
    u->ins[i] = load;
    u->ins[i + 1] = ret;
    for (int l = 0; l < u->n_labels; l++) {
        u->labels[l].at += u->labels[l].at > i;
    }
}

/* The conditional jump at i goes to a return of its own at the end. */
static void append_exit(Compiler *c, int i, Ins load)
{
    Unit *u = c->u;
    int label = label_new(c);
    u->reachable = true;
    u->pos = u->ins[i].pos;
    label_place(c, label);
    emit_bx(c, OP_CODE_LOAD_CONST, load.a, load.b);
    emit(c, OP_CODE_RETURN_VALUE, load.a, 0, 0);
    u->ins[i].x = (uint32_t)label;
}

/* A return at the end of the body to which several paths lead has no line of its own: each path
 * gets its own copy with the line it comes from, so that a frame always has one. */
static void split_exit(Assembly *a)
{
    Compiler *c = a->c;
    Unit *u = a->u;
    int exit = u->n_ins - 2;
    if (exit < 0 || u->ins[exit].op != OP_CODE_LOAD_CONST ||
        u->ins[exit + 1].op != OP_CODE_RETURN_VALUE || u->ins[exit].pos.line >= 0) {
        return;
    }
    assert(u->handler < 0);
    Ins load = u->ins[exit];
    bool taken = falls_into(a, exit);
    if (taken) {
        u->ins[exit].pos = u->ins[exit + 1].pos = u->ins[exit - 1].pos;
    }
    for (int i = 0; i < exit && !c->failed; i++) {
        bool plain = u->ins[i].op == OP_CODE_JUMP_FORWARD;
        if (!op_is_jump(u->ins[i].op) || target_of(a, &u->ins[i]) != exit ||
            (plain && i == exit - 1)) {
            continue;
        }
        if (!taken) { /* the first path keeps the original */
            u->ins[exit].pos = u->ins[exit + 1].pos = u->ins[i].pos;
            taken = true;
        } else if (plain) {
            inline_exit(c, i++, load);
            exit++;
        } else {
            append_exit(c, i, load);
        }
    }
}

/* What only marks a line is kept when no neighbour has that line. */
static bool nop_is_needed(const Assembly *a, int i)
{
    const Unit *u = a->u;
    int line = u->ins[i].pos.line;
    if (i > 0 && u->ins[i - 1].pos.line == line && !op_ends_block(u->ins[i - 1].op)) {
        return false;
    }
    return line >= 0 && !(i + 1 < u->n_ins && u->ins[i + 1].pos.line == line && a->kept[i + 1]);
}

static void choose_kept(Assembly *a)
{
    Unit *u = a->u;
    a->next_kept[u->n_ins] = u->n_ins;
    for (int i = u->n_ins - 1; i >= 0; i--) {
        if (u->ins[i].op == OP_CODE_JUMP_FORWARD) {
            a->kept[i] = a->next_kept[target_of(a, &u->ins[i])] != a->next_kept[i + 1];
        } else {
            a->kept[i] = u->ins[i].op != OP_CODE_NOP || nop_is_needed(a, i);
        }
        a->next_kept[i] = a->kept[i] ? i : a->next_kept[i + 1];
    }
}

static bool needs_wide(const Ins *ins)
{
    const OpInfo *info = &op_info[ins->op];
    if (ins->a > 255) {
        return true;
    }
    if (info->format == FMT_ABx) {
        return info->b == KIND_K && ins->b > 0xffff;
    }
    return ins->b > 255 || (info->c != KIND_S && ins->c > 255);
}

static void compute_offsets(Assembly *a)
{
    Unit *u = a->u;
    uint32_t at = 0;
    for (int i = 0; i < u->n_ins; i++) {
        a->offset[i] = at;
        if (a->kept[i]) {
            at += op_info[u->ins[i].op].units + (needs_wide(&u->ins[i]) ? 1u : 0u);
        }
    }
    a->offset[u->n_ins] = a->n_units = at;
}

static uint32_t label_offset(const Assembly *a, int label)
{
    int at = a->u->labels[label].at;
    assert(at >= 0);
    return a->offset[a->next_kept[at]];
}

/* Caches are in the order of the instructions that have one.  From the second unit that the emitter
 * wrote to the final one. */
static uint32_t write_cache(Assembly *a, uint32_t x)
{
    Value name = list_get(a->u->cache_names, x / CACHE_WORDS);
    a->cache_names[a->n_caches] = name == NONE ? 0 : name;
    return a->n_caches++ * CACHE_WORDS;
}

static void write_instruction(Assembly *a, int index)
{
    const Ins *ins = &a->u->ins[index];
    const OpInfo *info = &op_info[ins->op];
    uint32_t at = a->offset[index];
    uint32_t b = (uint32_t)ins->b, c = (uint32_t)ins->c;
    if (info->format == FMT_ABx) {
        c = b >> 8;
        if (needs_wide(ins)) {
            bool extended = info->b == KIND_K;
            a->instrs[at++] = instr_make(OP_CODE_WIDE, (uint32_t)ins->a >> 8,
                                         extended ? b >> 16 : 0, extended ? b >> 24 : 0);
        }
    } else if (needs_wide(ins)) {
        a->instrs[at++] =
            instr_make(OP_CODE_WIDE, (uint32_t)ins->a >> 8, b >> 8, info->c == KIND_S ? 0 : c >> 8);
    }
    a->instrs[at++] = instr_make(ins->op, (uint32_t)ins->a, b, c);
    if (info->units == 2) {
        a->instrs[at] = op_is_jump(ins->op)         ? label_offset(a, (int)ins->x) - (at + 1)
                        : info->format == FMT_ABCXC ? write_cache(a, ins->x)
                                                    : ins->x;
        at++;
    }
    for (uint32_t unit = a->offset[index]; unit < at; unit++) {
        a->positions[unit] = ins->pos;
    }
}

static void write_exception_table(Assembly *a)
{
    Unit *u = a->u;
    int last = -1; /* handler of the entry being extended */
    for (int i = 0; i < u->n_ins; i++) {
        if (!a->kept[i]) {
            continue;
        }
        uint32_t end = i + 1 <= u->n_ins ? a->offset[i + 1] : a->n_units;
        int handler = u->ins[i].handler;
        if (handler >= 0 && handler == last) {
            a->exc[a->n_exc - 1].end = end;
        } else if (handler >= 0) {
            const Handler *h = &u->handlers[handler];
            a->exc[a->n_exc++] = (ExcEntry){a->offset[i], end, label_offset(a, h->label),
                                            (uint16_t)pack_register(a, h->reg), (uint16_t)h->depth};
        }
        last = handler;
    }
}

static bool allocate(Assembly *a)
{
    size_t n = (size_t)a->u->n_ins + 1;
    a->kept = compile_alloc(a->c, n * sizeof(bool));
    a->next_kept = compile_alloc(a->c, n * sizeof(int));
    a->offset = compile_alloc(a->c, n * sizeof(uint32_t));
    a->exc = compile_alloc(a->c, n * sizeof(ExcEntry));
    return !a->c->failed;
}

static bool write_units(Assembly *a)
{
    a->instrs = compile_alloc(a->c, a->n_units * sizeof(Instr));
    a->positions = compile_alloc(a->c, a->n_units * sizeof(Position));
    a->cache_names = compile_alloc(a->c, (list_len(a->u->cache_names) + 1) * sizeof(Value));
    if (a->c->failed) {
        return false;
    }
    for (int i = 0; i < a->u->n_ins; i++) {
        if (a->kept[i]) {
            write_instruction(a, i);
        }
    }
    write_exception_table(a);
    return true;
}

static Value make_code(Assembly *a)
{
    Compiler *c = a->c;
    Unit *u = a->u;
    CodeSpec spec = {.instrs = a->instrs,
                     .n_instrs = a->n_units,
                     .cache_names = a->cache_names,
                     .n_caches = a->n_caches,
                     .exc_table = a->exc,
                     .n_exc = a->n_exc,
                     .nregs = (uint16_t)(u->max_temp - a->gap),
                     .argcount = (uint16_t)u->argcount,
                     .posonlyargcount = (uint16_t)u->posonlyargcount,
                     .kwonlyargcount = (uint16_t)u->kwonlyargcount,
                     .flags = u->flags,
                     .firstlineno = u->firstlineno,
                     .cellvars = u->cellvars,
                     .freevars = u->freevars,
                     .filename = c->filename,
                     .name = u->name,
                     .qualname = u->qualname};
    spec.consts = list_to_tuple(c->t, u->consts);
    spec.names = spec.consts == 0 ? 0 : list_to_tuple(c->t, u->names_list);
    spec.varnames = spec.names == 0 ? 0 : list_to_tuple(c->t, u->varnames);
    spec.linetable =
        spec.varnames == 0 ? 0 : linetable_encode(c->t, a->positions, a->n_units, u->firstlineno);
    return spec.linetable == 0 ? 0 : code_new(c->t, &spec);
}

Value unit_assemble(Compiler *c)
{
    Assembly a = {.c = c, .u = c->u};
    assert(!c->u->reachable);
    a.n_locals = (int)list_len(c->u->varnames);
    a.gap = c->u->max_locals - a.n_locals;
    assert(a.gap >= 0);
    thread_jumps(&a);
    split_exit(&a);
    if (c->failed || !allocate(&a)) {
        return 0;
    }
    pack_registers(&a);
    choose_kept(&a);
    compute_offsets(&a);
    return write_units(&a) ? make_code(&a) : 0;
}
