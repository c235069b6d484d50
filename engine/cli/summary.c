#include "cli/summary.h"
#include "base/duration.h"
#include "base/mem.h"
#include "cli/path.h"
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
    free(summary->path);
    free(summary->message);
    free(summary->run_message);
    *summary = (struct summary){0};
}

static void keep(char **place, const char *text)
{
    free(*place);
    *place = text && *text ? mem_strdup(text) : NULL;
}

static const char *message_of(const struct event *event)
{
    return event->data ? value_get_string(event->data, "message") : NULL;
}

/* The innermost failure comes first; what it makes fail around it follows at once and has a shorter path. A
 * later failure elsewhere replaces it when the first was repaired. */
static void keep_failure(struct summary *summary, const struct event *event)
{
    char *path autofree = path_without_attempts(event->path);
    size_t len = strlen(path);

    if (summary->path && strncmp(summary->path, path, len) == 0 && strchr("/[", summary->path[len]))
        return;
    keep(&summary->path, event->path);
    keep(&summary->message, message_of(event));
    summary->class_ = event->class_;
    summary->exit_code = event->exit_code;
}

/* What the run itself says of its failure wins over what was seen. */
static void take_verdict(struct summary *summary, const struct event *event)
{
    summary->status = (enum run_status)event->status;
    summary->elapsed_us = event->mono_us;
    keep(&summary->run_message, message_of(event));
}

void summary_add(struct summary *summary, const struct event *event)
{
    if (event->type == EVENT_RUN_FINISHED)
        take_verdict(summary, event);
    if (event->type != EVENT_STEP_FINISHED && event->type != EVENT_STEP_SKIPPED)
        return;
    if (event->status >= 0 && event->status < STEP_STATUS_COUNT)
        summary->steps[event->status]++;
    if (event->type == EVENT_STEP_FINISHED && event->status == STEP_FAILED)
        keep_failure(summary, event);
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

static void write_tail(const struct summary *summary, struct journal *journal, const char *run_id,
    const struct paint *paint, size_t count, struct text *text)
{
    struct tail tail = {0};
    int64_t after = 0;

    if (journal_output(journal, run_id, summary->path, &after, add_chunk, &tail, NULL) == 0 &&
        tail.bytes.len) {
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

static void write_failure(const struct summary *summary, const struct paint *paint, struct text *text)
{
    char *path autofree = path_without_attempts(summary->path);

    text_puts(text, "  ");
    paint_puts(paint, text, INK_BOLD, path);
    text_putc(text, ' ');
    failure_text(summary->class_, summary->exit_code, summary->message, text);
    text_printf(text, " (class %s)\n", fail_class_name(summary->class_));
}

static void write_next(
    const struct summary *summary, const char *run_id, const struct paint *paint, struct text *text)
{
    char short_id[7];

    snprintf(short_id, sizeof(short_id), "%s", run_id);
    paint_printf(paint, text, INK_DIM, "  runbook timeline %s\n", short_id);
    if (summary->path && summary->status == RUN_FAILED) {
        char *path autofree = path_without_attempts(summary->path);

        paint_printf(paint, text, INK_DIM, "  runbook logs %s %s\n", short_id, path);
    }
}

void summary_write(const struct summary *summary, struct journal *journal, const char *run_id,
    const struct paint *paint, size_t context_lines, struct text *text)
{
    char took[DURATION_TEXT_SIZE];
    struct text line autotext = {0};

    text_printf(&line, "%s %s in %s", sign_of(paint, summary->status),
        summary->status == RUN_INTERRUPTED ? "parked" : run_status_name(summary->status),
        duration_short(summary->elapsed_us / 1000, took));
    paint_puts(paint, text, ink_of_run(summary->status), text_str(&line));
    if (summary->run_message && (!summary->message || !strstr(summary->run_message, summary->message))) {
        text_puts(text, ": ");
        safe_line(text, summary->run_message, strlen(summary->run_message));
    }
    text_putc(text, '\n');
    if (summary->status == RUN_FAILED && summary->path) {
        write_failure(summary, paint, text);
        write_tail(summary, journal, run_id, paint, context_lines, text);
    }
    if (summary->status == RUN_INTERRUPTED)
        text_puts(text, "  Everything it ran was stopped; the journal keeps it as interrupted.\n");
    write_next(summary, run_id, paint, text);
}
