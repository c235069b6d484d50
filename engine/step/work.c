/* work: the list of the kinds, and the way from a step to its kind. */
#include "base/mem.h"
#include "step/kinds.h"

#include <string.h>

const struct kind *const step_kinds[] = {
    &step_run, &step_exec, &step_http, &step_lua, &step_uses, &step_mail, NULL};

static const struct step_ops *ops_of(const struct step *step)
{
    return step->kind->ops;
}

struct work *work_start(const struct work_options *options)
{
    return ops_of(options->step)->start(options);
}

void work_stop(struct work *work, bool at_once)
{
    work->is_stopped = true;
    work->ops->stop(work, at_once);
}

void work_perform(struct work *work, json_t *args)
{
    work->ops->perform(work, args);
}

void work_answer(struct work *work, json_t *result)
{
    work->ops->answer(work, result);
}

void work_give_up(struct work *work, enum fail_class class_, const char *message)
{
    work->ops->give_up(work, class_, message);
}

json_t *work_glance(struct work *work, const char *name, const json_t *args)
{
    return work->ops->glance(work, name, args);
}

void work_preview(const struct step *step, const json_t *args, struct text *text)
{
    ops_of(step)->preview(step, args, text);
}

bool work_is_read(const struct step *step, const json_t *args)
{
    if (step->effect != STEP_EFFECT_AUTO)
        return step->effect == STEP_EFFECT_READ;
    return ops_of(step)->is_read ? ops_of(step)->is_read(args) : step->kind->is_read;
}

void work_init(struct work *work, const struct work_options *options, const struct step_ops *ops,
    void (*free_work)(struct work *work))
{
    work->ops = ops;
    work->options = *options;
    work->free_work = free_work;
}

void work_end(struct work *work, struct outcome *outcome)
{
    void (*on_done)(void *, struct outcome *) = work->options.on_done;
    void *context = work->options.context;

    work->free_work(work);
    on_done(context, outcome);
}

struct refusal {
    struct work work;
    struct outcome outcome;
};

static void refusal_free(struct work *work)
{
    free(work); /* its first member: the same address */
}

static void on_refusal(void *context)
{
    struct refusal *refusal = context;

    work_end(&refusal->work, &(struct outcome){refusal->outcome.class_, -1, refusal->outcome.message, NULL});
}

static void refusal_stop(struct work *work, bool at_once)
{
    (void)work, (void)at_once; /* it ends on the next turn anyway */
}

static const struct step_ops refusal_ops = {.stop = refusal_stop};

static struct work *end_later(const struct work_options *options, enum fail_class class_, char *message)
{
    struct refusal *refusal = mem_alloc(sizeof(*refusal));

    work_init(&refusal->work, options, &refusal_ops, refusal_free);
    refusal->outcome.class_ = class_;
    refusal->outcome.message = message;
    loop_defer(options->loop, on_refusal, refusal);
    return &refusal->work;
}

struct work *work_succeeded(const struct work_options *options)
{
    return end_later(options, FAIL_NONE, NULL);
}

struct work *work_refused(const struct work_options *options, enum fail_class class_, const char *format, ...)
{
    char text[1200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return end_later(options, class_, mem_strdup(text));
}

void preview_line(struct text *text, const char *line)
{
    size_t len;

    line += strspn(line, " \t\r\n");
    len = strcspn(line, "\r\n");
    text_add(text, line, len);
    if (line[len + strspn(line + len, " \t\r\n")])
        text_puts(text, " …");
}
