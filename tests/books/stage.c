/* stage: the virtual driver, watched closely. */
#include "stage.h"

#include "base/duration.h"
#include "base/mem.h"
#include "drive/words.h"

#include <string.h>

/* --- events --- */

static void add_time(struct text *text, int64_t us)
{
    char duration[DURATION_TEXT_SIZE];

    text_printf(text, "%s", duration_exact(us / 1000, duration));
}

static void add_named(struct text *text, const char *name, const char *value)
{
    if (value && *value)
        text_printf(text, " %s=%s", name, value);
}

void stage_line(struct text *text, const struct event *event)
{
    autotext struct text time = {0};
    bool is_run = event->type == EVENT_RUN_STARTED || event->type == EVENT_RUN_FINISHED;

    add_time(&time, event->mono_us);
    text_printf(text, "%4llu %9s %c %-24s %s", (unsigned long long)event->seq, text_str(&time),
        event->cause ? '>' : ' ', event_type_name(event->type), event->path);
    if (event->status >= 0)
        add_named(text, "status",
            is_run ? run_status_name((enum run_status)event->status)
                   : step_status_name((enum step_status)event->status));
    add_named(text, "class", fail_class_name(event->class_));
    if (event->exit_code >= 0)
        text_printf(text, " exit=%d", event->exit_code);
    if (event->attempt > 1)
        text_printf(text, " attempt=%d", event->attempt);
    if (event->due_us >= 0) {
        text_puts(text, " due=");
        add_time(text, event->due_us);
    }
    add_named(text, "by", event->by.user);
    if (json_object_size(event->data)) {
        text_putc(text, ' ');
        value_canonical(event->data, text);
    }
    text_putc(text, '\n');
}

static void record(struct stage *stage, const struct event *event, const struct outcome *outcome)
{
    struct recorded *recorded;
    struct arena *arena;

    stage->causes = mem_grow(stage->causes, stage->cause_count, &stage->cause_cap, sizeof(*stage->causes));
    recorded = &stage->causes[stage->cause_count++];
    *recorded = (struct recorded){.event = *event};
    arena = &recorded->arena;
    recorded->event.path = arena_strdup(arena, event->path);
    recorded->event.by = (struct principal){arena_strdup(arena, event->by.user),
        arena_strdup(arena, event->by.host), arena_strdup(arena, event->by.way)};
    recorded->event.data = json_deep_copy(event->data);
    if (outcome)
        recorded->full_result = json_incref(outcome->result);
}

/* --- what the driver tells --- */

/* Read every string of the turn before: it must still be there, whatever has become of the run since. */
static void read_again(const struct turn *turn)
{
    autotext struct text text = {0};

    for (size_t i = 0; turn && i < turn->event_count; i++)
        stage_line(&text, &turn->events[i]);
    for (size_t i = 0; turn && i < turn->effect_count; i++)
        text_puts(&text, turn->effects[i].path);
}

static void write_down(struct stage *stage, const struct event *event)
{
    json_t *veiled autovalue = NULL;
    struct event shown = *event;

    if (secrets_any(&stage->secrets)) {
        stage_line(&stage->bare, event);
        shown.data = veiled = secrets_veil(&stage->secrets, event->data);
    }
    stage_line(&stage->log, &shown);
}

static void on_turn(void *context, const struct turn *turn, const struct input *input)
{
    struct stage *stage = context;

    read_again(stage->before);
    stage->before = turn;
    stage->is_broken |= input && (turn->event_count == 0 || !turn->events[0].cause);
    for (size_t i = 0; i < turn->event_count; i++) {
        const struct event *event = &turn->events[i];

        stage->is_broken |= stage->is_finished || (event->cause && i > 0);
        write_down(stage, event);
        if (stage->world.event)
            stage->world.event(stage->world.context, event);
        if (event->cause)
            record(stage, event, input ? input->outcome : NULL);
    }
}

static int64_t answer(void *context, const struct effect *effect, struct outcome *ret_outcome)
{
    const struct stage *stage = context;

    return stage->world.answer(stage->world.context, effect, ret_outcome);
}

static void on_effect(void *context, const struct effect *effect)
{
    struct stage *stage = context;

    stage->is_finished |= effect->type == EFFECT_FINISHED;
    if (stage->world.notice)
        stage->world.notice(stage->world.context, stage, effect);
}

static void on_refused(void *context, const struct input *input, const struct err *why)
{
    struct stage *stage = context;
    const struct word *word = word_of(input->type);

    if (!word) {
        stage->is_broken = true;
        text_printf(&stage->log, "               ! refused: %s\n", why->text);
    } else if (input->type != INPUT_NOTE) {
        const char *path = input->path ? input->path : "";
        char *text autofree = word_refusal(word->verb, path, why->text);

        virtual_later(stage->virtual, virtual_now_us(stage->virtual),
            &(struct input){.type = INPUT_NOTE, .path = path, .name = text, .by = input->by});
    }
}

/* --- the whole --- */

void stage_init(
    struct stage *stage, const struct book *book, struct script *script, struct world world, size_t limit)
{
    *stage = (struct stage){.world = world};
    secrets_init(&stage->secrets, NULL, book, STAGE_NONCE);
    stage->virtual = virtual_new(&(struct virtual_options){.book = book,
        .script = script,
        .wall_us = (int64_t)STAGE_WALL_START * 1000000,
        .limit = limit,
        .world = {answer, on_turn, on_effect, on_refused, stage}});
}

static void recorded_fini(struct recorded *recorded)
{
    json_decref(recorded->event.data);
    json_decref(recorded->full_result);
    arena_fini(&recorded->arena);
}

void stage_fini(struct stage *stage)
{
    for (size_t i = 0; i < stage->cause_count; i++)
        recorded_fini(&stage->causes[i]);
    free(stage->causes);
    virtual_free(stage->virtual);
    secrets_fini(&stage->secrets);
    text_fini(&stage->log);
    text_fini(&stage->bare);
    arena_fini(&stage->arena);
}

void stage_later(struct stage *stage, int64_t us, const struct happening *happening)
{
    virtual_later(stage->virtual, us,
        &(struct input){.type = happening->type,
            .path = happening->path,
            .name = happening->name,
            .data = happening->data,
            .by = happening->by});
}

void stage_play(struct stage *stage, json_t *start)
{
    secrets_hide_params(&stage->secrets, json_object_get(start, "params"));
    virtual_play(stage->virtual, start, (struct principal){"olga", "host", "test"});
    stage->is_broken |= virtual_tally(stage->virtual)->strays > 0;
}

size_t stage_unanswered(const struct stage *stage)
{
    const struct virtual_tally *tally = virtual_tally(stage->virtual);

    return tally->begun - tally->ended;
}

/* --- playing it again --- */

struct fold {
    struct run *run;
    struct turn turn;
    struct text log;
};

static int fold_one(struct fold *fold, const struct recorded *recorded, struct text *difference)
{
    struct outcome outcome;
    struct input input;
    struct err err;

    if (core_input_of(&recorded->event, &input, &outcome, &err) < 0) {
        text_puts(difference, err.text);
        return -1;
    }
    if (outcome.result && recorded->full_result) {
        json_decref(outcome.result);
        outcome.result = json_incref(recorded->full_result);
    }
    if (core_apply(fold->run, &input, &fold->turn, &err) < 0) {
        text_printf(
            difference, "event %llu is refused: %s", (unsigned long long)recorded->event.seq, err.text);
        outcome_fini(&outcome);
        return -1;
    }
    outcome_fini(&outcome);
    for (;;) { /* nothing ever comes between two pumps here */
        for (size_t i = 0; i < fold->turn.event_count; i++)
            stage_line(&fold->log, &fold->turn.events[i]);
        if (!fold->turn.more)
            return 0;
        core_pump(fold->run, &fold->turn);
    }
}

/* The first line in which two logs differ. */
static void first_difference(const char *a, const char *b, struct text *difference)
{
    size_t start = 0, i = 0;

    for (; a[i] && a[i] == b[i]; i++)
        if (a[i] == '\n')
            start = i + 1;
    text_printf(difference, "live: %.*s\nfold: %.*s", (int)strcspn(a + start, "\n"), a + start,
        (int)strcspn(b + start, "\n"), b + start);
}

static int compare(struct stage *stage, struct fold *fold, struct text *difference)
{
    json_t *a autovalue = core_snapshot(virtual_run(stage->virtual)), *b autovalue = core_snapshot(fold->run);

    const char *live = text_str(secrets_any(&stage->secrets) ? &stage->bare : &stage->log);

    if (strcmp(live, text_str(&fold->log)) != 0) {
        first_difference(live, text_str(&fold->log), difference);
        return -1;
    }
    if (!json_equal(a, b)) {
        text_puts(difference, "the states differ:\n");
        value_canonical(a, difference);
        text_putc(difference, '\n');
        value_canonical(b, difference);
        return -1;
    }
    return 0;
}

int stage_fold(struct stage *stage, const struct book *book, struct script *script, struct text *difference)
{
    struct fold fold = {.run = core_new(book, script)};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < stage->cause_count; i++)
        rc = fold_one(&fold, &stage->causes[i], difference);
    if (rc == 0)
        rc = compare(stage, &fold, difference);
    turn_fini(&fold.turn);
    core_free(fold.run);
    text_fini(&fold.log);
    return rc;
}
