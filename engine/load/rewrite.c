#include "load/rewrite.h"
#include "load/emit.h"
#include "load/node.h"

#include <string.h>

/* Lines from..to (from 1, `to` not included) give way to others. */
struct change {
    uint32_t from, to;
    char *text;
};

struct rewriter {
    const struct source *source;
    struct node *root;
    struct change *changes;
    size_t len, cap;
    uint32_t line_count;
    struct diags *diags;
};

/* --- lines --- */

static const char *line_at(const struct rewriter *rewriter, uint32_t line)
{
    const char *at = rewriter->source->text, *end = at + rewriter->source->len;

    for (; line > 1 && at < end; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        at = newline ? newline + 1 : end;
    }
    return at;
}

static bool says_nothing(const char *line)
{
    line += strspn(line, " \t\r");
    return !*line || *line == '\n' || *line == '#';
}

/* Blank lines and comments before `end` belong to what follows. */
static uint32_t without_rest(const struct rewriter *rewriter, uint32_t begin, uint32_t end)
{
    while (end - 1 > begin && says_nothing(line_at(rewriter, end - 1)))
        end--;
    return end;
}

static uint32_t count_lines(const struct source *source)
{
    uint32_t count = 0;

    for (size_t i = 0; i < source->len; i++)
        count += source->text[i] == '\n';
    return count + (source->len && source->text[source->len - 1] != '\n');
}

static bool is_flow(const struct rewriter *rewriter, const struct node *node)
{
    const char *line = line_at(rewriter, node->line);

    return node->type == NODE_MAP && node->len && line[node->column - 1] == '{';
}

/* --- changes --- */

/* The lines of a map under `indent` spaces. */
static void put_lines(struct text *text, const json_t *map, uint32_t indent)
{
    struct text lines autotext = {0};

    yaml_emit(map, &lines);
    for (const char *line = text_str(&lines); *line;) {
        size_t len = strcspn(line, "\n");

        text_printf(text, "%*s%.*s\n", (int)indent, "", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

static void change(struct rewriter *rewriter, uint32_t from, uint32_t to, const json_t *map, uint32_t indent)
{
    struct text text = {0};

    put_lines(&text, map, indent);
    rewriter->changes =
        mem_grow(rewriter->changes, rewriter->len, &rewriter->cap, sizeof(*rewriter->changes));
    rewriter->changes[rewriter->len++] = (struct change){from, to, text_take(&text)};
}

static const struct pair *pair_of(const struct node *map, const char *key)
{
    for (size_t i = 0; i < map->len; i++)
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return &map->pairs[i];
    return NULL;
}

/* Where the lines of a pair end: at the next pair of its map, or where the map itself ends. */
static uint32_t end_of(
    const struct rewriter *rewriter, const struct node *map, const struct pair *pair, uint32_t end)
{
    size_t i = (size_t)(pair - map->pairs);
    uint32_t next = i + 1 < map->len ? map->pairs[i + 1].key->line : end;

    return without_rest(rewriter, pair->key->line, next);
}

static json_t *wrapped(const char *key, const json_t *value)
{
    return json_pack("{s:O}", key, value);
}

/* An `expect` in lines of its own: key by key. A key that is new comes last. */
static void change_keys(
    struct rewriter *rewriter, const struct pair *expect, uint32_t end, const json_t *values)
{
    const struct node *map = expect->value;
    json_t *added autovalue = json_object(), *value;
    const char *key;

    for (size_t i = 0; i < map->len; i++) {
        const struct pair *pair = &map->pairs[i];
        json_t *one autovalue = NULL;

        value = json_object_get(values, pair->key->text);
        if (!value)
            continue;
        one = wrapped(pair->key->text, value);
        change(rewriter, pair->key->line, end_of(rewriter, map, pair, end), one, pair->key->column - 1);
    }
    json_object_foreach((json_t *)values, key, value) if (!pair_of(map, key))
        json_object_set(added, key, value);
    if (json_object_size(added))
        change(rewriter, end, end, added, map->pairs[0].key->column - 1);
}

/* One in brackets, or none: all of it in lines. */
static void change_whole(struct rewriter *rewriter, uint32_t from, uint32_t to, const struct node *before,
    const json_t *values, uint32_t indent)
{
    json_t *all = before && before->type == NODE_MAP ? node_json(before) : json_object();
    json_t *expect autovalue = NULL;

    json_object_update(all, (json_t *)values);
    expect = json_pack("{s:o}", "expect", all);
    change(rewriter, from, to, expect, indent);
}

static void rewrite(
    struct rewriter *rewriter, const struct node *map, uint32_t end, const struct rewriting *rewriting)
{
    const struct pair *expect = pair_of(map, "expect");
    uint32_t indent = map->pairs[0].key->column - 1, last = without_rest(rewriter, map->line, end);

    if (!expect)
        change_whole(rewriter, last, last, NULL, rewriting->values, indent);
    else if (expect->value->type != NODE_MAP || is_flow(rewriter, expect->value))
        change_whole(rewriter, expect->key->line, end_of(rewriter, map, expect, end), expect->value,
            rewriting->values, indent);
    else
        change_keys(rewriter, expect, end_of(rewriter, map, expect, end), rewriting->values);
}

/* --- the file --- */

static void find_and_rewrite(struct rewriter *rewriter, const struct rewriting *rewriting)
{
    const struct node *list = node_get(rewriter->root, "scenarios");

    for (size_t i = 0; list && list->type == NODE_LIST && i < list->len; i++) {
        const struct node *node = list->items[i];
        uint32_t end = i + 1 < list->len ? list->items[i + 1]->line : rewriter->line_count + 1;

        if (node->line != rewriting->scenario->pos.line)
            continue;
        if (node->type == NODE_MAP && !is_flow(rewriter, node)) {
            rewrite(rewriter, node, end, rewriting);
            return;
        }
    }
    diag_hint(rewriter->diags,
        diag_error(rewriter->diags, rewriting->scenario->pos, "update",
            "the expectations of this scenario cannot be written for you"),
        "write the scenario with each key in a line of its own, then --update it again");
}

static void put_difference(const struct rewriter *rewriter, const struct change *change, struct text *text)
{
    text_printf(text, "%s:%u\n", rewriter->source->path, change->from);
    for (uint32_t line = change->from; line < change->to; line++) {
        const char *at = line_at(rewriter, line);

        text_printf(text, "-%.*s\n", (int)strcspn(at, "\n"), at);
    }
    for (const char *line = change->text; *line; line += strcspn(line, "\n") + 1)
        text_printf(text, "+%.*s\n", (int)strcspn(line, "\n"), line);
}

static void apply(const struct rewriter *rewriter, struct text *text, struct text *difference)
{
    uint32_t line = 1;

    for (size_t i = 0; i < rewriter->len; i++) {
        const struct change *change = &rewriter->changes[i];
        const char *from = line_at(rewriter, line), *to = line_at(rewriter, change->from);

        text_add(text, from, (size_t)(to - from));
        if (text->len && text->ptr[text->len - 1] != '\n')
            text_putc(text, '\n');
        text_puts(text, change->text);
        put_difference(rewriter, change, difference);
        line = change->to;
    }
    text_puts(text, line_at(rewriter, line));
}

void scenarios_rewrite(const struct scenario_file *file, const struct rewriting *rewritings, size_t count,
    struct text *ret_text, struct text *ret_difference, struct diags *diags)
{
    struct arena arena = {0};
    struct tree tree = {.source = file->source, .diags = diags, .nodes = &arena, .texts = &arena};
    struct rewriter rewriter = {
        .source = file->source, .line_count = count_lines(file->source), .diags = diags};

    tree_read(&tree);
    rewriter.root = tree.root;
    for (size_t i = 0; i < count && tree.root; i++)
        find_and_rewrite(&rewriter, &rewritings[i]);
    apply(&rewriter, ret_text, ret_difference);
    for (size_t i = 0; i < rewriter.len; i++)
        free(rewriter.changes[i].text);
    free(rewriter.changes);
    arena_fini(&arena);
}
