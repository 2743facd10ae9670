/* What the files of the _ast module share: the classes, and the conversions between trees and
 * objects. */
#ifndef MODULES_AST_INTERNAL_H
#define MODULES_AST_INTERNAL_H

#include "core/object/tuple.h"
#include "core/syntax/ast.h"
#include "modules/_ast.h"

extern Type ast_type; /* _ast.AST */

/* The classes, made on first use and then immutable: a tuple of
 *   [0, AST_TYPES)      the class of each type (a product's is that of its kind)
 *   + kind              the class of each kind
 *   + AST_KINDS + kind  its singleton (operators, contexts) or the tuple of its field names
 *   last                the tuple of the names of the position attributes
 * NULL value: raised. */
Value ast_classes(Thread *t);
enum { AST_CLASSES_KIND = AST_TYPES, AST_CLASSES_EXTRA = AST_TYPES + AST_KINDS,
       AST_CLASSES_ATTRS = AST_TYPES + 2 * AST_KINDS, AST_CLASSES_SIZE };
static inline Value ast_class_of_type(Value classes, AstType type)
{
    return tuple_get(classes, type);
}
static inline Value ast_class_of_kind(Value classes, AstKind kind)
{
    return tuple_get(classes, AST_CLASSES_KIND + kind);
}
static inline Value ast_extra(Value classes, AstKind kind)
{
    return tuple_get(classes, AST_CLASSES_EXTRA + kind);
}
static inline Value ast_attr_names(Value classes) { return tuple_get(classes, AST_CLASSES_ATTRS); }
static inline bool ast_kind_is_enum(AstKind kind) { return ast_info[kind].size == 0; }
/* First and last kind of a type. */
AstKind ast_first_kind(AstType type);
AstKind ast_last_kind(AstType type);

/* Tree -> objects. */
Value ast_to_object(Thread *t, const Mod *mod);
/* Objects -> tree in the arena; NULL: raised.  The result is as the objects say: it must be
 * validated. */
Mod *ast_from_object(Thread *t, Arena *arena, Value obj);
/* Checks what the compiler takes for granted about a tree; ValueError or TypeError. */
NODISCARD bool ast_validate(Thread *t, const Mod *mod);
NODISCARD bool ast_validate_pattern(Thread *t, const Pattern *p, bool star_ok);
NODISCARD bool ast_validate_expr(Thread *t, const Expr *e, AstKind ctx);
NODISCARD bool ast_validate_positions(Thread *t, const void *node);
NODISCARD bool ast_validate_name(Thread *t, Value name); /* None, True, False are no names */

#endif
