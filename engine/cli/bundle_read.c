/* Reading bundles, and checking everything in them. */
#include "cli/bundle_inside.h"
#include "base/clock.h"
#include "journal/canonical.h"

#include <inttypes.h>
#include <string.h>

/* One run. What its parts point to is in its values, or in the arena. */
struct section {
    struct import_run run;
    json_t *values; /* every line */
    json_t *proof;  /* as `audit check` takes it */
    json_t *row;    /* borrowed */
    char *signer;
    struct source *sources;
    struct import_event *events;
    struct output_chunk *chunks;
    size_t source_cap, event_cap, chunk_cap;
};

struct bundle {
    struct section *sections;
    size_t count, cap;
    struct arena arena;
};

struct reading {
    struct bundle *bundle;
    struct section *section; /* that is being read, or NULL */
    const struct bundle_trust *trust;
    const char *name, *from; /* of the file; where the section begins */
    size_t line;
    struct err *err;
};

static int wrong(const struct reading *reading, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int wrong(const struct reading *reading, int code, const char *format, ...)
{
    char *text autofree = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    return err_set(reading->err, code, "%s:%zu: %s", reading->name, reading->line, text);
}

static const char *text_at(const json_t *map, const char *key)
{
    const char *text = value_get_string(map, key);

    return text ? text : "";
}

static int64_t number_at(const json_t *map, const char *key, int64_t none)
{
    const json_t *value = json_object_get(map, key);

    return json_is_integer(value) ? json_integer_value(value) : none;
}

static int begin_section(struct reading *reading, json_t *line)
{
    struct bundle *bundle = reading->bundle;
    json_t *row = json_object_get(line, "row");
    const char *id = text_at(line, "run");
    struct section *section;

    if (strcmp(text_at(line, "format"), BUNDLE_FORMAT) != 0)
        return wrong(reading, ERR_INVALID, "this is no export of runs, or one of a newer version");
    if (strlen(id) != RUN_ID_SIZE - 1 || !json_is_object(row))
        return wrong(reading, ERR_INVALID, "a run begins here without an id or a row");
    bundle->sections = mem_grow(bundle->sections, bundle->count, &bundle->cap, sizeof(*bundle->sections));
    section = reading->section = &bundle->sections[bundle->count++];
    *section = (struct section){.values = json_array(), .proof = json_object(), .row = row};
    json_object_set_new(section->proof, "format", json_string(PROOF_FORMAT));
    json_object_set(section->proof, "run", json_object_get(line, "run"));
    json_object_set(section->proof, "head", json_object_get(line, "head"));
    json_object_set_new(section->proof, "events", json_array());
    json_object_set_new(section->proof, "sources", json_array());
    snprintf(section->run.row.id, RUN_ID_SIZE, "%s", id);
    return 0;
}

static int add_source(struct reading *reading, json_t *source)
{
    struct section *section = reading->section;
    const json_t *text = json_object_get(source, "text");
    struct source *to;

    section->sources = mem_grow(
        section->sources, section->run.source_count, &section->source_cap, sizeof(*section->sources));
    to = &section->sources[section->run.source_count++];
    *to = (struct source){
        .path = text_at(source, "path"), .text = text_at(source, "text"), .len = json_string_length(text)};
    snprintf(to->sha256, sizeof(to->sha256), "%s", text_at(source, "sha256"));
    json_array_append(json_object_get(section->proof, "sources"), source);
    return 0;
}

static bool read_hex(const char *hex, struct sha256 *ret_hash)
{
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        unsigned byte;

        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        ret_hash->bytes[i] = (uint8_t)byte;
    }
    return true;
}

/* What the proof covers, as an event again. That it is the same is seen when it gives the same text. */
static bool read_event(const json_t *covered, struct event *event)
{
    int type = event_type_parse(text_at(covered, "type")),
        class_ = fail_class_parse(text_at(covered, "class"));

    if (type < 0 || class_ < 0)
        return false;
    *event = (struct event){
        .index = (uint64_t)number_at(covered, "index", 0),
        .seq = (uint64_t)number_at(covered, "seq", 0),
        .wall_us = number_at(covered, "wall_us", 0),
        .mono_us = number_at(covered, "mono_us", 0),
        .type = (enum event_type)type,
        .cause = json_is_true(json_object_get(covered, "cause")),
        .path = text_at(covered, "path"),
        .by = {text_at(covered, "user"), text_at(covered, "host"), text_at(covered, "way")},
        .status = -1,
        .class_ = (enum fail_class)class_,
        .exit_code = (int)number_at(covered, "exit_code", -1),
        .attempt = (int)number_at(covered, "attempt", 0),
        .due_us = number_at(covered, "due_us", -1),
    };
    if (*text_at(covered, "status"))
        event->status = event_status_parse(event->type, text_at(covered, "status"));
    return true;
}

static bool is_covered(const char *run_id, const struct event *event, const json_t *covered)
{
    struct text own autotext = {0}, given autotext = {0}, quoted autotext = {0};
    const json_t *hash = json_object_get(covered, "data");

    if (hash)
        value_canonical(hash, &quoted);
    canonical_event(run_id, event, hash ? text_str(&quoted) : NULL, quoted.len, &own);
    value_canonical(covered, &given);
    return own.len == given.len && memcmp(text_str(&own), text_str(&given), own.len) == 0;
}

static int add_event(struct reading *reading, json_t *line)
{
    struct section *section = reading->section;
    const json_t *covered = json_object_get(line, "event");
    struct import_event *to;

    section->events =
        mem_grow(section->events, section->run.event_count, &section->event_cap, sizeof(*section->events));
    to = &section->events[section->run.event_count++];
    *to = (struct import_event){0};
    json_array_append(json_object_get(section->proof, "events"), line);
    if (!read_event(covered, &to->event) || !is_covered(section->run.row.id, &to->event, covered))
        return wrong(
            reading, ERR_INVALID, "event %zu has what this version does not know", section->run.event_count);
    to->event.data = json_object_get(line, "data");
    if (!to->event.data && json_object_get(covered, "data")) {
        struct sha256 *hash = arena_alloc(&reading->bundle->arena, sizeof(*hash));

        if (!read_hex(text_at(covered, "data"), hash))
            return wrong(
                reading, ERR_CORRUPT, "event %zu: its data's hash is none", section->run.event_count);
        to->redacted = hash;
    }
    return 0;
}

static int add_chunk(struct reading *reading, json_t *output)
{
    struct section *section = reading->section;
    const char *base64 = text_at(output, "bytes"), *stream = text_at(output, "stream");
    struct output_chunk *to;
    size_t len = 0;
    char *bytes autofree = base64_decode(base64, strlen(base64), &len);

    section->chunks =
        mem_grow(section->chunks, section->run.chunk_count, &section->chunk_cap, sizeof(*section->chunks));
    to = &section->chunks[section->run.chunk_count++];
    *to = (struct output_chunk){
        .path = text_at(output, "path"),
        .stream = OUTPUT_STDOUT,
        .wall_us = number_at(output, "wall_us", 0),
        .bytes = bytes ? arena_strndup(&reading->bundle->arena, bytes, len) : "",
        .len = len,
        .offset = (uint64_t)number_at(output, "offset", 0),
        .omitted = (uint64_t)number_at(output, "omitted", 0),
        .is_last = json_object_get(output, "total") != NULL,
        .total = (uint64_t)number_at(output, "total", 0),
        .sha256 = value_get_string(output, "sha256"),
    };
    for (size_t i = 0; i < BUNDLE_STREAMS; i++)
        if (strcmp(bundle_streams[i], stream) == 0)
            to->stream = (enum output_stream)i;
    return bytes ? 0 : wrong(reading, ERR_CORRUPT, "what %s printed is no base64", text_at(output, "path"));
}

/* --- the end of a run --- */

static int check_trust(struct reading *reading)
{
    const struct bundle_trust *trust = reading->trust;
    struct section *section = reading->section;
    struct text signer autotext = {0};
    struct tree_head head;
    const char *verdict = "";

    if (proof_check(section->proof, trust->key, trust->is_named, &verdict, &signer, &head, reading->err) <
        0) {
        err_wrap(reading->err, "run %.6s", section->run.row.id);
        return err_wrap(reading->err, "%s", reading->name);
    }
    section->signer = mem_strdup(text_str(&signer));
    if (trust->is_unchecked || strcmp(verdict, "signature checked") == 0)
        return 0;
    if (!signer.len)
        return wrong(reading, ERR_DENIED,
            "nobody has signed the root that run %.6s is proved by; --unchecked takes it all the same",
            section->run.row.id);
    return wrong(reading, ERR_DENIED,
        "the root that run %.6s is proved by is signed by %s, whose key is not known here: name it with "
        "--key, or "
        "take it --unchecked",
        section->run.row.id, text_str(&signer));
}

static int check_ended(struct reading *reading)
{
    const struct section *section = reading->section;

    for (size_t i = 0; i < section->run.event_count; i++)
        if (section->events[i].event.type == EVENT_RUN_FINISHED)
            return 0;
    return wrong(reading, ERR_INVALID, "run %.6s has not ended", section->run.row.id);
}

static void fill_row(struct section *section)
{
    const json_t *row = section->row;
    struct run_row *to = &section->run.row;

    to->runbook = text_at(row, "runbook");
    to->title = text_at(row, "title");
    to->severity = text_at(row, "severity");
    to->file = text_at(row, "file");
    to->book_sha256 = text_at(row, "book_sha256");
    to->created_us = number_at(row, "created_us", 0);
    to->initiator = (struct principal){text_at(row, "user"), text_at(row, "host"), text_at(row, "way")};
    to->trigger = text_at(row, "trigger");
    to->parent = text_at(row, "parent");
    to->group = text_at(row, "group");
    to->group_limit = number_at(row, "group_limit", 0);
    to->params = json_object_get(row, "params");
    to->labels = json_object_get(row, "labels");
    to->status = RUN_QUEUED;
    to->message = to->engine = to->engine_host = "";
    section->run.sources = section->sources;
    section->run.events = section->events;
    section->run.chunks = section->chunks;
}

static int end_section(struct reading *reading, const char *at, const json_t *line)
{
    struct section *section = reading->section;
    struct sha256 hash = sha256_of(reading->from, (size_t)(at - reading->from));
    char hex[SHA256_HEX_SIZE];
    int code = check_trust(reading);

    sha256_hex(&hash, hex);
    if (code == 0 &&
        (strcmp(hex, text_at(line, "sha256")) != 0 || strcmp(text_at(line, "end"), section->run.row.id) != 0))
        code = wrong(reading, ERR_CORRUPT,
            "run %.6s: its row or its output was changed: the lines of the run do not have this hash",
            section->run.row.id);
    if (code == 0)
        code = check_ended(reading);
    fill_row(section);
    reading->section = NULL;
    return code;
}

/* --- the whole --- */

static int read_line(struct reading *reading, const char *at, size_t len)
{
    json_error_t error;
    json_t *line = json_loadb(at, len, JSON_REJECT_DUPLICATES, &error);
    int code;

    if (!json_is_object(line)) {
        json_decref(line);
        return wrong(reading, ERR_CORRUPT, "this is no JSON object: %s", error.text);
    }
    if (!reading->section) {
        reading->from = at;
        code = begin_section(reading, line);
        if (reading->section)
            json_array_append(reading->section->values, line);
    } else {
        json_array_append(reading->section->values, line);
        code = json_object_get(line, "source")   ? add_source(reading, json_object_get(line, "source"))
               : json_object_get(line, "event")  ? add_event(reading, line)
               : json_object_get(line, "output") ? add_chunk(reading, json_object_get(line, "output"))
               : json_object_get(line, "end")
                   ? end_section(reading, at, line)
                   : wrong(reading, ERR_INVALID, "nothing that is known stands here");
    }
    json_decref(line);
    return code;
}

int bundle_read(const char *name, const char *text, const struct bundle_trust *trust,
    struct bundle **ret_bundle, struct err *err)
{
    struct bundle *bundle = mem_alloc(sizeof(*bundle));
    struct reading reading = {.bundle = bundle, .trust = trust, .name = name, .err = err};
    int code = 0;

    *bundle = (struct bundle){0};
    while (*text && code == 0) {
        size_t len = strcspn(text, "\n");

        reading.line++;
        code = text[len] ? read_line(&reading, text, len)
                         : wrong(&reading, ERR_CORRUPT, "the file was cut off here");
        text += len + (text[len] == '\n');
    }
    if (code == 0 && reading.section)
        code = wrong(&reading, ERR_CORRUPT, "the file was cut off after this: run %.6s does not end",
            reading.section->run.row.id);
    if (code == 0 && !bundle->count)
        code = err_set(err, ERR_INVALID, "%s is empty", name);
    if (code < 0)
        bundle_free(bundle);
    else
        *ret_bundle = bundle;
    return code;
}

bool bundle_is_one(const char *text)
{
    static const char beginning[] = "{\"format\":\"" BUNDLE_FORMAT "\"";

    return strncmp(text, beginning, sizeof(beginning) - 1) == 0;
}

void bundle_free(struct bundle *bundle)
{
    if (!bundle)
        return;
    for (size_t i = 0; i < bundle->count; i++) {
        struct section *section = &bundle->sections[i];

        json_decref(section->values);
        json_decref(section->proof);
        json_decref(section->run.note.data);
        free(section->signer);
        free(section->sources);
        free(section->events);
        free(section->chunks);
    }
    free(bundle->sections);
    arena_fini(&bundle->arena);
    free(bundle);
}

size_t bundle_count(const struct bundle *bundle)
{
    return bundle->count;
}

const char *bundle_run_id(const struct bundle *bundle, size_t index)
{
    return bundle->sections[index].run.row.id;
}

/* The last word says where it comes from: there, and only there, are the hashes that its bundle proves. */
static void add_note(struct section *section, struct principal by)
{
    const struct event *last = &section->events[section->run.event_count - 1].event;
    int64_t now_us = clock_wall_us(), passed_us = now_us - last->wall_us;
    char *text autofree =
        mem_printf("imported: events %" PRIu64 " to %" PRIu64 " of a journal that %s has signed",
            section->events[0].event.index, last->index, *section->signer ? section->signer : "nobody");

    section->run.note = (struct event){.seq = last->seq + 1,
        .wall_us = now_us,
        .mono_us = last->mono_us + (passed_us > 0 ? passed_us : 0),
        .type = EVENT_NOTE_ADDED,
        .cause = true,
        .path = "",
        .by = by,
        .status = -1,
        .exit_code = -1,
        .due_us = -1,
        .data = json_pack("{s:s}", "text", text)};
}

int bundle_import(struct bundle *bundle, struct journal *journal, struct principal by, struct err *err)
{
    struct import_run *runs = mem_alloc(bundle->count * sizeof(*runs));
    int code;

    for (size_t i = 0; i < bundle->count; i++) {
        add_note(&bundle->sections[i], by);
        runs[i] = bundle->sections[i].run;
    }
    code = audit_import(journal, runs, bundle->count, err);
    free(runs);
    return code;
}
