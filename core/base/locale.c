/* The locale for character types. */
#include "core/base/locale.h"

#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *_Atomic later; /* what is still to be set; NULL: nothing */

/* The name that the environment gives, as setlocale() looks for it. */
static const char *wanted(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value) {
            return value;
        }
    }
    return "C";
}

void locale_begin(void)
{
    const char *name = wanted();
    if (strcmp(name, "C.UTF-8") == 0 && !getenv("LOCPATH") &&
        access("/usr/lib/locale/C.utf8/LC_CTYPE", R_OK) == 0) {
        atomic_store_explicit(&later, "C.UTF-8", memory_order_relaxed);
    } else {
        setlocale(LC_CTYPE, "");
    }
}

const char *locale_name(void)
{
    const char *name = atomic_load_explicit(&later, memory_order_relaxed);
    return name ? name : setlocale(LC_CTYPE, NULL);
}

const char *locale_encoding(void)
{
    bool set = !atomic_load_explicit(&later, memory_order_relaxed);
    const char *text = set ? nl_langinfo(CODESET) : NULL;
    return text && *text ? text : "UTF-8";
}

static void set_now(void)
{
    const char *name = atomic_load_explicit(&later, memory_order_relaxed);
    if (name) {
        setlocale(LC_CTYPE, name);
        atomic_store_explicit(&later, NULL, memory_order_relaxed);
    }
}

void locale_use(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_now);
}
