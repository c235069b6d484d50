#include "unit/io/child.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int start_error(const char *command, const char *cwd, struct err *err)
{
    struct child child = {0};
    const char *argv[] = {command, NULL};
    struct process_options options = options_of(&child, argv);
    struct loop *loop = loop_new();
    int result;

    options.cwd = cwd;
    result = process_start(loop, &options, &child.process, err);
    loop_run(loop);
    assert_int_equal(child.ends, 0);
    loop_free(loop);
    return result;
}

static void a_command_that_does_not_exist_is_named(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(start_error("kubctl-nowhere", NULL, &err), ERR_NOT_FOUND);
    assert_string_equal(err.text, "no command \"kubctl-nowhere\" in PATH");
    assert_int_equal(start_error("/no/such/command", NULL, &err), ERR_NOT_FOUND);
    assert_string_equal(err.text, "no command \"/no/such/command\"");
    assert_int_equal(start_error("", NULL, &err), ERR_NOT_FOUND);
}

static void a_missing_directory_is_told_from_a_missing_command(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(start_error("true", "/no/such/dir", &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no directory \"/no/such/dir\""));
    assert_int_equal(start_error("true", "/etc/passwd", &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "not a directory"));
}

static void make_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static void a_file_that_cannot_be_executed_says_why(void **state)
{
    char dir[] = "/tmp/test-process-XXXXXX", path[200];
    struct err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/x", dir);
    make_file(path, "#!/bin/sh\n", 0600);
    assert_int_equal(start_error(path, NULL, &err), ERR_DENIED);
    assert_non_null(strstr(err.text, "chmod +x"));
    make_file(path, "echo no interpreter\n", 0700);
    assert_int_equal(start_error(path, NULL, &err), ERR_DENIED);
    assert_non_null(strstr(err.text, "#!/bin/sh"));
    make_file(path, "#!/no/such/interpreter\n", 0700);
    assert_int_equal(start_error(path, NULL, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "interpreter"));
    assert_int_equal(start_error(dir, NULL, &err), ERR_DENIED);
    assert_non_null(strstr(err.text, "is a directory"));
    unlink(path);
    rmdir(dir);
}

static void path_of_the_childs_environment_is_searched(void **state)
{
    char dir[] = "/tmp/test-process-XXXXXX", file[200], path[200];
    struct child child = {0};
    const char *argv[] = {"only-here", NULL};
    const char *env[] = {path, NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof(file), "%s/only-here", dir);
    snprintf(path, sizeof(path), "PATH=/nowhere::%s", dir);
    make_file(file, "#!/bin/sh\necho found\n", 0700);
    options.env = env;
    child = run_with(&options, &child);
    assert_string_equal(text_str(&child.out), "found\n");
    unlink(file);
    rmdir(dir);
    child_fini(&child);
}

static void arguments_that_are_too_long_say_so(void **state)
{
    struct child child = {0};
    char *huge = malloc(4 << 20);
    const char *argv[] = {"true", huge, NULL};
    struct process_options options = options_of(&child, argv);
    struct loop *loop = loop_new();
    struct err err = {0};

    (void)state;
    memset(huge, 'x', (4 << 20) - 1);
    huge[(4 << 20) - 1] = '\0';
    assert_int_equal(process_start(loop, &options, &child.process, &err), ERR_LIMIT);
    loop_free(loop);
    free(huge);
}

static void the_directory_is_the_given_one(void **state)
{
    struct child child = {0};
    const char *argv[] = {"pwd", NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    options.cwd = "/usr/bin";
    child = run_with(&options, &child);
    assert_string_equal(text_str(&child.out), "/usr/bin\n");
    child_fini(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_command_that_does_not_exist_is_named),
        test_case(a_missing_directory_is_told_from_a_missing_command),
        test_case(a_file_that_cannot_be_executed_says_why),
        test_case(path_of_the_childs_environment_is_searched),
        test_case(arguments_that_are_too_long_say_so),
        test_case(the_directory_is_the_given_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
