/* The entries: a tree or a text becomes a verified code object.
 *
 *   parse_source -> future_scan -> fold_module -> symtable_build -> code generation -> unit_assemble -> code_verify
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
        emit(c, OP_CODE_RETURN, value, 0, 0);
        return;
    }
    Unit *u = c->u;
    cg_body(c, mod->kind == AST_Module ? mod->Module.body : mod->Interactive.body);
    if (!c->failed && u->n_ins > 0) {
        u->pos = u->ins[u->n_ins - 1].pos;
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
    Compiler c = {.t = t, .mod = mod, .filename = filename, .flags = flags, .future = flags & CO_FUTURE_ALL,
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
    return strcmp(mode, "eval") == 0 ? PARSE_EVAL : strcmp(mode, "single") == 0 ? PARSE_SINGLE : PARSE_EXEC;
}

Value compile_source(Thread *t, Value source, Value filename, const char *mode, unsigned flags, int optimize)
{
    unsigned parse_flags = flags & (COMPILE_DONT_IMPLY_DEDENT | COMPILE_IGNORE_COOKIE | COMPILE_ALLOW_INCOMPLETE | COMPILE_FILE |
                                    PARSE_BARRY_AS_BDFL);
    const char *text;
    size_t n;
    Value bytes = source;
    if (value_is_str(source)) {
        text = str_utf8(t, source, &n);
        parse_flags |= PARSE_IGNORE_COOKIE;
        if (text == NULL) {
            return 0;
        }
    } else {
        if (!value_is_bytes(source)) {
            Buffer view;
            if (!buffer_get(t, source, &view, BUFFER_SIMPLE)) {
                return 0;
            }
            bytes = bytes_new(t, view.buf, (size_t)view.len);
            buffer_release(t, &view);
            if (bytes == 0) {
                return 0;
            }
        }
        text = value_bytes(bytes)->data;
        n = value_bytes(bytes)->len;
    }
    if (memchr(text, 0, n) != NULL) {
        return raise_error(t, &exc_SyntaxError, "source code string cannot contain null bytes");
    }
    Arena arena;
    arena_init(&arena);
    Mod *mod = parse_source(t, &arena, text, n, filename, parse_mode(mode), parse_flags, 11);
    Value code = mod == NULL ? 0 : compile_ast(t, mod, filename, flags, optimize);
    arena_free(&arena);
    return code;
}
