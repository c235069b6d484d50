/* runner: plays one golden book: book.yaml before the world of world.yaml must leave journal.txt.
 *
 *     runner FOLDER             in virtual time
 *     runner FOLDER --live      with real processes and a real journal: the same must be in it
 *     runner FOLDER --update    write journal.txt as it is now
 *
 * world.yaml is a file of one scenario, as `runbook test` plays it, without expectations. */
#include "live_stage.h"

#include "drive/birth.h"
#include "drive/scene.h"
#include "load/scenario.h"

#include <stdio.h>
#include <string.h>

enum { INPUTS_MAX = 100000, EXIT_SKIPPED = 77 };

static const char not_ended[] = "               ! the run has not ended\n";

/* --- the world --- */

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    return scene_answer(context, NULL, effect, outcome);
}

static struct scheduled act_of(const struct scene *scene, const struct person *person)
{
    struct input input = scene_input(scene, person);

    return (struct scheduled){
        person->at.value * 1000, {input.type, input.path, input.name, input.data, input.by}};
}

static struct scheduled signal_of(const struct scenario *scenario, const struct sent_signal *signal)
{
    return (struct scheduled){
        signal->at.value * 1000, {.type = INPUT_SIGNAL,
                                     .name = signal->name,
                                     .data = json_incref(signal->data),
                                     .by = {signal->by ? signal->by : scenario->initiator, "test", "test"}}};
}

static struct scheduled *plan(const struct scene *scene, const struct scenario *scenario, size_t *ret_count)
{
    size_t people = scenario->people.len;
    struct scheduled *plan = mem_alloc((people + scenario->signals.len + 1) * sizeof(*plan));

    *ret_count = people + scenario->signals.len;
    for (size_t i = 0; i < people; i++)
        plan[i] = act_of(scene, scenario->people.items[i]);
    for (size_t i = 0; i < scenario->signals.len; i++)
        plan[people + i] = signal_of(scenario, scenario->signals.items[i]);
    return plan;
}

static void plan_free(struct scheduled *plan, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(plan[i].what.data);
    free(plan);
}

static json_t *texts_json(const struct strings *strings)
{
    json_t *list = strings->len ? json_array() : NULL;

    for (size_t i = 0; i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

static json_t *start_data(const struct scenario *scenario, const struct document *document)
{
    json_t *params autovalue = params_check(&document->params, scenario->params, false, &(struct diags){0});

    return json_pack("{s:O, s:o, s:i, s:s, s:O*, s:o*, s:o*, s:s*}", "params", params, "run",
        birth_run(document, STAGE_RUN_ID, (int64_t)STAGE_WALL_START * 1000000, scenario->initiator), "seed",
        STAGE_SEED, "nonce", STAGE_NONCE, "event", scenario->event, "tags", texts_json(&scenario->tags),
        "skip_tags", texts_json(&scenario->skip_tags), "from", scenario->from);
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
    size_t interruptions = 0;
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
    else if (stage_interrupt(&stage, play->book, play->script, &interruptions, &difference) < 0)
        rc = printf("interrupted and resumed, it goes another way:\n%s\n", text_str(&difference)) > 0;
    else
        rc = compare(journal, text_str(&stage.log), play->update);
    printf("interrupted and resumed at %zu of %zu places\n", interruptions, stage.cause_count);
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

static int play(
    const struct program *program, const char *folder, const struct scenario *scenario, const char *how)
{
    struct diags problems = {0};
    struct scene *scene = scene_new(program, scenario, &problems);
    json_t *start autovalue = start_data(scenario, program->book->documents[0]);
    struct play play = {.folder = folder,
        .book = program->book,
        .script = program->script,
        .world = {.answer = answer, .context = scene},
        .start = start,
        .update = strcmp(how, "--update") == 0};
    int rc;

    play.plan = plan(scene, scenario, &play.plan_count);
    rc = strcmp(how, "--live") == 0 ? play_live(&play) : play_virtually(&play);
    plan_free(play.plan, play.plan_count);
    scene_free(scene);
    diags_fini(&problems);
    return rc;
}

/* It is not held against the book: what cannot be answered is a thing to be refused here. */
static struct scenario_file *read_world(const char *folder, struct diags *diags)
{
    char *path autofree = mem_printf("%s/world.yaml", folder);

    return load_scenarios(path, diags);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    const char *how = argc > 2 ? argv[2] : "";
    char *book_path autofree = mem_printf("%s/book.yaml", folder);
    struct diags diags = {0};
    struct program program;
    struct scenario_file *file = NULL;
    int rc = 2;

    if (program_open(book_path, &program, &diags) == 0)
        file = read_world(folder, &diags);
    if (file && !diags.errors) {
        rc = play(&program, folder, file->scenarios.items[0], how);
    } else {
        struct text text = {0};

        diags_render(&diags, &text, false);
        fputs(text_str(&text), stderr);
        text_fini(&text);
    }
    scenario_file_free(file);
    program_fini(&program);
    diags_fini(&diags);
    return rc;
}
