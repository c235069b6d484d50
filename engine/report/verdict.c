/* Everything an expectation may be about is kept as the run goes by, and compared at its end. */
#include "report/verdict_inside.h"

#include <string.h>

struct verdict *verdict_new(void)
{
    struct verdict *verdict = mem_alloc(sizeof(*verdict));

    verdict->status = -1;
    return verdict;
}

static void forget(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->came_count; i++)
        json_decref(verdict->came[i].data);
    json_decref(verdict->end);
    map_fini(&verdict->by_path);
    arena_fini(&verdict->arena);
    verdict->by_path = (struct map){0};
    verdict->arena = (struct arena){0};
    verdict->came_count = verdict->message_count = 0;
    verdict->begun.len = verdict->journal.len = 0;
    verdict->end = NULL;
    verdict->status = -1;
    verdict->class_ = FAIL_NONE;
    verdict->now_us = 0;
}

void verdict_free(struct verdict *verdict)
{
    if (!verdict)
        return;
    forget(verdict);
    free(verdict->came);
    free(verdict->messages);
    lines_fini(&verdict->begun);
    lines_fini(&verdict->journal);
    path_forms_fini(&verdict->forms);
    free(verdict);
}

void verdict_begin(struct verdict *verdict, const struct expectation *expect)
{
    static const struct expectation nothing = {0};

    forget(verdict);
    verdict->expect = expect ? expect : &nothing;
}

/* --- while it runs --- */

/* "verify#3" is attempt 3 of "verify". */
static size_t own_len(const char *path)
{
    const char *hash = strrchr(path, '#');

    return hash && !strchr(hash, '/') && !strchr(hash, '[') ? (size_t)(hash - path) : strlen(path);
}

static struct came *came_of(struct verdict *verdict, const char *full)
{
    const char *path = arena_strndup(&verdict->arena, full, own_len(full));
    size_t number = (size_t)map_get(&verdict->by_path, path);

    if (number)
        return &verdict->came[number - 1];
    verdict->came = mem_grow(verdict->came, verdict->came_count, &verdict->came_cap, sizeof(*verdict->came));
    verdict->came[verdict->came_count++] = (struct came){.path = path, .exit_code = -1};
    map_put(&verdict->by_path, path, (void *)verdict->came_count);
    return &verdict->came[verdict->came_count - 1];
}

static void note_begun(struct verdict *verdict, const char *path)
{
    if (verdict->expect->order.len)
        lines_add(&verdict->begun, arena_strdup(&verdict->arena, path), verdict->now_us);
}

/* A step that is done at once has no beginning of its own. */
static void note_step(struct verdict *verdict, const struct event *event)
{
    struct came *came = came_of(verdict, event->path);

    if (!came->attempts || event->type == EVENT_STEP_STARTED)
        note_begun(verdict, event->path);
    if (event->attempt > came->attempts || !came->attempts)
        came->attempts = event->attempt > 0 ? event->attempt : 1;
    came->at_us = event->mono_us;
    if (event->type == EVENT_STEP_STARTED)
        return;
    came->status = event->type == EVENT_STEP_SKIPPED ? STEP_SKIPPED : (enum step_status)event->status;
    came->class_ = event->class_;
    came->exit_code = event->exit_code;
    json_decref(came->data);
    came->data = json_incref(event->data);
}

static void note_message(struct verdict *verdict, const struct event *event)
{
    const char *target = value_get_string(event->data, "target"),
               *channel = value_get_string(event->data, "channel");

    verdict->messages = mem_grow(
        verdict->messages, verdict->message_count, &verdict->message_cap, sizeof(*verdict->messages));
    verdict->messages[verdict->message_count++] =
        (struct message){.path = arena_strdup(&verdict->arena, event->path),
            .target = arena_strdup(&verdict->arena, target ? target : ""),
            .channel = arena_strdup(&verdict->arena, channel ? channel : ""),
            .at_us = event->mono_us};
}

static void note_undelivered(struct verdict *verdict, const struct event *event)
{
    for (size_t i = 0; i < verdict->message_count; i++)
        if (strcmp(verdict->messages[i].path, event->path) == 0)
            verdict->messages[i].has_failed = true;
}

static void note_end(struct verdict *verdict, const struct event *event)
{
    verdict->status = event->status;
    verdict->class_ = event->class_;
    verdict->end = json_incref(event->data);
}

static void (*const notes[EVENT_COUNT])(struct verdict *, const struct event *) = {
    [EVENT_STEP_STARTED] = note_step,
    [EVENT_STEP_FINISHED] = note_step,
    [EVENT_STEP_SKIPPED] = note_step,
    [EVENT_NOTIFY_STARTED] = note_message,
    [EVENT_NOTIFY_FAILED] = note_undelivered,
    [EVENT_RUN_FINISHED] = note_end,
};

static void add_name(struct text *line, const char *name)
{
    if (name && *name)
        text_printf(line, " %s", name);
}

static void keep_line(struct verdict *verdict, const struct event *event)
{
    struct text line autotext = {0};
    bool is_run = event->type == EVENT_RUN_STARTED || event->type == EVENT_RUN_FINISHED;

    text_puts(&line, event_type_name(event->type));
    add_name(&line, event->path);
    if (event->status >= 0)
        add_name(&line, is_run ? run_status_name((enum run_status)event->status)
                               : step_status_name((enum step_status)event->status));
    add_name(&line, fail_class_name(event->class_));
    add_name(&line, event->by.user);
    if (json_object_size(event->data)) {
        text_putc(&line, ' ');
        value_canonical(event->data, &line);
    }
    lines_add(&verdict->journal, arena_strdup(&verdict->arena, text_str(&line)), verdict->now_us);
}

void verdict_note(struct verdict *verdict, const struct event *event)
{
    verdict->now_us = event->mono_us;
    if (notes[event->type])
        notes[event->type](verdict, event);
    if (verdict->expect->journal.len)
        keep_line(verdict, event);
}

const char *verdict_status(const struct verdict *verdict)
{
    return verdict->status < 0 ? NULL : run_status_name((enum run_status)verdict->status);
}
