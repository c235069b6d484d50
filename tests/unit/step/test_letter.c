#include "lib/test.h"

#include "step/letter.h"

#include <string.h>

static const struct letter_origin origin = {"4hjx3t4vqbtl", "post", 2, "db1"};

/* The header of a letter with these arguments, or what is wrong with them. */
static const char *header_of(const char *json, const char *from, struct letter *letter, struct text *text)
{
    json_t *args autovalue = json_loads(json, 0, NULL);
    struct err err = {0};

    assert_non_null(args);
    if (letter_make(letter, args, from, &origin, &err) < 0) {
        text_puts(text, err.text);
        return text_str(text);
    }
    for (size_t i = 0; i < letter->header_count; i++)
        text_printf(text, "%s\n", letter->headers[i]);
    return text_str(text);
}

#define assert_header(json, from, expected)                                                                  \
    do {                                                                                                     \
        struct letter letter_ = {0};                                                                         \
        struct text text_ autotext = {0};                                                                    \
        assert_string_equal(header_of(json, from, &letter_, &text_), expected);                              \
        letter_fini(&letter_);                                                                               \
    } while (0)

#define assert_in_header(json, part)                                                                         \
    do {                                                                                                     \
        struct letter letter_ = {0};                                                                         \
        struct text text_ autotext = {0};                                                                    \
        assert_non_null(strstr(header_of(json, "runbook@example.org", &letter_, &text_), part));             \
        letter_fini(&letter_);                                                                               \
    } while (0)

static void a_plain_mail_has_the_fields_of_a_mail(void **state)
{
    (void)state;
    assert_header("{\"to\": \"ana@example.org\", \"subject\": \"It works\"}", "Runbook <runbook@example.org>",
        "From: Runbook <runbook@example.org>\n"
        "To: ana@example.org\n"
        "Subject: It works\n"
        "Message-ID: <4hjx3t4vqbtl.72231043bc1807e6.2@example.org>\n"
        "Auto-Submitted: auto-generated\n");
}

static void a_sender_nobody_named_is_this_machine(void **state)
{
    struct letter letter = {0};
    struct text text autotext = {0};

    (void)state;
    header_of("{\"to\": \"ana@example.org\", \"subject\": \"s\"}", NULL, &letter, &text);
    assert_string_equal(letter.from, "runbook@db1");
    letter_fini(&letter);
}

static void every_recipient_is_in_the_envelope(void **state)
{
    struct letter letter = {0};
    struct text text autotext = {0};

    (void)state;
    header_of("{\"to\": [\"Ana <ana@example.org>\", \"bo@example.org\"], \"cc\": \"cy@example.org\", "
              "\"subject\": \"s\"}",
        "r@example.org", &letter, &text);
    assert_int_equal(letter.to_count, 3);
    assert_string_equal(letter.to[0], "ana@example.org");
    assert_string_equal(letter.to[2], "cy@example.org");
    assert_non_null(
        strstr(text_str(&text), "To: Ana <ana@example.org>,\r\n bo@example.org\nCc: cy@example.org\n"));
    letter_fini(&letter);
}

static void words_that_are_not_ascii_are_encoded_in_lines_of_75(void **state)
{
    struct letter letter = {0};
    struct text text autotext = {0};
    const char *subject;

    (void)state;
    assert_in_header("{\"to\": \"Zoë <zoe@example.org>\", \"subject\": \"s\"}",
        "To: =?UTF-8?B?Wm/Dqw==?= <zoe@example.org>\n");
    header_of(
        "{\"to\": \"a@b.c\", \"subject\": \"Ähre ähre ähre ähre ähre ähre ähre ähre ähre ähre ähre ähre\"}",
        "r@example.org", &letter, &text);
    subject = strstr(text_str(&text), "=?UTF-8?B?");
    while (subject && *subject == '=') {
        size_t len = strcspn(subject, "\r\n");

        assert_true(len <= 75);
        subject += len + strspn(subject + len, "\r\n ");
    }
    letter_fini(&letter);
}

static void what_looks_encoded_is_encoded_so_that_it_is_shown_as_written(void **state)
{
    (void)state;
    assert_in_header("{\"to\": \"a@b.c\", \"subject\": \"=?UTF-8?B?Wm/Dqw==?=\"}",
        "Subject: =?UTF-8?B?PT9VVEYtOD9CP1dtL0Rxdz09Pz0=?=\n");
}

static void names_with_signs_of_the_syntax_are_quoted(void **state)
{
    (void)state;
    assert_in_header(
        "{\"to\": \"Ana, \\\"boss\\\" <a@b.c>\", \"subject\": \"s\"}", "To: \"Ana, \\\"boss\\\"\" <a@b.c>\n");
}

static void no_text_can_add_a_line(void **state)
{
    static const char *const bad[] = {
        "{\"to\": \"ana@example.org\\r\\nBcc: eve@example.org\", \"subject\": \"s\"}",
        "{\"to\": \"ana@example.org\\nDATA\", \"subject\": \"s\"}",
        "{\"to\": \"Ana\\r\\nBcc: eve@example.org <ana@example.org>\", \"subject\": \"s\"}",
        "{\"to\": \"a@b.c\", \"cc\": [\"b@b.c\", \"c@b.c\\rX: y\"], \"subject\": \"s\"}",
        "{\"to\": \"a@b.c\", \"subject\": \"hello\\r\\nBcc: eve@example.org\"}",
        "{\"to\": \"a@b.c\", \"subject\": \"hello\\nX-A: b\"}",
        "{\"to\": \"a@b.c>\\u0000\", \"subject\": \"s\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *args autovalue = json_loads(bad[i], JSON_ALLOW_NUL, NULL);
        struct letter letter = {0};
        struct err err;

        assert_int_equal(letter_make(&letter, args, "r@example.org", &origin, &err), ERR_INVALID);
        assert_null(strpbrk(err.text, "\r\n"));
        letter_fini(&letter);
    }
}

static void what_is_no_address_is_named(void **state)
{
    (void)state;
    assert_header("{\"to\": \"ana\", \"subject\": \"s\"}", "r@e.org",
        "to: \"ana\" is no mail address, such as ana@example.org or Ana <ana@example.org>");
    assert_header("{\"to\": \"a@b.c, d@e.f\", \"subject\": \"s\"}", "r@e.org",
        "to: \"a@b.c, d@e.f\" is no mail address; write several as a list");
    assert_header("{\"to\": \"a@b.c\", \"cc\": 5, \"subject\": \"s\"}", "r@e.org",
        "cc must be a mail address or a list of them");
    assert_header("{\"to\": [], \"subject\": \"s\"}", "r@e.org", "to: there is no address");
    assert_header("{\"to\": \"a@b.c\", \"subject\": \"\"}", "r@e.org", "subject: there is none");
    assert_header("{\"to\": \"a@b.c\", \"subject\": \"s\"}", "nobody",
        "from: \"nobody\" is no mail address, such as ana@example.org or Ana <ana@example.org>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_mail_has_the_fields_of_a_mail),
        cmocka_unit_test(a_sender_nobody_named_is_this_machine),
        cmocka_unit_test(every_recipient_is_in_the_envelope),
        cmocka_unit_test(words_that_are_not_ascii_are_encoded_in_lines_of_75),
        cmocka_unit_test(what_looks_encoded_is_encoded_so_that_it_is_shown_as_written),
        cmocka_unit_test(names_with_signs_of_the_syntax_are_quoted),
        cmocka_unit_test(no_text_can_add_a_line),
        cmocka_unit_test(what_is_no_address_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
