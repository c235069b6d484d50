#include "cli/audit_inside.h"

int audit_cli_prove(struct cli *cli)
{
    return cli_usage(cli, "later");
}

int audit_cli_check(struct cli *cli)
{
    return cli_usage(cli, "later");
}
