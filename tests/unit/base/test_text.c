#include "lib/test.h"

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>

static void broken_utf8_becomes_replacement_characters(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } cases[] = {
        {"plain", 5, "plain"}, {"h\xC3\xA9", 3, "hé"},
        {"a\xFF"
         "b",
            3, "a\uFFFDb"},
        {"\0x", 2, "\uFFFDx"}, {"\xC0\x80", 2, "\uFFFD\uFFFD"}, /* overlong NUL */
        {"\xED\xA0\x80", 3, "\uFFFD\uFFFD\uFFFD"},              /* a surrogate */
        {"\xE2\x82", 2, "\uFFFD\uFFFD"},                        /* cut short */
        {"\xF4\x90\x80\x80", 4, "\uFFFD\uFFFD\uFFFD\uFFFD"},    /* above U+10FFFF */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text text autotext = {0};

        text_add_utf8(&text, cases[i].bytes, cases[i].len);
        assert_string_equal(text_str(&text), cases[i].text);
        assert_int_equal(utf8_valid(text_str(&text), text.len), text.len);
    }
}

static void text_has_a_width_in_any_locale(void **state)
{
    (void)state;
    assert_int_equal(utf8_width("plain\t\033", 7), 5);
    assert_int_equal(utf8_width("h\u00e9\u2713", 6), 3);
    assert_int_equal(utf8_width("\xFF", 1), 1);
}

static void a_number_is_written_as_printf_does(void **state)
{
    static const long long numbers[] = {
        0, 7, 10, 42, 99, 100, 101, 909, 1000, 123456, -1, -10, -99, -100, LLONG_MAX, LLONG_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct text text autotext = {0}, expected autotext = {0};

        text_number(&text, numbers[i]);
        text_printf(&expected, "%lld", numbers[i]);
        assert_string_equal(text_str(&text), text_str(&expected));
    }
}

static void a_text_grows_and_can_be_taken(void **state)
{
    struct text text autotext = {0};
    char *taken;

    (void)state;
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%d,", i);
    assert_int_equal(text.len, 10 * 2 + 90 * 3 + 900 * 4);
    taken = text_take(&text);
    assert_memory_equal(taken, "0,1,2,", 6);
    assert_string_equal(text_str(&text), "");
    free(taken);
    taken = text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
}

static void a_map_keeps_the_order_of_insertion(void **state)
{
    struct map map = {0};
    char key[16];

    (void)state;
    assert_null(map_get(&map, "x"));
    for (intptr_t i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "k%d", (int)i);
        assert_null(map_put(&map, key, (void *)(i + 1)));
    }
    assert_ptr_equal(map_put(&map, "k7", (void *)77), (void *)8);
    assert_ptr_equal(map_get(&map, "k7"), (void *)77);
    assert_null(map_get(&map, "k1000"));
    for (intptr_t i = 0; i < 1000; i++)
        assert_int_equal(atol(map.entries[i].key + 1), i);
    map_fini(&map);
}

static void an_arena_hands_out_zeroed_memory_of_any_size(void **state)
{
    struct arena arena = {0};

    (void)state;
    for (size_t size = 1; size < 1000000; size *= 3) {
        unsigned char *ptr = arena_alloc(&arena, size);

        assert_int_equal((uintptr_t)ptr % sizeof(max_align_t), 0);
        assert_int_equal(ptr[0] | ptr[size - 1], 0);
        memset(ptr, 0xAA, size);
    }
    assert_string_equal(arena_printf(&arena, "%s-%d", "a", 5), "a-5");
    arena_fini(&arena);
}

static void the_nearest_word_is_near_enough_or_none(void **state)
{
    static const char *const words[] = {"command", "timeout", "retry", "when"};

    (void)state;
    assert_string_equal(nearest("comand", words, 4), "command");
    assert_string_equal(nearest("tiemout", words, 4), "timeout");
    assert_string_equal(nearest("whn", words, 4), "when");
    assert_null(nearest("parallel", words, 4));
    assert_null(nearest("xy", words, 4));
    assert_int_equal(edit_distance("ab", "ba", 3), 1);
}

static void an_error_is_wrapped_on_its_way_up(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(err_errno(&err, ENOSPC, "writing '%s'", "j.db"), ERR_FULL);
    assert_int_equal(err_wrap(&err, "run %s", "abc"), ERR_FULL);
    assert_string_equal(err.text, "run abc: writing 'j.db': No space left on device");
    assert_int_equal(err_set(NULL, ERR_BUSY, "x"), ERR_BUSY);
}

static void nothing_shown_is_obeyed_by_a_terminal(void **state)
{
    struct text text autotext = {0};
    static const char bytes[] = "a\x1b[31m\tb\nc\xc2\x9b"
                                "2J \xe2\x80\xae \xff \xe2\x82\xac\x7f";

    (void)state;
    text_add_shown(&text, bytes, sizeof(bytes) - 1);
    assert_string_equal(text_str(&text), "a^[[31m^Ib\nc\uFFFD2J \uFFFD \uFFFD \u20AC^?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(nothing_shown_is_obeyed_by_a_terminal),
        test_case(broken_utf8_becomes_replacement_characters),
        test_case(text_has_a_width_in_any_locale),
        test_case(a_number_is_written_as_printf_does),
        test_case(a_text_grows_and_can_be_taken),
        test_case(a_map_keeps_the_order_of_insertion),
        test_case(an_arena_hands_out_zeroed_memory_of_any_size),
        test_case(the_nearest_word_is_near_enough_or_none),
        test_case(an_error_is_wrapped_on_its_way_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
