// The descriptor tables of ast.h, expanded from ast.def, and the construction of nodes.
#include "core/syntax/ast.h"

#include <assert.h>

AstSeq ast_empty_seq = {0};

#define OFFSET(type, member) offsetof(AST_STRUCT(AST_TAG_##type), member)

// One array of fields per kind, each ended by an empty entry so that none has length 0.
#define NODE(type, Kind) static const AstField fields_##Kind[] = {
#define END_NODE(type, Kind) {0}};
#define PRODUCT(type, Kind) static const AstField fields_##Kind[] = {
#define END_PRODUCT(type, Kind) {0}};
#define FIELD(type, Kind, ftype, count, name)                                                      \
    {#name, AST_TYPE_##ftype, AST_##count, OFFSET(type, Kind.name)},
#define MEMBER(type, ftype, count, name) {#name, AST_TYPE_##ftype, AST_##count, OFFSET(type, name)},
#include "core/syntax/ast.def"

// Attributes: 4, or 4 with the last two optional (coded as 5).
enum {
#define NODE(type, Kind) attrs_##Kind = 0
#define END_NODE(type, Kind) ,
#define PRODUCT(type, Kind) attrs_##Kind = 0
#define END_PRODUCT(type, Kind) ,
#define ATTRS(Kind, count) +4 + (AST_##count == AST_OPT)
#include "core/syntax/ast.def"
};

#define COUNT_FIELDS(Kind) (sizeof(fields_##Kind) / sizeof(AstField) - 1)
#define BYTES(type, Kind) (OFFSET(type, Kind) + sizeof(((AST_STRUCT(AST_TAG_##type) *)0)->Kind))
#define ENTRY(type, Kind, sum, bytes)                                                              \
    [AST_##Kind] = {#Kind,                                                                         \
                    AST_TYPE_##type,                                                               \
                    sum,                                                                           \
                    COUNT_FIELDS(Kind),                                                            \
                    attrs_##Kind != 0 ? 4 : 0,                                                     \
                    attrs_##Kind == 5,                                                             \
                    bytes,                                                                         \
                    fields_##Kind},

const AstInfo ast_info[AST_KINDS] = {
#define NODE(type, Kind) ENTRY(type, Kind, 1, BYTES(type, Kind))
#define PRODUCT(type, Kind) ENTRY(type, Kind, 0, sizeof(AST_STRUCT(AST_TAG_##type)))
#define VARIANT(type, Kind) [AST_##Kind] = {#Kind, AST_TYPE_##type, 1, 0, 0, 0, 0, NULL},
#include "core/syntax/ast.def"
};

const char *const ast_type_names[] = {
#define SUM(type) #type,
#define ENUM(type) #type,
#define PRODUCT(type, Kind) #type,
#include "core/syntax/ast.def"
    "identifier", "string", "constant", "int"};

void *ast_new(Arena *arena, AstKind kind, int lineno, int col_offset, int end_lineno,
              int end_col_offset)
{
    const AstInfo *info = &ast_info[kind];
    assert(kind > AST_NONE && kind < AST_KINDS && info->size != 0);
    AstNode *node = arena_alloc(arena, info->size);
    if (node == NULL) {
        return NULL;
    }
    node->kind = kind;
    node->lineno = lineno;
    node->col_offset = col_offset;
    node->end_lineno = end_lineno;
    node->end_col_offset = end_col_offset;
    for (int i = 0; i < info->nfields; i++) {
        if (info->fields[i].count == AST_SEQ) {
            *(AstSeq **)((char *)node + info->fields[i].offset) = &ast_empty_seq;
        }
    }
    return node;
}

AstSeq *ast_seq_new(Arena *arena, int n)
{
    assert(n >= 0);
    if (n == 0) {
        return &ast_empty_seq;
    }
    AstSeq *seq = arena_alloc(arena, sizeof(AstSeq) + (size_t)n * sizeof(void *));
    if (seq != NULL) {
        seq->n = n;
    }
    return seq;
}
