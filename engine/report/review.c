#include "report/review.h"

#include "report/moment.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- notes --- */

static const char *const leads[NOTE_COUNT] = {[NOTE_IMPACT] = "impact",
    [NOTE_CAUSE] = "cause",
    [NOTE_MITIGATED] = "mitigated",
    [NOTE_FOLLOW_UP] = "follow-up"};

enum note_type note_type(const struct fact_event *event, const char **ret_text)
{
    *ret_text = event->note;
    if (event->type != EVENT_NOTE_ADDED)
        return NOTE_PLAIN;
    for (int type = NOTE_PLAIN + 1; type < NOTE_COUNT; type++) {
        size_t len = strlen(leads[type]);
        if (strncasecmp(event->note, leads[type], len) != 0 || (event->note[len] && event->note[len] != ':'))
            continue;
        const char *rest = event->note + len + (event->note[len] == ':');
        *ret_text = rest + strspn(rest, " \t");
        return (enum note_type)type;
    }
    return NOTE_PLAIN;
}

/* --- times --- */

static void time_escalations(struct review *review)
{
    const struct facts *facts = review->facts;
    bool is_open = false;
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type != ROW_ESCALATION)
            continue;
        if (!review->was_paged || row->started_us < review->began_us)
            review->began_us = row->started_us;
        review->was_paged = true;
        is_open = is_open || row->is_open;
        if (row->acknowledged_us >= 0 &&
            (review->acknowledged_us < 0 || row->acknowledged_us < review->acknowledged_us))
            review->acknowledged_us = row->acknowledged_us;
        if (row->finished_us > review->resolved_us)
            review->resolved_us = row->finished_us;
    }
    if (!review->was_paged && facts->run.status == RUN_SUCCEEDED)
        review->resolved_us = facts->end_us;
    else if (is_open)
        review->resolved_us = -1;
}

static void time_mitigation(struct review *review)
{
    const char *rest;
    for (size_t i = 0; i < review->facts->event_count && review->mitigated_us < 0; i++) {
        const struct fact_event *event = &review->facts->events[i];
        if (note_type(event, &rest) == NOTE_MITIGATED)
            review->mitigated_us = event->mono_us;
    }
}

static const char *took(const struct review *review, int64_t at_us, char ret[REVIEW_TEXT_SIZE])
{
    char buffer[MOMENT_TEXT_SIZE];
    snprintf(ret, REVIEW_TEXT_SIZE, "%s", moment_took(review->began_us, at_us, buffer));
    return ret;
}

const char *review_acknowledged(const struct review *review, char ret[REVIEW_TEXT_SIZE])
{
    return review->acknowledged_us >= 0   ? took(review, review->acknowledged_us, ret)
           : !review->was_paged           ? "nobody was paged"
           : facts_is_over(review->facts) ? "nobody acknowledged"
                                          : "nobody yet";
}

const char *review_mitigated(const struct review *review, char ret[REVIEW_TEXT_SIZE])
{
    return review->mitigated_us >= 0 ? took(review, review->mitigated_us, ret) : "not noted";
}

const char *review_resolved(const struct review *review, char ret[REVIEW_TEXT_SIZE])
{
    return review->resolved_us >= 0       ? took(review, review->resolved_us, ret)
           : facts_is_over(review->facts) ? "not resolved"
                                          : "not yet";
}

/* --- what was late --- */

static void add_late(struct review *review, int64_t at_us, int64_t by_us, const char *words)
{
    review->lates = mem_grow(review->lates, review->late_count, &review->late_cap, sizeof *review->lates);
    review->lates[review->late_count++] = (struct late){at_us, by_us, arena_strdup(&review->arena, words)};
}

static void add_deadlines(struct review *review)
{
    for (size_t i = 0; i < review->facts->deadline_count; i++) {
        const struct row *row = &review->facts->deadlines[i];
        autotext struct text words = {0};
        if (row->status != STEP_FAILED)
            continue;
        text_puts(&words, "the deadline of ");
        text_printf(&words, *row->path ? "`%s` was missed" : "%s was missed", row->label);
        int64_t due = row->due_us >= 0 ? row->due_us : row->started_us;
        add_late(review, due, row->due_us >= 0 ? row_end(review->facts, row) - due : -1, text_str(&words));
    }
}

static void add_events(struct review *review)
{
    static const bool is_late[EVENT_COUNT] = {[EVENT_TIMER_LATE] = true,
        [EVENT_ASK_EXPIRED] = true,
        [EVENT_ESCALATION_ACK_EXPIRED] = true,
        [EVENT_ESCALATION_EXHAUSTED] = true,
        [EVENT_ESCALATION_OVERDUE] = true,
        [EVENT_SCHEDULE_MISSED] = true};
    for (size_t i = 0; i < review->facts->event_count; i++) {
        const struct fact_event *event = &review->facts->events[i];
        bool is_timeout = event->type == EVENT_STEP_FINISHED && event->class_ == FAIL_TIMEOUT;
        if (is_timeout || (event->type < EVENT_COUNT && is_late[event->type]))
            add_late(review, event->mono_us, -1, event->words);
    }
}

void review_init(struct review *review, const struct facts *facts)
{
    *review = (struct review){.facts = facts, .acknowledged_us = -1, .mitigated_us = -1, .resolved_us = -1};
    time_escalations(review);
    time_mitigation(review);
    add_deadlines(review);
    add_events(review);
}

void review_fini(struct review *review)
{
    free(review->lates);
    free(review->excerpts);
    arena_fini(&review->arena);
}
