/* process: one child process on the loop, in its own process group, started with posix_spawn and watched by a
 * pidfd. TERM to the group, KILL after a while; when the child has ended, nothing of its group is left,
 * unless that was asked for. */
#ifndef IO_PROCESS_H
#define IO_PROCESS_H

#include "io/loop.h"

struct process;

struct process_options {
    const char *program;     /* a path; NULL: argv[0], looked up in PATH of `env` */
    const char *const *argv; /* NULL-terminated */
    const char *const *env;  /* NULL-terminated NAME=value, the whole environment */
    const char *cwd;         /* NULL: ours */
    const char *input;       /* what stdin reads; NULL = /dev/null */
    size_t input_len;
    int64_t kill_after_ms; /* between TERM and KILL */
    bool leave_running;    /* what it left behind stays, unless it was told to end */
    /* Bytes as they arrive; the buffer is valid during the call. stream 1 or 2. */
    void (*on_output)(void *context, int stream, const char *bytes, size_t len);
    /* Once, last: never from inside process_start. exit_code -1 and signal > 0 when a signal ended it. */
    void (*on_exit)(void *context, int exit_code, int signal);
    void *context;
};

/* Returns 0, or a negative code when it could not be started (ERR_NOT_FOUND: no such command or directory;
 * ERR_DENIED: not executable; ERR_IO), and then no callback comes. */
int process_start(
    struct loop *loop, const struct process_options *options, struct process **ret_process, struct err *err);
void process_stop(struct process *process); /* TERM now, KILL after kill_after_ms; idempotent */
void process_kill(struct process *process);
int process_pid(const struct process *process);

#endif
