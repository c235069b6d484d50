/* invariants: what must hold of every run, as its author writes it, and whether that can mean anything. */
#include "load/rules.h"
#include "load/sections.h"
#include "model/invariant.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct invariant, member)

static const struct field invariant_fields[] = {
    {"name", FIELD_STRING, AT(name), .help = "What reports call it."},
    {"always", FIELD_EXPR, AT(always), .help = "True after everything that happens."},
    {"finally", FIELD_EXPR, AT(finally), .help = "True when the run has ended."},
    {"within", FIELD_DURATION, AT(within), FIELD_POSITIVE,
        .help = "The time between an event that `of` means and one that `expect` means."},
    {"of", FIELD_STRING, AT(of),
        .help = "The event that starts the time: a type, and a path and a status where wanted, each a glob."},
    {"expect", FIELD_STRING, AT(expect), .help = "The event that must come in time, written like `of`."},
    {NULL},
};

const struct section invariant_section = {
    .name = "an invariant",
    .help = "What must hold of every run: one of `always`, `finally` and `within`.",
    .size = sizeof(struct invariant),
    .fields = invariant_fields,
};

/* --- event patterns --- */

static bool means_a_type(const char *glob)
{
    for (int type = 0; type < EVENT_COUNT; type++)
        if (fnmatch(glob, event_type_name((enum event_type)type), 0) == 0)
            return true;
    return false;
}

static void no_such_type(struct decoder *d, struct pos pos, const char *glob)
{
    const char *names[EVENT_COUNT];
    struct diag *diag = diag_error(d->diags, pos, "wrong-value", "there is no event \"%s\"", glob);

    for (int type = 0; type < EVENT_COUNT; type++)
        names[type] = event_type_name((enum event_type)type);
    diag_did_you_mean(d->diags, diag, glob, names, EVENT_COUNT);
    if (!diag->hint)
        diag_hint(d->diags, diag, "such as step.started, step.finished, ask.opened, escalation.level");
}

/* The step that a part of a path names; what is no plain name is left to the run. */
static void check_path(struct decoder *d, struct pos pos, const char *path)
{
    const char *slash = strchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : strlen(path);
    char id[PATTERN_WORD_SIZE];
    const char **names autofree = NULL;
    struct diag *diag;

    snprintf(id, sizeof(id), "%.*s", (int)len, path);
    if (strpbrk(id, "*?[!\\") || document_find_any(d->document, id))
        return;
    diag = diag_error(d->diags, pos, "undefined-name", "there is no step \"%s\"", id);
    names = mem_alloc((d->document->ids.len + 1) * sizeof(*names));
    for (size_t i = 0; i < d->document->ids.len; i++)
        names[i] = d->document->ids.entries[i].key;
    diag_did_you_mean(d->diags, diag, id, names, d->document->ids.len);
    if (!diag->hint)
        diag_hint(d->diags, diag, "what runs inside a `call` is written CALL-STEP/STEP or */STEP");
}

static bool is_status(const char *glob)
{
    for (int status = 0; status < STEP_STATUS_COUNT; status++)
        if (fnmatch(glob, step_status_name((enum step_status)status), 0) == 0)
            return true;
    for (int class_ = FAIL_NONE + 1; class_ < FAIL_COUNT; class_++)
        if (fnmatch(glob, fail_class_name((enum fail_class)class_), 0) == 0)
            return true;
    return false;
}

static void check_pattern(struct decoder *d, struct pos pos, const char *text)
{
    struct event_pattern pattern;

    if (!pattern_parse(text, &pattern)) {
        diag_hint(d->diags, diag_error(d->diags, pos, "wrong-value", "\"%s\" is no pattern of events", text),
            "write a type, and a path and a status where wanted: \"step.finished backup failed\"");
        return;
    }
    if (!means_a_type(pattern.words[0]))
        no_such_type(d, pos, pattern.words[0]);
    check_path(d, pos, pattern.words[1]);
    if (!is_status(pattern.words[2]))
        diag_hint(d->diags,
            diag_error(d->diags, pos, "wrong-value", "nothing ends as \"%s\"", pattern.words[2]),
            "succeeded, failed, skipped, cancelled, or the class of a failure such as timeout");
}

/* --- which keys belong together --- */

static void check_keys(struct decoder *d, const struct invariant *invariant)
{
    int count = (invariant->always != NULL) + (invariant->finally != NULL) + invariant->within.given;

    if (count > 1 || (!count && !invariant->of && !invariant->expect))
        diag_hint(d->diags,
            diag_error(d->diags, invariant->pos, "missing-key", "an invariant is %s always, finally, within",
                count ? "only one of" : "one of"),
            "write always: EXPRESSION, finally: EXPRESSION, or within: 15m with of: and expect:");
    if (invariant->within.given && (!invariant->of || !invariant->expect))
        diag_hint(d->diags,
            diag_error(d->diags, invariant->pos, "missing-key", "\"within\" needs \"of\" and \"expect\""),
            "such as {within: 15m, of: step.started maintenance-on, expect: step.started maintenance-off}");
    if (!invariant->within.given && (invariant->of || invariant->expect))
        diag_hint(d->diags,
            diag_error(
                d->diags, invariant->pos, "missing-key", "\"of\" and \"expect\" need \"within\" beside them"),
            "it says how much time may pass between the two events");
}

void invariants_finish(struct decoder *d)
{
    const struct items *invariants = &d->document->invariants;

    for (size_t i = 0; i < invariants->len; i++) {
        const struct invariant *invariant = invariants->items[i];

        check_keys(d, invariant);
        if (invariant->of)
            check_pattern(d, invariant->pos, invariant->of);
        if (invariant->expect)
            check_pattern(d, invariant->pos, invariant->expect);
    }
}
