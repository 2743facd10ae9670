/* The module audioop: arithmetic on fragments of signed samples of 1, 2, 3 or 4 bytes in the
 * machine's order. */
#include <math.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/float.h"
#include "core/object/module.h"
#include "core/object/tuple.h"
#include "modules/modules.h"

static Value audioop_error;
#define fail(t, ...) raise_error(t, value_type(audioop_error), __VA_ARGS__)
#define AUDIO_ARGS Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED

/* ---- samples ---- */

static int32_t sample_get(const uint8_t *p, int width)
{
    int16_t two;
    int32_t four;
    switch (width) {
    case 1: return (int8_t)*p;
    case 2: memcpy(&two, p, 2); return two;
    case 3:
        return (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24) >> 8;
    default: memcpy(&four, p, 4); return four;
    }
}

static void sample_put(uint8_t *p, int width, int32_t v)
{
    int16_t two = (int16_t)v;
    switch (width) {
    case 1: *p = (uint8_t)v; break;
    case 2: memcpy(p, &two, 2); break;
    case 3:
        p[0] = (uint8_t)v;
        p[1] = (uint8_t)(v >> 8);
        p[2] = (uint8_t)(v >> 16);
        break;
    default: memcpy(p, &v, 4); break;
    }
}

/* The same at the scale of 32 bits. */
static int32_t sample_get32(const uint8_t *p, int width)
{
    return (int32_t)((uint32_t)sample_get(p, width) << (32 - 8 * width));
}
static void sample_put32(uint8_t *p, int width, int32_t v)
{
    sample_put(p, width, v >> (32 - 8 * width));
}

static double width_max(int width) { return (double)((int64_t)1 << (8 * width - 1)) - 1; }
static double width_min(int width) { return -(double)((int64_t)1 << (8 * width - 1)); }
static uint32_t magnitude(int32_t v) { return v < 0 ? -(uint32_t)v : (uint32_t)v; }

static int32_t bounded(double v, int width)
{
    double hi = width_max(width), lo = width_min(width);
    v = v > hi ? hi : v < lo + 1.0 ? lo : v;
    return (int32_t)floor(v);
}

/* ---- arguments ---- */

typedef struct Fragment {
    Buffer view;
    const uint8_t *p;
    size_t len;   /* bytes */
    int width;
    size_t count; /* samples */
} Fragment;

static bool width_arg(Thread *t, Value v, int *width)
{
    if (!value_to_int(t, v, width)) {
        return false;
    }
    if (*width < 1 || *width > 4) {
        fail(t, "Size should be 1, 2, 3 or 4");
        return false;
    }
    return true;
}

/* A fragment whose length is a multiple of unit samples. */
static bool fragment_arg(Thread *t, Value v, Value width, size_t unit, Fragment *f)
{
    f->width = 2;
    if (!buffer_get_still(t, v, &f->view)) {
        return false;
    }
    f->p = f->view.buf;
    f->len = (size_t)f->view.len;
    if (width && !width_arg(t, width, &f->width)) {
        buffer_release(t, &f->view);
        return false;
    }
    if (f->len % ((size_t)f->width * unit)) {
        buffer_release(t, &f->view);
        fail(t, width ? "not a whole number of frames" : "Strings should be even-sized");
        return false;
    }
    f->count = f->len / (size_t)f->width;
    return true;
}

static Value fragment_done(Thread *t, Fragment *f, Value v)
{
    buffer_release(t, &f->view);
    return v;
}

static int32_t fragment_at(const Fragment *f, size_t i)
{
    return sample_get(f->p + i * (size_t)f->width, f->width);
}
static int32_t fragment_at32(const Fragment *f, size_t i)
{
    return sample_get32(f->p + i * (size_t)f->width, f->width);
}

static Value out_new(Thread *t, size_t count, int width, uint8_t **p)
{
    Value v = count > PTRDIFF_MAX / (size_t)width ? raise_memory(t)
                                                  : bytes_new(t, NULL, count * (size_t)width);
    *p = v ? (uint8_t *)value_bytes(v)->data : NULL;
    return v;
}

/* ---- looking ---- */

static Value audio_getsample(AUDIO_ARGS)
{
    Fragment f;
    ssize_t i;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value v = 0;
    if (value_to_ssize(t, args[2], &i, &exc_OverflowError)) {
        v = i < 0 || (size_t)i >= f.count ? fail(t, "Index out of range")
                                          : int_from_int64(t, fragment_at(&f, (size_t)i));
    }
    return fragment_done(t, &f, v);
}

static Value audio_max(AUDIO_ARGS)
{
    Fragment f;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    uint32_t most = 0;
    for (size_t i = 0; i < f.count; i++) {
        uint32_t v = magnitude(fragment_at(&f, i));
        most = v > most ? v : most;
    }
    return fragment_done(t, &f, int_from_uint64(t, most));
}

static Value audio_minmax(AUDIO_ARGS)
{
    Fragment f;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    int32_t lo = INT32_MAX, hi = INT32_MIN;
    for (size_t i = 0; i < f.count; i++) {
        int32_t v = fragment_at(&f, i);
        lo = v < lo ? v : lo;
        hi = v > hi ? v : hi;
    }
    return fragment_done(t, &f, tuple_pack(t, 2, int_from_int64(t, lo), int_from_int64(t, hi)));
}

static Value audio_avg(AUDIO_ARGS)
{
    Fragment f;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    double sum = 0;
    for (size_t i = 0; i < f.count; i++) {
        sum += fragment_at(&f, i);
    }
    return fragment_done(t, &f,
                         int_from_int64(t, f.count ? (int64_t)floor(sum / (double)f.count) : 0));
}

static Value audio_rms(AUDIO_ARGS)
{
    Fragment f;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    double sum = 0;
    for (size_t i = 0; i < f.count; i++) {
        double v = fragment_at(&f, i);
        sum += v * v;
    }
    return fragment_done(t, &f,
                         int_from_int64(t, f.count ? (int64_t)sqrt(sum / (double)f.count) : 0));
}

/* Heights between neighbouring extremes: their sum, number and maximum. */
static void peaks(const Fragment *f, double *sum, size_t *count, uint32_t *most)
{
    *sum = 0;
    *count = *most = 0;
    if (f->count < 2) {
        return;
    }
    int32_t before = fragment_at(f, 0), extreme = 0;
    int falling = -1;
    bool have = false;
    for (size_t i = 1; i < f->count; i++) {
        int32_t v = fragment_at(f, i);
        if (v == before) {
            continue;
        }
        int now = v < before;
        if (falling == !now) {
            if (have) {
                uint32_t height = before < extreme ? (uint32_t)extreme - (uint32_t)before
                                                   : (uint32_t)before - (uint32_t)extreme;
                *sum += height;
                *most = height > *most ? height : *most;
                ++*count;
            }
            have = true;
            extreme = before;
        }
        before = v;
        falling = now;
    }
}

static Value audio_peaks(Thread *t, Value *args, bool average)
{
    Fragment f;
    double sum;
    size_t count;
    uint32_t most;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    peaks(&f, &sum, &count, &most);
    return fragment_done(t, &f,
                         int_from_uint64(t, !average ? most
                                            : count  ? (uint64_t)(sum / (double)count)
                                                     : 0));
}
static Value audio_avgpp(AUDIO_ARGS) { return audio_peaks(t, args, true); }
static Value audio_maxpp(AUDIO_ARGS) { return audio_peaks(t, args, false); }

static Value audio_cross(AUDIO_ARGS)
{
    Fragment f;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    int64_t crossings = -1;
    int before = -1;
    for (size_t i = 0; i < f.count; i++) {
        int now = fragment_at(&f, i) < 0;
        crossings += now != before;
        before = now;
    }
    return fragment_done(t, &f, fixnum(crossings));
}

/* ---- comparing two fragments of two-byte samples ---- */

static double product(const Fragment *a, size_t at, const Fragment *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)fragment_at(a, at + i) * (double)fragment_at(b, i);
    }
    return sum;
}

/* What changes when a window of `count` samples moves on to `at`. */
static double square_step(const Fragment *f, size_t at, size_t count)
{
    double out = fragment_at(f, at - 1), in = fragment_at(f, at + count - 1);
    return in * in - out * out;
}

static Value findfit(Thread *t, const Fragment *a, const Fragment *b)
{
    if (a->count < b->count) {
        return fail(t, "First sample should be longer");
    }
    double own = product(b, 0, b, b->count), squares = 0, best = 0;
    for (size_t i = 0; i < b->count; i++) {
        squares += (double)fragment_at(a, i) * (double)fragment_at(a, i);
    }
    size_t best_at = 0;
    for (size_t at = 0; at <= a->count - b->count; at++) {
        squares += at ? square_step(a, at, b->count) : 0;
        double mixed = product(a, at, b, b->count),
               distance = (own * squares - mixed * mixed) / squares;
        if (at == 0 || distance < best) {
            best = distance;
            best_at = at;
        }
    }
    Value factor = float_new(t, product(a, best_at, b, b->count) / own);
    return factor ? tuple_pack(t, 2, fixnum((int64_t)best_at), factor) : 0;
}

static Value with_two(Thread *t, Value *args,
                      Value (*fn)(Thread *t, const Fragment *a, const Fragment *b))
{
    Fragment a, b;
    if (!fragment_arg(t, args[0], 0, 1, &a)) {
        return 0;
    }
    if (!fragment_arg(t, args[1], 0, 1, &b)) {
        return fragment_done(t, &a, 0);
    }
    return fragment_done(t, &a, fragment_done(t, &b, fn(t, &a, &b)));
}
static Value audio_findfit(AUDIO_ARGS) { return with_two(t, args, findfit); }

static Value findfactor(Thread *t, const Fragment *a, const Fragment *b)
{
    if (a->count != b->count) {
        return fail(t, "Samples should be same size");
    }
    return float_new(t, product(a, 0, b, b->count) / product(b, 0, b, b->count));
}
static Value audio_findfactor(AUDIO_ARGS) { return with_two(t, args, findfactor); }

static Value audio_findmax(AUDIO_ARGS)
{
    Fragment f;
    ssize_t length;
    if (!value_to_ssize(t, args[1], &length, &exc_OverflowError) ||
        !fragment_arg(t, args[0], 0, 1, &f)) {
        return 0;
    }
    if (length < 0 || f.count < (size_t)length) {
        return fragment_done(t, &f, fail(t, "Input sample should be longer"));
    }
    double sum = product(&f, 0, &f, (size_t)length), best = sum;
    size_t best_at = 0;
    for (size_t at = 1; length && at <= f.count - (size_t)length; at++) {
        sum += square_step(&f, at, (size_t)length);
        if (sum > best) {
            best = sum;
            best_at = at;
        }
    }
    return fragment_done(t, &f, fixnum((int64_t)best_at));
}

/* ---- changing ---- */

static Value audio_mul(AUDIO_ARGS)
{
    Fragment f;
    double factor;
    uint8_t *p;
    if (!value_to_double(t, args[2], &factor) || !fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count, f.width, &p);
    for (size_t i = 0; out && i < f.count; i++, p += f.width) {
        sample_put(p, f.width, bounded(fragment_at(&f, i) * factor, f.width));
    }
    return fragment_done(t, &f, out);
}

static Value audio_tomono(AUDIO_ARGS)
{
    Fragment f;
    double left, right;
    uint8_t *p;
    if (!value_to_double(t, args[2], &left) || !value_to_double(t, args[3], &right) ||
        !fragment_arg(t, args[0], args[1], 2, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count / 2, f.width, &p);
    for (size_t i = 0; out && i < f.count; i += 2, p += f.width) {
        sample_put(p, f.width,
                   bounded(fragment_at(&f, i) * left + fragment_at(&f, i + 1) * right, f.width));
    }
    return fragment_done(t, &f, out);
}

static Value audio_tostereo(AUDIO_ARGS)
{
    Fragment f;
    double left, right;
    uint8_t *p;
    if (!value_to_double(t, args[2], &left) || !value_to_double(t, args[3], &right) ||
        !fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count * 2, f.width, &p);
    for (size_t i = 0; out && i < f.count; i++, p += 2 * f.width) {
        double v = fragment_at(&f, i);
        sample_put(p, f.width, bounded(v * left, f.width));
        sample_put(p + f.width, f.width, bounded(v * right, f.width));
    }
    return fragment_done(t, &f, out);
}

static Value audio_add(AUDIO_ARGS)
{
    Fragment a, b;
    uint8_t *p = NULL;
    if (!fragment_arg(t, args[0], args[2], 1, &a)) {
        return 0;
    }
    if (!buffer_get_still(t, args[1], &b.view)) {
        return fragment_done(t, &a, 0);
    }
    b.p = b.view.buf;
    b.width = a.width;
    Value out = b.view.len != (ssize_t)a.len ? fail(t, "Lengths should be the same")
                                             : out_new(t, a.count, a.width, &p);
    for (size_t i = 0; out && i < a.count; i++, p += a.width) {
        sample_put(p, a.width,
                   bounded((double)fragment_at(&a, i) + (double)fragment_at(&b, i), a.width));
    }
    return fragment_done(t, &a, fragment_done(t, &b, out));
}

static Value audio_bias(AUDIO_ARGS)
{
    Fragment f;
    int bias;
    uint8_t *p;
    if (!value_to_int(t, args[2], &bias) || !fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count, f.width, &p);
    for (size_t i = 0; out && i < f.count; i++, p += f.width) {
        sample_put(p, f.width, (int32_t)((uint32_t)fragment_at(&f, i) + (uint32_t)bias));
    }
    return fragment_done(t, &f, out);
}

static Value audio_reverse(AUDIO_ARGS)
{
    Fragment f;
    uint8_t *p;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count, f.width, &p);
    for (size_t i = f.count; out && i-- > 0; p += f.width) {
        sample_put(p, f.width, fragment_at(&f, i));
    }
    return fragment_done(t, &f, out);
}

static Value audio_byteswap(AUDIO_ARGS)
{
    Fragment f;
    uint8_t *p;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count, f.width, &p);
    for (size_t i = 0; out && i < f.len; i++) {
        size_t in_sample = i % (size_t)f.width;
        p[i] = f.p[i - in_sample + (size_t)f.width - 1 - in_sample];
    }
    return fragment_done(t, &f, out);
}

static Value audio_lin2lin(AUDIO_ARGS)
{
    Fragment f;
    int width;
    uint8_t *p;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = width_arg(t, args[2], &width) ? out_new(t, f.count, width, &p) : 0;
    for (size_t i = 0; out && i < f.count; i++, p += width) {
        sample_put32(p, width, fragment_at32(&f, i));
    }
    return fragment_done(t, &f, out);
}

/* ---- other rates ---- */

typedef struct Rates {
    int channels, in, out, weight_a, weight_b;
    int64_t d;       /* where the next output sample lies between the last two input samples */
    int32_t *before, *now;
} Rates;

static int common_divisor(int a, int b)
{
    while (b) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool rates_state(Thread *t, Rates *r, Value state)
{
    r->d = -r->out;
    if (is_none(state)) {
        return true;
    }
    if (!value_is_tuple(state)) {
        type_error(t, "state must be a tuple or None");
        return false;
    }
    Value samples = tuple_len(state) == 2 ? tuple_get(state, 1) : 0;
    int d;
    if (!samples || !value_is_tuple(samples) || !value_to_int(t, tuple_get(state, 0), &d) ||
        tuple_len(samples) != (size_t)r->channels) {
        if (!error_pending(t)) {
            fail(t, "illegal state argument");
        }
        return false;
    }
    r->d = d;
    for (int i = 0; i < r->channels; i++) {
        Value pair = tuple_get(samples, (size_t)i);
        if (!value_is_tuple(pair) || tuple_len(pair) != 2) {
            type_error(t, "ratecv(): illegal state argument");
            return false;
        }
        if (!value_to_int(t, tuple_get(pair, 0), &r->before[i]) ||
            !value_to_int(t, tuple_get(pair, 1), &r->now[i])) {
            return false;
        }
    }
    return true;
}

static Value rates_result(Thread *t, const Rates *r, Value out)
{
    Value samples = tuple_new(t, (size_t)r->channels);
    for (int i = 0; samples && i < r->channels; i++) {
        Value pair =
            tuple_pack(t, 2, int_from_int64(t, r->before[i]), int_from_int64(t, r->now[i]));
        if (!pair) {
            return 0;
        }
        gc_store(value_object(samples), &value_tuple(samples)->items[i], pair);
    }
    Value state = samples ? tuple_pack(t, 2, int_from_int64(t, r->d), samples) : 0;
    return state ? tuple_pack(t, 2, out, state) : 0;
}

static Value rates_convert(Thread *t, Rates *r, const Fragment *f)
{
    size_t frames = f->count / (size_t)r->channels, room = 0, len = 0, at = 0;
    __int128 most = ((__int128)frames * r->out) / r->in + 2;
    if (most * r->channels * f->width > PTRDIFF_MAX / 4) {
        return raise_memory(t);
    }
    room = (size_t)most * (size_t)r->channels;
    RawBuffer *buf = raw_buffer_new(t, room * (size_t)f->width);
    if (!buf) {
        return 0;
    }
    for (;;) {
        for (; r->d < 0; r->d += r->out) {
            if (at == frames) {
                Value out = bytes_new(t, buf->data, len * (size_t)f->width);
                return out ? rates_result(t, r, out) : 0;
            }
            for (int c = 0; c < r->channels; c++) {
                r->before[c] = r->now[c];
                double v = fragment_at32(f, at * (size_t)r->channels + (size_t)c);
                r->now[c] = (int32_t)((r->weight_a * v + r->weight_b * (double)r->before[c]) /
                                      ((double)r->weight_a + r->weight_b));
            }
            at++;
        }
        for (; r->d >= 0; r->d -= r->in) {
            for (int c = 0; c < r->channels; c++, len++) {
                assert(len < room);
                double v = ((double)r->before[c] * (double)r->d +
                            (double)r->now[c] * (double)(r->out - r->d)) /
                           (double)r->out;
                sample_put32((uint8_t *)buf->data + len * (size_t)f->width, f->width, (int32_t)v);
            }
        }
    }
}

static Value audio_ratecv(AUDIO_ARGS)
{
    Rates r = {.weight_a = 1};
    Fragment f;
    int width;
    if (!width_arg(t, args[1], &width) || !value_to_int(t, args[2], &r.channels) ||
        !value_to_int(t, args[3], &r.in) || !value_to_int(t, args[4], &r.out) ||
        (args[6] && !value_to_int(t, args[6], &r.weight_a)) ||
        (args[7] && !value_to_int(t, args[7], &r.weight_b))) {
        return 0;
    }
    if (r.channels < 1) {
        return fail(t, "# of channels should be >= 1");
    }
    if (width > INT32_MAX / r.channels) {
        return overflow_error(t, "width * nchannels too big for a C int");
    }
    if (r.weight_a < 1 || r.weight_b < 0) {
        return fail(t, "weightA should be >= 1, weightB should be >= 0");
    }
    if (!fragment_arg(t, args[0], args[1], (size_t)r.channels, &f)) {
        return 0;
    }
    if (r.in <= 0 || r.out <= 0) {
        return fragment_done(t, &f, fail(t, "sampling rate not > 0"));
    }
    int d = common_divisor(r.in, r.out), w = common_divisor(r.weight_a, r.weight_b);
    r.in /= d;
    r.out /= d;
    r.weight_a /= w;
    r.weight_b /= w;
    RawBuffer *last = raw_buffer_new(t, (size_t)r.channels * 2 * sizeof(int32_t));
    if (!last) {
        return fragment_done(t, &f, 0);
    }
    memset(last->data, 0, (size_t)r.channels * 2 * sizeof(int32_t));
    r.before = (int32_t *)(void *)last->data;
    r.now = r.before + r.channels;
    return fragment_done(t, &f, rates_state(t, &r, args[5]) ? rates_convert(t, &r, &f) : 0);
}

/* ---- G.711: logarithmic samples of 8 bits ---- */

static int segment_of(int v, int first)
{
    int segment = 0;
    while (segment < 8 && v > ((first + 1) << segment) - 1) {
        segment++;
    }
    return segment;
}

static uint8_t to_ulaw(int v) /* 14 bits */
{
    int mask = v < 0 ? 0x7f : 0xff;
    v = v < 0 ? -v : v;
    v = (v > 8159 ? 8159 : v) + 33;
    int segment = segment_of(v, 0x3f);
    return (uint8_t)((segment >= 8 ? 0x7f : segment << 4 | ((v >> (segment + 1)) & 15)) ^ mask);
}

static int from_ulaw(uint8_t u) /* 16 bits */
{
    u = (uint8_t)~u;
    int v = (((u & 15) << 3) + 0x84) << ((u & 0x70) >> 4);
    return u & 0x80 ? 0x84 - v : v - 0x84;
}

static uint8_t to_alaw(int v) /* 13 bits */
{
    int mask = v >= 0 ? 0xd5 : 0x55;
    v = v >= 0 ? v : -v - 1;
    int segment = segment_of(v, 0x1f);
    return (
        uint8_t)((segment >= 8 ? 0x7f : segment << 4 | ((v >> (segment < 2 ? 1 : segment)) & 15)) ^
                 mask);
}

static int from_alaw(uint8_t a) /* 16 bits */
{
    a ^= 0x55;
    int segment = (a & 0x70) >> 4, v = ((a & 15) << 4) + (segment ? 0x108 : 8);
    v <<= segment > 1 ? segment - 1 : 0;
    return a & 0x80 ? v : -v;
}

static Value to_law(Thread *t, Value *args, uint8_t (*law)(int), int bits)
{
    Fragment f;
    uint8_t *p;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = out_new(t, f.count, 1, &p);
    for (size_t i = 0; out && i < f.count; i++) {
        p[i] = law(fragment_at32(&f, i) >> (32 - bits));
    }
    return fragment_done(t, &f, out);
}

static Value from_law(Thread *t, Value *args, int (*law)(uint8_t))
{
    Fragment f;
    int width;
    uint8_t *p;
    if (!fragment_arg(t, args[0], fixnum(1), 1, &f)) {
        return 0;
    }
    Value out = width_arg(t, args[1], &width) ? out_new(t, f.len, width, &p) : 0;
    for (size_t i = 0; out && i < f.len; i++, p += width) {
        sample_put32(p, width, (int32_t)((uint32_t)law(f.p[i]) << 16));
    }
    return fragment_done(t, &f, out);
}
static Value audio_lin2ulaw(AUDIO_ARGS) { return to_law(t, args, to_ulaw, 14); }
static Value audio_lin2alaw(AUDIO_ARGS) { return to_law(t, args, to_alaw, 13); }
static Value audio_ulaw2lin(AUDIO_ARGS) { return from_law(t, args, from_ulaw); }
static Value audio_alaw2lin(AUDIO_ARGS) { return from_law(t, args, from_alaw); }

/* ---- IMA ADPCM ---- */

typedef struct Adpcm { int value, index; } Adpcm;

static const int16_t adpcm_steps[89] = {
    7,     8,     9,     10,    11,    12,    13,    14,    16,    17,    19,   21,    23,
    25,    28,    31,    34,    37,    41,    45,    50,    55,    60,    66,   73,    80,
    88,    97,    107,   118,   130,   143,   157,   173,   190,   209,   230,  253,   279,
    307,   337,   371,   408,   449,   494,   544,   598,   658,   724,   796,  876,   963,
    1060,  1166,  1282,  1411,  1552,  1707,  1878,  2066,  2272,  2499,  2749, 3024,  3327,
    3660,  4026,  4428,  4871,  5358,  5894,  6484,  7132,  7845,  8630,  9493, 10442, 11487,
    12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767};

static bool adpcm_state(Thread *t, Value state, Adpcm *a)
{
    *a = (Adpcm){0, 0};
    if (is_none(state)) {
        return true;
    }
    if (!value_is_tuple(state) || tuple_len(state) != 2) {
        type_error(t,
                   value_is_tuple(state) ? "function takes exactly 2 arguments (%zd given)"
                                         : "state must be a tuple or None",
                   value_is_tuple(state) ? (ssize_t)tuple_len(state) : 0);
        return false;
    }
    if (!value_to_int(t, tuple_get(state, 0), &a->value) ||
        !value_to_int(t, tuple_get(state, 1), &a->index)) {
        return false;
    }
    if (a->value >= 0x8000 || a->value < -0x8000 || a->index < 0 || a->index >= 89) {
        value_error(t, "bad state");
        return false;
    }
    return true;
}

/* Moves the predicted value by what the code of 4 bits says. */
static void adpcm_move(Adpcm *a, int code)
{
    static const int8_t index_steps[8] = {-1, -1, -1, -1, 2, 4, 6, 8};
    int step = adpcm_steps[a->index], change = step >> 3;
    change += (code & 4 ? step : 0) + (code & 2 ? step >> 1 : 0) + (code & 1 ? step >> 2 : 0);
    a->value += code & 8 ? -change : change;
    a->value = a->value > 32767 ? 32767 : a->value < -32768 ? -32768 : a->value;
    a->index += index_steps[code & 7];
    a->index = a->index < 0 ? 0 : a->index > 88 ? 88 : a->index;
}

static int adpcm_code(const Adpcm *a, int v)
{
    int diff = v - a->value, code = diff < 0 ? 8 : 0, step = adpcm_steps[a->index];
    diff = diff < 0 ? -diff : diff;
    for (int bit = 4; bit; bit >>= 1, step >>= 1) {
        if (diff >= step) {
            code |= bit;
            diff -= step;
        }
    }
    return code;
}

static Value adpcm_result(Thread *t, Value out, const Adpcm *a)
{
    Value state = out ? tuple_pack(t, 2, fixnum(a->value), fixnum(a->index)) : 0;
    return state ? tuple_pack(t, 2, out, state) : 0;
}

static Value audio_lin2adpcm(AUDIO_ARGS)
{
    Fragment f;
    Adpcm a;
    uint8_t *p;
    if (!fragment_arg(t, args[0], args[1], 1, &f)) {
        return 0;
    }
    Value out = adpcm_state(t, args[2], &a) ? out_new(t, f.count / 2, 1, &p) : 0;
    int high = 0;
    for (size_t i = 0; out && i < f.count; i++) {
        int code = adpcm_code(&a, fragment_at32(&f, i) >> 16);
        adpcm_move(&a, code);
        if (i % 2) {
            p[i / 2] = (uint8_t)(high << 4 | code);
        }
        high = code;
    }
    return fragment_done(t, &f, adpcm_result(t, out, &a));
}

static Value audio_adpcm2lin(AUDIO_ARGS)
{
    Fragment f;
    Adpcm a;
    int width;
    uint8_t *p;
    if (!fragment_arg(t, args[0], fixnum(1), 1, &f)) {
        return 0;
    }
    Value out = width_arg(t, args[1], &width) && adpcm_state(t, args[2], &a)
                    ? out_new(t, f.len * 2, width, &p)
                    : 0;
    for (size_t i = 0; out && i < f.len * 2; i++, p += width) {
        adpcm_move(&a, i % 2 ? f.p[i / 2] & 15 : f.p[i / 2] >> 4);
        sample_put32(p, width, (int32_t)((uint32_t)a.value << 16));
    }
    return fragment_done(t, &f, adpcm_result(t, out, &a));
}

/* ---- module ---- */

static const NativeDef functions[] = {
    {"max(fragment, width, /)", audio_max,
     "Return the maximum of the absolute value of all samples in a fragment.", 0},
    {"minmax(fragment, width, /)", audio_minmax,
     "Return the minimum and maximum values of all samples.", 0},
    {"avg(fragment, width, /)", audio_avg, "Return the average over all samples in the fragment.",
     0},
    {"maxpp(fragment, width, /)", audio_maxpp,
     "Return the maximum peak-peak value in the sound fragment.", 0},
    {"avgpp(fragment, width, /)", audio_avgpp,
     "Return the average peak-peak value over all samples.", 0},
    {"rms(fragment, width, /)", audio_rms, "Return the root-mean-square of the fragment.", 0},
    {"findfit(fragment, reference, /)", audio_findfit,
     "Try to match reference as well as possible to a part of fragment.", 0},
    {"findmax(fragment, length, /)", audio_findmax,
     "Search fragment for the slice of length samples with the most energy.", 0},
    {"findfactor(fragment, reference, /)", audio_findfactor,
     "Return the factor that makes reference most like fragment.", 0},
    {"cross(fragment, width, /)", audio_cross,
     "Return the number of zero crossings in the fragment.", 0},
    {"mul(fragment, width, factor, /)", audio_mul,
     "Return a fragment with all samples multiplied by factor.", 0},
    {"add(fragment1, fragment2, width, /)", audio_add, "Return the sum of two fragments.", 0},
    {"bias(fragment, width, bias, /)", audio_bias,
     "Return a fragment with a bias added to each sample.", 0},
    {"lin2ulaw(fragment, width, /)", audio_lin2ulaw, "Convert samples to u-LAW encoding.", 0},
    {"ulaw2lin(fragment, width, /)", audio_ulaw2lin,
     "Convert from u-LAW encoding to linear samples.", 0},
    {"lin2alaw(fragment, width, /)", audio_lin2alaw, "Convert samples to a-LAW encoding.", 0},
    {"alaw2lin(fragment, width, /)", audio_alaw2lin,
     "Convert from a-LAW encoding to linear samples.", 0},
    {"lin2adpcm(fragment, width, state, /)", audio_lin2adpcm,
     "Convert samples to 4 bit Intel/DVI ADPCM encoding.", 0},
    {"adpcm2lin(fragment, width, state, /)", audio_adpcm2lin,
     "Decode Intel/DVI ADPCM to linear samples.", 0},
    {"tomono(fragment, width, lfactor, rfactor, /)", audio_tomono,
     "Convert a stereo fragment to a mono fragment.", 0},
    {"tostereo(fragment, width, lfactor, rfactor, /)", audio_tostereo,
     "Generate a stereo fragment from a mono fragment.", 0},
    {"getsample(fragment, width, index, /)", audio_getsample,
     "Return the value of sample index from the fragment.", 0},
    {"reverse(fragment, width, /)", audio_reverse, "Reverse the samples in a fragment.", 0},
    {"byteswap(fragment, width, /)", audio_byteswap, "Change the byte order of the samples.", 0},
    {"lin2lin(fragment, width, newwidth, /)", audio_lin2lin,
     "Convert samples between 1-, 2-, 3- and 4-byte formats.", 0},
    {"ratecv(fragment, width, nchannels, inrate, outrate, state, weightA=1, weightB=0, /)",
     audio_ratecv, "Convert the frame rate of the input fragment.", 0},
    {0},
};

static bool audioop_exec(Thread *t, Value mod)
{
    if (!warn_leaving_module(t, "audioop")) {
        return false;
    }
    if (!audioop_error) {
        audioop_error = type_new_simple(t, "audioop.error", &exc_Exception, NULL);
        gc_add_root(&audioop_error);
    }
    return module_add(t, mod, "error", audioop_error);
}

extern const ModuleDef module_audioop;
const ModuleDef module_audioop = {
    .name = "audioop",
    .doc = "Manipulation of raw audio data.",
    .functions = functions,
    .exec = audioop_exec,
};
