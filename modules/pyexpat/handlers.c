/* pyexpat: what expat calls, and the Python functions called in turn. */
#include "modules/pyexpat/parser.h"

/* ---- conversions ---- */

static Value text_of(Thread *t, const char *s)
{
    return s ? str_from_utf8(t, s, strlen(s)) : NONE;
}

/* The one object for a name, from the table of names. */
static Value name_of(XmlParser *p, const char *s)
{
    Value name = text_of(p->thread, s);
    if (!name || is_none(name) || !p->intern) {
        return name;
    }
    return dict_setdefault(p->thread, p->intern, name, name);
}

/* ---- calling ---- */

/* The function to call, 0: none, or an exception is on its way. */
static Value begin(XmlParser *p, HandlerKind kind)
{
    Value f = p->handlers[kind];
    return f && !error_pending(p->thread) && parser_flush_text(p) ? p->handlers[kind] : 0;
}

/* Calls f(*args) unless an argument could not be made. */
static Value call_handler(XmlParser *p, Value f, const Value *args, size_t n)
{
    Value r = 0;
    bool complete = true;
    for (size_t i = 0; i < n; i++) {
        complete = complete && args[i];
    }
    if (complete) {
        p->in_callback++;
        r = call(p->thread, f, args, n, 0);
        p->in_callback--;
    }
    if (!r) {
        handlers_forget(p);
    }
    return r;
}
#define CALL(...)                                        \
    do {                                                 \
        const Value args_[] = {__VA_ARGS__};             \
        call_handler(p, f, args_, ARRAY_SIZE(args_));    \
    } while (0)
/* Opens a callback: p and f, or returns. */
#define HANDLER(kind)           \
    XmlParser *p = data;        \
    Value f = begin(p, kind);   \
    if (!f) {                   \
        return;                 \
    }                           \
    Thread *t UNUSED = p->thread

bool parser_flush_text(XmlParser *p)
{
    if (!p->text || p->text_used == 0) {
        return true;
    }
    Value f = p->handlers[ON_CHARACTER_DATA],
          text = str_from_utf8(p->thread, p->text, (size_t)p->text_used);
    p->text_used = 0;
    return !f || call_handler(p, f, &text, 1);
}

static void on_text(void *data, const XML_Char *s, int len)
{
    XmlParser *p = data;
    if (!p->handlers[ON_CHARACTER_DATA] || error_pending(p->thread)) {
        return;
    }
    if (p->text) {
        if (p->text_used + len > p->text_size && !parser_flush_text(p)) {
            return;
        }
        if (len <= p->text_size) {
            memcpy(p->text + p->text_used, s, (size_t)len);
            p->text_used += len;
            return;
        }
    }
    Value f = p->handlers[ON_CHARACTER_DATA],
          text = f ? str_from_utf8(p->thread, s, (size_t)len) : 0;
    if (f) {
        call_handler(p, f, &text, 1);
    }
}

/* Stays in place of the handler that is taken away inside a callback: expat would go on to the
 * default handler. */
static void on_text_ignored(void *data UNUSED, const XML_Char *s UNUSED, int len UNUSED) {}

static Value attributes_of(XmlParser *p, const XML_Char **atts)
{
    Thread *t = p->thread;
    int count = p->specified_attributes ? XML_GetSpecifiedAttributeCount(p->expat) : 0;
    while (!p->specified_attributes && atts[count]) {
        count += 2;
    }
    Value all = p->ordered_attributes ? list_new(t, (size_t)count) : dict_new(t);
    for (int i = 0; all && i < count; i += 2) {
        Value name = name_of(p, atts[i]), v = name ? text_of(t, atts[i + 1]) : 0;
        if (!v || !(p->ordered_attributes ? list_append(t, all, name) && list_append(t, all, v)
                                          : dict_set(t, all, name, v))) {
            return 0;
        }
    }
    return all;
}

static void on_start_element(void *data, const XML_Char *name, const XML_Char **atts)
{
    HANDLER(ON_START_ELEMENT);
    CALL(name_of(p, name), attributes_of(p, atts));
}
static void on_end_element(void *data, const XML_Char *name)
{
    HANDLER(ON_END_ELEMENT);
    CALL(name_of(p, name));
}
static void on_processing_instruction(void *data, const XML_Char *target, const XML_Char *text)
{
    HANDLER(ON_PROCESSING_INSTRUCTION);
    CALL(name_of(p, target), text_of(t, text));
}
static void on_unparsed_entity(void *data, const XML_Char *entity, const XML_Char *base,
                               const XML_Char *system, const XML_Char *public,
                               const XML_Char *notation)
{
    HANDLER(ON_UNPARSED_ENTITY_DECL);
    CALL(name_of(p, entity), name_of(p, base), name_of(p, system), name_of(p, public),
         name_of(p, notation));
}
static void on_notation(void *data, const XML_Char *notation, const XML_Char *base,
                        const XML_Char *system, const XML_Char *public)
{
    HANDLER(ON_NOTATION_DECL);
    CALL(name_of(p, notation), name_of(p, base), name_of(p, system), name_of(p, public));
}
static void on_start_namespace(void *data, const XML_Char *prefix, const XML_Char *uri)
{
    HANDLER(ON_START_NAMESPACE_DECL);
    CALL(name_of(p, prefix), name_of(p, uri));
}
static void on_end_namespace(void *data, const XML_Char *prefix)
{
    HANDLER(ON_END_NAMESPACE_DECL);
    CALL(name_of(p, prefix));
}
static void on_comment(void *data, const XML_Char *text)
{
    HANDLER(ON_COMMENT);
    CALL(text_of(t, text));
}
static void on_start_cdata(void *data)
{
    HANDLER(ON_START_CDATA_SECTION);
    call_handler(p, f, NULL, 0);
}
static void on_end_cdata(void *data)
{
    HANDLER(ON_END_CDATA_SECTION);
    call_handler(p, f, NULL, 0);
}
static void on_default(void *data, const XML_Char *s, int len)
{
    HANDLER(ON_DEFAULT);
    CALL(str_from_utf8(t, s, (size_t)len));
}
static void on_default_expand(void *data, const XML_Char *s, int len)
{
    HANDLER(ON_DEFAULT_EXPAND);
    CALL(str_from_utf8(t, s, (size_t)len));
}

/* Result of a handler as a C int; failure 0. */
static int int_result(XmlParser *p, Value r)
{
    int i = 0;
    if (r && !value_to_int(p->thread, r, &i)) {
        handlers_forget(p);
        return 0;
    }
    return i;
}

static int on_not_standalone(void *data)
{
    XmlParser *p = data;
    Value f = begin(p, ON_NOT_STANDALONE);
    return f ? int_result(p, call_handler(p, f, NULL, 0)) : 0;
}

static int on_external_entity(XML_Parser expat, const XML_Char *context, const XML_Char *base,
                              const XML_Char *system, const XML_Char *public)
{
    XmlParser *p = XML_GetUserData(expat);
    Value f = begin(p, ON_EXTERNAL_ENTITY_REF);
    if (!f) {
        return 0;
    }
    const Value args[] = {text_of(p->thread, context), name_of(p, base), name_of(p, system),
                          name_of(p, public)};
    return int_result(p, call_handler(p, f, args, ARRAY_SIZE(args)));
}

static void on_start_doctype(void *data, const XML_Char *name, const XML_Char *system,
                             const XML_Char *public, int internal)
{
    HANDLER(ON_START_DOCTYPE_DECL);
    CALL(name_of(p, name), name_of(p, system), name_of(p, public), fixnum(internal));
}
static void on_end_doctype(void *data)
{
    HANDLER(ON_END_DOCTYPE_DECL);
    call_handler(p, f, NULL, 0);
}
static void on_entity(void *data, const XML_Char *entity, int is_parameter, const XML_Char *text,
                      int len, const XML_Char *base, const XML_Char *system, const XML_Char *public,
                      const XML_Char *notation)
{
    HANDLER(ON_ENTITY_DECL);
    CALL(name_of(p, entity), fixnum(is_parameter),
         text ? str_from_utf8(t, text, (size_t)len) : NONE, name_of(p, base), name_of(p, system),
         name_of(p, public), name_of(p, notation));
}
static void on_xml_decl(void *data, const XML_Char *version, const XML_Char *encoding,
                        int standalone)
{
    HANDLER(ON_XML_DECL);
    CALL(text_of(t, version), text_of(t, encoding), fixnum(standalone));
}
static void on_attlist(void *data, const XML_Char *element, const XML_Char *attribute,
                       const XML_Char *type, const XML_Char *value, int required)
{
    HANDLER(ON_ATTLIST_DECL);
    CALL(name_of(p, element), name_of(p, attribute), text_of(t, type), text_of(t, value),
         fixnum(required));
}
static void on_skipped_entity(void *data, const XML_Char *entity, int is_parameter)
{
    HANDLER(ON_SKIPPED_ENTITY);
    CALL(name_of(p, entity), fixnum(is_parameter));
}

/* (type, quantifier, name, children) */
static Value model_of(XmlParser *p, const XML_Content *model)
{
    Thread *t = p->thread;
    if (!c_recursion_enter(t, " in conv_content_model")) {
        return 0;
    }
    Value children = tuple_new(t, model->numchildren);
    for (unsigned i = 0; children && i < model->numchildren; i++) {
        Value child = model_of(p, &model->children[i]);
        if (child) {
            gc_store(value_object(children), &value_tuple(children)->items[i], child);
        } else {
            children = 0;
        }
    }
    c_recursion_leave(t);
    Value name = children ? name_of(p, model->name) : 0;
    return name ? tuple_pack(t, 4, fixnum(model->type), fixnum(model->quant), name, children) : 0;
}

static void on_element_decl(void *data, const XML_Char *name, XML_Content *model)
{
    XmlParser *p = data;
    Value f = begin(p, ON_ELEMENT_DECL);
    if (f) {
        CALL(name_of(p, name), model_of(p, model));
    }
    XML_FreeContentModel(p->expat, model);
}

/* ---- installing ---- */

#define SET(kind, setter, fn)                \
    case kind:                               \
        setter(x, on ? (fn) : NULL);         \
        break
void handler_install(XmlParser *p, HandlerKind kind, bool on)
{
    XML_Parser x = p->expat;
    switch (kind) {
    SET(ON_START_ELEMENT, XML_SetStartElementHandler, on_start_element);
    SET(ON_END_ELEMENT, XML_SetEndElementHandler, on_end_element);
    SET(ON_PROCESSING_INSTRUCTION, XML_SetProcessingInstructionHandler, on_processing_instruction);
    SET(ON_UNPARSED_ENTITY_DECL, XML_SetUnparsedEntityDeclHandler, on_unparsed_entity);
    SET(ON_NOTATION_DECL, XML_SetNotationDeclHandler, on_notation);
    SET(ON_START_NAMESPACE_DECL, XML_SetStartNamespaceDeclHandler, on_start_namespace);
    SET(ON_END_NAMESPACE_DECL, XML_SetEndNamespaceDeclHandler, on_end_namespace);
    SET(ON_COMMENT, XML_SetCommentHandler, on_comment);
    SET(ON_START_CDATA_SECTION, XML_SetStartCdataSectionHandler, on_start_cdata);
    SET(ON_END_CDATA_SECTION, XML_SetEndCdataSectionHandler, on_end_cdata);
    SET(ON_DEFAULT, XML_SetDefaultHandler, on_default);
    SET(ON_DEFAULT_EXPAND, XML_SetDefaultHandlerExpand, on_default_expand);
    SET(ON_NOT_STANDALONE, XML_SetNotStandaloneHandler, on_not_standalone);
    SET(ON_EXTERNAL_ENTITY_REF, XML_SetExternalEntityRefHandler, on_external_entity);
    SET(ON_START_DOCTYPE_DECL, XML_SetStartDoctypeDeclHandler, on_start_doctype);
    SET(ON_END_DOCTYPE_DECL, XML_SetEndDoctypeDeclHandler, on_end_doctype);
    SET(ON_ENTITY_DECL, XML_SetEntityDeclHandler, on_entity);
    SET(ON_XML_DECL, XML_SetXmlDeclHandler, on_xml_decl);
    SET(ON_ELEMENT_DECL, XML_SetElementDeclHandler, on_element_decl);
    SET(ON_ATTLIST_DECL, XML_SetAttlistDeclHandler, on_attlist);
    SET(ON_SKIPPED_ENTITY, XML_SetSkippedEntityHandler, on_skipped_entity);
    case ON_CHARACTER_DATA:
        XML_SetCharacterDataHandler(x, on ? on_text : p->in_callback ? on_text_ignored : NULL);
        break;
    case HANDLER_COUNT:
        break;
    }
}
#undef SET

static int refuse_external_entity(XML_Parser expat UNUSED, const XML_Char *context UNUSED,
                                  const XML_Char *base UNUSED, const XML_Char *system UNUSED,
                                  const XML_Char *public UNUSED)
{
    return 0;
}

void handlers_forget(XmlParser *p)
{
    for (int i = 0; i < HANDLER_COUNT; i++) {
        if (p->handlers[i]) {
            gc_store(p, &p->handlers[i], 0);
            handler_install(p, (HandlerKind)i, false);
        }
    }
    XML_SetExternalEntityRefHandler(p->expat, refuse_external_entity);
}
