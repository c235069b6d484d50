/* plan_blocks: the kinds that hold other steps. */
#include "drive/plan_inside.h"

#include "core/kinds.h"

#include <string.h>

enum { CALLS_MAX = 16 };

static void put(json_t *node, const char *name, json_t *value)
{
    if (value)
        json_object_set_new(node, name, value);
}

static void walk_switch(struct plan *plan, const struct step *step, json_t *node)
{
    const struct switch_args *args = step->args;
    json_t *cases = json_array(), *not_taken = json_array();
    bool is_open = false, is_decided = false;

    for (size_t i = 0; i < args->cases.len; i++) {
        const struct switch_case *way = args->cases.items[i];
        const struct block *block = way->when ? way->steps : way->otherwise;
        json_t *when = NULL, *shown;
        enum plan_answer answer =
            is_decided || !way->when ? ANSWER_YES : plan_test(plan, way->when, step, &when);

        if (is_decided || answer == ANSWER_NO) {
            json_t *ids autovalue = plan_rule_out(plan, block);

            json_array_extend(not_taken, ids);
            json_decref(when);
            continue;
        }
        is_decided = answer == ANSWER_YES;
        is_open = is_open || !is_decided;
        shown = json_object();
        put(shown, "when", when);
        json_object_set_new(shown, "steps", is_open ? plan_perhaps(plan, block) : plan_block(plan, block));
        json_array_append_new(cases, shown);
    }
    json_object_set_new(node, "cases", cases);
    if (json_array_size(not_taken))
        json_object_set(node, "not_taken", not_taken);
    json_decref(not_taken);
    if (is_open)
        plan_forget(plan, step);
}

/* Which of them can start when: a step's wave comes after those of its needs. */
static void put_waves(const struct block *block, json_t *steps)
{
    size_t *waves = mem_alloc((block->len + 1) * sizeof(*waves));
    bool has_moved = true, has_needs = false;

    while (has_moved) {
        has_moved = false;
        for (size_t i = 0; i < block->len; i++)
            for (size_t n = 0; n < block->steps[i]->needs.len; n++)
                for (size_t k = 0; k < block->len; k++)
                    if (block->steps[k] == block->steps[i]->needs_steps[n] && waves[i] <= waves[k]) {
                        waves[i] = waves[k] + 1;
                        has_moved = has_needs = true;
                    }
    }
    for (size_t i = 0; has_needs && i < json_array_size(steps); i++)
        json_object_set_new(json_array_get(steps, i), "wave", json_integer((json_int_t)waves[i] + 1));
    free(waves);
}

static void walk_steps(struct plan *plan, const struct step *step, json_t *node)
{
    const struct steps_args *args = step->args;

    put(node, "steps", plan_block(plan, args->steps));
}

/* Nobody can say in which order its steps set variables. */
static void walk_parallel(struct plan *plan, const struct step *step, json_t *node)
{
    const struct steps_args *args = step->args;
    json_t *steps;

    plan_forget(plan, step);
    steps = plan_block(plan, args->steps);
    put_waves(args->steps, steps);
    put(node, "steps", steps);
    plan_forget(plan, step);
}

/* --- call --- */

static void give_param(struct plan *plan, struct known *callee, const struct call_args *args,
    const struct param *param, const struct step *step)
{
    struct resolved value autoresolved = {.value = json_incref(param->fallback)};

    for (size_t i = 0; i < args->with.len; i++) {
        if (strcmp(args->with.items[i].name, param->name) != 0)
            continue;
        resolved_fini(&value);
        value = known_template(plan->known, args->with.items[i].value, step);
    }
    if (param->secret)
        known_put_secret(callee, "params", param->name);
    else if (value.value)
        known_put(callee, "params", param->name, &value);
}

/* The callee checks what it is given when it is called: what can be checked now is. */
static void check_call(const json_t *args, const struct document *callee, json_t *node)
{
    json_t *with = json_object_get(args, "with"), *value, *given autovalue = json_object();
    struct diags diags = {0};
    bool is_whole = true;
    const char *name;

    json_object_foreach(with, name, value)
    {
        is_whole = is_whole && json_object_get(value, "value");
        json_object_set(given, name, json_object_get(value, "value"));
    }
    if (is_whole) {
        json_decref(params_check(&callee->params, given, false, &diags));
        if (diags.len)
            json_object_set_new(node, "problem", json_string(diags.items[0].text));
    }
    diags_fini(&diags);
}

static void walk_call(struct plan *plan, const struct step *step, json_t *node)
{
    const struct call_args *args = step->args;
    const struct document *document = book_find(plan->program->book, args->runbook);
    struct known *caller = plan->known, callee;

    if (!document || plan->calls >= CALLS_MAX) {
        put(node, "problem", json_string("calls are nested too deeply"));
        return;
    }
    check_call(json_object_get(node, "args"), document, node);
    known_init(&callee, plan->program->script, document, plan->run);
    for (size_t i = 0; i < document->params.len; i++)
        give_param(plan, &callee, args, document->params.items[i], step);
    plan->known = &callee;
    plan->calls++;
    plan_document(plan, node);
    plan->calls--;
    plan->known = caller;
    known_fini(&callee);
}

static const struct {
    const char *kind;
    void (*walk)(struct plan *plan, const struct step *step, json_t *node);
} holders[] = {
    {"steps", walk_steps},
    {"parallel", walk_parallel},
    {"switch", walk_switch},
    {"call", walk_call},
};

void plan_held(struct plan *plan, const struct step *step, json_t *node)
{
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
        if (strcmp(step->kind->name, holders[i].kind) == 0)
            holders[i].walk(plan, step, node);
}
