/* What is said of a run that has ended stands behind its last event. */
#include "lib/test.h"
#include "unit/journal/sample.h"

struct last {
    struct event event;
    size_t count;
};

static bool keep(void *context, const struct event *event)
{
    struct last *last = context;

    last->event = (struct event){.index = event->index, .seq = event->seq, .type = event->type};
    last->count++;
    return true;
}

static struct last read_last(struct journal *journal, const char *run_id)
{
    struct last last = {0};

    assert_int_equal(journal_events(journal, run_id, 1, false, keep, &last, NULL), 0);
    return last;
}

static void append(
    struct journal *journal, const char *run_id, uint64_t seq, enum event_type type, int status)
{
    struct event event = sample_event(seq, type);

    event.status = status;
    journal_append(journal, run_id, &event);
    journal_commit(journal, NULL, NULL);
    assert_int_equal(journal_flush(journal, 5000, NULL), 0);
}

static int say(struct journal *journal, const struct last *last, struct err *err)
{
    struct event event = sample_event(last->event.seq + 1, EVENT_ESCALATION_RESOLVED);

    event.cause = true;
    event.by = (struct principal){"ana", "db1", "terminal"};
    return journal_add_after(journal, SAMPLE_RUN, &last->event, &event, 1, err);
}

static void it_is_written_once_and_follows_the_last_event(void **state)
{
    struct journal *journal = sample_open(*state);
    struct last before, after;
    struct err err = {0};

    sample_create(journal, SAMPLE_RUN);
    sample_create(journal, SAMPLE_OTHER_RUN);
    append(journal, SAMPLE_RUN, 1, EVENT_RUN_STARTED, RUN_RUNNING);
    append(journal, SAMPLE_RUN, 2, EVENT_RUN_FINISHED, RUN_FAILED);
    before = read_last(journal, SAMPLE_RUN);
    append(journal, SAMPLE_OTHER_RUN, 1, EVENT_RUN_STARTED, RUN_RUNNING); /* is nothing to this one */
    assert_int_equal(say(journal, &before, &err), 0);
    after = read_last(journal, SAMPLE_RUN);
    assert_int_equal(after.count, before.count + 1);
    assert_int_equal(after.event.seq, 3);
    assert_int_equal(after.event.type, EVENT_ESCALATION_RESOLVED);
    /* Somebody who has not seen it is told so, and nothing is written. */
    assert_int_equal(say(journal, &before, &err), ERR_CONFLICT);
    assert_int_equal(read_last(journal, SAMPLE_RUN).count, after.count);
    journal_close(journal);
}

static void of_a_run_that_has_not_ended_nothing_is_written(void **state)
{
    struct journal *journal = sample_open(*state);
    struct last before;
    struct err err = {0};

    sample_create(journal, SAMPLE_RUN);
    append(journal, SAMPLE_RUN, 1, EVENT_RUN_STARTED, RUN_RUNNING);
    before = read_last(journal, SAMPLE_RUN);
    assert_int_equal(say(journal, &before, &err), ERR_USAGE);
    assert_int_equal(read_last(journal, SAMPLE_RUN).count, 1);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(it_is_written_once_and_follows_the_last_event),
        sample_case(of_a_run_that_has_not_ended_nothing_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
