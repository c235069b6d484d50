/* params: what must hold of parameters and secrets beyond their tables. */
#include "base/map.h"
#include "load/rules.h"

#include <string.h>

static void check_names(struct decoder *d, const struct items *items)
{
    for (size_t i = 0; i < items->len; i++)
        decode_check_id(d, items->names[i], items->pos[i]);
}

static void check_choices(struct decoder *d, const struct param *param)
{
    struct diag *diag;

    if (param->type == PARAM_ENUM && !json_array_size(param->choices)) {
        diag =
            diag_error(d->diags, param->pos, "missing-key", "the enum \"%s\" lacks its values", param->name);
        diag_hint(d->diags, diag, "add enum: [one, two]");
    } else if (param->choices && !json_is_array(param->choices)) {
        diag_error(
            d->diags, param->pos, "wrong-type", "\"enum\" of \"%s\" must be a list of values", param->name);
    }
    if (param->minimum && !json_is_number(param->minimum))
        diag_error(d->diags, param->pos, "wrong-type", "\"minimum\" of \"%s\" must be a number", param->name);
    if (param->maximum && !json_is_number(param->maximum))
        diag_error(d->diags, param->pos, "wrong-type", "\"maximum\" of \"%s\" must be a number", param->name);
}

/* A default must itself be a value that could be given. */
static void check_fallback(struct decoder *d, struct param *param)
{
    struct items one = {.items = (void *[]){param}, .names = &param->name, .len = 1};
    json_t *given autovalue = NULL;

    if (!param->fallback)
        return;
    given = json_pack("{s:O}", param->name, param->fallback);
    json_decref(params_check(&one, given, false, d->diags));
}

static void check_secret(struct decoder *d, const char *name, const struct secret *secret)
{
    int ways = !!secret->env + !!secret->file + !!secret->systemd + !!secret->command.len + !!secret->uses;
    struct diag *diag;

    if (ways == 1)
        return;
    diag = diag_error(d->diags, secret->pos, ways ? "wrong-value" : "missing-key",
        ways ? "the secret \"%s\" comes from more than one place"
             : "the secret \"%s\" does not say where it comes from",
        name);
    diag_hint(d->diags, diag, "write one of env, file, command, systemd, uses");
}

static void check_params(struct decoder *d, const struct items *params)
{
    check_names(d, params);
    for (size_t i = 0; i < params->len; i++) {
        struct param *param = params->items[i];

        param->name = params->names[i];
        check_choices(d, param);
        check_fallback(d, param);
    }
}

/* The fields of a form are parameters too; their table is in core/. */
static const struct items *form_of(const struct step *step)
{
    const struct field *field =
        step->kind && step->args ? section_find(&step->kind->section, "fields") : NULL;

    return field && field->type == FIELD_MAP && field->section->size == sizeof(struct param)
               ? (const void *)((const char *)step->args + field->offset)
               : NULL;
}

void params_finish(struct decoder *d)
{
    const struct items *secrets = &d->document->secrets;

    check_params(d, &d->document->params);
    for (size_t i = 0; i < d->document->step_count; i++)
        if (form_of(d->document->steps[i]))
            check_params(d, form_of(d->document->steps[i]));
    check_names(d, secrets);
    for (size_t i = 0; i < secrets->len && !d->is_broken; i++)
        check_secret(d, secrets->names[i], secrets->items[i]);
}

/* `with` of a call as the tables of core/ keep it: a template of a mapping, or named templates. */
static struct named_templates with_of(const struct step *step)
{
    const struct field *field = section_find(&step->kind->section, "with");
    const char *place = (const char *)step->args + (field ? field->offset : 0);
    struct named_templates with = {0};

    if (field && field->type == FIELD_VALUES)
        with = *(const struct named_templates *)place;
    return with;
}

/* The value is wrong where it is given, not where it is declared. */
static void check_given(const struct named_template *given, const struct param *declared, struct diags *diags)
{
    struct param param = *declared;
    struct items one = {.items = (void *[]){&param}, .names = &param.name, .len = 1};
    json_t *values autovalue = NULL;

    if (given->value->type != TEMPLATE_CONST)
        return;
    param.pos = given->value->pos;
    values = json_pack("{s:O}", param.name, given->value->constant);
    json_decref(params_check(&one, values, false, diags));
}

static void unknown_param(
    const struct named_template *given, const struct document *callee, struct diags *diags)
{
    struct diag *diag = diag_error(
        diags, given->pos, "unknown-key", "%s has no parameter \"%s\"", callee->source->path, given->name);

    /* Looking for the nearest takes time: not for what nobody will read. */
    if (!diags->dropped)
        diag_did_you_mean(diags, diag, given->name, callee->params.names, callee->params.len);
}

static void missing_param(
    const struct step *step, const struct document *callee, const struct param *param, struct diags *diags)
{
    struct diag *diag = diag_error(diags, step->kind_pos, "missing-key",
        "the call lacks the parameter \"%s\" of %s", param->name, callee->source->path);

    if (param->description)
        diag_hint(diags, diag, "%s: %s", param->name, param->description);
}

void call_check(const struct step *step, const struct document *callee, struct diags *diags)
{
    const struct items *params = &callee->params;
    struct named_templates with = with_of(step);
    struct map declared = {0}, given = {0};

    for (size_t i = 0; i < params->len; i++)
        map_put(&declared, params->names[i], params->items[i]);
    for (size_t i = 0; i < with.len; i++) {
        const struct param *param = map_get(&declared, with.items[i].name);

        map_put(&given, with.items[i].name, &with.items[i]);
        if (param)
            check_given(&with.items[i], param, diags);
        else
            unknown_param(&with.items[i], callee, diags);
    }
    for (size_t i = 0; i < params->len; i++) {
        const struct param *param = params->items[i];

        if (!param->fallback && !map_get(&given, params->names[i]))
            missing_param(step, callee, param, diags);
    }
    map_fini(&declared);
    map_fini(&given);
}
