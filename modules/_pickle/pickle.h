/* _pickle: what its files share.  save.c and save_reduce.c write, load.c and load_ops.c read,
 * buffer.c is PickleBuffer. */
#ifndef MODULES_PICKLE_H
#define MODULES_PICKLE_H

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

#define PICKLE_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

enum {
    PICKLE_HIGHEST = 5,
    PICKLE_DEFAULT = 4,
    PICKLE_BATCH = 1000,
    FRAME_TARGET = 64 * 1024,
    FRAME_HEADER_SIZE = 9,
    FRAME_MIN = 4,
    FAST_NESTING = 50
};

enum PickleOp {
    P_MARK = '(',
    P_STOP = '.',
    P_POP = '0',
    P_POP_MARK = '1',
    P_DUP = '2',
    P_FLOAT = 'F',
    P_INT = 'I',
    P_BININT = 'J',
    P_BININT1 = 'K',
    P_LONG = 'L',
    P_BININT2 = 'M',
    P_NONE = 'N',
    P_PERSID = 'P',
    P_BINPERSID = 'Q',
    P_REDUCE = 'R',
    P_STRING = 'S',
    P_BINSTRING = 'T',
    P_SHORT_BINSTRING = 'U',
    P_UNICODE = 'V',
    P_BINUNICODE = 'X',
    P_APPEND = 'a',
    P_BUILD = 'b',
    P_GLOBAL = 'c',
    P_DICT = 'd',
    P_EMPTY_DICT = '}',
    P_APPENDS = 'e',
    P_GET = 'g',
    P_BINGET = 'h',
    P_INST = 'i',
    P_LONG_BINGET = 'j',
    P_LIST = 'l',
    P_EMPTY_LIST = ']',
    P_OBJ = 'o',
    P_PUT = 'p',
    P_BINPUT = 'q',
    P_LONG_BINPUT = 'r',
    P_SETITEM = 's',
    P_TUPLE = 't',
    P_EMPTY_TUPLE = ')',
    P_SETITEMS = 'u',
    P_BINFLOAT = 'G',
    P_PROTO = 0x80,
    P_NEWOBJ,
    P_EXT1,
    P_EXT2,
    P_EXT4,
    P_TUPLE1,
    P_TUPLE2,
    P_TUPLE3,
    P_NEWTRUE,
    P_NEWFALSE,
    P_LONG1,
    P_LONG4,
    P_BINBYTES = 'B',
    P_SHORT_BINBYTES = 'C',
    P_SHORT_BINUNICODE = 0x8c,
    P_BINUNICODE8,
    P_BINBYTES8,
    P_EMPTY_SET,
    P_ADDITEMS,
    P_FROZENSET,
    P_NEWOBJ_EX,
    P_STACK_GLOBAL,
    P_MEMOIZE,
    P_FRAME,
    P_BYTEARRAY8,
    P_NEXT_BUFFER,
    P_READONLY_BUFFER,
};

extern Value pickle_error, pickling_error, unpickling_error; /* exception types */
#define raise_pickling(t, ...) raise_error(t, value_type(pickling_error), __VA_ARGS__)
#define raise_unpickling(t, ...) raise_error(t, value_type(unpickling_error), __VA_ARGS__)

/* ---- pickling ---- */
/* A pickler that Python code knows is used under its lock, and neither set up nor used for a dump
 * by a thread that is inside already, through code of Python; likewise unpicklers. */
typedef struct Pickler {
    Object head;
    OwnedMutex lock;
    Value write;             /* file.write, or 0: dumps() */
    Value persistent_id;     /* callable or 0 */
    Value dispatch_table;    /* or 0: copyreg's */
    Value default_table, newobj; /* copyreg's dispatch_table and __newobj__; 0: not needed yet */
    Value reducer_override;  /* or 0; during dump() */
    Value buffer_callback;   /* or 0 */
    ValueArray *keys;        /* memo: open addressing by address; 0: free */
    RawBuffer *numbers;      /* memo: uint64_t per slot */
    size_t mask, memo_len;   /* slots - 1 */
    Bytes *out;              /* as long as there is room; no one else sees it */
    size_t len;              /* of what is in it */
    ssize_t frame_start;     /* -1: none open */
    Value fast_seen;         /* fast mode: dict of the ids of containers being saved, or 0 */
    int fast_depth;
    int proto;
    _Atomic int bin, fast;
    bool fix_imports, framing;
    _Atomic bool ready;
} Pickler;
extern Type pickler_type, pickler_memo_type, pickle_buffer_type;

bool pickle_put_slow(Thread *t, Pickler *p, const void *data, size_t n);
/* Appends to the output, in a frame where there are frames. */
static inline bool pickle_put(Thread *t, Pickler *p, const void *data, size_t n)
{
    if (LIKELY(p->out != NULL) && LIKELY(n <= p->out->len - p->len) &&
        LIKELY(!p->framing || p->frame_start >= 0)) {
        char *at = p->out->data + p->len;
        p->len += n;
        switch (n) { /* opcodes and short numbers */
        case 1: memcpy(at, data, 1); return true;
        case 2: memcpy(at, data, 2); return true;
        case 3: memcpy(at, data, 3); return true;
        case 5: memcpy(at, data, 5); return true;
        default: memcpy(at, data, n); return true;
        }
    }
    return pickle_put_slow(t, p, data, n);
}
static inline bool pickle_op(Thread *t, Pickler *p, unsigned op)
{
    return pickle_put(t, p, &(char){(char)op}, 1);
}
bool pickle_save(Thread *t, Pickler *p, Value v, bool persistent_ok);
bool pickle_memo_find(const Pickler *p, Value v, uint64_t *number);
bool pickle_memo_put(Thread *t, Pickler *p, Value v);
bool pickle_memo_get(Thread *t, Pickler *p, uint64_t number);
bool pickle_memo_set(Thread *t, Pickler *p, Value v, uint64_t number);
void pickle_memo_clear(Pickler *p);
bool pickle_batch_list(Thread *t, Pickler *p, Value iterator);
bool pickle_batch_dict(Thread *t, Pickler *p, Value iterator);
bool pickle_large(Thread *t, Pickler *p, const void *header, size_t header_len, const void *data,
                  size_t n, Value payload);
bool pickle_save_list(Thread *t, Pickler *p, Value v);
bool pickle_save_dict(Thread *t, Pickler *p, Value v);
bool pickle_save_set(Thread *t, Pickler *p, Value v);
bool pickle_save_frozenset(Thread *t, Pickler *p, Value v);
bool pickle_save_tuple(Thread *t, Pickler *p, Value v);
bool pickle_save_global(Thread *t, Pickler *p, Value v, Value name /* or 0 */);
bool pickle_save_reduce(Thread *t, Pickler *p, Value reduced, Value v /* or 0 */);
bool pickle_save_other(Thread *t, Pickler *p, Value v);
Value pickle_buffer_view(Thread *t, Value v, Buffer **view); /* PickleBuffer's view; 0: released */
bool pickler_setup(Thread *t, Value self, Value file, Value protocol, Value fix_imports,
                   Value buffer_callback);
bool pickle_dump(Thread *t, Value self, Value v);
/* A table of _compat_pickle, by name. */
Value pickle_compat(Thread *t, const char *table);
Value pickle_dotted(Thread *t, Value obj, Value name, Value *parent, Value *last);

/* ---- unpickling ---- */
typedef struct Unpickler {
    Object head;
    OwnedMutex lock;
    Value file_read, file_readline, file_readinto; /* or 0: loads() */
    Value input;             /* bytes or what exports the view: keeps data alive */
    const char *data;
    size_t pos, len;         /* of data */
    bool in_frame;
    ValueArray *stack;
    size_t top, fence;
    RawBuffer *marks;        /* size_t per mark */
    size_t n_marks;
    ValueArray *memo;
    size_t memo_len;         /* one past the highest number */
    Value persistent_load;   /* or 0 */
    Value encoding, errors;
    Value buffers;           /* iterator or 0 */
    _Atomic int proto;
    _Atomic bool fix_imports, ready;
} Unpickler;
extern Type unpickler_type, unpickler_memo_type;

bool unpickler_setup(Thread *t, Value self, Value file, Value fix_imports, Value encoding,
                     Value errors, Value buffers);
Value unpickle_load(Thread *t, Value self);
bool unpickle_read_slow(Thread *t, Unpickler *u, size_t n, const char **p);
static inline bool unpickle_read(Thread *t, Unpickler *u, size_t n, const char **p)
{
    if (LIKELY(n <= u->len - u->pos)) {
        *p = u->data + u->pos;
        u->pos += n;
        return true;
    }
    return unpickle_read_slow(t, u, n, p);
}
bool unpickle_line(Thread *t, Unpickler *u, const char **p, size_t *n); /* without the newline */
bool unpickle_push_slow(Thread *t, Unpickler *u, Value v);
/* v 0: raised, false. */
static inline bool unpickle_push(Thread *t, Unpickler *u, Value v)
{
    if (LIKELY(v != 0) && LIKELY(u->stack != NULL) && LIKELY(u->top < u->stack->cap)) {
        gc_store(u->stack, &u->stack->items[u->top++], v);
        return true;
    }
    return unpickle_push_slow(t, u, v);
}
Value unpickle_pop(Thread *t, Unpickler *u);
bool unpickle_underflow(Thread *t, Unpickler *u);
bool unpickle_mark(Thread *t, Unpickler *u, size_t *at);
bool unpickle_memo_set(Thread *t, Unpickler *u, size_t i, Value v);
Value unpickle_find_class(Thread *t, Value self, Value module, Value name);
Value unpickler_find_class(PICKLE_ARGS); /* Unpickler.find_class */
/* One instruction: 1 go on, 0 STOP, -1 raised. */
int unpickle_step(Thread *t, Value self, unsigned op);
bool unpickle_build(Thread *t, Unpickler *u);
bool unpickle_object_op(Thread *t, Value self, unsigned op, bool *known);

#endif
