/* The JSON writer. */
#include <math.h>

#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/tuple.h"
#include "modules/_json/json.h"

typedef struct Encoder { /* init-only */
    Object head;
    Value markers; /* dict of the containers being written, by id; or None */
    Value dflt, encoder, indent, key_separator, item_separator;
    bool sort_keys, skipkeys, allow_nan;
    NativeFn fast; /* encoder is one of our own functions: called directly; or NULL */
} Encoder;

static bool encode(Thread *t, const Encoder *e, StrBuilder *b, Value v);

static bool encode_str(Thread *t, const Encoder *e, StrBuilder *b, Value v)
{
    if (e->fast != NULL) {
        return json_quote(b, v, e->fast == json_encode_basestring_ascii);
    }
    Value r = call1(t, e->encoder, v);
    if (r != 0 && !value_is_str(r)) {
        type_error(t, "encoder() must return a string, not %T", r);
        return false;
    }
    return r != 0 && sb_str(b, r);
}

static Value float_text(Thread *t, const Encoder *e, Value v)
{
    double d = float_get(v);
    if (isfinite(d)) {
        return float_type.repr(t, v);
    }
    if (!e->allow_nan) {
        return value_error(t, "Out of range float values are not JSON compliant");
    }
    return str_from_cstr(t, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
}

/* Marks a container as being written; *ident is what unmark takes, or 0. */
static bool mark(Thread *t, const Encoder *e, Value v, Value *ident)
{
    *ident = 0;
    if (is_none(e->markers)) {
        return true;
    }
    *ident = int_from_uint64(t, v);
    int c = *ident == 0 ? -1 : dict_contains(t, e->markers, *ident);
    if (c > 0) {
        value_error(t, "Circular reference detected");
    }
    return c == 0 && dict_set(t, e->markers, *ident, v);
}

static bool unmark(Thread *t, const Encoder *e, Value ident)
{
    if (ident == 0) {
        return true;
    }
    int c = dict_del(t, e->markers, ident);
    if (c == 0) {
        key_error(t, ident);
    }
    return c > 0;
}

static bool encode_list(Thread *t, const Encoder *e, StrBuilder *b, Value list)
{
    bool is_list = value_is_list(list); /* read as it is: default() may change it */
    Value items = is_list ? list : sequence_fast(t, list, "_iterencode_list needs a sequence"),
          ident, item;
    if (items == 0) {
        return false;
    }
    if ((is_list ? list_len(items) : tuple_len(items)) == 0) {
        return sb_ascii(b, "[]", 2);
    }
    if (!mark(t, e, list, &ident)) {
        return false;
    }
    sb_char(b, '[');
    for (size_t i = 0; (item = is_list                ? list_get(items, i)
                               : i < tuple_len(items) ? tuple_get(items, i)
                                                      : 0);
         i++) {
        if (i > 0) {
            sb_str(b, e->item_separator);
        }
        if (!encode(t, e, b, item)) {
            return false;
        }
    }
    return unmark(t, e, ident) && sb_char(b, ']');
}

/* The text of a key; *skip: it is left out.  false: raised. */
static bool key_text(Thread *t, const Encoder *e, Value key, Value *text, bool *skip)
{
    *skip = false;
    if (value_is_str(key)) {
        *text = key;
    } else if (value_is_float(key)) {
        *text = float_text(t, e, key);
    } else if (key == TRUE_VALUE || key == FALSE_VALUE || is_none(key)) {
        *text = str_from_cstr(t, key == TRUE_VALUE    ? "true"
                                 : key == FALSE_VALUE ? "false"
                                                      : "null");
    } else if (value_is_int(key)) {
        *text = int_to_str(t, key, 10);
    } else if (e->skipkeys) {
        *skip = true;
        return true;
    } else {
        type_error(t, "keys must be str, int, float, bool or None, not %T", key);
        return false;
    }
    return *text != 0;
}

static bool encode_member(Thread *t, const Encoder *e, StrBuilder *b, Value key, Value v,
                          bool *first)
{
    Value text;
    bool skip;
    if (!key_text(t, e, key, &text, &skip)) {
        return false;
    }
    if (skip) {
        return true;
    }
    if (!*first) {
        sb_str(b, e->item_separator);
    }
    *first = false;
    return encode_str(t, e, b, text) && sb_str(b, e->key_separator) && encode(t, e, b, v);
}

static bool encode_dict(Thread *t, const Encoder *e, StrBuilder *b, Value dict)
{
    Value ident, items;
    if (object_len(t, dict) == 0) {
        return sb_ascii(b, "{}", 2);
    }
    if (error_pending(t) || !mark(t, e, dict, &ident)) {
        return false;
    }
    if (value_is_dict_exact(dict)) {
        items = dict_items_list(t, dict);
    } else {
        items = call_method0(t, dict, N(items));
        items = items == 0 ? 0 : sequence_list(t, items);
    }
    if (items == 0 || (e->sort_keys && !list_sort(t, items, 0, false))) {
        return false;
    }
    bool first = true;
    sb_char(b, '{');
    for (size_t i = 0; i < list_len(items); i++) {
        Value item = list_get(items, i);
        if (!value_is_tuple(item) || tuple_len(item) != 2) {
            value_error(t, "items must return 2-tuples");
            return false;
        }
        if (!encode_member(t, e, b, tuple_get(item, 0), tuple_get(item, 1), &first)) {
            return false;
        }
    }
    return unmark(t, e, ident) && sb_char(b, '}');
}

static bool encode_other(Thread *t, const Encoder *e, StrBuilder *b, Value v)
{
    Value ident;
    if (!mark(t, e, v, &ident)) {
        return false;
    }
    Value replaced = call1(t, e->dflt, v);
    if (replaced == 0 || !c_recursion_enter(t, " while encoding a JSON object")) {
        return false;
    }
    bool ok = encode(t, e, b, replaced);
    c_recursion_leave(t);
    return ok && unmark(t, e, ident);
}

static bool encode(Thread *t, const Encoder *e, StrBuilder *b, Value v)
{
    if (value_is_str(v)) {
        return encode_str(t, e, b, v);
    }
    if (is_none(v)) {
        return sb_ascii(b, "null", 4);
    }
    if (v == TRUE_VALUE) {
        return sb_ascii(b, "true", 4);
    }
    if (v == FALSE_VALUE) {
        return sb_ascii(b, "false", 5);
    }
    if (value_is_int(v)) {
        Value text = int_to_str(t, v, 10);
        return text != 0 && sb_str(b, text);
    }
    if (value_is_float(v)) {
        Value text = float_text(t, e, v);
        return text != 0 && sb_str(b, text);
    }
    bool is_list = value_is_list(v) || value_is_tuple(v);
    if (!is_list && !value_is_dict(v)) {
        return encode_other(t, e, b, v);
    }
    if (!c_recursion_enter(t, " while encoding a JSON object")) {
        return false;
    }
    bool ok = is_list ? encode_list(t, e, b, v) : encode_dict(t, e, b, v);
    c_recursion_leave(t);
    return ok;
}

/* ---- the type ---- */

static void encoder_trace(Object *self, Tracer *tr)
{
    Encoder *e = (Encoder *)self;
    trace_value(tr, e->markers);
    trace_value(tr, e->dflt);
    trace_value(tr, e->encoder);
    trace_value(tr, e->indent);
    trace_value(tr, e->key_separator);
    trace_value(tr, e->item_separator);
}

static NativeFn own_function(Value v)
{
    if (!value_is_object(v) || type_of(v) != &native_function_type) {
        return NULL;
    }
    NativeFn fn = ((NativeFunction *)value_object(v))->def->fn;
    return fn == json_encode_basestring || fn == json_encode_basestring_ascii ? fn : NULL;
}

static Value encoder_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("make_encoder(markers, default, encoder, indent, key_separator, item_separator, "
                  "sort_keys, skipkeys, allow_nan)");
    Value a[9];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    for (int i = 4; i < 6; i++) {
        if (!value_is_str(a[i])) {
            return type_error(t, "make_encoder() argument %d must be str, not %T", i + 1, a[i]);
        }
    }
    int flags[3];
    for (int i = 0; i < 3; i++) {
        flags[i] = object_truth(t, a[6 + i]);
        if (flags[i] < 0) {
            return 0;
        }
    }
    if (!is_none(a[0]) && !value_is_dict(a[0])) {
        return type_error(t, "make_encoder() argument 1 must be dict or None, not %T", a[0]);
    }
    Encoder *e = object_alloc_instance(t, type, 0);
    if (e == NULL) {
        return 0;
    }
    gc_init(&e->markers, a[0]);
    gc_init(&e->dflt, a[1]);
    gc_init(&e->encoder, a[2]);
    gc_init(&e->indent, a[3]);
    gc_init(&e->key_separator, a[4]);
    gc_init(&e->item_separator, a[5]);
    e->sort_keys = flags[0];
    e->skipkeys = flags[1];
    e->allow_nan = flags[2];
    e->fast = own_function(a[2]);
    return object_value(e);
}

static Value encoder_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("_iterencode(obj, _current_indent_level)");
    Value a[2];
    ssize_t level;
    if (!args_bind(t, &sig, args, n, kwnames, a) ||
        !value_to_ssize(t, a[1], &level, &exc_OverflowError)) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    if (!encode(t, (Encoder *)value_object(self), &b, a[0])) {
        return 0;
    }
    Value text = sb_finish(&b);
    return text == 0 ? 0 : list_from(t, &text, 1);
}

static const MemberDef encoder_members[] = {
    {"markers", MEMBER_VALUE, offsetof(Encoder, markers), true, "markers"},
    {"default", MEMBER_VALUE, offsetof(Encoder, dflt), true, "default"},
    {"encoder", MEMBER_VALUE, offsetof(Encoder, encoder), true, "encoder"},
    {"indent", MEMBER_VALUE, offsetof(Encoder, indent), true, "indent"},
    {"key_separator", MEMBER_VALUE, offsetof(Encoder, key_separator), true, "key_separator"},
    {"item_separator", MEMBER_VALUE, offsetof(Encoder, item_separator), true, "item_separator"},
    {"sort_keys", MEMBER_BOOL, offsetof(Encoder, sort_keys), true, "sort_keys"},
    {"skipkeys", MEMBER_BOOL, offsetof(Encoder, skipkeys), true, "skipkeys"},
    {NULL, 0, 0, false, NULL},
};

Type json_encoder_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_json.Encoder",
    .doc = "JSON encoder object",
    .size = sizeof(Encoder),
    .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = encoder_trace,
    .new = encoder_new,
    .call = encoder_call,
    .members = encoder_members,
};
