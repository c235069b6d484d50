#include "drive/fork.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "model/path.h"

#include <string.h>

/* --- which step --- */

/* A frame's path, and how far into the past it began. */
struct place {
    const char *path;  /* without its own attempt */
    const char *plain; /* without any */
};

static const char *without_attempt(struct past *past, const char *path)
{
    const char *hash = strrchr(path, '#');

    return hash && !strchr(hash, '/') ? arena_strndup(&past->arena, path, (size_t)(hash - path)) : path;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_of_step(const struct event *event)
{
    return *event->path && (event->type == EVENT_STEP_STARTED || event->type == EVENT_STEP_FINISHED ||
                               event->type == EVENT_STEP_SKIPPED || event->type == EVENT_ASK_OPENED);
}

/* What is looked for, and what was found. */
struct search {
    const char *name;
    struct place found;
    struct text others; /* further ones of that id */
    struct map seen;    /* ids */
};

static void look_at(struct search *search, const struct place *place)
{
    const char *id = last_part(place->plain);

    map_put(&search->seen, id, (void *)place->path);
    if (strcmp(place->plain, search->name) != 0 && strcmp(id, search->name) != 0)
        return;
    /* The last attempt of the block around it is the one that counts. */
    if (search->found.path && strcmp(search->found.plain, place->plain) != 0 &&
        !strstr(text_str(&search->others), place->plain))
        text_printf(&search->others, ", %s", place->plain);
    if (!search->found.path || strcmp(search->found.plain, place->plain) == 0)
        search->found = *place;
}

static void look_through(struct past *past, struct search *search)
{
    struct path_forms forms = {0};

    for (size_t i = 0; i < past->event_count; i++) {
        const struct event *event = &past->events[i];

        if (!is_of_step(event))
            continue;
        path_forms_set(&forms, event->path);
        look_at(search, &(struct place){without_attempt(past, event->path),
                            arena_strdup(&past->arena, text_str(&forms.plain))});
    }
    path_forms_fini(&forms);
}

static bool is_in_book(const struct book *book, const char *id)
{
    for (size_t i = 0; i < book->document_count; i++)
        if (document_find_any(book->documents[i], id))
            return true;
    return false;
}

static int not_found(const struct past *past, const struct search *search, struct err *err)
{
    const char **names = mem_alloc((search->seen.len + 1) * sizeof(*names));
    const char *near;

    for (size_t i = 0; i < search->seen.len; i++)
        names[i] = search->seen.entries[i].key;
    near = nearest(search->name, names, search->seen.len);
    free(names);
    if (is_in_book(past->program.book, search->name))
        return err_set(err, ERR_USAGE,
            "the step %s did not begin in run %.6s, so nobody knows what it would begin with; name one that "
            "did "
            "(runbook show %.6s)",
            search->name, past->id, past->id);
    return err_set(err, ERR_USAGE, "run %.6s has no step %s%s%s%s; runbook show %.6s lists them", past->id,
        search->name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "", past->id);
}

static int find_named(struct past *past, const char *name, const char **ret_path, struct err *err)
{
    struct search search = {.name = name};
    int code = 0;

    look_through(past, &search);
    *ret_path = search.found.path;
    if (!search.found.path)
        code = not_found(past, &search, err);
    else if (search.others.len && strcmp(search.found.plain, name) != 0)
        code = err_set(err, ERR_USAGE, "%s began in several places: %s%s; name one of them", name,
            search.found.plain, text_str(&search.others));
    text_fini(&search.others);
    map_fini(&search.seen);
    return code;
}

/* The innermost step of that id that failed. */
static int find_failed(struct past *past, const char **ret_path, struct err *err)
{
    const struct event *last = NULL, *found = NULL;
    const char *id = NULL;
    struct path_forms forms = {0};

    for (size_t i = 0; i < past->event_count; i++)
        if (past->events[i].type == EVENT_RUN_FINISHED)
            last = &past->events[i];
    id = last ? value_get_string(last->data, "step") : NULL;
    for (size_t i = 0; id && i < past->event_count; i++) {
        const struct event *event = &past->events[i];

        if (event->type != EVENT_STEP_FINISHED || event->status != STEP_FAILED)
            continue;
        path_forms_set(&forms, event->path);
        if (strcmp(forms.id, id) == 0 && (!found || strlen(event->path) >= strlen(found->path)))
            found = event;
    }
    path_forms_fini(&forms);
    if (!found)
        return err_set(err, ERR_USAGE,
            "no step failed run %.6s (%s); name one to begin from with --from STEP", past->id,
            run_status_name(past->row->status));
    *ret_path = without_attempt(past, found->path);
    return 0;
}

int fork_find(struct past *past, const char *name, const char **ret_path, struct err *err)
{
    return name ? find_named(past, name, ret_path, err) : find_failed(past, ret_path, err);
}

/* "a/b[2]/c" -> "a/b[2]" -> "a/b" -> "a"; an attempt of a block stands for the block. */
static const char *around(struct past *past, const char *path)
{
    size_t len = strlen(path), at = len;
    const char *above;

    while (at && path[at - 1] != '/' && path[at - 1] != '[')
        at--;
    if (!at)
        return NULL;
    above = arena_strndup(&past->arena, path, at - 1);
    return without_attempt(past, above);
}

/* --- the past up to there --- */

/* The first event of the last frame of that path. */
static size_t first_of(struct past *past, const char *path)
{
    size_t first = past->event_count;

    for (size_t i = past->event_count; i-- > 0;)
        if (is_of_step(&past->events[i]) && strcmp(without_attempt(past, past->events[i].path), path) == 0)
            first = i;
    return first;
}

/* What was under way at that moment may have ended since, in the world; nothing here would know. */
static int check_alone(const struct fork *fork, struct err *err)
{
    const struct refold *refold = &fork->refold;

    for (size_t i = 0; i < refold->open_count; i++) {
        const struct effect *effect = &refold->open[i];

        if (effect->type != EFFECT_START && effect->type != EFFECT_ASK)
            continue;
        return err_set(err, ERR_CONFLICT,
            "%s cannot be begun again by itself: %s was under way beside it, and would be carried out twice; "
            "begin "
            "from what is around both",
            fork->from, effect->path);
    }
    return 0;
}

/* Is it below that one? Once a step has registered its undo, nothing but that begins there. */
static bool is_below(const char *path, const char *above)
{
    const char *hash = strrchr(above, '#');
    size_t len = hash && !strchr(hash, '/') ? (size_t)(hash - above) : strlen(above);

    return strncmp(path, above, len) == 0 && (path[len] == '/' || path[len] == '#') &&
           strchr(path + len, '/');
}

/* Was it undone, later on? */
static bool is_undone(const struct past *past, size_t registered)
{
    const char *path = past->events[registered].path;

    for (size_t i = registered + 1; i < past->event_count; i++)
        if (is_of_step(&past->events[i]) && is_below(past->events[i].path, path))
            return true;
    return false;
}

/* What the step would build on is not there any more where the run's failure has undone it. `ret_first` is
 * the earliest such step. */
static int check_not_undone(const struct fork *fork, const char **ret_first, struct err *err)
{
    struct past *past = (struct past *)fork->past;

    for (size_t i = 0; i < fork->refold.agreed; i++) {
        if (past->events[i].type != EVENT_STEP_UNDO_REGISTERED || !is_undone(past, i))
            continue;
        *ret_first = without_attempt(past, past->events[i].path);
        return err_set(err, ERR_CONFLICT,
            "%s cannot build on what came before: %s was undone when the run failed; begin from %s, or "
            "earlier",
            fork->from, *ret_first, *ret_first);
    }
    return 0;
}

static int check_ended(const struct past *past, struct err *err)
{
    if (!past->row->finished_us)
        return err_set(err, ERR_USAGE, "run %.6s has not ended (%s): runbook %s %.6s %s", past->id,
            run_status_name(past->row->status), past->row->status == RUN_INTERRUPTED ? "resume" : "cancel",
            past->id, past->row->status == RUN_INTERRUPTED ? "goes on with it" : "ends it");
    if (!past->event_count || past->events[0].type != EVENT_RUN_STARTED)
        return err_set(
            err, ERR_USAGE, "run %.6s ended before it began: begin anew with runbook exec", past->id);
    return 0;
}

/* What came of a run after its end. */
struct aftermath {
    struct journal *journal;
    char undone_by[RUN_ID_SIZE], taken_by[RUN_ID_SIZE]; /* the first of each; "" = none */
    int depth;
};

enum { CHAIN_MAX = 64 };

static void look_after(struct aftermath *aftermath, const char *run_id);

static bool see(void *context, const struct event *event)
{
    struct aftermath *aftermath = context;
    const char *run, *how;

    if (event->type != EVENT_RUN_CONTINUED)
        return true;
    run = value_get_string(event->data, "run");
    how = value_get_string(event->data, "how");
    if (how && strcmp(how, "rollback") == 0)
        snprintf(aftermath->undone_by, sizeof(aftermath->undone_by), "%s", run ? run : "");
    else if (run && !*aftermath->taken_by)
        snprintf(aftermath->taken_by, sizeof(aftermath->taken_by), "%s", run);
    if (run && !*aftermath->undone_by)
        look_after(aftermath, run);
    return !*aftermath->undone_by;
}

/* Also through those that went on from it: they took over what it did. */
static void look_after(struct aftermath *aftermath, const char *run_id)
{
    if (aftermath->depth++ < CHAIN_MAX)
        journal_events(aftermath->journal, run_id, 1, true, see, aftermath, NULL);
    aftermath->depth--;
}

static int check_aftermath(const struct past *past, bool is_rollback, struct err *err)
{
    struct aftermath aftermath = {.journal = past->journal};

    if (is_rollback && strcmp(past->row->trigger, "rollback") == 0)
        return err_set(err, ERR_USAGE,
            "run %.6s is a rollback itself: to do again what it undid, begin anew with runbook exec",
            past->id);
    look_after(&aftermath, past->id);
    if (*aftermath.undone_by)
        return err_set(err, ERR_USAGE,
            "what run %.6s did has been rolled back by run %.6s: see runbook show %.6s, and begin anew with "
            "runbook "
            "exec",
            past->id, aftermath.undone_by, aftermath.undone_by);
    if (is_rollback && *aftermath.taken_by)
        return err_set(err, ERR_USAGE,
            "run %.6s took over what run %.6s did: roll back that one, runbook rollback %.6s",
            aftermath.taken_by, past->id, aftermath.taken_by);
    return 0;
}

int fork_check(const struct past *past, bool is_rollback, struct err *err)
{
    int code = check_ended(past, err);

    return code < 0 ? code : check_aftermath(past, is_rollback, err);
}

/* What was taken away cannot be taken over. */
static int check_not_redacted(const struct fork *fork, size_t count, const char **ret_first, struct err *err)
{
    struct past *past = (struct past *)fork->past;
    int code = past_find_redacted(past, err);

    for (size_t i = 0; code == 0 && i < count; i++) {
        const struct event *event = &past->events[i];

        if (!past_is_redacted(past, event))
            continue;
        if (*event->path)
            *ret_first = without_attempt(past, event->path);
        code = err_set(err, *event->path && fork->from ? ERR_CONFLICT : ERR_USAGE,
            "what event %llu of run %.6s told (%s %s) was redacted, and cannot be taken over",
            (unsigned long long)event->seq, past->id, event_type_name(event->type), event->path);
    }
    return code;
}

int fork_prepare(struct fork *fork, json_t *secret_params, struct err *err)
{
    struct past *past = (struct past *)fork->past;
    struct refold_part part = {.count = past->event_count, .is_rollback = !fork->from, .hold = fork->from};
    int code = fork_check(past, part.is_rollback, err);

    fork->instead = NULL;
    if (code < 0)
        return code;
    if (fork->from)
        part.count = first_of(past, fork->from);
    code = check_not_redacted(fork, part.count, &fork->instead, err);
    if (code == 0)
        code = refold_part(past, fork->program, &part, secret_params, &fork->refold, err);
    if (code == 0 && fork->from)
        code = check_not_undone(fork, &fork->instead, err);
    if (code == 0 && fork->from)
        code = check_alone(fork, err);
    if (code == ERR_CONFLICT && !fork->instead)
        fork->instead = around(past, fork->from);
    return code;
}

void fork_fini(struct fork *fork)
{
    refold_fini(&fork->refold);
}
