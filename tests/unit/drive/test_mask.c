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

static void a_secret_that_begins_within_another_is_hidden_with_it(void **state)
{
    struct mask mask = {0};
    struct text out = {0};

    (void)state;
    mask_add(&mask, "abcdef", 6);
    mask_add(&mask, "defghi", 6);
    mask_text(&mask, "xabcdefghiy abcdefg", 19, &out);
    assert_string_equal(text_str(&out), "x***y ***g");
    text_fini(&out);
    mask_fini(&mask);
}

static void a_very_short_secret_is_masked_as_it_is(void **state)
{
    (void)state;
    expect("z", "a z b zz", "a *** b ******");
    expect("pin", "the pin: pin", "the ***: ***");
}

static void json_writers_that_escape_more_are_seen_through(void **state)
{
    (void)state;
    expect("caf\xc3\xa9/key", "\"caf\\u00e9/key caf\\u00E9\\/key\"", "\"*** ***\"");
    expect("a<b>&c", "a\\u003cb\\u003e\\u0026c", "***");
}

/* --- many secrets, everywhere, in pieces --- */

enum { SECRETS = 50, TEXT_ROUNDS = 20 };

static uint32_t draw(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void as_it_is(const char *secret, size_t len, struct text *out)
{
    text_add(out, secret, len);
}

static void as_json(const char *secret, size_t len, struct text *out)
{
    json_t *value = json_stringn(secret, len);
    char *quoted = json_dumps(value, JSON_ENCODE_ANY);

    text_add(out, quoted + 1, strlen(quoted) - 2);
    free(quoted);
    json_decref(value);
}

static void as_url(const char *secret, size_t len, struct text *out)
{
    for (size_t i = 0; i < len; i++)
        if (strchr("/ \"\\\n+&<=", secret[i]))
            text_printf(out, "%%%02X", (unsigned char)secret[i]);
        else
            text_putc(out, secret[i]);
}

static void as_hex(const char *secret, size_t len, struct text *out)
{
    for (size_t i = 0; i < len; i++)
        text_printf(out, "%02x", (unsigned char)secret[i]);
}

static void encode64(const char *bytes, size_t len, struct text *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        unsigned value = 0;

        for (size_t k = 0; k < 3; k++)
            value = value << 8 | (i + k < len ? (unsigned char)bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            text_putc(out, i + k <= len ? letters[value >> (18 - 6 * k) & 63] : '=');
    }
}

/* Preceded by 0, 1 or 2 bytes, which the mask need not hide. */
static void as_base64(const char *secret, size_t len, size_t before, struct text *out)
{
    struct text plain = {0};

    text_add(&plain, "??", before);
    text_add(&plain, secret, len);
    text_add(&plain, "!", 1);
    encode64(plain.ptr, plain.len, out);
    text_fini(&plain);
}

static void make_secret(uint32_t *seed, char *secret, size_t len)
{
    static const char letters[] = "abcXYZ019/ \"\\\n+&<=-_.";

    for (size_t i = 0; i < len; i++)
        secret[i] = letters[draw(seed) % (sizeof(letters) - 1)];
}

struct crowd {
    struct mask mask;
    char secrets[SECRETS][40];
    size_t lens[SECRETS];
};

static void gather(struct crowd *crowd, uint32_t *seed)
{
    for (size_t i = 0; i < SECRETS; i++) {
        crowd->lens[i] = 10 + draw(seed) % 30;
        make_secret(seed, crowd->secrets[i], crowd->lens[i]);
        mask_add(&crowd->mask, crowd->secrets[i], crowd->lens[i]);
    }
}

/* Every secret in one of its forms, with what is no secret between; `wanted` is what is to be left. */
static void write_all(const struct crowd *crowd, uint32_t *seed, struct text *text, struct text *wanted)
{
    static void (*const forms[])(const char *, size_t, struct text *) = {as_it_is, as_json, as_url, as_hex};

    for (size_t i = 0; i < SECRETS; i++) {
        size_t between = draw(seed) % 300;

        for (size_t k = 0; k < between; k++) {
            text_putc(text, "#;,|~"[k % 5]);
            text_putc(wanted, "#;,|~"[k % 5]);
        }
        text_putc(text, '(');
        forms[draw(seed) % 4](crowd->secrets[i], crowd->lens[i], text);
        text_putc(text, ')');
        text_puts(wanted, "(***)");
    }
}

static void feed_in_pieces(const struct mask *mask, uint32_t *seed, const struct text *text, struct text *out)
{
    struct mask_stream stream = {0};
    size_t most = 1 + draw(seed) % 500;

    for (size_t at = 0, n; at < text->len; at += n) {
        n = 1 + draw(seed) % most;
        n = n < text->len - at ? n : text->len - at;
        mask_stream_feed(mask, &stream, text->ptr + at, n, out);
    }
    mask_stream_end(mask, &stream, out);
    mask_stream_fini(&stream);
}

static void fifty_secrets_are_masked_in_every_form_however_the_text_is_cut(void **state)
{
    struct crowd crowd = {0};
    uint32_t seed = 4711;

    (void)state;
    gather(&crowd, &seed);
    for (int round = 0; round < TEXT_ROUNDS; round++) {
        struct text text = {0}, wanted = {0}, out = {0};

        write_all(&crowd, &seed, &text, &wanted);
        feed_in_pieces(&crowd.mask, &seed, &text, &out);
        assert_string_equal(text_str(&out), text_str(&wanted));
        text_fini(&text);
        text_fini(&wanted);
        text_fini(&out);
    }
    mask_fini(&crowd.mask);
}

static void fifty_secrets_are_masked_in_base64_however_the_text_is_cut(void **state)
{
    struct crowd crowd = {0};
    uint32_t seed = 815;

    (void)state;
    gather(&crowd, &seed);
    for (size_t i = 0; i < SECRETS; i++)
        for (size_t before = 0; before < 3; before++) {
            struct text text = {0}, out = {0};

            as_base64(crowd.secrets[i], crowd.lens[i], before, &text);
            feed_in_pieces(&crowd.mask, &seed, &text, &out);
            /* What is left are the characters that hold bits of the neighbours. */
            assert_non_null(strstr(text_str(&out), MASK_TEXT));
            assert_in_range(out.len, strlen(MASK_TEXT), strlen(MASK_TEXT) + 8);
            text_fini(&text);
            text_fini(&out);
        }
    mask_fini(&crowd.mask);
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
        test_case(a_secret_that_begins_within_another_is_hidden_with_it),
        test_case(a_very_short_secret_is_masked_as_it_is),
        test_case(json_writers_that_escape_more_are_seen_through),
        test_case(fifty_secrets_are_masked_in_every_form_however_the_text_is_cut),
        test_case(fifty_secrets_are_masked_in_base64_however_the_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
