/* nearest: "did you mean …?" */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* Optimal string alignment distance (Levenshtein with transposition of neighbours); at most `limit` + 1. */
size_t edit_distance(const char *a, const char *b, size_t limit);
/* The candidate nearest to `word` within a third of its length (at least 1), or NULL. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

#endif
