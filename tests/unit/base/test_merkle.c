#include "lib/test.h"

#include "base/merkle.h"

#include <string.h>

enum { LEAVES = 40 };

/* The tree that implementations of RFC 6962 test with: eight leaves, and the root over the first n of them.
 */
static const struct {
    const char *leaf;
    size_t len;
    const char *root;
} published[] = {
    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static void assert_root(const struct merkle *tree, const char *expected)
{
    struct sha256 root = merkle_root(tree);
    char hex[SHA256_HEX_SIZE];

    sha256_hex(&root, hex);
    assert_string_equal(hex, expected);
}

static void roots_are_the_published_ones(void **state)
{
    struct merkle tree = {0};

    (void)state;
    assert_root(&tree, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        struct sha256 leaf = merkle_leaf(published[i].leaf, published[i].len);

        merkle_add(&tree, 0, &leaf);
        assert_root(&tree, published[i].root);
    }
}

static struct sha256 some_leaf(uint64_t i)
{
    return merkle_leaf(&i, sizeof(i));
}

static struct sha256 root_of(uint64_t begin, uint64_t end)
{
    struct merkle tree = {0};

    for (uint64_t i = begin; i < end; i++) {
        struct sha256 leaf = some_leaf(i);

        merkle_add(&tree, 0, &leaf);
    }
    return merkle_root(&tree);
}

static int range(void *context, uint64_t begin, uint64_t end, struct sha256 *ret_hash)
{
    (void)context;
    *ret_hash = root_of(begin, end);
    return 0;
}

static void subtrees_may_be_added_whole(void **state)
{
    struct merkle tree = {0};
    struct sha256 first = root_of(0, 8), rest = some_leaf(8), all = root_of(0, 9), root;

    (void)state;
    merkle_add(&tree, 3, &first);
    merkle_add(&tree, 0, &rest);
    root = merkle_root(&tree);
    assert_memory_equal(&root, &all, sizeof(root));
}

static void every_leaf_of_every_tree_can_be_proved(void **state)
{
    struct merkle_proof proof;

    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++) {
        struct sha256 root = root_of(0, size);

        for (uint64_t i = 0; i < size; i++) {
            struct sha256 leaf = some_leaf(i), other = some_leaf(i + 1);

            assert_int_equal(merkle_prove_inclusion(i, size, range, NULL, &proof), 0);
            assert_true(merkle_check_inclusion(i, size, &leaf, &proof, &root));
            assert_false(merkle_check_inclusion(i, size, &other, &proof, &root));
            assert_false(merkle_check_inclusion(i + 1, size, &leaf, &proof, &root));
            if (!proof.count)
                continue;
            proof.hashes[proof.count - 1].bytes[0] ^= 1;
            assert_false(merkle_check_inclusion(i, size, &leaf, &proof, &root));
            proof.hashes[proof.count - 1].bytes[0] ^= 1;
            proof.count--;
            assert_false(merkle_check_inclusion(i, size, &leaf, &proof, &root));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(roots_are_the_published_ones),
        test_case(subtrees_may_be_added_whole),
        test_case(every_leaf_of_every_tree_can_be_proved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
