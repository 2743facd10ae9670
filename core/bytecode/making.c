/* How far an __init__ is the only one that knows its object: as long as `self` stays in its
 * register and is nothing but what attributes are stored into.
 *
 * Control goes forward but for JUMP_BACKWARD and handlers that stand before what they guard, so
 * what stands before an instruction is all that can have run before it, unless one of these leads
 * back to it or to something before it from behind.
 */
#include "core/base/atomics.h"
#include "core/bytecode/code.h"

static bool mentions_self(const Decoded *d)
{
    const uint32_t regs[] = {d->a, d->b, d->c};
    for (int i = 0; i < 3; i++) {
        bool stored_into = d->op == OP_CODE_STORE_ATTR && i == 0;
        if (op_info[d->op].registers >> i & 1 && regs[i] == 0 && !stored_into) {
            return true;
        }
    }
    return false;
}

/* The first unit that mentions self otherwise. */
static uint32_t stores_end(const Code *code)
{
    Decoded d = {0};
    uint32_t at = 0;
    while (instr_decode(code->instrs, code->n_instrs, at, &d) && !mentions_self(&d)) {
        at = d.next;
    }
    return at;
}

/* No more than `end`: where control comes back to from `end` or behind it. */
static uint32_t way_back(const Code *code, uint32_t end)
{
    Decoded d = {0};
    for (uint32_t at = 0; instr_decode(code->instrs, code->n_instrs, at, &d); at = d.next) {
        if (op_is_jump(d.op) && decoded_target(&d) < end && d.next > end) {
            end = decoded_target(&d);
        }
    }
    for (uint32_t i = 0; i < code->n_exc; i++) {
        const ExcEntry *e = &code->exc_table[i];
        if (e->target < end && e->end > end) {
            end = e->target;
        }
    }
    return end;
}

uint32_t code_making_end(Code *code)
{
    uint32_t end = 0;
    if (code->argcount > 0) {
        end = stores_end(code);
        for (uint32_t before = end + 1; before > end;) {
            before = end;
            end = way_back(code, end);
        }
    }
    store_relaxed(&code->making, end + 1);
    return end;
}
