#include "report/plan_words.h"

#include "base/duration.h"

#include <stdint.h>
#include <string.h>

enum { ITEMS_SHOWN = 5 };

const json_t *resolved_said(const json_t *map, const char *name)
{
    const json_t *arg = json_object_get(map, name);
    const json_t *value = json_object_get(arg, "value");

    return value ? value : json_object_get(arg, "shown");
}

static void add_list(const json_t *list, size_t limit, struct text *text)
{
    size_t count = json_array_size(list);

    for (size_t i = 0; i < count && i < limit; i++) {
        text_puts(text, i ? ", " : "");
        value_to_text(json_array_get(list, i), text);
    }
    if (count > limit)
        text_printf(text, ", … %zu more", count - limit);
}

static void add(const json_t *value, struct text *text)
{
    if (json_is_array(value))
        add_list(value, SIZE_MAX, text);
    else
        value_to_text(value, text);
}

void words_condition(const json_t *when, struct text *text)
{
    const char *expression = value_get_string(when, "expression"), *shown = value_get_string(when, "shown");

    text_puts(text, expression ? expression : "?");
    if (shown)
        text_printf(text, " %s", shown);
}

/* --- escalations --- */

static void add_level(const json_t *level, struct text *text)
{
    const json_t *people = json_object_get(level, "people"), *when = json_object_get(level, "when");
    const json_t *after = json_object_get(level, "after_ms");
    char duration[DURATION_TEXT_SIZE];

    add(json_array_size(people) ? people : json_object_get(level, "notify"), text);
    if (!after)
        text_puts(text, " later");
    else if (json_integer_value(after) == 0)
        text_puts(text, " now");
    else
        text_printf(text, " after %s", duration_exact(json_integer_value(after), duration));
    if (when) {
        text_puts(text, " if ");
        words_condition(when, text);
    }
}

void words_pages(const json_t *escalation, struct text *text)
{
    const json_t *levels = json_object_get(escalation, "levels"),
                 *repeat = json_object_get(escalation, "repeat");

    for (size_t i = 0; i < json_array_size(levels); i++) {
        text_puts(text, i ? ", " : "");
        add_level(json_array_get(levels, i), text);
    }
    if (json_integer_value(repeat) > 0)
        text_printf(
            text, ", then all over again%s", json_integer_value(repeat) == 1 ? " once" : ", several times");
}

/* --- settings --- */

void words_foreach(const json_t *foreach, struct text *text)
{
    const json_t *list = json_object_get(foreach, "value");

    text_printf(text, "for each %s of ", value_get_string(foreach, "as"));
    if (json_is_array(list) && !json_array_size(list)) {
        text_puts(text, "an empty list: it is skipped");
    } else if (json_is_array(list)) {
        add_list(list, ITEMS_SHOWN, text);
        text_printf(text, " (%zu in all)", json_array_size(list));
    } else {
        const char *expression = value_get_string(foreach, "expression");

        text_printf(text, "%s ", expression ? expression : "a list");
        if (json_object_get(foreach, "shown"))
            value_to_text(json_object_get(foreach, "shown"), text);
    }
}

static void begin(struct text *text)
{
    text_puts(text, text->len ? " · " : "");
}

/* One setting with the words around its value. */
static void add_setting(
    const json_t *map, const char *name, const char *before, const char *after, struct text *text)
{
    const json_t *said = resolved_said(map, name);

    if (!said)
        return;
    begin(text);
    text_puts(text, before);
    add(said, text);
    text_puts(text, after);
}

static void add_expression(const json_t *map, const char *name, const char *before, struct text *text)
{
    const char *expression = value_get_string(json_object_get(map, name), "expression");

    if (!expression)
        return;
    begin(text);
    text_printf(text, "%s%s", before, expression);
}

static void add_retry(const json_t *retry, struct text *text)
{
    if (!retry)
        return;
    add_setting(retry, "max_attempts", "up to ", " attempts", text);
    if (resolved_said(retry, "delay")) {
        text_puts(text, ", ");
        add(resolved_said(retry, "delay"), text);
        text_puts(text, " apart");
    }
    if (resolved_said(retry, "on")) {
        text_puts(text, ", on ");
        add(resolved_said(retry, "on"), text);
    }
}

static void add_flag(const json_t *map, const char *name, const char *words, struct text *text)
{
    if (!resolved_said(map, name))
        return;
    begin(text);
    text_puts(text, words);
}

static void add_values(const json_t *map, const char *before, struct text *text)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)map, name, value)
    {
        begin(text);
        text_printf(text, "%s%s=", before, name);
        add(resolved_said(map, name), text);
    }
}

/* What a request or a process is given besides; `does` tells the rest. */
static void add_given(const json_t *node, struct text *text)
{
    static const char *const told[] = {"script", "argv", "code", "url", "method", "action", "with"};
    const json_t *args = json_object_get(node, "args");
    const char *effect = value_get_string(node, "effect"), *name;
    json_t *value;

    if (!effect || (strcmp(effect, "read") != 0 && strcmp(effect, "write") != 0))
        return;
    json_object_foreach((json_t *)args, name, value)
    {
        bool is_told = !resolved_said(args, name);

        for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
            is_told = is_told || strcmp(told[i], name) == 0;
        if (is_told)
            continue;
        begin(text);
        text_printf(text, "%s ", name);
        value_to_text(resolved_said(args, name), text);
    }
}

static void add_asked(const json_t *node, struct text *text)
{
    const json_t *args = json_object_get(node, "args"), *escalation = json_object_get(node, "escalation");
    const char *effect = value_get_string(node, "effect");

    if (!effect || strcmp(effect, "ask") != 0)
        return;
    add_setting(args, "by", "asks ", "", text);
    add_setting(args, "assignee", "asks ", "", text);
    add_setting(args, "count", "needs ", " approvals", text);
    add_flag(args, "not_by_initiator", "not by whoever starts the run", text);
    add_setting(args, "timeout", "within ", "", text);
    if (resolved_said(args, "timeout"))
        add_setting(args, "on_timeout", "then ", "", text);
    if (escalation) {
        begin(text);
        text_printf(text, "unanswered pages %s: ", value_get_string(escalation, "policy"));
        words_pages(escalation, text);
    }
}

/* A runbook that is called has a deadline and an escalation of its own. */
static void add_called(const json_t *node, struct text *text)
{
    const json_t *escalation = json_object_get(node, "escalation");

    if (strcmp(value_get_string(node, "kind"), "call") != 0)
        return;
    add_setting(node, "deadline", "due ", " after it was called", text);
    if (!escalation)
        return;
    begin(text);
    text_printf(text, "pages %s: ", value_get_string(escalation, "policy"));
    words_pages(escalation, text);
}

static void add_shape(const json_t *node, struct text *text)
{
    const json_t *wave = json_object_get(node, "wave"), *settings = json_object_get(node, "settings");

    if (strcmp(value_get_string(node, "kind"), "parallel") == 0) {
        begin(text);
        text_puts(text, "all at once");
    }
    add_setting(settings, "max_parallel", "at most ", " at a time", text);
    add_setting(settings, "batch", "in groups of ", "", text);
    add_setting(settings, "join", "succeeds when so many have: ", "", text);
    if (wave) {
        begin(text);
        text_printf(text, "wave %lld", (long long)json_integer_value(wave));
    }
    add_setting(settings, "needs", "after ", "", text);
}

void words_settings(const json_t *node, struct text *text)
{
    const json_t *settings = json_object_get(node, "settings");

    if (json_object_get(node, "foreach")) {
        begin(text);
        words_foreach(json_object_get(node, "foreach"), text);
    }
    add_shape(node, text);
    add_expression(settings, "while", "again while ", text);
    add_setting(settings, "max_iterations", "at most ", " times", text);
    add_expression(settings, "until", "until ", text);
    add_setting(settings, "every", "every ", "", text);
    add_setting(settings, "timeout", "", " at most", text);
    add_retry(json_object_get(settings, "retry"), text);
    add_expression(settings, "success_when", "succeeds when ", text);
    add_setting(settings, "deadline", "due ", " after the start", text);
    if (resolved_said(settings, "deadline"))
        add_setting(settings, "on_deadline", "then ", "", text);
    add_flag(settings, "continue_on_error", "goes on if it fails", text);
    add_setting(settings, "cwd", "in ", "", text);
    add_setting(settings, "shell", "by ", "", text);
    add_values(json_object_get(settings, "env"), "", text);
    add_given(node, text);
    add_asked(node, text);
    add_called(node, text);
}

/* --- the rest --- */

static const char *const reasons[][2] = {
    {"tags", "not among --tags"},
    {"skip-tags", "among --skip-tags"},
    {"from", "before --from"},
};

void words_skipped(const json_t *node, struct text *text)
{
    const char *reason = value_get_string(node, "skipped");
    size_t inside = json_array_size(json_object_get(node, "not_taken"));

    text_puts(text, "skipped: ");
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(reasons[i][0], reason) == 0)
            text_puts(text, reasons[i][1]);
    if (strcmp(reason, "when") == 0) {
        words_condition(json_object_get(node, "when"), text);
        text_puts(text, " is false");
    }
    if (inside)
        text_printf(text, ", with the %zu step%s in it", inside, inside == 1 ? "" : "s");
}

static const char *const effects[][3] = {
    {"write", "write", "writes"},
    {"read", "read", "reads"},
    {"ask", "question", "questions"},
    {"tell", "message", "messages"},
    {"wait", "wait", "waits"},
};

void words_totals(const json_t *totals, struct text *text)
{
    for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
        const json_t *total = json_object_get(totals, effects[i][0]);
        json_int_t sure = json_integer_value(json_object_get(total, "sure"));
        json_int_t maybe = json_integer_value(json_object_get(total, "maybe"));

        if (!sure && !maybe)
            continue;
        begin(text);
        text_printf(text, "%lld %s", (long long)(sure + maybe), effects[i][sure + maybe == 1 ? 1 : 2]);
        if (maybe)
            text_printf(text, " (%lld of them perhaps)", (long long)maybe);
    }
    if (!text->len)
        text_puts(text, "nothing that reads, writes, asks or waits");
}

const char *words_problem(const json_t *value)
{
    const char *found = value_get_string(value, "problem"), *key;
    json_t *item;
    size_t i;

    if (json_is_object(value))
        json_object_foreach((json_t *)value, key, item)
        {
            if (!found)
                found = words_problem(item);
        }
    json_array_foreach((json_t *)value, i, item)
    {
        if (!found)
            found = words_problem(item);
    }
    return found;
}
