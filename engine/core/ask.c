/* ask: manual, approve, input: a person decides. The frame waits in `body` until enough people have answered,
 * or the question's time is over. */
#include "core/digest.h"
#include "core/asked.h"
#include "core/checklist.h"
#include "core/escalation.h"
#include "core/notice.h"
#include "core/ops.h"
#include "core/reach.h"
#include "core/stepping.h"

#include "base/duration.h"

#include <string.h>

struct ask {
    json_t *users; /* who has approved so far */
    int64_t count; /* how many must */
    bool has_escalated;
    json_t *ticked;              /* of a checklist: a boolean per point */
    int64_t remind_ms, reminded; /* how often, and how many times so far */
};

/* A question that nobody has answered after so many reminders is not forgotten, it is left. */
enum { REMINDERS_MAX = 48 };

/* What may be said to which kind. */
static const struct {
    const char *kind, *decision;
    bool is_yes;
} decisions[] = {
    {"manual", "done", true},
    {"manual", "fail", false},
    {"manual", "deny", false},
    {"manual", "check", true},
    {"approve", "approve", true},
    {"approve", "deny", false},
    {"input", "answer", true},
};

/* 1: yes; 0: no; -1: not an answer to this question. */
static int read_decision(const struct frame *frame, const char *decision)
{
    for (size_t i = 0; decision && i < sizeof(decisions) / sizeof(decisions[0]); i++)
        if (strcmp(decisions[i].kind, frame->step->kind->name) == 0 &&
            strcmp(decisions[i].decision, decision) == 0)
            return decisions[i].is_yes;
    return -1;
}

static const struct ask_args *args_of(const struct frame *frame)
{
    return frame->step->args;
}

/* --- opening --- */

static void put_strings(json_t *map, const char *name, const struct strings *strings)
{
    json_t *list;

    if (!strings->len)
        return;
    list = json_array();
    for (size_t i = 0; i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    json_object_set_new(map, name, list);
}

static const char *const type_names[] = {
    "string", "integer", "number", "boolean", "duration", "enum", "list", "map"};

static void put_fields(json_t *map, const struct items *fields)
{
    json_t *form;

    if (!fields->len)
        return;
    form = json_object();
    for (size_t i = 0; i < fields->len; i++) {
        const struct param *param = fields->items[i];

        json_object_set_new(form, fields->names[i],
            json_pack("{s:s, s:O*, s:O*, s:s*, s:b}", "type", type_names[param->type], "default",
                param->fallback, "enum", param->choices, "description", param->description, "secret",
                param->secret));
    }
    json_object_set_new(map, "fields", form);
}

static int describe_question(struct run *run, struct frame *frame, json_t **ret_args)
{
    const struct ask_args *args = args_of(frame);
    char *message autofree = NULL;
    json_t *checklist autovalue = NULL, *map;

    if (scope_text(run, frame, args->message, &message) < 0)
        return -1;
    if (args->checklist && scope_resolve(run, frame, args->checklist, &checklist) < 0)
        return -1;
    map = json_pack("{s:s, s:s}", "kind", frame->step->kind->name, "message", message);
    if (checklist)
        json_object_set(map, "checklist", checklist);
    if (args->evidence == EVIDENCE_REQUIRED)
        json_object_set_new(map, "evidence", json_string("required"));
    put_strings(map, "by", &args->by);
    put_fields(map, &args->fields);
    *ret_args = map;
    return 0;
}

static void escalate(struct run *run, struct frame *frame)
{
    const struct document *document = frame->document;
    const char *policy = args_of(frame)->escalate;
    char *text autofree = NULL;
    struct ask *ask = frame->data;
    struct escalation_order order = {.document = document, .name = frame_path(run, frame)};

    order.policy = policy ? policy : document->escalation ? document->escalation->policy : "";
    if (scope_text(run, frame, args_of(frame)->message, &text) < 0)
        failure_clear(&frame->failure);
    order.text = text;
    ask->has_escalated = escalation_start(run, &order);
}

static void open_question(struct run *run, struct frame *frame, json_t *args, int64_t timeout_ms)
{
    struct ask *ask = frame->data;
    struct event *event;
    struct effect *effect;

    if (ask->count > 1)
        json_object_set_new(args, "count", json_integer(ask->count));
    event = turn_event(run, EVENT_ASK_OPENED, frame_path(run, frame));
    event->due_us = args_of(frame)->timeout.given ? run->mono_us + timeout_ms * 1000 : -1;
    turn_data(run, event, json_incref(args));
    effect = turn_effect(run, EFFECT_ASK, &frame->node);
    effect->step = frame->step;
    effect->attempt = frame->attempt;
    effect->args = args;
    ask->ticked = checklist_new(json_object_get(args, "checklist"));
    if (ask->remind_ms)
        timer_set(run, &frame->node, TIMER_REMIND, ask->remind_ms);
    if (args_of(frame)->timeout.given)
        timer_set(run, &frame->node, TIMER_ASK, timeout_ms);
    else if (args_of(frame)->escalate)
        escalate(run, frame);
}

static void ask_begin(struct run *run, struct frame *frame)
{
    const struct ask_args *args = args_of(frame);
    struct ask *ask = frame->data;
    json_t *question;
    int64_t timeout_ms;

    if (!ask)
        frame->data = ask = mem_alloc(sizeof(*ask));
    json_decref(ask->users);
    json_decref(ask->ticked);
    *ask = (struct ask){.users = json_array()};
    if (scope_duration(run, frame, &args->timeout, 0, &timeout_ms) < 0 ||
        scope_duration(run, frame, &args->remind, 0, &ask->remind_ms) < 0 ||
        scope_count(run, frame, "count", &args->count, 1, &ask->count) < 0 ||
        describe_question(run, frame, &question) < 0)
        frame_body_ended(run, frame);
    else
        open_question(run, frame, question, timeout_ms);
}

/* --- answering --- */

bool ask_is_open(const struct frame *frame)
{
    return (frame->ops == &ask_ops && frame->state == FRAME_BODY) || frame->state == FRAME_LOST ||
           frame->is_asked;
}

static int check_fields(const struct items *fields, const json_t *given, json_t **ret_fields, struct err *err)
{
    struct diags diags = {0};
    struct text text autotext = {0};
    json_t *checked = fields_check(fields, given, &diags);

    for (size_t i = 0; i < diags.len; i++)
        text_printf(&text, "%s%s%s%s%s", i ? "; " : "", diags.items[i].text, diags.items[i].hint ? " (" : "",
            diags.items[i].hint ? diags.items[i].hint : "", diags.items[i].hint ? ")" : "");
    if (!checked)
        err_set(err, ERR_INVALID, "%s", text_str(&text));
    diags_fini(&diags);
    *ret_fields = checked;
    return checked ? 0 : ERR_INVALID;
}

/* Until enough have agreed, whoever has may still deny: the last word counts. */
static int check_person(struct run *run, struct frame *frame, const char *user, bool is_yes, struct err *err)
{
    const struct ask_args *args = args_of(frame);
    const struct ask *ask = frame->data;

    if (!reach_includes(&frame->document->people, &args->by, run->wall_us, user))
        return asked_refuse(run, frame, user, err);
    if (args->not_by_initiator && strcmp(run->initiator.user, user) == 0)
        return err_set(err, ERR_DENIED, "%s started the run and may not approve %s", user, frame->step->id);
    if (is_yes && strcmp(frame->step->kind->name, "approve") == 0 && asked_has_said(ask->users, user))
        return err_set(err, ERR_USAGE, "%s has approved %s already", user, frame->step->id);
    return 0;
}

/* --- a checklist --- */

static bool is_check(const json_t *data)
{
    const char *decision = value_get_string(data, "decision");

    return decision && strcmp(decision, "check") == 0;
}

int ask_check(struct run *run, struct frame *frame, const struct input *input, struct err *err)
{
    const struct ask_args *args = args_of(frame);
    const char *decision = value_get_string(input->data, "decision"),
               *note = value_get_string(input->data, "note");
    json_t *fields autovalue = NULL;
    int verdict = read_decision(frame, decision);
    int rc;

    if (frame->state == FRAME_LOST)
        return lost_check(frame, input, err);
    if (frame->is_asked)
        return stepping_check(frame, input, err);
    if (verdict < 0)
        return err_set(err, ERR_USAGE, "'%s' is no answer to %s, which is a step of kind %s",
            decision ? decision : "", frame->step->id, frame->step->kind->name);
    rc = check_person(run, frame, input->by.user, verdict, err);
    if (rc < 0)
        return rc;
    if (is_check(input->data))
        return checklist_check(((struct ask *)frame->data)->ticked, frame->step->id, input->data, err);
    if (verdict && args->evidence == EVIDENCE_REQUIRED && (!note || !*note))
        return err_set(err, ERR_USAGE, "%s asks for a note as evidence; add --note TEXT", frame->step->id);
    if (verdict && args->fields.len)
        return check_fields(&args->fields, json_object_get(input->data, "fields"), &fields, err);
    return 0;
}

static void put(json_t *map, const char *name, json_t *value)
{
    if (value)
        json_object_set(map, name, value);
}

/* What `steps.x.answer` shows: the fields of a form; else what was decided. */
static json_t *answer_of(const struct frame *frame, const json_t *data, bool is_yes)
{
    const struct ask_args *args = args_of(frame);
    json_t *answer = NULL;

    if (is_yes && args->fields.len) {
        check_fields(&args->fields, json_object_get(data, "fields"), &answer, NULL);
        return answer;
    }
    answer = json_pack("{s:s, s:b}", "decision", value_get_string(data, "decision"), "approved", is_yes);
    put(answer, "note", json_object_get(data, "note"));
    put(answer, "checklist",
        json_object_get(data, "checklist") ? json_object_get(data, "checklist")
                                           : checklist_ticked(((struct ask *)frame->data)->ticked));
    return answer;
}

/* The question is not open any more. */
static void close_question(struct run *run, struct frame *frame)
{
    struct ask *ask = frame->data;

    timer_clear(run, &frame->node, TIMER_ASK);
    timer_clear(run, &frame->node, TIMER_REMIND);
    turn_effect(run, EFFECT_ASK_CLOSE, &frame->node);
    if (ask->reminded)
        notice_stop_question(run, frame_path(run, frame));
    if (ask->has_escalated)
        escalation_resolve(run, frame_path(run, frame), frame_path(run, frame), NULL);
    ask->has_escalated = false;
}

static void settle(struct run *run, struct frame *frame, json_t *answer, const char *user)
{
    struct result *result = frame->result;

    json_decref(result->answer);
    json_decref(result->by);
    result->answer = answer;
    result->by = user ? json_string(user) : NULL;
    close_question(run, frame);
    frame_body_ended(run, frame);
}

/* The last point that is ticked makes the step done, unless evidence is still to be given. */
static void check(struct run *run, struct frame *frame, const struct input *input)
{
    struct ask *ask = frame->data;
    const char *note = value_get_string(input->data, "note");
    struct event *event = turn_event(run, EVENT_ASK_CHECKED, frame_path(run, frame));
    json_t *answer;

    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    if (!checklist_tick(ask->ticked, input->data))
        return;
    if (args_of(frame)->evidence == EVIDENCE_REQUIRED && (!note || !*note))
        return;
    answer = json_pack("{s:s, s:b, s:O}", "decision", "done", "approved", true, "checklist", ask->ticked);
    put(answer, "note", json_object_get(input->data, "note"));
    settle(run, frame, answer, input->by.user);
}

static void answer(struct run *run, struct frame *frame, const struct input *input)
{
    struct ask *ask = frame->data;
    bool is_yes = read_decision(frame, value_get_string(input->data, "decision")) == 1;
    struct event *event = turn_event(run, EVENT_ASK_ANSWERED, frame_path(run, frame));

    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    if (is_yes) {
        json_array_append_new(ask->users, json_string(input->by.user));
        if ((int64_t)json_array_size(ask->users) < ask->count)
            return;
    } else {
        const char *note = value_get_string(input->data, "note");

        failure_set(frame, FAIL_DENIED, "%s by %s%s%s",
            strcmp(value_get_string(input->data, "decision"), "fail") == 0 ? "not done" : "denied",
            input->by.user, note ? ": " : "", note ? note : "");
    }
    settle(run, frame, answer_of(frame, input->data, is_yes), input->by.user);
}

void ask_answer(struct run *run, struct frame *frame, const struct input *input)
{
    if (frame->state == FRAME_LOST)
        lost_answer(run, frame, input);
    else if (frame->is_asked)
        stepping_answer(run, frame, input);
    else if (is_check(input->data))
        check(run, frame, input);
    else
        answer(run, frame, input);
}

/* --- nobody answers --- */

static void give_up(struct run *run, struct frame *frame)
{
    failure_set(frame, FAIL_UNANSWERED, "nobody answered in time");
    close_question(run, frame);
    frame_body_ended(run, frame);
}

static void leave_out(struct run *run, struct frame *frame)
{
    frame->is_skipped = true;
    close_question(run, frame);
    frame_body_ended(run, frame);
}

static void approve(struct run *run, struct frame *frame)
{
    settle(run, frame, json_pack("{s:s, s:b}", "decision", "timeout", "approved", true), NULL);
}

static void deny(struct run *run, struct frame *frame)
{
    failure_set(frame, FAIL_DENIED, "nobody answered in time");
    settle(run, frame, json_pack("{s:s, s:b}", "decision", "timeout", "approved", false), NULL);
}

static void (*const on_timeouts[])(struct run *, struct frame *) = {
    [ON_TIMEOUT_FAIL] = give_up,
    [ON_TIMEOUT_SKIP] = leave_out,
    [ON_TIMEOUT_APPROVE] = approve,
    [ON_TIMEOUT_DENY] = deny,
    [ON_TIMEOUT_ESCALATE] = escalate,
};

static void remind(struct run *run, struct frame *frame)
{
    struct ask *ask = frame->data;

    if (++ask->reminded < REMINDERS_MAX)
        timer_set(run, &frame->node, TIMER_REMIND, ask->remind_ms);
    asked_remind(run, frame, ask->users, ask->reminded);
}

static void ask_timer(struct run *run, struct frame *frame, int purpose)
{
    const struct ask_args *args = args_of(frame);
    int what = args->escalate && args->on_timeout == ON_TIMEOUT_FAIL ? ON_TIMEOUT_ESCALATE : args->on_timeout;

    if (purpose == TIMER_REMIND) {
        remind(run, frame);
        return;
    }
    turn_event(run, EVENT_ASK_EXPIRED, frame_path(run, frame));
    on_timeouts[what](run, frame);
}

static void ask_stop(struct run *run, struct frame *frame, bool at_once)
{
    (void)at_once;
    if (frame->data)
        close_question(run, frame);
}

static void ask_fini(struct run *run, struct frame *frame)
{
    struct ask *ask = frame->data;

    (void)run;
    if (ask) {
        json_decref(ask->users);
        json_decref(ask->ticked);
    }
    free(ask);
}

static void *ask_copy(const void *data)
{
    const struct ask *ask = data;
    struct ask *copy = mem_alloc(sizeof(*copy));

    *copy = *ask;
    copy->users = json_copy(ask->users);
    copy->ticked = json_copy(ask->ticked);
    return copy;
}

static void ask_digest(const void *data, unsigned parts, struct text *text)
{
    const struct ask *ask = data;

    (void)parts;
    digest_value(text, ask->users);
    digest_number(text, ask->count);
    digest_number(text, ask->has_escalated);
    digest_value(text, ask->ticked);
    digest_number(text, ask->reminded);
}

const struct ops ask_ops = {.begin = ask_begin,
    .stop = ask_stop,
    .timer = ask_timer,
    .fini = ask_fini,
    .copy = ask_copy,
    .digest = ask_digest};
