/* actual: what came of a run, in the form in which it could have been expected. */
#include "base/duration.h"
#include "report/verdict_inside.h"

#include <string.h>

static json_t *step_status(const struct came *came)
{
    return json_string(came->status == STEP_PENDING ? "any" : step_status_name(came->status));
}

/* The same properties as were asked for. */
static json_t *step_actual(const struct step_expected *expected, const struct came *came)
{
    json_t *map = json_object(), *value;

    if (expected->status != STEP_PENDING)
        json_object_set_new(map, "status", step_status(came));
    for (size_t i = 0; i < STEP_PROPERTIES; i++)
        if (expected->properties[i] && (value = came_property(came, (enum step_property)i)))
            json_object_set_new(map, property_name((enum step_property)i), value);
    if (json_object_size(map) == 1 && expected->status != STEP_PENDING) {
        value = json_incref(json_object_get(map, "status"));
        json_decref(map);
        return value;
    }
    return map;
}

static const struct came *find(struct verdict *verdict, const struct path_pattern *pattern)
{
    size_t exact = (size_t)map_get(&verdict->by_path, pattern->text);

    if (exact)
        return &verdict->came[exact - 1];
    for (size_t i = 0; verdict->came && i < verdict->came_count; i++) {
        path_forms_set(&verdict->forms, verdict->came[i].path);
        if (path_fits(pattern, &verdict->forms))
            return &verdict->came[i];
    }
    return NULL;
}

static json_t *steps_asked(struct verdict *verdict)
{
    const struct items *steps = &verdict->expect->steps;
    json_t *map = json_object();

    for (size_t i = 0; i < steps->len; i++) {
        const struct step_expected *expected = steps->items[i];
        const struct came *came = find(verdict, &expected->pattern);

        json_object_set_new(map, steps->names[i], came ? step_actual(expected, came) : json_string("never"));
    }
    return map;
}

/* Every step, without the items of loops. */
static json_t *steps_all(const struct verdict *verdict)
{
    json_t *map = json_object();

    for (size_t i = 0; i < verdict->came_count; i++)
        if (!strpbrk(verdict->came[i].path, "[#"))
            json_object_set_new(map, verdict->came[i].path, step_status(&verdict->came[i]));
    return map;
}

static json_t *steps_actual(struct verdict *verdict)
{
    return verdict->expect->steps.len ? steps_asked(verdict) : steps_all(verdict);
}

/* The same steps, in the order in which they began; those that did not are left out. */
static json_t *order_actual(struct verdict *verdict)
{
    const struct strings *wanted = &verdict->expect->order;
    bool *used autofree = mem_alloc(wanted->len + 1);
    json_t *list = json_array();

    for (size_t i = 0; i < verdict->begun.len; i++)
        for (size_t j = 0; j < wanted->len; j++)
            if (!used[j] && order_fits(wanted->items[j], verdict->begun.items[i])) {
                json_array_append_new(list, json_string(wanted->items[j]));
                used[j] = true;
            }
    return list;
}

static json_t *notified_actual(struct verdict *verdict)
{
    json_t *list = json_array();
    char at[DURATION_TEXT_SIZE];

    for (size_t i = 0; i < verdict->message_count; i++)
        if (!verdict->messages[i].has_failed)
            json_array_append_new(list, json_pack("{s:s, s:s+}", "contact", verdict->messages[i].target, "at",
                                            "+", duration_exact(verdict->messages[i].at_us / 1000, at)));
    return list;
}

static json_t *status_actual(struct verdict *verdict)
{
    return json_string(run_status_name((enum run_status)verdict->status));
}

static json_t *class_actual(struct verdict *verdict)
{
    return verdict->class_ ? json_string(fail_class_name(verdict->class_)) : NULL;
}

static json_t *message_actual(struct verdict *verdict)
{
    return json_incref(json_object_get(verdict->end, "message"));
}

static json_t *duration_actual(struct verdict *verdict)
{
    char took[DURATION_TEXT_SIZE];

    return json_string(duration_exact(verdict->now_us / 1000, took));
}

static json_t *warnings_actual(struct verdict *verdict)
{
    return json_incref(json_object_get(verdict->end, "warnings"));
}

static json_t *outputs_actual(struct verdict *verdict)
{
    json_t *outputs = json_object_get(verdict->end, "outputs");

    return outputs ? json_incref(outputs) : json_object();
}

/* Those of the lines that are there in this order. */
static json_t *journal_actual(struct verdict *verdict)
{
    const struct strings *wanted = &verdict->expect->journal;
    json_t *list = json_array();
    size_t from = 0;

    for (size_t i = 0; i < wanted->len; i++)
        for (size_t j = from; j < verdict->journal.len; j++)
            if (glob_fits(wanted->items[i], verdict->journal.items[j])) {
                json_array_append_new(list, json_string(wanted->items[i]));
                from = j + 1;
                break;
            }
    return list;
}

static const struct {
    const char *key;
    json_t *(*get)(struct verdict *verdict);
    bool is_usual; /* written where nothing was expected yet */
} keys[] = {
    {"status", status_actual, true},
    {"class", class_actual, true},
    {"message", message_actual, false},
    {"steps", steps_actual, true},
    {"order", order_actual, false},
    {"notified", notified_actual, true},
    {"duration", duration_actual, true},
    {"warnings", warnings_actual, true},
    {"outputs", outputs_actual, false},
    {"journal", journal_actual, false},
};

static bool is_asked(const json_t *failures, const char *key)
{
    json_t *failure;
    size_t i;

    json_array_foreach((json_t *)failures, i, failure)
    {
        const char *name = value_get_string(failure, "expectation");

        if (name && strcmp(name, key) == 0)
            return true;
    }
    return false;
}

json_t *verdict_actual(struct verdict *verdict, bool has_expectations, const json_t *failures)
{
    json_t *map = json_object(), *value;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (has_expectations ? is_asked(failures, keys[i].key) : keys[i].is_usual)
            if ((value = keys[i].get(verdict)))
                json_object_set_new(map, keys[i].key, value);
    return map;
}
