/* What scenarios say of their runbook must be possible: every step, channel and person is looked up before
 * anything is played. */
#include "load/decode.h"
#include "load/places.h"
#include "load/scenario.h"

#include <string.h>

struct checking {
    const struct scenario_file *file;
    const struct book *book;
    struct diags *diags;
    struct places places;
};

/* --- what a pattern can be about --- */

typedef bool (*may_be)(const struct step *step, const void *what);

/* A pattern as the bare path of a step, that is without items and attempts. */
static struct path_pattern bare_pattern(struct arena *arena, const struct path_pattern *pattern)
{
    struct path_forms forms = {0};
    struct path_pattern bare;

    if (!pattern->has_item && !pattern->has_attempt)
        return *pattern;
    path_forms_set(&forms, pattern->text);
    bare = path_pattern_of(arena, arena_strdup(arena, text_str(&forms.bare)));
    path_forms_fini(&forms);
    return bare;
}

/* The first step it fits that may be meant, else the first it fits at all. */
static const struct step *find(
    const struct checking *checking, const struct path_pattern *pattern, may_be is_meant, const void *what)
{
    const struct place *exact = pattern->glob ? NULL : places_at(&checking->places, pattern->text);
    const struct step *other = NULL;

    if (exact && (!is_meant || is_meant(exact->step, what)))
        return exact->step;
    for (size_t i = 0; (exact || pattern->glob) && i < checking->places.len; i++) {
        const struct place *place = &checking->places.items[i];

        if (!path_fits(pattern, &place->forms))
            continue;
        if (!is_meant || is_meant(place->step, what))
            return place->step;
        other = other ? other : place->step;
    }
    return other;
}

/* A path that ends so is what is meant by a path that begins too far inside. */
static const struct place *find_ending(const struct checking *checking, const char *bare)
{
    size_t len = strlen(bare);

    for (size_t i = 0; i < checking->places.len; i++) {
        const char *path = checking->places.items[i].path;
        size_t before = strlen(path) > len ? strlen(path) - len : 0;

        if (before && path[before - 1] == '/' && strcmp(path + before, bare) == 0)
            return &checking->places.items[i];
    }
    return NULL;
}

static void tell_unknown(struct checking *checking, const char *text, const char *bare, struct pos pos)
{
    const struct place *whole = find_ending(checking, bare);
    const char **known autofree = places_names(&checking->places);
    struct diag *diag = diag_error(
        checking->diags, pos, "unknown-step", "there is no step \"%s\" in %s", text, checking->file->runbook);

    if (whole) {
        diag_hint(checking->diags, diag, "a path begins at the outermost step: \"%.*s%s\"",
            (int)(strlen(whole->path) - strlen(bare)), whole->path, text);
        return;
    }
    diag_did_you_mean(checking->diags, diag, text, known, 2 * checking->places.len);
}

/* "a[2]" wants a step that is repeated. */
static void check_items(struct checking *checking, const struct path_pattern *pattern, struct pos pos)
{
    const char *at;
    const struct step *step =
        pattern->glob ? NULL : places_without_items(&checking->places, pattern->text, &at);

    if (step)
        diag_hint(checking->diags,
            diag_error(checking->diags, pos, "unknown-step",
                "step \"%s\" is carried out once: it has no items", step->id),
            "write the path without \"%.*s\"", (int)strcspn(at, "]") + 1, at);
}

/* NULL when there is none, which has been said, or when nothing can be said. */
static const struct step *check_pattern(struct checking *checking, const struct path_pattern *pattern,
    struct pos pos, may_be is_meant, const void *what)
{
    struct arena arena = {0};
    struct path_pattern bare = bare_pattern(&arena, pattern);
    const struct step *step = find(checking, &bare, is_meant, what);

    if (!step && !checking->places.is_cut)
        tell_unknown(checking, pattern->text, bare.text, pos);
    arena_fini(&arena);
    if (step && pattern->has_item)
        check_items(checking, pattern, pos);
    return step;
}

static const struct step *check_path(
    struct checking *checking, const char *text, struct pos pos, may_be is_meant, const void *what)
{
    struct arena arena = {0};
    struct path_pattern pattern = path_pattern_of(&arena, text);
    const struct step *step = check_pattern(checking, &pattern, pos, is_meant, what);

    arena_fini(&arena);
    return step;
}

/* --- mocks --- */

static bool is_effect(const struct step *step, const void *what)
{
    (void)what;
    return step->kind && step->kind->class_ == KIND_EFFECT;
}

static void check_outputs(
    struct checking *checking, const struct answer *answer, const struct document *callee)
{
    const char **names autofree = mem_alloc((callee->outputs.len + 1) * sizeof(*names));
    const char *name;
    json_t *value;

    for (size_t i = 0; i < callee->outputs.len; i++)
        names[i] = callee->outputs.items[i].name;
    json_object_foreach(answer->outputs, name, value)
    {
        bool is_known = false;

        for (size_t i = 0; i < callee->outputs.len && !is_known; i++)
            is_known = strcmp(names[i], name) == 0;
        if (!is_known)
            diag_did_you_mean(checking->diags,
                diag_error(checking->diags, answer->pos, "undefined-name", "%s has no output \"%s\"",
                    callee->source->path, name),
                name, names, callee->outputs.len);
    }
}

static void check_call(struct checking *checking, const struct mock *mock, const struct document *callee)
{
    const char *last = strrchr(mock->name, '/');

    if (strchr(last ? last : mock->name, '#'))
        diag_hint(checking->diags,
            diag_error(
                checking->diags, mock->pos, "nothing-to-mock", "a call is mocked for all its attempts"),
            "write a list of answers, one for each attempt");
    for (size_t i = 0; i < mock->answers.len; i++) {
        const struct answer *answer = mock->answers.items[i];

        if (answer->exit_code.given || answer->status_code.given || answer->stdout_ || answer->stderr_ ||
            answer->body || answer->headers || answer->output)
            diag_hint(checking->diags,
                diag_error(checking->diags, answer->pos, "nothing-to-mock",
                    "\"%s\" is a call: it prints nothing and has no status", mock->name),
                "say what it comes to with ok, fail, a class of failure, or {outputs: {…}}");
        check_outputs(checking, answer, callee);
    }
}

static bool is_channel(const struct checking *checking, const char *glob)
{
    for (size_t d = 0; d < checking->book->document_count; d++) {
        const struct items *channels = &checking->book->documents[d]->people.channels;

        for (size_t i = 0; i < channels->len; i++)
            if (glob_fits(glob, channels->names[i]))
                return true;
    }
    return false;
}

static void check_channel(struct checking *checking, const char *glob, struct pos pos)
{
    const struct items *channels = &checking->book->documents[0]->people.channels;

    if (!is_channel(checking, glob))
        diag_did_you_mean(checking->diags,
            diag_error(checking->diags, pos, "undefined-name", "there is no channel \"%s\"", glob), glob,
            channels->names, channels->len);
}

/* A call is meant as a whole where it is named, and no step that works in the world has that name. */
static void check_mock(struct checking *checking, struct mock *mock, struct pos pos)
{
    const struct document *callee;
    const struct step *step;
    struct diag *diag;

    if (mock->is_notify) {
        check_channel(checking, mock->pattern.text, pos);
        return;
    }
    step = check_pattern(checking, &mock->pattern, pos, is_effect, NULL);
    if (!step || !step->kind || is_effect(step, NULL))
        return;
    callee = mock->pattern.glob ? NULL : places_callee(checking->book, step);
    if (callee) {
        mock->is_call = true;
        check_call(checking, mock, callee);
        return;
    }
    diag = diag_error(checking->diags, pos, "nothing-to-mock",
        "step \"%s\" is of kind %s: nothing outside answers it", step->id, step->kind->name);
    if (step->kind->class_ == KIND_ASK)
        diag_hint(checking->diags, diag, "people answer it, under `people`");
    else if (strcmp(step->kind->name, "notify") == 0)
        diag_hint(checking->diags, diag, "mock the channel: \"notify:CHANNEL\": fail");
    else
        diag_hint(checking->diags, diag, "leave it out; it is carried out as it is written");
}

/* --- people --- */

static const struct {
    const char *name, *kinds[3];
} acts[PERSON_ACTS] = {
    [PERSON_APPROVE] = {"approve", {"approve"}},
    [PERSON_DENY] = {"deny", {"approve", "manual"}},
    [PERSON_DONE] = {"done", {"manual"}},
    [PERSON_CHECK] = {"check", {"manual"}},
    [PERSON_FAIL] = {"fail", {"manual"}},
    [PERSON_ANSWER] = {"answer", {"input"}},
};

static bool can_be_answered(const struct step *step, const void *what)
{
    const enum person_does *does = what;

    for (const char *const *kind = acts[*does].kinds; *kind; kind++)
        if (step->kind && strcmp(step->kind->name, *kind) == 0)
            return true;
    return false;
}

/* The form that a step of kind input shows. */
static const struct items *form_of(const struct step *step)
{
    const struct field *field = step->kind ? section_find(&step->kind->section, "fields") : NULL;

    if (!field || field->type != FIELD_MAP || !step->args)
        return NULL;
    return (const struct items *)((const char *)step->args + field->offset);
}

static void check_form(struct checking *checking, const struct person *person, const struct step *step)
{
    const struct items *form = person->does == PERSON_ANSWER ? form_of(step) : NULL;
    struct diags found = {0};

    if (!form || strpbrk(person->acts[person->does], "*?"))
        return;
    json_decref(fields_check(form, person->with, &found));
    for (size_t i = 0; i < found.len; i++) {
        struct diag *diag =
            diag_error(checking->diags, person->pos, "wrong-answer", "with: %s", found.items[i].text);

        if (found.items[i].hint)
            diag_hint(checking->diags, diag, "%s", found.items[i].hint);
    }
    diags_fini(&found);
}

static void check_person(struct checking *checking, const struct person *person)
{
    const struct step *step;

    if (!acts[person->does].name)
        return;
    step = check_path(checking, person->acts[person->does], person->pos, can_be_answered, &person->does);
    if (!step || !step->kind)
        return;
    if (can_be_answered(step, &person->does)) {
        check_form(checking, person, step);
        return;
    }
    if (step->kind->class_ == KIND_ASK)
        diag_hint(checking->diags,
            diag_error(checking->diags, person->pos, "wrong-answer",
                "\"%s\" does not answer step \"%s\", which is of kind %s", acts[person->does].name, step->id,
                step->kind->name),
            "a manual step takes done or fail, an approve step approve or deny, an input step answer");
    else
        diag_hint(checking->diags,
            diag_error(checking->diags, person->pos, "wrong-answer",
                "step \"%s\" asks nobody: it is of kind %s", step->id, step->kind->name),
            "name a step of kind manual, approve or input");
}

/* --- expectations --- */

static bool is_named(const struct items *items, const char *name)
{
    for (size_t i = 0; i < items->len; i++)
        if (strcmp(items->names[i], name) == 0)
            return true;
    return false;
}

static void check_notified(struct checking *checking, const struct notified *notified)
{
    const char *known[128];
    size_t count = 0;

    if (!notified->contact)
        return;
    for (size_t d = 0; d < checking->book->document_count; d++) {
        const struct people *people = &checking->book->documents[d]->people;

        if (is_named(&people->contacts, notified->contact) || is_named(&people->channels, notified->contact))
            return;
        for (size_t i = 0; i < people->contacts.len && count < 128; i++)
            known[count++] = people->contacts.names[i];
    }
    diag_did_you_mean(checking->diags,
        diag_error(checking->diags, notified->pos, "undefined-name", "there is no contact \"%s\"",
            notified->contact),
        notified->contact, known, count);
}

/* How often the step can be tried at most; 0 = that cannot be said. */
static int64_t most_attempts(const struct step *step)
{
    if (step->until)
        return 0;
    if (!step->retry)
        return 1;
    return step->retry->max_attempts.expr    ? 0
           : step->retry->max_attempts.given ? step->retry->max_attempts.value
                                             : 3;
}

static void check_step_expected(struct checking *checking, const struct step_expected *expected)
{
    const struct step *step = check_pattern(checking, &expected->pattern, expected->pos, NULL, NULL);
    const char *class_ = json_string_value(expected->properties[STEP_CLASS]);
    json_int_t attempts = json_integer_value(expected->properties[STEP_ATTEMPTS]);

    if (class_ && fail_class_parse(class_) <= 0)
        diag_hint(checking->diags,
            diag_error(checking->diags, expected->pos, "wrong-value", "there is no class \"%s\"", class_),
            "the classes are in the language's page, section 5");
    if (step && !expected->pattern.glob && most_attempts(step) && attempts > most_attempts(step))
        diag_hint(checking->diags,
            diag_error(checking->diags, expected->pos, "impossible",
                "step \"%s\" is never tried %lld times: at most %lld", step->id, (long long)attempts,
                (long long)most_attempts(step)),
            "`retry` says how often a step is tried");
}

static void check_expect(struct checking *checking, const struct expectation *expect)
{
    for (size_t i = 0; i < expect->steps.len; i++)
        check_step_expected(checking, expect->steps.items[i]);
    for (size_t i = 0; i < expect->order.len; i++)
        check_path(checking, expect->order.items[i], expect->order.pos[i], NULL, NULL);
    for (size_t i = 0; i < expect->notified.len; i++)
        check_notified(checking, expect->notified.items[i]);
}

static void check_scenario(struct checking *checking, const struct scenario *scenario)
{
    scenario_check_names(scenario, checking->book, checking->diags);
    if (scenario->from)
        check_path(checking, scenario->from, scenario->pos, NULL, NULL);
    for (size_t i = 0; i < scenario->mocks.len; i++)
        check_mock(checking, scenario->mocks.items[i], scenario->mocks.pos[i]);
    for (size_t i = 0; i < scenario->people.len; i++)
        check_person(checking, scenario->people.items[i]);
    if (scenario->expect)
        check_expect(checking, scenario->expect);
}

void scenarios_check(const struct scenario_file *file, const struct book *book, struct diags *diags)
{
    struct checking checking = {.file = file, .book = book, .diags = diags};

    places_find(book, &checking.places);
    for (size_t i = 0; i < file->scenarios.len; i++)
        check_scenario(&checking, file->scenarios.items[i]);
    places_fini(&checking.places);
}
