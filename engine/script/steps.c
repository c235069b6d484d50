/* steps: what `steps` shows: a step by its id, and a field of what it has come to. */
#include "script/sandbox.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

typedef json_t *(*field_reader)(const struct result *result); /* new reference; NULL = nil */

static json_t *read_status(const struct result *result)
{
    return json_string(step_status_name(result->status));
}

static json_t *read_ok(const struct result *result)
{
    return json_boolean(result->status == STEP_SUCCEEDED);
}

static json_t *read_exit_code(const struct result *result)
{
    return result->exit_code >= 0 ? json_integer(result->exit_code) : NULL;
}

static json_t *read_outputs(const struct result *result)
{
    return json_incref(result->outputs ? result->outputs : json_object_get(result->result, "outputs"));
}

static json_t *read_answer(const struct result *result)
{
    return json_incref(result->answer);
}

static json_t *read_by(const struct result *result)
{
    return json_incref(result->by);
}

static json_t *read_error(const struct result *result)
{
    return result->class_ ? json_string(fail_class_name(result->class_)) : NULL;
}

static json_t *read_message(const struct result *result)
{
    return result->message ? value_string(result->message, strlen(result->message)) : NULL;
}

static json_t *read_attempts(const struct result *result)
{
    return json_integer(result->attempts);
}

static json_t *instant(int64_t wall_us)
{
    char text[INSTANT_TEXT_SIZE];

    return wall_us ? json_string(instant_utc(wall_us, text)) : NULL;
}

static json_t *read_started(const struct result *result)
{
    return instant(result->started_us);
}

static json_t *read_finished(const struct result *result)
{
    return instant(result->finished_us);
}

static json_t *read_seconds(const struct result *result)
{
    if (!result->started_us || !result->finished_us)
        return NULL;
    return json_real((double)(result->finished_us - result->started_us) / 1e6);
}

static json_t *read_items(const struct result *result)
{
    return json_incref(result->items);
}

/* Fields without a reader are those of the outcome's map. */
static const struct {
    const char *name;
    field_reader read;
    bool always; /* has a value before the step has run */
} step_fields[] = {
    {"status", read_status, true},
    {"ok", read_ok, true},
    {"exit_code", read_exit_code, false},
    {"stdout", NULL, false},
    {"stderr", NULL, false},
    {"output", NULL, false},
    {"outputs", read_outputs, false},
    {"answer", read_answer, false},
    {"by", read_by, false},
    {"error", read_error, false},
    {"message", read_message, false},
    {"attempts", read_attempts, true},
    {"started_at", read_started, false},
    {"finished_at", read_finished, false},
    {"seconds", read_seconds, false},
    {"items", read_items, false},
    {"status_code", NULL, false},
    {"headers", NULL, false},
    {"body", NULL, false},
    {"signal", NULL, false},
};

enum { STEP_FIELDS = sizeof(step_fields) / sizeof(*step_fields) };

const char *const steps_field_names[STEP_FIELDS + 1] = {"status", "ok", "exit_code", "stdout", "stderr",
    "output", "outputs", "answer", "by", "error", "message", "attempts", "started_at", "finished_at",
    "seconds", "items", "status_code", "headers", "body", "signal", NULL};

size_t steps_field(const char *name)
{
    size_t i = 0;

    while (i < STEP_FIELDS && strcmp(step_fields[i].name, name) != 0)
        i++;
    return i;
}

bool steps_is_brought(const char *name)
{
    size_t field = steps_field(name);

    return field < STEP_FIELDS && (!step_fields[field].read || step_fields[field].read == read_exit_code);
}

/* Before it has run, a step has hardly anything to show. */
static bool is_early(const struct result *result, size_t field)
{
    return result->status == STEP_PENDING && !step_fields[field].always;
}

static json_t *field_value(struct script *script, const struct result *result, size_t field)
{
    json_t *value;

    if (!step_fields[field].read)
        return json_object_get(result->result, step_fields[field].name);
    value = step_fields[field].read(result);
    return value ? view_own(script, value) : NULL;
}

int steps_field_index(lua_State *lua)
{
    const struct object *object = lua_touserdata(lua, 1);
    const struct result *result = object->result;
    const char *key = names_key(lua, "steps.…");
    size_t field = steps_field(key);
    json_t *value;

    if (field == STEP_FIELDS) {
        value = json_object_get(result->result, key);
        if (!value)
            return names_fail_missing(lua, "field of a step", key, steps_field_names, STEP_FIELDS);
        view_push(lua, value);
        return 1;
    }
    if (is_early(result, field))
        return luaL_error(
            lua, "the step has not run yet, so it has no \"%s\"; .ok and .status can be asked", key);
    view_push(lua, field_value(script_of(lua), result, field));
    return 1;
}

bool steps_value(struct script *script, const char *id, size_t field, json_t **ret_value)
{
    const struct scope *scope = script->scope;
    const struct result *result = scope && scope->step ? scope->step(scope->context, id) : NULL;

    if (!result || field >= STEP_FIELDS || is_early(result, field))
        return false;
    *ret_value = field_value(script, result, field);
    return true;
}

json_t *steps_json(const struct result *result)
{
    json_t *map = json_object();

    if (result->result)
        json_object_update(map, result->result);
    for (size_t i = 0; i < STEP_FIELDS; i++) {
        json_t *value = step_fields[i].read ? step_fields[i].read(result) : NULL;

        if (value)
            json_object_set_new(map, step_fields[i].name, value);
    }
    return map;
}

/* The ids that can be referred to, for hints. The array is the caller's to free. */
static const char **step_ids(const struct document *document, size_t *ret_count)
{
    size_t count = document ? document->ids.len : 0;
    const char **ids = mem_alloc((count + 1) * sizeof(*ids));

    for (size_t i = 0; i < count; i++)
        ids[i] = document->ids.entries[i].key;
    *ret_count = count;
    return ids;
}

/* An object is nothing but its pointer, so one made before for the same place will do. */
static void push_step(lua_State *lua, const struct result *result)
{
    struct script *script = script_of(lua);
    struct object *object;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->step_objects);
    if (lua_rawgetp(lua, -1, result) == LUA_TUSERDATA)
        return;
    lua_pop(lua, 1);
    object = lua_newuserdatauv(lua, sizeof(*object), 0);
    object->type = META_STEP;
    object->result = result;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->metatables[META_STEP]);
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, -3, result);
}

int steps_index(lua_State *lua)
{
    struct script *script = script_of(lua);
    const struct scope *scope = script->scope;
    const char *key = names_key(lua, "steps");
    const struct result *result;
    char hint[400];

    if (!scope || !scope->step)
        return luaL_error(lua, "steps cannot be used here");
    result = scope->step(scope->context, key);
    if (!result) {
        size_t count;
        const char **ids = step_ids(scope->document, &count);

        names_hint(key, ids, count, hint, sizeof(hint));
        free(ids);
        return luaL_error(lua, "there is no step \"%s\" that has a result here%s", key, hint);
    }
    push_step(lua, result);
    return 1;
}
