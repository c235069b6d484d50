#include "load/scenario.h"
#include "base/clock.h"
#include "load/decode.h"
#include "load/file.h"

#include <string.h>

/* --- what follows from what is written --- */

/* Exactly one thing is done; a note may go with the answer to a question. */
static void finish_person(struct decoder *d, struct person *person)
{
    size_t acts = 0;
    struct diag *diag;

    for (size_t i = 0; i < PERSON_ACTS; i++)
        if (person->acts[i] && (i != PERSON_NOTE || !acts)) {
            person->does = (enum person_does)i;
            acts++;
        }
    if (acts == 1)
        return;
    diag = diag_error(d->diags, person->pos, "wrong-value",
        acts ? "only one thing can be done at a time" : "it is not said what is done");
    diag_hint(d->diags, diag,
        "give one of ack, resolve, escalate, snooze, approve, deny, done, check, fail, answer, cancel, kill, "
        "note%s",
        acts ? "; what else is done is an entry of its own" : "");
}

static void finish_mock(struct decoder *d, struct mock *mock, const char *name)
{
    static const char notify[] = "notify:";

    mock->name = name;
    mock->is_notify = strncmp(name, notify, strlen(notify)) == 0;
    mock->pattern = path_pattern_of(d->arena, mock->is_notify ? name + strlen(notify) : name);
}

/* A map where only a map makes sense. */
static void want_map(struct decoder *d, struct pos pos, const char *name, const json_t *value)
{
    if (value && !json_is_object(value))
        diag_hint(d->diags,
            diag_error(
                d->diags, pos, "wrong-type", "\"%s\" must be a mapping, not a %s", name, value_type(value)),
            "write names and values: %s: {name: value}", name);
}

static void want_number(struct decoder *d, struct pos pos, const char *name, const struct amount *amount)
{
    if (amount->expr)
        diag_hint(d->diags,
            diag_error(d->diags, pos, "wrong-type", "\"%s\": ${{ }} is not replaced here", name),
            "write the number itself");
}

static void finish_answers(struct decoder *d, const struct mock *mock)
{
    for (size_t i = 0; i < mock->answers.len; i++) {
        const struct answer *answer = mock->answers.items[i];

        want_number(d, answer->pos, "takes", &answer->takes);
        want_number(d, answer->pos, "exit_code", &answer->exit_code);
        want_number(d, answer->pos, "status_code", &answer->status_code);
        want_map(d, answer->pos, "headers", answer->headers);
        want_map(d, answer->pos, "outputs", answer->outputs);
        want_map(d, answer->pos, "match", answer->match);
    }
}

static void finish_expect(struct decoder *d, struct expectation *expect)
{
    for (size_t i = 0; i < expect->steps.len; i++)
        ((struct step_expected *)expect->steps.items[i])->pattern =
            path_pattern_of(d->arena, expect->steps.names[i]);
    want_number(d, expect->pos, "warnings", &expect->warnings);
    want_map(d, expect->pos, "outputs", expect->outputs);
    if (expect->class_ && fail_class_parse(expect->class_) <= 0)
        diag_hint(d->diags,
            diag_error(d->diags, expect->pos, "wrong-value", "there is no class \"%s\"", expect->class_),
            "the classes are in the language's page, section 5");
}

static void finish_start(struct decoder *d, struct scenario *scenario)
{
    static const char beginning[] = "2026-01-01T00:00:00Z";
    struct err err;

    if (!scenario->at)
        scenario->at = beginning;
    if (!scenario->initiator)
        scenario->initiator = "tester";
    if (instant_parse(scenario->at, &scenario->wall_us, &err) < 0)
        diag_error(d->diags, scenario->pos, "instant", "\"at\": %s", err.text);
    want_map(d, scenario->pos, "params", scenario->params);
    want_map(d, scenario->pos, "event", scenario->event);
}

static void finish_scenario(struct decoder *d, struct scenario *scenario)
{
    finish_start(d, scenario);
    for (size_t i = 0; i < scenario->mocks.len; i++) {
        finish_mock(d, scenario->mocks.items[i], scenario->mocks.names[i]);
        finish_answers(d, scenario->mocks.items[i]);
    }
    if (scenario->default_mock)
        finish_answers(d, scenario->default_mock);
    for (size_t i = 0; i < scenario->people.len; i++)
        finish_person(d, scenario->people.items[i]);
    if (scenario->expect)
        finish_expect(d, scenario->expect);
}

static void check_names(struct decoder *d, const struct items *scenarios)
{
    struct map names = {0};

    for (size_t i = 0; i < scenarios->len; i++) {
        struct scenario *scenario = scenarios->items[i], *before;

        if (!scenario->name)
            continue;
        before = map_put(&names, scenario->name, scenario);
        if (before)
            diag_hint(d->diags,
                diag_error(d->diags, scenario->pos, "duplicate-name", "a scenario \"%s\" is there already",
                    scenario->name),
                "it begins in line %u; give each a name of its own", before->pos.line);
    }
    map_fini(&names);
}

/* --- the file --- */

/* "x.test.yaml" is about "x.yaml" beside it. */
static const char *runbook_of(struct decoder *d, const char *path, const char *written)
{
    const char *slash = strrchr(path, '/'), *test;
    int dir = slash && !(written && *written == '/') ? (int)(slash - path) + 1 : 0;

    if (written)
        return arena_printf(d->arena, "%.*s%s", dir, path, written);
    test = strstr(slash ? slash : path, ".test.");
    return test ? arena_printf(d->arena, "%.*s%s", (int)(test - path), path, test + strlen(".test")) : NULL;
}

static void finish_file(struct decoder *d, struct scenario_file *file)
{
    const char *path = runbook_of(d, file->source->path, file->runbook);

    if (!path)
        diag_hint(d->diags,
            diag_error(d->diags, file->pos, "missing-key", "it is not said which runbook is tested"),
            "add a line such as \"runbook: restart.yaml\", or call the file restart.test.yaml");
    file->runbook = path;
    check_names(d, &file->scenarios);
    for (size_t i = 0; i < file->scenarios.len; i++)
        finish_scenario(d, file->scenarios.items[i]);
}

/* Where each expectation stands, for who tells that it was not met. */
static void note_keys(struct decoder *d, const struct node *map, struct items *keys)
{
    keys->names = arena_alloc(d->arena, map->len * sizeof(*keys->names));
    keys->pos = arena_alloc(d->arena, map->len * sizeof(*keys->pos));
    for (; keys->len < map->len; keys->len++) {
        keys->names[keys->len] = map->pairs[keys->len].key->text;
        keys->pos[keys->len] = decode_pos(d, map->pairs[keys->len].key);
    }
}

/* Line 0: it is not written. */
static struct pos key_place(struct decoder *d, const struct node *map, const char *name)
{
    for (size_t i = 0; map->type == NODE_MAP && i < map->len; i++)
        if (strcmp(map->pairs[i].key->text, name) == 0)
            return decode_pos(d, map->pairs[i].key);
    return (struct pos){0};
}

static void note_places(struct decoder *d, const struct node *root, const struct scenario_file *file)
{
    const struct node *list = node_get(root, "scenarios");

    for (size_t i = 0; list && list->type == NODE_LIST && i < file->scenarios.len; i++) {
        struct scenario *scenario = file->scenarios.items[i];
        const struct node *expect = node_get(list->items[i], "expect");

        scenario->params_pos = key_place(d, list->items[i], "params");
        if (scenario->expect && expect && expect->type == NODE_MAP)
            note_keys(d, expect, &scenario->expect->keys);
    }
}

static void decode(struct decoder *d, struct scenario_file *file)
{
    struct arena nodes = {0};
    struct tree tree = {.source = file->source, .diags = d->diags, .nodes = &nodes, .texts = d->arena};

    tree_read(&tree);
    if (tree.root)
        decode_into(d, &scenario_section, &(struct spot){NULL, scenario_section.name, tree.root}, file);
    if (tree.root && file->scenarios.len)
        note_places(d, tree.root, file);
    if (!tree.root && !tree.is_broken)
        diag_hint(d->diags, diag_error(d->diags, file->pos, "wrong-type", "the file is empty"),
            "begin with a line \"scenarios:\" and a list of them");
    arena_fini(&nodes);
}

struct scenario_file *load_scenarios(const char *path, struct diags *diags)
{
    struct scenario_file *file;
    struct document *store;
    struct decoder d;
    struct err err;
    size_t len;
    char *text autofree = file_read(NULL, path, &len, &err);

    if (!text) {
        diag_error(diags, (struct pos){0}, "unreadable", "%s", err.text);
        return NULL;
    }
    store = document_new();
    file = arena_alloc(&store->arena, sizeof(*file));
    file->store = store;
    file->source = arena_alloc(&store->arena, sizeof(*file->source));
    *file->source = (struct source){.path = arena_strdup(&store->arena, path),
        .text = arena_strndup(&store->arena, text, len),
        .len = len};
    file->pos = (struct pos){file->source, 1, 1, 1};
    d = (struct decoder){.document = store, .arena = &store->arena, .source = file->source, .diags = diags};
    decode(&d, file);
    finish_file(&d, file);
    return file;
}

void scenario_file_free(struct scenario_file *file)
{
    if (file)
        document_free(file->store);
}
