/* workers: independent pieces of work shared among processes, which begin with all that is loaded here. */
#ifndef CLI_WORKERS_H
#define CLI_WORKERS_H

#include "model/value.h"

struct shared_work {
    size_t count;
    json_t *(*perform)(void *context, size_t index); /* one piece; new reference */
    json_t *(*leave)(void *context);                 /* when a process has done its share, or NULL */
    void *context;
};

/* Perform all pieces with `jobs` processes (1: this one). Returns the results in their order; a piece whose
 * process died has {"died": how}. What `leave` gave goes to `left` (a list), of other processes only. */
json_t *workers_run(const struct shared_work *work, size_t jobs, json_t *left);
/* How many processors there are for us. */
size_t workers_default(void);

#endif
