/* summary: what is said when a run is over: how it ended, what failed and how, what to type next. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "drive/live.h"
#include "report/paint.h"

/* "exited with code 3: no such pod": what failed, in words, without saying anything twice. Harmless. */
void failure_text(enum fail_class class_, int exit_code, const char *message, struct text *text);

/* Zero-initialise; feed every event. */
struct summary {
    enum run_status status;
    int64_t elapsed_us;
    char *message;    /* the run's; owned; NULL = none */
    int64_t warnings; /* what went wrong without being the end of the run */
    json_t *outputs;  /* the run's; owned; NULL = none */
};

void summary_fini(struct summary *summary);
void summary_add(struct summary *summary, const struct event *event);
/* For a run that was parked there is no event. */
void summary_parked(struct summary *summary, int64_t elapsed_us);
/* What failed is read from the journal, as `show` and `timeline` read it, with the last `context_lines` of
 * the step's standard error. */
void summary_write(const struct summary *summary, struct journal *journal, const char *run_id,
    const struct paint *paint, size_t context_lines, struct text *text);

#endif
