#include "cli/summary.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/mem.h"
#include "report/facts.h"
#include "report/words.h"

#include <string.h>

/* What is left of a message behind "exit status 3", which the words say already. NULL: nothing. */
static const char *beyond_status(const char *message, int exit_code)
{
    char status[32];
    size_t len = (size_t)snprintf(status, sizeof(status), "exit status %d", exit_code);

    if (!message || strncmp(message, status, len) != 0 || (message[len] && message[len] != ':'))
        return message;
    return message[len] ? message + len + 1 + (message[len + 1] == ' ') : NULL;
}

void failure_text(enum fail_class class_, int exit_code, const char *message, struct text *text)
{
    struct text words autotext = {0};
    const char *rest = beyond_status(message, exit_code);

    failure_words(class_, exit_code, &words);
    if (rest && strstr(rest, text_str(&words))) {
        safe_line(text, rest, strlen(rest));
        return;
    }
    text_puts(text, text_str(&words));
    if (!rest || !*rest)
        return;
    text_puts(text, ": ");
    safe_line(text, rest, strlen(rest));
}

enum { TAIL_MAX = 16 * 1024 };

void summary_fini(struct summary *summary)
{
    free(summary->message);
    json_decref(summary->outputs);
    *summary = (struct summary){0};
}

void summary_add(struct summary *summary, const struct event *event)
{
    const char *message = event->data ? value_get_string(event->data, "message") : NULL;

    if (event->type != EVENT_RUN_FINISHED)
        return;
    summary->status = (enum run_status)event->status;
    summary->elapsed_us = event->mono_us;
    free(summary->message);
    summary->message = message ? mem_strdup(message) : NULL;
    summary->warnings = json_integer_value(json_object_get(event->data, "warnings"));
    json_decref(summary->outputs);
    summary->outputs = json_incref(json_object_get(event->data, "outputs"));
}

void summary_parked(struct summary *summary, int64_t elapsed_us)
{
    summary->status = RUN_INTERRUPTED;
    summary->elapsed_us = elapsed_us;
}

/* --- the last words of a step --- */

struct tail {
    struct text bytes;
};

static bool add_chunk(void *context, const struct output_chunk *chunk)
{
    struct tail *tail = context;

    if (chunk->stream != OUTPUT_STDERR)
        return true;
    text_add(&tail->bytes, chunk->bytes, chunk->len);
    if (tail->bytes.len > 2 * TAIL_MAX) {
        size_t drop = tail->bytes.len - TAIL_MAX;

        memmove(tail->bytes.ptr, tail->bytes.ptr + drop, TAIL_MAX + 1);
        tail->bytes.len = TAIL_MAX;
    }
    return true;
}

static const char *last_lines(const struct text *bytes, size_t count)
{
    const char *start = text_str(bytes), *at = start + bytes->len;

    while (at > start && at[-1] == '\n')
        at--;
    for (; at > start; at--)
        if (at[-1] == '\n' && --count == 0)
            break;
    return at;
}

static void write_tail(struct journal *journal, const char *run_id, const char *path,
    const struct paint *paint, size_t count, struct text *text)
{
    struct tail tail = {0};
    int64_t after = 0;

    if (journal_output(journal, run_id, path, &after, add_chunk, &tail, NULL) == 0 && tail.bytes.len) {
        const char *bar = paint->ascii ? "  | " : "  │ ";

        for (const char *at = last_lines(&tail.bytes, count); *at;) {
            size_t len = strcspn(at, "\n");
            struct text line autotext = {0};

            safe_line(&line, at, len);
            paint_puts(paint, text, INK_DIM, bar);
            text_printf(text, "%s\n", text_str(&line));
            at += len + (at[len] == '\n');
        }
    }
    text_fini(&tail.bytes);
}

/* --- the whole --- */

static const char *sign_of(const struct paint *paint, enum run_status status)
{
    if (status == RUN_SUCCEEDED)
        return sign_of_step(paint, STEP_SUCCEEDED);
    return sign_of_step(paint, status == RUN_FAILED ? STEP_FAILED : STEP_CANCELLED);
}

static void write_verdict(const struct summary *summary, const struct paint *paint, struct text *text)
{
    char took[DURATION_TEXT_SIZE];
    struct text line autotext = {0};

    text_printf(&line, "%s %s in %s", sign_of(paint, summary->status),
        summary->status == RUN_INTERRUPTED ? "parked" : run_status_name(summary->status),
        duration_short(summary->elapsed_us / 1000, took));
    paint_puts(paint, text, ink_of_run(summary->status), text_str(&line));
    if (summary->warnings)
        paint_printf(paint, text, INK_WARN, ", with %lld warning%s", (long long)summary->warnings,
            summary->warnings == 1 ? "" : "s");
    if (summary->message) {
        text_puts(text, ": ");
        safe_line(text, summary->message, strlen(summary->message));
    }
    text_putc(text, '\n');
}

static void write_outputs(const json_t *outputs, const struct paint *paint, struct text *text)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)outputs, name, value)
    {
        struct text raw autotext = {0};

        if (!value_to_text(value, &raw))
            text_puts(&raw, "null");
        text_puts(text, "  ");
        paint_puts(paint, text, INK_DIM, name);
        text_puts(text, " = ");
        safe_line(text, text_str(&raw), raw.len);
        text_putc(text, '\n');
    }
}

/* The path of the attempt that is in the journal's output. */
static void write_culprit(const struct row *row, struct journal *journal, const char *run_id,
    const struct paint *paint, size_t context_lines, struct text *text)
{
    char *attempt autofree =
        row->attempts > 1 ? mem_printf("%s#%d", row->path, row->attempts) : mem_strdup(row->path);

    text_puts(text, "  ");
    paint_puts(paint, text, INK_BOLD, row->path);
    text_putc(text, ' ');
    failure_text(row->class_, row->exit_code, row->message, text);
    text_printf(text, " (class %s)\n", fail_class_name(row->class_));
    write_tail(journal, run_id, attempt, paint, context_lines, text);
}

/* A run that did not succeed leaves its escalations open, and its end is the end of their clock. */
static void write_open(const struct facts *facts, const struct paint *paint, struct text *text)
{
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        struct text line autotext = {0};

        if (row->type != ROW_ESCALATION || !row->is_open)
            continue;
        text_puts(&line, "escalation ");
        safe_line(&line, row->path, strlen(row->path));
        text_printf(&line, " stays open at level %d", row->level);
        text_puts(&line, row->is_acknowledged ? ", acknowledged by " : ", nobody has acknowledged");
        if (row->is_acknowledged)
            safe_line(&line, *row->by ? row->by : "a step", strlen(*row->by ? row->by : "a step"));
        text_puts(&line, "; the run has ended, and nobody is paged any more");
        text_puts(text, "  ");
        paint_puts(paint, text, row->is_acknowledged ? INK_PLAIN : INK_WARN, text_str(&line));
        text_putc(text, '\n');
    }
}

static void write_next(const char *run_id, const struct row *culprit, const struct paint *paint,
    bool is_parked, struct text *text)
{
    if (is_parked)
        paint_printf(paint, text, INK_DIM, "  runbook resume %.6s\n", run_id);
    paint_printf(paint, text, INK_DIM, "  runbook timeline %.6s\n", run_id);
    if (culprit)
        paint_printf(paint, text, INK_DIM, "  runbook logs %.6s %s\n", run_id, culprit->path);
}

void summary_write(const struct summary *summary, struct journal *journal, const char *run_id,
    const struct paint *paint, size_t context_lines, struct text *text)
{
    const struct row *culprit = NULL;
    struct facts facts = {0};
    bool has_facts = (summary->status == RUN_FAILED || summary->status == RUN_CANCELLED) &&
                     facts_read(journal, run_id, clock_wall_us(), &facts, NULL) == 0;

    if (has_facts && summary->status == RUN_FAILED)
        culprit = facts_culprit(&facts);
    write_verdict(summary, paint, text);
    write_outputs(summary->outputs, paint, text);
    if (culprit)
        write_culprit(culprit, journal, run_id, paint, context_lines, text);
    if (summary->status == RUN_INTERRUPTED)
        text_puts(text, "  Everything it ran was stopped; it can be taken up again.\n");
    if (has_facts)
        write_open(&facts, paint, text);
    write_next(run_id, culprit, paint, summary->status == RUN_INTERRUPTED, text);
    if (has_facts)
        facts_fini(&facts);
}
