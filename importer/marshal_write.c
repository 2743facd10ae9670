/* marshal, writing half: Python values to the byte format of marshal.dumps and .pyc bodies.
 *
 * Versions 0..4 are byte-compatible with the reference for plain data, but that every shareable
 * object gets a reference flag in versions 3 and 4 (the reference leaves it out for objects with
 * one owner). Code objects have a type byte of their own (MARSHAL_CODE), so no other interpreter's
 * file passes for ours.
 */
#include <stdlib.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/dict.h"
#include "importer/importer.h"
#include "importer/marshal_format.h"

typedef struct Writer {
    Thread *t;
    char *data;
    size_t len, cap;
    int version;
    int depth;
    bool failed;
    bool stubs;          /* functions are written as stubs */
    Value filename;      /* of the code object that is being written, or 0 */
    Value refs;          /* dict id(object) -> index, or 0 for versions below 3 */
    Value keep;          /* list of the referenced objects, so that ids stay unique */
} Writer;

static void put_bytes(Writer *w, const void *p, size_t n)
{
    if (w->len + n > w->cap) {
        w->cap = (w->len + n) * 2 + 64;
        w->data = mem_realloc(w->data, w->cap);
    }
    memcpy(w->data + w->len, p, n);
    w->len += n;
}

static void put_byte(Writer *w, int c)
{
    char b = (char)c;
    put_bytes(w, &b, 1);
}

static void put_u32(Writer *w, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    put_bytes(w, b, 4);
}

static void put_varint(Writer *w, uint32_t v)
{
    for (; v >= 0x80; v >>= 7) {
        put_byte(w, (int)(v | 0x80));
    }
    put_byte(w, (int)v);
}

static void put_varints(Writer *w, const uint32_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_varint(w, v[i]);
    }
}

static void put_size(Writer *w, size_t n)
{
    if (n > INT32_MAX) {
        if (!w->failed) {
            value_error(w->t, "unmarshallable object");
        }
        w->failed = true;
        return;
    }
    put_u32(w, (uint32_t)n);
}

static void put_double(Writer *w, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, 8);
    put_u32(w, (uint32_t)bits);
    put_u32(w, (uint32_t)(bits >> 32));
}

static void put_text_double(Writer *w, double d)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%.17g", d);
    put_byte(w, n);
    put_bytes(w, text, (size_t)n);
}

/* Returns true when v was written as a back reference; else *flag is what to or into its type byte.
 */
static bool put_ref(Writer *w, Value v, int *flag)
{
    *flag = 0;
    if (!w->refs) {
        return false;
    }
    Value key = int_from_uint64(w->t, v);
    Value at = key ? dict_get(w->t, w->refs, key) : 0;
    if (at && w->stubs && fixnum_get(at) <= UINT8_MAX) {
        put_byte(w, MARSHAL_NEAR_REF);
        put_byte(w, (int)fixnum_get(at));
        return true;
    }
    if (at) {
        put_byte(w, 'r');
        put_u32(w, (uint32_t)fixnum_get(at));
        return true;
    }
    if (w->t->exc || !dict_set(w->t, w->refs, key, fixnum((int64_t)dict_len(w->refs))) ||
        !list_append(w->t, w->keep, v)) {
        w->failed = true;
        return false;
    }
    *flag = MARSHAL_FLAG_REF;
    return false;
}

static void put_int(Writer *w, Value v, int flag)
{
    int64_t i;
    if (int_try_int64(v, &i) && i >= INT32_MIN && i <= INT32_MAX) {
        put_byte(w, 'i' | flag);
        put_u32(w, (uint32_t)(int32_t)i);
        return;
    }
    size_t bits = int_bit_length(v);
    size_t nbytes = bits / 8 + 1;
    uint8_t *p = mem_calloc(nbytes + 8, 1);
    Value magnitude = int_sign(v) < 0 ? int_neg(w->t, v) : v;
    if (!magnitude || !int_to_bytes(w->t, magnitude, p, nbytes, true, false)) {
        w->failed = true;
        mem_free(p);
        return;
    }
    size_t digits = (bits + 14) / 15;
    put_byte(w, 'l' | flag);
    put_u32(w, (uint32_t)(int_sign(v) < 0 ? -(int32_t)digits : (int32_t)digits));
    for (size_t i15 = 0; i15 < digits; i15++) {
        size_t bit = i15 * 15;
        uint32_t chunk =
            p[bit / 8] | (uint32_t)p[bit / 8 + 1] << 8 | (uint32_t)p[bit / 8 + 2] << 16;
        uint32_t digit = chunk >> (bit % 8) & 0x7fff;
        put_byte(w, (int)(digit & 0xff));
        put_byte(w, (int)(digit >> 8));
    }
    mem_free(p);
}

static void put_str(Writer *w, Value v, int flag)
{
    Str *s = value_str(v);
    bool interned = atomic_load_explicit(&s->interned, memory_order_relaxed);
    if (w->version >= 4 && s->ascii) {
        if (s->len < 256) {
            put_byte(w, (interned ? 'Z' : 'z') | flag);
            put_byte(w, (int)s->len);
        } else {
            put_byte(w, (interned ? 'A' : 'a') | flag);
            put_size(w, s->len);
        }
        put_bytes(w, s->data, s->len);
        return;
    }
    Value utf8 = str_encode(w->t, v, "utf-8", "surrogatepass");
    if (!utf8) {
        w->failed = true;
        return;
    }
    put_byte(w, (w->version >= 3 && interned ? 't' : 'u') | flag);
    put_size(w, value_bytes(utf8)->len);
    put_bytes(w, value_bytes(utf8)->data, value_bytes(utf8)->len);
}

static void put_value(Writer *w, Value v);
static bool start_refs(Writer *w)
{
    w->refs = dict_new(w->t);
    w->keep = list_new(w->t, 0);
    return w->refs && w->keep;
}

static void put_code_names(Writer *w, const Code *c)
{
    put_value(w, c->filename == w->filename ? NONE : c->filename);
    put_value(w, c->name);
    put_value(w, c->qualname);
}

/* Everything but numbers and names. */
static void put_code_parts(Writer *w, const Code *c)
{
    const Value outer = w->filename;
    w->filename = c->filename;
    put_varints(w, (const uint32_t[MARSHAL_SIZES]){c->n_instrs, c->n_caches, c->n_exc},
                MARSHAL_SIZES);
    for (uint32_t i = 0; i < c->n_instrs; i++) {
        put_u32(w, c->instrs[i]);
    }
    for (uint32_t i = 0; i < c->n_exc; i++) {
        const ExcEntry *e = &c->exc_table[i];
        put_u32(w, e->start);
        put_u32(w, e->end);
        put_u32(w, e->target);
        put_u32(w, (uint32_t)e->reg | (uint32_t)e->depth << 16);
    }
    const Value parts[] = {c->consts_tuple, c->names_tuple, c->varnames,
                           c->cellvars,     c->freevars,    c->linetable};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        put_value(w, parts[i]);
    }
    for (uint32_t i = 0; i < c->n_caches; i++) {
        if (c->caches[i].name) {
            put_value(w, c->caches[i].name);
        } else {
            put_byte(w, '0');
        }
    }
    w->filename = outer;
}

static void put_stub(Writer *w, const Code *c, int flag)
{
    put_byte(w, MARSHAL_STUB | flag);
    put_varints(w,
                (const uint32_t[MARSHAL_STUB_NUMBERS]){
                    c->argcount, c->posonlyargcount, c->kwonlyargcount, c->nregs, c->flags,
                    (uint32_t)c->firstlineno, c->nlocals, c->ncells, c->nfrees},
                MARSHAL_STUB_NUMBERS);
    put_code_names(w, c);
    Writer rest = {.t = w->t, .version = w->version, .stubs = true, .depth = 1};
    if (start_refs(&rest)) {
        put_value(&rest, code_doc(w->t, c));
        put_code_parts(&rest, c);
        put_size(w, rest.len);
        put_bytes(w, rest.data, rest.len);
    }
    w->failed |= rest.failed || !rest.keep;
    mem_free(rest.data);
}

static void put_code(Writer *w, Value v, int flag)
{
    const Code *c = (Code *)value_object(v);
    if (!code_complete(w->t, c)) {
        w->failed = true;
        return;
    }
    if (w->stubs && w->depth > 1 && (c->flags & CO_OPTIMIZED)) {
        put_stub(w, c, flag);
        return;
    }
    put_byte(w, MARSHAL_CODE | flag);
    put_varints(w,
                (const uint32_t[MARSHAL_CODE_NUMBERS]){c->argcount, c->posonlyargcount,
                                                       c->kwonlyargcount, c->nregs, c->flags,
                                                       (uint32_t)c->firstlineno},
                MARSHAL_CODE_NUMBERS);
    put_code_names(w, c);
    put_code_parts(w, c);
}

static void put_sequence(Writer *w, Value tuple)
{
    for (size_t i = 0; i < tuple_len(tuple); i++) {
        put_value(w, tuple_get(tuple, i));
    }
}

static void put_set(Writer *w, Value v, int flag)
{
    Value items = sequence_list(w->t, v);
    Value tuple = items ? list_to_tuple(w->t, items) : 0;
    if (!tuple) {
        w->failed = true;
        return;
    }
    /* Ordered by their own dumps, so that equal sets give equal bytes. */
    Value pairs = list_new(w->t, 0);
    for (size_t i = 0; pairs && i < tuple_len(tuple); i++) {
        Value dump = marshal_dumps(w->t, tuple_get(tuple, i), w->version);
        Value pair = dump ? tuple_pack(w->t, 3, dump, fixnum((int64_t)i), tuple_get(tuple, i)) : 0;
        if (!pair || !list_append(w->t, pairs, pair)) {
            w->failed = true;
            return;
        }
    }
    if (!pairs || !list_sort(w->t, pairs, 0, false)) {
        w->failed = true;
        return;
    }
    put_byte(w, (type_of(v) == &set_type ? '<' : '>') | flag);
    put_size(w, tuple_len(tuple));
    for (size_t i = 0; i < list_len(pairs); i++) {
        put_value(w, tuple_get(list_get(pairs, i), 2));
    }
}

static void put_dict(Writer *w, Value v, int flag)
{
    put_byte(w, '{' | flag);
    Value key, item;
    DictTable *table = NULL;
    size_t pos = 0;
    while (dict_next(v, &table, &pos, &key, &item)) {
        put_value(w, key);
        put_value(w, item);
    }
    put_byte(w, '0');
}

static void put_buffer(Writer *w, Value v, int flag)
{
    Buffer view;
    if (!buffer_get_still(w->t, v, &view)) {
        w->failed = true;
        error_clear(w->t);
        value_error(w->t, "unmarshallable object");
        return;
    }
    put_byte(w, 's' | flag);
    put_size(w, (size_t)view.len);
    put_bytes(w, view.buf, (size_t)view.len);
    buffer_release(w->t, &view);
}

static void put_float(Writer *w, Value v, int flag)
{
    put_byte(w, (w->version > 1 ? 'g' : 'f') | flag);
    (w->version > 1 ? put_double : put_text_double)(w, float_get(v));
}

static void put_complex(Writer *w, Value v, int flag)
{
    Complex *c = (Complex *)value_object(v);
    put_byte(w, (w->version > 1 ? 'y' : 'x') | flag);
    (w->version > 1 ? put_double : put_text_double)(w, c->re);
    (w->version > 1 ? put_double : put_text_double)(w, c->im);
}

static void put_container(Writer *w, Value v, Type *ty, int flag)
{
    if (ty == &tuple_type) {
        if (w->version >= 4 && tuple_len(v) < 256) {
            put_byte(w, ')' | flag);
            put_byte(w, (int)tuple_len(v));
        } else {
            put_byte(w, '(' | flag);
            put_size(w, tuple_len(v));
        }
        put_sequence(w, v);
    } else if (ty == &list_type) {
        Value tuple = list_to_tuple(w->t, v);
        if (!tuple) {
            w->failed = true;
            return;
        }
        put_byte(w, '[' | flag);
        put_size(w, tuple_len(tuple));
        put_sequence(w, tuple);
    } else if (ty == &dict_type) {
        put_dict(w, v, flag);
    } else if (ty == &set_type || ty == &frozenset_type) {
        put_set(w, v, flag);
    } else if (ty == &code_type) {
        put_code(w, v, flag);
    } else if (value_has_buffer(v)) {
        put_buffer(w, v, flag);
    } else {
        value_error(w->t, "unmarshallable object");
        w->failed = true;
    }
}

static bool put_singleton(Writer *w, Value v)
{
    int code = v == NONE                               ? 'N'
               : v == TRUE_VALUE                       ? 'T'
               : v == FALSE_VALUE                      ? 'F'
               : v == ELLIPSIS                         ? '.'
               : v == object_value(&exc_StopIteration) ? 'S'
                                                       : 0;
    if (code) {
        put_byte(w, code);
    }
    return code;
}

static void put_value(Writer *w, Value v)
{
    int flag = 0;
    if (w->failed || put_singleton(w, v)) {
        return;
    }
    if (!marshal_may_nest(w->t, w->depth + 1)) {
        value_error(w->t, "object too deeply nested to marshal");
        w->failed = true;
        return;
    }
    if (value_is_object(v) && put_ref(w, v, &flag)) {
        return;
    }
    w->depth++;
    Type *ty = type_of(v);
    if (ty == &int_type) {
        put_int(w, v, flag);
    } else if (ty == &float_type) {
        put_float(w, v, flag);
    } else if (ty == &complex_type) {
        put_complex(w, v, flag);
    } else if (ty == &str_type) {
        put_str(w, v, flag);
    } else {
        put_container(w, v, ty, flag);
    }
    w->depth--;
}

static Value dump(Thread *t, Value v, int version, bool stubs)
{
    Writer w = {.t = t, .version = version, .stubs = stubs};
    if (version >= 3 && !start_refs(&w)) {
        return 0;
    }
    put_value(&w, v);
    Value result = w.failed ? 0 : bytes_new(t, w.data ? w.data : "", w.len);
    mem_free(w.data);
    return result;
}

Value marshal_dumps(Thread *t, Value v, int version)
{
    if (version < 4 || !value_is_code(v)) {
        return dump(t, v, version, false);
    }
    Value body = dump(t, v, version, true);
    if (!body) {
        return 0;
    }
    const Bytes *b = value_bytes(body);
    uint64_t sum = marshal_sum((const uint8_t *)b->data, b->len);
    Writer w = {.t = t, .version = version};
    put_byte(&w, MARSHAL_SUMMED);
    put_u32(&w, (uint32_t)sum);
    put_u32(&w, (uint32_t)(sum >> 32));
    put_size(&w, b->len);
    put_bytes(&w, b->data, b->len);
    Value result = w.failed ? 0 : bytes_new(t, w.data, w.len);
    mem_free(w.data);
    return result;
}

Value marshal_dumps_frozen(Thread *t, Value code) { return dump(t, code, 4, true); }
