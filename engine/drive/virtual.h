/* virtual: carries one run out in virtual time. The core is the live driver's; the clock jumps to what comes
 * next, somebody says how every effect ends, and nothing is performed or written. */
#ifndef DRIVE_VIRTUAL_H
#define DRIVE_VIRTUAL_H

#include "base/text.h"
#include "core/core.h"

struct virtual;

/* An effect that does not end by itself, only by being stopped. */
enum { VIRTUAL_NEVER = -1 };

/* How the world answers, and who is told. The context is shared; only `answer` must be there. */
struct virtual_world {
    /* An attempt or a notification begins: how does it end, and after how many microseconds? */
    int64_t (*answer)(void *context, const struct effect *effect, struct outcome *ret_outcome);
    /* A turn, before its effects: they come one by one afterwards. `input` is what it came from, NULL when it
     * is the rest of a long one. What the turn holds stays as it is until the turn after the next. */
    void (*on_turn)(void *context, const struct turn *turn, const struct input *input);
    /* An effect was begun, a question opened: the world may add what follows from it (virtual_later). */
    void (*on_effect)(void *context, const struct effect *effect);
    /* The input does not fit the run: nothing has changed. What is not from a person has to fit. */
    void (*on_refused)(void *context, const struct input *input, const struct err *why);
    void *context;
};

struct virtual_options {
    const struct book *book;
    struct script *script;
    int64_t wall_us; /* of the run's start */
    size_t limit;    /* inputs, after which it is given up as endless */
    struct virtual_world world;
};

enum virtual_end {
    VIRTUAL_FINISHED,
    VIRTUAL_WAITS,   /* nothing is due any more, and the run has not ended: it would wait for ever */
    VIRTUAL_ENDLESS, /* it still went on at the limit */
};

/* The options' pointers must outlive it. */
struct virtual *virtual_new(const struct virtual_options *options);
void virtual_free(struct virtual *virtual);
/* Let it happen `at_us` after the run's start, or now if that is past. The path and the name are copied,
 * `data` gets a reference of its own; the principal's strings must live on. */
void virtual_later(struct virtual *virtual, int64_t at_us, const struct input *input);
/* Start, and go on to the end. `start` is the data of INPUT_START. */
enum virtual_end virtual_play(struct virtual *virtual, json_t *start, struct principal by);

/* The same by hand: start, then let one thing after the other happen. False when nothing is due any more. */
void virtual_begin(struct virtual *virtual, json_t *start, struct principal by);
bool virtual_step(struct virtual *virtual);
bool virtual_is_finished(const struct virtual *virtual);
/* One that stands where this one does and goes on by itself, in the same world. Between two steps. */
struct virtual *virtual_copy(const struct virtual *virtual);
/* Exchange the memory that turns are written in, so that many that stand still need none. Between two steps.
 */
void virtual_swap_turns(struct virtual *virtual, struct turn turns[2]);
/* What was to go on for ever ends now otherwise, after `takes_us`. Takes the outcome. */
void virtual_decide(struct virtual *virtual, uint32_t frame, int64_t takes_us, struct outcome *outcome);
/* Everything that decides what can still happen, as bytes: the same for two that differ only in how they came
 * there. `more` may add to what is said of a node. Appends. */
struct uses;
void virtual_digest(const struct virtual *virtual, const struct uses *uses,
    void (*more)(void *context, uint32_t node, struct text *text), void *context, struct text *text);

struct run *virtual_run(const struct virtual *virtual);
int64_t virtual_now_us(const struct virtual *virtual); /* since the run's start */

/* What a sound core keeps in order. */
struct virtual_tally {
    size_t begun, ended; /* effects that have an end, and those of them that have come to it */
    size_t strays; /* timers cleared that were not set; refused inputs that did something all the same */
};

const struct virtual_tally *virtual_tally(const struct virtual *virtual);
/* The paths of what has begun, has not ended and holds nothing else that has: what a run that does not end
 * waits for. New reference. */
json_t *virtual_waiting(const struct virtual *virtual);

#endif
