/* Is what is assumed about something that the book has? */
#include "base/duration.h"
#include "base/mem.h"
#include "core/kinds.h"
#include "drive/answers.h"
#include "drive/assume.h"

#include <string.h>

enum { IS_EFFECT = 1 << KIND_EFFECT, IS_ASK = 1 << KIND_ASK };

/* Names that an assumption can be about. */
struct candidates {
    const char **names;
    size_t len, cap;
};

static void add(struct candidates *candidates, const char *name)
{
    candidates->names =
        mem_grow(candidates->names, candidates->len, &candidates->cap, sizeof(*candidates->names));
    candidates->names[candidates->len++] = name;
}

static bool is_among(const struct candidates *candidates, const char *name, size_t len)
{
    for (size_t i = 0; i < candidates->len; i++)
        if (strncmp(candidates->names[i], name, len) == 0 && !candidates->names[i][len])
            return true;
    return false;
}

static struct candidates list_steps(const struct book *book, unsigned classes)
{
    struct candidates candidates = {0};

    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++)
            if (classes & 1u << book->documents[d]->steps[i]->kind->class_)
                add(&candidates, book->documents[d]->steps[i]->id);
    return candidates;
}

static struct candidates list_channels(const struct book *book)
{
    struct candidates candidates = {0};

    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->people.channels.len; i++)
            add(&candidates, book->documents[d]->people.channels.names[i]);
    return candidates;
}

static struct candidates list_signals(const struct book *book)
{
    struct candidates candidates = {0};

    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++) {
            const struct step *step = book->documents[d]->steps[i];

            if (strcmp(step->kind->name, "wait") == 0 && ((const struct wait_args *)step->args)->signal)
                add(&candidates, ((const struct wait_args *)step->args)->signal);
        }
    return candidates;
}

static void no_such(struct diags *diags, const struct candidates *candidates, const char *option,
    const char *what, const char *name, const char *that)
{
    struct diag *diag = diag_error(
        diags, (struct pos){0}, "assume", "%s %s: there is no %s \"%s\"%s", option, name, what, name, that);

    diag_did_you_mean(diags, diag, name, candidates->names, candidates->len);
}

static void check_steps(
    const struct book *book, const char *option, const json_t *map, unsigned classes, struct diags *diags)
{
    struct candidates candidates = list_steps(book, classes);
    const char *id;
    json_t *value;

    json_object_foreach((json_t *)map, id, value) if (!is_among(&candidates, id, strlen(id)))
        no_such(diags, &candidates, option, "step", id,
            classes & IS_ASK ? " that takes time outside or asks" : " that does something outside");
    free(candidates.names);
}

/* "#2" behind a step's name; anything else behind a '#' is no attempt. */
static bool is_attempt(const char *text)
{
    return *text == '#' && text[1] >= '1' && text[1] <= '9' && !text[1 + strspn(text + 1, "0123456789")];
}

/* A step, or one attempt of it. */
static void check_fate(const struct candidates *steps, const char *name, struct diags *diags)
{
    size_t len = strcspn(name, "#");
    char *id autofree = mem_strndup(name, len);

    if (!is_among(steps, name, len))
        no_such(diags, steps, "--assume", "step", id, " that does something outside");
    else if (name[len] && !is_attempt(name + len))
        diag_hint(diags,
            diag_error(
                diags, (struct pos){0}, "assume", "--assume %s: \"%s\" is no attempt", name, name + len),
            "write #1 for the first, #2 for the second");
}

static void check_fates(const struct book *book, const json_t *fates, struct diags *diags)
{
    struct candidates steps = list_steps(book, IS_EFFECT), channels = list_channels(book);
    const size_t prefix = strlen(ASSUME_NOTIFY);
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)fates, name, value)
    {
        if (strncmp(name, ASSUME_NOTIFY, prefix) != 0)
            check_fate(&steps, name, diags);
        else if (!is_among(&channels, name + prefix, strlen(name + prefix)))
            no_such(diags, &channels, "--assume", "channel", name + prefix, "");
    }
    free(steps.names);
    free(channels.names);
}

static void check_signals(const struct book *book, const json_t *signals, struct diags *diags)
{
    struct candidates candidates = list_signals(book);
    json_t *signal;
    size_t i;

    json_array_foreach(signals, i, signal)
    {
        const char *name = value_get_string(signal, "name");

        if (!is_among(&candidates, name, strlen(name)))
            no_such(diags, &candidates, "--signal", "signal", name, " that a step waits for");
    }
    free(candidates.names);
}

static void check_durations(const json_t *takes, struct diags *diags)
{
    const char *id;
    json_t *value;
    int64_t ms;
    struct err err;

    json_object_foreach(
        (json_t *)takes, id, value) if (duration_parse(json_string_value(value), &ms, &err) < 0)
        diag_error(diags, (struct pos){0}, "assume", "--takes %s: %s", id, err.text);
}

void assume_check(const struct book *book, const struct assumptions *assumptions, struct diags *diags)
{
    check_fates(book, assumptions->fates, diags);
    check_steps(book, "--prints", assumptions->prints, IS_EFFECT, diags);
    check_steps(book, "--takes", assumptions->takes, IS_EFFECT | IS_ASK, diags);
    check_durations(assumptions->takes, diags);
    check_signals(book, assumptions->signals, diags);
    answers_check_given(book, assumptions->answers, false, diags);
}
