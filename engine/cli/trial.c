#include "cli/trial.h"
#include "base/clock.h"
#include "load/scenario.h"
#include "report/failure.h"

#include <string.h>

void suite_open(const char *path, struct suite *ret_suite, struct diags *diags)
{
    size_t before;

    *ret_suite = (struct suite){.file = load_scenarios(path, diags)};
    if (!ret_suite->file || !ret_suite->file->runbook)
        return;
    before = diags->errors;
    program_open(ret_suite->file->runbook, &ret_suite->program, diags);
    if (!ret_suite->program.book || diags->errors > before)
        return;
    scenarios_check(ret_suite->file, ret_suite->program.book, diags);
    ret_suite->is_sound = diags->errors == 0;
}

void suite_fini(struct suite *suite)
{
    coverage_free(suite->coverage);
    program_fini(&suite->program);
    scenario_file_free(suite->file);
}

/* --- one scenario --- */

struct watching {
    struct verdict *verdict;
    struct coverage *coverage;
};

static void on_event(void *context, const struct event *event)
{
    const struct watching *watching = context;

    verdict_note(watching->verdict, event);
    if (watching->coverage)
        coverage_add(watching->coverage, event);
}

static bool is_same_place(struct pos a, struct pos b)
{
    return a.line == b.line && a.column == b.column;
}

/* What was refused was refused when it came: the events around are those of that time. */
static void set_moment(const struct scenario *scenario, const struct diag *problem, json_t *failure)
{
    if (strcmp(problem->name, "refused") != 0)
        return;
    for (size_t i = 0; i < scenario->people.len; i++) {
        const struct person *person = scenario->people.items[i];

        if (is_same_place(person->pos, problem->pos))
            json_object_set_new(failure, "at_us", json_integer(person->at.value * 1000));
    }
}

static void add_problems(const struct scenario *scenario, const struct diags *problems, json_t *failures)
{
    for (size_t i = 0; i < problems->len; i++) {
        json_t *failure = failure_of(&problems->items[i]);

        set_moment(scenario, &problems->items[i], failure);
        json_array_append_new(failures, failure);
    }
}

static const char *const endings[] = {
    [VIRTUAL_FINISHED] = NULL,
    [VIRTUAL_WAITS] = "nothing is due any more: this run would wait for ever",
    [VIRTUAL_ENDLESS] = "the run was given up: it goes on and on",
};

/* A run that does not end is a finding, whatever was expected. */
static void add_finding(
    const struct scenario *scenario, const struct scene_outcome *outcome, json_t *failures)
{
    struct diag diag = {.level = DIAG_ERROR,
        .name = outcome->end == VIRTUAL_WAITS ? "waits-for-ever" : "endless",
        .pos = scenario->pos,
        .hint = "give what waits a `timeout`, or let somebody act under `people` or `signals`"};
    struct text text autotext = {0};
    json_t *path;
    size_t i;

    if (!endings[outcome->end])
        return;
    text_puts(&text, endings[outcome->end]);
    json_array_foreach(outcome->waiting, i, path)
        text_printf(&text, "%s %s", i ? "," : ", in", json_string_value(path));
    diag.text = text_str(&text);
    json_array_append_new(failures, failure_of(&diag));
}

static json_t *result_of(const struct suite *suite, const struct scenario *scenario,
    const struct verdict *verdict, const struct scene_outcome *outcome, json_t *failures)
{
    const char *status = verdict_status(verdict);

    return json_pack("{s:s, s:s, s:i, s:s, s:s?, s:f, s:o}", "file", suite->file->source->path, "scenario",
        scenario->name, "line", (int)scenario->pos.line, "status",
        json_array_size(failures) ? "failed" : "passed", "run", status, "seconds",
        (double)outcome->now_us / 1e6, "failures", failures);
}

/* Once more, for the sake of the account: it goes the same way again. */
static void add_fact(void *context, const struct event *event)
{
    facts_add(context, event);
}

static json_t *retell(const struct suite *suite, const struct scenario *scenario)
{
    const struct document *document = suite->program.book->documents[0];
    struct run_row row = {.id = "test", .runbook = document->id, .started_us = scenario->wall_us};
    struct diags problems = {0};
    struct scene *scene = scene_new(&suite->program, scenario, &problems);
    struct scene_outcome outcome;
    struct facts facts;
    json_t *timeline;

    facts_init(&facts, &row);
    scene_play(scene, add_fact, &facts, &outcome);
    facts_end(&facts, scenario->wall_us + outcome.now_us);
    timeline = failure_timeline(&facts);
    facts_fini(&facts);
    scene_outcome_fini(&outcome);
    scene_free(scene);
    diags_fini(&problems);
    return timeline;
}

/* What did not fit the run has to be put right by its author: expectations are not to be blamed for it. */
static bool are_expectations(const json_t *failures)
{
    json_t *failure;
    size_t i;

    json_array_foreach(
        (json_t *)failures, i, failure) if (!json_object_get(failure, "expectation")) return false;
    return true;
}

json_t *trial(
    const struct suite *suite, const struct scenario *scenario, struct verdict *verdict, bool wants_actual)
{
    struct diags problems = {0};
    struct scene *scene = scene_new(&suite->program, scenario, &problems);
    struct watching watching = {verdict, suite->coverage};
    struct scene_outcome outcome;
    json_t *failures = json_array(), *result;
    int64_t began_us = clock_mono_us();

    verdict_begin(verdict, scenario->expect);
    if (scene_play(scene, on_event, &watching, &outcome) == 0) {
        add_finding(scenario, &outcome, failures);
        verdict_judge(verdict, failures);
    }
    add_problems(scenario, &problems, failures);
    result = result_of(suite, scenario, verdict, &outcome, failures);
    if (wants_actual && verdict_status(verdict) && are_expectations(failures) &&
        (json_array_size(failures) || !scenario->expect))
        json_object_set_new(result, "actual", verdict_actual(verdict, scenario->expect != NULL, failures));
    if (json_array_size(failures))
        json_object_set_new(result, "timeline", retell(suite, scenario));
    json_object_set_new(result, "took", json_real((double)(clock_mono_us() - began_us) / 1e6));
    scene_outcome_fini(&outcome);
    scene_free(scene);
    diags_fini(&problems);
    return result;
}
