/* calls: what the code of a step asks of the world, in the order
 *
 *     asked for ──> INPUT_CALL ──> effect.called is durable ──> performed ──> INPUT_RETURN ──> the code goes
 * on
 *
 * What needs no going out (the time, a random number) is one event with its answer. When the engine before
 * this one had come as far as some call, the code is carried out from its beginning and gets what is
 * recorded, for as long as it asks for the same. */
#include "base/hash.h"
#include "base/mem.h"
#include "drive/job.h"

#include <string.h>

enum {
    ARGUMENT_KEPT = 4096,      /* a longer text is written down by its hash */
    RESULT_KEPT = 1024 * 1024, /* of a text that comes back; what is beyond is cut */
};

/* --- what is written down --- */

typedef json_t *(*shorten_fn)(json_t *text);

static json_t *hash_of(json_t *text)
{
    struct sha256 hash = sha256_of(json_string_value(text), json_string_length(text));
    char hex[SHA256_HEX_SIZE];

    sha256_hex(&hash, hex);
    return json_pack("{s:s, s:I}", "sha256", hex, "length", (json_int_t)json_string_length(text));
}

static json_t *by_hash(json_t *text)
{
    return json_string_length(text) <= ARGUMENT_KEPT ? json_incref(text) : hash_of(text);
}

static json_t *cut(json_t *text)
{
    struct text kept autotext = {0};

    if (json_string_length(text) <= RESULT_KEPT)
        return json_incref(text);
    text_add(&kept, json_string_value(text), RESULT_KEPT);
    kept.len = utf8_valid(kept.ptr, kept.len);
    text_printf(&kept, "\n… %zu bytes more\n", json_string_length(text) - kept.len);
    return value_string(text_str(&kept), kept.len);
}

/* The value with its texts shortened. New reference. */
static json_t *shorten(json_t *value, shorten_fn shorten_text)
{
    json_t *copy, *member;
    const char *key;
    size_t i;

    if (json_is_string(value))
        return shorten_text(value);
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, member) json_array_append_new(copy, shorten(member, shorten_text));
        return copy;
    }
    if (!json_is_object(value))
        return json_incref(value);
    copy = json_object();
    json_object_foreach(value, key, member) json_object_set_new(copy, key, shorten(member, shorten_text));
    return copy;
}

static json_t *veil(const struct job *job, json_t *value, shorten_fn shorten_text)
{
    json_t *veiled autovalue = secrets_veil(&job->live->secrets, value);

    return shorten(veiled, shorten_text);
}

/* --- what is recorded --- */

static void describe(const char *name, const json_t *args, struct text *text)
{
    struct text all autotext = {0};

    value_canonical(args, &all);
    text_printf(text, "%s %.*s", name, (int)utf8_valid(text_str(&all), all.len < 120 ? all.len : 120),
        text_str(&all));
}

static void diverge(struct job *job, const char *name, const json_t *args, const json_t *recorded)
{
    struct text now autotext = {0}, then autotext = {0};
    char *message autofree = NULL;

    describe(name, args, &now);
    describe(value_get_string(recorded, "name"), json_object_get(recorded, "args"), &then);
    message = mem_printf("call %zu was `%s`, the journal has `%s`: the code does not do again what it did "
                         "before the interruption",
        job->calls, text_str(&now), text_str(&then));
    work_give_up(job->work, FAIL_ACTION, message);
}

/* What is printed, or comes back, as it is written down: of a sensitive step how much it was, and its hash.
 * New reference. */
static json_t *kept_of(const struct job *job, json_t *value)
{
    return job->step && job->step->sensitive ? shorten(value, hash_of) : json_incref(value);
}

static bool is_same(const char *name, const json_t *args, const json_t *recorded)
{
    return strcmp(name, value_get_string(recorded, "name")) == 0 &&
           json_equal(args, json_object_get(recorded, "args"));
}

static void perform(struct job *job);

/* Nobody knows whether the last call of the engine before was carried out. */
static void perform_again(struct job *job, const char *name, const json_t *recorded)
{
    const struct step *step = job->step;
    double waited =
        (double)(live_now_us(job->live) - json_integer_value(json_object_get(recorded, "at_us"))) / 1e6;
    char *message autofree = NULL;

    if (strcmp(name, "notify") == 0)
        return; /* the core is at it, and its answer comes by job_return */
    if (strcmp(name, "sleep") == 0) {
        double left = json_number_value(json_object_get(job->asked, "seconds")) - waited;

        json_decref(job->asked);
        job->asked = json_pack("{s:f}", "seconds", left > 0 ? left : 0.0);
        perform(job);
    } else if (step->idempotent || step->effect == STEP_EFFECT_READ) {
        perform(job);
    } else {
        message =
            mem_printf("call %zu (%s) was under way when the engine ended; whether it was carried out is "
                       "not known",
                job->calls, name);
        work_give_up(job->work, FAIL_LOST, message);
    }
}

static void repeat(struct job *job, const char *name, const json_t *args, const json_t *recorded)
{
    json_t *result = json_object_get(recorded, "result");

    if (!is_same(name, args, recorded))
        diverge(job, name, args, recorded);
    else if (result)
        work_answer(job->work, result);
    else
        perform_again(job, name, recorded);
}

/* --- performing --- */

/* A secret is being looked up: the job may be gone when it is there. */
struct wait {
    struct live *live;
    uint32_t frame;
    size_t call;
};

static void give_back(struct job *job, const char *error)
{
    calls_on_return(job, json_pack("{s:b, s:s}", "ok", 0, "error", error));
}

static void on_secret(void *context, const struct err *failure)
{
    struct wait *wait = context;
    struct job *job = table_get(&wait->live->jobs, wait->frame);
    bool is_there = job && job->work && job->calls == wait->call;

    free(wait);
    if (is_there && failure)
        give_back(job, failure->text);
    else if (is_there)
        perform(job);
}

static void perform(struct job *job)
{
    struct secrets *secrets = &job->live->secrets;
    struct wait *wait = mem_alloc(sizeof(*wait));
    json_t *args autovalue = NULL;
    struct err err = {0};
    int code;

    *wait = (struct wait){job->live, job->frame, job->calls};
    code = secrets_ready(secrets, job->asked, on_secret, wait, &err);
    if (code > 0)
        return;
    free(wait);
    if (code < 0) {
        give_back(job, err.text);
        return;
    }
    args = secrets_fill(secrets, job->asked);
    work_perform(job->work, args);
}

void job_call(struct live *live, const struct effect *effect)
{
    struct job *job = table_get(&live->jobs, effect->frame);

    if (job && job->work && !job->is_abandoned)
        perform(job);
}

/* The core has done it itself. Code that is being carried out again may not have come there yet: then it
 * finds the result recorded. */
void job_return(struct live *live, const struct effect *effect)
{
    struct job *job = table_get(&live->jobs, effect->frame);
    json_int_t n = json_integer_value(json_object_get(effect->args, "n"));

    if (job && job->work && !job->is_abandoned && (json_int_t)job->calls == n)
        work_answer(job->work, json_object_get(effect->args, "result"));
}

/* --- asked for --- */

/* The messages of a channel leave rows of their own: what their code does is not written down one by one. A
 * server that wants to be left alone is left alone between two attempts, not within the time of one. */
static void perform_unwritten(struct job *job, const char *name, json_t *args)
{
    json_t *answer autovalue = work_glance(job->work, name, args);
    char *message autofree =
        mem_printf("it is to be tried again in %g s", json_number_value(json_object_get(args, "seconds")));

    if (json_is_true(json_object_get(args, "patience")))
        work_give_up(job->work, FAIL_HTTP, message);
    else if (answer)
        work_answer(job->work, answer);
    else
        perform(job);
}

static void write_down(struct job *job, const char *name, json_t *args)
{
    bool is_printed = strcmp(name, "log") == 0;
    json_t *shown autovalue = veil(job, args, by_hash), *data autovalue = NULL;
    json_t *seen autovalue = work_glance(job->work, name, args), *answer autovalue = NULL;
    struct input input = {.type = INPUT_CALL, .frame = job->frame, .name = name};
    struct err err = {0};

    input.data = data = json_pack("{s:o}", "args", is_printed ? kept_of(job, shown) : json_incref(shown));
    if (seen) {
        answer = veil(job, seen, cut);
        json_object_set_new(data, "result", kept_of(job, answer));
    }
    if (live_apply(job->live, &input, &err) < 0)
        work_give_up(job->work, FAIL_ACTION, err.text);
    else if (answer)
        work_answer(job->work, answer);
}

void calls_on_call(void *context, const char *name, json_t *args)
{
    struct job *job = context;
    json_t *recorded;

    job->calls++;
    json_decref(job->asked);
    job->asked = json_incref(args);
    recorded = job->calls <= job->recorded
                   ? json_array_get(core_calls(job->live->run, job->frame), job->calls - 1)
                   : NULL;
    if (job->is_abandoned) {
        work_give_up(job->work, FAIL_CANCELLED, "stopped");
    } else if (recorded) {
        json_t *shown autovalue = veil(job, args, by_hash);

        repeat(job, name, shown, recorded);
    } else if (job->step) {
        write_down(job, name, args);
    } else {
        perform_unwritten(job, name, args);
    }
}

void calls_on_return(void *context, json_t *result)
{
    struct job *job = context;
    json_t *shown autovalue = veil(job, result, cut), *data autovalue = NULL;
    struct input input = {.type = INPUT_RETURN, .frame = job->frame};

    json_decref(result);
    data = json_pack("{s:I, s:o}", "n", (json_int_t)job->calls, "result", kept_of(job, shown));
    input.data = data;
    if (job->step && !job->is_abandoned && live_apply(job->live, &input, NULL) < 0)
        work_give_up(job->work, FAIL_CANCELLED, "the step is not under way any more");
    else
        work_answer(job->work, shown);
}
