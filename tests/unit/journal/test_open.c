/* Where the journal is, how it is made, and which files are refused. */
#include "lib/test.h"
#include "unit/journal/sample.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static mode_t mode_of(const char *path, const char *suffix)
{
    char *file autofree = mem_printf("%s%s", path, suffix);
    struct stat st;

    assert_int_equal(stat(file, &st), 0);
    return st.st_mode & 07777;
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int try_open(const char *path, bool read_only, struct err *err)
{
    const struct journal_options options = {.path = path, .read_only = read_only};
    struct journal *journal = NULL;
    int code = journal_open(&options, &journal, err);

    journal_close(journal);
    return code;
}

static void the_file_and_its_folder_are_for_the_owner_only_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 0022, 0177};
    char *folder autofree = mem_printf("%s.d", (char *)*state);

    for (int i = 0; i < 3; i++) {
        char *path autofree = mem_printf("%s/deep/journal.db", folder);
        char *deep autofree = mem_printf("%s/deep", folder);
        mode_t before = umask(masks[i]);
        struct journal *journal = sample_open(path);

        sample_create(journal, SAMPLE_RUN);
        umask(before);
        assert_int_equal(mode_of(path, ""), 0600);
        assert_int_equal(mode_of(path, "-wal"), 0600);
        assert_int_equal(mode_of(path, "-shm"), 0600);
        assert_int_equal(mode_of(deep, ""), 0700);
        assert_int_equal(mode_of(folder, ""), 0700);
        journal_close(journal);
        sample_remove(path);
        assert_int_equal(rmdir(folder), 0);
    }
}

static void the_environment_names_the_place(void **state)
{
    char *home autofree = mem_strdup(*state), *expected;
    struct journal *journal;
    struct err err;

    *strrchr(home, '/') = '\0';
    setenv("RUNBOOK_JOURNAL", *state, 1);
    journal = sample_open(NULL);
    assert_string_equal(journal_path(journal), *state);
    journal_close(journal);
    unsetenv("RUNBOOK_JOURNAL");
    setenv("XDG_STATE_HOME", "relative/is/ignored", 1);
    setenv("HOME", home, 1);
    assert_int_equal(try_open(NULL, true, &err), ERR_NOT_FOUND);
    expected = mem_printf("%s/.local/state/runbook/journal.db", home);
    assert_non_null(strstr(err.text, expected));
    free(expected);
    setenv("XDG_STATE_HOME", "/nowhere/state", 1);
    assert_int_equal(try_open(NULL, true, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/state/runbook/journal.db"));
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_int_equal(try_open(NULL, true, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "--journal"));
}

static void a_journal_that_does_not_exist_is_not_made_by_reading(void **state)
{
    struct err err;

    assert_int_equal(try_open(*state, true, &err), ERR_NOT_FOUND);
    assert_int_not_equal(access(*state, F_OK), 0);
}

static void a_journal_from_the_future_is_refused(void **state)
{
    struct err err;

    journal_close(sample_open(*state));
    execute(*state, "PRAGMA user_version = 99");
    assert_int_equal(try_open(*state, false, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "version 99"));
    assert_int_equal(try_open(*state, true, &err), ERR_INVALID);
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
    struct err err;

    execute(*state, "CREATE TABLE theirs (x)");
    assert_int_equal(try_open(*state, false, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "another program"));
    execute(*state, "INSERT INTO theirs VALUES (1)");
    execute(*state, "PRAGMA application_id = 77");
    assert_int_equal(try_open(*state, false, &err), ERR_INVALID);
}

static void a_file_that_is_no_database_is_refused_and_left_alone(void **state)
{
    static const char text[] =
        "this is a shopping list, and it is long enough to hold a header of 100 bytes, "
        "as a database would have it: butter, bread, eggs";
    char back[sizeof(text)] = "";
    int fd = open(*state, O_CREAT | O_RDWR, 0644);
    struct err err;

    assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
    assert_int_equal(try_open(*state, false, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "not a journal"));
    assert_int_equal(pread(fd, back, sizeof(back), 0), sizeof(back));
    assert_string_equal(back, text);
    close(fd);
}

static void the_header_says_whose_file_it_is(void **state)
{
    unsigned char header[100];
    int fd;

    journal_close(sample_open(*state));
    execute(*state, "PRAGMA wal_checkpoint");
    fd = open(*state, O_RDONLY);
    assert_int_equal(read(fd, header, sizeof(header)), sizeof(header));
    close(fd);
    assert_memory_equal(header + 68, "rbjn", 4);
    assert_int_equal(header[63], 7);
    assert_int_equal(header[18], 2); /* WAL */
}

/* As somebody to whom permissions apply. */
static int as_nobody(int (*body)(const char *path), const char *path)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        if (geteuid() == 0 && setuid(65534) < 0)
            _exit(100);
        _exit(body(path));
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int read_a_run(const char *path)
{
    const struct journal_options options = {.path = path, .read_only = true};
    struct journal *journal;
    struct run_row *row;
    struct err err;

    if (journal_open(&options, &journal, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    row = journal_get_run(journal, SAMPLE_RUN, &err);
    run_row_free(row);
    journal_close(journal);
    return row ? 0 : 2;
}

static int be_refused_writing(const char *path)
{
    struct err err;

    if (try_open(path, false, &err) != ERR_IO)
        return 1;
    return strstr(err.text, path) && strstr(err.text, "--journal") ? 0 : 2;
}

static void lock_folder(const char *path, bool lock)
{
    char *folder autofree = mem_strdup(path);

    *strrchr(folder, '/') = '\0';
    assert_int_equal(chmod(path, lock ? 0444 : 0600), 0);
    assert_int_equal(chmod(folder, lock ? 0555 : 0700), 0);
}

static bool count_event(void *context, const struct event *event)
{
    *(int *)context += event->type == EVENT_NOTE_ADDED;
    return true;
}

static void move_wal_into_file(const char *path)
{
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)");
}

static void expect_readable_in_locked_folder(const char *path)
{
    lock_folder(path, true);
    assert_int_equal(as_nobody(read_a_run, path), 0);
    assert_int_equal(as_nobody(be_refused_writing, path), 0);
    lock_folder(path, false);
}

static void a_journal_in_a_folder_that_is_read_only_can_be_read(void **state)
{
    char *wal autofree = mem_printf("%s-wal", (char *)*state),
              *shm autofree = mem_printf("%s-shm", (char *)*state);
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    journal_close(journal);
    assert_int_equal(chmod(wal, 0644), 0);
    assert_int_equal(chmod(shm, 0644), 0);
    expect_readable_in_locked_folder(*state);
    move_wal_into_file(*state);
    assert_int_not_equal(access(wal, F_OK), 0);
    expect_readable_in_locked_folder(*state);
}

static void a_short_command_leaves_its_wal_for_the_next(void **state)
{
    char *wal autofree = mem_printf("%s-wal", (char *)*state);
    struct journal *journal;
    struct stat st;
    int event_count = 0;

    for (int i = 0; i < 200; i++) {
        struct event event = sample_event((uint64_t)i + 1, EVENT_NOTE_ADDED);

        journal = sample_open(*state);
        if (i == 0)
            sample_create(journal, SAMPLE_RUN);
        journal_append(journal, SAMPLE_RUN, &event);
        journal_close(journal);
        assert_true(stat(wal, &st) < 0 || st.st_size < 100 * 4120);
    }
    journal = sample_open(*state);
    assert_int_equal(journal_events(journal, SAMPLE_RUN, 0, false, count_event, &event_count, NULL), 0);
    assert_int_equal(event_count, 200);
    journal_close(journal);
}

/* One command that prints so much; the size of the WAL file afterwards. */
static off_t print_and_leave(const char *path, size_t bytes)
{
    char *wal autofree = mem_printf("%s-wal", path), *zeros autofree = mem_alloc(bytes);
    struct output_chunk chunk = {.path = "step", .bytes = zeros, .len = bytes};
    struct journal *journal = sample_open(path);
    struct stat st;

    sample_create(journal, SAMPLE_RUN);
    journal_append_output(journal, SAMPLE_RUN, &chunk);
    journal_close(journal);
    return stat(wal, &st) == 0 ? st.st_size : 0;
}

static void a_long_run_leaves_the_file_of_its_wal_to_be_written_over(void **state)
{
    char *wal autofree = mem_printf("%s-wal", (char *)*state);
    off_t size = print_and_leave(*state, 1024 * 1024);

    assert_true(size > 1024 * 1024);
    assert_int_equal(unlink(wal), 0); /* nothing is lost: it was moved */
    assert_int_equal(read_a_run(*state), 0);
}

static void a_very_large_wal_is_removed(void **state)
{
    assert_int_equal(print_and_leave(*state, 20 * 1024 * 1024), 0);
}

static void what_is_no_file_is_refused_and_left_as_it_was(void **state)
{
    char fifo[256];
    struct journal *journal = NULL;
    struct err err;
    struct stat before, after;

    snprintf(fifo, sizeof(fifo), "%s.fifo", (const char *)*state);
    assert_int_equal(mkfifo(fifo, 0644), 0);
    assert_int_equal(stat(fifo, &before), 0);
    assert_int_equal(journal_open(&(struct journal_options){.path = fifo}, &journal, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "is not a file"));
    assert_int_equal(stat(fifo, &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    unlink(fifo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(what_is_no_file_is_refused_and_left_as_it_was),
        sample_case(the_file_and_its_folder_are_for_the_owner_only_whatever_the_umask),
        sample_case(the_environment_names_the_place),
        sample_case(a_journal_that_does_not_exist_is_not_made_by_reading),
        sample_case(a_journal_from_the_future_is_refused),
        sample_case(another_programs_database_is_refused_and_left_alone),
        sample_case(a_file_that_is_no_database_is_refused_and_left_alone),
        sample_case(the_header_says_whose_file_it_is),
        sample_case(a_journal_in_a_folder_that_is_read_only_can_be_read),
        sample_case(a_short_command_leaves_its_wal_for_the_next),
        sample_case(a_long_run_leaves_the_file_of_its_wal_to_be_written_over),
        sample_case(a_very_large_wal_is_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
