/* live_stage: the same run and the same painted world as on the stage, carried out by the live driver: a real
 * journal, real processes, people who speak through the inbox. Only the clock is moved by hand, and whoever
 * draws lots draws the same ones. */
#ifndef TESTS_BOOKS_LIVE_STAGE_H
#define TESTS_BOOKS_LIVE_STAGE_H

#include "stage.h"

struct live_play {
    struct book *book;
    struct script *script;
    struct world world; /* only `answer` is asked */
    const struct scheduled *happenings;
    size_t happening_count;
    const json_t *start; /* as stage_play takes it */
};

enum live_end {
    LIVE_FINISHED,
    LIVE_WAITS,      /* nothing is due any more, and the run has not ended */
    LIVE_IMPOSSIBLE, /* the world wants an end that no process can come to: `log` says which */
    LIVE_BROKEN,     /* `log` says why */
};

/* Appends every row of the run's journal, a line each. */
enum live_end live_stage_play(const struct live_play *play, struct text *log);

#endif
