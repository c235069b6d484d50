/* secret_entry: one secret, and where its value comes from. */
#ifndef DRIVE_SECRET_ENTRY_H
#define DRIVE_SECRET_ENTRY_H

#include "drive/secrets.h"

struct secret_entry;

/* `declared` may be NULL: such a secret can never be had. `secrets` outlives it, unless it is abandoned. */
struct secret_entry *secret_entry_new(
    struct secrets *secrets, const char *name, const struct secret *declared);
void secret_entry_free(struct secret_entry *entry); /* also while its command runs: nobody is told any more */
/* NULL while it is not known. */
const char *secret_entry_value(const struct secret_entry *entry);
/* 0: it is known now. 1: `done` will be called. Else why it cannot be had. */
int secret_entry_want(struct secret_entry *entry, secrets_done done, void *context, struct err *err);

#endif
