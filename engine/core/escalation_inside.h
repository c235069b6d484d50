/* escalation_inside: the state of one escalation, as the files about it share it. */
#ifndef CORE_ESCALATION_INSIDE_H
#define CORE_ESCALATION_INSIDE_H

#include "core/escalation.h"
#include "core/turn.h"
#include "oncall/opening.h"

#define ESCALATION_STATES(X)                                                                                 \
    X(TRIGGERED, "triggered")                                                                                \
    X(ACKNOWLEDGED, "acknowledged") X(RESOLVED, "resolved") X(EXHAUSTED, "exhausted")

#define X(name, text) ESCALATION_##name,
enum escalation_state { ESCALATION_STATES(X) };
#undef X

struct escalating {
    struct node node;
    struct escalating *next;
    struct escalating *copy; /* while the run is copied: its twin */
    enum escalation_state state;
    const struct document *document;
    const struct policy *policy;
    const struct severity_rule *rule; /* of its severity, or NULL */
    const struct opening *opening;    /* whose time its clocks count; NULL: all time */
    char *path;                       /* "!" and the name */
    char *text, *severity;
    size_t level;          /* index of the present one */
    int64_t pass;          /* 0 = the first */
    size_t pages;          /* levels begun so far */
    int64_t paged_mono_us; /* when the present one was */
    size_t open;           /* notices of the present level under way */
    bool is_reached;
    bool has_held; /* a level of this pass has */
};

/* Would its clocks stand still now and then? */
bool escalation_has_calendar(const struct escalation_order *order);
/* May that, or who is paged, depend on the time of day in any escalation of the book? clocks.c */
bool book_follows_clocks(const struct book *book);
const char *escalation_name(const struct escalating *escalating);
/* Open, and meant by the name; "" means every one. */
bool escalation_is_meant(const struct escalating *escalating, const char *name);
/* The first that is meant, or NULL. */
struct escalating *escalation_find(const struct run *run, const char *name);
/* When so much time of its clocks will have passed since an instant of the run. */
int64_t escalation_due(
    const struct run *run, const struct escalating *escalating, int64_t since_us, int64_t duration_ms);
/* Page the next level; it holds from `since_us` on. */
void escalation_advance(struct run *run, struct escalating *escalating, int64_t since_us);

#endif
