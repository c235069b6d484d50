/* Lines for a pipe or a log: when, how far into the run, what.
 *
 *     09:31:02 +00:00  run wq3kfa: p1-system-down (P1) System down
 *     09:31:02 +00:00  ● rollback  Roll the deployment back
 *                      │ deployment.apps/api rolled back
 *     09:31:16 +00:14  ✓ rollback  1.2s
 *
 * The line that a step has begun is held back until it writes something or has taken a second: quick steps
 * need one line, slow ones show what is being waited for. */
#include "base/clock.h"
#include "base/duration.h"
#include "base/mem.h"
#include "cli/path.h"
#include "cli/summary.h"
#include "cli/view.h"
#include "report/words.h"

#include <string.h>
#include <unistd.h>

enum {
    FLUSH_US = 50 * 1000,
    ANNOUNCE_US = 1000 * 1000,
    LINE_MAX_BYTES = 8192,
    STREAMS = 2,
    CONTEXT_LINES = 10,
};

/* A step under way. */
struct active {
    struct active *next;
    char *path, *title; /* owned; the path with its attempt */
    bool is_announced, is_container;
    bool has_failed_inside;   /* a step in it has, and has said how */
    bool is_leaf, is_ordered; /* a leaf is under way once its effect has been performed */
    int64_t wall_us, mono_us;
    struct text partial[STREAMS]; /* a line that has not ended */
};

struct plain {
    struct loop *loop;
    struct journal *journal;
    const struct book *book;
    struct live *live;
    struct paint paint;
    struct active *actives;
    const struct active *last_writer;
    struct loop_timer *flush, *announce;
    struct summary summary;
};

static void on_flush(void *context)
{
    struct plain *plain = context;

    plain->flush = NULL;
    fflush(stdout);
}

/* Lines are handed on 50 ms after the first, not each by itself. */
static void flush_soon(struct plain *plain)
{
    if (!plain->flush)
        plain->flush = loop_timer_start(plain->loop, loop_now_us(plain->loop) + FLUSH_US, on_flush, plain);
}

static void elapsed_text(int64_t mono_us, char ret[24])
{
    int64_t s = mono_us / 1000000;

    if (s < 3600)
        snprintf(ret, 24, "+%02d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(ret, 24, "+%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static void put_line(struct plain *plain, int64_t wall_us, int64_t mono_us, const char *line)
{
    char wall[INSTANT_TEXT_SIZE], elapsed[24];

    elapsed_text(mono_us, elapsed);
    printf("%s %s  %s\n", instant_local(wall_us, false, wall), elapsed, line);
    flush_soon(plain);
}

/* --- steps under way --- */

static struct active **find_active(struct plain *plain, const char *path)
{
    struct active **place = &plain->actives;

    while (*place && strcmp((*place)->path, path) != 0)
        place = &(*place)->next;
    return place;
}

static void step_words(const struct plain *plain, const char *path, const char *title, struct text *text)
{
    struct text safe autotext = {0};

    safe_line(&safe, path, strlen(path));
    paint_puts(&plain->paint, text, INK_BOLD, text_str(&safe));
    if (title && *title) {
        text_puts(text, "  ");
        safe_line(text, title, strlen(title));
    }
}

static void announce(struct plain *plain, struct active *active)
{
    struct text text autotext = {0};

    if (active->is_announced)
        return;
    active->is_announced = true;
    paint_puts(&plain->paint, &text, INK_NOTICE, sign_of_step(&plain->paint, STEP_PENDING));
    text_putc(&text, ' ');
    step_words(plain, active->path, active->title, &text);
    put_line(plain, active->wall_us, active->mono_us, text_str(&text));
}

static void announce_later(struct plain *plain);

static void on_announce(void *context)
{
    struct plain *plain = context;
    int64_t now_us = live_now_us(plain->live);
    bool some_wait = false, is_written = journal_trouble(plain->journal, NULL) == 0;

    plain->announce = NULL;
    for (struct active *a = plain->actives; a; a = a->next) {
        if (now_us - a->mono_us >= ANNOUNCE_US / 2 && (a->is_leaf ? a->is_ordered : is_written))
            announce(plain, a);
        some_wait = some_wait || !a->is_announced;
    }
    if (some_wait)
        announce_later(plain);
}

static void announce_later(struct plain *plain)
{
    if (!plain->announce)
        plain->announce =
            loop_timer_start(plain->loop, loop_now_us(plain->loop) + ANNOUNCE_US, on_announce, plain);
}

static bool is_container(const struct plain *plain, const struct event *event)
{
    const struct step *step = path_step(plain->book, event->path);

    return json_object_get(event->data, "loop") || (step && step->kind->class_ == KIND_CONTROL);
}

static void on_started(struct plain *plain, const struct event *event)
{
    struct active *active = mem_alloc(sizeof(*active));
    const char *title = event->data ? value_get_string(event->data, "title") : NULL;

    *active = (struct active){
        .next = plain->actives,
        .path = mem_strdup(event->path),
        .title = title ? mem_strdup(title) : NULL,
        .is_container = is_container(plain, event),
        .is_leaf = json_object_get(event->data, "args") != NULL,
        .wall_us = event->wall_us,
        .mono_us = event->mono_us,
    };
    plain->actives = active;
    announce_later(plain);
}

static void active_free(struct plain *plain, struct active *active)
{
    if (plain->last_writer == active)
        plain->last_writer = NULL;
    for (size_t i = 0; i < STREAMS; i++)
        text_fini(&active->partial[i]);
    free(active->path);
    free(active->title);
    free(active);
}

/* --- output --- */

static void put_output(struct plain *plain, struct active *active, const char *bytes, size_t len)
{
    struct text line autotext = {0};
    const char *bar = plain->paint.ascii ? "|" : "│";

    announce(plain, active);
    if (plain->last_writer != active && plain->actives->next && plain->last_writer)
        printf("%17s%s %s:\n", "", bar, active->path); /* several write at once: say who goes on */
    plain->last_writer = active;
    safe_line(&line, bytes, len > LINE_MAX_BYTES ? LINE_MAX_BYTES : len);
    printf("%17s%s %s\n", "", bar, text_str(&line));
    flush_soon(plain);
}

static void on_output(void *context, const char *path, int stream, const char *bytes, size_t len)
{
    struct plain *plain = context;
    struct active *active = *find_active(plain, path);
    struct text *partial = active ? &active->partial[stream == 2] : NULL;

    while (active && len) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len;

        if (partial->len < LINE_MAX_BYTES)
            text_add(partial, bytes, n);
        if (!end)
            return;
        put_output(plain, active, text_str(partial), partial->len);
        text_clear(partial);
        bytes += n + 1;
        len -= n + 1;
    }
}

/* --- the end of a step --- */

static void end_words(
    const struct plain *plain, const struct event *event, const struct active *active, struct text *text)
{
    enum step_status status = (enum step_status)event->status;
    const char *message = event->data ? value_get_string(event->data, "message") : NULL;
    int64_t began_us = active ? active->mono_us : event->mono_us;
    char took[DURATION_TEXT_SIZE];

    paint_puts(&plain->paint, text, ink_of_step(status), sign_of_step(&plain->paint, status));
    text_putc(text, ' ');
    step_words(plain, event->path, NULL, text);
    if (status != STEP_SUCCEEDED)
        text_puts(text, "  ");
    if (status == STEP_FAILED && active && active->is_container && active->has_failed_inside)
        text_puts(text, "failed");
    else if (status == STEP_FAILED)
        failure_text(event->class_, event->exit_code, message, text);
    else if (status == STEP_CANCELLED)
        text_puts(text, "cancelled");
    text_printf(text, "  %s", duration_short((event->mono_us - began_us) / 1000, took));
}

static void mark_holders(struct plain *plain, const char *path)
{
    for (struct active *active = plain->actives; active; active = active->next) {
        size_t len = strlen(active->path);

        active->has_failed_inside |=
            strncmp(path, active->path, len) == 0 && strchr("/[", path[len]) && path[len];
    }
}

/* It went well and said nothing: a line for each would hide the steps it is called for. */
static bool is_quiet_hook(const struct plain *plain, const struct event *event, const struct active *active)
{
    const struct step *step = path_step(plain->book, event->path);

    return step && step->hook && event->status == STEP_SUCCEEDED && !(active && active->is_announced);
}

static void on_ended(struct plain *plain, const struct event *event)
{
    struct text text autotext = {0};
    struct active **place = find_active(plain, event->path), *active = *place;

    for (size_t i = 0; active && i < STREAMS; i++)
        if (active->partial[i].len)
            put_output(plain, active, text_str(&active->partial[i]), active->partial[i].len);
    if (event->status == STEP_FAILED)
        mark_holders(plain, event->path);
    if (!is_quiet_hook(plain, event, active)) {
        end_words(plain, event, active, &text);
        put_line(plain, event->wall_us, event->mono_us, text_str(&text));
    }
    if (!active)
        return;
    *place = active->next;
    active_free(plain, active);
}

/* Another attempt follows, with another path. */
static void on_retrying(struct plain *plain, const struct event *event)
{
    struct active **place = find_active(plain, event->path), *active = *place;

    if (!active)
        return;
    *place = active->next;
    active_free(plain, active);
}

static void on_begun(struct plain *plain, const struct event *event)
{
    const struct document *document = plain->book->documents[0];
    struct text text autotext = {0};
    char id[7];

    snprintf(id, sizeof(id), "%s", live_run_id(plain->live));
    text_printf(&text, "run %s: ", id);
    paint_puts(&plain->paint, &text, INK_BOLD, document->id);
    if (document->severity)
        text_printf(&text, " (%s)", document->severity);
    if (document->title) {
        text_puts(&text, "  ");
        safe_line(&text, document->title, strlen(document->title));
    }
    put_line(plain, event->wall_us, event->mono_us, text_str(&text));
}

/* Events that have no form of their own here, as a sentence. */
static void on_other(struct plain *plain, const struct event *event)
{
    struct text text autotext = {0};

    if (event_is_quiet(event))
        return;
    text_puts(&text, plain->paint.ascii ? "- " : "• ");
    event_words(event, &text);
    put_line(plain, event->wall_us, event->mono_us, text_str(&text));
}

static void on_skipped(struct plain *plain, const struct event *event)
{
    struct text text autotext = {0};
    const char *reason = event->data ? value_get_string(event->data, "reason") : NULL;

    paint_puts(&plain->paint, &text, INK_DIM, sign_of_step(&plain->paint, STEP_SKIPPED));
    text_putc(&text, ' ');
    step_words(plain, event->path, NULL, &text);
    text_puts(&text, "  skipped");
    if (reason) {
        text_puts(&text, ": ");
        reason = reason_words(reason);
        safe_line(&text, reason, strlen(reason));
    }
    put_line(plain, event->wall_us, event->mono_us, text_str(&text));
}

/* Here nobody is asked inline: the line says what to type elsewhere. */
static void on_asked(struct plain *plain, const struct event *event)
{
    static const char *const verbs_of[][2] = {
        {"manual", "done"}, {"approve", "approve"}, {"input", "answer"}};
    const char *kind = event->data ? value_get_string(event->data, "kind") : NULL;
    struct text text autotext = {0};

    text_puts(&text, "? ");
    event_words(event, &text);
    put_line(plain, event->wall_us, event->mono_us, text_str(&text));
    for (size_t i = 0; kind && i < sizeof(verbs_of) / sizeof(verbs_of[0]); i++)
        if (strcmp(kind, verbs_of[i][0]) == 0)
            printf("%17srunbook %s %.6s %s\n", "", verbs_of[i][1], live_run_id(plain->live), event->path);
}

static void nothing(struct plain *plain, const struct event *event)
{
    (void)plain;
    (void)event;
}

static void on_event(void *context, const struct event *event)
{
    static void (*const tellers[EVENT_COUNT])(struct plain *, const struct event *) = {
        [EVENT_RUN_STARTED] = on_begun,
        [EVENT_RUN_FINISHED] = nothing,
        [EVENT_STEP_STARTED] = on_started,
        [EVENT_STEP_FINISHED] = on_ended,
        [EVENT_STEP_SKIPPED] = on_skipped,
        [EVENT_ASK_OPENED] = on_asked,
    };
    struct plain *plain = context;

    summary_add(&plain->summary, event);
    if (tellers[event->type])
        tellers[event->type](plain, event);
    else
        on_other(plain, event);
    if (event->type == EVENT_STEP_RETRYING)
        on_retrying(plain, event);
}

/* Told when the order is durable: before that the step has not begun. */
static void on_effect(void *context, const struct effect *effect)
{
    struct active *active = effect->type == EFFECT_START ? *find_active(context, effect->path) : NULL;

    if (active)
        active->is_ordered = true;
}

/* --- the view --- */

static bool on_bell(void *context, const char *line)
{
    struct text shown autotext = {0};

    (void)context;
    if (!isatty(STDERR_FILENO))
        return false;
    text_add_shown(&shown, line, strlen(line));
    fflush(stdout);
    fprintf(stderr, "\a%s\n", text_str(&shown));
    return true;
}

static void on_trouble(void *context, const struct err *trouble)
{
    (void)context;
    fflush(stdout);
    if (trouble)
        fprintf(stderr, "runbook: %s; nothing new is started until that is over\n", trouble->text);
    else
        fputs("runbook: the journal can be written again\n", stderr);
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct plain *plain = context;

    (void)message;
    if (status == RUN_INTERRUPTED)
        summary_parked(&plain->summary, live_now_us(plain->live));
    loop_timer_stop(plain->loop, plain->flush);
    loop_timer_stop(plain->loop, plain->announce);
    plain->flush = plain->announce = NULL;
}

static void attach(void *context, struct live *live)
{
    ((struct plain *)context)->live = live;
}

static void say(void *context, const char *line)
{
    (void)context;
    fflush(stdout);
    fprintf(stderr, "runbook: %s\n", line);
}

static void close_(void *context)
{
    struct plain *plain = context;
    struct text text autotext = {0};

    summary_write(
        &plain->summary, plain->journal, live_run_id(plain->live), &plain->paint, CONTEXT_LINES, &text);
    fputs(text_str(&text), stdout);
    fflush(stdout);
}

static void free_(void *context)
{
    struct plain *plain = context;

    while (plain->actives) {
        struct active *active = plain->actives;

        plain->actives = active->next;
        active_free(plain, active);
    }
    loop_timer_stop(plain->loop, plain->flush);
    loop_timer_stop(plain->loop, plain->announce);
    summary_fini(&plain->summary);
    free(plain);
}

struct view plain_view(const struct view_options *options)
{
    struct plain *plain = mem_alloc(sizeof(*plain));

    *plain = (struct plain){
        .loop = options->loop,
        .journal = options->journal,
        .book = options->book,
        .paint = {.colour = cli_color(options->cli, stdout), .ascii = !cli_utf8()},
    };
    return (struct view){
        .watcher = {.on_event = on_event,
            .on_output = on_output,
            .on_effect = on_effect,
            .on_bell = on_bell,
            .on_trouble = on_trouble,
            .on_finished = on_finished,
            .context = plain},
        .attach = attach,
        .say = say,
        .close = close_,
        .free = free_,
    };
}
