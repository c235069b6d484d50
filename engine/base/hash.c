#include "base/hash.h"
#include "base/mem.h"

#include <nettle/sha2.h>
#include <nettle/version.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
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

/* Without a table or a branch, so that the compiler does sixteen bytes at a time. */
static char hex_digit(uint8_t value)
{
    return (char)(value + '0' + (value > 9 ? 'a' - '0' - 10 : 0));
}

void sha256_hex(const struct sha256 *hash, char ret_hex[SHA256_HEX_SIZE])
{
    const struct sha256 own = *hash;

    for (size_t i = 0; i < SHA256_SIZE; i++) {
        ret_hex[2 * i] = hex_digit(own.bytes[i] >> 4);
        ret_hex[2 * i + 1] = hex_digit(own.bytes[i] & 15);
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

/* By any thread. */
static const unsigned char *secret(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static unsigned char key[crypto_shorthash_KEYBYTES];
    static atomic_bool is_drawn;

    if (atomic_load(&is_drawn))
        return key;
    pthread_mutex_lock(&lock);
    if (!is_drawn)
        randombytes_buf(key, sizeof(key));
    is_drawn = true;
    pthread_mutex_unlock(&lock);
    return key;
}

static uint64_t keyed(const void *bytes, size_t len)
{
    uint64_t out;

    crypto_shorthash((unsigned char *)&out, bytes, len, secret());
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
