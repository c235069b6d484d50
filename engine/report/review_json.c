/* The report for programs: what `show --json` has, and what only a report knows. */
#include "report/formats.h"
#include "report/review.h"

#include <string.h>

static json_t *seconds(int64_t from_us, int64_t to_us)
{
    return to_us < 0 ? json_null() : json_real((double)(to_us - from_us) / 1e6);
}

static json_t *string(const char *text)
{
    return value_string(text, strlen(text));
}

static json_t *lates(const struct review *review)
{
    json_t *list = json_array();
    for (size_t i = 0; i < review->late_count; i++) {
        const struct late *late = &review->lates[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "seconds", seconds(0, late->at_us), "text",
                                        string(late->words), "late_seconds", seconds(0, late->by_us)));
    }
    return list;
}

static json_t *notes(const struct review *review, enum note_type type)
{
    json_t *list = json_array();
    const char *rest;
    for (size_t i = 0; i < review->facts->event_count; i++) {
        const struct fact_event *event = &review->facts->events[i];
        if (note_type(event, &rest) == type)
            json_array_append_new(
                list, json_pack("{s:I, s:o, s:o, s:b}", "event", (json_int_t)event->seq, "by",
                          string(event->by), "text", string(rest), "after_the_end", (int)event->is_after));
    }
    return list;
}

static json_t *corrections(const struct review *review)
{
    json_t *list = json_array();
    for (size_t i = 0; i < review->facts->event_count; i++) {
        const struct fact_event *event = &review->facts->events[i];
        if (event->corrects)
            json_array_append_new(
                list, json_pack("{s:I, s:I, s:o, s:o}", "event", (json_int_t)event->seq, "corrects",
                          (json_int_t)event->corrects, "by", string(event->by), "text", string(event->note)));
    }
    return list;
}

static json_t *excerpts(const struct review *review)
{
    json_t *list = json_array();
    for (size_t i = 0; i < review->excerpt_count; i++) {
        const struct excerpt *excerpt = &review->excerpts[i];
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:b}", "path", string(excerpt->row->path), "text",
                      value_string(excerpt->bytes, excerpt->len), "cut", (int)excerpt->is_cut));
    }
    return list;
}

json_t *review_json(const struct review *review)
{
    json_t *json = facts_json(review->facts);
    json_object_set_new(json, "times",
        json_pack("{s:o, s:o, s:o, s:o}", "began_seconds", seconds(0, review->began_us),
            "acknowledge_seconds", seconds(review->began_us, review->acknowledged_us), "mitigate_seconds",
            seconds(review->began_us, review->mitigated_us), "resolve_seconds",
            seconds(review->began_us, review->resolved_us)));
    json_object_set_new(json, "late", lates(review));
    json_object_set_new(json, "impact", notes(review, NOTE_IMPACT));
    json_object_set_new(json, "cause", notes(review, NOTE_CAUSE));
    json_object_set_new(json, "follow_ups", notes(review, NOTE_FOLLOW_UP));
    json_object_set_new(json, "corrections", corrections(review));
    json_object_set_new(json, "printed", excerpts(review));
    return json;
}
