/* Parameters: what was given, held against what is declared. */
#include "base/duration.h"
#include "model/diag.h"
#include "model/document.h"

#include <regex.h>
#include <string.h>

static const char *const type_names[] = {
    "string",
    "integer",
    "number",
    "boolean",
    "duration",
    "enum",
    "list",
    "map",
};

static json_t *number_of(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

    return value;
}

/* The value that a text from the command line stands for in this type; the text itself when it stands for
 * none. */
static json_t *convert_text(const struct param *param, json_t *given)
{
    const char *text = json_string_value(given);
    json_t *value = NULL;

    if (!text || param->type == PARAM_STRING || param->type == PARAM_DURATION || param->type == PARAM_ENUM)
        return json_incref(given);
    value = number_of(text);
    if (!value && param->type == PARAM_LIST && *text != '[' && *text != '{') {
        /* a,b,c is a list of texts; what begins like JSON and is none is a mistake */
        value = json_array();
        for (const char *at = text; *at;) {
            size_t len = strcspn(at, ",");

            json_array_append_new(value, json_stringn(at, len));
            at += len + (at[len] == ',');
        }
    }
    return value ? value : json_incref(given);
}

static bool is_choice(const struct param *param, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(param->choices); i++)
        if (json_equal(json_array_get(param->choices, i), value))
            return true;
    return false;
}

static bool fits_type(const struct param *param, const json_t *value)
{
    int64_t ms;

    switch ((enum param_type)param->type) {
    case PARAM_STRING:
        return json_is_string(value);
    case PARAM_INTEGER:
        return json_is_integer(value);
    case PARAM_NUMBER:
        return json_is_number(value);
    case PARAM_BOOLEAN:
        return json_is_boolean(value);
    case PARAM_DURATION:
        return json_is_string(value) && duration_parse(json_string_value(value), &ms, NULL) == 0;
    case PARAM_ENUM:
        return true; /* is_choice says more */
    case PARAM_LIST:
        return json_is_array(value);
    case PARAM_MAP:
        return json_is_object(value);
    }
    return false;
}

static void show(const json_t *value, bool secret, struct text *text)
{
    if (secret)
        text_puts(text, "(secret)");
    else
        value_canonical(value, text);
    if (text->len > 60) {
        text->len = 57;
        while (text->len && ((unsigned char)text->ptr[text->len] & 0xC0) == 0x80)
            text->len--;
        text_puts(text, "…");
    }
}

/* What is held against what. */
struct checking {
    struct diags *diags;
    const char *noun;       /* "parameter" */
    const char *none;       /* where there are none */
    const char *how, *then; /* how one is given: before its name, after it */
};

static void not_a_choice(const struct param *param, const json_t *value, const struct checking *checking)
{
    struct text shown autotext = {0}, all autotext = {0};
    struct diag *diag;

    show(value, param->secret, &shown);
    for (size_t i = 0; i < json_array_size(param->choices); i++) {
        text_puts(&all, i ? ", " : "");
        value_to_text(json_array_get(param->choices, i), &all);
    }
    diag = diag_error(checking->diags, param->pos, "parameter", "%s \"%s\": %s is not one of its values",
        checking->noun, param->name, text_str(&shown));
    diag_hint(checking->diags, diag, "use one of: %s", text_str(&all));
}

/* The bound for a number; for a text, a list or a duration it does not apply. */
static void check_range(const struct param *param, const json_t *value, const struct checking *checking)
{
    double number = json_number_value(value);

    if (!json_is_number(value))
        return;
    if (param->minimum && number < json_number_value(param->minimum))
        diag_error(checking->diags, param->pos, "parameter", "%s \"%s\": %g is less than its minimum %g",
            checking->noun, param->name, number, json_number_value(param->minimum));
    if (param->maximum && number > json_number_value(param->maximum))
        diag_error(checking->diags, param->pos, "parameter", "%s \"%s\": %g is more than its maximum %g",
            checking->noun, param->name, number, json_number_value(param->maximum));
}

/* The whole text must match, as with JSON Schema's anchored patterns. */
static void check_pattern(const struct param *param, const json_t *value, const struct checking *checking)
{
    char *whole autofree = mem_printf("^(%s)$", param->pattern);
    struct text shown autotext = {0};
    struct diag *diag;
    regex_t regex;

    if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0) {
        diag_error(checking->diags, param->pos, "parameter",
            "%s \"%s\": its pattern is not a POSIX extended regular "
            "expression",
            checking->noun, param->name);
        return;
    }
    if (regexec(&regex, json_string_value(value), 0, NULL, 0) != 0) {
        show(value, param->secret, &shown);
        diag = diag_error(checking->diags, param->pos, "parameter",
            "%s \"%s\": %s does not have the required form", checking->noun, param->name, text_str(&shown));
        diag_hint(checking->diags, diag, "it must match %s", param->pattern);
    }
    regfree(&regex);
}

static void wrong_type(const struct param *param, const json_t *value, const struct checking *checking)
{
    struct text shown autotext = {0};
    struct diag *diag;

    show(value, param->secret, &shown);
    diag = diag_error(checking->diags, param->pos, "parameter", "%s \"%s\" must be of type %s, not %s",
        checking->noun, param->name, type_names[param->type], text_str(&shown));
    if (param->type == PARAM_DURATION)
        diag_hint(checking->diags, diag, "write a number and a unit: 90s, 15m, 1h30m");
    if (param->type == PARAM_BOOLEAN)
        diag_hint(checking->diags, diag, "write true or false");
    if (param->type == PARAM_LIST)
        diag_hint(checking->diags, diag, "write a,b or [\"a\", \"b\"]");
    if (param->type == PARAM_MAP)
        diag_hint(checking->diags, diag, "write {\"name\": \"value\"}");
}

static bool check_one(const struct param *param, const json_t *value, const struct checking *checking)
{
    size_t before = checking->diags->errors;

    if (!fits_type(param, value))
        wrong_type(param, value, checking);
    else if (param->choices && !is_choice(param, value))
        not_a_choice(param, value, checking);
    else if (param->pattern && json_is_string(value))
        check_pattern(param, value, checking);
    else
        check_range(param, value, checking);
    return checking->diags->errors == before;
}

static void check_unknown(const struct items *params, const json_t *given, const struct checking *checking)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)given, key, value)
    {
        struct diag *diag;
        bool known = false;

        for (size_t i = 0; i < params->len; i++)
            known = known || strcmp(params->names[i], key) == 0;
        if (known)
            continue;
        diag = diag_error(
            checking->diags, (struct pos){0}, "parameter", "there is no %s \"%s\"", checking->noun, key);
        diag_did_you_mean(checking->diags, diag, key, params->names, params->len);
        if (!diag->hint && !params->len)
            diag_hint(checking->diags, diag, "%s", checking->none);
    }
}

static json_t *check_all(
    const struct items *params, const json_t *given, bool convert, const struct checking *checking)
{
    json_t *full = json_object();
    size_t before = checking->diags->errors;

    check_unknown(params, given, checking);
    for (size_t i = 0; i < params->len; i++) {
        const struct param *param = params->items[i];
        json_t *raw = json_object_get(given, params->names[i]);
        json_t *value = raw && convert ? convert_text(param, raw) : json_incref(raw ? raw : param->fallback);

        if (!value) {
            struct diag *diag = diag_error(checking->diags, param->pos, "parameter", "%s \"%s\" is required",
                checking->noun, params->names[i]);

            diag_hint(checking->diags, diag, "%s%s%s%s%s", checking->how, params->names[i], checking->then,
                param->description ? ": " : "", param->description ? param->description : "");
        } else if (check_one(param, value, checking)) {
            json_object_set(full, params->names[i], value);
        }
        json_decref(value);
    }
    if (checking->diags->errors == before)
        return full;
    json_decref(full);
    return NULL;
}

json_t *params_check(const struct items *params, const json_t *given, bool convert, struct diags *diags)
{
    const struct checking checking = {diags, "parameter", "this runbook declares no parameters",
        convert ? "give it with -p " : "put ", convert ? "=VALUE" : " under params"};

    return check_all(params, given, convert, &checking);
}

json_t *fields_check(const struct items *fields, const json_t *given, struct diags *diags)
{
    const struct checking checking = {diags, "field", "this form has no fields", "give it as ", "=VALUE"};

    return check_all(fields, given, true, &checking);
}
