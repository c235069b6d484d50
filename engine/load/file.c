#include "load/file.h"
#include "load/node.h"

#include <errno.h>
#include <stdio.h>

char *file_read(void *context, const char *path, size_t *ret_len, struct err *err)
{
    FILE *file = fopen(path, "re");
    struct text text = {0};
    char chunk[16384];
    size_t len;

    (void)context;
    if (!file) {
        err_errno(err, errno, "cannot read %s", path);
        return NULL;
    }
    /* One byte more than is allowed is enough to see that it is too much. */
    while (text.len <= LOAD_MAX_BYTES && (len = fread(chunk, 1, sizeof(chunk), file)))
        text_add(&text, chunk, len);
    if (ferror(file)) {
        err_errno(err, errno, "cannot read %s", path);
        text_fini(&text);
    }
    *ret_len = text.len;
    len = (size_t)ferror(file);
    fclose(file);
    return len ? NULL : text_take(&text);
}
