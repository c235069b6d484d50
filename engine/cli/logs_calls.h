/* logs_calls: what the code of `lua` and `uses` steps called, what came back, and what the code returned, for
 * `runbook logs`: nothing else of it has been printed. */
#ifndef CLI_LOGS_CALLS_H
#define CLI_LOGS_CALLS_H

#include "base/map.h"
#include "journal/journal.h"

/* One call that has returned, or the end of the code. */
struct call_shown {
    uint64_t seq; /* of its event */
    int64_t wall_us;
    char *path, *heading;
    const char *name; /* of what was called; NULL: the code has come to its end */
    int64_t number;   /* of the calls of its attempt, from 1 */
    json_t *result;   /* of the call, or of the code */
    bool has_failed;  /* the code: the result is why */
};

struct call_log {
    struct call_shown *shown; /* oldest first */
    size_t count, cap, next;  /* `next` has not been shown yet */
    uint64_t last_seq;        /* that was read */
    struct map begun;         /* path -> struct begun */
};

/* Take in what has happened since. */
int call_log_read(struct call_log *log, struct journal *journal, const char *run_id, struct err *err);
void call_log_fini(struct call_log *log);

#endif
