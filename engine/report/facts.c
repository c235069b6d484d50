/* Each event type has one function that knows what it changes; the rest of the file puts rows in order. */
#include "report/facts.h"
#include "report/words.h"

#include "base/duration.h"

#include <string.h>

static const char *keep(struct facts *facts, const char *text)
{
    return text && *text ? arena_strdup(&facts->arena, text) : "";
}

static const char *said(const struct event *event, const char *key)
{
    const char *text = event->data ? value_get_string(event->data, key) : NULL;
    return text ? text : "";
}

static int said_int(const struct event *event, const char *key)
{
    const json_t *value = event->data ? json_object_get(event->data, key) : NULL;
    return json_is_integer(value) ? (int)json_integer_value(value) : 0;
}

/* "deploy/rollout[2]/verify#3" is attempt 3 of the row "deploy/rollout[2]/verify". */
static size_t path_len_without_attempt(const char *path)
{
    size_t len = strlen(path);
    const char *hash = strrchr(path, '#');
    return hash && !strchr(hash, '/') && hash[1] ? (size_t)(hash - path) : len;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

static struct row *row_of(struct facts *facts, enum row_type type, const char *path)
{
    autofree char *key =
        type == ROW_ESCALATION ? mem_printf("!%s", path) : mem_strndup(path, path_len_without_attempt(path));
    size_t index = (size_t)(uintptr_t)map_get(&facts->by_path, key);
    if (index)
        return &facts->rows[index - 1];
    facts->rows = mem_grow(facts->rows, facts->row_count, &facts->row_cap, sizeof *facts->rows);
    struct row *row = &facts->rows[facts->row_count++];
    const char *name = keep(facts, type == ROW_ESCALATION ? path : key);
    *row = (struct row){.type = type,
        .path = name,
        .label = type == ROW_STEP ? last_part(name) : name,
        .depth = type == ROW_STEP ? depth_of(name) : 0,
        .kind = "",
        .title = "",
        .message = "",
        .by = "",
        .decision = "",
        .started_us = -1,
        .finished_us = -1,
        .due_us = -1,
        .exit_code = -1};
    map_put(&facts->by_path, key, (void *)(uintptr_t)facts->row_count);
    return row;
}

static struct row *step_of(struct facts *facts, const struct event *event)
{
    return row_of(facts, ROW_STEP, event->path);
}

static void mark(struct row *row, enum mark_type type, int64_t at_us)
{
    row->marks = mem_grow(row->marks, row->mark_count, &row->mark_cap, sizeof *row->marks);
    row->marks[row->mark_count++] = (struct mark){at_us, type};
}

static void wait_begins(struct row *row, int64_t at_us)
{
    if (row->wait_count && row->waits[row->wait_count - 1].to_us < 0)
        return;
    row->waits = mem_grow(row->waits, row->wait_count, &row->wait_cap, sizeof *row->waits);
    row->waits[row->wait_count++] = (struct span){at_us, -1};
}

static void wait_ends(struct row *row, int64_t at_us)
{
    if (row->wait_count && row->waits[row->wait_count - 1].to_us < 0)
        row->waits[row->wait_count - 1].to_us = at_us;
    row->due_us = -1;
}

/* --- one function per event type
 * -------------------------------------------------------------------------------- */

static void on_run_finished(struct facts *facts, const struct event *event)
{
    const char *step = said(event, "step");
    if (*step)
        facts->failed_path = keep(facts, step);
    const char *message = said(event, "message");
    if (*message && !*facts->run.message)
        facts->run.message = keep(facts, message);
    facts->end_us = event->mono_us;
}

static void on_step_started(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    if (row->started_us < 0)
        row->started_us = event->mono_us;
    int attempt = event->attempt > 0 ? event->attempt : row->attempts + 1;
    if (attempt > row->attempts)
        row->attempts = attempt;
    wait_ends(row, event->mono_us);
    row->status = STEP_PENDING;
    if (*said(event, "kind"))
        row->kind = keep(facts, said(event, "kind"));
    if (*said(event, "title"))
        row->title = keep(facts, said(event, "title"));
    if (!strcmp(row->kind, "wait"))
        wait_begins(row, event->mono_us);
}

static void on_step_finished(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    if (row->started_us < 0)
        row->started_us = event->mono_us;
    row->finished_us = event->mono_us;
    row->status = event->status >= 0 ? (enum step_status)event->status : STEP_SUCCEEDED;
    row->class_ = event->class_;
    row->exit_code = event->exit_code;
    if (event->attempt > row->attempts)
        row->attempts = event->attempt;
    row->message = keep(facts, said(event, "message"));
    row->is_open = false;
    row->is_tolerated = event->data && json_is_true(json_object_get(event->data, "tolerated"));
    wait_ends(row, event->mono_us);
    if (row->status == STEP_FAILED)
        mark(row, MARK_FAILED, event->mono_us);
}

static void on_step_skipped(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->status = STEP_SKIPPED;
    row->finished_us = event->mono_us;
    row->message = keep(facts, *said(event, "reason") ? said(event, "reason") : said(event, "message"));
}

static void on_step_retrying(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->class_ = event->class_;
    row->message = keep(facts, said(event, "message"));
    row->is_polling = !strcmp(said(event, "why"), "until");
    wait_begins(row, event->mono_us);
    row->due_us = event->due_us;
    if (row->is_polling)
        return;
    mark(row, MARK_RETRY, event->mono_us);
    facts->retries++;
}

static void on_step_lost(struct facts *facts, const struct event *event)
{
    mark(step_of(facts, event), MARK_LOST, event->mono_us);
}

static void on_timer_set(struct facts *facts, const struct event *event)
{
    const char *timer = said(event, "timer");
    if (*event->path && (!strcmp(timer, "wait") || !strcmp(timer, "ask")))
        step_of(facts, event)->due_us = event->due_us;
}

static void on_deadline_missed(struct facts *facts, const struct event *event)
{
    if (*event->path)
        mark(step_of(facts, event), MARK_MISSED, event->mono_us);
    facts->missed++;
}

static void on_ask_opened(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    if (row->started_us < 0)
        row->started_us = event->mono_us;
    json_decref(row->ask);
    row->ask = event->data ? json_incref(event->data) : json_object();
    row->is_open = true;
    mark(row, MARK_ASK, event->mono_us);
    wait_begins(row, event->mono_us);
}

static void on_ask_answered(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->is_open = false;
    row->by = keep(facts, event->by.user);
    row->decision = keep(facts, said(event, "decision"));
    mark(row, MARK_ANSWER, event->mono_us);
    wait_ends(row, event->mono_us);
}

static void on_ask_expired(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->is_open = false;
    mark(row, MARK_MISSED, event->mono_us);
    wait_ends(row, event->mono_us);
}

static struct row *escalation_of(struct facts *facts, const struct event *event)
{
    static const char *const keys[] = {"escalation", "name", "policy"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (*said(event, keys[i]))
            return row_of(facts, ROW_ESCALATION, said(event, keys[i]));
    }
    return row_of(facts, ROW_ESCALATION, *event->path ? event->path : "escalation");
}

static void on_escalation_started(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->started_us = event->mono_us;
    row->is_open = true;
    row->message = keep(facts, said(event, "message"));
}

static void on_escalation_level(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->level = said_int(event, "level");
    mark(row, MARK_PAGE, event->mono_us);
}

static void on_escalation_acknowledged(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->is_acknowledged = true;
    row->by = keep(facts, event->by.user);
    mark(row, MARK_ACK, event->mono_us);
    wait_begins(row, event->mono_us);
}

static void on_escalation_ack_expired(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->is_acknowledged = false;
    mark(row, MARK_MISSED, event->mono_us);
    wait_ends(row, event->mono_us);
}

static void on_escalation_exhausted(struct facts *facts, const struct event *event)
{
    mark(escalation_of(facts, event), MARK_MISSED, event->mono_us);
}

static void on_escalation_resolved(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->is_open = false;
    row->status = STEP_SUCCEEDED;
    row->finished_us = event->mono_us;
    wait_ends(row, event->mono_us);
}

/* A page belongs to its escalation when the event says so; a `notify` step's own message to nobody's. */
static struct row *paged(struct facts *facts, const struct event *event)
{
    return *said(event, "escalation") ? row_of(facts, ROW_ESCALATION, said(event, "escalation")) : NULL;
}

static void on_notify_sent(struct facts *facts, const struct event *event)
{
    struct row *row = paged(facts, event);
    facts->pages++;
    if (row)
        row->pages++;
}

static void on_notify_failed(struct facts *facts, const struct event *event)
{
    struct row *row = paged(facts, event);
    facts->pages_failed++;
    if (row)
        row->pages_failed++;
}

static void on_note_added(struct facts *facts, const struct event *event)
{
    facts->notes++;
    if (*event->path)
        mark(step_of(facts, event), MARK_NOTE, event->mono_us);
}

static void (*const folds[EVENT_COUNT])(struct facts *, const struct event *) = {
    [EVENT_RUN_FINISHED] = on_run_finished,
    [EVENT_STEP_STARTED] = on_step_started,
    [EVENT_STEP_FINISHED] = on_step_finished,
    [EVENT_STEP_SKIPPED] = on_step_skipped,
    [EVENT_STEP_RETRYING] = on_step_retrying,
    [EVENT_STEP_LOST] = on_step_lost,
    [EVENT_TIMER_SET] = on_timer_set,
    [EVENT_DEADLINE_MISSED] = on_deadline_missed,
    [EVENT_ASK_OPENED] = on_ask_opened,
    [EVENT_ASK_ANSWERED] = on_ask_answered,
    [EVENT_ASK_EXPIRED] = on_ask_expired,
    [EVENT_ESCALATION_STARTED] = on_escalation_started,
    [EVENT_ESCALATION_LEVEL] = on_escalation_level,
    [EVENT_ESCALATION_ACKNOWLEDGED] = on_escalation_acknowledged,
    [EVENT_ESCALATION_ACK_EXPIRED] = on_escalation_ack_expired,
    [EVENT_ESCALATION_EXHAUSTED] = on_escalation_exhausted,
    [EVENT_ESCALATION_RESOLVED] = on_escalation_resolved,
    [EVENT_NOTIFY_SENT] = on_notify_sent,
    [EVENT_NOTIFY_FAILED] = on_notify_failed,
    [EVENT_NOTE_ADDED] = on_note_added,
};

/* --- the whole
 * -------------------------------------------------------------------------------------------------- */

void facts_init(struct facts *facts, const struct run_row *run)
{
    *facts = (struct facts){.run = *run, .failed_path = "", .end_us = -1};
    struct run_row *own = &facts->run;
    const char **const texts[] = {&own->runbook, &own->title, &own->severity, &own->file, &own->book_sha256,
        &own->trigger, &own->parent, &own->message, &own->engine, &own->engine_host, &own->initiator.user,
        &own->initiator.host, &own->initiator.way};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = keep(facts, *texts[i]);
    own->params = json_incref(own->params);
    own->labels = json_incref(own->labels);
    facts->start_wall_us = own->started_us ? own->started_us : own->created_us;
}

static void say_took(const struct row *row, struct text *text)
{
    char buffer[DURATION_TEXT_SIZE];
    if (row->finished_us > row->started_us)
        text_printf(text, " (%s)", duration_short((row->finished_us - row->started_us) / 1000, buffer));
}

void facts_add(struct facts *facts, const struct event *event)
{
    if (!facts->event_count)
        facts->start_wall_us = event->wall_us - event->mono_us;
    if (event->type < EVENT_COUNT && folds[event->type])
        folds[event->type](facts, event);
    facts->events = mem_grow(facts->events, facts->event_count, &facts->event_cap, sizeof *facts->events);
    autotext struct text words = {0};
    event_words(event, &words);
    if (event->type == EVENT_STEP_FINISHED)
        say_took(step_of(facts, event), &words);
    facts->events[facts->event_count++] = (struct fact_event){.seq = event->seq,
        .wall_us = event->wall_us,
        .mono_us = event->mono_us,
        .type = event->type,
        .class_ = event->class_,
        .status = event->status,
        .path = keep(facts, event->path),
        .by = keep(facts, event->by.user),
        .words = keep(facts, text_str(&words)),
        .is_quiet = event_is_quiet(event)};
}

/* The row under which this one stands: its path up to the last '/', the attempt in it or not. 0 = none. */
static size_t parent_of(const struct facts *facts, const struct row *row)
{
    autofree char *path = mem_strdup(row->path);
    char *slash;
    while (row->type == ROW_STEP && (slash = strrchr(path, '/'))) {
        *slash = '\0';
        size_t index = (size_t)(uintptr_t)map_get(&facts->by_path, path);
        path[path_len_without_attempt(path)] = '\0';
        if (!index)
            index = (size_t)(uintptr_t)map_get(&facts->by_path, path);
        if (index)
            return index;
    }
    return 0;
}

/* Depth first; among siblings the order of appearance. Iterative: first child and next sibling as indices
 * + 1. */
static void put_in_tree_order(struct facts *facts)
{
    size_t n = facts->row_count;
    autofree size_t *first = mem_alloc((n + 1) * sizeof *first), *last = mem_alloc((n + 1) * sizeof *last);
    autofree size_t *next = mem_alloc((n + 1) * sizeof *next), *parent = mem_alloc((n + 1) * sizeof *parent);
    for (size_t i = 1; i <= n; i++) {
        size_t up = parent[i] = parent_of(facts, &facts->rows[i - 1]);
        if (last[up])
            next[last[up]] = i;
        else
            first[up] = i;
        last[up] = i;
    }
    struct row *sorted = mem_alloc((n + 1) * sizeof *sorted);
    size_t at = first[0], depth = 0;
    for (size_t filled = 0; at; filled++) {
        sorted[filled] = facts->rows[at - 1];
        sorted[filled].depth = depth;
        sorted[filled].is_block = first[at] != 0;
        if (first[at]) {
            at = first[at];
            depth++;
            continue;
        }
        while (at && !next[at]) {
            at = parent[at];
            depth -= at != 0;
        }
        at = at ? next[at] : 0;
    }
    free(facts->rows);
    facts->rows = sorted;
    facts->row_cap = n + 1;
}

/* The rows have moved: find them at their new places. */
static void name_rows(struct facts *facts)
{
    map_fini(&facts->by_path);
    facts->by_path = (struct map){0};
    for (size_t i = 0; i < facts->row_count; i++) {
        if (facts->rows[i].type == ROW_STEP)
            map_put(&facts->by_path, facts->rows[i].path, (void *)(uintptr_t)(i + 1));
    }
}

void facts_end(struct facts *facts, int64_t now_wall_us)
{
    put_in_tree_order(facts);
    name_rows(facts);
    if (facts->end_us < 0) {
        int64_t last = facts->event_count ? facts->events[facts->event_count - 1].mono_us : 0;
        int64_t now = now_wall_us - facts->start_wall_us;
        bool stands_still = facts->run.status == RUN_INTERRUPTED || facts_is_over(facts);
        facts->end_us = now > last && !stands_still ? now : last;
    }
    for (size_t i = 0; i < facts->row_count; i++) {
        if (facts->rows[i].type == ROW_STEP && !facts->rows[i].is_block)
            facts->counts[facts->rows[i].status]++;
    }
}

void facts_fini(struct facts *facts)
{
    for (size_t i = 0; i < facts->row_count; i++) {
        json_decref(facts->rows[i].ask);
        free(facts->rows[i].waits);
        free(facts->rows[i].marks);
    }
    free(facts->rows);
    free(facts->events);
    map_fini(&facts->by_path);
    json_decref(facts->run.params);
    json_decref(facts->run.labels);
    arena_fini(&facts->arena);
    *facts = (struct facts){0};
}

bool facts_is_news(const struct facts *facts, const struct fact_event *event)
{
    if (event->type != EVENT_STEP_STARTED && event->type != EVENT_STEP_FINISHED)
        return !event->is_quiet;
    const struct row *row = facts_find(facts, event->path);
    if (event->type == EVENT_STEP_STARTED)
        return row && row->finished_us < 0;
    return !row || !(row->is_block || (row->ask && row->status == STEP_SUCCEEDED));
}

bool facts_is_over(const struct facts *facts)
{
    enum run_status status = facts->run.status;
    return status == RUN_SUCCEEDED || status == RUN_FAILED || status == RUN_CANCELLED;
}

const struct row *facts_find(const struct facts *facts, const char *path)
{
    size_t len = path_len_without_attempt(path), count = 0;
    autofree char *key = mem_strndup(path, len);
    size_t index = (size_t)(uintptr_t)map_get(&facts->by_path, key);
    const struct row *found = NULL;
    if (index)
        return &facts->rows[index - 1];
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP && !strcmp(row->label, key)) {
            found = row;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}

/* A failed block only repeats what failed inside it; a failure somebody tolerated has another message than
 * the run. */
static bool is_better_culprit(const struct facts *facts, const struct row *row, const struct row *best)
{
    if (!best)
        return true;
    bool says_it = *facts->run.message && strstr(facts->run.message, row->message) && *row->message;
    bool best_says_it = *facts->run.message && strstr(facts->run.message, best->message) && *best->message;
    if (says_it != best_says_it)
        return says_it;
    if (strlen(row->path) != strlen(best->path) && !strncmp(row->path, best->path, strlen(best->path)))
        return true;
    return row->finished_us > best->finished_us && row->depth >= best->depth;
}

const struct row *facts_culprit(const struct facts *facts)
{
    const struct row *best = *facts->failed_path ? facts_find(facts, facts->failed_path) : NULL;
    for (size_t i = 0; i < facts->row_count && !*facts->failed_path; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP && row->status == STEP_FAILED && !row->is_tolerated &&
            is_better_culprit(facts, row, best))
            best = row;
    }
    return best;
}
