/* marshal, reading half.  Input is untrusted: every length is checked against what is left, nesting
 * is bounded, and code objects pass the verifier before anybody sees them.
 */
#include <stdlib.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "importer/importer.h"
#include "importer/marshal_format.h"

/* Most functions, and most modules, have fewer. */
enum { FIRST_REFS = 128, MODULE_REFS = 2048 };

typedef struct Reader {
    Thread *t;
    const uint8_t *p, *end;
    int depth;
    bool trusted;    /* compiled into the executable: verified when it was built */
    Value filename;  /* of the code object that is being read, or 0 */
    /* what references may name, n_refs of room_refs; FALSE_VALUE marks an object that is still
     * being read.  On the C stack, or in more_refs. */
    Value *refs;
    size_t n_refs, room_refs;
    Tuple *more_refs;
    Value file;      /* what the input comes from piece by piece, or 0 */
    Value pieces;    /* list of bytes: those that p, or who reads a part, may point into */
} Reader;

static Value read_value(Reader *r);

static Value bad_data(Reader *r, const char *what)
{
    if (!r->t->exc) {
        value_error(r->t, "bad marshal data (%s)", what);
    }
    return 0;
}

/* The next n bytes of the file; 0: raised. */
static Value read_piece(Reader *r, size_t n)
{
    Value buffer = bytearray_new(r->t, NULL, n);
    Value count = buffer ? call_method1(r->t, r->file, intern_cstr(r->t, "readinto"), buffer) : 0;
    int64_t got;
    if (!count || !value_to_int64(r->t, count, &got)) {
        return 0;
    }
    if (got > (int64_t)n) {
        return value_error(r->t,
                           "read() returned too much data: %zd bytes requested, %zd returned",
                           (ssize_t)n, (ssize_t)got);
    }
    Value piece = call1(r->t, object_value(&bytes_type), buffer);
    return piece && (got < (int64_t)n || value_bytes(piece)->len < n)
               ? raise(r->t, &exc_EOFError, "EOF read where not expected")
               : piece;
}

/* Reads until there are n bytes, in growing steps: a damaged size takes no memory. */
static NOINLINE bool need_from_file(Reader *r, size_t n)
{
    enum { STEP = 1 << 16 };
    for (size_t have = (size_t)(r->end - r->p); have < n;) {
        size_t more = n - have < have + STEP ? n - have : have + STEP;
        Value piece = read_piece(r, more);
        Value joined = piece ? bytes_new(r->t, NULL, have + more) : 0;
        if (!joined || !list_append(r->t, r->pieces, joined)) {
            return false;
        }
        char *data = value_bytes(joined)->data;
        memcpy(data, r->p, have);
        memcpy(data + have, value_bytes(piece)->data, more);
        have += more;
        r->p = (const uint8_t *)data;
        r->end = r->p + have;
    }
    return true;
}

static NOINLINE bool need_more(Reader *r, size_t n)
{
    if (r->file) {
        return need_from_file(r, n);
    }
    if (!r->t->exc) {
        raise(r->t, &exc_EOFError,
              r->p == r->end ? "EOF read where object expected" : "marshal data too short");
    }
    return false;
}

static inline bool need(Reader *r, size_t n)
{
    return LIKELY((size_t)(r->end - r->p) >= n) || need_more(r, n);
}

static uint32_t read_u32(Reader *r)
{
    uint32_t v =
        r->p[0] | (uint32_t)r->p[1] << 8 | (uint32_t)r->p[2] << 16 | (uint32_t)r->p[3] << 24;
    r->p += 4;
    return v;
}

static bool read_varints(Reader *r, uint32_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t byte = 0x80;
        v[i] = 0;
        for (unsigned shift = 0; byte & 0x80; shift += 7) {
            if (shift >= 32 || !need(r, 1)) {
                return bad_data(r, "code size out of range") != 0;
            }
            byte = *r->p++;
            v[i] |= (byte & 0x7f) << shift;
        }
    }
    return true;
}

/* A non-negative 32-bit size of items that take at least one byte each. */
static bool read_size(Reader *r, size_t *n, const char *what)
{
    if (!need(r, 4)) {
        return false;
    }
    int32_t v = (int32_t)read_u32(r);
    if (v < 0) {
        bad_data(r, what);
        return false;
    }
    *n = (size_t)v;
    return need(r, *n);
}

static Value read_long(Reader *r)
{
    if (!need(r, 4)) {
        return 0;
    }
    int32_t n = (int32_t)read_u32(r);
    size_t digits = (size_t)(n < 0 ? -(int64_t)n : n);
    if (n == INT32_MIN) {
        return bad_data(r, "long size out of range");
    }
    if (!need(r, digits * 2)) {
        return 0;
    }
    size_t nbytes = digits * 15 / 8 + 4;
    Value buffer = bytes_new(r->t, NULL, nbytes);
    if (!buffer) {
        return 0;
    }
    uint8_t *out = (uint8_t *)value_bytes(buffer)->data;
    for (size_t i = 0; i < digits; i++, r->p += 2) {
        uint32_t digit = r->p[0] | (uint32_t)r->p[1] << 8;
        if (digit > 0x7fff) {
            return bad_data(r, "digit out of range in long");
        }
        if (i + 1 == digits && digit == 0) {
            return bad_data(r, "unnormalized long data");
        }
        size_t bit = i * 15;
        uint32_t chunk = digit << (bit % 8);
        out[bit / 8] |= (uint8_t)chunk;
        out[bit / 8 + 1] |= (uint8_t)(chunk >> 8);
        out[bit / 8 + 2] |= (uint8_t)(chunk >> 16);
    }
    Value v = int_from_bytes(r->t, out, nbytes, true, false);
    return v && n < 0 ? int_neg(r->t, v) : v;
}

static bool read_double(Reader *r, double *d)
{
    if (!need(r, 8)) {
        return false;
    }
    uint64_t bits = read_u32(r);
    bits |= (uint64_t)read_u32(r) << 32;
    memcpy(d, &bits, 8);
    return true;
}

static bool read_text_double(Reader *r, double *d)
{
    if (!need(r, 1) || !need(r, 1u + r->p[0])) {
        return false;
    }
    char text[256];
    size_t n = *r->p++;
    memcpy(text, r->p, n);
    text[n] = 0;
    r->p += n;
    char *end;
    *d = strtod(text, &end);
    if (end == text || *end) {
        bad_data(r, "invalid float");
        return false;
    }
    return true;
}

static Value read_float(Reader *r, bool text)
{
    double d;
    return (text ? read_text_double : read_double)(r, &d) ? float_new(r->t, d) : 0;
}

static Value read_complex(Reader *r, bool text)
{
    double re, im;
    bool ok = text ? read_text_double(r, &re) && read_text_double(r, &im)
                   : read_double(r, &re) && read_double(r, &im);
    return ok ? complex_new(r->t, re, im) : 0;
}

static Value read_ascii(Reader *r, bool is_short, bool interned)
{
    size_t n;
    if (is_short) {
        if (!need(r, 1) || !need(r, 1u + r->p[0])) {
            return 0;
        }
        n = *r->p++;
    } else if (!read_size(r, &n, "string size out of range")) {
        return 0;
    }
    if (!ascii_only(r->p, n)) {
        return bad_data(r, "non-ASCII character in ASCII string");
    }
    const char *text = (const char *)r->p;
    r->p += n;
    return interned ? intern_ascii(r->t, text, n) : str_from_ascii(r->t, text, n);
}

static Value read_unicode(Reader *r, bool interned)
{
    size_t n;
    if (!read_size(r, &n, "string size out of range")) {
        return 0;
    }
    Value v = str_decode(r->t, (const char *)r->p, n, "utf-8", "surrogatepass");
    r->p += n;
    return v && interned ? intern_str(r->t, v) : v;
}

static void put_ref(Reader *r, size_t at, Value v)
{
    if (r->more_refs) {
        gc_store(r->more_refs, &r->refs[at], v);
    } else {
        r->refs[at] = v; /* the collector looks at the stack */
    }
}

static bool grow_refs(Reader *r)
{
    Value more = tuple_new(r->t, r->room_refs * 2);
    if (!more) {
        return false;
    }
    Tuple *tuple = value_tuple(more);
    memcpy(tuple->items, r->refs, r->n_refs * sizeof(Value));
    gc_written(tuple);
    r->more_refs = tuple;
    r->refs = tuple->items;
    r->room_refs *= 2;
    return true;
}

static bool add_ref(Reader *r, Value v)
{
    if (r->n_refs == r->room_refs && !grow_refs(r)) {
        return false;
    }
    put_ref(r, r->n_refs++, v);
    return true;
}

/* Reserves a reference number before the parts are read, so that numbers agree with the writer's.
 */
static ssize_t reserve_ref(Reader *r, int flag)
{
    if (!flag) {
        return -1;
    }
    return add_ref(r, FALSE_VALUE) ? (ssize_t)r->n_refs - 1 : -2;
}

static Value set_ref(Reader *r, ssize_t at, Value v)
{
    if (v && at >= 0) {
        put_ref(r, (size_t)at, v);
    }
    return at == -2 ? 0 : v;
}

static inline Value read_back_ref(Reader *r, bool near)
{
    if (!need(r, near ? 1 : 4)) {
        return 0;
    }
    uint32_t i = near ? *r->p++ : read_u32(r);
    if (i >= r->n_refs || r->refs[i] == FALSE_VALUE) {
        return bad_data(r, "invalid reference");
    }
    return r->refs[i];
}

/* read_value(), for what is most often a reference. */
static inline Value read_part(Reader *r)
{
    if (r->p < r->end && *r->p == MARSHAL_NEAR_REF) {
        r->p++;
        return read_back_ref(r, true);
    }
    return read_value(r);
}

static Value read_item(Reader *r)
{
    Value v = read_part(r);
    if (!v && !r->t->exc) {
        type_error(r->t, "NULL object in marshal data for object");
    }
    return v;
}

static Value read_tuple(Reader *r, bool is_small, int flag)
{
    size_t n;
    ssize_t at = reserve_ref(r, flag);
    if (is_small) {
        if (!need(r, 1)) {
            return 0;
        }
        n = *r->p++;
        if (!need(r, n)) {
            return 0;
        }
    } else if (!read_size(r, &n, "tuple size out of range")) {
        return 0;
    }
    Value v = n ? tuple_new(r->t, n) : tuple_empty();
    for (size_t i = 0; v && i < n; i++) {
        Value item = read_item(r);
        if (!item) {
            return 0;
        }
        gc_store(value_tuple(v), &value_tuple(v)->items[i], item);
    }
    return set_ref(r, at, v);
}

static Value read_list(Reader *r, int flag)
{
    size_t n;
    if (!read_size(r, &n, "list size out of range")) {
        return 0;
    }
    Value v = list_new(r->t, n);
    ssize_t at = reserve_ref(r, flag);
    if (!v || !set_ref(r, at, v)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        Value item = read_item(r);
        if (!item || !list_append(r->t, v, item)) {
            return 0;
        }
    }
    return v;
}

static Value read_dict(Reader *r, int flag)
{
    Value v = dict_new(r->t);
    ssize_t at = reserve_ref(r, flag);
    if (!v || !set_ref(r, at, v)) {
        return 0;
    }
    for (;;) {
        Value key = read_value(r);
        if (!key) {
            return r->t->exc ? 0 : v;
        }
        Value item = read_value(r);
        if (!item) {
            return r->t->exc ? 0 : v;
        }
        if (!dict_set(r->t, v, key, item)) {
            return 0;
        }
    }
}

static Value read_set(Reader *r, bool frozen, int flag)
{
    size_t n;
    if (!read_size(r, &n, "set size out of range")) {
        return 0;
    }
    Value v = frozen ? 0 : set_new(r->t, 0);
    ssize_t at = reserve_ref(r, flag);
    if (!frozen && (!v || !set_ref(r, at, v))) {
        return 0;
    }
    Value items = list_new(r->t, n);
    for (size_t i = 0; items && i < n; i++) {
        Value item = read_item(r);
        if (!item || !(frozen ? list_append(r->t, items, item) : set_add(r->t, v, item))) {
            return 0;
        }
    }
    if (!items) {
        return 0;
    }
    return frozen ? set_ref(r, at, frozenset_new(r->t, items)) : v;
}

/* consts, names, varnames, cellvars, freevars, linetable */
enum { CODE_PARTS = 6 };

static bool code_parts_valid(const Value *part)
{
    for (int i = 0; i < CODE_PARTS - 1; i++) {
        if (!value_is_tuple_exact(part[i])) {
            return false;
        }
        for (size_t k = 0; i > 0 && k < tuple_len(part[i]); k++) {
            if (!value_is_str_exact(tuple_get(part[i], k))) {
                return false;
            }
        }
    }
    return value_is_bytes(part[CODE_PARTS - 1]);
}

/* The names of n inline caches; into a tuple for the collector when they do not fit into out. */
static bool read_caches(Reader *r, uint32_t n, Value *out, size_t room, const Value **start)
{
    *start = out;
    if (!need(r, n)) {
        return false;
    }
    Tuple *more = NULL;
    if (n > room) {
        Value v = tuple_new(r->t, n);
        if (!v) {
            return false;
        }
        more = value_tuple(v);
        *start = more->items;
    }
    for (uint32_t i = 0; i < n; i++) {
        Value name = read_part(r);
        if (!name && r->t->exc) {
            return false;
        }
        if (name && !value_is_str_exact(name) && !value_is_tuple_exact(name)) {
            return bad_data(r, "invalid name in code") != 0;
        }
        for (size_t k = 0; name && value_is_tuple_exact(name) && k < tuple_len(name); k++) {
            if (!value_is_str_exact(tuple_get(name, k))) {
                return bad_data(r, "invalid keyword name in code") != 0;
            }
        }
        if (more) {
            gc_store(more, &more->items[i], name);
        } else {
            out[i] = name;
        }
    }
    return true;
}

/* The end of a code object, all but its caches being in spec. */
static NOINLINE Value finish_code(Reader *r, CodeSpec *spec)
{
    Value room[48];
    if (!read_caches(r, spec->n_caches, room, ARRAY_SIZE(room), &spec->cache_names)) {
        return 0;
    }
    Value code = code_new(r->t, spec);
    if (code && r->trusted) {
        atomic_store_explicit(&((Code *)value_object(code))->verified, 1, memory_order_relaxed);
    }
    return code && code_verify(r->t, code) ? code : 0;
}

/* filename, name, qualname */
static bool read_code_names(Reader *r, CodeSpec *spec)
{
    Value name[3];
    for (size_t i = 0; i < ARRAY_SIZE(name); i++) {
        name[i] = read_item(r);
        name[i] = i == 0 && name[i] && is_none(name[i]) ? r->filename : name[i];
        if (!name[i] || !value_is_str_exact(name[i])) {
            return bad_data(r, "invalid name in code") != 0;
        }
    }
    spec->filename = name[0];
    spec->name = name[1];
    spec->qualname = name[2];
    return true;
}

/* What is behind numbers and names, which spec has already. */
static Value read_code_parts(Reader *r, CodeSpec *spec)
{
    const Value outer = r->filename;
    uint32_t n[MARSHAL_SIZES];
    if (!read_varints(r, n, ARRAY_SIZE(n)) ||
        !need(r, n[MARSHAL_INSTRS] * sizeof(Instr) + n[MARSHAL_HANDLERS] * sizeof(ExcEntry))) {
        return 0;
    }
    spec->n_instrs = n[MARSHAL_INSTRS];
    spec->n_caches = n[MARSHAL_CACHES];
    spec->n_exc = n[MARSHAL_HANDLERS];
    /* both have the layout of the file, which is little-endian, and are copied from it as bytes */
    spec->instrs = (const void *)r->p;
    spec->exc_table = (const void *)(r->p + n[MARSHAL_INSTRS] * sizeof(Instr));
    r->p = (const uint8_t *)spec->exc_table + n[MARSHAL_HANDLERS] * sizeof(ExcEntry);
    r->filename = spec->filename;
    Value part[CODE_PARTS];
    for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
        part[i] = read_item(r);
        if (!part[i]) {
            return 0;
        }
    }
    if (!code_parts_valid(part)) {
        return bad_data(r, "invalid part of a code object");
    }
    spec->consts = part[0];
    spec->names = part[1];
    spec->varnames = part[2];
    spec->cellvars = part[3];
    spec->freevars = part[4];
    spec->linetable = part[5];
    r->filename = outer;
    return finish_code(r, spec);
}

static bool read_numbers(Reader *r, uint32_t *n, size_t count, CodeSpec *spec)
{
    if (!read_varints(r, n, count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (n[i] > UINT16_MAX && i != MARSHAL_FLAGS && i != MARSHAL_FIRSTLINENO) {
            return bad_data(r, "code size out of range") != 0;
        }
    }
    *spec = (CodeSpec){.argcount = (uint16_t)n[MARSHAL_ARGCOUNT],
                       .posonlyargcount = (uint16_t)n[MARSHAL_POSONLYARGCOUNT],
                       .kwonlyargcount = (uint16_t)n[MARSHAL_KWONLYARGCOUNT],
                       .nregs = (uint16_t)n[MARSHAL_NREGS],
                       .flags = n[MARSHAL_FLAGS],
                       .firstlineno = (int32_t)n[MARSHAL_FIRSTLINENO]};
    return read_code_names(r, spec);
}

static Value read_code(Reader *r, int flag)
{
    ssize_t at = reserve_ref(r, flag);
    uint32_t n[MARSHAL_CODE_NUMBERS];
    CodeSpec spec;
    return read_numbers(r, n, ARRAY_SIZE(n), &spec) ? set_ref(r, at, read_code_parts(r, &spec)) : 0;
}

static Value read_stub(Reader *r, int flag)
{
    ssize_t at = reserve_ref(r, flag);
    uint32_t n[MARSHAL_STUB_NUMBERS];
    CodeStub stub;
    size_t size;
    if (!read_numbers(r, n, ARRAY_SIZE(n), &stub.spec) ||
        !read_size(r, &size, "code size out of range")) {
        return 0;
    }
    stub.nlocals = (uint16_t)n[MARSHAL_NLOCALS];
    stub.ncells = (uint16_t)n[MARSHAL_NCELLS];
    stub.nfrees = (uint16_t)n[MARSHAL_NFREES];
    CodeSpec *s = &stub.spec;
    s->consts = s->names = s->varnames = s->cellvars = s->freevars = s->linetable = tuple_empty();
    if (!r->trusted && !code_stub_is_sound(&stub)) {
        return bad_data(r, "invalid code");
    }
    const uint8_t *start = r->p - sizeof(uint32_t);
    r->p += size;
    stub.unread = start;
    stub.unread_in = 0;
    if (!r->trusted) { /* only what has not been read is to be kept */
        stub.unread_in = bytes_new(r->t, start, sizeof(uint32_t) + size);
        stub.unread = stub.unread_in ? value_bytes(stub.unread_in)->data : NULL;
    }
    return stub.unread ? set_ref(r, at, code_new_stub(r->t, &stub)) : 0;
}

/* Of n bytes, with room for so many references. */
static inline Reader reader_of(Thread *t, const void *p, size_t n, Value *refs, size_t room)
{
    return (Reader){
        .t = t, .p = p, .end = (const uint8_t *)p + n, .refs = refs, .room_refs = room};
}

/* The dump inside shares no references with what is around it. */
static NOINLINE Value read_summed(Reader *r, int flag)
{
    size_t size;
    ssize_t at = reserve_ref(r, flag);
    if (!need(r, 2 * sizeof(uint32_t))) {
        return 0;
    }
    uint64_t sum = read_u32(r);
    sum |= (uint64_t)read_u32(r) << 32;
    if (!read_size(r, &size, "code size out of range")) {
        return 0;
    }
    Value refs[MODULE_REFS];
    Reader part = reader_of(r->t, r->p, size, refs, ARRAY_SIZE(refs));
    part.depth = r->depth;
    r->p += size;
    if (marshal_sum(part.p, size) != sum) {
        return bad_data(r, "the sum is wrong");
    }
    Value v = read_item(&part);
    return v && part.p != part.end ? bad_data(r, "code size out of range") : set_ref(r, at, v);
}

static Value read_string(Reader *r)
{
    size_t n;
    if (!read_size(r, &n, "bytes object size out of range")) {
        return 0;
    }
    Value v = bytes_new(r->t, r->p, n);
    r->p += n;
    return v;
}

static Value read_int32(Reader *r)
{
    return need(r, 4) ? fixnum((int32_t)read_u32(r)) : 0;
}

static Value read_int64(Reader *r)
{
    if (!need(r, 8)) {
        return 0;
    }
    uint64_t v = read_u32(r);
    v |= (uint64_t)read_u32(r) << 32;
    return int_from_int64(r->t, (int64_t)v);
}

/* What has parts. */
static Value read_container(Reader *r, int code, int flag)
{
    switch (code) {
    case ')':
    case '(':
        return read_tuple(r, code == ')', flag);
    case '[':
        return read_list(r, flag);
    case '{':
        return read_dict(r, flag);
    case '<':
    case '>':
        return read_set(r, code == '>', flag);
    case MARSHAL_CODE:
        return read_code(r, flag);
    case MARSHAL_STUB:
        return read_stub(r, flag);
    case MARSHAL_SUMMED:
        return read_summed(r, flag);
    default:
        return bad_data(r, "unknown type code");
    }
}

static Value read_nested(Reader *r, int code, int flag)
{
    Value v = 0;
    if (marshal_may_nest(r->t, ++r->depth)) {
        v = read_container(r, code, flag);
    } else if (r->trusted) { /* a call of a function */
        raise(r->t, &exc_RecursionError, "maximum recursion depth exceeded");
    } else {
        bad_data(r, "recursion limit exceeded");
    }
    r->depth--;
    return v;
}

/* A number or text. */
static Value read_scalar(Reader *r, int code, bool *known)
{
    switch (code) {
    case 'i':
        return read_int32(r);
    case 'I':
        return read_int64(r);
    case 'l':
        return read_long(r);
    case 'f':
    case 'g':
        return read_float(r, code == 'f');
    case 'x':
    case 'y':
        return read_complex(r, code == 'x');
    case 's':
        return read_string(r);
    case 't':
    case 'u':
        return read_unicode(r, code == 't');
    case 'a':
    case 'A':
        return read_ascii(r, false, code == 'A');
    default:
        *known = false;
        return 0;
    }
}

/* 0 with no exception: the null marker '0'.  What is frequent comes first. */
static Value read_value(Reader *r)
{
    if (!need(r, 1)) {
        return 0;
    }
    int byte = *r->p++;
    int flag = byte & MARSHAL_FLAG_REF, code = byte & ~MARSHAL_FLAG_REF;
    bool known = true;
    Value v;
    switch (code) {
    case 'r':
    case MARSHAL_NEAR_REF:
        return read_back_ref(r, code == MARSHAL_NEAR_REF);
    case 'z':
    case 'Z':
        v = read_ascii(r, true, code == 'Z');
        break;
    case '0':
        return 0;
    case 'N':
        return NONE;
    case 'T':
        return TRUE_VALUE;
    case 'F':
        return FALSE_VALUE;
    case '.':
        return ELLIPSIS;
    case 'S':
        return object_value(&exc_StopIteration);
    default:
        v = read_scalar(r, code, &known);
        break;
    }
    if (!known) {
        return read_nested(r, code, flag);
    }
    return v && flag && !add_ref(r, v) ? 0 : v;
}

Value marshal_loads(Thread *t, const void *p, size_t n)
{
    Value refs[FIRST_REFS];
    Reader r = reader_of(t, p, n, refs, ARRAY_SIZE(refs));
    return read_item(&r);
}

Value marshal_load(Thread *t, Value file)
{
    static const uint8_t nothing[1];
    Value refs[FIRST_REFS];
    Reader r = reader_of(t, nothing, 0, refs, ARRAY_SIZE(refs));
    r.file = file;
    r.pieces = list_new(t, 0);
    return r.pieces ? read_item(&r) : 0;
}

Value marshal_loads_trusted(Thread *t, const void *p, size_t n)
{
    Value refs[MODULE_REFS];
    Reader r = reader_of(t, p, n, refs, ARRAY_SIZE(refs));
    r.trusted = true;
    return read_item(&r);
}

/* ---- the rest of stubs ---- */

/* read_stub() has seen that the size is not too much. */
static Reader stub_reader(Thread *t, const void *unread, Value unread_in, Value *refs, size_t room)
{
    Reader r = reader_of(t, unread, sizeof(uint32_t), refs, room);
    r.trusted = !unread_in;
    r.end += read_u32(&r);
    return r;
}

static Value read_doc(Reader *r)
{
    Value doc = read_item(r);
    return !doc || is_none(doc) || value_is_str_exact(doc) ? doc : bad_data(r, "invalid docstring");
}

static Value stub_doc(Thread *t, const void *unread, Value unread_in)
{
    Value refs[1];
    Reader r = stub_reader(t, unread, unread_in, refs, ARRAY_SIZE(refs));
    return read_doc(&r);
}

static Value stub_whole(Thread *t, const Code *stub, const void *unread, Value unread_in)
{
    Value refs[FIRST_REFS];
    Reader r = stub_reader(t, unread, unread_in, refs, ARRAY_SIZE(refs));
    CodeSpec spec = {.argcount = stub->argcount,
                     .posonlyargcount = stub->posonlyargcount,
                     .kwonlyargcount = stub->kwonlyargcount,
                     .nregs = stub->nregs,
                     .flags = stub->flags,
                     .firstlineno = stub->firstlineno,
                     .filename = stub->filename,
                     .name = stub->name,
                     .qualname = stub->qualname};
    return read_doc(&r) ? read_code_parts(&r, &spec) : 0;
}

const CodeReader marshal_stub_reader = {.whole = stub_whole, .doc = stub_doc};
