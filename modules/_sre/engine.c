/* The matching machine: instances for the three widths of characters, and the memory of a search.
 */
#include <ctype.h>

#include "core/base/memory.h"
#include "core/base/racy.h"
#include "core/object/bytes.h"
#include "core/object/thread_state.h"
#include "core/object/unicode.h"
#include "modules/_sre/sre.h"

enum {
    ENTRY_UNDO, ENTRY_CHOICE, ENTRY_BRANCH, ENTRY_GREEDY, ENTRY_LAZY, ENTRY_LAZY_LOOP,
    ENTRY_LOOK, ENTRY_LOOK_NOT, ENTRY_ATOMIC, ENTRY_POSSESSIVE, /* each below an ENTRY_OUTER: */
    ENTRY_OUTER /* pc: the enclosing barrier */
};

bool machine_poll(Machine *m)
{
    return thread_poll(m->t);
}

bool machine_grow(Machine *m)
{
    size_t cap = m->cap * 2;
    Entry *s = cap < SIZE_MAX / sizeof *s / 4
                   ? mem_realloc(m->stack == m->inline_stack ? NULL : m->stack, cap * sizeof *s)
                   : NULL;
    if (!s) {
        raise_memory(m->t);
        return false;
    }
    if (m->stack == m->inline_stack) {
        memcpy(s, m->inline_stack, sizeof m->inline_stack);
    }
    m->stack = s;
    m->cap = cap;
    return true;
}

bool machine_grow_reps(Machine *m)
{
    uint32_t cap = m->cap_reps * 2;
    Rep *r = cap > m->cap_reps
                 ? mem_realloc(m->reps == m->inline_reps ? NULL : m->reps, cap * sizeof *r)
                 : NULL;
    if (!r) {
        raise_memory(m->t);
        return false;
    }
    if (m->reps == m->inline_reps) {
        memcpy(r, m->inline_reps, sizeof m->inline_reps);
    }
    m->reps = r;
    m->cap_reps = cap;
    return true;
}

static void undo_entry(Machine *m, const Entry *e)
{
    if (e->kind == ENTRY_UNDO) {
        m->marks[e->pc] = e->pos;
        m->last_index = e->extra;
    }
}

/* Leaves the innermost barrier: of what lies above it only UNDO entries stay. */
static void drop_choices(Machine *m)
{
    size_t from = m->barrier, to = m->barrier - 2;
    m->barrier = m->stack[from - 1].pc;
    for (; from < m->sp; from++) {
        if (m->stack[from].kind == ENTRY_UNDO) {
            m->stack[to++] = m->stack[from];
        }
    }
    m->sp = to;
}

static bool chars_fold_equal(uint32_t op, uint32_t a, uint32_t b)
{
    switch (op) {
    case OP_GROUPREF_IGNORE:
        return sre_lower_ascii(a) == sre_lower_ascii(b);
    case OP_GROUPREF_UNI_IGNORE:
        return sre_lower_unicode(a) == sre_lower_unicode(b);
    case OP_GROUPREF_LOC_IGNORE:
        return a < 256 && b < 256 && tolower((int)a) == tolower((int)b);
    default:
        return false;
    }
}

/* so many characters are compared between two polls where no match begins */
enum { SEARCH_PIECE = 1 << 20 };

#define CHAR uint8_t
#define NAME(x) x##_1
#include "modules/_sre/match.inc"
#undef CHAR
#undef NAME
#define CHAR uint16_t
#define NAME(x) x##_2
#include "modules/_sre/match.inc"
#undef CHAR
#undef NAME
#define CHAR uint32_t
#define NAME(x) x##_4
#include "modules/_sre/match.inc"
#undef CHAR
#undef NAME

int machine_match(Machine *m)
{
    m->must_from = m->start;
    if (m->start > m->end) {
        return 0;
    }
    return m->kind == 1   ? run_1(m, m->start)
           : m->kind == 2 ? run_2(m, m->start)
                          : run_4(m, m->start);
}

int machine_search(Machine *m)
{
    if (UNLIKELY((++m->ticks & 0xfff) == 0) && !machine_poll(m)) {
        return -1;
    }
    return m->kind == 1 ? search_1(m) : m->kind == 2 ? search_2(m) : search_4(m);
}

void machine_advance(Machine *m)
{
    m->must_advance = m->pos == m->start;
    m->start = m->pos;
    for (size_t i = 0; i < m->n_marks; i++) {
        m->marks[i] = -1;
    }
    m->last_index = -1;
}

/* Text and length of the subject. */
static bool attach_subject(Thread *t, Machine *m, Pattern *p, Value string, ssize_t *len)
{
    m->string = string;
    m->has_view = false;
    if (value_is_str(string)) {
        Str *s = value_str(string);
        if (p->is_bytes > 0) {
            type_error(t, "cannot use a bytes pattern on a string-like object");
            return false;
        }
        m->text = s->data;
        m->kind = s->kind;
        *len = (ssize_t)s->len;
        return true;
    }
    if (!value_has_buffer(string)) {
        type_error(t, "expected string or bytes-like object, got '%T'", string);
        return false;
    }
    if (p->is_bytes == 0) {
        type_error(t, "cannot use a string pattern on a bytes-like object");
        return false;
    }
    m->kind = 1;
    if (value_is_bytes(string)) {
        m->text = value_bytes(string)->data;
        *len = (ssize_t)value_bytes(string)->len;
        return true;
    }
    m->has_view = buffer_get(t, string, &m->view, BUFFER_SIMPLE);
    *len = m->view.len;
    if (m->has_view) { /* what changes meanwhile is found or not */
        m->text = racy_lend(m->view.buf, (size_t)*len);
    }
    return m->has_view;
}

bool machine_begin(Thread *t, Machine *m, Pattern *p, Value string, ssize_t pos, ssize_t endpos)
{
    ssize_t len;
    m->t = t;
    m->prog = p->prog;
    m->n_marks = 2 * (size_t)p->groups;
    m->marks = m->inline_marks;
    m->stack = m->inline_stack;
    m->cap = SRE_INLINE_ENTRIES;
    m->reps = m->inline_reps;
    m->cap_reps = SRE_INLINE_REPS;
    m->ticks = 0;
    m->match_all = m->must_advance = false;
    if (!attach_subject(t, m, p, string, &len)) {
        return false;
    }
    m->start = pos < 0 ? 0 : pos > len ? len : pos;
    m->end = endpos < 0 ? 0 : endpos > len ? len : endpos;
    if (m->n_marks > SRE_INLINE_MARKS && !(m->marks = mem_alloc(m->n_marks * sizeof *m->marks))) {
        m->marks = m->inline_marks;
        machine_end(m);
        raise_memory(t);
        return false;
    }
    for (size_t i = 0; i < m->n_marks; i++) {
        m->marks[i] = -1;
    }
    m->last_index = -1;
    return true;
}

void machine_end(Machine *m)
{
    if (m->marks != m->inline_marks) {
        mem_free(m->marks);
    }
    if (m->stack != m->inline_stack) {
        mem_free(m->stack);
    }
    if (m->reps != m->inline_reps) {
        mem_free(m->reps);
    }
    if (m->has_view) {
        racy_take_back((void *)(uintptr_t)m->text, m->view.buf, -1);
        buffer_release(m->t, &m->view);
    }
}
