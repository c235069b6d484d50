/* journal_fill: a journal as months of work leave it: whole runs of 400 steps' events, of which 64 go on at
 * any time, with their sources, principals and results. `runbook audit verify` finds nothing to say of it.
 *
 *   journal_fill DB EVENTS      at least so many; prints the id of a run in the middle
 */
#include "base/mem.h"
#include "base/merkle.h"
#include "journal/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { AT_ONCE = 64, STEPS = 200, EVENTS = 2 * STEPS + 2 };

static const char book[] =
    "runbook: deploy\nsteps:\n  - {id: rollout, run: kubectl rollout status deploy/web}\n";

struct filling {
    struct journal *journal;
    struct source source;
    char ids[AT_ONCE][RUN_ID_SIZE];
    int64_t wall_us;
    uint64_t seq; /* of the runs that go on */
};

static void must(int code, const struct err *err)
{
    if (code < 0) {
        fprintf(stderr, "journal_fill: %s\n", err->text);
        exit(1);
    }
}

static void hash_hex(const char *text, size_t len, char ret_hex[SHA256_HEX_SIZE])
{
    struct sha256 hash = sha256_of(text, len);

    sha256_hex(&hash, ret_hex);
}

static void begin_runs(struct filling *filling)
{
    const struct source *const sources[] = {&filling->source};
    char pinned[SHA256_HEX_SIZE];
    struct err err;

    hash_hex(filling->source.sha256, SHA256_HEX_SIZE - 1, pinned);
    for (int i = 0; i < AT_ONCE; i++) {
        struct run_row row = {.runbook = "deploy",
            .title = "",
            .severity = "",
            .file = "deploy.yaml",
            .book_sha256 = pinned,
            .initiator = {"ana", "db1", "terminal"},
            .trigger = "manual",
            .parent = "",
            .status = RUN_QUEUED,
            .created_us = filling->wall_us,
            .message = "",
            .engine = "",
            .engine_host = ""};

        random_base32(row.id, RUN_ID_SIZE - 1);
        memcpy(filling->ids[i], row.id, RUN_ID_SIZE);
        must(journal_create_run(filling->journal, &row, sources, 1, &err), &err);
    }
    filling->seq = 0;
}

static json_t *start_data(const struct filling *filling, const char *id)
{
    char *list autofree = mem_printf("%s  %s\n", filling->source.sha256, filling->source.path);
    char hex[SHA256_HEX_SIZE];

    hash_hex(list, strlen(list), hex);
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:I}", "book", hex, "nonce",
        "wmlq452nmrathmmxa4cvgmxsdm", "run", "id", id, "runbook", "deploy", "title", "", "severity", "",
        "seed", (json_int_t)936442841663184);
}

static json_t *step_data(uint64_t step, bool is_start)
{
    char *script autofree = mem_printf("echo %" PRIu64 "; exit 0", step);

    return is_start
               ? json_pack("{s:{s:s}, s:s}", "args", "script", script, "kind", "run")
               : json_pack("{s:{s:i, s:s, s:s}, s:f}", "result", "exit_code", 0, "stderr", "", "stdout",
                     "deployment \"web\" successfully rolled out\n", "seconds", 0.001 + (double)step / 1e6);
}

static void append(struct filling *filling, const char *id)
{
    uint64_t seq = filling->seq, step = (seq - 2) / 2;
    bool is_first = seq == 1, is_last = seq == EVENTS, is_start = seq % 2 == 0;
    char *path autofree = mem_printf("rollout[%" PRIu64 "]", step);
    json_t *data autovalue = is_first ? start_data(filling, id) : is_last ? NULL : step_data(step, is_start);
    const struct event event = {.seq = seq,
        .wall_us = filling->wall_us,
        .mono_us = (int64_t)seq * 1500,
        .type = is_first   ? EVENT_RUN_STARTED
                : is_last  ? EVENT_RUN_FINISHED
                : is_start ? EVENT_STEP_STARTED
                           : EVENT_STEP_FINISHED,
        .cause = is_first || (!is_start && !is_last),
        .path = is_first || is_last ? "" : path,
        .by = {is_first ? "ana" : "", is_first ? "db1" : "", is_first ? "terminal" : ""},
        .status = is_first   ? (int)RUN_RUNNING
                  : is_last  ? (int)RUN_SUCCEEDED
                  : is_start ? -1
                             : (int)STEP_SUCCEEDED,
        .exit_code = is_start || is_first ? -1 : 0,
        .attempt = is_first || is_last ? 0 : 1,
        .due_us = -1,
        .data = data};

    journal_append(filling->journal, id, &event);
}

/* One event of each run that goes on; the runs end together. */
static void advance(struct filling *filling)
{
    struct err err;

    if (filling->seq == EVENTS || filling->seq == 0)
        begin_runs(filling);
    filling->seq++;
    for (int i = 0; i < AT_ONCE; i++) {
        filling->wall_us += 25;
        append(filling, filling->ids[i]);
    }
    if (filling->seq % 32 == 0 || filling->seq == EVENTS) {
        journal_commit(filling->journal, NULL, NULL);
        must(journal_flush(filling->journal, 60000, &err), &err);
    }
}

int main(int argc, char **argv)
{
    struct filling filling = {.wall_us = 1700000000000000,
        .source = {.path = "deploy.yaml", .text = book, .len = sizeof(book) - 1}};
    struct journal_options options = {.path = argv[1], .sync = JOURNAL_SYNC_NORMAL};
    char middle[RUN_ID_SIZE] = "";
    struct err err;
    long events;

    if (argc != 3) {
        fprintf(stderr, "usage: journal_fill DB EVENTS\n");
        return 2;
    }
    events = strtol(argv[2], NULL, 10);
    hash_hex(book, sizeof(book) - 1, filling.source.sha256);
    must(journal_open(&options, &filling.journal, &err), &err);
    for (long done = 0; done < events || filling.seq != EVENTS; done += AT_ONCE) {
        advance(&filling);
        if (done >= events / 2 && !*middle)
            memcpy(middle, filling.ids[AT_ONCE / 2], RUN_ID_SIZE);
    }
    journal_close(filling.journal);
    puts(middle);
    return 0;
}
