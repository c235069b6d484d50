/* people: contacts, how to reach them, and who is paged when. */
#ifndef MODEL_PEOPLE_H
#define MODEL_PEOPLE_H

#include "model/field.h"

struct contact {
    struct pos pos;
    const char *name, *email, *phone;
    struct strings user, channels;
};

struct retry; /* step.h */

/* How many messages may go out in which time. */
struct limit {
    struct pos pos;
    struct amount count, every;
};

struct channel {
    struct pos pos;
    const char *uses; /* the action that delivers */
    struct template *with;
    struct amount timeout; /* of one attempt; 30s */
    struct retry *retry;   /* or NULL: twice, 5s apart */
    struct limit *limit;   /* or NULL */
};

struct turns;   /* what a rotation comes to, worked out when the book is loaded: oncall/turns.h */
struct opening; /* the same of a calendar: oncall/opening.h */

struct override {
    struct pos pos;
    struct placed member, from, until;
};

struct rotation {
    struct pos pos;
    struct strings members;
    struct amount every;
    struct placed handoff, timezone;
    struct strings restrict_;
    struct items overrides; /* struct override */
    const struct turns *turns;
};

struct calendar {
    struct pos pos;
    struct strings days, hours, holidays;
    struct placed timezone, ics;
    const struct opening *opening;
};

struct level {
    struct pos pos;
    struct strings notify; /* contacts, groups, rotations or channels */
    struct amount escalate_after;
    struct expr *when;
};

struct policy {
    struct pos pos;
    const char *name;
    struct items levels; /* struct level */
    struct amount repeat, ack_timeout;
    struct placed calendar; /* whose time its clocks count */
};

struct severity_rule {
    struct pos pos;
    struct placed policy, calendar;
    struct amount respond_within;
};

/* What `import: [oncall.yaml]` and the runbook itself declare, together. Groups are struct strings by name.
 */
struct people {
    struct items contacts, channels, groups, rotations, calendars, policies, severities;
    struct template *smtp; /* the mail server, or NULL */
};

/* NULL: none of that name. */
void *people_find(const struct items *items, const char *name);

#endif
