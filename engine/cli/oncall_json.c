/* oncall_json: who is on call, for programs. Instants are RFC 3339 in UTC. */
#include "base/clock.h"
#include "cli/oncall.h"
#include "core/reach.h"

#include <string.h>

static json_t *instant(int64_t at_us)
{
    char text[INSTANT_TEXT_SIZE];

    return json_string(instant_utc(at_us, text));
}

static json_t *names_of(const struct strings *strings)
{
    json_t *list = json_array();

    for (size_t i = 0; strings && i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

static json_t *or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *rotation_json(const struct people *people, const struct watch *watch)
{
    const struct contact *contact = watch->member ? people_find(&people->contacts, watch->member) : NULL;
    json_t *json =
        json_pack("{s:s, s:o, s:b, s:o}", "rotation", watch->rotation, "on_call", or_null(watch->member),
            "stands_in", watch->is_stand_in, "channels", names_of(contact ? &contact->channels : NULL));

    if (!watch->has_next)
        return json;
    json_object_set_new(json, "until", instant(watch->until_us));
    json_object_set_new(json, "next", or_null(watch->next));
    return json;
}

static json_t *people_json(const struct people *people, const struct stage *stage)
{
    struct targets targets = {0};
    json_t *list = json_array();

    reach_expand(people, &stage->level->notify, stage->at_us, &targets);
    for (size_t i = 0; i < targets.len; i++)
        json_array_append_new(list, json_string(targets.items[i].name));
    free(targets.items);
    return list;
}

static json_t *policy_json(const struct people *people, size_t index, int64_t at_us)
{
    const struct policy *policy = people->policies.items[index];
    struct stage *stages autofree = mem_alloc((policy->levels.len + 1) * sizeof(*stages));
    json_t *levels = json_array();

    stages_of(people, policy, at_us, stages);
    for (size_t i = 0; i < policy->levels.len; i++) {
        json_t *level = json_pack("{s:I, s:o, s:o, s:b}", "level", (json_int_t)i + 1, "notify",
            names_of(&stages[i].level->notify), "people", people_json(people, &stages[i]), "conditional",
            stages[i].level->when != NULL);

        if (stages[i].after_ms >= 0) {
            json_object_set_new(level, "after_ms", json_integer(stages[i].after_ms));
            json_object_set_new(level, "at", instant(stages[i].at_us));
        }
        json_array_append_new(levels, level);
    }
    return json_pack("{s:s, s:o}", "policy", people->policies.names[index], "levels", levels);
}

json_t *oncall_json(const struct document *document, const char *path, int64_t at_us)
{
    const struct people *people = &document->people;
    json_t *rotations = json_array(), *policies = json_array();

    for (size_t i = 0; i < people->rotations.len; i++) {
        struct watch watch = watch_at(people, i, at_us);

        json_array_append_new(rotations, rotation_json(people, &watch));
    }
    for (size_t i = 0; i < people->policies.len; i++)
        json_array_append_new(policies, policy_json(people, i, at_us));
    return json_pack("{s:o, s:o, s:o, s:o}", "file", value_string(path, strlen(path)), "at", instant(at_us),
        "rotations", rotations, "policies", policies);
}
