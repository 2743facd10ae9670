/* _ast: the classes of syntax tree nodes, made from core/syntax/ast.def, and compile() of trees. */
#include "core/compile/compile.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/syntax/syntax.h"
#include "modules/_ast_internal.h"

enum { PYCF_ONLY_AST = 0x400, PYCF_TYPE_COMMENTS = 0x1000, PYCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000 };

static Value class_table; /* what ast_classes returns, or 0 */

/* ---- AST ---- */

static Value ast_new_instance(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                              Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

/* Number of names in _fields; -1 raised.  *fields: the sequence, or 0 when there is none. */
static ssize_t field_count(Thread *t, Value self, Value *fields)
{
    *fields = 0;
    int found = object_lookup_attr_cstr(t, object_value(type_of(self)), "_fields", fields);
    return found <= 0 ? found : object_len(t, *fields);
}

/* A keyword argument may not name a field that was given by position. */
static bool check_keyword(Thread *t, Value self, Value fields, size_t n, Value name)
{
    for (size_t i = 0; i < n; i++) {
        Value field = object_getitem(t, fields, fixnum((int64_t)i));
        int same = field == 0 ? -1 : object_compare_bool(t, field, name, CMP_EQ);
        if (same > 0) {
            type_error(t, "%s got multiple values for argument '%U'",
                       type_short_name(type_of(self)), name);
        }
        if (same != 0) {
            return false;
        }
    }
    return true;
}

static bool ast_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Value fields;
    ssize_t count = field_count(t, self, &fields);
    if (count < 0) {
        return false;
    }
    if (n > (size_t)count) {
        type_error(t, "%s constructor takes at most %zd positional argument%s",
                   type_short_name(type_of(self)), count, count == 1 ? "" : "s");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        Value name = object_getitem(t, fields, fixnum((int64_t)i));
        if (name == 0 || !object_setattr(t, self, name, args[i])) {
            return false;
        }
    }
    for (size_t i = 0; kwnames != 0 && i < tuple_len(kwnames); i++) {
        Value name = tuple_get(kwnames, i);
        if (!check_keyword(t, self, fields, n, name) ||
            !object_setattr(t, self, name, args[n + i])) {
            return false;
        }
    }
    return true;
}

static Value ast_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value type = object_value(type_of(args[0])), dict;
    int found = object_lookup_attr_cstr(t, args[0], "__dict__", &dict);
    if (found < 0) {
        return 0;
    }
    return found > 0 ? tuple_pack(t, 3, type, tuple_empty(), dict)
                     : tuple_pack(t, 2, type, tuple_empty());
}

static const NativeDef ast_methods[] = {
    {"__reduce__()", ast_reduce, "Help pickle: class, no arguments, and the fields.", 0},
    {NULL, NULL, NULL, 0},
};

Type ast_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "ast.AST",
    .size = sizeof(Object),
    .flags = TYPE_BASETYPE | TYPE_HAS_DICT | TYPE_LIKE_CLASS,
    .new = ast_new_instance,
    .init = ast_init,
    .methods = ast_methods,
    .getattr = generic_getattr,
};

/* ---- making the classes ---- */

AstKind ast_first_kind(AstType type)
{
    AstKind kind = 1;
    while (ast_info[kind].type != type) {
        kind++;
    }
    return kind;
}

AstKind ast_last_kind(AstType type)
{
    AstKind kind = ast_first_kind(type);
    while (kind + 1 < AST_KINDS && ast_info[kind + 1].type == type) {
        kind++;
    }
    return kind;
}

/* "Name(identifier id, expr_context ctx)" */
static void describe_kind(StrBuilder *b, AstKind kind)
{
    const AstInfo *info = &ast_info[kind];
    sb_cstr(b, info->name);
    for (int i = 0; i < info->nfields; i++) {
        const AstField *f = &info->fields[i];
        sb_cstr(b, i == 0 ? "(" : ", ");
        sb_cstr(b, ast_type_names[f->type]);
        sb_cstr(b, f->count == AST_SEQ ? "* " : f->count == AST_OPT ? "? " : " ");
        sb_cstr(b, f->name);
    }
    sb_cstr(b, info->nfields > 0 ? ")" : "");
}

static Value kind_doc(Thread *t, AstKind kind)
{
    StrBuilder b;
    sb_init(&b, t);
    describe_kind(&b, kind);
    return sb_finish(&b);
}

/* "expr = A(...)\n     | B(...)", operators in one line. */
static Value type_doc(Thread *t, AstType type)
{
    StrBuilder b;
    sb_init(&b, t);
    sb_cstr(&b, ast_type_names[type]);
    AstKind first = ast_first_kind(type), last = ast_last_kind(type);
    for (AstKind kind = first; kind <= last; kind++) {
        if (kind > first && !ast_kind_is_enum(kind)) {
            sb_char(&b, '\n');
            sb_repeat(&b, ' ', strlen(ast_type_names[type]));
        }
        sb_cstr(&b, kind == first ? " = " : " | ");
        describe_kind(&b, kind);
    }
    return sb_finish(&b);
}

static Value field_names(Thread *t, AstKind kind)
{
    Value texts[16];
    const AstInfo *info = &ast_info[kind];
    for (int i = 0; i < info->nfields; i++) {
        texts[i] = intern_cstr(t, info->fields[i].name);
        if (texts[i] == 0) {
            return 0;
        }
    }
    return tuple_from(t, texts, info->nfields);
}

static Value make_node_class(Thread *t, const char *name, Value base, Value ns, Value doc,
                             Value fields)
{
    Value module = str_from_cstr(t, "ast"), bases = tuple_pack(t, 1, base),
          text = str_from_cstr(t, name);
    if (doc == 0 || fields == 0 || module == 0 || bases == 0 || text == 0 ||
        !dict_set_cstr(t, ns, "_fields", fields) ||
        !dict_set_cstr(t, ns, "__match_args__", fields) ||
        !dict_set_cstr(t, ns, "__module__", module) || !dict_set_cstr(t, ns, "__doc__", doc)) {
        return 0;
    }
    Value args[3] = {text, bases, ns};
    return type_new(t, &type_type, args, 3, 0);
}

/* _attributes of a type, and None for those that may be absent. */
static bool set_node_attributes(Thread *t, Value ns, AstType type, Value attr_names)
{
    bool has = false, optional = false;
    for (AstKind kind = ast_first_kind(type); kind <= ast_last_kind(type); kind++) {
        has |= ast_info[kind].nattrs > 0;
        optional |= ast_info[kind].end_optional;
    }
    return dict_set_cstr(t, ns, "_attributes", has ? attr_names : tuple_empty()) &&
           (!optional || (dict_set_cstr(t, ns, "end_lineno", NONE) &&
                          dict_set_cstr(t, ns, "end_col_offset", NONE)));
}

static Value make_type_class(Thread *t, AstType type, Value attr_names)
{
    Value ns = dict_new(t);
    return ns == 0 || !set_node_attributes(t, ns, type, attr_names)
               ? 0
               : make_node_class(t, ast_type_names[type], object_value(&ast_type), ns,
                                 type_doc(t, type), tuple_empty());
}

static Value make_kind_class(Thread *t, AstKind kind, Value base, Value attr_names)
{
    const AstInfo *info = &ast_info[kind];
    Value ns = dict_new(t);
    if (ns == 0 || (!info->is_sum && !set_node_attributes(t, ns, info->type, attr_names))) {
        return 0;
    }
    for (int i = 0; i < info->nfields; i++) {
        if (info->fields[i].count == AST_OPT && !dict_set_cstr(t, ns, info->fields[i].name, NONE)) {
            return 0;
        }
    }
    return make_node_class(t, info->name, base, ns, kind_doc(t, kind), field_names(t, kind));
}

/* AST's own attributes; it can be changed as the others can. */
static bool ready_ast_type(Thread *t)
{
    if (!type_ready(t, &ast_type)) {
        return false;
    }
    Value dict = object_value(type_names(&ast_type));
    __atomic_and_fetch(&ast_type.flags, ~(uint32_t)TYPE_IMMUTABLE, __ATOMIC_RELAXED);
    return dict_set_cstr(t, dict, "_fields", tuple_empty()) &&
           dict_set_cstr(t, dict, "_attributes", tuple_empty()) &&
           dict_set_cstr(t, dict, "__match_args__", tuple_empty()) &&
           type_modified(t, &ast_type, 0);
}

static bool fill_classes(Thread *t, Value *items, Value attr_names)
{
    for (AstType type = 0; type < AST_TYPES; type++) {
        if (ast_info[ast_first_kind(type)].is_sum) {
            items[type] = make_type_class(t, type, attr_names);
            if (items[type] == 0) {
                return false;
            }
        }
    }
    for (AstKind kind = 1; kind < AST_KINDS; kind++) {
        const AstInfo *info = &ast_info[kind];
        Value cls = make_kind_class(
            t, kind, info->is_sum ? items[info->type] : object_value(&ast_type), attr_names);
        if (cls == 0) {
            return false;
        }
        items[AST_CLASSES_KIND + kind] = cls;
        if (!info->is_sum) {
            items[info->type] = cls;
        }
        Value extra = ast_kind_is_enum(kind) ? call0(t, cls) : field_names(t, kind);
        if (extra == 0) {
            return false;
        }
        items[AST_CLASSES_EXTRA + kind] = extra;
    }
    return true;
}

Value ast_classes(Thread *t)
{
    Value classes = value_load(&class_table);
    if (classes != 0) {
        return classes;
    }
    Value items[AST_CLASSES_SIZE] = {0}, attrs[4];
    static const char *const attr_texts[4] = {"lineno", "col_offset", "end_lineno",
                                              "end_col_offset"};
    for (int i = 0; i < 4; i++) {
        attrs[i] = intern_cstr(t, attr_texts[i]);
    }
    Value attr_names = tuple_from(t, attrs, 4);
    if (attr_names == 0 || !ready_ast_type(t) || !fill_classes(t, items, attr_names)) {
        return 0;
    }
    items[AST_CLASSES_KIND] = items[AST_CLASSES_EXTRA] = NONE; /* of no kind */
    items[AST_CLASSES_ATTRS] = attr_names;
    classes = tuple_from(t, items, AST_CLASSES_SIZE);
    Value none = 0;
    if (classes == 0) {
        return 0;
    }
    /* two threads may come here at once: the first to finish wins */
    if (__atomic_compare_exchange_n(&class_table, &none, classes, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        gc_add_root(&class_table);
    } else {
        classes = none;
    }
    return classes;
}

/* ---- compile() ---- */

int ast_check(Thread *t, Value v)
{
    if (value_load(&class_table) == 0) {
        return 0; /* there are no nodes yet */
    }
    return object_isinstance(t, v, object_value(&ast_type));
}

static ParseMode parse_mode_of(const char *mode)
{
    return strcmp(mode, "exec") == 0     ? PARSE_EXEC
           : strcmp(mode, "eval") == 0   ? PARSE_EVAL
           : strcmp(mode, "single") == 0 ? PARSE_SINGLE
                                         : PARSE_FUNC_TYPE;
}

Value ast_parse_to_object(Thread *t, Value source, Value filename, const char *mode, unsigned flags,
                          int feature)
{
    const char *text;
    size_t n;
    unsigned parse_flags = flags & (PARSE_DONT_IMPLY_DEDENT | PARSE_ALLOW_INCOMPLETE |
                                    PARSE_TYPE_COMMENTS | PARSE_BARRY_AS_BDFL);
    if (value_is_str(source)) {
        text = str_utf8(t, source, &n);
        parse_flags |= PARSE_IGNORE_COOKIE;
    } else {
        text = value_bytes(source)->data;
        n = value_bytes(source)->len;
    }
    if (text == NULL) {
        return 0;
    }
    Arena arena;
    arena_init(&arena);
    Mod *mod = parse_source(t, &arena, text, n, filename, parse_mode_of(mode), parse_flags,
                            feature < 0 ? 11 : feature);
    Value result = mod == NULL ? 0 : ast_to_object(t, mod);
    arena_free(&arena);
    return result;
}

Value ast_compile_object(Thread *t, Value ast, Value filename, const char *mode, unsigned flags,
                         int optimize)
{
    static const AstKind wanted[] = {AST_Module, AST_Expression, AST_Interactive};
    AstKind kind = wanted[parse_mode_of(mode)];
    Value classes = ast_classes(t);
    int right = classes == 0 ? -1 : object_isinstance(t, ast, ast_class_of_kind(classes, kind));
    if (right <= 0) {
        return right < 0 ? 0 : type_error(t, "expected %s node, got %T", ast_info[kind].name, ast);
    }
    Arena arena;
    arena_init(&arena);
    Mod *mod = ast_from_object(t, &arena, ast);
    Value code =
        mod == NULL || !ast_validate(t, mod) ? 0 : compile_ast(t, mod, filename, flags, optimize);
    arena_free(&arena);
    return code;
}

/* ---- module ---- */

static bool ast_exec(Thread *t, Value mod)
{
    Value classes = ast_classes(t);
    if (classes == 0 || !module_add(t, mod, "AST", object_value(&ast_type))) {
        return false;
    }
    for (AstType type = 0; type < AST_TYPES; type++) {
        if (!module_add(t, mod, ast_type_names[type], ast_class_of_type(classes, type))) {
            return false;
        }
    }
    for (AstKind kind = 1; kind < AST_KINDS; kind++) {
        if (!module_add(t, mod, ast_info[kind].name, ast_class_of_kind(classes, kind))) {
            return false;
        }
    }
    return module_add_int(t, mod, "PyCF_ONLY_AST", PYCF_ONLY_AST) &&
           module_add_int(t, mod, "PyCF_TYPE_COMMENTS", PYCF_TYPE_COMMENTS) &&
           module_add_int(t, mod, "PyCF_ALLOW_TOP_LEVEL_AWAIT", PYCF_ALLOW_TOP_LEVEL_AWAIT);
}

extern const ModuleDef module__ast;
const ModuleDef module__ast = {.name = "_ast", .doc = NULL, .functions = NULL, .exec = ast_exec};
