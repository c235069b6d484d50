/* canonical: the text of an event that its leaf hash covers. */
#ifndef JOURNAL_CANONICAL_H
#define JOURNAL_CANONICAL_H

#include "base/hash.h"
#include "model/event.h"

/* As journal_canonical, with the data already canonical text (NULL: none). Appends. */
void canonical_event(
    const char *run_id, const struct event *event, const char *data, size_t data_len, struct text *text);
/* The leaf hash: over the same text with the hash of `data` in its place, so that what an event tells can be
 * taken away and the event stays provable. `payload` (or NULL) is that hash when the data are gone already.
 * `scratch` is overwritten. */
struct sha256 canonical_leaf(const char *run_id, const struct event *event, const char *data, size_t data_len,
    const struct sha256 *payload, struct text *scratch);
/* The stable name of event->status, or "". */
const char *event_status_name(const struct event *event);
/* The number behind a status read back, or -1. */
int event_status_parse(enum event_type type, const char *status);

#endif
