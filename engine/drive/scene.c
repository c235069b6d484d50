#include "drive/scene.h"
#include "base/duration.h"
#include "base/mem.h"
#include "drive/birth.h"
#include "drive/invariant.h"
#include "drive/mock.h"
#include "drive/shape.h"

#include <string.h>

enum {
    TAKES_MS = 1000,
    INPUTS_MAX = 200 * 1000, /* more than two days of looking every second */
};

/* A run in virtual time has no journal in which its id could be looked up; its nonce need not be secret. */
static const char *const run_id = "test";

enum fate { FATE_COMING, FATE_TAKEN, FATE_REFUSED };

struct scene {
    const struct program *program;
    const struct scenario *scenario;
    struct diags *problems;
    size_t *uses;                /* of each mock */
    enum fate *people, *signals; /* what has become of each */
    struct path_forms forms;
    struct map unmocked; /* paths that were told already */
    size_t default_uses;
    void (*on_event)(void *context, const struct event *event);
    void *context;
    struct virtual *virtual;
    struct watch *watch; /* NULL: the runbook has no invariants */
};

struct scene *scene_new(
    const struct program *program, const struct scenario *scenario, struct diags *problems)
{
    struct scene *scene = mem_alloc(sizeof(*scene));

    *scene = (struct scene){.program = program, .scenario = scenario, .problems = problems};
    scene->uses = mem_alloc((scenario->mocks.len + 1) * sizeof(*scene->uses));
    scene->people = mem_alloc((scenario->people.len + 1) * sizeof(*scene->people));
    scene->signals = mem_alloc((scenario->signals.len + 1) * sizeof(*scene->signals));
    return scene;
}

void scene_free(struct scene *scene)
{
    if (!scene)
        return;
    free(scene->uses);
    free(scene->people);
    free(scene->signals);
    path_forms_fini(&scene->forms);
    map_fini(&scene->unmocked);
    free(scene);
}

/* --- which mock answers --- */

static bool fits(struct scene *scene, const struct mock *mock, const struct effect *effect)
{
    const char *channel;

    if (mock->is_notify != (effect->type == EFFECT_NOTIFY))
        return false;
    if (!mock->is_notify)
        return path_fits(&mock->pattern, &scene->forms);
    channel = value_get_string(effect->args, "channel");
    return channel && glob_fits(mock->pattern.text, channel);
}

static const struct answer *choose(struct scene *scene, const struct effect *effect)
{
    const struct items *mocks = &scene->scenario->mocks;
    const struct answer *answer;

    if (effect->type != EFFECT_NOTIFY)
        path_forms_set(&scene->forms, effect->path);
    for (size_t i = 0; i < mocks->len; i++)
        if (fits(scene, mocks->items[i], effect) &&
            (answer = mock_take(mocks->items[i], &scene->uses[i], effect->args)))
            return answer;
    return NULL;
}

/* --- how it ends --- */

static int64_t takes_us(const struct answer *answer)
{
    if (answer->takes.given)
        return answer->takes.value * 1000;
    return answer->ends == FAIL_TIMEOUT ? VIRTUAL_NEVER : (int64_t)TAKES_MS * 1000;
}

int64_t answer_end(const struct answer *answer, const struct effect *effect, struct outcome *outcome)
{
    shape_end(effect, answer, outcome);
    return takes_us(answer);
}

static void tell_unmocked(struct scene *scene, const struct effect *effect)
{
    const char *path = text_str(&scene->forms.bare);
    struct diag *diag;

    if (map_get(&scene->unmocked, path))
        return;
    map_put(&scene->unmocked, path, scene);
    diag = diag_error(scene->problems, scene->scenario->pos, "no-mock", "nothing answers step \"%s\" (%s)",
        path, effect->step->kind->name);
    diag_hint(scene->problems, diag, "add it to mocks, as \"%s: ok\", or say default_mock: ok", path);
}

int64_t scene_answer(
    struct scene *scene, struct run *run, const struct effect *effect, struct outcome *outcome)
{
    static const struct answer ok = {0};
    const struct answer *answer = choose(scene, effect);

    if (effect->type == EFFECT_NOTIFY)
        return answer_end(answer ? answer : &ok, effect, outcome);
    if (!answer && run && shape_evaluate(run, scene->program->script, effect, outcome))
        return 0;
    if (!answer && scene->scenario->default_mock)
        answer = mock_take(scene->scenario->default_mock, &scene->default_uses, effect->args);
    if (!answer) {
        tell_unmocked(scene, effect);
        answer = &ok;
    }
    return answer_end(answer, effect, outcome);
}

/* --- what comes by itself --- */

static const enum input_type inputs[] = {
    [PERSON_ACK] = INPUT_ACK,
    [PERSON_RESOLVE] = INPUT_RESOLVE,
    [PERSON_ESCALATE] = INPUT_PRESS,
    [PERSON_SNOOZE] = INPUT_SNOOZE,
    [PERSON_APPROVE] = INPUT_ANSWER,
    [PERSON_DENY] = INPUT_ANSWER,
    [PERSON_DONE] = INPUT_ANSWER,
    [PERSON_CHECK] = INPUT_ANSWER,
    [PERSON_FAIL] = INPUT_ANSWER,
    [PERSON_ANSWER] = INPUT_ANSWER,
    [PERSON_CANCEL] = INPUT_CANCEL,
    [PERSON_KILL] = INPUT_KILL,
    [PERSON_NOTE] = INPUT_NOTE,
};

static const char *const decisions[] = {[PERSON_APPROVE] = "approve",
    [PERSON_DENY] = "deny",
    [PERSON_DONE] = "done",
    [PERSON_CHECK] = "check",
    [PERSON_FAIL] = "fail",
    [PERSON_ANSWER] = "answer"};

/* A contact is known to the run by the first of its users. */
static const char *user_of(const struct scene *scene, const char *name)
{
    const struct items *contacts = &scene->program->book->documents[0]->people.contacts;

    for (size_t i = 0; name && i < contacts->len; i++) {
        const struct contact *contact = contacts->items[i];

        if (strcmp(contacts->names[i], name) == 0 && contact->user.len)
            return contact->user.items[0];
    }
    return name ? name : scene->scenario->initiator;
}

static json_t *answer_data(const struct person *person)
{
    return json_pack("{s:s, s:O*, s:s*, s:O*}", "decision", decisions[person->does], "fields", person->with,
        "note", person->acts[PERSON_NOTE], "checklist", person->checklist);
}

static bool is_of_escalation(const struct person *person)
{
    return person->does <= PERSON_SNOOZE;
}

/* What a person says besides; NULL: nothing. */
static json_t *escalation_data(const struct person *person)
{
    char text[DURATION_TEXT_SIZE];
    const char *note = person->acts[PERSON_NOTE];
    int64_t for_ms = person->for_.given ? person->for_.value : 3600000;

    if (person->does == PERSON_SNOOZE)
        return json_pack("{s:s, s:s*}", "for", duration_exact(for_ms, text), "note", note);
    return note ? json_pack("{s:s}", "note", note) : NULL;
}

struct input scene_input(const struct scene *scene, const struct person *person)
{
    const char *act = person->acts[person->does];
    struct input input = {.type = inputs[person->does], .by = {user_of(scene, person->by), "test", "test"}};

    if (input.type == INPUT_ANSWER) {
        input.path = act;
        input.data = answer_data(person);
    } else if (is_of_escalation(person)) {
        input.by.user = user_of(scene, act);
        input.name = person->of ? person->of : "";
        input.data = escalation_data(person);
    } else {
        input.name = act;
    }
    return input;
}

static void plan(struct scene *scene, struct virtual *virtual)
{
    const struct scenario *scenario = scene->scenario;

    for (size_t i = 0; i < scenario->people.len; i++) {
        const struct person *person = scenario->people.items[i];
        struct input input = scene_input(scene, person);

        virtual_later(virtual, person->at.value * 1000, &input);
        json_decref(input.data);
    }
    for (size_t i = 0; i < scenario->signals.len; i++) {
        const struct sent_signal *signal = scenario->signals.items[i];

        virtual_later(virtual, signal->at.value * 1000,
            &(struct input){.type = INPUT_SIGNAL,
                .name = signal->name,
                .data = signal->data,
                .by = {user_of(scene, signal->by), "test", "test"}});
    }
}

/* Inputs that are due at the same time come in the order of the file. */
static bool is_from(const struct input *input, const struct person *person, int64_t now_us)
{
    const char *text = input->type == INPUT_ANSWER ? input->path : input->name;
    const char *act = is_of_escalation(person) ? (person->of ? person->of : "") : person->acts[person->does];

    return inputs[person->does] == input->type && person->at.value * 1000 <= now_us && text &&
           strcmp(text, act) == 0;
}

static const struct pos *mark(struct scene *scene, const struct input *input, int64_t now_us, enum fate fate)
{
    const struct scenario *scenario = scene->scenario;

    for (size_t i = 0; i < scenario->people.len; i++) {
        const struct person *person = scenario->people.items[i];

        if (scene->people[i] == FATE_COMING && is_from(input, person, now_us)) {
            scene->people[i] = fate;
            return &person->pos;
        }
    }
    for (size_t i = 0; input->type == INPUT_SIGNAL && i < scenario->signals.len; i++) {
        const struct sent_signal *signal = scenario->signals.items[i];

        if (scene->signals[i] == FATE_COMING && strcmp(signal->name, input->name) == 0) {
            scene->signals[i] = fate;
            return &signal->pos;
        }
    }
    return NULL;
}

static void hear(struct scene *scene, const struct input *input, const struct err *why)
{
    const struct pos *pos;

    if (input->type == INPUT_START || input->type == INPUT_RESULT || input->type == INPUT_TIMER)
        return;
    pos = mark(scene, input, virtual_now_us(scene->virtual), why ? FATE_REFUSED : FATE_TAKEN);
    if (why)
        diag_error(scene->problems, pos ? *pos : scene->scenario->pos, "refused", "refused: %s", why->text);
}

static void tell_late(struct scene *scene, const struct pos *pos)
{
    diag_hint(scene->problems,
        diag_error(scene->problems, *pos, "too-late", "the run had ended before this could happen"),
        "let it happen earlier, or leave it out");
}

static void tell_left_over(struct scene *scene)
{
    const struct scenario *scenario = scene->scenario;

    for (size_t i = 0; i < scenario->people.len; i++)
        if (scene->people[i] == FATE_COMING)
            tell_late(scene, &((const struct person *)scenario->people.items[i])->pos);
    for (size_t i = 0; i < scenario->signals.len; i++)
        if (scene->signals[i] == FATE_COMING)
            tell_late(scene, &((const struct sent_signal *)scenario->signals.items[i])->pos);
    for (size_t i = 0; i < scenario->mocks.len; i++)
        if (!scene->uses[i])
            diag_hint(scene->problems,
                diag_error(scene->problems, scenario->mocks.pos[i], "unused-mock",
                    "nothing used the mock \"%s\"", scenario->mocks.names[i]),
                "the step was not reached, an earlier mock answered it, or its arguments are others: see the "
                "timeline, or leave it out");
}

/* --- the whole --- */

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    struct scene *scene = context;

    return scene_answer(scene, virtual_run(scene->virtual), effect, outcome);
}

static void on_turn(void *context, const struct turn *turn, const struct input *input)
{
    struct scene *scene = context;

    if (input)
        hear(scene, input, NULL);
    for (size_t i = 0; i < turn->event_count; i++)
        scene->on_event(scene->context, &turn->events[i]);
    watch_turn(scene->watch, virtual_run(scene->virtual), turn);
}

static void on_refused(void *context, const struct input *input, const struct err *why)
{
    struct scene *scene = context;

    hear(scene, input, why);
}

static json_t *strings_json(const struct strings *strings)
{
    json_t *list = strings->len ? json_array() : NULL;

    for (size_t i = 0; i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

/* NULL: none. */
static json_t *mocked_calls(const struct items *mocks)
{
    json_t *list = NULL;

    for (size_t i = 0; i < mocks->len; i++) {
        const struct mock *mock = mocks->items[i];

        if (!mock->is_call)
            continue;
        list = list ? list : json_array();
        json_array_append_new(list, json_string(mock->name));
    }
    return list;
}

static json_t *start_data(const struct scene *scene, json_t *params)
{
    const struct scenario *scenario = scene->scenario;

    return json_pack("{s:O, s:o, s:i, s:s, s:O*, s:o*, s:o*, s:s*, s:o*}", "params", params, "run",
        birth_run(scene->program->book->documents[0], run_id, scenario->wall_us, scenario->initiator), "seed",
        1, "nonce", run_id, "event", scenario->event, "tags", strings_json(&scenario->tags), "skip_tags",
        strings_json(&scenario->skip_tags), "from", scenario->from, "mocked", mocked_calls(&scenario->mocks));
}

static json_t *check_params(struct scene *scene)
{
    struct diags diags = {0};
    json_t *params =
        params_check(&scene->program->book->documents[0]->params, scene->scenario->params, false, &diags);

    for (size_t i = 0; i < diags.len; i++) {
        struct diag *diag =
            diag_error(scene->problems, scene->scenario->pos, "param", "params: %s", diags.items[i].text);

        if (diags.items[i].hint)
            diag_hint(scene->problems, diag, "%s", diags.items[i].hint);
    }
    diags_fini(&diags);
    return params;
}

static void tell_breaches(struct scene *scene)
{
    for (size_t i = 0; i < watch_count(scene->watch); i++) {
        const struct breach *breach = watch_breach(scene->watch, i);
        struct text name autotext = {0};
        char at[DURATION_TEXT_SIZE];

        invariant_put_name(breach->invariant, &name);
        diag_error(scene->problems, breach->invariant->pos, "invariant",
            "the invariant %s was broken at +%s: %s", text_str(&name),
            duration_exact(breach->at_us / 1000, at), breach->why);
    }
}

int scene_play(struct scene *scene, void (*on_event)(void *context, const struct event *event), void *context,
    struct scene_outcome *ret_outcome)
{
    const struct scenario *scenario = scene->scenario;
    json_t *params autovalue = check_params(scene), *start autovalue = NULL;

    *ret_outcome = (struct scene_outcome){0};
    if (!params)
        return -1;
    start = start_data(scene, params);
    scene->on_event = on_event;
    scene->context = context;
    scene->virtual = virtual_new(&(struct virtual_options){.book = scene->program->book,
        .script = scene->program->script,
        .wall_us = scenario->wall_us,
        .limit = INPUTS_MAX,
        .world = {answer, on_turn, NULL, on_refused, scene}});
    scene->watch = watch_new(scene->program->book, scene->program->script);
    plan(scene, scene->virtual);
    ret_outcome->end =
        virtual_play(scene->virtual, start, (struct principal){scenario->initiator, "test", "test"});
    ret_outcome->now_us = virtual_now_us(scene->virtual);
    if (ret_outcome->end != VIRTUAL_FINISHED)
        ret_outcome->waiting = virtual_waiting(scene->virtual);
    watch_end(scene->watch, virtual_run(scene->virtual));
    tell_breaches(scene);
    tell_left_over(scene);
    watch_free(scene->watch);
    virtual_free(scene->virtual);
    scene->virtual = NULL;
    return 0;
}

void scene_outcome_fini(struct scene_outcome *outcome)
{
    json_decref(outcome->waiting);
    *outcome = (struct scene_outcome){0};
}
