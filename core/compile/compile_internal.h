/* The compiler's own state: what the files of core/compile share.
 *
 *   Compiler        one compilation: tree, arena, options, symbol table, error state
 *     Unit          one code object being generated; a stack of them on the C stack
 *       Ins[]       instructions with label numbers as jump targets, assembled at the end
 *                   (assemble.c)
 *       Label[]     where they are and which locals are bound when control comes there
 *       Block       a statement that must be left in an orderly way: loop, try, with ... (blocks.c)
 *
 * Errors are sticky: the first one sets c->failed with the exception pending, after which emitting
 * does nothing and visitors return early; compile_ast checks once.
 *
 * Registers: locals, cells and free variables have fixed registers below u->temp_base; temporaries
 * are a stack above it (regalloc.c).  A visitor that returns a register leaves it on top of that
 * stack unless it is a local.
 *
 * Positions: u->pos is what emit() records.  Visitors set it to their node and restore it.
 */
#ifndef CORE_COMPILE_COMPILE_INTERNAL_H
#define CORE_COMPILE_COMPILE_INTERNAL_H

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/compile/symtable.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/syntax/syntax.h"

enum {
    COMPILE_ALLOW_TOP_LEVEL_AWAIT = 0x2000,
    COMPILE_DONT_IMPLY_DEDENT = 0x200,
    COMPILE_IGNORE_COOKIE = 0x100,
    COMPILE_ALLOW_INCOMPLETE = 0x4000
};
enum { MAX_STATIC_BLOCKS = 20 }; /* nesting that the reference allows */

typedef struct Ins {
    uint8_t op;
    int32_t a, b, c;      /* b holds Bx for FMT_ABx */
    uint32_t x;           /* second unit; for jumps the label number */
    int32_t handler;      /* innermost guard, index into u->handlers, -1: none */
    Position pos;
} Ins;

typedef struct Label {
    int32_t at;           /* instruction index, -1: not placed */
    int32_t refs;         /* jumps to it so far */
    uint64_t *bound;      /* locals bound on every path to it */
} Label;

typedef struct Handler {
    int label;
    int reg;              /* register that gets the exception */
    int outer;            /* enclosing handler or -1 */
    int depth;
    bool used;            /* some instruction is guarded by it */
} Handler;

typedef enum BlockKind {
    BLOCK_LOOP,
    BLOCK_FOR,
    BLOCK_TRY,
    BLOCK_FINALLY_TRY,
    BLOCK_FINALLY_END,
    BLOCK_HANDLER,
    BLOCK_HANDLER_NAME,
    BLOCK_WITH,
    BLOCK_ASYNC_WITH,
    BLOCK_STAR_HANDLER
} BlockKind;

typedef struct Block {
    BlockKind kind;
    struct Block *prev;
    int outer_handler;    /* guard in force outside of the block */
    int break_label, continue_label;
    int reg;              /* exit function, or saved handled exception */
    AstSeq *finalbody;
    Value name;           /* BLOCK_HANDLER_NAME */
    const void *node;     /* statement whose position the leaving code has */
} Block;

typedef struct Unit {
    struct Unit *prev;
    Scope *scope;
    Value name, qualname, private_name;
    Ins *ins;
    int n_ins, cap_ins;
    Label *labels;
    int n_labels, cap_labels;
    int join_at;          /* instruction where the last label that is jumped to stands, -1: none */
    Handler *handlers;
    int n_handlers, cap_handlers;
    int handler;          /* guard in force, -1: none */
    Block *blocks;
    int n_blocks;
    Value consts, const_map;   /* list; dict constant_key -> index */
    Value names_list, names_map;
    Value cache_names;         /* list: name of each inline cache, None for none */
    Value varnames, cellvars, freevars; /* varnames: list, in order of first use */
    int max_locals, n_cells, n_frees;
    int temp_base, next_temp, max_temp;
    int argcount, posonlyargcount, kwonlyargcount;
    int firstlineno;
    uint32_t flags;
    Position pos;
    bool reachable;
    int bound_words;
    uint64_t *bound;      /* locals known to be bound here */
    uint64_t *deleted;    /* locals that some statement unbinds */
    int n_tries;          /* try statements around the statement */
    bool in_class_body;
    bool is_async;        /* body of an async def */
} Unit;

struct Compiler {
    Thread *t;
    Arena arena;
    Mod *mod;
    Value filename;
    unsigned future;      /* CO_FUTURE_* in force */
    unsigned flags;       /* as passed in */
    int optimize;
    bool interactive;
    bool failed;
    Symtable symtable;
    Unit *u;
    Stmt *last_future;    /* last future import at the head of the module, or NULL */
};

/* ---- errors.c ---- */
/* Makes the compilation fail: SyntaxError at the node (NULL: unknown place). Returns false. */
COLD bool compile_error(Compiler *c, const void *node, const char *fmt, ...);
COLD bool compile_error_at(Compiler *c, int line, int col, int end_line, int end_col, Value msg);
COLD void compile_warn(Compiler *c, const void *node, const char *fmt, ...); /* SyntaxWarning */
COLD void compile_failed(Compiler *c);        /* an exception is pending */
COLD void *compile_no_memory(Compiler *c);    /* NULL, with MemoryError */
void *compile_alloc(Compiler *c, size_t size);/* arena memory, zeroed; NULL: failed */
/* keeps v alive for the whole compilation; passes 0 on */
Value compile_keep(Compiler *c, Value v);
/* Recursion guard of all visitors: false: failed already or now. */
bool visit_enter(Compiler *c);
static inline void visit_leave(Compiler *c) { tree_recursion_leave(c->t); }

/* ---- future.c, fold.c ---- */
bool future_scan(Compiler *c);
bool future_check_import(Compiler *c, Stmt *s); /* false: future import that comes too late */
bool fold_module(Compiler *c);
bool expr_is_constant(const Expr *e);         /* a Constant node */
/* Tuple of the values of elts when all are constants; 0 otherwise (or failed). */
Value fold_tuple_of(Compiler *c, const AstSeq *elts);

/* ---- regalloc.c ---- */
int temp_new(Compiler *c);
int temp_run(Compiler *c, int n);             /* n adjacent ones; returns the first */
static inline int temp_mark(Compiler *c) { return c->u->next_temp; }
static inline void temp_release(Compiler *c, int mark) { c->u->next_temp = mark; }
static inline bool is_temp(Compiler *c, int reg) { return reg >= c->u->temp_base; }
/* Bound locals (definite assignment). */
bool local_is_bound(Compiler *c, int reg);
void local_set_bound(Compiler *c, int reg, bool is_bound);

/* ---- emit.c ---- */
void emit(Compiler *c, Opcode op, int a, int b, int cc);
void emit_x(Compiler *c, Opcode op, int a, int b, int cc, uint32_t x);
void emit_bx(Compiler *c, Opcode op, int a, int bx);
/* name goes to co_names */
void emit_cached(Compiler *c, Opcode op, int a, int b, int cc, Value name /* or 0 */);
void emit_jump(Compiler *c, Opcode op, int a, int b, int cc, int label);
void emit_move(Compiler *c, int dst, int src);
void emit_const(Compiler *c, int dst, Value v);
int const_index(Compiler *c, Value v);
int cache_new(Compiler *c, Value name_or_tuple /* or 0 */);
int label_new(Compiler *c);
void label_place(Compiler *c, int label);
void label_place_loop(Compiler *c, int label); /* target of backward jumps */
/* What ends a body belongs to its last instruction; where several paths meet, to none: each is seen
 * where it came from. */
void pos_implicit(Compiler *c);
void emit_jump_implicit(Compiler *c, int label); /* JUMP_FORWARD at such a place */
int handler_push(Compiler *c, int reg);        /* new guard in force; returns its number */
/* Goes on at the handler's code; false: nothing was guarded, no code needed (still unreachable). */
bool handler_place(Compiler *c, int handler, const uint64_t *bound_at_entry);
uint64_t *bound_snapshot(Compiler *c);
static inline Position pos_set(Compiler *c, const void *node)
{
    const AstNode *n = node;
    Position old = c->u->pos;
    c->u->pos = (Position){n->lineno, n->end_lineno, n->col_offset, n->end_col_offset};
    return old;
}
static inline void pos_restore(Compiler *c, Position pos) { c->u->pos = pos; }
/* start of the attribute name when it is on another line */
void pos_attribute(Compiler *c, const Expr *attr);

/* ---- unit.c ---- */
bool unit_enter(Compiler *c, Unit *u, const void *node, Value name, int firstlineno);
/* code object of the innermost unit, which is left; 0: failed */
Value unit_finish(Compiler *c);
void unit_abandon(Compiler *c);
Value unit_assemble(Compiler *c);             /* assemble.c */

/* ---- codegen_name.c ---- */
int local_register(Compiler *c, Value mangled); /* register of a local in place or -1 */
/* same for an expression; checks that it is bound */
int name_in_place(Compiler *c, const Expr *e);
/* Read by LOAD_GLOBAL? */
bool name_is_global(Compiler *c, Value name);
/* Stored by STORE_NAME: a variable of a module or class body that no global statement names. */
bool name_is_in_namespace(Compiler *c, Value name);
void name_load(Compiler *c, Value name, int dst);
void name_store(Compiler *c, Value name, int src);
void name_delete(Compiler *c, Value name);
/* cannot assign to __debug__ */
bool name_forbidden(Compiler *c, const void *node, Value name, AstKind ctx);
/* Register that `target` lives in when storing may be done by computing straight into it, else -1.
 */
Value name_mangled(Compiler *c, Value name);       /* as it is in this unit; never 0 */
int target_register(Compiler *c, const Expr *target);
void target_store(Compiler *c, Expr *target, int src);

/* ---- codegen_expr.c, codegen_call.c, codegen_comp.c ---- */
/* value in some register: a local in place or a new temporary */
int cg_any(Compiler *c, Expr *e);
/* As cg_any, but safe against `later` assigning the local, and using `hint` (a free temporary or
 * -1). */
int cg_operand(Compiler *c, Expr *e, int hint, const Expr *later);
int cg_push(Compiler *c, Expr *e);            /* into a new temporary on top */
void cg_to(Compiler *c, Expr *e, int dst);    /* dst is written last, unless it is a temporary */
void cg_discard(Compiler *c, Expr *e);
void cg_jump(Compiler *c, Expr *e, int label, bool when);
void cg_call(Compiler *c, Expr *e, int dst);
/* CALL of an argument window that is ready */
void cg_call_at(Compiler *c, int base, int n_args, int dst);
/* Arguments of a call or class statement into the window at base, then the call itself. */
void cg_call_arguments(Compiler *c, int base, int n_pushed, AstSeq *args, AstSeq *keywords, int dst,
                       bool method, const void *node);
/* register where the window of a call with this destination starts */
int cg_call_base(Compiler *c, int dst);
bool expr_small_int(const Expr *e, int *out); /* constant that fits a signed byte */
void cg_display(Compiler *c, Expr *e, int dst); /* Tuple, List, Set, Dict */
void cg_sequence(Compiler *c, Opcode build, AstSeq *elts, int dst);
void cg_comprehension(Compiler *c, Expr *e, int dst);
void cg_compare(Compiler *c, Expr *e, int dst);
void cg_compare_jump(Compiler *c, Expr *e, int label, bool when);
void cg_await(Compiler *c, int src, int dst, int wording); /* src: object to await */
/* SEND loop over the iterator in register iter */
void cg_delegate(Compiler *c, int iter, int dst);
void cg_yield(Compiler *c, Expr *e, int dst);
/* contains := that stores a local of this unit */
bool expr_assigns_names(Compiler *c, const Expr *e);
void check_subscript(Compiler *c, Expr *e);
void check_callable(Compiler *c, Expr *func);
void check_identity(Compiler *c, Expr *compare);

/* ---- codegen_func.c, codegen_class.c ---- */
void cg_function(Compiler *c, Stmt *s);
void cg_lambda(Compiler *c, Expr *e, int dst);
void cg_class(Compiler *c, Stmt *s);
void cg_make_function(Compiler *c, Value code, Scope *scope, int base, unsigned flags, int dst);
void cg_return_none(Compiler *c);              /* when control can come here */
bool async_is_allowed(Compiler *c, const void *node, const char *what);
/* register of the first call window, -1: none */
int cg_decorators(Compiler *c, AstSeq *decorators);
void cg_apply_decorators(Compiler *c, AstSeq *decorators, int first, int src);
Value annotation_text(Compiler *c, Expr *e);               /* str, or 0 */
Value docstring_of(Compiler *c, AstSeq *body);             /* str or 0 */

/* ---- codegen_stmt.c ... ---- */
void cg_stmts(Compiler *c, AstSeq *body);
/* module or class: docstring, annotations */
void cg_body(Compiler *c, AstSeq *body);
void cg_stmt(Compiler *c, Stmt *s);
void cg_assign(Compiler *c, Stmt *s);
void cg_aug_assign(Compiler *c, Stmt *s);
void cg_ann_assign(Compiler *c, Stmt *s);
void cg_delete(Compiler *c, Expr *target);
void cg_try(Compiler *c, Stmt *s);
void cg_try_star(Compiler *c, Stmt *s);
void cg_with(Compiler *c, Stmt *s);
void cg_async_with(Compiler *c, Stmt *s);
void cg_async_for(Compiler *c, Stmt *s);
void cg_match(Compiler *c, Stmt *s);
void cg_import(Compiler *c, Stmt *s);
void cg_import_from(Compiler *c, Stmt *s);

/* ---- blocks.c ---- */
bool block_push(Compiler *c, Block *b, BlockKind kind, const void *node);
void block_pop(Compiler *c, Block *b);
void cg_unbind(Compiler *c, Value name);       /* name = None; del name; 0: nothing */
void cg_return(Compiler *c, Stmt *s);
void cg_break(Compiler *c, Stmt *s);
void cg_continue(Compiler *c, Stmt *s);
void cg_with_exit_normal(Compiler *c, int exit_reg, bool is_async);

#endif
