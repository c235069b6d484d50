/* mark: what every child and its descendants carry in their environment: which of our children they come
 * from. */
#ifndef IO_MARK_H
#define IO_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { MARK_SIZE = 64 };

/* `stays`: what the child leaves behind is to stay. */
void mark_write(char ret[MARK_SIZE], int64_t serial, bool stays);
/* The serial number in the mark of a process, 0 when it carries none of ours. Negative when nobody can tell
 * just now: no descriptor was free. */
int64_t mark_read(pid_t pid, bool *ret_stays);

#endif
