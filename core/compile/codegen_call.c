/* Calls.  The window of a call is on top of the temporaries:
 *     base: callable | FRAME_WORDS header words | arguments ...
 * so nested calls in arguments stack up and their results appear where they are needed. */
#include "core/compile/compile_internal.h"

static bool has_unpacking(const AstSeq *args, const AstSeq *keywords)
{
    for (int i = 0; i < args->n; i++) {
        if (ast_seq_expr(args, i)->kind == AST_Starred) {
            return true;
        }
    }
    for (int i = 0; i < keywords->n; i++) {
        if (((Keyword *)keywords->items[i])->arg == 0) {
            return true;
        }
    }
    return false;
}

static bool keywords_are_valid(Compiler *c, AstSeq *keywords)
{
    for (int i = 0; i < keywords->n; i++) {
        Keyword *kw = keywords->items[i];
        if (kw->arg == 0) {
            continue;
        }
        if (name_forbidden(c, kw, kw->arg, AST_Store)) {
            return false;
        }
        for (int j = i + 1; j < keywords->n; j++) {
            Keyword *other = keywords->items[j];
            if (other->arg != 0 && str_eq(kw->arg, other->arg)) {
                return compile_error(c, other, "keyword argument repeated: %U", kw->arg);
            }
        }
    }
    return true;
}

static Value keyword_names(Compiler *c, AstSeq *keywords)
{
    Value tuple = tuple_new(c->t, (size_t)keywords->n);
    for (int i = 0; tuple != 0 && i < keywords->n; i++) {
        Value name = intern_str(c->t, ((Keyword *)keywords->items[i])->arg);
        gc_store(value_tuple(tuple), &value_tuple(tuple)->items[i], name);
    }
    if (tuple == 0) {
        compile_failed(c);
    }
    return tuple;
}

void cg_call_at(Compiler *c, int base, int n_args, int dst)
{
    emit_cached(c, OP_CODE_CALL, base, n_args, dst, 0);
}

/* args[0]: a tuple, or the single iterable of f(*iterable). */
static void unpacked_positional(Compiler *c, int base, int n_pushed, AstSeq *args)
{
    int first = base + CALL_ARGS_OFFSET;
    if (n_pushed == 0 && args->n == 1 && ast_seq_expr(args, 0)->kind == AST_Starred) {
        cg_to(c, ast_seq_expr(args, 0)->Starred.value, first);
        return;
    }
    int mark = temp_mark(c);
    int list = temp_new(c);
    emit_x(c, OP_CODE_BUILD_LIST, list, n_pushed > 0 ? first : list, 0, (uint32_t)n_pushed);
    for (int i = 0; i < args->n; i++) {
        int inner = temp_mark(c);
        Expr *e = ast_seq_expr(args, i);
        bool star = e->kind == AST_Starred;
        int value = cg_any(c, star ? e->Starred.value : e);
        emit(c, star ? OP_CODE_LIST_EXTEND : OP_CODE_LIST_APPEND, list, value, 0);
        temp_release(c, inner);
    }
    emit(c, OP_CODE_LIST_TO_TUPLE, first, list, 0);
    temp_release(c, mark);
}

/* Adjacent name=value keywords [from, to) as a new dict in dst. */
static void keyword_group(Compiler *c, AstSeq *keywords, int from, int to, int dst)
{
    int mark = temp_mark(c);
    bool small = to - from <= 15;
    int run = c->u->next_temp;
    if (!small) {
        emit_x(c, OP_CODE_BUILD_MAP, dst, dst, 0, 0);
    }
    for (int i = from; i < to; i++) {
        Keyword *kw = keywords->items[i];
        int key = temp_new(c);
        emit_const(c, key, kw->arg);
        int value = cg_push(c, kw->value);
        if (!small) {
            emit(c, OP_CODE_MAP_ADD, dst, key, value);
            temp_release(c, run);
        }
    }
    if (small) {
        emit_x(c, OP_CODE_BUILD_MAP, dst, run, 0, (uint32_t)(to - from));
    }
    temp_release(c, mark);
}

static void unpacked_keywords(Compiler *c, int base, AstSeq *keywords)
{
    int dict = base + CALL_ARGS_OFFSET + 1;
    if (keywords->n == 0) {
        emit(c, OP_CODE_LOAD_ZERO, dict, 0, 0);
        return;
    }
    /* **mapping alone: the call takes the keywords out of it */
    if (keywords->n == 1 && ((Keyword *)keywords->items[0])->arg == 0) {
        cg_to(c, ((Keyword *)keywords->items[0])->value, dict);
        return;
    }
    bool made = false;
    for (int i = 0; i < keywords->n;) {
        int mark = temp_mark(c), end = i;
        while (end < keywords->n && ((Keyword *)keywords->items[end])->arg != 0) {
            end++;
        }
        if (end > i && !made) {
            keyword_group(c, keywords, i, end, dict);
        } else if (end > i) {
            int group = temp_new(c);
            keyword_group(c, keywords, i, end, group);
            emit(c, OP_CODE_DICT_MERGE, dict, group, base);
        } else {
            if (!made) {
                emit_x(c, OP_CODE_BUILD_MAP, dict, dict, 0, 0);
            }
            int mapping = cg_any(c, ((Keyword *)keywords->items[i])->value);
            emit(c, OP_CODE_DICT_MERGE, dict, mapping, base);
            end = i + 1;
        }
        made = true;
        temp_release(c, mark);
        i = end;
    }
}

void cg_call_arguments(Compiler *c, int base, int n_pushed, AstSeq *args, AstSeq *keywords, int dst,
                       bool method, const void *node)
{
    if (c->failed || !keywords_are_valid(c, keywords)) {
        return;
    }
    if (has_unpacking(args, keywords)) {
        assert(!method);
        int wanted = base + CALL_ARGS_OFFSET + 2 - c->u->next_temp;
        if (wanted > 0) {
            temp_run(c, wanted);
        }
        unpacked_positional(c, base, n_pushed, args);
        unpacked_keywords(c, base, keywords);
        emit_cached(c, OP_CODE_CALL_EX, base, 0, dst, 0);
        return;
    }
    for (int i = 0; i < args->n; i++) {
        cg_push(c, ast_seq_expr(args, i));
    }
    for (int i = 0; i < keywords->n; i++) {
        cg_push(c, ((Keyword *)keywords->items[i])->value);
    }
    int total = n_pushed + args->n + keywords->n;
    if (node != NULL) {
        pos_attribute(c, node);
    }
    if (keywords->n > 0) {
        Value kwnames = keyword_names(c, keywords);
        emit_cached(c, method ? OP_CODE_CALL_METHOD_KW : OP_CODE_CALL_KW, base, total, dst,
                    kwnames);
    } else {
        emit_cached(c, method ? OP_CODE_CALL_METHOD : OP_CODE_CALL, base, total, dst, 0);
    }
}

int cg_call_base(Compiler *c, int dst)
{
    if (is_temp(c, dst) && dst == c->u->next_temp - 1) {
        return dst;
    }
    return temp_new(c);
}

/* len() of a local variable, reading which cannot rebind len; false: it is another call. */
static bool call_len(Compiler *c, Expr *e, int dst)
{
    Expr *func = e->Call.func;
    if (func->kind != AST_Name || !str_eq_cstr(func->Name.id, "len") || e->Call.args->n != 1 ||
        e->Call.keywords->n != 0 || !name_is_global(c, func->Name.id)) {
        return false;
    }
    int src = name_in_place(c, ast_seq_expr(e->Call.args, 0));
    if (src >= 0) {
        emit_cached(c, OP_CODE_LEN, dst, src, 0, name_mangled(c, func->Name.id));
    }
    return src >= 0;
}

void cg_call(Compiler *c, Expr *e, int dst)
{
    if (call_len(c, e, dst)) {
        return;
    }
    Expr *func = e->Call.func;
    bool method = func->kind == AST_Attribute && !has_unpacking(e->Call.args, e->Call.keywords);
    check_callable(c, func);
    int mark = temp_mark(c);
    int base = cg_call_base(c, dst);
    if (method) {
        int object = cg_operand(c, func->Attribute.value, base, NULL);
        Position pos = pos_set(c, func);
        pos_attribute(c, func);
        temp_run(c, FRAME_WORDS + 1);
        emit_cached(c, OP_CODE_LOAD_METHOD, base, object, 0, name_mangled(c, func->Attribute.attr));
        pos_restore(c, pos);
    } else {
        cg_to(c, func, base);
        temp_run(c, FRAME_WORDS);
    }
    cg_call_arguments(c, base, 0, e->Call.args, e->Call.keywords, dst, method,
                      method ? func : NULL);
    temp_release(c, mark);
}
