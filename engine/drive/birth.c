#include "drive/birth.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "journal/lease.h"

#include <string.h>
#include <unistd.h>

enum { ENGINE_SIZE = 9 };

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int birth_create(struct live *live, int64_t lease_us, struct err *err)
{
    const struct live_options *options = &live->options;
    const struct document *document = options->book->documents[0];
    json_t *params autovalue = secrets_veil(&live->secrets, options->params);
    char hash[SHA256_HEX_SIZE], engine[ENGINE_SIZE];
    int64_t now_us = clock_wall_us();
    struct run_row row = {
        .runbook = document->id,
        .title = or_empty(document->title),
        .severity = or_empty(document->severity),
        .file = document->source ? document->source->path : "",
        .book_sha256 = hash,
        .params = params,
        .labels = document->labels,
        .initiator = options->initiator,
        .trigger = "manual",
        .parent = "",
        .status = RUN_QUEUED,
        .created_us = now_us,
        .message = "",
        .engine = engine,
        .engine_pid = getpid(),
        .engine_start = lease_process_start(getpid()),
        .engine_host = options->initiator.host,
        .lease_until_us = now_us + lease_us,
    };

    memcpy(row.id, live->id, RUN_ID_SIZE);
    book_pin(options->book, hash);
    random_base32(engine, ENGINE_SIZE - 1);
    return journal_create_run(options->journal, &row, (const struct source *const *)options->book->sources,
        options->book->source_count, err);
}

static json_t *run_value(const struct live *live)
{
    const struct document *document = live->options.book->documents[0];
    char started[INSTANT_TEXT_SIZE];
    json_t *run = json_object();

    json_object_set_new(run, "id", json_string(live->id));
    json_object_set_new(run, "runbook", json_string(document->id));
    json_object_set_new(run, "title", json_string(or_empty(document->title)));
    json_object_set_new(run, "severity", json_string(or_empty(document->severity)));
    json_object_set_new(run, "started_at", json_string(instant_utc(clock_wall_us(), started)));
    json_object_set_new(run, "initiator", json_string(live->options.initiator.user));
    return run;
}

json_t *birth_data(const struct live *live)
{
    json_t *data = json_object();

    json_object_set(data, "params", live->options.params);
    json_object_set_new(data, "run", run_value(live));
    json_object_set_new(data, "seed", json_integer((json_int_t)random_u53()));
    json_object_set_new(data, "nonce", json_string(live->nonce));
    if (live->options.start_extra)
        json_object_update(data, live->options.start_extra);
    return data;
}
