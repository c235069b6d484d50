#include "base/clock.h"
#include "journal/lease.h"
#include "unit/journal/sample.h"

static const char far[] = "far.example";

static struct run_row engine_until(int64_t until_us)
{
    return (struct run_row){.engine = "engine",
        .engine_host = far,
        .engine_pid = 4711,
        .engine_start = 17,
        .lease_until_us = until_us,
        .keep_us = KEEP_HELD};
}

static void expect_next(struct journal *journal, int64_t by_us, const char *id, int64_t due_us)
{
    char found[RUN_ID_SIZE] = "";
    int64_t found_us = 0;
    struct err err = {0};

    assert_int_equal(journal_next_due(journal, by_us, found, &found_us, &err), id ? 0 : ERR_NOT_FOUND);
    if (id)
        assert_string_equal(found, id);
    assert_int_equal(found_us, due_us);
}

static int64_t kept(struct journal *journal, const char *id)
{
    struct run_row *row = journal_get_run(journal, id, NULL);
    int64_t keep_us;

    assert_non_null(row);
    keep_us = row->keep_us;
    run_row_free(row);
    return keep_us;
}

/* A run that its engine has left. */
static void create_left(struct journal *journal, const char *id)
{
    struct run_row row = sample_row(id, NULL);

    row.status = RUN_RUNNING;
    row.engine = "engine";
    row.engine_host = far;
    row.lease_until_us = 1;
    assert_int_equal(journal_create_run(journal, &row, NULL, 0, NULL), 0);
}

static void rest(struct journal *journal, const char *id, int64_t due_us)
{
    journal_rest(journal, id, due_us);
    journal_lease(journal, id, 0);
    sample_commit(journal);
}

static void there_is_one_keeper_until_it_is_gone_or_gives_it_up(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row late = engine_until(1), now = engine_until(INT64_MAX), over = engine_until(0);
    struct err err = {0};

    assert_int_equal(journal_keeper(journal), 0);
    assert_int_equal(journal_keep(journal, &late, &err), 0);
    assert_int_equal(journal_keeper(journal), 0);
    assert_int_equal(journal_keep(journal, &now, &err), 0);
    assert_int_equal(journal_keeper(journal), 4711);
    assert_int_equal(journal_keep(journal, &now, &err), ERR_BUSY);
    assert_non_null(strstr(err.text, "4711"));
    journal_keep_on(journal, &over);
    sample_commit(journal);
    assert_int_equal(journal_keeper(journal), 0);
    assert_int_equal(journal_keep(journal, &now, &err), 0);
    journal_close(journal);
}

static void runs_at_rest_come_in_the_order_in_which_they_are_due(void **state)
{
    struct journal *journal = sample_open(*state);

    create_left(journal, "firstfirst22");
    create_left(journal, "secondsecond");
    expect_next(journal, INT64_MAX, NULL, INT64_MAX);
    rest(journal, "firstfirst22", 9000);
    rest(journal, "secondsecond", 5000);
    expect_next(journal, 4999, NULL, 5000);
    expect_next(journal, 5000, "secondsecond", 5000);
    rest(journal, "secondsecond", KEEP_HELD);
    expect_next(journal, 5000, NULL, 9000);
    rest(journal, "secondsecond", KEEP_NOT);
    rest(journal, "firstfirst22", KEEP_NOT);
    expect_next(journal, INT64_MAX, NULL, INT64_MAX);
    journal_close(journal);
}

static void a_run_at_rest_that_is_spoken_to_comes_first(void **state)
{
    struct journal *journal = sample_open(*state);
    const struct inbox_item item = {.verb = "ack", .path = "", .name = "", .by = {"ana", "db1", "terminal"}};

    create_left(journal, "firstfirst22");
    create_left(journal, "secondsecond");
    rest(journal, "firstfirst22", 100);
    rest(journal, "secondsecond", INT64_MAX);
    assert_int_equal(journal_inbox_put(journal, "secondsecond", &item, NULL), 0);
    expect_next(journal, 0, "secondsecond", 0);
    journal_close(journal);
}

static void at_rest_it_is_not_interrupted_while_there_is_a_keeper(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row now = engine_until(INT64_MAX), over = engine_until(0);

    create_left(journal, "firstfirst22");
    rest(journal, "firstfirst22", 9000);
    assert_int_equal(sample_status(journal, "firstfirst22"), RUN_INTERRUPTED);
    assert_int_equal(journal_keep(journal, &now, NULL), 0);
    assert_int_equal(sample_status(journal, "firstfirst22"), RUN_RUNNING);
    journal_keep_on(journal, &over);
    sample_commit(journal);
    assert_int_equal(sample_status(journal, "firstfirst22"), RUN_INTERRUPTED);
    journal_close(journal);
}

static void who_takes_it_over_takes_it_out_of_the_keepers_hands(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row keeper = engine_until(1), somebody = engine_until(INT64_MAX);
    struct err err = {0};

    somebody.keep_us = KEEP_NOT;
    create_left(journal, "firstfirst22");
    assert_int_equal(journal_hand_over(journal, "firstfirst22", &err), 0);
    assert_int_equal(kept(journal, "firstfirst22"), KEEP_NOW);
    assert_int_equal(journal_take_over(journal, "firstfirst22", &keeper, &err), 0);
    assert_int_equal(kept(journal, "firstfirst22"), KEEP_HELD);
    expect_next(journal, INT64_MAX, NULL, INT64_MAX);
    assert_int_equal(journal_take_over(journal, "firstfirst22", &somebody, &err), 0);
    assert_int_equal(kept(journal, "firstfirst22"), KEEP_NOT);
    assert_int_equal(journal_hand_over(journal, "firstfirst22", &err), ERR_BUSY);
    assert_int_equal(kept(journal, "firstfirst22"), KEEP_NOT);
    journal_close(journal);
}

static void the_next_keeper_takes_up_what_the_last_one_held(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row dead = engine_until(1);
    struct err err = {0};

    create_left(journal, "heldheldheld");
    create_left(journal, "restrestrest");
    assert_int_equal(journal_keep(journal, &dead, &err), 0);
    assert_int_equal(journal_take_over(journal, "heldheldheld", &dead, &err), 0);
    rest(journal, "restrestrest", 5000);
    assert_int_equal(journal_keep(journal, &dead, &err), 0);
    assert_int_equal(kept(journal, "heldheldheld"), KEEP_NOW);
    assert_int_equal(kept(journal, "restrestrest"), 5000);
    expect_next(journal, 4000, "heldheldheld", KEEP_NOW);
    journal_close(journal);
}

static void a_run_that_was_let_go_can_be_ours_again(void **state)
{
    struct journal *journal = sample_open(*state), *other = sample_open(*state);
    struct run_row dead = engine_until(1);
    struct event note = sample_event(1, EVENT_NOTE_ADDED);

    create_left(journal, "firstfirst22");
    assert_int_equal(journal_take_over(journal, "firstfirst22", &dead, NULL), 0);
    assert_int_equal(journal_take_over(other, "firstfirst22", &dead, NULL), 0);
    journal_append(journal, "firstfirst22", &note);
    sample_commit(journal);
    assert_true(journal_is_fenced(journal, "firstfirst22"));
    journal_let_go(journal, "firstfirst22");
    sample_commit(journal);
    assert_int_equal(journal_take_over(journal, "firstfirst22", &dead, NULL), 0);
    assert_false(journal_is_fenced(journal, "firstfirst22"));
    journal_append(journal, "firstfirst22", &note);
    sample_commit(journal);
    journal_append(other, "firstfirst22", &note);
    sample_commit(other);
    assert_true(journal_is_fenced(other, "firstfirst22"));
    journal_close(other);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(there_is_one_keeper_until_it_is_gone_or_gives_it_up),
        sample_case(runs_at_rest_come_in_the_order_in_which_they_are_due),
        sample_case(a_run_at_rest_that_is_spoken_to_comes_first),
        sample_case(at_rest_it_is_not_interrupted_while_there_is_a_keeper),
        sample_case(who_takes_it_over_takes_it_out_of_the_keepers_hands),
        sample_case(the_next_keeper_takes_up_what_the_last_one_held),
        sample_case(a_run_that_was_let_go_can_be_ours_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
