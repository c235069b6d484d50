/* notice: one message on its way to one person through one channel. */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include "core/reach.h"
#include "core/run.h"

/* What is said, and for whom it is said. */
struct message {
    const struct people *people;
    const char *text, *severity;
    size_t level;                  /* of the escalation, from 1; 0 = none */
    struct escalating *escalating; /* or … */
    struct frame *frame; /* … a notify step: told when the message arrived or every channel failed; or … */
    const char *question; /* … the path of a question, which need not hear of it */
};

struct notice {
    struct node node;
    struct notice *next;
    struct escalating *escalating;
    struct frame *frame;
    char *owner; /* the path of the question; else NULL */
    const struct people *people;
    const char *name; /* the target's */
    const struct contact *contact;
    size_t channel; /* of the contact's, from 0 */
    const char *channel_name;
    size_t level, page; /* of the escalation */
    char *text, *severity, *path;
    json_t *args; /* of the present channel: the second attempt is the first again */
    int attempt;  /* through the present channel, from 1 */
    bool is_stopped;
};

/* Begin to tell the target through its first channel that can be used; false when there is none. */
bool notice_begin(struct run *run, const struct message *message, const struct target *target);
/* The answer to EFFECT_NOTIFY. */
void notice_answered(struct run *run, struct notice *notice, const struct outcome *outcome);
/* Is an answer still to come? */
bool notice_is_awaited(const struct notice *notice);
/* It is time for the second attempt. */
void notice_on_timer(struct run *run, struct notice *notice);
struct notice *notice_find(const struct run *run, const char *path);
void notice_stop_frame(struct run *run, const struct frame *frame, bool at_once);
/* The question has been answered: nobody need be told of it any more. */
void notice_stop_question(struct run *run, const char *path);
/* Is somebody still being told of it? */
bool notice_is_about(const struct run *run, const char *path);
void notice_stop_all(struct run *run, bool at_once);
void notice_free_all(struct run *run);

/* notify.c: a message of a `notify` step has arrived, or never will. */
void notify_told(struct run *run, struct frame *frame, bool is_reached);

#endif
