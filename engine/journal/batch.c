#include "journal/batch.h"
#include "journal/rows.h"

#include <string.h>

enum { CLEAR_MAX = 16 * 1024 };

struct batch *batch_new(void)
{
    return mem_alloc(sizeof(struct batch));
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    arena_fini(&batch->arena);
    free(batch);
}

void batch_free_all(struct batch *list)
{
    for (struct batch *next; list; list = next) {
        next = list->next;
        batch_free(list);
    }
}

bool batch_clear(struct batch *batch)
{
    struct arena arena = batch->arena;

    if (arena.total > CLEAR_MAX)
        return false;
    arena_clear(&arena);
    *batch = (struct batch){.arena = arena};
    return true;
}

/* Neighbouring rows are mostly of one run: its id is kept once. */
static const char *keep_run_id(struct batch *batch, const char *run_id)
{
    const char *before = batch->last ? batch->last->run_id : NULL;

    if (!run_id)
        return NULL;
    if (before && strcmp(before, run_id) == 0)
        return before;
    return arena_strdup(&batch->arena, run_id);
}

struct row *batch_add(struct batch *batch, row_write write, const char *run_id)
{
    struct row *row = arena_alloc(&batch->arena, sizeof(*row));

    row->write = write;
    row->run_id = keep_run_id(batch, run_id);
    if (batch->last)
        batch->last->next = row;
    else
        batch->first = row;
    batch->last = row;
    return row;
}

/* "" is shared, not copied. */
static const char *keep(struct batch *batch, const char *string)
{
    return string && *string ? arena_strdup(&batch->arena, string) : "";
}

static void keep_data(struct batch *batch, struct row *row, const json_t *data)
{
    struct text text autotext = {0};

    if (!data)
        return;
    value_canonical(data, &text);
    row->data = arena_strndup(&batch->arena, text_str(&text), text.len);
    row->data_len = text.len;
}

static const struct run_change *run_change(struct batch *batch, const struct event *event)
{
    const char *message = value_get_string(event->data, "message");
    const json_t *warnings = json_object_get(event->data, "warnings");
    struct run_change *change;

    if (strncmp(event_type_name(event->type), "run.", 4) != 0 || event->status < 0)
        return NULL;
    change = arena_alloc(&batch->arena, sizeof(*change));
    change->message = message ? arena_strdup(&batch->arena, message) : NULL;
    change->warnings = json_is_integer(warnings) ? json_integer_value(warnings) : -1;
    return change;
}

void batch_add_event(struct batch *batch, const char *run_id, const struct event *event)
{
    struct row *row = batch_add(batch, row_write_event, run_id);

    row->event = *event;
    row->event.data = NULL;
    row->event.path = keep(batch, event->path);
    row->event.by.user = keep(batch, event->by.user);
    row->event.by.host = keep(batch, event->by.host);
    row->event.by.way = keep(batch, event->by.way);
    keep_data(batch, row, event->data);
    row->change = run_change(batch, event);
}

void batch_add_redacted(
    struct batch *batch, const char *run_id, const struct event *event, const struct sha256 *hash)
{
    struct sha256 *kept = arena_alloc(&batch->arena, sizeof(*kept));

    *kept = *hash;
    batch_add_event(batch, run_id, event);
    batch->last->redacted = kept;
}

void batch_add_output(struct batch *batch, const char *run_id, const struct output_chunk *chunk)
{
    struct row *row = batch_add(batch, row_write_output, run_id);

    row->chunk = *chunk;
    row->chunk.path = keep(batch, chunk->path);
    row->chunk.bytes = chunk->len ? arena_strndup(&batch->arena, chunk->bytes, chunk->len) : "";
    row->chunk.sha256 = chunk->sha256 ? arena_strdup(&batch->arena, chunk->sha256) : NULL;
}
