#include "lib/test.h"
#include "report/timeline.h"

#include <locale.h>
#include <unistd.h>

#define RUN "abcdefgh2345"

/* A journal with one run of one failing step. */
static struct journal *make(char *folder)
{
    struct journal *journal;
    struct err err = {0};

    assert_non_null(mkdtemp(folder));
    char *path autofree = mem_printf("%s/journal.db", folder);
    const struct run_row run = {.id = RUN,
        .runbook = "demo",
        .title = "",
        .severity = "",
        .file = "demo.yaml",
        .book_sha256 = "",
        .initiator = {"ana", "db1", "terminal"},
        .trigger = "manual",
        .parent = "",
        .status = RUN_RUNNING,
        .created_us = 1795253460000000,
        .message = "",
        .engine = "",
        .engine_host = ""};
    const struct event events[] = {
        {.seq = 1,
            .wall_us = 1795253460000000,
            .type = EVENT_RUN_STARTED,
            .cause = true,
            .path = "",
            .by = {"ana", "db1", "terminal"},
            .status = RUN_RUNNING,
            .exit_code = -1,
            .due_us = -1},
        {.seq = 2,
            .wall_us = 1795253460000000,
            .type = EVENT_STEP_STARTED,
            .path = "push",
            .by = {"", "", ""},
            .status = -1,
            .exit_code = -1,
            .due_us = -1,
            .attempt = 1},
        {.seq = 3,
            .wall_us = 1795253465000000,
            .mono_us = 5000000,
            .type = EVENT_STEP_FINISHED,
            .path = "push",
            .by = {"", "", ""},
            .status = STEP_FAILED,
            .class_ = FAIL_EXIT,
            .exit_code = 3,
            .due_us = -1,
            .attempt = 1},
    };

    if (journal_open(&(struct journal_options){.path = path}, &journal, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(journal_create_run(journal, &run, NULL, 0, &err), 0);
    for (size_t i = 0; i < 3; i++)
        journal_append(journal, RUN, &events[i]);
    journal_commit(journal, NULL, NULL);
    assert_int_equal(journal_flush(journal, 5000, &err), 0);
    return journal;
}

static void sweep(struct journal *journal, const char *folder)
{
    static const char *const files[] = {"journal.db", "journal.db-wal", "journal.db-shm"};

    journal_close(journal);
    for (size_t i = 0; i < 3; i++) {
        char *path autofree = mem_printf("%s/%s", folder, files[i]);

        unlink(path);
    }
    rmdir(folder);
}

static void a_run_is_read_from_a_journal_and_told(void **state)
{
    char folder[] = "/tmp/runbook-report-XXXXXX";
    struct journal *journal = make(folder);
    struct text text autotext = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(timeline_text(journal, RUN, 80, false, &text, &err), 0);
    assert_non_null(strstr(text_str(&text), "`push` exited with code 3 (5.0s)"));
    assert_non_null(strstr(text_str(&text), "demo  run " RUN));
    json_t *json autovalue = timeline_json(journal, RUN, &err);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 3);
    sweep(journal, folder);
}

static void a_run_that_is_not_there_is_an_error_and_leaves_nothing(void **state)
{
    char folder[] = "/tmp/runbook-report-XXXXXX";
    struct journal *journal = make(folder);
    struct facts facts;
    struct err err = {0};

    (void)state;
    assert_true(facts_read(journal, "zzzzzzzzzzzz", 0, &facts, &err) < 0);
    assert_true(strlen(err.text) > 0);
    assert_null(timeline_json(journal, "zzzzzzzzzzzz", &err));
    sweep(journal, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_run_is_read_from_a_journal_and_told),
        test_case(a_run_that_is_not_there_is_an_error_and_leaves_nothing),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
