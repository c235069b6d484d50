/* Runs are listed and found by what a person types; their state is what can be proved. */
#include "lib/test.h"
#include "journal/lease.h"
#include "unit/journal/sample.h"

static void create(struct journal *journal, const char *id, const char *runbook)
{
    struct run_row row = sample_row(id, NULL);
    static int64_t created_us = 1;

    row.runbook = runbook;
    row.created_us = created_us++;
    assert_int_equal(journal_create_run(journal, &row, NULL, 0, NULL), 0);
}

static struct journal *open_three(const char *path)
{
    struct journal *journal = sample_open(path);

    create(journal, "abcdefgaaaaa", "deploy");
    create(journal, "abcdefgbbbbb", "deploy");
    create(journal, "zzzzzz222222", "restore");
    return journal;
}

static void expect_found(struct journal *journal, const char *name, const char *id)
{
    char found[RUN_ID_SIZE] = "";
    struct err err = {0};

    if (journal_find_run(journal, name, found, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    assert_string_equal(found, id);
}

static void a_run_is_found_by_id_prefix_runbook_and_last(void **state)
{
    struct journal *journal = open_three(*state);

    expect_found(journal, "abcdefgaaaaa", "abcdefgaaaaa");
    expect_found(journal, "abcdefgb", "abcdefgbbbbb");
    expect_found(journal, "zzzzzz", "zzzzzz222222");
    expect_found(journal, "deploy", "abcdefgbbbbb");
    expect_found(journal, "last", "zzzzzz222222");
    journal_close(journal);
}

static void an_ambiguous_prefix_lists_the_candidates(void **state)
{
    struct journal *journal = open_three(*state);
    char found[RUN_ID_SIZE];
    struct err err;

    assert_int_equal(journal_find_run(journal, "abcdefg", found, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, "abcdefgaaaaa (deploy), abcdefgbbbbb (deploy)"));
    journal_close(journal);
}

static void a_name_that_fits_nothing_says_what_would(void **state)
{
    struct journal *journal = sample_open(*state);
    char found[RUN_ID_SIZE];
    struct err err;

    assert_int_equal(journal_find_run(journal, "last", found, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no runs yet"));
    create(journal, "abcdefgaaaaa", "deploy");
    assert_int_equal(journal_find_run(journal, "abcde", found, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "at least 6 letters"));
    assert_int_equal(journal_find_run(journal, "abcdef'; --", found, &err), ERR_NOT_FOUND);
    assert_null(journal_get_run(journal, "nosuchrunatall", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    journal_close(journal);
}

static void a_short_id_is_the_shortest_that_names_only_one(void **state)
{
    struct journal *journal = open_three(*state);
    char id[RUN_ID_SIZE];

    journal_short_id(journal, "abcdefgaaaaa", id);
    assert_string_equal(id, "abcdefga");
    journal_short_id(journal, "zzzzzz222222", id);
    assert_string_equal(id, "zzzzzz");
    journal_close(journal);
}

static bool add_id(void *context, const struct run_row *run)
{
    text_printf(context, "%.8s:%s ", run->id, run_status_name(run->status));
    return true;
}

static void expect_runs(struct journal *journal, struct run_filter filter, const char *expected)
{
    struct text text autotext = {0};

    assert_int_equal(journal_runs(journal, &filter, add_id, &text, NULL), 0);
    assert_string_equal(text_str(&text), expected);
}

static void runs_are_listed_newest_first_and_filtered(void **state)
{
    struct journal *journal = open_three(*state);

    expect_runs(journal, (struct run_filter){0}, "zzzzzz22:queued abcdefgb:queued abcdefga:queued ");
    expect_runs(journal, (struct run_filter){.runbook = "deploy"}, "abcdefgb:queued abcdefga:queued ");
    expect_runs(journal, (struct run_filter){.limit = 1}, "zzzzzz22:queued ");
    expect_runs(journal, (struct run_filter){.status = "failed"}, "");
    expect_runs(journal, (struct run_filter){.since_us = INT64_MAX}, "");
    journal_close(journal);
}

static void create_held(
    struct journal *journal, const char *id, const char *host, int64_t pid, int64_t start, int64_t until_us)
{
    struct run_row row = sample_row(id, NULL);

    row.status = RUN_RUNNING;
    row.engine = "engine";
    row.engine_host = host;
    row.engine_pid = pid;
    row.engine_start = start;
    row.lease_until_us = until_us;
    assert_int_equal(journal_create_run(journal, &row, NULL, 0, NULL), 0);
}

static void a_run_is_interrupted_when_its_engine_is_provably_gone(void **state)
{
    struct journal *journal = sample_open(*state);
    int64_t start = lease_process_start(getpid());
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    assert_true(start > 0);
    create_held(journal, "alivealive22", host, getpid(), start, 1);
    create_held(journal, "reusedpid222", host, getpid(), start + 1, INT64_MAX);
    create_held(journal, "deaddead2222", host, 4194305, 5, INT64_MAX);
    create_held(journal, "elsewhere222", "far.example", 1, 5, INT64_MAX);
    create_held(journal, "expired22222", "far.example", 1, 5, 1);
    assert_int_equal(sample_status(journal, "alivealive22"), RUN_RUNNING);
    assert_int_equal(sample_status(journal, "reusedpid222"), RUN_INTERRUPTED);
    assert_int_equal(sample_status(journal, "deaddead2222"), RUN_INTERRUPTED);
    assert_int_equal(sample_status(journal, "elsewhere222"), RUN_RUNNING);
    assert_int_equal(sample_status(journal, "expired22222"), RUN_INTERRUPTED);
    expect_runs(journal, (struct run_filter){.status = "interrupted", .limit = 1}, "expired2:interrupted ");
    journal_lease(journal, "expired22222", INT64_MAX);
    sample_commit(journal);
    assert_int_equal(sample_status(journal, "expired22222"), RUN_RUNNING);
    journal_lease(journal, "alivealive22", 0);
    sample_commit(journal);
    assert_int_equal(sample_status(journal, "alivealive22"), RUN_INTERRUPTED);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(a_run_is_found_by_id_prefix_runbook_and_last),
        sample_case(an_ambiguous_prefix_lists_the_candidates),
        sample_case(a_name_that_fits_nothing_says_what_would),
        sample_case(a_short_id_is_the_shortest_that_names_only_one),
        sample_case(runs_are_listed_newest_first_and_filtered),
        sample_case(a_run_is_interrupted_when_its_engine_is_provably_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
