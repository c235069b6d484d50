/* The standard library's files are sources of the book that uses them. */
#include "drive/program.h"
#include "base/mem.h"
#include "lib/test.h"
#include "script/actions.h"
#include "script/pin.h"

#include <unistd.h>

static const char everywhere[] =
    "runbook: everywhere\n"
    "channels:\n"
    "  hook: {uses: webhook.send, with: {url: \"http://127.0.0.1:9/\"}}\n"
    "  bell: {uses: terminal.bell}\n"
    "secrets:\n"
    "  key: {uses: vault.secret, with: {url: \"http://127.0.0.1:9\", token: t, path: p, key: k}}\n"
    "hooks:\n"
    "  on_failure: {uses: git.tag, with: {path: /, name: v1, message: m}}\n"
    "steps:\n"
    "  - {uses: file.exists, with: {path: /}}\n"
    "  - {uses: file.age, with: {path: /}}\n"
    "  - lua: |\n"
    "      local r = http.get(\"http://127.0.0.1:9/\")\n"
    "      return {tls.expiry, disk = 1, r.memory}\n";

static void open_text(struct program *program, const char *yaml)
{
    struct text problems = {0};
    struct diags diags = {0};
    char path[] = "/tmp/program.XXXXXX";
    int fd = mkstemp(path), code;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
    close(fd);
    code = program_open(path, program, &diags);
    unlink(path);
    diags_render(&diags, &problems, false);
    if (code)
        print_error("%s\n", text_str(&problems));
    assert_int_equal(code, 0);
    text_fini(&problems);
    diags_fini(&diags);
}

/* The names of what is pinned beside files, with a space behind each. */
static char *standard_names(const struct book *book)
{
    struct text text = {0};

    for (size_t i = 0; i < book->source_count; i++)
        if (source_standard(book->sources[i]->path))
            text_printf(&text, "%s ", source_standard(book->sources[i]->path));
    return text_take(&text);
}

static void what_steps_hooks_channels_secrets_and_code_use_is_pinned_once(void **state)
{
    struct program program;
    char *names;

    (void)state;
    open_text(&program, everywhere);
    names = standard_names(program.book);
    assert_string_equal(names, "git file tls vault webhook ");
    assert_string_equal(program.book->sources[1]->text, pin_standard_text("git"));
    free(names);
    program_fini(&program);
}

static void a_book_that_uses_nothing_pins_nothing(void **state)
{
    struct program program;

    (void)state;
    open_text(&program,
        "runbook: plain\nsteps:\n  - run: \"true\"\n  - lua: return http.get(\"http://x/\").ok and log(1)\n");
    assert_int_equal(program.book->source_count, 1);
    program_fini(&program);
}

/* Open again from the sources of another, the text of `name` in another wording. */
static int open_again(const struct program *from, const char *name, const char *text,
    struct program *ret_program, struct diags *diags)
{
    struct source sources[8];
    size_t count = from->book->source_count;

    for (size_t i = 0; i < count; i++) {
        const char *standard = source_standard(from->book->sources[i]->path);

        sources[i] = *from->book->sources[i];
        if (standard && strcmp(standard, name) == 0) {
            sources[i].text = text;
            sources[i].len = strlen(text);
        }
    }
    return program_open_pinned(from->book->documents[0]->source->path, sources, count, ret_program, diags);
}

static void a_run_is_opened_with_the_text_that_it_has_pinned(void **state)
{
    static const char other[] =
        "return {exists = action {about = \"Another.\", effect = \"write\", params = {path = "
        "{type = \"string\"}}, run = function() return 1 end}}";
    struct program program, again;
    struct diags diags = {0};
    struct err err = {0};
    const struct action *action;

    (void)state;
    open_text(&program, "runbook: one\nsteps:\n  - {uses: file.exists, with: {path: /}}\n");
    assert_int_equal(open_again(&program, "file", other, &again, &diags), 0);
    assert_int_equal(again.book->source_count, 2);
    action = actions_find(again.script, "file.exists", &err);
    assert_non_null(action);
    assert_string_equal(action->about, "Another.");
    assert_int_equal(again.book->documents[0]->steps[0]->effect, STEP_EFFECT_WRITE);
    program_fini(&again);

    assert_int_equal(open_again(&program, "file", "return {", &again, &diags), -1);
    assert_non_null(strstr(diags.items[0].text, "expected"));
    program_fini(&again);
    program_fini(&program);
    diags_fini(&diags);
}

/* As runs have it that were begun before the standard library was pinned: nothing is added to their sources.
 */
static void a_run_without_pinned_texts_is_opened_with_those_of_the_program(void **state)
{
    struct program program, again;
    struct diags diags = {0};

    (void)state;
    open_text(&program, "runbook: one\nsteps:\n  - {uses: file.exists, with: {path: /}}\n");
    assert_int_equal(
        program_open_pinned(program.book->sources[0]->path, program.book->sources[0], 1, &again, &diags), 0);
    assert_int_equal(again.book->source_count, 1);
    assert_non_null(actions_find(again.script, "file.exists", NULL));
    program_fini(&again);
    program_fini(&program);
    diags_fini(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_steps_hooks_channels_secrets_and_code_use_is_pinned_once),
        test_case(a_book_that_uses_nothing_pins_nothing),
        test_case(a_run_is_opened_with_the_text_that_it_has_pinned),
        test_case(a_run_without_pinned_texts_is_opened_with_those_of_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
