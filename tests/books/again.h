/* again: a run that was carried out live is replayed from its journal alone. */
#ifndef TESTS_BOOKS_AGAIN_H
#define TESTS_BOOKS_AGAIN_H

#include "journal/journal.h"

/* 0 when every event comes out again; else a text that says where the two part. */
int again(struct journal *journal, const char *run_id, struct text *difference);

#endif
