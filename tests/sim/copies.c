/* copies: random runbooks before random worlds, copied on their way. For each seed the run is copied at
 * random moments, and each copy and what it was copied from go on by themselves to the end:
 *
 *     - both tell the same events, order the same effects, and end in the same state
 *     - both have the same digest where they part
 *     - each can be freed while the other still goes on
 *
 *     copies [COUNT [FIRST-SEED]] */
#include "author.h"

#include "base/hash.h"
#include "base/mem.h"
#include "drive/kinds.h"
#include "drive/virtual.h"
#include "load/load.h"
#include "script/uses.h"

#include <stdio.h>
#include <string.h>

enum { STEPS_MAX = 3000 };

static const int64_t second_us = 1000000;

struct world {
    uint64_t seed;
    uint32_t failing; /* percent of what is tried */
    struct text *log; /* of the one that is going on */
    struct virtual *virtual;
};

/* The same wherever it is asked: drawn from what is asked about. */
static struct dice dice_for(const struct world *world, const char *what, const char *path)
{
    struct dice dice = {.state = world->seed};

    for (const char *at = what; *at; at++)
        dice.state = dice.state * 31 + (uint64_t)*at;
    for (const char *at = path; *at; at++)
        dice.state = dice.state * 31 + (uint64_t)*at;
    return dice;
}

static int64_t some_time_us(struct dice *dice)
{
    static const int64_t seconds[] = {0, 1, 1, 2, 3, 10, 25, 70, 400, 4000};

    return seconds[dice_below(dice, 10)] * second_us;
}

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    const struct world *world = context;
    struct dice dice = dice_for(world, "effect", effect->path);
    static const enum fail_class classes[] = {
        FAIL_EXIT, FAIL_EXIT, FAIL_SIGNAL, FAIL_SPAWN, FAIL_NETWORK, FAIL_PARSE, FAIL_LOST};
    char said[2] = {(char)('0' + dice_below(&dice, 3)), '\0'};

    outcome->exit_code = -1;
    if (dice_percent(&dice, world->failing))
        /* A message that was lost is sent again, and here would be lost again. */
        outcome->class_ = classes[dice_below(&dice, effect->type == EFFECT_NOTIFY ? 6 : 7)];
    if (outcome->class_ == FAIL_NONE || outcome->class_ == FAIL_EXIT)
        outcome->exit_code = outcome->class_ == FAIL_EXIT;
    if (effect->type == EFFECT_START)
        outcome->result = json_pack("{s:s, s:i}", "stdout", said, "exit_code", outcome->exit_code);
    if (outcome->class_ != FAIL_NONE)
        outcome->message = mem_strdup("it went wrong");
    return some_time_us(&dice);
}

static void plan_answer(struct world *world, const struct effect *effect)
{
    static const char *const decisions[] = {
        "approve", "approve", "deny", "done", "answer", "check", "nonsense"};
    static const char *const users[] = {"ana", "bo", "olga"};
    struct dice dice = dice_for(world, "ask", effect->path);

    for (uint32_t i = dice_below(&dice, 4); i > 0; i--) {
        const char *decision = decisions[dice_below(&dice, 7)];
        int point = 1 + (int)dice_below(&dice, 2);
        struct input input = {.type = INPUT_ANSWER,
            .frame = effect->frame,
            .by = {users[dice_below(&dice, 3)], "host", "sim"},
            .data = json_pack(
                "{s:s, s:{s:i}, s:[i]}", "decision", decision, "fields", "count", 3, "checklist", point)};

        virtual_later(world->virtual, virtual_now_us(world->virtual) + some_time_us(&dice), &input);
        json_decref(input.data);
    }
}

static void on_effect(void *context, const struct effect *effect)
{
    struct world *world = context;

    text_printf(world->log, "%d %u %u %lld %s ", (int)effect->type, effect->frame, effect->timer,
        (long long)effect->due_us, effect->path);
    if (effect->args)
        value_canonical(effect->args, world->log);
    text_putc(world->log, '\n');
    if (effect->type == EFFECT_ASK)
        plan_answer(world, effect);
}

static void on_turn(void *context, const struct turn *turn, const struct input *input)
{
    struct world *world = context;

    (void)input;
    for (size_t i = 0; i < turn->event_count; i++) {
        const struct event *event = &turn->events[i];

        text_printf(world->log, "%llu %lld %s %s ", (unsigned long long)event->seq, (long long)event->mono_us,
            event_type_name(event->type), event->path);
        if (event->data)
            value_canonical(event->data, world->log);
        text_putc(world->log, '\n');
    }
}

static void plan(struct world *world)
{
    static const struct {
        enum input_type type;
        const char *name;
        uint32_t percent;
    } happenings[] = {
        {INPUT_CANCEL, "enough", 20}, {INPUT_KILL, "now", 6}, {INPUT_ACK, "", 20}, {INPUT_SIGNAL, "go", 40}};
    struct dice dice = dice_for(world, "plan", "");

    for (size_t i = 0; i < sizeof(happenings) / sizeof(happenings[0]); i++)
        if (dice_percent(&dice, happenings[i].percent))
            virtual_later(world->virtual, (int64_t)dice_below(&dice, 300) * second_us,
                &(struct input){
                    .type = happenings[i].type, .name = happenings[i].name, .by = {"ana", "host", "sim"}});
    virtual_later(world->virtual, 100000 * second_us,
        &(struct input){.type = INPUT_CANCEL, .name = "late", .by = {"ana", "host", "sim"}});
    virtual_later(world->virtual, 200000 * second_us,
        &(struct input){.type = INPUT_KILL, .name = "late", .by = {"ana", "host", "sim"}});
}

/* --- one seed --- */

/* Takes it to its end; what it told goes to the log. */
static void finish(struct world *world, struct virtual *virtual, struct text *log)
{
    json_t *state autovalue = NULL;

    world->virtual = virtual;
    world->log = log;
    for (int i = 0; i < STEPS_MAX && virtual_step(virtual); i++)
        ;
    state = core_snapshot(virtual_run(virtual));
    value_canonical(state, log);
    virtual_free(virtual);
}

static bool same_digest(const struct virtual *a, const struct virtual *b, const struct uses *uses)
{
    struct text left autotext = {0}, right autotext = {0};

    virtual_digest(a, uses, NULL, NULL, &left);
    virtual_digest(b, uses, NULL, NULL, &right);
    return left.len == right.len && memcmp(text_str(&left), text_str(&right), left.len) == 0;
}

/* One goes on as it would; one is cancelled and sees everything fail; then a third must go the first one's
 * way. */
static const char *part(struct world *world, struct virtual *virtual, const struct uses *uses)
{
    struct virtual *copy = virtual_copy(virtual), *astray = virtual_copy(virtual),
                   *second = virtual_copy(virtual);
    struct text left autotext = {0}, right autotext = {0}, lost autotext = {0};
    const char *problem = same_digest(virtual, copy, uses) ? NULL : "the digests differ";
    uint32_t failing = world->failing;

    finish(world, copy, &left);
    world->failing = 100;
    virtual_later(astray, virtual_now_us(astray) + 5 * second_us,
        &(struct input){.type = INPUT_CANCEL, .name = "astray", .by = {"bo", "host", "sim"}});
    finish(world, astray, &lost);
    world->failing = failing;
    finish(world, second, &right);
    world->virtual = virtual;
    if (strcmp(text_str(&left), text_str(&right)) != 0)
        problem = "two copies go different ways";
    return problem;
}

static const char *play(struct world *world, const struct book *book, struct script *script)
{
    json_t *start autovalue = json_pack("{s:{s:s, s:s}, s:i, s:s, s:{}}", "run", "id", "aaaabbbbcccc",
        "severity", "P1", "seed", 3, "nonce", "n", "params");
    struct virtual_options options = {.book = book,
        .script = script,
        .limit = STEPS_MAX,
        .world = {answer, on_turn, on_effect, NULL, world}};
    struct dice dice = dice_for(world, "moments", "");
    struct text whole autotext = {0}, before autotext = {0};
    struct uses *uses = uses_new(book);
    const char *problem = NULL;
    struct virtual *virtual = world->virtual = virtual_new(&options), *last = NULL;

    world->log = &whole;
    plan(world);
    virtual_begin(virtual, start, (struct principal){"olga", "", "sim"});
    for (int i = 0; !problem && i < STEPS_MAX; i++) {
        struct text *mine = world->log;

        if (dice_percent(&dice, 8))
            problem = part(world, virtual, uses);
        world->log = mine;
        if (!last && dice_percent(&dice, 10)) {
            last = virtual_copy(virtual);
            text_add(&before, text_str(&whole), whole.len);
        }
        if (!virtual_step(virtual))
            break;
    }
    /* What was copied long ago goes the way that the original has gone meanwhile. */
    if (last) {
        finish(world, virtual, &whole);
        finish(world, last, &before);
        if (!problem && strcmp(text_str(&whole), text_str(&before)) != 0)
            problem = "a copy goes another way than its original";
    } else {
        virtual_free(virtual);
    }
    uses_free(uses);
    return problem;
}

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

static bool one(uint64_t seed)
{
    struct dice dice = {.state = seed};
    struct world world = {.seed = seed};
    struct library library = {0};
    struct diags diags = {0};
    struct script *script = script_new(NULL);
    struct book *book;
    const char *problem = "the runbook does not load";

    world.failing = dice_below(&dice, 40);
    author_write(&dice, "sub", NULL, &library.callee);
    author_write(&dice, "main", "sub.yaml", &library.main);
    book = load_book_from("main.yaml", read_text, &library, all_kinds(), &diags);
    if (book && !diags.errors)
        script_compile(script, book, &diags);
    if (book && !diags.errors)
        problem = play(&world, book, script);
    if (problem)
        printf("seed %llu: %s\n", (unsigned long long)seed, problem);
    text_fini(&library.main);
    text_fini(&library.callee);
    diags_fini(&diags);
    book_free(book);
    script_free(script);
    return !problem;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 500;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    size_t bad = 0;

    for (uint64_t seed = first; seed < first + count && bad < 10; seed++)
        bad += !one(seed);
    printf(
        "%llu worlds from seed %llu: %zu bad\n", (unsigned long long)count, (unsigned long long)first, bad);
    return bad ? 1 : 0;
}
