/* pure_when N: how often a second the engine decides a `when`, caps on. Prints `name value unit`. */
#include "script/script.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct expr expr = {.text = "vars.n % 2 == 0 and vars.n < 10000000"};
    long n = argc == 2 ? strtol(argv[1], NULL, 10) : 1000000;
    struct script *script = script_new(NULL);
    struct scope scope = {.vars = json_pack("{s:i}", "n", 2)};
    bool value = false;
    struct err err;
    int64_t from;

    if (script_compile_one(script, &expr, &err) < 0) {
        fprintf(stderr, "pure_when: %s\n", err.text);
        return 1;
    }
    from = clock_mono_us();
    for (long i = 0; i < n; i++) {
        if (script_eval_bool(script, &expr, &scope, &value, &err) < 0 || !value) {
            fprintf(stderr, "pure_when: %s\n", err.text);
            return 1;
        }
    }
    printf("pure_when %.0f /s\n", (double)n * 1e6 / (double)(clock_mono_us() - from));
    json_decref(scope.vars);
    script_free(script);
    return 0;
}
