/* Runs and what happened in them, for programs. */
#include "report/formats.h"
#include "report/story.h"
#include "report/timeline.h"

#include "base/clock.h"

#include <string.h>

static json_t *seconds(int64_t us)
{
    return us < 0 ? json_null() : json_real((double)us / 1e6);
}

static json_t *instant(int64_t wall_us)
{
    char buffer[INSTANT_TEXT_SIZE];
    return wall_us ? json_string(instant_utc(wall_us, buffer)) : json_null();
}

static json_t *at(const struct facts *facts, int64_t mono_us)
{
    return mono_us < 0 ? json_null() : instant(facts->start_wall_us + mono_us);
}

/* Texts may hold any bytes a journal brought: they become valid UTF-8. */
static void put(json_t *map, const char *key, const char *text)
{
    json_object_set_new(map, key, value_string(text, strlen(text)));
}

static void put_if(json_t *map, const char *key, const char *text)
{
    if (*text)
        put(map, key, text);
}

json_t *principal_json(const struct principal *who)
{
    json_t *json = json_object();
    put(json, "user", who->user ? who->user : "");
    put(json, "host", who->host ? who->host : "");
    put(json, "way", who->way ? who->way : "");
    return json;
}

json_t *run_json(const struct run_row *run)
{
    json_t *json = json_object();
    put(json, "id", run->id);
    put(json, "runbook", run->runbook);
    put_if(json, "title", run->title);
    put_if(json, "severity", run->severity);
    put(json, "file", run->file);
    put(json, "status", run_status_name(run->status));
    put_if(json, "message", run->message);
    json_object_set_new(json, "warnings", json_integer((json_int_t)run->warnings));
    json_object_set_new(json, "created_at", instant(run->created_us));
    json_object_set_new(json, "started_at", instant(run->started_us));
    json_object_set_new(json, "finished_at", instant(run->finished_us));
    json_object_set_new(json, "initiator", principal_json(&run->initiator));
    put(json, "trigger", run->trigger);
    put_if(json, "parent", run->parent);
    put_if(json, "successor", run->successor ? run->successor : "");
    put_if(json, "group", run->group ? run->group : "");
    json_object_set_new(json, "params", run->params ? json_incref(run->params) : json_object());
    return json;
}

static void put_failure(json_t *json, const struct row *row)
{
    if (row->class_ != FAIL_NONE)
        put(json, "class", fail_class_name(row->class_));
    if (row->exit_code >= 0)
        json_object_set_new(json, "exit_code", json_integer(row->exit_code));
    put_if(json, "message", row->message);
}

static void put_question(json_t *json, const struct row *row)
{
    if (!row->ask)
        return;
    json_t *ask = json_copy(row->ask);
    json_object_set_new(ask, "open", json_boolean(row->is_open));
    if (*row->by)
        put(ask, "answered_by", row->by);
    put_if(ask, "decision", row->decision);
    json_object_set_new(json, "question", ask);
}

/* When nothing was carried out, and the moments worth a sign. */
static void put_lane(json_t *json, const struct row *row)
{
    json_t *spans = json_array(), *marks = json_array();
    for (size_t i = 0; i < row->span_count; i++) {
        const struct span *span = &row->spans[i];
        json_array_append_new(
            spans, json_pack("{s:s, s:o, s:o}", "type", span->type == SPAN_WORK ? "work" : "wait",
                       "from_seconds", seconds(span->from_us), "to_seconds", seconds(span->to_us)));
    }
    for (size_t i = 0; i < row->mark_count; i++) {
        const struct mark *mark = &row->marks[i];
        json_array_append_new(marks, json_pack("{s:s, s:o, s:I}", "type", mark_name(mark->type), "seconds",
                                         seconds(mark->at_us), "event", (json_int_t)mark->seq));
    }
    json_object_set_new(json, "spans", spans);
    json_object_set_new(json, "marks", marks);
}

static json_t *step_json(const struct facts *facts, const struct row *row)
{
    json_t *json = json_object();
    put(json, "path", row->path);
    put_if(json, "kind", row->kind);
    put_if(json, "title", row->title);
    put_if(json, "work", row->work);
    put(json, "status", step_status_name(row->status));
    json_object_set_new(json, "attempts", json_integer(row->attempts));
    json_object_set_new(json, "started_at", at(facts, row->started_us));
    json_object_set_new(json, "finished_at", at(facts, row->finished_us));
    json_object_set_new(json, "start_seconds", seconds(row->started_us));
    if (row->started_us >= 0 && row->finished_us >= 0)
        json_object_set_new(json, "seconds", seconds(row->finished_us - row->started_us));
    put_failure(json, row);
    put_question(json, row);
    put_lane(json, row);
    return json;
}

static json_t *escalation_json(const struct facts *facts, const struct row *row)
{
    json_t *json = json_object();
    const char *state = !row->is_open ? "resolved" : row->is_acknowledged ? "acknowledged" : "triggered";
    put(json, "name", row->path);
    put(json, "state", state);
    json_object_set_new(json, "level", json_integer(row->level));
    json_object_set_new(json, "pages", json_integer((json_int_t)row->pages));
    json_object_set_new(json, "pages_failed", json_integer((json_int_t)row->pages_failed));
    json_object_set_new(json, "exhausted", json_boolean(row->is_exhausted));
    put_if(json, "acknowledged_by", row->by);
    json_object_set_new(json, "acknowledged_at", at(facts, row->acknowledged_us));
    json_object_set_new(json, "started_at", at(facts, row->started_us));
    json_object_set_new(json, "resolved_at", at(facts, row->finished_us));
    put_lane(json, row);
    return json;
}

static json_t *person_json(const struct row *row)
{
    json_t *json = json_object();
    put(json, "name", row->path);
    json_object_set_new(json, "pages", json_integer((json_int_t)row->pages));
    json_object_set_new(json, "pages_failed", json_integer((json_int_t)row->pages_failed));
    json_object_set_new(json, "answers", json_integer((json_int_t)row->answers));
    json_object_set_new(json, "acknowledged", json_boolean(row->is_acknowledged));
    put_lane(json, row);
    return json;
}

static json_t *deadline_json(const struct facts *facts, const struct row *row)
{
    json_t *json = json_object();
    put(json, "path", row->path);
    put(json, "state",
        row->status == STEP_FAILED      ? "missed"
        : row->status == STEP_SUCCEEDED ? "kept"
                                        : "open");
    json_object_set_new(json, "due_at", at(facts, row->due_us));
    json_object_set_new(json, "due_seconds", seconds(row->due_us));
    json_object_set_new(json, "ended_at", at(facts, row->finished_us));
    put_lane(json, row);
    return json;
}

static json_t *event_json(const struct fact_event *event)
{
    json_t *json = json_object();
    json_object_set_new(json, "seq", json_integer((json_int_t)event->seq));
    json_object_set_new(json, "at", instant(event->wall_us));
    json_object_set_new(json, "seconds", seconds(event->mono_us));
    put(json, "type", event_type_name(event->type));
    put_if(json, "path", event->path);
    put_if(json, "by", event->by);
    put(json, "text", event->words);
    if (event->corrects)
        json_object_set_new(json, "corrects", json_integer((json_int_t)event->corrects));
    if (event->is_after)
        json_object_set_new(json, "after_the_end", json_true());
    return json;
}

json_t *facts_json(const struct facts *facts)
{
    json_t *json = json_object(), *steps = json_array(), *escalations = json_array();
    json_t *deadlines = json_array(), *people = json_array();
    autotext struct text line = {0};
    json_object_set_new(json, "run", run_json(&facts->run));
    story_outcome(facts, &line);
    put(json, "outcome", text_str(&line));
    json_object_set_new(json, "seconds", seconds(facts->end_us));
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP)
            json_array_append_new(steps, step_json(facts, row));
        else
            json_array_append_new(escalations, escalation_json(facts, row));
    }
    if (facts->outputs)
        json_object_set(json, "outputs", facts->outputs);
    for (size_t i = 0; i < facts->deadline_count; i++)
        json_array_append_new(deadlines, deadline_json(facts, &facts->deadlines[i]));
    for (size_t i = 0; i < facts->person_count; i++)
        json_array_append_new(people, person_json(&facts->people[i]));
    json_object_set_new(json, "steps", steps);
    json_object_set_new(json, "escalations", escalations);
    json_object_set_new(json, "deadlines", deadlines);
    json_object_set_new(json, "people", people);
    return json;
}

json_t *timeline_facts(const struct facts *facts)
{
    json_t *json = facts_json(facts), *events = json_array();
    for (size_t i = 0; i < facts->event_count; i++)
        json_array_append_new(events, event_json(&facts->events[i]));
    json_object_set_new(json, "events", events);
    return json;
}
