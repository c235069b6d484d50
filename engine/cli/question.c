/* Which of a run's open questions somebody answers, and the fields of the form. */
#include "base/clock.h"
#include "base/nearest.h"
#include "cli/say.h"
#include "cli/grid.h"
#include "report/story.h"

#include <string.h>

static bool is_open(const struct row *row)
{
    return row->type == ROW_STEP && row->is_open;
}

static size_t list_open(const struct say *say)
{
    struct text text autotext = {0};
    size_t count = 0;

    for (size_t i = 0; i < say->facts.row_count; i++)
        count += is_open(&say->facts.rows[i]);
    if (!count)
        return 0;
    text_printf(&text, "open questions of run %s:\n", say->short_id);
    story_next(&say->facts, &(struct paint){.ascii = !cli_utf8()}, say->short_id, &text);
    fputs(text_str(&text), stderr);
    return count;
}

/* What was asked there, and is not any more. */
static bool tell_answered(const struct say *say, const char *step)
{
    const struct row *row = step ? facts_find(&say->facts, step) : NULL;
    char when[40];

    if (!row || !row->ask || row->is_open || row->finished_us < 0)
        return false;
    fprintf(stderr, "runbook: `%s` is not open any more: it %s%s%s%s %s\n", row->path,
        *row->by ? "was answered (" : step_status_name(row->status), *row->by ? row->decision : "",
        *row->by ? ") by " : "", row->by,
        cli_ago(say->facts.start_wall_us + row->finished_us, clock_wall_us(), when, sizeof(when)));
    return true;
}

static int no_such_question(const struct say *say, const char *step)
{
    if (tell_answered(say, step)) {
        list_open(say);
        return EXIT_USAGE;
    }
    if (step)
        fprintf(stderr, "runbook: run %s asks nothing in a step \"%s\"\n", say->short_id, step);
    else
        fprintf(stderr, "runbook: which question? Name its step\n");
    if (!list_open(say))
        fprintf(stderr, "run %s has no open question; runbook show %s shows where it stands\n", say->short_id,
            say->short_id);
    return EXIT_USAGE;
}

/* `approve` and `deny` decide, `done` confirms and `deny` says that it could not be done, `answer` fills in a
 * form. */
static int check_verb(const struct say *say, const struct row *row)
{
    const char *right = story_verb(row);
    bool is_deny = strcmp(say->saying->name, "deny") == 0;

    if (strcmp(right, say->saying->name) == 0 ||
        (is_deny && (strcmp(right, "approve") == 0 || strcmp(right, "done") == 0)))
        return EXIT_OK;
    fprintf(stderr, "runbook: `%s` cannot be answered by \"%s\"; use: runbook %s %s %s\n", row->path,
        say->saying->name, right, say->short_id, row->path);
    return EXIT_USAGE;
}

/* By its path, or by the step's id alone where that is clear among what is open. */
static size_t find_open(const struct say *say, const char *step, const struct row **ret_row)
{
    size_t count = 0;

    for (size_t i = 0; i < say->facts.row_count; i++) {
        const struct row *row = &say->facts.rows[i];

        if (!is_open(row) || (strcmp(row->path, step) != 0 && strcmp(row->label, step) != 0))
            continue;
        *ret_row = row;
        count++;
        if (strcmp(row->path, step) == 0)
            return 1;
    }
    return count;
}

static int several_fit(const struct say *say, const char *step)
{
    fprintf(stderr, "runbook: several questions are called \"%s\"; name one by its path\n", step);
    list_open(say);
    return EXIT_USAGE;
}

int question_choose(struct say *say, const struct row **ret_row)
{
    const char *step = say->cli->arg_count > 1 ? say->cli->args[1] : NULL;
    char *path autofree = step ? mem_strndup(step, strcspn(step, "#")) : NULL;
    const struct row *row = NULL;
    size_t count = path ? find_open(say, path, &row) : 0;

    if (count > 1)
        return several_fit(say, path);
    if (!count)
        return no_such_question(say, step);
    *ret_row = row;
    return check_verb(say, row);
}

/* --- points of a checklist --- */

/* "2,3" or "1-4": numbers from 1, as the question shows them. */
static bool read_points(const char *text, size_t count, json_t *points)
{
    while (*text) {
        char *end;
        unsigned long from = strtoul(text, &end, 10), to = from;

        if (end == text)
            return false;
        if (*end == '-')
            to = strtoul(text = end + 1, &end, 10);
        if (end == text || from < 1 || to < from || to > count || (*end && *end != ','))
            return false;
        for (; from <= to; from++)
            json_array_append_new(points, json_integer((json_int_t)from));
        text = *end ? end + 1 : end;
    }
    return json_array_size(points) > 0;
}

static int no_such_points(const json_t *checklist, const char *path, const char *text)
{
    json_t *point;
    size_t i;

    if (!json_array_size(checklist)) {
        fprintf(stderr, "runbook: `%s` has no checklist; leave out --check\n", path);
        return EXIT_USAGE;
    }
    fprintf(stderr, "runbook: --check %s: wanted are numbers of points, such as 2,3 or 1-%zu:\n", text,
        json_array_size(checklist));
    json_array_foreach((json_t *)checklist, i, point)
    {
        struct text line autotext = {0};
        struct text raw autotext = {0};

        value_to_text(point, &raw);
        safe_line(&line, text_str(&raw), raw.len);
        fprintf(stderr, "  %zu  %s\n", i + 1, text_str(&line));
    }
    return EXIT_USAGE;
}

int question_points(struct say *say, const struct row *row, json_t **ret_points)
{
    const json_t *checklist = json_object_get(row->ask, "checklist");
    json_t *points = json_array();

    if (!read_points(say->options->check, json_array_size(checklist), points)) {
        json_decref(points);
        return no_such_points(checklist, row->path, say->options->check);
    }
    *ret_points = points;
    return EXIT_OK;
}

/* --- fields --- */

static json_t *to_boolean(const char *text)
{
    static const char *const words[][2] = {{"no", "yes"}, {"false", "true"}, {"n", "y"}, {"0", "1"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (int value = 0; value < 2; value++)
            if (strcmp(text, words[i][value]) == 0)
                return json_boolean(value);
    return NULL;
}

static json_t *to_number(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    if (json_is_number(value))
        return value;
    json_decref(value);
    return NULL;
}

static json_t *to_json(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY, NULL);
}

static const struct {
    const char *type;
    json_t *(*convert)(const char *text);
    const char *wanted;
} conversions[] = {
    {"boolean", to_boolean, "yes or no"},
    {"integer", to_number, "a whole number"},
    {"number", to_number, "a number"},
    {"list", to_json, "a JSON list"},
    {"map", to_json, "a JSON object"},
};

static const char *type_of(const json_t *field)
{
    const char *type = json_is_string(field) ? json_string_value(field) : value_get_string(field, "type");

    return type ? type : "string";
}

static json_t *convert(const char *name, const json_t *field, const char *text)
{
    for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++) {
        if (strcmp(conversions[i].type, type_of(field)) != 0)
            continue;
        json_t *value = conversions[i].convert(text);
        if (!value)
            fprintf(
                stderr, "runbook: field \"%s\" wants %s, not \"%s\"\n", name, conversions[i].wanted, text);
        return value;
    }
    return value_string(text, strlen(text));
}

static int unknown_field(const json_t *form, const char *name)
{
    const char *names[64], *key;
    json_t *field;
    size_t count = 0;

    json_object_foreach((json_t *)form, key, field)
    {
        if (count < 64)
            names[count++] = key;
    }
    const char *near = nearest(name, names, count);
    fprintf(stderr, "runbook: the question has no field \"%s\"%s%s%s\n", name,
        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  %s (%s)\n", names[i], type_of(json_object_get(form, names[i])));
    return EXIT_USAGE;
}

static int take_field(const json_t *form, const char *word, json_t *fields)
{
    size_t len = strcspn(word, "=");
    char *name autofree = mem_strndup(word, len);

    if (!word[len]) {
        fprintf(stderr, "runbook: \"%s\" is not of the form name=value\n", word);
        return EXIT_USAGE;
    }
    const json_t *field = json_object_get(form, name);
    if (!field && json_object_size(form))
        return unknown_field(form, name);
    json_t *value = convert(name, field, word + len + 1);
    if (!value)
        return EXIT_USAGE;
    json_object_set_new(fields, name, value);
    return EXIT_OK;
}

static int check_missing(const json_t *form, const json_t *fields)
{
    const char *name;
    json_t *field;
    int status = EXIT_OK;

    json_object_foreach((json_t *)form, name, field)
    {
        if (json_object_get(fields, name) || json_object_get(field, "default") ||
            json_object_get(field, "fallback"))
            continue;
        fprintf(stderr, "runbook: field \"%s\" is missing; add %s=%s\n", name, name,
            strcmp(type_of(field), "boolean") == 0 ? "yes|no" : "VALUE");
        status = EXIT_USAGE;
    }
    return status;
}

int question_fields(struct say *say, const struct row *row, json_t **ret_fields)
{
    const json_t *form = json_object_get(row->ask, "fields");
    json_t *fields = json_object();
    int status = EXIT_OK;

    for (size_t i = 2; i < say->cli->arg_count; i++) {
        int one = take_field(form, say->cli->args[i], fields);

        status = one != EXIT_OK ? one : status;
    }
    if (status == EXIT_OK)
        status = check_missing(form, fields);
    if (status == EXIT_OK)
        *ret_fields = fields;
    else
        json_decref(fields);
    return status;
}
