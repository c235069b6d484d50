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
    int64_t pass;                  /* of the escalation, from 1 */
    const json_t *next;            /* {who, at}: the level that follows, or NULL */
    struct escalating *escalating; /* or … */
    struct frame *frame;  /* … a step: told when the message arrived or every channel failed; or … */
    size_t call;          /* which call of the step's code it is, from 1; 0 = the step is `notify` */
    const char *question; /* … the path of a question, which need not hear of it */
};

enum notice_state {
    NOTICE_SENDING, /* an effect is under way */
    NOTICE_RESTING, /* until the next attempt */
    NOTICE_HELD,    /* until the channel takes messages again */
    NOTICE_RIDING,  /* told together with another that was held */
};

struct notice {
    struct node node;
    struct notice *next, *prev;
    struct notice *copy; /* while the run is copied: its twin */
    enum notice_state state;
    struct notice *carrier; /* RIDING: the one it is told with */
    struct escalating *escalating;
    struct frame *frame; /* both NULL: nobody waits for it */
    const struct people *people;
    const char *name; /* the target's */
    const struct contact *contact;
    size_t channel; /* of the contact's, from 0 */
    const char *channel_name;
    size_t level, page;  /* of the escalation */
    int64_t pass, at_us; /* at_us: when there was something to say, wall */
    char *text, *severity;
    char *owner, *path; /* the path without and with who and how */
    json_t *next_level;
    json_t *args;     /* of the present channel: the second attempt is the first again */
    int attempt;      /* through the present channel, from 1 */
    bool is_carrier;  /* others may have ridden with it */
    bool is_stopped;  /* nobody wants it told any more */
    bool is_too_slow; /* the attempt was ended for that */
};

enum notice_begun {
    NOTICE_NOBODY, /* no channel can be used */
    NOTICE_BEGUN,  /* whoever wants it told hears how it went */
    NOTICE_KEPT,   /* it is told later, as one of several; nobody waits for that */
};

/* Begin to tell the target through its first channel that can be used. A message of a step that finds its
 * channel full is kept; a page is waited for. */
enum notice_begun notice_begin(struct run *run, const struct message *message, const struct target *target);
/* The answer to EFFECT_NOTIFY. */
void notice_answered(struct run *run, struct notice *notice, const struct outcome *outcome);
/* Is an answer still to come? */
bool notice_is_awaited(const struct notice *notice);
void notice_on_timer(struct run *run, struct notice *notice, int purpose);
struct notice *notice_find(const struct run *run, const char *path);
void notice_stop_frame(struct run *run, const struct frame *frame, bool at_once);
/* The code that wanted something told is gone: what is not on its way yet is told no more. */
void notice_give_up(struct run *run, struct frame *frame);
/* The question has been answered: nobody need be told of it any more. */
void notice_stop_question(struct run *run, const char *path);
/* Is somebody still being told of it? */
bool notice_is_about(const struct run *run, const char *path);
void notice_stop_all(struct run *run, bool at_once);
/* The run ends: what is held goes out now. */
void notice_flush(struct run *run);
/* notice_keep.c */
void notice_free(struct notice *notice);
void notice_copy_all(const struct run *from, struct run *to);
void notice_free_all(struct run *run);

/* notify.c: a message of a `notify` step has arrived, or never will. */
void notify_told(struct run *run, struct frame *frame, bool is_reached);

/* notice_said.c: the arguments of the effect, and the events. */
json_t *notice_args(
    struct run *run, const struct notice *notice, const struct channel *channel, const json_t *with);
void notice_tell_started(struct run *run, struct notice *notice);
void notice_tell_held(struct run *run, struct notice *notice, int64_t due_us);
/* `due_us` of one that failed: when the channel is tried again, -1 = not again. */
void notice_tell_answer(
    struct run *run, struct notice *notice, const struct outcome *outcome, int64_t due_us);

#endif
