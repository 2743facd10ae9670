/* From an AST (core/syntax/ast.h) to a code object. */
#ifndef CORE_COMPILE_COMPILE_H
#define CORE_COMPILE_COMPILE_H

#include "core/bytecode/code.h"
#include "core/syntax/ast.h"

/* flags: CO_FUTURE_* bits in force; optimize 0, 1, 2.  Returns a verified code object; SyntaxError
 * otherwise. Effects: allocates, raises, may warn (SyntaxWarning). */
Value compile_ast(Thread *t, Mod *mod, Value filename, unsigned flags, int optimize);
/* compile_source: a program file, whose encoding must be right throughout */
enum { COMPILE_FILE = 0x8000 };
/* parse + compile; mode "exec", "eval", "single"; what compile(), import and -c use. source: str,
 * bytes or buffer. */
Value compile_source(Thread *t, Value source, Value filename, const char *mode, unsigned flags,
                     int optimize);

/* One scope of a symbol table, for the _symtable module. */
typedef struct SymtableRow {
    uint64_t id;
    Value name, symbols /* dict name -> flags */, varnames, children /* lists */;
    int type /* 0 function, 1 class, 2 module */, lineno;
    bool nested;
} SymtableRow;
typedef Value (*SymtableMake)(Thread *t, const SymtableRow *row);
/* The symbol table of a source: what `make` returns for its outermost scope. */
Value compile_symtable(Thread *t, Value source, Value filename, const char *mode,
                       SymtableMake make);

#endif
