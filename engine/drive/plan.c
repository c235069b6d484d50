/* plan: the walk.
 *
 * What is known changes on the way: `set` adds to it; a branch that may or may not be taken, a loop and a
 * rescue make the variables that are set in them unknown. A step that is certainly left out has a known
 * result ("skipped"); every other result is what the rest of the plan waits for. */
#include "drive/needs.h"
#include "drive/plan_inside.h"

#include "base/duration.h"
#include "core/kinds.h"

#include <string.h>

enum { STEPS_MAX = 20000 };

static bool is_kind(const struct step *step, const char *name)
{
    return strcmp(step->kind->name, name) == 0;
}

static bool is_inside(const struct step *inner, const struct step *outer)
{
    while (inner && inner != outer)
        inner = inner->parent;
    return inner;
}

/* --- what a part of the document does to what is known --- */

static void forget_one(struct plan *plan, const struct step *step)
{
    const struct set_args *args = step->args;

    for (size_t i = 0; is_kind(step, "set") && i < args->values.len; i++)
        known_forget(plan->known, args->values.items[i].name, step);
}

/* The steps of a document stand in the order written, those of a block behind it. */
void plan_forget(struct plan *plan, const struct step *outer)
{
    const struct document *document = outer->document;

    for (uint32_t i = outer->index; i < document->step_count && is_inside(document->steps[i], outer); i++)
        forget_one(plan, document->steps[i]);
}

static void forget_all(struct plan *plan, uint32_t from)
{
    const struct map *setters = &plan->known->setters;

    for (size_t i = 0; i < setters->len; i++) {
        const struct step *setter = setters->entries[i].value;

        if (setter->index >= from)
            known_forget(plan->known, setters->entries[i].key, setter);
    }
}

json_t *plan_rule_out(struct plan *plan, const struct block *block)
{
    json_t *ids = json_array();

    for (size_t i = 0; block && i < block->len; i++) {
        const struct step *outer = block->steps[i];

        for (uint32_t k = outer->index;
             k < outer->document->step_count && is_inside(outer->document->steps[k], outer); k++) {
            plan->known->fates[k] = FATE_NEVER;
            json_array_append_new(ids, json_string(outer->document->steps[k]->id));
        }
    }
    return ids;
}

static json_t *rule_out_inside(struct plan *plan, const struct step *outer)
{
    json_t *ids = json_array();

    for (uint32_t i = outer->index + 1;
         i < outer->document->step_count && is_inside(outer->document->steps[i], outer); i++) {
        plan->known->fates[i] = FATE_NEVER;
        json_array_append_new(ids, json_string(outer->document->steps[i]->id));
    }
    return ids;
}

/* --- conditions --- */

enum plan_answer plan_test(
    struct plan *plan, const struct expr *expr, const struct step *at, json_t **ret_shown)
{
    json_t *shown = plan_expr(plan->known, expr, at), *value = json_object_get(shown, "value");

    *ret_shown = shown;
    if (!value)
        return ANSWER_UNKNOWN;
    return json_is_false(value) || json_is_null(value) ? ANSWER_NO : ANSWER_YES;
}

/* --- what holds other steps --- */

static void put(json_t *node, const char *name, json_t *value)
{
    if (value)
        json_object_set_new(node, name, value);
}

json_t *plan_perhaps(struct plan *plan, const struct block *block)
{
    struct known_vars saved = known_save(plan->known);
    json_t *steps;

    plan->doubts++;
    steps = plan_block(plan, block);
    plan->doubts--;
    known_restore(plan->known, saved);
    return steps;
}

/* --- documents --- */

static void put_env(struct known *known)
{
    const struct named_templates *env = &known->document->env;

    for (size_t i = 0; i < env->len; i++) {
        struct resolved value autoresolved = known_template(known, env->items[i].value, NULL);
        struct text text autotext = {0};

        if (value.value && value_to_text(value.value, &text)) {
            json_decref(value.value);
            value.value = value_string(text_str(&text), text.len);
        }
        known_put(known, "env", env->items[i].name, &value);
    }
}

static json_t *escalation_of(const struct known *known)
{
    const struct escalation *escalation = known->document->escalation;
    json_t *map = escalation ? plan_policy(known, escalation->policy) : NULL;

    if (map && escalation->message) {
        struct resolved message autoresolved = known_template(known, escalation->message, NULL);

        json_object_set_new(map, "message", resolved_json(&message));
    }
    return map;
}

/* What stands between `steps` and the end of a document or a block. */
static void put_ends(
    struct plan *plan, const struct block *rescue, const struct block *always, uint32_t first, json_t *node)
{
    if (!rescue && !always)
        return;
    forget_all(plan, first);
    if (rescue)
        json_object_set_new(node, "rescue", plan_perhaps(plan, rescue));
    if (always)
        json_object_set_new(node, "always", plan_block(plan, always));
}

static void put_deadline(const struct known *known, json_t *node)
{
    struct resolved deadline autoresolved = {0};
    char text[DURATION_TEXT_SIZE];

    if (!known->document->deadline.given)
        return;
    deadline = known_amount(known, &known->document->deadline, true, NULL);
    if (resolved_is_known(&deadline))
        json_object_set_new(node, "deadline",
            json_pack("{s:s}", "value", duration_exact(json_integer_value(deadline.value), text)));
    else
        json_object_set_new(node, "deadline", resolved_json(&deadline));
}

void plan_document(struct plan *plan, json_t *node)
{
    const struct document *document = plan->known->document;

    plan->known->is_set_by_hooks = plan_hooks_set(document);
    put_env(plan->known);
    put_deadline(plan->known, node);
    put(node, "escalation", escalation_of(plan->known));
    put(node, "hooks", plan_hooks(plan));
    put(node, "steps", plan_block(plan, document->body));
    put_ends(plan, document->rescue, document->always, 0, node);
}

/* --- one step --- */

static void count(struct plan *plan, const char *effect)
{
    json_t *total = json_object_get(plan->totals, effect);
    const char *which = plan->doubts ? "maybe" : "sure";

    if (total)
        json_object_set_new(
            total, which, json_integer(json_integer_value(json_object_get(total, which)) + 1));
}

/* The variables it sets, as the steps after it see them. */
static void take_set(struct plan *plan, const struct step *step)
{
    const struct set_args *args = step->args;

    for (size_t i = 0; is_kind(step, "set") && i < args->values.len; i++) {
        struct resolved value autoresolved = known_template(plan->known, args->values.items[i].value, step);

        /* "When it runs" is when this step does. */
        if (value.is_missing && !value.needs.after && !value.needs.secrets) {
            needs_fini(&value.needs);
            needs_add(&value.needs.after, step->id);
        }
        if (plan->known->is_set_by_hooks)
            known_doubt(plan->known, args->values.items[i].name);
        else
            known_put(plan->known, "vars", args->values.items[i].name, &value);
    }
}

static void put_ask(struct plan *plan, const struct step *step, json_t *node)
{
    const struct ask_args *args = step->args;
    const struct escalation *own = plan->known->document->escalation;
    const char *policy;

    if (step->kind->class_ != KIND_ASK || (!args->escalate && args->on_timeout != ON_TIMEOUT_ESCALATE))
        return;
    policy = args->escalate ? args->escalate : own ? own->policy : NULL;
    put(node, "escalation", policy ? plan_policy(plan->known, policy) : NULL);
}

static void put_work(struct plan *plan, const struct step *step, json_t *node)
{
    struct text does autotext = {0};
    json_t *plain autovalue = NULL;
    json_t *args = plan_args_of_kind(plan->known, step, &plain);
    const char *effect = plan_effect(step, plain);

    plan_does(step, args, plain, &does);
    json_object_set_new(node, "effect", json_string(effect));
    json_object_set_new(node, "does", value_string(text_str(&does), does.len));
    json_object_set_new(node, "args", args);
    json_object_set_new(node, "settings", plan_settings(plan->known, step));
    if (is_kind(step, "escalate"))
        put(node, "escalation", plan_policy(plan->known, ((const struct escalate_args *)step->args)->policy));
    put_ask(plan, step, node);
    count(plan, effect);
}

/* What would reverse it sees everything that has happened until then. */
static void put_undo(struct plan *plan, const struct step *step, json_t *node)
{
    struct known_vars saved;

    if (!step->undo)
        return;
    saved = known_save(plan->known);
    forget_all(plan, step->index);
    json_object_set_new(node, "undo", plan_perhaps(plan, step->undo));
    known_restore(plan->known, saved);
}

/* Several times, or perhaps not at all. Returns whether what is in it may not be carried out. */
static bool put_loop(struct plan *plan, const struct step *step, json_t *node)
{
    json_t *list;

    if (step->foreach) {
        struct resolved items autoresolved = known_template(plan->known, step->foreach, step);

        list = resolved_json(&items);
        json_object_set_new(list, "as", json_string(step->as ? step->as : "item"));
        if (step->foreach->type == TEMPLATE_EXPR)
            json_object_set_new(list, "expression", json_string(step->foreach->expr->text));
        json_object_set_new(node, "foreach", list);
        if (resolved_is_known(&items) && !json_is_array(items.value))
            json_object_set_new(list, "problem", json_string("foreach needs a list"));
        return !json_array_size(json_object_get(list, "value"));
    }
    return step->while_ != NULL;
}

static bool is_repeated(const struct step *step)
{
    return step->foreach || step->while_ || step->until || step->retry;
}

static void walk_step(struct plan *plan, const struct step *step, bool is_conditional, json_t *node)
{
    bool is_doubtful;

    if (is_repeated(step))
        plan_forget(plan, step);
    is_doubtful = put_loop(plan, step, node) || is_conditional;
    plan->doubts += is_doubtful;
    put_work(plan, step, node);
    plan_held(plan, step, node);
    put_ends(plan, step->rescue, step->always, step->index, node);
    put_undo(plan, step, node);
    plan->doubts -= is_doubtful;
    if (is_doubtful || is_repeated(step) || step->rescue ||
        (step->continue_on_error && step->kind->class_ == KIND_CONTROL))
        plan_forget(plan, step);
    else
        take_set(plan, step);
}

static void skip(
    struct plan *plan, const struct step *step, const char *reason, const json_t *when, json_t *node)
{
    json_t *ids = rule_out_inside(plan, step);

    plan->known->fates[step->index] = FATE_SKIPPED;
    json_object_set_new(node, "skipped", json_string(reason));
    if (json_array_size(ids))
        json_object_set(node, "not_taken", ids);
    json_decref(ids);
    if (when)
        json_object_set(node, "when", (json_t *)when);
}

json_t *plan_step(struct plan *plan, const struct step *step, const char *reason)
{
    json_t *node =
        json_pack("{s:s, s:s, s:i}", "id", step->id, "kind", step->kind->name, "line", (int)step->pos.line);
    json_t *when autovalue = NULL;
    enum plan_answer answer = ANSWER_YES;

    if (step->title)
        json_object_set_new(node, "title", json_string(step->title));
    if (!reason && step->when)
        answer = plan_test(plan, step->when, step, &when);
    if (reason || answer == ANSWER_NO) {
        skip(plan, step, reason ? reason : "when", when, node);
        return node;
    }
    if (when)
        json_object_set(node, "when", when);
    walk_step(plan, step, answer == ANSWER_UNKNOWN, node);
    return node;
}

json_t *plan_block(struct plan *plan, const struct block *block)
{
    json_t *steps = json_array();

    for (size_t i = 0; block && i < block->len; i++) {
        if (plan->steps++ >= STEPS_MAX) {
            json_array_append_new(
                steps, json_pack("{s:s, s:s, s:i, s:s}", "id", block->steps[i]->id, "kind",
                           block->steps[i]->kind->name, "line", (int)block->steps[i]->pos.line, "problem",
                           "the plan ends here: it has too many steps to be shown"));
            break;
        }
        json_array_append_new(
            steps, plan_step(plan, block->steps[i], select_leaves_out(&plan->selection, block->steps[i])));
    }
    return steps;
}

/* --- the whole --- */

/* The run's id and times are not known yet. */
static json_t *run_value(const struct document *document, const char *initiator)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "runbook", document->id, "title",
        document->title ? document->title : "", "severity", document->severity ? document->severity : "",
        "initiator", initiator);
}

static void give_params(struct known *known, json_t *params, json_t *node)
{
    const struct items *declared = &known->document->params;
    json_t *shown = json_object();

    for (size_t i = 0; i < declared->len; i++) {
        const struct param *param = declared->items[i];
        struct resolved value autoresolved = {.value = json_incref(json_object_get(params, param->name))};

        if (param->secret) {
            known_put_secret(known, "params", param->name);
            json_object_set_new(
                shown, param->name, json_pack("{s:s, s:[s]}", "shown", "(secret)", "secrets", param->name));
        } else {
            known_put(known, "params", param->name, &value);
            json_object_set_new(shown, param->name, resolved_json(&value));
        }
    }
    json_object_set_new(node, "params", shown);
}

static json_t *heading(const struct document *document)
{
    json_t *node = json_pack("{s:b, s:s, s:s}", "performed", 0, "runbook", document->id, "file",
        document->source ? document->source->path : "");

    if (document->title)
        json_object_set_new(node, "title", json_string(document->title));
    if (document->severity)
        json_object_set_new(node, "severity", json_string(document->severity));
    return node;
}

/* Only the runbook that is begun belongs to a group. */
static json_t *concurrency_of(const struct known *known)
{
    static const char *const reactions[] = {[ON_CONFLICT_QUEUE] = "queue",
        [ON_CONFLICT_SKIP] = "skip",
        [ON_CONFLICT_REPLACE] = "replace",
        [ON_CONFLICT_ALLOW] = "allow"};
    const struct concurrency *concurrency = known->document->concurrency;
    struct resolved group autoresolved = {0}, limit autoresolved = {0};

    if (!concurrency)
        return NULL;
    group = known_template(known, concurrency->group, NULL);
    limit = known_amount(known, &concurrency->limit, false, NULL);
    return json_pack("{s:o, s:o, s:s}", "group", resolved_json(&group), "limit", resolved_json(&limit),
        "on_conflict", reactions[concurrency->on_conflict]);
}

json_t *plan_make(const struct plan_options *options)
{
    const struct document *document = options->program->book->documents[0];
    const char *from = value_get_string(options->selection, "from");
    struct known known;
    struct plan plan = {
        .program = options->program,
        .selection = {.from = from ? document_find_any(document, from) : NULL,
            .tags = json_object_get(options->selection, "tags"),
            .skip_tags = json_object_get(options->selection, "skip_tags")},
        .run = run_value(document, options->initiator),
        .known = &known,
        .totals = json_pack("{s:{}, s:{}, s:{}, s:{}, s:{}}", "write", "read", "ask", "tell", "wait"),
    };
    json_t *node = heading(document);

    known_init(&known, options->program->script, document, plan.run);
    give_params(&known, options->params, node);
    put(node, "concurrency", concurrency_of(&known));
    plan_document(&plan, node);
    json_object_set_new(node, "totals", plan.totals);
    json_object_set_new(node, "longest", plan_longest(node));
    known_fini(&known);
    json_decref(plan.run);
    return node;
}
