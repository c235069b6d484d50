/* The WAL is moved into the file while commits go on, and does not grow for ever. */
#include "faulty.h"
#include "sample.h"

#include <sqlite3.h>
#include <sys/stat.h>

enum { MIB = 1024 * 1024, CHUNK = 64 * 1024 };

static int64_t wal_size(const char *path)
{
    char *wal autofree = mem_printf("%s-wal", path);
    struct stat st;

    return stat(wal, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* `shared` batches a commit, of which each has a chunk of output. */
static void print(struct journal *journal, int64_t bytes, int shared)
{
    char *zeros autofree = mem_alloc(CHUNK);
    struct output_chunk chunk = {.path = "a#1", .bytes = zeros, .len = CHUNK};

    for (int64_t done = 0; done < bytes; done += (int64_t)shared * CHUNK) {
        for (int i = 0; i < shared; i++) {
            journal_append_output(journal, SAMPLE_RUN, &chunk);
            journal_commit(journal, NULL, NULL);
        }
        assert_int_equal(journal_flush(journal, 10000, NULL), 0);
    }
}

static bool add_length(void *context, const struct output_chunk *chunk)
{
    *(int64_t *)context += (int64_t)chunk->len;
    return true;
}

static int64_t printed(struct journal *journal)
{
    int64_t bytes = 0;

    assert_int_equal(journal_output(journal, SAMPLE_RUN, NULL, NULL, add_length, &bytes, NULL), 0);
    return bytes;
}

static void expect_whole(const char *path, int64_t bytes)
{
    struct journal *journal = sample_open(path);
    sqlite3_stmt *stmt;
    sqlite3 *db;

    assert_int_equal(printed(journal), bytes);
    journal_close(journal);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void expect_bounded(char *path, int shared)
{
    struct journal *journal = sample_open(path);

    sample_create(journal, SAMPLE_RUN);
    print(journal, 64 * MIB, shared);
    assert_in_range(wal_size(path), 1, 48 * MIB); /* 8 MiB, and 32 more before commits wait for the mover */
    journal_close(journal);
    expect_whole(path, 64 * MIB);
}

static void the_wal_of_one_run_does_not_grow_for_ever(void **state)
{
    expect_bounded(*state, 1);
}

static void the_wal_of_many_runs_does_not_grow_for_ever(void **state)
{
    expect_bounded(*state, 16);
}

static void a_reader_holds_it_back_and_then_it_is_cut(void **state)
{
    struct journal *journal = sample_open(*state);
    sqlite3 *reader;
    int64_t bytes;

    sample_create(journal, SAMPLE_RUN);
    assert_int_equal(sqlite3_open(*state, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM run", NULL, NULL, NULL), SQLITE_OK);
    print(journal, 32 * MIB, 16);
    assert_true(wal_size(*state) > 32 * MIB);
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    for (bytes = 32 * MIB; wal_size(*state) > 17 * MIB && bytes < 128 * MIB; bytes += MIB)
        print(journal, MIB, 16);
    assert_in_range(wal_size(*state), 1, 17 * MIB);
    journal_close(journal);
    expect_whole(*state, bytes);
}

static bool survive(char *path, enum fault fault, int nth, int how)
{
    struct journal *journal = sample_open(path);
    bool is_hit;

    sample_create(journal, SAMPLE_RUN);
    faulty_arm(fault, nth, false, how);
    print(journal, 16 * MIB, 16);
    journal_close(journal);
    is_hit = atomic_load(&faulty.hits) > 0;
    faulty_calm();
    expect_whole(path, 16 * MIB);
    return is_hit;
}

static void what_fails_while_it_is_moved_is_moved_later(void **state)
{
    for (int fault = FAULT_WRITE; fault <= FAULT_SYNC; fault++) {
        int nth = 1;

        for (int i = 0; survive(*state, (enum fault)fault, nth, i % 2); i++) {
            sample_teardown(state);
            assert_int_equal(sample_setup(state), 0);
            nth += fault == FAULT_SYNC ? 1 : nth / 2 + 300;
        }
        assert_true(nth > 4);
        sample_teardown(state);
        assert_int_equal(sample_setup(state), 0);
    }
}

/* The first flush is the one of the WAL, before anything is moved; the second one is of what was. */
static void what_was_not_flushed_stays_in_the_wal(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    faulty_arm(FAULT_SYNC, 2, false, 0);
    print(journal, 40 * MIB, 16);
    journal_close(journal);
    assert_int_equal(atomic_load(&faulty.hits), 1);
    faulty_calm();
    assert_true(wal_size(*state) > 40 * MIB);
    expect_whole(*state, 40 * MIB);
    assert_true(wal_size(*state) < 40 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(the_wal_of_one_run_does_not_grow_for_ever),
        sample_case(the_wal_of_many_runs_does_not_grow_for_ever),
        sample_case(a_reader_holds_it_back_and_then_it_is_cut),
        sample_case(what_fails_while_it_is_moved_is_moved_later),
        sample_case(what_was_not_flushed_stays_in_the_wal),
    };

    faulty_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
