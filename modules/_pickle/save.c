/* Pickling: output with its frames, the memo, and the types that have opcodes of their own. */
#include <math.h>
#include <stdio.h>

#include "core/object/bytes_internal.h"
#include "core/object/float.h"
#include "core/object/set.h"
#include "modules/_pickle/pickle.h"

/* ---- output ---- */

bool pickle_put_slow(Thread *t, Pickler *p, const void *data, size_t n)
{
    size_t frame = p->framing && p->frame_start < 0 ? FRAME_HEADER_SIZE : 0;
    if (!p->out || p->len + n + frame > p->out->len) {
        Value more = bytes_new_unset(t, p->len + p->len / 2 + n + frame + 200);
        if (!more) {
            return false;
        }
        if (p->len) {
            memcpy(value_bytes(more)->data, p->out->data, p->len);
        }
        GC_STORE_PTR(p, &p->out, value_bytes(more));
    }
    if (frame) {
        p->frame_start = (ssize_t)p->len;
        p->len += frame;
    }
    memcpy(p->out->data + p->len, data, n);
    p->len += n;
    return true;
}

static inline void put_le(char *to, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        to[i] = (char)(v >> 8 * i);
    }
}

static inline bool put_sized(Thread *t, Pickler *p, unsigned op, uint64_t v, int bytes)
{
    uint64_t word = v << 8 | (uint8_t)op;
    if (bytes < 8) { /* one store, one load */
        word = htole64(word);
        return pickle_put(t, p, &word, (size_t)bytes + 1);
    }
    char text[9] = {(char)op};
    put_le(text + 1, v, bytes);
    return pickle_put(t, p, text, (size_t)bytes + 1);
}

/* Ends the open frame: a short one loses its header. */
static void frame_commit(Pickler *p)
{
    if (!p->framing || p->frame_start < 0) {
        return;
    }
    char *at = p->out->data + p->frame_start;
    size_t n = p->len - (size_t)p->frame_start - FRAME_HEADER_SIZE;
    if (n >= FRAME_MIN) {
        at[0] = (char)P_FRAME;
        put_le(at + 1, n, 8);
    } else {
        memmove(at, at + FRAME_HEADER_SIZE, n);
        p->len -= FRAME_HEADER_SIZE;
    }
    p->frame_start = -1;
}

static bool flush_out(Thread *t, Pickler *p)
{
    Value data = bytes_new(t, p->len ? p->out->data : "", p->len);
    p->len = 0;
    return data && call1(t, p->write, data);
}

/* Between two objects: a full frame ends here. */
static bool opcode_boundary(Thread *t, Pickler *p)
{
    if (!p->framing || p->frame_start < 0 ||
        p->len - (size_t)p->frame_start - FRAME_HEADER_SIZE < FRAME_TARGET) {
        return true;
    }
    frame_commit(p);
    return !p->write || flush_out(t, p);
}

bool pickle_large(Thread *t, Pickler *p, const void *header, size_t header_len, const void *data,
                  size_t n, Value payload)
{
    bool framing = p->framing, past = n >= FRAME_TARGET;
    if (past) { /* large data stand outside frames, and go to the file without a copy */
        frame_commit(p);
        p->framing = false;
    }
    bool ok = pickle_put(t, p, header, header_len);
    if (ok && past && p->write) {
        Value bytes = payload ? payload : bytes_new(t, data, n);
        ok = bytes && flush_out(t, p) && call1(t, p->write, bytes);
    } else {
        ok = ok && pickle_put(t, p, data, n);
    }
    p->framing = framing;
    return ok;
}

/* ---- memo ---- */

static size_t memo_slot(const ValueArray *keys, size_t mask, Value v)
{
    size_t i = (size_t)((v >> 4) * 0x9e3779b97f4a7c15u >> 20) & mask;
    while (keys->items[i] && keys->items[i] != v) {
        i = (i + 1) & mask;
    }
    return i;
}

bool pickle_memo_find(const Pickler *p, Value v, uint64_t *number)
{
    if (!p->keys) {
        return false;
    }
    size_t i = memo_slot(p->keys, p->mask, v);
    *number = p->keys->items[i] ? ((uint64_t *)(void *)p->numbers->data)[i] : 0;
    return p->keys->items[i] != 0;
}

static bool memo_resize(Thread *t, Pickler *p, size_t slots)
{
    ValueArray *keys = value_array_new(t, slots);
    RawBuffer *numbers = keys ? raw_buffer_new(t, slots * sizeof(uint64_t)) : NULL;
    if (!numbers) {
        return false;
    }
    for (size_t i = 0; p->keys && i <= p->mask; i++) {
        if (p->keys->items[i]) {
            size_t at = memo_slot(keys, slots - 1, p->keys->items[i]);
            gc_store(keys, &keys->items[at], p->keys->items[i]);
            ((uint64_t *)(void *)numbers->data)[at] = ((uint64_t *)(void *)p->numbers->data)[i];
        }
    }
    GC_STORE_PTR(p, &p->keys, keys);
    GC_STORE_PTR(p, &p->numbers, numbers);
    p->mask = slots - 1;
    return true;
}

bool pickle_memo_set(Thread *t, Pickler *p, Value v, uint64_t number)
{
    if ((!p->keys || (p->memo_len + 1) * 3 > (p->mask + 1) * 2) &&
        !memo_resize(t, p, p->keys ? (p->mask + 1) * 4 : 64)) {
        return false;
    }
    size_t i = memo_slot(p->keys, p->mask, v);
    p->memo_len += p->keys->items[i] == 0;
    gc_store(p->keys, &p->keys->items[i], v);
    ((uint64_t *)(void *)p->numbers->data)[i] = number;
    return true;
}

void pickle_memo_clear(Pickler *p)
{
    p->keys = NULL;
    p->numbers = NULL;
    p->mask = p->memo_len = 0;
}

/* op, the number in decimal and the end of the line. */
static bool put_number(Thread *t, Pickler *p, char op, int64_t number)
{
    char text[24], *end = text + sizeof text, *at = end;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    *--at = '\n';
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (number < 0) {
        *--at = '-';
    }
    *--at = op;
    return pickle_put(t, p, at, (size_t)(end - at));
}

bool pickle_memo_put(Thread *t, Pickler *p, Value v)
{
    if (p->fast) {
        return true;
    }
    uint64_t number = p->memo_len;
    if (!pickle_memo_set(t, p, v, number)) {
        return false;
    }
    if (p->proto >= 4) {
        return pickle_op(t, p, P_MEMOIZE);
    }
    if (p->bin) {
        return number < 256 ? put_sized(t, p, P_BINPUT, number, 1)
                            : put_sized(t, p, P_LONG_BINPUT, number, 4);
    }
    return put_number(t, p, 'p', (int64_t)number);
}

bool pickle_memo_get(Thread *t, Pickler *p, uint64_t number)
{
    if (p->bin) {
        return number < 256 ? put_sized(t, p, P_BINGET, number, 1)
                            : put_sized(t, p, P_LONG_BINGET, number, 4);
    }
    return put_number(t, p, 'g', (int64_t)number);
}

/* ---- numbers ---- */

static bool save_bool(Thread *t, Pickler *p, bool v)
{
    if (p->proto >= 2) {
        return pickle_op(t, p, v ? P_NEWTRUE : P_NEWFALSE);
    }
    return pickle_put(t, p, v ? "I01\n" : "I00\n", 4);
}

static bool save_text_number(Thread *t, Pickler *p, unsigned op, Value text, const char *end)
{
    size_t n;
    const char *s = text ? str_utf8(t, text, &n) : NULL;
    return s && pickle_op(t, p, op) && pickle_put(t, p, s, n) && pickle_put(t, p, end, strlen(end));
}

static bool save_big(Thread *t, Pickler *p, Value v)
{
    if (p->proto < 2) {
        return save_text_number(t, p, P_LONG, object_repr(t, v), "L\n");
    }
    size_t n = int_bit_length(v) / 8 + 1;
    RawBuffer *digits = raw_buffer_new(t, n);
    if (!digits || !int_to_bytes(t, v, (uint8_t *)digits->data, n, true, true)) {
        return false;
    }
    if (n > 1 && int_sign(v) < 0 && (uint8_t)digits->data[n - 1] == 0xff &&
        (uint8_t)digits->data[n - 2] >= 0x80) {
        n--;
    }
    if (n > INT32_MAX) {
        overflow_error(t, "int too large to pickle");
        return false;
    }
    return (n < 256 ? put_sized(t, p, P_LONG1, n, 1) : put_sized(t, p, P_LONG4, n, 4)) &&
           pickle_put(t, p, digits->data, n);
}

static bool save_int(Thread *t, Pickler *p, Value v)
{
    int64_t i;
    if (!int_try_int64(v, &i) || i > INT32_MAX || i < INT32_MIN) {
        return save_big(t, p, v);
    }
    if (!p->bin) {
        return put_number(t, p, 'I', i);
    }
    if (i >= 0 && i <= 0xff) {
        return put_sized(t, p, P_BININT1, (uint64_t)i, 1);
    }
    return i >= 0 && i <= 0xffff ? put_sized(t, p, P_BININT2, (uint64_t)i, 2)
                                 : put_sized(t, p, P_BININT, (uint64_t)i, 4);
}

static bool save_float(Thread *t, Pickler *p, Value v)
{
    if (!p->bin) {
        return save_text_number(t, p, P_FLOAT, object_repr(t, v), "\n");
    }
    double d = float_get(v);
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return put_sized(t, p, P_BINFLOAT, __builtin_bswap64(bits), 8);
}

/* ---- text and bytes ---- */

static bool save_bytes_data(Thread *t, Pickler *p, Value v, const char *data, size_t n)
{
    char header[9] = {(char)P_SHORT_BINBYTES, (char)n};
    size_t len = 2;
    if (n > UINT32_MAX && p->proto < 4) {
        overflow_error(
            t, "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher");
        return false;
    }
    if (n > UINT32_MAX) {
        header[0] = (char)P_BINBYTES8;
        put_le(header + 1, n, 8);
        len = 9;
    } else if (n > 255) {
        header[0] = P_BINBYTES;
        put_le(header + 1, n, 4);
        len = 5;
    }
    return pickle_large(t, p, header, len, data, n, value_is_bytes(v) ? v : 0) &&
           pickle_memo_put(t, p, v);
}

static bool save_bytes(Thread *t, Pickler *p, Value v)
{
    Bytes *b = value_bytes(v);
    if (p->proto >= 3) {
        return save_bytes_data(t, p, v, b->data, b->len);
    }
    Value reduced;
    if (b->len == 0) {
        reduced = tuple_pack(t, 2, object_value(&bytes_type), tuple_empty());
    } else { /* as text: old protocols have no bytes */
        Value text = str_from_latin1(t, (const uint8_t *)b->data, b->len),
              f = text ? import_attr(t, "_codecs", "encode") : 0,
              name = f ? INTERN(t, "latin1") : 0; /* one object: it is written once */
        Value a = name ? tuple_pack(t, 2, text, name) : 0;
        reduced = a ? tuple_pack(t, 2, f, a) : 0;
    }
    return reduced && pickle_save_reduce(t, p, reduced, v);
}

static bool save_bytearray_data(Thread *t, Pickler *p, Value v, const char *data, size_t n)
{
    char header[9] = {(char)P_BYTEARRAY8};
    put_le(header + 1, n, 8);
    return pickle_large(t, p, header, 9, data, n, 0) && pickle_memo_put(t, p, v);
}

static bool save_bytearray(Thread *t, Pickler *p, Value v)
{
    Span s = bytes_span(v);
    if (p->proto >= 5) {
        return save_bytearray_data(t, p, v, (const char *)s.p, s.n);
    }
    Value copy = s.n ? bytes_new(t, s.p, s.n) : 0;
    Value inner = s.n ? (copy ? tuple_pack(t, 1, copy) : 0) : tuple_empty();
    Value reduced = inner ? tuple_pack(t, 2, object_value(&bytearray_type), inner) : 0;
    return reduced && pickle_save_reduce(t, p, reduced, v);
}

static bool save_buffer(Thread *t, Pickler *p, Value v)
{
    Buffer *view;
    if (p->proto < 5) {
        raise_pickling(t, "PickleBuffer can only pickled with protocol >= 5");
        return false;
    }
    if (!pickle_buffer_view(t, v, &view)) {
        return false;
    }
    Value raw = call_method0(t, v, INTERN(t, "raw"));
    if (!raw) {
        error_clear(t);
        raise_pickling(t,
                       "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
        return false;
    }
    int in_band = 1;
    if (p->buffer_callback) {
        Value answer = call1(t, p->buffer_callback, v);
        in_band = answer ? object_truth(t, answer) : -1;
    }
    if (in_band < 0) {
        return false;
    }
    if (in_band) {
        return view->readonly ? save_bytes_data(t, p, v, view->buf, (size_t)view->len)
                              : save_bytearray_data(t, p, v, view->buf, (size_t)view->len);
    }
    return pickle_op(t, p, P_NEXT_BUFFER) &&
           (!view->readonly || pickle_op(t, p, P_READONLY_BUFFER));
}

/* Protocol 0: one line of ASCII. */
static bool save_text_str(Thread *t, Pickler *p, Value v)
{
    static const char *const specials[] = {"\\", "\\u005c", "\n",   "\\u000a",
                                           "\r", "\\u000d", "\x1a", "\\u001a"};
    for (size_t i = 0; v && i < ARRAY_SIZE(specials); i += 2) {
        v = call_method2(t, v, INTERN(t, "replace"), str_from_cstr(t, specials[i]),
                         str_from_cstr(t, specials[i + 1]));
    }
    v = v ? call_method2(t, v, INTERN(t, "replace"), str_from_char(t, 0),
                         str_from_cstr(t, "\\u0000"))
          : 0;
    Value bytes = v ? raw_unicode_escape_encode(t, v) : 0;
    return bytes && pickle_op(t, p, P_UNICODE) &&
           pickle_put(t, p, value_bytes(bytes)->data, value_bytes(bytes)->len) &&
           pickle_op(t, p, '\n');
}

static bool save_str(Thread *t, Pickler *p, Value v)
{
    if (!p->bin) {
        return save_text_str(t, p, v) && pickle_memo_put(t, p, v);
    }
    const Str *s = value_str(v);
    const char *data = s->data;
    size_t n = s->len;
    Value bytes = 0;
    if (!s->ascii) {
        bytes = str_encode(t, v, "utf-8", "surrogatepass");
        if (!bytes) {
            return false;
        }
        data = value_bytes(bytes)->data;
        n = value_bytes(bytes)->len;
    }
    char header[9] = {(char)P_BINUNICODE};
    size_t len = 5;
    if (n > UINT32_MAX && p->proto < 4) {
        overflow_error(
            t, "serializing a string larger than 4 GiB requires pickle protocol 4 or higher");
        return false;
    }
    if (n <= 255 && p->proto >= 4) {
        header[0] = (char)P_SHORT_BINUNICODE;
        header[1] = (char)n;
        len = 2;
    } else if (n <= UINT32_MAX) {
        put_le(header + 1, n, 4);
    } else {
        header[0] = (char)P_BINUNICODE8;
        put_le(header + 1, n, 8);
        len = 9;
    }
    return pickle_large(t, p, header, len, data, n, bytes) && pickle_memo_put(t, p, v);
}

/* ---- dispatch ---- */

static int save_persistent(Thread *t, Pickler *p, Value v)
{
    Value id = call1(t, value_load(&p->persistent_id), v);
    if (!id || is_none(id)) {
        return id ? 0 : -1;
    }
    if (p->bin) {
        return pickle_save(t, p, id, false) && pickle_op(t, p, P_BINPERSID) ? 1 : -1;
    }
    Value text = object_str(t, id);
    if (!text) {
        return -1;
    }
    if (!value_str(text)->ascii) {
        raise_pickling(t, "persistent IDs in protocol 0 must be ASCII strings");
        return -1;
    }
    return save_text_number(t, p, P_PERSID, text, "\n") ? 1 : -1;
}

/* 1 done, 0 another type, -1 raised. */
static int save_atom(Thread *t, Pickler *p, Value v)
{
    bool ok;
    if (is_none(v)) {
        ok = pickle_op(t, p, P_NONE);
    } else if (v == TRUE_VALUE || v == FALSE_VALUE) {
        ok = save_bool(t, p, v == TRUE_VALUE);
    } else if (value_is_fixnum(v) && p->bin && (uint64_t)fixnum_get(v) <= 0xffff) {
        uint64_t i = (uint64_t)fixnum_get(v);
        ok = i <= 0xff ? put_sized(t, p, P_BININT1, i, 1) : put_sized(t, p, P_BININT2, i, 2);
    } else if (value_is_int_exact(v)) {
        ok = save_int(t, p, v);
    } else if (type_of(v) == &float_type) {
        ok = save_float(t, p, v);
    } else {
        return 0;
    }
    return ok ? 1 : -1;
}

static bool save_by_type(Thread *t, Pickler *p, Value v)
{
    Type *type = type_of(v);
    bool (*save)(Thread *, Pickler *, Value) =
        type == &dict_type        ? pickle_save_dict
        : type == &list_type      ? pickle_save_list
        : type == &tuple_type     ? pickle_save_tuple
        : type == &set_type       ? pickle_save_set
        : type == &frozenset_type ? pickle_save_frozenset
        : type == &bytearray_type ? save_bytearray
        : type == &pickle_buffer_type ? save_buffer
                                      : pickle_save_other;
    if (!c_recursion_enter(t, " while pickling an object")) {
        return false;
    }
    bool ok = save(t, p, v);
    c_recursion_leave(t);
    return ok;
}

bool pickle_save(Thread *t, Pickler *p, Value v, bool persistent_ok)
{
    if (!opcode_boundary(t, p)) {
        return false;
    }
    if (persistent_ok && value_load(&p->persistent_id)) {
        int r = save_persistent(t, p, v);
        if (r) {
            return r > 0;
        }
    }
    int atom = save_atom(t, p, v);
    if (atom) {
        return atom > 0;
    }
    uint64_t number;
    if (pickle_memo_find(p, v, &number)) {
        return pickle_memo_get(t, p, number);
    }
    if (type_of(v) == &str_type) {
        return save_str(t, p, v);
    }
    return type_of(v) == &bytes_type ? save_bytes(t, p, v) : save_by_type(t, p, v);
}

/* ---- one pickle ---- */

bool pickle_dump(Thread *t, Value self, Value v)
{
    Pickler *p = (Pickler *)value_object(self);
    Value override = 0;
    if (type_of(self) != &pickler_type &&
        object_lookup_attr(t, self, INTERN(t, "reducer_override"), &override) < 0) {
        return false;
    }
    gc_store(p, &p->reducer_override, override);
    p->len = 0;
    p->frame_start = -1;
    p->framing = false;
    bool ok = p->proto < 2 || put_sized(t, p, P_PROTO, (uint64_t)p->proto, 1);
    p->framing = p->proto >= 4;
    ok = ok && pickle_save(t, p, v, true) && pickle_op(t, p, P_STOP);
    if (ok) {
        frame_commit(p);
    }
    p->framing = false;
    gc_store(p, &p->reducer_override, 0);
    return ok && (!p->write || flush_out(t, p));
}
