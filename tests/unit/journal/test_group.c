#include "journal/lease.h"
#include "unit/journal/sample.h"

#include <unistd.h>

static const char far[] = "far.example";

/* A run of a group, as its engine creates it; its lease ends then. */
static void create(
    struct journal *journal, const char *id, const char *group, int64_t limit, int64_t until_us)
{
    struct run_row row = sample_row(id, NULL);

    row.engine = "engine";
    row.engine_host = far;
    row.engine_pid = 1;
    row.lease_until_us = until_us;
    row.group = group;
    row.group_limit = limit;
    assert_int_equal(journal_create_run(journal, &row, NULL, 0, NULL), 0);
}

static void finish(struct journal *journal, const char *id)
{
    struct event event = sample_event(1, EVENT_RUN_FINISHED);

    event.status = RUN_SUCCEEDED;
    journal_append(journal, id, &event);
    sample_commit(journal);
}

static void only_so_many_are_in_a_group_and_the_oldest_comes_next(void **state)
{
    struct journal *journal = sample_open(*state);
    struct err err = {0};

    create(journal, "aaaaaaaaaaaa", "deploy", 2, INT64_MAX);
    create(journal, "bbbbbbbbbbbb", "deploy", 2, INT64_MAX);
    create(journal, "cccccccccccc", "deploy", 2, INT64_MAX);
    create(journal, "dddddddddddd", "deploy", 2, INT64_MAX);
    create(journal, "eeeeeeeeeeee", "other", 2, INT64_MAX);
    assert_int_equal(journal_enter_group(journal, "aaaaaaaaaaaa", &err), 0);
    assert_int_equal(journal_enter_group(journal, "bbbbbbbbbbbb", &err), 0);
    assert_int_equal(journal_enter_group(journal, "cccccccccccc", &err), ERR_BUSY);
    assert_non_null(
        strstr(err.text, "\"deploy\" is full: run aaaaaa (deploy, begun by ana) is in it, and others"));
    assert_int_equal(journal_enter_group(journal, "eeeeeeeeeeee", &err), 0);

    finish(journal, "aaaaaaaaaaaa");
    assert_int_equal(journal_enter_group(journal, "dddddddddddd", &err), ERR_BUSY);
    assert_int_equal(journal_look_at_group(journal, "cccccccccccc", &err), 0);
    assert_int_equal(journal_enter_group(journal, "cccccccccccc", &err), 0);
    assert_int_equal(journal_enter_group(journal, "cccccccccccc", &err), 0); /* it is in it already */
    assert_int_equal(journal_look_at_group(journal, "dddddddddddd", &err), ERR_BUSY);
    journal_close(journal);
}

static void a_run_whose_engine_is_gone_gives_its_place_up_and_writes_nothing_more(void **state)
{
    struct journal *journal = sample_open(*state), *other = sample_open(*state);
    struct event event = sample_event(1, EVENT_NOTE_ADDED);
    struct err err = {0};

    create(journal, "aaaaaaaaaaaa", "deploy", 1, 1);
    assert_int_equal(journal_enter_group(journal, "aaaaaaaaaaaa", &err), 0);
    assert_false(journal_is_fenced(journal, "aaaaaaaaaaaa"));
    create(other, "bbbbbbbbbbbb", "deploy", 1, INT64_MAX);
    assert_int_equal(journal_enter_group(other, "bbbbbbbbbbbb", &err), 0);
    journal_append(journal, "aaaaaaaaaaaa", &event);
    sample_commit(journal);
    assert_true(journal_is_fenced(journal, "aaaaaaaaaaaa"));
    journal_close(other);
    journal_close(journal);
}

static void one_that_waits_and_whose_engine_is_gone_holds_nobody_up(void **state)
{
    struct journal *journal = sample_open(*state);
    struct err err = {0};

    create(journal, "aaaaaaaaaaaa", "deploy", 1, 1);
    create(journal, "bbbbbbbbbbbb", "deploy", 1, INT64_MAX);
    assert_int_equal(journal_enter_group(journal, "bbbbbbbbbbbb", &err), 0);
    journal_close(journal);
}

static void where_any_number_may_be_in_it_a_run_comes_in_and_counts(void **state)
{
    struct journal *journal = sample_open(*state);
    struct err err = {0};

    create(journal, "aaaaaaaaaaaa", "deploy", 1, INT64_MAX);
    create(journal, "bbbbbbbbbbbb", "deploy", 0, INT64_MAX);
    assert_int_equal(journal_enter_group(journal, "bbbbbbbbbbbb", &err), 0);
    assert_int_equal(journal_enter_group(journal, "aaaaaaaaaaaa", &err), ERR_BUSY);
    journal_close(journal);
}

static void a_run_of_no_group_comes_in_anywhere(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    assert_int_equal(journal_enter_group(journal, SAMPLE_RUN, NULL), 0);
    assert_int_equal(journal_enter_group(journal, "zzzzzzzzzzzz", NULL), ERR_NOT_FOUND);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(only_so_many_are_in_a_group_and_the_oldest_comes_next),
        sample_case(a_run_whose_engine_is_gone_gives_its_place_up_and_writes_nothing_more),
        sample_case(one_that_waits_and_whose_engine_is_gone_holds_nobody_up),
        sample_case(where_any_number_may_be_in_it_a_run_comes_in_and_counts),
        sample_case(a_run_of_no_group_comes_in_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
