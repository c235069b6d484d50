/* parse: the text a step brought, as a value. */
#include "step/step.h"

#include "base/mem.h"
#include "load/load.h"
#include "step/csv.h"

#include <string.h>

typedef json_t *(*parser)(const char *text, size_t len, struct err *err);

static json_t *parse_json(const char *text, size_t len, struct err *err)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

    if (!value)
        err_set(err, ERR_INVALID, "line %d, column %d: %.200s", error.line, error.column, error.text);
    return value;
}

/* Without the line break that ends it. */
static size_t trimmed(const char *line, size_t len)
{
    if (len && line[len - 1] == '\r')
        len--;
    return len;
}

static json_t *parse_lines(const char *text, size_t len, struct err *err)
{
    const char *end = text + len, *newline;
    json_t *list = json_array();

    (void)err;
    for (; text < end; text = newline + 1) {
        newline = memchr(text, '\n', (size_t)(end - text));
        newline = newline ? newline : end;
        json_array_append_new(list, value_string(text, trimmed(text, (size_t)(newline - text))));
    }
    return list;
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

static const char *skip_blank_back(const char *start, const char *at)
{
    while (at > start && (at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\r'))
        at--;
    return at;
}

/* name=value or name: value; quotes around the value are taken off, as in os-release. */
static int parse_pair(json_t *map, const char *line, const char *end, struct err *err)
{
    const char *sign = line, *value, *name_end;
    char *name autofree = NULL;

    while (sign < end && *sign != '=' && *sign != ':')
        sign++;
    name_end = skip_blank_back(line, sign);
    if (sign == end || name_end == line)
        return err_set(
            err, ERR_INVALID, "\"%.*s\" is not name=value", (int)(end - line < 80 ? end - line : 80), line);
    value = skip_blank(sign + 1, end);
    end = skip_blank_back(value, end);
    if (end - value >= 2 && (*value == '"' || *value == '\'') && end[-1] == *value) {
        value++;
        end--;
    }
    name = mem_strndup(line, (size_t)(name_end - line));
    json_object_set_new(map, name, value_string(value, (size_t)(end - value)));
    return 0;
}

static json_t *parse_kv(const char *text, size_t len, struct err *err)
{
    const char *end = text + len, *newline;
    json_t *map = json_object();
    size_t number = 1;

    for (; text < end; text = newline + 1, number++) {
        const char *line;

        newline = memchr(text, '\n', (size_t)(end - text));
        newline = newline ? newline : end;
        line = skip_blank(text, newline);
        if (line == newline || *line == '#')
            continue;
        if (parse_pair(map, line, newline, err) < 0) {
            err_wrap(err, "line %zu", number);
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

static json_t *parse_text(const char *text, size_t len, struct err *err)
{
    (void)err;
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    return value_string(text, len);
}

static const struct {
    const char *name;
    parser parse;
} parsers[] = {
    [PARSE_JSON] = {"JSON", parse_json},
    [PARSE_YAML] = {"YAML", load_text},
    [PARSE_LINES] = {"lines", parse_lines},
    [PARSE_KV] = {"name=value lines", parse_kv},
    [PARSE_CSV] = {"CSV", csv_parse},
    [PARSE_TEXT] = {"text", parse_text},
};

/* An attempt that failed already keeps its class: success_when may still want the output. */
static void refuse(struct outcome *outcome, const char *what, const char *name, const char *why)
{
    if (outcome->class_ != FAIL_NONE)
        return;
    outcome->class_ = FAIL_PARSE;
    outcome->message = mem_printf("%s is not %s: %s", what, name, why);
}

void outcome_parse(struct outcome *outcome, enum parse_as parse)
{
    json_t *text = json_object_get(outcome->result, "stdout");
    const char *what = text ? "the output" : "the body";
    struct err err = {0};
    json_t *value;

    if (!text)
        text = json_object_get(outcome->result, "body");
    if (parse == PARSE_NONE || !json_is_string(text) || json_object_get(outcome->result, "output"))
        return;
    if (json_object_get(outcome->result, "omitted_bytes")) {
        refuse(outcome, what, parsers[parse].name,
            "it is too long, and its middle was left out; write it to a file, or print less");
        return;
    }
    value = parsers[parse].parse(json_string_value(text), json_string_length(text), &err);
    if (value)
        json_object_set_new(outcome->result, "output", value);
    else
        refuse(outcome, what, parsers[parse].name, err.text);
}
