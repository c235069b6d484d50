#include "drive/program.h"
#include "base/mem.h"
#include "drive/kinds.h"
#include "load/emit.h"
#include "load/load.h"
#include "script/pin.h"

#include <string.h>

static const struct script_yaml yaml = {.decode = load_text, .encode = yaml_emit};

struct script *program_script(void)
{
    struct script *script = script_new(NULL);

    script_know_yaml(script, &yaml);
    return script;
}

/* --- what a run was begun with --- */

struct pinned {
    const struct source *sources;
    size_t count;
};

static char *read_pinned(void *context, const char *path, size_t *ret_len, struct err *err)
{
    const struct pinned *pinned = context;

    for (size_t i = 0; i < pinned->count; i++)
        if (strcmp(pinned->sources[i].path, path) == 0) {
            *ret_len = pinned->sources[i].len;
            return mem_strndup(pinned->sources[i].text, *ret_len);
        }
    err_set(err, ERR_NOT_FOUND, "the run has pinned no %s", path);
    return NULL;
}

/* A run that was begun before these were pinned has none: it goes on with those of this program. */
static void add_standard(struct book *book, const struct pinned *pinned)
{
    for (size_t i = 0; i < pinned->count; i++) {
        const struct source *source = &pinned->sources[i];

        if (source_standard(source->path))
            book_add_source(book, source->path, source->text, source->len);
    }
}

/* --- opening --- */

static int compile(struct book *book, struct program *ret_program, struct diags *diags)
{
    *ret_program = (struct program){.book = book};
    if (!book)
        return -1;
    ret_program->script = program_script();
    script_compile(ret_program->script, book, diags);
    return diags->errors ? -1 : 0;
}

int program_open(const char *path, struct program *ret_program, struct diags *diags)
{
    int code = compile(load_book(path, all_kinds(), diags), ret_program, diags);

    if (code == 0)
        pin_standard(ret_program->script, ret_program->book);
    return code;
}

int program_open_people(const char *path, struct program *ret_program, struct diags *diags)
{
    return compile(load_people(path, all_kinds(), diags), ret_program, diags);
}

int program_open_pinned(const char *path, const struct source *sources, size_t count,
    struct program *ret_program, struct diags *diags)
{
    struct pinned pinned = {sources, count};
    struct book *book = load_book_from(path, read_pinned, &pinned, all_kinds(), diags);

    if (book)
        add_standard(book, &pinned);
    return compile(book, ret_program, diags);
}

void program_fini(struct program *program)
{
    script_free(program->script);
    if (program->book)
        book_free(program->book);
    *program = (struct program){0};
}
