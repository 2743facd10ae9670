/* match statements.
 *
 * The subject stays in a register.  Each pattern jumps to its case's `fail` label when it does not
 * match; names are captured in temporaries and stored only when the whole pattern has matched.
 */
#include "core/compile/compile_internal.h"

typedef struct Capture {
    Value name;
    int reg;
    struct Capture *next;
} Capture;

typedef struct Matcher {
    int fail;                /* label */
    bool allow_irrefutable;
    Capture *captures, *last;
} Matcher;

static void cg_pattern(Compiler *c, Matcher *m, Pattern *p, int subject);

static void capture(Compiler *c, Matcher *m, Pattern *p, Value name, int reg)
{
    if (name_forbidden(c, p, name, AST_Store)) {
        return;
    }
    for (Capture *at = m->captures; at != NULL; at = at->next) {
        if (str_eq(at->name, name)) {
            compile_error(c, p, "multiple assignments to name %R in pattern", name);
            return;
        }
    }
    Capture *new = compile_alloc(c, sizeof *new);
    if (new == NULL) {
        return;
    }
    *new = (Capture){name, reg, NULL};
    if (m->last == NULL) {
        m->captures = new;
    } else {
        m->last->next = new;
    }
    m->last = new;
}

static bool is_wildcard(const Pattern *p)
{
    return p->kind == AST_MatchAs && p->MatchAs.name == 0 && p->MatchAs.pattern == NULL;
}

static bool is_star_wildcard(const Pattern *p)
{
    return p->kind == AST_MatchStar && p->MatchStar.name == 0;
}

static void cg_subpattern(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    bool old = m->allow_irrefutable;
    m->allow_irrefutable = true;
    cg_pattern(c, m, p, subject);
    m->allow_irrefutable = old;
}

static void fail_unless(Compiler *c, Matcher *m, int reg)
{
    emit_jump(c, OP_CODE_JUMP_IF_FALSE, reg, 0, 0, m->fail);
}

/* Fails unless len(subject) is n or, with or_more, at least that. */
static void check_length(Compiler *c, Matcher *m, bool or_more, int subject, int n)
{
    int mark = temp_mark(c), len = temp_new(c);
    emit(c, OP_CODE_GET_LEN, len, subject, 0);
    if (n <= INT8_MAX) {
        emit_jump(c, or_more ? OP_CODE_JUMP_GEI : OP_CODE_JUMP_EQI, len, 0, n, m->fail);
    } else {
        int wanted = temp_new(c);
        emit_const(c, wanted, fixnum(n));
        emit_jump(c, or_more ? OP_CODE_JUMP_GE : OP_CODE_JUMP_EQ, len, wanted, 0, m->fail);
    }
    temp_release(c, mark);
}

/* ---- values ---- */

static bool is_pattern_value(const Expr *e)
{
    return e->kind == AST_Constant || e->kind == AST_Attribute || e->kind == AST_UnaryOp ||
           e->kind == AST_BinOp;
}

static void pattern_value(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    Expr *e = p->MatchValue.value;
    if (!is_pattern_value(e)) {
        compile_error(c, p, "patterns may only match literals and attribute lookups");
        return;
    }
    int mark = temp_mark(c);
    int value = cg_any(c, e);
    emit_jump(c, OP_CODE_JUMP_EQ, subject, value, 0, m->fail);
    temp_release(c, mark);
}

static void pattern_singleton(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    int mark = temp_mark(c);
    int value = temp_new(c);
    emit_const(c, value, p->MatchSingleton.value);
    emit_jump(c, OP_CODE_JUMP_IS, subject, value, 0, m->fail);
    temp_release(c, mark);
}

/* ---- sequences ---- */

static void sequence_by_index(Compiler *c, Matcher *m, AstSeq *patterns, int star, int subject)
{
    for (int i = 0; i < patterns->n; i++) {
        Pattern *p = patterns->items[i];
        if (i == star || is_wildcard(p)) {
            continue;
        }
        int item = temp_new(c), mark = temp_mark(c), key = temp_new(c);
        if (i < star) {
            emit_const(c, key, fixnum(i));
        } else {
            int distance = temp_new(c);
            emit(c, OP_CODE_GET_LEN, key, subject, 0);
            emit_const(c, distance, fixnum(patterns->n - i));
            emit(c, OP_CODE_SUB, key, key, distance);
        }
        emit(c, OP_CODE_GET_ITEM, item, subject, key);
        temp_release(c, mark);
        cg_subpattern(c, m, p, item);
    }
}

static void sequence_by_unpacking(Compiler *c, Matcher *m, Pattern *node, AstSeq *patterns,
                                  int star, int subject)
{
    if (star >= 256 || (star >= 0 && patterns->n - star - 1 >= INT32_MAX >> 8)) {
        compile_error(c, node, "too many expressions in star-unpacking sequence pattern");
        return;
    }
    int run = temp_run(c, patterns->n == 0 ? 1 : patterns->n);
    if (star < 0) {
        emit_x(c, OP_CODE_UNPACK_SEQUENCE, run, subject, 0, (uint32_t)patterns->n);
    } else {
        emit_x(c, OP_CODE_UNPACK_EX, run, subject, star, (uint32_t)(patterns->n - star - 1));
    }
    for (int i = 0; i < patterns->n; i++) {
        cg_subpattern(c, m, patterns->items[i], run + i);
    }
}

static void pattern_sequence(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    AstSeq *patterns = p->MatchSequence.patterns;
    int star = -1;
    bool only_wildcards = true, star_wildcard = false;
    for (int i = 0; i < patterns->n; i++) {
        Pattern *item = patterns->items[i];
        if (item->kind == AST_MatchStar) {
            if (star >= 0) {
                compile_error(c, p, "multiple starred names in sequence pattern");
                return;
            }
            star = i;
            star_wildcard = is_star_wildcard(item);
            only_wildcards &= star_wildcard;
            continue;
        }
        only_wildcards &= is_wildcard(item);
    }
    int test = temp_new(c);
    emit(c, OP_CODE_MATCH_SEQUENCE, test, subject, 0);
    fail_unless(c, m, test);
    temp_release(c, test);
    if (star < 0) {
        check_length(c, m, false, subject, patterns->n);
    } else if (patterns->n > 1) {
        check_length(c, m, true, subject, patterns->n - 1);
    }
    if (only_wildcards) {
        return;
    }
    if (star_wildcard) {
        sequence_by_index(c, m, patterns, star, subject);
    } else {
        sequence_by_unpacking(c, m, p, patterns, star, subject);
    }
}

/* ---- mappings ---- */

static bool mapping_key_is_valid(Compiler *c, Pattern *p, int index)
{
    AstSeq *keys = p->MatchMapping.keys;
    Expr *key = ast_seq_expr(keys, index);
    if (key == NULL) {
        return compile_error(c, p,
                             "can't use NULL keys in MatchMapping (set 'rest' parameter instead)");
    }
    if (!is_pattern_value(key)) {
        return compile_error(c, p,
                             "mapping pattern keys may only match literals and attribute lookups");
    }
    for (int i = 0; i < index && key->kind == AST_Constant; i++) {
        Expr *other = ast_seq_expr(keys, i);
        if (other->kind != AST_Constant) {
            continue;
        }
        int equal = object_compare_bool(c->t, other->Constant.value, key->Constant.value, CMP_EQ);
        if (equal < 0) {
            compile_failed(c);
            return false;
        }
        if (equal) {
            return compile_error(c, p, "mapping pattern checks duplicate key (%R)",
                                 key->Constant.value);
        }
    }
    return true;
}

static void pattern_mapping(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    AstSeq *keys = p->MatchMapping.keys, *patterns = p->MatchMapping.patterns;
    int n = keys->n, test = temp_new(c);
    emit(c, OP_CODE_MATCH_MAPPING, test, subject, 0);
    fail_unless(c, m, test);
    if (n == 0 && p->MatchMapping.rest == 0) {
        return;
    }
    if (n > 0) {
        check_length(c, m, true, subject, n);
    }
    if (n != patterns->n) {
        compile_error(c, p, "keys (%d) / patterns (%d) length mismatch in mapping pattern", n,
                      patterns->n);
        return;
    }
    int key_tuple = temp_new(c), mark = temp_mark(c);
    for (int i = 0; i < n; i++) {
        if (!mapping_key_is_valid(c, p, i)) {
            return;
        }
        cg_push(c, ast_seq_expr(keys, i));
    }
    temp_release(c, mark);
    if (n == 0) {
        emit_const(c, key_tuple, tuple_empty());
    } else {
        emit_x(c, OP_CODE_BUILD_TUPLE, key_tuple, mark, 0, (uint32_t)n);
        int values = temp_new(c);
        emit(c, OP_CODE_MATCH_KEYS, values, subject, key_tuple);
        emit_jump(c, OP_CODE_JUMP_IF_NONE, values, 0, 0, m->fail);
        int run = temp_run(c, n);
        emit_x(c, OP_CODE_UNPACK_SEQUENCE, run, values, 0, (uint32_t)n);
        for (int i = 0; i < n; i++) {
            cg_subpattern(c, m, patterns->items[i], run + i);
        }
    }
    if (p->MatchMapping.rest != 0) {
        int rest = temp_new(c);
        emit(c, OP_CODE_MATCH_REST, rest, subject, key_tuple);
        capture(c, m, p, p->MatchMapping.rest, rest);
    }
}

/* ---- classes ---- */

static bool class_attributes_are_valid(Compiler *c, AstSeq *attrs, AstSeq *patterns)
{
    for (int i = 0; i < attrs->n; i++) {
        if (name_forbidden(c, patterns->items[i], ast_seq_value(attrs, i), AST_Store)) {
            return false;
        }
        for (int j = i + 1; j < attrs->n; j++) {
            if (str_eq(ast_seq_value(attrs, i), ast_seq_value(attrs, j))) {
                return compile_error(c, patterns->items[j],
                                     "attribute name repeated in class pattern: %U",
                                     ast_seq_value(attrs, j));
            }
        }
    }
    return true;
}

static void pattern_class(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    AstSeq *patterns = p->MatchClass.patterns, *attrs = p->MatchClass.kwd_attrs;
    AstSeq *kwd_patterns = p->MatchClass.kwd_patterns;
    if (attrs->n != kwd_patterns->n) {
        compile_error(c, p, "kwd_attrs (%d) / kwd_patterns (%d) length mismatch in class pattern",
                      attrs->n, kwd_patterns->n);
        return;
    }
    if (!class_attributes_are_valid(c, attrs, kwd_patterns)) {
        return;
    }
    int n = patterns->n + attrs->n;
    int values = temp_new(c), mark = temp_mark(c);
    int cls = cg_any(c, p->MatchClass.cls);
    Value attr_tuple = tuple_new(c->t, (size_t)attrs->n);
    if (c->failed || attr_tuple == 0) {
        return;
    }
    for (int i = 0; i < attrs->n; i++) {
        gc_store(value_tuple(attr_tuple), &value_tuple(attr_tuple)->items[i],
                 ast_seq_value(attrs, i));
    }
    emit_const(c, values, attr_tuple);
    emit_x(c, OP_CODE_MATCH_CLASS, values, subject, cls, (uint32_t)patterns->n);
    emit_jump(c, OP_CODE_JUMP_IF_NONE, values, 0, 0, m->fail);
    temp_release(c, mark);
    if (n == 0) {
        return;
    }
    int run = temp_run(c, n);
    emit_x(c, OP_CODE_UNPACK_SEQUENCE, run, values, 0, (uint32_t)n);
    for (int i = 0; i < n; i++) {
        Pattern *sub = i < patterns->n ? patterns->items[i] : kwd_patterns->items[i - patterns->n];
        if (!is_wildcard(sub)) {
            cg_subpattern(c, m, sub, run + i);
        }
    }
}

/* ---- as, or ---- */

static void pattern_as(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    Value name = p->MatchAs.name;
    if (p->MatchAs.pattern == NULL) {
        if (!m->allow_irrefutable && name != 0) {
            compile_error(c, p, "name capture %R makes remaining patterns unreachable", name);
        } else if (!m->allow_irrefutable) {
            compile_error(c, p, "wildcard makes remaining patterns unreachable");
        } else if (name != 0) {
            capture(c, m, p, name, subject);
        }
        return;
    }
    cg_pattern(c, m, p->MatchAs.pattern, subject);
    capture(c, m, p, name, subject);
}

static Capture *find_capture(Matcher *m, Value name)
{
    Capture *at = m->captures;
    while (at != NULL && !str_eq(at->name, name)) {
        at = at->next;
    }
    return at;
}

static int count_captures(const Matcher *m)
{
    int n = 0;
    for (const Capture *at = m->captures; at != NULL; at = at->next) {
        n++;
    }
    return n;
}

/* The pattern inside p that was compiled last: where errors of alternatives are. */
static Pattern *last_inside(Pattern *p)
{
    const AstSeq *inner;
    switch (p->kind) {
    case AST_MatchSequence: inner = p->MatchSequence.patterns; break;
    case AST_MatchMapping: inner = p->MatchMapping.patterns; break;
    case AST_MatchClass:
        inner =
            p->MatchClass.kwd_patterns->n > 0 ? p->MatchClass.kwd_patterns : p->MatchClass.patterns;
        break;
    case AST_MatchOr: inner = p->MatchOr.patterns; break;
    case AST_MatchAs: return p->MatchAs.pattern == NULL ? p : last_inside(p->MatchAs.pattern);
    default: return p;
    }
    return inner->n == 0 ? p : last_inside(inner->items[inner->n - 1]);
}

/* All alternatives leave their captures in the registers of the first one. */
static bool unify_captures(Compiler *c, Pattern *p, Matcher *first, Matcher *alternative)
{
    if (count_captures(first) != count_captures(alternative)) {
        return compile_error(c, p, "alternative patterns bind different names");
    }
    int n = count_captures(first), mark = temp_mark(c), copies = temp_run(c, n), i = 0;
    for (Capture *at = first->captures; at != NULL; at = at->next) {
        Capture *other = find_capture(alternative, at->name);
        if (other == NULL) {
            return compile_error(c, p, "alternative patterns bind different names");
        }
        emit_move(c, copies + i++, other->reg);
    }
    i = 0;
    for (Capture *at = first->captures; at != NULL; at = at->next) {
        emit_move(c, at->reg, copies + i++);
    }
    temp_release(c, mark);
    return true;
}

/* Captures of the first alternative move to registers of their own, which stay. */
static void settle_captures(Compiler *c, Matcher *first, int run)
{
    for (Capture *at = first->captures; at != NULL; at = at->next) {
        emit_move(c, run, at->reg);
        at->reg = run++;
    }
}

static int count_names(Pattern *p)
{
    int n = 0;
    AstSeq *seqs[2] = {NULL, NULL};
    switch (p->kind) {
    case AST_MatchSequence: seqs[0] = p->MatchSequence.patterns; break;
    case AST_MatchMapping:
        seqs[0] = p->MatchMapping.patterns;
        n = p->MatchMapping.rest != 0;
        break;
    case AST_MatchClass:
        seqs[0] = p->MatchClass.patterns;
        seqs[1] = p->MatchClass.kwd_patterns;
        break;
    case AST_MatchStar: return p->MatchStar.name != 0;
    case AST_MatchAs:
        return (p->MatchAs.name != 0) +
               (p->MatchAs.pattern == NULL ? 0 : count_names(p->MatchAs.pattern));
    case AST_MatchOr: return count_names(p->MatchOr.patterns->items[0]);
    default: return 0;
    }
    for (int k = 0; k < 2; k++) {
        for (int i = 0; seqs[k] != NULL && i < seqs[k]->n; i++) {
            n += count_names(seqs[k]->items[i]);
        }
    }
    return n;
}

static void pattern_or(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    AstSeq *alternatives = p->MatchOr.patterns;
    int end = label_new(c), last = alternatives->n - 1;
    int run = temp_run(c, count_names(alternatives->items[0]));
    Matcher first = {0};
    for (int i = 0; i <= last && !c->failed; i++) {
        int mark = temp_mark(c);
        Matcher alternative = {.fail = i < last ? label_new(c) : m->fail,
                               .allow_irrefutable = i == last && m->allow_irrefutable};
        cg_pattern(c, &alternative, alternatives->items[i], subject);
        if (c->failed) {
            return;
        }
        if (i == 0) {
            first = alternative;
            settle_captures(c, &first, run);
        } else if (!unify_captures(c, last_inside(alternatives->items[i]), &first, &alternative)) {
            return;
        }
        temp_release(c, mark);
        if (i < last) {
            emit_jump(c, OP_CODE_JUMP_FORWARD, 0, 0, 0, end);
            label_place(c, alternative.fail);
        }
    }
    label_place(c, end);
    for (Capture *at = first.captures; at != NULL; at = at->next) {
        capture(c, m, p, at->name, at->reg);
    }
}

static void pattern_kind(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    switch (p->kind) {
    case AST_MatchValue: pattern_value(c, m, p, subject); break;
    case AST_MatchSingleton: pattern_singleton(c, m, p, subject); break;
    case AST_MatchSequence: pattern_sequence(c, m, p, subject); break;
    case AST_MatchMapping: pattern_mapping(c, m, p, subject); break;
    case AST_MatchClass: pattern_class(c, m, p, subject); break;
    case AST_MatchStar:
        if (p->MatchStar.name != 0) {
            capture(c, m, p, p->MatchStar.name, subject);
        }
        break;
    case AST_MatchAs: pattern_as(c, m, p, subject); break;
    case AST_MatchOr: pattern_or(c, m, p, subject); break;
    default: compile_error(c, p, "invalid match pattern node in AST"); break;
    }
}

static void cg_pattern(Compiler *c, Matcher *m, Pattern *p, int subject)
{
    if (visit_enter(c)) {
        Position pos = pos_set(c, p);
        pattern_kind(c, m, p, subject);
        pos_restore(c, pos);
        visit_leave(c);
    }
}

static void cg_case(Compiler *c, MatchCase *mc, bool is_last, int subject, int end)
{
    int mark = temp_mark(c);
    Matcher m = {.fail = label_new(c), .allow_irrefutable = mc->guard != NULL || is_last};
    cg_pattern(c, &m, mc->pattern, subject);
    Position pos = pos_set(c, mc->pattern);
    for (Capture *at = m.captures; at != NULL; at = at->next) {
        name_store(c, at->name, at->reg);
    }
    if (m.captures == NULL) {
        emit(c, OP_CODE_NOP, 0, 0, 0);
    }
    if (mc->guard != NULL) {
        cg_jump(c, mc->guard, m.fail, false);
    }
    temp_release(c, mark);
    cg_stmts(c, mc->body);
    emit_jump_implicit(c, end);
    label_place(c, m.fail);
    pos_restore(c, pos);
}

void cg_match(Compiler *c, Stmt *s)
{
    int mark = temp_mark(c), end = label_new(c);
    int subject = cg_push(c, s->Match.subject);
    for (int i = 0; i < s->Match.cases->n && !c->failed; i++) {
        cg_case(c, s->Match.cases->items[i], i == s->Match.cases->n - 1, subject, end);
    }
    label_place(c, end);
    temp_release(c, mark);
}
