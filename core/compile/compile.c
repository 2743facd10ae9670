/* The entries: a tree or a text becomes a verified code object.
 *
 *   parse_source -> future_scan -> fold_module -> symtable_build -> code generation ->
 * unit_assemble -> code_verify
 */
#include "core/compile/compile_internal.h"

#include "core/object/buffer.h"
#include "core/object/bytes.h"

static void cg_module(Compiler *c)
{
    Mod *mod = c->mod;
    if (mod->kind == AST_Expression) {
        int value = cg_any(c, mod->Expression.body);
        pos_set(c, mod->Expression.body);
        emit(c, OP_CODE_RETURN_VALUE, value, 0, 0);
        return;
    }
    Unit *u = c->u;
    cg_body(c, mod->kind == AST_Module ? mod->Module.body : mod->Interactive.body);
    if (!c->failed && u->reachable) {
        pos_implicit(c);
    }
    cg_return_none(c);
}

static Value compile_tree(Compiler *c)
{
    Unit u;
    if (!future_scan(c) || !fold_module(c) || !symtable_build(c)) {
        return 0;
    }
    c->interactive = c->mod->kind == AST_Interactive;
    if (!unit_enter(c, &u, c->mod, N(module_name), 1)) {
        return 0;
    }
    u.pos = (Position){1, 1, 0, 0};
    cg_module(c);
    return unit_finish(c);
}

Value compile_ast(Thread *t, Mod *mod, Value filename, unsigned flags, int optimize)
{
    Compiler c = {.t = t,
                  .mod = mod,
                  .filename = filename,
                  .flags = flags,
                  .future = flags & CO_FUTURE_ALL,
                  .optimize = optimize < 0 ? runtime.config.optimize : optimize};
    arena_init(&c.arena);
    Value code = compile_tree(&c);
    while (c.u != NULL) {
        unit_abandon(&c);
    }
    arena_free(&c.arena);
    assert(code != 0 || error_pending(t));
    if (code != 0 && !code_verify(t, code)) {
        return 0;
    }
    return code;
}

static ParseMode parse_mode(const char *mode)
{
    return strcmp(mode, "eval") == 0     ? PARSE_EVAL
           : strcmp(mode, "single") == 0 ? PARSE_SINGLE
                                         : PARSE_EXEC;
}

/* The bytes of a source given as str, bytes or buffer; *keep holds them. */
static const char *source_text(Thread *t, Value source, size_t *n, Value *keep,
                               unsigned *parse_flags)
{
    const char *text;
    *keep = source;
    if (value_is_str(source)) {
        *parse_flags |= PARSE_IGNORE_COOKIE;
        text = str_utf8(t, source, n);
        if (text == NULL) {
            return NULL;
        }
    } else {
        if (!value_is_bytes(source)) {
            *keep = buffer_to_bytes(t, source);
            if (*keep == 0) {
                return NULL;
            }
        }
        text = value_bytes(*keep)->data;
        *n = value_bytes(*keep)->len;
    }
    return text;
}

Value compile_source(Thread *t, Value source, Value filename, const char *mode, unsigned flags,
                     int optimize)
{
    unsigned parse_flags = flags & (COMPILE_DONT_IMPLY_DEDENT | COMPILE_IGNORE_COOKIE |
                                    COMPILE_ALLOW_INCOMPLETE | COMPILE_FILE | PARSE_BARRY_AS_BDFL);
    size_t n;
    Value keep;
    const char *text = source_text(t, source, &n, &keep, &parse_flags);
    if (text == NULL) {
        return 0;
    }
    Arena arena;
    arena_init(&arena);
    Mod *mod = parse_source(t, &arena, text, n, filename, parse_mode(mode), parse_flags, 11);
    Value code = mod == NULL ? 0 : compile_ast(t, mod, filename, flags, optimize);
    arena_free(&arena);
    return code;
}

/* ---- the symbol table as objects ---- */

static Value scope_symbols(Thread *t, const Scope *scope, Value varnames)
{
    enum { SCOPE_OFFSET = 11, SHOWN = DEF_DELETED - 1 - DEF_FREE };
    Value dict = dict_new(t);
    for (Symbol *s = scope->symbols; dict != 0 && s != NULL; s = s->next) {
        Value flags = fixnum((int64_t)((s->flags & SHOWN) | (unsigned)s->res << SCOPE_OFFSET));
        if (!dict_set(t, dict, s->name, flags) ||
            ((s->flags & DEF_PARAM) && !list_append(t, varnames, s->name))) {
            return 0;
        }
    }
    return dict;
}

static Value scope_name(Thread *t, const Scope *scope)
{
    static const char *const comprehensions[] = {NULL, "listcomp", "dictcomp", "setcomp",
                                                 "genexpr"};
    return scope->comprehension == COMP_NONE
               ? scope->name
               : str_from_cstr(t, comprehensions[scope->comprehension]);
}

static Value export_scope(Thread *t, const Scope *scope, SymtableMake make)
{
    SymtableRow row = {.id = (uint64_t)(uintptr_t)scope,
                       .varnames = list_new(t, 0),
                       .children = list_new(t, 0),
                       .type = scope->kind,
                       .lineno = scope->lineno,
                       .nested = scope->nested};
    if (row.varnames == 0 || row.children == 0) {
        return 0;
    }
    for (Scope *child = scope->children; child != NULL; child = child->next) {
        Value made = export_scope(t, child, make);
        if (made == 0 || !list_append(t, row.children, made)) {
            return 0;
        }
    }
    row.name = scope_name(t, scope);
    row.symbols = scope_symbols(t, scope, row.varnames);
    return row.name == 0 || row.symbols == 0 ? 0 : make(t, &row);
}

Value compile_symtable(Thread *t, Value source, Value filename, const char *mode, SymtableMake make)
{
    unsigned parse_flags = 0;
    size_t n;
    Value keep, result = 0;
    const char *text = source_text(t, source, &n, &keep, &parse_flags);
    if (text == NULL) {
        return 0;
    }
    Compiler c = {.t = t, .filename = filename};
    Arena arena;
    arena_init(&arena);
    arena_init(&c.arena);
    c.mod = parse_source(t, &arena, text, n, filename, parse_mode(mode), parse_flags, 11);
    if (c.mod != NULL && future_scan(&c) && symtable_build(&c)) {
        result = export_scope(t, c.symtable.module, make);
    }
    arena_free(&c.arena);
    arena_free(&arena);
    return result;
}
