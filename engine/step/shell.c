#include "step/shell.h"

#include "base/nearest.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel takes at most 128 KiB for one argument. */
enum { INLINE_MAX = 100 * 1024 };

struct preset {
    const char *name;
    const char *program;  /* where it is, as for make and cron; NULL: looked up in PATH */
    const char *brief[8]; /* for a script that fits into an argument */
    const char *file[8];  /* for any */
};

static const struct preset presets[] = {
    {"sh", "/bin/sh", {"sh", "-e", "-c", "{script}"}, {"sh", "-e", "{file}"}},
    {"bash", NULL, {"bash", "-e", "-o", "pipefail", "-c", "{script}"},
        {"bash", "-e", "-o", "pipefail", "{file}"}},
    {"python3", NULL, {"python3", "-c", "{script}"}, {"python3", "{file}"}},
    {"lua", NULL, {"lua", "-e", "{script}"}, {"lua", "{file}"}},
    {"perl", NULL, {"perl", "-e", "{script}"}, {"perl", "{file}"}},
    {"psql", NULL, {NULL}, {"psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", "{file}"}},
};

enum { PRESET_COUNT = sizeof(presets) / sizeof(presets[0]) };

static const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < PRESET_COUNT; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

/* A file in memory: nothing is left behind however we end, and nobody else can read it. */
static int file_of(struct command *command, const char *script, struct err *err)
{
    size_t len = strlen(script), done = 0;

    if (command->script_fd >= 0)
        return 0;
    command->script_fd = memfd_create("script", MFD_CLOEXEC);
    if (command->script_fd < 0)
        return err_errno(err, errno, "cannot make a file for the script");
    while (done < len) {
        ssize_t n = write(command->script_fd, script + done, len - done);

        if (n < 0 && errno != EINTR)
            return err_errno(err, errno, "cannot write the script to memory");
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int add_word(struct command *command, const char *word, const char *script, struct err *err)
{
    const char *script_at = strstr(word, "{script}"), *file_at = strstr(word, "{file}");
    const char *at = script_at ? script_at : file_at;
    struct text text autotext = {0};

    if (!at) {
        command_arg(command, word);
        return 0;
    }
    if (file_at && !script_at && file_of(command, script, err) < 0)
        return ERR_IO;
    text_add(&text, word, (size_t)(at - word));
    text_puts(&text, script_at ? script : command_fd_path(command, command->script_fd));
    text_puts(&text, at + strlen(script_at ? "{script}" : "{file}"));
    command_arg(command, text_str(&text));
    return 0;
}

static int add_words(
    struct command *command, const char *const *words, size_t len, const char *script, struct err *err)
{
    for (size_t i = 0; i < len && words[i]; i++)
        if (add_word(command, words[i], script, err) < 0)
            return ERR_IO;
    return 0;
}

static bool has_place(const struct strings *shell)
{
    for (size_t i = 0; i < shell->len; i++)
        if (strstr(shell->items[i], "{script}") || strstr(shell->items[i], "{file}"))
            return true;
    return false;
}

static int no_shell(const struct strings *shell, struct err *err)
{
    const char *names[PRESET_COUNT];
    const char *near;

    for (size_t i = 0; i < PRESET_COUNT; i++)
        names[i] = presets[i].name;
    near = nearest(shell->items[0], names, PRESET_COUNT);
    if (near)
        return err_set(err, ERR_USAGE, "no shell \"%.100s\"; did you mean \"%s\"?", shell->items[0], near);
    return err_set(err, ERR_USAGE,
        "shell \"%.100s\" does not say where the script goes; write it as a list, such as [%.100s, -c, "
        "\"{script}\"]",
        shell->items[0], shell->items[0]);
}

int shell_command(struct command *command, const struct strings *shell, const char *script, struct err *err)
{
    const struct preset *preset = shell->len == 0   ? &presets[0]
                                  : shell->len == 1 ? preset_find(shell->items[0])
                                                    : NULL;
    bool is_brief = preset && preset->brief[0] && strlen(script) <= INLINE_MAX;

    command->program = preset ? preset->program : NULL;
    if (preset)
        return add_words(command, is_brief ? preset->brief : preset->file, 8, script, err);
    if (!has_place(shell))
        return no_shell(shell, err);
    return add_words(command, shell->items, shell->len, script, err);
}
