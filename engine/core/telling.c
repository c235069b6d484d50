/* telling: a call of code that tells people something. It is carried out here, as the step `notify` is, and
 * returns when the message has arrived or nobody is left who could be told. */
#include "core/calls.h"
#include "core/notice.h"
#include "core/ops.h"

#include <string.h>

/* --- who is meant --- */

/* Names live with the document: what the code said is gone before the message is. */
static const char *own_name(const struct people *people, const char *name)
{
    const struct items *const kinds[] = {
        &people->contacts, &people->groups, &people->rotations, &people->policies, &people->channels};

    for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t k = 0; k < kinds[i]->len; k++)
            if (strcmp(kinds[i]->names[k], name) == 0)
                return kinds[i]->names[k];
    return NULL;
}

/* False, with the name, when somebody is named who does not exist. */
static bool find_names(
    const struct people *people, const json_t *to, struct strings *names, const char **ret_unknown)
{
    size_t count = json_is_array(to) ? json_array_size(to) : 1;

    names->items = mem_alloc((count + 1) * sizeof(*names->items));
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_is_array(to) ? json_array_get(to, i) : to);

        names->items[names->len] = own_name(people, name);
        *ret_unknown = name ? name : "?";
        if (!names->items[names->len++])
            return false;
    }
    return true;
}

/* --- what comes of it --- */

static void finish(struct run *run, struct frame *frame, const char *problem)
{
    json_t *result = json_pack("{s:b, s:I}", "ok", frame->told > 0, "reached", (json_int_t)frame->told);

    if (problem || !frame->told)
        json_object_set_new(result, "error", json_string(problem ? problem : "nobody could be reached"));
    calls_answer(run, frame, result);
}

void telling_told(struct run *run, struct frame *frame, bool is_reached)
{
    frame->telling--;
    frame->told += is_reached;
    if (!frame->telling)
        finish(run, frame, NULL);
}

static void tell(
    struct run *run, struct frame *frame, const struct message *message, const struct strings *to)
{
    struct targets targets = {0};

    reach_expand(message->people, to, run->wall_us, &targets);
    for (size_t i = 0; i < targets.len; i++) {
        enum notice_begun how = notice_begin(run, message, &targets.items[i]);

        frame->telling += how == NOTICE_BEGUN;
        frame->told += how == NOTICE_KEPT;
    }
    free(targets.items);
    if (!frame->telling)
        finish(run, frame, frame->told ? NULL : "nobody who is named can be reached");
}

void telling_begin(struct run *run, struct frame *frame, const json_t *args)
{
    const char *text = value_get_string(args, "message"), *severity = value_get_string(args, "severity");
    const char *unknown = NULL;
    struct strings names = {0};
    struct message message = {
        .people = &frame->document->people,
        .text = text ? text : "",
        .severity = severity ? severity : frame->document->severity,
        .frame = frame,
        .call = json_array_size(frame->calls),
    };

    frame->telling = frame->told = 0;
    if (find_names(message.people, json_object_get(args, "to"), &names, &unknown)) {
        tell(run, frame, &message, &names);
    } else {
        char *problem autofree = mem_printf(
            "nobody is called \"%s\": there is no such contact, group, rotation, policy or channel", unknown);

        finish(run, frame, problem);
    }
    free(names.items);
}
