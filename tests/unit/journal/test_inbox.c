/* What people say waits in the inbox until an engine has taken it in. */
#include "lib/test.h"
#include "unit/journal/sample.h"

static void put(struct journal *journal, const char *run_id, const char *verb)
{
    json_t *data autovalue = json_pack("{s:b}", "yes", 1);
    const struct inbox_item item = {.verb = verb,
        .path = "a#1",
        .name = "",
        .by = {"ana", "db1", "terminal"},
        .data = data,
        .wall_us = 5};
    struct err err = {0};

    if (journal_inbox_put(journal, run_id, &item, &err) < 0)
        fail_msg("%s", err.text);
}

struct seen {
    struct text text;
    int64_t last_id;
};

static bool see(void *context, const struct inbox_item *item)
{
    struct seen *seen = context;

    assert_true(item->id > 0);
    assert_string_equal(item->by.user, "ana");
    assert_true(json_is_true(json_object_get(item->data, "yes")));
    text_printf(&seen->text, "%s ", item->verb);
    seen->last_id = item->id;
    return true;
}

static int64_t expect_inbox(struct journal *journal, const char *run_id, const char *expected)
{
    struct seen seen = {0};

    assert_int_equal(journal_inbox_read(journal, run_id, see, &seen, NULL), 0);
    assert_string_equal(text_str(&seen.text), expected);
    text_fini(&seen.text);
    return seen.last_id;
}

static void items_are_read_by_run_oldest_first(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    sample_create(journal, SAMPLE_OTHER_RUN);
    put(journal, SAMPLE_RUN, "ack");
    put(journal, SAMPLE_OTHER_RUN, "note");
    put(journal, SAMPLE_RUN, "cancel");
    expect_inbox(journal, SAMPLE_RUN, "ack cancel ");
    expect_inbox(journal, SAMPLE_OTHER_RUN, "note ");
    journal_close(journal);
}

static void a_taken_item_is_gone_at_once_and_for_good_and_its_id_is_not_used_again(void **state)
{
    struct journal *journal = sample_open(*state);
    int64_t id;

    sample_create(journal, SAMPLE_RUN);
    put(journal, SAMPLE_RUN, "ack");
    id = expect_inbox(journal, SAMPLE_RUN, "ack ");
    journal_inbox_taken(journal, SAMPLE_RUN, id);
    expect_inbox(journal, SAMPLE_RUN, "");
    sample_commit(journal);
    put(journal, SAMPLE_RUN, "note");
    assert_true(expect_inbox(journal, SAMPLE_RUN, "note ") > id);
    journal_close(journal);
    journal = sample_open(*state);
    expect_inbox(journal, SAMPLE_RUN, "note ");
    journal_close(journal);
}

static void an_item_taken_but_never_committed_is_still_there_after_a_crash(void **state)
{
    struct journal *journal = sample_open(*state), *other;

    sample_create(journal, SAMPLE_RUN);
    put(journal, SAMPLE_RUN, "ack");
    journal_inbox_taken(journal, SAMPLE_RUN, expect_inbox(journal, SAMPLE_RUN, "ack "));
    other = sample_open(*state);
    expect_inbox(other, SAMPLE_RUN, "ack ");
    journal_close(other);
    journal_close(journal);
}

static void what_nobody_says_is_refused(void **state)
{
    struct journal *journal = sample_open(*state);
    struct inbox_item item = {.verb = "ack", .by = {"", "", ""}};
    struct err err;

    sample_create(journal, SAMPLE_RUN);
    assert_int_equal(journal_inbox_put(journal, SAMPLE_RUN, &item, &err), ERR_USAGE);
    item.by.user = "ana";
    assert_int_equal(journal_inbox_put(journal, "nosuchrun222", &item, &err), ERR_NOT_FOUND);
    expect_inbox(journal, SAMPLE_RUN, "");
    journal_close(journal);
}

static void only_another_connections_writing_is_news(void **state)
{
    struct journal *journal = sample_open(*state), *other = sample_open(*state);
    struct event event = sample_event(1, EVENT_NOTE_ADDED);
    uint64_t before;

    sample_create(journal, SAMPLE_RUN);
    before = journal_news(journal);
    journal_append(journal, SAMPLE_RUN, &event);
    sample_commit(journal);
    assert_int_equal(journal_news(journal), before);
    put(other, SAMPLE_RUN, "ack");
    assert_int_equal(journal_news(journal), before + 1);
    assert_int_equal(journal_news(journal), before + 1);
    /* Noticed also when a commit of our own comes between. */
    put(other, SAMPLE_RUN, "ack");
    event.seq = 2;
    journal_append(journal, SAMPLE_RUN, &event);
    sample_commit(journal);
    assert_int_equal(journal_news(journal), before + 2);
    journal_close(other);
    journal_close(journal);
}

static void a_reader_sees_news_too(void **state)
{
    struct journal *journal = sample_open(*state), *reader;
    const struct journal_options options = {.path = *state, .read_only = true};

    sample_create(journal, SAMPLE_RUN);
    assert_int_equal(journal_open(&options, &reader, NULL), 0);
    assert_int_equal(journal_news(reader), 0);
    put(journal, SAMPLE_RUN, "ack");
    assert_int_equal(journal_news(reader), 1);
    assert_int_equal(journal_news(reader), 1);
    journal_close(reader);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(items_are_read_by_run_oldest_first),
        sample_case(a_taken_item_is_gone_at_once_and_for_good_and_its_id_is_not_used_again),
        sample_case(an_item_taken_but_never_committed_is_still_there_after_a_crash),
        sample_case(what_nobody_says_is_refused),
        sample_case(only_another_connections_writing_is_news),
        sample_case(a_reader_sees_news_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
