#include "drive/past.h"
#include "base/hash.h"
#include "base/mem.h"
#include "journal/audit.h"
#include "script/pin.h"
#include "step/step.h"

#include <stdio.h>
#include <string.h>

/* --- the runbook --- */

struct pinned {
    struct source *sources;
    size_t count, cap;
    struct arena arena;
    int code;
    struct err *err;
};

static bool keep_source(void *context, const struct source *source)
{
    struct pinned *pinned = context;
    struct sha256 hash = sha256_of(source->text, source->len);
    struct source *kept;
    char hex[SHA256_HEX_SIZE];

    sha256_hex(&hash, hex);
    if (strcmp(hex, source->sha256) != 0) {
        pinned->code = err_set(
            pinned->err, ERR_CORRUPT, "the pinned text of %s is not the one of its hash", source->path);
        return false;
    }
    pinned->sources = mem_grow(pinned->sources, pinned->count, &pinned->cap, sizeof(*pinned->sources));
    kept = &pinned->sources[pinned->count++];
    *kept = *source;
    kept->path = arena_strdup(&pinned->arena, source->path);
    kept->text = arena_strndup(&pinned->arena, source->text, source->len);
    return true;
}

static int load(struct past *past, struct pinned *pinned, struct err *err)
{
    struct text problems autotext = {0};
    struct diags diags = {0};
    int code = 0;

    if (program_open_pinned(past->row->file, pinned->sources, pinned->count, &past->program, &diags) < 0) {
        diags_render(&diags, &problems, false);
        code = err_set(err, ERR_INVALID,
            "this version cannot load the runbook that run %.6s was begun with:\n%s", past->id,
            text_str(&problems));
    }
    diags_fini(&diags);
    return code;
}

static int open_program(struct past *past, struct err *err)
{
    struct pinned pinned = {.err = err};
    int code = journal_sources(past->journal, past->id, keep_source, &pinned, err);

    code = code < 0 ? code : pinned.code;
    if (code == 0)
        code = load(past, &pinned, err);
    free(pinned.sources);
    arena_fini(&pinned.arena);
    return code;
}

/* --- the events --- */

static bool keep_event(void *context, const struct event *event)
{
    struct past *past = context;
    struct arena *arena = &past->arena;
    struct event *kept;

    past->events = mem_grow(past->events, past->event_count, &past->event_cap, sizeof(*past->events));
    kept = &past->events[past->event_count++];
    *kept = *event;
    kept->path = arena_strdup(arena, event->path);
    kept->by = (struct principal){arena_strdup(arena, event->by.user), arena_strdup(arena, event->by.host),
        arena_strdup(arena, event->by.way)};
    json_incref(kept->data);
    return true;
}

int past_read_on(struct past *past, struct err *err)
{
    uint64_t last = past->event_count ? past->events[past->event_count - 1].seq : 0;

    return journal_events(past->journal, past->id, last + 1, true, keep_event, past, err);
}

uint64_t past_moves_after(const struct past *past, const struct event *event)
{
    const struct event *end = past->events + past->event_count;

    for (event++; event < end; event++)
        if (event->cause)
            return (uint64_t)json_integer_value(json_object_get(event->data, "moves"));
    return 0;
}

enum { NUMBER_SIZE = 24 };

static const char *key_of(uint64_t seq, char ret[NUMBER_SIZE])
{
    snprintf(ret, NUMBER_SIZE, "%llu", (unsigned long long)seq);
    return ret;
}

static void keep_redacted(void *context, uint64_t seq)
{
    struct past *past = context;
    char key[NUMBER_SIZE];

    map_put(&past->redacted, key_of(seq, key), past);
}

int past_find_redacted(struct past *past, struct err *err)
{
    if (!past->event_count)
        return 0;
    return audit_redacted(past->journal, past->id, past->events[0].index,
        past->events[past->event_count - 1].index, keep_redacted, past, err);
}

bool past_is_redacted(const struct past *past, const struct event *event)
{
    char key[NUMBER_SIZE];

    return past->redacted.len && map_get(&past->redacted, key_of(event->seq, key));
}

static void compare_with_disk(const struct source *source, struct text *text)
{
    FILE *file = fopen(source->path, "re");
    struct text now autotext = {0};
    char bytes[8192];
    size_t n;

    while (file && now.len <= source->len && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(&now, bytes, n);
    if (file)
        fclose(file);
    if (!file || now.len != source->len || memcmp(text_str(&now), source->text, now.len) != 0)
        text_printf(text, "%s %s\n", source->path, file ? "is another one now" : "is not there any more");
}

static void compare_with_own(const struct source *source, const char *name, struct text *text)
{
    const char *own = pin_standard_text(name);

    if (!own || strcmp(own, source->text) != 0)
        text_printf(text, "%s.lua of the standard library %s\n", name,
            own ? "is another one in this version of runbook" : "is not in this version of runbook");
}

void past_compare_with_now(const struct past *past, struct text *text)
{
    const struct book *book = past->program.book;

    for (size_t i = 0; i < book->source_count; i++) {
        const struct source *source = book->sources[i];
        const char *standard = source_standard(source->path);

        if (standard)
            compare_with_own(source, standard, text);
        else
            compare_with_disk(source, text);
    }
}

int past_open(struct journal *journal, const char *run_id, struct past *ret_past, struct err *err)
{
    int code;

    *ret_past = (struct past){.journal = journal};
    snprintf(ret_past->id, sizeof(ret_past->id), "%s", run_id);
    ret_past->row = journal_get_run(journal, run_id, err);
    if (!ret_past->row)
        return err->code;
    code = past_read_on(ret_past, err);
    if (code == 0)
        code = open_program(ret_past, err);
    if (code < 0)
        past_fini(ret_past);
    return code;
}

void past_fini(struct past *past)
{
    for (size_t i = 0; i < past->event_count; i++)
        json_decref(past->events[i].data);
    free(past->events);
    map_fini(&past->redacted);
    program_fini(&past->program);
    run_row_free(past->row);
    arena_fini(&past->arena);
    *past = (struct past){0};
}

/* --- long texts --- */

struct gathering {
    enum output_stream stream;
    struct text text;
};

static bool gather(void *context, const struct output_chunk *chunk)
{
    struct gathering *gathering = context;

    if (chunk->stream == gathering->stream)
        text_add(&gathering->text, chunk->bytes, chunk->len);
    return true;
}

/* A text of another length is not the one that the step saw. */
static void put_back(
    const struct past *past, const char *path, enum output_stream stream, const char *name, json_t *result)
{
    char *name_len autofree = mem_printf("%s_len", name);
    const json_t *len = json_object_get(result, name_len);
    struct gathering gathering = {.stream = stream};
    json_t *text;

    if (!len)
        return;
    journal_output(past->journal, past->id, path, NULL, gather, &gathering, NULL);
    text = value_string(text_str(&gathering.text), gathering.text.len);
    if ((json_int_t)json_string_length(text) == json_integer_value(len)) {
        json_object_set(result, name, text);
        json_object_del(result, name_len);
    }
    json_decref(text);
    text_fini(&gathering.text);
}

static void complete(
    const struct past *past, const struct event *cause, const struct step *step, struct outcome *outcome)
{
    json_t *result = json_copy(outcome->result);

    put_back(past, cause->path, OUTPUT_STDOUT, "stdout", result);
    put_back(past, cause->path, OUTPUT_STDERR, "stderr", result);
    put_back(past, cause->path, OUTPUT_BODY, "body", result);
    json_decref(outcome->result);
    outcome->result = result;
    if (json_object_del(result, "output_parsed") == 0)
        outcome_parse(outcome, (enum parse_as)step->parse);
}

int past_input_of(const struct past *past, const struct event *cause, const struct step *step,
    struct input *ret_input, struct outcome *ret_outcome, struct err *err)
{
    int code = core_input_of(cause, ret_input, ret_outcome, err);

    if (code == 0 && step && !step->sensitive && json_is_object(ret_outcome->result))
        complete(past, cause, step, ret_outcome);
    return code;
}
