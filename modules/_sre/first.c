/* The characters that a match can begin with, for programs whose info block does not tell: found by
 * walking the code up to what must take a character.  Zero-width conditions on the way are passed
 * over, so the set may be too large, never too small. */
#include "modules/_sre/sre.h"

enum { MAX_STEPS = 100, MAX_USEFUL = 224 /* members: a larger set rules hardly anything out */ };

typedef struct Walk {
    const Program *p;
    CharSet *set;
    int steps;
} Walk;

/* Operators whose answer for a character is the same for ever: not those of locales. */
static bool is_fixed(const Program *p, uint32_t pc)
{
    switch (p->code[pc]) {
    case OP_LITERAL: case OP_NOT_LITERAL: case OP_ANY:
    case OP_LITERAL_IGNORE: case OP_NOT_LITERAL_IGNORE:
    case OP_LITERAL_UNI_IGNORE: case OP_NOT_LITERAL_UNI_IGNORE:
        return true;
    case OP_CATEGORY:
        return p->code[pc + 1] != CAT_LOC_WORD && p->code[pc + 1] != CAT_LOC_NOT_WORD;
    case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE:
        return p->set_of[pc + 1] != 0;
    default:
        return false;
    }
}

static bool add_single(Walk *w, uint32_t pc)
{
    if (!is_fixed(w->p, pc)) {
        return false;
    }
    for (uint32_t c = 0; c < 256; c++) {
        w->set->member[c] |= sre_single(w->p, pc, c);
    }
    return true;
}

/* Adds what the code from pc on can begin with; false: not known. */
static bool add_first(Walk *w, uint32_t pc)
{
    const uint32_t *code = w->p->code;
    while (w->steps++ < MAX_STEPS) {
        uint32_t arg = pc + 1;
        switch (code[pc]) {
        case OP_MARK: case OP_AT:
            pc += 2;
            continue;
        case OP_JUMP: case OP_INFO: case OP_ASSERT: case OP_ASSERT_NOT:
            pc = arg + code[arg];
            continue;
        case OP_ATOMIC_GROUP:
            pc = arg + 1;
            continue;
        case OP_BRANCH:
            for (; code[arg] != 0; arg += code[arg]) {
                if (!add_first(w, arg + 1)) {
                    return false;
                }
            }
            return true;
        case OP_REPEAT:
            if (code[arg + 1] == 0) {
                return false;
            }
            pc = arg + 3;
            continue;
        case OP_REPEAT_ONE: case OP_MIN_REPEAT_ONE: case OP_POSSESSIVE_REPEAT_ONE:
            if (!add_single(w, arg + 3)) {
                return false;
            }
            if (code[arg + 1] > 0) {
                return true;
            }
            pc = arg + code[arg];
            continue;
        default:
            return add_single(w, pc);
        }
    }
    return false;
}

void program_find_first(Program *p)
{
    if (p->prefix_len > 0 || (p->info & INFO_CHARSET) || p->min_width == 0) {
        return;
    }
    Walk w = {.p = p, .set = &p->first};
    size_t members = 0;
    bool known = add_first(&w, p->start);
    for (size_t c = 0; c < 256; c++) {
        members += p->first.member[c];
    }
    p->has_first = known && members <= MAX_USEFUL;
}
