/* A block of events enters the index by run while the next one fills up: whatever happens meanwhile, events
 * are found, and nothing is wrong with the journal. */
#include "journal/audit.h"
#include "faulty.h"
#include "sample.h"

#include <sqlite3.h>

enum { BLOCK = 4096, AT_ONCE = 100 };

struct stage {
    const char *path;
    struct journal *journal;
    uint64_t seq[2]; /* of each of two runs */
};

static const char *const runs[] = {SAMPLE_RUN, SAMPLE_OTHER_RUN};

static struct stage begin(char *path)
{
    struct stage stage = {.path = path, .journal = sample_open(path)};

    for (int i = 0; i < 2; i++)
        sample_create(stage.journal, runs[i]);
    return stage;
}

static uint64_t written(const struct stage *stage)
{
    return stage->seq[0] + stage->seq[1];
}

static void write_until(struct stage *stage, uint64_t count)
{
    while (written(stage) < count) {
        int run = written(stage) % 3 == 0;
        struct event event = sample_event(++stage->seq[run], EVENT_NOTE_ADDED);

        journal_append(stage->journal, runs[run], &event);
        if (written(stage) % AT_ONCE == 0)
            sample_commit(stage->journal);
    }
    sample_commit(stage->journal);
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* How many events of the first `count` blocks are in the index. */
static int64_t indexed(const char *path, int count)
{
    int64_t number;
    sqlite3_stmt *stmt;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*) FROM run_event WHERE idx < ?", -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_int(stmt, 1, count * BLOCK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return number;
}

static void note(void *context, const char *text)
{
    if (!strstr(text, "its sources are not those")) /* which the sample's are not */
        text_printf(context, "%s\n", text);
}

static void find_problems(const struct stage *stage, struct text *problems)
{
    const struct audit_options options = {.found = note, .context = problems};
    struct audit_result result;
    struct err err = {0};

    if (audit_verify(stage->journal, &options, &result, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(result.events, written(stage));
}

static bool count_in_order(void *context, const struct event *event)
{
    uint64_t *seq = context;

    assert_int_equal(event->seq, *seq + 1);
    *seq = event->seq;
    return true;
}

static void expect_all_well(const struct stage *stage)
{
    struct text problems autotext = {0};

    find_problems(stage, &problems);
    assert_string_equal(text_str(&problems), "");
    for (int i = 0; i < 2; i++) {
        uint64_t seq = 0;

        assert_int_equal(journal_events(stage->journal, runs[i], 0, false, count_in_order, &seq, NULL), 0);
        assert_int_equal(seq, stage->seq[i]);
    }
}

static void end(struct stage *stage)
{
    journal_close(stage->journal);
}

static void a_block_enters_the_index_a_share_at_a_time(void **state)
{
    struct stage stage = begin(*state);

    write_until(&stage, BLOCK);
    assert_int_equal(indexed(*state, 1), 0);
    for (uint64_t count = BLOCK + 500; count < 3 * BLOCK; count += 1500) {
        write_until(&stage, count);
        expect_all_well(&stage);
    }
    assert_int_equal(indexed(*state, 1), BLOCK - 1);
    assert_in_range(indexed(*state, 2), BLOCK, 2 * BLOCK - 2);
    end(&stage);
}

static void a_process_that_comes_later_enters_all_of_it(void **state)
{
    struct stage stage = begin(*state);

    for (uint64_t count = 700; count < 3 * BLOCK; count += 700) {
        write_until(&stage, count);
        journal_close(stage.journal);
        stage.journal = sample_open(*state);
    }
    assert_int_equal(indexed(*state, 1), BLOCK - 1);
    expect_all_well(&stage);
    end(&stage);
}

static void two_processes_write_the_same_block(void **state)
{
    struct stage stage = begin(*state);
    struct journal *one = stage.journal, *other = sample_open(*state);

    for (uint64_t count = 300; count < 3 * BLOCK; count += 300) {
        stage.journal = count % 900 == 0 ? other : one;
        write_until(&stage, count);
    }
    assert_int_equal(indexed(*state, 1), BLOCK - 1);
    expect_all_well(&stage);
    journal_close(one);
    journal_close(other);
}

/* A commit that fails takes back the events, and what they have put into the index. */
static void a_transaction_that_is_undone_leaves_no_share_out(void **state)
{
    struct stage stage = begin(*state);

    write_until(&stage, BLOCK + 4);
    /* The first commit of each round has 100 events, and fails. */
    for (uint64_t count = BLOCK + 204; count < 2 * BLOCK; count += 800) {
        faulty_arm(FAULT_WRITE, 1, false, 0);
        write_until(&stage, count);
        assert_int_equal(atomic_load(&faulty.hits), 1);
    }
    faulty_calm();
    write_until(&stage, 3 * BLOCK);
    assert_int_equal(indexed(*state, 1), BLOCK - 1);
    expect_all_well(&stage);
    end(&stage);
}

static void finish(struct stage *stage, int run)
{
    struct event event = sample_event(++stage->seq[run], EVENT_RUN_FINISHED);

    event.status = RUN_SUCCEEDED;
    journal_append(stage->journal, runs[run], &event);
    sample_commit(stage->journal);
}

static void what_is_pruned_does_not_come_back(void **state)
{
    struct stage stage = begin(*state);

    write_until(&stage, BLOCK + 1000);
    finish(&stage, 1);
    assert_int_equal(audit_prune(stage.journal,
                         &(struct pruning){.run_id = SAMPLE_OTHER_RUN,
                             .last_seq = stage.seq[1],
                             .bundle = "bundle",
                             .sha256 = "00",
                             .by = {"ana", "db1", "terminal"}},
                         NULL),
        0);
    while (written(&stage) < 3 * BLOCK) {
        struct event event = sample_event(++stage.seq[0], EVENT_NOTE_ADDED);

        journal_append(stage.journal, SAMPLE_RUN, &event);
    }
    sample_commit(stage.journal);
    execute(*state, "CREATE TABLE gone (n CHECK (n = 0)); INSERT INTO gone SELECT count(*) FROM run_event r"
                    " WHERE NOT EXISTS (SELECT 1 FROM run WHERE no = r.run)");
    end(&stage);
}

/* What is not to be there yet is looked at, too. */
static void entries_of_other_events_are_found(void **state)
{
    struct stage stage = begin(*state);
    struct text problems autotext = {0};

    write_until(&stage, 2 * BLOCK + 1000);
    expect_all_well(&stage);
    execute(*state, "INSERT INTO run_event SELECT run, seq + 50000, idx FROM event WHERE idx = 8200");
    find_problems(&stage, &problems);
    assert_string_equal(
        text_str(&problems), "the index of events by run has event 8200, which is another one or none\n");
    end(&stage);
}

/* There the block that is full is in the index. */
static void a_journal_of_version_6_goes_on(void **state)
{
    struct stage stage = begin(*state);

    write_until(&stage, 2 * BLOCK + 1000);
    journal_close(stage.journal);
    execute(*state, "INSERT OR IGNORE INTO run_event SELECT run, seq, idx FROM event WHERE idx < 8192;"
                    "PRAGMA user_version = 6");
    stage.journal = sample_open(*state);
    expect_all_well(&stage);
    write_until(&stage, 4 * BLOCK);
    assert_int_equal(indexed(*state, 3), 3 * BLOCK - 1);
    expect_all_well(&stage);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(a_block_enters_the_index_a_share_at_a_time),
        sample_case(a_process_that_comes_later_enters_all_of_it),
        sample_case(two_processes_write_the_same_block),
        sample_case(a_transaction_that_is_undone_leaves_no_share_out),
        sample_case(what_is_pruned_does_not_come_back),
        sample_case(entries_of_other_events_are_found),
        sample_case(a_journal_of_version_6_goes_on),
    };

    faulty_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
