/* decision: a moment at which a run can go more than one way, because the world or a person decides: how an
 * effect ends, what is answered, whether a signal comes, whether somebody acknowledges. */
#ifndef DRIVE_DECISION_H
#define DRIVE_DECISION_H

#include "base/map.h"
#include "drive/program.h"
#include "drive/virtual.h"
#include "model/scenario.h"

enum decision_type { DECIDE_EFFECT, DECIDE_NOTICE, DECIDE_ANSWER, DECIDE_SIGNAL, DECIDE_ACK };

/* The texts live as long as the deciders. */
struct decision {
    enum decision_type type;
    uint32_t frame;          /* 0: none has a part in it */
    const struct step *step; /* NULL: a page, an escalation */
    const char *path;        /* with attempts */
    const char *name;        /* of the channel, the signal, the escalation */
    const char *target;      /* of a notice: who */
    uint32_t people;         /* of an answer: how many must give it */
};

/* One way it can go. */
struct option_taken {
    const struct answer *answer; /* of an effect or notice; NULL of others */
    json_t *data;                /* of an answer: as INPUT_ANSWER has it; NULL: nobody says anything */
    bool comes;                  /* of a signal or an acknowledgement */
};

/* What decisions there are in one book, and which ways each can go. */
struct deciders;

/* `file` holds scenarios whose mocks say how steps can end, or is NULL. The pointers must outlive it. */
struct deciders *deciders_new(const struct program *program, const char *initiator,
    int64_t wall_us /* of the run's start */, const struct scenario_file *file);
void deciders_free(struct deciders *deciders);

/* How many ways; the first is the usual one: it works, somebody agrees, the signal comes. */
size_t decision_count(struct deciders *deciders, const struct decision *decision);
struct option_taken decision_option(struct deciders *deciders, const struct decision *decision, size_t i);
/* Let it be so. */
void decision_take(
    struct deciders *deciders, const struct decision *decision, size_t i, struct virtual *virtual);
/* How long a person or a signal takes here, in microseconds: a minute, less where that would be too late. */
int64_t decision_delay_us(const struct decision *decision);
/* The people who may answer at that time since the start, as far as they are wanted; how many there are. The
 * names are the contacts'. */
size_t decision_people(struct deciders *deciders, const struct decision *decision, int64_t at_us,
    const char **ret_names, const char **ret_users, size_t cap);
/* "deploy/verify fails", "nobody answers go in 15m". Appends. */
void decision_words(struct deciders *deciders, const struct decision *decision, size_t i, struct text *text);

/* The same text, once: it lives as long as the deciders. */
const char *deciders_keep(struct deciders *deciders, const char *text);

#endif
