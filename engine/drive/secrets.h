/* secrets: the values behind `secrets.x` of one run. Looked up when first needed, kept in locked memory,
 * never written: whatever leaves the driver for the journal or a screen goes through the veil. */
#ifndef DRIVE_SECRETS_H
#define DRIVE_SECRETS_H

#include "base/err.h"
#include "drive/mask.h"
#include "io/loop.h"
#include "model/diag.h"
#include "model/document.h"

struct script;
struct run;

struct secrets {
    struct loop *loop;
    struct script *script;  /* that carries out actions which bring secrets, and … */
    struct run *const *run; /* … the run in whose scope their `with` is worked out; NULL: no such secret can
                               be had */
    const struct book *book;
    const char *nonce; /* of the run's tokens */
    bool is_declared;  /* some document has secrets: else there is nothing to do, and nothing is done */
    struct mask mask;
    struct map values; /* name -> struct secret_entry */
};

/* Before the run: is there, and may be read, what secrets of kind `env` and `file` come from? Every one that
 * is declared, whether or not a step will need it: what cannot be had tonight is better known now. */
void secrets_check(const struct book *book, struct diags *diags);

void secrets_init(struct secrets *secrets, struct loop *loop, const struct book *book, const char *nonce);
void secrets_fini(struct secrets *secrets);
/* A value that must never be shown, from elsewhere (a parameter with `secret: true`). */
void secrets_hide(struct secrets *secrets, const json_t *value);
/* All such parameters of the runbook itself. */
void secrets_hide_params(struct secrets *secrets, const json_t *params);

/* Called once when a command has ended: look again, or give up with `failure` (NULL: it worked). */
typedef void (*secrets_done)(void *context, const struct err *failure);
/* Look up what the tokens in `value` (may be NULL) stand for. 0: all are known. 1: a command has been
 * started, `done` will be called, then ask again. ERR_*: a secret cannot be had. */
int secrets_ready(
    struct secrets *secrets, const json_t *value, secrets_done done, void *context, struct err *err);
/* `value` with the tokens replaced by the secrets. New reference, or NULL for NULL. */
json_t *secrets_fill(const struct secrets *secrets, json_t *value);

/* `value` without secrets and tokens; the same value when there are none. New reference, or NULL for NULL. */
json_t *secrets_veil(const struct secrets *secrets, json_t *value);
void secrets_veil_text(const struct secrets *secrets, const char *bytes, size_t len, struct text *out);
/* Is there anything that would have to be veiled? */
bool secrets_any(const struct secrets *secrets);

#endif
