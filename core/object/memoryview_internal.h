/* What the memoryview*.c files share.
 *
 *   MemoryView --> Managed (one per export taken from an object; counts the views on it) -->
 * exporter view.shape, strides and suboffsets point into dims; view.format into a bytes object or
 * the exporter.
 */
#ifndef CORE_OBJECT_MEMORYVIEW_INTERNAL_H
#define CORE_OBJECT_MEMORYVIEW_INTERNAL_H

#include "core/object/buffer.h"
#include "core/object/codec.h"

#define VIEW_MAX_DIMS 64

typedef struct Managed {
    Object head;
    Buffer master;
    _Atomic ssize_t views;    /* unreleased memoryviews, and what view_pin keeps */
    bool outside;             /* the memory is none of the heap's; init-only */
    _Atomic bool ended;       /* finalized: views that came back to life are released */
} Managed;

typedef struct MemoryView {
    Object head;
    Managed *managed;         /* atomic */
    Buffer view;              /* obj: the exporter; not owned through this struct */
    Value format;             /* bytes that view.format points into, or 0 */
    _Atomic ssize_t exports;  /* buffers others got from this view */
    _Atomic int64_t hash;     /* 0: not computed */
    _Atomic bool released;
    ssize_t dims[];           /* shape, strides, suboffsets: ndim each */
} MemoryView;

extern Type managed_buffer_type, counted_export_type, plain_export_type, memoryview_iter_type;

static inline MemoryView *view_of(Value v)
{
    assert(value_isa(v, &memoryview_type));
    return (MemoryView *)value_object(v);
}
static inline Managed *view_export(const MemoryView *m)
{
    return __atomic_load_n(&m->managed, __ATOMIC_RELAXED);
}
static inline bool view_has_ended(const MemoryView *m)
{
    return atomic_load_explicit(&m->released, memory_order_relaxed) ||
           atomic_load_explicit(&view_export(m)->ended, memory_order_relaxed);
}
/* "operation forbidden on released memoryview object" */
NODISCARD bool view_check(Thread *t, MemoryView *m);
/* Checks the same.  The memory stays until view_unpin, also when another thread releases the view:
 * what is outside of the heap (an mmap's, an extension's) may go with the last view. */
NODISCARD Managed *view_pin_slow(Thread *t, MemoryView *m);
NODISCARD static inline Managed *view_pin(Thread *t, MemoryView *m)
{
    Managed *managed = view_export(m);
    return LIKELY(!view_has_ended(m)) && LIKELY(!managed->outside) ? managed
                                                                   : view_pin_slow(t, m);
}
NODISCARD Managed *view_pin_quietly(MemoryView *m);
/* One of the managed views is gone; with the last one the memory goes. */
void view_drop(Thread *t, Managed *managed);
static inline void view_unpin(Thread *t, Managed *pinned)
{
    if (UNLIKELY(pinned->outside)) {
        view_drop(t, pinned);
    }
}
/* Gives the buffer back; false: raised, others have buffers from m. */
NODISCARD bool view_release(Thread *t, MemoryView *m);
/* A new view on the same export with src's buffer and room for ndim dimensions (copied when src has
 * as many). */
MemoryView *view_derive(Thread *t, MemoryView *src, int ndim);
bool view_is_c_contiguous(const Buffer *b);
bool view_is_f_contiguous(const Buffer *b);
/* address of item i of dimension dim */
char *view_step(const Buffer *b, char *p, int dim, ssize_t i);

/* Items.  Native single-character formats, optionally behind '@'. 0: anything else. */
int view_format_char(const char *format);
ssize_t view_format_size(int c);
Value view_unpack(Thread *t, const Buffer *b, const char *p);
NODISCARD bool view_pack(Thread *t, const Buffer *b, char *p, Value v);
Value view_tolist(Thread *t, const Buffer *b, char *p, int dim);
Value view_getitem(Thread *t, Value self, Value key);
bool view_setitem(Thread *t, Value self, Value key, Value v);
Value view_compare(Thread *t, Value a, Value b, CompareOp op);
/* Copies all items in C (or Fortran) order to out. */
void view_copy_out(const Buffer *b, char *out, bool fortran);
Value view_cast_method(Thread *t, Value *args, size_t n, Value kw);

#endif
