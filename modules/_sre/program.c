/* Regular expression programs: characters and sets, and the check of a code array before it is
 * trusted.  The check walks the code as the matcher would and notes a bitmap for every character
 * set it meets. */
#include <ctype.h>

#include "core/base/memory.h"
#include "core/object/unicode.h"
#include "modules/_sre/sre.h"

static bool is_ascii_word(uint32_t c)
{
    return c < 128 && (isalnum((int)c) || c == '_');
}

bool sre_category(uint32_t category, uint32_t c)
{
    switch (category) {
    case CAT_DIGIT: return c >= '0' && c <= '9';
    case CAT_NOT_DIGIT: return !(c >= '0' && c <= '9');
    case CAT_SPACE: return c == ' ' || (c >= 9 && c <= 13);
    case CAT_NOT_SPACE: return !(c == ' ' || (c >= 9 && c <= 13));
    case CAT_WORD: return is_ascii_word(c);
    case CAT_NOT_WORD: return !is_ascii_word(c);
    case CAT_LINEBREAK: return c == '\n';
    case CAT_NOT_LINEBREAK: return c != '\n';
    case CAT_LOC_WORD: return c < 256 && (isalnum((int)c) || c == '_');
    case CAT_LOC_NOT_WORD: return !(c < 256 && (isalnum((int)c) || c == '_'));
    case CAT_UNI_DIGIT: return unicode_is_decimal(c);
    case CAT_UNI_NOT_DIGIT: return !unicode_is_decimal(c);
    case CAT_UNI_SPACE: return unicode_is_space(c);
    case CAT_UNI_NOT_SPACE: return !unicode_is_space(c);
    case CAT_UNI_WORD: return c < 128 ? is_ascii_word(c) : unicode_is_alnum(c);
    case CAT_UNI_NOT_WORD: return !(c < 128 ? is_ascii_word(c) : unicode_is_alnum(c));
    case CAT_UNI_LINEBREAK: return unicode_is_linebreak(c);
    case CAT_UNI_NOT_LINEBREAK: return !unicode_is_linebreak(c);
    default: return false;
    }
}

uint32_t sre_lower_ascii(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

uint32_t sre_lower_unicode(uint32_t c)
{
    return c < 128 ? sre_lower_ascii(c) : unicode_to_lower(c);
}

static uint32_t lower_locale(uint32_t c)
{
    return c < 256 ? (uint32_t)tolower((int)c) : c;
}

static uint32_t upper_locale(uint32_t c)
{
    return c < 256 ? (uint32_t)toupper((int)c) : c;
}

bool sre_charset(const uint32_t *pc, uint32_t c)
{
    bool found = true;
    for (;;) {
        switch (*pc++) {
        case OP_FAILURE:
            return !found;
        case OP_NEGATE:
            found = !found;
            break;
        case OP_LITERAL:
            if (c == pc[0]) {
                return found;
            }
            pc++;
            break;
        case OP_RANGE:
            if (c >= pc[0] && c <= pc[1]) {
                return found;
            }
            pc += 2;
            break;
        case OP_RANGE_UNI_IGNORE: {
            uint32_t up = unicode_to_upper(c);
            if ((c >= pc[0] && c <= pc[1]) || (up >= pc[0] && up <= pc[1])) {
                return found;
            }
            pc += 2;
            break;
        }
        case OP_CATEGORY:
            if (sre_category(*pc++, c)) {
                return found;
            }
            break;
        case OP_CHARSET:
            if (c < 256 && (pc[c >> 5] >> (c & 31) & 1)) {
                return found;
            }
            pc += 8;
            break;
        case OP_BIGCHARSET: {
            uint32_t count = *pc++;
            if (c < 65536) {
                uint32_t block = ((const uint8_t *)pc)[c >> 8];
                if (pc[64 + block * 8 + ((c & 255) >> 5)] >> (c & 31) & 1) {
                    return found;
                }
            }
            pc += 64 + count * 8;
            break;
        }
        default:
            return false;
        }
    }
}

bool sre_set_slow(const uint32_t *set, uint32_t op, uint32_t c)
{
    switch (op) {
    case OP_IN_IGNORE:
        return sre_charset(set, sre_lower_ascii(c));
    case OP_IN_UNI_IGNORE:
        return sre_charset(set, sre_lower_unicode(c));
    case OP_IN_LOC_IGNORE:
        return sre_charset(set, lower_locale(c)) || sre_charset(set, upper_locale(c));
    default:
        return sre_charset(set, c);
    }
}

bool sre_single(const Program *p, uint32_t pc, uint32_t c)
{
    uint32_t x = p->code[pc + 1];
    switch (p->code[pc]) {
    case OP_ANY: return c != '\n';
    case OP_ANY_ALL: return true;
    case OP_LITERAL: return c == x;
    case OP_NOT_LITERAL: return c != x;
    case OP_CATEGORY: return sre_category(x, c);
    case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE: case OP_IN_LOC_IGNORE:
        return sre_set_test(p, pc + 1, p->code[pc], c);
    case OP_LITERAL_IGNORE: return sre_lower_ascii(c) == x;
    case OP_NOT_LITERAL_IGNORE: return sre_lower_ascii(c) != x;
    case OP_LITERAL_UNI_IGNORE: return sre_lower_unicode(c) == x;
    case OP_NOT_LITERAL_UNI_IGNORE: return sre_lower_unicode(c) != x;
    case OP_LITERAL_LOC_IGNORE: return c == x || lower_locale(c) == x || upper_locale(c) == x;
    case OP_NOT_LITERAL_LOC_IGNORE:
        return !(c == x || lower_locale(c) == x || upper_locale(c) == x);
    default: return false;
    }
}

/* ---- checking ---- */

typedef struct Checker {
    Program *p;
    size_t groups;
    size_t cap_sets;
    int depth;
    bool no_memory;
} Checker;

static bool check_set(const Program *p, uint32_t pc, uint32_t end)
{
    while (pc < end) {
        switch (p->code[pc++]) {
        case OP_FAILURE:
            return pc == end;
        case OP_NEGATE:
            break;
        case OP_LITERAL:
            pc++;
            break;
        case OP_CATEGORY:
            if (pc >= end || p->code[pc++] >= CAT_COUNT) {
                return false;
            }
            break;
        case OP_RANGE: case OP_RANGE_UNI_IGNORE:
            pc += 2;
            break;
        case OP_CHARSET:
            pc += 8;
            break;
        case OP_BIGCHARSET: {
            if (pc >= end || p->code[pc] > 256 || end - pc < 65 + p->code[pc] * 8) {
                return false;
            }
            const uint8_t *blocks = (const uint8_t *)(p->code + pc + 1);
            for (int i = 0; i < 256; i++) {
                if (blocks[i] >= p->code[pc]) {
                    return false;
                }
            }
            pc += 65 + p->code[pc] * 8;
            break;
        }
        default:
            return false;
        }
    }
    return false;
}

static void set_bits(const Program *p, uint32_t set, uint32_t op, CharSet *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t c = 0; c < 256; c++) {
        if (sre_set_slow(p->code + set, op, c)) {
            out->member[c] = 1;
        }
    }
}

/* A set operator with its argument at arg: checked, and given a bitmap unless it follows the
 * locale. */
static bool check_in(Checker *k, uint32_t op, uint32_t arg, uint32_t end)
{
    Program *p = k->p;
    uint32_t skip = p->code[arg];
    if (skip < 1 || skip > end - arg || !check_set(p, arg + 1, arg + skip)) {
        return false;
    }
    bool loc = op == OP_IN_LOC_IGNORE;
    for (uint32_t i = arg + 1; i < arg + skip && !loc; i++) {
        loc = p->code[i] == OP_CATEGORY &&
              (p->code[i + 1] == CAT_LOC_WORD || p->code[i + 1] == CAT_LOC_NOT_WORD);
    }
    if (loc) {
        return true;
    }
    if (p->n_sets == k->cap_sets) {
        k->cap_sets = k->cap_sets ? 2 * k->cap_sets : 4;
        CharSet *s = mem_realloc(p->sets, k->cap_sets * sizeof *s);
        if (!s) {
            k->no_memory = true;
            return false;
        }
        p->sets = s;
    }
    set_bits(p, arg + 1, op, &p->sets[p->n_sets]);
    p->set_of[arg] = (uint32_t)++p->n_sets;
    return true;
}

static bool check_code(Checker *k, uint32_t pc, uint32_t end);

/* The block [lo, hi) must be code that ends with SUCCESS. */
static bool check_block(Checker *k, uint32_t lo, uint32_t hi)
{
    return lo < hi && k->p->code[hi - 1] == OP_SUCCESS && check_code(k, lo, hi - 1);
}

static bool check_branch(Checker *k, uint32_t *pc, uint32_t end)
{
    const uint32_t *code = k->p->code;
    uint32_t arg = *pc, target = 0;
    for (;;) {
        if (arg >= end) {
            return false;
        }
        uint32_t skip = code[arg];
        if (skip == 0) {
            *pc = arg + 1;
            return target == 0 || target == arg + 1;
        }
        if (skip < 3 || skip >= end - arg || code[arg + skip - 2] != OP_JUMP) {
            return false;
        }
        uint32_t jump = arg + skip - 1, to = jump + code[jump];
        if (to > end || to <= jump || (target && to != target) ||
            !check_code(k, arg + 1, jump - 1)) {
            return false;
        }
        target = to;
        arg += skip;
    }
}

static bool check_repeat(Checker *k, uint32_t op, uint32_t *pc, uint32_t end)
{
    const uint32_t *code = k->p->code;
    uint32_t arg = *pc;
    if (end - arg < 4) {
        return false;
    }
    uint32_t skip = code[arg], min = code[arg + 1], max = code[arg + 2];
    if (skip < 3 || skip > end - arg || min > max) {
        return false;
    }
    uint32_t to = arg + skip;
    if (op == OP_REPEAT || op == OP_POSSESSIVE_REPEAT) {
        if (to >= end || !check_code(k, arg + 3, to)) {
            return false;
        }
        uint32_t last = code[to];
        *pc = to + 1;
        return op == OP_REPEAT ? last == OP_MAX_UNTIL || last == OP_MIN_UNTIL : last == OP_SUCCESS;
    }
    *pc = to;
    return check_block(k, arg + 3, to);
}

static bool check_conditional(Checker *k, uint32_t *pc, uint32_t end)
{
    const uint32_t *code = k->p->code;
    uint32_t arg = *pc;
    if (end - arg < 2 || code[arg] >= k->groups || code[arg + 1] < 2 || code[arg + 1] > end - arg) {
        return false;
    }
    uint32_t no = arg + code[arg + 1];
    if (no >= arg + 4 && code[no - 2] == OP_JUMP) {    /* perhaps: yes JUMP no */
        uint32_t jump = no - 1, to = jump + code[jump];
        if (code[jump] >= 1 && to <= end && check_code(k, arg + 2, no - 2) &&
            check_code(k, no, to)) {
            *pc = to;
            return true;
        }
    }
    *pc = no;
    return check_code(k, arg + 2, no);
}

/* One operator at *pc - 1; moves *pc behind it. */
static bool check_op(Checker *k, uint32_t op, uint32_t *pc, uint32_t end)
{
    const uint32_t *code = k->p->code;
    uint32_t arg = *pc, left = end - arg;
    switch (op) {
    case OP_ANY: case OP_ANY_ALL: case OP_FAILURE: case OP_SUCCESS:
        return true;
    case OP_LITERAL: case OP_NOT_LITERAL:
    case OP_LITERAL_IGNORE: case OP_NOT_LITERAL_IGNORE: case OP_LITERAL_LOC_IGNORE:
    case OP_NOT_LITERAL_LOC_IGNORE: case OP_LITERAL_UNI_IGNORE: case OP_NOT_LITERAL_UNI_IGNORE:
        *pc += 1;
        return left >= 1;
    case OP_MARK:
        *pc += 1;
        return left >= 1 && code[arg] < 2 * k->groups;
    case OP_AT:
        *pc += 1;
        return left >= 1 && code[arg] < AT_COUNT;
    case OP_CATEGORY:
        *pc += 1;
        return left >= 1 && code[arg] < CAT_COUNT;
    case OP_GROUPREF:
    case OP_GROUPREF_IGNORE:
    case OP_GROUPREF_LOC_IGNORE:
    case OP_GROUPREF_UNI_IGNORE:
        *pc += 1;
        return left >= 1 && code[arg] < k->groups;
    case OP_IN: case OP_IN_IGNORE: case OP_IN_LOC_IGNORE: case OP_IN_UNI_IGNORE:
        if (left < 1 || !check_in(k, op, arg, end)) {
            return false;
        }
        *pc = arg + code[arg];
        return true;
    case OP_BRANCH:
        return check_branch(k, pc, end);
    case OP_REPEAT: case OP_POSSESSIVE_REPEAT:
    case OP_REPEAT_ONE: case OP_MIN_REPEAT_ONE: case OP_POSSESSIVE_REPEAT_ONE:
        return check_repeat(k, op, pc, end);
    case OP_GROUPREF_EXISTS:
        return check_conditional(k, pc, end);
    case OP_ASSERT: case OP_ASSERT_NOT:
        if (left < 3 || code[arg] < 3 || code[arg] > left) {
            return false;
        }
        *pc = arg + code[arg];
        return check_block(k, arg + 2, *pc);
    case OP_ATOMIC_GROUP:
        if (left < 2 || code[arg] < 2 || code[arg] > left) {
            return false;
        }
        *pc = arg + code[arg];
        return check_block(k, arg + 1, *pc);
    default:
        return false;
    }
}

static bool check_code(Checker *k, uint32_t pc, uint32_t end)
{
    bool ok = ++k->depth < 2000;
    while (ok && pc < end) {
        uint32_t op = k->p->code[pc++];
        ok = check_op(k, op, &pc, end) && pc <= end;
    }
    k->depth--;
    return ok;
}

/* INFO skip mask min max [prefix_len prefix_skip prefix overlap | set] */
static bool check_info(Checker *k)
{
    Program *p = k->p;
    const uint32_t *code = p->code;
    if (p->len < 1 || code[0] != OP_INFO) {
        return true;
    }
    if (p->len < 6 || code[1] < 4 || code[1] >= p->len) {
        return false;
    }
    uint32_t end = 1 + code[1];
    p->info = code[2];
    p->min_width = code[3];
    p->start = end;
    if (p->info & INFO_PREFIX) {
        if (end < 7 || code[5] > (end - 7) / 2 || code[5] == 0) {
            return false;
        }
        p->prefix_len = code[5];
        p->prefix = 7;
        if (p->prefix_len > p->min_width) {
            return false;
        }
    } else if (p->info & INFO_CHARSET) {
        if (!check_set(p, 5, end) || p->min_width < 1) {
            return false;
        }
        p->first_set = 5;
        set_bits(p, 5, OP_IN, &p->first);
    }
    return true;
}

Program *program_new(Thread *t, uint32_t *code, size_t len, size_t groups)
{
    Program *p = mem_calloc(1, sizeof *p);
    uint32_t *set_of = mem_calloc(len + 1, sizeof *set_of);
    if (!p || !set_of) {
        mem_free(p);
        mem_free(set_of);
        mem_free(code);
        raise_memory(t);
        return NULL;
    }
    p->code = code;
    p->len = len;
    p->set_of = set_of;
    Checker k = {.p = p, .groups = groups};
    if (len == 0 || len > INT32_MAX || code[len - 1] != OP_SUCCESS || !check_info(&k) ||
        !check_code(&k, p->start, (uint32_t)len - 1)) {
        program_free(p);
        if (k.no_memory) {
            raise_memory(t);
        } else {
            runtime_error(t, "invalid SRE code");
        }
        return NULL;
    }
    program_find_first(p);
    return p;
}

void program_free(Program *p)
{
    if (p) {
        mem_free(p->code);
        mem_free(p->set_of);
        mem_free(p->sets);
        mem_free(p);
    }
}
