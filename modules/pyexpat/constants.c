/* pyexpat: constants, and the modules errors and model. */
#include "modules/pyexpat/parser.h"

#define K(name) {#name, name}
static const IntConstant error_codes[] = {
    K(XML_ERROR_NO_MEMORY),
    K(XML_ERROR_SYNTAX),
    K(XML_ERROR_NO_ELEMENTS),
    K(XML_ERROR_INVALID_TOKEN),
    K(XML_ERROR_UNCLOSED_TOKEN),
    K(XML_ERROR_PARTIAL_CHAR),
    K(XML_ERROR_TAG_MISMATCH),
    K(XML_ERROR_DUPLICATE_ATTRIBUTE),
    K(XML_ERROR_JUNK_AFTER_DOC_ELEMENT),
    K(XML_ERROR_PARAM_ENTITY_REF),
    K(XML_ERROR_UNDEFINED_ENTITY),
    K(XML_ERROR_RECURSIVE_ENTITY_REF),
    K(XML_ERROR_ASYNC_ENTITY),
    K(XML_ERROR_BAD_CHAR_REF),
    K(XML_ERROR_BINARY_ENTITY_REF),
    K(XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF),
    K(XML_ERROR_MISPLACED_XML_PI),
    K(XML_ERROR_UNKNOWN_ENCODING),
    K(XML_ERROR_INCORRECT_ENCODING),
    K(XML_ERROR_UNCLOSED_CDATA_SECTION),
    K(XML_ERROR_EXTERNAL_ENTITY_HANDLING),
    K(XML_ERROR_NOT_STANDALONE),
    K(XML_ERROR_UNEXPECTED_STATE),
    K(XML_ERROR_ENTITY_DECLARED_IN_PE),
    K(XML_ERROR_FEATURE_REQUIRES_XML_DTD),
    K(XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING),
    K(XML_ERROR_UNBOUND_PREFIX),
    K(XML_ERROR_UNDECLARING_PREFIX),
    K(XML_ERROR_INCOMPLETE_PE),
    K(XML_ERROR_XML_DECL),
    K(XML_ERROR_TEXT_DECL),
    K(XML_ERROR_PUBLICID),
    K(XML_ERROR_SUSPENDED),
    K(XML_ERROR_NOT_SUSPENDED),
    K(XML_ERROR_ABORTED),
    K(XML_ERROR_FINISHED),
    K(XML_ERROR_SUSPEND_PE),
    K(XML_ERROR_RESERVED_PREFIX_XML),
    K(XML_ERROR_RESERVED_PREFIX_XMLNS),
    K(XML_ERROR_RESERVED_NAMESPACE_URI),
    K(XML_ERROR_INVALID_ARGUMENT),
    K(XML_ERROR_NO_BUFFER),
    K(XML_ERROR_AMPLIFICATION_LIMIT_BREACH),
};
static const IntConstant model_constants[] = {
    K(XML_CQUANT_NONE), K(XML_CQUANT_OPT),   K(XML_CQUANT_PLUS), K(XML_CQUANT_REP),
    K(XML_CTYPE_ANY),   K(XML_CTYPE_CHOICE), K(XML_CTYPE_EMPTY), K(XML_CTYPE_MIXED),
    K(XML_CTYPE_NAME),  K(XML_CTYPE_SEQ),
};
#undef K

/* A module inside pyexpat, also known to sys.modules. */
static Value add_submodule(Thread *t, Value mod, const char *name, const char *full_name,
                           const char *doc)
{
    Value full = intern_cstr(t, full_name), sub = full ? module_new(t, full) : 0;
    return sub && module_add_str(t, sub, "__doc__", doc) &&
                   dict_set(t, t->interp->modules, full, sub) && module_add(t, mod, name, sub)
               ? sub
               : 0;
}

static bool add_errors(Thread *t, Value mod)
{
    Value sub = add_submodule(t, mod, "errors", "pyexpat.errors", "Texts of the errors by name.");
    Value codes = sub ? dict_new(t) : 0, messages = codes ? dict_new(t) : 0;
    if (!messages) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(error_codes); i++) {
        const char *text = XML_ErrorString((enum XML_Error)error_codes[i].value);
        Value v = text ? intern_cstr(t, text) : 0;
        if (v && (!module_add(t, sub, error_codes[i].name, v) ||
                  !dict_set(t, codes, v, fixnum(error_codes[i].value)) ||
                  !dict_set(t, messages, fixnum(error_codes[i].value), v))) {
            return false;
        }
    }
    return module_add(t, sub, "codes", codes) && module_add(t, sub, "messages", messages);
}

static bool add_model(Thread *t, Value mod)
{
    Value sub =
        add_submodule(t, mod, "model", "pyexpat.model", "Numbers in content models by name.");
    return sub && module_add_ints(t, sub, model_constants, ARRAY_SIZE(model_constants));
}

bool expat_add_constants(Thread *t, Value mod)
{
    XML_Expat_Version v = XML_ExpatVersionInfo();
    Value features = list_new(t, 0);
    for (const XML_Feature *f = XML_GetFeatureList(); features && f->feature != XML_FEATURE_END;
         f++) {
        Value pair = tuple_pack(t, 2, str_from_cstr(t, f->name), int_from_int64(t, f->value));
        if (!pair || !list_append(t, features, pair)) {
            return false;
        }
    }
    return module_add(t, mod, "features", features) &&
           module_add_str(t, mod, "EXPAT_VERSION", XML_ExpatVersion()) &&
           module_add(t, mod, "version_info",
                      tuple_pack(t, 3, fixnum(v.major), fixnum(v.minor), fixnum(v.micro))) &&
           module_add_str(t, mod, "native_encoding", "UTF-8") &&
           module_add_int(t, mod, "XML_PARAM_ENTITY_PARSING_NEVER",
                          XML_PARAM_ENTITY_PARSING_NEVER) &&
           module_add_int(t, mod, "XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE",
                          XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE) &&
           module_add_int(t, mod, "XML_PARAM_ENTITY_PARSING_ALWAYS",
                          XML_PARAM_ENTITY_PARSING_ALWAYS) &&
           add_errors(t, mod) && add_model(t, mod);
}
