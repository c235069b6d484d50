/* thread: one of the journal's own. Signals are the loop's business, so it gets none. */
#ifndef JOURNAL_THREAD_H
#define JOURNAL_THREAD_H

#include <pthread.h>

/* 0, or the system's error. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *context), void *context);

#endif
