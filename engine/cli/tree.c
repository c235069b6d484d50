#include "cli/view.h"
struct view tree_view(const struct view_options *options)
{
    return plain_view(options);
}
