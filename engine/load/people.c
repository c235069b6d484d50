/* people: whoever is named must be declared, here or in an imported file. */
#include "load/rules.h"

#include <string.h>

/* The names that may stand in one place: of one or several collections. */
struct names {
    const char **items;
    size_t len;
};

static struct names names_of(struct decoder *d, const struct items *const *collections)
{
    struct names names = {0};
    size_t count = 0;

    for (size_t i = 0; collections[i]; i++)
        count += collections[i]->len;
    names.items = arena_alloc(d->arena, count * sizeof(*names.items));
    for (size_t i = 0; collections[i]; i++)
        for (size_t j = 0; j < collections[i]->len; j++)
            names.items[names.len++] = collections[i]->names[j];
    return names;
}

static void check_name(
    struct decoder *d, const struct names *names, const char *name, struct pos pos, const char *what)
{
    struct diag *diag;

    for (size_t i = 0; i < names->len; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    diag = diag_error(d->diags, pos, "undefined-name", "there is no %s \"%s\"", what, name);
    diag_did_you_mean(d->diags, diag, name, names->items, names->len);
    if (!diag->hint && !names->len)
        diag_hint(d->diags, diag, "declare it in this file or in one that `import` names");
}

static void check_strings(
    struct decoder *d, const struct names *names, const struct strings *strings, const char *what)
{
    for (size_t i = 0; i < strings->len; i++)
        check_name(d, names, strings->items[i], strings->pos[i], what);
}

static void check_contacts(struct decoder *d, const struct people *people)
{
    struct names channels = names_of(d, (const struct items *const[]){&people->channels, NULL});
    struct names contacts = names_of(d, (const struct items *const[]){&people->contacts, NULL});

    for (size_t i = 0; i < people->contacts.len; i++)
        check_strings(d, &channels, &((struct contact *)people->contacts.items[i])->channels, "channel");
    for (size_t i = 0; i < people->groups.len; i++)
        check_strings(d, &contacts, people->groups.items[i], "contact");
    for (size_t i = 0; i < people->rotations.len; i++)
        check_strings(d, &contacts, &((struct rotation *)people->rotations.items[i])->members, "contact");
}

static void check_level(
    struct decoder *d, const struct names *targets, const struct level *level, bool is_last)
{
    struct diag *diag;

    check_strings(d, targets, &level->notify, "contact, group, rotation or channel");
    if (is_last || level->escalate_after.given)
        return;
    diag = diag_error(
        d->diags, level->pos, "missing-key", "a level that is not the last lacks \"escalate_after\"");
    diag_hint(d->diags, diag, "say when the next level is paged, such as escalate_after: 15m");
}

static void check_policies(struct decoder *d, const struct people *people)
{
    struct names targets = names_of(d, (const struct items *const[]){&people->contacts, &people->groups,
                                           &people->rotations, &people->channels, NULL});

    for (size_t i = 0; i < people->policies.len; i++) {
        const struct items *levels = &((struct policy *)people->policies.items[i])->levels;

        for (size_t j = 0; j < levels->len; j++)
            check_level(d, &targets, levels->items[j], j + 1 == levels->len);
    }
}

static void check_severities(struct decoder *d, const struct people *people)
{
    struct names policies = names_of(d, (const struct items *const[]){&people->policies, NULL});
    struct names calendars = names_of(d, (const struct items *const[]){&people->calendars, NULL});

    for (size_t i = 0; i < people->severities.len; i++) {
        const struct severity_rule *rule = people->severities.items[i];

        if (rule->policy)
            check_name(d, &policies, rule->policy, rule->pos, "policy");
        if (rule->calendar)
            check_name(d, &calendars, rule->calendar, rule->pos, "calendar");
    }
    if (d->document->escalation && d->document->escalation->policy)
        check_name(d, &policies, d->document->escalation->policy, d->document->escalation->pos, "policy");
}

void people_finish(struct decoder *d)
{
    const struct people *people = &d->document->people;

    if (d->is_broken)
        return;
    check_contacts(d, people);
    check_policies(d, people);
    check_severities(d, people);
}

static void merge_items(struct decoder *d, struct items *into, const struct items *from, const char *what)
{
    struct items all = {.len = into->len};

    all.items = arena_alloc(d->arena, (into->len + from->len) * sizeof(*all.items));
    all.names = arena_alloc(d->arena, (into->len + from->len) * sizeof(*all.names));
    all.pos = arena_alloc(d->arena, (into->len + from->len) * sizeof(*all.pos));
    for (size_t i = 0; i < into->len + from->len; i++) {
        const struct items *source = i < into->len ? into : from;
        size_t at = i < into->len ? i : i - into->len;

        for (size_t j = 0; source == from && j < into->len; j++) {
            struct diag *diag;

            if (strcmp(into->names[j], from->names[at]) != 0)
                continue;
            diag = diag_error(d->diags, into->pos[j], "duplicate-key", "the %s \"%s\" is declared twice",
                what, into->names[j]);
            diag_hint(
                d->diags, diag, "it is also in %s, line %u", from->pos[at].source->path, from->pos[at].line);
        }
        all.items[i] = source->items[at];
        all.names[i] = source->names[at];
        all.pos[i] = source->pos[at];
    }
    all.len = into->len + from->len;
    *into = all;
}

void people_merge(struct decoder *d, const struct people *imported)
{
    struct people *people = &d->document->people;

    merge_items(d, &people->contacts, &imported->contacts, "contact");
    merge_items(d, &people->channels, &imported->channels, "channel");
    merge_items(d, &people->groups, &imported->groups, "group");
    merge_items(d, &people->rotations, &imported->rotations, "rotation");
    merge_items(d, &people->calendars, &imported->calendars, "calendar");
    merge_items(d, &people->policies, &imported->policies, "policy");
    merge_items(d, &people->severities, &imported->severities, "severity");
}
