#include "load/node.h"

#include <math.h>
#include <string.h>

struct pos node_pos(const struct source *source, const struct node *node)
{
    return (struct pos){source, node->line, node->column, node->length};
}

struct node *node_get(const struct node *map, const char *key)
{
    for (size_t i = 0; map->type == NODE_MAP && i < map->len; i++)
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

enum { SHOWN_MAX = 40 };

/* The beginning of a text, on one line. */
static const char *shorten(struct arena *arena, const struct node *node)
{
    size_t len = strcspn(node->text, "\r\n");
    bool is_cut = len < node->len;

    if (len > SHOWN_MAX) {
        is_cut = true;
        for (len = SHOWN_MAX; len && ((unsigned char)node->text[len] & 0xC0) == 0x80; len--)
            ;
    }
    return arena_printf(arena, "%.*s%s", (int)len, node->text, is_cut ? "…" : "");
}

const char *node_describe(struct arena *arena, const struct node *node)
{
    switch (node->type) {
    case NODE_NULL:
        return "nothing";
    case NODE_BOOL:
        return arena_printf(arena, "the boolean %s", node->text);
    case NODE_INTEGER:
        return arena_printf(arena, "the integer %s", shorten(arena, node));
    case NODE_NUMBER:
        return arena_printf(arena, "the number %s", shorten(arena, node));
    case NODE_STRING:
        return arena_printf(arena, "the text \"%s\"", shorten(arena, node));
    case NODE_LIST:
        return "a list";
    case NODE_MAP:
        return "a mapping";
    }
    return "";
}

static json_t *list_json(const struct node *node)
{
    json_t *list = json_array();

    for (size_t i = 0; i < node->len; i++)
        json_array_append_new(list, node_json(node->items[i]));
    return list;
}

static json_t *map_json(const struct node *node)
{
    json_t *map = json_object();

    for (size_t i = 0; i < node->len; i++)
        json_object_set_new_nocheck(map, node->pairs[i].key->text, node_json(node->pairs[i].value));
    return map;
}

json_t *node_json(const struct node *node)
{
    switch (node->type) {
    case NODE_NULL:
        return json_null();
    case NODE_BOOL:
        return json_boolean(node->boolean);
    case NODE_INTEGER:
        return json_integer(node->integer);
    case NODE_NUMBER:
        /* JSON has no infinity: the text stays. */
        return isfinite(node->number) ? json_real(node->number) : json_stringn_nocheck(node->text, node->len);
    case NODE_STRING:
        return json_stringn_nocheck(node->text, node->len);
    case NODE_LIST:
        return list_json(node);
    case NODE_MAP:
        return map_json(node);
    }
    return json_null();
}
