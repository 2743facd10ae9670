/* Variables by name: globals with their cache records, namespaces, and the errors for unbound ones.
 */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/lazy_import.h"
#include "core/vm/vm_internal.h"

static void trace_global_cache(Object *o, Tracer *tr)
{
    GlobalCache *gc = (GlobalCache *)o;
    trace_object(tr, gc->globals);
    trace_object(tr, gc->builtins);
}

Type global_cache_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "global_cache",
    .size = sizeof(GlobalCache),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_global_cache,
};

static Value name_error(Thread *t, Value name)
{
    raise_error(t, &exc_NameError, "name '%U' is not defined", name);
    if (t->exc && value_isa(t->exc, &exc_NameError)) {
        NameErrorExc *e = (NameErrorExc *)value_object(t->exc);
        gc_store(e, &e->name, name);
    }
    return 0;
}

/* The id of a table, from now on. */
static uint32_t table_guard_id(DictTable *table)
{
    uint32_t id = atomic_load_explicit(&table->guard_id, memory_order_relaxed);
    if (id == GUARD_ID_NONE) {
        uint32_t new = guard_id_new();
        bool set = atomic_compare_exchange_strong_explicit(
            &table->guard_id, &id, new, memory_order_relaxed, memory_order_relaxed);
        id = set ? new : id;
    }
    return id;
}

/* Remembers that a name was found in globals itself. */
static void fill_global_word(InlineCache *ic, DictTable *globals, int64_t entry)
{
    size_t offset = (size_t)(&globals->entries[entry].value - (Value *)globals);
    uint32_t id = table_guard_id(globals);
    if (offset <= UINT32_MAX && guard_id_lasts(id)) {
        atomic_store_explicit(&ic->word, cache_pack(id, (uint32_t)offset), memory_order_release);
    }
}

/* Remembers where in builtins a name was found.  Failing to allocate is harmless. */
static void fill_global_cache(Thread *t, InlineCache *ic, DictTable *globals, uint32_t count,
                              DictTable *builtins, int64_t entry)
{
    GlobalCache *gc = object_alloc(t, &global_cache_type, sizeof *gc);
    if (!gc) {
        error_clear(t);
        return;
    }
    gc->globals = globals;
    gc->builtins = builtins;
    gc->globals_count = count;
    gc->slot = &builtins->entries[entry].value;
    /* pairs with cache_load */
    atomic_store_explicit(&ic->word, object_value(gc), memory_order_release);
    vm_cache_written(t, ic, object_value(gc));
}

/* Item of a namespace; 0 without pending exception: absent. */
static Value lookup_name(Thread *t, Value ns, Value name)
{
    bool usual = value_is_dict_exact(ns);
    Value v = usual ? dict_get(t, ns, name) : object_getitem(t, ns, name);
    if (v && UNLIKELY(value_is_lazy_import(v))) {
        return usual ? lazy_import_load(t, ns, name, v) : lazy_import_resolve(t, v);
    }
    if (!v && !usual) {
        error_clear_if(t, &exc_KeyError);
    }
    return v;
}

Value vm_load_global(Thread *t, Value *base, InlineCache *ic)
{
    Function *fn = frame_function(base);
    Value name = ic->name;
    if (value_is_dict_exact(fn->globals) && value_is_dict_exact(fn->builtins)) {
        DictTable *table = dict_table(fn->globals);
        uint32_t count = atomic_load_explicit(&table->count, memory_order_acquire);
        int64_t entry = dict_table_find_str(table, name);
        if (entry >= 0) {
            Value v = value_load(&table->entries[entry].value);
            if (v && !value_is_lazy_import(v)) {
                fill_global_word(ic, table, entry);
                return v;
            }
        }
        DictTable *btable = dict_table(fn->builtins);
        int64_t bentry = dict_table_find_str(btable, name);
        Value v = bentry < 0 ? 0 : value_load(&btable->entries[bentry].value);
        if (v && entry < 0 && dict_get_str(fn->globals, name) == 0) {
            fill_global_cache(t, ic, table, count, btable, bentry);
            return v;
        }
    }
    Value v = lookup_name(t, fn->globals, name);
    if (v || t->exc) {
        return v;
    }
    v = lookup_name(t, fn->builtins, name);
    return v || t->exc ? v : name_error(t, name);
}

Value vm_load_name(Thread *t, Value *base, InlineCache *ic)
{
    Frame *f = frame_of(base);
    assert(f->flags & FRAME_NS);
    if (f->ns != frame_function(base)->globals) {
        Value v = lookup_name(t, f->ns, ic->name);
        if (v || t->exc) {
            return v;
        }
    }
    return vm_load_global(t, base, ic);
}

bool vm_store_name(Thread *t, Value *base, Value name, Value v)
{
    Value ns = frame_of(base)->ns;
    if (v && UNLIKELY(value_is_lazy_import(v))) {
        v = lazy_import_to_store(t, ns, name, v);
        if (!v) {
            return false;
        }
    }
    if (v) {
        return value_is_dict_exact(ns) ? dict_set(t, ns, name, v) : object_setitem(t, ns, name, v);
    }
    if (value_is_dict_exact(ns)) {
        int found = dict_del(t, ns, name);
        if (found == 0) {
            name_error(t, name);
        }
        return found == 1;
    }
    if (object_delitem(t, ns, name)) {
        return true;
    }
    if (error_clear_if(t, &exc_KeyError)) {
        name_error(t, name);
    }
    return false;
}

bool vm_delete_global(Thread *t, Value *base, Value name)
{
    int found = dict_del(t, frame_function(base)->globals, name);
    if (found == 0) {
        name_error(t, name);
    }
    return found == 1;
}

Value vm_load_classcell(Thread *t, Value *base, Value name, Value cell)
{
    Value v = lookup_name(t, frame_of(base)->ns, name);
    if (v || t->exc) {
        return v;
    }
    v = value_load(&((Cell *)value_object(cell))->value);
    return v ? v
             : raise_error(t, &exc_NameError,
                           "cannot access free variable '%U' where it is not associated with a "
                           "value in enclosing scope",
                           name);
}

bool vm_setup_annotations(Thread *t, Value *base)
{
    Value old = lookup_name(t, frame_of(base)->ns, N(__annotations__));
    if (old || t->exc) {
        return old != 0;
    }
    Value d = dict_new(t);
    return d && vm_store_name(t, base, N(__annotations__), d);
}

Value vm_unbound_local(Thread *t, Value *base, unsigned reg)
{
    Value name = tuple_get(frame_code_of(base)->varnames, reg);
    return raise_error(t, &exc_UnboundLocalError,
                 "cannot access local variable '%U' where it is not associated with a value", name);
}

Value vm_unbound_cell(Thread *t, Value *base, unsigned reg)
{
    Code *code = frame_code_of(base);
    unsigned index = reg - code->nlocals;
    if (index < code->ncells) {
        return raise_error(t, &exc_UnboundLocalError,
                     "cannot access local variable '%U' where it is not associated with a value",
                     tuple_get(code->cellvars, index));
    }
    return raise_error(t, &exc_NameError,
                       "cannot access free variable '%U' where it is not associated with a value "
                       "in enclosing scope",
                       tuple_get(code->freevars, index - code->ncells));
}

Value vm_builtin(Thread *t, Value *base, Value name)
{
    Value builtins = frame_function(base)->builtins;
    Value v = lookup_name(t, builtins, name);
    if (!v && !t->exc) {
        return name_error(t, name);
    }
    return v;
}

Value vm_load_build_class(Thread *t, Value *base)
{
    Value builtins = frame_function(base)->builtins;
    Value v = lookup_name(t, builtins, N(__build_class__));
    return v || t->exc ? v : raise_error(t, &exc_NameError, "__build_class__ not found");
}
