#include "drive/inside.h"
#include "base/mem.h"
#include "drive/program.h"
#include "lib/test.h"

#include <unistd.h>

/* One run in a journal of its own, and what was told of it. */
struct stage {
    char folder[64], book[96], path[96];
    struct program program;
    struct journal *journal, *other; /* the other as another process would have it open */
    struct loop *loop;
    struct live *live;
    struct live_options options;
    json_t *params;
    struct text events; /* "type path status" a line */
    struct text data;   /* of all events, and all output */
    enum run_status status;
    bool is_over;
    size_t starts, starts_not_durable, asks;
    void (*on_ask)(struct stage *stage, const struct effect *ask);
    void (*on_begun)(struct stage *stage);
};

static bool is_start_of(void *context, const struct event *event)
{
    const char **path = context;

    if (event->type == EVENT_STEP_STARTED && strcmp(event->path, *path) == 0)
        *path = NULL;
    return *path != NULL;
}

/* Asked through the second connection: only what is committed can be seen there. */
static bool is_in_journal(struct stage *stage, const char *path)
{
    assert_int_equal(
        journal_events(stage->other, live_run_id(stage->live), 1, false, is_start_of, &path, NULL), 0);
    return path == NULL;
}

static void on_event(void *context, const struct event *event)
{
    struct stage *stage = context;

    text_printf(&stage->events, "%s %s %s\n", event_type_name(event->type), event->path,
        event->type == EVENT_STEP_FINISHED ? step_status_name((enum step_status)event->status) : "");
    if (event->data)
        value_canonical(event->data, &stage->data);
}

static void on_output(void *context, const char *path, int stream, const char *bytes, size_t len)
{
    (void)path;
    (void)stream;
    text_add(&((struct stage *)context)->data, bytes, len);
}

static void on_effect(void *context, const struct effect *effect)
{
    struct stage *stage = context;

    if (effect->type == EFFECT_START) {
        stage->starts++;
        stage->starts_not_durable += !is_in_journal(stage, effect->path);
        if (stage->on_begun)
            stage->on_begun(stage);
    }
    if (effect->type == EFFECT_ASK) {
        stage->asks++;
        if (stage->on_ask)
            stage->on_ask(stage, effect);
    }
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct stage *stage = context;

    (void)message;
    stage->status = status;
    stage->is_over = true;
    loop_stop(stage->loop);
}

static void write_book(struct stage *stage, const char *text)
{
    FILE *file;

    snprintf(stage->folder, sizeof(stage->folder), "/tmp/runbook-live.XXXXXX");
    assert_non_null(mkdtemp(stage->folder));
    snprintf(stage->book, sizeof(stage->book), "%s/book.yaml", stage->folder);
    snprintf(stage->path, sizeof(stage->path), "%s/journal.db", stage->folder);
    file = fopen(stage->book, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void stage_open(struct stage *stage, const char *text)
{
    struct diags diags = {0};
    struct text problems = {0};

    *stage = (struct stage){0};
    write_book(stage, text);
    if (program_open(stage->book, &stage->program, &diags) < 0) {
        diags_render(&diags, &problems, false);
        fail_msg("%s", text_str(&problems));
    }
    stage->params = params_check(&stage->program.book->documents[0]->params, NULL, false, &diags);
    assert_non_null(stage->params);
    diags_fini(&diags);
    assert_int_equal(journal_open(&(struct journal_options){.path = stage->path}, &stage->journal, NULL), 0);
    assert_int_equal(journal_open(&(struct journal_options){.path = stage->path}, &stage->other, NULL), 0);
    stage->loop = loop_new();
    stage->options = (struct live_options){
        .loop = stage->loop,
        .journal = stage->journal,
        .book = stage->program.book,
        .script = stage->program.script,
        .params = stage->params,
        .initiator = {"tester", "here", "test"},
        .watcher = {.on_event = on_event,
            .on_output = on_output,
            .on_effect = on_effect,
            .on_finished = on_finished,
            .context = stage},
    };
}

static void stage_run(struct stage *stage)
{
    struct err err = {0};

    stage->live = live_new(&stage->options);
    if (live_begin(stage->live, &err) < 0)
        fail_msg("%s", err.text);
    loop_run(stage->loop);
    assert_true(stage->is_over);
}

static void remove_beside(const char *path, const char *suffix)
{
    char *file autofree = mem_printf("%s%s", path, suffix);

    unlink(file);
}

static void stage_close(struct stage *stage)
{
    journal_close(stage->journal);
    live_free(stage->live);
    loop_free(stage->loop);
    journal_close(stage->other);
    program_fini(&stage->program);
    json_decref(stage->params);
    text_fini(&stage->events);
    text_fini(&stage->data);
    unlink(stage->book);
    unlink(stage->path);
    remove_beside(stage->path, "-shm");
    remove_beside(stage->path, "-wal");
    assert_int_equal(rmdir(stage->folder), 0);
}

static bool happened(const struct stage *stage, const char *line)
{
    if (strstr(text_str(&stage->events), line))
        return true;
    print_message("not in:\n%s", text_str(&stage->events));
    return false;
}

static void nothing_is_begun_before_its_order_is_durable(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n"
                       "  - {id: one, exec: [\"true\"]}\n"
                       "  - {id: two, lua: return 1}\n"
                       "  - parallel:\n"
                       "    - {id: three, exec: [\"true\"]}\n"
                       "    - {id: four, exec: [\"true\"]}\n"
                       "  - {id: five, foreach: [1, 2, 3], max_parallel: 2, lua: return item}\n");
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_int_equal(stage.starts, 7);
    assert_int_equal(stage.starts_not_durable, 0);
    stage_close(&stage);
}

static void a_result_and_what_follows_share_one_commit(void **state)
{
    struct stage stage;
    uint64_t before;

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n"
                       "  - lua: return 1\n  - lua: return 1\n  - lua: return 1\n  - lua: return 1\n"
                       "  - lua: return 1\n  - lua: return 1\n  - lua: return 1\n  - lua: return 1\n");
    before = journal_flushes(stage.journal);
    stage_run(&stage);
    /* the run's row, its beginning, and one for each step */
    assert_in_range(journal_flushes(stage.journal) - before, 8, 10);
    stage_close(&stage);
}

static void pure_steps_need_no_commit_of_their_own(void **state)
{
    struct stage stage;
    uint64_t before;

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n"
                       "  - set: {a: 1}\n  - set: {b: 2}\n  - set: {c: 3}\n  - assert: vars.c == 3\n"
                       "  - while: vars.a < 500\n    max_iterations: 1000\n    steps: [{set: {a: \"${{ "
                       "vars.a + 1 }}\"}}]\n");
    before = journal_flushes(stage.journal);
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_in_range(journal_flushes(stage.journal) - before, 1, 4);
    stage_close(&stage);
}

static void a_secret_is_in_no_event_and_no_output(void **state)
{
    struct stage stage;

    (void)state;
    setenv("LIVE_TEST_SECRET", "open-sesame-42", 1);
    stage_open(&stage, "runbook: a\n"
                       "secrets: {s: {env: LIVE_TEST_SECRET}}\n"
                       "steps:\n"
                       "  - id: one\n"
                       "    env: {S: \"${{ secrets.s }}\"}\n"
                       "    exec: [sh, -c, 'echo \"it is $S\"; echo \"no $S\" >&2; exit 3']\n"
                       "    success_when: contains(result.stdout, 'it is')\n");
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_non_null(strstr(text_str(&stage.data), "it is ***"));
    assert_non_null(strstr(text_str(&stage.data), "${{ secrets.s }}"));
    assert_null(strstr(text_str(&stage.data), "open-sesame-42"));
    stage_close(&stage);
}

static void a_secret_that_cannot_be_had_fails_the_step(void **state)
{
    struct stage stage;

    (void)state;
    unsetenv("LIVE_TEST_SECRET");
    stage_open(&stage,
        "runbook: a\n"
        "secrets: {s: {env: LIVE_TEST_SECRET}, c: {command: [sh, -c, \"exit 4\"]}}\n"
        "steps:\n"
        "  - {id: one, env: {S: \"${{ secrets.s }}\"}, exec: [\"true\"], continue_on_error: true}\n"
        "  - {id: two, env: {S: \"${{ secrets.c }}\"}, exec: [\"true\"], continue_on_error: true}\n");
    stage_run(&stage);
    assert_true(happened(&stage, "step.finished one failed"));
    assert_true(happened(&stage, "step.finished two failed"));
    assert_non_null(strstr(text_str(&stage.data), "LIVE_TEST_SECRET is not set"));
    assert_non_null(strstr(text_str(&stage.data), "exited with 4"));
    stage_close(&stage);
}

static void say_approve(struct stage *stage, const struct effect *ask)
{
    json_t *data = json_pack("{s:s}", "decision", "approve");
    struct input input = {
        .type = INPUT_ANSWER, .path = ask->path, .name = "", .by = {"ana", "there", "test"}, .data = data};
    struct input wrong = input;
    struct err err = {0};

    wrong.path = "nowhere";
    assert_true(live_say(stage->live, &wrong, &err) < 0);
    assert_true(*err.text);
    assert_int_equal(live_say(stage->live, &input, NULL), 0);
    json_decref(data);
}

static void a_person_answers_at_once(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(
        &stage, "runbook: a\nsteps:\n  - {id: go, approve: {message: Go?}}\n  - {id: on, lua: return 1}\n");
    stage.on_ask = say_approve;
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_true(happened(&stage, "ask.answered go"));
    assert_true(happened(&stage, "step.finished on succeeded"));
    stage_close(&stage);
}

static void prepared_answers_are_given(void **state)
{
    struct stage stage;
    json_t *answers = json_pack("{s:{s:i}}", "form", "n", 7);

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n"
                       "  - {id: form, input: {message: How many?, fields: {n: {type: integer}}}}\n"
                       "  - {id: hand, manual: {instructions: Do it., checklist: [one, two]}}\n"
                       "  - {id: go, approve: {message: Go?}}\n"
                       "  - {assert: steps.form.answer.n == 7}\n");
    stage.options.answers = answers;
    stage.options.yes = true;
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_int_equal(stage.asks, 3);
    stage_close(&stage);
    json_decref(answers);
}

static void put(struct stage *stage, const char *verb, const char *path, const char *name, json_t *data)
{
    struct inbox_item item = {.verb = verb,
        .path = path,
        .name = name,
        .by = {"bo", "elsewhere", "test"},
        .data = data,
        .wall_us = 1};

    assert_int_equal(journal_inbox_put(stage->other, live_run_id(stage->live), &item, NULL), 0);
}

static void put_three(struct stage *stage, const struct effect *ask)
{
    (void)ask;
    put(stage, "note", "", "seen it", NULL);
    put(stage, "approve", "elsewhere", "", NULL);
    put(stage, "approve", "go", "", NULL);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    while ((text = strstr(text, what))) {
        n++;
        text++;
    }
    return n;
}

static bool no_item(void *context, const struct inbox_item *item)
{
    (void)item;
    ++*(int *)context;
    return true;
}

static void the_inbox_is_taken_in_once_and_what_does_not_fit_is_noted(void **state)
{
    struct stage stage;
    int left = 0;

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n  - {id: go, approve: {message: Go?}}\n");
    stage.on_ask = put_three;
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_int_equal(count(text_str(&stage.events), "note.added"), 2);
    assert_int_equal(count(text_str(&stage.events), "ask.answered"), 1);
    assert_non_null(strstr(text_str(&stage.data), "was refused"));
    assert_int_equal(journal_inbox_read(stage.other, live_run_id(stage.live), no_item, &left, NULL), 0);
    assert_int_equal(left, 0);
    stage_close(&stage);
}

static void park_soon(void *context)
{
    live_park(((struct stage *)context)->live);
}

static void park_when_begun(struct stage *stage)
{
    loop_defer(stage->loop, park_soon, stage);
}

static void parking_stops_everything_and_leaves_the_run_open(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage,
        "runbook: a\nsteps:\n  - {id: one, exec: [sleep, \"60\"]}\nalways:\n  - {id: tidy, lua: return 1}\n");
    stage.on_begun = park_when_begun;
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_INTERRUPTED);
    assert_null(strstr(text_str(&stage.events), "step.finished"));
    assert_null(strstr(text_str(&stage.events), "tidy"));
    assert_int_equal(
        live_say(stage.live, &(struct input){.type = INPUT_CANCEL, .name = "", .by = {"a", "b", "c"}}, NULL),
        ERR_USAGE);
    stage_close(&stage);
}

static void park_and_let_the_lease_be_due(void *context)
{
    struct stage *stage = context;

    live_park(stage->live);
    stage->live->lease_until_us = 0;
    hold_keep(stage->live);
}

static void park_when_the_lease_is_due(struct stage *stage)
{
    loop_defer(stage->loop, park_and_let_the_lease_be_due, stage);
}

static void an_engine_does_not_hold_again_what_it_has_left(void **state)
{
    struct stage stage;
    struct run_row *row;

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n  - {id: one, exec: [sleep, \"60\"]}\n");
    stage.on_begun = park_when_the_lease_is_due;
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_INTERRUPTED);
    assert_int_equal(journal_flush(stage.journal, 5000, NULL), 0);
    row = journal_get_run(stage.other, live_run_id(stage.live), NULL);
    assert_non_null(row);
    assert_int_equal(row->lease_until_us, 0);
    run_row_free(row);
    stage_close(&stage);
}

static void timers_fire_in_the_time_of_the_run(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, "runbook: a\nsteps:\n"
                       "  - {id: pause, wait: 60ms}\n"
                       "  - {id: late, exec: [sleep, \"60\"], timeout: 60ms, continue_on_error: true}\n");
    stage_run(&stage);
    assert_int_equal(stage.status, RUN_SUCCEEDED);
    assert_true(happened(&stage, "step.finished pause succeeded"));
    assert_true(happened(&stage, "step.finished late failed"));
    assert_in_range(live_now_us(stage.live), 120 * 1000, 5000 * 1000);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(nothing_is_begun_before_its_order_is_durable),
        test_case(a_result_and_what_follows_share_one_commit),
        test_case(pure_steps_need_no_commit_of_their_own),
        test_case(a_secret_is_in_no_event_and_no_output),
        test_case(a_secret_that_cannot_be_had_fails_the_step),
        test_case(a_person_answers_at_once),
        test_case(prepared_answers_are_given),
        test_case(the_inbox_is_taken_in_once_and_what_does_not_fit_is_noted),
        test_case(parking_stops_everything_and_leaves_the_run_open),
        test_case(an_engine_does_not_hold_again_what_it_has_left),
        test_case(timers_fire_in_the_time_of_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
