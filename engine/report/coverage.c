/* What the events of a run tell about the points of its book. A point counts once a run. */
#include "report/coverage_inside.h"

#include <string.h>

struct coverage *coverage_new(const struct book *book)
{
    struct coverage *coverage = mem_alloc(sizeof(*coverage));

    coverage->book = book;
    points_find(book, &coverage->arena, &coverage->points);
    coverage->hits = mem_alloc((coverage->points.len + 1) * sizeof(*coverage->hits));
    coverage->last_runs = mem_alloc((coverage->points.len + 1) * sizeof(*coverage->last_runs));
    return coverage;
}

void coverage_free(struct coverage *coverage)
{
    if (!coverage)
        return;
    points_fini(&coverage->points);
    map_fini(&coverage->taken);
    map_fini(&coverage->policies);
    arena_fini(&coverage->run_arena);
    arena_fini(&coverage->arena);
    free(coverage->hits);
    free(coverage->last_runs);
    free(coverage);
}

/* --- reaching --- */

static void reach_at(struct coverage *coverage, size_t at)
{
    if (coverage->last_runs[at] == coverage->run)
        return;
    coverage->last_runs[at] = coverage->run;
    coverage->hits[at]++;
}

static void reach(struct coverage *coverage, size_t from, size_t to, enum point_type type)
{
    for (size_t i = from; i < to; i++)
        if (coverage->points.items[i].type == type)
            reach_at(coverage, i);
}

/* The step an event is about. */
struct site {
    const struct event *event;
    const struct step *step;
    const struct points_index *index;
    bool is_work; /* not the loop around it, but one element or pass */
};

static void reach_step(struct coverage *coverage, const struct site *site, enum point_type type)
{
    const size_t *starts = site->index->starts + site->step->index;

    reach(coverage, starts[0], starts[1], type);
}

static void reach_policy(
    struct coverage *coverage, const char *policy, enum point_type type, json_int_t number)
{
    const struct points *points = &coverage->points;

    for (size_t i = points->policies; policy && i < points->len; i++)
        if (points->items[i].type == type && points->items[i].number == number &&
            strcmp(points->items[i].owner, policy) == 0)
            reach_at(coverage, i);
}

/* --- which step --- */

enum { ID_SIZE = 128 };

static bool is_call(const struct step *step)
{
    return strcmp(step->kind->name, "call") == 0;
}

static const struct document *callee_of(const struct coverage *coverage, const struct step *step)
{
    const char *const *runbook = step_argument(step, "runbook");

    return book_find(coverage->book, *runbook);
}

static size_t number_of(const struct coverage *coverage, const struct document *document)
{
    size_t at = 0;

    while (at < coverage->book->document_count && coverage->book->documents[at] != document)
        at++;
    return at;
}

/* Steps that undo a call bear its path, as those of its runbook do. */
static bool is_undone_by(const struct step *call, const char *id)
{
    for (size_t i = 0; call->undo && i < call->undo->len; i++)
        if (strcmp(call->undo->steps[i]->id, id) == 0)
            return true;
    return false;
}

/* "deploy/rollout[2]/verify#3": the last part names the step; a `call` on the way leads into its runbook. */
static bool find_site(const struct coverage *coverage, const struct event *event, struct site *ret_site)
{
    const struct document *document = coverage->book->documents[0];
    const struct step *step = NULL;
    const char *part = event->path;

    for (size_t len = 0; *part; part += len, part += *part == '/') {
        char id[ID_SIZE];
        size_t id_len = strcspn(part, "[#/");

        len = strcspn(part, "/");
        if (id_len >= sizeof(id))
            return false;
        memcpy(id, part, id_len);
        id[id_len] = '\0';
        if (step && is_call(step) && !is_undone_by(step, id))
            document = callee_of(coverage, step);
        if (!document)
            return false;
        step = document_find_any(document, id);
        if (!step)
            return false;
        ret_site->is_work = !(step->foreach || step->while_) || part[id_len] == '[';
    }
    if (!step)
        return false;
    ret_site->event = event;
    ret_site->step = step;
    ret_site->index = &coverage->points.documents[number_of(coverage, document)];
    return true;
}

/* --- steps --- */

/* What the list it stands in is there for has been entered. */
static void arrive(struct coverage *coverage, const struct site *site)
{
    size_t at = site->index->arrivals[site->step->index];
    const char *path = site->event->path, *slash = strrchr(path, '/');

    if (!at)
        return;
    reach_at(coverage, at - 1);
    if (coverage->points.items[at - 1].type == POINT_CASE && slash)
        map_put(
            &coverage->taken, arena_strndup(&coverage->run_arena, path, (size_t)(slash - path)), coverage);
}

static void has_run(struct coverage *coverage, const struct site *site)
{
    if (!site->is_work)
        return;
    reach_step(coverage, site, POINT_RAN);
    reach_step(coverage, site, POINT_WHEN_TRUE);
}

static void on_started(struct coverage *coverage, const struct site *site)
{
    arrive(coverage, site);
    has_run(coverage, site);
}

static void on_skipped(struct coverage *coverage, const struct site *site)
{
    const char *reason = value_get_string(site->event->data, "reason");

    arrive(coverage, site);
    if (reason && strcmp(reason, "when") == 0)
        reach_step(coverage, site, POINT_WHEN_FALSE);
}

static void on_succeeded(struct coverage *coverage, const struct site *site)
{
    const json_t *iterations = json_object_get(site->event->data, "iterations");

    if (json_is_integer(iterations) && json_integer_value(iterations) == 0) {
        reach_step(coverage, site, POINT_NO_ELEMENT);
        reach_step(coverage, site, POINT_NO_PASS);
    }
    if (!site->is_work)
        return;
    if (!map_get(&coverage->taken, site->event->path))
        reach_step(coverage, site, POINT_NO_CASE);
    reach_step(coverage, site, POINT_SIGNAL_CAME);
    if (!json_object_get(site->event->data, "by"))
        return;
    reach_step(coverage, site, POINT_DONE);
    reach_step(coverage, site, POINT_APPROVED);
    reach_step(coverage, site, POINT_ANSWERED);
}

/* The only event of a step that is done at once. */
static void on_finished(struct coverage *coverage, const struct site *site)
{
    arrive(coverage, site);
    if (site->event->attempt > 0)
        has_run(coverage, site);
    if (site->event->status == STEP_SUCCEEDED)
        on_succeeded(coverage, site);
    else if (site->event->status == STEP_FAILED)
        reach_step(coverage, site, POINT_FAILED);
}

static void on_retrying(struct coverage *coverage, const struct site *site)
{
    const char *why = value_get_string(site->event->data, "why");
    bool is_poll = why && strcmp(why, "until") == 0;

    reach_step(coverage, site, is_poll ? POINT_POLLED : POINT_RETRIED);
}

static void on_timer(struct coverage *coverage, const struct site *site)
{
    const char *timer = value_get_string(site->event->data, "timer");

    if (timer && strcmp(timer, "timeout") == 0)
        reach_step(coverage, site, POINT_TIMEOUT);
    else if (timer && strcmp(timer, "wait") == 0)
        reach_step(coverage, site, POINT_SIGNAL_MISSED);
}

/* What stands after the last step of a document are its own points. */
static void reach_document(struct coverage *coverage, const struct document *document, enum point_type type)
{
    size_t number = number_of(coverage, document);
    const size_t *starts;

    if (number == coverage->book->document_count)
        return;
    starts = coverage->points.documents[number].starts + document->step_count;
    reach(coverage, starts[0], starts[1], type);
}

/* That of the runbook which is called does not say what happens now. */
static void on_deadline(struct coverage *coverage, const struct site *site)
{
    if (json_object_get(site->event->data, "on_deadline"))
        reach_step(coverage, site, POINT_DEADLINE);
    else if (is_call(site->step))
        reach_document(coverage, callee_of(coverage, site->step), POINT_DEADLINE);
}

/* One no is enough; how many must say yes, the step's end tells. */
static void on_answered(struct coverage *coverage, const struct site *site)
{
    const char *decision = value_get_string(site->event->data, "decision");

    if (!decision || (strcmp(decision, "deny") != 0 && strcmp(decision, "fail") != 0))
        return;
    reach_step(coverage, site, POINT_DENIED);
    reach_step(coverage, site, POINT_NOT_DONE);
}

static void on_expired(struct coverage *coverage, const struct site *site)
{
    reach_step(coverage, site, POINT_UNANSWERED);
}

static void (*const of_steps[EVENT_COUNT])(struct coverage *, const struct site *) = {
    [EVENT_STEP_STARTED] = on_started,
    [EVENT_STEP_SKIPPED] = on_skipped,
    [EVENT_STEP_FINISHED] = on_finished,
    [EVENT_STEP_RETRYING] = on_retrying,
    [EVENT_TIMER_FIRED] = on_timer,
    [EVENT_DEADLINE_MISSED] = on_deadline,
    [EVENT_ASK_ANSWERED] = on_answered,
    [EVENT_ASK_EXPIRED] = on_expired,
};

/* --- the run and its escalations --- */

static void on_run_started(struct coverage *coverage, const struct event *event)
{
    (void)event;
    coverage->run++;
    map_fini(&coverage->taken);
    map_fini(&coverage->policies);
    arena_fini(&coverage->run_arena);
    coverage->taken = coverage->policies = (struct map){0};
    coverage->run_arena = (struct arena){0};
}

static void on_run_deadline(struct coverage *coverage, const struct event *event)
{
    if (!*event->path)
        reach_document(coverage, coverage->book->documents[0], POINT_DEADLINE);
}

/* An escalation is known by its name; which policy it follows only its beginning says. */
static void on_escalation_started(struct coverage *coverage, const struct event *event)
{
    const char *policy = value_get_string(event->data, "policy");

    if (policy && *event->path)
        map_put(&coverage->policies, event->path + 1, arena_strdup(&coverage->run_arena, policy));
}

static void reach_level(struct coverage *coverage, const struct event *event, enum point_type type)
{
    const char *policy = *event->path ? map_get(&coverage->policies, event->path + 1) : NULL;

    reach_policy(coverage, policy, type, json_integer_value(json_object_get(event->data, "level")));
}

static void on_escalation_level(struct coverage *coverage, const struct event *event)
{
    reach_level(coverage, event, POINT_PAGED);
}

static void on_escalation_skipped(struct coverage *coverage, const struct event *event)
{
    const char *reason = value_get_string(event->data, "reason");

    if (reason && strcmp(reason, "when") == 0)
        reach_level(coverage, event, POINT_NOT_PAGED);
}

static void on_escalation_acknowledged(struct coverage *coverage, const struct event *event)
{
    const json_t *names = json_object_get(event->data, "escalations");

    for (size_t i = 0; i < json_array_size(names); i++)
        reach_policy(coverage, map_get(&coverage->policies, json_string_value(json_array_get(names, i))),
            POINT_ACKNOWLEDGED, 0);
}

static void on_escalation_ack_expired(struct coverage *coverage, const struct event *event)
{
    reach_level(coverage, event, POINT_ACK_EXPIRED);
}

static void on_escalation_exhausted(struct coverage *coverage, const struct event *event)
{
    reach_level(coverage, event, POINT_EXHAUSTED);
}

static void (*const of_run[EVENT_COUNT])(struct coverage *, const struct event *) = {
    [EVENT_RUN_STARTED] = on_run_started,
    [EVENT_DEADLINE_MISSED] = on_run_deadline,
    [EVENT_ESCALATION_STARTED] = on_escalation_started,
    [EVENT_ESCALATION_LEVEL] = on_escalation_level,
    [EVENT_ESCALATION_SKIPPED] = on_escalation_skipped,
    [EVENT_ESCALATION_ACKNOWLEDGED] = on_escalation_acknowledged,
    [EVENT_ESCALATION_ACK_EXPIRED] = on_escalation_ack_expired,
    [EVENT_ESCALATION_EXHAUSTED] = on_escalation_exhausted,
};

void coverage_add(struct coverage *coverage, const struct event *event)
{
    struct site site;

    if (of_run[event->type])
        of_run[event->type](coverage, event);
    if (!of_steps[event->type] || !find_site(coverage, event, &site))
        return;
    of_steps[event->type](coverage, &site);
}

/* --- between processes --- */

const uint64_t *coverage_hits(const struct coverage *coverage, size_t *ret_count)
{
    *ret_count = coverage->points.len;
    return coverage->hits;
}

int coverage_merge(struct coverage *coverage, const uint64_t *hits, size_t count, struct err *err)
{
    if (count != coverage->points.len)
        return err_set(err, ERR_CORRUPT, "%zu counts for a book of %zu points", count, coverage->points.len);
    for (size_t i = 0; i < count; i++)
        coverage->hits[i] += hits[i];
    return 0;
}
