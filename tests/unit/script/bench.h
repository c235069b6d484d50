/* bench: one script and a scope with a bit of everything, for the tests of this room. */
#ifndef TESTS_SCRIPT_BENCH_H
#define TESTS_SCRIPT_BENCH_H

#include "lib/test.h"
#include "model/document.h"
#include "script/script.h"

struct bench {
    struct script *script;
    struct scope scope;
    struct document *document;
    struct result deploy, pending, fetch;
    json_t *owned[64];
    size_t owned_count;
};

static inline const struct result *bench_step(void *context, const char *id)
{
    struct bench *bench = context;

    if (strcmp(id, "deploy") == 0)
        return &bench->deploy;
    if (strcmp(id, "roll-out") == 0 || strcmp(id, "roll_out") == 0)
        return &bench->pending;
    if (strcmp(id, "fetch") == 0)
        return &bench->fetch;
    return NULL;
}

static inline json_t *bench_json(struct bench *bench, const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(json);
    bench->owned[bench->owned_count++] = json;
    return json;
}

static inline void bench_steps(struct bench *bench)
{
    bench->deploy = (struct result){
        .status = STEP_FAILED,
        .class_ = FAIL_EXIT,
        .exit_code = 3,
        .attempts = 2,
        .started_us = 1700000000000000,
        .finished_us = 1700000002500000,
        .message = "it ended with 3",
        .result = bench_json(bench, "{\"stdout\":\"out\\n\",\"stderr\":\"err\",\"exit_code\":3,"
                                    "\"output\":{\"items\":[{\"name\":\"a\",\"ready\":true},"
                                    "{\"name\":\"b\",\"ready\":false}]}}"),
        .outputs = bench_json(bench, "{\"version\":\"1.2\"}"),
    };
    bench->pending = (struct result){.status = STEP_PENDING, .exit_code = -1};
    bench->fetch = (struct result){
        .status = STEP_SUCCEEDED,
        .exit_code = -1,
        .attempts = 1,
        .result = bench_json(bench, "{\"status_code\":200,\"headers\":{\"x-a\":\"1\"},\"body\":\"hello\"}"),
    };
}

static inline int bench_open(void **state)
{
    static const struct script_limits small = {.instructions = 2000000, .memory = 16 * 1024 * 1024};
    static const char *secrets[] = {"pd_key", "db"};
    struct bench *bench = calloc(1, sizeof(*bench));

    bench->script = script_new(&small);
    bench->document = document_new();
    bench->document->secrets.names = secrets;
    bench->document->secrets.len = 2;
    bench_steps(bench);
    bench->scope = (struct scope){
        .now_us = 1700000000500000,
        .params =
            bench_json(bench, "{\"namespace\":\"production\",\"replicas\":10,\"list\":[\"a\",\"b\",\"c\"],"
                              "\"labels\":{\"team\":\"core\",\"owner\":null},\"ratio\":0.5,\"on\":false}"),
        .vars = bench_json(bench, "{\"count\":3}"),
        .env = bench_json(bench, "{\"HOME\":\"/root\"}"),
        .run = bench_json(bench, "{\"id\":\"r1\",\"severity\":\"P1\"}"),
        .step = bench_step,
        .context = bench,
        .document = bench->document,
        .secret_nonce = "n0nce",
    };
    *state = bench;
    return 0;
}

static inline int bench_close(void **state)
{
    struct bench *bench = *state;

    script_free(bench->script);
    document_free(bench->document);
    for (size_t i = 0; i < bench->owned_count; i++)
        json_decref(bench->owned[i]);
    free(bench);
    return 0;
}

static inline char *bench_show(struct bench *bench, const struct expr *expr)
{
    struct text shown = {0};
    struct err err;
    json_t *value = NULL;

    if (script_eval(bench->script, expr, &bench->scope, &value, &err)) {
        text_puts(&shown, err.text);
    } else {
        value_canonical(value, &shown);
        json_decref(value);
    }
    return text_take(&shown);
}

/* The value as canonical JSON, or the error. malloc'd. */
static inline char *bench_eval(struct bench *bench, const char *text)
{
    struct expr expr = {.text = text, .pos = {.line = 7, .column = 9}};
    struct err err;

    if (script_compile_one(bench->script, &expr, &err))
        return mem_strdup(err.text);
    return bench_show(bench, &expr);
}

/* The same, so often that the quick way is taken (script/quick.c): it may show nothing else. */
static inline char *bench_eval_often(struct bench *bench, const char *text)
{
    struct expr expr = {.text = text, .pos = {.line = 7, .column = 9}};
    char *shown = bench_eval(bench, text);
    struct err err;

    if (script_compile_one(bench->script, &expr, &err))
        return shown;
    for (int i = 0; i < 20; i++) {
        char *again = bench_show(bench, &expr);

        assert_string_equal(again, shown);
        free(again);
    }
    return shown;
}

static inline void assert_value(struct bench *bench, const char *text, const char *expected)
{
    char *shown = bench_eval_often(bench, text);

    if (strcmp(shown, expected) != 0)
        fail_msg("%s\n  gives     %s\n  expected  %s", text, shown, expected);
    free(shown);
}

/* The expression fails, and the error says `part`. Once: it may take long to fail. */
static inline void assert_fails_once(struct bench *bench, const char *text, const char *part)
{
    char *shown = bench_eval(bench, text);

    if (strncmp(shown, "7:9: ", 5) != 0 || !strstr(shown, part))
        fail_msg("%s\n  gives         %s\n  should say  … %s", text, shown, part);
    free(shown);
}

static inline void assert_fails(struct bench *bench, const char *text, const char *part)
{
    assert_fails_once(bench, text, part);
    free(bench_eval_often(bench, text));
}

#endif
