/* Units: the code objects under construction, one inside the other; registers of their variables;
 * their prologue. */
#include "core/compile/compile_internal.h"

static Value qualified_name(Compiler *c, Scope *scope, Value name)
{
    Unit *outer = c->u;
    if (outer == NULL || outer->scope->kind == SCOPE_MODULE) {
        return name;
    }
    if (scope->kind == SCOPE_CLASS || (!scope->is_lambda && !scope->comprehension)) {
        Value mangled = name_mangle(c, outer->private_name, name);
        Symbol *symbol = mangled == 0 ? NULL : scope_find(outer->scope, mangled);
        if (symbol != NULL && symbol->res == RES_GLOBAL_EXPLICIT) {
            return name;
        }
    }
    bool locals = outer->scope->kind == SCOPE_FUNCTION && !outer->scope->comprehension;
    return str_format(c->t, locals ? "%U.<locals>.%U" : "%U.%U", outer->qualname, name);
}

static uint32_t unit_flags(Compiler *c, Scope *scope)
{
    uint32_t flags = c->future & CO_FUTURE_ALL;
    if (scope->kind == SCOPE_MODULE) {
        bool await = (c->flags & COMPILE_ALLOW_TOP_LEVEL_AWAIT) && scope->coroutine;
        return flags | (await ? CO_COROUTINE : 0);
    }
    if (scope->kind != SCOPE_FUNCTION) {
        return flags;
    }
    flags |= CO_OPTIMIZED | CO_NEWLOCALS;
    flags |= scope->nested ? CO_NESTED : 0;
    flags |= scope->varargs ? CO_VARARGS : 0;
    flags |= scope->varkeywords ? CO_VARKEYWORDS : 0;
    if (scope->generator) {
        flags |= scope->coroutine ? CO_ASYNC_GENERATOR : CO_GENERATOR;
    } else if (scope->coroutine) {
        flags |= CO_COROUTINE;
    }
    return flags;
}

/* Parameters get the first registers, in order of definition. */
static void assign_locals(Compiler *c, Unit *u)
{
    if (u->scope->kind != SCOPE_FUNCTION) {
        return;
    }
    for (Symbol *s = u->scope->symbols; s != NULL; s = s->next) {
        if (s->flags & DEF_PARAM) {
            int reg = u->max_locals++;
            if (s->res == RES_LOCAL) {
                s->reg = reg;
            }
            if (!list_append(c->t, u->varnames, s->name)) {
                compile_failed(c);
            }
        }
    }
    for (Symbol *s = u->scope->symbols; s != NULL; s = s->next) {
        if (s->res == RES_LOCAL && !(s->flags & DEF_PARAM)) {
            u->max_locals++;
        }
    }
}

static void assign_cells(Unit *u)
{
    u->n_cells = (int)tuple_len(u->cellvars);
    u->n_frees = (int)tuple_len(u->freevars);
    for (int i = 0; i < u->n_cells + u->n_frees; i++) {
        Value name = i < u->n_cells ? tuple_get(u->cellvars, (size_t)i)
                                    : tuple_get(u->freevars, (size_t)(i - u->n_cells));
        Symbol *s = scope_find(u->scope, name);
        if (s != NULL && (s->res == RES_CELL || s->res == RES_FREE)) {
            s->reg = u->max_locals + i;
        }
    }
}

static bool assign_bound_bits(Compiler *c, Unit *u)
{
    u->bound_words = u->max_locals / 64 + 1;
    u->bound = compile_alloc(c, (size_t)u->bound_words * sizeof(uint64_t));
    u->deleted = compile_alloc(c, (size_t)u->bound_words * sizeof(uint64_t));
    if (u->deleted == NULL) {
        return false;
    }
    for (Symbol *s = u->scope->symbols; s != NULL; s = s->next) {
        if (s->reg >= 0 && s->res == RES_LOCAL) {
            u->bound[s->reg / 64] |= (uint64_t)1 << (s->reg % 64);
            if (s->flags & DEF_DELETED) {
                u->deleted[s->reg / 64] |= (uint64_t)1 << (s->reg % 64);
            }
        }
    }
    return true;
}

/* Index of the parameter a cell starts with, or -1. */
static int cell_parameter(Unit *u, Value name)
{
    Symbol *symbol = scope_find(u->scope, name);
    if (symbol == NULL || !(symbol->flags & DEF_PARAM)) {
        return -1;
    }
    int index = 0;
    for (Symbol *s = u->scope->symbols; s != symbol; s = s->next) {
        index += (s->flags & DEF_PARAM) != 0;
    }
    return index;
}

static void emit_prologue(Compiler *c, Unit *u)
{
    u->pos = (Position){u->firstlineno, u->firstlineno, 0, 0};
    if (u->flags & CO_ANY_GENERATOR) {
        emit(c, OP_CODE_RETURN_GENERATOR, 0, 0, 0);
    }
    Position pos = u->pos;
    u->pos = (Position){-1, -1, -1, -1};
    for (int i = 0; i < u->n_cells; i++) {
        int param = u->scope->kind == SCOPE_FUNCTION
                        ? cell_parameter(u, tuple_get(u->cellvars, (size_t)i))
                        : -1;
        if (param >= 0) {
            emit(c, OP_CODE_MAKE_CELL, u->max_locals + i, param, 0);
        } else {
            emit(c, OP_CODE_NEW_CELL, u->max_locals + i, 0, 0);
        }
    }
    for (int i = 0; i < u->n_frees; i++) {
        emit(c, OP_CODE_COPY_FREE_VARS, u->max_locals + u->n_cells + i, i, 0);
    }
    u->pos = pos;
}

static bool make_lists(Compiler *c, Unit *u)
{
    return (u->consts = list_new(c->t, 0)) != 0 && (u->const_map = dict_new(c->t)) != 0 &&
           (u->names_list = list_new(c->t, 0)) != 0 && (u->names_map = dict_new(c->t)) != 0 &&
           (u->cache_names = list_new(c->t, 0)) != 0 && (u->varnames = list_new(c->t, 0)) != 0 &&
           (u->cellvars = scope_cellvars(c, u->scope)) != 0 &&
           (u->freevars = scope_freevars(c, u->scope)) != 0;
}

bool unit_enter(Compiler *c, Unit *u, const void *node, Value name, int firstlineno)
{
    Scope *scope = ptrmap_get(&c->symtable.scopes, (uint64_t)(uintptr_t)node);
    assert(scope != NULL || c->failed);
    *u = (Unit){
        .prev = c->u, .scope = scope, .name = name, .handler = -1, .firstlineno = firstlineno};
    if (c->failed) {
        return false;
    }
    u->qualname = qualified_name(c, scope, name);
    u->private_name = scope->private_name;
    u->in_class_body = scope->kind == SCOPE_CLASS;
    u->flags = unit_flags(c, scope);
    if (u->qualname == 0 || !make_lists(c, u)) {
        if (!c->failed) {
            compile_failed(c);
        }
        return false;
    }
    for (Symbol *s = scope->symbols; s != NULL; s = s->next) {
        s->reg = -1; /* a body may be generated more than once */
    }
    assign_locals(c, u);
    assign_cells(u);
    u->temp_base = u->next_temp = u->max_temp = u->max_locals + u->n_cells + u->n_frees;
    if (!assign_bound_bits(c, u)) {
        return false;
    }
    u->reachable = true;
    c->u = u;
    emit_prologue(c, u);
    return true;
}

void unit_abandon(Compiler *c)
{
    Unit *u = c->u;
    mem_free(u->ins);
    mem_free(u->labels);
    mem_free(u->handlers);
    c->u = u->prev;
}

Value unit_finish(Compiler *c)
{
    Value code = c->failed ? 0 : unit_assemble(c);
    unit_abandon(c);
    if (code == 0 && !c->failed) {
        compile_failed(c);
    }
    return code;
}
