/* The _crypt module: one-way hashes of passwords. */
#include <crypt.h>

#include "core/base/memory.h"
#include "modules/posix/posix.h"

static Value crypt_crypt(ARGS)
{
    Value keep_word, keep_salt;
    for (int i = 0; i < 2; i++) {
        if (!value_is_str(args[i])) {
            return type_error(t, "crypt() argument %d must be str, not %T", i + 1, args[i]);
        }
    }
    const char *word = fs_cstr(t, args[0], &keep_word),
               *salt = word ? fs_cstr(t, args[1], &keep_salt) : NULL;
    if (!salt) {
        return 0;
    }
    struct crypt_data *data = mem_calloc(1, sizeof *data);
    if (!data) {
        return raise_memory(t);
    }
    char *hash;
    thread_park(t);
    hash = crypt_r(word, salt, data);
    thread_unpark(t);
    Value v = hash ? str_from_fs(t, hash, strlen(hash)) : os_failed(t);
    mem_free(data);
    return v;
}

static const NativeDef crypt_functions[] = {
    {"crypt(word, salt, /)", crypt_crypt, "Hash a word.", 0},
    {NULL, NULL, NULL, 0},
};

const ModuleDef module__crypt = {"_crypt", "One-way hashes of passwords.", crypt_functions, NULL};
