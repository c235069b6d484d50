#include "drive/address.h"

#include "base/mem.h"
#include "base/text.h"
#include "journal/place.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 256 };

/* Where it would be looked for by somebody whose environment says nothing of it. */
static bool is_usual(const char *path)
{
    struct err err;
    char *usual autofree = getenv("RUNBOOK_JOURNAL") ? NULL : place_find(NULL, &err);

    return usual && strcmp(usual, path) == 0;
}

/* As a shell reads it. */
static void add_word(struct text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/+,:@%";

    if (!word[strspn(word, plain)]) {
        text_puts(text, word);
        return;
    }
    text_putc(text, '\'');
    for (; *word; word++)
        if (*word == '\'')
            text_puts(text, "'\\''");
        else
            text_putc(text, *word);
    text_putc(text, '\'');
}

json_t *address_of(struct journal *journal, const char *run_id)
{
    char short_id[RUN_ID_SIZE], host[HOST_SIZE] = "", full[PATH_MAX];
    const char *path = journal_path(journal);
    struct text command autotext = {0};

    journal_short_id(journal, run_id, short_id);
    gethostname(host, sizeof(host) - 1);
    text_printf(&command, "runbook ack %s", short_id);
    if (!is_usual(path)) {
        text_puts(&command, " --journal ");
        add_word(&command, realpath(path, full) ? full : path);
    }
    return json_pack("{s:s, s:s, s:o}", "run", short_id, "host", host, "ack_command",
        value_string(text_str(&command), command.len));
}
