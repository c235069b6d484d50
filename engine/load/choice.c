/* choice: what a table of fields cannot say of a kind: which of its keys exclude each other. */
#include "load/rules.h"

#include <string.h>

enum { CHOICES_MAX = 4 };

static const struct choice {
    const char *kind;
    const char *fields[CHOICES_MAX];
    bool is_required; /* one of them must be there */
} choices[] = {
    {"wait", {"duration", "until", "calendar", "signal"}, true},
    {"http", {"json", "body", "form"}, false},
    {"lua", {"code", "file"}, true},
    {"assert", {"checks", "that"}, true},
};

static bool is_seen(const struct section *section, const char *name, uint64_t seen)
{
    const struct field *field = section_find(section, name);

    return field && seen >> (field - section->fields) & 1;
}

static void check_one(struct decoder *d, const struct step *step, const struct choice *choice, uint64_t seen)
{
    struct text all autotext = {0};
    size_t count = 0, known = 0;
    struct diag *diag;

    for (size_t i = 0; i < CHOICES_MAX && choice->fields[i]; i++) {
        if (!section_find(&step->kind->section, choice->fields[i]))
            continue;
        text_printf(&all, "%s%s", known++ ? ", " : "", choice->fields[i]);
        count += is_seen(&step->kind->section, choice->fields[i], seen);
    }
    if (count == 1 || (!count && (!choice->is_required || known < 2)))
        return;
    diag = diag_error(d->diags, step->kind_pos, count ? "wrong-value" : "missing-key",
        count ? "`%s` takes only one of %s" : "`%s` takes one of %s", choice->kind, text_str(&all));
    if (!count)
        diag_hint(d->diags, diag, "it has none of them");
}

void choice_check(struct decoder *d, const struct step *step, uint64_t seen)
{
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        if (*choices[i].kind == *step->kind->name && strcmp(choices[i].kind, step->kind->name) == 0)
            check_one(d, step, &choices[i], seen);
}

/* What stands in the struct of a section under a name; all that is asked for here are pointers. */
static const void *pointer_at(const struct section *section, const void *place, const char *name)
{
    const struct field *field = section_find(section, name);

    return field ? *(const void *const *)((const char *)place + field->offset) : NULL;
}

static void check_case(struct decoder *d, const struct section *section, const struct items *cases, size_t i)
{
    bool has_when = pointer_at(section, cases->items[i], "when");
    bool has_steps = pointer_at(section, cases->items[i], "steps");
    bool has_else = pointer_at(section, cases->items[i], "else");
    struct diag *diag;

    if (has_else ? has_when || has_steps : !has_when || !has_steps) {
        diag = diag_error(
            d->diags, cases->pos[i], "missing-key", "a case of `switch` is \"when\" with \"steps\"");
        diag_hint(d->diags, diag, "or \"else\" alone, which holds the steps itself");
    } else if (has_else && i + 1 < cases->len) {
        diag = diag_error(d->diags, cases->pos[i], "wrong-place", "\"else\" must be the last case");
        diag_hint(d->diags, diag, "what comes after it is never reached");
    }
}

void cases_check(struct decoder *d, const struct step *step)
{
    const struct field *field =
        strcmp(step->kind->name, "switch") == 0 ? section_find(&step->kind->section, "cases") : NULL;
    const struct items *cases =
        field && step->args ? (const void *)((const char *)step->args + field->offset) : NULL;

    for (size_t i = 0; cases && i < cases->len && !d->is_broken; i++)
        check_case(d, field->section, cases, i);
}
