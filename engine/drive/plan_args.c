/* plan_args: what an author wrote in a section, resolved field by field with the table that loaded it. */
#include "drive/plan_inside.h"

#include "base/duration.h"
#include "core/kinds.h"

#include <string.h>

/* Settings that the walk shows in its own way, or that say nothing about what is done. */
static const char *const walked[] = {
    "id", "title", "description", "when", "foreach", "as", "tags", "outputs", "effect", NULL};

static json_t *plain(json_t *value)
{
    return json_pack("{s:o}", "value", value);
}

static json_t *shown(struct resolved resolved)
{
    json_t *map = resolved_json(&resolved);

    resolved_fini(&resolved);
    return map;
}

json_t *plan_expr(const struct known *known, const struct expr *expr, const struct step *at)
{
    json_t *map = shown(known_expr(known, expr, at));

    json_object_set_new(map, "expression", json_string(expr->text));
    return map;
}

static json_t *amount_of(
    const struct known *known, const struct amount *amount, bool is_duration, const struct step *at)
{
    struct resolved resolved autoresolved = {0};
    char text[DURATION_TEXT_SIZE];

    if (!amount->given && !amount->value)
        return NULL;
    resolved = known_amount(known, amount, is_duration, at);
    if (is_duration && resolved_is_known(&resolved)) {
        json_t *exact = json_string(duration_exact(json_integer_value(resolved.value), text));

        json_decref(resolved.value);
        resolved.value = exact;
    }
    return resolved_json(&resolved);
}

static json_t *strings_of(const struct strings *strings)
{
    json_t *list;

    if (!strings->len)
        return NULL;
    list = json_array();
    for (size_t i = 0; i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return plain(list);
}

static json_t *exprs_of(const struct known *known, const struct named_exprs *exprs, const struct step *at)
{
    json_t *list;

    if (!exprs->len)
        return NULL;
    list = json_array();
    for (size_t i = 0; i < exprs->len; i++)
        json_array_append_new(list, plan_expr(known, exprs->items[i].expr, at));
    return list;
}

static json_t *values_of(
    const struct known *known, const struct named_templates *values, const struct step *at)
{
    json_t *map;

    if (!values->len)
        return NULL;
    map = json_object();
    for (size_t i = 0; i < values->len; i++)
        json_object_set_new(
            map, values->items[i].name, shown(known_template(known, values->items[i].value, at)));
    return map;
}

static bool holds_steps(const struct section *section)
{
    for (const struct field *field = section->fields; field->name; field++)
        if (field->type == FIELD_STEPS)
            return true;
    return false;
}

static json_t *items_of(
    const struct known *known, const struct field *field, const struct items *items, const struct step *at)
{
    json_t *all;

    if (!items->len || holds_steps(field->section))
        return NULL;
    all = items->names ? json_object() : json_array();
    for (size_t i = 0; i < items->len; i++) {
        json_t *item = plan_args(known, field->section, items->items[i], at);

        if (items->names)
            json_object_set_new(all, items->names[i], item);
        else
            json_array_append_new(all, item);
    }
    return all;
}

/* --- one field of a struct: NULL when nothing was written there --- */

/* Where the field is, and what it is. */
struct place {
    const struct known *known;
    const struct field *field;
    const void *at; /* its place in the struct */
    const struct step *step;
};

/* Of the fields that are pointers. */
static void *pointer_of(const struct place *place)
{
    return *(void *const *)place->at;
}

static json_t *read_bool(const struct place *place)
{
    return *(const bool *)place->at ? plain(json_true()) : NULL;
}

static json_t *read_enum(const struct place *place)
{
    int value = *(const int *)place->at;

    return value ? plain(json_string(place->field->names[value])) : NULL;
}

static json_t *read_number(const struct place *place)
{
    double value = *(const double *)place->at;

    return value != 0 ? plain(json_real(value)) : NULL;
}

static json_t *read_integer(const struct place *place)
{
    return amount_of(place->known, place->at, false, place->step);
}

static json_t *read_duration(const struct place *place)
{
    return amount_of(place->known, place->at, true, place->step);
}

static json_t *read_strings(const struct place *place)
{
    return strings_of(place->at);
}

static json_t *read_exprs(const struct place *place)
{
    return exprs_of(place->known, place->at, place->step);
}

static json_t *read_values(const struct place *place)
{
    return values_of(place->known, place->at, place->step);
}

static json_t *read_items(const struct place *place)
{
    return items_of(place->known, place->field, place->at, place->step);
}

static json_t *read_string(const struct place *place)
{
    const char *text = pointer_of(place);

    return text ? plain(json_string(text)) : NULL;
}

static json_t *read_constant(const struct place *place)
{
    json_t *value = pointer_of(place);

    return value ? plain(json_incref(value)) : NULL;
}

static json_t *read_expr(const struct place *place)
{
    const struct expr *expr = pointer_of(place);

    return expr ? plan_expr(place->known, expr, place->step) : NULL;
}

static json_t *read_template(const struct place *place)
{
    const struct template *tmpl = pointer_of(place);

    return tmpl ? shown(known_template(place->known, tmpl, place->step)) : NULL;
}

static json_t *read_section(const struct place *place)
{
    const void *section = pointer_of(place);

    return section ? plan_args(place->known, place->field->section, section, place->step) : NULL;
}

/* Not here: lists of steps, which are walked, and outputs, which are of what has been done. */
static json_t *(*const readers[])(const struct place *place) = {
    [FIELD_BOOL] = read_bool,
    [FIELD_ENUM] = read_enum,
    [FIELD_NUMBER] = read_number,
    [FIELD_INTEGER] = read_integer,
    [FIELD_DURATION] = read_duration,
    [FIELD_STRINGS] = read_strings,
    [FIELD_EXPRS] = read_exprs,
    [FIELD_VALUES] = read_values,
    [FIELD_LIST] = read_items,
    [FIELD_MAP] = read_items,
    [FIELD_STRING] = read_string,
    [FIELD_ID] = read_string,
    [FIELD_CONSTANT] = read_constant,
    [FIELD_EXPR] = read_expr,
    [FIELD_TEXT] = read_template,
    [FIELD_VALUE] = read_template,
    [FIELD_SCRIPT] = read_template,
    [FIELD_SECTION] = read_section,
};

json_t *plan_args(
    const struct known *known, const struct section *section, const void *at, const struct step *step)
{
    json_t *map = json_object();

    for (const struct field *field = section->fields; at && field->name; field++) {
        const struct place place = {known, field, (const char *)at + field->offset, step};
        bool is_read = field->type < sizeof(readers) / sizeof(readers[0]) && readers[field->type];
        json_t *value = is_read ? readers[field->type](&place) : NULL;

        if (value)
            json_object_set_new(map, field->name, value);
    }
    return map;
}

json_t *plan_args_of_kind(const struct known *known, const struct step *step, json_t **ret_plain)
{
    json_t *map;

    *ret_plain = NULL;
    if (step->kind->section.size)
        return plan_args(known, &step->kind->section, step->args, step);
    map = json_object();
    *ret_plain = json_object();
    for (size_t i = 0; step->with && i < step->with->len; i++) {
        struct resolved value autoresolved = known_template(known, step->with->items[i], step);

        json_object_set_new(map, step->with->keys[i], resolved_json(&value));
        json_object_set_new(*ret_plain, step->with->keys[i], resolved_shown(&value));
    }
    return map;
}

json_t *plan_settings(const struct known *known, const struct step *step)
{
    json_t *map = plan_args(known, &step_section, step, step);

    for (const char *const *name = walked; *name; name++)
        json_object_del(map, *name);
    /* These are preset, also where they mean nothing. */
    if (!step->while_)
        json_object_del(map, "max_iterations");
    if (!step->until)
        json_object_del(map, "every");
    if (!step->max_parallel.given)
        json_object_del(map, "max_parallel");
    if (!step->batch.given)
        json_object_del(map, "batch");
    return map;
}
