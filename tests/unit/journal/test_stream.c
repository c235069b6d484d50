/* The live stream: batches, many runs, many processes, output. */
#include "lib/test.h"
#include "unit/journal/sample.h"

#include <sqlite3.h>
#include <sys/wait.h>

static bool count_seq(void *context, const struct event *event)
{
    uint64_t *seq = context;

    assert_int_equal(event->seq, *seq + 1);
    *seq = event->seq;
    return true;
}

static uint64_t count_events(struct journal *journal, const char *run_id)
{
    uint64_t seq = 0;
    struct err err = {0};

    if (journal_events(journal, run_id, 0, false, count_seq, &seq, &err) < 0)
        fail_msg("%s", err.text);
    return seq;
}

static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int64_t number;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return number;
}

static void append(struct journal *journal, const char *run_id, uint64_t seq)
{
    json_t *data autovalue = json_pack("{s:s}", "stdout", "some text");
    struct event event = sample_event(seq, EVENT_STEP_FINISHED);

    event.path = "a/b#1";
    event.data = data;
    journal_append(journal, run_id, &event);
}

static void many_batches_share_a_commit(void **state)
{
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);
    uint64_t last = 0;

    sample_create(journal, SAMPLE_RUN);
    for (uint64_t seq = 1; seq <= 2000; seq++) {
        append(journal, SAMPLE_RUN, seq);
        last = journal_commit(journal, NULL, NULL);
    }
    assert_int_equal(journal_flush(journal, 20000, NULL), 0);
    assert_int_equal(last, 2000);
    assert_int_equal(journal_durable(journal), 2000);
    assert_in_range(journal_flushes(journal), 1, 1500);
    assert_int_equal(count_events(journal, SAMPLE_RUN), 2000);
    journal_close(journal);
}

static void an_empty_commit_is_told_without_a_flush(void **state)
{
    struct journal *journal = sample_open(*state);

    assert_int_equal(journal_commit(journal, NULL, NULL), 1);
    assert_int_equal(journal_flush(journal, 10000, NULL), 0);
    assert_int_equal(journal_durable(journal), 1);
    assert_int_equal(journal_flushes(journal), 0);
    journal_close(journal);
}

static void closing_commits_what_is_pending(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    append(journal, SAMPLE_RUN, 1);
    journal_close(journal);
    journal = sample_open(*state);
    assert_int_equal(count_events(journal, SAMPLE_RUN), 1);
    journal_close(journal);
}

static void events_are_found_through_full_blocks_and_the_unfinished_one(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    sample_create(journal, SAMPLE_OTHER_RUN);
    for (uint64_t seq = 1; seq <= 5000; seq++) {
        append(journal, SAMPLE_RUN, seq);
        append(journal, SAMPLE_OTHER_RUN, seq);
        if (seq % 1000 == 0 || seq == 2047 || seq == 2048) { /* at the edge of the first block, too */
            sample_commit(journal);
            assert_int_equal(count_events(journal, SAMPLE_RUN), seq);
            assert_int_equal(count_events(journal, SAMPLE_OTHER_RUN), seq);
        }
    }
    assert_int_equal(ask(*state, "SELECT count(*) FROM run_event WHERE idx < 4096"), 4095);
    /* The second block is on its way, 64 events with every 64th of the third. */
    assert_int_equal(ask(*state, "SELECT count(*) FROM run_event"), 4095 + (10000 + 1 - 8192) / 64 * 64);
    for (uint64_t from = 4000; from < 4200; from++) {
        uint64_t seq = from - 1;

        assert_int_equal(journal_events(journal, SAMPLE_RUN, from, false, count_seq, &seq, NULL), 0);
        assert_int_equal(seq, 5000);
    }
    journal_close(journal);
}

static bool stop_at_three(void *context, const struct event *event)
{
    *(uint64_t *)context = event->seq;
    return event->seq < 3;
}

static void reading_stops_when_asked(void **state)
{
    struct journal *journal = sample_open(*state);
    uint64_t seq = 0;

    sample_create(journal, SAMPLE_RUN);
    for (uint64_t i = 1; i <= 5; i++)
        append(journal, SAMPLE_RUN, i);
    sample_commit(journal);
    assert_int_equal(journal_events(journal, SAMPLE_RUN, 0, true, stop_at_three, &seq, NULL), 0);
    assert_int_equal(seq, 3);
    journal_close(journal);
}

/* --- many processes ----------------------------------------------------------------------------------- */

enum { PROCESSES = 4, COMMITS = 250 };

static void run_id_of(int process, char ret_id[RUN_ID_SIZE])
{
    snprintf(ret_id, RUN_ID_SIZE, "process%caaaa", 'a' + process);
}

static int write_alone(const char *path, int process)
{
    const struct journal_options options = {.path = path, .sync = JOURNAL_SYNC_NORMAL};
    struct journal *journal;
    struct err err;
    char id[RUN_ID_SIZE];
    struct run_row row;

    run_id_of(process, id);
    row = sample_row(id, NULL);
    if (journal_open(&options, &journal, &err) < 0 || journal_create_run(journal, &row, NULL, 0, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (uint64_t i = 0; i < COMMITS; i++) {
        for (uint64_t k = 1; k <= 8; k++)
            append(journal, id, i * 8 + k);
        journal_commit(journal, NULL, NULL);
        if (i % 8 == 0 && journal_flush(journal, 20000, &err) < 0) {
            fprintf(stderr, "%s\n", err.text);
            return 2;
        }
    }
    if (journal_flush(journal, 20000, &err) < 0)
        return 3;
    journal_close(journal);
    return 0;
}

/* All begin on a file that does not exist yet. */
static void start_processes(const char *path)
{
    for (int process = 0; process < PROCESSES; process++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
            _exit(write_alone(path, process));
    }
    for (int process = 0; process < PROCESSES; process++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void processes_that_share_a_file_leave_no_gap(void **state)
{
    struct journal *journal;

    start_processes(*state);
    journal = sample_open(*state);
    for (int process = 0; process < PROCESSES; process++) {
        char id[RUN_ID_SIZE];

        run_id_of(process, id);
        assert_int_equal(count_events(journal, id), COMMITS * 8);
    }
    assert_int_equal(ask(*state, "SELECT count(*) FROM event"), PROCESSES * COMMITS * 8);
    assert_int_equal(ask(*state, "SELECT min(idx) FROM event"), 1);
    assert_int_equal(ask(*state, "SELECT max(idx) FROM event"), PROCESSES * COMMITS * 8);
    journal_close(journal);
}

/* --- output ------------------------------------------------------------------------------------------- */

static bool add_chunk(void *context, const struct output_chunk *chunk)
{
    text_printf(context, "%s/%d@%llu:", chunk->path, (int)chunk->stream, (unsigned long long)chunk->offset);
    text_add(context, chunk->bytes, chunk->len);
    if (chunk->is_last)
        text_printf(context, "(%llu %s %llu)", (unsigned long long)chunk->total, chunk->sha256,
            (unsigned long long)chunk->omitted);
    text_putc(context, ' ');
    return true;
}

static void append_chunk(struct journal *journal, const char *run_id, const char *path, const char *bytes)
{
    struct output_chunk chunk = {.path = path, .stream = OUTPUT_STDERR, .bytes = bytes, .len = strlen(bytes)};

    journal_append_output(journal, run_id, &chunk);
}

static void expect_output(
    struct journal *journal, const char *run_id, const char *path, int64_t *after, const char *expected)
{
    struct text text autotext = {0};

    assert_int_equal(journal_output(journal, run_id, path, after, add_chunk, &text, NULL), 0);
    assert_string_equal(text_str(&text), expected);
}

static void output_is_followed_by_a_cursor(void **state)
{
    struct journal *journal = sample_open(*state);
    struct output_chunk last = {
        .path = "a#1", .is_last = true, .total = 9, .sha256 = "ff", .omitted = 4, .offset = 9};
    int64_t after = 0;

    sample_create(journal, SAMPLE_RUN);
    sample_create(journal, SAMPLE_OTHER_RUN);
    append_chunk(journal, SAMPLE_RUN, "a#1", "one");
    append_chunk(journal, SAMPLE_OTHER_RUN, "a#1", "other");
    append_chunk(journal, SAMPLE_RUN, "b#1", "two");
    sample_commit(journal);
    expect_output(journal, SAMPLE_RUN, NULL, &after, "a#1/1@0:one b#1/1@0:two ");
    expect_output(journal, SAMPLE_RUN, NULL, &after, "");
    journal_append_output(journal, SAMPLE_RUN, &last);
    sample_commit(journal);
    expect_output(journal, SAMPLE_RUN, NULL, &after, "a#1/0@9:(9 ff 4) ");
    expect_output(journal, SAMPLE_RUN, "b#1", NULL, "b#1/1@0:two ");
    expect_output(journal, SAMPLE_OTHER_RUN, NULL, NULL, "a#1/1@0:other ");
    journal_close(journal);
}

static bool expect_bytes(void *context, const struct output_chunk *chunk)
{
    assert_int_equal(chunk->len, 6);
    assert_memory_equal(chunk->bytes, "a\0b\xff\xfe\n", 6);
    *(bool *)context = true;
    return true;
}

static void output_keeps_bytes_that_are_no_text(void **state)
{
    struct journal *journal = sample_open(*state);
    struct output_chunk chunk = {.path = "a#1", .bytes = "a\0b\xff\xfe\n", .len = 6};
    bool seen = false;

    sample_create(journal, SAMPLE_RUN);
    journal_append_output(journal, SAMPLE_RUN, &chunk);
    sample_commit(journal);
    assert_int_equal(journal_output(journal, SAMPLE_RUN, NULL, NULL, expect_bytes, &seen, NULL), 0);
    assert_true(seen);
    journal_close(journal);
}

static void an_idle_owner_writes_its_batches_itself_and_in_order(void **state)
{
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);
    uint64_t written_here = 0;

    sample_create(journal, SAMPLE_RUN);
    /* More than a WAL holds, so that the thread is asked for a checkpoint; every seventh goes to the thread.
     */
    for (uint64_t seq = 1; seq <= 1500; seq++) {
        uint64_t batch;

        append(journal, SAMPLE_RUN, seq);
        batch =
            seq % 7 ? journal_commit_here(journal, true, NULL, NULL) : journal_commit(journal, NULL, NULL);
        assert_int_equal(batch, seq);
        written_here += seq % 7 && journal_durable(journal) == batch;
    }
    assert_true(written_here > 0);
    assert_int_equal(journal_flush(journal, 20000, NULL), 0);
    assert_int_equal(journal_durable(journal), 1500);
    assert_int_equal(count_events(journal, SAMPLE_RUN), 1500);
    journal_close(journal);
}

static void with_work_under_way_the_owner_leaves_a_full_commit_to_the_thread(void **state)
{
    struct journal *journal = sample_open_sync(*state, JOURNAL_SYNC_FULL);

    sample_create(journal, SAMPLE_RUN);
    append(journal, SAMPLE_RUN, 1);
    assert_int_equal(journal_commit_here(journal, false, NULL, NULL), 1);
    assert_int_equal(journal_flush(journal, 20000, NULL), 0);
    assert_int_equal(count_events(journal, SAMPLE_RUN), 1);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(many_batches_share_a_commit),
        sample_case(an_idle_owner_writes_its_batches_itself_and_in_order),
        sample_case(with_work_under_way_the_owner_leaves_a_full_commit_to_the_thread),
        sample_case(an_empty_commit_is_told_without_a_flush),
        sample_case(closing_commits_what_is_pending),
        sample_case(events_are_found_through_full_blocks_and_the_unfinished_one),
        sample_case(reading_stops_when_asked),
        sample_case(processes_that_share_a_file_leave_no_gap),
        sample_case(output_is_followed_by_a_cursor),
        sample_case(output_keeps_bytes_that_are_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
