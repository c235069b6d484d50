/* move: the states of a frame, and which may follow which.
 *
 *            when is false, tags …
 *    ready ───────────────────────────────────────────────────┐
 *      │                                                      │
 *      │    ┌──────── repeat, retry ───────┐                  │
 *      ▼    ▼                              │                  │
 *     body ─┬─► delay ─────────────────────┘                  │
 *      │    │     │                                           │
 *      │    │     │ told to stop                              │
 *      ├────┼─────┴───► stopping ──┐  waits for what is       │
 *      │    │               ▲      │  still under way         │
 *      │    │ failed        │      │                          │
 *      │    ├──────► rescue ┤ ◄────┤                          │
 *      │    │           │   │      │                          │
 *      │    ├──────► undo ◄─┼──────┤  no rescue repaired it   │
 *      │    │           │   │      │                          │
 *      │    └──────► always ◄──────┤                          │
 *      │                │          │                          ▼
 *      └────────────────┴──────────┴───────────────────────► ended
 *
 * Where the runbook has hooks, `before` comes between ready and body, and `after` before ended: it has ended
 * for everybody, and what is called for that is under way.
 *
 * `always` and `undo` are left for `stopping` only by a kill. Where `always` is what fails, `undo` comes
 * after it.
 *
 * An attempt that was under way when the engine died goes from body to `lost` where a person must say what is
 * made of it, and from there to delay (again), to ended (skipped, failed) or to stopping (told to stop). */
#include "core/frame.h"

#include <assert.h>

#define TO(state) (1u << FRAME_##state)

static const unsigned moves[FRAME_STATE_COUNT] = {
    [FRAME_FREE] = TO(READY),
    [FRAME_READY] = TO(BEFORE) | TO(BODY) | TO(AFTER) | TO(ENDED),
    [FRAME_BEFORE] = TO(BODY) | TO(STOPPING) | TO(AFTER) | TO(ENDED),
    [FRAME_BODY] =
        TO(DELAY) | TO(LOST) | TO(STOPPING) | TO(RESCUE) | TO(UNDO) | TO(ALWAYS) | TO(AFTER) | TO(ENDED),
    [FRAME_DELAY] = TO(BODY) | TO(STOPPING),
    [FRAME_LOST] = TO(DELAY) | TO(STOPPING) | TO(AFTER) | TO(ENDED),
    [FRAME_STOPPING] = TO(DELAY) | TO(RESCUE) | TO(UNDO) | TO(ALWAYS) | TO(AFTER) | TO(ENDED),
    [FRAME_RESCUE] = TO(STOPPING) | TO(UNDO) | TO(ALWAYS) | TO(AFTER) | TO(ENDED),
    [FRAME_UNDO] = TO(STOPPING) | TO(ALWAYS) | TO(AFTER) | TO(ENDED),
    [FRAME_ALWAYS] = TO(STOPPING) | TO(UNDO) | TO(AFTER) | TO(ENDED),
    [FRAME_AFTER] = TO(ENDED),
    [FRAME_ENDED] = TO(FREE),
};

#define X(name, text) text,
static const char *const names[] = {FRAME_STATES(X)};
#undef X

const char *frame_state_name(enum frame_state state)
{
    return names[state];
}

bool frame_may_move(enum frame_state from, enum frame_state to)
{
    return moves[from] & (1u << to);
}

void frame_move(struct frame *frame, enum frame_state to)
{
    assert(frame_may_move(frame->state, to));
    frame->state = to;
}
