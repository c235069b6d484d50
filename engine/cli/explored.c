/* explored: what an exploration has come to, for people and for machines. */
#include "base/duration.h"
#include "cli/explore.h"
#include "cli/grid.h"

#include <string.h>
#include <unistd.h>

/* --- findings --- */

static void put_located(const struct exploring *exploring, const struct finding *finding, struct text *text)
{
    struct diags diags = {0};
    struct diag *diag = diag_error(&diags, finding->pos, "finding", "%s", finding->what);

    if (finding->hint)
        diag_hint(&diags, diag, "%s", finding->hint);
    diags_render(&diags, text, cli_color(exploring->cli, stdout));
    diags_fini(&diags);
}

static void put_way(const struct finding *finding, const struct paint *paint, size_t width, struct text *text)
{
    struct text line autotext = {0};
    json_t *step;
    size_t i;

    text_puts(text, "      ");
    text_puts(&line, "shortest way: ");
    if (!json_array_size(finding->way))
        text_puts(&line, "everything goes as usual");
    json_array_foreach(finding->way, i, step)
    {
        if (i)
            text_puts(&line, paint->ascii ? " -> " : " → ");
        safe_line(&line, json_string_value(step), json_string_length(step));
    }
    wrap(text, text_str(&line), width, 8);
    text_putc(text, '\n');
}

static void put_scenario(const char *scenario, struct text *text)
{
    text_puts(text, "      as a scenario for runbook test:\n\n");
    for (const char *at = scenario; *at; at += strcspn(at, "\n") + (strchr(at, '\n') != NULL)) {
        text_puts(text, "        ");
        safe_line(text, at, strcspn(at, "\n"));
        text_putc(text, '\n');
    }
    text_putc(text, '\n');
}

static void put_findings(
    const struct exploring *exploring, const struct paint *paint, size_t width, struct text *text)
{
    const struct explored *explored = &exploring->explored;

    for (size_t i = 0; i < explored->finding_count; i++) {
        const struct finding *finding = &explored->findings[i];

        put_located(exploring, finding, text);
        put_way(finding, paint, width, text);
        if (i > 0 || !exploring->scenario_path)
            put_scenario(finding->scenario, text);
        else
            text_printf(text, "      written to %s; play it with runbook test\n\n", exploring->scenario_path);
    }
}

/* --- what matters --- */

static bool is_wanted(const struct exploring *exploring, const struct matter *matter)
{
    struct path_forms forms = {0};
    bool is;

    if (!exploring->step)
        return true;
    path_forms_set(&forms, matter->path);
    is = strcmp(forms.id, exploring->step) == 0;
    path_forms_fini(&forms);
    return is;
}

static void print_matters(const struct exploring *exploring, const struct paint *paint, size_t width)
{
    static const struct column columns[] = {
        {"WHEN", false, 16}, {"SITUATIONS", true, 0}, {"CHANGE THE END", true, 0}, {"SUCH AS", false, 16}};
    const struct explored *explored = &exploring->explored;
    struct grid grid;

    grid_init(&grid, columns, 4);
    for (size_t i = 0; i < explored->matter_count; i++) {
        const struct matter *matter = &explored->matters[i];
        char situations[32], changes[32];

        if (!is_wanted(exploring, matter))
            continue;
        snprintf(situations, sizeof(situations), "%zu", matter->situations);
        snprintf(changes, sizeof(changes), "%zu", matter->changes);
        grid_add(&grid, INK_PLAIN, matter->outcome);
        grid_add(&grid, INK_PLAIN, situations);
        grid_add(&grid, matter->changes ? INK_WARN : INK_DIM, changes);
        grid_add(&grid, INK_PLAIN, matter->example ? matter->example : "");
    }
    if (grid.len)
        grid_print(&grid, paint, width, stdout);
    else
        puts("Nothing of it is decided anywhere.");
    grid_fini(&grid);
    puts("Held against the usual outcome, with everything after it as usual.\n");
}

/* --- what was not looked at --- */

static bool has_jitter(const struct book *book)
{
    for (size_t d = 0; d < book->document_count; d++)
        for (size_t i = 0; i < book->documents[d]->step_count; i++) {
            const struct retry *retry = book->documents[d]->steps[i]->retry;

            if (retry && retry->jitter == JITTER_FULL)
                return true;
        }
    return false;
}

/* Where the search ended early. New reference. */
static json_t *what_was_left(const struct explored *explored)
{
    static const char *const bounds[] = {[BOUND_STATES] = "--states was reached",
        [BOUND_MEMORY] = "--memory was reached",
        [BOUND_FINDINGS] = "too much was found, mend that first",
        [BOUND_INTERRUPTED] = "it was interrupted"};
    struct text all autotext = {0};

    if (explored->deviations == 1)
        text_puts(&all, "; the way on which everything goes as usual was explored");
    else if (explored->deviations > 1)
        text_printf(&all, "; all ways with at most %zu thing%s going otherwise than usual were explored",
            explored->deviations - 1, explored->deviations == 2 ? "" : "s");
    return json_sprintf("%zu ways that were found were not gone on from: %s%s", explored->waiting,
        bounds[explored->bound], text_str(&all));
}

/* [text]: each is a limit of what the findings say. New reference. */
static json_t *not_explored(const struct exploring *exploring)
{
    const struct explored *explored = &exploring->explored;
    json_t *list = json_array();

    if (explored->bound)
        json_array_append_new(list, what_was_left(explored));
    json_array_append_new(list,
        json_string(
            "other times: an effect takes 1s, a person or a signal 1m, less where a timeout is shorter"));
    json_array_append_new(list, json_string("a cancel or a kill, and signals that nothing waits for"));
    if (explored->unknown.len)
        json_array_append_new(list,
            json_sprintf("what follows where an expression needs what a step prints (%zu places): say it in "
                         "mocks",
                explored->unknown.len));
    if (has_jitter(exploring->program.book))
        json_array_append_new(list, json_string("other delays of retries with jitter than one each"));
    return list;
}

static void put_unknown(const struct explored *explored, struct text *text)
{
    enum { SHOWN = 8 };

    if (!explored->unknown.len)
        return;
    text_puts(text, "Expressions that failed, perhaps for want of what a step really prints:\n");
    for (size_t i = 0; i < explored->unknown.len && i < SHOWN; i++) {
        const struct map_entry *entry = &explored->unknown.entries[i];
        const char *message = entry->value;

        text_puts(text, "  ");
        safe_line(text, entry->key, strlen(entry->key));
        text_puts(text, ": ");
        safe_line(text, message, strlen(message));
        text_putc(text, '\n');
    }
    if (explored->unknown.len > SHOWN)
        text_printf(text, "  … and %zu more\n", explored->unknown.len - SHOWN);
    text_putc(text, '\n');
}

/* --- the sum --- */

static double seconds(const struct explored *explored)
{
    return explored->took_us > 0 ? (double)explored->took_us / 1e6 : 1e-6;
}

static void put_ends(const struct explored *explored, struct text *text)
{
    static const enum run_status statuses[] = {RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELLED};

    text_puts(text, "Ends:");
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (explored->ends[statuses[i]])
            text_printf(text, " %zu %s,", explored->ends[statuses[i]], run_status_name(statuses[i]));
    if (explored->stuck)
        text_printf(text, " %zu never,", explored->stuck);
    if (text->ptr[text->len - 1] == ',')
        text->len--;
    text_puts(text, ".\n");
}

static void put_sum(
    const struct exploring *exploring, const struct paint *paint, size_t width, struct text *text)
{
    const struct explored *explored = &exploring->explored;
    json_t *limits autovalue = not_explored(exploring), *limit;
    char took[DURATION_TEXT_SIZE];
    size_t i;

    paint_printf(paint, text,
        explored->finding_count ? INK_BAD
        : explored->bound       ? INK_WARN
                                : INK_GOOD,
        "%zu finding%s", explored->finding_count, explored->finding_count == 1 ? "" : "s");
    text_printf(text, " in %zu states and %zu ways between them, %s.\n", explored->states,
        explored->transitions, explored->bound ? "not all there are" : "all there are");
    put_ends(explored, text);
    text_printf(text, "%llu events in %s, %.0f a second; %zu MB at most, up to %zu decisions on a way.\n",
        (unsigned long long)explored->events, duration_short(explored->took_us / 1000, took),
        (double)explored->events / seconds(explored), explored->memory_peak >> 20, explored->depth);
    text_puts(text, "Not explored:\n");
    json_array_foreach(limits, i, limit)
    {
        struct text line autotext = {0};

        text_puts(text, "  - ");
        text_puts(&line, json_string_value(limit));
        wrap(text, text_str(&line), width, 4);
        text_putc(text, '\n');
    }
}

void explore_put_text(const struct exploring *exploring)
{
    struct paint paint = cli_paint(exploring->cli);
    struct text text autotext = {0};
    size_t width = cli_width(stdout, 100);

    width = width < 40 ? 40 : width;
    put_findings(exploring, &paint, width, &text);
    if (exploring->wants_matters) {
        cli_print(&text);
        print_matters(exploring, &paint, isatty(STDOUT_FILENO) ? width : 0);
    }
    put_unknown(&exploring->explored, &text);
    put_sum(exploring, &paint, width, &text);
    cli_print(&text);
}

/* --- for machines --- */

static const char *const type_names[] = {
    [FINDING_INVARIANT] = "invariant",
    [FINDING_PROMISE] = "promise",
    [FINDING_WAITS] = "waits-for-ever",
    [FINDING_ENDLESS] = "endless",
    [FINDING_UNANSWERED] = "unanswerable",
    [FINDING_WANTING] = "no-value",
};

static json_t *findings_json(const struct explored *explored)
{
    json_t *list = json_array();

    for (size_t i = 0; i < explored->finding_count; i++) {
        const struct finding *finding = &explored->findings[i];

        json_array_append_new(list,
            json_pack("{s:s, s:s, s:s*, s:s*, s:i, s:i, s:O, s:s}", "type", type_names[finding->type],
                "message", finding->what, "hint", finding->hint, "file",
                finding->pos.source ? finding->pos.source->path : NULL, "line", (int)finding->pos.line,
                "column", (int)finding->pos.column, "way", finding->way, "scenario", finding->scenario));
    }
    return list;
}

static json_t *matters_json(const struct exploring *exploring)
{
    const struct explored *explored = &exploring->explored;
    json_t *list = json_array();

    for (size_t i = 0; i < explored->matter_count; i++) {
        const struct matter *matter = &explored->matters[i];

        if (is_wanted(exploring, matter))
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:I, s:I, s:s*}", "path", matter->path, "when", matter->outcome,
                          "situations", (json_int_t)matter->situations, "changes",
                          (json_int_t)matter->changes, "example", matter->example));
    }
    return list;
}

static json_t *unknown_json(const struct explored *explored)
{
    json_t *map = json_object();

    for (size_t i = 0; i < explored->unknown.len; i++)
        json_object_set_new(
            map, explored->unknown.entries[i].key, json_string(explored->unknown.entries[i].value));
    return map;
}

void explore_put_json(const struct exploring *exploring)
{
    const struct explored *explored = &exploring->explored;
    json_t *json =
        json_pack("{s:o, s:I, s:I, s:b, s:{s:I, s:I, s:I, s:I}, s:I, s:f, s:I, s:I, s:I, s:o, s:o}",
            "findings", findings_json(explored), "states", (json_int_t)explored->states, "transitions",
            (json_int_t)explored->transitions, "complete", explored->bound == BOUND_NONE, "ends", "succeeded",
            (json_int_t)explored->ends[RUN_SUCCEEDED], "failed", (json_int_t)explored->ends[RUN_FAILED],
            "cancelled", (json_int_t)explored->ends[RUN_CANCELLED], "never", (json_int_t)explored->stuck,
            "events", (json_int_t)explored->events, "events_per_second",
            (double)explored->events / seconds(explored), "memory_peak", (json_int_t)explored->memory_peak,
            "depth", (json_int_t)explored->depth, "replays", (json_int_t)explored->replays, "not_explored",
            not_explored(exploring), "unknown", unknown_json(explored));

    if (explored->bound && explored->deviations)
        json_object_set_new(json, "deviations_explored", json_integer((json_int_t)explored->deviations - 1));
    json_object_set_new(json, "took_us", json_integer((json_int_t)explored->took_us));
    if (exploring->wants_matters)
        json_object_set_new(json, "what_matters", matters_json(exploring));
    cli_print_json(json);
}
