/* The builtins module: the functions; types and exceptions are added from all_types.def and
 * exceptions.def. What needs the compiler (compile, eval, exec) is in builtins_code.c, input() and
 * print() in builtins_io.c.
 */
#include "modules/builtins.h"
#include "core/object/audit.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/bytes.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/importer.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

static Value fn_abs(ARGS) { return number_abs(t, args[0]); }
static Value fn_ascii(ARGS) { return object_ascii(t, args[0]); }
static Value fn_repr(ARGS) { return object_repr(t, args[0]); }
static Value fn_callable(ARGS) { return bool_value(callable(args[0])); }
static Value fn_id(ARGS)
{
    Value id = int_from_uint64(t, args[0]);
    return id && AUDIT(t, "builtins.id", 1, id) ? id : 0;
}
static Value fn_globals(ARGS) { return vm_current_globals(t); }
static Value fn_locals(ARGS) { return vm_current_locals(t); }
static Value fn_divmod(ARGS) { return number_binary(t, OP_DIVMOD, args[0], args[1]); }

static Value fn_len(ARGS)
{
    ssize_t len = object_len(t, args[0]);
    return len < 0 ? 0 : int_from_int64(t, len);
}

static Value fn_hash(ARGS)
{
    int64_t h = object_hash(t, args[0]);
    return h == -1 ? 0 : int_from_int64(t, h);
}

static Value fn_pow(ARGS)
{
    return args[2] && !is_none(args[2]) ? number_pow3(t, args[0], args[1], args[2])
                                        : number_binary(t, OP_POW, args[0], args[1]);
}

static Value int_with_prefix(Thread *t, Value v, int base)
{
    Value i = number_index(t, v);
    return i ? int_to_prefixed(t, i, base) : 0;
}
static Value fn_bin(ARGS) { return int_with_prefix(t, args[0], 2); }
static Value fn_oct(ARGS) { return int_with_prefix(t, args[0], 8); }
static Value fn_hex(ARGS) { return int_with_prefix(t, args[0], 16); }

static Value fn_chr(ARGS)
{
    int c;
    if (!value_to_int(t, args[0], &c)) {
        return 0;
    }
    return c < 0 || c > 0x10ffff ? value_error(t, "chr() arg not in range(0x110000)")
                                 : str_from_char(t, (uint32_t)c);
}

static Value fn_ord(ARGS)
{
    Value v = args[0];
    size_t len;
    if (value_is_str(v)) {
        len = str_len(v);
        if (len == 1) {
            return fixnum(str_get(value_str(v), 0));
        }
    } else if (value_is_bytes(v)) {
        len = value_bytes(v)->len;
        if (len == 1) {
            return fixnum((uint8_t)value_bytes(v)->data[0]);
        }
    } else if (value_is_bytearray(v)) {
        len = (size_t)object_len(t, v);
        if (len == 1) {
            return object_getitem(t, v, fixnum(0));
        }
    } else {
        return type_error(t, "ord() expected string of length 1, but %T found", v);
    }
    return type_error(t, "ord() expected a character, but string of length %zu found", len);
}

typedef struct FirstTruth { int decisive, truth; } FirstTruth;

static bool take_truth(Thread *t, void *first, Value item)
{
    FirstTruth *f = first;
    f->truth = item == TRUE_VALUE ? 1 : item == FALSE_VALUE ? 0 : object_truth(t, item);
    return f->truth == !f->decisive;
}
/* all() and any() differ in the truth value that decides. */
static Value first_truth(Thread *t, Value iterable, int decisive)
{
    Items items;
    if (!items_start(t, &items, iterable)) {
        return 0;
    }
    if (items_have_each(&items)) {
        FirstTruth f = {decisive, !decisive};
        bool all = type_of(items.from)->each(t, items.from, take_truth, &f);
        return all || f.truth == decisive ? bool_value(f.truth) : 0;
    }
    Value item;
    while ((item = items_take(t, &items))) {
        int truth = object_truth(t, item);
        if (truth < 0) {
            return 0;
        }
        if (truth == decisive) {
            return bool_value(decisive);
        }
    }
    return t->exc ? 0 : bool_value(!decisive);
}
static Value fn_all(ARGS) { return first_truth(t, args[0], 0); }
static Value fn_any(ARGS) { return first_truth(t, args[0], 1); }

static Value fn_isinstance(ARGS)
{
    int r = object_isinstance(t, args[0], args[1]);
    return r < 0 ? 0 : bool_value(r);
}

static Value fn_issubclass(ARGS)
{
    int r = object_issubclass(t, args[0], args[1]);
    return r < 0 ? 0 : bool_value(r);
}

static bool attribute_name(Thread *t, Value name)
{
    if (value_is_str(name)) {
        return true;
    }
    type_error(t, "attribute name must be string, not '%T'", name);
    return false;
}

static Value fn_getattr(ARGS)
{
    if (kw && !args_no_kw(t, "getattr", kw)) {
        return 0;
    }
    if (!args_count(t, "getattr", n, 2, 3)) {
        return 0;
    }
    if (!value_is_str(args[1])) {
        return type_error(t, "attribute name must be string, not '%T'", args[1]);
    }
    Value v;
    if (n == 2) {
        return object_getattr(t, args[0], args[1]);
    }
    int found = object_lookup_attr(t, args[0], args[1], &v);
    return found < 0 ? 0 : found ? v : args[2];
}

static Value fn_hasattr(ARGS)
{
    if (!attribute_name(t, args[1])) {
        return 0;
    }
    int r = object_hasattr(t, args[0], args[1]);
    return r < 0 ? 0 : bool_value(r);
}

static Value fn_setattr(ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "attribute name must be string, not '%T'", args[1]);
    }
    return object_setattr(t, args[0], args[1], args[2]) ? NONE : 0;
}

static Value fn_delattr(ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "attribute name must be string, not '%T'", args[1]);
    }
    return object_setattr(t, args[0], args[1], 0) ? NONE : 0;
}

static Value fn_dir(ARGS) { return object_dir(t, args[0]); }

static Value fn_vars(ARGS)
{
    Value v;
    if (!args[0]) {
        return vm_current_locals(t);
    }
    int found = object_lookup_attr(t, args[0], N(__dict__), &v);
    if (found == 0) {
        type_error(t, "vars() argument must have __dict__ attribute");
    }
    return found > 0 ? v : 0;
}

static Value fn_format(ARGS)
{
    if (args[1] && !value_is_str(args[1])) {
        return type_error(t, "format() argument 2 must be str, not %B", args[1]);
    }
    return object_format(t, args[0], args[1]);
}

static Value fn_iter(ARGS)
{
    if (args[1] && !callable(args[0])) {
        return type_error(t, "iter(v, w): v must be callable");
    }
    return args[1] ? callable_iter_new(t, args[0], args[1]) : object_iter(t, args[0]);
}

static Value fn_next(ARGS)
{
    Type *ty = type_of(args[0]);
    if (!ty->next) {
        return type_error(t, "'%T' object is not an iterator", args[0]);
    }
    Value v = ty->next(t, args[0]);
    if (v) {
        return v;
    }
    if (args[1]) {
        return !t->exc || error_clear_if(t, &exc_StopIteration) ? args[1] : 0;
    }
    return t->exc ? 0 : stop_iteration(t, 0);
}

static Value fn_aiter(ARGS) { return object_aiter(t, args[0]); }

static Value fn_anext(ARGS)
{
    Type *ty = type_of(args[0]);
    if (!ty->anext) {
        return type_error(t, "'%T' object is not an async iterator", args[0]);
    }
    Value awaitable = ty->anext(t, args[0]);
    return awaitable && args[1] ? anext_awaitable_new(t, awaitable, args[1]) : awaitable;
}

/* Does item replace the best so far, op being CMP_LT or CMP_GT?  1, 0, -1: raised. */
static inline int is_better(Thread *t, Value item, Value best, CompareOp op)
{
    if (value_is_fixnum(item) && value_is_fixnum(best)) {
        return op == CMP_LT ? (int64_t)item < (int64_t)best : (int64_t)item > (int64_t)best;
    }
    if (value_is_float_exact(item) && value_is_float_exact(best)) {
        double x = float_get(item), y = float_get(best);
        return op == CMP_LT ? x < y : x > y;
    }
    return object_compare_bool(t, item, best, op);
}

/* min and max; op says when a later item replaces the best so far. */
static Value best_of(Thread *t, const char *name, Value *args, CompareOp op)
{
    Value items = args[0], key = args[1] && !is_none(args[1]) ? args[1] : 0, dflt = args[2];
    bool several = tuple_len(items) > 1;
    if (tuple_len(items) == 0) {
        return type_error(t, "%s expected at least 1 argument, got 0", name);
    }
    if (several && dflt) {
        return type_error(t, "Cannot specify a default for %s() with multiple positional arguments",
                          name);
    }
    Items from;
    if (!items_start(t, &from, several ? items : tuple_get(items, 0))) {
        return 0;
    }
    Value item, best = 0, best_key = 0;
    UnaryCall fn;
    if (key) {
        unary_call_prepare(t, &fn, key);
    }
    while ((item = items_take(t, &from))) {
        Value item_key = key ? unary_call(t, &fn, item) : item;
        if (!item_key) {
            return 0;
        }
        int truth = best ? is_better(t, item_key, best_key, op) : 1;
        if (truth < 0) {
            return 0;
        }
        if (truth) {
            best = item;
            best_key = item_key;
        }
    }
    if (t->exc) {
        return 0;
    }
    return best ? best : dflt ? dflt : value_error(t, "%s() arg is an empty sequence", name);
}

static Value fn_round(ARGS)
{
    Value method = lookup_special(t, args[0], N(__round__));
    if (!method) {
        return t->exc ? 0 : type_error(t, "type %T doesn't define __round__ method", args[0]);
    }
    return args[1] && !is_none(args[1]) ? call1(t, method, args[1]) : call0(t, method);
}

/* Keywords that are wrong are told in the name of list.sort(). */
static Value fn_sorted(ARGS)
{
    static Signature keywords = SIGNATURE("sort(iterable, /, *, key=None, reverse=False)");
    Value a[3] = {0};
    if (!args_count(t, "sorted", n, 1, 1) || !args_bind(t, &keywords, args, n, kw, a)) {
        return 0;
    }
    Value list = sequence_list(t, a[0]);
    int reverse = 0;
    if (!list || (a[2] && !value_to_int(t, a[2], &reverse))) {
        return 0;
    }
    return list_sort_private(t, list, a[1] && !is_none(a[1]) ? a[1] : 0, reverse) ? list : 0;
}

/* total plus the floats and small ints that come next; *item: what comes behind them, or 0. */
static Value sum_floats(Thread *t, Items *items, Value total, Value *item)
{
    double sum = float_get(total);
    do {
        if (value_is_fixnum(*item)) {
            sum += (double)fixnum_get(*item);
        } else if (value_is_float_exact(*item)) {
            sum += float_get(*item);
        } else {
            break;
        }
    } while ((*item = items_take(t, items)));
    return float_new(t, sum);
}

/* Two small ints whose sum is one; else false. */
static inline bool add_small(Value *total, Value item)
{
    int64_t small; /* two tagged words, one of them without its tag */
    if (value_is_fixnum(*total) && value_is_fixnum(item) &&
        !__builtin_add_overflow((int64_t)*total, (int64_t)(item - 1), &small)) {
        *total = (Value)small;
        return true;
    }
    return false;
}

/* Adds the small ints that a list begins with, in a world with nobody who could change it. */
static NOINLINE void add_small_of_list(Items *items, Value *total)
{
    const List *l = value_list(items->from);
    const Value *p = l->array->items;
    const size_t n = l->array->len;
    Value sum = *total;
    size_t pos = 0;
    while (pos < n && add_small(&sum, p[pos])) {
        pos++;
    }
    items->pos = pos;
    *total = sum;
}

static bool take_addend(Thread *t, void *total, Value item)
{
    Value *sum = total;
    if (add_small(sum, item)) {
        return true;
    }
    *sum = value_is_float_exact(*sum) && value_is_float_exact(item)
               ? float_new(t, float_get(*sum) + float_get(item))
               : number_binary(t, OP_ADD, *sum, item);
    return *sum != 0;
}

static Value fn_sum(ARGS)
{
    Value total = args[1] ? args[1] : fixnum(0), item;
    if (value_is_str(total)) {
        return type_error(t, "sum() can't sum strings [use ''.join(seq) instead]");
    }
    if (value_is_bytes(total)) {
        return type_error(t, "sum() can't sum bytes [use b''.join(seq) instead]");
    }
    if (value_is_bytearray(total)) {
        return type_error(t, "sum() can't sum bytearray [use b''.join(seq) instead]");
    }
    Items items;
    if (!items_start(t, &items, args[0])) {
        return 0;
    }
    if (items_have_each(&items)) {
        Value sum = total;
        return type_of(items.from)->each(t, items.from, take_addend, &sum) ? sum : 0;
    }
    if (items.kind == ITEMS_LIST && !world_is_shared()) {
        add_small_of_list(&items, &total);
    }
    while ((item = items_take(t, &items))) {
        if (add_small(&total, item)) {
            continue;
        }
        if (value_is_float_exact(total)) {
            total = sum_floats(t, &items, total, &item);
            if (!total || !item) {
                break;
            }
        }
        total = number_binary(t, OP_ADD, total, item);
        if (!total) {
            return 0;
        }
    }
    return t->exc ? 0 : total;
}

static Value fn_import(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "module name must be a string");
    }
    int level = 0;
    if (args[4] && !value_to_int(t, args[4], &level)) {
        return 0;
    }
    return importer_import(t, args[0], args[1], args[2], args[3] ? args[3] : tuple_empty(), level);
}

static Value fn_breakpoint(ARGS)
{
    Value hook = dict_get_cstr(t, t->interp->sys_dict, "breakpointhook");
    if (!hook) {
        return runtime_error(t, "lost sys.breakpointhook");
    }
    return AUDIT(t, "builtins.breakpoint", 1, hook) ? call(t, hook, args, n, kw) : 0;
}

/* Functions whose signature the reference does not publish: counted, then spread over the slots. */
static Value spread(Thread *t, const char *name, NativeFn fn, Value *args, size_t n, size_t min,
                    size_t max)
{
    Value slots[2] = {n > 0 ? args[0] : 0, n > 1 ? args[1] : 0};
    return args_count(t, name, n, min, max) ? fn(t, slots, max, 0) : 0;
}
static Value fn_dir_raw(ARGS) { return spread(t, "dir", fn_dir, args, n, 0, 1); }
static Value fn_vars_raw(ARGS) { return spread(t, "vars", fn_vars, args, n, 0, 1); }
static Value fn_iter_raw(ARGS) { return spread(t, "iter", fn_iter, args, n, 1, 2); }
static Value fn_next_raw(ARGS)
{
    if (UNLIKELY(n != 1)) {
        return spread(t, "next", fn_next, args, n, 1, 2);
    }
    Value slots[2] = {args[0], 0};
    return fn_next(t, slots, 2, 0);
}

static Value best_of_raw(Thread *t, const char *name, Value *args, size_t n, Value kw, CompareOp op)
{
    static Signature signatures[2] = {SIGNATURE("max(*args, key=None, default=None)"),
                                      SIGNATURE("min(*args, key=None, default=None)")};
    Value slots[3];
    if (n > 1 && !kw) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++) {
            int better = is_better(t, args[i], args[best], op);
            if (better < 0) {
                return 0;
            }
            best = better ? i : best;
        }
        return args[best];
    }
    return args_count(t, name, n, 1, SIZE_MAX) &&
                   args_bind(t, &signatures[op == CMP_LT], args, n, kw, slots)
               ? best_of(t, name, slots, op) : 0;
}
static Value fn_min_raw(ARGS) { return best_of_raw(t, "min", args, n, kw, CMP_LT); }
static Value fn_max_raw(ARGS) { return best_of_raw(t, "max", args, n, kw, CMP_GT); }

static const NativeDef builtin_functions[] = {
    {"__build_class__", builtins_build_class, "Helper function used by the class statement.",
     NATIVE_RAW | NATIVE_KW},
    {"__import__(name, globals=None, locals=None, fromlist=(), level=0)", fn_import,
     "Import a module; importlib.import_module() is the one to use.", 0},
    {"abs(x, /)", fn_abs, "Return the absolute value of the argument.", 0},
    {"aiter(async_iterable, /)", fn_aiter,
     "Return an asynchronous iterator for an asynchronous iterable.", 0},
    {"all(iterable, /)", fn_all, "Return True if bool(x) is True for all values x in the iterable.",
     0},
    {"anext(aiterator, default=<unrepresentable>, /)", fn_anext,
     "Return the next item of the async iterator.", 0},
    {"any(iterable, /)", fn_any, "Return True if bool(x) is True for any x in the iterable.", 0},
    {"ascii(obj, /)", fn_ascii, "Return an ASCII-only representation of an object.", 0},
    {"bin(number, /)", fn_bin,
     "Return the binary representation of an integer.\n\n>>> bin(10)\n'0b1010'", 0},
    {"breakpoint", fn_breakpoint, "Call sys.breakpointhook(*args, **kws).", NATIVE_RAW | NATIVE_KW},
    {"callable(obj, /)", fn_callable, "Return whether the object is callable.", 0},
    {"chr(i, /)", fn_chr, "Return a string of one character with ordinal i.", 0},
    {"compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, "
     "_feature_version=-1)",
     builtins_compile, "Compile source into a code object for exec() or eval().", 0},
    {"delattr(obj, name, /)", fn_delattr, "Delete the named attribute from the object.", 0},
    {"dir", fn_dir_raw, "Names in the current scope, or the attributes of the object.", NATIVE_RAW},
    {"divmod(x, y, /)", fn_divmod, "Return the tuple (x//y, x%y).", 0},
    {"eval(source, globals=None, locals=None, /)", builtins_eval,
     "Evaluate the source in the context of globals and locals.", 0},
    {"exec(source, globals=None, locals=None, /, *, closure=None)", builtins_exec,
     "Execute the source in the context of globals and locals.", 0},
    {"format(value, format_spec='', /)", fn_format, "Return value.__format__(format_spec).", 0},
    {"getattr", fn_getattr, "Get a named attribute from an object, or the default.", NATIVE_RAW},
    {"globals()", fn_globals, "Return the dictionary of the current scope's global variables.", 0},
    {"hasattr(obj, name, /)", fn_hasattr, "Return whether the object has the named attribute.", 0},
    {"hash(obj, /)", fn_hash, "Return the hash value of the object.", 0},
    {"hex(number, /)", fn_hex,
     "Return the hexadecimal representation of an integer.\n\n>>> hex(250)\n'0xfa'", 0},
    {"id(obj, /)", fn_id, "Return the identity of an object, unique while it lives.", 0},
    {"input(prompt='', /)", builtins_input, "Read a line from standard input, without the newline.",
     0},
    {"isinstance(obj, class_or_tuple, /)", fn_isinstance,
     "Return whether the object is an instance of the class.", 0},
    {"issubclass(cls, class_or_tuple, /)", fn_issubclass,
     "Return whether cls is derived from the class.", 0},
    {"iter", fn_iter_raw, "Get an iterator from an object, or from a callable and its sentinel.",
     NATIVE_RAW},
    {"len(obj, /)", fn_len, "Return the number of items in a container.", NATIVE_LEN},
    {"locals()", fn_locals, "Return a dictionary of the current scope's local variables.", 0},
    {"max", fn_max_raw,
     "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> "
     "value\n\n"
     "The largest item of an iterable or of the arguments.",
     NATIVE_RAW | NATIVE_KW},
    {"min", fn_min_raw,
     "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> "
     "value\n\n"
     "The smallest item of an iterable or of the arguments.",
     NATIVE_RAW | NATIVE_KW},
    {"next", fn_next_raw, "Return the next item of the iterator, or the default.", NATIVE_RAW},
    {"oct(number, /)", fn_oct,
     "Return the octal representation of an integer.\n\n>>> oct(10)\n'0o12'", 0},
    {"ord(c, /)", fn_ord, "Return the code point of a one-character string.", 0},
    {"pow(base, exp, mod=None)", fn_pow, "Return base**exp, or base**exp % mod.", 0},
    {"print(*args, sep=' ', end='\\n', file=None, flush=False)", builtins_print,
     "Print the values to a stream, sys.stdout by default.", NATIVE_RAW | NATIVE_KW},
    {"repr(obj, /)", fn_repr, "Return the canonical string representation of the object.", 0},
    {"round(number, ndigits=None)", fn_round,
     "Round a number to a given precision in decimal digits.", 0},
    {"setattr(obj, name, value, /)", fn_setattr, "Set the named attribute on the object.", 0},
    {"sorted(iterable, /, *, key=None, reverse=False)", fn_sorted,
     "Return a new sorted list of the items.", NATIVE_RAW | NATIVE_KW},
    {"sum(iterable, /, start=0)", fn_sum,
     "Return the sum of start and the numbers of the iterable.", 0},
    {"vars", fn_vars_raw, "Return __dict__ of the object, or locals().", NATIVE_RAW},
    {0},
};

static bool builtins_exec_module(Thread *t, Value mod)
{
    Value d = module_dict(mod);
    return types_add_builtins(t, d) &&
           dict_set_cstr(t, d, "__debug__", bool_value(runtime.config.optimize == 0));
}

const ModuleDef module_builtins = {"builtins",
                                   "Built-in functions, types, exceptions, and other objects.",
                                   builtin_functions, builtins_exec_module};
