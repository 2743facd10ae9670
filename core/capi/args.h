/* What the files of PyArg_Parse* share: args.c (lists of arguments), args_items.c (one of them). */
#ifndef CORE_CAPI_ARGS_H
#define CORE_CAPI_ARGS_H

#include "core/capi/capi.h"

enum { MAX_DEPTH = 8 };

typedef struct Parser {
    Thread *t;
    const char *p;           /* next format character */
    va_list ap;
    const char *name;        /* behind ':' or NULL */
    const char *message;     /* behind ';' or NULL */
    char reason[200];        /* of the item that failed, when no exception is pending */
    int levels[MAX_DEPTH];   /* positions inside nested tuples, innermost last; 1-based */
    int depth;
} Parser;

/* Converts arg as the next item of the format says.  false: raised, or s->reason tells why not. */
bool parser_item(Parser *s, PyObject *arg);
/* Skips the format and the destinations of an absent item. */
void parser_skip(Parser *s);
/* A type as messages name it. */
static inline const char *parser_shown(PyObject *o)
{
    return o == Py_None ? "None" : Py_TYPE(o)->tp_name;
}

/* The ')' of the group that p is in. */
static inline const char *parser_group_end(const char *p)
{
    for (int level = 1; *p; p++) {
        level += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (level == 0) {
            return p;
        }
    }
    return p;
}

/* 1 when an item begins at *p, which goes to its last letter then. */
static inline int parser_item_starts(const char **p)
{
    char c = **p;
    if (c == '(') {
        *p = parser_group_end(*p + 1);
        return 1;
    }
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    *p += c == 'e' ? 1 : 0;
    return letter;
}

#endif
