/* Loading texts that stand in the test itself. */
#ifndef TESTS_UNIT_LOAD_LOADING_H
#define TESTS_UNIT_LOAD_LOADING_H

#include "load/load.h"
#include "unit/load/kinds.h"

#include <string.h>

struct test_file {
    const char *path, *text;
    size_t len; /* 0: up to the NUL */
};

/* Files, ended by one without a path; the first is the runbook. */
struct loaded {
    struct diags diags;
    struct book *book;
};

static inline char *test_read(void *context, const char *path, size_t *ret_len, struct err *err)
{
    for (const struct test_file *file = context; file->path; file++) {
        if (strcmp(file->path, path) != 0)
            continue;
        *ret_len = file->len ? file->len : strlen(file->text);
        return mem_strndup(file->text, *ret_len);
    }
    err_set(err, ERR_NOT_FOUND, "cannot read %s: no such file", path);
    return NULL;
}

static inline struct loaded test_load_files(const struct test_file *files)
{
    struct loaded loaded = {0};

    loaded.book = load_book_from(files->path, test_read, (void *)files, test_kinds, &loaded.diags);
    return loaded;
}

static inline struct loaded test_load_bytes(const char *text, size_t len)
{
    const struct test_file files[] = {{"a.yaml", text, len}, {0}};

    return test_load_files(files);
}

static inline struct loaded test_load(const char *text)
{
    return test_load_bytes(text, 0);
}

/* "" when there are none. */
static inline const char *first_problem(const struct loaded *loaded)
{
    return loaded->diags.len ? loaded->diags.items[0].text : "";
}

static inline const struct document *document_of(const struct loaded *loaded)
{
    return loaded->book->documents[0];
}

static inline void loaded_fini(struct loaded *loaded)
{
    diags_fini(&loaded->diags);
    book_free(loaded->book);
}

#define autoloaded __attribute__((cleanup(loaded_fini)))

#endif
