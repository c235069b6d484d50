/* notice_keep: notices as a whole: freed, and copied with their run. */
#include "core/notice.h"

#include "core/escalation.h"
#include "core/timer.h"

#include <stdlib.h>

void notice_free(struct notice *notice)
{
    free(notice->text);
    free(notice->severity);
    free(notice->owner);
    free(notice->path);
    json_decref(notice->next_level);
    json_decref(notice->args);
    timer_forget_all(&notice->node);
    free(notice);
}

void notice_free_all(struct run *run)
{
    while (run->notices) {
        struct notice *notice = run->notices;

        run->notices = notice->next;
        notice_free(notice);
    }
}

/* --- copies --- */

static struct notice *twin_of(struct run *to, const struct notice *notice)
{
    struct notice *twin = mem_alloc(sizeof(*twin));

    *twin = *notice;
    node_copy(to, &notice->node, &twin->node);
    twin->next = twin->prev = twin->copy = NULL;
    twin->text = mem_strdup(notice->text);
    twin->severity = mem_strdup(notice->severity);
    twin->owner = mem_strdup(notice->owner);
    twin->path = mem_strdup(notice->path);
    json_incref(twin->next_level);
    json_incref(twin->args);
    twin->escalating = notice->escalating ? escalation_twin(notice->escalating) : NULL;
    twin->frame = notice->frame ? notice->frame->copy : NULL;
    return twin;
}

void notice_copy_all(const struct run *from, struct run *to)
{
    struct notice **end = &to->notices;

    for (struct notice *notice = from->notices; notice; notice = notice->next) {
        *end = notice->copy = twin_of(to, notice);
        notice->copy->prev = to->last_notice;
        to->last_notice = notice->copy;
        end = &notice->copy->next;
    }
    for (struct notice *notice = from->notices; notice; notice = notice->next)
        if (notice->carrier)
            notice->copy->carrier = notice->carrier->copy;
}
