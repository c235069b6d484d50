/* note: texts signed with Ed25519 (C2SP signed-note), and the heads of hash trees as such texts (C2SP
 * tlog-checkpoint). */
#ifndef BASE_NOTE_H
#define BASE_NOTE_H

#include "base/err.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { NOTE_NAME_SIZE = 128, NOTE_KEY_SIZE = 32 };

/* `id` tells keys of one name apart: it is made of the name and the public half. */
struct note_key {
    char name[NOTE_NAME_SIZE];
    uint8_t id[4];
    uint8_t public_half[NOTE_KEY_SIZE], seed[NOTE_KEY_SIZE];
    bool can_sign;
};

/* A new one. ERR_USAGE for a name that is empty, too long, or has spaces or a plus sign in it. */
int note_key_new(const char *name, struct note_key *ret_key, struct err *err);
/* One line: "NAME+ID+BASE64", or with the seed in it "PRIVATE+KEY+NAME+ID+BASE64". */
void note_key_write(const struct note_key *key, bool with_seed, struct text *text);
int note_key_read(const char *line, struct note_key *ret_key, struct err *err);

/* `text` ends with a line end. Appends the note: the text, an empty line, the signature. */
void note_sign(const struct note_key *key, const char *text, struct text *note);
/* Is it signed by this key? ERR_DENIED when the key's signature is not on it, or is wrong; ERR_INVALID when
 * it is no note. `ret_len`: how much of it is the text. */
int note_check(const char *note, const struct note_key *key, size_t *ret_len, struct err *err);
/* Who claims to have signed it first: "NAME+ID". Appends; nothing when it is no note. */
void note_signer(const char *note, struct text *text);

/* The head of a tree: "ORIGIN\nSIZE\nBASE64 OF THE ROOT\n". */
struct tree_head {
    char origin[NOTE_NAME_SIZE];
    uint64_t size;
    struct sha256 root;
};

void tree_head_write(const struct tree_head *head, struct text *text);
int tree_head_read(const char *text, struct tree_head *ret_head, struct err *err);

#endif
