/* scratch: files in memory, which a child can open by their path under /proc. One to which nothing was
 * written, as is usual, is lent again. */
#ifndef IO_SCRATCH_H
#define IO_SCRATCH_H

#include "io/loop.h"

/* An empty file. Returns its descriptor, or a negative code. */
int scratch_open(struct loop *loop, struct err *err);
/* Nobody has it open any more. Harmless with -1. */
void scratch_close(struct loop *loop, int fd);

#endif
