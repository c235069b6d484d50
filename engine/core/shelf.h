/* shelf: where results live. A document has one, and every element of a `foreach` has its own inside it. */
#ifndef CORE_SHELF_H
#define CORE_SHELF_H

#include "model/document.h"
#include "script/script.h"

struct run;
struct frame;

/* What the core works out once for each document of a book. */
struct book_entry {
    size_t refs; /* runs that share the array this is the first of */
    const struct document *document;
    struct map steps;        /* normalised id (_ for -) -> struct step * */
    uint32_t *first, *count; /* by step->index, of a step with foreach: the indexes of the steps inside */
};

struct shelf {
    size_t refs;
    struct shelf *copy;         /* while the run is copied: its twin */
    struct shelf *outer, *root; /* root: the document's */
    const struct book_entry *entry;
    const struct step *loop; /* NULL in a document's */
    json_t *item;
    int64_t index;
    struct scope named;          /* of an element: its item by name, for the loops inside */
    json_t *params, *vars, *env; /* root only */
    struct result self;          /* of the element, or of the document */
    uint32_t first, count;
    struct result results[]; /* of the steps first … first + count - 1 */
};

struct book_entry *book_entries_new(const struct book *book);
/* Of the last run that shares them. */
void book_entries_free(struct book_entry *entries, size_t count);

struct shelf *shelf_new_document(const struct book_entry *entry, json_t *params);
struct shelf *shelf_new_item(struct shelf *outer, const struct step *loop, json_t *item, int64_t index);
struct shelf *shelf_ref(struct shelf *shelf);
void shelf_unref(struct shelf *shelf);

/* The shelves of one run as they are copied: each once, however many frames share it. */
struct shelf_copier {
    struct shelf **originals;
    size_t count, cap;
};

/* `*place` is about to be changed: let it be shared with nobody. Returns it. */
json_t *shelf_own(json_t **place);

/* Borrowed from the copier until somebody takes a reference; NULL for NULL. */
struct shelf *shelf_twin(struct shelf_copier *copier, struct shelf *shelf);
void shelf_copier_fini(struct shelf_copier *copier);

/* The slot of a step as seen from here; NULL when it lives in a loop we are not in. */
struct result *shelf_slot(struct shelf *shelf, const struct step *step);
/* struct scope's `step`; the context is the shelf. */
const struct result *shelf_lookup(void *context, const char *id);

/* Of what has not run. */
extern const struct result result_pending;
void result_clear(struct result *result);
/* {status, exit_code, output, outputs, …} of one element of a loop. New reference. */
json_t *result_item(const struct result *result, json_t *item);

#endif
