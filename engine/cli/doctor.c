/* doctor: is everything here that a run needs? Each check is a row of a table: it says what it found and,
 * when something is wrong, what to do next. */
#include "base/clock.h"
#include "cli/libraries.h"
#include "cli/grid.h"

#include <errno.h>
#include <langinfo.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum verdict { VERDICT_GOOD, VERDICT_NOTE, VERDICT_BAD };

/* What one check found. */
struct finding {
    enum verdict verdict;
    struct text what, next;
};

struct doctor {
    struct cli *cli;
    struct journal *journal; /* NULL: none yet, or it cannot be opened */
    int code;                /* why not */
    struct err err;
    json_t *facts;
};

static void say(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void advise(struct finding *finding, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct finding *finding, const char *format, ...)
{
    char *text autofree = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    safe_line(&finding->what, text, strlen(text));
}

static void advise(struct finding *finding, enum verdict verdict, const char *format, ...)
{
    char *text autofree = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    finding->verdict = verdict;
    safe_line(&finding->next, text, strlen(text));
}

static const char *fact(const struct doctor *doctor, const char *key)
{
    const char *text = doctor->facts ? value_get_string(doctor->facts, key) : NULL;

    return text ? text : "?";
}

static long long figure(const struct doctor *doctor, const char *key)
{
    return doctor->facts ? (long long)json_integer_value(json_object_get(doctor->facts, key)) : 0;
}

/* --- the journal --- */

static void check_journal(const struct doctor *doctor, struct finding *finding)
{
    if (!doctor->journal) {
        say(finding, "%s", doctor->err.text);
        if (doctor->code == ERR_NOT_FOUND)
            advise(finding, VERDICT_NOTE, "nothing to do: the first run creates it");
        else
            advise(finding, VERDICT_BAD,
                "check the path, its owner and the space on the disk; --journal or"
                " RUNBOOK_JOURNAL name another place");
        return;
    }
    say(finding, "%s: %lld run%s, %lld events, %.1f MB", journal_path(doctor->journal),
        figure(doctor, "runs"), figure(doctor, "runs") == 1 ? "" : "s", figure(doctor, "events"),
        (double)figure(doctor, "size") / 1e6);
}

static void check_access(const struct doctor *doctor, struct finding *finding)
{
    const char *path = journal_path(doctor->journal);
    struct stat st;

    if (stat(path, &st) < 0 || access(path, R_OK | W_OK) < 0) {
        say(finding, "%s cannot be written by this user: %s", path, strerror(errno));
        advise(
            finding, VERDICT_BAD, "runs cannot be recorded: make it yours (chown), or use another --journal");
        return;
    }
    say(finding, "mode %04o, writable", (unsigned)st.st_mode & 07777);
    if (st.st_mode & 077)
        advise(finding, VERDICT_BAD, "others can read what runs printed: chmod 600 %s", path);
}

static void check_sync(const struct doctor *doctor, struct finding *finding)
{
    say(finding, "sync %s, journal mode %s", fact(doctor, "sync"), fact(doctor, "journal_mode"));
    if (strcmp(fact(doctor, "sync"), "normal") == 0)
        advise(finding, VERDICT_NOTE,
            "what was recorded last may be lost in a power cut; --sync full prevents it");
}

static void check_integrity(const struct doctor *doctor, struct finding *finding)
{
    const char *check = fact(doctor, "quick_check");

    say(finding, "quick_check says %s", check);
    if (strcmp(check, "ok") != 0)
        advise(
            finding, VERDICT_BAD, "the file is damaged: keep a copy, stop using it, restore from a backup");
}

static void check_space(const struct doctor *doctor, struct finding *finding)
{
    struct statvfs fs;
    const char *path = journal_path(doctor->journal);

    if (statvfs(path, &fs) < 0) {
        say(finding, "%s: %s", path, strerror(errno));
        return;
    }
    double free_mb = (double)fs.f_bavail * (double)fs.f_frsize / 1e6;
    say(finding, "%.0f MB free where the journal is", free_mb);
    if (free_mb < 100)
        advise(finding, VERDICT_BAD,
            "runs stop taking new steps when the disk is full: make room, or move the journal");
}

static bool add_interrupted(void *context, const struct run_row *run)
{
    struct text *ids = context;

    if (run->status == RUN_INTERRUPTED)
        text_printf(ids, "%s%.6s %s", ids->len ? ", " : "", run->id, run->runbook);
    return ids->len < 200;
}

static void check_interrupted(const struct doctor *doctor, struct finding *finding)
{
    struct text ids autotext = {0};

    journal_runs(doctor->journal, &(struct run_filter){.status = "interrupted", .limit = 20}, add_interrupted,
        &ids, NULL);
    if (!ids.len) {
        say(finding, "no interrupted runs");
        return;
    }
    say(finding, "interrupted: %s", text_str(&ids));
    advise(finding, VERDICT_NOTE,
        "their engine is gone; runbook resume RUN goes on with one, runbook resume --all with each");
}

/* --- the program --- */

static void check_libraries(const struct doctor *doctor, struct finding *finding)
{
    json_t *found autovalue = libraries(), *version;
    const char *name;
    bool is_first = true;

    (void)doctor;
    json_object_foreach(found, name, version)
    {
        say(finding, "%s%s %s", is_first ? "" : ", ", name,
            json_is_string(version) ? json_string_value(version) : "(unknown)");
        is_first = false;
    }
}

static void check_curl(const struct doctor *doctor, struct finding *finding)
{
    const char *why, *version = library_curl(&why);

    (void)doctor;
    if (version) {
        say(finding, "%.60s", version);
        return;
    }
    say(finding, "libcurl cannot be loaded: %s", why ? why : "no reason given");
    advise(finding, VERDICT_BAD, "http steps will fail: apt install libcurl4");
}

static void check_ical(const struct doctor *doctor, struct finding *finding)
{
    const char *why;

    (void)doctor;
    if (library_ical(&why)) {
        say(finding, "libical.so.3 is there, for calendars with an .ics file");
        return;
    }
    say(finding, "libical cannot be loaded: %s", why ? why : "no reason given");
    advise(finding, VERDICT_NOTE, "only calendars with an .ics file need it: apt install libical3");
}

static bool is_in_path(const char *program)
{
    const char *at = getenv("PATH");

    for (at = at ? at : "/usr/bin:/bin"; *at;) {
        size_t len = strcspn(at, ":");
        char *file autofree = mem_printf("%.*s/%s", (int)len, at, program);

        if (access(file, X_OK) == 0)
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

static void check_shells(const struct doctor *doctor, struct finding *finding)
{
    static const char *const shells[] = {"sh", "bash", "python3", "lua", "perl", "psql"};
    struct text missing autotext = {0};
    bool has_any = false;

    (void)doctor;
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (is_in_path(shells[i])) {
            say(finding, "%s%s", has_any ? ", " : "", shells[i]);
            has_any = true;
        } else {
            text_printf(&missing, "%s%s", missing.len ? ", " : "", shells[i]);
        }
    }
    if (!is_in_path("sh"))
        advise(finding, VERDICT_BAD, "there is no sh in PATH: run steps cannot be carried out");
    else if (missing.len)
        advise(finding, VERDICT_NOTE, "not here: %s; only a step whose shell names one needs it",
            text_str(&missing));
}

static void check_terminal(const struct doctor *doctor, struct finding *finding)
{
    const char *term = getenv("TERM");

    (void)doctor;
    say(finding, "%s, %s, TERM=%s", isatty(STDOUT_FILENO) ? "a terminal" : "not a terminal",
        nl_langinfo(CODESET), term && *term ? term : "(unset)");
    if (!cli_utf8())
        advise(finding, VERDICT_NOTE, "drawings use ASCII; LANG=C.UTF-8 gives better ones");
}

static void check_clock(const struct doctor *doctor, struct finding *finding)
{
    char now[INSTANT_TEXT_SIZE];
    struct timespec resolution;
    int64_t now_us = clock_wall_us();

    (void)doctor;
    clock_getres(CLOCK_REALTIME, &resolution);
    say(finding, "%s, zone %s", instant_utc(now_us, now), tzname[0]);
    if (now_us < INT64_C(1735689600000000)) /* 2025 */
        advise(finding, VERDICT_BAD,
            "the clock is wrong, and so would be every time in the journal: set it, or start NTP");
}

static void check_limits(const struct doctor *doctor, struct finding *finding)
{
    struct rlimit files, processes;

    (void)doctor;
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NPROC, &processes);
    say(finding, "%llu open files", (unsigned long long)files.rlim_cur);
    if (processes.rlim_cur != RLIM_INFINITY)
        say(finding, ", %llu processes", (unsigned long long)processes.rlim_cur);
    if (files.rlim_cur < 256)
        advise(finding, VERDICT_BAD, "each step under way takes up to four: ulimit -n 1024");
}

static void check_wake(const struct doctor *doctor, struct finding *finding)
{
    const char *dir = getenv("XDG_RUNTIME_DIR");

    (void)doctor;
    if (dir && access(dir, W_OK | X_OK) == 0) {
        say(finding, "runs are woken through %s/runbook", dir);
        return;
    }
    say(finding, "no runtime directory");
    advise(finding, VERDICT_NOTE,
        "an acknowledgement reaches its run within a quarter of a second instead of at once");
}

/* --- all of them --- */

static const struct check {
    const char *name;
    bool needs_journal;
    void (*run)(const struct doctor *doctor, struct finding *finding);
} checks[] = {
    {"journal", false, check_journal},
    {"access", true, check_access},
    {"durability", true, check_sync},
    {"integrity", true, check_integrity},
    {"disk", true, check_space},
    {"runs", true, check_interrupted},
    {"libraries", false, check_libraries},
    {"http", false, check_curl},
    {"calendars", false, check_ical},
    {"shells", false, check_shells},
    {"terminal", false, check_terminal},
    {"clock", false, check_clock},
    {"limits", false, check_limits},
    {"wake-up", false, check_wake},
};

static void print_finding(const struct paint *paint, const char *name, const struct finding *finding)
{
    static const struct {
        const char *signs[2];
        enum ink ink;
    } marks[] = {[VERDICT_GOOD] = {{"✓", "ok"}, INK_GOOD},
        [VERDICT_NOTE] = {{"·", "--"}, INK_NOTICE},
        [VERDICT_BAD] = {{"✗", "!!"}, INK_BAD}};
    struct text line autotext = {0};

    paint_puts(paint, &line, marks[finding->verdict].ink, marks[finding->verdict].signs[paint->ascii]);
    text_printf(&line, " %-11s %s\n", name, text_str(&finding->what));
    if (finding->next.len)
        text_printf(&line, "%*s%s %s\n", paint->ascii ? 15 : 14, "", paint->ascii ? "->" : "→",
            text_str(&finding->next));
    cli_print(&line);
}

static json_t *finding_json(const char *name, const struct finding *finding)
{
    static const char *const verdicts[] = {"ok", "note", "wrong"};
    json_t *json = json_pack("{s:s,s:s,s:s}", "check", name, "verdict", verdicts[finding->verdict], "found",
        text_str(&finding->what));

    if (finding->next.len)
        json_object_set_new(json, "next", json_string(text_str(&finding->next)));
    return json;
}

static bool check_all(const struct doctor *doctor)
{
    struct paint paint = cli_paint(doctor->cli);
    bool is_well = true;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        struct finding finding = {0};

        if (checks[i].needs_journal && !doctor->journal)
            continue;
        checks[i].run(doctor, &finding);
        is_well = is_well && finding.verdict != VERDICT_BAD;
        if (doctor->cli->common.json)
            cli_print_json(finding_json(checks[i].name, &finding));
        else
            print_finding(&paint, checks[i].name, &finding);
        text_fini(&finding.what);
        text_fini(&finding.next);
    }
    return is_well;
}

static int run(struct cli *cli)
{
    struct doctor doctor = {.cli = cli};
    struct journal_options options = {
        .path = cli->common.journal, .sync = (enum journal_sync)cli->common.sync, .read_only = true};

    tzset();
    doctor.code = journal_open(&options, &doctor.journal, &doctor.err);
    if (doctor.code == ERR_INVALID) { /* of an older version: opened for writing, it is brought up to date */
        options.read_only = false;
        doctor.code = journal_open(&options, &doctor.journal, &doctor.err);
    }
    if (doctor.code == 0)
        doctor.facts = journal_facts(doctor.journal);
    else
        doctor.journal = NULL;
    bool is_well = check_all(&doctor);
    json_decref(doctor.facts);
    journal_close(doctor.journal);
    return is_well ? EXIT_OK : EXIT_FAILED;
}

const struct verb verb_doctor = {
    .name = "doctor",
    .usage = "",
    .summary = "Check that everything a run needs is here",
    .help = "Each line is a check; what is wrong comes with what to do next. Exit status 1 when something is "
            "wrong.",
    .examples = "  runbook doctor\n  runbook doctor --json | jq 'select(.verdict != \"ok\")'",
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .run = run,
};
