/* One run with all that shows that it is part of the journal, for somebody who does not have the journal. */
#include "cli/audit_inside.h"
#include "cli/grid.h"

#include <string.h>

struct proving {
    struct journal *journal;
    struct audit_tree *tree;
    struct tree_head head;
    uint64_t *indexes; /* of the events */
    size_t count;
    json_t *proofs, *events; /* in that order */
    bool is_signed;
};

static json_t *proof_json(const struct merkle_proof *proof)
{
    json_t *list = json_array();

    for (size_t i = 0; i < proof->count; i++) {
        char *hash autofree = base64_encode(proof->hashes[i].bytes, SHA256_SIZE);

        json_array_append_new(list, json_string(hash));
    }
    return list;
}

static int prove_events(struct proving *proving, struct err *err)
{
    for (size_t i = 0; i < proving->count; i++) {
        struct merkle_proof proof;
        int code = merkle_prove_inclusion(
            proving->indexes[i] - 1, proving->head.size, audit_tree_range, proving->tree, &proof);

        if (code < 0) {
            *err = *audit_tree_error(proving->tree);
            return code;
        }
        json_array_append_new(proving->proofs, proof_json(&proof));
    }
    return 0;
}

static bool add_event(void *context, const struct audit_event *event)
{
    struct proving *proving = context;
    json_t *one = json_object(), *proof = json_array_get(proving->proofs, json_array_size(proving->events));

    json_object_set_new(one, "event", json_loads(event->covered, 0, NULL));
    if (event->data)
        json_object_set_new(one, "data", json_loads(event->data, JSON_DECODE_ANY, NULL));
    json_object_set(one, "proof", proof);
    json_array_append_new(proving->events, one);
    return true;
}

static bool add_source(void *context, const struct source *source)
{
    json_array_append_new(context, json_pack("{s:s, s:s, s:o}", "path", source->path, "sha256",
                                       source->sha256, "text", value_string(source->text, source->len)));
    return true;
}

/* The newest checkpoint that covers the run; or, signed by nobody, how the journal stands now. */
static int find_head(struct proving *proving, struct text *note, struct err *err)
{
    uint64_t last = proving->count ? proving->indexes[proving->count - 1] : 0;
    char *kept autofree = audit_newest_checkpoint(proving->journal, last);
    int code;

    proving->is_signed = kept;
    if (kept) {
        text_puts(note, kept);
        return tree_head_read(kept, &proving->head, err);
    }
    proving->head = (struct tree_head){.origin = "unsigned", .size = audit_tree_size(proving->tree)};
    code = audit_tree_range(proving->tree, 0, proving->head.size, &proving->head.root);
    if (code < 0)
        *err = *audit_tree_error(proving->tree);
    tree_head_write(&proving->head, note);
    return code;
}

/* The leaves around the events are read before the events are: they stand in a row, and the events here and
 * there among them. */
static int prove(struct proving *proving, const char *run_id, json_t *proof, struct err *err)
{
    struct text note autotext = {0};
    json_t *sources = json_array();
    int code = audit_indexes(proving->journal, run_id, &proving->indexes, &proving->count, err);

    json_object_set_new(proof, "sources", sources);
    if (code == 0)
        code = find_head(proving, &note, err);
    if (code == 0)
        code = prove_events(proving, err);
    if (code == 0)
        code =
            audit_events(proving->journal, run_id, proving->indexes, proving->count, add_event, proving, err);
    if (code == 0)
        code = journal_sources(proving->journal, run_id, add_source, sources, err);
    json_object_set_new(proof, "format", json_string(PROOF_FORMAT));
    json_object_set_new(proof, "run", json_string(run_id));
    json_object_set_new(proof, "head", json_string(text_str(&note)));
    json_object_set(proof, "events", proving->events);
    return code;
}

json_t *proof_make(struct journal *journal, const char *run_id, bool *ret_is_signed, struct err *err)
{
    json_t *proof = json_object(), *proofs autovalue = json_array(), *events autovalue = json_array();
    struct proving proving = {.journal = journal, .proofs = proofs, .events = events};
    int code = audit_tree_open(journal, &proving.tree, err);

    if (code == 0)
        code = prove(&proving, run_id, proof, err);
    audit_tree_close(proving.tree);
    free(proving.indexes);
    *ret_is_signed = proving.is_signed;
    if (code == 0)
        return proof;
    json_decref(proof);
    return NULL;
}

static int prove_run(struct journal *journal, const char *run_id)
{
    struct err err = {0};
    bool is_signed;
    json_t *proof = proof_make(journal, run_id, &is_signed, &err);

    if (!proof)
        return cli_fail(&err);
    if (!is_signed)
        fputs("runbook: no checkpoint covers this run yet, so that nobody has signed this proof's root; "
              "runbook "
              "audit checkpoint makes one\n",
            stderr);
    cli_print_json(proof);
    return EXIT_OK;
}

int audit_cli_prove(struct cli *cli)
{
    char run_id[RUN_ID_SIZE];
    struct journal *journal;
    int status = cli_open_journal(cli, true, &journal);

    if (status != EXIT_OK)
        return status;
    status = cli_find_run(cli, journal, 1, run_id);
    if (status == EXIT_OK)
        status = prove_run(journal, run_id);
    journal_close(journal);
    return status;
}
