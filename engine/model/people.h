/* people: contacts, how to reach them, and who is paged when. */
#ifndef MODEL_PEOPLE_H
#define MODEL_PEOPLE_H

#include "model/field.h"

struct contact {
    struct pos pos;
    const char *name, *email, *phone;
    struct strings user, channels;
};

struct channel {
    struct pos pos;
    const char *uses; /* "command.run" in this version */
    struct template *with;
};

struct rotation {
    struct pos pos;
    struct strings members;
    struct amount every;
    const char *handoff, *timezone, *restrict_;
    json_t *overrides;
};

struct calendar {
    struct pos pos;
    const char *days, *hours, *timezone, *ics;
    struct strings holidays;
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
};

struct severity_rule {
    struct pos pos;
    const char *policy, *calendar;
    struct amount respond_within;
};

/* What `import: [oncall.yaml]` and the runbook itself declare, together. Groups are struct strings by name.
 */
struct people {
    struct items contacts, channels, groups, rotations, calendars, policies, severities;
};

#endif
