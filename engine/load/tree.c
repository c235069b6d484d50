/* tree: libyaml's events become nodes. The document API is not used: it has no positions of keys, no bound on
 * aliases, and keeps duplicate keys. */
#include "load/node.h"
#include "base/map.h"
#include "load/syntax.h"

#include <assert.h>
#include <string.h>

/* A list or mapping that is being read: its children are on the stack from `base` on. */
struct frame {
    struct node *node;
    size_t base;
};

struct reader {
    struct tree *tree;
    yaml_parser_t parser;
    yaml_event_t event;
    const char *text;
    size_t text_len;
    struct frame frames[LOAD_MAX_DEPTH + 1];
    size_t depth;
    struct node **stack;
    size_t len, cap;
    struct map anchors;
    size_t nodes, bytes; /* read so far, aliases in full */
    bool is_ascii;
    size_t mark_index, mark_offset; /* a character of the text and its byte: the last one asked for */
    size_t documents;
    bool is_done;
};

static struct pos event_pos(const struct reader *r)
{
    const yaml_mark_t *start = &r->event.start_mark, *end = &r->event.end_mark;
    size_t length = end->line == start->line ? end->column - start->column : 1;

    return (struct pos){
        r->tree->source, (uint32_t)start->line + 1, (uint32_t)start->column + 1, (uint32_t)length};
}

static void stop(struct reader *r)
{
    r->tree->is_broken = true;
    r->is_done = true;
}

static void stop_at_cap(struct reader *r, const char *what, int cap)
{
    if (!r->tree->is_broken) {
        struct diag *diag =
            diag_error(r->tree->diags, event_pos(r), "limit", "%s: at most %d are allowed", what, cap);

        diag_hint(r->tree->diags, diag, "divide the runbook and join the parts with `call`");
    }
    stop(r);
}

static bool count_nodes(struct reader *r, size_t weight, size_t bytes)
{
    r->nodes += weight;
    r->bytes += bytes;
    if (r->nodes > LOAD_MAX_NODES)
        stop_at_cap(r, "too many values, aliases counted in full", LOAD_MAX_NODES);
    else if (r->bytes > LOAD_MAX_TEXT)
        stop_at_cap(r, "too many bytes of text, aliases counted in full", LOAD_MAX_TEXT);
    else
        return true;
    return false;
}

/* No byte is zero or above 127; eight at a time, for this looks at all there is. */
static bool is_ascii(const char *text, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t found = 0, word;
    size_t i = 0;

    for (; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        found |= (word | (word - ones)) & highs;
    }
    for (; i < len; i++)
        found |= (unsigned char)text[i] >= 0x80 || !text[i];
    return !found;
}

/* libyaml's marks count characters. They are asked for in rising order, so this is one pass over the text. */
static uint32_t byte_offset(struct reader *r, yaml_mark_t mark)
{
    if (r->is_ascii)
        return (uint32_t)(mark.index + (size_t)(r->text - r->tree->source->text));
    for (; r->mark_index < mark.index && r->mark_offset < r->text_len; r->mark_index++)
        for (r->mark_offset++;
             r->mark_offset < r->text_len && ((unsigned char)r->text[r->mark_offset] & 0xC0) == 0x80;)
            r->mark_offset++;
    return (uint32_t)(r->mark_offset + (size_t)(r->text - r->tree->source->text));
}

static struct node *new_node(struct reader *r)
{
    struct node *node = arena_alloc(r->tree->nodes, sizeof(*node));
    struct pos pos = event_pos(r);

    node->line = pos.line;
    node->column = pos.column;
    node->length = pos.length;
    node->is_single_line = r->event.end_mark.line == r->event.start_mark.line;
    node->weight = 1;
    return node;
}

/* A complete value joins the collection around it. */
static void push(struct reader *r, struct node *node)
{
    if (r->depth + node->height > LOAD_MAX_DEPTH) {
        stop_at_cap(r, "nested too deeply: a list of steps in a step takes two levels", LOAD_MAX_DEPTH);
        return;
    }
    r->stack = mem_grow(r->stack, r->len, &r->cap, sizeof(struct node *));
    r->stack[r->len++] = node;
}

static void set_anchor(struct reader *r, const yaml_char_t *anchor, struct node *node)
{
    if (anchor)
        map_put(&r->anchors, (const char *)anchor, node);
}

static void refuse_tag(struct reader *r, const yaml_char_t *tag)
{
    static const char standard[] = "tag:yaml.org,2002:";
    const char *name = (const char *)tag;
    bool is_standard = name && strncmp(name, standard, strlen(standard)) == 0;
    struct diag *diag;

    if (!tag)
        return;
    diag = diag_error(r->tree->diags, event_pos(r), "tag", "tags are not supported: %s%s",
        is_standard ? "!!" : "", is_standard ? name + strlen(standard) : name);
    diag_hint(r->tree->diags, diag, "leave it out; quotes make any value a text");
}

static void read_scalar(struct reader *r)
{
    struct node *node = new_node(r);
    const char *value = (const char *)r->event.data.scalar.value;

    node->len = (uint32_t)r->event.data.scalar.length;
    node->text = arena_strndup(r->tree->texts, value, node->len);
    node->is_quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    refuse_tag(r, r->event.data.scalar.tag);
    if (memchr(value, '\0', node->len)) {
        diag_error(r->tree->diags, event_pos(r), "syntax", "a text may not contain the character NUL");
        node->len = (uint32_t)strlen(node->text);
    }
    scalar_resolve(node);
    node->bytes = node->len;
    if (node->type == NODE_STRING && strstr(node->text, "${{")) {
        node->has_expr = true;
        node->begin = byte_offset(r, r->event.start_mark);
        node->end = byte_offset(r, r->event.end_mark);
    }
    set_anchor(r, r->event.data.scalar.anchor, node);
    if (count_nodes(r, 1, node->len))
        push(r, node);
}

static void read_alias(struct reader *r)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    struct node *node = map_get(&r->anchors, name);

    if (!node) {
        diag_error(
            r->tree->diags, event_pos(r), "alias", "there is no anchor \"&%s\" before this place", name);
        node = new_node(r);
        node->text = "";
        node->is_open = true;
    } else if (node->is_open) {
        diag_error(r->tree->diags, event_pos(r), "alias", "\"*%s\" stands inside what it names", name);
        node = new_node(r);
        node->text = "";
        node->is_open = true;
    }
    if (count_nodes(r, node->weight, node->bytes))
        push(r, node);
}

static void open_collection(
    struct reader *r, enum node_type type, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct node *node;

    refuse_tag(r, tag);
    if (r->depth >= LOAD_MAX_DEPTH) {
        stop_at_cap(r, "nested too deeply: a list of steps in a step takes two levels", LOAD_MAX_DEPTH);
        return;
    }
    if (!count_nodes(r, 1, 0))
        return;
    node = new_node(r);
    node->type = type;
    node->is_open = true;
    set_anchor(r, anchor, node);
    r->frames[r->depth++] = (struct frame){node, r->len};
}

static void add_child(struct node *node, const struct node *child)
{
    if (child->height >= node->height)
        node->height = (uint8_t)(child->height + 1);
    node->weight += child->weight;
    node->bytes += child->bytes;
    node->has_expr |= child->has_expr;
}

static void fill_list(struct reader *r, struct node *node, struct node **children, size_t count)
{
    assert(children || !count);
    node->len = (uint32_t)count;
    node->items = arena_alloc(r->tree->nodes, count * sizeof(*children));
    if (count)
        memcpy(node->items, children, count * sizeof(*children));
    for (size_t i = 0; i < count; i++)
        add_child(node, children[i]);
}

enum { FEW_KEYS = 16 };

/* The keys of one mapping: looked through while they are few, hashed when they are many. */
struct keys {
    bool is_refused; /* some keys were: what the mapping lacks may be among them */
    struct pair *pairs;
    size_t len, cap;
    struct map map;
};

static const struct pair *keys_find(struct keys *keys, const struct node *key)
{
    size_t at;

    if (keys->len > FEW_KEYS) {
        at = (size_t)(uintptr_t)map_get(&keys->map, key->text);
        return at ? &keys->pairs[at - 1] : NULL;
    }
    for (size_t i = 0; i < keys->len; i++) {
        const struct node *other = keys->pairs[i].key;

        if (other->len == key->len && memcmp(other->text, key->text, key->len) == 0)
            return &keys->pairs[i];
    }
    return NULL;
}

static void keys_add(struct keys *keys, struct pair pair)
{
    keys->pairs = mem_grow(keys->pairs, keys->len, &keys->cap, sizeof(*keys->pairs));
    keys->pairs[keys->len++] = pair;
    if (keys->len <= FEW_KEYS)
        return;
    for (size_t i = keys->len == FEW_KEYS + 1 ? 0 : keys->len - 1; i < keys->len; i++)
        map_put(&keys->map, keys->pairs[i].key->text, (void *)(uintptr_t)(i + 1));
}

static bool is_merge(const struct node *key)
{
    return key->len == 2 && !key->is_quoted && strcmp(key->text, "<<") == 0;
}

/* What stands in the mapping itself goes before what is merged in. */
static void merge_map(struct reader *r, struct keys *keys, const struct node *from, struct pos pos)
{
    if (from->type != NODE_MAP) {
        struct diag *diag =
            diag_error(r->tree->diags, pos, "merge", "\"<<\" takes a mapping or a list of mappings");

        diag_hint(r->tree->diags, diag, "write \"<<: *name\", where \"&name\" stands before a mapping");
        return;
    }
    for (size_t i = 0; i < from->len; i++)
        if (!keys_find(keys, from->pairs[i].key) &&
            count_nodes(r, 1 + from->pairs[i].value->weight, from->pairs[i].value->bytes))
            keys_add(keys, from->pairs[i]);
}

static void merge(struct reader *r, struct keys *keys, const struct node *key, const struct node *value)
{
    struct pos pos = node_pos(r->tree->source, key);

    if (value->type == NODE_LIST && !value->is_open)
        for (size_t i = 0; i < value->len && !r->is_done; i++)
            merge_map(r, keys, value->items[i], pos);
    else if (!value->is_open)
        merge_map(r, keys, value, pos);
}

static void add_pair(struct reader *r, struct keys *keys, struct node *key, struct node *value)
{
    struct pos pos = node_pos(r->tree->source, key);
    const struct pair *before;

    if (key->type == NODE_LIST || key->type == NODE_MAP) {
        struct diag *diag = diag_error(r->tree->diags, pos, "syntax", "a key must be a word, not %s",
            key->type == NODE_LIST ? "a list" : "a mapping");

        diag_hint(r->tree->diags, diag, "put a value that begins with { or [ in quotes");
        keys->is_refused = true;
        return;
    }
    before = keys_find(keys, key);
    if (before) {
        struct diag *diag =
            diag_error(r->tree->diags, pos, "duplicate-key", "the key \"%s\" is written twice", key->text);

        diag_hint(r->tree->diags, diag, "the first is in line %u", before->key->line);
        return;
    }
    keys_add(keys, (struct pair){key, value});
}

static bool fill_map(struct reader *r, struct node *node, struct node **children, size_t count)
{
    struct keys keys = {0};

    assert(children || !count);
    for (size_t i = 0; i + 1 < count; i += 2)
        if (!is_merge(children[i]))
            add_pair(r, &keys, children[i], children[i + 1]);
    for (size_t i = 0; i + 1 < count && !r->is_done; i += 2)
        if (is_merge(children[i]))
            merge(r, &keys, children[i], children[i + 1]);
    node->len = (uint32_t)keys.len;
    node->pairs = arena_alloc(r->tree->nodes, keys.len * sizeof(*keys.pairs));
    if (keys.len)
        memcpy(node->pairs, keys.pairs, keys.len * sizeof(*keys.pairs));
    for (size_t i = 0; i < keys.len; i++) {
        add_child(node, keys.pairs[i].key);
        add_child(node, keys.pairs[i].value);
    }
    free(keys.pairs);
    map_fini(&keys.map);
    return !keys.is_refused;
}

static void close_collection(struct reader *r, bool is_complete)
{
    struct frame *frame = &r->frames[--r->depth];
    struct node *node = frame->node, **children = r->stack ? &r->stack[frame->base] : NULL;
    size_t count = r->len - frame->base;

    if (node->type == NODE_LIST && count)
        fill_list(r, node, children, count);
    else if (node->type == NODE_MAP)
        is_complete &= fill_map(r, node, children, count);
    r->len = frame->base;
    node->is_open = !is_complete;
    if (is_complete && r->event.end_mark.line + 1 == node->line)
        node->length = (uint32_t)r->event.end_mark.column + 1 - node->column;
    push(r, node);
}

static void start_document(struct reader *r)
{
    struct diag *diag;

    if (++r->documents == 1)
        return;
    diag = diag_error(r->tree->diags, event_pos(r), "documents", "a second YAML document begins here");
    diag_hint(r->tree->diags, diag, "one file is one document; leave out the \"---\"");
    r->is_done = true;
}

static void take_event(struct reader *r)
{
    switch (r->event.type) {
    case YAML_SCALAR_EVENT:
        read_scalar(r);
        break;
    case YAML_ALIAS_EVENT:
        read_alias(r);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_collection(r, NODE_LIST, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        open_collection(r, NODE_MAP, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_collection(r, true);
        break;
    case YAML_DOCUMENT_START_EVENT:
        start_document(r);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_END_EVENT:
        r->is_done = true;
        break;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

/* How much of the text can be read: all, or the lines before the first byte that is no character. */
static size_t readable(struct tree *tree, const char *text, size_t len)
{
    size_t valid = utf8_valid(text, len);
    struct diag *diag;

    if (valid == len)
        return len;
    diag = diag_error(tree->diags, syntax_pos_of(tree->source, text, valid), "encoding",
        text[valid] ? "this byte (0x%02x) is not UTF-8" : "a NUL byte (0x%02x)", (unsigned char)text[valid]);
    diag_hint(tree->diags, diag, "save the file as UTF-8 text");
    tree->is_broken = true;
    while (valid && text[valid - 1] != '\n')
        valid--;
    return valid;
}

/* Where the text breaks off, what is missing may follow: in the last value, and in all that it stands in. */
static void leave_open(struct node *node)
{
    while (node) {
        node->is_open = true;
        if (node->type == NODE_LIST && node->len)
            node = node->items[node->len - 1];
        else if (node->type == NODE_MAP && node->len)
            node = node->pairs[node->len - 1].value;
        else
            break;
    }
}

static void read_events(struct reader *r)
{
    while (!r->is_done) {
        if (!yaml_parser_parse(&r->parser, &r->event)) {
            syntax_report(r->tree, &r->parser, r->text, r->text_len);
            stop(r);
            break;
        }
        take_event(r);
        yaml_event_delete(&r->event);
    }
    memset(&r->event, 0, sizeof(r->event));
    r->is_done = false;
    /* What was complete before the error is checked all the same. */
    while (r->depth)
        close_collection(r, false);
    r->tree->root = r->len ? r->stack[0] : NULL;
    if (r->tree->is_broken)
        leave_open(r->tree->root);
}

void tree_read(struct tree *tree)
{
    const char *text = tree->source->text;
    size_t skip = strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    struct reader r = {.tree = tree, .text = text + skip, .text_len = tree->source->len - skip};

    tree->root = NULL;
    if (tree->source->len > LOAD_MAX_BYTES) {
        diag_error(tree->diags, (struct pos){.source = tree->source}, "limit",
            "the file has %zu bytes: at most %d (1 MiB) are allowed", tree->source->len, LOAD_MAX_BYTES);
        tree->is_broken = true;
        return;
    }
    r.is_ascii = is_ascii(r.text, r.text_len);
    if (!r.is_ascii)
        r.text_len = readable(tree, r.text, r.text_len);
    yaml_parser_initialize(&r.parser);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text, r.text_len);
    read_events(&r);
    yaml_parser_delete(&r.parser);
    map_fini(&r.anchors);
    free(r.stack);
}
