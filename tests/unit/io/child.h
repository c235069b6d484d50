/* child: one process on a loop of its own, what it wrote and how it ended. */
#ifndef TESTS_UNIT_IO_CHILD_H
#define TESTS_UNIT_IO_CHILD_H

#include "base/text.h"
#include "io/loop.h"
#include "io/process.h"
#include "lib/test.h"

#include <unistd.h>

extern char **environ;

struct child {
    struct loop *loop;
    struct process *process;
    struct text out, err;
    size_t bytes, calls;
    int exit_code, signal, ends;
    int stop_after; /* on the first output: 1 stop, 2 kill */
};

static inline void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct child *child = context;

    child->bytes += len;
    child->calls++;
    if (child->bytes < 1000000)
        text_add(stream == 1 ? &child->out : &child->err, bytes, len);
    if (child->stop_after == 1)
        process_stop(child->process);
    if (child->stop_after == 2)
        process_kill(child->process);
}

static inline void on_exit_(void *context, int exit_code, int signum)
{
    struct child *child = context;

    child->exit_code = exit_code;
    child->signal = signum;
    child->ends++;
}

static inline struct process_options options_of(struct child *child, const char *const *argv)
{
    return (struct process_options){.argv = argv,
        .env = (const char *const *)environ,
        .kill_after_ms = 200,
        .on_output = on_output,
        .on_exit = on_exit_,
        .context = child};
}

static inline struct child run_with(const struct process_options *options, struct child *child)
{
    struct err err = {0};

    child->loop = loop_new();
    if (process_start(child->loop, options, &child->process, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(child->ends, 0);
    loop_run(child->loop);
    assert_int_equal(child->ends, 1);
    loop_free(child->loop);
    return *child;
}

static inline struct child run_sh(const char *script)
{
    struct child child = {0};
    const char *argv[] = {"sh", "-c", script, NULL};
    struct process_options options = options_of(&child, argv);

    return run_with(&options, &child);
}

static inline void child_fini(struct child *child)
{
    text_fini(&child->out);
    text_fini(&child->err);
}

#endif
