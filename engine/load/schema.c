/* schema: the tables as a JSON Schema (2020-12). It accepts every runbook that the loader accepts; what the
 * loader checks between keys is beyond it. */
#include "load/load.h"
#include "load/decode.h"
#include "load/scenario.h"

#include <string.h>

static json_t *of_section(const struct section *section, bool is_dynamic);

static json_t *reference(const char *name)
{
    return json_pack("{s:s+}", "$ref", "#/$defs/", name);
}

static json_t *any_of(json_t *one, json_t *other)
{
    return json_pack("{s:[o,o]}", "anyOf", one, other);
}

static json_t *list_of(json_t *item)
{
    return json_pack("{s:s,s:o}", "type", "array", "items", item);
}

static json_t *map_of(json_t *value)
{
    return json_pack("{s:s,s:o}", "type", "object", "additionalProperties", value);
}

static json_t *of_type(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *of_number(const struct field *field, const char *type)
{
    json_t *schema = of_type(type);

    if (field->flags & FIELD_POSITIVE)
        json_object_set_new(schema, "exclusiveMinimum", json_integer(0));
    return schema;
}

static json_t *of_enum(const struct field *field)
{
    json_t *names = json_array();

    for (const char *const *name = field->names; *name; name++)
        json_array_append_new(names, json_string(*name));
    return json_pack("{s:o}", "enum", names);
}

/* A value that a later version carries out has its shape here too: one, or a list of them. */
static json_t *of_constant(const struct field *field)
{
    if (!field->section)
        return json_object();
    return any_of(of_section(field->section, true), list_of(of_section(field->section, true)));
}

static json_t *of_list(const struct field *field, bool is_dynamic)
{
    json_t *list = list_of(of_section(field->section, is_dynamic));

    if (field->flags & FIELD_ALONE)
        return any_of(list, of_section(field->section, is_dynamic));
    return field->section->shorthand ? any_of(list, reference("scalar")) : list;
}

static json_t *of_map(const struct field *field, bool is_dynamic)
{
    json_t *texts;

    if (field->section)
        return map_of(of_section(field->section, is_dynamic));
    texts = any_of(reference("scalar"), list_of(reference("scalar")));
    return map_of(texts);
}

/* Where ${{ }} is possible beside the type itself. */
static json_t *or_template(json_t *schema, bool is_possible)
{
    return is_possible ? any_of(schema, reference("template")) : schema;
}

/* A list of arguments, or an expression that gives one. */
static json_t *of_arguments(void)
{
    json_t *each = json_pack("{s:s,s:{s:o},s:[s],s:b}", "type", "object", "properties", "each",
        reference("scalar"), "required", "each", "additionalProperties", 0);

    return any_of(list_of(any_of(reference("scalar"), each)), reference("template"));
}

/* `is_dynamic`: in a section without a struct, where most values may come from an expression. */
static json_t *of_field(const struct field *field, bool is_dynamic)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_PLACED:
        return of_type("string");
    case FIELD_ID:
        return reference("identifier");
    case FIELD_BOOL:
        return or_template(of_type("boolean"), is_dynamic);
    case FIELD_INTEGER:
        return or_template(of_number(field, "integer"), true);
    case FIELD_NUMBER:
        return or_template(of_number(field, "number"), is_dynamic);
    case FIELD_DURATION:
        return field->flags & FIELD_AFTER ? reference("offset") : or_template(reference("duration"), true);
    case FIELD_ENUM:
        return or_template(of_enum(field), is_dynamic);
    case FIELD_EXPR:
    case FIELD_TEXT:
    case FIELD_SCRIPT:
        return reference("scalar");
    case FIELD_VALUE:
        return field->flags & FIELD_EACH ? of_arguments() : json_object();
    case FIELD_CONSTANT:
        return of_constant(field);
    case FIELD_STRINGS:
    case FIELD_EXPRS:
        return any_of(reference("scalar"), list_of(reference("scalar")));
    case FIELD_VALUES:
        return of_type("object");
    case FIELD_OUTPUTS:
        return json_pack("{s:s,s:o,s:o}", "type", "object", "propertyNames", reference("identifier"),
            "additionalProperties", reference("scalar"));
    case FIELD_SECTION:
        return of_section(field->section, is_dynamic);
    case FIELD_LIST:
        return of_list(field, is_dynamic);
    case FIELD_MAP:
        return of_map(field, is_dynamic);
    case FIELD_STEPS:
        return field->flags & FIELD_HOOK ? any_of(of_type("string"), reference("step")) : reference("steps");
    }
    return json_object();
}

static json_t *described(json_t *schema, const struct field *field)
{
    struct text about autotext = {0};

    text_puts(&about, field->help ? field->help : "");
    if (field->fallback)
        text_printf(&about, " Default: %s.", field->fallback);
    if (field->flags & FIELD_LATER)
        text_puts(&about, " Not carried out by this version.");
    json_object_set_new(schema, "description", json_string(text_str(&about)));
    return schema;
}

static json_t *of_mapping(const struct section *section, bool is_dynamic)
{
    json_t *properties = json_object(), *required = json_array(), *schema;

    for (const struct field *field = section->fields; field->name; field++) {
        json_object_set_new(properties, field->name, described(of_field(field, is_dynamic), field));
        if (field->flags & FIELD_REQUIRED)
            json_array_append_new(required, json_string(field->name));
    }
    schema = json_pack(
        "{s:[s],s:o,s:b}", "type", "object", "properties", properties, "additionalProperties", false);
    if (json_array_size(required))
        json_object_set(schema, "required", required);
    else
        json_array_append_new(json_object_get(schema, "type"), json_string("null"));
    json_decref(required);
    return schema;
}

/* What may stand there instead of a mapping. */
static json_t *of_shorthand(const struct section *section, bool is_dynamic)
{
    const struct field *field = section_find(section, section->shorthand);
    json_t *schema = of_field(field, is_dynamic);

    if (field->type != FIELD_VALUE && field->type != FIELD_CONSTANT)
        return schema;
    json_object_set_new(schema, "not", json_pack("{s:[s,s]}", "type", "object", "null"));
    return schema;
}

static json_t *of_section(const struct section *section, bool is_dynamic)
{
    bool inner = is_dynamic || !section->size;
    json_t *schema;

    if (section->is_open)
        schema = of_field(section_find(section, section->shorthand), inner);
    else if (section->shorthand)
        schema = any_of(of_shorthand(section, inner), of_mapping(section, inner));
    else
        schema = of_mapping(section, inner);
    if (section->help)
        json_object_set_new(schema, "description", json_string(section->help));
    return schema;
}

/* Exactly one kind; `with` beside a kind that takes it. */
static json_t *of_step(kind_list kinds)
{
    json_t *schema = of_mapping(&step_section, false), *properties = json_object_get(schema, "properties");
    json_t *one = json_array(), *with = json_array();

    for (; *kinds; kinds++) {
        json_t *section = of_section(&(*kinds)->section, false);

        json_object_set_new(section, "description", json_string((*kinds)->help));
        json_object_set_new(properties, (*kinds)->name, section);
        json_array_append_new(one, json_pack("{s:[s]}", "required", (*kinds)->name));
        if (section_find(&(*kinds)->section, "with"))
            json_array_append_new(with, json_pack("{s:[s]}", "required", (*kinds)->name));
    }
    json_object_set_new(schema, "type", json_string("object"));
    json_object_set_new(schema, "oneOf", one);
    if (json_array_size(with)) {
        json_object_set_new(properties, "with", json_pack("{s:s}", "description", "What the kind is given."));
        json_object_set_new(schema, "dependentSchemas", json_pack("{s:{s:O}}", "with", "anyOf", with));
    }
    json_decref(with);
    return schema;
}

static json_t *of_pattern(const char *pattern, const char *about)
{
    return json_pack("{s:s,s:s,s:s}", "type", "string", "pattern", pattern, "description", about);
}

/* What every schema refers to. */
static json_t *definitions(void)
{
    static const char duration[] = "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
    json_t *defs = json_object();

    json_object_set_new(defs, "identifier",
        of_pattern("^[a-z][a-z0-9_-]{0,63}$", "Small letters, digits, - and _, a letter first."));
    json_object_set_new(defs, "duration", of_pattern(duration, "Such as 500ms, 90s, 15m, 1h30m, 2d, 1w."));
    json_object_set_new(
        defs, "offset", of_pattern("^[+]?[0-9]", "A time after the start of the run, such as +15m or +0s."));
    json_object_set_new(defs, "template", of_pattern("^\\$\\{\\{", "One ${{ expression }}."));
    json_object_set_new(defs, "scalar", json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean"));
    return defs;
}

static json_t *document_schema(const struct section *section, const char *title, json_t *defs)
{
    json_t *schema = of_mapping(section, false);

    json_object_set_new(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string(title));
    json_object_set_new(schema, "$defs", defs);
    json_object_set_new(schema, "type", json_string("object"));
    return schema;
}

json_t *load_scenario_schema(void)
{
    return document_schema(&scenario_section, "Scenarios of a runbook", definitions());
}

json_t *load_schema(kind_list kinds)
{
    json_t *defs = definitions();

    json_object_set_new(defs, "step", of_step(kinds));
    json_object_set_new(defs, "steps", any_of(list_of(reference("step")), reference("step")));
    return document_schema(&document_section, "Runbook", defs);
}
