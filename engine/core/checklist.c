#include "core/checklist.h"

json_t *checklist_new(const json_t *points)
{
    json_t *ticked = json_array();

    for (size_t i = 0; i < json_array_size(points); i++)
        json_array_append_new(ticked, json_false());
    return ticked;
}

int checklist_check(const json_t *ticked, const char *id, const json_t *data, struct err *err)
{
    json_t *points = json_object_get(data, "checklist"), *point;
    size_t count = json_array_size(ticked), i;

    if (!count)
        return err_set(err, ERR_USAGE, "%s has no checklist", id);
    if (!json_array_size(points))
        return err_set(err, ERR_USAGE, "it must be said which points, from 1 to %zu", count);
    json_array_foreach(points, i, point)
    {
        json_int_t number = json_integer_value(point);

        if (number < 1 || (size_t)number > count)
            return err_set(err, ERR_USAGE, "the checklist of %s has the points 1 to %zu, and no point %lld",
                id, count, (long long)number);
    }
    return 0;
}

bool checklist_tick(json_t *ticked, const json_t *data)
{
    json_t *item;
    bool is_all = true;
    size_t i;

    json_array_foreach(json_object_get(data, "checklist"), i, item)
        json_array_set_new(ticked, (size_t)json_integer_value(item) - 1, json_true());
    json_array_foreach(ticked, i, item) is_all = is_all && json_is_true(item);
    return is_all;
}

json_t *checklist_ticked(json_t *ticked)
{
    json_t *item;
    size_t i;

    json_array_foreach(ticked, i, item) if (json_is_true(item)) return ticked;
    return NULL;
}
