/* Each event type has one function that knows what it changes. */
#include "report/fold.h"
#include "report/words.h"

#include <string.h>

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

/* What has just been told of is mostly told of next. */
static struct row *last_step(const struct facts *facts, const char *path)
{
    struct row *row = facts->last_step ? &facts->rows[facts->last_step - 1] : NULL;
    size_t len = facts_path_len(path);
    return row && strncmp(row->path, path, len) == 0 && !row->path[len] ? row : NULL;
}

void row_init(struct row *row, enum row_type type, const char *path)
{
    *row = (struct row){.type = type,
        .path = path,
        .label = type == ROW_STEP ? last_part(path) : path,
        .depth = type == ROW_STEP ? depth_of(path) : 0,
        .kind = "",
        .title = "",
        .work = "",
        .message = "",
        .by = "",
        .paged = "",
        .signal = "",
        .decision = "",
        .started_us = -1,
        .finished_us = -1,
        .acknowledged_us = -1,
        .due_us = -1,
        .exit_code = -1};
}

static struct row *row_of(struct facts *facts, enum row_type type, const char *path)
{
    struct row *last = type == ROW_STEP ? last_step(facts, path) : NULL;
    if (last)
        return last;
    autofree char *key =
        type == ROW_ESCALATION ? mem_printf("!%s", path) : mem_strndup(path, facts_path_len(path));
    size_t index = facts_index(facts, key);
    if (type == ROW_STEP)
        facts->last_step = index ? index : facts->row_count + 1;
    if (index)
        return &facts->rows[index - 1];
    facts->rows = mem_grow(facts->rows, facts->row_count, &facts->row_cap, sizeof *facts->rows);
    struct row *row = &facts->rows[facts->row_count++];
    row_init(row, type, facts_keep(facts, type == ROW_ESCALATION ? path : key));
    facts_set_index(facts, key, facts->row_count);
    return row;
}

static struct row *step_of(struct facts *facts, const struct event *event)
{
    return row_of(facts, ROW_STEP, event->path);
}

void row_mark(struct row *row, enum mark_type type, const struct event *event)
{
    row->marks = mem_grow(row->marks, row->mark_count, &row->mark_cap, sizeof *row->marks);
    row->marks[row->mark_count++] = (struct mark){event->mono_us, type, event->seq};
}

void row_span(struct row *row, enum span_type type, int64_t from_us, int64_t to_us)
{
    row->spans = mem_grow(row->spans, row->span_count, &row->span_cap, sizeof *row->spans);
    row->spans[row->span_count++] = (struct span){from_us, to_us, type};
}

static void wait_begins(struct row *row, int64_t at_us)
{
    if (!row->span_count || row->spans[row->span_count - 1].to_us >= 0)
        row_span(row, SPAN_WAIT, at_us, -1);
}

static void wait_ends(struct row *row, int64_t at_us)
{
    if (row->span_count && row->spans[row->span_count - 1].to_us < 0)
        row->spans[row->span_count - 1].to_us = at_us;
    row->due_us = -1;
}

/* --- one function per event type --- */

static void on_run_finished(struct facts *facts, const struct event *event)
{
    const char *step = said(event, "step");
    if (*step)
        facts->failed_path = facts_keep(facts, step);
    const char *message = said(event, "message");
    if (*message && !*facts->run.message)
        facts->run.message = facts_keep(facts, message);
    json_decref(facts->outputs);
    facts->outputs = event->data ? json_incref(json_object_get(event->data, "outputs")) : NULL;
    facts->end_us = event->mono_us;
}

static const char *work_of(struct facts *facts, const struct event *event)
{
    autotext struct text text = {0};
    work_words(event->data ? json_object_get(event->data, "args") : NULL, &text);
    return facts_keep(facts, text_str(&text));
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
    if (row->is_polling)
        return; /* one more look is like the one before */
    row->signal = facts_keep(facts, said(event, "signal"));
    if (*said(event, "kind"))
        row->kind = facts_keep(facts, said(event, "kind"));
    row->work = work_of(facts, event);
    if (*said(event, "title"))
        row->title = facts_keep(facts, said(event, "title"));
    if (!strcmp(row->kind, "wait"))
        wait_begins(row, event->mono_us);
}

static void on_step_finished(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->is_instant = row->started_us < 0;
    if (row->is_instant)
        row->started_us = event->mono_us;
    row->finished_us = event->mono_us;
    row->status = event->status >= 0 ? (enum step_status)event->status : STEP_SUCCEEDED;
    row->class_ = event->class_;
    row->exit_code = event->exit_code;
    if (event->attempt > row->attempts)
        row->attempts = event->attempt;
    row->message = facts_keep(facts, said(event, "message"));
    row->is_open = false;
    row->is_tolerated = event->data && json_is_true(json_object_get(event->data, "tolerated"));
    wait_ends(row, event->mono_us);
    if (row->status == STEP_FAILED)
        row_mark(row, MARK_FAILED, event);
}

static void on_step_skipped(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->status = STEP_SKIPPED;
    row->finished_us = event->mono_us;
    row->message = facts_keep(
        facts, reason_words(*said(event, "reason") ? said(event, "reason") : said(event, "message")));
}

static void on_step_retrying(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->class_ = event->class_;
    row->message = facts_keep(facts, said(event, "message"));
    row->is_polling = !strcmp(said(event, "why"), "until");
    wait_begins(row, event->mono_us);
    row->due_us = event->due_us;
    if (row->is_polling)
        return;
    row_mark(row, MARK_RETRY, event);
    facts->retries++;
}

static void on_step_lost(struct facts *facts, const struct event *event)
{
    row_mark(step_of(facts, event), MARK_LOST, event);
}

static struct row *escalation_of(struct facts *facts, const struct event *event)
{
    size_t len;
    const char *name = event_escalation(event, &len);
    autofree char *own = mem_strndup(name, len);
    return row_of(facts, ROW_ESCALATION, *own ? own : "escalation");
}

static void on_timer_set(struct facts *facts, const struct event *event)
{
    const char *timer = said(event, "timer");
    if (*event->path && *event->path != '!' && !strcmp(timer, "wait"))
        step_of(facts, event)->due_us = event->due_us;
    if (*event->path == '!' && (!strcmp(timer, "escalate_after") || !strcmp(timer, "ack_timeout")))
        escalation_of(facts, event)->due_us = event->due_us;
}

static void on_deadline_missed(struct facts *facts, const struct event *event)
{
    if (*event->path)
        row_mark(step_of(facts, event), MARK_MISSED, event);
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
    row->answers = 0;
    row_mark(row, MARK_ASK, event);
    wait_begins(row, event->mono_us);
    row->due_us = event->due_us;
}

/* An approval that wants several people stays open until the last of them, or until one says no. */
static bool wants_more(const struct row *row, const struct event *event)
{
    json_int_t count = json_integer_value(json_object_get(row->ask, "count"));
    return !strcmp(said(event, "decision"), "approve") && (json_int_t)row->answers < count;
}

static void on_ask_answered(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row->answers++;
    row->is_open = wants_more(row, event);
    row->by = facts_keep(facts, event->by.user);
    row->decision = facts_keep(facts, said(event, "decision"));
    row_mark(row, MARK_ANSWER, event);
    if (!row->is_open)
        wait_ends(row, event->mono_us);
}

/* ask.ticked: the number of a point -> who ticked it off. */
static void on_ask_checked(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    json_t *ask = row->ask ? json_copy(row->ask) : json_object(), *number;
    json_t *ticked = json_copy(json_object_get(ask, "ticked"));
    size_t i;
    if (!ticked)
        ticked = json_object();
    json_array_foreach(json_object_get(event->data, "checklist"), i, number)
    {
        char name[24];
        snprintf(name, sizeof(name), "%lld", (long long)json_integer_value(number));
        json_object_set_new(ticked, name, json_string(event->by.user ? event->by.user : ""));
    }
    json_object_set_new(ask, "ticked", ticked);
    json_decref(row->ask);
    row->ask = ask;
}

/* With `on_timeout: escalate` somebody may still answer; else the step ends at the same moment. */
static void on_ask_expired(struct facts *facts, const struct event *event)
{
    struct row *row = step_of(facts, event);
    row_mark(row, MARK_MISSED, event);
    row->due_us = -1;
}

/* What a person or a step says may mean several: the event lists their names. */
static void each_escalation(struct facts *facts, const struct event *event,
    void (*change)(struct row *row, const struct event *event))
{
    json_t *names = event->data ? json_object_get(event->data, "escalations") : NULL, *name;
    size_t i;
    json_array_foreach(names, i, name)
    {
        struct row *row = row_of(facts, ROW_ESCALATION, json_is_string(name) ? json_string_value(name) : "");
        change(row, event);
        if (event->type == EVENT_ESCALATION_ACKNOWLEDGED || event->type == EVENT_ESCALATION_SNOOZED)
            row->by = facts_keep(facts, event->by.user);
    }
}

static void on_escalation_started(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->started_us = event->mono_us;
    row->finished_us = -1;
    row->is_open = true;
    row->is_acknowledged = row->is_exhausted = false;
    row->message = facts_keep(facts, said(event, "message"));
}

static void on_escalation_level(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->level = said_int(event, "level");
    row->paged = "";
    row->due_us = -1;
    row_mark(row, MARK_PAGE, event);
}

static void acknowledge(struct row *row, const struct event *event)
{
    row->is_acknowledged = true;
    row->due_us = -1;
    if (row->acknowledged_us < 0)
        row->acknowledged_us = event->mono_us;
    row_mark(row, MARK_ACK, event);
    wait_begins(row, event->mono_us);
}

static void on_escalation_acknowledged(struct facts *facts, const struct event *event)
{
    each_escalation(facts, event, acknowledge);
}

static void on_escalation_ack_expired(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->is_acknowledged = false;
    row_mark(row, MARK_MISSED, event);
    wait_ends(row, event->mono_us);
}

static void on_escalation_exhausted(struct facts *facts, const struct event *event)
{
    struct row *row = escalation_of(facts, event);
    row->is_exhausted = true;
    row->due_us = -1;
    row_mark(row, MARK_MISSED, event);
}

static void resolve(struct row *row, const struct event *event)
{
    row->is_open = false;
    row->status = STEP_SUCCEEDED;
    row->finished_us = event->mono_us;
    row->due_us = -1;
    wait_ends(row, event->mono_us);
}

static void hurry(struct row *row, const struct event *event)
{
    row->is_acknowledged = false;
    wait_ends(row, event->mono_us);
}

static void on_escalation_hurried(struct facts *facts, const struct event *event)
{
    each_escalation(facts, event, hurry);
}

static void on_escalation_overdue(struct facts *facts, const struct event *event)
{
    row_mark(escalation_of(facts, event), MARK_MISSED, event);
    facts->missed++;
}

static void on_escalation_resolved(struct facts *facts, const struct event *event)
{
    each_escalation(facts, event, resolve);
}

/* The same person through the next channel is no other. */
static void on_notify_started(struct facts *facts, const struct event *event)
{
    const char *target = said(event, "target");
    struct row *row = *event->path == '!' ? escalation_of(facts, event) : NULL;
    autofree char *all = NULL;

    if (!row || event->attempt > 1 || strstr(row->paged, target))
        return;
    all = mem_printf("%s%s%s", row->paged, *row->paged ? ", " : "", target);
    row->paged = facts_keep(facts, all);
}

static void on_notify_sent(struct facts *facts, const struct event *event)
{
    facts->pages++;
    if (*event->path == '!')
        escalation_of(facts, event)->pages++;
}

static void on_notify_failed(struct facts *facts, const struct event *event)
{
    if (event->due_us >= 0)
        return; /* it is tried again */
    facts->pages_failed++;
    if (*event->path == '!')
        escalation_of(facts, event)->pages_failed++;
}

static void on_note_added(struct facts *facts, const struct event *event)
{
    facts->notes++;
    if (*event->path)
        row_mark(step_of(facts, event), MARK_NOTE, event);
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
    [EVENT_ASK_CHECKED] = on_ask_checked,
    [EVENT_ASK_EXPIRED] = on_ask_expired,
    [EVENT_ESCALATION_STARTED] = on_escalation_started,
    [EVENT_ESCALATION_LEVEL] = on_escalation_level,
    [EVENT_ESCALATION_ACKNOWLEDGED] = on_escalation_acknowledged,
    [EVENT_ESCALATION_ACK_EXPIRED] = on_escalation_ack_expired,
    [EVENT_ESCALATION_EXHAUSTED] = on_escalation_exhausted,
    [EVENT_ESCALATION_RESOLVED] = on_escalation_resolved,
    [EVENT_ESCALATION_SNOOZED] = on_escalation_acknowledged,
    [EVENT_ESCALATION_HURRIED] = on_escalation_hurried,
    [EVENT_ESCALATION_OVERDUE] = on_escalation_overdue,
    [EVENT_NOTIFY_STARTED] = on_notify_started,
    [EVENT_NOTIFY_SENT] = on_notify_sent,
    [EVENT_NOTIFY_FAILED] = on_notify_failed,
    [EVENT_NOTE_ADDED] = on_note_added,
};

const struct row *fold_event(struct facts *facts, const struct event *event)
{
    if (event->type < EVENT_COUNT && folds[event->type])
        folds[event->type](facts, event);
    return event->type == EVENT_STEP_FINISHED ? step_of(facts, event) : NULL;
}
