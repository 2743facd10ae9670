// The syntax tree: C structs expanded from ast.def, the table that describes them, and their
// construction.
//
//   Stmt, Expr, Pattern ...   {kind, lineno, col_offset, end_lineno, end_col_offset, one struct per
//                             kind}
//   e->kind == AST_BinOp  =>  e->BinOp.left, e->BinOp.op (AST_Add ...), e->BinOp.right
//   AstSeq                    {n, items[]}; never NULL in a node (an empty list is ast_empty_seq)
//
// Only the bytes of its own kind are allocated for a node: never copy a node by assignment, never
// read a member of another kind.  Optional fields are NULL (0 for Values) when absent.  Columns are
// UTF-8 byte offsets from 0, lines count from 1.  Nodes live in an Arena, which the collector does
// not scan: every Value stored in a node is kept alive by ast_keep.  Every kind, operators and
// contexts included, is a value of the one enum AstKind.
#pragma once

#include "core/base/arena.h"
#include "gc/value.h"

typedef struct AstSeq {
    int n;
    void *items[]; // nodes, or AstKind / Value words: read with the accessors below
} AstSeq;

typedef enum AstKind {
    AST_NONE,
#define NODE(type, Kind) AST_##Kind,
#define PRODUCT(type, Kind) AST_##Kind,
#define VARIANT(type, Kind) AST_##Kind,
#include "core/syntax/ast.def"
    AST_KINDS
} AstKind;

// The types of ast.def; the order is that of the table, primitive types last.
typedef enum AstType {
#define SUM(type) AST_TYPE_##type,
#define ENUM(type) AST_TYPE_##type,
#define PRODUCT(type, Kind) AST_TYPE_##type,
#include "core/syntax/ast.def"
    AST_TYPES,
    AST_TYPE_identifier = AST_TYPES,
    AST_TYPE_string,
    AST_TYPE_constant,
    AST_TYPE_int
} AstType;

typedef enum AstCount { AST_ONE, AST_OPT, AST_SEQ } AstCount;

typedef struct Mod Mod;
typedef struct Stmt Stmt;
typedef struct Expr Expr;
typedef struct Comprehension Comprehension;
typedef struct ExceptHandler ExceptHandler;
typedef struct Arguments Arguments;
typedef struct Arg Arg;
typedef struct Keyword Keyword;
typedef struct Alias Alias;
typedef struct WithItem WithItem;
typedef struct MatchCase MatchCase;
typedef struct Pattern Pattern;
typedef struct TypeIgnore TypeIgnore;

// C type of a field of each type of the table.
#define AST_C_expr_context AstKind
#define AST_C_boolop AstKind
#define AST_C_operator AstKind
#define AST_C_unaryop AstKind
#define AST_C_cmpop AstKind
#define AST_C_mod Mod *
#define AST_C_stmt Stmt *
#define AST_C_expr Expr *
#define AST_C_comprehension Comprehension *
#define AST_C_excepthandler ExceptHandler *
#define AST_C_arguments Arguments *
#define AST_C_arg Arg *
#define AST_C_keyword Keyword *
#define AST_C_alias Alias *
#define AST_C_withitem WithItem *
#define AST_C_match_case MatchCase *
#define AST_C_pattern Pattern *
#define AST_C_type_ignore TypeIgnore *
#define AST_C_identifier Value
#define AST_C_string Value
#define AST_C_constant Value
#define AST_C_int int
#define AST_C_FIELD_ONE(type) AST_C_##type
#define AST_C_FIELD_OPT(type) AST_C_##type
#define AST_C_FIELD_SEQ(type) AstSeq *

// struct tags: AST_TAG_expr is Expr, and so on.
#define AST_TAG_mod Mod
#define AST_TAG_stmt Stmt
#define AST_TAG_expr Expr
#define AST_TAG_comprehension Comprehension
#define AST_TAG_excepthandler ExceptHandler
#define AST_TAG_arguments Arguments
#define AST_TAG_arg Arg
#define AST_TAG_keyword Keyword
#define AST_TAG_alias Alias
#define AST_TAG_withitem WithItem
#define AST_TAG_match_case MatchCase
#define AST_TAG_pattern Pattern
#define AST_TAG_type_ignore TypeIgnore
#define AST_STRUCT_(tag) struct tag
#define AST_STRUCT(tag) AST_STRUCT_(tag)

// What every node begins with.  The positions are unused where the table gives no ATTRS.
typedef struct AstNode {
    AstKind kind;
    int lineno, col_offset, end_lineno, end_col_offset;
} AstNode;

// Each struct repeats AstNode's members, so that an AstNode pointer may stand for any node.
#define AST_HEAD                                                                                   \
    AstKind kind;                                                                                  \
    int lineno, col_offset, end_lineno, end_col_offset;

#define SUM(type)                                                                                  \
    AST_STRUCT(AST_TAG_##type) { AST_HEAD union {
#define END_SUM(type)                                                                              \
    }                                                                                              \
    ;                                                                                              \
    }                                                                                              \
    ;
#define NODE(type, Kind) struct {
#define END_NODE(type, Kind)                                                                       \
    }                                                                                              \
    Kind;
#define PRODUCT(type, Kind)                                                                        \
    AST_STRUCT(AST_TAG_##type) { AST_HEAD
#define END_PRODUCT(type, Kind)                                                                    \
    }                                                                                              \
    ;
#define FIELD(type, Kind, ftype, count, name) AST_C_FIELD_##count(ftype) name;
#define MEMBER(type, ftype, count, name) AST_C_FIELD_##count(ftype) name;
#include "core/syntax/ast.def"

static inline AstKind ast_seq_kind(const AstSeq *seq, int i)
{
    return (AstKind)(intptr_t)seq->items[i];
}

static inline Value ast_seq_value(const AstSeq *seq, int i)
{
    return (Value)(uintptr_t)seq->items[i];
}

static inline Expr *ast_seq_expr(const AstSeq *seq, int i)
{
    return seq->items[i];
}

// The shared empty sequence; never written.
extern AstSeq ast_empty_seq;

// What is known of a field: its name, type, count, and offset in the node's struct.
typedef struct AstField {
    const char *name;
    AstType type;
    AstCount count;
    uint16_t offset;
} AstField;

// What is known of a kind.
typedef struct AstInfo {
    const char *name;       // the Python class
    AstType type;           // the type that it is a constructor of
    uint8_t is_sum;         // the type has its own (abstract) class: not so for a product
    uint8_t nfields;        // number of fields
    uint8_t nattrs;         // 0 or 4
    uint8_t end_optional;   // the end attributes may be absent
    uint16_t size;          // bytes to allocate
    const AstField *fields; // nfields of them
} AstInfo;

// Indexed by AstKind; the first entry is empty.
extern const AstInfo ast_info[AST_KINDS];

// The name of a type as ast.def spells it.
extern const char *const ast_type_names[];

// Returns a zeroed node of `kind` with the given positions, NULL when there is no memory (no
// exception is set). Every sequence field is ast_empty_seq.  Effects: allocates.
void *ast_new(Arena *arena, AstKind kind, int lineno, int col_offset, int end_lineno,
              int end_col_offset);

// Returns a sequence of n zero items (ast_empty_seq when n is 0), or NULL when there is no memory.
AstSeq *ast_seq_new(Arena *arena, int n);

// Keeps `value` alive as long as the arena's owner is: appends it to the list object arena->owner,
// which is made on first use.  Returns 0 with MemoryError pending when there is no memory. Effects:
// allocates, raises.
int ast_keep(Thread *thread, Arena *arena, Value value);
