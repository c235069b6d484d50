/* reference: the tables as a page of Markdown. */
#include "base/map.h"
#include "load/load.h"
#include "load/decode.h"
#include "load/scenario.h"

#include <stdio.h>
#include <string.h>

/* What the page calls a type. */
static const char *type_name(const struct field *field)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_PLACED:
        return "text";
    case FIELD_ID:
        return "identifier";
    case FIELD_BOOL:
        return "true or false";
    case FIELD_INTEGER:
        return "integer";
    case FIELD_NUMBER:
        return "number";
    case FIELD_DURATION:
        return field->flags & FIELD_AFTER ? "time after the start" : "duration";
    case FIELD_ENUM:
        return "word";
    case FIELD_EXPR:
        return "expression";
    case FIELD_TEXT:
        return "text with `${{ }}`";
    case FIELD_VALUE:
        return field->flags & FIELD_EACH ? "list of arguments" : "value with `${{ }}`";
    case FIELD_SCRIPT:
        return "script with `${{ }}`";
    case FIELD_CONSTANT:
        return "value";
    case FIELD_STRINGS:
        return "text or list of texts";
    case FIELD_EXPRS:
        return "expression or list of them";
    case FIELD_VALUES:
        return "names and values with `${{ }}`";
    case FIELD_OUTPUTS:
        return "names and expressions";
    case FIELD_SECTION:
        return "mapping";
    case FIELD_LIST:
        return field->flags & FIELD_ALONE ? "mapping or list of them" : "list of mappings";
    case FIELD_MAP:
        return field->section ? "names and mappings" : "names and lists of texts";
    case FIELD_STEPS:
        return field->flags & FIELD_HOOK ? "Lua code or one step" : "steps";
    }
    return "";
}

/* In a cell of a table a bar would end it. */
static void put_cell(struct text *text, const char *cell)
{
    for (; *cell; cell++)
        text_puts(text, *cell == '|' ? "\\|" : (char[]){*cell, '\0'});
}

static void put_names(struct text *text, const struct field *field)
{
    text_puts(text, field->help && *field->help ? " One of" : "One of");
    for (const char *const *name = field->names; *name; name++)
        text_printf(text, "%s `%s`", name == field->names ? "" : ",", *name);
    text_putc(text, '.');
}

static void put_row(struct text *text, const struct section *section, const struct field *field)
{
    text_printf(text, "| `%s` | ", field->name);
    put_cell(text, type_name(field));
    text_puts(text, " | ");
    if (field->flags & FIELD_REQUIRED)
        text_puts(text, "required");
    else if (field->fallback)
        put_cell(text, field->fallback);
    text_puts(text, " | ");
    put_cell(text, field->help ? field->help : "");
    if (field->names)
        put_names(text, field);
    if (field->flags & FIELD_DEFAULTABLE && section == &step_section)
        text_puts(text, " May stand in `defaults`.");
    if (field->flags & FIELD_LATER)
        text_puts(text, " *Checked, not yet carried out.*");
    text_puts(text, " |\n");
}

static void put_table(struct text *text, const struct section *section)
{
    text_puts(text, "\n| key | value | default | meaning |\n|---|---|---|---|\n");
    for (const struct field *field = section->fields; field->name; field++)
        put_row(text, section, field);
}

/* The sections inside a section follow it, each once in the whole page. */
static void put_inner(struct text *text, const struct section *section, const char *path, struct map *seen);

static void put_section(struct text *text, const struct section *section, const char *path, struct map *seen)
{
    char key[32];

    snprintf(key, sizeof(key), "%p", (const void *)section);
    if (map_put(seen, key, (void *)section))
        return;
    text_printf(text, "\n### `%s`\n\n%s\n", path, section->help ? section->help : "");
    if (section->shorthand && !section->is_open)
        text_printf(text, "\nA value that is no mapping is its `%s`.\n", section->shorthand);
    if (!section->is_open)
        put_table(text, section);
    put_inner(text, section, path, seen);
}

static void put_inner(struct text *text, const struct section *section, const char *path, struct map *seen)
{
    for (const struct field *field = section->fields; field->name; field++) {
        char *inner autofree = mem_printf("%s.%s%s", path, section->is_open ? "" : field->name,
            field->type == FIELD_LIST  ? "[]"
            : field->type == FIELD_MAP ? ".<name>"
                                       : "");

        if (field->section && field->section != section)
            put_section(text, field->section, *path ? inner : inner + 1, seen);
    }
}

static void put_kind(struct text *text, const struct kind *kind, struct map *seen)
{
    const struct section *section = &kind->section;

    text_printf(text, "\n### Kind `%s`\n\n%s\n", kind->name, kind->help);
    if (section->is_open)
        text_printf(text, "\nIts value: %s\n", section_find(section, section->shorthand)->help);
    else if (section->shorthand)
        text_printf(text, "\nA value that is no mapping is its `%s`.\n", section->shorthand);
    if (!section->is_open)
        put_table(text, section);
    put_inner(text, section, kind->name, seen);
}

static void put_kinds(struct text *text, kind_list kinds, struct map *seen)
{
    static const struct {
        enum kind_class class_;
        const char *title;
    } groups[] = {
        {KIND_EFFECT, "Kinds of work"},
        {KIND_PURE, "Kinds that are done at once"},
        {KIND_CONTROL, "Kinds of control"},
        {KIND_WAIT, "Kinds that wait"},
        {KIND_ASK, "Kinds for people"},
    };

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        text_printf(text, "\n## %s\n", groups[i].title);
        for (kind_list kind = kinds; *kind; kind++)
            if ((*kind)->class_ == groups[i].class_)
                put_kind(text, *kind, seen);
    }
}

void load_reference(kind_list kinds, struct text *text)
{
    struct map seen = {0};

    text_puts(text,
        "# Reference\n\n"
        "Every key of a runbook, from the tables that load it. This page is what\n"
        "`runbook schema --reference` prints. What the keys mean together is in [language](language.md).\n"
        "\n## The runbook\n");
    put_table(text, &document_section);
    put_inner(text, &document_section, "", &seen);
    text_puts(text, "\n## Every step\n\nA step is a mapping with exactly one kind, and any of these keys.\n");
    put_table(text, &step_section);
    put_inner(text, &step_section, "", &seen);
    put_kinds(text, kinds, &seen);
    text_puts(text, "\n## Scenario files\n\nWhat `runbook test` plays; see [testing](testing.md).\n");
    put_table(text, &scenario_section);
    put_inner(text, &scenario_section, "", &seen);
    map_fini(&seen);
}
