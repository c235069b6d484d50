/* plan_words: what a step does, in one line, for the kinds that are the core's. The others have a preview. */
#include "drive/plan_inside.h"

#include "step/step.h"

#include <string.h>

/* What stands for an argument: its value, or the text that says when it will be known. */
static const json_t *said(const json_t *args, const char *name)
{
    const json_t *arg = json_object_get(args, name);
    const json_t *value = json_object_get(arg, "value");

    return value ? value : json_object_get(arg, "shown");
}

static void add(const json_t *value, struct text *text)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value)) {
        value_to_text(value, text);
        return;
    }
    json_array_foreach(value, i, item)
    {
        text_puts(text, i ? ", " : "");
        value_to_text(item, text);
    }
}

static void message(const json_t *args, struct text *text)
{
    add(said(args, "message"), text);
}

static void instructions(const json_t *args, struct text *text)
{
    add(said(args, "instructions"), text);
}

static void text_words(const json_t *args, struct text *text)
{
    add(said(args, "text"), text);
}

static void rollback(const json_t *args, struct text *text)
{
    text_puts(text, "undo what this block has done, newest first");
    if (said(args, "reason"))
        text_puts(text, ": ");
    add(said(args, "reason"), text);
}

static void wait_words(const json_t *args, struct text *text)
{
    const json_t *until = json_object_get(args, "until");

    if (said(args, "duration")) {
        add(said(args, "duration"), text);
    } else if (until) {
        text_puts(text, "until ");
        add(json_object_get(until, "value") ? said(args, "until") : json_object_get(until, "expression"),
            text);
    } else if (json_object_get(args, "calendar")) {
        text_puts(text, "until it is open: ");
        add(said(args, "calendar"), text);
    } else {
        text_puts(text, "for signal ");
        add(said(args, "signal"), text);
        text_puts(text, said(args, "timeout") ? ", at most " : "");
        add(said(args, "timeout"), text);
    }
}

static void notify(const json_t *args, struct text *text)
{
    text_puts(text, "to ");
    add(said(args, "to"), text);
    text_puts(text, ": ");
    message(args, text);
}

static void escalate(const json_t *args, struct text *text)
{
    add(said(args, "policy"), text);
    text_puts(text, said(args, "message") ? ": " : "");
    message(args, text);
}

static void escalation_name(const json_t *args, struct text *text)
{
    if (said(args, "name"))
        add(said(args, "name"), text);
    else
        text_puts(text, "every open escalation");
}

static void set(const json_t *args, struct text *text)
{
    json_t *values = json_object_get(args, "values"), *value;
    bool is_first = true;
    const char *name;

    json_object_foreach(values, name, value)
    {
        text_printf(text, "%s%s = ", is_first ? "" : ", ", name);
        add(said(values, name), text);
        is_first = false;
    }
}

static void assert_words(const json_t *args, struct text *text)
{
    json_t *checks = json_object_get(args, "checks"), *check;
    size_t i;

    add(json_object_get(json_object_get(args, "that"), "expression"), text);
    json_array_foreach(checks, i, check)
    {
        text_puts(text, i ? "; " : "");
        add(json_object_get(json_object_get(check, "that"), "expression"), text);
    }
}

static void call(const json_t *args, struct text *text)
{
    json_t *with = json_object_get(args, "with"), *value;
    const char *name;

    add(said(args, "runbook"), text);
    json_object_foreach(with, name, value)
    {
        text_printf(text, " %s=", name);
        add(said(with, name), text);
    }
}

/* Kinds of step/ are not here: their own preview says it. */
static const struct {
    const char *kind, *effect;
    void (*words)(const json_t *args, struct text *text);
} kinds[] = {
    {"wait", "wait", wait_words},
    {"manual", "ask", instructions},
    {"approve", "ask", message},
    {"input", "ask", message},
    {"notify", "tell", notify},
    {"escalate", "tell", escalate},
    {"acknowledge", "none", escalation_name},
    {"resolve", "none", escalation_name},
    {"set", "none", set},
    {"assert", "none", assert_words},
    {"note", "none", text_words},
    {"fail", "none", message},
    {"succeed", "none", message},
    {"rollback", "none", rollback},
    {"call", "none", call},
};

void plan_does(const struct step *step, const json_t *args, const json_t *plain, struct text *text)
{
    if (step->kind->class_ == KIND_EFFECT)
        work_preview(step, plain, text);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].kind, step->kind->name) == 0)
            kinds[i].words(args, text);
}

const char *plan_effect(const struct step *step, const json_t *plain)
{
    if (step->kind->class_ == KIND_EFFECT)
        return work_is_read(step, plain) ? "read" : "write";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].kind, step->kind->name) == 0)
            return kinds[i].effect;
    return "none";
}
