/* golden: output compared with a file beside the tests. RUNBOOK_GOLDEN=write writes the files anew: read the
 * diff. */
#ifndef TESTS_REPORT_GOLDEN_H
#define TESTS_REPORT_GOLDEN_H

#include "base/mem.h"
#include "base/text.h"

static inline void golden(const struct text *got, const char *name)
{
    char *path autofree = mem_printf("%s/tests/unit/report/golden/%s", SOURCE_DIR, name);
    const char *mode = getenv("RUNBOOK_GOLDEN");
    bool is_written = mode && strcmp(mode, "write") == 0;
    FILE *file = fopen(path, is_written ? "w" : "r");

    if (!file)
        fail_msg("%s cannot be opened", path);
    if (is_written) {
        fwrite(text_str(got), 1, got->len, file);
        fclose(file);
        return;
    }
    char *want autofree = mem_alloc(got->len + 65536);
    size_t len = fread(want, 1, got->len + 65535, file);
    fclose(file);
    want[len] = '\0';
    assert_string_equal(text_str(got), want);
}

#endif
