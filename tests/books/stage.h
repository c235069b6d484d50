/* stage: one run of the core before a painted world: a virtual clock, and somebody who says how every effect
 * ends. What happens is written down as text, and as the causes from which it can be played again. */
#ifndef TESTS_BOOKS_STAGE_H
#define TESTS_BOOKS_STAGE_H

#include "core/core.h"
#include "load/load.h"

struct stage;

/* How the world answers. */
struct world {
    /* An attempt or a notification begins: how does it end, and after how long? */
    int64_t (*answer)(void *context, const struct effect *effect, struct outcome *ret_outcome);
    /* Something was ordered, told to stop, asked …: for what the world wants to add (stage_later). May be
     * NULL. */
    void (*notice)(void *context, struct stage *stage, const struct effect *effect);
    /* An event was concluded. May be NULL. */
    void (*event)(void *context, const struct event *event);
    void *context;
};

/* Something a person or another process does at its time. */
struct happening {
    enum input_type type;
    const char *path, *name;
    json_t *data; /* a reference of its own; or NULL */
    struct principal by;
};

struct stage {
    struct run *run;
    struct turn turn, before; /* a driver may hold on to a turn while the next one is made */
    struct world world;
    int64_t now_us;
    struct pending *pending; /* what will come, in no order */
    size_t pending_count, pending_cap;
    uint64_t serial;
    struct arena arena;      /* for what the world wants to keep */
    struct text log;         /* every event, a line each */
    struct recorded *causes; /* to be played again */
    size_t cause_count, cause_cap;
    size_t started, answered; /* effects that have to end, and those that have */
    bool is_finished;
    bool is_broken; /* an input that had to fit was refused */
    bool is_quiet;  /* write no log */
};

/* One cause as a journal would keep it. */
struct recorded {
    struct event event;
    struct arena arena;
    json_t *full_result; /* of an outcome: the journal has long outputs elsewhere */
};

enum { STAGE_WALL_START = 1767225600 }; /* 2026-01-01T00:00:00Z: the runs' start */

void stage_init(struct stage *stage, const struct book *book, struct script *script, struct world world);
void stage_fini(struct stage *stage);
/* Let it happen `us` after the run's start. */
void stage_later(struct stage *stage, int64_t us, const struct happening *happening);
/* Start, and go on until the run has ended, nothing can happen any more, or `limit` inputs have been applied.
 */
void stage_play(struct stage *stage, json_t *start, size_t limit);
/* Feed the causes to a fresh core: 0 when the same events and the same state come out; else a text that says
 * where they part. */
int stage_fold(struct stage *stage, const struct book *book, struct script *script, struct text *difference);

/* One event as a line of text. */
void stage_line(struct text *text, const struct event *event);

#endif
