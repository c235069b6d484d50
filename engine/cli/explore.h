/* explore: one exploration, from the file to the exit status. */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include "cli/verb.h"
#include "drive/explore.h"

struct exploring {
    struct cli *cli;
    struct program program;
    struct scenario_file *mocks; /* or NULL */
    json_t *params;
    int64_t wall_us;
    bool wants_matters;
    const char *step;          /* whose outcomes are weighed; NULL: all */
    const char *scenario_path; /* where the first finding's scenario goes; NULL: it is shown */
    struct explored explored;
    bool shows_progress, has_shown;
    int64_t shown_us;
};

/* explored.c: what came of it. */
void explore_put_text(const struct exploring *exploring);
void explore_put_json(const struct exploring *exploring);

#endif
