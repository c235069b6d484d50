/* runs: how fast one process carries out many runs of a runbook, whose commits they share.
 *
 *     runs DB BOOK N STEPS     N runs at once, each of so many steps: steps a second, flushes a step
 */
#include "drive/birth.h"
#include "drive/live.h"
#include "drive/program.h"
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct crowd {
    struct loop *loop;
    long left;
};

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct crowd *crowd = context;

    must(status == RUN_SUCCEEDED, message);
    if (--crowd->left == 0)
        loop_stop(crowd->loop);
}

static void begin(struct crowd *crowd, struct journal *journal, const char *book)
{
    struct program *program = malloc(sizeof(*program));
    struct diags diags = {0};
    struct err err;

    must(program && program_open(book, program, &diags) == 0, book);
    must(live_begin(live_new(&(struct live_options){.loop = crowd->loop,
                        .journal = journal,
                        .book = program->book,
                        .script = program->script,
                        .params = json_object(),
                        .initiator = {"bench", "", ""},
                        .is_kept = true, /* no run commits by itself */
                        .watcher = {.on_finished = on_finished, .context = crowd}}),
             &err) == 0,
        "begin");
}

int main(int argc, char **argv)
{
    long runs = argc > 3 ? strtol(argv[3], NULL, 10) : 0, steps = argc > 4 ? strtol(argv[4], NULL, 10) : 0;
    struct crowd crowd = {.loop = loop_new(), .left = runs};
    struct journal_options options = {.path = argv[1], .sync = JOURNAL_SYNC_FULL};
    struct journal *journal;
    struct err err;
    double from;

    must(runs > 0 && steps > 0, "usage: runs DB BOOK N STEPS");
    must(journal_open(&options, &journal, &err) == 0, "journal");
    for (long i = 0; i < runs; i++)
        begin(&crowd, journal, argv[2]);
    from = now();
    loop_run(crowd.loop);
    from = now() - from;
    printf("runs.flushes %.4f flushes/step\n", (double)journal_flushes(journal) / (double)(runs * steps));
    printf("runs %.0f steps/s\n", (double)(runs * steps) / from);
    fflush(stdout);
    journal_close(journal);
    _exit(0); /* what is left is not taken apart first */
}
