/* value: YAML that is plain data. */
#include "load/load.h"
#include "load/node.h"

json_t *load_value(const struct source *source, struct diags *diags)
{
    struct arena arena = {0};
    struct tree tree = {.source = source, .diags = diags, .nodes = &arena, .texts = &arena};
    size_t before = diags->errors;
    json_t *value = NULL;

    tree_read(&tree);
    if (diags->errors == before)
        value = tree.root ? node_json(tree.root) : json_null();
    arena_fini(&arena);
    return value;
}
