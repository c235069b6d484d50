/* revive: a run that an engine has left goes on with another. */
#ifndef DRIVE_REVIVE_H
#define DRIVE_REVIVE_H

#include "drive/live.h"

/* What the journal keeps of a run, as a program again: its pinned files, not those on disk. Problems, which
 * there are when another version of the program has taken it in, go to `diags`; the paths of the files that
 * read otherwise on disk now are added to `changed`, a line each. */
struct program;
int revive_program(struct journal *journal, const struct run_row *row, struct program *ret_program,
    struct diags *diags, struct text *changed, struct err *err);

#endif
