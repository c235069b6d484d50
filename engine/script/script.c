/* script: evaluating what was compiled.
 *
 * Everything that may raise a Lua error runs inside lua_pcall; what the evaluation leaves on the stack is
 * turned into a JSON value or a text outside of it, by code that cannot raise. */
#include "script/module.h"
#include "base/duration.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    INSTRUCTIONS = 10 * 1000 * 1000,
    MEMORY = 64 * 1024 * 1024,
    ENV_VALUE_MAX = 128 * 1024, /* MAX_ARG_STRLEN of Linux: "name=value" with its NUL */
};

struct frame frame_enter(struct script *script, const struct scope *scope, bool may_loop)
{
    struct frame frame = {
        .scope = script->scope,
        .budget = script->budget,
        .longest = script->longest,
        .second = script->second,
        .owned = script->owned_len,
        .exhausted = script->exhausted,
        .is_hooked = script->is_hooked,
    };

    script->scope = scope;
    limit_begin(script, may_loop);
    return frame;
}

void frame_leave(struct script *script, const struct frame *frame)
{
    view_forget_texts(script);
    if (script->owned_len > frame->owned)
        view_let_go(script, frame->owned);
    if (frame->scope && frame->is_hooked)
        limit_begin(script, true);
    script->scope = frame->scope;
    script->budget = frame->budget;
    script->longest = frame->longest;
    script->second = frame->second;
    script->exhausted = frame->exhausted;
}

static const char *message_of(lua_State *lua, int status)
{
    if (status == LUA_ERRMEM)
        return limit_too_big;
    /* Not lua_tostring of a number: it would allocate, outside of any protection. */
    if (lua_type(lua, -1) == LUA_TSTRING)
        return lua_tostring(lua, -1);
    return "error() was called with a value that is not a text";
}

static int failed(struct script *script, int status, const struct expr *expr, struct err *err)
{
    int line;
    const char *text = expr_message(message_of(script->lua, status), &line);
    struct pos pos = expr_line(expr, line);
    int code = err_set(err, ERR_EXPRESSION, "%" PRIu32 ":%" PRIu32 ": %s", pos.line, pos.column, text);

    lua_pop(script->lua, 1);
    if (status == LUA_ERRMEM)
        lua_gc(script->lua, LUA_GCCOLLECT);
    return code;
}

/* Leaves the value on the stack, unless it fails. */
static int run(struct script *script, const struct expr *expr, struct err *err)
{
    int status;

    if (expr->slot <= 0)
        return err_set(err, ERR_EXPRESSION, "%" PRIu32 ":%" PRIu32 ": the expression was not compiled",
            expr->pos.line, expr->pos.column);
    if (quick_run(script, &script->slots[expr->slot], expr->text))
        return 0;
    lua_rawgeti(script->lua, LUA_REGISTRYINDEX, script->slots[expr->slot].function);
    status = lua_pcall(script->lua, 0, 1, 0);
    return status == LUA_OK ? 0 : failed(script, status, expr, err);
}

static bool may_loop(const struct script *script, const struct expr *expr)
{
    return expr->slot > 0 && script->slots[expr->slot].may_loop;
}

static void locate(const struct expr *expr, struct err *err)
{
    err_wrap(err, "%" PRIu32 ":%" PRIu32, expr->pos.line, expr->pos.column);
}

int script_eval(struct script *script, const struct expr *expr, const struct scope *scope, json_t **ret_value,
    struct err *err)
{
    struct frame frame = frame_enter(script, scope, may_loop(script, expr));
    int code = run(script, expr, err);
    json_t *value;

    if (code == 0) {
        value = convert_value(script->lua, -1, err);
        lua_pop(script->lua, 1);
        if (value)
            *ret_value = value;
        else
            locate(expr, err);
        code = value ? 0 : ERR_EXPRESSION;
    }
    frame_leave(script, &frame);
    return code;
}

int script_eval_bool(struct script *script, const struct expr *expr, const struct scope *scope,
    bool *ret_value, struct err *err)
{
    struct frame frame = frame_enter(script, scope, may_loop(script, expr));
    int code = run(script, expr, err);

    if (code == 0) {
        *ret_value = lua_toboolean(script->lua, -1);
        lua_pop(script->lua, 1);
    }
    frame_leave(script, &frame);
    return code;
}

static int eval_text(struct script *script, const struct expr *expr, const struct scope *scope,
    struct text *text, struct err *err)
{
    struct frame frame = frame_enter(script, scope, may_loop(script, expr));
    int code = run(script, expr, err);

    if (code == 0) {
        code = convert_text(script->lua, -1, text, err);
        lua_pop(script->lua, 1);
        if (code)
            locate(expr, err);
    }
    frame_leave(script, &frame);
    return code;
}

/* --- templates --- */

static int resolve_concat(struct script *script, const struct template *tmpl, const struct scope *scope,
    json_t **ret_value, struct err *err)
{
    struct text text autotext = {0};

    for (size_t i = 0; i < tmpl->len; i++) {
        const struct template *item = tmpl->items[i];

        if (item->type == TEMPLATE_CONST)
            text_add(&text, json_string_value(item->constant), json_string_length(item->constant));
        else if (eval_text(script, item->expr, scope, &text, err))
            return ERR_EXPRESSION;
        if (text.len > script->limits.memory)
            return err_set(err, ERR_EXPRESSION, "%" PRIu32 ":%" PRIu32 ": the text becomes too long",
                tmpl->pos.line, tmpl->pos.column);
    }
    *ret_value = value_string(text_str(&text), text.len);
    return 0;
}

/* The value of an item, or the elements of one that is `each`. Takes the value. */
static int add_item(const struct template *tmpl, json_t *value, json_t *list, struct err *err)
{
    json_t *item autovalue = value;

    if (!tmpl->is_each) {
        json_array_append(list, item);
        return 0;
    }
    if (json_is_array(item)) {
        json_array_extend(list, item);
        return 0;
    }
    err_set(err, ERR_EXPRESSION, "`each` wants a list, not a %s", value_type(item));
    locate(tmpl->expr, err);
    return ERR_EXPRESSION;
}

static int resolve_list(struct script *script, const struct template *tmpl, const struct scope *scope,
    json_t **ret_value, struct err *err)
{
    json_t *list autovalue = json_array(), *item = NULL;

    for (size_t i = 0; i < tmpl->len; i++) {
        int code = script_resolve(script, tmpl->items[i], scope, &item, err);

        if (!code)
            code = add_item(tmpl->items[i], item, list, err);
        if (code)
            return code;
    }
    *ret_value = json_incref(list);
    return 0;
}

static int resolve_map(struct script *script, const struct template *tmpl, const struct scope *scope,
    json_t **ret_value, struct err *err)
{
    json_t *map autovalue = json_object(), *item = NULL;

    for (size_t i = 0; i < tmpl->len; i++) {
        int code = script_resolve(script, tmpl->items[i], scope, &item, err);

        if (code)
            return code;
        json_object_set_new_nocheck(map, tmpl->keys[i], item);
    }
    *ret_value = json_incref(map);
    return 0;
}

/* -0, 007 and 1e3 are not what a shell calculates with. */
static bool is_plain_integer(const char *text)
{
    const char *digits = text + (*text == '-');

    return *digits && strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= 18 &&
           (*digits != '0' || strcmp(text, "0") == 0);
}

/* One value of a shell script, checked for the place where it is used. */
static int resolve_hole(struct script *script, const struct expr *expr, const struct scope *scope,
    struct text *text, struct err *err)
{
    const char *fault = NULL;
    int code = eval_text(script, expr, scope, text, err);

    if (code)
        return code;
    if (script->slots[expr->slot].use == HOLE_INTEGER && !is_plain_integer(text_str(text)))
        fault = "only a whole number may stand in shell arithmetic; use env: for other values";
    else if (text->len + sizeof("RB_999999=") > ENV_VALUE_MAX)
        fault = "the value is longer than the 128 KiB an environment variable can hold; pass it by stdin or "
                "a file";
    if (!fault)
        return 0;
    return err_set(
        err, ERR_EXPRESSION, "%" PRIu32 ":%" PRIu32 ": %s", expr->pos.line, expr->pos.column, fault);
}

static int resolve_shell(struct script *script, const struct template *tmpl, const struct scope *scope,
    json_t **ret_value, struct err *err)
{
    json_t *env autovalue = json_object();
    struct text text autotext = {0};
    char name[32];
    int hole = 0;

    if (!tmpl->shell)
        return err_set(err, ERR_EXPRESSION, "%" PRIu32 ":%" PRIu32 ": the script was not compiled",
            tmpl->pos.line, tmpl->pos.column);
    for (size_t i = 0; i < tmpl->len; i++) {
        const struct template *item = tmpl->items[i];

        if (item->type != TEMPLATE_EXPR)
            continue;
        hole++;
        if (item->expr->slot > 0 && script->slots[item->expr->slot].use == HOLE_UNUSED)
            continue;
        text_clear(&text);
        if (resolve_hole(script, item->expr, scope, &text, err))
            return ERR_EXPRESSION;
        snprintf(name, sizeof(name), "RB_%d", hole);
        json_object_set_new_nocheck(env, name, value_string(text_str(&text), text.len));
    }
    *ret_value = json_pack("{s:O, s:O}", "text", tmpl->shell, "env", env);
    return 0;
}

int script_resolve(struct script *script, const struct template *tmpl, const struct scope *scope,
    json_t **ret_value, struct err *err)
{
    if (tmpl->constant) {
        *ret_value = json_incref(tmpl->constant);
        return 0;
    }
    switch (tmpl->type) {
    case TEMPLATE_CONST:
        break;
    case TEMPLATE_EXPR:
        return script_eval(script, tmpl->expr, scope, ret_value, err);
    case TEMPLATE_CONCAT:
        return resolve_concat(script, tmpl, scope, ret_value, err);
    case TEMPLATE_LIST:
        return resolve_list(script, tmpl, scope, ret_value, err);
    case TEMPLATE_MAP:
        return resolve_map(script, tmpl, scope, ret_value, err);
    case TEMPLATE_SHELL:
        return resolve_shell(script, tmpl, scope, ret_value, err);
    }
    return err_set(err, ERR_INTERNAL, "unknown template type %d", (int)tmpl->type);
}

/* --- settings --- */

static int duration_of(const json_t *value, int64_t *ret_ms, struct err *err)
{
    double seconds = json_number_value(value);

    if (json_is_string(value))
        return duration_parse(json_string_value(value), ret_ms, err) ? ERR_EXPRESSION : 0;
    if (!json_is_number(value))
        return err_set(err, ERR_EXPRESSION,
            "a duration is a text such as \"5m\" or a number of seconds, not a %s", value_type(value));
    if (!(seconds >= 0 && seconds <= 100 * 366 * 86400.0))
        return err_set(
            err, ERR_EXPRESSION, "%.17g seconds is not a duration between 0 and 100 years", seconds);
    *ret_ms = (int64_t)llround(seconds * 1000);
    return 0;
}

static int integer_of(const json_t *value, int64_t *ret_value, struct err *err)
{
    double number = json_number_value(value);

    if (json_is_integer(value))
        *ret_value = json_integer_value(value);
    else if (json_is_real(value) && number == floor(number) && fabs(number) < 9e15)
        *ret_value = (int64_t)number;
    else
        return err_set(err, ERR_EXPRESSION, "a whole number is needed here, not a %s", value_type(value));
    return 0;
}

typedef int (*amount_reader)(const json_t *value, int64_t *ret_value, struct err *err);

static int amount(struct script *script, const struct amount *amount_, const struct scope *scope,
    amount_reader reader, int64_t *ret_value, struct err *err)
{
    json_t *value autovalue = NULL;
    int code;

    if (!amount_->expr) {
        *ret_value = amount_->value;
        return 0;
    }
    code = script_eval(script, amount_->expr, scope, &value, err);
    if (code)
        return code;
    if (reader(value, ret_value, err) == 0)
        return 0;
    if (err)
        err->code = ERR_EXPRESSION;
    locate(amount_->expr, err);
    return ERR_EXPRESSION;
}

int script_duration(struct script *script, const struct amount *setting, const struct scope *scope,
    int64_t *ret_ms, struct err *err)
{
    return amount(script, setting, scope, duration_of, ret_ms, err);
}

int script_integer(struct script *script, const struct amount *setting, const struct scope *scope,
    int64_t *ret_value, struct err *err)
{
    return amount(script, setting, scope, integer_of, ret_value, err);
}

/* --- life --- */

static int open_all(lua_State *lua)
{
    struct script *script = script_of(lua);

    view_open(script);
    library_open(script);
    return 0;
}

struct script *script_new(const struct script_limits *limits)
{
    struct script *script = mem_alloc(sizeof(*script));

    script->limits = (struct script_limits){INSTRUCTIONS, MEMORY};
    if (limits)
        script->limits = *limits;
    script->lua = lua_newstate(limit_allocate, script);
    if (!script->lua)
        abort();
    *(struct script **)lua_getextraspace(script->lua) = script;
    lua_pushcfunction(script->lua, open_all);
    if (lua_pcall(script->lua, 0, 0, 0))
        abort();
    script->memory_compiled = script->memory_used;
    return script;
}

void script_know_yaml(struct script *script, const struct script_yaml *yaml)
{
    script->yaml = yaml;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    script->memory_ceiling = 0;
    lua_close(script->lua);
    view_let_go(script, 0);
    free(script->owned);
    for (size_t i = 1; i < script->slot_count; i++)
        quick_free(script->slots[i].quick);
    free(script->slots);
    map_fini(&script->texts);
    modules_fini(script);
    text_fini(&script->scratch);
    free(script);
}
