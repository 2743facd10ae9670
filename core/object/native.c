/* Signatures of C functions: parsing "f(a, b=0, /, *, c=None)" and binding call arguments to it.
 *
 * A Signature is parsed once and never changes; those of NativeDef tables are found through a
 * process-wide table keyed by the definition's address (hits take no lock) when a function made
 * from it is called for the first time.  The wording of the errors follows the calling convention
 * that the reference would use for such a signature: no parameter, exactly one, positional only, or
 * with keywords.
 */
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/dict.h"
#include "core/object/native_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { UNPARSED, PUBLISHING, PARSED };

/* ---- parsing ---- */

/* End of the parameter that starts at p: the comma or closing parenthesis at its level. */
static const char *parameter_end(const char *p)
{
    int depth = 0;
    for (char quote = 0; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1]) {
                p++;
            } else if (*p == quote) {
                quote = 0;
            }
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (*p == '(' || *p == '[' || *p == '{') {
            depth++;
        } else if (depth && (*p == ')' || *p == ']' || *p == '}')) {
            depth--;
        } else if (*p == ')' || (*p == ',' && !depth)) {
            return p;
        }
    }
    return p;
}

static bool add_parameter(Thread *t, Signature *sig, const char *p, const char *end, bool *kw_only)
{
    bool var = p[0] == '*' && p[1] != '*';
    bool varkw = p[0] == '*' && p[1] == '*';
    if (p[0] == '/' && end - p == 1) {
        sig->nposonly = sig->npos;
        return true;
    }
    if (var && end - p == 1) {
        *kw_only = true;
        return true;
    }
    p += varkw ? 2 : var ? 1 : 0;
    const char *eq = memchr(p, '=', (size_t)(end - p));
    const char *name_end = eq ? eq : end;
    while (name_end > p && name_end[-1] == ' ') {
        name_end--;
    }
    assert(sig->nparams < NATIVE_MAX_PARAMS);
    int slot = sig->nparams++;
    Value name = str_from_ascii(t, p, (size_t)(name_end - p));
    if (!name || !(sig->param_names[slot] = intern_str(t, name))) {
        return false;
    }
    if (var) {
        sig->vararg = slot;
        *kw_only = true;
    } else if (varkw) {
        sig->varkw = slot;
    } else if (*kw_only) {
        sig->kw_required |= eq ? 0 : 1u << slot;
    } else {
        sig->npos++;
        sig->nrequired += !eq && sig->nrequired == slot;
    }
    return true;
}

/* The text in front of the parameters, as memory of its own; NULL: none is left. */
static char *name_of_text(const char *text)
{
    const char *open = strchr(text, '(');
    size_t n = open ? (size_t)(open - text) : strlen(text);
    char *name = mem_alloc(n + 1);
    if (name) {
        memcpy(name, text, n);
        name[n] = 0;
    }
    return name;
}

static bool parse_into(Thread *t, Signature *sig)
{
    const char *open = strchr(sig->text, '(');
    if (!sig->name && !(sig->name = name_of_text(sig->text))) {
        raise_memory(t);
        return false;
    }
    bool kw_only = false;
    for (const char *p = open ? open + 1 : ""; *p && *p != ')';) {
        while (*p == ' ' || *p == ',') {
            p++;
        }
        const char *end = parameter_end(p);
        if (end > p && !add_parameter(t, sig, p, end, &kw_only)) {
            return false;
        }
        p = end;
    }
    return true;
}

/* Only the definition's flags and the parameters count, which do not change any more. */
static void set_direct(Signature *sig)
{
    if (sig->flags & NATIVE_RAW || sig->vararg >= 0 || sig->varkw >= 0 || sig->kw_required) {
        return;
    }
    atomic_store_explicit(&sig->fit_end, (uint32_t)sig->npos + 1, memory_order_release);
    if (sig->npos == sig->nparams && !(sig->flags & NATIVE_COLLECTS)) {
        atomic_store_explicit(&sig->direct, (uint32_t)sig->npos + 1, memory_order_release);
    }
}

bool signature_parse(Thread *t, Signature *sig)
{
    if (LIKELY(atomic_load_explicit(&sig->state, memory_order_acquire) == PARSED)) {
        return true;
    }
    Value found[NATIVE_MAX_PARAMS];
    /* another thread may be publishing its name: this one's is as good */
    Signature parsed = {.param_names = found,
                        .text = sig->text,
                        .name = __atomic_load_n(&sig->name, __ATOMIC_RELAXED),
                        .display = signature_display(sig),
                        .vararg = -1,
                        .varkw = -1};
    Value *kept = parse_into(t, &parsed) ? mem_alloc(sizeof *kept * (size_t)parsed.nparams) : NULL;
    if (!kept) {
        return t->exc ? false : raise_memory(t) != 0;
    }
    memcpy(kept, found, sizeof *kept * (size_t)parsed.nparams);
    int state = UNPARSED;
    if (atomic_compare_exchange_strong(&sig->state, &state, PUBLISHING)) {
        __atomic_store_n(&sig->name, parsed.name, __ATOMIC_RELAXED);
        sig->nparams = parsed.nparams;
        sig->npos = parsed.npos;
        sig->nposonly = parsed.nposonly;
        sig->nrequired = parsed.nrequired;
        sig->vararg = parsed.vararg;
        sig->varkw = parsed.varkw;
        sig->kw_required = parsed.kw_required;
        sig->param_names = kept;
        set_direct(sig);
        atomic_store_explicit(&sig->state, PARSED, memory_order_release);
    } else {
        mem_free(kept);
    }
    while (atomic_load_explicit(&sig->state, memory_order_acquire) != PARSED) {
    }
    return true;
}

/* ---- signatures of definition tables ---- */

Signature signature_unknown = {.text = "", .name = "", .state = PARSED, .vararg = -1, .varkw = -1};

Value native_name(Thread *t, const NativeDef *def)
{
    return intern_ascii(t, def->sig, (size_t)(strchrnul(def->sig, '(') - def->sig));
}

typedef struct SigTable {
    size_t mask;
    struct { const NativeDef *_Atomic def; Signature *sig; } rows[];
} SigTable;
static SigTable *_Atomic sig_table;
static size_t sig_count;      /* sig_lock */
static Mutex sig_lock;

static Signature *find_signature(const SigTable *table, const NativeDef *def, size_t *at)
{
    size_t i = hash_mix((uintptr_t)def) & table->mask;
    for (;; i = (i + 1) & table->mask) {
        const NativeDef *found = atomic_load_explicit(&table->rows[i].def, memory_order_acquire);
        if (found == def) {
            return table->rows[i].sig;
        }
        if (!found) {
            *at = i;
            return NULL;
        }
    }
}

static SigTable *grown_sig_table(const SigTable *old)
{
    size_t size = old ? (old->mask + 1) * 2 : 256;
    SigTable *table = mem_calloc(1, sizeof *table + size * sizeof table->rows[0]);
    if (!table) {
        return NULL;
    }
    table->mask = size - 1;
    for (size_t i = 0; old && i <= old->mask; i++) {
        const NativeDef *def = atomic_load_explicit(&old->rows[i].def, memory_order_relaxed);
        size_t at;
        if (def && !find_signature(table, def, &at)) {
            table->rows[at].sig = old->rows[i].sig;
            atomic_store_explicit(&table->rows[at].def, def, memory_order_relaxed);
        }
    }
    return table; /* the old one stays: readers may be probing it */
}

static Signature *add_signature_locked(const NativeDef *def)
{
    SigTable *table = atomic_load_explicit(&sig_table, memory_order_relaxed);
    if (!table || sig_count * 2 >= table->mask) {
        table = grown_sig_table(table);
        if (!table) {
            return NULL;
        }
        atomic_store_explicit(&sig_table, table, memory_order_release);
    }
    size_t at;
    Signature *sig = find_signature(table, def, &at);
    if (!sig && (sig = mem_calloc(1, sizeof *sig))) {
        sig->text = def->sig;
        sig->name = name_of_text(def->sig);
        if (!sig->name) {
            mem_free(sig);
            return NULL;
        }
        sig->flags = def->flags;
        table->rows[at].sig = sig;
        atomic_store_explicit(&table->rows[at].def, def, memory_order_release);
        sig_count++;
    }
    return sig;
}

Signature *signature_of_def(Thread *t, const NativeDef *def)
{
    SigTable *table = atomic_load_explicit(&sig_table, memory_order_acquire);
    size_t at;
    Signature *sig = table ? find_signature(table, def, &at) : NULL;
    if (!sig) {
        mutex_lock(&sig_lock);
        sig = add_signature_locked(def);
        mutex_unlock(&sig_lock);
        if (!sig) {
            raise_memory(t);
            return NULL;
        }
    }
    return sig;
}

void signature_set_owner(Signature *sig, const char *owner)
{
    const char *name = signature_name(sig), *none = NULL;
    size_t n = signature_display(sig) ? 0 : strlen(owner) + strlen(name) + 2;
    char *display = n ? mem_alloc(n) : NULL;
    if (display) {
        stpcpy(stpcpy(stpcpy(display, owner), "."), name);
        if (!__atomic_compare_exchange_n(&sig->display, &none, display, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED)) {
            mem_free(display); /* another thread was first */
        }
    }
}

Value signature_text(Thread *t, const char *sig, const char *self)
{
    const char *open = strchr(sig, '(');
    if (!open) {
        return NONE;
    }
    bool has_slash = false;
    for (const char *p = open + 1; *p && *p != ')';) {
        while (*p == ' ' || *p == ',') {
            p++;
        }
        const char *end = parameter_end(p);
        has_slash |= end - p == 1 && *p == '/';
        p = end;
    }
    const char *rest = open[1] == ')' ? ")" : open + 1;
    if (!self) {
        return str_format(t, "(%s", rest);
    }
    return str_format(t, "(%s%s%s%s", self, has_slash ? "" : ", /", *rest == ')' ? "" : ", ", rest);
}

/* ---- binding ---- */

static const char *shown_name(const Signature *sig)
{
    const char *display = signature_display(sig);
    return display ? display : signature_name(sig);
}

static const char *plural(long n)
{
    return n == 1 ? "" : "s";
}

static bool positional_only(const Signature *sig)
{
    return sig->nposonly == sig->npos && sig->varkw < 0 &&
           sig->nparams == sig->npos + (sig->vararg >= 0);
}

static COLD bool count_error(Thread *t, const Signature *sig, size_t n, size_t nkw)
{
    size_t min = (size_t)sig->nrequired, max = (size_t)sig->npos, all = (size_t)sig->nparams;
    if (positional_only(sig)) {
        if (max == 0) {
            type_error(t, "%s() takes no arguments (%zu given)", shown_name(sig), n);
        } else if (max == 1 && min == 1 && sig->vararg < 0) {
            type_error(t, "%s() takes exactly one argument (%zu given)", shown_name(sig), n);
        } else {
            const char *how = min == max && sig->vararg < 0 ? ""
                              : n < min                     ? "at least "
                                                            : "at most ";
            size_t bound = n < min ? min : max;
            if (sig->flags & NATIVE_TUPLE) {
                type_error(t, "%s() takes %s%zu argument%s (%zu given)", signature_name(sig), how,
                           bound, plural((long)bound), n);
                return false;
            }
            type_error(t, "%s expected %s%zu argument%s, got %zu", signature_name(sig), how, bound,
                       plural((long)bound), n);
        }
    } else if (n + nkw > all && sig->varkw < 0) {
        type_error(t, "%s() takes at most %zu %sargument%s (%zu given)", signature_name(sig), all,
                   n ? "" : "keyword ", plural((long)all), n + nkw);
    } else if (n > max && max == 0) {
        type_error(t, "%s() takes no positional arguments", signature_name(sig));
    } else {
        type_error(t, "%s() takes %s %zu positional argument%s (%zu given)", signature_name(sig),
                   min < max ? "at most" : "exactly", max, plural((long)max), n);
    }
    return false;
}

static int find_parameter(const Signature *sig, Value name)
{
    for (int i = sig->nposonly; i < sig->nparams; i++) {
        if (sig->param_names[i] == name && i != sig->vararg && i != sig->varkw) {
            return i;
        }
    }
    for (int i = sig->nposonly; i < sig->nparams; i++) {
        if (i != sig->vararg && i != sig->varkw && str_eq(sig->param_names[i], name)) {
            return i;
        }
    }
    return -1;
}

static COLD bool keyword_error(Thread *t, const Signature *sig, size_t n, Value name)
{
    int i = find_parameter(sig, name);
    if (i < 0) {
        type_error(t, "'%U' is an invalid keyword argument for %s()", name, signature_name(sig));
    } else if ((size_t)i < n) {
        type_error(t, "argument for %s() given by name ('%U') and position (%d)",
                   signature_name(sig), name, i + 1);
    } else {
        type_error(t, "%s() got multiple values for argument '%U'", signature_name(sig), name);
    }
    return false;
}

/* A name without a place is left in *wrong, for what is missing is told first. */
static bool bind_keyword(Thread *t, const Signature *sig, Value name, Value v, Value *out,
                         Value *wrong)
{
    int i = find_parameter(sig, name);
    if (i < 0 && sig->varkw >= 0) {
        Value *dict = &out[sig->varkw];
        if (!*dict && !(*dict = dict_new(t))) {
            return false;
        }
        return dict_set(t, *dict, name, v);
    }
    if (i >= 0 && !out[i]) {
        out[i] = v;
    } else if (!*wrong) {
        *wrong = name;
    }
    return true;
}

static bool check_required(Thread *t, const Signature *sig, size_t n, const Value *out)
{
    for (int i = 0; i < sig->nrequired; i++) {
        if (out[i]) {
            continue;
        }
        if (i < sig->nposonly) {
            int least = sig->nposonly < sig->nrequired ? sig->nposonly : sig->nrequired;
            type_error(t, "%s() takes %s %d positional argument%s (%zu given)", signature_name(sig),
                       least < sig->npos ? "at least" : "exactly", least, plural(least), n);
        } else {
            type_error(t, "%s() missing required argument '%U' (pos %d)", signature_name(sig),
                       sig->param_names[i], i + 1);
        }
        return false;
    }
    for (int i = sig->npos; sig->kw_required && i < sig->nparams; i++) {
        if ((sig->kw_required >> i & 1) && !out[i]) {
            type_error(t, "%s() missing required argument '%U' (pos %d)", signature_name(sig),
                       sig->param_names[i], i + 1);
            return false;
        }
    }
    return true;
}

static bool bind_slow(Thread *t, const Signature *sig, const Value *args, size_t n, Value kwnames,
                      Value *out)
{
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    memset(out, 0, (size_t)sig->nparams * sizeof(Value));
    if (nkw && positional_only(sig)) {
        type_error(t, "%s() takes no keyword arguments",
                   sig->flags & NATIVE_TUPLE ? signature_name(sig) : shown_name(sig));
        return false;
    }
    if ((n > (size_t)sig->npos && sig->vararg < 0) ||
        (positional_only(sig) && n < (size_t)sig->nrequired) ||
        (n + nkw > (size_t)sig->nparams && sig->vararg < 0 && sig->varkw < 0)) {
        return count_error(t, sig, n, nkw);
    }
    size_t direct = n < (size_t)sig->npos ? n : (size_t)sig->npos;
    for (size_t i = 0; i < direct; i++) {
        out[i] = args[i];
    }
    if (sig->vararg >= 0 && !(out[sig->vararg] = tuple_from(t, args + direct, n - direct))) {
        return false;
    }
    Value wrong = 0;
    for (size_t i = 0; i < nkw; i++) {
        if (!bind_keyword(t, sig, tuple_get(kwnames, i), args[n + i], out, &wrong)) {
            return false;
        }
    }
    return check_required(t, sig, n, out) && (!wrong || keyword_error(t, sig, n, wrong));
}

bool args_bind(Thread *t, Signature *sig, const Value *args, size_t n, Value kwnames, Value *out)
{
    if (UNLIKELY(!signature_parse(t, sig))) {
        return false;
    }
    if (LIKELY(!kwnames && n >= (size_t)sig->nrequired && n <= (size_t)sig->npos &&
               sig->vararg < 0 && !sig->kw_required)) {
        size_t i = 0;
        for (; i < n; i++) {
            out[i] = args[i];
        }
        for (; i < (size_t)sig->nparams; i++) {
            out[i] = 0;
        }
        return true;
    }
    return bind_slow(t, sig, args, n, kwnames, out);
}

bool args_count(Thread *t, const char *name, size_t n, size_t min, size_t max)
{
    if (n >= min && n <= max) {
        return true;
    }
    size_t bound = n < min ? min : max;
    type_error(t, "%s expected %s%zu argument%s, got %zu", name,
               min == max ? ""
               : n < min  ? "at least "
                          : "at most ",
               bound, plural((long)bound), n);
    return false;
}

bool args_no_kw(Thread *t, const char *name, Value kwnames)
{
    if (!kwnames || tuple_len(kwnames) == 0) {
        return true;
    }
    type_error(t, "%s() takes no keyword arguments", name);
    return false;
}

/* ---- calling ---- */

Value native_call_raw(Thread *t, const NativeDef *def, Signature *sig, Value *args, size_t n,
                      Value kwnames)
{
    if (kwnames && !(def->flags & NATIVE_KW) && !args_no_kw(t, shown_name(sig), kwnames)) {
        return 0;
    }
    return def->fn(t, args, n, kwnames);
}

/* self goes before the arguments. */
static NOINLINE Value call_raw_bound(Thread *t, const NativeDef *def, Signature *sig, Value self,
                                     const Value *args, size_t n, Value kwnames)
{
    size_t total = 1 + n + (kwnames ? tuple_len(kwnames) : 0);
    Value small[16] = {0}; /* what lay there may not keep objects from collections */
    Value *all = small;
    if (total > ARRAY_SIZE(small)) {
        Value room = tuple_new(t, total);
        if (!room) {
            return 0;
        }
        all = value_tuple(room)->items;
    }
    all[0] = self;
    for (size_t i = 1; i < total; i++) {
        all[i] = args[i - 1];
    }
    return native_call_raw(t, def, sig, all, n + 1, kwnames);
}

enum { FEW = UNARY_SLOTS };

/* Fewer than FEW parameters, for which the arguments need but zeroes behind them. */
static inline Value call_fitting(Thread *t, const NativeDef *def, Signature *sig, Value self,
                                 const Value *args, size_t n)
{
    Value out[FEW] = {self};
    Value *first = out + (self != 0);
    for (size_t i = 0; i < n; i++) {
        first[i] = args[i];
    }
    return def->fn(t, out, (size_t)sig->nparams + (self != 0), 0);
}

/* Does a call with n positional arguments need but zeroes behind them? */
static inline bool is_fitting(Signature *sig, size_t n)
{
    uint32_t fit_end = atomic_load_explicit(&sig->fit_end, memory_order_acquire);
    return n < fit_end && n >= (size_t)sig->nrequired && sig->nparams < FEW;
}

void unary_call_prepare(Thread *t, UnaryCall *c, Value f)
{
    *c = (UnaryCall){.f = f};
    Type *type = type_of(f);
    if (type != &native_function_type && type != &method_descr_type) {
        return;
    }
    NativeFunction *function = type == &native_function_type ? (void *)value_object(f) : NULL;
    MethodDescr *method = function ? NULL : (void *)value_object(f);
    const NativeDef *def = function ? function->def : method->def;
    if (def->flags & (NATIVE_RAW | NATIVE_FOREIGN)) {
        return;
    }
    Signature *sig =
        function ? native_signature_found(t, function) : method_signature_found(t, method);
    if (!sig || !signature_parse(t, sig)) {
        error_clear(t); /* the call will tell */
        return;
    }
    if (is_fitting(sig, method ? 0 : 1)) {
        c->fn = def->fn;
        c->self = function ? function->self : 0;
        c->owner = method ? method->owner : NULL;
        c->slots = (size_t)sig->nparams + (method || c->self != 0);
    }
}

Value native_call(Thread *t, const NativeDef *def, Signature *sig, Value self, const Value *args,
                  size_t n, Value kwnames)
{
    if (UNLIKELY(def->flags & NATIVE_RAW)) {
        return self ? call_raw_bound(t, def, sig, self, args, n, kwnames)
                    : native_call_raw(t, def, sig, (Value *)args, n, kwnames);
    }
    if (LIKELY(!kwnames && is_fitting(sig, n))) {
        return call_fitting(t, def, sig, self, args, n);
    }
    if (UNLIKELY(!signature_parse(t, sig))) {
        return 0;
    }
    Value out[sig->nparams + 1]; /* all of it is written, see above */
    out[0] = self;
    Value *first = out + (self != 0);
    if (UNLIKELY(!args_bind(t, sig, args, n, kwnames, first))) {
        return 0;
    }
    return def->fn(t, out, (size_t)sig->nparams + (self != 0), 0);
}
