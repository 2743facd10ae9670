/* Assignments, augmented and annotated assignments, del, imports. */
#include "core/compile/compile_internal.h"

/* ---- a, b = x, y without a tuple ---- */

static bool plain_targets(const Expr *target)
{
    if (target->kind != AST_Tuple && target->kind != AST_List) {
        return false;
    }
    const AstSeq *elts = target->kind == AST_Tuple ? target->Tuple.elts : target->List.elts;
    for (int i = 0; i < elts->n; i++) {
        if (ast_seq_expr(elts, i)->kind == AST_Starred) {
            return false;
        }
    }
    return elts->n > 0;
}

static bool values_match(const Expr *value, int n)
{
    if (value->kind == AST_Constant) {
        return value_is_tuple_exact(value->Constant.value) &&
               (int)tuple_len(value->Constant.value) == n;
    }
    if (value->kind != AST_Tuple || value->Tuple.elts->n != n) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (ast_seq_expr(value->Tuple.elts, i)->kind == AST_Starred) {
            return false;
        }
    }
    return true;
}

enum { MAX_PARALLEL = 16 };

/* The value is in a local that an earlier target of the same statement overwrites. */
static bool overwritten_before(Compiler *c, AstSeq *targets, int index, int reg)
{
    for (int i = 0; i < index; i++) {
        Expr *target = ast_seq_expr(targets, i);
        if (target->kind != AST_Name || target_register(c, target) == reg) {
            return true;
        }
    }
    return false;
}

static void assign_parallel(Compiler *c, AstSeq *targets, Expr *value)
{
    int mark = temp_mark(c);
    int regs[MAX_PARALLEL];
    for (int i = 0; i < targets->n; i++) {
        if (value->kind == AST_Constant) {
            regs[i] = temp_new(c);
            emit_const(c, regs[i], tuple_get(value->Constant.value, (size_t)i));
            continue;
        }
        Expr *e = ast_seq_expr(value->Tuple.elts, i);
        bool walrus = expr_assigns_names(c, value);
        regs[i] = walrus ? cg_push(c, e) : cg_any(c, e);
        if (!is_temp(c, regs[i]) && overwritten_before(c, targets, i, regs[i])) {
            int copy = temp_new(c);
            emit_move(c, copy, regs[i]);
            regs[i] = copy;
        }
    }
    for (int i = 0; i < targets->n; i++) {
        target_store(c, ast_seq_expr(targets, i), regs[i]);
    }
    temp_release(c, mark);
}

static void assign_one(Compiler *c, Expr *target, Expr *value)
{
    if (plain_targets(target)) {
        AstSeq *targets = target->kind == AST_Tuple ? target->Tuple.elts : target->List.elts;
        if (targets->n <= MAX_PARALLEL && values_match(value, targets->n)) {
            assign_parallel(c, targets, value);
            return;
        }
    }
    int reg = target_register(c, target);
    if (reg >= 0) {
        cg_to(c, value, reg);
        return;
    }
    int mark = temp_mark(c);
    int src = cg_operand(c, value, -1, target);
    target_store(c, target, src);
    temp_release(c, mark);
}

void cg_assign(Compiler *c, Stmt *s)
{
    AstSeq *targets = s->Assign.targets;
    if (targets->n == 1) {
        assign_one(c, ast_seq_expr(targets, 0), s->Assign.value);
        return;
    }
    int mark = temp_mark(c);
    int src = cg_push(c, s->Assign.value);
    for (int i = 0; i < targets->n; i++) {
        target_store(c, ast_seq_expr(targets, i), src);
    }
    temp_release(c, mark);
}

/* ---- augmented ---- */

static void emit_inplace(Compiler *c, AstKind op, int dst, int left, Expr *value)
{
    static const BinaryOp numbers[] = {
        [AST_Add] = OP_ADD,        [AST_Sub] = OP_SUB,     [AST_Mult] = OP_MUL,
        [AST_MatMult] = OP_MATMUL, [AST_Div] = OP_TRUEDIV, [AST_FloorDiv] = OP_FLOORDIV,
        [AST_Mod] = OP_MOD,        [AST_Pow] = OP_POW,     [AST_LShift] = OP_LSHIFT,
        [AST_RShift] = OP_RSHIFT,  [AST_BitAnd] = OP_AND,  [AST_BitOr] = OP_OR,
        [AST_BitXor] = OP_XOR};
    int small;
    if ((op == AST_Add || op == AST_Sub) && expr_small_int(value, &small)) {
        emit(c, op == AST_Add ? OP_CODE_IADDI : OP_CODE_ISUBI, dst, left, small);
        return;
    }
    int right = cg_any(c, value);
    if (op == AST_Add || op == AST_Sub) {
        emit(c, op == AST_Add ? OP_CODE_IADD : OP_CODE_ISUB, dst, left, right);
    } else {
        emit_x(c, OP_CODE_INPLACE, dst, left, right, (uint32_t)numbers[op]);
    }
}

static void aug_name(Compiler *c, Stmt *s, Expr *target)
{
    Expr *value = s->AugAssign.value;
    int reg = target_register(c, target);
    if (reg >= 0 && !expr_assigns_names(c, value)) {
        Expr load = {.kind = AST_Name, .lineno = target->lineno, .col_offset = target->col_offset,
                     .end_lineno = target->end_lineno, .end_col_offset = target->end_col_offset};
        load.Name.id = target->Name.id;
        name_in_place(c, &load);
        emit_inplace(c, s->AugAssign.op, reg, reg, value);
        return;
    }
    int old = temp_new(c);
    Position pos = pos_set(c, target);
    name_load(c, target->Name.id, old);
    pos_restore(c, pos);
    emit_inplace(c, s->AugAssign.op, old, old, value);
    target_store(c, target, old);
}

static void aug_attribute(Compiler *c, Stmt *s, Expr *target)
{
    Expr *value = s->AugAssign.value;
    Value name = name_mangled(c, target->Attribute.attr);
    if (name_forbidden(c, target, target->Attribute.attr, AST_Store)) {
        return;
    }
    int object = cg_operand(c, target->Attribute.value, -1, value);
    int result = temp_new(c);
    Position pos = pos_set(c, target);
    pos_attribute(c, target);
    emit_cached(c, OP_CODE_LOAD_ATTR, result, object, 0, name);
    pos_restore(c, pos);
    emit_inplace(c, s->AugAssign.op, result, result, value);
    pos_set(c, target);
    pos_attribute(c, target);
    emit_cached(c, OP_CODE_STORE_ATTR, object, result, 0, name);
    pos_restore(c, pos);
}

static void aug_subscript(Compiler *c, Stmt *s, Expr *target)
{
    Expr *value = s->AugAssign.value;
    int object = cg_operand(c, target->Subscript.value, -1,
                            expr_assigns_names(c, target->Subscript.slice) ? target->Subscript.slice
                                                                           : value);
    int key = cg_operand(c, target->Subscript.slice, -1, value);
    int result = temp_new(c);
    Position pos = pos_set(c, target);
    emit(c, OP_CODE_GET_ITEM, result, object, key);
    pos_restore(c, pos);
    emit_inplace(c, s->AugAssign.op, result, result, value);
    pos_set(c, target);
    emit(c, OP_CODE_SET_ITEM, object, key, result);
    pos_restore(c, pos);
}

void cg_aug_assign(Compiler *c, Stmt *s)
{
    Expr *target = s->AugAssign.target;
    int mark = temp_mark(c);
    switch (target->kind) {
    case AST_Name: aug_name(c, s, target); break;
    case AST_Attribute: aug_attribute(c, s, target); break;
    case AST_Subscript: aug_subscript(c, s, target); break;
    default:
        system_error(c->t, "invalid node type (%d) for augmented assignment",
                     (int)(target->kind - AST_BoolOp) + 1);
        compile_failed(c);
        break;
    }
    temp_release(c, mark);
}

/* ---- annotated ---- */

static void store_annotation(Compiler *c, Value name, Expr *annotation)
{
    int value = temp_new(c), dict = temp_new(c), key = temp_new(c);
    if (c->future & CO_FUTURE_ANNOTATIONS) {
        Value text = annotation_text(c, annotation);
        if (text != 0) {
            emit_const(c, value, text);
        }
    } else {
        cg_to(c, annotation, value);
    }
    emit_cached(c, OP_CODE_LOAD_NAME, dict, 0, 0, N(__annotations__));
    emit_const(c, key, name_mangled(c, name));
    emit(c, OP_CODE_SET_ITEM, dict, key, value);
}

/* A target without value: its parts are evaluated for their effects. */
static void evaluate_target(Compiler *c, Expr *target)
{
    if (target->kind == AST_Attribute) {
        if (!name_forbidden(c, target, target->Attribute.attr, AST_Store)) {
            cg_discard(c, target->Attribute.value);
        }
    } else if (target->kind == AST_Subscript) {
        cg_discard(c, target->Subscript.value);
        Expr *slice = target->Subscript.slice;
        if (slice->kind != AST_Slice) {
            cg_discard(c, slice);
            return;
        }
        Expr *parts[] = {slice->Slice.lower, slice->Slice.upper, slice->Slice.step};
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
            if (parts[i] != NULL) {
                cg_discard(c, parts[i]);
            }
        }
    }
}

void cg_ann_assign(Compiler *c, Stmt *s)
{
    Expr *target = s->AnnAssign.target;
    bool evaluated = c->u->scope->kind != SCOPE_FUNCTION;
    int mark = temp_mark(c);
    if (s->AnnAssign.value != NULL) {
        assign_one(c, target, s->AnnAssign.value);
    }
    if (target->kind == AST_Name) {
        if (name_forbidden(c, target, target->Name.id, AST_Store)) {
            return;
        }
        if (s->AnnAssign.simple && evaluated) {
            store_annotation(c, target->Name.id, s->AnnAssign.annotation);
        }
    } else if (s->AnnAssign.value == NULL) {
        evaluate_target(c, target);
    }
    if (!s->AnnAssign.simple && evaluated && !(c->future & CO_FUTURE_ANNOTATIONS)) {
        cg_discard(c, s->AnnAssign.annotation);
    }
    temp_release(c, mark);
}

/* ---- del ---- */

static void delete_kind(Compiler *c, Expr *target)
{
    int mark = temp_mark(c);
    switch (target->kind) {
    case AST_Name:
        if (!name_forbidden(c, target, target->Name.id, AST_Del)) {
            name_delete(c, target->Name.id);
        }
        break;
    case AST_Attribute: {
        if (name_forbidden(c, target, target->Attribute.attr, AST_Del)) {
            break;
        }
        int object = cg_any(c, target->Attribute.value);
        pos_attribute(c, target);
        emit_cached(c, OP_CODE_DELETE_ATTR, object, 0, 0, name_mangled(c, target->Attribute.attr));
        break;
    }
    case AST_Subscript: {
        int object = cg_operand(c, target->Subscript.value, -1, target->Subscript.slice);
        int key = cg_any(c, target->Subscript.slice);
        emit(c, OP_CODE_DEL_ITEM, object, key, 0);
        break;
    }
    case AST_Tuple: case AST_List: {
        AstSeq *elts = target->kind == AST_Tuple ? target->Tuple.elts : target->List.elts;
        for (int i = 0; i < elts->n; i++) {
            cg_delete(c, ast_seq_expr(elts, i));
        }
        break;
    }
    default:
        compile_error(c, target, "cannot delete expression");
        break;
    }
    temp_release(c, mark);
}

void cg_delete(Compiler *c, Expr *target)
{
    if (visit_enter(c)) {
        Position pos = pos_set(c, target);
        delete_kind(c, target);
        pos_restore(c, pos);
        visit_leave(c);
    }
}

/* ---- imports ---- */

static Value name_part(Compiler *c, Value dotted, size_t from, size_t *end)
{
    Str *s = value_str(dotted);
    size_t at = from;
    while (at < s->len && str_get(s, at) != '.') {
        at++;
    }
    *end = at;
    Value part = str_substring(c->t, dotted, from, at);
    return compile_keep(c, part == 0 ? 0 : intern_str(c->t, part));
}

/* Can the import statement bind a lazy import under this name, if the module wants that? */
static bool may_be_lazy(Compiler *c, Value bound)
{
    return c->u->scope->kind == SCOPE_MODULE && c->u->n_tries == 0 &&
           name_is_in_namespace(c, bound);
}

static void import_module_name(Compiler *c, Opcode op, Value name, int level, Value fromlist,
                               int dst)
{
    int level_reg = temp_new(c), list_reg = temp_new(c);
    emit_const(c, level_reg, fixnum(level));
    emit_const(c, list_reg, fromlist);
    emit_cached(c, op, dst, level_reg, list_reg, name);
}

static void import_alias(Compiler *c, Alias *alias)
{
    int mark = temp_mark(c);
    int module = temp_new(c);
    size_t end;
    Value first = name_part(c, alias->name, 0, &end);
    if (first == 0) {
        return;
    }
    bool lazy = may_be_lazy(c, alias->asname ? alias->asname : first);
    import_module_name(c, lazy ? OP_CODE_IMPORT_LAZY : OP_CODE_IMPORT_NAME,
                       name_mangled(c, alias->name), 0, NONE, module);
    if (alias->asname == 0) {
        name_store(c, first, module);
    } else {
        while (end < str_len(alias->name)) { /* import a.b.c as d */
            Value part = name_part(c, alias->name, end + 1, &end);
            if (part == 0) {
                return;
            }
            emit_cached(c, OP_CODE_IMPORT_FROM, module, module, 0, part);
        }
        name_store(c, alias->asname, module);
    }
    temp_release(c, mark);
}

void cg_import(Compiler *c, Stmt *s)
{
    for (int i = 0; i < s->Import.names->n && !c->failed; i++) {
        import_alias(c, s->Import.names->items[i]);
    }
}

void cg_import_from(Compiler *c, Stmt *s)
{
    AstSeq *aliases = s->ImportFrom.names;
    if (!future_check_import(c, s)) {
        return;
    }
    Value fromlist = tuple_new(c->t, (size_t)aliases->n);
    if (fromlist == 0) {
        compile_failed(c);
        return;
    }
    bool lazy = !str_eq_cstr(((Alias *)aliases->items[0])->name, "*");
    for (int i = 0; i < aliases->n; i++) {
        Alias *alias = aliases->items[i];
        gc_store(value_tuple(fromlist), &value_tuple(fromlist)->items[i], alias->name);
        lazy &= may_be_lazy(c, alias->asname != 0 ? alias->asname : alias->name);
    }
    int mark = temp_mark(c);
    int module = temp_new(c), item = temp_new(c);
    Value name = s->ImportFrom.module != 0 ? s->ImportFrom.module : N(empty);
    import_module_name(c, lazy ? OP_CODE_IMPORT_LAZY : OP_CODE_IMPORT_NAME, name_mangled(c, name),
                       s->ImportFrom.level, fromlist, module);
    for (int i = 0; i < aliases->n && !c->failed; i++) {
        Alias *alias = aliases->items[i];
        if (i == 0 && str_eq_cstr(alias->name, "*")) {
            emit(c, OP_CODE_IMPORT_STAR, module, 0, 0);
            break;
        }
        emit_cached(c, OP_CODE_IMPORT_FROM, item, module, 0, name_mangled(c, alias->name));
        name_store(c, alias->asname != 0 ? alias->asname : alias->name, item);
    }
    temp_release(c, mark);
}
