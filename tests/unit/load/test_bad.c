/* Golden cases: each bad/NAME.yaml has the diagnostics it must bring in bad/NAME.txt. A new case is a new
 * file; RUNBOOK_GOLDEN=write ./test_load_bad writes the texts that are missing, to be read before they are
 * committed. */
#include "lib/test.h"

#include "load/load.h"
#include "unit/load/kinds.h"

#include <dirent.h>

#define FOLDER SOURCE_DIR "/tests/unit/load/bad/"

static char *read_all(const char *name, size_t *ret_len)
{
    char *path autofree = mem_printf(FOLDER "%s", name);
    FILE *file = fopen(path, "re");
    struct text text = {0};
    char chunk[4096];
    size_t len;

    if (!file)
        return NULL;
    while ((len = fread(chunk, 1, sizeof(chunk), file)))
        text_add(&text, chunk, len);
    fclose(file);
    *ret_len = text.len;
    return text_take(&text);
}

static char *read_case(void *context, const char *path, size_t *ret_len, struct err *err)
{
    char *text = read_all(path, ret_len);

    (void)context;
    if (!text)
        err_set(err, ERR_NOT_FOUND, "cannot read %s: no such file", path);
    return text;
}

static char *diagnose(const char *name)
{
    struct diags diags = {0};
    struct text text = {0};
    struct book *book = load_book_from(name, read_case, NULL, test_kinds, &diags);

    diags_render(&diags, &text, false);
    book_free(book);
    diags_fini(&diags);
    return text_take(&text);
}

static void write_golden(const char *name, const char *text)
{
    char *path autofree = mem_printf(FOLDER "%s", name);
    FILE *file = fopen(path, "we");

    fputs(text, file);
    fclose(file);
}

/* Says which case differs; true when it does not. */
static bool check_case(const char *name)
{
    size_t len = 0;
    char *golden autofree = mem_printf("%.*s.txt", (int)(strlen(name) - 5), name);
    char *want autofree = read_all(golden, &len), *got autofree = diagnose(name);

    if (!want && getenv("RUNBOOK_GOLDEN")) {
        write_golden(golden, got);
        return true;
    }
    if (want && *want && strcmp(want, got) == 0)
        return true;
    print_error("bad/%s: expected\n%s\nbut got\n%s\n", name, want ? want : "(no golden text)", got);
    return false;
}

static void every_bad_runbook_brings_exactly_the_diagnostics_beside_it(void **state)
{
    DIR *folder = opendir(FOLDER);
    struct dirent *entry;
    size_t cases = 0, failed = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        size_t len = strlen(entry->d_name);

        if (len < 6 || strcmp(entry->d_name + len - 5, ".yaml") != 0 || entry->d_name[0] == '_')
            continue;
        cases++;
        failed += !check_case(entry->d_name);
    }
    closedir(folder);
    assert_true(cases >= 20);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(every_bad_runbook_brings_exactly_the_diagnostics_beside_it),
    };

    return cmocka_run_group_tests_name("load/bad", tests, NULL, NULL);
}
