/* completion: shell completion, written from the tables of the verbs, so it never lags behind them. Run ids
 * and step names are asked for when they are needed, with `runbook completion runs` and `runbook completion
 * steps RUN`. */
#include "base/clock.h"
#include "cli/grid.h"
#include "report/facts.h"

#include <string.h>

/* Every option of a verb, its own and the common ones that apply. */
static void each_option(const struct verb *verb,
    void (*each)(const struct verb *, const struct option *, struct text *), struct text *text)
{
    for (const struct option *o = verb->options; o && o->name; o++)
        each(verb, o, text);
    for (const struct common_option *c = common_options; c->option.name; c++)
        if (!c->takes || c->takes & verb->takes)
            each(verb, &c->option, text);
}

/* Text for single quotes in a shell. */
static void quoted(struct text *text, const char *string)
{
    for (; *string; string++) {
        if (*string == '\'')
            text_puts(text, "'\\''");
        else
            text_putc(text, *string);
    }
}

/* --- bash --- */

static void bash_option(const struct verb *verb, const struct option *option, struct text *text)
{
    (void)verb;
    text_printf(text, " --%s", option->name);
}

static void bash_value(const struct verb *verb, const struct option *option, struct text *text)
{
    if (option->type == OPTION_FILE) {
        text_printf(text, "    %s:--%s) compopt -o default; return ;;\n", verb->name, option->name);
    } else if (option->type == OPTION_CHOICE) {
        text_printf(text, "    %s:--%s) COMPREPLY=($(compgen -W '", verb->name, option->name);
        for (size_t i = 0; option->choices[i]; i++)
            text_printf(text, "%s%s", i ? " " : "", option->choices[i]);
        text_puts(text, "' -- \"$cur\")); return ;;\n");
    } else if (option->type != OPTION_FLAG) {
        text_printf(text, "    %s:--%s) return ;;\n", verb->name, option->name);
    }
}

static bool takes_step(const struct verb *verb)
{
    return verb->argument == ARGUMENT_RUN && strstr(verb->usage, "STEP");
}

static void bash_arguments(const struct verb *verb, struct text *text)
{
    static const char *const ways[] = {[ARGUMENT_NONE] = "",
        [ARGUMENT_FILE] = "compopt -o default",
        [ARGUMENT_RUN] = "_runbook_runs",
        [ARGUMENT_VERB] = "_runbook_verbs"};

    text_printf(text, "    %s) [[ $cur == -* ]] && { COMPREPLY=($(compgen -W '-h", verb->name);
    each_option(verb, bash_option, text);
    text_puts(text, "' -- \"$cur\")); return; }\n");
    if (takes_step(verb))
        text_puts(text, "      ((COMP_CWORD == 3)) && { _runbook_steps; return; }\n");
    text_printf(text, "      %s ;;\n", *ways[verb->argument] ? ways[verb->argument] : ":");
}

static void bash(struct text *text)
{
    text_puts(text,
        "# bash completion of runbook; made by: runbook completion bash\n"
        "_runbook_runs() {\n"
        "  COMPREPLY=($(compgen -W \"last $(runbook completion runs 2>/dev/null)\" -- \"$cur\"))\n"
        "}\n"
        "_runbook_steps() {\n"
        "  COMPREPLY=($(compgen -W \"$(runbook completion steps \"${COMP_WORDS[2]}\" 2>/dev/null)\""
        " -- \"$cur\"))\n"
        "}\n"
        "_runbook_verbs() {\n"
        "  COMPREPLY=($(compgen -W '");
    for (size_t i = 0; verbs[i]; i++)
        text_printf(text, "%s%s", i ? " " : "", verbs[i]->name);
    text_puts(text,
        "' -- \"$cur\"))\n"
        "}\n"
        "_runbook() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}\n"
        "  COMPREPLY=()\n"
        "  ((COMP_CWORD == 1)) && { _runbook_verbs; return; }\n"
        "  case $verb:$prev in\n");
    for (size_t i = 0; verbs[i]; i++)
        each_option(verbs[i], bash_value, text);
    text_puts(text, "  esac\n"
                    "  case $verb in\n");
    for (size_t i = 0; verbs[i]; i++)
        bash_arguments(verbs[i], text);
    text_puts(text, "  esac\n"
                    "}\n"
                    "complete -F _runbook runbook\n");
}

/* --- zsh --- */

/* Inside [ ] and : of an _arguments spec these characters have a meaning. */
static void zsh_help(struct text *text, const char *help)
{
    struct text clean autotext = {0};

    for (; *help; help++) {
        if (strchr("[]:\\", *help))
            text_putc(&clean, '\\');
        text_putc(&clean, *help);
    }
    quoted(text, text_str(&clean));
}

static void zsh_option(const struct verb *verb, const struct option *option, struct text *text)
{
    (void)verb;
    text_printf(text, " \\\n        '--%s[", option->name);
    zsh_help(text, option->help);
    text_puts(text, "]");
    if (option->type == OPTION_FILE) {
        text_puts(text, ":file:_files");
    } else if (option->type == OPTION_CHOICE) {
        text_puts(text, ":value:(");
        for (size_t i = 0; option->choices[i]; i++)
            text_printf(text, "%s%s", i ? " " : "", option->choices[i]);
        text_puts(text, ")");
    } else if (option->type != OPTION_FLAG) {
        text_puts(text, ":value:");
    }
    text_puts(text, "'");
}

static void zsh_verb(const struct verb *verb, struct text *text)
{
    static const char *const ways[] = {[ARGUMENT_NONE] = "",
        [ARGUMENT_FILE] = "*:file:_files",
        [ARGUMENT_RUN] = "1:run:_runbook_runs",
        [ARGUMENT_VERB] = "1:verb:_runbook_verbs"};

    text_printf(text, "      %s) _arguments", verb->name);
    each_option(verb, zsh_option, text);
    if (*ways[verb->argument])
        text_printf(text, " \\\n        '%s'", ways[verb->argument]);
    if (takes_step(verb))
        text_puts(text, " \\\n        '2:step:_runbook_steps'");
    text_puts(text, " ;;\n");
}

static void zsh(struct text *text)
{
    text_puts(text,
        "#compdef runbook\n"
        "# zsh completion of runbook; made by: runbook completion zsh\n"
        "_runbook_runs() { compadd last ${(f)\"$(runbook completion runs 2>/dev/null)\"} }\n"
        "_runbook_steps() { compadd ${(f)\"$(runbook completion steps $words[2] 2>/dev/null)\"} }\n"
        "_runbook_verbs() {\n"
        "  local -a names=(\n");
    for (size_t i = 0; verbs[i]; i++) {
        text_printf(text, "    '%s:", verbs[i]->name);
        zsh_help(text, verbs[i]->summary);
        text_puts(text, "'\n");
    }
    text_puts(text, "  )\n"
                    "  _describe verb names\n"
                    "}\n"
                    "_runbook() {\n"
                    "  local curcontext=$curcontext state line\n"
                    "  _arguments -C '1:verb:_runbook_verbs' '*::argument:->rest'\n"
                    "  if [[ $state == rest ]]; then\n"
                    "    case $words[1] in\n");
    for (size_t i = 0; verbs[i]; i++)
        zsh_verb(verbs[i], text);
    text_puts(text, "    esac\n"
                    "  fi\n"
                    "}\n"
                    "_runbook \"$@\"\n");
}

/* --- fish --- */

static void fish_option(const struct verb *verb, const struct option *option, struct text *text)
{
    text_printf(
        text, "complete -c runbook -n '__fish_seen_subcommand_from %s' -l %s", verb->name, option->name);
    if (option->letter)
        text_printf(text, " -s %c", option->letter);
    if (option->type == OPTION_FILE) {
        text_puts(text, " -r -F");
    } else if (option->type == OPTION_CHOICE) {
        text_puts(text, " -x -a '");
        for (size_t i = 0; option->choices[i]; i++)
            text_printf(text, "%s%s", i ? " " : "", option->choices[i]);
        text_puts(text, "'");
    } else if (option->type != OPTION_FLAG) {
        text_puts(text, " -x");
    }
    text_puts(text, " -d '");
    quoted(text, option->help);
    text_puts(text, "'\n");
}

static void fish(struct text *text)
{
    text_puts(text, "# fish completion of runbook; made by: runbook completion fish\n"
                    "complete -c runbook -f\n");
    for (size_t i = 0; verbs[i]; i++) {
        text_printf(text, "complete -c runbook -n __fish_use_subcommand -a %s -d '", verbs[i]->name);
        quoted(text, verbs[i]->summary);
        text_puts(text, "'\n");
        if (verbs[i]->argument == ARGUMENT_FILE)
            text_printf(text, "complete -c runbook -n '__fish_seen_subcommand_from %s' -F\n", verbs[i]->name);
        if (verbs[i]->argument == ARGUMENT_RUN)
            text_printf(text,
                "complete -c runbook -n '__fish_seen_subcommand_from %s' -a 'last (runbook completion runs"
                " 2>/dev/null)'\n",
                verbs[i]->name);
        each_option(verbs[i], fish_option, text);
    }
}

/* --- what the scripts ask for --- */

struct words {
    struct journal *journal;
    struct text *text;
};

static bool add_run(void *context, const struct run_row *run)
{
    struct words *words = context;
    char id[RUN_ID_SIZE];

    journal_short_id(words->journal, run->id, id);
    text_printf(words->text, "%s\n", id);
    return true;
}

static void runs(const struct cli *cli, struct journal *journal, struct text *text)
{
    struct words words = {journal, text};

    (void)cli;
    journal_runs(journal, &(struct run_filter){.limit = 30}, add_run, &words, NULL);
}

static void steps(const struct cli *cli, struct journal *journal, struct text *text)
{
    char id[RUN_ID_SIZE];
    struct facts facts;

    if (cli->arg_count < 2 || journal_find_run(journal, cli->args[1], id, NULL) < 0)
        return;
    if (facts_read(journal, id, clock_wall_us(), &facts, NULL) < 0)
        return;
    for (size_t i = 0; i < facts.row_count; i++)
        if (facts.rows[i].type == ROW_STEP)
            text_printf(text, "%s\n", facts.rows[i].path);
    facts_fini(&facts);
}

static const struct {
    const char *name;
    void (*script)(struct text *text);
    void (*words)(const struct cli *cli, struct journal *journal, struct text *text);
} sorts[] = {{"bash", bash, NULL}, {"zsh", zsh, NULL}, {"fish", fish, NULL}, {"runs", NULL, runs},
    {"steps", NULL, steps}};

/* A shell that completes must not be disturbed: without a journal there is nothing to offer. */
static void put_words(const struct cli *cli, size_t sort, struct text *text)
{
    const struct journal_options how = {.path = cli->common.journal, .read_only = true};
    struct journal *journal;

    if (journal_open(&how, &journal, NULL) < 0)
        return;
    sorts[sort].words(cli, journal, text);
    journal_close(journal);
}

static int run(struct cli *cli)
{
    struct text text autotext = {0};

    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        if (strcmp(sorts[i].name, cli->args[0]) != 0)
            continue;
        if (sorts[i].script)
            sorts[i].script(&text);
        else
            put_words(cli, i, &text);
        cli_print(&text);
        return EXIT_OK;
    }
    return cli_usage(cli, "no completion for the shell \"%s\"; there are: bash, zsh, fish", cli->args[0]);
}

const struct verb verb_completion = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .summary = "Print the completion script for a shell",
    .help = "Verbs, options, their choices, run ids and step names are completed.",
    .examples = "  source <(runbook completion bash)\n  runbook completion fish "
                ">~/.config/fish/completions/runbook.fish",
    .min_args = 1,
    .max_args = 2,
    .takes = TAKES_JOURNAL,
    .run = run,
};
