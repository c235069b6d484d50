/* timers: what waiting costs.
 *
 *   timers loop N           the whole process with N timers of the loop armed, in MiB
 *   timers arm DB BOOK N    a run of the runbook with the parameter n = N, which first waits for a second,
 * from then up to its Nth timer being durable: durable timers a second, and what each of them takes of
 * memory, in bytes
 */
#include "drive/birth.h"
#include "drive/live.h"
#include "drive/program.h"
#include "floor.h"

#include <malloc.h>
#include <string.h>
#include <unistd.h>

static double resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* --- the loop's --- */

static void never(void *context)
{
    (void)context;
    abort();
}

static int arm_loop(char **argv)
{
    long count = strtol(argv[0], NULL, 10);
    struct loop *loop = loop_new();
    const int64_t hour_us = 3600 * (int64_t)1000000;

    for (long i = 0; i < count; i++)
        loop_timer_start(loop, loop_now_us(loop) + hour_us + (i * 7919) % hour_us, never, loop);
    printf("waiting %.1f MiB\n", resident() / (1 << 20));
    _exit(fflush(stdout)); /* what is armed is not taken apart first */
}

/* --- a run's --- */

enum { FIRST_WAIT_S = 1 };

struct arming {
    struct loop *loop;
    long left;
    double from; /* when its first timer is due: the run is there by then, as the floor's file is */
};

static void on_event(void *context, const struct event *event)
{
    struct arming *arming = context;

    if (event->type != EVENT_TIMER_SET)
        return;
    if (!arming->from)
        arming->from = now() + FIRST_WAIT_S;
    else if (--arming->left <= 0)
        loop_stop(arming->loop);
}

/* Whoever is paged hears it at once. */
static bool on_bell(void *context, const char *line)
{
    return context && line;
}

static struct live *begin(struct arming *arming, struct journal *journal, struct program *program, long count)
{
    struct live *live = live_new(&(struct live_options){.loop = arming->loop,
        .journal = journal,
        .book = program->book,
        .script = program->script,
        .params = json_pack("{s:I}", "n", (json_int_t)count),
        .initiator = {"bench", "", ""},
        .watcher = {.on_event = on_event, .on_bell = on_bell, .context = arming}});
    struct err err;

    arming->left = count;
    must(live_begin(live, &err) == 0, "begin");
    return live;
}

static int arm(char **argv)
{
    const struct journal_options options = {.path = argv[0], .sync = JOURNAL_SYNC_FULL};
    long count = strtol(argv[2], NULL, 10);
    struct arming arming = {.loop = loop_new()};
    struct journal *journal;
    struct program program;
    struct diags diags = {0};
    struct err err;
    double took, before, after;

    must(program_open(argv[1], &program, &diags) == 0, argv[1]);
    must(journal_open(&options, &journal, &err) == 0, "journal");
    before = resident();
    begin(&arming, journal, &program, count);
    if (arming.left > 0)
        loop_run(arming.loop);
    must(arming.left <= 0, "arming");
    journal_close(journal);
    took = now() - arming.from;
    malloc_trim(0);
    after = resident();
    printf("each %.0f bytes\n", (after - before) / (double)count);
    printf("armed %.0f timers/s\n", (double)count / took);
    _exit(fflush(stdout));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int args;
        int (*run)(char **argv);
    } verbs[] = {{"loop", 1, arm_loop}, {"arm", 3, arm}};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (argc == verbs[i].args + 2 && strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argv + 2);
    fprintf(stderr, "usage: timers loop N | arm DB BOOK N\n");
    return 2;
}
