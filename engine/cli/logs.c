/* logs: what the steps of a run printed, as it was stored: masked, cut by the caps. */
#include "base/clock.h"
#include "base/nearest.h"
#include "cli/grid.h"
#include "cli/logs_calls.h"
#include "report/facts.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MS = 100 };

struct logs_options {
    bool follow, only_stdout, only_stderr;
};

/* The unfinished line of one step's stream. */
struct tail {
    struct text line;
};

struct logs {
    struct cli *cli;
    const struct logs_options *options;
    struct journal *journal;
    char id[RUN_ID_SIZE];
    const char *path;    /* only this step and what is in it; NULL = all */
    const char *message; /* of its failure, or why it was skipped; "" */
    struct paint paint;
    bool is_terminal, has_prefix;
    struct map tails;      /* "path stream" -> struct tail */
    struct call_log calls; /* of the chosen step */
    size_t shown;
};

/* --- which step --- */

static int unknown_step(const struct facts *facts, const char *name)
{
    const char **names autofree = mem_alloc((2 * facts->row_count + 1) * sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; i < facts->row_count; i++) {
        if (facts->rows[i].type == ROW_STEP) {
            names[count++] = facts->rows[i].path;
            names[count++] = facts->rows[i].label;
        }
    }
    const char *near = nearest(name, names, count);
    if (near)
        fprintf(
            stderr, "runbook: run %s has no step \"%s\"; did you mean \"%s\"?\n", facts->run.id, name, near);
    else
        fprintf(stderr, "runbook: run %s has no step \"%s\"; runbook show %.6s lists them\n", facts->run.id,
            name, facts->run.id);
    return EXIT_USAGE;
}

static bool has_children(const struct facts *facts, const struct row *row)
{
    return row + 1 < facts->rows + facts->row_count && row[1].depth > row->depth;
}

static int choose_step(struct logs *logs)
{
    struct facts facts;
    struct err err = {0};
    int status = EXIT_OK;

    if (logs->cli->arg_count < 2)
        return EXIT_OK;
    if (facts_read(logs->journal, logs->id, clock_wall_us(), &facts, &err) < 0)
        return cli_fail(&err);
    const struct row *row = facts_find(&facts, logs->cli->args[1]);
    if (row) {
        logs->path = arena_strdup(&logs->cli->arena, row->path);
        logs->message = arena_strdup(&logs->cli->arena, row->message);
        logs->has_prefix = has_children(&facts, row);
    } else {
        status = unknown_step(&facts, logs->cli->args[1]);
    }
    facts_fini(&facts);
    return status;
}

/* "deploy" takes "deploy", "deploy#2", "deploy/verify" and "deploy[3]/verify". */
static bool is_chosen(const struct logs *logs, const char *path)
{
    size_t len = logs->path ? strlen(logs->path) : 0;

    return !logs->path || (strncmp(path, logs->path, len) == 0 && (!path[len] || strchr("#/[", path[len])));
}

static bool is_wanted(const struct logs *logs, const struct output_chunk *chunk)
{
    if (logs->options->only_stdout && chunk->stream != OUTPUT_STDOUT)
        return false;
    if (logs->options->only_stderr && chunk->stream != OUTPUT_STDERR)
        return false;
    return is_chosen(logs, chunk->path);
}

/* --- printing --- */

static void put_prefix(const struct logs *logs, const struct output_chunk *chunk, struct text *out)
{
    struct text name autotext = {0};

    if (!logs->has_prefix)
        return;
    safe_line(&name, chunk->path, strlen(chunk->path));
    paint_puts(&logs->paint, out, chunk->stream == OUTPUT_STDERR ? INK_WARN : INK_DIM, text_str(&name));
    text_puts(out, logs->paint.ascii ? " | " : " │ ");
}

static void put_line(const struct logs *logs, const struct output_chunk *chunk, const char *line, size_t len)
{
    struct text out autotext = {0};

    put_prefix(logs, chunk, &out);
    if (logs->is_terminal)
        safe_block(&out, line, len);
    else
        text_add(&out, line, len);
    text_putc(&out, '\n');
    cli_print(&out);
}

static struct tail *tail_of(struct logs *logs, const struct output_chunk *chunk)
{
    char *key autofree = mem_printf("%s %d", chunk->path, (int)chunk->stream);
    struct tail *tail = map_get(&logs->tails, key);

    if (!tail) {
        tail = mem_alloc(sizeof(*tail));
        map_put(&logs->tails, key, tail);
    }
    return tail;
}

static void put_lines(struct logs *logs, const struct output_chunk *chunk)
{
    struct tail *tail = tail_of(logs, chunk);
    const char *at = chunk->bytes, *end = at + chunk->len, *stop;

    while (at < end && (stop = memchr(at, '\n', (size_t)(end - at)))) {
        text_add(&tail->line, at, (size_t)(stop - at));
        put_line(logs, chunk, text_str(&tail->line), tail->line.len);
        text_clear(&tail->line);
        at = stop + 1;
    }
    if (at < end)
        text_add(&tail->line, at, (size_t)(end - at));
    if (chunk->is_last && tail->line.len) {
        put_line(logs, chunk, text_str(&tail->line), tail->line.len);
        text_clear(&tail->line);
    }
}

/* The last line may lack its end: the step still runs, or its engine died. */
static void put_tails(struct logs *logs)
{
    for (size_t i = 0; i < logs->tails.len; i++) {
        struct tail *tail = logs->tails.entries[i].value;
        char *path = logs->tails.entries[i].key, *space = strrchr(path, ' ');

        if (tail->line.len) {
            *space = '\0';
            put_line(logs, &(struct output_chunk){.path = path}, text_str(&tail->line), tail->line.len);
        }
        text_fini(&tail->line);
        free(tail);
    }
    map_fini(&logs->tails);
}

static const char *const streams[] = {
    [OUTPUT_STDOUT] = "stdout", [OUTPUT_STDERR] = "stderr", [OUTPUT_BODY] = "body"};

static void put_json(const struct output_chunk *chunk, const struct call_shown *call)
{
    char at[INSTANT_TEXT_SIZE];
    json_t *json = json_object();

    json_object_set_new(json, "path", value_string(chunk->path, strlen(chunk->path)));
    json_object_set_new(json, "stream", json_string(streams[chunk->stream]));
    json_object_set_new(json, "at", json_string(instant_utc(chunk->wall_us, at)));
    json_object_set_new(json, "text", value_string(chunk->len ? chunk->bytes : "", chunk->len));
    if (chunk->omitted)
        json_object_set_new(json, "omitted", json_integer((json_int_t)chunk->omitted));
    if (call) {
        json_object_set_new(json, "call", json_integer(call->number));
        json_object_set_new(json, "name", json_string(call->name));
    }
    cli_print_json(json);
}

static void put_chunk(struct logs *logs, const struct output_chunk *chunk)
{
    if (chunk->omitted) {
        char *note autofree = mem_printf("[%llu bytes were not stored]", (unsigned long long)chunk->omitted);

        put_line(logs, chunk, note, strlen(note));
    }
    if (logs->has_prefix || logs->is_terminal)
        put_lines(logs, chunk);
    else if (chunk->len)
        fwrite(chunk->bytes, 1, chunk->len, stdout);
}

/* --- what code called --- */

static void put_heading(struct logs *logs, const struct call_shown *call)
{
    struct output_chunk chunk = {.path = call->path};
    struct text words autotext = {0}, out autotext = {0};

    safe_line(&words, call->heading, strlen(call->heading));
    put_prefix(logs, &chunk, &out);
    paint_puts(&logs->paint, &out, INK_DIM, text_str(&words));
    text_putc(&out, '\n');
    cli_print(&out);
}

static void put_end_json(const struct call_shown *call)
{
    char at[INSTANT_TEXT_SIZE];

    cli_print_json(json_pack("{s:o, s:s, s:O}", "path", value_string(call->path, strlen(call->path)), "at",
        instant_utc(call->wall_us, at), call->has_failed ? "failed" : "returned", call->result));
}

/* One text of a result, as if it had been printed then. */
static void put_result(struct logs *logs, const struct call_shown *call, enum output_stream stream)
{
    const json_t *text = json_object_get(call->result, streams[stream]);
    struct output_chunk chunk = {.path = call->path,
        .stream = stream,
        .wall_us = call->wall_us,
        .bytes = json_string_value(text),
        .len = json_string_length(text),
        .omitted = (uint64_t)json_integer_value(json_object_get(text, "length")), /* of a sensitive step */
        .is_last = true};

    if ((!chunk.len && !chunk.omitted) || !is_wanted(logs, &chunk))
        return;
    logs->shown += chunk.len;
    if (logs->cli->common.json) {
        put_json(&chunk, call);
        return;
    }
    put_chunk(logs, &chunk);
    if (chunk.len && !logs->has_prefix && !logs->is_terminal && chunk.bytes[chunk.len - 1] != '\n')
        putchar('\n');
}

static void put_call(struct logs *logs, const struct call_shown *call)
{
    bool is_all = !logs->options->only_stdout && !logs->options->only_stderr;

    if (is_all && !logs->cli->common.json)
        put_heading(logs, call);
    else if (is_all && !call->name)
        put_end_json(call);
    logs->shown += is_all;
    for (enum output_stream stream = OUTPUT_STDOUT; call->name && stream <= OUTPUT_BODY; stream++)
        put_result(logs, call, stream);
}

static void put_calls_until(struct logs *logs, int64_t wall_us)
{
    struct call_log *calls = &logs->calls;

    for (; calls->next < calls->count && calls->shown[calls->next].wall_us <= wall_us; calls->next++)
        if (is_chosen(logs, calls->shown[calls->next].path))
            put_call(logs, &calls->shown[calls->next]);
}

/* --- what was printed --- */

static bool on_chunk(void *context, const struct output_chunk *chunk)
{
    struct logs *logs = context;

    if (!is_wanted(logs, chunk))
        return true;
    put_calls_until(logs, chunk->wall_us);
    logs->shown += chunk->len;
    if (logs->cli->common.json)
        put_json(chunk, NULL);
    else
        put_chunk(logs, chunk);
    return true;
}

/* Of a whole run only what was printed: what its code has read would bury it. */
static int print_new(struct logs *logs, int64_t *cursor, struct err *err)
{
    int code = logs->path ? call_log_read(&logs->calls, logs->journal, logs->id, err) : 0;

    if (code == 0)
        code = journal_output(logs->journal, logs->id, NULL, cursor, on_chunk, logs, err);
    put_calls_until(logs, INT64_MAX);
    return code;
}

/* --- following --- */

/* 1 while the run goes on, 0 when it has ended or nobody carries it out, negative on failure. */
static int goes_on(const struct logs *logs, struct err *err)
{
    struct run_row *row = journal_get_run(logs->journal, logs->id, err);

    if (!row)
        return err->code;
    enum run_status status = row->status;
    run_row_free(row);
    return status != RUN_SUCCEEDED && status != RUN_FAILED && status != RUN_CANCELLED &&
           status != RUN_INTERRUPTED;
}

static int print_all(struct logs *logs)
{
    struct err err = {0};
    int64_t cursor = 0;
    int more;

    do { /* the state first: what was printed before the end is read after it */
        more = logs->options->follow ? goes_on(logs, &err) : 0;
        if (more < 0 || print_new(logs, &cursor, &err) < 0)
            return cli_fail(&err);
        if (fflush(stdout) != 0)
            return EXIT_FAILED;
        if (more)
            poll(NULL, 0, POLL_MS);
    } while (more);
    return EXIT_OK;
}

static void tell_nothing(const struct logs *logs)
{
    struct text why autotext = {0};

    if (logs->path)
        safe_line(&why, logs->message, strlen(logs->message));
    fprintf(stderr, "runbook: %s%s%s printed nothing%s%s%s\n", logs->path ? "step `" : "run ",
        logs->path ? logs->path : logs->id, logs->path ? "`" : "",
        logs->options->only_stdout   ? " on stdout"
        : logs->options->only_stderr ? " on stderr"
                                     : "",
        why.len ? "; it ended with: " : "", text_str(&why));
}

static int print_logs(struct logs *logs)
{
    int status = cli_find_run(logs->cli, logs->journal, 0, logs->id);

    if (status == EXIT_OK)
        status = choose_step(logs);
    if (status == EXIT_OK)
        status = print_all(logs);
    put_tails(logs);
    if (status == EXIT_OK && !logs->shown)
        tell_nothing(logs);
    return status;
}

static int run(struct cli *cli)
{
    const struct logs_options *options = cli->options;
    struct logs logs = {.cli = cli,
        .options = options,
        .paint = cli_paint(cli),
        .has_prefix = true,
        .is_terminal = isatty(STDOUT_FILENO)};
    int status;

    if (options->only_stdout && options->only_stderr)
        return cli_usage(cli, "--stdout and --stderr exclude each other; without either, both are shown");
    status = cli_open_journal(cli, true, &logs.journal);
    if (status != EXIT_OK)
        return status;
    status = print_logs(&logs);
    call_log_fini(&logs.calls);
    journal_close(logs.journal);
    return status;
}

#define AT(field) offsetof(struct logs_options, field)
static const struct option options[] = {
    {"follow", 'f', OPTION_FLAG, AT(follow), NULL, "Go on until the run has ended", NULL},
    {"stdout", 0, OPTION_FLAG, AT(only_stdout), NULL, "Only what went to stdout", NULL},
    {"stderr", 0, OPTION_FLAG, AT(only_stderr), NULL, "Only what went to stderr", NULL},
    {0},
};

const struct verb verb_logs = {
    .name = "logs",
    .usage = "RUN [STEP]",
    .summary = "Print what the steps of a run printed",
    .help =
        "STEP is a path as `runbook show` prints it, or its last part. A block stands for all its steps. Of "
        "a "
        "step\n"
        "whose work is code (`lua`, `uses`) what the code called is shown too, what came back, and what it "
        "returned.\n"
        "On a terminal, control characters are shown, not obeyed; the bytes of one step go to a pipe as they "
        "are.",
    .examples = "  runbook logs last\n  runbook logs last -f\n  runbook logs k3vq7a deploy/verify --stderr",
    .options = options,
    .options_size = sizeof(struct logs_options),
    .min_args = 1,
    .max_args = 2,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
