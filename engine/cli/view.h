/* view: what a run looks like while it runs: a live tree on a terminal, lines in a pipe, NDJSON for programs.
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/verb.h"
#include "drive/live.h"

struct view_options {
    struct cli *cli;
    struct loop *loop;
    struct journal *journal;
    const struct book *book;
    bool may_ask; /* there is a person at the keyboard */
};

/* One view of one run. */
struct view {
    struct live_watcher watcher;                      /* its context is the view's own state */
    void (*attach)(void *context, struct live *live); /* before it begins */
    void (*say)(void *context, const char *line);     /* something about the program itself */
    void (*close)(void *context); /* the last word: after on_finished, before the journal closes */
    void (*free)(void *context);
    bool history; /* it wants to hear the events of before, too, of a run that is taken up */
};

struct view tree_view(const struct view_options *options);
struct view plain_view(const struct view_options *options);
struct view ndjson_view(const struct view_options *options);

#endif
