/* replay_inside: what the files of `runbook replay` share. */
#ifndef CLI_REPLAY_INSIDE_H
#define CLI_REPLAY_INSIDE_H

#include "cli/verb.h"
#include "drive/replay.h"
#include "report/paint.h"

struct replay_options {
    const char *with, *at;
    int64_t event, speed;
    bool watch, all;
};

/* replay_parting.c: where two runs part, and the line of the runbook. */
void parting_text(const struct replay *replay, const struct past *past, const struct program *program,
    const struct parting *parting, const struct paint *paint, struct text *text);
/* {journal?, replay?, refusal?, file?, line?}. New reference. */
json_t *parting_json(const struct past *past, const struct program *program, const struct parting *parting);

/* replay_at.c: the run as it stood. Returns an exit status. */
int replay_at(const struct cli *cli, const struct past *past);

/* replay_watch.c: the run, played on this terminal. Returns an exit status. */
int replay_watch(const struct cli *cli, const struct past *past);

#endif
