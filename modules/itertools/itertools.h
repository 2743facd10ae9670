/* What the files of the itertools module share. */
#ifndef MODULES_ITERTOOLS_H
#define MODULES_ITERTOOLS_H

#include "core/object/iter.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

extern Type count_type, cycle_type, repeat_type, accumulate_type, chain_type, compress_type,
    dropwhile_type, takewhile_type, filterfalse_type, starmap_type, islice_type, pairwise_type,
    zip_longest_type, groupby_type, grouper_type, tee_type, tee_data_type, product_type,
    combinations_type, combinations_wr_type, permutations_type;

/* The argument of a __setstate__ that must be a tuple of min..max items. */
NODISCARD bool itertools_state(Thread *t, Value state, size_t min, size_t max);
/* Arguments of a constructor that takes exactly `want` positional ones; keywords are for subclasses
 * only. */
NODISCARD bool itertools_args(Thread *t, Type *type, Type *exact, size_t n, size_t want,
                              Value kwnames);
Value itertools_tee(Thread *t, Value *args, size_t n, Value kw);

/* sig_: the parameters, "" where they have no text signature. */
#define ITERTOOL_TYPE(variable, name_, sig_, Struct, prefix, doc_)                                 \
    Type variable = {.head = OBJECT_STATIC_HEAD(&type_type),                                       \
                     .name = "itertools." name_,                                                   \
                     .doc = doc_,                                                                  \
                     .sig = name_ sig_,                                                            \
                     .size = sizeof(Struct),                                                       \
                     .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,                                      \
                     .trace = prefix##_trace,                                                      \
                     .getattr = generic_getattr,                                                   \
                     .new = prefix##_new,                                                          \
                     .iter = iter_self,                                                            \
                     .next = prefix##_next,                                                        \
                     .methods = prefix##_methods}

#define REDUCE_METHOD(fn) {"__reduce__()", fn, "Return state information for pickling.", 0}
#define SETSTATE_METHOD(fn)                                                                        \
    {                                                                                              \
        "__setstate__(state, /)", fn, "Set state information for unpickling.", 0                   \
    }
#define END_OF_METHODS {NULL, NULL, NULL, 0}

#endif
