/* BufferedRWPair: a buffered reader and a buffered writer as one stream. */
#include "core/object/exception.h"
#include "core/object/int.h"
#include "modules/_io/io.h"

typedef struct RWPair { Object head; Value reader, writer; } RWPair;
static RWPair *pair_of(Value v)
{
    assert(value_isa(v, &buffered_rwpair_type));
    return (RWPair *)value_object(v);
}

static void pair_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((RWPair *)o)->reader);
    trace_value(tr, ((RWPair *)o)->writer);
}

static Value pair_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    RWPair *p = object_alloc_instance(t, type, 0);
    return p ? object_value(p) : 0;
}

static bool pair_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("BufferedRWPair(reader, writer, buffer_size=8192, /)");
    Value a[3];
    if (!args_bind(t, &sig, args, n, kw, a) ||
        !io_check_able(t, a[0], "readable", "File or stream is not readable.") ||
        !io_check_able(t, a[1], "writable", "File or stream is not writable.")) {
        return false;
    }
    Value size = a[2] ? a[2] : fixnum(IO_BUFFER_SIZE);
    Value reader = call2(t, object_value(&buffered_reader_type), a[0], size);
    Value writer = reader ? call2(t, object_value(&buffered_writer_type), a[1], size) : 0;
    if (!writer) {
        return false;
    }
    gc_store(value_object(self), &pair_of(self)->reader, reader);
    gc_store(value_object(self), &pair_of(self)->writer, writer);
    return true;
}

static Value pair_forward(Thread *t, Value half, const char *method, Value *args, size_t n)
{
    if (!half) {
        return value_error(t, "I/O operation on uninitialized object");
    }
    return call_method(t, half, intern_cstr(t, method), args + 1, n > 1 && args[1] ? 1 : 0);
}
/* A method that is one of the half's: nargs counts self. */
#define FORWARD(name, half, nargs)                                           \
    static Value pair_##name(IO_ARGS)                                        \
    {                                                                        \
        return pair_forward(t, pair_of(args[0])->half, #name, args, nargs);  \
    }
FORWARD(read, reader, 2)
FORWARD(peek, reader, 2)
FORWARD(read1, reader, 2)
FORWARD(readinto, reader, 2)
FORWARD(readinto1, reader, 2)
FORWARD(readable, reader, 1)
FORWARD(write, writer, 2)
FORWARD(flush, writer, 1)
FORWARD(writable, writer, 1)
#undef FORWARD

static Value pair_close(IO_ARGS)
{
    Value first = pair_forward(t, pair_of(args[0])->writer, "close", args, 1);
    Value error = first ? 0 : error_take(t);
    Value second = pair_forward(t, pair_of(args[0])->reader, "close", args, 1);
    if (error) {
        Value later = second ? 0 : error_take(t);
        if (later && !exception_context(later)) {
            exception_set_context(later, error);
        }
        error_restore(t, later ? later : error);
        return 0;
    }
    return second;
}

static Value pair_isatty(IO_ARGS)
{
    Value first = pair_forward(t, pair_of(args[0])->writer, "isatty", args, 1);
    return first && first == FALSE_VALUE
               ? pair_forward(t, pair_of(args[0])->reader, "isatty", args, 1)
               : first;
}

static Value pair_get_closed(Thread *t, Value self, void *c UNUSED)
{
    return pair_of(self)->writer
               ? object_getattr(t, pair_of(self)->writer, N(closed))
               : runtime_error(t, "the BufferedRWPair object is being garbage-collected");
}

static const NativeDef pair_methods[] = {
    {"read(size=-1, /)", pair_read, "Read from the reader.", 0},
    {"peek(size=0, /)", pair_peek, "Peek at the reader.", 0},
    {"read1(size=-1, /)", pair_read1, "Read from the reader once.", 0},
    {"readinto(buffer, /)", pair_readinto, "Read into the buffer.", 0},
    {"readinto1(buffer, /)", pair_readinto1, "Read into the buffer once.", 0},
    {"readable()", pair_readable, "Return whether the reader is readable.", 0},
    {"write(b, /)", pair_write, "Write to the writer.", 0},
    {"flush()", pair_flush, "Flush the writer.", 0},
    {"writable()", pair_writable, "Return whether the writer is writable.", 0},
    {"close()", pair_close, "Close both.", 0},
    {"isatty()", pair_isatty, "Return whether either is a terminal.", 0},
    {0},
};
static const GetSetDef pair_getset[] = {
    {"closed", pair_get_closed, NULL, "Whether the writer is closed.", NULL}, {0}};
Type buffered_rwpair_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                             .name = "_io.BufferedRWPair",
                             .size = sizeof(RWPair),
                             .base = &bufferediobase_type,
                             .doc = "A buffered reader and writer together.",
                             .sig = "BufferedRWPair(reader, writer, buffer_size=8192, /)",
                             .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                             .weakrefable = 1,
                             .trace = pair_trace,
                             .new = pair_new,
                             .init = pair_init,
                             .methods = pair_methods,
                             .getset = pair_getset};
