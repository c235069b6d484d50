/* A proof is checked by what is in it, and by a key. */
#include "cli/audit_inside.h"
#include "cli/bundle.h"
#include "cli/grid.h"

#include <inttypes.h>
#include <string.h>

struct checking {
    const json_t *proof;
    const char *run_id;
    struct tree_head head;
    struct text list; /* of the sources, as sha256sum prints it */
    struct err *err;
};

static bool has_hash(const char *bytes, size_t len, const char *hex)
{
    struct sha256 hash = sha256_of(bytes, len);
    char own[SHA256_HEX_SIZE];

    sha256_hex(&hash, own);
    return hex && strcmp(own, hex) == 0;
}

/* --- events --- */

static int read_proof(const json_t *list, struct merkle_proof *ret_proof)
{
    json_t *item;
    size_t i;

    ret_proof->count = 0;
    if (!json_is_array(list) || json_array_size(list) > MERKLE_PROOF_MAX)
        return -1;
    json_array_foreach((json_t *)list, i, item)
    {
        size_t len = 0;
        char *bytes autofree = json_is_string(item)
                                   ? base64_decode(json_string_value(item), json_string_length(item), &len)
                                   : NULL;

        if (!bytes || len != SHA256_SIZE)
            return -1;
        memcpy(ret_proof->hashes[ret_proof->count++].bytes, bytes, SHA256_SIZE);
    }
    return 0;
}

static int check_data(const struct checking *checking, const json_t *one, const json_t *event, size_t number)
{
    const json_t *data = json_object_get(one, "data");
    struct text text autotext = {0};

    if (!data)
        return 0; /* it has none, or they were taken away */
    value_canonical(data, &text);
    if (has_hash(text_str(&text), text.len, value_get_string(event, "data")))
        return 0;
    return err_set(checking->err, ERR_CORRUPT, "event %zu: its data were changed", number);
}

static int check_place(const struct checking *checking, const json_t *event, size_t number)
{
    const char *run = value_get_string(event, "run");

    if (!run || strcmp(run, checking->run_id) != 0)
        return err_set(checking->err, ERR_CORRUPT, "event %zu is of another run", number);
    if (json_integer_value(json_object_get(event, "seq")) != (json_int_t)number)
        return err_set(
            checking->err, ERR_CORRUPT, "event %zu of the run is missing, or they are not in order", number);
    return 0;
}

static int check_event(const struct checking *checking, const json_t *one, size_t number)
{
    const json_t *event = json_object_get(one, "event");
    uint64_t index = (uint64_t)json_integer_value(json_object_get(event, "index"));
    struct text covered autotext = {0};
    struct merkle_proof proof;
    int code = check_place(checking, event, number);

    if (code == 0)
        code = check_data(checking, one, event, number);
    if (code == 0 && read_proof(json_object_get(one, "proof"), &proof) < 0)
        code = err_set(checking->err, ERR_INVALID, "event %zu: its proof is no list of hashes", number);
    if (code < 0)
        return code;
    value_canonical(event, &covered);
    struct sha256 leaf = merkle_leaf(text_str(&covered), covered.len);
    if (index && merkle_check_inclusion(index - 1, checking->head.size, &leaf, &proof, &checking->head.root))
        return 0;
    return err_set(checking->err, ERR_CORRUPT,
        "event %zu: it was changed, or the proof is for another tree than the one of %" PRIu64 " events",
        number, checking->head.size);
}

/* --- sources --- */

static int check_source(struct checking *checking, const json_t *source)
{
    const json_t *text = json_object_get(source, "text");
    const char *hex = value_get_string(source, "sha256"), *path = value_get_string(source, "path");

    if (!json_is_string(text) || !has_hash(json_string_value(text), json_string_length(text), hex))
        return err_set(
            checking->err, ERR_CORRUPT, "the source %s is not the text of its hash", path ? path : "?");
    text_printf(&checking->list, "%s  %s\n", hex, path ? path : "");
    return 0;
}

/* The run's files are those of its first event, or those with which it went on from another run. */
static const char *book_of(const json_t *events)
{
    const char *book = value_get_string(json_object_get(json_array_get(events, 0), "data"), "book");

    for (size_t i = json_array_size(events); i-- > 0;) {
        const json_t *one = json_array_get(events, i);
        const char *type = value_get_string(json_object_get(one, "event"), "type"),
                   *other = value_get_string(json_object_get(one, "data"), "book");

        if (type && strcmp(type, "run.forked") == 0 && other)
            return other;
    }
    return book;
}

static int check_sources(struct checking *checking)
{
    const json_t *events = json_object_get(checking->proof, "events"), *source;
    const char *book = book_of(events);
    size_t i;
    int code = 0;

    json_array_foreach(json_object_get(checking->proof, "sources"), i, source)
    {
        code = check_source(checking, source);
        if (code < 0)
            return code;
    }
    if (book && !has_hash(text_str(&checking->list), checking->list.len, book))
        return err_set(checking->err, ERR_CORRUPT, "the sources are not those that the run was begun with");
    return 0;
}

/* --- the whole --- */

static int check_all(struct checking *checking)
{
    const json_t *events = json_object_get(checking->proof, "events"), *one;
    const char *format = value_get_string(checking->proof, "format"),
               *head = value_get_string(checking->proof, "head");
    size_t i;
    int code = 0;

    checking->run_id = value_get_string(checking->proof, "run");
    if (!format || strcmp(format, PROOF_FORMAT) != 0 || !head || !checking->run_id ||
        !json_array_size(events))
        return err_set(
            checking->err, ERR_INVALID, "this is no proof of a run as `runbook audit prove` writes it");
    code = tree_head_read(head, &checking->head, checking->err);
    json_array_foreach(events, i, one) code = code < 0 ? code : check_event(checking, one, i + 1);
    return code < 0 ? code : check_sources(checking);
}

static bool is_by(const struct text *signer, const struct note_key *key)
{
    struct text line autotext = {0};

    note_key_write(key, false, &line);
    return signer->len && strncmp(text_str(&line), text_str(signer), signer->len) == 0;
}

/* Who stands for the root. A key that was named must have signed it; the own one may. */
static int check_head(const struct checking *checking, const struct note_key *key, bool is_named,
    const char **ret_verdict, struct text *signer)
{
    const char *head = value_get_string(checking->proof, "head");
    size_t len;

    note_signer(head, signer);
    *ret_verdict = signer->len ? "signature not checked: name the key with --key" : "signed by nobody";
    if (!key || (!is_named && !is_by(signer, key)))
        return 0;
    *ret_verdict = "signature checked";
    if (!signer->len)
        return err_set(checking->err, ERR_DENIED, "the root: nobody has signed it");
    return note_check(head, key, &len, checking->err) < 0 ? err_wrap(checking->err, "the root") : 0;
}

static int tell(
    const struct cli *cli, const struct checking *checking, const char *verdict, const char *signer)
{
    const json_t *events = json_object_get(checking->proof, "events");
    const char *last = value_get_string(
        json_object_get(json_array_get(events, json_array_size(events) - 1), "event"), "type");
    size_t count = json_array_size(events);

    if (cli->common.json) {
        cli_print_json(
            json_pack("{s:s, s:I, s:I, s:s, s:s}", "run", checking->run_id, "events", (json_int_t)count,
                "tree", (json_int_t)checking->head.size, "signer", signer, "signature", verdict));
        return EXIT_OK;
    }
    printf("proof: run %s, %zu events%s, unchanged in the journal of %" PRIu64 " events\n  root %s%s%s\n",
        checking->run_id, count, last && strcmp(last, "run.finished") == 0 ? " to its end" : ", not ended",
        checking->head.size, signer, *signer ? ": " : "", verdict);
    return EXIT_OK;
}

int proof_check(const json_t *proof, const struct note_key *key, bool is_named, const char **ret_verdict,
    struct text *signer, struct tree_head *ret_head, struct err *err)
{
    struct checking checking = {.proof = proof, .err = err};
    int code = check_all(&checking);

    if (code == 0)
        code = check_head(&checking, key, is_named, ret_verdict, signer);
    text_fini(&checking.list);
    *ret_head = checking.head;
    return code;
}

static int check(const struct cli *cli, const json_t *proof, const struct note_key *key)
{
    const struct audit_verb_options *options = cli->options;
    struct text signer autotext = {0};
    struct err err = {0};
    struct checking checking = {.proof = proof, .run_id = value_get_string(proof, "run")};
    const char *verdict = "";

    if (proof_check(proof, key, options->key, &verdict, &signer, &checking.head, &err) == 0)
        return tell(cli, &checking, verdict, text_str(&signer));
    err_wrap(&err, "%s", cli->args[1]);
    cli_fail(&err);
    return EXIT_JOURNAL;
}

/* An export holds proofs, too. */
static int check_bundle(const struct cli *cli, const char *text, const struct note_key *key)
{
    const struct audit_verb_options *options = cli->options;
    const struct bundle_trust trust = {.key = key, .is_named = options->key, .is_unchecked = !options->key};
    struct bundle *bundle = NULL;
    struct err err = {0};

    if (bundle_read(cli->args[1], text, &trust, &bundle, &err) < 0) {
        cli_fail(&err);
        return EXIT_JOURNAL;
    }
    for (size_t i = 0; i < bundle_count(bundle); i++)
        printf("proof: run %s holds together%s\n", bundle_run_id(bundle, i),
            options->key ? ", signature checked" : "; who signed it was not asked: name the key with --key");
    bundle_free(bundle);
    return EXIT_OK;
}

int audit_cli_check(struct cli *cli)
{
    json_t *proof autovalue = NULL;
    struct note_key key;
    struct err err = {0};
    json_error_t error;
    int code = audit_key(cli, false, &key, &err);
    char *text autofree = code < 0 ? NULL : audit_read_file(cli->args[1], &err);

    if (!text)
        return cli_fail(&err);
    if (bundle_is_one(text))
        return check_bundle(cli, text, code == 0 ? &key : NULL);
    proof = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!proof) {
        err_set(&err, ERR_CORRUPT, "%s is no JSON: line %d, column %d: %s", cli->args[1], error.line,
            error.column, error.text);
        return cli_fail(&err);
    }
    return check(cli, proof, code == 0 ? &key : NULL);
}
