#include "drive/program.h"
#include "drive/kinds.h"
#include "load/load.h"

int program_open(const char *path, struct program *ret_program, struct diags *diags)
{
    *ret_program = (struct program){0};
    ret_program->book = load_book(path, all_kinds(), diags);
    if (!ret_program->book)
        return -1;
    ret_program->script = script_new(NULL);
    script_compile(ret_program->script, ret_program->book, diags);
    return diags->errors ? -1 : 0;
}

void program_fini(struct program *program)
{
    script_free(program->script);
    if (program->book)
        book_free(program->book);
    *program = (struct program){0};
}
