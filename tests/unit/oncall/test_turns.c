#include "unit/oncall/prepared.h"

static void assert_duty(
    const struct rotation *rotation, const char *when, const char *member, const char *until)
{
    struct duty duty;

    turns_at(rotation, at(when), &duty);
    if (member)
        assert_string_equal(duty.member ? duty.member : "nobody", member);
    else
        assert_null(duty.member);
    assert_instant(duty.until_us, until);
}

static void turns_change_at_the_handoff_of_the_zone_in_summer_and_winter(void **state)
{
    struct prepared prepared = {0};
    struct rotation rotation = {.members = STRINGS("ana", "bo"),
        .every = {.given = true, .value = 604800000},
        .handoff = {.text = "2026-03-02 09:00"},
        .timezone = {.text = "Europe/Paris"}};

    (void)state;
    prepare_rotation(&prepared, &rotation);
    assert_int_equal(prepared.diags.len, 0);
    assert_duty(&rotation, "2026-03-02T08:00:00Z", "ana", "2026-03-09T08:00:00Z");
    assert_duty(&rotation, "2026-03-02T07:59:59.999Z", "bo", "2026-03-02T08:00:00Z");
    /* The clocks change on the 29th: this turn is an hour shorter. */
    assert_duty(&rotation, "2026-03-29T12:00:00Z", "bo", "2026-03-30T07:00:00Z");
    assert_duty(&rotation, "2026-10-26T07:59:59Z", "bo", "2026-10-26T08:00:00Z");
    prepared_fini(&prepared);
}

static void a_handoff_that_the_clocks_jump_over_is_at_the_jump(void **state)
{
    struct prepared prepared = {0};
    struct rotation rotation = {.members = STRINGS("ana", "bo"),
        .every = {.given = true, .value = 86400000},
        .handoff = {.text = "2026-03-28 02:30"},
        .timezone = {.text = "Europe/Paris"}};

    (void)state;
    prepare_rotation(&prepared, &rotation);
    assert_duty(&rotation, "2026-03-29T00:59:59Z", "ana", "2026-03-29T01:00:00Z");
    assert_duty(&rotation, "2026-03-29T01:00:00Z", "bo", "2026-03-30T00:30:00Z");
    /* In October half past two comes twice: the first counts, and there is one handoff. */
    assert_duty(&rotation, "2026-10-25T00:29:59Z", "ana", "2026-10-25T00:30:00Z");
    assert_duty(&rotation, "2026-10-25T00:30:00Z", "bo", "2026-10-26T01:30:00Z");
    prepared_fini(&prepared);
}

static void who_stands_in_is_on_call_also_outside_the_hours(void **state)
{
    struct prepared prepared = {0};
    struct override override = {.member = {.text = "eva"},
        .from = {.text = "2026-03-07T10:00:00+01:00"},
        .until = {.text = "2026-03-09T12:00:00+01:00"}};
    struct rotation rotation = {.members = STRINGS("ana", "bo"),
        .every = {.given = true, .value = 604800000},
        .handoff = {.text = "2026-03-02 09:00"},
        .timezone = {.text = "Europe/Paris"},
        .restrict_ = STRINGS("Mon-Fri 08:00-18:00"),
        .overrides = {.items = (void *[]){&override}, .len = 1}};

    (void)state;
    prepare_rotation(&prepared, &rotation);
    assert_int_equal(prepared.diags.len, 0);
    assert_duty(&rotation, "2026-03-06T16:59:59Z", "ana", "2026-03-06T17:00:00Z");
    assert_duty(&rotation, "2026-03-06T17:00:00Z", NULL, "2026-03-07T09:00:00Z");
    assert_duty(&rotation, "2026-03-08T02:00:00Z", "eva", "2026-03-09T11:00:00Z");
    assert_duty(&rotation, "2026-03-09T11:00:00Z", "bo", "2026-03-09T17:00:00Z");
    assert_duty(&rotation, "2026-03-10T03:00:00Z", NULL, "2026-03-10T07:00:00Z");
    prepared_fini(&prepared);
}

static void the_next_change_is_to_somebody_else(void **state)
{
    struct prepared prepared = {0};
    struct rotation alone = {.members = STRINGS("ana"), .every = {.given = true, .value = 86400000}};
    struct rotation nights = {.members = STRINGS("ana"), .restrict_ = STRINGS("22:00-06:00")};
    struct duty duty;
    int64_t when;

    (void)state;
    prepare_rotation(&prepared, &alone);
    assert_false(turns_next(&alone, at("2026-03-01T00:00:00Z"), &when, &duty));
    prepare_rotation(&prepared, &nights);
    assert_true(turns_next(&nights, at("2026-03-01T23:00:00Z"), &when, &duty));
    assert_instant(when, "2026-03-02T06:00:00Z");
    assert_null(duty.member);
    assert_true(turns_next(&nights, when, &when, &duty));
    assert_instant(when, "2026-03-02T22:00:00Z");
    assert_string_equal(duty.member, "ana");
    prepared_fini(&prepared);
}

static void turns_before_the_first_go_round_backwards(void **state)
{
    struct prepared prepared = {0};
    struct rotation rotation = {.members = STRINGS("ana", "bo", "eva"),
        .every = {.given = true, .value = 43200000},
        .handoff = {.text = "2026-03-02 08:00"}};

    (void)state;
    prepare_rotation(&prepared, &rotation);
    assert_duty(&rotation, "2026-03-02T08:00:00Z", "ana", "2026-03-02T20:00:00Z");
    assert_duty(&rotation, "2026-03-02T07:00:00Z", "eva", "2026-03-02T08:00:00Z");
    assert_duty(&rotation, "2026-03-01T19:00:00Z", "bo", "2026-03-01T20:00:00Z");
    assert_duty(&rotation, "1969-12-31T23:59:59Z", "eva", "1970-01-01T08:00:00Z");
    prepared_fini(&prepared);
}

static void without_a_length_the_first_member_is_always_on_call(void **state)
{
    struct prepared prepared = {0};
    struct rotation rotation = {.members = STRINGS("ana", "bo")};

    (void)state;
    assert_duty(&rotation, "2026-03-02T08:00:00Z", "ana", "never");
    prepare_rotation(&prepared, &rotation);
    assert_duty(&rotation, "2026-03-02T08:00:00Z", "ana", "never");
    prepared_fini(&prepared);
}

static void a_weekday_alone_begins_a_turn_on_that_day(void **state)
{
    struct prepared prepared = {0};
    struct rotation weekly = {.members = STRINGS("ana", "bo"), .handoff = {.text = "Wed 10:00"}};
    struct rotation daily = {.members = STRINGS("ana", "bo"), .handoff = {.text = "10:00"}};
    struct duty duty;

    (void)state;
    prepare_rotation(&prepared, &weekly);
    turns_at(&weekly, at("2026-03-03T00:00:00Z"), &duty);
    assert_instant(duty.until_us, "2026-03-04T10:00:00Z");
    turns_at(&weekly, duty.until_us, &duty);
    assert_instant(duty.until_us, "2026-03-11T10:00:00Z");
    prepare_rotation(&prepared, &daily);
    turns_at(&daily, at("2026-03-03T10:00:00Z"), &duty);
    assert_instant(duty.until_us, "2026-03-04T10:00:00Z");
    prepared_fini(&prepared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_change_at_the_handoff_of_the_zone_in_summer_and_winter),
        cmocka_unit_test(a_handoff_that_the_clocks_jump_over_is_at_the_jump),
        cmocka_unit_test(who_stands_in_is_on_call_also_outside_the_hours),
        cmocka_unit_test(the_next_change_is_to_somebody_else),
        cmocka_unit_test(turns_before_the_first_go_round_backwards),
        cmocka_unit_test(without_a_length_the_first_member_is_always_on_call),
        cmocka_unit_test(a_weekday_alone_begins_a_turn_on_that_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
