/* Instructions as Python sees them in co_code, takes them in replace() and code(): those that run,
 * but that the second unit of one with an inline cache does not say which cache it has (each has
 * its own, in the order of the instructions) but what the cache remembers for good:
 *
 *   index of the name in co_names | of the tuple of keyword names in co_consts | 0: calls without
 *
 * So the co_* attributes describe a code object completely.
 */
#include "core/base/memory.h"
#include "core/bytecode/code.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/tuple.h"

typedef enum CacheName { CACHE_NAME, CACHE_KEYWORDS, CACHE_NONE } CacheName;

static CacheName cache_name_kind(unsigned op)
{
    switch (op) {
    case OP_CODE_CALL_KW: case OP_CODE_CALL_METHOD_KW:
        return CACHE_KEYWORDS;
    case OP_CODE_CALL: case OP_CODE_CALL_METHOD: case OP_CODE_CALL_EX:
        return CACHE_NONE;
    default:
        return CACHE_NAME;
    }
}

static bool has_cache(const Decoded *d)
{
    return op_info[d->op].format == FMT_ABCXC;
}

/* A dict from the strings in `names` and the keyword names in `consts` to their first indices. */
static Value index_names(Thread *t, const Code *code)
{
    Value map = dict_new(t);
    const Value groups[] = {code->names_tuple, code->consts_tuple};
    for (size_t g = 0; map && g < ARRAY_SIZE(groups); g++) {
        for (size_t i = 0; i < tuple_len(groups[g]); i++) {
            Value item = tuple_get(groups[g], i);
            if (g == 1 && !code_is_names(item)) {
                continue; /* other tuples may hold code, which would be read for its hash */
            }
            Value key = constant_key(t, item);
            if (!key || (!dict_get(t, map, key) &&
                         (t->exc || !dict_set(t, map, key, fixnum((int64_t)i))))) {
                return 0;
            }
        }
    }
    return map;
}

/* What the cache of d is called in a code object with these names and constants; 0: nothing. */
static Value cache_name_at(const Decoded *d, const CodeSpec *s)
{
    CacheName kind = cache_name_kind(d->op);
    Value from = kind == CACHE_KEYWORDS ? s->consts : s->names;
    return kind != CACHE_NONE && d->x < tuple_len(from) ? tuple_get(from, d->x) : 0;
}

Value code_public_units(Thread *t, const Code *code)
{
    Value map = index_names(t, code);
    Value result = map ? bytes_new(t, code->instrs, code->n_instrs * sizeof(Instr)) : 0;
    if (!result) {
        return 0;
    }
    Instr *units = (Instr *)value_bytes(result)->data;
    Decoded d;
    for (uint32_t at = 0; instr_decode(code->instrs, code->n_instrs, at, &d); at = d.next) {
        if (!has_cache(&d)) {
            continue;
        }
        Value name = code_cache_name(code, d.x);
        Value key = name ? constant_key(t, name) : 0;
        Value index = key ? dict_get(t, map, key) : 0;
        if (t->exc) {
            return 0;
        }
        units[d.next - 1] = index                                    ? (Instr)fixnum_get(index)
                            : cache_name_kind(d.op) == CACHE_NONE ? 0
                                                                     : UINT32_MAX;
    }
    return result;
}

bool code_take_units(Thread *t, Value public_units, CodeSpec *s)
{
    uint32_t n = (uint32_t)(value_bytes(public_units)->len / sizeof(Instr)), n_caches = 0;
    Value copy = bytes_new(t, value_bytes(public_units)->data, n * sizeof(Instr));
    Value *caches = copy ? mem_alloc((n + 1) * sizeof *caches) : NULL;
    if (!caches) {
        return copy && raise_memory(t);
    }
    Instr *units = (Instr *)value_bytes(copy)->data;
    Decoded d;
    for (uint32_t at = 0; instr_decode(units, n, at, &d); at = d.next) {
        if (has_cache(&d)) {
            caches[n_caches] = cache_name_at(&d, s);
            units[d.next - 1] = n_caches++ * CACHE_WORDS;
        }
    }
    code_spec_free(s);
    s->cache_names = caches;
    s->n_caches = n_caches;
    s->instrs = units;
    s->n_instrs = n;
    return true;
}
