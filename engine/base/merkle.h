/* merkle: the hash tree of RFC 6962 (section 2.1): leaves in order, a root for every number of them, and
 * short proofs that a leaf is in it (inclusion) or that one tree is the beginning of another (consistency).
 */
#ifndef BASE_MERKLE_H
#define BASE_MERKLE_H

#include "base/hash.h"

#include <stdbool.h>

enum { MERKLE_LEVELS = 64, MERKLE_PROOF_MAX = 128 };

/* A tree that grows at its end: the roots of the complete subtrees of which it consists, one for each bit
 * that is set in `size`. Zero-initialise. */
struct merkle {
    uint64_t size;
    struct sha256 subtrees[MERKLE_LEVELS]; /* by level */
};

struct sha256 merkle_leaf(const void *bytes, size_t len);
struct sha256 merkle_node(const struct sha256 *left, const struct sha256 *right);
/* A complete subtree of 2^level leaves (level 0: a leaf); `size` must be a multiple of that. */
void merkle_add(struct merkle *tree, int level, const struct sha256 *subtree);
struct sha256 merkle_root(const struct merkle *tree);

/* The root of the subtree over the leaves begin … end - 1. */
typedef int (*merkle_range)(void *context, uint64_t begin, uint64_t end, struct sha256 *ret_hash);

struct merkle_proof {
    struct sha256 hashes[MERKLE_PROOF_MAX];
    size_t count;
};

/* Leaf `index` (from 0) in the tree over `size`. Negative when `range` is. */
int merkle_prove_inclusion(
    uint64_t index, uint64_t size, merkle_range range, void *context, struct merkle_proof *ret_proof);

bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct sha256 *leaf,
    const struct merkle_proof *proof, const struct sha256 *root);

#endif
