/* Databases of key and value in files: what _dbm and _gdbm share.  The libraries' handles are not
 * made for two threads at once: every use is under the object's `busy`, which also guards `handle`.
 */
#ifndef MODULES_DBM_STORE_H
#define MODULES_DBM_STORE_H

#include <gdbm.h>

#include "core/base/mutex.h"
#include "core/object/module.h"

#define STORE_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

/* A library, as seen through its handle. */
typedef struct StoreOps {
    const char *name;                  /* "dbm", in messages */
    /* what fetch, first and next return is the caller's to free */
    bool owned;
    Value *error;                      /* exception class of the module */
    datum (*fetch)(void *handle, datum key);
    datum (*first)(void *handle);
    datum (*next)(void *handle, datum before);
    int (*store)(void *handle, datum key, datum v);
    int (*remove)(void *handle, datum key); /* nonzero: failed, or no such key */
    void (*close)(void *handle);
} StoreOps;

typedef struct Store {
    Object head;
    const StoreOps *ops; /* init-only */
    bool writable;       /* init-only */
    void *handle;        /* NULL: closed; busy */
    Mutex busy;
} Store;

static inline Store *as_store(Value v) { return (Store *)value_object(v); }
void store_free(Object *o);
/* takes the handle */
Value store_new(Thread *t, Type *type, const StoreOps *ops, void *handle, bool writable);
/* Locks s; false: it is closed, the error is raised and nothing locked. */
NODISCARD bool store_enter(Thread *t, Store *s);
void store_leave(Store *s);
NODISCARD bool store_datum(Thread *t, Value v, datum *out);               /* of bytes or str */
Value store_bytes(Thread *t, const StoreOps *ops, datum d);               /* frees what is owned */
COLD Value raise_store(Thread *t, const StoreOps *ops, const char *words);
/* An error of opening: errno and the name, when err is set. */
COLD Value raise_open(Thread *t, const StoreOps *ops, int err, Value filename);

ssize_t store_len(Thread *t, Value self);
Value store_getitem(Thread *t, Value self, Value key);
bool store_setitem(Thread *t, Value self, Value key, Value v);
int store_contains(Thread *t, Value self, Value key);
Value store_close(STORE_ARGS);
Value store_keys(STORE_ARGS);
Value store_get(STORE_ARGS);
Value store_setdefault(STORE_ARGS);
Value store_self(STORE_ARGS);

#define STORE_METHODS                                                                     \
    {"close()", store_close, "Closes the database.", 0},                                  \
    {"keys()", store_keys, "A list of all keys.", 0},                                     \
    {"get(key, default=None, /)", store_get, "The value of a key, or else default.", 0},  \
    {"setdefault(key, default=b'', /)", store_setdefault,                                 \
     "The value of a key; sets default when it has none.", 0},                            \
    {"__enter__()", store_self, "The database itself.", 0},                               \
    {"__exit__(*args)", store_close, "Closes the database.", 0}
#define STORE_SLOTS                                                                           \
    .size = sizeof(Store), .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE, .free = store_free, \
    .len = store_len, .getitem = store_getitem, .setitem = store_setitem, .contains = store_contains
#endif
