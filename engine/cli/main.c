/* runbook VERB …: finds the verb, sorts the options, runs it. */
#include "base/nearest.h"
#include "cli/verb.h"
#include "cli/verbs.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define X(name) extern const struct verb verb_##name;
VERBS(X)
#undef X

#define X(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(X) NULL};
#undef X

static const char *const sync_names[] = {"full", "normal", NULL};
static const char *const color_names[] = {"auto", "always", "never", NULL};

#define AT(field) offsetof(struct common_options, field)
const struct common_option common_options[] = {
    {{"journal", 0, OPTION_FILE, AT(journal), "FILE",
         "The journal (default: $RUNBOOK_JOURNAL, else the user's own)", NULL},
        TAKES_JOURNAL},
    {{"sync", 0, OPTION_CHOICE, AT(sync), NULL,
         "full survives a power cut, normal only a crash of the program", sync_names},
        TAKES_SYNC},
    {{"json", 0, OPTION_FLAG, AT(json), NULL, "Print JSON for programs", NULL}, TAKES_JSON},
    {{"color", 0, OPTION_CHOICE, AT(color), NULL, "When to use colour (auto: on a terminal)", color_names},
        0},
    {{"no-color", 0, OPTION_FLAG, AT(no_color), NULL, "The same as --color never", NULL}, 0},
    {{0}, 0},
};
#undef AT

enum { COMMON_MAX = 8 };

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

/* The common options of one verb as a table of its own. */
static void common_of(const struct verb *verb, struct option ret_options[COMMON_MAX])
{
    size_t count = 0;

    for (const struct common_option *c = common_options; c->option.name; c++)
        if (!c->takes || c->takes & verb->takes)
            ret_options[count++] = c->option;
    ret_options[count] = (struct option){0};
}

static void help_verb(const struct verb *verb, const struct option *common)
{
    struct text text autotext = {0};

    text_printf(&text, "Usage: runbook %s%s%s [options]\n\n%s.\n", verb->name, *verb->usage ? " " : "",
        verb->usage, verb->summary);
    if (verb->help)
        text_printf(&text, "\n%s\n", verb->help);
    text_puts(&text, "\nOptions:\n");
    for (const struct option *o = verb->options; o && o->name; o++)
        option_help(o, &text);
    for (const struct option *o = common; o->name; o++)
        option_help(o, &text);
    if (verb->examples)
        text_printf(&text, "\nExamples:\n%s\n", verb->examples);
    fputs(text_str(&text), stdout);
}

static void help_all(FILE *stream)
{
    fputs("Usage: runbook VERB [arguments] [options]\n\n"
          "Carries out operational procedures written in YAML, with the people who are on call, and keeps a\n"
          "journal from which every run can be explained.\n\n"
          "Verbs:\n",
        stream);
    for (size_t i = 0; verbs[i]; i++)
        fprintf(stream, "  %-12s %s\n", verbs[i]->name, verbs[i]->summary);
    fputs("\nrunbook VERB -h explains one verb, with examples.\n", stream);
}

static int unknown_verb(const char *name)
{
    const char *names[64], *near;
    struct err err = {0};
    size_t count = 0;

    for (size_t i = 0; verbs[i] && count < 64; i++)
        names[count++] = verbs[i]->name;
    near = nearest(name, names, count);
    if (near)
        err_set(&err, ERR_USAGE, "there is no verb \"%s\"; did you mean \"%s\"?", name, near);
    else
        err_set(&err, ERR_USAGE, "there is no verb \"%s\"; runbook -h lists them", name);
    return cli_fail(&err);
}

static int check_count(const struct cli *cli)
{
    if (cli->arg_count < cli->verb->min_args)
        return cli_usage(cli, "usage: runbook %s %s", cli->verb->name, cli->verb->usage);
    if (cli->arg_count > cli->verb->max_args)
        return cli_usage(cli, "unexpected argument \"%s\"", cli->args[cli->verb->max_args]);
    return EXIT_OK;
}

/* `argv` is the program's; what follows the verb is sorted. */
static int run_verb(const struct verb *verb, char **argv, size_t argc)
{
    struct option common[COMMON_MAX];
    void *own autofree = mem_alloc(verb->options_size ? verb->options_size : 1);
    const char **args autofree = mem_alloc((argc + 1) * sizeof(*args));
    struct cli cli = {.verb = verb, .argv = argv, .options = own, .args = args};
    const struct option_set sets[] = {{verb->options, own}, {common, &cli.common}};
    struct err err;
    bool wants_help;
    int status;

    common_of(verb, common);
    if (options_parse(argv + 2, argc - 2, sets, 2, args, &cli.arg_count, &wants_help, &err) < 0) {
        status = cli_usage(&cli, "%s", err.text);
    } else if (wants_help) {
        help_verb(verb, common);
        status = EXIT_OK;
    } else {
        status = check_count(&cli);
        if (status == EXIT_OK)
            status = verb->run(&cli);
    }
    options_fini(&sets[0]);
    arena_fini(&cli.arena);
    return status;
}

static int explain(const char *name)
{
    const struct verb *verb = verb_find(name);
    struct option common[COMMON_MAX];

    if (!verb)
        return unknown_verb(name);
    common_of(verb, common);
    help_verb(verb, common);
    return EXIT_OK;
}

/* `runbook -h`, `runbook --version`, `runbook help VERB` are what people try first. */
static int run_word(char **argv, size_t argc)
{
    const char *word = argv[1];
    const struct verb *verb = verb_find(word);

    if (verb)
        return run_verb(verb, argv, argc);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("runbook %s\n", RUNBOOK_VERSION);
        return EXIT_OK;
    }
    if (strcmp(word, "help") == 0 && argc > 2)
        return explain(argv[2]);
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        help_all(stdout);
        return EXIT_OK;
    }
    return unknown_verb(word);
}

/* A reader that has seen enough is no failure; a full disk is. */
static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

static int finish(int status)
{
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE || reader_is_gone() || status != EXIT_OK)
        return status;
    fprintf(stderr, "runbook: the output could not be written%s%s\n", errno ? ": " : "",
        errno ? strerror(errno) : "");
    return EXIT_FAILED;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        help_all(stderr);
        return EXIT_USAGE;
    }
    return finish(run_word(argv, (size_t)argc));
}
