/* Text, truth, hash and comparison of any object. */
#include <math.h>

#include "core/object/bytes_internal.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/format_spec.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

/* ---- repr and friends ---- */

bool repr_enter(Thread *t, Value o)
{
    if (!t->repr_stack && !(t->repr_stack = list_new(t, 8))) {
        error_clear(t);
        return true;
    }
    for (size_t i = list_len(t->repr_stack); i-- > 0;) {
        if (list_get(t->repr_stack, i) == o) {
            return false;
        }
    }
    if (!list_append(t, t->repr_stack, o)) {
        error_clear(t);
    }
    return true;
}

void repr_leave(Thread *t, Value o)
{
    List *l = t->repr_stack ? value_list(t->repr_stack) : NULL;
    for (size_t i = l ? l->array->len : 0; i-- > 0;) {
        if (l->array->items[i] == o) {
            for (size_t j = i; j + 1 < l->array->len; j++) {
                gc_store(l->array, &l->array->items[j], l->array->items[j + 1]);
            }
            gc_store(l->array, &l->array->items[l->array->len - 1], 0);
            l->array->len--;
            return;
        }
    }
}

Value object_type_repr(Thread *t, Value o)
{
    return str_format(t, "<%T object at %p>", o, (void *)(uintptr_t)o);
}

static Value checked_text(Thread *t, Value v, const char *method)
{
    return !v || value_is_str(v) ? v : type_error(t, "%s returned non-string (type %T)", method, v);
}

Value object_repr(Thread *t, Value o)
{
    if (!o) {
        return str_from_cstr(t, "<NULL>");
    }
    UnaryFn fn = type_of(o)->repr;
    if (!fn) {
        return object_type_repr(t, o);
    }
    if (!c_recursion_enter(t, " while getting the repr of an object")) {
        return 0;
    }
    Value v = LIKELY(thread_poll(t)) ? fn(t, o) : 0;
    c_recursion_leave(t);
    return checked_text(t, v, "__repr__");
}

Value object_str(Thread *t, Value o)
{
    if (!o) {
        return str_from_cstr(t, "<NULL>");
    }
    if (value_is_str_exact(o)) {
        return o;
    }
    UnaryFn fn = type_of(o)->str;
    if (!fn) {
        return object_repr(t, o);
    }
    if (!c_recursion_enter(t, " while getting the str of an object")) {
        return 0;
    }
    Value v = fn(t, o);
    c_recursion_leave(t);
    return checked_text(t, v, "__str__");
}

Value object_ascii(Thread *t, Value o)
{
    Value v = object_repr(t, o);
    if (!v || value_str(v)->ascii) {
        return v;
    }
    StrBuilder b;
    sb_init(&b, t);
    const Str *s = value_str(v);
    for (size_t i = 0; i < s->len; i++) {
        static const char digits[] = "0123456789abcdef";
        uint32_t c = str_get(s, i);
        if (c < 128) {
            sb_char(&b, c);
            continue;
        }
        sb_char(&b, '\\');
        sb_char(&b, c < 256 ? 'x' : c < 0x10000 ? 'u' : 'U');
        for (int shift = c < 256 ? 4 : c < 0x10000 ? 12 : 28; shift >= 0; shift -= 4) {
            sb_char(&b, (uint8_t)digits[c >> shift & 15]);
        }
    }
    return sb_finish(&b);
}

Value object_format(Thread *t, Value o, Value spec)
{
    if (spec && !value_is_str(spec)) {
        return system_error(t, "Format specifier must be a string, not %T", spec);
    }
    if (!spec || str_len(spec) == 0) {
        if (value_is_str_exact(o) || value_is_fixnum(o)) {
            return object_str(t, o);
        }
        spec = N(empty);
    }
    Type *type = type_of(o); /* their __format__ cannot be replaced */
    if (type == &int_type || type == &float_type || type == &str_type) {
        return type == &int_type     ? int_format(t, o, spec)
               : type == &float_type ? float_format(t, o, spec)
                                     : str_format_by(t, o, spec);
    }
    bool found;
    Value v = special_call(t, o, N(__format__), &spec, 1, &found);
    if (!found) {
        return type_error(t, "Type %T doesn't define __format__", o);
    }
    return !v || value_is_str(v) ? v : type_error(t, "__format__ must return a str, not %T", v);
}

/* ---- hash, truth ---- */

int64_t hash_unhashable(Thread *t, Value v)
{
    type_error(t, "unhashable type: '%T'", v);
    return -1;
}

int64_t object_hash(Thread *t, Value o)
{
    HashFn fn = type_of(o)->hash;
    if (UNLIKELY((char *)__builtin_frame_address(0) < t->c_limit)) { /* tuples in tuples in ... */
        recursion_error(t, " while hashing an object");
        return -1;
    }
    return LIKELY(fn != NULL) ? fn(t, o) : hash_unhashable(t, o);
}

int object_truth(Thread *t, Value o)
{
    if (o == TRUE_VALUE) {
        return 1;
    }
    if (o == FALSE_VALUE || o == NONE) {
        return 0;
    }
    if (value_is_fixnum(o)) {
        return o != fixnum(0);
    }
    Type *type = type_of(o);
    if (type->truth) {
        return type->truth(t, o);
    }
    if (type->len) {
        ssize_t n = type->len(t, o);
        return n < 0 ? -1 : n > 0;
    }
    return 1;
}

/* ---- comparison ---- */

static const CompareOp swapped[] = {CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE};

/* The reflected method has been asked, too. */
static Value compare_identity(Thread *t, Value a, Value b, CompareOp op)
{
    static const char *const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
    if (op == CMP_EQ || op == CMP_NE) {
        return bool_value((a == b) == (op == CMP_EQ));
    }
    return type_error(t, "'%s' not supported between instances of '%T' and '%T'", symbols[op], a,
                      b);
}

Value object_compare_rest(Thread *t, Value a, Value b, CompareOp op)
{
    Type *tb = type_of(b);
    Value v = tb->compare ? tb->compare(t, b, a, swapped[op]) : NOT_IMPLEMENTED;
    return v != NOT_IMPLEMENTED ? v : compare_identity(t, a, b, op);
}

static Value compare_protocol(Thread *t, Value a, Value b, CompareOp op)
{
    Type *ta = type_of(a), *tb = type_of(b);
    bool reflected = false;
    if (ta != tb && tb->compare && type_is_subtype(tb, ta)) {
        reflected = true;
        Value v = tb->compare(t, b, a, swapped[op]);
        if (v != NOT_IMPLEMENTED) {
            return v;
        }
    }
    if (ta->compare) {
        Value v = ta->compare(t, a, b, op);
        if (v != NOT_IMPLEMENTED) {
            return v;
        }
    }
    return reflected ? compare_identity(t, a, b, op) : object_compare_rest(t, a, b, op);
}

static inline bool compare_fixnums(Value a, Value b, CompareOp op)
{
    switch (op) {
    case CMP_LT: return (int64_t)a < (int64_t)b;
    case CMP_LE: return (int64_t)a <= (int64_t)b;
    case CMP_EQ: return a == b;
    case CMP_NE: return a != b;
    case CMP_GT: return (int64_t)a > (int64_t)b;
    default: return (int64_t)a >= (int64_t)b;
    }
}

static inline bool order_matches(int order, CompareOp op)
{
    switch (op) {
    case CMP_LT: return order < 0;
    case CMP_LE: return order <= 0;
    case CMP_EQ: return order == 0;
    case CMP_NE: return order != 0;
    case CMP_GT: return order > 0;
    default: return order >= 0;
    }
}

static inline bool is_word_number(Value v)
{
    return value_is_fixnum(v) || value_is_flonum(v);
}

/* Is v of a type whose instances are equal to no number that is no object, and to none of another
 * such type? */
static bool is_apart(Value v)
{
    const Type *type = type_of(v);
    return type == &str_type || type == &none_type || type == &tuple_type || type == &list_type ||
           type == &dict_type;
}

/* A number that is no object, and another one, or two that differ in kind: as compare_plain. */
static int compare_unlike(Value a, Value b, CompareOp op)
{
    bool number = is_word_number(a), other = is_word_number(b);
    if (number && other) {
        double x, y;
        return number_as_double(a, &x) && number_as_double(b, &y)
                   ? order_matches((x > y) - (x < y), op) : -1;
    }
    bool differ = (op == CMP_EQ || op == CMP_NE) && (number || is_apart(a)) &&
                  (other || is_apart(b));
    return differ ? op == CMP_NE : -1;
}

/* Two small ints, two floats, two strs or two bytes, none of a subclass, or two that differ in
 * kind: 1 or 0; -1: something else. */
static inline int compare_plain(Value a, Value b, CompareOp op)
{
    if (value_is_fixnum(a) && value_is_fixnum(b)) {
        return compare_fixnums(a, b, op);
    }
    if (value_is_object(a) && value_is_object(b)) {
        Type *type = value_object(a)->type;
        if (type != value_object(b)->type) {
            return compare_unlike(a, b, op);
        }
        if (type == &str_type) {
            return op == CMP_EQ || op == CMP_NE ? str_eq(a, b) == (op == CMP_EQ)
                                                : order_matches(str_cmp(a, b), op);
        }
        if (type != &float_type) {
            return type != &bytes_type
                       ? -1
                       : bytes_compare_spans(bytes_span(a), bytes_span(b), op) == TRUE_VALUE;
        }
    } else if (!value_is_float_exact(a) || !value_is_float_exact(b)) {
        return compare_unlike(a, b, op);
    }
    double x = float_get(a), y = float_get(b);
    return isunordered(x, y) ? op == CMP_NE : order_matches((x > y) - (x < y), op);
}

static inline int compare_known(Value a, Value b, CompareOp op, int levels);

/* How deep compare_items looks: what it cannot tell is looked at again, level by level. */
enum { COMPARE_LEVELS = 3 };

/* Two tuples, or two lists that no other thread changes, whose order is known by items that
 * compare_plain knows, or by such sequences of them: 1 or 0; -1: they are something else, or it
 * takes more. */
static int compare_items(Value a, Value b, CompareOp op, int levels)
{
    Type *type = type_of(a);
    const Value *x, *y;
    size_t m, n;
    if (type != type_of(b)) {
        return -1;
    }
    if (type == &tuple_type) {
        x = value_tuple(a)->items;
        y = value_tuple(b)->items;
        m = tuple_len(a);
        n = tuple_len(b);
    } else if (type == &list_type && !world_is_shared()) {
        x = value_list(a)->array->items;
        y = value_list(b)->array->items;
        m = list_len(a);
        n = list_len(b);
        if (m != n && (op == CMP_EQ || op == CMP_NE)) {
            return op == CMP_NE; /* no item is asked */
        }
    } else {
        return -1;
    }
    for (size_t i = 0; i < m && i < n; i++) {
        if (x[i] != y[i]) {
            int equal = compare_known(x[i], y[i], CMP_EQ, levels - 1);
            if (equal != 1) {
                return equal < 0 || op == CMP_EQ ? equal
                       : op == CMP_NE            ? 1
                                                 : compare_known(x[i], y[i], op, levels - 1);
            }
        }
    }
    return order_matches((m > n) - (m < n), op);
}

static inline int compare_known(Value a, Value b, CompareOp op, int levels)
{
    int known = compare_plain(a, b, op);
    return known < 0 && levels > 0 ? compare_items(a, b, op, levels) : known;
}

/* What compare_plain leaves. */
static Value compare_objects(Thread *t, Value a, Value b, CompareOp op)
{
    if (type_of(a)->compare == generic_compare) { /* the calls count */
        return compare_protocol(t, a, b, op);
    }
    if (UNLIKELY(!c_recursion_enter(t, " in comparison"))) {
        return 0;
    }
    Value v = compare_protocol(t, a, b, op);
    c_recursion_leave(t);
    return v;
}

/* Two of a type whose comparison cannot nest, which needs neither a look at their items nor at the
 * depth of the stack; NOT_IMPLEMENTED: something else. */
static inline Value compare_flat(Thread *t, Value a, Value b, CompareOp op)
{
    Type *type = type_of(a);
    return type == type_of(b) && type_has(type, TYPE_FLAT_COMPARE) ? type->compare(t, a, b, op)
                                                                   : NOT_IMPLEMENTED;
}

Value object_compare(Thread *t, Value a, Value b, CompareOp op)
{
    int known = compare_known(a, b, op, COMPARE_LEVELS);
    if (known >= 0) {
        return bool_value(known);
    }
    Value v = compare_flat(t, a, b, op);
    return v != NOT_IMPLEMENTED ? v : compare_objects(t, a, b, op);
}

int object_compare_bool(Thread *t, Value a, Value b, CompareOp op)
{
    if (a == b && (op == CMP_EQ || op == CMP_NE)) {
        return op == CMP_EQ;
    }
    int known = compare_known(a, b, op, COMPARE_LEVELS);
    if (known >= 0) {
        return known;
    }
    Value v = compare_flat(t, a, b, op);
    if (v == NOT_IMPLEMENTED) {
        v = compare_objects(t, a, b, op);
    }
    return !v ? -1 : v == TRUE_VALUE ? 1 : v == FALSE_VALUE ? 0 : object_truth(t, v);
}
