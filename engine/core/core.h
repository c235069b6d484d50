/* core: the interpreter. Pure: no clock, no I/O, no randomness; all of that arrives inside inputs.
 *
 *     core_apply(run, input, turn)    one fact in; what the core concludes (events) and wants done (effects)
 * out
 *
 * A driver journals the turn's events, makes them durable, then performs the turn's effects. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "base/err.h"
#include "model/document.h"
#include "model/event.h"
#include "model/outcome.h"
#include "script/script.h"

struct run; /* one run: a tree of frames */

/* The kinds the core carries out itself. */
extern const struct kind *const core_kinds[];

enum input_type {
    INPUT_START,   /* once, first. data: {params, run: {id, runbook, severity, initiator, …}, event?, env?,
                      seed, nonce, tags?, skip_tags?, from?, step?, mocked?}; `mocked` lists calls by path or
                      id that are one effect each, answered as a whole, in a world that is made up */
    INPUT_RESULT,  /* an effect of type START or NOTIFY ended: `frame`, `outcome` */
    INPUT_TIMER,   /* `timer` came due */
    INPUT_ANSWER,  /* a person answered the question of `path` (or of the only open step with that id): data
                      {decision: done|approve|deny|answer, fields?, note?, checklist?} */
    INPUT_ACK,     /* a person acknowledged: `name` of the escalation, "" = all */
    INPUT_RESOLVE, /* a person closed escalations: `name` as for INPUT_ACK; data {note?} for all of these */
    INPUT_PRESS,   /* a person wants the next level paged now: `name` */
    INPUT_SNOOZE,  /* a person acknowledged for a time: `name`, data {for: "2h"} */
    INPUT_SIGNAL,  /* `name`, data */
    INPUT_NOTE,    /* `name` is the text; `data` may have `event`, the number of one that it corrects */
    INPUT_CANCEL,  /* graceful; `name` is the reason. It and INPUT_KILL also end a run that has not started */
    INPUT_KILL,    /* at once, `always` does not run */
    INPUT_RESUMED, /* another engine goes on with the run; data: what is to be told of that */
    INPUT_FORKED, /* what came before was taken over from another run, and from here on it is this one's; data
                     {run, and for a retry `step`}. With `rollback` in the data of INPUT_START the root waits
                     for it at its end, and then undoes what is registered instead of ending */
    INPUT_CONTINUED, /* a run that has ended has a successor: data {run, how} */
    INPUT_LOST,   /* the engine died while the effect of `frame` was under way: there will be no INPUT_RESULT.
                     `name` says so; data {read: true} when it only looked */
    INPUT_CALL,   /* the code of the attempt of `frame` asks for `name`; data {args, result?}: with the result
                     it was answered on the spot, else EFFECT_CALL follows */
    INPUT_RETURN, /* what it asked for has come about: data {n, result} */
};

/* `by` is required for what a person does. */
struct input {
    enum input_type type;
    int64_t wall_us, mono_us; /* when it happened; mono_us since the run's start, never decreasing */
    uint32_t frame, timer;
    const char *path, *name;
    struct principal by;
    const struct outcome *outcome; /* the core takes its own references */
    json_t *data;
};

enum effect_type {
    EFFECT_START, /* begin the attempt: kind, args, env, cwd, shell; answer with INPUT_RESULT */
    EFFECT_STOP,  /* end it (TERM, after kill_after KILL); INPUT_RESULT still comes, class cancelled or as it
                     ended */
    EFFECT_KILL,  /* end it at once */
    EFFECT_TIMER_SET, /* INPUT_TIMER at due_us */
    EFFECT_TIMER_CLEAR,
    EFFECT_ASK, /* a question is open: show it; args {kind, message|instructions, fields, by, checklist, …} */
    EFFECT_ASK_CLOSE, /* it is not open any more */
    EFFECT_NOTIFY,    /* tell somebody: args {target, channel, uses, with, message, severity}; INPUT_RESULT */
    EFFECT_CALL, /* perform what the code of an attempt asked for; args {n, name}; answer with INPUT_RETURN */
    EFFECT_RETURN,   /* the core has done itself what the code asked for; args {n, result} */
    EFFECT_FINISHED, /* the run has ended; nothing comes after this */
};

struct effect {
    enum effect_type type;
    uint32_t frame; /* answers name it; unique in the run, never reused */
    uint32_t timer;
    int64_t due_us; /* mono */
    int64_t kill_after_ms;
    const char *path; /* frame path with attempt */
    int attempt;
    const struct step *step; /* START */
    json_t *args;            /* resolved, with secret tokens */
    json_t *env;             /* name -> text, the step's and the runbook's, or NULL */
    const char *cwd;         /* or NULL */
};

/* What one input brought about. Zero-initialise, reuse, turn_fini. Strings and values live until the next
 * core_apply/core_pump with the same turn. */
struct turn {
    struct event *events;
    size_t event_count, event_cap;
    struct effect *effects;
    size_t effect_count, effect_cap;
    struct arena arena;
    struct text scratch; /* in which a path is put together */
    bool more;           /* the core stopped after its budget of moves: call core_pump */
};

void turn_fini(struct turn *turn);

/* The book and its script must outlive the run. */
struct run *core_new(const struct book *book, struct script *script);
void core_free(struct run *run);
/* A run in the same state that goes on by itself: what happens to one is nothing to the other. */
struct run *core_copy(const struct run *run);

/* The group that a run belongs to which starts with these data (of INPUT_START), and how many of it there may
 * be at once. `name` NULL: its runbook names none. ERR_EXPRESSION when it cannot be worked out. */
struct group {
    char *name;    /* the caller frees */
    int64_t limit; /* 0: any number */
    enum on_conflict on_conflict;
};
int core_group(const struct book *book, struct script *script, json_t *start, int64_t wall_us,
    struct group *ret_group, struct err *err);

/* Returns 0, or a negative code when the input does not fit the run's state (a person answered a question
 * that is not open, an unknown frame): the text is for that person; nothing has changed and the turn is
 * empty. An input that fits yields first its own event (cause = true), then what follows from it. */
int core_apply(struct run *run, const struct input *input, struct turn *turn, struct err *err);
/* Go on with pure work; refills the turn. */
void core_pump(struct run *run, struct turn *turn);
/* Do not begin the frame of that path (without an attempt; borrowed, NULL: begin any): pure work stops before
 * it, as if the turn had been full. INPUT_FORKED ends that. */
void core_hold(struct run *run, const char *path);
/* Does it stand there, or, where it is to be rolled back, at its end? */
bool core_is_held(const struct run *run);
bool core_is_at_hold(const struct run *run); /* the former */
/* Make no more than so many moves in all, as a run of which a cause is known that came when it had made so
 * many. */
void core_stop_at(struct run *run, uint64_t moves);
/* Would core_pump do anything? */
bool core_may_go_on(const struct run *run);
/* What could be undone now, the last thing first; the path is that of the frame that did it. */
void core_undos(const struct run *run, void (*each)(void *context, const char *path, const struct step *step),
    void *context);

/* Moves of pure work made so far. A cause that came while more were due has them as "moves" in its data:
 * whoever feeds causes again pumps until core_moves says the same, and no further, before applying it; before
 * any other cause, until nothing is left. */
uint64_t core_moves(const struct run *run);

/* What an expression of this frame sees now, for a `lua` step, which runs outside the core. Borrowed: good
 * until the next input. ERR_NOT_FOUND when there is no such frame. */
int core_scope(struct run *run, uint32_t frame, struct scope *ret_scope, struct err *err);

/* What an expression of the runbook itself sees now, and still after the run's end, for invariants. Borrowed
 * in the same way. ERR_NOT_FOUND before the run has started. */
int core_scope_of_run(struct run *run, struct scope *ret_scope, struct err *err);

/* What the code of the frame's attempt has asked of the world so far: a list of {name, args, at_us, result?},
 * in order; the last one is under way while it has no result. Borrowed; NULL when it asked for nothing. With
 * it, code that is carried out again comes to where it stood. */
json_t *core_calls(const struct run *run, uint32_t frame);

enum run_status core_status(const struct run *run);
bool core_is_finished(const struct run *run);
size_t core_warnings(const struct run *run);
json_t *core_outputs(const struct run *run); /* borrowed, may be NULL */
/* Does the run still wait for what this effect is to bring: an answer, a time? For START, NOTIFY, TIMER_SET
 * and ASK. */
bool core_awaits(const struct run *run, const struct effect *effect);
/* The timer that is due next: an effect with frame, timer and due_us. False when there is none. */
bool core_next_timer(const struct run *run, struct effect *ret_timer);
/* Can this event be the cause of a turn again? Turn a journalled cause back into its input (for resume,
 * replay and the tests' fold). `outcome` receives what INPUT_RESULT needs and must be fini'd after the apply.
 */
int core_input_of(
    const struct event *event, struct input *ret_input, struct outcome *ret_outcome, struct err *err);
/* Everything that decides what can still become of the run, as bytes: equal for two runs that differ only in
 * how they came there. Times are relative, unless the book looks at them; of results and variables there are
 * only those that what may still run looks at. `of_node` is called for each frame, escalation and notice that
 * effects can name, in an order that does not depend on their ids. Appends. */
struct uses;
void core_digest(const struct run *run, const struct uses *uses,
    void (*of_node)(void *context, uint32_t node, struct text *text), void *context, struct text *text);
/* The whole state as a value, for comparison in tests and for `show --state`. New reference. */
json_t *core_snapshot(const struct run *run);

#endif
