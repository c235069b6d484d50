/* book: books made in memory, for the tests of this room; it has no loader. */
#ifndef TESTS_SCRIPT_BOOK_H
#define TESTS_SCRIPT_BOOK_H

#include "model/diag.h"
#include "model/document.h"
#include "script/script.h"

#include <string.h>

struct small_book {
    struct book *book;
    struct document *document;
    struct diags diags;
    struct script *script;
};

static inline void book_begin(struct small_book *small)
{
    *small = (struct small_book){.book = book_new(), .document = document_new(), .script = script_new(NULL)};
    small->book->documents = mem_alloc(sizeof(struct document *));
    small->book->documents[0] = small->document;
    small->book->document_count = 1;
}

static inline void book_end(struct small_book *small)
{
    script_free(small->script);
    diags_fini(&small->diags);
    book_free(small->book);
}

static inline struct template *book_template(struct small_book *small, enum template_type type)
{
    struct template *tmpl = arena_alloc(&small->document->arena, sizeof(*tmpl));

    tmpl->type = type;
    return tmpl;
}

static inline struct expr *book_expr(
    struct small_book *small, const char *text, uint32_t line, uint32_t column)
{
    struct expr *expr = arena_alloc(&small->document->arena, sizeof(*expr));

    *expr = (struct expr){
        .text = arena_strdup(&small->document->arena, text), .pos = {.line = line, .column = column}};
    return expr;
}

static inline struct template *book_const(struct small_book *small, const char *text, size_t len)
{
    struct template *tmpl = book_template(small, TEMPLATE_CONST);

    tmpl->constant = document_own(small->document, json_stringn(text, len));
    assert_non_null(tmpl->constant);
    return tmpl;
}

static inline struct template *book_hole(
    struct small_book *small, const char *text, uint32_t line, uint32_t column)
{
    struct template *tmpl = book_template(small, TEMPLATE_EXPR);

    tmpl->expr = book_expr(small, text, line, column);
    return tmpl;
}

/* "text ${{ expression }} text" as its items, as the loader would take it apart. */
static inline struct template *book_pieces(
    struct small_book *small, enum template_type type, const char *text)
{
    struct template *tmpl = book_template(small, type);

    tmpl->items = arena_alloc(&small->document->arena, (strlen(text) + 1) * sizeof(*tmpl->items));
    while (*text) {
        const char *hole = strstr(text, "${{"), *end = hole ? strstr(hole, "}}") : NULL;
        size_t len = hole ? (size_t)(hole - text) : strlen(text);

        if (len)
            tmpl->items[tmpl->len++] = book_const(small, text, len);
        if (hole) {
            char *inside = mem_strndup(hole + 3, (size_t)(end - hole - 3));

            tmpl->items[tmpl->len++] = book_hole(small, inside, 1, 1);
            free(inside);
        }
        text = hole ? end + 2 : text + len;
    }
    return tmpl;
}

static inline struct block *book_block(struct small_book *small, size_t cap)
{
    struct block *block = arena_alloc(&small->document->arena, sizeof(*block));

    block->steps = arena_alloc(&small->document->arena, cap * sizeof(*block->steps));
    return block;
}

static inline struct step *book_step(struct small_book *small, struct block *block, const char *id)
{
    struct document *document = small->document;
    struct step *step = arena_alloc(&document->arena, sizeof(*step)), **steps;

    step->document = document;
    step->id = id;
    step->has_id = true;
    step->index = (uint32_t)document->step_count;
    steps = arena_alloc(&document->arena, (document->step_count + 1) * sizeof(*steps));
    if (document->step_count)
        memcpy(steps, document->steps, document->step_count * sizeof(*steps));
    steps[document->step_count++] = step;
    document->steps = steps;
    map_put(&document->ids, id, step);
    block->steps[block->len++] = step;
    return step;
}

/* A document of one `run` step with this script. */
static inline struct template *book_script(struct small_book *small, const char *shell, const char *text)
{
    static const char *keys[] = {"script"}, *params[] = {"value"};
    static struct param param;
    static void *declared[] = {&param};
    struct template *with;
    struct step *step;

    small->document->params = (struct items){declared, params, NULL, 1};
    small->document->body = book_block(small, 1);
    step = book_step(small, small->document->body, "only");
    step->shell.items = arena_alloc(&small->document->arena, sizeof(char *));
    step->shell.items[0] = shell;
    step->shell.len = 1;
    with = step->with = book_template(small, TEMPLATE_MAP);
    with->keys = keys;
    with->len = 1;
    with->items = arena_alloc(&small->document->arena, sizeof(*with->items));
    with->items[0] = book_pieces(small, TEMPLATE_SHELL, text);
    script_compile(small->script, small->book, &small->diags);
    return with->items[0];
}

#endif
