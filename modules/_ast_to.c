/* A syntax tree becomes instances of the classes of _ast. */
#include "core/object/instance.h"
#include "core/object/list.h"
#include "modules/_ast_internal.h"

typedef struct Maker {
    Thread *t;
    Value classes;
} Maker;

static Value make_node(Maker *m, const AstNode *node);

static bool is_word_type(AstType type)
{
    return type == AST_TYPE_identifier || type == AST_TYPE_string || type == AST_TYPE_constant;
}

static bool is_enum_type(AstType type)
{
    return type < AST_TYPES && type <= AST_TYPE_cmpop;
}

static Value make_list(Maker *m, const AstSeq *seq, AstType type)
{
    Value list = list_new(m->t, (size_t)seq->n);
    for (int i = 0; list != 0 && i < seq->n; i++) {
        Value item;
        if (is_enum_type(type)) {
            item = ast_extra(m->classes, ast_seq_kind(seq, i));
        } else if (is_word_type(type)) {
            item = ast_seq_value(seq, i);
        } else {
            item = make_node(m, seq->items[i]);
        }
        if (item == 0 || !list_append(m->t, list, item)) {
            return 0;
        }
    }
    return list;
}

static Value make_field(Maker *m, const AstNode *node, const AstField *f)
{
    const void *at = (const char *)node + f->offset;
    if (f->count == AST_SEQ) {
        return make_list(m, *(AstSeq *const *)at, f->type);
    }
    if (f->type == AST_TYPE_int) {
        return fixnum(*(const int *)at);
    }
    if (is_word_type(f->type)) {
        Value v = *(const Value *)at;
        return v == 0 ? NONE : v;
    }
    if (is_enum_type(f->type)) {
        return ast_extra(m->classes, *(const AstKind *)at);
    }
    return make_node(m, *(const AstNode *const *)at);
}

static bool make_attrs(Maker *m, Object *o, const AstNode *node)
{
    const int places[4] = {node->lineno, node->col_offset, node->end_lineno, node->end_col_offset};
    Value names_ = ast_attr_names(m->classes);
    for (size_t i = 0; i < 4; i++) {
        if (!instance_set(m->t, o, tuple_get(names_, i), fixnum(places[i]))) {
            return false;
        }
    }
    return true;
}

static Value make_fields(Maker *m, const AstNode *node)
{
    const AstInfo *info = &ast_info[node->kind];
    Object *o =
        object_alloc_instance(m->t, value_type(ast_class_of_kind(m->classes, node->kind)), 0);
    Value field_names = ast_extra(m->classes, node->kind);
    if (o == NULL) {
        return 0;
    }
    for (int i = 0; i < info->nfields; i++) {
        Value v = make_field(m, node, &info->fields[i]);
        if (v == 0 || !instance_set(m->t, o, tuple_get(field_names, (size_t)i), v)) {
            return 0;
        }
    }
    return info->nattrs == 0 || make_attrs(m, o, node) ? object_value(o) : 0;
}

static Value make_node(Maker *m, const AstNode *node)
{
    if (node == NULL) {
        return NONE;
    }
    if (!tree_recursion_enter(m->t, " during  ast construction")) {
        return 0;
    }
    Value v = make_fields(m, node);
    tree_recursion_leave(m->t);
    return v;
}

Value ast_to_object(Thread *t, const Mod *mod)
{
    Maker m = {t, ast_classes(t)};
    return m.classes == 0 ? 0 : make_node(&m, (const AstNode *)mod);
}
