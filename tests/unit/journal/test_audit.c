#include "journal/audit.h"
#include "sample.h"

#include <sqlite3.h>

enum { MANY = 9000, AT_ONCE = 500 }; /* two complete subtrees, and a part of the third */

static void append_many(struct journal *journal, uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        struct event event = sample_event(seq, EVENT_NOTE_ADDED);

        event.data = json_pack("{s:I}", "text", (json_int_t)seq);
        journal_append(journal, SAMPLE_RUN, &event);
        json_decref(event.data);
        if (seq % AT_ONCE == 0)
            sample_commit(journal);
    }
    sample_commit(journal);
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void collect(void *context, const char *text)
{
    text_printf(context, "%s\n", text);
}

static struct audit_result verify(
    struct journal *journal, const struct tree_head *kept, struct text *problems)
{
    const struct audit_options options = {.found = collect, .kept = kept, .context = problems};
    struct audit_result result;
    struct err err = {0};

    if (audit_verify(journal, &options, &result, &err) < 0)
        fail_msg("%s", err.text);
    return result;
}

/* The sample's runs have no sources that their hash fits. */
static const char only_sources[] = "run " SAMPLE_RUN ": its sources are not those that it was begun with\n";

static struct tree_head head_of(struct journal *journal)
{
    struct tree_head head = {.origin = "test"};
    struct audit_tree *tree;

    assert_int_equal(audit_tree_open(journal, &tree, NULL), 0);
    head.size = audit_tree_size(tree);
    assert_int_equal(audit_tree_range(tree, 0, head.size, &head.root), 0);
    audit_tree_close(tree);
    return head;
}

static void prove_and_check(struct journal *journal, uint64_t index, const struct tree_head *head)
{
    struct event event = sample_event(index + 1, EVENT_NOTE_ADDED);
    struct merkle_proof proof;
    struct audit_tree *tree;
    struct sha256 leaf;

    event.index = index + 1;
    event.data = json_pack("{s:I}", "text", (json_int_t)(index + 1));
    leaf = journal_leaf(SAMPLE_RUN, &event);
    json_decref(event.data);
    assert_int_equal(audit_tree_open(journal, &tree, NULL), 0);
    assert_int_equal(merkle_prove_inclusion(index, head->size, audit_tree_range, tree, &proof), 0);
    audit_tree_close(tree);
    assert_true(merkle_check_inclusion(index, head->size, &leaf, &proof, &head->root));
    leaf.bytes[0] ^= 1;
    assert_false(merkle_check_inclusion(index, head->size, &leaf, &proof, &head->root));
}

static void events_of_a_large_journal_can_be_proved(void **state)
{
    static const uint64_t indexes[] = {0, 1, 4094, 4095, 4096, 4097, 8191, 8192, MANY - 1};
    struct journal *journal = sample_open(*state);
    struct tree_head head;

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, MANY);
    head = head_of(journal);
    assert_int_equal(head.size, MANY);
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++)
        prove_and_check(journal, indexes[i], &head);
    journal_close(journal);
}

static void the_tree_is_the_same_whether_its_nodes_are_kept_or_not(void **state)
{
    struct journal *journal = sample_open(*state);
    struct tree_head with, without;

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, MANY);
    with = head_of(journal);
    execute(*state, "UPDATE node SET position = 7 WHERE position = 0");
    without = head_of(journal);
    assert_memory_equal(&with, &without, sizeof(with));
    execute(*state, "UPDATE node SET position = 0 WHERE position = 7");
    execute(*state, "CREATE TABLE counted AS SELECT count(*) AS n FROM node WHERE level = 12;"
                    "DELETE FROM node WHERE (SELECT n FROM counted) = 2; DROP TABLE counted");
    without = head_of(journal);
    assert_memory_equal(&with, &without, sizeof(with));
    execute(*state, "INSERT INTO node VALUES (12, 1, zeroblob(32))"); /* fails had it not been deleted */
    journal_close(journal);
}

static void heads_of_every_size_are_recognised(void **state)
{
    static const uint64_t sizes[] = {1, 4095, 4096, 4097, 8192, MANY};
    struct journal *journal = sample_open(*state);
    struct tree_head heads[6];
    struct text problems autotext = {0};
    uint64_t last = 0;

    sample_create(journal, SAMPLE_RUN);
    for (size_t i = 0; i < 6; i++) {
        append_many(journal, last + 1, sizes[i]);
        last = sizes[i];
        heads[i] = head_of(journal);
        assert_int_equal(heads[i].size, sizes[i]);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_true(verify(journal, &heads[i], &problems).kept_fits);
        heads[i].root.bytes[7] ^= 1;
        assert_false(verify(journal, &heads[i], &problems).kept_fits);
    }
    heads[5].size++;
    assert_false(verify(journal, &heads[5], &problems).kept_fits);
    journal_close(journal);
}

static void assert_found(struct journal *journal, const char *path, const char *sql, const char *problem)
{
    struct text problems autotext = {0};

    verify(journal, NULL, &problems);
    assert_string_equal(text_str(&problems), only_sources);
    text_clear(&problems);
    execute(path, sql);
    verify(journal, NULL, &problems);
    if (!strstr(text_str(&problems), problem))
        fail_msg("not found: %s\n%s", problem, text_str(&problems));
}

static void changed_nodes_and_indexes_are_found(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, MANY);
    assert_found(journal, *state, "UPDATE node SET hash = zeroblob(32) WHERE position = 1",
        "the node of the tree over the events 4097 to 8192 is not their hash");
    execute(*state, "DELETE FROM node");
    assert_found(journal, *state, "INSERT INTO node VALUES (12, 2, zeroblob(32))",
        "the tree has 1 nodes that belong to no events");
    execute(*state, "DELETE FROM node");
    assert_found(journal, *state, "UPDATE run_event SET seq = seq + 100000 WHERE idx = 17",
        "the index of its events does not fit them");
    execute(*state, "UPDATE run_event SET seq = seq - 100000 WHERE idx = 17");
    assert_found(
        journal, *state, "DELETE FROM run_event WHERE idx = 17", "the index of its events does not fit them");
    journal_close(journal);
}

static void events_that_are_out_of_place_are_found(void **state)
{
    struct journal *journal = sample_open(*state);

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, MANY);
    assert_found(journal, *state, "UPDATE event SET idx = 9000000000000000000 WHERE idx = 5000",
        "event 5000 is missing");
    execute(*state, "UPDATE event SET idx = -5000 WHERE idx = 9000000000000000000");
    {
        struct text problems autotext = {0};

        verify(journal, NULL, &problems);
        assert_non_null(strstr(text_str(&problems), "1 events stand before the first"));
        assert_non_null(strstr(text_str(&problems), "event 5000 is missing"));
    }
    execute(*state, "UPDATE event SET idx = 5000 WHERE idx = -5000");
    assert_found(
        journal, *state, "UPDATE run SET id = id || 'x'", "has the id '" SAMPLE_RUN "x', which is none");
    journal_close(journal);
}

/* While another process writes all the time, all that is read must be as of one moment. */
static void a_journal_can_be_verified_while_it_is_written(void **state)
{
    struct journal *journal = sample_open(*state), *other = sample_open(*state);
    struct text problems autotext = {0};
    uint64_t last = 5000;

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, last);
    for (int i = 0; i < 20; i++) {
        for (uint64_t end = last + 200; last < end; last++) {
            struct event event = sample_event(last + 1, EVENT_STEP_STARTED);

            journal_append(journal, SAMPLE_RUN, &event);
            journal_commit(journal, NULL, NULL);
        }
        text_clear(&problems);
        verify(other, NULL, &problems);
        assert_string_equal(text_str(&problems), only_sources);
    }
    journal_close(journal);
    journal_close(other);
}

static void end_run(struct journal *journal, uint64_t seq)
{
    struct event event = sample_event(seq, EVENT_RUN_FINISHED);

    event.status = RUN_SUCCEEDED;
    journal_append(journal, SAMPLE_RUN, &event);
    sample_commit(journal);
}

static bool last_note(void *context, const struct event *event)
{
    text_clear(context);
    text_printf(context, "%llu %s: %s", (unsigned long long)event->seq, event->by.user,
        event->data ? value_get_string(event->data, "text") : "");
    return true;
}

static void redacted_data_stay_provable_and_are_gone(void **state)
{
    struct redaction redaction = {SAMPLE_RUN, 4, {"ana", "db1", "terminal"}, "a name", 2000000};
    struct journal *journal = sample_open(*state);
    struct text problems autotext = {0}, note autotext = {0};
    struct tree_head head;
    struct audit_result result;
    struct err err = {0};

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, 10);
    assert_int_equal(audit_redact(journal, &redaction, &err), ERR_USAGE); /* it goes on */
    end_run(journal, 11);
    head = head_of(journal);
    if (audit_redact(journal, &redaction, &err) < 0)
        fail_msg("%s", err.text);
    result = verify(journal, &head, &problems);
    assert_true(result.kept_fits);
    assert_int_equal(result.redacted, 1);
    assert_int_equal(result.events, 12);
    assert_string_equal(text_str(&problems), only_sources);
    assert_int_equal(journal_events(journal, SAMPLE_RUN, 0, true, last_note, &note, &err), 0);
    assert_string_equal(text_str(&note), "12 ana: event 4 was redacted: a name");
    assert_int_equal(audit_redact(journal, &redaction, &err), ERR_USAGE);
    redaction.seq = 44;
    assert_int_equal(audit_redact(journal, &redaction, &err), ERR_NOT_FOUND);
    journal_close(journal);
}

/* As the leaves were before: over the data themselves. */
static void a_journal_of_version_2_gets_new_leaves_and_nodes(void **state)
{
    struct journal *journal = sample_open(*state);
    struct text problems autotext = {0};
    struct tree_head head, again;

    sample_create(journal, SAMPLE_RUN);
    append_many(journal, 1, MANY);
    head = head_of(journal);
    journal_close(journal);
    execute(*state,
        "DELETE FROM node; UPDATE event SET leaf = zeroblob(32); ALTER TABLE event DROP COLUMN redacted;"
        "DROP TABLE keeper; DROP TABLE pruned; DROP INDEX run_by_group; DROP INDEX run_by_parent; ALTER "
        "TABLE run DROP COLUMN "
        "group_name;"
        "ALTER TABLE run DROP COLUMN group_limit; ALTER TABLE run DROP COLUMN in_group;"
        "ALTER TABLE run DROP COLUMN extra;"
        "PRAGMA user_version = 2");
    journal = sample_open(*state);
    again = head_of(journal);
    assert_memory_equal(&head, &again, sizeof(head));
    verify(journal, NULL, &problems);
    assert_string_equal(text_str(&problems), only_sources);
    journal_close(journal);
    execute(*state, "CREATE TABLE counted (n CHECK (n = 2)); INSERT INTO counted SELECT count(*) FROM node");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sample_case(events_of_a_large_journal_can_be_proved),
        sample_case(the_tree_is_the_same_whether_its_nodes_are_kept_or_not),
        sample_case(heads_of_every_size_are_recognised),
        sample_case(changed_nodes_and_indexes_are_found),
        sample_case(events_that_are_out_of_place_are_found),
        sample_case(a_journal_can_be_verified_while_it_is_written),
        sample_case(redacted_data_stay_provable_and_are_gone),
        sample_case(a_journal_of_version_2_gets_new_leaves_and_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
