#include "oncall/zone.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Between 2010 and 2060 every change is known; before and after that the first and the last go on. */
static const int64_t first_s = 1262304000, last_s = 2840140800;

/* No zone changes and changes back within four weeks; Morocco does within five. */
static const int64_t stride_s = (int64_t)28 * DAY_SECONDS;

#define ZONE_FOLDER "/usr/share/zoneinfo"

/* --- reading --- */

static int64_t ahead_now(int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm tm;

    localtime_r(&at, &tm);
    return tm.tm_gmtoff;
}

/* The first instant after `before` at which the clocks are no longer what they were then. */
static int64_t find_change(int64_t before_s, int64_t after_s)
{
    int64_t ahead = ahead_now(before_s);

    while (after_s - before_s > 1) {
        int64_t middle = before_s + (after_s - before_s) / 2;

        if (ahead_now(middle) == ahead)
            before_s = middle;
        else
            after_s = middle;
    }
    return after_s;
}

static struct zone_change *read_changes(size_t *ret_len)
{
    struct zone_change *changes = NULL;
    size_t len = 0, cap = 0;
    int64_t ahead = ahead_now(first_s);

    changes = mem_grow(changes, len, &cap, sizeof(*changes));
    changes[len++] = (struct zone_change){first_s, ahead};
    for (int64_t at = first_s; at < last_s; at += stride_s) {
        while (ahead_now(at + stride_s) != changes[len - 1].ahead) {
            int64_t from = changes[len - 1].at_s > at ? changes[len - 1].at_s : at;
            int64_t when = find_change(from, at + stride_s);

            changes = mem_grow(changes, len, &cap, sizeof(*changes));
            changes[len++] = (struct zone_change){when, ahead_now(when)};
        }
    }
    *ret_len = len;
    return changes;
}

static void use_zone(const char *tz)
{
    if (tz)
        setenv("TZ", tz, 1);
    else
        unsetenv("TZ");
    tzset();
}

/* A name is a path below the database's folder and nothing else. */
static bool is_name(const char *name)
{
    bool is_clean = *name && *name != '/' && *name != '.' && !strstr(name, "..");

    for (const char *at = name; *at && is_clean; at++)
        is_clean = isalnum((unsigned char)*at) || strchr("/_+-", *at);
    return is_clean;
}

static bool is_file(const char *path)
{
    struct stat stat_;

    return stat(path, &stat_) == 0 && S_ISREG(stat_.st_mode);
}

static const struct zone *zone_new(
    struct arena *arena, const char *name, const struct zone_change *changes, size_t len)
{
    struct zone *zone = arena_alloc(arena, sizeof(*zone));
    struct zone_change *kept = arena_alloc(arena, len * sizeof(*kept));

    memcpy(kept, changes, len * sizeof(*kept));
    *zone = (struct zone){arena_strdup(arena, name), kept, len};
    return zone;
}

/* libc is asked what the zone's clocks show: it reads the database and knows the rules beyond its tables. The
 * zone is the process's for as long as that takes, which is why books are loaded by one thread. */
const struct zone *zone_read(struct arena *arena, const char *name)
{
    static const struct zone_change utc = {0, 0};
    char *rules autofree = mem_printf(":" ZONE_FOLDER "/%s", name);
    char *mine autofree = NULL;
    struct zone_change *changes autofree = NULL;
    size_t len;

    if (strcmp(name, "UTC") == 0)
        return zone_new(arena, name, &utc, 1);
    if (!is_name(name) || !is_file(rules + 1))
        return NULL;
    mine = getenv("TZ") ? mem_strdup(getenv("TZ")) : NULL;
    use_zone(rules);
    changes = read_changes(&len);
    use_zone(mine);
    return zone_new(arena, name, changes, len);
}

/* --- names --- */

/* The database as one text: "# version 2025b", "Z Europe/Paris …", "L Europe/Paris Europe/Monaco". */
static FILE *open_index(void)
{
    return fopen(ZONE_FOLDER "/tzdata.zi", "re");
}

static char *name_in(const char *line)
{
    char first[128], second[128];
    int count = sscanf(line, "%*1[ZL] %127s %127s", first, second);

    if (strncmp(line, "Z ", 2) == 0 && count >= 1)
        return mem_strdup(first);
    return strncmp(line, "L ", 2) == 0 && count == 2 ? mem_strdup(second) : NULL;
}

void zone_suggest(struct diags *diags, struct diag *diag, const char *name)
{
    FILE *index = open_index();
    char **names = NULL;
    char line[512];
    size_t len = 0, cap = 0;

    while (index && fgets(line, sizeof(line), index)) {
        char *found = name_in(line);

        if (!found)
            continue;
        names = mem_grow(names, len, &cap, sizeof(*names));
        names[len++] = found;
    }
    if (index)
        fclose(index);
    diag_did_you_mean(diags, diag, name, (const char *const *)names, len);
    if (!diag->hint && len)
        diag_hint(diags, diag, "names are those of the tz database, such as Europe/Paris or UTC");
    else if (!diag->hint)
        diag_hint(diags, diag, "the system has no tz database in " ZONE_FOLDER ": apt install tzdata");
    for (size_t i = 0; i < len; i++)
        free(names[i]);
    free(names);
}

const char *zone_version(char ret[ZONE_VERSION_SIZE])
{
    FILE *index = open_index();
    char line[128];

    ret[0] = '\0';
    if (index && fgets(line, sizeof(line), index))
        sscanf(line, "# version %15s", ret);
    if (index)
        fclose(index);
    return ret;
}

/* --- asking --- */

int64_t zone_local(const struct zone *zone, int64_t at_s)
{
    size_t low = 0, high = zone->len;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (zone->changes[middle].at_s <= at_s)
            low = middle;
        else
            high = middle;
    }
    return at_s + zone->changes[low].ahead;
}

int64_t zone_instant(const struct zone *zone, int64_t local_s)
{
    for (size_t i = 0; i < zone->len; i++) {
        int64_t at_s = local_s - zone->changes[i].ahead;

        /* They have jumped over it. */
        if (i && at_s < zone->changes[i].at_s)
            return zone->changes[i].at_s;
        if (i + 1 == zone->len || at_s < zone->changes[i + 1].at_s)
            return at_s;
    }
    return local_s;
}

int64_t day_of(int64_t local_s)
{
    return local_s >= 0 ? local_s / DAY_SECONDS : -((DAY_SECONDS - 1 - local_s) / DAY_SECONDS);
}

/* 1970-01-01 was a Thursday. */
int weekday_of(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7);
}

bool day_parse(const char *text, int64_t *ret_day)
{
    static const char form[] = "0000-00-00";
    struct tm tm = {0}, back;
    int year, month, day;
    time_t at;

    for (size_t i = 0; i < sizeof(form); i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    if (sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    at = timegm(&tm);
    gmtime_r(&at, &back);
    *ret_day = day_of(at);
    return back.tm_mon == month - 1 && back.tm_mday == day;
}
