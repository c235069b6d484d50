#include "lib/test.h"
#include "lib/descriptors.h"

#include "io/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

static off_t size_of(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

static void what_was_written_is_never_lent_again(void **state)
{
    struct loop *loop = loop_new();
    struct err err;
    int fd = scratch_open(loop, &err);

    (void)state;
    assert_int_equal(write(fd, "x", 1), 1);
    scratch_close(loop, fd);
    fd = scratch_open(loop, &err);
    assert_int_equal(size_of(fd), 0);
    scratch_close(loop, fd);
    loop_free(loop);
}

static void two_at_a_time_are_two_files(void **state)
{
    size_t before = open_fds();
    struct loop *loop = loop_new();
    struct err err;
    int one = scratch_open(loop, &err), other = scratch_open(loop, &err);

    (void)state;
    assert_int_equal(write(one, "x", 1), 1);
    assert_int_equal(size_of(other), 0);
    scratch_close(loop, other);
    scratch_close(loop, one);
    one = scratch_open(loop, &err);
    other = scratch_open(loop, &err);
    assert_int_not_equal(one, other);
    scratch_close(loop, one);
    scratch_close(loop, other);
    loop_free(loop);
    assert_int_equal(open_fds(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_never_lent_again),
        cmocka_unit_test(two_at_a_time_are_two_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
