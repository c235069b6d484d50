/* core_runs: how many runs of a runbook the core and its virtual driver play a second, when every effect
 * succeeds at once and nobody looks.
 *
 *     core_runs BOOK N */
#include "drive/birth.h"
#include "drive/program.h"
#include "drive/virtual.h"
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    (void)context, (void)effect;
    outcome->exit_code = 0;
    return 1000000;
}

static void play(const struct program *program, json_t *start)
{
    struct virtual *virtual = virtual_new(&(struct virtual_options){
        .book = program->book, .script = program->script, .limit = 100000, .world = {.answer = answer}});

    if (virtual_play(virtual, start, (struct principal){"bench", "", ""}) != VIRTUAL_FINISHED)
        exit(1);
    virtual_free(virtual);
}

int main(int argc, char **argv)
{
    struct diags diags = {0};
    struct program program;
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1000;
    json_t *start;
    double begun;

    if (argc < 2 || program_open(argv[1], &program, &diags) < 0)
        return 1;
    start = json_pack("{s:{}, s:o, s:i, s:s}", "params", "run",
        birth_run(program.book->documents[0], "bench", 0, "bench"), "seed", 1, "nonce", "bench");
    begun = now();
    for (long i = 0; i < count; i++)
        play(&program, start);
    printf("core runs %.0f /s\n", (double)count / (now() - begun));
    json_decref(start);
    program_fini(&program);
    return 0;
}
