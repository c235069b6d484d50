/* Any bytes are either a runbook or a list of diagnostics. */
#include "load/load.h"
#include "unit/load/kinds.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct input {
    const uint8_t *bytes;
    size_t len;
};

/* Every file there is has the same text, so imports and calls lead back to it. */
static char *read_input(void *context, const char *path, size_t *ret_len, struct err *err)
{
    const struct input *input = context;

    if (strlen(path) > 20) {
        err_set(err, ERR_NOT_FOUND, "cannot read %s: no such file", path);
        return NULL;
    }
    *ret_len = input->len;
    return mem_strndup((const char *)input->bytes, input->len);
}

/* A document with errors is freed, never run; one without must hold together. */
static void check_document(const struct document *document)
{
    for (size_t i = 0; i < document->step_count; i++) {
        const struct step *step = document->steps[i];

        if (!step->id || !step->kind || (!step->args && !step->with) || step->index != i)
            __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {bytes, len};
    struct diags diags = {0};
    struct text text = {0};
    struct book *book = load_book_from("a.yaml", read_input, &input, test_kinds, &diags);

    if (book && !diags.errors)
        check_document(book->documents[0]);
    else if (!diags.errors)
        __builtin_trap();
    diags_render(&diags, &text, false);
    if (utf8_valid(text_str(&text), text.len) != text.len)
        __builtin_trap();
    json_decref(diags_json(&diags));
    if (book)
        json_decref(load_value(book->sources[0], &diags));
    text_fini(&text);
    book_free(book);
    diags_fini(&diags);
    return 0;
}
