/* Listing a database of the system. */
#include "modules/posix/database.h"
#include "core/object/list.h"
#include "core/object/thread_state.h"

Value database_entries(Thread *t, Database *db)
{
    Value list = list_new(t, 0);
    if (!list) {
        return 0;
    }
    thread_park(t);
    mutex_lock(&db->lock);
    thread_unpark(t);
    db->start();
    for (Value entry; (entry = db->next(t)) && list_append(t, list, entry);) {
    }
    db->end();
    mutex_unlock(&db->lock);
    return error_pending(t) ? 0 : list;
}
