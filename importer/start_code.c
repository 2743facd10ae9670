/* The table of texts that interpreters compile while they start. */
#include "importer/start_code.h"

#include "core/base/atomics.h"
#include "core/bytecode/code.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/thread.h"
#include "core/object/tuple.h"

/* What a start executes is some lines; a program that puts other texts into each start does not
 * fill the memory with them. */
enum { MAX_TEXTS = 64, MAX_LENGTH = 1 << 14 };

/* (text, filename, mode, flags, optimize) -> code, for interpreters other than the main one.  A
 * root. */
static Value table;

static bool make_table(Thread *t)
{
    if (!value_load(&table)) {
        Value fresh = dict_new(t), none = 0;
        if (fresh && cas_acq_rel(&table, &none, fresh)) {
            gc_add_root(&table);
        }
    }
    return table != 0;
}

/* Whose texts are worth keeping, and have a hash and an equality that run no Python. */
static bool is_candidate(const Thread *t, Value text, Value filename)
{
    return atomic_load_explicit(&t->interp->starting, memory_order_relaxed) &&
           value_is_str(text) && value_is_str_exact(text) && str_len(text) <= MAX_LENGTH &&
           value_is_str_exact(filename);
}

Value start_code_compile(Thread *t, Value text, Value filename, const char *mode, unsigned flags,
                         int optimize)
{
    if (!is_candidate(t, text, filename)) {
        return runtime.compile_source(t, text, filename, mode, (int)flags, optimize);
    }
    Value key = tuple_pack(t, 5, text, filename, intern_cstr(t, mode), fixnum(flags),
                           fixnum(optimize));
    Value code = key && make_table(t) ? dict_get(t, table, key) : 0;
    if (t->exc) {
        return 0;
    }
    if (!code) {
        uint32_t before = atomic_load_explicit(&t->interp->source_warnings, memory_order_relaxed);
        code = runtime.compile_source(t, text, filename, mode, (int)flags, optimize);
        bool warned =
            atomic_load_explicit(&t->interp->source_warnings, memory_order_relaxed) != before;
        if (!code || warned || dict_len(table) >= MAX_TEXTS) {
            return code; /* warnings are for each interpreter */
        }
        code_make_template(code);
        code = dict_setdefault(t, table, key, code);
    }
    return code ? code_clone(t, code) : 0;
}
