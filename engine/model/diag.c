#include "model/diag.h"
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

static const char *const levels[] = {"error", "warning", "advice"};

void diags_fini(struct diags *diags)
{
    arena_fini(&diags->arena);
    free(diags->items);
    *diags = (struct diags){0};
}

/* What an alias brings to several places is one problem. */
static struct diag *find_same(struct diags *diags, enum diag_level level, struct pos pos, const char *text)
{
    for (size_t i = 0; i < diags->len; i++) {
        struct diag *diag = &diags->items[i];

        if (diag->level == level && diag->pos.source == pos.source && diag->pos.line == pos.line &&
            diag->pos.column == pos.column && strcmp(diag->text, text) == 0)
            return diag;
    }
    return NULL;
}

static struct diag *add(struct diags *diags, enum diag_level level, struct pos pos, const char *name,
    const char *format, va_list args)
{
    struct diag *diag;
    char *text autofree = NULL;

    diags->errors += level == DIAG_ERROR;
    text = mem_vprintf(format, args);
    diag = find_same(diags, level, pos, text);
    if (diag)
        return diag;
    if (diags->len >= DIAGS_MAX) {
        /* The caller may still add a hint: it goes to a diagnostic nobody reads. */
        diags->dropped++;
        return arena_alloc(&diags->arena, sizeof(*diag));
    }
    diags->items = mem_grow(diags->items, diags->len, &diags->cap, sizeof(*diags->items));
    diag = &diags->items[diags->len++];
    *diag =
        (struct diag){.level = level, .name = name, .pos = pos, .text = arena_strdup(&diags->arena, text)};
    return diag;
}

struct diag *diag_error(struct diags *diags, struct pos pos, const char *name, const char *format, ...)
{
    struct diag *diag;
    va_list args;

    va_start(args, format);
    diag = add(diags, DIAG_ERROR, pos, name, format, args);
    va_end(args);
    return diag;
}

struct diag *diag_warning(struct diags *diags, struct pos pos, const char *name, const char *format, ...)
{
    struct diag *diag;
    va_list args;

    va_start(args, format);
    diag = add(diags, DIAG_WARNING, pos, name, format, args);
    va_end(args);
    return diag;
}

void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    diag->hint = arena_strdup(&diags->arena, text);
    free(text);
}

void diag_did_you_mean(
    struct diags *diags, struct diag *diag, const char *word, const char *const *candidates, size_t count)
{
    const char *found = nearest(word, candidates, count);

    if (found)
        diag_hint(diags, diag, "did you mean \"%s\"?", found);
}

static int by_place(const void *a, const void *b)
{
    const struct diag *x = a, *y = b;
    int order = strcmp(x->pos.source ? x->pos.source->path : "", y->pos.source ? y->pos.source->path : "");

    if (!order)
        order = (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
    if (!order)
        order = (x->pos.column > y->pos.column) - (x->pos.column < y->pos.column);
    return order;
}

static const char *find_line(const struct source *source, uint32_t line, size_t *ret_len)
{
    const char *at = source->text, *end = source->text + source->len, *stop;

    for (; line > 1 && at; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!at || at > end)
        return NULL;
    stop = memchr(at, '\n', (size_t)(end - at));
    stop = stop ? stop : end;
    *ret_len = (size_t)(stop - at);
    if (*ret_len && at[*ret_len - 1] == '\r')
        --*ret_len;
    return at;
}

/* Bytes of the first `columns` characters. */
static size_t bytes_of(const char *line, size_t len, size_t columns)
{
    size_t at = 0;

    for (; columns && at < len; columns--)
        for (at++; at < len && ((unsigned char)line[at] & 0xC0) == 0x80; at++)
            ;
    return at;
}

/* A character stays one character, that the caret may find its column. */
static void add_excerpt(struct text *text, const char *line, size_t len)
{
    struct text clean autotext = {0};

    text_add_utf8(&clean, line, len);
    for (size_t at = 0, n; at < clean.len; at += n) {
        const char *c = clean.ptr + at;

        n = bytes_of(c, clean.len - at, 1);
        if (utf8_is_deceitful(c, n) && memcmp(c, "\uFEFF", n) != 0) /* a byte order mark has no column */
            text_puts(text, "\uFFFD");
        else if ((unsigned char)*c < 0x20 || *c == 0x7F)
            text_putc(text, ' ');
        else
            text_add(text, c, n);
    }
}

enum { EXCERPT_MAX = 140 };

/* The source line, cut around the column when it is long, and a caret under the place. Control characters
 * never reach the terminal. */
static void excerpt(const struct pos *pos, struct text *text, bool colour)
{
    size_t len, skip = 0, column = pos->column ? pos->column - 1 : 0, end;
    const char *line = pos->line ? find_line(pos->source, pos->line, &len) : NULL;
    struct text shown autotext = {0};
    char margin[16];

    if (!line)
        return;
    if (column > EXCERPT_MAX - 40)
        skip = column - 60;
    line += bytes_of(line, len, skip);
    len = len - (size_t)(line - find_line(pos->source, pos->line, &end));
    end = bytes_of(line, len, EXCERPT_MAX);
    add_excerpt(&shown, line, end);
    snprintf(margin, sizeof(margin), "%5u", pos->line);
    text_printf(text, "%s | %s%s%s\n", margin, skip ? "…" : "", text_str(&shown), end < len ? "…" : "");
    text_printf(text, "%5s | ", "");
    end = utf8_width(text_str(&shown), bytes_of(text_str(&shown), shown.len, column - skip)) + (skip ? 1 : 0);
    for (size_t i = 0; i < end; i++)
        text_putc(text, ' ');
    text_puts(text, colour ? "\033[1;31m^" : "^");
    for (size_t i = 1; i < pos->length && end + i < EXCERPT_MAX; i++)
        text_putc(text, '~');
    text_puts(text, colour ? "\033[0m\n" : "\n");
}

/* What a message quotes is the author's, or an attacker's. */
static void show(struct text *text, const char *string)
{
    text_add_shown(text, string, strlen(string));
}

static void render_one(const struct diag *diag, struct text *text, bool colour)
{
    static const char *const colours[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};

    show(text, diag->pos.source ? diag->pos.source->path : "runbook");
    if (diag->pos.line)
        text_printf(text, ":%u:%u", diag->pos.line, diag->pos.column);
    text_printf(
        text, ": %s%s:%s ", colour ? colours[diag->level] : "", levels[diag->level], colour ? "\033[0m" : "");
    show(text, diag->text);
    text_putc(text, '\n');
    if (diag->pos.source)
        excerpt(&diag->pos, text, colour);
    if (diag->hint) {
        text_printf(text, "%5s = hint: ", "");
        show(text, diag->hint);
        text_putc(text, '\n');
    }
}

void diags_render(struct diags *diags, struct text *text, bool colour)
{
    if (diags->len)
        qsort(diags->items, diags->len, sizeof(*diags->items), by_place);
    for (size_t i = 0; i < diags->len; i++)
        render_one(&diags->items[i], text, colour);
    if (diags->dropped)
        text_printf(text, "… and %zu more\n", diags->dropped);
}

static json_t *one_json(const struct diag *diag)
{
    json_t *json = json_object();

    json_object_set_new(json, "file", json_string(diag->pos.source ? diag->pos.source->path : ""));
    json_object_set_new(json, "line", json_integer(diag->pos.line));
    json_object_set_new(json, "column", json_integer(diag->pos.column));
    json_object_set_new(json, "length", json_integer(diag->pos.length));
    json_object_set_new(json, "level", json_string(levels[diag->level]));
    json_object_set_new(json, "name", json_string(diag->name));
    json_object_set_new(json, "message", value_string(diag->text, strlen(diag->text)));
    if (diag->hint)
        json_object_set_new(json, "hint", value_string(diag->hint, strlen(diag->hint)));
    return json;
}

json_t *diags_json(struct diags *diags)
{
    json_t *list = json_array();

    if (diags->len)
        qsort(diags->items, diags->len, sizeof(*diags->items), by_place);
    for (size_t i = 0; i < diags->len; i++)
        json_array_append_new(list, one_json(&diags->items[i]));
    return list;
}
