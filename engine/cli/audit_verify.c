#include "cli/audit_inside.h"
#include "cli/grid.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_MAX = 30 };

struct verifying {
    struct cli *cli;
    const struct note_key *key; /* or NULL */
    struct audit_result result;
    const struct tree_head *kept; /* or NULL */
    json_t *problems;             /* the first of them */
    json_t *signatures;           /* what was found about kept checkpoints */
    uint64_t signed_size;         /* of the newest checkpoint in the journal whose signature was checked */
};

static void found(void *context, const char *text)
{
    struct verifying *verifying = context;

    if (verifying->cli->common.json || json_array_size(verifying->problems) < SHOWN_MAX)
        json_array_append_new(verifying->problems, value_string(text, strlen(text)));
}

/* The signature of a checkpoint that the journal has kept. */
static void checkpoint(void *context, const char *note, const struct tree_head *head, bool fits)
{
    struct verifying *verifying = context;
    struct text signer autotext = {0};
    struct err err = {0};
    const char *verdict = "its key is not known here";
    size_t len;
    int code = verifying->key ? note_check(note, verifying->key, &len, &err) : 1;

    note_signer(note, &signer);
    if (!signer.len)
        code = err_set(&err, ERR_INVALID, "it is not signed");
    if (code == 0) {
        verdict = "signature checked";
        if (fits && head->size > verifying->signed_size)
            verifying->signed_size = head->size;
    } else if (code < 0 && strncmp(err.text, "it is signed by", 15) != 0) {
        char *text autofree = mem_printf("the checkpoint over %" PRIu64 " events: %s", head->size, err.text);

        verifying->result.problems++;
        found(verifying, text);
        verdict = "its signature is wrong";
    }
    json_array_append_new(
        verifying->signatures, json_pack("{s:I, s:s, s:b, s:s}", "size", (json_int_t)head->size, "signer",
                                   text_str(&signer), "fits", fits, "signature", verdict));
}

/* --- what can be said --- */

static json_t *claims(const struct verifying *verifying)
{
    const struct audit_result *result = &verifying->result;
    json_t *list = json_array();

    if (result->problems)
        return list;
    json_array_append_new(list, json_string("internally consistent"));
    if (verifying->signed_size)
        json_array_append_new(
            list, json_sprintf("up to event %" PRIu64
                               " nothing was changed or removed by anybody who does not have the key",
                      verifying->signed_size));
    if (verifying->kept)
        json_array_append_new(list,
            json_sprintf("nothing up to event %" PRIu64 " has been changed or removed since the checkpoint",
                verifying->kept->size));
    return list;
}

/* What a journal alone can never show, and what is not under the tree. */
static json_t *limits(const struct verifying *verifying)
{
    uint64_t known = verifying->kept ? verifying->kept->size : 0;
    json_t *list = json_array();

    if (!verifying->kept) {
        json_array_append_new(
            list, json_string(
                      "that nothing was cut off the end, and that this is not an older copy of the journal"));
        json_array_append_new(
            list, json_string("that nobody who can write to the file has changed events together "
                              "with every hash and checkpoint made from them"));
    } else if (known < verifying->result.events) {
        json_array_append_new(list,
            json_sprintf(
                "the same of the events after %" PRIu64 ", which are newer than the checkpoint", known));
    }
    json_array_append_new(
        list, json_string("that output is what was printed: only its order is checked (the ends of "
                          "steps, which are, tell of short output)"));
    json_array_append_new(list,
        json_string(
            "that a run's file name, labels, parent, trigger, group, lease and time of creation, what is "
            "kept "
            "of a run that was pruned beside the hashes of its events, and the inbox, timers, keeper and "
            "schedules, are as they were written"));
    json_array_append_new(
        list, json_string("that no checkpoint was taken out of the journal, and that its time is right; keep "
                          "them elsewhere, too"));
    json_array_append_new(list,
        json_string("that the file is the same byte by byte: what belongs to no row, and what can be made "
                    "again from the events (nodes of the tree, the newest part of the index), may differ"));
    json_array_append_new(list, json_string("that what was written is what happened"));
    return list;
}

static void put_list(const char *title, json_t *list)
{
    struct text shown autotext = {0};
    json_t *item;
    size_t i;

    if (json_array_size(list))
        printf("%s\n", title);
    json_array_foreach(list, i, item)
    {
        text_clear(&shown);
        text_add_shown(&shown, json_string_value(item), json_string_length(item));
        printf("  - %s\n", text_str(&shown));
    }
    json_decref(list);
}

static void put_counts(const struct verifying *verifying)
{
    const struct audit_result *result = &verifying->result;
    char *root autofree = base64_encode(result->root.bytes, SHA256_SIZE);
    json_t *one;
    size_t i;

    printf("audit: %" PRIu64 " events of %" PRIu64 " runs, %" PRIu64 " sources, %" PRIu64 " pieces of output",
        result->events, result->runs, result->sources, result->chunks);
    if (result->pruned)
        printf(", %" PRIu64 " events pruned", result->pruned);
    if (result->redacted)
        printf(", %" PRIu64 " events redacted", result->redacted);
    printf(result->problems ? ": %" PRIu64 " problems\n" : ": no problems\n", result->problems);
    printf("  root %s\n", root);
    json_array_foreach(verifying->signatures, i, one) printf("  checkpoint over %lld events by %s: %s, %s\n",
        (long long)json_integer_value(json_object_get(one, "size")), value_get_string(one, "signer"),
        json_is_true(json_object_get(one, "fits")) ? "fits" : "does not fit",
        value_get_string(one, "signature"));
}

static void tell(struct verifying *verifying)
{
    const struct audit_result *result = &verifying->result;
    char *root autofree = base64_encode(result->root.bytes, SHA256_SIZE);

    if (verifying->cli->common.json) {
        cli_print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:s, s:O, s:O, s:o, s:o}", "events",
            (json_int_t)result->events, "runs", (json_int_t)result->runs, "sources",
            (json_int_t)result->sources, "output", (json_int_t)result->chunks, "redacted",
            (json_int_t)result->redacted, "root", root, "problems", verifying->problems, "checkpoints",
            verifying->signatures, "shown", claims(verifying), "not_shown", limits(verifying)));
        return;
    }
    put_counts(verifying);
    put_list("Problems:", json_incref(verifying->problems));
    if (result->problems > json_array_size(verifying->problems))
        printf("  … and %" PRIu64 " more\n", result->problems - json_array_size(verifying->problems));
    put_list("This shows:", claims(verifying));
    put_list("This cannot show:", limits(verifying));
}

/* --- the whole --- */

static void judge_kept(struct verifying *verifying)
{
    const struct tree_head *kept = verifying->kept;
    char *text autofree = NULL;

    if (!kept || verifying->result.kept_fits)
        return;
    if (kept->size > verifying->result.events)
        text = mem_printf("the checkpoint was made over %" PRIu64 " events and the journal has %" PRIu64
                          ": events were removed, or this is an older copy, or another journal",
            kept->size, verifying->result.events);
    else
        text = mem_printf("the first %" PRIu64
                          " events are not those of the checkpoint: they were changed, or it is of "
                          "another journal",
            kept->size);
    verifying->result.problems++;
    found(verifying, text);
}

static int verify(struct verifying *verifying, struct journal *journal)
{
    const struct audit_options options = {
        .found = found, .checkpoint = checkpoint, .kept = verifying->kept, .context = verifying};
    struct err err = {0};

    if (audit_verify(journal, &options, &verifying->result, &err) < 0)
        return cli_fail(&err);
    judge_kept(verifying);
    tell(verifying);
    return verifying->result.problems ? EXIT_JOURNAL : EXIT_OK;
}

/* The checkpoint from elsewhere: whose it is must be known, or it shows nothing. */
static int read_kept(
    struct verifying *verifying, const char *path, struct tree_head *ret_head, struct err *err)
{
    char *note autofree = audit_read_file(path, err);
    size_t len;
    int code = note ? 0 : err->code;

    if (code == 0 && !verifying->key)
        code = err_set(err, ERR_NOT_FOUND, "its signature cannot be checked: name the key with --key");
    if (code == 0)
        code = note_check(note, verifying->key, &len, err);
    if (code == 0)
        code = tree_head_read(note, ret_head, err);
    if (code == 0)
        verifying->kept = ret_head;
    return code < 0 && note ? err_wrap(err, "the checkpoint %s", path) : code;
}

int audit_cli_verify(struct cli *cli)
{
    const struct audit_verb_options *options = cli->options;
    struct verifying verifying = {.cli = cli};
    struct journal *journal;
    struct tree_head head;
    struct note_key key;
    struct err err = {0};
    int status, code = audit_key(cli, false, &key, &err);

    verifying.key = code == 0 ? &key : NULL;
    if (code >= 0 && options->checkpoint)
        code = read_kept(&verifying, options->checkpoint, &head, &err);
    if (code < 0) {
        status = cli_fail(&err);
        return err.code == ERR_DENIED || err.code == ERR_INVALID ? EXIT_JOURNAL : status;
    }
    status = cli_open_journal(cli, true, &journal);
    if (status != EXIT_OK)
        return status;
    verifying.problems = json_array();
    verifying.signatures = json_array();
    status = verify(&verifying, journal);
    json_decref(verifying.problems);
    json_decref(verifying.signatures);
    journal_close(journal);
    return status;
}
