/* actor: every command of a book that is carried out live. It says who it is, waits for its cue, and does
 * what that says. */
#ifndef TESTS_BOOKS_ACTOR_H
#define TESTS_BOOKS_ACTOR_H

#include <stdint.h>

/* Where the prompter listens: the path of a SOCK_SEQPACKET socket. The actor sends its $RUNBOOK_STEP. */
#define ACTOR_SOCKET "RUNBOOK_TEST_STAGE"

enum { ACTOR_TEXT_MAX = 16 * 1024 };

/* What it is told, once: to write these texts, which follow, and then to exit, or to die of TERM or another
 * signal. */
struct cue {
    int exit_code, signal;
    uint32_t out_len, err_len;
};

#endif
