#include "step/ended.h"
#include "base/mem.h"
#include "base/text.h"
#include "step/kinds.h"

#include <signal.h>
#include <string.h>

enum { LAST_LINE_MAX = 300, STATUS_LINE_MAX = 200 };

/* The last line that is not empty and not the indented continuation of another; else the last that is not
 * empty. */
static size_t telling_line(const char *text, size_t len, size_t *ret_len)
{
    size_t end, start, found = 0;

    *ret_len = 0;
    while (len) {
        for (end = len; end && strchr(" \t\r\n", text[end - 1]);) /* a NUL is found too */
            end--;
        for (start = end; start && text[start - 1] != '\n';)
            start--;
        if (end > start && (!*ret_len || !strchr(" \t", text[start]))) {
            found = start;
            *ret_len = end - start;
        }
        if (end == start || !strchr(" \t", text[start]))
            break;
        len = start;
    }
    return found;
}

static void add_telling_line(const struct process_end *end, struct text *message)
{
    size_t len, start = telling_line(end->err, end->err_len, &len);

    while (len && strchr(" \t", end->err[start])) {
        start++;
        len--;
    }
    if (!len)
        return;
    text_puts(message, ": ");
    text_add_utf8(message, end->err + start, len < LAST_LINE_MAX ? len : LAST_LINE_MAX);
}

static char *failure_message(const struct process_end *end)
{
    struct text message = {0};
    const char *name = end->signal ? sigabbrev_np(end->signal) : NULL;

    if (end->was_stopped && end->signal)
        text_puts(&message, "stopped, ");
    if (name)
        text_printf(&message, "killed by SIG%s (signal %d)", name, end->signal);
    else if (end->signal)
        text_printf(&message, "killed by signal %d", end->signal);
    else
        text_printf(&message, "exit status %d", end->exit_code);
    add_telling_line(end, &message);
    return text_take(&message);
}

static enum fail_class class_of(const struct process_end *end)
{
    if (end->exit_code == 0)
        return FAIL_NONE;
    if (end->was_stopped)
        return FAIL_CANCELLED;
    return end->signal ? FAIL_SIGNAL : FAIL_EXIT;
}

static json_t *result_of(const struct process_end *end)
{
    json_t *result = json_object();

    json_object_set_new(result, "stdout", value_string(end->out, end->out_len));
    json_object_set_new(result, "stderr", value_string(end->err, end->err_len));
    json_object_set_new(
        result, "exit_code", end->exit_code >= 0 ? json_integer(end->exit_code) : json_null());
    if (end->signal)
        json_object_set_new(result, "signal", json_integer(end->signal));
    if (end->omitted)
        json_object_set_new(result, "omitted_bytes", json_integer((json_int_t)end->omitted));
    return result;
}

void ended_process(const struct process_end *end, struct outcome *ret)
{
    *ret = (struct outcome){.class_ = class_of(end), .exit_code = end->exit_code, .result = result_of(end)};
    if (ret->class_ != FAIL_NONE)
        ret->message = failure_message(end);
}

/* --- responses --- */

/* 404, "404" or "4xx". */
static bool matches(const json_t *expected, int status)
{
    const char *text = json_string_value(expected);

    if (json_is_integer(expected))
        return json_integer_value(expected) == status;
    if (!text || strlen(text) != 3)
        return false;
    for (int i = 2; i >= 0; i--, status /= 10)
        if (text[i] != 'x' && text[i] != '0' + status % 10)
            return false;
    return true;
}

static bool is_expected(const json_t *expect, int status)
{
    const json_t *item;
    size_t i;

    if (!expect || json_is_null(expect))
        return status < 400;
    if (!json_is_array(expect))
        return matches(expect, status);
    json_array_foreach(expect, i, item)
    {
        if (matches(item, status))
            return true;
    }
    return false;
}

/* With the first line of what the server says. */
static char *status_message(int status, const char *body)
{
    struct text text = {0};
    size_t len;

    text_printf(&text, "HTTP status %d", status);
    body += strspn(body, " \t\r\n");
    len = strcspn(body, "\r\n");
    if (len) {
        text_puts(&text, ": ");
        text_add_utf8(&text, body, len < STATUS_LINE_MAX ? len : STATUS_LINE_MAX);
    }
    return text_take(&text);
}

void ended_response(json_t *response, const json_t *expect, struct outcome *ret)
{
    int status = (int)json_integer_value(json_object_get(response, "status_code"));
    const char *body = value_get_string(response, "body");

    *ret = (struct outcome){.exit_code = -1, .result = response};
    if (is_expected(expect, status))
        return;
    ret->class_ = FAIL_HTTP;
    ret->message = status_message(status, body ? body : "");
}

void ended_by_stop(const struct step *step, bool at_once, struct outcome *ret)
{
    bool is_request = step && (step->kind == &step_http || step->kind == &step_mail);
    bool is_code = step && (step->kind == &step_lua || step->kind == &step_uses);

    if (is_request || is_code)
        *ret = (struct outcome){.class_ = FAIL_CANCELLED,
            .exit_code = -1,
            .message = mem_strdup(is_code ? "stopped" : "cancelled")};
    else
        ended_process(&(struct process_end){.exit_code = -1,
                          .signal = at_once ? SIGKILL : SIGTERM,
                          .was_stopped = true,
                          .out = "",
                          .err = ""},
            ret);
}
