#include "drive/mask.h"
#include "lib/test.h"

static char *masked(const char *secret, const char *bytes)
{
    struct mask mask = {0};
    struct text out = {0};

    mask_add(&mask, secret, strlen(secret));
    mask_text(&mask, bytes, strlen(bytes), &out);
    mask_fini(&mask);
    return text_take(&out);
}

static void expect(const char *secret, const char *bytes, const char *wanted)
{
    char *got = masked(secret, bytes);

    assert_string_equal(got, wanted);
    free(got);
}

static void a_secret_is_masked_as_it_is(void **state)
{
    (void)state;
    expect("hunter2", "login ana hunter2 ok hunter2", "login ana *** ok ***");
    expect("hunter2", "hunter3", "hunter3");
    expect("aab", "aaab", "a***");
}

static void a_secret_is_masked_json_escaped(void **state)
{
    (void)state;
    expect("pa\"ss\\w\nd", "{\"p\":\"pa\\\"ss\\\\w\\nd\"}", "{\"p\":\"***\"}");
}

static void a_secret_is_masked_url_encoded(void **state)
{
    (void)state;
    expect("a/b c+d", "?p=a%2Fb%20c%2Bd&q=a%2fb%20c%2bd&r=a%2Fb+c%2Bd", "?p=***&q=***&r=***");
    expect("a/b c+d", "GET /a/b%20c%2Bd and /a/b+c%2bd", "GET /*** and /***");
}

static void a_secret_is_masked_in_json_that_json_quotes(void **state)
{
    (void)state;
    expect("pa\"ss\\w", "{\"log\":\"{\\\"p\\\":\\\"pa\\\\\\\"ss\\\\\\\\w\\\"}\"}",
        "{\"log\":\"{\\\"p\\\":\\\"***\\\"}\"}");
}

static void a_secret_is_masked_in_hexadecimal(void **state)
{
    (void)state;
    expect("key/\x7fz", "6b65792f7f7a 6B65792F7F7A", "*** ***");
}

static void a_secret_is_masked_in_base64_wherever_it_stands(void **state)
{
    static const char *const encoded[] = {
        "c2VjcmV0LXZhbHVl",     /* secret-value */
        "eHNlY3JldC12YWx1ZQ==", /* xsecret-value */
        "eHhzZWNyZXQtdmFsdWU=", /* xxsecret-value */
        "c2VjcmV0LXZhbHVleA==", /* secret-valuex */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(encoded) / sizeof(encoded[0]); i++) {
        char *got = masked("secret-value", encoded[i]);

        assert_non_null(strstr(got, MASK_TEXT));
        assert_null(strstr(got, "ZWNyZXQ")); /* "ecret" */
        assert_null(strstr(got, "NyZXQt"));
        free(got);
    }
}

static void a_line_of_a_longer_secret_is_masked_by_itself(void **state)
{
    (void)state;
    expect("-----BEGIN KEY-----\nMIIEvQIBADANBg\nabc\n", "got: MIIEvQIBADANBg!", "got: ***!");
    expect("-----BEGIN KEY-----\nMIIEvQIBADANBg\nabc\n", "abc", "abc");
}

static void the_longer_of_two_secrets_wins(void **state)
{
    struct mask mask = {0};
    struct text out = {0};

    (void)state;
    mask_add(&mask, "token", 5);
    mask_add(&mask, "token-long", 10);
    mask_text(&mask, "token-long token", 16, &out);
    assert_string_equal(text_str(&out), "*** ***");
    text_fini(&out);
    mask_fini(&mask);
}

/* Whatever the pieces, the result is that of the whole. */
static void a_secret_cut_in_pieces_is_masked(void **state)
{
    static const char bytes[] = "begin s3cr3t-value middle s3cr3t s3cr3t-value";
    struct mask mask = {0};

    (void)state;
    mask_add(&mask, "s3cr3t-value", 12);
    for (size_t piece = 1; piece < sizeof(bytes); piece++) {
        struct mask_stream stream = {0};
        struct text out = {0};

        for (size_t at = 0; at < sizeof(bytes) - 1; at += piece) {
            size_t left = sizeof(bytes) - 1 - at;

            mask_stream_feed(&mask, &stream, bytes + at, left < piece ? left : piece, &out);
            assert_null(strstr(text_str(&out), "s3cr3t-v"));
        }
        mask_stream_end(&mask, &stream, &out);
        assert_string_equal(text_str(&out), "begin *** middle s3cr3t ***");
        text_fini(&out);
        mask_stream_fini(&stream);
    }
    mask_fini(&mask);
}

static void what_cannot_begin_a_secret_is_not_held_back(void **state)
{
    struct mask mask = {0};
    struct mask_stream stream = {0};
    struct text out = {0};

    (void)state;
    mask_add(&mask, "zecret", 6);
    mask_stream_feed(&mask, &stream, "progress 10%", 12, &out);
    assert_string_equal(text_str(&out), "progress 10%");
    mask_stream_feed(&mask, &stream, " ze", 3, &out);
    assert_string_equal(text_str(&out), "progress 10% ");
    mask_stream_end(&mask, &stream, &out);
    assert_string_equal(text_str(&out), "progress 10% ze");
    text_fini(&out);
    mask_stream_fini(&stream);
    mask_fini(&mask);
}

static void a_mask_without_secrets_changes_nothing(void **state)
{
    struct mask mask = {0};
    struct text out = {0};

    (void)state;
    mask_text(&mask, "a\0b", 3, &out);
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.ptr, "a\0b", 3);
    text_fini(&out);
    mask_fini(&mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_secret_is_masked_as_it_is),
        test_case(a_secret_is_masked_json_escaped),
        test_case(a_secret_is_masked_url_encoded),
        test_case(a_secret_is_masked_in_json_that_json_quotes),
        test_case(a_secret_is_masked_in_hexadecimal),
        test_case(a_secret_is_masked_in_base64_wherever_it_stands),
        test_case(a_line_of_a_longer_secret_is_masked_by_itself),
        test_case(the_longer_of_two_secrets_wins),
        test_case(a_secret_cut_in_pieces_is_masked),
        test_case(what_cannot_begin_a_secret_is_not_held_back),
        test_case(a_mask_without_secrets_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
