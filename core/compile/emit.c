/* Emitting instructions, labels, guards and constants into the current unit.
 *
 * Nothing is emitted while control cannot come here (u->reachable): dead code costs nothing and
 * needs no pass of its own.  A label makes control come back when some jump to it was emitted.
 */
#include "core/compile/compile_internal.h"
#include "core/object/tuple.h"

static bool grow(Compiler *c, void **array, int n, int *cap, size_t item)
{
    if (n < *cap) {
        return true;
    }
    int new_cap = *cap * 2 + 32;
    void *p = mem_realloc(*array, (size_t)new_cap * item);
    if (p == NULL) {
        compile_no_memory(c);
        return false;
    }
    *array = p;
    *cap = new_cap;
    return true;
}

static bool writes(unsigned kind)
{
    return kind == KIND_W;
}

/* Written locals are bound from here on. */
static void note_writes(Compiler *c, const Ins *ins)
{
    const OpInfo *info = &op_info[ins->op];
    if (writes(info->a) && ins->a < c->u->max_locals) {
        local_set_bound(c, ins->a, true);
    }
    if (writes(info->c) && ins->c < c->u->max_locals) {
        local_set_bound(c, ins->c, true);
    }
}

static void append(Compiler *c, Ins ins)
{
    Unit *u = c->u;
    if (c->failed || !u->reachable ||
        !grow(c, (void **)&u->ins, u->n_ins, &u->cap_ins, sizeof(Ins))) {
        return;
    }
    ins.handler = u->handler;
    ins.pos = u->pos;
    if (u->handler >= 0) {
        u->handlers[u->handler].used = true;
    }
    u->ins[u->n_ins++] = ins;
    note_writes(c, &ins);
    if (op_ends_block(ins.op)) {
        u->reachable = false;
    }
}

void emit(Compiler *c, Opcode op, int a, int b, int cc)
{
    assert(op_info[op].format == FMT_ABC);
    append(c, (Ins){.op = (uint8_t)op, .a = a, .b = b, .c = cc});
}

void emit_x(Compiler *c, Opcode op, int a, int b, int cc, uint32_t x)
{
    assert(op_info[op].format == FMT_ABCXI || op_info[op].format == FMT_ABCXK);
    append(c, (Ins){.op = (uint8_t)op, .a = a, .b = b, .c = cc, .x = x});
}

void emit_bx(Compiler *c, Opcode op, int a, int bx)
{
    assert(op_info[op].format == FMT_ABx);
    append(c, (Ins){.op = (uint8_t)op, .a = a, .b = bx});
}

/* Index of v in a list that a dict from key to index makes a set. */
static int intern_in(Compiler *c, Value list, Value map, Value key, Value v)
{
    if (c->failed) {
        return 0;
    }
    Value index = key == 0 ? 0 : dict_get(c->t, map, key);
    if (index != 0) {
        return (int)fixnum_get(index);
    }
    int n = (int)list_len(list);
    if (error_pending(c->t) || !dict_set(c->t, map, key, fixnum(n)) ||
        !list_append(c->t, list, v)) {
        compile_failed(c);
        return 0;
    }
    return n;
}

/* Strings that look like names are shared with all others of their kind. */
static Value intern_if_name(Compiler *c, Value v)
{
    if (v != 0 && value_is_tuple(v)) {
        for (size_t i = 0; i < tuple_len(v); i++) {
            Value item = tuple_get(v, i), shared = intern_if_name(c, item);
            if (shared != 0 && shared != item) {
                gc_store(value_tuple(v), &value_tuple(v)->items[i], shared);
            }
        }
        return v;
    }
    if (v == 0 || !value_is_str_exact(v) || !value_str(v)->ascii) {
        return v;
    }
    for (size_t i = 0; i < str_len(v); i++) {
        uint32_t ch = str_get(value_str(v), i);
        if (!(ch == '_' || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
              (ch >= 'A' && ch <= 'Z'))) {
            return v;
        }
    }
    return intern_str(c->t, v);
}

int const_index(Compiler *c, Value v)
{
    v = intern_if_name(c, v);
    Value key = v == 0 ? 0 : constant_key(c->t, v);
    if (key == 0) {
        if (!c->failed) {
            compile_failed(c);
        }
        return 0;
    }
    return intern_in(c, c->u->consts, c->u->const_map, key, v);
}

int cache_new(Compiler *c, Value name)
{
    if (c->failed || !c->u->reachable) {
        return 0;
    }
    int n = (int)list_len(c->u->cache_names);
    if (!list_append(c->t, c->u->cache_names, name == 0 ? NONE : name)) {
        compile_failed(c);
    }
    return n;
}

void emit_cached(Compiler *c, Opcode op, int a, int b, int cc, Value name)
{
    assert(op_info[op].format == FMT_ABCXC);
    if (c->failed || !c->u->reachable) {
        return;
    }
    if (name != 0 && value_is_str(name)) {
        intern_in(c, c->u->names_list, c->u->names_map, name, name);
    } else if (name != 0) { /* keyword names; code_units.c finds them there */
        name = list_get(c->u->consts, (size_t)const_index(c, name));
    }
    uint32_t x = CACHE_WORDS * (uint32_t)cache_new(c, name);
    append(c, (Ins){.op = (uint8_t)op, .a = a, .b = b, .c = cc, .x = x});
}

void emit_move(Compiler *c, int dst, int src)
{
    if (dst != src) {
        emit(c, OP_CODE_MOVE, dst, src, 0);
    }
}

void emit_const(Compiler *c, int dst, Value v)
{
    if (c->failed || !c->u->reachable) {
        return;
    }
    if (value_is_fixnum(v) && fixnum_get(v) == (int16_t)fixnum_get(v)) {
        emit_bx(c, OP_CODE_LOAD_INT, dst, (int)fixnum_get(v));
        return;
    }
    bool ends = v == NONE && dst < c->u->max_locals; /* like del, maybe: gc/prompt.c */
    emit_bx(c, ends ? OP_CODE_RESET_FAST : OP_CODE_LOAD_CONST, dst, const_index(c, v));
}

/* ---- labels ---- */

int label_new(Compiler *c)
{
    Unit *u = c->u;
    if (!grow(c, (void **)&u->labels, u->n_labels, &u->cap_labels, sizeof(Label))) {
        return 0;
    }
    u->labels[u->n_labels] = (Label){.at = -1};
    return u->n_labels++;
}

static void bound_intersect(Compiler *c, uint64_t *into, const uint64_t *other)
{
    for (int i = 0; i < c->u->bound_words; i++) {
        into[i] &= other[i];
    }
}

void emit_jump(Compiler *c, Opcode op, int a, int b, int cc, int label)
{
    Unit *u = c->u;
    assert(op_is_jump(op));
    if (c->failed || !u->reachable) {
        return;
    }
    Label *l = &u->labels[label];
    assert((l->at >= 0) == (op == OP_CODE_JUMP_BACKWARD));
    if (l->refs++ == 0) {
        l->bound = bound_snapshot(c);
    } else if (l->at < 0) {
        bound_intersect(c, l->bound, u->bound);
    }
    append(c, (Ins){.op = (uint8_t)op, .a = a, .b = b, .c = cc, .x = (uint32_t)label});
}

void label_place(Compiler *c, int label)
{
    Unit *u = c->u;
    Label *l = &u->labels[label];
    if (c->failed) {
        return;
    }
    assert(l->at < 0);
    l->at = u->n_ins;
    if (l->refs == 0) {
        return;
    }
    u->join_at = u->n_ins;
    if (u->reachable) {
        bound_intersect(c, u->bound, l->bound);
    } else {
        memcpy(u->bound, l->bound, (size_t)u->bound_words * sizeof(uint64_t));
        u->reachable = true;
    }
}

static void forget_deleted(Unit *u)
{
    for (int i = 0; i < u->bound_words; i++) {
        u->bound[i] &= ~u->deleted[i];
    }
}

void pos_implicit(Compiler *c)
{
    Unit *u = c->u;
    if (u->n_ins == 0) {
        return;
    }
    u->pos = u->join_at == u->n_ins ? (Position){-1, -1, -1, -1} : u->ins[u->n_ins - 1].pos;
}

void emit_jump_implicit(Compiler *c, int label)
{
    Position pos = c->u->pos;
    pos_implicit(c);
    emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, label);
    pos_restore(c, pos);
}

void label_place_loop(Compiler *c, int label)
{
    Unit *u = c->u;
    if (c->failed) {
        return;
    }
    u->labels[label].at = u->n_ins;
    forget_deleted(u);
}

/* ---- guards ---- */

int handler_push(Compiler *c, int reg)
{
    Unit *u = c->u;
    int label = label_new(c);
    if (!grow(c, (void **)&u->handlers, u->n_handlers, &u->cap_handlers, sizeof(Handler))) {
        return 0;
    }
    int depth = u->handler < 0 ? 0 : u->handlers[u->handler].depth + 1;
    u->handlers[u->n_handlers] =
        (Handler){.label = label, .reg = reg, .outer = u->handler, .depth = depth};
    u->handler = u->n_handlers;
    return u->n_handlers++;
}

bool handler_place(Compiler *c, int handler, const uint64_t *bound_at_entry)
{
    Unit *u = c->u;
    if (c->failed || !u->handlers[handler].used) {
        return false;
    }
    assert(!u->reachable);
    u->labels[u->handlers[handler].label].at = u->n_ins;
    u->reachable = true;
    memcpy(u->bound, bound_at_entry, (size_t)u->bound_words * sizeof(uint64_t));
    forget_deleted(u);
    return true;
}

void pos_attribute(Compiler *c, const Expr *attr)
{
    Position *p = &c->u->pos;
    if (p->line == attr->end_lineno) {
        return;
    }
    int len = (int)str_len(attr->Attribute.attr);
    p->line = attr->end_lineno;
    if (len <= attr->end_col_offset) {
        p->col = attr->end_col_offset - len;
    } else {
        p->col = p->end_col = -1;
    }
}
