/* The events come in as they happened; at the end the rows are put in the order of the tree. */
#include "report/facts.h"
#include "report/fold.h"
#include "report/words.h"

#include "base/duration.h"

#include <string.h>

const char *facts_keep(struct facts *facts, const char *text)
{
    return text && *text ? arena_strdup(&facts->arena, text) : "";
}

size_t facts_index(const struct facts *facts, const char *name)
{
    const size_t *index = map_get(&facts->by_path, name);
    return index ? *index : 0;
}

void facts_set_index(struct facts *facts, const char *name, size_t index)
{
    size_t *place = map_get(&facts->by_path, name);
    if (!place) {
        place = arena_alloc(&facts->arena, sizeof *place);
        map_put(&facts->by_path, name, place);
    }
    *place = index;
}

size_t facts_path_len(const char *path)
{
    size_t len = strlen(path);
    const char *hash = strrchr(path, '#');
    return hash && !strchr(hash, '/') && hash[1] ? (size_t)(hash - path) : len;
}

void facts_init(struct facts *facts, const struct run_row *run)
{
    *facts = (struct facts){.run = *run, .failed_path = "", .end_us = -1};
    struct run_row *own = &facts->run;
    const char **const texts[] = {&own->runbook, &own->title, &own->severity, &own->file, &own->book_sha256,
        &own->trigger, &own->parent, &own->message, &own->engine, &own->engine_host, &own->initiator.user,
        &own->initiator.host, &own->initiator.way, &own->group, &own->successor};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = facts_keep(facts, *texts[i]);
    own->params = json_incref(own->params);
    own->labels = json_incref(own->labels);
    facts->start_wall_us = own->started_us ? own->started_us : own->created_us;
}

static void say_took(const struct row *row, struct text *text)
{
    char buffer[DURATION_TEXT_SIZE];
    if (row->finished_us <= row->started_us)
        return;
    text_printf(text, " (%s", duration_short((row->finished_us - row->started_us) / 1000, buffer));
    if (row->attempts > 1)
        text_printf(text, ", %d %s", row->attempts, row->is_polling ? "looks" : "attempts");
    text_puts(text, ")");
}

/* One that is under way is told by its row. */
static bool is_further_look(const struct facts *facts, const struct event *event)
{
    const struct row *row =
        event->type == EVENT_STEP_STARTED && event->attempt > 1 ? facts_find(facts, event->path) : NULL;
    return row && row->is_polling;
}

static const char *note_of(const struct event *event)
{
    bool is_note = event->type == EVENT_NOTE_ADDED || event->type == EVENT_CORRECTION_ADDED;
    return is_note && event->data ? value_get_string(event->data, "text") : NULL;
}

static uint64_t corrected_by(const struct event *event)
{
    return event->type == EVENT_CORRECTION_ADDED && event->data
               ? (uint64_t)json_integer_value(json_object_get(event->data, "event"))
               : 0;
}

static void add_correction(struct facts *facts, const struct event *event)
{
    if (!corrected_by(event))
        return;
    facts->corrections = mem_grow(
        facts->corrections, facts->correction_count, &facts->correction_cap, sizeof *facts->corrections);
    facts->corrections[facts->correction_count++] = facts->event_count;
}

void facts_add(struct facts *facts, const struct event *event)
{
    if (!facts->event_count || event->type == EVENT_RUN_FORKED)
        facts->start_wall_us = event->wall_us - event->mono_us;
    if (event->type == EVENT_RUN_FORKED)
        facts->own_us = event->mono_us;
    bool is_after = facts->end_us >= 0;
    const struct row *ended = fold_event(facts, event);
    fold_people(facts, event);
    facts->afterwards += is_after;
    if (facts->only_news && (event_is_quiet(event) || is_further_look(facts, event)))
        return;
    facts->events = mem_grow(facts->events, facts->event_count, &facts->event_cap, sizeof *facts->events);
    autotext struct text words = {0};
    event_words(event, &words);
    if (ended)
        say_took(ended, &words);
    add_correction(facts, event);
    facts->events[facts->event_count++] = (struct fact_event){.seq = event->seq,
        .wall_us = event->wall_us,
        .mono_us = event->mono_us,
        .type = event->type,
        .class_ = event->class_,
        .status = event->status,
        .path = facts_keep(facts, event->path),
        .by = facts_keep(facts, event->by.user),
        .words = facts_keep(facts, text_str(&words)),
        .note = facts_keep(facts, note_of(event)),
        .corrects = corrected_by(event),
        .is_quiet = event_is_quiet(event),
        .is_after = is_after};
}

/* "rollout[2]" stands under "rollout", "deploy/verify" under "deploy", and each under the attempt it belongs
 * to. */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/'), *bracket = strrchr(path, '[');
    if (!slash && !bracket)
        return false;
    *(bracket > slash ? bracket : slash) = '\0';
    return true;
}

/* The row under which this one stands, as its index + 1; 0 = none. */
static size_t parent_of(const struct facts *facts, const struct row *row)
{
    autofree char *path = mem_strdup(row->path);
    while (row->type == ROW_STEP && cut_last(path)) {
        size_t index = facts_index(facts, path);
        path[facts_path_len(path)] = '\0';
        if (!index)
            index = facts_index(facts, path);
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
        sorted[filled].is_block = first[at] != 0 && !*sorted[filled].work;
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
    facts->last_step = 0;
}

/* The rows have moved: find them at their new places. */
static void name_rows(struct facts *facts)
{
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        autofree char *name = mem_printf("%s%s", row->type == ROW_ESCALATION ? "!" : "", row->path);
        facts_set_index(facts, name, i + 1);
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
        const struct row *row = &facts->rows[i];
        if (row->type != ROW_STEP || row->is_block)
            continue;
        facts->counts[row->status]++;
        facts->tolerated += row->is_tolerated;
    }
}

static void free_rows(struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_decref(rows[i].ask);
        free(rows[i].spans);
        free(rows[i].marks);
    }
    free(rows);
}

void facts_fini(struct facts *facts)
{
    free_rows(facts->rows, facts->row_count);
    free_rows(facts->people, facts->person_count);
    free_rows(facts->deadlines, facts->deadline_count);
    free(facts->events);
    free(facts->corrections);
    map_fini(&facts->by_path);
    map_fini(&facts->others);
    json_decref(facts->run.params);
    json_decref(facts->run.labels);
    json_decref(facts->outputs);
    arena_fini(&facts->arena);
    *facts = (struct facts){0};
}

bool facts_is_news(const struct facts *facts, const struct fact_event *event)
{
    if (event->type != EVENT_STEP_STARTED && event->type != EVENT_STEP_FINISHED)
        return !event->is_quiet;
    const struct row *row = facts_find(facts, event->path);
    if (event->type == EVENT_STEP_STARTED)
        return row && row->finished_us < 0 && !row->ask;
    bool is_plain = row && row->status == STEP_SUCCEEDED && (row->ask || row->is_instant);
    return !row || !(row->is_block || is_plain);
}

int64_t row_end(const struct facts *facts, const struct row *row)
{
    return row->finished_us >= 0 ? row->finished_us : facts->end_us;
}

bool row_is_drawn(const struct facts *facts, const struct row *row)
{
    return row->started_us <= facts->end_us;
}

const char *mark_name(enum mark_type type)
{
    static const char *const names[MARK_COUNT] = {[MARK_NOTE] = "note",
        [MARK_RETRY] = "retry",
        [MARK_ANSWER] = "answer",
        [MARK_ASK] = "ask",
        [MARK_ACK] = "acknowledge",
        [MARK_PAGE] = "page",
        [MARK_DUE] = "due",
        [MARK_LOST] = "lost",
        [MARK_MISSED] = "missed",
        [MARK_FAILED] = "failed"};
    return type < MARK_COUNT ? names[type] : "";
}

bool facts_is_over(const struct facts *facts)
{
    enum run_status status = facts->run.status;
    return status == RUN_SUCCEEDED || status == RUN_FAILED || status == RUN_CANCELLED;
}

const struct row *facts_find(const struct facts *facts, const char *path)
{
    size_t len = facts_path_len(path), count = 0;
    autofree char *key = mem_strndup(path, len);
    size_t index = facts_index(facts, key);
    const struct row *found = NULL;
    if (index)
        return facts->rows[index - 1].type == ROW_STEP ? &facts->rows[index - 1] : NULL;
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
    if (best && best->status == STEP_FAILED)
        return best;
    if (best && best->status == STEP_CANCELLED)
        return NULL; /* under way when the run's own deadline passed: it did nothing wrong */
    best = NULL;
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP && row->status == STEP_FAILED && !row->is_tolerated &&
            is_better_culprit(facts, row, best))
            best = row;
    }
    return best;
}
