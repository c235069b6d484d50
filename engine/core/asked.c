#include "core/asked.h"
#include "base/duration.h"
#include "core/notice.h"
#include "core/ops.h"
#include "core/reach.h"

#include <string.h>

static const struct ask_args *args_of(const struct frame *frame)
{
    return frame->step->args;
}

/* --- which question --- */

/* Appends the paths of the open questions, of one id or all. The run may have no frames any more. */
static size_t list_open(
    struct run *run, struct frame *frame, const char *id, struct text *text, struct frame **ret_last)
{
    size_t count = 0;

    if (!frame)
        return 0;
    if (ask_is_open(frame) && (!id || strcmp(frame->step->id, id) == 0)) {
        text_printf(text, "%s%s", text->len ? ", " : "", frame_path(run, frame));
        *ret_last = frame;
        count++;
    }
    for (struct frame *child = frame->first_child; child; child = child->next)
        count += list_open(run, child, id, text, ret_last);
    return count;
}

/* A question outside of loops that somebody has answered. */
static int answered_already(struct run *run, const char *id, struct err *err)
{
    const struct step *step = document_find(run->book->documents[0], id);
    const struct result *result =
        step && step->kind->class_ == KIND_ASK && run->shelf ? shelf_slot(run->shelf, step) : NULL;
    const char *by = result ? json_string_value(result->by) : NULL;
    char ago[DURATION_TEXT_SIZE];

    if (!by || !result->finished_us)
        return 0;
    return err_set(err, ERR_USAGE, "%s was answered already, by %s, %s ago", id, by,
        duration_short((run->wall_us - result->finished_us) / 1000, ago));
}

int asked_find(struct run *run, const char *id, struct frame **ret_frame, struct err *err)
{
    struct text open autotext = {0};
    size_t count = list_open(run, run->root, id, &open, ret_frame);

    if (count == 1)
        return 0;
    if (count)
        return err_set(err, ERR_USAGE, "%zu questions are called %s: %s", count, id, text_str(&open));
    if (answered_already(run, id, err) < 0)
        return ERR_USAGE;
    if (list_open(run, run->root, NULL, &open, ret_frame))
        return err_set(err, ERR_USAGE, "no question is open at '%s', but there is %s", id, text_str(&open));
    return err_set(err, ERR_USAGE, "no question is open at '%s', nor anywhere else now", id);
}

/* --- who --- */

/* "ana, bo (bo@example.org)": the people, and under which names the system knows them. */
static void list_people(
    const struct people *people, const struct strings *names, int64_t wall_us, struct text *text)
{
    struct targets targets = {0};

    reach_expand(people, names, wall_us, &targets);
    for (size_t i = 0; i < targets.len; i++) {
        const struct contact *contact = targets.items[i].contact;

        if (!contact)
            continue;
        text_printf(text, "%s%s", text->len ? ", " : "", targets.items[i].name);
        for (size_t k = 0; k < contact->user.len; k++)
            if (strcmp(contact->user.items[k], targets.items[i].name) != 0)
                text_printf(text, " (%s)", contact->user.items[k]);
    }
    free(targets.items);
}

int asked_refuse(const struct run *run, const struct frame *frame, const char *user, struct err *err)
{
    struct text text autotext = {0};

    list_people(&frame->document->people, &args_of(frame)->by, run->wall_us, &text);
    return err_set(err, ERR_DENIED, "%s is not one of those who may answer %s: %s", user, frame->step->id,
        text.len ? text_str(&text) : "nobody is");
}

bool asked_has_said(const json_t *users, const char *user)
{
    json_t *said;
    size_t i;

    json_array_foreach((json_t *)users, i, said) if (strcmp(json_string_value(said), user) == 0) return true;
    return false;
}

static bool has_said(const json_t *users, const struct target *target)
{
    for (size_t i = 0; target->contact && i < target->contact->user.len; i++)
        if (asked_has_said(users, target->contact->user.items[i]))
            return true;
    return asked_has_said(users, target->name);
}

/* --- telling them again --- */

/* Those who have not been told of the last reminder yet are not told of another. */
static void tell_all(
    struct run *run, struct frame *frame, const char *text, const json_t *users, json_t *told)
{
    const char *path = frame_path(run, frame), *severity = frame->document->severity;
    const struct people *people = &frame->document->people;
    const struct message message = {
        .people = people, .text = text, .severity = severity ? severity : "", .question = path};
    struct targets targets = {0};

    if (!notice_is_about(run, path))
        reach_expand(people, &args_of(frame)->by, run->wall_us, &targets);
    for (size_t i = 0; i < targets.len; i++)
        if (!has_said(users, &targets.items[i]) && notice_begin(run, &message, &targets.items[i]))
            json_array_append_new(told, json_string(targets.items[i].name));
    free(targets.items);
}

void asked_remind(struct run *run, struct frame *frame, const json_t *users, int64_t times)
{
    char *question autofree = NULL, *text autofree = NULL;
    json_t *told = json_array();
    size_t at = run->turn->event_count;

    turn_event(run, EVENT_ASK_REMINDED, frame_path(run, frame));
    if (scope_text(run, frame, args_of(frame)->message, &question) < 0)
        failure_clear(&frame->failure);
    text = mem_printf("%s still waits for an answer: %s", frame_path(run, frame), question ? question : "");
    tell_all(run, frame, text, users, told);
    turn_data(
        run, &run->turn->events[at], json_pack("{s:I, s:o}", "times", (json_int_t)times, "targets", told));
}
