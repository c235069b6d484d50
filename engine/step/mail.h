/* mail: what `mail` steps and channels that use `mail.send` have in common. */
#ifndef STEP_MAIL_H
#define STEP_MAIL_H

#include "step/step.h"

/* options->args: {to, cc?, subject, body, html?, attach?, from?, smtp?}; looked at during the call only. The
 * result is {status_code, reply, message_id, final?}: what the server said, and whether it will say so again.
 */
struct work *mail_work_start(const struct work_options *options);

#endif
