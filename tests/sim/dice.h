/* dice: random numbers that are the same wherever the seed is. */
#ifndef TESTS_SIM_DICE_H
#define TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* splitmix64 */
static inline uint64_t dice_roll(struct dice *dice)
{
    uint64_t x = dice->state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* From 0 to n - 1. */
static inline uint32_t dice_below(struct dice *dice, uint32_t n)
{
    return (uint32_t)(dice_roll(dice) % n);
}

static inline bool dice_percent(struct dice *dice, uint32_t percent)
{
    return dice_below(dice, 100) < percent;
}

#endif
