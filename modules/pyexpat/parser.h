/* The parts of the module pyexpat.
 *
 * A parser belongs to the thread that is inside Parse(): others wait for its lock, parked.  expat
 * calls back with the XmlParser as user data; callbacks do nothing once an exception is pending,
 * and then all handlers are forgotten.
 */
#ifndef MODULES_PYEXPAT_PARSER_H
#define MODULES_PYEXPAT_PARSER_H

#include <expat.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

typedef enum {
    ON_START_ELEMENT,
    ON_END_ELEMENT,
    ON_PROCESSING_INSTRUCTION,
    ON_CHARACTER_DATA,
    ON_UNPARSED_ENTITY_DECL,
    ON_NOTATION_DECL,
    ON_START_NAMESPACE_DECL,
    ON_END_NAMESPACE_DECL,
    ON_COMMENT,
    ON_START_CDATA_SECTION,
    ON_END_CDATA_SECTION,
    ON_DEFAULT,
    ON_DEFAULT_EXPAND,
    ON_NOT_STANDALONE,
    ON_EXTERNAL_ENTITY_REF,
    ON_START_DOCTYPE_DECL,
    ON_END_DOCTYPE_DECL,
    ON_ENTITY_DECL,
    ON_XML_DECL,
    ON_ELEMENT_DECL,
    ON_ATTLIST_DECL,
    ON_SKIPPED_ENTITY,
    HANDLER_COUNT
} HandlerKind;

typedef struct XmlParser {
    Object head;
    Value handlers[HANDLER_COUNT]; /* function or 0 */
    Value intern;                  /* dict of names, or 0 */
    Value parent;                  /* parser this one was made by, or 0: it shares its DTD */
    OwnedMutex lock;
    Thread *thread;                /* lock: its owner, for expat's callbacks */
    XML_Parser expat;
    int in_callback;
    bool ordered_attributes, specified_attributes, namespace_prefixes;
    char *text;                    /* buffered character data, mem_alloc'ed; NULL: not buffering */
    int text_used, text_size;
} XmlParser;

extern Type xml_parser_type;
extern Value expat_error; /* root; xml.parsers.expat.ExpatError */
static inline XmlParser *parser_of(Value v)
{
    assert(value_isa(v, &xml_parser_type));
    return (XmlParser *)value_object(v);
}

/* handlers.c */
void handler_install(XmlParser *p, HandlerKind kind, bool on);
void handlers_forget(XmlParser *p);
bool parser_flush_text(XmlParser *p);         /* false: raised */

/* parser.c */
Value parser_create(Thread *t, XML_Parser expat, Value intern);
Value raise_expat(Thread *t, XML_Parser expat, enum XML_Error code);

/* constants.c */
NODISCARD bool expat_add_constants(Thread *t, Value mod);

#endif
