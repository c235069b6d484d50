/* say: what a person says to a run from another terminal. Each verb is a row of a table in say.c: how its
 * arguments become one inbox item, and by which events the run shows that it has taken it in. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "cli/verb.h"
#include "report/facts.h"

struct say_options {
    const char *reason, *note, *check, *step;
    int64_t corrects; /* the number of an event; 0 = none */
};

/* One invocation under way. */
struct say {
    struct cli *cli;
    const struct saying *saying;
    const struct say_options *options;
    struct journal *journal;
    char id[RUN_ID_SIZE], short_id[RUN_ID_SIZE];
    struct facts facts;
    struct inbox_item item; /* strings live in the cli's arena or in argv; `data` is owned */
};

struct saying {
    const char *name;     /* of the verb */
    const char *inbox;    /* what the inbox calls it */
    const char *decision; /* of an answer, or NULL */
    /* Fill the item; reports and returns a status when it cannot. */
    int (*build)(struct say *say);
    enum event_type accepted, refused; /* refused may be EVENT_COUNT: none */
    const char *then;                  /* what follows for the run, for people */
    const char *does;                  /* to an escalation */
    const char *first;                 /* a word that comes before the run, or NULL */
    const char *afterwards; /* what became of it when the run had ended; NULL: it is too late then */
};

/* question.c: which question, and the answer's fields. Both report what is wrong. */
int question_choose(struct say *say, const struct row **ret_row);
int question_fields(struct say *say, const struct row *row, json_t **ret_fields);
int question_points(struct say *say, const struct row *row, json_t **ret_points);

/* heard.c: ring the engine that holds the run, then look for up to two seconds at what it makes of the item.
 * Prints what happened; returns an exit status. */
int heard(struct say *say, uint64_t last_seq);

#endif
