/* judge: what was kept of a run, held against what is expected. */
#include "base/duration.h"
#include "report/verdict_inside.h"

#include <string.h>

/* --- failures --- */

json_t *failure_of(const struct diag *diag)
{
    struct diags diags = {.items = (struct diag *)diag, .len = 1};
    json_t *list autovalue = diags_json(&diags);

    return json_incref(json_array_get(list, 0));
}

/* Takes over `expected` and `actual`. */
static json_t *fail(json_t *failures, struct pos pos, const char *name, json_t *expected, json_t *actual,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

static json_t *fail(json_t *failures, struct pos pos, const char *name, json_t *expected, json_t *actual,
    const char *format, ...)
{
    char message[500];
    struct diag diag = {.level = DIAG_ERROR, .name = name, .pos = pos, .text = message};
    json_t *failure;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    failure = failure_of(&diag);
    json_object_set_new(failure, "expectation", json_string(name));
    if (expected)
        json_object_set_new(failure, "expected", expected);
    if (actual)
        json_object_set_new(failure, "actual", actual);
    json_array_append_new(failures, failure);
    return failure;
}

static void set_hint(json_t *failure, const char *hint)
{
    json_object_set_new(failure, "hint", json_string(hint));
}

/* It is about one of the steps, and about when that ended. */
static void set_step(json_t *failure, const struct came *came)
{
    json_object_set_new(failure, "expectation", json_string("steps"));
    if (came)
        json_object_set_new(failure, "at_us", json_integer(came->at_us));
}

static void set_moment(json_t *failure, int64_t at_us)
{
    json_object_set_new(failure, "at_us", json_integer(at_us));
}

/* Where the expectation of this name stands. */
static struct pos place_of(const struct expectation *expect, const char *key)
{
    for (size_t i = 0; i < expect->keys.len; i++)
        if (strcmp(expect->keys.names[i], key) == 0)
            return expect->keys.pos[i];
    return expect->pos;
}

/* --- the run as a whole --- */

static const char *const status_names[] = {
    [EXPECTED_SUCCEEDED] = "succeeded", [EXPECTED_FAILED] = "failed", [EXPECTED_CANCELLED] = "cancelled"};

static void judge_status(const struct verdict *verdict, const char *message, json_t *failures)
{
    const struct expectation *expect = verdict->expect;
    const char *status = verdict_status(verdict), *wanted = status_names[expect->status];

    if (strcmp(status, wanted) != 0)
        fail(failures, place_of(expect, "status"), "status", json_string(wanted), json_string(status),
            "the run must end as %s, and ends as %s%s%.300s", wanted, status, message ? ": " : "",
            message ? message : "");
}

/* That a run has not ended at all is told elsewhere. */
static void judge_end(const struct verdict *verdict, json_t *failures)
{
    const struct expectation *expect = verdict->expect;
    const char *message = value_get_string(verdict->end, "message");

    if (verdict->status < 0)
        return;
    if (expect->status != EXPECTED_ANY)
        judge_status(verdict, message, failures);
    if (expect->class_ && strcmp(expect->class_, fail_class_name(verdict->class_)) != 0)
        fail(failures, place_of(expect, "class"), "class", json_string(expect->class_),
            json_string(fail_class_name(verdict->class_)), "the run must fail with class %s, not %s",
            expect->class_, verdict->class_ ? fail_class_name(verdict->class_) : "none");
    if (expect->message && !(message && glob_fits(expect->message, message)))
        fail(failures, place_of(expect, "message"), "message", json_string(expect->message),
            message ? json_string(message) : json_null(),
            "the run must end with the message \"%.200s\", not \"%.200s\"", expect->message,
            message ? message : "");
}

static void judge_counts(const struct verdict *verdict, json_t *failures)
{
    const struct expectation *expect = verdict->expect;
    json_int_t warnings = json_integer_value(json_object_get(verdict->end, "warnings"));

    if (expect->warnings.given && verdict->end && warnings != expect->warnings.value)
        fail(failures, place_of(expect, "warnings"), "warnings", json_integer(expect->warnings.value),
            json_integer(warnings), "there must be %lld warnings, and there are %lld",
            (long long)expect->warnings.value, (long long)warnings);
}

static void judge_bound(const struct verdict *verdict, const struct amount *bound, const char *words,
    bool is_kept, json_t *failures)
{
    char wanted[DURATION_TEXT_SIZE], actual[DURATION_TEXT_SIZE];

    if (!bound->given || is_kept)
        return;
    duration_exact(bound->value, wanted);
    duration_exact(verdict->now_us / 1000, actual);
    fail(failures, verdict->expect->duration->pos, "duration", json_string(wanted), json_string(actual),
        "the run must take %s%s, and takes %s", words, wanted, actual);
}

static void judge_duration(const struct verdict *verdict, json_t *failures)
{
    const struct duration_expected *duration = verdict->expect->duration;
    int64_t took_ms = verdict->now_us / 1000;

    if (!duration)
        return;
    judge_bound(verdict, &duration->exactly, "", took_ms == duration->exactly.value, failures);
    judge_bound(verdict, &duration->min, "at least ", took_ms >= duration->min.value, failures);
    judge_bound(verdict, &duration->max, "at most ", took_ms <= duration->max.value, failures);
}

static void judge_outputs(const struct verdict *verdict, json_t *failures)
{
    const struct expectation *expect = verdict->expect;
    json_t *actual = json_object_get(verdict->end, "outputs"), *failure;

    if (!expect->outputs || json_equal(expect->outputs, actual) ||
        (!actual && json_object_size(expect->outputs) == 0))
        return;
    failure = fail(failures, place_of(expect, "outputs"), "outputs", json_incref(expect->outputs),
        json_incref(actual), "the run's outputs are others");
    json_object_set_new(failure, "diff", diff_maps(expect->outputs, actual));
}

/* --- steps --- */

static json_t *in_result(const struct came *came, const char *key)
{
    return json_incref(json_object_get(json_object_get(came->data, "result"), key));
}

static json_t *in_data(const struct came *came, const char *key)
{
    return json_incref(json_object_get(came->data, key));
}

/* Those that the step declares, else those that came. */
static json_t *outputs_of(const struct came *came, const char *key)
{
    json_t *declared = in_data(came, key);

    return declared ? declared : in_result(came, key);
}

static json_t *class_of(const struct came *came, const char *key)
{
    (void)key;
    return came->class_ ? json_string(fail_class_name(came->class_)) : NULL;
}

static json_t *attempts_of(const struct came *came, const char *key)
{
    (void)key;
    return json_integer(came->attempts);
}

static json_t *exit_code_of(const struct came *came, const char *key)
{
    (void)key;
    return came->exit_code >= 0 ? json_integer(came->exit_code) : NULL;
}

/* What `steps.<id>` would have. */
static const struct {
    const char *name;
    json_t *(*get)(const struct came *came, const char *name);
    bool is_glob;
} properties[STEP_PROPERTIES] = {
    [STEP_CLASS] = {"class", class_of, false},
    [STEP_MESSAGE] = {"message", in_data, true},
    [STEP_ATTEMPTS] = {"attempts", attempts_of, false},
    [STEP_EXIT_CODE] = {"exit_code", exit_code_of, false},
    [STEP_STDOUT] = {"stdout", in_result, true},
    [STEP_STDERR] = {"stderr", in_result, true},
    [STEP_OUTPUT] = {"output", in_result, false},
    [STEP_OUTPUTS] = {"outputs", outputs_of, false},
    [STEP_ANSWER] = {"answer", in_data, false},
    [STEP_BY] = {"by", in_data, false},
};

json_t *came_property(const struct came *came, enum step_property property)
{
    return properties[property].get(came, properties[property].name);
}

const char *property_name(enum step_property property)
{
    return properties[property].name;
}

static void judge_property(
    const struct step_expected *expected, const struct came *came, size_t property, json_t *failures)
{
    json_t *wanted = expected->properties[property];
    json_t *actual autovalue = wanted ? came_property(came, (enum step_property)property) : NULL;
    char *wanted_text autofree = NULL, *actual_text autofree = NULL;

    if (!wanted || value_fits(wanted, actual, properties[property].is_glob))
        return;
    wanted_text = json_dumps(wanted, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    actual_text = actual ? json_dumps(actual, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    set_step(fail(failures, expected->pos, properties[property].name, json_incref(wanted),
                 json_incref(actual), "step %s must have %s %.150s, and has %.150s", came->path,
                 properties[property].name, wanted_text, actual_text ? actual_text : "none"),
        came);
}

static void judge_step(const struct step_expected *expected, const struct came *came, json_t *failures)
{
    const char *message = value_get_string(came->data, "message");
    const char *actual = came->status == STEP_PENDING ? "not ended" : step_status_name(came->status);

    if (expected->status == STEP_NEVER)
        set_step(fail(failures, expected->pos, "status", json_string("never"), json_string(actual),
                     "step %s must not be reached, and it has %s", came->path, actual),
            came);
    else if (expected->status != STEP_PENDING && expected->status != (int)came->status)
        set_step(fail(failures, expected->pos, "status",
                     json_string(step_status_name((enum step_status)expected->status)), json_string(actual),
                     "step %s must be %s, and is %s%s%.200s", came->path,
                     step_status_name((enum step_status)expected->status), actual, message ? ": " : "",
                     message ? message : ""),
            came);
    for (size_t i = 0; i < STEP_PROPERTIES; i++)
        judge_property(expected, came, i, failures);
}

static void tell_unreached(const struct step_expected *expected, json_t *failures)
{
    const char *wanted =
        expected->status == STEP_PENDING ? "any" : step_status_name((enum step_status)expected->status);
    json_t *failure = fail(failures, expected->pos, "status", json_string(wanted), json_string("never"),
        "step %s was not reached", expected->pattern.text);

    set_hint(
        failure, "the run ended before it, or another branch was taken; if that is right, expect `never`");
    set_step(failure, NULL);
}

static void judge_steps_of(struct verdict *verdict, const struct step_expected *expected, json_t *failures)
{
    size_t exact = (size_t)map_get(&verdict->by_path, expected->pattern.text), found = 0;

    if (exact) {
        judge_step(expected, &verdict->came[exact - 1], failures);
        return;
    }
    for (size_t i = 0; i < verdict->came_count; i++) {
        path_forms_set(&verdict->forms, verdict->came[i].path);
        if (!path_fits(&expected->pattern, &verdict->forms))
            continue;
        judge_step(expected, &verdict->came[i], failures);
        found++;
    }
    if (!found && expected->status != STEP_NEVER)
        tell_unreached(expected, failures);
}

/* --- lists --- */

bool order_fits(const char *wanted, const char *path)
{
    struct arena arena = {0};
    struct path_pattern pattern = path_pattern_of(&arena, wanted);
    struct path_forms forms = {0};
    bool is_fit;

    path_forms_set(&forms, path);
    is_fit = path_fits(&pattern, &forms);
    path_forms_fini(&forms);
    arena_fini(&arena);
    return is_fit;
}

/* A list of things that must happen in this order; others may happen between. */
static const struct sequence {
    const char *name, *before, *after; /* what did not happen, around its name */
    line_fits is_fit;
} steps_begun = {"order", "step ", " did not begin", order_fits},
  events_told = {"journal", "no event fits ", "", glob_fits};

static void judge_sequence(const struct sequence *sequence, const struct strings *wanted,
    const struct lines *actual, json_t *failures)
{
    size_t reached = lines_in_order(wanted, actual, sequence->is_fit);
    int64_t at_us = lines_missed_at(wanted, actual, sequence->is_fit);
    json_t *failure;

    if (reached == wanted->len)
        return;
    failure = fail(failures, wanted->pos[reached], sequence->name, strings_json(wanted), NULL,
        "%s\"%.150s\"%s%s%.150s%s", sequence->before, wanted->items[reached], sequence->after,
        reached ? " after \"" : "", reached ? wanted->items[reached - 1] : "", reached ? "\"" : "");
    json_object_set_new(failure, "diff", diff_lines(wanted, actual, sequence->is_fit));
    if (at_us >= 0)
        set_moment(failure, at_us);
}

/* --- who was notified --- */

static bool is_told(const struct notified *wanted, const struct message *message)
{
    return wanted->contact && strcmp(wanted->contact, message->target) == 0 &&
           (!wanted->channel || strcmp(wanted->channel, message->channel) == 0) &&
           (!wanted->at.given || wanted->at.value * 1000 == message->at_us);
}

static char *message_line(const char *target, const char *channel, bool has_at, int64_t at_ms)
{
    char at[DURATION_TEXT_SIZE];

    return mem_printf("%s%s%s%s%s", target, channel ? " by " : "", channel ? channel : "",
        has_at ? " at +" : "", has_at ? duration_exact(at_ms, at) : "");
}

static json_t *diff_messages(const struct verdict *verdict)
{
    const struct items *wanted = &verdict->expect->notified;
    json_t *diff = json_array();
    size_t next = 0;

    for (size_t i = 0; i < verdict->message_count; i++) {
        const struct message *message = &verdict->messages[i];
        bool is_wanted = next < wanted->len && is_told(wanted->items[next], message);
        char *line autofree = message_line(message->target, message->channel, true, message->at_us / 1000);

        if (message->has_failed)
            continue;
        json_array_append_new(diff, json_sprintf("%c %s", is_wanted ? ' ' : '+', line));
        next += is_wanted;
    }
    for (; next < wanted->len; next++) {
        const struct notified *one = wanted->items[next];
        char *line autofree = message_line(one->contact, one->channel, one->at.given, one->at.value);

        json_array_append_new(diff, json_sprintf("- %s", line));
    }
    return diff;
}

static void judge_notified(const struct verdict *verdict, json_t *failures)
{
    const struct items *wanted = &verdict->expect->notified;
    const struct message *other = NULL; /* the first that is not as expected */
    size_t next = 0, told = 0;
    json_t *failure;

    if (!wanted->items)
        return;
    for (size_t i = 0; i < verdict->message_count; i++) {
        const struct message *message = &verdict->messages[i];

        if (message->has_failed)
            continue;
        told++;
        if (!other && next < wanted->len && is_told(wanted->items[next], message))
            next++;
        else if (!other)
            other = message;
    }
    if (!other && next == wanted->len)
        return;
    failure = fail(failures,
        next < wanted->len ? ((const struct notified *)wanted->items[next])->pos
                           : place_of(verdict->expect, "notified"),
        "notified", NULL, NULL, "others are notified than expected: %zu expected, %zu notified", wanted->len,
        told);
    json_object_set_new(failure, "diff", diff_messages(verdict));
    if (other)
        set_moment(failure, other->at_us);
}

void verdict_judge(struct verdict *verdict, json_t *failures)
{
    const struct expectation *expect = verdict->expect;

    judge_end(verdict, failures);
    judge_counts(verdict, failures);
    judge_duration(verdict, failures);
    for (size_t i = 0; i < expect->steps.len; i++)
        judge_steps_of(verdict, expect->steps.items[i], failures);
    judge_sequence(&steps_begun, &expect->order, &verdict->begun, failures);
    judge_notified(verdict, failures);
    judge_outputs(verdict, failures);
    judge_sequence(&events_told, &expect->journal, &verdict->journal, failures);
}
