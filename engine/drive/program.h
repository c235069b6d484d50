/* program: a book that is loaded, compiled and checked: ready to run. */
#ifndef DRIVE_PROGRAM_H
#define DRIVE_PROGRAM_H

#include "load/load.h"
#include "model/diag.h"
#include "model/document.h"
#include "script/script.h"

struct program {
    struct book *book;
    struct script *script;
};

/* A script that knows what this program knows, without a book. */
struct script *program_script(void);
/* Returns 0 when it may be run; else the problems are in `diags`. Fini in both cases. */
int program_open(const char *path, struct program *ret_program, struct diags *diags);
/* The same from the sources that a run has pinned, all of them and nothing else. */
int program_open_pinned(const char *path, const struct source *sources, size_t count,
    struct program *ret_program, struct diags *diags);
/* The same of a file that may also be one of people alone. */
int program_open_people(const char *path, struct program *ret_program, struct diags *diags);
void program_fini(struct program *program);

#endif
