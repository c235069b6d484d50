/* The core's timers, as timers of the loop. */
#include "base/mem.h"
#include "drive/inside.h"

struct alarm {
    struct live *live;
    uint32_t id, frame;
    struct loop_timer *timer;
};

static void on_due(void *context)
{
    struct alarm *alarm = context;
    struct live *live = alarm->live;
    struct input input = {.type = INPUT_TIMER, .frame = alarm->frame, .timer = alarm->id};

    table_take(&live->alarms, alarm->id);
    free(alarm);
    live_apply(live, &input, NULL); /* refused when it was cleared in a turn that is not performed yet */
}

void alarm_set(struct live *live, const struct effect *effect)
{
    struct alarm *alarm = mem_alloc(sizeof(*alarm));

    *alarm = (struct alarm){.live = live, .id = effect->timer, .frame = effect->frame};
    alarm->timer = loop_timer_start(live->options.loop, live->started_us + effect->due_us, on_due, alarm);
    table_put(&live->alarms, effect->timer, alarm);
}

static void drop(struct live *live, struct alarm *alarm)
{
    table_take(&live->alarms, alarm->id);
    loop_timer_stop(live->options.loop, alarm->timer);
    free(alarm);
}

void alarm_clear(struct live *live, const struct effect *effect)
{
    struct alarm *alarm = table_get(&live->alarms, effect->timer);

    if (alarm)
        drop(live, alarm);
}

void alarms_drop(struct live *live)
{
    struct alarm *alarm;

    while ((alarm = table_any(&live->alarms)))
        drop(live, alarm);
}
