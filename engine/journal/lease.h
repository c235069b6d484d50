/* lease: is the engine that holds a run still there? */
#ifndef JOURNAL_LEASE_H
#define JOURNAL_LEASE_H

#include <stdbool.h>
#include <stdint.h>

/* No descriptor was free to look. Who cannot be seen counts as alive. */
enum { LEASE_UNSEEN = -1 };

/* When a process of this machine started, in clock ticks since boot (/proc/PID/stat field 22); 0 = there is
 * none, or only what its parent has not taken notice of yet; or LEASE_UNSEEN. With the pid it names a process
 * for as long as the machine is up. */
int64_t lease_process_start(int64_t pid);

/* Provably gone: it gave the lease back (until_us 0); on this host, no such process; on another, the lease
 * has run out. */
bool lease_holder_is_gone(const char *host, int64_t pid, int64_t start, int64_t until_us);
/* It is, or its lease has run out all the same: it may have been stopped, or suspended with its machine. If
 * it comes back, it finds out when it writes next (journal_is_fenced). */
bool lease_is_free(const char *host, int64_t pid, int64_t start, int64_t until_us);

#endif
