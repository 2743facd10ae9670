/* Collecting names: one walk over the tree that makes the scopes and notes each use and binding. */
#include "core/compile/compile_internal.h"

static void visit_expr(Compiler *c, Expr *e);
static void visit_stmt(Compiler *c, Stmt *s);
static void visit_pattern(Compiler *c, Pattern *p);

/* ---- the map ---- */

static uint64_t mix_word(uint64_t key)
{
    key ^= key >> 29;
    key *= 0x9e3779b97f4a7c15u;
    return key ^ key >> 32;
}

void *ptrmap_get(const PtrMap *map, uint64_t key)
{
    if (map->slots == NULL) {
        return NULL;
    }
    for (size_t i = mix_word(key) & map->mask;; i = (i + 1) & map->mask) {
        if (map->slots[i].value == NULL || map->slots[i].key == key) {
            return map->slots[i].value;
        }
    }
}

static void ptrmap_put(PtrMap *map, uint64_t key, void *value)
{
    size_t i = mix_word(key) & map->mask;
    while (map->slots[i].value != NULL && map->slots[i].key != key) {
        i = (i + 1) & map->mask;
    }
    map->used += map->slots[i].value == NULL;
    map->slots[i].key = key;
    map->slots[i].value = value;
}

bool ptrmap_set(Arena *arena, PtrMap *map, uint64_t key, void *value)
{
    if (map->slots == NULL || map->used * 4 >= (map->mask + 1) * 3) {
        PtrMap grown = {.mask = map->slots == NULL ? 7 : map->mask * 2 + 1};
        grown.slots = arena_alloc(arena, (grown.mask + 1) * sizeof *grown.slots);
        if (grown.slots == NULL) {
            return false;
        }
        for (size_t i = 0; map->slots != NULL && i <= map->mask; i++) {
            if (map->slots[i].value != NULL) {
                ptrmap_put(&grown, map->slots[i].key, map->slots[i].value);
            }
        }
        *map = grown;
    }
    ptrmap_put(map, key, value);
    return true;
}

/* ---- scopes and symbols ---- */

Value name_mangle(Compiler *c, Value private_name, Value name)
{
    Str *s = value_str(name);
    size_t n = s->len;
    if (private_name == 0 || n < 3 || str_get(s, 0) != '_' || str_get(s, 1) != '_' ||
        (str_get(s, n - 1) == '_' && str_get(s, n - 2) == '_')) {
        return name;
    }
    Str *p = value_str(private_name);
    size_t skip = 0;
    for (size_t i = 0; i < n; i++) {
        if (str_get(s, i) == '.') {
            return name; /* import __a.b */
        }
    }
    while (skip < p->len && str_get(p, skip) == '_') {
        skip++;
    }
    if (skip == p->len) {
        return name; /* a class named with underscores only */
    }
    Value tail = str_substring(c->t, private_name, skip, p->len);
    Value mangled = tail == 0 ? 0 : str_format(c->t, "_%U%U", tail, name);
    mangled = mangled == 0 ? 0 : intern_str(c->t, mangled);
    return compile_keep(c, mangled);
}

/* Names of trees made by hand need not be interned. */
static Value name_intern(Compiler *c, Value name)
{
    if (atomic_load_explicit(&value_str(name)->interned, memory_order_relaxed)) {
        return name;
    }
    return compile_keep(c, intern_str(c->t, name));
}

Symbol *scope_find(const Scope *scope, Value mangled)
{
    return ptrmap_get(&scope->map, mangled);
}

Symbol *scope_symbol(Compiler *c, Scope *scope, Value mangled)
{
    Symbol *symbol = scope_find(scope, mangled);
    if (symbol != NULL) {
        return symbol;
    }
    symbol = compile_alloc(c, sizeof *symbol);
    if (symbol == NULL) {
        return NULL;
    }
    symbol->name = mangled;
    symbol->reg = -1;
    if (!ptrmap_set(&c->arena, &scope->map, mangled, symbol)) {
        return compile_no_memory(c);
    }
    if (scope->last_symbol == NULL) {
        scope->symbols = symbol;
    } else {
        scope->last_symbol->next = symbol;
    }
    scope->last_symbol = symbol;
    return symbol;
}

static Scope *scope_enter(Compiler *c, ScopeKind kind, Value name, const void *node)
{
    Scope *scope = compile_alloc(c, sizeof *scope);
    if (scope == NULL) {
        return NULL;
    }
    Scope *parent = c->symtable.current;
    scope->kind = kind;
    scope->name = name;
    scope->node = node;
    scope->parent = parent;
    if (kind != SCOPE_MODULE) {
        const AstNode *at = node;
        scope->lineno = at->lineno;
        scope->col_offset = at->col_offset;
        scope->end_lineno = at->end_lineno;
        scope->end_col_offset = at->end_col_offset;
    }
    if (parent != NULL) {
        scope->nested = parent->nested || parent->kind == SCOPE_FUNCTION;
        scope->private_name = parent->private_name;
        scope->comp_iter_expr = parent->comp_iter_expr;
    }
    if (parent != NULL && kind != SCOPE_ANNOTATION) {
        if (parent->last_child == NULL) {
            parent->children = scope;
        } else {
            parent->last_child->next = scope;
        }
        parent->last_child = scope;
    }
    if (kind != SCOPE_ANNOTATION &&
        !ptrmap_set(&c->arena, &c->symtable.scopes, (uint64_t)(uintptr_t)node, scope)) {
        return compile_no_memory(c);
    }
    c->symtable.current = scope;
    return scope;
}

static void scope_leave(Compiler *c)
{
    c->symtable.current = c->symtable.current->parent;
}

static Value mangle_here(Compiler *c, Value name)
{
    name = name_intern(c, name);
    return name == 0 ? 0 : name_mangle(c, c->symtable.current->private_name, name);
}

/* Notes `flag` for a mangled name in a scope; node: where, for errors. */
static void add_mangled(Compiler *c, Scope *scope, Value name, unsigned flag, const void *node)
{
    Symbol *symbol = name == 0 || c->failed ? NULL : scope_symbol(c, scope, name);
    if (symbol == NULL) {
        return;
    }
    if ((flag & DEF_PARAM) && (symbol->flags & DEF_PARAM)) {
        compile_error(c, node, "duplicate argument '%U' in function definition", name);
        return;
    }
    symbol->flags |= flag;
    if (scope->comp_iter_target) {
        if (symbol->flags & (DEF_GLOBAL | DEF_NONLOCAL)) {
            compile_error(
                c, node, "comprehension inner loop cannot rebind assignment expression target '%U'",
                name);
            return;
        }
        symbol->flags |= DEF_COMP_ITER;
    }
    if (flag & DEF_PARAM) {
        scope->n_params++;
    }
    /* the module itself stores it as a global, too */
    if ((flag & DEF_GLOBAL) && scope != c->symtable.module) {
        symbol = scope_symbol(c, c->symtable.module, name);
        if (symbol != NULL) {
            symbol->flags |= DEF_GLOBAL;
        }
    }
}

static void add_name(Compiler *c, Value name, unsigned flag, const void *node)
{
    if (!c->failed) {
        add_mangled(c, c->symtable.current, mangle_here(c, name), flag, node);
    }
}

static void visit_exprs(Compiler *c, AstSeq *seq)
{
    for (int i = 0; i < seq->n; i++) {
        if (seq->items[i] != NULL) {
            visit_expr(c, seq->items[i]);
        }
    }
}

static void visit_optional(Compiler *c, Expr *e)
{
    if (e != NULL) {
        visit_expr(c, e);
    }
}

static void visit_stmts(Compiler *c, AstSeq *seq)
{
    for (int i = 0; i < seq->n && !c->failed; i++) {
        visit_stmt(c, seq->items[i]);
    }
}

static void visit_keywords(Compiler *c, AstSeq *keywords)
{
    for (int i = 0; i < keywords->n; i++) {
        visit_expr(c, ((Keyword *)keywords->items[i])->value);
    }
}

/* ---- functions and classes ---- */

static void visit_annotation(Compiler *c, Expr *annotation)
{
    if (annotation == NULL) {
        return;
    }
    bool as_text = c->future & CO_FUTURE_ANNOTATIONS;
    if (as_text && scope_enter(c, SCOPE_ANNOTATION, N(__annotations__), annotation) == NULL) {
        return;
    }
    visit_expr(c, annotation);
    if (as_text) {
        scope_leave(c);
    }
}

static void visit_arg_annotations(Compiler *c, AstSeq *args)
{
    for (int i = 0; i < args->n; i++) {
        visit_annotation(c, ((Arg *)args->items[i])->annotation);
    }
}

static void visit_annotations(Compiler *c, Arguments *a, Expr *returns)
{
    visit_arg_annotations(c, a->posonlyargs);
    visit_arg_annotations(c, a->args);
    if (a->vararg != NULL) {
        visit_annotation(c, a->vararg->annotation);
    }
    if (a->kwarg != NULL) {
        visit_annotation(c, a->kwarg->annotation);
    }
    visit_arg_annotations(c, a->kwonlyargs);
    visit_annotation(c, returns);
}

static void visit_params(Compiler *c, AstSeq *args)
{
    for (int i = 0; i < args->n; i++) {
        Arg *arg = args->items[i];
        add_name(c, arg->arg, DEF_PARAM, arg);
    }
}

static void visit_arguments(Compiler *c, Arguments *a)
{
    Scope *scope = c->symtable.current;
    visit_params(c, a->posonlyargs);
    visit_params(c, a->args);
    visit_params(c, a->kwonlyargs);
    if (a->vararg != NULL) {
        add_name(c, a->vararg->arg, DEF_PARAM, a->vararg);
        scope->varargs = true;
    }
    if (a->kwarg != NULL) {
        add_name(c, a->kwarg->arg, DEF_PARAM, a->kwarg);
        scope->varkeywords = true;
    }
}

static void visit_function(Compiler *c, Stmt *s)
{
    bool is_async = s->kind == AST_AsyncFunctionDef;
    Value name = is_async ? s->AsyncFunctionDef.name : s->FunctionDef.name;
    Arguments *a = is_async ? s->AsyncFunctionDef.args : s->FunctionDef.args;
    add_name(c, name, DEF_LOCAL, s);
    visit_exprs(c, a->defaults);
    visit_exprs(c, a->kw_defaults);
    visit_annotations(c, a, is_async ? s->AsyncFunctionDef.returns : s->FunctionDef.returns);
    visit_exprs(c, is_async ? s->AsyncFunctionDef.decorator_list : s->FunctionDef.decorator_list);
    Scope *scope = c->failed ? NULL : scope_enter(c, SCOPE_FUNCTION, name_intern(c, name), s);
    if (scope == NULL) {
        return;
    }
    scope->coroutine = is_async;
    visit_arguments(c, a);
    visit_stmts(c, is_async ? s->AsyncFunctionDef.body : s->FunctionDef.body);
    scope_leave(c);
}

static void visit_class(Compiler *c, Stmt *s)
{
    add_name(c, s->ClassDef.name, DEF_LOCAL, s);
    visit_exprs(c, s->ClassDef.bases);
    visit_keywords(c, s->ClassDef.keywords);
    visit_exprs(c, s->ClassDef.decorator_list);
    Scope *scope =
        c->failed ? NULL : scope_enter(c, SCOPE_CLASS, name_intern(c, s->ClassDef.name), s);
    if (scope == NULL) {
        return;
    }
    scope->private_name = scope->name;
    visit_stmts(c, s->ClassDef.body);
    scope_leave(c);
}

static void visit_lambda(Compiler *c, Expr *e)
{
    visit_exprs(c, e->Lambda.args->defaults);
    visit_exprs(c, e->Lambda.args->kw_defaults);
    Scope *scope =
        c->failed ? NULL : scope_enter(c, SCOPE_FUNCTION, intern_cstr(c->t, "lambda"), e);
    if (scope == NULL) {
        return;
    }
    scope->is_lambda = true;
    visit_arguments(c, e->Lambda.args);
    visit_expr(c, e->Lambda.body);
    scope_leave(c);
}

/* ---- comprehensions ---- */

static void visit_target(Compiler *c, Comprehension *g)
{
    c->symtable.current->comp_iter_target = true;
    visit_expr(c, g->target);
    c->symtable.current->comp_iter_target = false;
}

static void visit_inner_generators(Compiler *c, AstSeq *generators)
{
    Scope *scope = c->symtable.current;
    for (int i = 1; i < generators->n; i++) {
        Comprehension *g = generators->items[i];
        visit_target(c, g);
        scope->comp_iter_expr++;
        visit_expr(c, g->iter);
        scope->comp_iter_expr--;
        visit_exprs(c, g->ifs);
        scope->coroutine |= g->is_async != 0;
    }
}

static void visit_comprehension(Compiler *c, Expr *e, Value name, CompKind kind, AstSeq *generators,
                                Expr *elt, Expr *value)
{
    Comprehension *outermost = generators->items[0];
    c->symtable.current->comp_iter_expr++;
    visit_expr(c, outermost->iter);
    c->symtable.current->comp_iter_expr--;
    Scope *scope = c->failed ? NULL : scope_enter(c, SCOPE_FUNCTION, name, e);
    if (scope == NULL) {
        return;
    }
    scope->comprehension = kind;
    scope->coroutine = outermost->is_async != 0;
    add_mangled(c, scope, N(dot0), DEF_PARAM, e);
    visit_target(c, outermost);
    visit_exprs(c, outermost->ifs);
    visit_inner_generators(c, generators);
    visit_optional(c, value);
    visit_expr(c, elt);
    scope->generator = kind == COMP_GENERATOR;
    bool is_async = scope->coroutine && kind != COMP_GENERATOR;
    scope_leave(c);
    c->symtable.current->coroutine |= is_async;
}

/* The target of := inside comprehensions belongs to the nearest scope that is none. */
static void bind_walrus_outside(Compiler *c, Expr *target)
{
    Value name = mangle_here(c, target->Name.id);
    Scope *inner = c->symtable.current;
    for (Scope *scope = inner; scope != NULL && name != 0; scope = scope->parent) {
        Symbol *symbol = scope_find(scope, name);
        if (scope->comprehension) {
            if (symbol != NULL && (symbol->flags & DEF_COMP_ITER)) {
                compile_error(
                    c, target,
                    "assignment expression cannot rebind comprehension iteration variable '%U'",
                    target->Name.id);
                return;
            }
            continue;
        }
        if (scope->kind == SCOPE_CLASS) {
            compile_error(
                c, target,
                "assignment expression within a comprehension cannot be used in a class body");
            return;
        }
        bool global =
            scope->kind == SCOPE_MODULE || (symbol != NULL && (symbol->flags & DEF_GLOBAL));
        add_mangled(c, inner, name, global ? DEF_GLOBAL : DEF_NONLOCAL, target);
        Symbol *here = scope_find(inner, name);
        if (here != NULL && here->directive == NULL) {
            here->at = *(AstNode *)target;
        }
        add_mangled(c, scope, name, scope->kind == SCOPE_MODULE ? DEF_GLOBAL : DEF_LOCAL, target);
        return;
    }
}

static bool reject_in_annotation(Compiler *c, const char *what, Expr *e)
{
    if (c->symtable.current->kind != SCOPE_ANNOTATION) {
        return true;
    }
    return compile_error(c, e, "'%s' can not be used within an annotation", what);
}

static void visit_walrus(Compiler *c, Expr *e)
{
    Scope *scope = c->symtable.current;
    if (!reject_in_annotation(c, "named expression", e)) {
        return;
    }
    if (scope->comp_iter_expr > 0) {
        compile_error(
            c, e, "assignment expression cannot be used in a comprehension iterable expression");
        return;
    }
    if (scope->comprehension) {
        bind_walrus_outside(c, e->NamedExpr.target);
    }
    scope->has_walrus = true;
    visit_expr(c, e->NamedExpr.value);
    visit_expr(c, e->NamedExpr.target);
}

static void visit_yield(Compiler *c, Expr *e, Expr *value)
{
    static const char *const places[] = {NULL, "list comprehension", "dict comprehension",
                                         "set comprehension", "generator expression"};
    Scope *scope = c->symtable.current;
    if (!reject_in_annotation(c, "yield expression", e)) {
        return;
    }
    visit_optional(c, value);
    scope->generator = true;
    if (scope->comprehension) {
        compile_error(c, e, "'yield' inside %s", places[scope->comprehension]);
    }
}

static void visit_name(Compiler *c, Expr *e)
{
    unsigned flag = e->Name.ctx == AST_Load  ? DEF_USE
                    : e->Name.ctx == AST_Del ? DEF_LOCAL | DEF_DELETED
                                             : DEF_LOCAL;
    add_name(c, e->Name.id, flag, e);
    if (e->Name.ctx == AST_Load && c->symtable.current->kind == SCOPE_FUNCTION &&
        str_eq_cstr(e->Name.id, "super")) {
        add_name(c, N(__class__), DEF_USE, e);
    }
}

static void visit_expr_kind(Compiler *c, Expr *e)
{
    switch (e->kind) {
    case AST_BoolOp: visit_exprs(c, e->BoolOp.values); break;
    case AST_NamedExpr: visit_walrus(c, e); break;
    case AST_BinOp:
        visit_expr(c, e->BinOp.left);
        visit_expr(c, e->BinOp.right);
        break;
    case AST_UnaryOp: visit_expr(c, e->UnaryOp.operand); break;
    case AST_Lambda: visit_lambda(c, e); break;
    case AST_IfExp:
        visit_expr(c, e->IfExp.test);
        visit_expr(c, e->IfExp.body);
        visit_expr(c, e->IfExp.orelse);
        break;
    case AST_Dict:
        visit_exprs(c, e->Dict.keys);
        visit_exprs(c, e->Dict.values);
        break;
    case AST_Set: visit_exprs(c, e->Set.elts); break;
    case AST_ListComp:
        visit_comprehension(c, e, N(listcomp_name), COMP_LIST, e->ListComp.generators,
                            e->ListComp.elt, NULL);
        break;
    case AST_SetComp:
        visit_comprehension(c, e, N(setcomp_name), COMP_SET, e->SetComp.generators, e->SetComp.elt,
                            NULL);
        break;
    case AST_DictComp:
        visit_comprehension(c, e, N(dictcomp_name), COMP_DICT, e->DictComp.generators,
                            e->DictComp.key, e->DictComp.value);
        break;
    case AST_GeneratorExp:
        visit_comprehension(c, e, N(genexpr_name), COMP_GENERATOR, e->GeneratorExp.generators,
                            e->GeneratorExp.elt, NULL);
        break;
    case AST_Await:
        if (reject_in_annotation(c, "await expression", e)) {
            visit_expr(c, e->Await.value);
            c->symtable.current->coroutine = true;
        }
        break;
    case AST_Yield: visit_yield(c, e, e->Yield.value); break;
    case AST_YieldFrom: visit_yield(c, e, e->YieldFrom.value); break;
    case AST_Compare:
        visit_expr(c, e->Compare.left);
        visit_exprs(c, e->Compare.comparators);
        break;
    case AST_Call:
        visit_expr(c, e->Call.func);
        visit_exprs(c, e->Call.args);
        visit_keywords(c, e->Call.keywords);
        break;
    case AST_FormattedValue:
        visit_expr(c, e->FormattedValue.value);
        visit_optional(c, e->FormattedValue.format_spec);
        break;
    case AST_JoinedStr: visit_exprs(c, e->JoinedStr.values); break;
    case AST_Attribute: visit_expr(c, e->Attribute.value); break;
    case AST_Subscript:
        visit_expr(c, e->Subscript.value);
        visit_expr(c, e->Subscript.slice);
        break;
    case AST_Starred: visit_expr(c, e->Starred.value); break;
    case AST_Name: visit_name(c, e); break;
    case AST_List: visit_exprs(c, e->List.elts); break;
    case AST_Tuple: visit_exprs(c, e->Tuple.elts); break;
    case AST_Slice:
        visit_optional(c, e->Slice.lower);
        visit_optional(c, e->Slice.upper);
        visit_optional(c, e->Slice.step);
        break;
    default: break; /* Constant */
    }
}

static void visit_expr(Compiler *c, Expr *e)
{
    if (visit_enter(c)) {
        visit_expr_kind(c, e);
        visit_leave(c);
    }
}

/* ---- statements ---- */

static void visit_directive(Compiler *c, Stmt *s, AstSeq *list, unsigned flag, const char *what)
{
    for (int i = 0; i < list->n && !c->failed; i++) {
        Value original = ast_seq_value(list, i);
        Value name = mangle_here(c, original);
        Symbol *symbol = name == 0 ? NULL : scope_symbol(c, c->symtable.current, name);
        if (symbol == NULL) {
            return;
        }
        if (symbol->flags & DEF_PARAM) {
            compile_error(c, s, "name '%U' is parameter and %s", original, what);
        } else if (symbol->flags & DEF_USE) {
            compile_error(c, s, "name '%U' is used prior to %s declaration", original, what);
        } else if (symbol->flags & DEF_ANNOT) {
            compile_error(c, s, "annotated name '%U' can't be %s", original, what);
        } else if (symbol->flags & DEF_LOCAL) {
            compile_error(c, s, "name '%U' is assigned to before %s declaration", original, what);
        } else {
            add_mangled(c, c->symtable.current, name, flag, s);
            if (symbol->directive == NULL) { /* errors point at the first one */
                symbol->directive = s;
                symbol->at = *(AstNode *)s;
            }
        }
    }
}

static void visit_ann_assign(Compiler *c, Stmt *s)
{
    Expr *target = s->AnnAssign.target;
    Scope *scope = c->symtable.current;
    scope->has_annotations = true;
    if (target->kind != AST_Name) {
        visit_expr(c, target);
    } else {
        Value name = mangle_here(c, target->Name.id);
        Symbol *symbol = name == 0 ? NULL : scope_find(scope, name);
        if (symbol != NULL && (symbol->flags & (DEF_GLOBAL | DEF_NONLOCAL)) &&
            scope != c->symtable.module && s->AnnAssign.simple) {
            compile_error(c, s, "annotated name '%U' can't be %s", target->Name.id,
                          symbol->flags & DEF_GLOBAL ? "global" : "nonlocal");
            return;
        }
        if (s->AnnAssign.simple) {
            add_mangled(c, scope, name, DEF_ANNOT | DEF_LOCAL, target);
        } else if (s->AnnAssign.value != NULL) {
            add_mangled(c, scope, name, DEF_LOCAL, target);
        }
    }
    visit_annotation(c, s->AnnAssign.annotation);
    visit_optional(c, s->AnnAssign.value);
}

static void visit_alias(Compiler *c, Alias *alias)
{
    Value name = alias->asname != 0 ? alias->asname : alias->name;
    if (str_eq_cstr(name, "*")) {
        if (c->symtable.current->kind != SCOPE_MODULE) {
            compile_error(c, alias, "import * only allowed at module level");
        }
        return;
    }
    Str *s = value_str(name);
    size_t dot = 0;
    while (dot < s->len && str_get(s, dot) != '.') {
        dot++;
    }
    if (dot < s->len) {
        name = compile_keep(c, str_substring(c->t, name, 0, dot));
    }
    if (name != 0) {
        add_name(c, name, DEF_IMPORT, alias);
    }
}

static void visit_aliases(Compiler *c, AstSeq *aliases)
{
    for (int i = 0; i < aliases->n && !c->failed; i++) {
        visit_alias(c, aliases->items[i]);
    }
}

static void visit_handlers(Compiler *c, AstSeq *handlers)
{
    for (int i = 0; i < handlers->n && !c->failed; i++) {
        ExceptHandler *h = handlers->items[i];
        visit_optional(c, h->ExceptHandler.type);
        if (h->ExceptHandler.name != 0) {
            add_name(c, h->ExceptHandler.name, DEF_LOCAL | DEF_DELETED, h);
        }
        visit_stmts(c, h->ExceptHandler.body);
    }
}

static void visit_try(Compiler *c, AstSeq *body, AstSeq *orelse, AstSeq *handlers,
                      AstSeq *finalbody)
{
    visit_stmts(c, body);
    visit_stmts(c, orelse);
    visit_handlers(c, handlers);
    visit_stmts(c, finalbody);
}

static void visit_loop(Compiler *c, Expr *target, Expr *iter, AstSeq *body, AstSeq *orelse)
{
    visit_expr(c, target);
    visit_expr(c, iter);
    visit_stmts(c, body);
    visit_stmts(c, orelse);
}

static void visit_with(Compiler *c, AstSeq *items, AstSeq *body)
{
    for (int i = 0; i < items->n; i++) {
        WithItem *item = items->items[i];
        visit_expr(c, item->context_expr);
        visit_optional(c, item->optional_vars);
    }
    visit_stmts(c, body);
}

static void visit_match(Compiler *c, Stmt *s)
{
    visit_expr(c, s->Match.subject);
    for (int i = 0; i < s->Match.cases->n && !c->failed; i++) {
        MatchCase *mc = s->Match.cases->items[i];
        visit_pattern(c, mc->pattern);
        visit_optional(c, mc->guard);
        visit_stmts(c, mc->body);
    }
}

static void visit_stmt_kind(Compiler *c, Stmt *s)
{
    switch (s->kind) {
    case AST_FunctionDef: case AST_AsyncFunctionDef: visit_function(c, s); break;
    case AST_ClassDef: visit_class(c, s); break;
    case AST_Return:
        if (s->Return.value != NULL) {
            visit_expr(c, s->Return.value);
            c->symtable.current->returns_value = true;
        }
        break;
    case AST_Delete: visit_exprs(c, s->Delete.targets); break;
    case AST_Assign:
        visit_exprs(c, s->Assign.targets);
        visit_expr(c, s->Assign.value);
        break;
    case AST_AugAssign:
        visit_expr(c, s->AugAssign.target);
        visit_expr(c, s->AugAssign.value);
        break;
    case AST_AnnAssign: visit_ann_assign(c, s); break;
    case AST_For: visit_loop(c, s->For.target, s->For.iter, s->For.body, s->For.orelse); break;
    case AST_AsyncFor:
        c->symtable.current->coroutine |=
            c->symtable.current->kind == SCOPE_MODULE; /* top-level await */
        visit_loop(c, s->AsyncFor.target, s->AsyncFor.iter, s->AsyncFor.body, s->AsyncFor.orelse);
        break;
    case AST_While:
        visit_expr(c, s->While.test);
        visit_stmts(c, s->While.body);
        visit_stmts(c, s->While.orelse);
        break;
    case AST_If:
        visit_expr(c, s->If.test);
        visit_stmts(c, s->If.body);
        visit_stmts(c, s->If.orelse);
        break;
    case AST_With: visit_with(c, s->With.items, s->With.body); break;
    case AST_AsyncWith:
        c->symtable.current->coroutine |= c->symtable.current->kind == SCOPE_MODULE;
        visit_with(c, s->AsyncWith.items, s->AsyncWith.body);
        break;
    case AST_Match: visit_match(c, s); break;
    case AST_Raise:
        visit_optional(c, s->Raise.exc);
        visit_optional(c, s->Raise.cause);
        break;
    case AST_Try:
        visit_try(c, s->Try.body, s->Try.orelse, s->Try.handlers, s->Try.finalbody);
        break;
    case AST_TryStar:
        visit_try(c, s->TryStar.body, s->TryStar.orelse, s->TryStar.handlers, s->TryStar.finalbody);
        break;
    case AST_Assert:
        visit_expr(c, s->Assert.test);
        visit_optional(c, s->Assert.msg);
        break;
    case AST_Import: visit_aliases(c, s->Import.names); break;
    case AST_ImportFrom: visit_aliases(c, s->ImportFrom.names); break;
    case AST_Global: visit_directive(c, s, s->Global.names, DEF_GLOBAL, "global"); break;
    case AST_Nonlocal: visit_directive(c, s, s->Nonlocal.names, DEF_NONLOCAL, "nonlocal"); break;
    case AST_Expr: visit_expr(c, s->Expr.value); break;
    default: break; /* Pass, Break, Continue */
    }
}

static void visit_stmt(Compiler *c, Stmt *s)
{
    if (visit_enter(c)) {
        visit_stmt_kind(c, s);
        visit_leave(c);
    }
}

static void visit_patterns(Compiler *c, AstSeq *seq)
{
    for (int i = 0; i < seq->n && !c->failed; i++) {
        visit_pattern(c, seq->items[i]);
    }
}

static void bind_pattern_name(Compiler *c, Value name, Pattern *p)
{
    if (name != 0) {
        add_name(c, name, DEF_LOCAL, p);
    }
}

static void visit_pattern_kind(Compiler *c, Pattern *p)
{
    switch (p->kind) {
    case AST_MatchValue: visit_expr(c, p->MatchValue.value); break;
    case AST_MatchSequence: visit_patterns(c, p->MatchSequence.patterns); break;
    case AST_MatchMapping:
        visit_exprs(c, p->MatchMapping.keys);
        visit_patterns(c, p->MatchMapping.patterns);
        bind_pattern_name(c, p->MatchMapping.rest, p);
        break;
    case AST_MatchClass:
        visit_expr(c, p->MatchClass.cls);
        visit_patterns(c, p->MatchClass.patterns);
        visit_patterns(c, p->MatchClass.kwd_patterns);
        break;
    case AST_MatchStar: bind_pattern_name(c, p->MatchStar.name, p); break;
    case AST_MatchAs:
        if (p->MatchAs.pattern != NULL) {
            visit_pattern(c, p->MatchAs.pattern);
        }
        bind_pattern_name(c, p->MatchAs.name, p);
        break;
    case AST_MatchOr: visit_patterns(c, p->MatchOr.patterns); break;
    default: break; /* MatchSingleton */
    }
}

static void visit_pattern(Compiler *c, Pattern *p)
{
    if (visit_enter(c)) {
        visit_pattern_kind(c, p);
        visit_leave(c);
    }
}

bool symtable_build(Compiler *c)
{
    Mod *mod = c->mod;
    Scope *scope = scope_enter(c, SCOPE_MODULE, intern_cstr(c->t, "top"), mod);
    if (scope == NULL) {
        return false;
    }
    c->symtable.module = scope;
    switch (mod->kind) {
    case AST_Module: visit_stmts(c, mod->Module.body); break;
    case AST_Interactive: visit_stmts(c, mod->Interactive.body); break;
    case AST_Expression: visit_expr(c, mod->Expression.body); break;
    default:
        compile_error(c, NULL, "this compiler does not handle FunctionTypes");
        break;
    }
    c->symtable.current = scope;
    return !c->failed && symtable_resolve(c);
}
