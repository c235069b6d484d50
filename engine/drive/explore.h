/* explore: every way a run of a runbook can go. The world's part is nominal in time (an effect takes a
 * second, a person a minute) and free in everything else: each effect succeeds, fails or hangs, each question
 * gets each answer or none, signals come or do not, pages are acknowledged or not. States that have the same
 * future are gone on from once. */
#ifndef DRIVE_EXPLORE_H
#define DRIVE_EXPLORE_H

#include "drive/stand.h"

enum finding_type {
    FINDING_INVARIANT,
    FINDING_PROMISE,    /* one of promises.h */
    FINDING_WAITS,      /* for ever */
    FINDING_ENDLESS,    /* goes on for ever */
    FINDING_UNANSWERED, /* a question that nobody may answer */
    FINDING_WANTING,    /* an expression needs what a step does not bring on this way */
};

/* One thing that is wrong, on the way with the fewest deviations from what is usual, and of these with the
 * fewest decisions. */
struct finding {
    enum finding_type type;
    struct pos pos;    /* of what it is about; line 0: the runbook */
    char *what, *hint; /* `hint` may be NULL */
    const char *path;  /* of the step that fails, where that is what is wrong; or NULL */
    uint32_t *options; /* taken on the way, one for each decision */
    size_t option_count;
    json_t *way;    /* in words: what is not as usual */
    char *scenario; /* that plays it, as YAML */
};

/* A step's outcome and what it does to the end, over all situations in which it is decided, with everything
 * after it as usual. */
struct matter {
    const char *path; /* without attempts */
    char *outcome;    /* in words, instead of the usual one */
    size_t situations, changes;
    char *example; /* what changes, in one of them */
};

enum explore_bound { BOUND_NONE, BOUND_STATES, BOUND_MEMORY, BOUND_FINDINGS, BOUND_INTERRUPTED };

/* What came of it, also while it is under way. */
struct explored {
    struct finding *findings;
    size_t finding_count, finding_cap;
    struct matter *matters;
    size_t matter_count, matter_cap;
    size_t states, transitions, waiting;  /* distinct; ways taken between them; not yet */
    size_t ends[RUN_STATUS_COUNT], stuck; /* ways that end so, after states were put together */
    uint64_t events;                      /* of the core, each way counted once */
    size_t memory, memory_peak;           /* bytes */
    int64_t took_us;
    size_t depth;      /* decisions on the longest way */
    size_t deviations; /* on the next way that waits: every way with fewer has been taken */
    size_t replays;    /* states that were come to again, as they could not be kept */
    enum explore_bound bound;
    struct map unknown; /* path -> message: expressions that failed, perhaps for want of a real output */
    struct deciders *deciders;
};

struct explore_options {
    const struct program *program;
    const struct scenario_file *mocks; /* or NULL */
    const char *file;                  /* of the runbook, as scenarios name it */
    json_t *params;                    /* checked */
    int64_t wall_us;
    const char *initiator;
    size_t max_states, max_memory, max_findings;
    bool wants_matters;
    /* For tests: go on from every state by itself, also where another has the same future; and every way
     * there is, event by event, as a key. */
    bool keeps_apart;
    struct map *ways;
    bool (*on_progress)(void *context, const struct explored *so_far); /* false: enough; or NULL */
    void *context;
};

/* Fini what is returned. */
struct explored explore(const struct explore_options *options);
void explored_fini(struct explored *explored);

#endif
