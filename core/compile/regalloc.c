/* Registers: temporaries are a stack above the variables; which locals are known to be bound is one
 * bit each.
 *
 *   r[0 .. max_locals) locals | cells | free variables | temporaries -> next_temp ... max_temp
 * max_locals counts every local the symbol table knows; those never mentioned by generated code get
 * no register and the assembler closes the gap.
 */
#include "core/compile/compile_internal.h"

enum { MAX_REGISTERS = 60000 };

int temp_run(Compiler *c, int n)
{
    Unit *u = c->u;
    int first = u->next_temp;
    if (first + n > MAX_REGISTERS) {
        if (!c->failed) {
            raise_error(c->t, &exc_RecursionError, "expression needs too many registers");
            compile_failed(c);
        }
        return u->temp_base;
    }
    u->next_temp += n;
    if (u->next_temp > u->max_temp) {
        u->max_temp = u->next_temp;
    }
    return first;
}

int temp_new(Compiler *c)
{
    return temp_run(c, 1);
}

bool local_is_bound(Compiler *c, int reg)
{
    assert(reg < c->u->max_locals);
    return c->u->bound[reg / 64] >> (reg % 64) & 1;
}

void local_set_bound(Compiler *c, int reg, bool is_bound)
{
    assert(reg < c->u->max_locals);
    uint64_t bit = (uint64_t)1 << (reg % 64);
    if (is_bound) {
        c->u->bound[reg / 64] |= bit;
    } else {
        c->u->bound[reg / 64] &= ~bit;
    }
}

uint64_t *bound_snapshot(Compiler *c)
{
    size_t bytes = (size_t)c->u->bound_words * sizeof(uint64_t);
    uint64_t *copy = compile_alloc(c, bytes);
    if (copy != NULL) {
        memcpy(copy, c->u->bound, bytes);
    }
    return copy;
}
