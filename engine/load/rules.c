/* rules: which keys of a step belong together, and to which kinds. */
#include "load/rules.h"
#include "load/sections.h"
#include "model/class.h"

#include <string.h>

#define BIT(class_) (1u << (class_))

enum {
    CONTROL = BIT(KIND_CONTROL),
    EFFECT = BIT(KIND_EFFECT),
    ANY = CONTROL | EFFECT | BIT(KIND_PURE) | BIT(KIND_ASK) | BIT(KIND_WAIT),
};

/* Keys that only some kinds take. */
static const struct place {
    const char *name;
    unsigned classes;
    const char *kind; /* this one only, or NULL */
    const char *text;
} places[] = {
    {"rescue", CONTROL, NULL, "only a block can be rescued: put the step into `steps`"},
    {"always", CONTROL, NULL, "only a block has `always`: put the step into `steps`"},
    {"while", CONTROL, NULL, "only a block can be repeated with `while`: put the step into `steps`"},
    {"max_iterations", CONTROL, NULL, "it bounds `while`, which is for blocks"},
    {"join", CONTROL, "parallel", "it is for `parallel`"},
    {"parse", EFFECT, NULL, "it reads the output of a process or the body of an answer"},
    {"shell", EFFECT, NULL, "it is for processes"},
    {"cwd", EFFECT, NULL, "it is for processes"},
    {"env", EFFECT, NULL, "it is for processes"},
    {"kill_after", EFFECT, NULL, "it is for processes"},
    {"leave_running", EFFECT, NULL, "it is for processes"},
    {"effect", EFFECT, NULL, "it says what a process or a request does to the world"},
    {"success_when", EFFECT, NULL, "it judges a result, and this kind has none"},
};

static bool is_right_kind(const struct place *place, const struct kind *kind)
{
    return place->classes & BIT(kind->class_) && (!place->kind || strcmp(place->kind, kind->name) == 0);
}

void rules_check_key(
    struct decoder *d, const struct step *step, const struct field *field, const struct pair *pair)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        const struct place *place = &places[i];
        struct diag *diag;

        if (*place->name != *field->name || strcmp(place->name, field->name) != 0 ||
            is_right_kind(place, step->kind))
            continue;
        diag = diag_error(d->diags, decode_pos(d, pair->key), "wrong-place", "\"%s\" cannot stand at `%s`",
            field->name, step->kind->name);
        diag_hint(d->diags, diag, "%s", place->text);
    }
}

/* The bit of a key in step.given. */
static uint64_t bit_of(const char *name)
{
    return UINT64_C(1) << (section_find(&step_section, name) - step_section.fields);
}

/* A step's own keys go before the defaults. What bounds or repeats one attempt is for steps that make
 * attempts. */
static void apply_defaults(struct step *step, const struct step *defaults)
{
    for (const struct field *field = defaults_section.fields; field->name; field++) {
        const char *from = (const char *)defaults + field->offset;
        char *to = (char *)step + field->offset;

        if (!step->kind || step->kind->class_ != KIND_EFFECT || step->given & bit_of(field->name))
            continue;
        memcpy(to, from, field_size(field->type));
        if (field->type == FIELD_DURATION)
            ((struct amount *)(void *)to)->is_default = true;
    }
}

static void preset(struct amount *amount, int64_t value)
{
    if (!amount->given)
        amount->value = value;
}

static void check_retry(struct decoder *d, struct retry *retry)
{
    const char *names[FAIL_COUNT];
    size_t count = 0;

    for (int class_ = FAIL_NONE + 1; class_ < FAIL_COUNT; class_++)
        names[count++] = fail_class_name(class_);
    preset(&retry->max_attempts, 3);
    preset(&retry->delay, 1000);
    preset(&retry->max_delay, 60 * 1000);
    if (retry->backoff == 0)
        retry->backoff = 2.0;
    for (size_t i = 0; i < retry->on.len; i++) {
        struct diag *diag;

        if (fail_class_parse(retry->on.items[i]) > FAIL_NONE)
            continue;
        diag = diag_error(
            d->diags, retry->on.pos[i], "wrong-value", "\"%s\" is no class of failure", retry->on.items[i]);
        diag_did_you_mean(d->diags, diag, retry->on.items[i], names, count);
        if (!diag->hint)
            diag_hint(d->diags, diag,
                "exit, signal, timeout, deadline, spawn, http, network, parse, expression, …");
    }
}

static void lacks(
    struct decoder *d, const struct step *step, const char *name, const char *other, const char *hint)
{
    struct diag *diag =
        diag_error(d->diags, step->pos, "missing-key", "\"%s\" needs \"%s\" beside it", name, other);

    diag_hint(d->diags, diag, "%s", hint);
}

static void check_join(struct decoder *d, const struct step *step)
{
    const char *word = json_string_value(step->join);
    struct diag *diag;

    if (!step->join || (word && (strcmp(word, "all") == 0 || strcmp(word, "any") == 0)) ||
        json_integer_value(step->join) > 0)
        return;
    diag = diag_error(d->diags, step->pos, "wrong-value", "\"join\" must be all, any or a number of steps");
    if (word)
        diag_did_you_mean(d->diags, diag, word, (const char *const[]){"all", "any"}, 2);
}

static void check_foreach(struct decoder *d, const struct step *step)
{
    const struct template *list = step->foreach;
    bool is_list =
        list->type == TEMPLATE_LIST || (list->type == TEMPLATE_CONST && json_is_array(list->constant));
    struct diag *diag;

    if (is_list || list->type == TEMPLATE_EXPR)
        return;
    diag = diag_error(d->diags, list->pos, "wrong-type", "\"foreach\" must be a list or an expression");
    diag_hint(d->diags, diag, "write foreach: [a, b] or foreach: steps.x.output");
}

/* Words in one text are what a shell would take apart, and here is none. */
static void check_command(struct decoder *d, const struct step *step)
{
    if (!step->kind || strcmp(step->kind->name, "exec") != 0 || !step->with)
        return;
    for (size_t i = 0; i < step->with->len; i++) {
        const struct template *argv = step->with->items[i];
        struct diag *diag;

        if (strcmp(step->with->keys[i], "argv") != 0 || argv->type == TEMPLATE_LIST ||
            argv->type == TEMPLATE_EXPR || (argv->type == TEMPLATE_CONST && json_array_size(argv->constant)))
            continue;
        diag = diag_error(
            d->diags, argv->pos, "wrong-type", "\"exec\" must be a list: the command and its arguments");
        diag_hint(d->diags, diag, "write exec: [command, argument], or run: for a line of shell");
    }
}

static void check_until(struct decoder *d, const struct step *step)
{
    if (step->until && !step->timeout.given)
        lacks(d, step, "until", "timeout",
            "without it the step could go on for ever; it bounds all repetitions");
    if (step->every.given && !step->until)
        lacks(d, step, "every", "until", "`every` is the time between its repetitions");
    if (step->max_iterations.given && !step->while_)
        lacks(d, step, "max_iterations", "while", "it bounds how often the block is repeated");
}

static void check_loop(struct decoder *d, const struct step *step)
{
    bool is_parallel = step->kind && strcmp(step->kind->name, "parallel") == 0;

    if (step->as && !step->foreach && !step->hook)
        lacks(d, step, "as", "foreach", "it names the item of the loop");
    if (step->batch.given && !step->foreach)
        lacks(d, step, "batch", "foreach", "it divides the items of the loop");
    if (step->max_parallel.given && !step->foreach && !is_parallel)
        lacks(d, step, "max_parallel", "foreach",
            "it says how many items, or steps of `parallel`, run at once");
    if (step->foreach && step->while_)
        diag_error(d->diags, step->pos, "wrong-place", "\"foreach\" and \"while\" cannot stand at one step");
    if (step->foreach || is_parallel)
        return;
    if (step->given & bit_of("fail_fast"))
        lacks(d, step, "fail_fast", "foreach", "it is for what runs side by side");
}

/* Keys that say nothing without another. Most steps have none of them. */
static void check_pairs(struct decoder *d, const struct step *step, uint64_t dependent)
{
    if (!(step->given & dependent))
        return;
    check_until(d, step);
    check_loop(d, step);
    if (step->given & bit_of("on_deadline") && !step->deadline.given)
        lacks(d, step, "on_deadline", "deadline", "it says what happens when the deadline passes");
}

static uint64_t dependent_keys(void)
{
    static const char *const names[] = {"until", "every", "max_iterations", "on_deadline", "as", "batch",
        "max_parallel", "fail_fast", "foreach", "while"};
    uint64_t bits = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        bits |= bit_of(names[i]);
    return bits;
}

static void finish_step(struct decoder *d, struct step *step, uint64_t dependent)
{
    if (d->document->defaults)
        apply_defaults(step, d->document->defaults);
    if (step->retry && (!d->document->defaults || step->retry != d->document->defaults->retry))
        check_retry(d, step->retry);
    if (step->foreach)
        check_foreach(d, step);
    check_join(d, step);
    check_command(d, step);
    if (!d->is_broken)
        check_pairs(d, step, dependent);
    preset(&step->kill_after, 10 * 1000);
    preset(&step->every, 1000);
    preset(&step->max_iterations, 100);
    preset(&step->max_parallel, step->foreach ? 1 : 0);
}

void rules_finish(struct decoder *d)
{
    struct document *document = d->document;
    uint64_t dependent = dependent_keys();

    if (document->defaults && document->defaults->retry)
        check_retry(d, document->defaults->retry);
    for (size_t i = 0; i < document->step_count; i++)
        finish_step(d, document->steps[i], dependent);
    preset(&document->cancel_timeout, 5 * 60 * 1000);
    if (document->concurrency)
        preset(&document->concurrency->limit, 1);
    if (document->labels && !json_is_object(document->labels))
        diag_error(d->diags, document->pos, "wrong-type", "\"labels\" must be a mapping of names to values");
}
