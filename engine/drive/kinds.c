#include "drive/kinds.h"
#include "core/core.h"
#include "step/step.h"

enum { KINDS_MAX = 64 };

static size_t count(kind_list list)
{
    size_t n = 0;

    while (list[n])
        n++;
    return n;
}

kind_list all_kinds(void)
{
    static const struct kind *all[KINDS_MAX];
    size_t core = count(core_kinds), step = count(step_kinds);

    if (!all[0] && core + step < KINDS_MAX) {
        for (size_t i = step; i-- > 0;)
            all[core + i] = step_kinds[i];
        for (size_t i = core; i-- > 0;)
            all[i] = core_kinds[i];
    }
    return all;
}
