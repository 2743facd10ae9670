/* _elementtree: the module, and what it keeps. */
#include "modules/_elementtree/elementtree.h"

static Value parse_error; /* root */

Value etree_parse_error(Thread *t UNUSED)
{
    return parse_error;
}

/* Takes a factory into the interpreter's slot: what was there, None: nothing; 0: raised */
static Value exchange_factory(Thread *t, Value f, int slot, const char *what)
{
    if (!is_none(f) && !callable(f)) {
        return type_error(t, "%s factory must be callable, not %T", what, f);
    }
    Value *kept = interp_slot(t, slot), old = value_load(kept);
    gc_store_root(kept, is_none(f) ? 0 : f);
    return old ? old : NONE;
}

NATIVE_FN(etree_set_factories)
{
    if (!is_none(args[1]) && !callable(args[1])) {
        return type_error(t, "PI factory must be callable, not %T", args[1]);
    }
    Value comment =
        exchange_factory(t, args[0], INTERP_etree_comment_factory, "Comment");
    Value pi = comment ? exchange_factory(t, args[1], INTERP_etree_pi_factory, "PI") : 0;
    return pi ? tuple_pack(t, 2, comment, pi) : 0;
}

static const NativeDef functions[] = {
    {"SubElement", etree_subelement, "SubElement(parent, tag, attrib={}, **extra): a new child.",
     NATIVE_RAW | NATIVE_KW},
    {"_set_factories(comment_factory, pi_factory, /)", etree_set_factories,
     "Change what makes comments and processing instructions; None: the text and a tuple.\n\n"
     "Returns what did before.",
     0},
    {NULL, NULL, NULL, 0},
};

static bool etree_exec(Thread *t, Value mod)
{
    if (!parse_error) {
        Value type =
            type_new_simple(t, "xml.etree.ElementTree.ParseError", &exc_SyntaxError, NULL);
        if (!type) {
            return false;
        }
        parse_error = type;
        gc_add_root(&parse_error);
    }
    return type_ready(t, &element_iter_type) && module_add_type(t, mod, &element_type) &&
           module_add_type(t, mod, &tree_builder_type) &&
           module_add_type(t, mod, &element_parser_type) &&
           module_add(t, mod, "ParseError", parse_error);
}

extern const ModuleDef module__elementtree;
const ModuleDef module__elementtree = {"_elementtree", "Elements of XML documents, in C.",
                                       functions, etree_exec};
