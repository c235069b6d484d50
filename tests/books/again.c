#include "again.h"
#include "stage.h"

#include "drive/replay.h"

static void side(const char *label, const struct event *event, struct text *text)
{
    text_printf(text, "%s: ", label);
    if (event)
        stage_line(text, event);
    else
        text_puts(text, "nothing\n");
}

static int compare(const struct past *past, struct text *difference)
{
    struct replay *replay = replay_new(past, &past->program);
    struct parting parting;
    int code = replay_until(replay, 0, &parting);

    if (code == 0 && replay_agreed(replay) != past->event_count)
        code = -1;
    if (code < 0) {
        side("journal", parting.then, difference);
        side("replay", parting.now, difference);
        text_puts(difference, parting.refusal ? parting.refusal : "");
    }
    replay_free(replay);
    return code;
}

int again(struct journal *journal, const char *run_id, struct text *difference)
{
    struct past past;
    struct err err;
    int code = past_open(journal, run_id, &past, &err);

    if (code < 0) {
        text_puts(difference, err.text);
        return code;
    }
    code = compare(&past, difference);
    past_fini(&past);
    return code;
}
