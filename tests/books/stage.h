/* stage: one run in virtual time (drive/virtual) before a painted world: somebody says how every effect ends.
 * What happens is written down as text, and as the causes from which it can be played again. */
#ifndef TESTS_BOOKS_STAGE_H
#define TESTS_BOOKS_STAGE_H

#include "drive/secrets.h"
#include "drive/virtual.h"
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

struct scheduled {
    int64_t at_us; /* after the run's start */
    struct happening what;
};

struct stage {
    struct virtual *virtual;
    struct world world;
    const struct turn *before; /* a driver may hold on to a turn while the next one is made */
    struct arena arena;        /* for what the world wants to keep */
    struct secrets secrets;    /* what a journal must not say */
    struct text log;           /* every event as a journal has it, a line each */
    struct text bare;          /* the same as the core said it, where that is not the same */
    struct recorded *causes;   /* to be played again */
    size_t cause_count, cause_cap;
    bool is_finished;
    bool is_broken; /* an input that had to fit was refused, or something came out of order */
};

/* One cause as a journal would keep it. */
struct recorded {
    struct event event;
    struct arena arena;
    json_t *full_result; /* of an outcome: the journal has long outputs elsewhere */
};

/* What every run on a stage draws. */
#define STAGE_RUN_ID "aaaabbbbcccc"
#define STAGE_NONCE "nnnnnnnnnnnnnnnnnnnnnnnnnn"

enum {
    STAGE_SEED = 7,
    STAGE_WALL_START = 1767225600, /* 2026-01-01T00:00:00Z: the runs' start */
};

/* `limit`: inputs, after which it is left as it is. The stage stays where it is until stage_fini. */
void stage_init(
    struct stage *stage, const struct book *book, struct script *script, struct world world, size_t limit);
void stage_fini(struct stage *stage);
/* Let it happen `us` after the run's start. */
void stage_later(struct stage *stage, int64_t us, const struct happening *happening);
/* Start, and go on until the run has ended, nothing can happen any more, or the limit is reached. */
void stage_play(struct stage *stage, json_t *start);
/* Effects that were begun and have not ended. */
size_t stage_unanswered(const struct stage *stage);
/* Feed the causes to a fresh core: 0 when the same events and the same state come out; else a text that says
 * where they part. */
int stage_fold(struct stage *stage, const struct book *book, struct script *script, struct text *difference);

/* Interrupt it after each cause, resume it, have done again what was under way: 0 when everything goes as
 * before from there. `ret_count` is how often that could be done: not where the author wants something else
 * to be made of it. */
int stage_interrupt(const struct stage *stage, const struct book *book, struct script *script,
    size_t *ret_count, struct text *difference);

/* One event as a line of text. */
void stage_line(struct text *text, const struct event *event);

#endif
