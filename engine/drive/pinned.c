/* pinned: the files of a run as the journal has them. */
#include "drive/revive.h"
#include "base/hash.h"
#include "base/mem.h"
#include "drive/kinds.h"
#include "drive/program.h"

#include <stdio.h>
#include <string.h>

struct pinned {
    struct map texts; /* path -> struct text * */
    struct text *changed;
};

static void compare_with_disk(const struct source *source, struct text *changed)
{
    FILE *file = fopen(source->path, "re");
    struct text text autotext = {0};
    char bytes[8192];
    size_t n;

    while (file && text.len <= source->len && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(&text, bytes, n);
    if (file)
        fclose(file);
    if (!file || text.len != source->len || memcmp(text_str(&text), source->text, text.len) != 0)
        text_printf(changed, "%s %s\n", source->path, file ? "is another one now" : "is not there any more");
}

static bool on_source(void *context, const struct source *source)
{
    struct pinned *pinned = context;
    struct text *text = mem_alloc(sizeof(*text));

    text_add(text, source->text, source->len);
    map_put(&pinned->texts, source->path, text);
    compare_with_disk(source, pinned->changed);
    return true;
}

static char *read_pinned(void *context, const char *path, size_t *ret_len, struct err *err)
{
    const struct pinned *pinned = context;
    const struct text *text = map_get(&pinned->texts, path);

    if (!text) {
        err_set(err, ERR_NOT_FOUND, "the journal has no %s for this run", path);
        return NULL;
    }
    *ret_len = text->len;
    return mem_strndup(text_str(text), text->len);
}

static void pinned_fini(struct pinned *pinned)
{
    for (size_t i = 0; i < pinned->texts.len; i++) {
        text_fini(pinned->texts.entries[i].value);
        free(pinned->texts.entries[i].value);
    }
    map_fini(&pinned->texts);
}

int revive_program(struct journal *journal, const struct run_row *row, struct program *ret_program,
    struct diags *diags, struct text *changed, struct err *err)
{
    struct pinned pinned = {.changed = changed};
    int code = journal_sources(journal, row->id, on_source, &pinned, err);

    *ret_program = (struct program){0};
    if (code == 0)
        ret_program->book = load_book_from(row->file, read_pinned, &pinned, all_kinds(), diags);
    if (ret_program->book) {
        ret_program->script = script_new(NULL);
        script_compile(ret_program->script, ret_program->book, diags);
    }
    pinned_fini(&pinned);
    if (code == 0 && diags->errors)
        return err_set(err, ERR_INVALID, "run %.6s cannot be taken up by this version of runbook", row->id);
    return code;
}
