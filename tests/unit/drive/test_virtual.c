#include "drive/virtual.h"
#include "base/mem.h"
#include "drive/assume.h"
#include "lib/test.h"

#include <unistd.h>

/* One runbook in virtual time, and what was told of it: "SECONDS type path" a line. */
struct stage {
    char path[64];
    struct program program;
    struct assumptions assumptions;
    struct foretold foretold;
    struct text events, data;
};

static void on_event(void *context, const struct event *event)
{
    struct stage *stage = context;

    text_printf(&stage->events, "%lld %s %s\n", (long long)(event->mono_us / 1000000),
        event_type_name(event->type), event->path);
    if (event->data)
        value_canonical(event->data, &stage->data);
}

static void play(struct stage *stage, const char *yaml)
{
    struct diags diags = {0};
    FILE *file;
    int fd;

    snprintf(stage->path, sizeof(stage->path), "/tmp/virtual.XXXXXX");
    fd = mkstemp(stage->path);
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    fputs(yaml, file);
    fclose(file);
    assert_int_equal(program_open(stage->path, &stage->program, &diags), 0);
    stage->assumptions.initiator = (struct principal){"olga", "host", "test"};
    if (!stage->assumptions.params)
        stage->assumptions.params = json_object();
    assume_check(stage->program.book, &stage->assumptions, &diags);
    assert_int_equal(diags.errors, 0);
    stage->foretold = assume_play(&stage->program, &stage->assumptions, on_event, stage);
    diags_fini(&diags);
    unlink(stage->path);
}

static void fini(struct stage *stage)
{
    foretold_fini(&stage->foretold);
    json_decref(stage->assumptions.params);
    json_decref(stage->assumptions.fates);
    json_decref(stage->assumptions.takes);
    json_decref(stage->assumptions.prints);
    json_decref(stage->assumptions.answers);
    text_fini(&stage->events);
    text_fini(&stage->data);
    program_fini(&stage->program);
}

static void assert_told(const struct stage *stage, const char *line)
{
    if (!strstr(text_str(&stage->events), line))
        fail_msg("\"%s\" was not told, but:\n%s", line, text_str(&stage->events));
}

static void assert_not_told(const struct stage *stage, const char *part)
{
    if (strstr(text_str(&stage->events), part))
        fail_msg("\"%s\" was told:\n%s", part, text_str(&stage->events));
}

static void assert_waits_for(const struct stage *stage, const char *path)
{
    assert_int_equal(json_array_size(stage->foretold.waiting), 1);
    assert_string_equal(json_string_value(json_array_get(stage->foretold.waiting, 0)), path);
}

#define ONCALL                                                                                               \
    "contacts: {ana: {name: Ana, channels: [page]}, bo: {name: Bo, channels: [page]}}\n"                     \
    "channels: {page: {uses: command.run, with: {argv: ['false']}}}\n"                                       \
    "policies:\n"                                                                                            \
    "  night:\n"                                                                                             \
    "    levels: [{notify: [ana], escalate_after: 15m}, {notify: [bo], escalate_after: 30m}]\n"              \
    "escalation: {policy: night, message: down}\n"

static void a_wait_takes_virtual_time_and_nothing_else(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n  - {id: rest, wait: 48h}\n");
    assert_int_equal(stage.foretold.end, VIRTUAL_FINISHED);
    assert_int_equal(stage.foretold.status, RUN_SUCCEEDED);
    assert_int_equal(stage.foretold.now_us, 48 * 3600 * INT64_C(1000000));
    assert_told(&stage, "172800 step.finished rest\n");
    fini(&stage);
}

static void nothing_is_performed(void **state)
{
    char path[64], yaml[256];
    struct stage stage = {0};

    (void)state;
    snprintf(path, sizeof(path), "/tmp/virtual-%d.touched", (int)getpid());
    snprintf(yaml, sizeof(yaml), "runbook: r\nsteps:\n  - {id: touch, exec: [touch, %s]}\n", path);
    play(&stage, yaml);
    assert_int_equal(stage.foretold.status, RUN_SUCCEEDED);
    assert_int_equal(access(path, F_OK), -1);
    fini(&stage);
}

static void a_step_that_does_not_end_is_ended_by_its_timeout(void **state)
{
    struct stage stage = {.assumptions.fates = json_pack("{s:s}", "slow", "timeout")};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n  - {id: slow, run: 'true', timeout: 40m}\n");
    assert_int_equal(stage.foretold.status, RUN_FAILED);
    assert_told(&stage, "2400 step.finished slow\n");
    fini(&stage);
}

static void a_step_that_does_not_end_and_has_no_timeout_is_a_finding(void **state)
{
    struct stage stage = {.assumptions.fates = json_pack("{s:s}", "slow", "timeout")};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n  - {id: quick, run: 'true'}\n  - {id: slow, run: 'true'}\n");
    assert_int_equal(stage.foretold.end, VIRTUAL_WAITS);
    assert_waits_for(&stage, "slow");
    fini(&stage);
}

static void a_failure_is_retried_and_rescued_as_in_a_run(void **state)
{
    struct stage stage = {.assumptions.fates = json_pack("{s:s}", "push", "fail")};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n"
                 "  - {id: push, run: 'true', retry: {max_attempts: 3, delay: 1m, backoff: 1}}\n"
                 "rescue:\n  - {id: repair, run: 'true'}\n");
    assert_told(&stage, "1 step.retrying push\n");
    assert_told(&stage, "123 step.finished push#3\n");
    assert_told(&stage, "step.finished repair\n");
    fini(&stage);
}

static void levels_are_paged_at_their_times(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage, "runbook: r\n" ONCALL "steps:\n  - {id: rest, wait: 2h}\n");
    assert_told(&stage, "0 escalation.level !night\n");
    assert_told(&stage, "0 notify.started !night/1/ana/page\n");
    assert_told(&stage, "900 escalation.level !night\n");
    assert_told(&stage, "900 notify.started !night/2/bo/page\n");
    assert_told(&stage, "2700 escalation.exhausted !night\n");
    fini(&stage);
}

static void an_acknowledgement_stops_the_next_level(void **state)
{
    struct stage stage = {.assumptions.ack_ms = 12 * 60 * 1000};

    (void)state;
    play(&stage, "runbook: r\n" ONCALL "steps:\n  - {id: rest, wait: 2h}\n");
    assert_told(&stage, "720 escalation.acknowledged \n");
    assert_not_told(&stage, "/bo/");
    assert_not_told(&stage, "escalation.exhausted");
    fini(&stage);
}

static void a_question_nobody_answers_is_a_finding_with_its_path(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n  - id: outer\n    steps:\n"
                 "      - {id: rest, wait: 1h}\n      - {id: go, approve: {message: go?}}\n");
    assert_int_equal(stage.foretold.end, VIRTUAL_WAITS);
    assert_int_equal(stage.foretold.now_us, 3600 * INT64_C(1000000));
    assert_waits_for(&stage, "outer/go");
    fini(&stage);
}

static void a_signal_that_does_not_come_is_a_finding(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n  - {id: sign, wait: {signal: green}}\n");
    assert_int_equal(stage.foretold.end, VIRTUAL_WAITS);
    assert_waits_for(&stage, "sign");
    fini(&stage);
}

static void looking_for_ever_is_given_up_and_said(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage,
        "runbook: r\nsteps:\n  - {id: look, run: 'true', until: 'false', every: 1h, timeout: 9000d}\n");
    assert_int_equal(stage.foretold.end, VIRTUAL_ENDLESS);
    assert_waits_for(&stage, "look");
    fini(&stage);
}

static void answers_come_from_those_who_may_give_them(void **state)
{
    struct stage stage = {.assumptions.answers = json_pack("{s:s}", "go", "approve"),
        .assumptions.takes = json_pack("{s:s}", "go", "5m")};

    (void)state;
    play(&stage,
        "runbook: r\n" ONCALL "steps:\n  - {id: go, approve: {message: go?, by: [ana, bo], count: 2}}\n");
    assert_told(&stage, "300 step.finished go\n");
    assert_int_equal(json_array_size(stage.foretold.refused), 0);
    assert_int_equal(stage.foretold.status, RUN_SUCCEEDED);
    fini(&stage);
}

static void what_a_step_prints_can_be_given(void **state)
{
    struct stage stage = {.assumptions.prints = json_pack("{s:s}", "count", "{\"n\": 7}")};

    (void)state;
    play(&stage,
        "runbook: r\nsteps:\n  - {id: count, run: 'true', parse: json, outputs: {n: result.output.n}}\n"
        "  - {id: check, assert: steps.count.outputs.n == 7}\n");
    assert_int_equal(stage.foretold.status, RUN_SUCCEEDED);
    assert_int_equal(json_array_size(stage.foretold.unknown), 0);
    fini(&stage);
}

static void an_expression_on_the_unknown_is_told_as_such(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage,
        "runbook: r\nsteps:\n  - {id: count, run: 'true', parse: json, outputs: {n: result.output.n}}\n");
    assert_int_equal(stage.foretold.status, RUN_FAILED);
    assert_int_equal(json_array_size(stage.foretold.unknown), 1);
    fini(&stage);
}

static void secrets_are_not_told(void **state)
{
    struct stage stage = {.assumptions.params = json_pack("{s:s}", "key", "hunter2")};

    (void)state;
    play(&stage, "runbook: r\nparams: {key: {type: string, secret: true}}\nsecrets: {token: {env: NO_SUCH}}\n"
                 "steps:\n  - {id: say, exec: [echo, '${{ params.key }}', '${{ secrets.token }}']}\n");
    assert_int_equal(stage.foretold.status, RUN_SUCCEEDED);
    assert_null(strstr(text_str(&stage.data), "hunter2"));
    assert_non_null(strstr(text_str(&stage.data), "[\"echo\",\"***\",\"${{ secrets.token }}\"]"));
    fini(&stage);
}

static void a_step_that_does_not_exist_is_an_error_with_a_hint(void **state)
{
    struct stage stage = {0};
    struct assumptions wrong = {.fates = json_pack("{s:s}", "psuh", "fail"),
        .takes = json_pack("{s:s}", "push", "soon"),
        .answers = json_pack("{s:s}", "push", "yes")};
    struct diags diags = {0};

    (void)state;
    play(&stage, "runbook: r\nsteps:\n  - {id: push, run: 'true'}\n");
    assume_check(stage.program.book, &wrong, &diags);
    assert_int_equal(diags.errors, 3);
    assert_non_null(strstr(diags.items[0].hint, "push"));
    diags_fini(&diags);
    json_decref(wrong.fates);
    json_decref(wrong.takes);
    json_decref(wrong.answers);
    fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_wait_takes_virtual_time_and_nothing_else),
        test_case(nothing_is_performed),
        test_case(a_step_that_does_not_end_is_ended_by_its_timeout),
        test_case(a_step_that_does_not_end_and_has_no_timeout_is_a_finding),
        test_case(a_failure_is_retried_and_rescued_as_in_a_run),
        test_case(levels_are_paged_at_their_times),
        test_case(an_acknowledgement_stops_the_next_level),
        test_case(a_question_nobody_answers_is_a_finding_with_its_path),
        test_case(a_signal_that_does_not_come_is_a_finding),
        test_case(looking_for_ever_is_given_up_and_said),
        test_case(answers_come_from_those_who_may_give_them),
        test_case(what_a_step_prints_can_be_given),
        test_case(an_expression_on_the_unknown_is_told_as_such),
        test_case(secrets_are_not_told),
        test_case(a_step_that_does_not_exist_is_an_error_with_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
