#include "drive/promises.h"
#include "base/duration.h"
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

/* An escalation whose present level holds until then. */
struct paging {
    char *path;
    int64_t due_us;
};

/* What is to be undone, should the run fail; kept when that has begun. */
struct undoing {
    char *path;
    bool has_begun;
};

struct promises {
    struct undoing *undos;
    size_t undo_count, undo_cap;
    struct paging *pagings;
    size_t paging_count, paging_cap;
    bool is_stopped; /* somebody has ended the run: what is left is theirs */
    char *broken;
};

struct promises *promises_new(void)
{
    return mem_alloc(sizeof(struct promises));
}

static void add_undo(struct promises *promises, const char *path, bool has_begun)
{
    promises->undos =
        mem_grow(promises->undos, promises->undo_count, &promises->undo_cap, sizeof(*promises->undos));
    promises->undos[promises->undo_count++] = (struct undoing){mem_strdup(path), has_begun};
}

static void add_paging(struct promises *promises, const char *path, int64_t due_us)
{
    promises->pagings = mem_grow(
        promises->pagings, promises->paging_count, &promises->paging_cap, sizeof(*promises->pagings));
    promises->pagings[promises->paging_count++] = (struct paging){mem_strdup(path), due_us};
}

struct promises *promises_copy(const struct promises *promises)
{
    struct promises *copy = promises_new();

    for (size_t i = 0; i < promises->undo_count; i++)
        add_undo(copy, promises->undos[i].path, promises->undos[i].has_begun);
    for (size_t i = 0; i < promises->paging_count; i++)
        add_paging(copy, promises->pagings[i].path, promises->pagings[i].due_us);
    copy->is_stopped = promises->is_stopped;
    copy->broken = promises->broken ? mem_strdup(promises->broken) : NULL;
    return copy;
}

void promises_free(struct promises *promises)
{
    if (!promises)
        return;
    for (size_t i = 0; i < promises->undo_count; i++)
        free(promises->undos[i].path);
    for (size_t i = 0; i < promises->paging_count; i++)
        free(promises->pagings[i].path);
    free(promises->undos);
    free(promises->pagings);
    free(promises->broken);
    free(promises);
}

const char *promises_broken(const struct promises *promises)
{
    return promises->broken;
}

/* Takes the text. */
static void break_promise(struct promises *promises, char *text)
{
    if (promises->broken)
        free(text);
    else
        promises->broken = text;
}

/* --- undo --- */

/* Whatever undoes is named after what it undoes: the last one whose path begins that of `path`. */
static struct undoing *undone_by(struct promises *promises, const char *path)
{
    for (size_t i = promises->undo_count; i > 0; i--) {
        struct undoing *undoing = &promises->undos[i - 1];
        size_t len = strlen(undoing->path);

        if (strncmp(undoing->path, path, len) == 0 && path[len] == '/')
            return undoing;
    }
    return NULL;
}

static void undo_began(struct promises *promises, const char *path)
{
    struct undoing *undoing = undone_by(promises, path);

    if (undoing)
        undoing->has_begun = true;
}

/* What an undo has put back stays. */
static void undo_registered(struct promises *promises, const char *path)
{
    const struct undoing *undoing = undone_by(promises, path);

    if (!undoing || !undoing->has_begun)
        add_undo(promises, path, false);
}

static void run_finished(struct promises *promises, const struct event *event)
{
    if (event->status != RUN_FAILED || promises->is_stopped)
        return;
    for (size_t i = 0; i < promises->undo_count; i++)
        if (!promises->undos[i].has_begun)
            break_promise(promises,
                mem_printf("the run failed, and what \"%s\" did was not undone", promises->undos[i].path));
}

/* --- paging --- */

static void forget_paging(struct promises *promises, const char *path)
{
    for (size_t i = promises->paging_count; i > 0; i--) {
        if (*path && strcmp(promises->pagings[i - 1].path, path) != 0)
            continue;
        free(promises->pagings[i - 1].path);
        promises->pagings[i - 1] = promises->pagings[--promises->paging_count];
    }
}

static void pass_time(struct promises *promises, int64_t now_us)
{
    for (size_t i = 0; i < promises->paging_count; i++) {
        char due[DURATION_TEXT_SIZE];

        if (promises->pagings[i].due_us < now_us)
            break_promise(promises,
                mem_printf("nobody had acknowledged \"%s\", and its next level was not paged at %s",
                    promises->pagings[i].path + 1, duration_short(promises->pagings[i].due_us / 1000, due)));
    }
}

static bool is_level_timer(const struct event *event)
{
    const char *timer = value_get_string(event->data, "timer");

    return timer && strcmp(timer, "escalate_after") == 0;
}

/* --- turns --- */

static void see(struct promises *promises, const struct event *event)
{
    switch ((int)event->type) {
    case EVENT_STEP_UNDO_REGISTERED:
        undo_registered(promises, event->path);
        break;
    case EVENT_STEP_STARTED:
    case EVENT_STEP_FINISHED:
    case EVENT_STEP_SKIPPED:
        undo_began(promises, event->path);
        break;
    case EVENT_RUN_CANCEL_REQUESTED:
    case EVENT_RUN_KILL_REQUESTED:
        promises->is_stopped = true;
        break;
    case EVENT_TIMER_SET:
        if (is_level_timer(event))
            add_paging(promises, event->path, event->due_us);
        break;
    case EVENT_ESCALATION_LEVEL:
    case EVENT_ESCALATION_SKIPPED:
    case EVENT_ESCALATION_EXHAUSTED:
        forget_paging(promises, event->path);
        break;
    case EVENT_ESCALATION_ACKNOWLEDGED:
    case EVENT_ESCALATION_RESOLVED:
        forget_paging(promises, "");
        break;
    case EVENT_RUN_FINISHED:
        forget_paging(promises, "");
        run_finished(promises, event);
        break;
    default:
        break;
    }
}

void promises_turn(struct promises *promises, const struct turn *turn)
{
    for (size_t i = 0; i < turn->event_count; i++) {
        pass_time(promises, turn->events[i].mono_us);
        see(promises, &turn->events[i]);
    }
}

/* In no order: neither list has any. */
void promises_digest(const struct promises *promises, int64_t now_us, struct text *text)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < promises->undo_count; i++) {
        size_t len = strcspn(promises->undos[i].path, "#");

        if (!promises->undos[i].has_begun)
            sum += hash128_of(promises->undos[i].path, len).words[0];
    }
    for (size_t i = 0; i < promises->paging_count; i++)
        sum += (uint64_t)(promises->pagings[i].due_us - now_us) * 31;
    text_add(text, (const char *)&sum, sizeof(sum));
}
