/* -DTYPHON_NO_SYNC=ON: atomic operations are plain ones, fences are nothing, and one thread runs.
 *
 * Only for measuring what being parallel costs one thread: every file includes this one first (the
 * compiler's -include).  A second thread cannot be started, collections have one marker, and the
 * interpreter loop does not poll, so that handlers of signals run only where something waits.
 */
#ifndef CORE_BASE_NO_SYNC_H
#define CORE_BASE_NO_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>

#undef atomic_init
#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_weak_explicit
#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_and
#undef atomic_fetch_and_explicit
#undef atomic_fetch_or
#undef atomic_fetch_or_explicit
#undef atomic_thread_fence
#undef atomic_signal_fence

#define _Atomic
#define NO_SYNC_SWAP(p, v)                                                                         \
    __extension__({                                                                                \
        __typeof__(p) at_ = (p);                                                                   \
        __typeof__(*at_) old_ = *at_;                                                              \
        *at_ = (v);                                                                                \
        old_;                                                                                      \
    })
#define NO_SYNC_FETCH(p, op, v)                                                                    \
    __extension__({                                                                                \
        __typeof__(p) at_ = (p);                                                                   \
        __typeof__(*at_) old_ = *at_;                                                              \
        *at_ = old_ op(v);                                                                         \
        old_;                                                                                      \
    })
#define NO_SYNC_CAS(p, expected, v)                                                                \
    __extension__({                                                                                \
        __typeof__(p) at_ = (p);                                                                   \
        __typeof__(expected) wanted_ = (expected);                                                 \
        bool same_ = *at_ == *wanted_;                                                             \
        if (same_) {                                                                               \
            *at_ = (v);                                                                            \
        } else {                                                                                   \
            *wanted_ = *at_;                                                                       \
        }                                                                                          \
        same_;                                                                                     \
    })

#define atomic_init(p, v) ((void)(*(p) = (v)))
#define atomic_load(p) (*(p))
#define atomic_load_explicit(p, order) (*(p))
#define atomic_store(p, v) ((void)(*(p) = (v)))
#define atomic_store_explicit(p, v, order) ((void)(*(p) = (v)))
#define atomic_exchange(p, v) NO_SYNC_SWAP(p, v)
#define atomic_exchange_explicit(p, v, order) NO_SYNC_SWAP(p, v)
#define atomic_compare_exchange_strong(p, e, v) NO_SYNC_CAS(p, e, v)
#define atomic_compare_exchange_strong_explicit(p, e, v, order, failed) NO_SYNC_CAS(p, e, v)
#define atomic_compare_exchange_weak(p, e, v) NO_SYNC_CAS(p, e, v)
#define atomic_compare_exchange_weak_explicit(p, e, v, order, failed) NO_SYNC_CAS(p, e, v)
#define atomic_fetch_add(p, v) NO_SYNC_FETCH(p, +, v)
#define atomic_fetch_add_explicit(p, v, order) NO_SYNC_FETCH(p, +, v)
#define atomic_fetch_sub(p, v) NO_SYNC_FETCH(p, -, v)
#define atomic_fetch_sub_explicit(p, v, order) NO_SYNC_FETCH(p, -, v)
#define atomic_fetch_and(p, v) NO_SYNC_FETCH(p, &, v)
#define atomic_fetch_and_explicit(p, v, order) NO_SYNC_FETCH(p, &, v)
#define atomic_fetch_or(p, v) NO_SYNC_FETCH(p, |, v)
#define atomic_fetch_or_explicit(p, v, order) NO_SYNC_FETCH(p, |, v)
#define atomic_thread_fence(order) ((void)0)
#define atomic_signal_fence(order) ((void)0)

#define __atomic_load_n(p, order) (*(p))
#define __atomic_store_n(p, v, order) ((void)(*(p) = (v)))
#define __atomic_exchange_n(p, v, order) NO_SYNC_SWAP(p, v)
#define __atomic_compare_exchange_n(p, e, v, weak, order, failed) NO_SYNC_CAS(p, e, v)
#define __atomic_fetch_add(p, v, order) NO_SYNC_FETCH(p, +, v)
#define __atomic_fetch_and(p, v, order) NO_SYNC_FETCH(p, &, v)
#define __atomic_fetch_or(p, v, order) NO_SYNC_FETCH(p, |, v)
#define __atomic_and_fetch(p, v, order) (*(p) &= (v))

#endif
