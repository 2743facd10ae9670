/* Queues between interpreters: a number, and two queues of _queue: the items, and the tokens that
 * stand for free places.  A queue lives while some interpreter refers to it.
 *
 * The table from numbers to queues holds weak references; it is a dict, which locks itself. */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/tuple.h"
#include "core/object/weakref.h"
#include "modules/_interpreters/interpreters.h"

typedef struct SharedQueue {
    Object head;
    uint64_t id;
    ssize_t max; /* <= 0: without limit */
    Value items, room; /* room: None without limit; init-only */
} SharedQueue;

static Value queue_error, not_found; /* roots, set once */
static Value table;                  /* root: dict id -> weak reference */
/* root, set once: (lock, dict), the channels of _xxsubinterpreters, of all interpreters */
static Value channels;

static void queue_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((SharedQueue *)o)->items);
    trace_value(tr, ((SharedQueue *)o)->room);
}

static Value queue_parts(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    SharedQueue *q = (SharedQueue *)value_object(args[0]);
    return tuple_pack(t, 4, int_from_uint64(t, q->id), fixnum(q->max), q->items, q->room);
}

static const NativeDef queue_methods[] = {
    {"parts()", queue_parts, "Return number, limit, queue of items and queue of free places.", 0},
    {0},
};

static Type shared_queue_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_interpreters.SharedQueue",
    .size = sizeof(SharedQueue),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .weakrefable = 1,
    .trace = queue_trace,
    .methods = queue_methods,
};

static bool fill_room(Thread *t, SharedQueue *q)
{
    for (ssize_t i = 0; i < q->max; i++) {
        if (!call_method1(t, q->room, intern_cstr(t, "put"), NONE)) {
            return false;
        }
    }
    return true;
}

/* Forgets queues that are gone, and lists the others. */
static Value live_queues(Thread *t)
{
    Value all = dict_keys_list(t, table), live = list_new(t, 4);
    for (size_t i = 0; all && live && i < list_len(all); i++) {
        Value key = list_get(all, i), ref = dict_get(t, table, key), q = ref ? weakref_get(ref) : 0;
        if (q ? !list_append(t, live, q) : ref && dict_del(t, table, key) < 0) {
            return 0;
        }
    }
    return all ? live : 0;
}

NATIVE_FN(queue_create)
{
    static _Atomic uint64_t last_id;
    ssize_t max;
    if (!value_to_ssize(t, args[0], &max, &exc_OverflowError)) {
        return 0;
    }
    Value make = import_attr(t, "_queue", "SimpleQueue"), items = make ? call0(t, make) : 0,
          room = items && max > 0 ? call0(t, make) : NONE;
    SharedQueue *q = items && room ? object_alloc(t, &shared_queue_type, sizeof *q) : NULL;
    if (!q) {
        return 0;
    }
    q->id = atomic_fetch_add(&last_id, 1) + 1;
    q->max = max;
    gc_init(&q->items, items);
    gc_init(&q->room, room);
    Value ref = weakref_new(t, object_value(q), 0);
    return ref && fill_room(t, q) && live_queues(t) &&
                   dict_set(t, table, int_from_uint64(t, q->id), ref)
               ? object_value(q)
               : 0;
}

NATIVE_FN(queue_find)
{
    Value ref = dict_get(t, table, args[0]), q = ref ? weakref_get(ref) : 0;
    return q || t->exc ? q : raise(t, value_type(not_found), "queue %S not found", args[0]);
}

NATIVE_FN(queue_list) { return live_queues(t); }

NATIVE_FN(queue_channels) { return channels; }

static bool make_channels(Thread *t)
{
    Value allocate = import_attr(t, "_thread", "allocate_lock"),
          lock = allocate ? call0(t, allocate) : 0, dict = dict_new(t);
    if (!lock || !dict || !dict_set_cstr(t, dict, "next", fixnum(0))) {
        return false;
    }
    gc_add_root(&channels);
    channels = tuple_pack(t, 2, lock, dict);
    return channels != 0;
}

const NativeDef interpreters_queue_functions[] = {
    {"queue_create(maxsize, /)", queue_create, "Make a queue.", 0},
    {"queue_find(id, /)", queue_find, "Return the queue with that number.", 0},
    {"channels()", queue_channels, "Return lock and state of _xxsubinterpreters' channels.", 0},
    {"queue_list()", queue_list, "Return all queues that are still referred to.", 0},
    {0},
};

bool interpreters_queue_exec(Thread *t, Value mod)
{
    if (!table) {
        gc_add_root(&table);
        table = dict_new(t);
    }
    return table && (channels || make_channels(t)) && type_ready(t, &shared_queue_type) &&
           interpreters_add_error(t, mod, &queue_error, "typhon.interpreters.QueueError",
                                  &exc_Exception, "An operation on a queue failed.") &&
           interpreters_add_error(t, mod, &not_found, "typhon.interpreters.QueueNotFoundError",
                                  value_type(queue_error), "There is no such queue.");
}
