/* notify: send one notification through a channel. Not a kind a runbook can name: EFFECT_NOTIFY asks for it.
 */
#ifndef STEP_NOTIFY_H
#define STEP_NOTIFY_H

#include "step/step.h"

/* options->args: {"uses": "slack.post", "with": {…}, "target", "channel", "message", "contact"?, "person"?,
 * "severity"?, "level"?, …}: what page.h makes words of. An action is given `with`, and the page as
 * `message`. With "command.run" and {"argv": […], "stdin"?: …} the command gets the page in RUNBOOK_MESSAGE,
 * RUNBOOK_TEXT … and, unless `with` has a stdin, all of it as JSON on its standard input. "mail.send" writes
 * to the person, "terminal.bell" rings. An unknown `uses` is an outcome of class action. options->step may be
 * NULL. on_done comes once, never from inside. */
struct work *notify_start(const struct work_options *options);

#endif
