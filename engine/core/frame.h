/* frame: one active step instance; a run is a tree of them. The states and their diagram are in move.c, a
 * frame's life from beginning to end in life.c. */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include "core/shelf.h"
#include "model/class.h"
#include "model/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_STATES(X)                                                                                      \
    X(FREE, "free")                                                                                          \
    X(READY, "ready")                                                                                        \
    X(BEFORE, "before")                                                                                      \
    X(BODY, "body")                                                                                          \
    X(DELAY, "delay")                                                                                        \
    X(LOST, "lost")                                                                                          \
    X(STOPPING, "stopping")                                                                                  \
    X(RESCUE, "rescue") X(UNDO, "undo") X(ALWAYS, "always") X(AFTER, "after") X(ENDED, "ended")

#define X(name, text) FRAME_##name,
enum frame_state { FRAME_STATES(X) FRAME_STATE_COUNT };
#undef X

/* A step with `foreach` is one STEP frame that holds one ITEM frame per element; with `while`, one ITERATION
 * frame per pass. A DOCUMENT frame holds a runbook's own lists: the run's, or that of a `call`. A HOOK frame
 * is one call of a hook, below the frame it is called for. */
enum layer { LAYER_DOCUMENT, LAYER_STEP, LAYER_ITEM, LAYER_ITERATION, LAYER_HOOK };

/* What follows once a frame that was told to stop has nothing under way any more. A later order counts when
 * it stands below the one before. */
enum after_stop {
    AFTER_SUCCEED,      /* the body has succeeded (join: any) */
    AFTER_FAIL,         /* the body has failed (timeout, deadline, a branch of parallel): retry, rescue … */
    AFTER_RUNBOOK_ENDS, /* `fail` or `succeed` ended the runbook: no retry, no rescue */
    AFTER_CANCEL,       /* `always`, then it has been cancelled */
};

/* What outlives a turn and is named by its effects: frames, escalations, notices. */
enum node_type { NODE_FRAME, NODE_ESCALATION, NODE_NOTICE, NODE_RUN };

struct node {
    uint32_t id; /* 0 until something outside must be able to name it; never reused */
    enum node_type type;
    struct node *hash_next;
    struct timer *timers;
};

struct failure {
    enum fail_class class_; /* FAIL_NONE: none */
    int exit_code;
    char *message;    /* owned */
    const char *step; /* id of the step it came from */
    char *path;       /* where that stands, without attempts; owned. NULL: it is the frame's own */
};

struct frame {
    struct node node;
    enum frame_state state;
    enum layer layer;
    bool is_quiet; /* a late pass of a loop: pure steps leave no events */
    bool is_queued;
    bool is_held;    /* its children are being stopped one by one: do not conclude yet */
    bool is_undo;    /* it undoes: named after the frame that registered it */
    bool is_rescued; /* the rescue has begun */
    bool is_tidied;  /* `always` has begun */
    bool has_begun;  /* the body has */
    bool is_cancelled;
    bool is_asked;     /* whether its work is to be done: stepping.c */
    bool is_skipped;   /* it ends as skipped, whatever its body said */
    bool is_tolerated; /* it failed, and the list goes on */
    enum after_stop after_stop;
    const struct step *step; /* NULL in LAYER_DOCUMENT */
    const struct document *document;
    const struct ops *ops;
    struct frame *parent, *first_child, *last_child, *prev, *next, *ready_next;
    struct shelf *shelf;   /* where its expressions look; owns a reference */
    struct result *result; /* what steps.<id> shows of it; in a shelf */
    json_t *failed; /* `failed`, from the block that is being rescued; borrowed from `own_failed` above */
    json_t *own_failed;
    int64_t index;      /* of ITEM and ITERATION */
    int64_t loop_index; /* `index` in expressions */
    int attempt;
    int next_hook; /* enum hook_type: in state AFTER, the first that has not been called */
    int losses;    /* attempts that were lost: they do not count against max_attempts */
    size_t branch; /* of parallel: its place in the list */
    int64_t kill_after_ms;
    int outstanding;      /* effects that have not been answered */
    json_t *calls;        /* of the attempt's code, see calls.c; or NULL */
    size_t telling, told; /* of its call `notify`: messages on their way, and those that arrived */
    int64_t started_mono_us, attempt_mono_us;
    const char *skip_reason;
    const struct block *list; /* the list being carried out, by list.c */
    size_t cursor;
    struct shelf *list_shelf;
    struct failure failure;
    struct undo *undos;        /* registered, newest first */
    char *undo_path;           /* of the frame that registered the one being carried out */
    int64_t undo_index;        /* `index` as it was there */
    struct shelf *undo_shelf;  /* of the one being carried out; owns a reference */
    enum fail_class natural;   /* of a leaf's last outcome, before it was judged */
    enum on_interrupt on_lost; /* what is made of an attempt that was lost; ASK: not known yet */
    char *look;                /* with `until`: what the last attempt that has ended brought */
    void *data;                /* of ops: struct parallel, struct loop, struct ask … */
    struct frame *copy;        /* while the run is copied: its twin */
};

/* What a kind does in state BODY. All but begin may be NULL. */
struct ops {
    bool is_pure;     /* ends within begin; no step.started */
    bool is_leaf;     /* one effect; writes step.started itself, with its arguments */
    const char *loop; /* "foreach", "while"; NULL for a kind */
    void (*begin)(struct run *run, struct frame *frame);
    void (*advance)(struct run *run, struct frame *frame); /* it was woken */
    void (*child_ended)(struct run *run, struct frame *frame, struct frame *child);
    void (*collect)(struct frame *frame, struct frame *child); /* keep what an ended child brought */
    void (*conclude)(struct frame *frame); /* at the end: what only this kind adds to the result */
    void (*stop)(struct run *run, struct frame *frame, bool at_once); /* what is under way besides children */
    void (*timer)(struct run *run, struct frame *frame, int purpose);
    void (*describe)(const struct frame *frame, json_t *data); /* for step.finished */
    void (*fini)(struct run *run, struct frame *frame);        /* `data` */
    void *(*copy)(const void *data);                           /* every kind with `data` has it */
    /* What of `data` decides the future; `parts` of the step's result are looked at (script/uses.h). */
    void (*digest)(const void *data, unsigned parts, struct text *text);
};

/* frame.c: the tree */
struct frame *frame_new(
    struct run *run, struct frame *parent, enum layer layer, const struct step *step, struct shelf *shelf);
void frame_detach(struct frame *frame); /* from its parent */
void frame_free(struct run *run, struct frame *frame);
void frame_wake(struct run *run, struct frame *frame);
struct frame *frame_pop_ready(struct run *run);
void frame_pool_fini(struct run *run);
const char *frame_path(struct run *run, const struct frame *frame); /* in the turn's arena */
struct frame *frame_find(struct frame *root, const char *path);

/* move.c */
const char *frame_state_name(enum frame_state state);
bool frame_may_move(enum frame_state from, enum frame_state to);
void frame_move(struct frame *frame, enum frame_state to);

/* life.c: from ready to ended */
void frame_run(struct run *run, struct frame *frame);
void frame_attempt(struct run *run, struct frame *frame);
/* The attempt begins only now: its time is counted from here. */
int frame_attempt_anew(struct run *run, struct frame *frame);
/* Nothing of it is done; `reason` lives on. */
void frame_leave_out(struct run *run, struct frame *frame, const char *reason);
/* The body has come to its end: well, or with frame->failure. */
void frame_body_ended(struct run *run, struct frame *frame);
/* The list of the present state has. */
void frame_section_ended(struct run *run, struct frame *frame, const struct failure *failure);
void frame_child_ended(struct run *run, struct frame *frame, struct frame *child);
/* No retry and no rescue any more: undo when it failed, always, the end. */
void frame_settle(struct run *run, struct frame *frame);
/* Unwind what the frame has registered. */
void frame_unwind(struct run *run, struct frame *frame);
/* The root has come to its end, and what is registered is unwound. */
void rollback_run(struct run *run);
void frame_on_timer(struct run *run, struct frame *frame, int purpose);
/* Over for everybody; the frame is gone afterwards, or once the hooks that are called for it have ended. */
void frame_end(struct run *run, struct frame *frame);
void frame_depart(struct run *run, struct frame *frame);

/* stop.c */
/* Cleaning up (`undo`, `always`) is not stopped, unless the run is killed. */
bool frame_is_cleaning_up(const struct frame *frame);
/* Is it part of something that does? */
bool frame_cleans_up(const struct frame *frame);
void frame_stop(struct run *run, struct frame *frame, enum after_stop after);
/* Nothing is under way any more in a frame that was told to stop? Then go on. */
void frame_check_stopped(struct run *run, struct frame *frame);
/* The deadline of a whole runbook has passed: `what` ("the run") fails, unless it is cleaning up. */
void frame_miss_deadline(struct run *run, struct frame *frame, const char *what);
/* End the runbook, the run's or one that is called, from within: `fail` and `succeed`. False where cleaning
 * up must not be cut short. */
bool frame_end_runbook(struct run *run, struct frame *frame, enum run_status status, const char *message);

/* failure.c */
void failure_set(struct frame *frame, enum fail_class class_, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void failure_copy(struct frame *frame, const struct failure *from);
/* It came from `from`, which is below the frame or the frame itself. */
void failure_place(struct run *run, struct failure *failure, const struct frame *from);
void failure_clear(struct failure *failure);

#endif
