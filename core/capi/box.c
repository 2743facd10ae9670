/* Boxes for ints and floats that live in a Value's word. */
#include "core/capi/capi.h"

enum { SMALL_LOW = -5, SMALL_HIGH = 257 };

typedef struct SmallInt { BigInt head; uint64_t limb; } SmallInt;
/* filled on first use; the same from every thread */
static SmallInt small_ints[SMALL_HIGH - SMALL_LOW];

static void fill_box(BigInt *b, int64_t i)
{
    b->size = i == 0 ? 0 : i < 0 ? -1 : 1;
    b->limbs[0] = i < 0 ? -(uint64_t)i : (uint64_t)i;
}

static void fill_small(SmallInt *s, int64_t i)
{
    static Mutex lock;
    mutex_lock(&lock);
    if (s->head.head.type == NULL) {
        fill_box(&s->head, i);
        atomic_store_explicit(&s->head.head.gc_flags, GC_STATIC, memory_order_relaxed);
        __atomic_store_n(&s->head.head.type, &int_type, __ATOMIC_RELEASE);
    }
    mutex_unlock(&lock);
}

PyObject *value_box_int(Thread *t, int64_t i)
{
    if (i >= SMALL_LOW && i < SMALL_HIGH) {
        SmallInt *s = &small_ints[i - SMALL_LOW];
        if (UNLIKELY(__atomic_load_n(&s->head.head.type, __ATOMIC_ACQUIRE) == NULL)) {
            fill_small(s, i);
        }
        return (PyObject *)s;
    }
    CapiThread *c = t->capi;
    BigInt *b = c ? spare_take(c->spare_ints) : NULL;
    if (!b) {
        b = object_alloc(t, &int_type, sizeof *b + sizeof(uint64_t));
    }
    if (b) {
        b->head.flags = 0;
        fill_box(b, i);
    }
    return (PyObject *)b;
}

PyObject *value_box_float(Thread *t, double d)
{
    CapiThread *c = t->capi;
    Float *f = c ? spare_take(c->spare_floats) : NULL;
    if (!f) {
        f = object_alloc(t, &float_type, sizeof *f);
    }
    if (f) {
        f->head.flags = 0;
        f->value = d;
    }
    return (PyObject *)f;
}

Value value_unbox_int(Object *o)
{
    BigInt *b = (BigInt *)o;
    if (b->size == 0) {
        return fixnum(0);
    }
    if (b->size == 1 && b->limbs[0] <= (uint64_t)FIXNUM_MAX) {
        return fixnum((int64_t)b->limbs[0]);
    }
    if (b->size == -1 && b->limbs[0] <= (uint64_t)FIXNUM_MAX + 1) {
        return fixnum((int64_t)-b->limbs[0]);
    }
    return object_value(o);
}
