/* What is written is what is read. */
#include "lib/test.h"
#include "unit/journal/sample.h"

static void a_run_is_created_and_read_back(void **state)
{
    struct journal *journal = sample_open(*state);
    struct run_row *row;
    struct err err = {0};

    sample_create(journal, SAMPLE_RUN);
    row = journal_get_run(journal, SAMPLE_RUN, &err);
    assert_non_null(row);
    assert_string_equal(row->id, SAMPLE_RUN);
    assert_string_equal(row->runbook, "deploy");
    assert_string_equal(row->initiator.user, "ana");
    assert_int_equal(json_integer_value(json_object_get(row->params, "n")), 7);
    assert_null(row->labels);
    assert_int_equal(row->status, RUN_QUEUED);
    assert_int_equal(row->created_us, 1000);
    run_row_free(row);
    journal_close(journal);
}

static bool keep_source(void *context, const struct source *source)
{
    struct text *text = context;

    text_printf(text, "%s=%.*s;", source->path, (int)source->len, source->text);
    return true;
}

static void pinned_sources_come_back_in_order_and_are_kept_once(void **state)
{
    struct journal *journal = sample_open(*state);
    struct text text autotext = {0};
    json_t *facts;

    sample_create(journal, SAMPLE_RUN);
    sample_create(journal, SAMPLE_OTHER_RUN);
    assert_int_equal(journal_sources(journal, SAMPLE_OTHER_RUN, keep_source, &text, NULL), 0);
    assert_string_equal(text_str(&text), "deploy.yaml=runbook: deploy\n;oncall.yaml=groups: {}\n;");
    facts = journal_facts(journal);
    assert_int_equal(json_integer_value(json_object_get(facts, "runs")), 2);
    json_decref(facts);
    journal_close(journal);
}

static bool keep_event(void *context, const struct event *event)
{
    struct text *text = context;

    journal_canonical(SAMPLE_RUN, event, text);
    text_putc(text, '\n');
    return true;
}

static const char first_event[] =
    "{\"cause\":true,\"host\":\"db1\",\"index\":1,\"mono_us\":1,\"run\":\"" SAMPLE_RUN
    "\",\"seq\":1,\"status\":\"running\",\"type\":\"run.started\",\"user\":\"ana\",\"wall_us\":2000,\"way\":"
    "\"terminal\"}\n";
static const char second_event[] =
    "{\"attempt\":2,\"cause\":false,\"class\":\"exit\",\"data\":{\"a\":\"\\\"\\u0001\xc3\xa9\",\"b\":[1,2.5,"
    "null]},"
    "\"due_us\":0,\"exit_code\":0,\"index\":2,\"mono_us\":-5,\"path\":\"a/"
    "b[\\\"x\\\"]#2\",\"run\":\"" SAMPLE_RUN
    "\",\"seq\":2,\"status\":\"failed\",\"type\":\"step.finished\",\"wall_us\":3000}\n";

static void append_two(struct journal *journal)
{
    struct event event = sample_event(1, EVENT_RUN_STARTED);

    event.cause = true;
    event.status = RUN_RUNNING;
    event.wall_us = 2000;
    event.by = (struct principal){"ana", "db1", "terminal"};
    journal_append(journal, SAMPLE_RUN, &event);
    event = sample_event(2, EVENT_STEP_FINISHED);
    event.path = "a/b[\"x\"]#2";
    event.status = STEP_FAILED;
    event.class_ = FAIL_EXIT;
    event.exit_code = 0;
    event.due_us = 0;
    event.attempt = 2;
    event.wall_us = 3000;
    event.mono_us = -5;
    event.data = json_pack("{s:s, s:[i, f, n]}", "a", "\"\x01\xc3\xa9", "b", 1, 2.5);
    journal_append(journal, SAMPLE_RUN, &event);
    json_decref(event.data);
}

static void every_column_of_an_event_survives(void **state)
{
    struct journal *journal = sample_open(*state);
    struct text text autotext = {0};

    sample_create(journal, SAMPLE_RUN);
    append_two(journal);
    sample_commit(journal);
    assert_int_equal(journal_events(journal, SAMPLE_RUN, 0, true, keep_event, &text, NULL), 0);
    assert_memory_equal(text_str(&text), first_event, sizeof(first_event) - 1);
    assert_string_equal(text_str(&text) + sizeof(first_event) - 1, second_event);
    journal_close(journal);
}

static void events_are_read_from_a_sequence_number_on(void **state)
{
    struct journal *journal = sample_open(*state);
    struct text text autotext = {0};

    sample_create(journal, SAMPLE_RUN);
    append_two(journal);
    sample_commit(journal);
    assert_int_equal(journal_events(journal, SAMPLE_RUN, 2, true, keep_event, &text, NULL), 0);
    assert_string_equal(text_str(&text), second_event);
    journal_close(journal);
}

static void a_run_event_changes_the_row_of_its_run(void **state)
{
    struct journal *journal = sample_open(*state);
    struct event event = sample_event(3, EVENT_RUN_FINISHED);
    struct run_row *row;

    sample_create(journal, SAMPLE_RUN);
    append_two(journal);
    event.status = RUN_FAILED;
    event.wall_us = 9000;
    event.data = json_pack("{s:s, s:i}", "message", "step a failed", "warnings", 2);
    journal_append(journal, SAMPLE_RUN, &event);
    json_decref(event.data);
    sample_commit(journal);
    row = journal_get_run(journal, SAMPLE_RUN, NULL);
    assert_int_equal(row->status, RUN_FAILED);
    assert_int_equal(row->started_us, 2000);
    assert_int_equal(row->finished_us, 9000);
    assert_int_equal(row->warnings, 2);
    assert_string_equal(row->message, "step a failed");
    run_row_free(row);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(a_run_is_created_and_read_back),
        sample_case(pinned_sources_come_back_in_order_and_are_kept_once),
        sample_case(every_column_of_an_event_survives),
        sample_case(events_are_read_from_a_sequence_number_on),
        sample_case(a_run_event_changes_the_row_of_its_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
