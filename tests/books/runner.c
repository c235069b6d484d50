/* runner: plays one golden book: book.yaml before the world of world.yaml must leave journal.txt.
 *
 *     runner FOLDER             in virtual time
 *     runner FOLDER --live      with real processes and a real journal: the same must be in it
 *     runner FOLDER --update    write journal.txt as it is now
 *
 * world.yaml, all of it optional:
 *     params, event, tags, skip_tags, from: as a run is started with
 *     answers:                            the first whose `step` fits the path (fnmatch) answers
 *       - step: deploy/check*             or  channel: pager
 *         outcomes: [{…}, {…}]            successive attempts; the last one stays. Or one alone, inline:
 *         stdout, stderr (or message), and exit_code, or class: signal; takes
 *         or what no process can bring: another class, with a message
 *     happenings: [{at: 5s, by: ana, ack: NAME | cancel: WHY | kill: WHY | note: TEXT | signal: NAME, data
 *                   | approve | deny | done | answer: PATH, fields, note}] */
#include "live_stage.h"

#include "base/duration.h"
#include "drive/birth.h"
#include "drive/kinds.h"
#include "step/ended.h"

#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { INPUTS_MAX = 100000, EXIT_SKIPPED = 77 };

static const char not_ended[] = "               ! the run has not ended\n";

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

/* What a real process would have left, where it is one. */
static void end_process(const json_t *answer, struct outcome *outcome)
{
    const char *out = value_get_string(answer, "stdout"), *err = value_get_string(answer, "stderr");
    const char *class_ = value_get_string(answer, "class");
    bool is_signal = class_ && strcmp(class_, "signal") == 0;

    if (!err)
        err = value_get_string(answer, "message");
    ended_process(
        &(struct process_end){
            .exit_code = is_signal ? -1 : (int)json_integer_value(json_object_get(answer, "exit_code")),
            .signal = is_signal ? SIGKILL : 0,
            .out = out ? out : "",
            .out_len = out ? strlen(out) : 0,
            .err = err ? err : "",
            .err_len = err ? strlen(err) : 0},
        outcome);
}

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    json_t *answer = choose(context, effect);
    const char *class_ = value_get_string(answer, "class"), *message = value_get_string(answer, "message");

    if (!class_ || strcmp(class_, "signal") == 0)
        end_process(answer, outcome);
    else
        *outcome = (struct outcome){.class_ = (enum fail_class)fail_class_parse(class_),
            .exit_code = -1,
            .message = mem_strdup(message ? message : class_)};
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

static struct scheduled plan_one(json_t *item)
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
        return (struct scheduled){duration_us(item, "at", 0), happening};
    }
    fprintf(stderr, "world: a happening without a verb\n");
    exit(2);
}

static struct scheduled *plan(const json_t *world, size_t *ret_count)
{
    const json_t *items = json_object_get(world, "happenings");
    struct scheduled *plan = mem_alloc((json_array_size(items) + 1) * sizeof(*plan));

    *ret_count = json_array_size(items);
    for (size_t i = 0; i < *ret_count; i++)
        plan[i] = plan_one(json_array_get(items, i));
    return plan;
}

static void plan_free(struct scheduled *plan, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(plan[i].what.data);
    free(plan);
}

static json_t *start_data(const json_t *world, const struct document *document)
{
    json_t *given = json_object_get(world, "params");
    json_t *start = json_pack("{s:o, s:i, s:s}", "run",
        birth_run(document, STAGE_RUN_ID, (int64_t)STAGE_WALL_START * 1000000, "olga"), "seed", STAGE_SEED,
        "nonce", STAGE_NONCE);
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

struct play {
    const char *folder;
    struct book *book;
    struct script *script;
    struct world world;
    struct scheduled *plan;
    size_t plan_count;
    json_t *start;
    bool update;
};

static int play_virtually(const struct play *play)
{
    char *journal autofree = mem_printf("%s/journal.txt", play->folder);
    autotext struct text difference = {0};
    struct stage stage;
    int rc;

    stage_init(&stage, play->book, play->script, play->world, INPUTS_MAX);
    for (size_t i = 0; i < play->plan_count; i++)
        stage_later(&stage, play->plan[i].at_us, &play->plan[i].what);
    stage_play(&stage, play->start);
    if (!stage.is_finished)
        text_puts(&stage.log, not_ended);
    if (stage_unanswered(&stage))
        text_puts(&stage.log, "               ! an effect was not answered\n");
    rc = stage.is_broken ? 1 : 0;
    if (rc)
        printf("broken:\n%s", text_str(&stage.log));
    else if (stage_fold(&stage, play->book, play->script, &difference) < 0)
        rc = printf("played again, it goes another way:\n%s\n", text_str(&difference)) > 0;
    else
        rc = compare(journal, text_str(&stage.log), play->update);
    stage_fini(&stage);
    return rc;
}

/* What cannot be carried out live, and why. Who is listed without need is told so. */
static const struct {
    const char *book, *why;
} only_virtual[] = {
    {"on-interrupt", "an attempt is lost only when its engine has died (tests/crash)"},
};

static const char *why_only_virtual(const char *folder)
{
    const char *name = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;

    for (size_t i = 0; i < sizeof(only_virtual) / sizeof(only_virtual[0]); i++)
        if (strcmp(name, only_virtual[i].book) == 0)
            return only_virtual[i].why;
    return NULL;
}

static int judge_live(const struct play *play, enum live_end end, struct text *log)
{
    char *journal autofree = mem_printf("%s/journal.txt", play->folder);
    const char *why = why_only_virtual(play->folder);

    if (end == LIVE_BROKEN || (end == LIVE_IMPOSSIBLE && !why))
        return printf("not carried out:\n%s", text_str(log)) > 0;
    if (end == LIVE_IMPOSSIBLE)
        return printf("only in virtual time: %s\n", why) > 0 ? EXIT_SKIPPED : 1;
    if (why)
        return printf("it can be carried out: take it off the list\n") > 0;
    if (end == LIVE_WAITS)
        text_puts(log, not_ended);
    return compare(journal, text_str(log), false);
}

static int play_live(const struct play *play)
{
    autotext struct text log = {0};
    enum live_end end = live_stage_play(&(struct live_play){.book = play->book,
                                            .script = play->script,
                                            .world = play->world,
                                            .happenings = play->plan,
                                            .happening_count = play->plan_count,
                                            .start = play->start},
        &log);

    return judge_live(play, end, &log);
}

static int play(struct book *book, struct script *script, const char *folder, json_t *world, const char *how)
{
    json_t *list = json_object_get(world, "answers");
    size_t *used autofree = mem_alloc((json_array_size(list) + 1) * sizeof(size_t));
    struct answers answers = {.list = list, .used = used};
    json_t *start autovalue = start_data(world, book->documents[0]);
    struct play play = {.folder = folder,
        .book = book,
        .script = script,
        .world = {.answer = answer, .context = &answers},
        .start = start,
        .update = strcmp(how, "--update") == 0};
    int rc;

    play.plan = plan(world, &play.plan_count);
    rc = strcmp(how, "--live") == 0 ? play_live(&play) : play_virtually(&play);
    plan_free(play.plan, play.plan_count);
    return rc;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    const char *how = argc > 2 ? argv[2] : "";
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
        rc = play(book, script, folder, world, how);
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
