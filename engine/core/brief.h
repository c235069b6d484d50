/* brief: values and outcomes in few words, for the messages of failures. */
#ifndef CORE_BRIEF_H
#define CORE_BRIEF_H

#include "core/frame.h"

/* Append the text as one line, cut with "…" where it is longer than `max` bytes. */
void brief_line(struct text *text, const char *bytes, size_t len, size_t max);
/* The same of a value. */
void brief_value(struct text *text, const json_t *value, size_t max);
/* What the attempt that has just ended brought: "exit 0, output {"ready":1}". malloc'd. */
char *brief_outcome(const struct frame *frame);

#endif
