/* Comparison, hash and arithmetic of datetime. */
#include "modules/_datetime/datetime.h"

static int64_t ordinal_of(const DateTime *v)
{
    return ymd_to_ordinal(v->date.year, v->date.month, v->date.day);
}

/* Local fields as microseconds; what differs between two datetimes of one offset. */
static __int128 local_us(const DateTime *v)
{
    return (__int128)ordinal_of(v) * DAY_US + clock_us(&v->clock);
}

static __int128 offset_us(Value offset)
{
    return is_none(offset) ? 0 : delta_us(as_delta(offset));
}

/* ---- comparison ---- */

static bool same_offset(Value a, Value b)
{
    return is_none(a) || is_none(b) ? a == b : delta_us(as_delta(a)) == delta_us(as_delta(b));
}

/* PEP 495: 1 when the offset depends on fold, so that dt equals nothing in another zone; -1:
 * raised. */
static int depends_on_fold(Thread *t, Value dt, Value offset)
{
    const DateTime *v = as_datetime(dt);
    Clock c = v->clock;
    c.fold = !c.fold;
    int ymd[3] = {v->date.year, v->date.month, v->date.day};
    Value flipped = datetime_new(t, &datetime_type, ymd, &c, v->tzinfo);
    Value other = flipped ? datetime_utcoffset(t, flipped) : 0;
    return other ? !same_offset(offset, other) : -1;
}

static Value compare_with_date(Thread *t, Value a, Value b, CompareOp op)
{
    if (!is_date(b)) {
        return NOT_IMPLEMENTED;
    }
    if (op == CMP_EQ || op == CMP_NE) {
        return bool_value(op == CMP_NE);
    }
    return type_error(t, "can't compare %N to %N", type_of(a), type_of(b));
}

/* In the order of local times. */
static int64_t order_key(const DateTime *v)
{
    int64_t day = (v->date.year * 16 + v->date.month) * 32 + v->date.day;
    return (((day * 32 + v->clock.hour) * 64 + v->clock.minute) * 64 + v->clock.second) << 20 |
           v->clock.us;
}

Value datetime_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!is_datetime(b)) {
        return compare_with_date(t, a, b, op);
    }
    const DateTime *x = as_datetime(a), *y = as_datetime(b);
    if (x->tzinfo == y->tzinfo) {
        int64_t left = order_key(x), right = order_key(y);
        return compare_result((left > right) - (left < right), op);
    }
    Value left = datetime_utcoffset(t, a), right = left ? datetime_utcoffset(t, b) : 0;
    if (!right) {
        return 0;
    }
    bool equality = op == CMP_EQ || op == CMP_NE;
    if (is_none(left) != is_none(right)) {
        return equality ? bool_value(op == CMP_NE)
                        : type_error(t, "can't compare offset-naive and offset-aware datetimes");
    }
    __int128 difference = local_us(x) - local_us(y) - (offset_us(left) - offset_us(right));
    if (equality && difference == 0) {
        int fold = depends_on_fold(t, a, left);
        fold = fold == 0 ? depends_on_fold(t, b, right) : fold;
        if (fold < 0) {
            return 0;
        }
        difference = fold;
    }
    return compare_result(difference < 0 ? -1 : difference > 0, op);
}

int64_t datetime_hash(Thread *t, Value self)
{
    const DateTime *v = as_datetime(self);
    Value plain = self;
    if (v->clock.fold && !is_none(v->tzinfo)) { /* both folds are equal, so they have one hash */
        Clock c = v->clock;
        c.fold = 0;
        plain = datetime_new(t, &datetime_type, (int[]){v->date.year, v->date.month, v->date.day},
                             &c, v->tzinfo);
    }
    Value offset = plain ? datetime_utcoffset(t, plain) : 0;
    if (!offset) {
        return -1;
    }
    __int128 us = local_us(v) - offset_us(offset);
    int64_t words[2];
    words[0] = days_of_us(us, &words[1]);
    return hash_words(words, 2);
}

/* ---- arithmetic ---- */

Value datetime_shift(Thread *t, Value dt, const Delta *d, int sign, Type *type)
{
    const DateTime *v = as_datetime(dt);
    int64_t ordinal = ordinal_of(v) + sign * (int64_t)d->days;
    int64_t rest = clock_us(&v->clock) + sign * (d->seconds * (int64_t)SECOND_US + d->us);
    if (rest < 0 || rest >= DAY_US) {
        int carry = rest < 0 ? -1 : 1;
        ordinal += carry;
        rest -= carry * DAY_US;
    }
    if (ordinal < 1 || ordinal > ORDINAL_MAX) {
        return overflow_error(t, "date value out of range");
    }
    int ymd[3], seconds = (int)(rest / SECOND_US);
    ordinal_to_ymd((int)ordinal, &ymd[0], &ymd[1], &ymd[2]);
    Clock c = {(uint8_t)(seconds / 3600), (uint8_t)(seconds / 60 % 60), (uint8_t)(seconds % 60), 0,
               (int32_t)(rest % SECOND_US)};
    return datetime_new_as(t, type, ymd, &c, v->tzinfo);
}

Value datetime_add(Thread *t, Value a, Value b)
{
    if (is_datetime(a) && is_delta(b)) {
        return datetime_shift(t, a, as_delta(b), 1, type_of(a));
    }
    return is_delta(a) && is_datetime(b) ? datetime_shift(t, b, as_delta(a), 1, type_of(b))
                                         : NOT_IMPLEMENTED;
}

static Value difference(Thread *t, Value a, Value b)
{
    const DateTime *x = as_datetime(a), *y = as_datetime(b);
    __int128 us = local_us(x) - local_us(y);
    if (x->tzinfo != y->tzinfo) {
        Value left = datetime_utcoffset(t, a), right = left ? datetime_utcoffset(t, b) : 0;
        if (!right) {
            return 0;
        }
        if (is_none(left) != is_none(right)) {
            return type_error(t, "can't subtract offset-naive and offset-aware datetimes");
        }
        us -= offset_us(left) - offset_us(right);
    }
    return delta_from_us(t, &delta_type, us);
}

Value datetime_sub(Thread *t, Value a, Value b)
{
    if (!is_datetime(a)) {
        return NOT_IMPLEMENTED;
    }
    if (is_datetime(b)) {
        return difference(t, a, b);
    }
    return is_delta(b) ? datetime_shift(t, a, as_delta(b), -1, type_of(a)) : NOT_IMPLEMENTED;
}
