#include "load/load.h"

void load_reference(kind_list kinds, struct text *text)
{
    (void)kinds;
    (void)text;
}
