/* audit_inside: what the files of `runbook audit` share. */
#ifndef CLI_AUDIT_INSIDE_H
#define CLI_AUDIT_INSIDE_H

#include "cli/verb.h"
#include "journal/audit.h"

struct audit_verb_options {
    const char *key, *name, *checkpoint;
};

/* What --key names (a file, or the key itself), else the user's own. Returns 0, 1 when there is none and none
 * was asked for, or an error. */
int audit_key(const struct cli *cli, bool must_sign, struct note_key *ret_key, struct err *err);
/* The whole file, malloc'd; NULL with `err`. */
char *audit_read_file(const char *path, struct err *err);

/* The proof of one run as JSON; `ret_is_signed`: a checkpoint covers all of it. New reference, or NULL. */
json_t *proof_make(struct journal *journal, const char *run_id, bool *ret_is_signed, struct err *err);
/* Does a proof hold together? `key` (or NULL) is looked for among who signed its root; one that is named must
 * have. What was found of that goes to `ret_verdict` and `signer`. */
int proof_check(const json_t *proof, const struct note_key *key, bool is_named, const char **ret_verdict,
    struct text *signer, struct tree_head *ret_head, struct err *err);

#define PROOF_FORMAT "runbook-proof-1"

/* Each returns an exit status. */
int audit_cli_verify(struct cli *cli);
int audit_cli_keygen(struct cli *cli);
int audit_cli_checkpoint(struct cli *cli);
int audit_cli_prove(struct cli *cli);
int audit_cli_check(struct cli *cli);

#endif
