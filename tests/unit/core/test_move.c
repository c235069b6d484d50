#include "lib/test.h"

#include "core/frame.h"

/* The diagram of move.c, read once more. */
static const struct {
    enum frame_state from, to;
} legal[] = {
    {FRAME_FREE, FRAME_READY},
    {FRAME_READY, FRAME_BEFORE},
    {FRAME_READY, FRAME_BODY},
    {FRAME_READY, FRAME_AFTER},
    {FRAME_READY, FRAME_ENDED},
    {FRAME_BEFORE, FRAME_BODY},
    {FRAME_BEFORE, FRAME_STOPPING},
    {FRAME_BEFORE, FRAME_AFTER},
    {FRAME_BEFORE, FRAME_ENDED},
    {FRAME_BODY, FRAME_DELAY},
    {FRAME_BODY, FRAME_STOPPING},
    {FRAME_BODY, FRAME_RESCUE},
    {FRAME_BODY, FRAME_UNDO},
    {FRAME_BODY, FRAME_ALWAYS},
    {FRAME_BODY, FRAME_AFTER},
    {FRAME_BODY, FRAME_ENDED},
    {FRAME_BODY, FRAME_LOST},
    {FRAME_LOST, FRAME_DELAY},
    {FRAME_LOST, FRAME_STOPPING},
    {FRAME_LOST, FRAME_AFTER},
    {FRAME_LOST, FRAME_ENDED},
    {FRAME_DELAY, FRAME_BODY},
    {FRAME_DELAY, FRAME_STOPPING},
    {FRAME_STOPPING, FRAME_DELAY},
    {FRAME_STOPPING, FRAME_RESCUE},
    {FRAME_STOPPING, FRAME_UNDO},
    {FRAME_STOPPING, FRAME_ALWAYS},
    {FRAME_STOPPING, FRAME_AFTER},
    {FRAME_STOPPING, FRAME_ENDED},
    {FRAME_RESCUE, FRAME_STOPPING},
    {FRAME_RESCUE, FRAME_UNDO},
    {FRAME_RESCUE, FRAME_ALWAYS},
    {FRAME_RESCUE, FRAME_AFTER},
    {FRAME_RESCUE, FRAME_ENDED},
    {FRAME_UNDO, FRAME_STOPPING},
    {FRAME_UNDO, FRAME_ALWAYS},
    {FRAME_UNDO, FRAME_AFTER},
    {FRAME_UNDO, FRAME_ENDED},
    {FRAME_ALWAYS, FRAME_STOPPING},
    {FRAME_ALWAYS, FRAME_UNDO},
    {FRAME_ALWAYS, FRAME_AFTER},
    {FRAME_ALWAYS, FRAME_ENDED},
    {FRAME_AFTER, FRAME_ENDED},
    {FRAME_ENDED, FRAME_FREE},
};

static bool is_legal(int from, int to)
{
    for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++)
        if ((int)legal[i].from == from && (int)legal[i].to == to)
            return true;
    return false;
}

static void every_pair_of_states_is_allowed_or_not_as_the_diagram_says(void **state)
{
    (void)state;
    for (int from = 0; from < FRAME_STATE_COUNT; from++)
        for (int to = 0; to < FRAME_STATE_COUNT; to++)
            if (frame_may_move((enum frame_state)from, (enum frame_state)to) != is_legal(from, to))
                fail_msg("%s to %s", frame_state_name((enum frame_state)from),
                    frame_state_name((enum frame_state)to));
}

static void nothing_follows_the_end_but_being_freed(void **state)
{
    (void)state;
    for (int to = 0; to < FRAME_STATE_COUNT; to++)
        assert_int_equal(frame_may_move(FRAME_ENDED, (enum frame_state)to), to == FRAME_FREE);
}

static void a_legal_move_changes_the_state(void **state)
{
    struct frame frame = {.state = FRAME_READY};

    (void)state;
    frame_move(&frame, FRAME_BODY);
    assert_int_equal(frame.state, FRAME_BODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(every_pair_of_states_is_allowed_or_not_as_the_diagram_says),
        test_case(nothing_follows_the_end_but_being_freed),
        test_case(a_legal_move_changes_the_state),
    };

    return cmocka_run_group_tests_name("core/move", tests, NULL, NULL);
}
