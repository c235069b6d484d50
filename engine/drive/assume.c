#include "drive/assume.h"
#include "base/duration.h"
#include "base/mem.h"
#include "core/kinds.h"
#include "core/reach.h"
#include "drive/answers.h"
#include "drive/birth.h"
#include "drive/secrets.h"
#include "drive/shape.h"

#include <stdio.h>
#include <string.h>

enum {
    TAKES_US = 1000 * 1000,
    INPUTS_MAX = 200 * 1000, /* more than two days of looking every second */
};

static const char *const nonce = "simulation";
static const char *const somebody = "somebody";

/* One simulation under way. */
struct assumed {
    const struct program *program;
    const struct assumptions *assumptions;
    struct virtual *virtual;
    struct secrets secrets;
    struct foretold *foretold;
    struct arena arena;
    void (*on_event)(void *context, const struct event *event);
    void *context;
    const struct step *last; /* that succeeded, and what it left: a step that polls does little else */
    json_t *last_result;
    int last_exit_code;
};

/* --- how an effect ends --- */

static int64_t takes_us(const struct assumed *assumed, const char *id)
{
    const char *text = value_get_string(assumed->assumptions->takes, id);
    int64_t ms;

    if (!text || duration_parse(text, &ms, NULL) < 0)
        return TAKES_US;
    return ms * 1000;
}

static void keep_last(struct assumed *assumed, const struct step *step, const struct outcome *outcome)
{
    if (outcome->class_ != FAIL_NONE)
        return;
    json_decref(assumed->last_result);
    assumed->last = step;
    assumed->last_result = json_incref(outcome->result);
    assumed->last_exit_code = outcome->exit_code;
}

/* "fail", "timeout", or NULL: what is assumed of this attempt, else of every one. */
static const char *fate_of(const struct assumed *assumed, const char *name, int attempt)
{
    const json_t *fates = assumed->assumptions->fates;
    char key[ASSUME_NAME_SIZE];
    const char *fate;

    if (json_object_size(fates) == 0)
        return NULL;
    snprintf(key, sizeof(key), "%s#%d", name, attempt > 0 ? attempt : 1);
    fate = value_get_string(fates, key);
    return fate ? fate : value_get_string(fates, name);
}

static int64_t end_message(
    const struct assumed *assumed, const struct effect *effect, struct outcome *outcome)
{
    const char *channel = value_get_string(effect->args, "channel"), *fate;
    char name[ASSUME_NAME_SIZE];

    snprintf(name, sizeof(name), ASSUME_NOTIFY "%s", channel ? channel : "");
    fate = value_get_string(assumed->assumptions->fates, name);
    if (fate && strcmp(fate, "timeout") == 0)
        return VIRTUAL_NEVER;
    if (fate)
        *outcome =
            (struct outcome){.class_ = FAIL_EXIT, .exit_code = 1, .message = mem_strdup("assumed to fail")};
    return TAKES_US;
}

static void assume_end(
    struct assumed *assumed, const struct effect *effect, bool fails, struct outcome *outcome)
{
    const struct step *step = effect->step;
    const char *printed = value_get_string(assumed->assumptions->prints, step->id);
    struct answer answer = {.stdout_ = printed, .body = printed};

    if (!fails && step == assumed->last) {
        *outcome = (struct outcome){
            .exit_code = assumed->last_exit_code, .result = json_incref(assumed->last_result)};
        return;
    }
    if (fails) {
        answer.ends = ANSWER_FAIL;
        answer.message = "assumed to fail";
    }
    shape_end(effect, &answer, outcome);
    keep_last(assumed, step, outcome);
}

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    struct assumed *assumed = context;
    const char *fate;

    if (effect->type == EFFECT_NOTIFY || !effect->step)
        return end_message(assumed, effect, outcome);
    fate = fate_of(assumed, effect->step->id, effect->attempt);
    if (fate && strcmp(fate, "timeout") == 0)
        return VIRTUAL_NEVER;
    if (!fate && shape_evaluate(virtual_run(assumed->virtual), assumed->program->script, effect, outcome))
        return 0;
    assume_end(assumed, effect, fate != NULL, outcome);
    return takes_us(assumed, effect->step->id);
}

/* --- what people do --- */

static const char *user_of(const struct target *target)
{
    return target->contact->user.len ? target->contact->user.items[0] : target->name;
}

/* The users who may answer, as far as `count`; somebody, where the question names nobody. */
static size_t choose_people(
    struct assumed *assumed, const struct step *step, int64_t at_us, size_t count, const char **ret_users)
{
    const struct ask_args *args = step->args;
    struct targets targets = {0};
    size_t chosen = 0;

    for (size_t i = 0; args->by.len == 0 && i < count; i++)
        ret_users[chosen++] = i == 0 ? somebody : arena_printf(&assumed->arena, "%s-%zu", somebody, i + 1);
    reach_expand(&step->document->people, &args->by, assumed->assumptions->wall_us + at_us, &targets);
    for (size_t i = 0; i < targets.len && chosen < count; i++)
        if (targets.items[i].contact &&
            !(args->not_by_initiator &&
                strcmp(user_of(&targets.items[i]), assumed->assumptions->initiator.user) == 0))
            ret_users[chosen++] = user_of(&targets.items[i]);
    free(targets.items);
    return chosen;
}

static void answer_question(struct assumed *assumed, const struct effect *effect)
{
    const struct assumptions *assumptions = assumed->assumptions;
    json_t *data autovalue = answer_for(effect, assumptions->answers, assumptions->yes);
    json_int_t wanted = json_integer_value(json_object_get(effect->args, "count"));
    size_t count = wanted > 1 ? (size_t)wanted : 1;
    const char **users autofree = data ? mem_alloc(count * sizeof(*users)) : NULL;
    int64_t at_us = virtual_now_us(assumed->virtual) + takes_us(assumed, effect->step->id);

    if (!data)
        return;
    count = choose_people(assumed, effect->step, at_us, count, users);
    for (size_t i = 0; i < count; i++)
        virtual_later(assumed->virtual, at_us,
            &(struct input){.type = INPUT_ANSWER,
                .path = effect->path,
                .data = data,
                .by = {users[i], "", "simulation"}});
}

static void on_effect(void *context, const struct effect *effect)
{
    if (effect->type == EFFECT_ASK)
        answer_question(context, effect);
}

static void acknowledge_later(struct assumed *assumed, const struct event *event)
{
    int64_t ack_ms = assumed->assumptions->ack_ms;

    if (ack_ms)
        virtual_later(assumed->virtual, event->mono_us + ack_ms * 1000,
            &(struct input){.type = INPUT_ACK, .name = event->path + 1, .by = {somebody, "", "simulation"}});
}

static void send_signals(struct assumed *assumed)
{
    json_t *signal;
    size_t i;

    json_array_foreach(assumed->assumptions->signals, i, signal)
        virtual_later(assumed->virtual, json_integer_value(json_object_get(signal, "at_ms")) * 1000,
            &(struct input){.type = INPUT_SIGNAL,
                .name = value_get_string(signal, "name"),
                .data = json_object_get(signal, "data"),
                .by = {somebody, "", "simulation"}});
}

/* --- what is told --- */

static void note_unknown(struct assumed *assumed, const struct event *event)
{
    const char *message = event->data ? value_get_string(event->data, "message") : NULL;

    if (event->class_ == FAIL_EXPRESSION)
        json_array_append_new(assumed->foretold->unknown,
            json_pack("{s:s, s:s}", "path", event->path, "message", message ? message : ""));
}

static void tell(struct assumed *assumed, const struct event *event)
{
    json_t *veiled autovalue = NULL;
    struct event shown;

    if (secrets_any(&assumed->secrets)) {
        shown = *event;
        veiled = secrets_veil(&assumed->secrets, event->data);
        shown.data = veiled;
        event = &shown;
    }
    if (event->type == EVENT_STEP_FINISHED)
        note_unknown(assumed, event);
    else if (event->type == EVENT_ESCALATION_STARTED)
        acknowledge_later(assumed, event);
    assumed->on_event(assumed->context, event);
}

static void on_turn(void *context, const struct turn *turn, const struct input *input)
{
    (void)input;
    for (size_t i = 0; i < turn->event_count; i++)
        tell(context, &turn->events[i]);
}

/* That there is nothing to acknowledge any more is as it should be. */
static void on_refused(void *context, const struct input *input, const struct err *why)
{
    struct assumed *assumed = context;

    if (input->type == INPUT_ANSWER)
        json_array_append_new(assumed->foretold->refused, json_string(why->text));
}

/* --- the whole --- */

static json_t *start_data(const struct program *program, const struct assumptions *assumptions)
{
    return json_pack("{s:O, s:o, s:i, s:s}", "params", assumptions->params, "run",
        birth_run(
            program->book->documents[0], ASSUME_RUN_ID, assumptions->wall_us, assumptions->initiator.user),
        "seed", 1, "nonce", nonce);
}

struct foretold assume_play(const struct program *program, const struct assumptions *assumptions,
    void (*on_event)(void *context, const struct event *event), void *context)
{
    struct foretold foretold = {.unknown = json_array(), .refused = json_array()};
    struct assumed assumed = {.program = program,
        .assumptions = assumptions,
        .foretold = &foretold,
        .on_event = on_event,
        .context = context};
    json_t *start autovalue = start_data(program, assumptions);

    secrets_init(&assumed.secrets, NULL, program->book, nonce);
    secrets_hide_params(&assumed.secrets, assumptions->params);
    assumed.virtual = virtual_new(&(struct virtual_options){.book = program->book,
        .script = program->script,
        .wall_us = assumptions->wall_us,
        .limit = INPUTS_MAX,
        .world = {answer, on_turn, on_effect, on_refused, &assumed}});
    send_signals(&assumed);
    foretold.end = virtual_play(assumed.virtual, start, assumptions->initiator);
    foretold.status = core_status(virtual_run(assumed.virtual));
    foretold.now_us = virtual_now_us(assumed.virtual);
    foretold.waiting = virtual_waiting(assumed.virtual);
    virtual_free(assumed.virtual);
    json_decref(assumed.last_result);
    secrets_fini(&assumed.secrets);
    arena_fini(&assumed.arena);
    return foretold;
}

void foretold_fini(struct foretold *foretold)
{
    json_decref(foretold->waiting);
    json_decref(foretold->unknown);
    json_decref(foretold->refused);
    *foretold = (struct foretold){0};
}
