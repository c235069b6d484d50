/* page: what a message says. The core gives facts; here they become words, the same for every way there is to
 * deliver them. Pure. */
#ifndef STEP_PAGE_H
#define STEP_PAGE_H

#include "model/value.h"

/* `args` are those of EFFECT_NOTIFY, with `run`, `host` and `ack_command` where they are known. Returns the
 * facts, and:
 *
 *     message   what the author wrote, or how many messages there are
 *     subject   one line: severity, title, message
 *     text      all that whoever is woken needs to know, in lines
 *     html      the same as HTML
 *
 * New reference. */
json_t *page_of(const json_t *args);

#endif
