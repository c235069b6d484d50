/* daemon: one process for every run that nobody watches. */
#include "base/clock.h"
#include "cli/carry.h"
#include "drive/keeper.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct service {
    struct cli *cli;
    struct journal *journal;
    struct loop *loop;
    struct keeper *keeper;
    struct loop_signal *signals[3];
    int interrupts;
    size_t unread; /* lines that were not printed because nobody reads */
};

/* --- what it says ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;   /* for programs */
    const char *before; /* the text, for people */
} words[] = {
    [KEEPER_TAKES_UP] = {"taken_up", "taken up"},
    [KEEPER_RESTS] = {"at_rest", "at rest until "},
    [KEEPER_ENDED] = {"ended", ""},
    [KEEPER_LEAVES] = {"left", "cannot go on here: "},
};

static void print_json(const struct run_row *run, const char *event, const char *text, int64_t now_us)
{
    char at[INSTANT_TEXT_SIZE];
    json_t *line autovalue = json_pack("{s:s, s:s, s:s, s:s}", "at", instant_utc(now_us, at), "event", event,
        "run", run ? run->id : "", "text", text);

    if (run && run->runbook)
        json_object_set_new(line, "runbook", json_string(run->runbook));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
}

static void print_line(const struct run_row *run, const char *before, const char *text, int64_t now_us)
{
    struct text line autotext = {0};
    char at[INSTANT_TEXT_SIZE];

    text_printf(&line, "%s  ", instant_local(now_us, true, at));
    if (run)
        text_printf(&line, "%.6s  %s  ", run->id, run->runbook ? run->runbook : "");
    text_printf(&line, "%s%s", before, text);
    puts(text_str(&line));
}

/* Runs do not wait for whoever reads the log. A pipe that can be written takes a line of this length whole.
 */
static bool is_read(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&out, 1, 0) != 0;
}

static void print(const struct service *service, const struct run_row *run, const char *event,
    const char *before, const char *text)
{
    if (service->cli->common.json)
        print_json(run, event, text, clock_wall_us());
    else
        print_line(run, before, text, clock_wall_us());
    fflush(stdout);
}

static void say(struct service *service, const struct run_row *run, const char *event, const char *before,
    const char *text)
{
    if (!is_read()) {
        service->unread++;
        return;
    }
    if (service->unread) {
        char *lost autofree = mem_printf("%zu lines are not here: nobody read them", service->unread);

        service->unread = 0;
        print(service, NULL, "unread", "", lost);
    }
    if (is_read())
        print(service, run, event, before, text);
    else
        service->unread++;
}

static void on_word(void *context, enum keeper_word word, const struct run_row *run, const char *text)
{
    struct service *service = context;
    bool is_for_a_word = word == KEEPER_RESTS && !*text;

    say(service, run, words[word].name, words[word].before, is_for_a_word ? "somebody speaks to it" : text);
}

static void on_trouble(void *context, const struct err *trouble)
{
    say(context, NULL, "trouble", "", trouble ? trouble->text : "the journal can be written again");
}

static void on_stopped(void *context)
{
    loop_stop(((struct service *)context)->loop);
}

/* --- life --------------------------------------------------------------------------------------------- */

/* The first stops it in order, which takes a journal that can be written; the second at once. */
static void on_signal(void *context, int signum)
{
    struct service *service = context;

    (void)signum;
    if (service->interrupts++) {
        loop_stop(service->loop);
        return;
    }
    say(service, NULL, "stopping", "", "stopping; what runs is left to the next daemon");
    keeper_stop(service->keeper);
}

static void listen(struct service *service)
{
    static const int signums[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < sizeof(signums) / sizeof(signums[0]); i++)
        service->signals[i] = loop_signal_start(service->loop, signums[i], on_signal, service);
}

static void fini(struct service *service)
{
    for (size_t i = 0; i < sizeof(service->signals) / sizeof(service->signals[0]); i++)
        loop_signal_free(service->signals[i]);
    journal_close(service->journal);
    keeper_free(service->keeper);
    loop_free(service->loop);
}

static int serve(struct service *service)
{
    struct err err = {0};

    listen(service);
    say(service, NULL, "ready", "keeping the runs of ", journal_path(service->journal));
    loop_run(service->loop);
    return journal_trouble(service->journal, &err) < 0 ? cli_fail(&err) : EXIT_OK;
}

static int run(struct cli *cli)
{
    struct service service = {.cli = cli};
    int code, status = cli_open_journal(cli, false, &service.journal);
    struct err err = {0};

    if (status != EXIT_OK)
        return status;
    carry_ignore_signals();
    service.loop = loop_new();
    const struct keeper_options options = {.loop = service.loop,
        .journal = service.journal,
        .me = cli_principal(cli),
        .watcher = {on_word, on_trouble, on_stopped, &service}};

    code = keeper_new(&options, &service.keeper, &err);
    status = code == 0 ? serve(&service) : cli_fail(&err);
    fini(&service);
    return code == ERR_BUSY ? EXIT_USAGE : status;
}

const struct verb verb_daemon = {
    .name = "daemon",
    .usage = "",
    .summary = "Look after every run that nobody watches, in one process",
    .help =
        "While it is there, `resume --detach` and `resume --all` give their runs to it instead of starting a "
        "process\n"
        "for each. A run that only waits, for a time or for a word, is at rest: it takes no memory, and is "
        "taken "
        "up ten\n"
        "seconds before it is due, or when somebody speaks to it. Of one journal there is one daemon.\n\n"
        "TERM stops it: what was under way is stopped and marked, and the next daemon goes on with every run "
        "that "
        "this\n"
        "one had. So it does when this one was killed. It prints a line when it takes a run up, lays it to "
        "rest, "
        "or the\n"
        "run has ended.",
    .examples = "  runbook daemon\n"
                "  systemd-run --user --unit runbook runbook daemon",
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .argument = ARGUMENT_NONE,
    .run = run,
};
