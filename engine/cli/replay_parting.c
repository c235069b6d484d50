#include "cli/grid.h"
#include "cli/path.h"
#include "cli/replay_inside.h"
#include "report/words.h"

#include <string.h>

enum { VALUE_WIDTH = 60 };

static json_t *event_value(const struct past *past, const struct event *event)
{
    struct text text autotext = {0};
    struct event bare = *event;

    bare.index = 0;
    journal_canonical(past->id, &bare, &text);
    json_t *value = json_loadb(text_str(&text), text.len, 0, NULL);
    json_object_del(value, "index");
    return value;
}

static const struct step *step_of(const struct program *program, const struct parting *parting)
{
    const struct event *event = parting->then && *parting->then->path ? parting->then : parting->now;

    return event && *event->path ? path_step(program->book, event->path) : NULL;
}

json_t *parting_json(const struct past *past, const struct program *program, const struct parting *parting)
{
    const struct step *step = step_of(program, parting);
    json_t *json = json_object();

    if (parting->then)
        json_object_set_new(json, "journal", event_value(past, parting->then));
    if (parting->now)
        json_object_set_new(json, "replay", event_value(past, parting->now));
    if (parting->refusal)
        json_object_set_new(json, "refusal", json_string(parting->refusal));
    if (step && step->pos.source) {
        json_object_set_new(json, "file", json_string(step->pos.source->path));
        json_object_set_new(json, "line", json_integer(step->pos.line));
    }
    return json;
}

/* --- in words --- */

static void put_side(const struct paint *paint, const char *label, const struct event *event,
    const char *none, struct text *text)
{
    struct text words autotext = {0};

    paint_printf(paint, text, INK_BOLD, "  %-8s ", label);
    if (!event) {
        text_printf(text, "%s\n", none);
        return;
    }
    event_words(event, &words);
    text_printf(
        text, "%llu %s %s", (unsigned long long)event->seq, event_type_name(event->type), event->path);
    text_printf(text, "%s%s\n", words.len ? ": " : "", text_str(&words));
}

static void put_value(const struct paint *paint, const json_t *value, struct text *text)
{
    struct text raw autotext = {0}, line autotext = {0};

    if (!value) {
        text_puts(text, "nothing");
        return;
    }
    value_canonical(value, &raw);
    safe_line(&line, text_str(&raw), raw.len);
    clip(paint, text, text_str(&line), VALUE_WIDTH);
}

/* "data.result.stdout: "a", now "b"" for every member in which the two differ. */
static void put_differences(
    const struct paint *paint, const char *where, json_t *then, json_t *now, struct text *text)
{
    json_t *both autovalue = json_deep_copy(then);
    const char *key;
    json_t *value;

    json_object_update_missing(both, now);
    json_object_foreach(both, key, value)
    {
        json_t *a = json_object_get(then, key), *b = json_object_get(now, key);
        char *place autofree = mem_printf("%s%s%s", where, *where ? "." : "", key);

        if (json_equal(a, b))
            continue;
        if (json_is_object(a) && json_is_object(b)) {
            put_differences(paint, place, a, b, text);
            continue;
        }
        paint_printf(paint, text, INK_DIM, "    %s: ", place);
        put_value(paint, a, text);
        text_puts(text, ", now ");
        put_value(paint, b, text);
        text_putc(text, '\n');
    }
}

static void put_step(const struct paint *paint, const struct step *step, struct text *text)
{
    const struct source *source = step->pos.source;
    const char *line = source->text, *end;
    struct text shown autotext = {0};

    for (uint32_t i = 1; i < step->pos.line && line; i++)
        line = (line = strchr(line, '\n')) ? line + 1 : NULL;
    paint_printf(paint, text, INK_DIM, "  %s:%u: ", source->path, step->pos.line);
    if (line) {
        line += strspn(line, " ");
        end = line + strcspn(line, "\n");
        safe_line(&shown, line, (size_t)(end - line));
    }
    text_printf(text, "%s\n", text_str(&shown));
}

void parting_text(const struct replay *replay, const struct past *past, const struct program *program,
    const struct parting *parting, const struct paint *paint, struct text *text)
{
    const struct step *step = step_of(program, parting);

    text_printf(
        text, "replay: %zu of %zu events agree, then they part\n", replay_agreed(replay), past->event_count);
    put_side(paint, "journal", parting->then, "nothing more", text);
    put_side(paint, "replay", parting->now, parting->refusal ? parting->refusal : "nothing here", text);
    if (parting->then && parting->now && parting->then->type == parting->now->type) {
        json_t *then autovalue = event_value(past, parting->then);
        json_t *now autovalue = event_value(past, parting->now);

        put_differences(paint, "", then, now, text);
    }
    if (parting->then && !parting->then->data && parting->now && parting->now->data)
        text_puts(text, "  the journal does not have what this event told: it may have been redacted\n");
    if (step && step->pos.source)
        put_step(paint, step, text);
}
