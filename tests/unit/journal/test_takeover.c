#include "journal/lease.h"
#include "unit/journal/sample.h"

#include <sys/wait.h>
#include <sys/resource.h>
#include <unistd.h>

static const char far[] = "far.example";

static struct run_row engine_on(const char *host, int64_t until_us)
{
    return (struct run_row){.engine = "engine",
        .engine_host = host,
        .engine_pid = getpid(),
        .engine_start = lease_process_start(getpid()),
        .lease_until_us = until_us};
}

static void create_held(struct journal *journal, const char *id, int64_t until_us)
{
    struct run_row row = sample_row(id, NULL), engine = engine_on(far, until_us);

    row.status = RUN_RUNNING;
    row.engine = engine.engine;
    row.engine_host = engine.engine_host;
    row.engine_pid = engine.engine_pid;
    row.engine_start = engine.engine_start;
    row.lease_until_us = until_us;
    assert_int_equal(journal_create_run(journal, &row, NULL, 0, NULL), 0);
}

static bool count_event(void *context, const struct event *event)
{
    size_t *count = context;

    assert_int_equal(event->seq, ++*count);
    return true;
}

static size_t events_of(struct journal *journal, const char *id)
{
    size_t count = 0;

    assert_int_equal(journal_events(journal, id, 0, false, count_event, &count, NULL), 0);
    return count;
}

static void append(struct journal *journal, const char *id, uint64_t seq)
{
    struct event event = sample_event(seq, EVENT_NOTE_ADDED);

    journal_append(journal, id, &event);
}

static void a_run_is_taken_over_only_when_its_lease_is_out(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row engine = engine_on(far, INT64_MAX);
    struct err err = {0};

    create_held(journal, "heldheldheld", INT64_MAX);
    create_held(journal, "freefreefree", 1);
    assert_int_equal(journal_take_over(journal, "heldheldheld", &engine, &err), ERR_BUSY);
    assert_non_null(strstr(err.text, "process"));
    assert_non_null(strstr(err.text, far));
    assert_int_equal(journal_take_over(journal, "freefreefree", &engine, &err), 0);
    assert_int_equal(journal_take_over(journal, "freefreefree", &engine, &err), ERR_BUSY);
    assert_int_equal(journal_take_over(journal, "nonenonenone", &engine, &err), ERR_NOT_FOUND);
    journal_close(journal);
}

static void a_run_that_has_ended_is_not_taken_over(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row engine = engine_on(far, INT64_MAX);
    struct event end = sample_event(1, EVENT_RUN_FINISHED);
    struct err err = {0};

    create_held(journal, "endedended22", 1);
    end.status = RUN_FAILED;
    journal_append(journal, "endedended22", &end);
    sample_commit(journal);
    assert_int_equal(journal_take_over(journal, "endedended22", &engine, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "failed"));
    journal_close(journal);
}

static void the_engine_before_writes_nothing_more(void **state)
{
    struct journal *stale = sample_open(*state), *fresh = sample_open(*state);
    struct run_row engine = engine_on(far, INT64_MAX);
    json_t *facts;
    struct inbox_item note = {.verb = "note", .path = "", .name = "x", .by = {"ana", "h", "t"}};

    create_held(stale, "takentaken22", 1);
    create_held(stale, "otherother22", INT64_MAX);
    append(stale, "takentaken22", 1);
    sample_commit(stale);
    assert_false(journal_is_fenced(stale, "takentaken22"));
    assert_int_equal(journal_take_over(fresh, "takentaken22", &engine, NULL), 0);
    assert_int_equal(journal_inbox_put(fresh, "takentaken22", &note, NULL), 0);

    append(stale, "takentaken22", 2);
    journal_inbox_taken(stale, "takentaken22", 1);
    journal_lease(stale, "takentaken22", 0);
    append(stale, "otherother22", 1);
    sample_commit(stale);
    assert_true(journal_is_fenced(stale, "takentaken22"));
    assert_false(journal_is_fenced(stale, "otherother22"));
    assert_int_equal(events_of(fresh, "takentaken22"), 1);
    assert_int_equal(
        events_of(fresh, "otherother22"), 1); /* what is in the same batch and not of that run is written */
    facts = journal_facts(fresh);
    assert_int_equal(json_integer_value(json_object_get(facts, "inbox")), 1);
    json_decref(facts);
    assert_int_equal(
        journal_take_over(stale, "takentaken22", &engine, NULL), ERR_BUSY); /* the lease is as it was */

    append(fresh, "takentaken22", 2);
    sample_commit(fresh);
    assert_false(journal_is_fenced(fresh, "takentaken22"));
    assert_int_equal(events_of(stale, "takentaken22"), 2);
    journal_close(stale);
    journal_close(fresh);
}

static void a_process_that_has_ended_is_gone_before_its_parent_asks(void **state)
{
    pid_t child = fork();
    siginfo_t info;

    (void)state;
    if (child == 0)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(lease_process_start(child), 0);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED), 0);
}

static void who_cannot_be_seen_for_want_of_descriptors_counts_as_alive(void **state)
{
    int64_t start = lease_process_start(getpid()), far_off = INT64_MAX;
    struct rlimit before, none;
    char here[256] = "";
    bool is_gone;

    (void)state;
    gethostname(here, sizeof(here) - 1);
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    is_gone = lease_holder_is_gone(here, getpid(), start, far_off);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_false(is_gone);
    assert_false(lease_holder_is_gone(here, getpid(), LEASE_UNSEEN, far_off));
    assert_true(lease_holder_is_gone(here, getpid(), start + 1, far_off));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_has_ended_is_gone_before_its_parent_asks),
        cmocka_unit_test(who_cannot_be_seen_for_want_of_descriptors_counts_as_alive),
        sample_case(a_run_is_taken_over_only_when_its_lease_is_out),
        sample_case(a_run_that_has_ended_is_not_taken_over),
        sample_case(the_engine_before_writes_nothing_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
