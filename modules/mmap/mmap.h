/* The parts of the module mmap.
 *
 * Every use of the mapped bytes holds the map's lock, so that close() and resize() in another
 * thread cannot take them away; exported buffers forbid both.  No Python code runs under the lock;
 * who waits for it is parked.
 */
#ifndef MODULES_MMAP_MMAP_H
#define MODULES_MMAP_MMAP_H

#include "core/base/mutex.h"
#include "core/object/lock.h"
#include "modules/posix/posix.h"

typedef enum { MAP_ACCESS_DEFAULT, MAP_ACCESS_READ, MAP_ACCESS_WRITE, MAP_ACCESS_COPY } MapAccess;

typedef struct Map {
    Object head;
    Mutex lock;
    char *data;              /* lock; NULL: closed */
    size_t size, pos;        /* lock */
    off_t offset;
    int fd;                  /* own duplicate; -1: anonymous */
    MapAccess access;
    int prot, flags;         /* of mmap() */
    size_t exports;          /* lock */
} Map;

extern Type mmap_type;
static inline Map *map_of(Value v)
{
    assert(value_isa(v, &mmap_type));
    return (Map *)value_object(v);
}
static inline void map_lock(Thread *t, Map *m) { mutex_lock_parked(t, &m->lock); }
static inline void map_unlock(Map *m) { mutex_unlock(&m->lock); }
/* Locks an open map; false: ValueError. */
NODISCARD bool map_enter(Thread *t, Map *m);
NODISCARD bool map_writable(Thread *t, Map *m);  /* else TypeError */

extern const NativeDef map_methods[];

/* sequence and mapping slots */
ssize_t map_len(Thread *t, Value self);
Value map_getitem(Thread *t, Value self, Value key);
Value map_item(Thread *t, Value self, ssize_t i);
bool map_setitem(Thread *t, Value self, Value key, Value v);

#endif
