/* sim: random runbooks before random worlds. For each seed:
 *
 *     - the run ends
 *     - every effect is answered, and nothing is answered that was not ordered
 *     - every `always` whose block began has run, unless the run was killed
 *     - what began ends, once, and nothing happens to it afterwards
 *     - the causes alone, played again, give the same events and the same state
 *     - interrupted after any cause and resumed, with everything done again that was under way, it goes the
 * same way
 *
 *     sim [COUNT [FIRST-SEED]]      sim --show SEED prints the runbook and the journal of one */
#include "author.h"
#include "stage.h"

#include "drive/kinds.h"

#include <stdio.h>
#include <string.h>

enum { INPUTS_MAX = 20000, INTERRUPTED_CAUSES = 15 };

static const int64_t second_us = 1000000;

struct seen {
    bool has_begun, is_loop, is_retried, has_ended;
    bool has_timer_only; /* a deadline is armed before the step begins */
};

struct simulation {
    struct dice dice;
    struct map paths;    /* path -> struct seen * */
    struct text problem; /* the first that was found */
    bool is_killed;
    uint32_t failing; /* percent of what is tried */
};

static void problem(struct simulation *sim, const char *what, const char *path)
{
    if (!sim->problem.len)
        text_printf(&sim->problem, "%s: %s", what, path);
}

/* --- the world --- */

static int64_t some_time_us(struct dice *dice)
{
    static const int64_t seconds[] = {0, 1, 1, 2, 3, 10, 25, 70, 400, 4000};

    return seconds[dice_below(dice, 10)] * second_us;
}

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    struct simulation *sim = context;
    static const enum fail_class classes[] = {
        FAIL_EXIT, FAIL_EXIT, FAIL_SIGNAL, FAIL_SPAWN, FAIL_NETWORK, FAIL_PARSE, FAIL_LOST};
    char stdout_text[2] = {(char)('0' + dice_below(&sim->dice, 3)), '\0'};

    outcome->exit_code = -1;
    if (dice_percent(&sim->dice, sim->failing))
        outcome->class_ = classes[dice_below(&sim->dice, 7)];
    if (outcome->class_ == FAIL_NONE || outcome->class_ == FAIL_EXIT) {
        outcome->exit_code = outcome->class_ == FAIL_EXIT ? 1 + (int)dice_below(&sim->dice, 2) : 0;
        if (effect->type == EFFECT_START)
            outcome->result = json_pack("{s:s, s:i}", "stdout", stdout_text, "exit_code", outcome->exit_code);
    }
    if (outcome->class_ != FAIL_NONE)
        outcome->message = mem_strdup("it went wrong");
    return some_time_us(&sim->dice);
}

static const char *const users[] = {"ana", "bo", "olga", ""};

static void plan_answer(struct simulation *sim, struct stage *stage, const struct effect *effect)
{
    static const char *const decisions[] = {
        "approve", "approve", "deny", "done", "done", "answer", "nonsense"};
    static const char *const after_loss[] = {"retry", "skip", "fail", "nonsense"};
    struct happening happening = {.type = INPUT_ANSWER,
        .path = arena_strdup(&stage->arena, effect->path),
        .by = {users[dice_below(&sim->dice, 4)], "host", "sim"}};

    if (json_object_get(effect->args, "lost"))
        happening.data = json_pack("{s:s, s:{s:s}}", "decision", "answer", "fields", "decision",
            after_loss[dice_below(&sim->dice, 4)]);
    else
        happening.data = json_pack(
            "{s:s, s:{s:i}}", "decision", decisions[dice_below(&sim->dice, 7)], "fields", "count", 3);
    stage_later(stage, virtual_now_us(stage->virtual) + some_time_us(&sim->dice), &happening);
    json_decref(happening.data);
}

static void notice(void *context, struct stage *stage, const struct effect *effect)
{
    struct simulation *sim = context;

    sim->is_killed |= effect->type == EFFECT_KILL;
    if (effect->type == EFFECT_ASK)
        for (uint32_t i = dice_below(&sim->dice, 4); i > 0; i--)
            plan_answer(sim, stage, effect);
}

static void plan(struct simulation *sim, struct stage *stage)
{
    static const struct {
        enum input_type type;
        const char *name;
        uint32_t percent;
    } happenings[] = {
        {INPUT_CANCEL, "enough", 15},
        {INPUT_KILL, "now", 4},
        {INPUT_ACK, "", 20},
        {INPUT_ACK, "default", 10},
        {INPUT_RESOLVE, "", 5},
        {INPUT_PRESS, "", 15},
        {INPUT_SIGNAL, "go", 40},
        {INPUT_NOTE, "well", 10},
    };
    const struct principal by = {"ana", "host", "sim"};

    for (size_t i = 0; i < sizeof(happenings) / sizeof(happenings[0]); i++)
        if (dice_percent(&sim->dice, happenings[i].percent))
            stage_later(stage, (int64_t)dice_below(&sim->dice, 300) * second_us,
                &(struct happening){.type = happenings[i].type, .name = happenings[i].name, .by = by});
    /* What waits for ever is cancelled one day; what does not heed it is killed. */
    stage_later(
        stage, 100000 * second_us, &(struct happening){.type = INPUT_CANCEL, .name = "late", .by = by});
    stage_later(stage, 200000 * second_us, &(struct happening){.type = INPUT_KILL, .name = "late", .by = by});
}

/* --- what must hold --- */

static struct seen *see(struct simulation *sim, const char *path)
{
    struct seen *seen = map_get(&sim->paths, path);

    if (!seen) {
        seen = mem_alloc(sizeof(*seen));
        map_put(&sim->paths, path, seen);
    }
    return seen;
}

/* The step's id is the last part of the path, without index and attempt. */
static size_t id_of(const char *path, const char **ret_id)
{
    const char *slash = strrchr(path, '/');

    *ret_id = slash ? slash + 1 : path;
    return strcspn(*ret_id, "[#");
}

static void check_always(struct simulation *sim, const char *path)
{
    const char *id;
    size_t len = id_of(path, &id);
    char *always autofree = mem_printf("%s/%.*sz", path, (int)len, id);

    if (*id == 'w' && id[len - 1] != 'z' && !map_get(&sim->paths, always))
        problem(sim, "always did not run", path);
}

static void on_event(void *context, const struct event *event)
{
    struct simulation *sim = context;
    struct seen *seen;

    if (event->type == EVENT_RUN_KILL_REQUESTED)
        sim->is_killed = true;
    if (event->type == EVENT_TIMER_FIRED &&
        strcmp(value_get_string(event->data, "timer"), "cancel_timeout") == 0)
        sim->is_killed = true;
    if (event->type == EVENT_STEP_STARTED) {
        if (map_get(&sim->paths, event->path) && !see(sim, event->path)->has_timer_only)
            problem(sim, "began twice", event->path);
        seen = see(sim, event->path);
        seen->has_timer_only = false;
        seen->has_begun = true;
        seen->is_loop = value_get_string(event->data, "loop") != NULL;
    } else if (event->type == EVENT_STEP_FINISHED || event->type == EVENT_STEP_SKIPPED) {
        seen = see(sim, event->path);
        if (seen->has_ended)
            problem(sim, "ended twice", event->path);
        seen->has_ended = true;
        if (seen->has_begun && !seen->is_loop && !sim->is_killed)
            check_always(sim, event->path);
    } else if (event->type == EVENT_STEP_RETRYING) {
        see(sim, event->path)->is_retried = true;
    } else if (event->type != EVENT_STEP_UNDO_REGISTERED && event->type != EVENT_NOTIFY_SENT &&
               event->type != EVENT_NOTE_ADDED && map_get(&sim->paths, event->path) &&
               see(sim, event->path)->has_ended) {
        problem(sim, event_type_name(event->type), event->path);
    } else if (event->type == EVENT_TIMER_SET && !map_get(&sim->paths, event->path)) {
        see(sim, event->path)->has_timer_only = true;
    }
}

static void check_ends(struct simulation *sim, const struct stage *stage)
{
    if (!stage->is_finished)
        problem(sim, "the run has not ended", "");
    if (stage->is_broken)
        problem(sim, "an input or an event came out of order", "");
    if (stage_unanswered(stage))
        problem(sim, "an effect was not answered", "");
    for (size_t i = 0; i < sim->paths.len; i++) {
        const struct seen *seen = sim->paths.entries[i].value;

        if (seen->has_begun && !seen->has_ended && !seen->is_retried)
            problem(sim, "began and never ended", sim->paths.entries[i].key);
    }
}

/* --- one seed --- */

struct library {
    struct text main, callee;
};

static char *read_text(void *context, const char *path, size_t *ret_len, struct err *err)
{
    struct library *library = context;
    struct text *text = strstr(path, "sub.yaml") ? &library->callee : &library->main;

    (void)err;
    *ret_len = text->len;
    return mem_strndup(text_str(text), text->len);
}

static int play(struct simulation *sim, struct book *book, struct script *script, bool show)
{
    json_t *start autovalue = json_pack("{s:{s:s, s:s, s:s, s:s, s:s}, s:i, s:s, s:{}}", "run", "id",
        "aaaabbbbcccc", "runbook", "sim", "severity", "P1", "initiator", "olga", "started_at",
        "2026-01-01T00:00:00Z", "seed", 3, "nonce", "n", "params");
    struct world world = {.answer = answer, .notice = notice, .event = on_event, .context = sim};
    autotext struct text difference = {0};
    struct stage stage;
    size_t interruptions;

    stage_init(&stage, book, script, world, INPUTS_MAX);
    sim->failing = dice_below(&sim->dice, 40);
    plan(sim, &stage);
    stage_play(&stage, start);
    check_ends(sim, &stage);
    if (!sim->problem.len && stage_fold(&stage, book, script, &difference) < 0)
        problem(sim, "played again, it goes another way", text_str(&difference));
    if (!sim->problem.len && stage.cause_count < INTERRUPTED_CAUSES &&
        stage_interrupt(&stage, book, script, &interruptions, &difference) < 0)
        problem(sim, "interrupted and resumed, it goes another way", text_str(&difference));
    if (show)
        fputs(text_str(&stage.log), stdout);
    stage_fini(&stage);
    return sim->problem.len ? -1 : 0;
}

static void simulation_fini(struct simulation *sim)
{
    for (size_t i = 0; i < sim->paths.len; i++)
        free(sim->paths.entries[i].value);
    map_fini(&sim->paths);
    text_fini(&sim->problem);
}

static int one(uint64_t seed, bool show)
{
    struct simulation sim = {.dice.state = seed};
    struct library library = {0};
    struct diags diags = {0};
    struct script *script = script_new(NULL);
    struct book *book;
    int rc = -1;

    author_write(&sim.dice, "sub", NULL, &library.callee);
    author_write(&sim.dice, "main", "sub.yaml", &library.main);
    if (show)
        printf("%s--- sub.yaml\n%s---\n", text_str(&library.main), text_str(&library.callee));
    book = load_book_from("main.yaml", read_text, &library, all_kinds(), &diags);
    if (book && !diags.errors)
        script_compile(script, book, &diags);
    if (!book || diags.errors)
        diags_render(&diags, &sim.problem, false);
    else
        rc = play(&sim, book, script, show);
    if (rc < 0)
        printf("seed %llu: %s\n", (unsigned long long)seed, text_str(&sim.problem));
    text_fini(&library.main);
    text_fini(&library.callee);
    diags_fini(&diags);
    book_free(book);
    script_free(script);
    simulation_fini(&sim);
    return rc;
}

int main(int argc, char **argv)
{
    bool show = argc > 2 && strcmp(argv[1], "--show") == 0;
    uint64_t count = show ? 1 : argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    size_t bad = 0;

    for (uint64_t seed = first; seed < first + count && bad < 10; seed++)
        bad += one(seed, show) < 0;
    printf(
        "%llu worlds from seed %llu: %zu bad\n", (unsigned long long)count, (unsigned long long)first, bad);
    return bad ? 1 : 0;
}
