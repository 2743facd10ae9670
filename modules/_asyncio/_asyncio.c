/* The module _asyncio: running loops, current tasks, and the types Future and Task. */
#include "modules/_asyncio/asyncio.h"

#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

static Value kw_context;                      /* root: ("context",) */
/* Of the OS thread's Thread with that serial; loop 0: none. */
static __thread struct { uint64_t serial; Value loop; } last_running;

/* dict loop -> task */
static Value current_tasks(Thread *t)
{
    return value_load(interp_slot(t, INTERP_asyncio_current_tasks));
}
/* WeakSet */
static Value all_tasks(Thread *t)
{
    return value_load(interp_slot(t, INTERP_asyncio_all_tasks));
}
/* dict thread serial -> loop, keeps them alive */
static Value running_loops(Thread *t)
{
    return value_load(interp_slot(t, INTERP_asyncio_running_loops));
}

Value asyncio_import(Thread *t, const char *module, const char *name, int slot)
{
    Value *cache = interp_slot(t, slot), v = value_load(cache);
    if (!v) {
        v = import_attr(t, module, name);
        if (v) {
            gc_store_root(cache, v);
        }
    }
    return v;
}

Value asyncio_cancelled_type(Thread *t)
{
    return asyncio_import(t, "asyncio.exceptions", "CancelledError",
                          INTERP_asyncio_cancelled_error);
}

bool asyncio_invalid_state(Thread *t, const char *text)
{
    Value v = asyncio_import(t, "asyncio.exceptions", "InvalidStateError",
                             INTERP_asyncio_invalid_state_error);
    if (v) {
        raise(t, value_type(v), "%s", text);
    }
    return false;
}

Value asyncio_copy_context(Thread *t)
{
    Value f = asyncio_import(t, "_contextvars", "copy_context", INTERP_asyncio_copy_context);
    return f ? call0(t, f) : 0;
}

Value asyncio_call_kw(Thread *t, Value f, Value arg, const char *name, Value v)
{
    Value key = intern_cstr(t, name), names_ = key ? tuple_pack(t, 1, key) : 0,
          args[2] = {arg ? arg : v, v};
    return names_ ? call(t, f, args, arg ? 1 : 0, names_) : 0;
}

bool asyncio_call_soon(Thread *t, Value loop, Value fn, Value arg, Value context)
{
    Value f = object_getattr(t, loop, INTERN(t, "call_soon"));
    Value args[3] = {fn, arg ? arg : context, context};
    return f && call(t, f, args, arg ? 2 : 1, kw_context);
}

bool asyncio_report(Thread *t, Value loop, Value context_dict)
{
    return call_method1(t, loop, INTERN(t, "call_exception_handler"), context_dict) != 0;
}

/* ---- loops ---- */

static void forget_loop(Thread *t UNUSED) { last_running.loop = 0; }

/* 0: none. */
static Value running_loop(Thread *t)
{
    if (UNLIKELY(last_running.serial != t->serial)) {
        last_running.loop = dict_get(t, running_loops(t), fixnum((int64_t)t->serial));
        last_running.serial = t->serial;
    }
    return last_running.loop;
}

Value asyncio_current_loop(Thread *t)
{
    Value loop = running_loop(t);
    if (loop) {
        return loop;
    }
    Value f = asyncio_import(t, "asyncio.events", "get_event_loop_policy",
                             INTERP_asyncio_get_event_loop_policy),
          policy = f ? call0(t, f) : 0;
    return policy ? call_method0(t, policy, INTERN(t, "get_event_loop")) : 0;
}

NATIVE_FN(loop_get_event_loop) { return asyncio_current_loop(t); }
NATIVE_FN(loop_get_running)
{
    Value loop = running_loop(t);
    return loop ? loop : NONE;
}
NATIVE_FN(loop_get_running_checked)
{
    Value loop = running_loop(t);
    return loop ? loop : runtime_error(t, "no running event loop");
}

NATIVE_FN(loop_set_running)
{
    Value key = fixnum((int64_t)t->serial);
    last_running.serial = t->serial;
    last_running.loop = is_none(args[0]) ? 0 : args[0];
    return (last_running.loop ? dict_set(t, running_loops(t), key, last_running.loop)
                              : dict_pop(t, running_loops(t), key) != 0 || !t->exc)
               ? NONE
               : 0;
}

/* ---- tasks ---- */

bool asyncio_register(Thread *t, Value task)
{
    return call_method1(t, all_tasks(t), INTERN(t, "add"), task) != 0;
}

bool asyncio_enter(Thread *t, Value loop, Value task)
{
    Value current = dict_get(t, current_tasks(t), loop);
    if (current) {
        runtime_error(t, "Cannot enter into task %R while another task %R is being executed.", task,
                      current);
    }
    return !t->exc && dict_set(t, current_tasks(t), loop, task);
}

bool asyncio_leave(Thread *t, Value loop, Value task)
{
    Value current = dict_get(t, current_tasks(t), loop);
    if (t->exc) {
        return false;
    }
    if (current != task) {
        runtime_error(t, "Leaving task %R does not match the current task %R.", task,
                      current ? current : NONE);
        return false;
    }
    /* nobody waits here for the task's end, which dict_del would look for at each step */
    return dict_pop(t, current_tasks(t), loop) != 0 || !t->exc;
}

NATIVE_FN(tasks_enter) { return asyncio_enter(t, args[0], args[1]) ? NONE : 0; }
NATIVE_FN(tasks_leave) { return asyncio_leave(t, args[0], args[1]) ? NONE : 0; }
NATIVE_FN(tasks_register) { return asyncio_register(t, args[0]) ? NONE : 0; }
NATIVE_FN(tasks_unregister)
{
    return call_method1(t, all_tasks(t), INTERN(t, "discard"), args[0]) ? NONE : 0;
}

static const NativeDef asyncio_functions[] = {
    {"get_event_loop()", loop_get_event_loop,
     "Return the running event loop, else that of the current policy.", 0},
    {"_get_event_loop(stacklevel=3)", loop_get_event_loop,
     "Return the running event loop, else that of the policy.", 0},
    {"get_running_loop()", loop_get_running_checked,
     "Return the running event loop; RuntimeError when there is none.", 0},
    {"_get_running_loop()", loop_get_running, "Return the running event loop or None.", 0},
    {"_set_running_loop(loop, /)", loop_set_running, "Set the running event loop of this thread.",
     0},
    {"_register_task(task)", tasks_register, "Register a new task in asyncio as executed by loop.",
     0},
    {"_unregister_task(task)", tasks_unregister, "Unregister a task.", 0},
    {"_enter_task(loop, task)", tasks_enter, "Enter into task execution or resume suspended task.",
     0},
    {"_leave_task(loop, task)", tasks_leave, "Leave task execution or suspend a task.", 0},
    {NULL, NULL, NULL, 0},
};

static bool asyncio_exec(Thread *t, Value mod)
{
    if (!kw_context) {
        Value key = INTERN(t, "context");
        gc_add_root(&kw_context);
        kw_context = key ? tuple_pack(t, 1, key) : 0;
        thread_add_fork_hook(forget_loop);
    }
    Value weak_set = import_attr(t, "weakref", "WeakSet"), all = weak_set ? call0(t, weak_set) : 0,
          current = dict_new(t), running = dict_new(t);
    if (!kw_context || !all || !current || !running) {
        return false;
    }
    gc_store_root(interp_slot(t, INTERP_asyncio_all_tasks), all);
    gc_store_root(interp_slot(t, INTERP_asyncio_current_tasks), current);
    gc_store_root(interp_slot(t, INTERP_asyncio_running_loops), running);
    return type_ready(t, &asyncio_future_iter_type) &&
           module_add_type(t, mod, &asyncio_future_type) &&
           module_add_type(t, mod, &asyncio_task_type) &&
           module_add(t, mod, "_all_tasks", all) &&
           module_add(t, mod, "_current_tasks", current);
}

extern const ModuleDef module__asyncio;
const ModuleDef module__asyncio = {.name = "_asyncio",
                                   .doc = "Accelerator module for asyncio",
                                   .functions = asyncio_functions,
                                   .exec = asyncio_exec};
