/* The module _sre: the engine under the re package.  See modules/_sre/sre.h. */
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/unicode.h"
#include "modules/_sre/sre.h"

static bool take_character(Thread *t, Value v, uint32_t *c)
{
    int i;
    if (!value_to_int(t, v, &i)) {
        return false;
    }
    *c = (uint32_t)i;
    return true;
}

static Value sre_getcodesize(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return fixnum(sizeof(uint32_t));
}

static Value sre_ascii_iscased(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint32_t c;
    return take_character(t, args[0], &c)
               ? bool_value((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
               : 0;
}

static Value sre_unicode_iscased(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint32_t c;
    return take_character(t, args[0], &c)
               ? bool_value(unicode_to_lower(c) != c || unicode_to_upper(c) != c)
               : 0;
}

static Value sre_ascii_tolower(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint32_t c;
    return take_character(t, args[0], &c) ? fixnum((int32_t)sre_lower_ascii(c)) : 0;
}

static Value sre_unicode_tolower(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint32_t c;
    return take_character(t, args[0], &c) ? fixnum((int32_t)sre_lower_unicode(c)) : 0;
}

static const NativeDef sre_functions[] = {
    {"compile(pattern, flags, code, groups, groupindex, indexgroup)", pattern_compile,
     "A Pattern from the code of the re package's compiler.", 0},
    {"getcodesize()", sre_getcodesize, "Bytes per code word.", 0},
    {"ascii_iscased(character, /)", sre_ascii_iscased,
     "Whether the character has two cases in ASCII.", 0},
    {"unicode_iscased(character, /)", sre_unicode_iscased, "Whether the character has two cases.",
     0},
    {"ascii_tolower(character, /)", sre_ascii_tolower,
     "The character in lower case by ASCII's rules.", 0},
    {"unicode_tolower(character, /)", sre_unicode_tolower, "The character in lower case.", 0},
    {0},
};

static bool sre_exec(Thread *t, Value mod)
{
    return type_ready(t, &pattern_type) && type_ready(t, &match_type) &&
           type_ready(t, &sre_scanner_type) && type_ready(t, &sre_iter_type) &&
           module_add_int(t, mod, "MAGIC", SRE_MAGIC) &&
           module_add_int(t, mod, "CODESIZE", sizeof(uint32_t)) &&
           module_add_int(t, mod, "MAXREPEAT", SRE_MAXREPEAT) &&
           module_add_int(t, mod, "MAXGROUPS", SRE_MAXGROUPS);
}

const ModuleDef module__sre = {"_sre", "The engine of the re package.", sre_functions, sre_exec};
