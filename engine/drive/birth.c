#include "drive/birth.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "journal/lease.h"
#include "oncall/zone.h"

#include <string.h>
#include <unistd.h>

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

struct run_row birth_engine(const char *host)
{
    return (struct run_row){.engine_pid = getpid(),
        .engine_start = lease_process_start(getpid()),
        .engine_host = host,
        .lease_until_us = clock_wall_us() + LEASE_LENGTH_US};
}

void birth_introduce(struct live *live)
{
    random_base32(live->engine_name, ENGINE_SIZE - 1);
    live->engine = birth_engine(live->options.initiator.host);
    live->engine.engine = live->engine_name;
    live->engine.keep_us = live->options.is_kept ? KEEP_HELD : KEEP_NOT;
    live->lease_until_us = live->engine.lease_until_us;
}

int birth_take_over(struct live *live, struct err *err)
{
    birth_introduce(live);
    return journal_take_over(live->options.journal, live->id, &live->engine, err);
}

/* Worked out from what the run will be started with. */
static int find_group(struct live *live, struct err *err)
{
    const struct live_options *options = &live->options;
    json_t *data autovalue = options->book->documents[0]->concurrency ? birth_data(live) : NULL;
    struct err why = {0};

    if (!data || core_group(options->book, options->script, data, clock_wall_us(), &live->group, &why) == 0)
        return 0;
    return err_set(err, ERR_EXPRESSION, "%s:%s", options->book->sources[0]->path, why.text);
}

int birth_create(struct live *live, struct err *err)
{
    const struct live_options *options = &live->options;
    const struct document *document = options->book->documents[0];
    json_t *params autovalue = secrets_veil(&live->secrets, options->params);
    char hash[SHA256_HEX_SIZE];
    struct run_row row;
    int code = find_group(live, err);

    if (code < 0)
        return code;
    birth_introduce(live);
    row = (struct run_row){
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
        .created_us = clock_wall_us(),
        .message = "",
        .engine = live->engine.engine,
        .engine_pid = live->engine.engine_pid,
        .engine_start = live->engine.engine_start,
        .engine_host = live->engine.engine_host,
        .lease_until_us = live->engine.lease_until_us,
        .group = or_empty(live->group.name),
        .group_limit = live->group.limit,
        .extra = json_object_size(options->start_extra) ? options->start_extra : NULL,
    };

    memcpy(row.id, live->id, RUN_ID_SIZE);
    book_pin(options->book, hash);
    return journal_create_run(options->journal, &row, (const struct source *const *)options->book->sources,
        options->book->source_count, err);
}

json_t *birth_run(const struct document *document, const char *id, int64_t wall_us, const char *initiator)
{
    char started[INSTANT_TEXT_SIZE];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "id", id, "runbook", document->id, "title",
        or_empty(document->title), "severity", or_empty(document->severity), "started_at",
        instant_utc(wall_us, started), "initiator", value_string(initiator, strlen(initiator)));
}

/* The event says what was pinned: the hash of what sha256sum prints for the sources. */
json_t *birth_pinned(const struct book *book)
{
    struct text list autotext = {0};
    char hex[SHA256_HEX_SIZE];
    struct sha256 hash;

    for (size_t i = 0; i < book->source_count; i++)
        text_printf(&list, "%s  %s\n", book->sources[i]->sha256, book->sources[i]->path);
    hash = sha256_of(text_str(&list), list.len);
    sha256_hex(&hash, hex);
    return json_string(hex);
}

/* Who is on call depends on the rules of the zones: whoever replays the run elsewhere may want to know which
 * these were. */
static void put_zones(const struct book *book, json_t *data)
{
    char version[ZONE_VERSION_SIZE];
    bool is_used = false;

    for (size_t i = 0; i < book->document_count && !is_used; i++)
        is_used = book->documents[i]->people.rotations.len || book->documents[i]->people.calendars.len;
    if (is_used && *zone_version(version))
        json_object_set_new(data, "tzdata", json_string(version));
}

/* What it was in, and how long it waited for that. */
static void put_group(const struct live *live, json_t *data)
{
    const struct group *group = &live->group;
    json_t *said;

    if (!group->name)
        return;
    said = json_pack("{s:s}", "group", group->name);
    if (group->limit)
        json_object_set_new(said, "limit", json_integer((json_int_t)group->limit));
    if (live->was_queued)
        json_object_set_new(said, "waited_seconds", json_real((double)live_now_us(live) / 1e6));
    json_object_set_new(data, "concurrency", said);
}

json_t *birth_data(const struct live *live)
{
    const struct live_options *options = &live->options;
    json_t *data = json_object();

    json_object_set(data, "params", options->params);
    json_object_set_new(data, "run",
        birth_run(options->book->documents[0], live->id, clock_wall_us(), options->initiator.user));
    json_object_set_new(data, "seed", json_integer((json_int_t)random_u53()));
    json_object_set_new(data, "book", birth_pinned(options->book));
    json_object_set_new(data, "nonce", json_string(live->nonce));
    folder_tell(data);
    put_zones(options->book, data);
    put_group(live, data);
    if (options->start_extra)
        json_object_update(data, options->start_extra);
    return data;
}
