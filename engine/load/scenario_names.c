/* What scenarios name besides steps: parameters, signals, outputs, people; and what contradicts itself. */
#include "load/decode.h"
#include "load/scenario.h"

#include <string.h>

enum { KNOWN_MAX = 256 };

/* What may be meant, for "did you mean". */
struct known {
    const char *names[KNOWN_MAX];
    size_t len;
};

static void know(struct known *known, const char *name)
{
    if (known->len < KNOWN_MAX)
        known->names[known->len++] = name;
}

static bool is_known(const struct known *known, const char *name)
{
    for (size_t i = 0; i < known->len; i++)
        if (strcmp(known->names[i], name) == 0)
            return true;
    return known->len == KNOWN_MAX;
}

/* With the nearest name as the hint, or else what can be done. */
static void tell_unknown(struct diags *diags, struct diag *diag, const struct known *known, const char *name,
    const char *otherwise)
{
    diag_did_you_mean(diags, diag, name, known->names, known->len);
    if (!diag->hint)
        diag_hint(diags, diag, "%s", otherwise);
}

/* --- parameters --- */

static void check_params(const struct scenario *scenario, const struct book *book, struct diags *diags)
{
    struct pos pos = scenario->params_pos.line ? scenario->params_pos : scenario->pos;
    struct diags found = {0};

    json_decref(params_check(&book->documents[0]->params, scenario->params, false, &found));
    for (size_t i = 0; i < found.len; i++) {
        struct diag *diag = diag_error(diags, pos, "param", "params: %s", found.items[i].text);

        if (found.items[i].hint)
            diag_hint(diags, diag, "%s", found.items[i].hint);
    }
    diags_fini(&found);
}

/* --- signals --- */

/* What this step waits for, or NULL. */
static const char *step_signal(const struct step *step)
{
    const struct field *field = step->kind ? section_find(&step->kind->section, "signal") : NULL;

    if (!field || field->type != FIELD_STRING || strcmp(step->kind->name, "wait") != 0 || !step->args)
        return NULL;
    return *(const char *const *)((const char *)step->args + field->offset);
}

static void know_signals(const struct book *book, struct known *known)
{
    for (size_t d = 0; d < book->document_count; d++) {
        const struct document *document = book->documents[d];

        for (size_t i = 0; i < document->step_count; i++) {
            const char *name = step_signal(document->steps[i]);

            if (name)
                know(known, name);
        }
    }
}

static void check_signals(const struct scenario *scenario, const struct book *book, struct diags *diags)
{
    struct known known = {0};

    know_signals(book, &known);
    for (size_t i = 0; i < scenario->signals.len; i++) {
        const struct sent_signal *signal = scenario->signals.items[i];

        if (signal->name && !is_known(&known, signal->name))
            tell_unknown(diags,
                diag_error(
                    diags, signal->pos, "undefined-name", "no step waits for a signal \"%s\"", signal->name),
                &known, signal->name, "a step waits for it with wait: {signal: NAME}; or leave it out");
    }
}

/* --- people --- */

static void know_people(const struct book *book, struct known *known)
{
    for (size_t d = 0; d < book->document_count; d++) {
        const struct items *contacts = &book->documents[d]->people.contacts;

        for (size_t i = 0; i < contacts->len; i++) {
            const struct contact *contact = contacts->items[i];

            know(known, contacts->names[i]);
            for (size_t u = 0; u < contact->user.len; u++)
                know(known, contact->user.items[u]);
        }
    }
}

/* Who deals with an escalation must be somebody; a runbook without a directory knows nobody. */
static void check_people(const struct scenario *scenario, const struct book *book, struct diags *diags)
{
    struct known known = {0};

    know_people(book, &known);
    for (size_t i = 0; known.len && i < scenario->people.len; i++) {
        const struct person *person = scenario->people.items[i];
        const char *name = person->does <= PERSON_SNOOZE ? person->acts[person->does] : NULL;

        if (name && !is_known(&known, name) && strcmp(name, scenario->initiator) != 0)
            tell_unknown(diags,
                diag_error(diags, person->pos, "undefined-name", "there is no contact \"%s\"", name), &known,
                name, "name one of the contacts, or one of their users");
    }
}

/* --- expectations --- */

static struct pos place_of(const struct expectation *expect, const char *name)
{
    for (size_t i = 0; i < expect->keys.len; i++)
        if (strcmp(expect->keys.names[i], name) == 0)
            return expect->keys.pos[i];
    return expect->pos;
}

static void check_outputs(const struct expectation *expect, const struct book *book, struct diags *diags)
{
    const struct named_exprs *outputs = &book->documents[0]->outputs;
    struct known known = {0};
    const char *name;
    json_t *value;

    for (size_t i = 0; i < outputs->len; i++)
        know(&known, outputs->items[i].name);
    json_object_foreach(expect->outputs, name, value)
    {
        if (!is_known(&known, name))
            tell_unknown(diags,
                diag_error(diags, place_of(expect, "outputs"), "undefined-name",
                    "the runbook has no output \"%s\"", name),
                &known, name, "declare it in the runbook's `outputs`, or leave it out");
    }
}

static void check_duration(const struct expectation *expect, struct diags *diags)
{
    const struct duration_expected *duration = expect->duration;

    if (duration && duration->min.given && duration->max.given && duration->min.value > duration->max.value)
        diag_hint(diags,
            diag_error(diags, place_of(expect, "duration"), "impossible", "\"min\" is longer than \"max\""),
            "exchange the two: no run takes both");
}

static void check_end(const struct expectation *expect, struct diags *diags)
{
    if (expect->status == EXPECTED_SUCCEEDED && expect->class_ && *expect->class_)
        diag_hint(diags,
            diag_error(diags, place_of(expect, "class"), "impossible",
                "a run that succeeded has no class of failure"),
            "leave \"class\" out, or expect the status failed");
}

void scenario_check_names(const struct scenario *scenario, const struct book *book, struct diags *diags)
{
    check_params(scenario, book, diags);
    check_signals(scenario, book, diags);
    check_people(scenario, book, diags);
    if (!scenario->expect)
        return;
    check_end(scenario->expect, diags);
    check_outputs(scenario->expect, book, diags);
    check_duration(scenario->expect, diags);
}
