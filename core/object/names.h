/* Interned names that C code uses: N(foo) is the str "foo" as a Value.  The table is names.def.
 * Names that are C keywords or contain no identifier are given with NAME2(id, "text"). */
#ifndef CORE_OBJECT_NAMES_H
#define CORE_OBJECT_NAMES_H

#include "gc/value.h"

typedef struct Names {
#define NAME(id) Value id;
#define NAME2(id, text) Value id;
#include "core/object/names.def"
#undef NAME
#undef NAME2
} Names;
extern Names names;
#define N(id) (names.id)

/* The interned str with this UTF-8 text; 0 only when memory is exhausted. Concurrent, lock-free
 * when present. */
Value intern_cstr(Thread *t, const char *utf8);
/* The same for a literal, which is looked for once. */
#define INTERN(t, literal)                                                   \
    __extension__({                                                          \
        static Value known_;                                                 \
        Value name_ = __atomic_load_n(&known_, __ATOMIC_ACQUIRE);            \
        LIKELY(name_ != 0) ? name_ : intern_once((t), &known_, "" literal);  \
    })
COLD Value intern_once(Thread *t, Value *known, const char *utf8);
Value intern_str(Thread *t, Value str); /* exact str */
Value intern_ascii(Thread *t, const char *p, size_t n); /* makes no str when there is one */
bool names_init(Thread *t);

#endif
