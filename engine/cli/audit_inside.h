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

#define PROOF_FORMAT "runbook-proof-1"

/* Each returns an exit status. */
int audit_cli_verify(struct cli *cli);
int audit_cli_keygen(struct cli *cli);
int audit_cli_checkpoint(struct cli *cli);
int audit_cli_prove(struct cli *cli);
int audit_cli_check(struct cli *cli);

#endif
