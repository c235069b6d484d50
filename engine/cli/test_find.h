/* test_find: which scenario files are meant. */
#ifndef CLI_TEST_FIND_H
#define CLI_TEST_FIND_H

#include "model/diag.h"

struct paths {
    char **items;
    size_t len, cap;
};

/* Add what `path` stands for: itself when it is a scenario file; "x.test.yaml" for "x.yaml"; of a folder
 * every
 * *.test.yaml in it, sorted. Problems go to `diags`. */
void paths_find(struct paths *paths, const char *path, struct diags *diags);
void paths_fini(struct paths *paths);
/* By its name. */
bool paths_is_scenarios(const char *path);
/* "x.test.yaml" for "x.yaml", whether it is there or not. The caller's to free. */
char *paths_beside(const char *runbook);

#endif
