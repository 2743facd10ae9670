/* Checks of trees that did not come from the parser: what the compiler takes for granted.  Patterns
 * are checked in _ast_validate_pattern.c. */
#include "core/object/set.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/str.h"
#include "modules/_ast_internal.h"

static bool check_stmts(Thread *t, const AstSeq *seq);

static bool fail_value(Thread *t, const char *message)
{
    value_error(t, "%s", message);
    return false;
}

bool ast_validate_positions(Thread *t, const void *node)
{
    const AstNode *n = node;
    if (n->lineno > n->end_lineno) {
        value_error(t, "AST node line range (%d, %d) is not valid", n->lineno, n->end_lineno);
    } else if ((n->lineno < 0 && n->end_lineno != n->lineno) ||
               (n->col_offset < 0 && n->col_offset != n->end_col_offset)) {
        value_error(t, "AST node column range (%d, %d) for line range (%d, %d) is not valid",
                    n->col_offset, n->end_col_offset, n->lineno, n->end_lineno);
    } else if (n->lineno == n->end_lineno && n->col_offset > n->end_col_offset) {
        value_error(t, "line %d, column %d-%d is not a valid range", n->lineno, n->col_offset,
                    n->end_col_offset);
    } else {
        return true;
    }
    return false;
}

bool ast_validate_name(Thread *t, Value name)
{
    static const char *const constants[] = {"None", "True", "False"};
    for (size_t i = 0; name != 0 && i < ARRAY_SIZE(constants); i++) {
        if (str_eq_cstr(name, constants[i])) {
            value_error(t, "identifier field can't represent '%s' constant", constants[i]);
            return false;
        }
    }
    return true;
}

static bool check_nonempty(Thread *t, const AstSeq *seq, const char *what, const char *owner)
{
    if (seq->n == 0) {
        value_error(t, "empty %s on %s", what, owner);
    }
    return seq->n > 0;
}

/* ---- expressions ---- */

static bool check_exprs(Thread *t, const AstSeq *seq, AstKind ctx, bool null_ok)
{
    for (int i = 0; i < seq->n; i++) {
        if (seq->items[i] == NULL ? !null_ok : !ast_validate_expr(t, seq->items[i], ctx)) {
            return seq->items[i] == NULL ? fail_value(t, "None disallowed in expression list")
                                         : false;
        }
    }
    return true;
}

static bool load_expr(Thread *t, const Expr *e)
{
    return ast_validate_expr(t, e, AST_Load);
}

static bool load_opt(Thread *t, const Expr *e)
{
    return e == NULL || load_expr(t, e);
}

static bool check_call_keywords(Thread *t, const AstSeq *keywords)
{
    for (int i = 0; i < keywords->n; i++) {
        const Keyword *k = keywords->items[i];
        if (!ast_validate_positions(t, k) || !load_expr(t, k->value)) {
            return false;
        }
    }
    return true;
}

static bool check_arg(Thread *t, const Arg *arg)
{
    return arg == NULL || (ast_validate_positions(t, arg) && load_opt(t, arg->annotation));
}

static bool check_args(Thread *t, const AstSeq *args)
{
    for (int i = 0; i < args->n; i++) {
        if (!check_arg(t, args->items[i])) {
            return false;
        }
    }
    return true;
}

static bool check_parameters(Thread *t, const Arguments *a)
{
    if (!check_args(t, a->posonlyargs) || !check_args(t, a->args) || !check_arg(t, a->vararg) ||
        !check_args(t, a->kwonlyargs) || !check_arg(t, a->kwarg)) {
        return false;
    }
    if (a->defaults->n > a->posonlyargs->n + a->args->n) {
        return fail_value(t, "more positional defaults than args on arguments");
    }
    if (a->kw_defaults->n != a->kwonlyargs->n) {
        return fail_value(t, "length of kwonlyargs is not the same as kw_defaults on arguments");
    }
    return check_exprs(t, a->defaults, AST_Load, false) &&
           check_exprs(t, a->kw_defaults, AST_Load, true);
}

static bool check_generators(Thread *t, const AstSeq *generators)
{
    if (generators->n == 0) {
        return fail_value(t, "comprehension with no generators");
    }
    for (int i = 0; i < generators->n; i++) {
        const Comprehension *g = generators->items[i];
        if (!ast_validate_expr(t, g->target, AST_Store) || !load_expr(t, g->iter) ||
            !check_exprs(t, g->ifs, AST_Load, false)) {
            return false;
        }
    }
    return true;
}

static bool check_constant(Thread *t, Value v)
{
    Type *type = type_of(v);
    if (is_none(v) || v == ELLIPSIS || type == &bool_type || type == &int_type ||
        type == &float_type || type == &complex_type || type == &str_type || type == &bytes_type) {
        return true;
    }
    if (type != &tuple_type && type != &frozenset_type) {
        type_error(t, "got an invalid type in Constant: %T", v);
        return false;
    }
    if (!tree_recursion_enter(t, " during compilation")) {
        return false;
    }
    Value items = sequence_tuple(t, v);
    bool ok = items != 0;
    for (size_t i = 0; ok && i < tuple_len(items); i++) {
        ok = check_constant(t, tuple_get(items, i));
    }
    tree_recursion_leave(t);
    return ok;
}

/* The context that the expression says it has; AST_NONE for those that have none. */
static AstKind context_of(const Expr *e)
{
    switch (e->kind) {
    case AST_Attribute: return e->Attribute.ctx;
    case AST_Subscript: return e->Subscript.ctx;
    case AST_Starred: return e->Starred.ctx;
    case AST_Name: return e->Name.ctx;
    case AST_List: return e->List.ctx;
    case AST_Tuple: return e->Tuple.ctx;
    default: return AST_NONE;
    }
}

static bool check_expr_context(Thread *t, const Expr *e, AstKind ctx)
{
    AstKind own = context_of(e);
    if (e->kind == AST_Name && !ast_validate_name(t, e->Name.id)) {
        return false;
    }
    if (own == AST_NONE && ctx != AST_Load) {
        value_error(t, "expression which can't be assigned to in %s context", ast_info[ctx].name);
        return false;
    }
    if (own != AST_NONE && own != ctx) {
        value_error(t, "expression must have %s context but has %s instead", ast_info[ctx].name,
                    ast_info[own].name);
        return false;
    }
    return true;
}

static bool check_compare(Thread *t, const Expr *e)
{
    if (e->Compare.comparators->n == 0) {
        return fail_value(t, "Compare with no comparators");
    }
    if (e->Compare.comparators->n != e->Compare.ops->n) {
        return fail_value(t, "Compare has a different number of comparators and operands");
    }
    return check_exprs(t, e->Compare.comparators, AST_Load, false) && load_expr(t, e->Compare.left);
}

static bool check_kind(Thread *t, const Expr *e, AstKind ctx)
{
    switch (e->kind) {
    case AST_BoolOp:
        return e->BoolOp.values->n < 2 ? fail_value(t, "BoolOp with less than 2 values")
                                       : check_exprs(t, e->BoolOp.values, AST_Load, false);
    case AST_BinOp: return load_expr(t, e->BinOp.left) && load_expr(t, e->BinOp.right);
    case AST_UnaryOp: return load_expr(t, e->UnaryOp.operand);
    case AST_Lambda: return check_parameters(t, e->Lambda.args) && load_expr(t, e->Lambda.body);
    case AST_IfExp:
        return load_expr(t, e->IfExp.test) && load_expr(t, e->IfExp.body) &&
               load_expr(t, e->IfExp.orelse);
    case AST_Dict:
        return e->Dict.keys->n != e->Dict.values->n
                   ? fail_value(t, "Dict doesn't have the same number of keys as values")
                   : check_exprs(t, e->Dict.keys, AST_Load, true) &&
                         check_exprs(t, e->Dict.values, AST_Load, false);
    case AST_Set: return check_exprs(t, e->Set.elts, AST_Load, false);
    case AST_ListComp:
        return check_generators(t, e->ListComp.generators) && load_expr(t, e->ListComp.elt);
    case AST_SetComp:
        return check_generators(t, e->SetComp.generators) && load_expr(t, e->SetComp.elt);
    case AST_GeneratorExp:
        return check_generators(t, e->GeneratorExp.generators) && load_expr(t, e->GeneratorExp.elt);
    case AST_DictComp:
        return check_generators(t, e->DictComp.generators) && load_expr(t, e->DictComp.key) &&
               load_expr(t, e->DictComp.value);
    case AST_Yield: return load_opt(t, e->Yield.value);
    case AST_YieldFrom: return load_expr(t, e->YieldFrom.value);
    case AST_Await: return load_expr(t, e->Await.value);
    case AST_Compare: return check_compare(t, e);
    case AST_Call:
        return load_expr(t, e->Call.func) && check_exprs(t, e->Call.args, AST_Load, false) &&
               check_call_keywords(t, e->Call.keywords);
    case AST_Constant: return check_constant(t, e->Constant.value);
    case AST_JoinedStr: return check_exprs(t, e->JoinedStr.values, AST_Load, false);
    case AST_FormattedValue:
        return load_expr(t, e->FormattedValue.value) && load_opt(t, e->FormattedValue.format_spec);
    case AST_Attribute: return load_expr(t, e->Attribute.value);
    case AST_Subscript: return load_expr(t, e->Subscript.slice) && load_expr(t, e->Subscript.value);
    case AST_Starred: return ast_validate_expr(t, e->Starred.value, ctx);
    case AST_Slice:
        return load_opt(t, e->Slice.lower) && load_opt(t, e->Slice.upper) &&
               load_opt(t, e->Slice.step);
    case AST_List: return check_exprs(t, e->List.elts, ctx, false);
    case AST_Tuple: return check_exprs(t, e->Tuple.elts, ctx, false);
    case AST_NamedExpr:
        if (e->NamedExpr.target->kind != AST_Name) {
            type_error(t, "NamedExpr target must be a Name");
            return false;
        }
        return load_expr(t, e->NamedExpr.value);
    default: return true; /* Name */
    }
}

bool ast_validate_expr(Thread *t, const Expr *e, AstKind ctx)
{
    if (!ast_validate_positions(t, e) || !tree_recursion_enter(t, " during compilation")) {
        return false;
    }
    bool ok = check_expr_context(t, e, ctx) && check_kind(t, e, ctx);
    tree_recursion_leave(t);
    return ok;
}

/* ---- statements ---- */

static bool check_body(Thread *t, const AstSeq *body, const char *owner)
{
    return check_nonempty(t, body, "body", owner) && check_stmts(t, body);
}

static bool check_target_list(Thread *t, const AstSeq *targets, AstKind ctx, const char *owner)
{
    return check_nonempty(t, targets, "targets", owner) && check_exprs(t, targets, ctx, false);
}

static bool check_function(Thread *t, const char *owner, const AstSeq *body, const Arguments *args,
                           const AstSeq *decorators, const Expr *returns)
{
    return check_body(t, body, owner) && check_parameters(t, args) &&
           check_exprs(t, decorators, AST_Load, false) && load_opt(t, returns);
}

static bool check_for(Thread *t, const char *owner, const Expr *target, const Expr *iter,
                      const AstSeq *body, const AstSeq *orelse)
{
    return ast_validate_expr(t, target, AST_Store) && load_expr(t, iter) &&
           check_body(t, body, owner) && check_stmts(t, orelse);
}

static bool check_with(Thread *t, const char *owner, const AstSeq *items, const AstSeq *body)
{
    if (!check_nonempty(t, items, "items", owner)) {
        return false;
    }
    for (int i = 0; i < items->n; i++) {
        const WithItem *item = items->items[i];
        if (!load_expr(t, item->context_expr) ||
            (item->optional_vars != NULL &&
             !ast_validate_expr(t, item->optional_vars, AST_Store))) {
            return false;
        }
    }
    return check_body(t, body, owner);
}

static bool check_handlers(Thread *t, const AstSeq *handlers)
{
    for (int i = 0; i < handlers->n; i++) {
        const ExceptHandler *h = handlers->items[i];
        if (h == NULL) {
            return fail_value(t, "None disallowed in except handler list");
        }
        if (!ast_validate_positions(t, h) || !load_opt(t, h->ExceptHandler.type) ||
            !check_body(t, h->ExceptHandler.body, "ExceptHandler")) {
            return false;
        }
    }
    return true;
}

static bool check_try(Thread *t, const char *owner, const AstSeq *body, const AstSeq *handlers,
                      const AstSeq *orelse, const AstSeq *finalbody)
{
    if (!check_body(t, body, owner)) {
        return false;
    }
    if (handlers->n == 0 && finalbody->n == 0) {
        value_error(t, "%s has neither except handlers nor finalbody", owner);
        return false;
    }
    if (handlers->n == 0 && orelse->n > 0) {
        value_error(t, "%s has orelse but no except handlers", owner);
        return false;
    }
    return check_handlers(t, handlers) && check_stmts(t, finalbody) && check_stmts(t, orelse);
}

/* The compiler has no code for except* without a type. */
static bool check_group_types(Thread *t, const AstSeq *handlers)
{
    for (int i = 0; i < handlers->n; i++) {
        if (((const ExceptHandler *)handlers->items[i])->ExceptHandler.type == NULL) {
            return fail_value(t, "TryStar handler without type");
        }
    }
    return true;
}

static bool check_match(Thread *t, const Stmt *s)
{
    if (!load_expr(t, s->Match.subject) || !check_nonempty(t, s->Match.cases, "cases", "Match")) {
        return false;
    }
    for (int i = 0; i < s->Match.cases->n; i++) {
        const MatchCase *c = s->Match.cases->items[i];
        if (!ast_validate_pattern(t, c->pattern, false) || !load_opt(t, c->guard) ||
            !check_body(t, c->body, "match_case")) {
            return false;
        }
    }
    return true;
}

static bool check_names(Thread *t, const AstSeq *name_list, const char *owner)
{
    if (!check_nonempty(t, name_list, "names", owner)) {
        return false;
    }
    for (int i = 0; i < name_list->n; i++) {
        if (name_list->items[i] == NULL) {
            return fail_value(t, "None disallowed in identifier list");
        }
    }
    return true;
}

static bool check_ann_assign(Thread *t, const Stmt *s)
{
    if (s->AnnAssign.target->kind != AST_Name && s->AnnAssign.simple) {
        type_error(t, "AnnAssign with simple non-Name target");
        return false;
    }
    return ast_validate_expr(t, s->AnnAssign.target, AST_Store) &&
           load_opt(t, s->AnnAssign.value) && load_expr(t, s->AnnAssign.annotation);
}

static bool check_raise(Thread *t, const Stmt *s)
{
    if (s->Raise.exc == NULL) {
        return s->Raise.cause == NULL || fail_value(t, "Raise with cause but no exception");
    }
    return load_expr(t, s->Raise.exc) && load_opt(t, s->Raise.cause);
}

static bool check_compound(Thread *t, const Stmt *s)
{
    const char *owner = ast_info[s->kind].name;
    switch (s->kind) {
    case AST_FunctionDef:
        return check_function(t, owner, s->FunctionDef.body, s->FunctionDef.args,
                              s->FunctionDef.decorator_list, s->FunctionDef.returns);
    case AST_AsyncFunctionDef:
        return check_function(t, owner, s->AsyncFunctionDef.body, s->AsyncFunctionDef.args,
                              s->AsyncFunctionDef.decorator_list, s->AsyncFunctionDef.returns);
    case AST_ClassDef:
        return check_body(t, s->ClassDef.body, owner) &&
               check_exprs(t, s->ClassDef.bases, AST_Load, false) &&
               check_call_keywords(t, s->ClassDef.keywords) &&
               check_exprs(t, s->ClassDef.decorator_list, AST_Load, false);
    case AST_For:
        return check_for(t, owner, s->For.target, s->For.iter, s->For.body, s->For.orelse);
    case AST_AsyncFor:
        return check_for(t, owner, s->AsyncFor.target, s->AsyncFor.iter, s->AsyncFor.body,
                         s->AsyncFor.orelse);
    case AST_While:
        return load_expr(t, s->While.test) && check_body(t, s->While.body, owner) &&
               check_stmts(t, s->While.orelse);
    case AST_If:
        return load_expr(t, s->If.test) && check_body(t, s->If.body, owner) &&
               check_stmts(t, s->If.orelse);
    case AST_With: return check_with(t, owner, s->With.items, s->With.body);
    case AST_AsyncWith: return check_with(t, owner, s->AsyncWith.items, s->AsyncWith.body);
    case AST_Match: return check_match(t, s);
    case AST_Try:
        return check_try(t, owner, s->Try.body, s->Try.handlers, s->Try.orelse, s->Try.finalbody);
    case AST_TryStar:
        return check_try(t, owner, s->TryStar.body, s->TryStar.handlers, s->TryStar.orelse,
                         s->TryStar.finalbody) &&
               check_group_types(t, s->TryStar.handlers);
    default: return true;
    }
}

static bool check_stmt_kind(Thread *t, const Stmt *s)
{
    switch (s->kind) {
    case AST_Return: return load_opt(t, s->Return.value);
    case AST_Delete: return check_target_list(t, s->Delete.targets, AST_Del, "Delete");
    case AST_Assign:
        return check_target_list(t, s->Assign.targets, AST_Store, "Assign") &&
               load_expr(t, s->Assign.value);
    case AST_AugAssign:
        return ast_validate_expr(t, s->AugAssign.target, AST_Store) &&
               load_expr(t, s->AugAssign.value);
    case AST_AnnAssign: return check_ann_assign(t, s);
    case AST_Raise: return check_raise(t, s);
    case AST_Assert: return load_expr(t, s->Assert.test) && load_opt(t, s->Assert.msg);
    case AST_Import: return check_nonempty(t, s->Import.names, "names", "Import");
    case AST_ImportFrom:
        return s->ImportFrom.level < 0
                   ? fail_value(t, "Negative ImportFrom level")
                   : check_nonempty(t, s->ImportFrom.names, "names", "ImportFrom");
    case AST_Global: return check_names(t, s->Global.names, "Global");
    case AST_Nonlocal: return check_names(t, s->Nonlocal.names, "Nonlocal");
    case AST_Expr: return load_expr(t, s->Expr.value);
    default: return check_compound(t, s);
    }
}

static bool check_stmts(Thread *t, const AstSeq *seq)
{
    for (int i = 0; i < seq->n; i++) {
        const Stmt *s = seq->items[i];
        if (s == NULL) {
            return fail_value(t, "None disallowed in statement list");
        }
        if (!ast_validate_positions(t, s) ||
            !tree_recursion_enter(t, " during compilation")) {
            return false;
        }
        bool ok = check_stmt_kind(t, s);
        tree_recursion_leave(t);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool ast_validate(Thread *t, const Mod *mod)
{
    switch (mod->kind) {
    case AST_Module: return check_stmts(t, mod->Module.body);
    case AST_Interactive: return check_stmts(t, mod->Interactive.body);
    case AST_Expression: return load_expr(t, mod->Expression.body);
    default:
        return check_exprs(t, mod->FunctionType.argtypes, AST_Load, false) &&
               load_expr(t, mod->FunctionType.returns);
    }
}
