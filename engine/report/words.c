/* A sentence is a pattern: {key} is replaced by what the event says under that key, [ … ] is left out when a
 * key in it has nothing to say, {key|else} says something else instead. */
#include "report/words.h"

#include "base/duration.h"
#include "base/mem.h"
#include "report/paint.h"

#include <stdio.h>
#include <string.h>

struct sentence {
    const char *pattern;
    bool is_quiet;
};

static const struct sentence sentences[EVENT_COUNT] = {
    [EVENT_RUN_CREATED] = {"{by|somebody} created the run[ of {runbook}]", true},
    [EVENT_RUN_STARTED] = {"the run started[, by {by}]", false},
    [EVENT_RUN_WAITING] = {"the run waits[ for {for}]", true},
    [EVENT_RUN_RESUMED] = {"the run goes on[ (resumed by {by})]", false},
    [EVENT_RUN_PAUSED] = {"the run was paused[ by {by}]", false},
    [EVENT_RUN_CANCEL_REQUESTED] = {"{by|somebody} asked to cancel the run[: {reason}]", false},
    [EVENT_RUN_KILL_REQUESTED] = {"{by|somebody} killed the run", false},
    [EVENT_RUN_FINISHED] = {"the run {run_status|ended}[: {message}]", false},
    [EVENT_RUN_FORKED] =
        {"{by|somebody} {does} run {run}[ from `{step}`]: what is before this was taken over", false},
    [EVENT_RUN_CONTINUED] = {"{by|somebody} {does} the run[ from `{step}`], in run {run}", false},
    [EVENT_STEP_STARTED] = {"`{path}` started[ (attempt {again})]", true},
    [EVENT_STEP_FINISHED] = {"`{path}` {verdict}", false},
    [EVENT_STEP_SKIPPED] = {"`{path}` was skipped[: {reason}]", false},
    [EVENT_STEP_RETRYING] = {"`{path}` {again_word}[ in {delay}][: it {failure}]", false},
    [EVENT_STEP_LOST] =
        {"`{path}` was under way when the engine stopped: it is not known whether it finished", false},
    [EVENT_STEP_UNDO_REGISTERED] = {"`{path}` can be undone from here on", true},
    [EVENT_TIMER_SET] = {"a timer of `{path}` was set[ for {delay}]", true},
    [EVENT_TIMER_FIRED] = {"a timer of `{path}` came due", true},
    [EVENT_TIMER_LATE] = {"a timer of `{path}` fired late[: {message}]", false},
    [EVENT_DEADLINE_MISSED] = {"the deadline of {where} was missed[: {message}]", false},
    [EVENT_ASK_OPENED] = {"`{path}` asks: {question|a question}[ (to be answered by {who})]", false},
    [EVENT_ASK_REMINDED] = {"`{path}` still waits for an answer[: {who} told]", false},
    [EVENT_ASK_CHECKED] = {"{by|somebody} ticked {points} of `{path}`[: {note}]", false},
    [EVENT_ASK_ANSWERED] = {"{by|somebody} {decided} `{path}`[ with {answer}][: {note}]", false},
    [EVENT_ASK_EXPIRED] = {"nobody answered `{path}` in time", false},
    [EVENT_ASK_REFUSED] = {"an answer[ of {by}] to `{path}` was refused[: {reason}]", false},
    [EVENT_ESCALATION_STARTED] = {"escalation {escalation} started[: {message}]", false},
    [EVENT_ESCALATION_LEVEL] = {"escalation {escalation} pages level {level|?}[ again (pass {later_pass})]",
        false},
    [EVENT_ESCALATION_SKIPPED] = {"escalation {escalation} skipped level {level|?}[: {reason}]", false},
    [EVENT_ESCALATION_ACKNOWLEDGED] = {"{by|a step} acknowledged escalation {escalation}[: {note}]", false},
    [EVENT_ESCALATION_ACK_EXPIRED] =
        {"the acknowledgement of escalation {escalation} ran out: paging goes on", false},
    [EVENT_ESCALATION_EXHAUSTED] =
        {"escalation {escalation} is exhausted: everybody was paged, nobody answered", false},
    [EVENT_ESCALATION_RESOLVED] = {"escalation {escalation} was resolved[ by {by}][: {note}]", false},
    [EVENT_ESCALATION_SNOOZED] = {"{by|somebody} put escalation {escalation} off[ for {for}][: {note}]",
        false},
    [EVENT_ESCALATION_HURRIED] =
        {"{by|somebody} wants the next level of escalation {escalation} now[: {note}]", false},
    [EVENT_ESCALATION_OVERDUE] =
        {"nobody has acknowledged escalation {escalation} in the time that its severity allows", false},
    [EVENT_NOTIFY_STARTED] =
        {"notifying {target|somebody}[ by {channel}][ (level {level})][: {count} messages in one]", true},
    [EVENT_NOTIFY_HELD] = {"the message for {target|somebody}[ by {channel}][ (level {level})] is held back[ "
                           "for {delay}]: too many in a short time",
        false},
    [EVENT_NOTIFY_SENT] = {"{target|somebody} was notified[ by {channel}][ (level {level})]", false},
    [EVENT_NOTIFY_FAILED] =
        {"{target|somebody} could not be notified[ by {channel}][ (level {level})][: {message}][; "
         "tried again in {delay}]",
            false},
    [EVENT_EFFECT_CALLED] = {"`{path}` called {name|a primitive}", true},
    [EVENT_EFFECT_RETURNED] = {"call {n|} of `{path}` returned", true},
    [EVENT_VAR_SET] = {"variable {name} was set[ to {value}]", true},
    [EVENT_SIGNAL_RECEIVED] = {"signal {name} arrived[ from {by}]", false},
    [EVENT_NOTE_ADDED] = {"{by|note}: {note}", false},
    [EVENT_CORRECTION_ADDED] = {"{by|somebody} corrects event {event|?}: {note}", false},
    [EVENT_HOOK_RAN] = {"hook {name} ran", true},
    [EVENT_SCHEDULE_FIRED] = {"the schedule started this run", false},
    [EVENT_SCHEDULE_MISSED] = {"a start was missed[: {reason}]", false},
};

static const char *const failures[FAIL_COUNT] = {
    [FAIL_NONE] = "failed",
    [FAIL_EXIT] = "exited with code {code}",
    [FAIL_SIGNAL] = "was ended by a signal",
    [FAIL_TIMEOUT] = "timed out",
    [FAIL_DEADLINE] = "missed its deadline",
    [FAIL_SPAWN] = "could not be started",
    [FAIL_HTTP] = "was refused by the server",
    [FAIL_NETWORK] = "could not reach the server",
    [FAIL_PARSE] = "gave output that could not be parsed",
    [FAIL_EXPRESSION] = "has an expression that failed",
    [FAIL_ASSERTION] = "found a check that does not hold",
    [FAIL_DENIED] = "was denied",
    [FAIL_UNANSWERED] = "was not answered",
    [FAIL_CANCELLED] = "was cancelled",
    [FAIL_LOST] = "was lost when the engine stopped",
    [FAIL_VALIDATION] = "got a value that is not allowed",
    [FAIL_ACTION] = "failed",
    [FAIL_INTERNAL] = "hit an internal error",
};

void failure_words(enum fail_class class_, int exit_code, struct text *text)
{
    if (class_ == FAIL_EXIT && exit_code >= 0)
        text_printf(text, "exited with code %d", exit_code);
    else if (class_ == FAIL_EXIT)
        text_puts(text, "failed");
    else
        text_puts(text, failures[class_ < FAIL_COUNT ? class_ : FAIL_NONE]);
}

static void join_words(const json_t *words, struct text *text)
{
    for (size_t i = 0; i < json_array_size(words); i++) {
        text_puts(text, i ? " " : "");
        value_to_text(json_array_get(words, i), text);
    }
}

void work_words(const json_t *args, struct text *text)
{
    const json_t *written = json_object_get(args, "script");
    const char *script =
        json_is_object(written) ? value_get_string(written, "text") : json_string_value(written);
    const char *url = value_get_string(args, "url");
    const char *method = value_get_string(args, "method");
    if (script)
        text_add(text, script, strcspn(script, "\n"));
    else if (url)
        text_printf(text, "%s %s", method ? method : "GET", url);
    else
        join_words(json_object_get(args, "argv"), text);
}

/* Messages that are already the end of a sentence about the step, as they go on after its name. */
static const char *const endings[][2] = {
    {"exit status ", "exited with code "},
    {"HTTP status ", "got HTTP status "},
    {"timed out", "timed out"},
    {"denied by ", "was denied by "},
    {"not done by ", "was not done by "},
    {"nobody answered", "was not answered"},
};

/* "3 of 20 failed: …", as a loop tells it. */
static bool loop_sentence(const char *message, struct text *text)
{
    unsigned failed, all;
    int start = 0;
    if (sscanf(message, "%u of %u failed: %n", &failed, &all, &start) < 2 || !start)
        return false;
    text_printf(text, "failed for %u of %u: ", failed, all);
    safe_line(text, message + start, strlen(message + start));
    return true;
}

void failure_sentence(enum fail_class class_, int exit_code, const char *message, struct text *text)
{
    if (loop_sentence(message, text))
        return;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t len = strlen(endings[i][0]);
        if (strncmp(message, endings[i][0], len) != 0)
            continue;
        text_puts(text, endings[i][1]);
        safe_line(text, message + len, strlen(message + len));
        return;
    }
    failure_words(class_, exit_code, text);
    if (!*message)
        return;
    text_puts(text, ": ");
    safe_line(text, message, strlen(message));
}

/* Value under the first of the keys that is there; lists become "a, b". */
static void say_value(const struct event *event, const char *const *keys, struct text *text)
{
    const json_t *value = NULL;
    for (; *keys && (!value || json_is_null(value)); keys++)
        value = json_object_get(event->data, *keys);
    autotext struct text raw = {0};
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            text_puts(&raw, i ? ", " : "");
            value_to_text(json_array_get(value, i), &raw);
        }
    } else if (json_is_object(value)) {
        const char *key;
        json_t *item;
        json_object_foreach((json_t *)value, key, item)
        {
            text_printf(&raw, "%s%s=", raw.len ? ", " : "", key);
            if (!value_to_text(item, &raw))
                text_puts(&raw, "null");
        }
    } else if (value) {
        value_to_text(value, &raw);
    }
    safe_line(text, text_str(&raw), raw.len);
}

static void say_by(const struct event *event, struct text *text)
{
    safe_line(text, event->by.user ? event->by.user : "", event->by.user ? strlen(event->by.user) : 0);
}

static void say_path(const struct event *event, struct text *text)
{
    const char *path = event->path && *event->path ? event->path : "run";
    const char *hash = strrchr(path, '#');
    size_t len = hash && !strchr(hash, '/') ? (size_t)(hash - path) : strlen(path);
    safe_line(text, path, len);
}

static void say_where(const struct event *event, struct text *text)
{
    if (!event->path || !*event->path) {
        text_puts(text, "the run");
        return;
    }
    text_putc(text, '`');
    say_path(event, text);
    text_putc(text, '`');
}

static void say_again(const struct event *event, struct text *text)
{
    if (event->attempt > 1)
        text_printf(text, "%d", event->attempt);
}

static void say_delay(const struct event *event, struct text *text)
{
    char buffer[DURATION_TEXT_SIZE];
    if (event->due_us >= event->mono_us)
        text_puts(text, duration_short((event->due_us - event->mono_us) / 1000, buffer));
}

static void say_failure(const struct event *event, struct text *text)
{
    const char *message = event->data ? value_get_string(event->data, "message") : NULL;
    if (event->class_ != FAIL_NONE)
        failure_sentence(event->class_, event->exit_code, message ? message : "", text);
}

/* A page's path goes on with its number, the target and the channel. */
const char *event_escalation(const struct event *event, size_t *ret_len)
{
    const char *name = event->path + (*event->path == '!');
    bool is_page = event->type == EVENT_NOTIFY_STARTED || event->type == EVENT_NOTIFY_HELD ||
                   event->type == EVENT_NOTIFY_SENT || event->type == EVENT_NOTIFY_FAILED;
    size_t len = strlen(name);
    for (int parts = is_page ? 3 : 0; parts && len; parts--) {
        const char *slash = memrchr(name, '/', len);
        len = slash ? (size_t)(slash - name) : 0;
    }
    *ret_len = len;
    return name;
}

/* What is said to several lists them. */
static void say_escalation(const struct event *event, struct text *text)
{
    size_t len = 0;
    const char *name = event->path && *event->path == '!' ? event_escalation(event, &len) : NULL;
    if (name)
        safe_line(text, name, len);
    else
        say_value(event, (const char *const[]){"escalations", "name", "policy", NULL}, text);
}

static void say_later_pass(const struct event *event, struct text *text)
{
    json_int_t pass = event->data ? json_integer_value(json_object_get(event->data, "pass")) : 0;
    if (pass > 1)
        text_printf(text, "%d", (int)pass);
}

/* The core names the rule by which it skipped. */
const char *reason_words(const char *reason)
{
    static const char *const rules[][2] = {{"when", "its `when` is false"},
        {"tags", "its tags were not asked for"}, {"skip-tags", "its tags were to be skipped"},
        {"from", "the run was to begin later"}, {"lost", "it was under way when the engine stopped"},
        {"step", "it was left out"}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!strcmp(reason, rules[i][0]))
            return rules[i][1];
    }
    return reason;
}

static void say_reason(const struct event *event, struct text *text)
{
    const char *reason = event->data ? value_get_string(event->data, "reason") : NULL;
    if (reason)
        safe_line(text, reason_words(reason), strlen(reason_words(reason)));
    else
        say_value(event, (const char *const[]){"message", NULL}, text);
}

static bool is_polling(const struct event *event)
{
    const char *why = event->data ? value_get_string(event->data, "why") : NULL;
    return why && !strcmp(why, "until");
}

static void say_again_word(const struct event *event, struct text *text)
{
    text_puts(text, is_polling(event) ? "is not there yet, looks again" : "is tried again");
}

static void say_verdict(const struct event *event, struct text *text)
{
    const char *message = event->data ? value_get_string(event->data, "message") : NULL;
    if (event->status == STEP_FAILED)
        failure_sentence(event->class_, event->exit_code, message ? message : "", text);
    else if (event->status == STEP_CANCELLED)
        text_puts(text, "was cancelled");
    else
        text_puts(text, event->status >= 0 ? step_status_name((enum step_status)event->status) : "ended");
}

static void say_run_status(const struct event *event, struct text *text)
{
    if (event->status == RUN_CANCELLED)
        text_puts(text, "was cancelled");
    else if (event->status >= 0)
        text_puts(text, run_status_name((enum run_status)event->status));
}

static void say_decided(const struct event *event, struct text *text)
{
    const char *decision = event->data ? value_get_string(event->data, "decision") : NULL;
    static const char *const words[][2] = {{"approve", "approved"}, {"deny", "denied"}, {"done", "did"},
        {"run", "began"}, {"skip", "left out"}, {"quit", "stopped at"}};
    for (size_t i = 0; decision && i < sizeof words / sizeof *words; i++) {
        if (!strcmp(decision, words[i][0])) {
            text_puts(text, words[i][1]);
            return;
        }
    }
    text_puts(text, "answered");
}

/* A run may have several successors. */
static void say_does(const struct event *event, struct text *text)
{
    const char *how = event->data ? value_get_string(event->data, "how") : NULL;
    text_puts(text, how && !strcmp(how, "rollback") ? "rolls back" : "retries");
}

/* Keys that are more than a look into the event's data; and other names under which data may hold them. */
static const struct {
    const char *key;
    void (*say)(const struct event *event, struct text *text);
    const char *const names[5];
} keys[] = {
    {"by", say_by, {NULL}},
    {"path", say_path, {NULL}},
    {"where", say_where, {NULL}},
    {"again", say_again, {NULL}},
    {"delay", say_delay, {NULL}},
    {"failure", say_failure, {NULL}},
    {"again_word", say_again_word, {NULL}},
    {"verdict", say_verdict, {NULL}},
    {"run_status", say_run_status, {NULL}},
    {"decided", say_decided, {NULL}},
    {"does", say_does, {NULL}},
    {"question", NULL, {"message", "instructions", "question", NULL}},
    {"points", NULL, {"checklist", NULL}},
    {"answer", NULL, {"fields", "answer", NULL}},
    {"who", NULL, {"by", "targets", "notify", "target", NULL}},
    {"escalation", say_escalation, {NULL}},
    {"target", NULL, {"target", "contact", "to", NULL}},
    {"channel", NULL, {"channel", "uses", NULL}},
    {"note", NULL, {"note", "text", "message", NULL}},
    {"reason", say_reason, {NULL}},
    {"later_pass", say_later_pass, {NULL}},
};

static void say(const struct event *event, const char *key, struct text *text)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].key, key) != 0)
            continue;
        if (keys[i].say)
            keys[i].say(event, text);
        else
            say_value(event, keys[i].names, text);
        return;
    }
    say_value(event, (const char *const[]){key, NULL}, text);
}

/* Replace the keys between `pattern` and `end`. False when one of them had nothing to say and no other words.
 */
static bool fill(const struct event *event, const char *pattern, const char *end, struct text *text)
{
    bool is_full = true;
    while (pattern < end) {
        if (*pattern != '{') {
            text_putc(text, *pattern++);
            continue;
        }
        const char *close = memchr(pattern, '}', (size_t)(end - pattern));
        const char *bar = memchr(pattern, '|', (size_t)(close - pattern));
        autofree char *key = mem_strndup(pattern + 1, (size_t)((bar ? bar : close) - pattern - 1));
        size_t before = text->len;
        say(event, key, text);
        if (text->len == before && bar)
            text_add(text, bar + 1, (size_t)(close - bar - 1));
        is_full = is_full && text->len > before;
        pattern = close + 1;
    }
    return is_full;
}

void event_words(const struct event *event, struct text *text)
{
    const char *at = event->type < EVENT_COUNT ? sentences[event->type].pattern : NULL;
    if (!at)
        at = "something happened";
    while (*at) {
        size_t plain = strcspn(at, "[");
        fill(event, at, at + plain, text);
        at += plain;
        if (*at != '[')
            break;
        const char *close = strchr(at, ']');
        autotext struct text part = {0};
        if (fill(event, at + 1, close, &part))
            text_add(text, text_str(&part), part.len);
        at = close + 1;
    }
}

bool event_is_quiet(const struct event *event)
{
    if (event->type == EVENT_STEP_RETRYING && is_polling(event))
        return true;
    return event->type < EVENT_COUNT && sentences[event->type].is_quiet;
}
