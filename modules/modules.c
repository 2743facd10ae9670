/* The table of built-in modules, expanded from modules.def. */
#include "modules/modules.h"

#include "core/base/mutex.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "gc/safepoint.h"

#define MODULE(name) extern const ModuleDef module_##name;
#include "modules/modules.def"
#undef MODULE

const ModuleDef *const builtin_modules[] = {
#define MODULE(name) &module_##name,
#include "modules/modules.def"
#undef MODULE
    NULL};

const ModuleDef *builtin_module_find(Value name)
{
    for (const ModuleDef *const *m = builtin_modules; *m; m++) {
        if (str_eq_cstr(name, (*m)->name)) {
            return *m;
        }
    }
    return NULL;
}

/* ---- first runs ---- */

typedef struct FirstRun {
    _Atomic bool done;
    Mutex lock; /* held by who makes the first run */
} FirstRun;
static FirstRun first_runs[ARRAY_SIZE(builtin_modules)];

static FirstRun *first_run_of(const ModuleDef *def)
{
    size_t i = 0;
    while (builtin_modules[i] && builtin_modules[i] != def) {
        i++;
    }
    return &first_runs[i];
}

void builtin_modules_after_fork(Thread *t UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(first_runs); i++) {
        mutex_reinit(&first_runs[i].lock);
    }
}

bool builtin_module_exec(Thread *t, Value mod)
{
    Module *m = (Module *)value_object(mod);
    if (!m->def || m->state) {
        return true;
    }
    m->state = m; /* marks it as executed */
    if (!m->def->exec) {
        return true;
    }
    FirstRun *first = first_run_of(m->def);
    if (atomic_load_explicit(&first->done, memory_order_acquire) ||
        !many_threads()) {
        bool ok = m->def->exec(t, mod);
        atomic_store_explicit(&first->done, true, memory_order_release);
        return ok;
    }
    mutex_lock_parked(t, &first->lock);
    bool ok = m->def->exec(t, mod);
    atomic_store_explicit(&first->done, true, memory_order_release);
    mutex_unlock(&first->lock);
    return ok;
}
