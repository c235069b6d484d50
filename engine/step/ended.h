/* ended: what an attempt amounts to, from how it has ended. Pure: a driver without a world says word for word
 * what a real process would have left. */
#ifndef STEP_ENDED_H
#define STEP_ENDED_H

#include "model/outcome.h"
#include "model/step.h"

#include <stdbool.h>
#include <stdint.h>

/* How a process has ended, and what is kept of what it wrote. */
struct process_end {
    int exit_code, signal; /* exit_code -1 when a signal ended it, else signal 0 */
    bool was_stopped;      /* we had told it to end */
    const char *out, *err;
    size_t out_len, err_len;
    uint64_t omitted; /* bytes that are not kept */
};

void ended_process(const struct process_end *end, struct outcome *ret);
/* Takes over the response: {status_code, headers, body}. `expect`: the codes that are as wanted, or NULL. */
void ended_response(json_t *response, const json_t *expect, struct outcome *ret);
/* An attempt that was told to end, or killed, and did so at once. `step` NULL: a notification. */
void ended_by_stop(const struct step *step, bool at_once, struct outcome *ret);

#endif
