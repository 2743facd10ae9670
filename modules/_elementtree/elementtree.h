/* The parts of the module _elementtree: elements, the builder of trees, the XML parser.
 *
 *   Element | tag, text, tail | attrib -> dict or 0 | children -> list or 0
 *
 * Fields of an element change by one atomic store each.  attrib and children are made when somebody
 * needs them, under the element's lock, and stay until clear(); what happens inside them follows
 * the rules of dict and list.  A TreeBuilder's calls are made by one thread at a time by whoever
 * drives it; two at once give some tree, not a crash.  An ElementParser belongs to the thread that
 * is inside of one of its methods.
 */
#ifndef MODULES_ELEMENTTREE_ELEMENTTREE_H
#define MODULES_ELEMENTTREE_ELEMENTTREE_H

#include "core/object/dict.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Element {
    Object head;
    Value tag, text, tail; /* any */
    Value attrib;          /* dict, or 0: empty */
    Value children;        /* list of elements, or 0: none */
} Element;

/* What a builder tells whoever follows the parse (iterparse, XMLPullParser). */
typedef enum {
    EVENT_START,
    EVENT_END,
    EVENT_START_NS,
    EVENT_END_NS,
    EVENT_COMMENT,
    EVENT_PI,
    EVENT_COUNT
} EventKind;

typedef struct TreeBuilder {
    Object head;
    Value root;            /* first element, or 0 */
    Value here;            /* the element that is open, or 0 */
    Value last;            /* the element that was opened or closed last, or 0 */
    bool tail;             /* text belongs behind `last`, not into it */
    Value stack;           /* list of the elements around `here` */
    Value data;            /* 0, a str or a list of them: text not yet put into the tree */
    Value element_factory; /* or 0: Element */
    Value comment_factory, pi_factory; /* or 0: what the interpreter has */
    _Atomic bool insert_comments, insert_pis;
    Value report;          /* append method of the list of events, or 0 */
    Value events[EVENT_COUNT]; /* name of the event if it is wanted, or 0 */
} TreeBuilder;

extern Type element_type, element_iter_type, tree_builder_type, element_parser_type;

static inline bool value_is_element(Value v)
{
    return value_isa(v, &element_type);
}
static inline bool value_is_element_exact(Value v)
{
    return value_is_object(v) && value_object(v)->type == &element_type;
}
static inline Element *element_of(Value v)
{
    assert(value_is_element(v));
    return (Element *)value_object(v);
}
static inline TreeBuilder *builder_of(Value v)
{
    assert(value_isa(v, &tree_builder_type));
    return (TreeBuilder *)value_object(v);
}

/* ---- element.c ---- */
/* attrib: dict that becomes the element's, or 0 */
Value element_create(Thread *t, Value tag, Value attrib);
NODISCARD bool element_add(Thread *t, Value e, Value child);
/* The children at the moment, or 0: none */
static inline Value element_children(Value e)
{
    return value_load(&element_of(e)->children);
}
/* The list that holds the children, made if need be; 0: raised. */
Value element_children_list(Thread *t, Value e);
/* The same for the attributes. */
Value element_attributes(Thread *t, Value e);
/* The items of v, of whatever type, in a tuple; 0: raised. */
Value element_sequence(Thread *t, Value v);
/* TypeError unless v is an element. */
NODISCARD bool element_check(Thread *t, Value v);
Value etree_subelement(Thread *t, Value *args, size_t n, Value kw);

/* ---- element_items.c: e[...] and what finds children ---- */
ssize_t element_len(Thread *t, Value e);
Value element_getitem(Thread *t, Value e, Value key);
bool element_setitem(Thread *t, Value e, Value key, Value v);
Value element_item(Thread *t, Value e, ssize_t i);
Value element_find(Thread *t, Value *args, size_t n, Value kw);
Value element_findtext(Thread *t, Value *args, size_t n, Value kw);
Value element_findall(Thread *t, Value *args, size_t n, Value kw);
Value element_iterfind(Thread *t, Value *args, size_t n, Value kw);

/* ---- element_iter.c ---- */
/* Walks e and what is below it, in document order.  tag: 0 for all; texts: gives the texts. */
Value element_iter_new(Thread *t, Value e, Value tag, bool texts);

/* ---- tree_builder.c: false, 0: raised ---- */
Value builder_create(Thread *t);
Value builder_start(Thread *t, TreeBuilder *b, Value tag, Value attrib /* dict or 0 */);
Value builder_end(Thread *t, TreeBuilder *b);
NODISCARD bool builder_data(Thread *t, TreeBuilder *b, Value text);
Value builder_comment(Thread *t, TreeBuilder *b, Value text);
Value builder_pi(Thread *t, TreeBuilder *b, Value target, Value text);
Value builder_close(Thread *t, TreeBuilder *b);
NODISCARD bool builder_report(Thread *t, TreeBuilder *b, EventKind kind, Value what);
/* Reports the events named in the sequence `events` (0: the end of elements) to queue.append. */
NODISCARD bool builder_follow(Thread *t, TreeBuilder *b, Value queue, Value events);

/* ---- _elementtree.c ---- */
Value etree_parse_error(Thread *t); /* the type ParseError */

#endif
