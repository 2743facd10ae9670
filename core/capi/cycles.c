/* References among extension objects.
 *
 * A counted reference makes its target a root, so a cycle through an extension object would never
 * die.  Before each marking the tp_traverse functions of all tracked instances tell which
 * references come from inside: an object all of whose counted references do is no root by itself;
 * it lives as long as one of its owners does, because instances are scanned.
 *
 * The counts are in an open-addressing table by address, made anew for each collection.  World
 * stopped throughout.
 */
#include "core/base/hash.h"
#include "core/capi/capi.h"

typedef struct Count { const Object *object; uint32_t n; } Count;
static struct { Count *slots; size_t size, used; bool failed; } table; /* the collecting thread's */

static Count *slot_of(const Object *o)
{
    size_t mask = table.size - 1, i = hash_mix((uintptr_t)o) & mask;
    while (table.slots[i].object && table.slots[i].object != o) {
        i = (i + 1) & mask;
    }
    return &table.slots[i];
}

static bool grow_table(void)
{
    Count *old = table.slots;
    size_t old_size = table.size;
    table.size = old_size ? old_size * 2 : 1024;
    table.slots = mem_calloc(table.size, sizeof *table.slots);
    if (!table.slots) { /* without counts every counted reference is a root: safe */
        table.failed = true;
        mem_free(old);
        return false;
    }
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].object) {
            *slot_of(old[i].object) = old[i];
        }
    }
    mem_free(old);
    return true;
}

_Atomic bool cycles_possible;

typedef struct Owner { Value dict; } Owner;

static int count_reference(PyObject *target, void *arg)
{
    const Object *o = (const Object *)target;
    Owner *owner = arg;
    if (table.failed || object_value(o) == owner->dict) { /* __dict__ is stored without a count */
        return 0;
    }
    if (table.used * 2 >= table.size && !grow_table()) {
        return 0;
    }
    Count *c = slot_of(o);
    if (!c->object) {
        c->object = o;
        table.used++;
    }
    c->n++;
    return 0;
}

static void count_from(Object *o, void *arg UNUSED)
{
    Type *type = o->type;
    if (!type || !type->ext || (o->flags & EXT_UNTRACKED) || type_has(type, TYPE_TYPE)) {
        return;
    }
    PyTypeObject *ext = ext_type_of_type(type);
    if (!ext || !ext->tp_traverse) {
        return;
    }
    Owner owner = {type->dict_offset > 0 ? *(Value *)((char *)o + type->dict_offset) : 0};
    (void)ext->tp_traverse((PyObject *)o, count_reference, &owner);
}

static void begin_counting(void)
{
    table.used = 0;
    table.failed = false;
    table.size = 0;
    table.slots = NULL;
    if (atomic_load_explicit(&cycles_possible, memory_order_relaxed)) {
        gc_walk(count_from, NULL);
    }
}

static uint32_t internal_count(const Object *o)
{
    return table.slots && !table.failed ? slot_of(o)->n : 0;
}

static void end_counting(void)
{
    mem_free(table.slots);
    table.slots = NULL;
}

const GcExtCounts cycle_counts = {begin_counting, internal_count, end_counting};
