// The entries of the syntax layer: source text to tree, and tree back to text.
#pragma once

#include "core/syntax/ast.h"

typedef enum ParseMode { PARSE_EXEC, PARSE_EVAL, PARSE_SINGLE, PARSE_FUNC_TYPE } ParseMode;

// Flags of parse_source; most have the values of the reference's PyCF_ flags.
enum {
    PARSE_DONT_IMPLY_DEDENT = 0x200,   // interactive: no DEDENT is made up at the end of the text
    PARSE_IGNORE_COOKIE = 0x100,       // the text is UTF-8 whatever its coding comment says
    PARSE_ALLOW_INCOMPLETE = 0x4000,   // text that ends too early fails with "incomplete input"
    PARSE_TYPE_COMMENTS = 0x1000,      // "# type:" comments become part of the tree
    // a program given by name or on standard input: errors of its encoding
    PARSE_FILE = 0x8000,
    PARSE_BARRY_AS_BDFL = 0x400000,    // from __future__ import barry_as_FLUFL
};

// Parses `size` bytes of source and returns the tree, allocated in `arena` (PARSE_EXEC: Module,
// PARSE_EVAL: Expression, PARSE_SINGLE: Interactive, PARSE_FUNC_TYPE: FunctionType).  `filename` is
// a str, used in errors. `feature_version` is the minor version of the grammar (11), or less to
// reject newer syntax.  Returns NULL with SyntaxError, IndentationError, TabError, MemoryError or
// RecursionError pending.
// Effects: allocates, raises; warns (which may run Python).
Mod *parse_source(Thread *thread, Arena *arena, const char *bytes, size_t size, Value filename,
                  ParseMode mode, unsigned flags, int feature_version);

// Returns the text of an expression as a str, in the normal form of `from __future__ import
// annotations`; 0 with an exception pending.  Effects: allocates, raises.
Value ast_unparse(Thread *thread, Expr *expr);
