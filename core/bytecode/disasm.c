/* Text of a code object's instructions: "   line   unit  NAME  operands   ; what they stand for".
 */
#include "core/bytecode/code.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* Appends the name of register r: a variable's name, or tN for temporaries. */
static void put_register(StrBuilder *b, const Code *code, uint32_t r)
{
    const Value groups[] = {code->varnames, code->cellvars, code->freevars};
    uint32_t at = r;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (at < tuple_len(groups[i])) {
            sb_str(b, tuple_get(groups[i], at));
            return;
        }
        at -= (uint32_t)tuple_len(groups[i]);
    }
    sb_format(b, "t%d", (int)r);
}

static void put_operand(StrBuilder *b, const Code *code, OperandKind kind, uint32_t v, int s)
{
    switch (kind) {
    case KIND__:
        return;
    case KIND_W: case KIND_R: case KIND_M: case KIND_B:
        sb_char(b, ' ');
        put_register(b, code, v);
        return;
    case KIND_I:
        sb_format(b, " %d", (int)v);
        return;
    case KIND_S: case KIND_S16:
        sb_format(b, " %d", s);
        return;
    case KIND_K:
        if (v < tuple_len(code->consts_tuple)) {
            sb_format(b, " %R", tuple_get(code->consts_tuple, v));
        }
        return;
    }
}

static void put_second_unit(StrBuilder *b, const Code *code, const Decoded *d, const OpInfo *info)
{
    switch ((OpFormat)info->format) {
    case FMT_ABC: case FMT_ABx:
        return;
    case FMT_XJ: case FMT_ABCXJ:
        sb_format(b, " -> %d", (int)decoded_target(d));
        return;
    case FMT_ABCXC:
        if (code_cache_name(code, d->x) != 0) {
            sb_format(b, " (%S)", code_cache_name(code, d->x));
        }
        return;
    case FMT_ABCXI:
        sb_format(b, " #%d", (int)d->x);
        return;
    case FMT_ABCXK:
        if (d->x < tuple_len(code->consts_tuple)) {
            sb_format(b, " %R", tuple_get(code->consts_tuple, d->x));
        }
        return;
    }
}

static void put_instruction(StrBuilder *b, const Code *code, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    sb_format(b, "%d", (int)d->start);
    sb_char(b, '\t');
    sb_cstr(b, info->name);
    put_operand(b, code, info->a, d->a, 0);
    if (info->format == FMT_ABx) {
        put_operand(b, code, info->b, d->bx, d->sbx);
    } else {
        put_operand(b, code, info->b, d->b, 0);
        put_operand(b, code, info->c, d->c, d->sc);
    }
    put_second_unit(b, code, d, info);
    sb_char(b, '\n');
}

Value code_disassemble(Thread *t, Value value)
{
    const Code *code = (Code *)value_object(value);
    if (!code_complete(t, code)) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    int last_line = -1;
    Decoded d;
    for (uint32_t at = 0; at < code->n_instrs; at = d.next) {
        if (!instr_decode(code->instrs, code->n_instrs, at, &d)) {
            return value_error(t, "malformed instruction at %d", (int)at);
        }
        int line = code_line(code, d.unit);
        if (line != last_line) {
            sb_format(&b, "%d", line);
            last_line = line;
        }
        sb_char(&b, '\t');
        put_instruction(&b, code, &d);
    }
    for (uint32_t i = 0; i < code->n_exc; i++) {
        const ExcEntry *e = &code->exc_table[i];
        sb_format(&b, "\tguard %d to %d -> %d [", (int)e->start, (int)e->end, (int)e->target);
        put_register(&b, code, e->reg);
        sb_format(&b, "] depth %d\n", (int)e->depth);
    }
    return sb_finish(&b);
}
