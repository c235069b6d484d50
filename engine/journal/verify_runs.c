/* Runs: what a row says of a run is what its events come to. */
#include "base/mem.h"
#include "journal/verify_inside.h"

#include <string.h>

static void read_run(struct verify *verify, sqlite3_stmt *row, size_t *cap)
{
    struct run_fold *run;

    verify->runs = mem_grow(verify->runs, verify->run_count, cap, sizeof(*verify->runs));
    run = &verify->runs[verify->run_count++];
    *run = (struct run_fold){.no = sqlite3_column_int64(row, 0), .status = -1};
    if (sqlite3_column_bytes(row, 1) == RUN_ID_SIZE - 1)
        memcpy(run->id, column_string(row, 1), RUN_ID_SIZE);
    else
        verify_found(verify, "run number %lld has the id '%s', which is none", (long long)run->no,
            column_string(row, 1));
}

int verify_read_runs(struct verify *verify, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    size_t cap = 0;
    int rc, code = journal_prepare(verify->journal, "SELECT no, id FROM run ORDER BY no", &stmt, err);

    if (code < 0)
        return code;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        read_run(verify, stmt, &cap);
    verify->result->runs = verify->run_count;
    return db_done(verify->journal->reader, rc, err);
}

static int compare_run(const void *no, const void *run)
{
    int64_t a = *(const int64_t *)no, b = ((const struct run_fold *)run)->no;

    return (a > b) - (a < b);
}

/* Runs are counted from 1, so that most are where their number says. */
struct run_fold *verify_run(const struct verify *verify, int64_t no)
{
    if (no > 0 && (uint64_t)no <= verify->run_count && verify->runs[no - 1].no == no)
        return &verify->runs[no - 1];
    if (!verify->run_count)
        return NULL;
    return bsearch(&no, verify->runs, verify->run_count, sizeof(*verify->runs), compare_run);
}

const char *verify_id(void *verify, int64_t no)
{
    const struct run_fold *run = verify_run(verify, no);

    return run ? run->id : NULL;
}

void verify_runs_fini(struct verify *verify)
{
    for (size_t i = 0; i < verify->run_count; i++) {
        struct run_fold *run = &verify->runs[i];

        char *const strings[] = {run->message, run->parent, run->trigger, run->user, run->host, run->way,
            run->runbook, run->title, run->severity, run->params, run->book, run->taken_book};

        for (size_t k = 0; k < sizeof(strings) / sizeof(strings[0]); k++)
            free(strings[k]);
    }
    free(verify->runs);
}

/* --- from the events ---------------------------------------------------------------------------------- */

static void set(char **place, const char *string)
{
    free(*place);
    *place = string ? mem_strdup(string) : NULL;
}

static const char *member(const json_t *data, const char *key)
{
    const char *string = value_get_string(data, key);

    return string ? string : "";
}

static void fold_data(struct run_fold *run, const json_t *data)
{
    const char *message = value_get_string(data, "message");
    const json_t *warnings = json_object_get(data, "warnings");

    if (message)
        set(&run->message, message);
    if (json_is_integer(warnings))
        run->warnings = json_integer_value(warnings);
}

/* Who began it, and when; of a run that took over another's events, the one who did that. */
static void fold_beginning(struct run_fold *run, const struct event *event)
{
    run->started_us = event->wall_us;
    set(&run->user, event->by.user);
    set(&run->host, event->by.host);
    set(&run->way, event->by.way);
}

static void fold_taking_over(struct run_fold *run, const struct event *event, const json_t *data)
{
    fold_beginning(run, event);
    set(&run->parent, member(data, "run"));
    set(&run->trigger, member(data, "how"));
    set(&run->taken_book, value_get_string(data, "book"));
}

static void fold_start(struct run_fold *run, const struct event *event, const json_t *data)
{
    const json_t *about = json_object_get(data, "run"), *params = json_object_get(data, "params");
    struct text canonical autotext = {0};

    fold_beginning(run, event);
    run->has_begun = true;
    set(&run->book, value_get_string(data, "book"));
    if (about) {
        set(&run->runbook, member(about, "runbook"));
        set(&run->title, member(about, "title"));
        set(&run->severity, member(about, "severity"));
    }
    if (params) {
        value_canonical(params, &canonical);
        set(&run->params, text_str(&canonical));
    }
}

/* As the writer changes the row. */
void verify_fold(struct run_fold *run, const struct verify_change *change)
{
    const struct event *event = &change->event;
    json_t *value autovalue =
        change->data ? json_loadb(change->data, change->data_len, JSON_DECODE_ANY, NULL) : NULL;

    run->status = event->status;
    fold_data(run, value);
    if (event->type == EVENT_RUN_FINISHED)
        run->finished_us = event->wall_us;
    if (event->type == EVENT_RUN_FORKED)
        fold_taking_over(run, event, value);
    if (event->type == EVENT_RUN_STARTED && !run->has_begun)
        fold_start(run, event, value);
}

/* --- against the rows --------------------------------------------------------------------------------- */

struct comparing {
    struct verify *verify;
    const struct run_fold *run;
    sqlite3_stmt *row;
};

static void check_text(const struct comparing *c, int column, const char *what, const char *expected)
{
    const char *stored = column_string(c->row, column);

    if (strcmp(stored, expected ? expected : "") != 0)
        verify_found(c->verify, "run %s: its row says %s \"%s\", and its events say \"%s\"", c->run->id, what,
            stored, expected ? expected : "");
}

static void check_number(const struct comparing *c, int column, const char *what, int64_t expected)
{
    int64_t stored = sqlite3_column_int64(c->row, column);

    if (stored != expected)
        verify_found(c->verify, "run %s: its row says %s %lld, and its events say %lld", c->run->id, what,
            (long long)stored, (long long)expected);
}

enum {
    ROW_NO,
    ROW_STATUS,
    ROW_STARTED,
    ROW_FINISHED,
    ROW_WARNINGS,
    ROW_MESSAGE,
    ROW_RUNBOOK,
    ROW_TITLE,
    ROW_SEVERITY,
    ROW_USER,
    ROW_HOST,
    ROW_WAY,
    ROW_PARAMS,
    ROW_PARENT,
    ROW_TRIGGER,
};

/* What the first event says; data that were taken away say nothing. */
static void check_beginning(const struct comparing *c)
{
    const struct run_fold *run = c->run;

    check_text(c, ROW_USER, "that it was started by", run->user);
    check_text(c, ROW_HOST, "that it was started on", run->host);
    check_text(c, ROW_WAY, "that it was started by way of", run->way);
    if (run->runbook) {
        check_text(c, ROW_RUNBOOK, "runbook", run->runbook);
        check_text(c, ROW_TITLE, "title", run->title);
        check_text(c, ROW_SEVERITY, "severity", run->severity);
    }
    if (run->params && strcmp(column_string(c->row, ROW_PARAMS), run->params) != 0)
        verify_found(c->verify, "run %s: its row has other parameters than its first event", run->id);
}

static void check_run(const struct comparing *c)
{
    const struct run_fold *run = c->run;

    check_text(c, ROW_STATUS, "that it is",
        run_status_name(run->status < 0 ? RUN_QUEUED : (enum run_status)run->status));
    check_number(c, ROW_STARTED, "started_us", run->started_us);
    check_number(c, ROW_FINISHED, "finished_us", run->finished_us);
    check_number(c, ROW_WARNINGS, "warnings", run->warnings);
    check_text(c, ROW_MESSAGE, "message", run->message);
    if (run->has_begun)
        check_beginning(c);
    if (run->parent) {
        check_text(c, ROW_PARENT, "that it goes on from run", run->parent);
        check_text(c, ROW_TRIGGER, "that it goes on as", run->trigger);
    }
}

int verify_runs(struct verify *verify, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc,
        code = journal_prepare(verify->journal,
            "SELECT no, status, started_us, finished_us, warnings, message, runbook, title, severity, user,"
            " host, way, params, parent, trigger FROM run ORDER BY no",
            &stmt, err);

    if (code < 0)
        return code;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct run_fold *run = verify_run(verify, sqlite3_column_int64(stmt, ROW_NO));

        if (run) /* as of the same moment, so it is there */
            check_run(&(struct comparing){verify, run, stmt});
    }
    return db_done(verify->journal->reader, rc, err);
}
