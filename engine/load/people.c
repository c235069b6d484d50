/* people: whoever is named must be declared, here or in an imported file. */
#include "base/map.h"
#include "load/rules.h"

#include <string.h>

/* What a name can be; it can be several. */
enum {
    CONTACT = 1,
    CHANNEL = 2,
    GROUP = 4,
    ROTATION = 8,
    CALENDAR = 16,
    POLICY = 32,
};

/* The collections of people, for all that treats them alike. */
static const struct collection {
    size_t offset;
    const char *what;
    unsigned bit;
} collections[] = {
    {offsetof(struct people, contacts), "contact", CONTACT},
    {offsetof(struct people, channels), "channel", CHANNEL},
    {offsetof(struct people, groups), "group", GROUP},
    {offsetof(struct people, rotations), "rotation", ROTATION},
    {offsetof(struct people, calendars), "calendar", CALENDAR},
    {offsetof(struct people, policies), "policy", POLICY},
    {offsetof(struct people, severities), "severity", 0},
};

enum { COLLECTION_COUNT = sizeof(collections) / sizeof(collections[0]) };

static struct items *items_of(const struct people *people, const struct collection *collection)
{
    return (struct items *)((char *)people + collection->offset);
}

/* Every declared name with the bits of what it is. */
struct roster {
    struct decoder *d;
    struct map names;
};

static unsigned bits_of(const struct roster *roster, const char *name)
{
    return (unsigned)(uintptr_t)map_get(&roster->names, name);
}

static struct roster roster_of(struct decoder *d)
{
    struct roster roster = {.d = d};

    for (size_t i = 0; i < COLLECTION_COUNT; i++) {
        const struct items *items = items_of(&d->document->people, &collections[i]);

        for (size_t j = 0; j < items->len; j++) {
            uintptr_t bits = bits_of(&roster, items->names[j]) | collections[i].bit;

            map_put(&roster.names, items->names[j], (void *)bits);
        }
    }
    return roster;
}

static void hint_name(const struct roster *roster, struct diag *diag, const char *name, unsigned wanted)
{
    const char **names autofree = mem_alloc((roster->names.len + 1) * sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; i < roster->names.len; i++)
        if ((uintptr_t)roster->names.entries[i].value & wanted)
            names[count++] = roster->names.entries[i].key;
    diag_did_you_mean(roster->d->diags, diag, name, names, count);
    if (!diag->hint && !count)
        diag_hint(roster->d->diags, diag, "declare it in this file or in one that `import` names");
}

static void check_name(
    const struct roster *roster, unsigned wanted, const char *what, const char *name, struct pos pos)
{
    struct diag *diag;

    if (bits_of(roster, name) & wanted)
        return;
    diag = diag_error(roster->d->diags, pos, "undefined-name", "there is no %s \"%s\"", what, name);
    /* Looking for the nearest takes time: not for what nobody will read. */
    if (!roster->d->diags->dropped)
        hint_name(roster, diag, name, wanted);
}

static void check_placed(
    const struct roster *roster, unsigned wanted, const char *what, const struct placed *placed)
{
    if (placed->text)
        check_name(roster, wanted, what, placed->text, placed->pos);
}

static void check_names(
    const struct roster *roster, unsigned wanted, const char *what, const struct strings *strings)
{
    for (size_t i = 0; i < strings->len; i++)
        check_name(roster, wanted, what, strings->items[i], strings->pos[i]);
}

static void check_contacts(const struct roster *roster, const struct people *people)
{
    for (size_t i = 0; i < people->contacts.len; i++)
        check_names(roster, CHANNEL, "channel", &((struct contact *)people->contacts.items[i])->channels);
    for (size_t i = 0; i < people->groups.len; i++)
        check_names(roster, CONTACT | GROUP, "contact or group", people->groups.items[i]);
    for (size_t i = 0; i < people->rotations.len; i++)
        check_names(roster, CONTACT, "contact", &((struct rotation *)people->rotations.items[i])->members);
}

/* --- groups in groups --- */

enum { GROUP_DEPTH = 8, WITHIN = GROUP_DEPTH + 1 }; /* as deep as the core looks */

struct nesting {
    const struct roster *roster;
    const struct items *groups;
    struct map places; /* name -> index + 1 */
    int *depth;        /* 0: not looked at yet; WITHIN: being looked at */
};

static int depth_of(struct nesting *nesting, size_t at, int level);

static void refuse_nesting(const struct nesting *nesting, size_t at, const char *member, bool is_loop)
{
    struct diags *diags = nesting->roster->d->diags;
    const char *name = nesting->groups->names[at];
    struct diag *diag;

    if (is_loop) {
        diag = diag_error(diags, nesting->groups->pos[at], "group-loop",
            "the group \"%s\" is in itself, by way of \"%s\"", name, member);
        diag_hint(diags, diag, "take \"%s\" out of one of them", member);
    } else {
        diag_error(diags, nesting->groups->pos[at], "limit",
            "groups are nested too deeply: at most %d in each other are allowed", GROUP_DEPTH);
    }
}

static int depth_of_members(struct nesting *nesting, size_t at, int level)
{
    const struct strings *members = nesting->groups->items[at];
    int deepest = 0;

    for (size_t i = 0; i < members->len; i++) {
        size_t member = (size_t)(uintptr_t)map_get(&nesting->places, members->items[i]);
        int depth = member ? depth_of(nesting, member - 1, level + 1) : 0;

        if (depth == WITHIN || depth + level > GROUP_DEPTH) {
            refuse_nesting(nesting, at, members->items[i], depth == WITHIN);
            return deepest;
        }
        if (depth > deepest)
            deepest = depth;
    }
    return deepest;
}

static int depth_of(struct nesting *nesting, size_t at, int level)
{
    if (nesting->depth[at] || level > GROUP_DEPTH)
        return nesting->depth[at] ? nesting->depth[at] : 1;
    nesting->depth[at] = WITHIN;
    nesting->depth[at] = 1 + depth_of_members(nesting, at, level);
    return nesting->depth[at];
}

static void check_nesting(const struct roster *roster, const struct people *people)
{
    int *depth autofree = mem_alloc((people->groups.len + 1) * sizeof(*depth));
    struct nesting nesting = {.roster = roster, .groups = &people->groups, .depth = depth};

    for (size_t i = 0; i < people->groups.len; i++)
        map_put(&nesting.places, people->groups.names[i], (void *)(uintptr_t)(i + 1));
    for (size_t i = 0; i < people->groups.len; i++)
        depth_of(&nesting, i, 1);
    map_fini(&nesting.places);
}

/* --- rotations --- */

static void check_rotations(const struct roster *roster, const struct people *people)
{
    for (size_t i = 0; i < people->rotations.len; i++) {
        const struct rotation *rotation = people->rotations.items[i];
        struct diag *diag;

        for (size_t j = 0; j < rotation->overrides.len; j++) {
            const struct override *override = rotation->overrides.items[j];

            if (override->member.text)
                check_name(roster, CONTACT, "contact", override->member.text, override->member.pos);
        }
        if (rotation->members.len)
            continue;
        diag = diag_error(roster->d->diags, people->rotations.pos[i], "rotation",
            "the rotation \"%s\" has no members", people->rotations.names[i]);
        diag_hint(roster->d->diags, diag, "name those who take turns: members: [ana, bo]");
    }
}

/* --- policies --- */

/* Is there a way to somebody behind the name? */
static bool is_reachable(
    const struct people *people, const struct roster *roster, const char *name, int depth)
{
    const struct contact *contact = people_find(&people->contacts, name);
    const struct strings *group = people_find(&people->groups, name);
    const struct rotation *rotation = people_find(&people->rotations, name);
    const struct strings *members = group ? group : rotation ? &rotation->members : NULL;
    bool found = bits_of(roster, name) & CHANNEL || (contact && contact->channels.len);

    for (size_t i = 0; members && depth < GROUP_DEPTH && i < members->len && !found; i++)
        found = is_reachable(people, roster, members->items[i], depth + 1);
    return found;
}

static bool reaches_somebody(
    const struct people *people, const struct roster *roster, const struct policy *policy)
{
    for (size_t i = 0; i < policy->levels.len; i++) {
        const struct strings *names = &((const struct level *)policy->levels.items[i])->notify;

        for (size_t j = 0; j < names->len; j++)
            if (is_reachable(people, roster, names->items[j], 0) || !bits_of(roster, names->items[j]))
                return true; /* of a name that there is not, that has been said */
    }
    return false;
}

static void check_level(const struct roster *roster, const struct level *level, bool is_last)
{
    struct diag *diag;

    check_names(
        roster, CONTACT | GROUP | ROTATION | CHANNEL, "contact, group, rotation or channel", &level->notify);
    if (is_last || level->escalate_after.given)
        return;
    diag = diag_error(
        roster->d->diags, level->pos, "missing-key", "a level that is not the last lacks \"escalate_after\"");
    diag_hint(roster->d->diags, diag, "say when the next level is paged, such as escalate_after: 15m");
}

/* A first level without a time of its own holds as long as somebody may take to respond. */
static bool is_timed(const struct people *people, const struct policy *policy)
{
    for (size_t i = 0; i < people->severities.len; i++) {
        const struct severity_rule *rule = people->severities.items[i];

        if (rule->respond_within.given && rule->policy.text &&
            people_find(&people->policies, rule->policy.text) == policy)
            return true;
    }
    return false;
}

static void check_policies(const struct roster *roster, const struct people *people)
{
    for (size_t i = 0; i < people->policies.len; i++) {
        const struct policy *policy = people->policies.items[i];
        const struct items *levels = &policy->levels;
        struct diag *diag;

        for (size_t j = 0; j < levels->len; j++)
            check_level(roster, levels->items[j], j + 1 == levels->len || (!j && is_timed(people, policy)));
        check_placed(roster, CALENDAR, "calendar", &policy->calendar);
        if (reaches_somebody(people, roster, policy))
            continue;
        diag = diag_error(roster->d->diags, people->policies.pos[i], "policy",
            "the policy \"%s\" reaches nobody", people->policies.names[i]);
        diag_hint(roster->d->diags, diag,
            levels->len ? "give those it pages a way to be reached: channels: [pager]"
                        : "write at least one level: {notify: [ana], escalate_after: 15m}");
    }
}

static void check_severities(const struct roster *roster, const struct people *people)
{
    for (size_t i = 0; i < people->severities.len; i++) {
        const struct severity_rule *rule = people->severities.items[i];

        check_placed(roster, POLICY, "policy", &rule->policy);
        check_placed(roster, CALENDAR, "calendar", &rule->calendar);
    }
}

/* Who is named in the arguments of steps. The kinds are core/'s; these are the names of their fields. */
static const struct mention {
    const char *kind, *field; /* kind NULL: any */
    const char *what;
    unsigned wanted;
} mentions[] = {
    {NULL, "by", "contact, group or rotation", CONTACT | GROUP | ROTATION},
    {NULL, "assignee", "contact, group or rotation", CONTACT | GROUP | ROTATION},
    {NULL, "escalate", "policy", POLICY},
    {"escalate", "policy", "policy", POLICY},
    {"wait", "calendar", "calendar", CALENDAR},
    {"notify", "to", "contact, group, rotation, policy or channel",
        CONTACT | GROUP | ROTATION | POLICY | CHANNEL},
};

static const char *policy_of_severity(const struct document *document)
{
    const struct severity_rule *rule =
        document->severity ? people_find(&document->people.severities, document->severity) : NULL;

    return rule ? rule->policy.text : NULL;
}

static void lacks_policy(const struct roster *roster, struct pos pos, const char *what)
{
    const struct document *document = roster->d->document;
    struct diag *diag = diag_error(roster->d->diags, pos, "missing-key", "%s lacks \"policy\"", what);

    if (document->severity)
        diag_hint(roster->d->diags, diag,
            "name one, or give all of this severity one: severities: {%s: {policy: …}}", document->severity);
    else
        diag_hint(roster->d->diags, diag, "name the policy that says who is paged when");
}

static void check_escalation(const struct roster *roster, struct escalation *escalation)
{
    if (escalation->policy)
        check_name(roster, POLICY, "policy", escalation->policy, escalation->pos);
    else if (!(escalation->policy = policy_of_severity(roster->d->document)))
        lacks_policy(roster, escalation->pos, "escalation");
}

/* A step may work out how bad it is: then any severity will do. */
static void check_escalate(const struct roster *roster, const struct step *step)
{
    const struct field *policy = section_find(&step->kind->section, "policy");
    const struct field *severity = section_find(&step->kind->section, "severity");
    const char *args = step->args;

    if (strcmp(step->kind->name, "escalate") != 0 || !policy || !severity)
        return;
    if (!*(const char *const *)(args + policy->offset) && !*(void *const *)(args + severity->offset) &&
        !policy_of_severity(roster->d->document))
        lacks_policy(roster, step->kind_pos, "escalate");
}

static void check_mention(const struct roster *roster, const struct step *step, const struct mention *mention)
{
    const struct field *field = section_find(&step->kind->section, mention->field);
    const char *place = field ? (const char *)step->args + field->offset : NULL;

    if (!field || (mention->kind && strcmp(mention->kind, step->kind->name) != 0))
        return;
    if (field->type == FIELD_STRINGS)
        check_names(roster, mention->wanted, mention->what, (const struct strings *)place);
    else if (field->type == FIELD_STRING && *(const char *const *)place)
        check_name(roster, mention->wanted, mention->what, *(const char *const *)place, step->kind_pos);
}

static void check_steps(const struct roster *roster, const struct document *document)
{
    for (size_t i = 0; i < document->step_count; i++) {
        const struct step *step = document->steps[i];

        if (!step->kind || !step->args)
            continue;
        for (size_t j = 0; j < sizeof(mentions) / sizeof(mentions[0]); j++)
            check_mention(roster, step, &mentions[j]);
        check_escalate(roster, step);
    }
}

void people_finish(struct decoder *d)
{
    const struct document *document = d->document;
    struct roster roster;

    if (d->is_broken)
        return;
    roster = roster_of(d);
    check_contacts(&roster, &document->people);
    check_nesting(&roster, &document->people);
    check_rotations(&roster, &document->people);
    check_policies(&roster, &document->people);
    check_severities(&roster, &document->people);
    if (document->escalation)
        check_escalation(&roster, document->escalation);
    check_steps(&roster, document);
    map_fini(&roster.names);
}

static void declared_twice(
    struct decoder *d, const char *what, const char *name, struct pos here, struct pos there)
{
    struct diag *diag =
        diag_error(d->diags, here, "duplicate-key", "the %s \"%s\" is declared twice", what, name);

    diag_hint(d->diags, diag, "it is also in %s, line %u", there.source->path, there.line);
}

static void append(struct items *into, const struct items *from, size_t at)
{
    into->items[into->len] = from->items[at];
    into->names[into->len] = from->names[at];
    into->pos[into->len++] = from->pos[at];
}

static void merge_items(struct decoder *d, struct items *into, const struct items *from, const char *what)
{
    size_t count = into->len + from->len;
    struct items all = {0};
    struct map places = {0};

    all.items = arena_alloc(d->arena, count * sizeof(*all.items));
    all.names = arena_alloc(d->arena, count * sizeof(*all.names));
    all.pos = arena_alloc(d->arena, count * sizeof(*all.pos));
    for (size_t i = 0; i < into->len; i++) {
        append(&all, into, i);
        map_put(&places, into->names[i], &into->pos[i]);
    }
    for (size_t i = 0; i < from->len; i++) {
        const struct pos *before = map_get(&places, from->names[i]);

        if (before)
            declared_twice(d, what, from->names[i], *before, from->pos[i]);
        append(&all, from, i);
    }
    map_fini(&places);
    *into = all;
}

void people_merge(struct decoder *d, const struct people *imported)
{
    for (size_t i = 0; i < COLLECTION_COUNT; i++)
        merge_items(d, items_of(&d->document->people, &collections[i]), items_of(imported, &collections[i]),
            collections[i].what);
    if (d->document->people.smtp && imported->smtp)
        declared_twice(d, "section", "smtp", imported->smtp->pos, d->document->people.smtp->pos);
    else if (imported->smtp)
        d->document->people.smtp = imported->smtp;
}
