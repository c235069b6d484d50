/* asked: which question is meant, who is asked, and telling them again. */
#ifndef CORE_ASKED_H
#define CORE_ASKED_H

#include "core/run.h"

/* The one open question whose step has this id. A negative code when there is none, or more: the text says
 * which are open, or by whom it has been answered. */
int asked_find(struct run *run, const char *id, struct frame **ret_frame, struct err *err);
/* This user may not answer; the text says who may. */
int asked_refuse(const struct run *run, const struct frame *frame, const char *user, struct err *err);
bool asked_has_said(const json_t *users, const char *user);
/* Tell those who may answer, and have not, that it is still open; for the nth time. */
void asked_remind(struct run *run, struct frame *frame, const json_t *users, int64_t times);

#endif
