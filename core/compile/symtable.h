/* The symbol table: one Scope per module, class, function, lambda and comprehension; what each name
 * means in it.
 *
 * symtable_build walks the tree once and collects uses and bindings (symtable.c), then resolves
 * every name from the outermost scope inwards (symtable_resolve.c).  All memory is the
 * compilation's arena.
 */
#ifndef CORE_COMPILE_SYMTABLE_H
#define CORE_COMPILE_SYMTABLE_H

#include "core/compile/compile.h"

typedef struct Compiler Compiler;

enum { /* Symbol.flags; the values are those of the `symtable` module */
       DEF_GLOBAL = 1,
       DEF_LOCAL = 2,
       DEF_PARAM = 4,
       DEF_NONLOCAL = 8,
       DEF_USE = 16,
       DEF_FREE = 32,
       DEF_FREE_CLASS = 64,
       DEF_IMPORT = 128,
       DEF_ANNOT = 256,
       DEF_COMP_ITER = 512,
       DEF_BOUND = DEF_LOCAL | DEF_PARAM | DEF_IMPORT,
       DEF_DELETED = 1 << 20 /* some `del` or `except ... as` unbinds it */
};
typedef enum Resolution {
    RES_NONE, RES_LOCAL, RES_GLOBAL_EXPLICIT, RES_GLOBAL_IMPLICIT, RES_FREE, RES_CELL
} Resolution;

typedef struct Symbol {
    Value name;            /* interned, mangled */
    unsigned flags;
    Resolution res;
    /* code generation: register of the local, cell or free variable; -1: none yet */
    int reg;
    const Stmt *directive; /* global / nonlocal statement that named it, for errors */
    AstNode at;            /* position of that directive */
    struct Symbol *next;   /* in order of appearance */
} Symbol;

typedef enum ScopeKind { SCOPE_FUNCTION, SCOPE_CLASS, SCOPE_MODULE, SCOPE_ANNOTATION } ScopeKind;
typedef enum CompKind { COMP_NONE, COMP_LIST, COMP_DICT, COMP_SET, COMP_GENERATOR } CompKind;

/* Open-addressing table from a word to a pointer. */
typedef struct PtrMap {
    struct { uint64_t key; void *value; } *slots;
    size_t used, mask; /* mask + 1 slots, or 0 slots when slots is NULL */
} PtrMap;
void *ptrmap_get(const PtrMap *map, uint64_t key);
NODISCARD bool ptrmap_set(Arena *arena, PtrMap *map, uint64_t key, void *value);

typedef struct Scope {
    ScopeKind kind;
    CompKind comprehension;
    Value name;
    Value private_name;    /* name of the innermost class around, or 0: for mangling */
    struct Scope *parent, *children, *last_child, *next; /* next: sibling */
    PtrMap map;            /* name -> Symbol */
    Symbol *symbols, *last_symbol;
    int n_params;
    const void *node;
    int lineno, col_offset, end_lineno, end_col_offset;
    int comp_iter_expr;    /* > 0: inside an iterable of a comprehension, while collecting */
    bool comp_iter_target; /* collecting the target of a comprehension */
    bool nested;           /* inside a function */
    bool is_lambda;
    bool generator, coroutine, returns_value, varargs, varkeywords;
    bool needs_class_cell; /* class: some method uses __class__ */
    bool has_walrus;       /* function: some := stores a name of this scope */
    bool has_annotations;
} Scope;

typedef struct Symtable {
    Scope *module;
    Scope *current;
    PtrMap scopes;         /* node -> Scope */
} Symtable;

/* Builds the table of c->mod into c->symtable. false: raised. */
NODISCARD bool symtable_build(Compiler *c);
bool symtable_resolve(Compiler *c);
Symbol *scope_find(const Scope *scope, Value mangled); /* NULL: unknown */
Symbol *scope_symbol(Compiler *c, Scope *scope, Value mangled); /* found or added; NULL: failed */
/* __name inside class C becomes _C__name; interned. 0 raised. */
Value name_mangle(Compiler *c, Value private_name, Value name);
/* Sorted cell and free variables of a scope (parameters that are cells come first, in order). */
Value scope_cellvars(Compiler *c, Scope *scope);
Value scope_freevars(Compiler *c, Scope *scope);

#endif
