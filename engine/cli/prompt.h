/* prompt: asking the person at the keyboard. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "cli/line.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "core/core.h"
#include "model/document.h"

/* Before a run: ask for every parameter that must be given and is not in `given`; put the answers there.
 * Gives up silently at the end of input: the check that follows says what is missing. */
void prompt_params(const struct cli *cli, const struct document *document, json_t *given);

/* The same for one parameter, by its place in the list. False at the end of input. */
bool prompt_param(const struct cli *cli, const struct document *document, size_t index, json_t *given);

/* The questions of a run that are open, one after another. */
struct prompt;

struct prompt_options {
    const struct book *book;
    bool may_ask; /* else questions are only shown, with the command that answers them */
    /* An answer is complete. A text is returned (in `err`) when it is refused; the question then stays. */
    int (*answer)(void *context, const char *path, json_t *data, struct err *err);
    void *context;
};

struct prompt *prompt_new(const struct prompt_options *options);
void prompt_free(struct prompt *prompt);
void prompt_open(struct prompt *prompt, const struct effect *ask);
/* Somebody has ticked off these points (numbers, from 1) of the question's checklist. */
void prompt_checked(struct prompt *prompt, const char *path, const json_t *points);
void prompt_close(struct prompt *prompt, const char *path);
bool prompt_is_open(const struct prompt *prompt);
void prompt_keys(struct prompt *prompt, const char *bytes, size_t len);
/* Append the lines of the question to the frame; at most `rows`. */
void prompt_draw(struct prompt *prompt, const struct line_style *style, const char *run_id, size_t rows,
    struct frame *frame);

#endif
