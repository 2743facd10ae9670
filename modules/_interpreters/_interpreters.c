/* The module _interpreters: what typhon.interpreters and _xxsubinterpreters are made of.
 *
 * Objects pass from one interpreter to another as they are: the two modules in Python see to it
 * that only immutable ones do.  What runs in an interpreter and raises comes back as a tuple of
 * strings, (name of the type, its qualified name, its module, text, traceback), for neither the
 * exception nor its class may leave. */
#include <string.h>

#include "core/bytecode/code.h"
#include "core/compile/compile.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/interpreter.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "modules/_interpreters/interpreters.h"

static Value interpreter_error, not_found_error; /* roots, set once: classes of all interpreters */

/* ---- from arguments to interpreters ---- */

static bool id_arg(Thread *t, Value v, uint64_t *id)
{
    int64_t n;
    if (!value_to_int64(t, v, &n)) {
        return false;
    }
    if (n < 0) {
        value_error(t, "interpreter ID must be a non-negative int, got %S", v);
        return false;
    }
    *id = (uint64_t)n;
    return true;
}

/* With one more user; NULL: raised. */
static Interpreter *interpreter_arg(Thread *t, Value v)
{
    uint64_t id;
    if (!id_arg(t, v, &id)) {
        return NULL;
    }
    Interpreter *i = interpreter_find(id);
    if (!i) {
        raise(t, value_type(not_found_error), "unrecognized interpreter ID %llu",
              (unsigned long long)id);
    }
    return i;
}

/* The same, claimed. */
static Interpreter *claimed_arg(Thread *t, Value v, const char *complaint)
{
    Interpreter *i = interpreter_arg(t, v);
    if (i && !interpreter_claim(i)) {
        interpreter_drop_user(i);
        raise(t, value_type(interpreter_error), "%s", complaint);
        return NULL;
    }
    return i;
}

static void give_back(Interpreter *i)
{
    interpreter_unclaim(i);
    interpreter_drop_user(i);
}

/* ---- running something in one ---- */

typedef struct Task {
    Value source;      /* str, code object, or 0: call */
    Value shared;      /* dict for __main__, or None */
    Value rebuild;     /* (module, function): makes of `shared` what __main__ gets; or None */
    Value module, function, args; /* of a call */
    Value result;      /* 0: raised, */
    Value failure;     /* the tuple of strings then */
} Task;

static Value text_or_empty(Thread *t, Value v)
{
    if (!v || !value_is_str(v)) {
        error_clear(t);
        return N(empty);
    }
    return v;
}

/* What the traceback module makes of it. */
static Value traceback_text(Thread *t, Value exc)
{
    Value format = import_attr(t, "traceback", "format_exception"),
          lines = format ? call1(t, format, exc) : 0;
    return lines ? call_method1(t, N(empty), intern_cstr(t, "join"), lines) : 0;
}

/* Consumes the pending exception. */
static Value failure_of(Thread *t)
{
    Value exc = error_take(t), type = object_value(type_of(exc));
    Value items[5] = {
        text_or_empty(t, object_getattr(t, type, N(__name__))),
        text_or_empty(t, object_getattr(t, type, N(__qualname__))),
        text_or_empty(t, object_getattr(t, type, N(__module__))),
    };
    items[3] = text_or_empty(t, object_str(t, exc));
    items[4] = text_or_empty(t, traceback_text(t, exc));
    Value failure = tuple_from(t, items, ARRAY_SIZE(items));
    error_clear(t);
    return failure;
}

static Value main_namespace(Thread *t)
{
    Value main = dict_get(t, t->interp->modules, N(__main__));
    if (!main || !value_isa(main, &module_type)) {
        return t->exc ? 0 : runtime_error(t, "there is no module __main__");
    }
    return module_dict(main);
}

static bool fill_main(Thread *t, const Task *task, Value ns)
{
    Value shared = task->shared;
    if (is_none(shared)) {
        return true;
    }
    if (!is_none(task->rebuild)) {
        Value mod = runtime.import_module(t, tuple_get(task->rebuild, 0));
        shared = mod ? call_method1(t, mod, tuple_get(task->rebuild, 1), shared) : 0;
    }
    return shared && dict_update(t, ns, shared);
}

/* What comes from another interpreter runs with inline caches of its own: those that it came with
 * would keep what they have seen here, a module with all of its globals. */
static Value copy_of_code(Thread *t, Value code)
{
    return code_complete(t, (Code *)value_object(code)) ? code_clone(t, code) : 0;
}

static Value run_source(Thread *t, const Task *task)
{
    Value ns = main_namespace(t), code = task->source;
    if (!ns || !fill_main(t, task, ns)) {
        return 0;
    }
    if (value_is_str(code)) {
        code = compile_source(t, code, N(string_filename), "exec", 0, runtime.config.optimize);
    } else {
        code = copy_of_code(t, code);
    }
    return code ? vm_eval_code(t, code, ns, 0, 0) : 0;
}

static Value run_call(Thread *t, const Task *task)
{
    Value mod = runtime.import_module(t, task->module),
          fn = mod ? object_getattr(t, mod, task->function) : 0;
    return fn ? call_tuple(t, fn, task->args, 0) : 0;
}

static void run_task(Thread *t, void *arg)
{
    Task *task = arg;
    task->result = task->source ? run_source(t, task) : run_call(t, task);
    if (!task->result) {
        task->failure = failure_of(t);
    }
}

/* (result, None) or (None, failure). */
static Value perform(Thread *t, Value id, Task *task)
{
    Interpreter *i = claimed_arg(t, id, "interpreter already running");
    if (!i) {
        return 0;
    }
    bool done = interpreter_run(t, i, run_task, task);
    give_back(i);
    if (!done || (!task->result && !task->failure)) {
        return done ? raise_memory(t) : 0;
    }
    return task->result ? tuple_pack(t, 2, task->result, NONE)
                        : tuple_pack(t, 2, NONE, task->failure);
}

static bool is_pair_of_str(Value v)
{
    return value_is_tuple(v) && tuple_len(v) == 2 && value_is_str(tuple_get(v, 0)) &&
           value_is_str(tuple_get(v, 1));
}

NATIVE_FN(interpreters_exec)
{
    Value shared = args[2] ? args[2] : NONE, rebuild = args[3] ? args[3] : NONE;
    if (!value_is_str(args[1]) && !value_is_code(args[1])) {
        return type_error(t, "exec() argument 2 must be str or code, not %T", args[1]);
    }
    if ((!is_none(shared) && !value_is_dict(shared)) ||
        (!is_none(rebuild) && !is_pair_of_str(rebuild))) {
        return type_error(t, "exec() takes a dict and a pair of str");
    }
    Task task = {.source = args[1], .shared = shared, .rebuild = rebuild};
    return perform(t, args[0], &task);
}

NATIVE_FN(interpreters_call)
{
    if (!value_is_str(args[1]) || !value_is_str(args[2]) || !value_is_tuple(args[3])) {
        return type_error(t, "call() takes names of a module and a function, and a tuple");
    }
    Task task = {.module = args[1], .function = args[2], .args = args[3]};
    return perform(t, args[0], &task);
}

NATIVE_FN(interpreters_own_code)
{
    return value_is_code(args[0]) ? copy_of_code(t, args[0])
                                  : type_error(t, "own_code() takes a code object");
}

/* ---- life ---- */

NATIVE_FN(interpreters_create)
{
    Interpreter *i = interpreter_create(t);
    return i ? int_from_uint64(t, i->id) : 0;
}

NATIVE_FN(interpreters_close)
{
    uint64_t id;
    if (!id_arg(t, args[0], &id)) {
        return 0;
    }
    if (id == runtime.main_interp->id) {
        return raise(t, value_type(interpreter_error), "cannot destroy the main interpreter");
    }
    if (id == t->interp->id) {
        return raise(t, value_type(interpreter_error), "cannot destroy the current interpreter");
    }
    Interpreter *i = claimed_arg(t, args[0], "interpreter running");
    if (!i) {
        return 0;
    }
    bool ok = interpreter_close(t, i);
    if (!ok) {
        interpreter_unclaim(i);
    }
    interpreter_drop_user(i);
    return ok ? NONE : 0;
}

NATIVE_FN(interpreters_is_running)
{
    Interpreter *i = interpreter_arg(t, args[0]);
    bool busy = i && atomic_load(&i->busy);
    interpreter_drop_user(i);
    return i ? bool_value(busy) : 0;
}

NATIVE_FN(interpreters_list) { return interpreter_ids(t); }
NATIVE_FN(interpreters_current) { return int_from_uint64(t, t->interp->id); }
NATIVE_FN(interpreters_main) { return int_from_uint64(t, runtime.main_interp->id); }

static const NativeDef functions[] = {
    {"create()", interpreters_create, "Make an interpreter; return its number.", 0},
    {"close(id, /)", interpreters_close, "End an interpreter that runs nothing.", 0},
    {"list_all()", interpreters_list, "Return the numbers of all interpreters, oldest first.", 0},
    {"get_current()", interpreters_current, "Return the number of the calling interpreter.", 0},
    {"get_main()", interpreters_main, "Return the number of the main interpreter.", 0},
    {"is_running(id, /)", interpreters_is_running,
     "Return whether the interpreter's __main__ is being executed.", 0},
    {"exec(id, code, shared=None, rebuild=None, /)", interpreters_exec,
     "Run code in the interpreter's __main__; return (None, None), or None and a failure.", 0},
    {"call(id, module, function, args, /)", interpreters_call,
     "Import a module there and call a function of it; return (result, failure).", 0},
    {"own_code(code, /)", interpreters_own_code,
     "Return the same code for the use of the calling interpreter.", 0},
    {0},
};

bool interpreters_add_error(Thread *t, Value mod, Value *slot, const char *name, Type *base,
                            const char *doc)
{
    if (!*slot) {
        gc_add_root(slot);
        *slot = type_new_simple(t, name, base, doc);
    }
    return *slot && module_add(t, mod, strrchr(name, '.') + 1, *slot);
}

static bool add_queue_functions(Thread *t, Value mod)
{
    Value name = intern_cstr(t, "_interpreters");
    for (const NativeDef *d = interpreters_queue_functions; d->sig; d++) {
        Value f = native_function_new(t, d, 0, name);
        Value id = f ? native_name(t, d) : 0;
        if (!id || !dict_set(t, module_dict(mod), id, f)) {
            return false;
        }
    }
    return true;
}

static bool exec(Thread *t, Value mod)
{
    return add_queue_functions(t, mod) && interpreters_queue_exec(t, mod) &&
           interpreters_add_error(t, mod, &interpreter_error,
                                  "typhon.interpreters.InterpreterError",
                                  &exc_Exception, "A cross-interpreter operation failed.") &&
           interpreters_add_error(t, mod, &not_found_error,
                                  "typhon.interpreters.InterpreterNotFoundError",
                                  value_type(interpreter_error), "There is no such interpreter.");
}

extern const ModuleDef module__interpreters;
const ModuleDef module__interpreters = {"_interpreters", "Isolated interpreters: the primitives.",
                                        functions, exec};
