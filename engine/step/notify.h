/* notify: send one notification through a channel. Not a kind a runbook can name: EFFECT_NOTIFY asks for it.
 */
#ifndef STEP_NOTIFY_H
#define STEP_NOTIFY_H

#include "step/step.h"

/* options->args: {"uses": "slack.post", "with": {…}, "target"?, "contact"?, "person"?, "channel"?, "message",
 * "severity"?, "level"?}. An action is given `with`, and all the rest as `message`. With "command.run" and
 * {"argv": […], "stdin"?: …} the command gets RUNBOOK_MESSAGE, RUNBOOK_SEVERITY, RUNBOOK_CONTACT and
 * RUNBOOK_LEVEL in its environment and, unless `with` has a stdin, the args as JSON on its standard input. An
 * unknown `uses` is an outcome of class action. options->step may be NULL. on_done comes once, never from
 * inside. */
struct work *notify_start(const struct work_options *options);

#endif
