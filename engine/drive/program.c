#include "drive/program.h"
#include "drive/kinds.h"
#include "load/emit.h"
#include "load/load.h"

static const struct script_yaml yaml = {.decode = load_text, .encode = yaml_emit};

struct script *program_script(void)
{
    struct script *script = script_new(NULL);

    script_know_yaml(script, &yaml);
    return script;
}

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
    return compile(load_book(path, all_kinds(), diags), ret_program, diags);
}

int program_open_people(const char *path, struct program *ret_program, struct diags *diags)
{
    return compile(load_people(path, all_kinds(), diags), ret_program, diags);
}

int program_open_from(
    const char *path, load_read read, void *context, struct program *ret_program, struct diags *diags)
{
    return compile(load_book_from(path, read, context, all_kinds(), diags), ret_program, diags);
}

void program_fini(struct program *program)
{
    script_free(program->script);
    if (program->book)
        book_free(program->book);
    *program = (struct program){0};
}
