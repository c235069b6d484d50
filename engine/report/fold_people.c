/* The rows of people and of deadlines: who was paged, who reacted and how long it took; what had to be done
 * by when, and was not. They are folded beside the rows of steps, from the same events. */
#include "report/fold.h"
#include "report/words.h"

#include <string.h>

/* --- rows --- */

static struct row *row_among(
    struct facts *facts, struct row **rows, size_t *count, size_t *cap, const struct row *fresh, char sign)
{
    autofree char *key = mem_printf("%c%s", sign, fresh->path);
    size_t *index = map_get(&facts->others, key);
    if (index)
        return &(*rows)[*index - 1];
    *rows = mem_grow(*rows, *count, cap, sizeof **rows);
    struct row *row = &(*rows)[(*count)++];
    row_init(row, fresh->type, facts_keep(facts, fresh->path));
    row->label = *row->path ? row->path : facts_keep(facts, fresh->label);
    index = arena_alloc(&facts->arena, sizeof *index);
    *index = *count;
    map_put(&facts->others, key, index);
    return row;
}

static struct row *person_of(struct facts *facts, const char *name, int64_t at_us)
{
    const struct row fresh = {.type = ROW_PERSON, .path = name, .label = ""};
    struct row *row = row_among(facts, &facts->people, &facts->person_count, &facts->person_cap, &fresh, '@');
    if (row->started_us < 0)
        row->started_us = at_us;
    row->finished_us = at_us;
    return row;
}

static struct row *deadline_of(struct facts *facts, const char *path)
{
    autofree char *name = mem_strndup(path, facts_path_len(path));
    const struct row fresh = {.type = ROW_DEADLINE, .path = name, .label = "the run"};
    return row_among(facts, &facts->deadlines, &facts->deadline_count, &facts->deadline_cap, &fresh, '^');
}

/* The deadline that was set for the path, or NULL. */
static struct row *deadline_set(struct facts *facts, const char *path)
{
    if (!facts->deadline_count)
        return NULL;
    autofree char *key = mem_printf("^%.*s", (int)facts_path_len(path), path);
    const size_t *index = map_get(&facts->others, key);
    return index ? &facts->deadlines[*index - 1] : NULL;
}

/* --- spans of people --- */

static void end_spans(struct row *row, enum span_type type, int64_t at_us)
{
    for (size_t i = 0; i < row->span_count; i++) {
        struct span *span = &row->spans[i];
        if (span->type == type && span->to_us < 0)
            span->to_us = at_us;
    }
}

static void begin_span(struct row *row, enum span_type type, int64_t at_us)
{
    for (size_t i = 0; i < row->span_count; i++) {
        if (row->spans[i].type == type && row->spans[i].to_us < 0)
            return;
    }
    row_span(row, type, at_us, -1);
}

static void end_all(struct facts *facts, enum span_type type, int64_t at_us)
{
    for (size_t i = 0; i < facts->person_count; i++)
        end_spans(&facts->people[i], type, at_us);
}

static const char *target_of(const struct event *event)
{
    const char *target = event->data ? value_get_string(event->data, "target") : NULL;
    return target ? target : "";
}

static const char *speaker(const struct event *event)
{
    return event->by.user ? event->by.user : "";
}

/* --- one function per event type --- */

/* A message may arrive when somebody else has acknowledged already. */
static bool is_answered(const struct facts *facts, const struct event *event)
{
    size_t len;
    const char *name = event_escalation(event, &len);
    autofree char *key = mem_printf("!%.*s", (int)len, name);
    size_t index = facts_index(facts, key);
    return index && (facts->rows[index - 1].is_acknowledged || !facts->rows[index - 1].is_open);
}

static void on_page(struct facts *facts, const struct event *event)
{
    if (*event->path != '!' || !*target_of(event))
        return;
    struct row *row = person_of(facts, target_of(event), event->mono_us);
    row->pages++;
    row_mark(row, MARK_PAGE, event);
    if (!is_answered(facts, event))
        begin_span(row, SPAN_WAIT, event->mono_us);
}

static void on_page_failed(struct facts *facts, const struct event *event)
{
    if (*event->path != '!' || !*target_of(event) || event->due_us >= 0)
        return;
    struct row *row = person_of(facts, target_of(event), event->mono_us);
    row->pages_failed++;
    row_mark(row, MARK_FAILED, event);
}

static void on_acknowledged(struct facts *facts, const struct event *event)
{
    end_all(facts, SPAN_WAIT, event->mono_us);
    if (!*speaker(event))
        return;
    struct row *row = person_of(facts, speaker(event), event->mono_us);
    row->is_acknowledged = true;
    row_mark(row, MARK_ACK, event);
    begin_span(row, SPAN_WORK, event->mono_us);
}

static void on_paging_again(struct facts *facts, const struct event *event)
{
    end_all(facts, SPAN_WORK, event->mono_us);
}

static void on_resolved(struct facts *facts, const struct event *event)
{
    end_all(facts, SPAN_WAIT, event->mono_us);
    end_all(facts, SPAN_WORK, event->mono_us);
}

/* How long they thought about it: from the question, which the step's row knows, to the answer. */
static void on_answered(struct facts *facts, const struct event *event)
{
    const struct row *step = facts_find(facts, event->path);
    if (!*speaker(event))
        return;
    struct row *row = person_of(facts, speaker(event), event->mono_us);
    row->answers++;
    row_mark(row, MARK_ANSWER, event);
    for (size_t i = step ? step->mark_count : 0; i-- > 0;) {
        if (step->marks[i].type == MARK_ASK) {
            row_span(row, SPAN_WAIT, step->marks[i].at_us, event->mono_us);
            return;
        }
    }
}

static void on_said(struct facts *facts, const struct event *event)
{
    if (*speaker(event))
        row_mark(person_of(facts, speaker(event), event->mono_us), MARK_NOTE, event);
}

static void on_timer(struct facts *facts, const struct event *event)
{
    const char *timer = event->data ? value_get_string(event->data, "timer") : NULL;
    if (!timer || strcmp(timer, "deadline") != 0)
        return;
    struct row *row = deadline_of(facts, event->path);
    if (row->started_us < 0)
        row->started_us = event->mono_us;
    row->due_us = event->due_us;
}

static void on_missed(struct facts *facts, const struct event *event)
{
    struct row *row = deadline_of(facts, event->path);
    if (row->started_us < 0)
        row->started_us = event->mono_us;
    row->status = STEP_FAILED;
    row_mark(row, MARK_MISSED, event);
    row_span(row, SPAN_WORK, row->due_us >= 0 ? row->due_us : event->mono_us, -1);
}

/* It was kept, unless it was missed before. */
static void on_ended(struct facts *facts, const struct event *event)
{
    struct row *row = deadline_set(facts, event->path);
    if (!row || row->finished_us >= 0)
        return;
    row->finished_us = event->mono_us;
    end_spans(row, SPAN_WORK, event->mono_us);
    if (row->status == STEP_PENDING)
        row->status = STEP_SUCCEEDED;
}

static void on_run_ended(struct facts *facts, const struct event *event)
{
    on_ended(facts, event);
    on_resolved(facts, event);
}

static void (*const folds[EVENT_COUNT])(struct facts *, const struct event *) = {
    [EVENT_NOTIFY_SENT] = on_page,
    [EVENT_NOTIFY_FAILED] = on_page_failed,
    [EVENT_ESCALATION_ACKNOWLEDGED] = on_acknowledged,
    [EVENT_ESCALATION_SNOOZED] = on_acknowledged,
    [EVENT_ESCALATION_ACK_EXPIRED] = on_paging_again,
    [EVENT_ESCALATION_HURRIED] = on_paging_again,
    [EVENT_ESCALATION_RESOLVED] = on_resolved,
    [EVENT_ASK_ANSWERED] = on_answered,
    [EVENT_ASK_CHECKED] = on_answered,
    [EVENT_NOTE_ADDED] = on_said,
    [EVENT_CORRECTION_ADDED] = on_said,
    [EVENT_RUN_CANCEL_REQUESTED] = on_said,
    [EVENT_RUN_KILL_REQUESTED] = on_said,
    [EVENT_TIMER_SET] = on_timer,
    [EVENT_DEADLINE_MISSED] = on_missed,
    [EVENT_STEP_FINISHED] = on_ended,
    [EVENT_STEP_SKIPPED] = on_ended,
    [EVENT_RUN_FINISHED] = on_run_ended,
};

void fold_people(struct facts *facts, const struct event *event)
{
    if (event->type < EVENT_COUNT && folds[event->type])
        folds[event->type](facts, event);
}
