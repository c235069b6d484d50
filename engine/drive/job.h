/* job: one attempt or notification under way, as job.c and calls.c share it. */
#ifndef DRIVE_JOB_H
#define DRIVE_JOB_H

#include "drive/inside.h"
#include "drive/output.h"
#include "step/step.h"

struct job {
    struct live *live;
    uint32_t frame;
    const struct step *step; /* NULL: a notification */
    char *path, *cwd;
    int attempt;
    int64_t kill_after_ms;
    json_t *args, *env; /* with tokens; with the secrets themselves once at work */
    struct work *work;  /* NULL while waiting for secrets */
    bool is_waiting;    /* a secret's command runs */
    bool is_abandoned;
    struct outcome early; /* an end without any work */
    struct output output;
    size_t calls;    /* the code has made, see calls.c */
    size_t recorded; /* the first of them, whose results the core has already: the engine before made them */
    json_t *asked;   /* the arguments of the last one, with tokens */
};

/* --- calls.c: what the code of a job asks of the world; the context is the job --- */
void calls_on_call(void *context, const char *name, json_t *args);
void calls_on_return(void *context, json_t *result);

#endif
