/* runner: plays one golden book: book.yaml before the world of world.yaml must leave journal.txt.
 *
 *     runner FOLDER [--update]
 *
 * world.yaml, all of it optional:
 *     params, event, tags, skip_tags, from: as a run is started with
 *     answers:                            the first whose `step` fits the path (fnmatch) answers
 *       - step: deploy/check*             or  channel: pager
 *         outcomes: [{…}, {…}]            successive attempts; the last one stays. Or one alone, inline:
 *         class, exit_code, message, result, stdout, output, takes
 *     happenings: [{at: 5s, by: ana, ack: NAME | cancel: WHY | kill: WHY | note: TEXT | signal: NAME, data
 *                   | approve | deny | done | answer: PATH, fields, note}] */
#include "stage.h"

#include "base/duration.h"
#include "drive/kinds.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { INPUTS_MAX = 100000 };

struct answers {
    json_t *list;
    size_t *used; /* how often each has answered */
};

static int64_t duration_us(const json_t *map, const char *key, int64_t fallback_us)
{
    const char *text = value_get_string(map, key);
    int64_t ms;
    struct err err;

    if (!text)
        return fallback_us;
    if (duration_parse(text + (*text == '+'), &ms, &err) < 0) {
        fprintf(stderr, "world: %s\n", err.text);
        exit(2);
    }
    return ms * 1000;
}

/* --- the world --- */

static bool fits(const json_t *answer, const struct effect *effect)
{
    const char *step = value_get_string(answer, "step"), *channel = value_get_string(answer, "channel");
    const char *used = value_get_string(effect->args, "channel");

    if (effect->type == EFFECT_NOTIFY)
        return channel && used && fnmatch(channel, used, 0) == 0;
    return step && fnmatch(step, effect->path, 0) == 0;
}

static json_t *choose(struct answers *answers, const struct effect *effect)
{
    for (size_t i = 0; i < json_array_size(answers->list); i++) {
        json_t *answer = json_array_get(answers->list, i), *outcomes = json_object_get(answer, "outcomes");
        size_t count = json_array_size(outcomes), at = answers->used[i];

        if (!fits(answer, effect))
            continue;
        answers->used[i]++;
        return count ? json_array_get(outcomes, at < count ? at : count - 1) : answer;
    }
    return NULL;
}

static json_t *result_of(const json_t *answer, int exit_code)
{
    json_t *given = json_object_get(answer, "result");
    json_t *result = given ? json_deep_copy(given) : json_object();

    if (!given && exit_code >= 0) {
        json_object_set_new(result, "exit_code", json_integer(exit_code));
        json_object_set_new(result, "stdout", json_string(""));
    }
    for (const char *const *key = (const char *const[]){"stdout", "output", NULL}; *key; key++)
        if (json_object_get(answer, *key))
            json_object_set(result, *key, json_object_get(answer, *key));
    return result;
}

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    json_t *answer = choose(context, effect);
    const char *class_ = value_get_string(answer, "class"), *message = value_get_string(answer, "message");
    json_t *exit_code = json_object_get(answer, "exit_code");
    char text[64];

    outcome->exit_code = exit_code ? (int)json_integer_value(exit_code) : class_ ? -1 : 0;
    if (class_)
        outcome->class_ = (enum fail_class)fail_class_parse(class_);
    else if (outcome->exit_code > 0)
        outcome->class_ = FAIL_EXIT;
    if (outcome->class_ != FAIL_NONE) {
        snprintf(text, sizeof(text), "exit code %d", outcome->exit_code);
        outcome->message = mem_strdup(message ? message : class_ ? class_ : text);
    }
    if (effect->type == EFFECT_START && (!class_ || json_object_get(answer, "result")))
        outcome->result = result_of(answer, outcome->exit_code);
    return duration_us(answer, "takes", 1000000);
}

/* --- what people do --- */

static const struct {
    const char *key;
    enum input_type type;
    bool is_path;
} verbs[] = {
    {"ack", INPUT_ACK, false},
    {"cancel", INPUT_CANCEL, false},
    {"kill", INPUT_KILL, false},
    {"note", INPUT_NOTE, false},
    {"signal", INPUT_SIGNAL, false},
    {"approve", INPUT_ANSWER, true},
    {"deny", INPUT_ANSWER, true},
    {"done", INPUT_ANSWER, true},
    {"fail", INPUT_ANSWER, true},
    {"answer", INPUT_ANSWER, true},
};

static json_t *answer_data(const json_t *item, const char *decision)
{
    return json_pack("{s:s, s:O*, s:O*, s:O*}", "decision", decision, "fields",
        json_object_get(item, "fields"), "note", json_object_get(item, "with_note"), "checklist",
        json_object_get(item, "checklist"));
}

static void plan_one(struct stage *stage, json_t *item)
{
    const char *by = value_get_string(item, "by");

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const char *value = value_get_string(item, verbs[i].key);
        struct happening happening = {.type = verbs[i].type, .by = {by ? by : "olga", "host", "test"}};

        if (!value)
            continue;
        if (verbs[i].is_path) {
            happening.path = value;
            happening.data = answer_data(item, verbs[i].key);
        } else {
            happening.name = value;
            happening.data = json_incref(json_object_get(item, "data"));
        }
        stage_later(stage, duration_us(item, "at", 0), &happening);
        json_decref(happening.data);
        return;
    }
    fprintf(stderr, "world: a happening without a verb\n");
    exit(2);
}

static json_t *start_data(const json_t *world, const struct document *document)
{
    json_t *given = json_object_get(world, "params");
    json_t *start = json_pack("{s:{s:s, s:s, s:s, s:s, s:s}, s:i, s:s}", "run", "id", "aaaabbbbcccc",
        "runbook", document->id, "severity", document->severity ? document->severity : "", "initiator",
        "olga", "started_at", "2026-01-01T00:00:00Z", "seed", 7, "nonce", "n0nce");
    struct diags diags = {0};
    json_t *params = params_check(&document->params, given, true, &diags);

    if (!params)
        fprintf(stderr, "world: %s\n", diags.items[0].text);
    diags_fini(&diags);
    if (!params)
        exit(2);
    json_object_set_new(start, "params", params);
    for (const char *const *key = (const char *const[]){"event", "tags", "skip_tags", "from", "env", NULL};
         *key; key++)
        if (json_object_get(world, *key))
            json_object_set(start, *key, json_object_get(world, *key));
    return start;
}

/* --- files --- */

static char *read_file(const char *path, size_t *ret_len)
{
    struct text text = {0};
    char buffer[8192];
    FILE *file = fopen(path, "r");
    size_t n;

    if (!file)
        return NULL;
    while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add(&text, buffer, n);
    fclose(file);
    *ret_len = text.len;
    return text_take(&text);
}

static json_t *read_world(const char *path)
{
    size_t len;
    char *bytes autofree = read_file(path, &len);
    struct source source = {.path = path, .text = bytes, .len = len};
    struct diags diags = {0};
    json_t *world;

    if (!bytes)
        return json_object();
    world = load_value(&source, &diags);
    if (!world)
        fprintf(stderr, "%s:%u: %s\n", path, diags.items[0].pos.line, diags.items[0].text);
    diags_fini(&diags);
    if (!world)
        exit(2);
    return world;
}

static int compare(const char *path, const char *log, bool update)
{
    size_t len = 0;
    char *expected autofree = read_file(path, &len);
    FILE *file;

    if (expected && strcmp(expected, log) == 0)
        return 0;
    if (update) {
        file = fopen(path, "w");
        if (!file)
            return 2;
        fputs(log, file);
        fclose(file);
        printf("updated %s\n", path);
        return 0;
    }
    printf("--- the journal is another one than %s; it is now:\n%s", path, log);
    return 1;
}

static int play(struct book *book, struct script *script, const char *folder, json_t *world, bool update)
{
    char *journal autofree = mem_printf("%s/journal.txt", folder);
    json_t *list = json_object_get(world, "answers");
    size_t *used autofree = mem_alloc((json_array_size(list) + 1) * sizeof(size_t));
    struct answers answers = {.list = list, .used = used};
    json_t *start autovalue = start_data(world, book->documents[0]);
    autotext struct text difference = {0};
    struct stage stage;
    json_t *item;
    size_t i;
    int rc;

    stage_init(&stage, book, script, (struct world){.answer = answer, .context = &answers}, INPUTS_MAX);
    json_array_foreach(json_object_get(world, "happenings"), i, item) plan_one(&stage, item);
    stage_play(&stage, start);
    if (!stage.is_finished)
        text_puts(&stage.log, "               ! the run has not ended\n");
    if (stage_unanswered(&stage))
        text_puts(&stage.log, "               ! an effect was not answered\n");
    rc = stage.is_broken ? 1 : 0;
    if (rc)
        printf("broken:\n%s", text_str(&stage.log));
    else if (stage_fold(&stage, book, script, &difference) < 0)
        rc = printf("played again, it goes another way:\n%s\n", text_str(&difference)) > 0;
    else
        rc = compare(journal, text_str(&stage.log), update);
    stage_fini(&stage);
    return rc;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    bool update = argc > 2 && strcmp(argv[2], "--update") == 0;
    char *book_path autofree = mem_printf("%s/book.yaml", folder);
    char *world_path autofree = mem_printf("%s/world.yaml", folder);
    struct diags diags = {0};
    struct script *script = script_new(NULL);
    struct book *book = load_book(book_path, all_kinds(), &diags);
    json_t *world = read_world(world_path);
    int rc = 2;

    if (book && !diags.errors)
        script_compile(script, book, &diags);
    if (book && !diags.errors) {
        rc = play(book, script, folder, world, update);
    } else {
        struct text text = {0};

        diags_render(&diags, &text, false);
        fputs(text_str(&text), stderr);
        text_fini(&text);
    }
    json_decref(world);
    diags_fini(&diags);
    book_free(book);
    script_free(script);
    return rc;
}
