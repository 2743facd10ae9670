/* The _seal module: Ed25519 keys and signatures, for typhon.pack. */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/exception.h"
#include "core/object/module.h"
#include "core/object/native.h"

/* A private key, from the text of a PEM file without a password; NULL: raised. */
static EVP_PKEY *read_private_key(Thread *t, Value text)
{
    static char no_password[] = "";
    Buffer view;
    if (!buffer_get_still(t, text, &view)) {
        return NULL;
    }
    BIO *source = BIO_new_mem_buf(view.buf, (int)view.len);
    EVP_PKEY *key = source ? PEM_read_bio_PrivateKey(source, NULL, NULL, no_password) : NULL;
    BIO_free(source);
    buffer_release(t, &view);
    if (!key || !EVP_PKEY_is_a(key, "ED25519")) {
        EVP_PKEY_free(key);
        value_error(t, "no Ed25519 private key");
        return NULL;
    }
    return key;
}

static Value seal_public_key(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    EVP_PKEY *key = read_private_key(t, args[0]);
    uint8_t raw[32];
    size_t len = sizeof raw;
    bool ok = key && EVP_PKEY_get_raw_public_key(key, raw, &len) == 1;
    EVP_PKEY_free(key);
    return ok ? bytes_new(t, (char *)raw, len)
              : t->exc ? 0 : value_error(t, "no Ed25519 private key");
}

static Value seal_sign(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer message;
    EVP_PKEY *key = read_private_key(t, args[0]);
    if (!key || !buffer_get_still(t, args[1], &message)) {
        EVP_PKEY_free(key);
        return 0;
    }
    uint8_t signature[64];
    size_t len = sizeof signature;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(c, signature, &len, message.buf, (size_t)message.len) == 1;
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(key);
    buffer_release(t, &message);
    return ok ? bytes_new(t, (char *)signature, len) : value_error(t, "cannot sign with this key");
}

static const NativeDef seal_functions[] = {
    {"public_key(private_key, /)", seal_public_key,
     "The 32 bytes of the public half of an Ed25519 private key (the text of a PEM file).", 0},
    {"sign(private_key, message, /)", seal_sign, "The 64 bytes of the message's signature.", 0},
    {0},
};

const ModuleDef module__seal = {"_seal", "Signatures of archives.", seal_functions, NULL};
