#include "drive/answers.h"
#include "base/mem.h"
#include "core/kinds.h"
#include "load/places.h"

#include <string.h>

/* The answer for a place: the one that is given for exactly this, else for every attempt, for every item, or
 * for the id wherever it stands. */
static json_t *given_at(const json_t *answers, const char *path)
{
    struct path_forms forms = {0};
    json_t *given;

    path_forms_set(&forms, path);
    given = json_object_get(answers, path);
    if (!given)
        given = json_object_get(answers, text_str(&forms.plain));
    if (!given)
        given = json_object_get(answers, text_str(&forms.bare));
    if (!given)
        given = json_object_get(answers, forms.id);
    path_forms_fini(&forms);
    return given;
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

/* A form takes a map of its fields; a form of one field takes the value alone, under the name `only`. */
static json_t *fields_of(const char *only, json_t *given)
{
    json_t *fields = json_object();

    if (json_is_object(given))
        json_object_update(fields, given);
    else if (only)
        json_object_set(fields, only, given);
    return fields;
}

static const char *only_key(json_t *form)
{
    return json_object_size(form) == 1 ? json_object_iter_key(json_object_iter(form)) : NULL;
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
        json_object_set_new(data, "fields", fields_of(only_key(json_object_get(args, "fields")), given));
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
    json_t *given = given_at(answers, ask->path), *data;

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

static bool is_covered(const struct step *step, const json_t *given, bool yes)
{
    const struct ask_args *args = step->args;

    return given || (yes && strcmp(step->kind->name, "input") != 0 && args->by.len == 0);
}

/* That would be refused, and the run would wait for somebody with a note. */
static bool lacks_evidence(const struct step *step, json_t *given)
{
    const struct ask_args *args = step->args;
    const char *note, *word = given ? word_of(given, &note) : NULL,
                      *decision = word ? answer_decision(step->kind->name, word) : NULL;

    return args->evidence == EVIDENCE_REQUIRED && decision && strcmp(decision, "done") == 0 &&
           (!note || !*note);
}

static void tell_uncovered(const struct step *step, struct diags *diags)
{
    const struct ask_args *args = step->args;
    struct diag *diag = diag_error(
        diags, step->pos, "must-ask", "step \"%s\" asks a person, and nobody can be asked here", step->id);

    if (args->by.len)
        diag_hint(diags, diag, "run it on a terminal, or answer beforehand with --answer %s=VALUE", step->id);
    else
        diag_hint(diags, diag, "run it on a terminal, or give --answer %s=VALUE%s", step->id,
            strcmp(step->kind->name, "input") == 0 ? "" : " or --yes");
}

static void tell_unproved(const struct step *step, struct diags *diags)
{
    diag_hint(diags,
        diag_error(diags, step->pos, "must-ask", "step \"%s\" asks for a note as evidence", step->id),
        "say what proves it: --answer '%s={\"done\": \"…\"}'", step->id);
}

/* What is wrong with a step wherever it stands. */
struct shortcomings {
    bool is_open, is_unproved;
};

static void look(const struct step *step, json_t *given, bool yes, struct shortcomings *found)
{
    found->is_open |= !is_covered(step, given, yes);
    found->is_unproved |= lacks_evidence(step, given);
}

static void check_step(const struct step *step, const struct places *places, const json_t *answers, bool yes,
    struct diags *diags)
{
    struct shortcomings found = {0};

    for (size_t i = 0; i < places->len; i++)
        if (places->items[i].step == step)
            look(step, given_at(answers, places->items[i].path), yes, &found);
    if (places->is_cut)
        look(step, json_object_get(answers, step->id), yes, &found);
    if (found.is_unproved)
        tell_unproved(step, diags);
    if (found.is_open)
        tell_uncovered(step, diags);
}

static bool has_questions(const struct book *book)
{
    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++)
            if (book->documents[d]->steps[i]->kind->class_ == KIND_ASK)
                return true;
    return false;
}

void answers_check(const struct book *book, const json_t *answers, bool yes, struct diags *diags)
{
    struct places places;

    if (!has_questions(book))
        return;
    places_find(book, &places);
    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++)
            if (book->documents[d]->steps[i]->kind->class_ == KIND_ASK)
                check_step(book->documents[d]->steps[i], &places, answers, yes, diags);
    places_fini(&places);
}

/* --- names --- */

static bool asks(const struct step *step, bool lost_too)
{
    return lost_too || step->kind->class_ == KIND_ASK;
}

static void tell_unknown(const struct places *places, const char *name, bool lost_too, struct diags *diags)
{
    struct diag *diag = diag_error(diags, (struct pos){0}, "answer",
        lost_too ? "--answer %s: the run has no step \"%s\"" : "--answer %s: no step \"%s\" asks anything",
        name, name);
    const char **names autofree = mem_alloc((2 * places->len + 1) * sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; i < places->len; i++)
        if (asks(places->items[i].step, lost_too)) {
            names[count++] = places->items[i].path;
            names[count++] = places->items[i].step->id;
        }
    diag_did_you_mean(diags, diag, name, names, count);
}

/* A form must be filled in as it will be. */
static void check_form(const struct step *step, const char *name, json_t *given, struct diags *diags)
{
    const struct ask_args *args = step->args;
    const char *only = args->fields.len == 1 ? args->fields.names[0] : NULL;
    json_t *fields autovalue = fields_of(only, given);
    struct diags found = {0};

    if (!json_is_object(given) && !only)
        diag_hint(diags,
            diag_error(diags, (struct pos){0}, "answer", "--answer %s: it is a form of several fields", name),
            "give them as JSON: --answer '%s={\"%s\": …}'", name, args->fields.names[0]);
    else
        json_decref(fields_check(&args->fields, fields, &found));
    for (size_t i = 0; i < found.len; i++) {
        struct diag *diag =
            diag_error(diags, (struct pos){0}, "answer", "--answer %s: %s", name, found.items[i].text);

        if (found.items[i].hint)
            diag_hint(diags, diag, "%s", found.items[i].hint);
    }
    diags_fini(&found);
}

static void check_word(const struct step *step, const char *name, json_t *given, struct diags *diags)
{
    const char *note, *word = word_of(given, &note), *kind = step->kind->name;
    struct text words autotext = {0};

    if (word && answer_decision(kind, word))
        return;
    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++)
        if (strcmp(decisions[i].kind, kind) == 0)
            text_printf(&words, "%s%s", words.len ? ", " : "", decisions[i].word);
    diag_hint(diags,
        diag_error(diags, (struct pos){0}, "answer", "--answer %s: that is no answer to a step of kind %s",
            name, kind),
        "say one of: %s", text_str(&words));
}

/* Of every step that the path, or the id anywhere, means. False: there is none. */
static bool check_answer(
    const struct places *places, const char *name, json_t *given, bool lost_too, struct diags *diags)
{
    struct path_forms forms = {0};
    const struct step *last = NULL;

    path_forms_set(&forms, name);
    for (size_t i = 0; i < places->len; i++) {
        const struct place *place = &places->items[i];
        const struct step *step = place->step;

        if (step == last || !asks(step, lost_too) ||
            (strcmp(place->path, text_str(&forms.bare)) != 0 && strcmp(step->id, text_str(&forms.bare)) != 0))
            continue;
        last = step;
        if (strcmp(step->kind->name, "input") == 0)
            check_form(step, name, given, diags);
        else if (step->kind->class_ == KIND_ASK)
            check_word(step, name, given, diags);
    }
    path_forms_fini(&forms);
    return last;
}

void answers_check_given(const struct book *book, const json_t *answers, bool lost_too, struct diags *diags)
{
    struct places places;
    const char *name, *bracket;
    json_t *value;

    if (!json_object_size(answers))
        return;
    places_find(book, &places);
    json_object_foreach((json_t *)answers, name, value)
    {
        const struct step *once = places_without_items(&places, name, &bracket);

        if (!check_answer(&places, name, value, lost_too, diags) && !places.is_cut)
            tell_unknown(&places, name, lost_too, diags);
        else if (once)
            diag_hint(diags,
                diag_error(diags, (struct pos){0}, "answer",
                    "--answer %s: step \"%s\" is carried out once: it has no items", name, once->id),
                "write the path without \"%.*s\"", (int)strcspn(bracket, "]") + 1, bracket);
    }
    places_fini(&places);
}
