/* Keys from passwords: PBKDF2 (PKCS #5) and scrypt (RFC 7914).  Both are slow on purpose and run
 * parked. */
#include <limits.h>

#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "modules/_hashlib/hashlib.h"

/* The views of password and salt; false: raised, none is held. */
static bool get_views(Thread *t, Value password, Value salt, Buffer views[2])
{
    if (!buffer_get_still(t, password, &views[0])) {
        return false;
    }
    if (!buffer_get_still(t, salt, &views[1])) {
        buffer_release(t, &views[0]);
        return false;
    }
    return true;
}

static void release_views(Thread *t, Buffer views[2])
{
    buffer_release(t, &views[0]);
    buffer_release(t, &views[1]);
}

static bool key_length(Thread *t, Value v, int64_t *out)
{
    if (!value_to_int64(t, v, out)) {
        return false;
    }
    if (*out < 1) {
        value_error(t, "key length must be greater than 0.");
    } else if (*out > INT_MAX) {
        overflow_error(t, "key length is too great.");
    } else {
        return true;
    }
    return false;
}

static Value pbkdf2(Thread *t, const EVP_MD *md, Buffer views[2], int64_t iterations, Value dklen)
{
    int64_t length = EVP_MD_get_size(md);
    if (iterations < 1) {
        return value_error(t, "iteration value must be greater than 0.");
    }
    if (iterations > INT_MAX) {
        return overflow_error(t, "iteration value is too great.");
    }
    if (dklen && !is_none(dklen) && !key_length(t, dklen, &length)) {
        return 0;
    }
    Value key = bytes_new(t, NULL, (size_t)length);
    if (!key) {
        return 0;
    }
    thread_park(t);
    bool ok = PKCS5_PBKDF2_HMAC(views[0].buf, (int)views[0].len, views[1].buf, (int)views[1].len,
                                (int)iterations, md, (int)length,
                                (unsigned char *)value_bytes(key)->data);
    thread_unpark(t);
    return ok ? key : raise_crypto(t);
}

Value pbkdf2_hmac_function(HASHLIB_ARGS)
{
    Buffer views[2];
    int64_t iterations;
    if (!value_is_str(args[0])) {
        return type_error(t, "pbkdf2_hmac() argument 'hash_name' must be str, not %T", args[0]);
    }
    if (!value_to_int64(t, args[3], &iterations) || !get_views(t, args[1], args[2], views)) {
        return 0;
    }
    Value key = 0;
    EVP_MD *md = digest_by_name(t, args[0]);
    if (md && (views[0].len > INT_MAX || views[1].len > INT_MAX)) {
        overflow_error(t, "password or salt is too long.");
    } else if (md) {
        key = pbkdf2(t, md, views, iterations, args[4]);
    }
    EVP_MD_free(md);
    release_views(t, views);
    return key;
}

/* ---- scrypt ---- */

typedef struct ScryptCost { uint64_t n, r, p, max_memory; int64_t length; } ScryptCost;

static bool cost_arg(Thread *t, Value v, const char *name, uint64_t *out)
{
    if (!v || is_none(v)) {
        type_error(t, "%s is required and must be an unsigned int", name);
        return false;
    }
    if (!value_is_int(v)) {
        type_error(t, "scrypt() argument '%s' must be int, not %T", name, v);
        return false;
    }
    if (!value_to_uint64(t, v, out)) {
        error_clear(t);
        type_error(t, "%s is required and must be an unsigned int", name);
        return false;
    }
    return true;
}

/* args: password, salt, n, r, p, maxmem, dklen */
static bool scrypt_cost(Thread *t, const Value *args, ScryptCost *c)
{
    int64_t memory = 0;
    c->length = 64;
    if (!cost_arg(t, args[2], "n", &c->n)) {
        return false;
    }
    if (c->n < 2 || (c->n & (c->n - 1))) {
        value_error(t, "n must be a power of 2.");
        return false;
    }
    if (!cost_arg(t, args[3], "r", &c->r) || !cost_arg(t, args[4], "p", &c->p) ||
        (args[5] && !value_to_int64(t, args[5], &memory)) ||
        (args[6] && !value_to_int64(t, args[6], &c->length))) {
        return false;
    }
    if (memory < 0 || memory > INT_MAX) {
        value_error(t, "maxmem must be positive and smaller than %d", INT_MAX);
        return false;
    }
    if (c->length < 1 || c->length > INT_MAX) {
        value_error(t, "dklen must be greater than 0 and smaller than %d", INT_MAX);
        return false;
    }
    c->max_memory = (uint64_t)memory;
    return true;
}

static Value scrypt_key(Thread *t, Buffer views[2], const ScryptCost *c)
{
    /* are the numbers good? */
    if (!EVP_PBE_scrypt(NULL, 0, NULL, 0, c->n, c->r, c->p, c->max_memory, NULL, 0)) {
        return raise_crypto(t);
    }
    Value key = bytes_new(t, NULL, (size_t)c->length);
    if (!key) {
        return 0;
    }
    thread_park(t);
    bool ok = EVP_PBE_scrypt(views[0].buf, (size_t)views[0].len, views[1].buf, (size_t)views[1].len,
                             c->n, c->r, c->p, c->max_memory,
                             (unsigned char *)value_bytes(key)->data, (size_t)c->length);
    thread_unpark(t);
    return ok ? key : raise_crypto(t);
}

Value scrypt_function(HASHLIB_ARGS)
{
    ScryptCost cost;
    Buffer views[2];
    if (!args[1] || is_none(args[1])) {
        return type_error(t, "salt is required");
    }
    if (!scrypt_cost(t, args, &cost) || !get_views(t, args[0], args[1], views)) {
        return 0;
    }
    Value key = scrypt_key(t, views, &cost);
    release_views(t, views);
    return key;
}
