#include "step/outputs.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines {
    const char *at, *end;
    size_t number;
};

/* The next line without its line break. */
static bool next_line(struct lines *lines, const char **ret_line, size_t *ret_len)
{
    const char *newline;

    if (lines->at == lines->end)
        return false;
    newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    *ret_line = lines->at;
    *ret_len = (size_t)((newline ? newline : lines->end) - lines->at);
    lines->at = newline ? newline + 1 : lines->end;
    lines->number++;
    if (*ret_len && (*ret_line)[*ret_len - 1] == '\r')
        --*ret_len;
    return true;
}

static size_t name_length(const char *line, size_t len)
{
    size_t n = 0;

    while (n < len && (line[n] == '_' || line[n] == '-' || (line[n] >= 'a' && line[n] <= 'z') ||
                          (line[n] >= 'A' && line[n] <= 'Z') || (line[n] >= '0' && line[n] <= '9')))
        n++;
    return n;
}

static void set(json_t *map, const char *name, size_t name_len, const char *value, size_t len)
{
    char *key autofree = mem_strndup(name, name_len);

    json_object_set_new(map, key, value_string(value, len));
}

/* name<<END … END; `line` is the one with the name. */
static int read_block(
    struct lines *lines, json_t *map, const char *line, size_t name_len, size_t len, struct err *err)
{
    const char *end = line + name_len + 2, *next, *start = lines->at;
    size_t end_len = len - name_len - 2, next_len, first = lines->number;

    while (next_line(lines, &next, &next_len)) {
        if (next_len != end_len || memcmp(next, end, end_len) != 0)
            continue;
        set(map, line, name_len, start, next > start ? (size_t)(next - start) - 1 : 0);
        return 0;
    }
    return err_set(err, ERR_INVALID, "line %zu: \"%.*s\" is not closed by a line \"%.*s\"", first,
        (int)(len < 80 ? len : 80), line, (int)(end_len < 80 ? end_len : 80), end);
}

static int read_line(struct lines *lines, json_t *map, const char *line, size_t len, struct err *err)
{
    size_t name = name_length(line, len);

    if (len == 0)
        return 0;
    if (name && name < len && line[name] == '=') {
        set(map, line, name, line + name + 1, len - name - 1);
        return 0;
    }
    if (name && name + 2 < len && line[name] == '<' && line[name + 1] == '<')
        return read_block(lines, map, line, name, len, err);
    return err_set(err, ERR_INVALID, "line %zu: \"%.*s\" is neither name=value nor name<<END", lines->number,
        (int)(len < 80 ? len : 80), line);
}

json_t *outputs_parse(const char *text, size_t len, struct err *err)
{
    struct lines lines = {text, text + len, 0};
    json_t *map = json_object();
    const char *line;
    size_t line_len;

    while (next_line(&lines, &line, &line_len)) {
        if (read_line(&lines, map, line, line_len, err) < 0) {
            err_wrap(err, "RUNBOOK_OUTPUT");
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

json_t *outputs_read(int fd, struct err *err)
{
    char *text autofree = NULL;
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) < 0 || st.st_size == 0)
        return NULL;
    if (st.st_size > OUTPUTS_MAX) {
        err_set(err, ERR_LIMIT, "RUNBOOK_OUTPUT: more than %d bytes were written to it", OUTPUTS_MAX);
        return NULL;
    }
    text = mem_alloc((size_t)st.st_size);
    n = pread(fd, text, (size_t)st.st_size, 0);
    if (n < 0) {
        err_errno(err, errno, "RUNBOOK_OUTPUT");
        return NULL;
    }
    return outputs_parse(text, (size_t)n, err);
}
