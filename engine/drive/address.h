/* address: how people who were told of a run get hold of it. */
#ifndef DRIVE_ADDRESS_H
#define DRIVE_ADDRESS_H

#include "journal/journal.h"

/* {run, host, ack_command}: the shortest name of the run, this machine, and the command that acknowledges,
 * which names the journal when it is not where everybody's is. New reference. */
json_t *address_of(struct journal *journal, const char *run_id);

#endif
