/* The mapping protocol of databases in files, for any library. */
#include <limits.h>
#include <stdlib.h>

#include "core/object/bytes.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "modules/_dbm/store.h"

void store_free(Object *o)
{
    Store *s = (Store *)o;
    if (s->handle) {
        s->ops->close(s->handle);
    }
}

Value store_new(Thread *t, Type *type, const StoreOps *ops, void *handle, bool writable)
{
    Store *s = object_alloc(t, type, sizeof *s);
    if (!s) {
        ops->close(handle);
        return 0;
    }
    s->ops = ops;
    s->writable = writable;
    s->handle = handle;
    return object_value(s);
}

Value raise_store(Thread *t, const StoreOps *ops, const char *words)
{
    return raise(t, value_type(*ops->error), "%s", words);
}

Value raise_open(Thread *t, const StoreOps *ops, int err, Value filename)
{
    return raise_errno(t, value_type(*ops->error), err, filename);
}

bool store_enter(Thread *t, Store *s)
{
    mutex_lock_parked(t, &s->busy);
    if (s->handle) {
        return true;
    }
    mutex_unlock(&s->busy);
    raise(t, value_type(*s->ops->error), "%s object has already been closed",
          s->ops->name[0] == 'g' ? "GDBM" : "DBM");
    return false;
}

void store_leave(Store *s)
{
    mutex_unlock(&s->busy);
}

bool store_datum(Thread *t, Value v, datum *out)
{
    size_t n;
    const char *p;
    if (value_is_str(v)) {
        p = str_utf8(t, v, &n);
    } else if (value_is_bytes(v)) {
        p = value_bytes(v)->data;
        n = value_bytes(v)->len;
    } else {
        type_error(t, "a bytes-like object is required, not '%T'", v);
        return false;
    }
    if (p && n > INT_MAX) {
        overflow_error(t, "size does not fit in an int");
        return false;
    }
    *out = (datum){.dptr = (char *)(uintptr_t)p, .dsize = p ? (int)n : 0};
    return p != NULL;
}

Value store_bytes(Thread *t, const StoreOps *ops, datum d)
{
    Value v = bytes_new(t, d.dptr, (size_t)d.dsize);
    if (ops->owned) {
        free(d.dptr);
    }
    return v;
}

/* The value of a key as bytes; 0 without an exception: it has none. */
static Value lookup(Thread *t, Store *s, Value key)
{
    datum k;
    if (!store_datum(t, key, &k) || !store_enter(t, s)) {
        return 0;
    }
    datum d = s->ops->fetch(s->handle, k);
    Value v = d.dptr ? store_bytes(t, s->ops, d) : 0;
    store_leave(s);
    return v;
}

Value store_getitem(Thread *t, Value self, Value key)
{
    Value v = lookup(t, as_store(self), key);
    return v || error_pending(t) ? v : key_error(t, key);
}

int store_contains(Thread *t, Value self, Value key)
{
    if (!value_is_str(key) && !value_is_bytes(key)) {
        type_error(t, "%s key must be bytes or string, not %T", as_store(self)->ops->name, key);
        return -1;
    }
    Value v = lookup(t, as_store(self), key);
    return v ? 1 : error_pending(t) ? -1 : 0;
}

static bool key_datum(Thread *t, Store *s, Value v, const char *what, datum *out)
{
    if (!value_is_str(v) && !value_is_bytes(v)) {
        type_error(t, "%s mappings have bytes or string %s only", s->ops->name, what);
        return false;
    }
    return store_datum(t, v, out);
}

static bool remove_key(Thread *t, Store *s, Value key, datum k)
{
    if (!store_enter(t, s)) {
        return false;
    }
    bool failed = s->ops->remove(s->handle, k);
    store_leave(s);
    if (failed && s->writable) {
        key_error(t, key);
    } else if (failed) {
        raise_store(t, s->ops, "cannot delete item from database");
    }
    return !failed;
}

bool store_setitem(Thread *t, Value self, Value key, Value v)
{
    Store *s = as_store(self);
    datum k, d;
    if (!key_datum(t, s, key, "keys", &k)) {
        return false;
    }
    if (!v) {
        return remove_key(t, s, key, k);
    }
    if (!key_datum(t, s, v, "elements", &d) || !store_enter(t, s)) {
        return false;
    }
    bool failed = s->ops->store(s->handle, k, d);
    store_leave(s);
    if (failed) {
        raise_store(t, s->ops, "cannot add item to database");
    }
    return !failed;
}

/* Calls visit for every key, under the lock; visit owns nothing of it. */
static bool each_key(Thread *t, Store *s, bool (*visit)(Thread *t, datum key, void *arg), void *arg)
{
    if (!store_enter(t, s)) {
        return false;
    }
    bool ok = true;
    for (datum key = s->ops->first(s->handle); key.dptr && ok;) {
        ok = visit(t, key, arg);
        datum next = s->ops->next(s->handle, key);
        if (s->ops->owned) {
            free(key.dptr);
        }
        key = next;
    }
    store_leave(s);
    return ok;
}

static bool count_key(Thread *t UNUSED, datum key UNUSED, void *arg)
{
    ++*(ssize_t *)arg;
    return true;
}

static bool append_key(Thread *t, datum key, void *arg)
{
    Value bytes = bytes_new(t, key.dptr, (size_t)key.dsize);
    return bytes && list_append(t, *(Value *)arg, bytes);
}

ssize_t store_len(Thread *t, Value self)
{
    ssize_t count = 0;
    return each_key(t, as_store(self), count_key, &count) ? count : -1;
}

Value store_keys(STORE_ARGS)
{
    Value list = list_new(t, 0);
    return list && each_key(t, as_store(args[0]), append_key, &list) ? list : 0;
}

Value store_get(STORE_ARGS)
{
    Value v = lookup(t, as_store(args[0]), args[1]);
    return v || error_pending(t) ? v : args[2] ? args[2] : NONE;
}

Value store_setdefault(STORE_ARGS)
{
    Value v = lookup(t, as_store(args[0]), args[1]);
    if (v || error_pending(t)) {
        return v;
    }
    Value given = args[2] ? args[2] : bytes_new(t, "", 0);
    return given && store_setitem(t, args[0], args[1], given) ? given : 0;
}

Value store_close(STORE_ARGS)
{
    Store *s = as_store(args[0]);
    void *handle = NULL;
    if (!store_enter(t, s)) { /* closed already: nothing to do */
        error_clear(t);
        return NONE;
    }
    handle = s->handle;
    s->handle = NULL;
    store_leave(s);
    s->ops->close(handle);
    return NONE;
}

Value store_self(STORE_ARGS)
{
    Store *s = as_store(args[0]);
    if (!store_enter(t, s)) {
        return 0;
    }
    store_leave(s);
    return args[0];
}
