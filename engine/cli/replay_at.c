#include "base/clock.h"
#include "base/duration.h"
#include "cli/grid.h"
#include "cli/replay_inside.h"
#include "cli/show.h"
#include "report/formats.h"

#include <string.h>
#include <time.h>

/* --- which moment --- */

/* "14:32" or "14:32:10" by the local clock: the first such moment that is not before the run. */
static bool parse_clock(const char *text, int64_t began_us, int64_t *ret_us)
{
    time_t began = (time_t)(began_us / 1000000);
    struct tm tm;
    char rest;
    int fields, hour, minute, second = 0;

    fields = sscanf(text, "%2d:%2d:%2d%c", &hour, &minute, &second, &rest);
    if (fields == 2 && strlen(text) > 5)
        return false;
    if (fields < 2 || fields > 3 || hour > 23 || minute > 59 || second > 59)
        return false;
    localtime_r(&began, &tm);
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = fields == 3 ? second : 59; /* the minute to its end */
    tm.tm_isdst = -1;
    if (mktime(&tm) < began) {
        tm.tm_mday++;
        tm.tm_isdst = -1;
    }
    *ret_us = (int64_t)mktime(&tm) * 1000000 + 999999;
    return true;
}

/* Also "+5m", since the run began; and an instant with its date. */
static int parse_moment(const char *text, int64_t began_us, int64_t *ret_us, struct err *err)
{
    int64_t ms;

    if (*text == '+' && duration_parse(text + 1, &ms, NULL) == 0) {
        *ret_us = began_us + ms * 1000;
        return 0;
    }
    if (parse_clock(text, began_us, ret_us) || instant_parse(text, ret_us, NULL) == 0)
        return 0;
    return err_set(err, ERR_USAGE,
        "--at: \"%s\" is no moment; write 14:32, 14:32:10, +5m after the start, or 2026-11-21T14:32:00Z",
        text);
}

static size_t count_until(const struct past *past, int64_t wall_us)
{
    size_t count = 0;

    while (count < past->event_count && past->events[count].wall_us <= wall_us)
        count++;
    return count;
}

/* How many of the events had happened. */
static int find(const struct cli *cli, const struct past *past, size_t *ret_count)
{
    const struct replay_options *options = cli->options;
    char when[INSTANT_TEXT_SIZE];
    struct err err = {0};
    int64_t wall_us;

    *ret_count = (size_t)options->event;
    if (*ret_count > past->event_count)
        return cli_usage(cli, "--event: the run has %zu events", past->event_count);
    if (!options->at)
        return EXIT_OK;
    if (parse_moment(options->at, past->row->started_us, &wall_us, &err) < 0)
        return cli_usage(cli, "%s", err.text);
    *ret_count = count_until(past, wall_us);
    if (!*ret_count)
        return cli_usage(
            cli, "--at: the run began later, at %s", instant_local(past->row->started_us, true, when));
    return EXIT_OK;
}

/* --- how it stood --- */

/* The row of the run as it was then. */
static struct run_row row_at(const struct past *past, size_t count)
{
    struct run_row row = *past->row;

    row.status = RUN_RUNNING;
    row.engine = "";
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &past->events[i];

        if (strncmp(event_type_name(event->type), "run.", 4) == 0 && event->status >= 0)
            row.status = (enum run_status)event->status;
        if (event->type == EVENT_RUN_FINISHED)
            return row;
    }
    row.finished_us = 0;
    row.warnings = 0;
    row.message = "";
    return row;
}

static json_t *state_at(const struct past *past, size_t count)
{
    struct replay *replay = replay_new(past, &past->program);
    struct parting parting;
    json_t *state;

    replay_until(replay, count, &parting);
    state = core_snapshot(replay_run(replay));
    replay_free(replay);
    return state;
}

static void put(const struct cli *cli, const struct past *past, size_t count, const struct facts *facts)
{
    const struct replay_options *options = cli->options;
    const struct event *last = &past->events[count - 1];
    char short_id[RUN_ID_SIZE], when[INSTANT_TEXT_SIZE];

    if (cli->common.json) {
        json_t *json = facts_json(facts);

        json_object_set_new(json, "event", json_integer((json_int_t)last->seq));
        json_object_set_new(json, "time", json_string(instant_utc(last->wall_us, when)));
        json_object_set_new(json, "state", state_at(past, count));
        cli_print_json(json);
        return;
    }
    journal_short_id(past->journal, past->id, short_id);
    printf("as it stood at event %zu of %zu, %s\n\n", count, past->event_count,
        instant_local(last->wall_us, true, when));
    show_text(facts, cli, options->all, short_id);
}

int replay_at(const struct cli *cli, const struct past *past)
{
    struct run_row row;
    struct facts facts;
    size_t count;
    int status = find(cli, past, &count);

    if (status != EXIT_OK)
        return status;
    row = row_at(past, count);
    facts_init(&facts, &row);
    for (size_t i = 0; i < count; i++)
        facts_add(&facts, &past->events[i]);
    facts_end(&facts, past->events[count - 1].wall_us);
    put(cli, past, count, &facts);
    facts_fini(&facts);
    return EXIT_OK;
}
