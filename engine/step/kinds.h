/* kinds: what the files of this room share: the constant of each kind, one per file, and one attempt under
 * way. */
#ifndef STEP_KINDS_H
#define STEP_KINDS_H

#include "step/step.h"

extern const struct kind step_run, step_exec, step_http, step_lua, step_uses, step_mail;

/* Embedded in what a kind needs besides. */
struct work {
    const struct step_ops *ops;
    struct work_options options;
    bool is_stopped;
    void (*free_work)(struct work *work); /* frees what it is embedded in */
};

void work_init(struct work *work, const struct work_options *options, const struct step_ops *ops,
    void (*free_work)(struct work *work));
/* Hand the outcome over and free the work. */
void work_end(struct work *work, struct outcome *outcome);
/* An attempt that could not begin: reports so on the next turn of the loop. */
struct work *work_refused(const struct work_options *options, enum fail_class class_, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One that is done already, with nothing to tell. */
struct work *work_succeeded(const struct work_options *options);

/* The first line of `text` that is not empty, with an ellipsis when there is more. */
void preview_line(struct text *text, const char *line);

#endif
