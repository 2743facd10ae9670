/* Code objects: construction, tracing, equality by value.  Attributes and replace(): code_attrs.c.
 *
 *   Code --instr_buffer--> RawBuffer [ Instr ... ]
 *        --cache_buffer--> RawBuffer [ InlineCache ... ]
 *        --exc_buffer----> RawBuffer [ ExcEntry ... | SuspendPoint ... | int16_t cell_args ... ]
 * Everything but the inline caches, the quickened opcode bytes, the counters and what is computed
 * when it is first asked for is init-only, and the parts of a stub: they are written under its
 * lock, and then `unread` with release.
 */
#include "core/bytecode/code.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static void code_trace(Object *self, Tracer *tr)
{
    Code *code = (Code *)self;
    trace_value(tr, code->instr_buffer);
    trace_value(tr, code->cache_buffer);
    trace_value(tr, code->exc_buffer);
    trace_value(tr, code->consts_tuple);
    trace_value(tr, code->names_tuple);
    trace_value(tr, code->varnames);
    trace_value(tr, code->cellvars);
    trace_value(tr, code->freevars);
    trace_value(tr, code->filename);
    trace_value(tr, code->name);
    trace_value(tr, code->qualname);
    trace_value(tr, code->linetable);
    trace_value(tr, code->unread_in);
    trace_value(tr, code->extra);
    if (code->caches != NULL) {
        trace_stale_values(tr, (const Value *)code->caches,
                           sizeof *code->caches / sizeof(Value) * code->n_caches);
    }
}

static void forget_what_ran(const Tracer *tr, Value v)
{
    if (!value_is_code(v) || trace_has_reached(tr, value_object(v))) {
        return;
    }
    Code *code = (Code *)value_object(v);
    for (uint32_t i = 0; i < code->n_caches; i++) {
        atomic_store_explicit(&code->caches[i].word, 0, memory_order_relaxed);
    }
    for (size_t i = 0; i < tuple_len(code->consts_tuple); i++) {
        forget_what_ran(tr, code->consts[i]);
    }
}

void code_trace_kept(Tracer *tr, Value code)
{
    if (code) {
        forget_what_ran(tr, code);
        trace_value(tr, code);
    }
}

bool code_is_names(Value v)
{
    if (!value_is_tuple_exact(v)) {
        return false;
    }
    for (size_t i = 0; i < tuple_len(v); i++) {
        if (!value_is_str(tuple_get(v, i))) {
            return false;
        }
    }
    return true;
}

static bool spec_is_valid(const CodeSpec *s)
{
    if (!value_is_tuple_exact(s->consts) || !code_is_names(s->names) ||
        !code_is_names(s->varnames) || !code_is_names(s->cellvars) || !code_is_names(s->freevars) ||
        !value_is_str(s->filename) || !value_is_str(s->name) || !value_is_str(s->qualname) ||
        !value_is_bytes(s->linetable)) {
        return false;
    }
    size_t locals = tuple_len(s->varnames) + tuple_len(s->cellvars) + tuple_len(s->freevars);
    size_t params = (size_t)s->argcount + s->kwonlyargcount + !!(s->flags & CO_VARARGS) +
                    !!(s->flags & CO_VARKEYWORDS);
    return locals <= s->nregs && s->nregs < UINT16_MAX && params <= tuple_len(s->varnames) &&
           s->posonlyargcount <= s->argcount && tuple_len(s->varnames) < INT16_MAX &&
           s->n_instrs < UINT32_MAX / 8 && s->n_caches < UINT32_MAX / 32 &&
           s->n_exc < UINT32_MAX / 32;
}

static void find_cell_args(Code *code)
{
    size_t params = (size_t)code->argcount + code->kwonlyargcount + !!(code->flags & CO_VARARGS) +
                    !!(code->flags & CO_VARKEYWORDS);
    for (size_t i = 0; i < code->ncells; i++) {
        code->cell_args[i] = -1;
        for (size_t j = 0; j < params; j++) {
            if (str_eq(tuple_get(code->cellvars, i), tuple_get(code->varnames, j))) {
                code->cell_args[i] = (int16_t)j;
            }
        }
    }
}

static bool fill_buffers(Thread *t, Code *code, const CodeSpec *s)
{
    bool suspends = s->flags & CO_ANY_GENERATOR;
    uint32_t points = suspends ? suspend_points_count(s->instrs, s->n_instrs) : 0;
    size_t exc_bytes = s->n_exc * sizeof(ExcEntry),
           cells_at = exc_bytes + points * sizeof(SuspendPoint);
    RawBuffer *instrs = raw_buffer_new(t, s->n_instrs * sizeof(Instr) + 1);
    RawBuffer *caches =
        instrs == NULL ? NULL : raw_buffer_new(t, s->n_caches * sizeof(InlineCache) + 1);
    RawBuffer *exc =
        caches == NULL ? NULL : raw_buffer_new(t, cells_at + code->ncells * sizeof(int16_t) + 1);
    if (exc == NULL) {
        return false;
    }
    if (s->n_instrs > 0) {
        memcpy(instrs->data, s->instrs, s->n_instrs * sizeof(Instr));
    }
    if (s->n_exc > 0) {
        memcpy(exc->data, s->exc_table, exc_bytes);
    }
    code->instr_buffer = object_value(instrs);
    code->cache_buffer = object_value(caches);
    code->exc_buffer = object_value(exc);
    code->instrs = (Instr *)instrs->data;
    code->caches = (InlineCache *)caches->data;
    code->exc_table = (ExcEntry *)exc->data;
    code->suspend_points = (SuspendPoint *)(exc->data + exc_bytes);
    code->n_suspend_points = points;
    code->cell_args = (int16_t *)(exc->data + cells_at);
    for (uint32_t i = 0; i < s->n_caches; i++) {
        atomic_init(&code->caches[i].word, 0);
        Value name = s->cache_names[i];
        code->caches[i].name = name != 0 && value_is_str_exact(name) ? intern_str(t, name) : name;
    }
    return true;
}

/* All but the buffers. */
static Code *code_alloc(Thread *t, const CodeSpec *s)
{
    Code *code = object_alloc(t, &code_type, sizeof(Code));
    if (code == NULL) {
        return NULL;
    }
    code->nregs = s->nregs;
    code->argcount = s->argcount;
    code->posonlyargcount = s->posonlyargcount;
    code->kwonlyargcount = s->kwonlyargcount;
    code->flags = s->flags;
    code->firstlineno = s->firstlineno;
    gc_init(&code->consts_tuple, s->consts);
    gc_init(&code->names_tuple, s->names);
    gc_init(&code->varnames, s->varnames);
    gc_init(&code->cellvars, s->cellvars);
    gc_init(&code->freevars, s->freevars);
    gc_init(&code->filename, s->filename);
    gc_init(&code->name, s->name);
    gc_init(&code->qualname, s->qualname);
    gc_init(&code->linetable, s->linetable);
    code->consts = value_tuple(code->consts_tuple)->items;
    return code;
}

Value code_new(Thread *t, const CodeSpec *s)
{
    if (!spec_is_valid(s)) {
        return value_error(t, "code: inconsistent description");
    }
    Code *code = code_alloc(t, s);
    if (code == NULL) {
        return 0;
    }
    code->n_instrs = s->n_instrs;
    code->n_exc = s->n_exc;
    code->nlocals = (uint16_t)tuple_len(s->varnames);
    code->ncells = (uint16_t)tuple_len(s->cellvars);
    code->nfrees = (uint16_t)tuple_len(s->freevars);
    if (!fill_buffers(t, code, s)) {
        return 0;
    }
    code->n_caches = s->n_caches; /* not before the buffer is there: the collector may run */
    find_cell_args(code);
    return object_value(code);
}

/* ---- stubs ---- */

const CodeReader *code_reader;

bool code_stub_is_sound(const CodeStub *stub)
{
    const CodeSpec *s = &stub->spec;
    uint32_t params = (uint32_t)s->argcount + s->kwonlyargcount + !!(s->flags & CO_VARARGS) +
                      !!(s->flags & CO_VARKEYWORDS);
    return s->flags & CO_OPTIMIZED && params <= stub->nlocals &&
           s->posonlyargcount <= s->argcount && stub->nlocals < INT16_MAX &&
           (uint32_t)stub->nlocals + stub->ncells + stub->nfrees <= s->nregs &&
           value_is_str_exact(s->filename) && value_is_str_exact(s->name) &&
           value_is_str_exact(s->qualname);
}

Value code_new_stub(Thread *t, const CodeStub *stub)
{
    Code *code = code_alloc(t, &stub->spec);
    if (code == NULL) {
        return 0;
    }
    code->nlocals = stub->nlocals;
    code->ncells = stub->ncells;
    code->nfrees = stub->nfrees;
    atomic_init(&code->verified, 1); /* when the executable was built, or when the rest is read */
    gc_init(&code->unread_in, stub->unread_in);
    atomic_init(&code->unread, stub->unread);
    return object_value(code);
}

/* Gives a stub the parts of the same code that was read as a whole. */
static void take_parts(Code *code, const Code *whole)
{
    code->n_instrs = whole->n_instrs;
    code->n_exc = whole->n_exc;
    code->instrs = whole->instrs;
    code->consts = whole->consts;
    code->caches = whole->caches;
    code->exc_table = whole->exc_table;
    code->cell_args = whole->cell_args;
    code->suspend_points = whole->suspend_points;
    code->n_suspend_points = whole->n_suspend_points;
    code->n_caches = whole->n_caches;
    code->instr_buffer = whole->instr_buffer;
    code->cache_buffer = whole->cache_buffer;
    code->exc_buffer = whole->exc_buffer;
    code->consts_tuple = whole->consts_tuple;
    code->names_tuple = whole->names_tuple;
    code->varnames = whole->varnames;
    code->cellvars = whole->cellvars;
    code->freevars = whole->freevars;
    code->linetable = whole->linetable;
    gc_written(code); /* names in the caches, too */
}

/* Are the variables those that functions have been made with? */
static bool fits_stub(const Code *code, const Code *whole)
{
    return code->nlocals == whole->nlocals && code->ncells == whole->ncells &&
           code->nfrees == whole->nfrees;
}

/* What is wrong with the file becomes an ImportError. */
static void report_damage(Thread *t, const Code *code)
{
    if (!t->exc || error_matches(t, &exc_ValueError) || error_matches(t, &exc_EOFError) ||
        error_matches(t, &exc_TypeError)) {
        Value why = t->exc ? error_take(t) : 0;
        why = why ? object_str(t, why) : str_from_cstr(t, "it is of another function");
        if (why) {
            raise(t, &exc_ImportError, "bytecode of %U() in %R is damaged: %U", code->qualname,
                  code->filename, why);
        }
    }
}

/* The rest of a stub that a file has. */
static Value read_verified(Thread *t, const Code *code, const void *unread, Value unread_in)
{
    Value whole = code_reader->whole(t, code, unread, unread_in);
    if (!whole || !fits_stub(code, (Code *)value_object(whole))) {
        report_damage(t, code);
        return 0;
    }
    return whole;
}

bool code_read_rest(Thread *t, Code *code)
{
    /* in this order: what unread points into is kept by this thread's stack from here on */
    Value unread_in = value_load(&code->unread_in);
    const void *unread = atomic_load_explicit(&code->unread, memory_order_acquire);
    if (unread == NULL) {
        return true;
    }
    Value whole = 0;
    if (unread_in && value_is_code(unread_in)) {
        whole = code_complete(t, (Code *)value_object(unread_in)) ? code_clone(t, unread_in) : 0;
        if (!whole) {
            return false;
        }
    } else if (!is_none(unread_in)) { /* another thread is just about to say that it has read it */
        whole = read_verified(t, code, unread, unread_in);
        if (!whole) {
            return false;
        }
    }
    bool locked = object_lock(t, code);
    if (atomic_load_explicit(&code->unread, memory_order_relaxed) != NULL) {
        take_parts(code, (const Code *)value_object(whole));
        if (unread_in) {
            gc_store(code, &code->unread_in, NONE);
        }
        atomic_store_explicit(&code->unread, NULL, memory_order_release);
    }
    object_unlock(code, locked);
    return true;
}

Value code_doc(Thread *t, const Code *code)
{
    Value unread_in = value_load(&code->unread_in); /* order: see code_read_rest */
    const void *unread = atomic_load_explicit(&code->unread, memory_order_acquire);
    if (unread != NULL && unread_in && value_is_code(unread_in)) {
        return code_doc(t, (Code *)value_object(unread_in));
    }
    if (unread != NULL && !is_none(unread_in)) {
        Value doc = code_reader->doc(t, unread, unread_in);
        if (!doc) {
            report_damage(t, code);
        }
        return doc;
    }
    Value doc = tuple_len(code->consts_tuple) ? tuple_get(code->consts_tuple, 0) : NONE;
    return value_is_str(doc) ? doc : NONE;
}

/* A stub whose rest is that of `from`, which is then read once for all of its clones; 0 without an
 * exception: it is none any more. */
static Value clone_stub(Thread *t, Code *from)
{
    Code *code = object_alloc(t, &code_type, sizeof(Code));
    if (code == NULL) {
        return 0;
    }
    bool locked = object_lock(t, from);
    bool is_stub = atomic_load_explicit(&from->unread, memory_order_relaxed) != NULL;
    if (is_stub) {
        memcpy((char *)code + sizeof(Object), (const char *)from + sizeof(Object),
               sizeof(Code) - sizeof(Object));
    }
    object_unlock(from, locked);
    code->extra = 0;
    code->is_template = false;
    if (is_stub && !(code->unread_in && value_is_code(code->unread_in))) {
        gc_store(code, &code->unread_in, object_value(from));
    }
    return is_stub ? object_value(code) : 0;
}

static Value clone_consts(Thread *t, Value consts)
{
    size_t n = tuple_len(consts), i = 0;
    while (i < n && !value_is_code(tuple_get(consts, i))) {
        i++;
    }
    Value copy = i < n ? list_from(t, value_tuple(consts)->items, n) : consts;
    for (; copy && i < n; i++) {
        Value item = tuple_get(consts, i), clone = item;
        if (value_is_code(item) &&
            (!(clone = code_clone(t, item)) || !list_set(t, copy, i, clone))) {
            return 0;
        }
    }
    return copy && copy != consts ? list_to_tuple(t, copy) : copy;
}

Value code_clone(Thread *t, Value v)
{
    Code *from = (Code *)value_object(v);
    if (atomic_load_explicit(&from->unread, memory_order_acquire) != NULL) {
        Value stub = clone_stub(t, from);
        if (stub || t->exc) {
            return stub;
        }
    }
    bool nested_stay = from->is_template && !(from->flags & CO_OPTIMIZED);
    Value consts = nested_stay ? from->consts_tuple : clone_consts(t, from->consts_tuple);
    RawBuffer *caches =
        consts ? raw_buffer_new(t, from->n_caches * sizeof(InlineCache) + 1) : NULL;
    for (uint32_t i = 0; caches && i < from->n_caches; i++) {
        InlineCache *ic = (InlineCache *)caches->data + i;
        atomic_init(&ic->word, 0);
        ic->name = from->caches[i].name;
    }
    Code *code = caches ? object_alloc(t, &code_type, sizeof(Code)) : NULL;
    if (!code) {
        return 0;
    }
    memcpy((char *)code + sizeof(Object), (const char *)from + sizeof(Object),
           sizeof(Code) - sizeof(Object));
    gc_init(&code->consts_tuple, consts);
    gc_init(&code->cache_buffer, object_value(caches));
    code->consts = value_tuple(consts)->items;
    code->caches = (InlineCache *)caches->data;
    code->extra = 0;
    code->is_template = false;
    memset(code->live_memo, 0, sizeof code->live_memo);
    atomic_store_explicit(&code->hot, 0, memory_order_relaxed);
    return object_value(code);
}

void code_make_template(Value v)
{
    Code *code = (Code *)value_object(v);
    code->is_template = true;
    atomic_store_explicit(&code->call_shape, 0, memory_order_relaxed);
    bool is_function = code->flags & CO_OPTIMIZED; /* its clones have clones of what is in it */
    for (size_t i = 0; !is_function && i < tuple_len(code->consts_tuple); i++) {
        Value item = tuple_get(code->consts_tuple, i);
        if (value_is_code(item)) {
            code_make_template(item);
        }
    }
}

Value code_new_hollow(Thread *t, const CodeSpec *spec)
{
    CodeSpec s = *spec;
    size_t vars = tuple_len(s.varnames) + tuple_len(s.cellvars) + tuple_len(s.freevars);
    if (vars > UINT8_MAX) {
        return value_error(t, "code: too many variables");
    }
    const Instr body[] = {instr_make(OP_CODE_LOAD_ASSERTION_ERROR, (unsigned)vars, 0, 0),
                          instr_make(OP_CODE_RAISE, (unsigned)vars, 0, 1)};
    const Position at = {s.firstlineno, s.firstlineno, -1, -1};
    const Position positions[] = {at, at};
    s.instrs = body;
    s.n_instrs = ARRAY_SIZE(body);
    s.n_exc = 0;
    s.n_caches = 0;
    s.nregs = (uint16_t)(vars + 1);
    /* those begin with an instruction of theirs */
    s.flags &= ~(uint32_t)CO_ANY_GENERATOR;
    s.linetable = linetable_encode(t, positions, s.n_instrs, s.firstlineno);
    return s.linetable ? code_new(t, &s) : 0;
}

bool code_spec(Thread *t, const Code *code, CodeSpec *s)
{
    if (!code_complete(t, code)) {
        return false;
    }
    Value *cache_names = mem_alloc((code->n_caches + 1) * sizeof(Value));
    if (cache_names == NULL) {
        raise_memory(t);
        return false;
    }
    for (uint32_t i = 0; i < code->n_caches; i++) {
        cache_names[i] = code->caches[i].name;
    }
    *s = (CodeSpec){.instrs = code->instrs,
                    .n_instrs = code->n_instrs,
                    .cache_names = cache_names,
                    .n_caches = code->n_caches,
                    .exc_table = code->exc_table,
                    .n_exc = code->n_exc,
                    .nregs = code->nregs,
                    .argcount = code->argcount,
                    .posonlyargcount = code->posonlyargcount,
                    .kwonlyargcount = code->kwonlyargcount,
                    .flags = code->flags,
                    .firstlineno = code->firstlineno,
                    .consts = code->consts_tuple,
                    .names = code->names_tuple,
                    .varnames = code->varnames,
                    .cellvars = code->cellvars,
                    .freevars = code->freevars,
                    .filename = code->filename,
                    .name = code->name,
                    .qualname = code->qualname,
                    .linetable = code->linetable};
    return true;
}

void code_spec_free(CodeSpec *s)
{
    mem_free((void *)s->cache_names);
    s->cache_names = NULL;
}

void code_set_filename(Thread *t, Value value, Value filename)
{
    Code *code = (Code *)value_object(value);
    Value old = code->filename;
    gc_store(code, &code->filename, filename);
    for (size_t i = 0; i < tuple_len(code->consts_tuple); i++) {
        Value item = code->consts[i];
        if (value_is_code(item) && ((Code *)value_object(item))->filename == old) {
            code_set_filename(t, item, filename);
        }
    }
}

/* ---- constants ---- */

static Value double_key(Thread *t, Value type, Value v, double re, double im)
{
    int signs = (signbit(re) != 0) | (signbit(im) != 0) << 1;
    if (isnan(re) || isnan(im)) {
        /* a NaN equals only itself */
        return tuple_pack(t, 3, type, N(empty), fixnum((int64_t)(v >> 3)));
    }
    return tuple_pack(t, 3, type, v, fixnum(signs));
}

static Value tuple_key(Thread *t, Value type, Value v)
{
    size_t n = tuple_len(v);
    Value keys = tuple_new(t, n);
    for (size_t i = 0; keys != 0 && i < n; i++) {
        Value key = constant_key(t, tuple_get(v, i));
        if (key == 0) {
            return 0;
        }
        gc_store(value_tuple(keys), &value_tuple(keys)->items[i], key);
    }
    return keys == 0 ? 0 : tuple_pack(t, 2, type, keys);
}

static Value frozenset_key(Thread *t, Value type, Value v)
{
    Value keys = frozenset_new(t, 0);
    size_t pos = 0;
    Value item;
    while (keys != 0 && set_next(v, &pos, &item)) {
        Value key = constant_key(t, item);
        if (key == 0 || !set_add(t, keys, key)) {
            return 0;
        }
    }
    return keys == 0 ? 0 : tuple_pack(t, 2, type, keys);
}

Value constant_key(Thread *t, Value v)
{
    if (value_is_str_exact(v) || value_is_fixnum(v) || v == NONE || v == ELLIPSIS) {
        return v;
    }
    Type *type = type_of(v);
    Value type_value = object_value(type);
    if (type == &float_type) {
        return double_key(t, type_value, v, float_get(v), 0.0);
    }
    if (type == &complex_type) {
        Complex *z = (Complex *)value_object(v);
        return double_key(t, type_value, v, z->re, z->im);
    }
    if (type == &tuple_type) {
        if (!c_recursion_enter(t, "")) {
            return 0;
        }
        Value key = tuple_key(t, type_value, v);
        c_recursion_leave(t);
        return key;
    }
    if (type == &frozenset_type) {
        return frozenset_key(t, type_value, v);
    }
    if (type == &int_type || type == &bool_type || type == &bytes_type || type == &code_type) {
        return tuple_pack(t, 2, type_value, v);
    }
    /* any other object put into a tree by hand is equal to itself only */
    return tuple_pack(t, 2, N(empty), fixnum((int64_t)(v >> 3)));
}

static int keys_equal(Thread *t, Value a, Value b)
{
    if (a == b) {
        return 1;
    }
    Value ka = constant_key(t, a);
    Value kb = ka == 0 ? 0 : constant_key(t, b);
    return kb == 0 ? -1 : object_compare_bool(t, ka, kb, CMP_EQ);
}

static int cache_names_equal(Thread *t, const Code *a, const Code *b)
{
    for (uint32_t i = 0; i < a->n_caches; i++) {
        Value x = a->caches[i].name, y = b->caches[i].name;
        if (x == y) {
            continue;
        }
        if (x == 0 || y == 0) {
            return 0;
        }
        int equal = keys_equal(t, x, y);
        if (equal != 1) {
            return equal;
        }
    }
    return 1;
}

static int codes_equal(Thread *t, const Code *a, const Code *b)
{
    if (a == b) {
        return 1;
    }
    if (!code_complete(t, a) || !code_complete(t, b)) {
        return -1;
    }
    if (a->argcount != b->argcount || a->posonlyargcount != b->posonlyargcount ||
        a->kwonlyargcount != b->kwonlyargcount || a->flags != b->flags ||
        a->firstlineno != b->firstlineno || a->n_instrs != b->n_instrs || a->n_exc != b->n_exc ||
        a->n_caches != b->n_caches || a->nregs != b->nregs ||
        memcmp(a->instrs, b->instrs, a->n_instrs * sizeof(Instr)) != 0 ||
        memcmp(a->exc_table, b->exc_table, a->n_exc * sizeof(ExcEntry)) != 0) {
        return 0;
    }
    const Value pairs[][2] = {{a->name, b->name},
                              {a->consts_tuple, b->consts_tuple},
                              {a->names_tuple, b->names_tuple},
                              {a->varnames, b->varnames},
                              {a->cellvars, b->cellvars},
                              {a->freevars, b->freevars},
                              {a->linetable, b->linetable}};
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        int equal = keys_equal(t, pairs[i][0], pairs[i][1]);
        if (equal != 1) {
            return equal;
        }
    }
    return cache_names_equal(t, a, b);
}

static Value code_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !value_is_code(a) || !value_is_code(b)) {
        return NOT_IMPLEMENTED;
    }
    int equal = codes_equal(t, (Code *)value_object(a), (Code *)value_object(b));
    return equal < 0 ? 0 : bool_value((equal == 1) == (op == CMP_EQ));
}

static int64_t code_hash(Thread *t, Value v)
{
    Code *code = (Code *)value_object(v);
    if (!code_complete(t, code)) {
        return -1;
    }
    uint64_t h = code->argcount * 31u + code->posonlyargcount * 7u + code->kwonlyargcount +
                 code->flags + (uint64_t)code->firstlineno * 1000003u;
    for (uint32_t i = 0; i < code->n_instrs; i++) {
        h = (h ^ code->instrs[i]) * 0x100000001b3u;
    }
    /* the lines, too: lambdas of a line differ in columns */
    const Value parts[] = {code->name,     code->names_tuple, code->varnames,
                           code->cellvars, code->freevars,    code->linetable};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        int64_t part = object_hash(t, parts[i]);
        if (part == -1) {
            return -1;
        }
        h = (h ^ (uint64_t)part) * 0x100000001b3u;
    }
    int64_t result = (int64_t)(h & (uint64_t)FIXNUM_MAX);
    return result == -1 ? -2 : result;
}

static Value code_repr(Thread *t, Value v)
{
    Code *code = (Code *)value_object(v);
    return str_format(t, "<code object %U at %p, file \"%U\", line %d>", code->name, (void *)code,
                      code->filename, (int)code->firstlineno);
}

static Value code_type_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    return code_from_arguments(t, args, n, kwnames);
}

Type code_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "code",
    .getattr = generic_getattr,
    .doc = "Compiled code: instructions, constants and names.",
    .sig = CODE_SIGNATURE,
    .size = sizeof(Code),
    .weakrefable = 1,
    .trace = code_trace,
    .new = code_type_new,
    .repr = code_repr,
    .hash = code_hash,
    .compare = code_compare,
    .methods = code_methods,
    .getset = code_getset,
};
