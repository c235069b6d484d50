#include "drive/stand.h"
#include "base/mem.h"
#include "core/kinds.h"
#include "drive/shape.h"

#include <string.h>

enum { STEPS_MAX = 100 * 1000, PEOPLE_MAX = 16 };

struct stand {
    struct stage *stage;
    struct virtual *virtual;
    struct watch *watch;
    struct promises *promises;
    struct decision *open; /* in the order in which they came up */
    size_t open_count, open_cap;
    const char *unanswerable;
    struct wanting wanting;
};

struct virtual *stand_virtual(const struct stand *stand)
{
    return stand->virtual;
}

const struct watch *stand_watch(const struct stand *stand)
{
    return stand->watch;
}

const struct promises *stand_promises(const struct stand *stand)
{
    return stand->promises;
}

const char *stand_unanswerable(const struct stand *stand)
{
    return stand->unanswerable;
}

const struct wanting *stand_wanting(const struct stand *stand)
{
    return stand->wanting.path ? &stand->wanting : NULL;
}

const struct decision *stand_decision(const struct stand *stand)
{
    return stand->open;
}

/* --- decisions come up and go --- */

static struct decision *add(struct stand *stand, enum decision_type type, const char *path)
{
    struct decision *decision;

    stand->open = mem_grow(stand->open, stand->open_count, &stand->open_cap, sizeof(*stand->open));
    decision = &stand->open[stand->open_count++];
    *decision = (struct decision){.type = type, .path = deciders_keep(stand->stage->deciders, path)};
    return decision;
}

static void drop(struct stand *stand, size_t i)
{
    memmove(&stand->open[i], &stand->open[i + 1], (stand->open_count - i - 1) * sizeof(*stand->open));
    stand->open_count--;
}

static void drop_frame(struct stand *stand, uint32_t frame)
{
    for (size_t i = stand->open_count; frame && i > 0; i--)
        if (stand->open[i - 1].frame == frame)
            drop(stand, i - 1);
}

/* A signal that nobody waits for any more. */
static void drop_signal(struct stand *stand, const char *path)
{
    for (size_t i = stand->open_count; i > 0; i--)
        if (stand->open[i - 1].type == DECIDE_SIGNAL && strcmp(stand->open[i - 1].path, path) == 0)
            drop(stand, i - 1);
}

/* --- the world --- */

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    struct stage *stage = context;
    struct stand *stand = stage->current;
    struct decision *decision;

    if (effect->type == EFFECT_START &&
        shape_evaluate(virtual_run(stand->virtual), stage->program->script, effect, outcome))
        return 0;
    decision = add(stand, effect->type == EFFECT_NOTIFY ? DECIDE_NOTICE : DECIDE_EFFECT, effect->path);
    decision->frame = effect->frame;
    decision->step = effect->step;
    if (effect->type == EFFECT_NOTIFY) {
        decision->name = deciders_keep(stage->deciders, value_get_string(effect->args, "channel"));
        decision->target = deciders_keep(stage->deciders, value_get_string(effect->args, "target"));
    }
    return VIRTUAL_NEVER;
}

static void ask(struct stand *stand, const struct effect *effect)
{
    struct decision *decision = add(stand, DECIDE_ANSWER, effect->path);
    json_int_t wanted = json_integer_value(json_object_get(effect->args, "count"));
    const char *names[PEOPLE_MAX], *users[PEOPLE_MAX];
    size_t count;

    decision->frame = effect->frame;
    decision->step = effect->step;
    decision->people = wanted > 1 ? (uint32_t)wanted : 1;
    count = decision_people(stand->stage->deciders, decision,
        virtual_now_us(stand->virtual) + decision_delay_us(decision), names, users, PEOPLE_MAX);
    if (count < decision->people && count < PEOPLE_MAX &&
        !((const struct ask_args *)effect->step->args)->timeout.given)
        stand->unanswerable = decision->path;
}

static void on_effect(void *context, const struct effect *effect)
{
    struct stand *stand = ((struct stage *)context)->current;

    if (effect->type == EFFECT_ASK)
        ask(stand, effect);
    else if (effect->type == EFFECT_STOP || effect->type == EFFECT_KILL || effect->type == EFFECT_ASK_CLOSE)
        drop_frame(stand, effect->frame);
}

/* The step of a path's last part: ids are unique in a document. */
static const struct step *step_of(const struct book *book, const char *path, const char *signal)
{
    struct path_forms forms = {0};
    const struct step *found = NULL;

    path_forms_set(&forms, path);
    for (size_t i = 0; !found && i < book->document_count; i++) {
        const struct step *step = document_find_any(book->documents[i], forms.id);
        const struct wait_args *args = step ? step->args : NULL;

        if (step && strcmp(step->kind->name, "wait") == 0 && args->signal &&
            strcmp(args->signal, signal) == 0)
            found = step;
    }
    path_forms_fini(&forms);
    return found;
}

static void expect_signal(struct stand *stand, const struct event *event)
{
    const char *signal = event->data ? value_get_string(event->data, "signal") : NULL;
    struct decision *decision;

    if (!signal)
        return;
    decision = add(stand, DECIDE_SIGNAL, event->path);
    decision->name = deciders_keep(stand->stage->deciders, signal);
    decision->step = step_of(stand->stage->program->book, event->path, signal);
    if (!decision->step)
        drop(stand, stand->open_count - 1);
}

/* --- expressions that fail --- */

/* Nothing will ever come of it on this way: it was not done, or nobody answered. */
static bool is_without(const struct step *step, const struct result *result)
{
    return result->status == STEP_SKIPPED || result->status == STEP_PENDING ||
           (step->kind->class_ == KIND_ASK && result->status != STEP_SUCCEEDED);
}

/* The step whose value the failed one looked at in vain; NULL when it may be for want of what a step really
 * prints. */
static const struct step *wanted_by(struct stand *stand, const char *failed_id)
{
    const struct document *document = stand->stage->program->book->documents[0];
    const struct step *failed = document_find_any(document, failed_id);
    const struct use_list *uses;
    const struct step *wanted = NULL;
    struct scope scope;
    struct err err;

    if (!failed || core_scope_of_run(virtual_run(stand->virtual), &scope, &err) < 0)
        return NULL;
    uses = &uses_of(stand->stage->uses, document)->steps[failed->index];
    for (size_t i = 0; i < uses->len; i++) {
        const struct use *use = &uses->items[i];
        const struct result *result;

        if (use->is_variable || use->index == USE_EVERY)
            return NULL;
        if (!(use->parts & (USE_RESULT | USE_OUTPUTS | USE_ANSWER | USE_BY | USE_ITEMS)))
            continue;
        result = scope.step(scope.context, document->steps[use->index]->id);
        if (!result || !is_without(document->steps[use->index], result))
            return NULL;
        wanted = document->steps[use->index];
    }
    return wanted;
}

/* A block fails with what failed inside. */
static bool is_told(const struct stand *stand, const char *path)
{
    size_t len = strlen(path);

    return stand->wanting.path && strncmp(stand->wanting.path, path, len) == 0 &&
           stand->wanting.path[len] == '/';
}

static void note_expression(struct stand *stand, const struct event *event)
{
    struct stage *stage = stand->stage;
    const char *message = event->data ? value_get_string(event->data, "message") : NULL;
    const struct step *wanted;
    struct path_forms forms = {0};

    if (event->class_ != FAIL_EXPRESSION || is_told(stand, event->path))
        return;
    message = deciders_keep(stage->deciders, message ? message : "");
    path_forms_set(&forms, event->path);
    wanted = wanted_by(stand, forms.id);
    path_forms_fini(&forms);
    if (wanted)
        stand->wanting = (struct wanting){deciders_keep(stage->deciders, event->path), message, wanted};
    else if (stage->unknown && !map_get(stage->unknown, event->path))
        map_put(stage->unknown, event->path, (void *)message);
}

/* Without attempts: how often something was tried before is no part of the future. */
static void hear_all(struct text *heard, const struct event *event)
{
    struct path_forms forms = {0};

    path_forms_set(&forms, event->path);
    text_printf(heard, "%s %s %d %s\n", event_type_name(event->type), text_str(&forms.plain), event->status,
        fail_class_name(event->class_));
    path_forms_fini(&forms);
}

/* What people would notice of it. */
static void hear(struct stage *stage, const struct event *event)
{
    struct text *heard = stage->heard;

    if (!heard)
        return;
    if (stage->hears_all)
        hear_all(heard, event);
    else if (event->type == EVENT_NOTIFY_SENT)
        text_printf(heard, "paged %s\n", value_get_string(event->data, "target"));
    else if (event->type == EVENT_ESCALATION_EXHAUSTED)
        text_puts(heard, "escalation exhausted\n");
    else if (event->type == EVENT_RUN_FINISHED) {
        text_puts(heard, run_status_name((enum run_status)event->status));
        if (json_object_get(event->data, "outputs")) {
            text_puts(heard, " with ");
            value_canonical(json_object_get(event->data, "outputs"), heard);
        }
        text_putc(heard, '\n');
    } else if (event->type == EVENT_STEP_FINISHED && json_object_get(event->data, "tolerated"))
        text_puts(heard, "warning\n");
}

static void see(struct stand *stand, const struct event *event)
{
    struct stage *stage = stand->stage;

    if (event->type == EVENT_STEP_STARTED) {
        expect_signal(stand, event);
    } else if (event->type == EVENT_STEP_FINISHED) {
        drop_signal(stand, event->path);
        note_expression(stand, event);
    } else if (event->type == EVENT_ESCALATION_STARTED || event->type == EVENT_ESCALATION_ACK_EXPIRED) {
        add(stand, DECIDE_ACK, event->path)->name = deciders_keep(stage->deciders, event->path + 1);
    }
    hear(stage, event);
}

void stand_input_key(const struct input *input, int64_t at_us, struct text *text)
{
    text_printf(text, "%d %lld %u %s\n", (int)input->type, (long long)at_us, input->frame,
        input->name ? input->name : "");
}

static void on_turn(void *context, const struct turn *turn, const struct input *input)
{
    struct stage *stage = context;
    struct stand *stand = stage->current;

    if (input && stage->taken)
        stand_input_key(input, virtual_now_us(stand->virtual), stage->taken);
    stage->events += turn->event_count;
    for (size_t i = 0; i < turn->event_count; i++)
        see(stand, &turn->events[i]);
    promises_turn(stand->promises, turn);
    watch_turn(stand->watch, virtual_run(stand->virtual), turn);
}

/* --- on its way --- */

static enum stand_state go_on(struct stand *stand)
{
    for (int i = 0; i < STEPS_MAX; i++) {
        if (virtual_is_finished(stand->virtual)) {
            watch_end(stand->watch, virtual_run(stand->virtual));
            return STAND_FINISHED;
        }
        if (stand->open_count)
            return STAND_OPEN;
        if (!virtual_step(stand->virtual)) {
            watch_end(stand->watch, virtual_run(stand->virtual));
            return STAND_WAITS;
        }
    }
    return STAND_ENDLESS;
}

struct stand *stand_new(struct stage *stage, enum stand_state *ret_state)
{
    struct stand *stand = mem_alloc(sizeof(*stand));

    stand->stage = stage;
    stand->promises = promises_new();
    stand->watch = watch_new(stage->program->book, stage->program->script);
    stand->virtual = virtual_new(&(struct virtual_options){.book = stage->program->book,
        .script = stage->program->script,
        .wall_us = stage->wall_us,
        .world = {answer, on_turn, on_effect, NULL, stage}});
    stage->current = stand;
    virtual_begin(stand->virtual, stage->start, stage->initiator);
    *ret_state = go_on(stand);
    return stand;
}

struct stand *stand_copy(const struct stand *stand)
{
    struct stand *copy = mem_alloc(sizeof(*copy));

    *copy = *stand;
    copy->virtual = virtual_copy(stand->virtual);
    copy->watch = watch_copy(stand->watch);
    copy->promises = promises_copy(stand->promises);
    copy->open_cap = stand->open_count;
    copy->open = mem_alloc(stand->open_count * sizeof(*copy->open) + 1);
    memcpy(copy->open, stand->open, stand->open_count * sizeof(*copy->open));
    return copy;
}

void stand_free(struct stand *stand)
{
    if (!stand)
        return;
    virtual_free(stand->virtual);
    watch_free(stand->watch);
    promises_free(stand->promises);
    free(stand->open);
    free(stand);
}

enum stand_state stand_take(struct stand *stand, size_t option)
{
    struct decision decision = stand->open[0];

    enum stand_state state;

    drop(stand, 0);
    stand->stage->current = stand;
    virtual_swap_turns(stand->virtual, stand->stage->turns);
    decision_take(stand->stage->deciders, &decision, option, stand->virtual);
    state = go_on(stand);
    virtual_swap_turns(stand->virtual, stand->stage->turns);
    return state;
}

/* --- telling stands apart --- */

/* What is not decided yet about a node, by its place in the line. */
static void put_open(void *context, uint32_t node, struct text *text)
{
    const struct stand *stand = context;

    for (size_t i = 0; node && i < stand->open_count; i++)
        if (stand->open[i].frame == node)
            text_printf(text, "?%zu", i);
}

struct hash128 stand_digest(const struct stand *stand, struct text *scratch)
{
    int64_t now_us = virtual_now_us(stand->virtual);

    text_clear(scratch);
    virtual_digest(stand->virtual, stand->stage->uses, put_open, (void *)stand, scratch);
    for (size_t i = 0; i < stand->open_count; i++)
        if (!stand->open[i].frame)
            text_printf(scratch, "%zu %d %s\n", i, (int)stand->open[i].type, stand->open[i].name);
    watch_digest(stand->watch, now_us, scratch);
    promises_digest(stand->promises, now_us, scratch);
    return hash128_of(text_str(scratch), scratch->len);
}
