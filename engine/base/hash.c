#include "base/hash.h"
#include "base/mem.h"

#include <nettle/sha2.h>
#include <nettle/version.h>
#include <sodium.h>
#include <string.h>

#define TEXT_OF(number) #number
#define VERSION(major, minor) TEXT_OF(major) "." TEXT_OF(minor)

const char *sha256_library(void)
{
    return VERSION(NETTLE_VERSION_MAJOR, NETTLE_VERSION_MINOR);
}

struct sha256 sha256_of(const void *bytes, size_t len)
{
    return sha256_of_parts(&(struct hash_part){bytes, len}, 1);
}

struct sha256 sha256_of_parts(const struct hash_part *parts, size_t count)
{
    struct sha256_ctx state;
    struct sha256 hash;

    sha256_init(&state);
    for (size_t i = 0; i < count; i++)
        sha256_update(&state, parts[i].len, parts[i].ptr);
    sha256_digest(&state, SHA256_SIZE, hash.bytes);
    return hash;
}

void sha256_hex(const struct sha256 *hash, char ret_hex[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < SHA256_SIZE; i++) {
        ret_hex[2 * i] = digits[hash->bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    ret_hex[2 * SHA256_SIZE] = '\0';
}

struct sha256 hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len)
{
    crypto_auth_hmacsha256_state state;
    struct sha256 hash;

    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, bytes, len);
    crypto_auth_hmacsha256_final(&state, hash.bytes);
    return hash;
}

char *base64_encode(const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    char *text = mem_alloc(size);

    return sodium_bin2base64(text, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

char *base64_decode(const char *text, size_t len, size_t *ret_len)
{
    char *bytes = mem_alloc(len + 1);

    if (sodium_base642bin((unsigned char *)bytes, len + 1, text, len, "\r\n \t", ret_len, NULL,
            sodium_base64_VARIANT_ORIGINAL) == 0)
        return bytes;
    free(bytes);
    return NULL;
}

struct hash128 hash128_of(const void *bytes, size_t len)
{
    struct hash128 hash;

    _Static_assert(sizeof(hash) == crypto_generichash_BYTES_MIN, "the shortest BLAKE2b has 128 bits");
    crypto_generichash((uint8_t *)&hash, sizeof(hash), bytes, len, NULL, 0);
    return hash;
}

static uint64_t keyed(const void *bytes, size_t len)
{
    static unsigned char secret[crypto_shorthash_KEYBYTES];
    static int drawn;
    uint64_t out;

    if (!drawn) {
        randombytes_buf(secret, sizeof(secret));
        drawn = 1;
    }
    crypto_shorthash((unsigned char *)&out, bytes, len, secret);
    return out;
}

uint64_t hash_key(const char *key)
{
    return keyed(key, strlen(key));
}

uint64_t hash_chain(uint64_t chain, uint64_t a, uint64_t b)
{
    const uint64_t link[] = {chain, a, b};

    return keyed(link, sizeof(link));
}

void random_base32(char *ret, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

    randombytes_buf(ret, len);
    for (size_t i = 0; i < len; i++)
        ret[i] = letters[(unsigned char)ret[i] & 31];
    ret[len] = '\0';
}

uint64_t random_u53(void)
{
    uint64_t value;

    randombytes_buf(&value, sizeof(value));
    return value >> 11;
}
