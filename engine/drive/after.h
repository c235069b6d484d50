/* after: what a person says of a run that has ended. No engine holds it any more, and none is needed: the
 * journal is fed to a fresh core, which takes in what is said as it would have taken in anything before. */
#ifndef DRIVE_AFTER_H
#define DRIVE_AFTER_H

#include "core/core.h"
#include "journal/journal.h"

/* `input` lacks its times. Durable when it returns 0; else the text is for the person, and nothing is
 * written.
 */
int after_say(struct journal *journal, const char *run_id, const struct input *input, struct err *err);

#endif
