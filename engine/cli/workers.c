/* Each process writes its results as lines of JSON into a file in memory of its own, and no pipe can fill up.
 * No thread is running here, and what a child may do is only to compute: that is what makes fork() safe. */
#include "cli/workers.h"
#include "base/mem.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
    pid_t pid;
    int fd;
    int status;
};

size_t workers_default(void)
{
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? (size_t)CPU_COUNT(&cpus) : 1;
}

static void write_line(FILE *file, json_t *value)
{
    json_dumpf(value, file, JSON_COMPACT);
    fputc('\n', file);
    json_decref(value);
}

static _Noreturn void work_off(const struct shared_work *work, size_t first, size_t jobs, int fd)
{
    FILE *file = fdopen(fd, "w");

    if (!file)
        _exit(1);
    for (size_t i = first; i < work->count; i += jobs)
        write_line(file, json_pack("[I, o]", (json_int_t)i, work->perform(work->context, i)));
    if (work->leave)
        write_line(file, json_pack("[n, o]", work->leave(work->context)));
    _exit(fclose(file) == 0 ? 0 : 1);
}

static bool begin(const struct shared_work *work, size_t first, size_t jobs, struct worker *worker)
{
    worker->fd = memfd_create("results", MFD_CLOEXEC);
    worker->pid = worker->fd < 0 ? -1 : fork();
    if (worker->pid == 0)
        work_off(work, first, jobs, worker->fd);
    if (worker->pid < 0 && worker->fd >= 0)
        close(worker->fd);
    return worker->pid > 0;
}

static void collect(const struct worker *worker, json_t *results, json_t *left)
{
    FILE *file = fdopen(worker->fd, "r");
    char *line autofree = NULL;
    size_t cap = 0;
    ssize_t len;

    if (!file)
        return;
    rewind(file);
    while ((len = getline(&line, &cap, file)) > 0) {
        json_t *pair autovalue = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, NULL);
        json_t *index = json_array_get(pair, 0), *value = json_array_get(pair, 1);

        if (json_is_integer(index))
            json_array_set(results, (size_t)json_integer_value(index), value);
        else if (value)
            json_array_append(left, value);
    }
    fclose(file);
}

/* The first piece without a result is the one it died of; those after it were not come to. */
static void tell_death(
    const struct shared_work *work, const struct worker *worker, size_t first, size_t jobs, json_t *results)
{
    char how[80];

    if (worker->status == 0)
        return;
    snprintf(how, sizeof(how), WIFSIGNALED(worker->status) ? "signal %d" : "exit status %d",
        WIFSIGNALED(worker->status) ? WTERMSIG(worker->status) : WEXITSTATUS(worker->status));
    for (size_t i = first; i < work->count; i += jobs)
        if (json_is_null(json_array_get(results, i)))
            json_array_set_new(results, i, json_pack("{s:s}", "died", how));
}

static json_t *run_here(const struct shared_work *work)
{
    json_t *results = json_array();

    for (size_t i = 0; i < work->count; i++)
        json_array_append_new(results, work->perform(work->context, i));
    return results;
}

json_t *workers_run(const struct shared_work *work, size_t jobs, json_t *left)
{
    struct worker *workers autofree = NULL;
    size_t begun = 0;
    json_t *results;

    if (jobs <= 1)
        return run_here(work);
    fflush(NULL); /* what waits in a buffer would be written by every child */
    workers = mem_alloc(jobs * sizeof(*workers));
    while (begun < jobs && begin(work, begun, jobs, &workers[begun]))
        begun++;
    results = json_array();
    for (size_t i = 0; i < work->count; i++)
        json_array_append_new(results, json_null());
    for (size_t i = 0; i < begun; i++) {
        while (waitpid(workers[i].pid, &workers[i].status, 0) < 0)
            ;
        collect(&workers[i], results, left);
        tell_death(work, &workers[i], i, jobs, results);
    }
    /* Where no process could be started, its share is done here. */
    for (size_t i = 0; i < work->count; i++)
        if (json_is_null(json_array_get(results, i)))
            json_array_set_new(results, i, work->perform(work->context, i));
    return results;
}
