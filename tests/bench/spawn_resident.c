/* spawn_resident MIB N: children started and reaped a second by the process layer, one after the other, while
 * the parent has MIB of resident memory. Prints `name value unit`. */
#include "io/process.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

struct serial {
    struct loop *loop;
    struct process *process;
    long left;
};

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    (void)context;
    (void)stream;
    (void)bytes;
    (void)len;
}

static void next(void *context);

static void on_exit_of(void *context, int exit_code, int signal)
{
    struct serial *serial = context;

    if (exit_code != 0 || signal != 0)
        abort();
    if (--serial->left > 0)
        loop_defer(serial->loop, next, serial);
    else
        loop_stop(serial->loop);
}

static void next(void *context)
{
    static const char *const argv[] = {"true", NULL};
    struct serial *serial = context;
    struct process_options options = {
        .argv = argv,
        .env = (const char *const *)environ,
        .kill_after_ms = 1000,
        .on_output = on_output,
        .on_exit = on_exit_of,
        .context = serial,
    };
    struct err err;

    if (process_start(serial->loop, &options, &serial->process, &err) < 0) {
        fprintf(stderr, "spawn_resident: %s\n", err.text);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    size_t bytes = argc == 3 ? strtoul(argv[1], NULL, 10) << 20 : 0;
    long n = argc == 3 ? strtol(argv[2], NULL, 10) : 1000;
    struct serial serial = {.loop = loop_new(), .left = n};
    char *resident = mem_alloc(bytes + 1);
    int64_t from;

    memset(resident, 1, bytes + 1);
    loop_defer(serial.loop, next, &serial);
    from = clock_mono_us();
    loop_run(serial.loop);
    printf("spawn_resident %.0f /s\n", (double)n * 1e6 / (double)(clock_mono_us() - from));
    loop_free(serial.loop);
    free(resident);
    return 0;
}
