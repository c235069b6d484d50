/* scene: the virtual world of one scenario. Its mocks answer, its people act and its signals arrive; what
 * does not fit the run is a located problem of the scenario. */
#ifndef DRIVE_SCENE_H
#define DRIVE_SCENE_H

#include "drive/program.h"
#include "drive/virtual.h"
#include "model/scenario.h"

struct scene;

/* The pointers must outlive it. */
struct scene *scene_new(
    const struct program *program, const struct scenario *scenario, struct diags *problems);
void scene_free(struct scene *scene);

/* The parts, for who plays the run himself: how an effect ends (as struct virtual_world wants it; without a
 * `run` Lua is not evaluated), and what somebody does as the run is told (`data` is a new reference). */
int64_t scene_answer(
    struct scene *scene, struct run *run, const struct effect *effect, struct outcome *outcome);
struct input scene_input(const struct scene *scene, const struct person *person);

/* How one attempt ends that is answered like this, and after how many microseconds. */
int64_t answer_end(const struct answer *answer, const struct effect *effect, struct outcome *outcome);

/* What came of it. Fini. */
struct scene_outcome {
    enum virtual_end end;
    int64_t now_us;  /* since the run's start */
    json_t *waiting; /* paths, when it did not finish */
};

/* The whole. Parameters are checked first: when they do not fit, nothing is played and -1 returned. */
int scene_play(struct scene *scene, void (*on_event)(void *context, const struct event *event), void *context,
    struct scene_outcome *ret_outcome);
void scene_outcome_fini(struct scene_outcome *outcome);

#endif
