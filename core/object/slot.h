/* The table slot <-> dunder (slots.def): wrapper descriptors that static types get for their slots,
 * and the generic slot functions that Python classes get for their dunder methods. */
#ifndef CORE_OBJECT_SLOT_H
#define CORE_OBJECT_SLOT_H

#include "core/object/native.h"

typedef struct SlotDef SlotDef;
/* Calls the native slot function fn from Python: args without self. */
typedef Value (*WrapperFn)(Thread *t, const SlotDef *slot, void *fn, Value self, const Value *args,
                           size_t n, Value kwnames);

struct SlotDef {
    const char *name;    /* "__add__" */
    size_t name_offset;  /* of the interned name in struct Names */
    size_t offset;       /* of the function pointer in Type */
    /* slot function that calls the dunder method; NULL: Python classes never fill this slot */
    void *generic;
    WrapperFn wrapper;   /* NULL: no descriptor is made */
    int arg;             /* CompareOp of comparisons */
    const char *sig;     /* "__add__(value, /)" */
    const char *doc;
};

extern const SlotDef slot_table[]; /* end: name == NULL; rows of one slot stand together */
static inline Value slot_name(const SlotDef *s)
{
    return *(const Value *)((const char *)&names + s->name_offset);
}
static inline void **slot_field(Type *type, const SlotDef *s)
{
    return (void **)((char *)type + s->offset);
}

/* Copies slots that `type` lacks from `base`. */
void slots_inherit(Type *type, Type *base);
/* The function pointers of a type from finalize on: a bit each in own_slots. */
static inline size_t slot_bit(size_t offset)
{
    return (offset - offsetof(Type, finalize)) / sizeof(void *);
}
/* Notes which slots a static type has before it inherits others. */
void slots_note_own(Type *type);
static inline bool slot_is_own(const Type *type, size_t offset)
{
    return type->own_slots[slot_bit(offset) / 64] >> slot_bit(offset) % 64 & 1;
}
/* Wrapper descriptors for those, into the type's namespace-to-be. */
NODISCARD bool slots_add_wrappers(Thread *t, Type *type, Value dict);
/* Derives slots of a heap type from the dunders found along its mro: all, or those `name`
 * (interned) stands for. */
void slots_update(Thread *t, Type *type, Value name);
bool slots_name_is_dunder(Value name);
/* A dunder method of self's class, unbound when *unbound; 0 and nothing raised: absent. */
Value special_method(Thread *t, Value self, Value name, bool *unbound);
/* Calls it with up to three arguments; *found false when there is none. */
Value special_call(Thread *t, Value self, Value name, const Value *args, size_t n, bool *found);
/* "__lt__" and so on. */
static inline Value compare_name(CompareOp op)
{
    static const uint16_t offsets[] = {
        offsetof(struct Names, __lt__), offsetof(struct Names, __le__),
        offsetof(struct Names, __eq__), offsetof(struct Names, __ne__),
        offsetof(struct Names, __gt__), offsetof(struct Names, __ge__),
    };
    return *(const Value *)((const char *)&names + offsets[op]);
}
/* Generic slot functions that other files compare against or install. */
#include "core/object/slot_generic.h"

#endif
