/* test_update: expectations written from what the runs did. Who calls this has read that it is right. */
#include "cli/test_inside.h"
#include "load/rewrite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All or nothing: a copy takes the place of the file. */
static int replace_file(const char *path, const struct text *text, struct err *err)
{
    char *copy autofree = mem_printf("%s.new", path);
    struct stat about;
    FILE *file = fopen(copy, "wxe");
    bool is_written;

    if (!file)
        return err_errno(err, errno, "cannot write %s", copy);
    is_written = fwrite(text_str(text), 1, text->len, file) == text->len && stat(path, &about) == 0 &&
                 fchmod(fileno(file), about.st_mode & 07777) == 0;
    if ((fclose(file) != 0) | !is_written || rename(copy, path) < 0) {
        err_errno(err, errno, "cannot write %s", path);
        unlink(copy);
        return err->code;
    }
    return 0;
}

/* + green, - red, places bold. */
static void show_difference(const struct test *test, const struct text *difference)
{
    struct text shown autotext = {0};

    for (const char *line = text_str(difference); *line;) {
        size_t len = strcspn(line, "\n");
        struct text safe autotext = {0};

        safe_line(&safe, line, len);
        paint_puts(&test->paint, &shown,
            *line == '-'   ? INK_BAD
            : *line == '+' ? INK_GOOD
                           : INK_BOLD,
            text_str(&safe));
        text_putc(&shown, '\n');
        line += len + (line[len] == '\n');
    }
    cli_print(&shown);
}

static int update_file(const struct test *test, const struct suite *suite, const struct rewriting *rewritings,
    size_t count, size_t *ret_left)
{
    struct text text autotext = {0}, difference autotext = {0}, problems autotext = {0};
    struct diags diags = {0};
    struct err err;
    int status = EXIT_OK;

    scenarios_rewrite(suite->file, rewritings, count, &text, &difference, &diags);
    *ret_left = diags.errors;
    show_difference(test, &difference);
    if (difference.len && replace_file(suite->file->source->path, &text, &err) < 0)
        status = cli_fail(&err);
    diags_render(&diags, &problems, cli_color(test->cli, stderr));
    fputs(text_str(&problems), stderr);
    diags_fini(&diags);
    return status;
}

static bool has_failed(const json_t *result)
{
    return json_array_size(json_object_get(result, "failures")) > 0;
}

int test_update(struct test *test)
{
    size_t before = json_array_size(test->results) - test->piece_count, updated = 0, left = 0;
    struct rewriting *rewritings autofree = mem_alloc((test->piece_count + 1) * sizeof(*rewritings));
    int status = EXIT_OK;

    for (size_t from = 0, to; from < test->piece_count && status == EXIT_OK; from = to) {
        const struct suite *suite = test->pieces[from].suite;
        size_t count = 0, refused = 0;

        for (to = from; to < test->piece_count && test->pieces[to].suite == suite; to++) {
            const json_t *result = json_array_get(test->results, before + to);
            const json_t *actual = json_object_get(result, "actual");

            if (actual)
                rewritings[count++] = (struct rewriting){test->pieces[to].scenario, actual};
            else
                left += has_failed(result);
        }
        if (count)
            status = update_file(test, suite, rewritings, count, &refused);
        updated += count - refused;
        left += refused;
    }
    test->failed = left;
    printf("%zu scenario%s updated", updated, updated == 1 ? "" : "s");
    if (left)
        printf("; %zu fail%s in a way that an expectation cannot put right: play them without --update", left,
            left == 1 ? "s" : "");
    putchar('\n');
    return status;
}
