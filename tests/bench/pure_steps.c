/* pure_steps N: how many pure steps a second the core carries out: a `while` whose passes hold a `set` and a
 * step that its `when` leaves out. Every step instance counts: the pass, the set, the step left out. Prints
 * `name value unit`, and what the memory has grown by. */
#include "base/clock.h"
#include "core/core.h"
#include "load/load.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const char book_text[] = "runbook: pure\n"
                                "params: {passes: {type: integer}}\n"
                                "steps:\n"
                                "  - set: {n: 0}\n"
                                "  - id: spin\n"
                                "    while: vars.n < params.passes\n"
                                "    max_iterations: 1000000000\n"
                                "    steps:\n"
                                "      - set: {n: \"${{ vars.n + 1 }}\"}\n"
                                "      - when: vars.n < 0\n"
                                "        note: never\n";

static char *read_book(void *context, const char *path, size_t *ret_len, struct err *err)
{
    (void)context, (void)path, (void)err;
    *ret_len = strlen(book_text);
    return mem_strdup(book_text);
}

static long resident_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static int play(struct run *run, long passes)
{
    struct input input = {.type = INPUT_START,
        .data = json_pack("{s:{s:I}, s:{s:s}}", "params", "passes", (json_int_t)passes, "run", "id", "pure")};
    struct turn turn = {0};
    struct err err;
    int rc = core_apply(run, &input, &turn, &err);

    while (rc == 0 && turn.more)
        core_pump(run, &turn);
    turn_fini(&turn);
    json_decref(input.data);
    return rc == 0 && core_status(run) == RUN_SUCCEEDED ? 0 : -1;
}

int main(int argc, char **argv)
{
    long passes = (argc == 2 ? strtol(argv[1], NULL, 10) : 3000000) / 3;
    struct diags diags = {0};
    struct script *script = script_new(NULL);
    struct book *book = load_book_from("pure.yaml", read_book, NULL, core_kinds, &diags);
    struct run *run;
    int64_t from, us;
    long before;
    int rc;

    if (book && !diags.errors)
        script_compile(script, book, &diags);
    if (!book || diags.errors) {
        fprintf(stderr, "pure_steps: %s\n", diags.len ? diags.items[0].text : "the book cannot be loaded");
        return 1;
    }
    run = core_new(book, script);
    before = resident_kib();
    from = clock_mono_us();
    rc = play(run, passes);
    us = clock_mono_us() - from;
    printf("pure_steps_growth %ld KiB\n", resident_kib() - before);
    printf("pure_steps %.0f /s\n", (double)passes * 3 * 1e6 / (double)us);
    core_free(run);
    diags_fini(&diags);
    book_free(book);
    script_free(script);
    return rc < 0;
}
