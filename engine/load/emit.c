#include "load/emit.h"
#include "load/node.h"

#include <string.h>
#include <yaml.h>

enum { LINES_DEEP = 2 };

static int append(void *context, unsigned char *bytes, size_t len)
{
    text_add(context, (const char *)bytes, len);
    return 1;
}

/* Would a reader take the text for something else, were it not in quotes? */
static bool needs_quotes(const char *string)
{
    struct node node = {.type = NODE_STRING, .text = string, .len = (uint32_t)strlen(string)};

    scalar_resolve(&node);
    return node.type != NODE_STRING;
}

static void emit_text(yaml_emitter_t *emitter, const char *string, bool is_plain)
{
    yaml_event_t event;

    yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)string, -1, 1, 1,
        is_plain ? YAML_ANY_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    yaml_emitter_emit(emitter, &event);
}

static void emit_value(yaml_emitter_t *emitter, const json_t *value, int depth);

static void emit_map(yaml_emitter_t *emitter, const json_t *map, int depth)
{
    bool in_lines = depth < LINES_DEEP && json_object_size(map);
    yaml_event_t event;
    const char *key;
    json_t *value;

    yaml_mapping_start_event_initialize(
        &event, NULL, NULL, 1, in_lines ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE);
    yaml_emitter_emit(emitter, &event);
    json_object_foreach((json_t *)map, key, value)
    {
        emit_text(emitter, key, !needs_quotes(key));
        emit_value(emitter, value, depth + 1);
    }
    yaml_mapping_end_event_initialize(&event);
    yaml_emitter_emit(emitter, &event);
}

static void emit_list(yaml_emitter_t *emitter, const json_t *list)
{
    yaml_event_t event;
    json_t *value;
    size_t i;

    yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_FLOW_SEQUENCE_STYLE);
    yaml_emitter_emit(emitter, &event);
    json_array_foreach((json_t *)list, i, value) emit_value(emitter, value, LINES_DEEP);
    yaml_sequence_end_event_initialize(&event);
    yaml_emitter_emit(emitter, &event);
}

static void emit_value(yaml_emitter_t *emitter, const json_t *value, int depth)
{
    const char *string = json_string_value(value);
    char *other = NULL;

    if (json_is_object(value)) {
        emit_map(emitter, value, depth);
    } else if (json_is_array(value)) {
        emit_list(emitter, value);
    } else if (string) {
        emit_text(emitter, string, !needs_quotes(string));
    } else {
        other = json_dumps(value, JSON_ENCODE_ANY);
        emit_text(emitter, other, true);
        free(other);
    }
}

void yaml_emit(const json_t *value, struct text *text)
{
    yaml_emitter_t emitter;
    yaml_event_t event;

    yaml_emitter_initialize(&emitter);
    yaml_emitter_set_output(&emitter, append, text);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    yaml_emitter_emit(&emitter, &event);
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    yaml_emitter_emit(&emitter, &event);
    emit_value(&emitter, value, 0);
    yaml_document_end_event_initialize(&event, 1);
    yaml_emitter_emit(&emitter, &event);
    yaml_stream_end_event_initialize(&event);
    yaml_emitter_emit(&emitter, &event);
    yaml_emitter_delete(&emitter);
}
