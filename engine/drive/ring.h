/* ring: the bell of a run that another process carries out. */
#ifndef DRIVE_RING_H
#define DRIVE_RING_H

#include <stdbool.h>
#include <sys/un.h>

/* $XDG_RUNTIME_DIR/runbook/<run>.sock; false when that cannot be. The folder may be missing. */
bool ring_address(const char *run_id, struct sockaddr_un *ret_address);
/* Let it look into its inbox now. Best effort: one that does not hear it looks by itself. */
void ring(const char *run_id);

#endif
