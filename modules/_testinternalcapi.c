/* _testinternalcapi: the settings that the reference's test suite asks for. */
#include "core/object/dict.h"
#include "core/object/module.h"

static Value testinternalcapi_get_config(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    const Config *c = &runtime.config;
    const struct { const char *name; int64_t value; } settings[] = {
        {"code_debug_ranges", !c->no_debug_ranges}, {"optimization_level", c->optimize}, {"verbose", c->verbose},
        {"inspect", c->inspect}, {"interactive", c->interactive}, {"quiet", c->quiet}, {"isolated", c->isolated},
        {"use_environment", !c->ignore_environment}, {"site_import", !c->no_site},
        {"user_site_directory", !c->no_user_site}, {"write_bytecode", !c->dont_write_bytecode},
        {"buffered_stdio", !c->unbuffered}, {"safe_path", c->safe_path}, {"dev_mode", c->dev_mode},
        {"faulthandler", c->faulthandler}, {"import_time", c->import_time}, {"bytes_warning", c->bytes_warning},
        {"int_max_str_digits", c->int_max_str_digits}, {"use_hash_seed", c->hash_seed_set},
    };
    Value dict = dict_new(t);
    for (size_t i = 0; dict != 0 && i < ARRAY_SIZE(settings); i++) {
        if (!dict_set_cstr(t, dict, settings[i].name, fixnum(settings[i].value))) {
            return 0;
        }
    }
    return dict;
}

static const NativeDef testinternalcapi_functions[] = {
    {"get_config()", testinternalcapi_get_config, "The settings of this process as a dict.", 0},
    {NULL, NULL, NULL, 0},
};

extern const ModuleDef module__testinternalcapi;
const ModuleDef module__testinternalcapi = {
    .name = "_testinternalcapi",
    .doc = "What tests ask about the inside of the interpreter.",
    .functions = testinternalcapi_functions,
};
