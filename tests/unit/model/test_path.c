#include "model/path.h"
#include "lib/test.h"

static bool fits(const char *text, const char *path)
{
    struct arena arena = {0};
    struct path_forms forms = {0};
    struct path_pattern pattern = path_pattern_of(&arena, text);
    bool is_fit;

    path_forms_set(&forms, path);
    is_fit = path_fits(&pattern, &forms);
    path_forms_fini(&forms);
    arena_fini(&arena);
    return is_fit;
}

static void a_path_has_forms_without_attempts_and_items(void **state)
{
    struct path_forms forms = {0};

    (void)state;
    path_forms_set(&forms, "sub#2/rollout[2][3]#4/verify[10]#3");
    assert_string_equal(forms.full, "sub#2/rollout[2][3]#4/verify[10]#3");
    assert_string_equal(text_str(&forms.plain), "sub/rollout[2][3]/verify[10]");
    assert_string_equal(text_str(&forms.bare), "sub/rollout/verify");
    assert_string_equal(forms.id, "verify");
    path_forms_set(&forms, "odd[");
    assert_string_equal(text_str(&forms.bare), "odd");
    path_forms_fini(&forms);
}

static void a_pattern_is_not_about_what_it_does_not_mention(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool is_fit;
    } cases[] = {
        {"verify", "verify", true},
        {"verify", "deploy/verify", true}, /* an id, wherever it stands */
        {"verify", "verify/undo", false},
        {"verify", "deploy[2]/verify[1]#3", true},
        {"deploy/verify", "deploy[2]/verify#3", true},
        {"deploy/verify", "other/deploy/verify", false},
        {"deploy[2]/verify", "deploy[2]/verify", true},
        {"deploy[2]/verify", "deploy[2]/verify#2", true},
        {"deploy[2]/verify", "deploy[1]/verify", false},
        {"deploy[2]", "deploy2", false}, /* no set of characters */
        {"verify#2", "verify#2", true},
        {"verify#2", "verify", false},
        {"verify#2", "deploy/verify#2", true},
        {"verify#1", "deploy[1]/verify", true}, /* the first attempt is not written in a path */
        {"verify#1", "deploy/verify#2", false},
        {"verify#1", "deploy/verify#11", false},
        {"sub#1/verify", "sub/verify", true},
        {"sub#1/verify", "sub/verify#2", true},
        {"sub#1/verify", "sub#2/verify", false},
        {"sub/verify#2", "sub#3/verify#2", true},
        {"sub#2/verify", "sub#2[3]/verify[1]", true},
        {"sub#2", "sub#2/verify", false},
        {"sub#2/verify", "sub#2", false},
        {"deploy[2]/verify", "deploy[2]#3/verify[1]", true},
        {"deploy[2]/verify", "deploy#2[2]/verify", true},
        {"sub#1/ver*", "sub/verify#2", true},
        {"ver*", "deploy/verify", true},
        {"deploy/*", "deploy/a/b", true},
        {"deploy/*", "deploy", false},
        {"node[*]/ping", "node[12]/ping", true},
        {"node[?]/ping", "node[12]/ping", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (fits(cases[i].pattern, cases[i].path) != cases[i].is_fit)
            fail_msg("%s %s fit %s", cases[i].pattern, cases[i].is_fit ? "must" : "must not", cases[i].path);
}

static void brackets_of_a_glob_are_themselves(void **state)
{
    (void)state;
    assert_true(glob_fits("*[1]*", "a[1]b"));
    assert_false(glob_fits("[ab]", "a"));
    assert_true(glob_fits("", ""));
    assert_false(glob_fits("a", "ab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_forms_without_attempts_and_items),
        cmocka_unit_test(a_pattern_is_not_about_what_it_does_not_mention),
        cmocka_unit_test(brackets_of_a_glob_are_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
