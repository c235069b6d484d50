#include "drive/decision.h"
#include "base/duration.h"
#include "base/mem.h"
#include "core/kinds.h"
#include "core/reach.h"
#include "drive/scene.h"

#include <string.h>

enum { ANSWERS_MAX = 16, PEOPLE_MAX = 16 };

static const int64_t minute_us = 60 * 1000 * 1000;

/* The ways of one step at one place: answers to its effect, or to its question. */
struct ways {
    bool is_known;
    const struct answer **answers;
    json_t **data;
    size_t count, cap;
};

struct deciders {
    const struct program *program;
    const char *initiator;
    int64_t wall_us; /* of the start of the run */
    const struct scenario_file *file;
    struct map ways;  /* path, with attempts -> struct ways * */
    struct map texts; /* kept */
    struct arena arena;
};

/* What everything can do. */
static const struct answer ok = {0}, fails = {.ends = ANSWER_FAIL}, hangs = {.ends = FAIL_TIMEOUT};

struct deciders *deciders_new(
    const struct program *program, const char *initiator, int64_t wall_us, const struct scenario_file *file)
{
    struct deciders *deciders = mem_alloc(sizeof(*deciders));

    *deciders =
        (struct deciders){.program = program, .initiator = initiator, .wall_us = wall_us, .file = file};
    return deciders;
}

void deciders_free(struct deciders *deciders)
{
    if (!deciders)
        return;
    for (size_t i = 0; i < deciders->ways.len; i++) {
        struct ways *ways = deciders->ways.entries[i].value;

        for (size_t k = 0; k < ways->count; k++)
            json_decref(ways->data[k]);
        free(ways->answers);
        free(ways->data);
        free(ways);
    }
    map_fini(&deciders->ways);
    map_fini(&deciders->texts);
    arena_fini(&deciders->arena);
    free(deciders);
}

const char *deciders_keep(struct deciders *deciders, const char *text)
{
    char *kept = map_get(&deciders->texts, text);

    if (!kept) {
        kept = arena_strdup(&deciders->arena, text);
        map_put(&deciders->texts, text, kept);
    }
    return kept;
}

/* --- the ways of a step --- */

/* Takes `data`. */
static void add_way(struct ways *ways, const struct answer *answer, json_t *data)
{
    size_t cap = ways->cap;

    ways->answers = mem_grow(ways->answers, ways->count, &cap, sizeof(*ways->answers));
    ways->data = mem_grow(ways->data, ways->count, &ways->cap, sizeof(*ways->data));
    ways->answers[ways->count] = answer;
    ways->data[ways->count++] = data;
}

static bool holds(const struct block *block, const struct step *step)
{
    for (size_t i = 0; block && i < block->len; i++)
        if (block->steps[i] == step)
            return true;
    return false;
}

/* Only what is bounded can be said to hang: the rest is taken to end one day. What cleans up is bounded by
 * nothing around it, and a rescue not by the timeout of its block. */
static bool is_bounded(const struct step *step)
{
    const struct document *document = step->document;
    bool is_rescue = false;

    for (const struct step *outer = step; outer; outer = outer->parent) {
        if ((outer->timeout.given && !is_rescue) ||
            (outer->deadline.given && outer->on_deadline == ON_DEADLINE_FAIL))
            return true;
        if (!outer->parent)
            return document->deadline.given && !holds(document->always, outer);
        if (holds(outer->parent->always, outer) || holds(outer->parent->undo, outer))
            return false;
        is_rescue = holds(outer->parent->rescue, outer);
    }
    return false;
}

static bool same_number(const struct amount *a, const struct amount *b)
{
    return a->given == b->given && a->value == b->value;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_value(json_t *a, json_t *b)
{
    return a == b || (a && b && json_equal(a, b));
}

/* But for how long it takes. */
static bool same_answer(const struct answer *a, const struct answer *b)
{
    return a->ends == b->ends && same_number(&a->exit_code, &b->exit_code) &&
           same_number(&a->status_code, &b->status_code) && same_text(a->stdout_, b->stdout_) &&
           same_text(a->stderr_, b->stderr_) && same_text(a->body, b->body) &&
           same_value(a->headers, b->headers) && same_value(a->output, b->output) &&
           same_value(a->outputs, b->outputs);
}

static bool is_good(const struct answer *answer)
{
    return answer->ends == FAIL_NONE && answer->exit_code.value == 0 && answer->status_code.value < 400;
}

static bool is_among(const struct ways *ways, const struct answer *answer)
{
    for (size_t i = 0; i < ways->count; i++)
        if (same_answer(ways->answers[i], answer))
            return true;
    return false;
}

static void add_mock(struct ways *ways, const struct path_forms *forms, const struct mock *mock, bool good)
{
    if (mock->is_notify || !path_fits(&mock->pattern, forms))
        return;
    for (size_t i = 0; i < mock->answers.len; i++) {
        const struct answer *answer = mock->answers.items[i];

        if (is_good(answer) == good && !is_among(ways, answer))
            add_way(ways, answer, NULL);
    }
}

static void add_mocks(const struct deciders *deciders, struct ways *ways, const char *path, bool good)
{
    struct path_forms forms = {0};

    path_forms_set(&forms, path);
    for (size_t s = 0; deciders->file && s < deciders->file->scenarios.len; s++) {
        const struct scenario *scenario = deciders->file->scenarios.items[s];

        for (size_t i = 0; i < scenario->mocks.len; i++)
            add_mock(ways, &forms, scenario->mocks.items[i], good);
    }
    path_forms_fini(&forms);
}

static bool says_something(const struct answer *answer)
{
    return answer->stdout_ || answer->body || answer->output || answer->outputs;
}

/* Where a mock says what success brings, one that brings nothing is not thought up. */
static void find_ends(const struct deciders *deciders, struct ways *ways, const struct decision *decision)
{
    bool is_said = false;

    add_mocks(deciders, ways, decision->path, true);
    for (size_t i = 0; i < ways->count; i++)
        is_said |= says_something(ways->answers[i]);
    if (!is_said && !is_among(ways, &ok))
        add_way(ways, &ok, NULL);
    if (!is_among(ways, &fails))
        add_way(ways, &fails, NULL);
    if (is_bounded(decision->step))
        add_way(ways, &hangs, NULL);
    add_mocks(deciders, ways, decision->path, false);
}

/* --- the ways of a question --- */

/* Values a field of a form can have, as far as they can be counted. */
static json_t *field_values(const struct param *param)
{
    json_t *one;

    if (param->type == PARAM_BOOLEAN)
        return json_pack("[b, b]", 1, 0);
    if (json_array_size(param->choices))
        return json_incref(param->choices);
    if (param->fallback)
        return json_pack("[O]", param->fallback);
    if (param->type == PARAM_INTEGER || param->type == PARAM_NUMBER)
        one = param->minimum ? json_incref(param->minimum) : json_integer(1);
    else if (param->type == PARAM_LIST)
        one = json_array();
    else if (param->type == PARAM_MAP)
        one = json_object();
    else
        one = json_string(param->type == PARAM_DURATION ? "1m" : "something");
    return json_pack("[o]", one);
}

/* Every combination, as far as ANSWERS_MAX. */
static void add_forms(struct ways *ways, const struct items *fields, size_t at, json_t *form)
{
    json_t *values autovalue = NULL, *value;
    size_t i;

    if (at == fields->len) {
        if (ways->count < ANSWERS_MAX)
            add_way(ways, NULL, json_pack("{s:s, s:o}", "decision", "answer", "fields", json_copy(form)));
        return;
    }
    values = field_values(fields->items[at]);
    json_array_foreach(values, i, value)
    {
        json_object_set(form, fields->names[at], value);
        add_forms(ways, fields, at + 1, form);
    }
}

static void add_decision(struct ways *ways, const struct ask_args *args, const char *decision)
{
    json_t *data = json_pack("{s:s}", "decision", decision);

    if (args->evidence == EVIDENCE_REQUIRED)
        json_object_set_new(data, "note", json_string("as agreed"));
    add_way(ways, NULL, data);
}

static void find_answers(struct ways *ways, const struct step *step)
{
    static const struct {
        const char *kind, *decisions[3];
    } kinds[] = {{"manual", {"done", "fail", NULL}}, {"approve", {"approve", "deny", NULL}}};
    const struct ask_args *args = step->args;

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        for (size_t i = 0; strcmp(kinds[k].kind, step->kind->name) == 0 && kinds[k].decisions[i]; i++)
            add_decision(ways, args, kinds[k].decisions[i]);
    if (strcmp(step->kind->name, "input") == 0) {
        json_t *form autovalue = json_object();

        add_forms(ways, &args->fields, 0, form);
    }
    add_way(ways, NULL, NULL);
}

/* By place, not by step: mocks may tell the elements of a loop apart, and the calls of a runbook. */
static struct ways *ways_of(struct deciders *deciders, const struct decision *decision)
{
    struct ways *ways = map_get(&deciders->ways, decision->path);

    if (ways)
        return ways;
    ways = mem_alloc(sizeof(*ways));
    map_put(&deciders->ways, decision->path, ways);
    if (decision->step->kind->class_ == KIND_ASK)
        find_answers(ways, decision->step);
    else
        find_ends(deciders, ways, decision);
    return ways;
}

/* --- one decision --- */

static const struct answer *const notice_ends[] = {&ok, &fails};

size_t decision_count(struct deciders *deciders, const struct decision *decision)
{
    if (decision->type == DECIDE_EFFECT || decision->type == DECIDE_ANSWER)
        return ways_of(deciders, decision)->count;
    return 2;
}

struct option_taken decision_option(struct deciders *deciders, const struct decision *decision, size_t i)
{
    struct option_taken taken = {.comes = i == 0};

    if (decision->type == DECIDE_EFFECT)
        taken.answer = ways_of(deciders, decision)->answers[i];
    else if (decision->type == DECIDE_NOTICE)
        taken.answer = notice_ends[i];
    else if (decision->type == DECIDE_ANSWER)
        taken.data = ways_of(deciders, decision)->data[i];
    return taken;
}

static int64_t bound_us(const struct decision *decision)
{
    const struct amount *bound = NULL;

    if (decision->type == DECIDE_ANSWER)
        bound = &((const struct ask_args *)decision->step->args)->timeout;
    else if (decision->type == DECIDE_SIGNAL)
        bound = &((const struct wait_args *)decision->step->args)->timeout;
    return bound && bound->given && !bound->expr ? bound->value * 1000 : 2 * minute_us;
}

int64_t decision_delay_us(const struct decision *decision)
{
    int64_t bound = bound_us(decision);

    return bound > minute_us ? minute_us : bound / 2;
}

static const char *user_of(const struct target *target)
{
    return target->contact->user.len ? target->contact->user.items[0] : target->name;
}

size_t decision_people(struct deciders *deciders, const struct decision *decision, int64_t at_us,
    const char **names, const char **users, size_t cap)
{
    const struct ask_args *args = decision->step->args;
    struct targets targets = {0};
    size_t count = 0, wanted = decision->people < cap ? decision->people : cap;

    for (size_t i = 0; args->by.len == 0 && i < wanted; i++) {
        char *name autofree = i ? mem_printf("somebody-%zu", i + 1) : mem_strdup("somebody");

        names[count] = users[count] = deciders_keep(deciders, name);
        count++;
    }
    reach_expand(&decision->step->document->people, &args->by, deciders->wall_us + at_us, &targets);
    for (size_t i = 0; i < targets.len && count < wanted; i++) {
        if (!targets.items[i].contact ||
            (args->not_by_initiator && strcmp(user_of(&targets.items[i]), deciders->initiator) == 0))
            continue;
        names[count] = targets.items[i].name;
        users[count++] = user_of(&targets.items[i]);
    }
    free(targets.items);
    return count;
}

static void give_answer(
    struct deciders *deciders, const struct decision *decision, json_t *data, struct virtual *virtual)
{
    const char *names[PEOPLE_MAX], *users[PEOPLE_MAX], *word = value_get_string(data, "decision");
    int64_t at_us = virtual_now_us(virtual) + decision_delay_us(decision);
    size_t count = data ? decision_people(deciders, decision, at_us, names, users, PEOPLE_MAX) : 0;
    bool is_no = word && (strcmp(word, "deny") == 0 || strcmp(word, "fail") == 0);

    for (size_t i = 0; i < (is_no && count ? 1 : count); i++)
        virtual_later(virtual, at_us,
            &(struct input){.type = INPUT_ANSWER,
                .frame = decision->frame,
                .data = data,
                .by = {users[i], "test", "test"}});
}

void decision_take(
    struct deciders *deciders, const struct decision *decision, size_t i, struct virtual *virtual)
{
    struct option_taken taken = decision_option(deciders, decision, i);
    struct input input = {.by = {"somebody", "test", "test"}, .name = decision->name};

    if (taken.answer) {
        struct effect effect = {
            .type = decision->type == DECIDE_NOTICE ? EFFECT_NOTIFY : EFFECT_START, .step = decision->step};
        struct outcome outcome = {.exit_code = -1};
        int64_t takes_us = answer_end(taken.answer, &effect, &outcome);

        virtual_decide(virtual, decision->frame, takes_us, &outcome);
    } else if (decision->type == DECIDE_ANSWER) {
        give_answer(deciders, decision, taken.data, virtual);
    } else if (taken.comes) {
        input.type = decision->type == DECIDE_SIGNAL ? INPUT_SIGNAL : INPUT_ACK;
        virtual_later(virtual, virtual_now_us(virtual) + decision_delay_us(decision), &input);
    }
}

/* --- in words --- */

static void effect_words(const struct decision *decision, const struct answer *answer, struct text *text)
{
    text_puts(text, decision->path);
    if (answer == &ok)
        text_puts(text, " succeeds");
    else if (answer == &fails)
        text_puts(text, " fails");
    else if (answer == &hangs)
        text_puts(text, " does not end by itself");
    else
        text_printf(text, " %s as in %s:%u", is_good(answer) ? "succeeds" : "fails",
            answer->pos.source ? answer->pos.source->path : "a mock", answer->pos.line);
}

static void nobody_words(const struct decision *decision, struct text *text)
{
    const struct amount *timeout = &((const struct ask_args *)decision->step->args)->timeout;
    char duration[DURATION_TEXT_SIZE];

    text_printf(text, "nobody answers %s", decision->path);
    if (timeout->given && !timeout->expr)
        text_printf(text, " in %s", duration_exact(timeout->value, duration));
}

static void answer_words(const struct decision *decision, const json_t *data, struct text *text)
{
    static const char *const words[][2] = {
        {"done", "done"}, {"fail", "not done"}, {"approve", "approved"}, {"deny", "denied"}};
    const char *word = value_get_string(data, "decision");

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], word) == 0)
            text_printf(text, "%s is %s", decision->path, words[i][1]);
    if (strcmp(word, "answer") == 0) {
        text_printf(text, "%s is answered ", decision->path);
        value_canonical(json_object_get(data, "fields"), text);
    }
}

void decision_words(struct deciders *deciders, const struct decision *decision, size_t i, struct text *text)
{
    struct option_taken taken = decision_option(deciders, decision, i);

    if (decision->type == DECIDE_EFFECT)
        effect_words(decision, taken.answer, text);
    else if (decision->type == DECIDE_NOTICE)
        text_printf(text, "the message to %s by %s %s", decision->target, decision->name,
            i ? "does not arrive" : "arrives");
    else if (decision->type == DECIDE_SIGNAL)
        text_printf(text, "the signal %s %s", decision->name, i ? "does not come" : "comes");
    else if (decision->type == DECIDE_ACK)
        text_printf(text, "%s acknowledges %s", i ? "nobody" : "somebody", decision->name);
    else if (!taken.data)
        nobody_words(decision, text);
    else
        answer_words(decision, taken.data, text);
}
