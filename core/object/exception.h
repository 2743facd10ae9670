/* Exception objects. */
#ifndef CORE_OBJECT_EXCEPTION_H
#define CORE_OBJECT_EXCEPTION_H

#include <limits.h>

#include "core/base/atomics.h"
#include "core/object/object.h"

/* Layout of every BaseException; subclasses add fields behind.  All fields are atomic: an exception
 * that several threads have may be raised and changed by each of them. */
typedef struct Exception {
    Object head;
    Value args;              /* tuple */
    Value notes;             /* list or 0 */
    Value traceback;         /* traceback object or 0 */
    Value context, cause;    /* exception or 0 */
    bool suppress_context;
} Exception;
typedef struct StopIterationExc {
    Exception base;
    Value value;
    /* value as an object: what C extensions find in the field, 0 until an extension gets the
     * exception */
    Value lent;
} StopIterationExc;
typedef struct SystemExitExc { Exception base; Value code; } SystemExitExc;
typedef struct OSErrorExc {
    Exception base;
    Value errno_, strerror_, filename, filename2, written;
} OSErrorExc;
typedef struct SyntaxErrorExc {
    Exception base;
    Value msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line;
} SyntaxErrorExc;
typedef struct ImportErrorExc { Exception base; Value msg, name, path; } ImportErrorExc;
typedef struct NameErrorExc { Exception base; Value name; } NameErrorExc;
typedef struct AttributeErrorExc { Exception base; Value obj, name; } AttributeErrorExc;
typedef struct UnicodeErrorExc {
    Exception base;
    Value encoding, object, reason;
    ssize_t start, end;
} UnicodeErrorExc;
typedef struct ExceptionGroupExc { Exception base; Value msg, excs; } ExceptionGroupExc;

static inline bool value_is_exception(Value v)
{
    return value_is_object(v) && value_has(v, TYPE_EXC);
}
static inline bool value_is_exception_type(Value v)
{
    return value_is_type(v) && type_has(value_type(v), TYPE_EXC);
}
static inline Exception *value_exception(Value v)
{
    assert(value_is_exception(v));
    return (Exception *)value_object(v);
}
static inline Value exception_args(Value exc) /* a tuple */
{
    return value_load(&value_exception(exc)->args);
}
static inline Value exception_traceback(Value exc) /* or 0 */
{
    return value_load(&value_exception(exc)->traceback);
}
static inline Value exception_context(Value exc) /* or 0 */
{
    return value_load(&value_exception(exc)->context);
}
static inline Value exception_cause(Value exc) /* or 0 */
{
    return value_load(&value_exception(exc)->cause);
}
static inline void exception_set_traceback(Value exc, Value traceback)
{
    gc_store(value_object(exc), &value_exception(exc)->traceback, traceback);
}
static inline void exception_set_context(Value exc, Value context)
{
    gc_store(value_object(exc), &value_exception(exc)->context, context);
}
/* raise ... from: the context is not shown any more. */
static inline void exception_set_cause(Value exc, Value cause)
{
    gc_store(value_object(exc), &value_exception(exc)->cause, cause);
    store_relaxed(&value_exception(exc)->suppress_context, true);
}
/* type(args...) ; instance returned as it is */
Value exception_normalize(Thread *t, Value type_or_instance, Value arg /* or 0 */);
/* except*: splits exc by types: *match and *rest are exceptions or NONE. */
NODISCARD bool exception_group_match(Thread *t, Value exc, Value types, Value *match, Value *rest);
Value exception_group_reraise(Thread *t, Value orig, Value list_of_raised);  /* prep_reraise_star */

NODISCARD bool exceptions_init(Thread *t);  /* readies the hierarchy; called by types_init */

/* traceback objects: one per (frame, instruction); core/vm creates them. */
typedef struct Traceback {
    Object head;
    Value next /* or 0 */;
    Value frame;
    int lasti;
    int lineno;
} Traceback;
/* lineno: follows from frame and lasti, found out when read */
enum { TRACEBACK_LINE_UNREAD = INT_MIN };
extern Type traceback_type;
Value traceback_new(Thread *t, Value next, Value frame, int lasti, int lineno);

#endif
