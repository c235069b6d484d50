/* shelf: where the results of steps are kept, so that steps.<id> finds the nearest one. */
#include "core/shelf.h"

#include <string.h>

const struct result result_pending = {.exit_code = -1};

static char *normalise(const char *id)
{
    char *copy = mem_strdup(id);

    for (char *at = copy; (at = strchr(at, '-')); at++)
        *at = '_';
    return copy;
}

/* The slots of a shelf cover the steps between the first and the last that live in it. */
static void measure(struct book_entry *entry)
{
    const struct document *document = entry->document;

    entry->first = mem_alloc(document->step_count * sizeof(uint32_t) + 1);
    entry->count = mem_alloc(document->step_count * sizeof(uint32_t) + 1);
    for (uint32_t i = 0; i < document->step_count; i++) {
        const struct step *loop = document->steps[i]->loop;

        if (!loop)
            continue;
        if (!entry->count[loop->index])
            entry->first[loop->index] = i;
        entry->count[loop->index] = i - entry->first[loop->index] + 1;
    }
}

struct book_entry *book_entries_new(const struct book *book)
{
    struct book_entry *entries = mem_alloc((book->document_count + 1) * sizeof(*entries));

    entries->refs = 1;
    for (size_t i = 0; i < book->document_count; i++) {
        const struct document *document = book->documents[i];

        entries[i].document = document;
        measure(&entries[i]);
        for (size_t k = 0; k < document->step_count; k++) {
            char *key autofree = normalise(document->steps[k]->id);

            map_put(&entries[i].steps, key, document->steps[k]);
        }
    }
    return entries;
}

void book_entries_free(struct book_entry *entries, size_t count)
{
    if (entries && --entries->refs > 0)
        return;
    for (size_t i = 0; entries && i < count; i++) {
        map_fini(&entries[i].steps);
        free(entries[i].first);
        free(entries[i].count);
    }
    free(entries);
}

static struct shelf *shelf_new(const struct book_entry *entry, uint32_t first, uint32_t count)
{
    struct shelf *shelf = mem_alloc(sizeof(*shelf) + count * sizeof(shelf->results[0]));

    shelf->refs = 1;
    shelf->entry = entry;
    shelf->first = first;
    shelf->count = count;
    shelf->self.exit_code = -1;
    for (uint32_t i = 0; i < count; i++)
        shelf->results[i].exit_code = -1;
    return shelf;
}

struct shelf *shelf_new_document(const struct book_entry *entry, json_t *params)
{
    struct shelf *shelf = shelf_new(entry, 0, (uint32_t)entry->document->step_count);

    shelf->root = shelf;
    shelf->params = json_incref(params);
    shelf->vars = json_object();
    shelf->env = json_object();
    return shelf;
}

struct shelf *shelf_new_item(struct shelf *outer, const struct step *loop, json_t *item, int64_t index)
{
    const struct book_entry *entry = outer->entry;
    struct shelf *shelf = shelf_new(entry, entry->first[loop->index], entry->count[loop->index]);

    shelf->outer = shelf_ref(outer);
    shelf->root = outer->root;
    shelf->loop = loop;
    shelf->item = json_incref(item);
    shelf->index = index;
    shelf->named =
        (struct scope){.item = item, .item_name = loop->as, .outer = outer->loop ? &outer->named : NULL};
    return shelf;
}

struct shelf *shelf_ref(struct shelf *shelf)
{
    shelf->refs++;
    return shelf;
}

void shelf_unref(struct shelf *shelf)
{
    if (!shelf || --shelf->refs > 0)
        return;
    for (uint32_t i = 0; i < shelf->count; i++)
        result_clear(&shelf->results[i]);
    result_clear(&shelf->self);
    json_decref(shelf->item);
    json_decref(shelf->params);
    json_decref(shelf->vars);
    json_decref(shelf->env);
    shelf_unref(shelf->outer);
    free(shelf);
}

struct result *shelf_slot(struct shelf *shelf, const struct step *step)
{
    for (; shelf; shelf = shelf->outer)
        if (shelf->loop == step->loop)
            return &shelf->results[step->index - shelf->first];
    return NULL;
}

const struct result *shelf_lookup(void *context, const char *id)
{
    struct shelf *shelf = context;
    const struct step *step = NULL;
    const struct result *slot;

    if (strchr(id, '-')) {
        char *key autofree = normalise(id);

        step = map_get(&shelf->entry->steps, key);
    } else {
        step = map_get(&shelf->entry->steps, id);
    }
    if (!step)
        return NULL;
    slot = shelf_slot(shelf, step);
    return slot ? slot : &result_pending;
}

void result_clear(struct result *result)
{
    free((char *)result->message);
    json_decref(result->result);
    json_decref(result->outputs);
    json_decref(result->answer);
    json_decref(result->by);
    json_decref(result->items);
    *result = (struct result){.exit_code = -1};
}

/* --- copies --- */

json_t *shelf_own(json_t **place)
{
    json_t *shared = *place;

    if (shared && shared->refcount > 1) {
        *place = json_copy(shared);
        json_decref(shared);
    }
    return *place;
}

static struct result result_twin(const struct result *result)
{
    struct result twin = *result;

    if (twin.message)
        twin.message = mem_strdup(twin.message);
    json_incref(twin.result);
    json_incref(twin.outputs);
    json_incref(twin.answer);
    json_incref(twin.by);
    json_incref(twin.items);
    return twin;
}

static void fill_twin(const struct shelf *shelf, struct shelf *twin)
{
    json_incref(shelf->item);
    json_incref(shelf->params);
    json_incref(shelf->vars);
    json_incref(shelf->env);
    twin->self = result_twin(&shelf->self);
    for (uint32_t i = 0; i < shelf->count; i++)
        if (shelf->results[i].status != STEP_PENDING || shelf->results[i].attempts)
            twin->results[i] = result_twin(&shelf->results[i]);
}

struct shelf *shelf_twin(struct shelf_copier *copier, struct shelf *shelf)
{
    size_t size;
    struct shelf *twin;

    if (!shelf || shelf->copy)
        return shelf ? shelf->copy : NULL;
    size = sizeof(*shelf) + shelf->count * sizeof(shelf->results[0]);
    twin = mem_alloc(size);
    memcpy(twin, shelf, size);
    shelf->copy = twin;
    copier->originals = mem_grow(copier->originals, copier->count, &copier->cap, sizeof(*copier->originals));
    copier->originals[copier->count++] = shelf;
    twin->refs = 0;
    twin->copy = NULL;
    twin->outer = shelf->outer ? shelf_ref(shelf_twin(copier, shelf->outer)) : NULL;
    twin->root = shelf_twin(copier, shelf->root);
    twin->named.outer = shelf->named.outer ? &twin->outer->named : NULL;
    fill_twin(shelf, twin);
    return twin;
}

void shelf_copier_fini(struct shelf_copier *copier)
{
    for (size_t i = 0; i < copier->count; i++)
        copier->originals[i]->copy = NULL;
    free(copier->originals);
}

static void put(json_t *map, const char *name, json_t *value)
{
    if (value)
        json_object_set(map, name, value);
}

json_t *result_item(const struct result *result, json_t *item)
{
    json_t *map = json_object();

    put(map, "item", item);
    json_object_set_new(map, "status", json_string(step_status_name(result->status)));
    json_object_set_new(map, "ok", json_boolean(result->status == STEP_SUCCEEDED));
    json_object_set_new(map, "attempts", json_integer(result->attempts));
    if (result->exit_code >= 0)
        json_object_set_new(map, "exit_code", json_integer(result->exit_code));
    if (result->class_ != FAIL_NONE)
        json_object_set_new(map, "error", json_string(fail_class_name(result->class_)));
    if (result->message)
        json_object_set_new(map, "message", json_string(result->message));
    for (const char *const *name = (const char *const[]){"stdout", "stderr", "output", "status_code", NULL};
         *name; name++)
        put(map, *name, json_object_get(result->result, *name));
    put(map, "outputs", result->outputs);
    put(map, "answer", result->answer);
    put(map, "by", result->by);
    put(map, "items", result->items);
    return map;
}
