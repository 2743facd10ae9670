/* Constants of the sys module: version, implementation, flags, float_info and the like. */
#include <float.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/modules.h"
#include "modules/sys.h"

#define TYPHON_VERSION "0.1.0"
enum { HEXVERSION = 0x030b02f0, RELEASE_MICRO = 2 }; /* the language level: 3.11.2 final */

/* Root: dict name -> immutable value or type that all interpreters share; the main one fills it. */
static Value shared_values;

/* What is shared under the name; 0 and nothing raised: to be made, by the main interpreter. */
static Value find_shared(Thread *t, const char *name)
{
    if (!shared_values) {
        gc_add_root(&shared_values);
        shared_values = dict_new(t);
    }
    return shared_values ? dict_get_cstr(t, shared_values, name) : 0;
}

/* Shares v, which may be 0 with an error pending; returns it. */
static Value share(Thread *t, const char *name, Value v)
{
    return v && dict_set_cstr(t, shared_values, name, v) ? v : 0;
}

/* What is shared under the name, now if not before; 0: raised. */
static Value find_or_make(Thread *t, const char *name, Value (*make)(Thread *t))
{
    Value v = find_shared(t, name);
    return v || t->exc ? v : share(t, name, make(t));
}

/* A struct sequence of values, one for each field of def; of one that is 0 the error is pending. */
static bool add_structseq(Thread *t, Value mod, const char *name, const StructSeqDef *def,
                          const Value *values)
{
    Value made = find_shared(t, name);
    if (made || t->exc) {
        return module_add(t, mod, name, made);
    }
    Value type = structseq_type_new(t, def);
    Value seq = type ? structseq_pack(t, type, values) : 0;
    if (seq && (strcmp(name, "flags") == 0 || strcmp(name, "version_info") == 0)) {
        value_type(type)->flags |= TYPE_NO_INSTANTIATE;
    }
    return module_add(t, mod, name, share(t, name, seq));
}

static bool add_version(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"major", "first number"},
        {"minor", "second number"},
        {"micro", "third number"},
        {"releaselevel", "'alpha', 'beta', 'candidate' or 'final'"},
        {"serial", "number of the alpha, beta or candidate"},
        {NULL, NULL}};
    static const StructSeqDef def = {"sys.version_info", "Version information as a named tuple.",
                                     fields, 5};
    const Value values[] = {fixnum(3), fixnum(11), fixnum(RELEASE_MICRO), str_from_cstr(t, "final"),
                            fixnum(0)};
    return add_structseq(t, mod, "version_info", &def, values) &&
           module_add_str(t, mod, "version",
                          "3.11.2 (Typhon " TYPHON_VERSION ", main) [GCC " __VERSION__ "]") &&
           module_add_int(t, mod, "hexversion", HEXVERSION) &&
           module_add_int(t, mod, "api_version", 1013) &&
           module_add_str(t, mod, "copyright",
                          "Copyright (c) 2026 The Typhon developers.\nAll Rights Reserved.");
}

static bool add_implementation(Thread *t, Value mod)
{
    extern Type namespace_type;
    Value ns = call0(t, object_value(&namespace_type));
    Value version = dict_get_cstr(t, module_dict(mod), "version_info");
    return ns && object_setattr(t, ns, intern_cstr(t, "name"), str_from_cstr(t, "typhon")) &&
           object_setattr(t, ns, intern_cstr(t, "cache_tag"), str_from_cstr(t, "typhon-311")) &&
           object_setattr(t, ns, intern_cstr(t, "version"), version) &&
           object_setattr(t, ns, intern_cstr(t, "hexversion"), fixnum(HEXVERSION)) &&
           object_setattr(t, ns, intern_cstr(t, "_multiarch"),
                          str_from_cstr(t, "x86_64-linux-gnu")) &&
           module_add(t, mod, "implementation", ns);
}

static bool add_flags(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"debug", "-d"},
        {"inspect", "-i"},
        {"interactive", "-i, or started without a program"},
        {"optimize", "-O, -OO"},
        {"dont_write_bytecode", "-B"},
        {"no_user_site", "-s"},
        {"no_site", "-S"},
        {"ignore_environment", "-E"},
        {"verbose", "-v"},
        {"bytes_warning", "-b"},
        {"quiet", "-q"},
        {"hash_randomization", "-R"},
        {"isolated", "-I"},
        {"dev_mode", "-X dev"},
        {"utf8_mode", "-X utf8"},
        {"warn_default_encoding", "-X warn_default_encoding"},
        {"safe_path", "-P"},
        {"int_max_str_digits", "-X int_max_str_digits"},
        {NULL, NULL}};
    static const StructSeqDef def = {
        "sys.flags", "Flags provided through command line arguments or environment.", fields, 18};
    const Config *c = &runtime.config;
    const Value values[] = {fixnum(c->debug),
                            fixnum(c->inspect),
                            fixnum(c->interactive),
                            fixnum(c->optimize),
                            fixnum(c->dont_write_bytecode),
                            fixnum(c->no_user_site),
                            fixnum(c->no_site),
                            fixnum(c->ignore_environment),
                            fixnum(c->verbose),
                            fixnum(c->bytes_warning),
                            fixnum(c->quiet),
                            fixnum(!(c->hash_seed_set && c->hash_seed == 0)),
                            fixnum(c->isolated),
                            bool_value(c->dev_mode),
                            fixnum(c->utf8_mode),
                            fixnum(c->warn_default_encoding),
                            bool_value(c->safe_path),
                            fixnum(c->max_digits_flag)};
    return add_structseq(t, mod, "flags", &def, values);
}

static bool add_float_info(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"max", "largest finite float"},
        {"max_exp", "largest e for which radix**(e-1) is a float"},
        {"max_10_exp", "largest e for which 10**e is a float"},
        {"min", "smallest positive normal float"},
        {"min_exp", "smallest e for which radix**(e-1) is normal"},
        {"min_10_exp", "smallest e for which 10**e is normal"},
        {"dig", "decimal digits that survive a conversion to float"},
        {"mant_dig", "digits of the mantissa"},
        {"epsilon", "distance from 1.0 to the next float"},
        {"radix", "base of the exponent"},
        {"rounds", "how arithmetic rounds, as in C"},
        {NULL, NULL}};
    static const StructSeqDef def = {"sys.float_info", "Parameters of the float type.", fields, 11};
    const Value values[] = {
        float_new(t, DBL_MAX), fixnum(DBL_MAX_EXP), fixnum(DBL_MAX_10_EXP), float_new(t, DBL_MIN),
        fixnum(DBL_MIN_EXP), fixnum(DBL_MIN_10_EXP), fixnum(DBL_DIG), fixnum(DBL_MANT_DIG),
        float_new(t, DBL_EPSILON), fixnum(FLT_RADIX), fixnum(1)};
    return add_structseq(t, mod, "float_info", &def, values);
}

static bool add_int_and_hash_info(Thread *t, Value mod)
{
    static const StructSeqField int_fields[] = {
        {"bits_per_digit", "bits in a digit"},
        {"sizeof_digit", "bytes in a digit"},
        {"default_max_str_digits", "digits that int() and str() convert"},
        {"str_digits_check_threshold", "least limit of digits"},
        {NULL, NULL}};
    static const StructSeqDef int_def = {"sys.int_info", "Parameters of the int type.", int_fields,
                                         4};
    const Value int_values[] = {fixnum(30), fixnum(4), fixnum(4300), fixnum(640)};
    static const StructSeqField hash_fields[] = {
        {"width", "bits of a hash"},
        {"modulus", "prime that hashes of numbers are taken by"},
        {"inf", "hash of infinity"},
        {"nan", "not used any more"},
        {"imag", "factor of the imaginary part"},
        {"algorithm", "how text and bytes are hashed"},
        {"hash_bits", "bits that it gives"},
        {"seed_bits", "bits of its key"},
        {"cutoff", "length up to which it is another one"},
        {NULL, NULL}};
    static const StructSeqDef hash_def = {"sys.hash_info", "Parameters of numeric hashing.",
                                          hash_fields, 9};
    const Value hash_values[] = {fixnum(64),      int_from_int64(t, ((int64_t)1 << 61) - 1),
                                 fixnum(314159),  fixnum(0),
                                 fixnum(1000003), str_from_cstr(t, "siphash13"),
                                 fixnum(64),      fixnum(128),
                                 fixnum(0)};
    static const StructSeqField thread_fields[] = {
        {"name", "which threads"},
        {"lock", "what locks are"},
        {"version", "name and version of the library"},
        {NULL, NULL}};
    static const StructSeqDef thread_def = {"sys.thread_info", "The thread implementation.",
                                            thread_fields, 3};
    const Value thread_values[] = {str_from_cstr(t, "pthread"), str_from_cstr(t, "semaphore"),
                                   str_from_cstr(t, "NPTL 2.36")};
    return add_structseq(t, mod, "int_info", &int_def, int_values) &&
           add_structseq(t, mod, "hash_info", &hash_def, hash_values) &&
           add_structseq(t, mod, "thread_info", &thread_def, thread_values);
}

static Value make_hooks_type(Thread *t)
{
    static const StructSeqField fields[] = {
        {"firstiter", "called at the first step"},
        {"finalizer", "called when one is given up"},
        {NULL, NULL}};
    static const StructSeqDef def = {"asyncgen_hooks",
                                     "Hooks of asynchronous generators.", fields, 2};
    return structseq_type_new(t, &def);
}

static Value make_unraisable_type(Thread *t)
{
    static const StructSeqField fields[] = {
        {"exc_type", "class of the exception"},
        {"exc_value", "the exception, or None"},
        {"exc_traceback", "its traceback, or None"},
        {"err_msg", "what to say, or None"},
        {"object", "where it came from, or None"},
        {NULL, NULL}};
    static const StructSeqDef def = {"sys.UnraisableHookArgs",
                                     "What sys.unraisablehook() gets.", fields, 5};
    return structseq_type_new(t, &def);
}

static bool add_hook_types(Thread *t, Value mod)
{
    Value hooks_type = find_or_make(t, "asyncgen_hooks", make_hooks_type);
    Value args_type = hooks_type ? find_or_make(t, "unraisable_args", make_unraisable_type) : 0;
    return args_type && dict_set_cstr(t, t->interp->extra, "asyncgen_hooks", hooks_type) &&
           dict_set_cstr(t, t->interp->extra, "unraisable_args", args_type) &&
           module_add(t, mod, "UnraisableHookArgs", args_type);
}

static Value make_module_names(Thread *t)
{
    Value list = list_new(t, 64);
    for (const ModuleDef *const *m = builtin_modules; list && *m; m++) {
        Value name = intern_cstr(t, (*m)->name);
        if (!name || !list_append(t, list, name)) {
            return 0;
        }
    }
    return list && list_sort(t, list, 0, false) ? list_to_tuple(t, list) : 0;
}

static Value make_stdlib_names(Thread *t)
{
    static const char *const texts[] = {
#include "modules/stdlib_names.inc"
    };
    extern Type frozenset_type;
    Value list = list_new(t, ARRAY_SIZE(texts));
    for (size_t i = 0; list && i < ARRAY_SIZE(texts); i++) {
        Value name = str_from_cstr(t, texts[i]);
        if (!name || !list_append(t, list, name)) {
            return 0;
        }
    }
    return list ? call1(t, object_value(&frozenset_type), list) : 0;
}

static bool add_names(Thread *t, Value mod)
{
    return module_add(t, mod, "builtin_module_names",
                      find_or_make(t, "builtin_module_names", make_module_names)) &&
           module_add(t, mod, "stdlib_module_names",
                      find_or_make(t, "stdlib_module_names", make_stdlib_names));
}

/* The program may change the main interpreter's: others have copies. */
static bool add_options(Thread *t, Value mod)
{
    Value warn = runtime.config.warn_options, options = runtime.config.xoptions;
    if (t->interp != runtime.main_interp) {
        warn = call1(t, object_value(&list_type), warn);
        options = dict_copy(t, options);
    }
    return module_add(t, mod, "warnoptions", warn) && module_add(t, mod, "_xoptions", options);
}

bool sys_add_info(Thread *t, Value mod)
{
    return add_version(t, mod) && add_implementation(t, mod) && add_flags(t, mod) &&
           add_float_info(t, mod) && add_int_and_hash_info(t, mod) && add_hook_types(t, mod) &&
           add_names(t, mod) &&
           module_add_int(t, mod, "maxsize", INT64_MAX) &&
           module_add_int(t, mod, "maxunicode", 0x10ffff) &&
           module_add_str(t, mod, "platform", "linux") &&
           module_add_str(t, mod, "byteorder", "little") &&
           module_add_str(t, mod, "float_repr_style", "short") &&
           module_add_str(t, mod, "platlibdir", "lib") && module_add_str(t, mod, "abiflags", "") &&
           module_add(t, mod, "_git",
                      tuple_pack(t, 3, str_from_cstr(t, "Typhon"), N(empty), N(empty))) &&
           module_add(t, mod, "dont_write_bytecode",
                      bool_value(runtime.config.dont_write_bytecode)) &&
           module_add(t, mod, "pycache_prefix",
                      runtime.config.pycache_prefix
                          ? str_from_fs(t, runtime.config.pycache_prefix,
                                        strlen(runtime.config.pycache_prefix))
                          : NONE) &&
           add_options(t, mod) && module_add(t, mod, "modules", t->interp->modules) &&
           module_add(t, mod, "meta_path", list_new(t, 0)) &&
           module_add(t, mod, "path_hooks", list_new(t, 0)) &&
           module_add(t, mod, "path_importer_cache", dict_new(t));
}
