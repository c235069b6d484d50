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

json_t *load_text(const char *text, size_t len, struct err *err)
{
    struct source source = {.path = "text", .text = text, .len = len};
    struct diags diags = {0};
    json_t *value = load_value(&source, &diags);

    if (diags.errors) {
        const struct diag *first = &diags.items[0];

        err_set(
            err, ERR_INVALID, "line %u, column %u: %.300s", first->pos.line, first->pos.column, first->text);
        json_decref(value);
        value = NULL;
    }
    diags_fini(&diags);
    return value;
}
