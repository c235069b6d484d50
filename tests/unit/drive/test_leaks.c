/* Golden cases: each leaks/NAME.yaml has the warnings it must bring in leaks/NAME.txt.
 * RUNBOOK_GOLDEN=write ./test_drive_leaks writes a text that is missing, to be read before it is committed.
 */
#include "script/leaks.h"
#include "drive/program.h"
#include "lib/test.h"

#define FOLDER SOURCE_DIR "/tests/unit/drive/leaks/"

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "re");
    struct text text = {0};
    char chunk[4096];
    size_t len;

    if (!file)
        return NULL;
    while ((len = fread(chunk, 1, sizeof(chunk), file)))
        text_add(&text, chunk, len);
    fclose(file);
    return text_take(&text);
}

/* The warnings, without the folder's name. */
static char *warnings_of(const char *path)
{
    struct program program = {0};
    struct diags diags = {0};
    struct text text = {0}, out = {0};

    assert_int_equal(program_open(path, &program, &diags), 0);
    assert_int_equal(diags.len, 0);
    leaks_find(program.book, &diags);
    assert_int_equal(diags.errors, 0);
    diags_render(&diags, &text, false);
    for (const char *at = text_str(&text), *found; *at; at = found + strlen(FOLDER)) {
        found = strstr(at, FOLDER);
        text_add(&out, at, found ? (size_t)(found - at) : strlen(at));
        if (!found)
            break;
    }
    text_fini(&text);
    diags_fini(&diags);
    program_fini(&program);
    return text_take(&out);
}

static void expect(const char *name)
{
    char *path autofree = mem_printf(FOLDER "%s.yaml", name),
               *golden autofree = mem_printf(FOLDER "%s.txt", name);
    char *got autofree = warnings_of(path), *wanted autofree = read_all(golden);

    if (!wanted && getenv("RUNBOOK_GOLDEN")) {
        FILE *file = fopen(golden, "we");

        fputs(got, file);
        fclose(file);
        return;
    }
    assert_non_null(wanted);
    assert_string_equal(got, wanted);
}

static void a_secret_is_warned_of_wherever_it_could_get_out(void **state)
{
    (void)state;
    expect("everywhere");
}

static void a_secret_where_it_belongs_is_not_spoken_of(void **state)
{
    (void)state;
    expect("nowhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_secret_is_warned_of_wherever_it_could_get_out),
        test_case(a_secret_where_it_belongs_is_not_spoken_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
