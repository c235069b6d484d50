/* A process that writes to the journal is killed at any moment, again and again: every batch that it was told
 * is durable is there, in order, without a gap, and every leaf hash holds.
 *
 * CRASH_ROUNDS sets how often (30). A failing round prints its seed; CRASH_SEED runs that one again. */
#include "lib/test.h"
#include "unit/journal/sample.h"

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>

/* --- the process that is killed ----------------------------------------------------------------------- */

static void say_durable(void *context, uint64_t batch)
{
    const int *out = context;

    if (write(*out, &batch, sizeof(batch)) != sizeof(batch))
        _exit(3);
}

/* Batch n of a life holds the events first + 2n and first + 2n + 1, and a chunk of output; with `much` so
 * long a one that the WAL is moved into the file while the life lasts. */
static void write_batch(struct journal *journal, uint64_t seq, bool much, int *out)
{
    json_t *data autovalue = json_pack("{s:I}", "seq", (json_int_t)seq);
    char bytes[32 * 1024] = {0};
    struct output_chunk chunk = {.path = "a#1", .bytes = bytes, .len = much ? sizeof(bytes) : sizeof(seq)};

    memcpy(bytes, &seq, sizeof(seq));
    journal_append_output(journal, SAMPLE_RUN, &chunk);
    for (int i = 0; i < 2; i++, seq++) {
        struct event event = sample_event(seq, EVENT_STEP_FINISHED);

        event.path = "a#1";
        event.data = data;
        journal_append(journal, SAMPLE_RUN, &event);
    }
    journal_commit(journal, say_durable, out);
}

static void live(const char *path, uint64_t seq, int out, unsigned seed)
{
    struct journal *journal = sample_open_sync(path, seed % 2 ? JOURNAL_SYNC_FULL : JOURNAL_SYNC_NORMAL);
    bool much = seed >> 2 & 1;

    for (;; seq += 2) {
        write_batch(journal, seq, much, &out);
        if (rand_r(&seed) % 4 == 0)
            journal_flush(journal, 10000, NULL);
    }
}

/* --- the one that looks on ---------------------------------------------------------------------------- */

static uint64_t last_told(int in)
{
    uint64_t batch = 0, last = 0;

    while (read(in, &batch, sizeof(batch)) == sizeof(batch)) {
        assert_int_equal(batch, last + 1);
        last = batch;
    }
    return last;
}

/* A busy machine may need long until a life begins: every other one is killed after its first word, so that
 * there is something to lose. */
static void let_live(int out, unsigned seed)
{
    if (seed >> 1 & 1)
        poll(&(struct pollfd){.fd = out, .events = POLLIN}, 1, -1);
    nanosleep(&(struct timespec){.tv_nsec = 1000000 + rand_r(&seed) % 40000000}, NULL);
}

/* Start a life at event `seq`, end it, and return how many batches were acknowledged. */
static uint64_t live_and_die(const char *path, uint64_t seq, unsigned seed)
{
    int pipe_fds[2];
    pid_t pid;
    uint64_t told;

    assert_int_equal(pipe(pipe_fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(pipe_fds[0]);
        live(path, seq, pipe_fds[1], seed);
        _exit(0);
    }
    close(pipe_fds[1]);
    let_live(pipe_fds[0], seed);
    kill(pid, SIGKILL);
    told = last_told(pipe_fds[0]);
    close(pipe_fds[0]);
    waitpid(pid, NULL, 0);
    return told;
}

static void check_integrity(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

struct fold {
    uint64_t seq;
    sqlite3_stmt *leaves; /* stored ones, in order */
};

static bool check_event(void *context, const struct event *event)
{
    struct fold *fold = context;
    struct sha256 leaf;

    assert_int_equal(event->seq, fold->seq + 1);
    assert_int_equal(event->index, fold->seq + 1);
    fold->seq = event->seq;
    leaf = journal_leaf(SAMPLE_RUN, event);
    assert_int_equal(sqlite3_step(fold->leaves), SQLITE_ROW);
    assert_int_equal(sqlite3_column_bytes(fold->leaves, 0), SHA256_SIZE);
    assert_memory_equal(sqlite3_column_blob(fold->leaves, 0), leaf.bytes, SHA256_SIZE);
    return true;
}

static bool check_chunk(void *context, const struct output_chunk *chunk)
{
    uint64_t *seq = context, found;

    assert_true(chunk->len >= sizeof(found));
    memcpy(&found, chunk->bytes, sizeof(found));
    assert_int_equal(found, *seq + 1);
    *seq += 2;
    return true;
}

/* Returns the number of events; output and events of a batch are there together or not at all. */
static uint64_t check_journal(const char *path)
{
    struct journal *journal = sample_open(path);
    struct fold fold = {0};
    uint64_t chunks = 0;
    struct err err = {0};
    sqlite3 *db;

    check_integrity(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT leaf FROM event ORDER BY idx", -1, &fold.leaves, NULL), SQLITE_OK);
    if (journal_events(journal, SAMPLE_RUN, 0, true, check_event, &fold, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(journal_output(journal, SAMPLE_RUN, NULL, NULL, check_chunk, &chunks, NULL), 0);
    assert_int_equal(chunks, fold.seq);
    sqlite3_finalize(fold.leaves);
    sqlite3_close(db);
    journal_close(journal);
    return fold.seq;
}

static unsigned number_from(const char *variable, unsigned otherwise)
{
    const char *value = getenv(variable);

    return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static void nothing_acknowledged_is_lost_when_the_process_is_killed(void **state)
{
    unsigned rounds = number_from("CRASH_ROUNDS", 30), seed = number_from("CRASH_SEED", (unsigned)time(NULL));
    uint64_t events = 0, lives_that_wrote = 0;
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    journal_close(journal);
    print_message("CRASH_SEED=%u\n", seed);
    for (unsigned round = 0; round < rounds; round++) {
        uint64_t told = live_and_die(*state, events + 1, seed + round), found = check_journal(*state);

        if (found < events + 2 * told)
            fail_msg("round %u: %llu events, %llu batches told, then %llu events", round,
                (unsigned long long)events, (unsigned long long)told, (unsigned long long)found);
        lives_that_wrote += told > 0;
        events = found;
    }
    assert_true(rounds < 10 || lives_that_wrote > rounds / 4); /* else it has proved nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(nothing_acknowledged_is_lost_when_the_process_is_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
