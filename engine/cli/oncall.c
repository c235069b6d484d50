/* oncall: who is on call, until when, who is next, and who a policy would page when. */
#include "cli/oncall.h"
#include "base/clock.h"
#include "base/duration.h"
#include "core/reach.h"
#include "drive/program.h"
#include "oncall/opening.h"
#include "oncall/turns.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { DAYS_MAX = 366, TIME_SIZE = 32 };

struct oncall_options {
    const char *at;
    bool who_next;
    int64_t days;
};

struct showing {
    struct cli *cli;
    const struct oncall_options *options;
    int64_t at_us;
    size_t shown, invalid;
    bool is_folder; /* files without people are passed over */
};

/* --- what is looked up --- */

const char *watch_time(int64_t at_us, char *ret, size_t size)
{
    time_t at = (time_t)(at_us / 1000000);
    struct tm tm;

    localtime_r(&at, &tm);
    strftime(ret, size, "%a %Y-%m-%d %H:%M", &tm);
    return ret;
}

struct watch watch_at(const struct people *people, size_t rotation, int64_t at_us)
{
    const struct rotation *turns = people->rotations.items[rotation];
    struct watch watch = {.rotation = people->rotations.names[rotation]};
    struct duty now, next;

    turns_at(turns, at_us, &now);
    watch.member = now.member;
    watch.is_stand_in = now.is_stand_in;
    watch.has_next = turns_next(turns, at_us, &watch.until_us, &next);
    watch.next = watch.has_next ? next.member : NULL;
    return watch;
}

/* Whoever reaches nobody does not hold: the next level is paged instead. */
static bool holds(const struct people *people, const struct stage *stage)
{
    struct targets targets = {0};

    reach_expand(people, &stage->level->notify, stage->at_us, &targets);
    free(targets.items);
    return targets.len > 0;
}

void stages_of(const struct people *people, const struct policy *policy, int64_t at_us, struct stage *stages)
{
    const struct calendar *calendar =
        policy->calendar.text ? people_find(&people->calendars, policy->calendar.text) : NULL;
    struct stage next = {.at_us = at_us};

    for (size_t i = 0; i < policy->levels.len; i++) {
        const struct level *level = policy->levels.items[i];
        const struct amount *hold = &level->escalate_after;

        stages[i] = next;
        stages[i].level = level;
        if (!holds(people, &stages[i]))
            continue;
        if (next.after_ms < 0 || !hold->given || hold->expr) {
            next.after_ms = -1;
            continue;
        }
        next.after_ms += hold->value;
        next.at_us = calendar ? opening_after(calendar->opening, next.at_us, hold->value * 1000)
                              : next.at_us + hold->value * 1000;
    }
}

/* --- rotations --- */

static const char *somebody(const char *member)
{
    return member ? member : "nobody";
}

/* "pager, mail": the ways to a contact, in the order in which they are tried. */
static void put_channels(const struct people *people, const char *member, struct text *text)
{
    const struct contact *contact = member ? people_find(&people->contacts, member) : NULL;

    for (size_t i = 0; contact && i < contact->channels.len; i++)
        text_printf(text, "%s%s", i ? ", then " : "", contact->channels.items[i]);
}

static void add_rotation(struct grid *grid, const struct people *people, const struct watch *watch)
{
    struct text how autotext = {0};
    char until[TIME_SIZE] = "for good";
    char *who autofree =
        mem_printf("%s%s", somebody(watch->member), watch->is_stand_in ? " (stands in)" : "");

    if (watch->has_next)
        watch_time(watch->until_us, until, sizeof(until));
    put_channels(people, watch->member, &how);
    grid_add(grid, INK_BOLD, watch->rotation);
    grid_add(grid, watch->member ? INK_GOOD : INK_WARN, who);
    grid_add(grid, INK_PLAIN, until);
    grid_add(grid, INK_PLAIN, watch->has_next ? somebody(watch->next) : "");
    grid_add(grid, INK_DIM, text_str(&how));
}

static void print_grid(struct showing *showing, struct grid *grid)
{
    struct paint paint = cli_paint(showing->cli);

    grid_print(grid, &paint, cli_width(stdout, 0), stdout);
    grid_fini(grid);
}

static void print_rotations(struct showing *showing, const struct people *people)
{
    static const struct column columns[] = {{"ROTATION", false, 8}, {"ON CALL", false, 8},
        {"UNTIL", false, 0}, {"THEN", false, 4}, {"PAGED BY", false, 8}};
    struct grid grid;

    if (!people->rotations.len)
        return;
    grid_init(&grid, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < people->rotations.len; i++) {
        struct watch watch = watch_at(people, i, showing->at_us);

        add_rotation(&grid, people, &watch);
    }
    print_grid(showing, &grid);
}

/* One line per rotation, for scripts and for whoever wants nothing else. */
static void print_next(const struct showing *showing, const struct people *people)
{
    for (size_t i = 0; i < people->rotations.len; i++) {
        struct watch watch = watch_at(people, i, showing->at_us);
        char when[TIME_SIZE];

        if (watch.has_next)
            printf("%s: %s from %s\n", watch.rotation, somebody(watch.next),
                watch_time(watch.until_us, when, sizeof(when)));
        else
            printf("%s: %s, for good\n", watch.rotation, somebody(watch.member));
    }
}

/* --- policies --- */

static void put_people(const struct people *people, const struct stage *stage, struct text *text)
{
    struct targets targets = {0};

    reach_expand(people, &stage->level->notify, stage->at_us, &targets);
    for (size_t i = 0; i < targets.len; i++)
        text_printf(text, "%s%s", i ? ", " : "", targets.items[i].name);
    if (!targets.len)
        text_puts(text, "nobody: the level is skipped");
    free(targets.items);
}

static void add_level(
    struct grid *grid, const struct people *people, const struct stage *stage, size_t number)
{
    struct text names autotext = {0}, who autotext = {0};
    const struct strings *notify = &stage->level->notify;
    char level[24], after[DURATION_TEXT_SIZE] = "at once", when[TIME_SIZE] = "";

    snprintf(level, sizeof(level), "%zu", number);
    if (stage->after_ms > 0)
        duration_exact(stage->after_ms, after);
    else if (stage->after_ms < 0)
        snprintf(after, sizeof(after), "?");
    if (stage->after_ms >= 0)
        watch_time(stage->at_us, when, sizeof(when));
    for (size_t i = 0; i < notify->len; i++)
        text_printf(&names, "%s%s", i ? ", " : "", notify->items[i]);
    put_people(people, stage, &who);
    grid_add(grid, INK_BOLD, level);
    grid_add(grid, INK_PLAIN, after);
    grid_add(grid, INK_PLAIN, when);
    grid_add(grid, INK_PLAIN, text_str(&names));
    grid_add(grid, INK_GOOD, text_str(&who));
    grid_add(grid, INK_DIM, stage->level->when ? "only if its `when` is true" : "");
}

static void print_policy(struct showing *showing, const struct people *people, size_t index)
{
    static const struct column columns[] = {{"LEVEL", true, 0}, {"AFTER", false, 0}, {"AT", false, 0},
        {"NOTIFIES", false, 8}, {"WHO IS", false, 8}, {"", false, 4}};
    const struct policy *policy = people->policies.items[index];
    struct stage *stages autofree = mem_alloc((policy->levels.len + 1) * sizeof(*stages));
    struct grid grid;

    stages_of(people, policy, showing->at_us, stages);
    printf("\npolicy %s", people->policies.names[index]);
    if (policy->calendar.text)
        printf(", in the working time of %s", policy->calendar.text);
    if (policy->repeat.given && !policy->repeat.expr && policy->repeat.value)
        printf(", %lld more pass%s", (long long)policy->repeat.value, policy->repeat.value == 1 ? "" : "es");
    putchar('\n');
    grid_init(&grid, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < policy->levels.len; i++)
        add_level(&grid, people, &stages[i], i + 1);
    print_grid(showing, &grid);
}

/* --- files --- */

static bool has_people(const struct document *document)
{
    return document->people.rotations.len || document->people.policies.len;
}

static void print_document(struct showing *showing, const struct document *document, const char *path)
{
    const struct people *people = &document->people;
    struct text days autotext = {0};
    char when[TIME_SIZE];

    if (showing->cli->common.json) {
        cli_print_json(oncall_json(document, path, showing->at_us));
        return;
    }
    if (showing->options->who_next) {
        print_next(showing, people);
        return;
    }
    printf(
        "%s%s, %s\n", showing->shown > 1 ? "\n" : "", path, watch_time(showing->at_us, when, sizeof(when)));
    print_rotations(showing, people);
    if (showing->options->days) {
        draw_days(people, showing->at_us, showing->options->days, &days);
        cli_print(&days);
        return;
    }
    for (size_t i = 0; i < people->policies.len; i++)
        print_policy(showing, people, i);
}

static void show_file(struct showing *showing, const char *path)
{
    struct program program = {0};
    struct diags diags = {0};
    struct text text autotext = {0};

    if (program_open_people(path, &program, &diags) < 0) {
        diags_render(&diags, &text, cli_color(showing->cli, stderr));
        fputs(text_str(&text), stderr);
        showing->invalid++;
    } else if (has_people(program.book->documents[0])) {
        showing->shown++;
        print_document(showing, program.book->documents[0], path);
    } else if (!showing->is_folder) {
        fprintf(stderr, "runbook: %s declares no rotations and no policies\n", path);
    }
    program_fini(&program);
    diags_fini(&diags);
}

static int is_book(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && *entry->d_name != '.' && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0) &&
           !strstr(entry->d_name, ".test.");
}

static int show_folder(struct showing *showing, const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_book, alphasort);
    struct err err;

    if (count < 0) {
        err_errno(&err, errno, "cannot read %s", path);
        return cli_fail(&err);
    }
    for (int i = 0; i < count; i++) {
        char *file autofree = mem_printf("%s/%s", path, entries[i]->d_name);

        show_file(showing, file);
        free(entries[i]);
    }
    free(entries);
    if (!showing->shown && !showing->invalid)
        fprintf(stderr, "runbook: no file in %s declares rotations or policies\n", path);
    return EXIT_OK;
}

static int check(struct cli *cli, struct showing *showing)
{
    struct err err;

    if (showing->options->days > DAYS_MAX)
        return cli_usage(cli, "--days: at most %d can be drawn", DAYS_MAX);
    if (showing->options->at && instant_parse(showing->options->at, &showing->at_us, &err) < 0)
        return cli_usage(cli, "--at: %s", err.text);
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    struct showing showing = {.cli = cli, .options = cli->options, .at_us = clock_wall_us()};
    int status = check(cli, &showing);
    struct stat stat_;

    if (status != EXIT_OK)
        return status;
    showing.is_folder = stat(cli->args[0], &stat_) == 0 && S_ISDIR(stat_.st_mode);
    if (showing.is_folder)
        status = show_folder(&showing, cli->args[0]);
    else
        show_file(&showing, cli->args[0]);
    return showing.invalid ? EXIT_USAGE : status;
}

#define AT(field) offsetof(struct oncall_options, field)
static const struct option options[] = {
    {"at", 0, OPTION_TEXT, AT(at), "INSTANT", "At this time, such as 2026-12-24T18:00:00+01:00 (now)", NULL},
    {"who-next", 0, OPTION_FLAG, AT(who_next), NULL, "Only who comes next, and from when", NULL},
    {"days", 0, OPTION_INTEGER, AT(days), "N", "Draw the rotations of the next N days", NULL},
    {0},
};

const struct verb verb_oncall = {
    .name = "oncall",
    .usage = "FILE|FOLDER",
    .summary = "Show who is on call, until when, and whom policies would page when",
    .help =
        "FILE is a runbook or a file of people that runbooks import; of a folder, every such file in it.\n"
        "Times are those of this machine's zone; turns change by the zones of the rotations.",
    .examples = "  runbook oncall oncall.yaml\n  runbook oncall oncall.yaml --at 2026-12-24T18:00:00+01:00\n"
                "  runbook oncall runbooks/ --who-next\n  runbook oncall oncall.yaml --days 14",
    .options = options,
    .options_size = sizeof(struct oncall_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
