#include "drive/answers.h"
#include "base/mem.h"
#include "core/kinds.h"

#include <string.h>

/* The id of the step in "deploy/rollout[2]/verify#3". */
static char *step_id(const char *path)
{
    const char *slash = strrchr(path, '/'), *id = slash ? slash + 1 : path;

    return mem_strndup(id, strcspn(id, "[#"));
}

static const struct {
    const char *kind, *word, *decision;
} decisions[] = {
    {"manual", "done", "done"},
    {"manual", "yes", "done"},
    {"manual", "fail", "fail"},
    {"manual", "no", "fail"},
    {"approve", "approve", "approve"},
    {"approve", "yes", "approve"},
    {"approve", "deny", "deny"},
    {"approve", "no", "deny"},
};

const char *answer_decision(const char *kind, const char *word)
{
    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++)
        if (strcmp(decisions[i].kind, kind) == 0 && strcmp(decisions[i].word, word) == 0)
            return decisions[i].decision;
    return NULL;
}

/* A form takes a map of its fields; a form of one field takes the value alone. */
static json_t *fields_of(const json_t *ask_args, json_t *given)
{
    json_t *form = json_object_get(ask_args, "fields"), *fields = json_object();

    if (json_is_object(given))
        json_object_update(fields, given);
    else if (json_object_size(form) == 1)
        json_object_set(fields, json_object_iter_key(json_object_iter(form)), given);
    return fields;
}

/* What was said: alone (done, yes, false), or with a note: {"done": "ticket 12"}. */
static const char *word_of(json_t *given, const char **ret_note)
{
    void *pair = json_object_size(given) == 1 ? json_object_iter(given) : NULL;

    *ret_note = pair ? json_string_value(json_object_iter_value(pair)) : NULL;
    if (pair)
        return json_object_iter_key(pair);
    return json_is_true(given) ? "yes" : json_is_false(given) ? "no" : json_string_value(given);
}

static json_t *decide(const json_t *args, json_t *given)
{
    const char *kind = value_get_string(args, "kind");
    json_t *data = json_object();

    if (kind && strcmp(kind, "input") == 0) {
        json_object_set_new(data, "decision", json_string("answer"));
        json_object_set_new(data, "fields", fields_of(args, given));
    } else {
        const char *note, *word = word_of(given, &note);
        const char *decision = kind && word ? answer_decision(kind, word) : NULL;

        json_object_set_new(data, "decision", json_string(decision ? decision : word ? word : "?"));
        if (note)
            json_object_set_new(data, "note", json_string(note));
    }
    return data;
}

static bool names_nobody(const json_t *args)
{
    return json_array_size(json_object_get(args, "by")) == 0;
}

/* Everything on the list, ticked. */
static json_t *ticked(const json_t *checklist)
{
    json_t *ticks = json_array();

    for (size_t i = 0; i < json_array_size(checklist); i++)
        json_array_append_new(ticks, json_true());
    return ticks;
}

json_t *answer_for(const struct effect *ask, const json_t *answers, bool yes)
{
    const char *kind = value_get_string(ask->args, "kind");
    char *id autofree = step_id(ask->path);
    json_t *given = json_object_get(answers, id), *data;

    if (given)
        return decide(ask->args, given);
    if (!yes || !kind || strcmp(kind, "input") == 0 || strcmp(kind, "step") == 0 || !names_nobody(ask->args))
        return NULL;
    data = json_object();
    json_object_set_new(data, "decision", json_string(strcmp(kind, "manual") == 0 ? "done" : "approve"));
    json_object_set_new(data, "note", json_string("--yes"));
    if (json_object_get(ask->args, "checklist"))
        json_object_set_new(data, "checklist", ticked(json_object_get(ask->args, "checklist")));
    return data;
}

/* --- before the run --- */

static bool is_covered(const struct step *step, const json_t *answers, bool yes)
{
    const struct ask_args *args = step->args;

    if (json_object_get(answers, step->id))
        return true;
    return yes && strcmp(step->kind->name, "input") != 0 && args->by.len == 0;
}

/* That would be refused, and the run would wait for somebody with a note. */
static bool lacks_evidence(const struct step *step, const json_t *answers)
{
    const struct ask_args *args = step->args;
    json_t *given = json_object_get(answers, step->id);
    const char *note, *word = given ? word_of(given, &note) : NULL,
                      *decision = word ? answer_decision(step->kind->name, word) : NULL;

    return args->evidence == EVIDENCE_REQUIRED && decision && strcmp(decision, "done") == 0 &&
           (!note || !*note);
}

static void check_step(const struct step *step, const json_t *answers, bool yes, struct diags *diags)
{
    const struct ask_args *args = step->args;
    struct diag *diag;

    if (step->kind->class_ != KIND_ASK)
        return;
    if (lacks_evidence(step, answers))
        diag_hint(diags,
            diag_error(diags, step->pos, "must-ask", "step \"%s\" asks for a note as evidence", step->id),
            "say what proves it: --answer '%s={\"done\": \"…\"}'", step->id);
    if (is_covered(step, answers, yes))
        return;
    diag = diag_error(
        diags, step->pos, "must-ask", "step \"%s\" asks a person, and nobody can be asked here", step->id);
    if (args->by.len)
        diag_hint(diags, diag, "run it on a terminal, or answer beforehand with --answer %s=VALUE", step->id);
    else
        diag_hint(diags, diag, "run it on a terminal, or give --answer %s=VALUE%s", step->id,
            strcmp(step->kind->name, "input") == 0 ? "" : " or --yes");
}

void answers_check(const struct book *book, const json_t *answers, bool yes, struct diags *diags)
{
    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++)
            check_step(book->documents[d]->steps[i], answers, yes, diags);
}

/* Every question's id; `ids` has room for all steps. */
static size_t list_questions(const struct book *book, const char **ids)
{
    size_t count = 0;

    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++)
            if (book->documents[d]->steps[i]->kind->class_ == KIND_ASK)
                ids[count++] = book->documents[d]->steps[i]->id;
    return count;
}

static bool is_listed(const char *id, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

void answers_check_names(const struct book *book, const json_t *answers, struct diags *diags)
{
    size_t steps = 0, count;
    const char **ids autofree = NULL;
    const char *id;
    json_t *value;

    for (size_t d = 0; d < book->document_count; d++)
        steps += book->documents[d]->step_count;
    ids = mem_alloc((steps + 1) * sizeof(*ids));
    count = list_questions(book, ids);
    json_object_foreach((json_t *)answers, id, value) if (!is_listed(id, ids, count)) diag_did_you_mean(diags,
        diag_error(diags, (struct pos){0}, "answer", "--answer %s: no step \"%s\" asks anything", id, id), id,
        ids, count);
}
