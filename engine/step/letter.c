#include "step/letter.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

enum { ADDRESSES_MAX = 100, ADDRESS_MAX = 254, NAME_MAX_ = 200, SUBJECT_MAX = 2000 };
/* An encoded word has at most 75 bytes: =?UTF-8?B? and ?= and 60 of base64, which is 45 of text. */
enum { WORD_BYTES = 45, PLAIN_MAX = 200 };

/* "Ana <ana@example.org>" in its parts. */
struct address {
    const char *name; /* "" = none */
    const char *mailbox;
};

/* ---- words ---- */

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* At most `max` bytes that end between two characters. */
static size_t whole_characters(const char *text, size_t max)
{
    size_t len = strlen(text) < max ? strlen(text) : max;

    while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len ? len : max;
}

/* One word to a line: a line may be no longer than a word and a bit. */
static void add_encoded(struct text *line, const char *text)
{
    struct text valid autotext = {0};
    const char *at;

    text_add_utf8(&valid, text, strlen(text));
    for (at = text_str(&valid); *at;) {
        size_t len = whole_characters(at, WORD_BYTES);
        char *word autofree = base64_encode(at, len);

        text_printf(line, "%s=?UTF-8?B?%s?=", at == text_str(&valid) ? "" : "\r\n ", word);
        at += len;
    }
}

static void add_words(struct text *line, const char *text)
{
    if (is_ascii(text) && strlen(text) <= PLAIN_MAX && !strstr(text, "=?"))
        text_puts(line, text);
    else
        add_encoded(line, text);
}

static void add_name(struct text *line, const char *name)
{
    if (!is_ascii(name) || strstr(name, "=?")) {
        add_encoded(line, name);
        return;
    }
    if (!strpbrk(name, "()<>[]:;@\\,.\"")) {
        text_puts(line, name);
        return;
    }
    text_putc(line, '"');
    for (; *name; name++) {
        if (strchr("\"\\", *name))
            text_putc(line, '\\');
        text_putc(line, *name);
    }
    text_putc(line, '"');
}

/* ---- addresses ---- */

static bool is_mailbox(const char *mailbox)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    const char *at = strrchr(mailbox, '@');
    size_t local = strspn(mailbox, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "!#$%&'*+/=?^_`{|}~.-");

    return at && local && mailbox + local == at && at[1] && !at[1 + strspn(at + 1, letters)] &&
           strlen(mailbox) <= ADDRESS_MAX;
}

/* A name may stand in quotes. */
static const char *name_of(struct letter *letter, const char *text, size_t len)
{
    while (len && text[len - 1] == ' ')
        len--;
    if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
        text++;
        len -= 2;
    }
    return arena_strndup(&letter->arena, text, len);
}

static int refuse(const char *what, const char *text, struct err *err)
{
    bool is_list = strchr(text, '@') && strchr(text, ',');

    if (has_control(text))
        return err_set(err, ERR_INVALID, "%s: an address may not contain a line break", what);
    return err_set(err, ERR_INVALID, "%s: \"%.200s\" is no mail address%s", what, text,
        is_list ? "; write several as a list" : ", such as ana@example.org or Ana <ana@example.org>");
}

static int read_address(
    struct letter *letter, const char *what, const char *text, struct address *ret, struct err *err)
{
    size_t len = strlen(text);
    const char *open = strrchr(text, '<');

    *ret = (struct address){"", text};
    if (has_control(text))
        return refuse(what, text, err);
    if (open && text[len - 1] == '>') {
        ret->name = name_of(letter, text, (size_t)(open - text));
        ret->mailbox = arena_strndup(&letter->arena, open + 1, (size_t)(text + len - open) - 2);
    }
    if (!is_mailbox(ret->mailbox) || strlen(ret->name) > NAME_MAX_)
        return refuse(what, text, err);
    return 0;
}

static void add_address(struct text *line, const struct address *address)
{
    if (!*address->name) {
        text_puts(line, address->mailbox);
        return;
    }
    add_name(line, address->name);
    text_printf(line, " <%s>", address->mailbox);
}

/* ---- lines ---- */

static void add_header(struct letter *letter, const char *line)
{
    letter->headers =
        mem_grow(letter->headers, letter->header_count, &letter->header_cap, sizeof(*letter->headers));
    letter->headers[letter->header_count++] = arena_strdup(&letter->arena, line);
}

static int add_recipient(
    struct letter *letter, const char *what, const json_t *value, struct text *line, struct err *err)
{
    const char *text = json_string_value(value);
    struct address address;

    if (!text)
        return err_set(err, ERR_INVALID, "%s must be a mail address or a list of them", what);
    if (letter->to_count == ADDRESSES_MAX)
        return err_set(err, ERR_INVALID, "%s: a mail goes to %d addresses at most", what, ADDRESSES_MAX);
    if (read_address(letter, what, text, &address, err) < 0)
        return ERR_INVALID;
    text_puts(line, line->len ? ",\r\n " : "");
    add_address(line, &address);
    letter->to = mem_grow(letter->to, letter->to_count, &letter->to_cap, sizeof(*letter->to));
    letter->to[letter->to_count++] = arena_strdup(&letter->arena, address.mailbox);
    return 0;
}

static int add_recipients(
    struct letter *letter, const char *what, const char *field, const json_t *value, struct err *err)
{
    struct text line autotext = {0};
    const json_t *item;
    size_t i;

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_array(value) && add_recipient(letter, what, value, &line, err) < 0)
        return ERR_INVALID;
    json_array_foreach(value, i, item)
    {
        if (add_recipient(letter, what, item, &line, err) < 0)
            return ERR_INVALID;
    }
    if (line.len)
        add_header(letter, arena_printf(&letter->arena, "%s: %s", field, text_str(&line)));
    return 0;
}

static int add_sender(struct letter *letter, const char *from, const char *host, struct err *err)
{
    struct text line autotext = {0};
    struct address address;

    if (!from)
        from = arena_printf(&letter->arena, "runbook@%s", host);
    if (read_address(letter, "from", from, &address, err) < 0)
        return ERR_INVALID;
    text_puts(&line, "From: ");
    add_address(&line, &address);
    add_header(letter, text_str(&line));
    letter->from = arena_strdup(&letter->arena, address.mailbox);
    return 0;
}

static int add_subject(struct letter *letter, const char *subject, struct err *err)
{
    struct text line autotext = {0};

    if (!subject || !*subject)
        return err_set(err, ERR_INVALID, "subject: there is none");
    if (has_control(subject))
        return err_set(err, ERR_INVALID, "subject: it may not contain a line break");
    if (strlen(subject) > SUBJECT_MAX)
        return err_set(err, ERR_INVALID, "subject: it is longer than %d bytes", SUBJECT_MAX);
    text_puts(&line, "Subject: ");
    add_words(&line, subject);
    add_header(letter, text_str(&line));
    return 0;
}

/* RFC 5322, 3.6.4. */
static void add_id(struct letter *letter, const struct letter_origin *origin)
{
    struct sha256 hash = sha256_of(origin->path, strlen(origin->path));
    char hex[SHA256_HEX_SIZE];

    sha256_hex(&hash, hex);
    letter->id = arena_printf(
        &letter->arena, "<%s.%.16s.%d%s>", origin->run_id, hex, origin->attempt, strrchr(letter->from, '@'));
    add_header(letter, arena_printf(&letter->arena, "Message-ID: %s", letter->id));
}

int letter_make(struct letter *letter, const json_t *args, const char *from,
    const struct letter_origin *origin, struct err *err)
{
    if (add_sender(letter, from, origin->host, err) < 0 ||
        add_recipients(letter, "to", "To", json_object_get(args, "to"), err) < 0 ||
        add_recipients(letter, "cc", "Cc", json_object_get(args, "cc"), err) < 0 ||
        add_subject(letter, value_get_string(args, "subject"), err) < 0)
        return ERR_INVALID;
    if (!letter->to_count)
        return err_set(err, ERR_INVALID, "to: there is no address");
    add_id(letter, origin);
    add_header(letter, "Auto-Submitted: auto-generated"); /* RFC 3834: nobody's holiday answers it */
    return 0;
}

void letter_fini(struct letter *letter)
{
    free(letter->to);
    free(letter->headers);
    arena_fini(&letter->arena);
}
