/* What verbs share. */
#include "cli/verb.h"
#include "base/clock.h"
#include "report/facts.h"

#include <langinfo.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct {
    int code, status;
} statuses[] = {
    {ERR_USAGE, EXIT_USAGE},
    {ERR_NOT_FOUND, EXIT_USAGE},
    {ERR_CONFLICT, EXIT_USAGE},
    {ERR_INVALID, EXIT_USAGE},
    {ERR_DENIED, EXIT_DENIED},
    {ERR_IO, EXIT_JOURNAL},
    {ERR_FULL, EXIT_JOURNAL},
    {ERR_BUSY, EXIT_JOURNAL},
    {ERR_CORRUPT, EXIT_JOURNAL},
};

int cli_fail(const struct err *err)
{
    struct text shown autotext = {0};

    text_add_shown(&shown, err->text, strlen(err->text));
    fprintf(stderr, "runbook: %s\n", text_str(&shown));
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].code == err->code)
            return statuses[i].status;
    return EXIT_FAILED;
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
    struct text shown autotext = {0};
    va_list args;
    char *said autofree = NULL;

    va_start(args, format);
    said = mem_vprintf(format, args);
    va_end(args);
    text_add_shown(&shown, said, strlen(said));
    fprintf(stderr, "runbook: %s\n(runbook %s -h explains)\n", text_str(&shown), cli->verb->name);
    return EXIT_USAGE;
}

bool cli_color(const struct cli *cli, FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (cli->common.no_color || cli->common.color == COLOR_NEVER)
        return false;
    if (cli->common.color == COLOR_ALWAYS)
        return true;
    return !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0) && isatty(fileno(stream));
}

/* A journal that cannot be opened is status 5, whatever the reason; one that is not there yet is a usage
 * mistake. */
static void tell_waiting(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "runbook: %s; waiting for it\n", text);
}

int cli_open_journal(const struct cli *cli, bool read_only, struct journal **ret_journal)
{
    const struct journal_options options = {
        .path = cli->common.journal,
        .sync = (enum journal_sync)cli->common.sync,
        .read_only = read_only,
    };
    struct err err = {0};
    int code = journal_open(&options, ret_journal, &err);

    if (code == 0 && !read_only)
        code = journal_await(*ret_journal, tell_waiting, NULL, &err);
    if (code == 0)
        return EXIT_OK;
    cli_fail(&err);
    return code == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_JOURNAL;
}

int cli_find_run(const struct cli *cli, struct journal *journal, size_t index, char ret_id[RUN_ID_SIZE])
{
    struct err err = {0};

    if (journal_find_run(journal, cli->args[index], ret_id, &err) < 0)
        return cli_fail(&err);
    return EXIT_OK;
}

/* The login name of the user id, not $USER: anybody can set that. */
static const char *login_name(struct arena *arena)
{
    const struct passwd *entry = getpwuid(getuid());

    if (entry && *entry->pw_name)
        return arena_strdup(arena, entry->pw_name);
    return arena_printf(arena, "%u", (unsigned)getuid());
}

int cli_read_run(
    const struct cli *cli, struct journal *journal, char ret_id[RUN_ID_SIZE], struct facts *ret_facts)
{
    struct err err = {0};
    int status = cli_find_run(cli, journal, 0, ret_id);

    if (status == EXIT_OK && facts_read(journal, ret_id, clock_wall_us(), ret_facts, &err) < 0)
        status = cli_fail(&err);
    return status;
}

bool cli_may_ask(const struct cli *cli, bool no_input)
{
    return !no_input && !cli->common.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

struct principal cli_principal(struct cli *cli)
{
    struct utsname host;

    uname(&host);
    return (struct principal){
        .user = login_name(&cli->arena),
        .host = arena_strdup(&cli->arena, host.nodename),
        .way = "terminal",
    };
}

size_t cli_width(FILE *stream, size_t fallback)
{
    struct winsize size;

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return fallback;
}

bool cli_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
