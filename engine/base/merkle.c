#include "base/merkle.h"

#include <string.h>

struct sha256 merkle_leaf(const void *bytes, size_t len)
{
    const struct hash_part parts[] = {{"\0", 1}, {bytes, len}};

    return sha256_of_parts(parts, 2);
}

struct sha256 merkle_node(const struct sha256 *left, const struct sha256 *right)
{
    uint8_t bytes[1 + 2 * SHA256_SIZE] = {1};

    memcpy(bytes + 1, left->bytes, SHA256_SIZE);
    memcpy(bytes + 1 + SHA256_SIZE, right->bytes, SHA256_SIZE);
    return sha256_of(bytes, sizeof(bytes));
}

/* As one is carried when a number is counted up. */
void merkle_add(struct merkle *tree, int level, const struct sha256 *subtree)
{
    struct sha256 hash = *subtree;
    int at = level;

    for (; tree->size >> at & 1; at++)
        hash = merkle_node(&tree->subtrees[at], &hash);
    tree->subtrees[at] = hash;
    tree->size += 1ull << level;
}

struct sha256 merkle_root(const struct merkle *tree)
{
    struct sha256 hash = {0};
    bool is_first = true;

    if (!tree->size)
        return sha256_of("", 0);
    for (int level = 0; level < MERKLE_LEVELS; level++) {
        if (!(tree->size >> level & 1))
            continue;
        hash = is_first ? tree->subtrees[level] : merkle_node(&tree->subtrees[level], &hash);
        is_first = false;
    }
    return hash;
}

/* --- making proofs --- */

/* The largest power of two below `n`, which is at least 2. */
static uint64_t split(uint64_t n)
{
    return 1ull << (63 - __builtin_clzll(n - 1));
}

/* From the root down; proofs are written from the leaf up. */
static void turn_round(struct merkle_proof *proof)
{
    for (size_t i = 0, k = proof->count; i + 1 < k; i++) {
        struct sha256 hash = proof->hashes[i];

        proof->hashes[i] = proof->hashes[--k];
        proof->hashes[k] = hash;
    }
}

static int put(struct merkle_proof *proof, merkle_range range, void *context, uint64_t begin, uint64_t end)
{
    return range(context, begin, end, &proof->hashes[proof->count++]);
}

int merkle_prove_inclusion(
    uint64_t index, uint64_t size, merkle_range range, void *context, struct merkle_proof *ret_proof)
{
    uint64_t begin = 0, end = size;
    int code = 0;

    ret_proof->count = 0;
    while (code == 0 && end - begin > 1) {
        uint64_t middle = begin + split(end - begin);

        if (index < middle) {
            code = put(ret_proof, range, context, middle, end);
            end = middle;
        } else {
            code = put(ret_proof, range, context, begin, middle);
            begin = middle;
        }
    }
    turn_round(ret_proof);
    return code;
}

/* --- checking them (RFC 9162, section 2.1.3.2) --- */

static bool is_equal(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* Past the levels at which the node is the last and has no sibling. */
static void climb(uint64_t *node, uint64_t *last)
{
    while (*node && !(*node & 1)) {
        *node >>= 1;
        *last >>= 1;
    }
}

bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct sha256 *leaf,
    const struct merkle_proof *proof, const struct sha256 *root)
{
    uint64_t node = index, last = size - 1;
    struct sha256 hash = *leaf;

    if (index >= size)
        return false;
    for (size_t i = 0; i < proof->count; i++) {
        if (!last)
            return false;
        if (node & 1 || node == last) {
            hash = merkle_node(&proof->hashes[i], &hash);
            climb(&node, &last);
        } else {
            hash = merkle_node(&hash, &proof->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    return !last && is_equal(&hash, root);
}
