/* What compile() needs from the _ast module. */
#ifndef MODULES_AST_H
#define MODULES_AST_H

#include "core/object/object.h"

int ast_check(Thread *t, Value v); /* v is an instance of _ast.AST: 1, 0, -1 raised */
/* mode "exec", "eval", "single", "func_type"; feature: minor version or -1 */
Value ast_parse_to_object(Thread *t, Value source, Value filename, const char *mode, unsigned flags,
                          int feature);
Value ast_compile_object(Thread *t, Value ast, Value filename, const char *mode, unsigned flags,
                         int optimize);

#endif
