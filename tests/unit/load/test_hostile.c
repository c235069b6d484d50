/* Files made to hurt: each ends in a diagnostic, quickly and in little memory. */
#include "lib/test.h"

#include "unit/load/loading.h"

#include "load/node.h"

#include <time.h>

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Loads, and expects a diagnostic that contains `problem` among the first few. */
static void assert_refused(const char *text, size_t len, const char *problem)
{
    double start = seconds();
    struct loaded loaded autoloaded = test_load_bytes(text, len);
    bool found = false;

    for (size_t i = 0; i < loaded.diags.len; i++)
        found = found || strstr(loaded.diags.items[i].text, problem);
    if (!found)
        fail_msg("expected \"%s\", got \"%s\"", problem, first_problem(&loaded));
    assert_true(loaded.diags.errors > 0);
    assert_true(seconds() - start < 2.0);
}

static void repeat(struct text *text, const char *what, size_t times)
{
    for (size_t i = 0; i < times; i++)
        text_puts(text, what);
}

static void a_billion_laughs_stop_at_the_cap(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nlabels:\n  l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 12; i++) {
        text_printf(&text, "  l%d: &l%d [*l%d", i, i, i - 1);
        for (int j = 0; j < 8; j++)
            text_printf(&text, ", *l%d", i - 1);
        text_puts(&text, "]\n");
    }
    text_puts(&text, "steps: [{run: date}]\n");
    assert_refused(text.ptr, text.len, "at most 100000 are allowed");
}

static void merges_that_double_stop_at_the_cap(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nlabels:\n  m0: &m0 {a: x}\n");
    for (int i = 1; i < 40; i++)
        text_printf(&text, "  m%d: &m%d {<<: *m%d, a%d: *m%d}\n", i, i, i - 1, i, i - 1);
    assert_refused(text.ptr, text.len, "at most 100000 are allowed");
}

static void a_long_text_aliased_often_stops_at_the_cap(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nlabels:\n  t: &t ");
    repeat(&text, "0123456789", 50000);
    text_puts(&text, "\n  l: [*t");
    repeat(&text, ", *t", 50000);
    text_puts(&text, "]\n");
    assert_refused(text.ptr, text.len, "too many bytes of text");
}

static void depth_has_a_cap_however_it_is_reached(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nlabels: ");
    repeat(&text, "[", 200000);
    assert_refused(text.ptr, text.len, "takes two levels: at most 144 are allowed");
    text_clear(&text);
    text_puts(&text, "runbook: a\nlabels:\n");
    for (int i = 0; i < 100; i++)
        text_printf(&text, "  a%d: &a%d [*a%d]\n", i, i, i ? i - 1 : 0);
    assert_refused(text.ptr, text.len, "stands inside what it names");
    text_clear(&text);
    text_puts(&text, "runbook: a\nlabels:\n  a0: &a0 x\n");
    for (int i = 1; i < 200; i++)
        text_printf(&text, "  a%d: &a%d [*a%d]\n", i, i, i - 1);
    assert_refused(text.ptr, text.len, "takes two levels: at most 144 are allowed");
}

static void sixty_four_blocks_may_stand_in_each_other(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nsteps:\n");
    for (int i = 0; i < 64; i++)
        text_printf(&text, "%*s- id: b%d\n%*s  steps:\n", 2 * i, "", i, 2 * i, "");
    text_printf(&text, "%*s- exec: [echo, x]\n", 2 * 64, "");
    struct loaded loaded autoloaded = test_load_bytes(text.ptr, text.len);
    assert_string_equal(loaded.diags.len ? loaded.diags.items[0].text : "", "");
}

static void a_file_over_one_mebibyte_is_refused(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nsteps: [{run: date}]\n#");
    repeat(&text, "0123456789abcdef", LOAD_MAX_BYTES / 16);
    assert_refused(text.ptr, text.len, "at most 1048576 (1 MiB) are allowed");
}

static void too_many_steps_are_refused(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nsteps:\n");
    repeat(&text, "- note: x\n", LOAD_MAX_STEPS + 5);
    assert_refused(text.ptr, text.len, "at most 10000 are allowed");
}

static void the_largest_allowed_list_of_steps_is_loaded(void **state)
{
    struct text text autotext = {0};
    struct loaded loaded;

    (void)state;
    text_puts(&text, "runbook: a\nsteps:\n");
    repeat(&text, "- {title: same, note: x}\n", LOAD_MAX_STEPS);
    loaded = test_load(text.ptr);
    assert_string_equal(first_problem(&loaded), "");
    assert_int_equal(document_of(&loaded)->step_count, LOAD_MAX_STEPS);
    assert_string_equal(document_of(&loaded)->steps[LOAD_MAX_STEPS - 1]->id, "same-10000");
    loaded_fini(&loaded);
}

static void a_chain_of_ten_thousand_needs_is_no_recursion(void **state)
{
    struct text text autotext = {0};
    struct loaded loaded;

    (void)state;
    text_puts(&text, "runbook: a\nsteps:\n- parallel:\n");
    for (int i = 0; i < 9000; i++)
        text_printf(&text, "  - {id: s%d, note: x, needs: s%d}\n", i, (i + 1) % 9000);
    loaded = test_load(text.ptr);
    assert_int_equal(loaded.diags.errors, 1);
    assert_string_equal(loaded.diags.items[0].name, "cycle");
    loaded_fini(&loaded);
}

static void many_expressions_on_one_long_line_are_quick(void **state)
{
    struct text text autotext = {0};
    double start = seconds();
    struct loaded loaded;

    (void)state;
    text_puts(&text, "runbook: a\nsteps:\n- note: \"é ");
    repeat(&text, "${{ a }} ", 90000);
    text_puts(&text, "\"\n");
    loaded = test_load(text.ptr);
    assert_string_equal(first_problem(&loaded), "");
    loaded_fini(&loaded);
    text_clear(&text);
    text_puts(&text, "runbook: a\nsteps: [{note: \"é\", env: {");
    for (int i = 0; i < 40000; i++)
        text_printf(&text, "a%d: \"${{ x }}\",", i);
    text_puts(&text, "}}]\n");
    loaded = test_load(text.ptr);
    assert_int_equal(loaded.diags.errors, 1); /* env is not for notes */
    loaded_fini(&loaded);
    assert_true(seconds() - start < 3.0);
}

static void many_keys_in_one_mapping_are_quick(void **state)
{
    struct text text autotext = {0};

    (void)state;
    text_puts(&text, "runbook: a\nlabels:\n");
    for (int i = 0; i < 45000; i++)
        text_printf(&text, "  key-%d: x\n", i);
    text_puts(&text, "  key-7: again\n");
    assert_refused(text.ptr, text.len, "the key \"key-7\" is written twice");
}

static void ten_thousand_mistakes_are_counted_and_not_all_kept(void **state)
{
    struct text text autotext = {0};
    struct loaded loaded;

    (void)state;
    text_puts(&text, "runbook: a\nsteps:\n");
    repeat(&text, "- {note: x, timeuot: 5s}\n", 9000);
    loaded = test_load(text.ptr);
    assert_int_equal(loaded.diags.errors, 9000);
    assert_int_equal(loaded.diags.len, DIAGS_MAX);
    loaded_fini(&loaded);
}

static void calls_are_at_most_sixteen_deep(void **state)
{
    struct test_file files[20] = {0};
    char paths[19][16], texts[19][64];
    struct loaded loaded;

    (void)state;
    for (int i = 0; i < 19; i++) {
        snprintf(paths[i], sizeof(paths[i]), "r%d.yaml", i);
        snprintf(texts[i], sizeof(texts[i]), "runbook: r%d\nsteps: [{call: r%d.yaml}]\n", i, i + 1);
        files[i] = (struct test_file){paths[i], texts[i], 0};
    }
    loaded = test_load_files(files);
    assert_int_equal(loaded.diags.errors, 1);
    assert_string_equal(first_problem(&loaded), "calls are nested too deeply: at most 16 are allowed");
    loaded_fini(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_billion_laughs_stop_at_the_cap),
        test_case(merges_that_double_stop_at_the_cap),
        test_case(a_long_text_aliased_often_stops_at_the_cap),
        test_case(depth_has_a_cap_however_it_is_reached),
        test_case(sixty_four_blocks_may_stand_in_each_other),
        test_case(a_file_over_one_mebibyte_is_refused),
        test_case(too_many_steps_are_refused),
        test_case(the_largest_allowed_list_of_steps_is_loaded),
        test_case(a_chain_of_ten_thousand_needs_is_no_recursion),
        test_case(many_expressions_on_one_long_line_are_quick),
        test_case(many_keys_in_one_mapping_are_quick),
        test_case(ten_thousand_mistakes_are_counted_and_not_all_kept),
        test_case(calls_are_at_most_sixteen_deep),
    };

    return cmocka_run_group_tests_name("load/hostile", tests, NULL, NULL);
}
