/* plan_people: who is paged when, if nobody acknowledges. */
#include "drive/plan_inside.h"

#include "base/clock.h"
#include "core/reach.h"

#include <stdlib.h>

static json_t *names_of(const struct strings *strings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

static json_t *people_of(const struct people *people, const struct strings *names)
{
    struct targets targets = {0};
    json_t *list = json_array();

    reach_expand(people, names, clock_wall_us(), &targets);
    for (size_t i = 0; i < targets.len; i++)
        json_array_append_new(list, json_string(targets.items[i].name));
    free(targets.items);
    return list;
}

/* Is the level left out for certain? */
static bool is_out(json_t *when)
{
    json_t *value = json_object_get(when, "value");

    return value && (json_is_false(value) || json_is_null(value));
}

/* `after_ms` is since the escalation began, -1 = not known; brought up to where the next level begins. */
static json_t *level_of(const struct known *known, const struct level *level, int64_t *after_ms)
{
    json_t *when autovalue = level->when ? plan_expr(known, level->when, NULL) : NULL;
    struct resolved hold autoresolved = known_amount(known, &level->escalate_after, true, NULL);
    json_t *map;

    if (is_out(when))
        return NULL;
    map = json_pack("{s:o, s:o}", "notify", names_of(&level->notify), "people",
        people_of(&known->document->people, &level->notify));
    if (*after_ms >= 0)
        json_object_set_new(map, "after_ms", json_integer(*after_ms));
    if (when && !json_object_get(when, "value"))
        json_object_set(map, "when", when);
    *after_ms = *after_ms >= 0 && level->escalate_after.given && resolved_is_known(&hold)
                    ? *after_ms + json_integer_value(hold.value)
                    : -1;
    return map;
}

json_t *plan_policy(const struct known *known, const char *name)
{
    /* Without a name it is the severity's, which may be known only when the run is there. */
    const struct policy *policy = name ? reach_policy(&known->document->people, name) : NULL;
    struct resolved repeat autoresolved = {0};
    int64_t after_ms = 0;
    json_t *levels;

    if (!policy)
        return NULL;
    levels = json_array();
    for (size_t i = 0; i < policy->levels.len; i++) {
        json_t *level = level_of(known, policy->levels.items[i], &after_ms);

        if (level)
            json_array_append_new(levels, level);
    }
    repeat = known_amount(known, &policy->repeat, false, NULL);
    return json_pack("{s:s, s:o, s:o}", "policy", name, "levels", levels, "repeat", resolved_shown(&repeat));
}
