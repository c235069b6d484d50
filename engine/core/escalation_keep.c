/* escalation_keep: escalations freed, copied, compared and shown. */
#include "core/digest.h"
#include "core/escalation_inside.h"

#define X(name, text) text,
static const char *const state_names[] = {ESCALATION_STATES(X)};
#undef X

void escalation_free_all(struct run *run)
{
    map_fini(&run->escalation_names);
    while (run->escalations) {
        struct escalating *escalating = run->escalations;

        run->escalations = escalating->next;
        timer_forget_all(&escalating->node);
        free(escalating->path);
        free(escalating->text);
        free(escalating->severity);
        free(escalating);
    }
}

void escalation_copy_all(const struct run *from, struct run *to)
{
    struct escalating **end = &to->escalations;

    for (struct escalating *each = from->escalations; each; each = each->next) {
        struct escalating *twin = mem_alloc(sizeof(*twin));

        *twin = *each;
        each->copy = twin;
        node_copy(to, &each->node, &twin->node);
        twin->next = twin->copy = NULL;
        twin->path = mem_strdup(each->path);
        twin->text = mem_strdup(each->text);
        twin->severity = mem_strdup(each->severity);
        *end = twin;
        end = &twin->next;
        if (!map_get(&to->escalation_names, twin->path + 1)) /* the newest comes first */
            map_put(&to->escalation_names, twin->path + 1, twin);
    }
}

struct escalating *escalation_twin(const struct escalating *escalating)
{
    return escalating->copy;
}

/* Behind the last pass they are all alike. */
static int64_t pass_that_counts(const struct escalating *escalating)
{
    const struct amount *repeat = &escalating->policy->repeat;
    int64_t last = (repeat->given ? repeat->value : 0) + 1;

    return repeat->expr || escalating->pass < last ? escalating->pass : last;
}

/* Of what is resolved only the count of its pages is left, and that only names things. */
void escalation_digest(struct digest *digest)
{
    if (digest->run->follows_clocks)
        digest_number(digest->text, digest->run->wall_us);
    for (struct escalating *each = digest->run->escalations; each; each = each->next) {
        if (each->state == ESCALATION_RESOLVED)
            continue;
        digest_text(digest->text, each->path);
        digest_number(digest->text, (int64_t)each->state);
        digest_number(digest->text, (int64_t)each->level);
        digest_number(digest->text, pass_that_counts(each));
        digest_number(digest->text, (int64_t)each->open);
        digest_number(digest->text, each->is_reached);
        digest_number(digest->text, each->has_held);
        digest_node(digest, &each->node);
    }
}

json_t *escalation_snapshot(const struct run *run)
{
    json_t *list = json_array();

    for (struct escalating *each = run->escalations; each; each = each->next)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", escalation_name(each), "state",
                      state_names[each->state], "level", (json_int_t)each->level, "pass",
                      (json_int_t)each->pass, "due_us", (json_int_t)timer_due(&each->node, TIMER_LEVEL)));
    return list;
}
