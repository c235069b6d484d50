/* ways: random runbooks explored twice: once with states of the same future put together, once with every way
 * gone by itself. Both must come to the same findings, the same ends, and the same ways event by event.
 * Runbooks with too many ways are left out.
 *
 *     ways [COUNT [FIRST-SEED]] */
#include "author.h"

#include "base/mem.h"
#include "drive/explore.h"
#include "drive/kinds.h"
#include "load/load.h"

#include <stdio.h>
#include <string.h>

enum { WAYS_MAX = 4000 };

static const char *const invariants = "invariants:\n"
                                      "  - {finally: run.status == 'succeeded'}\n"
                                      "  - {within: 30s, of: step.started, expect: step.finished}\n"
                                      "  - {within: 10m, of: ask.opened, expect: ask.answered}\n"
                                      "  - {within: 1h, of: step.undo_registered, expect: step.finished u*}\n"
                                      "  - {within: 2m, of: step.finished * failed, expect: notify.sent *}\n";
static const char *const counting = "  - {finally: run.warnings == 0}\n  - {always: run.warnings < 2}\n";

/* --- runbooks whose steps look at each other --- */

/* Only a process has an exit code, and to ask another step for one is a mistake that is found at load. */
static bool is_process(const struct text *text, uint32_t step)
{
    char begin[40];

    snprintf(begin, sizeof(begin), "- id: s%u\n    run:", step);
    return strstr(text_str(text), begin);
}

static void put_condition(struct dice *dice, uint32_t step, struct text *text)
{
    static const char *const conditions[][2] = {{"steps.s", ".ok"}, {"not steps.s", ".ok"},
        {"steps.s", ".attempts == 2"}, {"steps.s", ".error == 'timeout'"}, {"vars.v", " == true"},
        {"steps.s", ".exit_code == 1"}};
    uint32_t asked = dice_below(dice, step);
    const char *const *condition = conditions[dice_below(dice, is_process(text, asked) ? 6 : 5)];

    text_printf(text, "    when: %s%u%s\n", condition[0], asked, condition[1]);
}

static void put_step(struct dice *dice, uint32_t step, struct text *text)
{
    static const char *const kinds[] = {"run: work", "run: work\n    timeout: 20s", "run: work\n    retry: 2",
        "approve: {message: go?, timeout: 5m, on_timeout: skip}", "wait: 10s",
        "run: work\n    undo: {run: unwork}"};

    text_printf(text, "  - id: s%u\n    %s\n", step, kinds[dice_below(dice, 6)]);
    if (dice_percent(dice, 85))
        text_puts(text, "    continue_on_error: true\n");
    if (step && dice_percent(dice, 60))
        put_condition(dice, step, text);
    text_printf(text, "  - set: {v%u: \"${{ steps.s%u.%s }}\"}\n", step, dice_below(dice, step + 1),
        dice_percent(dice, 50) ? "ok" : "status == 'skipped'");
}

static void write_chain(struct dice *dice, struct text *text)
{
    uint32_t count = 2 + dice_below(dice, 6);

    text_puts(text, "runbook: chain\n");
    if (dice_percent(dice, 20))
        text_puts(text, "hooks:\n  before_step: {run: judge, when: step.id == 's1'}\n"
                        "  after_step: {run: count, when: step.id == 's0' and not step.ok}\n");
    text_puts(text, "steps:\n");
    for (uint32_t step = 0; step < count; step++)
        put_step(dice, step, text);
    text_printf(text, "rescue:\n  - {run: repair, when: steps.s%u.ok}\n", dice_below(dice, count));
    text_printf(text, "always:\n  - {run: tidy, when: not vars.v%u}\n", dice_below(dice, count));
}

/* --- twice --- */

static struct explored go(const struct program *program, json_t *params, struct map *ways, bool apart)
{
    return explore(&(struct explore_options){.program = program,
        .file = "main.yaml",
        .params = params,
        .initiator = "tester",
        .max_states = WAYS_MAX,
        .max_memory = (size_t)1 << 40,
        .max_findings = 1000,
        .keeps_apart = apart,
        .ways = ways});
}

static bool has(const struct explored *explored, const struct finding *finding)
{
    for (size_t i = 0; i < explored->finding_count; i++) {
        const struct finding *other = &explored->findings[i];

        if (other->type == finding->type && other->pos.line == finding->pos.line &&
            other->pos.source == finding->pos.source)
            return true;
    }
    return false;
}

static bool lacks_one(const struct explored *explored, const struct explored *other)
{
    for (size_t i = 0; i < other->finding_count; i++)
        if (other->findings[i].type != FINDING_ENDLESS && !has(explored, &other->findings[i])) {
            printf("  %s\n", other->findings[i].what);
            return true;
        }
    return false;
}

static const char *compare(const struct explored *together, const struct explored *apart)
{
    if (lacks_one(together, apart))
        return "put together, a finding is lost";
    if (lacks_one(apart, together))
        return "put together, there is a finding that no way has";
    for (int status = 0; status < RUN_STATUS_COUNT; status++)
        if (!together->ends[status] != !apart->ends[status])
            return "put together, there are other ends";
    if (!together->stuck != !apart->stuck)
        return "put together, it waits otherwise";
    if (together->unknown.len != apart->unknown.len)
        return "put together, other expressions fail";
    if (together->states > apart->states)
        return "put together, there are more states";
    return NULL;
}

static const char *compare_ways(const struct map *together, const struct map *apart)
{
    for (size_t i = 0; i < apart->len; i++)
        if (!map_get(together, apart->entries[i].key)) {
            printf("%s", apart->entries[i].key); /* for whoever looks into it */
            return "put together, a way is lost";
        }
    return together->len > apart->len ? "put together, there is a way that there is not" : NULL;
}

struct tally {
    size_t compared, left_out, bad;
    uint64_t ways, together, apart; /* states */
};

static const char *both(const struct program *program, struct tally *tally)
{
    json_t *params autovalue = json_object();
    struct map ways = {0}, ways_apart = {0};
    struct explored apart = go(program, params, &ways_apart, true), together = {0};
    const char *problem = NULL;

    if (apart.bound == BOUND_NONE)
        together = go(program, params, &ways, false);
    if (together.bound != BOUND_NONE || apart.bound != BOUND_NONE) {
        tally->left_out++;
    } else {
        tally->compared++;
        tally->together += together.states;
        tally->apart += apart.states;
        tally->ways += ways.len;
        problem = compare(&together, &apart);
        if (!problem)
            problem = compare_ways(&ways, &ways_apart);
    }
    map_fini(&ways);
    map_fini(&ways_apart);
    explored_fini(&together);
    explored_fini(&apart);
    return problem;
}

/* The delays of jitter are drawn anew wherever a way leads: two ways are never quite the same. */
static void without_jitter(struct text *text)
{
    for (char *at = text->ptr; at && (at = strstr(at, "jitter: full"));)
        memcpy(at, "jitter: none", strlen("jitter: none"));
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

static void one(uint64_t seed, struct tally *tally, bool show)
{
    struct dice dice = {.state = seed};
    struct library library = {0};
    struct diags diags = {0};
    struct program program = {.script = script_new(NULL)};
    const char *problem = "the runbook does not load";

    if (seed % 2) {
        write_chain(&dice, &library.main);
    } else {
        author_write(&dice, "sub", NULL, &library.callee);
        author_write(&dice, "main", "sub.yaml", &library.main);
    }
    without_jitter(&library.main);
    without_jitter(&library.callee);
    text_puts(&library.main, invariants);
    if (dice_percent(&dice, 30))
        text_puts(&library.main, counting);
    if (show)
        puts(text_str(&library.main));
    program.book = load_book_from("main.yaml", read_text, &library, all_kinds(), &diags);
    if (program.book && !diags.errors)
        script_compile(program.script, program.book, &diags);
    if (program.book && !diags.errors)
        problem = both(&program, tally);
    tally->bad += problem != NULL;
    if (problem)
        printf("seed %llu: %s\n", (unsigned long long)seed, problem);
    text_fini(&library.main);
    text_fini(&library.callee);
    diags_fini(&diags);
    program_fini(&program);
}

int main(int argc, char **argv)
{
    bool show = argc > 2 && strcmp(argv[1], "--show") == 0;
    uint64_t count = show ? 1 : argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct tally tally = {0};

    for (uint64_t seed = first; seed < first + count && tally.bad < 10; seed++)
        one(seed, &tally, show);
    printf("%zu runbooks compared, %zu with too many ways: %zu bad; %llu ways, %llu states "
           "instead of %llu\n",
        tally.compared, tally.left_out, tally.bad, (unsigned long long)tally.ways,
        (unsigned long long)tally.together, (unsigned long long)tally.apart);
    return tally.bad || !tally.compared ? 1 : 0;
}
