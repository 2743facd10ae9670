/* Special methods that are Python functions, called by instructions: their frames run in the same
 * loop, and what the operator does with their result comes when they return. */
#include "core/object/operator.h"
#include "core/vm/interp_inline.h"

Value vm_push_special(Thread *t, Value f, const Value *args, size_t n, uint64_t flags, Value ns)
{
    Value *base = vm_push_simple(t, f, args, n, flags);
    if (UNLIKELY(!base)) {
        base = vm_push_function(t, f, args, n, 0, NULL, flags);
    }
    if (base && flags & (FRAME_OPERATOR | FRAME_ENTERS)) {
        if (UNLIKELY(frame_of(base)->flags & FRAME_NS)) { /* a module's code, which needs ns */
            return runtime_error(t, "code of special method %R has been replaced", f);
        }
        frame_of(base)->ns = ns;
    }
    t->pushed = base;
    return 0;
}

/* ---- operators ---- */

Value vm_binary_method(Thread *t, BinaryOp op, Value a, Value b, bool assign, uint64_t *after)
{
    const Operator *o = &operators[op];
    Type *ta = type_of(a), *tb = type_of(b);
    if (!o->generic || !(ta->flags & TYPE_HEAP)) {
        return 0;
    }
    *after = (assign ? AFTER_INPLACE : AFTER_BINARY) | (uint64_t)op << AFTER_OP_SHIFT;
    BinaryFn inplace = assign ? operator_slot(ta, o->inplace) : NULL;
    if (inplace) {
        return inplace == o->generic_inplace ? special_function(t, a, operator_name(o->iname)) : 0;
    }
    if (operator_slot(ta, o->slot) != o->generic ||
        (ta != tb && tb->flags & TYPE_HEAP && type_is_subtype(tb, ta))) {
        return 0;
    }
    *after = AFTER_BINARY | (uint64_t)op << AFTER_OP_SHIFT | (assign ? AFTER_ASSIGN : 0);
    return special_function(t, a, operator_name(o->name));
}

/* The left operand's method has said NotImplemented. */
static Value binary_rest(Thread *t, BinaryOp op, Value a, Value b, bool assign)
{
    const Operator *o = &operators[op];
    Value v = NOT_IMPLEMENTED;
    if (type_of(a) != type_of(b)) {
        BinaryFn right = operator_slot(type_of(b), o->slot);
        bool found = true;
        if (right == o->generic) {
            v = special_call(t, b, operator_name(o->rname), &a, 1, &found);
            v = found ? v : NOT_IMPLEMENTED;
        } else if (right) {
            v = right(t, a, b);
        }
    }
    return assign ? number_inplace_rest(t, op, a, b, v) : number_binary_rest(t, op, a, b, v);
}

Value vm_compare_method(Thread *t, CompareOp op, Value a, Value b)
{
    Type *ta = type_of(a), *tb = type_of(b);
    if (ta->compare != generic_compare ||
        (ta != tb && tb->flags & TYPE_HEAP && type_is_subtype(tb, ta))) {
        return 0;
    }
    return special_function(t, a, compare_name(op));
}

/* ---- truth, containers, iteration ---- */

int vm_truth(Thread *t, Value v)
{
    Value f = type_of(v)->truth == generic_truth ? special_function(t, v, N(__bool__)) : 0;
    if (!f) {
        return object_truth(t, v);
    }
    vm_push_special(t, f, &v, 1, FRAME_OPERATOR, fixnum(AFTER_BOOL));
    return -1;
}

int vm_contains(Thread *t, Value container, Value v)
{
    Value f = type_of(container)->contains == generic_contains
                  ? special_function(t, container, N(__contains__))
                  : 0;
    if (!f) {
        return object_contains(t, container, v);
    }
    Value args[] = {container, v};
    vm_push_special(t, f, args, 2, FRAME_OPERATOR, fixnum(AFTER_CONTAINS));
    return -1;
}

Value vm_iter(Thread *t, Value v)
{
    Value f = type_of(v)->iter == generic_iter ? special_function(t, v, N(__iter__)) : 0;
    return f ? vm_push_special(t, f, &v, 1, FRAME_OPERATOR, fixnum(AFTER_ITER))
             : object_iter(t, v);
}

Value vm_next(Thread *t, Value it)
{
    UnaryFn next = type_of(it)->next;
    if (UNLIKELY(!next)) { /* the class lost it meanwhile, or a function of a generator expression
                              was called by hand */
        return type_error(t, "'%T' object is not an iterator", it);
    }
    Value f = next == generic_next ? special_function(t, it, N(__next__)) : 0;
    return f ? vm_push_special(t, f, &it, 1, FRAME_NEXT, 0) : next(t, it);
}

/* ---- results ---- */

Value vm_operator_done(Thread *t, Value *base, uint64_t after, Value v)
{
    unsigned op = after >> AFTER_OP_SHIFT & 31, right = (uint16_t)(after >> AFTER_RIGHT_SHIFT);
    Value a = base[(uint16_t)(after >> AFTER_LEFT_SHIFT)];
    Value b = after & AFTER_IMMEDIATE ? fixnum((int8_t)right) : base[right];
    switch (after & AFTER_KIND) {
    case AFTER_BINARY:
        return v != NOT_IMPLEMENTED ? v : binary_rest(t, (BinaryOp)op, a, b, after & AFTER_ASSIGN);
    case AFTER_INPLACE:
        return v != NOT_IMPLEMENTED ? v : number_inplace_after(t, (BinaryOp)op, a, b);
    case AFTER_COMPARE:
        return v != NOT_IMPLEMENTED ? v : object_compare_rest(t, a, b, (CompareOp)op);
    case AFTER_BOOL:
        return v == TRUE_VALUE || v == FALSE_VALUE
                   ? v
                   : type_error(t, "__bool__ should return bool, returned %T", v);
    case AFTER_ITER:
        return type_of(v)->next ? v
                                : type_error(t, "iter() returned non-iterator of type '%T'", v);
    default:
        return v; /* AFTER_CONTAINS: its truth counts */
    }
}
