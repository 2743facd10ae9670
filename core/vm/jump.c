/* Assigning f_lineno: control goes on at another line, if what its code expects in registers is
 * there.
 *
 * A register that the code at the target still reads (core/bytecode/register_uses.h) must be live
 * here, too, for the same use and with the same kind of contents; locals that it takes for bound
 * get None.  Handlers that are left restore what was handled before.
 */
#include <limits.h>

#include "core/base/memory.h"
#include "core/bytecode/register_uses.h"
#include "core/bytecode/verify.h"
#include "core/object/exception.h"
#include "core/vm/vm_internal.h"

typedef struct Jump {
    Thread *t;
    Code *code;
    uint32_t vars_end;
    int32_t *lines;      /* by unit: the line that begins there, or -1 */
    uint32_t units[2];   /* here, and the best target */
    uint8_t *uses;
    uint32_t *rows;      /* kinds of registers, here and there */
    uint8_t reached[2];
    const char *why;
} Jump;

static bool refuse(Thread *t, const char *why)
{
    value_error(t, "%s", why);
    return false;
}

static bool check_event(Thread *t, const FrameObject *f)
{
    const char *event = f->event != NULL ? f->event : "";
    if (*event == 'c') {
        return refuse(t, "can't jump from the 'call' trace event of a new frame");
    }
    if (!f->base || !f->trace || *event == '\0') {
        return refuse(t, "f_lineno can only be set by a trace function");
    }
    if (*event != 'l' && !(*event == 'r' && f->suspended)) {
        return refuse(t, "can only jump from a 'line' trace event");
    }
    return true;
}

/* The lines that begin somewhere, by unit. */
static bool find_lines(Jump *j)
{
    Position *all = mem_alloc((j->code->n_instrs + 1) * sizeof *all);
    j->lines = mem_alloc((j->code->n_instrs + 1) * sizeof *j->lines);
    if (all == NULL || j->lines == NULL) {
        mem_free(all);
        raise_memory(j->t);
        return false;
    }
    code_positions(j->code, all);
    for (uint32_t i = 0; i < j->code->n_instrs; i++) {
        j->lines[i] = i > 0 && all[i - 1].line == all[i].line ? -1 : all[i].line;
    }
    mem_free(all);
    return true;
}

/* The first line from `line` on that has code; 0: raised. */
static int first_line(Jump *j, int line)
{
    int best = INT_MAX;
    if (line < (int)j->code->firstlineno) {
        value_error(j->t, "line %d comes before the current code block", line);
        return 0;
    }
    for (uint32_t i = 0; i < j->code->n_instrs; i++) {
        best = j->lines[i] >= line && j->lines[i] < best ? j->lines[i] : best;
    }
    if (best == INT_MAX) {
        value_error(j->t, "line %d comes after the current code block", line);
        return 0;
    }
    return best;
}

static const uint8_t *uses_at(const Jump *j, uint32_t unit)
{
    return j->uses + (size_t)unit * j->code->nregs;
}

static const char *why_not(uint8_t use)
{
    return use & LIVE_SAVED      ? "can't jump into an 'except' block as there's no exception"
           : use & LIVE_ITERATOR ? "can't jump into the body of a for loop"
                                 : "incompatible stacks";
}

/* Is everything there that the code at `unit` needs?  *depth: how many registers. */
static bool fits(Jump *j, uint32_t unit, int *depth)
{
    const uint8_t *here = uses_at(j, j->units[0]), *there = uses_at(j, unit);
    uint32_t nregs = j->code->nregs;
    const uint32_t units[2] = {j->units[0], unit};
    VerifyProbe probe = {units, 2, j->rows, j->reached};
    memset(j->reached, 0, sizeof j->reached);
    if (!verify_probe(j->t, j->code, &probe)) {
        return false;
    }
    if (!j->reached[0] || !j->reached[1]) {
        j->why = "code may be unreachable.";
        return false;
    }
    *depth = 0;
    for (uint32_t r = nregs; r-- > j->vars_end;) {
        if (there[r] == 0) {
            continue;
        }
        ++*depth;
        if (here[r] != there[r] || !verify_kind_fits(j->rows[r], j->rows[nregs + r])) {
            j->why = why_not(there[r]);
            return false;
        }
    }
    return true;
}

/* Looks for the deepest place that begins the line; false: raised. */
static bool find_target(Jump *j, int line)
{
    int best = -1;
    j->why = "cannot find bytecode for specified line";
    const char *why = NULL;
    for (uint32_t i = 0; i < j->code->n_instrs; i++) {
        int depth;
        if (j->lines[i] != line) {
            continue;
        }
        if (fits(j, i, &depth)) {
            if (depth > best) {
                best = depth;
                j->units[1] = i;
            }
        } else if (error_pending(j->t)) {
            return false;
        } else {
            why = j->why;
        }
    }
    return best >= 0 || refuse(j->t, why != NULL ? why : j->why);
}

/* Leaves handlers, and binds the locals that the code there takes for bound. */
static bool settle(Jump *j, Value *base)
{
    int depth;
    if (!fits(j, j->units[1], &depth)) {
        return false;
    }
    const uint8_t *here = uses_at(j, j->units[0]), *there = uses_at(j, j->units[1]);
    for (uint32_t r = j->vars_end; r < j->code->nregs; r++) {
        if (here[r] & LIVE_SAVED && there[r] == 0) { /* the outermost one that is left */
            j->t->exc_info->value = base[r];
            break;
        }
    }
    for (uint32_t r = 0; r < j->code->nlocals; r++) {
        if (base[r] == 0 && verify_kind_is_value(j->rows[j->code->nregs + r])) {
            base[r] = NONE;
        }
    }
    return true;
}

static bool jump_to(Jump *j, FrameObject *f, int line)
{
    line = first_line(j, line);
    if (line == 0) {
        return false;
    }
    bool suspended = *f->event == 'r';
    j->units[0] = frame_unit(f->base) + suspended;
    j->uses = code_register_uses(j->t, j->code);
    j->rows = mem_calloc(2 * (size_t)j->code->nregs + 1, sizeof *j->rows);
    if (j->uses == NULL || j->rows == NULL) {
        return j->uses == NULL ? false : (raise_memory(j->t), false);
    }
    if (!find_target(j, line) || !settle(j, f->base)) {
        return false;
    }
    frame_of(f->base)->pc = j->code->instrs + j->units[1] + !suspended;
    f->trace_unit = (int)j->units[1];
    return true;
}

bool frame_jump(Thread *t, FrameObject *f, int line)
{
    if (!check_event(t, f)) {
        return false;
    }
    Code *code = (Code *)value_object(f->code);
    Jump j = {
        .t = t, .code = code, .vars_end = (uint32_t)code->nlocals + code->ncells + code->nfrees};
    bool ok = find_lines(&j) && jump_to(&j, f, line);
    mem_free(j.lines);
    mem_free(j.uses);
    mem_free(j.rows);
    return ok;
}
