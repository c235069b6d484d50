/* run: the whole of one run, as the files of this room share it. */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include "core/core.h"
#include "core/frame.h"

enum {
    MOVES_PER_TURN = 4096, /* pure work done before a driver gets to see the turn */
    QUIET_AFTER = 100,     /* passes of a loop whose pure steps are journalled */
    TEXT_KEPT = 4096,      /* longer outputs are not repeated in events */
    CALL_DEPTH = 16,
    TIMER_FACTS = 16, /* room for one per purpose */
};

struct escalating; /* one escalation under way: escalation.h */
struct notice;     /* one notification under way: notice.h */
struct gate;       /* how many went out: storm.h */

struct run {
    const struct book *book;
    struct script *script;
    struct book_entry *entries; /* one per document */
    struct turn *turn;          /* being filled */
    int64_t wall_us, mono_us;   /* of the input being handled */
    uint64_t seq;
    uint32_t last_node, last_timer;
    uint64_t moves, stop_at; /* stop_at 0: never */
    enum run_status status;
    size_t warnings;
    size_t effects_open;  /* START and NOTIFY */
    int64_t pages_hooked; /* calls of on_escalation */
    bool is_cause_due;    /* the next event is the input's own */
    bool is_killed, is_closing, is_rescued;
    bool has_secrets;
    bool follows_clocks; /* escalations depend on the time of day: the future of a state does */
    bool is_stepping;    /* each piece of work asks first */
    struct frame *root;
    struct shelf *shelf; /* the root's, kept beyond its end */
    struct frame *ready_first, *ready_last;
    struct frame *pool; /* of free frames */
    struct node **table;
    size_t table_size, table_used;
    json_t *nothing;       /* an empty map: the result of an attempt that failed and left none */
    json_t *start;         /* INPUT_START's data */
    json_t *about, *event; /* `run` and `event` in expressions; borrowed from `start` */
    json_t *tags, *skip_tags, *mocked;
    const struct step *from;
    uint64_t seed;
    const char *nonce;
    struct principal initiator;
    struct node clock; /* holds the run's own timers */
    struct escalating *escalations;
    struct map escalation_names; /* -> the newest of that name */
    struct notice *notices, *last_notice;
    struct gate *gates; /* of channels with a limit */
    size_t gate_count, gate_cap;
    struct failure failure;
    json_t *outputs;
    json_t *signals;         /* name -> list of what nobody has waited for yet */
    enum run_status final;   /* what it will be, once is_closing */
    enum run_status verdict; /* of `fail` and `succeed`; RUN_QUEUED = none */
    char *verdict_message;
    const char *verdict_step;
    const struct frame *ender; /* the frame that is ending the run, while it does */
    bool is_cancelled;
    char *cancel_reason;
    json_t *timer_facts[TIMER_FACTS]; /* what events of timers say, made when first said */
    const char *hold;                 /* path of the frame that is not to begin; or NULL */
    bool is_held;                     /* it is next (is_at_hold); or the root waits at its end */
    bool is_at_hold;
    bool is_rolling;        /* at its end the root undoes what is registered … */
    bool is_unwinding;      /* … and does by now */
    bool has_secret_params; /* some parameter of some document is one */
};

/* node.c */
uint32_t node_expose(struct run *run, struct node *node);
struct node *node_find(const struct run *run, uint32_t id);
/* Make `to` in `run` what `from` is in another: its id and its timers. */
void node_copy(struct run *run, const struct node *from, struct node *to);
void node_forget(struct run *run, struct node *node);
const char *node_path(struct run *run, struct node *node); /* in the turn's arena */
struct node *node_find_path(struct run *run, const char *path);

/* run.c */
void run_begin(struct run *run, const struct input *input);
void run_root_ended(struct run *run);
/* Nothing is open any more after the root has ended? Then say so. */
void run_check_finished(struct run *run);
void run_on_timer(struct run *run, int purpose);
void run_cancel(struct run *run, const struct input *input);
void run_kill(struct run *run, const char *reason);
void run_warn(struct run *run);

/* scope.c: expressions, as seen from a frame. A failure becomes the frame's. */
void scope_of(struct run *run, const struct frame *frame, struct scope *ret_scope);
int scope_test(struct run *run, struct frame *frame, const struct expr *expr, bool *ret_value);
int scope_value(struct run *run, struct frame *frame, const struct expr *expr, json_t **ret_value);
int scope_resolve(struct run *run, struct frame *frame, const struct template *template, json_t **ret_value);
/* As text; a malloc'd copy; NULL template gives "". */
int scope_text(struct run *run, struct frame *frame, const struct template *template, char **ret_text);
int scope_values(
    struct run *run, struct frame *frame, const struct named_templates *values, json_t **ret_map);
int scope_outputs(struct run *run, struct frame *frame, const struct named_exprs *outputs, json_t **ret_map);
/* The amount, or `fallback` when none was given. */
int scope_duration(
    struct run *run, struct frame *frame, const struct amount *amount, int64_t fallback, int64_t *ret_ms);
/* An amount of things, at least one. */
int scope_count(struct run *run, struct frame *frame, const char *name, const struct amount *amount,
    int64_t fallback, int64_t *ret_value);
int scope_integer(
    struct run *run, struct frame *frame, const struct amount *amount, int64_t fallback, int64_t *ret_value);

/* A setting of the run or of an escalation, as the run's root sees it; the fallback also when it cannot be
 * worked out: nobody is left unpaged because of a typo. */
int64_t scope_root_duration(struct run *run, const struct amount *amount, int64_t fallback);
int64_t scope_root_integer(struct run *run, const struct amount *amount, int64_t fallback);

#endif
