/* board: the steps of a run as a live view shows them: what the runbook plans, and what has become of it. */
#ifndef CLI_BOARD_H
#define CLI_BOARD_H

#include "core/core.h"
#include "model/document.h"

enum node_state {
    NODE_PLANNED, /* not begun */
    NODE_RUNNING,
    NODE_DELAYED, /* before another attempt */
    NODE_ASKING,
    NODE_ENDED,
};

/* One step, or one element or pass of a loop. */
struct node {
    struct node *parent, *first, *last, *prev, *next;
    struct node *found;      /* the child that was asked for last: the next is near */
    char *name;              /* of the path's part: "verify", "[2]" */
    const char *label;       /* title or name, harmless; owned unless it is `name` */
    const struct step *step; /* or NULL */
    size_t depth;
    enum node_state state;
    enum step_status status;
    enum fail_class class_;
    int exit_code, attempt;
    char *message;                                /* of the failure, why it was skipped; raw */
    int64_t started_us, finished_us;              /* mono; -1 = not yet */
    int64_t due_us;                               /* what it waits for; -1 = nothing */
    int64_t timeout_us;                           /* when the attempt will be ended; -1 = never */
    int64_t deadline_us;                          /* of the step, of the root the run's; -1 = none */
    size_t items_done, items_failed, items_total; /* of a loop; total 0 = not known */
    struct text tail;                             /* the end of what it wrote, raw */
};

/* One escalation that is open. */
struct board_escalation {
    char *name;
    int level;
    bool is_acknowledged;
    int64_t due_us; /* of the next level; -1 */
};

struct board {
    const struct book *book;
    struct node root;
    enum run_status status;
    int64_t started_wall_us, finished_us;
    struct board_escalation *escalations;
    size_t escalation_count, escalation_cap;
};

void board_init(struct board *board, const struct book *book);
void board_fini(struct board *board);
void board_event(struct board *board, const struct event *event);
void board_output(struct board *board, const char *path, const char *bytes, size_t len);
void board_effect(struct board *board, const struct effect *effect);
/* The next node in the order of drawing; start with &board->root; NULL at the end. */
struct node *board_next(const struct board *board, const struct node *node);
/* The nearest that is still to come, of the run and of steps that have not ended; -1. */
int64_t board_deadline(const struct board *board, int64_t now_us);
/* Under way and without anything under it that is. */
bool node_is_active(const struct node *node);
bool node_is_loop(const struct node *node);

#endif
