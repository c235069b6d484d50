#include "core/storm.h"

#include "base/mem.h"

#include <string.h>

static const int64_t usual_count = 5, usual_every_ms = 60000;

static struct gate *find(struct run *run, const struct gate *wanted)
{
    struct gate *gate;

    for (size_t i = 0; i < run->gate_count; i++) {
        gate = &run->gates[i];
        if (strcmp(gate->target, wanted->target) == 0 && strcmp(gate->channel, wanted->channel) == 0)
            return gate;
    }
    run->gates = mem_grow(run->gates, run->gate_count, &run->gate_cap, sizeof(*run->gates));
    gate = &run->gates[run->gate_count++];
    *gate = (struct gate){.target = wanted->target, .channel = wanted->channel, .opened_us = -1};
    return gate;
}

bool storm_pass(struct run *run, const struct channel *channel, const struct gate *wanted, bool is_page,
    int64_t *ret_opens_us)
{
    const struct limit *limit = channel->limit;
    struct gate *gate;
    int64_t every_us;

    if (!limit)
        return true;
    gate = find(run, wanted);
    every_us = scope_root_duration(run, &limit->every, usual_every_ms) * 1000;
    if (gate->opened_us < 0 || run->mono_us >= gate->opened_us + every_us)
        *gate = (struct gate){.target = gate->target, .channel = gate->channel, .opened_us = run->mono_us};
    *ret_opens_us = gate->opened_us + every_us;
    if (gate->count >= scope_root_integer(run, &limit->count, usual_count) && (!is_page || gate->has_paged))
        return false;
    gate->count++;
    gate->has_paged |= is_page;
    return true;
}

void storm_copy(const struct run *from, struct run *to)
{
    to->gates = NULL;
    to->gate_cap = 0;
    to->gate_count = 0;
    while (to->gate_count < from->gate_count) {
        to->gates = mem_grow(to->gates, to->gate_count, &to->gate_cap, sizeof(*to->gates));
        to->gates[to->gate_count] = from->gates[to->gate_count];
        to->gate_count++;
    }
}
