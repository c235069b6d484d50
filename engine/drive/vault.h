/* vault: memory for secrets: locked against swapping where the system allows it, left out of core dumps,
 * wiped when it is given back. */
#ifndef DRIVE_VAULT_H
#define DRIVE_VAULT_H

#include <stddef.h>

struct vault;

void vault_free(struct vault *vault); /* NULL is fine */
/* A copy of `bytes` with a NUL behind it, living as long as the vault; *vault is made by the first call. */
char *vault_copy(struct vault **vault, const char *bytes, size_t len);

#endif
