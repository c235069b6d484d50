/* plan_hooks: what is called at certain moments of the run, and what it leaves uncertain. */
#include "drive/plan_inside.h"

#include <string.h>

static const char *const moments[HOOK_COUNT] = {
    [HOOK_BEFORE_STEP] = "before each step",
    [HOOK_ON_FAILURE] = "after each step that has failed",
    [HOOK_AFTER_STEP] = "after each step",
    [HOOK_ON_ESCALATION] = "when a level of an escalation is paged",
    [HOOK_ON_FINISH] = "when the runbook has ended",
};

static const struct step *step_of(const struct hooks *hooks, int type)
{
    return hooks && hooks->of[type] ? hooks->of[type]->steps[0] : NULL;
}

/* --- variables --- */

static bool has_lua_files(const struct document *document)
{
    for (size_t i = 0; i < document->import.len; i++)
        if (strstr(document->import.items[i], ".lua"))
            return true;
    return false;
}

/* Code that nowhere says "set" returns no table of variables; which ones it is about nobody can tell. */
static bool may_set(const struct step *step)
{
    const char *code = step_constant(step, "code");

    if (strcmp(step->kind->name, "lua") != 0)
        return step->parse;
    return !code || strstr(code, "set") || has_lua_files(step->document);
}

bool plan_hooks_set(const struct document *document)
{
    for (int type = 0; type < HOOK_COUNT; type++) {
        const struct step *step = step_of(document->hooks, type);

        if (step && may_set(step))
            return true;
    }
    return false;
}

/* When it is called, whatever is set in the document may have been set or not. */
static void doubt_variables(struct known *known)
{
    for (size_t i = 0; i < known->setters.len; i++)
        known_doubt(known, known->setters.entries[i].key);
}

/* --- what is called --- */

/* Who is paged is the first runbook's. */
static bool is_called(const struct plan *plan, int type)
{
    return type != HOOK_ON_ESCALATION || !plan->calls;
}

json_t *plan_hooks(struct plan *plan)
{
    const struct document *document = plan->known->document;
    struct known_vars saved;
    json_t *list, *totals = plan->totals;

    if (!document->hooks)
        return NULL;
    list = json_array();
    saved = known_save(plan->known);
    doubt_variables(plan->known);
    plan->totals = NULL; /* nobody knows how often they are called */
    for (int type = 0; type < HOOK_COUNT; type++) {
        const struct step *step = step_of(document->hooks, type);
        json_t *node = step && is_called(plan, type) ? plan_step(plan, step, NULL) : NULL;

        if (!node)
            continue;
        json_object_set_new(node, "moment", json_string(moments[type]));
        json_array_append_new(list, node);
    }
    plan->totals = totals;
    known_restore(plan->known, saved);
    return list;
}
