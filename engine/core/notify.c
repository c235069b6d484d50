/* notify: the step that tells people something. It succeeds when somebody has been reached. */
#include "core/digest.h"
#include "core/notice.h"
#include "core/ops.h"

struct notify {
    size_t reached;
};

static int begin_all(
    struct run *run, struct frame *frame, const struct message *message, const struct strings *to)
{
    struct notify *notify = frame->data;
    struct targets targets = {0};
    int begun = 0;

    reach_expand(message->people, to, run->wall_us, &targets);
    for (size_t i = 0; i < targets.len; i++) {
        enum notice_begun how = notice_begin(run, message, &targets.items[i]);

        frame->outstanding += how == NOTICE_BEGUN;
        notify->reached += how == NOTICE_KEPT;
        begun += how != NOTICE_NOBODY;
    }
    free(targets.items);
    return begun;
}

static void notify_begin(struct run *run, struct frame *frame)
{
    const struct notify_args *args = frame->step->args;
    char *text autofree = NULL, *severity autofree = NULL;
    struct message message = {.people = &frame->document->people, .frame = frame};

    free(frame->data);
    frame->data = mem_alloc(sizeof(struct notify));
    if (scope_text(run, frame, args->message, &text) < 0 ||
        scope_text(run, frame, args->severity, &severity) < 0) {
        frame_body_ended(run, frame);
        return;
    }
    message.text = text;
    message.severity = *severity || !frame->document->severity ? severity : frame->document->severity;
    if (begin_all(run, frame, &message, &args->to) == 0) {
        failure_set(frame, FAIL_ACTION, "nobody who is named here can be reached");
        frame_body_ended(run, frame);
    } else if (!frame->outstanding) {
        frame_body_ended(run, frame);
    }
}

void notify_told(struct run *run, struct frame *frame, bool is_reached)
{
    struct notify *notify = frame->data;

    frame->outstanding--;
    notify->reached += is_reached;
    if (frame->state == FRAME_STOPPING) {
        frame_check_stopped(run, frame);
        return;
    }
    if (frame->outstanding)
        return;
    if (!notify->reached)
        failure_set(frame, FAIL_ACTION, "nobody could be reached");
    frame_body_ended(run, frame);
}

static void notify_stop(struct run *run, struct frame *frame, bool at_once)
{
    notice_stop_frame(run, frame, at_once);
}

static void notify_fini(struct run *run, struct frame *frame)
{
    (void)run;
    free(frame->data);
}

static void *notify_copy(const void *data)
{
    struct notify *copy = mem_alloc(sizeof(*copy));

    *copy = *(const struct notify *)data;
    return copy;
}

static void notify_digest(const void *data, unsigned parts, struct text *text)
{
    (void)parts;
    digest_number(text, ((const struct notify *)data)->reached > 0);
}

const struct ops notify_ops = {.begin = notify_begin,
    .stop = notify_stop,
    .fini = notify_fini,
    .copy = notify_copy,
    .digest = notify_digest};
