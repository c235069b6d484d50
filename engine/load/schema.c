#include "load/load.h"

json_t *load_schema(kind_list kinds)
{
    (void)kinds;
    return json_object();
}
