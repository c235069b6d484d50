#include "cli/options.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 28 }; /* where the explanations begin, after the indent */

struct parser {
    const struct option_set *sets;
    size_t set_count;
    char **argv;
    size_t argc, at;
    struct err *err;
};

/* One option that was found, with the struct it belongs to. */
struct found {
    const struct option *option;
    void *place;
};

static struct found found_in(const struct option_set *set, const struct option *option)
{
    return (struct found){option, (char *)set->target + option->offset};
}

static struct found find_long(const struct parser *p, const char *name, size_t len)
{
    for (size_t i = 0; i < p->set_count; i++)
        for (const struct option *o = p->sets[i].options; o && o->name; o++)
            if (strncmp(o->name, name, len) == 0 && !o->name[len])
                return found_in(&p->sets[i], o);
    return (struct found){0};
}

static struct found find_letter(const struct parser *p, char letter)
{
    for (size_t i = 0; i < p->set_count; i++)
        for (const struct option *o = p->sets[i].options; o && o->name; o++)
            if (o->letter == letter)
                return found_in(&p->sets[i], o);
    return (struct found){0};
}

static int unknown_long(const struct parser *p, const char *name, size_t len)
{
    const char *names[64], *near;
    char *word autofree = mem_strndup(name, len);
    size_t count = 0;

    for (size_t i = 0; i < p->set_count; i++)
        for (const struct option *o = p->sets[i].options; o && o->name && count < 64; o++)
            names[count++] = o->name;
    near = nearest(word, names, count);
    if (near)
        return err_set(p->err, ERR_USAGE, "unknown option --%s; did you mean --%s?", word, near);
    return err_set(p->err, ERR_USAGE, "unknown option --%s", word);
}

static int set_choice(const struct parser *p, const struct found *found, const char *value)
{
    struct text all autotext = {0};

    for (int i = 0; found->option->choices[i]; i++) {
        if (strcmp(found->option->choices[i], value) == 0) {
            *(int *)found->place = i;
            return 0;
        }
        text_printf(&all, "%s%s", i ? ", " : "", found->option->choices[i]);
    }
    return err_set(
        p->err, ERR_USAGE, "--%s: \"%s\" is not one of %s", found->option->name, value, text_str(&all));
}

static int set_integer(const struct parser *p, const struct found *found, const char *value)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    if (end == value || *end || number < 0)
        return err_set(p->err, ERR_USAGE, "--%s wants a number, not \"%s\"", found->option->name, value);
    *(int64_t *)found->place = number;
    return 0;
}

static int set_duration(const struct parser *p, const struct found *found, const char *value)
{
    if (duration_parse(value, found->place, p->err) < 0)
        return err_wrap(p->err, "--%s", found->option->name);
    return 0;
}

static int set_value(const struct parser *p, const struct found *found, const char *value)
{
    struct texts *texts = found->place;

    switch (found->option->type) {
    case OPTION_FLAG:
        *(bool *)found->place = true;
        return 0;
    case OPTION_TEXT:
    case OPTION_FILE:
        *(const char **)found->place = value;
        return 0;
    case OPTION_TEXTS:
        texts->items = mem_grow(texts->items, texts->len, &texts->cap, sizeof(*texts->items));
        texts->items[texts->len++] = value;
        return 0;
    case OPTION_CHOICE:
        return set_choice(p, found, value);
    case OPTION_INTEGER:
        return set_integer(p, found, value);
    case OPTION_DURATION:
        return set_duration(p, found, value);
    }
    return err_set(p->err, ERR_INTERNAL, "an option of an unknown type");
}

/* The value that follows as an argument of its own, or NULL with the error set. */
static const char *next_value(struct parser *p, const struct option *option)
{
    if (p->at < p->argc)
        return p->argv[p->at++];
    err_set(p->err, ERR_USAGE, "--%s wants %s", option->name, option->value ? option->value : "a value");
    return NULL;
}

/* --name, --name value, --name=value */
static int parse_long(struct parser *p, const char *name)
{
    size_t len = strcspn(name, "=");
    struct found found = find_long(p, name, len);
    const char *value = name[len] ? name + len + 1 : NULL;

    if (!found.option)
        return unknown_long(p, name, len);
    if (found.option->type == OPTION_FLAG && value)
        return err_set(p->err, ERR_USAGE, "--%s takes no value", found.option->name);
    if (found.option->type != OPTION_FLAG && !value && !(value = next_value(p, found.option)))
        return p->err->code;
    return set_value(p, &found, value);
}

/* -a, -ab, -p value, -pvalue */
static int parse_letters(struct parser *p, const char *letters)
{
    while (*letters) {
        struct found found = find_letter(p, *letters);
        const char *value = letters + 1;
        int code;

        if (!found.option)
            return err_set(p->err, ERR_USAGE, "unknown option -%c", *letters);
        if (found.option->type != OPTION_FLAG) {
            if (!*value && !(value = next_value(p, found.option)))
                return p->err->code;
            return set_value(p, &found, value);
        }
        code = set_value(p, &found, NULL);
        if (code < 0)
            return code;
        letters++;
    }
    return 0;
}

int options_parse(char **argv, size_t argc, const struct option_set *sets, size_t set_count,
    const char **args, size_t *ret_arg_count, bool *ret_help, struct err *err)
{
    struct parser p = {.sets = sets, .set_count = set_count, .argv = argv, .argc = argc, .err = err};
    size_t count = 0;
    bool is_over = false;

    *ret_help = false;
    while (p.at < argc) {
        const char *word = argv[p.at++];
        int code = 0;

        if (is_over || word[0] != '-' || !word[1])
            args[count++] = word;
        else if (strcmp(word, "--") == 0)
            is_over = true;
        else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
            *ret_help = true;
        else
            code = word[1] == '-' ? parse_long(&p, word + 2) : parse_letters(&p, word + 1);
        if (code < 0)
            return code;
    }
    *ret_arg_count = count;
    return 0;
}

void options_fini(const struct option_set *set)
{
    for (const struct option *o = set->options; o && o->name; o++)
        if (o->type == OPTION_TEXTS)
            free(((struct texts *)((char *)set->target + o->offset))->items);
}

static void put_choices(const struct option *option, struct text *text)
{
    for (size_t i = 0; option->choices[i]; i++)
        text_printf(text, "%s%s", i ? "|" : "", option->choices[i]);
}

void option_help(const struct option *option, struct text *text)
{
    struct text left autotext = {0};
    size_t columns;

    if (option->letter)
        text_printf(&left, "-%c, ", option->letter);
    else
        text_puts(&left, "    ");
    text_printf(&left, "--%s", option->name);
    if (option->type == OPTION_CHOICE && !option->value) {
        text_putc(&left, ' ');
        put_choices(option, &left);
    } else if (option->value) {
        text_printf(&left, " %s", option->value);
    }
    text_printf(text, "  %s", text_str(&left));
    columns = utf8_width(text_str(&left), left.len);
    if (columns > HELP_COLUMN) {
        text_puts(text, "\n  ");
        columns = 0;
    }
    text_printf(text, "%*s %s\n", (int)(HELP_COLUMN - columns), "", option->help);
}
