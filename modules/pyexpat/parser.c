/* pyexpat: parser objects. */
#include "modules/pyexpat/parser.h"

#include <limits.h>

#include "core/base/memory.h"
#include "modules/pyexpat/encoding.h"

#define CHUNK_MAX (1 << 20)   /* bytes given to expat at a time */
#define READ_SIZE 2048        /* bytes asked of a file at a time */
#define TEXT_BUFFER 8192

Value expat_error;

static void parser_trace(Object *o, Tracer *tr)
{
    XmlParser *p = (XmlParser *)o;
    trace_values(tr, p->handlers, HANDLER_COUNT);
    trace_value(tr, p->intern);
    trace_value(tr, p->parent);
}

static void parser_free(Object *o)
{
    XmlParser *p = (XmlParser *)o;
    if (p->expat) {
        XML_ParserFree(p->expat);
        p->expat = NULL;
    }
    mem_free(p->text);
    p->text = NULL;
}

Value parser_create(Thread *t, XML_Parser expat, Value intern)
{
    XmlParser *p = object_alloc(t, &xml_parser_type, sizeof *p);
    if (!p) {
        XML_ParserFree(expat);
        return 0;
    }
    p->expat = expat;
    p->text_size = TEXT_BUFFER;
    p->thread = t;
    gc_init(&p->intern, intern);
    XML_SetHashSalt(expat, runtime.hash_key[0] | 1);
    XML_SetUserData(expat, p);
    XML_SetUnknownEncodingHandler(expat, expat_unknown_encoding, &p->thread);
    return object_value(p);
}

Value raise_expat(Thread *t, XML_Parser expat, enum XML_Error code)
{
    XML_Size line = XML_GetErrorLineNumber(expat), column = XML_GetErrorColumnNumber(expat);
    Value msg = str_format(t, "%s: line %zu, column %zu", XML_ErrorString(code), (size_t)line,
                           (size_t)column);
    Value e = msg ? call1(t, expat_error, msg) : 0;
    if (e && object_setattr(t, e, intern_cstr(t, "code"), fixnum(code)) &&
        object_setattr(t, e, intern_cstr(t, "offset"), fixnum((int64_t)column)) &&
        object_setattr(t, e, intern_cstr(t, "lineno"), fixnum((int64_t)line))) {
        raise_exception(t, e);
    }
    return 0;
}

/* ---- parsing ---- */

static void parser_enter(Thread *t, XmlParser *p)
{
    owned_mutex_lock(t, &p->lock);
    p->thread = t;
}

static void parser_leave(XmlParser *p)
{
    owned_mutex_unlock(&p->lock);
}

static Value parse_result(Thread *t, XmlParser *p, int status)
{
    if (error_pending(t)) {
        return 0;
    }
    if (status == XML_STATUS_ERROR) {
        return raise_expat(t, p->expat, XML_GetErrorCode(p->expat));
    }
    return parser_flush_text(p) ? fixnum(status) : 0;
}

static Value parse_bytes(Thread *t, XmlParser *p, const char *data, size_t len, bool last)
{
    int status = XML_STATUS_OK;
    parser_enter(t, p);
    if (p->in_callback) {
        parser_leave(p);
        return runtime_error(t, "a parser cannot parse inside of its own handlers");
    }
    while (len > CHUNK_MAX && status == XML_STATUS_OK && !error_pending(t)) {
        status = XML_Parse(p->expat, data, CHUNK_MAX, 0);
        data += CHUNK_MAX;
        len -= CHUNK_MAX;
    }
    if (status == XML_STATUS_OK && !error_pending(t)) {
        status = XML_Parse(p->expat, data, (int)len, last);
    }
    Value r = parse_result(t, p, status);
    parser_leave(p);
    return r;
}

static Value parser_Parse(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    bool last = false;
    if (args[2]) {
        int truth = object_truth(t, args[2]);
        if (truth < 0) {
            return 0;
        }
        last = truth;
    }
    if (value_is_str(args[1])) {
        size_t len;
        const char *text = str_utf8(t, args[1], &len);
        if (!text) {
            return 0;
        }
        parser_enter(t, p);
        (void)XML_SetEncoding(p->expat, "utf-8");
        Value r = parse_bytes(t, p, text, len, last);
        parser_leave(p);
        return r;
    }
    Buffer view;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    Value r = parse_bytes(t, p, view.buf, (size_t)view.len, last);
    buffer_release(t, &view);
    return r;
}

static Value parser_ParseFile(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    Value read;
    int found = object_lookup_attr_cstr(t, args[1], "read", &read);
    if (found <= 0) {
        return found < 0 ? 0 : type_error(t, "argument must have 'read' attribute");
    }
    for (;;) {
        Value data = call1(t, read, fixnum(READ_SIZE));
        if (!data) {
            return 0;
        }
        bool is_bytes = value_is_bytes(data);
        if (!is_bytes && !value_is_bytearray(data)) {
            return type_error(t, "read() did not return a bytes object (type=%T)", data);
        }
        Buffer view;
        if (!buffer_get_still(t, data, &view)) {
            return 0;
        }
        ssize_t len = view.len;
        Value r =
            len > READ_SIZE
                ? value_error(t, "read() returned too much data: %d bytes requested, %zd returned",
                              READ_SIZE, len)
                : parse_bytes(t, p, view.buf, (size_t)len, len == 0);
        buffer_release(t, &view);
        if (!r || len == 0) {
            return r;
        }
    }
}

/* ---- the other methods ---- */

static const char *optional_text(Thread *t, Value v, const char *what, bool *ok)
{
    *ok = true;
    if (!v || is_none(v)) {
        return NULL;
    }
    const char *s = NULL;
    if (!value_is_str(v)) {
        type_error(t, "%s must be str or None, not %T", what, v);
    } else {
        s = str_cstr(t, v);
    }
    *ok = s != NULL;
    return s;
}

static Value parser_SetBase(ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "SetBase() argument must be str, not %T", args[1]);
    }
    const char *base = str_utf8(t, args[1], NULL);
    if (!base) {
        return 0;
    }
    XmlParser *p = parser_of(args[0]);
    parser_enter(t, p);
    bool ok = XML_SetBase(p->expat, base);
    parser_leave(p);
    return ok ? NONE : raise_memory(t);
}
static Value parser_GetBase(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    parser_enter(t, p);
    Value base = str_or_none(t, XML_GetBase(p->expat));
    parser_leave(p);
    return base;
}

static Value parser_GetInputContext(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    int offset, size;
    parser_enter(t, p);
    const char *buffer = p->in_callback ? XML_GetInputContext(p->expat, &offset, &size) : NULL;
    Value v = buffer ? bytes_new(t, buffer + offset, (size_t)(size - offset)) : NONE;
    parser_leave(p);
    return v;
}

/* inside the parser */
static Value child_create(Thread *t, XmlParser *p, const char *context, const char *encoding)
{
    XML_Parser expat = XML_ExternalEntityParserCreate(p->expat, context, encoding);
    if (!expat) {
        return raise_memory(t);
    }
    Value v = parser_create(t, expat, p->intern);
    if (!v) {
        return 0;
    }
    XmlParser *child = parser_of(v);
    gc_init(&child->parent, object_value(p));
    child->ordered_attributes = p->ordered_attributes;
    child->specified_attributes = p->specified_attributes;
    child->namespace_prefixes = p->namespace_prefixes;
    child->text_size = p->text_size;
    if (p->text && !(child->text = mem_alloc((size_t)child->text_size))) {
        return raise_memory(t);
    }
    for (int i = 0; i < HANDLER_COUNT; i++) {
        if (p->handlers[i]) {
            gc_store(child, &child->handlers[i], p->handlers[i]);
            handler_install(child, (HandlerKind)i, true);
        }
    }
    return v;
}

static Value parser_ExternalEntityParserCreate(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    bool ok;
    const char *encoding = NULL,
               *context = optional_text(t, args[1], "ExternalEntityParserCreate() argument 1", &ok);
    if (!ok) {
        return 0;
    }
    if (args[2]) {
        if (!value_is_str(args[2])) {
            return type_error(t, "ExternalEntityParserCreate() argument 2 must be str, not %T",
                              args[2]);
        }
        encoding = optional_text(t, args[2], "ExternalEntityParserCreate() argument 2", &ok);
        if (!ok) {
            return 0;
        }
    }
    parser_enter(t, p);
    Value v = child_create(t, p, context, encoding);
    parser_leave(p);
    return v;
}

static Value parser_SetParamEntityParsing(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    int flag;
    if (!value_to_int(t, args[1], &flag)) {
        return 0;
    }
    parser_enter(t, p);
    int done = XML_SetParamEntityParsing(p->expat, (enum XML_ParamEntityParsing)flag);
    parser_leave(p);
    return fixnum(done);
}

static Value parser_UseForeignDTD(ARGS)
{
    XmlParser *p = parser_of(args[0]);
    int flag = args[1] ? object_truth(t, args[1]) : 1;
    if (flag < 0) {
        return 0;
    }
    parser_enter(t, p);
    enum XML_Error code = XML_UseForeignDTD(p->expat, flag ? XML_TRUE : XML_FALSE);
    Value r = code == XML_ERROR_NONE ? NONE : raise_expat(t, p->expat, code);
    parser_leave(p);
    return r;
}

/* ---- attributes ---- */

static bool cannot_delete(Thread *t, Value v)
{
    if (!v) {
        runtime_error(t, "Cannot delete attribute");
    }
    return !v;
}

static Value get_handler(Thread *t UNUSED, Value self, void *closure)
{
    Value f = value_load(&parser_of(self)->handlers[(size_t)(uintptr_t)closure]);
    return f ? f : NONE;
}

static bool set_handler(Thread *t, Value self, Value v, void *closure)
{
    XmlParser *p = parser_of(self);
    HandlerKind kind = (HandlerKind)(uintptr_t)closure;
    if (cannot_delete(t, v)) {
        return false;
    }
    parser_enter(t, p);
    bool on = !is_none(v), ok = kind != ON_CHARACTER_DATA || parser_flush_text(p);
    if (ok) {
        gc_store(p, &p->handlers[kind], on ? v : 0);
        handler_install(p, kind, on);
    }
    parser_leave(p);
    return ok;
}

enum {
    NUM_ERROR_CODE,
    NUM_ERROR_LINE,
    NUM_ERROR_COLUMN,
    NUM_ERROR_BYTE,
    NUM_LINE,
    NUM_COLUMN,
    NUM_BYTE,
    NUM_TEXT_SIZE,
    NUM_TEXT_USED
};

/* inside the parser */
static int64_t number_of(XmlParser *p, uintptr_t which)
{
    switch (which) {
    case NUM_ERROR_CODE:
        return XML_GetErrorCode(p->expat);
    case NUM_ERROR_LINE:
    case NUM_LINE:
        return (int64_t)XML_GetCurrentLineNumber(p->expat);
    case NUM_ERROR_COLUMN:
    case NUM_COLUMN:
        return (int64_t)XML_GetCurrentColumnNumber(p->expat);
    case NUM_ERROR_BYTE:
    case NUM_BYTE:
        return XML_GetCurrentByteIndex(p->expat);
    case NUM_TEXT_SIZE:
        return p->text_size;
    default:
        return p->text_used;
    }
}

static Value get_number(Thread *t, Value self, void *closure)
{
    XmlParser *p = parser_of(self);
    parser_enter(t, p); /* expat counts lines when it is asked */
    int64_t number = number_of(p, (uintptr_t)closure);
    parser_leave(p);
    return int_from_int64(t, number);
}

/* inside the parser */
static bool resize_text(Thread *t, XmlParser *p, int size)
{
    if (p->text && size != p->text_size) {
        if (!parser_flush_text(p)) {
            return false;
        }
        char *text = mem_realloc(p->text, (size_t)size);
        if (!text) {
            raise_memory(t);
            return false;
        }
        p->text = text;
    }
    p->text_size = size;
    return true;
}

static bool set_buffer_size(Thread *t, Value self, Value v, void *closure UNUSED)
{
    XmlParser *p = parser_of(self);
    int64_t size;
    if (cannot_delete(t, v)) {
        return false;
    }
    if (!value_is_int(v)) {
        type_error(t, "buffer_size must be an integer");
        return false;
    }
    if (!int_try_int64(v, &size)) {
        size = int_sign(v) < 0 ? 0 : INT64_MAX;
    }
    if (size <= 0) {
        value_error(t, "buffer_size must be greater than zero");
        return false;
    }
    if (size > INT_MAX) {
        value_error(t, "buffer_size must not be greater than %d", INT_MAX);
        return false;
    }
    parser_enter(t, p);
    bool ok = resize_text(t, p, (int)size);
    parser_leave(p);
    return ok;
}

enum { FLAG_BUFFER_TEXT, FLAG_NAMESPACE_PREFIXES, FLAG_ORDERED, FLAG_SPECIFIED };

/* inside the parser */
static bool flag_of(XmlParser *p, uintptr_t which)
{
    switch (which) {
    case FLAG_BUFFER_TEXT:
        return p->text != NULL;
    case FLAG_NAMESPACE_PREFIXES:
        return p->namespace_prefixes;
    case FLAG_ORDERED:
        return p->ordered_attributes;
    default:
        return p->specified_attributes;
    }
}

static Value get_flag(Thread *t, Value self, void *closure)
{
    XmlParser *p = parser_of(self);
    parser_enter(t, p);
    bool flag = flag_of(p, (uintptr_t)closure);
    parser_leave(p);
    return bool_value(flag);
}

/* inside the parser */
static bool set_buffer_text(Thread *t, XmlParser *p, bool on)
{
    if (on == (p->text != NULL)) {
        return true;
    }
    if (on) {
        p->text = mem_alloc((size_t)p->text_size);
        p->text_used = 0;
        if (!p->text) {
            raise_memory(t);
        }
        return p->text != NULL;
    }
    if (!parser_flush_text(p)) {
        return false;
    }
    mem_free(p->text);
    p->text = NULL;
    return true;
}

static bool set_flag(Thread *t, Value self, Value v, void *closure)
{
    XmlParser *p = parser_of(self);
    int on = cannot_delete(t, v) ? -1 : object_truth(t, v);
    if (on < 0) {
        return false;
    }
    bool ok = true;
    parser_enter(t, p);
    switch ((uintptr_t)closure) {
    case FLAG_BUFFER_TEXT:
        ok = set_buffer_text(t, p, on);
        break;
    case FLAG_NAMESPACE_PREFIXES:
        p->namespace_prefixes = on;
        XML_SetReturnNSTriplet(p->expat, on);
        break;
    case FLAG_ORDERED:
        p->ordered_attributes = on;
        break;
    default:
        p->specified_attributes = on;
    }
    parser_leave(p);
    return ok;
}

static const NativeDef parser_methods[] = {
    {"Parse(data, isfinal=False, /)", parser_Parse, "Parse a piece of the document.", 0},
    {"ParseFile(file, /)", parser_ParseFile, "Parse what a file-like object gives.", 0},
    {"SetBase(base, /)", parser_SetBase, "Set the base URL.", 0},
    {"GetBase()", parser_GetBase, "The base URL.", 0},
    {"GetInputContext()", parser_GetInputContext, "The text being parsed, inside a handler.", 0},
    {"ExternalEntityParserCreate(context, encoding=None, /)", parser_ExternalEntityParserCreate,
     "A parser for the content of an external entity.", 0},
    {"SetParamEntityParsing(flag, /)", parser_SetParamEntityParsing,
     "Set whether parameter entities are parsed.", 0},
    {"UseForeignDTD(flag=True, /)", parser_UseForeignDTD,
     "Ask for an external subset even if there is none.", 0},
    {NULL, NULL, NULL, 0},
};

#define H(name, kind) {name, get_handler, set_handler, NULL, (void *)(uintptr_t)(kind)}
#define N_(name, kind) {name, get_number, NULL, NULL, (void *)(uintptr_t)(kind)}
#define F(name, kind) {name, get_flag, set_flag, NULL, (void *)(uintptr_t)(kind)}
static const GetSetDef parser_getset[] = {
    H("StartElementHandler", ON_START_ELEMENT),
    H("EndElementHandler", ON_END_ELEMENT),
    H("ProcessingInstructionHandler", ON_PROCESSING_INSTRUCTION),
    H("CharacterDataHandler", ON_CHARACTER_DATA),
    H("UnparsedEntityDeclHandler", ON_UNPARSED_ENTITY_DECL),
    H("NotationDeclHandler", ON_NOTATION_DECL),
    H("StartNamespaceDeclHandler", ON_START_NAMESPACE_DECL),
    H("EndNamespaceDeclHandler", ON_END_NAMESPACE_DECL),
    H("CommentHandler", ON_COMMENT),
    H("StartCdataSectionHandler", ON_START_CDATA_SECTION),
    H("EndCdataSectionHandler", ON_END_CDATA_SECTION),
    H("DefaultHandler", ON_DEFAULT),
    H("DefaultHandlerExpand", ON_DEFAULT_EXPAND),
    H("NotStandaloneHandler", ON_NOT_STANDALONE),
    H("ExternalEntityRefHandler", ON_EXTERNAL_ENTITY_REF),
    H("StartDoctypeDeclHandler", ON_START_DOCTYPE_DECL),
    H("EndDoctypeDeclHandler", ON_END_DOCTYPE_DECL),
    H("EntityDeclHandler", ON_ENTITY_DECL),
    H("XmlDeclHandler", ON_XML_DECL),
    H("ElementDeclHandler", ON_ELEMENT_DECL),
    H("AttlistDeclHandler", ON_ATTLIST_DECL),
    H("SkippedEntityHandler", ON_SKIPPED_ENTITY),
    N_("ErrorCode", NUM_ERROR_CODE),
    N_("ErrorLineNumber", NUM_ERROR_LINE),
    N_("ErrorColumnNumber", NUM_ERROR_COLUMN),
    N_("ErrorByteIndex", NUM_ERROR_BYTE),
    N_("CurrentLineNumber", NUM_LINE),
    N_("CurrentColumnNumber", NUM_COLUMN),
    N_("CurrentByteIndex", NUM_BYTE),
    N_("buffer_used", NUM_TEXT_USED),
    {"buffer_size", get_number, set_buffer_size, NULL, (void *)(uintptr_t)NUM_TEXT_SIZE},
    F("buffer_text", FLAG_BUFFER_TEXT),
    F("namespace_prefixes", FLAG_NAMESPACE_PREFIXES),
    F("ordered_attributes", FLAG_ORDERED),
    F("specified_attributes", FLAG_SPECIFIED),
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef parser_members[] = {
    {"intern", MEMBER_VALUE, offsetof(XmlParser, intern), true, NULL},
    {NULL, 0, 0, false, NULL},
};
Type xml_parser_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "pyexpat.xmlparser",
    .size = sizeof(XmlParser),
    .doc = "XML parser",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = parser_trace,
    .free = parser_free,
    .methods = parser_methods,
    .getset = parser_getset,
    .members = parser_members,
};

/* ---- the module ---- */

static Value expat_ParserCreate(ARGS)
{
    bool ok;
    const char *encoding = optional_text(t, args[0], "ParserCreate() argument 'encoding'", &ok);
    const char *separator =
        ok ? optional_text(t, args[1], "ParserCreate() argument 'namespace_separator'", &ok) : NULL;
    if (!ok) {
        return 0;
    }
    if (separator && strlen(separator) > 1) {
        return value_error(t,
                           "namespace_separator must be at most one character, omitted, or None");
    }
    Value intern = args[2];
    if (intern && is_none(intern)) {
        intern = 0;
    } else if (!intern && !(intern = dict_new(t))) {
        return 0;
    } else if (!value_is_dict(intern)) {
        return type_error(t, "intern must be a dictionary");
    }
    XML_Parser expat =
        separator ? XML_ParserCreateNS(encoding, *separator) : XML_ParserCreate(encoding);
    return expat ? parser_create(t, expat, intern) : raise_memory(t);
}

static Value expat_ErrorString(ARGS)
{
    int code;
    if (!value_to_int(t, args[0], &code)) {
        return 0;
    }
    const char *text = XML_ErrorString((enum XML_Error)code);
    return str_or_none(t, text);
}

static const NativeDef expat_functions[] = {
    {"ParserCreate(encoding=None, namespace_separator=None, intern=None)", expat_ParserCreate,
     "A new XML parser.", 0},
    {"ErrorString(code, /)", expat_ErrorString, "Text for an error code.", 0},
    {NULL, NULL, NULL, 0},
};

static bool expat_exec(Thread *t, Value mod)
{
    if (!expat_error) {
        expat_error = type_new_simple(t, "xml.parsers.expat.ExpatError", &exc_Exception, NULL);
        if (!expat_error) {
            return false;
        }
        gc_add_root(&expat_error);
    }
    return type_ready(t, &xml_parser_type) &&
           module_add(t, mod, "XMLParserType", object_value(&xml_parser_type)) &&
           module_add(t, mod, "ExpatError", expat_error) &&
           module_add(t, mod, "error", expat_error) && expat_add_constants(t, mod);
}

const ModuleDef module_pyexpat = {"pyexpat", "XML parsing with the expat library.", expat_functions,
                                  expat_exec};
