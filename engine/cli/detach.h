/* detach: the run goes on in a process of its own, without the terminal. The program starts itself again with
 * the same arguments; an inherited descriptor tells the second one that it is the one to go on. */
#ifndef CLI_DETACH_H
#define CLI_DETACH_H

#include <stdbool.h>

/* The descriptor by which this process tells its parent that the run has begun; -1 when it has no such
 * parent. */
int detach_inherited(void);
/* In the parent: start the other, wait until its run has begun or has failed to, print the run's id on
 * stdout. Returns the exit status. */
int detach_start(char **argv, bool json);
/* In the child: the run has begun; from here on nothing is printed. */
void detach_ready(int fd, const char *run_id);

#endif
