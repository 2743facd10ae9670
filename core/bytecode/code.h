/* Code objects: immutable, shared by all threads.  What changes while running (inline caches,
 * counters) lives in side arrays that the code object owns; `instrs` changes only by quickening one
 * opcode byte (relaxed store). */
#ifndef CORE_BYTECODE_CODE_H
#define CORE_BYTECODE_CODE_H

#include "core/bytecode/opcodes.h"
#include "core/object/object.h"

/* What an instruction remembers. `word`: shape id, slot and kind with bit 0 set, or a pointer to an
 * immutable heap record; 0: empty.  So it always is a Value: trace it with trace_value. */
typedef struct InlineCache {
    _Atomic uint64_t word;
    Value name;          /* init-only: interned name, or keyword-name tuple, or 0 */
} InlineCache;

/* X of an instruction with a cache counts words of the array of caches: an address is one addition,
 * or none, away. */
enum { CACHE_WORDS = sizeof(InlineCache) / sizeof(Value) };
static inline InlineCache *cache_at(InlineCache *caches, uint32_t x)
{
    return (InlineCache *)((Value *)caches + x);
}

/* Units [start, end) are guarded; an exception raised there goes to `target` with the exception in
 * register `reg`. Sorted by start, without overlap: nested ranges are cut so that each unit belongs
 * to its innermost handler. */
typedef struct ExcEntry {
    uint32_t start, end, target;
    uint16_t reg;
    uint16_t depth;      /* nesting depth of the handler, outermost 0 */
} ExcEntry;

/* Instruction offsets as Python sees them (f_lasti, tb_lasti, co_lines) are 2 * unit: traceback.py
 * and inspect.py take half of tb_lasti as the index into co_positions(), which has one entry per
 * unit. */
static inline int code_lasti(uint32_t unit) { return (int)(unit * 2); }

/* Position of one instruction (index = instruction number counting units; one entry per unit). -1:
 * unknown. */
typedef struct Position {
    int32_t line, end_line;
    int32_t col, end_col; /* UTF-8 byte offsets */
} Position;

enum { /* co_flags */
       CO_OPTIMIZED = 1,
       CO_NEWLOCALS = 2,
       CO_VARARGS = 4,
       CO_VARKEYWORDS = 8,
       CO_NESTED = 0x10,
       CO_GENERATOR = 0x20,
       CO_COROUTINE = 0x80,
       CO_ITERABLE_COROUTINE = 0x100,
       CO_ASYNC_GENERATOR = 0x200,
       CO_ANY_GENERATOR = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR,
       CO_FUTURE_BARRY_AS_BDFL = 0x400000,
       CO_FUTURE_GENERATOR_STOP = 0x800000,
       CO_FUTURE_ANNOTATIONS = 0x1000000,
       CO_FUTURE_ALL = 0x1ff0000 /* bits 16.. */
};

/* An instruction that suspends the frame: the unit behind it, and how many registers matter there;
 * relaxed. */
typedef struct SuspendPoint { uint32_t end, nregs; } SuspendPoint;
enum { LIVE_MEMOS = 4 }; /* a frame is mostly looked at where it calls, or at one more place */

typedef struct Code {
    Object head;
    Instr *instrs;              /* n_instrs units; in a heap RawBuffer kept by `instr_buffer` */
    uint32_t n_instrs;
    uint32_t n_caches;
    InlineCache *caches;
    Value *consts;              /* items of consts_tuple */
    uint16_t nregs;             /* registers of the window, locals included */
    uint16_t nlocals;           /* len(varnames) */
    /* cell registers start at nlocals, free registers at nlocals + ncells */
    uint16_t ncells, nfrees;
    uint16_t argcount, posonlyargcount, kwonlyargcount; /* argcount includes positional-only ones */
    uint32_t flags;
    int32_t firstlineno;
    uint32_t n_exc;
    ExcEntry *exc_table;        /* in a heap buffer */
    Value instr_buffer, cache_buffer, exc_buffer;
    Value consts_tuple, names_tuple, varnames, cellvars, freevars; /* tuples */
    Value filename, name, qualname;
    Value linetable;            /* bytes: packed positions, core/bytecode/linetable.c */
    int16_t *cell_args;         /* per cell: index of the parameter it copies, or -1 */
    SuspendPoint *suspend_points; /* code_suspended_regs: where they end, ascending */
    uint32_t n_suspend_points;
    _Atomic bool suspend_points_known;
    /* code_live_temps: answers about units, found by their last bits; relaxed */
    uint64_t live_memo[LIVE_MEMOS];
    _Atomic uint32_t hot;       /* calls and back-edges, relaxed */
    _Atomic uint32_t verified;  /* 1 after the verifier accepted it */
    /* core/vm: argcount + 1 when calls bind trivially, 0xffff: no, 0: not computed */
    _Atomic uint32_t call_shape;
    _Atomic uint32_t making;    /* code_making_end plus one; 0: not computed; relaxed */
    /* Nobody runs it, it has no call_shape: what is run is a clone, that of a function made when
     * it is first called or looked at.  Set before another thread sees it. */
    bool is_template;
    /* core/vm: one of its generators went from thread to thread, so that new ones belong to none;
     * relaxed */
    _Atomic bool unbiased;
    /* Of a function of a frozen module or a file, until it is first called or looked at: where its
     * parts are.  Only numbers and names are there.  Else NULL. */
    const void *_Atomic unread;
    /* The bytes object that unread points into, its own, which nobody has verified; the code object
     * that this one is a clone of, which is read instead; None when they have been read.  0: unread
     * is in the executable. */
    Value unread_in;
    Value extra;                /* or 0 */
} Code;
extern Type code_type;

/* Everything needed to make a code object; the compiler and the .pyc reader fill one in. Arrays are
 * copied. */
typedef struct CodeSpec {
    const Instr *instrs; uint32_t n_instrs;
    const Value *cache_names; uint32_t n_caches;
    const ExcEntry *exc_table; uint32_t n_exc;
    uint16_t nregs;
    uint16_t argcount, posonlyargcount, kwonlyargcount;
    uint32_t flags;
    int32_t firstlineno;
    Value consts, names, varnames, cellvars, freevars, filename, name, qualname;
    Value linetable;
} CodeSpec;
Value code_new(Thread *t, const CodeSpec *spec);
/* A code object whose parts are read when they are needed: numbers and names are those of spec;
 * variables and unread say the rest.  The numbers are only trusted to be sound by themselves
 * (code_stub_is_sound) when unread_in is not 0. */
typedef struct CodeStub {
    CodeSpec spec;
    uint16_t nlocals, ncells, nfrees;
    const void *unread;
    Value unread_in;
} CodeStub;
Value code_new_stub(Thread *t, const CodeStub *stub);
bool code_stub_is_sound(const CodeStub *stub);
/* Called with a stub, and what its `unread` and `unread_in` were.  Set once at start. */
typedef struct CodeReader {
    Value (*whole)(Thread *t, const Code *stub, const void *unread, Value unread_in); /* verified */
    Value (*doc)(Thread *t, const void *unread, Value unread_in); /* docstring or None */
} CodeReader;
extern const CodeReader *code_reader;
/* ImportError: the file's code is damaged. */
NODISCARD bool code_read_rest(Thread *t, Code *code);
/* The docstring, or None.  A stub stays one.  ImportError: the same. */
Value code_doc(Thread *t, const Code *code);
/* To be called before anything else of a code object is used that is not run by a frame, and that
 * may come from a frozen module.  Effects: may allocate. */
NODISCARD static inline bool code_complete(Thread *t, const Code *code)
{
    return LIKELY(atomic_load_explicit(&code->unread, memory_order_acquire) == NULL) ||
           code_read_rest(t, (Code *)code);
}
/* The same code, and that nested in it, with inline caches of its own: for another interpreter,
 * whose globals and classes are others.  All that does not change is shared. In a clone of a
 * template's module or class body the nested code is that of the template. */
Value code_clone(Thread *t, Value code);
/* Makes code that nobody has run and that only the caller knows a template: it, and what is nested
 * in it outside functions. */
void code_make_template(Value code);
/* A code object without Python code, for what C functions show of themselves: it raises
 * AssertionError when it is run. Instructions, tables and registers of spec are ignored. */
Value code_new_hollow(Thread *t, const CodeSpec *spec);
/* Checks operands, registers, jumps, constants, tables and that no register is read before it is
 * written, in linear time. false with ValueError("...") pending. Called by code_new's users before
 * a code object can run. */
NODISCARD bool code_verify(Thread *t, Value code);
/* The number of the cache that X of an instruction says, or UINT32_MAX: there is none such. */
static inline uint32_t code_cache_number(const Code *code, uint32_t x)
{
    return x % CACHE_WORDS == 0 && x / CACHE_WORDS < code->n_caches ? x / CACHE_WORDS : UINT32_MAX;
}
/* The name there, or 0. */
static inline Value code_cache_name(const Code *code, uint32_t x)
{
    uint32_t number = code_cache_number(code, x);
    return number == UINT32_MAX ? 0 : code->caches[number].name;
}
/* Positions: encode from an array of n_instrs entries, read back one unit. */
Value linetable_encode(Thread *t, const Position *pos, uint32_t n, int32_t firstlineno);
Position code_position(const Code *code, uint32_t unit);
void code_positions(const Code *code, Position *out /* n_instrs of them */);
int code_line(const Code *code, uint32_t unit);
/* For late root sources, which keep code that nothing else may refer to: it must not hold what it
 * has seen when it ran, which is globals, through them all of its module.  Empties the inline
 * caches of code that has not been reached, then traces it.  code may be 0. */
void code_trace_kept(Tracer *tr, Value code);
/* Finds the handler for an exception at `unit`; NULL: none. */
const ExcEntry *code_find_handler(const Code *code, uint32_t unit);
/* live[i]: whether temporary i (counted from the first register behind the variables; nregs entries
 * are enough) holds something that matters while the instruction that contains `unit` is executed;
 * *current gets that instruction. false: no memory.  Effects: none; takes time linear in the code
 * unless it was asked about this unit not long ago.
 */
NODISCARD bool code_live_temps(Code *code, uint32_t unit, uint8_t *live, Decoded *current);
/* Only so many of the first registers of a frame that is suspended by the instruction that contains
 * `unit`, a YIELD_VALUE or YIELD_FROM, hold something that matters.  Effects: none; takes time
 * linear in the code, the first time. */
uint32_t code_suspended_regs(Code *code, uint32_t unit);
/* How many such instructions there are. */
uint32_t suspend_points_count(const Instr *instrs, uint32_t n_instrs);
/* Units [0, this) do nothing with the first parameter but store into its attributes, and nothing
 * that stands behind them has run before.  So an __init__ that has been called with a new object is
 * the only one that knows it there, unless what it stores into is a property or the like.
 * Effects: none; takes time linear in the code, the first time. */
uint32_t code_making_end(Code *code);
Value code_disassemble(Thread *t, Value code);   /* text, one line per instruction */
/* Another co_filename for a code object nobody runs yet, and for those nested in it that had the
 * same one. */
void code_set_filename(Thread *t, Value code, Value filename);
/* What makes two constants the same for the compiler and for code equality: equal keys mean equal
 * value and type, down to the sign of zeros and inside tuples and frozensets.  Returns a hashable
 * value; 0 raised.  Effects: allocates. */
Value constant_key(Thread *t, Value v);
/* Where a frame is at its call event; a module's code is before its first line then. */
static inline int code_entry_line(const Code *code)
{
    return code->name == N(module_name) ? 0 : code->firstlineno;
}
/* co_lines(): list of (start, end, line or None) triples.  The line of the call event is among
 * them: as an empty range when the first instruction is on another one.  Effects: allocates. */
Value code_lines(Thread *t, const Code *code);
Value code_lnotab(Thread *t, const Code *code); /* the same in the packed form of co_lnotab */
/* The CodeSpec that rebuilds `code`; *cache_names gets an array from mem_alloc.  Used by replace()
 * and marshal. */
NODISCARD bool code_spec(Thread *t, const Code *code, CodeSpec *spec);
void code_spec_free(CodeSpec *spec);
/* A tuple of strs, as names and the keyword names of calls are. */
bool code_is_names(Value v);
/* co_code.  Effects: allocates. */
Value code_public_units(Thread *t, const Code *code);
/* Makes instrs and caches of spec from bytes like co_code, with its names and consts, which are
 * tuples.  What is no instruction stays as it is, for the verifier to find.  false: MemoryError. */
NODISCARD bool code_take_units(Thread *t, Value public_units, CodeSpec *spec);
#define CODE_SIGNATURE                                                                             \
    "code(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, codestring, "      \
    "constants, names, varnames, filename, name, qualname, firstlineno, linetable, "               \
    "exceptiontable, freevars=(), cellvars=(), /)"
/* code(...): args is what the constructor was called with.  0: raised */
Value code_from_arguments(Thread *t, const Value *args, size_t n, Value kwnames);
extern const GetSetDef code_getset[];
extern const NativeDef code_methods[];
/* marshal of code objects for .pyc files and marshal.dumps: own type byte; reader verifies. */
static inline bool value_is_code(Value v)
{
    return value_is_object(v) && value_object(v)->type == &code_type;
}

#endif
