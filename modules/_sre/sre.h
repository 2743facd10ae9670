/* Regular expressions: what the files of the engine share.
 *
 *   Pattern -> Program: the code array that the re package's compiler emits, checked, with a bitmap
 *   per character set
 *   Machine: one search: position, marks, and an explicit stack of ways back (so the C stack stays
 *   flat)
 *
 * The matcher backtracks: each stack entry says how to go on when what comes after it fails.
 * Entries:
 *   UNDO       a mark that was overwritten
 *   CHOICE     try again at pc, pos
 *   BRANCH     try the next alternative
 *   GREEDY     a single-character repeat that can give back a character
 *   LAZY       a single-character repeat that can take one more
 *   LAZY_LOOP  a minimal loop that can go round once more
 *   the barriers LOOK, LOOK_NOT, ATOMIC, POSSESSIVE: the innermost one is what SUCCESS returns to;
 *   what a group behind a barrier left on the stack, but for UNDO, is then dropped.
 * Loops count in Rep nodes that are never changed: going back just restores the node's number.
 */
#ifndef MODULES_SRE_SRE_H
#define MODULES_SRE_SRE_H

#include "core/object/buffer.h"
#include "core/object/str.h"

enum {
    OP_FAILURE,
    OP_SUCCESS,
    OP_ANY,
    OP_ANY_ALL,
    OP_ASSERT,
    OP_ASSERT_NOT,
    OP_AT,
    OP_BRANCH,
    OP_CATEGORY,
    OP_CHARSET,
    OP_BIGCHARSET,
    OP_GROUPREF,
    OP_GROUPREF_EXISTS,
    OP_IN,
    OP_INFO,
    OP_JUMP,
    OP_LITERAL,
    OP_MARK,
    OP_MAX_UNTIL,
    OP_MIN_UNTIL,
    OP_NOT_LITERAL,
    OP_NEGATE,
    OP_RANGE,
    OP_REPEAT,
    OP_REPEAT_ONE,
    OP_SUBPATTERN,
    OP_MIN_REPEAT_ONE,
    OP_ATOMIC_GROUP,
    OP_POSSESSIVE_REPEAT,
    OP_POSSESSIVE_REPEAT_ONE,
    OP_GROUPREF_IGNORE,
    OP_IN_IGNORE,
    OP_LITERAL_IGNORE,
    OP_NOT_LITERAL_IGNORE,
    OP_GROUPREF_LOC_IGNORE,
    OP_IN_LOC_IGNORE,
    OP_LITERAL_LOC_IGNORE,
    OP_NOT_LITERAL_LOC_IGNORE,
    OP_GROUPREF_UNI_IGNORE,
    OP_IN_UNI_IGNORE,
    OP_LITERAL_UNI_IGNORE,
    OP_NOT_LITERAL_UNI_IGNORE,
    OP_RANGE_UNI_IGNORE
};
enum {
    AT_BEGINNING,
    AT_BEGINNING_LINE,
    AT_BEGINNING_STRING,
    AT_BOUNDARY,
    AT_NON_BOUNDARY,
    AT_END,
    AT_END_LINE,
    AT_END_STRING,
    AT_LOC_BOUNDARY,
    AT_LOC_NON_BOUNDARY,
    AT_UNI_BOUNDARY,
    AT_UNI_NON_BOUNDARY,
    AT_COUNT
};
enum {
    CAT_DIGIT,
    CAT_NOT_DIGIT,
    CAT_SPACE,
    CAT_NOT_SPACE,
    CAT_WORD,
    CAT_NOT_WORD,
    CAT_LINEBREAK,
    CAT_NOT_LINEBREAK,
    CAT_LOC_WORD,
    CAT_LOC_NOT_WORD,
    CAT_UNI_DIGIT,
    CAT_UNI_NOT_DIGIT,
    CAT_UNI_SPACE,
    CAT_UNI_NOT_SPACE,
    CAT_UNI_WORD,
    CAT_UNI_NOT_WORD,
    CAT_UNI_LINEBREAK,
    CAT_UNI_NOT_LINEBREAK,
    CAT_COUNT
};
enum { INFO_PREFIX = 1, INFO_LITERAL = 2, INFO_CHARSET = 4 };
enum {
    SRE_TEMPLATE = 1,
    SRE_IGNORECASE = 2,
    SRE_LOCALE = 4,
    SRE_MULTILINE = 8,
    SRE_DOTALL = 16,
    SRE_UNICODE = 32,
    SRE_VERBOSE = 64,
    SRE_DEBUG = 128,
    SRE_ASCII = 256
};
#define SRE_MAGIC 20220615
#define SRE_MAXREPEAT UINT32_MAX
#define SRE_MAXGROUPS ((int64_t)INT32_MAX / 2)

typedef struct CharSet { uint8_t member[256]; } CharSet; /* 1: the character is one */

typedef struct Program { /* immutable */
    uint32_t *code;
    size_t len;
    uint32_t *set_of;    /* per code word: 1 + index into sets for the argument of a set operator */
    CharSet *sets;
    size_t n_sets;
    uint32_t start;      /* first word behind the info block */
    uint32_t info;       /* INFO_* */
    uint32_t min_width;
    uint32_t prefix, prefix_len; /* code index and length of the literal prefix */
    uint32_t first_set;  /* code index of the set of possible first characters (INFO_CHARSET) */
    CharSet first;       /* its members below 256, or those of program_find_first */
    bool has_first;      /* no INFO_CHARSET, but first is known: what is wider may begin a match */
} Program;

typedef struct Entry {
    uint32_t kind;
    uint32_t pc;
    uint32_t rep, rep_top;
    ssize_t pos;
    ssize_t extra;
} Entry;
typedef struct Rep {
    uint32_t pc;         /* of the REPEAT's arguments */
    uint32_t count;      /* rounds begun */
    uint32_t prev;       /* enclosing loop */
    ssize_t last;        /* where the latest optional round began, -1: none */
} Rep;

#define SRE_INLINE_ENTRIES 48
#define SRE_INLINE_REPS 16
#define SRE_INLINE_MARKS 32

typedef struct Machine {
    Thread *t;
    const Program *prog;
    const void *text;
    int kind;            /* bytes per character */
    ssize_t end;         /* positions are 0 .. end */
    ssize_t start;       /* where to look; then where the match starts */
    ssize_t pos;         /* where the match ends */
    bool match_all;      /* fullmatch */
    bool must_advance;   /* a match at start must not be empty */
    ssize_t must_from;
    ssize_t *marks;      /* -1: unset */
    size_t n_marks;
    ssize_t last_index;
    Entry *stack;
    size_t sp, cap;
    size_t barrier;      /* 1 + index of the innermost barrier, 0: none */
    Rep *reps;
    uint32_t n_reps, cap_reps;
    uint32_t ticks;
    Buffer view;         /* of a bytes-like subject */
    bool has_view;
    Value string;
    Entry inline_stack[SRE_INLINE_ENTRIES];
    Rep inline_reps[SRE_INLINE_REPS];
    ssize_t inline_marks[SRE_INLINE_MARKS];
} Machine;

typedef struct Pattern {
    Object head;
    Value pattern;       /* str, bytes-like or None */
    Value groupindex;    /* dict name -> number */
    Value indexgroup;    /* tuple of names */
    int64_t flags;
    ssize_t groups;
    int is_bytes;        /* 1, 0; -1: made from None */
    Program *prog;
} Pattern;

typedef struct Match {
    Object head;
    Value string;
    Value pattern;
    Value regs;          /* tuple or 0 */
    ssize_t pos, endpos;
    ssize_t last_index;  /* -1: none */
    size_t groups;       /* including group 0 */
    ssize_t marks[];     /* 2 * groups */
} Match;

extern Type pattern_type, match_type, sre_scanner_type, sre_iter_type;

static inline bool set_has(const CharSet *s, uint8_t c) { return s->member[c]; }

/* Checks and prepares code (ownership taken); NULL: raised RuntimeError "invalid SRE code" or
 * MemoryError. */
NODISCARD Program *program_new(Thread *t, uint32_t *code, size_t len, size_t groups);
void program_free(Program *p);
/* first.c: sets has_first and first where the info block has neither prefix nor set. */
void program_find_first(Program *p);

/* Whether c is in the set whose first word is at pc (slow form). */
bool sre_charset(const uint32_t *pc, uint32_t c);
bool sre_category(uint32_t category, uint32_t c);
uint32_t sre_lower_ascii(uint32_t c);
uint32_t sre_lower_unicode(uint32_t c);
/* Whether the single-character operator at pc matches c. */
bool sre_single(const Program *p, uint32_t pc, uint32_t c);
/* Whether the set at pc has c as its operator `op` folds it; the quick form: by the operator's
 * argument. */
bool sre_set_slow(const uint32_t *pc, uint32_t op, uint32_t c);
static inline bool sre_set_test(const Program *p, uint32_t arg, uint32_t op, uint32_t c)
{
    return LIKELY(c < 256 && p->set_of[arg]) ? set_has(&p->sets[p->set_of[arg] - 1], (uint8_t)c)
                                             : sre_set_slow(p->code + arg + 1, op, c);
}

/* Prepares a search of string between pos and endpos; false: raised.  machine_end always follows a
 * success. */
NODISCARD bool machine_begin(Thread *t, Machine *m, Pattern *p, Value string, ssize_t pos,
                             ssize_t endpos);
void machine_end(Machine *m);
/* 1 found (start, pos, marks), 0 not, -1 raised.  Effects: may run Python (signal handlers). */
int machine_match(Machine *m);   /* at start */
int machine_search(Machine *m);  /* from start on */
/* After a match: go on behind it. */
void machine_advance(Machine *m);
NODISCARD bool machine_grow(Machine *m);
NODISCARD bool machine_grow_reps(Machine *m);
bool machine_poll(Machine *m);

Value match_new(Thread *t, Machine *m, Value pattern, ssize_t pos, ssize_t endpos);
/* Part of a subject, as str or bytes. */
Value sre_slice(Thread *t, Value string, ssize_t lo, ssize_t hi);
static inline Pattern *value_pattern(Value v)
{
    assert(value_isa(v, &pattern_type));
    return (Pattern *)value_object(v);
}

/* modules/_sre/pattern.c */
Value pattern_compile(Thread *t, Value *args, size_t n, Value kw);

#endif
