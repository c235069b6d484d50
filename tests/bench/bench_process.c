/* bench_process: what floor_spawn measures, through io/process, and the throughput of one child's output.
 *
 *     bench_process COUNT [RESIDENT_MB]
 */
#include "io/loop.h"
#include "io/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct bench {
    struct loop *loop;
    int left, running;
    size_t bytes;
    double last, longest; /* seconds the loop spent away from its timer */
};

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void start_next(struct bench *bench, const char *const *argv);

static const char *const small[] = {"sh", "-c", "true", NULL};
static const char *const flood[] = {"head", "-c", "1073741824", "/dev/zero", NULL};

static void on_small_exit(void *context, int exit_code, int signal)
{
    struct bench *bench = context;

    (void)exit_code, (void)signal;
    if (bench->left > 0)
        start_next(bench, small);
    else if (--bench->running == 0)
        loop_stop(bench->loop);
}

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct bench *bench = context;

    (void)stream, (void)bytes;
    bench->bytes += len;
}

static void start_next(struct bench *bench, const char *const *argv)
{
    struct process_options options = {.argv = argv,
        .env = (const char *const *)environ,
        .kill_after_ms = 1000,
        .on_output = on_output,
        .on_exit = on_small_exit,
        .context = bench};
    struct process *process;
    struct err err;

    bench->left--;
    if (process_start(bench->loop, &options, &process, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

static double rate(int count, int flight)
{
    struct bench bench = {.loop = loop_new(), .left = count, .running = flight};
    double began = now();

    for (int i = 0; i < flight; i++)
        start_next(&bench, small);
    loop_run(bench.loop);
    loop_free(bench.loop);
    return count / (now() - began);
}

static void tick(void *context)
{
    struct bench *bench = context;
    double at = now();

    if (bench->last > 0 && at - bench->last > bench->longest)
        bench->longest = at - bench->last;
    bench->last = at;
    if (bench->running)
        loop_timer_start(bench->loop, loop_now_us(bench->loop) + 1000, tick, bench);
}

static void throughput(void)
{
    struct bench bench = {.loop = loop_new(), .left = 1, .running = 1};
    double began = now();

    start_next(&bench, flood);
    tick(&bench);
    loop_run(bench.loop);
    printf("process.output %.0f MB/s\n", (double)bench.bytes / 1e6 / (now() - began));
    printf("process.output.longest_turn %.1f ms\n", bench.longest * 1e3);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1000;
    size_t resident = argc > 2 ? strtoul(argv[2], NULL, 10) << 20 : 0;
    char *ballast = malloc(resident + 1);

    memset(ballast, 1, resident + 1);
    printf("process.spawn %.0f /s\n", rate(count, 1));
    printf("process.spawn2 %.0f /s\n", rate(count, 2));
    throughput();
    return ballast[resident] - 1;
}
