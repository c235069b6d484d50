/* escalation: paging people, level after level, until somebody says "I have it". The states are in
 * escalation.c. */
#ifndef CORE_ESCALATION_H
#define CORE_ESCALATION_H

#include "core/run.h"

/* What a person said of an escalation: by whom, and {note?, for?, …}. */
struct said {
    struct principal by;
    const json_t *data;
};

/* What is to be started. */
struct escalation_order {
    const struct document *document; /* whose people */
    const char *policy, *name;       /* policy NULL or "": the severity's; name NULL: the policy's */
    const char *text, *severity;     /* "" = the document's */
};

/* Start; one of that name that is open goes on instead. False when there is no such policy. */
bool escalation_start(struct run *run, const struct escalation_order *order);
/* The one that hangs on the run. */
void escalation_of_run(struct run *run, const struct escalation *escalation);
/* Is one open that this name means ("" = any)? */
bool escalation_is_open(const struct run *run, const char *name);
/* `said` NULL: a step of the runbook did it, at `path`. */
void escalation_acknowledge(struct run *run, const char *name, const char *path, const struct said *said);
void escalation_resolve(struct run *run, const char *name, const char *path, const struct said *said);
/* Acknowledged for a time; then paging goes on with the same level. */
void escalation_snooze(struct run *run, const char *name, int64_t duration_ms, const struct said *said);
/* Has one of those meant a level that can still be paged? Then that can be now. */
bool escalation_has_next(const struct run *run, const char *name);
void escalation_press(struct run *run, const char *name, const struct said *said);
/* A deadline has been missed: the next level of what is open is paged now. */
void escalation_hurry(struct run *run);
/* `due_us` is when it was to come: what follows is counted from there, so that after a pause of the engine
 * every level that came due is paged, and the next one is due when it would have been. */
void escalation_on_timer(struct run *run, struct escalating *escalating, int purpose, int64_t due_us);
/* Has nobody acknowledged it? */
bool escalation_is_paging(const struct escalating *escalating);
/* A page of the present level has arrived, or never will. */
void escalation_told(struct run *run, struct escalating *escalating, size_t page, bool is_reached);
/* The run has ended. */
void escalation_close_all(struct run *run, bool is_resolved);
void escalation_free_all(struct run *run);
void escalation_copy_all(const struct run *from, struct run *to);
/* Of one that has just been copied. */
struct escalating *escalation_twin(const struct escalating *escalating);

const char *escalation_path(const struct escalating *escalating);
size_t escalation_pages(const struct escalating *escalating); /* levels reached so far */
struct node *escalation_node(const struct run *run, const char *path);
json_t *escalation_snapshot(const struct run *run);

#endif
