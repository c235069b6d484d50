/* stage: the loop a driver has, on a virtual clock. */
#include "stage.h"

#include "base/duration.h"

#include <string.h>

enum pending_type { PENDING_RESULT, PENDING_TIMER, PENDING_HAPPENING };

struct pending {
    enum pending_type type;
    int64_t due_us;
    uint64_t serial;
    uint32_t frame, timer;
    struct outcome outcome;
    struct happening happening;
};

static const int64_t stop_takes_us = 200000;

void stage_init(struct stage *stage, const struct book *book, struct script *script, struct world world)
{
    *stage = (struct stage){.world = world};
    stage->run = core_new(book, script);
}

static void pending_fini(struct pending *pending)
{
    outcome_fini(&pending->outcome);
    json_decref(pending->happening.data);
}

static void recorded_fini(struct recorded *recorded)
{
    json_decref(recorded->event.data);
    json_decref(recorded->full_result);
    arena_fini(&recorded->arena);
}

void stage_fini(struct stage *stage)
{
    for (size_t i = 0; i < stage->pending_count; i++)
        pending_fini(&stage->pending[i]);
    for (size_t i = 0; i < stage->cause_count; i++)
        recorded_fini(&stage->causes[i]);
    free(stage->pending);
    free(stage->causes);
    turn_fini(&stage->turn);
    turn_fini(&stage->before);
    core_free(stage->run);
    text_fini(&stage->log);
    arena_fini(&stage->arena);
}

/* --- what will come --- */

static struct pending *add(struct stage *stage, enum pending_type type, int64_t due_us)
{
    struct pending *pending;

    stage->pending =
        mem_grow(stage->pending, stage->pending_count, &stage->pending_cap, sizeof(*stage->pending));
    pending = &stage->pending[stage->pending_count++];
    *pending =
        (struct pending){.type = type, .due_us = due_us, .serial = ++stage->serial, .outcome.exit_code = -1};
    return pending;
}

void stage_later(struct stage *stage, int64_t us, const struct happening *happening)
{
    struct pending *pending = add(stage, PENDING_HAPPENING, us);

    pending->happening = *happening;
    json_incref(happening->data);
}

static void drop(struct stage *stage, size_t i)
{
    pending_fini(&stage->pending[i]);
    stage->pending[i] = stage->pending[--stage->pending_count];
}

static struct pending *find(struct stage *stage, enum pending_type type, uint32_t frame, uint32_t timer)
{
    for (size_t i = 0; i < stage->pending_count; i++) {
        struct pending *pending = &stage->pending[i];

        if (pending->type == type && pending->frame == frame && pending->timer == timer)
            return pending;
    }
    return NULL;
}

static bool is_before(const struct pending *a, const struct pending *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->serial < b->serial;
}

static size_t earliest(const struct stage *stage)
{
    size_t best = 0;

    for (size_t i = 1; i < stage->pending_count; i++)
        if (is_before(&stage->pending[i], &stage->pending[best]))
            best = i;
    return best;
}

/* --- effects --- */

static void begin(struct stage *stage, const struct effect *effect)
{
    struct outcome outcome = {.exit_code = -1};
    int64_t takes_us = stage->world.answer(stage->world.context, effect, &outcome);
    struct pending *pending = add(stage, PENDING_RESULT, stage->now_us + takes_us);

    pending->frame = effect->frame;
    pending->outcome = outcome;
    stage->started++;
}

static void end(struct stage *stage, const struct effect *effect, int64_t takes_us)
{
    struct pending *pending = find(stage, PENDING_RESULT, effect->frame, 0);

    if (!pending || pending->due_us <= stage->now_us + takes_us)
        return;
    outcome_fini(&pending->outcome);
    pending->due_us = stage->now_us + takes_us;
    pending->serial = ++stage->serial;
    pending->outcome = (struct outcome){
        .class_ = FAIL_CANCELLED, .exit_code = -1, .message = mem_strdup("ended by SIGTERM")};
}

static void perform(struct stage *stage, const struct effect *effect)
{
    struct pending *timer;

    if (effect->type == EFFECT_START || effect->type == EFFECT_NOTIFY) {
        begin(stage, effect);
    } else if (effect->type == EFFECT_STOP) {
        end(stage, effect, stop_takes_us);
    } else if (effect->type == EFFECT_KILL) {
        end(stage, effect, 0);
    } else if (effect->type == EFFECT_TIMER_SET) {
        timer = add(stage, PENDING_TIMER, effect->due_us);
        timer->frame = effect->frame;
        timer->timer = effect->timer;
    } else if (effect->type == EFFECT_TIMER_CLEAR) {
        timer = find(stage, PENDING_TIMER, effect->frame, effect->timer);
        if (timer)
            drop(stage, (size_t)(timer - stage->pending));
        else
            stage->is_broken = true;
    } else if (effect->type == EFFECT_FINISHED) {
        stage->is_finished = true;
    }
    if (stage->world.notice)
        stage->world.notice(stage->world.context, stage, effect);
}

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

/* Read every string of the turn before, whatever has become of the run since; then make room for the next. */
static void change_turns(struct stage *stage)
{
    autotext struct text text = {0};
    struct turn turn = stage->turn;

    for (size_t i = 0; i < stage->before.event_count; i++)
        stage_line(&text, &stage->before.events[i]);
    for (size_t i = 0; i < stage->before.effect_count; i++)
        text_puts(&text, stage->before.effects[i].path);
    stage->turn = stage->before;
    stage->before = turn;
}

static void take_turn(struct stage *stage, const struct outcome *outcome)
{
    struct turn *turn = &stage->turn;

    for (size_t i = 0; i < turn->event_count; i++) {
        const struct event *event = &turn->events[i];

        stage->is_broken |= stage->is_finished || (event->cause && i > 0);
        stage_line(&stage->log, event);
        if (stage->world.event)
            stage->world.event(stage->world.context, event);
        if (event->cause)
            record(stage, event, outcome);
    }
    for (size_t i = 0; i < turn->effect_count; i++)
        perform(stage, &turn->effects[i]);
}

/* --- inputs --- */

static void apply(struct stage *stage, struct input *input, bool must_fit)
{
    struct err err;

    change_turns(stage);
    input->wall_us = (int64_t)STAGE_WALL_START * 1000000 + stage->now_us;
    input->mono_us = stage->now_us;
    if (core_apply(stage->run, input, &stage->turn, &err) < 0) {
        stage->is_broken |= must_fit || stage->turn.event_count || stage->turn.effect_count;
        text_printf(&stage->log, "               ! refused: %s\n", err.text);
        return;
    }
    stage->is_broken |= stage->turn.event_count == 0 || !stage->turn.events[0].cause;
    take_turn(stage, input->outcome);
    while (stage->turn.more) {
        change_turns(stage);
        core_pump(stage->run, &stage->turn);
        take_turn(stage, NULL);
    }
}

static void come_about(struct stage *stage, struct pending *pending)
{
    struct input input = {.frame = pending->frame, .timer = pending->timer};

    if (pending->type == PENDING_RESULT) {
        input.type = INPUT_RESULT;
        input.outcome = &pending->outcome;
        stage->answered++;
    } else if (pending->type == PENDING_TIMER) {
        input.type = INPUT_TIMER;
    } else {
        input.type = pending->happening.type;
        input.path = pending->happening.path;
        input.name = pending->happening.name;
        input.data = pending->happening.data;
        input.by = pending->happening.by;
    }
    apply(stage, &input, pending->type != PENDING_HAPPENING);
}

void stage_play(struct stage *stage, json_t *start, size_t limit)
{
    struct input input = {.type = INPUT_START, .data = start, .by = {"olga", "host", "test"}};

    apply(stage, &input, true);
    while (!stage->is_finished && stage->pending_count && limit-- > 0) {
        size_t i = earliest(stage);
        struct pending next = stage->pending[i];

        stage->pending[i] = stage->pending[--stage->pending_count];
        if (next.due_us > stage->now_us)
            stage->now_us = next.due_us;
        come_about(stage, &next);
        pending_fini(&next);
    }
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

/* Lines about refused inputs are not events. */
static void without_refusals(const char *log, struct text *text)
{
    for (const char *line = log; *line;) {
        size_t len = strcspn(line, "\n") + 1;

        if (!memmem(line, len, " ! refused:", 11))
            text_add(text, line, len);
        line += len;
    }
}

static int compare(struct stage *stage, struct fold *fold, struct text *difference)
{
    autotext struct text live = {0};
    json_t *a autovalue = core_snapshot(stage->run), *b autovalue = core_snapshot(fold->run);

    without_refusals(text_str(&stage->log), &live);
    if (strcmp(text_str(&live), text_str(&fold->log)) != 0) {
        first_difference(text_str(&live), text_str(&fold->log), difference);
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
