#include "lib/test.h"

#include "base/note.h"

#include <string.h>

/* The key and the note with which Go documents this format. */
static const char public_key[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n";
static const char private_key[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n";
static const char words[] = "If you think cryptography is the answer to your problem,\n"
                            "then you don't know what your problem is.\n";
static const char note[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngo"
    "tpRZb6KE6RyyBwJnAM=\n";

static struct note_key read_key(const char *line)
{
    struct note_key key;
    struct err err = {0};

    if (note_key_read(line, &key, &err) < 0)
        fail_msg("%s", err.text);
    return key;
}

static void a_published_note_is_signed_and_checked_alike(void **state)
{
    struct note_key open = read_key(public_key), secret = read_key(private_key);
    struct text made autotext = {0}, written autotext = {0};
    size_t len;

    (void)state;
    assert_false(open.can_sign);
    assert_true(secret.can_sign);
    assert_int_equal(note_check(note, &open, &len, NULL), 0);
    assert_int_equal(len, strlen(words));
    note_sign(&secret, words, &made);
    assert_string_equal(text_str(&made), note);
    note_key_write(&secret, false, &written);
    assert_string_equal(text_str(&written), public_key);
    text_clear(&written);
    note_key_write(&secret, true, &written);
    assert_string_equal(text_str(&written), private_key);
}

static void assert_refused(const char *text, const struct note_key *key, int code, const char *why)
{
    struct err err = {0};
    size_t len;

    assert_int_equal(note_check(text, key, &len, &err), code);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void what_is_not_signed_like_that_is_refused(void **state)
{
    struct note_key key = read_key(public_key), other;
    char changed[sizeof(note)];

    (void)state;
    memcpy(changed, note, sizeof(note));
    changed[3] = 'Y';
    assert_refused(changed, &key, ERR_DENIED, "the signature of PeterNeumann is wrong");
    assert_refused(words, &key, ERR_INVALID, "no signed note");
    assert_refused("", &key, ERR_INVALID, "no signed note");
    assert_int_equal(note_key_new("PeterNeumann", &other, NULL), 0);
    assert_refused(note, &other, ERR_DENIED, "signed by PeterNeumann+c74f20a3");
}

static void damaged_keys_and_bad_names_are_refused(void **state)
{
    static const char *const lines[] = {"", "x", "a+b", "PeterNeumann+c74f20a3+AAAA",
        "PeterNeumann+c74f20a3+", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"};
    struct note_key key;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(note_key_read(lines[i], &key, NULL), ERR_INVALID);
    assert_int_equal(note_key_new("two words", &key, NULL), ERR_USAGE);
    assert_int_equal(note_key_new("a+b", &key, NULL), ERR_USAGE);
    assert_int_equal(note_key_new("", &key, NULL), ERR_USAGE);
}

static void heads_are_read_as_they_are_written(void **state)
{
    struct tree_head head = {.origin = "db1/journal", .size = 12345678901, .root = sha256_of("x", 1)}, again;
    struct text text autotext = {0};
    struct err err = {0};

    (void)state;
    tree_head_write(&head, &text);
    assert_int_equal(tree_head_read(text_str(&text), &again, &err), 0);
    assert_memory_equal(&head, &again, sizeof(head));
    assert_int_equal(tree_head_read("a\n1\nAAAA\n", &again, &err), ERR_INVALID);
    assert_int_equal(tree_head_read("a\nmany\nAAAA\n", &again, &err), ERR_INVALID);
    assert_int_equal(tree_head_read("a", &again, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_published_note_is_signed_and_checked_alike),
        test_case(what_is_not_signed_like_that_is_refused),
        test_case(damaged_keys_and_bad_names_are_refused),
        test_case(heads_are_read_as_they_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
