/* detach: the run goes on in a process of its own, without the terminal. */
#ifndef CLI_DETACH_H
#define CLI_DETACH_H

#include <stdbool.h>

struct detach {
    int fd; /* the child's end of the pipe to its parent; -1 = not detached */
};

/* Fork. In the child: true, and it goes on with the run. In the parent: false, once the child has said that
 * the run has begun or has ended before that; `ret_status` is what to exit with. The child's id of the run is
 * printed on stdout. */
bool detach_begin(struct detach *detach, bool json, int *ret_status);
/* In the child: the run has begun; from here on nothing is printed. */
void detach_ready(struct detach *detach, const char *run_id);

#endif
