/* live: carries one run out for real. Inputs come from the loop; each turn is journalled, made durable, then
 * performed. */
#ifndef DRIVE_LIVE_H
#define DRIVE_LIVE_H

#include "base/err.h"
#include "core/core.h"
#include "io/loop.h"
#include "journal/journal.h"

struct live;

/* What somebody who watches is told; secrets have been masked. All may be NULL. */
struct live_watcher {
    void (*on_event)(void *context, const struct event *event); /* in order, as soon as concluded */
    void (*on_output)(void *context, const char *path, int stream, const char *bytes, size_t len);
    void (*on_effect)(void *context, const struct effect *effect); /* when performed: questions, timers */
    bool (*on_bell)(void *context, const char *line);  /* ring and say so; false: nobody would hear it */
    void (*on_queued)(void *context, const char *why); /* it waits for its group; NULL = over */
    void (*on_trouble)(void *context, const struct err *trouble); /* journal; NULL = over */
    /* Once, last: everything is durable. RUN_INTERRUPTED when it was parked. */
    void (*on_finished)(void *context, enum run_status status, const char *message);
    void *context;
};

struct live_options {
    struct loop *loop;
    struct journal *journal;
    struct book *book; /* its sources are hashed by live_start */
    struct script *script;
    json_t *params;      /* checked */
    json_t *start_extra; /* tags, skip_tags, from, …: merged into INPUT_START's data; or NULL */
    json_t *answers;     /* step -> answer (from --answer), or NULL */
    bool yes;            /* confirm what names nobody */
    bool is_kept;        /* the journal's keeper drives it */
    const char *folder;  /* for the steps of a run that does not say where it began; NULL: where we stand */
    struct principal initiator;
    struct live_watcher watcher;
};

/* A run that has an id and nothing else yet. The options' pointers must outlive it. */
struct live *live_new(const struct live_options *options);
/* Create it in the journal and begin. */
int live_begin(struct live *live, struct err *err);
/* Or take up a run that its engine has left. The options' book and script are the past's, `params` are the
 * secret ones, which the journal does not have, the initiator is who resumes it. ERR_BUSY when another engine
 * drives it, ERR_USAGE when it has ended. */
struct past;
int live_resume(struct live *live, struct past *past, struct err *err);
/* Or begin a new run with the past of one that has ended, see fork.h: it is prepared. ERR_BUSY when its group
 * is full. */
struct fork;
int live_fork(struct live *live, struct fork *fork, struct err *err);
/* Another engine has taken the run over: nothing more of it was written, and what it ran was stopped.
 * on_finished has told RUN_INTERRUPTED. */
bool live_is_fenced(const struct live *live);
/* After on_finished, or after journal_close: the journal's writer may ring until then. */
void live_free(struct live *live);
const char *live_run_id(const struct live *live);
const struct run *live_run(const struct live *live);
/* A person at this terminal says something: journalled and applied like the inbox. ERR_USAGE with the reason
 * when it does not fit. */
int live_say(struct live *live, const struct input *input, struct err *err);
/* Park at once: stop everything, leave the run to be resumed. on_finished follows when nothing runs any more.
 */
void live_park(struct live *live);
/* Until when does the run only wait? An instant of the wall clock (µs), INT64_MAX when for a word alone; 0
 * when it does more than that, has a place in a group, or is not the keeper's. */
int64_t live_rests_until(const struct live *live);
/* Give it back to the keeper: what is left of it is in the journal alone. on_finished follows. */
void live_rest(struct live *live, int64_t due_us);
/* Up to which batch of the journal something of it is on its way. */
uint64_t live_batch(const struct live *live);
/* mono_us of the run, now. */
int64_t live_now_us(const struct live *live);
/* Has anything of the run become durable beyond its creation? If not, no step has been started. */
bool live_has_begun(const struct live *live);

#endif
