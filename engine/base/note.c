#include "base/note.h"
#include "base/mem.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

/* The kind of key: Ed25519, as the first byte of what is encoded. */
enum { ED25519 = 1, ID_SIZE = 4, ID_HEX_SIZE = 9, SIGNATURE_SIZE = crypto_sign_BYTES };

static const char private_prefix[] = "PRIVATE+KEY+";
static const char signature_mark[] = "\u2014 ";

/* --- keys --- */

static int check_name(const char *name, struct err *err)
{
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        if (*c <= ' ' || *c == '+' || *c >= 0x7f)
            return err_set(
                err, ERR_USAGE, "a key's name has no spaces, no \"+\" and only ASCII: \"%s\"", name);
    if (!*name || strlen(name) >= NOTE_NAME_SIZE)
        return err_set(err, ERR_USAGE, "a key's name has 1 to %d letters", NOTE_NAME_SIZE - 1);
    return 0;
}

static void set_id(struct note_key *key)
{
    static const uint8_t kind = ED25519;
    const struct hash_part parts[] = {
        {key->name, strlen(key->name)}, {"\n", 1}, {&kind, 1}, {key->public_half, NOTE_KEY_SIZE}};
    struct sha256 hash = sha256_of_parts(parts, sizeof(parts) / sizeof(parts[0]));

    memcpy(key->id, hash.bytes, ID_SIZE);
}

static void from_seed(struct note_key *key, uint8_t ret_secret[crypto_sign_SECRETKEYBYTES])
{
    crypto_sign_seed_keypair(key->public_half, ret_secret, key->seed);
    key->can_sign = true;
}

int note_key_new(const char *name, struct note_key *ret_key, struct err *err)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    int code = check_name(name, err);

    *ret_key = (struct note_key){0};
    if (code < 0)
        return code;
    memcpy(ret_key->name, name, strlen(name));
    randombytes_buf(ret_key->seed, NOTE_KEY_SIZE);
    from_seed(ret_key, secret);
    sodium_memzero(secret, sizeof(secret));
    set_id(ret_key);
    return 0;
}

void note_key_write(const struct note_key *key, bool with_seed, struct text *text)
{
    uint8_t bytes[1 + NOTE_KEY_SIZE] = {ED25519};
    char id[ID_HEX_SIZE], *encoded autofree = NULL;

    memcpy(bytes + 1, with_seed ? key->seed : key->public_half, NOTE_KEY_SIZE);
    encoded = base64_encode(bytes, sizeof(bytes));
    sodium_bin2hex(id, sizeof(id), key->id, ID_SIZE);
    text_printf(text, "%s%s+%s+%s\n", with_seed ? private_prefix : "", key->name, id, encoded);
    sodium_memzero(bytes, sizeof(bytes));
    sodium_memzero(encoded, strlen(encoded));
}

static int read_parts(struct note_key *key, const char *line, bool has_seed, char ret_id[ID_HEX_SIZE])
{
    const char *plus = strchr(line, '+'), *second = plus ? strchr(plus + 1, '+') : NULL;
    char *bytes autofree = NULL;
    size_t len;

    if (!second || plus - line >= NOTE_NAME_SIZE || second - plus != ID_HEX_SIZE)
        return -1;
    memcpy(key->name, line, (size_t)(plus - line));
    memcpy(ret_id, plus + 1, ID_HEX_SIZE - 1);
    bytes = base64_decode(second + 1, strcspn(second + 1, "\r\n"), &len);
    if (!bytes || len != 1 + NOTE_KEY_SIZE || bytes[0] != ED25519)
        return -1;
    memcpy(has_seed ? key->seed : key->public_half, bytes + 1, NOTE_KEY_SIZE);
    sodium_memzero(bytes, len);
    return 0;
}

int note_key_read(const char *line, struct note_key *ret_key, struct err *err)
{
    bool has_seed = strncmp(line, private_prefix, strlen(private_prefix)) == 0;
    char written[ID_HEX_SIZE] = "", id[ID_HEX_SIZE];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    *ret_key = (struct note_key){0};
    if (read_parts(ret_key, line + (has_seed ? strlen(private_prefix) : 0), has_seed, written) < 0)
        return err_set(err, ERR_INVALID, "this is no key: it would read NAME+12345678+BASE64");
    if (has_seed)
        from_seed(ret_key, secret);
    sodium_memzero(secret, sizeof(secret));
    set_id(ret_key);
    sodium_bin2hex(id, sizeof(id), ret_key->id, ID_SIZE);
    if (strcmp(id, written) != 0)
        return err_set(err, ERR_INVALID, "the key of %s is damaged: its id should be %s and is %s",
            ret_key->name, id, written);
    return 0;
}

/* --- notes --- */

void note_sign(const struct note_key *key, const char *text, struct text *note)
{
    uint8_t bytes[ID_SIZE + SIGNATURE_SIZE], secret[crypto_sign_SECRETKEYBYTES];
    struct note_key own = *key;
    char *encoded autofree = NULL;

    from_seed(&own, secret);
    memcpy(bytes, key->id, ID_SIZE);
    crypto_sign_detached(bytes + ID_SIZE, NULL, (const uint8_t *)text, strlen(text), secret);
    sodium_memzero(secret, sizeof(secret));
    sodium_memzero(&own, sizeof(own));
    encoded = base64_encode(bytes, sizeof(bytes));
    text_printf(note, "%s\n%s%s %s\n", text, signature_mark, key->name, encoded);
}

/* The last empty line parts the text from the signatures. */
static const char *signatures_of(const char *note)
{
    const char *found = NULL;

    for (const char *at = strstr(note, "\n\n"); at; at = strstr(at + 1, "\n\n"))
        found = at + 2;
    return found && strncmp(found, signature_mark, strlen(signature_mark)) == 0 ? found : NULL;
}

/* One line "— NAME BASE64" in parts; NULL when it is none. */
static char *read_signature(const char *line, const char **ret_name, size_t *ret_name_len, size_t *ret_len)
{
    const char *space;

    if (strncmp(line, signature_mark, strlen(signature_mark)) != 0)
        return NULL;
    *ret_name = line + strlen(signature_mark);
    *ret_name_len = strcspn(*ret_name, " \n");
    space = *ret_name + *ret_name_len;
    return *space == ' ' ? base64_decode(space + 1, strcspn(space + 1, "\n"), ret_len) : NULL;
}

/* 1: signed by the key. 0: by another one. -1: the key is named, and the signature is not its own. */
static int check_line(const char *line, const struct note_key *key, const char *text, size_t text_len)
{
    size_t name_len, len;
    const char *name;
    char *bytes autofree = read_signature(line, &name, &name_len, &len);

    if (!bytes || len != ID_SIZE + SIGNATURE_SIZE || name_len != strlen(key->name) ||
        memcmp(name, key->name, name_len) != 0 || memcmp(bytes, key->id, ID_SIZE) != 0)
        return 0;
    return crypto_sign_verify_detached(
               (const uint8_t *)bytes + ID_SIZE, (const uint8_t *)text, text_len, key->public_half) == 0
               ? 1
               : -1;
}

int note_check(const char *note, const struct note_key *key, size_t *ret_len, struct err *err)
{
    const char *line = signatures_of(note);
    struct text signer autotext = {0};

    if (!line)
        return err_set(
            err, ERR_INVALID, "this is no signed note: the empty line before the signatures is missing");
    *ret_len = (size_t)(line - 1 - note);
    for (; line && *line; line = (line = strchr(line, '\n')) ? line + 1 : NULL) {
        int verdict = check_line(line, key, note, *ret_len);

        if (verdict > 0)
            return 0;
        if (verdict < 0)
            return err_set(err, ERR_DENIED, "the signature of %s is wrong: the text was changed", key->name);
    }
    note_signer(note, &signer);
    return err_set(err, ERR_DENIED, "it is signed by %s, and the key that is known is %s+%02x%02x%02x%02x",
        text_str(&signer), key->name, key->id[0], key->id[1], key->id[2], key->id[3]);
}

void note_signer(const char *note, struct text *text)
{
    const char *line = signatures_of(note), *name;
    char *bytes autofree = NULL, id[ID_HEX_SIZE];
    size_t name_len, len;

    bytes = line ? read_signature(line, &name, &name_len, &len) : NULL;
    if (!bytes || len < ID_SIZE)
        return;
    sodium_bin2hex(id, sizeof(id), (const uint8_t *)bytes, ID_SIZE);
    text_add_shown(text, name, name_len);
    text_printf(text, "+%s", id);
}

/* --- heads --- */

void tree_head_write(const struct tree_head *head, struct text *text)
{
    char *root autofree = base64_encode(head->root.bytes, SHA256_SIZE);

    text_printf(text, "%s\n%" PRIu64 "\n%s\n", head->origin, head->size, root);
}

int tree_head_read(const char *text, struct tree_head *ret_head, struct err *err)
{
    size_t origin_len = strcspn(text, "\n"), len = 0;
    const char *size = text + origin_len + (text[origin_len] == '\n'), *root;
    char *end, *bytes autofree = NULL;

    *ret_head = (struct tree_head){0};
    ret_head->size = strtoull(size, &end, 10);
    root = end + 1;
    if (origin_len && origin_len < NOTE_NAME_SIZE && *size >= '0' && *size <= '9' && *end == '\n')
        bytes = base64_decode(root, strcspn(root, "\n"), &len);
    if (!bytes || len != SHA256_SIZE)
        return err_set(err, ERR_INVALID,
            "this is no checkpoint: its lines would be the origin, the number of events, and the root in "
            "base64");
    memcpy(ret_head->origin, text, origin_len);
    memcpy(ret_head->root.bytes, bytes, SHA256_SIZE);
    return 0;
}
