/* The databases of the system whose iteration is one per process: pwd, grp, spwd. */
#ifndef MODULES_POSIX_DATABASE_H
#define MODULES_POSIX_DATABASE_H

#include "core/base/mutex.h"
#include "core/object/object.h"

typedef struct Database {
    Mutex lock;                /* held over the whole iteration; calls nothing of Python's */
    void (*start)(void);
    Value (*next)(Thread *t);  /* an entry; 0: the end, or raised */
    void (*end)(void);
} Database;

/* List of all entries; 0: raised. */
NODISCARD Value database_entries(Thread *t, Database *db);

#endif
