/* _elementtree: XMLParser, which drives a target with what expat finds in a document.
 *
 * Text for a TreeBuilder is gathered as UTF-8 until something else comes, for expat gives a piece
 * per line and per character reference.  expat calls back with the ElementParser as user data;
 * callbacks do nothing once an exception is pending.
 */
#include <expat.h>

#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "modules/_elementtree/elementtree.h"
#include "modules/pyexpat/encoding.h"

typedef enum {
    TARGET_START,
    TARGET_DATA,
    TARGET_END,
    TARGET_COMMENT,
    TARGET_PI,
    TARGET_CLOSE,
    TARGET_DOCTYPE,
    TARGET_START_NS,
    TARGET_END_NS,
    TARGET_COUNT
} TargetMethod;

static const char *const target_names[TARGET_COUNT] = {
    "start", "data", "end", "comment", "pi", "close", "doctype", "start_ns", "end_ns"};

/* A name that expat gave, and its str. */
typedef struct CachedName {
    char *raw; /* mem_alloc'ed */
    Value name;
} CachedName;

enum { NAMES = 256, CHUNK_MAX = 1 << 20, READ_SIZE = 64 * 1024 };

typedef struct ElementParser {
    Object head;
    Value target, entity;         /* 0 before __init__ */
    Value methods[TARGET_COUNT];  /* of a target that is no TreeBuilder; 0: it has none */
    OwnedMutex lock;
    Thread *thread;               /* lock: its owner, for expat's callbacks */
    bool busy;                    /* lock: inside expat, which cannot be entered again */
    XML_Parser expat;
    char *text;                   /* mem_alloc'ed */
    size_t text_used, text_size;
    CachedName names[NAMES];      /* by hash; a newer name replaces an older one */
} ElementParser;

static inline ElementParser *element_parser_of(Value v)
{
    assert(value_isa(v, &element_parser_type));
    return (ElementParser *)value_object(v);
}

static void element_parser_trace(Object *self, Tracer *tr)
{
    ElementParser *p = (ElementParser *)self;
    trace_value(tr, p->target);
    trace_value(tr, p->entity);
    trace_values(tr, p->methods, TARGET_COUNT);
    for (int i = 0; i < NAMES; i++) {
        trace_value(tr, p->names[i].name);
    }
}

static void element_parser_free(Object *self)
{
    ElementParser *p = (ElementParser *)self;
    if (p->expat) {
        XML_ParserFree(p->expat);
        p->expat = NULL;
    }
    mem_free(p->text);
    p->text = NULL;
    for (int i = 0; i < NAMES; i++) {
        mem_free(p->names[i].raw);
        p->names[i].raw = NULL;
    }
}

/* The target when it is a TreeBuilder, else NULL. */
static TreeBuilder *builder_target(ElementParser *p)
{
    return value_is_object(p->target) && value_object(p->target)->type == &tree_builder_type
               ? builder_of(p->target)
               : NULL;
}

/* ---- errors ---- */

/* Raises ParseError with the parser's position. */
static void raise_parse_error(ElementParser *p, int code, Value what)
{
    Thread *t = p->thread;
    XML_Size line = XML_GetErrorLineNumber(p->expat), column = XML_GetErrorColumnNumber(p->expat);
    Value msg = what ? str_format(t, "%U: line %zu, column %zu", what, (size_t)line, (size_t)column)
                     : 0;
    Value e = msg ? call1(t, etree_parse_error(t), msg) : 0;
    Value position =
        e ? tuple_pack(t, 2, fixnum((int64_t)line), fixnum((int64_t)column)) : 0;
    if (position && object_setattr(t, e, INTERN(t, "code"), fixnum(code)) &&
        object_setattr(t, e, INTERN(t, "position"), position)) {
        raise_exception(t, e);
    }
}

/* ---- names and texts ---- */

/* The str of a name, "{uri}name" for expat's "uri}name"; 0: raised */
static Value make_name(Thread *t, const char *raw, size_t len)
{
    Value name;
    if (!memchr(raw, '}', len)) {
        name = str_from_utf8(t, raw, len);
    } else {
        StrBuilder b;
        sb_init(&b, t);
        sb_char(&b, '{');
        sb_cstr(&b, raw);
        name = sb_finish(&b);
    }
    return name ? intern_str(t, name) : 0;
}

static Value name_str(ElementParser *p, const char *raw)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    size_t len = 0;
    for (; raw[len]; len++) {
        hash = (hash ^ (uint8_t)raw[len]) * 16777619u;
    }
    CachedName *cached = &p->names[(hash ^ hash >> 16) % NAMES];
    if (cached->raw && strcmp(cached->raw, raw) == 0) {
        return cached->name;
    }
    Value name = make_name(p->thread, raw, len);
    char *copy = name ? mem_alloc(len + 1) : NULL;
    if (!copy) {
        return name; /* simply not kept */
    }
    memcpy(copy, raw, len + 1);
    mem_free(cached->raw);
    cached->raw = copy;
    gc_store(p, &cached->name, name);
    return name;
}

static Value text_str(ElementParser *p, const char *s)
{
    return s ? str_from_utf8(p->thread, s, strlen(s)) : NONE;
}

/* Hands the gathered text to the builder. */
static bool flush_text(ElementParser *p, TreeBuilder *b)
{
    if (p->text_used == 0) {
        return true;
    }
    Value text = str_from_utf8(p->thread, p->text, p->text_used);
    p->text_used = 0;
    return text && builder_data(p->thread, b, text);
}

static void gather_text(ElementParser *p, const char *s, size_t len)
{
    if (p->text_used + len > p->text_size) {
        size_t size = (p->text_used + len) * 2;
        char *text = mem_realloc(p->text, size);
        if (!text) {
            raise_memory(p->thread);
            return;
        }
        p->text = text;
        p->text_size = size;
    }
    memcpy(p->text + p->text_used, s, len);
    p->text_used += len;
}

/* ---- what expat calls ---- */

/* Opens a callback: p, t, and b: the builder or NULL; its text is handed over. */
#define CALLBACK                                                                                   \
    ElementParser *p = data;                                                                       \
    Thread *t = p->thread;                                                                         \
    TreeBuilder *b = builder_target(p);                                                            \
    if (error_pending(t) || (b && !flush_text(p, b))) {                                            \
        return;                                                                                    \
    }

/* Calls the target's method with args unless one of them could not be made. */
static void call_target(ElementParser *p, TargetMethod m, const Value *args, size_t n)
{
    bool complete = p->methods[m] != 0;
    for (size_t i = 0; i < n; i++) {
        complete = complete && args[i];
    }
    if (complete) {
        call(p->thread, p->methods[m], args, n, 0);
    }
}
#define CALL_TARGET(method, ...)                                                                   \
    do {                                                                                           \
        const Value args_[] = {__VA_ARGS__};                                                       \
        call_target(p, method, args_, ARRAY_SIZE(args_));                                          \
    } while (0)

/* false: raised; *attrib 0: there are none */
static bool make_attributes(ElementParser *p, const XML_Char **atts, Value *attrib)
{
    Thread *t = p->thread;
    *attrib = 0;
    if (atts[0] && !(*attrib = dict_new(t))) {
        return false;
    }
    for (; atts[0]; atts += 2) {
        Value name = name_str(p, atts[0]), v = name ? text_str(p, atts[1]) : 0;
        if (!v || !dict_set(t, *attrib, name, v)) {
            return false;
        }
    }
    return true;
}

static void on_start(void *data, const XML_Char *raw, const XML_Char **atts)
{
    CALLBACK
    Value tag = name_str(p, raw), attrib;
    if (!tag || !make_attributes(p, atts, &attrib)) {
        return;
    }
    if (b) {
        builder_start(t, b, tag, attrib);
    } else {
        CALL_TARGET(TARGET_START, tag, attrib ? attrib : dict_new(t));
    }
}

static void on_end(void *data, const XML_Char *raw)
{
    CALLBACK
    if (b) {
        builder_end(t, b);
    } else {
        CALL_TARGET(TARGET_END, name_str(p, raw));
    }
}

static void on_text(void *data, const XML_Char *s, int len)
{
    ElementParser *p = data;
    Thread *t = p->thread;
    if (error_pending(t)) {
        return;
    }
    if (builder_target(p)) {
        gather_text(p, s, (size_t)len);
    } else {
        CALL_TARGET(TARGET_DATA, str_from_utf8(t, s, (size_t)len));
    }
}

/* What no other handler gets: references to entities that the parser was given. */
static void on_default(void *data, const XML_Char *s, int len)
{
    if (len < 2 || s[0] != '&') {
        return;
    }
    CALLBACK
    Value name = str_from_utf8(t, s + 1, (size_t)len - 2);
    Value v = name ? dict_get(t, p->entity, name) : 0;
    if (v && b) {
        (void)!builder_data(t, b, v);
    } else if (v) {
        CALL_TARGET(TARGET_DATA, v);
    } else if (!error_pending(t)) {
        raise_parse_error(p, XML_ERROR_UNDEFINED_ENTITY,
                          str_format(t, "undefined entity &%U;", name));
    }
}

static void on_comment(void *data, const XML_Char *s)
{
    CALLBACK
    Value text = text_str(p, s);
    if (b && text) {
        builder_comment(t, b, text);
    } else {
        CALL_TARGET(TARGET_COMMENT, text);
    }
}

static void on_pi(void *data, const XML_Char *target, const XML_Char *s)
{
    CALLBACK
    Value name = text_str(p, target), text = name ? text_str(p, s) : 0;
    if (b && text) {
        builder_pi(t, b, name, text);
    } else {
        CALL_TARGET(TARGET_PI, name, text);
    }
}

static void on_start_namespace(void *data, const XML_Char *raw_prefix, const XML_Char *raw_uri)
{
    CALLBACK
    Value prefix = text_str(p, raw_prefix ? raw_prefix : ""),
          uri = prefix ? text_str(p, raw_uri ? raw_uri : "") : 0;
    if (b && uri) {
        Value pair = tuple_pack(t, 2, prefix, uri);
        (void)!(pair && builder_report(t, b, EVENT_START_NS, pair));
    } else {
        CALL_TARGET(TARGET_START_NS, prefix, uri);
    }
}

static void on_end_namespace(void *data, const XML_Char *prefix)
{
    CALLBACK
    if (b) {
        (void)!builder_report(t, b, EVENT_END_NS, NONE);
    } else {
        CALL_TARGET(TARGET_END_NS, text_str(p, prefix ? prefix : ""));
    }
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal UNUSED)
{
    CALLBACK
    if (p->methods[TARGET_DOCTYPE]) {
        CALL_TARGET(TARGET_DOCTYPE, text_str(p, name), text_str(p, public), text_str(p, system));
    } else if (object_hasattr(t, object_value(p), INTERN(t, "doctype")) > 0) {
        (void)!warn(t, &exc_RuntimeWarning, 1,
                    "The doctype() method of XMLParser is ignored.  Define doctype() method on "
                    "the TreeBuilder target.");
    }
}

/* ---- making ---- */

static Value element_parser_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                                Value kw UNUSED)
{
    ElementParser *p = object_alloc_instance(t, type, 0);
    return p ? object_value(p) : 0;
}

/* Has expat call what the target wants to know. */
static void install_callbacks(ElementParser *p)
{
    XML_Parser x = p->expat;
    bool b = builder_target(p) != NULL;
    XML_SetUserData(x, p);
    XML_SetElementHandler(x, on_start, on_end);
    XML_SetDefaultHandlerExpand(x, on_default);
    XML_SetCharacterDataHandler(x, on_text);
    XML_SetStartDoctypeDeclHandler(x, on_doctype);
    if (b || p->methods[TARGET_COMMENT]) {
        XML_SetCommentHandler(x, on_comment);
    }
    if (b || p->methods[TARGET_PI]) {
        XML_SetProcessingInstructionHandler(x, on_pi);
    }
    if (b || p->methods[TARGET_START_NS]) {
        XML_SetStartNamespaceDeclHandler(x, on_start_namespace);
    }
    if (b || p->methods[TARGET_END_NS]) {
        XML_SetEndNamespaceDeclHandler(x, on_end_namespace);
    }
}

static bool set_target(Thread *t, ElementParser *p, Value target)
{
    if (!target || is_none(target)) {
        target = builder_create(t);
    }
    Value entity = target ? dict_new(t) : 0;
    if (!entity) {
        return false;
    }
    gc_store(p, &p->target, target);
    gc_store(p, &p->entity, entity);
    for (int i = 0; i < TARGET_COUNT && !builder_target(p); i++) {
        Value m = 0;
        if (object_lookup_attr_cstr(t, target, target_names[i], &m) < 0) {
            return false;
        }
        gc_store(p, &p->methods[i], m);
    }
    return true;
}

/* inside the lock */
static bool parser_setup(Thread *t, ElementParser *p, Value target, const char *encoding)
{
    if (p->expat) {
        runtime_error(t, "XMLParser.__init__() called twice");
        return false;
    }
    if (!set_target(t, p, target)) {
        return false;
    }
    XML_Parser expat = XML_ParserCreateNS(encoding, '}');
    if (!expat) {
        raise_memory(t);
        return false;
    }
    p->expat = expat;
    XML_SetHashSalt(expat, runtime.hash_key[0] | 1);
    install_callbacks(p);
    XML_SetUnknownEncodingHandler(expat, expat_unknown_encoding, &p->thread);
    return true;
}

static bool element_parser_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("XMLParser(*, target=None, encoding=None)");
    ElementParser *p = element_parser_of(self);
    Value a[2];
    const char *encoding = NULL;
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    if (a[1] && !is_none(a[1])) {
        if (!value_is_str(a[1])) {
            type_error(t, "XMLParser() argument 'encoding' must be str or None, not %T", a[1]);
            return false;
        }
        if (!(encoding = str_cstr(t, a[1]))) {
            return false;
        }
    }
    owned_mutex_lock(t, &p->lock);
    bool ok = parser_setup(t, p, a[0], encoding);
    owned_mutex_unlock(&p->lock);
    return ok;
}

/* ---- parsing ---- */

/* Enters the parser; false: raised, and it is not entered. */
static bool parser_begin(Thread *t, ElementParser *p)
{
    if (!p->expat) {
        value_error(t, "XMLParser.__init__() wasn't called");
        return false;
    }
    owned_mutex_lock(t, &p->lock);
    if (p->busy) {
        owned_mutex_unlock(&p->lock);
        runtime_error(t, "XMLParser is used inside of a call by itself");
        return false;
    }
    p->busy = true;
    p->thread = t;
    return true;
}

static void parser_end(ElementParser *p)
{
    p->busy = false;
    owned_mutex_unlock(&p->lock);
}

/* Gives expat bytes; inside the parser.  false: raised */
static bool parse(ElementParser *p, const char *s, size_t len, bool last)
{
    Thread *t = p->thread;
    TreeBuilder *b = builder_target(p);
    for (;;) {
        size_t part = len < CHUNK_MAX ? len : CHUNK_MAX;
        enum XML_Status status = XML_Parse(p->expat, s, (int)part, last && part == len);
        if (error_pending(t) || (b && !flush_text(p, b))) {
            return false;
        }
        if (status == XML_STATUS_ERROR) {
            enum XML_Error code = XML_GetErrorCode(p->expat);
            raise_parse_error(p, code, str_from_cstr(t, XML_ErrorString(code)));
            return false;
        }
        s += part;
        len -= part;
        if (len == 0) {
            return true;
        }
    }
}

/* Gives expat str or what has a buffer of bytes; inside the parser. */
static bool parse_value(ElementParser *p, Value data)
{
    Thread *t = p->thread;
    if (value_is_str(data)) {
        size_t len;
        const char *text = str_utf8(t, data, &len);
        if (!text) {
            return false;
        }
        (void)XML_SetEncoding(p->expat, "utf-8");
        return parse(p, text, len, false);
    }
    Buffer view;
    if (!buffer_get_still(t, data, &view)) {
        return false;
    }
    bool ok = parse(p, view.buf, (size_t)view.len, false);
    buffer_release(t, &view);
    return ok;
}

static bool feed(Thread *t, ElementParser *p, Value data)
{
    if (!parser_begin(t, p)) {
        return false;
    }
    bool ok = parse_value(p, data);
    parser_end(p);
    return ok;
}

NATIVE_FN(element_parser_feed)
{
    return feed(t, element_parser_of(args[0]), args[1]) ? NONE : 0;
}

/* Tells expat that this was all. */
static bool parse_end(Thread *t, ElementParser *p)
{
    if (!parser_begin(t, p)) {
        return false;
    }
    bool ok = parse(p, "", 0, true);
    parser_end(p);
    return ok;
}

NATIVE_FN(element_parser_close)
{
    ElementParser *p = element_parser_of(args[0]);
    if (!parse_end(t, p)) {
        return 0;
    }
    TreeBuilder *b = builder_target(p);
    return b                          ? builder_close(t, b)
           : p->methods[TARGET_CLOSE] ? call0(t, p->methods[TARGET_CLOSE])
                                      : NONE;
}

NATIVE_FN(element_parser_parse_whole)
{
    ElementParser *p = element_parser_of(args[0]);
    Value read = object_getattr(t, args[1], N(read));
    while (read) {
        Value data = call1(t, read, fixnum(READ_SIZE));
        if (!data) {
            return 0;
        }
        if (value_is_str(data) ? str_len(data) == 0
                               : !value_is_bytes(data) || object_len(t, data) == 0) {
            break;
        }
        if (!feed(t, p, data)) {
            return 0;
        }
    }
    if (!read || !parse_end(t, p)) {
        return 0;
    }
    TreeBuilder *b = builder_target(p);
    return b ? builder_close(t, b) : NONE;
}

NATIVE_FN(element_parser_setevents)
{
    ElementParser *p = element_parser_of(args[0]);
    if (!p->expat) {
        return value_error(t, "XMLParser.__init__() wasn't called");
    }
    TreeBuilder *b = builder_target(p);
    if (!b) {
        return type_error(
            t, "event handling only supported for ElementTree.TreeBuilder targets");
    }
    return builder_follow(t, b, args[1], args[2]) ? NONE : 0;
}

static Value get_version(Thread *t, Value self UNUSED, void *closure UNUSED)
{
    return str_format(t, "Expat %d.%d.%d", XML_MAJOR_VERSION, XML_MINOR_VERSION, XML_MICRO_VERSION);
}

static const NativeDef methods[] = {
    {"feed(data, /)", element_parser_feed, "Parse a piece of the document.", 0},
    {"close()", element_parser_close, "End the document; the result of the target's close().", 0},
    {"_parse_whole(file, /)", element_parser_parse_whole,
     "Parse all that a file-like object gives.", 0},
    {"_setevents(events_queue, events_to_report=None, /)", element_parser_setevents,
     "Have events appended to a queue.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef getset[] = {
    {"version", get_version, NULL, "The version of the expat library.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef members[] = {
    {"entity", MEMBER_VALUE, offsetof(ElementParser, entity), true,
     "Texts of entities that the document does not define, by name."},
    {"target", MEMBER_VALUE, offsetof(ElementParser, target), true, "What is told of the parse."},
    {NULL, 0, 0, false, NULL},
};

Type element_parser_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "xml.etree.ElementTree.XMLParser",
    .size = sizeof(ElementParser),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = element_parser_trace,
    .free = element_parser_free,
    .new = element_parser_new,
    .init = element_parser_init,
    .methods = methods,
    .getset = getset,
    .members = members,
};
