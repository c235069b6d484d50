/* reach: names of contacts, groups, rotations, policies and channels, resolved. */
#include "core/reach.h"

#include <string.h>

enum { DEPTH_MAX = 8 }; /* groups inside groups */

static void *named(const struct items *items, const char *name)
{
    for (size_t i = 0; i < items->len; i++)
        if (strcmp(items->names[i], name) == 0)
            return items->items[i];
    return NULL;
}

const struct policy *reach_policy(const struct people *people, const char *name)
{
    return named(&people->policies, name);
}

const struct channel *reach_channel(const struct people *people, const char *name)
{
    return named(&people->channels, name);
}

static void add(struct targets *targets, const char *name, const struct contact *contact)
{
    for (size_t i = 0; i < targets->len; i++)
        if (strcmp(targets->items[i].name, name) == 0)
            return;
    targets->items = mem_grow(targets->items, targets->len, &targets->cap, sizeof(*targets->items));
    targets->items[targets->len++] = (struct target){name, contact};
}

static void expand_all(const struct people *people, const struct strings *names, size_t limit,
    struct targets *targets, int depth);

static void expand(const struct people *people, const char *name, struct targets *targets, int depth)
{
    const struct contact *contact = named(&people->contacts, name);
    const struct strings *group = named(&people->groups, name);
    const struct rotation *rotation = named(&people->rotations, name);
    const struct policy *policy = named(&people->policies, name);

    if (contact)
        add(targets, name, contact);
    else if (group)
        expand_all(people, group, group->len, targets, depth + 1);
    else if (rotation)
        expand_all(people, &rotation->members, rotation->members.len ? 1 : 0, targets, depth + 1);
    else if (policy && policy->levels.len)
        expand_all(people, &((struct level *)policy->levels.items[0])->notify, SIZE_MAX, targets, depth + 1);
    else if (named(&people->channels, name))
        add(targets, name, NULL);
}

static void expand_all(const struct people *people, const struct strings *names, size_t limit,
    struct targets *targets, int depth)
{
    for (size_t i = 0; depth < DEPTH_MAX && i < names->len && i < limit; i++)
        expand(people, names->items[i], targets, depth);
}

void reach_expand(const struct people *people, const struct strings *names, struct targets *targets)
{
    expand_all(people, names, names->len, targets, 0);
}

static bool is_user(const struct target *target, const char *user)
{
    if (!target->contact)
        return false;
    for (size_t i = 0; i < target->contact->user.len; i++)
        if (strcmp(target->contact->user.items[i], user) == 0)
            return true;
    /* A contact who says nothing about users is known by the name. */
    return target->contact->user.len == 0 && strcmp(target->name, user) == 0;
}

bool reach_includes(const struct people *people, const struct strings *names, const char *user)
{
    struct targets targets = {0};
    bool is_in = names->len == 0;

    reach_expand(people, names, &targets);
    for (size_t i = 0; i < targets.len && !is_in; i++)
        is_in = is_user(&targets.items[i], user);
    free(targets.items);
    return is_in;
}
