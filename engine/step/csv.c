#include "step/csv.h"

#include <stdbool.h>
#include <string.h>

struct csv {
    const char *at, *end;
    size_t line;
};

/* After a field: is the row over? */
static int end_field(struct csv *csv, bool *ret_is_last, struct err *err)
{
    *ret_is_last = true;
    if (csv->at == csv->end)
        return 0;
    if (*csv->at == ',') {
        csv->at++;
        *ret_is_last = false;
        return 0;
    }
    if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')
        csv->at++;
    if (*csv->at != '\n')
        return err_set(err, ERR_INVALID, "line %zu: there is text after the closing quote", csv->line);
    csv->at++;
    csv->line++;
    return 0;
}

static int read_quoted(struct csv *csv, struct text *field, struct err *err)
{
    size_t began = csv->line;

    for (csv->at++; csv->at < csv->end; csv->at++) {
        if (*csv->at == '\n')
            csv->line++;
        if (*csv->at != '"') {
            text_putc(field, *csv->at);
            continue;
        }
        csv->at++;
        if (csv->at == csv->end || *csv->at != '"')
            return 0;
        text_putc(field, '"');
    }
    return err_set(err, ERR_INVALID, "line %zu: the quote is not closed", began);
}

static int read_plain(struct csv *csv, struct text *field, struct err *err)
{
    while (csv->at < csv->end && *csv->at != ',' && *csv->at != '\n' &&
           !(*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')) {
        if (*csv->at == '"')
            return err_set(
                err, ERR_INVALID, "line %zu: a quote inside a field that is not quoted", csv->line);
        text_putc(field, *csv->at++);
    }
    return 0;
}

/* One row as a list of texts. */
static int read_row(struct csv *csv, json_t *row, struct err *err)
{
    bool is_last = false;

    while (!is_last) {
        struct text field autotext = {0};
        bool is_quoted = csv->at < csv->end && *csv->at == '"';

        if ((is_quoted ? read_quoted : read_plain)(csv, &field, err) < 0 || end_field(csv, &is_last, err) < 0)
            return ERR_INVALID;
        json_array_append_new(row, value_string(text_str(&field), field.len));
    }
    return 0;
}

static json_t *map_of(const json_t *header, const json_t *row)
{
    json_t *map = json_object(), *name;
    size_t i;

    json_array_foreach(header, i, name) json_object_set(map, json_string_value(name), json_array_get(row, i));
    return map;
}

static int check_header(const json_t *header, struct err *err)
{
    json_t *seen autovalue = json_object(), *name;
    size_t i;

    json_array_foreach(header, i, name)
    {
        if (json_object_get(seen, json_string_value(name)))
            return err_set(
                err, ERR_INVALID, "line 1: the column \"%.100s\" appears twice", json_string_value(name));
        json_object_set(seen, json_string_value(name), name);
    }
    return 0;
}

static bool is_empty_line(const struct csv *csv)
{
    return *csv->at == '\n' || (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n');
}

static int read_rows(struct csv *csv, const json_t *header, json_t *list, struct err *err)
{
    while (csv->at < csv->end) {
        json_t *row autovalue = json_array();
        size_t line = csv->line;

        if (is_empty_line(csv) && json_array_size(header) > 1) {
            csv->at = (const char *)memchr(csv->at, '\n', (size_t)(csv->end - csv->at)) + 1;
            csv->line++;
            continue;
        }
        if (read_row(csv, row, err) < 0)
            return ERR_INVALID;
        if (json_array_size(row) != json_array_size(header))
            return err_set(err, ERR_INVALID, "line %zu: %zu fields, but the first line names %zu columns",
                line, json_array_size(row), json_array_size(header));
        json_array_append_new(list, map_of(header, row));
    }
    return 0;
}

json_t *csv_parse(const char *text, size_t len, struct err *err)
{
    struct csv csv = {text, text + len, 1};
    json_t *header autovalue = json_array(), *list;

    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        csv.at += 3; /* a byte order mark, as spreadsheets write it */
    if (csv.at == csv.end)
        return json_array();
    if (read_row(&csv, header, err) < 0 || check_header(header, err) < 0)
        return NULL;
    list = json_array();
    if (read_rows(&csv, header, list, err) < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}
