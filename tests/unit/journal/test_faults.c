/* Fail the Nth operation, N = 1, 2, …, until nothing fails: nothing acknowledged is lost, nothing is told too
 * early, order is kept, and work goes on when the cause is gone. */
#include "lib/test.h"
#include "unit/journal/faulty.h"
#include "unit/journal/sample.h"

#include <sys/stat.h>
#include <time.h>

enum { BATCHES = 3 };

static void nap_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool count(void *context, const struct event *event)
{
    uint64_t *seq = context;

    assert_int_equal(event->seq, *seq + 1);
    *seq = event->seq;
    return true;
}

static uint64_t events_in(const char *path)
{
    const struct journal_options options = {.path = path, .read_only = true};
    struct journal *journal;
    uint64_t seq = 0;
    struct err err = {0};

    if (journal_open(&options, &journal, &err) < 0)
        fail_msg("%s", err.text);
    if (journal_events(journal, SAMPLE_RUN, 0, true, count, &seq, &err) < 0)
        fail_msg("%s", err.text);
    journal_close(journal);
    return seq;
}

/* What the callbacks have told, checked against the file at the moment they tell it. */
struct told {
    const char *path;
    _Atomic uint64_t last;
    atomic_bool out_of_order, too_early;
};

static void on_durable(void *context, uint64_t batch)
{
    struct told *told = context;
    sqlite3 *db;
    sqlite3_stmt *stmt;

    if (batch != atomic_load(&told->last) + 1)
        atomic_store(&told->out_of_order, true);
    atomic_store(&told->last, batch);
    sqlite3_open_v2(told->path, &db, SQLITE_OPEN_READONLY, "unix");
    if (sqlite3_prepare_v2(db, "SELECT max(seq) FROM event", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW || (uint64_t)sqlite3_column_int64(stmt, 0) < batch)
        atomic_store(&told->too_early, true);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void hand_over(struct journal *journal, uint64_t seq, struct told *told)
{
    struct event event = sample_event(seq, EVENT_STEP_STARTED);

    journal_append(journal, SAMPLE_RUN, &event);
    if (told)
        journal_commit(journal, on_durable, told);
    else
        journal_commit_here(journal, true, NULL, NULL);
}

/* `here`: the owner writes what it can itself. Returns whether the fault was met. */
static bool survive(char *path, enum fault fault, int nth, int how, bool here)
{
    struct told told = {.path = path};
    struct journal *journal = sample_open_sync(path, JOURNAL_SYNC_FULL);
    struct err err = {0};
    bool hit;

    sample_create(journal, SAMPLE_RUN);
    faulty_arm(fault, nth, false, how);
    for (uint64_t seq = 1; seq <= BATCHES; seq++)
        hand_over(journal, seq, here ? NULL : &told);
    if (journal_flush(journal, 10000, &err) < 0)
        fail_msg("fault %d, call %d: %s", fault, nth, err.text);
    hit = atomic_load(&faulty.hits) > 0;
    faulty_calm();
    assert_int_equal(journal_trouble(journal, NULL), 0);
    assert_int_equal(journal_durable(journal), BATCHES);
    assert_int_equal(atomic_load(&told.last), here ? 0 : BATCHES);
    assert_false(atomic_load(&told.out_of_order));
    assert_false(atomic_load(&told.too_early));
    journal_close(journal);
    assert_int_equal(events_in(path), BATCHES);
    return hit;
}

static void start_afresh(void **state)
{
    sample_teardown(state);
    assert_int_equal(sample_setup(state), 0);
}

static void survive_all(void **state, enum fault fault)
{
    for (int way = 0; way < 4; way++) {
        int nth = 1;

        while (survive(*state, fault, nth, way & 1, way & 2)) {
            start_afresh(state);
            nth++;
        }
        assert_true(nth > 1); /* at least one call was there to fail */
        start_afresh(state);
    }
}

static void any_single_write_may_fail(void **state)
{
    survive_all(state, FAULT_WRITE);
}

static void any_single_sync_may_fail(void **state)
{
    survive_all(state, FAULT_SYNC);
}

static void any_single_lock_may_fail(void **state)
{
    survive_all(state, FAULT_SHM_LOCK);
}

static void await_trouble(struct journal *journal, struct err *ret_err)
{
    for (int i = 0; i < 5000 && !journal_trouble(journal, ret_err); i++)
        nap_ms(1);
    assert_true(journal_trouble(journal, ret_err) < 0);
}

static void a_full_disk_is_told_and_work_goes_on_when_space_is_back(void **state)
{
    struct told told = {.path = *state};
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);
    struct err err = {0};

    sample_create(journal, SAMPLE_RUN);
    hand_over(journal, 1, &told);
    assert_int_equal(journal_flush(journal, 10000, NULL), 0);
    faulty_arm(FAULT_WRITE, 1, true, 0);
    for (uint64_t seq = 2; seq <= 4; seq++)
        hand_over(journal, seq, &told);
    await_trouble(journal, &err);
    assert_int_equal(err.code, ERR_FULL);
    assert_non_null(strstr(err.text, *state));
    assert_int_equal(journal_flush(journal, 30, &err), ERR_FULL);
    assert_int_equal(journal_durable(journal), 1);
    faulty_calm();
    assert_int_equal(journal_flush(journal, 10000, &err), 0);
    assert_int_equal(journal_trouble(journal, NULL), 0);
    assert_int_equal(atomic_load(&told.last), 4);
    assert_false(atomic_load(&told.out_of_order));
    assert_false(atomic_load(&told.too_early));
    journal_close(journal);
    assert_int_equal(events_in(*state), 4);
}

static void trouble_does_not_spin(void **state)
{
    struct told told = {.path = *state};
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);

    sample_create(journal, SAMPLE_RUN);
    faulty_arm(FAULT_WRITE, 1, true, 1);
    for (uint64_t seq = 1; seq <= 50; seq++) {
        hand_over(journal, seq, &told);
        nap_ms(5);
    }
    assert_in_range(atomic_load(&faulty.hits), 1, 20); /* a few attempts, whatever is handed over */
    faulty_calm();
    assert_int_equal(journal_flush(journal, 10000, NULL), 0);
    journal_close(journal);
    assert_int_equal(events_in(*state), 50);
}

static void closing_in_trouble_ends_and_keeps_what_was_acknowledged(void **state)
{
    struct told told = {.path = *state};
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);

    sample_create(journal, SAMPLE_RUN);
    hand_over(journal, 1, &told);
    assert_int_equal(journal_flush(journal, 10000, NULL), 0);
    faulty_arm(FAULT_WRITE, 1, true, 0);
    hand_over(journal, 2, &told);
    await_trouble(journal, NULL);
    journal_close(journal);
    faulty_calm();
    assert_int_equal(atomic_load(&told.last), 1);
    assert_int_equal(events_in(*state), 1);
}

static void creating_a_run_on_a_full_disk_fails_and_leaves_nothing(void **state)
{
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);
    struct run_row row = sample_row(SAMPLE_RUN, NULL);
    struct err err = {0};

    faulty_arm(FAULT_WRITE, 1, true, 0);
    assert_int_equal(journal_create_run(journal, &row, NULL, 0, &err), ERR_FULL);
    faulty_calm();
    assert_null(journal_get_run(journal, SAMPLE_RUN, NULL));
    sample_create(journal, SAMPLE_RUN);
    journal_close(journal);
}

static void a_journal_that_is_removed_while_in_use_is_trouble(void **state)
{
    struct told told = {.path = *state};
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);
    char *aside autofree = mem_printf("%s.aside", (char *)*state);
    struct err err = {0};

    sample_create(journal, SAMPLE_RUN);
    assert_int_equal(rename(*state, aside), 0);
    hand_over(journal, 1, &told);
    await_trouble(journal, &err);
    assert_non_null(strstr(err.text, "moved or removed"));
    assert_int_equal(journal_durable(journal), 0);
    assert_int_equal(rename(aside, *state), 0);
    assert_int_equal(journal_flush(journal, 10000, NULL), 0);
    journal_close(journal);
    assert_int_equal(events_in(*state), 1);
}

static int install(void **state)
{
    (void)state;
    faulty_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(any_single_write_may_fail),
        sample_case(any_single_sync_may_fail),
        sample_case(any_single_lock_may_fail),
        sample_case(a_full_disk_is_told_and_work_goes_on_when_space_is_back),
        sample_case(trouble_does_not_spin),
        sample_case(closing_in_trouble_ends_and_keeps_what_was_acknowledged),
        sample_case(creating_a_run_on_a_full_disk_fails_and_leaves_nothing),
        sample_case(a_journal_that_is_removed_while_in_use_is_trouble),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
