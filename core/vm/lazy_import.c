/* Lazy imports. */
#include "core/vm/lazy_import.h"

#include "core/bytecode/code.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

/* All but `before` is written when it is made. */
typedef struct LazyImport {
    Object head;
    Value name, fromlist, level; /* as __import__ gets them */
    Value globals, builtins;
    Value attrs;                 /* tuple: names to follow from what __import__ returns */
    Value before;                /* lazy import of the same package, to be done first; or 0 */
    Value filename;              /* where the import statement stands */
    int line;
} LazyImport;

static void lazy_trace(Object *o, Tracer *tr)
{
    const LazyImport *lazy = (const LazyImport *)o;
    trace_value(tr, lazy->name);
    trace_value(tr, lazy->fromlist);
    trace_value(tr, lazy->level);
    trace_value(tr, lazy->globals);
    trace_value(tr, lazy->builtins);
    trace_value(tr, lazy->attrs);
    trace_value(tr, lazy->before);
    trace_value(tr, lazy->filename);
}

static LazyImport *lazy_of(Value v)
{
    assert(value_is_lazy_import(v));
    return (LazyImport *)value_object(v);
}

static bool is_from(const LazyImport *lazy)
{
    return !is_none(lazy->fromlist);
}

/* What was to be imported, for people: json, or json.dumps of a from. */
static Value lazy_text(Thread *t, const LazyImport *lazy)
{
    return is_from(lazy) && tuple_len(lazy->attrs) == 1
               ? str_format(t, "%U.%U", lazy->name, tuple_get(lazy->attrs, 0))
               : lazy->name;
}

static Value lazy_repr(Thread *t, Value self)
{
    Value text = lazy_text(t, lazy_of(self));
    return text ? str_format(t, "<lazy_import %R>", text) : 0;
}

static Value resolve_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return lazy_import_resolve(t, args[0]);
}

static const NativeDef lazy_methods[] = {
    {"resolve()", resolve_method, "Import now; return what the name stands for.", 0},
    {NULL, NULL, NULL, 0},
};

Type lazy_import_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "lazy_import",
    .size = sizeof(LazyImport),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = lazy_trace,
    .repr = lazy_repr,
    .methods = lazy_methods,
    .doc = "An import that happens when its name is first used.",
};

int lazy_import_wanted(Thread *t, Value *base, Value name, Value level)
{
    Value globals = frame_function(base)->globals;
    if (!value_is_dict_exact(globals) || frame_of(base)->ns != globals) {
        return 0;
    }
    Value lazy = dict_get_str(globals, N(__lazy_modules__));
    if (!lazy || is_none(lazy)) {
        return 0;
    }
    Value full = runtime.import_name(t, name, globals, (int)fixnum_get(level));
    return full ? object_contains(t, lazy, full) : -1;
}

Value lazy_import_new(Thread *t, Value *base, Value name, Value fromlist, Value level)
{
    const Function *fn = frame_function(base);
    const Code *code = frame_code_of(base);
    LazyImport *lazy = object_alloc(t, &lazy_import_type, sizeof *lazy);
    if (!lazy) {
        return 0;
    }
    gc_init(&lazy->name, name);
    gc_init(&lazy->fromlist, fromlist);
    gc_init(&lazy->level, level);
    gc_init(&lazy->globals, fn->globals);
    gc_init(&lazy->builtins, fn->builtins);
    gc_init(&lazy->filename, code->filename);
    lazy->line = code_line(code, (uint32_t)(frame_of(base)->pc - code->instrs) - 1);
    Value self = object_value(lazy), none = tuple_new(t, 0);
    if (!none) {
        return 0;
    }
    gc_store(lazy, &lazy->attrs, none);
    return self;
}

Value lazy_import_attr(Thread *t, Value v, Value attr)
{
    const LazyImport *from = lazy_of(v);
    size_t n = tuple_len(from->attrs);
    Value attrs = tuple_new(t, n + 1);
    LazyImport *lazy = attrs ? object_alloc(t, &lazy_import_type, sizeof *lazy) : NULL;
    if (!lazy) {
        return 0;
    }
    for (size_t i = 0; i <= n; i++) {
        Value item = i < n ? tuple_get(from->attrs, i) : attr;
        gc_store(value_tuple(attrs), &value_tuple(attrs)->items[i], item);
    }
    gc_init(&lazy->name, from->name);
    gc_init(&lazy->fromlist, is_from(from) ? attrs : NONE);
    gc_init(&lazy->level, from->level);
    gc_init(&lazy->globals, from->globals);
    gc_init(&lazy->builtins, from->builtins);
    gc_init(&lazy->filename, from->filename);
    gc_init(&lazy->attrs, attrs);
    lazy->line = from->line;
    return object_value(lazy);
}

/* The exception of the import, with where the import stands as its cause. */
static Value failed(Thread *t, const LazyImport *lazy)
{
    Value exc = error_take(t), text = lazy_text(t, lazy);
    Value message = text ? str_format(t, "lazy import of %R (%U, line %d) raised an exception "
                                         "during resolution", text, lazy->filename, lazy->line)
                         : 0;
    Value cause = message ? call1(t, object_value(&exc_ImportError), message) : 0;
    if (!cause || !value_is_exception(exc)) {
        error_clear(t);
        error_restore(t, exc);
        return 0;
    }
    if (!exception_cause(exc)) {
        exception_set_cause(exc, cause);
    }
    error_restore(t, exc);
    return 0;
}

static Value import_now(Thread *t, const LazyImport *lazy)
{
    Value import =
        value_is_dict(lazy->builtins) ? dict_get(t, lazy->builtins, N(__import__)) : 0;
    if (!import) {
        return t->exc ? 0 : raise_error(t, &exc_ImportError, "__import__ not found");
    }
    Value args[5] = {lazy->name, lazy->globals, NONE, lazy->fromlist, lazy->level};
    Value v = call(t, import, args, 5, 0);
    for (size_t i = 0; v && i < tuple_len(lazy->attrs); i++) {
        v = vm_import_from(t, v, tuple_get(lazy->attrs, i));
    }
    return v;
}

Value lazy_import_resolve(Thread *t, Value v)
{
    const LazyImport *lazy = lazy_of(v);
    if (!c_recursion_enter(t, " while importing")) {
        return 0;
    }
    Value result = !lazy->before || lazy_import_resolve(t, lazy->before) ? import_now(t, lazy) : 0;
    c_recursion_leave(t);
    return result ? result : failed(t, lazy);
}

Value lazy_import_load(Thread *t, Value ns, Value name, Value lazy)
{
    Value v = lazy_import_resolve(t, lazy);
    return v && dict_replace_if(t, ns, name, lazy, v) >= 0 ? v : 0;
}

/* import a.b and import a.c bind the same name to the same package. */
static bool binds_package(const LazyImport *lazy)
{
    return !is_from(lazy) && tuple_len(lazy->attrs) == 0;
}

Value lazy_import_to_store(Thread *t, Value ns, Value name, Value v)
{
    LazyImport *lazy = lazy_of(v);
    Value old = value_is_dict_exact(ns) ? dict_get(t, ns, name) : NONE;
    if (!old || t->exc) {
        return t->exc ? 0 : v;
    }
    if (!value_is_lazy_import(old)) {
        return lazy_import_resolve(t, v);
    }
    if (binds_package(lazy) && binds_package(lazy_of(old)) && old != v) {
        gc_store(lazy, &lazy->before, old);
    }
    return v;
}
