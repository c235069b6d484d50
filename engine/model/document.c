#include "model/document.h"

#include <string.h>

struct document *document_new(void)
{
    return mem_alloc(sizeof(struct document));
}

void document_free(struct document *document)
{
    if (!document)
        return;
    for (size_t i = 0; i < document->value_count; i++)
        json_decref(document->values[i]);
    free(document->values);
    map_fini(&document->ids);
    map_fini(&document->derived_ids);
    arena_fini(&document->arena);
    free(document);
}

json_t *document_own(struct document *document, json_t *value)
{
    document->values =
        mem_grow(document->values, document->value_count, &document->value_cap, sizeof(*document->values));
    document->values[document->value_count++] = value;
    return value;
}

bool document_has_secret_params(const struct document *document)
{
    for (size_t i = 0; i < document->params.len; i++)
        if (((const struct param *)document->params.items[i])->secret)
            return true;
    return false;
}

struct step *document_find(const struct document *document, const char *id)
{
    return map_get(&document->ids, id);
}

struct step *document_find_any(const struct document *document, const char *id)
{
    struct step *step = document_find(document, id);

    return step ? step : map_get(&document->derived_ids, id);
}

const char *step_constant(const struct step *step, const char *name)
{
    const struct template *all = step->with;

    if (all && all->type == TEMPLATE_CONST)
        return json_string_value(json_object_get(all->constant, name));
    for (size_t i = 0; all && all->type == TEMPLATE_MAP && i < all->len; i++)
        if (strcmp(all->keys[i], name) == 0 && all->items[i]->type == TEMPLATE_CONST)
            return json_string_value(all->items[i]->constant);
    return NULL;
}

struct document *book_find(const struct book *book, const char *path_or_id)
{
    for (size_t i = 0; i < book->document_count; i++) {
        struct document *document = book->documents[i];

        if ((document->id && strcmp(document->id, path_or_id) == 0) ||
            (document->source && strcmp(document->source->path, path_or_id) == 0))
            return document;
    }
    return NULL;
}

struct book *book_new(void)
{
    return mem_alloc(sizeof(struct book));
}

static void source_free(struct source *source)
{
    free((char *)source->path);
    free((char *)source->text);
    free(source);
}

void book_free(struct book *book)
{
    if (!book)
        return;
    for (size_t i = 0; i < book->document_count; i++)
        document_free(book->documents[i]);
    for (size_t i = 0; i < book->source_count; i++)
        source_free(book->sources[i]);
    free(book->documents);
    free(book->sources);
    free(book);
}

struct source *book_add_source(struct book *book, const char *path, const char *text, size_t len)
{
    struct source *source = mem_alloc(sizeof(*source));

    source->path = mem_strdup(path);
    source->text = mem_strndup(text, len);
    source->len = len;
    book->sources = mem_grow(book->sources, book->source_count, &book->source_cap, sizeof(*book->sources));
    book->sources[book->source_count++] = source;
    return source;
}

void book_pin(struct book *book, char ret_hex[SHA256_HEX_SIZE])
{
    struct hash_part *parts autofree = mem_alloc((book->source_count + 1) * sizeof(*parts));
    struct sha256 hash;

    for (size_t i = 0; i < book->source_count; i++) {
        struct source *source = book->sources[i];

        hash = sha256_of(source->text, source->len);
        sha256_hex(&hash, source->sha256);
        parts[i] = (struct hash_part){source->sha256, SHA256_HEX_SIZE - 1};
    }
    hash = sha256_of_parts(parts, book->source_count);
    sha256_hex(&hash, ret_hex);
}
