/* keeper: many runs in one process, for as long as there are any. It takes up those that the journal has in
 * its hands (journal_hand_over), each in time, and lays to rest those that only wait. */
#ifndef DRIVE_KEEPER_H
#define DRIVE_KEEPER_H

#include "drive/live.h"

struct keeper;

/* What is told of a run, for a log; `text` says more, or is "". */
enum keeper_word { KEEPER_TAKES_UP, KEEPER_RESTS, KEEPER_ENDED, KEEPER_LEAVES };
struct keeper_watcher {
    void (*on_word)(void *context, enum keeper_word word, const struct run_row *run, const char *text);
    void (*on_trouble)(void *context, const struct err *trouble); /* the journal; NULL = over */
    void (*on_stopped)(void *context); /* after keeper_stop: nothing runs any more */
    void *context;
};

struct keeper_options {
    struct loop *loop;
    struct journal *journal;
    struct principal me;
    struct keeper_watcher watcher;
};

/* Be the journal's keeper. ERR_BUSY when another process is. */
int keeper_new(const struct keeper_options *options, struct keeper **ret_keeper, struct err *err);
/* What runs is stopped, and left to the next keeper. */
void keeper_stop(struct keeper *keeper);
/* After journal_close. */
void keeper_free(struct keeper *keeper);

#endif
