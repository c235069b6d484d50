/* words: one event as a sentence for people. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/text.h"
#include "model/event.h"

/* "ana acknowledged the escalation (level 1, platform)". Appends; what came from outside is made harmless. */
void event_words(const struct event *event, struct text *text);
/* The escalation that the event is about, within its path: "platform" of "!platform/2/ana/pager", "deploy/go"
 * of
 * "!deploy/go". */
const char *event_escalation(const struct event *event, size_t *ret_len);
/* Bookkeeping that a reader does not miss: timers, single calls of a script, the start of what also ended. */
bool event_is_quiet(const struct event *event);
/* How a failure of this class reads after the step's name: "timed out", "exited with code 3". */
void failure_words(enum fail_class class_, int exit_code, struct text *text);
/* The same with the message, which may be the better end of the sentence: "timed out after 10s". */
void failure_sentence(enum fail_class class_, int exit_code, const char *message, struct text *text);
/* Why a step was skipped: a rule's name as a phrase, anything else as it is. */
const char *reason_words(const char *reason);

/* What a step does, from its arguments: the command, the first line of the script, or the request. */
void work_words(const json_t *args, struct text *text);

#endif
