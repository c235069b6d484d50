#include "script/actions.h"
#include "base/nearest.h"
#include "script/coroutine.h"
#include "script/module.h"
#include "script/natives.h"

#include <string.h>

struct declared {
    struct arena arena;
    json_t *said; /* what the file says, which the actions borrow from */
    struct action *actions;
    size_t count;
    struct err err; /* why there are none */
};

void actions_forget(struct declared *declared)
{
    if (!declared)
        return;
    json_decref(declared->said);
    arena_fini(&declared->arena);
    free(declared);
}

/* --- reading what a file says --- */

static const char *const type_names[] = {
    "string", "integer", "number", "boolean", "duration", "enum", "list", "map", NULL};
static const char *const effect_names[] = {"read", "write", NULL};
static const char *const param_keys[] = {
    "type", "required", "default", "enum", "pattern", "minimum", "maximum", "secret", "description", NULL};

static int index_of(const char *const *names, const char *name)
{
    for (int i = 0; name && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static int check_keys(const json_t *said, const char *const *known, struct err *err)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)said, key, value)
    {
        if (index_of(known, key) < 0)
            return err_set(err, ERR_INVALID, "there is no key \"%.64s\"", key);
    }
    return 0;
}

/* In Lua an empty map is an empty list. */
static json_t *default_of(json_t *said, int type)
{
    json_t *fallback = json_object_get(said, "default");

    if (type == PARAM_MAP && json_is_array(fallback) && !json_array_size(fallback))
        json_object_set_new(said, "default", json_object());
    return json_object_get(said, "default");
}

static int read_param(struct param *param, const char *name, json_t *said, struct err *err)
{
    const char *type = value_get_string(said, "type");
    int number = index_of(type_names, type ? type : "string");

    if (!json_is_object(said))
        return err_set(err, ERR_INVALID, "it must be a table such as {type = \"string\"}");
    if (check_keys(said, param_keys, err))
        return ERR_INVALID;
    if (number < 0)
        return err_set(err, ERR_INVALID, "there is no type \"%.64s\"", type);
    *param = (struct param){
        .name = name,
        .type = number,
        .fallback = default_of(said, number),
        .choices = json_object_get(said, "enum"),
        .pattern = value_get_string(said, "pattern"),
        .minimum = json_object_get(said, "minimum"),
        .maximum = json_object_get(said, "maximum"),
        .description = value_get_string(said, "description"),
        .secret = json_is_true(json_object_get(said, "secret")),
    };
    /* Neither required nor with a default, it is null: nil, as Lua has it. */
    if (!param->fallback && !json_is_true(json_object_get(said, "required")))
        param->fallback = json_null();
    if (param->type == PARAM_ENUM && !json_array_size(param->choices))
        return err_set(err, ERR_INVALID, "an enum lacks its values");
    return 0;
}

static int read_params(struct declared *declared, struct action *action, const json_t *said, struct err *err)
{
    struct arena *arena = &declared->arena;
    struct items *params = &action->params;
    const char **names = view_sorted_keys(said, &params->len);
    int code = 0;

    params->items = arena_alloc(arena, (params->len + 1) * sizeof(void *));
    params->names = arena_alloc(arena, (params->len + 1) * sizeof(char *));
    for (size_t i = 0; i < params->len && code == 0; i++) {
        params->names[i] = names[i];
        params->items[i] = arena_alloc(arena, sizeof(struct param));
        code = read_param(params->items[i], names[i], json_object_get(said, names[i]), err);
        if (code)
            err_wrap(err, "parameter \"%.64s\"", names[i]);
    }
    free(names);
    return code;
}

static int read_action(
    struct declared *declared, struct action *action, const char *file, const char *name, struct err *err)
{
    const json_t *said = json_object_get(json_object_get(declared->said, "actions"), name);
    int effect = index_of(effect_names, value_get_string(said, "effect"));

    action->name = arena_printf(&declared->arena, "%s.%s", file, name);
    action->about = value_get_string(said, "about");
    action->output = value_get_string(said, "output");
    action->effect = effect == 0 ? STEP_EFFECT_READ : STEP_EFFECT_WRITE;
    action->is_secret = json_is_true(json_object_get(said, "secret"));
    if (!action->about)
        return err_set(err, ERR_INVALID, "it lacks about = \"what it does\"");
    if (effect < 0)
        return err_set(err, ERR_INVALID, "it lacks effect = \"read\" or \"write\"");
    if (action->is_secret && action->effect != STEP_EFFECT_READ)
        return err_set(err, ERR_INVALID, "it brings a secret, and so its effect must be \"read\"");
    return read_params(declared, action, json_object_get(said, "params"), err);
}

static int read_actions(struct declared *declared, const char *file, struct err *err)
{
    size_t count;
    const char **names = view_sorted_keys(json_object_get(declared->said, "actions"), &count);
    int code = 0;

    declared->actions = arena_alloc(&declared->arena, (count + 1) * sizeof(*declared->actions));
    for (size_t i = 0; i < count && code == 0; i++) {
        code = read_action(declared, &declared->actions[i], file, names[i], err);
        if (code)
            err_wrap(err, "action \"%.64s\"", names[i]);
    }
    declared->count = code ? 0 : count;
    free(names);
    return code;
}

/* What the file returns is a table of actions, each of which says what it is. */
static json_t *ask_file(struct script *script, const char *file, struct err *err)
{
    struct code code = {.name = file, .module = file};
    struct coroutine *coroutine = coroutine_new(script, &code, NULL);
    struct outcome outcome = {.exit_code = -1};
    json_t *said = NULL;

    if (coroutine_resume(coroutine, NULL, &outcome))
        err_set(err, ERR_INVALID, "a file cannot ask for anything while it is read");
    else if (outcome.class_)
        err_set(err, ERR_INVALID, "%s", outcome.message);
    else
        said = json_incref(json_object_get(outcome.result, "output"));
    outcome_fini(&outcome);
    coroutine_free(coroutine);
    return said;
}

static const struct declared *declared_of(struct script *script, const char *file)
{
    struct module *module = module_find(script, file);
    struct declared *declared;

    if (!module || module->declared)
        return module ? module->declared : NULL;
    declared = module->declared = mem_alloc(sizeof(*declared));
    declared->said = ask_file(script, file, &declared->err);
    if (declared->said && read_actions(declared, file, &declared->err))
        err_wrap(&declared->err, "%s", module->path);
    return declared;
}

/* --- looking up --- */

static void no_such(
    struct err *err, const char *what, const char *word, const char *const *names, size_t count)
{
    bool is_action = strcmp(what, "function") != 0;
    const char *found = nearest(word, names, count), *instead = is_action ? natives_instead(word) : NULL;

    if (instead)
        err_set(err, ERR_NOT_FOUND, "there is no %s \"%.64s\"; %s", what, word, instead);
    else if (found)
        err_set(err, ERR_NOT_FOUND, "there is no %s \"%.64s\"; did you mean \"%s\"?", what, word, found);
    else
        err_set(err, ERR_NOT_FOUND, "there is no %s \"%.64s\"%s", what, word,
            is_action ? "; `runbook actions` lists them" : "");
}

static const struct action *find_in(const struct declared *declared, const char *uses, struct err *err)
{
    const char **names;

    for (size_t i = 0; i < declared->count; i++)
        if (strcmp(declared->actions[i].name, uses) == 0)
            return &declared->actions[i];
    names = mem_alloc((declared->count + 1) * sizeof(*names));
    for (size_t i = 0; i < declared->count; i++)
        names[i] = declared->actions[i].name;
    no_such(err, "action", uses, names, declared->count);
    free(names);
    return NULL;
}

const struct action *actions_find(struct script *script, const char *uses, struct err *err)
{
    char *file autofree = mem_strndup(uses, strcspn(uses, "."));
    const struct declared *declared = declared_of(script, file);
    const char **names;
    size_t count;

    if (declared && declared->err.code) {
        *err = declared->err;
        return NULL;
    }
    if (declared)
        return find_in(declared, uses, err);
    names = module_names(script, &count);
    no_such(err, "file of actions", file, names, count);
    free(names);
    return NULL;
}

int actions_problem(struct script *script, const char *file, struct err *err)
{
    const struct declared *declared = declared_of(script, file);

    if (declared)
        *err = declared->err;
    return declared ? declared->err.code : 0;
}

bool actions_has_function(struct script *script, const char *file, const char *name, struct err *err)
{
    const struct declared *declared = declared_of(script, file);
    json_t *functions = declared ? json_object_get(declared->said, "functions") : NULL, *one;
    const char **names = mem_alloc((json_array_size(functions) + 1) * sizeof(*names));
    size_t i, count = 0;
    bool is_there = false;

    json_array_foreach(functions, i, one)
    {
        names[count++] = json_string_value(one);
        is_there = is_there || strcmp(json_string_value(one), name) == 0;
    }
    if (declared && declared->err.code)
        *err = declared->err;
    else if (!is_there)
        no_such(err, "function", name, names, count);
    free(names);
    return is_there;
}

const struct action **actions_all(struct script *script, size_t *ret_count, struct err *err)
{
    size_t files, cap = 0, count = 0;
    const char **names = module_names(script, &files);
    const struct action **all = mem_grow(NULL, 0, &cap, sizeof(*all));
    int code = 0;

    for (size_t i = 0; i < files && code == 0; i++) {
        const struct declared *declared = declared_of(script, names[i]);

        if (declared->err.code) {
            *err = declared->err;
            code = err->code;
        }
        for (size_t k = 0; k < declared->count; k++) {
            all = mem_grow(all, count, &cap, sizeof(*all));
            all[count++] = &declared->actions[k];
        }
    }
    free(names);
    *ret_count = count;
    if (!code)
        return all;
    free(all);
    return NULL;
}

/* --- what is given --- */

static json_t *without_nulls(const json_t *with)
{
    json_t *given = json_object(), *value;
    const char *key;

    json_object_foreach((json_t *)with, key, value)
    {
        if (!json_is_null(value))
            json_object_set(given, key, value);
    }
    return given;
}

/* What is left out, and need not be there, is not held against anything. */
static struct items wanted(const struct action *action, const json_t *given)
{
    struct items params = {.items = mem_alloc((action->params.len + 1) * sizeof(void *)),
        .names = mem_alloc((action->params.len + 1) * sizeof(char *))};

    for (size_t i = 0; i < action->params.len; i++) {
        struct param *param = action->params.items[i];

        if (json_is_null(param->fallback) && !json_object_get(given, param->name))
            continue;
        params.items[params.len] = param;
        params.names[params.len++] = param->name;
    }
    return params;
}

json_t *actions_fill(const struct action *action, const json_t *with, struct err *err)
{
    json_t *given autovalue = without_nulls(with), *full;
    struct items params = wanted(action, given);
    struct diags diags = {0};

    full = params_check(&params, given, false, &diags);
    if (!full)
        err_set(err, ERR_INVALID, "%s: %s", action->name, diags.items[0].text);
    diags_fini(&diags);
    free(params.items);
    free(params.names);
    return full;
}
