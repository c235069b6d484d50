#include "lib/test.h"

#include "base/hash.h"

static void sha256_agrees_with_fips_180_4(void **state)
{
    const struct hash_part parts[] = {{"a", 1}, {"", 0}, {"bc", 2}};
    struct sha256 hash = sha256_of("abc", 3), again = sha256_of_parts(parts, 3);
    char hex[SHA256_HEX_SIZE];

    (void)state;
    sha256_hex(&hash, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_memory_equal(&hash, &again, sizeof(hash));
}

static void random_ids_are_base32_and_differ(void **state)
{
    char a[13], b[13];

    (void)state;
    random_base32(a, 12);
    random_base32(b, 12);
    assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), 12);
    assert_string_not_equal(a, b);
    assert_true(random_u53() < UINT64_C(1) << 53);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(sha256_agrees_with_fips_180_4),
        test_case(random_ids_are_base32_and_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
