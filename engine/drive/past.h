/* past: a run as the journal knows it: the runbook it was begun with, from the texts that were pinned, and
 * its events. */
#ifndef DRIVE_PAST_H
#define DRIVE_PAST_H

#include "base/map.h"
#include "core/core.h"
#include "drive/program.h"
#include "journal/journal.h"

struct past {
    char id[RUN_ID_SIZE];
    struct journal *journal; /* borrowed */
    struct run_row *row;
    struct program program;
    struct event *events; /* in order; what they point to lives as long */
    size_t event_count, event_cap;
    struct map
        redacted; /* numbers of events whose data were taken away, once past_find_redacted has looked */
    struct arena arena;
};

/* ERR_CORRUPT when a pinned text is not the one of its hash, ERR_INVALID when this version of the program
 * cannot load the runbook. */
int past_open(struct journal *journal, const char *run_id, struct past *ret_past, struct err *err);
void past_fini(struct past *past);
/* What has been added since. */
int past_read_on(struct past *past, struct err *err);
/* How many moves of pure work the core had made when the next cause behind this event came, if that was in
 * the middle of them; else 0. For core_stop_at. */
uint64_t past_moves_after(const struct past *past, const struct event *event);
int past_find_redacted(struct past *past, struct err *err);
bool past_is_redacted(const struct past *past, const struct event *event);
/* The files that read otherwise by now, on disk or, those of the standard library, in this program: "NAME is
 * another one now", a line each. */
void past_compare_with_now(const struct past *past, struct text *text);

/* As core_input_of; and the long texts that an event leaves out are put back from what was kept of the
 * output. `step` is the one whose attempt ended there, NULL when it is not known. */
int past_input_of(const struct past *past, const struct event *cause, const struct step *step,
    struct input *ret_input, struct outcome *ret_outcome, struct err *err);

#endif
