/* Resolving names: top down, each name of each scope becomes local, cell, free or global. */
#include "core/compile/compile_internal.h"

/* The scope around `scope` that binds a name for it, or NULL: the name is global. */
static Scope *find_binding(Scope *scope, Value name)
{
    for (Scope *p = scope->parent; p != NULL; p = p->parent) {
        if (p->kind == SCOPE_CLASS && name == N(__class__)) {
            return p;
        }
        Symbol *symbol = p->kind == SCOPE_FUNCTION ? scope_find(p, name) : NULL;
        if (symbol == NULL || (symbol->flags & DEF_NONLOCAL)) {
            continue;
        }
        if (symbol->flags & DEF_GLOBAL) {
            return NULL;
        }
        if (symbol->flags & DEF_BOUND) {
            return p;
        }
    }
    return NULL;
}

/* The name is a cell of `owner`, and free in `user` and everything between. */
static void make_free(Compiler *c, Scope *user, Scope *owner, Symbol *symbol)
{
    symbol->res = RES_FREE;
    for (Scope *p = user->parent; p != owner; p = p->parent) {
        Symbol *between = scope_symbol(c, p, symbol->name);
        if (between == NULL) {
            return;
        }
        if (p->kind == SCOPE_CLASS && (between->flags & (DEF_BOUND | DEF_GLOBAL)) &&
            !(between->flags & DEF_NONLOCAL)) {
            between->flags |= DEF_FREE_CLASS;
        } else {
            between->res = RES_FREE;
            between->flags |= between->flags == 0 ? DEF_FREE : 0;
        }
    }
    if (owner->kind == SCOPE_CLASS) {
        owner->needs_class_cell = true;
        return;
    }
    scope_find(owner, symbol->name)->res = RES_CELL;
}

static bool directive_error(Compiler *c, Symbol *symbol, const char *fmt)
{
    return compile_error(c, &symbol->at, fmt, symbol->name);
}

static bool resolve_symbol(Compiler *c, Scope *scope, Symbol *symbol)
{
    if (symbol->flags & DEF_GLOBAL) {
        if (symbol->flags & DEF_NONLOCAL) {
            return directive_error(c, symbol, "name '%U' is nonlocal and global");
        }
        symbol->res = RES_GLOBAL_EXPLICIT;
        return true;
    }
    if (symbol->flags & DEF_NONLOCAL) {
        if (scope->kind == SCOPE_MODULE) {
            return directive_error(c, symbol, "nonlocal declaration not allowed at module level");
        }
        Scope *owner = find_binding(scope, symbol->name);
        if (owner == NULL) {
            return directive_error(c, symbol, "no binding for nonlocal '%U' found");
        }
        make_free(c, scope, owner, symbol);
        return true;
    }
    if (symbol->flags & DEF_BOUND) {
        if (symbol->res == RES_NONE) {
            symbol->res = RES_LOCAL;
        }
        return true;
    }
    if (symbol->res == RES_FREE) {
        return true;
    }
    Scope *owner = find_binding(scope, symbol->name);
    if (owner == NULL) {
        symbol->res = RES_GLOBAL_IMPLICIT;
    } else {
        make_free(c, scope, owner, symbol);
    }
    return true;
}

/* Iterative over siblings, recursive over depth only: the visitors have limited the depth already.
 */
static bool resolve_scope(Compiler *c, Scope *scope)
{
    for (Symbol *s = scope->symbols; s != NULL; s = s->next) {
        if (!resolve_symbol(c, scope, s)) {
            return false;
        }
    }
    for (Scope *child = scope->children; child != NULL; child = child->next) {
        if (!resolve_scope(c, child)) {
            return false;
        }
    }
    return !c->failed;
}

bool symtable_resolve(Compiler *c)
{
    return resolve_scope(c, c->symtable.module);
}

/* ---- variable lists ---- */

static bool append_sorted(Compiler *c, Value list, size_t first, Value name)
{
    size_t at = list_len(list);
    while (at > first && str_cmp(list_get(list, at - 1), name) > 0) {
        at--;
    }
    if (!list_insert(c->t, list, (ssize_t)at, name)) {
        compile_failed(c);
        return false;
    }
    return true;
}

Value scope_cellvars(Compiler *c, Scope *scope)
{
    Value list = list_new(c->t, 0);
    size_t params = 0;
    for (Symbol *s = scope->symbols; list != 0 && s != NULL; s = s->next) {
        if (s->res == RES_CELL && (s->flags & DEF_PARAM)) {
            if (!list_append(c->t, list, s->name)) {
                return 0;
            }
            params++;
        }
    }
    if (list != 0 && scope->needs_class_cell && !append_sorted(c, list, params, N(__class__))) {
        return 0;
    }
    for (Symbol *s = scope->symbols; list != 0 && s != NULL; s = s->next) {
        if (s->res == RES_CELL && !(s->flags & DEF_PARAM) &&
            !append_sorted(c, list, params, s->name)) {
            return 0;
        }
    }
    return list == 0 ? 0 : list_to_tuple(c->t, list);
}

Value scope_freevars(Compiler *c, Scope *scope)
{
    Value list = list_new(c->t, 0);
    for (Symbol *s = scope->symbols; list != 0 && s != NULL; s = s->next) {
        if ((s->res == RES_FREE || (s->flags & DEF_FREE_CLASS)) &&
            !append_sorted(c, list, 0, s->name)) {
            return 0;
        }
    }
    return list == 0 ? 0 : list_to_tuple(c->t, list);
}
