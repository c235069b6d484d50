#include "script/natives.h"

#include <string.h>

enum { KEYS_MAX = 4 };

/* Carried out by step/notify.c. */
static const struct native {
    const char *uses;
    const char *keys[KEYS_MAX];
    size_t key_count;
} natives[] = {
    {"command.run", {"argv", "stdin"}, 2},
    {"mail.send", {"to", "cc", "from", "smtp"}, 4},
    {"terminal.bell", {NULL}, 0},
};

static void check_key(const struct native *native, const char *key, struct pos pos, struct diags *diags)
{
    struct diag *diag;

    for (size_t i = 0; i < native->key_count; i++)
        if (strcmp(native->keys[i], key) == 0)
            return;
    diag = diag_error(diags, pos, "unknown-key", "%s has no parameter \"%s\"", native->uses, key);
    diag_did_you_mean(diags, diag, key, native->keys, native->key_count);
}

static void check_with(const struct native *native, const struct template *with, struct diags *diags)
{
    const char *key;
    json_t *value;

    if (with->type == TEMPLATE_CONST) {
        json_object_foreach(with->constant, key, value) check_key(native, key, with->pos, diags);
    }
    for (size_t i = 0; with->type == TEMPLATE_MAP && i < with->len; i++)
        check_key(native, with->keys[i], with->items[i]->pos, diags);
}

bool natives_check(const struct channel *channel, struct diags *diags)
{
    for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++) {
        if (strcmp(natives[i].uses, channel->uses) != 0)
            continue;
        if (channel->with)
            check_with(&natives[i], channel->with, diags);
        return true;
    }
    return false;
}

/* What somebody may look for among the actions: all of a file, or one. */
static const struct {
    const char *name, *instead;
} elsewhere[] = {
    {"mail", "a step sends mail by `mail: {to: …, subject: …, body: …}`, a channel by `uses: mail.send`"},
    {"command", "a step runs a command by `run` or `exec`, a channel by `uses: command.run`"},
    {"terminal", "a channel rings the bell by `uses: terminal.bell`"},
    {"assert", "a step checks by `assert: [EXPRESSION, …]`, code by must(result, what) and fail(message)"},
    {"prometheus.silence", "Alertmanager silences: alertmanager.silence"},
};

const char *natives_instead(const char *uses)
{
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
        size_t len = strlen(elsewhere[i].name);

        if (strncmp(uses, elsewhere[i].name, len) == 0 && (!uses[len] || uses[len] == '.'))
            return elsewhere[i].instead;
    }
    return NULL;
}
