/* What scenarios say of their runbook must be possible. */
#include "load/scenario.h"

void scenarios_check(struct scenario_file *file, const struct book *book, struct diags *diags)
{
    (void)file, (void)book, (void)diags;
}
