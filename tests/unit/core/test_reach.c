#include "lib/test.h"

#include "core/reach.h"

#define LIST(...)                                                                                            \
    {                                                                                                        \
        .items = (const char *[]){__VA_ARGS__},                                                              \
        .len = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)                                        \
    }

static struct contact ana = {.user = LIST("ana", "ana@host"), .channels = LIST("pager")};
static struct contact bo = {.channels = LIST("pager")};
static struct channel pager, ops;
static struct strings team = LIST("ana", "bo"), nested = LIST("team", "ana", "ops"),
                      circular = LIST("circular", "bo");
static struct rotation primary = {.members = LIST("bo", "ana")};
static struct level first = {.notify = LIST("primary", "ops")}, second = {.notify = LIST("ana")};
static struct policy policy = {.levels = {.items = (void *[]){&first, &second}, .len = 2}};

#define NAMED(...)                                                                                           \
    (const char *[])                                                                                         \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static const struct people people = {
    .contacts = {.names = NAMED("ana", "bo"), .items = (void *[]){&ana, &bo}, .len = 2},
    .channels = {.names = NAMED("pager", "ops"), .items = (void *[]){&pager, &ops}, .len = 2},
    .groups = {.names = NAMED("team", "nested", "circular"),
        .items = (void *[]){&team, &nested, &circular},
        .len = 3},
    .rotations = {.names = NAMED("primary"), .items = (void *[]){&primary}, .len = 1},
    .policies = {.names = NAMED("default"), .items = (void *[]){&policy}, .len = 1},
};

/* "ana bo" for the targets behind a name. */
static const char *reached(const char *name, char *ret, size_t size)
{
    const struct strings names = {.items = &name, .len = 1};
    struct targets targets = {0};

    ret[0] = '\0';
    reach_expand(&people, &names, 0, &targets);
    for (size_t i = 0; i < targets.len; i++) {
        size_t len = strlen(ret);

        snprintf(ret + len, size - len, "%s%s%s", len ? " " : "", targets.items[i].contact ? "" : "#",
            targets.items[i].name);
    }
    free(targets.items);
    return ret;
}

static void names_become_the_people_behind_them_each_once(void **state)
{
    char text[100];

    (void)state;
    assert_string_equal(reached("ana", text, sizeof(text)), "ana");
    assert_string_equal(reached("team", text, sizeof(text)), "ana bo");
    assert_string_equal(reached("nested", text, sizeof(text)), "ana bo #ops");
    assert_string_equal(reached("ops", text, sizeof(text)), "#ops");
    assert_string_equal(reached("nobody", text, sizeof(text)), "");
}

static void a_rotation_is_its_first_member_and_a_policy_its_first_level(void **state)
{
    char text[100];

    (void)state;
    assert_string_equal(reached("primary", text, sizeof(text)), "bo");
    assert_string_equal(reached("default", text, sizeof(text)), "bo #ops");
}

static void a_group_that_holds_itself_comes_to_an_end(void **state)
{
    char text[100];

    (void)state;
    assert_string_equal(reached("circular", text, sizeof(text)), "bo");
}

static void only_those_who_are_named_may_answer(void **state)
{
    const struct strings only_team = LIST("team"), only_ana = LIST("ana"), nobody = {0};

    (void)state;
    assert_true(reach_includes(&people, &only_team, 0, "ana"));
    assert_true(reach_includes(&people, &only_ana, 0, "ana@host"));
    assert_false(reach_includes(&people, &only_ana, 0, "bo"));
    assert_false(reach_includes(&people, &only_team, 0, "pager"));
    assert_false(reach_includes(&people, &only_team, 0, ""));
    assert_true(reach_includes(&people, &nobody, 0, "anybody"));
}

static void a_contact_without_users_is_known_by_name(void **state)
{
    const struct strings only_bo = LIST("bo");

    (void)state;
    assert_true(reach_includes(&people, &only_bo, 0, "bo"));
    assert_false(reach_includes(&people, &only_bo, 0, "ana"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(names_become_the_people_behind_them_each_once),
        test_case(a_rotation_is_its_first_member_and_a_policy_its_first_level),
        test_case(a_group_that_holds_itself_comes_to_an_end),
        test_case(only_those_who_are_named_may_answer),
        test_case(a_contact_without_users_is_known_by_name),
    };

    return cmocka_run_group_tests_name("core/reach", tests, NULL, NULL);
}
