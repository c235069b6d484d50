#include "report/plan.h"

#include "report/plan_words.h"

#include <stdint.h>
#include <string.h>

enum {
    LABEL_MAX = 24,
    KIND_COLUMNS = 8,
    EFFECT_COLUMNS = 5,
    LINES_SHOWN = 12,
    WIDTH_LEAST = 24,
    ENDLESS_SHOWN = 6,
    VALUE_COLUMNS = 60
};

/* One list of steps: how deep it stands, and how wide its names are. */
struct drawing {
    const struct plan_drawing *options;
    struct text *text;
    size_t depth, label;
};

static void draw_block(const struct drawing *outer, const json_t *steps);

static size_t indent_of(const struct drawing *d)
{
    return 2 + d->depth * 2;
}

/* Where what a step does begins. */
static size_t column_of(const struct drawing *d)
{
    return indent_of(d) + 2 + d->label + 2 + KIND_COLUMNS + 1 + EFFECT_COLUMNS + 1;
}

static void spaces(struct text *text, size_t count)
{
    text_printf(text, "%*s", (int)count, "");
}

/* Columns from `indent` to the right end. */
static size_t width_from(const struct drawing *d, size_t indent)
{
    return d->options->width > indent + WIDTH_LEAST ? d->options->width - indent : WIDTH_LEAST;
}

/* A line of its own, from `indent` on, wrapped. */
static void draw_line(const struct drawing *d, size_t indent, enum ink ink, const struct text *words)
{
    struct text safe autotext = {0}, wrapped autotext = {0};

    if (!words->len)
        return;
    safe_line(&safe, text_str(words), words->len);
    wrap(&wrapped, text_str(&safe), width_from(d, indent), indent);
    spaces(d->text, indent);
    paint_puts(&d->options->paint, d->text, ink, text_str(&wrapped));
    text_putc(d->text, '\n');
}

/* --- what a step does --- */

/* A script line by line, with what was put in marked: ‹value›. */
static void mark_script(const struct drawing *d, const json_t *script, struct text *text)
{
    json_t *parts = json_object_get(script, "parts"), *part;
    bool is_ascii = d->options->paint.ascii;
    size_t i;

    if (!parts)
        value_to_text(json_object_get(script, "value"), text);
    json_array_foreach(parts, i, part)
    {
        bool is_value = json_is_true(json_object_get(part, "known"));

        text_puts(text, !is_value ? "" : is_ascii ? "{{" : "‹");
        value_to_text(json_object_get(part, "text"), text);
        text_puts(text, !is_value ? "" : is_ascii ? "}}" : "›");
    }
}

static void draw_script(const struct drawing *d, const json_t *script, size_t column)
{
    struct text whole autotext = {0};
    size_t lines = 0;

    mark_script(d, script, &whole);
    for (const char *at = text_str(&whole); *at; lines++) {
        size_t len = strcspn(at, "\n");
        struct text line autotext = {0};

        if (lines == LINES_SHOWN && !d->options->all && strchr(at + len, '\n') && at[len + 1]) {
            spaces(d->text, column);
            paint_puts(&d->options->paint, d->text, INK_DIM,
                d->options->paint.ascii ? "... more lines: --all shows them\n"
                                        : "… more lines: --all shows them\n");
            break;
        }
        safe_line(&line, at, len);
        if (lines)
            spaces(d->text, column);
        text_puts(d->text, text_str(&line));
        text_putc(d->text, '\n');
        at += len + (at[len] == '\n');
    }
    if (!lines)
        text_putc(d->text, '\n');
}

/* Title, moment of a hook, settings. */
static void add_details(const json_t *node, struct text *text)
{
    const char *title = value_get_string(node, "title"), *moment = value_get_string(node, "moment");

    text_puts(text, title ? title : "");
    if (moment)
        text_printf(text, "%s%s", text->len ? " · " : "", moment);
    words_settings(node, text);
}

static bool does_something(const json_t *node)
{
    const char *does = value_get_string(node, "does");

    return does && *does;
}

static void draw_does(const struct drawing *d, const json_t *node, size_t column)
{
    const json_t *script = json_object_get(json_object_get(node, "args"), "script");
    struct text words autotext = {0}, safe autotext = {0}, wrapped autotext = {0};

    if (script && !json_object_get(script, "problem")) {
        draw_script(d, script, column);
        return;
    }
    if (does_something(node))
        text_puts(&words, value_get_string(node, "does"));
    else
        add_details(node, &words);
    safe_line(&safe, text_str(&words), words.len);
    wrap(&wrapped, text_str(&safe), width_from(d, column), column);
    paint_puts(&d->options->paint, d->text, does_something(node) ? INK_PLAIN : INK_DIM, text_str(&wrapped));
    text_putc(d->text, '\n');
}

static const struct {
    const char *effect;
    enum ink ink;
} inks[] = {{"write", INK_WARN}, {"read", INK_GOOD}, {"ask", INK_NOTICE}, {"tell", INK_NOTICE}};

static enum ink ink_of(const char *effect)
{
    for (size_t i = 0; i < sizeof(inks) / sizeof(inks[0]); i++)
        if (strcmp(inks[i].effect, effect) == 0)
            return inks[i].ink;
    return INK_DIM;
}

/* Read or write; what else there is, the kind says. */
static bool is_world(const char *effect)
{
    return strcmp(effect, "read") == 0 || strcmp(effect, "write") == 0;
}

static void draw_cell(
    const struct drawing *d, enum ink ink, const char *string, size_t width, const char *after)
{
    struct text safe autotext = {0}, padded autotext = {0};

    safe_line(&safe, string, strlen(string));
    cell(&d->options->paint, &padded, text_str(&safe), width);
    paint_puts(&d->options->paint, d->text, ink, text_str(&padded));
    text_puts(d->text, after);
}

static void draw_head(const struct drawing *d, const json_t *node)
{
    const struct paint *paint = &d->options->paint;
    const char *effect = value_get_string(node, "effect");

    effect = effect ? effect : "none";
    spaces(d->text, indent_of(d));
    text_printf(d->text, "%s ", sign_of_step(paint, STEP_PENDING));
    draw_cell(d, INK_BOLD, value_get_string(node, "id"), d->label, "  ");
    draw_cell(
        d, ink_of(is_world(effect) ? "none" : effect), value_get_string(node, "kind"), KIND_COLUMNS, " ");
    draw_cell(d, ink_of(effect), is_world(effect) ? effect : "", EFFECT_COLUMNS, " ");
    draw_does(d, node, column_of(d));
}

static void draw_details(const struct drawing *d, const json_t *node)
{
    const char *problem = words_problem(json_object_get(node, "args"));
    struct text words autotext = {0}, fault autotext = {0};

    if (does_something(node))
        add_details(node, &words);
    draw_line(d, column_of(d), INK_DIM, &words);
    problem = problem ? problem : words_problem(json_object_get(node, "settings"));
    problem = problem ? problem : words_problem(json_object_get(node, "foreach"));
    problem = problem ? problem : words_problem(json_object_get(node, "when"));
    problem = problem ? problem : words_problem(json_object_get(node, "deadline"));
    problem = problem ? problem : value_get_string(node, "problem");
    if (!problem)
        return;
    text_printf(&fault, "would fail: %s", problem);
    draw_line(d, column_of(d), INK_BAD, &fault);
}

/* --- what stands under a step --- */

static void draw_under(const struct drawing *d, const char *heading, const json_t *when, const json_t *steps)
{
    struct drawing inner = *d;
    struct text words autotext = {0};

    if (!steps)
        return;
    inner.depth++;
    text_puts(&words, heading);
    if (when)
        words_condition(when, &words);
    if (words.len) {
        text_puts(&words, ":");
        draw_line(&inner, indent_of(&inner), INK_NOTICE, &words);
        inner.depth++;
    }
    inner.depth--; /* draw_block goes one deeper */
    draw_block(&inner, steps);
}

static void draw_cases(const struct drawing *d, const json_t *node)
{
    json_t *cases = json_object_get(node, "cases"), *way;
    struct text left autotext = {0};
    size_t i, left_out = json_array_size(json_object_get(node, "not_taken"));

    json_array_foreach(cases, i, way)
    {
        const json_t *when = json_object_get(way, "when");
        bool is_sure = !when || json_object_get(when, "value");

        draw_under(d,
            is_sure ? (i ? "else" : "")
            : i     ? "else if "
                    : "if ",
            is_sure ? NULL : when, json_object_get(way, "steps"));
    }
    if (!left_out || !d->options->all)
        return;
    text_printf(&left, "not taken: %zu step%s", left_out, left_out == 1 ? "" : "s");
    draw_line(d, indent_of(d) + 2, INK_DIM, &left);
}

static void draw_inside(const struct drawing *d, const json_t *node)
{
    draw_under(d, "", NULL, json_object_get(node, "steps"));
    draw_cases(d, node);
    draw_under(d, "if it fails", NULL, json_object_get(node, "rescue"));
    draw_under(d, "in any case", NULL, json_object_get(node, "always"));
    draw_under(d, "undone by", NULL, json_object_get(node, "undo"));
    draw_under(d, "hooks of its own", NULL, json_object_get(node, "hooks"));
}

/* --- steps --- */

static void draw_skipped(const struct drawing *d, const json_t *node)
{
    struct text words autotext = {0}, safe autotext = {0}, line autotext = {0};
    size_t indent = indent_of(d) + 4 + d->label;

    words_skipped(node, &words);
    safe_line(&safe, text_str(&words), words.len);
    text_printf(&line, "%s %-*s  ", sign_of_step(&d->options->paint, STEP_SKIPPED), (int)d->label,
        value_get_string(node, "id"));
    wrap(&line, text_str(&safe), width_from(d, indent), indent);
    spaces(d->text, indent_of(d));
    paint_puts(&d->options->paint, d->text, INK_DIM, text_str(&line));
    text_putc(d->text, '\n');
}

static void draw_step(const struct drawing *d, const json_t *node)
{
    const json_t *when = json_object_get(node, "when");
    struct drawing inner = *d;
    struct text condition autotext = {0};

    if (json_object_get(node, "skipped")) {
        draw_skipped(d, node);
        return;
    }
    if (when && !json_object_get(when, "value")) {
        text_puts(&condition, "if ");
        words_condition(when, &condition);
        text_puts(&condition, ", else skipped:");
        draw_line(d, indent_of(d), INK_NOTICE, &condition);
        inner.depth++;
    }
    draw_head(&inner, node);
    draw_details(&inner, node);
    draw_inside(&inner, node);
}

static void draw_block(const struct drawing *outer, const json_t *steps)
{
    struct drawing d = *outer;
    json_t *node;
    size_t i;

    d.depth++;
    d.label = 0;
    json_array_foreach((json_t *)steps, i, node)
    {
        size_t width = strlen(value_get_string(node, "id"));

        d.label = width > d.label ? width : d.label;
    }
    d.label = d.label > LABEL_MAX ? LABEL_MAX : d.label;
    json_array_foreach((json_t *)steps, i, node) draw_step(&d, node);
}

/* --- the whole --- */

static void draw_params(const struct drawing *d, const json_t *params)
{
    struct text words autotext = {0};
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)params, name, value)
    {
        struct text shown autotext = {0};

        value_to_text(resolved_said(params, name), &shown);
        text_printf(&words, "%s%s=", words.len ? ", " : "with ", name);
        clip(&d->options->paint, &words, text_str(&shown), d->options->all ? SIZE_MAX : VALUE_COLUMNS);
    }
    draw_line(d, 0, INK_DIM, &words);
}

/* "In the group deploy-production, 1 at once; when it is full: queue" */
static void draw_group(const struct drawing *d, const json_t *concurrency)
{
    struct text words autotext = {0}, group autotext = {0}, limit autotext = {0};

    if (!concurrency)
        return;
    value_to_text(resolved_said(concurrency, "group"), &group);
    value_to_text(resolved_said(concurrency, "limit"), &limit);
    text_printf(&words, "In the group %s, %s at once; when it is full: %s", text_str(&group),
        text_str(&limit), value_get_string(concurrency, "on_conflict"));
    draw_line(d, 0, INK_PLAIN, &words);
}

static void draw_heading(const struct drawing *d, const json_t *plan)
{
    const char *severity = value_get_string(plan, "severity"), *title = value_get_string(plan, "title");
    const json_t *escalation = json_object_get(plan, "escalation");
    struct text words autotext = {0}, pages autotext = {0};

    text_printf(&words, "Plan for %s", value_get_string(plan, "runbook"));
    if (severity)
        text_printf(&words, " (%s)", severity);
    if (title)
        text_printf(&words, ": %s", title);
    draw_line(d, 0, INK_BOLD, &words);
    draw_params(d, json_object_get(plan, "params"));
    draw_group(d, json_object_get(plan, "concurrency"));
    if (escalation) {
        text_printf(&pages,
            "At the start it pages %s until somebody acknowledges: ", value_get_string(escalation, "policy"));
        words_pages(escalation, &pages);
        draw_line(d, 0, INK_NOTICE, &pages);
    }
    text_putc(d->text, '\n');
}

static void draw_longest(const struct drawing *d, const json_t *longest)
{
    const json_t *value = json_object_get(longest, "value"), *ids = json_object_get(longest, "no_bound");
    struct text words autotext = {0};
    size_t count = json_array_size(ids);

    if (value) {
        text_printf(&words, "It takes %s at most when every timeout is used up, undoing not counted.",
            json_string_value(value));
    } else {
        text_puts(&words, "It may take for ever: no timeout ends ");
        for (size_t i = 0; i < count && i < ENDLESS_SHOWN; i++)
            text_printf(&words, "%s%s", i ? ", " : "", json_string_value(json_array_get(ids, i)));
        if (count > ENDLESS_SHOWN)
            text_printf(&words, " and %zu more", count - ENDLESS_SHOWN);
        text_putc(&words, '.');
    }
    draw_line(d, 0, value ? INK_DIM : INK_WARN, &words);
}

static void draw_end(const struct drawing *d, const json_t *plan)
{
    const json_t *deadline = resolved_said(plan, "deadline");
    size_t hooks = json_array_size(json_object_get(plan, "hooks"));
    struct text words autotext = {0};

    words_totals(json_object_get(plan, "totals"), &words);
    if (hooks)
        text_printf(&words, " · %zu hook%s", hooks, hooks == 1 ? "" : "s");
    if (deadline) {
        text_puts(&words, " · due ");
        value_to_text(deadline, &words);
        text_puts(&words, " after the start");
    }
    text_putc(d->text, '\n');
    draw_line(d, 0, INK_BOLD, &words);
    draw_longest(d, json_object_get(plan, "longest"));
    text_clear(&words);
    text_puts(&words, "Nothing was performed.");
    draw_line(d, 0, INK_DIM, &words);
}

void plan_draw(const json_t *plan, const struct plan_drawing *options, struct text *text)
{
    struct drawing d = {.options = options, .text = text};
    struct drawing outer = d;

    outer.depth = (size_t)-1; /* draw_block goes one deeper */
    draw_heading(&d, plan);
    draw_block(&outer, json_object_get(plan, "steps"));
    if (json_object_get(plan, "rescue"))
        draw_under(&outer, "if it fails", NULL, json_object_get(plan, "rescue"));
    if (json_object_get(plan, "always"))
        draw_under(&outer, "in any case", NULL, json_object_get(plan, "always"));
    if (json_object_get(plan, "hooks"))
        draw_under(&outer, "hooks", NULL, json_object_get(plan, "hooks"));
    draw_end(&d, plan);
}
