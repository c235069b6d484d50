/* reach: names of contacts, groups, rotations, policies and channels, resolved. */
#include "core/reach.h"

#include "oncall/turns.h"

#include <string.h>

enum { DEPTH_MAX = 8 }; /* groups inside groups */

const struct policy *reach_policy(const struct people *people, const char *name)
{
    return people_find(&people->policies, name);
}

const struct channel *reach_channel(const struct people *people, const char *name)
{
    return people_find(&people->channels, name);
}

static void add(struct targets *targets, const char *name, const struct contact *contact)
{
    for (size_t i = 0; i < targets->len; i++)
        if (strcmp(targets->items[i].name, name) == 0)
            return;
    targets->items = mem_grow(targets->items, targets->len, &targets->cap, sizeof(*targets->items));
    targets->items[targets->len++] = (struct target){name, contact};
}

struct expansion {
    const struct people *people;
    int64_t wall_us;
    struct targets *targets;
};

static void expand_all(const struct expansion *to, const struct strings *names, int depth);

/* Nobody is on call in the hours that the rotation leaves out. */
static void expand_rotation(const struct expansion *to, const struct rotation *rotation)
{
    const struct contact *contact;
    struct duty duty;

    turns_at(rotation, to->wall_us, &duty);
    contact = duty.member ? people_find(&to->people->contacts, duty.member) : NULL;
    if (contact)
        add(to->targets, duty.member, contact);
}

static void expand(const struct expansion *to, const char *name, int depth)
{
    const struct people *people = to->people;
    const struct contact *contact = people_find(&people->contacts, name);
    const struct strings *group = people_find(&people->groups, name);
    const struct rotation *rotation = people_find(&people->rotations, name);
    const struct policy *policy = people_find(&people->policies, name);

    if (contact)
        add(to->targets, name, contact);
    else if (group)
        expand_all(to, group, depth + 1);
    else if (rotation)
        expand_rotation(to, rotation);
    else if (policy && policy->levels.len)
        expand_all(to, &((struct level *)policy->levels.items[0])->notify, depth + 1);
    else if (people_find(&people->channels, name))
        add(to->targets, name, NULL);
}

static void expand_all(const struct expansion *to, const struct strings *names, int depth)
{
    for (size_t i = 0; depth <= DEPTH_MAX && i < names->len; i++)
        expand(to, names->items[i], depth);
}

void reach_expand(
    const struct people *people, const struct strings *names, int64_t wall_us, struct targets *targets)
{
    expand_all(&(struct expansion){people, wall_us, targets}, names, 0);
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

bool reach_includes(
    const struct people *people, const struct strings *names, int64_t wall_us, const char *user)
{
    struct targets targets = {0};
    bool is_in = names->len == 0;

    reach_expand(people, names, wall_us, &targets);
    for (size_t i = 0; i < targets.len && !is_in; i++)
        is_in = is_user(&targets.items[i], user);
    free(targets.items);
    return is_in;
}
