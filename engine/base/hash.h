/* hash: SHA-256 (FIPS 180-4), keyed hashing for tables, random ids. All of it libsodium's, but for SHA-256:
 * nettle's uses the instructions that processors have for it, and is four times as fast. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 };

struct sha256 {
    uint8_t bytes[SHA256_SIZE];
};

/* One chunk of a text that is hashed in pieces. */
struct hash_part {
    const void *ptr;
    size_t len;
};

struct sha256 sha256_of(const void *bytes, size_t len);
const char *sha256_library(void); /* the version of nettle that is linked in */
struct sha256 sha256_of_parts(const struct hash_part *parts, size_t count);
void sha256_hex(const struct sha256 *hash, char ret_hex[SHA256_HEX_SIZE]);

/* HMAC-SHA-256 (RFC 2104, FIPS 198-1). */
struct sha256 hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len);

/* RFC 4648 base64, with padding. malloc'd. */
char *base64_encode(const void *bytes, size_t len);
/* The bytes, malloc'd; line ends are passed over. NULL when it is no base64. */
char *base64_decode(const char *text, size_t len, size_t *ret_len);

/* 128 bits of BLAKE2b: what has the same is taken to be the same. */
struct hash128 {
    uint64_t words[2];
};

struct hash128 hash128_of(const void *bytes, size_t len);

/* SipHash-2-4 under a key drawn once per process. */
uint64_t hash_key(const char *key);

/* The same of a chain of pairs of numbers, to which one more is added; 0 is the empty chain. */
uint64_t hash_chain(uint64_t chain, uint64_t a, uint64_t b);

/* `len` random letters of RFC 4648 base32 in lower case (a-z, 2-7), and a NUL. */
void random_base32(char *ret, size_t len);
/* A random number, 53 bits, for seeds that travel through JSON. */
uint64_t random_u53(void);

#endif
