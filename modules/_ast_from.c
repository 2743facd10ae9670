/* Instances of the classes of _ast become a syntax tree.
 *
 * Any object with the right attributes will do; what is absent or of a wrong type raises. Relations
 * between the parts are checked later, by ast_validate.
 */
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "modules/_ast_internal.h"

typedef struct Reader {
    Thread *t;
    Arena *arena;
    Value classes;
} Reader;

static bool read_node_item(Reader *r, AstType type, Value obj, void **out);

static const char *const traversal_errors[AST_TYPES] = {
#define SUM(type) " while traversing '" #type "' node",
#define ENUM(type) SUM(type)
#define PRODUCT(type, Kind) SUM(type)
#include "core/syntax/ast.def"
};

static bool no_memory(Reader *r)
{
    raise_memory(r->t);
    return false;
}

static bool keep_value(Reader *r, Value v)
{
    return ast_keep(r->t, r->arena, v);
}

/* ---- primitive types ---- */

static bool read_int(Reader *r, Value obj, int *out)
{
    int64_t v;
    if (!value_is_object(obj) || value_has(obj, TYPE_INT)) {
        if (value_is_fixnum(obj) || value_is_object(obj)) {
            if (!int_try_int64(obj, &v) || v != (int)v) {
                overflow_error(r->t, "Python int too large to convert to C int");
                return false;
            }
            *out = (int)v;
            return true;
        }
    }
    value_error(r->t, "invalid integer value: %R", obj);
    return false;
}

static bool read_identifier(Reader *r, Value obj, Value *out)
{
    if (is_none(obj)) {
        *out = 0;
        return true;
    }
    if (!value_is_str_exact(obj)) {
        type_error(r->t, "AST identifier must be of type str");
        return false;
    }
    *out = intern_str(r->t, obj);
    return *out != 0 && keep_value(r, *out);
}

static bool read_word(Reader *r, AstType type, Value obj, Value *out)
{
    if (type == AST_TYPE_identifier) {
        return read_identifier(r, obj, out);
    }
    if (type == AST_TYPE_string && !value_is_str_exact(obj)) {
        type_error(r->t, "AST string must be of type str");
        return false;
    }
    *out = obj;
    return keep_value(r, obj);
}

/* ---- nodes ---- */

/* The kind of an instance of a class of `type`; AST_NONE when it is none; false: raised. */
static bool find_kind(Reader *r, AstType type, Value obj, AstKind *out)
{
    AstKind first = ast_first_kind(type), last = ast_last_kind(type);
    Value cls = object_value(type_of(obj));
    for (AstKind kind = first; kind <= last; kind++) {
        if (ast_class_of_kind(r->classes, kind) == cls) {
            *out = kind;
            return true;
        }
    }
    for (AstKind kind = first; kind <= last; kind++) {
        int is = object_isinstance(r->t, obj, ast_class_of_kind(r->classes, kind));
        if (is != 0) {
            *out = kind;
            return is > 0;
        }
    }
    *out = AST_NONE;
    return true;
}

static bool read_kind(Reader *r, AstType type, Value obj, AstKind *out)
{
    if (!find_kind(r, type, obj, out)) {
        return false;
    }
    if (*out == AST_NONE) {
        type_error(r->t, "expected some sort of %s, but got %R", ast_type_names[type], obj);
    }
    return *out != AST_NONE;
}

/* lineno ... end_col_offset; absent ends are where the node begins. */
static bool read_attrs(Reader *r, AstType type, bool end_optional, Value obj, int places[4])
{
    for (size_t i = 0; i < 4; i++) {
        Value name = tuple_get(ast_attr_names(r->classes), i), v = 0;
        int found = object_lookup_attr(r->t, obj, name, &v);
        if (found < 0) {
            return false;
        }
        if (i >= 2 && end_optional && (found == 0 || is_none(v))) {
            places[i] = places[i - 2];
            continue;
        }
        if (found == 0) {
            type_error(r->t, "required field \"%U\" missing from %s", name, ast_type_names[type]);
            return false;
        }
        if (!read_int(r, v, &places[i])) {
            return false;
        }
    }
    return true;
}

static bool read_node_list(Reader *r, const AstInfo *info, const AstField *f, Value list,
                           AstSeq **out)
{
    if (!value_is_list(list)) {
        type_error(r->t, "%s field \"%s\" must be a list, not a %T", info->name, f->name, list);
        return false;
    }
    size_t n = list_len(list);
    AstSeq *seq = ast_seq_new(r->arena, (int)n);
    if (seq == NULL) {
        return no_memory(r);
    }
    for (size_t i = 0; i < n; i++) {
        Value item = list_get(list, i);
        if (item != 0 && !read_node_item(r, f->type, item, &seq->items[i])) {
            return false;
        }
        if (list_len(list) != n) {
            runtime_error(r->t, "%s field \"%s\" changed size during iteration", info->name,
                          f->name);
            return false;
        }
    }
    *out = seq;
    return true;
}

static bool read_node_field(Reader *r, const AstInfo *info, const AstField *f, Value obj,
                            Value name, void *node)
{
    Value v = 0;
    void *at = (char *)node + f->offset;
    int found = object_lookup_attr(r->t, obj, name, &v);
    if (found < 0) {
        return false;
    }
    if (f->count == AST_OPT && (found == 0 || is_none(v))) {
        return true; /* stays 0 */
    }
    if (found == 0) {
        type_error(r->t, "required field \"%s\" missing from %s", f->name, info->name);
        return false;
    }
    if (f->count == AST_SEQ) {
        return read_node_list(r, info, f, v, at);
    }
    if (f->type == AST_TYPE_int) {
        return read_int(r, v, at);
    }
    if (f->type >= AST_TYPES) {
        return read_word(r, f->type, v, at);
    }
    void *word;
    if (!read_node_item(r, f->type, v, &word)) {
        return false;
    }
    if (ast_kind_is_enum(ast_first_kind(f->type))) {
        *(AstKind *)at = (AstKind)(intptr_t)word;
    } else {
        *(void **)at = word;
    }
    return true;
}

/* Are the fields there that may not be None? */
static bool check_node_required(Reader *r, const AstInfo *info, const void *node)
{
    for (int i = 0; i < info->nfields; i++) {
        const AstField *f = &info->fields[i];
        bool pointer = f->type < AST_TYPES ? !ast_kind_is_enum(ast_first_kind(f->type))
                                           : f->type != AST_TYPE_int;
        if (f->count == AST_ONE && pointer &&
            *(void *const *)((const char *)node + f->offset) == NULL) {
            value_error(r->t, "field '%s' is required for %s", f->name, info->name);
            return false;
        }
    }
    return true;
}

static bool read_node(Reader *r, AstType type, Value obj, void **out)
{
    bool is_sum = ast_info[ast_first_kind(type)].is_sum;
    const AstInfo *any = &ast_info[ast_first_kind(type)];
    int places[4] = {0};
    AstKind kind = ast_first_kind(type);
    if (is_sum && any->nattrs > 0 && !read_attrs(r, type, any->end_optional, obj, places)) {
        return false;
    }
    if (is_sum && !read_kind(r, type, obj, &kind)) {
        return false;
    }
    const AstInfo *info = &ast_info[kind];
    void *node = ast_new(r->arena, kind, 0, 0, 0, 0);
    if (node == NULL) {
        return no_memory(r);
    }
    Value field_names = ast_extra(r->classes, kind);
    for (int i = 0; i < info->nfields; i++) {
        if (!read_node_field(r, info, &info->fields[i], obj, tuple_get(field_names, (size_t)i),
                             node)) {
            return false;
        }
    }
    if (!is_sum && info->nattrs > 0 && !read_attrs(r, type, info->end_optional, obj, places)) {
        return false;
    }
    AstNode *head = node;
    head->lineno = places[0];
    head->col_offset = places[1];
    head->end_lineno = places[2];
    head->end_col_offset = places[3];
    *out = node;
    return check_node_required(r, info, node);
}

/* A node, a kind or a Value as one word; None of a sum type is NULL. */
static bool read_node_item(Reader *r, AstType type, Value obj, void **out)
{
    *out = NULL;
    if (type >= AST_TYPES) {
        Value v = 0;
        bool ok = read_word(r, type, obj, &v);
        *out = (void *)(uintptr_t)v;
        return ok;
    }
    if (ast_kind_is_enum(ast_first_kind(type))) {
        AstKind kind;
        bool ok = read_kind(r, type, obj, &kind);
        *out = (void *)(intptr_t)kind;
        return ok;
    }
    if (is_none(obj) && ast_info[ast_first_kind(type)].is_sum) {
        return true;
    }
    if (!tree_recursion_enter(r->t, traversal_errors[type])) {
        return false;
    }
    bool ok = read_node(r, type, obj, out);
    tree_recursion_leave(r->t);
    return ok;
}

Mod *ast_from_object(Thread *t, Arena *arena, Value obj)
{
    Reader r = {t, arena, ast_classes(t)};
    void *mod;
    return r.classes != 0 && read_node_item(&r, AST_TYPE_mod, obj, &mod) ? mod : NULL;
}
