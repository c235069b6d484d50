#include "lib/test.h"
#include "report/paint.h"

#include <locale.h>

static void line_of(const char *bytes, size_t len, const char *want)
{
    struct text text autotext = {0};

    safe_line(&text, bytes, len);
    assert_string_equal(text_str(&text), want);
}

static void block_of(const char *bytes, const char *want)
{
    struct text text autotext = {0};

    safe_block(&text, bytes, strlen(bytes));
    assert_string_equal(text_str(&text), want);
}

static void a_line_shows_control_characters_instead_of_obeying_them(void **state)
{
    (void)state;
    line_of("a\033[31mb", 7, "a^[[31mb");
    line_of("50%\r60%\n", 8, "50%^M60%");
    line_of("a\nb\tc", 5, "a b c");
    line_of("del\177", 4, "del^?");
    line_of("nul\0x", 5, "nul\xEF\xBF\xBDx");
    line_of("\xff\xfe", 2, "\xEF\xBF\xBD\xEF\xBF\xBD");
    line_of("caf\xC3\xA9", 5, "caf\xC3\xA9");
}

static void marks_that_turn_text_around_are_replaced(void **state)
{
    (void)state;
    line_of("a\xE2\x80\xAE"
            "b",
        5,
        "a\xEF\xBF\xBD"
        "b");
    line_of("a\xE2\x81\xA6"
            "b",
        5,
        "a\xEF\xBF\xBD"
        "b");
    line_of("a\xC2\x9B"
            "31m",
        6,
        "a\xEF\xBF\xBD"
        "31m");
}

static void a_block_keeps_lines_and_tabs_and_drops_escape_sequences(void **state)
{
    (void)state;
    block_of("a\tb\r\nc", "a\tb\nc");
    block_of("\033[1;31mred\033[0m", "red");
    block_of("\033]0;title\atext", "text");
    block_of("\033]0;title\033\\text", "text");
    block_of("\033", "");
    block_of("\033[", "");
    block_of("\033]never ends", "");
    block_of("\bback", "^Hback");
}

static void clipping_tells_that_it_cut_and_never_exceeds_the_width(void **state)
{
    static const char string[] = "caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC plan";

    (void)state;
    for (int ascii = 0; ascii < 2; ascii++) {
        for (size_t width = 0; width < 20; width++) {
            struct text text autotext = {0};
            struct paint paint = {.ascii = ascii};
            size_t used = clip(&paint, &text, string, width);

            assert_true(used <= width);
            assert_int_equal(utf8_width(text_str(&text), text.len), used);
            if (width < 14)
                assert_true(width == 0 || strstr(text_str(&text), ascii ? "." : "…") != NULL);
            else
                assert_string_equal(text_str(&text), string);
        }
    }
}

static void wrapping_breaks_at_spaces_and_indents(void **state)
{
    struct text text autotext = {0};

    (void)state;
    wrap(&text, "one two three four", 9, 2);
    assert_string_equal(text_str(&text), "one two\n  three\n  four");
}

static void without_colour_nothing_is_added(void **state)
{
    struct text text autotext = {0};

    (void)state;
    paint_puts(&(struct paint){0}, &text, INK_BAD, "x");
    assert_string_equal(text_str(&text), "x");
    paint_puts(&(struct paint){.colour = true}, &text, INK_BAD, "y");
    assert_string_equal(text_str(&text), "x\033[31my\033[0m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_line_shows_control_characters_instead_of_obeying_them),
        test_case(marks_that_turn_text_around_are_replaced),
        test_case(a_block_keeps_lines_and_tabs_and_drops_escape_sequences),
        test_case(clipping_tells_that_it_cut_and_never_exceeds_the_width),
        test_case(wrapping_breaks_at_spaces_and_indents),
        test_case(without_colour_nothing_is_added),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
