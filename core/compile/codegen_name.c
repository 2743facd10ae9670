/* Names: where a variable lives and how it is read, stored and deleted. */
#include "core/compile/compile_internal.h"

bool name_forbidden(Compiler *c, const void *node, Value name, AstKind ctx)
{
    if (ctx == AST_Load || !str_eq_cstr(name, "__debug__")) {
        return false;
    }
    compile_error(c, node,
                  ctx == AST_Store ? "cannot assign to __debug__" : "cannot delete __debug__");
    return true;
}

/* How a name is reached. */
typedef enum Access {
    ACCESS_FAST,
    ACCESS_CELL,
    ACCESS_CLASS_CELL,
    ACCESS_GLOBAL,
    ACCESS_NAME
} Access;

static Access name_access(Compiler *c, Value mangled, Symbol **symbol)
{
    Unit *u = c->u;
    *symbol = scope_find(u->scope, mangled);
    Resolution res = *symbol == NULL ? RES_NONE : (*symbol)->res;
    switch (res) {
    case RES_FREE:
        return u->scope->kind == SCOPE_CLASS ? ACCESS_CLASS_CELL : ACCESS_CELL;
    case RES_CELL:
        return ACCESS_CELL;
    case RES_LOCAL:
        return u->scope->kind == SCOPE_FUNCTION ? ACCESS_FAST : ACCESS_NAME;
    case RES_GLOBAL_IMPLICIT:
        return u->scope->kind == SCOPE_FUNCTION ? ACCESS_GLOBAL : ACCESS_NAME;
    case RES_GLOBAL_EXPLICIT:
        return ACCESS_GLOBAL;
    default:
        return ACCESS_NAME;
    }
}

/* The register of a local, given one at its first use. */
static int symbol_register(Compiler *c, Symbol *symbol)
{
    if (symbol->reg >= 0) {
        return symbol->reg;
    }
    symbol->reg = (int)list_len(c->u->varnames);
    assert(symbol->reg < c->u->max_locals);
    if (!list_append(c->t, c->u->varnames, symbol->name)) {
        compile_failed(c);
    }
    if (symbol->flags & DEF_DELETED) {
        c->u->deleted[symbol->reg / 64] |= (uint64_t)1 << (symbol->reg % 64);
    }
    return symbol->reg;
}

static Value mangle(Compiler *c, Value name)
{
    if (!atomic_load_explicit(&value_str(name)->interned, memory_order_relaxed)) {
        name = compile_keep(c, intern_str(c->t, name));
    }
    Value mangled = name == 0 || c->failed ? 0 : name_mangle(c, c->u->private_name, name);
    return mangled != 0 ? mangled : N(empty);
}

int local_register(Compiler *c, Value mangled)
{
    Symbol *symbol;
    return name_access(c, mangled, &symbol) == ACCESS_FAST ? symbol_register(c, symbol) : -1;
}

static void check_bound(Compiler *c, int reg)
{
    if (c->u->reachable && !local_is_bound(c, reg)) {
        emit(c, OP_CODE_CHECK_BOUND, reg, 0, 0);
        local_set_bound(c, reg, true);
    }
}

int name_in_place(Compiler *c, const Expr *e)
{
    if (e->kind != AST_Name || c->failed) {
        return -1;
    }
    int reg = local_register(c, mangle(c, e->Name.id));
    if (reg >= 0) {
        Position pos = pos_set(c, e);
        check_bound(c, reg);
        pos_restore(c, pos);
    }
    return reg;
}

bool name_is_in_namespace(Compiler *c, Value name)
{
    Symbol *symbol;
    return name_access(c, mangle(c, name), &symbol) == ACCESS_NAME;
}

bool name_is_global(Compiler *c, Value name)
{
    Symbol *symbol;
    return name_access(c, mangle(c, name), &symbol) == ACCESS_GLOBAL;
}

void name_load(Compiler *c, Value name, int dst)
{
    Symbol *symbol;
    Value mangled = mangle(c, name);
    switch (name_access(c, mangled, &symbol)) {
    case ACCESS_FAST: {
        int reg = symbol_register(c, symbol);
        check_bound(c, reg);
        emit_move(c, dst, reg);
        break;
    }
    case ACCESS_CELL:
        emit(c, OP_CODE_LOAD_CELL, dst, symbol->reg, 0);
        break;
    case ACCESS_CLASS_CELL:
        emit_x(c, OP_CODE_LOAD_CLASSCELL, dst, symbol->reg, 0, (uint32_t)const_index(c, mangled));
        break;
    case ACCESS_GLOBAL:
        emit_cached(c, OP_CODE_LOAD_GLOBAL, dst, 0, 0, mangled);
        break;
    case ACCESS_NAME:
        emit_cached(c, OP_CODE_LOAD_NAME, dst, 0, 0, mangled);
        break;
    }
}

void name_store(Compiler *c, Value name, int src)
{
    Symbol *symbol;
    Value mangled = mangle(c, name);
    if (c->failed || name_forbidden(c, NULL, mangled, AST_Store)) {
        return;
    }
    switch (name_access(c, mangled, &symbol)) {
    case ACCESS_FAST:
        emit_move(c, symbol_register(c, symbol), src);
        break;
    case ACCESS_CELL: case ACCESS_CLASS_CELL:
        emit(c, OP_CODE_STORE_CELL, symbol->reg, src, 0);
        break;
    case ACCESS_GLOBAL:
        emit_cached(c, OP_CODE_STORE_GLOBAL, src, 0, 0, mangled);
        break;
    case ACCESS_NAME:
        emit_cached(c, OP_CODE_STORE_NAME, src, 0, 0, mangled);
        break;
    }
}

void name_delete(Compiler *c, Value name)
{
    Symbol *symbol;
    Value mangled = mangle(c, name);
    if (c->failed) {
        return;
    }
    switch (name_access(c, mangled, &symbol)) {
    case ACCESS_FAST: {
        int reg = symbol_register(c, symbol);
        emit(c, OP_CODE_DELETE_FAST, reg, 0, 0);
        if (c->u->reachable) {
            local_set_bound(c, reg, false);
        }
        break;
    }
    case ACCESS_CELL: case ACCESS_CLASS_CELL:
        emit(c, OP_CODE_DELETE_CELL, symbol->reg, 0, 0);
        break;
    case ACCESS_GLOBAL:
        emit_cached(c, OP_CODE_DELETE_GLOBAL, 0, 0, 0, mangled);
        break;
    case ACCESS_NAME:
        emit_cached(c, OP_CODE_DELETE_NAME, 0, 0, 0, mangled);
        break;
    }
}

int target_register(Compiler *c, const Expr *target)
{
    if (target->kind != AST_Name || c->failed || str_eq_cstr(target->Name.id, "__debug__")) {
        return -1;
    }
    return local_register(c, mangle(c, target->Name.id));
}

Value name_mangled(Compiler *c, Value name)
{
    return mangle(c, name);
}

/* ---- targets ---- */

/* Position of the star in a list of targets, -1: none; false on errors. */
static bool find_star(Compiler *c, Expr *target, AstSeq *elts, int *star)
{
    *star = -1;
    for (int i = 0; i < elts->n; i++) {
        if (ast_seq_expr(elts, i)->kind != AST_Starred) {
            continue;
        }
        if (*star >= 0) {
            return compile_error(c, target, "multiple starred expressions in assignment");
        }
        if (i >= 1 << 8 || elts->n - i - 1 >= INT32_MAX >> 8) {
            return compile_error(c, target, "too many expressions in star-unpacking assignment");
        }
        *star = i;
    }
    return true;
}

/* The first of the registers of targets that are local variables in registers one behind the other;
 * -1: they are not. */
static int local_run(Compiler *c, AstSeq *elts)
{
    int first = elts->n > 0 ? target_register(c, ast_seq_expr(elts, 0)) : -1;
    for (int i = 1; first >= 0 && i < elts->n; i++) {
        if (target_register(c, ast_seq_expr(elts, i)) != first + i) {
            return -1;
        }
    }
    return first;
}

static void unpack_store(Compiler *c, Expr *target, AstSeq *elts, int src)
{
    int star;
    if (!find_star(c, target, elts, &star)) {
        return;
    }
    int locals = star < 0 ? local_run(c, elts) : -1;
    if (locals >= 0) {
        emit_x(c, OP_CODE_UNPACK_SEQUENCE, locals, src, 0, (uint32_t)elts->n);
        for (int i = 0; c->u->reachable && i < elts->n; i++) {
            local_set_bound(c, locals + i, true);
        }
        return;
    }
    int mark = temp_mark(c);
    int run = temp_run(c, elts->n == 0 ? 1 : elts->n);
    if (star < 0) {
        emit_x(c, OP_CODE_UNPACK_SEQUENCE, run, src, 0, (uint32_t)elts->n);
    } else {
        emit_x(c, OP_CODE_UNPACK_EX, run, src, star, (uint32_t)(elts->n - star - 1));
    }
    for (int i = 0; i < elts->n; i++) {
        Expr *elt = ast_seq_expr(elts, i);
        target_store(c, i == star ? elt->Starred.value : elt, run + i);
    }
    temp_release(c, mark);
}

static void target_store_kind(Compiler *c, Expr *target, int src)
{
    int mark = temp_mark(c);
    switch (target->kind) {
    case AST_Name:
        if (!name_forbidden(c, target, target->Name.id, AST_Store)) {
            name_store(c, target->Name.id, src);
        }
        break;
    case AST_Attribute: {
        if (name_forbidden(c, target, target->Attribute.attr, AST_Store)) {
            break;
        }
        int object = cg_any(c, target->Attribute.value);
        pos_attribute(c, target);
        emit_cached(c, OP_CODE_STORE_ATTR, object, src, 0, mangle(c, target->Attribute.attr));
        break;
    }
    case AST_Subscript: {
        int object = cg_operand(c, target->Subscript.value, -1, target->Subscript.slice);
        int key = cg_any(c, target->Subscript.slice);
        emit(c, OP_CODE_SET_ITEM, object, key, src);
        break;
    }
    case AST_Tuple: unpack_store(c, target, target->Tuple.elts, src); break;
    case AST_List: unpack_store(c, target, target->List.elts, src); break;
    case AST_Starred:
        compile_error(c, target, "starred assignment target must be in a list or tuple");
        break;
    default:
        compile_error(c, target, "cannot assign to expression");
        break;
    }
    temp_release(c, mark);
}

void target_store(Compiler *c, Expr *target, int src)
{
    if (visit_enter(c)) {
        Position pos = pos_set(c, target);
        target_store_kind(c, target, src);
        pos_restore(c, pos);
        visit_leave(c);
    }
}
