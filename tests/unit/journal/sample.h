/* sample: a journal in a folder of its own, and rows to put into it. */
#ifndef TESTS_UNIT_JOURNAL_SAMPLE_H
#define TESTS_UNIT_JOURNAL_SAMPLE_H

#include "base/mem.h"
#include "journal/journal.h"
#include "lib/test.h"

#include <string.h>
#include <unistd.h>

#define SAMPLE_RUN "abcdefghijkl"
#define SAMPLE_OTHER_RUN "abcdefgzzzzz"
#define sample_case(function) cmocka_unit_test_setup_teardown(function, sample_setup, sample_teardown)

/* The state of a test is the path of its journal, in a folder that setup makes and teardown empties. */
static inline int sample_setup(void **state)
{
    char folder[] = "/tmp/runbook-journal-XXXXXX";

    if (!mkdtemp(folder))
        return -1;
    *state = mem_printf("%s/journal.db", folder);
    return 0;
}

/* The journal's files and the folder they are in, which must be empty then. */
static inline void sample_remove(const char *path)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    char *folder autofree = mem_strdup(path);

    for (int i = 0; i < 3; i++) {
        char *file autofree = mem_printf("%s%s", path, suffixes[i]);

        unlink(file);
    }
    *strrchr(folder, '/') = '\0';
    assert_int_equal(rmdir(folder), 0);
}

static inline int sample_teardown(void **state)
{
    sample_remove(*state);
    free(*state);
    return 0;
}

static inline struct journal *sample_open_sync(const char *path, enum journal_sync sync)
{
    const struct journal_options options = {.path = path, .sync = sync};
    struct journal *journal = NULL;
    struct err err = {0};

    if (journal_open(&options, &journal, &err) < 0)
        fail_msg("%s", err.text);
    return journal;
}

static inline struct journal *sample_open(const char *path)
{
    return sample_open_sync(path, JOURNAL_SYNC_NORMAL);
}

static inline struct run_row sample_row(const char *id, json_t *params)
{
    struct run_row row = {
        .runbook = "deploy",
        .title = "Deploy it",
        .severity = "",
        .file = "deploy.yaml",
        .book_sha256 = "00",
        .params = params,
        .initiator = {"ana", "db1", "terminal"},
        .trigger = "manual",
        .parent = "",
        .status = RUN_QUEUED,
        .created_us = 1000,
        .message = "",
        .engine = "",
        .engine_host = "",
    };

    snprintf(row.id, sizeof(row.id), "%s", id);
    return row;
}

static inline struct source sample_source(const char *path, const char *content)
{
    struct source source = {.path = path, .text = content, .len = strlen(content)};
    struct sha256 hash = sha256_of(content, source.len);

    sha256_hex(&hash, source.sha256);
    return source;
}

static inline void sample_create(struct journal *journal, const char *id)
{
    json_t *params autovalue = json_pack("{s:i}", "n", 7);
    struct source book = sample_source("deploy.yaml", "runbook: deploy\n");
    struct source oncall = sample_source("oncall.yaml", "groups: {}\n");
    const struct source *sources[] = {&book, &oncall};
    struct run_row row = sample_row(id, params);
    struct err err = {0};

    if (journal_create_run(journal, &row, sources, 2, &err) < 0)
        fail_msg("%s", err.text);
}

static inline struct event sample_event(uint64_t seq, enum event_type type)
{
    return (struct event){
        .seq = seq,
        .wall_us = 1000000 + (int64_t)seq,
        .mono_us = (int64_t)seq,
        .type = type,
        .path = "",
        .by = {"", "", ""},
        .status = -1,
        .exit_code = -1,
        .due_us = -1,
    };
}

static inline void sample_commit(struct journal *journal)
{
    struct err err = {0};

    journal_commit(journal, NULL, NULL);
    if (journal_flush(journal, 10000, &err) < 0)
        fail_msg("%s", err.text);
}

static inline enum run_status sample_status(struct journal *journal, const char *id)
{
    struct run_row *row = journal_get_run(journal, id, NULL);
    enum run_status status;

    assert_non_null(row);
    status = row->status;
    run_row_free(row);
    return status;
}

#endif
